"""What files of answers of lm-evaluation-harness keep for scoring again.

Of rows as nearly all are since 0.4.3 only the reference, the responses and what follows them are
decoded: the prompts, most of a row, are passed over. Options that were rated are cut out of them.
"""

from __future__ import annotations

import ast
import warnings
from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import NamedTuple

import msgspec

from tui_eval.files.documents import Problem, Refusal
from tui_eval.files.rows import NO_ROW, json_rows
from tui_eval.formats.lm_eval.rows import (
    Row,
    may_be_rated,
    metrics_of,
    read_row,
    requests_of,
    responses_of,
)
from tui_eval.formats.lm_eval.tasks import config_of_answers
from tui_eval.records import Rating, Recorded

_BEGIN = b'{"doc_id": '
_DOCUMENT = b', "doc": '
_TARGET = b', "target": '
_ARGUMENTS = b', "arguments": {"gen_args_0": '
_RESPONSES = b', "resps": '
_RATINGS = b', "resps": [[['
_FILTERED = b', "filtered_resps": '
_FILTER = b', "filter": '
_NEXT_REQUEST = b'}, "gen_args_'
_SECOND = b', "arg_1": '
_NO_CONTEXT = b'{"arg_0": ""'

_DELIMITER = " "
"""Before an option, where no results tell: the harness's own."""

_PAIRS = ("f1", "mcc", "brier_score")
"""Metrics whose values begin with the number of the right option."""

_LONGEST_LIST = 1 << 16  # characters of references that are read as a list
_GREEDY: dict[object, bool] = {"True": True, "False": False, True: True, False: False}

_decode = msgspec.json.Decoder(dict[str, object]).decode
_rated = msgspec.json.Decoder(list[tuple[Rating]], strict=False).decode  # of texts, too
_texts = msgspec.json.Decoder(list[str]).decode


class _Document(msgspec.Struct, gc=False):
    """What a row was made of, as far as it is asked for."""

    choices: object = None


_document = msgspec.json.Decoder(_Document).decode


def recorded(path: Path, places: Sequence[int], problems: list[Problem]) -> Iterator[Recorded]:
    """What a file keeps of the answers whose rows begin at some bytes, which ascend.

    One of each row, of item 0: it has the responses of all repeats, also where 0.5 tells the score
    of each and an index has an item of each. Rows of all filters of a question have the same.

    ``responses`` are whole, with any reasoning: the harness scores all that the model wrote.
    ``target`` is the text that ``exact_match`` compares with, or several where the task has a list;
    of options that were rated the number of the right one, or several. It is missing where the
    options are contexts with one end (Winogrande): only code of the task knows it then.
    ``options`` are those that were rated, without what the task puts before each
    (``target_delimiter`` of the results beside the file, else a blank); of questions that the model
    answered in writing ``choices`` of the document. ``stored`` has the metrics that a row names.

    Raises:
        Refusal: The file cannot be opened.
    """
    maker = _Maker(path)
    for place, data in json_rows(path, problems).at(places):
        try:
            yield maker.made(place, data)
        except Refusal:
            problems.append(Problem(f"byte {place}", NO_ROW))


_Places = tuple[int, int, int]
"""Where a row's reference begins, its requests, and its responses."""


class _Requests(NamedTuple):
    """What was asked of a model that rated: ends of contexts, and whether each had a context."""

    ends: Sequence[str]
    has_context: Sequence[bool]
    is_shared: bool = True


