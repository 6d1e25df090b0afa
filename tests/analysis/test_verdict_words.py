"""Comparisons in a sentence, whatever they found."""

from __future__ import annotations

from typing import Any

import pytest

from tests.build.answered import answered, bits
from tui_eval.analysis.compare import Tests as How
from tui_eval.analysis.compare import comparisons
from tui_eval.analysis.verdict_words import Shown, about, verdict_words

ROW: dict[str, Any] = {
    "delta": 2.1,
    "low": 0.6,
    "high": 3.6,
    "verdict": "better",
    "paired": True,
    "n": 1312,
    "baseline_n": 1319,
    "candidate_n": 1312,
    "fixed": 63,
    "broken": 36,
    "visible_gap": 2.1,
    "questions_needed": 5873,
    "reason": None,
}


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({}, "B better by 2.1 [+0.6, +3.6], paired on 1312 of 1319"),
        (
            {"delta": -2.1, "low": -3.6, "high": -0.6, "verdict": "worse"},
            "B worse by 2.1 [+0.6, +3.6], paired on 1312 of 1319",
        ),
        (
            {"delta": 0.3, "low": -0.4, "high": 0.99, "verdict": "same"},
            "the same within 1.0: +0.3 [-0.4, +1.0], paired on 1312 of 1319",
        ),
        (
            {"delta": -0.04, "low": -2.1, "high": 2.0, "verdict": "undecided"},
            "can't tell: gaps under 2.1 are invisible here; a 1-point gap needs about 5,900 "
            "questions (0.0 [-2.1, +2.0], paired on 1312 of 1319)",
        ),
        (
            {"low": -1.0, "verdict": "undecided", "questions_needed": None},
            "can't tell: gaps under 2.1 are invisible here "
            "(+2.1 [-1.0, +3.6], paired on 1312 of 1319)",
        ),
        (
            {"delta": 0.0, "low": -3.5, "high": 3.5, "verdict": "undecided", "visible_gap": None},
            "can't tell: no question flipped (0.0 [-3.5, +3.5], paired on 1312 of 1319)",
        ),
        (
            {"paired": False, "n": None},
            "B better by 2.1 [+0.6, +3.6], totals only",
        ),
        ({"delta": None}, "can't tell: no score in common"),
        (
            {"low": None, "n": 7, "reason": "few questions", "fixed": 3, "broken": 1},
            "can't tell: only 7 questions in common (+2.1, fixed 3, broken 1)",
        ),
        (
            {"low": None, "n": 1, "reason": "few questions", "fixed": None},
            "can't tell: only 1 question in common (+2.1)",
        ),
        (
            {"low": None, "delta": 0.0, "reason": "all the same"},
            "can't tell: no score differs, paired on 1312 of 1319",
        ),
        (
            {"low": None, "reason": "all the same"},
            "can't tell: every question differs by the same +2.1, paired on 1312 of 1319",
        ),
        (
            {"low": None, "reason": "few clusters"},
            "can't tell: the questions are about fewer than 10 texts "
            "(+2.1, paired on 1312 of 1319)",
        ),
        (
            {"low": None, "reason": "no stderr", "paired": False, "n": None},
            "can't tell: totals only, and not every score has a stderr (+2.1)",
        ),
    ],
)
def test_sentences(change: dict[str, Any], words: str) -> None:
    assert verdict_words(ROW | change, Shown(100, "B", 1.0)) == words


def test_on_0_to_1_there_are_three_digits() -> None:
    row = ROW | {"delta": 0.021, "low": 0.006, "high": 0.036}
    assert verdict_words(row, Shown(1, "B")).startswith("B better by 0.021 [+0.006, +0.036]")


def test_numbers_without_a_scale_have_three_that_tell_something() -> None:
    row = ROW | {"delta": 12.3456, "low": 1.0, "high": 20000.0}
    assert verdict_words(row, Shown(0, "B")).startswith("B better by 12.3 [+1, +2e+04]")


@pytest.mark.parametrize(
    ("count", "words"), [(7, "7"), (99, "99"), (101, "100"), (5873, "5,900"), (149_999, "150,000")]
)
def test_questions_are_told_with_two_digits(count: int, words: str) -> None:
    assert about(count) == words


@pytest.mark.parametrize(
    "candidate", ["1" * 30, "0" * 30, "10" * 15, "1" * 5, "", "." * 30, "1" * 29 + "0"]
)
@pytest.mark.parametrize("totals", [False, True])
@pytest.mark.parametrize("margin", [0.0, 0.5])
def test_whatever_is_found_has_a_sentence(candidate: str, totals: bool, margin: float) -> None:
    made = answered({"a": {"x": bits("10" * 15)}, "b": {"x": bits(candidate)}})
    frame = comparisons(made.evidence(How(margin), totals=totals), "a", ["b"])
    for row in frame.iter_rows(named=True):
        words = verdict_words(row, Shown(1, "B", margin))
        assert "nan" not in words
        assert "None" not in words
        assert words.startswith(
            {"better": "B better", "worse": "B worse", "same": "the same"}.get(
                row["verdict"], "can't tell"
            )
        )


def test_a_margin_of_any_size_is_plain() -> None:
    same = {"verdict": "same", "low": -0.4, "high": 0.8, "delta": 0.2}
    words = verdict_words({**ROW, **same}, Shown(100, "B", 1e11))
    assert str(words).startswith("the same within 1e+11: +0.2 ")
