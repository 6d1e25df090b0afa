"""Reports as bars: scores side by side, differences around zero."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tui_eval.render.numbers import number_text
from tui_eval.render.safe import safe_text

if TYPE_CHECKING:
    import polars as pl

    from tui_eval.analysis.report import Report


@dataclass(frozen=True, slots=True)
class Series:
    """One colour of a chart: a run's values, one a group; None where it has none."""

    label: str
    values: tuple[float | None, ...]


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
    """

    groups: tuple[str, ...]
    series: tuple[Series, ...]
    low: float
    high: float
    texts: tuple[tuple[str, ...], ...]
    diverging: bool = False
    lower_is_better: bool = False


def grouped_bars(report: Report, runs: Sequence[str], labels: Sequence[str]) -> Bars:
    """Bars of a report whose rows are groups.

    Args:
        report: The rows.
        runs: Columns that are drawn.
        labels: What they are called in the legend.
    """
    drawn = set(runs)
    columns = [column for column in report.columns if column.name in drawn]
    values = [tuple(report.frame[column.name].to_list()) for column in columns]
    low, high = report.extent
    return Bars(
        groups=tuple(map(safe_text, report.frame[report.columns[0].name].to_list())),
        series=tuple(
            Series(safe_text(label), value) for label, value in zip(labels, values, strict=True)
        ),
        low=low,
        high=high,
        texts=tuple(
            tuple(number_text(value, column) for value in of)
            for of, column in zip(values, columns, strict=True)
        ),
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
