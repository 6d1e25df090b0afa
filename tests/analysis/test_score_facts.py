"""What is said of the score of one run: interval, standard errors, questions."""

from __future__ import annotations

import polars as pl

from tests.build.answers import answers_of, right, tables_of_answers
from tests.build.tables import make_tables, score_rows, tables_of
from tui_eval.analysis.compare import Evidence
from tui_eval.analysis.question_scores import question_scores
from tui_eval.analysis.run_details import facts_report
from tui_eval.analysis.score_facts import score_facts
from tui_eval.analysis.selection import select
from tui_eval.analysis.view import View
from tui_eval.records import STDERR
from tui_eval.tables import SETTINGS, Tables

VIEW = View(dataset="d", scale=100)


def test_of_answers_the_mean_its_interval_and_questions_are_told() -> None:
    scored = {"x": {"a": right(90, 100), "b": right(60, 80)}}
    selection = select(tables_of_answers(scored), VIEW)
    evidence = Evidence(selection, question_scores(selection, answers_of(scored)))
    assert score_facts(selection, evidence, "x") == {
        "score": "82.5, mean over 2 categories of d, acc",
        "95 % interval": "[76.9–88.1] macro mean, normal",
        "stderr, ours": "2.9",
        "n": "180",
        "mean over questions": "83.3 [77.2–88.1]",
    }


def test_a_reported_standard_error_that_is_wrong_stands_beside_ours_with_the_reason() -> None:
    scored = {"x": {"a": right(90, 100)}}
    made = make_tables(score_rows({"x": {"a": 0.9}}, n=100, stderr=0.001))
    told = {"run": "x", "dataset": "d", "metric": "acc", "name": STDERR, "value": "of it is odd"}
    everywhere = {**told, "dataset": None}
    tables = Tables(made.runs, made.scores, pl.DataFrame([everywhere], SETTINGS))
    selection = select(tables, VIEW)
    evidence = Evidence(selection, question_scores(selection, answers_of(scored)))
    facts = score_facts(selection, evidence, "x")
    assert facts["score"] == "90.0, d, acc"
    assert facts["95 % interval"] == "[82.6–94.5] Wilson"
    assert facts["stderr, ours"] == "3.0"
    assert facts["stderr, reported"] == "0.1, wrong: of it is odd"
    unread = score_facts(selection, Evidence(selection), "x")
    assert "stderr, ours" not in unread
    assert unread["95 % interval"].startswith("none: ")


def test_questions_on_one_passage_are_worth_fewer() -> None:
    scored = {"x": {"a": right(60, 120)}}
    selection = select(tables_of_answers(scored), VIEW)
    number = pl.int_range(pl.len()) // 5
    rows = answers_of(scored).with_columns(question=number.cast(pl.UInt64))
    facts = score_facts(selection, Evidence(selection, question_scores(selection, rows)), "x")
    assert facts["n"] == "120, worth about 23"
    assert facts["95 % interval"].endswith(" Wilson on effective n")


def test_where_nothing_is_known_a_reason_stands_in_the_place_of_the_interval() -> None:
    selection = select(tables_of({"x": {"a": 0.5}}), VIEW)
    assert score_facts(selection, Evidence(selection), "x") == {
        "score": "50.0, d, acc",
        "95 % interval": "none: there are neither answers nor a standard error to trust",
    }
    assert score_facts(selection, Evidence(selection), "gone") == {}


def test_the_mean_that_ranks_a_run_is_told_where_runs_lack_categories() -> None:
    selection = select(tables_of({"x": {"a": 0.5, "b": 0.7}, "y": {"a": 0.4}}), VIEW)
    evidence = Evidence(selection)
    facts = score_facts(selection, evidence, "x")
    assert facts["score"] == "60.0, mean over 2 categories of d, acc"
    assert facts["ranked by"] == "50.0, mean over the 1 category that all runs have"
    assert "ranked by" not in score_facts(selection, evidence, "y")


def test_facts_of_a_run_begin_with_those_of_its_score() -> None:
    made = tables_of({"x": {"a": 0.5}})
    empty = pl.lit([], pl.List(pl.String))
    runs = made.runs.with_columns(notes=empty, files=empty, config=pl.lit("{}"))
    tables = Tables(runs, made.scores, made.settings)
    report = facts_report(tables, "x", "d", scores={"score": "50.0"})
    assert report.frame.row(0) == ("row", "score", "50.0")


def test_what_has_no_number_is_not_told() -> None:
    made = make_tables(score_rows({"x": {"a": 0.5, "b": 0.7, None: 0.6}}, stderr=0.01))
    selection = select(made, VIEW)
    facts = score_facts(selection, Evidence(selection), "x")
    assert "mean over questions" not in facts  # nothing says how many there are
    assert facts["score"] == "60.0, mean over 2 categories of d, acc"
    assert facts["reported average"] == "60.0 [58.0–62.0]"


def test_of_counts_there_is_what_is_reported() -> None:
    rows = score_rows({"x": {"a": 3.0, "b": 4.0, None: 7.0}}, unit="count")
    selection = select(make_tables(rows), VIEW)
    assert score_facts(selection, Evidence(selection), "x") == {"reported total": "7"}
