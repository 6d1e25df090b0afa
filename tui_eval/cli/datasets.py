"""`tui-eval datasets`."""

from __future__ import annotations

import argparse

from tui_eval.cli.pick import load_paths, with_aliases
from tui_eval.cli.terminal import print_report


def run_datasets(options: argparse.Namespace) -> int:
    """Print the list of datasets; returns the exit code."""
    from tui_eval.analysis.datasets import datasets_report
    from tui_eval.analysis.order import Order, in_order_of
    from tui_eval.analysis.view import View

    tables = with_aliases(load_paths(options.paths, no_cache=options.no_cache).tables())
    report = datasets_report(tables, View(scale=options.scale))
    order = Order("runs", descending=True) if options.sort == "runs" else None
    return print_report(in_order_of(report, order), options.format)
