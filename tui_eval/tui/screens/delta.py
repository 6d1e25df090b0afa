"""Screen 3: by how much candidates differ from a baseline."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, ClassVar, Literal, TypeVar

from textual import on
from textual.app import ComposeResult
from textual.binding import BindingType

from tui_eval.analysis.view import DeltaSort, FlipSort, Part, View
from tui_eval.render.bars import Bars, Panels, delta_bars
from tui_eval.render.grid import LEAST_BAR, ReportGrid
from tui_eval.render.safe import MISSING
from tui_eval.tui.commands import DELTA, RUN, SELECT, TABLE, bindings, quiet
from tui_eval.tui.screens.charts import ShowsCharts
from tui_eval.tui.screens.choosers import ChoosesRuns
from tui_eval.tui.screens.copy_and_export import CopiesAndExports
from tui_eval.tui.screens.search import SearchesRows
from tui_eval.tui.screens.view_screen import Shown
from tui_eval.tui.widgets.bar_chart import BarChart
from tui_eval.tui.widgets.frame_table import FrameTable
from tui_eval.tui.widgets.tab_line import Tab, TabLine
from tui_eval.tui.widgets.top_bar import TopBar

if TYPE_CHECKING:
    from tui_eval.analysis.delta_table import Means
    from tui_eval.analysis.report import Report
    from tui_eval.analysis.selection import Selection
    from tui_eval.render.names import RunNames
    from tui_eval.tui.screens.export import Exports
    from tui_eval.tui.session import Snapshot

Order = TypeVar("Order")

PARTS: dict[Part, str] = {
    "categories": "categories",
    "overview": "overview of candidates",
    "top": "most improved",
    "bottom": "most declined",
    "flips": "flipped questions",
    "missing": "missing categories",
}
"""The lists, as exports name them."""

MATRIX = "categories, a column a candidate"
"""The matrix, as exports name it."""

_TABS: dict[Part, str] = {
    "categories": "categories",
    "overview": "overview",
    "top": "improved",
    "bottom": "declined",
    "flips": "flipped",
    "missing": "missing",
}

_ARROWS: dict[DeltaSort, str] = {"down": "▼", "up": "▲", "abs": "▼"}
_SORTS: tuple[DeltaSort, ...] = ("down", "up", "abs", "name")
_FLIP_SORTS: dict[FlipSort, str] = {
    "name": "name",
    "net": "fixed − broken ▼",
    "fixed": "fixed ▼",
    "broken": "broken ▼",
}
_FLIP_COLUMNS: dict[FlipSort, str] = {"net": "delta", "fixed": "fixed", "broken": "broken"}

_HEADING = 20
"""Terminal cells of a name above one of several columns of differences."""

_MANY_BAR = 20
"""Terminal cells below which many columns have rather their room than bars."""

_CHART_WIDTH = 150
"""Columns of a terminal from which on charts stand beside tables that have bars in their rows."""


@dataclass(frozen=True)
class DeltaShown(Shown):
    """What the screen shows, and the other lists.

    Attributes:
        tabs: All lists.
    """

    tabs: tuple[Tab, ...] = ()


class DeltaScreen(ShowsCharts, SearchesRows, ChoosesRuns, CopiesAndExports):
    """Differences by category, their overview, the most improved and declined, what is missing."""

    KEYS = (*DELTA, *TABLE, *RUN, *SELECT)
    BINDINGS: ClassVar[list[BindingType]] = bindings(
        quiet(DELTA, "sort"), quiet(TABLE, "scale", "dataset"), RUN
    )
    NUMBER = 3

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
        from tui_eval.analysis.delta_table import candidate_means
        from tui_eval.analysis.report import GROUPS

        part, selection = snapshot.position.part, snapshot.selection
        view, samples = selection.view, snapshot.samples
        flips = _flips(snapshot) if part == "flips" else None
        report = flips or _report(selection, part)
        means = candidate_means(selection)
        names = _names(selection, report)
        headings = _headings(selection, report, names)
        rows = tuple(report.body.to_series(0).to_list()) if report.columns else ()
        roles = report.roles if part == "categories" else []
        words, sorted_by = _order(report, view, part, headings)
        return DeltaShown(
            report=report,
            grid=ReportGrid(
                report,
                headings,
                names=names,
                bars=_bar_column(report, part, view),
                least_bar=_least_bar(report),
            ),
            rows=rows,
            context=(
                _compared(selection, names, means),
                samples.progress if samples and part == "flips" else "",
                *_choices(selection, part, words),
            ),
            panels=_panels(report, part, names, selection.letters),
            summary=_summary(selection, part, means),
            exports=partial(_exports, selection, part, flips),
            sorted_by=sorted_by,
            descending=part == "flips" or view.delta_sort != "up",
            groups=frozenset(row for row, role in zip(rows, roles, strict=False) if role in GROUPS),
            tabs=_tabs(selection, means),
        )

    def put_up(self, shown: Shown) -> None:
        """Show a list, and which one it is."""
        super().put_up(shown)
        tabs = shown.tabs if isinstance(shown, DeltaShown) else ()
        self.query_one(TabLine).show(tabs, self.part)

    def put_table(self, shown: Shown) -> None:
        """Show the table: what is compared, and by how much, stays at the left."""
        columns = shown.report.columns
        is_matrix = _is_matrix(shown.report)
        fixed = 2 if len(columns) > 1 and columns[1].kind == "delta" and not is_matrix else 1
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

    def _draw_bars(self, key: str | None) -> bool:
        """Draw the bars of a candidate in the matrix; False where the column is of none."""
        shown = self.shown
        if shown is None or not _is_matrix(shown.report) or not isinstance(shown.grid, ReportGrid):
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

    def show_context(self, more: Sequence[str]) -> None:
        """What is looked at, whose bars are drawn, and what goes on besides."""
        shown = self.shown
        bars = ""
        if shown is not None and _is_matrix(shown.report):
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

    def update_view(self) -> None:
        """Read the answers where they are counted."""
        if self.part == "flips":
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
        if report is not None and _is_matrix(report):
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
            self.change(flip_sort=_after(tuple(_FLIP_SORTS), view.flip_sort))
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
            orders = {column: order for order, column in _FLIP_COLUMNS.items()}
            self.change(flip_sort=orders.get(column.name, "name"))
        elif self.part != "categories":
            self.notify("This list has an order of its own.", markup=False)
        elif column.name == "category":
            self.change(delta_sort="name", delta_by=None)
        else:
            by = column.run if column.kind == "delta" else column.name
            again = (view.delta_by, view.delta_sort) == (by, "down")
            self.change(delta_by=by, delta_sort="up" if again else "down")

    def action_part(self, step: int) -> None:
        """Show the next list, or the one before."""
        parts = tuple(PARTS)
        self._show_part(parts[(parts.index(self.part) + step) % len(parts)])

    @on(TabLine.Chosen)
    def _choose_part(self, event: TabLine.Chosen) -> None:
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


def _is_matrix(report: Report) -> bool:
    """Whether several candidates have a column of differences each."""
    of_runs = [column for column in report.columns if column.kind == "delta" and column.run]
    return len(of_runs) > 1


def _report(selection: Selection, part: Part) -> Report:
    """The list of a part that is made of scores, as it is drawn."""
    from tui_eval.analysis import delta
    from tui_eval.analysis.delta_table import delta_table

    if part in ("top", "bottom"):
        return _delta_second(delta.movers_report(selection, None, part))
    if part == "overview":
        return delta.overview_report(selection)
    return (delta.missing_report if part == "missing" else delta_table)(selection)


def _delta_second(report: Report) -> Report:
    """The report with its differences beside the categories: they are never hidden."""
    order = sorted(
        report.columns,
        key=lambda column: (
            ("category", "delta").index(column.name) if column.name in ("category", "delta") else 2
        ),
    )
    return replace(report, columns=tuple(order))


def _names(selection: Selection, report: Report) -> RunNames:
    """Short names of the runs on the screen."""
    from tui_eval.render.names import run_names

    tables, view = selection.tables, selection.view
    chosen = selection.runs if view.candidates is None else view.candidates
    compared = {run for run in (view.baseline, *chosen) if run in tables.labels}
    keys = {column.keys for column in report.columns if column.keys}
    named = {run for key in keys for run in report.frame[key].to_list()}
    return run_names(tables, tables.by_label(compared | named))


def _headings(selection: Selection, report: Report, names: RunNames) -> dict[str, str]:
    """What columns are called: runs by their letters and names."""
    letters = selection.letters
    short = names.at(_HEADING) if _is_matrix(report) else names.full
    of_runs = {
        column.name: f"{letters[column.run]} {short[column.run]}"
        for column in report.columns
        if column.run is not None and column.name != "delta"
    }
    named = {"baseline_score": "baseline", "candidate_score": "score", "delta": "Δ"}
    return {**named, **of_runs}


def _bar_column(report: Report, part: Part, view: View) -> str | None:
    """The column that is drawn as bars; in the matrix that by which it is sorted, or the first."""
    if not report.columns or part in ("flips", "missing"):
        return None
    deltas = [column for column in report.columns if column.kind == "delta"]
    by = next((column for column in deltas if column.run == view.delta_by), deltas[0])
    return by.name


def _least_bar(report: Report) -> int:
    """Terminal cells below which there are no bars."""
    has_candidates = any(column.name == "candidate" for column in report.columns)
    return _MANY_BAR if has_candidates or _is_matrix(report) else LEAST_BAR


def _order(
    report: Report, view: View, part: Part, headings: Mapping[str, str]
) -> tuple[str, str | None]:
    """The order of the rows in words, and the column by which they are sorted, if it is one."""
    if part == "flips":
        return f"by {_FLIP_SORTS[view.flip_sort]}", _FLIP_COLUMNS.get(view.flip_sort)
    if part != "categories" or not report.columns:
        return "", None
    if view.delta_sort == "name":
        return "by name", "category"
    sign, arrow = "|Δ|" if view.delta_sort == "abs" else "Δ", _ARROWS[view.delta_sort]
    sorted_by = next(
        (
            one
            for one in report.columns
            if view.delta_by in (one.name, one.kind == "delta" and one.run)
        ),
        None,
    )
    if sorted_by is not None and sorted_by.kind != "delta":
        return f"by {headings.get(sorted_by.name, sorted_by.name)} {arrow}", sorted_by.name
    if not _is_matrix(report):
        return f"by {sign} {arrow}", "delta"
    if sorted_by is not None:
        letter = headings[sorted_by.name].split()[0]
        return f"by {sign} of {letter} {arrow}", sorted_by.name
    return f"by {'largest' if sign == '|Δ|' else 'mean'} {sign} {arrow}", None


def _compared(selection: Selection, names: RunNames, means: Sequence[Means]) -> str:
    """What is compared, by letters and names; what all names share is said once."""
    letters, baseline = selection.letters, selection.view.baseline
    if baseline is None or baseline not in names.full:
        return "baseline none"
    against = f"{letters[baseline]} {names.full[baseline]}"
    shared = f" ({names.shared})" if names.shared else ""
    if not means:
        return f"baseline {against}{shared}"
    if len(means) == 1:
        run = means[0].run
        return f"{letters[run]} {names.full[run]} − {against}{shared}"
    return f"{len(means)} candidates − {against}{shared}"


def _summary(selection: Selection, part: Part, means: Sequence[Means]) -> tuple[str, ...]:
    """What the differences of one candidate come to; those of several are the table's foot."""
    from tui_eval.analysis.report import Column
    from tui_eval.render.delta_words import means_words

    metric = selection.metric
    if len(means) != 1 or metric is None or part in ("overview", "flips", "missing"):
        return ()
    column = Column("Δ", "delta", metric.scale(selection.view), metric.higher_is_better)
    return (means_words(means[0], column, selection.factor),)


