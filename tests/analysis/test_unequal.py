"""Runs of a leaderboard that were not asked or scored like the best one; models that ran again."""

from __future__ import annotations

from collections.abc import Mapping

import polars as pl
import pytest

from tests.build.tables import make_tables, score_rows
from tui_eval.analysis.compare import Evidence
from tui_eval.analysis.leaderboard import leaderboard_report
from tui_eval.analysis.report import Report
from tui_eval.analysis.score_facts import score_facts
from tui_eval.analysis.scores import overview_report
from tui_eval.analysis.selection import Selection, select
from tui_eval.analysis.spread import Again, repeats_of, runs_again, spread_notes
from tui_eval.analysis.unequal import with_differences
from tui_eval.analysis.view import View
from tui_eval.tables import SETTINGS, Tables

VIEW = View(dataset="d", scale=100)

VALUES = {"best": 0.9, "same": 0.8, "few": 0.7, "other": 0.6}

ALIKE = {"limit": "none", "shots": "5", "filter": "none", "stop": "none"}


def chosen(settings: Mapping[str, Mapping[str, str]], models: str | None = None) -> Selection:
    """Runs of one dataset; each has the settings of `ALIKE` but for some."""
    made = make_tables(score_rows({run: {"a": value} for run, value in VALUES.items()}, n=100))
    rows = [
        {"run": run, "dataset": "d", "name": name, "value": value}
        for run in VALUES
        for name, value in {**ALIKE, **settings.get(run, {})}.items()
    ]
    runs = made.runs if models is None else made.runs.with_columns(model=pl.lit(models))
    return select(Tables(runs, made.scores, pl.DataFrame(rows, SETTINGS)), VIEW)


def signs(report: Report) -> dict[str, str]:
    """The signs after the mean by which runs are ranked."""
    mark = next(one.mark for one in report.columns if one.kind == "score")
    return {} if mark is None else dict(report.frame.select("key", mark).iter_rows())


def told(selection: Selection) -> Report:
    return with_differences(leaderboard_report(selection), selection)


def test_a_run_with_other_settings_than_the_best_has_the_sign_and_a_line_says_which() -> None:
    report = told(chosen({"few": {"shots": "0"}}))
    assert signs(report) == {"best": "", "same": "", "few": "≠", "other": ""}
    assert report.notes[0] == "≠ not asked or scored like the best: shots (few)."


def test_runs_that_differ_in_the_same_settings_are_named_together() -> None:
    report = told(chosen({"few": {"shots": "0"}, "other": {"shots": "0", "stop": "[]"}}))
    assert signs(report) == {"best": "", "same": "", "few": "≠", "other": "≠"}
    assert report.notes[0] == (
        "≠ not asked or scored like the best: shots (few); stop, shots (other)."
    )


def test_where_all_others_differ_one_sentence_says_so_and_no_sign() -> None:
    report = told(chosen({"best": {"shots": "0"}}))
    assert signs(report) == {}
    assert report.notes[0] == (
        "≠ no run was asked and scored like the best: shots (few and 2 more)."
    )


def test_where_only_categories_are_missing_the_sign_is_after_the_mean_over_its_own() -> None:
    values = {"best": {"a": 0.9, "b": 0.8}, "few": {"a": 0.7}, "zero": {"a": 0.6, "b": 0.5}}
    values["like"] = {"a": 0.5, "b": 0.4}
    made = make_tables(score_rows(values, n=100))
    rows = [
        {"run": run, "dataset": "d", "name": name, "value": value}
        for run in values
        for name, value in {**ALIKE, "shots": "0" if run == "zero" else "5"}.items()
    ]
    selection = select(Tables(made.runs, made.scores, pl.DataFrame(rows, SETTINGS)), VIEW)
    report = told(selection)
    assert signs(report) == {"best": "", "few": "", "zero": "≠", "like": ""}
    own = next(one.mark for one in report.columns if one.part == "own")
    assert own is not None
    assert report.frame.filter(pl.col(own) == "≠")["key"].to_list() == ["few"]
    other = made.scores.with_columns(n=pl.when(run="few").then(50).otherwise("n"))
    fewer = select(Tables(made.runs, other, pl.DataFrame(rows, SETTINGS)), VIEW)
    assert signs(told(fewer))["few"] == "≠"


def test_nothing_is_said_of_runs_that_are_alike_nor_of_all_datasets() -> None:
    alike = chosen({})
    assert told(alike).columns == leaderboard_report(alike).columns
    assert told(alike).notes == leaderboard_report(alike).notes
    everything = select(alike.tables, View())
    report = overview_report(everything)
    assert with_differences(report, everything) is report


def test_runs_of_one_model_that_were_asked_alike_have_a_spread() -> None:
    selection = chosen({"few": {"shots": "0"}}, models="m")
    (again,) = runs_again(selection)
    assert again == Again("m", ("best", "other", "same"), again.spread)
    assert again.spread[:3] == pytest.approx((3, 60.0, 90.0))
    assert again.spread.sd == pytest.approx(100 * 0.1527525)
    assert spread_notes(selection) == ["Run again: m: 3 runs 60.0–90.0, sd 15.3."]
    assert runs_again(chosen({})) == []


def test_copies_of_one_result_are_no_repeats() -> None:
    made = make_tables(score_rows({"x": {"a": 0.5}, "y": {"a": 0.5}, "z": {"a": 0.7}}, n=100))
    runs = made.runs.with_columns(model=pl.lit("m"))
    two = Tables(runs.filter(pl.col("run") != "z"), made.scores, made.settings)
    assert runs_again(select(two, VIEW)) == []
    (again,) = runs_again(select(Tables(runs, made.scores, made.settings), VIEW))
    assert again.runs == ("x", "y", "z")
    assert again.spread[:3] == pytest.approx((2, 50.0, 70.0))
    at_once = runs.with_columns(timestamp=pl.lit("20261120_2340"))
    assert runs_again(select(Tables(at_once, made.scores, made.settings), VIEW)) == []


def test_repeats_inside_of_a_run_have_a_spread_each_its_mean_over_categories() -> None:
    rows = [
        row
        for number, value in enumerate((0.5, 0.7))
        for row in score_rows({"x": {"a": value, "b": 0.1}}, repeat=number)
    ]
    whole = score_rows({"x": {"a": 0.6, "b": 0.1}}, n=50)
    selection = select(make_tables(rows, whole), VIEW)
    found = repeats_of(selection, "x")
    assert found is not None
    assert found[:3] == pytest.approx((2, 30.0, 40.0))
    assert repeats_of(chosen({}), "best") is None
    facts = score_facts(selection, Evidence(selection), "x")
    assert facts["asked again"] == "2 repeats 30.0–40.0, sd 7.1"
