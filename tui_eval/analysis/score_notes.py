"""What is said below scores: who lacks what, what nothing could score, what else differs."""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl

from tui_eval.analysis.comparability import (
    comparison_notes,
    of_unknown_questions,
    scale_notes,
)
from tui_eval.analysis.completeness import missing_categories, required, with_other_metrics
from tui_eval.analysis.notes import Count, Names, Note, listed
from tui_eval.analysis.selection import Metric, Selection, datasets
from tui_eval.analysis.view import View
from tui_eval.tables import Tables


def score_notes(
    selection: Selection, wide: pl.DataFrame, single: pl.DataFrame, metric: Metric
) -> list[Note]:
    """What is said below the scores of a dataset.

    Args:
        selection: Runs and dataset.
        wide: ``category`` and a column a run, raw scale.
        single: Rows as `Selection.rows` has them, over all repeats.
        metric: What is shown.
    """
    tables, view = selection.tables, selection.view
    has_gaps = any(wide[run].null_count() for run in wide.columns[1:])
    told = with_other_metrics(selection, single)
    absent = [run for run in tables.labels if run not in wide.columns]
    return [
        *(_missing_notes(tables, told) if has_gaps else []),
        *absent_notes(tables, absent, view),
        *unscored_notes(tables, told, metric.factor(view)),
        *_method_note(tables, single),
        *comparison_notes(tables, wide.columns[1:], view.dataset or "", metric.name),
    ]


def _missing_notes(tables: Tables, told: pl.DataFrame) -> list[Note]:
    """Runs that lack categories which others have."""
    own = told.filter(pl.col("category").is_not_null())
    whole = required(own)["category"].n_unique()
    return [
        Note(
            "{run} has {have} of {whole} categories; missing: {categories}.",
            run=tables.labels[run],
            have=whole - len(categories),
            whole=whole,
            categories=listed(categories),
        )
        for run, categories in missing_categories(tables, _of_known_questions(tables, own))
    ]


def absent_notes(tables: Tables, absent: Sequence[str], view: View) -> list[Note]:
    """Runs that have nothing of the dataset, and runs that have it in other metrics.

    ``absent``: their keys, by label.
    """
    own = tables.scores.filter(pl.col("dataset") == view.dataset, pl.col("run").is_in(list(absent)))
    title = pl.concat_str("metric", "filter", separator=", ", ignore_nulls=True)
    by_run = own.group_by("run").agg(title.unique(maintain_order=True).alias("metrics"))
    others = {run: tuple(metrics) for run, metrics in by_run.iter_rows()}
    without = [run for run in absent if run not in others]
    told = Note(
        "{count} without scores of this dataset: {runs}.",
        count=Count(len(without), "run"),
        runs=listed(tables.names(without), 2),
    )
    notes = [told] if without else []
    for metrics in dict.fromkeys(others[run] for run in absent if run in others):
        runs = [run for run in absent if others.get(run) == metrics]
        message = "{runs} have it in other metrics: {metrics}."
        if len(runs) == 1:
            message = "{runs} has it in other metrics: {metrics}."
        labels = listed(tables.names(runs), 2)
        notes.append(Note(message, runs=labels, metrics=listed(metrics, 4)))
    return notes


def unscored_notes(tables: Tables, single: pl.DataFrame, factor: float) -> list[Note]:
    """Sentences on categories with questions that nothing could score.

    Args:
        tables: The runs.
        single: Rows as `Selection.rows` has them, over all repeats.
        factor: What raw values are multiplied with to be shown.
    """
    own = single.filter(pl.col("category").is_not_null())
    flawed = own.filter(pl.col("status").is_not_null()).sort("category", "run")
    everyone = set(own["run"])
    alike: dict[tuple[str, bool, tuple[str, ...]], list[pl.DataFrame]] = {}
    for (_, status, whole), rows in flawed.group_by(
        "category", "status", pl.col("value").is_null(), maintain_order=True
    ):
        runs = tuple(tables.by_label(rows["run"]))
        alike.setdefault((str(status), bool(whole), runs), []).append(rows)
    notes = []
    for (status, whole, runs), parts in alike.items():
        rows = pl.concat(parts)
        of: object = listed(rows["category"].unique(maintain_order=True).to_list(), 4)
        if set(runs) != everyone:
            of = Note(_OF_RUNS, value=of, runs=listed(tables.names(runs), 2))
        notes.append((_whole_note if whole else _part_note)(rows, of, factor, status))
    return notes


