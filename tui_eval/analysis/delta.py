"""By how much: candidates against a baseline, category by category."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Literal

import polars as pl

from tui_eval.analysis.comparability import comparison_notes, of_unknown_questions
from tui_eval.analysis.completeness import missing_categories, with_other_metrics
from tui_eval.analysis.notes import Count, Note, listed
from tui_eval.analysis.report import Column, Report
from tui_eval.analysis.score_notes import absent_notes, unscored_notes
from tui_eval.analysis.selection import Metric, Selection, select
from tui_eval.analysis.view import COVERAGE, TOLERANCE, View
from tui_eval.tables import Tables

Direction = Literal["top", "bottom"]

_NAMED = {"run": pl.String, "candidate": pl.String}

_CANDIDATE = Column("candidate", keys="run")


@dataclass(frozen=True)
class Pairs:
    """Scores of baseline and candidates on the categories that both have.

    Attributes:
        metric: What is compared.
        tables: The runs.
        baseline: Key of the baseline.
        candidates: Keys, by label.
        rows: ``category, run, candidate`` (its label), ``baseline_score, candidate_score, delta``,
            raw scale, and ``n``: questions, where both tell the same.
        values: Of every loaded run, as `Selection.rows` has them.
        categories: Categories of the dataset over all loaded runs.
        coverage: What the comparison does not cover.
        conditions: What else may make the difference.
    """

    metric: Metric
    tables: Tables
    baseline: str
    candidates: tuple[str, ...]
    rows: pl.DataFrame
    values: pl.DataFrame
    categories: int
    coverage: tuple[Note, ...] = ()
    conditions: tuple[Note, ...] = ()

    @property
    def notes(self) -> tuple[Note, ...]:
        """All that is to be known of the comparison."""
        return (*self.coverage, *self.conditions)

    @property
    def against(self) -> str:
        """The label of the baseline."""
        return self.tables.labels[self.baseline]

    @cached_property
    def overview(self) -> pl.DataFrame:
        """A row a candidate, best first, as `overview_report` has it; on the raw scale."""
        summary = self.rows.group_by("run").agg(
            pl.col("delta").mean().alias("Mean Δ"),
            pl.col("delta").median().alias("Median Δ"),
            self.is_gain().sum().cast(pl.Int64).alias("Win"),
            self.is_loss().sum().cast(pl.Int64).alias("Lose"),
            (pl.col("delta").abs() <= TOLERANCE).sum().cast(pl.Int64).alias("Tie"),
            pl.len().cast(pl.Int64).alias("common"),
        )
        labels = [self.tables.labels[run] for run in self.candidates]
        everyone = pl.DataFrame({"run": self.candidates, "candidate": labels}, schema=_NAMED)
        summed = everyone.join(summary, on="run", how="left")
        joined = summed.join(_spread(self), on="run", how="left")
        shared = pl.col("common").fill_null(0)
        descending = [self.metric.higher_is_better is not False, False]
        return joined.sort("Mean Δ", "candidate", descending=descending, nulls_last=True).select(
            pl.col("candidate").alias("Candidate"),
            "run",
            *("Mean Δ", "Median Δ", "Win", "Lose", "Tie"),
            shared.alias("shared"),
            pl.lit(self.categories, pl.Int64).alias("categories"),
            pl.format("{}/{}", shared, pl.lit(self.categories)).alias(COVERAGE),
            *("Runs", "Lowest run", "Highest run", "Sd over runs"),
        )

    def is_gain(self) -> pl.Expr:
        """Whether a difference is an improvement, by the metric's direction."""
        delta = -pl.col("delta") if self.metric.higher_is_better is False else pl.col("delta")
        return delta > TOLERANCE

    def is_loss(self) -> pl.Expr:
        """Whether a difference is a decline, by the metric's direction."""
        delta = -pl.col("delta") if self.metric.higher_is_better is False else pl.col("delta")
        return delta < -TOLERANCE


