"""Screen 3: by how much candidates differ from a baseline."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, ClassVar, Literal

from textual import on
from textual.binding import BindingType

from tui_eval.analysis.view import COVERAGE, Part
from tui_eval.render.bars import Bars, Panels, delta_bars
from tui_eval.render.numbers import number_text
from tui_eval.tui.commands import DELTA, RUN, SELECT, TABLE, bindings, quiet
from tui_eval.tui.screens.charts import ShowsCharts
from tui_eval.tui.screens.choosers import ChoosesRuns
from tui_eval.tui.screens.copy_and_export import CopiesAndExports
from tui_eval.tui.screens.search import SearchesRows
from tui_eval.tui.screens.view_screen import Shown
from tui_eval.tui.widgets.bar_chart import BarChart
from tui_eval.tui.widgets.frame_table import FrameTable

if TYPE_CHECKING:
    from tui_eval.analysis.report import Report
    from tui_eval.analysis.selection import Selection
    from tui_eval.analysis.view import DeltaSort
    from tui_eval.tui.screens.export import Exports
    from tui_eval.tui.session import Snapshot

PARTS: dict[Part, str] = {
    "categories": "categories",
    "overview": "overview of candidates",
    "top": "most improved",
    "bottom": "most declined",
    "flips": "flipped questions",
    "missing": "missing categories",
}
HEADINGS = {"baseline_score": "baseline", "candidate_score": "score", "delta": "Δ"}
_SORTS: dict[DeltaSort, str] = {"down": "Δ ▼", "up": "Δ ▲", "abs": "|Δ| ▼", "name": "name"}


class DeltaScreen(ShowsCharts, SearchesRows, ChoosesRuns, CopiesAndExports):
    """Differences by category, their overview, the most improved and declined, what is missing."""

    KEYS = (*DELTA, *TABLE, *RUN, *SELECT)
    BINDINGS: ClassVar[list[BindingType]] = bindings(
        quiet(DELTA, "sort"), quiet(TABLE, "scale", "dataset"), RUN
    )
    NUMBER = 3
    MODE = "delta"

    @staticmethod
    def build(snapshot: Snapshot) -> Shown:
        """The chosen list of differences."""
        from tui_eval.analysis import delta
        from tui_eval.loading.labels import short_labels
        from tui_eval.render.grid import ReportGrid

        part, selection = snapshot.position.part, snapshot.selection
        view, samples = selection.view, snapshot.samples
        overview = delta.overview_report(selection)
        flips = _flips(snapshot) if part == "flips" else None
        report = flips or _report(selection, part)
        labels = list(selection.tables.labels.values())
        short = dict(zip(labels, short_labels(labels), strict=True))
        label = selection.tables.labels.get(view.baseline or "", "")
        baseline = short.get(label, "none")
        return Shown(
            report=report,
            grid=ReportGrid(report, HEADINGS, short),
            rows=tuple(report.body.to_series(0).to_list()) if report.columns else (),
            context=(
                PARTS[part],
                samples.progress if samples and part == "flips" else "",
                f"baseline {baseline}",
                *_choices(selection, part),
            ),
            panels=_panels(report, part),
            summary=() if part in ("overview", "flips") else _summary(overview, short),
            exports=partial(_exports, selection, part, flips),
        )

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
        """Look at the questions of the category and candidate at the cursor."""
        report = self.shown.report if self.shown else None
        baseline = self.session.view.baseline
        if report is None or baseline is None or event.row >= report.frame.height:
            return
        candidate = self.run_at_cursor()
        is_of_one = "category" in report.frame and report.roles[event.row] in ("row", "inner")
        category = report.frame["category"][event.row] if is_of_one else None
        where = "changed" if self.part == "flips" else ""
        self.open_samples(category, (baseline, candidate) if candidate else None, where)

    def action_select_cursor(self) -> None:
        """Open the row at the cursor, as Enter does in the table."""
        self.table.action_select_cursor()

    def chart_follows(self, row: int) -> None:
        """Bring the category at the cursor into the panel of its candidate."""
        if self.shown is None or "candidate" not in self.shown.report.frame.columns:
            super().chart_follows(row)
            return
        candidates = self.shown.report.frame["candidate"].to_list()
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
        """Order by Δ down, Δ up, |Δ|, name, in turn."""
        orders = list(_SORTS)
        here = orders.index(self.session.view.delta_sort)
        self.change(delta_sort=orders[(here + 1) % len(orders)])

    def action_part(self) -> None:
        """Show the next list."""
        parts = list(PARTS)
        self.session.move(part=parts[(parts.index(self.part) + 1) % len(parts)])
        self.table.move_cursor(row=0)
        self.change(sample_runs=None)

    def run_at_cursor(self) -> str | None:
        """The candidate of the row at the cursor, or the run that lacks something."""
        return self.shown.report.key_at(self.table.cursor_row) if self.shown else None

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


def _report(selection: Selection, part: Part) -> Report:
    """The list of a part that is made of scores."""
    from tui_eval.analysis import delta

    if part in ("top", "bottom"):
        return delta.movers_report(selection, None, part)
    if part == "overview":
        return delta.overview_report(selection)
    return (delta.missing_report if part == "missing" else delta.delta_report)(selection)


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


def _choices(selection: Selection, part: Part) -> list[str]:
    view, metric = selection.view, selection.metric
    if metric is None or view.dataset is None:
        return []
    parts = [view.dataset, metric.name]
    if metric.is_scaled:
        parts.append(f"0–{view.scale}")
    if metric.higher_is_better is False:
        parts.append("lower is better")
    if part == "categories":
        parts.append(f"by {_SORTS[view.delta_sort]}")
        if view.min_delta:
            parts.append(f"|Δ| ≥ {view.min_delta * metric.factor(view):g}, T clears")
    if part in ("top", "bottom"):
        parts.append(f"at most {view.top} each, + and − change it")
    return parts


def _panels(report: Report, part: Part) -> Sequence[Bars]:
    """One chart a candidate, in the order of the rows; of the overview one of all candidates."""
    if report.chart is None or report.frame.is_empty():
        return ()
    frame = report.frame
    if part == "overview":
        return (delta_bars(report, "Mean Δ", "Candidate", "Mean Δ", frame),)
    by_candidate = frame.partition_by("candidate", as_dict=True)
    return Panels(
        [
            partial(delta_bars, report, str(label), "category", "delta", rows)
            for (label,), rows in by_candidate.items()
        ]
    )


def _summary(overview: Report, short: Mapping[str, str]) -> tuple[str, ...]:
    """One line a candidate, best first; at most three."""
    columns = {column.name: column for column in overview.columns}
    lines = []
    for row in overview.body.head(3).iter_rows(named=True):
        shown = {name: number_text(value, columns[name]) for name, value in row.items()}
        line = (
            f"{short[row['Candidate']]}: mean Δ {shown['Mean Δ']}, median {shown['Median Δ']}, "
            f"{shown['Win']} win {shown['Lose']} lose {shown['Tie']} tie, on {shown[COVERAGE]}"
        )
        if row["Runs"] is not None and row["Runs"] > 1:
            spread = f"{shown['Lowest run']} to {shown['Highest run']}"
            line += f"; {shown['Runs']} runs {spread}"
        lines.append(line)
    hidden = overview.frame.height - len(lines)
    if hidden > 0:
        lines[-1] += f" (and {hidden} more: o)"
    return tuple(lines)


def _exports(selection: Selection, part: Part, flips: Report | None) -> Exports:
    """This list first, then the others; top and bottom lists one a candidate."""
    from tui_eval.analysis.delta import movers_report

    overview = _report(selection, "overview")
    if not overview.columns:
        return ()
    lists: tuple[Part, ...] = ("categories", "overview", "missing")
    found: list[tuple[str, Callable[[], Report]]] = [
        (PARTS[name], partial(_report, selection, name)) for name in lists
    ]
    found += [(PARTS["flips"], lambda: flips)] if flips is not None else []
    found.sort(key=lambda one: one[0] != PARTS[part])
    directions: tuple[Literal["top", "bottom"], ...] = ("top", "bottom")
    movers: list[tuple[str, Callable[[], Report]]] = [
        (f"{PARTS[way]}: {candidate}", partial(movers_report, selection, key, way))
        for candidate, key in overview.frame.select("Candidate", "run").iter_rows()
        for way in sorted(directions, key=lambda way: way != part)
    ]
    return tuple(movers + found if part in directions else found + movers)
