from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise
from typing import Any

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.build.tables import make_tables, score_rows, tables_of
from tui_eval.analysis.flips import contingency, flips_report
from tui_eval.analysis.questions import has_right_and_wrong, questions, sample_metric
from tui_eval.analysis.report import Report
from tui_eval.analysis.samples import preset_counts, samples_report
from tui_eval.analysis.samples import question_table as made
from tui_eval.analysis.selection import WHOLE, Metric, select
from tui_eval.analysis.view import View
from tui_eval.analysis.where import PRESETS, WhereError, letters
from tui_eval.render.export import as_csv, as_json, as_markdown, as_parquet
from tui_eval.render.plain import plain_table
from tui_eval.tables import SAMPLES, Tables

VIEW = View(dataset="d")


def report_of(tables: Tables, samples: pl.DataFrame, view: View, runs: Sequence[str]) -> Report:
    """The report of answers that were never asked for before."""
    return samples_report(select(tables, view), made(select(tables, view), samples, runs))


ACC = Metric("acc", None, "fraction", True)
TWO = tables_of({"one": {"x": 0.5}, "two": {"x": 0.5}})
PAIR = ["one", "two"]

Row = dict[str, Any]


def row(run: str, sample: str, score: float | None = None, **columns: Any) -> Row:
    usual = {"dataset": "d", "category": "x", "attempt": 0, "metric": "acc", "status": "ok"}
    return {**usual, "run": run, "sample": sample, "id": sample, "score": score, **columns}


def samples_of(rows: Sequence[Row]) -> pl.DataFrame:
    return pl.DataFrame(rows, schema=SAMPLES)


def rows_of(scores: dict[str, dict[str, float | None]], **columns: Any) -> list[Row]:
    """Rows of scores by run and sample."""
    return [
        row(run, sample, score, **columns)
        for run, by_sample in scores.items()
        for sample, score in by_sample.items()
    ]


def question_table(
    rows: Sequence[Row], view: View = VIEW, metric: Metric | None = ACC, runs: Sequence[str] = PAIR
) -> dict[str, Row]:
    found = questions(samples_of(rows), runs, view, metric)
    return {question["sample"]: question for question in found.iter_rows(named=True)}


def column(report: Report, name: str) -> list[Any]:
    return report.body[name].to_list()


FOUR = rows_of(
    {
        "one": {"1": 0.0, "2": 1.0, "3": 1.0, "4": 0.0, "5": 1.0},
        "two": {"1": 1.0, "2": 0.0, "3": 1.0, "4": 0.0, "6": 1.0},
    }
)

# --- questions ----------------------------------------------------------------------------------


def test_a_row_a_question_with_what_became_of_it() -> None:
    found = question_table(FOUR)
    assert [question["flip"] for question in found.values()] == [
        *("fixed", "broken", "", ""),
        *(None, None),
    ]
    assert [question["right"] for question in found.values()] == [1, 1, 2, 0, 1, 1]
    assert [question["runs"] for question in found.values()] == [2, 2, 2, 2, 1, 1]
    assert [question["b.correct"] for question in found.values()] == [
        *(True, False, True, False),
        *(None, True),
    ]


def test_what_a_run_lacks_is_missing_not_wrong() -> None:
    lacking = question_table([row("one", "1", 1.0), row("two", "2", None, status="error")])
    for name in ("b.score", "b.status", "b.attempts", "b.rights", "b.flaky", "flip"):
        assert lacking["1"][name] is None
    failed = lacking["2"]
    assert (failed["b.status"], failed["b.attempts"], failed["runs"]) == ("error", 1, 0)
    assert (failed["b.correct"], failed["b.rights"], failed["right"]) == (None, None, None)


def test_several_attempts_are_one_answer() -> None:
    rows = [
        row("one", "1", 1.0, attempt=0, length=10, tokens=3),
        row("one", "1", 0.0, attempt=1, length=21, status="unparsed"),
        row("one", "1", 0.0, attempt=2, length=20, status="truncated"),
        row("two", "1", 1.0, attempt=0),
        row("two", "1", None, attempt=1, status="error"),
    ]
    found = question_table(rows)["1"]
    assert found["a.score"] == pytest.approx(1 / 3)
    assert [found[f"a.{name}"] for name in ("attempts", "rights", "flaky")] == [3, 1, True]
    assert [found[f"a.{name}"] for name in ("correct", "status")] == [False, "truncated"]
    assert [found[f"a.{name}"] for name in ("length", "tokens")] == [17, 3]
    assert [found[f"b.{name}"] for name in ("attempts", "rights", "flaky")] == [2, 1, False]
    assert (found["b.status"], found["b.correct"], found["flip"]) == ("error", True, "fixed")


def test_statuses_from_worst_to_best() -> None:
    order = ["error", "no reference", "empty", "truncated", "unparsed", "ok"]
    for worse, better in pairwise(order):
        rows = [row("one", "1", status=better), row("one", "1", status=worse, attempt=1)]
        assert question_table(rows)["1"]["a.status"] == worse