def _tabs(selection: Selection, means: Sequence[Means]) -> tuple[Tab, ...]:
    """All lists; of those in which nothing is it is said."""
    from tui_eval.analysis.delta import missing_report
    from tui_eval.analysis.selection import select

    view = replace(selection.view, sample_runs=None)
    answered = select(selection.tables, view).answered
    nothing: dict[Part, str] = {}
    if not any(one.gains for one in means):
        nothing["top"] = "0"
    if not any(one.losses for one in means):
        nothing["bottom"] = "0"
    if view.baseline not in answered or len(answered) < 2:
        nothing["flips"] = MISSING
    if not missing_report(selection).height:
        nothing["missing"] = "0"
    return tuple(
        Tab(part, f"{word} {nothing[part]}" if part in nothing else word, part in nothing)
        for part, word in _TABS.items()
    )


def _flips(snapshot: Snapshot) -> Report:
    """The flips of the runs whose answers are read."""
    from tui_eval.analysis.flips import flips_report
    from tui_eval.analysis.selection import select
    from tui_eval.loading.passes import NOTHING

    samples, request, selection = (
        snapshot.samples or NOTHING,
        snapshot.request,
        snapshot.selection,
    )
    if request is not None:
        view = replace(selection.view, candidates=tuple(request.runs))
        selection = select(selection.tables, view)
    is_whole = snapshot.samples is not None and samples.is_whole
    report = flips_report(selection, samples.rows, is_whole=is_whole)
    limit = request.limit_note if request is not None else ""
    notes = [note for note in (limit, *samples.notes, *report.notes) if note]
    return replace(report, notes=tuple(notes))


