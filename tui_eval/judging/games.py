"""Games: two answers to one question in one order, and what makes two games the same."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from hashlib import sha256
from typing import Any, Literal, NamedTuple

Placement = Literal["original", "swapped"]

VERSION = 1
"""Of what a key is made of: with another one everything is asked anew."""


class Side(NamedTuple):
    """A model and what it answered."""

    model: str
    text: str


class Pair(NamedTuple):
    """Two models' answers to one question: the candidate's first."""

    dataset: str
    category: str | None
    sample: str
    question: str
    candidate: Side
    baseline: Side


class Game(NamedTuple):
    """A pair in the order in which the judge sees it."""

    dataset: str
    category: str | None
    sample: str
    question: str
    first: Side
    second: Side
    placement: Placement
    repeat: int = 0

    @property
    def can_be_asked(self) -> bool:
        """Whether both answers are there: nothing is sent of an empty one."""
        return bool(self.first.text.strip()) and bool(self.second.text.strip())

    def key(self, judge: str, prompt: str, sent: Mapping[str, Any]) -> str:
        """What tells games apart whose verdicts may differ.

        An answer that changed is judged anew; another address of the same judge, another key and
        the names of the models change nothing.

        Args:
            judge: The model that is asked.
            prompt: Hash of the prompt's text.
            sent: Fields of the request that change what a judge writes.
        """
        what = [
            *(VERSION, self.dataset, self.category, self.sample, self.question),
            *(self.first.text, self.second.text, judge, prompt, dict(sent), self.repeat),
        ]
        text = json.dumps(what, sort_keys=True, ensure_ascii=True, separators=(",", ":"))
        return sha256(text.encode()).hexdigest()


def games_of(pairs: Iterable[Pair], repeats: int = 1) -> Iterator[Game]:
    """Both orders of each pair, one after the other: a run that is stopped has few halves."""
    for pair in pairs:
        of = (pair.dataset, pair.category, pair.sample, pair.question)
        for repeat in range(repeats):
            yield Game(*of, pair.candidate, pair.baseline, "original", repeat)
            yield Game(*of, pair.baseline, pair.candidate, "swapped", repeat)
