"""EvalScope's arithmetic of an arena, on games of our own."""

from __future__ import annotations

import pytest

from tui_eval.rescoring.evalscope_arena import expanded, standing


def test_a_strong_verdict_counts_three_times() -> None:
    games = [(1.0, True), (0.0, False), (0.5, True), (None, False)]
    assert expanded(games) == [1.0, 1.0, 1.0, 0.0, 0.5]


def test_without_a_game_there_is_no_standing() -> None:
    assert standing(expanded([(None, False)])) is None


@pytest.mark.parametrize(("points", "rate"), [(1.0, 0.9091), (0.0, 0.0909), (0.5, 0.5)])
def test_games_with_one_outcome(points: float, rate: float) -> None:
    found = standing([points] * 10)
    assert found is not None
    assert (found.win_rate, found.low, found.high) == (rate, rate, rate)


def test_one_loss_lifts_a_model_above_one_that_won_everything() -> None:
    found = standing([1.0] * 53 + [0.0])
    assert found is not None
    assert found.win_rate == 0.9815
    assert found.games == 54


def test_another_order_draws_other_bounds() -> None:
    one, other = standing([1.0] * 6 + [0.0] * 5), standing([0.0] * 5 + [1.0] * 6)
    assert one is not None
    assert other is not None
    assert one.win_rate == other.win_rate
    assert (one.low, one.high) != (other.low, other.high)
