"""Comparisons as a table: its columns, what q is over, and what is said below it."""

from __future__ import annotations

from typing import Any

import polars as pl
import pytest

from tests.build.answered import Answered, Answers, answered, bits
from tui_eval.analysis.compare import Tests as How
from tui_eval.analysis.compare_report import Compared, compare_report, level_words
from tui_eval.analysis.guard import Difference
from tui_eval.analysis.report import Report
from tui_eval.render.plain import plain_table
from tui_eval.statistics import multiplicity
from tui_eval.tables import Tables

RUNS: Answers = {
    "a": {"x": bits("1100" * 10), "y": bits("1000" * 5)},
    "b": {"x": bits("1110" * 10), "y": bits("1100" * 5)},
    "c": {"x": bits("1000" * 10), "y": bits("1000" * 5)},
}


def compared(made: Answered, *candidates: str, **more: Any) -> Compared:
    tests, differs = more.pop("tests", None), more.pop("differs", {})
    scale = more.pop("scale", 1)
    selection = made.selection(made.tables.scores["dataset"][0], scale=scale)
    from tui_eval.analysis.compare import Evidence
    from tui_eval.analysis.question_scores import question_scores

    scores = None if more.get("totals") else question_scores(selection, made.samples)
    return Compared(
        selection, Evidence(selection, scores, tests), "a", candidates or ("b",), differs
    )


def report(*candidates: str, by: Any = "dataset", **more: Any) -> Report:
    return compare_report([compared(answered(RUNS), *candidates, **more)], by)


def notes(made: Report) -> str:
    return "\n".join(made.notes)


def test_a_row_a_candidate_or_also_one_a_category() -> None:
    assert report("b", "c").frame.select("candidate", "category").rows() == [
        ("b", None),
        ("c", None),
    ]
    rows = report("b", "c", by="category").frame.select("candidate", "category").rows()
    assert rows == [(run, category) for run in "bc" for category in (None, "x", "y")]


def test_scores_and_differences_are_on_the_scale_that_is_shown() -> None:
    one, hundred = (report(scale=scale).frame.row(0, named=True) for scale in (1, 100))
    for name in ("baseline_score", "candidate_score", "delta", "low", "high", "visible_gap"):
        assert hundred[name] == pytest.approx(100 * one[name])
    for name in ("p", "q", "n", "fixed", "broken", "questions_needed", "verdict"):
        assert hundred[name] == one[name]
    assert one["words"].startswith("b better by 0.250 [")
    assert hundred["words"].startswith("b better by 25.0 [")


def test_q_of_one_dataset_is_holm_over_candidates_and_bh_over_categories() -> None:
    frame = report("b", "c", by="category").frame
    wholes = frame.filter(frame["category"].is_null())
    assert wholes["q"].to_list() == pytest.approx(multiplicity.holm(wholes["p"]).tolist())
    own = frame.filter(frame["category"].is_not_null(), frame["candidate"] == "b")
    expected = multiplicity.benjamini_hochberg(own["p"])
    assert own["q"].to_list() == pytest.approx(expected.tolist())


def test_q_of_several_datasets_is_bh_over_the_datasets_of_a_candidate() -> None:
    every = [compared(answered(RUNS, dataset=name), "b", "c") for name in ("d", "e", "f")]
    made = compare_report(every)
    for run in "bc":
        own = made.frame.filter(candidate=run)
        expected = multiplicity.benjamini_hochberg(own["p"])
        assert own["q"].to_list() == pytest.approx(expected.tolist())
    assert made.title == "3 datasets · acc · 2 candidates against a"


def test_what_is_drawn_is_what_rows_differ_in() -> None:
    def drawn(made: Report) -> list[str]:
        return [column.name for column in made.drawn.columns]

    numbers = ["baseline_score", "candidate_score", "delta", "low", "high"]
    assert drawn(report()) == ["candidate", *numbers, "p", "n", "fixed", "broken", "verdict"]
    assert drawn(report(by="category"))[0] == "category"
    assert "q" in drawn(report("b", "c"))
    assert "p" not in drawn(report("b", "c"))
    several = [compared(answered(RUNS, dataset=name)) for name in ("d", "e")]
    assert drawn(compare_report(several))[:2] == ["dataset", "baseline_score"]


