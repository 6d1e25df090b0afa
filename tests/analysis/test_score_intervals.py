"""The interval of every score: how it is made, where it comes from, and why there is none."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import polars as pl
import pytest

from tests.build.answered import Answered, answered, bits
from tui_eval.analysis.question_scores import question_scores
from tui_eval.analysis.score_intervals import score_intervals
from tui_eval.analysis.selection import select
from tui_eval.analysis.view import View
from tui_eval.records import STDERR
from tui_eval.tables import SETTINGS, Tables

Z = 1.959963984540054

A = bits("1111 0000 11")
B = bits("1010 1010 10")


def wilson(share: float, n: float) -> tuple[float, float]:
    """Wilson (1927), written down once more."""
    middle = (share + Z**2 / (2 * n)) / (1 + Z**2 / n)
    half = Z / (1 + Z**2 / n) * math.sqrt(share * (1 - share) / n + Z**2 / (4 * n**2))
    return middle - half, middle + half


def rows_of(made: Answered, *, totals: bool = False) -> dict[tuple[str, str, Any], dict[str, Any]]:
    """Intervals by run, part and category."""
    selection = made.selection()
    scores = None if totals else question_scores(selection, made.samples)
    rows = score_intervals(selection, scores).iter_rows(named=True)
    return {(row["run"], row["part"], row["category"]): row for row in rows}


def ends(row: dict[str, Any]) -> tuple[float, float]:
    return row["low"], row["high"]


def flawed(made: Answered, dataset: str | None = None) -> Answered:
    """The same, of a harness whose standard errors are wrong: of averages, or all of them."""
    told = {"run": "a", "dataset": dataset, "name": STDERR, "value": "is wrong"}
    settings = pl.DataFrame([{name: told.get(name) for name in SETTINGS}], SETTINGS)
    tables = Tables(made.tables.runs, made.tables.scores, settings)
    return made._replace(tables=tables)


# --- from answers -------------------------------------------------------------------------------


def test_shares_of_right_answers_have_wilsons_interval() -> None:
    row = rows_of(answered({"a": {"x": A}}))["a", "category", "x"]
    assert ends(row) == pytest.approx(wilson(0.6, 10))
    assert (row["method"], row["n"], row["is_recomputed"]) == ("Wilson", 10, True)


def test_the_interval_of_nothing_wrong_is_no_point() -> None:
    row = rows_of(answered({"a": {"x": bits("1" * 20)}}))["a", "category", "x"]
    assert ends(row) == pytest.approx((wilson(1.0, 20)[0], 1.0))
    assert row["low"] < 0.9


def test_other_scores_have_students() -> None:
    row = rows_of(answered({"a": {"x": [0.1, 0.4, 0.4, 0.9, 0.3]}}))["a", "category", "x"]
    stderr = math.sqrt(0.348 / 4 / 5)  # sum of squares about the mean 0.42: 0.348
    assert row["stderr"] == pytest.approx(stderr)
    assert row["method"] == "t"
    assert row["high"] - row["value"] == pytest.approx(2.7764451052 * stderr)


def test_ends_stay_on_the_scale() -> None:
    row = rows_of(answered({"a": {"x": [0.5, 1.0]}}))["a", "category", "x"]
    assert row["method"] == "t"
    assert ends(row) == (0.0, 1.0)


def test_partial_credit_in_one_category_leaves_shares_in_another() -> None:
    rows = rows_of(answered({"a": {"x": A, "y": [0.5, 1.0, 0.25]}}))
    assert rows["a", "category", "x"]["method"] == "Wilson"
    assert rows["a", "category", "y"]["method"] == "t"


def test_an_average_is_the_mean_that_it_equals_not_one_that_is_near() -> None:
    """Both categories of one size: the means over categories and questions differ by rounding."""
    made = answered({"a": {"x": A, "y": B}})
    whole = (A.count(1.0) + B.count(1.0)) / 20
    scores = made.tables.scores
    average = scores.head(1).with_columns(
        category=pl.lit(None, pl.String), value=pl.lit(whole), n=pl.lit(20, pl.Int64)
    )
    tables = Tables(made.tables.runs, pl.concat([scores, average]))
    rows = rows_of(made._replace(tables=tables))
    assert ends(rows["a", "reported", None]) == ends(rows["a", "own", None])


def test_attempts_are_worth_less_than_questions() -> None:
    asked = {"a": {"x": [(1.0, 1.0, 1.0, 1.0), (0.0, 0.0, 0.0, 0.0)] * 10}}
    row = rows_of(answered(asked))["a", "category", "x"]
    assert row["method"] == "Wilson on effective n"
    assert row["n"] == 20
    assert row["effective_n"] == pytest.approx(19)  # attempts that agree are one answer
    assert ends(row) == pytest.approx(wilson(0.5, 19))


def test_copies_of_a_question_are_one() -> None:
    twice = bits("11001100110011001100" * 2)
    alone = rows_of(answered({"a": {"x": twice}}))["a", "category", "x"]
    copies = {number: number // 2 for number in range(40)}
    clustered = rows_of(answered({"a": {"x": twice}}, copies=copies))["a", "category", "x"]
    assert clustered["method"] == "Wilson on effective n"
    assert clustered["effective_n"] == pytest.approx(20, rel=0.1)
    assert clustered["low"] < alone["low"]
    assert clustered["value"] == alone["value"]


def test_few_passages_have_no_interval() -> None:
    passages = {number: number % 3 for number in range(10)}
    row = rows_of(answered({"a": {"x": A}}, clusters=passages))["a", "category", "x"]
    assert (row["low"], row["high"]) == (None, None)
    assert row["reason"] == "few clusters"


# --- answers that give another score ------------------------------------------------------------


@pytest.mark.parametrize(("off", "is_ours"), [(0.0005, True), (0.05, False)])
def test_answers_count_only_where_they_give_the_score_that_is_shown(
    off: float, is_ours: bool
) -> None:
    made = answered({"a": {"x": A}})
    moved = made.tables.scores.with_columns(value=pl.lit(0.6 + off), stderr=pl.lit(0.2))
    made = made._replace(tables=replace(made.tables, scores=moved))
    row = rows_of(made)["a", "category", "x"]
    assert row["value"] == pytest.approx(0.6 if is_ours else 0.6 + off)
    assert row["is_recomputed"] is is_ours
    assert row["method"] == ("Wilson" if is_ours else "normal, reported stderr")


# --- from totals --------------------------------------------------------------------------------


def test_a_reported_error_of_right_and_wrong_answers_gives_wilsons_interval() -> None:
    """Where the error is that of 0 and 1 alone, totals are as good as the answers."""
    made = answered({"a": {"x": A}})
    assert ends(rows_of(made, totals=True)["a", "category", "x"]) == pytest.approx(
        ends(rows_of(made)["a", "category", "x"])
    )


def test_any_other_reported_error_gives_a_normal_one() -> None:
    made = answered({"a": {"x": [0.1, 0.4, 0.4, 0.9, 0.3]}})
    row = rows_of(made, totals=True)["a", "category", "x"]
    assert row["method"] == "normal, reported stderr"
    assert row["high"] - row["low"] == pytest.approx(2 * Z * row["stderr"])
    assert not row["is_recomputed"]


def test_without_an_error_there_is_a_reason() -> None:
    made = answered({"a": {"x": A}})
    scores = made.tables.scores.with_columns(stderr=pl.lit(None, pl.Float64))
    made = made._replace(tables=replace(made.tables, scores=scores))
    row = rows_of(made, totals=True)["a", "category", "x"]
    assert (row["low"], row["method"], row["reason"]) == (None, None, "no stderr")


def test_an_error_of_0_from_one_question_is_none() -> None:
    made = answered({"a": {"x": bits("1")}})
    scores = made.tables.scores.with_columns(stderr=pl.lit(0.0))
    row = rows_of(made._replace(tables=replace(made.tables, scores=scores)), totals=True)
    assert row["a", "category", "x"]["reason"] == "no stderr"


# --- errors that are wrong ----------------------------------------------------------------------


def test_errors_that_are_wrong_are_replaced_where_answers_are() -> None:
    made = flawed(answered({"a": {"x": A}}))
    row = rows_of(made)["a", "category", "x"]
    assert (row["is_flawed"], row["is_recomputed"]) == (True, True)
    assert ends(row) == pytest.approx(wilson(0.6, 10))


def test_and_are_no_errors_where_there_are_none() -> None:
    row = rows_of(flawed(answered({"a": {"x": A}})), totals=True)["a", "category", "x"]
    assert (row["is_flawed"], row["low"], row["reason"]) == (True, None, "no stderr")


def test_a_wrong_error_of_an_average_is_replaced_by_that_of_the_mean_which_it_is() -> None:
    """As lm-eval's pooled one of groups in which every task is equal."""
    of = {"x": bits("1" * 8 + "0" * 2), "y": bits("1" * 30 + "0" * 70), None: []}
    made = answered({"a": of})
    scores = made.tables.scores.with_columns(
        value=pl.when(pl.col("category").is_null()).then(0.55).otherwise("value"),
        stderr=pl.when(pl.col("category").is_null()).then(0.01).otherwise("stderr"),
        n=pl.when(pl.col("category").is_null()).then(110).otherwise("n"),
    )
    made = made._replace(tables=replace(made.tables, scores=scores))
    as_told = rows_of(made, totals=True)["a", "reported", None]
    assert as_told["stderr"] == 0.01
    row = rows_of(flawed(made, "d"), totals=True)["a", "reported", None]
    mean_of_two = math.sqrt(0.8 * 0.2 / 9 + 0.3 * 0.7 / 99) / 2
    assert row["stderr"] == pytest.approx(mean_of_two)
    assert (row["is_flawed"], row["method"]) == (True, "macro mean, normal")


