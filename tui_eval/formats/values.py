"""JSON values of any kind, read as what was meant."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import TypeGuard, cast

from tui_eval.files.strings import clean_str
from tui_eval.redaction.configuration import plain_words

_QUOTED = 40  # characters

_FLOAT = {float}

_TRUTH = {True: 1.0, False: 0.0, "True": 1.0, "False": 0.0}  # texts: how lm-eval writes NumPy's


def as_number(value: object) -> float | None:
    """A finite number, also where it is a text of ASCII digits; else None: true is not a number."""
    if type(value) is float:  # nearly always
        return value if math.isfinite(value) else None
    if type(value) is str:
        if not value.isascii() or "_" in value:  # both of which Python takes
            return None
    elif type(value) is not int:
        return None
    try:
        number = float(value)
    except (ValueError, OverflowError):
        return None
    return number if math.isfinite(number) else None


def as_score(value: object) -> float | None:
    """What one answer is worth: a number, or 1 and 0 where it is said to be right or wrong."""
    if type(value) is bool or type(value) is str:
        return _TRUTH.get(value, as_number(value))
    return as_number(value)


def as_amount(value: object) -> float | None:
    """A finite number from 0 on; else None."""
    number = as_number(value)
    return number if number is not None and number >= 0 else None


def are_amounts(values: Sequence[object]) -> TypeGuard[Sequence[float]]:
    """Whether there are some, and all are finite floats from 0 on: asked of many at once."""
    if set(map(type, values)) != _FLOAT:
        return False
    numbers = cast("Sequence[float]", values)
    return min(numbers) >= 0 and sum(numbers) < math.inf  # False for NaN too


def as_count(value: object, most: int = 2**63 - 1) -> int | None:
    """A whole number from 0 on, as far as a column can hold it; else None."""
    if type(value) is int:  # nearly always
        return value if 0 <= value <= most else None
    number = as_number(value)
    if number is None or not number.is_integer() or not 0 <= number <= most:
        return None
    return int(number)


def as_mapping(value: object) -> Mapping[str, object]:
    """An object; an empty one where it is something else."""
    return value if isinstance(value, dict) else {}


def quoted(text: str) -> str:
    """The beginning of a text of which nothing is known, as a note may quote it: no secrets."""
    return clean_str(plain_words(text[:_QUOTED])) or ""


def kind(value: object) -> str:
    """What a JSON value is, in words."""
    match value:
        case None:
            return "missing or null"
        case bool():
            return "true or false"
        case int() | float():
            return "not a finite number" if as_number(value) is None else "a number"
        case str():
            return f"the text “{quoted(value)}”"
        case list():
            return "a list"
        case _:
            return "an object"