def delta_report(selection: Selection) -> Report:
    """Per category and candidate: both scores and their difference.

    Only categories that both have; differences smaller than ``view.min_delta`` are left out
    (compared with a tolerance of 1e-9 on the raw scale). Ordered by candidate, then as the view
    says; by name: category first.
    """
    pairs, view = pairs_of(selection), selection.view
    if isinstance(pairs, str):
        return nothing(view, pairs)
    kept = pairs.rows.filter(pl.col("delta").abs() >= view.min_delta - TOLERANCE)
    frame = _sorted(kept, view)
    return Report(
        name=f"delta_{view.dataset}_ALL_vs_{pairs.against}",
        title=title_of(view, pairs),
        frame=_scaled(frame, pairs, view),
        columns=(Column("category"), _CANDIDATE, *_score_columns(pairs, view)),
        notes=(*pairs.notes, *hidden_notes(pairs.rows.height - kept.height)),
        chart="diverging",
        empty=empty_of(pairs, view),
        extent=extent_of(frame["delta"], pairs, view),
    )


def overview_report(selection: Selection) -> Report:
    """Per candidate: mean and median difference, wins, losses, ties, coverage, spread over runs.

    Means are unweighted over the categories that baseline and candidate have; ``view.min_delta``
    does not count. A tie is a difference below 1e-9 on the raw scale, whatever scale is shown.
    ``shared`` counts those categories, ``categories`` all of the dataset over all loaded runs. The
    spread is over the candidate's repeated runs: each run's mean over the same categories (sd with
    ddof=1). Sorted by mean difference, best first; candidates without a common category last.
    """
    pairs, view = pairs_of(selection), selection.view
    if isinstance(pairs, str):
        return nothing(view, pairs)
    frame = pairs.overview
    delta = Column("Mean Δ", "delta", pairs.metric.scale(view), pairs.metric.higher_is_better)
    spread = [
        Column(name, "score", delta.scale, aside=True)
        for name in ("Lowest run", "Highest run", "Sd over runs")
    ]
    return Report(
        name=f"delta_overview_{view.dataset}_vs_{pairs.against}",
        title=title_of(view, pairs),
        frame=_scaled(frame, pairs, view),
        columns=(
            Column("Candidate", keys="run"),
            delta,
            Column("Median Δ", "delta", delta.scale, delta.higher_is_better),
            *(Column(name, "count") for name in ("Win", "Lose", "Tie")),
            *(Column(name, "count", aside=True) for name in ("shared", "categories")),
            Column(COVERAGE, csv_only=True),
            Column("Runs", "count", aside=True),
            *spread,
        ),
        notes=pairs.notes,
        chart="diverging",
        empty="No candidate is chosen.",
        extent=extent_of(frame["Mean Δ"], pairs, view),
    )


def movers_report(selection: Selection, candidate: str | None, direction: Direction) -> Report:
    """The categories in which a candidate improved (``top``) or declined (``bottom``) most.

    Args:
        selection: Runs, dataset, metric, baseline, and ``top``: how many categories at most.
        candidate: Its key; None: all candidates, one after the other, with their labels.
        direction: Improvements only, or declines only: ties are in neither list.
    """
    pairs, view = pairs_of(selection), selection.view
    if isinstance(pairs, str):
        return nothing(view, pairs)
    wanted = pairs.is_gain() if direction == "top" else pairs.is_loss()
    by_size = pl.col("delta").abs().round(9).alias("size")
    rows = pairs.rows.filter(wanted).with_columns(by_size)
    if candidate is not None:
        rows = rows.filter(pl.col("run") == candidate)
    ranked = rows.sort("candidate", "size", "category", descending=[False, True, False])
    kept = ranked.group_by("candidate", maintain_order=True).head(view.top)
    frame = kept.select("category", *_NAMED, "baseline_score", "candidate_score", "delta")
    word = "improved" if direction == "top" else "declined"
    notes = [*pairs.notes]
    still = pairs.tables.names({*pairs.candidates} - {*rows["run"]})
    if candidate is None and still and kept.height:
        message = f"{word.capitalize()} in no category: {{runs}}."
        notes.append(Note(message, runs=listed(still)))
    of = pairs.tables.labels[candidate] if candidate else "all"
    return Report(
        name=f"delta_{direction}_{view.dataset}_{of}_vs_{pairs.against}",
        title=f"{title_of(view, pairs)} · most {word}",
        frame=_scaled(frame, pairs, view),
        columns=(
            Column("category"),
            *([] if candidate else [_CANDIDATE]),
            *_score_columns(pairs, view),
        ),
        notes=tuple(notes),
        chart="diverging",
        empty=f"Nothing {word}.",
        extent=extent_of(frame["delta"], pairs, view),
    )


