"""What the benchmarks share: clocks, percentiles, a child in a pseudo-terminal, tables of results.

Other programs run on the same machine: compare figures of one run with each other, by their
minimum or median, and look at CPU time before wall time.
"""

from __future__ import annotations

import os
import re
import select
import signal
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median

import ptyprocess
import pyte

ROOT = Path(__file__).parents[2]
SAMPLES = ROOT / "samples"
CORPUS = Path(os.environ.get("TUI_EVAL_CORPUS", ROOT.parent / "shared" / "corpus"))
_TOKEN = re.compile(
    rb"(?P<drawn>[^\x1b]+|\x1b\[[0-9;]*[A-Za-z])"
    rb"|\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)|[^\[\]])"
)


class MissingError(Exception):
    """What a benchmark needs and does not find, in a sentence."""


def recorded(folder: str) -> Path:
    """A folder of the corpus; raises MissingError where there is none."""
    place = CORPUS / folder
    if not place.is_dir():
        raise MissingError(
            f"It needs recorded results: there is no folder {place}. TUI_EVAL_CORPUS names the "
            "folder that holds them."
        )
    return place


@dataclass(frozen=True)
class Cost:
    """Wall and CPU time in milliseconds."""

    wall: float
    cpu: float


class Stopwatch:
    """Time since it was made, or since the last `lap`."""

    def __init__(self) -> None:
        self._start()

    def _start(self) -> None:
        self._wall, self._cpu = time.perf_counter(), time.process_time()

    def lap(self) -> Cost:
        """The time so far; starts anew."""
        wall, cpu = time.perf_counter() - self._wall, time.process_time() - self._cpu
        self._start()
        return Cost(wall * 1000, cpu * 1000)


def best(costs: Sequence[Cost]) -> Cost:
    """The minimum of each clock."""
    return Cost(min(cost.wall for cost in costs), min(cost.cpu for cost in costs))


def middle(costs: Sequence[Cost]) -> Cost:
    """The median of each clock."""
    return Cost(median(cost.wall for cost in costs), median(cost.cpu for cost in costs))


def timed(work: Callable[[], object]) -> Cost:
    """What one call costs."""
    watch = Stopwatch()
    work()
    return watch.lap()


def interleaved(works: Mapping[str, Callable[[], Cost]], repeats: int) -> dict[str, list[Cost]]:
    """Several measurements, in turn, so that what disturbs the machine disturbs all of them."""
    costs: dict[str, list[Cost]] = {name: [] for name in works}
    for _ in range(repeats):
        for name, work in works.items():
            costs[name].append(work())
    return costs


