from __future__ import annotations

import math
import random
import statistics
from dataclasses import replace

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.build.tables import Values, make_tables, score_rows, tables_of
from tui_eval.analysis.completeness import missing_categories
from tui_eval.analysis.report import Report, page_count
from tui_eval.analysis.scores import overview_report, score_report
from tui_eval.analysis.selection import Metric, datasets, metrics, select
from tui_eval.analysis.view import Threshold, View
from tui_eval.records import NOT_SCORED
from tui_eval.tables import Tables

VIEW = View(dataset="d")

THREE: Values = {
    "x": {"a": 0.2, "b": 0.4, "c": 0.9},
    "y": {"a": 0.3, "b": None, "c": 0.1},
}


def categories(tables: Tables, view: View) -> list[str]:
    return score_report(select(tables, view)).body["category"].to_list()


def foot_of(report: Report) -> list[dict[str, float | None]]:
    """Rows below the table, without their words."""
    assert report.foot is not None
    return report.foot.drop("category").to_dicts()


# --- the table ----------------------------------------------------------------------------------


def test_a_row_a_category_and_a_column_a_run() -> None:
    report = score_report(select(tables_of({"y": THREE["y"], "x": THREE["x"]}), VIEW))
    assert report.body.columns == ["category", "x", "y"]
    assert [column.name for column in report.columns] == ["category", "x", "y"]
    assert report.body.rows() == [("c", 0.9, 0.1), ("b", 0.4, None), ("a", 0.2, 0.3)]
    assert report.name == "twinkle_d"


def best_categories(tables: Tables) -> dict[str, list[str]]:
    """The categories in which each run is marked as the best."""
    report = score_report(select(tables, VIEW))
    rows = report.frame.head(report.height)
    marks = {column.name: column.best for column in report.columns if column.run and column.best}
    return {run: sorted(rows.filter(pl.col(mark))["category"]) for run, mark in marks.items()}


def test_the_best_run_of_each_category_is_marked_ties_all() -> None:
    values: Values = {"x": {"a": 0.2, "b": 0.4, "c": 0.9}, "y": {"a": 0.3, "b": 0.4, "c": None}}
    assert best_categories(tables_of(values)) == {"x": ["b"], "y": ["a", "b"]}
    lower = tables_of(values, higher_is_better=False)
    assert best_categories(lower) == {"x": ["a", "b"], "y": ["b"]}
    assert best_categories(tables_of(values, higher_is_better=None)) == {}


def test_a_missing_score_is_missing_never_zero() -> None:
    report = score_report(select(tables_of(THREE), VIEW))
    assert dict(report.body.select("category", "y").iter_rows())["b"] is None
    assert foot_of(report)[0]["y"] == pytest.approx(0.2)
    assert any("y has 2 of 3 categories; missing: b" in note for note in report.notes)


def test_a_run_without_the_dataset_is_named() -> None:
    other = score_rows({"z": {"a": 0.5}}, dataset="e")
    report = score_report(select(make_tables(score_rows(THREE), other), VIEW))
    assert report.body.columns == ["category", "x", "y"]
    assert [note for note in report.notes if "ithout scores" in note and "z" in note]


def test_methods_that_differ_are_named() -> None:
    rows = score_rows({"x": THREE["x"]}, method="box"), score_rows({"y": THREE["y"]}, method="math")
    report = score_report(select(make_tables(*rows), VIEW))
    assert "Evaluation methods differ: box (x); math (y)." in report.notes


def test_repeated_runs_and_averages_are_no_categories() -> None:
    rows = (
        score_rows({"x": {"a": 0.5, None: 0.5}}),
        score_rows({"x": {"a": 0.4}}, repeat=0),
        score_rows({"x": {"a": 0.6}}, repeat=1),
    )
    assert score_report(select(make_tables(*rows), VIEW)).body.rows() == [("a", 0.5)]


# --- order --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("view", "order"),
    [
        (VIEW, ["c", "b", "a"]),
        (replace(VIEW, sort="mean"), ["a", "b", "c"]),
        (replace(VIEW, sort="name"), ["a", "b", "c"]),
        (replace(VIEW, sort_run="y"), ["a", "c", "b"]),
        (replace(VIEW, sort_run="y", sort="mean"), ["c", "a", "b"]),
        (replace(VIEW, sort_run="gone"), ["c", "b", "a"]),
    ],
)
def test_order(view: View, order: list[str]) -> None:
    assert categories(tables_of(THREE), view) == order


