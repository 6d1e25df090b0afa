"""How a run of EvalScope was made: what its configuration, secrets removed, says of a dataset."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from tui_eval.formats.conditions import Condition, generation, path_end
from tui_eval.formats.values import as_mapping

_NAMED = {
    "few_shot_num": "shots",
    "few_shot_random": "fewshot at random",
    "system_prompt": "system prompt",
    "prompt_template": "prompt",
    "few_shot_prompt_template": "fewshot prompt",
    "query_template": "query",
    "filters": "filter",
    "metric_list": "metric definition",
    "aggregation": "aggregation",
    "eval_split": "split",
    "train_split": "fewshot split",
    "subset_list": "subsets",
    "dataset_id": "dataset",
    "dataset_revision": "dataset revision",
    "shuffle": "shuffled questions",
    "shuffle_choices": "shuffled options",
}
_OFF: tuple[object, ...] = (None, False, [], {}, "")
_DEFAULTS = ("few_shot_random", "shuffle", "shuffle_choices", "dataset_revision", "train_split")


def conditions(config: Mapping[str, object], dataset: str) -> Iterator[Condition]:
    """What a task configuration says of a dataset of its run."""
    told = {
        name: config[key]
        for name, key in (("chat template", "chat_template"), ("limit", "limit"))
        if key in config
    }
    told |= {"repeats": config["repeats"]} if "repeats" in config else {}
    if "generation_config" in config:
        told["generation"] = generation(config["generation_config"])
    judge = _judge(config)
    if judge is not None:
        told["judge"] = judge
    version = config.get("evalscope_version")
    if isinstance(version, str) and not version.startswith("0.0.0"):
        told["harness version"] = version
    arguments = as_mapping(config.get("model_args"))
    told |= {"dtype": arguments["precision"]} if arguments.get("precision") else {}
    yield from (Condition(None, name, value) for name, value in told.items())
    resolved = as_mapping(as_mapping(config.get("resolved_benchmarks")).get(dataset))
    task = resolved or as_mapping(as_mapping(config.get("dataset_args")).get(dataset))
    for key, name in _NAMED.items():
        if key in task and not (key in _DEFAULTS and task[key] in _OFF):
            yield Condition(
                dataset, name, path_end(task[key]) if key == "dataset_id" else task[key]
            )
    identity = as_mapping(as_mapping(config.get("evaluation_identity")).get("benchmarks"))
    task_version = as_mapping(identity.get(dataset)).get("evaluation_version")
    if task_version is not None:
        yield Condition(dataset, "task version", task_version)


def _judge(config: Mapping[str, object]) -> object:
    """The model that judged; None: nothing says that one did."""
    judge = as_mapping(config.get("judge"))
    models = judge.get("models")
    names = [as_mapping(one).get("model_id") for one in models] if isinstance(models, list) else []
    names = names or [as_mapping(config.get("judge_model_args")).get("model_id")]
    told = [str(name) for name in names if name]
    strategy = judge.get("strategy", config.get("judge_strategy"))
    return ", ".join([*told, *([f"strategy {strategy}"] if strategy else [])]) if told else None
