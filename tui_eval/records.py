"""What a format hands over: runs, their scores, files of samples and texts.

A file of results gives a `Run` or a part of one. Neither Polars nor NumPy is imported: they make
tables of it, elsewhere, and cost more to import than a file to read.
"""

from __future__ import annotations

import os
from base64 import urlsafe_b64encode
from dataclasses import dataclass, field
from functools import cached_property
from hashlib import blake2b
from pathlib import Path
from typing import Literal, NamedTuple

Unit = Literal["fraction", "percent", "count", "number"]

Origin = Literal["reported", "recomputed"]

State = Literal["complete", "limited", "partial", "no report"]

NOT_SCORED = "not scored"
"""The metric of answers that nobody scored: its values are missing."""

Status = Literal["ok", "unparsed", "error", "truncated", "empty", "no reference", "not scored"]

Verdict = Literal["win", "tie", "loss"]


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
    """A file of answers to single questions: found, and known to belong to a run; not read yet.

    ``rows``: how many it has, where that was cheap to know.
    """

    path: Path
    dataset: str | None = None
    category: str | None = None
    what: str = "samples"
    rows: int | None = None


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

    @cached_property
    def key(self) -> str:
        """The run in all tables: twelve characters that stay the same while labels change.

        It is made of what its parts share and of where its scores are.
        """
        known = "\n".join((self.shared_key, os.fsdecode(self.path)))
        digest = blake2b(known.encode("utf-8", "surrogatepass"), digest_size=9).digest()
        return urlsafe_b64encode(digest).decode()

    @property
    def shared_key(self) -> str:
        """What all its parts have in common, and runs that may turn out to be others."""
        return "\n".join((self.harness, *(self.identity or (str(self.path), str(self.document)))))


OF_PLACE = ("category", "id", "sample", "run", "attempt", "score", "status")
"""What a record of an answer says of its place, in this order."""

OF_ANSWER = (
    *("prompt", "target", "reasoning", "response", "extracted", "choices", "judge"),
    "opponent",
)
"""Its texts, in this order."""


class Member(NamedTuple):
    """A dataset as one harness names it."""

    harness: str
    dataset: str


class Same(NamedTuple):
    """Datasets of different harnesses that stand side by side, and their common name."""

    name: str
    members: tuple[Member, ...]
