"""Whether the scores of runs can be compared, and what a person must know before doing so."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import polars as pl

from tui_eval.analysis.guard import setting_words
from tui_eval.analysis.notes import Names, Note, listed
from tui_eval.records import QUESTIONS, REFERENCES, STDERR
from tui_eval.tables import Tables

FLAW = "± {flaw} ({runs})."
"""The message of what is wrong with standard errors."""

_TOLD = (QUESTIONS, REFERENCES)
"""Conditions of which the notes tell; how a run was made is told in full beside it."""


def comparison_notes(
    tables: Tables, runs: Sequence[str], dataset: str, metric: str | None
) -> list[Note]:
    """What may make the scores of runs differ that is not the model's doing.

    ``metric``: None stands for whatever metric each dataset is shown in.
    """
    found = _settings(tables, [dataset], metric).filter(pl.col("name").is_in(_TOLD))
    found = found.filter(pl.col("run").is_in(list(runs)))
    notes = [*recomputed_notes(tables, runs), *scale_notes(tables, dataset, metric)]
    if len(runs) < 2:
        return notes
    for (name,), rows in found.group_by("name", maintain_order=True):
        by_value = rows.group_by("value", maintain_order=True).agg(pl.col("run").unique())
        ways = {value: tables.names(some) for value, some in by_value.iter_rows()}
        unknown = ways.pop(None, [])
        if unknown:
            message = "Not recorded, and perhaps not the same: {setting} of {runs}."
            notes.append(Note(message, setting=setting_words(name), runs=listed(unknown, 3)))
        if len(ways) > 1:
            told = [_of(value, some) for value, some in ways.items()]
            message = "A difference may come from this alone: {setting}: {ways}."
            every = Names(tuple(told), len(told), "; ")
            notes.append(Note(message, setting=setting_words(name), ways=every))
    return notes


def recomputed_notes(tables: Tables, runs: Sequence[str]) -> list[Note]:
    """Which of the runs were made of the stored answers of others."""
    again = tables.runs.filter(pl.col("run").is_in(list(runs)), pl.col("parent").is_not_null())
    if again.is_empty():
        return []
    message = "Scored again from stored answers, not by the harness: {runs}."
    return [Note(message, runs=listed(tables.names(again["run"]), 3))]


def stderr_notes(
    tables: Tables, runs: Iterable[str], datasets: Iterable[str], metric: str | None
) -> list[Note]:
    """Which standard errors of runs are known to be wrong, and how.

    ``metric``: None stands for all.
    """
    found = _settings(tables, datasets, metric).filter(pl.col("run").is_in(list(runs)), name=STDERR)
    ways = found.group_by("value", maintain_order=True).agg(pl.col("run").unique())
    return [
        Note(FLAW, flaw=value, runs=listed(tables.names(some), 3))
        for value, some in ways.iter_rows()
    ]


def _of(value: str, runs: Sequence[str]) -> Note:
    return Note("{value} ({runs})", value=value, runs=listed(runs, 3))


def scale_notes(tables: Tables, dataset: str, metric: str | None) -> list[Note]:
    """Runs whose numbers of a metric may be on 0-1 or on 0-100, and stand beside no others."""
    rows = tables.scores.filter(pl.col("unit").is_null(), dataset=dataset)
    if metric is not None:
        rows = rows.filter(metric=metric)
    runs = tables.names(rows["run"].unique())
    message = "Left out, since it is not known whether they are on 0–1 or 0–100: {runs}."
    return [Note(message, runs=listed(runs, 3))] if runs else []


def of_unknown_questions(tables: Tables) -> pl.Series:
    """Runs that no category can be missing from: no file says what they were asked."""
    return tables.settings.filter(pl.col("value").is_null(), name=QUESTIONS)["run"].unique()


def _settings(tables: Tables, datasets: Iterable[str], metric: str | None) -> pl.DataFrame:
    """Settings that the runs tell of some datasets, and of a metric or (None) of all."""
    is_of = pl.col("dataset").is_null() | pl.col("dataset").is_in(list(datasets))
    if metric is not None:
        is_of &= pl.col("metric").is_null() | (pl.col("metric") == metric)
    return tables.settings.filter(is_of)
