"""What of a bar chart fits where: the window, widths, the cells of every bar, the axis."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from rich.cells import cell_len, set_cell_size

from tui_eval.render.bars import Bars, Ends
from tui_eval.render.safe import MISSING, fit

if TYPE_CHECKING:
    from collections.abc import Iterator

LABEL_SHARE = 0.35
LEGEND_LINES = 4
LEGEND_COLUMN = 20
CANVAS_SHARE, LEAST_CANVAS = 0.4, 24  # what intervals in words leave to the canvas
TINY = 1e-9
KEY_HEIGHT = 16  # from which on what signs mean may cost a row
ROOMY = 6  # rows from which on the whole has a line between itself and the others

SURE, UNSURE, SAME, NO_INTERVAL = "●", "○", "=", "◇"
SIGNS = {SURE: "clear", UNSURE: "can't tell", SAME: "same", NO_INTERVAL: "no interval"}
"""The points of a forest, which differ without colour, too."""

_SIGN_OF = {"undecided": UNSURE, "same": SAME}

BRACKET = "├─┤"


@dataclass(frozen=True, slots=True)
class Window:
    """What of the chart fits, from top to bottom.

    Attributes:
        first: Index of the first group that is drawn.
        groups: Groups that are drawn.
        series: Bars that are drawn of each group.
        gap: Empty rows between two groups.
        legend: Lines of the legend.
        legend_columns: Entries in a line of the legend.
        space: Whether there is an empty line below the legend.
        axis: Whether the axis is drawn.
        note: What is not all visible; empty where everything is.
        head: Rows of the whole and of the line below it, above the other groups.
        key: Whether what the signs mean has a line of its own, not the rest of the note's.
    """

    first: int
    groups: int
    series: int
    gap: int
    legend: int
    legend_columns: int
    space: bool
    axis: bool
    note: str
    head: int = 0
    key: bool = False

    @property
    def rows(self) -> int:
        """Rows of the bars, the gaps counted."""
        return self.head + max(0, self.groups * (self.series + self.gap) - self.gap)

    def bars(self) -> Iterator[tuple[int, int, int]]:
        """Row, group and series of each bar."""
        below = self.head > 0
        if below:
            yield 0, 0, 0
        for group in range(self.groups):
            row = self.head + group * (self.series + self.gap)
            for series in range(self.series):
                yield row + series, self.first + group + below, series


@dataclass(frozen=True, slots=True)
class Layout:
    """Cells that the parts of a row take, left to right; no interval where there is no room."""

    label: int
    letter: int
    canvas: int
    value: int
    interval: int = 0

    @property
    def left(self) -> int:
        """Cells left of the canvas."""
        return self.label + 1 + (self.letter + 1 if self.letter else 0)


def fit_middle(text: str, width: int) -> str:
    """Cut a text in its middle to at most ``width`` cells: its end is what tells it apart."""
    if cell_len(text) <= width or width < 5:
        return fit(text, width)
    tail = text
    while cell_len(tail) > (width - 1) // 2:
        tail = tail[1:]
    return set_cell_size(text, width - 1 - cell_len(tail)) + "…" + tail


def widest_letter(bars: Bars) -> int:
    """Cells of the longest letter of a series; 0 where they have none."""
    return max(cell_len(series.letter) for series in bars.series)


def axis_ends(bars: Bars) -> tuple[float, float]:
    """The ends of the axis: finite, in order, different; with zero between where it diverges."""
    low, high = sorted((bars.low, bars.high))
    if not math.isfinite(high - low):
        low, high = (-1.0, 1.0) if bars.diverging else (0.0, 1.0)
    if bars.diverging:
        low, high = min(low, 0.0), max(high, 0.0)
    if high - low > TINY:
        return low, high
    if bars.diverging:
        return -1.0, 1.0
    return (low, 0.0) if high < -TINY else (0.0, high if high > TINY else 1.0)


def bar_value(bars: Bars, series: int, group: int) -> float | None:
    """The value of a bar; None where there is none, or where it is not a number."""
    values = bars.series[series].values
    value = values[group] if group < len(values) else None
    return None if value is None or math.isnan(value) else value


def bar_text(bars: Bars, series: int, group: int) -> str:
    """What is written beside a bar."""
    if bar_value(bars, series, group) is None:
        return MISSING
    texts = bars.texts[series] if series < len(bars.texts) else ()
    return texts[group] if group < len(texts) else ""


def bar_interval(bars: Bars, series: int, group: int) -> Ends | None:
    """The interval of a bar; None where there is none."""
    intervals = bars.series[series].intervals
    return intervals[group] if group < len(intervals) else None


def interval_words(bars: Bars, series: int, group: int) -> str:
    """The interval that is written beside a value; empty where there is none."""
    if bar_value(bars, series, group) is None or bar_interval(bars, series, group) is None:
        return ""
    ranges = bars.ranges[series] if series < len(bars.ranges) else ()
    return ranges[group] if group < len(ranges) else ""


def legend_shape(bars: Bars, width: int, lines: int) -> tuple[int, int]:
    """Lines and columns of the legend: as few lines as need no cutting, else all of them."""
    count = len(bars.series)
    if not lines:
        return 0, 1
    widest = max(cell_len(series.label) for series in bars.series) + 4 + widest_letter(bars)
    for wanted in range(1, lines + 1):
        columns = math.ceil(count / wanted)
        if columns * widest <= width + 2:
            return wanted, columns
    columns = max(1, min(math.ceil(count / lines), (width + 2) // LEGEND_COLUMN))
    return min(lines, math.ceil(count / columns)), columns


def _capacity(rows: int, series: int, groups: int) -> tuple[int, int]:
    """Groups that fit in the rows, and the gap between them."""
    if series == 1 and groups * 2 - 1 > rows:
        return min(groups, rows), 0
    return min(groups, max(1, (rows + 1) // (series + 1))), 1


def _note(bars: Bars, first: int, shown: int, series: int, width: int) -> str:
    """What is visible, in words, where that is not everything."""
    total, count = len(bars.groups) - bars.has_whole, len(bars.series)
    runs = f"{series} of {count} runs" if series < count else ""
    if shown == total:
        return runs
    span = f"{first + 1}" if shown == 1 else f"{first + 1}–{first + shown}"
    short = f"{span} of {total}" + (f" · {runs}" if runs else "")
    full = f"{bars.noun[shown > 1]} {short}"
    return full if cell_len(full) <= width else short


def plan(bars: Bars, width: int, height: int, first: int, target: int | None) -> Window:
    """Choose what of the bars is drawn.

    Args:
        bars: The chart; it has groups and series.
        width: Cells of the widget.
        height: Rows of the widget.
        first: Group that the window starts with, as far as the end allows it; the whole, which is
            always on top, does not count.
        target: Group that has to be in the window, or None.
    """
    lines = 0 if height < 6 else min(LEGEND_LINES, height // 6)
    window = _plan(bars, width, height, first, target, lines)
    for more in range(lines + 1, LEGEND_LINES + 1 if lines else 0):
        roomier = _plan(bars, width, height, first, target, more)
        if (roomier.groups, roomier.series) == (window.groups, window.series):
            window = roomier
    return window


def _plan(
    bars: Bars, width: int, height: int, first: int, target: int | None, lines: int
) -> Window:
    """The window with a legend of so many lines at most."""
    total, count = len(bars.groups) - bars.has_whole, len(bars.series)
    lines, columns = legend_shape(bars, width, lines)
    axis = height >= 7
    has_signs = bool(signs(bars))
    key = has_signs and height >= KEY_HEIGHT
    rows = height - lines - axis - key
    head = (2 if total and rows >= ROOMY else 1) if bars.has_whole else 0
    rows -= head
    series = min(count, rows)
    fitting, gap = _capacity(rows, series, total)
    if fitting < total or series < count:
        rows -= 1
        series = min(count, rows)
        fitting, gap = _capacity(rows, series, total)
    if target is not None:
        first = max(target - fitting + 1, min(first, target))
    first = max(0, min(first, total - fitting))
    note = _note(bars, first, fitting, series, width)
    spare = rows - max(0, fitting * (series + gap) - gap)
    if has_signs and not key and not note and spare:
        key, spare = True, spare - 1
    space = lines > 0 and spare > 0
    return Window(first, fitting, series, gap, lines, columns, space, axis, note, head, key)


def signs(bars: Bars) -> list[str]:
    """The signs of intervals that are drawn, and what they mean."""
    has_any = any(ends for series in bars.series for ends in series.intervals)
    found = [f"{BRACKET} 95 % interval"] if has_any else []
    if not bars.is_forest:
        return found
    met = {sign(bars, group) for group in range(len(bars.groups))}
    return [f"{mark} {word}" for mark, word in SIGNS.items() if mark in met] + found


def key_text(bars: Bars, width: int) -> str:
    """What the signs mean: as many of them as there is room for, the most important first."""
    found = signs(bars)
    while found and cell_len("  ".join(found)) > width:
        found.pop()
    return "  ".join(found)


def sign(bars: Bars, group: int) -> str:
    """The sign of a group of a forest: what its interval says."""
    verdict = bars.verdicts[group] if group < len(bars.verdicts) else None
    return SURE if verdict in ("better", "worse") else _SIGN_OF.get(verdict or "", NO_INTERVAL)


def arrange(bars: Bars, width: int) -> Layout:
    """Share the width between label, letter, bar and value; the same wherever the window is."""
    count = len(bars.series)
    letters = widest_letter(bars)
    values = max(
        cell_len(bar_text(bars, series, group))
        for series in range(count)
        for group in range(len(bars.groups))
    )
    values = min(values, width // 4)
    label = min(max(map(cell_len, bars.groups)), int(width * LABEL_SHARE))
    canvas = width - label - 1 - (letters + 1 if letters else 0) - 1 - values
    words = max(
        cell_len(interval_words(bars, series, group))
        for series in range(count)
        for group in range(len(bars.groups))
    )
    if not words or canvas - 1 - words < max(LEAST_CANVAS, width * CANVAS_SHARE):
        return Layout(label, letters, canvas, values)
    return Layout(label, letters, canvas - 1 - words, values, words)


def zero_cell(bars: Bars, cells: int) -> int:
    """The cell of the zero line of a diverging chart, counted from 1; 0 where it has none."""
    if not bars.diverging:
        return 0
    low, high = axis_ends(bars)
    cell = 1 + round((cells - 1) * -low / (high - low))
    return max(2 if low < 0 else 1, min(cell, cells - 1 if high > 0 else cells))


def cell_of(bars: Bars, value: float, cells: int) -> int:
    """The cell in which a value lies, from 1; 0 or ``cells`` + 1 where it is beyond the axis."""
    low, high = axis_ends(bars)
    slack = TINY * (high - low)
    if value < low - slack:
        return 0
    if value > high + slack:
        return cells + 1
    if not bars.diverging:
        return (plain_bar(bars, value, cells) or (1, 1))[1]
    ends = diverging_bar(bars, value, cells)
    return zero_cell(bars, cells) if ends is None else ends[value > 0]


def plain_bar(bars: Bars, value: float, cells: int) -> tuple[int, int] | None:
    """First and last cell of a bar that starts at the low end, or None where it has no length."""
    low, high = axis_ends(bars)
    if bars.is_log:
        part = math.log(value / low) / math.log(high / low)
    else:
        part = (value - low) / (high - low)
    part = min(1.0, max(0.0, part))
    if part < TINY:
        return None
    return 1, max(1, round(part * cells))


def diverging_bar(bars: Bars, value: float, cells: int) -> tuple[int, int] | None:
    """First and last cell of a bar that starts at the zero line, or None where it has no length."""
    low, high = axis_ends(bars)
    zero = zero_cell(bars, cells)
    part = min(1.0, abs(value) / (high - low))
    room = cells - zero if value > 0 else zero - 1
    length = min(room, max(1, round(part * (cells - 1))))
    if part < TINY or not length:
        return None
    return (zero + 1, zero + length) if value > 0 else (zero - length, zero - 1)


def number(value: float, *, signed: bool = False) -> str:
    """A number of the axis."""
    text = f"{value:+.4g}" if signed and value else f"{value:.4g}"
    return text.replace("-", "−")


def axis_text(bars: Bars, cells: int) -> str:
    """The axis line: its ends, and zero where the bars diverge, as far as there is room."""
    low, high = (number(end, signed=bars.diverging) for end in axis_ends(bars))
    line = ["─"] * cells
    if len(low) + len(high) + 4 <= cells:
        line[: len(low) + 1] = f"{low} "
        line[-len(high) - 1 :] = f" {high}"
        zero = zero_cell(bars, cells) - 1
        _put_sides(bars, line, len(low) + 1, zero, cells - len(high) - 1)
        if bars.is_log and len(low) + len(high) + 12 <= cells:
            middle = (cells - 5) // 2
            line[middle : middle + 5] = " log "
        if len(low) + 2 < zero < cells - len(high) - 3:
            line[zero - 1 : zero + 2] = " 0 "
    return "".join(line)


def _put_sides(bars: Bars, line: list[str], start: int, zero: int, stop: int) -> None:
    """Write what is left and right of zero into the axis, where there is room."""
    for word, first, last in zip(bars.sides, (start, zero + 2), (zero - 1, stop), strict=True):
        if word and last - first >= len(word) + 4:
            place = (first + last - len(word) - 2) // 2
            line[place : place + len(word) + 2] = f" {word} "