def test_half_of_the_scale_is_right() -> None:
    half = question_table(rows_of({"one": {"1": 0.5, "2": 0.5 - 1e-12, "3": 0.49}}))
    assert [question["a.correct"] for question in half.values()] == [True, True, False]


@pytest.mark.parametrize(
    "metric",
    [
        Metric("acc", None, "fraction", False),
        Metric("acc", None, "number", True),
        Metric("acc", None, "count", True),
    ],
)
def test_without_a_scale_or_where_less_is_better_nothing_is_right(metric: Metric) -> None:
    found = question_table(FOUR, metric=metric)["1"]
    assert found["b.score"] == 1.0
    for name in ("a.correct", "b.correct", "a.rights", "a.flaky", "right", "flip"):
        assert found[name] is None


def test_scores_that_are_no_numbers_are_missing() -> None:
    found = question_table(rows_of({"one": {"1": float("nan"), "2": float("inf")}}))
    assert [question["a.score"] for question in found.values()] == [None, None]


def test_ids_are_in_the_order_in_which_people_count() -> None:
    ids = ["q10", "q9", "10", "9", "q9-2", "q9-10", "7" * 30, "007", "b"]
    rows = [row("one", f"s{place}", 1.0, id=name) for place, name in enumerate(ids)]
    rows += [row("one", "earlier", 1.0, id="99", category="w")]
    found = [(question["category"], question["id"]) for question in question_table(rows).values()]
    ordered = ["007", "9", "10", "7" * 30, "b", "q9", "q9-2", "q9-10", "q10"]
    assert found == [("w", "99"), *(("x", name) for name in ordered)]


def test_the_id_is_that_of_the_first_run_that_has_the_question() -> None:
    rows = [row("two", "1", 1.0, id="of two"), row("one", "1", 1.0, id="of one")]
    rows += [row("two", "2", 1.0, id="two only")]
    assert [question["id"] for question in question_table(rows).values()] == ["of one", "two only"]
    turned = question_table(rows, runs=["two", "one"])
    assert [question["id"] for question in turned.values()] == ["of two", "two only"]


def test_the_same_sample_of_another_category_or_dataset_is_another_question() -> None:
    rows = [row("one", "1", 1.0), row("two", "1", 0.0, category="y")]
    rows += [row("two", "1", 0.0, dataset="e")]
    found = questions(samples_of(rows), PAIR, VIEW, ACC)
    assert found.select("category", "sample", "a.score", "b.score").rows() == [
        ("x", "1", 1.0, None),
        ("y", "1", None, 0.0),
    ]


def test_a_dataset_without_categories_is_paired_and_found() -> None:
    rows = rows_of({"one": {"1": 1.0}, "two": {"1": 0.0}}, category=None)
    rows += [row("one", "2", 1.0)]
    assert question_table(rows)["1"]["flip"] == "broken"
    assert list(question_table(rows, replace(VIEW, category=WHOLE))) == ["1"]
    assert list(question_table(rows, replace(VIEW, category="x"))) == ["2"]


def test_a_category_is_a_part_and_changes_no_question_in_it() -> None:
    rows = [*FOUR, row("one", "7", 1.0, category="y", question=5), row("one", "1", 1.0, question=5)]
    whole, part = question_table(rows), question_table(rows, replace(VIEW, category="y"))
    assert list(part) == ["7"]
    assert part["7"] == whole["7"]
    assert part["7"]["duplicate"] == 1


def test_duplicates_are_counted_within_a_run() -> None:
    same = {"1": 7, "2": 7, "3": 7, "4": 8}
    rows = [row(run, name, 1.0, question=hash_) for run in PAIR for name, hash_ in same.items()]
    rows += [row("one", "5", 1.0)]
    found = [question["duplicate"] for question in question_table(rows).values()]
    assert found == [2, 2, 2, 0, None]


def test_prompts_differ_where_both_are_known() -> None:
    prompts = {"one": [1, 2, 3, None], "two": [1, 9, None, None]}
    rows = [
        row(run, str(place), 1.0, prompt=prompt)
        for run, of in prompts.items()
        for place, prompt in enumerate(of)
    ]
    assert [question["differs"] for question in question_table(rows).values()] == [
        False,
        True,
        None,
        None,
    ]
    alone = question_table(rows, runs=["one"])
    assert {question["differs"] for question in alone.values()} == {None}


def test_only_rows_of_the_metric_count_and_those_that_nothing_can_score() -> None:
    rows = [
        row("one", "1", 1.0, filter="strict"),
        row("one", "1", 0.0, filter="loose"),
        row("one", "1", 0.0),
        row("one", "2", None, metric=None, status="error"),
    ]
    found = question_table(rows, metric=Metric("acc", "strict", "fraction", True))
    assert [question["a.score"] for question in found.values()] == [1.0, None]
    assert [question["a.status"] for question in found.values()] == ["ok", "error"]
    without = question_table(rows, metric=None)
    assert [question["a.score"] for question in without.values()] == [None, None]
    assert without["1"]["a.attempts"] == 1


