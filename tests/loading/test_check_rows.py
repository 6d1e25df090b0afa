"""Expected against found: what scores, answers and other runs tell of a category."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import polars as pl
import pytest

from tui_eval.loading.check_rows import Place, Told, check_rows
from tui_eval.records import Finding
from tui_eval.tables import CHECKS, SAMPLES, SCORES

ANSWER = {"dataset": "d", "attempt": 0, "metric": "acc", "score": 1.0, "status": "ok"}


def answers(run: str, category: str, questions: Iterable[object], **more: Any) -> list[Any]:
    return [
        {**ANSWER, "run": run, "category": category, "sample": str(name), **more}
        for name in questions
    ]


def scored(run: str, category: str, n: int | None, **more: Any) -> dict[str, Any]:
    columns = {"metric": "acc", "origin": "reported", "value": 0.5, **more}
    return {"run": run, "dataset": "d", "category": category, "n": n, **columns}


def checks(
    scores: Sequence[Mapping[str, Any]],
    rows: Sequence[Mapping[str, Any]],
    findings: Mapping[Place, Sequence[Finding]] | None = None,
    **told: Told,
) -> list[dict[str, Any]]:
    runs = dict.fromkeys(one["run"] for one in (*scores, *rows))
    made = check_rows(
        "d",
        {run: told.get(run, Told()) for run in runs},
        pl.DataFrame(scores, schema=SCORES),
        pl.DataFrame(rows, schema=SAMPLES),
        findings or {},
    )
    assert made.schema == CHECKS
    return made.to_dicts()


def counts(row: Mapping[str, Any]) -> tuple[Any, ...]:
    return tuple(row[name] for name in ("expected", "found", "missing", "verdict"))


def test_the_harness_says_how_many_were_asked() -> None:
    [row] = checks([scored("a", "c", 3)], answers("a", "c", range(3)))
    assert counts(row) == (3, 3, 0, "complete")
    [row] = checks([scored("a", "c", 3)], answers("a", "c", range(2)))
    assert counts(row) == (3, 2, 1, "incomplete")
    assert row["reason"] == "1 question without an answer"


@pytest.mark.parametrize("n", [5, 10])
def test_some_count_every_attempt(n: int) -> None:
    rows = [one for attempt in (0, 1) for one in answers("a", "c", range(5), attempt=attempt)]
    [row] = checks([scored("a", "c", n)], rows)
    assert counts(row) == (5, 5, 0, "complete")
    [row] = checks([scored("a", "c", n)], rows[:-1])
    assert counts(row) == (5, 5, 1, "incomplete")
    assert row["reason"].startswith("1 question without some of the answers that others have")


def test_filters_that_share_questions_should_each_have_all() -> None:
    rows = answers("a", "c", range(4), filter="x") + answers("a", "c", range(3), filter="y")
    [row] = checks([scored("a", "c", 4, filter="x"), scored("a", "c", 4, filter="y")], rows)
    assert counts(row) == (4, 4, 1, "incomplete")


def test_filters_with_questions_of_their_own_are_parts() -> None:
    rows = answers("a", "c", "uvw", filter="x") + answers("a", "c", "yz", filter="y")
    [row] = checks([scored("a", "c", 5)], rows)
    assert counts(row) == (5, 5, 0, "complete")


def test_without_a_number_nobody_knows() -> None:
    [row] = checks([scored("a", "c", None)], answers("a", "c", range(3)))
    assert counts(row) == (None, 3, None, "unknown")
    assert row["reason"] == "nothing tells how many questions there should be"


def test_other_runs_of_the_same_questions_tell() -> None:
    scores = [scored("a", "c", None), scored("b", "c", None)]
    rows = answers("a", "c", "xyz") + answers("b", "c", "yzw")
    for row in checks(scores, rows):
        assert counts(row) == (4, 3, 1, "incomplete")
        assert row["reason"] == "other runs have 1 question that this one lacks"
    others = checks(scores, rows, a=Told(asked="limit 3"))
    assert [row["verdict"] for row in others] == ["unknown", "unknown"]


@pytest.mark.parametrize("whole", [True, False])
def test_a_category_that_other_runs_have(whole: bool) -> None:
    scores = [scored("a", "c", 1), scored("a", "e", 1), scored("b", "c", 1)]
    rows = answers("a", "c", "x") + answers("a", "e", "yz") + answers("b", "c", "x")
    told = Told(asks_whole=whole)
    found = [row for row in checks(scores, rows, a=told, b=told) if row["run"] == "b"]
    assert [row["category"] for row in found] == ["c", "e" if whole else None]
    assert found[1]["verdict"] == ("incomplete" if whole else "unknown")
    assert counts(found[1])[:3] == ((2, 0, 2) if whole else (None, None, None))
    optional = [one | {"optional": one["category"] == "e"} for one in scores]
    assert [row["run"] for row in checks(optional, rows, a=told, b=told)] == ["a", "a", "b"]


def test_states_are_counted_once_an_answer() -> None:
    rows = [
        *answers("a", "c", "v", status="empty"),
        *answers("a", "c", "v", status="empty", metric="f1"),
        *answers("a", "c", "wx", status="unparsed"),
        *answers("a", "c", "y", status="error"),
        *answers("a", "c", "y", metric="f1"),
        *answers("a", "c", "z"),
    ]
    [row] = checks([scored("a", "c", 5)], rows)
    assert (row["empty"], row["unparsed"], row["errors"]) == (1, 2, 1)
    assert row["verdict"] == "complete"
    assert row["where"] == 'status == "error"'
    assert row["reason"] == "a metric failed at 1 question; 1 empty answer"


def test_an_answer_at_which_the_filter_was_stopped_has_no_score() -> None:
    rows = [*answers("a", "c", "xy", status="timed out"), *answers("a", "c", "z", status="error")]
    [row] = checks([scored("a", "c", 4)], [*rows, *answers("a", "c", "v")])
    assert (row["errors"], row["verdict"]) == (3, "incomplete")
    assert "2 answers have no score: the filter ran too long" in row["reason"]
    assert row["where"] == 'status == "timed out"'


def test_a_question_that_failed_in_every_metric_was_not_answered() -> None:
    [row] = checks([scored("a", "c", 2)], answers("a", "c", "xy", status="error"))
    assert row["verdict"] == "incomplete"
    assert row["reason"] == "2 questions failed"


def test_more_answers_than_were_asked_for() -> None:
    [row] = checks([scored("a", "c", 2)], answers("a", "c", range(5)))
    assert counts(row) == (2, 2, 0, "complete")
    assert row["unknown"] == 3


def test_a_number_that_a_report_lacks() -> None:
    [row] = checks([scored("a", "c", 1, value=None)], answers("a", "c", "x"))
    assert row["verdict"] == "incomplete"
    assert row["reason"] == "the report has no number for acc"


def test_runs_without_answers_are_one_line() -> None:
    scores = [scored("a", "c", 2), scored("a", "e", 3)]
    [row] = checks(scores, [], a=Told(silence="no answers are here"))
    assert counts(row) == (5, None, None, "unknown")
    assert row["category"] is None


def test_what_files_tell_stands_instead_of_what_is_counted() -> None:
    findings = {
        ("a", "c"): [Finding("d", "c", expected=4, doubled=2), Finding("d", "c", reason="said")],
        ("a", None): [Finding("d", verdict="incomplete", reason="a file is lost")],
    }
    [own, whole] = checks([scored("a", "c", 3)], answers("a", "c", range(3)), findings)
    assert counts(own) == (4, 3, 1, "incomplete")
    assert (own["doubled"], own["unknown"]) == (2, 0)
    assert own["reason"] == "1 question without an answer; said; 2 answers more than once"
    assert counts(whole) == (None, None, None, "incomplete")
    assert (whole["category"], whole["reason"]) == (None, "a file is lost")


def test_what_files_tell_of_a_dataset_of_which_nothing_else_is_known() -> None:
    told = Finding("d", expected=9, found=8, missing=1, empty=2)
    [row] = check_rows(
        "d",
        {"a": Told()},
        pl.DataFrame(schema=SCORES),
        pl.DataFrame(schema=SAMPLES),
        {("a", None): [told]},
    ).to_dicts()
    assert counts(row) == (9, 8, 1, "incomplete")
    assert row["reason"] == "1 question without an answer; 2 empty answers"


def test_a_limit_is_said_and_is_complete() -> None:
    [row] = checks([scored("a", "c", 1)], answers("a", "c", "x"), a=Told(limit="limit 1"))
    assert row["verdict"] == "complete"
    assert row["reason"] == "only some questions were to be asked (limit 1)"


def test_a_category_that_only_few_runs_have_was_perhaps_not_asked() -> None:
    scores = [scored(run, "c", 1) for run in "abcd"] + [scored("a", "odd", 1)]
    rows = [one for run in "abcd" for one in answers(run, "c", "x")] + answers("a", "odd", "y")
    told = Told(asks_whole="mmlu")
    found = [row for row in checks(scores, rows, a=told, b=told, c=told, d=told) if row["reason"]]
    assert [(row["run"], row["verdict"]) for row in found] == [(run, "unknown") for run in "bcd"]


def test_a_category_of_another_folder_of_that_name_was_perhaps_not_asked() -> None:
    scores = [scored("a", "c", 1), scored("b", "e", 1)]
    rows = answers("a", "c", "x") + answers("b", "e", "y")
    found = checks(scores, rows, a=Told(asks_whole="datasets/mmlu"), b=Told(asks_whole="/mmlu"))
    assert [row["verdict"] for row in found] == ["complete", "unknown"] * 2


def test_of_a_run_without_answers_whose_categories_nothing_tells_there_is_one_line() -> None:
    scores = [scored("a", "c", 1), scored("b", "c (free-form)", 1)]
    silent = Told(silence="no answers are here")
    found = checks(scores, [], a=silent, b=silent)
    assert [(row["category"], row["verdict"]) for row in found] == [(None, "unknown")] * 2


def test_answers_that_may_be_of_it_are_not_called_absent() -> None:
    findings: dict[Place, list[Finding]] = {("a", "c"): [Finding("d", "c", is_unplaced=True)]}
    [row] = checks([scored("a", "c", 3)], [], findings)
    assert row["verdict"] == "incomplete"
    assert row["reason"] == "answers are here, and none can be told to be of it"
