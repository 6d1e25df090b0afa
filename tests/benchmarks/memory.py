"""Memory of the app in a pseudo-terminal while somebody goes from dataset to dataset.

Two runs on two datasets of 4,000 questions; on the Samples screen the one dataset is chosen, then
the other, 45 times. What is resident (VmRSS) is told after every ninth time: it may rise while
caches fill, and then it stays.

Aim: from the ninth time on no more than 10 MB are added.

    python -m tests.benchmarks memory
"""

from __future__ import annotations

import tempfile
from pathlib import Path

from tests.benchmarks.measure import Child, app_command, show
from tests.benchmarks.samples import write_short_run

QUESTIONS = 4000
TIMES, TOLD = 45, 9
DATASETS = ("first", "second")


def run() -> None:
    """Measure and print."""
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary) / "results"
        for model in ("alpha", "beta"):
            for dataset in DATASETS:
                write_short_run(folder / dataset, model, QUESTIONS, dataset)
        child = Child(["env", f"HOME={temporary}", *app_command("--no-cache", folder)])
        child.wait_for("exact_match")
        child.write(b"4")
        child.wait_for(f"{QUESTIONS} questions")
        child.drain()
        rows = [(0, child.resident())]
        for time in range(1, TIMES + 1):
            _choose(child, time % 2)
            if time % TOLD == 0:
                rows.append((time, child.resident()))
        child.kill()
    show("Resident memory after so many times (MB)", ("times", "MB"), rows)


def _choose(child: Child, place: int) -> None:
    """Choose a dataset by its place in the list, and wait for its questions."""
    child.write(b"d")
    child.wait_for("Enter select", len(child.raw))
    child.drain()
    start = len(child.raw)
    child.write(b"\x1b[B" if place else b"\x1b[A")
    child.drain()
    child.write(b"\r")
    child.wait_for(DATASETS[place], start)
    child.drain()


if __name__ == "__main__":
    run()
