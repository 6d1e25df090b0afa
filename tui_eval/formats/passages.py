"""Questions on one passage: what a pass keeps of their texts, and which of them belong together.

Questions on a passage stand or fall together, so that a standard error counts passages, not
questions. Two rules find them among the different questions of a dataset and category:

- A field of the question (``passage``, ``context``) with a text of at least `WHOLE` characters that
  two questions or more have.
- Questions whose texts begin alike: with `ALIKE` characters more than all of them have in common,
  since what all begin with is a template.

The rule, and the field, that joins most questions counts. One that puts more than `MOST` questions
and more than a share of `MOST_SHARE` on one text, or all, has found an instruction and no passage.

No text is kept. A pass hands over hashes of fields, and half a byte for each of the first `LONGEST`
characters of what is asked: where two texts part shows, not what they say. It does so for the first
questions of a part of a file, and for all others if some of these are on one passage. Children
import this module, so it does without Polars and NumPy.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Hashable, Iterable, Iterator, Mapping
from functools import lru_cache
from itertools import islice
from os.path import commonprefix
from struct import Struct
from typing import Any, TypeAlias, TypeVar
from zlib import adler32, crc32

WHOLE = 120
"""Characters from which on the text of a field may be a passage."""

ALIKE = 250
"""Characters that questions on one passage begin with beyond what all begin with."""

MOST, MOST_SHARE = 30, 0.2
"""Questions that may be on one passage, and their share of all: whichever allows more."""

LONGEST = 1000
"""Characters of a beginning that are compared; what begins with more examples is not looked at."""

LOOKED_AT = 4096
"""Questions of a part of a file that are looked at where a row is decoded anyway."""

_STEP = 50  # characters by which the beginning that names a passage grows until it is its own
_LENGTH, _FIELD = Struct("<H"), Struct("<IQ")
_MIXER = 0x9E3779B97F4A7C15  # any odd number: what a byte becomes depends on those before it
_HALVES = bytes(number >> 4 for number in range(256))
_MOST_FIELDS, _DEEPEST = 32, 4

Field: TypeAlias = tuple[str, str]
"""Where in what the harness keeps of a question a text stands, and the text."""

Question = TypeVar("Question", bound=Hashable)


class Look:
    """Looks at the questions of a part of a file, as long as that may find passages.

    Args:
        first: How many different ones it looks at, whatever it finds.

    Attributes:
        is_over: Whether it looks at no more.
    """

    def __init__(self, first: int = LOOKED_AT) -> None:
        self.is_over = False
        self._first = first
        self._seen: dict[Hashable, bytes] | None = {}

    def at(
        self, question: Hashable | None, text: str | None, fields: Iterable[Field] = ()
    ) -> bytes | None:
        """What is kept of a question for `clusters`, of its text and its fields; None: nothing."""
        if self.is_over or question is None:
            return None
        found = kept(text, fields)
        if self._seen is not None:
            self._seen[question] = found
            if len(self._seen) == self._first:
                self.is_over = not clusters(self._seen.items())
                self._seen = None
        return found


def fields_of(value: Mapping[str, Any], place: str = "", depth: int = 0) -> Iterator[Field]:
    """The long texts of an object, and of objects in it; texts of a list are options."""
    for name, part in value.items():
        kind = type(part)
        if kind is str:
            if len(part) >= WHOLE:
                yield f"{place}.{name}", part
        elif depth == _DEEPEST:
            continue
        elif kind is dict:
            yield from fields_of(part, f"{place}.{name}", depth + 1)
        elif kind is list and part and type(part[0]) is dict:
            inside = {str(number): item for number, item in enumerate(part)}
            yield from fields_of(inside, f"{place}.{name}", depth + 1)


def kept(text: str | None, fields: Iterable[Field] = ()) -> bytes:
    """What `clusters` needs of the text of a question and of its fields."""
    begin = _beginning((text or "")[:LONGEST])
    found = [_LENGTH.pack(len(begin)), begin]
    for place, part in islice(fields, _MOST_FIELDS):
        if len(part) >= WHOLE:
            found.append(_FIELD.pack(_number(place), _hash(_bytes(part))))
    return b"".join(found)


def _beginning(text: str) -> bytes:
    """A byte a character, of which only half is used: the same as far as two texts are."""
    data = text.encode() if text.isascii() else text.encode("utf-32-le", "surrogatepass")[::4]
    mixed = int.from_bytes(data, "little") * _MIXER
    return mixed.to_bytes(len(data) + 8, "little")[: len(data)].translate(_HALVES)


def _hash(data: bytes) -> int:
    """64 bits, made in a third of the time that `content_hash` takes."""
    return crc32(data) << 32 | adler32(data)


@lru_cache(1024)
def _number(place: str) -> int:
    return crc32(_bytes(place))


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")


def clusters(questions: Iterable[tuple[Question, bytes]]) -> dict[Question, int]:
    """Questions that are on one passage with others, and the hash of what they share.

    Args:
        questions: Those of a dataset and category by their hashes, and what was `kept` of each.
    """
    begun: dict[Question, bytes] = {}
    fields: defaultdict[int, defaultdict[int, set[Question]]] = defaultdict(
        lambda: defaultdict(set)
    )
    for question, told in questions:
        end = _LENGTH.size + _LENGTH.unpack_from(told)[0]
        begun[question] = told[_LENGTH.size : end]
        for place, text in _FIELD.iter_unpack(told[end:]):
            fields[place][text].add(question)
    found = [_shared(fields[place]) for place in sorted(fields)]
    found.append(_alike(begun))
    sound = [groups for groups in found if groups and _are_passages(groups, len(begun))]
    best = max(sound, key=lambda groups: sum(map(len, groups.values())), default={})
    return {question: text for text, group in best.items() for question in group}


def _alike(begun: Mapping[Question, bytes]) -> dict[int, set[Question]]:
    """Questions by what they begin with, as far as that is more than what all begin with."""
    first, last = min(begun.values(), default=b""), max(begun.values(), default=b"")
    common = len(commonprefix([first, last]))  # noqa: RUF071  # of texts, not of paths
    found: defaultdict[bytes, set[Question]] = defaultdict(set)
    for question, begin in begun.items():
        if len(begin) >= common + ALIKE:
            found[begin[: common + ALIKE]].add(question)
    return _named({begin: group for begin, group in found.items() if len(group) > 1}, common)


def _named(groups: Mapping[bytes, set[Question]], common: int) -> dict[int, set[Question]]:
    """Groups by a hash of the beginning that each has for itself.

    It is no longer than it must be, so that it is the same where other questions are beside them
    and all begin with a little more, or less.
    """
    size = -(-max(ALIKE, common + 1) // _STEP) * _STEP
    while True:
        found = {_hash(begin[:size]): group for begin, group in groups.items()}
        if len(found) == len(groups) or size >= common + ALIKE:
            return found
        size += _STEP


def _shared(groups: Mapping[int, set[Question]]) -> dict[int, set[Question]]:
    return {text: group for text, group in groups.items() if len(group) > 1}


def _are_passages(groups: Mapping[int, set[Question]], count: int) -> bool:
    largest = max(map(len, groups.values()))
    return largest <= max(MOST, MOST_SHARE * count) and largest < count
