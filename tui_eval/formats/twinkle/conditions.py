"""How a run of Twinkle Eval was made: what its configuration says of each dataset."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from tui_eval.formats.conditions import Condition, generation
from tui_eval.formats.values import as_mapping

_GENERATION = (
    *("temperature", "top_p", "max_tokens", "frequency_penalty", "presence_penalty"),
    "extra_body",
)
_NAMED = {
    "evaluation_method": "filter",
    "system_prompt": "system prompt",
    "system_prompt_enabled": "system prompt sent",
    "samples_per_question": "samples of a question",
    "repeat_runs": "repeats",
    "pass_k": "pass@k",
    "shuffle_options": "shuffled options",
    "strategy_config": "how answers are read",
}


def conditions(config: object, datasets: Mapping[str, str]) -> Iterator[Condition]:
    """Conditions of datasets.

    Args:
        config: The configuration in the results, secrets removed.
        datasets: The name of each dataset by its path as the results have it.
    """
    whole = as_mapping(config)
    model, evaluation = as_mapping(whole.get("model")), as_mapping(whole.get("evaluation"))
    overrides = as_mapping(evaluation.get("dataset_overrides"))
    for path, name in datasets.items():
        yield Condition(name, "shots", 0)  # there is no code for any in any version
        own: dict[str, object] = {}
        for prefix, more in overrides.items():
            if path.startswith(prefix):
                own |= as_mapping(more)
        told = {key: own.get(key, model[key]) for key in _GENERATION if key in model or key in own}
        if (how := generation(told)) is not None and told:
            yield Condition(name, "generation", how)
        language = as_mapping(evaluation.get("datasets_prompt_map")).get(path, "zh")
        yield from _of_evaluation(name, {**evaluation, **own}, language)


def _of_evaluation(
    dataset: str, evaluation: Mapping[str, object], language: object
) -> Iterator[Condition]:
    for key, name in _NAMED.items():
        value = evaluation.get(key)
        if key == "system_prompt" and isinstance(value, Mapping):
            value = value.get(language)
        if key in evaluation and not (key == "strategy_config" and not value):
            yield Condition(dataset, name, value)
