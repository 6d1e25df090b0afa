"""Candidates against a baseline: what is compared, and what must hold of whatever is found."""

from __future__ import annotations

import math
from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.build.answered import Answered, Answers, answered, bits
from tui_eval.analysis.compare import Evidence, comparisons
from tui_eval.analysis.compare import Tests as How
from tui_eval.analysis.question_scores import question_scores
from tui_eval.statistics import multiplicity, paired

BASE = bits("1111 1111 0000 0000 1010 1010 1111")
BETTER = bits("1111 1111 1111 1110 1010 1011 1111")
WORSE = bits("1111 1111 0000 0000 1010 1010 0000")


def compared(made: Answered, *runs: str, by: Any = "dataset", **more: Any) -> list[dict[str, Any]]:
    """Comparisons with ``a``, as rows."""
    tests = more.pop("tests", None)
    frame = comparisons(made.evidence(tests, **more), "a", runs or ("b",), by)
    return frame.to_dicts()


def pair(made: Answered, **more: Any) -> dict[str, Any]:
    [row] = compared(made, **more)
    return row


# --- paired -------------------------------------------------------------------------------------


def test_it_is_paired_on_the_questions_of_both() -> None:
    made = answered({"a": {"x": bits("110011001100.")}, "b": {"x": bits(".11011101101.")}})
    row = pair(made)
    assert (row["paired"], row["n"], row["baseline_n"], row["candidate_n"]) == (True, 11, 12, 11)
    assert (row["fixed"], row["broken"], row["same"]) == (3, 0, 8)
    assert row["baseline_score"] == pytest.approx(5 / 11)
    assert row["candidate_score"] == pytest.approx(8 / 11)
    assert row["delta"] == pytest.approx(3 / 11)


@pytest.mark.parametrize(
    ("candidate", "verdict"), [(BETTER, "better"), (WORSE, "undecided"), (BASE, "undecided")]
)
def test_verdicts(candidate: Any, verdict: str) -> None:
    assert pair(answered({"a": {"x": BASE}, "b": {"x": candidate}}))["verdict"] == verdict


def test_where_lower_is_better_the_verdict_turns() -> None:
    made = answered({"a": {"x": BASE}, "b": {"x": BETTER}}, higher_is_better=False)
    assert pair(made)["verdict"] == "worse"


def test_within_the_margin_they_are_the_same() -> None:
    equal = bits("10" * 100)
    made = answered({"a": {"x": equal}, "b": {"x": equal}})
    assert pair(made)["verdict"] == "undecided"
    assert pair(made, tests=How(margin=0.05))["verdict"] == "same"


def test_alpha_is_that_of_the_interval() -> None:
    made = answered({"a": {"x": BASE}, "b": {"x": BETTER}})
    wide, narrow = (pair(made, tests=How(alpha=alpha)) for alpha in (0.001, 0.2))
    assert wide["low"] < narrow["low"] < narrow["high"] < wide["high"]
    assert wide["p"] == narrow["p"]
    at = made.evidence().at(0.2).whole("a", "b").found
    assert (at.interval.low, at.interval.high) == (narrow["low"], narrow["high"])


def test_few_questions_have_counts_and_no_p() -> None:
    row = pair(answered({"a": {"x": bits("110011001")}, "b": {"x": bits("111111001")}}))
    assert (row["fixed"], row["broken"], row["n"]) == (2, 0, 9)
    assert (row["low"], row["p"], row["method"]) == (None, None, None)
    assert (row["verdict"], row["reason"]) == ("undecided", "few questions")


@pytest.mark.parametrize(("size", "method"), [(29, "paired t, sign-flip p"), (30, "paired t")])
def test_other_scores_are_tested_by_their_differences(size: int, method: str) -> None:
    base = [number % 7 / 10 for number in range(size)]
    made = answered(
        {"a": {"x": base}, "b": {"x": [one + number % 3 / 10 for number, one in enumerate(base)]}}
    )
    row = pair(made)
    assert row["method"] == method
    assert (row["fixed"], row["same"]) == (None, None)


