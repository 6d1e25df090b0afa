"""Secrets and addresses are taken out of a configuration before it is kept.

What is shown is what is known to be harmless: numbers, the values of names that runs are compared
by, and under any other name plain words. Of texts that are shown, what looks like a secret is cut
out.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Literal

import msgspec

from tui_eval.redaction.names import Kind, is_count, is_map, kind_of
from tui_eval.redaction.texts import REMOVED, cut, flag_before_value

TOO_DEEP = "<nested too deeply>"

_Around = Literal["unknown", "setting", "map"]
"""What is known of the name above a value; below a ``map`` names are data, such as tasks."""

_JSON = ("{", "[", '"')
_LEVELS = 50  # far more than any configuration has, and far less than Python can follow


def redact(value: object) -> object:
    """A JSON value without what nobody should see: keys, tokens, passwords, people, addresses.

    Whole values go where their name tells what they are. Elsewhere what looks like one is cut out
    of the text; where nothing is known of the name, so is all that is neither a plain word nor a
    number. Names that only sound alike (``max_tokens``) stay.
    """
    return _redact(value, _LEVELS, around="unknown")


def redact_items(items: Mapping[str, object]) -> dict[str, object]:
    """An object as `redact` leaves it."""
    return _redact_items(items, _LEVELS, around="unknown")


def redact_text(text: str) -> str:
    """A text of a file that is shown beside the configuration: a model's name, an error."""
    return cut(text)


def plain_words(text: str) -> str:
    """Of a text of which nothing is known, the plain words and numbers."""
    return cut(text, is_known=False)


def _redact(value: object, levels: int, *, around: _Around) -> object:
    match value:
        case None | bool() | int() | float():
            return value
        case dict() | list() | tuple() | set() if not levels:
            return TOO_DEEP
        case dict():
            return _redact_items(value, levels - 1, around="map" if around == "map" else "unknown")
        case list() | tuple() | set():
            return _redact_list(list(value), levels - 1, around=around)
        case _:
            return _redact_text(str(value), levels, around=around)


def _redact_text(text: str, levels: int, *, around: _Around) -> str:
    """A text, of which some are whole objects written as JSON."""
    if levels and text.lstrip()[:1] in _JSON:
        try:
            value: object = msgspec.json.decode(text)
        except (ValueError, RecursionError):
            return cut(text, is_known=around != "unknown")
        inside: _Around = "setting" if around == "map" else around  # names in it are no tasks
        shown = _redact(value, levels - 1, around=inside)
        return text if shown == value else json.dumps(shown, ensure_ascii=False)
    return cut(text, is_known=around != "unknown")


def _redact_items(
    items: Mapping[str, object], levels: int, *, around: _Around
) -> dict[str, object]:
    named = items.get("name", items.get("key"))  # {"name": "API_KEY", "value": "…"}
    is_pair = isinstance(named, str) and kind_of(named) in ("secret", "address")
    shown: dict[str, object] = {}
    for key, value in items.items():
        name = str(key)
        kind = "secret" if is_pair and name == "value" else kind_of(name)
        shown[cut(name)] = _redact_named(name, kind, value, levels, around=around)
    return shown


def _redact_named(name: str, kind: Kind, value: object, levels: int, *, around: _Around) -> object:
    is_told = kind == "secret" or (kind == "address" and around != "map")
    if is_told and _holds_something(name, value):
        return REMOVED
    if kind == "setting":
        around = "map" if is_map(name) else "unknown" if is_count(name) else "setting"
    return _redact(value, levels, around=around)


def _holds_something(name: str, value: object) -> bool:
    """Whether a secret's value is one, and not that there is none, or how many there are."""
    if isinstance(value, str):
        return value.lower() not in ("", "none", "null", "true", "false")
    if isinstance(value, int | float) and is_count(name):
        return False
    return value not in (None, False, True)


def _redact_list(items: list[object], levels: int, *, around: _Around) -> list[object]:
    """The items; not the one after ``--api-key``, nor the other of a pair that a name begins."""
    shown: list[object] = []
    for place, item in enumerate(items):
        before = items[place - 1] if place else None
        is_told = isinstance(before, str) and flag_before_value(before, is_pair=len(items) == 2)
        told = is_told and isinstance(item, str | int) and not str(item).startswith("--")
        shown.append(REMOVED if told else _redact(item, levels, around=around))
    return shown
