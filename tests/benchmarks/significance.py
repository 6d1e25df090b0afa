"""Intervals, all pairs and level with best of 20 runs × 57 categories, 280,840 answers.

Compared with the plain Polars group-by of the same answers (mean, n by run and category), CPU time,
the least of some repetitions. Once with every question alone, once with passages of five.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import polars as pl

from tests.benchmarks.measure import Cost, best, timed
from tui_eval.analysis.compare import Evidence
from tui_eval.analysis.level import level_with_best, pair_grid
from tui_eval.analysis.question_scores import question_scores
from tui_eval.analysis.selection import Selection, select
from tui_eval.analysis.view import View
from tui_eval.tables import RUNS, SAMPLES, SCORES, Tables

RUNS_COUNT, CATEGORIES, QUESTIONS = 20, 57, 14_042
REPEATS = 5


def run() -> None:
    """Print the costs and their ratios."""
    for passage in (1, 5):
        selection, samples = made(passage)
        print(f"{samples.height:,} answers, passages of {passage}")
        _measure(selection, samples)


def _measure(selection: Selection, samples: pl.DataFrame) -> None:
    scores = question_scores(selection, samples)
    evidence = Evidence(selection, scores)
    keys = ["run", "category"]
    plain = least(lambda: samples.group_by(keys).agg(pl.col("score").mean(), pl.len()))
    works: dict[str, Callable[[], object]] = {
        "questions × runs": lambda: question_scores(selection, samples),
        "table with intervals": lambda: Evidence(selection, scores),
        "all 190 pairs": lambda: pair_grid(evidence, selection.runs),
        "level with the best of each row": lambda: level_with_best(evidence),
    }
    costs = {"plain group-by: mean and n": plain}
    costs |= {name: least(work) for name, work in works.items()}
    for name, cost in costs.items():
        ratio = cost.cpu / plain.cpu
        print(f"  {name:34} {cost.wall:7.1f} ms wall {cost.cpu:7.1f} ms CPU {ratio:6.2f}×")


def made(passage: int) -> tuple[Selection, pl.DataFrame]:
    """Runs of known ability on the same questions, right or wrong; so many on a passage."""
    rng = np.random.default_rng(3)
    category = np.sort(rng.integers(0, CATEGORIES, QUESTIONS))
    hardness = rng.normal(0, 1, QUESTIONS)
    ability = np.linspace(-0.3, 0.7, RUNS_COUNT)
    chance = 1 / (1 + np.exp(hardness[:, None] - ability - rng.normal(0, 0.3, (QUESTIONS, 1))))
    right = (rng.random((QUESTIONS, RUNS_COUNT)) < chance).astype(float)
    names = [f"category {number:02}" for number in range(CATEGORIES)]
    questions = pl.DataFrame(
        {
            "category": [names[number] for number in category],
            "sample": [f"q{number:05}" for number in range(QUESTIONS)],
            "cluster": pl.Series(np.arange(QUESTIONS) // passage, dtype=pl.UInt64),
        }
    )
    runs = [f"run{number:02}" for number in range(RUNS_COUNT)]
    common = {"dataset": "d", "metric": "acc", "status": "ok", "attempt": 0}
    samples = pl.concat(
        questions.with_columns(
            pl.lit(run).alias("run"),
            pl.Series("score", right[:, place]),
            *(pl.lit(value).alias(name) for name, value in common.items()),
        )
        for place, run in enumerate(runs)
    )
    absent = [
        pl.lit(None, kind).alias(name)
        for name, kind in SAMPLES.items()
        if name not in samples.columns
    ]
    samples = samples.with_columns(absent)
    scores = samples.group_by("run", "category").agg(
        value=pl.col("score").mean(), n=pl.len().cast(pl.Int64)
    )
    usual = {"dataset": "d", "metric": "acc", "unit": "fraction", "origin": "reported"}
    rows = scores.with_columns(
        *(pl.lit(value).alias(name) for name, value in usual.items()),
        higher_is_better=pl.lit(value=True),
    )
    blank = [
        pl.lit(None, kind).alias(name) for name, kind in SCORES.items() if name not in rows.columns
    ]
    labels = pl.DataFrame({"run": runs, "label": runs}).with_columns(
        pl.lit(None, kind).alias(name)
        for name, kind in RUNS.items()
        if name not in ("run", "label")
    )
    tables = Tables(labels, rows.with_columns(blank).select(SCORES.names()))
    return select(tables, View(dataset="d")), samples


def least(work: Callable[[], object]) -> Cost:
    """The least cost of several repetitions."""
    return best([timed(work) for _ in range(REPEATS)])
