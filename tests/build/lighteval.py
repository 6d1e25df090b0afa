"""Results and details of lighteval, small enough to read."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import polars as pl

TIME = "2026-01-02T03-04-05.060708"


TEA: dict[str, Any] = {
    "query": "Which tea is green?\nAnswer:",
    "choices": [" sencha", " assam", " rooibos"],
    "gold": [0],
    "rated": [-1.5, -0.25, -3.0],
    "metrics": {"acc": 0, "acc_norm": 1.0},
    "prompt": "Which tea is black?\nAnswer: assam\n\nWhich tea is green?\nAnswer:",
}


def whole(question: dict[str, Any], number: int) -> dict[str, Any]:
    """A row as 0.11 and later write it."""
    texts, rated, gold = question.get("texts", []), question.get("rated", []), question["gold"]
    return {
        "doc": {
            "query": question["query"],
            "choices": question["choices"],
            "gold_index": gold if texts else gold[0],
            "instruction": question.get("instruction"),
            "specific": question.get("specific"),
            "id": str(number + 70),
            "fewshot_samples": question.get("shots", []),
        },
        "metric": question["metrics"],
        "model_response": {
            "input": question["prompt"],
            "input_tokens": [1, 2],
            "text": texts,
            "text_post_processed": question.get("kept", texts),
            "reasonings": question.get("reasonings", []),
            "logprobs": rated,
        },
    }


def typed(question: dict[str, Any], number: int) -> dict[str, Any]:
    """A row as 0.8 to 0.10 write it."""
    texts, rated = question.get("texts"), question.get("rated", [])
    return {
        "example": question["query"],
        "full_prompt": question["prompt"],
        "choices": [] if texts else question["choices"],
        "gold_index": [] if texts else question["gold"],
        "gold": question["choices"] if texts else [],
        "predictions": texts or [[value, float(value == max(rated))] for value in rated],
        "metrics": question["metrics"],
        "specifics": question.get("specific"),
        "input_tokens": [[1, 2]],
    }


def printed(question: dict[str, Any], number: int) -> dict[str, Any]:
    """A row as 0.5 to 0.7 write it."""
    return {name: str(value) for name, value in typed(question, number).items()}


def details(
    folder: Path, questions: list[dict[str, Any]], shape: str = "whole", task: str = "tea|0"
) -> Path:
    """A file of details of a task."""
    make = {"typed": typed, "printed": printed, "whole": whole}[shape]
    path = folder / "details" / "m" / TIME / f"details_{task}_{TIME}.parquet"
    path.parent.mkdir(parents=True, exist_ok=True)
    rows = [make(question, number) for number, question in enumerate(questions)]
    pl.DataFrame(rows, infer_schema_length=None).write_parquet(path)
    return path


def results(folder: Path, numbers: dict[str, dict[str, float]]) -> None:
    path = folder / "results" / "m" / f"results_{TIME}.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    general = {"model_name": "m", "model_config": {"model_name": "m"}}
    content = {"config_general": general, "results": numbers, "config_tasks": {}}
    path.write_text(json.dumps(content), encoding="utf-8")
