"""Reports of scores with the intervals of their numbers: columns beside those of the runs."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

import polars as pl

from tui_eval.analysis.compare import Evidence
from tui_eval.analysis.notes import Count, Names, Note
from tui_eval.analysis.report import Column, Report
from tui_eval.analysis.score_intervals import PARTS
from tui_eval.analysis.scores import Overview
from tui_eval.analysis.selection import WHOLE, Metric, Selection
from tui_eval.analysis.view import View
from tui_eval.analysis.with_intervals import with_intervals
from tui_eval.statistics import means
from tui_eval.statistics.intervals import NOWHERE, Interval, normal_interval

_Rows = Mapping[tuple[str, str | None, str | None], Mapping[str, float | str | None]]
"""Rows of `score_intervals` by run, part and category."""


def with_interval_columns(report: Report, selection: Selection, evidence: Evidence) -> Report:
    """The scores of a dataset (`scores.score_report`) with columns ``RUN low`` and ``RUN high``.

    Args:
        report: Categories as rows, a column a run.
        selection: What it is made of.
        evidence: What is known of the scores.
    """
    rows = _by_place(evidence.intervals)
    places: set[tuple[str | None, str | None]] = {
        (part, name if part in ("category", "group") else None)
        for name, part in zip(report.frame.to_series(0), map(PARTS.get, report.roles), strict=True)
    }
    told = columns_of_intervals(with_intervals(report, selection, evidence, "stderr"))
    return replace(told, notes=(*told.notes, *_notes(rows, places, _runs(report))))


def columns_of_intervals(report: Report) -> Report:
    """A report whose companions ``low`` and ``high`` are columns, after those which they are of."""
    columns: list[Column] = []
    for column in report.columns:
        like = replace(column, stderr=None, best=None, low=None, high=None, mark=None, part=None)
        ends = [end for end in (column.low, column.high) if end is not None]
        columns += [column, *(replace(like, name=end) for end in ends)]
    return replace(report, columns=tuple(columns))


def overview_with_intervals(
    found: Overview, view: View, every: Mapping[str, pl.DataFrame]
) -> Report:
    """The overview of all datasets with columns ``RUN low`` and ``RUN high``.

    The mean over datasets has one where all of its datasets have a standard error.

    Args:
        found: Datasets as rows, a column a run.
        view: The scale.
        every: Of each dataset its intervals: schema `score_intervals.SCHEMA`.
    """
    report = found.report
    by_dataset = {name: _by_place(intervals) for name, intervals in every.items()}
    ends: dict[str, list[Interval]] = {}
    used = []
    for run in _runs(report):
        own = {name: _of_whole(rows, run) for name, rows in by_dataset.items()}
        used += [row for row in own.values() if row]
        ends[run] = []
        for name, role in zip(report.frame["dataset"], report.roles, strict=True):
            if role == "row":
                ends[run].append(_ends(own.get(name, {}), _factor(found.metrics, name, view)))
            else:
                shown = report.frame[report.columns[_place(report, run)].name][-1]
                ends[run].append(_of_mean(list(own.values()), shown, view.scale))
    return _with_columns(report, ends, _told(used))


def numbers_with_intervals(report: Report, found: pl.DataFrame) -> Report:
    """The table of scores (`long_table.numbers_report`) with ``low``, ``high``, ``method``.

    ``interval_n`` behind them is how many questions the interval is made of; ``n`` stays what the
    harness reports.

    How answers were read, ``method`` of `tables.SCORES`, is then ``evaluation_method``.

    Args:
        report: One row a number.
        found: `intervals_of_numbers` of every dataset and metric in it.
    """
    is_single = pl.col("repeat").is_null()
    keys = ["key", *_WHICH]
    frame = report.frame.rename({"method": "evaluation_method"})
    renamed = found.rename({"run": "key"}).with_columns(repeat=pl.lit(None, pl.Int32))
    joined = frame.join(
        renamed, on=[*keys, "repeat"], how="left", nulls_equal=True, maintain_order="left"
    )
    assert joined.height == frame.height  # noqa: S101  # a number has one interval
    at_raw = pl.when(pl.col("unit") == "percent").then(100.0).otherwise(1.0)
    joined = joined.with_columns(pl.col("low", "high") * at_raw).with_columns(
        pl.when(is_single).then(pl.col(name)).alias(name) for name in _ENDS
    )
    columns = []
    for column in report.columns:
        is_method = column.name == "method"
        columns.append(replace(column, name="evaluation_method") if is_method else column)
        if column.name == "stderr":
            columns += [Column("low", "number"), Column("high", "number"), Column("method")]
            columns.append(Column("interval_n", "number"))
    notes = _told(joined.select("method").drop_nulls().iter_rows(named=True))
    return replace(report, frame=joined, columns=tuple(columns), notes=(*report.notes, *notes))


_WHICH = ("dataset", "metric", "filter", "group", "category")
"""What a number in the table of scores is of, beside its run."""

_ENDS = ("low", "high", "method", "interval_n")
"""What is told of an interval."""


def intervals_of_numbers(selection: Selection, intervals: pl.DataFrame) -> pl.DataFrame:
    """Intervals by the columns that name a number in the table of scores, raw scale.

    Args:
        selection: A dataset and a metric.
        intervals: Schema `score_intervals.SCHEMA`, of the same selection.

    Returns:
        ``run``, the columns that tell what a number is of, ``low, high, method, interval_n``.
    """
    metric = selection.metric
    rows = selection.rows.filter(pl.col("repeat").is_null(), pl.col("value").is_not_null())
    part = (
        pl.when(pl.col("category").is_not_null())
        .then(pl.lit("category"))
        .when(pl.col("group").is_not_null())
        .then(pl.lit("group"))
        .otherwise(pl.lit("reported"))
    )
    place = pl.coalesce("category", "group").alias("place")
    is_made = pl.col("method").is_not_null() & (pl.col("method") != "normal, reported stderr")
    number = pl.when(is_made).then("n")
    known = intervals.select(
        *("run", "part", "low", "high", "method"), place="category", interval_n=number
    )
    known = known.unique(["run", "part", "place"], keep="first")
    named = rows.select("run", "group", "category", place, part=part).unique()
    found = named.join(known, on=["run", "part", "place"], how="left", nulls_equal=True)
    is_whole = pl.col("category") == WHOLE
    return found.select(
        "run",
        pl.lit(selection.dataset, pl.String).alias("dataset"),
        pl.lit(metric and metric.name, pl.String).alias("metric"),
        pl.lit(metric and metric.filter, pl.String).alias("filter"),
        "group",
        pl.when(~is_whole).then(pl.col("category")).alias("category"),
        "low",
        "high",
        "method",
        "interval_n",
    )


def _by_place(intervals: pl.DataFrame) -> _Rows:
    rows = intervals.iter_rows(named=True)
    return {(row["run"], row["part"], row["category"]): row for row in rows}


def _runs(report: Report) -> list[str]:
    return [column.run for column in report.columns if column.run is not None]


def _place(report: Report, run: str) -> int:
    return next(place for place, column in enumerate(report.columns) if column.run == run)


def _factor(metrics: Mapping[str, Metric], dataset: str, view: View) -> float:
    return metrics[dataset].factor(view)


def _of_whole(rows: _Rows, run: str) -> Mapping[str, float | str | None]:
    """The mean over categories of a run, else what it reports: what the overview shows."""
    return rows.get((run, "own", None)) or rows.get((run, "reported", None), {})


def _ends(row: Mapping[str, float | str | None], factor: float) -> Interval:
    low, high = row.get("low"), row.get("high")
    if not isinstance(low, float) or not isinstance(high, float):
        return NOWHERE
    return Interval(low * factor, high * factor)


def _of_mean(
    own: Sequence[Mapping[str, float | str | None]], shown: float | None, scale: int
) -> Interval:
    """The interval of the mean over datasets, each equal; nowhere without one of their errors."""
    import numpy as np

    if shown is None:
        return NOWHERE
    numbers = [[row.get(name) for row in own] for name in ("value", "stderr")]
    values, stderrs = (np.array(some, dtype=float) for some in numbers)
    mean = means.macro_mean(values, stderrs)
    if not mean.stderr > 0 or not math.isclose(mean.value * scale, shown, abs_tol=1e-9 * scale):
        return NOWHERE
    low, high = normal_interval(mean.value, mean.stderr)
    return Interval(low * scale, high * scale)


def _with_columns(
    report: Report, ends: Mapping[str, Sequence[Interval]], notes: Sequence[Note]
) -> Report:
    """A report with two columns behind that of each run, which names them as its companions."""
    frame, columns = report.frame, []
    for column in report.columns:
        if column.run is None or column.run not in ends:
            columns.append(column)
            continue
        low, high = f"{column.name} low", f"{column.name} high"
        both = zip((low, high), zip(*ends[column.run], strict=True), strict=True)
        is_shown = pl.col(column.name).is_not_null()
        frame = frame.with_columns(
            pl.when(is_shown).then(pl.Series(some, dtype=pl.Float64).fill_nan(None)).alias(name)
            for name, some in both
        )
        columns.append(replace(column, low=low, high=high))
    drawn = columns_of_intervals(replace(report, frame=frame, columns=tuple(columns)))
    return replace(drawn, notes=(*report.notes, *notes))


def _notes(
    rows: _Rows, places: set[tuple[str | None, str | None]], runs: Sequence[str]
) -> list[Note]:
    return _told(
        row for (run, *place), row in rows.items() if run in runs and tuple(place) in places
    )


def _told(rows: Iterable[Mapping[str, object]]) -> list[Note]:
    """How the intervals were made, and why there are none."""
    methods: dict[str, int] = {}
    reasons: dict[str, int] = {}
    for row in rows:
        where, name = (methods, row["method"]) if row["method"] else (reasons, row.get("reason"))
        where[str(name)] = where.get(str(name), 0) + 1
    notes = []
    for found, message in (
        (methods, "95 % intervals: {ways}."),
        (reasons, "No interval: {ways}."),
    ):
        ways = tuple(f"{name} ({Count(count, 'score')})" for name, count in found.items())
        if ways:
            notes.append(Note(message, ways=Names(ways, len(ways), "; ")))
    return notes
