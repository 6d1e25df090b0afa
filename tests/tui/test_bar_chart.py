from __future__ import annotations

import math
import subprocess
import sys
from contextlib import asynccontextmanager
from itertools import pairwise
from typing import TYPE_CHECKING, NamedTuple

import pytest
from rich.cells import cell_len
from rich.style import Style
from textual.app import App

from tests.tui.conftest import make_bars, make_scores
from tui_eval.render.bars import Bars
from tui_eval.tui.widgets import bar_drawing, drawn_chart
from tui_eval.tui.widgets.bar_chart import BarChart

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from textual.app import ComposeResult
    from textual.pilot import Pilot


class Painted(NamedTuple):
    """The bar cells of a row: where they are, in which colours and characters."""

    start: int
    length: int
    colors: frozenset[str]
    glyphs: frozenset[str]


class ChartApp(App[None]):
    def __init__(self, bars: Bars | None) -> None:
        super().__init__()
        self.bars = bars

    def compose(self) -> ComposeResult:
        yield BarChart()

    def on_mount(self) -> None:
        self.query_one(BarChart).show(self.bars)


async def settle(pilot: Pilot[None]) -> None:
    await pilot.pause(drawn_chart.DEBOUNCE + 0.05)
    await pilot.app.workers.wait_for_complete()
    await pilot.pause()


@asynccontextmanager
async def charted(
    bars: Bars | None, size: tuple[int, int] = (80, 50), theme: str = "textual-dark"
) -> AsyncIterator[tuple[Pilot[None], BarChart]]:
    app = ChartApp(bars)
    app.theme = theme
    async with app.run_test(size=size) as pilot:
        await settle(pilot)
        yield pilot, app.query_one(BarChart)


def lines(chart: BarChart) -> list[str]:
    return [chart.render_line(y).text for y in range(chart.size.height)]


def note(chart: BarChart) -> str:
    return [line.strip() for line in lines(chart) if line.strip()][-1]


def cells(chart: BarChart, y: int) -> list[tuple[str, Style | None]]:
    found: list[tuple[str, Style | None]] = []
    for segment in chart.render_line(y):
        for char in segment.text:
            found += [(char, segment.style)] * cell_len(char)
    return found


def painted(chart: BarChart) -> list[Painted | None]:
    """The bar in each line, None where there is none."""
    rows: list[Painted | None] = []
    for y in range(chart.size.height):
        row = [(x, c, s) for x, (c, s) in enumerate(cells(chart, y)) if c in "█▒"]
        if not row:
            rows.append(None)
            continue
        colors = frozenset(str(s.color.triplet) for _, _, s in row if s and s.color)
        rows.append(Painted(row[0][0], len(row), colors, frozenset(c for _, c, _ in row)))
        assert row[-1][0] - row[0][0] + 1 == len(row), "a bar has no holes"
    return rows


def bars_of(chart: BarChart) -> list[Painted]:
    return [row for row in painted(chart) if row is not None]


def axis_cells(chart: BarChart) -> int:
    line = next(line for line in lines(chart) if "──" in line)
    return len(line.strip())


async def test_one_row_a_bar_in_proportion_and_one_colour_a_series() -> None:
    values = make_scores(5, 6)
    async with charted(make_bars(values)) as (_, chart):
        rows = painted(chart)
        width = axis_cells(chart)
        drawn = [(y, row) for y, row in enumerate(rows) if row is not None]
        assert len(drawn) == 30
        assert len({row.start for _, row in drawn}) == 1
        colors: dict[int, set[str]] = {}
        for index, (_, row) in enumerate(drawn):
            group, series = divmod(index, 5)
            value = values[series][group]
            assert value is not None
            assert abs(row.length - value / 100 * width) <= 1
            assert len(row.colors) == 1
            assert row.glyphs == {"█"}
            colors.setdefault(series, set()).update(row.colors)
        assert all(len(color) == 1 for color in colors.values())
        assert len(set.union(*colors.values())) == 5
        starts = [y for y, _ in drawn][::5]
        assert [b - a for a, b in pairwise(starts)] == [6] * 5


