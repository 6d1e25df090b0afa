"""Differences, each category once: groups, a column a candidate, what they come to."""

from __future__ import annotations

import math
import statistics
from dataclasses import replace
from typing import Any

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.build.tables import Values, make_tables, score_rows, tables_of
from tui_eval.analysis.delta import delta_report, extent_of, pairs_of
from tui_eval.analysis.delta_table import Means, candidate_means, delta_table
from tui_eval.analysis.report import Report
from tui_eval.analysis.selection import select
from tui_eval.analysis.view import TOLERANCE, DeltaSort, View
from tui_eval.render.export import as_csv
from tui_eval.render.grid import ReportGrid
from tui_eval.tables import Tables

VIEW = View(dataset="d", baseline="base")

THREE: Values = {
    "base": {"a": 0.5, "b": 0.5, "c": 0.5, "d": 0.5},
    "one": {"a": 0.6, "b": 0.2, "c": 0.5},
    "two": {"a": 0.4, "b": 0.4, "c": 0.9, "d": 0.5},
}


def table_of(tables: Tables, **choices: Any) -> Report:
    return delta_table(select(tables, replace(VIEW, **choices)))


def names_of(report: Report) -> list[str]:
    names: list[str] = report.body["category"].to_list()
    return names


def grouped_tables() -> Tables:
    """Groups of two categories: of ``told`` a number is reported, of ``mute`` none."""
    groups = {"t1": "told", "t2": "told", "m1": "mute", "m2": "mute"}
    scores = {
        "base": {"t1": 0.1, "t2": 0.3, "m1": 0.5, "m2": 0.5, "alone": 0.4},
        "cand": {"t1": 0.2, "t2": 0.8, "m1": 0.5, "m2": 0.7, "alone": 0.1},
    }
    sizes = {"t1": 10, "t2": 30, "m1": 20, "m2": 20, "alone": 5}
    rows = []
    for run, of in scores.items():
        for name, value in of.items():
            own = {run: {name: value}}
            rows += score_rows(own, group=groups.get(name), n=sizes[name])
    rows += score_rows({"base": {None: 0.25}, "cand": {None: 0.65}}, group="told", n=40)
    return make_tables(rows)


# --- one candidate ------------------------------------------------------------------------------


def test_one_candidate_has_a_row_a_category_with_the_difference_beside_its_name() -> None:
    report = table_of(tables_of(THREE, n=20), candidates=("one",))
    assert [column.name for column in report.columns] == [
        *("category", "delta", "n", "baseline_score", "candidate_score")
    ]
    assert report.body.rows() == [
        ("a", pytest.approx(0.1), 20, 0.5, 0.6),
        ("c", 0.0, 20, 0.5, 0.5),
        ("b", pytest.approx(-0.3), 20, 0.5, 0.2),
    ]
    assert report.foot is None


def test_questions_that_are_not_told_or_differ_are_not_shown() -> None:
    assert "n" not in table_of(tables_of(THREE), candidates=("one",)).body.columns
    tables = make_tables(
        score_rows({"base": {"a": 0.5, "b": 0.5}}, n=20),
        score_rows({"one": {"a": 0.5}}, n=20),
        score_rows({"one": {"b": 0.5}}, n=10),
    )
    body = table_of(tables, delta_sort="name").body
    assert body["n"].to_list() == [20, None]


# --- several candidates -------------------------------------------------------------------------


def test_several_candidates_have_a_column_each_and_categories_stand_once() -> None:
    report = table_of(tables_of(THREE, n=20), delta_sort="name")
    assert [column.name for column in report.columns] == [
        *("category", "one", "two", "baseline_score", "n")
    ]
    assert [column.run for column in report.columns[1:4]] == ["one", "two", "base"]
    assert names_of(report) == ["a", "b", "c", "d"]
    assert report.body["one"].to_list() == pytest.approx([0.1, -0.3, 0.0, None])
    assert report.body["two"].to_list() == pytest.approx([-0.1, -0.1, 0.4, 0.0])
    assert report.body["baseline_score"].to_list() == [0.5] * 4


def test_the_foot_says_over_how_many_the_means_are() -> None:
    foot = table_of(tables_of(THREE, n=20)).foot
    assert foot is not None
    assert foot["category"].to_list() == ["mean of own 3–4", "over own 60–80"]
    assert foot["one"].to_list() == pytest.approx([-0.2 / 3, -0.2 / 3])
    assert foot["two"].to_list() == pytest.approx([0.05, 0.05])
    alike = {run: {"a": 0.1, "b": 0.2} for run in ("base", "one", "two")}
    foot = table_of(tables_of(alike)).foot
    assert foot is not None
    assert foot["category"].to_list() == ["mean of 2 categories"]