def missing_report(selection: Selection) -> Report:
    """Which category is missing from which loaded run: ``run, category``, a row each."""
    pairs, view = pairs_of(selection), selection.view
    if isinstance(pairs, str):
        return nothing(view, pairs)
    of_known = ~pl.col("run").is_in(of_unknown_questions(selection.tables).implode())
    values = with_other_metrics(selection, pairs.values)
    single = values.filter(pl.col("repeat").is_null() & of_known)
    lacking = missing_categories(selection.tables, single)
    labels = selection.tables.labels
    rows = [(run, labels[run], name) for run, names in lacking for name in names]
    schema = {"key": pl.String, "run": pl.String, "category": pl.String}
    return Report(
        name=f"delta_missing_{view.dataset}_vs_{pairs.against}",
        title=f"{view.dataset} · {Count(pairs.categories, 'category')} over all loaded runs",
        frame=pl.DataFrame(rows, schema=schema, orient="row"),
        columns=(Column("run", keys="key"), Column("category")),
        empty="No run lacks a category that it should have.",
    )


def pairs_of(selection: Selection) -> Pairs | str:
    """What the reports are made of, or why there is nothing to compare."""
    view = selection.view
    compared = View(
        dataset=view.dataset,
        metric=view.metric,
        filter=view.filter,
        scale=view.scale,
        baseline=view.baseline,
        candidates=view.candidates,
    )
    tables = selection.tables
    return tables.once((_compared, compared), lambda: _compared(tables, compared))


def _compared(tables: Tables, view: View) -> Pairs | str:
    """Pairs of a view that says no more than what is compared; or why there are none."""
    selection = select(tables, view)
    metric, runs = selection.metric, selection.runs
    if view.dataset is None or metric is None:
        return "Choose a dataset: runs are compared on one dataset."
    if view.baseline is None or view.baseline not in runs:
        return "Choose a baseline." if runs else "No run has scores of this dataset and metric."
    chosen = runs if view.candidates is None else view.candidates
    candidates = tuple(tables.by_label(set(chosen) - {view.baseline}))
    if not candidates:
        return "Choose a candidate: one run alone has no difference."
    values = selection.rows.filter(pl.col("category").is_not_null())
    single = values.filter(pl.col("repeat").is_null() & pl.col("value").is_not_null())
    baseline = single.filter(pl.col("run") == view.baseline)
    others = single.filter(pl.col("run").is_in(candidates))
    rows = others.join(baseline, on="category", suffix="_baseline").select(
        "category",
        "run",
        pl.col("run").replace_strict(tables.labels, return_dtype=pl.String).alias("candidate"),
        pl.col("value_baseline").alias("baseline_score"),
        pl.col("value").alias("candidate_score"),
        delta=pl.col("value") - pl.col("value_baseline"),
        n=pl.when(pl.col("n") == pl.col("n_baseline")).then(pl.col("n")),
    )
    count = single["category"].n_unique()
    pairs = Pairs(metric, tables, view.baseline, candidates, rows, values, count)
    coverage = (*_coverage_notes(selection, pairs), *_absent_notes(selection, pairs))
    every = [view.baseline, *candidates]
    conditions = comparison_notes(tables, every, view.dataset, metric.name)
    return replace(pairs, coverage=coverage, conditions=tuple(conditions))


def _sorted(rows: pl.DataFrame, view: View) -> pl.DataFrame:
    # equal differences may differ in their last bits: they stay in the order of their names
    delta = pl.col("delta").round(9)
    if view.delta_sort == "name":
        return rows.sort("category", "candidate")
    key = {"abs": -delta.abs(), "down": -delta, "up": delta}[view.delta_sort]
    return rows.sort("candidate", key, "category")


def _spread(pairs: Pairs) -> pl.DataFrame:
    """Each candidate's repeated runs: how many, and the range and sd of their means."""
    common = pairs.rows.select("category", "run")
    repeats = pairs.values.filter(pl.col("repeat").is_not_null() & pl.col("value").is_not_null())
    counted = common.group_by("run").agg(categories=pl.len())
    means = (
        repeats.join(common, on=["run", "category"], maintain_order="left")
        .group_by("run", "repeat", maintain_order=True)  # so that the last digits stay
        .agg(mean=pl.col("value").mean(), found=pl.len())
        .join(counted, on="run", maintain_order="left")
        .filter(pl.col("found") == pl.col("categories"))  # a run that failed somewhere is no mean
    )
    return means.group_by("run").agg(
        pl.len().cast(pl.Int64).alias("Runs"),
        pl.col("mean").min().alias("Lowest run"),
        pl.col("mean").max().alias("Highest run"),
        pl.col("mean").std().alias("Sd over runs"),
    )


