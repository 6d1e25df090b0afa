"""`tui-eval delta`."""

from __future__ import annotations

import argparse
import sys
from typing import TYPE_CHECKING

from tui_eval.cli.exits import UsageError
from tui_eval.cli.only_dataset import on_one_dataset, scored_datasets
from tui_eval.cli.pick import load_paths, run_of, view_of, with_aliases
from tui_eval.cli.terminal import print_report, safe

if TYPE_CHECKING:
    from tui_eval.analysis.report import Report
    from tui_eval.analysis.selection import Selection
    from tui_eval.analysis.view import View
    from tui_eval.tables import Tables


_TESTS = "Whether that is more than noise: tui-eval compare."


def run_delta(options: argparse.Namespace) -> int:
    """Print candidates against a baseline; returns the exit code."""
    from dataclasses import replace

    from tui_eval.analysis import delta
    from tui_eval.analysis.selection import select

    tables = with_aliases(load_paths(options.paths, no_cache=options.no_cache).tables())
    view = view_of(options, tables)
    candidates = None
    if options.candidate:
        candidates = tuple(run_of(tables, wanted, view.dataset) for wanted in options.candidate)
    baseline = run_of(tables, options.baseline, view.dataset)
    fitting = scored_datasets(tables, view, baseline, candidates)
    view = on_one_dataset(view, tables, fitting, "scores of the baseline and a candidate")
    factor = select(tables, view).factor
    _check_pair(tables, view, baseline, candidates)
    view = replace(
        view,
        baseline=baseline,
        candidates=candidates,
        delta_sort=options.sort,
        min_delta=options.threshold / factor,
        top=options.top,
    )
    selection = select(tables, view)
    if options.view in ("top", "bottom"):
        only = candidates[0] if candidates and len(candidates) == 1 else None
        return print_report(delta.movers_report(selection, only, options.view), options.format)
    if options.view == "categories" and options.format == "table" and sys.stdout.isatty():
        return print_report(_table_in_words(selection), options.format)
    reports = {
        "categories": delta.delta_report,
        "overview": delta.overview_report,
        "missing": delta.missing_report,
    }
    return print_report(reports[options.view](selection), options.format)


def _table_in_words(selection: Selection) -> Report:
    """What the app shows: each category once, and of one candidate what it comes to."""
    from dataclasses import replace

    from tui_eval.analysis.delta_table import candidate_means, delta_table
    from tui_eval.render.delta_words import means_words

    report, means = delta_table(selection), candidate_means(selection)
    if not report.columns:
        return report
    if len(means) != 1:
        return replace(report, notes=(*report.notes, _TESTS))
    delta = next(column for column in report.columns if column.kind == "delta")
    words = means_words(means[0], delta, selection.factor)
    return replace(report, notes=(f"Δ: {words}.", *report.notes, _TESTS))


def _check_pair(
    tables: Tables, view: View, baseline: str, candidates: tuple[str, ...] | None
) -> None:
    """Refuse what has no difference: a baseline without scores, or nothing to compare it with."""
    from tui_eval.analysis.selection import select

    runs = select(tables, view).runs
    if baseline not in runs:
        of = tables.scores.filter(run=baseline, dataset=view.dataset)
        there = ", ".join(dict.fromkeys(of["metric"]))
        more = f" in this metric; it has it in {there}" if there else ""
        told = f"the baseline {tables.labels[baseline]} has no scores of {view.dataset}{more}"
        raise UsageError(safe(told))
    if not {*(runs if candidates is None else candidates)} - {baseline}:
        raise UsageError("there is no candidate besides the baseline")
