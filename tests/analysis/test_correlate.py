"""Benchmarks against benchmarks: figures of scipy, models instead of runs, and what is not said."""

from __future__ import annotations

import json
import random
from collections.abc import Mapping
from itertools import permutations
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from polars.testing import assert_frame_equal
from scipy import stats

from tests.build.tables import make_tables, score_rows
from tests.build.twinkle import document, item, write
from tui_eval.analysis.correlate import (
    METHOD,
    WITH_INTERVAL,
    agreement,
    correlation_report,
    standings,
    usual,
)
from tui_eval.analysis.report import Report
from tui_eval.analysis.scores import overview_report
from tui_eval.analysis.selection import select
from tui_eval.analysis.view import View
from tui_eval.loading.collection import load
from tui_eval.statistics.correlation import spearman_interval
from tui_eval.tables import Tables

FIGURES = ("models", "spearman", "low", "high", "tau_b")

MATHS = {"m1": 0.31, "m2": 0.45, "m3": 0.45, "m4": 0.62, "m5": 0.7, "m6": 0.71}
CODE = {"m1": 0.2, "m2": 0.5, "m3": 0.3, "m4": 0.4, "m5": 0.8, "m7": 0.9, "m6": 0.8}


def benchmark(name: str, scores: Mapping[str, float | None], **more: Any) -> list[dict[str, Any]]:
    return score_rows({run: {"c": value} for run, value in scores.items()}, dataset=name, **more)


def report_of(*groups: list[dict[str, Any]], **view: Any) -> Report:
    return correlation_report(select(make_tables(*groups), View(**view)))


def only_row(report: Report) -> dict[str, Any]:
    return report.frame.row(0, named=True)


def named(tables: Tables, **models: str) -> Tables:
    """The tables with other models' names, by run."""
    model = pl.col("run").replace(models).alias("model")
    return Tables(tables.runs.with_columns(model), tables.scores)


def test_the_figures_are_those_of_scipy_on_what_the_files_say(tmp_path: Path) -> None:
    draw = random.Random(5)
    for run in range(9):
        for dataset in ("maths", "code", "law"):
            if (run, dataset) != (4, "law"):
                scores = {f"part{n}": draw.randint(0, 12) / 12 for n in range(2)}
                write_run(tmp_path, f"model-{run}", dataset, scores)
    raw: dict[str, dict[str, float]] = {}
    for path in tmp_path.rglob("*.json"):
        content = json.loads(path.read_text())
        for dataset, found in content["dataset_results"].items():
            parts = [part["accuracy_mean"] for part in found["results"]]
            model = content["config"]["model"]["name"]
            raw.setdefault(Path(dataset).name, {})[model] = sum(parts) / len(parts)
    report = correlation_report(select(load([tmp_path]).tables(), View()))
    assert report.frame.height == 3
    for row in report.frame.iter_rows(named=True):
        x, y = raw[row["dataset_a"]], raw[row["dataset_b"]]
        both = sorted(x.keys() & y.keys())
        pair = [round(x[model], 9) for model in both], [round(y[model], 9) for model in both]
        assert row["models"] == len(both) == (8 if "law" in row.values() else 9)
        assert row["spearman"] == pytest.approx(stats.spearmanr(*pair).statistic, abs=1e-12)
        assert row["tau_b"] == pytest.approx(stats.kendalltau(*pair).statistic, abs=1e-12)
        interval = spearman_interval(stats.spearmanr(*pair).statistic, len(both))
        assert (row["low"], row["high"]) == pytest.approx(interval, abs=1e-12)
        assert row["method"] == WITH_INTERVAL
        assert row["reason"] is None


def write_run(folder: Path, model: str, dataset: str, scores: Mapping[str, float]) -> None:
    items = [item(f"datasets/{dataset}/{part}.csv", score) for part, score in scores.items()]
    content = document(items, name=model, dataset=f"datasets/{dataset}/")
    content["timestamp"] = "20260101_0000"
    write(folder / model / dataset / "results_20260101_0000.json", content)


def test_scores_are_those_of_the_overview_of_all_datasets() -> None:
    tables = make_tables(
        score_rows({"m1": {"a": 0.1, "b": 0.3}, "m2": {"a": 0.5}, "m3": {None: 0.4}}, dataset="x"),
        benchmark("y", {"m1": 71.0, "m2": 60.0, "m3": 65.0}, metric="f1", unit="percent"),
    )
    selection = select(tables, View())
    shown = overview_report(selection).body
    known = standings(selection)
    assert list(known.names) == shown["dataset"].to_list() == ["x", "y"]
    for number, model in enumerate(known.models):
        assert known.scores[number].tolist() == pytest.approx(shown[model.runs[0]].to_list())
    assert [metric.name for metric in known.metrics] == ["acc", "f1"]


