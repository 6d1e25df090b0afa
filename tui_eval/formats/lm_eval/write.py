"""Results and answers in the layout of lm-evaluation-harness 0.4.13, of answers scored again.

``FOLDER/<model>/results_<time>.json`` and one ``samples_<task>_<time>.jsonl`` a task. What answers
of this harness hold stays as it is; of others there is what is known of the question. The key
``tui_eval`` of the results, which other programs pass over, tells what they were made of.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from hashlib import blake2b, sha256
from typing import Any, NamedTuple

from tui_eval import __version__
from tui_eval.formats.conditions import public
from tui_eval.formats.lm_eval.metrics import direction_of
from tui_eval.formats.lm_eval.rows import HASH
from tui_eval.formats.lm_eval.run_info import OWN_KEY, public_config
from tui_eval.formats.lm_eval.tasks import APART
from tui_eval.formats.rescored import Recipe, filter_entry, metric_entry
from tui_eval.formats.values import as_mapping
from tui_eval.records import Answer, Recorded, Run, Task

_NOT_COPIED = frozenset(
    {
        *("results", "groups", "group_subtasks", "configs", "versions", "n-shot", "n-samples"),
        *("higher_is_better", "config", "task_hashes", "pretty_env_info", OWN_KEY),
        *("model_name", "model_name_sanitized"),
    }
)
_OF_TASKS = ("versions", "n-shot")
NUMBER = re.compile(r"0|[1-9][0-9]{0,17}")
_UNSAFE = re.compile(r"[\"<>:/|\\?*\[\]\x00-\x1f]+")
_LONGEST_NAME = 120  # characters of a task in a file's name
_PATH = " › "
_PER_ATTEMPT = "scores_per_repeat"

_OUTPUT = {
    "generated": "generate_until",
    "multiple choice": "multiple_choice",
    "log-likelihood": "loglikelihood",
    "rolling": "loglikelihood_rolling",
}


class Total(NamedTuple):
    """A score of a task, or of a group of tasks (``task.category`` is None)."""

    task: Task
    value: float | None
    stderr: float | None


class Written(NamedTuple):
    """A file of answers that was written.

    Attributes:
        rows: How many it has.
        digest: Hash over the hashes of all of them, as ``task_hashes`` has it.
        is_apart: Whether attempts that stand in one row were scored one by one.
    """

    rows: int
    digest: str
    is_apart: bool = False


class Line(NamedTuple):
    """An answer to a question, scored again.

    Attributes:
        id: The question's number or name.
        sample: Its key (`tables.SAMPLES`).
        recorded: What the file keeps of it: all attempts.
        extracted: What the filter took of it.
        value: Of the metric; None: it has none.
        per_attempt: Of each attempt, where they were scored one by one.
    """

    id: str
    sample: str
    recorded: Recorded
    extracted: Sequence[str]
    value: object
    per_attempt: Sequence[object] = ()


def safe_name(name: str) -> str:
    """A name as a part of a file's name, as the harness makes it."""
    made = _UNSAFE.sub("__", name)
    if len(made.encode("utf-8", "surrogatepass")) <= _LONGEST_NAME:
        return made
    mark = blake2b(name.encode("utf-8", "surrogatepass"), digest_size=4).hexdigest()
    return f"{made[: _LONGEST_NAME // 4]}_{mark}"


def row_again(row: Mapping[str, Any], line: Line, recipe: Recipe) -> dict[str, Any]:
    """A row of this harness's answers with what was made of it again."""
    kept = {name: row[name] for name in ("doc_id", "doc", "target") if name in row}
    rated = ("filtered_resps",) if line.recorded.ratings else ()
    kept |= {name: row[name] for name in ("arguments", "resps", *rated) if name in row}
    hashes = {name: row.get(name) for name in ("doc_hash", "prompt_hash", "target_hash")}
    if None in hashes.values():
        hashes = _hashes(row.get("doc"), _first_prompt(row), row.get("target"))
    return _finished(kept, line, recipe, hashes)


