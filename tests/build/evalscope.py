"""Folders of EvalScope from its samples, and reviews and predictions of one's own."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

from tui_eval.loading.collection import load
from tui_eval.records import Run

DATA = Path(__file__).parents[1] / "data" / "evalscope"
OLDEST = DATA / "v0.10" / "20250102_030405"
OLD = DATA / "v0.17" / "20250708_091011"
MIDDLE = DATA / "v1.7" / "20251212_131415"
NEW = DATA / "v1.14" / "20260304_050607"
RECALL = 'rouge:mean[statistic="recall",variant="l"]'


def run_of(*paths: Path) -> Run:
    (run,) = load(paths).runs
    return run


def write_rows(path: Path, *rows: Any) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), "utf-8")
    return path


def copy_of(root: Path, folder: Path, *without: str) -> Path:
    copy = folder / root.name
    shutil.copytree(root, copy, ignore=shutil.ignore_patterns(*without))
    return copy


ASKED = "Which tea is green?"
SAID = "I think it is sencha."


def turn(content: Any = SAID, **more: Any) -> dict[str, Any]:
    return {"role": "assistant", "content": content, "source": "generate", **more}


def asked(text: str = ASKED) -> dict[str, Any]:
    return {"role": "user", "content": text, "source": None}


def judged(index: int, value: Any, **score: Any) -> dict[str, Any]:
    """What was made of an answer since 1.0."""
    return {
        "score": {
            "value": value,
            "extracted_prediction": "sencha",
            "prediction": SAID,
            "explanation": None,
            "metadata": {},
            "main_score_name": "acc",
            **score,
        },
        "sample_id": index,
        "group_id": index,
        "sample_metadata": {},
    }


def review(index: int = 0, value: Any = None, **score: Any) -> dict[str, Any]:
    """A review of 1.12 and later."""
    value = {"acc": 1.0} if value is None else value
    sample = {**judged(index, value, status="success", **score), "generation_index": 0}
    return {
        "index": index,
        "target": ["sencha"],
        "messages": [asked(), turn(perf_metrics={"output_tokens": 6})],
        "agent_trace": None,
        "sample_score": sample,
    }


def prediction(index: int = 0, stop: str = "stop", **output: Any) -> dict[str, Any]:
    return {
        "index": index,
        "model": "tea",
        "model_output": {
            "choices": [{"message": turn(), "stop_reason": stop}],
            "usage": {"input_tokens": 9, "output_tokens": 7},
            "error": None,
            **output,
        },
        "messages": [asked(), turn()],
        "metadata": {},
    }
