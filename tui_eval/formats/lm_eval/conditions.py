"""How a run of lm-evaluation-harness was made: all of its tasks' settings that change a score."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from tui_eval.files.strings import clean_str
from tui_eval.formats.conditions import Condition, generation, path_end
from tui_eval.formats.lm_eval.run_info import arguments_of
from tui_eval.formats.values import as_mapping
from tui_eval.records import NONE, RENDERING, ScoreColumns
from tui_eval.redaction.configuration import redact_items

_PROMPT = (
    *("doc_to_text", "doc_to_target", "doc_to_choice", "description", "gen_prefix"),
    *("target_delimiter", "fewshot_delimiter", "process_docs", "use_prompt"),
)
_SPLITS = ("test_split", "validation_split")
_LEFT_OUT = frozenset(
    {
        *("task", "task_alias", "group", "group_alias", "tag", "tags", "alias", "metadata"),
        *("unsafe_code", "dataset_kwargs", "should_decontaminate", "doc_to_decontamination_query"),
        *("training_split", "custom_dataset", "class", "higher_is_better"),
    }
)
_OF_FEWSHOT = ("sampler", "split", "samples", "fewshot_indices", "process_docs")
_OF_MODEL = ("load_in_8bit", "load_in_4bit", "quantization", "gptq", "autogptq", "awq")
_WRITTEN = "generate_until"
_NO_VERSION = (None, "N/A", "Yaml")
_UNWRITTEN = ("≤ 0.3", "0.4.0–0.4.1", "0.4.2")
"""Versions in which there is no chat template."""


def conditions(
    whole: Mapping[str, object], scores: ScoreColumns, version: str
) -> Iterator[Condition]:
    """What a results document says of each of its tasks, and of all.

    Args:
        whole: The results document.
        scores: What was read of it.
        version: The version that wrote it, or those that may have.
    """
    yield from _of_run(whole, version)
    datasets = {task.category: task.dataset for task in scores.distinct_tasks() if task.category}
    shots, versions = as_mapping(whole.get("n-shot")), as_mapping(whole.get("versions"))
    configs, hashes = as_mapping(whole.get("configs")), as_mapping(whole.get("task_hashes"))
    seed = as_mapping(whole.get("config")).get("fewshot_seed")
    for name in dict.fromkeys((*configs, *shots, *versions)):
        category = clean_str(name.rpartition("::")[2]) or ""
        dataset = datasets.get(category)
        if dataset is None:  # a group, whose tasks tell it
            continue
        task = as_mapping(configs.get(name))
        number = shots.get(name, task.get("num_fewshot"))
        if number is not None:
            yield Condition(dataset, "shots", number, category)
        number_of_task = versions.get(name, as_mapping(task.get("metadata")).get("version"))
        if number_of_task not in _NO_VERSION:
            yield Condition(dataset, "version", _number(number_of_task), category)
        if hashes.get(name):
            yield Condition(dataset, "task_hash", hashes[name], category)
        if task:
            yield Condition(dataset, f"prompt.{RENDERING}", f"lm-eval {version}", category)
            yield from _of_task(dataset, category, task)
        if seed is not None and _is_drawn(task, number):
            yield Condition(dataset, "seed", seed, category)


def _of_task(dataset: str, category: str | None, task: Mapping[str, object]) -> Iterator[Condition]:
    for name, value in _facts(task):
        yield Condition(dataset, name, value, category)
    yield from scored_by(dataset, category, task)


def scored_by(
    dataset: str, category: str | None, task: Mapping[str, object]
) -> Iterator[Condition]:
    """What a configuration says of the metrics and filters of a task."""
    for metric in _items(task.get("metric_list")):
        how = {key: one for key, one in metric.items() if key not in ("metric", "higher_is_better")}
        how |= as_mapping(how.pop("kwargs", None))
        word = clean_str(metric.get("metric"))
        yield Condition(dataset, "metric_definition", how or word, category, word)
    pipelines = _items(task.get("filter_list")) or [{"name": NONE, "filter": []}]
    for pipeline in pipelines:
        steps = [_step(step) for step in _items(pipeline.get("filter"))]
        word = clean_str(pipeline.get("name")) or NONE
        yield Condition(dataset, f"filter.{word}", ", ".join(steps) or "take_first", category)


def _facts(task: Mapping[str, object]) -> Iterator[tuple[str, object]]:
    """Its settings but filters and metrics; what is null is off where it says nothing."""
    kind = task.get("output_type")
    yield "source.dataset", path_end(task.get("dataset_path"))
    yield "source.subset", task.get("dataset_name")
    yield "source.split", next((task[key] for key in _SPLITS if task.get(key)), None)
    if "repeats" in task:
        yield "repeats", task["repeats"]
    if kind is not None:
        yield "metric_definition.output_type", kind
    how = generation(task.get("generation_kwargs"))
    if how is not None or kind not in (_WRITTEN, None):
        yield "generation", how if kind in (_WRITTEN, None) else None
    if task.get("process_results"):
        yield "metric_definition.process_results", task["process_results"]
    fewshot = as_mapping(task.get("fewshot_config"))
    told = {part: fewshot.get(part) for part in _OF_FEWSHOT if fewshot.get(part) != "default"}
    if (split := task.get("fewshot_split")) or told.get("split"):
        told["split"] = split or told["split"]
    for part, value in told.items():
        if value not in (None, "", [], {}):
            yield f"fewshot.{part}", value
    for key in _PROMPT:
        if task.get(key) not in (None, "", [], {}):
            yield f"prompt.{key}", task[key]
    known = {
        *("dataset_path", "dataset_name", "repeats", "output_type", "generation_kwargs"),
        *("process_results", "fewshot_config", "fewshot_split", "num_fewshot", "metric_list"),
        *("filter_list", *_PROMPT, *_SPLITS, *_LEFT_OUT),
    }
    others = {key: value for key, value in task.items() if key not in known}
    for key, value in redact_items(others).items():
        if value not in (None, "", [], {}, False):
            yield f"prompt.{key}", value


def _is_drawn(task: Mapping[str, object], shots: object) -> bool:
    """Whether the examples of its prompts are drawn by chance."""
    sampler = as_mapping(task.get("fewshot_config")).get("sampler")
    return shots not in (None, 0) and sampler != "first_n"


def _items(value: object) -> list[Mapping[str, object]]:
    return [as_mapping(one) for one in value] if isinstance(value, list) else []


def _number(value: object) -> object:
    """A version, which some groups have as a text."""
    return value.removesuffix(".0") if isinstance(value, str) else value


def _step(step: Mapping[str, object]) -> str:
    """``regex (regex_pattern #### (.+))``: 0.5 has the options in an object of their own."""
    options = {**step, **as_mapping(step.get("kwargs"))}
    left_out = ("function", "kwargs", "metric_list")
    more = [f"{name} {one}" for name, one in sorted(options.items()) if name not in left_out]
    return f"{step.get('function')} ({', '.join(more)})" if more else str(step.get("function"))


def _of_run(whole: Mapping[str, object], version: str) -> Iterator[Condition]:
    config = as_mapping(whole.get("config"))
    arguments = arguments_of(config.get("model_args"))
    told = {
        "chat_template": _chat_template(whole, config, version),
        "system_prompt": whole.get("system_instruction", _NOT_TOLD),
        "limit": config.get("limit", _NOT_TOLD),
        "harness_version": version,
        "backend": config.get("model", _NOT_TOLD),
        "dtype": config.get("model_dtype") or arguments.get("dtype") or _NOT_TOLD,
    }
    told |= {f"dtype.{key}": arguments[key] for key in _OF_MODEL if arguments.get(key)}
    if isinstance(shots := config.get("num_fewshot"), int):
        told["shots"] = shots
    for name, value in told.items():
        if value is not _NOT_TOLD:
            yield Condition(None, name, value)


_NOT_TOLD = object()


def _chat_template(
    whole: Mapping[str, object], config: Mapping[str, object], version: str
) -> object:
    """Null and empty mean not applied, or that the server applied one."""
    if "chat_template" not in whole and version not in _UNWRITTEN:
        return _NOT_TOLD
    source = str(whole.get("model_source") or config.get("model") or "")
    template = whole.get("chat_template")
    several = ", examples as turns" if template and whole.get("fewshot_as_multiturn") else ""
    return f"{template}{several}" if template else "by the server" if "chat" in source else None