def row_of(
    line: Line, answer: Answer, recipe: Recipe, number: int, *, has_own_id: bool = True
) -> dict[str, Any]:
    """A row of another harness's answer: of its question what is known.

    ``doc_id`` is the question's own number, if it has one that no other question of the task has
    (``has_own_id``), else the number of the row.
    """
    recorded = line.recorded
    prompt = "\n\n".join(message.text for message in answer.prompt)
    options = list(recorded.options)
    doc: dict[str, Any] = {"id": line.id, "question": prompt}
    doc |= {"choices": options} if options else {}
    target = recorded.target
    told = None if target is None else str(list(target) if isinstance(target, tuple) else target)
    ends, resps = [""], [list[Any](recorded.responses)]
    if recorded.ratings:
        ends = [f" {option}" for option in options] or [""] * len(recorded.ratings)
        resps = [[[repr(one.value), str(bool(one.is_greedy))]] for one in recorded.ratings]
    kept: dict[str, Any] = {
        "doc_id": int(line.id) if has_own_id and NUMBER.fullmatch(line.id) else number,
        "doc": doc,
        "target": told,
        "arguments": {
            f"gen_args_{place}": {"arg_0": prompt, "arg_1": end} for place, end in enumerate(ends)
        },
        "resps": resps,
    }
    if recorded.ratings:
        kept["filtered_resps"] = [one[0] for one in resps]
    hashes = _hashes(doc, prompt, told)
    key = line.sample.partition("#")[0]
    if re.fullmatch(rf"[0-9a-f]{{{HASH}}}", key):  # so that it is paired with what it was made of
        hashes["doc_hash"] = key + hashes["doc_hash"][HASH:]
    return _finished(kept, line, recipe, hashes)


def _finished(
    kept: dict[str, Any], line: Line, recipe: Recipe, hashes: Mapping[str, Any]
) -> dict[str, Any]:
    metric = recipe.metric.metric
    row = {
        **kept,
        "filtered_resps": kept.get("filtered_resps", list(line.extracted)),
        "filter": recipe.filter.name,
        "metrics": [metric],
        **hashes,
        metric: line.value,
    }
    if len(line.per_attempt) > 1:
        row[_PER_ATTEMPT] = {metric: list(line.per_attempt)}
    return row


def _hashes(doc: object, prompt: object, target: object) -> dict[str, Any]:
    return {
        "doc_hash": _hash(json.dumps(doc, indent=2, ensure_ascii=False, default=str)),
        "prompt_hash": _hash(prompt if isinstance(prompt, str) else str(prompt)),
        "target_hash": _hash(str(target)),
    }


def _first_prompt(row: Mapping[str, Any]) -> object:
    requests = row.get("arguments")
    told = list(requests.values()) if isinstance(requests, dict) else requests
    first = told[0] if isinstance(told, list) and told else None
    parts = list(first.values()) if isinstance(first, dict) else first
    return parts[0] if isinstance(parts, list) and parts else ""


def _hash(text: str) -> str:
    return sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


class TaskHash:
    """Hash over the rows of a file of answers, as ``task_hashes`` has it."""

    def __init__(self) -> None:
        self._digest = sha256()
        self.rows = 0
        self._is_apart = False

    def add(self, row: Mapping[str, Any]) -> None:
        """The next row."""
        told = "".join(str(row[name]) for name in ("doc_hash", "prompt_hash", "target_hash"))
        self._digest.update(told.encode())
        self.rows += 1
        self._is_apart |= _PER_ATTEMPT in row

    @property
    def written(self) -> Written:
        """What there is to say of the file."""
        return Written(self.rows, self._digest.hexdigest(), self._is_apart)


