"""Texts of one answer of MixEval, and of the judge that rated it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from tui_eval.files.documents import Refusal
from tui_eval.files.rows import row_at
from tui_eval.files.strings import clean_str
from tui_eval.formats.mixeval.rows import Row, split_of
from tui_eval.formats.reasoning import apart
from tui_eval.formats.values import as_mapping
from tui_eval.records import Answer, Message


def answer(path: Path, place: int, item: int) -> Answer:
    """The texts of a row.

    Raises:
        Refusal: There is no such row any more.
    """
    row = as_mapping(row_at(path, place))
    split = split_of(row)
    if split is None:
        raise Refusal("no row of MixEval: the file has changed since", f"byte {place}")
    options = _texts(row.get("options"))
    said = clean_str(row.get("judge_response"))
    written = clean_str(row.get("response"))
    thought = None if written is None else apart(written)
    return Answer(
        prompt=_prompt(row, options),
        target=_target(row, options),
        response=thought and thought.response,
        reasoning=thought and thought.reasoning,
        extracted=_extracted(row),
        judge=() if said is None else (*_verdict(row), Message("assistant", said)),
    )


# --- the texts of a row -------------------------------------------------------------------------


def _texts(items: object) -> list[str]:
    listed = items if isinstance(items, list) else []
    return [clean_str(item) or "" for item in listed]


def _prompt(row: Row, options: Sequence[str]) -> tuple[Message, ...]:
    """What was sent; what it was made of, where that is not there."""
    sent = clean_str(row.get("formated_input"))
    if sent is None:
        lettered = [_lettered(at, options) for at in range(len(options))]
        parts = [clean_str(row.get("context")), clean_str(row.get("prompt")), *lettered]
        sent = "\n".join(part for part in parts if part)
    return (Message("user", sent),) if sent else ()


def _target(row: Row, options: Sequence[str]) -> str | None:
    """All that counts as right: texts, or options with their letters."""
    targets = row.get("target")
    right = [
        _lettered(target, options) if type(target) is int else clean_str(target)
        for target in (targets if isinstance(targets, list) else [])
    ]
    return "\n".join(dict.fromkeys(text for text in right if text)) or None


def _lettered(at: int, options: Sequence[str]) -> str | None:
    return f"{chr(ord('A') + at)}. {options[at]}" if 0 <= at < len(options) else None


def _verdict(row: Row) -> tuple[Message, ...]:
    """What was read out of a judge's reply."""
    value = row.get("judge_score", row.get("judge_option"))
    if isinstance(value, float):
        text: str | None = f"{value:g}"
    else:
        text = str(value) if isinstance(value, int) else clean_str(value)
    return () if text is None else (Message("verdict", text),)


def _extracted(row: Row) -> str | None:
    """What a judge or rule took for the answer: an option's letter, or texts and numbers."""
    for name in ("judge_option", "parsed_result", "response_extracted"):
        value = row.get(name)
        items = value if isinstance(value, list) else [value]
        texts = [str(item) if isinstance(item, int | float) else clean_str(item) for item in items]
        if found := ", ".join(text for text in texts if text):
            return found
    return None
