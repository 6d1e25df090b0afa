"""Answers of every recorded run of Twinkle Eval: each data file's have the reported numbers."""

from __future__ import annotations

import os
import time
from pathlib import Path

import polars as pl
import pytest

from tui_eval.files.documents import Problem
from tui_eval.formats import registry
from tui_eval.formats.harnesses import twinkle
from tui_eval.formats.index import Index, frame
from tui_eval.records import Run

TWINKLE = Path(os.environ["TUI_EVAL_CORPUS"]) / "twinkle"
COLLISION = "runs/2.10.0_same-minute-collision/results"
"""Two models that began in the same minute: three data files' rows where there is one."""

FOLDERS = sorted(
    str(path.parent.relative_to(TWINKLE))
    for part in ("runs", "fixtures_cc0")
    for path in (TWINKLE / part).rglob("results_*.json")
    if not path.name.startswith("benchmark")
)


def read(folder: str) -> tuple[Run, pl.DataFrame, list[str], int]:
    """A run, its answers and notes, and how many answers its files hold."""
    parts = [part for path in (TWINKLE / folder).iterdir() for part in registry.read(path).runs]
    [run] = registry.combine(parts)
    problems: list[Problem] = []
    indexes = {
        file: Index(
            pl.concat([frame(batch) for batch in twinkle.SAMPLES.index(file.path, problems)])
        )
        for file in run.samples
    }
    assert problems == []
    written = sum(index.rows.filter(metric="accuracy_mean").height for index in indexes.values())
    return run, *twinkle.SAMPLES.table(run, indexes), written


def test_all_runs_are_here() -> None:
    assert len(FOLDERS) == 17


@pytest.mark.parametrize("folder", [one for one in FOLDERS if one != COLLISION])
def test_every_data_file_has_its_accuracy_in_every_repeated_run(folder: str) -> None:
    run, rows, notes, written = read(folder)
    assert notes == []
    assert rows.height == written
    repeat = pl.col("file").str.extract(r"_run(\d+)\.").cast(pl.Int32)
    unparsed = pl.col("status").is_in(["unparsed", "empty"])
    figures = {"accuracy_mean": pl.col("score").mean(), "unparsed_count": unparsed.sum()}
    for metric, figure in figures.items():
        single = [one for one in run.scores if one.metric == metric and one.category is not None]
        keys = ["dataset", "category", "data_file"]
        over_all = {tuple(key): value for *key, value in rows.group_by(keys).agg(figure).rows()}
        reported = {(s.dataset, s.category, s.file): s.value for s in single if s.repeat is None}
        if reported:
            assert over_all == pytest.approx(reported, abs=1e-12)
        groups = rows.group_by(*keys, repeat=repeat).agg(figure)
        one_by_one = {tuple(key): value for *key, value in groups.rows()}
        repeats = {
            (s.dataset, s.category, s.file, s.repeat): s.value
            for s in single
            if s.repeat is not None
        }
        if repeats:
            assert one_by_one == pytest.approx(repeats, abs=1e-12)
        else:
            assert metric == "unparsed_count"
            assert run.version != "≥ 1.4.2"


def test_questions_of_a_data_file_are_the_same_in_all_runs_of_it() -> None:
    """Of six models, three versions and all repeated runs: rows that stand elsewhere show."""
    seen: dict[tuple[str, str], set[str]] = {}
    for folder in FOLDERS:
        rows = read(folder)[1]
        for key, own in rows.group_by("data_file", "attempt"):
            file = str(key[0])
            samples = set(own["sample"])
            assert own["sample"].is_unique().all()
            assert seen.setdefault((file, "all"), samples) == samples


def test_rows_of_two_models_in_one_file_are_left_out() -> None:
    run, rows, notes, written = read(COLLISION)
    assert (rows.height, written) == (0, 120)
    assert len(run.samples) == len(notes) == 2
    assert all("two evaluations began in the same minute" in note for note in notes)


def test_all_of_them_take_little_time() -> None:
    began = time.process_time()
    answers = sum(read(folder)[1].height for folder in FOLDERS)
    assert answers > 20_000
    assert time.process_time() - began < 10
