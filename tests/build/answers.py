"""Answers as the analysis gets them, from nothing but scores."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import polars as pl

from tests.build.tables import make_tables, score_rows
from tui_eval.tables import SAMPLES, Tables

Scored = Mapping[str, Mapping[str, Sequence[float]]]
"""By run and category the score of each question."""


def tables_of_answers(scored: Scored, **columns: Any) -> Tables:
    """Tables of one dataset in which every run has the mean of its answers in each category."""
    rows = [
        score_rows({run: {category: sum(some) / len(some)}}, n=len(some), **columns)
        for run, by_category in scored.items()
        for category, some in by_category.items()
    ]
    return make_tables(*rows)


def answers_of(scored: Scored, *, dataset: str = "d", metric: str = "acc") -> pl.DataFrame:
    """The answers: schema `SAMPLES`; questions are numbered in each category."""
    rows = [
        {
            "run": run,
            "dataset": dataset,
            "category": category,
            "sample": str(number),
            "metric": metric,
            "score": float(score),
            "status": "ok",
        }
        for run, by_category in scored.items()
        for category, some in by_category.items()
        for number, score in enumerate(some)
    ]
    return pl.DataFrame(rows, SAMPLES)


def right(count: int, of: int) -> list[float]:
    """So many questions, the first of them right."""
    return [1.0] * count + [0.0] * (of - count)
