"""What the delta screen shows of a snapshot: its lists, their order, and what is said of them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, Literal

from tui_eval.analysis.view import DeltaSort, FlipSort, Part, View
from tui_eval.render.bars import Bars, Panels, delta_bars, forest_bars
from tui_eval.render.grid import LEAST_BAR, ReportGrid
from tui_eval.render.safe import MISSING
from tui_eval.tui.screens.view_screen import Shown
from tui_eval.tui.widgets.tab_line import Tab

if TYPE_CHECKING:
    import polars as pl

    from tui_eval.analysis.compare import Evidence
    from tui_eval.analysis.delta_table import Means
    from tui_eval.analysis.notes import Note
    from tui_eval.analysis.report import Column, Report
    from tui_eval.analysis.selection import Selection
    from tui_eval.render.delta_words import Told
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
    "pairs": "all pairs of runs",
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
    "pairs": "pairs",
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


_BESIDE_INTERVALS = 24
"""Terminal cells below which the columns beside intervals have rather their room than bars."""


@dataclass(frozen=True)
class DeltaShown(Shown):
    """What the screen shows, and the other lists.

    Attributes:
        tabs: All lists.
        told: What is said of the one candidate above the table; None: there are several.
        told_of_pair: The same of two runs (keys), the baseline first; None: it is not all pairs
            that are shown.
        told_of_candidate: The same of one of several candidates (key); None: there are not several,
            or they are not tested.
        candidates: These, in the order of the table.
    """

    tabs: tuple[Tab, ...] = ()
    told: Told | None = None
    told_of_pair: Callable[[str, str], Told | None] | None = None
    told_of_candidate: Callable[[str], Told] | None = None
    candidates: tuple[str, ...] = ()


def delta_shown(snapshot: Snapshot) -> DeltaShown:
    """The chosen list of differences."""
    from tui_eval.analysis.delta_table import candidate_means
    from tui_eval.analysis.report import GROUPS

    part, selection = snapshot.position.part, snapshot.selection
    view, samples = selection.view, snapshot.samples
    evidence = _evidence(snapshot)
    flips = _flips(snapshot) if part == "flips" else None
    differ = _differ(snapshot)
    report = flips or _report(selection, part, evidence, differ)
    means = candidate_means(selection)
    names = _names(selection, report)
    differing = _differing(selection, means, differ)
    above, below = ("", "") if part == "pairs" else _guarded(snapshot, means)
    report = replace(report, notes=(*report.notes, *([below] if below else [])))
    headings = _headings(selection, report, names, differing)
    rows = tuple(report.body.to_series(0).to_list()) if report.columns else ()
    roles = report.roles if part == "categories" else []
    words, sorted_by = _order(report, view, part, headings)
    summary = _summary(selection, part, means)
    told = _told(selection, part, means, evidence)
    if told is not None:
        told = told._replace(differs=above)
    elif above:
        summary = (above, *summary)
    return DeltaShown(
        report=report,
        grid=ReportGrid(
            report,
            headings,
            names=_lettered(selection, names) if part == "pairs" else names,
            bars=_bar_column(report, part, view),
            least_bar=_least_bar(report),
            beyond=() if is_matrix(report) else ("baseline_score", "candidate_score"),
        ),
        rows=rows,
        context=(
            _compared(selection, names, means),
            samples.progress if samples and part == "flips" else "",
            *_choices(selection, part, words),
        ),
        panels=_panels(report, part, names, selection, evidence),
        summary=summary if told is None else told.lines(),
        exports=partial(_exports, selection, part, flips, evidence),
        sorted_by=sorted_by,
        descending=part == "flips" or view.delta_sort != "up",
        groups=frozenset(row for row, role in zip(rows, roles, strict=False) if role in GROUPS),
        tabs=_tabs(selection, means),
        told=told,
        told_of_pair=None
        if part != "pairs" or evidence is None or not report.height
        else partial(_told_of_pair, selection, evidence, report, differ),
        told_of_candidate=_teller(selection, part, means, evidence),
        candidates=tuple(one.run for one in means),
    )


def _evidence(snapshot: Snapshot) -> Evidence | None:
    """What differences are tested with; None: there is nothing to test, or counts, which are all.

    Counts have no error: nothing is drawn from anything.
    """
    from tui_eval.analysis.delta import pairs_of
    from tui_eval.tui.evidence import evidence_of

    pairs = pairs_of(snapshot.selection)
    if isinstance(pairs, str) or pairs.metric.is_count:
        return None
    return evidence_of(snapshot)


def is_matrix(report: Report) -> bool:
    """Whether several candidates have a column of differences each."""
    of_runs = [column for column in report.columns if column.kind == "delta" and column.run]
    return len(of_runs) > 1


def _report(
    selection: Selection, part: Part, evidence: Evidence | None, differ: Differ = lambda *_: None
) -> Report:
    """The list of a part that is made of scores, as it is drawn."""
    from tui_eval.analysis import delta
    from tui_eval.analysis.delta_table import delta_table
    from tui_eval.analysis.delta_tests import with_long_tests, with_mean_tests
    from tui_eval.analysis.pair_report import pairs_report

    if part in ("top", "bottom"):
        report = delta.movers_report(selection, None, part)
        if evidence is not None:
            report = with_long_tests(report, selection, evidence)
        return _delta_second(report)
    if part == "overview":
        report = delta.overview_report(selection)
        return report if evidence is None else with_mean_tests(report, selection, evidence)
    if part == "pairs":
        return pairs_report(selection, evidence, lambda *runs: differ(*runs) is not None)
    return (
        delta.missing_report(selection) if part == "missing" else delta_table(selection, evidence)
    )


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


def _headings(
    selection: Selection, report: Report, names: RunNames, differing: Mapping[str, Note]
) -> dict[str, str]:
    """What columns are called: runs by their letters and names, marked where settings differ."""
    from tui_eval.analysis.guard import MARK

    letters = selection.letters
    short = names.at(_HEADING) if is_matrix(report) else names.full
    is_marked = "key" not in report.frame.columns  # of all pairs the cells are
    of_runs = {
        column.name: f"{letters[column.run]} {short[column.run]}"
        + (f" {MARK}" if is_marked and column.run in differing and column.kind == "delta" else "")
        for column in report.columns
        if column.run is not None and column.name != "delta"
    }
    named = {"baseline_score": "baseline", "candidate_score": "score", "low": "95 % interval"}
    return {**named, "delta": "Δ", **of_runs}


def _lettered(selection: Selection, names: RunNames) -> RunNames:
    """The names with the letters that columns have."""
    letters = selection.letters
    full = {run: f"{letters[run]} {name}" for run, name in names.full.items()}
    return replace(names, full=full, _cut={})


Differ = Callable[[str, str], "Note | None"]
"""What is not the same of two runs (keys), in words; None: their numbers carry no mark."""


def _differ(snapshot: Snapshot) -> Differ:
    """What is known of any two runs (see `guard.is_marked`)."""
    from tui_eval.analysis.guard import difference_words, differences, is_marked

    selection, rows = snapshot.selection, _read_rows(snapshot)
    dataset, metric, letters = selection.dataset, selection.metric, selection.letters

    def words(baseline: str, run: str) -> Note | None:
        if dataset is None or metric is None:
            return None
        of = (metric.name, metric.filter)
        found = differences(selection.tables, dataset, of, baseline, run, rows)
        if not is_marked(found):
            return None
        return difference_words(found, letters[baseline], letters[run])

    return words


def _differing(selection: Selection, means: Sequence[Means], differ: Differ) -> dict[str, Note]:
    """By candidate what is not the same as in the baseline, where anything is not."""
    baseline = selection.view.baseline
    if baseline is None:
        return {}
    found = {one.run: differ(baseline, one.run) for one in means}
    return {run: words for run, words in found.items() if words is not None}


def _bar_column(report: Report, part: Part, view: View) -> str | None:
    """The column that is drawn as bars; in the matrix that by which it is sorted, or the first."""
    if not report.columns or part in ("pairs", "flips", "missing"):
        return None
    deltas = [column for column in report.columns if column.kind == "delta"]
    by = next((column for column in deltas if column.run == view.delta_by), deltas[0])
    return by.name


def _least_bar(report: Report) -> int:
    """Terminal cells below which there are no bars."""
    has_candidates = any(column.name == "candidate" for column in report.columns)
    if any(column.kind == "interval" for column in report.columns):
        return _BESIDE_INTERVALS
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


def _delta_column(selection: Selection) -> Column | None:
    """How differences are to be read; None: there is no metric."""
    from tui_eval.analysis.report import Column

    metric = selection.metric
    if metric is None:
        return None
    return Column("Δ", "delta", metric.scale(selection.view), metric.higher_is_better)


def _summary(selection: Selection, part: Part, means: Sequence[Means]) -> tuple[str, ...]:
    """What the differences of one candidate come to; those of several are the table's foot."""
    from tui_eval.render.delta_words import means_words

    column = _delta_column(selection)
    if len(means) != 1 or column is None or part in ("pairs", "overview", "flips", "missing"):
        return ()
    return (means_words(means[0], column, selection.factor),)


