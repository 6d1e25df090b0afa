"""A run of MixEval that may be changed, and its answers and verdicts."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

DATA = Path(__file__).parents[1] / "data" / "mixeval"
RUN = Path("our_lynx_1b", "mixeval_hard", "2031-01-01")
JUDGE = "gpt-3.5-turbo-0125"
FREE_VERDICTS = f"judge_results_ff_model_judge_{JUDGE}.jsonl"
CHOICE_VERDICTS = f"judge_results_mp_model_judge_{JUDGE}.jsonl"
ANSWERS = "our_lynx_1b_close_freeform_hard.jsonl"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A run that may be changed."""
    target = tmp_path / RUN
    shutil.copytree(DATA / "model_responses" / RUN, target)
    return target


def rows_of(path: Path) -> list[Any]:
    return [json.loads(line) for line in path.read_text("utf-8").splitlines()]


def write_rows(path: Path, rows: list[Any]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(f"{json.dumps(row)}\n" for row in rows), encoding="utf-8")


def change(path: Path, number: int, **fields: Any) -> None:
    rows = rows_of(path)
    rows[number] |= fields
    write_rows(path, rows)


def add_rule_files(folder: Path, *, free_right: int = 3) -> None:
    """Verdicts by rule: so many of the three free-form answers right, all options right."""
    for short, source in (("ff", FREE_VERDICTS), ("mp", CHOICE_VERDICTS)):
        rows = rows_of(folder / source)
        for place, row in enumerate(rows):
            for key in ("judge_response", "judge_score", "judge_option"):
                row.pop(key, None)
            row |= {"parsed_result": [], "eval_result": short == "mp" or place < free_right}
        write_rows(folder / f"judge_results_{short}_rule.jsonl", rows)


FREE: dict[str, Any] = {
    "problem_type": "free-form",
    "context": "Three cats.",
    "prompt": "How many?",
    "target": ["3", "three", "3"],
    "benchmark_name": "DROP",
    "formated_input": "Three cats. How many?",
    "id": "7",
    "response": "Three.",
}
