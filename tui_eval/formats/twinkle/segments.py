"""Which data file each row of ``eval_results_*_run*.jsonl`` is about, though no row names it.

From 1.1.4 on all data files of a run are appended to one file, in the order of the results, each as
soon as it is done. So its rows are contiguous; their question numbers are 0 to n-1, in any order,
each with samples from 0 on; and the share of correct rows and the number of unparsed ones are the
reported ones. What meets all that in exactly one way is how it was written.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final, NamedTuple

import numpy as np

_NEAR = 1e-7
"""Correct rows: what rounding may add. With n rows other shares differ by 1/n at least."""

_MOST_WORK = 20_000_000
"""Ends that are tried before rows count as ambiguous; a few hundred thousand are usual."""

_SEVERAL: Final = -1

COPIES = (
    "more than one answer to a question; two evaluations began in the same minute, or one was "
    "resumed"
)


class Rows(NamedTuple):
    """Columns of the rows, in the order of the file: integers, or true and false.

    ``unparsed`` and ``empty`` exclude each other; Twinkle Eval counts some of the empty rows, those
    without any answer, as unparsed.
    """

    question: Any
    sample: Any
    correct: Any
    unparsed: Any
    empty: Any


class Part(NamedTuple):
    """What is reported of one data file in one run; None: not known."""

    accuracy: float | None
    unparsed: int | None


class Division(NamedTuple):
    """The number of the part to which each row belongs, or why that cannot be told.

    Attributes:
        parts: None: not attributable.
        reason: Why not.
        has_gaps: Whether questions are missing, so that only the numbers that are reported, and no
            question twice, tell where a part ends.
    """

    parts: Any = None
    reason: str = ""
    has_gaps: bool = False


def divide(rows: Rows, parts: Sequence[Part]) -> Division:
    """Attribute rows to the parts in which they were written, where there is only one way."""
    facts = _Facts(rows)
    ends = facts.ends_of(parts)
    if not ends and (reason := _damage(facts, parts)):
        return Division(reason=reason)
    has_gaps = not ends
    if has_gaps:
        ends = facts.ends_of(parts, has_gaps=True)
    if not ends:
        return Division(reason="its rows do not have the reported accuracies")
    if _SEVERAL in ends:
        return Division(reason="its rows have the reported accuracies in more than one way")
    sizes = np.diff(ends, prepend=0)
    return Division(np.repeat(np.arange(len(parts)), sizes), has_gaps=has_gaps)


def _damage(facts: _Facts, parts: Sequence[Part]) -> str:
    """Why rows cannot be those of the parts even if questions are missing; empty: they can."""
    if not parts:
        return "the results name no data file for it"
    if facts.most_copies > len(parts):
        return COPIES
    if len(parts) > 1 and facts.ends_of([Part(None, None)]):
        return "it holds one data file only; Twinkle Eval 1.1.2–1.1.3 overwrites the others"
    if facts.ends_of([Part(None, None)] * len(parts)):
        return "its rows do not have the reported accuracies"
    return ""


class _Facts:
    """Sums over the rows before each place, so that any part of them costs a subtraction."""

    def __init__(self, rows: Rows) -> None:
        count = len(rows.question)
        first = rows.sample == 0
        self._first = np.append(first, True)  # where a part may begin or end
        self._correct = _sums(rows.correct)
        self._unparsed = _sums(rows.unparsed)
        self._no_answer = _sums(rows.unparsed | rows.empty)
        self._questions = _sums(first)
        known = np.minimum(rows.question, count)  # a higher number has a gap before it, or many
        self._numbers = _sums(np.where(first, known, 0))
        order = np.lexsort((np.arange(count), rows.sample, rows.question))
        same = (np.diff(rows.question[order]) == 0) & (np.diff(rows.sample[order]) == 0)
        again = np.full(count, count)
        again[order[:-1][same]] = order[1:][same]
        self._limit = np.minimum.accumulate(again[::-1])[::-1]  # until here no row occurs twice
        runs = np.diff(np.flatnonzero(np.concatenate(([True], ~same, [True]))))
        self.most_copies = int(runs.max())

    def ends_of(self, parts: Sequence[Part], *, has_gaps: bool = False) -> list[int]:
        """Where each of the parts ends; empty: nowhere, and ``[_SEVERAL]`` where it is ambiguous.

        A way to a place goes on whatever way led there, so that each place is looked at once; only
        ways that end with the last row count.
        """
        work = 0
        befores: list[dict[int, int]] = []  # for each part: the ends, and where it begins then
        starts = [0]
        for part in parts:
            before: dict[int, int] = {}
            for start in starts:
                work += int(self._limit[start]) - start
                if work > _MOST_WORK:
                    return [_SEVERAL]
                for end in self._ends(start, part, has_gaps):
                    before[end] = _SEVERAL if end in before else start
            befores.append(before)
            starts = [end for end in before if end < len(self._limit)]
        return _way_back(befores, len(self._limit))

    def _ends(self, start: int, part: Part, has_gaps: bool) -> list[int]:
        """Where a part that begins there may end."""
        span = slice(start + 1, int(self._limit[start]) + 1)
        fits = self._first[span].copy()
        if part.accuracy is not None:
            rows = np.arange(1, len(fits) + 1)
            correct = self._correct[span] - self._correct[start]
            fits &= np.abs(correct - part.accuracy * rows) < _NEAR
        if part.unparsed is not None:
            fits &= self._unparsed[span] - self._unparsed[start] <= part.unparsed
            fits &= self._no_answer[span] - self._no_answer[start] >= part.unparsed
        if not has_gaps:  # different numbers from 0 on have no smaller sum than 0 to n-1
            questions = self._questions[span] - self._questions[start]
            numbers = self._numbers[span] - self._numbers[start]
            fits &= 2 * numbers == questions * (questions - 1)
        ends: list[int] = (np.flatnonzero(fits) + start + 1).tolist()
        return ends


def _sums(values: Any) -> Any:
    """Sums of the values before each place, the place after the last included."""
    return np.concatenate(([0], np.cumsum(values, dtype=np.int64)))


def _way_back(befores: list[dict[int, int]], end: int) -> list[int]:
    """The ends of the parts on the only way to the last row."""
    ends = []
    for before in reversed(befores):
        if end not in before:
            return []
        ends.append(end)
        end = before[end]
        if end == _SEVERAL:
            return [_SEVERAL]
    return ends[::-1]