def _told(
    selection: Selection,
    part: Part,
    means: Sequence[Means],
    evidence: Evidence | None,
) -> Told | None:
    """Whether the one candidate differs by more than noise, on the whole dataset."""
    from tui_eval.analysis.delta_tests import mean_row, on_scale, whole_row
    from tui_eval.render.delta_words import balance_words, told_of
    from tui_eval.render.numbers import number_text

    column, baseline = _delta_column(selection), selection.view.baseline
    is_shown = part in ("categories", "top", "bottom") and len(means) == 1
    if evidence is None or column is None or baseline is None or not is_shown:
        return None
    run, factor = means[0].run, selection.factor
    whole, mean = whole_row(evidence, baseline, run), mean_row(evidence, baseline, run)
    more = [] if means[0].categories < 2 else [balance_words(means[0], column)]
    if mean is not None and whole["paired"]:
        deltas = {number_text((one["delta"] or 0.0) * factor, column) for one in (whole, mean)}
        more = ["every question equal", *more] if len(deltas) > 1 else more
    return told_of(
        on_scale(whole, factor),
        column,
        selection.letters[run],
        evidence.tests.margin * factor,
        more=more,
    )


def _teller(
    selection: Selection, part: Part, means: Sequence[Means], evidence: Evidence | None
) -> Callable[[str], Told] | None:
    """What tells of each of several candidates; their p are adjusted over them, as in the foot."""
    column, baseline = _delta_column(selection), selection.view.baseline
    is_shown = part in ("categories", "top", "bottom") and len(means) > 1
    if evidence is None or column is None or baseline is None or not is_shown:
        return None
    runs = [one.run for one in means]
    return partial(_told_of_candidate, selection, evidence, column, baseline, runs)


