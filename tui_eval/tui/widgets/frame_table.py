"""One virtual table for everything: draws a `render.Grid`, however many rows it has."""

from __future__ import annotations

import re
from bisect import bisect_right
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, ClassVar, Literal, NamedTuple

from rich.cells import cell_len, chop_cells, set_cell_size
from rich.segment import Segment
from rich.style import Style
from textual.binding import Binding
from textual.cache import LRUCache
from textual.geometry import Region, Size
from textual.message import Message
from textual.reactive import reactive
from textual.scroll_view import ScrollView
from textual.strip import Strip

from tui_eval.render import Align, Cell, Grid, GridColumn
from tui_eval.tui.commands import MOVEMENT, bindings

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from textual import events
    from textual.binding import BindingType

CursorType = Literal["cell", "row"]

BLOCK = 256
"""Rows that are asked of the grid at once."""

PADDING = 2
"""Blank cells that a column has beside its text, one at each side."""

MIN_WIDTH = 6
"""Width to which a column may shrink for its heading's sake."""

WHOLE_HEADING = 18
"""A heading may keep its column this wide to be written whole; above that it is cut."""

MIN_TEXT = 24
"""Width to which a column of texts (left-aligned) may shrink when room is short."""

CUT_COLUMN = 8
"""Narrowest piece of a column of texts worth drawing at the right edge."""

FIXED_SHARE = 0.4
"""Part of the width that the fixed columns take at most when room is short."""

FIXED_LEAST = 0.25
"""Part of the width that the fixed columns keep when the others could all be seen beside them."""

_PIECE = re.compile(r"[^-_/@. ]*[-_/@. ]+|[^-_/@. ]+")


def cut(text: str, width: int) -> str:
    """Text cut to a number of terminal cells, ``…`` at the end where something is missing."""
    text = text.rstrip("\u200d")
    if cell_len(text) <= width:
        return text
    if width <= 1:
        return "…"[:width]
    return set_cell_size(text, width - 1).rstrip(" \u200d") + "…"


def fit(text: str, width: int, align: Align = "left") -> str:
    """Text cut and filled to exactly a number of terminal cells."""
    text = cut(text, width)
    blank = " " * (width - cell_len(text))
    return blank + text if align == "right" else text + blank


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
    """The heading as it is drawn: at most ``max_lines`` lines, the last one cut if it must be."""
    lines = wrap_heading(heading, width)
    shown = [*lines[: max_lines - 1], "".join(lines[max_lines - 1 :])]
    return tuple(cut(line.strip(), width) for line in shown if line)


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


@dataclass(frozen=True, slots=True)
class Layout:
    """Where the columns of a table stand.

    Attributes:
        widths: Terminal cells of each column's text, `PADDING` not counted.
        fixed: How many columns stay at the left.
        room: Terminal cells for the columns that scroll, `PADDING` counted.
        headings: Lines of each column's heading.
        header_height: Lines of the tallest heading.
    """

    widths: tuple[int, ...]
    fixed: int
    room: int
    headings: tuple[tuple[str, ...], ...]
    header_height: int

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
    """Share the width of a table among its columns.

    Args:
        columns: What is drawn.
        width: Terminal cells of a line.
        fixed: Columns that stay at the left.
        max_lines: Lines that a heading may take.
    """
    natural = [max(column.width, cell_len(column.heading), 1) for column in columns]
    fixed = min(fixed, len(columns))
    room = width - PADDING * len(columns)
    fits = sum(natural) <= room
    widths = natural if fits else _narrow(columns, natural, width, fixed, max_lines)
    left = width - sum(widths[:fixed]) - PADDING * fixed
    overflows = sum(widths) > room
    lines = tuple(
        heading_lines(column.heading, size, max_lines)
        for column, size in zip(columns, widths, strict=True)
    )
    height = max((len(heading) for heading in lines), default=1)
    return Layout(tuple(widths), fixed, left - overflows, lines, max(1, height))


