"""A run of lm-evaluation-harness whose model wrote answers, with two filters, as 0.4.13 writes it.

The model never writes ``####``, so that ``strict`` finds nothing in what it wrote.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from hashlib import sha256
from pathlib import Path
from typing import Any

import polars as pl

from tests.build.lm_eval import STAMP
from tui_eval.loading.cache import Cache
from tui_eval.loading.collection import Collection, load
from tui_eval.loading.derived import DerivedRun, derive
from tui_eval.loading.passes import Samples, read_samples
from tui_eval.loading.rescore import Rescored, Rescorer, Wish
from tui_eval.records import ScoredBy

PATTERNS = {"strict": r"#### (\-?[0-9]+)", "last": r"(-?[0-9]+)(?!.*[0-9])"}

RESPONSES = (
    *("so it is A: 4", "A: 5", "I think A: 60, or A: 6", "A: 7.", "no idea", "it is 9"),
    *("A: 10", "A: 11", "A: twelve", "A: 13", "maybe A: 14", "A: 15"),
)
"""To questions whose answers are 4, 5, 6 and so on."""

SOLVED = r"regex:A: (-?[0-9]+)"
"""A filter that finds the first of them."""


def write_riddles(
    folder: Path,
    responses: Sequence[str | Sequence[str]] = RESPONSES,
    *,
    model: str = "mock/riddler",
    tasks: Sequence[str] = ("riddles",),
    group: str = "",
    patterns: Mapping[str, str] = PATTERNS,
    metric: Mapping[str, object] | None = None,
) -> Path:
    """Write results and answers, a question a response, to each task the same; returns results."""
    folder.mkdir(parents=True, exist_ok=True)
    results: dict[str, Any] = {}
    hashes = {}
    for task in tasks:
        rows = [
            _row(f"{task} {number}", number, one, name, pattern)
            for name, pattern in patterns.items()
            for number, one in enumerate(responses)
        ]
        path = folder / f"samples_{task}_{STAMP}.jsonl"
        path.write_text("".join(f"{json.dumps(row, ensure_ascii=False)}\n" for row in rows))
        told = "".join(row["doc_hash"] + row["prompt_hash"] + row["target_hash"] for row in rows)
        hashes[task] = sha256(told.encode()).hexdigest()
        results[task] = {"name": task, "alias": task, "sample_len": len(responses)}
        for name in patterns:
            own = [row["exact_match"] for row in rows if row["filter"] == name]
            results[task] |= {f"exact_match,{name}": sum(own) / len(own)}
    if group:
        results[group] = {"name": group, "alias": group}
        for name in patterns:
            values = [results[task][f"exact_match,{name}"] for task in tasks]
            results[group] |= {f"exact_match,{name}": sum(values) / len(values)}
    config = {
        "output_type": "generate_until",
        "doc_to_text": "{{question}}",
        "repeats": 1,
        "generation_kwargs": {"do_sample": False, "until": ["Q:"]},
        "metric_list": [metric or {"metric": "exact_match", "aggregation": "mean"}],
        "filter_list": [
            {
                "name": name,
                "filter": [
                    {"function": "regex", "regex_pattern": pattern},
                    {"function": "take_first"},
                ],
            }
            for name, pattern in patterns.items()
        ],
    }
    size = {"original": len(responses), "effective": len(responses)}
    document = {
        "results": results,
        "group_subtasks": {group: list(tasks)} if group else {},
        "configs": {task: {"task": task, **config} for task in tasks},
        "versions": dict.fromkeys(tasks, 1),
        "n-shot": dict.fromkeys(tasks, 0),
        "higher_is_better": {task: {"exact_match": True} for task in tasks},
        "n-samples": dict.fromkeys(tasks, size),
        "config": {
            "model": "hf",
            "model_args": {"pretrained": model, "token": "hf_notarealtokenatall0123456789abcd"},
            "limit": None,
            "bootstrap_iters": 1000,
        },
        "date": 1.7e9,
        "lm_eval_version": "0.4.13",
        "task_hashes": hashes,
        "model_name": model,
        "model_name_sanitized": model.replace("/", "__"),
        "chat_template": None,
        "system_instruction": None,
        "total_evaluation_time_seconds": "12.5",
    }
    path = folder / f"results_{STAMP}.json"
    path.write_text(json.dumps(document))
    return path


def _row(
    question: str, number: int, response: str | Sequence[str], name: str, pattern: str
) -> dict[str, Any]:
    repeats = [response] if isinstance(response, str) else list(response)
    found = re.findall(pattern, repeats[0])
    taken = found[0].strip() if found else "[invalid]"
    doc, target = {"question": question}, str(number + 4)
    return {
        "doc_id": number,
        "doc": doc,
        "target": target,
        "arguments": {"gen_args_0": {"arg_0": f"Q: {question}", "arg_1": {"until": ["Q:"]}}},
        "resps": [repeats],
        "filtered_resps": [taken],
        "filter": name,
        "metrics": ["exact_match"],
        "doc_hash": _hash(json.dumps(doc, indent=2, ensure_ascii=False)),
        "prompt_hash": _hash(f"Q: {question}"),
        "target_hash": _hash(target),
        "exact_match": float(taken == target),
    }


def _hash(text: str) -> str:
    return sha256(text.encode()).hexdigest()


def answers(loaded: Collection, dataset: str = "riddles") -> Samples:
    """All answers of all runs to the questions of a dataset."""
    runs, tables = {run.key: run for run in loaded.runs}, loaded.tables()
    *_, samples = read_samples(runs, tables, tables, dataset, Cache(None))
    return samples


def scored_again(
    loaded: Collection,
    wishes: Sequence[Wish],
    metric: ScoredBy | None = None,
    *,
    dataset: str = "riddles",
    rows: pl.DataFrame | None = None,
    rescorer: Rescorer | None = None,
    seconds: float = 1.0,
) -> Rescored:
    """All that comes of scoring the answers of all runs again."""
    runs, tables = {run.key: run for run in loaded.runs}, loaded.tables()
    known = answers(loaded, dataset).rows if rows is None else rows
    some = (rescorer or Rescorer()).rescore(
        runs, tables, tables, known, wishes, metric, seconds=seconds
    )
    *_, found = some
    return found


def derived(
    loaded: Collection, wish: Wish, metric: ScoredBy | None = None, **more: Any
) -> DerivedRun:
    """The first run of a collection, scored again with a filter."""
    dataset = more.pop("dataset", "riddles")
    found = scored_again(loaded, [wish], metric, dataset=dataset, rows=more.pop("rows", None))
    run, tables = loaded.runs[0], loaded.tables()
    label = tables.labels[run.key]
    return derive(run, label, tables, tables, found.rows, found.totals, wish, metric, **more)


def opened(folder: Path) -> Collection:
    """What is in a folder."""
    return load([folder])