def _told_of_candidate(
    selection: Selection,
    evidence: Evidence,
    column: Column,
    baseline: str,
    runs: Sequence[str],
    run: str,
) -> Told:
    from tui_eval.analysis.delta_tests import on_scale, whole_q, whole_row
    from tui_eval.render.delta_words import holm_words, told_of

    letters, factor = selection.letters, selection.factor
    row = on_scale(whole_row(evidence, baseline, run), factor)
    told = told_of(row, column, letters[run], evidence.tests.margin * factor)
    q, of = whole_q(evidence, baseline, runs)[run], f"{letters[run]} − {letters[baseline]}:"
    holm = holm_words(row, q, len(runs), evidence.tests.alpha, "candidates")
    if holm and holm[0].endswith("can't tell"):
        return told._replace(
            sentence=f"{of} {holm[0]}", facts=(f"alone {told.sentence}", *told.facts)
        )
    return told._replace(sentence=f"{of} {told.sentence}", facts=(*holm, *told.facts))


def _told_of_pair(
    selection: Selection,
    evidence: Evidence,
    report: Report,
    differ: Differ,
    baseline: str,
    run: str,
) -> Told | None:
    """The same of any two runs, among all pairs; None: they are one and the same."""
    from tui_eval.analysis.delta_tests import on_scale, whole_row
    from tui_eval.analysis.guard import MARK
    from tui_eval.analysis.pair_report import companion
    from tui_eval.render.delta_words import holm_words, told_of

    column = _delta_column(selection)
    if column is None or run == baseline:
        return None
    letters, factor = selection.letters, selection.factor
    row = on_scale(whole_row(evidence, baseline, run), factor)
    told = told_of(row, column, letters[run], evidence.tests.margin * factor)
    q = report.frame.filter(key=run)[companion("q", baseline)][0]
    tested = [companion("q", one) for one in report.frame["key"]]
    pairs = sum(report.frame[name].count() for name in tested) // 2
    holm = holm_words(row, q, pairs, evidence.tests.alpha)
    words = differ(baseline, run)
    differs = () if words is None else (f"{MARK} {words}",)
    sentence = f"{letters[run]} − {letters[baseline]}: {told.sentence}"
    return told._replace(sentence=sentence, facts=(*differs, *holm, *told.facts))