async def test_letters_labels_and_values_stand_beside_their_bar() -> None:
    async with charted(make_bars(make_scores(2, 2)), (60, 16)) as (_, chart):
        rows = [line.split() for line, bar in zip(lines(chart), painted(chart), strict=True) if bar]
        assert [row[0] for row in rows] == ["category", "b", "category", "b"]
        assert [row[-1] for row in rows] == ["10.0", "27.0", "39.0", "56.0"]
        assert "■ a run-0 @ noon" in lines(chart)[0]
        assert "■ b run-1 @ noon" in lines(chart)[0]


async def test_diverging_bars_differ_in_side_colour_and_glyph() -> None:
    bars = make_bars([[10, -10, 20, -5, 0]], low=-10, high=20, diverging=True)
    async with charted(bars, (70, 16)) as (_, chart):
        gain, loss, full, small = bars_of(chart)
        zero = gain.start - 1
        assert all("│" in line for line in lines(chart) if "category" in line)
        assert full.start == zero + 1
        assert loss.start + loss.length == small.start + small.length == zero
        assert abs(gain.length - loss.length) <= 1
        assert abs(full.length - 2 * gain.length) <= 1
        assert gain.glyphs == {"█"}
        assert loss.glyphs == {"▒"}
        assert gain.colors != loss.colors
        assert lines(chart)[zero_row(chart)][zero] == "0"


def zero_row(chart: BarChart) -> int:
    return next(y for y, line in enumerate(lines(chart)) if "──" in line)


async def test_missing_values_have_no_bar_and_a_dash() -> None:
    bars = make_bars([[50, None, math.nan], [None, 0, 70]])
    async with charted(bars, (60, 16)) as (_, chart):
        assert len(bars_of(chart)) == 2
        dashes = [line for line in lines(chart) if line.rstrip().endswith(" —")]
        assert len(dashes) == 3


async def test_wide_labels_have_exact_widths() -> None:
    groups = ["臺灣人文與社會科學綜合測驗與很長的名稱", "a" * 84, "中醫 [red]x[/red]"]
    async with charted(make_bars(make_scores(3, 3), groups=groups), (61, 24)) as (_, chart):
        assert {cell_len(line) for line in lines(chart)} == {61}
        assert len({bar.start for bar in bars_of(chart)}) == 1
        text = "\n".join(lines(chart))
        assert "中醫 [red]x[/red]" in text
        assert text.count("…") == 2
        assert bars_of(chart)[0].start <= 61 * 0.35 + 4


async def test_window_moves_only_as_far_as_needed() -> None:
    async with charted(make_bars(make_scores(3, 57)), (80, 24)) as (pilot, chart):
        assert note(chart) == "categories 1–5 of 57"
        before = lines(chart)
        order = chart._order
        chart.scroll_to_group(4)
        assert chart._order == order
        chart.scroll_to_group(5)
        await settle(pilot)
        assert note(chart) == "categories 2–6 of 57"
        assert lines(chart) != before
        chart.scroll_to_group(500)
        await settle(pilot)
        assert note(chart) == "categories 53–57 of 57"
        chart.scroll_to_group(-3)
        await settle(pilot)
        assert lines(chart) == before


async def test_show_starts_with_a_group_and_resize_keeps_the_wanted_one() -> None:
    async with charted(make_bars(make_scores(3, 57)), (80, 40)) as (pilot, chart):
        chart.show(make_bars(make_scores(3, 57)), first_group=20)
        await settle(pilot)
        assert note(chart).startswith("categories 21–")
        chart.scroll_to_group(28)
        await pilot.resize_terminal(80, 14)
        await settle(pilot)
        assert any("category 28" in line for line in lines(chart))


async def test_fifty_series() -> None:
    async with charted(make_bars(make_scores(50, 3)), (80, 24)) as (_, chart):
        assert note(chart) == f"category 1 of 3 · {len(bars_of(chart))} of 50 runs"
        assert len(bars_of(chart)) >= 16
        assert any("more" in line for line in lines(chart)[:4])


