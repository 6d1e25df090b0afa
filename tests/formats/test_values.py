"""One rule for what is a number, in every harness's files."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from tests.build.twinkle import TIMESTAMP, document, item
from tui_eval.files.documents import Problem
from tui_eval.files.head import Head
from tui_eval.formats.format import Format
from tui_eval.formats.harnesses import evalscope, lighteval, lm_eval, mixeval, twinkle
from tui_eval.formats.index import frame
from tui_eval.formats.registry import FORMATS
from tui_eval.formats.values import are_amounts, as_count, as_number, as_score

NO_NUMBERS = [True, False, "１２", "٣", "1_0", "nan", "", "half", None, [], [1.0], {}, 10**400]


@pytest.mark.parametrize("value", NO_NUMBERS)
def test_what_is_no_number_is_no_count_either(value: object) -> None:
    assert as_number(value) is None
    assert as_count(value) is None


@pytest.mark.parametrize(
    ("value", "number"), [(1, 1.0), (0.5, 0.5), ("0.25", 0.25), ("1e-3", 0.001), ("-2", -2.0)]
)
def test_a_number_may_be_a_text(value: object, number: float) -> None:
    assert as_number(value) == number
    assert as_score(value) == number


@pytest.mark.parametrize("odd", [*NO_NUMBERS, 1, "0.5", -0.5, math.nan, math.inf])
def test_one_odd_value_is_seen_among_many(odd: object) -> None:
    assert are_amounts([0.0, 0.5, 1e300])
    assert not are_amounts([0.5, odd])
    assert not are_amounts([odd, 0.5])


@pytest.mark.parametrize("values", [[], [1e308] * 9])
def test_numbers_of_which_nothing_is_sure_are_looked_at_one_by_one(values: list[object]) -> None:
    assert not are_amounts(values)


@pytest.mark.parametrize("value", ["True", "False"])
def test_a_truth_value_is_no_count(value: str) -> None:
    assert as_number(value) is None
    assert as_count(value) is None


@pytest.mark.parametrize(
    ("value", "score"), [(True, 1.0), (False, 0.0), ("True", 1.0), ("False", 0.0), ("１", None)]
)
def test_one_answer_may_be_said_to_be_right(value: object, score: float | None) -> None:
    assert as_score(value) == score


def results_of(harness: Format, value: object) -> Any:
    """Results of a harness with 0.5 beside the value."""
    if harness is twinkle.FORMAT:
        return document([item("datasets/d/a.csv", 0.5), item("datasets/d/b.csv", value)])
    if harness is lm_eval.FORMAT:
        rows = {"a": {"acc,none": 0.5}, "b": {"acc,none": value}}
        return {"results": rows, "versions": {}, "n-samples": {}, "config": {"model": "hf"}}
    if harness is lighteval.FORMAT:
        rows = {"a|0": {"acc": 0.5}, "b|0": {"acc": value}}
        about = {"model_name": "m", "model_config": {"model_name": "m"}}
        return {"config_general": about, "results": rows, "config_tasks": {}}
    if harness is evalscope.FORMAT:
        subsets = [{"name": "a", "score": 0.5, "num": 1}, {"name": "b", "score": value, "num": 1}]
        group = {"name": ["default"], "num": 2, "score": 0.5, "macro_score": 0.5}
        metric = {"name": "acc", "num": 2, "score": 0.5, "macro_score": 0.5}
        metrics = [{**metric, "categories": [{**group, "subsets": subsets}]}]
        return {"name": "m@d", "dataset_name": "d", "model_name": "m", "metrics": metrics}
    return {"overall": 0.5, "ARC": 0.5, "BBH": value}


@pytest.mark.parametrize("harness", FORMATS, ids=lambda harness: harness.name)
@pytest.mark.parametrize("value", [True, "１", {}, [], None], ids=repr)
def test_one_value_that_is_no_number_costs_that_number(harness: Format, value: object) -> None:
    content = results_of(harness, value)
    assert harness.recognise(Head.of(content)) == "results"
    (run,) = harness.read_runs(content, Path("m/mixeval/2024-06-01/score.json"), 1)
    whole = harness.read_runs(results_of(harness, 0.25), Path("m/mixeval/2024-06-01/score.json"), 1)
    found = {(one.dataset, one.category, one.group, one.metric): one.value for one in run.scores}
    for one in whole[0].scores:
        expected = None if one.value == 0.25 else one.value
        assert found[one.dataset, one.category, one.group, one.metric] == expected
    assert sum(value is None for value in found.values()) == 1
    assert run.notes


ANSWER = {"question": "Which?", "llm_output": "A", "predicted_answer": "A"}
ROWS = {
    twinkle: {"question_id": 7, "is_correct": 1, **ANSWER},
    lm_eval: {
        "doc_id": 7,
        "doc": {},
        "target": "A",
        "arguments": [["Which?", {}]],
        "resps": [["A"]],
        "filtered_resps": ["A"],
        "exact_match": 1,
    },
    evalscope: {"index": 7, "target": "A", "sample_score": {"score": {"value": {"acc": 1}}}},
    mixeval: {
        "id": 7,
        "benchmark_name": "ARC",
        "problem_type": "free-form",
        "prompt": "Which?",
        "target": ["A"],
        "response": "A",
        "judge_score": 1,
    },
}
NUMBERS = {twinkle: "question_id", lm_eval: "doc_id", evalscope: "index", mixeval: "id"}
NAMES = {
    twinkle: f"eval_results_{TIMESTAMP}_run0.jsonl",
    lm_eval: "samples_d_2026-01-01T00-00-00.jsonl",
    evalscope: "reviews/m/d.jsonl",
    mixeval: "judge_results_ff_model_judge_j.jsonl",
}


def rows_of(harness: Any, path: Path, **change: object) -> pl.DataFrame:
    file = path / NAMES[harness]
    file.parent.mkdir(parents=True, exist_ok=True)
    rows = [ROWS[harness], ROWS[harness], ROWS[harness] | change]
    file.write_text("".join(json.dumps(row) + "\n" for row in rows), "utf-8")
    problems: list[Problem] = []
    found: list[pl.DataFrame] = [frame(batch) for batch in harness.SAMPLES.index(file, problems)]
    return pl.concat(found)


@pytest.mark.parametrize("harness", ROWS, ids=lambda harness: str(harness.FORMAT.name))
def test_true_is_no_number_of_a_question(harness: Any, tmp_path: Path) -> None:
    rows = rows_of(harness, tmp_path, **{NUMBERS[harness]: True})
    assert rows["id"][0] == "7"
    assert not {"1", "1.0", "True"} & set(rows["id"])


def test_one_of_several_models_lacks_a_number() -> None:
    sound = {"overall": 0.5, "ARC": 0.5, "BBH": 0.25}
    content = {"our_lynx_1b": sound, "our_owl_1b": sound | {"BBH": {}}}
    assert mixeval.FORMAT.recognise(Head.of(content)) == "results"
    runs = mixeval.FORMAT.read_runs(content, Path("score.json"), 1)
    assert [[score.value for score in run.scores] for run in runs] == [
        [0.5, 0.5, 0.25],
        [0.5, 0.5, None],
    ]
    assert "BBH is an object" in runs[1].notes
