"""Screen 2: which run is better at what."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, ClassVar

from textual import on
from textual.binding import BindingType

from tui_eval.analysis.view import PAGE_SIZES, Threshold
from tui_eval.render.bars import grouped_bars
from tui_eval.tui.commands import RUN, SCORES, SELECT, TABLE, bindings, quiet
from tui_eval.tui.screens.charts import ShowsCharts
from tui_eval.tui.screens.choosers import ChoosesShownRuns
from tui_eval.tui.screens.copy_and_export import CopiesAndExports
from tui_eval.tui.screens.search import SearchesRows
from tui_eval.tui.screens.view_screen import Shown, ViewScreen
from tui_eval.tui.widgets.frame_table import FrameTable

if TYPE_CHECKING:
    from tui_eval.analysis.report import Report
    from tui_eval.analysis.selection import Metric, Selection
    from tui_eval.analysis.view import ScoreSort
    from tui_eval.tables import Tables
    from tui_eval.tui.screens.export import Exports
    from tui_eval.tui.session import Snapshot

_SORTS: tuple[ScoreSort, ...] = ("-mean", "mean", "name")


class ScoresScreen(ShowsCharts, SearchesRows, ChoosesShownRuns, CopiesAndExports):
    """Categories as rows, runs as columns; or one row a dataset."""

    KEYS = (*SCORES, *TABLE, *RUN, *SELECT)
    BINDINGS: ClassVar[list[BindingType]] = bindings(SCORES, quiet(TABLE, "scale"), RUN)
    NUMBER = 2

    _target: int | None = None

    @staticmethod
    def build(snapshot: Snapshot) -> Shown:
        """The page of the score report."""
        from tui_eval.analysis.aliases import names_note
        from tui_eval.analysis.groups import grouped_report
        from tui_eval.analysis.report import GROUPS, page_count
        from tui_eval.analysis.scores import is_descending
        from tui_eval.loading.labels import short_labels
        from tui_eval.render.grid import ReportGrid

        selection = snapshot.selection
        view, metric = selection.view, selection.metric
        whole = grouped_report(selection)
        rows = tuple(whole.body.to_series(0).to_list()) if whole.columns else ()
        pages = page_count(len(rows), view.page_size)
        number = min(snapshot.position.page, pages - 1)
        page = whole.page(view.page_size, number)
        columns = {column.run: column.name for column in whole.columns if column.run is not None}
        short = dict(zip(columns, short_labels(list(columns.values())), strict=True))
        letters = selection.letters
        headings = {name: f"{letters[run]} {short[run]}" for run, name in columns.items()}
        return Shown(
            report=page,
            grid=ReportGrid(page, headings, shows_stderr=view.shows_stderr),
            rows=rows,
            context=(
                _title(whole, selection, snapshot.opened),
                *_choices(selection, pages, number),
            ),
            panels=(grouped_bars(page, short, letters),) if rows and columns and page.chart else (),
            exports=partial(_exports, page, selection),
            sorted_by=columns.get(view.sort_run or "") if view.sort != "name" else None,
            descending=is_descending(view, metric),
            groups=frozenset(
                row for row, role in zip(rows, whole.roles, strict=False) if role in GROUPS
            ),
            names_note=names_note(snapshot.loaded.written, snapshot.aliases, view.dataset),
        )

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
        size = self.session.view.page_size
        page = row // size
        if page == self.page and page * size == self.first_row:
            super().go_to_row(row)
        else:  # of two that follow quickly the last one counts
            self.page, self._target = page, row
            self.update_view()

    @on(ViewScreen.Ready)
    def _reach_target(self, event: ViewScreen.Ready) -> None:
        self.page = event.shown.report.start // self.session.view.page_size
        target, self._target = self._target, None
        if target is not None and target < len(event.shown.rows):  # there may be fewer by now
            self.call_after_refresh(self.go_to_row, target)

    def action_next_page(self) -> None:
        """Turn the page."""
        self._turn(1)

    def action_previous_page(self) -> None:
        """Turn the page back."""
        self._turn(-1)

    def _turn(self, step: int) -> None:
        rows = len(self.shown.rows) if self.shown else 0
        last = max(0, (rows - 1) // self.session.view.page_size)
        wanted = min(max(self.page + step, 0), last)
        if wanted == self.page:
            self.notify("This is the last page." if step > 0 else "This is the first page.")
            return
        self.page = wanted
        self.table.move_cursor(row=0)
        self.update_view()

    def action_page_size(self) -> None:
        """Take the next page size."""
        sizes = PAGE_SIZES
        here = sizes.index(self.session.view.page_size)
        self.choose(page_size=sizes[(here + 1) % len(sizes)])

    def choose(self, **choices: object) -> None:
        """Change what is looked at, and show its first page."""
        self.page = 0
        self.change(**choices)

    # order

    def action_sort(self) -> None:
        """Order by mean down, mean up, name, in turn."""
        if self.session.view.dataset is None:
            self._tell_order_of_datasets()
            return
        here = _SORTS.index(self.session.view.sort) if self.session.view.sort_run is None else -1
        self.choose(sort=_SORTS[(here + 1) % len(_SORTS)], sort_run=None)

    def action_sort_column(self) -> None:
        """Order by the run at the cursor, or the other way round."""
        self._sort_by(self.table.cursor_key)

    @on(FrameTable.HeaderSelected)
    def _sort_by_heading(self, event: FrameTable.HeaderSelected) -> None:
        self._sort_by(event.column_key)

    def _sort_by(self, column: str | None) -> None:
        view = self.session.view
        if view.dataset is None:
            self._tell_order_of_datasets()
        elif column in (None, "category", "n"):
            self.choose(sort="name", sort_run=None)
        else:
            run = self._run_of(column)
            again = view.sort_run == run and view.sort == "-mean"
            self.choose(sort="mean" if again else "-mean", sort_run=run)

    def _tell_order_of_datasets(self) -> None:
        if self.shown is not None:
            self.notify("Datasets stand in the order of their names.", markup=False)

    # filter

    async def action_threshold(self) -> None:
        """Ask for a filter by score."""
        from tui_eval.tui.screens.threshold import ThresholdScreen

        metric = self._metric()
        if metric is None or self.session.view.dataset is None:
            self.notify("Choose a dataset first (d).", markup=False)
            return
        columns = self.shown.report.columns if self.shown else ()
        runs = {column.run: column.name for column in columns if column.run is not None}
        factor = metric.factor(self.session.view)
        top = factor if metric.is_scaled else None
        screen = ThresholdScreen(self.session.view.threshold, runs, factor, top=top)
        await self.app.push_screen(screen, self._take_threshold)

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

    def action_stderr(self) -> None:
        """Show or hide standard errors."""
        columns = self.shown.report.columns if self.shown else ()
        if columns and all(column.stderr is None for column in columns):
            self.notify("The harness reports no standard errors here.", markup=False)
            return
        self.change(shows_stderr=not self.session.view.shows_stderr)

    def action_overview(self) -> None:
        """All datasets in one table, or back to the dataset at the cursor."""
        if self._shows_datasets:
            self._open_dataset(self.table.cursor_row)
        else:
            self.choose(dataset=None)

    @property
    def _shows_datasets(self) -> bool:
        """Whether the rows that are shown are datasets, whatever was chosen since."""
        columns = self.shown.report.columns if self.shown else ()
        return bool(columns) and columns[0].name == "dataset"

    def action_select_cursor(self) -> None:
        """Open the row at the cursor, as Enter does in the table."""
        self.table.action_select_cursor()

    @on(FrameTable.RowSelected)
    def _open_row(self, event: FrameTable.RowSelected) -> None:
        if self._shows_datasets:
            self._open_dataset(event.row)
        elif self.shown and self.first_row + event.row < len(self.shown.rows):
            name = self.shown.rows[self.first_row + event.row]
            if name in self.shown.groups:
                self._toggle(frozenset({name}))
            else:
                self.open_samples(name)

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

    def _open_dataset(self, row: int) -> None:
        if self.shown and 0 <= self.first_row + row < len(self.shown.rows):
            self.choose(dataset=self.shown.rows[self.first_row + row])

    def run_at_cursor(self) -> str | None:
        """The run of the column at the cursor."""
        return self._run_of(self.table.cursor_key)

    def _run_of(self, name: str | None) -> str | None:
        columns = self.shown.report.columns if self.shown else ()
        return next((column.run for column in columns if column.name == name), None)

    def action_take_baseline(self) -> None:
        """Compare with the run at the cursor."""
        run = self.run_at_cursor()
        if run is None:
            self.notify("Put the cursor on a run's column first.", markup=False)
            return
        self.session.change(baseline=run)
        self.app.switch_mode("delta")


def _title(whole: Report, selection: Selection, opened: Tables) -> str:
    from tui_eval.analysis.selection import datasets

    names = datasets(opened.scores)
    if selection.dataset is None or len(names) < 2:
        return whole.title
    return f"{whole.title} (dataset {names.index(selection.dataset) + 1} of {len(names)})"


def _choices(selection: Selection, pages: int, page: int) -> list[str]:
    """What was chosen apart from dataset and metric, as far as it says something."""
    from tui_eval.analysis.scores import is_descending, score_report

    view, metric, labels = selection.view, selection.metric, selection.tables.labels
    if metric is None:
        return []
    parts = [f"0–{view.scale}"] if metric.is_scaled else []
    if view.dataset is not None:
        arrow = "▼" if is_descending(view, metric) else "▲"
        whose = labels.get(view.sort_run or "", "mean")
        by = "name" if view.sort == "name" else f"{whose} {arrow}"
        parts.append(f"by {by}")
    if view.threshold is not None and view.dataset is not None:
        sign = "≥" if view.threshold.at_least else "≤"
        value = view.threshold.value * metric.factor(view)
        whose = labels.get(view.threshold.run or "", "any run")
        left = score_report(selection).height
        parts.append(f"{sign} {value:g} ({whose}): {left} left, T lifts")
    if pages > 1:
        parts.append(f"page {page + 1}/{pages}")
    return parts


def _exports(page: Report, selection: Selection) -> Exports:
    from tui_eval.analysis.scores import overview_report, score_report

    overview = ("all datasets", partial(overview_report, selection))
    if selection.dataset is None:
        return (overview,)
    count = score_report(selection).height

    def every() -> Report:
        whole = score_report(selection)
        return replace(whole, name=f"{whole.name}_ALL")

    here = f"this page ({page.data.height} of {count} categories)"
    return (here, lambda: page), (f"all {count} categories", every), overview
