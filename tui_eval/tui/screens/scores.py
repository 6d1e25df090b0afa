"""Screen 2: which run is the best, and which is better at what."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, ClassVar, NamedTuple

from textual import on
from textual.binding import BindingType

from tui_eval.analysis.view import PAGE_SIZES, Threshold
from tui_eval.tui.commands import (
    OPEN_SCORES,
    READ_ANSWERS,
    RUN,
    SCORE_AGAIN,
    SCORES,
    TABLE,
    bindings,
    quiet,
)
from tui_eval.tui.screens import score_tables
from tui_eval.tui.screens.charts import ShowsCharts
from tui_eval.tui.screens.choosers import ChoosesShownRuns
from tui_eval.tui.screens.copy_and_export import CopiesAndExports
from tui_eval.tui.screens.reads_answers import ReadsAnswers
from tui_eval.tui.screens.search import SearchesRows
from tui_eval.tui.screens.view_screen import Shown, ViewScreen
from tui_eval.tui.widgets.frame_table import FrameTable

if TYPE_CHECKING:
    from tui_eval.analysis.report import Column
    from tui_eval.analysis.selection import Metric
    from tui_eval.analysis.view import ScoreSort
    from tui_eval.tui.session import Snapshot

_SORTS: tuple[ScoreSort, ...] = ("-mean", "mean", "name")

_COLOURS = 10
"""Runs that a chart has colours for."""

_AROUND, _HEADINGS = 8, 3
"""Lines around the body of the screen, and lines of the table's headings, at most."""


class _Cell(NamedTuple):
    """What a number of a table is of, whichever way round the table is.

    Attributes:
        run: Key of the run; None: of none, or of several.
        about: Category, group or dataset; None: of none, or of all.
    """

    run: str | None
    about: str | None


class ScoresTable(FrameTable):
    """A table whose Enter opens what is at the cursor, and says so in the footer."""

    BINDINGS: ClassVar[list[BindingType]] = bindings(OPEN_SCORES)


