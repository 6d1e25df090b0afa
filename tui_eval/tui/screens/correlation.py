"""Screen 6: whether benchmarks put the models in the same order."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, ClassVar

from rich.text import Text
from textual import on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Container
from textual.widgets import Static

from tui_eval.render.words import worded
from tui_eval.tui.commands import CORRELATION, OPEN_BENCHMARK, bindings, quiet
from tui_eval.tui.screens.choosers import ChoosesShownRuns
from tui_eval.tui.screens.copy_and_export import CopiesAndExports
from tui_eval.tui.screens.search import SearchesRows
from tui_eval.tui.screens.view_screen import Shown
from tui_eval.tui.session import MOST_RUNS
from tui_eval.tui.widgets.frame_table import FrameTable
from tui_eval.tui.widgets.point_chart import PointChart

if TYPE_CHECKING:
    from tui_eval.analysis.correlate import Standings
    from tui_eval.analysis.selection import Selection
    from tui_eval.analysis.view import Benchmark, View
    from tui_eval.render.correlation import Line, Matrix, Signs
    from tui_eval.tui.session import Snapshot

_FEW = 5
"""Benchmarks up to which the matrix leaves the points half of the screen."""

_LOWEST = 16
"""Lines of a screen below which nothing but the matrix has room."""

_AROUND, _HEADINGS = 9, 3
"""Lines around the body of the screen, and lines of the matrix's headings, at most."""


@dataclass(frozen=True, kw_only=True)
class CorrelationShown(Shown):
    """What the screen shows, and what it tells of the pair at the cursor.

    Attributes:
        matrix: The table's cells, and what they are made of.
        signs: What each model is shown as.
        view: The scale of scores.
    """

    matrix: Matrix
    signs: Sequence[Signs]
    view: View


class _BenchmarkTable(FrameTable):
    """A table whose Enter opens a benchmark, and says so in the footer."""

    BINDINGS: ClassVar[list[BindingType]] = bindings(OPEN_BENCHMARK)


class ModelList(Static):
    """The models of a chart of points, as many as have room."""

    def __init__(self) -> None:
        super().__init__(id="models", markup=False)
        self._lines: Sequence[Line] = ()
        self._told: list[str] = []

    def show(self, lines: Sequence[Line], most: int | None) -> None:
        """List other models, in so many lines at most; None: in the height that there is."""
        self._lines = lines
        self.display = bool(lines)
        self.styles.height = None if most is None else min(len(lines) + 1, most)
        self._draw()

    def on_resize(self) -> None:
        """List those that have room."""
        self._draw()

    def _draw(self) -> None:
        from tui_eval.render.correlation import listed_models

        width, height = self.size
        told = listed_models(self._lines, width, height) if width and height else []
        if told != self._told:
            self._told = told
            self.update(Text("\n".join(told), no_wrap=True))


