"""Filters and metrics as a person writes them: on a command line, in a field of the app."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from tui_eval.records import Filter, FilterStep, ScoredBy
from tui_eval.rescoring.filters import TAKE_FIRST, UNFILTERED, FilterError, filter_of, pattern
from tui_eval.rescoring.matching import ABOUT, FLAGS
from tui_eval.rescoring.metrics import compares_texts, scorer

REGEX = "regex:"
"""What a pattern begins with that is a filter by itself."""


def filter_from_spec(spec: str, known: Sequence[Filter] = ()) -> Filter:
    r"""The filter that a person means.

    Args:
        spec: The name of a known filter; ``none``: the first response as it is; ``regex:PATTERN``:
            the first match of a pattern, in the first response; or JSON as `filters.filter_of`
            reads it.
        known: Filters that have names, those that count first.

    Raises:
        FilterError: It is none of these, in words.
    """
    for one in (*known, UNFILTERED):
        if one.name == spec:
            return one
    if spec.startswith(REGEX):
        wanted = spec.removeprefix(REGEX)
        if not wanted:
            raise FilterError("there is no pattern after regex:")
        pattern(wanted)
        return Filter(spec, (FilterStep("regex", {"regex_pattern": wanted}), TAKE_FIRST))
    if spec.lstrip()[:1] in ("{", "["):
        return filter_of(_json(spec))
    names = ", ".join(dict.fromkeys(repr(one.name) for one in (*known, UNFILTERED)))
    raise FilterError(f"no filter is named {spec!r}: there are {names}, regex:PATTERN and JSON")


def metric_from_spec(spec: str) -> ScoredBy:
    """The metric that a person means.

    Args:
        spec: Its name, and after ``:`` the options that are on, with commas between them
            (``exact_match:ignore_case,ignore_punctuation``), which are added to those that a task
            itself has for it; or JSON as a configuration of the harness has it
            (``{"metric": "exact_match", "regexes_to_ignore": [","]}``), which is all there is.

    Raises:
        FilterError: There is no such metric, or no such option.
    """
    wanted = _from_json(spec) if spec.lstrip()[:1] == "{" else _from_words(spec)
    scorer(wanted)
    if not compares_texts(wanted) and wanted.options.keys() - ABOUT:
        raise FilterError(f"{wanted.metric} has no options")
    return wanted


def _from_words(spec: str) -> ScoredBy:
    metric, colon, words = spec.partition(":")
    options = [word.strip() for word in words.split(",")] if colon else []
    for word in options:
        if word not in FLAGS:
            raise FilterError(
                f"{word!r} is no option that can be written so: there are {', '.join(FLAGS)}; "
                'patterns need JSON, as in {"metric": "exact_match", "regexes_to_ignore": [","]}'
            )
    return ScoredBy(metric.strip(), dict.fromkeys(options, True), adds=True)


def _from_json(spec: str) -> ScoredBy:
    value = _json(spec)
    if not isinstance(value, Mapping) or not isinstance(value.get("metric"), str):
        raise FilterError('a metric in JSON is {"metric": NAME, option: value, …}')
    return ScoredBy(value["metric"], {str(k): v for k, v in value.items() if k != "metric"})


def _json(spec: str) -> Any:
    try:
        return json.loads(spec)
    except (ValueError, RecursionError) as error:
        raise FilterError(f"it is no JSON: {error}") from None
