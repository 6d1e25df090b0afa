"""`tui-eval compare`."""

from __future__ import annotations

import argparse

from tui_eval.cli.pairs import compared, pairs_of
from tui_eval.cli.terminal import print_report


def run_compare(options: argparse.Namespace) -> int:
    """Print whether differences are more than noise; returns the exit code."""
    from tui_eval.analysis.compare import Tests
    from tui_eval.analysis.compare_report import compare_report

    pairs = pairs_of(options, options.candidate)
    every = list(compared(pairs, Tests(options.margin, options.alpha)))
    return print_report(compare_report(every, options.by), options.format)
