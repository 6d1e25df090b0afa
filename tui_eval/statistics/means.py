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
    numbers = numbered(clusters)
    count = np.count_nonzero(np.bincount(numbers))
    if count < 2:
        return float("nan")
    sums = np.bincount(numbers, weights=values - values.mean())
    return float(np.sqrt(count / (count - 1) * np.sum(sums**2)) / len(values))


def numbered(clusters: Sequence[object] | np.ndarray) -> np.ndarray:
    """Clusters as whole numbers from 0 on; those that are such numbers stay."""
    some = np.asarray(clusters)
    if some.dtype.kind in "iu" and (not len(some) or 0 <= some.min() <= some.max() <= 10**8):
        return some
    return np.unique(some, return_inverse=True)[1]


def stderr_of(values: Floats, clusters: np.ndarray | None) -> float:
    """`mean_stderr`, or `clustered_stderr` where that is larger; 0 where all are equal.

    Clusters whose questions go against each other make it smaller, which would promise too much.
    """
    stderr = mean_stderr(values)
    if clusters is not None:
        stderr = float(np.maximum(stderr, clustered_stderr(values, clusters)))
    if np.isfinite(stderr) and np.ptp(values) <= _NOISE * np.max(np.abs(values)):
        return 0.0
    return stderr


class Parts(NamedTuple):
    """Means of the parts of a dataset, an element a part; NaN where there is none.

    Attributes:
        n: Values.
        means: Of them.
        stderrs: Of the means, as `stderr_of` has them.
        clusters: How many clusters the values are in; without clusters ``n``.
    """

    n: np.ndarray
    means: Floats
    stderrs: Floats
    clusters: np.ndarray


def by_part(
    values: Floats, parts: np.ndarray, count: int, cells: np.ndarray | None = None
) -> Parts:
    """`stderr_of` of many parts at once.

    Args:
        values: Of all parts, no NaN.
        parts: Of which part each is, from 0 to ``count - 1``.
        count: How many parts there are.
        cells: In which cluster of its part each is: equal only in one part; None: alone.
    """
    n = np.bincount(parts, minlength=count)
    with np.errstate(divide="ignore", invalid="ignore"):
        means = np.bincount(parts, values, count) / n
        rest = values - means[parts]
        stderrs = np.sqrt(np.bincount(parts, rest**2, count) / (n - 1) / n)
        stderrs = np.where(n > 1, stderrs, np.nan)
        found = n
        if cells is not None:
            sums = np.bincount(cells, rest)
            part_of = np.zeros(len(sums), np.int64)
            part_of[cells] = parts
            is_there = np.bincount(cells) > 0
            found = np.bincount(part_of[is_there], minlength=count)
            squares = np.bincount(part_of[is_there], sums[is_there] ** 2, count)
            clustered = np.sqrt(found / (found - 1) * squares) / n
            stderrs = np.where(found > 1, np.fmax(stderrs, clustered), np.nan)
    largest = np.zeros(count)
    np.maximum.at(largest, parts, np.abs(values))
    return Parts(n, means, np.where(stderrs <= _NOISE * largest, 0.0, stderrs), found)


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
