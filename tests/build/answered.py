"""Runs of which answers are at hand: their tables, and the answers as the analysis gets them."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import polars as pl

from tests.build.tables import make_tables
from tui_eval.analysis.compare import Evidence, Tests
from tui_eval.analysis.question_scores import question_scores
from tui_eval.analysis.selection import Selection, select
from tui_eval.analysis.view import View
from tui_eval.tables import SAMPLES, Tables

Attempts = float | None | tuple[float, ...]
Answers = Mapping[str, Mapping[Any, Sequence[Any]]]
"""By run and category (None: the dataset has none) the scores of questions, numbered from 0: each
`Attempts`."""


class Answered(NamedTuple):
    """What somebody opened."""

    tables: Tables
    samples: pl.DataFrame

    def selection(self, dataset: str = "d", **view: Any) -> Selection:
        return select(self.tables, View(dataset=dataset, **view))

    def evidence(self, tests: Tests | None = None, *, totals: bool = False) -> Evidence:
        """What is known of the scores, from the answers or from totals."""
        selection = self.selection()
        scores = None if totals else question_scores(selection, self.samples)
        return Evidence(selection, scores, tests)


def answered(
    answers: Answers,
    *,
    dataset: str = "d",
    clusters: Mapping[int, int] | None = None,
    copies: Mapping[int, int] | None = None,
    **columns: Any,
) -> Answered:
    """Tables with the means of the answers, and the answers.

    Args:
        answers: Scores; None: the question was asked, and has none.
        dataset: Its name.
        clusters: Number of the passage of each question that has one.
        copies: Number of the content of each question, where it is not its own.
        columns: Of the rows of scores, what is not usual.
    """
    usual = {
        "dataset": dataset,
        "metric": "acc",
        "unit": "fraction",
        "higher_is_better": True,
        "origin": "reported",
    }
    scores, samples = [], []
    categories = dict.fromkeys(name for one in answers.values() for name in one)
    places = {name: place for place, name in enumerate(categories, 1)}
    for run, by_category in answers.items():
        for category, attempts in by_category.items():
            own = {**usual, "run": run, "category": category, **columns}
            scores.append(own | _told([mean_of(one) for one in attempts if one is not None]))
            for number, one in enumerate(attempts):
                for attempt, score in enumerate(one if isinstance(one, tuple) else (one,)):
                    samples.append(
                        {
                            "run": run,
                            "dataset": dataset,
                            "category": category,
                            "sample": f"q{number}",
                            "id": str(number),
                            "question": (copies or {}).get(number, number)
                            + 1000 * places[category],
                            "attempt": attempt,
                            "metric": own["metric"],
                            "filter": own.get("filter"),
                            "score": score,
                            "status": "ok",
                            "cluster": (clusters or {}).get(number),
                        }
                    )
    frame = pl.DataFrame([{name: row.get(name) for name in SAMPLES} for row in samples], SAMPLES)
    return Answered(make_tables(scores), frame)


def mean_of(one: Attempts) -> float:
    assert one is not None
    return sum(one) / len(one) if isinstance(one, tuple) else one


def _told(values: Sequence[float]) -> dict[str, float | int | None]:
    """What a harness reports of scores: mean, standard error and number."""
    n = len(values)
    if not n:
        return {"value": None, "stderr": None, "n": 0}
    mean = sum(values) / n
    spread = sum((value - mean) ** 2 for value in values)
    return {"value": mean, "stderr": math.sqrt(spread / (n - 1) / n) if n > 1 else None, "n": n}


def bits(text: str) -> list[Attempts]:
    """``1101``: right, right, wrong, right; ``.``: no score."""
    return [None if sign == "." else float(sign) for sign in text.replace(" ", "")]
