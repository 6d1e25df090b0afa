"""What the rows of answers show of each run: its questions and its prompts."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from itertools import count
from weakref import finalize

import polars as pl


class Asked:
    """What the rows of a run show: which questions it was asked, and with which prompts.

    Args:
        rows: Its answers to a dataset.
    """

    def __init__(self, rows: pl.DataFrame) -> None:
        known = rows.filter(pl.col("question").is_not_null())
        self._pairs = known.select("category", "question", "prompt").unique()
        self.number = next(_NUMBERS)  # what was read of a run at another time is something else

    @cached_property
    def digest(self) -> tuple[int, int]:
        """Equal where all of it is, whatever the order."""
        return self._pairs.height, int(self._pairs.select(pl.struct(pl.all()).hash().sum()).item())

    @cached_property
    def questions(self) -> Mapping[str | None, frozenset[int]]:
        """Its questions by category."""
        found = self._pairs.group_by("category").agg("question")
        return {category: frozenset(some) for category, some in found.iter_rows()}

    @cached_property
    def prompts(self) -> pl.DataFrame:
        """A row a question and prompt of it, of those that are known."""
        known = self._pairs.filter(pl.col("prompt").is_not_null())
        return known.select("question", "prompt").unique()


_ALL = frozenset({0})
"""Questions of two runs that were asked the same."""

AskedPair = tuple[Asked | None, Asked | None]

_NUMBERS = count()

_ASKED: dict[tuple[int, str], dict[str, Asked]] = {}
"""By the identity of a frame of samples, as long as it lives, and dataset."""


def asked_by(samples: pl.DataFrame | None, dataset: str) -> Mapping[str, Asked]:
    """What the rows of each run show, worked out once a frame and dataset."""
    if samples is None:
        return {}
    key = (id(samples), dataset)
    if key not in _ASKED:
        parts = samples.filter(dataset=dataset).partition_by("run", as_dict=True)
        _ASKED[key] = {str(run): Asked(rows) for (run,), rows in parts.items()}
        finalize(samples, _ASKED.pop, key, None)
    return _ASKED[key]


def sets_asked(
    asked: AskedPair, numbers: tuple[Mapping[str, int | None], Mapping[str, int | None]]
) -> tuple[frozenset[int], frozenset[int]] | None:
    """The questions of both runs; None: there are not answers of both.

    A category that has a score and no answers has lost these: it says nothing of its questions.
    """
    one, other = asked
    if one is None or other is None:
        return None
    if one.digest == other.digest and one.digest[0]:
        return _ALL, _ALL
    if not one.questions.keys() & other.questions.keys():
        return None
    sides = ((one, other, numbers[1]), (other, one, numbers[0]))
    first, second = (
        frozenset[int]().union(
            *(
                questions
                for category, questions in own.questions.items()
                if category in beside.questions or category not in scored
            )
        )
        for own, beside, scored in sides
    )
    return first, second


def other_prompts(asked: tuple[Asked, Asked]) -> tuple[int, int] | None:
    """Of how many common questions prompts differ, and how many there are; None: none."""
    one, other = asked[0].prompts, asked[1].prompts
    if asked[0].digest == asked[1].digest:
        return (0, one.height) if one.height else None
    common = one.join(other, on="question", how="semi")["question"].n_unique()
    if not common:
        return None
    alone = [
        first.join(second, on=["question", "prompt"], how="anti").join(
            second, on="question", how="semi"
        )
        for first, second in ((one, other), (other, one))
    ]
    return pl.concat(alone)["question"].n_unique(), common


def seen_by_both(asked: AskedPair) -> frozenset[str | None]:
    """Categories of which there are answers of both."""
    one, other = asked
    return (
        frozenset(one.questions.keys() & other.questions.keys()) if one and other else frozenset()
    )
