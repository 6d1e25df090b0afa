"""From a key press to the redrawn table, with 50 runs of 125 categories.

Headless, at 120x40 with pages of 20 rows and at 200x60 with pages of 100: a key event is handed
to the driver, as a terminal would, and the clock stops when the screen was painted after the table
had drawn lines with what the key changed: the cursor or the scrolled columns and rows for
movements, a new report for the others (so the worker that makes the report is in it, and Textual's
wait for its next frame, up to 17 ms). Nothing is turned into escape sequences there; that is in the
second part. Keys come at the pace of a key that is held down (33 ms), so that the threads that draw
the chart disturb what they disturb.

Then in a real pseudo-terminal, at 120x40 with the chart hidden: milliseconds from the key's bytes
to the last byte of the answer, and how many bytes a key costs on the wire, without and with chart.

Last, why there is a FrameTable: one page of this data in it and in Textual's DataTable, filled and
painted, and one step of the cursor.

Aim: a key answered within 50 ms at the 99th percentile.

    python -m tests.benchmarks keys
"""

from __future__ import annotations

import asyncio
import gc
import json
import random
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from statistics import median

from rich.text import Text
from textual import events
from textual.app import App, ComposeResult
from textual.geometry import Region
from textual.pilot import Pilot
from textual.strip import Strip
from textual.widgets import DataTable

from tests.benchmarks.measure import (
    Child,
    Cost,
    Stopwatch,
    app_command,
    interleaved,
    percentile,
    show,
    show_costs,
)
from tui_eval.analysis.scores import score_report
from tui_eval.analysis.selection import select
from tui_eval.analysis.view import View
from tui_eval.loading.collection import load
from tui_eval.render.grid import Grid, ReportGrid
from tui_eval.tui.app import TuiEvalApp
from tui_eval.tui.widgets.frame_table import FrameTable

RUNS, CATEGORIES = 50, 125
PRESSES = 50
HELD = 0.033  # seconds between two presses of a key that is held down
DATASET = "bench"


@dataclass(frozen=True)
class Key:
    """A key of the benchmark.

    Attributes:
        name: As Textual names it.
        text: What it types; None for keys that type nothing.
        sent: What a terminal sends.
        back: The key that undoes it, pressed instead where it changes nothing.
        report: Whether it makes a report.
    """

    name: str
    text: str | None
    sent: bytes
    back: str = ""
    report: bool = False


KEYS = {
    key.name: key
    for key in (
        Key("down", None, b"\x1b[B", back="up"),
        Key("up", None, b"\x1b[A", back="down"),
        Key("right", None, b"\x1b[C", back="left"),
        Key("left", None, b"\x1b[D", back="right"),
        Key("pagedown", None, b"\x1b[6~", back="pageup"),
        Key("pageup", None, b"\x1b[5~", back="pagedown"),
        Key("full_stop", ".", b".", back="comma", report=True),
        Key("comma", ",", b",", back="full_stop", report=True),
        Key("x", "x", b"x", report=True),
        Key("s", "s", b"s", report=True),
        Key("right_square_bracket", "]", b"]", report=True),
        Key("c", "c", b"c"),
        Key("G", "G", b"G", back="g"),
        Key("g", "g", b"g", back="G"),
        Key("J", "J", b"J", back="K"),
        Key("K", "K", b"K", back="J"),
        Key("T", "T", b"T", report=True),
        Key("enter", None, b"\r", report=True),
    )
}
MEASURED = ("down", "right", "pagedown", "full_stop", "x", "s", "right_square_bracket", "c")


def run() -> None:
    """Measure and print."""
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        write_files(folder)
        for size, page in (((120, 40), 20), ((200, 60), 100)):
            costs = asyncio.run(_measure_keys(folder, size, page))
            show_keys(
                f"Key to painted table, headless, {size[0]}x{size[1]}, {page} rows a page", costs
            )
        _show_terminal(folder)
        for rows in (20, 100):
            _compare_tables(folder, rows)


def write_files(folder: Path) -> None:
    """Runs in the shape of Twinkle Eval, one a file, the same on every machine."""
    dice = random.Random(2)
    for number in range(RUNS):
        results = []
        for category in range(CATEGORIES):
            scores = [round(dice.random(), 4) for _ in range(3)]
            results.append(
                {
                    "file": f"datasets/{DATASET}/subject_{category:03}_test.csv",
                    "accuracy_mean": sum(scores) / 3,
                    "accuracy_std": 0.01,
                    "individual_runs": {"accuracies": scores, "results": []},
                }
            )
        mean = sum(float(str(item["accuracy_mean"])) for item in results) / CATEGORIES
        document = {
            "timestamp": f"20260101_{number:04}",
            "config": {"model": {"name": f"synthetic-model-{number:02}-instruct"}},
            "dataset_results": {
                f"datasets/{DATASET}/": {"results": results, "average_accuracy": mean}
            },
        }
        (folder / f"results_20260101_{number:04}.json").write_text(json.dumps(document))


