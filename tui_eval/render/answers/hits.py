"""What a search found, marked in lines that are laid out already."""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from itertools import groupby, pairwise
from typing import NamedTuple

from tui_eval.render.answers.wrapping import Line, Piece

Find = Callable[[str], Sequence[tuple[int, int]]]
"""Finds an expression in a text: start and stop of each hit, in order."""

_BETWEEN = " │ "
_NO_TEXT = ("heading", "role", "dim")  # what is said about the texts
_LAST_NARROW = "\u2e7f"  # after it come characters between which no blank stands


class _Part(NamedTuple):
    """A part of a line: where it begins in its column's text, the line, and where in that.

    ``text`` ends with what stands in place of a line's end, ``length`` is without it.
    """

    place: int
    line: int
    start: int
    text: str
    length: int


def mark_hits(lines: Sequence[Line], find: Find) -> tuple[list[Line], list[int]]:
    """The lines, hits in the style ``hit``, and the numbers of the lines in which one begins.

    A text that was wrapped is searched as one, texts side by side each by itself.

    Args:
        lines: Of `layout.compose`.
        find: What is looked for; it is asked with a blank in place of the end of a line.
    """
    marks: defaultdict[int, list[tuple[int, int]]] = defaultdict(list)
    first_lines = set()
    for column in _columns(lines):
        text = "".join(part.text for part in column)
        places = [part.place for part in column]
        for start, stop in find(text):
            number = bisect_right(places, start) - 1
            first_lines.add(column[number].line)
            while number < len(column) and column[number].place < stop:
                part = column[number]
                low, high = max(start - part.place, 0), min(stop - part.place, part.length)
                marks[part.line].append((part.start + low, part.start + high))
                number += 1
    marked = [
        _marked(line, sorted(marks[n])) if n in marks else line for n, line in enumerate(lines)
    ]
    return marked, sorted(first_lines)


def _columns(lines: Sequence[Line]) -> Iterator[list[_Part]]:
    """The texts that stand below each other, in parts of lines."""
    cells = [_cells(line) for line in lines]
    for count, band in groupby(enumerate(cells), key=lambda item: len(item[1])):
        rows = list(band)
        for column in range(count):
            yield list(_parts((number, row[column]) for number, row in rows))


def _parts(cells: Iterator[tuple[int, Sequence[tuple[int, Piece]]]]) -> Iterator[_Part]:
    place = 0
    for line, pieces in cells:
        told = [(start, piece.text) for start, piece in pieces if piece.style not in _NO_TEXT]
        while told and not told[-1][1].strip():
            told.pop()
        for number, (start, text) in enumerate(told):
            whole, length = text, len(text)
            if number == len(told) - 1:
                length = len(text.rstrip())
                whole = text[:length] + ("" if text[length - 1] > _LAST_NARROW else " ")
            yield _Part(place, line, start, whole, length)
            place += len(whole)


def _cells(line: Line) -> list[list[tuple[int, Piece]]]:
    """The pieces of each text in a line, with the characters before them."""
    cells: list[list[tuple[int, Piece]]] = [[]]
    start = 0
    for piece in line:
        if piece == Piece(_BETWEEN, "dim"):
            cells.append([])
        else:
            cells[-1].append((start, piece))
        start += len(piece.text)
    return cells


def _marked(line: Line, marks: Sequence[tuple[int, int]]) -> Line:
    """A line with hits in it: start and stop in characters."""
    pieces: list[Piece] = []
    start = 0
    for piece in line:
        stop = start + len(piece.text)
        cuts = {start, stop}
        cuts |= {cut for mark in marks for cut in mark if start < cut < stop}
        ends = sorted(cuts)
        for low, high in pairwise(ends):
            is_hit = any(first <= low and high <= last for first, last in marks)
            part = piece._replace(text=piece.text[low - start : high - start])
            pieces.append(part._replace(style="hit") if is_hit else part)
        start = stop
    return tuple(pieces)
