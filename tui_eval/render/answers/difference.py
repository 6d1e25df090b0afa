"""In which words two texts differ, with a bound on how long it takes to find out."""

from __future__ import annotations

from difflib import SequenceMatcher
from itertools import accumulate
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Sequence

MAX_WORDS = 20_000
"""Words of a text up to which it is compared."""

MAX_STEPS = 4_000_000
"""Pairs of equal words that are looked at: less than a second."""


class Difference(NamedTuple):
    """Numbers of the words that only one of two texts has at its place."""

    removed: frozenset[int]
    added: frozenset[int]


def difference(first: Sequence[str], second: Sequence[str]) -> Difference | None:
    """Compare the words of two texts; None: they are too long, or share too many words."""
    if max(len(first), len(second)) > MAX_WORDS:
        return None
    shared = min(len(first), len(second))
    start = _common(first, second, range(shared))
    end = _common(first, second, range(-1, start - shared - 1, -1))
    matches = _matches(first[start : len(first) - end], second[start : len(second) - end])
    if matches is None:
        return None
    removed = set(range(start, len(first) - end))
    added = set(range(start, len(second) - end))
    for here, there, size in matches:
        removed.difference_update(range(start + here, start + here + size))
        added.difference_update(range(start + there, start + there + size))
    return Difference(frozenset(removed), frozenset(added))


def _common(first: Sequence[str], second: Sequence[str], places: range) -> int:
    """How many words are the same in both, place by place."""
    unlike = (number for number, at in enumerate(places) if first[at] != second[at])
    return next(unlike, len(places))


def _matches(first: Sequence[str], second: Sequence[str]) -> list[tuple[int, int, int]] | None:
    """Where both have the same words, and how many, as difflib finds it; None: not in time."""
    matcher = SequenceMatcher(None, first, second)
    # A search goes through all words, and for each through all places where the other has it.
    places = matcher.b2j  # type: ignore[attr-defined]  # documented, but typeshed lacks it
    steps = [*accumulate((1 + len(places.get(word, ())) for word in first), initial=0)]
    left = MAX_STEPS
    found: list[tuple[int, int, int]] = []
    open_ranges = [(0, len(first), 0, len(second))]
    while open_ranges:
        start, stop, other_start, other_stop = open_ranges.pop()
        left -= steps[stop] - steps[start]
        if left < 0:
            return None
        match = matcher.find_longest_match(start, stop, other_start, other_stop)
        if match.size:
            found.append((match.a, match.b, match.size))
            before = (start, match.a, other_start, match.b)
            after = (match.a + match.size, stop, match.b + match.size, other_stop)
            open_ranges += [part for part in (before, after) if part[0] < part[1]]
    return found
