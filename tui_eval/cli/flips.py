"""`tui-eval flips`."""

from __future__ import annotations

import argparse

from tui_eval.cli.exits import UsageError
from tui_eval.cli.pick import load_paths, run_of, sample_view, with_aliases
from tui_eval.cli.samples import print_questions, read_answers
from tui_eval.cli.terminal import print_report


def run_flips(options: argparse.Namespace) -> int:
    """Print which questions flipped, counted or listed; returns the exit code."""
    from dataclasses import replace

    from tui_eval.analysis.flips import flips_report
    from tui_eval.analysis.selection import select
    from tui_eval.analysis.where import CHANGED

    loaded = load_paths(options.paths, no_cache=options.no_cache)
    tables = with_aliases(loaded.tables())
    baseline = run_of(tables, options.baseline, options.dataset)
    wanted = [run_of(tables, one, options.dataset) for one in options.candidate]
    runs = list(dict.fromkeys([baseline, *wanted]))
    if len(runs) == 1:
        raise UsageError("there is no candidate besides the baseline")
    view = replace(
        sample_view(options, loaded, tables, runs), baseline=baseline, candidates=tuple(runs[1:])
    )
    if options.list or options.format == "jsonl":
        view = replace(view, where=CHANGED)
        return print_questions(options, loaded, tables, view, runs)
    _, samples = read_answers(options, loaded, tables, view, runs)
    rows = samples.rows
    if view.category is not None:
        rows = rows.filter(category=view.category)
    return print_report(flips_report(select(tables, view), rows), options.format)
