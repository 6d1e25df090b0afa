"""Time from spawn to the first frame and to the data, in a real pseudo-terminal.

``tui-eval samples/`` against `bare`, the least Textual app that shows a text and a footer, and
against the same app that imports Polars after its first frame. Each run is killed the moment its
marker text was written; the CPU time is the kernel's for the whole process until then (wait4).

"First text" is the first frame with words in it: bare shows its Static then and an empty footer.
"Whole frame" is the one that has the keys in the footer too; tui-eval draws both at once. The data
are there when a score stands in the table. At the end: how long the imports alone take (no app is
started), and which modules the app has imported at its first frame.

Aim: first frame within 1.3x of bare; no polars, numpy or plotext imported before it.

    python -m tests.benchmarks first_frame
"""

from __future__ import annotations

import os
import subprocess
import sys
from functools import partial
from pathlib import Path

from tests.benchmarks.measure import (
    ROOT,
    SAMPLES,
    Cost,
    Stopwatch,
    app_command,
    interleaved,
    show,
    show_costs,
    until,
)

REPEATS = 12
BARE = [sys.executable, "-P", str(Path(__file__).with_name("bare.py"))]
HEAVY = ("polars", "numpy", "plotext", "textual_plotext", "msgspec", "pandas")

IMPORTS = {
    "python": "pass",
    "textual, Static, Footer": "from textual.app import App\nfrom textual.widgets import Footer",
    "tui_eval up to Scores": "import tui_eval.cli, tui_eval.tui.app, tui_eval.tui.screens.scores",
    "the same, then polars": (
        "import tui_eval.cli, tui_eval.tui.app, tui_eval.tui.screens.scores, polars"
    ),
}

RECORD = """
import sys
from pathlib import Path
from tui_eval.tui.app import TuiEvalApp

def record(app, paths):
    print(*sorted(sys.modules), sep="\\n", file=sys.__stdout__)
    app.exit()

TuiEvalApp._read = record
TuiEvalApp([Path("samples")]).run(headless=True, size=(120, 40))
"""
"""The app calls ``_read`` when its first frame was drawn."""


def run() -> None:
    """Measure and print."""
    app = app_command(SAMPLES)
    for title, bare_text, text in (
        ("First text", "bare-frame", "2 Scores"),
        ("Whole first frame", "Quit", "Export"),
    ):
        runs = {
            "bare Textual": partial(until, BARE, bare_text),
            "tui-eval": partial(until, app, text),
        }
        show_costs(f"{title} at 120x40", interleaved(runs, REPEATS), "bare Textual")
    runs = {
        "bare Textual, then polars": partial(until, [*BARE, "polars"], "polars-ready"),
        "tui-eval, table drawn": partial(until, app, "mean over"),
    }
    show_costs("Data at 120x40", interleaved(runs, REPEATS), "bare Textual, then polars")
    runs = {name: partial(_python, code) for name, code in IMPORTS.items()}
    show_costs("Imports alone", interleaved(runs, REPEATS), "textual, Static, Footer")
    loaded = modules_at_first_frame()
    early = [name for name in HEAVY if name in loaded]
    show(
        "Modules imported at the first frame",
        ("", "number"),
        [
            ("all", len(loaded)),
            ("textual and rich", sum(name.startswith(("textual", "rich")) for name in loaded)),
            ("tui_eval", sum(name.startswith("tui_eval") for name in loaded)),
            (f"of {', '.join(HEAVY)}", f"{len(early)} {early or ''}".strip()),
        ],
    )


def modules_at_first_frame() -> set[str]:
    """Modules in memory when the app has drawn its first frame."""
    words = [sys.executable, "-c", RECORD]
    done = subprocess.run(words, cwd=ROOT, capture_output=True, text=True, check=True)
    return set(done.stdout.split())


def _python(code: str) -> Cost:
    """Wall and CPU time of a Python that runs a piece of code."""
    watch = Stopwatch()
    child = os.posix_spawn(sys.executable, [sys.executable, "-c", code], {**os.environ})
    usage = os.wait4(child, 0)[2]
    return Cost(watch.lap().wall, (usage.ru_utime + usage.ru_stime) * 1000)


if __name__ == "__main__":
    run()
