"""What a format hands over: runs, their scores, files of samples and texts.

A file of results gives a `Run` or a part of one. Neither Polars nor NumPy is imported: they make
tables of it, elsewhere, and cost more to import than a file to read.
"""

from __future__ import annotations

import os
from base64 import urlsafe_b64encode
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from hashlib import blake2b
from itertools import groupby
from pathlib import Path
from typing import Any, Final, Literal, NamedTuple

Unit = Literal["fraction", "percent", "count", "number"]

Origin = Literal["reported", "recomputed"]

State = Literal["complete", "limited", "partial", "no report"]

NOT_SCORED = "not scored"
"""The metric of answers that nobody scored: its values are missing."""

UNFINISHED = "unfinished reasoning"
"""The status of a response that is reasoning alone, and breaks off in it."""

TIMED_OUT: Final = "timed out"
"""The status of an answer at which a filter was stopped: it has no score."""

Status = Literal[
    "ok",
    "unparsed",
    "timed out",
    "error",
    "truncated",
    "unfinished reasoning",
    "empty",
    "no reference",
    "not scored",
]

Verdict = Literal["win", "tie", "loss"]


class Task(NamedTuple):
    """What the numbers of a category, a group or the whole of a dataset share.

    Columns of ``scores`` of the same names.
    """

    dataset: str
    category: str | None = None
    group: str | None = None
    file: str | None = None
    n: int | None = None
    repeats: int | None = None
    method: str | None = None
    origin: Origin = "reported"
    total: int | None = None
    unscored: int | None = None
    status: Status | None = None
    optional: bool | None = None


class Metric(NamedTuple):
    """What the numbers of one metric of a dataset share: columns of ``scores``."""

    metric: str
    filter: str | None = None
    unit: Unit | None = "fraction"  # None: the file does not tell, other runs may (`units`)
    higher_is_better: bool | None = None


class Score(NamedTuple):
    """One row of `ScoreColumns`: a number with everything that is known of it."""

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
    unit: Unit | None = "fraction"
    method: str | None = None
    origin: Origin = "reported"
    group: str | None = None
    total: int | None = None
    unscored: int | None = None
    status: Status | None = None
    optional: bool | None = None


class ScoreColumns:
    """The scores of a run, a list a column.

    A file has thousands of numbers of few tasks and metrics: those of one task share a `Task`,
    those of one metric a `Metric`, so that a number costs no object but itself, and
    `tables.score_frame` makes text columns of few different values. Who needs single rows iterates.

    Attributes:
        tasks: Of which task each number is.
        metrics: Of which metric it is.
        values: The numbers themselves; None: missing.
        stderrs: Their standard errors.
        repeats: The number of one of several runs, from 0; None: over all of them.
    """

    __slots__ = ("metrics", "repeats", "stderrs", "tasks", "values")

    def __init__(self, scores: Iterable[Score] = ()) -> None:
        """Columns of these rows, in their order."""
        self.tasks: list[Task] = []
        self.metrics: list[Metric] = []
        self.values: list[float | None] = []
        self.stderrs: list[float | None] = []
        self.repeats: list[int | None] = []
        for score in scores:
            self.add(_task(score), _metric(score), score.value, score.stderr, score.repeat)

    def __len__(self) -> int:
        return len(self.values)

    def __iter__(self) -> Iterator[Score]:
        return map(_row, *self._columns())

    def __getitem__(self, place: int) -> Score:
        return _row(*(column[place] for column in self._columns()))

    def __eq__(self, other: object) -> bool:
        return isinstance(other, ScoreColumns) and self._columns() == other._columns()

    def distinct_tasks(self) -> list[Task]:
        """Each task once, in the order of their first numbers."""
        return list(dict.fromkeys(task for task, _ in groupby(self.tasks)))

    @property
    def has_values(self) -> bool:
        """Whether any of them is a number."""
        return any(value is not None for value in self.values)

    def add(
        self,
        task: Task,
        metric: Metric,
        value: float | None,
        stderr: float | None = None,
        repeat: int | None = None,
    ) -> None:
        """Add one number."""
        self.tasks.append(task)
        self.metrics.append(metric)
        self.values.append(value)
        self.stderrs.append(stderr)
        self.repeats.append(repeat)

    def extend(
        self,
        task: Task,
        metrics: Collection[Metric],
        values: Collection[float | None],
        stderrs: Collection[float | None] | None = None,
        repeats: Collection[int] | None = None,
    ) -> None:
        """Add numbers of one task, equally many of each argument."""
        count = len(values)
        self.tasks.extend([task] * count)
        self.metrics.extend(metrics)
        self.values.extend(values)
        self.stderrs.extend([None] * count if stderrs is None else stderrs)
        self.repeats.extend([None] * count if repeats is None else repeats)

    def append(self, other: ScoreColumns) -> None:
        """Add all numbers of another."""
        for own, more in zip(self._columns(), other._columns(), strict=True):
            own.extend(more)

    def take(self, places: Sequence[int]) -> ScoreColumns:
        """The rows at these places, in this order."""
        taken = ScoreColumns()
        for column, own in zip(taken._columns(), self._columns(), strict=True):
            column.extend([own[place] for place in places])
        return taken

    def _columns(self) -> tuple[list[Any], ...]:
        return self.tasks, self.metrics, self.values, self.stderrs, self.repeats


