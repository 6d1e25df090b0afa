"""A table of comparisons for people and programs: one row a candidate and dataset or category."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import polars as pl

from tui_eval.analysis.compare import By, Evidence, comparisons
from tui_eval.analysis.selection import Selection
from tui_eval.analysis.verdict_words import Shown, verdict_words

_SCALED = ("baseline_score", "candidate_score", "delta", "low", "high", "visible_gap")

_NAMES = pl.List(pl.String)


def compared_rows(
    selection: Selection,
    evidence: Evidence,
    baseline: str,
    candidates: Sequence[str],
    differs: Mapping[str, Sequence[str]],
    by: By = "dataset",
) -> pl.DataFrame:
    """Comparisons on one dataset, on the scale of the view, with names and words.

    Args:
        selection: Dataset, metric and scale.
        evidence: What is known of its scores.
        baseline: Key of the run that the others are compared with.
        candidates: Keys.
        differs: By candidate the names of the settings that differ from the baseline's.
        by: A row a dataset, or also one a category.

    Returns:
        ``dataset``, the columns of `compare.COMPARED` but ``part`` and ``run`` (its key is
        ``candidate key``), ``baseline, candidate`` (labels), ``metric, filter, differs, words``;
        the mean over categories is left out.
    """
    metric = selection.metric
    frame = comparisons(evidence, baseline, candidates, by).filter(pl.col("part") != "mean")
    if metric is None or frame.is_empty():
        return frame.head(0)
    labels = selection.tables.labels
    frame = frame.with_columns(pl.col(_SCALED) * metric.factor(selection.view))
    scale, margin = metric.scale(selection.view), evidence.tests.margin
    words = [
        str(verdict_words(row, Shown(scale, labels[row["run"]], margin * (scale or 1))))
        for row in frame.iter_rows(named=True)
    ]
    return frame.with_columns(
        pl.lit(selection.dataset).alias("dataset"),
        pl.lit(labels[baseline]).alias("baseline"),
        pl.col("run").replace_strict(labels, return_dtype=pl.String).alias("candidate"),
        pl.lit(metric.name).alias("metric"),
        pl.lit(metric.filter, pl.String).alias("filter"),
        pl.Series("differs", [list(differs.get(run, ())) for run in frame["run"]], _NAMES),
        pl.Series("words", words, pl.String),
    )
