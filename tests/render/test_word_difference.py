"""In which words texts differ: what is left is the same in both, and it never takes long."""

from __future__ import annotations

import random
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tui_eval.render.answers.difference import MAX_WORDS, Difference, difference

WORDS = st.lists(st.sampled_from("abcdef"), max_size=30)


def left(words: list[str], gone: frozenset[int]) -> list[str]:
    return [word for number, word in enumerate(words) if number not in gone]


@given(WORDS, WORDS)
def test_what_is_left_is_the_same(first: list[str], second: list[str]) -> None:
    found = difference(first, second)
    assert found is not None
    assert left(first, found.removed) == left(second, found.added)


@given(WORDS, WORDS, WORDS)
def test_only_the_middle_differs(head: list[str], middle: list[str], tail: list[str]) -> None:
    found = difference([*head, *tail], [*head, *middle, *tail])
    assert found is not None
    assert not found.removed
    assert len(found.added) == len(middle)


def test_replaced_words() -> None:
    first, second = "a 9 b", "a 13 b c"
    assert difference(first.split(), second.split()) == Difference(
        frozenset({1}), frozenset({1, 3})
    )


def test_too_many_words() -> None:
    assert difference(["a"] * (MAX_WORDS + 1), ["b"]) is None
    assert difference(["a"] * MAX_WORDS, ["a"] * MAX_WORDS) == (frozenset(), frozenset())


@pytest.mark.parametrize("kind", ["few words", "every other word", "one in twenty"])
def test_hard_texts_are_given_up(kind: str) -> None:
    chance = random.Random(1)
    first = [str(chance.randrange(110)) for _ in range(MAX_WORDS)]
    second = [str(chance.randrange(110)) for _ in range(MAX_WORDS)]
    if kind == "every other word":
        first = [f"w{n}" if n % 2 else f"a{n}" for n in range(MAX_WORDS)]
        second = [f"w{n}" if n % 2 else f"b{n}" for n in range(MAX_WORDS)]
    elif kind == "one in twenty":
        second = [word if n % 20 else "new" for n, word in enumerate(first)]
    began = time.process_time()
    assert difference(first, second) is None
    assert time.process_time() - began < 10
