"""The real ladder of Pythia: what its files are called is the step, and no other name has one."""

from __future__ import annotations

import json
import os
import re
from functools import cache
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from tui_eval.analysis.curves import curves_report
from tui_eval.analysis.report import Report
from tui_eval.analysis.selection import select
from tui_eval.analysis.training_steps import told_by
from tui_eval.analysis.trainings import points_of
from tui_eval.analysis.view import View
from tui_eval.loading.cache import Cache
from tui_eval.loading.collection import load
from tui_eval.tables import Tables

CORPUS = Path(os.environ["TUI_EVAL_CORPUS"])
PYTHIA = CORPUS / "lmeval" / "public_v0.3" / "evals" / "pythia-v1"
LADDERS = {"1.4b": (0, 27), "12b": (0, 27), "160m": (5, 15)}


@cache
def tables() -> Tables:
    return load([PYTHIA], cache=Cache(None)).tables()


@cache
def report(dataset: str) -> Report:
    return curves_report(select(tables(), View(dataset=dataset, scale=100)))


def named(path: str) -> int:
    found = re.search(r"step(\d+)\.json$", path)
    assert found is not None
    return int(found[1])


def test_the_step_of_every_file_is_in_its_name() -> None:
    points = points_of(tables())
    rows = list(tables().runs.select("run", "path").iter_rows())
    assert len(rows) == 107
    assert all(points[run].numbers == {"step": named(path)} for run, path in rows)
    assert not any(point.disputed for point in points.values())


def test_no_other_file_or_model_of_the_corpus_tells_a_step() -> None:
    others = [
        path for path in CORPUS.rglob("*") if path.is_file() and "public_v0.3" not in path.parts
    ]
    assert len(others) > 1000
    found = [path for path in others if told_by(str(path.relative_to(CORPUS)))]
    assert found == []


def test_shots_do_not_join_a_curve_and_each_ladder_is_whole() -> None:
    frame = report("arc_easy").frame
    counts = frame.group_by("family").agg(pl.col("step"))
    families = {
        f"EleutherAI/pythia-v1.1-{size}@step* (shots {shots})": steps
        for size, (shots, steps) in LADDERS.items()
    }
    assert {family: len(steps) for family, steps in counts.iter_rows()} == families
    for steps in counts["step"]:
        assert steps.to_list() == sorted(set(steps))
        assert steps[-1] == 143000


@pytest.mark.parametrize("size", list(LADDERS))
def test_scores_and_standard_errors_are_those_of_the_files(size: str) -> None:
    shots = "zero-shot" if LADDERS[size][0] == 0 else "five-shot"
    family = pl.col("family").str.contains(f"-{size}@", literal=True)
    rows = report("arc_easy").frame.filter(family)
    files = {named(str(path)): path for path in (PYTHIA / f"pythia-{size}" / shots).iterdir()}
    for step, score, stderr in rows.select("step", "score", "stderr").iter_rows():
        written: Any = json.loads(files[step].read_text())["results"]["arc_easy"]
        assert (score, stderr) == (
            pytest.approx(100 * written["acc"]),
            pytest.approx(100 * written["acc_stderr"]),
        )


def test_what_is_said_of_a_real_ladder_follows_from_its_numbers() -> None:
    frame = report("lambada_openai").frame
    family = frame.filter(pl.col("family").str.contains("-12b@", literal=True))
    scores, errors = family["score"].to_list(), family["stderr"].to_list()
    steps = family["step"].to_list()
    # The perplexity rises from step 4 to steps 8 and 16 by more than five standard errors.
    for step in (8, 16):
        here, best = steps.index(step), steps.index(4)
        gap = (errors[here] ** 2 + errors[best] ** 2) ** 0.5
        assert scores[here] - scores[best] > 5 * gap
    worse = family.filter(
        (pl.col("change_verdict") == "worse") | (pl.col("from_best_verdict") == "worse")
    )
    assert worse["step"].to_list() == [8, 16]
    (note,) = [str(note) for note in report("lambada_openai").notes if "12b" in str(note)[:4]]
    assert "worse at 8 than at 4, worse at 16 than at 4" in note
    assert "no later one is shown to be better than step 103,000" in note
