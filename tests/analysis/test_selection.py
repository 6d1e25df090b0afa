"""What is looked at is resolved once: screens and commands mean the same by the same words."""

from __future__ import annotations

from dataclasses import replace

import polars as pl
import pytest

from tests.build.tables import make_tables, score_rows, tables_of
from tui_eval.analysis import delta, selection
from tui_eval.analysis.scores import score_report
from tui_eval.analysis.selection import Metric, select
from tui_eval.analysis.view import View
from tui_eval.tables import Tables

VIEW = View(dataset="d", baseline="x")


@pytest.fixture
def tables() -> Tables:
    return make_tables(
        score_rows({"x": {"a": 50.0, "b": 25.0}, "y": {"a": 60.0}}, unit="percent"),
        score_rows({"z": {"a": 0.5}}, metric="f1"),
        score_rows({"w": {None: 0.5}}),
    )


def test_what_a_view_chooses(tables: Tables) -> None:
    chosen = select(tables, replace(VIEW, scale=100))
    assert chosen.metric == Metric("acc", None, "fraction", True)
    assert chosen.runs == ("x", "y")  # z has another metric, w no categories
    assert chosen.rows["value"].to_list() == [0.5, 0.25, 0.6, 0.5]  # whatever the unit
    assert chosen.factor == 100


def test_a_dataset_that_is_not_there_has_no_metric_rows_or_runs(tables: Tables) -> None:
    nothing = select(tables, View(dataset="gone"))
    assert nothing.metric is None
    assert nothing.rows.is_empty()
    assert nothing.runs == ()
    assert nothing.factor == 1


def test_all_reports_of_a_selection_resolve_it_once(
    tables: Tables, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls = []
    metrics = selection.metrics

    def counted(scores: pl.DataFrame, dataset: str | None = None) -> list[Metric]:
        calls.append(dataset)
        return metrics(scores, dataset)

    monkeypatch.setattr(selection, "metrics", counted)
    chosen = select(tables, VIEW)
    assert calls == []  # nothing is made before it is asked for
    for report in (score_report, delta.delta_report, delta.overview_report, delta.missing_report):
        assert not report(chosen).body.is_empty()
    delta.movers_report(chosen, None, "top")
    assert len(calls) == 1


def with_answers(tables: Tables, *runs: str) -> Tables:
    """The tables, of which these runs have a file of answers."""
    files = pl.col("run").is_in(runs).cast(pl.Int32)
    return replace(tables, runs=tables.runs.with_columns(sample_files=files))


def test_the_baseline_is_a_and_letters_follow_the_answers() -> None:
    tables = with_answers(tables_of({run: {"x": 0.5} for run in "pqrs"}), "p", "r", "s")
    chosen = select(tables, View(dataset="d", baseline="r"))
    assert chosen.answered == ("r", "p", "s")
    assert chosen.letters == {"r": "a", "p": "b", "s": "c", "q": "d"}
    pair = select(tables, View(dataset="d", baseline="r", candidates=("s",)))
    assert pair.letters == {"r": "a", "s": "b", "p": "c", "q": "d"}
    asked = select(tables, View(dataset="d", baseline="r", sample_runs=("p", "s", "q")))
    assert asked.answered == ("p", "s")
    assert list(asked.letters) == ["p", "s", "r", "q"]


def test_without_answers_the_baseline_comes_first() -> None:
    tables = tables_of({run: {"x": 0.5} for run in "pqr"})
    assert select(tables, View(dataset="d", baseline="q")).letters == {"q": "a", "p": "b", "r": "c"}
    assert select(tables, View()).letters == {"p": "a", "q": "b", "r": "c"}


def test_no_candidate_is_no_other_run() -> None:
    tables = with_answers(tables_of({run: {"x": 0.5} for run in "pqr"}), *"pqr")
    assert select(tables, View(dataset="d", baseline="q", candidates=())).answered == ("q",)
    assert select(tables, View(dataset="d", baseline="q")).answered == ("q", "p", "r")
