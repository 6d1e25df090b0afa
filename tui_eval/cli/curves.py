"""`tui-eval curves`."""

from __future__ import annotations

import argparse
import sys
from typing import TYPE_CHECKING

from tui_eval.cli.pick import load_paths, metrics_of, only_one, with_aliases
from tui_eval.cli.terminal import print_report, safe

if TYPE_CHECKING:
    import polars as pl

    from tui_eval.analysis.view import View
    from tui_eval.loading.collection import Collection
    from tui_eval.tables import Tables


def run_curves(options: argparse.Namespace) -> int:
    """Print scores over training steps; returns the exit code."""
    from tui_eval.analysis.curves import curves_report
    from tui_eval.analysis.selection import select

    loaded = load_paths(options.paths, no_cache=options.no_cache)
    tables = with_aliases(loaded.tables())
    view = _view(options, tables)
    samples = _answers(options, loaded, tables, view)
    return print_report(curves_report(select(tables, view), samples), options.format)


def _view(options: argparse.Namespace, tables: Tables) -> View:
    """The datasets that are named, all where none is; raises `UsageError` for an unknown name."""
    from tui_eval.analysis.selection import datasets, metrics
    from tui_eval.analysis.view import View
    from tui_eval.loading.labels import matching

    names = datasets(tables.scores)
    wanted = [
        only_one("dataset", name, matching(name, names), names) for name in options.dataset or ()
    ]
    chosen = tuple(dict.fromkeys(wanted)) or tuple(names)
    dataset = chosen[0] if len(chosen) == 1 else None
    metric, filter_name = None, None
    if options.metric is not None:
        first, *_ = metrics_of(options.metric, metrics(tables.scores, dataset))
        metric, filter_name = first.name, first.filter
    return View(
        dataset=dataset,
        datasets=chosen if wanted and dataset is None else None,
        metric=metric,
        filter=filter_name,
        scale=options.scale,
    )


def _answers(
    options: argparse.Namespace, loaded: Collection, tables: Tables, view: View
) -> pl.DataFrame | None:
    """The answers of the runs on curves, of datasets that are named; None: there are none."""
    import polars as pl

    from tui_eval.analysis.curves import curves
    from tui_eval.analysis.selection import select
    from tui_eval.loading.cache import Cache, cache_path
    from tui_eval.loading.passes import NOTHING, read_samples

    if view.dataset is None and view.datasets is None:
        return None
    wanted: dict[str, dict[str, None]] = {}
    for curve in curves(select(tables, view)).found:
        own = wanted.setdefault(curve.dataset, {})
        own |= dict.fromkeys(step.run for step in curve.training.steps)
    by_key = {run.key: run for run in loaded.runs}
    cache = Cache(None if options.no_cache else cache_path())
    rows = []
    for dataset, keys in wanted.items():
        runs = {key: by_key[key] for key in keys if by_key[key].samples}
        samples = NOTHING
        for samples in read_samples(runs, loaded.tables(), tables, dataset, cache, None):  # noqa: B007
            pass
        rows.append(samples.rows)
        for note in samples.notes:
            print(f"tui-eval: {safe(note)}", file=sys.stderr)
    return pl.concat(rows) if rows else None
