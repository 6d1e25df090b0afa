"""Screen 5: scores over training steps."""

from __future__ import annotations

from dataclasses import dataclass, replace
from textwrap import wrap
from typing import TYPE_CHECKING, ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Vertical

from tui_eval.render.curve_points import Line, beside, curve_points, line_at, lines_of
from tui_eval.render.grid import ReportGrid
from tui_eval.tui.commands import CURVES, OPEN_CURVE, READ_ANSWERS, RUN, TABLE, bindings
from tui_eval.tui.screens.choosers import ChoosesShownRuns
from tui_eval.tui.screens.copy_and_export import CopiesAndExports
from tui_eval.tui.screens.reads_answers import ReadsAnswers
from tui_eval.tui.screens.search import SearchesRows
from tui_eval.tui.screens.view_screen import Shown
from tui_eval.tui.widgets.frame_table import FrameTable
from tui_eval.tui.widgets.point_chart import PointChart

if TYPE_CHECKING:
    from tui_eval.analysis.report import Report
    from tui_eval.analysis.selection import Selection
    from tui_eval.tui.session import Snapshot

_HEADINGS = {
    "change": "Δ before",
    "change_verdict": "than before",
    "from_best": "Δ best",
    "from_best_verdict": "than best",
}

_VERDICTS = {"undecided": "can't tell"}

_WIDTH = 78  # characters of a line above the table

_HIGH = 30  # lines of a terminal from which on the step at the cursor has a sentence

_LEAST_HEIGHT = 20
"""Lines of a terminal from which on the chart has room below the table."""


@dataclass(frozen=True)
class CurvesShown(Shown):
    """What the screen shows.

    Attributes:
        lines: The curves of the report.
        is_log: Whether steps stand on a logarithmic axis; None: where they span far enough.
    """

    lines: tuple[Line, ...] = ()
    is_log: bool | None = None


class _CurveTable(FrameTable):
    """A table whose Enter compares a step with the one before, and says so in the footer."""

    BINDINGS: ClassVar[list[BindingType]] = bindings(OPEN_CURVE)


