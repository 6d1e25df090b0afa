"""How often intervals cover the truth, and how often verdicts are false alarms, by simulation.

Each line draws data whose truth is known, many times, and counts. What is printed beside a figure
is the figure that the specification gives for the same setting, and the Monte-Carlo error.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np

from tui_eval.analysis.gate import decisions
from tui_eval.statistics import intervals, means, paired, routing
from tui_eval.statistics.intervals import Floats

DRAWS = 4000
SEED = 7


def run() -> None:
    """Print coverage and false alarms."""
    rng = np.random.default_rng(SEED)
    print(f"{'setting':58} {'found':>7} {'± MC':>6}  expected")
    for n, wanted in ((10, 0.955), (100, 0.950), (1000, 0.950)):
        _line(f"Wilson, n={n}, p over .50–.98", wilson(rng, n), wanted)
    _line("Newcombe 10, n=50, 0.95, gap 3 points", newcombe(rng, 50, 0.95, 0.03), 0.996)
    _line("Newcombe 10, n=300, 0.95, gap 3 points", newcombe(rng, 300, 0.95, 0.03), 0.966)
    for clusters, wanted in ((10, 0.95), (20, 0.95)):
        _line(f"CR1 + t, {clusters} clusters of 10", clustered(rng, clusters), wanted)
    _line("Wilson on effective n, p=.966, 20 clusters of 5", ceiling(rng, 20), 0.96)
    _line("100 questions × 8 answers, by question", repeated(rng), 0.94)
    _line("macro mean of 5 unequal datasets", macro(rng), 0.95)
    for datasets in (1, 5):
        name = f"gate calls with the truth on the margin, {datasets} of n=500"
        _line(name, gate_calls(rng, datasets), 0.05, most=True)
    for n in (30, 100, 1000):
        _line(f"better or worse without a difference, n={n}", alarms(rng, n), 0.05, most=True)


def _line(setting: str, found: float, wanted: float, *, most: bool = False) -> None:
    error = 2 * math.sqrt(wanted * (1 - wanted) / DRAWS)
    sign = "at most " if most else ""
    print(f"{setting:58} {found:7.3f} {error:6.3f}  {sign}{wanted}")


def _covered(low: Floats, high: Floats, truth: Floats | float) -> float:
    return float(np.mean((low <= truth) & (truth <= high)))


def wilson(rng: np.random.Generator, n: int) -> float:
    """Coverage of one share."""
    truth = rng.uniform(0.5, 0.98, DRAWS)
    low, high = intervals.wilson(rng.binomial(n, truth) / n, n)
    return _covered(low, high, truth)


def newcombe(rng: np.random.Generator, n: int, accuracy: float, gap: float) -> float:
    """Coverage of a paired difference of two shares; half of the wrong ones stay so."""
    broken = (1 - accuracy - gap) / 2
    fixed = broken + gap
    cells = [accuracy - broken, broken, fixed, 1 - accuracy - fixed]
    drawn = rng.multinomial(n, cells, DRAWS)
    found = [paired.newcombe(paired.Counts(*map(int, row))) for row in drawn]
    low, high = np.array(found).T
    return _covered(low, high, gap)


def clustered(rng: np.random.Generator, clusters: int, size: int = 10) -> float:
    """Coverage of a mean whose questions come in strongly correlated clusters."""
    groups = np.repeat(np.arange(clusters), size)
    values = rng.normal(0, 1, (DRAWS, clusters))[:, groups]
    values = values + rng.normal(0, 0.7, (DRAWS, clusters * size))
    found = [routing.estimate(row, groups, binary=False).interval for row in values]
    low, high = np.array(found).T
    return _covered(low, high, 0.0)


def ceiling(rng: np.random.Generator, clusters: int, size: int = 5, truth: float = 0.966) -> float:
    """Coverage of a share near 1 whose questions come in clusters."""
    groups = np.repeat(np.arange(clusters), size)
    share = rng.beta(truth * 2, (1 - truth) * 2, (DRAWS, clusters))[:, groups]
    values = (rng.random(share.shape) < share).astype(float)
    found = [routing.estimate(row, groups).interval for row in values]
    low, high = np.array(found).T
    return _covered(low, high, truth)


def repeated(rng: np.random.Generator, questions: int = 100, answers: int = 8) -> float:
    """Coverage of a mean over questions that are asked several times."""
    chance = rng.beta(0.7, 0.7, (DRAWS, questions))
    means_ = rng.binomial(answers, chance) / answers
    found = [
        routing.estimate(row, answers=questions * answers, binary=True).interval for row in means_
    ]
    low, high = np.array(found).T
    return _covered(low, high, 0.5)


def macro(rng: np.random.Generator) -> float:
    """Coverage of the mean of the means of unequal datasets."""
    sizes, truth = (1500, 300, 120, 50, 30), np.array([0.7, 0.6, 0.5, 0.8, 0.4])
    shares = rng.binomial(sizes, truth, (DRAWS, 5)) / np.array(sizes)
    stderrs = np.sqrt(shares * (1 - shares) / (np.array(sizes) - 1))
    rows = zip(shares, stderrs, strict=True)
    averages = np.array([means.macro_mean(share, stderr) for share, stderr in rows])
    half = intervals.normal_quantile() * averages[:, 1]
    return _covered(averages[:, 0] - half, averages[:, 0] + half, truth.mean())


def alarms(rng: np.random.Generator, n: int) -> float:
    """Share of pairs of equally good models that are called better or worse."""
    drawn = rng.multinomial(n, [0.6, 0.05, 0.05, 0.3], DRAWS)
    found = [routing.verdict(paired.newcombe(paired.Counts(*map(int, row)))) for row in drawn]
    return float(np.mean([one != "undecided" for one in found]))


def gate_calls(rng: np.random.Generator, datasets: int, n: int = 500, drop: float = 0.02) -> float:
    """How often a gate calls any dataset passed or dropped whose true drop is the margin."""
    cells = [0.6, 0.075 + drop / 2, 0.075 - drop / 2, 0.25]

    def interval(row: tuple[int, ...]) -> Callable[[float], intervals.Interval]:
        def at(alpha: float) -> intervals.Interval:
            low, high = paired.newcombe(paired.Counts(*row), alpha)
            return intervals.Interval(-high, -low)

        return at

    drawn = rng.multinomial(n, cells, (DRAWS, datasets)).tolist()
    calls = 0
    for rows in drawn:
        made = decisions([interval(row) for row in rows], [drop] * datasets, 0.05)
        calls += any(one.outcome != "undecided" for one in made)
    return calls / DRAWS