async def test_last_asked_drawing_wins() -> None:
    async with charted(make_bars(make_scores(1, 3)), (60, 12)) as (pilot, chart):
        chart.show(make_bars([[100, 100]]))
        chart.show(make_bars([[50, 50, 50, 50]]))
        stale = BarChart.Drawn([], chart._order - 1)
        chart.post_message(stale)
        await settle(pilot)
        assert len(bars_of(chart)) == 4
        chart.show(None)
        await settle(pilot)
        assert not "".join(lines(chart)).strip()


async def test_theme_switch_redraws() -> None:
    async with charted(make_bars(make_scores(4, 2)), (60, 20)) as (pilot, chart):
        dark = [bar.colors for bar in bars_of(chart)]
        pilot.app.theme = "textual-light"
        await settle(pilot)
        light = [bar.colors for bar in bars_of(chart)]
        assert len(dark) == len(light) == 8
        assert all(a != b for a, b in zip(dark, light, strict=True))
        style = cells(chart, 0)[4][1]
        assert style is not None
        assert style.color != style.bgcolor


@pytest.mark.parametrize("theme", ["ansi-dark", "ansi-light"])
async def test_ansi_themes_leave_text_in_the_terminals_own_colour(theme: str) -> None:
    async with charted(make_bars(make_scores(2, 2)), (60, 16), theme) as (_, chart):
        assert len(bars_of(chart)) == 4
        for y, line in enumerate(lines(chart)):
            for char, style in cells(chart, y):
                if char.isalnum() or char == "─":
                    assert style is not None, line
                    assert style.color is not None
                    assert style.bgcolor is None or style.bgcolor.is_default
                    # Letters have their series' colour; all else the terminal's foreground.
                    assert style.color.is_default or style.color.triplet in bar_drawing.ON_DARK + (
                        bar_drawing.ON_LIGHT
                    )


@pytest.mark.parametrize("diverging", [False, True])
@pytest.mark.parametrize(
    ("low", "high"),
    [(0, 0), (50, 50), (-5, -5), (100, 0), (math.nan, math.nan), (0, math.inf), (-1e308, 1e308)],
)
async def test_odd_axes_never_fail(low: float, high: float, diverging: bool) -> None:
    values: list[list[float | None]] = [[0, 50, -5, math.inf, None, 1e-12], [None] * 6]
    bars = make_bars(values, low=low, high=high, diverging=diverging)
    async with charted(bars, (50, 24)) as (_, chart):
        assert any("category 0" in line for line in lines(chart))
        assert {cell_len(line) for line in lines(chart)} == {50}


async def test_all_null() -> None:
    async with charted(make_bars([[None, None], [None, None]]), (50, 12)) as (_, chart):
        assert not bars_of(chart)
        assert sum("—" in line for line in lines(chart)) == 4


@pytest.mark.parametrize("size", [(23, 10), (80, 3), (1, 1)])
async def test_too_small_says_so(size: tuple[int, int]) -> None:
    async with charted(make_bars(make_scores(2, 2)), size) as (_, chart):
        assert lines(chart)[0].startswith("too small for a chart"[: size[0] - 1])
        assert not bars_of(chart)


async def test_nothing_to_draw() -> None:
    async with charted(Bars((), (), 0, 1, ()), (40, 10)) as (_, chart):
        assert lines(chart)[0].strip() == "nothing to draw"


async def test_a_failed_drawing_is_told_and_harms_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    async with charted(make_bars(make_scores(1, 3)), (40, 10)) as (pilot, chart):

        def fail(*_: object) -> str:
            raise RuntimeError

        with monkeypatch.context() as patch:
            patch.setattr(bar_drawing, "draw_canvas", fail)
            chart.show(make_bars(make_scores(1, 2)))
            await pilot.pause(drawn_chart.DEBOUNCE + 0.2)
        assert lines(chart)[0].strip() == "the chart could not be drawn"
        chart.show(make_bars(make_scores(1, 2)))
        await settle(pilot)
        assert len(bars_of(chart)) == 2


def test_import_is_light() -> None:
    code = (
        "import sys, tui_eval.tui.widgets.bar_chart\n"
        "print([m for m in ('plotext', 'textual_plotext', 'numpy', 'polars') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
