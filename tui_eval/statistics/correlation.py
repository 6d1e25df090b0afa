"""Do two benchmarks put the models in the same order?"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import ArrayLike

from tui_eval.statistics.intervals import ALPHA, NOWHERE, Floats, Interval, normal_quantile

LEAST_MODELS = 5
"""Models below which no interval is given."""


def spearman(x: ArrayLike, y: ArrayLike) -> float:
    """Spearman's rho: Pearson's correlation of mid-ranks; NaN where one side is all equal."""
    return pearson(_mid_ranks(np.asarray(x, float)), _mid_ranks(np.asarray(y, float)))


def pearson(x: Floats, y: Floats) -> float:
    """Pearson's correlation; NaN where one side is all equal."""
    a, b = (side - side.mean() if len(side) else side for side in (x, y))
    scale = math.sqrt(float(a @ a) * float(b @ b))
    return max(-1.0, min(1.0, float(a @ b) / scale)) if scale else float("nan")


def tau_b(x: ArrayLike, y: ArrayLike) -> float:
    """Kendall's tau-b: pairs in the same order less pairs in the other, ties taken out."""
    a, b = (np.sign(side[:, None] - side) for side in (np.asarray(x, float), np.asarray(y, float)))
    scale = math.sqrt(float(np.sum(a * a)) * float(np.sum(b * b)))
    return float(np.sum(a * b)) / scale if scale else float("nan")


def spearman_interval(rho: float, models: int, alpha: float = ALPHA) -> Interval:
    """Bonett and Wright's (2000) interval of rho; nowhere below `LEAST_MODELS`.

    ``tanh(atanh(rho) ± z * sqrt((1 + rho² / 2) / (n - 3)))``; a rho of ±1 is its own interval.
    """
    if models < LEAST_MODELS or math.isnan(rho):
        return NOWHERE
    if abs(rho) >= 1:
        return Interval(rho, rho)
    half = normal_quantile(alpha) * math.sqrt((1 + rho**2 / 2) / (models - 3))
    return Interval(math.tanh(math.atanh(rho) - half), math.tanh(math.atanh(rho) + half))


def _mid_ranks(values: Floats) -> Floats:
    """Ranks from 1, equal values sharing the middle of theirs."""
    _, places, counts = np.unique(values, return_inverse=True, return_counts=True)
    last = np.cumsum(counts)
    return (last - (counts - 1) / 2)[places]
