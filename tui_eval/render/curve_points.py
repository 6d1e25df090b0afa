"""Curves as a chart of points: the line at the cursor, and those that stand beside it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING, Any

from tui_eval.render.numbers import number_text
from tui_eval.render.points import DOT, Points, PointSeries
from tui_eval.render.safe import safe_text

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tui_eval.analysis.report import Column, Report

MOST_LINES = 6
"""Lines of a chart: more cannot be told apart."""

_MOST_WHISKERS = 2  # lines up to which all have their intervals; else that at the cursor alone
_FAR = 100.0  # times the least step, from which on a logarithmic axis shows more
_LETTERS = "abcdefghij"


@dataclass(frozen=True, slots=True)
class Line:
    """A curve in the rows of a report.

    Attributes:
        family: What its models are called; safe text.
        dataset: Of which its scores are; safe text.
        unit: What its steps count.
        metric: Name and filter: lines of others have another axis.
        first: Number of its first row.
        rows: Its rows: ``step, score, low, high, words``.
    """

    family: str
    dataset: str
    unit: str
    metric: tuple[str, str | None]
    first: int
    rows: tuple[Mapping[str, Any], ...]

    @property
    def spans_far(self) -> bool:
        """Whether its steps span two decades or more."""
        steps = [row["step"] for row in self.rows if row["step"]]
        return bool(steps) and max(steps) >= _FAR * min(steps)


def lines_of(report: Report, names: Mapping[str, str]) -> tuple[Line, ...]:
    """The curves of a report, in its order.

    Args:
        report: As `analysis.curves.curves_report` makes it.
        names: Shorter names of families, by their names.
    """
    columns = ["family", "dataset", "metric", "filter", "unit", "step", "score", "low", "high"]
    if not report.height:
        return ()
    rows = list(report.frame.select(*columns, "words").iter_rows(named=True))
    found = []
    first = 0
    for (family, dataset), some in groupby(rows, key=lambda row: (row["family"], row["dataset"])):
        own = tuple(some)
        name, metric = safe_text(names.get(family, family)), (own[0]["metric"], own[0]["filter"])
        found.append(Line(name, safe_text(dataset), own[0]["unit"], metric, first, own))
        first += len(own)
    return tuple(found)


def line_at(lines: Sequence[Line], row: int) -> int:
    """The number of the line that a row is of."""
    return max((number for number, line in enumerate(lines) if line.first <= row), default=0)


def beside(lines: Sequence[Line], here: int) -> tuple[int, ...]:
    """The lines that are drawn with one: of its metric and unit, as many as can be told apart."""
    one = lines[here]
    alike = [
        number
        for number, line in enumerate(lines)
        if (line.metric, line.unit) == (one.metric, one.unit)
    ]
    page = alike.index(here) // MOST_LINES * MOST_LINES
    return tuple(alike[page : page + MOST_LINES])


def curve_points(
    lines: Sequence[Line], here: int, score: Column, *, is_log: bool | None = None
) -> Points:
    """The chart of the line at the cursor and of those beside it.

    Args:
        lines: All curves.
        here: The number of the one at the cursor.
        score: How scores are shown.
        is_log: Whether the axis of steps is logarithmic; None: where they span two decades.
    """
    shown = beside(lines, here)
    one = lines[here]
    labels = _labels([lines[number] for number in shown])
    if is_log is None:
        is_log = any(lines[number].spans_far for number in shown)
    return Points(
        series=tuple(
            _series(
                lines[number],
                labels[place],
                score,
                mark=_LETTERS[place] if len(shown) > 1 else DOT,
                has_whiskers=number == here or len(shown) <= _MOST_WHISKERS,
            )
            for place, number in enumerate(shown)
        ),
        x_title=one.unit,
        y_title=safe_text(", ".join(filter(None, one.metric))) + _interval_words(one),
        is_log_x=is_log,
        is_log_y=not score.scale and _spans_decades(lines, shown),
        is_joined=True,
    )


def _labels(lines: Sequence[Line]) -> list[str]:
    """What tells lines apart: their families, their datasets, or both."""
    has_families = len({line.family for line in lines}) > 1
    has_datasets = len({line.dataset for line in lines}) > 1
    return [
        " · ".join(
            [line.family] * (has_families or not has_datasets) + [line.dataset] * has_datasets
        )
        for line in lines
    ]


def _interval_words(line: Line) -> str:
    has_any = any(row["low"] is not None for row in line.rows)
    return ", 95 % intervals" if has_any else ""


def _spans_decades(lines: Sequence[Line], shown: Sequence[int]) -> bool:
    """Whether numbers without a scale, as perplexities, are all above 0 and far apart."""
    scores = [row["score"] for number in shown for row in lines[number].rows]
    return bool(min(scores) > 0 and max(scores) >= _FAR * min(scores))


def _series(line: Line, label: str, score: Column, *, mark: str, has_whiskers: bool) -> PointSeries:
    rows = [row for row in line.rows if row["step"] is not None]
    return PointSeries(
        label=label,
        x=tuple(float(row["step"]) for row in rows),
        y=tuple(row["score"] for row in rows),
        low=tuple(row["low"] for row in rows) if has_whiskers else (),
        high=tuple(row["high"] for row in rows) if has_whiskers else (),
        labels=tuple(_label(line, row, score) for row in rows),
        mark=mark,
    )


def _label(line: Line, row: Mapping[str, Any], score: Column) -> str:
    """A point in words: ``step 1,000: 31.7 [29.0, 34.4]``."""
    text = f"{line.unit} {row['step']:,}: {number_text(row['score'], score)}"
    if row["low"] is None:
        return text
    return f"{text} [{number_text(row['low'], score)}, {number_text(row['high'], score)}]"