def item_rest(known: np.ndarray, item: int) -> float:
    """The correlation of an item with the rest over runs; nan where there is none."""
    answered = ~np.isnan(known[item])
    others = np.delete(known, item, axis=0)
    answered &= ~np.isnan(others).all(axis=0)
    score, rest = known[item][answered], np.nanmean(others[:, answered], axis=0)
    if np.ptp(score) < 1e-9 or np.ptp(rest) < 1e-9:
        return float("nan")
    return float(np.corrcoef(score, rest)[0, 1])


@pytest.mark.parametrize("seed", range(12))
def test_a_reference_that_better_runs_miss_is_suspect(seed: int) -> None:
    chance = np.random.default_rng(seed)
    runs = [f"r{number}" for number in range(10)]
    known = (chance.random((6, 10)) < np.linspace(0.1, 0.9, 10)).astype(float)
    known[0] = 1 - known[1:].mean(axis=0).round()  # what the others miss, and they alone
    known[1] = 0.1  # the same for all, but for float noise
    known[chance.random((6, 10)) < 0.15] = np.nan
    known[1:, 9], known[0, 9] = np.nan, 1.0  # a run without a rest
    rows = [
        row(run, str(item), known[item, place])
        for place, run in enumerate(runs)
        for item in range(6)
        if not np.isnan(known[item, place])
    ]
    found = question_table(rows, runs=runs)
    for item in range(6):
        expected = None
        if (~np.isnan(known[item, :9])).sum() >= 8:
            expected = item_rest(known, item) < -0.3
        assert found[str(item)]["suspect"] is expected, item
    few = question_table(rows, runs=runs[:7])
    assert {question["suspect"] for question in few.values()} == {None}


@pytest.mark.parametrize(("missed_by", "is_suspect"), [((6, 8), False), ((2, 4), True)])
def test_a_reference_is_suspect_below_a_correlation_of_minus_0_3(
    missed_by: tuple[int, int], is_suspect: bool
) -> None:
    """Correlations with the rest of -0.28 and -0.34: close to the threshold on both sides."""
    runs = [f"r{number}" for number in range(10)]
    rests = (0.1, 0.2, 0.9, 0.4, 0.5, 0.6, 0.7, 0.8, 0.65, 0.55)
    asked_of = {run: float(place not in missed_by) for place, run in enumerate(runs)}
    rows = [row(run, "0", asked_of[run]) for run in runs]
    rows += [row(run, "1", rest) for run, rest in zip(runs, rests, strict=True)]
    assert question_table(rows, runs=runs)["0"]["suspect"] is is_suspect


def test_runs_that_are_the_same_make_no_reference_suspect() -> None:
    runs = [f"r{number}" for number in range(9)]
    rows = [row(run, str(item), item / 10) for run in runs for item in range(10)]  # means are noisy
    assert {question["suspect"] for question in question_table(rows, runs=runs).values()} == {False}


# --- the metric ---------------------------------------------------------------------------------


def test_the_metric_of_the_view_where_the_answers_have_it() -> None:
    tables = make_tables(
        score_rows({"one": {"x": 0.5}}),
        score_rows({"one": {"x": 0.5}}, metric="f1"),
        score_rows({"one": {"x": 0.5}}, metric="bleu"),
    )
    rows = [row("one", "1", 0.2, metric="f1"), row("one", "1", None, metric="bleu")]
    samples = samples_of(rows)

    def chosen(metric: str | None) -> str:
        found = sample_metric(select(tables, replace(VIEW, metric=metric)), samples)
        assert found is not None
        return found.name

    assert chosen("f1") == "f1"
    assert chosen("bleu") == "bleu"  # it is there, and no score of single questions
    assert chosen("acc") == "acc"  # asked for: no scores, rather than others
    assert chosen(None) == "f1"
    notes = report_of(tables, samples, VIEW, ["one"]).notes
    assert "No answer has acc: these are scores in f1." in notes
    report = report_of(tables, samples, replace(VIEW, metric="acc"), ["one"])
    assert column(report, "a.score") == [None]
    assert "Not scored in acc, only in f1: 1 answer of one." in report.notes


def test_answers_without_a_report_are_read_by_what_they_hold() -> None:
    selection = select(tables_of({}), VIEW)

    def unit(*values: float | None) -> str | None:
        rows = [row("one", str(place), value) for place, value in enumerate(values)]
        metric = sample_metric(selection, samples_of(rows))
        return metric and metric.unit

    assert unit(0.0, 1.0) == "fraction"
    assert unit(0.0, 1.5) == "number"
    assert unit(None) is None


# --- the list of questions ----------------------------------------------------------------------


