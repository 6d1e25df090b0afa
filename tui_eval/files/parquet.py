"""Parquet files: what they hold is looked at before Polars is, which trusts them too much.

A file ends with its footer, the length of that, and the letters PAR1. The footer is a structure of
Thrift's compact protocol: its texts and lists begin with how long they are. Polars takes as much
memory as these numbers ask for, and where there is not so much, the whole process ends.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

import polars as pl

from tui_eval.files.documents import Refusal, opened

DAMAGED = "not a Parquet file, or a damaged one"
ERRORS = (pl.exceptions.PolarsError, pl.exceptions.PanicException, OSError)

_MAGIC = b"PAR1"
_TAIL = 4 + len(_MAGIC)  # the footer's length, and the letters
_LONGEST_FOOTER = 1 << 24  # bytes; that of a file with thousands of columns has one million
_LEVELS = 32  # of structures in structures; Parquet has seven
_LONGEST_NUMBER = 10  # bytes, seven bits in each

# kinds of values in the compact protocol; there are others, which no footer has
_TRUE, _FALSE, _BYTE, _DOUBLE, _BINARY, _LIST, _STRUCT = 1, 2, 3, 7, 8, 9, 12
_NUMBERS = (4, 5, 6)


@contextmanager
def opened_parquet(path: Path) -> Iterator[BinaryIO]:
    """A Parquet file whose footer is sound, at its beginning.

    Polars is given the open file, not its name: that may hold ``|``, ``:`` or ``*``, which are
    patterns there.

    Raises:
        Refusal: It cannot be opened, or is no Parquet file.
    """
    with opened(path) as file:
        _check(file)
        file.seek(0)
        yield file


def prepare() -> None:
    """Nothing: a process that was asked for it has imported what reading takes."""


def is_parquet(path: Path) -> bool:
    """Whether a file is named as Parquet files are."""
    return path.suffix.lower() == ".parquet"


def columns(path: Path) -> dict[str, None]:
    """The columns of a Parquet file, as an object without values: what a row of it has.

    Raises:
        Refusal: It cannot be opened, or is no Parquet file.
    """
    with opened_parquet(path) as file:
        try:
            return dict.fromkeys(pl.read_parquet_schema(file))
        except ERRORS:
            raise Refusal(DAMAGED) from None


def _check(file: BinaryIO) -> None:
    """Raise `Refusal` where the footer is none, or says of something that it is longer than it."""
    size = file.seek(0, 2)
    file.seek(max(size - _TAIL, 0))
    tail = file.read(_TAIL)
    length = int.from_bytes(tail[:4], "little")
    if tail[4:] != _MAGIC or not 0 < length <= min(size - _TAIL - len(_MAGIC), _LONGEST_FOOTER):
        raise Refusal(DAMAGED)
    file.seek(0)
    begins_well = file.read(len(_MAGIC)) == _MAGIC
    file.seek(size - _TAIL - length)
    footer = file.read(length)
    try:
        is_sound = begins_well and _after_struct(footer, 0, _LEVELS) <= length
    except IndexError:  # something would reach beyond the end
        is_sound = False
    if not is_sound:
        raise Refusal(DAMAGED)


def _after_struct(data: bytes, at: int, levels: int) -> int:
    """Where a structure ends that begins ``at`` a byte. Raises IndexError: not in these data."""
    if not levels:
        raise Refusal(DAMAGED)
    while head := data[at]:
        at += 1
        kind = head & 15
        if head == kind:  # the field's number does not follow from that of the one before
            _, at = _number(data, at)
        if kind not in (_TRUE, _FALSE):  # which are values themselves
            at = _after_value(data, at, kind, levels)
    return at + 1


def _after_value(data: bytes, at: int, kind: int, levels: int) -> int:
    if kind in _NUMBERS:
        return _number(data, at)[1]
    if kind == _BINARY:
        length, at = _number(data, at)
        return at + length
    if kind == _STRUCT:
        return _after_struct(data, at, levels - 1)
    if kind == _LIST:
        return _after_list(data, at, levels)
    if kind in (_TRUE, _FALSE, _BYTE):
        return at + 1
    if kind == _DOUBLE:
        return at + 8
    raise Refusal(DAMAGED)


def _after_list(data: bytes, at: int, levels: int) -> int:
    length, kind = divmod(data[at], 16)
    at += 1
    if length == 15:  # it does not fit there, and stands behind
        length, at = _number(data, at)
    if length > len(data) - at:  # every item has a byte at least
        raise Refusal(DAMAGED)
    for _ in range(length):
        at = _after_value(data, at, kind, levels)
    return at


def _number(data: bytes, at: int) -> tuple[int, int]:
    """A number of seven bits a byte, the lowest first, and where it ends."""
    number = 0
    for place in range(_LONGEST_NUMBER):
        byte = data[at + place]
        number |= (byte & 127) << (7 * place)
        if byte < 128:
            return number, at + place + 1
    raise Refusal(DAMAGED)