def test_the_matrix_is_exported_without_means() -> None:
    lines = as_csv(table_of(tables_of(THREE), delta_sort="name")).splitlines()
    assert lines[0] == "category,one,two,baseline_score"
    assert [line[0] for line in lines[1:]] == ["a", "b", "c", "d"]


# --- order --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("sort", "by", "order"),
    [
        ("down", None, "cadb"),
        ("up", None, "badc"),
        ("abs", None, "cbad"),
        ("down", "one", "acbd"),
        ("up", "one", "bcad"),
        ("abs", "one", "bacd"),
        ("down", "two", "cdab"),
        ("name", "two", "abcd"),
        ("up", "baseline_score", "abcd"),
        ("down", "gone", "cadb"),
    ],
)
def test_rows_are_sorted_over_all_candidates(sort: DeltaSort, by: str | None, order: str) -> None:
    report = table_of(tables_of(THREE), delta_sort=sort, delta_by=by)
    assert "".join(names_of(report)) == order


@pytest.mark.parametrize("sort", ["down", "up", "abs"])
def test_float_noise_moves_no_row(sort: DeltaSort) -> None:
    noisy = {"base": {"a": 0.1, "b": 0.2, "c": 0.7}, "cand": {"a": 0.2, "b": 0.3, "c": 0.8}}
    assert names_of(table_of(tables_of(noisy), delta_sort=sort)) == ["a", "b", "c"]


# --- groups -------------------------------------------------------------------------------------


def test_groups_stand_in_order_with_their_categories_below_them() -> None:
    report = table_of(grouped_tables())
    grid = ReportGrid(report)
    assert [row[0].text for row in grid.rows(0, grid.row_count)] == [
        *("▾ told", "  t2", "  t1", "▾ mute", "  m2", "  m1", "alone")
    ]
    by_name = {row["category"]: row for row in report.body.iter_rows(named=True)}
    assert by_name["told"]["delta"] == pytest.approx(0.4)  # as reported: by questions
    assert by_name["told"]["candidate_score"] == 0.65
    assert by_name["mute"]["delta"] == pytest.approx(0.1)
    assert (by_name["told"]["n"], by_name["mute"]["n"]) == (40, 40)
    assert report.notes[-1] == ("Of mute the means over the categories that both have are shown.")


def test_closed_groups_hide_their_categories() -> None:
    report = table_of(grouped_tables(), closed=frozenset({"told", "mute"}))
    assert names_of(report) == ["told", "mute", "alone"]
    assert report.roles == ["closed group", "closed group", "row"]


def test_what_is_reported_of_a_group_counts_only_where_both_have_all_of_it() -> None:
    tables = grouped_tables()
    lacking = pl.col("category").eq_missing("t2") & (pl.col("run") == "cand")
    report = table_of(Tables(tables.runs, tables.scores.filter(~lacking)))
    by_name = {row["category"]: row for row in report.body.iter_rows(named=True)}
    assert by_name["told"]["delta"] == pytest.approx(0.1)  # t1 alone: the same questions
    assert by_name["told"]["n"] == 10
    assert report.notes[-1] == (
        "Of told, mute the means over the categories that both have are shown."
    )


def test_a_group_goes_with_its_last_category() -> None:
    assert names_of(table_of(grouped_tables(), min_delta=0.25)) == ["told", "t2", "alone"]


def test_groups_are_no_data_and_count_in_no_mean() -> None:
    tables = grouped_tables()
    assert table_of(tables).data["category"].to_list() == ["t2", "t1", "m2", "m1", "alone"]
    (means,) = candidate_means(select(tables, VIEW))
    assert means.categories == 5
    assert means.difference == pytest.approx((0.1 + 0.5 + 0.0 + 0.2 - 0.3) / 5)


def test_counts_of_a_group_are_added_up() -> None:
    rows = score_rows({"base": {"x": 1.0, "y": 2.0}, "cand": {"x": 2.0, "y": 5.0}}, group="g")
    tables = make_tables([row | {"unit": "count", "higher_is_better": False} for row in rows])
    body = table_of(tables, scale=100).body
    assert body.row(0) == ("g", 4.0, 3.0, 7.0)


# --- small differences, axis --------------------------------------------------------------------


def test_a_category_stays_where_any_difference_is_large_enough() -> None:
    report = table_of(tables_of(THREE), min_delta=0.3, scale=100)
    assert sorted(names_of(report)) == ["b", "c"]
    assert "2 rows below the minimum |Δ| not shown." in report.notes
    nothing = table_of(tables_of(THREE), min_delta=0.5, scale=100)
    assert (nothing.height, nothing.empty) == (0, "No difference is as large as 50.")


