"""Questions on passages as each harness writes them, texts of our own."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from hashlib import sha256
from pathlib import Path
from typing import Any

from tests.build import evalscope, lighteval, mixeval, twinkle
from tests.build.lm_eval import STAMP, row, write_answers

Asked = tuple[str, str]
"""A passage, and what is asked about it."""

PASSAGES = [
    f"The harbour of {town} has {count} piers. " * 9
    for count, town in enumerate(("Brel", "Ousk", "Tarn", "Vey"), start=20)
]


def asked(*of: int) -> list[Asked]:
    """One question each, on the passages with these numbers; -1: on none."""
    return [
        (PASSAGES[at] if at >= 0 else "", f"Which of the {number + 3} gulls is asleep there?")
        for number, at in enumerate(of)
    ]


def lm_eval_rows(questions: Sequence[Asked]) -> list[dict[str, Any]]:
    rows = []
    for number, (passage, text) in enumerate(questions):
        document = {"passage": passage, "question": text, "number": 7}
        digest = sha256(json.dumps(document, indent=2, ensure_ascii=False).encode()).hexdigest()
        one = row(number, "The third of them is asleep.", 1.0)
        rows.append({**one, "doc": document, "doc_hash": digest})
    return rows


def lm_eval_file(folder: Path, questions: Sequence[Asked], task: str = "riddles") -> Path:
    """Answers to a task, with its results beside those that are there."""
    results = folder / f"results_{STAMP}.json"
    before = json.loads(results.read_text()) if results.exists() else {}
    file = write_answers(folder, [""] * len(questions), task=task)
    after = json.loads(results.read_text())
    both = {name: {**before.get(name, {}), **after[name]} for name in after if name != "model_name"}
    results.write_text(json.dumps({**after, **both}))
    file.write_text("".join(f"{json.dumps(one)}\n" for one in lm_eval_rows(questions)))
    return file


def _before_hashes(questions: Sequence[Asked]) -> list[dict[str, Any]]:
    """Rows of 0.4.2: the hash of a question is made of it."""
    new = ("doc_hash", "prompt_hash", "target_hash", "metrics", "filter")
    return [
        {name: value for name, value in one.items() if name not in new}
        for one in lm_eval_rows(questions)
    ]


def _reviews(questions: Sequence[Asked]) -> list[dict[str, Any]]:
    rows = []
    for number, (passage, text) in enumerate(questions):
        one = evalscope.review(number)
        one["messages"] = [evalscope.asked(text), evalscope.turn()]
        one["sample_score"]["sample_metadata"] = {"passage": passage}
        rows.append(one)
    return rows


def _reviews_with_passages(questions: Sequence[Asked]) -> list[dict[str, Any]]:
    """The passage stands in what is asked alone."""
    return _reviews([("", f"{passage}\n{text}") for passage, text in questions])


def _verdicts(questions: Sequence[Asked]) -> list[dict[str, Any]]:
    return [
        {**mixeval.FREE, "context": passage, "prompt": text, "id": number}
        for number, (passage, text) in enumerate(questions)
    ]


def _answers(questions: Sequence[Asked]) -> list[dict[str, Any]]:
    return [
        twinkle.row(number, question=f"{passage}\n{text}\nA: yes\nB: no")
        for number, (passage, text) in enumerate(questions)
    ]


def _lines(
    make: Callable[[Sequence[Asked]], list[dict[str, Any]]], name: str
) -> Callable[[Path, Sequence[Asked]], Path]:
    def write(folder: Path, questions: Sequence[Asked]) -> Path:
        return evalscope.write_rows(folder / name, *make(questions))

    return write


def _details(shape: str) -> Callable[[Path, Sequence[Asked]], Path]:
    def write(folder: Path, questions: Sequence[Asked]) -> Path:
        rows = [
            {**lighteval.TEA, "query": f"{passage}\n{text}\nAnswer:"} for passage, text in questions
        ]
        return lighteval.details(folder, rows, shape)

    return write


FILES: dict[str, Callable[[Path, Sequence[Asked]], Path]] = {
    "lm_eval": lm_eval_file,
    "lm_eval, no hashes": _lines(_before_hashes, "mock_riddles.jsonl"),
    "lighteval": _details("whole"),
    "lighteval, columns": _details("typed"),
    "lighteval, printed": _details("printed"),
    "evalscope": _lines(_reviews, "d_default.jsonl"),
    "evalscope, one text": _lines(_reviews_with_passages, "d_default.jsonl"),
    "mixeval": _lines(_verdicts, mixeval.FREE_VERDICTS),
    "twinkle": _lines(_answers, "eval_results_20260101_0000_run0.jsonl"),
}
"""What writes a file of answers to such questions, by the harness and how it writes them."""
