"""Texts of one answer of Twinkle Eval."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path

from tui_eval.files.documents import Refusal
from tui_eval.files.rows import row_at
from tui_eval.files.strings import clean_str
from tui_eval.formats.reasoning import apart
from tui_eval.formats.values import as_mapping, as_number
from tui_eval.records import Answer, Choice, Message


def answer(path: Path, place: int, item: int) -> Answer:
    """The texts of an answer. Raises `Refusal` where the row is not there any more."""
    row = as_mapping(row_at(path, place))
    details = row.get("details")
    if isinstance(details, list):
        if item >= len(details):
            raise Refusal("the file has changed: the answer is not there any more")
        row = as_mapping(details[item])
    written = clean_str(row.get("llm_output"))
    thought = None if written is None else apart(written)
    kept = clean_str(row.get("llm_reasoning_output", row.get("llm_resoning_output")))
    target, extracted = _text(row.get("correct_answer")), _text(row.get("predicted_answer"))
    return Answer(
        prompt=tuple(_prompt(row)),
        target=target,
        response=thought and thought.response,
        reasoning=kept or (thought and thought.reasoning),
        extracted=extracted,
        choices=tuple(_choices(row.get("logprob_scores"), extracted, target)),
    )


def _prompt(row: Mapping[str, object]) -> Iterator[Message]:
    for role, key in (("image", "image_path"), ("user", "question")):
        if (text := clean_str(row.get(key))) is not None:
            yield Message(role, text)


def _choices(scores: object, chosen: str | None, target: str | None) -> Iterator[Choice]:
    for key, value in as_mapping(scores).items():
        option = clean_str(key) or ""
        yield Choice(option, as_number(value), option == chosen, option == target)


def _text(value: object) -> str | None:
    """A text as it stands; anything else as JSON."""
    if value is None or isinstance(value, str):
        return clean_str(value)
    return clean_str(json.dumps(value, ensure_ascii=False))
