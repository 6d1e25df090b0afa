"""Which runs are incomplete: what is known of it when they are read, and what a check has found.

A check (`loading.check`) goes through all answers, so it is made when somebody asks for it. Before
that only what reading the files has told is known of a run: its state.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any, NamedTuple

import polars as pl

from tui_eval.analysis.files import run_states
from tui_eval.analysis.notes import Count, Note, listed
from tui_eval.analysis.report import Report
from tui_eval.tables import Tables

VERDICTS = ("incomplete", "unknown", "complete")
"""What a check says of a row, the worst first."""

COUNTS = ("missing", "doubled", "unknown", "empty", "unparsed", "errors")
"""What a check counts, beside what is expected and found."""

_STATES = ("partial", "no report")

_FIRST = ("verdict", "run", "dataset", "category", "expected", "found", *COUNTS, "reason")


def incomplete_runs(
    tables: Tables, files: pl.DataFrame, checks: pl.DataFrame | None, dataset: str | None = None
) -> frozenset[str]:
    """The keys of runs of which something is missing.

    Of a run that was checked the check says it; of others their state.

    Args:
        tables: All runs that were read.
        files: Every file that was looked at (schema `collection.FILES`).
        checks: What a check has found so far, schema `CHECKS`; None: none was made.
        dataset: Of which dataset the check is asked; None: of any.
    """
    states = tables.once((incomplete_runs,), lambda: run_states(tables, files))
    by_state = set(states.filter(pl.col("state").is_in(_STATES))["run"])
    if checks is None:
        return frozenset(by_state)
    own = checks if dataset is None else checks.filter(dataset=dataset)
    by_check = set(own.filter(verdict="incomplete")["run"])
    return frozenset(by_check | (by_state - set(own["run"])))


def incomplete_note(tables: Tables, runs: Sequence[str], incomplete: Iterable[str]) -> Note | None:
    """One line that some of the runs that are shown are incomplete, and how to see what is missing.

    None: none of them is.
    """
    some = [run for run in runs if run in set(incomplete)]
    if not some:
        return None
    if len(some) == 1:
        return Note("{run} is incomplete: 8 shows what is missing.", run=tables.labels[some[0]])
    message = "{some} of {runs} are incomplete: 8 shows what is missing."
    return Note(message, some=len(some), runs=Count(len(runs), "run"))


def with_marks(report: Report, incomplete: Iterable[str]) -> Report:
    """A list of runs as it is drawn: a sign before the state of those that lack something.

    A run that says nothing of it, and of which a check does, is called incomplete.

    Args:
        report: As `runs_report` has it.
        incomplete: Keys of the runs.
    """
    state, is_marked = pl.col("state"), pl.col("key").is_in(list(incomplete))
    word = pl.when(state.is_in(["complete", "limited"])).then(pl.lit("incomplete")).otherwise(state)
    marked = pl.when(is_marked).then(pl.lit("! ") + word).otherwise(state)
    return replace(report, frame=report.frame.with_columns(state=marked))


def checks_shown(
    report: Report, dataset: str | None = None, *, hides_complete: bool = False
) -> Report:
    """The rows of a check that are wanted, the worst first, and the columns that tell something.

    Args:
        report: What `check_report` returns.
        dataset: The dataset of which rows are wanted; None: of all.
        hides_complete: Whether rows that are complete are left out.

    Returns:
        ``verdict, run, dataset`` (of several), ``category, expected, found``, those of `COUNTS`
        that are not zero or missing in all rows, ``reason``; then what else ``report`` has, as data
        only.
    """
    frame = report.frame if dataset is None else report.frame.filter(dataset=dataset)
    why = report.empty
    if hides_complete and frame.height:
        frame = frame.filter(pl.col("verdict") != "complete")
        why = "Nothing is incomplete: t shows all rows."
    frame = frame.sort(pl.col("verdict").cast(pl.Enum(VERDICTS)), maintain_order=True)
    by_name = {column.name: column for column in report.columns}
    drawn = [name for name in _FIRST if name in by_name and _tells(frame, name)]
    rest = [replace(one, is_data=True) for name, one in by_name.items() if name not in drawn]
    columns = (*(by_name[name] for name in drawn), *rest)
    return replace(report, frame=frame, columns=columns, notes=(), empty=why)


def _tells(frame: pl.DataFrame, name: str) -> bool:
    """Whether a column says something of any row."""
    values = frame[name]
    if name in COUNTS:
        return bool(values.sum())
    if name == "dataset":
        return values.n_unique() > 1
    is_needed = name in ("verdict", "run", "expected", "found")
    return is_needed or bool((values.fill_null("") != "").any())


def checks_summary(rows: pl.DataFrame) -> Note | None:
    """How many rows are incomplete, and what they lack together, in a sentence; None: no rows.

    Args:
        rows: Schema `CHECKS`.
    """
    if rows.is_empty():
        return None
    bad = rows.filter(verdict="incomplete")
    open_rows = rows.filter(verdict="unknown").height
    count = Note("{n} row" if rows.height == 1 else "{n} rows", n=f"{rows.height:,}")
    unknown = Note("; of {n} nobody can tell", n=f"{open_rows:,}") if open_rows else ""
    if bad.is_empty():
        all_told = Note("None of {rows} is incomplete{unknown}.", rows=count, unknown=unknown)
        every = "The row is complete." if rows.height == 1 else "All {rows} are complete."
        return all_told if open_rows else Note(every, rows=count)
    sums = _counts_once(bad).select(pl.col(COUNTS).sum()).row(0, named=True)
    told = [Note(_TOLD[name], n=f"{number:,}") for name, number in sums.items() if number]
    what = Note(": {counts}", counts=listed(told)) if told else ""
    runs = Count(rows["run"].n_unique(), "run")
    is_one = "is" if bad.height == 1 else "are"
    return Note(
        f"{{bad}} of {{rows}} {is_one} incomplete ({{some}} of {{runs}}){{what}}{{unknown}}.",
        bad=bad.height,
        rows=count,
        some=bad["run"].n_unique(),
        runs=runs,
        what=what,
        unknown=unknown,
    )


def _counts_once(rows: pl.DataFrame) -> pl.DataFrame:
    """The counts of each run and dataset: of the whole where a row tells them, else of parts."""
    is_whole = pl.col("category").is_null()
    columns = [
        pl.coalesce(pl.col(name).filter(is_whole).max(), pl.col(name).filter(~is_whole).sum())
        for name in COUNTS
    ]
    return rows.group_by("run", "dataset").agg(columns)


_TOLD = {
    "missing": "{n} missing",
    "doubled": "{n} doubled",
    "unknown": "{n} to unknown questions",
    "empty": "{n} empty",
    "unparsed": "{n} unparsed",
    "errors": "{n} errors",
}


class Questions(NamedTuple):
    """Questions that a row of a check is about, as Samples shows them.

    Attributes:
        title: What they are, in words.
        runs: Keys of the runs, the one of the row first.
        where: The condition that they meet.
    """

    title: str
    runs: tuple[str, ...]
    where: str


_MOST_BESIDE = 3
"""Runs that are shown beside one that lacks questions: each is read for it."""


def questions_meant(row: Mapping[str, Any], rows: pl.DataFrame) -> list[Questions]:
    """Which questions can be shown of a row of a check: those that are missing first.

    Missing questions are in the answers of other runs, if these have more of them.

    Args:
        row: A row of schema `CHECKS`, by its columns.
        rows: All rows that were found, schema `CHECKS`.
    """
    run, found = str(row["run"]), []
    if row["missing"] or row["verdict"] == "incomplete":
        others = _with_more(row, rows)
        if others:
            count = Count(row["missing"], "question") if row["missing"] else "questions"
            title = f"{count} without an answer, as other runs have them"
            found.append(Questions(title, (run, *others), "a.missing"))
    if row["where"]:
        condition = str(row["where"])
        found.append(Questions(f"answers with {condition}", (run,), condition))
    return found


def _with_more(row: Mapping[str, Any], rows: pl.DataFrame) -> list[str]:
    """Runs that have answers to more questions of the same category, those with the most first."""
    more = rows.filter(
        pl.col("run") != row["run"],
        pl.col("dataset") == row["dataset"],
        pl.col("category").eq_missing(pl.lit(row["category"], pl.String)),
        pl.col("found") > (row["found"] or 0),
    )
    return more.sort("found", descending=True)["run"].head(_MOST_BESIDE).to_list()