def _narrow(
    columns: Sequence[GridColumn], natural: list[int], width: int, fixed: int, max_lines: int
) -> list[int]:
    """Widths where not every column can have its natural one."""
    moving = columns[fixed:]
    floors = [_floor(column, max_lines) for column in moving]
    fixed_room = _fixed_room(width, sum(floors) + PADDING * len(moving))
    head = share(
        [min(MIN_WIDTH, size) for size in natural[:fixed]],
        natural[:fixed],
        fixed_room - PADDING * fixed,
    )
    room = width - sum(head) - PADDING * len(columns)
    if sum(floors) > room:
        widest = max(1, width - sum(head) - PADDING * (fixed + 1) - 1)
        return head + [min(floor, widest) for floor in floors]
    tail = share(floors, natural[fixed:], room)
    if head:
        head[0] = min(natural[0], head[0] + room - sum(tail))
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


class _Visible(NamedTuple):
    """A column on the screen: its number, where it begins and the cells of its text."""

    column: int
    x: int
    width: int


class FrameTable(ScrollView, can_focus=True):
    """A table that makes its rows when they are looked at.

    It draws any [`Grid`][tui_eval.render.Grid]: the heading above, the foot below, between them
    the rows that are on the screen, taken from the grid in blocks. Rows scroll freely, columns
    one by one, the fixed ones stay.
    """

    ALLOW_SELECT = False

    BINDINGS: ClassVar[list[BindingType]] = [
        *bindings(MOVEMENT),
        Binding("enter", "select_cursor", "Select", show=False),
    ]
    """
    | Key(s) | Description |
    | :- | :- |
    | up,k | Move up a row. |
    | down,j | Move down a row. |
    | left,h | Move left a column. |
    | right,l | Move right a column. |
    | g,home | Go to the first row. |
    | G,end | Go to the last row. |
    | ctrl+d | Move down half a screen. |
    | ctrl+u | Move up half a screen. |
    | ctrl+f,pagedown | Move down a screen. |
    | ctrl+b,pageup | Move up a screen. |
    | enter | Select the row under the cursor. |
    """

    COMPONENT_CLASSES: ClassVar[set[str]] = {
        "frame-table--header",
        "frame-table--header-sorted",
        "frame-table--foot",
        "frame-table--fixed",
        "frame-table--cursor",
        "frame-table--cursor-row",
        "frame-table--fixed-cursor",
        "frame-table--dim",
        "frame-table--strong",
        "frame-table--gain",
        "frame-table--loss",
        "frame-table--hit",
        "frame-table--mark",
        "frame-table--warn",
    }
    """
    | Class | Description |
    | :- | :- |
    | `frame-table--header` | Target the headings. |
    | `frame-table--header-sorted` | Target the heading of the column that the rows are sorted by. |
    | `frame-table--foot` | Target the rows that stay at the bottom. |
    | `frame-table--fixed` | Target the columns that stay at the left. |
    | `frame-table--cursor` | Target the cell (or row) under the cursor. |
    | `frame-table--cursor-row` | Target the other cells of the row under the cursor. |
    | `frame-table--fixed-cursor` | Target the fixed columns of the row under the cursor. |
    | `frame-table--dim` | Target cells of little weight: missing values, and the empty message. |
    | `frame-table--strong` | Target cells that stand out: the best value. |
    | `frame-table--gain` | Target gains. |
    | `frame-table--loss` | Target losses. |
    | `frame-table--hit` | Target what a search found. |
    | `frame-table--mark` | Target what a person marked. |
    | `frame-table--warn` | Target what needs care. |
    """

    DEFAULT_CSS = """
    FrameTable {
        height: 1fr;
        background: $surface;
        color: $foreground;
        overflow-x: hidden;
        overflow-y: auto;
        scrollbar-size-vertical: 1;

        & > .frame-table--header { background: $foreground 12%; text-style: bold; }
        & > .frame-table--header-sorted { color: $text-primary; text-style: bold; }
        & > .frame-table--foot { background: $foreground 12%; }
        & > .frame-table--fixed { color: $text-primary; }
        & > .frame-table--cursor {
            background: $foreground 25%;
            text-style: bold underline;
        }
        & > .frame-table--cursor-row { background: $foreground 8%; }
        & > .frame-table--fixed-cursor { color: $foreground; }
        & > .frame-table--dim { color: $foreground 55%; }
        & > .frame-table--strong { text-style: bold; }
        & > .frame-table--gain { color: $text-success; }
        & > .frame-table--loss { color: $text-error; }
        & > .frame-table--hit { color: $text-accent; text-style: bold underline; }
        & > .frame-table--mark { color: $text-accent; text-style: bold; }
        & > .frame-table--warn { color: $text-warning; }

        &:focus {
            & > .frame-table--cursor {
                color: $foreground;
                background: $surface;
                text-style: bold reverse;
            }
            & > .frame-table--cursor-row { background: $primary 25%; }
            & > .frame-table--fixed-cursor { text-style: bold; }
        }

        &:ansi {
            & > .frame-table--header { background: ansi_default; text-style: bold underline; }
            & > .frame-table--foot { background: ansi_default; text-style: bold; }
            & > .frame-table--cursor { background: ansi_default; }
            & > .frame-table--cursor-row { background: ansi_default; }
            & > .frame-table--fixed-cursor { text-style: underline; }
            & > .frame-table--dim { color: ansi_default; text-style: dim; }
        }
        &:ansi:focus {
            & > .frame-table--cursor-row { background: ansi_default; text-style: bold; }
            & > .frame-table--fixed-cursor { text-style: bold underline; }
        }
    }
    """

    cursor_row: reactive[int] = reactive(0, repaint=False)
    """Row under the cursor, counted from 0."""

    cursor_column: reactive[int] = reactive(0, repaint=False)
    """Column under the cursor, counted from 0, the fixed ones included."""

    first_column: reactive[int] = reactive(0)
    """The first column drawn beside the fixed ones: how far the columns are scrolled."""

    empty_message: reactive[str] = reactive("")
    """Safe text shown where the rows would be while there are none."""

    class RowHighlighted(Message):
        """Posted when the cursor comes to a row.

        This message is only posted when the cursor is a whole row.
        """

        def __init__(self, table: FrameTable, row: int) -> None:
            self.table = table
            """The table."""
            self.row = row
            """Number of the row."""
            super().__init__()

        @property
        def control(self) -> FrameTable:
            """Alias for the table."""
            return self.table

    class CellHighlighted(Message):
        """Posted when the cursor comes to a cell.

        This message is only posted when the cursor is a cell.
        """

        def __init__(self, table: FrameTable, row: int, column_key: str) -> None:
            self.table = table
            """The table."""
            self.row = row
            """Number of the row."""
            self.column_key = column_key
            """Key of the column."""
            super().__init__()

        @property
        def control(self) -> FrameTable:
            """Alias for the table."""
            return self.table

    class RowSelected(Message):
        """Posted on Enter or a double click on a row, whatever the cursor is."""

        def __init__(self, table: FrameTable, row: int, column_key: str) -> None:
            self.table = table
            """The table."""
            self.row = row
            """Number of the row."""
            self.column_key = column_key
            """Key of the column under the cursor."""
            super().__init__()

        @property
        def control(self) -> FrameTable:
            """Alias for the table."""
            return self.table

    class HeaderSelected(Message):
        """Posted on a click on a heading."""

        def __init__(self, table: FrameTable, column_key: str) -> None:
            self.table = table
            """The table."""
            self.column_key = column_key
            """Key of the column."""
            super().__init__()

        @property
        def control(self) -> FrameTable:
            """Alias for the table."""
            return self.table

    def __init__(
        self,
        *,
        fixed_columns: int = 1,
        cursor: CursorType = "cell",
        empty_message: str = "",
        name: str | None = None,
        id: str | None = None,  # noqa: A002
        classes: str | None = None,
        disabled: bool = False,
    ) -> None:
        """Initialise a table that shows nothing yet.

        Args:
            fixed_columns: How many columns stay at the left while the others scroll.
            cursor: What is under the cursor: a cell or a whole row.
            empty_message: Safe text to show while there are no rows.
            name: The name of the widget.
            id: The ID of the widget in the DOM.
            classes: The CSS classes of the widget.
            disabled: Whether the widget is disabled.
        """
        super().__init__(name=name, id=id, classes=classes, disabled=disabled)
        self._fixed_columns = fixed_columns
        self._cursor = cursor
        self._grid: Grid | None = None
        self._columns: tuple[GridColumn, ...] = ()
        self._foot: tuple[Sequence[Cell], ...] = ()
        self._row_count = 0
        self._sorted_by: str | None = None
        self._descending = True
        self._generation = 0
        self._plan = plan_layout((), 0, 0, 1)
        self._blocks: LRUCache[int, Sequence[Sequence[Cell]]] = LRUCache(16)
        self._strips: LRUCache[tuple[object, ...], Strip] = LRUCache(1024)
        self._cell_styles: dict[tuple[str, str, bool], Style] = {}
        self.set_reactive(FrameTable.empty_message, empty_message)

    # What is shown

    def show(
        self,
        grid: Grid,
        *,
        sorted_by: str | None = None,
        descending: bool = True,
        keep_cursor: bool = False,
    ) -> None:
        """Replace what the table shows.

        Args:
            grid: What to draw.
            sorted_by: Key of the column whose heading carries the mark of sorting.
            descending: Whether the largest value stands at the top.
            keep_cursor: Stay on the row number and the column key under the cursor, with what
                is scrolled, as far as the new grid has them.
        """
        row, key = (self.cursor_row, self.cursor_key) if keep_cursor else (0, None)
        self._grid = grid
        self._columns = tuple(grid.columns)
        self._foot = tuple(grid.foot)
        self._row_count = grid.row_count
        self._sorted_by, self._descending = sorted_by, descending
        self._blocks.clear()
        self._forget_strips()
        self._reflow()
        with self.prevent(self.RowHighlighted, self.CellHighlighted):
            self.cursor_row = row
            self.cursor_column = self._column_number(key) or 0
        if not keep_cursor:
            self.first_column = self._plan.fixed
            self.scroll_to(y=0, animate=False, force=True)
        self._show_cursor()
        self._post_highlighted()
        self.refresh()

    @property
    def grid(self) -> Grid | None:
        """What is shown, None before anything was."""
        return self._grid

    @property
    def row_count(self) -> int:
        """Rows, the foot not counted."""
        return self._row_count

    @property
    def cursor_key(self) -> str | None:
        """Key of the column under the cursor, None where there are no columns."""
        columns = self._columns
        return columns[self.cursor_column].key if self.cursor_column < len(columns) else None

    def cell_at_cursor(self) -> Cell | None:
        """The cell under the cursor, None where there is none."""
        cells = self.row_cells(self.cursor_row)
        return cells[self.cursor_column] if self.cursor_column < len(cells) else None

    def row_cells(self, row: int) -> Sequence[Cell]:
        """Cells of a row, none where there is no such row."""
        if self._grid is None or not 0 <= row < self._row_count:
            return ()
        number, index = divmod(row, BLOCK)
        block = self._blocks.get(number)
        if block is None:
            start = number * BLOCK
            block = self._grid.rows(start, min(start + BLOCK, self._row_count))
            self._blocks[number] = block
        return block[index] if index < len(block) else ()

    def move_cursor(self, *, row: int | None = None, column_key: str | None = None) -> None:
        """Move the cursor, and what is scrolled as far as the cursor needs.

        Args:
            row: Row to go to, as near as there is one; None: stay.
            column_key: Column to go to; None or unknown: stay.
        """
        before = (self.cursor_row, self.cursor_column)
        column = self._column_number(column_key)
        with self.prevent(self.RowHighlighted, self.CellHighlighted):
            if row is not None:
                self.cursor_row = row
            if column is not None:
                self.cursor_column = column
        self._show_cursor()
        same_row = before[0] == self.cursor_row
        if before != (self.cursor_row, self.cursor_column) and not (
            same_row and self._cursor == "row"
        ):
            self._post_highlighted()

    def _column_number(self, key: str | None) -> int | None:
        """Number of the column with a key."""
        keys = (number for number, column in enumerate(self._columns) if column.key == key)
        return next(keys, None)

    # Cursor

    def validate_cursor_row(self, row: int) -> int:
        """Keep the cursor on a row that there is."""
        return max(0, min(row, self._row_count - 1))

    def validate_cursor_column(self, column: int) -> int:
        """Keep the cursor on a column that there is."""
        return max(0, min(column, len(self._columns) - 1))

    def validate_first_column(self, column: int) -> int:
        """Scroll the columns no farther than their end."""
        return max(self._plan.fixed, min(column, self._plan.last_first))

    def watch_cursor_row(self, old: int, new: int) -> None:
        """Redraw the two rows, bring the new one into view and tell about it."""
        self._refresh_row(old)
        self._refresh_row(new)
        self._show_cursor_row()
        self._post_highlighted()

    def watch_cursor_column(self) -> None:
        """Redraw the row, bring the column into view and tell about it."""
        self._refresh_row(self.cursor_row)
        self._show_cursor_column()
        if self._cursor == "cell":
            self._post_highlighted()

    def _refresh_row(self, row: int) -> None:
        """Redraw one row."""
        y = self._plan.header_height + row - self.scroll_offset.y
        self.refresh(Region(0, y, self.size.width, 1))

    def _show_cursor(self) -> None:
        """Bring the cursor into view."""
        self._show_cursor_row()
        self._show_cursor_column()

    def _show_cursor_row(self) -> None:
        """Scroll up or down as far as the cursor needs."""
        height, top, row = self._body_height, self.scroll_offset.y, self.cursor_row
        if height > 0 and not top <= row < top + height:
            y = row if row < top else row - height + 1
            self.scroll_to(y=y, animate=False, force=True)

    def _show_cursor_column(self) -> None:
        """Scroll the columns as far as the cursor needs."""
        self.first_column = self._plan.first_to_show(self.cursor_column, self.first_column)

    def _post_highlighted(self) -> None:
        """Tell where the cursor is."""
        key = self.cursor_key
        if key is None or not self._row_count:
            return
        if self._cursor == "row":
            self.post_message(self.RowHighlighted(self, self.cursor_row))
        else:
            self.post_message(self.CellHighlighted(self, self.cursor_row, key))

    # Actions

    def action_cursor_up(self) -> None:
        """Move the cursor up a row."""
        self.cursor_row -= 1
        self._show_cursor_row()

    def action_cursor_down(self) -> None:
        """Move the cursor down a row."""
        self.cursor_row += 1
        self._show_cursor_row()

    def action_cursor_left(self) -> None:
        """Move the cursor left a column; with a row cursor scroll a column back."""
        self._move_column(-1)

    def action_cursor_right(self) -> None:
        """Move the cursor right a column; with a row cursor scroll a column on."""
        self._move_column(1)

    def action_cursor_top(self) -> None:
        """Move the cursor to the first row."""
        self.cursor_row = 0
        self._show_cursor_row()

    def action_cursor_bottom(self) -> None:
        """Move the cursor to the last row."""
        self.cursor_row = self._row_count - 1
        self._show_cursor_row()

    def action_half_page_down(self) -> None:
        """Move the cursor and the view down half a screen."""
        self._move_page(max(1, self._body_height // 2))

    def action_half_page_up(self) -> None:
        """Move the cursor and the view up half a screen."""
        self._move_page(-max(1, self._body_height // 2))

    def action_page_down(self) -> None:
        """Move the cursor and the view down a screen."""
        self._move_page(max(1, self._body_height))

    def action_page_up(self) -> None:
        """Move the cursor and the view up a screen."""
        self._move_page(-max(1, self._body_height))

    def action_select_cursor(self) -> None:
        """Tell that the row under the cursor was chosen."""
        key = self.cursor_key
        if key is not None and self._row_count:
            self.post_message(self.RowSelected(self, self.cursor_row, key))

    def _move_column(self, step: int) -> None:
        """Move the cursor, or with a row cursor the view, to a neighbouring column."""
        if self._cursor == "row":
            self.first_column += step
        else:
            self.cursor_column += step
            self._show_cursor_column()

    def _move_page(self, step: int) -> None:
        """Move the view by a number of rows, the cursor with it."""
        self.scroll_to(y=self.scroll_offset.y + step, animate=False, force=True)
        self.cursor_row += step
        self._show_cursor_row()

    # Mouse

    def on_click(self, event: events.Click) -> None:
        """Move the cursor, choose the row (double click) or tell about the heading."""
        offset = event.get_content_offset(self)
        if offset is None:
            return
        event.stop()
        key = self._column_at(offset.x)
        row = self._row_at(offset.y)
        if row is None:
            if offset.y < self._plan.header_height and key is not None:
                self.post_message(self.HeaderSelected(self, key))
        elif event.chain == 2:
            self.action_select_cursor()
        else:
            self.move_cursor(row=row, column_key=key)

    def on_mouse_scroll_down(self, event: events.MouseScrollDown) -> None:
        """With Shift or Ctrl the wheel scrolls columns."""
        if event.shift or event.ctrl:
            self._wheel_columns(event, 1)

    def on_mouse_scroll_up(self, event: events.MouseScrollUp) -> None:
        """With Shift or Ctrl the wheel scrolls columns."""
        if event.shift or event.ctrl:
            self._wheel_columns(event, -1)

    def on_mouse_scroll_right(self, event: events.MouseScrollRight) -> None:
        """Scroll a column on."""
        self._wheel_columns(event, 1)

    def on_mouse_scroll_left(self, event: events.MouseScrollLeft) -> None:
        """Scroll a column back."""
        self._wheel_columns(event, -1)

    def _wheel_columns(self, event: events.MouseEvent, step: int) -> None:
        """Scroll the columns and let nothing else scroll."""
        self.first_column += step
        event.prevent_default()
        event.stop()

    def _column_at(self, x: int) -> str | None:
        """Key of the column drawn at ``x``."""
        for visible in self._visible_columns():
            if visible.x <= x < visible.x + visible.width + PADDING:
                return self._columns[visible.column].key
        return None

    def _row_at(self, y: int) -> int | None:
        """Number of the row drawn at ``y``."""
        line = y - self._plan.header_height
        row = line + self.scroll_offset.y
        return row if 0 <= line < self._body_height and row < self._row_count else None

    # Layout

    @property
    def _line_width(self) -> int:
        """Terminal cells of a line, the scrollbar not counted."""
        return self.scrollable_content_region.width

    @property
    def _foot_height(self) -> int:
        """Foot rows that have room beside the headings and one row."""
        room = self.scrollable_content_region.height - self._plan.header_height - 1
        return max(0, min(len(self._foot), room))

    @property
    def _body_height(self) -> int:
        """Lines for rows."""
        height = self.scrollable_content_region.height
        return max(0, height - self._plan.header_height - self._foot_height)

    def on_mount(self) -> None:
        """Place the columns."""
        self._reflow()

    def on_resize(self) -> None:
        """Place the columns anew and keep the cursor in view."""
        self._reflow()
        self._show_cursor()

    def notify_style_update(self) -> None:
        """Forget what was drawn in the old styles."""
        super().notify_style_update()
        self._cell_styles.clear()
        self._forget_strips()
        self.refresh()

    def watch_empty_message(self) -> None:
        """Forget the line that showed the old message."""
        self._forget_strips()

    def _forget_strips(self) -> None:
        """Draw every line anew."""
        self._generation += 1
        self._strips.clear()

    def _reflow(self) -> None:
        """Share the width among the columns, and tell how much there is to scroll."""
        width, height = self.scrollable_content_region.size
        max_lines = max(1, min(3, height // 4))
        self._plan = plan_layout(self._columns, width, self._fixed_columns, max_lines)
        self.first_column = self.validate_first_column(self.first_column)
        self._forget_strips()
        lines = self._plan.header_height + self._row_count + self._foot_height
        self.virtual_size = Size(width, lines)

    def _visible_columns(self) -> Iterator[_Visible]:
        """The columns on the screen, from left to right."""
        plan, x = self._plan, 0
        for column in range(plan.fixed):
            yield _Visible(column, x, plan.widths[column])
            x += plan.widths[column] + PADDING
        end = x + plan.room
        for column in range(max(plan.fixed, self.first_column), len(plan.widths)):
            width = plan.widths[column]
            if x + width + PADDING > end:
                width = end - x - PADDING
                if self._columns[column].align == "right" or width < CUT_COLUMN:
                    return
            yield _Visible(column, x, width)
            x += width + PADDING

    # Drawing

    def render_line(self, y: int) -> Strip:
        """Draw a line of the table.

        Args:
            y: Line, counted from the top of what is seen.
        """
        key = (self._generation, self._line_width, self.first_column, *self._line_state(y))
        strip = self._strips.get(key)
        if strip is None:
            strip = self._draw_line(y)
            self._strips[key] = strip
        return strip

    def _line_state(self, y: int) -> tuple[object, ...]:
        """What a line shows: equal states look the same."""
        row = self._row_at(y)
        if row is None:
            return ("line", y)
        if row != self.cursor_row:
            return ("row", row)
        return ("cursor", row, self.cursor_column, self.has_focus)

    def _draw_line(self, y: int) -> Strip:
        """Draw a line: heading, row, foot or nothing."""
        foot = y - self._plan.header_height - self._body_height
        if y < self._plan.header_height:
            return self._draw_header(y)
        if 0 <= foot < self._foot_height:
            return self._draw_cells(self._foot[foot], "foot")
        row = self._row_at(y)
        if row is None:
            return self._draw_empty(y)
        cells = self.row_cells(row)
        return self._draw_cells(cells, "cursor-row" if row == self.cursor_row else "")

    def _draw_cells(self, cells: Sequence[Cell | None], kind: str) -> Strip:
        """Draw a row or a row of the foot."""
        if kind == "cursor-row" and self._cursor == "row":
            kind = "cursor"
        segments = []
        for column, _, width in self._visible_columns():
            cell = (cells[column] if column < len(cells) else None) or Cell("")
            text = fit(cell.text or "", width, self._columns[column].align)
            under_cursor = kind == "cursor-row" and column == self.cursor_column
            style = self._cell_style(
                "cursor" if under_cursor else kind, cell.tone, column < self._plan.fixed
            )
            segments.append(Segment(f" {text} ", style))
        return self._line(segments, self._cell_style(kind, "", False))

    def _draw_header(self, y: int) -> Strip:
        """Draw a line of the headings, which stand on the rows."""
        segments = []
        blank = self._cell_style("header", "", False)
        for column, _, width in self._visible_columns():
            before, text, after = self._heading_line(column, y, width)
            is_sorted = self._columns[column].key == self._sorted_by
            style = self._cell_style("header", "header-sorted" if is_sorted else "", False)
            segments += [Segment(before, blank), Segment(text, style), Segment(after, blank)]
        if y == 0 and self._hidden_right():
            used = sum(cell_len(segment.text) for segment in segments)
            segments.append(Segment("›".rjust(self._line_width - used), blank))
        return self._line(segments, blank)

    def _heading_line(self, column: int, y: int, width: int) -> tuple[str, str, str]:
        """A line of a heading: blanks, text and blanks, the marks of sort and scroll in them."""
        lines = self._plan.headings[column]
        index = y - (self._plan.header_height - len(lines))
        text = cut(lines[index], width) if index >= 0 else ""
        room = width - cell_len(text)
        right = self._columns[column].align == "right"
        before, after = (room + 1, 1) if right else (1, room + 1)
        if y == self._plan.header_height - 1 and self._columns[column].key == self._sorted_by:
            text += "▼" if self._descending else "▲"
            after -= 1
        plan = self._plan
        scrolled = y == 0 and column == self.first_column > plan.fixed
        return ("‹".ljust(before) if scrolled else " " * before), text, " " * after

    def _hidden_right(self) -> bool:
        """Whether columns, or pieces of one, are hidden at the right."""
        visible = list(self._visible_columns())
        if not visible:
            return bool(self._columns)
        column, _, width = visible[-1]
        return column < len(self._columns) - 1 or width < self._plan.widths[column]

    def _draw_empty(self, y: int) -> Strip:
        """Draw a line without a row; the middle one says why where there are no rows at all."""
        middle = self._plan.header_height + (self._body_height - 1) // 2
        style = self._cell_style("", "", False)
        if self._row_count or y != middle:
            return self._line([], style)
        text = cut(self.empty_message or "", self._line_width)
        before = " " * ((self._line_width - cell_len(text)) // 2)
        return self._line(
            [Segment(before, style), Segment(text, self._cell_style("", "dim", False))], style
        )

    def _line(self, segments: list[Segment], style: Style) -> Strip:
        """A line exactly as wide as the table."""
        return Strip(segments).adjust_cell_length(self._line_width, style)

    def _cell_style(self, kind: str, tone: str, fixed: bool) -> Style:
        """Style of a cell.

        Args:
            kind: What it lies on: "header", "foot", "cursor", "cursor-row" or "" for a row.
            tone: Component class of its text without the prefix, "" for none.
            fixed: Whether its column is a fixed one.
        """
        key = (kind, tone, fixed)
        style = self._cell_styles.get(key)
        if style is None:
            style = self._background_style(kind)
            if kind != "cursor":
                for name in self._text_styles(kind, tone, fixed):
                    style += self._text_style(name)
            self._cell_styles[key] = style
        return style

    def _background_style(self, kind: str) -> Style:
        """Style of what a cell lies on."""
        return self.get_component_rich_style(f"frame-table--{kind}") if kind else self.rich_style

    def _text_styles(self, kind: str, tone: str, fixed: bool) -> Iterator[str]:
        """Component classes that colour a text, the weakest first."""
        if fixed:
            yield "fixed-cursor" if kind == "cursor-row" else "fixed"
        if tone:
            yield tone

    def _text_style(self, name: str) -> Style:
        """Style of a component class without its background."""
        style = self.get_component_rich_style(f"frame-table--{name}")
        return style.without_color + Style(color=style.color)
