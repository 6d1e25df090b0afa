"""The list of datasets: who was asked what, and which run is the best."""

from __future__ import annotations

import polars as pl
import pytest

from tests.build.tables import make_tables, score_rows
from tui_eval.analysis.datasets import MANY_RUNS, begins_with_datasets, datasets_report
from tui_eval.analysis.order import Order, in_order_of, next_order
from tui_eval.analysis.view import View
from tui_eval.tables import Tables


def of_harnesses(tables: Tables, harnesses: list[str]) -> Tables:
    """The tables, their runs of these harnesses."""
    runs = tables.runs.with_columns(harness=pl.Series(harnesses))
    return Tables(runs, tables.scores)


QUIZ = score_rows({"x": {"a": 0.9, "b": 0.5}, "y": {"a": 0.7, "b": 0.9}, "z": {"a": 1.0}})
LOSS = score_rows(
    {"x": {"c": 3.0}, "z": {"c": 2.5}},
    dataset="text",
    metric="perplexity",
    unit="number",
    higher_is_better=False,
)


def test_every_dataset_has_a_row_with_its_best_run() -> None:
    tables = of_harnesses(make_tables(QUIZ, LOSS), ["lm_eval", "twinkle", "lm_eval"])
    report = datasets_report(tables, View())
    quiz, text = report.body.rows(named=True)
    assert quiz == {
        "dataset": "d",
        "runs": 3,
        "categories": 2,
        "harness": "lm_eval, twinkle",
        "metric": "acc",
        "best": pytest.approx(0.8),  # z is better in the one category that it has
        "best_run": "y",
    }
    assert (text["dataset"], text["best"], text["best_run"]) == ("text", 2.5, "z")
    assert [report.key_at(row) for row in (0, 1)] == ["y", "z"]
    assert report.title == "2 datasets of 3 runs"
    assert "Lower is better on text." in report.notes


def test_the_scale_is_for_scores_alone() -> None:
    report = datasets_report(make_tables(QUIZ, LOSS), View(scale=100))
    assert report.body["best"].to_list() == pytest.approx([80.0, 2.5])


def test_nothing_is_best_where_there_is_no_score_or_no_direction() -> None:
    none = score_rows({"x": {"a": None}}, dataset="none")
    neither = score_rows({"x": {"a": 3.0}}, dataset="std", higher_is_better=None)
    report = datasets_report(make_tables(none, neither), View())
    assert report.body["best"].to_list() == [None, None]
    assert report.body["best_run"].to_list() == [None, None]
    assert report.body["categories"].to_list() == [None, 1]
    assert report.notes == ()


def test_of_equal_runs_the_first_by_name_is_named() -> None:
    rows = score_rows({"y": {"a": 0.1 + 0.2}, "x": {"a": 0.3}})
    assert datasets_report(make_tables(rows), View()).body["best_run"].to_list() == ["x"]


@pytest.mark.parametrize(
    ("runs", "harnesses", "datasets", "lists"),
    [
        (MANY_RUNS, 1, 2, False),
        (MANY_RUNS + 1, 1, 2, True),
        (MANY_RUNS + 1, 1, 1, False),  # there is nothing to choose
        (2, 2, 2, True),
        (2, 2, 1, False),
    ],
)
def test_many_or_mixed_runs_begin_with_the_list(
    runs: int, harnesses: int, datasets: int, lists: bool
) -> None:
    names = [f"r{number}" for number in range(runs)]
    groups = [
        score_rows({name: {"a": 0.5} for name in names}, dataset=f"d{number}")
        for number in range(datasets)
    ]
    tables = of_harnesses(make_tables(*groups), [f"h{n % harnesses}" for n in range(runs)])
    assert begins_with_datasets(tables) == lists


def test_rows_are_sorted_by_any_column() -> None:
    groups = [
        score_rows({run: {"a": 0.5} for run in "xyz"[:count]}, dataset=name)
        for name, count in (("step10", 1), ("Step2", 3), ("other", 2))
    ]
    report = datasets_report(make_tables(*groups), View())

    def names(order: Order | None) -> list[str]:
        return in_order_of(report, order).body["dataset"].to_list()

    assert names(Order("runs", descending=True)) == ["Step2", "other", "step10"]
    assert names(Order("dataset", descending=False)) == ["other", "Step2", "step10"]
    assert names(Order("unknown", descending=False)) == names(None)
    first = next_order(report, None, "runs")
    assert first == Order("runs", descending=True)
    assert next_order(report, first, "runs") == Order("runs", descending=False)
    assert next_order(report, first, "metric") == Order("metric", descending=False)
    assert next_order(report, first, "unknown") is None