def test_a_pair_is_shown_with_what_flipped() -> None:
    report = report_of(TWO, samples_of(FOUR), VIEW, PAIR)
    assert [column.name for column in report.columns] == [
        *("id", "a.score", "b.score", "flip"),
        *("category", "sample"),
    ]
    assert report.body.columns == [column.name for column in report.columns]
    assert report.title == "d · acc · 6 questions"
    assert report.notes == (
        "a: one · b: two",
        "b against a: 1 fixed, 1 broken, 2 same.",
        "4 of 6 questions are in all runs: a lacks 1, b lacks 1.",
        "No run is right in 1.",
    )


def test_three_runs_are_counted_instead() -> None:
    rows = [*FOUR, row("three", "1", 1.0), row("three", "2", None, status="error")]
    three = tables_of({run: {"x": 0.5} for run in (*PAIR, "three")})
    report = report_of(three, samples_of(rows), VIEW, [*PAIR, "three"])
    assert column(report, "right")[:3] == ["2/3", "1/2", "2/2"]
    assert "flip" not in report.body.columns
    assert not any("against" in note for note in report.notes)


def test_columns_that_tell_nothing_are_left_out() -> None:
    rows = [
        row("one", "1", 1.0, length=4, tokens=2),
        row("two", "1", 0.0, status="unparsed", category="y"),
    ]
    report = report_of(TWO, samples_of(rows), VIEW, PAIR)
    assert [column.name for column in report.columns] == [
        *("id", "category", "a.score", "b.score", "flip"),
        *("a.length", "a.tokens", "b.status", "sample"),
    ]


def test_only_what_meets_the_condition_is_shown_and_all_is_counted() -> None:
    view = replace(VIEW, where="a.wrong and b.correct")
    report = report_of(TWO, samples_of(FOUR), view, PAIR)
    assert column(report, "id") == ["1"]
    assert report.title == "d · acc · 1 of 6 questions"
    assert report.notes == report_of(TWO, samples_of(FOUR), VIEW, PAIR).notes
    none = report_of(TWO, samples_of(FOUR), replace(view, where="score > 1"), PAIR)
    assert (none.body.height, none.empty) == (0, "No question meets the condition.")


@pytest.mark.parametrize("where", ["scor < 1", "c.wrong", "("])
def test_a_condition_that_is_not_understood_is_the_callers_matter(where: str) -> None:
    with pytest.raises(WhereError):
        report_of(TWO, samples_of(FOUR), replace(VIEW, where=where), PAIR)


@pytest.mark.parametrize(
    ("sort", "descending", "ids"),
    [
        (None, False, ["2", "3", "4", "10"]),
        ("id", True, ["10", "4", "3", "2"]),
        ("a.score", False, ["4", "2", "3", "10"]),
        ("a.score", True, ["2", "3", "4", "10"]),
        ("a.status", False, ["4", "3", "2", "10"]),
        ("a.length", True, ["3", "2", "10", "4"]),
        ("z.score", True, ["2", "3", "4", "10"]),
    ],
)
def test_questions_are_in_the_order_of_the_view(
    sort: str | None, descending: bool, ids: list[str]
) -> None:
    rows = [
        row("one", "10", None, length=3),
        row("one", "2", 0.1 + 0.2, length=4, status="empty"),
        row("one", "3", 0.3, length=5, status="no reference"),
        row("one", "4", 0.2, status="error"),
    ]
    view = replace(VIEW, sample_sort=sort, sample_descending=descending)
    report = report_of(TWO, samples_of(rows), view, ["one"])
    assert column(report, "id") == ids


def test_percent_are_compared_as_fractions_and_shown_on_the_scale_of_the_view() -> None:
    tables = make_tables(
        score_rows({"one": {"x": 50.0}}, unit="percent"), score_rows({"two": {"x": 0.5}})
    )
    rows = rows_of({"one": {"1": 100.0, "2": 40.0}, "two": {"1": 1.0, "2": 0.4}})
    report = report_of(tables, samples_of(rows), VIEW, PAIR)
    assert column(report, "a.score") == column(report, "b.score") == [1.0, 0.4]
    assert column(report, "flip") == ["", ""]
    assert "Right is a score of 0.5 or more; of several attempts, their mean." in report.notes
    view = replace(VIEW, scale=100, where="a.score < 0.5")
    large = report_of(tables, samples_of(rows), view, PAIR)
    assert column(large, "a.score") == [40.0]
    assert {one.scale for one in large.columns if one.kind == "score"} == {100}
    assert "Right is a score of 50 or more; of several attempts, their mean." in large.notes


@pytest.mark.parametrize(
    ("columns", "why"),
    [
        ({"higher_is_better": False}, "lower is better"),
        ({"unit": "number"}, "its upper end is not known"),
    ],
)
def test_where_nothing_is_right_it_is_said_why(columns: Row, why: str) -> None:
    tables = tables_of({"one": {"x": 0.5}, "two": {"x": 0.5}}, **columns)
    report = report_of(tables, samples_of(FOUR), replace(VIEW, where="a.wrong"), PAIR)
    assert report.body.is_empty()
    assert "flip" not in report.body.columns
    assert f"acc has no right and wrong: {why}." in report.notes


