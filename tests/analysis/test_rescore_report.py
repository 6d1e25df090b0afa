from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import polars as pl
import pytest

from tests.build.answered import Answered, answered
from tui_eval.analysis.report import Report
from tui_eval.analysis.rescore_report import rescore_report, without_copies
from tui_eval.statistics import routing
from tui_eval.tables import RESCORED, RESCORES

STORED = [1.0, 0.0, 0.0, 0.0] * 10
AGAIN = [1.0, 1.0, 0.0, 0.0] * 10


def known(**categories: list[Any]) -> Answered:
    return answered({"a": categories or {"d": STORED}})


def again(
    run: Answered, scores: Mapping[str, Sequence[float | None]], name: str = "new"
) -> pl.DataFrame:
    key = run.tables.runs["run"][0]
    rows = [
        {"run": key, "dataset": "d", "category": category, "sample": f"q{number}", "score": score}
        for category, own in scores.items()
        for number, score in enumerate(own)
    ]
    told = {"metric": "acc", "filter": name, "attempt": 0, "status": "ok"}
    return pl.DataFrame([row | told for row in rows], RESCORED, orient="row")


def totals(run: Answered, *rows: dict[str, Any]) -> pl.DataFrame:
    usual = {
        "run": run.tables.runs["run"][0],
        "dataset": "d",
        "filter": "new",
        "metric": "acc",
        "stored_metric": "acc",
        "stored": 0.25,
        "value": 0.5,
        "stderr": 0.08,
        "n": 40,
        "invalid": 0,
        "timed_out": 0,
        "unscored": 0,
        "reason": "",
    }
    return pl.DataFrame([usual | row for row in rows], RESCORES, orient="row")


def test_the_difference_is_paired_question_by_question() -> None:
    run = known()
    report = rescore_report(run.tables, run.samples, again(run, {"d": AGAIN}), totals(run, {}))

    row = report.frame.row(0, named=True)

    found = routing.compare(np.array(STORED), np.array(AGAIN), binary=True)
    assert (row["delta"], row["low"], row["high"]) == (0.25, *found.interval)
    assert (row["p"], row["method"], row["verdict"]) == (found.p, found.method, "better")


def test_categories_have_differences_of_their_own() -> None:
    run = known(x=STORED, y=STORED)
    rows = again(run, {"x": AGAIN, "y": STORED})

    frame = rescore_report(
        run.tables,
        run.samples,
        rows,
        totals(run, {"category": None}, {"category": "x"}, {"category": "y", "value": 0.25}),
    ).frame

    assert frame["delta"].to_list() == [0.125, 0.25, 0.0]
    assert frame["verdict"].to_list()[:2] == ["better", "better"]


def test_scores_are_shown_on_the_scale_that_is_asked_for() -> None:
    run = known()
    rows = again(run, {"d": AGAIN})

    report = rescore_report(run.tables, run.samples, rows, totals(run, {}), scale=100)

    row = report.frame.row(0, named=True)
    assert (row["stored"], row["value"], row["stderr"], row["delta"]) == (25.0, 50.0, 8.0, 25.0)
    assert {one.scale for one in report.columns if one.kind in ("score", "delta")} == {100}


def test_a_metric_without_a_scale_stays_as_it_is() -> None:
    run = known()
    rows = again(run, {}).clear()
    told = totals(run, {"metric": "bleu", "stored_metric": "bleu", "value": 31.5, "stored": 30.0})

    row = rescore_report(run.tables, run.samples, rows, told, scale=100).frame.row(0, named=True)

    assert (row["value"], row["delta"], row["low"], row["method"]) == (31.5, 1.5, None, None)
    assert row["verdict"] == "undecided"


def test_what_has_no_new_score_has_no_difference() -> None:
    run = known()
    told = totals(run, {"value": None, "n": 0, "reason": "code of the task"})

    report = rescore_report(run.tables, run.samples, again(run, {}).clear(), told)

    row = report.frame.row(0, named=True)
    assert (row["value"], row["delta"], row["verdict"], row["stored"]) == (None, None, None, 0.25)
    assert row["reason"] == "code of the task"
    assert not next(one for one in report.columns if one.name == "reason").is_data


def test_answers_that_timed_out_are_told() -> None:
    run = known()
    scores: list[float | None] = [*AGAIN[:39], None]

    report = rescore_report(
        run.tables, run.samples, again(run, {"d": scores}), totals(run, {"timed_out": 1, "n": 39})
    )

    told = [str(note) for note in report.notes]
    assert "a, new: 1 answer timed out: no score, the total is of the others." in told


def notes(report: Report) -> list[str]:
    return [str(note) for note in report.notes]


def test_beside_another_metric_there_is_no_verdict() -> None:
    run = known()
    told = totals(run, {"metric": "exact_match", "stored_filter": "strict"})

    report = rescore_report(run.tables, run.samples, again(run, {"d": AGAIN}), told)

    row = report.frame.row(0, named=True)
    assert (row["delta"], row["verdict"], row["p"], row["low"]) == (0.25, None, None, None)
    assert report.title.startswith("d · exact_match · scored again")
    assert notes(report) == ["stored is another metric, acc (strict): Δ has no verdict."]


def test_of_a_stored_score_that_is_not_there_nothing_is_said() -> None:
    run = known()

    report = rescore_report(run.tables, run.samples, again(run, {}), totals(run, {"stored": None}))

    assert notes(report) == []


def test_questions_that_have_one_score_alone_are_told() -> None:
    stored: list[float | None] = [*STORED[:39], None]
    run = known(d=stored)

    report = rescore_report(run.tables, run.samples, again(run, {"d": AGAIN}), totals(run, {}))

    assert "a, new: Δ is over the 39 of 40 questions that have both scores." in notes(report)


def test_why_a_difference_has_no_interval() -> None:
    few = known(d=STORED[:8])
    rows = again(few, {"d": AGAIN[:8]})
    report = rescore_report(few.tables, few.samples, rows, totals(few, {"n": 8}))
    assert notes(report)[-1] == "Δ of fewer than 10 questions has no interval."

    run = known()
    report = rescore_report(run.tables, run.samples, again(run, {}), totals(run, {}))
    assert notes(report)[-1] == "Δ without an interval is of scores over all questions together."


@pytest.mark.parametrize(("categories", "rows"), [(("d",), 1), (("x", "y"), 3)])
def test_a_person_sees_a_whole_of_one_category_once(categories: tuple[str, ...], rows: int) -> None:
    run = known(**dict.fromkeys(categories, STORED))
    told = totals(run, {"category": None}, *({"category": name} for name in categories))
    new = again(run, dict.fromkeys(categories, AGAIN))

    report = without_copies(rescore_report(run.tables, run.samples, new, told))

    assert report.height == rows