class ScoresScreen(ReadsAnswers, ShowsCharts, SearchesRows, ChoosesShownRuns, CopiesAndExports):
    """Runs as rows, best first, or categories as rows; of one dataset or of all."""

    KEYS = (*SCORES, *SCORE_AGAIN, *READ_ANSWERS, *TABLE, *RUN, *OPEN_SCORES)
    BINDINGS: ClassVar[list[BindingType]] = bindings(
        SCORES, SCORE_AGAIN, READ_ANSWERS, quiet(TABLE, "scale"), RUN
    )
    NUMBER = 2
    MODE = "scores"
    TABLE = ScoresTable
    MOST_PANELS = 1

    _target: int | None = None
    _explained: tuple[str | None, str | None] | None = None  # what lacks intervals, and was told
    _kept: _Cell | None = None  # where the cursor goes when the table was turned round

    @staticmethod
    def build(snapshot: Snapshot) -> Shown:
        """The page of the leaderboard, or of the score report."""
        from tui_eval.analysis.leaderboard import ranks_runs

        is_board = ranks_runs(snapshot.selection)
        shown = (score_tables.leaderboard if is_board else score_tables.table)(snapshot)
        return replace(shown, incomplete_note=score_tables.incomplete_note(snapshot))

    def put_table(self, shown: Shown) -> None:
        """Show the table; of a leaderboard rank and run stay at the left."""
        columns = [column.name for column in shown.report.columns]
        board = any(column.keys for column in shown.report.columns)
        fixed = columns.index("run") + 1 if board else 1
        key = self.table.cursor_key
        self.table.show(
            shown.grid,
            sorted_by=shown.sorted_by,
            descending=shown.descending,
            keep_cursor=True,
            fixed_columns=fixed,
        )
        if board and key not in columns:
            self.table.move_cursor(column_key="run")
        kept, self._kept = self._kept, None
        if kept is not None:
            self._go_to_cell(kept)

    # which way round

    @property
    def _is_board(self) -> bool:
        """Whether the rows that are shown are runs, whatever was chosen since."""
        columns = self.shown.report.columns if self.shown else ()
        return any(column.keys for column in columns)

    def action_transpose(self) -> None:
        """Runs as rows instead of columns, or the other way round."""
        from tui_eval.analysis.leaderboard import ranks_runs

        selection = self.session.selection
        if selection is None:
            return
        is_board = ranks_runs(selection)
        view = self.session.view
        if not is_board and view.orientation == "runs":
            self.notify("There is only one run: nothing to rank.", markup=False)
            return
        self._kept = self._cell_at_cursor()
        self.choose(orientation="categories" if is_board else "runs")

    def _cell_at_cursor(self) -> _Cell:
        return self._cell(self.table.cursor_row, self.table.cursor_key)

    def _cell(self, row: int, key: str | None) -> _Cell:
        """What is at a row of the page and a column."""
        if self.shown is None:
            return _Cell(None, None)
        column = self._column(key)
        if self._is_board:
            about = None if column is None else column.about
            return _Cell(self.shown.report.key_at(row), about)
        there = self.first_row + row < len(self.shown.rows)
        name = self.shown.rows[self.first_row + row] if there else None
        return _Cell(None if column is None else column.run, name)

    def _column(self, key: str | None) -> Column | None:
        columns = self.shown.report.columns if self.shown else ()
        return next((column for column in columns if column.name == key), None)

    def _go_to_cell(self, cell: _Cell) -> None:
        """Put the cursor on the same number in the table that was turned round."""
        down, across = cell if self._is_board else (cell.about, cell.run)
        for column in self.shown.report.columns if self.shown else ():
            if across is not None and across in (column.about, column.run):
                self.table.move_cursor(column_key=column.name)
        rows = range(self.table.row_count)
        places = [self._cell(row, None)[not self._is_board] for row in rows]
        if down in places:
            self.table.move_cursor(row=places.index(down))

    # the chart

    @property
    def is_narrow(self) -> bool:
        """Whether the chart stands below: on narrow screens, and where few runs leave room."""
        return super().is_narrow or self._leaves_room

    @property
    def has_chart_room(self) -> bool:
        """Whether a chart has room where nobody asked for it: leaderboards have bars in rows."""
        if self._is_board:
            return self._leaves_room
        columns = self.shown.report.columns if self.shown else ()
        runs = sum(column.run is not None for column in columns)
        return super().has_chart_room and runs <= _COLOURS

    @property
    def _leaves_room(self) -> bool:
        """Whether a leaderboard is so short that a chart has room below it."""
        rows = self.shown.report.height if self.shown else 0
        return self._is_board and 0 < rows <= (self.size.height - _AROUND) // 2 - _HEADINGS

    def place_charts(self) -> None:
        """Put the chart below or beside the table."""
        self.set_class(self.is_narrow, "-narrow")
        super().place_charts()

    def chart_follows(self, row: int) -> None:
        """Bring the row at the cursor into the chart; of a leaderboard the column, too."""
        if self.shown is not None and self._is_board and self.query_one("#charts").display:
            charted = score_tables.chart_columns(self.shown.report)
            names = [column.name for column in charted]
            key = self.table.cursor_key
            panel = names.index(key) if key in names else 0
            if panel != self.first_panel and panel < len(self.shown.panels):
                self.first_panel = panel
                self.place_charts()
                return  # comes back when the panel is drawn
        super().chart_follows(row)

    # pages

    @property
    def page(self) -> int:
        """Number of the page, from 0."""
        return self.session.position.page

    @page.setter
    def page(self, number: int) -> None:
        self.session.move(page=number)

    @property
    def row_at_cursor(self) -> int:
        """Where the cursor is, or goes when its page is there."""
        return super().row_at_cursor if self._target is None else self._target

    def go_to_row(self, row: int) -> None:
        """Put the cursor on a row, turning to its page."""
        size = self._page_size
        page = row // size
        if page == self.page and page * size == self.first_row:
            super().go_to_row(row)
        else:  # of two that follow quickly the last one counts
            self.page, self._target = page, row
            self.update_view()

    @on(ViewScreen.Ready)
    def _reach_target(self, event: ViewScreen.Ready) -> None:
        self.page = event.shown.report.start // self._page_size
        target, self._target = self._target, None
        if target is not None and target < len(event.shown.rows):  # there may be fewer by now
            self.call_after_refresh(self.go_to_row, target)

    @property
    def _page_size(self) -> int:
        """Rows on a page; without pages all of them are on one."""
        rows = len(self.shown.rows) if self.shown else 0
        return self.session.view.page_size or max(1, rows)

    def action_next_page(self) -> None:
        """Go to the next page; without pages move down a screen."""
        if self.session.view.page_size is None:
            self.table.action_page_down()
        else:
            self._turn(1)

    def action_previous_page(self) -> None:
        """Go to the previous page; without pages move up a screen."""
        if self.session.view.page_size is None:
            self.table.action_page_up()
        else:
            self._turn(-1)

    def _turn(self, step: int) -> None:
        rows = len(self.shown.rows) if self.shown else 0
        last = max(0, (rows - 1) // self._page_size)
        wanted = min(max(self.page + step, 0), last)
        if wanted == self.page:
            self.notify("This is the last page." if step > 0 else "This is the first page.")
            return
        self.page = wanted
        self.table.move_cursor(row=0)
        self.update_view()

    def action_page_size(self) -> None:
        """Use the next page size; after the last one all rows."""
        sizes = (None, *PAGE_SIZES)
        here = sizes.index(self.session.view.page_size)
        self.choose(page_size=sizes[(here + 1) % len(sizes)])

    def choose(self, **choices: object) -> None:
        """Change what is looked at, and show its first page."""
        self.page = 0
        self.change(**choices)

    # order

    def action_sort(self) -> None:
        """Order by mean down, mean up, name, in turn."""
        view = self.session.view
        if self._has_fixed_order:
            self._tell_order_of_datasets()
            return
        column = view.sort_column if self._is_board else view.sort_run
        here = _SORTS.index(view.sort) if column is None else -1
        sort = _SORTS[(here + 1) % len(_SORTS)]
        self.choose(sort=sort, sort_run=None, sort_column=None)

    def action_sort_column(self) -> None:
        """Order by the column at the cursor, or the other way round."""
        self._sort_by(self.table.cursor_key)

    @on(FrameTable.HeaderSelected)
    def _sort_by_heading(self, event: FrameTable.HeaderSelected) -> None:
        self._sort_by(event.column_key)

    def _sort_by(self, name: str | None) -> None:
        column = self._column(name)
        if self._has_fixed_order:
            self._tell_order_of_datasets()
        elif column is None or column.kind == "text" or name == "n":
            self.choose(sort="name", sort_run=None, sort_column=None)
        elif self._is_board:
            is_score = column.kind in ("score", "count")
            self._sort_by_choice("sort_column", column.name if is_score else None)
        else:
            self._sort_by_choice("sort_run", column.run)

    def _sort_by_choice(self, field: str, choice: str | None) -> None:
        """Sort by a run or column, best first; again: worst first."""
        view = self.session.view
        again = getattr(view, field) == choice and view.sort == "-mean"
        self.choose(**{field: choice, "sort": "mean" if again else "-mean"})

    @property
    def _has_fixed_order(self) -> bool:
        """Whether the rows are datasets."""
        return self.session.view.dataset is None and not self._is_board

    def _tell_order_of_datasets(self) -> None:
        if self.shown is not None:
            self.notify("Datasets are sorted by name.", markup=False)

    # filter

    async def action_threshold(self) -> None:
        """Ask for a filter by score."""
        from tui_eval.tui.screens.threshold import ThresholdScreen

        metric = self._metric()
        if metric is None or self.session.view.dataset is None:
            self.notify("Choose a dataset first (d).", markup=False)
            return
        runs = {run: self.session.labels[run] for run in self._shown_runs()}
        factor = metric.factor(self.session.view)
        top = factor if metric.is_scaled else None
        screen = ThresholdScreen(self.session.view.threshold, runs, factor, top=top)
        await self.app.push_screen(screen, self._take_threshold)

    def _shown_runs(self) -> Sequence[str]:
        selection = self.session.selection
        return () if selection is None else selection.runs

    def _take_threshold(self, threshold: Threshold | None) -> None:
        if threshold is not None:
            self.choose(threshold=threshold)

    def action_lift_threshold(self) -> None:
        """Show all categories again."""
        self.choose(threshold=None)

    def action_step(self, direction: int) -> None:
        """Move the filter's value by a step of the scale."""
        threshold = self.session.view.threshold
        metric = self._metric()
        if threshold is None or metric is None:
            self.notify("There is no filter yet: t sets one.", markup=False)
            return
        step = 0.01 if metric.is_scaled else 1.0
        value = round(threshold.value + direction * step, 9)
        top = 1.0 if metric.is_scaled else value
        self.choose(threshold=replace(threshold, value=min(max(value, 0.0), top)))

    def _metric(self) -> Metric | None:
        selection = self.session.selection
        return None if selection is None else selection.metric

    # what is looked at

    def action_uncertainty(self) -> None:
        """Show standard errors beside the scores, intervals, or nothing, in turn."""
        if self.shown is None:
            return
        offered = score_tables.uncertainties(self.shown.report)
        now = score_tables.uncertainty_of(self.shown.report, self.session.view)
        if len(offered) > 1:
            why, subject = score_tables.why_no_intervals(self.shown.report), self.session.view
            if why is not None and self._explained != (subject.dataset, subject.metric):
                self._explained = (subject.dataset, subject.metric)
                self.notify(why, markup=False)
            self.change(uncertainty=offered[(offered.index(now) + 1) % len(offered)])
        elif self._shows_datasets:
            self.notify("Intervals are those of one dataset: open one (Enter).", markup=False)
        else:
            self.notify("Neither ± nor answers are there that tell how sure these scores are.")

    def action_copy_table(self) -> None:
        """Copy the table as Markdown, with what stands beside the scores."""
        from tui_eval.render.export import as_markdown

        if self.shown is not None:
            self.copy(as_markdown(self.shown.report, self.session.view.uncertainty))

    def action_overview(self) -> None:
        """All datasets in one table, or back to the dataset at the cursor."""
        if not self._shows_datasets:
            self.leave_for("scores")
            self.choose(dataset=None)
            return
        about = [column.about for column in self.shown.report.columns] if self.shown else []
        name = self._cell_at_cursor().about or next(filter(None, about), None)
        if name is not None:
            self.leave_for("scores")
            self.choose(dataset=name)

    async def action_datasets(self) -> None:
        """Ask which datasets stand in the overview of all."""
        from tui_eval.analysis.scores import compared_datasets
        from tui_eval.analysis.selection import datasets

        selection = self.session.selection
        if selection is None or not (names := datasets(selection.tables.scores)):
            return
        offered = {name: name for name in names}
        now = compared_datasets(selection) or names
        await self.ask_some("Datasets of the overview", offered, now, self._take_datasets)

    def _take_datasets(self, names: tuple[str, ...]) -> None:
        self.choose(dataset=None, datasets=names or None)

    @staticmethod
    def score_facts(snapshot: Snapshot, run: str) -> Mapping[str, str]:
        """Interval, standard errors and questions of a run's score; how far its judges agree."""
        from tui_eval.analysis.judges import agreement_facts
        from tui_eval.analysis.score_facts import score_facts
        from tui_eval.tui.evidence import evidence_of

        if snapshot.selection.dataset is None:
            return {}
        facts = score_facts(snapshot.selection, evidence_of(snapshot), run)
        if snapshot.answers is not None:
            facts |= agreement_facts(snapshot.selection.tables, snapshot.answers.rows, run)
        return facts

    @property
    def _shows_datasets(self) -> bool:
        """Whether rows or columns are datasets, whatever was chosen since."""
        return self.shown is not None and self.shown.is_overview

    def action_select_cursor(self) -> None:
        """Open what is at the cursor, as Enter does in the table."""
        self.table.action_select_cursor()

    @on(FrameTable.RowSelected)
    async def _open_cell(self, event: FrameTable.RowSelected) -> None:
        run, about = self._cell(event.row, event.column_key)
        if self.shown is None or (run, about) == (None, None):
            return
        if self._shows_datasets:
            if about is not None:
                self.leave_for("scores")
                self.choose(dataset=about)
            else:
                await self.action_facts()
        elif about is None:
            self._compare_with_best(str(run))
        elif about in self.shown.groups:
            self._toggle(frozenset({about}))
        elif self._is_board:
            self.open_samples(about, self._pair(str(run)))
        else:
            self.open_samples(about)

    def action_rescore(self) -> None:
        """Score the answers of the category at the cursor again; of a dataset all of them."""
        _, about = self._cell_at_cursor()
        if self.session.view.dataset is None:
            if about is None:
                self.notify("Put the cursor on a dataset first.", markup=False)
                return
            run = self.run_at_cursor()
            self.leave_for("rescore")
            self.session.change(dataset=about, where="")
            self.session.sought_run = run
            self.app.switch_mode("rescore")
            return
        groups = self.shown.groups if self.shown is not None else ()
        self.open_samples(None if about in groups else about, mode="rescore")

    def _pair(self, run: str) -> tuple[str, ...]:
        """The baseline and a run: whose answers are looked at."""
        baseline = self.session.view.baseline
        return (run,) if baseline in (None, run) else (str(baseline), run)

    def _compare_with_best(self, run: str) -> None:
        """Compare a run with the best one; the best one with all others."""
        from tui_eval.analysis.leaderboard import leaderboard_report

        selection = self.session.selection
        if selection is None:
            return
        frame = leaderboard_report(selection).frame
        ranked = frame.filter(rank=1)["key"].to_list() if "rank" in frame.columns else []
        best = run if run in ranked else next(iter(ranked), selection.view.baseline)
        candidates = None if run == best else (run,)
        self.leave_for("delta")
        self.session.move(part="categories")
        self.session.change(baseline=best, candidates=candidates, sample_runs=None)
        self.app.switch_mode("delta")

    def action_groups(self) -> None:
        """Close all groups; open them again where all are closed."""
        if self.shown is None or not self.shown.groups:
            self.notify("There are no groups of categories here.", markup=False)
        elif self._is_board:
            self.change(opened=frozenset() if self.session.view.opened else self.shown.groups)
        else:
            self._toggle(self.shown.groups)

    def _toggle(self, groups: frozenset[str]) -> None:
        """Close groups, or open them where all of them are closed."""
        field = "opened" if self._is_board else "closed"
        now = getattr(self.session.view, field)
        self.change(**{field: now - groups if groups <= now else now | groups})

    def run_at_cursor(self) -> str | None:
        """The run of the row or column at the cursor."""
        return self._cell_at_cursor().run

    def action_take_baseline(self) -> None:
        """Compare with the run at the cursor."""
        run = self.run_at_cursor()
        if run is None:
            self.notify("Put the cursor on a run first.", markup=False)
            return
        self.leave_for("delta")
        self.session.change(baseline=run)
        self.app.switch_mode("delta")
