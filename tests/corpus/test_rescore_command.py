"""`tui-eval rescore` on recorded runs gives the numbers of lm-evaluation-harness's own classes."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest

from tests.build.commands import Command, command

__all__ = ["command"]  # the fixture

CORPUS = Path(os.environ.get("TUI_EVAL_CORPUS", "")) / "lmeval"
GOLDEN: list[dict[str, Any]] = json.loads((CORPUS / "golden/gsm8k_rescore.json").read_text())
MODELS = ("alpha-1b", "beta-7b", "delta-70b")
STAMPS = {
    "alpha-1b": "2026-11-21T00-00-36.283251",
    "beta-7b": "2026-11-21T00-28-20.180429",
    "delta-70b": "2026-11-21T00-15-15.709591",
}
TRAP = r"regex:(?:####|A:|[Tt]he answer is)\s*\$?(-?[0-9.,]+)"


def results(model: str) -> Path:
    return CORPUS / f"v0.4.13/sim__{model}/results_{STAMPS[model]}.json"


def rescored(command: Command, model: str, *words: object) -> list[dict[str, Any]]:
    out, _ = command(
        *("rescore", results(model), "--dataset", "gsm8k", *words, "--format", "json"),
    )
    return [row for row in json.loads(out) if row["category"] is None]


def expected(model: str, subset: str) -> dict[str, dict[str, Any]]:
    return {
        one["filter"]: one
        for one in GOLDEN
        if f"sim__{model}/" in one.get("samples_file", "")
        and one["task"] == "gsm8k"
        and one["subset"] == subset
        and one.get("filter") in ("strict-match", "flexible-extract")
    }


@pytest.mark.parametrize("model", MODELS)
def test_the_filters_of_the_run(command: Command, model: str) -> None:
    told = expected(model, "all")
    assert len(told) == 2
    for row in rescored(command, model, *(word for name in told for word in ("--filter", name))):
        want = told[row["filter"]]
        assert row["value"] == want["value"]
        assert row["stderr"] == pytest.approx(want["stderr"], rel=1e-9)
        assert (row["n"], row["stored"], row["delta"]) == (want["n"], want["value"], 0.0)


def test_some_questions(command: Command) -> None:
    told = expected("alpha-1b", "doc_id<100")
    words = [word for name in told for word in ("--filter", name)]
    for row in rescored(command, "alpha-1b", *words, "--where", "id < 100"):
        want = told[row["filter"]]
        assert (row["n"], row["value"]) == (100, want["value"])
        assert row["stderr"] == pytest.approx(want["stderr"], rel=1e-9)


def test_the_trap_of_a_filter_that_finds_nothing(command: Command) -> None:
    strict, other = rescored(command, "beta-7b", "--filter", "strict-match", "--filter", TRAP)

    assert (strict["value"], strict["stored"], strict["invalid"]) == (0.0, 0.0, 1319)
    assert other["value"] == pytest.approx(0.390447, abs=5e-7)
    assert (other["stored"], other["invalid"], other["verdict"]) == (0.0, 1, "better")


def test_saved_runs_are_the_same_to_the_last_bit(command: Command, tmp_path: Path) -> None:
    (row,) = rescored(command, "beta-7b", "--filter", TRAP, "--out", tmp_path)

    out, _ = command("scores", tmp_path, "--long", "--format", "json")
    (saved,) = json.loads(out)
    assert (saved["value"], saved["stderr"], saved["n"]) == (row["value"], row["stderr"], 1319)
    (again,) = [
        one
        for one in json.loads(command("rescore", tmp_path, "--filter", TRAP, "--format", "json")[0])
        if one["category"] is None
    ]
    assert (again["value"], again["stored"], again["delta"]) == (row["value"], row["value"], 0.0)


def test_groups_and_other_kinds(command: Command) -> None:
    path = CORPUS / "v0.4.13/sim__alpha-1b/results_2026-11-21T00-07-30.575378.json"

    out, _ = command("rescore", path, "--filter", "none", "--format", "json")

    rows = json.loads(out)
    assert len(rows) == 11
    for row in rows:
        assert row["value"] == pytest.approx(row["stored"], rel=1e-12), row["category"]
    assert rows[0]["n"] == sum(row["n"] for row in rows[1:])
