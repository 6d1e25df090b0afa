"""`tui-eval scores`."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from tui_eval.cli.exits import UsageError
from tui_eval.cli.only_dataset import on_one_dataset, scored_datasets
from tui_eval.cli.pick import load_paths, metrics_of, run_of, view_of, with_aliases
from tui_eval.cli.terminal import print_report

if TYPE_CHECKING:
    from tui_eval.analysis.selection import Metric
    from tui_eval.analysis.view import View
    from tui_eval.tables import Tables


def run_scores(options: argparse.Namespace) -> int:
    """Print the scores of a dataset or of all; returns the exit code."""
    from dataclasses import replace

    from tui_eval.analysis.long_table import numbers_report
    from tui_eval.analysis.scores import score_report
    from tui_eval.analysis.selection import metrics, select

    tables = with_aliases(load_paths(options.paths, no_cache=options.no_cache).tables())
    view = view_of(options, tables)
    if options.long:
        asked = options.dataset and view.dataset
        chosen = options.metric and metrics_of(options.metric, metrics(tables.scores, view.dataset))
        return print_report(numbers_report(tables, asked, chosen), options.format)
    limit = options.min if options.min is not None else options.max
    if options.by is not None and limit is None:
        raise UsageError("--by needs --min or --max: it names the run whose scores they filter")
    if limit is not None:
        view = on_one_dataset(view, tables, scored_datasets(tables, view), "this metric")
    view = replace(view, sort=options.sort)
    metric = select(tables, view).metric
    if limit is not None:
        view = _with_threshold(options, tables, view, limit, metric)
    return print_report(score_report(select(tables, view)), options.format)


def _with_threshold(
    options: argparse.Namespace, tables: Tables, view: View, limit: float, metric: Metric | None
) -> View:
    from dataclasses import replace

    from tui_eval.analysis.view import Threshold

    run = run_of(tables, options.by) if options.by else None
    factor = metric.factor(view) if metric else 1.0
    threshold = Threshold(options.min is not None, limit / factor, run)
    return replace(view, threshold=threshold)