def _scaled(frame: pl.DataFrame, pairs: Pairs, view: View) -> pl.DataFrame:
    factor = pairs.metric.factor(view)
    return frame.with_columns(pl.col(pl.Float64) * factor) if factor != 1 else frame


def _score_columns(pairs: Pairs, view: View) -> list[Column]:
    scale, better = pairs.metric.scale(view), pairs.metric.higher_is_better
    return [
        Column("baseline_score", "score", scale),
        Column("candidate_score", "score", scale),
        Column("delta", "delta", scale, better),
    ]


_LEAST_SIDE = 1 / 8
"""Part of an axis that its short side keeps: so that small differences can be seen there."""


def extent_of(deltas: Iterable[float | None], pairs: Pairs, view: View) -> tuple[float, float]:
    """`axis_around_zero` of differences on the raw scale, on the scale that is shown."""
    return axis_around_zero(deltas, pairs.metric.factor(view))


def axis_around_zero(deltas: Iterable[float | None], factor: float = 1.0) -> tuple[float, float]:
    """An axis from the lowest difference to the highest, zero in it, its ends to two digits.

    Where intervals are drawn, their ends are among ``deltas``; what is not finite does not count.
    """
    finite = (delta for delta in deltas if delta is not None and math.isfinite(delta))
    known = [0.0, *finite]
    reach = max(map(abs, known))
    reach = (reach if reach > TOLERANCE else 1.0) * factor
    digit = 10.0 ** (math.floor(math.log10(reach)) - 1)
    sides = (-min(known), max(known))
    low, high = (
        math.ceil(max(side * factor, reach * _LEAST_SIDE) / digit - TOLERANCE) * digit
        for side in sides
    )
    return (-low, high) if max(sides) > TOLERANCE else (-reach, reach)


def title_of(view: View, pairs: Pairs) -> str:
    """What is compared: dataset, metric, baseline."""
    return f"{view.dataset} · {pairs.metric.heading} · against {pairs.against}"


def empty_of(pairs: Pairs, view: View) -> str:
    """Why there is no row."""
    if pairs.rows.is_empty():
        return "No category has scores of the baseline and of a candidate in this metric."
    least = view.min_delta * pairs.metric.factor(view)
    return f"No difference is as large as {least:g}."


def hidden_notes(count: int) -> list[Note]:
    """How many rows are not shown since their differences are small."""
    message = "{rows} below the minimum |Δ| not shown."
    return [Note(message, rows=Count(count, "row"))] if count else []


def nothing(view: View, why: str) -> Report:
    """A report that says why there is nothing to compare."""
    return Report("delta", view.dataset or "Delta", pl.DataFrame(), (), empty=why)


def _coverage_notes(selection: Selection, pairs: Pairs) -> list[Note]:
    """Lines where a comparison does not cover the whole dataset, and what no run was scored in."""
    common = dict(pairs.rows.group_by("run").len().iter_rows())
    partial = [
        f"{pairs.tables.labels[run]} {common.get(run, 0)}"
        for run in pairs.candidates
        if common.get(run, 0) < pairs.categories
    ]
    told = Note(
        "Compared on fewer than all {count} categories: {runs}.",
        count=pairs.categories,
        runs=listed(partial, 4),
    )
    if pairs.categories == 1:
        without = pairs.tables.names({*pairs.candidates} - common.keys())
        told = Note("Compared on 0 of 1 category: {runs}.", runs=listed(without, 4))
    compared = pairs.values.filter(
        pl.col("run").is_in([pairs.baseline, *pairs.candidates]), pl.col("repeat").is_null()
    )
    flawed = with_other_metrics(selection, compared)
    unscored = unscored_notes(pairs.tables, flawed, pairs.metric.factor(selection.view))
    return [*([told] if partial else []), *unscored]


def _absent_notes(selection: Selection, pairs: Pairs) -> list[Note]:
    """Candidates that have nothing of the dataset, or have it in other metrics only."""
    present = set(pairs.values["run"])
    absent = [run for run in pairs.candidates if run not in present]
    return absent_notes(selection.tables, absent, selection.view)