def _row(
    task: Task, metric: Metric, value: float | None, stderr: float | None, repeat: int | None
) -> Score:
    dataset, category, group, file, n, repeats, method, origin, total, *flaw = task
    name, word, unit, better = metric
    first = (dataset, category, name, value, file, word, repeat, stderr, n, repeats, better, unit)
    return Score._make((*first, method, origin, group, total, *flaw))


def _task(score: Score) -> Task:
    return Task(
        *(score.dataset, score.category, score.group, score.file, score.n, score.repeats),
        *(score.method, score.origin, score.total, score.unscored, score.status, score.optional),
    )


def _metric(score: Score) -> Metric:
    return Metric(score.metric, score.filter, score.unit, score.higher_is_better)


class Setting(NamedTuple):
    """A condition under which scores of a run came about: a row of ``settings``."""

    name: str
    value: str | None
    dataset: str | None = None
    metric: str | None = None
    category: str | None = None


NONE = "none"
"""The value of a setting of which a file says that it was off."""

UNSEEDED = "true, without a seed"
"""The value of a setting that is on, and comes out differently in every run."""

RENDERING = "rendered_by"
"""The part of a prompt that says which code made it of the parts that are recorded."""

QUESTIONS = "question_set.benchmark"
"""The setting of a run of which no file says what it was asked: ``value`` is null."""

REFERENCES = "metric_definition.references"
"""The setting that says how a metric chooses among several references."""

STDERR = "stderr"
"""The setting that says what is wrong with the standard errors that a harness reports."""

UNROUNDED = "unrounded mean"
"""The metric that is the mean over all questions, of a harness that rounds on the way to its
scores."""


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


