"""MixEval's own check to the letter, and what is really missing in the broken runs."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from tests.build.commands import Command, command

__all__ = ["command"]  # the fixture

MIXEVAL = Path(os.environ["TUI_EVAL_CORPUS"]) / "mixeval"
SMALL = ("gemma_11_7b_instruct", "llama_3_8b_instruct", "gpt_35_turbo_0125")
SIXTY = ("--n_closefreeform_hard", 60, "--n_closemultichoice_hard", 60)
BROKEN = (
    *("claude_3_opus", "gpt_4o", "llama_3_70b_instruct", "gpt_35_turbo_0125", "mistral_large"),
    "claude_3_haiku",  # there is no such folder
)


@pytest.mark.parametrize(
    ("folder", "path", "models", "sizes", "golden"),
    [
        (".", "incomplete", BROKEN, (), "golden/eval_checks_hard_0601_incomplete.log"),
        ("small", "model_responses", SMALL, (), "small/eval_checks_default.log"),
        ("small", "model_responses", SMALL, SIXTY, "small/eval_checks_n60.log"),
    ],
)
def test_the_log_is_what_mixeval_wrote(
    command: Command,
    monkeypatch: pytest.MonkeyPatch,
    folder: str,
    path: str,
    models: tuple[str, ...],
    sizes: tuple[object, ...],
    golden: str,
) -> None:
    monkeypatch.chdir(MIXEVAL / folder)
    words = ("--format", "mixeval", *sizes, "--chat_models_to_check", *models)
    out, _ = command("check", path, *words, code=1)
    assert out.encode() == (MIXEVAL / golden).read_bytes()


def test_without_names_it_tells_of_the_models_that_are_there(
    command: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(MIXEVAL)
    out, err = command("check", "incomplete", "--format", "mixeval", code=1)
    golden = (MIXEVAL / "golden" / "eval_checks_hard_0601_incomplete.log").read_text()
    there = [line for line in golden.splitlines() if "does not exist" not in line]
    assert out.splitlines() == there
    told = [line for line in err.splitlines() if "though MixEval's check finds nothing" in line]
    assert len(told) == 1
    assert "mistral_large" in told[0]


VERDICTS = {
    "claude_3_opus": ("incomplete", 999, 1, 0, "missing: free-form id 199"),
    "gpt_35_turbo_0125": ("complete", 1000, 0, 0, ""),
    "gpt_4o": ("incomplete", 800, 200, 0, "the status of the multiple-choice answers is “in "),
    "llama_3_70b_instruct": ("incomplete", 500, 500, 0, "no file of multiple-choice answers"),
    "mistral_large": ("incomplete", 999, 1, 1, "id 11 is there more than once (free-form)"),
}


def test_what_is_missing_in_each_broken_run(command: Command) -> None:
    out, _ = command("check", MIXEVAL / "incomplete", "--format", "json", code=1)
    rows = json.loads(out)
    whole = {row["run"].split(" @ ")[0]: row for row in rows if row["category"] is None}
    assert whole.keys() == VERDICTS.keys()
    for model, (verdict, found, missing, doubled, reason) in VERDICTS.items():
        row = whole[model]
        assert (row["verdict"], row["expected"], row["found"]) == (verdict, 1000, found)
        assert (row["missing"], row["doubled"]) == (missing, doubled)
        assert reason in row["reason"]
    parts = [row for row in rows if row["category"] is not None]
    bad = {(row["run"].split(" @ ")[0], row["category"]) for row in parts if row["missing"]}
    assert {pair for pair in bad if pair[0] in ("claude_3_opus", "mistral_large")} == {
        ("claude_3_opus", "TriviaQA"),
        ("mistral_large", "DROP"),
    }
    assert not any(run == "gpt_35_turbo_0125" for run, _ in bad)
    assert sum(row["missing"] for row in parts) == 702  # as over all: each where it belongs


def test_small_runs_say_how_much_is_there(command: Command) -> None:
    out, _ = command("check", MIXEVAL / "small" / "model_responses", "--format", "json", code=1)
    whole = [row for row in json.loads(out) if row["category"] is None]
    assert [(row["expected"], row["found"], row["missing"]) for row in whole] == [
        (1000, 120, 880)
    ] * 3
    assert [row["unparsed"] for row in whole] == [0, 0, 1]


def test_a_judge_and_rules_agree_as_counted_from_their_files(command: Command) -> None:
    folder = MIXEVAL / "incomplete" / "gpt_35_turbo_0125"
    out, _ = command("judges", folder, "--format", "json")
    graded, binary = sorted(json.loads(out), key=lambda row: row["verdicts"])
    place = folder / "mixeval_hard" / "2024-06-01"
    verdicts = {
        name: {
            row["id"]: row.get("judge_score", row.get("eval_result"))
            for row in map(json.loads, (place / name).read_text().splitlines())
        }
        for name in ("judge_results_ff_rule.jsonl", Path(graded["file_b"]).name)
    }
    rule, judge = verdicts.values()
    apart = [abs(float(rule[number]) - judge[number]) for number in rule]
    assert graded["n"] == binary["n"] == len(apart) == 500
    assert graded["equal"] == sum(one < 1e-9 for one in apart) / 500
    assert graded["mean_abs_delta"] == pytest.approx(sum(apart) / 500, abs=1e-12)
    assert (graded["mean_a"], graded["mean_b"]) == pytest.approx((0.796, 0.8016))
    assert (binary["equal"], binary["kappa"]) == (1.0, 1.0)
