"""`tui-eval leaderboard`."""

from __future__ import annotations

import argparse

from tui_eval.cli.pick import load_paths, view_of, with_aliases
from tui_eval.cli.terminal import print_report


def run_leaderboard(options: argparse.Namespace) -> int:
    """Print runs as rows, best first, of a dataset or of all; returns the exit code."""
    from tui_eval.analysis.leaderboard import leaderboard_report
    from tui_eval.analysis.selection import select

    tables = with_aliases(load_paths(options.paths, no_cache=options.no_cache).tables())
    view = view_of(options, tables)
    return print_report(leaderboard_report(select(tables, view)), options.format)
