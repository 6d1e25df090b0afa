"""How runs were made, as rows of ``settings``: of every harness, and without secrets."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.build import twinkle as twinkle_files
from tui_eval.formats.conditions import Condition, generation, path_end, settings_of
from tui_eval.formats.evalscope.conditions import conditions as of_evalscope
from tui_eval.formats.lm_eval.conditions import conditions as of_lm_eval
from tui_eval.loading.collection import load
from tui_eval.records import STDERR, UNSEEDED, Score, ScoreColumns, Setting

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
            '{"do_sample": false, "temperature": 0, "until": ["\\n"]}',
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
    assert generation({"temperature": 0.7, "batch_size": 8, "top_p": None}) == {"temperature": 0.7}
    assert generation({"timeout": 5}) is None
    assert generation({"temperature": None, "top_k": None}) is None  # the backend's own: unknown


@pytest.mark.parametrize(
    "value",
    [
        "temperature=0.0,do_sample=False,max_gen_toks=512",
        {"max_new_tokens": 512, "do_sample": False},
        {"temperature": 0, "max_tokens": 512, "top_p": 0.9, "presence_penalty": 0.0},
        {"max_completion_tokens": 512.0, "temperature": 0.0, "seed": 3, "stream": True},
    ],
)
def test_greedy_is_one_value(value: object) -> None:
    assert told(Condition("d", "generation", generation(value))) == [
        ("generation", '{"greedy": true, "max_tokens": 512}', "d")
    ]


def test_generation_has_one_name_for_each_thing_and_no_order() -> None:
    one = generation({"until": ["b", "a"], "temperature": 0.7, "do_sample": True})
    other = generation({"temperature": 0.7, "stop_sequences": ["a", "b"]})
    assert one == other == {"stop": ["a", "b"], "temperature": 0.7}
    assert generation({"until": "a"}) == generation({"stop": ["a"]})
    assert generation({"do_sample": True}) == {"do_sample": True}


@pytest.mark.parametrize("path", ["/data/mc_arc", "mc_arc", "C:\\data\\mc_arc", "hub/mc_arc/"])
def test_of_a_path_its_end_is_kept(path: str) -> None:
    assert path_end(path) == "mc_arc"


def test_categories_that_differ_have_a_row_each() -> None:
    found = settings_of(
        [
            Condition("mmlu", "shots", 5, "anatomy"),
            Condition("mmlu", "shots", 5, "law"),
            Condition("mmlu", "version", 1, "anatomy"),
            Condition("mmlu", "version", 2, "law"),
            Condition("mmlu", "metric_definition", {"aggregation": "mean"}, "anatomy", "acc"),
        ]
    )
    assert list(found) == [
        Setting("shots", "5", "mmlu"),
        Setting("version", "1", "mmlu", None, "anatomy"),
        Setting("version", "2", "mmlu", None, "law"),
        Setting("metric_definition", '{"aggregation": "mean"}', "mmlu", "acc", "anatomy"),
    ]


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
    found = {one.name: one for one in settings_of(of_lm_eval(LM_EVAL, scores, "0.4.13"))}
    values = {name: one.value for name, one in found.items()}
    assert values["chat_template"] == "by the server"
    assert values["system_prompt"] == "Be short."
    assert values["limit"] == "100"
    assert values["shots"] == "5"
    assert values["version"] == "1"
    assert values["generation"] == '{"greedy": true, "stop": ["\\n"]}'
    assert values["prompt.doc_to_text"] == "{{question}}"
    assert values["fewshot.split"] == "dev"
    assert values["source.dataset"] == "anatomy"
    assert values["filter.none"] == "take_first"  # what is there where nothing is told
    assert values["harness_version"] == "0.4.13"
    assert found["shots"].dataset == "mmlu"
    assert SECRET not in repr(found)
    assert "/home/me" not in repr(found)
    local = LM_EVAL | {"config": {"model": "hf"}, "chat_template": None}
    assert Setting("chat_template", "none") in settings_of(of_lm_eval(local, scores, "0.4.13"))
    without = {name: one for name, one in local.items() if name != "chat_template"}
    names = {one.name for one in settings_of(of_lm_eval(without, scores, "0.4.3–0.4.8"))}
    assert "chat_template" not in names  # no file tells it
    assert Setting("chat_template", "none") in settings_of(of_lm_eval(without, scores, "0.4.2"))


def test_options_of_lm_eval_0_5_are_those_of_0_4() -> None:
    """They stand in an object of their own there."""
    old = {"function": "regex", "group_select": -1, "regex_pattern": "x"}
    new = {"function": "regex", "kwargs": {"regex_pattern": "x", "group_select": -1}}
    scores = ScoreColumns([Score("d", "d", "em", 0.5)])
    found = []
    for step, more in ((old, {"ignore_case": True}), (new, {"kwargs": {"ignore_case": True}})):
        task = {
            "filter_list": [{"name": "strict", "filter": [step, {"function": "take_first"}]}],
            "metric_list": [{"metric": "em", "higher_is_better": True} | more],
        }
        whole = {"configs": {"d": task}, "config": {}}
        rows = settings_of(of_lm_eval(whole, scores, "0.4.13"))
        found.append([one for one in rows if one.name in ("filter.strict", "metric_definition")])
    assert found[0] == found[1]
    assert found[0] == [
        Setting("metric_definition", '{"ignore_case": true}', "d", "em"),
        Setting("filter.strict", "regex (group_select -1, regex_pattern x), take_first", "d"),
    ]


def test_what_rates_options_generates_nothing() -> None:
    scores = ScoreColumns([Score("d", "d", "acc", 0.5)])
    for kind, value in (("multiple_choice", "none"), ("generate_until", None)):
        whole = {"configs": {"d": {"output_type": kind}}, "config": {}}
        found = {one.name: one.value for one in settings_of(of_lm_eval(whole, scores, "0.4.13"))}
        assert found.get("generation") == value


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
        "generation": '{"greedy": true}',
        "judge_model": "judge-70b, strategy auto",  # whether it was asked, only rows tell
        "harness_version": "1.11.1",
        "shots": "4",
        "system_prompt": "none",
        "shuffle_options": "none",
        "metric_definition.aggregation": "mean",
    }
    for is_judged, judge in ((True, "judge-70b, strategy auto"), (False, "none")):
        rows = settings_of(of_evalscope(config, "gsm8k", is_judged))
        assert {one.name: one.value for one in rows}["judge"] == judge
    alone = config | {"judge": {"strategy": "auto", "models": []}}
    assert Setting("judge", "none", "gsm8k") in settings_of(of_evalscope(alone, "gsm8k"))
    assert "shots" not in {one.name for one in settings_of(of_evalscope(config, "other"))}


def test_of_evalscope_what_versions_name_differently() -> None:
    old = {
        "filters": None,
        "prompt_template": "Answer:\n{query}",
        "metric_list": ["AverageBLEU", "AverageRouge"],
        "dataset_id": "/data/qa",
    }
    new = old | {
        "prompt_template": "Answer:\n{question}",
        "metric_list": ["Rouge", "BLEU"],
        "aggregation": "mean",
        "dataset_id": "qa",
        "shuffle_choices": False,
    }
    found = [
        list(settings_of(of_evalscope({"dataset_args": {"qa": task}}, "qa"))) for task in (old, new)
    ]
    assert sorted(found[0]) == sorted(found[1])
    only_input = {"dataset_args": {"qa": {"local_path": "/data/qa", "subset_list": ["x"]}}}
    assert {one.name for one in settings_of(of_evalscope(only_input, "qa"))} == {"repeats"}


def test_of_evalscope_0_10_what_servers_were_sent() -> None:
    """Neither length nor temperature of the configuration, as it was."""
    told_ = {"max_new_tokens": 512, "temperature": 1.0}
    config = {"eval_type": "service", "generation_config": told_, "dataset_args": {"d": {}}}
    found = {one.name: one.value for one in settings_of(of_evalscope(config, "d"))}
    assert found["generation"] == '{"greedy": true, "max_tokens": 2048}'
    later = config | {"dataset_args": {"d": {"filters": None}}}
    found = {one.name: one.value for one in settings_of(of_evalscope(later, "d"))}
    assert found["generation"] == '{"max_tokens": 512, "temperature": 1}'


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
    assert found["generation"] == '{"max_tokens": 4096, "temperature": 0.7, "top_p": 0.9}'
    assert found["system_prompt"] == "Option"
    assert (found["shots"], found["filter"], found["limit"]) == ("0", "box", "none")
    content["config"]["evaluation"] |= {"evaluation_method": "pattern", "shuffle_options": True}
    twinkle_files.write(tmp_path / "results.json", content)
    (run,) = load([tmp_path]).runs
    found = {one.name: one.value for one in run.settings}
    assert (found["filter"], found["system_prompt"]) == ("pattern", "none")  # it is not sent
    assert found["shuffle_options"] == UNSEEDED


@pytest.mark.parametrize(
    ("harness", "names"),
    [
        ("lm_eval", {"shots", "chat_template", "generation", "prompt.doc_to_text", "limit"}),
        ("lighteval", {"shots", "generation", "limit", "metric_definition", "filter"}),
        ("evalscope", {"shots", "generation", "limit", "repeats", "harness_version"}),
        ("twinkle", {"shots", "generation", "filter", "system_prompt"}),
        ("mixeval", {"judge"}),
    ],
)
def test_of_real_runs(harness: str, names: set[str]) -> None:
    for run in load([SAMPLES / harness]).runs:
        found = [one for one in run.settings if one.name != STDERR]
        assert {one.name for one in found} >= names
        assert len({one._replace(value=None) for one in found}) == len(found)
        json.dumps([one.value for one in found]).encode()
