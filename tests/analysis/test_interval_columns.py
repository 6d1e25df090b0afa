"""Tables of scores with intervals beside their numbers."""

from __future__ import annotations

import polars as pl
import pytest

from tests.build.answered import Answered, Answers, answered, bits
from tui_eval.analysis.compare import Evidence
from tui_eval.analysis.interval_columns import (
    intervals_of_numbers,
    numbers_with_intervals,
    overview_with_intervals,
    with_interval_columns,
)
from tui_eval.analysis.long_table import numbers_report
from tui_eval.analysis.question_scores import question_scores
from tui_eval.analysis.report import Report
from tui_eval.analysis.score_intervals import score_intervals
from tui_eval.analysis.scores import overview, score_report
from tui_eval.analysis.selection import select
from tui_eval.analysis.view import View
from tui_eval.render.export import as_csv

RUNS: Answers = {
    "b": {"x": bits("1100" * 10), "y": bits("1000" * 5)},
    "a": {"x": bits("1110" * 10), "y": bits("1100" * 5), "z": bits("10" * 9)},
}


def intervals(made: Answered, dataset: str = "d") -> pl.DataFrame:
    selection = made.selection(dataset)
    return score_intervals(selection, question_scores(selection, made.samples))


def wide(made: Answered, scale: int = 1) -> Report:
    selection = made.selection(scale=scale)
    evidence = Evidence(selection, question_scores(selection, made.samples))
    return with_interval_columns(score_report(selection), selection, evidence)


def test_they_stand_beside_each_run() -> None:
    made = wide(answered(RUNS))
    assert [column.name for column in made.columns] == [
        *("category", "n"),
        *("a", "a low", "a high", "b", "b low", "b high"),
    ]
    assert as_csv(made).splitlines()[0] == "category,a,a low,a high,b,b low,b high"
    a = next(column for column in made.columns if column.name == "a")
    assert (a.low, a.high) == ("a low", "a high")


def test_every_number_has_its_own() -> None:
    """Of categories, and of each mean below them: own, common, over questions."""
    made, told = wide(answered(RUNS)), intervals(answered(RUNS))
    known = {(row[0], row[1], row[2]): row[5:7] for row in told.iter_rows()}
    frame = made.frame
    for category, low, high in frame.head(3).select("category", "a low", "a high").iter_rows():
        assert (low, high) == known["a", "category", category]
    foot = frame.tail(frame.height - 3).select("category", "role", "a low", "a high").rows()
    assert [row[0] for row in foot] == [
        "mean over own 2–3",
        "mean over common 2",
        "mean over questions",
    ]
    assert [row[2:] for row in foot] == [
        known["a", part, None] for part in ("own", "common", "questions")
    ]


def test_a_score_that_is_not_there_has_none() -> None:
    made = wide(answered(RUNS)).frame.filter(category="z")
    assert made.select("b", "b low", "b high").row(0) == (None, None, None)


def test_they_are_on_the_scale_that_is_shown() -> None:
    one, hundred = (wide(answered(RUNS), scale).frame["a low"] for scale in (1, 100))
    assert hundred.to_list() == pytest.approx((one * 100).to_list())


def test_methods_and_reasons_are_told() -> None:
    made = wide(answered({**RUNS, "c": {"x": bits("1")}}))
    notes = "\n".join(made.notes)
    assert "95 % intervals: Wilson (" in notes
    assert "macro mean, normal (" in notes
    assert "No interval: one question (" in notes


def test_the_overview_has_them_for_datasets_and_their_mean() -> None:
    parts = [answered(RUNS, dataset=name) for name in "de"]
    tables = parts[0].tables
    scores = pl.concat([part.tables.scores for part in parts])
    made = Answered(type(tables)(tables.runs, scores), pl.concat([part.samples for part in parts]))
    view = View(scale=100)
    found = overview(select(made.tables, view))
    every = {name: intervals(made, name) for name in "de"}
    shown = overview_with_intervals(found, view, every).frame
    own = every["d"].filter(part="own", run="a")
    assert shown["a low"][0] == pytest.approx(100 * own["low"][0])
    assert shown["dataset"].to_list() == ["d", "e", "mean over 2, each equal"]
    half = (shown["a high"] - shown["a low"]).to_list()
    assert half[2] == pytest.approx(half[0] / 2**0.5)
    assert shown["a"][2] == pytest.approx((shown["a low"][2] + shown["a high"][2]) / 2)


class TestLongTable:
    @staticmethod
    def long(made: Answered) -> Report:
        selection = made.selection()
        found = intervals_of_numbers(selection, intervals(made))
        return numbers_with_intervals(numbers_report(made.tables, None, None), found)

    def test_they_stand_behind_the_standard_error(self) -> None:
        names = [column.name for column in self.long(answered(RUNS)).columns]
        place = names.index("stderr")
        assert names[place + 1 : place + 4] == ["low", "high", "method"]
        assert names.count("method") == 1
        assert "evaluation_method" in names

    def test_of_how_many_questions_they_are_made_has_a_column_of_its_own(self) -> None:
        hundred: Answers = {"a": {"x": [1.0, 0.0] * 10}}
        row = self.long(answered(hundred)).frame.row(0, named=True)
        assert row["interval_n"] == 20

    def test_how_answers_were_read_keeps_its_column(self) -> None:
        frame = self.long(answered(RUNS, method="box")).frame
        assert set(frame["evaluation_method"]) == {"box"}
        assert set(frame["method"]) == {"Wilson"}

    def test_they_are_on_the_scale_of_the_harness(self) -> None:
        hundred: Answers = {"a": {"x": [100.0, 0.0] * 10}}
        row = self.long(answered(hundred, unit="percent")).frame.row(0, named=True)
        assert row["value"] == 50
        assert row["low"] == pytest.approx(29.93, abs=0.01)  # Wilson of 10 of 20

    def test_the_numbers_are_those_of_the_wide_table(self) -> None:
        frame = self.long(answered(RUNS)).frame.filter(run="a")
        wide_rows = wide(answered(RUNS)).frame.head(3)
        expected = dict(wide_rows.select("category", "a low").iter_rows())
        assert dict(frame.select("category", "low").iter_rows()) == expected

    def test_single_runs_of_several_have_none(self) -> None:
        made = answered(RUNS)
        single = made.tables.scores.with_columns(repeat=pl.lit(0, pl.Int32))
        scores = pl.concat([made.tables.scores, single])
        frame = self.long(made._replace(tables=type(made.tables)(made.tables.runs, scores))).frame
        assert frame.filter(pl.col("repeat").is_not_null())["low"].null_count() == 5
        assert frame.filter(pl.col("repeat").is_null())["low"].null_count() == 0
