"""What a drawing of the bar chart costs, and how far it holds up the event loop.

First `draw`, the whole work of the thread, alone: bars of several sizes of chart and numbers of
runs. Then the app's Scores screen with 50 runs of 125 categories: a clock in the event loop wakes
every 5 ms while the cursor goes down row by row as if the key were held, so that the chart is drawn
anew again and again; how late the clock wakes is how long a key would have to wait. The same with
the chart hidden is the floor.

    python -m tests.benchmarks chart
"""

from __future__ import annotations

import asyncio
import random
import tempfile
import time
from functools import partial
from pathlib import Path
from statistics import median

from rich.console import Console
from rich.style import Style

from tests.benchmarks.keys import HELD, KEYS, _press_key, _settled, quiet, write_files
from tests.benchmarks.measure import best, interleaved, middle, percentile, show, timed
from tui_eval.render.bars import Bars, Series
from tui_eval.tui.app import TuiEvalApp
from tui_eval.tui.widgets.bar_drawing import ON_DARK, Look, draw
from tui_eval.tui.widgets.bar_layout import plan

LOOK = Look(Style(), Style(), ON_DARK, ON_DARK[0], ON_DARK[1])


def run() -> None:
    """Measure and print."""
    works = {}
    for width, height in ((40, 24), (40, 34), (66, 54)):
        for runs in (2, 7, 50):
            bars = _bars(runs, 20)
            window = plan(bars, width, height, 0, None)
            work = partial(draw, bars, window, LOOK, width, Console())
            works[f"{width}x{height}, {runs} runs"] = partial(timed, work)
    draw_once = next(iter(works.values()))
    draw_once()  # imports plotext
    costs = interleaved(works, 9)
    rows = [
        (name, *(f"{value:.1f}" for value in (best(some).cpu, middle(some).cpu, middle(some).wall)))
        for name, some in costs.items()
    ]
    show("One drawing of the chart (ms)", ("", "CPU min", "CPU median", "wall median"), rows)
    with tempfile.TemporaryDirectory() as temporary:
        write_files(Path(temporary))
        late = {
            name: asyncio.run(_lag(Path(temporary), chart=chart))
            for name, chart in (("chart hidden", False), ("chart shown", True))
        }
    show(
        "Lag of the event loop while the cursor moves down, 120x40 (ms)",
        ("", "p50", "p95", "p99", "max"),
        [
            (name, median(some), percentile(some, 95), percentile(some, 99), max(some))
            for name, some in late.items()
        ],
    )


def _bars(runs: int, groups: int) -> Bars:
    dice = random.Random(1)
    values = [tuple(dice.random() for _ in range(groups)) for _ in range(runs)]
    return Bars(
        groups=tuple(f"category_{number:02}" for number in range(groups)),
        series=tuple(Series(f"model-{place}", some) for place, some in enumerate(values)),
        low=0.0,
        high=1.0,
        texts=tuple(tuple(f"{value:.3f}" for value in some) for some in values),
    )


async def _lag(folder: Path, *, chart: bool) -> list[float]:
    app = TuiEvalApp([folder])
    late: list[float] = []

    async def watch() -> None:
        while True:
            due = time.perf_counter() + 0.005
            await asyncio.sleep(0.005)
            late.append((time.perf_counter() - due) * 1000)

    async with app.run_test(size=(120, 40)) as pilot:
        await _settled(pilot, app)
        app.session.wants_chart = chart
        app.screen.update_view()  # type: ignore[attr-defined]
        await quiet(pilot)
        watching = asyncio.create_task(watch())
        for turn in range(60):
            _press_key(app, KEYS["down" if turn % 30 < 15 else "up"])
            await asyncio.sleep(HELD if turn % 10 else 0.2)  # now and then the chart catches up
        watching.cancel()
    return late


if __name__ == "__main__":
    run()
