"""`tui-eval curves`: datasets, metrics, answers, and a person's own expression for steps."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.build.commands import Command, command
from tests.build.lm_eval import write_answers, write_ladder
from tui_eval.analysis.curves import curves_report
from tui_eval.analysis.selection import select
from tui_eval.analysis.view import View
from tui_eval.loading.collection import load
from tui_eval.render.plain import plain_table

__all__ = ["command"]  # the fixture

SCORES = {"step1": 0.3, "step10": 0.5, "step100": 0.4}
KEYS = {"family", "dataset", "metric", "filter", "unit", "step", "run", "score", "stderr", "low"}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("ladders")
    write_ladder(place / "a", SCORES)
    write_ladder(place / "b", SCORES, task="riddles_2")
    write_ladder(place / "c", SCORES, task="sums")
    return place


def test_it_prints_what_the_report_has(folder: Path, command: Command) -> None:
    tables = load([folder]).tables()
    made = curves_report(select(tables, View(scale=100)))
    assert made.height == 9
    assert command("curves", folder, "--scale", "100")[0] == plain_table(made)
    rows = json.loads(command("curves", folder, "--format", "json")[0])
    assert [row["step"] for row in rows] == [1, 10, 100] * 3
    assert rows[0].keys() >= KEYS


def test_datasets_can_be_named_once_or_several_times(folder: Path, command: Command) -> None:
    def datasets(*words: str) -> list[str]:
        out, _ = command("curves", folder, "--format", "json", *words)
        return list(dict.fromkeys(row["dataset"] for row in json.loads(out)))

    assert datasets() == ["riddles", "riddles_2", "sums"]
    assert datasets("--dataset", "sums") == ["sums"]
    assert datasets("--dataset", "sums", "--dataset", "riddles") == ["riddles", "sums"]
    assert "ambiguous" in command("curves", folder, "--dataset", "ridd", code=2)[1]
    assert datasets("--metric", "acc") == ["riddles", "riddles_2", "sums"]
    assert "unknown" in command("curves", folder, "--metric", "bleu", code=2)[1]


def test_answers_are_read_and_paired_where_the_dataset_is_known(
    tmp_path: Path, command: Command
) -> None:
    right = {"m-step1": [False] * 40, "m-step2": [True] * 30 + [False] * 10, "m-step3": [True] * 40}
    for model, answers in right.items():
        write_answers(tmp_path / model, ["x"] * 40, model=model, right=answers)
    out, _ = command("curves", tmp_path, "--format", "json")
    rows = json.loads(out)
    assert [row["score"] for row in rows] == [0, 0.75, 1]
    assert {row["method"] for row in rows} == {"Wilson"}
    assert [row["paired"] for row in rows] == [None, True, True]
    assert [row["change_verdict"] for row in rows] == [None, "better", "better"]
    assert "paired on 40 of 40" in rows[2]["words"]


def test_an_expression_in_the_configuration_finds_steps(
    tmp_path: Path, own_config: Path, command: Command
) -> None:
    write_ladder(tmp_path, {"early-1": 0.2, "early-2": 0.3, "early-3": 0.4})
    assert "No curve here" in command("curves", tmp_path)[0]
    own_config.parent.mkdir(parents=True, exist_ok=True)
    own_config.write_text(json.dumps({"steps": r"^early-(?P<epoch>\d+)$"}))
    rows = json.loads(command("curves", tmp_path, "--format", "json")[0])
    assert [(row["unit"], row["step"]) for row in rows] == [("epoch", n) for n in (1, 2, 3)]
    own_config.write_text(json.dumps({"steps": "early-(?P<epoch>"}))
    out, err = command("curves", tmp_path)
    assert "No curve here" in out
    assert "names.json: steps: not a regular expression that can be used" in err
