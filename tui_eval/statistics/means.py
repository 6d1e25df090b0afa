"""Standard errors: of means of questions, alone or in clusters, and of averages of averages."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from tui_eval.statistics.intervals import Floats

_NOISE = 1e-12
"""Part of a number that adding and taking away leaves over."""


class Mean(NamedTuple):
    """A mean and its standard error; NaN where there is none."""

    value: float
    stderr: float


def mean_stderr(values: Floats) -> float:
    """Standard error of a mean: sd (ddof 1) over the root of n; NaN below two values."""
    if len(values) < 2:
        return float("nan")
    return float(np.std(values, ddof=1) / np.sqrt(len(values)))


def clustered_stderr(values: Floats, clusters: Sequence[object] | np.ndarray) -> float:
    """Standard error of a mean whose values stand or fall together in clusters (CR1).

    ``sqrt(C / (C - 1) * sum over clusters of (sum of residuals)²) / n``: what statsmodels gives for
    ``OLS(y, 1)`` with cluster-robust errors, and inspect_ai. NaN below two clusters.
    """
    _, numbers = np.unique(np.asarray(clusters), return_inverse=True)
    count = int(numbers.max(initial=-1)) + 1
    if count < 2:
        return float("nan")
    sums = np.bincount(numbers, weights=values - values.mean())
    return float(np.sqrt(count / (count - 1) * np.sum(sums**2)) / len(values))


def stderr_of(values: Floats, clusters: np.ndarray | None) -> float:
    """`mean_stderr`, or `clustered_stderr` where that is larger; 0 where all are equal.

    Clusters whose questions go against each other make it smaller, which would promise too much.
    """
    stderr = mean_stderr(values)
    if clusters is not None:
        stderr = max(stderr, clustered_stderr(values, clusters))
    if np.isfinite(stderr) and np.ptp(values) <= _NOISE * np.max(np.abs(values)):
        return 0.0
    return stderr


def micro_mean(values: Floats, stderrs: Floats, sizes: Floats) -> Mean:
    """The mean over all questions, pooled: datasets count as many times as they have questions."""
    total = float(np.sum(sizes))
    if not total > 0:
        return Mean(float("nan"), float("nan"))
    stderr = np.sqrt(np.sum((sizes * stderrs) ** 2)) / total
    return Mean(float(np.sum(sizes * values) / total), float(stderr))


def macro_mean(values: Floats, stderrs: Floats) -> Mean:
    """The mean of the means, each dataset equal.

    lm-eval prints the pooled formula of `micro_mean` for ``weight_by_size: false`` too: too small.
    """
    count = len(values)
    if not count:
        return Mean(float("nan"), float("nan"))
    return Mean(float(np.mean(values)), float(np.sqrt(np.sum(stderrs**2)) / count))