class _Maker:
    """Makes what is recorded of the rows of one file."""

    def __init__(self, path: Path) -> None:
        self._path = path

    @cached_property
    def _config(self) -> Mapping[str, object]:
        return config_of_answers(self._path)

    @cached_property
    def _delimiter(self) -> str:
        told = self._config.get("target_delimiter", _DELIMITER)
        return told if isinstance(told, str) else _DELIMITER

    @cached_property
    def _names_choice(self) -> bool:
        """Whether references are numbers of choices, though the model answers in writing."""
        return self._config.get("doc_to_choice") is not None

    def made(self, place: int, data: bytes) -> Recorded:
        """What a row keeps. Raises `Refusal`: it is no row of answers."""
        return self._quickly(place, data) or self._slowly(place, data)

    def _quickly(self, place: int, data: bytes) -> Recorded | None:
        """None: the row is not as nearly all are, and all of it is to be read."""
        end = data.rfind(_RESPONSES)
        begin = data.find(_ARGUMENTS, 0, end)
        target = data.rfind(_TARGET, 0, begin)
        if not (0 < target < begin < end and data.startswith(_BEGIN)):
            return None
        read = self._options if data.startswith(_RATINGS, end) else self._texts
        try:  # of the document first: where it has the words by which the row is cut, it breaks off
            choices = _document(data[data.index(_DOCUMENT) + len(_DOCUMENT) : target]).choices
            return read(place, data, (target, begin, end), choices)
        except (ValueError, RecursionError):
            return None

    def _options(self, place: int, data: bytes, at: _Places, _: object) -> Recorded | None:
        """Of a row with ratings of options, or of one text, the same again from filters left out.

        Raises:
            ValueError: As None.
        """
        target, begin, end = at
        told = data.index(_FILTERED, end)
        row = _decode(b"{%b%b" % (data[target + 2 : begin], data[data.index(_FILTER, told) :]))
        ratings = tuple([rating for (rating,) in _rated(data[end + len(_RESPONSES) : told])])
        requests = _cut(data[begin:end])
        return None if requests is None else self._rated(place, row, requests, ratings)

    def _texts(self, place: int, data: bytes, at: _Places, choices: object) -> Recorded | None:
        """Of a row with texts that the model wrote, or with the rating of a whole text.

        Raises:
            ValueError: As None.
        """
        target, begin, end = at
        row = _decode(b"{%b%b" % (data[target + 2 : begin], data[end:]))
        responses = responses_of(row)
        if responses is None or (
            all(map(may_be_rated, responses)) and data.find(_SECOND, begin, end) < 0
        ):
            requests = _cut(data[begin:end])
            ratings = _ratings(row.get("resps"))
            return None if requests is None else self._rated(place, row, requests, ratings)
        return self._written(place, row, responses, choices)

    def _slowly(self, place: int, data: bytes) -> Recorded:
        row = read_row(data)
        responses = responses_of(row)
        if responses is not None:
            document = row.get("doc")
            choices = document.get("choices") if isinstance(document, dict) else None
            return self._written(place, row, responses, choices)
        requests = requests_of(row)
        ends = [part[1] if len(part) > 1 else "" for part in requests]
        told = _Requests(
            [end if isinstance(end, str) else "" for end in ends],
            [bool(part[0]) for part in requests],
            is_shared=len({str(part[0]) for part in requests if part[0]}) < 2,
        )
        return self._rated(place, row, told, _ratings(row.get("resps")))

    def _written(self, place: int, row: Row, responses: Sequence[str], choices: object) -> Recorded:
        options = _all_texts(choices)
        target = _reference(row.get("target"))
        if self._names_choice:
            target = self._chosen(target, options)
        return Recorded(place, 0, tuple(responses), target, options, (), (), metrics_of(row))

    def _chosen(
        self, target: str | tuple[str, ...] | None, options: Sequence[str]
    ) -> str | tuple[str, ...] | None:
        """The text of the choice whose number is the reference; None: its texts are not known."""
        told = self._config.get("doc_to_choice")
        is_field = isinstance(told, str) and told.strip("{} ") == "choices"
        choices = options if is_field else _all_texts(told)
        number = int(target) if isinstance(target, str) and target.isdecimal() else None
        if number is None:
            return target
        return choices[number] if number < len(choices) else None

    def _rated(
        self, place: int, row: Row, requests: _Requests, ratings: tuple[Rating, ...]
    ) -> Recorded:
        stored = metrics_of(row)
        ends = requests.ends
        if len(ends) < 2 or len(ends) != len(ratings):
            one = ratings if len(ends) < 2 else ()
            return Recorded(place, 0, (), _reference(row.get("target")), (), one, (), stored)
        unconditioned: tuple[float, ...] = ()
        half = len(ends) // 2
        if ends[:half] == ends[half:] and not any(requests.has_context[half:]):
            unconditioned = tuple(rating.value for rating in ratings[half:])
            ends, ratings = ends[:half], ratings[:half]
        options: tuple[str, ...] = ()
        if requests.is_shared:
            delimiter = self._delimiter
            options = tuple([end.removeprefix(delimiter) for end in ends])
        target = _right(row.get("target"), options, stored)
        return Recorded(place, 0, (), target, options, ratings, unconditioned, stored)


