"""What is imported when, by list of modules: the first frame waits for nothing it does not need."""

from __future__ import annotations

import json
import os
import pkgutil
import subprocess
import sys
from pathlib import Path

import pytest

import tui_eval
from tests.e2e.terminal import Terminal

ROOT = str(Path(tui_eval.__file__).parents[1])
DATA = frozenset({"polars", "numpy", "plotext", "textual_plotext", "pyperclip", "msgspec"})
TIMEOUT = 60

CORE = sorted(
    module.name
    for module in pkgutil.walk_packages(tui_eval.__path__, "tui_eval.")
    if not module.name.startswith("tui_eval.tui") and module.name != "tui_eval.__main__"
)

EACH_ALONE = """
import importlib, sys
seen = dict()
for module in {modules}:
    importlib.import_module(module)
    own = [name for name in sys.modules if name.startswith("tui_eval")]
    seen.update((name, sys.modules.pop(name)) for name in own)
sys.modules.update(seen)
"""

AT_FIRST_FRAME = """
import json, sys
from textual.app import App
from tui_eval.cli.main import main

drawn = []
display = App._display

def first(self, screen, renderable):
    display(self, screen, renderable)
    if not drawn and renderable is not None and self.screen.query("#context"):
        drawn.append(True)
        with open(sys.argv[1], "w") as file:
            json.dump(sorted(sys.modules), file)

App._display = first
sys.exit(main(sys.argv[2:]))
"""


def environment() -> dict[str, str]:
    kept = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    return {**kept, "PYTHONPATH": ROOT}


def modules_after(statement: str) -> set[str]:
    """Top-level packages, and this project's modules, that a program has imported at its end."""
    code = f"import sys\n{statement}\nprint(*sys.modules, sep='\\n', file=sys.stderr)"
    ended = subprocess.run(
        [sys.executable, "-c", code],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        check=True,
        timeout=TIMEOUT,
        env=environment(),
        text=True,
    )
    return names(ended.stderr.split())


def names(modules: list[str]) -> set[str]:
    own = {name for name in modules if name.startswith("tui_eval")}
    return own | {name.partition(".")[0] for name in modules}


def quietly(words: list[str]) -> str:
    """A statement that runs a command line and survives its end."""
    return f"""
from tui_eval.cli.main import main
try:
    main({words!r})
except SystemExit:
    pass
"""


def test_the_probe_sees_what_is_imported() -> None:
    assert {"polars", "textual"} <= modules_after("import polars, textual.app")


@pytest.mark.parametrize(
    "words", [["--help"], ["--version"], ["scores", "--help"], ["delta", "--help"], ["--nonsense"]]
)
def test_words_about_the_program_import_next_to_nothing(words: list[str]) -> None:
    found = modules_after(quietly(words))
    assert not found & (DATA | {"textual", "rich", "argcomplete"})
    own = {name for name in found if name.startswith("tui_eval")}
    assert {name for name in own if not name.startswith("tui_eval.cli")} == {"tui_eval"}


def test_a_printed_report_needs_no_textual(tmp_path: Path) -> None:
    found = modules_after(quietly(["doctor", str(tmp_path)]))
    assert "polars" in found
    assert not found & {"textual", "plotext", "textual_plotext", "tui_eval.tui"}


def test_the_app_is_imported_without_what_reads_and_draws_data() -> None:
    found = modules_after("import tui_eval.tui.app")
    assert "textual" in found
    assert not found & DATA


def test_only_the_screens_import_textual() -> None:
    """Each module alone, as if none of the project had been imported before it."""
    found = modules_after(EACH_ALONE.format(modules=CORE))
    assert found >= set(CORE)
    screens = {"textual", "textual_plotext", "plotext", "tui_eval.tui"}
    assert not found & screens, [one for one in CORE if modules_after(f"import {one}") & screens]


def test_the_core_is_all_there() -> None:
    rooms = {"analysis", "cli", "files", "formats", "loading", "records", "redaction", "render"}
    assert {name.split(".")[1] for name in CORE} >= rooms


@pytest.mark.parametrize("with_path", [False, True])
def test_the_first_frame_needs_no_polars_numpy_or_plotext(
    tmp_path: Path, *, with_path: bool
) -> None:
    """In a real terminal: the screen is drawn, and then the analysis is imported."""
    report = tmp_path / "modules.json"
    folder = tmp_path / "results"
    folder.mkdir()
    paths = [str(folder)] if with_path else []
    argv = [sys.executable, "-c", AT_FIRST_FRAME, str(report), *paths]
    with Terminal(argv, cwd=folder, env={"PYTHONPATH": ROOT}) as terminal:
        terminal.wait_for("2 Sc")
        terminal.wait_for("0 runs")
        terminal.press("q")
        assert terminal.exit_code() == 0
    found = names(json.loads(report.read_text()))
    assert "tui_eval.tui.screens.view_screen" in found
    assert not found & DATA