def results_of(
    run: Run,
    recipe: Recipe,
    totals: Iterable[Total],
    written: Mapping[str, Written],
    source: Mapping[str, Any],
    kinds: Mapping[str, str],
    recipes: Mapping[str, Recipe],
    asked: Mapping[str, int],
) -> dict[str, Any]:
    """The results document.

    Args:
        run: The run: its model, parent and recipe.
        recipe: How its answers were scored.
        totals: Its scores.
        written: What was written of the answers, by task.
        source: The results document of the run that gave the answers, where this harness wrote one.
        kinds: What the model gave back in each task (`records.Scored`).
        recipes: How each task was scored.
        asked: To how many questions of a task there should be answers, where that is known.
    """
    tasks = {one.task.category: one for one in totals if one.task.category is not None}
    wholes = [one for one in totals if one.task.category is None]
    metric, word = recipe.metric.metric, recipe.filter.name
    names = [name for name in tasks if name is not None]
    tree = _tree([one.task for one in tasks.values()])
    results: dict[str, dict[str, Any]] = {}
    groups: dict[str, dict[str, Any]] = {}
    for name in names:
        one = tasks[name]
        results[name] = {"name": name, "alias": name, "sample_len": one.task.n}
        results[name] |= _numbers(one, metric, word)
    for one in wholes:
        name = (one.task.group or one.task.dataset).rpartition(_PATH)[2]
        if name not in results:
            results[name] = {"name": name, "alias": name}
            results[name] |= _numbers(one, metric, word)
            results[name]["sample_count"] = {f"{metric},{word}": one.task.n}
            groups[name] = results[name]
    configs = {name: _config(name, recipes[name], source, kinds[name]) for name in names}
    apart = [name for name in names if written[name].is_apart]
    model = run.model or ""
    sizes = as_mapping(source.get("n-samples"))
    rest = {name: public(value) for name, value in source.items() if name not in _NOT_COPIED}
    document: dict[str, Any] = {"results": results}
    if groups:
        document["groups"] = groups
    document |= {
        "group_subtasks": tree,
        "configs": configs,
        **{
            told: {name: as_mapping(source.get(told)).get(name) for name in names}
            for told in _OF_TASKS
            if told in source
        },
        "higher_is_better": {name: {metric: direction_of(metric, {})} for name in names},
        "n-samples": {
            name: _size(sizes.get(name), tasks[name].task, written[name].rows, asked.get(name))
            for name in names
        },
        "config": public_config(source) if source else {"model": run.harness},
        **({"lm_eval_version": run.version} if source and run.version else {}),
        **rest,
        "task_hashes": {name: written[name].digest for name in names},
        "model_name": model,
        "model_name_sanitized": safe_name(model),
        OWN_KEY: {
            "version": __version__,
            "parent": run.parent,
            "recipe": json.loads(recipe.text),
            **({APART: apart} if apart else {}),
        },
    }
    return document


def _numbers(one: Total, metric: str, word: str) -> dict[str, Any]:
    stderr = "N/A" if one.stderr is None else one.stderr
    return {f"{metric},{word}": one.value, f"{metric}_stderr,{word}": stderr}


def _config(name: str, recipe: Recipe, source: Mapping[str, Any], kind: str) -> dict[str, Any]:
    """The configuration of a task: filters and metrics as they were used."""
    configs = as_mapping(source.get("configs"))
    task = dict(as_mapping(public(configs.get(name))))
    own = [
        entry
        for entry in task.get("metric_list") or []  # type: ignore[attr-defined]
        if isinstance(entry, dict) and entry.get("metric") == recipe.metric.metric
    ]
    options = metric_entry(recipe.metric)
    is_own = bool(own) and {**own[0], **options} == own[0]
    task.pop("process_results", None)  # code of the task was not run
    return {
        "task": name,
        "output_type": _OUTPUT[kind],
        **task,
        "metric_list": [own[0] if is_own else options],
        "filter_list": [filter_entry(recipe.filter)],
    }


def _size(told: object, task: Task, rows: int, asked: int | None) -> dict[str, Any]:
    """Where fewer are written than there should be, the run that gave the answers has lost some."""
    original = as_mapping(told).get("original", task.total or task.n or rows)
    return {"original": original, "effective": max(asked or 0, rows)}


def _tree(tasks: Sequence[Task]) -> dict[str, list[str]]:
    """The direct children of each group; nothing where each task is a dataset of its own."""
    tree: dict[str, list[str]] = {}
    for task in tasks:
        path = [task.dataset, *(task.group.split(_PATH) if task.group else ())]
        for outer, inner in zip(path, [*path[1:], task.category or ""], strict=True):
            if outer != inner and inner not in tree.setdefault(outer, []):
                tree[outer].append(inner)
    return {name: children for name, children in tree.items() if children}
