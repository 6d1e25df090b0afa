"""Intervals on charts: over the ends of bars, and as forests; as text, at many sizes."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rich.cells import cell_len
from rich.console import Console
from rich.style import Style

from tests.tui.conftest import make_bars
from tests.tui.test_bar_chart import charted, lines, note, settle
from tui_eval.render.bars import Bars, Ends, Series
from tui_eval.statistics.intervals import Interval
from tui_eval.statistics.routing import Verdict, verdict
from tui_eval.tui.widgets.bar_drawing import GAIN_LOSS_ON_DARK, ON_DARK, Look, draw
from tui_eval.tui.widgets.bar_layout import arrange, axis_text, cell_of, plan, zero_cell

if TYPE_CHECKING:
    from textual.strip import Strip

LOOK = Look(Style(), Style(dim=True), ON_DARK, *GAIN_LOSS_ON_DARK)
GAIN, LOSS = GAIN_LOSS_ON_DARK
INF = math.inf

Row = tuple[float | None, Ends | None]


def said(ends: Ends | None, *, higher_is_better: bool = True) -> Verdict | None:
    return verdict(Interval(*ends), higher_is_better=higher_is_better) if ends else None


def forest(rows: list[Row], *, extent: Ends = (-10.0, 10.0), has_whole: bool = False) -> Bars:
    intervals = tuple(ends for _, ends in rows)
    ranges = tuple(f"[{ends[0]:+.1f}, {ends[1]:+.1f}]" if ends else "" for ends in intervals)
    bars = make_bars([[value for value, _ in rows]], low=extent[0], high=extent[1], diverging=True)
    return replace(
        bars,
        series=(replace(bars.series[0], intervals=intervals),),
        ranges=(ranges,),
        is_forest=True,
        verdicts=tuple(map(said, intervals)),
        sides=("worse", "better"),
        has_whole=has_whole,
    )


def with_intervals(rows: list[Row], *, high: float = 100.0) -> Bars:
    bars = make_bars([[value for value, _ in rows]], high=high)
    intervals = tuple(ends for _, ends in rows)
    ranges = tuple(f"[{ends[0]:.1f}–{ends[1]:.1f}]" if ends else "" for ends in intervals)
    return replace(bars, series=(replace(bars.series[0], intervals=intervals),), ranges=(ranges,))


def strips(bars: Bars, width: int = 60, height: int = 24, target: int | None = None) -> list[Strip]:
    return draw(bars, plan(bars, width, height, 0, target), LOOK, width, Console())


def text_of(bars: Bars, width: int = 60, height: int = 24) -> list[str]:
    return [strip.text for strip in strips(bars, width, height)]


def row_of(bars: Bars, group: int, width: int = 60) -> str:
    return next(line for line in text_of(bars, width) if line.startswith(f"category {group} "))


def colors_of(bars: Bars, sign: str) -> set[tuple[int, ...] | None]:
    """The colours in which a sign is drawn, None for that of the theme; not in the key."""
    return {
        tuple(segment.style.color.triplet)
        if segment.style and segment.style.color and segment.style.color.triplet
        else None
        for strip in strips(bars)
        if "interval" not in strip.text
        for segment in strip
        if sign in segment.text
    }


def test_a_bar_keeps_its_length_under_its_interval() -> None:
    bars = with_intervals([(50.0, (40.0, 60.0)), (50.0, None)])
    layout = arrange(bars, 60)
    drawn, plain = row_of(bars, 0), row_of(bars, 1)
    assert drawn[layout.left :][: layout.canvas].rstrip() == "█" * 12 + "├──┼──┤"
    filled = plain.count("█")
    assert filled == round(layout.canvas / 2)
    strip = next(one for one in strips(bars) if one.text.startswith("category 0"))
    solid = [
        char == "█" or bool(segment.style and segment.style.reverse)
        for segment in strip
        for char in segment.text
    ]
    assert solid[layout.left :].count(True) == filled


def test_the_interval_is_written_where_there_is_room() -> None:
    bars = with_intervals([(78.4, (76.1, 80.5)), (50.0, None)])
    assert row_of(bars, 0, 80).rstrip().endswith("78.4 [76.1–80.5]")
    assert row_of(bars, 1, 80).rstrip().endswith("50.0")
    assert row_of(bars, 0, 40).rstrip().endswith("78.4")


@pytest.mark.parametrize(
    ("ends", "start", "stop"),
    [
        ((50.0, 300.0), "█├", "→"),
        ((-50.0, 90.0), "←", "┤"),
        ((-INF, INF), "←", "→"),
        ((80.0, 80.0), "█┼", "┼"),
    ],
)
def test_ends_beyond_the_axis_are_cut_with_an_arrow(ends: Ends, start: str, stop: str) -> None:
    bars = with_intervals([(80.0, ends), (10.0, None)])
    layout = arrange(bars, 60)
    canvas = row_of(bars, 0)[layout.left :][: layout.canvas].rstrip()
    assert start in canvas
    assert canvas.endswith(stop)
    assert axis_text(bars, layout.canvas) == axis_text(make_bars([[80.0, 10.0]]), layout.canvas)


def test_points_differ_by_what_their_intervals_say_with_and_without_colour() -> None:
    rows: list[Row] = [
        (4.0, (2.0, 6.0)),
        (-4.0, (-6.0, -2.0)),
        (4.0, (-1.0, 9.0)),
        (4.0, None),
        (None, None),
    ]
    bars = forest(rows)
    signs = [next((char for char in row_of(bars, i) if char in "●○=◇"), "") for i in range(5)]
    assert signs == ["●", "●", "○", "◇", ""]
    assert colors_of(bars, "●") == {GAIN, LOSS}
    assert colors_of(bars, "○") == colors_of(bars, "◇") == {None}
    better = replace(bars, verdicts=tuple(said(e, higher_is_better=False) for _, e in rows))
    by_row = [
        [segment.style.color for segment in strip if "●" in segment.text and segment.style]
        for strip in strips(better)
        if strip.text.startswith(("category 0", "category 1"))
    ]
    assert [tuple(color.triplet) for (color,) in by_row if color and color.triplet] == [LOSS, GAIN]
    same = replace(bars, verdicts=("same", *bars.verdicts[1:]))
    assert "=" in row_of(same, 0)
    assert colors_of(same, "=") == {None}


def test_a_line_meets_the_zero_line_where_its_interval_has_zero_in_it() -> None:
    bars = forest([(0.1, (0.01, 0.2)), (-0.1, (-0.2, -0.01)), (2.0, (-0.01, 4.0)), (0.0, (-3, 3))])
    zero = arrange(bars, 60).left + zero_cell(bars, arrange(bars, 60).canvas) - 1
    assert [row_of(bars, group)[zero] for group in range(4)] == ["│", "│", "┼", "○"]
    assert row_of(bars, 0)[zero + 1] == "●"
    assert row_of(bars, 1)[zero - 1] == "●"


def test_the_axis_says_which_side_is_better_and_the_key_what_the_signs_mean() -> None:
    bars = forest([(4.0, (2.0, 6.0)), (1.0, (-2.0, 4.0))])
    axis, key = [line for line in text_of(bars, 70) if "worse" in line or "95 %" in line]
    assert axis.index("worse") < axis.index(" 0 ") < axis.index("better")
    assert key.strip() == "● clear  ○ can't tell  ├─┤ 95 % interval"
    assert text_of(bars, 30)[-1].strip() == "● clear  ○ can't tell"
    short = forest([(4.0, (2.0, 6.0)), (1.0, (-2.0, 4.0))] * 9)
    assert text_of(short, 70, 10)[-1].strip() == (
        "categories 1–7 of 18   ● clear  ○ can't tell  ├─┤ 95 % interval"
    )
    assert text_of(short, 24, 10)[-1].strip() == "categories 1–7 of 18"
    unnamed = "\n".join(text_of(replace(bars, sides=("", "")), 70))
    assert "worse" not in unnamed
    assert "95 %" in text_of(with_intervals([(5.0, (4.0, 6.0))]))[-1]
    assert "95 %" not in "\n".join(text_of(make_bars([[5.0]])))


async def test_the_whole_stays_on_top_and_the_others_move() -> None:
    rows: list[Row] = [(1.0, (0.5, 1.5)), *[(i / 30, (i / 30 - 1, i / 30 + 1)) for i in range(300)]]
    bars = forest(rows, extent=(-2.0, 12.0), has_whole=True)
    bars = replace(bars, groups=("all", *(f"category {i}" for i in range(300))))
    async with charted(bars, (60, 20)) as (pilot, chart):
        assert lines(chart)[1].startswith("all ")
        assert "╌╌╌" in lines(chart)[2]
        assert lines(chart)[3].startswith("category 0 ")
        assert note(chart) == "categories 1–14 of 300"
        chart.scroll_to_group(299)
        await settle(pilot)
        assert note(chart) == "categories 287–300 of 300"
        assert lines(chart)[1].startswith("all ")
        assert any(line.startswith("category 299 ") for line in lines(chart))


def test_the_whole_alone_has_no_line_below_it() -> None:
    drawn = text_of(forest([(1.0, (0.5, 1.5))], has_whole=True))
    assert sum("●" in line and "clear" not in line for line in drawn) == 1
    assert not any("╌" in line for line in drawn)


numbers = st.one_of(
    st.none(),
    st.floats(-120, 120),
    st.sampled_from([0.0, -0.0, math.nan, INF, -INF, 1e-12, 1e308, -1e308]),
)
ends_of = st.one_of(
    st.none(),
    st.tuples(
        st.floats(allow_nan=False), st.floats(allow_nan=False), st.floats(-9, 9), st.booleans()
    ).map(lambda found: _in_order(found[0], found[1] if found[3] else found[2])),
)


def _in_order(one: float, other: float) -> Ends:
    return min(one, other), max(one, other)


@settings(max_examples=60, deadline=None)
@given(
    rows=st.lists(st.tuples(numbers, ends_of), min_size=1, max_size=9),
    extent=st.sampled_from([(-10.0, 10.0), (0.0, 100.0), (0.0, 0.0), (-INF, INF), (-5.0, 0.0)]),
    size=st.tuples(st.integers(24, 90), st.integers(4, 24)),
    kind=st.sampled_from(["bars", "log", "diverging", "forest", "whole"]),
)
def test_whatever_the_numbers_every_line_is_as_wide_as_asked(
    rows: list[Row], extent: Ends, size: tuple[int, int], kind: str
) -> None:
    bars = forest(rows, extent=extent, has_whole=kind == "whole")
    if kind in ("bars", "diverging"):
        bars = replace(bars, is_forest=False, diverging=kind == "diverging", verdicts=())
    if kind == "log":
        rows = [(None if v is None or not v > 0 else v, ends) for v, ends in rows]
        bars = replace(with_intervals(rows), low=0.1, high=1000.0, is_log=True)
    for target in (None, len(rows) - 1):
        drawn = strips(bars, *size, target)
        assert {cell_len(strip.text) for strip in drawn} == {size[0]}
        assert {strip.cell_length for strip in drawn} == {size[0]}
        assert len(drawn) <= size[1]


@given(
    ends=st.tuples(st.floats(-10, 10), st.floats(-10, 10)).map(lambda two: _in_order(*two)),
    cells=st.integers(8, 150),
    low=st.floats(-10, -0.1),
    high=st.floats(0.1, 10),
)
def test_a_line_is_on_the_side_of_zero_on_which_its_interval_is(
    ends: Ends, cells: int, low: float, high: float
) -> None:
    bars = Bars(("a",), (Series("s", (0.0,)),), low, high, (("0",),), diverging=True)
    first, last = (cell_of(bars, end, cells) for end in ends)
    zero = zero_cell(bars, cells)
    assert 0 <= first <= last <= cells + 1
    if ends[0] > 1e-6:
        assert first > zero
    elif ends[1] < -1e-6:
        assert last < zero
    elif ends[0] <= 0 <= ends[1]:
        assert first <= zero <= last