def test_a_model_counts_once_with_the_mean_of_its_runs() -> None:
    runs = {"m1": 0.1, "m1 again": 0.5, "m2": 0.2, "m3": 0.4}
    tables = make_tables(
        benchmark("x", runs), benchmark("y", {"m1": 0.1, "m2": 0.2, "m3": 0.3, "m3 y": 0.5})
    )
    tables = named(tables, **{"m1 again": "m1", "m3 y": "m3"})
    selection = select(tables, View())
    known = standings(selection)
    assert [(model.name, model.runs) for model in known.models] == [
        ("m1", ("m1", "m1 again")),
        ("m2", ("m2",)),
        ("m3", ("m3", "m3 y")),
    ]
    assert known.scores[0].tolist() == pytest.approx([0.3, 0.1])
    assert known.scores[2].tolist() == pytest.approx([0.4, 0.4])
    report = correlation_report(selection)
    assert only_row(report)["models"] == 3
    assert only_row(report)["spearman"] == pytest.approx(0.5)
    assert "5 runs of 3 models: a model counts once, with the mean of its runs." in report.notes


def test_runs_that_are_of_one_dataset_each_meet_in_their_model() -> None:
    tables = make_tables(
        benchmark("x", {f"x{n}": n / 10 for n in range(6)}),
        benchmark("y", {f"y{n}": n / 20 for n in range(6)}),
    )
    tables = named(tables, **{f"{name}{n}": f"model {n}" for name in "xy" for n in range(6)})
    assert only_row(correlation_report(select(tables, View())))["models"] == 6


def test_runs_without_a_model_and_variants_asked_the_same_are_models_of_their_own() -> None:
    tables = make_tables(
        benchmark("x", {"a": 0.1, "b": 0.2, "c": 0.3, "d": 0.4, "e": 0.6}),
        benchmark("y", {"c": 0.5, "f": 0.6}),
    )
    facts = {
        "model": [None, None, "m", "m", "n", "n"],
        "variant": [None, None, None, "lora", "x", "y"],  # of n they are but folders of datasets
    }
    runs = tables.runs.with_columns(pl.Series(key, values) for key, values in facts.items())
    known = standings(select(Tables(runs, tables.scores), View()))
    assert [model.name for model in known.models] == ["a", "b", "m", "m (lora)", "n"]
    assert known.scores[-1].tolist() == [0.6, 0.6]


def test_where_lower_is_better_in_one_of_two_the_sign_is_turned() -> None:
    errors = {run: 1 - score for run, score in MATHS.items()}
    low = benchmark("wer", errors, metric="wer", higher_is_better=False)
    report = report_of(benchmark("maths", MATHS), low, benchmark("code", CODE))
    found = {(row["dataset_a"], row["dataset_b"]): row for row in report.frame.to_dicts()}
    assert found["maths", "wer"]["spearman"] == pytest.approx(1)
    assert found["code", "wer"]["spearman"] == pytest.approx(found["code", "maths"]["spearman"])
    assert "Lower is better on wer: turned, so that 1 is the same order." in report.notes
    both = report_of(low, benchmark("cer", errors, metric="cer", higher_is_better=False))
    assert only_row(both)["spearman"] == pytest.approx(1)
    assert not any("turned" in note for note in both.notes)


def test_a_metric_of_neither_direction_is_not_turned_and_that_is_said() -> None:
    neither = benchmark("length", MATHS, metric="length", unit="number", higher_is_better=None)
    report = report_of(neither, benchmark("maths", MATHS))
    assert only_row(report)["spearman"] == pytest.approx(1)
    assert "Neither high nor low is better on length: not turned." in report.notes


def few(count: int) -> dict[str, float]:
    return dict(list(CODE.items())[:count])


def test_below_three_models_nothing_is_said_and_below_five_there_is_no_interval() -> None:
    for count in (1, 2):
        groups = benchmark("x", MATHS), benchmark("y", few(count))
        row = only_row(report_of(*groups, datasets=("x", "y")))
        assert row["models"] == count
        assert [row[name] for name in (*FIGURES[1:], "method")] == [None] * 5
        assert row["reason"] == "under 3 models"
    for count in (3, 4):
        row = only_row(report_of(benchmark("x", MATHS), benchmark("y", few(count))))
        assert row["spearman"] is not None
        assert row["tau_b"] is not None
        assert (row["low"], row["high"], row["method"]) == (None, None, METHOD)
        assert row["reason"] == "no interval under 5 models"
    row = only_row(report_of(benchmark("x", MATHS), benchmark("y", few(5))))
    assert row["low"] < row["spearman"] < row["high"]
    assert (row["method"], row["reason"]) == (WITH_INTERVAL, None)