_OF_RUNS = "{value} ({runs})"


def _part_note(rows: pl.DataFrame, of: object, _: float, status: str) -> Note:
    failed = (
        "{categories}: the metric failed on {count} of {all} questions; "
        "they count as 0 in the reported score."
    )
    without = (
        "{categories}: {count} of {all} questions have no reference; "
        "they count as 0 in the reported score."
    )
    message = failed if status == "error" else without
    return Note(message, categories=of, count=rows["unscored"].sum(), all=rows["n"].sum())


def _whole_note(rows: pl.DataFrame, of: object, factor: float, status: str) -> Note:
    failed = "{categories}: no score, since the metric failed on every question{reported}."
    without = "{categories}: no score, since no question has a reference{reported}."
    written = [f"{number * factor:g}" for number in rows["written"].drop_nulls().unique().sort()]
    reported: object = ""
    if written:
        reported = Note(" (reported: {values})", values=Names(tuple(written), len(written)))
    return Note(failed if status == "error" else without, categories=of, reported=reported)


def _of_known_questions(tables: Tables, rows: pl.DataFrame) -> pl.DataFrame:
    """Rows of the runs of which it is known what they were asked: others lack nothing."""
    return rows.filter(~pl.col("run").is_in(of_unknown_questions(tables).implode()))


def _method_note(tables: Tables, single: pl.DataFrame) -> list[Note]:
    """Runs whose answers were read in other ways: their scores may differ for that alone."""
    known = single.filter(pl.col("method").is_not_null())
    by_method = known.group_by("method").agg(pl.col("run").unique()).sort("method")
    if by_method.height < 2:
        return []
    ways = [
        Note(_OF_RUNS, value=method, runs=listed(tables.names(runs), 3))
        for method, runs in by_method.iter_rows()
    ]
    return [Note("Evaluation methods differ: {ways}.", ways=Names(tuple(ways), len(ways), "; "))]


def direction_note(chosen: pl.DataFrame) -> list[Note]:
    """Where lower is better, of datasets (``dataset, higher_is_better``) in several metrics."""
    lower = chosen.filter(~pl.col("higher_is_better"))["dataset"].to_list()
    return [Note("Lower is better on {datasets}.", datasets=listed(lower))] if lower else []


def overview_notes(tables: Tables, rows: pl.DataFrame) -> list[Note]:
    """What is said below the overview of all datasets, of which ``rows`` are shown."""
    notes = [
        Note("{dataset}: {note}", dataset=dataset, note=note)
        for dataset in datasets(tables.scores)
        for note in scale_notes(tables, dataset, None)
    ]
    for (dataset,), part in sorted(rows.partition_by("dataset", as_dict=True).items()):
        lacking = [
            Note(_OF_RUNS, value=tables.labels[run], runs=len(categories))
            for run, categories in missing_categories(tables, _of_known_questions(tables, part))
        ]
        if lacking:
            message = "{dataset}: categories are missing from {runs}."
            notes.append(Note(message, dataset=dataset, runs=listed(lacking, 3)))
        if has_no_score := _without_score(tables, part):
            message = "{dataset}: no score in {categories}."
            notes.append(Note(message, dataset=dataset, categories=listed(has_no_score)))
    return notes


def _without_score(tables: Tables, rows: pl.DataFrame) -> list[object]:
    """Categories that could not be scored, where the dataset has scores; in which runs."""
    value = pl.col("value")
    if rows["value"].null_count() == rows.height:
        return []
    is_nowhere = value.is_null().all().over("category").alias("is_nowhere")
    flawed = rows.with_columns(is_nowhere).filter(value.is_null(), pl.col("status").is_not_null())
    by_category = flawed.group_by("category", "is_nowhere").agg(pl.col("run").unique())
    return [
        category
        if is_nowhere
        else Note(_OF_RUNS, value=category, runs=listed(tables.names(runs), 2))
        for category, is_nowhere, runs in by_category.sort("category").iter_rows()
    ]


def left_out_notes(tables: Tables, chosen: pl.DataFrame, shown: pl.Series) -> list[Note]:
    """Datasets that are not in the overview; what is on no known scale is told by its own note."""
    absent = chosen.filter(~pl.col("dataset").is_in(shown.implode()))["dataset"]
    message = "{dataset}: left out, since nothing in it was scored."
    return [
        Note(message, dataset=dataset)
        for dataset in absent
        if not scale_notes(tables, dataset, None)
    ]