# --- means --------------------------------------------------------------------------------------


TWO = {"x": bits("1" * 8 + "0" * 2), "y": bits("1" * 30 + "0" * 70)}


def test_the_mean_over_categories_counts_each_the_same() -> None:
    row = rows_of(answered({"a": TWO}))["a", "own", None]
    assert row["value"] == pytest.approx(0.55)
    assert row["stderr"] == pytest.approx(math.sqrt(0.8 * 0.2 / 9 + 0.3 * 0.7 / 99) / 2)
    assert row["high"] - row["low"] == pytest.approx(2 * Z * row["stderr"])


def test_the_mean_over_questions_counts_each_question_the_same() -> None:
    found = rows_of(answered({"a": TWO}))["a", "questions", None]
    assert found["value"] == pytest.approx(38 / 110)
    assert ends(found) == pytest.approx(wilson(38 / 110, 110))
    totals = rows_of(answered({"a": TWO}), totals=True)["a", "questions", None]
    expected = math.sqrt(10**2 * 0.8 * 0.2 / 9 + 100**2 * 0.3 * 0.7 / 99) / 110
    assert totals["stderr"] == pytest.approx(expected)
    assert totals["method"] == "micro mean, normal"


def test_the_mean_over_common_categories_is_over_those_that_all_have() -> None:
    rows = rows_of(answered({"a": {**TWO, "z": A}, "b": TWO}))
    assert rows["a", "common", None]["value"] == pytest.approx(0.55)
    assert rows["a", "own", None]["value"] == pytest.approx((0.8 + 0.3 + 0.6) / 3)
    assert rows["b", "own", None]["value"] == rows["b", "common", None]["value"]


def test_a_mean_lacks_an_interval_where_a_part_lacks_its_error() -> None:
    row = rows_of(answered({"a": {**TWO, "z": bits("1")}}))["a", "own", None]
    assert (row["low"], row["reason"]) == (None, "no stderr")


def test_counts_are_not_averaged() -> None:
    made = answered({"a": {"x": [3.0, 4.0], "y": [1.0]}}, unit="count")
    assert {part for _, part, _ in rows_of(made)} == {"category"}


def test_without_a_dataset_there_are_no_rows() -> None:
    made = answered({"a": {"x": A}})
    assert score_intervals(select(made.tables, View())).is_empty()
