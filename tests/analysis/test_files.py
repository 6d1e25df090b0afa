from __future__ import annotations

from typing import Any

import polars as pl

from tests.build.tables import make_tables, score_rows
from tui_eval.analysis.files import run_states, runs_report
from tui_eval.analysis.run_details import difference_report, facts_report
from tui_eval.loading.collection import FILES
from tui_eval.tables import Tables


def with_files(*groups: list[dict[str, Any]]) -> tuple[Tables, pl.DataFrame]:
    """Complete runs, in a file each, and these files."""
    tables = make_tables(*groups)
    runs = tables.runs.with_columns(
        state=pl.lit("complete"),
        files=pl.concat_list("path"),
        notes=pl.lit([], pl.List(pl.String)),
        config=pl.lit("{}"),
    )
    empty = {name: "" if kind == pl.String else 0 for name, kind in FILES.items()}
    files = pl.DataFrame([{**empty, "path": path} for path in runs["path"]], schema=FILES)
    return Tables(runs, tables.scores), files


def rows_of(*groups: list[dict[str, Any]]) -> dict[str, dict[str, Any]]:
    """The row of every run, of complete runs in a file each."""
    rows = runs_report(*with_files(*groups)).body
    return {row["run"]: row for row in rows.rows(named=True)}


def test_a_category_without_references_is_in_its_run() -> None:
    rows = score_rows({"x": {"a": None, "b": 0.4}, "y": {"a": 0.0, "b": 0.6}}, n=5)
    rows[0] |= {"unscored": 5, "status": "no reference"}
    for row in rows_of(rows).values():
        assert (row["state"], row["tasks"], row["questions"]) == ("complete", 2, 10)
        assert row["reason"] == ""


def test_what_no_run_was_scored_in_is_missing_from_none() -> None:
    rows = score_rows({"x": {"a": None, "b": 0.4}, "y": {"b": 0.6}}, n=5)
    rows[0] |= {"unscored": 5, "status": "no reference"}
    assert {row["state"] for row in rows_of(rows).values()} == {"complete"}


def test_a_category_that_others_have_is_missing() -> None:
    rows = rows_of(score_rows({"x": {"a": 0.5, "b": 0.4}, "y": {"a": None, "b": 0.6}}, n=5))
    assert (rows["x"]["state"], rows["y"]["state"]) == ("complete", "partial")
    assert rows["y"]["reason"] == "d: 1 of 2 categories missing that others have"


def test_datasets_are_found_by_the_filter() -> None:
    tables, files = with_files(
        score_rows({"x": {"a": 0.5}}, dataset="mmlu"), score_rows({"y": {"a": 0.5}}, dataset="arc")
    )
    assert runs_report(tables, files, wanted="MMLU").body["run"].to_list() == ["x"]
    assert runs_report(tables, files, wanted="!mmlu").body["run"].to_list() == ["y"]


def test_facts_say_the_same_of_a_run_as_the_list() -> None:
    tables, files = with_files(score_rows({"x": {"a": 0.5, "b": 0.4}, "y": {"b": 0.6}}, n=5))
    facts = dict(facts_report(tables, "y", files).body.iter_rows())
    assert facts["state"] == "partial"
    assert facts["lacks"] == "d: 1 of 2 categories missing that others have"
    assert dict(facts_report(tables, "x", files).body.iter_rows())["state"] == "complete"
    difference = difference_report(tables, "x", "y", files).body
    assert difference.filter(fact="state").row(0) == ("state", "complete", "partial")


def test_a_run_is_as_whole_in_a_folder_as_above_it() -> None:
    tables, files = with_files(score_rows({"x": {"a": 0.5}}))
    files = files.with_columns(reason=pl.lit("cut off"))
    assert run_states(tables, files).row(0) == ("x", "partial", ["cut off"])
