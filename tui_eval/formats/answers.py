"""Files of answers: where each row begins, and what one pass over them finds."""

from __future__ import annotations

import codecs
import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from hashlib import blake2b
from pathlib import Path
from typing import BinaryIO, NamedTuple

import numpy as np
import polars as pl

from tui_eval.formats.documents import Problem, Refusal, decode, opened, parse
from tui_eval.tables import INDEX, Status

BATCH = 4096
"""Rows of a file that are handed on together."""

_CHUNK = 1 << 22
_BUFFER = 1 << 20  # bytes: eight kilobytes, as usual, would double what it costs to read lines
_BETWEEN = " \t\r\n,["
_ITEM = re.compile(r"[ \t\r\n,\[]*[^ \t\r\n,\[\]]")
_DECODER = json.JSONDecoder()


class Found(NamedTuple):
    """A row of `INDEX`."""

    id: str
    place: int
    metric: str | None = None
    score: float | None = None
    status: Status = "ok"
    question: int | None = None
    prompt: int | None = None
    category: str | None = None
    attempt: int = 0
    filter: str | None = None
    item: int = 0
    length: int | None = None
    tokens: int | None = None


class Batch(NamedTuple):
    """Rows (schema `INDEX`) of the next part of a file, and how many bytes were read until then."""

    rows: pl.DataFrame
    done: int


@dataclass(frozen=True, eq=False)
class Index:
    """What is known of a file of answers.

    Attributes:
        rows: Schema `INDEX`, in the order of the file.
        problems: What could not be read.
        is_whole: Whether the pass over the file came to its end.
    """

    rows: pl.DataFrame
    problems: tuple[Problem, ...] = ()
    is_whole: bool = True


def batches(rows: Iterable[tuple[int, Iterable[Found]]]) -> Iterator[Batch]:
    """Batches of what is found row by row; each row with how many bytes were read until its end."""
    found: list[Found] = []
    done = 0
    for done, some in rows:
        found.extend(some)
        if len(found) >= BATCH:
            yield Batch(frame(found), done)
            found = []
    yield Batch(frame(found), done)


def frame(found: list[Found]) -> pl.DataFrame:
    """Schema `INDEX`."""
    if not found:
        return pl.DataFrame(schema=INDEX)
    columns = dict(zip(Found._fields, zip(*found, strict=True), strict=True))
    return pl.DataFrame([pl.Series(name, columns[name], kind) for name, kind in INDEX.items()])


def content_hash(*texts: str) -> int:
    """64 bits that are the same wherever and whenever the same texts are hashed."""
    digest = blake2b(digest_size=8)
    for text in texts:
        data = text.encode("utf-8", "surrogatepass")
        digest.update(len(data).to_bytes(8, "little"))
        digest.update(data)
    return int.from_bytes(digest.digest(), "little")


def hash_texts(hashes: pl.Series) -> pl.Series:
    """Hashes of 64 bits as 16 hexadecimal digits; null where there is none."""
    digits = hashes.fill_null(0).to_numpy().astype(">u8").tobytes().hex()
    texts = pl.Series(hashes.name, np.frombuffer(digits.encode(), "S16")).cast(pl.String)
    return texts.set(hashes.is_null(), None)


def json_rows(path: Path, problems: list[Problem]) -> Iterator[tuple[int, bytes]]:
    """Every row of JSON Lines, or every item of one JSON array: where it begins, and its bytes.

    What a file is follows from its first byte, not from its name. An item that breaks off ends an
    array, and is added to ``problems``; lines are not looked into. Items need not be valid UTF-8.

    Raises:
        Refusal: The file cannot be opened.
    """
    with opened(path, _BUFFER) as file:
        begin = len(codecs.BOM_UTF8) if file.read(3) == codecs.BOM_UTF8 else 0
        file.seek(begin)
        if file.read(4096).lstrip()[:1] == b"[":
            file.seek(begin)
            yield from _items(file, begin, problems)
            return
        file.seek(begin)
        offset = begin
        for line in file:
            if row := line.strip().rstrip(b","):
                yield offset, row
            offset += len(line)


def _items(file: BinaryIO, offset: int, problems: list[Problem]) -> Iterator[tuple[int, bytes]]:
    """The items of an array that begins at ``offset``, of which a part is in memory at a time."""
    text, size, place, number = "", _CHUNK, 0, 1  # a character a byte: places are the same
    while chunk := file.read(size):
        text, offset, place = text[place:] + chunk.decode("latin-1"), offset + place, 0
        found = number
        while (item := _next_item(text, place)) is not None:
            begin, place = item
            yield offset + begin, text[begin:place].encode("latin-1")
            number += 1
        size = _CHUNK if number > found else len(text)
    if text[place:].strip(_BETWEEN)[:1] not in ("", "]"):
        problems.append(Problem(f"item {number}", "the JSON breaks off here: it is left out"))


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
