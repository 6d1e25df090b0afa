"""`tui-eval scores`."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from tui_eval.cli.answers import Answers
from tui_eval.cli.exits import UsageError
from tui_eval.cli.only_dataset import on_one_dataset, scored_datasets
from tui_eval.cli.pick import load_paths, metrics_of, run_of, view_of, with_aliases
from tui_eval.cli.terminal import print_report

if TYPE_CHECKING:
    import polars as pl

    from tui_eval.analysis.question_scores import QuestionScores
    from tui_eval.analysis.report import Report
    from tui_eval.analysis.selection import Metric, Selection
    from tui_eval.analysis.view import View
    from tui_eval.tables import Tables


def run_scores(options: argparse.Namespace) -> int:
    """Print the scores of a dataset or of all; returns the exit code."""
    from dataclasses import replace

    from tui_eval.analysis.long_table import numbers_report
    from tui_eval.analysis.scores import score_report
    from tui_eval.analysis.selection import metrics, select

    loaded = load_paths(options.paths, no_cache=options.no_cache)
    tables = with_aliases(loaded.tables())
    view = view_of(options, tables)
    if options.totals and not options.intervals:
        raise UsageError("--totals needs --intervals: it says what they are made of")
    reads = options.intervals and not options.totals
    answers = Answers(options, loaded, tables) if reads else None
    if options.long:
        asked = options.dataset and view.dataset
        chosen = options.metric and metrics_of(options.metric, metrics(tables.scores, view.dataset))
        report = numbers_report(tables, asked, chosen)
        if options.intervals and report.height:
            report = _with_intervals_of_numbers(report, tables, answers)
        return print_report(report, options.format)
    limit = options.min if options.min is not None else options.max
    if options.by is not None and limit is None:
        raise UsageError("--by needs --min or --max: it names the run whose scores they filter")
    if limit is not None:
        view = on_one_dataset(view, tables, scored_datasets(tables, view), "this metric")
    view = replace(view, sort=options.sort)
    metric = select(tables, view).metric
    if limit is not None:
        view = _with_threshold(options, tables, view, limit, metric)
    selection = select(tables, view)
    if options.intervals:
        return print_report(_with_intervals(selection, answers), options.format)
    return print_report(score_report(selection), options.format)


def _with_intervals(selection: Selection, answers: Answers | None) -> Report:
    """The scores of a dataset or of all, with intervals beside them."""
    from tui_eval.analysis.compare import Evidence
    from tui_eval.analysis.interval_columns import (
        overview_with_intervals,
        with_interval_columns,
    )
    from tui_eval.analysis.scores import overview, score_report
    from tui_eval.analysis.selection import select
    from tui_eval.analysis.view import View

    if selection.dataset is not None and selection.metric is not None:
        evidence = Evidence(selection, _answered(selection, answers))
        return with_interval_columns(score_report(selection), selection, evidence)
    found = overview(selection)
    scale, every = selection.view.scale, {}
    for dataset, metric in found.metrics.items():
        own = select(selection.tables, View(dataset, metric.name, metric.filter, scale))
        every[dataset] = _intervals(own, answers)
    return overview_with_intervals(found, selection.view, every)


def _intervals(selection: Selection, answers: Answers | None) -> pl.DataFrame:
    from tui_eval.analysis.score_intervals import score_intervals

    return score_intervals(selection, _answered(selection, answers))


def _answered(selection: Selection, answers: Answers | None) -> QuestionScores | None:
    """What the answers of the runs give; None: none are read."""
    from tui_eval.analysis.question_scores import question_scores

    if answers is None or selection.dataset is None:
        return None
    rows = answers.to(selection.dataset, selection.scored_and_answered)
    return question_scores(selection, rows)


def _with_intervals_of_numbers(report: Report, tables: Tables, answers: Answers | None) -> Report:
    """The table of scores with the intervals of its numbers; answers are read once a dataset."""
    import polars as pl

    from tui_eval.analysis.interval_columns import intervals_of_numbers, numbers_with_intervals
    from tui_eval.analysis.selection import select
    from tui_eval.analysis.view import View

    named = report.frame.select("dataset", "metric", "filter").unique(maintain_order=True)
    found = []
    for dataset, metric, name in named.sort("dataset", maintain_order=True).iter_rows():
        selection = select(tables, View(dataset, metric, name))
        found.append(intervals_of_numbers(selection, _intervals(selection, answers)))
    return numbers_with_intervals(report, pl.concat(found))


def _with_threshold(
    options: argparse.Namespace, tables: Tables, view: View, limit: float, metric: Metric | None
) -> View:
    from dataclasses import replace

    from tui_eval.analysis.view import Threshold

    run = run_of(tables, options.by) if options.by else None
    factor = metric.factor(view) if metric else 1.0
    threshold = Threshold(options.min is not None, limit / factor, run)
    return replace(view, threshold=threshold)
