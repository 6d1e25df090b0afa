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
State = Literal["complete", "limited", "partial", "no report"]
NOT_SCORED = "not scored"
"""The metric of answers that nobody scored: its values are missing."""

Status = Literal["ok", "unparsed", "error", "truncated", "empty", "no reference", "not scored"]
Verdict = Literal["win", "tie", "loss"]

SETTING = pl.Struct(
    {
        "dataset": pl.String(),  # null: of all
        "metric": pl.String(),  # null: of all
        "name": pl.String(),
        "value": pl.String(),  # null: not recorded, so that two runs may differ in it
    }
)

RUNS = pl.Schema(
    {
        "run": pl.String(),  # unique label that people read: model @ timestamp
        "model": pl.String(),  # as the harness names it
        "timestamp": pl.String(),  # as written, local time of the machine that ran it
        "harness": pl.String(),  # short name of the harness, as in the names of exported files
        "version": pl.String(),  # versions of the harness that write files like this one
        "variant": pl.String(),  # variant of the model, where only its folder tells
        "path": pl.String(),  # file or folder of its scores; where there is none its first file
        "document": pl.Int32(),  # number of the document in that file, from 1
        "key": pl.String(),  # what stays the same while labels change
        "state": pl.String(),  # see `Run.state`
        "files": pl.List(pl.String()),  # all files that it was read from
        "sample_files": pl.Int32(),  # how many of them hold answers to single questions
        "duration": pl.Float64(),  # seconds
        "config": pl.String(),  # JSON, secrets removed
        "notes": pl.List(pl.String()),  # what was left out, and why
        "settings": pl.List(SETTING),  # under which conditions its scores came about
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
        "unit": pl.String(),  # fraction (0-1), percent (0-100), count, number (no scale); null:
        # not known whether fraction or percent
        "method": pl.String(),  # how answers were read, where the harness says
        "origin": pl.String(),  # reported by the harness, or recomputed here
        "unscored": pl.Int64(),  # questions that count as 0 in the value: nothing could score them
        "status": pl.String(),  # why, as `Status` has it; with all of ``n`` the value is no score
        "optional": pl.Boolean(),  # a category that other runs need not have: a pair of an arena
        "total": pl.Int64(),  # questions that there are, of which n were asked; null: unknown
    }
)

INDEX = pl.Schema(
    {
        "id": pl.String(),  # the question's number or name, as the harness writes it
        "question": pl.UInt64(),  # hash of its content: equal where the question is; null: unknown
        "prompt": pl.UInt64(),  # hash of what was sent to the model; null: not in the file
        "category": pl.String(),  # where a file holds several; null: that of the whole file
        "attempt": pl.Int32(),  # from 0
        "metric": pl.String(),  # null: nothing in the row can be a score
        "filter": pl.String(),
        "score": pl.Float64(),  # null: none, or not one of this question alone
        "status": pl.String(),  # see `Status`; what is wrong or right is ``ok``
        "verdict": pl.String(),  # of a battle (see `Verdict`), never right or wrong
        "place": pl.Int64(),  # byte at which the row begins; number of a Parquet row
        "item": pl.Int32(),  # which of several answers in that row, from 0
        "length": pl.Int64(),  # characters of the response, the mean of several that are scored
        # as one; null where there is none to be had
        "tokens": pl.Int64(),  # of the response, as the harness counted them
        "answer_id": pl.UInt64(),  # hash of what joins rows of one answer in several files
    }
)
"""What one pass over a file of answers finds, the texts left where they are: one row a question,
attempt, metric and filter."""

SAMPLES = pl.Schema(
    {
        "run": pl.String(),
        "dataset": pl.String(),
        "category": pl.String(),
        "data_file": pl.String(),  # ``file`` of ``scores``, where the harness has it
        "sample": pl.String(),  # pairs the same question of several runs in a category
        **{name: kind for name, kind in INDEX.items() if name not in ("category", "answer_id")},
        "file": pl.String(),  # where the texts are, with ``place`` and ``item``
    }
)
"""One row a question, attempt, metric and filter of a run."""


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
    unit: Unit | None = "fraction"  # None: the file does not tell, other runs may (`units`)
    method: str | None = None
    origin: Origin = "reported"
    group: str | None = None
    total: int | None = None
    unscored: int | None = None
    status: Status | None = None
    optional: bool | None = None


class Setting(NamedTuple):
    """A condition under which scores of a run came about: an item of ``settings`` of `RUNS`."""

    name: str
    value: str | None
    dataset: str | None = None
    metric: str | None = None


QUESTIONS = "benchmark and version"
"""The setting of a run of which no file says what it was asked: ``value`` is null."""

STDERR = "stderr"
"""The setting that says what is wrong with the standard errors that a harness reports."""


class SampleFile(NamedTuple):
    """A file of answers to single questions: found, and known to belong to a run; not read yet."""

    path: Path
    dataset: str | None = None
    category: str | None = None
    what: str = "samples"


class Message(NamedTuple):
    """A part of a conversation: what was asked, what a judge said."""

    role: str
    text: str


class Choice(NamedTuple):
    """An option of a question that the model did not write, but rated.

    ``value`` is its log-likelihood, as far as the harness keeps it.
    """

    text: str
    value: float | None = None
    is_chosen: bool = False
    is_target: bool = False


@dataclass(frozen=True)
class Answer:
    """The texts of one answer: untrusted, as they stand in the file.

    Attributes:
        prompt: What the model was given.
        target: The reference; None: there is none.
        response: What the model wrote; None: it rated choices.
        reasoning: What it wrote before, where the harness keeps it apart.
        extracted: What the harness took from the response; None: nothing, or it is not kept.
        choices: Options that it rated.
        judge: What a judge was told and said.
        opponent: In an arena the model that it was compared with, and what that wrote.
    """

    prompt: tuple[Message, ...] = ()
    target: str | None = None
    response: str | None = None
    reasoning: str | None = None
    extracted: str | None = None
    choices: tuple[Choice, ...] = ()
    judge: tuple[Message, ...] = ()
    opponent: Message | None = None


@dataclass(frozen=True)
class Run:
    """One run as a format read it: its row of ``runs``, and its rows of ``scores``.

    Where a harness spreads a run over several files, each of them gives a part: a `Run` with the
    ``identity`` that all of them share, and what this one file holds.

    Attributes:
        path: The file that holds the scores, or would: the same in all parts of a run.
        document: Number of the document in it, from 1.
        identity: What the parts of a run share; empty: the file alone is the run.
        state: Complete; limited (the harness was told to ask only some of the questions);
            partial (something is missing, as in a run that broke off); no report (there are
            answers, and no scores of the harness).
        saves_answers: Whether the harness was told to save them; None: nothing says so.
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
    saves_answers: bool | None = None
    samples: tuple[SampleFile, ...] = ()
    files: tuple[Path, ...] = ()
    copies: tuple[Path, ...] = ()
    notes: tuple[str, ...] = ()
    settings: tuple[Setting, ...] = ()
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
