"""A report in a box: what is known of a run, or in what two runs differ."""

from __future__ import annotations

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
    from tui_eval.analysis.report import Report


class FactsScreen(Dialog[None]):
    """A table of facts; the one at the cursor is told in full below.

    Args:
        report: Its first column names the facts.
    """

    DEFAULT_CSS = """
    FactsScreen #whole { height: auto; max-height: 6; color: $text-muted; }
    """

    def __init__(self, report: Report) -> None:
        super().__init__()
        self._report = report

    def compose(self) -> ComposeResult:
        """Title, table, the value at the cursor."""
        with Vertical(id="box"):
            yield Static(safe_text(self._report.title), id="title", markup=False)
            yield FrameTable(id="facts", cursor="row", empty_message=safe_text(self._report.empty))
            yield Static(id="whole", markup=False)
            yield Static("↑ ↓ move · Esc close", classes="hint", markup=False)

    def on_mount(self) -> None:
        """Show the facts."""
        table = self.query_one("#facts", FrameTable)
        table.show(ReportGrid(self._report))
        self.set_focus(table)
        self._tell(0)

    @on(FrameTable.RowHighlighted)
    def _tell_row(self, event: FrameTable.RowHighlighted) -> None:
        self._tell(event.row)

    def _tell(self, row: int) -> None:
        """A row in full, a line each."""
        if row < self._report.frame.height:
            values = self._report.frame.row(row)
            lines = [safe_text("—" if value is None else value) for value in values]
            self.query_one("#whole", Static).update(Text("\n".join(lines), overflow="fold"))
