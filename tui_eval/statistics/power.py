"""What could be seen: the smallest gap, and how many questions a gap needs (Miller 2024)."""

from __future__ import annotations

import math

import numpy as np

from tui_eval.statistics.intervals import ALPHA

POWER = 0.8
"""How often a real gap of the size that is named would be found."""


def _reach(alpha: float, power: float) -> float:
    from scipy.special import ndtri

    return float(ndtri(1 - alpha / 2) + ndtri(power))


def visible_gap(stderr: float, alpha: float = ALPHA, power: float = POWER) -> float:
    """The smallest true gap that would mostly be found: 2.80 standard errors of the difference."""
    return _reach(alpha, power) * stderr


def questions_needed(
    spread: float, gap: float, alpha: float = ALPHA, power: float = POWER
) -> int | None:
    """How many questions it takes to find a gap.

    Args:
        spread: Standard deviation of the differences, question by question.
        gap: The true gap, in the same unit.
        alpha: Share of false alarms.
        power: How often the gap is to be found.

    Returns:
        Whole questions; None where there is no spread or no gap to go by, or no number is enough.
    """
    if not (np.isfinite(spread) and spread > 0 and gap > 0):
        return None
    needed = (_reach(alpha, power) * spread / gap) ** 2
    return math.ceil(needed) if math.isfinite(needed) else None


def planned_spread(
    between: float, within_a: float = 0.0, within_b: float = 0.0, k_a: float = 1, k_b: float = 1
) -> float:
    """Standard deviation of a difference when each question is asked ``k`` times.

    Args:
        between: Variance of the true differences over questions (Miller's ω²).
        within_a: Mean variance of a's answers to the same question.
        within_b: The same of b.
        k_a: Answers of a to each question.
        k_b: Answers of b to each question.
    """
    return math.sqrt(between + within_a / k_a + within_b / k_b)
