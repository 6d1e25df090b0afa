"""`tui-eval judges`."""

from __future__ import annotations

import argparse

from tui_eval.cli.pick import load_paths, run_of, sample_view, with_aliases
from tui_eval.cli.samples import read_answers
from tui_eval.cli.terminal import print_report


def run_judges(options: argparse.Namespace) -> int:
    """Print how far several judges of the same answers agree; returns the exit code."""
    from tui_eval.analysis.judges import judges_report

    options.category, options.metric, options.scale = None, None, 1
    loaded = load_paths(options.paths, no_cache=options.no_cache)
    tables = with_aliases(loaded.tables())
    chosen = [run_of(tables, wanted, options.dataset) for wanted in options.run or ()]
    view = sample_view(options, loaded, tables, chosen)
    _, samples = read_answers(options, loaded, tables, view, chosen)
    return print_report(judges_report(tables, samples.rows), options.format)
