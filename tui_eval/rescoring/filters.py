"""Filters of lm-evaluation-harness: what makes of the responses to a question what is scored.

They do what its classes of version 0.4.13 do (``lm_eval.filters``; definitions: its source). Each
step gets the repeats of a question and gives as many, fewer or one. After ``take_first`` one text
is left, and a step behind it sees the letters of that text, as it does in the harness. Two things
are otherwise: where the harness breaks off because a pattern has fewer matches than
``group_select`` asks for, nothing was found; and numbers of a ``map`` pass through steps for texts.
"""

from __future__ import annotations

import re
import unicodedata
import warnings
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from functools import cached_property, lru_cache
from typing import Any, NamedTuple

from tui_eval.records import Filter, FilterStep, Recorded

INVALID = "[invalid]"
"""What a pattern gives that does not match, if the filter says nothing else."""

TAKE_FIRST = FilterStep("take_first")

UNFILTERED = Filter("none", (TAKE_FIRST,))
"""What the harness does where a task has no filter: the first response as it is."""

_MATCHING = ("regex", "multi_choice_regex")
_SELECTING = ("take_first", "take_first_k", "majority_vote")
_SHOWN = 60  # letters of a pattern in a sentence
_DEFAULT_PATTERN = r"#### (\-?[0-9\.\,]+)"


class FilterError(ValueError):
    """What is wrong with a filter or a metric, or why it cannot be computed: a plain sentence."""


Values = Sequence[Any]
"""Repeats; one text stands for the sequence of its letters."""

Step = Callable[[Values, tuple[str, ...]], Any]
"""Makes of repeats and the texts of the options what the next step gets."""


class Pipeline:
    """A filter that is ready to be used on many answers: its patterns are compiled.

    Raises:
        FilterError: A step or an option is unknown or has a wrong value.
    """

    def __init__(self, wanted: Filter) -> None:
        """Compile the steps."""
        self._wanted = wanted
        self._steps = [_made(step) for step in wanted.steps]

    def found(self, recorded: Recorded) -> list[Any]:
        """What it leaves of an answer: one value after ``take_first``, else one for each repeat.

        Values are texts; a ``map`` gives what its options hold, None where they have no such key.

        Raises:
            FilterError: The file does not keep what a step needs.
        """
        return _listed(self._run(self._steps, recorded.responses, recorded.options))

    def is_unparsed(self, found: Sequence[Any]) -> bool:
        """Whether it is what comes out where nothing matches: fallbacks, all of them."""
        return bool(found) and all(one is None or one in self._fallbacks for one in found)

    def _run(self, steps: Sequence[Step], values: Any, options: tuple[str, ...]) -> Any:
        for step in steps:
            values = step(values if isinstance(values, str | list | tuple) else [values], options)
        return values

    @cached_property
    def _fallbacks(self) -> set[Any]:
        """What comes out at the end, for each pattern that matches nowhere.

        It may run other patterns, so it waits for the first answer and its time limit.
        """
        results: list[Any] = []
        for number, (function, options) in enumerate(self._wanted.steps, 1):
            if function in _MATCHING:
                fallback = options.get("fallback", INVALID)
                for nothing in {fallback, fallback.strip()}:
                    results += self._after(number, nothing)
        return set(results)

    def _after(self, number: int, nothing: str) -> list[Any]:
        behind = zip(self._wanted.steps[number:], self._steps[number:], strict=True)
        # all repeats are equal, so that taking some of them changes nothing
        steps = [made for step, made in behind if step.function != "take_first_k"]
        try:
            return _listed(self._run(steps, [nothing], ("",)))
        except FilterError:  # of a fallback without letters nothing can be taken
            return []


