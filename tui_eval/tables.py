"""The tables: what every format turns its files into, and all that the analysis knows.

``runs`` has one row a run, ``scores`` one row a number that a harness reports. Scores are kept as
the harness wrote them; ``unit`` says on which scale. What is missing is null, never 0.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, NamedTuple

import polars as pl

Unit = Literal["fraction", "percent", "count", "number"]
Origin = Literal["reported", "recomputed"]
State = Literal["complete", "partial", "no report"]

RUNS = pl.Schema(
    {
        "run": pl.String(),  # unique label that people read: model @ timestamp
        "model": pl.String(),  # as the harness names it
        "timestamp": pl.String(),  # as written, local time of the machine that ran it
        "harness": pl.String(),  # short name of the harness, as in the names of exported files
        "version": pl.String(),  # versions of the harness that write files like this one
        "variant": pl.String(),  # variant of the model, where only its folder tells
        "path": pl.String(),  # file that holds its scores, or would
        "document": pl.Int32(),  # number of the document in that file, from 1
        "key": pl.String(),  # what stays the same while labels change
        "state": pl.String(),  # complete, partial, no report
        "files": pl.List(pl.String()),  # all files that it was read from
        "sample_files": pl.Int32(),  # how many of them hold answers to single questions
        "duration": pl.Float64(),  # seconds
        "config": pl.String(),  # JSON, secrets removed
        "notes": pl.List(pl.String()),  # what was left out, and why
    }
)

SCORES = pl.Schema(
    {
        "run": pl.String(),
        "dataset": pl.String(),
        "category": pl.String(),  # subset, subtask or file; null: the aggregate of dataset or group
        "group": pl.String(),  # part of the dataset to which the category belongs; null: no part
        "file": pl.String(),  # data file that the harness read, as it wrote it
        "metric": pl.String(),  # as the harness names it
        "filter": pl.String(),  # null where the harness has none
        "repeat": pl.Int32(),  # number of one of several runs, from 0; null: over all of them
        "value": pl.Float64(),  # on the harness's own scale, see unit
        "stderr": pl.Float64(),
        "n": pl.Int64(),  # questions
        "repeats": pl.Int32(),  # how often every question was asked
        "higher_is_better": pl.Boolean(),  # null: neither
        "unit": pl.String(),  # fraction (0-1), percent (0-100), count, number (no scale)
        "method": pl.String(),  # how answers were read, where the harness says
        "origin": pl.String(),  # reported by the harness, or recomputed here
    }
)


class Score(NamedTuple):
    """A row of ``scores`` before its run has a label."""

    dataset: str
    category: str | None
    metric: str
    value: float | None
    file: str | None = None
    filter: str | None = None
    repeat: int | None = None
    stderr: float | None = None
    n: int | None = None
    repeats: int | None = None
    higher_is_better: bool | None = None
    unit: Unit = "fraction"
    method: str | None = None
    origin: Origin = "reported"
    group: str | None = None


class SampleFile(NamedTuple):
    """A file of answers to single questions: found, and known to belong to a run; not read yet."""

    path: Path
    dataset: str | None = None
    category: str | None = None
    what: str = "samples"


@dataclass(frozen=True)
class Run:
    """One run as a format read it: its row of ``runs``, and its rows of ``scores``.

    Where a harness spreads a run over several files, each of them gives a part: a `Run` with the
    ``identity`` that all of them share, and what this one file holds.

    Attributes:
        path: The file that holds the scores, or would: the same in all parts of a run.
        document: Number of the document in it, from 1.
        identity: What the parts of a run share; empty: the file alone is the run.
        state: Complete; partial (a run over fewer questions than there are, or one that broke
            off); no report (the harness wrote no scores, only answers).
        samples: Files of answers.
        files: All files that it was read from.
        copies: Those among them that hold the same run once more.
    """

    model: str | None
    timestamp: str | None
    harness: str
    path: Path
    document: int = 1
    version: str | None = None
    variant: str | None = None
    duration: float | None = None
    config: str = "{}"
    identity: tuple[str, ...] = ()
    state: State = "complete"
    samples: tuple[SampleFile, ...] = ()
    files: tuple[Path, ...] = ()
    copies: tuple[Path, ...] = ()
    notes: tuple[str, ...] = ()
    scores: tuple[Score, ...] = field(default=(), repr=False)

    @property
    def key(self) -> str:
        """What stays the same while labels change, once it is known where its scores are."""
        place = os.fsencode(self.path).decode("utf-8", "backslashreplace")
        return f"{self.shared_key}\n{place}"

    @property
    def shared_key(self) -> str:
        """What all its parts have in common, and runs that may turn out to be others."""
        return "\n".join((self.harness, *(self.identity or (str(self.path), str(self.document)))))


@dataclass(frozen=True, eq=False)
class Tables:
    """Everything that is loaded, or the part of it that a person opened; known by its identity."""

    runs: pl.DataFrame
    scores: pl.DataFrame

    def only(self, labels: list[str]) -> Tables:
        """These runs alone, in the order in which they stand here."""
        keep = pl.col("run").is_in(labels)
        return Tables(self.runs.filter(keep), self.scores.filter(keep))


def score_frame(runs: Sequence[tuple[int, Run]]) -> pl.DataFrame:
    """The rows of numbered runs: all columns of ``scores``, the run's ``number`` for its label."""
    scores = [score for _, run in runs for score in run.scores]
    numbers = [number for number, run in runs for _ in run.scores]
    columns = [pl.Series("number", numbers, pl.Int32)]
    for name, kind in SCORES.items():
        if name != "run":
            place = Score._fields.index(name)  # a column at a time: zip(*scores) holds all at once
            columns.append(pl.Series(name, [score[place] for score in scores], kind, strict=False))
    return pl.DataFrame(columns)
