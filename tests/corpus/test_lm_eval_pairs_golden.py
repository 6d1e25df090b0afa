"""Comparisons of recorded runs against the pairs that were worked out from their files."""

from __future__ import annotations

import json
import math
import os
from pathlib import Path
from typing import Any

import pytest
from scipy.special import bdtr, ndtr

from tests.build.commands import Command, command

__all__ = ["command"]  # the fixture

LM_EVAL = Path(os.environ["TUI_EVAL_CORPUS"]) / "lmeval"
PAIRS: list[dict[str, Any]] = [
    pair
    for pair in json.loads((LM_EVAL / "golden/pairs.json").read_text("utf-8"))
    if all((LM_EVAL / pair[side]).exists() for side in "ab")
]


def stamp(file: str) -> str:
    """The time of a run, by which it is chosen among those of its model."""
    return file.removesuffix(".jsonl").rpartition("_")[2]


@pytest.mark.parametrize("pair", PAIRS, ids=lambda pair: f"{pair['task']} {pair['filter']}")
def test_pairs(command: Command, pair: dict[str, Any]) -> None:
    metric = pair["metric"] if pair["filter"] == "none" else f"{pair['metric']}, {pair['filter']}"
    folders = dict.fromkeys((LM_EVAL / pair[side]).parent for side in "ab")
    words = ("--baseline", stamp(pair["a"]), "--candidate", stamp(pair["b"]), "--metric", metric)
    out, _ = command("compare", *folders, *words, "--by", "category", "--format", "json")
    rows = json.loads(out)
    [row] = [row for row in rows if row["category"] == pair["task"]] or [
        row for row in rows if row["dataset"] == pair["task"]
    ]
    assert row["paired"]
    assert (row["n"], row["fixed"], row["broken"]) == (
        pair["n_paired"],
        pair["only_b"],
        pair["only_a"],
    )
    assert row["same"] == pair["both_right"] + pair["both_wrong"]
    assert row["baseline_score"] == pytest.approx(pair["mean_a"], abs=1e-12)
    assert row["candidate_score"] == pytest.approx(pair["mean_b"], abs=1e-12)
    assert row["delta"] == pytest.approx(-pair["diff_a_minus_b"], abs=1e-12)
    assert row["verdict"] == "better"
    check_tests(row, pair)


def check_tests(row: dict[str, Any], pair: dict[str, Any]) -> None:
    """The golden tests, from the counts and figures of the row."""
    flipped, least = row["fixed"] + row["broken"], min(row["fixed"], row["broken"])
    exact = 2 * bdtr(float(least), flipped, 0.5)
    assert exact == pytest.approx(pair["mcnemar_exact_p"], rel=1e-9)
    assert row["p"] == pytest.approx(exact - math.comb(flipped, least) / 2**flipped, rel=1e-6)
    stderr = row["visible_gap"] / (1.959963984540054 + 0.8416212335729143)
    assert stderr == pytest.approx(pair["paired_se"], rel=1e-9)
    assert -row["delta"] / stderr == pytest.approx(pair["paired_z"], rel=1e-9)
    p = 2 * ndtr(-abs(row["delta"] / stderr))
    assert p == pytest.approx(pair["paired_p_two_sided"], rel=1e-6)
    shares = row["baseline_score"], row["candidate_score"]
    unpaired = math.sqrt(sum(share * (1 - share) / (row["n"] - 1) for share in shares))
    assert -row["delta"] / unpaired == pytest.approx(pair["unpaired_z_model_comparator"], rel=1e-9)
