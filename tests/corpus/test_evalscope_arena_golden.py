"""The arithmetic of EvalScope's arena against what EvalScope 1.14.1 computed, bit by bit."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tui_eval.rescoring.evalscope_arena import Standing, expanded, standing

CORPUS = Path(os.environ.get("TUI_EVAL_CORPUS", ""))


def reviews(version: str) -> dict[str, list[dict[str, Any]]]:
    """The rows of each pair of an arena run, by the name of the pair."""
    found = {}
    for path in sorted((CORPUS / "evalscope/mock" / version).glob("*/reviews/Arena/*.jsonl")):
        rows = [json.loads(line) for line in path.read_text("utf-8").splitlines()]
        found[path.stem.removeprefix("general_arena_")] = rows
    return found


def games(rows: list[dict[str, Any]], model: str) -> Iterator[tuple[float | None, bool]]:
    for row in rows:
        result = row["sample_score"]["score"]["metadata"].get("battle_result", {})
        for game in result.get("games", ()):  # none of a pair that was left out
            verdict = game["judgment"]
            sides = {"A": game["model_a"], "B": game["model_b"]}
            if verdict is None:
                yield None, False
            elif "=" in verdict:
                yield 0.5, False
            else:
                yield float(sides[verdict[0]] == model), ">>" in verdict


def test_it_is_equal_to_the_last_bit() -> None:
    wanted = json.loads((CORPUS / "evalscope/golden/arena_1.14.1_seed42.json").read_text())
    found = {}
    for pair, rows in reviews("1.14.1").items():
        model = pair.rpartition("@")[2].partition("&")[0]
        found[pair] = standing(expanded(games(rows, model)))
    assert found.keys() == wanted.keys()
    for pair, told in wanted.items():
        got = found[pair]
        assert isinstance(got, Standing)
        assert (got.win_rate, got.low, got.high, got.games) == (
            told["win_rate"],
            told["win_rate_lower"],
            told["win_rate_upper"],
            told["battles"],
        ), pair
        assert round(got.elo, 2) == pytest.approx(told["elo"], abs=1e-9), pair
