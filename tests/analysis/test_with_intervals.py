"""Scores with intervals, standard errors that are put right, and signs after numbers."""

from __future__ import annotations

from typing import Any

import polars as pl
import pytest

from tests.build.answers import Scored, answers_of, right, tables_of_answers
from tests.build.tables import make_tables, score_rows, tables_of
from tui_eval.analysis.compare import Evidence
from tui_eval.analysis.groups import grouped_report
from tui_eval.analysis.interval_columns import columns_of_intervals
from tui_eval.analysis.leaderboard import leaderboard_report
from tui_eval.analysis.question_scores import question_scores
from tui_eval.analysis.report import Column, Report
from tui_eval.analysis.score_intervals import score_intervals
from tui_eval.analysis.scores import overview_report, score_report
from tui_eval.analysis.selection import Selection, select
from tui_eval.analysis.view import View
from tui_eval.analysis.with_intervals import with_intervals
from tui_eval.records import STDERR
from tui_eval.render.export import as_csv, as_json
from tui_eval.statistics.intervals import wilson
from tui_eval.tables import SETTINGS, Tables

VIEW = View(dataset="d", scale=100)

SCORED: Scored = {
    "good": {"a": right(90, 100), "b": right(60, 80)},
    "near": {"a": right(88, 100), "b": right(50, 80)},
    "weak": {"a": right(40, 100), "b": right(20, 80)},
}


def known(scored: Scored, view: View = VIEW, *, is_read: bool = True) -> tuple[Selection, Evidence]:
    selection = select(tables_of_answers(scored), view)
    answers = question_scores(selection, answers_of(scored)) if is_read else None
    return selection, Evidence(selection, answers)


def column(report: Report, name: str) -> Column:
    return next(one for one in report.columns if one.name == name)


def beside(report: Report, name: str, companion: str) -> list[Any]:
    """What stands beside the numbers of a column."""
    told = getattr(column(report, name), companion)
    assert told is not None
    return list(report.frame[told])


def test_every_score_has_its_interval_on_the_scale_of_the_scores_means_too() -> None:
    selection, evidence = known(SCORED)
    report = with_intervals(score_report(selection), selection, evidence)
    assert column(report, "good").low == "good low"
    assert column(report, "good").high == "good high"
    assert report.roles == ["row", "row", "mean", "questions"]
    low, high = wilson(0.9, 100)
    assert beside(report, "good", "low")[0] == pytest.approx(100 * low)
    assert beside(report, "good", "high")[0] == pytest.approx(100 * high)
    for row, value in enumerate(report.frame["good"]):
        ends = [beside(report, "good", end)[row] for end in ("low", "high")]
        assert ends[0] < value < ends[1]
    of = {
        (run, part, category): (low, high)
        for run, part, category, low, high in score_intervals(selection, evidence.scores)
        .select("run", "part", "category", "low", "high")
        .iter_rows()
    }
    told = [(part, None) for part in ("own", "questions")]
    for row, (part, category) in enumerate(told, start=2):
        ends = [beside(report, "near", end)[row] for end in ("low", "high")]
        assert ends == pytest.approx([100 * end for end in of["near", part, category]])


def test_a_leaderboard_has_the_same_intervals_as_the_table_of_categories() -> None:
    selection, evidence = known(SCORED)
    table = with_intervals(score_report(selection), selection, evidence)
    board = with_intervals(leaderboard_report(selection), selection, evidence)
    assert column(board, "vs best").low is None
    names = table.frame["category"].to_list()
    for row, name in enumerate(names):
        for companion in ("low", "high", "mark"):
            across = dict(zip(board.frame["key"], beside(board, name, companion), strict=True))
            assert across == {run: beside(table, run, companion)[row] for run in SCORED}


def test_a_run_that_cannot_be_told_from_the_best_of_its_row_is_marked_and_the_sign_explained() -> (
    None
):
    selection, evidence = known(SCORED)
    report = with_intervals(score_report(selection), selection, evidence)
    assert [beside(report, run, "mark") for run in SCORED] == [
        [""] * 4,
        ["~", "", "", ""],  # two questions of a hundred, and ten of eighty
        [""] * 4,
    ]
    assert report.notes[0] == "~ cannot be told from the best (paired test, Holm)"


