"""What lm-evaluation-harness makes of the values of all rows: a score and its standard error.

Definitions: ``lm_eval.api.metrics`` and ``evaluator_utils`` of version 0.4.13. ``f1`` and
``matthews_corrcoef`` are those of scikit-learn for two options, and for any number.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import reduce
from operator import add
from typing import Any, NamedTuple

from tui_eval.rescoring import bootstrap
from tui_eval.rescoring.filters import FilterError
from tui_eval.rescoring.metrics import TRANSLATION

_FEW = 100
"""Draws at most for a metric that is slow to compute."""


class Aggregate(NamedTuple):
    """A score; None where there is none, as where the harness writes ``N/A`` or NaN."""

    value: float | None
    stderr: float | None
    n: int


def aggregate(
    metric: str, values: Sequence[object], iterations: int = 100_000, aggregation: str = ""
) -> Aggregate:
    """Score, standard error and how many rows they are made of.

    Args:
        metric: Its name.
        values: As `metrics.scorer` makes them, or as a file has them; None is left out.
        iterations: Of the bootstrap (``bootstrap_iters``); 0: no standard errors at all.
        aggregation: As the configuration names it (its name, or the source of a function); empty:
            the usual one of the metric.

    Raises:
        FilterError: The way of aggregating is code of the task, the values do not suit it, or
            sacrebleu is missing.
    """
    present = [value for value in values if value is not None]
    way = _way(metric, aggregation)
    if not present:
        return Aggregate(None, None, 0)
    try:
        value, stderr = way(present, iterations)
    except OverflowError:
        value = stderr = None
    except (TypeError, ValueError, IndexError) as error:
        if isinstance(error, FilterError):
            raise
        raise FilterError(f"the values of {metric} are not those of that metric") from None
    return Aggregate(_finite(value), _finite(stderr), len(present))


def _way(metric: str, aggregation: str) -> Way:
    source = re.match(r"\s*def\s+(\w+)", aggregation)
    if source:
        return _of_task(metric, source[1])
    name = aggregation or _USUAL.get(metric, "mean")
    if name in TRANSLATION:
        return lambda values, iterations: _by_sacrebleu(name, values, iterations)
    if name not in _WAYS:
        raise FilterError(f"{name!r}, which puts the values of {metric} together, is unknown here")
    return _WAYS[name]


def _of_task(metric: str, function: str) -> Way:
    if function == "agg_inst_level_acc":  # of ifeval, whose rows keep a list of marks
        return _flat_mean
    raise FilterError(
        f"the values of {metric} are put together by code of the task: it is not run here"
    )


def _finite(value: float | None) -> float | None:
    return float(value) if value is not None and math.isfinite(value) else None


def _sum(values: Iterable[Any]) -> Any:
    """One after the other: from Python 3.12 on ``sum`` gives another last bit than before."""
    return reduce(add, values, 0)


def _drawn_stderr(statistic: bootstrap.Statistic, n: int, iterations: int) -> float | None:
    return bootstrap.stderr(statistic, n, iterations) if n > 1 and iterations > 0 else None


def _mean(values: Sequence[Any], iterations: int) -> Both:
    n = len(values)
    mean = _sum(values) / n
    if n < 2 or iterations <= 0:
        return mean, None
    spread = math.sqrt(_sum((value - mean) ** 2 for value in values) / (n - 1))
    return mean, spread / math.sqrt(n)


def _nanmean(values: Sequence[Any], iterations: int) -> Both:
    import numpy as np

    some = np.asarray(values, float)
    known = ~np.isnan(some)
    if not known.any():
        return None, None
    filled = np.where(known, some, 0)

    def statistic(places: Any) -> Any:
        return filled[places].sum(axis=1) / known[places].sum(axis=1)

    return float(some[known].mean()), _drawn_stderr(statistic, len(some), iterations)


def _median(values: Sequence[Any], iterations: int) -> Both:
    import numpy as np

    some = np.asarray(values, float)
    middle = len(some) // 2  # the upper one of two

    def statistic(places: Any) -> Any:
        return np.partition(some[places], middle, axis=1)[:, middle]

    return float(np.sort(some)[middle]), _drawn_stderr(statistic, len(some), iterations)


def _perplexity(values: Sequence[Any], iterations: int) -> Both:
    import numpy as np

    some = np.asarray(values, float)

    def statistic(places: Any) -> Any:
        return np.exp(-some[places].sum(axis=1) / len(some))

    value = math.exp(-_sum(values) / len(values))
    return value, _drawn_stderr(statistic, len(some), iterations)


def _weighted_perplexity(values: Sequence[Any], _iterations: int) -> Both:
    return math.exp(-_weighted_mean(values)), None


def _bits_per_byte(values: Sequence[Any], _iterations: int) -> Both:
    return -_weighted_mean(values) / math.log(2), None


def _weighted_mean(values: Sequence[Any]) -> float:
    rated, counts = zip(*values, strict=True)
    total = _sum(counts)
    return float(_sum(rated) / total) if total else math.nan


def _brier(values: Sequence[Any], _iterations: int) -> Both:
    total = 0.0
    for gold, shares in values:
        given = _numbers(shares)
        right = range(len(given))[int(gold)]
        total += sum((share - (place == right)) ** 2 for place, share in enumerate(given))
    return total / len(values), None


def _numbers(shares: Any) -> list[float]:
    """Numbers, or the text that NumPy writes for an array of them: the harness keeps that."""
    return [float(one) for one in (shares.strip("[]").split() if _is_text(shares) else shares)]


def _is_text(value: object) -> bool:
    return isinstance(value, str)


def _f1(values: Sequence[Any], iterations: int) -> Both:
    pairs = [(int(gold), int(pred)) for gold, pred in values]
    labels = {label for pair in pairs for label in pair}
    if not labels <= {0, 1}:
        raise FilterError("f1 is defined for questions of two options")
    return _of_counts(pairs, _f1_of, iterations)


def _mcc(values: Sequence[Any], iterations: int) -> Both:
    return _of_counts([(int(gold), int(pred)) for gold, pred in values], _mcc_of, iterations)


def _of_counts(
    pairs: Sequence[tuple[int, int]],
    measure: Callable[[Any, Sequence[tuple[int, int]]], Any],
    iterations: int,
) -> Both:
    """A measure of how often each pair of gold and prediction is there."""
    import numpy as np

    kinds = sorted(set(pairs))
    number = {kind: place for place, kind in enumerate(kinds)}
    which = np.asarray([number[pair] for pair in pairs], np.int64)

    def statistic(places: Any) -> Any:
        rows = np.arange(len(places))[:, None] * len(kinds)
        counted = np.bincount((which[places] + rows).ravel(), minlength=len(places) * len(kinds))
        return measure(counted.reshape(len(places), len(kinds)), kinds)

    whole = measure(np.bincount(which)[None, :], kinds)
    return float(whole[0]), _drawn_stderr(statistic, len(pairs), iterations)


def _f1_of(counts: Any, kinds: Sequence[tuple[int, int]]) -> Any:
    """2 tp / (2 tp + fp + fn) of option 1; 0 where neither is."""
    import numpy as np

    weights = np.asarray([gold + pred for gold, pred in kinds])
    both = np.asarray([2 * gold * pred for gold, pred in kinds])
    return counts @ both / np.maximum(counts @ weights, 1)


def _mcc_of(counts: Any, kinds: Sequence[tuple[int, int]]) -> Any:
    """R_K of Gorodkin (2004), as scikit-learn has it; 0 where it is not defined."""
    import numpy as np

    labels = sorted({label for kind in kinds for label in kind})
    golds = counts @ np.asarray([[gold == one for one in labels] for gold, _ in kinds], float)
    preds = counts @ np.asarray([[pred == one for one in labels] for _, pred in kinds], float)
    right = counts @ np.asarray([gold == pred for gold, pred in kinds], float)
    n = counts.sum(axis=1)
    shared = right * n - (golds * preds).sum(axis=1)
    spreads = (n**2 - (golds**2).sum(axis=1)) * (n**2 - (preds**2).sum(axis=1))
    return np.where(spreads > 0, shared / np.sqrt(np.where(spreads > 0, spreads, 1)), 0.0)


def _by_sacrebleu(metric: str, values: Sequence[Any], iterations: int) -> Both:
    from tui_eval.rescoring.translation import Corpus

    corpus = Corpus(metric, values)

    def statistic(places: Any) -> list[float]:
        return [corpus.score(drawn) for drawn in places.tolist()]

    return corpus.score(), _drawn_stderr(statistic, len(values), min(iterations, _FEW))


def _flat_mean(values: Sequence[Any], _iterations: int) -> Both:
    flat = [one for several in values for one in several]
    return (sum(flat) / len(flat) if flat else None), None


Both = tuple[float | None, float | None]
"""A score and its standard error."""

Way = Callable[[Sequence[Any], int], Both]

_WAYS: Mapping[str, Way] = {
    "mean": _mean,
    "nanmean": _nanmean,
    "median": _median,
    "perplexity": _perplexity,
    "weighted_perplexity": _weighted_perplexity,
    "bits_per_byte": _bits_per_byte,
    "brier_score": _brier,
    "f1": _f1,
    "f1_score": _f1,
    "matthews_corrcoef": _mcc,
}

_USUAL: Mapping[str, str] = {
    "f1": "f1",
    "mcc": "matthews_corrcoef",
    "brier_score": "brier_score",
    "perplexity": "perplexity",
    "word_perplexity": "weighted_perplexity",
    "byte_perplexity": "weighted_perplexity",
    "bits_per_byte": "bits_per_byte",
    **{name: name for name in TRANSLATION},
}
