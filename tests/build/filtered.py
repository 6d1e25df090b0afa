"""Runs of lm-evaluation-harness whose answers were scored by two filters, as gsm8k has them."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from hashlib import sha256
from pathlib import Path
from typing import Any

STAMP = "2026-11-21T05-54-19.881339"

STRICT, LOOSE = r"#### (\-?[0-9]+)", r"(-?[0-9]+)"

FILTERS = [
    {
        "name": "strict-match",
        "filter": [{"function": "regex", "regex_pattern": STRICT}, {"function": "take_first"}],
    },
    {
        "name": "flexible-extract",
        "filter": [
            {"function": "regex", "regex_pattern": LOOSE, "group_select": -1},
            {"function": "take_first"},
        ],
    },
]


def write_filtered(
    folder: Path,
    responses: Sequence[str],
    targets: Sequence[str],
    *,
    model: str,
    task: str = "sums",
) -> Path:
    """Write results and answers, a row a question and filter; returns the file of answers."""
    rows = [
        _row(number, response, target, name)
        for name in ("strict-match", "flexible-extract")
        for number, (response, target) in enumerate(zip(responses, targets, strict=True))
    ]
    scores: dict[str, Any] = {"alias": task}
    for name in ("strict-match", "flexible-extract"):
        own = [row["exact_match"] for row in rows if row["filter"] == name]
        scores[f"exact_match,{name}"] = sum(own) / len(own)
        scores[f"exact_match_stderr,{name}"] = 0.1
    count = len(responses)
    document = {
        "results": {task: scores},
        "configs": {
            task: {
                "task": task,
                "output_type": "generate_until",
                "filter_list": FILTERS,
                "metric_list": [{"metric": "exact_match", "higher_is_better": True}],
            }
        },
        "versions": {task: 1},
        "n-shot": {task: 0},
        "n-samples": {task: {"original": count, "effective": count}},
        "higher_is_better": {task: {"exact_match": True}},
        "config": {"model": "hf", "model_args": f"pretrained={model}"},
        "model_name": model,
        "lm_eval_version": "0.4.13",
    }
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"results_{STAMP}.json").write_text(json.dumps(document))
    file = folder / f"samples_{task}_{STAMP}.jsonl"
    file.write_text("".join(f"{json.dumps(row)}\n" for row in rows))
    return file


def _row(number: int, response: str, target: str, name: str) -> dict[str, Any]:
    pattern, which = (STRICT, 0) if name == "strict-match" else (LOOSE, -1)
    found = re.findall(pattern, response)
    taken = found[which] if found else "[invalid]"
    digest = sha256(b"%d" % number).hexdigest()
    return {
        "doc_id": number,
        "doc": {"number": number},
        "target": target,
        "arguments": {"gen_args_0": {"arg_0": f"What is sum {number}?", "arg_1": {}}},
        "resps": [[response]],
        "filtered_resps": [taken],
        "filter": name,
        "metrics": ["exact_match"],
        "doc_hash": digest,
        "prompt_hash": digest,
        "target_hash": digest,
        "exact_match": float(taken == target),
    }


def two_writers(folder: Path, count: int = 12) -> Path:
    """A model that writes as the strict filter wants it, and one that never does.

    Of each every third answer is wrong; the folder of both is returned.
    """
    targets = [str(7 * number) for number in range(count)]
    given = [str(7 * number + (number % 3 == 0)) for number in range(count)]
    neat = [f"We add 1 and 2.\n#### {one}" for one in given]
    chatty = [f"Let me think. The answer is {one}" for one in given]
    write_filtered(folder / "neat", neat, targets, model="neat")
    write_filtered(folder / "chatty", chatty, targets, model="chatty")
    return folder