def test_equal_scores_have_no_order_whatever_their_last_bits() -> None:
    flat = {run: 0.1 + 0.2 if number % 2 else 0.3 for number, run in enumerate(MATHS)}
    row = only_row(report_of(benchmark("flat", flat), benchmark("maths", MATHS)))
    assert (row["models"], row["spearman"], row["tau_b"]) == (6, None, None)
    assert row["reason"] == "all equal in flat"


def test_the_same_order_has_no_interval_since_the_formula_makes_a_point_of_it() -> None:
    row = only_row(report_of(benchmark("x", MATHS), benchmark("y", MATHS)))
    assert row["spearman"] == pytest.approx(1)
    assert (row["low"], row["high"], row["reason"]) == (None, None, "no interval at 1")


def test_a_dataset_of_one_run_is_left_out_unless_it_is_chosen() -> None:
    groups = benchmark("x", MATHS), benchmark("y", CODE), benchmark("alone", {"m1": 0.5})
    report = report_of(*groups)
    assert report.frame.select("dataset_a", "dataset_b").rows() == [("x", "y")]
    assert "1 dataset left out (of one run only)." in report.notes
    report = report_of(*groups, datasets=("x", "alone"))
    assert report.frame.select("dataset_a", "dataset_b").rows() == [("alone", "x")]
    assert not any("left out" in note for note in report.notes)


def test_a_mean_over_other_categories_is_said() -> None:
    values = {"m1": {"a": 0.1, "b": 0.2}, "m2": {"a": 0.3, "b": 0.4}, "m3": {"a": 0.5}}
    report = report_of(score_rows(values, dataset="x"), benchmark("y", few(3)))
    assert "x: categories are missing from m3 (1)." in report.notes


def test_where_there_is_no_pair_a_sentence_says_why() -> None:
    assert correlation_report(select(make_tables(), View())).empty == "No run is open."
    report = report_of(benchmark("x", MATHS))
    assert report.frame.is_empty()
    assert report.empty == "Only one dataset has scores: x."
    report = report_of(benchmark("x", MATHS), benchmark("alone", {"m1": 0.5}))
    assert "of several runs: x." in report.empty
    report = report_of(benchmark("x", few(2)), benchmark("y", few(2)))
    assert "2 models: an order needs 3." in report.notes


def test_categories_of_a_dataset_are_compared_in_the_same_way() -> None:
    values = {run: {"maths": MATHS[run], "code": CODE[run]} for run in MATHS}
    tables = make_tables(score_rows(values, dataset="quiz"))
    selection = select(tables, View(dataset="quiz", sort="mean"))
    row = only_row(correlation_report(selection, "category"))
    apart = report_of(benchmark("maths", MATHS), benchmark("code", CODE))
    assert [row[name] for name in FIGURES] == [only_row(apart)[name] for name in FIGURES]
    assert (row["category_a"], row["category_b"]) == ("code", "maths")
    assert (row["dataset_a"], row["dataset_b"]) == ("quiz", "quiz")
    assert usual(selection) == "category"
    assert usual(select(make_tables(benchmark("x", MATHS), benchmark("y", CODE)), View())) == (
        "dataset"
    )


scores = st.lists(st.integers(0, 20).map(lambda number: number / 20), min_size=7, max_size=7)


@settings(max_examples=25, deadline=None)
@given(scores, scores, st.integers(0, 719))
def test_neither_the_order_of_runs_nor_of_a_pair_changes_a_figure(
    x: list[float], y: list[float], shuffle: int
) -> None:
    runs = [f"m{n}" for n in range(7)]
    order = next(p for n, p in enumerate(permutations(range(7))) if n == shuffle)
    first = report_of(
        benchmark("x", dict(zip(runs, x, strict=True))),
        benchmark("y", dict(zip(runs, y, strict=True))),
    )
    other = report_of(
        benchmark("y", {runs[n]: y[n] for n in order}),
        benchmark("x", {runs[n]: x[n] for n in order}),
    )
    assert_frame_equal(first.frame, other.frame)
    one = standings(select(make_tables(benchmark("x", {"m": 1.0})), View())).scores[0]
    assert one.tolist() == [1.0]
    a, b = (pl.Series(side).to_numpy() for side in (x, y))
    there, back = agreement(a, b), agreement(b, a)
    assert there[:-1] == back[:-1]
    turned = agreement(a, b, is_turned=True)
    if there.spearman is not None and turned.spearman is not None:
        assert turned.spearman == pytest.approx(-there.spearman)
        assert turned.tau_b == pytest.approx(-(there.tau_b or 0.0))
