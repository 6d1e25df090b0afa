"""Which questions flipped between a baseline and its candidates."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import polars as pl

from tui_eval.analysis.completeness import questions_told, shortfalls
from tui_eval.analysis.questions import own_samples, questions
from tui_eval.analysis.report import Column, Level, Report
from tui_eval.analysis.samples import (
    differing_prompts,
    metric_notes,
    other_texts,
    scale_and_direction,
)
from tui_eval.analysis.selection import WHOLE, Selection, select
from tui_eval.analysis.where import letters

_FLIPS = ("paired", "fixed", "broken", "both right", "both wrong")

ALL = "all questions"
"""What stands in place of a category in the row over all of them."""


def flips_report(selection: Selection, samples: pl.DataFrame, *, is_whole: bool = True) -> Report:
    """Per category and candidate: how many answers turned right or wrong against the baseline.

    Args:
        selection: Runs, dataset, metric, scale, baseline and candidates; its category does not
            matter.
        samples: Their answers, schema `SAMPLES`.
        is_whole: Whether all answers were read, so that what is missing can be told.

    Returns:
        ``category, candidate, baseline`` and `contingency`, by candidate and category; all
        questions, each the same, are counted in the foot, or of several candidates in a row before
        their categories.
    """
    tables, view = selection.tables, replace(selection.view, category=None)
    selection = select(tables, view)
    everyone = tables.runs["run"].to_list()
    if view.dataset is None:
        return _nothing("flips", "Choose a dataset: questions are of one.")
    if view.baseline is None or view.baseline not in everyone:
        return _nothing("flips", "Choose a baseline.")
    chosen = everyone if view.candidates is None else view.candidates
    candidates = sorted({run for run in chosen if run in everyone} - {view.baseline})
    if not candidates:
        return _nothing("flips", "Choose a candidate: in one run alone nothing changes.")
    runs = [view.baseline, *candidates]
    own, metric, unscored = own_samples(selection, samples, runs)
    wide = questions(own, runs, view, metric)
    own_scores = tables.scores.filter(pl.col("category").is_in(wide["category"].implode()))
    told = questions_told(own_scores, view, metric) if is_whole else {}
    factor = 1.0 if metric is None else metric.factor(view)
    counted = [
        _flips_of(wide, name, run, view.baseline, factor)
        for run, name in zip(candidates, letters(len(runs))[1:], strict=True)
    ]
    several = len(counted) > 1
    parts = [part for total, rows in counted for part in ((total, rows) if several else (rows,))]
    levels: list[Level] = []
    for _, rows in counted:
        inner: list[Level] = ["inner"] * rows.height
        levels += ["open", *inner]
    columns = (
        Column("category"),
        Column("candidate"),
        Column("baseline", is_data=True),
        *(Column(name, "count") for name in _FLIPS),
        Column("delta", "delta", *scale_and_direction(metric, view)),
    )
    shown = [column.name for column in columns]
    title = [view.dataset, metric.title if metric else "", f"against {view.baseline}"]
    return Report(
        name=f"flips_{view.dataset}_vs_{view.baseline}",
        title=" · ".join(filter(None, title)),
        frame=pl.concat(parts).select(shown) if wide.height else counted[0][1].select(shown),
        columns=columns,
        foot=counted[0][0].select(shown) if wide.height and not several else None,
        groups=tuple(levels) if wide.height and several else (),
        notes=(
            *unscored,
            *shortfalls(wide, dict(zip(letters(len(runs)), runs, strict=True)), told),
            *metric_notes(selection, wide, runs, metric),
            *_unpaired(wide, runs),
            *differing_prompts(wide),
        ),
        empty="No answers to compare.",
    )


def _flips_of(
    wide: pl.DataFrame, name: str, run: str, baseline: str, factor: float
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """`contingency` of a run with the baseline: of all questions, and by category."""
    total, rows = (
        contingency(questions, "a", name).with_columns(
            pl.col("delta") * factor, candidate=pl.lit(run), baseline=pl.lit(baseline)
        )
        for questions in (wide.with_columns(category=pl.lit(ALL)), wide)
    )
    return total, rows.with_columns(pl.col("category").fill_null(WHOLE))


def contingency(wide: pl.DataFrame, baseline: str, candidate: str) -> pl.DataFrame:
    """A row a category: what became of the questions that both runs have a score for.

    Args:
        wide: What `questions` returns.
        baseline: Letter of a run.
        candidate: Letter of another run.

    Returns:
        ``category``, ``paired`` (questions), ``fixed``, ``broken``, ``both right``, ``both wrong``
        (null where nothing is right or wrong) and ``delta`` (difference of the means over the
        paired questions, raw scale), by category.
    """
    a, b = pl.col(f"{baseline}.correct"), pl.col(f"{candidate}.correct")
    difference = pl.col(f"{candidate}.score") - pl.col(f"{baseline}.score")
    known = a.is_not_null() & b.is_not_null()
    cells = {"fixed": ~a & b, "broken": a & ~b, "both right": a & b, "both wrong": ~a & ~b}
    counts = [
        pl.when(known.any()).then(cell.sum().cast(pl.Int64)).alias(name)
        for name, cell in cells.items()
    ]
    paired = difference.count().cast(pl.Int64).alias("paired")
    return wide.group_by("category").agg(paired, *counts, delta=difference.mean()).sort("category")


def _unpaired(wide: pl.DataFrame, runs: Sequence[str]) -> list[str]:
    """Questions of baseline and candidates that are not compared, a sentence a candidate."""
    baseline, *candidates = runs
    notes = []
    for run, name in zip(candidates, letters(len(runs))[1:], strict=True):
        paired = wide.drop_nulls(["a.score", f"{name}.score"]).height
        counts = [(baseline, wide["a.attempts"].count()), (run, wide[f"{name}.attempts"].count())]
        left = [f"{count - paired} of {count} of {of}" for of, count in counts if count > paired]
        if left:
            notes.append(f"Not compared with {run}: {', '.join(left)}.")
        notes += other_texts(wide, "a", name)
    return notes


def _nothing(name: str, why: str) -> Report:
    return Report(name, name.capitalize(), pl.DataFrame(), (), empty=why)