def test_the_axis_goes_as_far_as_the_differences_and_shows_both_sides() -> None:
    assert table_of(tables_of(THREE)).extent == pytest.approx((-0.3, 0.4))
    assert table_of(tables_of(THREE), scale=100).extent == pytest.approx((-30, 40))
    gains = {"base": {"a": 0.1, "b": 0.1}, "cand": {"a": 0.9, "b": 0.102}}
    assert table_of(tables_of(gains)).extent == pytest.approx((-0.1, 0.8))
    same = {"base": {"a": 0.1}, "cand": {"a": 0.1}}
    low, high = table_of(tables_of(same)).extent
    assert low == -high < 0


def test_the_axis_covers_the_ends_of_intervals_that_are_finite() -> None:
    view = replace(VIEW, scale=100)
    pairs = pairs_of(select(tables_of(THREE), view))
    assert not isinstance(pairs, str)
    ends = [-0.45, 0.6, None, math.nan, math.inf, -math.inf]
    assert extent_of(ends, pairs, view) == pytest.approx((-45, 60))


# --- what it comes to ---------------------------------------------------------------------------


def test_means_name_categories_and_questions() -> None:
    tables = make_tables(
        score_rows({"base": {"a": 0.5}, "cand": {"a": 0.6}}, n=90),
        score_rows({"base": {"b": 0.5}, "cand": {"b": 0.2}}, n=10),
    )
    (means,) = candidate_means(select(tables, VIEW))
    assert means == Means("cand", 2, means.difference, False, 100, means.by_question, 1, 1, 0)
    assert means.difference == pytest.approx(-0.1)
    assert means.by_question == pytest.approx(0.06)


def test_gains_follow_the_direction_of_the_metric() -> None:
    (means,) = candidate_means(
        select(tables_of(THREE, higher_is_better=False), replace(VIEW, candidates=("one",)))
    )
    assert (means.gains, means.losses, means.ties) == (1, 1, 1)
    lower = tables_of({"base": {"a": 0.5}, "cand": {"a": 0.4}}, higher_is_better=False)
    (means,) = candidate_means(select(lower, VIEW))
    assert (means.gains, means.losses) == (1, 0)


def test_counts_come_to_a_total_and_to_no_mean_over_questions() -> None:
    counts = {"base": {"a": 3.0, "b": 1.0}, "cand": {"a": 5.0, "b": 4.0}}
    (means,) = candidate_means(select(tables_of(counts, unit="count", n=20), VIEW))
    assert (means.difference, means.is_total, means.by_question) == (5.0, True, None)


def test_a_candidate_without_a_common_category_comes_to_nothing() -> None:
    tables = tables_of({"base": {"a": 0.5}, "cand": {"b": 0.5}})
    (means,) = candidate_means(select(tables, VIEW))
    assert (means.run, means.categories, means.difference) == ("cand", 0, None)
    assert table_of(tables).height == 0


def test_without_anything_to_compare_it_says_what_to_choose() -> None:
    tables = tables_of(THREE)
    assert table_of(tables, candidates=()).empty.startswith("Choose a candidate")
    assert candidate_means(select(tables, replace(VIEW, candidates=()))) == ()


# --- the same numbers as in the long table ------------------------------------------------------

fractions = st.one_of(st.none(), st.integers(0, 15).map(lambda n: n / 15))
by_category = st.dictionaries(st.sampled_from("abcdef"), fractions, min_size=1)


@given(
    st.fixed_dictionaries({"base": by_category, "one": by_category}, optional={"two": by_category}),
    st.sampled_from([1, 100]),
    st.sampled_from(["down", "up", "abs", "name"]),
)
def test_it_has_the_numbers_of_the_long_table(values: Values, scale: Any, sort: DeltaSort) -> None:
    selection = select(tables_of(values), replace(VIEW, scale=scale, delta_sort=sort))
    long, table = delta_report(selection).body, delta_table(selection).body
    expected = {(row[0], row[1]): row[4] for row in long.iter_rows()}
    deltas = [column for column in delta_table(selection).columns if column.kind == "delta"]
    found = {
        (name, str(column.run)): value
        for column in deltas
        for name, value in table.select("category", column.name).iter_rows()
        if value is not None
    }
    assert found == expected
    for means in candidate_means(selection):
        own = [delta / scale for (_, run), delta in expected.items() if run == means.run]
        assert means.categories == len(own)
        assert means.ties == sum(abs(delta) <= TOLERANCE for delta in own)
        if own:
            assert means.difference == pytest.approx(statistics.fmean(own), abs=1e-12)
