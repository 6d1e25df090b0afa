"""Ratings against evalica, arena-rank, statsmodels and FastChat, and what must always hold."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tui_eval.statistics import ratings
from tui_eval.statistics.ratings import Battles

DATA = Path(__file__).parent.parent / "data" / "statistics"
TABLES = json.loads((DATA / "fixtures.json").read_text())["tables"]
POINTS = {"model_a": 1.0, "model_b": 0.0, "tie": 0.5}


def battles_of(rows: list[tuple[str, str, str]]) -> tuple[Battles, list[str]]:
    names = sorted({name for row in rows for name in row[:2]})
    number = {name: at for at, name in enumerate(names)}
    first, second = (np.array([number[row[at]] for row in rows]) for at in (0, 1))
    points = np.array([POINTS[row[2]] for row in rows])
    return Battles(first, second, points, len(names)), names


def given_battles(case: dict[str, Any]) -> tuple[Battles, list[str]]:
    told = case["input"]
    rows = told.get("rows") or TABLES[told["fixture"]]["rows"]
    return battles_of(rows[:60] if "filter" in told else rows)


CASES = {
    case["id"]: case for case in json.loads((DATA / "bradley_terry.json").read_text())["cases"]
}


def expected(case: dict[str, Any], name: str) -> tuple[Any, float]:
    found = next(one for one in case["expected"] if one["name"] == name)
    return found["value"], found["abs_tol"]


@pytest.mark.parametrize("name", ["battles_6x600", "first_60_battles"])
class TestGolden:
    def fitted(self, name: str) -> tuple[ratings.Ratings, list[str]]:
        battles, names = given_battles(CASES[name])
        (group,) = ratings.groups_of(ratings.counted(battles).points)
        return ratings.bradley_terry(battles, group.models), names

    def test_ratings(self, name: str) -> None:
        found, names = self.fitted(name)
        wanted, tolerance = expected(CASES[name], "ratings_mean1000")
        assert found.values == pytest.approx([wanted[one] for one in names], abs=tolerance)

    def test_standard_errors(self, name: str) -> None:
        found, names = self.fitted(name)
        wanted, tolerance = expected(CASES[name], "sandwich_se_exact")
        assert found.stderrs == pytest.approx([wanted[one] for one in names], abs=tolerance)

    def test_intervals(self, name: str) -> None:
        found, names = self.fitted(name)
        wanted, tolerance = expected(CASES[name], "sandwich_ci95")
        low, high = found.intervals()
        assert low == pytest.approx([wanted[one][0] for one in names], abs=tolerance)
        assert high == pytest.approx([wanted[one][1] for one in names], abs=tolerance)

    def test_places(self, name: str) -> None:
        found, names = self.fitted(name)
        wanted, _ = expected(CASES[name], "rank_ub")
        best, worst = ratings.rank_ranges(*found.intervals())
        assert best.tolist() == [wanted[one] for one in names]
        assert (worst >= best).all()

    def test_the_chance_of_the_first_against_the_last(self, name: str) -> None:
        found, names = self.fitted(name)
        wanted, tolerance = expected(CASES[name], "p_win_first_vs_last")
        gap, stderr = found.gap(names.index("m0"), names.index("m5"))
        assert 1 / (1 + 10 ** (-gap / 400)) == pytest.approx(wanted, abs=tolerance)
        assert stderr > 0


def test_models_that_never_met_have_tables_of_their_own() -> None:
    case = CASES["disconnected"]
    battles, names = given_battles(case)
    groups = ratings.groups_of(ratings.counted(battles).points)
    wanted, _ = expected(case, "components")
    assert [[names[at] for at in group.models] for group in groups] == wanted
    assert [group.component for group in groups] == [0, 1]


def test_an_undefeated_model_has_no_rating() -> None:
    rows = [("a", "b", "model_a")] * 8 + [("a", "c", "model_a")] * 8
    rows += [("b", "c", "model_a")] * 5 + [("b", "c", "model_b")] * 3
    battles, names = battles_of(rows)
    groups = ratings.groups_of(ratings.counted(battles).points)
    assert [[names[at] for at in group.models] for group in groups] == [["a"], ["b", "c"]]
    assert [group.level for group in groups] == [0, 1]
    rest = ratings.bradley_terry(battles, groups[1].models)
    assert rest.values[0] - rest.values[1] == pytest.approx(400 * math.log10(5 / 3))


def test_counts() -> None:
    case = CASES["raw_win_rates"]
    battles, names = given_battles(case)
    record = ratings.recorded(battles)
    wanted, _ = expected(case, "wins_losses_ties")
    found = {name: [int(part[at]) for part in record] for at, name in enumerate(names)}
    assert found == wanted
    counts = ratings.counted(battles)
    rates, tolerance = expected(case, "pairwise_ties_half")
    for pair, rate in rates.items():
        one, other = (names.index(name) for name in pair.split(">"))
        share = counts.points[one, other] / counts.battles[one, other]
        assert share == pytest.approx(rate, abs=tolerance)


def test_elo() -> None:
    (case,) = json.loads((DATA / "elo_online.json").read_text())["cases"]
    battles, names = given_battles(case)
    wanted, tolerance = expected(case, "ratings")
    found = ratings.elo(battles, k=4)
    assert found == pytest.approx([wanted[one] for one in names], abs=tolerance)


@st.composite
def connected(draw: st.DrawFn) -> Battles:
    """Battles of a few models that can be rated together."""
    models = draw(st.integers(2, 6))
    pairs = st.tuples(st.integers(0, models - 1), st.integers(0, models - 1))
    pairs = st.tuples(st.integers(0, models - 1), st.integers(1, models - 1))
    points = st.sampled_from([0.0, 0.25, 0.5, 1.0])
    some = draw(st.lists(st.tuples(pairs, points, st.integers(0, 5)), max_size=40))
    rows = [(one, (one + further) % models, point, on) for (one, further), point, on in some]
    rows += [(at, (at + 1) % models, 0.5, at) for at in range(models)]  # each met the next one
    first, second, taken, clusters = (np.array(column) for column in zip(*rows, strict=True))
    return Battles(first, second, taken, models, clusters)


def everybody(battles: Battles) -> np.ndarray:
    return np.arange(battles.models)


@given(connected(), st.randoms(use_true_random=False))
def test_order_changes_nothing(battles: Battles, random: Any) -> None:
    order = list(range(len(battles.points)))
    random.shuffle(order)
    assert battles.clusters is not None
    mixed = Battles(
        battles.first[order],
        battles.second[order],
        battles.points[order],
        battles.models,
        battles.clusters[order],
    )
    one, other = (ratings.bradley_terry(some, everybody(some)) for some in (battles, mixed))
    assert one.values == pytest.approx(other.values, abs=1e-6)
    assert one.stderrs == pytest.approx(other.stderrs, abs=1e-6)


@given(connected())
def test_another_first_model_is_the_same_battle(battles: Battles) -> None:
    turned = Battles(
        battles.second, battles.first, 1 - battles.points, battles.models, battles.clusters
    )
    one, other = (ratings.bradley_terry(some, everybody(some)) for some in (battles, turned))
    assert one.values == pytest.approx(other.values, abs=1e-6)
    assert one.stderrs == pytest.approx(other.stderrs, abs=1e-6)


@given(connected(), st.randoms(use_true_random=False))
def test_other_numbers_of_models_change_rows_alone(battles: Battles, random: Any) -> None:
    new = list(range(battles.models))
    random.shuffle(new)
    number = np.array(new)
    renamed = Battles(
        number[battles.first],
        number[battles.second],
        battles.points,
        battles.models,
        battles.clusters,
    )
    one, other = (ratings.bradley_terry(some, everybody(some)) for some in (battles, renamed))
    assert one.values == pytest.approx(other.values[number], abs=1e-6)


@given(connected())
def test_every_battle_twice_leaves_ratings(battles: Battles) -> None:
    assert battles.clusters is not None
    twice = Battles(
        np.concatenate([battles.first, battles.first]),
        np.concatenate([battles.second, battles.second]),
        np.concatenate([battles.points, battles.points]),
        battles.models,
        np.concatenate([battles.clusters, battles.clusters]),
    )
    one, other = (ratings.bradley_terry(some, everybody(some)) for some in (battles, twice))
    assert one.values == pytest.approx(other.values, abs=1e-6)
    assert one.stderrs == pytest.approx(other.stderrs, abs=1e-6)  # the same questions


@given(connected())
def test_each_battle_on_its_own_question_is_no_cluster(battles: Battles) -> None:
    count = len(battles.points)
    alone = Battles(battles.first, battles.second, battles.points, battles.models, np.arange(count))
    plain = Battles(battles.first, battles.second, battles.points, battles.models)
    one, other = (ratings.bradley_terry(some, everybody(some)) for some in (alone, plain))
    assert one.stderrs == pytest.approx(other.stderrs * math.sqrt(count / (count - 1)), abs=1e-6)


@given(connected(), connected())
def test_models_that_never_met_do_not_move_each_other(one: Battles, other: Battles) -> None:
    together = Battles(
        np.concatenate([one.first, other.first + one.models]),
        np.concatenate([one.second, other.second + one.models]),
        np.concatenate([one.points, other.points]),
        one.models + other.models,
    )
    groups = ratings.groups_of(ratings.counted(together).points)
    assert [group.component for group in groups] == [0, 1]
    alone = ratings.bradley_terry(
        Battles(one.first, one.second, one.points, one.models), everybody(one)
    )
    beside = ratings.bradley_terry(together, groups[0].models)
    assert alone.values == pytest.approx(beside.values, abs=1e-9)
