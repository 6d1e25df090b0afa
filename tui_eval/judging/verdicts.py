"""What a judge decided, read from its reply: one of five verdicts, or that there is none.

A verdict that cannot be read is never guessed, and never a tie. The reply must hold a JSON object
with the code of its game: what an answer says of verdicts cannot have it, since the code was made
after the answers were written.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Final, NamedTuple

VERDICTS: Final = ("A>>B", "A>B", "A=B", "B>A", "B>>A")
"""EvalScope's scale: A much better, A better, equal, B better, B much better."""

_END_OF_THINKING, _THINKING = "</think>", "<think>"

_READ = 4_000
"""Characters at the end of a reply that are read: deeply nested ones would take seconds."""

_AS_ASCII = str.maketrans("＞＝＜ＡＢａｂ", ">=<ABab")

_DECODER = json.JSONDecoder(strict=False, object_pairs_hook=lambda pairs: _Pairs(pairs))


class _Pairs(tuple[tuple[str, object], ...]):
    """An object of JSON, keys that are there twice included."""

    __slots__ = ()

    def values_of(self, name: str) -> list[object]:
        return [value for key, value in self if key == name]


class Decision(NamedTuple):
    """A verdict of `VERDICTS`, or None and why none was read."""

    verdict: str | None
    reason: str = ""


def decision(reply: str, code: str) -> Decision:
    """What a reply decided.

    Args:
        reply: All that the judge wrote, without reasoning that the endpoint keeps apart.
        code: That of the game.
    """
    text = reply.rpartition(_END_OF_THINKING)[2]
    if _THINKING in text:
        return Decision(None, "the reasoning was cut off")
    if not text.strip():
        return Decision(None, "the reply is empty")
    found = [own for own in _objects(text[-_READ:]) if code in own.values_of("id")]
    told = [own.values_of("verdict") for own in found]
    if not any(told):
        return Decision(None, "no verdict with the code of this game")
    if any(len(values) > 1 for values in told):
        return Decision(None, "a verdict is there twice in one object")
    words = {_normal(value) for values in told for value in values}
    if len(words) > 1:
        return Decision(None, "two different verdicts")
    word = words.pop()
    return Decision(word) if word in VERDICTS else Decision(None, "no verdict of the scale")


def _objects(text: str) -> Iterator[_Pairs]:
    """Objects of JSON that begin anywhere in a text."""
    place = text.find("{")
    while place >= 0:
        try:
            found, end = _DECODER.raw_decode(text, place)
            yield found
        except (ValueError, RecursionError):
            end = place + 1
        place = text.find("{", end)


def _normal(value: object) -> str | None:
    """A verdict without spaces, brackets, full-width characters and small letters."""
    if not isinstance(value, str):
        return None
    word = "".join(value.translate(_AS_ASCII).upper().split())
    return word[2:-2] if word.startswith("[[") and word.endswith("]]") else word
