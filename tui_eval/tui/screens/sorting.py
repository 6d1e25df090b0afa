"""Lists of which the rows are sorted by any column: with keys, or by a click on its heading."""

from __future__ import annotations

from abc import abstractmethod
from typing import TYPE_CHECKING

from textual import on

from tui_eval.tui.screens.view_screen import ViewScreen
from tui_eval.tui.widgets.frame_table import FrameTable

if TYPE_CHECKING:
    from tui_eval.analysis.order import Order


class SortsRows(ViewScreen):
    """A list of which the rows can be sorted.

    A part of a screen, as a subclass of `ViewScreen`: where the order is kept, the screen knows.
    """

    @property
    @abstractmethod
    def order(self) -> Order | None:
        """By what the rows are sorted; None: as the report has them."""

    @abstractmethod
    def put_in_order(self, order: Order | None) -> None:
        """Sort the rows otherwise."""

    @abstractmethod
    def usual_orders(self) -> tuple[Order | None, ...]:
        """What one goes through with one key, the order at the beginning first."""

    def action_sort(self) -> None:
        """The next of the usual orders."""
        orders = self.usual_orders()
        here = orders.index(self.order) if self.order in orders else -1
        self.put_in_order(orders[(here + 1) % len(orders)])
        self.update_view()

    def action_sort_column(self) -> None:
        """Sort by the column at the cursor, or the other way round."""
        self._sort_by(self.table.cursor_key)

    @on(FrameTable.HeaderSelected, "#table")
    def _sort_by_heading(self, event: FrameTable.HeaderSelected) -> None:
        self._sort_by(event.column_key)

    def _sort_by(self, column: str | None) -> None:
        from tui_eval.analysis.order import next_order

        if self.shown is None or column is None:
            return
        order = next_order(self.shown.report, self.order, column)
        if order is None:
            self.notify("Put the cursor on a column first (← →).", markup=False)
            return
        self.put_in_order(order)
        self.update_view()
