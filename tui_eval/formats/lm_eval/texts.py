"""The texts of one answer of lm-evaluation-harness."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from pathlib import Path

from tui_eval.files.documents import Refusal, parse
from tui_eval.files.rows import row_at
from tui_eval.files.strings import clean_str
from tui_eval.formats.batches import joined
from tui_eval.formats.lm_eval.rows import (
    Row,
    as_row,
    extracted_at,
    extracted_of,
    ratings_of,
    repeats_of,
    requests_of,
    responses_of,
)
from tui_eval.formats.media import content_texts
from tui_eval.formats.reasoning import all_apart
from tui_eval.records import Answer, Choice, Message

_MOST_DIGITS = 6


def answer(path: Path, place: int, item: int) -> Answer:
    """The texts of the answer whose row begins at a byte, ``item`` the repeat.

    Raises:
        Refusal: No row of answers begins there: the file has changed since.
    """
    row = as_row(row_at(path, place))
    texts = responses_of(row)
    if texts is None:
        return _rated(row)
    told = extracted_of(row)
    if repeats_of(row):
        told = list(extracted_at(told, item))
        texts = texts[item : item + 1]
    responses, reasoning = all_apart(texts)
    context = next((part[0] for part in requests_of(row)), None)
    return Answer(
        prompt=_messages(context),
        target=_text(row.get("target")),
        response=clean_str(joined(responses)),
        reasoning=clean_str(joined(reasoning)) or None,
        extracted=clean_str("\n".join(told)) if told else None,
    )


def _rated(row: Row) -> Answer:
    """Options that were rated: ends of one context, or one end of several contexts."""
    target = _text(row.get("target"))
    requests, ratings = requests_of(row), ratings_of(row)
    if any(part[0] for part in requests):  # acc_mutual_info rates all once more, without a context
        ratings = [rating for part, rating in zip(requests, ratings, strict=False) if part[0]]
        requests = [part for part in requests if part[0]]
    contexts = [part[0] for part in requests]
    ends = [clean_str(part[1]) or "" if len(part) > 1 else "" for part in requests]
    is_shared = len(set(map(str, contexts))) == 1 and all(ends)
    if not is_shared:
        ends = [f"{_text(part) or ''}{end}" for part, end in zip(contexts, ends, strict=True)]
    choices = tuple(_choices(ends, ratings, target))
    told = [choice.text for choice in choices if choice.is_target and len(choices) > 1]
    right = next(iter(told), target)  # a number says little to a person
    return Answer(prompt=_messages(contexts[0]) if is_shared else (), target=right, choices=choices)


def _choices(
    texts: Sequence[str], ratings: Sequence[tuple[float | None, bool]], target: str | None
) -> Iterator[Choice]:
    """Options with their ratings: the likeliest is chosen, a single one where it was greedy."""
    shown = [text.lstrip() for text in texts]  # the delimiter before an option is no part of it
    known = [value for value, _ in ratings if value is not None]
    best = next((n for n, (value, _) in enumerate(ratings) if known and value == max(known)), None)
    right = _target(shown, target)
    for number, text in enumerate(shown):
        value, is_greedy = ratings[number] if number < len(ratings) else (None, False)
        is_chosen = is_greedy if len(shown) == 1 else number == best
        yield Choice(text, value, is_chosen, number == right)


def _target(options: Sequence[str], target: str | None) -> int | None:
    """Number of the right option, which the target tells as such or as its text."""
    if target is None:
        return None
    if len(options) > 1 and target.isascii() and target.isdigit() and len(target) < _MOST_DIGITS:
        number = int(target)
        if number < len(options):
            return number
    return options.index(target.strip()) if target.strip() in options else None


def _messages(context: object) -> tuple[Message, ...]:
    """A conversation, which chat models get as JSON in a list of one; else one text."""
    if isinstance(context, list):
        told = [message for text in context for message in _conversation(text)]
        return tuple(told)
    text = _text(context)
    return () if text is None else (Message("prompt", text),)


def _conversation(text: object) -> list[Message]:
    if isinstance(text, str):
        try:
            messages = parse(text)
        except Refusal:
            messages = None
        if isinstance(messages, list) and all(isinstance(one, dict) for one in messages):
            return [
                Message(clean_str(one.get("role")) or "prompt", _content(one.get("content")))
                for one in messages
            ]
    return [Message("prompt", _text(text) or "")]


def _content(content: object) -> str:
    """What a message says: one text, or parts among which are pictures."""
    if isinstance(content, list):
        return "\n".join(content_texts(content))
    return _text(content) or ""


def _text(value: object) -> str | None:
    """A text as it stands; what is none, as JSON."""
    if value is None or isinstance(value, str):
        return clean_str(value)
    try:
        return clean_str(json.dumps(value, ensure_ascii=False))
    except RecursionError:
        return None