def filter_of(value: object, name: str = "") -> Filter:
    """Check a filter in the form of ``filter_list`` of a task's configuration.

    Args:
        value: ``{"name": …, "filter": [{"function": …, option: …}, …]}``, a list of one of these,
            or the list of steps alone.
        name: Its name where the value has none; without both the steps themselves.

    Raises:
        FilterError: It is no such thing, or a function, option or pattern cannot be used.
    """
    if isinstance(value, list) and len(value) == 1 and _is_named(value[0]):
        value = value[0]
    if isinstance(value, Mapping) and _is_named(value):
        told = value.get("name", name)
        if not isinstance(told, str):
            raise FilterError("the name of a filter is a text")
        name, value = told or name, value["filter"]
    if not isinstance(value, list) or not value:
        raise FilterError(
            'a filter is a list of steps such as [{"function": "take_first"}], '
            'or {"name": …, "filter": [steps]}'
        )
    made = Filter(name, tuple(_step(step) for step in value))
    Pipeline(made)
    return made if name else made._replace(name=_unnamed(made))


def extracted(wanted: Filter, recorded: Recorded) -> list[str]:
    """What a filter leaves of an answer, as texts: see `Pipeline.found`; many: use that."""
    return texts_of(Pipeline(wanted).found(recorded))


def texts_of(found: Sequence[Any]) -> list[str]:
    """Values that a pipeline found, as the harness writes them: as texts."""
    return [str(value) for value in found]


def every_repeat(wanted: Filter) -> Filter:
    """The filter without the steps that choose among repeats."""
    return wanted._replace(steps=tuple(s for s in wanted.steps if s.function not in _SELECTING))


def voting(wanted: Filter, k: int) -> Filter:
    """The filter on each of the first ``k`` repeats, and then the most common of what is found."""
    vote = (FilterStep("take_first_k", {"k": k}), FilterStep("majority_vote"), TAKE_FIRST)
    return Filter(wanted.name, (*every_repeat(wanted).steps, *vote))


def pattern(text: str) -> re.Pattern[str]:
    """A compiled pattern of Python's ``re``.

    Raises:
        FilterError: It is none.
    """
    try:
        with warnings.catch_warnings():  # of what a later Python may read otherwise
            warnings.simplefilter("ignore")
            return re.compile(text)
    except (re.error, OverflowError, RecursionError) as error:
        shown = text if len(text) <= _SHOWN else f"{text[:_SHOWN]}…"
        raise FilterError(f"{shown!r} is not a pattern of Python: {error}") from None


def has_pattern(wanted: Filter) -> bool:
    """Whether a person's pattern is run on the answers, which may take any time."""
    return any(step.function in _MATCHING for step in wanted.steps)


def _is_named(value: object) -> bool:
    return isinstance(value, Mapping) and "filter" in value


def _listed(values: Any) -> list[Any]:
    return list(values) if isinstance(values, list | tuple) else [values]


def _unnamed(made: Filter) -> str:
    import json

    return json.dumps([{"function": s.function, **s.options} for s in made.steps], default=str)


def _step(value: object) -> FilterStep:
    if not isinstance(value, Mapping) or not isinstance(value.get("function"), str):
        raise FilterError('each step of a filter is {"function": NAME, option: value, …}')
    options = {str(name): option for name, option in value.items() if name != "function"}
    return FilterStep(value["function"], options)


def _made(step: FilterStep) -> Step:
    kind = _KINDS.get(step.function)
    if kind is None:
        raise FilterError(_unknown(step.function))
    for name, value in step.options.items():
        if name not in kind.options:
            raise FilterError(f"{step.function} has no option {name!r}{_known(kind)}")
        kind.options[name](f"{name} of {step.function}", value)
    return kind.made(step.options)


def _known(kind: _Kind) -> str:
    return f": it has {', '.join(kind.options)}" if kind.options else ", and no others"


def _unknown(function: str) -> str:
    known = ", ".join(sorted(_KINDS))
    if function in ("custom", "format_span", "regex_pos") or not function.isidentifier():
        name = function if function.isidentifier() else "a function of the task"
        return f"the filter uses {name}, whose code is not in the files (known here: {known})"
    return f"{function!r} is no filter that is known here: {known}"


# Values of options


