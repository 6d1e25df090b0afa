"""Scores question by question: what intervals and tests are made of."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest

from tests.build.answered import answered, bits
from tests.build.opened import ROOT, opened
from tui_eval.analysis.question_scores import QuestionScores, question_scores
from tui_eval.analysis.selection import WHOLE, select
from tui_eval.analysis.view import View

TWO = {"a": {"x": bits("1100"), "y": bits("10")}, "b": {"x": bits("11.1"), "y": bits("01")}}


def scores_of(made: object = None, **more: object) -> QuestionScores:
    made = answered(made or TWO, **more)  # type: ignore[arg-type]
    found = question_scores(made.selection(), made.samples)
    assert found is not None
    return found


def test_a_row_a_question_and_a_column_a_run() -> None:
    found = scores_of()
    assert found.runs == ("a", "b")
    assert found.categories == ("x", "y")
    assert found.starts.tolist() == [0, 4, 6]
    assert found.of("a", "x").tolist() == [1, 1, 0, 0]
    assert np.isnan(found.of("b", "x")).tolist() == [False, False, True, False]
    assert found.of("b", "y").tolist() == [0, 1]
    assert found.answers_of("b") == 5
    assert found.answers_of("b", "x") == 3


def test_what_is_not_there_is_empty_or_nan_never_0() -> None:
    found = scores_of()
    assert found.of("a", "z").tolist() == []
    assert np.isnan(found.of("c", "x")).all()
    assert found.answers_of("c") == 0
    assert found.place("c") is None
    assert not found.is_binary("c")


def test_attempts_of_a_question_are_averaged_first() -> None:
    found = scores_of({"a": {"x": [(1.0, 0.0, 1.0, 1.0), 1.0]}})
    assert found.of("a").tolist() == [0.75, 1.0]
    assert found.answers_of("a") == 5
    assert found.is_binary()
    assert not found.is_plain("a")


def test_partial_credit_of_any_run_makes_its_category_not_binary() -> None:
    """So that all runs of a row have one method."""
    some = {"a": {"x": [0.5, 1.0], "y": bits("10")}, "b": {"x": bits("10"), "y": bits("11")}}
    found = scores_of(some)
    assert [found.is_binary(name) for name in ("x", "y", None)] == [False, True, False]
    assert [found.is_plain("b", name) for name in ("x", "y", None)] == [False, True, False]


def test_the_order_of_answers_does_not_matter() -> None:
    made = answered(TWO)
    one, other = (
        question_scores(made.selection(), rows) for rows in (made.samples, made.samples[::-1])
    )
    assert one is not None
    assert other is not None
    assert np.array_equal(one.values, other.values, equal_nan=True)
    assert one.categories == other.categories


def test_scores_in_another_metric_or_filter_say_nothing() -> None:
    made = answered(TWO)
    for column in ("metric", "filter"):
        rows = made.samples.with_columns(pl.lit("other").alias(column))
        assert question_scores(made.selection(), rows) is None


def test_battles_and_numbers_that_are_none_are_no_scores() -> None:
    made = answered(TWO)
    battles = made.samples.with_columns(verdict=pl.lit("win"))
    assert question_scores(made.selection(), battles) is None
    broken = made.samples.with_columns(score=pl.lit(float("nan")))
    assert question_scores(made.selection(), broken) is None


def test_percent_become_fractions() -> None:
    hundred = {"a": {"x": [100.0, 0.0, 100.0]}}
    found = scores_of(hundred, unit="percent")
    assert found.of("a").tolist() == [1, 0, 1]
    assert found.is_binary()


def test_a_dataset_without_categories_has_one() -> None:
    found = scores_of({"a": {None: bits("110")}})
    assert found.categories == (WHOLE,)
    assert found.of("a", WHOLE).tolist() == [1, 1, 0]


class TestClusters:
    def test_questions_of_their_own_have_none(self) -> None:
        assert scores_of().clusters_of() is None
        assert scores_of().clusters_of("x") is None

    def test_questions_on_one_passage_are_one(self) -> None:
        found = scores_of(TWO, clusters={0: 7, 1: 7})
        groups = found.clusters_of("x")
        assert groups is not None
        assert groups[0] == groups[1]
        assert len(set(groups.tolist())) == 3

    def test_copies_are_one(self) -> None:
        groups = scores_of(TWO, copies={2: 3}).clusters_of("x")
        assert groups is not None
        assert groups[2] == groups[3]

    @pytest.mark.parametrize("category", ["x", "y"])
    def test_only_where_two_questions_of_the_category_share_one(self, category: str) -> None:
        found = scores_of(TWO, clusters={2: 7, 3: 7})  # y has no third question
        assert (found.clusters_of(category) is not None) == (category == "x")


def test_an_unrounded_mean_is_that_of_the_scores_that_were_rounded() -> None:
    whole = opened(ROOT / "mixeval")
    dataset = "mixeval 2026-01-01"
    selection = select(whole.shown, View(dataset=dataset, metric="unrounded mean"))
    found = question_scores(selection, whole.whole(dataset).rows)
    assert found is not None
    means = selection.rows.filter(pl.col("category").is_null())
    for run, value in means.select("run", "value").iter_rows():
        assert found.of(run).mean() == pytest.approx(value, abs=1e-12)