@pytest.mark.parametrize("sort", ["-mean", "mean"])
def test_scores_that_differ_by_float_noise_stay_in_the_order_of_names(sort: str) -> None:
    noisy = {"x": {"a": 0.1 + 0.2, "c": 0.3, "b": 0.30000000000000004 - 1e-16}}
    view = replace(VIEW, sort="mean" if sort == "mean" else "-mean")
    assert categories(tables_of(noisy), view) == ["a", "b", "c"]


# --- threshold ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("threshold", "kept"),
    [
        (Threshold(at_least=True, value=0.9), ["c"]),
        (Threshold(at_least=True, value=0.3), ["a", "b", "c"]),
        (Threshold(at_least=True, value=0.3, run="y"), ["a"]),
        (Threshold(at_least=False, value=0.2), ["a", "c"]),
        (Threshold(at_least=False, value=0.2, run="x"), ["a"]),
        (Threshold(at_least=True, value=0.0, run="y"), ["a", "c"]),
        (Threshold(at_least=True, value=0.0, run="gone"), []),
        (Threshold(at_least=True, value=0.91), []),
    ],
)
def test_threshold(threshold: Threshold, kept: list[str]) -> None:
    for scale in (1, 100):
        view = replace(VIEW, sort="name", threshold=threshold, scale=100 if scale == 100 else 1)
        assert categories(tables_of(THREE), view) == kept


@given(st.integers(0, 100), st.sampled_from([-1e-10, 0.0, 1e-10]))
def test_a_score_of_the_threshold_itself_meets_it(percent: int, noise: float) -> None:
    tables = tables_of({"x": {"a": percent / 100 + noise}})
    for at_least in (True, False):
        threshold = Threshold(at_least=at_least, value=0.01 * percent)
        assert categories(tables, replace(VIEW, threshold=threshold)) == ["a"]


@given(st.integers(0, 100))
def test_a_score_beyond_the_threshold_does_not_meet_it(percent: int) -> None:
    tables = tables_of({"x": {"a": percent / 100}})
    for at_least, beyond in ((True, 1e-6), (False, -1e-6)):
        threshold = Threshold(at_least=at_least, value=percent / 100 + beyond)
        assert categories(tables, replace(VIEW, threshold=threshold)) == []


def test_a_threshold_changes_no_mean() -> None:
    every = score_report(select(tables_of(THREE), VIEW))
    few = score_report(
        select(tables_of(THREE), replace(VIEW, threshold=Threshold(at_least=True, value=0.9)))
    )
    assert foot_of(few) == foot_of(every)


def test_nothing_left_is_said_on_the_scale_that_is_shown() -> None:
    view = replace(VIEW, scale=100, threshold=Threshold(at_least=True, value=0.95))
    report = score_report(select(tables_of(THREE), view))
    assert report.body.is_empty()
    assert "≥ 95" in report.empty


# --- means --------------------------------------------------------------------------------------


def test_means_over_own_and_over_common_categories() -> None:
    own, common = foot_of(score_report(select(tables_of(THREE), VIEW)))
    assert own == {"x": pytest.approx(0.5), "y": pytest.approx(0.2)}
    assert common == {"x": pytest.approx(0.55), "y": pytest.approx(0.2)}


def test_as_many_categories_need_not_be_the_same_ones() -> None:
    tables = tables_of({"x": {"a": 0.2, "b": 0.4}, "y": {"b": 0.6, "c": 0.8}})
    report = score_report(select(tables, VIEW))
    assert report.foot is not None
    assert report.foot["category"].to_list() == ["mean over own 2", "mean over common 1"]
    assert report.foot.row(1, named=True)["x"] == pytest.approx(0.4)


def test_runs_with_the_same_categories_have_one_mean() -> None:
    assert len(foot_of(score_report(select(tables_of({"x": THREE["x"]}), VIEW)))) == 1


@pytest.mark.parametrize(
    ("reported", "rows"), [(0.5, 1), (0.5 + 1e-12, 1), (0.5001, 2), (None, 1), (0.9, 2)]
)
def test_a_reported_average_is_shown_only_where_it_differs(
    reported: float | None, rows: int
) -> None:
    foot = foot_of(score_report(select(tables_of({"x": {**THREE["x"], None: reported}}), VIEW)))
    assert len(foot) == rows
    assert foot[0]["x"] == pytest.approx(0.5)
    if rows == 2:
        assert foot[1] == {"x": reported}


