"""How many of the questions there are answers to, as far as a harness says how many there are."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import NamedTuple

import polars as pl

from tui_eval.analysis.report import plural
from tui_eval.analysis.selection import Metric
from tui_eval.analysis.view import View


class Questions(NamedTuple):
    """Numbers of questions of a run in a dataset or category; None: the harness does not say.

    Attributes:
        asked: Those that its scores are of.
        total: Those that there are.
    """

    asked: int | None
    total: int | None


def questions_told(scores: pl.DataFrame, view: View, metric: Metric | None) -> dict[str, Questions]:
    """What the scores of every run (by key) tell of the view's dataset and category in a metric.

    Args:
        scores: Schema `SCORES`.
        view: Dataset and category.
        metric: None: whatever metric tells it.
    """
    rows = scores.filter(
        pl.col("dataset") == (view.dataset or ""),
        pl.col("category").is_not_null() & pl.col("repeat").is_null(),
    )
    if view.category is not None:
        rows = rows.filter(category=view.category)
    if metric is not None:
        is_filter = pl.col("filter").eq_missing(pl.lit(metric.filter, pl.String))
        rows = rows.filter((pl.col("metric") == metric.name) & is_filter)
    counts = pl.col("n", "total")
    by_category = rows.group_by("run", "category").agg(counts.max())
    found = by_category.group_by("run").agg(pl.when(counts.is_not_null().all()).then(counts.sum()))
    return {run: Questions(asked, total) for run, asked, total in found.iter_rows()}


def shortfalls(
    wide: pl.DataFrame, names: Mapping[str, str], told: Mapping[str, Questions]
) -> Iterator[str]:
    """A sentence on every run that has fewer answers than it was asked, or was not asked all.

    Args:
        wide: What `samples.questions` returns.
        names: What each run is called in the sentence, by its letter in ``wide``.
        told: By the letter of a run.
    """
    for letter, name in names.items():
        asked, total = told.get(letter, Questions(None, None))
        attempts = wide[f"{letter}.attempts"]
        found, answers = attempts.count(), int(attempts.sum())
        if asked is not None and max(found, answers) < asked:
            yield f"{name} has answers to {found} of {plural(asked, 'question')}."
        if asked is not None and total is not None and asked < total:
            yield f"{name} was asked {asked} of {plural(total, 'question')}."
