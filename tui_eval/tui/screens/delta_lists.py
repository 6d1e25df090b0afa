"""What the delta screen shows of a snapshot: its lists, their order, and what is said of them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, Literal

from tui_eval.analysis.view import DeltaSort, FlipSort, Part, View
from tui_eval.render.bars import Bars, Panels, delta_bars
from tui_eval.render.grid import LEAST_BAR, ReportGrid
from tui_eval.render.safe import MISSING
from tui_eval.tui.screens.view_screen import Shown
from tui_eval.tui.widgets.tab_line import Tab

if TYPE_CHECKING:
    from tui_eval.analysis.delta_table import Means
    from tui_eval.analysis.report import Report
    from tui_eval.analysis.selection import Selection
    from tui_eval.render.names import RunNames
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
FLIP_SORTS: dict[FlipSort, str] = {
    "name": "name",
    "net": "fixed − broken ▼",
    "fixed": "fixed ▼",
    "broken": "broken ▼",
}
"""The orders of what flipped, in words."""

FLIP_COLUMNS: dict[FlipSort, str] = {"net": "delta", "fixed": "fixed", "broken": "broken"}
"""The columns by which these sort."""

_HEADING = 20
"""Terminal cells of a name above one of several columns of differences."""

_MANY_BAR = 20
"""Terminal cells below which many columns have rather their room than bars."""


@dataclass(frozen=True)
class DeltaShown(Shown):
    """What the screen shows, and the other lists.

    Attributes:
        tabs: All lists.
    """

    tabs: tuple[Tab, ...] = ()


def delta_shown(snapshot: Snapshot) -> DeltaShown:
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
        summary=(*_guarded(snapshot), *_summary(selection, part, means)),
        exports=partial(_exports, selection, part, flips),
        sorted_by=sorted_by,
        descending=part == "flips" or view.delta_sort != "up",
        groups=frozenset(row for row, role in zip(rows, roles, strict=False) if role in GROUPS),
        tabs=_tabs(selection, means),
    )


def is_matrix(report: Report) -> bool:
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
    short = names.at(_HEADING) if is_matrix(report) else names.full
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
    return _MANY_BAR if has_candidates or is_matrix(report) else LEAST_BAR


def _order(
    report: Report, view: View, part: Part, headings: Mapping[str, str]
) -> tuple[str, str | None]:
    """The order of the rows in words, and the column by which they are sorted, if it is one."""
    if part == "flips":
        return f"by {FLIP_SORTS[view.flip_sort]}", FLIP_COLUMNS.get(view.flip_sort)
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
    if not is_matrix(report):
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


def _guarded(snapshot: Snapshot) -> tuple[str, ...]:
    """What differs between the runs that should not, and the key that tells all of it."""
    from tui_eval.analysis.guard import MARK, comparison_words, marks
    from tui_eval.render.words import worded

    selection, samples = snapshot.selection, snapshot.samples
    view, metric = selection.view, selection.metric
    if view.dataset is None or metric is None or view.baseline not in selection.runs:
        return ()
    chosen = selection.runs if view.candidates is None else view.candidates
    candidates = [run for run in chosen if run != view.baseline and run in selection.runs]
    rows = samples.rows if samples is not None and samples.is_whole else None
    pairs = (selection.tables, view.dataset, (metric.name, metric.filter), view.baseline)
    words = comparison_words(*pairs, candidates, selection.letters, rows)
    if words is None:
        return ()
    sign = f"{MARK} " if any(marks(*pairs, candidates, rows).values()) else ""
    return (f"{sign}(I tells more) {worded(words)}",)


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