def _guarded(snapshot: Snapshot, means: Sequence[Means]) -> tuple[str, str]:
    """What differs between the runs that should not, and the key that tells all of it.

    Returns:
        What stands above any Δ, where something is known to differ, and else what stands below the
        table: what is not recorded.
    """
    from tui_eval.analysis.guard import MARK, comparison_words, differences, is_marked
    from tui_eval.render.words import worded

    selection, rows = snapshot.selection, _read_rows(snapshot)
    metric, baseline = selection.metric, selection.view.baseline
    if selection.dataset is None or metric is None or baseline is None:
        return "", ""
    of = (selection.tables, selection.dataset, (metric.name, metric.filter), baseline)
    runs = [one.run for one in means]
    words = comparison_words(*of, runs, selection.letters, rows)
    if words is None:
        return "", ""
    found = [differences(*of, run, rows) for run in runs]
    sign = f"{MARK} " if any(map(is_marked, found)) else ""
    line = f"{sign}(I tells more) {worded(words)}"
    return (line, "") if any(one.is_known for some in found for one in some) else ("", line)


def _read_rows(snapshot: Snapshot) -> pl.DataFrame | None:
    """The answers of the runs that are compared, where all of them were read."""
    for samples in (snapshot.answers, snapshot.samples):
        if samples is not None and samples.is_whole:
            return samples.rows
    return None


def _tabs(selection: Selection, means: Sequence[Means]) -> tuple[Tab, ...]:
    """All lists; of those in which nothing is it is said."""
    from tui_eval.analysis.delta import missing_report
    from tui_eval.analysis.pair_report import LEAST_CANDIDATES
    from tui_eval.analysis.selection import select

    view = replace(selection.view, sample_runs=None)
    answered = select(selection.tables, view).answered
    nothing: dict[Part, str] = {}
    if len(means) < LEAST_CANDIDATES:
        nothing["pairs"] = MISSING
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
    if view.margin and part in ("categories", "pairs", "overview", "top", "bottom"):
        parts.append(f"same within {view.margin * metric.factor(view):g} (M)")
    if part in ("top", "bottom"):
        parts.append(f"at most {view.top} each (+ −)")
    return parts