def test_copies_and_passages_are_clusters() -> None:
    copies = {number: number // 2 for number in range(28)}
    made = answered({"a": {"x": BASE}, "b": {"x": BETTER}}, copies=copies)
    row = pair(made)
    assert row["method"] == "paired t over clusters"
    assert row["fixed"] == 8
    alone = pair(answered({"a": {"x": BASE}, "b": {"x": BETTER}}))
    assert row["high"] - row["low"] > alone["high"] - alone["low"]


def test_attempts_are_averaged_before_they_are_compared() -> None:
    twice = {
        "a": {"x": [(1.0, 0.0)] * 6 + [(0.0, 0.0)] * 6},
        "b": {"x": [(1.0, 1.0)] * 6 + [(0.0, 1.0)] * 6},
    }
    row = pair(answered(twice))
    assert row["n"] == 12
    assert row["delta"] == pytest.approx(0.5)
    assert row["fixed"] is None


# --- totals -------------------------------------------------------------------------------------


def test_without_answers_it_is_on_totals() -> None:
    made = answered({"a": {"x": BASE}, "b": {"x": BETTER}})
    row, own = pair(made, totals=True), pair(made)
    assert (row["paired"], row["n"], row["fixed"]) == (False, None, None)
    assert row["method"] == "z, totals only"
    assert row["baseline_n"] == row["candidate_n"] == 28
    assert row["delta"] == pytest.approx(own["delta"])
    assert row["high"] - row["low"] > own["high"] - own["low"]


def test_answers_of_one_side_alone_are_no_pairs() -> None:
    made = answered({"a": {"x": BASE}, "b": {"x": BETTER}})
    half = made._replace(samples=made.samples.filter(run="a"))
    assert not pair(half)["paired"]
    assert pair(half)["method"] == "z, totals only"


def test_answers_that_give_another_score_than_is_shown_are_not_compared() -> None:
    made = answered({"a": {"x": BASE}, "b": {"x": BETTER}})
    other = made.samples.with_columns(
        score=pl.when(run="b").then(1.0).otherwise("score"),
    )
    row = pair(made._replace(samples=other))
    assert not row["paired"]
    assert row["candidate_score"] == pytest.approx(24 / 28)


def test_what_is_lost_of_the_answers_does_not_end_pairing() -> None:
    """The score is of 40 questions, 12 answers are there: they may be among them."""
    made = answered({"a": {"x": bits("1010") * 10}, "b": {"x": bits("1110") * 10}})
    lost = made.samples.filter(pl.col("run") == "b").head(28)
    keys = ["run", "sample"]
    rest = made._replace(samples=made.samples.join(lost, on=keys, how="anti"))
    pair = rest.evidence().category("a", "b", "x")
    assert (pair.found.n, pair.baseline_n, pair.candidate_n) == (12, 40, 12)


def test_nothing_flipped_in_clusters_has_an_interval_of_as_many_questions() -> None:
    same = {"x": bits("10") * 20}
    clusters = {number: number // 2 for number in range(40)}
    found = answered({"a": same, "b": same}, clusters=clusters).evidence().category("a", "b", "x")
    assert found.found.method == "Newcombe on clusters, McNemar mid-p"
    assert found.found.p == 1.0
    counts = paired.Counts(20, 0, 0, 20)
    assert found.found.interval == paired.newcombe(counts, worth=20)
    assert found.found.interval.low < paired.newcombe(counts).low < 0


def test_without_errors_there_is_a_difference_and_a_reason() -> None:
    made = answered({"a": {"x": [3.0]}, "b": {"x": [5.0]}}, unit="count")
    row = pair(made, totals=True)
    assert row["delta"] == 2
    assert (row["low"], row["p"], row["verdict"]) == (None, None, "undecided")
    assert row["reason"] == "no stderr"


def test_without_a_common_category_there_is_no_difference() -> None:
    made = answered({"a": {"x": BASE}, "b": {"y": BETTER}})
    row = pair(made)
    assert (row["delta"], row["verdict"]) == (None, "undecided")


# --- parts --------------------------------------------------------------------------------------


THREE: Answers = {
    "a": {"x": BASE, "y": bits("10" * 10), "only a": BASE},
    "b": {"x": BETTER, "y": bits("11" * 10), "only b": BASE},
    "c": {"x": WORSE, "y": bits("10" * 10)},
}


def test_categories_that_both_have_are_compared() -> None:
    rows = compared(answered(THREE), "b", "c", by="category")
    assert [(row["run"], row["part"], row["category"]) for row in rows] == [
        (run, part, category)
        for run in "bc"
        for part, category in (
            ("whole", None),
            ("mean", None),
            ("category", "x"),
            ("category", "y"),
        )
    ]


def test_the_whole_is_over_the_questions_of_the_common_categories() -> None:
    whole, mean, x, y = compared(answered(THREE), by="category")
    assert whole["n"] == 48
    assert whole["fixed"] == x["fixed"] + y["fixed"]
    assert whole["delta"] == pytest.approx((28 * x["delta"] + 20 * y["delta"]) / 48)
    assert mean["delta"] == pytest.approx((x["delta"] + y["delta"]) / 2)
    assert mean["method"] == "macro mean, normal, paired"


def test_q_is_by_kind() -> None:
    rows = compared(answered(THREE), "b", "c", by="category")
    for run in "bc":
        own = [row for row in rows if row["run"] == run and row["part"] == "category"]
        expected = multiplicity.benjamini_hochberg([row["p"] for row in own])
        assert [row["q"] for row in own] == pytest.approx(expected.tolist())
    wholes = [row for row in rows if row["part"] == "whole"]
    expected = multiplicity.holm([row["p"] for row in wholes])
    assert [row["q"] for row in wholes] == pytest.approx(expected.tolist())


# --- properties ---------------------------------------------------------------------------------

scores = st.sampled_from([0.0, 1.0, None])
partial = st.sampled_from([0.0, 0.25, 0.5, 1.0, None])
sides = st.one_of(
    *(st.lists(st.tuples(one, one), min_size=1, max_size=40) for one in (scores, partial))
)
few = settings(max_examples=20, deadline=None)

MIRRORED = {
    "baseline_score": "candidate_score",
    "candidate_score": "baseline_score",
    "baseline_n": "candidate_n",
    "candidate_n": "baseline_n",
    "fixed": "broken",
    "broken": "fixed",
}
TURNED = {"better": "worse", "worse": "better"}


def one_pair(rows: list[tuple[Any, Any]], **more: Any) -> Answered:
    half = len(rows) // 2
    parts = {"x": rows[:half], "y": rows[half:]}
    answers = {
        run: {name: [row[place] for row in part] for name, part in parts.items() if part}
        for place, run in enumerate("ab")
    }
    return answered(answers, **more)


def close(one: Any, other: Any) -> bool:
    if isinstance(one, float) and isinstance(other, float):
        return math.isclose(one, other, rel_tol=1e-9, abs_tol=1e-12)
    return bool(one == other)


@few
@given(sides)
def test_swapping_baseline_and_candidate_mirrors_everything(rows: list[tuple[Any, Any]]) -> None:
    evidence = one_pair(rows).evidence()
    there = comparisons(evidence, "a", ["b"]).to_dicts()
    back = comparisons(evidence, "b", ["a"]).to_dicts()
    assert len(there) == len(back)
    for one, other in zip(there, back, strict=True):
        assert one["delta"] is None or close(one["delta"], -other["delta"])
        assert one["low"] is None or close(one["low"], -other["high"])
        assert (one["low"] is None) == (other["low"] is None)
        assert TURNED.get(one["verdict"], one["verdict"]) == other["verdict"]
        for name in set(one) - {"run", "delta", "low", "high", "verdict"}:
            assert close(one[name], other[MIRRORED.get(name, name)]), name


@few
@given(st.lists(st.tuples(partial, partial), min_size=1, max_size=40), st.floats(0.01, 5))
def test_a_constant_added_to_both_changes_no_paired_figure(
    rows: list[tuple[Any, Any]], constant: float
) -> None:
    rows = [(0.25, 0.5), *rows]  # no share of right answers
    more: list[tuple[Any, Any]] = [
        tuple(one if one is None else one + constant for one in row)  # type: ignore[misc]
        for row in rows
    ]
    found, moved = (
        comparisons(one_pair(some, unit="number").evidence(), "a", ["b"]).to_dicts()
        for some in (rows, more)
    )
    for one, other in zip(found, moved, strict=True):
        if one["part"] == "whole" or "Newcombe" not in (one["method"] or "Newcombe"):
            for name in ("n", "method", "reason", "verdict"):
                assert other[name] == one[name]
            for name in ("delta", "low", "high", "p", "visible_gap"):
                assert other[name] == pytest.approx(one[name], rel=1e-6, abs=1e-9), name


@few
@given(sides, st.randoms(use_true_random=False))
def test_the_order_of_rows_changes_nothing(rows: list[tuple[Any, Any]], chance: Any) -> None:
    made = one_pair(rows)
    order = list(range(made.samples.height))
    chance.shuffle(order)
    mixed = made._replace(samples=made.samples[order])
    expected = comparisons(made.evidence(), "a", ["b"])
    assert comparisons(mixed.evidence(), "a", ["b"]).equals(expected)


@few
@given(sides)
def test_interval_and_verdict_never_contradict(rows: list[tuple[Any, Any]]) -> None:
    for row in comparisons(one_pair(rows).evidence(), "a", ["b"]).iter_rows(named=True):
        if row["low"] is None:
            assert (row["verdict"], row["p"], row["method"]) == ("undecided", None, None)
            assert row["reason"]
            continue
        assert row["low"] <= row["delta"] + 1e-12
        assert row["delta"] <= row["high"] + 1e-12
        assert row["verdict"] == (
            "better" if row["low"] > 0 else "worse" if row["high"] < 0 else "undecided"
        )


@few
@given(sides, st.integers(0, 39))
def test_one_answer_that_is_lost_is_missing_there_alone(
    rows: list[tuple[Any, Any]], number: int
) -> None:
    """The pair goes, its category and the whole change; nothing else does."""
    rows = [(0.5, 0.5), *rows]  # whether a run has but right and wrong does not change, either
    number = 1 + number % (len(rows) - 1)
    lost = [(a, None if place == number else b) for place, (a, b) in enumerate(rows)]
    tables = [
        comparisons(one_pair(some).evidence(), "a", ["b"]).to_dicts() for some in (rows, lost)
    ]
    damaged = "x" if number < len(rows) // 2 else "y"
    before, after = ({(row["part"], row["category"]): row for row in one} for one in tables)
    for key in before.keys() & after.keys():
        if key == ("category", "x" if damaged == "y" else "y"):
            same = {name: value for name, value in before[key].items() if name != "q"}
            assert same == {name: value for name, value in after[key].items() if name != "q"}
        elif key == ("category", damaged) and before[key]["n"] and after[key]["n"]:
            had = None not in rows[number]
            assert after[key]["n"] == before[key]["n"] - had


@pytest.mark.parametrize(
    "rows",
    [
        [],
        [(None, None)],
        [(1.0, None), (None, 1.0)],
        [(1.0, 1.0)],
        [(1.0, 1.0)] * 50,
        [(0.5, 0.5)] * 50,
        [(0.25, 0.75)] * 50,
    ],
    ids=["none", "no score", "no pair", "one", "all right", "all equal", "all moved alike"],
)
def test_what_is_degenerate_has_a_reason_and_no_number(rows: list[tuple[Any, Any]]) -> None:
    made = one_pair(rows) if rows else answered({"a": {"x": []}, "b": {"x": []}})
    for row in comparisons(made.evidence(), "a", ["b"]).iter_rows(named=True):
        assert row["low"] is not None or (row["p"] is None and row["reason"])
        assert row["low"] is None or row["low"] < row["high"]
        assert row["p"] != 0


def test_one_cluster_has_no_interval() -> None:
    one = dict.fromkeys(range(28), 1)
    made = answered({"a": {"x": BASE}, "b": {"x": BETTER}}, clusters=one)
    row = pair(made)
    assert (row["low"], row["p"], row["reason"]) == (None, None, "few clusters")
    assert (row["fixed"], row["broken"]) == (8, 0)


def test_what_is_known_of_other_runs_changes_no_pair() -> None:
    made = answered(THREE)
    selection = made.selection()
    alone = question_scores(selection, made.samples, ["a", "b"])
    [one] = comparisons(Evidence(selection, alone), "a", ["b"], "dataset").to_dicts()
    assert one == pair(made)