def test_a_run_that_reports_an_average_alone_shows_it() -> None:
    tables = tables_of({"x": {"a": 0.5}, "y": {None: 0.7}})
    assert overview_report(select(tables, View())).body.rows() == [("d", 1, 0.5, 0.7)]


# --- units --------------------------------------------------------------------------------------


def test_percent_and_fractions_meet_on_one_scale() -> None:
    percent = score_rows({"y": {"a": 57.0, None: 57.0}}, unit="percent")
    tables = make_tables(score_rows({"x": {"a": 0.57}}), percent)
    assert score_report(select(tables, VIEW)).body.rows() == [("a", 0.57, pytest.approx(0.57))]
    hundred = score_report(select(tables, replace(VIEW, scale=100)))
    assert hundred.body.rows() == [("a", pytest.approx(57), pytest.approx(57))]
    view = replace(VIEW, threshold=Threshold(at_least=True, value=0.57, run="y"))
    assert categories(tables, view) == ["a"]


@pytest.mark.parametrize("scale", [1, 100])
def test_counts_are_added_up_and_never_scaled(scale: int) -> None:
    counts: Values = {"x": {"a": 3.0, "b": 5.0, None: 8.0}, "y": {"a": 1.0}}
    tables = tables_of(counts, unit="count", metric="unparsed", higher_is_better=False)
    view = replace(VIEW, scale=100 if scale == 100 else 1, sort="name")
    report = score_report(select(tables, view))
    assert report.body.rows() == [("a", 3.0, 1.0), ("b", 5.0, None)]
    assert foot_of(report) == [{"x": 8.0, "y": 1.0}, {"x": 3.0, "y": 1.0}]
    assert {column.kind for column in report.columns} == {"text", "count"}
    assert overview_report(select(tables, replace(view, dataset=None))).body.rows() == [
        ("d", 2, 8.0, 1.0)
    ]


def test_the_total_of_missing_counts_is_missing_never_zero() -> None:
    counts: Values = {"x": {"a": 3.0, "b": 0.0}, "y": {"a": None, "b": None}}
    report = score_report(select(tables_of(counts, unit="count"), VIEW))
    assert foot_of(report) == [{"x": 3.0, "y": None}]


# --- metrics ------------------------------------------------------------------------------------


def test_metrics_in_the_order_of_their_appearance() -> None:
    tables = make_tables(
        score_rows({"x": {"a": 0.5}}),
        score_rows({"x": {"a": 0.1}}, metric="wer", higher_is_better=False),
        score_rows({"x": {"a": 0.4}}, filter="strict"),
        score_rows({"x": {"a": 2.0}}, metric="n", unit="count", dataset="e"),
    )
    acc, wer = Metric("acc", None, "fraction", True), Metric("wer", None, "fraction", False)
    strict, count = Metric("acc", "strict", "fraction", True), Metric("n", None, "count", True)
    assert metrics(tables.scores) == [acc, wer, strict, count]
    assert metrics(tables.scores, "e") == [count]
    assert datasets(tables.scores) == ["d", "e"]
    assert select(tables, VIEW).metric == acc
    assert select(tables, replace(VIEW, metric="wer")).metric == wer
    assert select(tables, replace(VIEW, metric="acc", filter="strict")).metric == strict
    assert select(tables, replace(VIEW, metric="gone")).metric == acc
    assert select(tables, View("gone")).metric is None
    frame = score_report(select(tables, replace(VIEW, metric="acc", filter="strict"))).body
    assert frame.rows() == [("a", 0.4)]


def test_missing_categories() -> None:
    tables = tables_of(THREE)
    assert missing_categories(tables, select(tables, VIEW).rows) == [("y", ["b"])]


def test_runs_with_other_metrics_of_the_dataset_are_told_with_them() -> None:
    tables = make_tables(
        score_rows({"x": {"a": 0.2}}),
        score_rows({"y": {"a": 0.3}, "z": {"a": 0.3}}, metric="f1"),
        score_rows({"y": {"a": 0.3}, "z": {"a": 0.3}}, metric="em", filter="strict"),
        score_rows({"v": {"a": 0.3}}, metric="f1"),
        score_rows({"w": {"a": 0.3}}, dataset="e"),
    )
    assert score_report(select(tables, VIEW)).notes == (
        "1 run without scores of this dataset: w.",
        "v has it in other metrics: f1.",
        "y, z have it in other metrics: f1, em, strict.",
    )


