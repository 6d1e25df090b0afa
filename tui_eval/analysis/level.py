"""Which runs cannot be told from the best of a row, and which pairs of runs can be told apart."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np
import polars as pl

from tui_eval.analysis.compare import Evidence
from tui_eval.analysis.view import TOLERANCE
from tui_eval.statistics import multiplicity, paired
from tui_eval.statistics.routing import LEAST_PAIRS

LEVEL = pl.Schema(
    {
        "part": pl.String(),  # as in `score_intervals`
        "category": pl.String(),
        "run": pl.String(),
        "p": pl.Float64(),  # after Holm over the runs of the row
        "paired": pl.Boolean(),  # tested on the questions of both; else on totals only
    }
)
"""A run that the data cannot tell from the best of its row."""

PAIRS = pl.Schema(
    {
        "run_a": pl.String(),
        "run_b": pl.String(),
        "delta": pl.Float64(),  # b less a
        "low": pl.Float64(),
        "high": pl.Float64(),
        "p": pl.Float64(),
        "q": pl.Float64(),  # p after Holm over all pairs
        "method": pl.String(),
        "n": pl.Int64(),  # questions of both; null: totals only
        "verdict": pl.String(),  # of b, by the interval
    }
)
"""One row a pair of runs on the whole dataset, raw scale."""


def level_with_best(evidence: Evidence, *, higher_is_better: bool = True) -> pl.DataFrame:
    """Runs that are level with the best of their row: schema `LEVEL`.

    Of every row of `Evidence.intervals` with two runs or more the best run is compared with each
    other one, p adjusted by Holm over them: level is what is not significant at alpha. What cannot
    be tested is not in it, and neither are the best themselves.
    """
    found: list[tuple[object, ...]] = []
    if evidence.scores is None and not evidence.intervals["stderr"].count():
        return pl.DataFrame(found, LEVEL, orient="row")  # nothing can be tested
    for (part, category), values in _by_row(evidence.intervals).items():
        best = _best(values, higher_is_better=higher_is_better)
        others = [run for run in values if abs(values[run] - values[best]) > TOLERANCE]
        if others:
            tests = _against(evidence, best, others, part, category)
            p = multiplicity.holm([test.p for test in tests])
            found += [
                (part, category, run, float(one), test.is_paired)
                for run, one, test in zip(others, p, tests, strict=True)
                if one >= evidence.tests.alpha
            ]
    return pl.DataFrame(found, LEVEL, orient="row")


def _by_row(intervals: pl.DataFrame) -> dict[tuple[str, str | None], dict[str, float]]:
    rows: dict[tuple[str, str | None], dict[str, float]] = {}
    known = intervals.drop_nulls("value").select("part", "category", "run", "value")
    for part, category, run, value in known.iter_rows():
        rows.setdefault((part, category), {})[run] = value
    return {key: values for key, values in rows.items() if len(values) > 1}


def _best(values: Mapping[str, float], *, higher_is_better: bool) -> str:
    choose = max if higher_is_better else min
    return choose(values, key=lambda run: values[run])


class _Test(NamedTuple):
    """A run against the best of its row: p (NaN: it cannot be tested), and how it was tested."""

    p: float
    is_paired: bool


def _against(
    evidence: Evidence, best: str, others: Sequence[str], part: str, category: str | None
) -> list[_Test]:
    if part == "category" and category is not None:
        counted = _counted(evidence, best, others, category)
        if counted is not None:
            return [_Test(p, is_paired=True) for p in counted]
        pairs = [evidence.category(best, run, category) for run in others]
    elif part == "group" and category is not None:
        pairs = [evidence.group(best, run, category) for run in others]
    elif part in ("own", "common"):
        pairs = [evidence.mean(best, run) for run in others]
    elif part == "reported":
        pairs = [evidence.reported(best, run) for run in others]
    else:
        pairs = [evidence.whole(best, run) for run in others]
    return [
        _Test(math.nan if pair.found.p is None else pair.found.p, pair.found.is_paired)
        for pair in pairs
    ]


def _counted(
    evidence: Evidence, best: str, others: Sequence[str], category: str
) -> list[float] | None:
    """The same for right and wrong answers, all runs at once; None: they are not all so."""
    scores = evidence.scores
    if scores is None or not evidence.has_answers((best, *others), [category]):
        return None
    is_plain = all(scores.is_plain(run, category) for run in (best, *others))
    if not is_plain or scores.clusters_of(category) is not None:
        return None
    base = scores.of(best, category)[:, None]
    some = np.stack([scores.of(run, category) for run in others], axis=1)
    known = np.isfinite(base) & np.isfinite(some)
    fixed = np.sum(known & (some > base), axis=0)
    broken = np.sum(known & (some < base), axis=0)
    p = np.where(known.sum(axis=0) < LEAST_PAIRS, np.nan, paired.mid_p(broken, fixed))
    return [float(one) for one in p]


def pair_grid(evidence: Evidence, runs: Sequence[str]) -> pl.DataFrame:
    """Every pair of runs on the whole dataset: schema `PAIRS`."""
    pairs = [(a, b) for place, a in enumerate(runs) for b in runs[place + 1 :]]
    found = [evidence.whole(a, b).found for a, b in pairs]
    p = [math.nan if one.p is None else one.p for one in found]
    rows = [
        (*names, one.delta, *one.interval, one.p, adjusted, one.method, one.n, one.verdict)
        for names, one, adjusted in zip(pairs, found, multiplicity.holm(p), strict=True)
    ]
    return pl.DataFrame(rows, PAIRS, orient="row").with_columns(pl.col(pl.Float64).fill_nan(None))
