"""Correlations that MixEval published, and those of its leaderboard, out of their tables."""

from __future__ import annotations

import csv
import json
import os
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from tests.build.tables import make_tables, score_rows
from tui_eval.analysis.correlate import Standings, correlation_report, standings
from tui_eval.analysis.selection import Selection, select
from tui_eval.analysis.view import View

MIXEVAL = Path(os.environ["TUI_EVAL_CORPUS"]) / "mixeval"

IN_TABLE = {
    "Arena Elo": "Arena ELO",
    "Arena Elo (En)": "Arena ELO (En)",
    "AlpacaEval-2.0": "AlpacaEval-2.0 (LC)",
}
"""Published names that the table spells otherwise."""

FIRST = 35
"""Models of a pair that the published figures are over: the first of the sheet that have both."""


NOISY = frozenset(("TruthfulQA (0-shot)", "WinoGrande (5-shot)"))
"""The pair in which two scores of the sheet differ by 6e-16: a tie here, an order to scipy."""


def golden(name: str) -> list[dict[str, Any]]:
    pairs: list[dict[str, Any]] = json.loads((MIXEVAL / "golden" / name).read_text())["pairs"]
    return pairs


PUBLISHED = [
    pair for pair in golden("benchmark_correlations.json") if pair["recomputed"] is not None
]


@cache
def table(name: str) -> Selection:
    """A leaderboard as runs that were asked all its benchmarks: a row a model, blanks missing."""
    with (MIXEVAL / "leaderboard" / name).open(encoding="utf-8", newline="") as file:
        heads, *lines = csv.reader(file)
    rows: dict[str, dict[str, float | None]] = {head: {} for head in heads}
    for number, line in enumerate(lines):
        for head, text in zip(heads, line, strict=True):
            try:
                rows[head][f"{number:03} {line[0]}"] = float(text)
            except ValueError:
                continue
    return select(
        make_tables(
            *(
                score_rows(
                    {run: {None: value} for run, value in found.items()},
                    dataset=head,
                    metric="score",
                    unit="number",
                )
                for head, found in rows.items()
                if found and head not in heads[:1]
            )
        ),
        View(),
    )


def figures(selection: Selection) -> dict[frozenset[str], dict[str, Any]]:
    rows = correlation_report(selection).frame.iter_rows(named=True)
    return {frozenset((row["dataset_a"], row["dataset_b"])): row for row in rows}


def key(pair: dict[str, Any]) -> frozenset[str]:
    return frozenset(IN_TABLE.get(name, name) for name in (pair["x"], pair["y"]))


def test_all_351_published_correlations_come_out_of_the_report() -> None:
    assert len(PUBLISHED) == 351
    whole = table("benchmark_scores_189models.csv")
    known, found = standings(whole), figures(whole)
    for pair in PUBLISHED:
        row = found[key(pair)]
        assert row["models"] == pair["n_all"]
        if key(pair) != NOISY:
            assert row["spearman"] == pytest.approx(pair["spearman_all"], abs=1e-9)
        first = over_first_models(known, key(pair))
        assert first.models == pair["n"]
        assert first.spearman == pytest.approx(pair["published_spearman"], abs=1e-6)
        assert first.tau_b == pytest.approx(pair["kendall_tau_b_first35"], abs=1e-9)
        if row["models"] <= FIRST:
            assert row["spearman"] == first.spearman
    assert found[NOISY]["spearman"] == pytest.approx(0.50452, abs=1e-5)


def over_first_models(known: Standings, names: frozenset[str]) -> Any:
    """The figures over the models of the sheet that the published ones are over."""
    a, b = (known.names.index(name) for name in sorted(names))
    part = known.shared(a, b)[:FIRST]
    return Standings(
        known.by,
        known.dataset,
        known.names,
        known.metrics,
        tuple(known.models[place] for place in part),
        known.scores[part],
    ).agreement(a, b)


def test_the_figures_of_the_leaderboard_are_those_of_scipy() -> None:
    found = figures(table("leaderboard_chat.csv"))
    pairs = golden("leaderboard_rank_correlations.json")
    assert len(pairs) == 55
    for pair in pairs:
        row = found[key(pair)]
        assert row["models"] == pair["n"]
        assert row["spearman"] == pytest.approx(pair["spearman"], abs=1e-9)
        assert row["tau_b"] == pytest.approx(pair["kendall_tau_b"], abs=1e-9)
        assert row["low"] < row["spearman"] < row["high"]


def test_the_figure_that_became_famous_has_its_models_and_its_range() -> None:
    """0.96 of MixEval-Hard and Arena Elo is said to hold; of 33 models it may as well be 0.94."""
    row = figures(table("leaderboard_chat.csv"))[frozenset(("MixEval-Hard", "Arena Elo (0527)"))]
    assert row["models"] == 33
    assert round(row["spearman"], 2) == 0.97
    assert (round(row["low"], 2), round(row["high"], 2)) == (0.93, 0.99)
