"""What watching costs while an evaluation writes: one line a second at the end of one file.

42 runs of 1,319 questions each in the app in a pseudo-terminal, on the Samples screen, watched with
W for 40 seconds: seconds of CPU.
Before that, how long the first table took, and the CPU of 40 seconds in which nothing is written.

Aim: less than a quarter of a core.

    python -m tests.benchmarks watching
"""

from __future__ import annotations

import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from tests.benchmarks.measure import Child, app_command, show
from tests.benchmarks.samples import write_short_run

RUNS, QUESTIONS = 42, 1319
SECONDS = 40


def run() -> None:
    """Measure and print."""
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary) / "results"
        for number in range(RUNS):
            write_short_run(folder, f"model-{number:02}", QUESTIONS + SECONDS)
        file = next((folder / "model-00").glob("samples_*.jsonl"))
        lines = file.read_bytes().splitlines(keepends=True)
        file.write_bytes(b"".join(lines[:QUESTIONS]))
        child = Child(["env", f"HOME={temporary}", *app_command("--no-cache", folder)])
        child.wait_for("exact_match")
        child.drain()
        start, began = len(child.raw), time.perf_counter()
        child.write(b"4")
        child.wait_for(" questions", start, timeout=120)
        first = time.perf_counter() - began
        child.drain(2.0)
        child.write(b"W")
        child.drain(4.0)
        idle = _cpu_while(child, iter(()))
        written = _cpu_while(child, iter(lines[QUESTIONS:]), file)
        child.kill()
    rows = [
        ("key 4 to the first table, wall", first),
        (f"{SECONDS} s in which nothing is written, CPU", idle),
        (f"{SECONDS} s with a line a second, CPU", written),
    ]
    show(f"{RUNS} runs of {QUESTIONS} questions, watched (s)", ("", ""), rows)


def _cpu_while(child: Child, lines: Iterator[bytes], file: Path | None = None) -> float:
    """Seconds of CPU in so many seconds, in each of which a line is written."""
    before, began = child.cpu(), time.perf_counter()
    for second in range(1, SECONDS + 1):
        if file is not None:
            with file.open("ab") as opened:
                opened.write(next(lines))
        while (left := began + second - time.perf_counter()) > 0:
            child.read(left)
    return child.cpu() - before


if __name__ == "__main__":
    run()
