"""The tables: what every format turns its files into, and all that the analysis knows.

``runs`` has one row a run, ``scores`` one row a number that a harness reports, ``settings`` one row
a condition under which scores came about. Scores are kept as the harness wrote them; ``unit`` says
on which scale. What is missing is null, never 0.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Hashable, Iterable, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, TypeVar

import numpy as np
import polars as pl

from tui_eval.records import Metric, Run, ScoreColumns, Task

T = TypeVar("T")

_MOST_MADE = 6  # kinds of results, of which the last two or three views are kept

RUNS = pl.Schema(
    {
        "run": pl.String(),  # its key: the same in all tables, and as long as its files stay
        "label": pl.String(),  # how it is shown: unique, but another when more runs are found
        "model": pl.String(),  # as the harness names it
        "timestamp": pl.String(),  # as written, local time of the machine that ran it
        "harness": pl.String(),  # short name of the harness, as in the names of exported files
        "version": pl.String(),  # versions of the harness that write files like this one
        "variant": pl.String(),  # of the model: its revision, or what only a path tells
        "path": pl.String(),  # file or folder of its scores; where there is none its first file
        "document": pl.Int32(),  # number of the document in that file, from 1
        "state": pl.String(),  # see `Run.state`
        "files": pl.List(pl.String()),  # all files that it was read from
        "sample_files": pl.Int32(),  # how many of them hold answers to single questions
        "duration": pl.Float64(),  # seconds
        "config": pl.String(),  # JSON, secrets removed
        "notes": pl.List(pl.String()),  # what was left out, and why
        "parent": pl.String(),  # of answers that were scored again: the run that gave them, as it
        # was shown; null: scored by the harness
        "recipe": pl.String(),  # how they were: JSON of filter, metric and questions
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

SETTINGS = pl.Schema(
    {
        "run": pl.String(),
        "dataset": pl.String(),  # null: of all
        "metric": pl.String(),  # null: of all
        "category": pl.String(),  # null: of all
        "name": pl.String(),
        "value": pl.String(),  # null: not recorded, so that two runs may differ in it
    }
)
"""One row a condition under which scores of a run came about.

Three states: a value; ``none``, where a file says that it was off; and no row, where no file tells.
Values are in a normal form, so that equal ones are equal texts; objects are JSON. What is told of a
dataset, metric or category alone stands instead of what is told of all. Names:

- ``question_set`` what was asked, as far as a file tells it apart; ``limit``, ``source`` (dataset,
  subset, split)
- ``filter`` how answers are read; its part is the filter's name, where there are several
- ``chat_template``, ``system_prompt``, ``prompt`` (its parts, or the text), ``shots``, ``fewshot``
  (where examples come from), ``shuffle_options``
- ``generation`` (``greedy`` where nothing is sampled), ``stop``, ``max_tokens``, ``repeats``
- ``metric_definition``, ``version`` of the task, ``judge``, ``failed_metrics``, ``random_verdicts``
- ``harness_version``, ``backend``, ``dtype``, ``seed``
- ``task_hash``, ``prompt_tokens``: where equal, questions or prompts are; else they say nothing

A part of a setting stands behind a dot (``prompt.description``): one that is not there is off where
other parts of it are.
"""

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
        "passages": pl.Binary(),  # what tells whether the question shares its passage with others
        # (see `formats.passages`); null: the pass did not look
    }
)
"""What one pass over a file of answers finds, the texts left where they are: one row a question,
attempt, metric and filter."""

_OF_INDEX_ALONE = ("category", "answer_id", "passages")

SAMPLES = pl.Schema(
    {
        "run": pl.String(),
        "dataset": pl.String(),
        "category": pl.String(),
        "data_file": pl.String(),  # ``file`` of ``scores``, where the harness has it
        "sample": pl.String(),  # pairs the same question of several runs in a category
        "cluster": pl.UInt64(),  # questions on one passage; null: the question stands alone
        **{name: kind for name, kind in INDEX.items() if name not in _OF_INDEX_ALONE},
        "file": pl.String(),  # where the texts are, with ``place`` and ``item``
    }
)
"""One row a question, attempt, metric and filter of a run.

``sample`` pairs the same question of several runs; every format keeps to this:

- In a dataset and category two runs have the same ``sample`` where they were asked the same
  question: one of the same content (``question``), and of the same ``id`` where the harness numbers
  its questions alike in all runs. Where the content is not in the file the ``id`` alone decides.
- Questions of different content never have the same ``sample``.
- All rows of a question in a run have it; attempt, metric and filter tell them apart, and no two
  rows agree in all four. A question that is asked several times counts each time as one more.
- It depends on nothing else: not on the model or its answers, nor on where a file lies.

