"""`tui-eval runs`."""

from __future__ import annotations

import argparse

from tui_eval.cli.exits import UsageError
from tui_eval.cli.pick import load_paths, run_of, with_aliases
from tui_eval.cli.terminal import print_report


def run_runs(options: argparse.Namespace) -> int:
    """Print the runs, or what is known of one or in what two differ; returns the exit code."""
    from tui_eval.analysis.files import runs_report
    from tui_eval.analysis.run_details import difference_report, facts_report

    if options.against and not options.run:
        raise UsageError("--against needs the run that is compared: give it with --run")
    collection = load_paths(options.paths, no_cache=options.no_cache)
    tables, files = with_aliases(collection.tables()), collection.file_table()
    if options.run is None:
        report = runs_report(tables, files)
    elif options.against is None:
        report = facts_report(tables, run_of(tables, options.run), files)
    else:
        first, second = run_of(tables, options.run), run_of(tables, options.against)
        report = difference_report(tables, first, second, files)
    return print_report(report, options.format)
