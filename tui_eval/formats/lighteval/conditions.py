"""How a run of Lighteval was made: what its results say of each task, and of all."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from tui_eval.files.strings import clean_str
from tui_eval.formats.conditions import Condition, generation, path_end
from tui_eval.formats.lighteval.keys import Key
from tui_eval.formats.lighteval.scores import TaskRow
from tui_eval.formats.values import as_mapping

_NAMED = {
    "prompt_function": "prompt_function",
    "few_shots_split": "fewshot.split",
    "few_shots_select": "fewshot.sampler",
    "generation_size": "max_tokens",
    "stop_sequence": "stop",
    "num_samples": "repeats",
    "evaluation_splits": "source.split",
    "hf_repo": "source.dataset",
    "hf_subset": "source.subset",
    "hf_revision": "source.revision",
    "hf_filter": "source.filter",
}
_NO_PROMPTS = "ef46db3751d8e999"
"""The hash of no prompt at all, which 0.11 and later write in place of that of the prompts."""

_BACKENDS = {
    "vllm": "gpu_memory_utilization",
    "litellm": "provider",
    "transformers": "model_parallel",
}
"""Kinds of models, by a field that only their configuration has."""


def conditions(
    whole: Mapping[str, object],
    general: Mapping[str, object],
    rows: Iterable[TaskRow],
    names: Mapping[Key, str],
    version: str,
) -> Iterator[Condition]:
    """Conditions of the datasets.

    Args:
        whole: The results document.
        general: Its ``config_general``.
        rows: Its tasks.
        names: Their datasets.
        version: The versions that write such a document.
    """
    yield from (Condition(None, *one) for one in _of_run(general, version))
    versions, summaries = (as_mapping(whole.get(key)) for key in ("versions", "summary_tasks"))
    for row in rows:
        if row.key.is_average:
            continue
        dataset, category = names[row.key], row.key.category
        if row.key.shots is not None:
            yield Condition(dataset, "shots", row.key.shots, category)
        number = versions.get(row.key.written, row.config.get("version"))
        if number is not None:
            yield Condition(dataset, "version", number, category)
        hashes = as_mapping(as_mapping(summaries.get(row.key.written)).get("hashes"))
        for name, value in (*_of_task(row.config), *_of_hashes(row.config, hashes)):
            yield Condition(dataset, name, value, category)
        for metric, how in _of_metrics(row.config):
            yield Condition(dataset, "metric_definition", how, category, metric)


def _of_run(general: Mapping[str, object], version: str) -> Iterator[tuple[str, object]]:
    model = as_mapping(general.get("model_config"))
    if "max_samples" in general:
        yield "limit", general["max_samples"]
    if "system_prompt" in model:
        yield "system_prompt", model["system_prompt"]
    if model.get("override_chat_template") is not None:
        yield "chat_template", str(model["override_chat_template"]).lower()
    written = model.get("generation_parameters", general.get("generation_parameters"))
    how = generation(written)
    if how is not None:
        yield "generation", how
    if "seed" in model and isinstance(how, Mapping) and not how.get("greedy"):
        yield "seed", model["seed"]
    if general.get("num_fewshot_seeds") not in (None, 0, 1, "1"):
        yield "fewshot.seeds", general["num_fewshot_seeds"]
    for value in (model.get("dtype"), general.get("model_dtype")):
        if value not in (None, "", "n/a"):
            yield "dtype", value
            break
    for backend, key in _BACKENDS.items():
        if key in model:
            yield "backend", backend
            break
    sha = general.get("lighteval_sha")
    yield "harness_version", version if sha in (None, "?", "") else sha


def _of_task(task: Mapping[str, object]) -> Iterator[tuple[str, object]]:
    if task:
        yield "filter", task.get("output_regex") or "by the metric"
    for key, name in _NAMED.items():
        value = task.get(key)
        if key == "hf_repo":
            value = path_end(value)
        if key in ("evaluation_splits", "stop_sequence") and isinstance(value, list):
            value = sorted(map(str, value))
        if value not in (None, [], "", -1):
            yield name, value


def _of_hashes(
    task: Mapping[str, object], hashes: Mapping[str, object]
) -> Iterator[tuple[str, object]]:
    """What hashes prove; those of rows are none of questions where a question has several rows."""
    kinds = {as_mapping(metric).get("category") for metric in _metrics(task)}
    examples, prompts = hashes.get("hash_examples"), hashes.get("hash_full_prompts")
    if examples and len(kinds) == 1:
        yield "question_set", examples
    if prompts and prompts != _NO_PROMPTS:
        yield "prompt", prompts
    tokens = hashes.get("hash_input_tokens")
    if prompts == _NO_PROMPTS and tokens and tokens != hashes.get("hash_cont_tokens"):
        yield "prompt_tokens", tokens


def _metrics(task: Mapping[str, object]) -> list[object]:
    metrics = task.get("metrics", task.get("metric"))
    return metrics if isinstance(metrics, list) else []


def _of_metrics(task: Mapping[str, object]) -> Iterator[tuple[str | None, object]]:
    """The functions of each metric, where they are told: ``compute`` is the name of all of them."""
    for metric in map(as_mapping, _metrics(task)):
        how = [metric.get(one) for one in ("sample_level_fn", "corpus_level_fn")]
        name = clean_str(metric.get("metric_name"))
        if name is not None and how[0] not in (None, "compute"):
            yield name, " / ".join(str(one) for one in how if one)
