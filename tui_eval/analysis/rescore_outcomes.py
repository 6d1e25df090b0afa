"""What came of scoring again, by run and way: new scores beside the stored ones."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import polars as pl

from tui_eval.analysis.compare import Pair, frame_of
from tui_eval.analysis.questions import has_right_and_wrong, raw_samples
from tui_eval.analysis.report import Report
from tui_eval.analysis.rescore_report import (
    both_scores,
    comparison,
    directions,
    rescore_report,
)
from tui_eval.analysis.selection import metrics
from tui_eval.analysis.ways import Outcome, Way
from tui_eval.tables import Tables

_UNFILTERED = "none"
"""What the way without a filter is called in totals."""


def outcomes_of(
    tables: Tables,
    samples: pl.DataFrame,
    rescored: pl.DataFrame,
    totals: pl.DataFrame,
    ways: Sequence[Way],
) -> Mapping[tuple[str, str], Outcome]:
    """Scores of whole datasets by run and `Way.key`.

    Args:
        tables: The runs.
        samples: The stored answers (schema `tables.SAMPLES`) of the questions that were scored.
        rescored: What was made of them (schema `tables.RESCORED`).
        totals: Schema `tables.RESCORES`.
        ways: How they were scored, all by the same metric.
    """
    keys = {_UNFILTERED if way.filter is None else way.name: way.key for way in ways}
    stored = raw_samples(samples, tables.scores).filter(pl.col("metric").is_not_null())
    report = rescore_report(tables, samples, rescored, totals)
    higher = directions(tables)
    wholes = totals.unique(["run", "filter"], keep="first", maintain_order=True)
    found = {}
    for row in wholes.iter_rows(named=True):
        run, name = row["run"], row["filter"]
        better = higher.get(row["metric"], True)
        found[run, keys[name]] = Outcome(
            value=row["value"],
            stderr=row["stderr"],
            n=row["n"],
            invalid=row["invalid"],
            timed_out=row["timed_out"],
            stored=row["stored"],
            stored_by=_stored_by(row),
            compared=_compared(stored, rescored, totals, row, higher_is_better=better)
            if _is_alike(tables, stored, row)
            else None,
            higher_is_better=better,
            is_scaled=_is_scaled(report),
            report=_part(report, run, name),
            why=row["reason"] or "",
        )
    return found


def _compared(
    stored: pl.DataFrame,
    rescored: pl.DataFrame,
    totals: pl.DataFrame,
    row: Mapping[str, Any],
    *,
    higher_is_better: bool,
) -> Mapping[str, Any] | None:
    """New against stored as `compare.COMPARED` has it; None: they cannot be paired."""
    scores = both_scores(stored, rescored, totals, row["run"], row["filter"])
    if scores is None or row["value"] is None:
        return None
    found = comparison(scores, None, higher_is_better=higher_is_better)
    if not found.n:
        return None
    pair = Pair(row["run"], "whole", None, found, row["n"], row["n"])
    return frame_of([pair]).row(0, named=True)


def _is_alike(tables: Tables, stored: pl.DataFrame, row: Mapping[str, Any]) -> bool:
    """Whether both scores have a difference: they are of one metric, or say right or wrong."""
    wanted = (row["stored_metric"], row["stored_filter"])
    if wanted[0] == row["metric"]:
        return True
    known = metrics(tables.scores.filter(run=row["run"]), row["dataset"])
    metric = next((one for one in known if (one.name, one.filter) == wanted), None)
    return row["metric"] == "exact_match" and has_right_and_wrong(
        metric, stored.filter(run=row["run"])
    )


def _stored_by(row: Mapping[str, Any]) -> str:
    """What the stored score is of: a filter, and the metric where it is another one."""
    metric = None if row["stored_metric"] == row["metric"] else row["stored_metric"]
    return ", ".join(filter(None, (metric, row["stored_filter"])))


def _is_scaled(report: Report) -> bool:
    return next(column.scale > 0 for column in report.columns if column.name == "value")


def _part(report: Report, run: str, name: str) -> Report:
    return replace(report, frame=report.frame.filter(key=run, filter=name), notes=())


def all_scores(outcomes: Sequence[Outcome]) -> Report | None:
    """What `rescore_report` says of several of them, in one table; None: there are none."""
    reports = [one.report for one in outcomes if one.report is not None]
    if not reports:
        return None
    frame = pl.concat([report.frame for report in reports])
    columns = tuple(replace(column, is_data=False) for column in reports[0].columns)
    return replace(reports[0], frame=frame, columns=columns)