def test_presets_are_counted_before_they_are_chosen() -> None:
    for runs in (PAIR, ["one"]):
        known = made(select(TWO, VIEW), samples_of(FOUR), runs)
        counts = preset_counts(known)
        assert set(PRESETS) - set(counts) == (set() if runs == PAIR else {"both wrong"})
        for name, count in counts.items():
            report = samples_report(select(TWO, replace(VIEW, where=name)), known)
            assert report.height == count, name
    assert preset_counts(made(select(TWO, VIEW), samples_of(FOUR), PAIR))["changed"] == 2


BLEU: dict[str, dict[str, float | None]] = {
    "one": {"1": 0.75, "2": 0.25, "3": 0.5, "4": None},
    "two": {"1": 0.25, "2": 0.5, "3": 0.5, "4": 0.5},
}


def test_a_likeness_of_texts_makes_no_answer_right_but_one_the_best() -> None:
    tables = tables_of({"one": {"x": 0.5}, "two": {"x": 0.5}}, metric="bleu")
    samples = samples_of(rows_of(BLEU, metric="bleu"))
    report = report_of(tables, samples, replace(VIEW, scale=100), PAIR)
    names = ["id", "a.score", "b.score", "best", "spread"]
    assert [one.name for one in report.columns][:5] == names
    assert report.body.select(names[3:]).rows() == [
        ("a", 50.0),
        ("b", 25.0),
        ("a b", 0.0),
        (None, None),
    ]
    told = " ".join(report.notes)
    assert "bleu has no right and wrong: best is the run with the highest score" in told
    for word in ("Right is", "No run is right", "fixed"):
        assert word not in told
    by_spread = replace(VIEW, sample_sort="spread", sample_descending=True)
    assert column(report_of(tables, samples, by_spread, PAIR), "id") == ["1", "2", "3", "4"]
    wide = replace(VIEW, where='spread > 0.3 and best == "a"')
    assert column(report_of(tables, samples, wide, PAIR), "id") == ["1"]
    flips = flips_report(select(tables, replace(VIEW, baseline="one")), samples)
    assert flips.body.select("paired", "fixed", "broken").rows() == [(3, None, None)]


def test_where_lower_is_better_the_lowest_is_the_best() -> None:
    tables = tables_of({"one": {"x": 0.5}, "two": {"x": 0.5}}, metric="ter", higher_is_better=False)
    report = report_of(tables, samples_of(rows_of(BLEU, metric="ter")), VIEW, PAIR)
    assert column(report, "best") == ["b", "a", "a b", None]


@pytest.mark.parametrize(
    ("metric", "scores", "is_rated"),
    [
        ("bleu", [0.0, 1.0], True),
        ("bleu", [0.0, 0.5], False),
        ("rougeL", [0.3], False),
        ("f1", [0.3], False),
        ("bert_score", [0.3], False),
        *((name, [0.3], True) for name in ("acc", "acc_norm", "accuracy_mean", "exact_match")),
        *(
            (name, [0.3], True)
            for name in ("pass@2(exact_match)", "pass@k:k=1&n=4", "qem", "maj@4")
        ),
        *((name, [0.3], True) for name in ("prompt_level_strict_acc", "inst_level_loose", "score")),
        *((name, [0.3], True) for name in ("gpqa_pass@1:1_samples", "em_with_type", "mean_acc")),
    ],
)
def test_right_and_wrong_are_of_accuracies_and_of_scores_of_0_and_1(
    metric: str, scores: list[float], is_rated: bool
) -> None:
    rows = [row("one", str(n), score, metric=metric) for n, score in enumerate(scores)]
    chosen = Metric(metric, None, "fraction", True)
    assert has_right_and_wrong(chosen, samples_of(rows)) is is_rated


def test_answers_without_scores_are_still_there() -> None:
    rows = rows_of({"one": {"1": None}, "two": {"1": None}}, metric="other")
    report = report_of(TWO, samples_of(rows), VIEW, PAIR)
    assert report.body.rows() == [("1", "x", "1")]
    assert "No question has a score of its own in acc." in report.notes


def test_what_is_odd_is_counted_in_notes() -> None:
    runs = [f"r{number}" for number in range(8)]
    rows = [row(run, "0", float(place < 4), prompt=place) for place, run in enumerate(runs)]
    rows += [
        row(run, str(item), float(place >= item), question=min(item, 6))
        for place, run in enumerate(runs)
        for item in range(1, 8)
    ]
    eight = tables_of({run: {"x": 0.5} for run in runs})
    report = report_of(eight, samples_of(rows), VIEW, runs)
    assert "Prompts differ in 1 of 1." in report.notes
    assert "2 questions of the same content as another one." in report.notes
    assert any(note.startswith("1 suspect reference: ") for note in report.notes)
    few = report_of(eight, samples_of(rows), replace(VIEW, where="suspect"), runs[:7])
    assert few.body.is_empty()
    assert "Suspect references show from 8 runs on." in few.notes


