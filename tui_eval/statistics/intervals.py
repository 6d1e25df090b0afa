"""Intervals around one number: Wilson for shares, Student's t for means."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]

ALPHA = 0.05
"""How often an interval may miss what it is to cover."""


class Interval(NamedTuple):
    """Where the true value plausibly is; NaN ends where nothing can be said."""

    low: float
    high: float


NOWHERE = Interval(float("nan"), float("nan"))


def normal_quantile(alpha: float = ALPHA) -> float:
    """How many standard errors a two-sided normal interval reaches: 1.96 for 0.05."""
    from scipy.special import ndtri

    return float(ndtri(1 - alpha / 2))


def wilson(share: ArrayLike, n: ArrayLike, alpha: float = ALPHA) -> tuple[Floats, Floats]:
    """Wilson's score interval of shares (Wilson 1927), element by element.

    Args:
        share: Part that is right, 0-1.
        n: Answers that are independent, also a broken number (an effective n).
        alpha: How often it may miss.

    Returns:
        Low and high ends, in [0, 1]; NaN where ``n`` is not above 0 or the share is NaN.
    """
    p, size = np.broadcast_arrays(np.asarray(share, float), np.asarray(n, float))
    z = normal_quantile(alpha)
    with np.errstate(divide="ignore", invalid="ignore"):
        spread = 1 + z**2 / size
        centre = (p + z**2 / (2 * size)) / spread
        half = z / spread * np.sqrt(p * (1 - p) / size + z**2 / (4 * size**2))
    is_known = (size > 0) & np.isfinite(p)
    low = np.where(is_known, np.where(p == 0, 0.0, centre - half), np.nan)
    high = np.where(is_known, np.where(p == 1, 1.0, centre + half), np.nan)
    return low, high


def t_interval(mean: float, stderr: float, freedom: float, alpha: float = ALPHA) -> Interval:
    """``mean ± t * stderr`` with ``freedom`` degrees of freedom; nowhere below one of them."""
    if not freedom >= 1 or not np.isfinite(stderr):
        return NOWHERE
    from scipy.special import stdtrit

    half = float(stdtrit(freedom, 1 - alpha / 2)) * stderr
    return Interval(mean - half, mean + half)


def normal_interval(mean: float, stderr: float, alpha: float = ALPHA) -> Interval:
    """``mean ± z * stderr``: where only a standard error is known, not of how many it is."""
    if not np.isfinite(stderr):
        return NOWHERE
    half = normal_quantile(alpha) * stderr
    return Interval(mean - half, mean + half)