def _choices(selection: Selection, part: Part, order: str) -> list[str]:
    view, metric = selection.view, selection.metric
    if metric is None or view.dataset is None:
        return []
    parts = [view.dataset, metric.title]
    if metric.is_scaled:
        parts.append(f"0–{view.scale}")
    if metric.higher_is_better is False:
        parts.append("lower is better")
    parts.append(order)
    if part == "categories" and view.min_delta:
        parts.append(f"|Δ| ≥ {view.min_delta * metric.factor(view):g}, T clears it")
    if part in ("top", "bottom"):
        parts.append(f"at most {view.top} each (+ −)")
    return parts


def _panels(
    report: Report, part: Part, names: RunNames, letters: Mapping[str, str]
) -> Sequence[Bars]:
    """One chart a candidate, in the order of the table; of the overview one of all candidates."""
    if report.chart is None or not report.height:
        return ()

    def title(run: str) -> str:
        return f"{letters[run]} {names.full[run]}"

    if part == "overview":
        named = report.frame["run"].replace_strict(names.full)
        rows = report.frame.with_columns(named.alias("Candidate"))
        return (delta_bars(report, "Mean Δ", "Candidate", "Mean Δ", rows),)
    if part == "categories":
        rows = report.body
        return Panels(
            [
                partial(delta_bars, report, title(column.run), "category", column.name, rows)
                for column in report.columns
                if column.kind == "delta" and column.run is not None
            ]
        )
    by_candidate = report.frame.partition_by("run", as_dict=True)
    return Panels(
        [
            partial(delta_bars, report, title(str(run)), "category", "delta", rows)
            for (run,), rows in by_candidate.items()
        ]
    )


