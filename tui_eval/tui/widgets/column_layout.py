"""Where the columns of a table stand: their widths, the lines of their headings, what is seen."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, NamedTuple

from rich.cells import cell_len

from tui_eval.render.headings import MIN_WIDTH, heading_lines, heading_width, share

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from tui_eval.render.grid import GridColumn

PADDING = 2
"""Blank cells that a column has beside its text, one at each side."""

PINNED_SHARE = 0.2
"""Part of the width that the column at the right edge has where the others overflow."""

MIN_TEXT = 24
"""Width to which a column of texts (left-aligned) may shrink when room is short."""

LEAST_FILLING = 12
"""Width to which a column that takes the room that is left may shrink."""

CUT_COLUMN = 8
"""Narrowest piece of a column of texts worth drawing at the right edge."""

FIXED_SHARE = 0.4
"""Part of the width that the fixed columns take at most when room is short."""

FIXED_LEAST = 0.25
"""Part of the width that the fixed columns keep when the others could all be seen beside them."""


@dataclass(frozen=True, slots=True)
class Layout:
    """Where the columns of a table stand.

    Attributes:
        widths: Terminal cells of each column's text, `PADDING` not counted.
        fixed: How many columns stay at the left.
        room: Terminal cells for the columns that scroll, `PADDING` counted.
        headings: Lines of each column's heading.
        header_height: Lines of the tallest heading.
        pinned: Terminal cells of the column at the right edge; 0: there is none, or no room.
    """

    widths: tuple[int, ...]
    fixed: int
    room: int
    headings: tuple[tuple[str, ...], ...]
    header_height: int
    pinned: int = 0

    @property
    def last_first(self) -> int:
        """The first scrolling column when everything is scrolled to the left."""
        first = len(self.widths)
        while first > self.fixed and self.spans(first - 1, len(self.widths)) <= self.room:
            first -= 1
        return max(self.fixed, min(first, len(self.widths) - 1))

    def spans(self, start: int, stop: int) -> int:
        """Terminal cells from column ``start`` to ``stop`` (left out)."""
        return sum(self.widths[start:stop]) + PADDING * (stop - start)

    def first_to_show(self, column: int, first: int) -> int:
        """The first scrolling column, moved from ``first`` no more than ``column`` needs."""
        if column < self.fixed:
            return first
        first = min(first, column)
        while first < column and self.spans(first, column + 1) > self.room:
            first += 1
        return first


def plan_layout(columns: Sequence[GridColumn], width: int, fixed: int, max_lines: int) -> Layout:
    """Share the width of a table among its columns: the scrolling ones, and one at the right edge.

    Args:
        columns: What is drawn; only the last may be pinned.
        width: Terminal cells of a line.
        fixed: Columns that stay at the left.
        max_lines: Lines that a heading may take.
    """
    if not columns or not columns[-1].pinned:
        return _plan(columns, width, fixed, max_lines)
    others, last = columns[:-1], columns[-1]
    needed = sum(max(one.width, cell_len(one.heading), 1) + PADDING for one in others)
    pinned = max(width - needed, int(width * PINNED_SHARE)) - PADDING
    if pinned < last.width:
        return _plan(others, width, fixed, max_lines)
    return replace(_plan(others, width - pinned - PADDING, fixed, max_lines), pinned=pinned)


def _plan(columns: Sequence[GridColumn], width: int, fixed: int, max_lines: int) -> Layout:
    """Share the width of a table among its columns.

    Args:
        columns: What is drawn.
        width: Terminal cells of a line.
        fixed: Columns that stay at the left.
        max_lines: Lines that a heading may take.
    """
    natural = _natural(columns, max_lines)
    fixed = min(fixed, len(columns))
    room = width - PADDING * len(columns)
    near = sum(not column.beyond for column in columns)
    if sum(natural) <= room:
        widths = _filled(columns, natural, room)
    elif fixed < near < len(columns):
        seen = _plan(columns[:near], width - 1, fixed, max_lines)  # the mark of what is hidden
        widths = [*seen.widths, *(_floor(column, max_lines) for column in columns[near:])]
    else:
        widths = _filled(columns, _narrow(columns, natural, width, fixed, max_lines), room)
    left = width - sum(widths[:fixed]) - PADDING * fixed
    overflows = sum(widths) > room
    lines = tuple(
        heading_lines(column.heading, size, max_lines)
        for column, size in zip(columns, widths, strict=True)
    )
    height = max((len(heading) for heading in lines), default=1)
    return Layout(tuple(widths), fixed, left - overflows, lines, max(1, height))


def _filled(columns: Sequence[GridColumn], widths: list[int], room: int) -> list[int]:
    """The widths, what is left of the room given to the column that takes it, if there is one."""
    left = max(0, room - sum(widths))
    filling = next((place for place, column in enumerate(columns) if column.fills), None)
    return [width + left * (place == filling) for place, width in enumerate(widths)]


def _natural(columns: Sequence[GridColumn], max_lines: int) -> list[int]:
    """Widths that columns want; beside one that takes all room that is left headings are broken."""
    if not any(column.fills for column in columns):
        return [max(column.width, cell_len(column.heading), 1) for column in columns]
    return [max(column.width, heading_width(column.heading, max_lines), 1) for column in columns]


def least_width(columns: Sequence[GridColumn], max_lines: int) -> int:
    """Terminal cells of a line in which all columns are seen, headings whole where they may be."""
    floors = [_floor(column, max_lines) for column in columns]
    return sum(floors) + PADDING * len(columns)


def _narrow(
    columns: Sequence[GridColumn], natural: list[int], width: int, fixed: int, max_lines: int
) -> list[int]:
    """Widths where not every column can have its natural one."""
    moving = columns[fixed:]
    floors = [_floor(column, max_lines) for column in moving]
    fixed_room = _fixed_room(width, sum(floors) + PADDING * len(moving))
    head = share(
        [  # a number that is cut is another number
            column.width if column.align == "right" else min(MIN_WIDTH, size)
            for column, size in zip(columns, natural[:fixed], strict=False)
        ],
        natural[:fixed],
        fixed_room - PADDING * fixed,
    )
    room = width - sum(head) - PADDING * len(columns)
    if sum(floors) > room and any(column.fills for column in moving):
        floors = share(_least(moving, room), floors, room)
    if sum(floors) > room:
        widest = max(1, width - sum(head) - PADDING * (fixed + 1) - 1)
        return head + [min(floor, widest) for floor in floors]
    tail = share(floors, natural[fixed:], room)
    left = room - sum(tail)
    for place, size in enumerate(head):
        head[place] = min(natural[place], size + left)
        left -= head[place] - size
    return head + tail


def _fixed_room(width: int, needed: int) -> int:
    """Room for the fixed columns: less, where that lets all others be seen, else their share."""
    if not needed:
        return width
    most, left = int(width * FIXED_SHARE), width - needed
    return left if int(width * FIXED_LEAST) <= left < most else most


def _floor(column: GridColumn, max_lines: int) -> int:
    """Width below which a scrolling column is not made narrower."""
    value = column.width if column.align == "right" else min(column.width, MIN_TEXT)
    return max(value, heading_width(column.heading, max_lines), 1)


def _least(columns: Sequence[GridColumn], room: int) -> list[int]:
    """Widths below which no column gets, so that all are seen: headings are cut before texts."""
    least = []
    for column in columns:
        value = column.width if column.align == "right" else min(column.width, MIN_WIDTH)
        least.append(column.least or max(value, min(MIN_WIDTH, cell_len(column.heading)), 1))
    filling = next(place for place, column in enumerate(columns) if column.fills)
    left = room - sum(least) + least[filling]
    least[filling] = min(columns[filling].width, max(LEAST_FILLING, min(MIN_TEXT, left)))
    return least


class VisibleColumn(NamedTuple):
    """A column on the screen: its number, where it begins and the cells of its text."""

    column: int
    x: int
    width: int


def visible_columns(
    columns: Sequence[GridColumn], layout: Layout, first: int
) -> Iterator[VisibleColumn]:
    """The columns on the screen, from left to right.

    Args:
        columns: All columns.
        layout: Where they stand.
        first: The first column beside the fixed ones.
    """
    x = 0
    for column in range(layout.fixed):
        yield VisibleColumn(column, x, layout.widths[column])
        x += layout.widths[column] + PADDING
    end = x + layout.room
    for column in range(max(layout.fixed, first), len(layout.widths)):
        width = layout.widths[column]
        if x + width + PADDING > end:
            width = end - x - PADDING
            if columns[column].align == "right" or width < CUT_COLUMN:
                return
        yield VisibleColumn(column, x, width)
        x += width + PADDING