def test_without_answers_it_is_said_so() -> None:
    other = report_of(TWO, samples_of(FOUR), View(dataset="e"), PAIR)
    assert (other.body.height, other.empty) == (0, "No answers to show.")


def test_reports_can_be_printed_and_exported() -> None:
    rows = [*FOUR, row("one", "7", 1.0, length=5, status="truncated", category="=1+1")]
    view = replace(VIEW, baseline="one")
    for report in (
        report_of(TWO, samples_of(rows), VIEW, PAIR),
        flips_report(select(TWO, view), samples_of(rows)),
    ):
        assert as_csv(report).count("\n") == report.body.height + 1
        assert "'=1+1" in as_csv(report)
        assert plain_table(report).startswith(report.title)
        assert as_markdown(report).count("\n") >= report.body.height + 2
        assert as_json(report)
        assert as_parquet(report)


# --- what flipped -------------------------------------------------------------------------


def test_flips_by_category_and_in_all() -> None:
    rows = [*FOUR, *rows_of({"one": {"1": 0.0}, "two": {"1": 0.5}}, category="y")]
    view = replace(VIEW, baseline="one", category="x")
    report = flips_report(select(TWO, view), samples_of(rows))
    assert [column.name for column in report.columns] == report.body.columns
    assert report.body.rows() == [
        ("x", "two", "one", 4, 1, 1, 1, 1, 0.0),
        ("y", "two", "one", 1, 1, 0, 0, 0, 0.5),
    ]
    assert report.foot is not None
    assert report.foot.rows() == [("all questions", "two", "one", 5, 2, 1, 1, 1, 0.1)]
    assert report.notes[-1] == "Not compared with two: 1 of 6 of one, 1 of 6 of two."
    on_hundred = flips_report(select(TWO, replace(view, scale=100)), samples_of(rows))
    assert column(on_hundred, "delta") == [0.0, 50.0]


def test_every_candidate_has_its_own_rows() -> None:
    tables = tables_of({"one": {"x": 0.5}, "two": {"x": 0.5}, "three": {"x": 0.5}})
    rows = [*FOUR, row("three", "1", 1.0)]
    view = replace(VIEW, baseline="one")
    report = flips_report(select(tables, view), samples_of(rows))
    assert report.data.select("candidate", "paired").rows() == [("three", 1), ("two", 4)]
    whole = report.body.select("category", "candidate", "paired").rows()
    assert whole[::2] == [("all questions", "three", 1), ("all questions", "two", 4)]
    assert report.roles == ["group", "inner"] * 2
    assert report.foot is None
    chosen = flips_report(
        select(tables, replace(view, candidates=("three", "gone"))), samples_of(rows)
    )
    assert column(chosen, "candidate") == ["three"]


def test_where_nothing_is_right_only_the_difference_is_told() -> None:
    tables = tables_of({"one": {"x": 9.0}, "two": {"x": 9.0}}, unit="number")
    report = flips_report(select(tables, replace(VIEW, baseline="one")), samples_of(FOUR))
    assert report.body.rows() == [("x", "two", "one", 4, None, None, None, None, 0.0)]
    assert any("has no right and wrong" in note for note in report.notes)


@pytest.mark.parametrize(
    ("view", "words"),
    [
        (View(), "Choose a dataset"),
        (VIEW, "Choose a baseline"),
        (replace(VIEW, baseline="gone"), "Choose a baseline"),
        (replace(VIEW, baseline="one", candidates=("one",)), "Choose a candidate"),
        (View(dataset="e", baseline="one"), "No answers to compare"),
    ],
)
def test_what_is_missing_for_flips_is_said(view: View, words: str) -> None:
    report = flips_report(select(TWO, view), samples_of(FOUR))
    assert report.body.is_empty()
    assert report.empty.startswith(words)


# --- properties ---------------------------------------------------------------------------------

SCORES = st.sampled_from([None, 0.0, 0.25, 0.5, 1.0])
ANSWERS = st.builds(
    row,
    st.sampled_from(["one", "two", "three"]),
    st.sampled_from(["1", "2", "3", "10"]),
    SCORES,
    category=st.sampled_from([None, "x", "y"]),
    attempt=st.integers(0, 2),
    id=st.sampled_from(["1", "2", "10"]),
    question=st.sampled_from([None, 1, 2, 2**64 - 1]),
    prompt=st.sampled_from([None, 1, 2]),
    status=st.sampled_from(["ok", "unparsed", "error"]),
    length=st.sampled_from([None, 0, 10]),
    metric=st.sampled_from(["acc", "acc", None]),
)
MANY = st.lists(ANSWERS, max_size=25)