def _cut(data: bytes) -> _Requests | None:
    """The requests of a row whose bytes these are, by their ends; None: they are not so simple.

    Raises:
        ValueError: As None.
    """
    begins: list[bool] = []
    ends: list[bytes] = []
    for part in data.split(_NEXT_REQUEST):
        at = part.rfind(_SECOND)
        if at < 0:
            return _Requests([""], [True]) if not begins else None
        begins.append(part[:at].endswith(_NO_CONTEXT))
        ends.append(part[at + len(_SECOND) :])
    ends[-1] = ends[-1].removesuffix(b"}}")
    texts = _texts(b"[%b]" % b",".join(ends))
    if len(texts) != len(ends) or (len(texts) > 1 and len(set(texts)) == 1):
        return None  # one end of several contexts, perhaps
    return _Requests(texts, [not is_empty for is_empty in begins])


def _ratings(responses: object) -> tuple[Rating, ...]:
    """One of each request, its first repeat; none where one of them is no number."""
    if not isinstance(responses, list):
        return ()
    found = []
    for part in responses:
        first = part[0] if isinstance(part, list) and part else part
        value, *more = first if isinstance(first, list) and first else [first]
        number = _number(value)
        if number is None:
            return ()
        greedy = more[0] if more else None
        found.append(
            Rating(number, _GREEDY.get(greedy) if isinstance(greedy, (str, bool)) else None)
        )
    return tuple(found)


def _number(value: object) -> float | None:
    """A log-likelihood, which may be infinite."""
    if isinstance(value, bool) or not isinstance(value, (str, int, float)):
        return None
    try:
        return float(value)
    except (ValueError, OverflowError):
        return None


def _reference(value: object) -> str | tuple[str, ...] | None:
    """A text, or several where a list was written, since 0.4.3 as Python writes one."""
    if isinstance(value, str):
        texts = _all_texts(_list_in(value)) if value.startswith("[") else ()
        return texts or value
    if value is None:
        return None
    return _all_texts(value) or str(value)


def _right(
    value: object, options: Sequence[str], stored: Mapping[str, object]
) -> int | tuple[int, ...] | None:
    """Number of the right option, or several; None: it is not known."""
    for metric in _PAIRS:
        pair = stored.get(metric)
        if isinstance(pair, list) and pair and type(pair[0]) is int:
            return pair[0]
    if not options:
        return None
    if isinstance(value, str) and value.startswith("["):
        value = _list_in(value) or value
    if isinstance(value, list):
        several = [_place(one, options) for one in value]
        known = tuple([place for place in several if place is not None])
        return known if len(known) == len(several) else None
    return _place(value, options)


def _place(value: object, options: Sequence[str]) -> int | None:
    if type(value) is int:
        return value
    if not isinstance(value, str):
        return None
    if value.isascii() and value.isdigit() and len(value) < 6 and int(value) < len(options):
        return int(value)
    return options.index(value) if value in options else None


def _list_in(text: str) -> object:
    """The list that a text of Python is; None: it is none."""
    if not text.endswith("]") or len(text) > _LONGEST_LIST:
        return None
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of escapes that Python does not know
            value = ast.literal_eval(text)
    except (ValueError, SyntaxError, MemoryError, RecursionError):
        return None
    return value if isinstance(value, list) else None


def _all_texts(value: object) -> tuple[str, ...]:
    """The items of a list of texts; none of anything else."""
    if not isinstance(value, list) or not all(isinstance(one, str) for one in value):
        return ()
    return tuple(value)
