"""Wraps foreign text to lines of so many terminal cells: between words, in long ones anywhere."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Literal, NamedTuple

from rich.cells import cell_len

from tui_eval.render.safe import JOINER, safe_text

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

TextStyle = Literal[
    "", "heading", "role", "dim", "mark", "insert", "delete", "code", "target", "warn", "hit"
]

TAB = 4

_WIDE = (  # two cells each, and a line may end between any two
    "\u3000-\u3029\u3030-\u303e\u3041-\u3096\u309b-\u30ff\u3105-\u312f\u3400-\u4dbf\u4e00-\u9fff"
    "\uac00-\ud7a3\uf900-\ufaff\uff01-\uff60\U00020000-\U0002fffd\U00030000-\U0003fffd"
)
_MAYBE_MARK = r"[^\w\s\x00-\u02ff\u2010-\u205e\u3001-\u3029\u3030-\u303f\uff01-\uff65]"
_ATOM = re.compile(
    f"(?P<blank> +)|(?P<wide>[{_WIDE}]+)(?!{_MAYBE_MARK}|[\u1161-\u11ff\ud7b0-\ud7fb])"
    f"|[{_WIDE}]?[^ {_WIDE}]+|[{_WIDE}]"
)
WORD = re.compile(rf"[{_WIDE}]|[^\s{_WIDE}]+")
"""A word; a character where words are not told apart by blanks."""

_NOT_FIRST = frozenset("、。，．！？：；）］｝」』】》〉〕・ー々…")


class Piece(NamedTuple):
    """A part of a line that looks the same throughout."""

    text: str
    style: TextStyle = ""


Line = tuple[Piece, ...]


class Span(NamedTuple):
    """Where a text has a style, counted in characters; ``stop`` is left out."""

    start: int
    stop: int
    style: TextStyle


def readable(text: str) -> str:
    """Foreign text of several lines as it may be wrapped: safe, and without tabs."""
    return safe_text(text.replace("\r\n", "\n").expandtabs(TAB), keep="\n")


def filled(pieces: Sequence[Piece], width: int, style: TextStyle = "") -> Line:
    """A line of exactly ``width`` cells, of pieces that are not wider."""
    missing = width - sum(cell_len(piece.text) for piece in pieces)
    return (*pieces, Piece(" " * missing, style)) if missing else tuple(pieces)


def wrap(text: str, width: int, spans: Sequence[Span] = (), style: TextStyle = "") -> list[Line]:
    """Lines of exactly ``width`` cells; what goes on has the indentation of what began.

    Args:
        text: What `readable` made of a text.
        width: Terminal cells of a line, two at least.
        spans: Where the text looks other than ``style``: in order, none over another.
        style: How the text looks.
    """
    lines = []
    offset = place = 0
    for line in text.split("\n"):
        for indent, start, stop in _line_breaks(line, width):
            first, last = offset + start, offset + stop
            while place < len(spans) and spans[place].stop <= first:
                place += 1
            pieces = [Piece(" " * indent)] if indent else []
            pieces += _styled(text, first, last, spans, place, style)
            lines.append(filled(pieces, width))
        offset += len(line) + 1
    return lines


def _styled(
    text: str, start: int, stop: int, spans: Sequence[Span], place: int, style: TextStyle
) -> Iterator[Piece]:
    """The pieces of a part of a text; ``place`` is the first of the spans that may reach it."""
    while place < len(spans) and spans[place].start < stop:
        span = spans[place]
        if span.start > start:
            yield Piece(text[start : span.start], style)
        end = min(span.stop, stop)
        yield Piece(text[max(start, span.start) : end], span.style)
        start = end
        place += 1
    if start < stop:
        yield Piece(text[start:stop], style)


def _line_breaks(line: str, width: int) -> Iterator[tuple[int, int, int]]:
    """Blanks to set before, start and stop of the lines that a line becomes."""
    if len(line) <= width and (line.isascii() or cell_len(line) <= width):
        yield 0, 0, len(line)
        return
    line = line.rstrip(" ")
    text_start = _after_blanks(line, 0)
    indent = min(text_start, width // 2)
    breaks = _ascii_breaks if line.isascii() else _cell_breaks
    for start, stop in breaks(line, text_start, width - indent):
        yield indent, start, stop


def _after_blanks(line: str, start: int) -> int:
    while line.startswith(" ", start):
        start += 1
    return start


def _ascii_breaks(line: str, start: int, room: int) -> Iterator[tuple[int, int]]:
    """Start and stop of lines of at most ``room`` characters, each of them one cell."""
    while len(line) - start > room:
        stop = line.rfind(" ", start, start + room + 1)
        if stop < 0:
            stop = start + room
        while line[stop - 1] == " ":
            stop -= 1
        yield start, stop
        start = _after_blanks(line, stop)
    yield start, len(line)


def _cell_breaks(line: str, start: int, room: int) -> Iterator[tuple[int, int]]:
    """Start and stop of lines of at most ``room`` cells, whatever the characters take."""
    used, stop = 0, start
    for atom in _ATOM.finditer(line, start):
        first, end = atom.span()
        if atom["blank"]:
            used += end - first
            continue
        reach = _reach_of_wide if atom["wide"] else _reach_of_word
        last, cells = reach(line, first, end, room - used)
        while last < end:
            if last > first and (used == 0 or atom["wide"]):
                stop = last
            else:
                last = first  # it may fit on a line of its own
            yield start, stop
            start, first, used = last, last, 0
            last, cells = reach(line, first, end, room)
        used += cells
        stop = end
    yield start, stop


def _reach_of_wide(line: str, start: int, stop: int, room: int) -> tuple[int, int]:
    """How far wide characters get within ``room`` cells, and how many they take."""
    last = start + max(room, 0) // 2
    if last >= stop:
        return stop, 2 * (stop - start)
    full = last
    while last > start and line[last] in _NOT_FIRST:
        last -= 1
    return (last if last > start else full), 0


def _reach_of_word(line: str, start: int, stop: int, room: int) -> tuple[int, int]:
    """How far any characters get within ``room`` cells, and how many they take."""
    if stop - start <= room:
        cells = cell_len(line[start:stop])
        if cells <= room:
            return stop, cells
    cells, last = 0, start
    while last < stop:
        end = after_marks(line, last + 1, stop)
        cells += cell_len(line[last:end])
        if cells > room:
            return last, 0
        last = end
    return stop, cells


def after_marks(text: str, place: int, stop: int) -> int:
    """The first place from ``place`` on at which a character is not part of the one before."""
    while place < stop and (text[place - 1] == JOINER or not cell_len(text[place])):
        place += 1
    return place
