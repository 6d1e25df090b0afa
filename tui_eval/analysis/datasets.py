"""Which datasets there are: what one looks at first where there are many runs, or of many kinds."""

from __future__ import annotations

import polars as pl

from tui_eval.analysis.notes import Count, Note
from tui_eval.analysis.report import Column, Report
from tui_eval.analysis.score_notes import direction_note
from tui_eval.analysis.scores import means_by_run, metric_by_dataset
from tui_eval.analysis.selection import on_raw_scale
from tui_eval.analysis.view import TOLERANCE, View
from tui_eval.tables import Tables

MANY_RUNS = 30
"""Runs above which nobody wants to begin with all of them side by side."""


def begins_with_datasets(tables: Tables) -> bool:
    """Whether a list of datasets is what to begin with: many runs, or those of several harnesses.

    Of a single dataset there is nothing to choose.
    """
    is_mixed = tables.runs["harness"].n_unique() > 1
    is_many = tables.runs.height > MANY_RUNS
    return (is_many or is_mixed) and tables.scores["dataset"].n_unique() > 1


def datasets_report(tables: Tables, view: View) -> Report:
    """One row a dataset, by name: who was asked what, and which run is the best.

    Args:
        tables: The runs.
        view: Metric (of a dataset without it: its first one) and scale.

    Returns:
        ``dataset``, ``runs`` and ``categories`` (how many; null: no score in any), ``harness`` (of
        several all), ``metric``, ``best`` (the best mean over categories, on the view's scale) and
        ``best_run`` (its label), both null where no run is best: without a score, or in a metric of
        which neither high nor low is better. Only runs that have as many categories as any other
        run can be the best. ``best_key`` is the key of that run,
        ``higher_is_better`` the direction of the metric.
    """
    frame = tables.once(
        (datasets_report, view.metric, view.filter, view.scale), lambda: _frame(tables, view)
    )
    runs = tables.runs.height
    return Report(
        name="datasets",
        title=f"{Count(frame.height, 'dataset')} of {Count(runs, 'run')}",
        frame=frame,
        columns=(
            Column("dataset"),
            Column("runs", "count"),
            Column("categories", "count"),
            Column("harness"),
            Column("metric"),
            Column("best", "score", view.scale),
            Column("best_run", keys="best_key"),
        ),
        notes=(_BEST, *direction_note(frame)) if frame["best"].count() else (),
        empty="No scores in these runs.",
    )


_BEST = Note("best: best mean over categories, among the runs with the most categories.")


def _frame(tables: Tables, view: View) -> pl.DataFrame:
    """The rows of `datasets_report`."""
    chosen = metric_by_dataset(tables.scores, view)
    harness = tables.runs.select("run", "harness")
    asked = (
        tables.scores.select("run", "dataset")
        .unique()
        .join(harness, on="run")
        .group_by("dataset")
        .agg(
            runs=pl.len().cast(pl.Int64),
            harness=pl.col("harness").unique().sort().str.join(", "),
        )
    )
    single = tables.scores.filter(pl.col("repeat").is_null())
    rows = on_raw_scale(single.join(chosen, on=["dataset", "metric", "filter"], nulls_equal=True))
    title = pl.concat_str("metric", "filter", separator=", ", ignore_nulls=True)
    factor = pl.when(pl.col("unit") == "fraction").then(float(view.scale)).otherwise(1.0)
    counts = (
        _categories(rows)
        .group_by("dataset")
        .agg(categories=pl.col("category").n_unique().cast(pl.Int64))
    )
    return (
        asked.join(counts, on="dataset", how="left")
        .join(chosen, on="dataset", how="left")
        .join(_best(tables, rows, chosen), on="dataset", how="left")
        .sort("dataset")
        .select(
            *("dataset", "runs", "categories", "harness", "higher_is_better"),
            metric=title,
            best=pl.col("value") * factor,
            best_run=pl.col("label"),
            best_key=pl.col("run"),
        )
    )


def _categories(rows: pl.DataFrame) -> pl.DataFrame:
    """``dataset, run, category`` of what has a score."""
    scored = rows.filter(pl.col("value").is_not_null() & pl.col("category").is_not_null())
    return scored.select("dataset", "run", "category").unique()


def _best(tables: Tables, rows: pl.DataFrame, chosen: pl.DataFrame) -> pl.DataFrame:
    """``dataset, run, label, value``: the best run of each dataset, by name where several are."""
    counts = _categories(rows).group_by("dataset", "run").len()
    whole = counts.filter(pl.col("len") == pl.col("len").max().over("dataset"))
    directed = chosen.filter(pl.col("higher_is_better").is_not_null())
    goodness = pl.when("higher_is_better").then(pl.col("value")).otherwise(-pl.col("value"))
    return (
        means_by_run(rows, chosen)
        .drop_nulls("value")
        .join(whole, on=["dataset", "run"])
        .join(directed.select("dataset", "higher_is_better"), on="dataset")
        .join(tables.runs.select("run", "label"), on="run")
        .with_columns(goodness=goodness)
        .filter(pl.col("goodness") >= pl.col("goodness").max().over("dataset") - TOLERANCE)
        .sort("label")
        .group_by("dataset", maintain_order=True)
        .first()
        .select("dataset", "run", "label", "value")
    )


def runs_with_metrics(
    scores: pl.DataFrame, dataset: str | None
) -> dict[tuple[str, str | None], int]:
    """How many runs have a metric, by its name and filter, of a dataset or (None) of all."""
    rows = scores if dataset is None else scores.filter(dataset=dataset)
    counts = rows.group_by("metric", "filter").agg(pl.col("run").n_unique())
    return {(metric, name): runs for metric, name, runs in counts.iter_rows()}


def categories_of_runs(tables: Tables, dataset: str | None) -> dict[str, int]:
    """How many categories every run has of a dataset or (None) of all."""
    rows = tables.scores if dataset is None else tables.scores.filter(dataset=dataset)
    named = pl.struct("dataset", "category").filter(pl.col("category").is_not_null())
    return dict(rows.group_by("run").agg(named.n_unique()).iter_rows())
