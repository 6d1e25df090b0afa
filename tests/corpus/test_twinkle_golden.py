"""Every number that eval-analyzer gave for the recorded results of Twinkle Eval."""

from __future__ import annotations

import csv
import json
import os
from functools import cache
from pathlib import Path, PurePosixPath

import polars as pl
import pytest

from tests.formats.twinkle_golden import (
    MERGED_CATEGORIES,
    MERGED_RUNS,
    RENAMED_DATASETS,
    Case,
    Golden,
    Row,
    check_delta,
    check_rows,
    check_scores,
    expected_noise,
    load_set,
    make_case,
    near,
    score_rows,
)
from tui_eval.analysis.scores import score_report
from tui_eval.analysis.selection import select
from tui_eval.analysis.view import View
from tui_eval.tables import Tables

TWINKLE = Path(os.environ["TUI_EVAL_CORPUS"]) / "twinkle"
SETS: dict[str, list[str]] = json.loads((TWINKLE / "golden" / "sets.json").read_text("utf-8"))


@cache
def tables(set_name: str) -> Tables:
    return load_set(TWINKLE, SETS[set_name])


@cache
def golden_files(set_name: str) -> dict[str, Golden]:
    return {
        path.name: Golden.of(json.loads(path.read_text("utf-8")))
        for path in sorted((TWINKLE / "golden" / set_name).glob("*__*.json"))
    }


def case_of(set_name: str, file: str) -> Case:
    return make_case(set_name, file, golden_files(set_name), tables(set_name))


CASES = [(name, file) for name in SETS for file in golden_files(name)]

NO_DELTA = {"S7_adv_dup_label"}
"""Sets that are one run for eval-analyzer, and several here: nothing to compare with (B5)."""

S1, S2, S6 = "S1_v2100_six_models", "S2_v2100_with_rerun", "S6_adv_float_ties"

SCORE_NOISE = {(S2, "mini_tmmlu__thr_spec_le_60_norm100.json"): {"B3 geography_test"}}

DELTA_NOISE = {
    (S1, "mini_mmlu__delta_thr_5_norm100.json"): {"B2 us_law.v2.final"},
    (S1, "mini_tmmlu__baseline_last_top3.json"): {"B1 mock-flaky-8b @ 20261120_2340"},
    (S2, "mini_tmmlu__baseline_last_top3.json"): {"B1 mock-8b-instruct @ 20261120_2337"},
}
"""Where eval-analyzer lets float noise decide about recorded results, and nowhere else."""


def test_sets_are_complete() -> None:
    variants = {file.rpartition("__")[2] for file in golden_files(S1)}
    assert len(variants) == 20
    assert len(golden_files(S1)) == len(golden_files(S2)) == 7 * 20
    assert set(SETS) == {path.name for path in (TWINKLE / "golden").iterdir() if path.is_dir()}


@pytest.mark.parametrize(("set_name", "file"), CASES)
def test_scores(set_name: str, file: str) -> None:
    expected = SCORE_NOISE.get((set_name, file), set())
    assert check_scores(case_of(set_name, file)) == expected


@pytest.mark.parametrize(("set_name", "file"), [c for c in CASES if c[0] not in NO_DELTA])
def test_differences(set_name: str, file: str) -> None:
    expected = DELTA_NOISE.get((set_name, file), set())
    if set_name == S6:
        expected = expected_noise(set_name, file)
    assert check_delta(case_of(set_name, file)) == expected


@pytest.mark.parametrize("set_name", SETS)
def test_rows(set_name: str) -> None:
    """Every row that eval-analyzer extracts, with its file and its value."""
    text = (TWINKLE / "golden" / set_name / "frame.csv").read_text("utf-8")
    golden = [
        {**row, "accuracy_mean": float(row["accuracy_mean"])}
        for row in csv.DictReader(text.splitlines())
    ]
    check_rows(golden_names(set_name, score_rows(tables(set_name))), golden, "file")


def golden_names(set_name: str, rows: list[Row]) -> list[Row]:
    """Our rows with the names that eval-analyzer gives, and each data file's own name in them."""
    runs = {part: one for one, parts in MERGED_RUNS.get(set_name, {}).items() for part in parts}
    datasets = {ours: theirs for theirs, ours in RENAMED_DATASETS.items()}
    categories = {
        (dataset, part): one
        for (of, dataset), merged in MERGED_CATEGORIES.items()
        if of == set_name
        for one, parts in merged.items()
        for part in parts
    }
    return [
        {
            **row,
            "dataset": datasets.get(row["dataset"], row["dataset"]),
            "category": categories.get((row["dataset"], row["category"]), row["category"]),
            "source_label": runs.get(row["source_label"], row["source_label"]),
            "file": PurePosixPath(row["file"]).name,
        }
        for row in rows
    ]


def test_b6_astronomy_in_two_folders_is_two_categories() -> None:
    scores = tables(S1).scores.filter(
        pl.col("repeat").is_null(),
        dataset="mini_mmlu",
        metric="accuracy_mean",
        run="mock-3b-base @ 20261120_2336",
    )
    values = dict(scores.select("category", "value").iter_rows())
    assert values["astronomy"] == near(0.26666666666666666)
    assert values["sub/astronomy"] == near(0.08888888888888889)


def test_b11_the_flaky_run_is_said_to_miss_two_files() -> None:
    report = score_report(select(tables(S1), View(dataset="mini_tmmlu")))
    flaky = [
        note for note in report.notes if note.startswith("mock-flaky-8b @ 20261120_2340 has 10")
    ]
    assert len(flaky) == 1
    assert report.foot is not None
    name = "mock-flaky-8b @ 20261120_2340"
    kept = report.body.drop_nulls()
    own, common = report.foot.rows(named=True)[:2]
    assert (report.body.height, kept.height) == (12, 10)
    assert own[name] == common[name] == near(kept[name].mean())
    other = "mock-3b-base @ 20261120_2336"
    assert own[other] == near(report.body[other].mean())
    assert common[other] == near(kept[other].mean())