# headless


class Watch:
    """Tells when the table was painted with what a key changed."""

    def __init__(self, app: App[None], table: FrameTable) -> None:
        self.painted = asyncio.Event()
        self._table = table
        self._key = KEYS["down"]
        self._before: tuple[object, ...] = ()
        self._drawn = True
        self._draw = table.render_lines
        table.render_lines = self._render_lines  # type: ignore[method-assign]
        app.post_display_hook = self._displayed  # type: ignore[method-assign]

    def expect(self, key: Key) -> None:
        """A key is about to be pressed."""
        self._key = key
        self._before = self._state()
        self._drawn = False
        self.painted.clear()

    def _state(self) -> tuple[object, ...]:
        table = self._table
        if self._key.report:
            return (table.grid,)
        cursor = (table.cursor_row, table.cursor_column, table.first_column)
        return *cursor, table.scroll_offset, table.size

    def _render_lines(self, crop: Region) -> list[Strip]:
        strips = self._draw(crop)
        self._drawn = self._drawn or self._state() != self._before
        return strips

    def _displayed(self) -> None:
        if self._drawn:
            self.painted.set()


async def _measure_keys(folder: Path, size: tuple[int, int], page: int) -> dict[str, list[Cost]]:
    app = TuiEvalApp([folder])
    async with app.run_test(size=size) as pilot:
        await _settled(pilot, app)
        app.session.change(page_size=page)
        app.screen.update_view()  # type: ignore[attr-defined]
        await quiet(pilot)
        watch = Watch(app, app.screen.query_one(FrameTable))
        gc.collect()
        return {name: await press_often(app, watch, name) for name in MEASURED}


async def press_often(app: TuiEvalApp, watch: Watch, name: str) -> list[Cost]:
    """What a key costs, pressed as if it was held down; at an end it goes back."""
    key = KEYS[name]
    costs: list[Cost] = []
    while len(costs) < PRESSES:
        started = time.perf_counter()
        cost = await press(app, watch, key)
        if cost is not None:
            costs.append(cost)
        else:
            key = KEYS[key.back]  # this is the end: go the other way
        await asyncio.sleep(max(0.0, started + HELD - time.perf_counter()))
    return costs


async def press(app: TuiEvalApp, watch: Watch, key: Key) -> Cost | None:
    """From a key to the painting of what it changed; None where it changes nothing."""
    watch.expect(key)
    clock = Stopwatch()
    _press_key(app, key)
    try:
        await asyncio.wait_for(watch.painted.wait(), 1.0 if key.back else 30.0)
    except TimeoutError:
        return None
    return clock.lap()


def _press_key(app: App[None], key: Key) -> None:
    event = events.Key(key.name, key.text)
    event.set_sender(app)
    driver = app._driver
    assert driver is not None
    driver.send_message(event)


async def _settled(pilot: Pilot[None], app: TuiEvalApp) -> None:
    while True:
        tables = app.screen.query(FrameTable)
        grid = tables.first().grid if tables else None
        if grid is not None and len(grid.columns) > RUNS and not app.session.data.is_loading:
            return await quiet(pilot)
        await asyncio.sleep(0.01)


async def quiet(pilot: Pilot[None]) -> None:
    """Wait until nothing more is to be done."""
    while any(worker.is_running for worker in pilot.app.workers):
        await asyncio.sleep(0.01)
    await pilot.pause(0.5)


def show_keys(title: str, costs: dict[str, list[Cost]]) -> None:
    """Print what keys cost."""
    rows = []
    for name, some in costs.items():
        wall = [cost.wall for cost in some]
        cpu = [cost.cpu for cost in some]
        rows.append(
            (
                name,
                *(f"{value:.1f}" for value in (min(wall), median(wall), percentile(wall, 99))),
                f"{max(wall):.1f}",
                *(f"{value:.1f}" for value in (min(cpu), median(cpu), percentile(cpu, 99))),
            )
        )
    every = [cost.wall for some in costs.values() for cost in some]
    rows.append(
        (
            f"all {len(every)}",
            *(f"{value:.1f}" for value in (min(every), median(every), percentile(every, 99))),
            f"{max(every):.1f}",
            *("", "", ""),
        )
    )
    headings = ("", "wall min", "p50", "p99", "max", "CPU min", "p50", "p99")
    show(f"{title} (ms)", headings, rows)


