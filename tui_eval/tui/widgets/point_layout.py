"""Where the points of a chart stand: axes and their ticks, the cell of every point."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple

from rich.cells import cell_len

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from tui_eval.render.points import Points, PointSeries

LEGEND_LINES = 3
HIGH = 14  # rows from which on the point that is looked at has a line of its own
ROWS_A_TICK = 3
ZERO_ROOM = 0.06
"""Share of a logarithmic axis that stands between its edge, which is 0, and the least number."""

UNITS = ((1e12, "T"), (1e9, "B"), (1e6, "M"), (1e3, "k"))


class Tick(NamedTuple):
    """A number of an axis, and where it stands: 0 at its start, 1 at its end."""

    part: float
    text: str


@dataclass(frozen=True, slots=True)
class Axis:
    """From which number to which; of a logarithmic one ``least`` is the least above 0.

    Attributes:
        low: Where it starts.
        high: Where it ends; more than ``low``.
        least: The least number above 0 of a logarithmic axis; 0: the axis is linear.
    """

    low: float
    high: float
    least: float = 0.0

    def part(self, value: float) -> float:
        """Where a number stands: 0 at the start, 1 at the end."""
        if not self.least:
            return (value - self.low) / (self.high - self.low)
        start = ZERO_ROOM if self.low == 0 else 0.0
        if value <= 0:
            return 0.0
        if self.high == self.least:
            return 1.0
        share = math.log(value / self.least) / math.log(self.high / self.least)
        return start + (1 - start) * share

    def ticks(self, most: int) -> list[Tick]:
        """About so many numbers, evenly apart."""
        numbers = self._decades(most) if self.least else _round_numbers(self.low, self.high, most)
        return [Tick(self.part(number), text) for number, text in numbers]

    def _decades(self, most: int) -> list[tuple[float, str]]:
        """0 where it is the edge, and powers of ten; 2 and 5 of them where there are few."""
        first, last = (math.floor(math.log10(end)) for end in (self.least, self.high))
        every = max(1, math.ceil((last - first + 1) / most))
        steps = (1, 2, 5) if every == 1 and 3 * (last - first + 1) <= most else (1,)
        numbers = [step * 10.0**power for power in range(first, last + 1, every) for step in steps]
        kept = [number for number in numbers if self.least <= number <= self.high]
        return [(one, short_number(one)) for one in ([0.0] if self.low == 0 else []) + kept]


def short_number(value: float) -> str:
    """A number of an axis: 143k, 3.9T, 0.65."""
    for size, unit in UNITS:
        if abs(value) >= size:
            return f"{value / size:.4g}{unit}"
    return f"{value:.4g}".replace("-", "−")


def _round_numbers(low: float, high: float, most: int) -> list[tuple[float, str]]:
    """Round numbers between the ends, each so many apart: 1, 2, 2.5 or 5 of a power of ten."""
    rough = (high - low) / max(1, most)
    power = 10.0 ** math.floor(math.log10(rough))
    apart = next(step * power for step in (1, 2, 2.5, 5, 10) if step * power >= rough * (1 - 1e-9))
    first, last = math.ceil(low / apart - 1e-9), math.floor(high / apart + 1e-9)
    return [(index * apart, _even(index * apart, apart)) for index in range(first, last + 1)]


def _even(value: float, apart: float) -> str:
    """A number with as many digits as those beside it."""
    if apart >= 1000:
        return short_number(value)
    digits = len(f"{apart:.9f}".rstrip("0").partition(".")[2])
    return f"{value + 0.0:.{digits}f}".replace("-", "−")


def axis_of(numbers: Iterable[float], *, is_log: bool = False) -> Axis:
    """The axis on which all these numbers stand; those below 0 stand on no logarithmic one."""
    known = [number for number in numbers if math.isfinite(number)]
    above = [number for number in known if number > 0]
    if is_log and above:
        return Axis(0.0 if 0 in known else min(above), max(above), min(above))
    low, high = (min(known), max(known)) if known else (0.0, 1.0)
    if high - low > 1e-9 * max(abs(low), abs(high), 1e-9):
        return Axis(low, high)
    room = abs(high) * 0.1 or 1.0
    return Axis(low - room, high + room)


class Spot(NamedTuple):
    """A point's cell and its whiskers' ends, counted from 1, from the left and from below."""

    cell: int
    row: int
    low: int
    high: int


@dataclass(frozen=True)
class PointPlan:
    """What fits where.

    Attributes:
        points: What is drawn.
        width: Cells of the widget.
        height: Rows of the widget.
    """

    points: Points
    width: int
    height: int

    @cached_property
    def legend(self) -> int:
        """Lines of the legend; a series alone has none, the caption names it."""
        if len(self.points.series) < 2 or not self.points.has_legend:
            return 0
        widths = [cell_len(series.label) + 4 for series in self.points.series]
        wanted = math.ceil(sum(widths) / max(1, self.width))
        return min(wanted, LEGEND_LINES, self.height // 8)

    @property
    def head(self) -> int:
        """Lines above the legend: the caption, and what is said of a point."""
        return 2 if self.height >= HIGH else 1

    @property
    def rows(self) -> int:
        """Rows of the canvas: below caption and legend, above the axis and its numbers."""
        return max(2, self.height - self.head - self.legend - 2)

    @cached_property
    def left(self) -> int:
        """Cells of the numbers of the axis upwards."""
        return max((cell_len(tick.text) for tick in self.y_ticks), default=1)

    @property
    def cells(self) -> int:
        """Cells of the canvas; a margin of two at the right belongs to the last number."""
        return max(2, self.width - self.left - 4)

    @cached_property
    def x_axis(self) -> Axis:
        """The axis to the right."""
        numbers = (x for series in self.points.series for x, _ in _known(series))
        return axis_of(numbers, is_log=self.points.is_log_x)

    @cached_property
    def y_axis(self) -> Axis:
        """The axis upwards: all points and their whiskers stand on it."""
        ends = (
            end
            for series in self.points.series
            for _, index in _known(series)
            for end in (series.y[index], _at(series.low, index), _at(series.high, index))
        )
        return axis_of((end for end in ends if end is not None), is_log=self.points.is_log_y)

    @cached_property
    def y_ticks(self) -> list[Tick]:
        """Numbers of the axis upwards."""
        return self.y_axis.ticks(max(2, self.rows // ROWS_A_TICK))

    @cached_property
    def x_ticks(self) -> list[Tick]:
        """Numbers of the axis to the right."""
        return self.x_axis.ticks(max(2, self.cells // 10))

    @cached_property
    def spots(self) -> tuple[dict[int, Spot], ...]:
        """The cells of each series' points, by their index; those that cannot stand have none."""
        return tuple(
            {index: self._spot(series, x, index) for x, index in _known(series) if self._stands(x)}
            for series in self.points.series
        )

    def _stands(self, x: float) -> bool:
        return x >= 0 or not self.x_axis.least

    def _spot(self, series: PointSeries, x: float, index: int) -> Spot:
        row = self._row(series.y[index])
        low, high = _at(series.low, index), _at(series.high, index)
        return Spot(
            1 + round(self.x_axis.part(x) * (self.cells - 1)),
            row,
            row if low is None else self._row(low),
            row if high is None else self._row(high),
        )

    def _row(self, value: float | None) -> int:
        return 1 + round(self.y_axis.part(value or 0.0) * (self.rows - 1))


def _known(series: PointSeries) -> list[tuple[float, int]]:
    """Where points stand, and their index: those whose numbers are known."""
    return [
        (x, index)
        for index, (x, y) in enumerate(zip(series.x, series.y, strict=True))
        if y is not None and math.isfinite(x) and math.isfinite(y)
    ]


def _at(values: Sequence[float | None], index: int) -> float | None:
    """The end of a point's whisker; None: it has none."""
    value = values[index] if index < len(values) else None
    return value if value is not None and math.isfinite(value) else None
