"""Whether differences are more than noise: intervals, q and marks of the delta table."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import numpy as np
import polars as pl
import pytest

from tests.build.scored import Answers, right, scored
from tests.build.tables import make_tables, score_rows
from tui_eval.analysis import compare
from tui_eval.analysis.compare import Evidence, comparisons
from tui_eval.analysis.delta import delta_report, movers_report, overview_report
from tui_eval.analysis.delta_table import delta_table, forest_extent
from tui_eval.analysis.delta_tests import CANT_TELL, with_long_tests, with_mean_tests
from tui_eval.analysis.pair_report import companion, pairs_report
from tui_eval.analysis.question_scores import QuestionScores
from tui_eval.analysis.report import Report
from tui_eval.analysis.selection import Selection, select
from tui_eval.analysis.view import View
from tui_eval.render.bars import forest_bars
from tui_eval.render.export import as_csv, as_json, as_markdown
from tui_eval.render.grid import ReportGrid
from tui_eval.statistics import multiplicity, routing
from tui_eval.tables import Tables

VIEW = View(dataset="d", baseline="base", scale=100)

TWO: Answers = {
    "base": {"clear": right(20, 100), "same": right(50, 100), "close": right(50, 100)},
    "cand": {"clear": right(60, 100), "same": right(50, 100), "close": right(54, 100)},
}


def selected(tables: Tables, **choices: Any) -> Selection:
    return select(tables, replace(VIEW, **choices))


def evidence_of(
    selection: Selection, scores: QuestionScores | None = None, margin: float = 0.0
) -> Evidence:
    return Evidence(selection, scores, compare.Tests(margin))


def by_name(report: Report) -> dict[str, dict[str, Any]]:
    return {row["category"]: row for row in report.frame.iter_rows(named=True)}


def cells(report: Report) -> list[list[str]]:
    grid = ReportGrid(report)
    return [[cell.text.strip() for cell in row] for row in grid.rows(0, grid.row_count)]


# --- one candidate ------------------------------------------------------------------------------


def test_a_difference_has_the_interval_of_the_questions_of_both() -> None:
    tables, scores = scored(TWO)
    selection = selected(tables)
    report = delta_table(selection, evidence_of(selection, scores))
    found = routing.compare(scores.of("base", "clear"), scores.of("cand", "clear"), binary=True)
    row = by_name(report)["clear"]
    assert (row["low"], row["high"]) == pytest.approx([100 * end for end in found.interval])
    assert row["p"] == pytest.approx(found.p)
    assert (row["method"], row["verdict"]) == ("Newcombe, McNemar mid-p", "better")
    assert (row["fixed"], row["broken"], row["n"]) == (40, 0, 100)
    delta = next(column for column in report.columns if column.kind == "delta")
    assert (delta.low, delta.high, delta.verdict, delta.mark) == ("low", "high", "verdict", "mark")


def test_marks_say_what_can_be_told_without_colour() -> None:
    tables, scores = scored(TWO)
    selection = selected(tables)
    report = delta_table(selection, evidence_of(selection, scores))
    assert [row[:3] for row in cells(report)] == [
        ["clear", "+40.0", "[+29.6, +49.0]"],
        ["close", "+4.0~", "[-0.3, +8.2]"],
        ["same", "0.0~", "[-1.9, +1.9]"],
    ]
    tones = [row[1].tone for row in ReportGrid(report).rows(0, 3)]
    assert tones == ["gain", "dim", "dim"]  # by the verdict: +4.0 is not green
    assert report.notes[0] == "1 of 3 survive q < 0.05, over the rows shown; ~ can't tell"


def test_within_the_margin_is_the_same() -> None:
    tables, scores = scored(TWO)
    selection = selected(tables)
    report = delta_table(selection, evidence_of(selection, scores, margin=0.05))
    rows = by_name(report)
    assert {name: rows[name]["mark"] for name in TWO["base"]} == {
        "clear": None,
        "close": "~",
        "same": "=",
    }
    assert report.notes[0].endswith("; ~ can't tell; = the same within the margin")


def test_what_q_takes_back_is_marked_and_drawn_as_what_cannot_be_told() -> None:
    names = [f"c{place:02}" for place in range(12)]
    answers: Answers = {
        "base": {name: right(50, 100) for name in names},
        "cand": {name: right(56 if name == "c00" else 50, 100) for name in names},
    }
    tables, scores = scored(answers)
    selection = selected(tables)
    report = delta_table(selection, evidence_of(selection, scores))
    row = by_name(report)["c00"]
    assert row["low"] > 0
    assert row["q"] > 0.05
    assert (row["verdict"], row["mark"]) == ("undecided", "~")
    assert report.notes[0].startswith("0 of 12 survive")
    bars = forest_bars(report, "cand", "category", "delta")
    assert set(bars.verdicts) == {"undecided"}


def test_lower_is_better_turns_verdicts_round() -> None:
    tables, scores = scored(TWO, higher_is_better=False)
    selection = selected(tables)
    rows = by_name(delta_table(selection, evidence_of(selection, scores)))
    assert rows["clear"]["verdict"] == "worse"


def test_q_is_over_the_rows_that_are_seen() -> None:
    tables, scores = scored(TWO)
    selection = selected(tables)
    rows = by_name(delta_table(selection, evidence_of(selection, scores)))
    p = [rows[name]["p"] for name in TWO["base"]]
    assert [rows[name]["q"] for name in TWO["base"]] == pytest.approx(
        multiplicity.benjamini_hochberg(p)
    )
    fewer = selected(tables, min_delta=0.03)
    rows = by_name(delta_table(fewer, evidence_of(fewer, scores)))
    assert rows["close"]["q"] == pytest.approx(multiplicity.benjamini_hochberg([p[0], p[2]])[1])
    assert "same" not in rows


def grouped(**choices: Any) -> tuple[Selection, QuestionScores]:
    answers: Answers = {
        "base": {"g1": right(20, 60), "g2": right(30, 60), "alone": right(10, 60)},
        "cand": {"g1": right(40, 60), "g2": right(40, 60), "alone": right(12, 60)},
    }
    tables, scores = scored(answers, {"g1": "g", "g2": "g"})
    return selected(tables, **choices), scores


def test_a_group_has_the_interval_of_its_questions_and_closed_it_stands_for_them() -> None:
    selection, scores = grouped()
    rows = by_name(delta_table(selection, evidence_of(selection, scores)))
    both = [
        np.concatenate([scores.of(run, name) for name in ("g1", "g2")]) for run in ("base", "cand")
    ]
    found = routing.compare(*both, binary=True)
    assert (rows["g"]["low"], rows["g"]["high"]) == pytest.approx(
        [100 * end for end in found.interval]
    )
    assert rows["g"]["q"] is None  # its categories have one
    p = {name: rows[name]["p"] for name in rows if rows[name]["p"] is not None}
    closed, scores = grouped(closed=frozenset("g"))
    rows = by_name(delta_table(closed, evidence_of(closed, scores)))
    assert set(rows) == {"g", "alone", "mean of 3 categories"}
    expected = multiplicity.benjamini_hochberg([p["g"], p["alone"]])
    assert [rows[name]["q"] for name in ("g", "alone")] == pytest.approx(expected)


def test_a_group_whose_number_is_another_has_a_dash() -> None:
    selection, scores = grouped()
    tables = selection.tables
    told = make_tables(score_rows({"base": {None: 0.1}, "cand": {None: 0.9}}, group="g")).scores
    other = selected(Tables(tables.runs, pl.concat([tables.scores, told])))
    row = by_name(delta_table(other, evidence_of(other, scores)))["g"]
    assert (row["delta"], row["low"], row["mark"]) == (pytest.approx(80), None, "?")


def test_what_only_some_answered_is_compared_on_these() -> None:
    gaps: Answers = {
        "base": {"x": [*right(10, 40), None, None], "y": right(20, 42)},
        "cand": {"x": [None] * 10 + right(20, 32), "y": right(20, 42)},
    }
    tables, scores = scored(gaps)
    selection = selected(tables)
    row = by_name(delta_table(selection, evidence_of(selection, scores)))["x"]
    known = np.isfinite(scores.of("base", "x")) & np.isfinite(scores.of("cand", "x"))
    assert row["n"] == known.sum() == 30
    assert row["baseline_score"] == pytest.approx(100 * scores.of("base", "x")[known].mean())
    assert row["delta"] == pytest.approx(row["candidate_score"] - row["baseline_score"])
    assert row["low"] < row["delta"] < row["high"]


@pytest.mark.parametrize("sort", ["down", "up", "abs", "name"])
def test_answers_move_no_row(sort: Any) -> None:
    tables, scores = scored(TWO)
    selection = selected(tables, delta_sort=sort)
    orders = [
        delta_table(selection, evidence).frame["category"].to_list()[:3]
        for evidence in (None, evidence_of(selection), evidence_of(selection, scores))
    ]
    assert orders[0] == orders[1] == orders[2]


def test_rows_are_sorted_by_q_and_by_the_least_that_it_can_be() -> None:
    tables, scores = scored(TWO)
    for by, order in (("q", ["clear", "close", "same"]), ("low", ["same", "close", "clear"])):
        selection = selected(tables, delta_by=by, delta_sort="up")
        report = delta_table(selection, evidence_of(selection, scores))
        assert report.body["category"].to_list() == order


def test_without_standard_errors_nothing_is_tested_and_no_column_is_empty() -> None:
    tables, _ = scored(TWO)
    selection = selected(tables)
    report = delta_table(selection, evidence_of(selection))
    assert [column.name for column in report.columns] == [
        *("category", "delta", "n", "baseline_score", "candidate_score")
    ]
    assert [row[1] for row in cells(report)] == ["+40.0?", "+4.0?", "0.0?"]
    assert [note for note in report.notes if note.startswith("?")] == [
        "? not tested: no stderr or answers, few questions, or no score differs"
    ]


def test_the_foot_has_the_mean_of_several_categories_with_its_interval() -> None:
    tables, scores = scored(TWO)
    selection = selected(tables)
    evidence = evidence_of(selection, scores)
    mean = comparisons(evidence, "base", ["cand"]).row(1, named=True)
    foot = delta_table(selection, evidence).frame.tail(1).row(0, named=True)
    assert (foot["category"], foot["role"]) == ("mean of 3 categories", "mean")
    numbers = [foot[name] for name in ("delta", "low", "high")]
    assert numbers == pytest.approx([100 * mean[name] for name in ("delta", "low", "high")])


def test_the_axis_of_the_forest_has_the_intervals_in_it() -> None:
    tables, scores = scored(TWO)
    selection = selected(tables)
    report = delta_table(selection, evidence_of(selection, scores))
    low, high = forest_extent(report)
    assert low <= min(report.frame["low"])
    assert high >= max(report.frame["high"])
    assert report.extent == delta_table(selection).extent  # bars keep their length


# --- several candidates -------------------------------------------------------------------------

SEVERAL: Answers = {
    "base": {"x": right(40, 100)},
    "one": {"x": right(46, 100)},
    "two": {"x": right(47, 100, 3)},
    "best": {"x": right(80, 100)},
}


def test_cells_have_marks_and_the_wholes_are_adjusted_by_holm() -> None:
    tables, scores = scored(SEVERAL)
    selection = selected(tables)
    report = delta_table(selection, evidence_of(selection, scores))
    row = by_name(report)["x"]
    assert [row[f"verdict of {run}"] for run in ("one", "best")] == ["better", "better"]
    single = comparisons(evidence_of(selection, scores), "base", ["one", "two", "best"], "dataset")
    held = dict(single.select("run", "q").iter_rows())
    foot = report.frame.tail(1).row(0, named=True)
    for run, q in held.items():
        assert foot[f"mark of {run}"] == (None if q < 0.05 else CANT_TELL)
    assert report.notes[0] == "~ can't tell; the last rows: adjusted over the candidates (Holm)"


def test_all_pairs_mirror_each_other_best_run_first() -> None:
    tables, scores = scored(SEVERAL)
    selection = selected(tables)
    report = pairs_report(selection, evidence_of(selection, scores))
    assert report.frame["key"].to_list() == ["best", "two", "one", "base"]
    assert report.frame["score"].to_list() == pytest.approx([80, 47, 46, 40])
    rows = {row["key"]: row for row in report.frame.iter_rows(named=True)}
    for a in rows:
        assert rows[a][a] is None
        for b in set(rows) - {a}:
            assert rows[a][b] == pytest.approx(-rows[b][a])
            low, high = companion("low", b), companion("high", a)
            assert rows[a][low] == pytest.approx(-rows[b][high])
            marks = rows[a][companion("mark", b)], rows[b][companion("mark", a)]
            assert marks[0] == marks[1]
    assert rows["best"][companion("verdict", "base")] == "better"
    assert rows["base"][companion("verdict", "best")] == "worse"


def test_what_holm_takes_back_among_all_pairs_cannot_be_told() -> None:
    tables, scores = scored(SEVERAL)
    selection = selected(tables)
    frame = pairs_report(selection, evidence_of(selection, scores)).frame
    rows = {row["key"]: row for row in frame.iter_rows(named=True)}
    for run, against in (("one", "base"), ("two", "one")):
        q, mark = (rows[run][companion(name, against)] for name in ("q", "mark"))
        assert (mark == CANT_TELL) == (q >= 0.05)


def test_pairs_that_are_not_made_alike_carry_a_mark() -> None:
    tables, scores = scored(SEVERAL)
    selection = selected(tables)
    report = pairs_report(
        selection, evidence_of(selection, scores), lambda a, b: {a, b} == {"best", "one"}
    )
    rows = {row["key"]: row for row in report.frame.iter_rows(named=True)}
    assert rows["best"][companion("mark", "one")] == "≠"
    assert "≠" not in (rows["two"][companion("mark", "one")] or "")


def test_pairs_are_of_three_candidates_or_more_and_of_no_counts() -> None:
    tables, scores = scored(TWO)
    selection = selected(tables)
    report = pairs_report(selection, evidence_of(selection, scores))
    assert (report.height, report.empty) == (
        0,
        "All pairs are shown of three candidates or more: v chooses them.",
    )
    assert pairs_report(selection, None).height == 0


def test_pairs_that_are_not_tested_are_counted() -> None:
    few: Answers = {**SEVERAL, "few": {"x": [*right(2, 4), *[None] * 96]}}
    tables, scores = scored(few)
    selection = selected(tables)
    report = pairs_report(selection, evidence_of(selection, scores))
    assert report.notes[0].split(" pairs ")[0].endswith("of 10")
    assert "(Holm), 4 not tested (?)" in report.notes[0]


# --- what is saved ------------------------------------------------------------------------------


def test_csv_stays_as_it_was_and_json_has_the_tests() -> None:
    tables, scores = scored(TWO)
    selection = selected(tables)
    evidence = evidence_of(selection, scores)
    plain = delta_report(selection)
    tested = with_long_tests(plain, selection, evidence)
    assert as_csv(tested) == as_csv(plain)
    rows = json.loads(as_json(tested))
    assert set(rows[0]) == {
        *("category", "candidate", "baseline_score", "candidate_score", "delta"),
        *("low", "high", "p", "q", "method", "paired", "verdict"),
    }
    shown = by_name(delta_table(selection, evidence))
    for row in rows:
        for name in ("delta", "low", "high", "p", "q", "method", "verdict"):
            assert row[name] == pytest.approx(shown[row["category"]][name]), name


def test_the_interval_is_named_in_markdown() -> None:
    tables, scores = scored(TWO)
    selection = selected(tables)
    copied = as_markdown(delta_table(selection, evidence_of(selection, scores)))
    assert copied.startswith("| category | delta | 95 % interval | q |")


def test_lists_and_overview_follow_the_verdicts_too() -> None:
    tables, scores = scored(TWO)
    selection = selected(tables)
    evidence = evidence_of(selection, scores)
    movers = with_long_tests(movers_report(selection, None, "top"), selection, evidence)
    assert [row[:1] for row in cells(movers)] == [["clear"], ["close"]]
    deltas = [row[4].text.strip() for row in ReportGrid(movers).rows(0, 2)]
    assert deltas == ["+40.0", "+4.0~"]
    overview = with_mean_tests(overview_report(selection), selection, evidence)
    assert as_csv(overview) == as_csv(overview_report(selection))
    assert overview.frame["verdict"].to_list() == ["better"]
    assert overview.frame["low"][0] < overview.frame["Mean Δ"][0] < overview.frame["high"][0]
