"""Ratings of models that met in battles: Bradley–Terry, and what has no rating.

The model: i beats j with the chance ``1 / (1 + exp(theta_j - theta_i))``; a tie is half a win of
each. A finite rating exists only among models each of which won or tied, directly or through
others, against each other one (Zermelo 1929, Ford 1957): `tables_of` divides the models into such
groups first. Libraries print confident numbers where there is no such path.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from tui_eval.statistics.intervals import ALPHA, Floats, normal_quantile

Numbers = NDArray[np.int64]

POINTS = 400 / math.log(10)
"""Points of a rating for one unit of log-odds: 400 more is ten to one."""

CENTRE = 1000.0
"""The mean of the ratings of models that are rated together: only gaps mean something."""

_MOST_STEPS = 100
_CLOSE = 1e-10  # log-odds: beyond it steps are noise
_NOISE = 1e-9  # part of a likelihood that is rounding
_CELLS = 1 << 22  # sums of clusters and models that are held at once


@dataclass(frozen=True, eq=False)
class Battles:
    """Battles as numbers, an element a battle.

    Attributes:
        first: Number of the model whose points ``points`` are, from 0.
        second: Number of the other one, never the same.
        points: 1 where the first won, 0 where it lost, 0.5 a tie; anything between counts so much.
        clusters: Number of the question that each is on, from 0: battles on one question stand or
            fall together. None: each is on its own.
        models: How many models there are.
    """

    first: Numbers
    second: Numbers
    points: Floats
    models: int
    clusters: Numbers | None = None

    def only(self, kept: NDArray[np.bool_]) -> Battles:
        """Some of them; models keep their numbers."""
        clusters = None if self.clusters is None else self.clusters[kept]
        return Battles(
            self.first[kept], self.second[kept], self.points[kept], self.models, clusters
        )


class Counts(NamedTuple):
    """What pairs of models did, a row a model, a column the one that it met.

    Attributes:
        battles: How often they met: symmetric.
        points: What the row took of the column.
        squares: Sums of the squares of these.
    """

    battles: Floats
    points: Floats
    squares: Floats


class Record(NamedTuple):
    """Battles of each model, an element a model: more than half a point is a win."""

    wins: Numbers
    losses: Numbers
    ties: Numbers


def counted(battles: Battles) -> Counts:
    """The battles of each pair of models, both ways round."""
    size = battles.models
    cell = battles.first * size + battles.second

    def sums(weights: Floats | None) -> Floats:
        found = np.bincount(cell, weights, minlength=size * size)
        return found.reshape(size, size).astype(float)

    met, points, squares = sums(None), sums(battles.points), sums(battles.points**2)
    return Counts(
        met + met.T,
        points + (met - points).T,
        squares + (met - 2 * points + squares).T,
    )


def recorded(battles: Battles) -> Record:
    """Wins, losses and ties of each model."""

    def times(models: Numbers, which: NDArray[np.bool_]) -> Numbers:
        return np.bincount(models[which], minlength=battles.models)

    won, lost = battles.points > 0.5, battles.points < 0.5
    tied = ~won & ~lost & ~np.isnan(battles.points)
    first, second = battles.first, battles.second
    return Record(
        times(first, won) + times(second, lost),
        times(first, lost) + times(second, won),
        times(first, tied) + times(second, tied),
    )


class Group(NamedTuple):
    """Models that can be rated together.

    Attributes:
        models: Their numbers.
        component: Number of the models that met, directly or through others, from 0.
        level: Place among the groups of a component, from 0: none of a later group ever took a
            point from one of an earlier group.
    """

    models: Numbers
    component: int
    level: int


def groups_of(points: Floats) -> list[Group]:
    """Which models can be rated together: all others in a table of their own.

    Models of different components never met, directly or through others, so that nothing compares
    them. In a component a group of one model is undefeated, or never took a point, among those that
    are left when the groups beside it are taken away.

    Args:
        points: As `Counts` has them.
    """
    from scipy.sparse.csgraph import connected_components

    met = (points > 0) | (points.T > 0)
    components = connected_components(met, directed=False)[1]
    strong = connected_components(points > 0, connection="strong")[1]
    groups = []
    for component in range(components.max(initial=-1) + 1):
        own = np.flatnonzero(components == component)
        kinds = list(dict.fromkeys(strong[own].tolist()))
        members = {kind: own[strong[own] == kind] for kind in kinds}
        for level, kind in enumerate(_in_order(members, points)):
            groups.append(Group(members[kind], component, level))
    return groups


def _in_order(members: dict[int, Numbers], points: Floats) -> list[int]:
    """Groups from the one that nobody below took a point from; of several the larger one first."""
    left, order = dict(members), []
    while left:
        beaten = [
            kind
            for kind, own in left.items()
            if any(points[np.ix_(other, own)].any() for name, other in left.items() if name != kind)
        ]
        free = [kind for kind in left if kind not in beaten]
        for kind in sorted(free, key=lambda one: -len(left[one])):
            order.append(kind)
            del left[kind]
    return order


@dataclass(frozen=True, eq=False)
class Ratings:
    """Ratings of models that met each other, in the order in which they were given.

    Attributes:
        values: Of each model; their mean is `CENTRE`.
        stderrs: Of them, relative to the mean of the models.
        covariance: Of the values.
    """

    values: Floats
    stderrs: Floats
    covariance: Floats

    def intervals(self, alpha: float = ALPHA) -> tuple[Floats, Floats]:
        """Normal intervals of the ratings."""
        reach = normal_quantile(alpha) * self.stderrs
        return self.values - reach, self.values + reach

    def gap(self, one: int, other: int) -> tuple[float, float]:
        """How much higher one rating is than another, and the standard error of that."""
        part = self.covariance[np.ix_([one, other], [one, other])]
        variance = part[0, 0] + part[1, 1] - 2 * part[0, 1]
        return float(self.values[one] - self.values[other]), math.sqrt(max(variance, 0.0))


def bradley_terry(battles: Battles, models: Numbers) -> Ratings:
    """Ratings of the models of one group by the likelihood's maximum (Newton's method).

    The standard errors are robust (sandwich, HC0: what statsmodels gives for the logistic
    regression); where battles are on the same questions, sums by question are taken with
    ``C / (C - 1)``: judged in both orders, or by all pairs, they would be half as wide without.

    Args:
        battles: Those between the models count.
        models: Numbers of a group of `groups_of`, two at least.
    """
    place = np.full(battles.models, -1)
    place[models] = np.arange(len(models))
    is_inside = (place[battles.first] >= 0) & (place[battles.second] >= 0)
    some = battles.only(is_inside)
    own = Battles(place[some.first], place[some.second], some.points, len(models), some.clusters)
    counts = counted(own)
    theta = _fitted(counts)
    chance = _chances(theta)
    bread = _inverse(_information(counts, chance))
    meat = (
        _scores(counts, chance)
        if own.clusters is None
        else _scores_by_cluster(own, own.clusters, chance)
    )
    covariance = bread @ meat @ bread * POINTS**2
    return Ratings(
        CENTRE + POINTS * theta, np.sqrt(np.clip(np.diag(covariance), 0, None)), covariance
    )


def _fitted(counts: Counts) -> Floats:
    """Log-odds of the models, their mean 0."""
    theta = np.zeros(len(counts.points))
    before = _likelihood(counts, theta)
    for _ in range(_MOST_STEPS):
        chance = _chances(theta)
        slope = (counts.points - counts.battles * chance).sum(axis=1)
        step = _inverse(_information(counts, chance)) @ slope
        while (now := _likelihood(counts, theta + step)) < before + _NOISE * before:
            step = step / 2  # it went too far; the likelihood is below 0
        theta, before = theta + step, now
        if np.abs(step).max() <= _CLOSE:
            break
    centred: Floats = theta - theta.mean()
    return centred


def _chances(theta: Floats) -> Floats:
    """How likely the row wins against the column."""
    from scipy.special import expit

    found: Floats = expit(theta[:, None] - theta[None, :])
    return found


def _likelihood(counts: Counts, theta: Floats) -> float:
    from scipy.special import log_expit

    return float(np.sum(counts.points * log_expit(theta[:, None] - theta[None, :])))


def _information(counts: Counts, chance: Floats) -> Floats:
    weights = counts.battles * chance * (1 - chance)
    return np.diag(weights.sum(axis=1)) - weights


def _inverse(laplacian: Floats) -> Floats:
    """The pseudo-inverse where only the mean is free."""
    shift = np.full_like(laplacian, 1 / len(laplacian))
    return np.asarray(np.linalg.inv(laplacian + shift) - shift)


def _scores(counts: Counts, chance: Floats) -> Floats:
    """Sum over battles of the outer products of their scores."""
    squares = counts.squares - 2 * chance * counts.points + chance**2 * counts.battles
    pairs = np.triu(squares, 1)
    pairs = pairs + pairs.T  # a battle is in both halves
    return np.diag(pairs.sum(axis=1)) - pairs


def _scores_by_cluster(battles: Battles, clusters: Numbers, chance: Floats) -> Floats:
    """The same, scores of one cluster added up before."""
    size = battles.models
    rest = battles.points - chance[battles.first, battles.second]
    count = int(np.count_nonzero(np.bincount(clusters)))
    if count < 2:
        return np.full((size, size), np.nan)
    most = int(clusters.max()) + 1
    order = np.argsort(clusters, kind="stable")
    bounds = np.searchsorted(clusters[order], np.arange(most + 1))
    total = np.zeros((size, size))
    some = max(1, _CELLS // size)  # clusters at a time
    for begin in range(0, most, some):
        end = min(begin + some, most)
        at = order[bounds[begin] : bounds[end]]
        row = (clusters[at] - begin) * size
        cells = (end - begin) * size
        sums = np.bincount(row + battles.first[at], rest[at], cells)
        sums -= np.bincount(row + battles.second[at], rest[at], cells)
        by_cluster = sums.reshape(-1, size)
        total += by_cluster.T @ by_cluster
    return total * (count / (count - 1))


def rank_ranges(low: Floats, high: Floats) -> tuple[Numbers, Numbers]:
    """The best and the worst place that each model could hold, by intervals of its rating.

    One more than the models whose interval lies above its own; as many as do not lie below it.
    """
    best = 1 + (low[None, :] > high[:, None]).sum(axis=1)
    worst = len(low) - (high[None, :] < low[:, None]).sum(axis=1)
    return best, worst


def elo(battles: Battles, k: float = 4.0, initial: float = 1000.0) -> Floats:
    """Online Elo ratings, base 10, scale 400: they depend on the order of the battles.

    FastChat's ``compute_elo``. The noise of the order alone is 3 to 5 points with ``k`` 4 and 33 to
    37 with ``k`` 32 (600 battles of 6 models).
    """
    ratings = [initial] * battles.models
    rows = zip(
        battles.first.tolist(), battles.second.tolist(), battles.points.tolist(), strict=True
    )
    for one, other, points in rows:
        expected = 1 / (1 + 10 ** ((ratings[other] - ratings[one]) / 400))
        change = k * (points - expected)
        ratings[one] += change
        ratings[other] -= change
    return np.array(ratings)
