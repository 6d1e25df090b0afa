"""One virtual table for everything: draws a `render.Grid`, however many rows it has."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Literal, NamedTuple

from rich.style import Style
from textual.binding import Binding
from textual.cache import LRUCache
from textual.geometry import Region, Size
from textual.message import Message
from textual.reactive import reactive
from textual.scroll_view import ScrollView
from textual.strip import Strip

from tui_eval.render.grid import Cell, Grid, GridColumn
from tui_eval.tui.commands import MOVEMENT, bindings
from tui_eval.tui.places import Spot
from tui_eval.tui.widgets.column_layout import PADDING, plan_layout
from tui_eval.tui.widgets.late_keys import RemembersKeys
from tui_eval.tui.widgets.line_painter import CellStyles, LinePainter

if TYPE_CHECKING:
    from collections.abc import Sequence

    from textual import events
    from textual.binding import BindingType

CursorType = Literal["cell", "row"]

BLOCK = 256
"""Rows that are asked of the grid at once."""


class _Sizes(NamedTuple):
    """Terminal cells of a line, lines of the body and lines of the foot."""

    width: int
    body: int
    foot: int


class TableMessage(Message):
    """Something that a table tells."""

    def __init__(self, table: FrameTable) -> None:
        self.table = table
        """The table."""
        super().__init__()

    @property
    def control(self) -> FrameTable:
        """Alias for the table."""
        return self.table


class FrameTable(RemembersKeys, ScrollView, can_focus=True):
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
        & > .frame-table--dim { color: $text-muted; }
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

    class RowHighlighted(TableMessage):
        """Posted when the cursor comes to a row.

        This message is only posted when the cursor is a whole row.
        """

        def __init__(self, table: FrameTable, row: int) -> None:
            super().__init__(table)
            self.row = row
            """Number of the row."""

    class CellHighlighted(TableMessage):
        """Posted when the cursor comes to a cell.

        This message is only posted when the cursor is a cell.
        """

        def __init__(self, table: FrameTable, row: int, column_key: str) -> None:
            super().__init__(table)
            self.row = row
            """Number of the row."""
            self.column_key = column_key
            """Key of the column."""

    class RowSelected(TableMessage):
        """Posted on Enter or a double click on a row, whatever the cursor is."""

        def __init__(self, table: FrameTable, row: int, column_key: str) -> None:
            super().__init__(table)
            self.row = row
            """Number of the row."""
            self.column_key = column_key
            """Key of the column under the cursor."""

    class HeaderSelected(TableMessage):
        """Posted on a click on a heading."""

        def __init__(self, table: FrameTable, column_key: str) -> None:
            super().__init__(table)
            self.column_key = column_key
            """Key of the column."""

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
        self._plan = plan_layout((), 0, 0, 1)
        self._blocks: LRUCache[int, Sequence[Sequence[Cell]]] = LRUCache(16)
        self._strips: LRUCache[tuple[object, ...], Strip] = LRUCache(1024)
        self._styles = CellStyles(self._component)
        self._painter: LinePainter | None = None
        self.set_reactive(FrameTable.empty_message, empty_message)

    # What is shown

    def show(
        self,
        grid: Grid,
        *,
        sorted_by: str | None = None,
        descending: bool = True,
        keep_cursor: bool = False,
        fixed_columns: int | None = None,
    ) -> None:
        """Replace what the table shows.

        Args:
            grid: What to draw.
            sorted_by: Key of the column whose heading carries the mark of sorting.
            descending: Whether the largest value stands at the top.
            keep_cursor: Stay on the row number and the column key under the cursor, with what
                is scrolled, as far as the new grid has them.
            fixed_columns: How many columns stay at the left; None: as many as before.
        """
        fixed = self._fixed_columns if fixed_columns is None else fixed_columns
        keeps_scroll, self._fixed_columns = fixed == self._fixed_columns, fixed
        row, key = (self.cursor_row, self.cursor_key) if keep_cursor else (0, None)
        self._grid = grid
        self._columns = tuple(column for column in grid.columns if not column.pinned)
        self._foot = tuple(grid.foot)
        self._row_count = grid.row_count
        self._sorted_by, self._descending = sorted_by, descending
        self._blocks.clear()
        self._forget_strips()
        self._reflow()
        with self.prevent(self.RowHighlighted, self.CellHighlighted):
            self.cursor_row = row
            self.cursor_column = self._column_number(key) or 0
        if not (keep_cursor and keeps_scroll):
            self.first_column = self._plan.fixed
        if not keep_cursor:
            self.scroll_to(y=0, animate=False, force=True)
        self._show_cursor()
        self._post_highlighted()
        self.refresh()

    def show_bars(self, grid: Grid) -> None:
        """Replace the bars at the right edge by those of a grid that is the same but for them."""
        self._grid, self._foot = grid, tuple(grid.foot)
        self._blocks.clear()
        self._strips.clear()
        width, pinned = self._sizes.width, self._plan.pinned
        if pinned:
            self.refresh(Region(width - pinned - PADDING, 0, pinned + PADDING, self.size.height))

    @property
    def grid(self) -> Grid | None:
        """What is shown, None before anything was."""
        return self._grid

    @property
    def row_count(self) -> int:
        """Rows, the foot not counted."""
        return self._row_count

    @property
    def has_bars(self) -> bool:
        """Whether the column at the right edge has room."""
        return self._plan.pinned > 0

    @property
    def cursor_key(self) -> str | None:
        """Key of the column under the cursor, None where there are no columns."""
        columns = self._columns
        return columns[self.cursor_column].key if self.cursor_column < len(columns) else None

    def width_of(self, column_key: str) -> int:
        """Terminal cells that a column has on the screen; 0 where there is none of this key."""
        number = self._column_number(column_key)
        return 0 if number is None else self._plan.widths[number]

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

    @property
    def heading_height(self) -> int:
        """Lines of the headings."""
        return self._plan.header_height

    @property
    def rows_seen(self) -> range:
        """Numbers of the rows that are on the screen."""
        top = self.scroll_offset.y
        return range(top, max(top, min(top + self._sizes.body, self._row_count)))

    def renew(self, start: int, stop: int) -> None:
        """Draw rows ``start`` to ``stop`` (left out) anew: the grid makes other cells by now.

        Nothing moves: columns keep their widths.
        """
        stop = min(stop, self._row_count)
        for number in range(start // BLOCK, -(-stop // BLOCK)):
            block, first = self._blocks.get(number), number * BLOCK
            if block is not None and self._grid is not None:
                low, high = max(start, first), min(stop, first + BLOCK)
                cells = self._grid.rows(low, high)
                self._blocks.discard(number)  # the cache keeps the first value of a key
                self._blocks[number] = [*block[: low - first], *cells, *block[high - first :]]
        self._strips.clear()
        for row in self.rows_seen:
            if start <= row < stop:
                self._refresh_row(row)

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

    @property
    def spot(self) -> Spot:
        """Where the cursor is, and what is on the screen around it."""
        return Spot(self.cursor_row, self.cursor_key, self.scroll_offset.y)

    def go_to(self, spot: Spot) -> None:
        """Put the cursor back, and what was on the screen around it."""
        self.scroll_to(y=spot.top, animate=False, force=True)
        self.move_cursor(row=spot.row, column_key=spot.column)

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
        height, top, row = self._sizes.body, self.scroll_offset.y, self.cursor_row
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
        self._move_page(max(1, self._sizes.body // 2))

    def action_half_page_up(self) -> None:
        """Move the cursor and the view up half a screen."""
        self._move_page(-max(1, self._sizes.body // 2))

    def action_page_down(self) -> None:
        """Move the cursor and the view down a screen."""
        self._move_page(max(1, self._sizes.body))

    def action_page_up(self) -> None:
        """Move the cursor and the view up a screen."""
        self._move_page(-max(1, self._sizes.body))

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
        row = self._row_at(offset.y, self._sizes)
        if row is None:
            if offset.y < self._plan.header_height:
                self._click_heading(offset.x, offset.y, key)
        elif event.chain == 2:
            self.action_select_cursor()
        else:
            self.move_cursor(row=row, column_key=key)

    def _click_heading(self, x: int, y: int, key: str | None) -> None:
        """Scroll the columns by their marks; else tell which heading it is."""
        step = self._painter_of(self._sizes.width).scroll_step(x, y)
        if step:
            self.first_column += step
        elif key is not None:
            self.post_message(self.HeaderSelected(self, key))

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
        for column, start, width in self._painter_of(self._sizes.width).visible:
            if start <= x < start + width + PADDING:
                return self._columns[column].key
        return None

    def _row_at(self, y: int, sizes: _Sizes) -> int | None:
        """Number of the row drawn at ``y``."""
        line = y - self._plan.header_height
        row = line + self.scroll_offset.y
        return row if 0 <= line < sizes.body and row < self._row_count else None

    # Layout

    @property
    def _sizes(self) -> _Sizes:
        """What there is room for; the foot leaves the headings and one row theirs.

        It stands right under the last row where all have room.
        """
        width, height = self.scrollable_content_region.size
        room = height - self._plan.header_height
        foot = max(0, min(len(self._foot), room - 1))
        body = max(0, room - foot)
        return _Sizes(width, min(body, self._row_count) if self._row_count else body, foot)

    def on_mount(self) -> None:
        """Place the columns."""
        self._reflow()

    def on_resize(self) -> None:
        """Place the columns anew and keep the cursor in view."""
        self._reflow()
        self._show_cursor()

    def watch_show_vertical_scrollbar(self) -> None:
        """Place the columns anew: the bar takes a column of the terminal."""
        self._reflow()

    def notify_style_update(self) -> None:
        """Forget what was drawn in the old styles."""
        super().notify_style_update()
        self._styles = CellStyles(self._component)
        self._forget_strips()
        self.refresh()

    def watch_empty_message(self) -> None:
        """Forget the line that showed the old message."""
        self._forget_strips()

    def _forget_strips(self) -> None:
        """Draw every line anew."""
        self._painter = None
        self._strips.clear()

    def _reflow(self) -> None:
        """Share the width among the columns, and tell how much there is to scroll."""
        width, height = self.scrollable_content_region.size
        max_lines = max(1, min(3, height // 4))
        columns = self._grid.columns if self._grid is not None else ()
        self._plan = plan_layout(columns, width, self._fixed_columns, max_lines)
        self.first_column = self.validate_first_column(self.first_column)
        self._forget_strips()
        lines = self._plan.header_height + self._row_count + self._sizes.foot
        self.virtual_size = Size(width, lines)

    # Drawing

    def render_line(self, y: int) -> Strip:
        """Draw a line of the table.

        Args:
            y: Line, counted from the top of what is seen.
        """
        sizes = self._sizes
        row = self._row_at(y, sizes)
        key = (sizes.width, self.first_column, *self._line_state(y, row))
        strip = self._strips.get(key)
        if strip is None:
            strip = self._draw_line(y, row, sizes)
            self._strips[key] = strip
        return strip

    def _line_state(self, y: int, row: int | None) -> tuple[object, ...]:
        """What a line shows: equal states look the same."""
        if row is None:
            return ("line", y)
        if row != self.cursor_row:
            return ("row", row)
        return ("cursor", row, self.cursor_column, self.has_focus)

    def _draw_line(self, y: int, row: int | None, sizes: _Sizes) -> Strip:
        """Draw a line: heading, row, foot or nothing."""
        painter = self._painter_of(sizes.width)
        line = y - self._plan.header_height
        if line < 0:
            return painter.heading(y)
        if 0 <= line - sizes.body < sizes.foot:
            return painter.cells(self._foot[line - sizes.body], "foot")
        if row is None:
            is_middle = line == (sizes.body - 1) // 2
            return painter.blank(self.empty_message if is_middle and not self._row_count else "")
        cells = self.row_cells(row)
        if row != self.cursor_row:
            return painter.cells(cells, "")
        if self._cursor == "row":
            return painter.cells(cells, "cursor")
        return painter.cells(cells, "cursor-row", self.cursor_column)

    def _painter_of(self, width: int) -> LinePainter:
        """What draws the lines as the columns stand now."""
        painter = self._painter
        if painter is None or (painter.width, painter.first_column) != (width, self.first_column):
            painter = self._painter = LinePainter(
                self._columns,
                self._plan,
                self.first_column,
                width,
                self._styles,
                sorted_by=self._sorted_by,
                descending=self._descending,
            )
        return painter

    def _component(self, name: str) -> Style:
        """Style of a component class; of the table itself for ""."""
        return self.get_component_rich_style(f"frame-table--{name}") if name else self.rich_style