def test_where_nothing_was_read_and_nothing_is_reported_there_is_nothing_beside_the_scores() -> (
    None
):
    selection = select(tables_of({"x": {"a": 0.5}, "y": {"a": 0.6}}), VIEW)
    report = score_report(selection)
    told = with_intervals(report, selection, Evidence(selection))
    assert told.frame.select(report.frame.columns).equals(report.frame)
    assert beside(told, "x", "low") == beside(told, "x", "high") == [None, None]
    assert column(told, "x").mark is None
    assert told.notes == report.notes


def test_signs_have_room_before_answers_are_read() -> None:
    tables = tables_of_answers(SCORED)
    with_files = Tables(
        tables.runs.with_columns(sample_files=pl.lit(1, pl.Int32)), tables.scores, tables.settings
    )
    selection = select(with_files, VIEW)
    report = with_intervals(score_report(selection), selection, Evidence(selection))
    assert beside(report, "near", "mark") == [""] * 4
    assert beside(report, "near", "low") == [None] * 4


def test_of_totals_the_sign_says_that_it_is_of_totals() -> None:
    rows = score_rows({"x": {"a": 0.50}, "y": {"a": 0.52}}, stderr=0.02)
    selection = select(make_tables(rows), VIEW)
    report = with_intervals(leaderboard_report(selection), selection, Evidence(selection))
    assert beside(report, "a", "mark") == ["", "~"]
    assert report.notes[0] == "~ cannot be told from the best (test on totals, Holm)"


def test_without_a_direction_no_run_is_level_with_the_best() -> None:
    rows = score_rows({"x": {"a": 0.50}, "y": {"a": 0.52}}, stderr=0.02, higher_is_better=None)
    selection = select(make_tables(rows), VIEW)
    report = with_intervals(score_report(selection), selection, Evidence(selection))
    assert column(report, "x").mark is None
    assert column(report, "x").low == "x low"


def flawed(dataset: str | None) -> Tables:
    """One category, its answers as in `SCORED`, and an average; of both wrong standard errors."""
    made = make_tables(
        score_rows({"good": {"a": 0.9}}, n=100, stderr=0.001),
        score_rows({"good": {"b": 0.75}}, n=80, stderr=0.002),
        score_rows({"good": {None: 0.825}}, n=180, stderr=0.003),
    )
    told = {"run": "good", "dataset": dataset, "name": STDERR, "value": "of it is wrong"}
    return Tables(made.runs, made.scores, pl.DataFrame([told], SETTINGS))


def test_a_standard_error_that_is_known_to_be_wrong_is_ours_where_it_is_known() -> None:
    selection = select(flawed(None), VIEW)
    answers = question_scores(selection, answers_of({"good": SCORED["good"]}))
    before = with_intervals(score_report(selection), selection, Evidence(selection), "stderr")
    assert beside(before, "good", "stderr")[:2] == pytest.approx([0.1, 0.2])
    assert beside(before, "good", "mark")[:2] == ["!", "!"]
    assert before.notes[0] == "! ± of it is wrong (good)."
    assert sum("is wrong" in note for note in before.notes) == 1
    after = with_intervals(
        score_report(selection), selection, Evidence(selection, answers), "stderr"
    )
    ours = [100 * (0.9 * 0.1 / 99) ** 0.5, 100 * (0.75 * 0.25 / 79) ** 0.5]
    assert beside(after, "good", "stderr")[:2] == pytest.approx(ours)
    assert beside(after, "good", "mark")[:2] == ["*", "*"]
    assert after.notes[0] == "* our ±; i tells why"
    plain = with_intervals(score_report(selection), selection, Evidence(selection, answers))
    assert column(plain, "good").mark is None