# --- numbers for which nothing was scored -------------------------------------------------------

SUBSETS: Values = {"x": {"a": 0.0, "b": 0.4, None: 0.2}, "y": {"a": 0.0, "b": 0.6, None: 0.3}}


def unscored(count: int, n: int, status: str = "no reference") -> Tables:
    """Tables in which ``count`` of the questions of a could not be scored."""
    rows = score_rows(SUBSETS, n=n)
    for row in rows:
        if row["category"] == "a":
            row |= {"unscored": count, "status": status}
    return make_tables(rows)


def test_a_number_for_which_nothing_was_scored_is_in_no_mean() -> None:
    report = score_report(select(unscored(5, 5), VIEW))
    assert report.body.select("category", "x", "y").rows() == [("b", 0.4, 0.6), ("a", None, None)]
    assert report.foot is not None
    assert report.foot.select("category", "x", "y").rows() == [
        ("mean over 1", 0.4, 0.6),
        ("reported average", 0.2, 0.3),
    ]
    assert report.notes == ("a: no score, since no question has a reference (reported: 0).",)
    assert overview_report(select(unscored(5, 5), View())).notes == ("d: no score in a.",)


def test_where_some_questions_were_not_scored_the_number_stays_and_that_is_told() -> None:
    report = score_report(select(unscored(2, 5), VIEW))
    assert report.body.select("category", "x").rows() == [("b", 0.4), ("a", 0.0)]
    assert report.notes == (
        "a: 4 of 10 questions have no reference; they count as 0 in the reported score.",
    )


def test_what_nothing_was_scored_in_is_missing_from_no_run() -> None:
    rows = score_rows({"x": {"a": 0.0, "b": 0.4}}, n=5)
    rows[0] |= {"unscored": 5, "status": "no reference"}
    told = "a (x): no score, since no question has a reference (reported: 0)."
    tables = make_tables(rows, score_rows({"y": {"b": 0.5}}))
    assert score_report(select(tables, VIEW)).notes == (told,)
    tables = make_tables(rows, score_rows({"y": {"a": 0.5, "b": 0.5}}))
    assert score_report(select(tables, VIEW)).notes == (told,)
    tables = make_tables(rows, score_rows({"y": {"a": 0.5, "b": 0.5}, "z": {"b": 0.5}}))
    lacking = "z has 1 of 2 categories; missing: a."
    assert score_report(select(tables, VIEW)).notes == (lacking, told)


def test_a_metric_that_failed_is_told_with_its_runs() -> None:
    rows = score_rows(
        {"x": {"a": 0.0, "c": 0.0, "b": 0.4}, "y": {"a": 0.5, "c": 0.5, "b": 0.6}}, n=5
    )
    for row, count in zip(rows[:2], (5, 5), strict=True):
        row |= {"unscored": count, "status": "error"}
    assert score_report(select(make_tables(rows), VIEW)).notes == (
        "a, c (x): no score, since the metric failed on every question (reported: 0).",
    )
    rows[0] |= {"unscored": 3}
    assert score_report(select(make_tables(rows), VIEW)).notes == (
        "a (x): the metric failed on 3 of 5 questions; they count as 0 in the reported score.",
        "c (x): no score, since the metric failed on every question (reported: 0).",
    )


def test_a_dataset_in_which_nothing_was_scored_is_not_in_the_overview() -> None:
    rows = score_rows({"x": {"a": 0.0, None: 0.0}}, n=5, unscored=5, status="no reference")
    report = overview_report(select(make_tables(rows), View()))
    assert report.body.is_empty()
    assert report.notes == ("d: left out, since nothing in it was scored.",)


@pytest.mark.parametrize("view", [View(), View(metric="em"), View(metric="bleu")])
def test_a_dataset_is_shown_in_a_metric_that_has_a_score(view: View) -> None:
    nothing = score_rows({"x": {"a": None, "b": None, None: None}}, metric="em")
    nothing[0] |= {"status": "no reference"}
    zero = score_rows({"x": {"a": 0.0}}, n=5, unscored=5, status="no reference", metric="bleu")
    unknown = score_rows({"x": {"b": 7.0}}, metric="f1", unit=None)
    scored = score_rows({"x": {"b": 0.4}})
    also = score_rows({"x": {"b": 0.5}}, dataset="e", metric="em")
    report = overview_report(select(make_tables(nothing, zero, unknown, scored, also), view))
    assert report.body.rows() == [("d", "acc", 1, 0.4), ("e", "em", 1, 0.5)]
    assert not any("left out, since" in note for note in report.notes)


