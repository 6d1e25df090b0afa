"""What must hold of every figure, and what is said where there is nothing to say."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tui_eval.statistics import correlation, intervals, means, multiplicity, paired, repeats
from tui_eval.statistics.intervals import Floats
from tui_eval.statistics.routing import (
    LEAST_PAIRS,
    Comparison,
    compare,
    compare_totals,
    estimate,
    reported,
    verdict,
)

bits = st.lists(st.tuples(st.booleans(), st.booleans(), st.integers(0, 6)), max_size=60)
numbers = st.floats(0, 1).map(lambda value: round(value, 3))
pairs = st.lists(st.tuples(numbers, numbers, st.integers(0, 6)), max_size=60)


def columns(rows: list[tuple[float, float, int]]) -> tuple[Floats, Floats, np.ndarray]:
    """Baseline, candidate, clusters."""
    table = np.array(rows, float).reshape(-1, 3)
    return table[:, 0], table[:, 1], table[:, 2]


def same(one: float | None, other: float | None) -> bool:
    if one is None or other is None:
        return one is other
    return one == pytest.approx(other, abs=1e-9, nan_ok=True)


def mirrored(found: Comparison, back: Comparison) -> bool:
    """Whether two comparisons say the same of two models, in the other order."""
    turned = {"better": "worse", "worse": "better"}
    return (
        same(found.delta, -back.delta)
        and same(found.interval.low, -back.interval.high)
        and same(found.interval.high, -back.interval.low)
        and same(found.p, back.p)
        and found.verdict == turned.get(back.verdict, back.verdict)
        and (found.method, found.reason, found.n) == (back.method, back.reason, back.n)
    )


@given(bits | pairs, st.booleans(), st.floats(0, 0.2))
@settings(deadline=None)
def test_swapping_the_models_mirrors_everything(
    rows: list[tuple[float, float, int]], clustered: bool, margin: float
) -> None:
    a, b, groups = columns(rows)
    clusters = groups if clustered else None
    found = compare(a, b, clusters, margin=margin)
    assert mirrored(found, compare(b, a, clusters, margin=margin))


@given(bits | pairs, st.booleans())
@settings(deadline=None)
def test_the_order_of_questions_changes_nothing(
    rows: list[tuple[float, float, int]], clustered: bool
) -> None:
    a, b, groups = columns(rows)
    order = np.random.default_rng(len(rows)).permutation(len(rows))
    found = compare(a, b, groups if clustered else None)
    moved = compare(a[order], b[order], groups[order] if clustered else None)
    assert same(found.delta, moved.delta)
    assert same(found.interval.low, moved.interval.low)
    assert found.verdict == moved.verdict
    if found.p is not None and moved.p is not None and found.method != "paired t, sign-flip p":
        assert same(found.p, moved.p)
    one, other = estimate(a), estimate(a[order])
    assert same(one.interval.high, other.interval.high)


@given(pairs, st.floats(-5, 5), st.booleans())
@settings(deadline=None)
def test_adding_a_constant_to_both_changes_no_paired_figure(
    rows: list[tuple[float, float, int]], more: float, clustered: bool
) -> None:
    a, b, groups = columns(rows)
    clusters = groups if clustered else None
    found = compare(a, b, clusters, binary=False)
    moved = compare(a + more, b + more, clusters, binary=False)
    if found.stderr > 1e-6:
        assert same(found.stderr, moved.stderr)
        assert same(found.interval.low, moved.interval.low)
        assert same(found.visible_gap, moved.visible_gap)


@given(bits)
@settings(deadline=None)
def test_intervals_of_shares_are_within_and_around(rows: list[tuple[float, float, int]]) -> None:
    a, b, _ = columns(rows)
    found = estimate(a)
    if found.method is not None:
        assert 0 <= found.interval.low <= found.value <= found.interval.high <= 1
        assert found.interval.low < found.interval.high
    pair = compare(a, b)
    if pair.method is not None:
        assert -1 <= pair.interval.low <= pair.delta <= pair.interval.high <= 1
        assert pair.interval.low < pair.interval.high


@pytest.mark.parametrize(
    ("values", "clusters", "reason"),
    [
        ([], None, "no question"),
        ([math.nan, math.inf], None, "no question"),
        ([1.0], None, "one question"),
        ([0.3, 0.3, 0.3], None, "all the same"),
        ([0.3, 0.4, 0.5], ["p", "p", "p"], "few clusters"),
    ],
)
def test_where_nothing_can_be_said_of_a_score_it_says_why(
    values: list[float], clusters: list[str] | None, reason: str
) -> None:
    found = estimate(np.array(values, float), clusters)
    assert found.reason == reason
    assert found.method is None
    assert all(map(math.isnan, found.interval))


def test_all_right_has_a_width() -> None:
    found = estimate(np.ones(20))
    assert found.interval == pytest.approx((0.83887, 1.0), abs=1e-5)
    assert found.method == "Wilson"


@pytest.mark.parametrize(
    ("a", "b", "clusters", "reason"),
    [
        ([], [], None, "no question"),
        ([math.nan] * 20, [1.0] * 20, None, "no question"),
        ([0.0] * 9, [1.0] * 9, None, "few questions"),
        ([0.5] * 20, [0.5] * 20, None, "all the same"),
        ([0.5] * 20, [0.7] * 20, None, "all the same"),
        ([0.1, 0.2] * 10, [0.2, 0.4] * 10, ["p"] * 20, "few clusters"),
    ],
)
def test_where_nothing_can_be_said_of_a_pair_it_says_why(
    a: list[float], b: list[float], clusters: list[str] | None, reason: str
) -> None:
    found = compare(np.array(a), np.array(b), clusters)
    assert found.reason == reason
    assert (found.p, found.method, found.verdict) == (None, None, "undecided")
    assert all(map(math.isnan, found.interval))


def test_few_questions_are_still_counted() -> None:
    found = compare(np.zeros(LEAST_PAIRS - 1), np.ones(LEAST_PAIRS - 1))
    assert found.counts == paired.Counts(0, 0, LEAST_PAIRS - 1, 0)
    assert found.delta == 1.0


def test_no_change_in_a_hundred_is_no_proof_of_none() -> None:
    right = np.repeat([1.0, 0.0], [83, 17])
    found = compare(right, right)
    assert (found.delta, found.p) == (0.0, 1.0)
    assert found.interval.low == pytest.approx(-found.interval.high)
    assert 0.03 < found.interval.high < 0.04


def test_attempts_at_a_question_count_as_one() -> None:
    means = np.repeat([0.0, 1.0], 50)  # each question always right or always wrong
    found = estimate(means, answers=800, binary=True)
    assert found.method == "Wilson on effective n"
    assert found.effective_n == pytest.approx(99.0)
    mixed = estimate(np.full(100, 0.5), answers=800, binary=True)
    assert mixed.effective_n == 800


def test_clusters_near_the_ceiling_take_the_effect_of_the_dataset() -> None:
    found = estimate(np.ones(100), [number // 5 for number in range(100)], dataset_effect=2.0)
    assert found.effective_n == 50


def test_lower_may_be_better() -> None:
    a, b = np.linspace(2, 3, 40), np.linspace(1, 1.9, 40)
    assert compare(a, b, higher_is_better=False).verdict == "better"
    assert compare(a, b).verdict == "worse"


@pytest.mark.parametrize(
    ("interval", "margin", "said"),
    [
        ((0.01, 0.05), 0.0, "better"),
        ((-0.05, -0.01), 0.0, "worse"),
        ((-0.01, 0.05), 0.0, "undecided"),
        ((-0.005, 0.008), 0.01, "same"),
        ((0.002, 0.008), 0.01, "same"),
        ((0.0, 0.05), 0.0, "undecided"),
        ((math.nan, math.nan), 1.0, "undecided"),
    ],
)
def test_verdicts(interval: tuple[float, float], margin: float, said: str) -> None:
    assert verdict(intervals.Interval(*interval), margin) == said


def test_totals_only_are_wider_and_say_so() -> None:
    rng = np.random.default_rng(1)
    a = (rng.random(400) < 0.6).astype(float)
    b = np.where(rng.random(400) < 0.1, 1 - a, a)
    joined = compare(a, b)
    totals = compare_totals(*((one.mean(), one.std(ddof=1) / 20) for one in (a, b)))
    assert not totals.is_paired
    assert totals.method == "z, totals only"
    assert np.diff(totals.interval) > 1.5 * np.diff(joined.interval)


@pytest.mark.parametrize("stderr", [math.nan, 0.0])
def test_a_reported_score_without_stderr_has_no_interval(stderr: float) -> None:
    assert reported(0.5, stderr, None).reason == "no stderr"
    assert compare_totals((0.5, stderr), (0.6, 0.0)).reason == "no stderr"


p_values = st.lists(st.floats(0, 1) | st.just(math.nan), max_size=30)


@given(p_values)
def test_adjusted_p_values_keep_their_order_and_are_never_smaller(values: list[float]) -> None:
    p = np.array(values, float)
    for adjust in (multiplicity.holm, multiplicity.benjamini_hochberg):
        found = adjust(p)
        assert np.array_equal(np.isnan(found), np.isnan(p))
        known = ~np.isnan(p)
        assert np.all(found[known] >= p[known] - 1e-15)
        assert np.all(found[known] <= 1)
        order = np.argsort(p[known], kind="stable")
        assert np.all(np.diff(found[known][order]) >= -1e-15)
    assert np.all(
        (multiplicity.holm(p) >= multiplicity.benjamini_hochberg(p) - 1e-12) | np.isnan(p)
    )


@given(st.integers(1, 30), st.data())
def test_one_of_k_and_all_of_k_are_chances(n: int, data: st.DataObject) -> None:
    c = data.draw(st.integers(0, n))
    once, every = repeats.pass_at_k(n, c, 1)[0], repeats.pass_hat_k(n, c, 1)[0]
    assert once == pytest.approx(c / n)
    assert every == pytest.approx(c / n)
    chances = [(repeats.pass_at_k(n, c, k)[0], repeats.pass_hat_k(n, c, k)[0]) for k in (1, n)]
    assert chances[1][0] == pytest.approx(float(c > 0))
    assert chances[1][1] == pytest.approx(float(c == n))
    assert math.isnan(repeats.pass_at_k(n, c, n + 1)[0])


@given(st.lists(st.tuples(numbers, numbers), max_size=20))
def test_correlations_lie_in_their_range_and_turn_with_the_order(
    rows: list[tuple[float, float]],
) -> None:
    x, y = np.array(rows, float).reshape(-1, 2).T
    for of in (correlation.spearman, correlation.tau_b):
        rho = of(x, y)
        assert math.isnan(rho) or -1 <= rho <= 1
        assert same(rho, of(y, x))
        assert same(rho, -of(x, -y))
    interval = correlation.spearman_interval(0.96, 20)
    assert interval == pytest.approx((0.88, 0.99), abs=0.01)
    assert all(map(math.isnan, correlation.spearman_interval(0.96, 4)))


@given(
    st.lists(st.tuples(st.integers(0, 3), numbers, st.integers(0, 30)), min_size=1, max_size=60),
    st.booleans(),
)
def test_parts_at_once_are_the_parts_one_by_one(
    rows: list[tuple[int, float, int]], clustered: bool
) -> None:
    parts, values, groups = (np.array(column) for column in zip(*rows, strict=True))
    cells = means.numbered([f"{part} {group}" for part, group in zip(parts, groups, strict=True)])
    found = means.by_part(values.astype(float), parts, 4, cells if clustered else None)
    for part in range(4):
        own = parts == part
        some, of = values[own].astype(float), cells[own] if clustered else None
        mean, stderr = (some.mean(), means.stderr_of(some, of)) if len(some) else [math.nan] * 2
        assert found.n[part] == len(some)
        assert found.means[part] == pytest.approx(mean, nan_ok=True)
        assert found.stderrs[part] == pytest.approx(stderr, abs=1e-12, nan_ok=True)
        assert found.clusters[part] == (len(np.unique(cells[own])) if clustered else len(some))