def test_of_an_average_that_is_wrong_the_standard_error_is_that_of_the_mean_which_it_is() -> None:
    selection = select(flawed("d"), VIEW)
    board = leaderboard_report(selection)
    report = with_intervals(board, selection, Evidence(selection), "stderr")
    name = "mean over 2"
    ours = 100 * (0.001**2 + 0.002**2) ** 0.5 / 2
    assert beside(board, name, "stderr") == pytest.approx([0.3])
    assert beside(report, name, "stderr") == pytest.approx([ours])
    assert beside(report, name, "mark") == ["*"]
    assert column(report, "a").mark is None


def test_groups_have_intervals_and_are_tested_on_their_questions() -> None:
    scored = {run: {"a": of["a"], "b": of["b"]} for run, of in SCORED.items()}
    inner = tables_of_answers(scored, group="g").scores.to_dicts()
    whole = {run: sum([*of["a"], *of["b"]]) / 180 for run, of in SCORED.items()}
    heads = score_rows({run: {None: value} for run, value in whole.items()}, group="g", n=180)
    selection = select(make_tables(inner, heads), VIEW)
    evidence = Evidence(selection, question_scores(selection, answers_of(scored)))
    report = with_intervals(grouped_report(selection), selection, evidence)
    row = report.roles.index("group")
    low, high = wilson(150 / 180, 180)
    assert beside(report, "good", "low")[row] == pytest.approx(100 * low)
    assert beside(report, "good", "high")[row] == pytest.approx(100 * high)
    found = evidence.group("good", "near", "g").found
    assert (found.n, found.counts) == (180, evidence.whole("good", "near").found.counts)
    assert [beside(report, run, "mark")[row] for run in SCORED] == ["", "", ""]


def test_the_overview_of_all_datasets_stays_as_it_is() -> None:
    selection = select(tables_of_answers(SCORED), View())
    report = overview_report(selection)
    assert with_intervals(report, selection, Evidence(selection)) is report


def test_without_columns_of_intervals_csv_and_json_are_what_they_were() -> None:
    selection, evidence = known({f"m{number}": SCORED["good"] for number in (2, 10)})
    report = score_report(selection)
    told = with_intervals(report, selection, evidence)
    assert as_csv(told).startswith("category,m10,m2\n")
    assert (as_csv(told), as_json(told)) == (as_csv(report), as_json(report))


def test_intervals_are_exported_after_each_score() -> None:
    scored = {f"m{number}": SCORED["good"] for number in (2, 10)}
    selection, evidence = known(scored)
    told = columns_of_intervals(with_intervals(score_report(selection), selection, evidence))
    head, first, *_ = as_csv(told).splitlines()
    assert head == "category,m2,m2 low,m2 high,m10,m10 low,m10 high"
    assert first.startswith("a,90.0,")
    assert len(first.split(",")) == 7
    board = columns_of_intervals(with_intervals(leaderboard_report(selection), selection, evidence))
    assert [one.name for one in board.columns][2:6] == [
        *("mean over 2", "mean over 2 low", "mean over 2 high", "vs best"),
    ]


def test_names_of_categories_that_are_those_of_companions_stay_apart() -> None:
    scored: Scored = {run: {"a": right(5, 20), "a low": right(7, 20)} for run in ("x", "y")}
    selection, evidence = known(scored)
    report = with_intervals(leaderboard_report(selection), selection, evidence)
    assert report.frame["a low"].to_list() == pytest.approx([35.0, 35.0])
    assert column(report, "a").low == "a low "


def test_averages_that_are_reported_are_level_only_as_the_means_which_they_are() -> None:
    close = {"a": right(88, 100), "b": right(60, 80)}
    scored: Scored = {"x": SCORED["good"], "y": close, "z": close}
    rows = tables_of_answers(scored).scores.to_dicts()
    reported = score_rows({"x": {None: 0.825}, "y": {None: 0.815}, "z": {None: 0.6}}, n=180)
    selection = select(make_tables(rows, reported), VIEW)
    evidence = Evidence(selection, question_scores(selection, answers_of(scored)))
    report = with_intervals(score_report(selection), selection, evidence)
    row = report.roles.index("reported")
    assert [beside(report, run, "mark")[row] for run in ("x", "y", "z")] == ["", "~", ""]
    assert evidence.reported("x", "y").found.is_paired
    assert not evidence.reported("x", "z").found.is_paired
