"""Several answers to each question: pass@k, pass^k, maj@k, and how steady a model is."""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from tui_eval.statistics.intervals import Floats


class Steadiness(NamedTuple):
    """Shares of the questions, 0-1: right in every attempt, in some, in none."""

    always: float
    flaky: float
    never: float


def pass_at_k(n: ArrayLike, c: ArrayLike, k: int) -> Floats:
    """Chance that one of ``k`` attempts is right: ``1 - C(n-c, k) / C(n, k)`` (Chen et al. 2021).

    Args:
        n: Attempts at each question.
        c: How many of them are right.
        k: Attempts that are drawn.

    Returns:
        One a question; NaN where there are fewer than ``k`` attempts.
    """
    attempts, right = _counts(n, c)
    return np.where(attempts >= k, 1 - _all_among(attempts - right, attempts, k), np.nan)


def pass_hat_k(n: ArrayLike, c: ArrayLike, k: int) -> Floats:
    """Chance that all of ``k`` attempts are right: ``C(c, k) / C(n, k)`` (tau-bench)."""
    attempts, right = _counts(n, c)
    return np.where(attempts >= k, _all_among(right, attempts, k), np.nan)


def steadiness(n: ArrayLike, c: ArrayLike) -> Steadiness | None:
    """Shares of questions that are always, sometimes and never right; None without questions."""
    attempts, right = _counts(n, c)
    if not len(attempts):
        return None
    always = float(np.mean(right == attempts))
    never = float(np.mean(right == 0))
    return Steadiness(always, float(np.mean((right > 0) & (right < attempts))), never)


def majority(answers: Sequence[Hashable], k: int) -> Hashable:
    """The most common of the first ``k`` answers, the first seen of equally common ones.

    EvalScope's ``vote_at_k`` and lm-eval's ``majority_vote`` break ties so.
    """
    return Counter(answers[:k]).most_common(1)[0][0]


def _counts(n: ArrayLike, c: ArrayLike) -> tuple[Floats, Floats]:
    attempts, right = np.broadcast_arrays(np.asarray(n, float), np.asarray(c, float))
    return np.atleast_1d(attempts), np.atleast_1d(right)


def _all_among(some: Floats, every: Floats, k: int) -> Floats:
    """Chance that ``k`` drawn without replacement of ``every`` are all among ``some``."""
    steps = np.arange(k)[:, None]
    with np.errstate(divide="ignore", invalid="ignore"):
        chances: Floats = np.prod(np.clip(some - steps, 0, None) / (every - steps), axis=0)
    return chances
