"""Draws the lines of a table, each exactly as wide as the table is."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.cells import cell_len
from rich.segment import Segment
from rich.style import Style
from textual.strip import Strip

from tui_eval.render.bar_cells import CellPart
from tui_eval.render.grid import Cell
from tui_eval.render.safe import cut, fit
from tui_eval.tui.widgets.column_layout import PADDING, visible_columns

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from tui_eval.render.grid import GridColumn
    from tui_eval.render.safe import Align
    from tui_eval.tui.widgets.column_layout import Layout


class CellStyles:
    """Styles of cells, put together when one is wanted for the first time.

    Args:
        component: Gives the style of a component class, named without its prefix; of the table
            itself for "".
    """

    def __init__(self, component: Callable[[str], Style]) -> None:
        self._component = component
        self._made: dict[tuple[str, str, bool], Style] = {}

    def style(self, kind: str, tone: str = "", *, fixed: bool = False) -> Style:
        """Style of a cell.

        Args:
            kind: What it lies on: "header", "foot", "cursor", "cursor-row" or "" for a row.
            tone: Component class of its text, "" for none.
            fixed: Whether its column is a fixed one.
        """
        key = (kind, tone, fixed)
        style = self._made.get(key)
        if style is None:
            style = self._component(kind)
            if kind != "cursor":
                for name in _text_styles(kind, tone, fixed):
                    text = self._component(name)
                    style += text.without_color + Style(color=text.color)
            self._made[key] = style
        return style


def _text_styles(kind: str, tone: str, fixed: bool) -> Iterator[str]:
    """Component classes that colour a text, the weakest first."""
    if fixed:
        yield "fixed-cursor" if kind == "cursor-row" else "fixed"
    if tone and (tone, kind) != ("dim", "cursor-row"):  # it would be too faint on its colour
        yield tone


class LinePainter:
    """Draws lines of a table whose columns stand still.

    Args:
        columns: All columns.
        layout: Where they stand.
        first_column: The first column beside the fixed ones.
        width: Terminal cells of a line.
        styles: Styles of the cells.
        sorted_by: Key of the column whose heading carries the mark of sorting.
        descending: Whether the mark points down.
    """

    def __init__(
        self,
        columns: Sequence[GridColumn],
        layout: Layout,
        first_column: int,
        width: int,
        styles: CellStyles,
        *,
        sorted_by: str | None,
        descending: bool,
    ) -> None:
        self.first_column = first_column
        self.width = width
        self.visible = tuple(visible_columns(columns, layout, first_column))
        """The columns on the screen, from left to right."""
        self._columns = columns
        self._layout = layout
        self._styles = styles
        self._sorted_by = sorted_by
        self._mark = "▼" if descending else "▲"

    def cells(self, cells: Sequence[Cell | None], kind: str, cursor: int | None = None) -> Strip:
        """Draw a row, or a row of the foot.

        Args:
            cells: What stands in it; missing ones are blank.
            kind: What the cells lie on, as `CellStyles` names it.
            cursor: Number of the column under the cursor.
        """
        segments = []
        for column, _, width in self.visible:
            cell = (cells[column] if column < len(cells) else None) or Cell("")
            fixed = column < self._layout.fixed
            style = self._styles.style(
                "cursor" if column == cursor else kind, cell.tone, fixed=fixed
            )
            segments += _drawn(cell, width, self._columns[column].align, style)
        blank = self._styles.style(kind)
        if not self._layout.pinned or len(cells) <= len(self._layout.widths):
            return self._line(segments, self._used, blank)
        cell, room = cells[-1] or Cell(""), self._layout.pinned
        left = Strip(segments, self._used).adjust_cell_length(self.width - room - PADDING, blank)
        bar = _drawn(cell, room, "left", self._styles.style(kind, cell.tone))
        return Strip([*left, *bar], self.width)

    def heading(self, y: int) -> Strip:
        """Draw a line of the headings, which stand on the rows."""
        segments = []
        blank = self._styles.style("header")
        marked = self._styles.style("header", "header-sorted")
        for column, _, width in self.visible:
            before, text, after = self._heading_line(column, y, width)
            style = marked if self._columns[column].key == self._sorted_by else blank
            segments += [Segment(before, blank), Segment(text, style), Segment(after, blank)]
        used = self._used
        if y == 0 and self._hidden_right():
            edge = self.width - (self._layout.pinned and self._layout.pinned + PADDING)
            segments.append(Segment("›".rjust(edge - used), blank))
            used = max(edge, used + 1)
        return self._line(segments, used, blank)

    def scroll_step(self, x: int, y: int) -> int:
        """How many columns a click on the headings scrolls: one on ``›``, back on ``‹``."""
        if x >= self._used and self._hidden_right():
            return 1
        starts = [start for column, start, _ in self.visible if self._is_scrolled(column)]
        return -1 if y == 0 and x in starts else 0

    def blank(self, text: str = "") -> Strip:
        """Draw a line without a row, or with a text in its middle."""
        style = self._styles.style("")
        text = cut(text, self.width)
        size = cell_len(text)
        before = (self.width - size) // 2
        segments = [Segment(" " * before, style), Segment(text, self._styles.style("", "dim"))]
        return self._line(segments if text else [], before + size if text else 0, style)

    @property
    def _used(self) -> int:
        """Terminal cells from the left to the end of the last column."""
        if not self.visible:
            return 0
        _, x, width = self.visible[-1]
        return x + width + PADDING

    def _heading_line(self, column: int, y: int, width: int) -> tuple[str, str, str]:
        """A line of a heading: blanks, text and blanks, the marks of sort and scroll in them."""
        layout = self._layout
        lines = layout.headings[column]
        index = y - (layout.header_height - len(lines))
        text = cut(lines[index], width) if index >= 0 else ""
        room = width - cell_len(text)
        right = self._columns[column].align == "right"
        before, after = (room + 1, 1) if right else (1, room + 1)
        if y == layout.header_height - 1 and self._columns[column].key == self._sorted_by:
            text += self._mark
            after -= 1
        scrolled = y == 0 and self._is_scrolled(column)
        return ("‹".ljust(before) if scrolled else " " * before), text, " " * after

    def _is_scrolled(self, column: int) -> bool:
        """Whether columns are hidden between the fixed ones and this one."""
        return column == self.first_column > self._layout.fixed

    def _hidden_right(self) -> bool:
        """Whether columns, or pieces of one, are hidden at the right."""
        if not self.visible:
            return bool(self._columns)
        column, _, width = self.visible[-1]
        return column < len(self._layout.widths) - 1 or width < self._layout.widths[column]

    def _line(self, segments: list[Segment], used: int, style: Style) -> Strip:
        """A line exactly as wide as the table, of segments that take ``used`` cells."""
        return Strip(segments, used).adjust_cell_length(self.width, style)


def _drawn(cell: Cell, width: int, align: Align, style: Style) -> list[Segment]:
    """What a cell shows, a blank at each side."""
    if cell.drawn is None:
        return [Segment(f" {fit(cell.text or '', width, align)} ", style)]
    pieces = [CellPart(" "), *cell.drawn(width)]
    used = sum(cell_len(piece.text) for piece in pieces)
    pieces.append(CellPart(" " * (width + PADDING - used)))
    return [
        Segment(piece.text, style + _REVERSED if piece.is_reversed else style) for piece in pieces
    ]


_REVERSED = Style(reverse=True)
