"""How a run of EvalScope was made: what its configuration, secrets removed, says of a dataset."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from tui_eval.formats.conditions import Condition, generation, path_end
from tui_eval.formats.values import as_mapping

_NAMED = {
    "few_shot_num": "shots",
    "few_shot_random": "fewshot.random",
    "train_split": "fewshot.split",
    "few_shot_prompt_template": "fewshot.prompt",
    "system_prompt": "system_prompt",
    "prompt_template": "prompt",
    "query_template": "prompt.query",
    "filters": "filter",
    "metric_list": "metric_definition",
    "aggregation": "metric_definition.aggregation",
    "eval_split": "source.split",
    "subset_list": "source.subsets",
    "dataset_id": "source.dataset",
    "dataset_revision": "source.revision",
    "shuffle": "source.shuffled",
    "shuffle_choices": "shuffle_options",
    "extra_params": "prompt.extra",
}
_OFF: tuple[object, ...] = (None, False, [], {}, "")
_ALWAYS = frozenset({"system_prompt", "filters", "few_shot_num", "shuffle_choices"})
"""Settings that are off where they are there, and empty."""

_USUAL: dict[str, object] = {"aggregation": "mean", "shuffle_choices": False}
"""What older versions do, which do not write it."""

_USER_INPUT = frozenset({"local_path", "subset_list"})
"""All that stands below a dataset that was not run."""

_KINDS = {"service": "openai_api", "checkpoint": "llm_ckpt"}
"""Kinds of models as 1.0 and later name them."""

_CHANCE = {"fewshot.random", "source.shuffled", "shuffle_options"}
"""Settings whose results a seed decides."""

_OLDEST_TOKENS = 2048


def conditions(
    config: Mapping[str, object], dataset: str, is_judged: bool | None = None
) -> Iterator[Condition]:
    """What a task configuration says of a dataset of its run.

    Args:
        config: The configuration.
        dataset: The dataset.
        is_judged: Whether a model judged its answers; None: nothing but the configuration tells.
    """
    yield from (Condition(None, *one) for one in _of_run(config))
    told = [*_of_dataset(config, dataset), *_of_judge(config, is_judged)]
    if "seed" in config and (
        _CHANCE & {name for name, value in told if value} or _is_sampled(config)
    ):
        told.append(("seed", config["seed"]))
    for name, value in told:
        yield Condition(dataset, name, value)
    identity = as_mapping(as_mapping(config.get("evaluation_identity")).get("benchmarks"))
    task_version = as_mapping(identity.get(dataset)).get("evaluation_version")
    if task_version is not None:
        yield Condition(dataset, "version", task_version)


def _of_run(config: Mapping[str, object]) -> Iterator[tuple[str, object]]:
    if "chat_template" in config:
        yield "chat_template", config["chat_template"] or "by the server or tokenizer"
    if "limit" in config:
        yield "limit", config["limit"]
    yield "repeats", config.get("repeats", 1)
    if (how := generation(_sent(config))) is not None:
        yield "generation", how
    version = config.get("evalscope_version")
    if isinstance(version, str) and not version.startswith("0.0.0"):
        yield "harness_version", version
    arguments = as_mapping(config.get("model_args"))
    if arguments.get("precision"):
        yield "dtype", arguments["precision"]
    if config.get("eval_type"):
        kind = str(config["eval_type"])
        yield "backend", _KINDS.get(kind, kind)


def _is_sampled(config: Mapping[str, object]) -> bool:
    """Whether answers came about by chance."""
    how = generation(_sent(config))
    return isinstance(how, Mapping) and not how.get("greedy")


def _sent(config: Mapping[str, object]) -> object:
    """How texts were generated; up to 0.10 servers get no length, and a temperature seldom."""
    told = config.get("generation_config")
    if config.get("eval_type") != "service" or not _is_oldest(config) or not isinstance(told, dict):
        return told
    sampling = {} if told.get("do_sample") else {"temperature": 0}
    return {**told, "max_new_tokens": _OLDEST_TOKENS, **sampling}


def _is_oldest(config: Mapping[str, object]) -> bool:
    """Whether 0.10 wrote it: later ones have filters, or their version."""
    tasks = map(as_mapping, as_mapping(config.get("dataset_args")).values())
    return "evalscope_version" not in config and not any("filters" in task for task in tasks)


def _of_dataset(config: Mapping[str, object], dataset: str) -> Iterator[tuple[str, object]]:
    resolved = as_mapping(as_mapping(config.get("resolved_benchmarks")).get(dataset))
    task = resolved or as_mapping(as_mapping(config.get("dataset_args")).get(dataset))
    if task.keys() <= _USER_INPUT:
        return
    for key, name in _NAMED.items():
        value = task.get(key, _USUAL.get(key))
        if key == "extra_params":
            value = {name: one for name, one in as_mapping(value).items() if one not in _OFF}
        if key in _ALWAYS and value in _OFF and (key in task or key in _USUAL):
            yield name, 0 if key == "few_shot_num" else None
        elif value not in _OFF:
            yield name, _normal(key, value)


def _normal(key: str, value: object) -> object:
    """A value as all versions write it."""
    if key == "dataset_id":
        return path_end(value)
    if key in ("prompt_template", "query_template") and isinstance(value, str):
        return value.replace("{query}", "{question}")
    if key == "metric_list" and isinstance(value, list):
        return sorted(re.sub("^Average(?=[A-Z])", "", str(one)).casefold() for one in value)
    if key == "subset_list" and isinstance(value, list):
        return sorted(map(str, value))
    return value


def _of_judge(config: Mapping[str, object], is_judged: bool | None) -> Iterator[tuple[str, object]]:
    """The model that judged, and how; by itself EvalScope asks one where a dataset needs it."""
    judge, old = as_mapping(config.get("judge")), as_mapping(config.get("judge_model_args"))
    if not judge and "judge_model_args" not in config:
        return
    written = judge.get("models")
    models = list(map(as_mapping, written)) if isinstance(written, list) else [old]
    names = ", ".join(str(model["model_id"]) for model in models if model.get("model_id"))
    strategy = judge.get("strategy", config.get("judge_strategy"))
    told = f"{names}, strategy {strategy}" if strategy else names
    if not names or strategy == "rule" or is_judged is False:
        yield "judge", None
    elif is_judged or strategy != "auto":
        yield "judge", told
        how = _ways(judge, [generation(model.get("generation_config")) for model in models])
        if how:
            yield "judge.how", how
    else:
        yield "judge_model", told


def _ways(judge: Mapping[str, object], generations: list[object]) -> dict[str, object]:
    """How a judge was asked, without what is usual, and what older versions do not write."""
    told = {**_JUDGED, **judge, **as_mapping(judge.get("contract"))}
    how = {key: told[key] for key, usual in _JUDGED.items() if told[key] != usual}
    return {**how, "generation": generations} if any(generations) else how


_JUDGED: dict[str, object] = {
    "aggregation": "mean",
    "position_swap": "auto",
    "repeats": 1,
    "prompt_template": None,
    "system_prompt": None,
    "score_mapping": None,
}
