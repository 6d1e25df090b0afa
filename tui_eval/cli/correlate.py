"""`tui-eval correlate`."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from tui_eval.cli.exits import UsageError
from tui_eval.cli.pick import load_paths, metrics_of, only_one, with_aliases
from tui_eval.cli.terminal import print_report

if TYPE_CHECKING:
    from tui_eval.analysis.view import View
    from tui_eval.tables import Tables


def run_correlate(options: argparse.Namespace) -> int:
    """Print how alike benchmarks order the models, a row a pair; returns the exit code."""
    from tui_eval.analysis.correlate import correlation_report
    from tui_eval.analysis.selection import select

    tables = with_aliases(load_paths(options.paths, no_cache=options.no_cache).tables())
    selection = select(tables, _view(options, tables))
    return print_report(correlation_report(selection, options.by), options.format)


def _view(options: argparse.Namespace, tables: Tables) -> View:
    """The datasets and the metric that the options choose."""
    from tui_eval.analysis.selection import datasets, metrics
    from tui_eval.analysis.view import View
    from tui_eval.loading.labels import matching

    names = datasets(tables.scores)
    chosen = [
        only_one("dataset", wanted, matching(wanted, names), names)
        for wanted in options.dataset or ()
    ]
    dataset = None
    if options.by == "category":
        of = chosen or names
        if len(of) != 1:
            raise UsageError("--by category needs one dataset: choose it with --dataset")
        dataset = of[0]
    elif chosen and len(set(chosen)) == 1:
        raise UsageError("one dataset alone has nothing to be compared with: choose another, too")
    metric, filter_name = None, None
    if options.metric is not None:
        found, *_ = metrics_of(options.metric, metrics(tables.scores, dataset))
        metric, filter_name = found.name, found.filter
    several = tuple(dict.fromkeys(chosen)) or None
    return View(dataset=dataset, metric=metric, filter=filter_name, datasets=several)
