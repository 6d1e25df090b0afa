"""The dataset that nobody named: the only one that has what a command needs, or none."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING

from tui_eval.cli.exits import UsageError
from tui_eval.cli.terminal import safe

if TYPE_CHECKING:
    import polars as pl

    from tui_eval.analysis.view import View
    from tui_eval.loading.collection import Collection
    from tui_eval.tables import Tables


def on_one_dataset(view: View, tables: Tables, fitting: Sequence[str], why: str) -> View:
    """The view, of a dataset: the one that is named, or else the only one that fits.

    Args:
        view: What the options choose.
        tables: The runs.
        fitting: Names of the datasets that have what is needed.
        why: What only that dataset has: said on stderr.

    Raises:
        UsageError: No dataset fits, or several; with their names.
    """
    from dataclasses import replace

    from tui_eval.analysis.selection import datasets

    if view.dataset is not None:
        return view
    if len(fitting) == 1:
        print(f"tui-eval: dataset {safe(fitting[0])}: the only one with {why}", file=sys.stderr)
        return replace(view, dataset=fitting[0])
    if not fitting:
        names = ", ".join(datasets(tables.scores)) or "none"
        raise UsageError(f"no dataset has {why}; there are: {safe(names)}")
    raise UsageError(f"choose a dataset with --dataset: {safe(', '.join(fitting))}")


def scored_datasets(
    tables: Tables, view: View, baseline: str | None = None, others: Sequence[str] | None = None
) -> list[str]:
    """Datasets with scores in the metric of a view; of a baseline and another run, if one is named.

    ``others``: keys; None: all other runs.
    """
    rows = _of_metric(tables, view)
    if baseline is None:
        return sorted(rows["dataset"].unique())
    of_baseline = {*rows.filter(run=baseline)["dataset"]}
    runs = [*(tables.labels if others is None else others)]
    found = rows.filter(rows["run"].is_in(runs), rows["run"] != baseline)
    return sorted(of_baseline & {*found["dataset"]})


def answered_datasets(
    options: argparse.Namespace, loaded: Collection, tables: Tables, view: View, runs: Sequence[str]
) -> list[str]:
    """Datasets of which all these runs (none: any run) have files of answers, and the category.

    ``options``: ``category``, a part of a name or None.
    """
    from tui_eval.loading.labels import matching

    written = loaded.tables().scores["dataset"]  # as the files of answers name it
    rows = tables.scores.with_columns(written.alias("written"))
    of_metric = _of_metric(tables, view).select("run", "dataset").unique()
    rows = rows.join(of_metric, on=["run", "dataset"], how="semi")
    if options.category is not None:
        names = rows["category"].drop_nulls().unique().to_list()
        rows = rows.filter(rows["category"].is_in(matching(options.category, names)))
    by_key = {run.key: {file.dataset for file in run.samples} for run in loaded.runs}
    found: dict[str, set[str]] = {}
    for run, dataset, name in rows.select("run", "dataset", "written").unique().iter_rows():
        if {name, None} & by_key[run]:
            found.setdefault(dataset, set()).add(run)
    return sorted(name for name, those in found.items() if those.issuperset(runs))


def _of_metric(tables: Tables, view: View) -> pl.DataFrame:
    scores = tables.scores
    if view.metric is None:
        return scores
    is_own = scores["filter"].eq_missing(view.filter) if view.filter else scores["filter"].is_null()
    return scores.filter((scores["metric"] == view.metric) & is_own)
