"""A report in a box: what is known of a run, or in what two runs differ."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from rich.text import Text
from textual import on
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.widgets import Static

from tui_eval.render.grid import ReportGrid
from tui_eval.render.safe import safe_text
from tui_eval.tui.screens.dialog import Dialog
from tui_eval.tui.widgets.frame_table import FrameTable

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from tui_eval.analysis.report import Report
    from tui_eval.render.grid import GridColumn


_BETWEEN = 3  # cells between two columns, at most
_LEAST = 12


class FactsScreen(Dialog[None]):
    """A table of facts, its groups closed; the fact at the cursor is told in full below.

    Args:
        report: Its first column names the facts; ``role`` tells groups and what is in them.
        headings: Headings other than the columns' names.
    """

    DEFAULT_CSS = """
    FactsScreen > #box { width: 110; }
    FactsScreen #whole { height: auto; max-height: 6; color: $text-muted; }
    """

    def __init__(self, report: Report, headings: Mapping[str, str] | None = None) -> None:
        super().__init__()
        self._whole = report
        self._headings = headings
        self._open: set[str] = set()
        self._report = self._shown()

    def compose(self) -> ComposeResult:
        """Title, table, the value at the cursor."""
        with Vertical(id="box"):
            yield Static(safe_text(self._report.title), id="title", markup=False)
            empty = safe_text(self._report.empty)
            yield FrameTable(id="facts", cursor="row", empty_message=empty, fixed_columns=1)
            yield Static(id="whole", markup=False)
            hint = "↑ ↓ move · ← → scroll · Enter open ▸ · Esc close"
            yield Static(hint, classes="hint", markup=False)

    def on_mount(self) -> None:
        """Show the facts."""
        self._put_table()
        self.set_focus(self.query_one("#facts"))
        self._tell(0)

    def on_resize(self) -> None:
        """Share the room anew."""
        self.call_after_refresh(self._put_table)

    def _put_table(self) -> None:
        table = self.query_one("#facts", FrameTable)
        grid = ReportGrid(self._report, self._headings)
        widths = _shared(grid.columns, table.scrollable_content_region.width)
        grid = ReportGrid(self._report, self._headings, widths=widths)
        table.show(grid, keep_cursor=True)

    def _shown(self) -> Report:
        """The report without what stands in closed groups."""
        import polars as pl

        from tui_eval.analysis.report import ROLE

        frame = self._whole.frame
        is_group = pl.col(ROLE) == "group"
        group = pl.when(is_group).then("fact").forward_fill()
        is_open = group.is_in(list(self._open))
        shown = frame.filter((pl.col(ROLE) != "inner") | is_open).with_columns(
            pl.when(is_group & ~pl.col("fact").is_in(list(self._open)))
            .then(pl.lit("closed group"))
            .otherwise(ROLE)
            .alias(ROLE)
        )
        return replace(self._whole, frame=shown)

    @on(FrameTable.RowSelected)
    def _toggle(self, event: FrameTable.RowSelected) -> None:
        """Open the group at the cursor, or close it."""
        if event.row < self._report.height and self._report.roles[event.row].endswith("group"):
            self._open ^= {self._report.frame["fact"][event.row]}
            self._report = self._shown()
            self._put_table()

    @on(FrameTable.RowHighlighted)
    def _tell_row(self, event: FrameTable.RowHighlighted) -> None:
        self._tell(event.row)

    def _tell(self, row: int) -> None:
        """A row in full, a line each."""
        if row < self._report.height:
            values = self._report.body.row(row)
            lines = [safe_text("—" if value is None else value) for value in values]
            self.query_one("#whole", Static).update(Text("\n".join(lines), overflow="fold"))


def _shared(columns: Sequence[GridColumn], width: int) -> dict[str, int]:
    """Widths with which values that are compared are all seen: the narrow ones keep theirs."""
    room = max(width - _BETWEEN * len(columns), 0)
    widths: dict[str, int] = {}
    for left, column in zip(
        range(len(columns), 0, -1),
        sorted(columns, key=lambda column: (column.key != "fact", column.width)),
        strict=True,
    ):
        share = max(_LEAST, (room - sum(widths.values())) // left)
        widths[column.key] = column.width if column.key == "fact" else min(column.width, share)
    return widths