def test_every_dataset_that_leaves_the_overview_is_named() -> None:
    nothing = score_rows({"x": {"a": None}}, dataset="e", metric="bleu")
    report = overview_report(select(make_tables(score_rows({"x": {"a": 0.5}}), nothing), View()))
    assert report.title == "all datasets · acc"
    assert report.body.rows() == [("d", 1, 0.5)]
    assert report.notes == ("e: left out, since nothing in it was scored.",)


def test_a_category_without_a_score_in_some_runs_is_told_with_them() -> None:
    rows = score_rows({"x": {"a": None, "b": 0.4}, "y": {"a": 0.5, "b": 0.6}})
    rows[0] |= {"status": "no reference"}
    assert overview_report(select(make_tables(rows), View())).notes == ("d: no score in a (x).",)


def test_a_reason_that_stands_under_another_metric_is_told() -> None:
    rows = score_rows({"x": {"a": 0.0, "b": 0.4}, "y": {"b": 0.6}}, n=5)
    rows[0] |= {"unscored": 5, "status": "no reference"}
    other = score_rows({"y": {"a": None}}, metric="em", status="no reference")
    told = "a: no score, since no question has a reference (reported: 0)."
    assert score_report(select(make_tables(rows, other), VIEW)).notes == (told,)
    without = "a (x): no score, since no question has a reference (reported: 0)."
    assert score_report(select(make_tables(rows), VIEW)).notes == (without,)


def test_the_questions_of_a_mean_are_those_that_it_is_over() -> None:
    rows = score_rows({"x": {"a": 0.2, "b": 0.4, "c": 0.9}, "y": {"a": 0.3, "b": 0.5}})
    for row in rows:
        row["n"] = {"a": 5, "b": 10, "c": 20}[row["category"]]
    whole = score_rows({"x": {None: 0.1}, "y": {None: 0.2}}, n=40)
    foot = score_report(select(make_tables(rows, whole), VIEW)).foot
    assert foot is not None
    assert foot.select("category", "n").rows() == [
        ("mean over own 2–3", None),
        ("mean over common 2", 15),
        ("mean over questions", None),
        ("reported average", 40),
    ]
    whole[0]["n"] = 50
    foot = score_report(select(make_tables(rows, whole), VIEW)).foot
    assert foot is not None
    assert foot["n"].to_list() == [None, 15, None, None]


def test_an_average_that_was_recomputed_is_not_called_reported() -> None:
    whole = score_rows({"x": {None: 0.9}}, origin="recomputed")
    report = score_report(select(make_tables(score_rows({"x": THREE["x"]}), whole), VIEW))
    assert report.foot is not None
    assert report.foot["category"].to_list() == ["mean over 3"]


def test_a_metric_in_which_nothing_was_scored_is_not_the_first() -> None:
    empty = score_rows({"x": {"a": 0.0}}, n=5, unscored=5, status="no reference", metric="bleu")
    tables = make_tables(
        score_rows({"x": {"a": None}}, metric="em"), empty, score_rows({"x": {"b": 0.4}})
    )
    assert [metric.name for metric in metrics(tables.scores)] == ["acc", "em", "bleu"]


def test_pairs_of_an_arena_are_missing_nowhere() -> None:
    values: Values = {"x": {"a@b": 0.5}, "y": {"a@b": 0.5, "c@b": 0.6}}
    tables = tables_of(values, optional=True)
    assert score_report(select(tables, VIEW)).notes == ()
    assert overview_report(select(tables, View())).notes == ()
    assert score_report(select(tables_of(values), VIEW)).notes != ()


# --- all datasets -------------------------------------------------------------------------------


def test_the_overview_is_a_row_a_dataset() -> None:
    tables = make_tables(
        score_rows(THREE),
        score_rows({"x": {"a": 1.0}}, dataset="e"),
        score_rows({"y": {"a": 0.0}}, dataset="f"),
    )
    report = overview_report(select(tables, View(scale=100)))
    assert report.body.rows() == [
        ("d", 3, pytest.approx(50), pytest.approx(20)),
        ("e", 1, 100.0, None),
        ("f", 1, None, 0.0),
    ]
    assert report.foot is not None
    assert report.foot.select("x", "y").rows() == [(None, None)]
    assert report.notes == ("d: categories are missing from y (1).",)