class CorrelationScreen(SearchesRows, ChoosesShownRuns, CopiesAndExports):
    """Benchmark by benchmark: rho and the number of models; the models of a pair as points."""

    KEYS = (*OPEN_BENCHMARK, *CORRELATION)
    BINDINGS: ClassVar[list[BindingType]] = bindings(quiet(CORRELATION, "scale"))
    NUMBER = 6
    MODE = "correlation"
    TABLE = _BenchmarkTable

    def compose_body(self) -> ComposeResult:
        """The matrix, and the models of the pair at the cursor."""
        yield from super().compose_body()
        with Container(id="charts"):
            yield PointChart()
            yield ModelList()

    @staticmethod
    def build(snapshot: Snapshot) -> CorrelationShown:
        """The matrix of datasets, or of categories."""
        from tui_eval.analysis.correlate import correlation_report, standings, usual
        from tui_eval.render.correlation import Matrix, signs_of

        selection = _selection(snapshot)
        by = snapshot.position.benchmark or usual(selection)
        known, pairs = standings(selection, by), correlation_report(selection, by)
        matrix = Matrix(known)
        report = matrix.report(pairs)
        _ = matrix.columns  # are measured here, not where they are drawn
        hint = " o compares its categories." if by == "dataset" and len(known.names) == 1 else ""
        return CorrelationShown(
            report=replace(report, empty=pairs.empty + hint),
            grid=matrix,
            rows=matrix.keys,
            context=(report.title, f"names {matrix.shared}" if matrix.shared else ""),
            exports=lambda: (
                (f"all {pairs.height} pairs: rho, interval, tau-b", lambda: pairs),
                ("the matrix as it is shown", lambda: report),
            ),
            matrix=matrix,
            signs=signs_of(known.models, selection.letters),
            view=selection.view,
        )

    def put_table(self, shown: Shown) -> None:
        """Show the matrix; the cursor stays on its pair, and begins on the first one."""
        before, row = self._listed, self.table.cursor_row
        super().put_table(shown)
        self._listed = rows = shown.rows
        if row < len(before) and before[row] in rows:
            self.table.move_cursor(row=rows.index(before[row]))
        elif rows and isinstance(shown, CorrelationShown):
            name, key = shown.matrix.first_pair
            self.table.move_cursor(row=rows.index(name), column_key=key)

    _listed: tuple[str, ...] = ()

    def put_up(self, shown: Shown) -> None:
        """Show the matrix and the pair at the cursor."""
        super().put_up(shown)
        self.set_class(len(shown.rows) <= _FEW, "-few")
        self._show_pair()

    def notes(self, shown: Shown) -> Sequence[str]:
        """Sentences below the table: all open runs count, however many."""
        notes = (self.session.fresh_note, *shown.report.notes)
        return [worded(note) for note in notes if note]

    def chooses_among(self) -> str | None:
        """The dataset whose categories are compared; None: runs of any can be chosen."""
        known = self._known
        return known.dataset if known is not None else None

    @property
    def _known(self) -> Standings | None:
        """The scores that are compared; None: nothing is."""
        shown = self.shown
        return shown.matrix.known if isinstance(shown, CorrelationShown) and shown.rows else None

    # the pair at the cursor

    def _pair(self) -> tuple[int, int]:
        """Numbers of the benchmarks of row and column at the cursor; equal: it is on no pair."""
        assert self._known is not None  # noqa: S101  # its callers know
        names, rows = self._known.names, self._listed
        row, key = rows[self.table.cursor_row], self.table.cursor_key
        return names.index(row), names.index(key if key in rows else row)

    @on(FrameTable.CellHighlighted)
    def _show_pair(self) -> None:
        """Say what is known of the pair at the cursor, and show its models."""
        from tui_eval.render.correlation import pair_words

        known = self._known
        self._put_lines("#summary", () if known is None else pair_words(known, *self._pair()))
        self._place()

    def on_resize(self) -> None:
        """Give the points their place, or take it away."""
        super().on_resize()
        self._place()

    def _place(self) -> None:
        """Put the points beside the matrix, or below it, if they are wanted and have room."""
        from tui_eval.render.correlation import scatter

        shown, charts, height = self.shown, self.query_one("#charts"), self.size.height
        wanted = self.session.wants_chart
        charts.display = self._known is not None and (
            height >= _LOWEST if wanted is None else wanted
        )
        below = charts.display and self.is_narrow
        rows = self.table.row_count + _HEADINGS
        self.table.styles.height = min(rows, (height - _AROUND) // 2) if below else None
        if not isinstance(shown, CorrelationShown) or not charts.display:
            return
        found = scatter(shown.matrix.known, shown.signs, *self._pair(), shown.view)
        self.query_one(PointChart).show(found.points)
        room = (height - _AROUND) // 2
        self.query_one(ModelList).show(found.lines, None if below else room)

    def action_toggle_chart(self) -> None:
        """Show or hide the points."""
        self.session.wants_chart = not self.query_one("#charts").display
        self._place()

    # what is compared

    def action_benchmark(self) -> None:
        """Compare categories of the dataset instead of datasets, or the other way round."""
        selection = self.session.selection
        if selection is None:
            return
        now = self.shown.matrix.known.by if isinstance(self.shown, CorrelationShown) else "dataset"
        if now == "dataset" and selection.dataset is None:
            self.notify("Choose a dataset first (d).", markup=False)
            return
        self._compare("category" if now == "dataset" else "dataset")

    def _compare(self, benchmark: Benchmark) -> None:
        self.session.leave(self.place())
        self.session.move(benchmark=benchmark)
        self._listed = ()
        self.update_view()

    def choose(self, **choices: object) -> None:
        """Change what is looked at; of a dataset that is chosen the categories are compared."""
        if choices.get("dataset") is not None:
            self.session.move(benchmark="category")
            self._listed = ()
        super().choose(**choices)

    def action_select_cursor(self) -> None:
        """Open the benchmark at the cursor, as Enter does in the table."""
        self.table.action_select_cursor()

    @on(FrameTable.RowSelected, "#table")
    def _open_benchmark(self, event: FrameTable.RowSelected) -> None:
        known = self._known
        if known is None:
            return
        self.leave_for("scores")
        self.session.change(dataset=known.dataset or self._listed[event.row])
        self.session.move(page=0)
        self.app.switch_mode("scores")


def _selection(snapshot: Snapshot) -> Selection:
    """What is shown; where there is no room for all open runs on other screens, all of them."""
    from tui_eval.analysis.selection import select

    selection = snapshot.selection
    if selection.tables.runs.height < MOST_RUNS:
        return selection
    return select(snapshot.opened, selection.view)
