"""Two models on the same questions: what was fixed, what broke, and whether that is chance."""

from __future__ import annotations

import math
from functools import cache
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from tui_eval.statistics.intervals import ALPHA, Floats, Interval, wilson

EXACT_FLIPS = 16
"""Questions up to which every pattern of signs is counted instead of drawn."""

DRAWN_FLIPS = 10_000
SEED = 20240229
"""Of the drawn patterns: the same p every time."""


class Counts(NamedTuple):
    """Questions by who is right: both, only the baseline, only the candidate, neither."""

    both: int
    broken: int
    fixed: int
    neither: int

    @property
    def n(self) -> int:
        """All questions."""
        return sum(self)


def count(baseline: Floats, candidate: Floats) -> Counts:
    """Counts of scores that are 0 or 1, question by question."""
    a, b = baseline > 0, candidate > 0
    pairs = ((a & b), (a & ~b), (~a & b), (~a & ~b))
    return Counts(*(int(np.count_nonzero(pair)) for pair in pairs))


def mcnemar_exact(counts: Counts) -> float:
    """Exact McNemar test: ``2 P(X <= min)``, X binomial with one half; 1 at most."""
    least, flipped = min(counts.broken, counts.fixed), counts.broken + counts.fixed
    return min(1.0, 2 * _binomial_cdf(least, flipped))


def mcnemar_mid_p(counts: Counts) -> float:
    """McNemar's mid-p: ``2 P(X <= min) - P(X = min)``; 1 where as many broke as were fixed.

    The exact test is too careful (2 % false alarms where 5 % are allowed), this one is not
    (Fagerland, Lydersen and Laake 2013).
    """
    return float(mid_p(np.array(counts.broken), np.array(counts.fixed)))


def mid_p(broken: ArrayLike, fixed: ArrayLike) -> Floats:
    """`mcnemar_mid_p` of many pairs, element by element."""
    from scipy.special import bdtr

    b, c = np.asarray(broken, float), np.asarray(fixed, float)
    least, flipped = np.minimum(b, c), (b + c).astype(np.int64)
    below = np.where(least > 0, bdtr(np.maximum(least - 1, 0), flipped, 0.5), 0.0)
    return np.where(b == c, 1.0, bdtr(least, flipped, 0.5) + below)


def _binomial_cdf(most: int, trials: int) -> float:
    """P(X <= most) of a binomial with one half."""
    if most < 0:
        return 0.0
    from scipy.special import bdtr

    return float(bdtr(float(most), trials, 0.5))


def newcombe(counts: Counts, alpha: float = ALPHA, worth: float | None = None) -> Interval:
    """Newcombe's (1998) interval 10 of the candidate's share less the baseline's.

    Wilson's intervals of both, put together with their correlation. Unlike ± 1.96 standard errors
    it has a width where nothing flipped.

    ``worth``: independent questions that tell as much; None: all of them.
    """
    n = counts.n
    shares = np.array([counts.both + counts.fixed, counts.both + counts.broken]) / n
    lows, highs = wilson(shares, n if worth is None else worth, alpha)
    below, above = shares - lows, highs - shares
    phi = _correlation(counts)

    def reach(down: float, up: float) -> float:
        return math.sqrt(max(0.0, down**2 - 2 * phi * down * up + up**2))

    difference = float(shares[0] - shares[1])
    low = difference - reach(float(below[0]), float(above[1]))
    return Interval(low, difference + reach(float(above[0]), float(below[1])))


def correlation(counts: Counts) -> float:
    """Of the scores, question by question; NaN where one side is all right or all wrong."""
    right_a, right_b = counts.both + counts.broken, counts.both + counts.fixed
    margins = right_a * (counts.n - right_a) * right_b * (counts.n - right_b)
    if not margins:
        return math.nan
    return (counts.both * counts.neither - counts.broken * counts.fixed) / math.sqrt(margins)


def _correlation(counts: Counts) -> float:
    """Newcombe's phi, its numerator made smaller where it is positive."""
    right_a, wrong_a = counts.both + counts.broken, counts.fixed + counts.neither
    right_b, wrong_b = counts.both + counts.fixed, counts.broken + counts.neither
    margins = right_a * wrong_a * right_b * wrong_b
    if not margins:
        return 0.0
    product = float(counts.both * counts.neither - counts.broken * counts.fixed)
    if product > 0:
        product = max(product - counts.n / 2, 0.0)
    return product / math.sqrt(margins)


def sign_flip_p(differences: Floats) -> float:
    """P of a mean difference when each difference could as well have the other sign.

    All patterns are counted up to `EXACT_FLIPS` differences that are not 0 (on scores of 0 and 1
    that is the exact McNemar test), of more `DRAWN_FLIPS` are drawn.
    """
    moved = differences[differences != 0]
    if not len(moved):
        return 1.0
    least = abs(moved.sum()) * (1 - 1e-12)
    sums = np.abs(_signs(len(moved)) @ moved)
    if len(moved) <= EXACT_FLIPS:
        return float(np.mean(sums >= least))
    return (1 + int(np.count_nonzero(sums >= least))) / (DRAWN_FLIPS + 1)


@cache
def _signs(n: int) -> np.ndarray:
    """Patterns of n signs, one a row: the same for every test, and slower to make than to use."""
    if n <= EXACT_FLIPS:
        ones = (np.arange(2**n)[:, None] >> np.arange(n)) & 1
    else:
        ones = np.random.default_rng(SEED).integers(0, 2, (DRAWN_FLIPS, n))
    return (ones * 2 - 1).astype(np.int8)


def t_p(mean: float, stderr: float, freedom: float) -> float:
    """Two-sided p of Student's t; 1 where all differences are 0, 0 where all are the same other."""
    from scipy.special import stdtr

    if stderr == 0:
        return 1.0 if mean == 0 else 0.0
    return float(2 * stdtr(freedom, -abs(mean / stderr)))


def z_p(difference: float, stderr: float) -> float:
    """Two-sided p of a normal difference (lm-eval's ``model_comparator.py``)."""
    from scipy.special import ndtr

    if stderr == 0:
        return 1.0 if difference == 0 else 0.0
    return float(2 * ndtr(-abs(difference / stderr)))
