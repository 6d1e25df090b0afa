"""Bootstrap of lm-evaluation-harness with its seeds: the same draws, many at a time.

The harness draws with ``random.Random(i).choices(values, k=n)``, up to 1,000 times from each seed
``i``, and the standard error is the sample standard deviation of the statistic over the draws
(``lm_eval.api.metrics.bootstrap_stderr``). Both generators are the same Mersenne Twister and make
the same 53 bits of it, so NumPy draws the same places.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

_CHUNK = 1000
"""Draws from one seed."""

_AT_ONCE = 1 << 17
"""Places that are held at a time, about: so few that they stay in the processor's cache."""

Statistic = Callable[[Any], Any]
"""Of places (draws × n) one number a draw."""


def stderr(statistic: Statistic, n: int, iterations: int) -> float:
    """Standard deviation (ddof 1) of a statistic over draws of ``n`` of ``n`` values.

    Args:
        statistic: Gets the places of the values drawn, one row a draw.
        n: How many values there are; not 0.
        iterations: Draws; of more than 1,000 the whole thousands.

    Returns:
        NaN for fewer than two draws, and where the statistic is NaN for one of them.
    """
    import numpy as np

    if iterations < 2:
        return float("nan")
    with np.errstate(all="ignore"):  # a statistic may be infinite or undefined for a draw
        replicates = [statistic(places) for places in _drawn(n, iterations)]
        return float(np.std(np.concatenate(replicates), ddof=1))


def _drawn(n: int, iterations: int) -> Iterator[Any]:
    import numpy as np

    chunk = min(_CHUNK, iterations)
    block = max(1, min(chunk, _AT_ONCE // n))
    for seed in range(iterations // chunk):
        random = np.random.RandomState([seed])  # by an array, as Python seeds
        for first in range(0, chunk, block):
            draws = random.random_sample((min(block, chunk - first), n))
            draws *= n
            yield draws.astype(np.int32)