# in a terminal


def _show_terminal(folder: Path) -> None:
    child = Child(app_command(folder))
    child.wait_for(f"{RUNS} runs in {RUNS} files")
    child.drain(1.0)
    with_chart = {name: answers(child, KEYS[name], 6) for name in MEASURED}
    child.write(KEYS["c"].sent)
    child.drain(1.0)
    rows = []
    for name in MEASURED[:-1]:
        waits, sizes = zip(*answers(child, KEYS[name], 20), strict=True)
        figures = (f"{value:.1f}" for value in (min(waits), median(waits), percentile(waits, 99)))
        shown = round(median(size for _, size in with_chart[name]))
        rows.append((name, *figures, round(median(sizes)), shown))
    child.kill()
    headings = ("", "wall min", "p50", "p99", "bytes", "bytes with chart")
    show("Key to the last byte of its answer in a terminal, 120x40, no chart (ms)", headings, rows)


def answers(child: Child, key: Key, presses: int) -> list[tuple[float, int]]:
    """Milliseconds until the last byte of what each press draws, and how many bytes that is."""
    answers = []
    for turn in range(presses):
        before = len(child.raw)
        started = last = time.perf_counter()
        child.write(KEYS[key.back].sent if key.back and turn % 2 else key.sent)
        while child.read(0.3):
            last = time.perf_counter()
        answers.append(((last - started) * 1000, len(child.raw) - before))
    return answers


# the two tables


class _Frame(App[None]):
    def compose(self) -> ComposeResult:
        yield FrameTable()


class _Data(App[None]):
    def compose(self) -> ComposeResult:
        yield DataTable(fixed_columns=1)


def _fill_frame(app: App[None], grid: Grid) -> None:
    app.query_one(FrameTable).show(grid)


def _fill_data(app: App[None], grid: Grid) -> None:
    table = app.query_one(DataTable)
    table.add_columns(*(Text(column.heading) for column in grid.columns))
    for row in grid.rows(0, grid.row_count):
        table.add_row(*(Text(cell.text, justify="right") for cell in row))


def _compare_tables(folder: Path, rows: int) -> None:
    report = score_report(select(load([folder]).tables(), View(dataset=DATASET))).page(rows, 0)
    fill: dict[str, Callable[[], Cost]] = {}
    step: dict[str, Callable[[], Cost]] = {}
    works = (("DataTable", _Data, _fill_data), ("FrameTable", _Frame, _fill_frame))
    for name, kind, filler in works:
        results = _one_table(kind, filler, ReportGrid(report))
        fill[name] = partial(next, results)
        step[name] = partial(next, results)
    both = {f"{name}, {what}": work for what in ("a", "b") for name, work in fill.items()}
    costs = interleaved(both, 7)
    size = f"{rows} rows x {RUNS + 1} columns, 120x40"
    for what, title in (("a", "filled and painted"), ("b", "cursor step")):
        named = {name: costs[f"{name}, {what}"] for name in fill}
        show_costs(f"{title}, {size}", named, "DataTable")


def _one_table(
    kind: type[App[None]], fill: Callable[[App[None], Grid], None], grid: Grid
) -> Iterator[Cost]:
    """Costs of filling and of a cursor step, in turn."""
    while True:
        yield from asyncio.run(_fill_and_step(kind, fill, grid))


async def _fill_and_step(
    kind: type[App[None]], fill: Callable[[App[None], Grid], None], grid: Grid
) -> tuple[Cost, Cost]:
    app = kind()
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.pause(0.1)
        gc.collect()
        filled = await _until_painted(app, pilot, partial(fill, app, grid))
        app.screen.query("FrameTable, DataTable").first().focus()
        await pilot.pause(0.2)
        steps = [
            await _until_painted(app, pilot, partial(_press_key, app, KEYS["down"]))
            for _ in range(5)
        ]
    return filled, Cost(min(step.wall for step in steps), min(step.cpu for step in steps))


async def _until_painted(app: App[None], pilot: Pilot[None], work: Callable[[], None]) -> Cost:
    """From a piece of work to the last painting that comes of it."""
    clock = Stopwatch()
    costs: list[Cost] = []
    started, used = time.perf_counter(), time.process_time()

    def painted() -> None:
        wall, cpu = time.perf_counter() - started, time.process_time() - used
        costs.append(Cost(wall * 1000, cpu * 1000))

    app.post_display_hook = painted  # type: ignore[method-assign]
    work()
    await pilot.pause(0.25)
    return costs[-1] if costs else clock.lap()


if __name__ == "__main__":
    run()