def test_the_mean_over_datasets_is_for_runs_that_have_all() -> None:
    tables = make_tables(score_rows(THREE), score_rows({"x": {"a": 1.0}}, dataset="e"))
    foot = overview_report(select(tables, View())).foot
    assert foot is not None
    assert foot.select("x", "y").rows() == [(pytest.approx(0.75), None)]


def test_what_nobody_scored_is_shown_last_and_lowers_no_mean() -> None:
    unscored = score_rows({"c": {"x": None}}, dataset="e", metric=NOT_SCORED)
    also = score_rows({"c": {"x": None}}, metric=NOT_SCORED)
    scored = [
        score_rows({"a": {"x": 0.5}, "b": {"x": 1.0}}, dataset=dataset) for dataset in ("d", "f")
    ]
    tables = make_tables(also, unscored, *scored)
    report = overview_report(select(tables, View()))
    assert report.title == "all datasets · acc"
    rows = [("d", 1, 0.5, 1.0), ("e", None, None, None), ("f", 1, 0.5, 1.0)]
    assert report.body.select("dataset", "categories", "a", "b").rows() == rows
    assert report.foot is not None
    assert report.foot.select("dataset", "a").rows() == [("mean over 2, each equal", 0.5)]
    assert [metric.name for metric in metrics(tables.scores, "d")] == ["acc", NOT_SCORED]


def test_nothing_at_all_is_said_in_words() -> None:
    empty = make_tables()
    for report in (score_report(select(empty, VIEW)), overview_report(select(empty, View()))):
        assert report.body.is_empty()
        assert report.empty


# --- pages --------------------------------------------------------------------------------------


@given(st.integers(0, 120), st.sampled_from([10, 20, 30, 50, 100]))
def test_pages_are_the_report(rows: int, size: int) -> None:
    report = score_report(select(tables_of({"x": {f"{n:03}": n / 200 for n in range(rows)}}), VIEW))
    assert report.height == rows
    pages = [report.page(size, number) for number in range(page_count(rows, size))]
    assert len(pages) == max(1, math.ceil(rows / size))
    assert [row for page in pages for row in page.body.rows()] == report.body.rows()
    if rows:
        assert pages[-1].name.endswith(f"_{size * (len(pages) - 1) + 1}_{rows}")
        assert {page.count for page in pages} == {rows}
        foots = [page.foot for page in pages]
        assert report.foot is not None
        assert all(foot is not None and report.foot.equals(foot) for foot in foots)


# --- properties ---------------------------------------------------------------------------------

scores_or_none = st.one_of(st.none(), st.integers(0, 30).map(lambda n: n / 30), st.floats(0, 1))
some_values = st.dictionaries(
    st.sampled_from(["x", "y", "z"]),
    st.dictionaries(st.sampled_from("abcdef"), scores_or_none, min_size=1),
    min_size=1,
)


@given(some_values, st.randoms(use_true_random=False))
def test_the_order_of_runs_and_rows_changes_nothing(
    values: Values, generator: random.Random
) -> None:
    rows = score_rows(values)
    expected = score_report(select(make_tables(rows), VIEW))
    generator.shuffle(rows)
    found = score_report(select(make_tables(rows), VIEW))
    assert found.body.equals(expected.body)
    assert sorted(found.notes) == sorted(expected.notes)
    ours, theirs = foot_of(found), foot_of(expected)
    assert ours == [{k: v and pytest.approx(v) for k, v in row.items()} for row in theirs]


@given(some_values)
def test_both_scales_show_the_same_but_for_the_factor(values: Values) -> None:
    one = score_report(select(tables_of(values), VIEW)).body
    hundred = score_report(select(tables_of(values), replace(VIEW, scale=100))).body
    assert one["category"].to_list() == hundred["category"].to_list()
    scaled = one.with_columns(pl.col(pl.Float64) * 100)
    assert scaled.equals(hundred)


@given(some_values)
def test_means_are_those_of_the_scores_there_are(values: Values) -> None:
    report = score_report(select(tables_of(values), VIEW))
    own = foot_of(report)[0]
    for run, by_category in values.items():
        known = [value for value in by_category.values() if value is not None]
        assert own[run] == (pytest.approx(statistics.fmean(known)) if known else None)
    shown = {row["category"]: row for row in report.body.to_dicts()}
    for run, by_category in values.items():
        assert {c: shown[c][run] for c in by_category} == dict(by_category)
