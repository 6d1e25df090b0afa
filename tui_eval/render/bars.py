"""Reports as charts: scores side by side, differences around zero, and how sure they are."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, overload

from tui_eval.render.numbers import interval_text, number_text
from tui_eval.render.safe import safe_text

if TYPE_CHECKING:
    import polars as pl

    from tui_eval.analysis.report import Column, Report
    from tui_eval.analysis.scores import Axis
    from tui_eval.statistics.routing import Verdict

Ends = tuple[float, float]
"""Lower and upper end of an interval, in order; they may be infinite, never NaN."""


@dataclass(frozen=True, slots=True)
class Series:
    """One colour of a chart: a run's values, one a group; None where it has none.

    ``letter`` names it where there is no colour; empty where there is but one. ``intervals`` are
    those of the values, one a group; empty where no value has one.
    """

    label: str
    values: tuple[float | None, ...]
    letter: str = ""
    intervals: tuple[Ends | None, ...] = ()


@dataclass(frozen=True, slots=True)
class Bars:
    """A chart of horizontal bars.

    Attributes:
        groups: Safe labels of the groups (categories), top to bottom.
        series: One a run; every one has a value or None for each group.
        low: Left end of the axis.
        high: Right end of the axis.
        texts: The values as written beside the bars, ``texts[series][group]``.
        diverging: Bars go left and right from zero: gain and loss.
        lower_is_better: Of bars around zero those to the left are the gains.
        is_log: The axis is logarithmic: both ends and all values are above zero.
        noun: What one group is called, and several.
        ranges: The intervals as written beside the values where there is room, as ``texts``.
        is_forest: Points around zero instead of bars, with lines from end to end of their
            intervals; of one series.
        verdicts: What the intervals of a forest say, one a group; None: there is no interval.
        sides: What is left and right of the zero of a forest: worse and better; empty: not known.
        has_whole: The first group is the whole of the others: it stays on top, set apart.
    """

    groups: tuple[str, ...]
    series: tuple[Series, ...]
    low: float
    high: float
    texts: tuple[tuple[str, ...], ...]
    diverging: bool = False
    lower_is_better: bool = False
    is_log: bool = False
    noun: tuple[str, str] = ("category", "categories")
    ranges: tuple[tuple[str, ...], ...] = ()
    is_forest: bool = False
    verdicts: tuple[Verdict | None, ...] = ()
    sides: tuple[str, str] = ("", "")
    has_whole: bool = False


class Panels(Sequence[Bars]):
    """Charts that are made when they are looked at: of very many only some have room.

    Args:
        makers: What makes each.
    """

    def __init__(self, makers: Sequence[Callable[[], Bars]]) -> None:
        self._makers = makers

    def __len__(self) -> int:
        """How many there are."""
        return len(self._makers)

    @overload
    def __getitem__(self, which: int) -> Bars: ...
    @overload
    def __getitem__(self, which: slice) -> Panels: ...
    def __getitem__(self, which: int | slice) -> Bars | Panels:
        """A chart, or some of them, which are not made yet."""
        if isinstance(which, slice):
            return Panels(self._makers[which])
        return self._makers[which]()


def grouped_bars(report: Report, labels: Mapping[str, str], letters: Mapping[str, str]) -> Bars:
    """Bars of a report whose rows are groups, a series for each column of a run.

    Args:
        report: The rows.
        labels: What runs are called in the legend, by key.
        letters: Their letters, by key.
    """
    columns = [column for column in report.columns if column.run is not None]
    values = [tuple(report.body[column.name].to_list()) for column in columns]
    runs = [column.run for column in columns if column.run is not None]
    low, high = report.extent
    intervals = [intervals_of(report.frame.head(report.height), column) for column in columns]
    return Bars(
        groups=tuple(map(safe_text, report.body[report.columns[0].name].to_list())),
        series=tuple(
            Series(safe_text(labels[run]), value, letters[run] if len(runs) > 1 else "", ends)
            for run, value, ends in zip(runs, values, intervals, strict=True)
        ),
        low=low,
        high=high,
        texts=tuple(
            tuple(number_text(value, column) for value in of)
            for of, column in zip(values, columns, strict=True)
        ),
        is_log=report.is_log,
        ranges=tuple(map(_ranges, intervals, columns)),
    )


def run_bars(
    report: Report, column: Column, title: str, names: Mapping[str, str], axis: Axis
) -> Bars:
    """Bars of one column of a report whose rows are runs.

    Args:
        report: The rows; a column of it has the keys of runs as companion.
        column: What is drawn.
        title: What it is called.
        names: What runs are called, by key.
        axis: That of the column, on all pages.
    """
    keys = next(one.keys for one in report.columns if one.keys is not None)
    values = tuple(report.frame[column.name].to_list())
    intervals = intervals_of(report.frame, column)
    return Bars(
        groups=tuple(names[key] for key in report.frame[keys]),
        series=(Series(safe_text(title), values, intervals=intervals),),
        low=axis.low,
        high=axis.high,
        texts=(tuple(number_text(value, column) for value in values),),
        is_log=axis.is_log,
        noun=("run", "runs"),
        ranges=(_ranges(intervals, column),),
    )


def delta_bars(report: Report, title: str, groups: str, deltas: str, rows: pl.DataFrame) -> Bars:
    """Bars around zero.

    Args:
        report: Where the columns and the axis come from.
        title: What is compared.
        groups: Column with the labels of the bars.
        deltas: Column with the differences.
        rows: The rows of the report's frame that are drawn.
    """
    column = next(column for column in report.columns if column.name == deltas)
    values = tuple(rows[deltas].to_list())
    low, high = report.extent
    return Bars(
        groups=tuple(map(safe_text, rows[groups].to_list())),
        series=(Series(safe_text(title), values),),
        low=low,
        high=high,
        texts=(tuple(number_text(value, column) for value in values),),
        diverging=True,
        lower_is_better=column.higher_is_better is False,
    )


def forest_bars(
    report: Report,
    title: str,
    groups: str,
    deltas: str,
    rows: pl.DataFrame | None = None,
    whole: pl.DataFrame | None = None,
    *,
    margin: float = 0.0,
) -> Bars:
    """A forest plot: differences as points around zero, with lines over their intervals.

    What an interval says is worked out by the function that makes the words, so that colour and
    words agree; what the column's verdict says cannot be told is not told here either. The axis is
    that of the report: its analysis has the ends of the intervals in it.

    Args:
        report: Where the columns and the axis come from.
        title: What is compared.
        groups: Column with the labels of the points.
        deltas: Column with the differences; its companions ``low`` and ``high`` have the ends of
            their intervals. Without companions there are only points.
        rows: The rows of the report's frame that are drawn, with the companions (``Report.body``
            is without them); None: all above its summaries.
        whole: The row that is the whole of the others, in the same columns: it is drawn on top.
        margin: Differences that count as the same, on the scale of the column.
    """
    column = next(column for column in report.columns if column.name == deltas)
    frame = report.frame.head(report.height) if rows is None else rows
    frames = [frame] if whole is None else [whole, frame]
    values = tuple(value for some in frames for value in some[deltas])
    intervals = tuple(ends for some in frames for ends in intervals_of(some, column))
    better = column.higher_is_better
    said = [verdict for some in frames for verdict in _said(some, column.verdict)]
    low, high = report.extent
    return Bars(
        groups=tuple(safe_text(label) for some in frames for label in some[groups]),
        series=(Series(safe_text(title), values, intervals=intervals),),
        low=low,
        high=high,
        texts=(tuple(number_text(value, column) for value in values),),
        diverging=True,
        lower_is_better=better is False,
        ranges=(_ranges(intervals, column),),
        is_forest=True,
        verdicts=tuple(
            "undecided"
            if ends and told == "undecided"
            else _verdict(ends, margin, better is not False)
            for ends, told in zip(intervals, said, strict=bool(intervals))
        ),
        sides=_SIDES[better],
        has_whole=whole is not None and whole.height == 1,
    )


def _said(rows: pl.DataFrame, verdict: str | None) -> list[str | None]:
    """What a column says of its rows; None: it says nothing."""
    if verdict is None or verdict not in rows.columns:
        return [None] * rows.height
    return rows[verdict].to_list()


_SIDES = {None: ("", ""), True: ("worse", "better"), False: ("better", "worse")}


def intervals_of(rows: pl.DataFrame, column: Column) -> tuple[Ends | None, ...]:
    """The intervals of a column's numbers, one a row; none at all where it has no companions."""
    if column.low is None or column.high is None:
        return ()
    return tuple(map(_ends, rows[column.low], rows[column.high]))


def _ends(low: float | None, high: float | None) -> Ends | None:
    if low is None or high is None or math.isnan(low) or math.isnan(high):
        return None
    return min(low, high), max(low, high)


def _ranges(intervals: Sequence[Ends | None], column: Column) -> tuple[str, ...]:
    return tuple(interval_text(*ends, column) if ends else "" for ends in intervals)


def _verdict(ends: Ends | None, margin: float, higher_is_better: bool) -> Verdict | None:
    if ends is None:
        return None
    from tui_eval.statistics.intervals import Interval
    from tui_eval.statistics.routing import verdict

    return verdict(Interval(*ends), margin, higher_is_better=higher_is_better)
