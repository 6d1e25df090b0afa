"""Scores and standard errors of values that are worked out by hand or by the standard library."""

from __future__ import annotations

import math
import statistics
import sys
from typing import Any

import pytest

from tui_eval.rescoring.aggregates import Aggregate, aggregate
from tui_eval.rescoring.filters import FilterError


def test_a_mean_and_its_stderr() -> None:
    values = [1.0, 0, True, None, 0.5]
    present = [1.0, 0, 1, 0.5]
    found = aggregate("exact_match", values)
    assert found.n == 4
    assert found.value == 0.625
    assert found.stderr == pytest.approx(statistics.stdev(present) / 2, rel=1e-12)


@pytest.mark.parametrize(
    ("metric", "values", "aggregation", "wanted"),
    [
        ("exact_match", [], "", None),
        ("exact_match", [1], "", 1),
        ("anything", [0.25, 0.75], "mean", 0.5),
        ("x", [3, 1, 2, 9], "median", 3),
        ("x", [1, math.nan, 2], "nanmean", 1.5),
        ("x", [math.nan], "nanmean", None),
        ("x", [math.nan, 1], "mean", None),
        ("perplexity", [-1, -3], "", math.exp(2)),
        ("perplexity", [-1e6], "", None),  # beyond every number
        ("word_perplexity", [[-4, 1], [-2, 2]], "", math.exp(2)),
        ("bits_per_byte", [[-4, 1], [-2, 2]], "", 2 / math.log(2)),
        ("byte_perplexity", [[0, 0]], "", None),
        ("brier_score", [[1, [0.5, 0.5]], [0, [1.0, 0.0]]], "", 0.25),
        ("brier_score", [[1, "[0.5 0.5]"], [0, "[1. 0.]"]], "", 0.25),
        ("f1", [[1, 1], [1, 0], [0, 1], [0, 0]], "", 0.5),
        ("f1", [[0, 0], [0, 0]], "", 0),
        ("mcc", [[0, 0], [1, 1], [2, 2]], "", 1),
        ("mcc", [[0, 0], [1, 0]], "", 0),
        ("mcc", [[0, 1], [1, 0]], "", -1),
        ("inst", [[True, False], [True]], "def agg_inst_level_acc(items):\n    …", 2 / 3),
    ],
)
def test_scores(metric: str, values: list[Any], aggregation: str, wanted: float | None) -> None:
    assert aggregate(metric, values, 50, aggregation).value == pytest.approx(wanted)


@pytest.mark.parametrize(
    ("metric", "values"),
    [
        ("exact_match", [1]),
        ("perplexity", [-1]),
        ("brier_score", [[0, [1.0]]] * 2),
        ("bits_per_byte", [[-1, 1]] * 2),
    ],
)
def test_where_the_harness_writes_no_stderr(metric: str, values: list[Any]) -> None:
    assert aggregate(metric, values).stderr is None


@pytest.mark.parametrize("metric", ["exact_match", "perplexity"])
def test_no_stderr_without_iterations(metric: str) -> None:
    assert aggregate(metric, [0, 1], 0).stderr is None


@pytest.mark.parametrize(
    ("metric", "values", "aggregation", "said"),
    [
        ("x", [1], "def mean(items):\n    …", "put together by code of the task"),
        ("x", [1], "bypass", "'bypass', which puts the values of x together, is unknown here"),
        ("f1", [[2, 1]], "", "two options"),
        ("exact_match", [["a", "b"]], "", "the values of exact_match are not those of that metric"),
        ("mcc", [1, 0], "", "are not those"),
        ("mcc", [["a", "b"]], "", "are not those"),
        ("brier_score", [[5, [0.5, 0.5]]], "", "are not those"),
        ("bleu", [1.0], "", "no pairs of reference and prediction"),
    ],
)
def test_what_cannot_be_put_together(
    metric: str, values: list[Any], aggregation: str, said: str
) -> None:
    with pytest.raises(FilterError, match=said):
        aggregate(metric, values, 10, aggregation)


PAIRS = [
    ["the cat sat on the mat", "the cat sat on a mat"],
    ["two dogs run very fast", "two dogs run fast"],
    ["it is three o'clock now", "it is now three o'clock"],
]


@pytest.mark.parametrize("metric", ["bleu", "chrf", "chrf++", "ter"])
def test_metrics_of_sacrebleu(metric: str) -> None:
    import sacrebleu

    references, predictions = zip(*PAIRS, strict=True)
    options = {"word_order": 2} if metric == "chrf++" else {}
    wanted = getattr(sacrebleu, f"corpus_{metric.rstrip('+')}")(
        predictions, [references], **options
    )
    found = aggregate(metric, PAIRS)
    assert found.value == pytest.approx(wanted.score, rel=1e-12)
    assert found.stderr
    assert found == aggregate(metric, PAIRS, 100)  # no more draws than that


def test_several_references_and_not_as_many_for_each() -> None:
    several = [[["no", "the cat sat on a mat"], "the cat sat on a mat"], ["a b c d e", "a b c d e"]]
    assert aggregate("bleu", several, 0).value == pytest.approx(100)


def test_without_sacrebleu(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "sacrebleu.metrics.bleu", None)
    with pytest.raises(FilterError, match=r"bleu needs sacrebleu: pip install 'tui-eval\[bleu\]'"):
        aggregate("bleu", PAIRS)


def test_nothing_is_known_of_no_values() -> None:
    assert aggregate("mcc", [None, None]) == Aggregate(None, None, 0)
