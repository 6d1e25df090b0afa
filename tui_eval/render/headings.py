"""Headings over several lines, and how columns share a width; in terminal cells."""

from __future__ import annotations

import re
from bisect import bisect_right
from functools import lru_cache
from typing import TYPE_CHECKING

from rich.cells import cell_len, chop_cells

from tui_eval.render.names import cut_middle
from tui_eval.render.safe import cut

if TYPE_CHECKING:
    from collections.abc import Sequence

MIN_WIDTH = 6
"""Width to which a column may shrink for its heading's sake."""

WHOLE_HEADING = 18
"""A heading may keep its column this wide to be written whole; above that it is cut."""

_PIECE = re.compile(r"[^-_/@. ]*[-_/@. ]+|[^-_/@. ]+")


@lru_cache(maxsize=4096)
def wrap_heading(heading: str, width: int) -> tuple[str, ...]:
    """Lines of a heading no wider than ``width``, broken after ``-_/@. `` where possible."""
    lines = [""]
    for piece in _PIECE.findall(heading):
        if cell_len((lines[-1] + piece).rstrip()) <= width:
            lines[-1] += piece
            continue
        chunks = [piece] if cell_len(piece.rstrip()) <= width else chop_cells(piece, max(2, width))
        lines = [*lines, *chunks] if lines[-1] else chunks
    return tuple(lines)


def heading_lines(heading: str, width: int, max_lines: int) -> tuple[str, ...]:
    """The heading as it is drawn: at most ``max_lines`` lines, its end kept where it is cut."""
    lines = wrap_heading(heading, width)
    if len(lines) > max_lines:
        last = "".join(lines[max_lines - 1 :]).strip()
        lines = (*lines[: max_lines - 1], cut_middle(last, width))
    return tuple(cut(line.strip(), width) for line in lines if line)


@lru_cache(maxsize=4096)
def heading_width(heading: str, max_lines: int) -> int:
    """Narrowest column, `WHOLE_HEADING` at most, that shows the heading whole, words unbroken."""
    natural = cell_len(heading)
    longest = max((cell_len(piece.rstrip()) for piece in _PIECE.findall(heading)), default=0)
    for width in range(min(natural, max(MIN_WIDTH, longest)), min(natural, WHOLE_HEADING)):
        if len(wrap_heading(heading, width)) <= max_lines:
            return width
    return min(natural, WHOLE_HEADING)


def share(floors: Sequence[int], wants: Sequence[int], room: int) -> list[int]:
    """Widths between floors and wants: the narrow ones get what they want, the wide ones alike."""

    def widths(level: int) -> list[int]:
        return [max(low, min(high, level)) for low, high in zip(floors, wants, strict=True)]

    levels = range(max(wants, default=0) + 1)
    return widths(max(0, bisect_right(levels, room, key=lambda level: sum(widths(level))) - 1))