def _text(name: str, value: object) -> None:
    if not isinstance(value, str):
        raise FilterError(f"{name} must be a text")


def _pattern(name: str, value: object) -> None:
    _text(name, value)
    pattern(str(value))


def _patterns(name: str, value: object) -> None:
    if not isinstance(value, list | tuple | None):
        raise FilterError(f"{name} must be a list of patterns")
    for one in value or ():
        _pattern(name, one)


def _yes_or_no(name: str, value: object) -> None:
    if not isinstance(value, bool):
        raise FilterError(f"{name} must be true or false")


def _whole(name: str, value: object) -> None:
    if not isinstance(value, int) or isinstance(value, bool):
        raise FilterError(f"{name} must be a whole number")


def _count(name: str, value: object) -> None:
    _whole(name, value)
    if isinstance(value, int) and value < 1:
        raise FilterError(f"{name} must be 1 or more")


def _plain(name: str, value: object) -> None:
    if not isinstance(value, str | int | float | None):
        raise FilterError(f"{name} must be a text or a number")


def _mapping(name: str, value: object) -> None:
    if value is None:
        return
    if not isinstance(value, Mapping):
        raise FilterError(f'{name} must be texts by texts, such as {{"A": "1"}}')
    for one in value.values():
        _plain(f"each value of {name}", one)


def _anything(name: str, value: object) -> None:
    """Of an option that changes nothing."""


# Steps


def _regex(options: Mapping[str, Any]) -> Step:
    fallback = options.get("fallback", INVALID)
    select = _selector(options, fallback)

    def one(response: Any) -> str:
        match = select(response)
        return fallback if match is None else match

    return lambda values, _options: [one(value) for value in values]


def _selector(options: Mapping[str, Any], empty: str | None) -> Callable[[Any], str | None]:
    compiled = pattern(options.get("regex_pattern", _DEFAULT_PATTERN))
    return _chosen(compiled, options.get("group_select", 0), empty)


def _chosen(
    compiled: re.Pattern[str], number: int, empty: str | None = None
) -> Callable[[Any], str | None]:
    """What a pattern takes from a response: None where it has no match of that number.

    Of several groups the first that is not empty; ``empty`` where all are.
    """
    find = compiled.findall

    def select(response: Any) -> str | None:
        try:
            match = find(response if isinstance(response, str) else "")[number]
        except IndexError:
            return None
        if isinstance(match, tuple):
            match = next(filter(None, match), empty)
        return None if match is None else match.strip()

    return select


def _multi_choice(options: Mapping[str, Any]) -> Step:
    select = _selector(options, empty=None)
    fallback = options.get("fallback", INVALID)
    number = options.get("group_select", 0)
    simple = _simplifier(options)

    @lru_cache(maxsize=256)
    def ways(texts: tuple[str, ...]) -> tuple[Callable[[Any], str], Callable[[Any], str]]:
        return _by_text(texts, number, simple), _by_letter(len(texts), number)

    def one(response: Any, texts: tuple[str, ...]) -> str:
        by_text, by_letter = ways(texts)
        response = response if isinstance(response, str) else ""
        return select(response) or by_text(simple(response)) or by_letter(response) or fallback

    def step(values: Values, texts: tuple[str, ...]) -> list[str]:
        if not texts:
            raise FilterError(
                "multi_choice_regex needs the texts of the options, which the file does not keep"
            )
        return [one(value, texts) for value in values]

    return step


def _by_text(
    texts: tuple[str, ...], number: int, simple: Callable[[str], str]
) -> Callable[[Any], str]:
    simplified = [simple(text.strip()) for text in texts]
    letters = {text: f"({_letter(place)})" for place, text in enumerate(simplified)}
    # the longest first, so that an option that begins another one does not hide it
    branches = sorted(map(re.escape, simplified), key=len, reverse=True)
    select = _chosen(re.compile("|".join(branches)), number)

    def by_text(response: str) -> str:
        match = select(response) or ""
        return letters.get(match, match) if match else ""

    return by_text


