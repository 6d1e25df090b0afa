"""A run of lm-evaluation-harness with answers of one's own choice, as 0.4.13 writes it."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from hashlib import sha256
from pathlib import Path

STAMP = "2026-11-21T05-54-19.881339"


def write_answers(
    folder: Path,
    responses: Sequence[str],
    *,
    model: str = "mock",
    right: Sequence[bool] | None = None,
    task: str = "riddles",
) -> Path:
    """Write results and answers, one question a response; returns the file of answers."""
    scores = [float(is_right) for is_right in (right or [True] * len(responses))]
    folder.mkdir(parents=True, exist_ok=True)
    document = {
        "results": {task: {"alias": task, "exact_match,none": sum(scores) / len(scores)}},
        "configs": {task: {"output_type": "generate_until"}},
        "versions": {task: 1},
        "n-shot": {task: 0},
        "higher_is_better": {task: {"exact_match": True}},
        "config": {"model": "hf"},
        "model_name": model,
    }
    (folder / f"results_{STAMP}.json").write_text(json.dumps(document))
    file = folder / f"samples_{task}_{STAMP}.jsonl"
    rows = zip(responses, scores, strict=True)
    lines = [json.dumps(row(number, *one)) for number, one in enumerate(rows)]
    file.write_text("".join(f"{line}\n" for line in lines))
    return file


def row(number: int, response: str, score: float) -> dict[str, object]:
    """A row of a file of answers."""
    digest = sha256(b"%d" % number).hexdigest()
    return {
        "doc_id": number,
        "doc": {"number": number},
        "target": f"target {number}",
        "arguments": {"gen_args_0": {"arg_0": f"What is riddle {number}?", "arg_1": {}}},
        "resps": [[response]],
        "filtered_resps": [response],
        "filter": "none",
        "metrics": ["exact_match"],
        "doc_hash": digest,
        "prompt_hash": digest,
        "target_hash": digest,
        "exact_match": score,
    }


def two_models(folder: Path) -> Path:
    """Two runs of five questions; returns the file of answers of the first."""
    write_answers(folder / "b", list("vwxyz"), model="b")
    return write_answers(folder / "a", list("vwxyz"), model="a", right=[True] * 4 + [False])


def grouped_file(folder: Path, model: str, shift: float) -> Path:
    """Results of a group of two groups of two tasks each; scores rise by ``shift``."""
    leaves = {"law_a": 0.2, "law_b": 0.3, "sum_a": 0.4, "sum_b": 0.5}
    groups = {"law": ["law_a", "law_b"], "sum": ["sum_a", "sum_b"]}
    scores = {name: value + shift for name, value in leaves.items()}
    means = {name: sum(scores[leaf] for leaf in of) / 2 for name, of in groups.items()}
    whole = {"all": sum(means.values()) / 2, **means}
    content = {
        "results": {name: {"acc,none": value} for name, value in (whole | scores).items()},
        "groups": {name: {"acc,none": value} for name, value in whole.items()},
        "group_subtasks": {"all": list(groups), **groups},
        "higher_is_better": {name: {"acc": True} for name in leaves},
        "n-samples": {name: {"original": 20, "effective": 20} for name in leaves},
        "configs": {name: {"task": name} for name in leaves},
        "versions": dict.fromkeys(leaves, 1),
        "n-shot": dict.fromkeys(leaves, 0),
        "config": {"model": "hf", "model_args": f"pretrained={model}"},
        "model_name": model,
        "date": 1.7e9,
    }
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "results_2026-11-21T00-15-15.709591.json"
    path.write_text(json.dumps(content), encoding="utf-8")
    return path


def grouped_answers(folder: Path, model: str, right: Mapping[str, Sequence[bool]]) -> None:
    """Results and answers of mmlu: two groups of subjects, each question right or wrong.

    A subject is named as its task is (``stem_algebra``): what stands before ``_`` is its group.
    """
    scores = {f"mmlu_{name}": sum(rights) / len(rights) for name, rights in right.items()}
    groups: dict[str, list[str]] = {}
    for name in right:
        groups.setdefault(f"mmlu_{name.split('_')[0]}", []).append(f"mmlu_{name}")
    means = {name: sum(map(scores.__getitem__, of)) / len(of) for name, of in groups.items()}
    whole = {"mmlu": sum(means.values()) / len(means), **means}
    counts = {f"mmlu_{name}": len(rights) for name, rights in right.items()}
    content = {
        "results": {name: {"exact_match,none": one} for name, one in (whole | scores).items()},
        "groups": {name: {"exact_match,none": one} for name, one in whole.items()},
        "group_subtasks": {"mmlu": list(groups), **groups},
        "higher_is_better": {name: {"exact_match": True} for name in scores},
        "n-samples": {name: {"original": n, "effective": n} for name, n in counts.items()},
        "configs": {name: {"task": name, "output_type": "generate_until"} for name in scores},
        "versions": dict.fromkeys(scores, 1),
        "n-shot": dict.fromkeys(scores, 0),
        "config": {"model": "hf", "model_args": f"pretrained={model}"},
        "model_name": model,
    }
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"results_{STAMP}.json").write_text(json.dumps(content))
    for name, rights in right.items():
        rows = [
            row(number, f"{model} says {'yes' if is_right else 'no'}", float(is_right))
            for number, is_right in enumerate(rights)
        ]
        lines = "".join(f"{json.dumps(one)}\n" for one in rows)
        (folder / f"samples_mmlu_{name}_{STAMP}.jsonl").write_text(lines)


def write_ladder(
    folder: Path,
    scores: Mapping[str, float],
    *,
    model: str = "org/tiny",
    task: str = "riddles",
    shots: int = 0,
    n: int = 1000,
) -> Path:
    """Results of the revisions of one model, the standard error that of right and wrong answers."""
    for number, (revision, score) in enumerate(scores.items()):
        stderr = (score * (1 - score) / (n - 1)) ** 0.5
        content = {
            "results": {task: {"alias": task, "acc,none": score, "acc_stderr,none": stderr}},
            "configs": {task: {"output_type": "multiple_choice"}},
            "versions": {task: 1},
            "n-shot": {task: shots},
            "n-samples": {task: {"original": n, "effective": n}},
            "higher_is_better": {task: {"acc": True}},
            "config": {"model": "hf", "model_args": f"pretrained={model},revision={revision}"},
        }
        place = folder / revision
        place.mkdir(parents=True, exist_ok=True)
        file = place / f"results_2026-11-21T05-{number:02}-19.881339.json"
        file.write_text(json.dumps(content))
    return folder
