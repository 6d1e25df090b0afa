"""Every answer of EvalScope's recorded runs, and the numbers of its reports made of them again."""

from __future__ import annotations

import csv
import os
import re
from collections import Counter
from functools import cache
from pathlib import Path

import polars as pl
import pytest

from tui_eval.collection import load
from tui_eval.formats import evalscope
from tui_eval.formats.answers import Index
from tui_eval.formats.documents import Problem
from tui_eval.tables import INDEX, SAMPLES, Run, SampleFile

EVALSCOPE = Path(os.environ["TUI_EVAL_CORPUS"]) / "evalscope"
TABLES = sorted(path.stem for path in EVALSCOPE.glob("golden/tables/*.csv"))
KEYS = ["dataset", "category", "metric"]


def index_of(path: Path) -> Index:
    problems: list[Problem] = []
    batches = list(evalscope.index(path, problems))
    assert batches[-1].done <= path.stat().st_size
    return Index(pl.concat([batch.rows for batch in batches]), tuple(problems))


@cache
def answers_of(run: Run) -> tuple[pl.DataFrame, list[str]]:
    return evalscope.samples(run, {file: index_of(file.path) for file in run.samples})


@cache
def runs() -> tuple[Run, ...]:
    return tuple(load([EVALSCOPE / "mock", EVALSCOPE / "official"]).runs)


def means(run: Run) -> dict[tuple[str, str, str], float | None]:
    rows, _ = answers_of(run)
    grouped = rows.filter(pl.col("metric").is_not_null()).group_by(KEYS).agg(pl.col("score").mean())
    return {(dataset, part, metric): mean for dataset, part, metric, mean in grouped.iter_rows()}


def test_every_file_of_answers_is_read() -> None:
    files = sorted(EVALSCOPE.rglob("*.jsonl"))
    assert len(files) == 312
    for path in files:
        found = index_of(path)
        assert found.problems == ()
        assert found.rows.schema == INDEX
        assert found.rows["place"].n_unique() == len(path.read_bytes().splitlines())


def test_means_of_answers_are_the_scores_of_their_subsets() -> None:
    """All but the lists of IFEval, which are pooled, and the win rates, which no review holds."""
    found: Counter[str] = Counter()
    for run in runs():
        again = means(run)
        for score in run.scores:
            if score.category is None or score.filter is not None:
                continue
            key = (score.dataset, score.category, score.metric)
            if key not in again:
                found[f"no {score.metric}"] += 1
            elif again[key] is None and score.value is not None:
                found[f"pooled {score.metric}"] += 1
            elif again[key] is None:
                found["without a reference"] += 1
            else:
                assert score.value is not None
                assert round(again[key] or 0.0, 4) == pytest.approx(score.value, abs=5.1e-5)
                found["same"] += 1
    assert found == {}
