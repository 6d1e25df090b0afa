"""How runs were made, as rows of ``settings``: of every harness, and without secrets."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.build import twinkle as twinkle_files
from tui_eval.formats.conditions import Condition, generation, settings_of
from tui_eval.formats.evalscope.conditions import conditions as of_evalscope
from tui_eval.formats.lm_eval.conditions import conditions as of_lm_eval
from tui_eval.loading.collection import load
from tui_eval.records import STDERR, Score, ScoreColumns, Setting

SAMPLES = Path(__file__).parents[2] / "samples"
SECRET = "sk-0123456789abcdefghij"


def told(*found: Condition) -> list[tuple[str, str | None, str | None]]:
    return [(one.name, one.value, one.dataset) for one in settings_of(found)]


def test_what_all_datasets_share_is_one_row() -> None:
    assert told(
        Condition(None, "limit", None),
        Condition("gsm", "shots", 5),
        Condition("mmlu", "shots", 5.0),
        Condition("gsm", "repeats", 1),
        Condition("mmlu", "repeats", 2),
        Condition("gsm", "stop", ["Question"]),
    ) == [
        ("limit", "none", None),
        ("shots", "5", None),
        ("repeats", "1", "gsm"),
        ("repeats", "2", "mmlu"),
        ("stop", "Question", "gsm"),
    ]


def test_values_of_many_tasks_are_listed_or_counted() -> None:
    few = [Condition("mmlu", "shots", number % 3) for number in range(9)]
    assert told(*few) == [("shots", "0; 1; 2", "mmlu")]
    many = [Condition("mmlu", "description", f"Questions on {name}.") for name in "abcdef"]
    ((_, value, _),) = told(*many)
    assert value is not None
    assert value.startswith("6 different values (")
    assert told(*reversed(many))[0][1] == value
    assert told(*many[1:])[0][1] != value


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (
            {"temperature": 0.0, "until": ["\n"], "do_sample": False},
            'do_sample false, temperature 0, until ["\\n"]',
        ),
        ("{{question}}\nAnswer:", "{{question}}\nAnswer:"),
        (True, "true"),
        ("", "none"),
        ("<function f at 0x7f3a2b>", "<function f>"),
        ("\ud800", "\\ud800"),
    ],
)
def test_values_in_words(value: object, shown: str) -> None:
    assert told(Condition("d", "x", value)) == [("x", shown, "d")]


def test_a_long_text_is_its_beginning_and_what_tells_it_from_others() -> None:
    first, second = (told(Condition("d", "x", "word " * 200 + end))[0][1] for end in "ab")
    assert first is not None
    assert second is not None
    assert first.startswith("word word")
    assert "1,001 characters" in first
    assert first != second


def test_what_changes_no_text_is_no_generation() -> None:
    assert generation({"temperature": 0, "batch_size": 8, "top_p": None}) == {"temperature": 0}
    assert generation({"timeout": 5}) is None


LM_EVAL: dict[str, Any] = {
    "configs": {
        "group::anatomy": {
            "task": "anatomy",
            "doc_to_text": "{{question}}",
            "fewshot_split": "dev",
            "num_fewshot": 5,
            "generation_kwargs": {"until": ["\n"], "temperature": 0.0},
            "metadata": {"version": 1.0},
            "hf_token": SECRET,
            "dataset_path": "/home/me/data/anatomy",
        },
        "group": {"task": "group"},
    },
    "n-shot": {"group::anatomy": 5},
    "versions": {"group::anatomy": 1, "group": "N/A"},
    "config": {"model": "local-chat-completions", "limit": 100.0},
    "chat_template": "",
    "system_instruction": "Be short.",
}


def test_of_lm_eval() -> None:
    scores = ScoreColumns([Score("mmlu", "anatomy", "acc", 0.5), Score("mmlu", None, "acc", 0.5)])
    found = {one.name: one for one in settings_of(of_lm_eval(LM_EVAL, scores))}
    values = {name: one.value for name, one in found.items()}
    assert values["chat template"] == "by the server"
    assert values["system prompt"] == "Be short."
    assert values["limit"] == "100"
    assert values["shots"] == "5"
    assert values["task version"] == "1"
    assert values["generation"] == 'temperature 0, until ["\\n"]'
    assert values["doc_to_text"] == "{{question}}"
    assert values["fewshot_split"] == "dev"
    assert values["dataset"] == "anatomy"
    assert found["shots"].dataset == "mmlu"
    assert SECRET not in repr(found)
    assert "/home/me" not in repr(found)
    local = LM_EVAL | {"config": {"model": "hf"}, "chat_template": None}
    assert Setting("chat template", "none") in settings_of(of_lm_eval(local, scores))


def test_of_evalscope() -> None:
    config = {
        "limit": 5,
        "repeats": 2,
        "evalscope_version": "1.11.1",
        "generation_config": {"temperature": 0.0, "batch_size": 4},
        "dataset_args": {"gsm8k": {"few_shot_num": 4, "system_prompt": None, "shuffle": False}},
        "judge": {"strategy": "auto", "models": [{"model_id": "judge-70b", "api_key": SECRET}]},
    }
    found = {one.name: one.value for one in settings_of(of_evalscope(config, "gsm8k"))}
    assert found == {
        "limit": "5",
        "repeats": "2",
        "generation": "temperature 0",
        "judge": "judge-70b, strategy auto",
        "harness version": "1.11.1",
        "shots": "4",
        "system prompt": "none",
    }
    assert "shots" not in {one.name for one in settings_of(of_evalscope(config, "other"))}


def test_of_twinkle_with_overrides(tmp_path: Path) -> None:
    content = twinkle_files.document()
    content["config"] |= {
        "model": {"name": "m", "temperature": 0.0, "top_p": 0.9},
        "evaluation": {
            "evaluation_method": "box",
            "system_prompt": {"zh": "選項", "en": "Option"},
            "datasets_prompt_map": {"datasets/d/": "en"},
            "dataset_overrides": {"datasets/d": {"temperature": 0.7}},
        },
    }
    twinkle_files.write(tmp_path / "results.json", content)
    (run,) = load([tmp_path]).runs
    found = {one.name: one.value for one in run.settings}
    assert found["generation"] == "temperature 0.7, top_p 0.9"
    assert found["system prompt"] == "Option"
    assert (found["shots"], found["filter"]) == ("0", "box")


@pytest.mark.parametrize(
    ("harness", "names"),
    [
        ("lm_eval", {"shots", "chat template", "generation", "doc_to_text", "limit"}),
        ("lighteval", {"shots", "generation", "limit", "metric definition", "prompt"}),
        ("evalscope", {"shots", "generation", "limit", "repeats", "harness version"}),
        ("twinkle", {"shots", "generation", "filter", "system prompt"}),
        ("mixeval", {"judge"}),
    ],
)
def test_of_real_runs(harness: str, names: set[str]) -> None:
    for run in load([SAMPLES / harness]).runs:
        found = [one for one in run.settings if one.name != STDERR]
        assert {one.name for one in found} >= names
        assert len({(one.name, one.dataset, one.metric) for one in found}) == len(found)
        json.dumps([one.value for one in found]).encode()
