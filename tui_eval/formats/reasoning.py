"""Reasoning that a model wrote before its answer, in one text with it: the same in all harnesses.

A server without a parser for it leaves it in the response. Some templates write the opening tag
into the prompt, so that the response has the closing one alone.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple

_TAGS = (
    *((f"<{name}>", f"</{name}>") for name in ("think", "thinking", "thought", "reasoning")),
    ("<seed:think>", "</seed:think>"),
    ("[THINK]", "[/THINK]"),
    ("◁think▷", "◁/think▷"),
    ("<|channel|>analysis<|message|>", "<|channel|>final<|message|>"),
)
"""What reasoning begins and ends with."""

_CLOSING = dict(_TAGS)
_OPENING = re.compile(rf"\s*({'|'.join(re.escape(opening) for opening, _ in _TAGS)})")
_FIRST = frozenset(opening[0] for opening, _ in _TAGS)  # nearly no response begins so
_END = "</think>"
_END_ALONE = re.compile(r"(?:\n[ \t]*</think>|</think>[ \t]*(?:\n|\Z))")


class Thought(NamedTuple):
    """A response apart from the reasoning before it; both together are what was written.

    Attributes:
        response: What follows, without blanks at its start; empty where the reasoning never ends.
        reasoning: With its tags; None: there is none.
        is_unfinished: Whether it never ends.
    """

    response: str
    reasoning: str | None = None
    is_unfinished: bool = False


def apart(text: str) -> Thought:
    """What a model wrote, its leading reasoning apart."""
    first = text[:1]
    opening = _OPENING.match(text) if first in _FIRST or first.isspace() else None
    if opening is not None:
        closing = _CLOSING[opening[1]]
        end = text.find(closing, opening.end())
        if end < 0:
            return Thought("", text, is_unfinished=True)
        return _cut(text, end + len(closing))
    if "<" not in text or _END not in text:  # a single character is found ten times as fast
        return Thought(text)
    # a tag that stands in the midst of a line is one that the response talks about
    alone = _END_ALONE.search(text)
    if alone is None or "<think>" in text[: alone.start()]:
        return Thought(text)
    return _cut(text, text.index(_END, alone.start()) + len(_END))


def _cut(text: str, end: int) -> Thought:
    response = text[end:].lstrip()
    return Thought(response, text[: len(text) - len(response)])


def all_apart(texts: Sequence[str]) -> tuple[list[str], list[str]]:
    """Several responses to a question without their reasoning, and the reasoning of those with."""
    found = list(map(apart, texts))
    return [one.response for one in found], [one.reasoning for one in found if one.reasoning]


def are_unfinished(texts: Sequence[str]) -> bool:
    """Whether there are responses, and of none of them the reasoning ends."""
    return bool(texts) and all(apart(text).is_unfinished for text in texts)
