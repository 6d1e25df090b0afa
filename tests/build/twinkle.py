"""Result documents of every generation of Twinkle Eval, small enough to read."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from tui_eval.formats.harnesses import twinkle
from tui_eval.records import Run

TIMESTAMP = "20260101_0000"


def item(file: str, accuracy: Any, **more: Any) -> dict[str, Any]:
    """One data file's result as 0.1 writes it, and what else later versions add."""
    return {"file": file, "accuracy_mean": accuracy, "accuracy_std": 0.0, **more}


def document(
    items: list[Any] | None = None, *, name: str = "m", dataset: str = "datasets/d/", **more: Any
) -> dict[str, Any]:
    """A result document with one dataset; ``more`` stands beside its results."""
    results = [item("datasets/d/a.csv", 0.9), item("datasets/d/b.csv", 0.8)]
    return {
        "timestamp": TIMESTAMP,
        "config": {"model": {"name": name}},
        "dataset_results": {dataset: {"results": results if items is None else items, **more}},
    }


def write(path: Path, content: object) -> Path:
    """A JSON file in UTF-8, folders made as needed."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(content, ensure_ascii=False), encoding="utf-8")
    return path


def values(run: Run) -> dict[tuple[str | None, str], float | None]:
    """Numbers over all repeated runs, by category and metric."""
    return {
        (score.category, score.metric): score.value for score in run.scores if score.repeat is None
    }


def row(question_id: int, correct: bool = True, **more: Any) -> dict[str, Any]:
    """An answer as 2.10 writes it."""
    return {
        "question_id": question_id,
        "sample_id": 0,
        "question": f"How many legs have {question_id} gulls?\nA: {question_id}\nB: 5",
        "correct_answer": "A",
        "llm_output": "\\boxed{A}" if correct else "\\boxed{B}",
        "llm_reasoning_output": None,
        "predicted_answer": "A" if correct else "B",
        "is_correct": correct,
        "usage_completion_tokens": 5,
        **more,
    }


def lines(folder: Path, rows: Sequence[object], repeat: int = 0, suffix: str = ".jsonl") -> Path:
    path = folder / f"eval_results_{TIMESTAMP}_run{repeat}{suffix}"
    path.parent.mkdir(parents=True, exist_ok=True)
    texts = [one if isinstance(one, str) else json.dumps(one, ensure_ascii=False) for one in rows]
    path.write_text("".join(f"{text}\n" for text in texts), encoding="utf-8")
    return path


def run_of(content: Any, path: Path = Path("results.json")) -> Run:
    return twinkle.FORMAT.read_runs(content, path, 1)[0]
