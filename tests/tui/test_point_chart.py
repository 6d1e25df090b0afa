"""The chart of points: everything stands in its cell, at every size, and texts stay outside."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import pytest
from rich.cells import cell_len
from rich.console import Console
from rich.style import Style
from textual.app import App

from tui_eval.render.points import Points, PointSeries
from tui_eval.tui.widgets.bar_drawing import GAIN_LOSS_ON_DARK, ON_DARK, Look
from tui_eval.tui.widgets.point_chart import PointChart
from tui_eval.tui.widgets.point_drawing import draw
from tui_eval.tui.widgets.point_layout import PointPlan, axis_of

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from textual.app import ComposeResult
    from textual.pilot import Pilot

LOOK = Look(Style(), Style(), ON_DARK, *GAIN_LOSS_ON_DARK)
STEPS = (0.0, 1.0, 512.0, 1000.0, 143000.0)
SCORES = (0.25, 0.26, 0.5, 0.4, 0.75)


def one(label: str = "pythia", mark: str = "●", shift: float = 0.0) -> PointSeries:
    return PointSeries(
        label,
        STEPS,
        tuple(score + shift for score in SCORES),
        tuple(score + shift - 0.1 for score in SCORES),
        tuple(score + shift + 0.1 for score in SCORES),
        tuple(f"step {step:.0f}" for step in STEPS),
        mark,
    )


def drawn(points: Points, size: tuple[int, int] = (80, 20)) -> list[str]:
    return [strip.text for strip in draw(PointPlan(points, *size), LOOK, Console())]


@pytest.mark.parametrize("size", [(24, 6), (30, 7), (80, 12), (200, 60)])
@pytest.mark.parametrize("series", [1, 40])
@pytest.mark.parametrize("is_log", [False, True])
def test_it_fits_every_size(size: tuple[int, int], series: int, is_log: bool) -> None:
    many = tuple(one(f"模型 {number} " * 3) for number in range(series))
    lines = drawn(Points(many, "step", "score", is_log_x=is_log, is_joined=True), size)
    assert {cell_len(line) for line in lines} == {size[0]}
    assert len(lines) <= size[1]
    assert any("●" in line for line in lines)


def test_points_stand_where_their_numbers_are() -> None:
    plan = PointPlan(Points((one(),), "step", "score"), 80, 20)
    (spots,) = plan.spots
    assert [spots[0].cell, spots[4].cell] == [1, plan.cells]
    assert spots[3].cell == 1 + round(1000 / 143000 * (plan.cells - 1))
    # From 0.15 to 0.85, whiskers included.
    assert [spots[0].low, spots[4].high] == [1, plan.rows]
    assert spots[2].row == 1 + round((0.5 - 0.15) / 0.7 * (plan.rows - 1))


def test_on_a_log_axis_zero_is_the_edge_and_decades_are_as_wide() -> None:
    axis = axis_of((0, 1, 10, 100), is_log=True)
    zero, first, second, third = (axis.part(value) for value in (0, 1, 10, 100))
    assert zero == 0 < first
    assert second - first == pytest.approx(third - second)
    assert third == 1
    assert [tick.text for tick in axis.ticks(5)] == ["0", "1", "10", "100"]


def test_a_log_axis_without_zero_starts_at_the_least_number() -> None:
    assert axis_of((3, 300), is_log=True).part(3) == 0


@pytest.mark.parametrize(
    ("numbers", "texts"),
    [
        ((0.2, 0.5), ["0.2", "0.3", "0.4", "0.5"]),
        ((0, 143000), ["0", "50k", "100k"]),
        ((0.61, 0.66), ["0.61", "0.62", "0.63", "0.64", "0.65", "0.66"]),
        ((5, 5), ["4.6", "4.8", "5.0", "5.2", "5.4"]),
        ((-3, 3), ["−2", "0", "2"]),
    ],
)
def test_ticks_are_round_numbers(numbers: tuple[float, float], texts: list[str]) -> None:
    assert [tick.text for tick in axis_of(numbers).ticks(5)] == texts


def test_what_is_missing_is_not_drawn() -> None:
    gap = PointSeries("a", (1.0, 2.0, float("nan")), (0.5, None, 0.5))
    assert [set(spots) for spots in PointPlan(Points((gap,), "x", "y"), 40, 10).spots] == [{0}]


def test_the_chart_says_what_its_axes_are_and_tells_series_apart_without_colour() -> None:
    two = (one("first", "a"), one("second", "b", shift=0.05))
    lines = drawn(Points(two, "step", "acc (0-1)", is_log_x=True, is_joined=True))
    assert "up: acc (0-1)" in lines[0]
    assert "right: step (log)" in lines[0]
    assert lines[2].split() == ["a", "first", "b", "second"]
    canvas = "".join(lines[3:-2])
    assert canvas.count("b") == len(STEPS)
    assert "│" in canvas
    assert lines[-1].split() == ["0", "1", "10", "100", "1k", "10k", "100k"]


def test_whiskers_reach_from_end_to_end() -> None:
    alone = PointSeries("a", (1.0, 2.0), (0.5, 0.5), (0.0, None), (1.0, None))
    plan = PointPlan(Points((alone,), "x", "y"), 40, 13)
    lines = drawn(Points((alone,), "x", "y"), (40, 13))
    column = [line[plan.left + 2] for line in lines[plan.head : plan.head + plan.rows]]
    assert column.count("│") == plan.rows - 1
    assert column.count("●") == 1


class ChartApp(App[None]):
    def compose(self) -> ComposeResult:
        yield PointChart()


@asynccontextmanager
async def charted(
    points: Points | None, size: tuple[int, int] = (80, 20)
) -> AsyncIterator[tuple[Pilot[None], PointChart]]:
    app = ChartApp()
    async with app.run_test(size=size) as pilot:
        chart = app.query_one(PointChart)
        chart.show(points)
        async with asyncio.timeout(60):
            while not chart.render_line(0).text.strip():
                await pilot.pause(0.01)
        yield pilot, chart


async def test_the_point_at_the_cursor_is_named_and_shown() -> None:
    async with charted(Points((one(),), "step", "score")) as (_, chart):
        before = [chart.render_line(y).text for y in range(20)]
        chart.highlight(0, 2)
        assert chart.render_line(1).text.strip() == "step 512"
        reverse = [
            (y, segment.text)
            for y in range(20)
            for segment in chart.render_line(y)
            if segment.style and segment.style.reverse
        ]
        assert [text for _, text in reverse] == ["●"]
        after = [chart.render_line(y).text for y in range(20)]
        assert (after[0], after[2:]) == (before[0], before[2:])
        assert before[reverse[0][0]].count("●") >= 1


async def test_in_a_low_chart_the_point_is_named_before_the_axes() -> None:
    async with charted(Points((one(),), "step", "score"), (80, 8)) as (_, chart):
        chart.highlight(0, 2)
        assert chart.render_line(0).text.startswith("step 512  pythia")


async def test_without_points_it_says_so() -> None:
    async with charted(Points((), "step", "score")) as (_, chart):
        assert chart.render_line(0).text.strip() == "nothing to draw"
