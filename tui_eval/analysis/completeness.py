"""What is missing: questions without answers, and categories that other runs have."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import NamedTuple

import polars as pl

from tui_eval.analysis.notes import Count, Note
from tui_eval.analysis.selection import Metric, Selection, on_raw_scale
from tui_eval.analysis.view import View
from tui_eval.tables import Tables


class Questions(NamedTuple):
    """Numbers of questions of a run in a dataset or category; None: the harness does not say.

    Attributes:
        asked: Those that its scores are of.
        total: Those that there are.
        is_again: Whether answers that were there were scored: some may have been left out.
    """

    asked: int | None
    total: int | None
    is_again: bool = False


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
    is_again = (pl.col("origin") == "recomputed").all()
    by_category = rows.group_by("run", "category").agg(counts.max(), is_again=is_again)
    found = by_category.group_by("run").agg(
        pl.when(counts.is_not_null().all()).then(counts.sum()), pl.col("is_again").all()
    )
    return {run: Questions(*told) for run, *told in found.iter_rows()}


def shortfalls(
    wide: pl.DataFrame, names: Mapping[str, str], told: Mapping[str, Questions]
) -> Iterator[Note]:
    """A sentence on every run that has fewer answers than it was asked, or was not asked all.

    Args:
        wide: What `samples.questions` returns.
        names: What each run is called in the sentence, by its letter in ``wide``.
        told: By the letter of a run.
    """
    for letter, name in names.items():
        asked, total, is_again = told.get(letter, Questions(None, None))
        attempts = wide[f"{letter}.attempts"]
        found, answers = attempts.count(), int(attempts.sum())
        if asked is not None and max(found, answers) < asked:
            every = Count(asked, "question")
            yield Note("{run} has answers to {found} of {all}.", run=name, found=found, all=every)
        if asked is not None and total is not None and asked < total:
            every = Count(total, "question")
            message = "{run} has scores of {asked} of {all}."
            message = message if is_again else "{run} was asked {asked} of {all}."
            yield Note(message, run=name, asked=asked, all=every)


def missing_categories(tables: Tables, values: pl.DataFrame) -> list[tuple[str, list[str]]]:
    """Runs that lack categories which other runs have: (run, categories), by label.

    Args:
        tables: The runs.
        values: ``run, category, value, status, optional``, one row a score of one dataset.
    """
    present = required(values).select("run", "category").unique()
    grid = present.select("run").unique().join(present.select("category").unique(), how="cross")
    lacking = grid.join(present, on=["run", "category"], how="anti").sort("category")
    grouped = dict(lacking.group_by("run", maintain_order=True).agg("category").iter_rows())
    return [(run, grouped[run]) for run in tables.by_label(grouped)]


def required(values: pl.DataFrame) -> pl.DataFrame:
    """Rows of categories that every run should have, and this one has: with a score or without.

    What no run was scored in, none needs to have.
    """
    is_scored = pl.col("value").is_not_null()
    is_there = is_scored | pl.col("status").is_not_null()
    return values.filter(is_there & ~pl.col("optional") & is_scored.any().over("category"))


def with_other_metrics(selection: Selection, single: pl.DataFrame) -> pl.DataFrame:
    """Rows of a metric, and those of categories for which a harness wrote it nowhere.

    Of a category without references a harness may report one metric instead of all.
    """
    others = on_raw_scale(
        selection.tables.scores.filter(
            pl.col("category").is_not_null() & pl.col("repeat").is_null(),
            pl.col("run").is_in(single["run"].unique().implode()),
            dataset=selection.dataset,
            status="no reference",
        )
    ).filter(pl.col("value").is_null())
    keys = ["run", "category"]
    lacking = others.join(single, on=keys, how="anti").unique(keys, maintain_order=True)
    return pl.concat([single, lacking])
