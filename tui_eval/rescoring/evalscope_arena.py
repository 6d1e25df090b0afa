"""EvalScope's arena: the win rate, bounds and Elo of a model against the baseline, as it has them.

EvalScope fits a logistic regression to the games of two models; with two there is a closed form. It
counts a strong verdict as three games, a tie as half a win of each, and what it could not read as
none, and draws its bounds from games, not from questions: they are narrower than they should be.
Versions from 1.12 on draw with the task's seed (`SEED`), a generator a pair; earlier ones without.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from typing import NamedTuple

SEED = 42
"""Of a task that names none."""

ROUNDS = 100
"""Resamples behind the bounds."""

STRONG = 3
"""Games that a strong verdict counts for."""

ALONE = 400.0
"""Points by which a model leads that won every game: so it has 10 of 11, not all."""

BASELINE = 1000.0
"""Elo of the baseline."""


class Standing(NamedTuple):
    """A model against the baseline.

    Attributes:
        win_rate: Share of games that it is expected to win, 0-1, rounded as EvalScope writes it.
        low: Lower bound, 95 %.
        high: Upper bound.
        elo: Its Elo; that of the baseline is `BASELINE` unless a model won every game.
        games: How many games count, a strong verdict as three.
    """

    win_rate: float
    low: float
    high: float
    elo: float
    games: int


def expanded(games: Iterable[tuple[float | None, bool]]) -> list[float]:
    """Games as EvalScope counts them: 1 the model won, 0 the baseline, 0.5 a tie.

    Args:
        games: In the order of its review file: who won, None where no verdict was read, and
            whether the verdict was strong.
    """
    found: list[float] = []
    for points, is_strong in games:
        if points is not None:
            found.extend([points] * (STRONG if is_strong and points != 0.5 else 1))
    return found


def standing(games: Sequence[float], seed: int = SEED) -> Standing | None:
    """What EvalScope reports of a pair of models; None without any game.

    Args:
        games: As `expanded` gives them: their order matters to the bounds.
        seed: Of its generator.
    """
    import numpy as np

    if not games:
        return None
    points = np.asarray(games, float)
    own, baseline = _elo(*_counts(points))
    generator = np.random.default_rng(seed)
    count = len(points)
    drawn = [_elo(*_counts(points[generator.choice(count, size=count)])) for _ in range(ROUNDS)]
    ends = np.percentile(np.array(drawn), [2.5, 97.5], axis=0)  # each model's by itself
    (low, low_baseline), (high, high_baseline) = ends.tolist()
    return Standing(
        _win_rate(own, baseline),
        _win_rate(low, low_baseline),
        _win_rate(high, high_baseline),
        own,
        count,
    )


def _counts(points: object) -> tuple[int, int, int]:
    """Wins, ties and losses."""
    import numpy as np

    taken = np.asarray(points)
    wins, ties = int((taken == 1).sum()), int((taken == 0.5).sum())
    return wins, ties, taken.size - wins - ties


def _elo(wins: int, ties: int, losses: int) -> tuple[float, float]:
    """Elo of the model and of the baseline."""
    if not ties and not losses:
        return BASELINE + ALONE, BASELINE
    if not ties and not wins:
        return BASELINE, BASELINE + ALONE
    share = (2 * wins + ties) / (2 * (wins + ties + losses))
    return BASELINE + 400 * math.log10(share / (1 - share)), BASELINE


def _win_rate(own: float, baseline: float) -> float:
    return round(1 / (1 + 10 ** ((baseline - own) / 400)), 4)
