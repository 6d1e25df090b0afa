"""Commands, in this process and in one of their own, and what they print."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

import tui_eval
from tui_eval.analysis.report import Report
from tui_eval.cli.main import main
from tui_eval.render.export import as_csv, as_json, as_markdown
from tui_eval.render.plain import plain_table

TIMEOUT = 60
SAMPLES = Path(__file__).parents[2] / "samples"
ATTACK = "\x1b]0;title\x07\x1b[2J\x9b31m\u202e\x00[@click=app.quit]x[bold]"


@dataclass
class Command:
    """Runs command lines in this process."""

    capture: pytest.CaptureFixture[str]

    def __call__(self, *words: object, code: int = 0) -> tuple[str, str]:
        """What a command line writes to stdout and stderr."""
        try:
            ended: Any = main([str(word) for word in words])
        except SystemExit as error:  # argparse
            ended = error.code
        out, err = self.capture.readouterr()
        assert ended == code, err
        return out, err


@pytest.fixture
def command(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Command:
    monkeypatch.delenv("COLUMNS", raising=False)  # tables are made as wide as it says
    return Command(capsys)


def environment(**more: str) -> dict[str, str]:
    keep = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    root = str(Path(tui_eval.__file__).parents[1])
    return {**keep, "LANG": "C.UTF-8", "TERM": "xterm", "PYTHONPATH": root, **more}


def process(*words: object, **env: str) -> subprocess.CompletedProcess[bytes]:
    """What a command line does in a process without a terminal."""
    return subprocess.run(
        [sys.executable, "-m", "tui_eval", *map(str, words)],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        check=False,
        timeout=TIMEOUT,
        env=environment(**env),
    )


def printed(made: Report) -> dict[str, str]:
    """A report in every format of the command line."""
    return {
        "table": plain_table(made),
        "csv": as_csv(made),
        "md": as_markdown(made),
        "json": as_json(made),
    }


def told(made: Report, form: str) -> str:
    """What stands around a report's rows: in its text, beside data on stderr."""
    empty = [made.empty] if made.body.is_empty() and made.empty else []
    words = [made.title, *empty, *made.notes] if form != "table" else []
    return "".join(f"tui-eval: {line}\n" for line in words)
