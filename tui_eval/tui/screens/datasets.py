"""Screen 0: which datasets there are, where one begins with many runs or several harnesses."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import BindingType

from tui_eval.render.grid import ReportGrid
from tui_eval.tui.commands import DATASETS, OPEN_DATASET, OVERVIEW, bindings, quiet
from tui_eval.tui.screens.choosers import ChoosesShownRuns
from tui_eval.tui.screens.copy_and_export import CopiesAndExports
from tui_eval.tui.screens.search import SearchesRows
from tui_eval.tui.screens.sorting import SortsRows
from tui_eval.tui.screens.view_screen import Shown
from tui_eval.tui.widgets.frame_table import FrameTable

if TYPE_CHECKING:
    from tui_eval.analysis.order import Order
    from tui_eval.tui.session import Snapshot

HEADINGS = {"best_run": "best run"}

_NAME = 24  # terminal cells of a run's name: a column of text is never made narrower


class _DatasetTable(FrameTable):
    """A table whose Enter opens a dataset, and says so in the footer."""

    BINDINGS: ClassVar[list[BindingType]] = bindings(OPEN_DATASET)


class DatasetsScreen(SortsRows, SearchesRows, ChoosesShownRuns, CopiesAndExports):
    """A row a dataset; Enter opens its scores."""

    KEYS = (*OPEN_DATASET, *DATASETS, *OVERVIEW)
    BINDINGS: ClassVar[list[BindingType]] = bindings(DATASETS, quiet(OVERVIEW, "scale"))
    NUMBER = 0
    HOLDS = False

    def compose_body(self) -> ComposeResult:
        """The list."""
        yield _DatasetTable(id="table")

    @staticmethod
    def build(snapshot: Snapshot) -> Shown:
        """The datasets of the open runs, of those too that were read since."""
        from tui_eval.analysis.datasets import datasets_report
        from tui_eval.analysis.order import in_order_of
        from tui_eval.render.names import run_names

        order, opened = snapshot.position.datasets_order, snapshot.opened
        report = in_order_of(datasets_report(opened, snapshot.selection.view), order)
        names = run_names(opened, report.frame["best_key"].drop_nulls().unique()).at(_NAME)
        short = {opened.labels[run]: name for run, name in names.items()}
        rows = tuple(report.frame["dataset"])
        return Shown(
            report=report,
            grid=ReportGrid(report, HEADINGS, short),
            rows=rows,
            context=(report.title, f"by {order.column.replace('_', ' ')}" if order else "by name"),
            exports=lambda: (("the list of datasets", lambda: report),),
            sorted_by=order.column if order else "dataset",
            descending=order.descending if order else False,
        )

    def put_table(self, shown: Shown) -> None:
        """Show the list; where more was read the cursor stays on its dataset."""
        before, row = self._listed, self.table.cursor_row
        super().put_table(shown)
        self._listed = (shown.sorted_by, shown.descending, shown.rows)
        if before[:2] == self._listed[:2] and row < len(before[2]) and before[2][row] in shown.rows:
            self.table.move_cursor(row=shown.rows.index(before[2][row]))

    _listed: tuple[str | None, bool, tuple[str, ...]] = (None, False, ())

    def chooses_among(self) -> None:
        """All runs can be chosen here."""

    # order

    @property
    def order(self) -> Order | None:
        """By what the datasets are sorted."""
        return self.session.position.datasets_order

    def put_in_order(self, order: Order | None) -> None:
        """Sort the datasets otherwise."""
        self.session.move(datasets_order=order)

    def usual_orders(self) -> tuple[Order | None, ...]:
        """By name, those of most runs first, by harness."""
        from tui_eval.analysis.order import Order

        return (None, Order("runs", descending=True), Order("harness", descending=False))

    # opening

    def action_select_cursor(self) -> None:
        """Open the dataset at the cursor, as Enter does in the table."""
        self.table.action_select_cursor()

    @on(FrameTable.RowSelected, "#table")
    def _open_dataset(self, event: FrameTable.RowSelected) -> None:
        if self.shown is not None and event.row < len(self.shown.rows):
            self.session.change(dataset=self.shown.rows[event.row])
            self.session.move(page=0)
            self.app.switch_mode("scores")
