"""How far judges agree, from verdicts of our own on the same answers."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests.build.mixeval import (
    CHOICE_VERDICTS,
    FREE_VERDICTS,
    JUDGE,
    add_rule_files,
    change,
    folder,
    rows_of,
    write_rows,
)
from tests.build.opened import ROOT, opened
from tui_eval.analysis.judges import agreement_facts, agreements, judges_report

__all__ = ["folder"]  # the fixture

DATASET = "mixeval_hard 2031-01-01"
OTHER = "a-judge"


@pytest.fixture
def judged(folder: Path) -> Path:
    """The run with verdicts of a second judge, who differs in one of each split."""
    for name in (FREE_VERDICTS, CHOICE_VERDICTS):
        shutil.copy(folder / name, folder / name.replace(JUDGE, OTHER))
    change(folder / FREE_VERDICTS.replace(JUDGE, OTHER), 1, judge_score=0.6)
    change(folder / CHOICE_VERDICTS.replace(JUDGE, OTHER), 1, judge_option="B")
    return folder


def test_two_judges_are_compared_on_each_split(judged: Path) -> None:
    whole = opened(judged)
    found = agreements(whole.shown, whole.whole(DATASET).rows)
    free, choice = sorted(found.iter_rows(named=True), key=lambda row: row["verdicts"])
    assert {(row["judge_a"], row["judge_b"]) for row in (free, choice)} == {(JUDGE, OTHER)}
    assert (free["verdicts"], free["n"], free["equal"]) == ("graded", 3, pytest.approx(2 / 3))
    assert free["mean_abs_delta"] == pytest.approx(0.1)
    assert free["pearson"] == pytest.approx(1)
    assert free["kappa"] == pytest.approx(1 - 0.03 / (0.98 / 9 + 0.32 / 9 + 0.01), abs=1e-9)
    assert (free["low"], free["high"]) == (None, None)
    assert (choice["verdicts"], choice["n"]) == ("right or wrong", 4)
    assert choice["equal"] == 0.75
    assert choice["mean_abs_delta"] is None


def test_random_verdicts_are_nobodys(judged: Path) -> None:
    change(judged / CHOICE_VERDICTS.replace(JUDGE, OTHER), 0, judge_response="I cannot say.")
    whole = opened(judged)
    report = judges_report(whole.shown, whole.whole(DATASET).rows)
    choice = report.frame.filter(verdicts="right or wrong").row(0, named=True)
    assert (choice["n"], choice["unparsed"]) == (3, 1)
    assert "Left out: 1 verdict that could not be parsed." in report.notes


def test_one_judge_has_nobody_to_agree_with(folder: Path) -> None:
    whole = opened(folder)
    report = judges_report(whole.shown, whole.whole(DATASET).rows)
    assert (report.height, report.empty) == (0, "No answers were judged by several judges.")


def test_rules_are_a_judge(folder: Path) -> None:
    add_rule_files(folder)
    for path in folder.glob("judge_results_*_rule.jsonl"):
        write_rows(path, [{**row, "parsed_result": ["x"]} for row in rows_of(path)])
    whole = opened(folder)
    found = agreements(whole.shown, whole.whole(DATASET).rows)
    assert set(found["judge_a"]) | set(found["judge_b"]) == {JUDGE, "rule"}


def test_what_i_of_a_run_tells(judged: Path) -> None:
    whole = opened(judged)
    (run,) = whole.runs
    facts = agreement_facts(whole.shown, whole.whole(DATASET).rows, run)
    words = f"66.7 % of 3, weighted kappa 0.806, mean |Δ| 0.100: {JUDGE} and {OTHER}"
    assert facts["judges agree, graded"] == words
    assert len(facts) == 2


def test_three_judges_are_three_pairs(judged: Path) -> None:
    for name in (FREE_VERDICTS, CHOICE_VERDICTS):
        shutil.copy(judged / name, judged / name.replace(JUDGE, "b-judge"))
    whole = opened(judged)
    (run,) = whole.runs
    facts = agreement_facts(whole.shown, whole.whole(DATASET).rows, run)
    kinds = ("graded", "right or wrong")
    names = {f"judges agree, {kind}{more}" for kind in kinds for more in ("", ", 2", ", 3")}
    assert facts.keys() == names


def test_two_filters_of_one_file_are_no_judges() -> None:
    whole = opened(ROOT / "lm_eval")
    assert agreements(whole.shown, whole.whole("pocketquiz").rows).is_empty()
