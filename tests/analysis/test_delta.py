from __future__ import annotations

import random
import statistics
from dataclasses import replace
from typing import Any

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.build.tables import Values, make_tables, score_rows, tables_of
from tui_eval.analysis.delta import (
    delta_report,
    missing_report,
    movers_report,
    overview_report,
)
from tui_eval.analysis.selection import select
from tui_eval.analysis.view import COVERAGE, View
from tui_eval.tables import Tables

VIEW = View(dataset="d", baseline="base")

FOUR: Values = {
    "base": {"a": 0.5, "b": 0.5, "c": 0.5, "d": 0.5},
    "cand": {"a": 0.6, "b": 0.2, "c": 0.5, "e": 0.9},
}


def overview_of(tables: Tables, view: View = VIEW) -> dict[str, dict[str, Any]]:
    rows = overview_report(select(tables, view)).body.rows(named=True)
    return {row["Candidate"]: row for row in rows}


def counts_of(tables: Tables, view: View = VIEW) -> dict[str, tuple[int, int, int]]:
    return {
        name: (row["Win"], row["Lose"], row["Tie"])
        for name, row in overview_of(tables, view).items()
    }


def order_of(tables: Tables, view: View) -> list[tuple[str, str]]:
    frame = delta_report(select(tables, view)).body
    return frame.select("candidate", "category").rows()


# --- rows ---------------------------------------------------------------------------------------


def test_a_row_for_each_category_that_both_have() -> None:
    report = delta_report(select(tables_of(FOUR), VIEW))
    assert report.body.rows() == [
        ("a", "cand", 0.5, 0.6, pytest.approx(0.1)),
        ("c", "cand", 0.5, 0.5, 0.0),
        ("b", "cand", 0.5, 0.2, pytest.approx(-0.3)),
    ]
    assert report.name == "delta_d_ALL_vs_base"
    assert report.notes == ("Compared on fewer than all 5 categories: cand 3.",)


def test_a_missing_score_is_never_compared() -> None:
    tables = tables_of({"base": {"a": 0.5, "b": None}, "cand": {"a": None, "b": 0.5}})
    assert delta_report(select(tables, VIEW)).body.is_empty()
    row = overview_of(tables)["cand"]
    assert (row["Mean Δ"], row["Win"], row["Tie"], row[COVERAGE]) == (None, None, None, "0/2")


def test_averages_that_runs_report_are_no_category() -> None:
    tables = tables_of({"base": {"a": 0.5, None: 0.1}, "cand": {"a": 0.5, None: 0.9}})
    assert delta_report(select(tables, VIEW)).body["category"].to_list() == ["a"]


def test_a_candidate_with_other_metrics_of_the_dataset_is_told_with_them() -> None:
    tables = make_tables(
        score_rows({"base": {"a": 0.5}}), score_rows({"cand": {"a": 0.6}}, metric="f1")
    )
    report = delta_report(select(tables, replace(VIEW, candidates=("cand",))))
    assert (
        report.empty == "No category has scores of the baseline and of a candidate in this metric."
    )
    assert report.notes == (
        "Compared on 0 of 1 category: cand.",
        "cand has it in other metrics: f1.",
    )


def test_coverage_counts_the_categories_of_all_loaded_runs() -> None:
    tables = tables_of({**FOUR, "other": {"f": 0.1}})
    rows = overview_of(tables, replace(VIEW, candidates=("cand",)))
    assert {name: row[COVERAGE] for name, row in rows.items()} == {"cand": "3/6"}


@pytest.mark.parametrize(
    ("view", "words"),
    [
        (View(), "Choose a dataset"),
        (View(dataset="d"), "Choose a baseline"),
        (replace(VIEW, baseline="gone"), "Choose a baseline"),
        (replace(VIEW, candidates=()), "Choose a candidate"),
        (replace(VIEW, candidates=("base",)), "Choose a candidate"),
        (replace(VIEW, candidates=("gone",)), "Choose a candidate"),
        (replace(VIEW, dataset="gone"), "Choose a dataset"),
    ],
)
def test_what_is_missing_for_a_comparison_is_said(view: View, words: str) -> None:
    tables = tables_of(FOUR)
    for report in (
        delta_report(select(tables, view)),
        overview_report(select(tables, view)),
        movers_report(select(tables, view), None, "top"),
        missing_report(select(tables, view)),
    ):
        assert report.body.is_empty()
        assert report.empty.startswith(words)


def test_the_baseline_among_the_candidates_is_ignored() -> None:
    both = replace(VIEW, candidates=("base", "cand", "cand", "gone"))
    tables = tables_of(FOUR)
    assert delta_report(select(tables, both)).body.equals(delta_report(select(tables, VIEW)).body)
    assert list(overview_of(tables, both)) == ["cand"]


