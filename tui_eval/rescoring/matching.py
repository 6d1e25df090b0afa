"""``exact_match`` of lm-evaluation-harness 0.4.13 (``lm_eval.api.metrics``)."""

from __future__ import annotations

import string
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from tui_eval.rescoring.filters import FilterError, pattern

FLAGS = ("ignore_case", "ignore_punctuation", "ignore_numbers")

ABOUT = ("aggregation", "higher_is_better", "hf_evaluate")
"""What a configuration says beside the options."""

_PUNCTUATION = str.maketrans("", "", string.punctuation)
_DIGITS = str.maketrans("", "", string.digits)

Match = Callable[[Sequence[Any], Sequence[str]], float]
"""How far what was found matches one of the references: 1, 0, or the mean over repeats."""


def exact_match(options: Mapping[str, Any]) -> Match:
    """Whether what was found is one of the references, once both are made alike.

    On both sides, in this order: each of ``regexes_to_ignore`` is taken out; with ``ignore_case``
    letters are made small; with ``ignore_punctuation`` ASCII punctuation and with
    ``ignore_numbers`` the digits 0-9 are taken out. White space counts. The harness compares arrays
    of NumPy, in which zeros at the end of a text are lost.

    Raises:
        FilterError: An option is unknown or has a wrong value.
    """
    alike = _normaliser(options)

    def match(found: Sequence[Any], references: Sequence[str]) -> float:
        wanted = {alike(reference) for reference in references}
        right = [
            alike(value) in wanted if isinstance(value, str) else _equals(value, references)
            for value in found
        ]
        return 1.0 if all(right) else sum(right) / len(right)

    return match


def has_pattern(options: Mapping[str, Any]) -> bool:
    """Whether patterns are run on what was found."""
    return bool(options.get("regexes_to_ignore"))


def _equals(value: Any, references: Sequence[str]) -> bool:
    """Whether a number that a ``map`` gave is a reference, which becomes one of its kind."""
    return any(_cast(reference, type(value)) == value for reference in references)


def _cast(reference: str, kind: type) -> Any:
    try:
        return kind(reference)
    except (TypeError, ValueError, OverflowError):
        return reference


def _normaliser(options: Mapping[str, Any]) -> Callable[[str], str]:
    steps = _steps(options)
    if not steps:
        return _without_zeros

    def alike(text: str) -> str:
        for step in steps:
            text = step(text)
            if text[-1:] == "\0":
                text = _without_zeros(text)
        return text

    return alike


def _steps(options: Mapping[str, Any]) -> list[Callable[[str], str]]:
    for name, value in options.items():
        _check(name, value)
    ignored = options.get("regexes_to_ignore") or ()
    steps: list[Callable[[str], str]] = [_remover(one) for one in ignored]
    if not steps:
        steps.append(_without_zeros)
    if options.get("ignore_case"):
        steps.append(_lower)
    if options.get("ignore_punctuation"):
        steps.append(lambda text: text.translate(_PUNCTUATION))
    if options.get("ignore_numbers"):
        steps.append(lambda text: text.translate(_DIGITS))
    return steps


def _check(name: str, value: object) -> None:
    if name == "regexes_to_ignore":
        if not isinstance(value, list | tuple | None) or not all(
            isinstance(one, str) for one in value or ()
        ):
            raise FilterError("regexes_to_ignore of exact_match must be a list of patterns")
    elif name in FLAGS:
        if not isinstance(value, bool | None):
            raise FilterError(f"{name} of exact_match must be true or false")
    elif name not in ABOUT:
        known = ", ".join((*FLAGS, "regexes_to_ignore"))
        raise FilterError(f"exact_match has no option {name!r}: it has {known}")


def _remover(text: str) -> Callable[[str], str]:
    substitute = pattern(text).sub
    return lambda value: substitute("", value)


def _without_zeros(text: str) -> str:
    return text.rstrip("\0")


def _lower(text: str) -> str:
    return text.lower()[: len(text)]  # an array of NumPy has no room for more letters than before