class CurvesScreen(ReadsAnswers, SearchesRows, ChoosesShownRuns, CopiesAndExports):
    """A row a step of a training; its curve and those beside it are drawn."""

    KEYS = (*OPEN_CURVE, *CURVES, *READ_ANSWERS, *TABLE, *RUN)
    BINDINGS: ClassVar[list[BindingType]] = bindings(CURVES, READ_ANSWERS, TABLE, RUN)
    NUMBER = 5
    MODE = "curves"
    PAIR_HINT = "Put the cursor on a step that has another one before it."
    ASKS_PAIR = False

    _drawn: tuple[object, ...] | None = None  # what the chart shows

    def compose_body(self) -> ComposeResult:
        """The table and the chart."""
        yield _CurveTable(id="table")
        with Vertical(id="charts"):
            yield PointChart()

    @staticmethod
    def build(snapshot: Snapshot) -> CurvesShown:
        """The curves of the dataset, or of all."""
        from tui_eval.analysis.curves import curves_report, short_names

        selection = snapshot.selection
        samples = None if snapshot.answers is None else snapshot.answers.rows
        report = curves_report(selection, samples)
        families = report.frame["family"].unique(maintain_order=True).to_list()
        names = short_names(families)
        lines = lines_of(report, names)
        shown = report if lines else replace(report, notes=report.notes[1:])
        rows = tuple(
            f"{line.family} {line.dataset} {row['step']}" for line in lines for row in line.rows
        )
        return CurvesShown(
            report=shown,
            grid=ReportGrid(_subject_last(report), _HEADINGS, {**names, **_VERDICTS}),
            rows=rows,
            context=(*_context(selection), families[0] if len(families) == 1 else ""),
            exports=lambda: (("the curves", lambda: report),) if report.height else (),
            summary=() if lines else tuple(wrap(str(report.notes[0]), _WIDTH)),
            lines=lines,
            is_log=snapshot.position.log_steps,
        )

    def put_up(self, shown: Shown) -> None:
        """Show a report and its chart."""
        self._drawn = None
        super().put_up(shown)
        self.place_chart()
        self._tell_change(self.table.cursor_row)

    def put_table(self, shown: Shown) -> None:
        """Show the table: which training and which step stays at the left."""
        keys = [column.key for column in shown.grid.columns]
        fixed = keys.index("step") + 1 if "step" in keys else 1
        self.table.show(shown.grid, keep_cursor=True, fixed_columns=fixed)

    def on_resize(self) -> None:
        """Give the chart its place, or take it away."""
        self.place_chart()

    @property
    def _lines(self) -> tuple[Line, ...]:
        return self.shown.lines if isinstance(self.shown, CurvesShown) else ()

    def place_chart(self) -> None:
        """Put the chart beside the table, or below it on a narrow screen, if it is wanted."""
        wanted = self.session.wants_chart
        if wanted is None:
            wanted = self.size.height >= _LEAST_HEIGHT
        charts = self.query_one("#charts", Vertical)
        charts.display = wanted and bool(self._lines)
        if charts.display:
            self._draw(self.table.cursor_row)

    def _draw(self, row: int) -> None:
        """Draw the curve at a row and those beside it, and mark the row's point."""
        shown, lines = self.shown, self._lines
        if not isinstance(shown, CurvesShown) or not lines:
            return
        here = line_at(lines, row)
        group = beside(lines, here)
        chart = self.query_one(PointChart)
        if self._drawn != (shown, here):
            self._drawn = (shown, here)
            score = next(column for column in shown.report.columns if column.name == "score")
            chart.show(curve_points(lines, here, score, is_log=shown.is_log))
        chart.highlight(group.index(here), row - lines[here].first)

    def _tell_change(self, row: int) -> None:
        """Say above the table what changed at a step, where there is a line for it."""
        if self._lines and self.size.height >= _HIGH:
            self._put_lines("#summary", [str(self._value("words", row) or "")])

    @on(FrameTable.CellHighlighted)
    def _follow_cursor(self, event: FrameTable.CellHighlighted) -> None:
        self._tell_change(event.row)
        if self.query_one("#charts").display:
            self._draw(event.row)

    def action_toggle_chart(self) -> None:
        """Show or hide the chart."""
        self.session.wants_chart = not self.query_one("#charts").display
        self.place_chart()
        if self.session.wants_chart and not self._lines:
            self.notify("There is no chart of this table.", markup=False)

    def action_axis(self) -> None:
        """Show steps on a logarithmic axis, or on a linear one."""
        if not self._lines:
            self.notify("There is no curve here.", markup=False)
            return
        here = line_at(self._lines, self.table.cursor_row)
        now = self.session.position.log_steps
        if now is None:
            shown = beside(self._lines, here)
            now = any(self._lines[number].spans_far for number in shown)
        self.session.move(log_steps=not now)
        self.update_view()

    def action_overview(self) -> None:
        """Curves of all datasets, or of the one at the cursor."""
        self.leave_for("curves")
        if self.session.view.dataset is not None:
            self.choose(dataset=None)
            return
        dataset = self._value("dataset")
        names = [str(dataset)] if dataset is not None else []
        self.choose(dataset=next(iter(names), None))

    def _value(self, column: str, row: int | None = None) -> object:
        """What a column of the report says of a row; None: nothing."""
        report = self.shown.report if self.shown else None
        row = self.table.cursor_row if row is None else row
        if report is None or not 0 <= row < report.height:
            return None
        value: object = report.frame[column][row]
        return value

    def run_at_cursor(self) -> str | None:
        """The run of the row at the cursor."""
        run = self._value("key")
        return None if run is None else str(run)

    def pair_at_cursor(self) -> tuple[str, str] | None:
        """The run of the step before, and that of the row at the cursor."""
        row = self.table.cursor_row
        if not self._lines or self._value("step") is None:
            return None
        if row == self._lines[line_at(self._lines, row)].first:
            return None
        return str(self._value("key", row - 1)), str(self._value("key"))

    def action_select_cursor(self) -> None:
        """Compare a step with the one before, as Enter does in the table."""
        self.table.action_select_cursor()

    @on(FrameTable.RowSelected)
    def _compare(self) -> None:
        pair, dataset = self.pair_at_cursor(), self._value("dataset")
        if pair is None:
            self.notify(self.PAIR_HINT, markup=False)
            return
        choices = {"dataset": dataset} if dataset != self.session.view.dataset else {}
        self.leave_for("delta")
        self.session.move(part="categories")
        self.session.change(**choices, baseline=pair[0], candidates=(pair[1],), sample_runs=None)
        self.app.switch_mode("delta")


def _subject_last(report: Report) -> Report:
    """The report as it is drawn: metric and unit, where they differ, stand behind the numbers."""
    last = ("metric", "filter", "unit")
    return replace(report, columns=tuple(sorted(report.columns, key=lambda one: one.name in last)))


def _context(selection: Selection) -> tuple[str, ...]:
    """What is looked at: dataset, metric, scale."""
    metric, dataset = selection.metric, selection.dataset
    if metric is None or dataset is None:
        return (dataset or "all datasets", "each in its own metric")
    scale = (f"0–{selection.view.scale}",) if metric.is_scaled else ()
    lower = ("lower is better",) if metric.higher_is_better is False else ()
    return (dataset, metric.title, *scale, *lower)
