"""Which runs cannot be told from the best, and which pairs of runs can be told apart."""

from __future__ import annotations

import pytest

from tests.build.answered import Answers, answered, bits
from tui_eval.analysis.level import level_with_best, pair_grid
from tui_eval.statistics import multiplicity

RUNS: Answers = {
    "best": {"x": bits("1" * 45 + "0" * 5), "y": bits("1" * 40 + "0" * 10)},
    "near": {"x": bits("1" * 43 + "0" * 7), "y": bits("1" * 39 + "0" * 11)},
    "far": {"x": bits("1" * 20 + "0" * 30), "y": bits("1" * 10 + "0" * 40)},
}


@pytest.mark.parametrize("totals", [False, True])
def test_level_is_what_the_data_cannot_tell_from_the_best(totals: bool) -> None:
    found = level_with_best(answered(RUNS).evidence(totals=totals))
    rows: dict[tuple[str, str | None], list[str]] = {}
    for part, category, run in found.select("part", "category", "run").iter_rows():
        rows.setdefault((part, category), []).append(run)
    assert rows["category", "x"] == ["near"]
    assert rows["own", None] == ["near"]
    assert rows["questions", None] == ["near"]


def test_p_is_after_holm_over_the_runs_of_a_row() -> None:
    evidence = answered(RUNS).evidence()
    found = level_with_best(evidence).filter(part="category", category="x")
    alone = [evidence.category("best", run, "x").found.p for run in ("near", "far")]
    assert found["p"].to_list() == pytest.approx(
        [float(multiplicity.holm([one or 0.0 for one in alone])[0])]
    )


def test_the_lowest_is_the_best_where_lower_is_better() -> None:
    made = answered(RUNS, higher_is_better=False)
    found = level_with_best(made.evidence(), higher_is_better=False)
    assert found.is_empty()  # both others are far from the lowest


def test_ties_with_the_best_and_what_cannot_be_tested_are_not_in_it() -> None:
    equal = {
        "a": {"x": bits("1" * 20)},
        "b": {"x": bits("1" * 20)},
        "c": {"x": bits("1" * 19 + "0")},
    }
    found = level_with_best(answered(equal).evidence())
    assert set(found["run"]) == {"c"}
    few = {"a": {"x": bits("111")}, "b": {"x": bits("110")}}
    assert level_with_best(answered(few).evidence()).is_empty()


def test_every_pair_has_its_difference_and_q() -> None:
    evidence = answered(RUNS).evidence()
    found = pair_grid(evidence, ["best", "near", "far"])
    assert found.select("run_a", "run_b").rows() == [
        ("best", "near"),
        ("best", "far"),
        ("near", "far"),
    ]
    for row in found.iter_rows(named=True):
        pair = evidence.whole(row["run_a"], row["run_b"]).found
        assert (row["delta"], row["p"]) == (pair.delta, pair.p)
        assert row["verdict"] == pair.verdict
    assert found["q"].to_list() == pytest.approx(multiplicity.holm(found["p"]).tolist())
    assert found["verdict"].to_list() == ["undecided", "worse", "worse"]
