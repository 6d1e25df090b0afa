"""What Scores shows: runs as rows (a leaderboard) or as columns, of one dataset or of all."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from tui_eval.render.bars import Panels, grouped_bars, run_bars
from tui_eval.render.safe import safe_text
from tui_eval.tui.screens.view_screen import Shown

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tui_eval.analysis.notes import Note
    from tui_eval.analysis.report import Column, Report
    from tui_eval.analysis.selection import Selection
    from tui_eval.analysis.view import Uncertainty, View
    from tui_eval.render.names import RunNames
    from tui_eval.tables import Tables
    from tui_eval.tui.screens.export import Export, Exports
    from tui_eval.tui.session import Snapshot


_ROOMY_BAR = 25
"""Terminal cells below which bars in rows give their room to intervals: more columns are seen."""


def leaderboard(snapshot: Snapshot) -> Shown:
    """Runs as rows; the chart is of the column at the cursor, one panel a column."""
    from tui_eval.analysis.leaderboard import RUN, groups_of, leaderboard_report
    from tui_eval.analysis.scores import axis_of
    from tui_eval.render.grid import LEAST_BAR, ReportGrid
    from tui_eval.render.names import run_names

    selection = snapshot.selection
    view, tables = selection.view, selection.tables
    whole = _with_differences(_with_intervals(leaderboard_report(selection), snapshot), snapshot)
    whole = _with_doubt(whole, snapshot)
    keys = whole.frame["key"].to_list() if whole.columns else []
    names = run_names(tables, keys)
    page, number, pages = _page(whole, snapshot)
    headings, shared = _part_headings(whole, selection)
    charted = chart_columns(whole)
    drawn = chart_columns(_for_chart(whole, view))
    titles = [headings.get(column.name, column.name) for column in charted]
    axes = [axis_of(whole.frame[column.name], column.scale) for column in charted]
    mean = next((column for column in charted if column.about is None), None)
    sorted_by = _leaderboard_order(whole, selection)
    order = f"by {headings.get(sorted_by, sorted_by)} " if sorted_by else "by name"
    falls = _falls(whole, sorted_by, selection)
    return Shown(
        report=page,
        grid=ReportGrid(
            page,
            {"rank": "#", **headings},
            names=names,
            bars=mean.name if mean is not None else None,
            beside=view.uncertainty,
            least_bar=_ROOMY_BAR if view.uncertainty == "interval" else LEAST_BAR,
        ),
        rows=tuple(f"{tables.labels[key]} {names.full[key]}" for key in keys),
        context=(
            *_title(whole, selection, snapshot.opened),
            *_scale(selection),
            order + ("▼" if falls else "▲") * bool(sorted_by),
            *_filter(selection),
            *_beside(whole, view),
            *(["bars on a log scale"] if whole.is_log else []),
            *_page_part(number, pages),
            *_shared("runs", names.shared),
            *_shared("categories" if view.dataset else "datasets", shared),
        ),
        panels=Panels(
            [
                partial(run_bars, page, column, title, names.full, axis)
                for column, title, axis in zip(drawn, titles, axes, strict=True)
            ]
        )
        if page.height
        else (),
        exports=partial(_exports, page, snapshot),
        sorted_by=sorted_by or RUN,
        descending=falls,
        groups=groups_of(selection),
        names_note=_names_note(snapshot),
        is_overview=view.dataset is None or selection.metric is None,
    )


def table(snapshot: Snapshot) -> Shown:
    """Categories or datasets as rows, runs as columns."""
    from tui_eval.analysis.groups import grouped_report
    from tui_eval.analysis.report import GROUPS
    from tui_eval.analysis.scores import compared_datasets, is_descending, overview_report
    from tui_eval.render.grid import ReportGrid
    from tui_eval.render.names import run_names

    selection = snapshot.selection
    view, metric = selection.view, selection.metric
    if view.dataset is None or metric is None:
        whole = overview_report(selection, compared_datasets(selection))
    else:
        whole = _with_doubt(_with_intervals(grouped_report(selection), snapshot), snapshot)
    rows = tuple(whole.body.to_series(0).to_list()) if whole.columns else ()
    page, number, pages = _page(whole, snapshot)
    columns = {column.run: column.name for column in whole.columns if column.run is not None}
    names = run_names(selection.tables, columns)
    letters = selection.letters
    headings = {name: f"{letters[run]} {names.full[run]}" for run, name in columns.items()}
    is_drawn = rows and columns and page.chart
    drawn = _for_chart(page, view)
    return Shown(
        report=page,
        grid=ReportGrid(page, headings, beside=view.uncertainty),
        rows=rows,
        context=(
            *_title(whole, selection, snapshot.opened),
            *_scale(selection),
            *_order(selection, names),
            *_filter(selection),
            *_beside(whole, view),
            *_page_part(number, pages),
            *_shared("runs", names.shared),
        ),
        panels=Panels([partial(grouped_bars, drawn, names.full, letters)]) if is_drawn else (),
        exports=partial(_exports, page, snapshot),
        sorted_by=columns.get(view.sort_run or "") if view.sort != "name" else None,
        descending=is_descending(view, metric),
        groups=frozenset(
            row for row, role in zip(rows, whole.roles, strict=False) if role in GROUPS
        ),
        names_note=_names_note(snapshot),
        is_overview=view.dataset is None or selection.metric is None,
    )


def incomplete_note(snapshot: Snapshot) -> Note | None:
    """Which of the runs that are shown lack something; None: none of them does."""
    from tui_eval.analysis import incomplete

    loaded, selection, checks = snapshot.loaded, snapshot.selection, snapshot.checks
    rows = None if checks is None else checks.rows
    some = incomplete.incomplete_runs(loaded.tables, loaded.files, rows, selection.dataset)
    return incomplete.incomplete_note(selection.tables, selection.runs, some)


def uncertainties(report: Report) -> list[Uncertainty]:
    """What can stand beside the scores of a report, in the order in which it is chosen."""
    offered: list[Uncertainty] = ["none"]
    if any(column.stderr is not None for column in report.columns):
        offered.append("stderr")
    ends = [column.low for column in report.columns if column.low is not None]
    if any(report.frame[end].count() for end in ends):
        offered.append("interval")
    return offered


def uncertainty_of(report: Report, view: View) -> Uncertainty:
    """What stands beside the scores: what is wanted, where it is known."""
    return view.uncertainty if view.uncertainty in uncertainties(report) else "none"


def why_no_intervals(report: Report) -> str | None:
    """Why no intervals are offered where standard errors are; None: they are, or nothing is."""
    if uncertainties(report) != ["none", "stderr"]:
        return None
    return "No 95 % intervals: neither answers nor a ± to trust tell them."


def chart_columns(report: Report) -> list[Column]:
    """The columns of a leaderboard that are drawn as bars, in order."""
    return [column for column in report.columns if column.kind in ("score", "count")]


def _with_intervals(report: Report, snapshot: Snapshot) -> Report:
    """Scores of one dataset with how sure they are, as far as answers were read."""
    from tui_eval.analysis.with_intervals import with_intervals
    from tui_eval.tui.evidence import evidence_of

    selection = snapshot.selection
    if selection.dataset is None:
        return report
    return with_intervals(report, selection, evidence_of(snapshot), selection.view.uncertainty)


def _with_doubt(report: Report, snapshot: Snapshot) -> Report:
    """The scores of a dataset with a last line that nothing tells how sure they are, if so."""
    from tui_eval.analysis.notes import Note

    selection = snapshot.selection
    if selection.dataset is None or selection.metric is None or not report.columns:
        return report
    if selection.metric.is_count or selection.scored_and_answered or len(uncertainties(report)) > 1:
        return report
    told = Note("Neither ± nor answers are there: nothing tells how sure these scores are.")
    return replace(report, notes=(*report.notes, told))


def _with_differences(report: Report, snapshot: Snapshot) -> Report:
    """A leaderboard with what makes its runs unlike the best, and how runs of a model spread."""
    from tui_eval.analysis.spread import spread_notes
    from tui_eval.analysis.unequal import with_differences

    selection, answers = snapshot.selection, snapshot.answers
    if selection.dataset is None:
        return report
    samples = None if answers is None else answers.rows
    told = with_differences(report, selection, samples)
    return replace(told, notes=(*told.notes, *spread_notes(selection)))


def _for_chart(report: Report, view: View) -> Report:
    """The report as its chart is drawn: with intervals where they are wanted."""
    if view.uncertainty == "interval":
        return report
    columns = (replace(column, low=None, high=None) for column in report.columns)
    return replace(report, columns=tuple(columns))


def _page(whole: Report, snapshot: Snapshot) -> tuple[Report, int, int]:
    """The page that is looked at, its number from 0, and how many there are."""
    from tui_eval.analysis.report import page_count

    size = snapshot.selection.view.page_size
    if size is None:
        return whole, 0, 1
    pages = page_count(whole.height, size)
    number = min(snapshot.position.page, pages - 1)
    return whole.page(size, number), number, pages


def _part_headings(whole: Report, selection: Selection) -> tuple[dict[str, str], str]:
    """Headings of categories or datasets without what they share, and what that is."""
    from tui_eval.analysis.leaderboard import groups_of
    from tui_eval.render.names import without_shared

    groups, opened = groups_of(selection), selection.view.opened
    parts = [column for column in whole.columns if column.about is not None]
    short, shared = without_shared([safe_text(column.name) for column in parts])
    marks = [
        ("" if part.about not in groups else "▾" if part.about in opened else "▸") for part in parts
    ]
    made = zip(parts, marks, short, strict=True)
    return {part.name: mark + name for part, mark, name in made}, shared


def _leaderboard_order(whole: Report, selection: Selection) -> str | None:
    """The column by which runs are sorted; None: by name."""
    if selection.view.sort == "name":
        return None
    columns = chart_columns(whole)
    if selection.view.sort_column in [column.name for column in columns]:
        return selection.view.sort_column
    return next((column.name for column in columns if column.about is None), None)


def _falls(whole: Report, name: str | None, selection: Selection) -> bool:
    """Whether the largest numbers of the column stand on top."""
    columns = [column for column in whole.columns if column.name == name]
    lower_is_better = any(column.higher_is_better is False for column in columns)
    return (selection.view.sort == "-mean") != lower_is_better and name is not None


def _title(whole: Report, selection: Selection, opened: Tables) -> list[str]:
    from tui_eval.analysis.selection import datasets

    names = datasets(opened.scores)
    if selection.dataset is None or len(names) < 2:
        return [whole.title]
    return [f"{whole.title} (dataset {names.index(selection.dataset) + 1} of {len(names)})"]


_BESIDE = {"none": (), "stderr": ("± stderr",), "interval": ("[95 % interval]",)}


def _beside(report: Report, view: View) -> Sequence[str]:
    """What stands beside the scores."""
    return _BESIDE[uncertainty_of(report, view)]


def _scale(selection: Selection) -> list[str]:
    metric = selection.metric
    return [f"0–{selection.view.scale}"] if metric is not None and metric.is_scaled else []


def _order(selection: Selection, names: RunNames) -> list[str]:
    """By what categories are sorted."""
    from tui_eval.analysis.scores import is_descending

    view, metric = selection.view, selection.metric
    if metric is None or view.dataset is None:
        return []
    arrow = "▼" if is_descending(view, metric) else "▲"
    whose = names.full.get(view.sort_run or "", "mean")
    return ["by name" if view.sort == "name" else f"by {whose} {arrow}"]


def _filter(selection: Selection) -> list[str]:
    """Which categories are kept, and how many these are."""
    from tui_eval.analysis.scores import score_report

    view, metric, labels = selection.view, selection.metric, selection.tables.labels
    if view.threshold is None or view.dataset is None or metric is None:
        return []
    sign = "≥" if view.threshold.at_least else "≤"
    value = view.threshold.value * metric.factor(view)
    whose = labels.get(view.threshold.run or "", "any run")
    left = score_report(selection).height
    return [f"{sign} {value:g} ({whose}): {left} left, T clears"]


def _page_part(number: int, pages: int) -> list[str]:
    return [f"page {number + 1}/{pages}"] if pages > 1 else []


def _shared(what: str, shared: str) -> list[str]:
    """What all names had that is not written in each of them."""
    return [f"{what} {shared}"] if shared else []


def _names_note(snapshot: Snapshot) -> Note | None:
    from tui_eval.analysis.aliases import names_note

    dataset = snapshot.selection.view.dataset
    return names_note(snapshot.loaded.written, snapshot.aliases, dataset)


def _exports(page: Report, snapshot: Snapshot) -> Exports:
    """The table on the screen first; the leaderboard and eval-analyzer's tables always.

    Where intervals are on the screen, they are columns of what is saved.
    """
    from tui_eval.analysis.interval_columns import columns_of_intervals
    from tui_eval.analysis.leaderboard import leaderboard_report, ranks_runs
    from tui_eval.analysis.scores import overview_report, score_report

    selection = snapshot.selection

    has_intervals = selection.view.uncertainty == "interval"
    saved = columns_of_intervals if has_intervals else lambda report: report

    def told(report: Report) -> Report:
        return saved(_with_intervals(report, snapshot))

    overview: Export = ("all datasets as rows", partial(overview_report, selection))
    runs: Export = (
        "the leaderboard: runs as rows",
        lambda: told(leaderboard_report(selection)),
    )
    if selection.dataset is None:
        return (runs, overview) if ranks_runs(selection) else (overview, runs)
    count = score_report(selection).height

    def every() -> Report:
        whole = told(score_report(selection))
        return replace(whole, name=f"{whole.name}_ALL")

    tables: Exports = ((f"all {count} categories as rows", every),)
    if ranks_runs(selection):
        return (runs, *tables, overview)
    if selection.view.page_size is not None:
        here = f"this page ({page.data.height} of {count} categories)"
        tables = ((here, lambda: saved(page)), *tables)
    return (*tables, overview, runs) if len(selection.runs) > 1 else (*tables, overview)