def percentile(values: Sequence[float], percent: float) -> float:
    """The value that so many percent do not exceed (nearest rank)."""
    ranked = sorted(values)
    return ranked[max(0, -int(-percent * len(ranked) // 100) - 1)]


def show(title: str, headings: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
    """Print a table: the first column left, numbers right."""
    texts = [
        [f"{cell:.2f}" if isinstance(cell, float) else str(cell) for cell in row] for row in rows
    ]
    widths = [max(map(len, column)) for column in zip(headings, *texts, strict=True)]
    print(f"\n{title}")
    for row in (headings, *texts):
        first, *others = zip(row, widths, strict=True)
        cells = [first[0].ljust(first[1]), *(text.rjust(width) for text, width in others)]
        print("  " + "  ".join(cells))
    sys.stdout.flush()


def show_costs(title: str, costs: Mapping[str, Sequence[Cost]], base: str) -> None:
    """Print minimum and median of measurements, and their ratios to one of them."""
    low, mid = best(costs[base]), middle(costs[base])
    show(
        f"{title} (ms, {len(costs[base])} interleaved runs, ratios to: {base})",
        ("", "wall min", "x", "wall median", "x", "CPU min", "x", "CPU median", "x"),
        [
            (
                name,
                *(f"{best(some).wall:.1f}", best(some).wall / low.wall),
                *(f"{middle(some).wall:.1f}", middle(some).wall / mid.wall),
                *(f"{best(some).cpu:.1f}", best(some).cpu / low.cpu),
                *(f"{middle(some).cpu:.1f}", middle(some).cpu / mid.cpu),
            )
            for name, some in costs.items()
        ],
    )


def app_command(*arguments: str | Path) -> list[str]:
    """The command line of the app: the installed command, or else the package."""
    script = Path(sys.executable).with_name("tui-eval")
    start = [str(script)] if script.exists() else [sys.executable, "-m", "tui_eval"]
    return [*start, *map(str, arguments)]


def resident(process: int) -> float:
    """The memory that a process and its children hold, in MB; of Linux alone."""
    try:
        status = Path(f"/proc/{process}/status").read_text()
        tasks = Path(f"/proc/{process}/task").glob("*/children")
        children = [int(child) for task in tasks for child in task.read_text().split()]
        own = int(status.split("VmRSS:")[1].split()[0]) * 1024 / 1e6
    except (OSError, IndexError):  # it has just ended
        return 0.0
    return own + sum(map(resident, children))


class Child:
    """A command in a pseudo-terminal; what it sends is drawn when a text is waited for."""

    def __init__(self, argv: Sequence[str], size: tuple[int, int] = (120, 40)) -> None:
        environ = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
        environ |= {"TERM": "xterm-256color", "COLORTERM": "truecolor", "LANG": "C.UTF-8"}
        environ["PYTHONPATH"] = str(ROOT)  # this tree, whatever is installed
        self.raw = b""
        self._drawn = 0  # bytes of it
        self._screen = pyte.Screen(*size)
        self._stream = pyte.ByteStream(self._screen)
        self._started = time.perf_counter()
        self._process = ptyprocess.PtyProcess.spawn(
            list(argv), cwd=str(ROOT), env=environ, dimensions=size[::-1]
        )

    def read(self, timeout: float) -> bool:
        """Take what is written within a time; False where nothing is."""
        if not select.select([self._process.fd], [], [], timeout)[0]:
            return False
        try:
            data = os.read(self._process.fd, 65536)
        except OSError:
            data = b""
        self.raw += data
        return bool(data)

    def wait_for(self, marker: str, start: int = 0, timeout: float = 30) -> float:
        """Read until a text is shown, and more came than ``start`` bytes; ms since it began."""
        end = time.perf_counter() + timeout
        while not self._shows(marker) or len(self.raw) <= start:
            if time.perf_counter() > end or not self.read(end - time.perf_counter()):
                self.kill()
                raise RuntimeError(f"{marker!r} was not drawn; last bytes: {self.raw[-300:]!r}")
        return (time.perf_counter() - self._started) * 1000

    def _shows(self, text: str) -> bool:
        """Whether a text is on the screen: only what changes on it is sent."""
        while match := _TOKEN.match(self.raw, self._drawn):
            self._drawn = match.end()
            self._stream.feed(match["drawn"] or b"")
        return any(text in line for line in self._screen.display)

    def drain(self, quiet: float = 0.25) -> None:
        """Read until nothing comes for some seconds."""
        while self.read(quiet):
            pass

    def write(self, data: bytes) -> None:
        """Press keys."""
        os.write(self._process.fd, data)

    def resident(self) -> float:
        """The memory that it and its children hold, in MB; of Linux alone."""
        return resident(self._process.pid)

    def cpu(self) -> float:
        """Seconds of CPU that it has used so far; of Linux alone."""
        fields = Path(f"/proc/{self._process.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def kill(self) -> float:
        """End the child at once; the milliseconds of CPU that it used, its children not counted."""
        os.kill(self._process.pid, signal.SIGKILL)
        _, _, usage = os.wait4(self._process.pid, 0)
        self._process.fileobj.close()
        self._process.closed = self._process.terminated = True
        return (usage.ru_utime + usage.ru_stime) * 1000


def until(argv: Sequence[str], marker: str, size: tuple[int, int] = (120, 40)) -> Cost:
    """Wall and CPU time from spawn until a command has drawn a text; it is killed there."""
    child = Child(argv, size)
    wall = child.wait_for(marker)
    return Cost(wall, child.kill())
