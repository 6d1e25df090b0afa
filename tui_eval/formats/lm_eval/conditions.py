"""How a run of lm-evaluation-harness was made: all of its tasks' settings that change a score."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from tui_eval.formats.conditions import Condition, generation, path_end
from tui_eval.formats.values import as_mapping
from tui_eval.records import ScoreColumns
from tui_eval.redaction.configuration import redact_items

_NAMED = {
    "num_fewshot": "shots",
    "generation_kwargs": "generation",
    "filter_list": "filter",
    "metric_list": "metric definition",
    "repeats": "repeats",
    "dataset_path": "dataset",
}
_LEFT_OUT = frozenset(
    {
        *("task", "task_alias", "group", "group_alias", "tag", "tags", "alias", "metadata"),
        *("unsafe_code", "dataset_kwargs", "should_decontaminate", "doc_to_decontamination_query"),
    }
)
_KNOWN = frozenset(
    {
        *("doc_to_text", "doc_to_target", "doc_to_choice", "description", "gen_prefix"),
        *("process_docs", "process_results", "target_delimiter", "fewshot_delimiter"),
        *("fewshot_split", "test_split", "validation_split", "training_split", "output_type"),
        *("dataset_name", "use_prompt", *_NAMED),
    }
)
_OF_FEWSHOT = ("sampler", "split", "samples", "fewshot_indices", "process_docs")


def conditions(whole: Mapping[str, object], scores: ScoreColumns) -> Iterator[Condition]:
    """What a results document says of each of its tasks, and of all."""
    yield from _of_run(whole)
    datasets = {task.category: task.dataset for task in scores.distinct_tasks() if task.category}
    shots, versions = as_mapping(whole.get("n-shot")), as_mapping(whole.get("versions"))
    configs = as_mapping(whole.get("configs"))
    for name in dict.fromkeys((*configs, *shots, *versions)):
        dataset = datasets.get(name.rpartition("::")[2])
        if dataset is None:  # a group, whose tasks tell it
            continue
        task = as_mapping(configs.get(name))
        if name in shots:
            yield Condition(dataset, "shots", shots[name])
        if versions.get(name) not in (None, "N/A", "Yaml"):
            yield Condition(dataset, "task version", versions[name])
        yield from _of_task(dataset, task, has_shots=name in shots)


def _of_task(dataset: str, task: Mapping[str, object], *, has_shots: bool) -> Iterator[Condition]:
    for key, value in task.items():
        if key in _LEFT_OUT or value in (None, "", [], {}) or (key == "num_fewshot" and has_shots):
            continue
        if key == "fewshot_config":
            some = as_mapping(value)
            for part in _OF_FEWSHOT:
                if some.get(part) not in (None, "default", [], {}):
                    yield Condition(dataset, f"fewshot {part}", some[part])
        else:
            shown = value if key in _KNOWN else redact_items({key: value}).get(key)
            yield Condition(dataset, _NAMED.get(key, key), _value(key, shown))


def _value(key: str, value: object) -> object:
    if key == "generation_kwargs":
        return generation(value)
    if key == "dataset_path":
        return path_end(value)
    if key == "metric_list" and isinstance(value, list):
        return "; ".join(_of_metric(as_mapping(metric)) for metric in value)
    if key == "filter_list" and isinstance(value, list):
        return "; ".join(_of_filter(as_mapping(pipeline)) for pipeline in value)
    return value


def _of_metric(metric: Mapping[str, object]) -> str:
    """``exact_match (aggregation mean, ignore_case True)``."""
    left_out = ("metric", "higher_is_better")
    more = [f"{name} {one}" for name, one in metric.items() if name not in left_out]
    return f"{metric.get('metric')} ({', '.join(more)})" if more else str(metric.get("metric"))


def _of_filter(pipeline: Mapping[str, object]) -> str:
    """``strict-match: regex (regex_pattern #### (.+)), take_first``."""
    steps = pipeline.get("filter")
    told = []
    for step in map(as_mapping, steps if isinstance(steps, list) else []):
        more = [f"{name} {one}" for name, one in step.items() if name != "function"]
        told.append(
            f"{step.get('function')} ({', '.join(more)})" if more else str(step.get("function"))
        )
    return f"{pipeline.get('name')}: {', '.join(told)}"


def _of_run(whole: Mapping[str, object]) -> Iterator[Condition]:
    config = as_mapping(whole.get("config"))
    told = {
        "chat template": _chat_template(whole, config),
        "system prompt": whole.get("system_instruction", _NOT_TOLD),
        "fewshot as multiturn": whole.get("fewshot_as_multiturn") or _NOT_TOLD,
        "limit": config.get("limit", _NOT_TOLD),
        "harness version": whole.get("lm_eval_version", _NOT_TOLD),
        "backend": config.get("model", _NOT_TOLD),
        "dtype": config.get("model_dtype", _NOT_TOLD),
    }
    if isinstance(shots := config.get("num_fewshot"), int):
        told["shots"] = shots
    for name, value in told.items():
        if value is not _NOT_TOLD:
            yield Condition(None, name, value)


_NOT_TOLD = object()


def _chat_template(whole: Mapping[str, object], config: Mapping[str, object]) -> object:
    """Null and empty mean not applied, or that the server applied one."""
    if "chat_template" not in whole:
        return _NOT_TOLD
    source = str(whole.get("model_source") or config.get("model") or "")
    return whole["chat_template"] or ("by the server" if "chat" in source else None)
