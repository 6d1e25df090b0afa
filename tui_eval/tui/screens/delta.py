"""Screen 3: by how much candidates differ from a baseline."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, ClassVar, TypeVar

from textual import on
from textual.app import ComposeResult
from textual.binding import BindingType

from tui_eval.analysis.view import DeltaSort, Part
from tui_eval.render.grid import ReportGrid
from tui_eval.tui.commands import DELTA, READ_ANSWERS, RUN, SELECT, TABLE, bindings, quiet
from tui_eval.tui.screens.charts import ShowsCharts
from tui_eval.tui.screens.choosers import ChoosesRuns
from tui_eval.tui.screens.copy_and_export import CopiesAndExports
from tui_eval.tui.screens.delta_lists import (
    FLIP_COLUMNS,
    FLIP_SORTS,
    PARTS,
    DeltaShown,
    delta_shown,
    is_matrix,
)
from tui_eval.tui.screens.reads_answers import ReadsAnswers
from tui_eval.tui.screens.search import SearchesRows
from tui_eval.tui.screens.view_screen import Shown
from tui_eval.tui.widgets.bar_chart import BarChart
from tui_eval.tui.widgets.frame_table import FrameTable
from tui_eval.tui.widgets.tab_line import TabLine
from tui_eval.tui.widgets.top_bar import TopBar

if TYPE_CHECKING:
    from tui_eval.tui.session import Snapshot

Order = TypeVar("Order")

_SORTS: tuple[DeltaSort, ...] = ("down", "up", "abs", "name")

_WHICH_PAIR = "Put the cursor on the difference of two runs: row less column."

_CHART_WIDTH = 150
"""Columns of a terminal from which on charts stand beside tables that have bars in their rows."""


_TWO_LINES = 32
"""Lines of a terminal from which on two of them tell of the candidate at the cursor."""


class DeltaScreen(ReadsAnswers, ShowsCharts, SearchesRows, ChoosesRuns, CopiesAndExports):
    """Differences by category, their overview, the most improved and declined, what is missing."""

    KEYS = (*DELTA, *READ_ANSWERS, *TABLE, *RUN, *SELECT)
    BINDINGS: ClassVar[list[BindingType]] = bindings(
        quiet(DELTA, "sort"), READ_ANSWERS, quiet(TABLE, "scale", "dataset"), RUN
    )
    NUMBER = 3
    MODE = "delta"

    _bars: str | None = None  # the column whose bars are drawn

    def compose(self) -> ComposeResult:
        """The tabs stand below the names of the views."""
        for widget in super().compose():
            yield widget
            if isinstance(widget, TopBar):
                yield TabLine()

    @staticmethod
    def build(snapshot: Snapshot) -> DeltaShown:
        """The chosen list of differences."""
        return delta_shown(snapshot)

    def put_up(self, shown: Shown) -> None:
        """Show a list, and which one it is."""
        super().put_up(shown)
        tabs = shown.tabs if isinstance(shown, DeltaShown) else ()
        self.query_one(TabLine).show(tabs, self.part)

    def put_table(self, shown: Shown) -> None:
        """Show the table: what is compared, and by how much, stays at the left."""
        columns = shown.report.columns
        fixed = (
            2
            if len(columns) > 1 and columns[1].kind == "delta" and not is_matrix(shown.report)
            else 1
        )
        self.table.show(
            shown.grid,
            sorted_by=shown.sorted_by,
            descending=shown.descending,
            keep_cursor=True,
            fixed_columns=fixed,
        )
        before, self._bars = self._bars, getattr(shown.grid, "bars", None)
        for key in (self.table.cursor_key, before):
            if self._draw_bars(key):
                break

    def on_resize(self) -> None:
        """Give what is said of the comparison the room that there is."""
        self.put_summary()

    def summary(self) -> Sequence[str]:
        """What is said of the one candidate, or of the pair at the cursor, in so many cells."""
        shown, width = self.shown, self.size.width - 2
        if not isinstance(shown, DeltaShown) or width < 2:
            return ()
        if shown.told_of_candidate is not None:
            run = self.run_at_cursor()
            which = run if run in shown.candidates else shown.candidates[0]
            lines = shown.told_of_candidate(which).lines(width)
            rows = 2 if self.size.height >= _TWO_LINES else 1
            return (*shown.summary, *(*lines, "")[:rows])
        if shown.told_of_pair is None:
            return shown.summary if shown.told is None else shown.told.lines(width)
        pair = self._pair_at_cursor()
        told = None if pair is None else shown.told_of_pair(*pair)
        lines = (_WHICH_PAIR,) if told is None else told.lines(width)
        return (*lines, "")[:2]  # so that nothing moves below them

    def _pair_at_cursor(self) -> tuple[str, str] | None:
        """The two runs of the cell at the cursor, that of its column first; None: it is of one."""
        shown = self.shown
        if shown is None:
            return None
        runs = {column.name: column.run for column in shown.report.columns}
        against, run = (
            runs.get(self.table.cursor_key or ""),
            shown.report.key_at(self.table.cursor_row),
        )
        return (against, run) if against and run and against != run else None

    def pair_at_cursor(self) -> tuple[str, str] | None:
        """The baseline and the run at the cursor; of all pairs the two of the cell."""
        return self._pair_at_cursor() if self.part == "pairs" else super().pair_at_cursor()

    def _draw_bars(self, key: str | None) -> bool:
        """Draw the bars of a candidate in the matrix; False where the column is of none."""
        shown = self.shown
        if shown is None or not is_matrix(shown.report) or not isinstance(shown.grid, ReportGrid):
            return False
        if shown.grid.bars is None:
            return False
        if key not in [column.name for column in shown.report.columns if column.kind == "delta"]:
            return False
        if key != self._bars:
            self._bars = key
            self.table.show_bars(shown.grid.with_bars(key))
        return True

    @on(FrameTable.CellHighlighted)
    def _follow_column(self, event: FrameTable.CellHighlighted) -> None:
        before = self._bars
        if self._draw_bars(event.column_key) and self._bars != before:
            self.show_context(())
        shown = self.shown
        if isinstance(shown, DeltaShown) and (shown.told_of_pair or shown.told_of_candidate):
            self.put_summary()

    def show_context(self, more: Sequence[str]) -> None:
        """What is looked at, whose bars are drawn, and what goes on besides."""
        shown = self.shown
        bars = ""
        if shown is not None and is_matrix(shown.report) and self.table.has_bars:
            headings = {column.key: column.heading for column in shown.grid.columns}
            bars = f"bars: {headings[self._bars].split()[0]}" if self._bars in headings else ""
        super().show_context((bars, *more))

    @property
    def has_chart_room(self) -> bool:
        """Charts say no more than the bars in the rows: they need much room."""
        return super().has_chart_room and self.size.width >= _CHART_WIDTH

    @property
    def part(self) -> Part:
        """The list that is shown."""
        return self.session.position.part

    @property
    def needs_answers(self) -> bool:
        """Whether rows come while answers are read: those of flips do."""
        return self.part == "flips"

    def update_view(self) -> None:
        """Read the answers where they are counted."""
        if self.needs_answers:
            if self.session.view.sample_runs is not None:  # of all candidates, not of one pair
                self.session.change(sample_runs=None, where="")
            self.reading.ensure_samples()
        super().update_view()

    @on(FrameTable.RowSelected)
    def _open_row(self, event: FrameTable.RowSelected) -> None:
        """Open or close the group at the cursor, else look at the questions of the row."""
        report = self.shown.report if self.shown else None
        baseline = self.session.view.baseline
        if report is None or baseline is None or event.row >= report.height:
            return
        if self.part == "pairs":
            self._open_pair()
            return
        role = report.roles[event.row]
        if self.shown and self.shown.groups and role in ("group", "closed group"):
            self._toggle(frozenset({self.shown.rows[event.row]}))
            return
        run = self.run_at_cursor()
        candidate = None if run == baseline else run
        is_of_one = "category" in report.frame and role in ("row", "inner")
        category = report.frame["category"][event.row] if is_of_one else None
        where = "changed" if self.part == "flips" else ""
        self.open_samples(category, (baseline, candidate) if candidate else None, where)

    def _open_pair(self) -> None:
        """Look at the two runs of the cell at the cursor, category by category."""
        pair = self._pair_at_cursor()
        if pair is None:
            self.notify(_WHICH_PAIR, markup=False)
            return
        self.leave_for("delta")
        self.session.move(part="categories")
        self.change(baseline=pair[0], candidates=(pair[1],), sample_runs=None)

    def action_groups(self) -> None:
        """Close all groups; open them again where all are closed."""
        if self.shown is None or not self.shown.groups:
            self.notify("There are no groups of categories here.", markup=False)
            return
        self._toggle(self.shown.groups)

    def _toggle(self, groups: frozenset[str]) -> None:
        """Close groups, or open them where all of them are closed."""
        closed = self.session.view.closed
        self.change(closed=closed - groups if groups <= closed else closed | groups)

    def action_select_cursor(self) -> None:
        """Open the row at the cursor, as Enter does in the table."""
        self.table.action_select_cursor()

    def chart_follows(self, row: int) -> None:
        """Bring the category at the cursor into the panel of its candidate."""
        report = self.shown.report if self.shown else None
        if report is not None and is_matrix(report):
            deltas = [column.name for column in report.columns if column.kind == "delta"]
            self._show_panel(deltas.index(self._bars) if self._bars in deltas else 0, row)
            return
        if report is None or "candidate" not in report.frame.columns:
            super().chart_follows(row)
            return
        candidates = report.frame["candidate"].to_list()
        if row < len(candidates):
            here = candidates[row]
            self._show_panel(
                list(dict.fromkeys(candidates)).index(here), candidates[:row].count(here)
            )

    def _show_panel(self, panel: int, bar: int) -> None:
        """Bring a candidate's panel among those that have room, and a bar into the panel."""
        last = self.first_panel + self.panel_count - 1
        if self.panel_count and not self.first_panel <= panel <= last:
            self.first_panel += min(panel - self.first_panel, 0) or panel - last
            self.place_charts()
            return  # comes back when the panels are drawn
        shown = list(self.query(BarChart))
        place = panel - self.first_panel
        if 0 <= place < len(shown) and shown[place].display:
            shown[place].scroll_to_group(bar)

    # choices

    def offered_runs(self) -> dict[str, str]:
        """The runs that can be compared, by label."""
        selection = self.session.selection
        runs = () if selection is None else selection.runs
        return {self.session.labels[run]: run for run in runs}

    def compared_runs(self) -> list[str]:
        """The baseline and the candidates: without a choice all others."""
        view = self.session.view
        others = self.offered_runs().values() if view.candidates is None else view.candidates
        return [view.baseline or "", *others]

    def take_baseline(self, run: str) -> None:
        """Compare with another run."""
        self.change(baseline=run)

    def take_candidates(self, _: str, runs: tuple[str, ...]) -> None:
        """Compare other runs."""
        self.change(candidates=runs)

    def action_sort(self) -> None:
        """Order by Δ down, Δ up, |Δ|, name, in turn; flips by net, fixed, broken, name."""
        view = self.session.view
        if self.part == "flips":
            self.change(flip_sort=_after(tuple(FLIP_SORTS), view.flip_sort))
        elif self.part == "categories":
            self.change(delta_sort=_after(_SORTS, view.delta_sort))
        else:
            self.notify("This list has an order of its own.", markup=False)

    def action_sort_column(self) -> None:
        """Order by the column at the cursor, or the other way round."""
        self._sort_by(self.table.cursor_key)

    @on(FrameTable.HeaderSelected)
    def _sort_by_heading(self, event: FrameTable.HeaderSelected) -> None:
        self._sort_by(event.column_key)

    def _sort_by(self, name: str | None) -> None:
        view, report = self.session.view, self.shown.report if self.shown else None
        column = next((one for one in report.columns if one.name == name), None) if report else None
        if report is None or column is None:
            return
        if self.part == "flips":
            orders = {column: order for order, column in FLIP_COLUMNS.items()}
            self.change(flip_sort=orders.get(column.name, "name"))
        elif self.part != "categories":
            self.notify("This list has an order of its own.", markup=False)
        elif column.name == "category":
            self.change(delta_sort="name", delta_by=None)
        else:
            by = column.run if column.kind == "delta" else column.name
            first: DeltaSort = "up" if column.kind == "p" else "down"  # small ones tell most
            second: DeltaSort = "down" if first == "up" else "up"
            again = (view.delta_by, view.delta_sort) == (by, first)
            self.change(delta_by=by, delta_sort=second if again else first)

    def action_part(self, step: int) -> None:
        """Show the next list, or the one before."""
        parts = tuple(PARTS)
        self._show_part(parts[(parts.index(self.part) + step) % len(parts)])

    @on(TabLine.Chosen)
    def _choose_list(self, event: TabLine.Chosen) -> None:
        self._show_part(next(part for part in PARTS if part == event.key))

    def _show_part(self, part: Part) -> None:
        self.session.move(part=part)
        self.table.move_cursor(row=0)
        self.change(sample_runs=None)

    def run_at_cursor(self) -> str | None:
        """The run of the column at the cursor, else the candidate of the row, or what lacks it."""
        if self.shown is None:
            return None
        report, key = self.shown.report, self.table.cursor_key
        runs = {column.name: column.run for column in report.columns}
        if runs.get(key or "") is not None:
            return runs[key or ""]
        return runs.get("delta") or report.key_at(self.table.cursor_row)

    async def action_threshold(self) -> None:
        """Ask for the least difference."""
        from tui_eval.tui.screens.ask_number import NumberScreen

        factor = self._factor()
        now = self.session.view.min_delta * factor
        top = None if self._counts() else factor
        screen = NumberScreen("Least |Δ| to show", now, top=top)
        await self.app.push_screen(screen, self._take_threshold)

    def _take_threshold(self, value: float | None) -> None:
        if value is not None:
            self.change(min_delta=value / self._factor())

    async def action_margin(self) -> None:
        """Ask for what counts as the same."""
        from tui_eval.tui.screens.ask_number import NumberScreen

        selection = self.session.selection
        if selection is not None and selection.metric is not None and selection.metric.is_count:
            self.notify("Counts are not tested: there is no margin.", markup=False)
            return
        factor = self._factor()
        now = self.session.view.margin * factor
        top = None if self._counts() else factor
        screen = NumberScreen("Δ up to this counts as the same", now, top=top, empty=0.0)
        await self.app.push_screen(screen, self._take_margin)

    def _take_margin(self, value: float | None) -> None:
        if value is not None:
            self.change(margin=value / self._factor())

    def action_lift_threshold(self) -> None:
        """Show differences of any size."""
        self.change(min_delta=0.0)

    def action_step(self, direction: int) -> None:
        """Longer or shorter lists; elsewhere a larger or smaller least difference."""
        view = self.session.view
        if self.part in ("top", "bottom"):
            self.change(top=max(1, view.top + direction))
        else:
            step = 1.0 if self._counts() else 0.01
            self.change(min_delta=max(0.0, round(view.min_delta + direction * step, 9)))

    def _factor(self) -> float:
        selection = self.session.selection
        return 1.0 if selection is None else selection.factor

    def _counts(self) -> bool:
        selection = self.session.selection
        metric = None if selection is None else selection.metric
        return metric is not None and not metric.is_scaled


def _after(orders: Sequence[Order], here: Order) -> Order:
    """The next of several, after the last one the first."""
    return orders[(orders.index(here) + 1) % len(orders)]
