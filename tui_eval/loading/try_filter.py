"""A filter on some answers, one by one: what a person sees of it while it is still typed."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from tui_eval.files.paths import path_text
from tui_eval.files.strings import clean_str
from tui_eval.formats.registry import format_of
from tui_eval.loading.pool import Call, Done, results
from tui_eval.loading.rescore_child import Job, score_places, score_texts
from tui_eval.records import Recorded, Run

SECONDS = 0.25
"""Longest time that a pattern may take on an answer."""

MOST_LATE = 5
"""Answers that took too long, after which a pattern is not tried on others."""

LATE = "timed out"


class At(NamedTuple):
    """Where an answer is: the columns of `tables.SAMPLES`."""

    file: str
    place: int
    item: int


class Taken(NamedTuple):
    """What a filter took from an answer, whether that is what it looks for, and the score of it."""

    extracted: str | None
    status: str
    score: float | None


def texts_at(
    run: Run, places: Sequence[At], cancelled: Callable[[], bool]
) -> Iterator[tuple[At, Recorded]]:
    """What the files of a run keep of some answers; those that cannot be read are left out."""
    form = format_of(run.harness).samples
    if form is None or form.recorded is None:
        return
    paths = {clean_str(str(one.path)): one.path for one in run.samples}  # as most formats tell it
    paths |= {path_text(one.path): one.path for one in run.samples}
    files = dict.fromkeys(one.file for one in places)
    wanted = set(places)
    calls = [
        Call(
            score_places,
            (
                form.recorded,
                paths.get(file, Path(file)),
                sorted({one.place for one in places if one.file == file}),
                (),
                SECONDS,
                True,
            ),
        )
        for file in files
    ]
    names = list(files)
    for number, found in results(calls, 1, cancelled, keep=True):
        if isinstance(found, Done):
            continue
        for row in found.texts or ():
            at = At(names[number], row.place, row.item)
            if at in wanted:
                yield at, row


def taken_from(
    rows: Sequence[Recorded], job: Job, cancelled: Callable[[], bool]
) -> Iterator[tuple[int, Taken]]:
    """What a filter takes from some answers, by their numbers, as it comes.

    After `MOST_LATE` answers on which a pattern took too long the rest is not tried.
    """
    late = 0
    calls = (Call(score_texts, ((row,), (job,), SECONDS)) for row in rows)
    seen = set()
    for number, found in results(calls, 1, cancelled, keep=True):
        if isinstance(found, Done):
            if found.problem is not None:
                seen.add(number)
                yield number, Taken(None, "error", None)
            continue
        (one,) = found.found
        taken = Taken(one.extracted[0], one.statuses[0], one.scores[0])
        seen.add(number)
        yield number, taken
        late += taken.status == LATE
        if late >= MOST_LATE:
            break
    if late >= MOST_LATE:
        for number in range(len(rows)):
            if number not in seen:
                yield number, Taken(None, LATE, None)
