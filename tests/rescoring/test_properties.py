"""What holds of all texts, filters and values."""

from __future__ import annotations

import contextlib
import math
import random
import statistics
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tui_eval.records import Filter, FilterStep, Recorded, ScoredBy
from tui_eval.rescoring.aggregates import aggregate
from tui_eval.rescoring.filters import FilterError, Pipeline, extracted
from tui_eval.rescoring.limits import scored_rows
from tui_eval.rescoring.spec import filter_from_spec, metric_from_spec

texts = st.text(max_size=30) | st.text("AB(): \n#1.,\0İß", max_size=15)
patterns = st.sampled_from(
    [r"#### (\-?[0-9\.\,]+)", r"(\()?([AB])", r"()()", r"\d$", "", r"[^\s]+"]
)
regexes = st.builds(
    lambda *options: dict(zip(("regex_pattern", "group_select", "fallback"), options, strict=True)),
    patterns,
    st.integers(-2, 2),
    texts,
)
lenient = st.fixed_dictionaries({"ignore_case": st.booleans(), "ignore_punctuation": st.booleans()})
steps = st.one_of(
    st.builds(FilterStep, st.just("regex"), regexes),
    st.builds(lambda *o: FilterStep("multi_choice_regex", o[0] | o[1]), regexes, lenient),
    st.sampled_from(["lowercase", "uppercase", "remove_whitespace", "majority_vote"]).map(
        FilterStep
    ),
    st.just(FilterStep("map", {"mapping_dict": {"A": 1}, "default_value": None})),
)
filters = st.lists(steps, max_size=4).map(lambda some: Filter("x", tuple(some)))
answers = st.builds(
    Recorded,
    st.integers(0, 99),
    responses=st.lists(texts, min_size=1, max_size=3).map(tuple),
    target=texts,
    options=st.lists(texts, min_size=1, max_size=3).map(tuple),
    ratings=st.just(()),
    unconditioned=st.just(()),
    stored=st.just({}),
)


@given(filters, answers)
@settings(max_examples=150)
def test_a_filter_takes_any_text(wanted: Filter, answer: Recorded) -> None:
    found = extracted(wanted, answer)
    voted = any(step.function == "majority_vote" for step in wanted.steps)
    assert len(found) == (1 if voted else len(answer.responses))
    first = wanted._replace(steps=(*wanted.steps, FilterStep("take_first")))
    assert extracted(first, answer) == found[:1]


@given(filters, st.lists(answers, max_size=6), st.randoms())
@settings(max_examples=50)
def test_the_order_of_answers_does_not_matter(
    wanted: Filter, some: list[Recorded], order: random.Random
) -> None:
    shuffled = order.sample(some, len(some))
    metric = ScoredBy("exact_match", {"regexes_to_ignore": [r"\."], "ignore_case": True})
    one, other = (list(scored_rows(wanted, metric, many)) for many in (some, shuffled))
    assert sorted(map(repr, one)) == sorted(map(repr, other))


@given(texts)
def test_what_is_all_large_and_then_small_is_what_python_makes_of_it(text: str) -> None:
    both = Filter("x", (FilterStep("uppercase"), FilterStep("lowercase")))
    assert extracted(both, Recorded(0, responses=(text,))) == [text.upper().lower()]


@given(texts)
def test_a_filter_that_changes_nothing_any_more_can_be_used_again(text: str) -> None:
    for function in ("remove_whitespace", "take_first", "majority_vote"):
        once = extracted(Filter("x", (FilterStep(function),)), Recorded(0, responses=(text,)))
        again = Recorded(0, responses=tuple(once))
        assert extracted(Filter("x", (FilterStep(function),)), again) == once


json = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.sampled_from(["regex", "take_first_k", "(", "k"]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["name", "filter", "function", "k", "metric"]), inner)
    ),
    max_leaves=8,
)


@given(st.text(max_size=40).map("regex:".__add__) | st.text(max_size=40) | json.map(repr))
@settings(max_examples=150)
def test_what_a_person_writes_is_a_filter_or_a_sentence(spec: str) -> None:
    spec = spec.replace("'", '"').replace("None", "null").replace("True", "true")
    with contextlib.suppress(FilterError):
        Pipeline(filter_from_spec(spec))
    with contextlib.suppress(FilterError):
        metric_from_spec(spec)


def by_the_standard_library(
    statistic: Callable[[Sequence[Any]], float], values: Sequence[Any], iterations: int
) -> float:
    """The bootstrap as the harness describes it, draw by draw."""
    chunk = min(1000, iterations)
    replicates = []
    for seed in range(iterations // chunk):
        drawn = random.Random(seed)
        replicates += [statistic(drawn.choices(values, k=len(values))) for _ in range(chunk)]
    return statistics.stdev(replicates)


def perplexity(values: Sequence[float]) -> float:
    return math.exp(-sum(values) / len(values))


def median(values: Sequence[float]) -> float:
    return sorted(values)[len(values) // 2]


def f1(pairs: Sequence[tuple[int, int]]) -> float:
    right = sum(gold and pred for gold, pred in pairs)
    total = sum(gold + pred for gold, pred in pairs)
    return 2 * right / total if total else 0.0


def mcc(pairs: Sequence[tuple[int, int]]) -> float:
    """The coefficient of two options: Pearson's correlation."""
    golds, preds = zip(*pairs, strict=True)
    if len(set(golds)) == 1 or len(set(preds)) == 1:
        return 0.0
    return float(statistics.correlation(golds, preds))


STATISTICS: dict[str, Callable[[Sequence[Any]], float]] = {
    "perplexity": perplexity,
    "median": median,
    "f1": f1,
    "matthews_corrcoef": mcc,
}


@pytest.mark.parametrize("name", STATISTICS)
@pytest.mark.parametrize(("n", "iterations"), [(2, 2), (7, 150), (5, 2500)])
def test_the_bootstrap_draws_as_the_standard_library_does(
    name: str, n: int, iterations: int
) -> None:
    drawn = random.Random(f"{name} {n}")
    values: list[Any] = [drawn.gauss(-2, 1) for _ in range(n)]
    if name in ("f1", "matthews_corrcoef"):
        values = [(drawn.randrange(2), drawn.randrange(2)) for _ in range(n)]
    found = aggregate("x", values, iterations, name)
    assert found.value == pytest.approx(STATISTICS[name](values), rel=1e-9)
    wanted = by_the_standard_library(STATISTICS[name], values, iterations)
    assert found.stderr == pytest.approx(wanted, rel=1e-9, abs=1e-12)


@given(st.integers(0, 2**31))
@settings(max_examples=20)
def test_both_generators_make_the_same_bits(seed: int) -> None:
    drawn = random.Random(seed)
    assert np.random.RandomState([seed]).random_sample(9).tolist() == [
        drawn.random() for _ in range(9)
    ]