@given(MANY, st.randoms(use_true_random=False))
def test_the_order_of_rows_changes_nothing(rows: list[Row], chance: random.Random) -> None:
    shuffled = rows.copy()
    chance.shuffle(shuffled)
    runs = ["one", "two", "three"]
    tables = tables_of({run: {"x": 0.5} for run in runs})
    view = replace(VIEW, baseline="one", sample_sort="a.score")
    before, after = (
        (
            questions(samples, runs, VIEW, ACC),
            report_of(tables, samples, view, runs),
            flips_report(select(tables, view), samples),
        )
        for samples in (samples_of(rows), samples_of(shuffled))
    )
    assert before[0].equals(after[0])
    for one, other in zip(before[1:], after[1:], strict=True):
        assert one.body.equals(other.body)
        assert one.notes == other.notes


@given(MANY)
def test_another_run_changes_nothing_of_the_others(rows: list[Row]) -> None:
    samples = samples_of(rows)
    before = questions(samples, PAIR, VIEW, ACC)
    after = questions(samples, [*PAIR, "three"], VIEW, ACC)
    own = [name for name in before.columns if name[:2] in ("a.", "b.")]
    keys = ["category", "sample", "id", "flip", *own]
    there = after.filter(pl.any_horizontal(pl.col("a.attempts", "b.attempts").is_not_null()))
    assert there.select(keys).equals(before.select(keys))


@given(MANY)
def test_counts_are_those_of_a_naive_count(rows: list[Row]) -> None:
    samples = samples_of(rows)
    wide = questions(samples, PAIR, VIEW, ACC)
    naive: dict[tuple[str | None, str, str], list[float]] = {}
    for one in rows:
        if one["metric"] == "acc" and one["score"] is not None:
            place = (one["category"], one["sample"], one["run"])
            naive.setdefault(place, []).append(one["score"])
    pairs: dict[str | None, list[tuple[float, float]]] = {}
    for category, sample, run in naive:
        if run == "one" and (category, sample, "two") in naive:
            both = [naive[category, sample, which] for which in PAIR]
            means = [sum(of) / len(of) for of in both]
            pairs.setdefault(category, []).append((means[0], means[1]))
    for category, paired, fixed, broken, right, wrong, delta in contingency(
        wide, "a", "b"
    ).iter_rows():
        means_here = pairs.get(category, [])
        assert paired == len(means_here)
        if not means_here:
            assert (fixed, broken, right, wrong, delta) == (None,) * 5
            continue
        truths = [(one >= 0.5, other >= 0.5) for one, other in means_here]
        expected = [(False, True), (True, False), (True, True), (False, False)]
        assert [fixed, broken, right, wrong] == [truths.count(cell) for cell in expected]
        assert delta == pytest.approx(
            sum(other - one for one, other in means_here) / len(means_here)
        )
    assert set(pairs) <= set(wide["category"])


@given(MANY, st.sampled_from(["flip == 'fixed'", "a.wrong and b.correct", "right < runs"]))
def test_conditions_only_take_questions_away(rows: list[Row], where: str) -> None:
    samples = samples_of(rows)
    tables: Tables = TWO
    whole = report_of(tables, samples, VIEW, PAIR)
    kept = report_of(tables, samples, replace(VIEW, where=where), PAIR)
    assert kept.notes == whole.notes
    assert kept.body.columns == whole.body.columns
    assert kept.body.join(whole.body, on=whole.body.columns, nulls_equal=True).equals(kept.body)


def test_letters_are_the_runs_in_their_order() -> None:
    runs = [f"r{number}" for number in range(28)]
    rows = [row(run, "1", 1.0) for run in runs]
    wide = questions(samples_of(rows), runs, VIEW, ACC)
    assert wide.select(f"{name}.score" for name in letters(28)).row(0) == (1.0,) * 28


def test_categories_in_other_metrics_are_named_and_found_by_their_own() -> None:
    rows = [
        *FOUR,
        row("one", "1", 1.0, category="other", metric="em"),
        row("two", "1", 0.0, category="other", metric="em"),
    ]
    whole = report_of(TWO, samples_of(rows), VIEW, PAIR)
    assert "Left out, since they have no acc: other; m or --metric chooses another metric." in (
        whole.notes
    )
    part = report_of(TWO, samples_of(rows), replace(VIEW, category="other"), PAIR)
    assert (column(part, "a.score"), column(part, "b.score")) == ([1.0], [0.0])
    flips = flips_report(select(TWO, replace(VIEW, baseline="one")), samples_of(rows))
    assert any(note.startswith("Left out, since they have no acc: other") for note in flips.notes)


def test_answers_on_another_scale_than_their_mean_are_not_right_or_wrong() -> None:
    rows = [row("one", "1", 4.0), row("one", "2", 1.0), row("two", "1", 0.0)]
    report = report_of(TWO, samples_of(rows), replace(VIEW, scale=100), PAIR)
    assert column(report, "a.score") == [4.0, 1.0]
    assert "flip" not in report.body.columns
    assert any("its upper end is not known" in note for note in report.notes)


