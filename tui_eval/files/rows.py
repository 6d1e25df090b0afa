"""Rows of large files: where each begins, and its bytes, a line or an item at a time."""

from __future__ import annotations

import codecs
import json
import re
import sys
from collections.abc import Iterator, Sequence
from functools import cached_property
from pathlib import Path
from typing import BinaryIO, NamedTuple

from tui_eval.files.documents import HEAD, Problem, Refusal, decode, opened, parse

NO_ROW = "no row of answers begins here: the file has changed since it was read"

_CHUNK = 1 << 22

_HEAD = 4096

_BETWEEN = " \t\r\n,"

_ITEM = re.compile(r"[ \t\r\n,]*[^ \t\r\n,\]]")

_BUFFER = 1 << 20  # bytes: eight kilobytes, as usual, would double what it costs to read lines

_DECODER = json.JSONDecoder()


class Span(NamedTuple):
    """The part of a file that a pass is over.

    Attributes:
        begin: Its first byte: where a line begins, or the file.
        lines: How many lines stand before it; None: nobody counted them yet.
        end: Where its last line ends; None: with the file.
    """

    begin: int
    lines: int | None
    end: int | None = None


WHOLE = Span(0, 0)


def json_rows(path: Path, problems: list[Problem], span: Span = WHOLE) -> JsonRows:
    """The rows of a part of a file of JSON; an array that is not whole is added to ``problems``."""
    return JsonRows(path, problems, span)


class JsonRows:
    """Every row of JSON Lines, or every item of one JSON array: where it begins, and its bytes.

    What a file is follows from its beginning, not from its name; a part that begins later, or ends
    before the file does, is one of lines. Rows are not looked into, and need not be valid UTF-8; an
    item that breaks off ends an array. Iterating raises `Refusal` where the file cannot be opened.

    Attributes:
        number: Which line of the part the row is that was given last, or which item; blank lines
            count.
    """

    def __init__(self, path: Path, problems: list[Problem], span: Span) -> None:
        self.number = 0
        self._path = path
        self._problems = problems
        self._span = span
        self._word = "line"

    @cached_property
    def lines_before(self) -> int:
        """How many lines stand before the part: counted when they are first asked for."""
        begin, lines, _ = self._span
        return count_lines(self._path, begin) if lines is None else lines

    @property
    def where(self) -> str:
        """The row that was given last, in words: ``line 3``, blank ones counted."""
        return self.where_of(self.number)

    def where_of(self, number: int) -> str:
        """A row in words, by what ``number`` was when it was given."""
        return f"{self._word} {self.lines_before + number}"

    def __iter__(self) -> Iterator[tuple[int, bytes]]:
        with opened(self._path, _BUFFER) as file:
            if self._span.begin or self._span.end is not None:
                file.seek(self._span.begin)
                yield from self._lines(file, self._span.begin)
                return
            begin, is_array = _beginning(file)
            file.seek(begin)
            yield from self._items(file, begin) if is_array else self._lines(file, begin)

    def at(self, places: Sequence[int]) -> Iterator[tuple[int, bytes]]:
        """The rows that begin at some bytes, which ascend, each with its byte.

        Of a file of lines only those are read. Where no item of an array begins is added to the
        problems; whether a line is a row shows when it is decoded.
        """
        with opened(self._path, _BUFFER) as file:
            begin, is_array = _beginning(file)
            if is_array:
                file.seek(begin)
                yield from self._items_at(places, self._items(file, begin))
                return
            end = -1
            for place in places:
                if place != end:
                    file.seek(place)
                line = file.readline()
                end = place + len(line)
                yield place, line.strip().rstrip(b",")

    def _items_at(
        self, places: Sequence[int], items: Iterator[tuple[int, bytes]]
    ) -> Iterator[tuple[int, bytes]]:
        item = next(items, None)
        for place in places:
            while item is not None and item[0] < place:
                item = next(items, None)
            if item is not None and item[0] == place:
                yield item
            else:
                self._problems.append(Problem(f"byte {place}", NO_ROW))

    def _lines(self, file: BinaryIO, offset: int) -> Iterator[tuple[int, bytes]]:
        end = self._span.end
        for self.number, line in enumerate(file, start=1):
            if end is not None and offset >= end:
                return
            if row := line.strip().rstrip(b","):
                yield offset, row
            offset += len(line)

    def _items(self, file: BinaryIO, offset: int) -> Iterator[tuple[int, bytes]]:
        """The items after the bracket before ``offset``; a part of them is in memory at a time."""
        self._word, self.number = "item", 1
        text, size, place = "", _CHUNK, 0  # a character a byte: places are the same
        while not text.startswith("]", place) and (chunk := file.read(size)):
            text, offset, place = text[place:] + chunk.decode("latin-1"), offset + place, 0
            found = self.number
            while (item := _next_item(text, place)) is not None:
                begin, place = item
                yield offset + begin, text[begin:place].encode("latin-1")
                self.number += 1
            size = _CHUNK if self.number > found else len(text)
            place = len(text) - len(text[place:].lstrip(_BETWEEN))
        if not text.startswith("]", place):
            reason = "the JSON breaks off here: what follows is left out"
            self._problems.append(Problem(self.where, reason))
        elif text[place + 1 :].strip() or file.read(_HEAD).strip():
            self._problems.append(Problem("after the list", "more follows: it is left out"))