def _panels(
    report: Report,
    part: Part,
    names: RunNames,
    selection: Selection,
    evidence: Evidence | None,
) -> Sequence[Bars]:
    """One chart a candidate, in the order of the table; of the overview one of all candidates.

    Of differences that are tested a forest plot, else bars.
    """
    if report.chart is None or not report.height:
        return ()
    from tui_eval.analysis.delta_table import forest_extent

    letters = selection.letters
    draw = delta_bars
    if evidence is not None:
        margin = evidence.tests.margin * selection.factor
        report = replace(report, extent=forest_extent(report))
        draw = partial(forest_bars, margin=margin)

    def title(run: str) -> str:
        return f"{letters[run]} {names.full[run]}"

    if part == "overview":
        named = report.frame["run"].replace_strict(names.full)
        rows = report.frame.with_columns(named.alias("Candidate"))
        return (draw(report, "Mean Δ", "Candidate", "Mean Δ", rows),)
    if part == "categories":
        return Panels(
            [
                partial(_panel, draw, report, column, title(column.run), selection, evidence)
                for column in report.columns
                if column.kind == "delta" and column.run is not None
            ]
        )
    by_candidate = report.frame.partition_by("run", as_dict=True)
    return Panels(
        [
            partial(draw, report, title(str(run)), "category", "delta", rows)
            for (run,), rows in by_candidate.items()
        ]
    )


def _panel(
    draw: Callable[..., Bars],
    report: Report,
    column: Column,
    title: str,
    selection: Selection,
    evidence: Evidence | None,
) -> Bars:
    """The chart of a candidate: the whole dataset on top of its categories."""
    rows = report.frame.head(report.height)
    drawn = partial(draw, report, title, "category", column.name, rows)
    if evidence is None or report.height < 2:
        return drawn()
    from tui_eval.analysis.delta_tests import whole_of

    baseline, run = selection.view.baseline, column.run
    if baseline is None or run is None:
        return drawn()
    return drawn(whole=whole_of(evidence, baseline, run, column, selection.factor))


def _exports(
    selection: Selection, part: Part, flips: Report | None, evidence: Evidence | None
) -> Exports:
    """This list first, then the others; top and bottom lists one a candidate."""
    from tui_eval.analysis.delta_table import delta_table
    from tui_eval.analysis.pair_report import LEAST_CANDIDATES

    overview = _report(selection, "overview", evidence)
    if not overview.columns:
        return ()
    found: list[tuple[str, Callable[[], Report]]] = [
        (PARTS["categories"], partial(_long_report, selection, evidence)),
        (PARTS["overview"], lambda: overview),
        (PARTS["missing"], partial(_report, selection, "missing", None)),
    ]
    if overview.height >= LEAST_CANDIDATES and evidence is not None:
        found.append((PARTS["pairs"], partial(_report, selection, "pairs", evidence)))
    found += [(PARTS["flips"], lambda: flips)] if flips is not None else []
    found.sort(key=lambda one: one[0] != PARTS[part])
    directions: tuple[Literal["top", "bottom"], ...] = ("top", "bottom")
    movers: list[tuple[str, Callable[[], Report]]] = [
        (f"{PARTS[way]}: {candidate}", partial(_movers, selection, evidence, key, way))
        for candidate, key in overview.frame.select("Candidate", "run").iter_rows()
        for way in sorted(directions, key=lambda way: way != part)
    ]
    matrix: Exports = (
        ((MATRIX, partial(delta_table, selection, evidence)),) if len(movers) > 2 else ()
    )
    return (*(movers + found if part in directions else found + movers), *matrix)


def _long_report(selection: Selection, evidence: Evidence | None) -> Report:
    """The differences as they are saved: eval-analyzer's columns, tests as data besides."""
    from tui_eval.analysis.delta import delta_report
    from tui_eval.analysis.delta_tests import with_long_tests

    report = delta_report(selection)
    return report if evidence is None else with_long_tests(report, selection, evidence)


def _movers(
    selection: Selection, evidence: Evidence | None, run: str, way: Literal["top", "bottom"]
) -> Report:
    """The most improved or declined categories of one candidate, tests as data besides."""
    from tui_eval.analysis.delta import movers_report
    from tui_eval.analysis.delta_tests import with_long_tests

    report = movers_report(selection, run, way)
    return report if evidence is None else with_long_tests(report, selection, evidence)
