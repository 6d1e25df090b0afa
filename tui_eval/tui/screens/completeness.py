"""Screen 8: whether all that runs were asked was answered, and which questions are meant."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from textwrap import wrap
from typing import TYPE_CHECKING, Any, ClassVar

from rich.cells import cell_len
from rich.text import Text
from textual import on
from textual.binding import BindingType
from textual.widgets import Static

from tui_eval.render.grid import Grid, GridColumn, ReportGrid
from tui_eval.render.numbers import size_text
from tui_eval.render.safe import safe_text
from tui_eval.render.words import worded
from tui_eval.tui.commands import CHECKS, OPEN_CHECK, OVERVIEW, RUN, bindings, quiet
from tui_eval.tui.screens.choosers import ChoosesShownRuns
from tui_eval.tui.screens.copy_and_export import CopiesAndExports
from tui_eval.tui.screens.search import SearchesRows
from tui_eval.tui.screens.sorting import SortsRows
from tui_eval.tui.screens.view_screen import Shown
from tui_eval.tui.widgets.column_layout import LEAST_FILLING, PADDING
from tui_eval.tui.widgets.frame_table import FrameTable

if TYPE_CHECKING:
    import polars as pl

    from tui_eval.analysis.incomplete import Questions
    from tui_eval.analysis.order import Order
    from tui_eval.analysis.report import Report
    from tui_eval.loading.check import Checks
    from tui_eval.tui.screens.export import Exports
    from tui_eval.tui.session import Position, Snapshot

_WIDTH = 78  # characters of a line above the table

_LEAST_NAME = 8
"""Terminal cells to which the name of a dataset or category may shrink."""

_PATIENCE = 3.0
"""Seconds that reading goes on before Esc stops it instead of going back."""

_KEYS = tuple(one for one in OVERVIEW if one.action != "scale")


@dataclass(frozen=True, kw_only=True)
class ShownChecks(Shown):
    """What the screen shows.

    Attributes:
        keys: The run of each row.
        found: All rows that were found, schema `CHECKS`.
    """

    keys: tuple[str, ...] = ()
    found: pl.DataFrame

    def first_of(self, run: str | None) -> int | None:
        """The first row of a run that is not complete; None: there is none."""
        is_lacking = self.report.frame["verdict"] != "complete"
        found = zip(self.keys, is_lacking, strict=True)
        return next((row for row, (key, bad) in enumerate(found) if bad and key == run), None)

    def place_of(self, row: int, before: ShownChecks | None) -> int | None:
        """Where a row that was shown before is now: others may have come above it.

        None: it is gone, it was the first one, or rows are sorted otherwise.
        """
        if before is None or not 0 < row < len(before.keys):
            return None
        if (before.sorted_by, before.descending) != (self.sorted_by, self.descending):
            return None
        name = before.keys[row], before.rows[row]
        names = list(zip(self.keys, self.rows, strict=True))
        return names.index(name) if name in names else None


class _CheckTable(FrameTable):
    """A table whose Enter opens the questions of a row, and says so in the footer."""

    BINDINGS: ClassVar[list[BindingType]] = bindings(OPEN_CHECK)


class CompletenessScreen(SortsRows, SearchesRows, ChoosesShownRuns, CopiesAndExports):
    """A row a run, dataset and category, what is incomplete first; Enter opens its questions."""

    KEYS = (*OPEN_CHECK, *CHECKS, *_KEYS, *RUN)
    BINDINGS: ClassVar[list[BindingType]] = bindings(CHECKS, quiet(_KEYS, "export"), RUN)
    NUMBER = 8
    MODE = "completeness"
    HOLDS = False
    ASKS_PAIR = False
    PAIR_HINT = "Differences are shown on Scores and Delta."
    TABLE = _CheckTable

    _since: float | None = None  # when reading was seen first

    def update_view(self) -> None:
        """See to it that it is looked up, and show what was found by now."""
        self.reading.ensure_checks()
        super().update_view()

    @staticmethod
    def build(snapshot: Snapshot) -> ShownChecks:
        """The rows that are wanted, of the runs that are open."""
        import polars as pl

        from tui_eval.analysis.check_report import check_report
        from tui_eval.analysis.incomplete import checks_shown, checks_summary
        from tui_eval.analysis.order import in_order_of
        from tui_eval.render.names import run_names
        from tui_eval.tables import CHECKS as SCHEMA

        checks, opened, place = snapshot.checks, snapshot.opened, snapshot.position
        every = pl.DataFrame(schema=SCHEMA) if checks is None else checks.rows
        rows = every.filter(pl.col("run").is_in(list(opened.labels)))
        wanted = (
            rows if place.checked_dataset is None else rows.filter(dataset=place.checked_dataset)
        )
        whole = check_report(opened, rows)
        report = checks_shown(whole, place.checked_dataset, hides_complete=place.hides_complete)
        report = in_order_of(report, place.checks_order)
        keys = tuple(report.frame["key"])
        names = run_names(opened, dict.fromkeys(keys), tells_harness=False)
        summary = checks_summary(wanted)
        order = place.checks_order
        return ShownChecks(
            report=report,
            grid=ReportGrid(report, names=names, fills="reason"),
            rows=tuple(map(_name, report.frame.select(_NAMES).iter_rows())),
            context=(
                "Completeness",
                *_choices(place),
                f"runs {names.shared}" if names.shared else "",
            ),
            summary=tuple(wrap(worded(summary), _WIDTH)) if summary else (),
            exports=partial(_exports, report, whole),
            sorted_by=order.column if order else None,
            descending=order.descending if order else False,
            keys=keys,
            found=rows,
        )

    # what is said

    def put_table(self, shown: Shown) -> None:
        """Show the rows, the cursor on its row or on the run that the user came from."""
        if not isinstance(shown, ShownChecks):
            return
        row = self.table.cursor_row
        by, descending = shown.sorted_by, shown.descending
        grid = _fitted(shown.grid, self.size.width)
        self.table.show(
            grid, sorted_by=by, descending=descending, keep_cursor=True, fixed_columns=2
        )
        before, self._listed = self._listed, shown
        if row == 0 and (lacking := shown.first_of(self.session.sought_check)) is not None:
            self.session.sought_check = None
            self.table.move_cursor(row=lacking)
        elif (place := shown.place_of(row, before)) is not None:
            self.table.move_cursor(row=place)

    _listed: ShownChecks | None = None

    def on_resize(self) -> None:
        """Share the room anew."""
        super().on_resize()
        if self.shown is not None:
            self.put_table(self.shown)

    def put_up(self, shown: Shown) -> None:
        """Show the rows, and why the one at the cursor is not complete."""
        super().put_up(shown)
        self._tell_row(self.table.cursor_row)

    @on(FrameTable.CellHighlighted)
    def _tell_highlighted(self, event: FrameTable.CellHighlighted) -> None:
        self._tell_row(event.row)

    def _tell_row(self, row: int) -> None:
        """The whole reason of a row, in as many lines as it needs."""
        notes, shown, frame = self.query_one("#notes", Static), self.shown, self._frame
        notes.display = frame is not None and row < frame.height
        if shown is None or frame is None or row >= frame.height:
            return
        reason = frame["reason"][row] or frame["verdict"][row]
        text = Text(f"{safe_text(shown.rows[row])}: ", "dim", overflow="fold")
        notes.update(text.append(safe_text(reason), "not dim"))

    @property
    def _frame(self) -> pl.DataFrame | None:
        """The rows that are shown; None: nothing is yet."""
        return self.shown.report.frame if self.shown else None

    def _why_empty(self, report: Report) -> str:
        """What is shown where there are no rows: which key helps."""
        session = self.session
        if session.unchecked is not None:
            return f"{size_text(session.unchecked)} of answers must be read for this: A reads them."
        if self.reading.checks_go_on:
            return "Reading …"
        if session.checks is None and session.checks_request is not None:
            return "Reading was stopped: A reads on."
        return super()._why_empty(report)

    def show_context(self, more: Sequence[str]) -> None:
        """What is looked at, and how reading goes."""
        super().show_context((*more, self._told_of_reading()))

    def _told_of_reading(self) -> str:
        session, checks = self.session, self.session.checks
        if session.unchecked is not None:
            return f"{size_text(session.unchecked)} of answers are not read: A reads them"
        if checks is not None and checks.is_whole:
            self._since = None
            return ""
        if not self.reading.checks_go_on:
            self._since = None
            return "" if session.checks_request is None else "stopped: A reads on"
        self._since = self._since or time.monotonic()
        return f"reading: {_percent(checks)} %, {'Esc' if self._is_long else '^x'} stops"

    @property
    def _is_long(self) -> bool:
        """Whether reading has gone on for so long that Esc stops it."""
        return self._since is not None and time.monotonic() - self._since >= _PATIENCE

    async def close_top(self) -> bool:
        """Close what is open on top of the view, else stop reading; whether either was."""
        if await super().close_top():
            return True
        return self._is_long and self.reading.stop_checks()

    def action_read_answers(self) -> None:
        """Read what was too much to be read unasked, or was stopped."""
        if not self.reading.read_checks():
            self.notify("All answers of these runs were looked at.", markup=False)
        self.show_context(())

    # what is looked at

    def chooses_among(self) -> None:
        """All runs can be chosen here."""

    def action_hide_complete(self) -> None:
        """Show only what is not complete, or all."""
        self.session.move(hides_complete=not self.session.position.hides_complete)
        self.update_view()

    async def action_dataset(self) -> None:
        """Ask of which dataset completeness is shown; first all of them."""
        shown = self.shown
        if not isinstance(shown, ShownChecks) or shown.found.is_empty():
            self.notify("Nothing is known of a dataset yet.", markup=False)
            return
        now = self.session.position.checked_dataset
        facts = _not_complete(shown.found)
        offered: dict[str, str | None] = {"all datasets": None, **{name: name for name in facts}}
        facts = {"all datasets": ("",), **facts}
        await self.ask_one("Dataset", offered, now, self._take_dataset, facts)

    def _take_dataset(self, dataset: str | None) -> None:
        self.session.move(checked_dataset=dataset)
        self.update_view()

    def run_at_cursor(self) -> str | None:
        """The run of the row at the cursor."""
        keys = self.shown.keys if isinstance(self.shown, ShownChecks) else ()
        row = self.table.cursor_row
        return keys[row] if 0 <= row < len(keys) else None

    def described_dataset(self) -> str | None:
        """The dataset of the row at the cursor."""
        frame, row = self._frame, self.table.cursor_row
        return None if frame is None or row >= frame.height else str(frame["dataset"][row])

    # order

    @property
    def order(self) -> Order | None:
        """By what the rows are sorted."""
        return self.session.position.checks_order

    def put_in_order(self, order: Order | None) -> None:
        """Sort the rows otherwise."""
        self.session.move(checks_order=order)

    def usual_orders(self) -> tuple[Order | None, ...]:
        """What is incomplete first, by run, by dataset, what lacks most first."""
        from tui_eval.analysis.order import Order

        return (
            None,
            Order("run", descending=False),
            Order("dataset", descending=False),
            Order("missing", descending=True),
        )

    # the questions

    def action_select_cursor(self) -> None:
        """Open the questions of the row at the cursor, as Enter does in the table."""
        self.table.action_select_cursor()

    @on(FrameTable.RowSelected, "#table")
    async def _open_questions(self, event: FrameTable.RowSelected) -> None:
        from tui_eval.analysis.incomplete import questions_meant

        shown = self.shown
        if not isinstance(shown, ShownChecks) or event.row >= shown.report.height:
            return
        row = {**shown.report.frame.row(event.row, named=True), "run": shown.keys[event.row]}
        meant = questions_meant(row, shown.found)
        why_not = self._why_nothing(row, meant)
        if why_not:
            self.notify(why_not, markup=False)
            return
        offered = {one.title: one for one in meant}

        def take(one: Questions) -> None:
            self._show_questions(row, one)

        if len(meant) == 1:
            take(meant[0])
        else:
            await self.ask_one("Show", offered, None, take)

    def _why_nothing(self, row: dict[str, Any], meant: Sequence[Questions]) -> str:
        """Why the questions of a row cannot be shown, in words; empty: they can."""
        from tui_eval.analysis.selection import datasets
        from tui_eval.loading.passes import why_silent

        loaded, tables = self.session.data.loaded, self.session.found_tables
        run = loaded.runs.get(str(row["run"])) if loaded is not None else None
        if run is None or tables is None:
            return "This run is gone: its files are no longer read."
        if not run.samples:
            return f"There are no answers to show: {why_silent([run])}."
        if row["dataset"] not in datasets(tables.scores):
            return "There are no scores of this dataset by which its answers could be shown."
        if meant:
            return ""
        if row["missing"]:
            return "No open run has the questions that are missing here."
        return "Nothing is missing here." if row["verdict"] == "complete" else _NOT_BY_QUESTION

    def _show_questions(self, row: dict[str, Any], meant: Questions) -> None:
        self.leave_for("samples")
        self.session.change(
            dataset=row["dataset"],
            category=row["category"],
            sample_runs=meant.runs,
            where=meant.where,
        )
        self.session.sought_run = meant.runs[0]
        self.app.switch_mode("samples")


_NOT_BY_QUESTION = "Which questions these are cannot be told: the reason below says what is known."


class _Fitted:
    """The cells of a grid, its columns of other widths."""

    def __init__(self, grid: Grid, columns: Sequence[GridColumn]) -> None:
        self.columns = columns
        self.row_count, self.foot, self.rows = grid.row_count, grid.foot, grid.rows


def _fitted(grid: Grid, width: int) -> Grid:
    """The cells in so many terminal cells: what comes last is the reason, which stands below, too.

    Where there is too little room for all else, names are made narrow so that numbers are seen.
    """
    others = [one for one in grid.columns if not one.fills]
    needed = sum(max(one.width, cell_len(one.heading)) + PADDING for one in others)
    if needed <= width:
        return _Fitted(grid, [replace(one, beyond=one.fills) for one in grid.columns])
    return _Fitted(grid, [_narrow(one) for one in grid.columns])


def _narrow(column: GridColumn) -> GridColumn:
    """A column where not all have room."""
    if column.fills:
        return replace(column, width=min(column.width, LEAST_FILLING))
    return replace(column, least=_LEAST_NAME) if column.key in _NAMES else column


def _not_complete(rows: pl.DataFrame) -> dict[str, tuple[str]]:
    """How many rows of each dataset are not complete, in words."""
    found: dict[str, list[str]] = {}
    for name, verdict in rows.select("dataset", "verdict").sort("dataset").iter_rows():
        found.setdefault(name, []).append(verdict)
    return {
        name: (f"{sum(one != 'complete' for one in some)} of {len(some)} not complete",)
        for name, some in found.items()
    }


_NAMES = ("run", "dataset", "category")


def _name(names: tuple[str | None, ...]) -> str:
    """What a row is found by, and is called below the table."""
    return " · ".join(name for name in names if name is not None)


def _choices(place: Position) -> Iterator[str]:
    """What was chosen of the rows."""
    yield place.checked_dataset or "all datasets"
    if place.hides_complete:
        yield "only what is not complete, t shows all"
    if place.checks_order is not None:
        order = place.checks_order
        yield f"by {order.column} {'▼' if order.descending else '▲'}"


def _exports(report: Report, whole: Report) -> Exports:
    return (("the rows shown", lambda: report), ("all rows", lambda: whole))


def _percent(checks: Checks | None) -> int:
    return 0 if checks is None else 100 * checks.done // max(checks.total, 1)
