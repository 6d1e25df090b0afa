"""Agreement of judges where it is known by hand, and where nothing can be said."""

from __future__ import annotations

import math
from itertools import product

import numpy as np
import pytest

from tui_eval.statistics.agreement import agreement, quadratic_kappa


def test_names_and_numbers_are_alike() -> None:
    words = agreement(["yes", "no", "yes", "no"], ["yes", "no", "no", "no"])
    assert words == agreement([1, 0, 1, 0], [1, 0, 0, 0])
    assert (words.share, words.kappa) == (0.75, 0.5)


def test_where_chance_alone_agrees_everywhere_there_is_no_kappa() -> None:
    found = agreement([1, 1], [1, 1])
    assert found.share == 1
    assert math.isnan(found.kappa)
    assert all(map(math.isnan, found.interval))
    assert math.isnan(quadratic_kappa(np.array([0.5, 0.5]), np.array([0.5, 0.5])))


def test_no_agreement_beyond_chance_is_none() -> None:
    assert agreement([0, 0, 1, 1], [0, 1, 0, 1]).kappa == pytest.approx(0)


def test_quadratic_weights_are_those_of_the_table_of_all_scores() -> None:
    """Cohen's definition: 1 - sum(w * observed) / sum(w * expected), w the squared distance."""
    one, other = np.array([0.0, 0.1, 0.5, 1.0, 1.0]), np.array([0.0, 0.3, 0.5, 0.9, 0.2])
    seen = sum((x - y) ** 2 for x, y in zip(one, other, strict=True)) / 5
    by_chance = sum((x - y) ** 2 for x, y in product(one, other)) / 25
    assert quadratic_kappa(one, other) == pytest.approx(1 - seen / by_chance, abs=1e-12)
    assert quadratic_kappa(one, one) == 1
