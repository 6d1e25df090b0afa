"""Answers scored again, each within a time limit: a pattern may take any time, and is stopped.

It runs in the main thread of a child process: there a timer's signal ends a pattern of ``re``,
which looks for signals while it searches.
"""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterable, Iterator
from contextlib import AbstractContextManager, nullcontext
from itertools import chain, islice
from types import FrameType, TracebackType
from typing import Any, Literal, NamedTuple

from tui_eval.records import Filter, Recorded, ScoredBy
from tui_eval.rescoring.choices import NoReferenceError
from tui_eval.rescoring.filters import FilterError, Pipeline, texts_of
from tui_eval.rescoring.metrics import Scorer, applied, has_pattern, scorer

SECONDS = 1.0
"""For one answer: of work, so that a busy machine scores as an idle one does."""

PATIENCE = 5
"""Answers that timed out, after which a pattern is given up."""

_TOGETHER = 64
"""Answers under one limit, as long as all of them together keep it: a limit has its own cost."""

RowStatus = Literal["ok", "unparsed", "timed out", "no reference", "error"]


class TimedOut(Exception):  # noqa: N818  # it ends a search and is no fault
    """The time is over."""


class Unstoppable(RuntimeError):  # noqa: N818
    """A pattern could not be stopped here, so none is run: the message says why."""


class ScoredRow(NamedTuple):
    """What a filter and a metric make of an answer.

    Attributes:
        place: As ``Recorded.place``.
        item: As ``Recorded.item``.
        extracted: What the filter left: a text; of several repeats the first; None: nothing, as
            where options were rated.
        value: As `metrics.scorer` makes it; None where the status is neither ok nor unparsed.
        status: ``unparsed``: the filter found nothing, and its fallback was scored.
        several: All that the filter left, where it leaves more than one text.
        reason: Why there is no value, in words.
        is_tried: False: the filter was given up before.
    """

    place: int
    item: int
    extracted: str | None
    value: object
    status: RowStatus
    several: tuple[str, ...] = ()
    reason: str = ""
    is_tried: bool = True


class limited:  # noqa: N801  # used as ``with limited(1.0):``, many times if wanted
    """What stands in the block is ended by `TimedOut` after some seconds of this process's work.

    Raises:
        Unstoppable: There are no timers that send signals (Windows), or it is not the main thread.
    """

    def __init__(self, seconds: float) -> None:
        """Check that it can be done here."""
        if not hasattr(signal, "setitimer"):
            raise Unstoppable("patterns that run too long cannot be stopped on this system")
        if threading.current_thread() is not threading.main_thread():
            raise Unstoppable("patterns that run too long can be stopped in a main thread only")
        self._seconds = seconds
        self._is_on = False
        self._before: Any = None

    def __enter__(self) -> None:
        self._before = signal.signal(signal.SIGVTALRM, self._ring)
        self._is_on = True
        signal.setitimer(signal.ITIMER_VIRTUAL, self._seconds)

    def __exit__(
        self,
        _kind: type[BaseException] | None,
        _error: BaseException | None,
        _traceback: TracebackType | None,
    ) -> None:
        try:
            self._is_on = False
        finally:  # the signal may come right before
            signal.setitimer(signal.ITIMER_VIRTUAL, 0)
            signal.signal(signal.SIGVTALRM, self._before)

    def _ring(self, _number: int, _frame: FrameType | None) -> None:
        if self._is_on:
            raise TimedOut


def scored_rows(
    wanted: Filter, metric: ScoredBy, recorded: Iterable[Recorded], seconds: float = SECONDS
) -> Iterator[ScoredRow]:
    """Score answers again, in their order.

    An answer that takes longer than ``seconds`` is ``timed out``; after `PATIENCE` of them the
    filter is given up, and all that follow are ``timed out`` without being tried.

    Raises:
        FilterError: Filter or metric cannot be used at all.
        Unstoppable: They have patterns, which cannot be stopped here.
    """
    pipeline = Pipeline(applied(wanted, metric))
    value_of = scorer(metric)
    limit: AbstractContextManager[None] = (
        limited(seconds) if has_pattern(wanted, metric) else nullcontext()
    )
    answers = iter(recorded)
    together, late = _TOGETHER, 0
    while some := list(islice(answers, together)):
        try:
            with limit:
                rows = [_scored(pipeline, value_of, answer) for answer in some]
        except TimedOut:
            if len(some) > 1:
                together, answers = 1, chain(some, answers)  # which of them it was
                continue
            late += 1
            rows = [_late(some[0], f"longer than {seconds:g} s")]
        yield from rows
        if late == PATIENCE:
            for answer in answers:
                row = _late(answer, "not tried: the filter was given up")
                yield row._replace(is_tried=False)


def _scored(pipeline: Pipeline, value_of: Scorer, answer: Recorded) -> ScoredRow:
    found: list[Any] = []
    status: RowStatus = "ok"
    try:
        if not answer.ratings:
            found = pipeline.found(answer)
            if pipeline.is_unparsed(found):
                status = "unparsed"
        value, reason = value_of(found, answer), ""
    except FilterError as error:
        status = "no reference" if isinstance(error, NoReferenceError) else "error"
        value, reason = None, str(error)
    texts = texts_of(found)
    several = tuple(texts) if len(texts) > 1 else ()
    first = texts[0] if texts else None
    return ScoredRow(answer.place, answer.item, first, value, status, several, reason)


def _late(answer: Recorded, reason: str) -> ScoredRow:
    return ScoredRow(answer.place, answer.item, None, None, "timed out", (), reason)
