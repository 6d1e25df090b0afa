"""How a run of Lighteval was made: what its results say of each task, and of all."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from tui_eval.formats.conditions import Condition, generation, path_end
from tui_eval.formats.lighteval.keys import Key
from tui_eval.formats.lighteval.scores import TaskRow
from tui_eval.formats.values import as_mapping

_NAMED = {
    "prompt_function": "prompt",
    "few_shots_split": "fewshot split",
    "few_shots_select": "fewshot sampler",
    "generation_size": "generation size",
    "stop_sequence": "stop",
    "num_samples": "samples of a question",
    "evaluation_splits": "split",
    "hf_repo": "dataset",
    "hf_subset": "subset",
    "hf_revision": "dataset revision",
}


def conditions(
    whole: Mapping[str, object],
    general: Mapping[str, object],
    rows: Iterable[TaskRow],
    names: Mapping[Key, str],
) -> Iterator[Condition]:
    """Conditions of the datasets.

    Args:
        whole: The results document.
        general: Its ``config_general``.
        rows: Its tasks.
        names: Their datasets.
    """
    model = as_mapping(general.get("model_config"))
    told: dict[str, object] = {"limit": general["max_samples"]} if "max_samples" in general else {}
    told |= {"system prompt": model["system_prompt"]} if "system_prompt" in model else {}
    if model.get("override_chat_template") is not None:
        told["chat template"] = model["override_chat_template"]
    written = model.get("generation_parameters", general.get("generation_parameters"))
    if (how := generation(written)) is not None:
        told["generation"] = how
    for name, key in (("dtype", "dtype"), ("model revision", "revision")):
        if model.get(key):
            told[name] = model[key]
    if general.get("lighteval_sha") not in (None, "?", ""):
        told["harness version"] = general["lighteval_sha"]
    yield from (Condition(None, name, value) for name, value in told.items())
    versions = as_mapping(whole.get("versions"))
    for row in rows:
        if row.key.is_average:
            continue
        dataset = names[row.key]
        if row.key.shots is not None:
            yield Condition(dataset, "shots", row.key.shots)
        version = versions.get(row.key.written, row.config.get("version"))
        if version is not None:
            yield Condition(dataset, "task version", version)
        yield from _of_task(dataset, row.config)


def _of_task(dataset: str, task: Mapping[str, object]) -> Iterator[Condition]:
    for key, name in _NAMED.items():
        value = task.get(key)
        if value not in (None, [], "", -1):
            yield Condition(dataset, name, path_end(value) if key == "hf_repo" else value)
    metrics = task.get("metrics", task.get("metric"))
    for metric in metrics if isinstance(metrics, list) else []:
        facts = as_mapping(metric)
        how = [facts.get(one) for one in ("metric_name", "sample_level_fn", "corpus_level_fn")]
        words = [str(one) for one in how if one]
        yield Condition(dataset, "metric definition", " / ".join(words) if facts else metric)