def test_runs_that_can_be_compared() -> None:
    tables = make_tables(
        score_rows({**FOUR, "empty": {"a": None}, "reported": {None: 0.5}}),
        score_rows({"other": {"a": 0.5}}, dataset="e"),
    )
    assert list(select(tables, VIEW).runs) == ["base", "cand"]


def test_missing_scores_are_listed() -> None:
    frame = missing_report(select(tables_of(FOUR), VIEW)).body
    assert frame.rows() == [("base", "e"), ("cand", "d")]


# --- order --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("sort", "order"),
    [
        ("down", [("cand", "a"), ("cand", "c"), ("cand", "b"), ("z", "b"), ("z", "a")]),
        ("up", [("cand", "b"), ("cand", "c"), ("cand", "a"), ("z", "a"), ("z", "b")]),
        ("abs", [("cand", "b"), ("cand", "a"), ("cand", "c"), ("z", "a"), ("z", "b")]),
        ("name", [("cand", "a"), ("z", "a"), ("cand", "b"), ("z", "b"), ("cand", "c")]),
    ],
)
def test_order(sort: Any, order: list[tuple[str, str]]) -> None:
    tables = tables_of({"z": {"a": 0.1, "b": 0.6}, **FOUR})
    assert order_of(tables, replace(VIEW, delta_sort=sort)) == order


@pytest.mark.parametrize("sort", ["down", "up", "abs"])
def test_differences_that_differ_by_float_noise_stay_in_the_order_of_names(sort: Any) -> None:
    noisy = {
        "base": {"a": 0.1, "b": 0.2, "c": 0.7},
        "cand": {"a": 0.2, "b": 0.3, "c": 0.8},
    }
    tables = tables_of(noisy)
    assert len(set(delta_report(select(tables, VIEW)).body["delta"])) > 1
    found = order_of(tables, replace(VIEW, delta_sort=sort))
    assert [category for _, category in found] == ["a", "b", "c"]


# --- least difference ---------------------------------------------------------------------------


@pytest.mark.parametrize("scale", [1, 100])
@pytest.mark.parametrize(
    ("least", "kept"), [(0.0, "abc"), (0.1, "ab"), (0.1 + 1e-6, "b"), (0.3, "b"), (0.31, "")]
)
def test_least_difference(scale: Any, least: float, kept: str) -> None:
    view = replace(VIEW, min_delta=least, scale=scale, delta_sort="name")
    report = delta_report(select(tables_of(FOUR), view))
    assert report.body["category"].to_list() == list(kept)
    assert any("below the minimum" in note for note in report.notes) == (kept != "abc")
    assert overview_of(tables_of(FOUR), view)["cand"]["Win"] == 1


@given(st.integers(0, 99), st.integers(1, 100))
def test_a_difference_of_the_least_one_itself_is_shown(start: int, percent: int) -> None:
    tables = tables_of({"base": {"a": start / 100}, "cand": {"a": (start + percent) / 100}})
    shown = replace(VIEW, min_delta=percent * 0.01)
    assert delta_report(select(tables, shown)).body.height == 1
    hidden = replace(VIEW, min_delta=percent / 100 + 1e-6)
    assert delta_report(select(tables, hidden)).body.is_empty()


def test_nothing_left_is_said_on_the_scale_that_is_shown() -> None:
    report = delta_report(select(tables_of(FOUR), replace(VIEW, min_delta=0.5, scale=100)))
    assert "as large as 50" in report.empty


# --- overview -----------------------------------------------------------------------------------


def test_overview() -> None:
    row = overview_of(tables_of(FOUR))["cand"]
    assert row["Mean Δ"] == pytest.approx(-0.2 / 3)
    assert row["Median Δ"] == 0.0
    assert (row["Win"], row["Lose"], row["Tie"], row[COVERAGE]) == (1, 1, 1, "3/5")


def test_the_best_candidate_stands_first_and_those_without_overlap_last() -> None:
    tables = tables_of(
        {
            "base": {"a": 0.5},
            "alone": {"b": 1.0},
            "worse": {"a": 0.4},
            "better": {"a": 0.6},
            "also better": {"a": 0.6},
        }
    )
    assert list(overview_of(tables)) == ["also better", "better", "worse", "alone"]


def test_lower_is_better_wins_by_going_down() -> None:
    tables = tables_of(FOUR, metric="wer", higher_is_better=False)
    assert counts_of(tables) == {"cand": (1, 1, 1)}
    top = movers_report(select(tables, VIEW), "cand", "top").body
    bottom = movers_report(select(tables, VIEW), "cand", "bottom").body
    assert top.select("category", "delta").rows() == [("b", pytest.approx(-0.3))]
    assert bottom.select("category", "delta").rows() == [("a", pytest.approx(0.1))]
    only_lower = {"base": {"a": 0.5, "b": 0.5}, "cand": {"a": 0.4, "b": 0.3}}
    assert counts_of(tables_of(only_lower, higher_is_better=False)) == {"cand": (2, 0, 0)}
    assert counts_of(tables_of(only_lower)) == {"cand": (0, 2, 0)}


