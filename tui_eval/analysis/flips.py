"""Which questions flipped between a baseline and its candidates."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import polars as pl

from tui_eval.analysis.completeness import questions_told, shortfalls
from tui_eval.analysis.notes import Note, listed
from tui_eval.analysis.questions import own_samples, questions
from tui_eval.analysis.report import ROLE, Column, Report
from tui_eval.analysis.samples import (
    differing_prompts,
    metric_notes,
    other_texts,
    scale_and_direction,
)
from tui_eval.analysis.selection import WHOLE, Selection, select
from tui_eval.analysis.view import View
from tui_eval.analysis.where import letters
from tui_eval.tables import Tables

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
        ``category, candidate, baseline`` and `contingency`, by candidate and category, or in both
        as ``view.flip_sort`` says; all questions, each the same, are counted in the foot, or of
        several candidates in a row before their categories.
    """
    tables, view = selection.tables, replace(selection.view, category=None)
    selection = select(tables, view)
    if view.dataset is None:
        return _nothing("flips", "Choose a dataset: its questions are shown.")
    if view.baseline is None or view.baseline not in tables.labels:
        return _nothing("flips", "Choose a baseline.")
    chosen = tables.labels if view.candidates is None else view.candidates
    candidates = tables.by_label({*chosen} - {view.baseline})
    if not candidates:
        return _nothing("flips", "Choose a candidate: one run alone has no flips.")
    runs = [view.baseline, *candidates]
    own, metric, unscored = own_samples(selection, samples, runs)
    wide = questions(own, runs, view, metric)
    own_scores = tables.scores.filter(pl.col("category").is_in(wide["category"].implode()))
    told = questions_told(own_scores, view, metric) if is_whole else {}
    names = letters(len(runs))
    by_letter = {name: told[run] for name, run in zip(names, runs, strict=True) if run in told}
    factor = 1.0 if metric is None else metric.factor(view)
    against = tables.labels[view.baseline]
    counted = [
        _flips_of(wide, name).with_columns(
            pl.col("delta") * factor,
            key=pl.lit(run),
            candidate=pl.lit(tables.labels[run]),
            baseline=pl.lit(against),
        )
        for run, name in zip(candidates, names[1:], strict=True)
    ]
    title = [view.dataset, metric.short if metric else "", f"against {against}"]
    return Report(
        name=f"flips_{view.dataset}_vs_{against}",
        title=" · ".join(filter(None, title)),
        frame=_grouped(_in_order(counted, view)) if wide.height else counted[0].clear(),
        columns=(
            Column("category"),
            Column("candidate", keys="key"),
            Column("baseline", is_data=True),
            *(Column(name, "count") for name in _FLIPS),
            Column("delta", "delta", *scale_and_direction(metric, view)),
        ),
        notes=(
            *unscored,
            *shortfalls(wide, _lettered(tables, runs), by_letter),
            *metric_notes(selection, wide, runs, metric),
            *_unpaired(wide, _lettered(tables, runs)),
            *differing_prompts(wide),
        ),
        empty="No answers to compare.",
    )


def _lettered(tables: Tables, runs: Sequence[str]) -> dict[str, str]:
    """The labels of runs by their letters."""
    labels = [tables.labels[run] for run in runs]
    return dict(zip(letters(len(runs)), labels, strict=True))


def _flips_of(wide: pl.DataFrame, name: str) -> pl.DataFrame:
    """`contingency` of a run with the baseline, by category, then of all questions: the total."""
    whole = contingency(wide.with_columns(category=pl.lit(ALL)), "a", name)
    rows = contingency(wide, "a", name).with_columns(pl.col("category").fill_null(WHOLE))
    return pl.concat(
        [
            rows.with_columns(pl.lit("row").alias(ROLE)),
            whole.with_columns(pl.lit("total").alias(ROLE)),
        ]
    )


def _in_order(counted: Sequence[pl.DataFrame], view: View) -> list[pl.DataFrame]:
    """Candidates by their totals, and the rows of each, its total last."""
    if view.flip_sort == "name":
        return list(counted)
    net = pl.col("fixed") - pl.col("broken")
    key = net if view.flip_sort == "net" else pl.col(view.flip_sort)
    totals = pl.concat([one.tail(1) for one in counted]).select(by=key).with_row_index("place")
    ranked = totals.sort("by", descending=True, nulls_last=True, maintain_order=True)["place"]
    return [
        pl.concat(
            [
                counted[place]
                .head(-1)
                .sort(key, descending=True, nulls_last=True, maintain_order=True),
                counted[place].tail(1),
            ]
        )
        for place in ranked
    ]


def _grouped(counted: Sequence[pl.DataFrame]) -> pl.DataFrame:
    """The rows of one candidate; of several, those of each below its total."""
    if len(counted) == 1:
        return counted[0]
    role = pl.col(ROLE).replace_strict({"total": "group", "row": "inner"})
    return pl.concat([pl.concat([one.tail(1), one.head(-1)]) for one in counted]).with_columns(role)


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


def _unpaired(wide: pl.DataFrame, labels: Mapping[str, str]) -> list[Note]:
    """Questions of baseline and candidates that are not compared, a sentence a candidate."""
    notes = []
    for name, label in labels.items():
        if name == "a":
            continue
        paired = wide.drop_nulls(["a.score", f"{name}.score"]).height
        counts = [(labels[one], wide[f"{one}.attempts"].count()) for one in ("a", name)]
        left = [
            Note("{left} of {count} of {run}", left=count - paired, count=count, run=of)
            for of, count in counts
            if count > paired
        ]
        if left:
            message = "Not compared with {run}: {left}."
            notes.append(Note(message, run=label, left=listed(left)))
        notes += other_texts(wide, "a", name)
    return notes


def _nothing(name: str, why: str) -> Report:
    return Report(name, name.capitalize(), pl.DataFrame(), (), empty=why)
