"""Runs whose every question is known: their tables, and what each scored on each question."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from tests.build.tables import make_tables, score_rows
from tui_eval.analysis.question_scores import QuestionScores
from tui_eval.tables import Tables

Answers = Mapping[str, Mapping[str, Sequence[float | None]]]
"""Scores of questions by run and category; None: not answered."""


def scored(
    answers: Answers, groups: Mapping[str, str] | None = None, **columns: Any
) -> tuple[Tables, QuestionScores]:
    """Tables with the means of answers, and the answers.

    Args:
        answers: Of each run as many questions a category.
        groups: The group of categories that are in one.
        columns: Other columns of the tables of scores.
    """
    groups = groups or {}
    rows = [
        row
        for run, by_category in answers.items()
        for name, scores in by_category.items()
        for known in [[score for score in scores if score is not None]]
        for row in score_rows(
            {run: {name: float(np.mean(known))}},
            n=len(known),
            group=groups.get(name),
            **columns,
        )
    ]
    first = next(iter(answers.values()))
    sizes = [len(scores) for scores in first.values()]
    values = np.array(
        [[score for name in first for score in of[name]] for of in answers.values()], float
    ).T
    known = np.isfinite(values)
    return make_tables(rows), QuestionScores(
        runs=tuple(answers),
        categories=tuple(first),
        starts=np.concatenate([[0], np.cumsum(sizes)]).astype(np.int64),
        values=values,
        answers=known.astype(np.int64),
        clusters=None,
        binary=tuple(
            all(score in (0.0, 1.0, None) for of in answers.values() for score in of[name])
            for name in first
        ),
    )


def right(count: int, of: int, shift: int = 0) -> list[float | None]:
    """So many right answers, the questions of which begin at a place."""
    return [1.0 if (place - shift) % of < count else 0.0 for place in range(of)]