@pytest.mark.parametrize("scale", [1, 100])
def test_counts_are_never_scaled(scale: Any) -> None:
    values: Values = {"base": {"a": 3.0}, "cand": {"a": 5.0}}
    tables = tables_of(values, unit="count", higher_is_better=False)
    view = replace(VIEW, scale=scale)
    assert delta_report(select(tables, view)).body.rows() == [("a", "cand", 3.0, 5.0, 2.0)]
    assert counts_of(tables, view) == {"cand": (0, 1, 0)}


def test_percent_and_fractions_are_compared_on_one_scale() -> None:
    tables = make_tables(
        score_rows({"base": {"a": 0.57, "b": 0.5}}),
        score_rows({"cand": {"a": 57.0, "b": 60.0}}, unit="percent"),
    )
    assert counts_of(tables) == {"cand": (1, 0, 1)}
    assert overview_of(tables)["cand"]["Mean Δ"] == pytest.approx(0.05)


def test_the_spread_is_over_repeated_runs_of_the_same_categories() -> None:
    tables = make_tables(
        score_rows({"base": {"a": 0.5, "b": 0.5}, "cand": {"a": 0.6, "b": 0.4, "z": 0.0}}),
        score_rows({"cand": {"a": 0.5, "b": 0.3, "z": 1.0}}, repeat=0),
        score_rows({"cand": {"a": 0.7, "b": 0.5, "z": 1.0}}, repeat=1),
        score_rows({"cand": {"a": 0.1}}, repeat=2),  # it failed on b: no mean of the same things
    )
    row = overview_of(tables)["cand"]
    assert row["Runs"] == 2
    assert row["Lowest run"] == pytest.approx(0.4)
    assert row["Highest run"] == pytest.approx(0.6)
    assert row["Sd over runs"] == pytest.approx(statistics.stdev([0.4, 0.6]))


# --- most improved, most declined ---------------------------------------------------------------


def test_movers_are_improvements_or_declines_only() -> None:
    tables = tables_of(FOUR)
    assert movers_report(select(tables, VIEW), "cand", "top").body["category"].to_list() == ["a"]
    assert movers_report(select(tables, VIEW), "cand", "bottom").body["category"].to_list() == ["b"]


def test_movers_are_at_most_as_many_as_asked_for_each_candidate() -> None:
    names = [f"{number:02}" for number in range(20)]
    values: Values = {
        "base": dict.fromkeys(names, 0.0),
        "x": {name: int(name) / 100 for name in names},
        "y": dict.fromkeys(names, 0.5),
    }
    view = replace(VIEW, top=3)
    frame = movers_report(select(tables_of(values), view), None, "top").body
    assert frame.select("candidate", "category").rows() == [
        ("x", "19"),
        ("x", "18"),
        ("x", "17"),
        ("y", "00"),
        ("y", "01"),
        ("y", "02"),
    ]
    assert (
        movers_report(select(tables_of(values), view), None, "bottom").empty == "Nothing declined."
    )


# --- properties ---------------------------------------------------------------------------------

fractions = st.one_of(st.none(), st.integers(0, 15).map(lambda n: n / 15), st.floats(0, 1))
by_category = st.dictionaries(st.sampled_from("abcdef"), fractions, min_size=1)
some_values = st.fixed_dictionaries(
    {"base": by_category, "cand": by_category}, optional={"other": by_category}
)


def common_of(values: Values, run: str) -> list[str]:
    return [
        name
        for name, score in values["base"].items()
        if score is not None and values[run].get(name) is not None
    ]


@given(some_values, st.sampled_from([True, False, None]))
def test_wins_losses_and_ties_are_all_common_categories(
    values: Values, higher_is_better: bool | None
) -> None:
    tables = tables_of(values, higher_is_better=higher_is_better)
    if "base" not in list(select(tables, VIEW).runs):
        assert overview_report(select(tables, VIEW)).body.is_empty()
        return
    categories = {n for of in values.values() for n, score in of.items() if score is not None}
    for run, row in overview_of(tables).items():
        common = common_of(values, run)
        assert row[COVERAGE] == f"{len(common)}/{len(categories)}"
        if common:
            assert row["Win"] + row["Lose"] + row["Tie"] == len(common)
        else:
            assert (row["Win"], row["Lose"], row["Tie"]) == (None, None, None)


