"""Runs as rows: the numbers of the score report turned round, ranks, distances, best ones."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.build.tables import Values, make_tables, score_rows, tables_of
from tui_eval.analysis.leaderboard import leaderboard_report, ranks_runs
from tui_eval.analysis.report import Report
from tui_eval.analysis.scores import axis_of, overview_report, score_report
from tui_eval.analysis.selection import select
from tui_eval.analysis.view import Threshold, View
from tui_eval.render.export import as_csv
from tui_eval.render.grid import ReportGrid
from tui_eval.tables import Tables

VIEW = View(dataset="d")

THREE: Values = {
    "low": {"a": 0.2, "b": 0.4},
    "high": {"a": 0.9, "b": 0.7},
    "mid": {"a": 0.5, "b": 0.7},
}


def board(tables: Tables, view: View = VIEW) -> Report:
    return leaderboard_report(select(tables, view))


def names(report: Report) -> list[str]:
    return [column.name for column in report.columns]


def best_of(report: Report, column: str) -> list[str]:
    """The runs whose number in a column is marked as the best."""
    mark = next(one.best for one in report.columns if one.name == column)
    return [] if mark is None else report.frame.filter(pl.col(mark))["run"].to_list()


def test_runs_are_rows_best_first_with_the_distance_to_the_best() -> None:
    report = board(tables_of(THREE))
    assert names(report) == ["rank", "run", "mean over 2", "vs best", "a", "b"]
    assert report.frame["rank"].to_list() == [1, 2, 3]
    assert report.frame["run"].to_list() == ["high", "mid", "low"]
    assert report.frame["mean over 2"].to_list() == pytest.approx([0.8, 0.6, 0.3])
    assert report.frame["vs best"].to_list() == [None, pytest.approx(-0.2), pytest.approx(-0.5)]
    assert report.name == "twinkle_d_leaderboard"
    assert [report.key_at(row) for row in range(3)] == ["high", "mid", "low"]


def test_the_best_of_each_column_is_marked_ties_all() -> None:
    report = board(tables_of(THREE))
    assert best_of(report, "mean over 2") == ["high"]
    assert best_of(report, "a") == ["high"]
    assert best_of(report, "b") == ["high", "mid"]
    tones = {row[1].text: row[5].tone for row in ReportGrid(report).rows(0, 3)}
    assert tones == {"high": "strong", "mid": "strong", "low": ""}


def test_a_number_that_one_run_alone_has_is_not_the_best() -> None:
    report = board(tables_of({"x": {"a": 0.5, "b": 0.9}, "y": {"a": 0.4, "b": None}}))
    assert best_of(report, "b") == []
    assert best_of(report, "a") == ["x"]


def test_where_lower_is_better_the_lowest_is_the_best() -> None:
    report = board(tables_of(THREE, higher_is_better=False))
    assert report.frame["run"].to_list() == ["low", "mid", "high"]
    assert report.frame["vs best"].to_list() == [None, pytest.approx(0.3), pytest.approx(0.5)]
    assert best_of(report, "a") == ["low"]
    assert "lower is better" in report.title


def test_without_a_direction_nothing_is_ranked() -> None:
    report = board(tables_of(THREE, higher_is_better=None))
    assert names(report) == ["run", "mean over 2", "a", "b"]
    assert best_of(report, "a") == []
    assert "Neither high nor low is better here: no run is the best." in report.notes


@pytest.mark.parametrize("noise", [0.0, 1e-12, -1e-12])
def test_ties_share_a_rank_and_stand_in_natural_order(noise: float) -> None:
    values: Values = {"step10": {"a": 0.3 + noise}, "step2": {"a": 0.3}, "step1": {"a": 0.1}}
    report = board(tables_of(values))
    assert report.frame.select("rank", "run").rows() == [(1, "step2"), (1, "step10"), (3, "step1")]
    assert report.frame["vs best"].to_list() == [None, None, pytest.approx(-0.2)]


def test_runs_that_lack_categories_are_ranked_by_the_common_ones() -> None:
    report = board(tables_of({"x": {"a": 0.2, "b": 0.4, "c": 0.9}, "y": {"a": 0.35, "b": 0.4}}))
    assert names(report)[:5] == ["rank", "run", "mean over common 2", "vs best", "has of 3"]
    assert report.frame["run"].to_list() == ["y", "x"]
    assert report.frame["has of 3"].to_list() == [2, 3]
    assert report.frame["mean over own 2–3"].to_list() == pytest.approx([0.375, 0.5])
    assert report.notes[:2] == (
        "Ranked by the mean over the 2 of 3 categories that all runs have.",
        "y has 2 of 3 categories; missing: c.",
    )


def test_without_a_common_category_the_own_ones_rank_and_that_is_said() -> None:
    report = board(tables_of({"x": {"a": 0.2}, "y": {"b": 0.4}}))
    assert names(report)[2:5] == ["mean over own 1", "vs best", "has of 2"]
    assert report.frame["run"].to_list() == ["y", "x"]
    assert report.notes[0] == (
        "No category is in all runs: ranked by the mean over each run's own."
    )


def test_counts_are_added_up() -> None:
    values: Values = {"x": {"a": 3, "b": 4}, "y": {"a": 1, "b": 1}}
    report = board(
        tables_of(values, unit="count", higher_is_better=False), replace(VIEW, scale=100)
    )
    assert report.frame.select("run", "total over 2", "vs best").rows() == [
        ("y", 2.0, None),
        ("x", 7.0, 5.0),
    ]


@pytest.mark.parametrize(
    ("view", "order"),
    [
        (VIEW, ["high", "mid", "low"]),
        (replace(VIEW, sort="mean"), ["low", "mid", "high"]),
        (replace(VIEW, sort="name"), ["high", "low", "mid"]),
        (replace(VIEW, sort_column="b"), ["high", "mid", "low"]),
        (replace(VIEW, sort_column="b", sort="mean"), ["low", "high", "mid"]),
        (replace(VIEW, sort_column="gone"), ["high", "mid", "low"]),
    ],
)
def test_the_order_of_the_view_changes_no_rank(view: View, order: list[str]) -> None:
    report = board(tables_of(THREE), view)
    assert report.frame["run"].to_list() == order
    ranks = dict(report.frame.select("run", "rank").iter_rows())
    assert ranks == {"high": 1, "mid": 2, "low": 3}


def test_a_missing_score_stands_last_whatever_the_order() -> None:
    tables = tables_of({"x": {"a": 0.5, "b": None}, "y": {"a": 0.4, "b": 0.1}})
    for sort in ("-mean", "mean"):
        report = board(tables, replace(VIEW, sort=sort, sort_column="b"))
        assert report.frame["run"].to_list() == ["y", "x"]


def test_a_threshold_leaves_out_columns_and_changes_no_rank() -> None:
    report = board(tables_of(THREE), replace(VIEW, threshold=Threshold(True, 0.8)))
    assert names(report) == ["rank", "run", "mean over 2", "vs best", "a"]
    assert report.frame["mean over 2"].to_list() == pytest.approx([0.8, 0.6, 0.3])


def test_categories_that_are_named_like_a_column() -> None:
    values: Values = {"x": {"run": 0.1, "rank": 0.2, "key": 0.3}, "y": {"run": 0.5, "vs best": 0.4}}
    report = board(tables_of(values))
    assert len(set(names(report))) == len(names(report))
    abouts = {column.about: column.name for column in report.columns if column.about}
    assert sorted(abouts) == ["key", "rank", "run", "vs best"]
    assert report.frame.filter(run="y")[abouts["run"]].item() == 0.5


def group_tables() -> Tables:
    rows = [
        *score_rows({"x": {"a": 0.2, "b": 0.4}, "y": {"a": 0.5, "b": 0.5}}, group="one"),
        *score_rows({"x": {"c": 0.8}, "y": {"c": 0.6}}, group="two"),
    ]
    return make_tables(rows)


def test_a_closed_group_is_one_column_and_an_open_one_has_its_categories_after_it() -> None:
    report = board(group_tables())
    assert names(report)[4:] == ["one", "two"]
    assert report.frame["one"].to_list() == pytest.approx([0.5, 0.3])
    report = board(group_tables(), replace(VIEW, opened=frozenset({"one"})))
    assert names(report)[4:] == ["one", "a", "b", "two"]


def test_a_group_alone_would_be_the_mean() -> None:
    tables = make_tables(score_rows(THREE, group="all"))
    assert names(board(tables))[4:] == ["all", "a", "b"]


def test_a_reported_error_stands_beside_the_mean_that_was_reported() -> None:
    values: Values = {"x": {"a": 0.2, "b": 0.4}, "y": {"a": 0.5, "b": 0.5}}
    own = score_rows(values, stderr=0.1)
    same = score_rows({"x": {None: 0.3}}, stderr=0.05)
    other = score_rows({"y": {None: 0.6}}, stderr=0.06)
    report = board(make_tables(own, same, other))
    columns = {column.name: column.stderr for column in report.columns}
    mean, told = columns["mean over 2"], columns["reported average"]
    assert mean is not None
    assert told is not None
    assert report.frame.select("run", mean).rows() == [("y", None), ("x", 0.05)]
    assert report.frame.select("run", told).rows() == [("y", 0.06), ("x", 0.05)]


def test_runs_are_rows_from_two_on_unless_they_are_wanted_as_columns() -> None:
    assert ranks_runs(select(tables_of(THREE), VIEW))
    assert not ranks_runs(select(tables_of(THREE), replace(VIEW, orientation="categories")))
    assert not ranks_runs(select(tables_of({"x": {"a": 0.5}}), VIEW))


# --- all datasets -------------------------------------------------------------------------------


def test_a_column_a_dataset_and_the_mean_of_runs_that_have_all() -> None:
    tables = make_tables(
        score_rows(THREE), score_rows({"high": {"a": 1.0}, "low": {"a": 0.5}}, dataset="e")
    )
    report = board(tables, View())
    mean = "mean over 2, each equal"
    assert names(report) == ["rank", "run", mean, "vs best", "has of 2", "d", "e"]
    assert report.frame.select("rank", "run", mean).rows() == [
        (1, "high", pytest.approx(0.9)),
        (2, "low", pytest.approx(0.4)),
        (None, "mid", None),
    ]
    assert "Ranked by the mean are the runs that have all 2 datasets." in report.notes


def test_datasets_of_one_run_are_left_out_unless_they_are_chosen() -> None:
    alone = score_rows({"z": {"a": 0.5}}, dataset="e")
    tables = make_tables(score_rows(THREE), alone)
    report = board(tables, View())
    assert "z" not in report.frame["run"].to_list()
    assert "1 dataset left out (of one run only)." in report.notes
    chosen = board(tables, View(datasets=("e",)))
    assert chosen.frame["run"].to_list() == ["z"]
    assert "1 dataset not chosen." in chosen.notes
    assert set(overview_report(select(tables, View())).body["dataset"]) == {"d", "e"}


def test_different_scales_have_no_mean_and_each_column_its_own() -> None:
    perplexity = score_rows(
        {"high": {"a": 6.07}, "low": {"a": 3.6e6}},
        dataset="e",
        metric="ppl",
        unit="number",
        higher_is_better=False,
    )
    report = board(make_tables(score_rows(THREE), perplexity), View(scale=100))
    assert names(report) == ["run", "has of 2", "d (acc)", "e (ppl)"]
    assert "No mean over datasets: their metrics are on different scales." in report.notes
    assert best_of(report, "e (ppl)") == ["high"]
    cells = {row[0].text: [cell.text for cell in row[2:]] for row in ReportGrid(report).rows(0, 3)}
    assert cells["high"] == ["80.0", "6.07"]


def test_metrics_that_share_scale_and_direction_have_a_mean() -> None:
    other = score_rows({run: {"a": 0.5} for run in THREE}, dataset="e", metric="em")
    report = board(make_tables(score_rows(THREE), other), View())
    assert "mean over 2, each equal" in names(report)
    against = score_rows(
        {run: {"a": 0.5} for run in THREE}, dataset="e", metric="err", higher_is_better=False
    )
    report = board(make_tables(score_rows(THREE), against), View())
    assert "mean over 2, each equal" not in names(report)
    assert any("of some the lowest is the best" in note for note in report.notes)


def test_nothing_at_all_is_said() -> None:
    report = board(make_tables(), View())
    assert report.empty == "No run is open."
    assert not report.columns


# --- axes ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("values", "scale", "axis"),
    [
        ([0.2, 0.9], 1, (0.0, 1.0, False)),
        ([20.0, None], 100, (0.0, 100.0, False)),
        ([5.0, 400.0], 0, (0.0, 400.0, False)),
        ([6.07, 3.6e6], 0, (1.0, 3.6e6, True)),
        ([10.0, 1001.0], 0, (1.0, 1001.0, True)),
        ([0.0, 3.6e6], 0, (0.0, 3.6e6, False)),
        ([-1.0, 3.6e6], 0, (-1.0, 3.6e6, False)),
        ([], 0, (0.0, 0.0, False)),
    ],
)
def test_axis(values: list[float | None], scale: int, axis: tuple[float, float, bool]) -> None:
    assert axis_of(values, scale) == axis


def test_bars_of_an_unbounded_metric_are_logarithmic() -> None:
    tables = tables_of(
        {"x": {"a": 10.0}, "y": {"a": 1e6}}, unit="number", metric="ppl", higher_is_better=False
    )
    report = board(tables)
    grid = ReportGrid(report, bars="mean over 1")
    lengths = [row[-1].drawn(60)[0].text.count("█") for row in grid.rows(0, 2)]  # type: ignore[misc]
    assert lengths == [10, 60]


def test_pairs_of_an_arena_are_missing_nowhere() -> None:
    values: Values = {"x": {"a@b": 0.5}, "y": {"a@b": 0.5, "c@b": 0.6}}
    assert not any("has of" in name for name in names(board(tables_of(values, optional=True))))
    assert "has of 2" in names(board(tables_of(values)))


# --- numbers ------------------------------------------------------------------------------------

scores = st.one_of(st.none(), st.floats(0, 1).map(lambda value: round(value, 6)))
values_of_runs = st.dictionaries(
    st.sampled_from(["r1", "r2", "r10", "x"]),
    st.fixed_dictionaries({"a": scores, "b": scores, "c": scores}),
    min_size=2,
)


def numbers_of(report: Report, by: str) -> Mapping[tuple[str, str], Any]:
    """Numbers by run and category or mean."""
    if by == "run":
        columns = [c.name for c in report.columns if c.kind == "score"]
        return {
            (row["run"], name): row[name]
            for row in report.frame.iter_rows(named=True)
            for name in columns
        }
    columns = [c.name for c in report.columns if c.run is not None]
    return {
        (name, row["category"]): row[name]
        for row in report.frame.iter_rows(named=True)
        for name in columns
    }


@given(values_of_runs, st.sampled_from([1, 100]))
def test_no_number_differs_from_the_score_reports(values: Values, scale: int) -> None:
    if not any(score is not None for by in values.values() for score in by.values()):
        return
    selection = select(tables_of(values), replace(VIEW, scale=scale))  # type: ignore[arg-type]
    one, other = leaderboard_report(selection), score_report(selection)
    assert numbers_of(one, "run") == numbers_of(other, "category")


@given(values_of_runs)
def test_ranks_follow_the_means(values: Values) -> None:
    report = board(tables_of(values))
    mean = next(c.name for c in report.columns if c.kind == "score")
    rows = report.frame.select("rank", mean).rows()
    for rank, value in rows:
        better = sum(v is not None and value is not None and v > value + 1e-9 for _, v in rows)
        assert rank == (None if value is None else better + 1)
    shown = [math.inf if rank is None else rank for rank, _ in rows]
    assert shown == sorted(shown)


def test_the_export_has_full_labels_and_numbers_alone() -> None:
    head, first, *_ = as_csv(board(tables_of(THREE))).splitlines()
    assert head.lstrip("\ufeff") == "rank,run,mean over 2,vs best,a,b"
    assert first.startswith("1,high,0.8")


def test_a_run_without_any_score_takes_no_category_from_the_others() -> None:
    scores: Values = {
        "one": {"easy": 0.9},
        "two": {"easy": 0.95, "hard": 0.3},
        "dead": {"easy": None, "hard": None},
    }
    report = leaderboard_report(select(tables_of(scores), View(dataset="d")))
    assert report.body["run"].to_list()[:2] == ["two", "one"]
    assert "mean over common 1" in report.frame.columns
    assert "Without any score: dead." in map(str, report.notes)
    counted = tables_of(scores, n=5)
    table = score_report(select(counted, View(dataset="d"))).frame
    assert table.filter(category="mean over common 1")["n"].to_list() == [5]


def test_of_a_single_dataset_it_is_said_where_its_ranks_are() -> None:
    tables = make_tables(
        score_rows({"one": {"x": 0.5}, "two": {"x": 0.6}}),
        score_rows({"one": {"y": 0.1}}, dataset="e"),
    )
    report = leaderboard_report(select(tables, View()))
    told = "One dataset: no mean over datasets; its own leaderboard ranks the runs."
    assert told in map(str, report.notes)
