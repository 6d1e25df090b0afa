"""How a run of Twinkle Eval was made: what its configuration says of each dataset."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Set
from typing import NamedTuple

from tui_eval.formats.conditions import Condition, generation
from tui_eval.formats.values import as_mapping
from tui_eval.records import UNSEEDED

_GENERATION = {
    "temperature": 0.0,
    "top_p": 0.9,
    "max_tokens": 4096,
    "frequency_penalty": 0,
    "presence_penalty": 0,
    "extra_body": None,
}
"""What is sent where the configuration does not say, too."""

_PROMPTED = frozenset({"box", "math"})
"""The methods with which a system prompt is sent."""

_REPEATS = ("samples_per_question", "pass_k")
_JUDGES = ("judge_model", "evaluator_model", "judge")


class Dataset(NamedTuple):
    """A dataset of a run: its name, and what its results say of it.

    Attributes:
        method: How answers were read; None: they do not say.
        files: The names of its data files.
    """

    name: str
    method: str | None
    files: Set[str]


def conditions(config: object, datasets: Mapping[str, Dataset]) -> Iterator[Condition]:
    """Conditions of datasets.

    Args:
        config: The configuration in the results, secrets removed.
        datasets: Each dataset by its path as the results have it.
    """
    whole = as_mapping(config)
    model, evaluation = as_mapping(whole.get("model")), as_mapping(whole.get("evaluation"))
    overrides = as_mapping(evaluation.get("dataset_overrides"))
    for path, dataset in datasets.items():
        name = dataset.name
        yield Condition(name, "shots", 0)  # there is no code for any in any version
        yield Condition(name, "limit", None)  # nor for one of these
        if dataset.files:
            yield Condition(name, "question_set", sorted(dataset.files))
        own: dict[str, object] = {}
        for prefix, more in overrides.items():
            if path.startswith(prefix):
                own |= as_mapping(more)
        if model:
            told = {key: own.get(key, model.get(key, usual)) for key, usual in _GENERATION.items()}
            yield Condition(name, "generation", generation(told))
        language = as_mapping(evaluation.get("datasets_prompt_map")).get(path, "zh")
        if evaluation or dataset.method:
            yield from _of_evaluation(dataset, {**evaluation, **own}, language)


def _of_evaluation(
    dataset: Dataset, evaluation: Mapping[str, object], language: object
) -> Iterator[Condition]:
    name = dataset.name
    method = dataset.method or evaluation.get("evaluation_method")
    strategy = as_mapping(evaluation.get("strategy_config"))
    if method is not None:
        yield Condition(name, "filter", method)
        for key, value in strategy.items():
            yield Condition(name, f"filter.{key}", value)
    judge = next((strategy[key] for key in _JUDGES if strategy.get(key)), None)
    if judge is not None:
        yield Condition(name, "judge", judge)
    prompt = evaluation.get("system_prompt")
    if isinstance(prompt, Mapping):
        prompt = prompt.get(language)
    is_sent = evaluation.get("system_prompt_enabled", True) and method in _PROMPTED
    if method is not None and ("system_prompt" in evaluation or not is_sent):
        yield Condition(name, "system_prompt", prompt if is_sent else None)
    if "repeat_runs" in evaluation:
        yield Condition(name, "repeats", evaluation["repeat_runs"])
        for key in _REPEATS:
            yield Condition(name, f"repeats.{key}", evaluation.get(key, 1))
    if "shuffle_options" in evaluation:
        is_on = evaluation["shuffle_options"] is True
        yield Condition(name, "shuffle_options", UNSEEDED if is_on else None)