The content is what ``question`` is a hash of: what the harness keeps of the question apart from
``prompt``, without options that Twinkle Eval shuffles from run to run.

``cluster`` joins questions that stand or fall together because they are on one passage. It is a
hash of the passage, or of its beginning: the same in every run, category and dataset, and wherever
a file lies. All rows of a question in a dataset and category of a run have it. Whether questions
share passages is found for each dataset and category of a run by itself (`formats.passages` has the
rule), so that of two runs one may have it where the other, with few of the questions, has none.
Attempts of a question and questions of the same content share no more than ``sample`` and
``question`` tell: they are not joined here.
"""

CHECKS = pl.Schema(
    {
        "run": pl.String(),
        "dataset": pl.String(),
        "category": pl.String(),  # null: the dataset as a whole, as far as no category tells
        "expected": pl.Int64(),  # questions that should be there; null: nothing tells
        "found": pl.Int64(),  # of them, those of which there are answers
        "missing": pl.Int64(),
        "doubled": pl.Int64(),  # answers that are there again
        "unknown": pl.Int64(),  # answers to questions that are none of the expected ones
        "empty": pl.Int64(),  # answers without text
        "unparsed": pl.Int64(),  # answers of which nothing, or a random verdict, was scored
        "errors": pl.Int64(),  # questions at which the harness, the model or the judge failed
        "verdict": pl.String(),  # complete, incomplete, unknown
        "reason": pl.String(),  # why, in words; empty: nothing is missing
        "where": pl.String(),  # condition on Samples that shows what is meant; empty: none can
    }
)
"""One row a run, dataset and category: what should be there, and what is. Null: nobody can tell."""

BATTLES = pl.Schema(
    {
        "run": pl.String(),  # key of the run, or of the file, that has it
        "dataset": pl.String(),
        "category": pl.String(),  # subset
        "sample": pl.String(),  # key of the question in its dataset and category
        "question": pl.UInt64(),  # hash of what was asked: battles on one stand or fall together
        "model_a": pl.String(),  # shown first, where ``placement`` is known
        "model_b": pl.String(),
        "baseline": pl.String(),  # the one of the two that others are compared with; null: none is
        "verdict": pl.String(),  # A>>B, A>B, A=B, B>A, B>>A; null: none was read
        "score_a": pl.Float64(),  # 1, 0.75, 0.5 (a tie), 0.25, 0, or between; null: not parsed
        "placement": pl.String(),  # original, or swapped: the same pair in the other order; null:
        # nobody knows who was shown first
        "judge": pl.String(),  # a model, ``human``, or null: not told
        "repeat": pl.Int32(),  # how often the same judge was asked the same, from 0
        "level": pl.String(),  # game: counts; vote: of one of several judges or repeats behind it
        "state": pl.String(),  # ok, unparsed, error
        "length_a": pl.Int64(),  # characters of the answer; null: it is not in the file
        "length_b": pl.Int64(),
        "place": pl.Int64(),  # byte at which the row begins; number of a Parquet or CSV row
        "item": pl.Int32(),  # which game or vote of that row, from 0
        "file": pl.String(),  # where the texts are, with ``place`` and ``item``
    }
)
"""One row a judged game, and one a vote where several judges or repeats stand behind a game."""

RESCORED = pl.Schema(
    {
        "run": pl.String(),
        "dataset": pl.String(),
        "category": pl.String(),
        "sample": pl.String(),
        "id": pl.String(),
        "attempt": pl.Int32(),
        "metric": pl.String(),
        "filter": pl.String(),  # its name
        "score": pl.Float64(),  # null: none, or not one of this question alone
        "value": pl.String(),  # JSON: what a metric over all questions is made of; else null
        "status": pl.String(),  # ok, unparsed, timed out, no reference, error
        "is_tried": pl.Boolean(),  # false: timed out as the filter was given up before; null: true
        "extracted": pl.String(),  # what the filter took from the response, as far as it is shown
        "file": pl.String(),
        "place": pl.Int64(),
        "item": pl.Int32(),
    }
)
"""Answers that were scored again: one row an answer, filter and metric; see `SAMPLES`."""

RESCORES = pl.Schema(
    {
        "run": pl.String(),
        "dataset": pl.String(),
        "category": pl.String(),  # null: the dataset as a whole
        "filter": pl.String(),
        "metric": pl.String(),
        "stored_filter": pl.String(),  # of the score that stands beside it
        "stored_metric": pl.String(),
        "stored": pl.Float64(),  # the run's own score of the same questions
        "value": pl.Float64(),
        "stderr": pl.Float64(),  # as lm-evaluation-harness computes it; null where it has none
        "n": pl.Int64(),  # questions with a score
        "invalid": pl.Int64(),  # answers in which the filter found nothing
        "timed_out": pl.Int64(),  # answers at which the filter was stopped: they have no score
        "untried": pl.Int64(),  # of them those on which it was not tried: it was given up before
        "unscored": pl.Int64(),  # answers that nothing could score, for want of a reference
        "reason": pl.String(),  # why there is no value, in words; empty: there is one
    }
)
"""Totals of `RESCORED`: one row a run, filter and category, and one of the whole dataset."""

ANSWERS = pl.Schema(
    {name: kind for name, kind in SAMPLES.items() if name not in ("run", "cluster")}
)
"""What the format of a harness makes of its indexes: `SAMPLES` of one run, questions one by one."""


@dataclass(frozen=True, eq=False)
class Tables:
    """Everything that is loaded, or the part of it that a person opened; known by its identity."""

    runs: pl.DataFrame
    scores: pl.DataFrame
    settings: pl.DataFrame = field(default_factory=lambda: pl.DataFrame(schema=SETTINGS))
    step_pattern: str = field(default="", kw_only=True)  # a person's, for steps in names
    _made: dict[Hashable, Any] = field(default_factory=dict, repr=False, init=False)

    def once(self, key: Hashable, make: Callable[[], T]) -> T:
        """What analyses make of the tables and need again: freed with them, the oldest first."""
        if key not in self._made:
            for oldest in list(self._made)[:-_MOST_MADE]:
                self._made.pop(oldest, None)
            self._made[key] = make()
        made: T = self._made[key]
        return made

    def only(self, runs: Iterable[str]) -> Tables:
        """These runs alone, in the order in which they stand here."""
        keep = pl.col("run").is_in(list(runs))
        tables = (self.runs, self.scores, self.settings)
        return Tables(*(table.filter(keep) for table in tables), step_pattern=self.step_pattern)

    @cached_property
    def labels(self) -> dict[str, str]:
        """How every run is shown, in the order of the labels."""
        rows = self.runs.select("run", "label").iter_rows()
        return dict(sorted(rows, key=lambda row: natural(row[1])))

    def by_label(self, runs: Iterable[str]) -> list[str]:
        """Runs in the order of their labels, each once."""
        wanted = set(runs)
        return [run for run in self.labels if run in wanted]

    def run_shown_as(self, label: str) -> str:
        """The run with this label."""
        return next(run for run, shown in self.labels.items() if shown == label)

    def names(self, runs: Iterable[str]) -> list[str]:
        """The labels of runs, in order."""
        return [self.labels[run] for run in self.by_label(runs)]


def natural(name: str) -> tuple[tuple[bool, int, str], ...]:
    """What to sort names by, so that ``step2`` comes before ``step1000``."""
    parts = re.findall(r"[0-9]+|[^0-9]+", name)
    return tuple(
        (False, int(part[:300]), part) if part[0] in "0123456789" else (True, 0, part)
        for part in parts
    )


def score_frame(runs: Sequence[tuple[int, Run]]) -> pl.DataFrame:
    """The rows of numbered runs: all columns of ``scores``, the run's ``number`` for its label."""
    scores = ScoreColumns()
    for _, run in runs:
        scores.append(run.scores)
    lengths = [len(run.scores) for _, run in runs]
    numbers = np.repeat(np.array([number for number, _ in runs], np.int32), lengths)
    frame = pl.DataFrame(
        [
            pl.Series("number", numbers),
            pl.Series("repeat", scores.repeats, SCORES["repeat"], strict=False),
            pl.Series("value", scores.values, SCORES["value"], strict=False),
            pl.Series("stderr", scores.stderrs, SCORES["stderr"], strict=False),
            *_shared_columns(scores.tasks, Task._fields),
            *_shared_columns(scores.metrics, Metric._fields),
        ]
    )
    return frame.select("number", *(name for name in SCORES if name != "run"))


def _shared_columns(rows: Sequence[Task | Metric], names: Sequence[str]) -> list[pl.Series]:
    """A column for each field: what many rows share is turned into a value of Polars once."""
    objects = list(map(id, rows))  # few: comparing millions of tuples would take longer
    numbers: dict[Task | Metric, int] = {}
    places = {
        one: numbers.setdefault(row, len(numbers))
        for one, row in dict(zip(objects, rows, strict=True)).items()
    }
    found = np.fromiter(map(places.__getitem__, objects), np.uint32, count=len(objects))
    repeated = pl.Series(found)
    distinct: list[tuple[Any, ...]] = list(numbers)
    return [
        pl.Series(name, [row[at] for row in distinct], SCORES[name], strict=False).gather(repeated)
        for at, name in enumerate(names)
    ]
