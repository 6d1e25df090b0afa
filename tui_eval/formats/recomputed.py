"""Scores of a run of which only answers are there: means over its questions."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

import polars as pl

from tui_eval.formats.values import as_number
from tui_eval.records import NOT_SCORED, Metric, Run, ScoreColumns, Task, Unit

Reading = Callable[[str, Sequence[float]], tuple[Unit | None, bool | None]]
"""The unit of a metric, by its name and its values (None: they do not tell it), and which way is
better."""

_PLACE = ("dataset", "category", "data_file", "metric", "filter")

NO_RESULTS = "no results file: the run broke off or goes on, or the file is elsewhere"
"""Why nothing tells whether all answers of a run are there."""


def with_means(run: Run, rows: pl.DataFrame, reading: Reading) -> Run:
    """A run with the means over its answers, and a note that says so.

    Args:
        run: One without scores.
        rows: Its answers: `SAMPLES` without ``run``.
        reading: How the numbers of a metric are to be read.

    Returns:
        The run with a score for each dataset, category, metric and filter: the mean over the
        questions, each the mean over its attempts. What no answer has a score of is missing; a
        category without any metric has the metric `NOT_SCORED`.
    """
    scores = _means(rows, reading)
    has_values = scores.has_values
    what = "scores are recomputed from the answers" if has_values else "its answers have no scores"
    note = f"no report among the files that were read: {what}"
    return replace(run, state="no report", notes=(note, *run.notes), scores=scores)


def _means(rows: pl.DataFrame, reading: Reading) -> ScoreColumns:
    of_metric = pl.col("metric").is_not_null()
    is_scored = of_metric.any().over("dataset", "category")
    kept = rows.filter(of_metric | ~is_scored).with_columns(pl.col("score").fill_nan(None))
    by_question = kept.group_by(*_PLACE, "sample", maintain_order=True).agg(
        pl.col("score").mean(), repeats=pl.col("attempt").n_unique()
    )
    means = by_question.group_by(_PLACE, maintain_order=True).agg(
        pl.col("score").mean(), n=pl.len(), repeats=pl.col("repeats").max()
    )
    values: dict[tuple[str, str | None], list[float]] = {}
    for dataset, metric, score in means.select("dataset", "metric", "score").iter_rows():
        values.setdefault((dataset, metric), []).extend([] if score is None else [score])
    found = ScoreColumns()
    for dataset, category, file, metric, word, score, n, repeats in means.iter_rows():
        unit, higher = (
            ("fraction", None) if metric is None else reading(metric, values[dataset, metric])
        )
        asked = repeats if repeats > 1 else None
        task = Task(dataset, category, file=file, n=n, repeats=asked, origin="recomputed")
        name = NOT_SCORED if metric is None else metric
        found.add(task, Metric(name, word, unit, higher), as_number(score))
    return found
