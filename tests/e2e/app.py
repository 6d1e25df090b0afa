"""The app in a terminal of its own."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

import tui_eval
from tests.e2e.terminal import Terminal

ROOT = Path(tui_eval.__file__).parents[1]
SAMPLES = Path(__file__).parents[2] / "samples" / "twinkle"
APP = (sys.executable, "-m", "tui_eval")
READY = "mean over"  # the foot of a score table


def started(
    *words: str,
    cwd: Path,
    size: tuple[int, int] = (80, 24),
    env: Mapping[str, str] | None = None,
    argv: Sequence[str] = APP,
) -> Terminal:
    """The app in a terminal of its own."""
    environ = {"PYTHONPATH": str(ROOT), **(env or {})}
    return Terminal([*argv, *words], cwd=cwd, size=size, env=environ)


def quit_app(terminal: Terminal) -> None:
    """Quit from wherever the app is."""
    terminal.press("ctrl+q")
    assert terminal.exit_code() == 0
