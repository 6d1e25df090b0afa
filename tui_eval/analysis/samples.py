"""The questions of a dataset that meet a condition, in an order, and what is to be said of them."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass

import numpy as np
import polars as pl

from tui_eval.analysis.completeness import questions_told, shortfalls
from tui_eval.analysis.notes import Count, Names, Note, listed
from tui_eval.analysis.questions import (
    KEYS,
    RIGHT,
    RUNS_FOR_SUSPECTS,
    STATUS,
    is_of_metric,
    natural_order,
    own_samples,
    questions,
)
from tui_eval.analysis.report import Column, Report
from tui_eval.analysis.selection import Metric, Selection
from tui_eval.analysis.view import View
from tui_eval.analysis.where import PRESETS, Expression, WhereError, letters, parse
from tui_eval.records import NOT_SCORED

_FLIP = pl.Enum(["", "broken", "fixed"])

_LAST = 2**63 - 1

LETTERS = "{runs}"
"""The message of the note that tells which run has which letter."""


@dataclass(frozen=True, eq=False)
class QuestionTable:
    """All about the questions of a dataset, or of a category of it, but condition and order.

    Attributes:
        questions: What `questions` returns.
        metric: What counts as the score; None: there are no scores.
        runs: Their keys in the order of their letters.
        columns: Those of ``questions`` that tell something, `KEYS` among them.
        order: What orders the questions by number.
        places: Where the texts of the answers are: one row a question, run and attempt, with
            `KEYS`, ``run, attempt, score`` (raw scale), ``status, verdict, length, tokens, file,
            place, item``, by attempt. No status: the answer is scored in other metrics alone.
        notes: What runs have in common, and what is wrong with questions.
    """

    questions: pl.DataFrame
    metric: Metric | None
    runs: tuple[str, ...]
    columns: tuple[str, ...]
    order: pl.Series
    places: pl.DataFrame
    notes: tuple[Note, ...]


def question_table(
    selection: Selection,
    samples: pl.DataFrame,
    runs: Sequence[str],
    *,
    is_whole: bool = True,
) -> QuestionTable:
    """What is made once of the answers, whatever condition and order are chosen.

    Args:
        selection: Runs, dataset, category and metric.
        samples: Their answers, schema `SAMPLES`.
        runs: Their keys in the order of their letters, at least one: ``a`` is the baseline.
        is_whole: Whether all answers were read, so that what is missing can be told.
    """
    view = selection.view
    own, metric, unscored = own_samples(selection, samples, runs)
    wide = questions(own, runs, view, metric)
    names = letters(len(runs))
    told = questions_told(selection.tables.scores, view, metric) if is_whole else {}
    by_letter = {name: told[run] for name, run in zip(names, runs, strict=True) if run in told}
    short = list(shortfalls(wide, dict(zip(names, names, strict=True)), by_letter))
    return QuestionTable(
        questions=wide,
        metric=metric,
        runs=tuple(runs),
        columns=tuple(_column_names(wide, names, metric)),
        order=natural_order(wide["id"]).rank("dense").cast(pl.Int64),
        places=_places(own, metric),
        notes=(
            *unscored,
            *short,
            *_notes(wide, names, is_short=bool(short), is_whole=is_whole),
        ),
    )


def samples_report(selection: Selection, known: QuestionTable) -> Report:
    """The questions of a dataset, or of a category of it, that meet the condition of the view.

    Args:
        selection: What ``known`` was made for, with scale, condition and order.
        known: What `question_table` made of the answers.

    Returns:
        ``id``, ``category`` where there are several, for every run's letter ``a.score`` (on the
        scale of the view); ``right`` (3/5: runs that are right, and that have a score) with three
        runs or more, ``flip`` with two; for every run ``a.verdict`` of battles, in which nothing is
        right or wrong, ``a.status`` where some is not ok,
        ``a.length`` and ``a.tokens`` where they are known; at the end what is left of `KEYS`, by
        which the texts are found.
        Notes count the questions before the condition.

    Raises:
        WhereError: The condition cannot be understood.
    """
    view = selection.view
    condition = parse(PRESETS.get(view.where, view.where)) if view.where.strip() else None
    wide, metric, runs = known.questions, known.metric, known.runs
    names = letters(len(runs))
    is_rated = not _has_battles(wide, names) and _is_rated(wide, names)
    columns = tuple(_column(name, metric, view, is_rated) for name in known.columns)
    frame = _chosen(known, condition, view)
    count = str(Count(wide.height, "question"))
    counted = count if condition is None else f"{frame.height} of {count}"
    labels = selection.tables.labels
    lettered = [
        Note("{letter}: {run}", letter=name, run=labels[run])
        for name, run in zip(names, runs, strict=True)
    ]
    notes = [Note(LETTERS, runs=Names(tuple(lettered), len(lettered), " · "))]
    if "suspect" in view.where and len(runs) < RUNS_FOR_SUSPECTS:
        message = "Suspect references are found with {count} runs or more."
        notes.append(Note(message, count=RUNS_FOR_SUSPECTS))
    notes += [*known.notes, *metric_notes(selection, wide, runs, metric)]
    return Report(
        name="_".join(["samples", *filter(None, (view.dataset, view.category))]),
        title=" · ".join([*subject(view, metric), counted]),
        frame=frame.with_columns(
            pl.col("^(.*\\.score|spread)$") * (1.0 if metric is None else metric.factor(view))
        ),
        columns=columns,
        notes=tuple(notes),
        empty="No question meets the condition." if wide.height else "No answers to show.",
    )


def subject(view: View, metric: Metric | None) -> list[str]:
    """What the questions are of, in parts: dataset, category, metric."""
    parts = (view.dataset, view.category, metric and metric.short)
    return [part for part in parts if part]


def preset_counts(known: QuestionTable) -> dict[str, int]:
    """How many questions meet each of `PRESETS`; not those that ask for a run that there is not."""
    names = letters(len(known.runs))
    conditions = {}
    for name, text in PRESETS.items():
        with suppress(WhereError):
            conditions[name] = parse(text).to_polars(names).fill_null(value=False).sum()
    return known.questions.select(**conditions).row(0, named=True)


def scaled(rows: pl.DataFrame, metric: Metric | None, view: View) -> pl.DataFrame:
    """Rows with a raw ``score`` on the scale of the view."""
    return rows.with_columns(pl.col("score") * (1.0 if metric is None else metric.factor(view)))


def _places(own: pl.DataFrame, metric: Metric | None) -> pl.DataFrame:
    rows = own.filter(is_of_metric(metric)).select(
        *(*KEYS, "run", "attempt", "score", "status", "verdict"),
        *("length", "tokens", "file", "place", "item"),
    )
    return rows.sort("attempt", maintain_order=True)


def scale_and_direction(metric: Metric | None, view: View) -> tuple[int, bool | None]:
    """Scale and direction of a column of scores."""
    return (0, None) if metric is None else (metric.scale(view), metric.higher_is_better)


def _column_names(wide: pl.DataFrame, names: Sequence[str], metric: Metric | None) -> list[str]:
    """The columns of `questions` that tell something: scores side by side, then the rest."""
    several = wide["category"].n_unique() > 1
    columns = ["id", *(["category"] if several else [])]
    columns += [f"{name}.score" for name in names if metric is not None]
    if len(names) > 1 and metric is not None and not _has_battles(wide, names):
        if _is_rated(wide, names):
            columns.append("right" if len(names) > 2 else "flip")
        else:
            columns += [name for name in ("best", "spread") if wide[name].count()]
    for name in names:
        if wide[f"{name}.verdict"].count():
            columns.append(f"{name}.verdict")
        if (wide[f"{name}.status"] != "ok").any():
            columns.append(f"{name}.status")
        counts = [f"{name}.{what}" for what in ("length", "tokens")]
        columns += [count for count in counts if wide[count].count()]
    return [*columns, *([] if several else ["category"]), "sample"]


def _is_rated(wide: pl.DataFrame, names: Sequence[str]) -> bool:
    """Whether answers are right or wrong; of questions without any score nothing denies it."""
    scored = [name for name in names if wide[f"{name}.score"].count()]
    return not scored or any(wide[f"{name}.correct"].count() for name in scored)


def _has_battles(wide: pl.DataFrame, names: Sequence[str]) -> bool:
    return any(wide[f"{name}.verdict"].count() for name in names)


def _column(name: str, metric: Metric | None, view: View, is_rated: bool) -> Column:
    what = name.rpartition(".")[2]
    if what in ("score", "spread"):
        direction = scale_and_direction(metric, view)
        return Column(name, "score", *direction, is_rated=is_rated and what == "score")
    return Column(name, "count" if what in ("length", "tokens") else "text")


def _chosen(known: QuestionTable, condition: Expression | None, view: View) -> pl.DataFrame:
    """The questions that meet a condition, in the order of the view.

    What is equal stays by category and number.
    """
    wide, order = known.questions, _order(known, view.sample_sort)
    rows = wide.select(list(dict.fromkeys((*known.columns, "runs"))))
    if condition is not None:
        is_met = wide.select(condition.to_polars(letters(len(known.runs)))).to_series()
        rows = rows.filter(is_met)
        order = order if order is None else order.filter(is_met)
    if order is not None:  # NumPy sorts whole numbers twice as fast as Polars
        numbers = -order if view.sample_descending else order
        rows = rows[np.argsort(numbers.fill_null(_LAST).to_numpy(), kind="stable")]
    if "right" in rows.columns:
        rows = rows.with_columns(pl.format("{}/{}", "right", "runs").alias("right"))
    return rows.select(list(known.columns))


def _order(known: QuestionTable, name: str | None) -> pl.Series | None:
    """Whole numbers that order questions by a column; None: they stay as they are."""
    if name == "id":
        return known.order
    if name is None or name not in known.questions.columns:
        return None
    column = known.questions[name]
    if name.endswith(".status"):
        column = column.cast(STATUS).to_physical()
    elif name == "flip":
        column = column.cast(_FLIP).to_physical()
    elif column.dtype.is_float():
        column = column.round(9)  # equal scores may differ in their last bits
        column = (column * 1e9).round() if not (column.abs() > 1e9).any() else column.rank("dense")
    elif column.dtype == pl.String:
        column = column.rank("dense")
    return column.cast(pl.Int64)


def _notes(
    wide: pl.DataFrame, names: Sequence[str], *, is_short: bool, is_whole: bool
) -> list[Note]:
    notes: list[Note] = []
    if len(names) > 1 and wide.height:
        notes = _pairing_notes(wide, names, is_short=is_short, is_whole=is_whole)
    if copies := wide.filter(pl.col("duplicate") > 0).height:
        questions = Count(copies, "question")
        notes.append(Note("{questions} of the same content as another one.", questions=questions))
    if suspects := wide.filter("suspect").height:
        message = "{references}: better runs are wrong on them, and worse runs right."
        notes.append(Note(message, references=Count(suspects, "suspect reference")))
    return notes


def metric_notes(
    selection: Selection, wide: pl.DataFrame, runs: Sequence[str], metric: Metric | None
) -> list[Note]:
    """Which scores these are, and what makes an answer right."""
    chosen, view = selection.metric, selection.view
    scores = [wide[f"{name}.score"] for name in letters(len(runs))]
    if wide.is_empty():
        return []
    if metric is None or not any(score.count() for score in scores):
        told = metric or chosen
        if told is None or told.name == NOT_SCORED:
            return [Note("No question has a score of its own.")]
        return [Note("No question has a score of its own in {metric}.", metric=told.title)]
    notes: list[Note] = []
    if chosen is not None and chosen[:2] != metric[:2]:
        message = "No answer has {chosen}: these are scores in {metric}."
        notes.append(Note(message, chosen=chosen.title, metric=metric.title))
    if _has_battles(wide, letters(len(runs))):
        message = (
            "Battles of two models: above {even} is a win of the first one, {even} a tie, "
            "below a loss; no answer is right or wrong."
        )
        notes.append(Note(message, even=f"{RIGHT * metric.factor(view):g}"))
    elif not _is_rated(wide, letters(len(runs))):
        notes.append(Note(_why_not_rated(metric), metric=metric.title))
    elif not all(score.drop_nulls().is_in([0.0, 1.0]).all() for score in scores):
        message = "Right is a score of {least} or more; of several attempts, their mean."
        notes.append(Note(message, least=f"{RIGHT * metric.factor(view):g}"))
    return notes


def _why_not_rated(metric: Metric) -> str:
    """Why nothing is right or wrong: the message of a note."""
    if metric.higher_is_better is False:
        return "{metric} has no right and wrong: lower is better."
    if not metric.is_scaled:
        return "{metric} has no right and wrong: its upper end is not known."
    return (
        "{metric} has no right and wrong: best is the run with the highest score, spread the "
        "highest score minus the lowest."
    )


def _pairing_notes(
    wide: pl.DataFrame, names: Sequence[str], *, is_short: bool, is_whole: bool
) -> list[Note]:
    """What flipped, what the runs have in common, and what none of them got right."""
    notes: list[Note] = []
    flips = dict(wide["flip"].drop_nulls().value_counts().iter_rows())
    if len(names) == 2 and flips:
        note = Note(
            "b against a: {fixed} fixed, {broken} broken, {same} same.",
            fixed=flips.get("fixed", 0),
            broken=flips.get("broken", 0),
            same=flips.get("", 0),
        )
        notes.append(note)
    if is_whole:
        notes.append(_in_all_runs(wide, names, is_short=is_short))
    if len(names) == 2:
        notes += other_texts(wide, *names)
    notes += differing_prompts(wide)
    if missed := wide.filter(right=0).height:
        notes.append(Note("No run is right on {count}.", count=missed))
    return notes


def _in_all_runs(wide: pl.DataFrame, names: Sequence[str], *, is_short: bool) -> Note:
    """How many of the questions all runs have, and how many each lacks."""
    lacking = [(name, wide[f"{name}.attempts"].null_count()) for name in names]
    fewer = [Note("{run} lacks {count}", run=name, count=count) for name, count in lacking if count]
    if not fewer and is_short:
        return Note("All runs have these {count} questions.", count=wide.height)
    if not fewer:
        return Note("All runs have all of these questions.")
    paired = wide.drop_nulls([f"{name}.attempts" for name in names]).height
    message = "{paired} of {count} questions are in all runs: {runs}."
    return Note(message, paired=paired, count=wide.height, runs=listed(fewer))


def differing_prompts(wide: pl.DataFrame) -> list[Note]:
    """A sentence on questions for which the runs were sent other prompts."""
    count = wide.filter("differs").height
    note = Note("Prompts differ in {count} of {all}.", count=count, all=wide["differs"].count())
    return [note] if count else []


def other_texts(wide: pl.DataFrame, first: str, second: str) -> list[Note]:
    """A sentence on questions that only share their number: another prompt, or another question."""
    one, other = (pl.col(f"{name}.attempts") for name in (first, second))
    alone = wide.filter(one.is_not_null() & other.is_null()).select("category", "id")
    others = wide.filter(one.is_null() & other.is_not_null()).select("category", "id")
    count = alone.join(others, on=["category", "id"], how="semi", nulls_equal=True).height
    note = Note(
        "{questions} of {first} share their number with one of {second} but not their text: "
        "not paired.",
        questions=Count(count, "question"),
        first=first,
        second=second,
    )
    return [note] if count else []