def test_questions_that_share_their_number_alone_are_told() -> None:
    rows = [
        {**row("one", "1", 1.0), "sample": "1:aa"},
        {**row("two", "1", 0.0), "sample": "1:bb"},
    ]
    told = "1 question of a share their number with one of b but not their text: not paired."
    assert told in report_of(TWO, samples_of(rows), VIEW, PAIR).notes
    assert told in flips_report(select(TWO, replace(VIEW, baseline="one")), samples_of(rows)).notes


# --- battles ------------------------------------------------------------------------------------

BATTLES = [
    row("one", sample, score, verdict=verdict, status=status)
    for sample, score, verdict, status in (
        ("1", 1.0, "win", "ok"),
        ("2", 0.5, "tie", "ok"),
        ("3", 0.25, "loss", "ok"),
        ("4", 0.625, "win", "unparsed"),
    )
]


def test_battles_are_never_right_or_wrong() -> None:
    rows = [*BATTLES, *({**one, "run": "two"} for one in BATTLES)]
    found = question_table(rows)
    assert [one["a.verdict"] for one in found.values()] == ["win", "tie", "loss", "win"]
    for name in ("a.correct", "b.correct", "a.rights", "a.flaky", "right", "flip"):
        assert [one[name] for one in found.values()] == [None] * 4
    report = report_of(TWO, samples_of(rows), VIEW, PAIR)
    assert report.body.columns[1:6] == ["a.score", "b.score", "a.verdict", "a.status", "b.verdict"]
    assert report.notes == (
        "a: one · b: two",
        "All runs have all of these questions.",
        "Battles of two models: above 0.5 is a win of the first one, 0.5 a tie, below a loss; no "
        "answer is right or wrong.",
    )
    flips = flips_report(select(TWO, replace(VIEW, baseline="one")), samples_of(rows))
    assert flips.body.row(0, named=True)["paired"] == 4
    assert {flips.body[name][0] for name in ("fixed", "broken", "both right")} == {None}


@pytest.mark.parametrize(
    ("where", "found"),
    [
        ('verdict == "win"', ["1", "4"]),
        ('a.verdict in ("tie", "loss")', ["2", "3"]),
        ("correct", []),
        ("wrong", []),
    ],
)
def test_battles_are_found_by_their_verdict(where: str, found: list[str]) -> None:
    view = replace(VIEW, where=where)
    report = report_of(TWO, samples_of(BATTLES), view, ["one"])
    assert column(report, "id") == found


def test_what_nobody_scored_has_a_state() -> None:
    rows = [row("one", "1", None, metric=None, status="not scored"), row("one", "2", 1.0)]
    report = report_of(TWO, samples_of(rows), VIEW, ["one"])
    assert column(report, "a.status") == ["not scored", "ok"]


def test_answers_that_are_missing_are_told_once_all_are_read() -> None:
    tables = tables_of({"one": {"x": 0.5}, "two": {"x": 0.5}}, n=3, total=9)
    rows = rows_of({"one": {"1": 1.0, "2": 1.0}, "two": {"1": 1.0, "2": 0.0}})
    told = report_of(tables, samples_of(rows), VIEW, PAIR).notes
    assert "a has answers to 2 of 3 questions." in told
    assert "b was asked 3 of 9 questions." in told
    assert "All runs have these 2 questions." in told
    flips = flips_report(select(tables, replace(VIEW, baseline="one")), samples_of(rows))
    assert "two has answers to 2 of 3 questions." in flips.notes
    half = made(select(tables, VIEW), samples_of(rows), PAIR, is_whole=False)
    assert not any(" of 3 " in note or " of 9 " in note for note in half.notes)
    whole = [*rows, *rows_of({"one": {"3": 1.0}, "two": {"3": 0.0}})]
    plain = tables_of({"one": {"x": 0.5}, "two": {"x": 0.5}}, n=3)
    assert "All runs have all of these questions." in (
        report_of(plain, samples_of(whole), VIEW, PAIR).notes
    )


def test_what_runs_have_in_common_is_told_once_all_is_read() -> None:
    selection = select(TWO, VIEW)
    shared = rows_of({"one": {"1": 1.0}, "two": {"1": 1.0}})
    for rows in ([], shared, FOUR):
        half = made(selection, samples_of(rows), PAIR, is_whole=False)
        assert not any("all runs" in note.lower() for note in half.notes)
    assert not any(
        "all runs" in note.lower() for note in made(selection, samples_of([]), PAIR).notes
    )
    assert (
        "All runs have all of these questions." in made(selection, samples_of(shared), PAIR).notes
    )


def test_attempts_count_where_a_harness_counts_them_as_questions() -> None:
    tables = tables_of({"one": {"x": 0.5}}, n=4)
    rows = [row("one", sample, 1.0, attempt=attempt) for sample in "12" for attempt in (0, 1)]
    assert not any(
        "has answers to" in note
        for note in report_of(tables, samples_of(rows), VIEW, ["one"]).notes
    )