class Step(NamedTuple):
    """What happened between the prompt and a model's last words.

    ``kind``: the model ``says`` or ``thinks`` something or ``calls`` a tool, which gives a
    ``result`` or an ``error``; or somebody else has ``told`` it more.
    """

    kind: Literal["says", "thinks", "calls", "result", "error", "told"]
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
        prompt: What the model was given, until its first turn.
        target: The reference; None: there is none.
        response: What the model wrote; None: it rated choices.
        reasoning: What it wrote before, where the harness keeps it apart.
        extracted: What the harness took from the response; None: nothing, or it is not kept.
        choices: Options that it rated.
        judge: What a judge said, its verdict first.
        opponent: In an arena the model that it was compared with, and what that wrote.
        steps: What it did between the prompt and the response: earlier turns, calls of tools.
        judge_prompt: What the judge was told.
    """

    prompt: tuple[Message, ...] = ()
    target: str | None = None
    response: str | None = None
    reasoning: str | None = None
    extracted: str | None = None
    choices: tuple[Choice, ...] = ()
    judge: tuple[Message, ...] = ()
    opponent: Message | None = None
    steps: tuple[Step, ...] = ()
    judge_prompt: tuple[Message, ...] = ()


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
        parent: The run whose answers were scored again, as it was shown; None: it is no such run.
        recipe: How: JSON of filter, metric and questions; None with ``parent``.
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
    parent: str | None = None
    recipe: str | None = None
    notes: tuple[str, ...] = ()
    settings: tuple[Setting, ...] = ()
    scores: ScoreColumns = field(default_factory=ScoreColumns, repr=False, hash=False)

    @cached_property
    def key(self) -> str:
        """The run in all tables: twelve characters that stay the same while labels change.

        It is made of what its parts share and of where its scores are.
        """
        known = "\n".join((self.shared_key, os.fsdecode(self.path)))
        digest = blake2b(known.encode("utf-8", "surrogatepass"), digest_size=9).digest()
        return urlsafe_b64encode(digest).decode()

    @cached_property
    def shared_key(self) -> str:
        """What all its parts have in common, and runs that may turn out to be others."""
        return "\n".join((self.harness, *(self.identity or (str(self.path), str(self.document)))))


OF_PLACE = ("category", "id", "sample", "run", "attempt", "score", "status")
"""What a record of an answer says of its place, in this order."""

OF_ANSWER = (
    *("prompt", "target", "steps", "reasoning", "response", "extracted", "choices", "judge"),
    *("judge_prompt", "opponent"),
)
"""Its texts, in this order."""


_NOTHING: Mapping[str, Any] = {}  # not a proxy: filters and metrics are sent to child processes


class FilterStep(NamedTuple):
    """One step of a filter: the name of a function of lm-evaluation-harness, and its options."""

    function: str
    options: Mapping[str, Any] = _NOTHING


class Filter(NamedTuple):
    """What makes of the responses to a question what is scored: steps, one after the other."""

    name: str
    steps: tuple[FilterStep, ...]


class ScoredBy(NamedTuple):
    """A metric with its options, as a configuration of lm-evaluation-harness names it.

    Attributes:
        metric: Its name.
        options: What changes a value.
        adds: Whether the options that a task itself has for it hold, too, where these say nothing.
    """

    metric: str
    options: Mapping[str, Any] = _NOTHING
    adds: bool = False


Scored = Literal["generated", "multiple choice", "log-likelihood", "rolling"]
"""What a model gave back: texts, ratings of options, a rating of one text, of a whole document."""


class Scoring(NamedTuple):
    """How a harness scored a task, as far as it can be done again without the model.

    Attributes:
        kind: What the model gave back.
        filters: Its filters, in order; empty: it has none, or nothing tells them.
        metrics: Its metrics.
        obstacle: Why its own scores cannot be computed again, in words (code of the task is not in
            its files); empty: they can.
        iterations: Of its bootstrap.
        attempts_differ: Whether the options of a question stand in another order at each attempt,
            so that attempts cannot be voted on.
    """

    kind: Scored = "generated"
    filters: tuple[Filter, ...] = ()
    metrics: tuple[ScoredBy, ...] = ()
    obstacle: str = ""
    iterations: int = 100_000
    attempts_differ: bool = False


class Rating(NamedTuple):
    """Log-likelihood of a text, and whether it is what the model would have written by itself."""

    value: float
    is_greedy: bool | None = None


class Recorded(NamedTuple):
    """What a file keeps of an answer, as far as it is needed to score it again.

    Attributes:
        place: As ``place`` of an index: where its row begins.
        item: As ``item`` of an index; 0 where the row has all repeats of a question.
        responses: What the model wrote, exactly as the file has it, each repeat; empty where it
            rated options or texts.
        target: The reference, as the harness compares with it: a text, or the number of an option;
            several of which one is enough; None: there is none.
        options: Texts of the options, in order; empty: the question has none.
        ratings: Of each option in order, or of the one text.
        unconditioned: Of each option without the question, where the harness asked for it.
        stored: The values of the row's metrics, as the file has them.
    """

    place: int
    item: int = 0
    responses: tuple[str, ...] = ()
    target: str | int | tuple[str, ...] | tuple[int, ...] | None = None
    options: tuple[str, ...] = ()
    ratings: tuple[Rating, ...] = ()
    unconditioned: tuple[float, ...] = ()
    stored: Mapping[str, Any] = _NOTHING


Completeness = Literal["complete", "incomplete", "unknown"]
"""Whether all that a run was asked was answered; unknown: nothing tells."""


class Finding(NamedTuple):
    """What the files of a run tell of whether a dataset or category of it is complete.

    Counts have the names of the columns of `tables.CHECKS`: one that is told stands instead of what
    scores and answers give; None: these do. Several findings of one place are put together.

    Attributes:
        dataset: As the harness names it, like ``category``; None there: the dataset as a whole,
            which gets a line of its own.
        at_least: Questions that should be there where nothing tells how many: as many as any run of
            the same question set has.
        verdict: Incomplete: for certain; unknown: nothing else can make it complete; complete: as
            far as the files tell it is, though no count does; None: the counts decide.
        reason: Why, or what else is to be known of it, in words.
        where: A condition on Samples that shows the questions meant.
        is_unplaced: Whether answers are here of which nothing tells whether they are of it.
        file: The data file that the category is, where ``file`` of scores tells it: two of them may
            have one name.
    """

    dataset: str
    category: str | None = None
    expected: int | None = None
    found: int | None = None
    missing: int | None = None
    doubled: int | None = None
    unknown: int | None = None
    empty: int | None = None
    unparsed: int | None = None
    errors: int | None = None
    at_least: int | None = None
    verdict: Completeness | None = None
    reason: str = ""
    where: str = ""
    is_unplaced: bool = False
    file: str | None = None


class DatasetName(NamedTuple):
    """A dataset as one harness names it."""

    harness: str
    dataset: str


class Alias(NamedTuple):
    """Datasets of different harnesses that stand side by side, and their common name."""

    name: str
    members: tuple[DatasetName, ...]
