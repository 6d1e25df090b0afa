"""Multiple choice as lm-evaluation-harness scores it: by the log-likelihoods of the options.

Definitions: ``ConfigurableTask.process_results`` of version 0.4.13.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence

from tui_eval.records import Recorded
from tui_eval.rescoring.filters import FilterError

NOWHERE = -100
"""The number of an option that is not there, as the harness has it: never right."""


class NoReferenceError(FilterError):
    """An answer without a reference, which a metric needs."""


def golds(recorded: Recorded) -> tuple[int, ...]:
    """Numbers of the options that are right; `NOWHERE` for one that is none of them.

    Raises:
        NoReferenceError: There is none.
    """
    target = recorded.target
    if target is None:
        raise NoReferenceError("there is no reference")
    several = target if isinstance(target, tuple) else (target,)
    return tuple(_number(one, recorded) for one in several)


def gold(recorded: Recorded) -> int:
    """The one option that is right.

    Raises:
        FilterError: None or several are.
    """
    first, *others = golds(recorded)
    if others:
        raise FilterError("the metric needs one right option, and the question has several")
    return first


def conditioned(recorded: Recorded) -> list[float]:
    """Log-likelihoods of the options."""
    if not recorded.ratings:
        raise FilterError("the file keeps no log-likelihoods")
    if recorded.options and len(recorded.options) != len(recorded.ratings):
        raise FilterError(
            f"of {len(recorded.options)} options the file rates {len(recorded.ratings)}"
        )
    return [rating.value for rating in recorded.ratings]


def by_characters(recorded: Recorded) -> list[float]:
    """Log-likelihoods for each character of an option."""
    return _for_each(recorded, len)


def by_bytes(recorded: Recorded) -> list[float]:
    """Log-likelihoods for each byte of an option in UTF-8."""
    return _for_each(recorded, lambda text: len(text.encode("utf-8", "surrogatepass")))


def mutual_information(recorded: Recorded) -> list[float]:
    """Log-likelihoods less those that the options have without the question."""
    rated = conditioned(recorded)
    if len(recorded.unconditioned) != len(rated):
        raise FilterError("the file does not keep what the options are rated without the question")
    return [value - alone for value, alone in zip(rated, recorded.unconditioned, strict=True)]


def probabilities(recorded: Recorded) -> list[float]:
    """Log-likelihoods as shares of 1 (softmax)."""
    rated = conditioned(recorded)
    most = max(rated)
    powers = [math.exp(value - most) for value in rated]
    total = sum(powers)
    return [power / total for power in powers]


def largest(values: Sequence[float]) -> int:
    """Where the largest value is, the first of equal ones; the first NaN (as ``numpy.argmax``)."""
    best = 0
    for place, value in enumerate(values):
        if math.isnan(value):
            return place
        if value > values[best]:
            best = place
    return best


def greedy(recorded: Recorded) -> int:
    """1 where the model would have written a right option by itself, else 0."""
    conditioned(recorded)
    right = [one for one in golds(recorded) if one != NOWHERE]
    told = [recorded.ratings[one].is_greedy for one in right]
    if None in told:
        raise FilterError("the file does not say which option the model would have written")
    return int(any(told))


def _number(target: str | int, recorded: Recorded) -> int:
    places = range(len(recorded.options) or len(recorded.ratings))
    if isinstance(target, int):  # the harness looks from the end where it is negative
        return target if -len(places) <= target < len(places) else NOWHERE
    if target in recorded.options:
        return recorded.options.index(target)
    return next((place for place in places if str(place) == target), NOWHERE)


def _for_each(recorded: Recorded, length: Callable[[str], int]) -> list[float]:
    rated = conditioned(recorded)
    if not recorded.options:
        raise FilterError("the file does not keep the texts of the options")
    lengths = map(length, recorded.options)
    return [_divided(value, count) for value, count in zip(rated, lengths, strict=True)]


def _divided(value: float, count: int) -> float:
    if count:
        return value / count
    return math.nan if value == 0 or math.isnan(value) else math.copysign(math.inf, value)


RATED: Mapping[str, Callable[[Recorded], list[float]]] = {
    "acc": conditioned,
    "acc_norm": by_characters,
    "acc_bytes": by_bytes,
    "acc_mutual_info": mutual_information,
}
"""By which of the ratings a metric takes the best option: 1 where it is right, else 0."""