def _by_letter(count: int, number: int) -> Callable[[Any], str]:
    letters = "|".join(re.escape(_letter(place)) for place in range(count))
    select = _chosen(re.compile(rf":[\s]*({letters})"), number)

    def by_letter(response: str) -> str:
        match = select(response)
        return f"({match})" if match else ""

    return by_letter


def _letter(place: int) -> str:
    return chr(ord("A") + place)


class _Punctuation(dict[int, int | None]):
    """For `str.translate`: leaves out what Unicode calls punctuation, looked up once a letter."""

    def __missing__(self, code: int) -> int | None:
        kept = None if unicodedata.category(chr(code)).startswith("P") else code
        self[code] = kept
        return kept


_PUNCTUATION = _Punctuation()


def _simplifier(options: Mapping[str, Any]) -> Callable[[str], str]:
    ignored = [pattern(one) for one in options.get("regexes_to_ignore") or ()]
    in_lower = options.get("ignore_case", False)
    without_punctuation = options.get("ignore_punctuation", False)

    def simple(text: str) -> str:
        for one in ignored:
            text = one.sub("", text)
        if in_lower:
            text = text.lower()
        return text.translate(_PUNCTUATION) if without_punctuation else text

    return simple


def _take_first(_options: Mapping[str, Any]) -> Step:
    def step(values: Values, _texts: tuple[str, ...]) -> Any:
        if not values:
            raise FilterError("there is no response")
        return values[0]

    return step


def _take_first_k(options: Mapping[str, Any]) -> Step:
    k = options.get("k")
    if k is None:
        raise FilterError("take_first_k needs the option k: how many")

    def step(values: Values, _texts: tuple[str, ...]) -> Values:
        if len(values) < k:
            raise FilterError(f"{k} responses are asked for, and the file keeps {len(values)}")
        return values[:k]

    return step


def _majority_vote(_options: Mapping[str, Any]) -> Step:
    def step(values: Values, _texts: tuple[str, ...]) -> list[Any]:
        if not values:
            raise FilterError("there is no response to vote on")
        return [Counter(values).most_common(1)[0][0]]  # of equally common ones the first seen

    return step


def _mapped(options: Mapping[str, Any]) -> Step:
    known = options.get("mapping_dict") or {}
    default = options.get("default_value")
    return lambda values, _texts: [known.get(value, default) for value in values]


def _of_texts(change: Callable[[str], str]) -> Callable[[Mapping[str, Any]], Step]:
    def made(_options: Mapping[str, Any]) -> Step:
        return lambda values, _texts: [
            change(value) if isinstance(value, str) else value for value in values
        ]

    return made


def _unchanged(_options: Mapping[str, Any]) -> Step:
    return lambda values, _texts: values


class _Kind(NamedTuple):
    """A function: what makes a step of its options, and what checks them."""

    made: Callable[[Mapping[str, Any]], Step]
    options: Mapping[str, Callable[[str, object], None]] = {}


_OF_REGEX = {"regex_pattern": _pattern, "group_select": _whole, "fallback": _text}

_KINDS: Mapping[str, _Kind] = {
    "regex": _Kind(_regex, _OF_REGEX),
    "multi_choice_regex": _Kind(
        _multi_choice,
        {
            **_OF_REGEX,
            "ignore_case": _yes_or_no,
            "ignore_punctuation": _yes_or_no,
            "regexes_to_ignore": _patterns,
        },
    ),
    "take_first": _Kind(_take_first),
    "take_first_k": _Kind(_take_first_k, {"k": _count}),
    "majority_vote": _Kind(_majority_vote),
    "lowercase": _Kind(_of_texts(str.lower)),
    "uppercase": _Kind(_of_texts(str.upper)),
    "remove_whitespace": _Kind(_of_texts(str.strip)),
    "map": _Kind(_mapped, {"mapping_dict": _mapping, "default_value": _plain}),
    "decontaminate": _Kind(_unchanged, {"path": _anything}),  # it does nothing there either
}
