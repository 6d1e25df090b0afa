"""The gate: is a drop beyond a margin shown, ruled out, or neither; and how often it is wrong."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.build.answered import Answered, answered, bits
from tui_eval.analysis.compare import Evidence
from tui_eval.analysis.compare_report import Compared
from tui_eval.analysis.gate import GATED, REFUSED, Gate, Rules, decisions, gate
from tui_eval.analysis.guard import Difference
from tui_eval.analysis.question_scores import question_scores
from tui_eval.render.junit import as_junit
from tui_eval.render.plain import plain_table
from tui_eval.statistics import multiplicity
from tui_eval.statistics.intervals import Interval, normal_interval, normal_quantile
from tui_eval.statistics.paired import Counts, newcombe
from tui_eval.tables import Tables

EQUAL = bits("1110" * 250)
LOWER = bits("1110" * 200 + "0" * 200)
FEW = bits("1110" * 10)


def gated(*every: Answered, rules: Rules | None = None, **more: Any) -> Gate:
    trials = [
        Compared(one.selection(scale=100), one.evidence(**more), "a", ("b",)) for one in every
    ]
    return gate(trials, rules or Rules())


def gated_on(dataset: str, one: Answered) -> Gate:
    selection = one.selection(dataset, scale=100)
    evidence = Evidence(selection, question_scores(selection, one.samples))
    return gate([Compared(selection, evidence, "a", ("b",))], Rules())


def of(candidate: Any, base: Any = EQUAL, **more: Any) -> Answered:
    return answered({"a": {"x": base}, "b": {"x": candidate}}, **more)


def row_of(found: Gate) -> dict[str, Any]:
    [row] = found.report.frame.to_dicts()
    return row


# --- outcomes -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("candidate", "outcome"),
    [(EQUAL, "passed"), (LOWER, "dropped"), (bits("1110" * 249 + "0000"), "passed")],
)
def test_outcomes(candidate: Any, outcome: str) -> None:
    assert gated(of(candidate)).outcome == outcome


def test_undecided_says_how_many_questions_would_decide() -> None:
    candidate = [*bits("0111"), *FEW[4:]]
    row = row_of(gated(of(candidate, FEW)))
    assert row["outcome"] == "undecided"
    assert row["words"].startswith("can't tell: Δ 0.0 [")
    assert row["words"].endswith("questions would decide")
    spread = np.std([1.0, -1.0] + [0.0] * 38, ddof=1)
    expected = ((normal_quantile() + normal_quantile(0.4)) * spread / 0.01) ** 2
    assert row["questions_needed"] == pytest.approx(expected, abs=1)


def test_undecided_without_a_number_of_questions_says_why() -> None:
    on_the_margin = gated(of(LOWER), rules=Rules(max_drop=15))
    assert on_the_margin.outcome == "undecided"
    assert row_of(on_the_margin)["words"].endswith(
        "; no number of questions can be given: what was found is just what is allowed, and no "
        "interval leaves that out"
    )
    base = [10.0 + number % 3 for number in range(40)]
    made = of([one + 0.1 for one in base], base, unit="number")
    scores = made.tables.scores.with_columns(n=pl.lit(None, pl.Int64))
    unknown = made._replace(tables=Tables(made.tables.runs, scores))
    row = row_of(gated(unknown, totals=True, rules=Rules(max_drop=0.05)))
    assert (row["outcome"], row["questions_needed"]) == ("undecided", None)
    assert row["words"].endswith("it is not known of how many questions the scores are")


def test_the_level_that_decided_stands_behind_the_interval() -> None:
    frame = gated(of(LOWER), of(FEW, FEW)).report.frame
    assert frame["alpha"].to_list() == [0.025, 0.05]
    assert [re.findall(r"at [\d.]+ %", words) for words in frame["words"]] == [
        ["at 97.5 %"],
        ["at 95 %"],
    ]
    assert "at 99.9999999999 %" in row_of(gated(of(FEW, FEW), rules=Rules(alpha=1e-12)))["words"]


def test_of_several_categories_it_is_said_that_every_question_counts_the_same() -> None:
    several = answered({"a": {"x": EQUAL, "y": FEW}, "b": {"x": EQUAL, "y": FEW}}, dataset="e")
    words = "very question counts the same; scores shows the mean over categories, each equal"
    alone = gated_on("e", several)
    assert alone.report.frame["note"].to_list() == [f"e{words}"]
    assert f"E{words}." in alone.report.notes
    assert f"E{words}." in as_junit(alone.report)
    assert row_of(gated(of(EQUAL)))["note"] is None


def test_so_it_does_where_nothing_flipped() -> None:
    """The spread is 0, but so many questions more would make the interval narrow enough."""
    row = row_of(gated(of(FEW, FEW)))
    assert row["outcome"] == "undecided"
    n = row["questions_needed"]
    assert row_of(gated(of(bits("1110" * (n // 4 + 1)), bits("1110" * (n // 4 + 1)))))[
        "outcome"
    ] == ("passed")
    assert row_of(gated(of(bits("1110" * (n // 5)), bits("1110" * (n // 5)))))["outcome"] == (
        "undecided"
    )


def test_the_numbers_are_those_of_the_comparison() -> None:
    made = of(LOWER)
    row, pair = row_of(gated(made)), made.evidence().whole("a", "b").found
    assert row["delta"] == pytest.approx(100 * pair.delta)
    assert (row["low"], row["high"]) == pytest.approx(
        (100 * pair.interval.low, 100 * pair.interval.high)
    )
    assert row["words"] == (
        f"a drop beyond 1 is shown: Δ {row['delta']:.1f} [{row['low']:.1f}, {row['high']:.1f}] "
        "at 95 %, paired on 1000 of 1000"
    )
    assert list(row) == [*GATED.names(), "mark"]


def test_the_allowed_drop_is_in_points() -> None:
    assert gated(of(LOWER), rules=Rules(max_drop=25)).outcome == "passed"
    assert gated(of(LOWER), rules=Rules(max_drop=15)).outcome == "undecided"
    assert gated(of(LOWER), rules=Rules(max_drop=0)).outcome == "dropped"


def test_where_lower_is_better_a_rise_is_the_drop() -> None:
    """As a perplexity: on its own scale, and from totals."""
    base = [10.0 + number % 3 for number in range(40)]
    made = of([one + 2 for one in base], base, higher_is_better=False, unit="number")
    row = row_of(gated(made, totals=True))
    assert row["outcome"] == "dropped"
    assert row["words"].startswith("a rise beyond 1 is shown: Δ +2 [")
    assert row["delta"] == pytest.approx(2)
    better = of([one - 2 for one in base], base, higher_is_better=False, unit="number")
    found = gated(better, totals=True)
    assert row_of(found)["words"].startswith("no rise beyond 1 can be: Δ -2 [")
    notes = " ".join(found.report.notes)
    assert "on the scale of the metric itself: acc" in notes
    assert "a rise counts as the drop: acc" in notes


def test_totals_only_is_said() -> None:
    row = row_of(gated(of(LOWER), totals=True))
    assert (row["outcome"], row["paired"], row["n"]) == ("dropped", False, None)
    assert row["words"].endswith("totals only")
    base = [0.5 + number % 2 / 10 for number in range(20)]
    few = row_of(gated(of(base, base), totals=True))
    assert few["questions_needed"] > 20


def test_without_an_interval_there_is_a_reason_and_no_call() -> None:
    row = row_of(gated(of(bits("110"), bits("111"))))
    assert row["outcome"] == "undecided"
    assert row["words"] == "can't tell: only 3 questions in common (-33.3, fixed 0, broken 1)"
    assert row["questions_needed"] is None


def test_fewer_questions_than_required_decide_nothing() -> None:
    for required, outcome in ((1000, "dropped"), (1001, "undecided")):
        row = row_of(gated(of(LOWER), rules=Rules(require_n=required)))
        assert row["outcome"] == outcome
    assert row["words"] == (
        "can't tell: paired on 1000 of 1000, and at least 1001 paired questions are required"
    )
    row = row_of(gated(of(LOWER), rules=Rules(require_n=1), totals=True))
    assert row["words"] == "can't tell: totals only, and at least 1 paired question is required"


def test_counts_have_no_drop_in_points() -> None:
    row = row_of(gated(of([3.0] * 20, [2.0] * 20, unit="count")))
    assert row["outcome"] == "not comparable"
    assert row["words"] == "acc counts something: it has no drop in points"


@pytest.mark.parametrize("name", [*REFUSED, "prompt", "harness_version"])
def test_other_questions_or_another_judge_are_not_compared(name: str) -> None:
    made = of(EQUAL)
    differs = {"b": (Difference(name, "x", "y"), Difference("dtype", None, "y", is_known=False))}
    trial = Compared(made.selection(scale=100), made.evidence(), "a", ("b",), differs)
    found = gate([trial], Rules())
    assert found.outcome == ("not comparable" if name in REFUSED else "passed")
    assert found.report.frame["differs"].to_list() == [[name]]
    assert ("0.0≠" in plain_table(found.report)) == (name != "harness_version")
    assert any(note.startswith(("≠ d, b: ", "d, b: ")) for note in found.report.notes)


def test_the_worst_dataset_decides() -> None:
    passed, dropped = of(EQUAL), of(LOWER)
    undecided = of(FEW, FEW)
    count = of([3.0] * 20, [2.0] * 20, unit="count")
    assert gated(passed, passed).outcome == "passed"
    assert gated(passed, undecided).outcome == "undecided"
    assert gated(undecided, dropped, passed).outcome == "dropped"
    assert gated(count, dropped).outcome == "not comparable"


# --- several datasets ---------------------------------------------------------------------------


def drop_of(value: float) -> Any:
    """A drop whose standard error is 1."""
    return lambda alpha: normal_interval(value, 1.0, alpha)


def outcomes(values: Sequence[float], alpha: float = 0.05) -> list[str]:
    made = decisions([drop_of(value) for value in values], [0.0] * len(values), alpha)
    return [one.outcome for one in made]


def test_several_datasets_need_more_than_one_alone() -> None:
    assert outcomes([2.0]) == ["dropped"]
    assert outcomes([2.0, 0.0]) == ["undecided", "undecided"]
    assert outcomes([2.3, 0.0]) == ["dropped", "undecided"]


def test_what_is_decided_leaves_the_rest_more_of_alpha() -> None:
    assert outcomes([2.3, -2.0]) == ["dropped", "passed"]
    levels = [one.alpha for one in decisions([drop_of(2.3), drop_of(0.0)], [0.0, 0.0], 0.05)]
    assert levels == [0.025, 0.05]


@settings(max_examples=50, deadline=None)
@given(st.lists(st.floats(-4, 4), max_size=6))
def test_it_is_holms_procedure(values: list[float]) -> None:
    from scipy.special import ndtr

    p = multiplicity.holm([2 * ndtr(-abs(value)) for value in values])
    expected = [
        "undecided" if one > 0.05 else "dropped" if value > 0 else "passed"
        for one, value in zip(p, values, strict=True)
    ]
    assert outcomes(values) == expected


def test_a_dataset_that_cannot_be_tested_is_no_part_of_the_family() -> None:
    alone = gated(of(LOWER)).report.frame["alpha"][0]
    found = gated(of(LOWER), of(bits("110"), bits("111")))
    assert found.report.frame["alpha"][0] == alone == 0.05
    assert not any("Holm" in note for note in found.report.notes)
    both = gated(of(LOWER), of(EQUAL))
    assert any("Holm over 2 datasets" in note for note in both.report.notes)


# --- how often it is wrong ----------------------------------------------------------------------

DRAWS = 1500
FLIPPED = 0.15


def drawn(rng: np.random.Generator, n: int, drop: float) -> list[Any]:
    """Intervals of a drop, of many draws: 15 % of the questions flip, and it is the true one."""
    broken, fixed = (FLIPPED + drop) / 2, (FLIPPED - drop) / 2
    right = 0.6
    cells = rng.multinomial(n, [right, broken, fixed, 1 - right - broken - fixed], DRAWS)
    return [Counts(*map(int, row)) for row in cells]


def interval_of(counts: Counts, cache: dict[Any, Interval]) -> Any:
    def at(alpha: float) -> Interval:
        if (counts, alpha) not in cache:
            low, high = newcombe(counts, alpha)
            cache[counts, alpha] = Interval(-high, -low)
        return cache[counts, alpha]

    return at


@pytest.mark.parametrize("count", [1, 4])
def test_on_the_margin_wrong_calls_are_as_rare_as_alpha(count: int) -> None:
    """Any call of any dataset is wrong there: exit 1, or a part of exit 0."""
    rng = np.random.default_rng(12)
    cache: dict[Any, Interval] = {}
    draws = [drawn(rng, 500, 0.02) for _ in range(count)]
    called = {"passed": 0, "dropped": 0}
    for every in zip(*draws, strict=True):
        made = decisions([interval_of(one, cache) for one in every], [0.02] * count, 0.05)
        for side in called:
            called[side] += any(one.outcome == side for one in made)
    error = 3 * np.sqrt(0.05 * 0.95 / DRAWS)
    assert sum(called.values()) / DRAWS <= 0.05 + error
    assert max(called.values()) / DRAWS <= 0.025 + error
    assert sum(called.values()) > 0