def _exports(selection: Selection, part: Part, flips: Report | None) -> Exports:
    """This list first, then the others; top and bottom lists one a candidate."""
    from tui_eval.analysis.delta import delta_report, movers_report
    from tui_eval.analysis.delta_table import delta_table

    overview = _report(selection, "overview")
    if not overview.columns:
        return ()
    found: list[tuple[str, Callable[[], Report]]] = [
        (PARTS["categories"], partial(delta_report, selection)),
        (PARTS["overview"], lambda: overview),
        (PARTS["missing"], partial(_report, selection, "missing")),
    ]
    found += [(PARTS["flips"], lambda: flips)] if flips is not None else []
    found.sort(key=lambda one: one[0] != PARTS[part])
    directions: tuple[Literal["top", "bottom"], ...] = ("top", "bottom")
    movers: list[tuple[str, Callable[[], Report]]] = [
        (f"{PARTS[way]}: {candidate}", partial(movers_report, selection, key, way))
        for candidate, key in overview.frame.select("Candidate", "run").iter_rows()
        for way in sorted(directions, key=lambda way: way != part)
    ]
    matrix: Exports = ((MATRIX, partial(delta_table, selection)),) if len(movers) > 2 else ()
    return (*(movers + found if part in directions else found + movers), *matrix)
