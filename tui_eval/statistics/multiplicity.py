"""Many comparisons at once: p-values made larger, so that chance alone does not find something."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import ArrayLike

from tui_eval.statistics.intervals import Floats


def holm(p_values: ArrayLike) -> Floats:
    """p-values adjusted by Holm (1979): the chance of any false alarm among them.

    Step down, ``p * (m - i + 1)`` with a running maximum. NaN stays NaN and does not count.
    """
    return _adjusted(p_values, _step_down)


def benjamini_hochberg(p_values: ArrayLike) -> Floats:
    """q-values by Benjamini and Hochberg (1995): the share of false alarms among what is flagged.

    Step up, ``p * m / i`` with a running minimum from the top. NaN stays NaN and does not count.
    """
    return _adjusted(p_values, _step_up)


def _step_down(ordered: Floats) -> Floats:
    count = len(ordered)
    return np.maximum.accumulate(ordered * np.arange(count, 0, -1))


def _step_up(ordered: Floats) -> Floats:
    count = len(ordered)
    return np.minimum.accumulate((ordered * count / np.arange(1, count + 1))[::-1])[::-1]


def _adjusted(p_values: ArrayLike, step: Callable[[Floats], Floats]) -> Floats:
    p = np.asarray(p_values, float)
    adjusted = np.full(p.shape, np.nan)
    known = np.flatnonzero(~np.isnan(p))
    order = known[np.argsort(p[known], kind="stable")]
    adjusted[order] = np.minimum(step(p[order]), 1.0)
    return adjusted
