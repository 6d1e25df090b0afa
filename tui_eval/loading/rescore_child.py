"""What a child process does to score answers again: it reads them, or is given them, and scores.

Neither Polars nor NumPy is imported. What is sent are plain lists: a column each.
"""

from __future__ import annotations

import json
import re
from array import array
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple, TypeAlias

from tui_eval.files.documents import Problem
from tui_eval.formats.lm_eval.metrics import is_mean
from tui_eval.formats.lm_eval.rows import STOPPED
from tui_eval.records import Filter, Recorded, ScoredBy
from tui_eval.rescoring.limits import scored_rows

ReadRecorded: TypeAlias = "Callable[[Path, Sequence[int], list[Problem]], Iterator[Recorded]]"
"""`SampleFormat.recorded`."""

_OF_ALL_ATTEMPTS = frozenset({"majority_vote", "take_first_k"})
_OVER_ATTEMPTS = re.compile(r"(pass|maj)@.*")

LONGEST = 10_000
"""Characters of what was extracted that are sent back."""


class Job(NamedTuple):
    """A filter, and the metric that scores what it leaves."""

    filter: Filter
    metric: ScoredBy


class Place(NamedTuple):
    """Where an answer is."""

    path: Path
    place: int
    item: int


class Found(NamedTuple):
    """What a job made of some answers: an item each, in their order.

    Attributes:
        scores: A number of this answer alone; None: there is none.
        values: JSON of what a metric over all questions is made of; None: there is none.
        statuses: See `ScoredRow.status`.
        extracted: What the filter took, the beginning of it.
        reasons: Why some have no value, and how many.
        tried: Whether the filter was tried on it: it may have been given up before.
    """

    scores: list[float | None]
    values: list[str | None]
    statuses: list[str]
    extracted: list[str | None]
    reasons: dict[str, int]
    tried: list[bool]


class Scored(NamedTuple):
    """What came of some answers.

    Attributes:
        places: Where each begins.
        items: Its number in its row.
        found: What each job made of them.
        stored: Of metrics that are no means of these, by name: JSON of what the rows have.
        problems: What could not be read.
        texts: The answers themselves, where they are to be kept.
    """

    places: array[int]
    items: array[int]
    found: list[Found]
    stored: dict[str, list[str | None]]
    problems: list[Problem]
    texts: list[Recorded] | None = None


def score_places(
    read: ReadRecorded,
    path: Path,
    places: Sequence[int],
    jobs: Sequence[Job],
    seconds: float,
    keeps: bool,
) -> Scored:
    """Read the answers at some places of a file, and score them."""
    problems: list[Problem] = []
    rows = list(read(path, places, problems))
    return _scored(rows, jobs, seconds, problems)._replace(texts=rows if keeps else None)


def score_texts(rows: Sequence[Recorded], jobs: Sequence[Job], seconds: float) -> Scored:
    """Score answers that were read before."""
    return _scored(rows, jobs, seconds, [])


def score_attempts(
    read: ReadRecorded,
    asked: Sequence[Sequence[Place]],
    jobs: Sequence[Job],
    seconds: float,
) -> Scored:
    """Read all attempts at some questions, and score each question once, as its first attempt."""
    problems: list[Problem] = []
    known = _read(read, asked, problems)
    rows = [
        joined(own)
        for attempts in asked
        if (own := [known[place] for place in attempts if place in known])
    ]
    return _scored(rows, jobs, seconds, problems)


class Taken(NamedTuple):
    """What a filter took of a question.

    Attributes:
        number: Which of those that were asked about.
        recorded: What is kept of the answer, the responses of all attempts.
        extracted: What was taken: one text, or one of each attempt or repeat.
    """

    number: int
    recorded: Recorded
    extracted: list[str]


def take_attempts(
    read: ReadRecorded,
    asked: Sequence[Sequence[Place]],
    tried: Sequence[Sequence[bool]],
    job: Job,
    seconds: float,
) -> list[Taken]:
    """Read all attempts at some questions, and filter them.

    ``tried``: of each question the attempts on which the filter is tried: it takes too long on the
    others. What is scored over all attempts has one of them all.
    """
    known = _read(read, asked, [])
    taken = []
    for number, attempts in enumerate(asked):
        own = [known[place] for place in attempts if place in known]
        if not own:
            continue
        whole = joined(own)
        rows = [whole] if len(own) == 1 or takes_all(job) else own
        found: list[str] = []
        for row, is_tried in zip(rows, tried[number], strict=False):
            found += _taken(row, job, seconds) if is_tried else [STOPPED]
        taken.append(Taken(number, whole, found))
    return taken


def _taken(answer: Recorded, job: Job, seconds: float) -> Sequence[str]:
    """What a filter takes of an answer."""
    (row,) = scored_rows(job.filter, job.metric, [answer], seconds)
    return row.several or ([] if row.extracted is None else [row.extracted])


def takes_all(job: Job) -> bool:
    """Whether what comes out depends on all attempts at a question together."""
    functions = {step.function for step in job.filter.steps}
    return bool(functions & _OF_ALL_ATTEMPTS) or bool(_OVER_ATTEMPTS.fullmatch(job.metric.metric))


def _read(
    read: ReadRecorded, asked: Sequence[Sequence[Place]], problems: list[Problem]
) -> dict[Place, Recorded]:
    """The answers at some places, file by file."""
    by_file: dict[Path, set[int]] = {}
    for attempts in asked:
        for path, place, _ in attempts:
            by_file.setdefault(path, set()).add(place)
    return {
        Place(path, row.place, row.item): row
        for path, places in by_file.items()
        for row in read(path, sorted(places), problems)
    }


def joined(attempts: Sequence[Recorded]) -> Recorded:
    """One answer with the responses of all attempts; what they are compared with must be equal."""
    first = attempts[0]
    responses = tuple(text for one in attempts for text in one.responses)
    is_same = all(one.target == first.target for one in attempts)
    return first._replace(responses=responses, target=first.target if is_same else None)


def _scored(
    rows: Sequence[Recorded], jobs: Sequence[Job], seconds: float, problems: list[Problem]
) -> Scored:
    return Scored(
        array("q", (row.place for row in rows)),
        array("i", (row.item for row in rows)),
        [_found(job, rows, seconds) for job in jobs],
        _stored(rows),
        problems,
    )


def _found(job: Job, rows: Sequence[Recorded], seconds: float) -> Found:
    found = Found([], [], [], [], {}, [])
    may_be_mean = is_mean(job.metric.metric)
    for row in scored_rows(job.filter, job.metric, rows, seconds):
        value, taken = row.value, row.extracted
        is_score = may_be_mean and isinstance(value, bool | int | float)
        found.scores.append(float(value) if is_score else None)  # type: ignore[arg-type]
        found.values.append(None if is_score or value is None else json.dumps(value))
        found.statuses.append(row.status)
        found.extracted.append(taken if taken is None else taken[:LONGEST])
        found.tried.append(row.is_tried)
        if row.reason:
            found.reasons[row.reason] = found.reasons.get(row.reason, 0) + 1
    return found


def _stored(rows: Sequence[Recorded]) -> dict[str, list[str | None]]:
    names = dict.fromkeys(
        name
        for row in rows
        for name, value in row.stored.items()
        if isinstance(value, list | tuple) or not is_mean(name)
    )
    return {name: [_json(row.stored.get(name)) for row in rows] for name in names}


def _json(value: object) -> str | None:
    return None if value is None else json.dumps(value, default=str)
