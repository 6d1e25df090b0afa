"""Looking for rows: going from hit to hit, and the search of names as you type."""

from __future__ import annotations

from abc import abstractmethod

from textual import on

from tui_eval.tui.screens.view_screen import Shown, ViewScreen
from tui_eval.tui.widgets.prompt import Prompt


class HasHits(ViewScreen):
    """A view of which rows are found; how, its subclasses say.

    A part of a screen, as a subclass of `ViewScreen` and no widget: its keys are the screen's, and
    it moves the screen's cursor.
    """

    sought = ""
    hits: tuple[int, ...] = ()  # numbered among all rows, in order

    @abstractmethod
    def find(self, text: str) -> None:
        """Look for a text, and keep it as the one that is sought in every table that comes."""

    def put_up(self, shown: Shown) -> None:
        """Show a report, and look for the same text in it."""
        super().put_up(shown)
        self.find(self.sought)

    def action_next_hit(self) -> None:
        """Go to the next row found."""
        self.go_to_hit(1)

    def action_previous_hit(self) -> None:
        """Go to the previous row found."""
        self.go_to_hit(-1)

    def go_to_hit(self, step: int, *, inclusive: bool = False) -> None:
        """Put the cursor on a row that was found; after the last one comes the first.

        Args:
            step: 1: the next one; -1: the one before.
            inclusive: Whether the row at the cursor may be the next one.
        """
        if not self.hits:
            return
        here = self.row_at_cursor
        if step < 0:
            hit = max((hit for hit in self.hits if hit < here), default=self.hits[-1])
        else:
            later = (hit for hit in self.hits if hit > here or (inclusive and hit == here))
            hit = min(later, default=self.hits[0])
        self.go_to_row(hit)

    @property
    def first_row(self) -> int:
        """Number of the table's first row among all rows."""
        return self.shown.report.start if self.shown else 0

    @property
    def row_at_cursor(self) -> int:
        """Where the cursor is, numbered among all rows."""
        return self.first_row + self.table.cursor_row

    def go_to_row(self, row: int) -> None:
        """Put the cursor on a row, numbered among all rows."""
        self.table.move_cursor(row=row - self.first_row)


class SearchesRows(HasHits):
    """Rows are found by their names, those of other pages too, while one types."""

    def action_search(self) -> None:
        """Ask what to look for."""
        self.prompt.ask("row", self.sought)

    def find(self, text: str) -> None:
        """Find the rows whose names hold a text, in capitals or not."""
        self.sought = text
        wanted = text.casefold()
        rows = self.shown.rows if self.shown else ()
        self.hits = tuple(
            place for place, row in enumerate(rows) if wanted and wanted in row.casefold()
        )

    @on(Prompt.Typed)
    def _go_to_first(self, event: Prompt.Typed) -> None:
        self.find(event.text)
        self.go_to_hit(1, inclusive=True)

    @on(Prompt.Given)
    def _keep_hits(self) -> None:
        self.close_prompt()
        if self.sought and not self.hits:
            self.notify("No row has this name.", severity="warning", markup=False)

    @on(Prompt.Left)
    def _forget_hits(self) -> None:
        self.find("")
