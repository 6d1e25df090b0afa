"""Saved answers of runs as pairs for a judge: the same question, two models."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

import polars as pl

from tui_eval.judging.games import Pair, Side
from tui_eval.loading.passes import Samples
from tui_eval.loading.texts import read_found
from tui_eval.records import Answer, Run

_KEY = ("category", "sample")


class Unpaired(NamedTuple):
    """A question of which no pair can be made, and why, in words."""

    sample: str
    reason: str


def shared_questions(rows: pl.DataFrame, baseline: str, candidate: str) -> pl.DataFrame:
    """The questions that two runs both answered, in the order of the baseline.

    Args:
        rows: Schema `tables.SAMPLES`.
        baseline: Key of a run.
        candidate: Key of another one.

    Returns:
        ``category, sample``, and of each run's first attempt ``file, place, item``, those of the
        candidate with ``_right``.
    """
    where = ("file", "place", "item")
    own, other = (
        rows.filter(run=run)
        .sort("attempt", maintain_order=True)
        .unique(_KEY, keep="first", maintain_order=True)
        .select(*_KEY, *where)
        for run in (baseline, candidate)
    )
    return own.join(other, on=_KEY, nulls_equal=True, maintain_order="left")


def pairs(
    runs: Mapping[str, Run],
    labels: Mapping[str, str],
    samples: Samples,
    questions: pl.DataFrame,
    sides: tuple[str, str],
    dataset: str,
) -> Iterator[Pair | Unpaired]:
    """The texts of questions and of both answers.

    Args:
        runs: By key.
        labels: How they are shown.
        samples: Where the answers were found.
        questions: What `shared_questions` gives.
        sides: Keys of the baseline and of the candidate.
        dataset: Its name.
    """
    baseline, candidate = sides
    for row in questions.iter_rows(named=True):
        right = {name: row[f"{name}_right"] for name in ("file", "place", "item")}
        told, first = _read(runs, samples, {**row, "run": baseline})
        other, second = _read(runs, samples, {**row, **right, "run": candidate})
        if first or second:
            yield Unpaired(row["sample"], first or second)
            continue
        texts = (told.response or "", other.response or "")
        yield Pair(
            dataset,
            row["category"],
            row["sample"],
            question_text(told),
            Side(labels[candidate], texts[1]),
            Side(labels[baseline], texts[0]),
        )


def question_text(answer: Answer) -> str:
    """What was asked, as a judge sees it; a conversation has who said what."""
    asked: Sequence[Any] = [part for part in answer.prompt if part.role != "system"]
    if len(asked) == 1:
        return str(asked[0].text)
    return "\n\n".join(f"[{part.role}]\n{part.text}" for part in asked)


def _read(runs: Mapping[str, Run], samples: Samples, row: Mapping[str, Any]) -> tuple[Answer, str]:
    answer, error = read_found(runs, samples.states, {**row, "status": ""})
    if answer is None:
        return Answer(), error or ""
    if answer.response is None:
        return answer, "the model rated options and wrote nothing"
    if not answer.prompt:
        return answer, "the file does not keep the question"
    return answer, ""