def test_what_differs_is_marked_and_told() -> None:
    different = (Difference("prompt", "x", "y"), Difference("dtype", "fp16", "bf16"))
    made = report("b", "c", differs={"b": different, "c": ()})
    assert made.frame["differs"].to_list() == [["prompt", "dtype"], []]
    text = plain_table(made).split("\n\n")[1]
    [row] = [line for line in text.splitlines() if line.startswith("b ")]
    [other] = [line for line in text.splitlines() if line.startswith("c ")]
    assert "≠" in row
    assert "≠" not in other
    assert "≠ d, b: not the same: prompt x / y, dtype fp16 / bf16." in notes(made)


def test_what_differs_alike_is_told_once() -> None:
    different = (Difference("prompt", "x", "y"),)
    made = report("b", "c", differs={"b": different, "c": different})
    assert [note for note in made.notes if "prompt" in note] == [
        "≠ d, b; d, c: not the same: prompt x / y."
    ]


def test_what_mostly_does_not_matter_has_no_mark() -> None:
    made = report(differs={"b": (Difference("dtype", "fp16", "bf16"),)})
    assert "≠" not in plain_table(made)
    assert "d, b: not the same: dtype fp16 / bf16." in notes(made)


def test_methods_are_told_with_their_level() -> None:
    assert "95 % interval, and p: Newcombe, McNemar mid-p (1 row)." in notes(report())
    assert "99 % interval" in notes(report(tests=How(alpha=0.01)))
    made = report(totals=True)
    assert "z, totals only (1 row)" in notes(made)
    assert "Totals only, since there are no answers with a score: d." in notes(made)


def test_answers_that_do_not_give_the_reported_score_are_told() -> None:
    made = answered(RUNS)
    other = made.tables.scores.with_columns(value=pl.lit(0.9), stderr=pl.lit(0.1))
    tables = Tables(made.tables.runs, other)
    found = notes(compare_report([compared(Answered(tables, made.samples))]))
    reason = "since the answers that were read do not give the reported score: d."
    assert f"Totals only, {reason}" in found


def test_what_is_compared_of_several_categories_is_told() -> None:
    words = "very question counts the same; scores shows the mean over categories, each equal."
    assert f"\nE{words}\n" in notes(report())
    single = answered({run: {"x": one["x"]} for run, one in RUNS.items()}, dataset="e")
    assert words not in notes(compare_report([compared(single)]))
    assert f"d: e{words}" in notes(compare_report([compared(answered(RUNS)), compared(single)]))


@pytest.mark.parametrize(
    ("alpha", "level"),
    [(0.05, "95"), (0.025, "97.5"), (0.05 / 3, "98.33"), (1e-12, "99.9999999999"), (0.9, "10")],
)
def test_levels_are_written_plainly(alpha: float, level: str) -> None:
    assert level_words(alpha) == level
    assert level_words(1e-300) != "100"


def test_families_are_told() -> None:
    assert "q: " not in notes(report())
    assert "q: p adjusted over the candidates by Holm." in notes(report("b", "c"))
    both = notes(report("b", "c", by="category"))
    assert "over the categories of a candidate by Benjamini-Hochberg; over the candidates" in both


@pytest.mark.parametrize(
    ("direction", "words"), [(False, "Lower is better: acc."), (None, "Not known which way")]
)
def test_directions_are_told(direction: bool | None, words: str) -> None:
    made = compare_report([compared(answered(RUNS, higher_is_better=direction))])
    assert words in notes(made)
    assert made.frame["verdict"][0] == ("worse" if direction is False else "better")


def test_the_margin_is_told() -> None:
    assert "within ±2." in notes(report(tests=How(margin=0.02), scale=100))
    assert "within ±1000000000." in notes(report(tests=How(margin=1e9)))


def test_each_comparison_has_its_sentence_where_there_are_few() -> None:
    made = report("b", "c")
    words = made.frame["words"].to_list()
    assert list(made.notes[:2]) == [f"{words[0]}.", f"{words[1]}."]
    many = compare_report([compared(answered(RUNS, dataset=str(one))) for one in range(9)])
    assert not any("paired on" in note for note in many.notes)


def test_nothing_to_compare_is_an_empty_table() -> None:
    made = compare_report([])
    assert made.empty
    assert plain_table(made)