@given(
    some_values,
    st.integers(0, 15).map(lambda n: n / 15),
    st.sampled_from(["up", "down", "abs", "name"]),
)
def test_both_scales_show_the_same_but_for_the_factor(
    values: Values, least: float, sort: Any
) -> None:
    tables = tables_of(values)
    view = replace(VIEW, min_delta=least, delta_sort=sort)
    for report in (delta_report, overview_report):
        one = report(select(tables, view)).body
        other = report(select(tables, replace(view, scale=100))).body
        assert one.with_columns(pl.col(pl.Float64) * 100).equals(other)


@given(some_values, st.randoms(use_true_random=False))
def test_the_order_of_runs_and_rows_changes_no_number(
    values: Values, generator: random.Random
) -> None:
    rows = score_rows(values)
    expected = make_tables(rows)
    generator.shuffle(rows)
    shuffled = make_tables(rows)
    assert delta_report(select(shuffled, VIEW)).body.equals(
        delta_report(select(expected, VIEW)).body
    )
    ours, theirs = overview_of(shuffled), overview_of(expected)
    assert ours.keys() == theirs.keys()
    for name, row in ours.items():
        for key, value in row.items():
            number = isinstance(value, float)
            assert theirs[name][key] == (pytest.approx(value, abs=1e-12) if number else value)


@given(some_values)
def test_numbers_are_those_of_the_common_categories(values: Values) -> None:
    tables = tables_of(values)
    for run, row in overview_of(tables).items() if list(select(tables, VIEW).runs) else ():
        deltas = [
            (values[run][name] or 0.0) - (values["base"][name] or 0.0)
            for name in common_of(values, run)
        ]
        if deltas:
            assert row["Mean Δ"] == pytest.approx(statistics.fmean(deltas), abs=1e-12)
            assert row["Median Δ"] == pytest.approx(statistics.median(deltas), abs=1e-12)
            assert row["Tie"] == sum(abs(delta) <= 1e-9 for delta in deltas)
            assert row["Win"] == sum(delta > 1e-9 for delta in deltas)


@given(by_category, by_category)
def test_swapping_the_runs_swaps_wins_and_losses(
    one: dict[str, float | None], other: dict[str, float | None]
) -> None:
    tables = tables_of({"x": one, "y": other})
    forth = counts_of(tables, View("d", baseline="x")) if comparable_of(tables) else {}
    back = counts_of(tables, View("d", baseline="y")) if comparable_of(tables) else {}
    assert bool(forth) == bool(back)
    if forth:
        win, lose, tie = forth["y"]
        assert back["x"] == (lose, win, tie)


def comparable_of(tables: Tables) -> bool:
    return list(select(tables, VIEW).runs) == ["x", "y"]


def test_categories_for_which_nothing_was_scored_are_not_compared() -> None:
    rows = score_rows({"base": {"a": 0.0, "b": 0.4}, "cand": {"a": 0.0, "b": 0.6}}, n=5)
    for row in rows[::2]:
        row |= {"unscored": 5, "status": "no reference"}
    tables = make_tables(rows)
    assert delta_report(select(tables, VIEW)).body["category"].to_list() == ["b"]
    told = ("a: no score, since no question has a reference (reported: 0).",)
    assert delta_report(select(tables, VIEW)).notes == told
    assert overview_of(tables)["cand"][COVERAGE] == "1/1"
    assert missing_report(select(tables, VIEW)).body.is_empty()


def test_pairs_of_an_arena_are_missing_from_no_run() -> None:
    tables = tables_of({"base": {"a@b": 0.5}, "cand": {"a@b": 0.5, "c@b": 0.6}}, optional=True)
    assert missing_report(select(tables, VIEW)).body.is_empty()


def test_a_category_that_a_run_has_without_references_is_not_missing_from_it() -> None:
    none = score_rows({"cand": {"c": None}}, metric="em", status="no reference")
    tables = make_tables(score_rows({"base": {"a": 0.5, "c": 0.5}, "cand": {"a": 0.6}}), none)
    assert missing_report(select(tables, VIEW)).body.is_empty()
    assert delta_report(select(tables, VIEW)).notes == (
        "Compared on fewer than all 2 categories: cand 1.",
        "c (cand): no score, since no question has a reference.",
    )


def test_the_last_digits_are_the_same_every_time() -> None:
    """Sums of floats depend on their order, which threads would change."""
    dice = random.Random(7)
    names = [f"c{number}" for number in range(60)]
    means = {run: {name: dice.random() for name in names} for run in ("base", "cand", "other")}
    single = [score_rows(means)]
    for repeat in range(5):
        values = {run: {name: dice.random() for name in names} for run in means}
        single.append(score_rows(values, repeat=repeat))
    tables = make_tables(*single)
    found = [
        overview_report(select(Tables(tables.runs, tables.scores), VIEW)).body for _ in range(8)
    ]
    assert all(found[0].equals(other) for other in found)
