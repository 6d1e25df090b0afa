"""Intervals on the canvas of a bar chart: over the ends of bars, or as the lines of a forest."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, NamedTuple

from rich.segment import Segment
from rich.style import Style
from textual.strip import Strip

from tui_eval.render.bars import Bars
from tui_eval.tui.widgets.bar_layout import (
    Window,
    bar_interval,
    bar_value,
    cell_of,
    sign,
    zero_cell,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from tui_eval.tui.widgets.bar_drawing import RGB, Bar, Look

LINE, FIRST, LAST, CROSSING = "─", "├", "┤", "┼"
BEYOND_LOW, BEYOND_HIGH = "←", "→"
RULE = "╌"


class Dot(NamedTuple):
    """A character on the canvas; its cell is counted from 1. Without a colour it is faint."""

    row: int
    cell: int
    char: str
    color: RGB | Literal["default"] = "default"


def interval_dots(bars: Bars, window: Window, look: Look, cells: int) -> Iterator[Dot]:
    """The intervals of the window, and the points of a forest, as characters of the canvas."""
    zero = zero_cell(bars, cells) if bars.is_forest else 0
    for row, group, series in window.bars():
        value = bar_value(bars, series, group)
        ends = bar_interval(bars, series, group)
        if value is None or (ends is None and not bars.is_forest):
            continue
        mark = sign(bars, group) if bars.is_forest else CROSSING
        color = _forest_color(bars, group, look) if bars.is_forest else look.series_color(series)
        chars: dict[int, str] = {}
        if ends is not None:
            chars = _line(cell_of(bars, ends[0], cells), cell_of(bars, ends[1], cells), cells)
        if chars.get(zero) == LINE:
            chars[zero] = CROSSING
        chars |= _point(cell_of(bars, value, cells), cells, mark)
        yield from (Dot(row, cell, char, color) for cell, char in chars.items())


def rule_dots(window: Window, cells: int) -> Iterator[Dot]:
    """The line between the whole and the other groups."""
    if window.head > 1:
        yield from (Dot(1, cell, RULE) for cell in range(1, cells + 1))


def _forest_color(bars: Bars, group: int, look: Look) -> RGB | Literal["default"]:
    """Gain or loss where all of the interval is, else none: never the sign of the point alone."""
    verdict = bars.verdicts[group] if group < len(bars.verdicts) else None
    if verdict in ("better", "worse"):
        return look.gain if verdict == "better" else look.loss
    return "default"


def _line(low: int, high: int, cells: int) -> dict[int, str]:
    """A line from cell to cell; an arrow where an end is beyond the axis."""
    first, last = min(max(low, 1), cells), max(min(high, cells), 1)
    line = dict.fromkeys(range(first, last + 1), LINE)
    if first == last:
        line[first] = CROSSING
    else:
        line |= {first: FIRST, last: LAST}
    if low < 1:
        line[first] = BEYOND_LOW
    if high > cells:
        line[last] = BEYOND_HIGH
    return line


def _point(cell: int, cells: int, mark: str) -> dict[int, str]:
    """The sign of a value, or an arrow where it is beyond the axis."""
    if cell < 1:
        return {1: BEYOND_LOW}
    return {cells: BEYOND_HIGH} if cell > cells else {cell: mark}


def by_look(dots: Iterable[Dot]) -> Mapping[tuple[str, RGB | Literal["default"]], list[Dot]]:
    """Dots by character and colour, in the order in which they come."""
    found: dict[tuple[str, RGB | Literal["default"]], list[Dot]] = {}
    for dot in dots:
        found.setdefault((dot.char, dot.color), []).append(dot)
    return found


def over_bars(
    lines: Sequence[list[Segment]], placed: Sequence[Bar], dots: Sequence[Dot]
) -> list[list[Segment]]:
    """Reverse what of the intervals lies on bars: so a bar keeps its length.

    Without colours a bar then ends where its interval begins, and a cross says where its value is.
    """
    shown = list(lines)
    covered: dict[int, set[int]] = {}
    for dot in dots:
        covered.setdefault(dot.row, set()).add(dot.cell)
    for bar in placed:
        on_bar = covered.get(bar.row, set()) & set(range(bar.start, bar.stop + 1))
        if on_bar:
            shown[bar.row] = _reversed(shown[bar.row], min(on_bar), max(on_bar))
    return shown


def _reversed(line: list[Segment], first: int, last: int) -> list[Segment]:
    """A row with some of its cells in reverse colours."""
    length = sum(segment.cell_length for segment in line)
    before, inside, after = Strip(line, length).divide([first - 1, last, length])
    return [*before, *inside.apply_style(Style(reverse=True)), *after]
