"""Reports as bars: scores side by side, differences around zero."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, overload

from tui_eval.render.numbers import number_text
from tui_eval.render.safe import safe_text

if TYPE_CHECKING:
    import polars as pl

    from tui_eval.analysis.report import Column, Report
    from tui_eval.analysis.scores import Axis


@dataclass(frozen=True, slots=True)
class Series:
    """One colour of a chart: a run's values, one a group; None where it has none.

    ``letter`` names it where there is no colour; empty where there is but one.
    """

    label: str
    values: tuple[float | None, ...]
    letter: str = ""


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
    return Bars(
        groups=tuple(map(safe_text, report.body[report.columns[0].name].to_list())),
        series=tuple(
            Series(safe_text(labels[run]), value, letters[run] if len(runs) > 1 else "")
            for run, value in zip(runs, values, strict=True)
        ),
        low=low,
        high=high,
        texts=tuple(
            tuple(number_text(value, column) for value in of)
            for of, column in zip(values, columns, strict=True)
        ),
        is_log=report.is_log,
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
    return Bars(
        groups=tuple(names[key] for key in report.frame[keys]),
        series=(Series(safe_text(title), values),),
        low=axis.low,
        high=axis.high,
        texts=(tuple(number_text(value, column) for value in values),),
        is_log=axis.is_log,
        noun=("run", "runs"),
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
