"""Do two judges say the same of the same answers?"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from tui_eval.statistics.intervals import ALPHA, NOWHERE, Floats, Interval, normal_quantile


class Agreement(NamedTuple):
    """How often two judges say the same, and how much of that is more than chance.

    Attributes:
        share: Part of the answers on which they agree, 0-1.
        kappa: Cohen's (1960): ``(share - chance) / (1 - chance)``; NaN where chance is all.
        interval: Of kappa, with the large-sample variance of Fleiss, Cohen and Everitt (1969).
    """

    share: float
    kappa: float
    interval: Interval


def agreement(first: ArrayLike, second: ArrayLike, alpha: float = ALPHA) -> Agreement:
    """Agreement of two judges who put each answer under a name.

    Args:
        first: Names or numbers of the first judge, one an answer.
        second: Those of the second, of the same answers in the same order; at least one.
        alpha: How often the interval may miss.
    """
    names, places = np.unique(np.concatenate([first, second]), return_inverse=True)
    one, other = places.reshape(2, -1)
    table = np.bincount(one * len(names) + other, minlength=len(names) ** 2)
    return table_agreement(table.reshape(len(names), -1), alpha)


def table_agreement(counts: ArrayLike, alpha: float = ALPHA) -> Agreement:
    """The same of a square table: answers by the first judge's name (row) and the second's."""
    table = np.asarray(counts, float)
    n = table.sum()
    cells = table / n
    rows, columns = cells.sum(axis=1), cells.sum(axis=0)
    share, chance = float(np.trace(cells)), float(rows @ columns)
    if math.isclose(chance, 1):
        return Agreement(share, float("nan"), NOWHERE)
    kappa = (share - chance) / (1 - chance)
    on = np.diag(cells) @ (1 - (rows + columns) * (1 - kappa)) ** 2
    crossed = cells * (columns[:, None] + rows[None, :]) ** 2
    off = (1 - kappa) ** 2 * (crossed.sum() - np.trace(crossed))
    variance = (on + off - (kappa - chance * (1 - kappa)) ** 2) / (1 - chance) ** 2 / n
    half = normal_quantile(alpha) * math.sqrt(max(float(variance), 0.0))
    return Agreement(share, kappa, Interval(kappa - half, kappa + half))


def quadratic_kappa(first: Floats, second: Floats) -> float:
    """Cohen's kappa with quadratic weights (1968), of scores on a scale.

    ``1 - mean((x - y)²) / mean over all pairs of (x - y)²``: the nearer two scores, the less they
    differ. NaN where all scores of both are the same.
    """
    by_chance = first.var() + second.var() + (first.mean() - second.mean()) ** 2
    if by_chance == 0:
        return float("nan")
    return 1 - float(np.mean((first - second) ** 2) / by_chance)
