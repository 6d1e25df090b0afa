from __future__ import annotations

from typing import Any

import polars as pl

from tui_eval.analysis.rescore_rows import answers_to_try
from tui_eval.tables import SAMPLES


def row(sample: str, filter_: str | None, score: float, **more: Any) -> dict[str, Any]:
    facts = {"run": "m", "dataset": "d", "metric": "exact_match", "attempt": 0, "file": "f.jsonl"}
    place = 100 * int(sample) + (filter_ == "loose")
    return {**facts, "sample": sample, "id": sample, "filter": filter_, "score": score} | {
        "place": place,
        "item": 0,
        **more,
    }


ROWS = pl.DataFrame(
    [
        row("1", "strict", 0.0),
        row("1", "loose", 1.0),
        row("2", "loose", 0.5, attempt=1, place=9),
        row("2", "loose", 1.0),
        row("2", "strict", 0.0),
        row("2", "strict", 7.0, metric="other"),
        row("3", "strict", 0.0, run="n"),
    ],
    schema=SAMPLES,
)
QUESTIONS = pl.DataFrame(
    [(None, "2"), (None, "1"), (None, "3")],
    schema={"category": pl.String, "sample": pl.String},
    orient="row",
)


def tried(*filters: str | None, metric: str | None = "exact_match") -> list[tuple[object, ...]]:
    frame = answers_to_try(ROWS, "m", QUESTIONS, metric, filters)
    return frame.select("id", "place", "score").rows()


def test_a_question_is_one_row_of_the_wanted_filter_in_the_wanted_order() -> None:
    assert tried("loose") == [("2", 201, 1.0), ("1", 101, 1.0)]
    assert tried("mine", "strict") == [("2", 200, 0.0), ("1", 100, 0.0)]


def test_of_filters_that_the_run_lacks_it_is_its_first() -> None:
    assert tried("mine", None) == [("2", 200, 0.0), ("1", 100, 0.0)]
    assert tried(metric="acc") == [("2", 200, 0.0), ("1", 100, 0.0)]


def test_a_run_without_answers_has_no_rows() -> None:
    assert answers_to_try(ROWS, "x", QUESTIONS, None, ()).is_empty()