def count_lines(path: Path, end: int = sys.maxsize) -> int:
    """How many lines begin in a file before a byte."""
    count, place = 0, 0
    with opened(path, _BUFFER) as file:
        for line in file:
            if place >= end:
                break
            count += 1
            place += len(line)
    return count


def spans(path: Path, size: int) -> Iterator[Span]:
    """Parts of a file of JSON Lines, of ``size`` bytes or a little more; of any other file all.

    Raises:
        Refusal: It cannot be opened.
    """
    with opened(path) as file:
        begin, lines = 0, WHOLE.lines
        while begin or file.read(1) == b"{":
            file.seek(begin + size - 1)
            file.readline()
            end = file.tell()
            if not file.read(1):
                break
            yield Span(begin, lines, end)
            begin, lines = end, None
        yield Span(begin, lines)


def _beginning(file: BinaryIO) -> tuple[int, bool]:
    """Where the rows of a file begin, and whether they are the items of an array.

    Raises:
        Refusal: It is in UTF-16.
    """
    if file.read(2) in (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE):
        raise Refusal("in UTF-16: files of answers are read in UTF-8 only")
    file.seek(0)
    begin = len(codecs.BOM_UTF8) if file.read(3) == codecs.BOM_UTF8 else 0
    file.seek(begin)
    before, bracket, _ = file.read(_HEAD).partition(b"[")
    is_array = bool(bracket) and not before.strip() and not _begins_with_a_row(file, begin)
    return begin + (len(before) + 1 if is_array else 0), is_array


def _begins_with_a_row(file: BinaryIO, begin: int) -> bool:
    """Whether a list is the row of a first line, and others follow."""
    file.seek(begin)
    line = file.readline(HEAD)
    if not file.read(_HEAD).strip():
        return False
    try:
        return isinstance(parse(decode(line)[0].strip().rstrip(",")), list)
    except Refusal:
        return False


def _next_item(text: str, place: int) -> tuple[int, int] | None:
    """Where the next item of an array begins and ends; None: no whole one is in this text."""
    found = _ITEM.match(text, place)
    if found is None:
        return None
    try:
        return found.end() - 1, _DECODER.raw_decode(text, found.end() - 1)[1]
    except (json.JSONDecodeError, RecursionError):
        return None


def row_at(path: Path, place: int) -> object:
    """The JSON value that begins at a byte of a file.

    Raises:
        Refusal: There is none: the file has changed since.
    """
    with opened(path) as file:
        file.seek(place)
        data = file.readline()
        try:
            return parse(decode(data)[0].strip().rstrip(","))
        except Refusal as refusal:
            problem = refusal
        while True:  # an item of an array has many lines, or shares one with others
            item = _next_item(data.decode("latin-1"), 0)
            if item is not None:
                return parse(decode(data[slice(*item)])[0])
            if not (chunk := file.read(max(_CHUNK, len(data)))):
                raise problem
            data += chunk
