"""Which runs are incomplete, what a check shows of it, and which questions its rows mean."""

from __future__ import annotations

from typing import Any

import polars as pl
import pytest

from tests.build.tables import make_report, make_tables, score_rows
from tui_eval.analysis.incomplete import (
    Questions,
    checks_shown,
    checks_summary,
    incomplete_note,
    incomplete_runs,
    questions_meant,
    with_marks,
)
from tui_eval.analysis.report import Column, Report
from tui_eval.loading.collection import FILES
from tui_eval.tables import CHECKS, Tables

FILES_READ = pl.DataFrame(schema=FILES)


def tables(**states: str) -> Tables:
    """Runs with these states."""
    made = make_tables(score_rows({run: {"x": 0.5} for run in states}))
    state = pl.col("run").replace_strict(states, return_dtype=pl.String)
    return Tables(made.runs.with_columns(state=state), made.scores)


def row(run: str, verdict: str = "complete", **more: Any) -> dict[str, Any]:
    """A row of a check."""
    return {"run": run, "dataset": "d", "category": "x", "verdict": verdict, "reason": "", **more}


def rows(*some: dict[str, Any]) -> pl.DataFrame:
    return pl.DataFrame(some, schema=CHECKS)


CHECK = rows(
    row("a", expected=5, found=5, missing=0, where=""),
    row("b", "incomplete", expected=5, found=3, missing=2, empty=1, where='status == "empty"'),
    row("c", "unknown", found=4, reason="nobody tells"),
)


def report(frame: pl.DataFrame = CHECK) -> Report:
    """A check as a report: labels, and keys beside them."""
    named = frame.with_columns(key="run", run=pl.col("run") + " model", harness=pl.lit("lm_eval"))
    columns = [Column("run", keys="key"), Column("harness")]
    kinds = {name: "text" if kind == pl.String else "count" for name, kind in CHECKS.items()}
    columns += [Column(name, kind) for name, kind in kinds.items() if name != "run"]  # type: ignore[arg-type]
    return make_report(named, *columns, empty="Nothing to check.")


# --- which runs ---------------------------------------------------------------------------------


def test_before_a_check_the_state_of_a_run_tells_it() -> None:
    made = tables(a="complete", b="partial", c="limited", d="no report")
    assert incomplete_runs(made, FILES_READ, None) == {"b", "d"}


def test_what_a_check_has_found_of_a_run_stands_instead_of_its_state() -> None:
    made = tables(a="partial", b="complete", c="complete", d="partial")
    assert incomplete_runs(made, FILES_READ, CHECK) == {"b", "d"}  # of d nothing was found yet
    assert incomplete_runs(made, FILES_READ, CHECK, "d") == {"b", "d"}
    assert incomplete_runs(made, FILES_READ, CHECK, "other") == {"a", "d"}


@pytest.mark.parametrize(
    ("incomplete", "said"),
    [
        ((), None),
        (("z",), None),  # of a run that is not shown
        (("b",), "b is incomplete: 8 shows what is missing."),
        (("b", "a", "z"), "2 of 3 runs are incomplete: 8 shows what is missing."),
    ],
)
def test_one_line_says_how_many_runs_are_incomplete(
    incomplete: tuple[str, ...], said: str | None
) -> None:
    made = tables(a="complete", b="complete", c="complete")
    assert incomplete_note(made, ["a", "b", "c"], incomplete) == said


def test_a_sign_and_a_word_mark_incomplete_runs_in_a_list() -> None:
    states = {"a": "complete", "b": "partial", "c": "limited", "d": "complete", "e": None}
    frame = pl.DataFrame({"state": list(states.values()), "key": list(states)})
    listed = make_report(frame, Column("state"))
    marked = with_marks(listed, {"b", "c", "d"}).frame["state"].to_list()
    assert marked == ["complete", "! partial", "! incomplete", "! incomplete", None]
    assert listed.frame["state"].to_list() == list(states.values())


# --- what is shown ------------------------------------------------------------------------------


def test_what_is_incomplete_comes_first_and_columns_without_anything_are_left_out() -> None:
    shown = checks_shown(report())
    assert shown.frame["verdict"].to_list() == ["incomplete", "unknown", "complete"]
    drawn = [column.name for column in shown.columns if not column.is_data]
    wanted = "verdict run category expected found missing empty reason"
    assert " ".join(drawn) == wanted
    several = checks_shown(report(pl.concat([CHECK, rows(row("a") | {"dataset": "e"})])))
    assert [column.name for column in several.columns[:3]] == ["verdict", "run", "dataset"]
    assert {column.name for column in shown.columns} == {one.name for one in report().columns}
    assert [shown.key_at(number) for number in range(3)] == ["b", "c", "a"]


def test_rows_of_a_dataset_and_those_that_are_not_complete_can_be_wanted() -> None:
    assert checks_shown(report(), hides_complete=True).frame["key"].to_list() == ["b", "c"]
    assert checks_shown(report(), "d").height == 3
    none = checks_shown(report(CHECK.head(1)), hides_complete=True)
    assert (none.height, none.empty) == (0, "Nothing is incomplete: t shows all rows.")
    assert checks_shown(report(), "other").empty == "Nothing to check."


@pytest.mark.parametrize(
    ("frame", "said"),
    [
        (CHECK.clear(), None),
        (CHECK.head(1), "The row is complete."),
        (CHECK[[0, 0]], "All 2 rows are complete."),
        (CHECK[[0, 2]], "None of 2 rows is incomplete; of 1 nobody can tell."),
        (
            CHECK,
            "1 of 3 rows is incomplete (1 of 3 runs): 2 missing, 1 empty; of 1 nobody can tell.",
        ),
    ],
)
def test_a_sentence_says_how_much_is_incomplete(frame: pl.DataFrame, said: str | None) -> None:
    assert checks_summary(frame) == said


# --- which questions ----------------------------------------------------------------------------


def meant(number: int, *others: dict[str, Any]) -> list[Questions]:
    frame = pl.concat([CHECK, rows(*others)])
    return questions_meant(frame.row(number, named=True), frame)


def test_missing_questions_are_shown_as_runs_with_more_of_them_have_them() -> None:
    missing, empty = meant(1)
    assert (missing.runs, missing.where) == (("b", "a", "c"), "a.missing")
    assert (empty.runs, empty.where) == (("b",), 'status == "empty"')
    more = [row(name, found=6) for name in "efg"]
    assert meant(1, *more)[0].runs == ("b", "e", "f", "g")


def test_where_no_run_has_more_only_what_a_condition_shows_is_meant() -> None:
    assert meant(0) == meant(2) == []
    alone = CHECK.filter(run="b")
    [empty] = questions_meant(alone.row(0, named=True), alone)
    assert empty.where == 'status == "empty"'
    elsewhere = pl.concat([alone, rows(row("a", found=9) | {"category": None})])
    assert len(questions_meant(alone.row(0, named=True), elsewhere)) == 1
