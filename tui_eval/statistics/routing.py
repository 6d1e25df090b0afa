"""Which method fits: one place that turns scores into an interval, or two sets into a verdict.

The rules are those of Miller (2024) and Bowyer et al. (2025), settled by simulation: Wilson where
answers are right or wrong, Student's t elsewhere, clusters where questions stand or fall together,
and always paired where both models answered the same questions.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from tui_eval.statistics import means, paired, power
from tui_eval.statistics.intervals import (
    ALPHA,
    NOWHERE,
    Floats,
    Interval,
    normal_interval,
    t_interval,
    wilson,
)

Verdict = Literal["better", "worse", "same", "undecided"]

Method = Literal[
    "Wilson",
    "Wilson on effective n",
    "t",
    "t over clusters",
    "normal, reported stderr",
    "macro mean, normal",
    "micro mean, normal",
    "Newcombe, McNemar mid-p",
    "Newcombe on clusters, McNemar mid-p",
    "paired t",
    "paired t, sign-flip p",
    "paired t over clusters",
    "z, totals only",
    "macro mean, normal, paired",
    "macro mean, normal, totals only",
]

Reason = Literal[
    "", "no question", "one question", "few clusters", "all the same", "no stderr", "few questions"
]
"""Why there is no interval; empty: there is one."""

LEAST_PAIRS = 10
"""Questions that both answered, below which nothing but counts is said."""

LEAST_CLUSTERS = 10
"""Clusters below which their standard error says too little (it covers .93 at best)."""

_SAME = 1e-9
"""Part of a variance by which equal ones differ after rounding."""

FEW = 30
"""Questions below which signs are flipped instead of trusting a t distribution."""


@dataclass(frozen=True, slots=True)
class Estimate:
    """One score and how sure it is; what is not known is NaN.

    Attributes:
        value: Mean over the questions.
        stderr: Of the mean.
        interval: Where the true score plausibly is.
        method: How the interval was made; None: there is none.
        n: Questions.
        effective_n: Independent answers that would tell as much.
        reason: Why there is no interval.
    """

    value: float
    stderr: float
    interval: Interval
    method: Method | None
    n: int
    effective_n: float
    reason: Reason = ""


@dataclass(frozen=True, slots=True)
class Comparison:
    """A candidate against a baseline; what is not known is NaN or None.

    Attributes:
        baseline: Mean of the baseline, over the questions that both answered.
        candidate: The same of the candidate.
        delta: Candidate less baseline.
        stderr: Of ``delta``.
        interval: Where the true difference plausibly is.
        p: How often chance alone makes a gap as large.
        method: How interval and p were made; None: there are none.
        n: Questions that both answered; None: not known (totals only).
        counts: Right and wrong of both, where answers are right or wrong.
        correlation: Of the scores, question by question.
        visible_gap: The smallest true gap that would mostly be found.
        questions_needed: Questions that a gap of one point (0.01) needs.
        verdict: In one word.
        reason: Why there is no interval.
    """

    baseline: float
    candidate: float
    delta: float
    stderr: float
    interval: Interval
    p: float | None
    method: Method | None
    n: int | None
    counts: paired.Counts | None
    correlation: float
    visible_gap: float
    questions_needed: int | None
    verdict: Verdict
    reason: Reason = ""

    @property
    def is_paired(self) -> bool:
        """Whether it is known what each model scored on each question."""
        return self.n is not None


def is_binary(values: Floats) -> bool:
    """Whether scores are right or wrong: nothing but 0 and 1."""
    return bool(np.all((values == 0) | (values == 1)))


def estimate(
    values: Floats,
    clusters: Sequence[object] | np.ndarray | None = None,
    *,
    answers: int | None = None,
    binary: bool | None = None,
    dataset_effect: float = 1.0,
    alpha: float = ALPHA,
) -> Estimate:
    """A mean with its interval.

    Args:
        values: Score of each question, several attempts averaged; NaN are left out.
        clusters: What stands or falls together, one a question; None: each question is alone.
        answers: How many answers were scored, where there were several attempts; None: ``n``.
        binary: Whether the answers are right or wrong; None: as the values look.
        dataset_effect: Variance of a mean against that of independent answers, as it is in the
            whole dataset: taken where all are right or all wrong, and nothing can be told.
        alpha: How often the interval may miss.
    """
    known = np.isfinite(values)
    groups = None if clusters is None else means.numbered(clusters)[known]
    values = values[known]
    n = len(values)
    if not n:
        return Estimate(math.nan, math.nan, NOWHERE, None, 0, 0.0, "no question")
    mean = float(values.mean())
    binary = is_binary(values) if binary is None else binary
    repeats = (answers or n) / n
    if n < 2:
        return Estimate(mean, math.nan, NOWHERE, None, n, float(n), "one question")
    if _are_few(groups):
        return Estimate(mean, math.nan, NOWHERE, None, n, math.nan, "few clusters")
    stderr = means.stderr_of(values, groups)
    if binary:
        return _share(mean, stderr, n, n * repeats, groups is not None, dataset_effect, alpha)
    alone = means.mean_stderr(values)
    effective = n / max(1.0, (stderr / alone) ** 2) if alone > 0 else float(n)
    if stderr == 0:
        return Estimate(mean, stderr, NOWHERE, None, n, effective, "all the same")
    freedom = n - 1 if groups is None else _count(groups) - 1
    interval = t_interval(mean, stderr, freedom, alpha)
    method: Method = "t" if groups is None else "t over clusters"
    return Estimate(mean, stderr, interval, method, n, effective)


def _share(
    mean: float,
    stderr: float,
    n: int,
    answers: float,
    is_clustered: bool,
    dataset_effect: float,
    alpha: float,
) -> Estimate:
    """A share of right answers: Wilson, on as many answers as it is worth."""
    alone = mean * (1 - mean) / answers
    effect = 1.0
    if is_clustered or answers != n:
        effect = max(1.0, stderr**2 / alone if alone > 0 else dataset_effect)
    effective = answers / effect
    low, high = wilson(mean, effective, alpha)
    method: Method = "Wilson" if effective == n else "Wilson on effective n"
    return Estimate(mean, stderr, Interval(float(low), float(high)), method, n, effective)


def reported(value: float, stderr: float, n: int | None, alpha: float = ALPHA) -> Estimate:
    """A score of which only totals are known, with the standard error that the harness reports.

    Scores between 0 and 1 are all right or wrong just where the standard error is
    ``sqrt(p (1 - p) / (n - 1))``: then it is a share as any other.
    """
    size = n if n is not None else 0
    if not math.isfinite(stderr) or (stderr == 0 and size < 2):
        return Estimate(value, math.nan, NOWHERE, None, size, math.nan, "no stderr")
    if size > 1 and 0 <= value <= 1:
        variance = value * (1 - value) / (size - 1)
        if abs(stderr**2 - variance) <= _SAME * max(variance, _SAME):
            return _share(value, stderr, size, size, False, 1.0, alpha)
    if stderr == 0:
        return Estimate(value, stderr, NOWHERE, None, size, math.nan, "all the same")
    interval = normal_interval(value, stderr, alpha)
    return Estimate(value, stderr, interval, "normal, reported stderr", size, math.nan)


def compare(
    baseline: Floats,
    candidate: Floats,
    clusters: Sequence[object] | np.ndarray | None = None,
    *,
    binary: bool | None = None,
    higher_is_better: bool = True,
    margin: float = 0.0,
    alpha: float = ALPHA,
) -> Comparison:
    """Two models on the same questions.

    Args:
        baseline: Score of each question, several attempts averaged; NaN: not answered.
        candidate: The same questions in the same order.
        clusters: What stands or falls together, one a question; None: each question is alone.
        binary: Whether both are right or wrong, asked once; None: as the values look.
        higher_is_better: Which way is better.
        margin: Differences up to it count as the same.
        alpha: How often the interval may miss.
    """
    known = np.isfinite(baseline) & np.isfinite(candidate)
    groups = None if clusters is None else means.numbered(clusters)[known]
    a, b = baseline[known], candidate[known]
    if binary is None:
        binary = is_binary(a) and is_binary(b)
    n = len(a)
    difference = b - a
    delta = float(difference.mean()) if n else math.nan
    stderr = math.nan if _are_few(groups) else means.stderr_of(difference, groups)
    counts = paired.count(a, b) if binary else None
    interval, p, method, reason = _paired(difference, stderr, delta, counts, groups, alpha)
    gap = power.visible_gap(stderr, alpha) if stderr > 0 else math.nan
    spread = stderr * math.sqrt(n) if n else math.nan
    return Comparison(
        baseline=float(a.mean()) if n else math.nan,
        candidate=float(b.mean()) if n else math.nan,
        delta=delta,
        stderr=stderr,
        interval=interval,
        p=p,
        method=method,
        n=n,
        counts=counts,
        correlation=_correlation(a, b) if counts is None else paired.correlation(counts),
        visible_gap=gap,
        questions_needed=power.questions_needed(spread, 0.01, alpha),
        verdict=verdict(interval, margin, higher_is_better=higher_is_better),
        reason=reason,
    )


def _paired(
    difference: Floats,
    stderr: float,
    delta: float,
    counts: paired.Counts | None,
    groups: np.ndarray | None,
    alpha: float,
) -> tuple[Interval, float | None, Method | None, Reason]:
    """Interval, p, method, and why there are none."""
    n = len(difference)
    if n < LEAST_PAIRS:
        return NOWHERE, None, None, "few questions" if n else "no question"
    if counts is not None and groups is None:
        interval = paired.newcombe(counts, alpha)
        return interval, paired.mcnemar_mid_p(counts), "Newcombe, McNemar mid-p", ""
    if not math.isfinite(stderr):
        return NOWHERE, None, None, "few clusters"
    if stderr == 0 and counts is not None and groups is not None and counts.fixed == counts.broken:
        interval = paired.newcombe(counts, alpha, _count(groups))
        return interval, 1.0, "Newcombe on clusters, McNemar mid-p", ""
    if stderr == 0:
        return NOWHERE, None, None, "all the same"
    if groups is not None:
        freedom = _count(groups) - 1
        interval = t_interval(delta, stderr, freedom, alpha)
        return interval, paired.t_p(delta, stderr, freedom), "paired t over clusters", ""
    interval = t_interval(delta, stderr, n - 1, alpha)
    if n < FEW:
        return interval, paired.sign_flip_p(difference), "paired t, sign-flip p", ""
    return interval, paired.t_p(delta, stderr, n - 1), "paired t", ""


def compare_totals(
    baseline: tuple[float, float],
    candidate: tuple[float, float],
    *,
    higher_is_better: bool = True,
    margin: float = 0.0,
    alpha: float = ALPHA,
) -> Comparison:
    """Two models of which only means and standard errors are known: wider than a paired one.

    Args:
        baseline: Mean and standard error.
        candidate: The same.
        higher_is_better: Which way is better.
        margin: Differences up to it count as the same.
        alpha: How often the interval may miss.
    """
    (mean_a, stderr_a), (mean_b, stderr_b) = baseline, candidate
    found = compare_means(
        np.array([mean_a]),
        np.array([mean_b]),
        np.array([math.hypot(stderr_a, stderr_b)]),
        n=None,
        higher_is_better=higher_is_better,
        margin=margin,
        alpha=alpha,
    )
    if found.reason:
        return replace(found, reason="no stderr")  # what is told of single questions is not known
    return replace(found, method="z, totals only")


def compare_means(
    baseline: Floats,
    candidate: Floats,
    stderrs: Floats,
    *,
    n: int | None,
    counts: paired.Counts | None = None,
    higher_is_better: bool = True,
    margin: float = 0.0,
    alpha: float = ALPHA,
) -> Comparison:
    """The mean of comparisons of several parts of a dataset, each part equal.

    Args:
        baseline: Means of the baseline, a part each, on different questions.
        candidate: Means of the candidate.
        stderrs: Of the differences; NaN where one is not known.
        n: Questions of all parts that both answered; None: of some only totals are known.
        counts: Right and wrong of both in all parts; None: not everything is right or wrong.
        higher_is_better: Which way is better.
        margin: Differences up to it count as the same.
        alpha: How often the interval may miss.
    """
    delta, stderr = means.macro_mean(candidate - baseline, stderrs)
    is_known = math.isfinite(delta) and math.isfinite(stderr) and stderr > 0
    interval = normal_interval(delta, stderr, alpha) if is_known else NOWHERE
    method: Method = "macro mean, normal, paired"
    if n is None:
        method = "macro mean, normal, totals only"
    return Comparison(
        baseline=float(np.mean(baseline)) if len(baseline) else math.nan,
        candidate=float(np.mean(candidate)) if len(candidate) else math.nan,
        delta=delta,
        stderr=stderr,
        interval=interval,
        p=paired.z_p(delta, stderr) if is_known else None,
        method=method if is_known else None,
        n=n,
        counts=counts,
        correlation=math.nan,
        visible_gap=power.visible_gap(stderr, alpha) if is_known else math.nan,
        questions_needed=None,
        verdict=verdict(interval, margin, higher_is_better=higher_is_better),
        reason="" if is_known else "all the same" if stderr == 0 else "no stderr",
    )


def verdict(interval: Interval, margin: float = 0.0, *, higher_is_better: bool = True) -> Verdict:
    """What an interval of a difference says.

    Better or worse where all of it is on one side of zero, the same where all of it is within the
    margin, else undecided.
    """
    low, high = interval
    if not (math.isfinite(low) and math.isfinite(high)):
        return "undecided"
    if low >= -margin and high <= margin:
        return "same"
    if low > 0:
        return "better" if higher_is_better else "worse"
    if high < 0:
        return "worse" if higher_is_better else "better"
    return "undecided"


def _are_few(groups: np.ndarray | None) -> bool:
    return groups is not None and _count(groups) < LEAST_CLUSTERS


def _count(groups: np.ndarray) -> int:
    return int(np.count_nonzero(np.bincount(groups)))


def _correlation(a: Floats, b: Floats) -> float:
    if len(a) < 2 or not (np.ptp(a) and np.ptp(b)):
        return math.nan
    return float(np.corrcoef(a, b)[0, 1])
