"""Questions on one passage: what a pass keeps of their texts, and which of them belong together.

Questions on a passage stand or fall together, so that a standard error counts passages, not
questions. Two rules find them among the different questions of a dataset and category:

- A field of the question (``passage``, ``context``) with a text of at least `WHOLE` characters that
  two questions or more have.
- Questions whose texts begin alike: with `ALIKE` characters more than all of them have in common,
  since what all begin with is a template.

The rule, and the field, that joins most questions counts. One that puts more than `MOST` questions
and more than a share of `MOST_SHARE` on one text, or all, has found an instruction and no passage.

No text is kept: a pass hands over hashes, those of beginnings in pieces of `STEP` characters, so
that what all have in common is rounded up to a piece. It does so for the first `LOOKED_AT`
questions of a part of a file, and for all others if some of these are on one passage. Children
import this module, so it does without Polars and NumPy.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from itertools import islice
from struct import Struct
from typing import Any, TypeAlias, TypeVar
from zlib import adler32, crc32

WHOLE = 120
"""Characters from which on the text of a field may be a passage."""

ALIKE = 250
"""Characters that questions on one passage begin with beyond what all begin with."""

MOST, MOST_SHARE = 30, 0.2
"""Questions that may be on one passage, and their share of all: whichever allows more."""

STEP = 10
"""Characters of a piece of a beginning."""

LONGEST = 2000
"""Characters of a beginning that are compared."""

LOOKED_AT = 4096
"""Questions of a part of a file that are looked at where a row is decoded anyway."""

_PIECES = ALIKE // STEP
_PIECE = 4  # bytes
_COUNT = Struct("<H")
_FIELD = Struct("<IQ")
_MOST_FIELDS, _DEEPEST = 32, 4

Field: TypeAlias = tuple[str, str]
"""Where in what the harness keeps of a question a text stands, and the text."""

Question = TypeVar("Question", bound=Hashable)


class Look:
    """Looks at the questions of a part of a file, each once, as long as that may find passages.

    Args:
        first: How many it looks at, whatever it finds.
    """

    def __init__(self, first: int = LOOKED_AT) -> None:
        self._first = first
        self._seen: dict[Hashable, bytes] = {}
        self._is_over = False

    def wants(self, question: Hashable | None) -> bool:
        """Whether a question, by its hash, is to be looked at."""
        return not self._is_over and question is not None and question not in self._seen

    def take(self, question: Hashable, text: str | None, fields: Iterable[Field] = ()) -> bytes:
        """What is kept of a question for `clusters`: of its text, and of its fields."""
        found = kept(text, fields)
        self._seen[question] = found
        if len(self._seen) == self._first:
            self._is_over = not clusters(self._seen.items())
            self._seen = {} if self._is_over else dict.fromkeys(self._seen, b"")
        return found


def fields_of(
    value: dict[str, Any] | list[Any], place: str = "", depth: int = 0
) -> Iterator[Field]:
    """The long texts of an object, and of objects in it; texts of a list are options."""
    if depth > _DEEPEST:
        return
    parts: Iterable[tuple[object, object]]
    is_list = isinstance(value, list)
    parts = enumerate(value) if isinstance(value, list) else value.items()
    for name, part in parts:
        if isinstance(part, str):
            if len(part) >= WHOLE and not is_list:
                yield f"{place}.{name}", part
        elif isinstance(part, dict | list):
            yield from fields_of(part, f"{place}.{name}", depth + 1)


def kept(question: str | None, fields: Iterable[Field]) -> bytes:
    """What `clusters` needs of the texts of a question."""
    pieces = _pieces(question or "")
    found = [_beginning(len(pieces)).pack(len(pieces), *map(crc32, pieces))]
    for place, text in islice(fields, _MOST_FIELDS):
        if len(text) >= WHOLE:
            found.append(_FIELD.pack(_number(place), _hash(_bytes(text))))
    return b"".join(found)


def _pieces(text: str) -> Sequence[bytes]:
    """The whole pieces of a beginning."""
    count = min(len(text), LONGEST) // STEP
    if text.isascii():
        pieces: tuple[bytes, ...] = _cut(count).unpack_from(text.encode())
        return pieces
    return [_bytes(text[STEP * at : STEP * (at + 1)]) for at in range(count)]


def _hash(data: bytes) -> int:
    """64 bits, made in a third of the time that `content_hash` takes."""
    return crc32(data) << 32 | adler32(data)


@lru_cache(1024)
def _number(place: str) -> int:
    return crc32(_bytes(place))


@lru_cache(LONGEST // STEP + 1)
def _cut(count: int) -> Struct:
    return Struct(f"{STEP}s" * count)


@lru_cache(LONGEST // STEP + 1)
def _beginning(count: int) -> Struct:
    return Struct(f"<H{count}I")


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
        end = _COUNT.size + _PIECE * _COUNT.unpack_from(told)[0]
        begun[question] = told[_COUNT.size : end]
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
    common = 0
    while common < len(first) and first[common : common + _PIECE] == last[common : common + _PIECE]:
        common += _PIECE
    size = common + _PIECE * _PIECES
    found: defaultdict[bytes, set[Question]] = defaultdict(set)
    for question, pieces in begun.items():
        if len(pieces) >= size:
            found[pieces[:size]].add(question)
    return _shared({_hash(pieces): group for pieces, group in found.items()})


def _shared(groups: Mapping[int, set[Question]]) -> dict[int, set[Question]]:
    return {text: group for text, group in groups.items() if len(group) > 1}


def _are_passages(groups: Mapping[int, set[Question]], count: int) -> bool:
    largest = max(map(len, groups.values()))
    return largest <= max(MOST, MOST_SHARE * count) and largest < count
