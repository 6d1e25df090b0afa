"""`tui-eval rescore`."""

from __future__ import annotations

import argparse
import os
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from tui_eval.cli.exits import FAILED, OK, OutputError, UsageError
from tui_eval.cli.pick import check_where, load_paths, run_of, sample_view, with_aliases
from tui_eval.cli.samples import read_answers
from tui_eval.cli.terminal import print_report, safe

if TYPE_CHECKING:
    import polars as pl

    from tui_eval.analysis.view import View
    from tui_eval.loading.collection import Collection
    from tui_eval.loading.passes import Samples
    from tui_eval.loading.rescore import Rescored, Wish
    from tui_eval.records import Filter, Run, ScoredBy
    from tui_eval.tables import Tables

_EVERY = 0.5
"""Seconds between two lines of progress."""


def run_rescore(options: argparse.Namespace) -> int:
    """Score answers again and print what that gives; returns the exit code.

    It is 1 where nothing has a score, or nothing could be saved, and where a filter was given up.
    """
    from tui_eval.analysis.rescore_report import rescore_report, without_copies

    check_where(options.where)
    metric = _metric(options.scored_by)
    _check_out(options.out)
    loaded = load_paths(options.paths, no_cache=options.no_cache)
    tables = with_aliases(loaded.tables())
    chosen = [run_of(tables, wanted, options.dataset) for wanted in options.run or ()]
    view = sample_view(options, loaded, tables, chosen)
    runs, samples = read_answers(options, loaded, tables, view, chosen)
    wishes = _wishes(options.filter, runs, loaded, tables, view)
    rows = _chosen(replace(view, where=options.where), tables, samples, list(runs))
    found = _scored(options, runs, loaded, tables, rows, wishes, metric, samples)
    report = rescore_report(tables, rows, found.rows, found.totals, scale=options.scale)
    if options.format in ("table", "md"):
        report = without_copies(report)
    code = print_report(report, options.format)
    totals = found.totals
    is_scored = totals["value"].count() > 0 and not totals["untried"].sum()
    if options.out is not None:
        given = (options, runs, loaded, tables, samples.rows, found, wishes, metric)
        is_scored = _save(*given) > 0 and is_scored
    return code or (OK if is_scored else FAILED)


def _metric(spec: str | None) -> ScoredBy | None:
    from tui_eval.rescoring.filters import FilterError
    from tui_eval.rescoring.spec import metric_from_spec

    try:
        return None if spec is None else metric_from_spec(spec)
    except FilterError as error:
        raise UsageError(f"--metric: {safe(str(error))}") from None


def _check_out(folder: Path | None) -> None:
    if folder is None:
        return
    there = next(one for one in (folder, *folder.parents) if one.exists())
    if not there.is_dir():
        raise UsageError(f"--out: {safe(str(there))} is not a folder")
    if not os.access(there, os.W_OK | os.X_OK):
        raise UsageError(f"--out: {safe(str(there))}: nothing can be written there")


def _wishes(
    specs: Sequence[str],
    runs: Mapping[str, Run],
    loaded: Collection,
    tables: Tables,
    view: View,
) -> list[Wish]:
    """The filters that are meant; those of the runs' own configuration stay names."""
    from tui_eval.loading.rescore import own_filters
    from tui_eval.rescoring.filters import FilterError, Pipeline
    from tui_eval.rescoring.spec import filter_from_spec

    known = own_filters(runs, loaded.tables(), tables, view.dataset or "")
    wishes: list[Wish] = []
    for spec in dict.fromkeys(specs):
        try:
            own = {one.name for one in known}
            wish = spec if spec in own else filter_from_spec(spec, (*_kept(), *known))
            if not isinstance(wish, str):
                Pipeline(wish)  # of one that was kept nobody knows whether it can be used
            wishes.append(wish)
        except FilterError as error:
            raise UsageError(f"--filter: {safe(str(error))}") from None
    names = [_name(wish) for wish in wishes]
    for name in names:
        if names.count(name) > 1:
            raise UsageError(f"--filter: two filters are named {safe(repr(name))}")
    return wishes


def _name(wish: Wish) -> str:
    return wish if isinstance(wish, str) else wish.name


def _kept() -> Sequence[Filter]:
    """The filters that a person keeps; says on stderr why there are none."""
    from tui_eval.loading.config import ConfigError
    from tui_eval.loading.kept_filters import read_filters

    try:
        return read_filters()
    except ConfigError as error:
        print(f"tui-eval: {safe(str(error))}; no kept filters are known", file=sys.stderr)
        return ()


def _chosen(view: View, tables: Tables, samples: Samples, runs: Sequence[str]) -> pl.DataFrame:
    """The answers to the questions that meet the condition."""
    from tui_eval.analysis.samples import question_table, samples_report
    from tui_eval.analysis.selection import select
    from tui_eval.analysis.where import WhereError

    if not view.where.strip():
        return samples.rows
    selection = select(tables, view)
    try:
        report = samples_report(selection, question_table(selection, samples.rows, runs))
    except WhereError as error:
        raise UsageError(f"--where: {safe(str(error))}") from None
    if report.frame.is_empty():
        raise UsageError("--where: no question meets the condition")
    keys = report.frame.select("category", "sample")
    return samples.rows.join(keys, on=["category", "sample"], how="semi", nulls_equal=True)


def _scored(
    options: argparse.Namespace,
    runs: Mapping[str, Run],
    loaded: Collection,
    tables: Tables,
    rows: pl.DataFrame,
    wishes: Sequence[Wish],
    metric: ScoredBy | None,
    samples: Samples,
) -> Rescored:
    """All that was scored; says on stderr how far it is, and what could not be read."""
    from tui_eval.loading.rescore import Rescorer

    is_seen = sys.stderr.isatty()
    due = time.monotonic() + _EVERY
    found = None
    for found in Rescorer().rescore(
        runs,
        loaded.tables(),
        tables,
        rows,
        wishes,
        metric,
        seconds=options.time_limit,
        states=samples.states,
    ):
        if is_seen and not found.is_whole and time.monotonic() >= due:
            percent = 100 * found.done // max(found.total, 1)
            print(f"tui-eval: scoring answers: {percent} %", file=sys.stderr)
            due = time.monotonic() + _EVERY
    assert found is not None  # noqa: S101  # nobody cancels: the last one holds all
    for note in found.notes:
        print(f"tui-eval: {safe(note)}", file=sys.stderr)
    return found


def _save(
    options: argparse.Namespace,
    runs: Mapping[str, Run],
    loaded: Collection,
    tables: Tables,
    every: pl.DataFrame,
    found: Rescored,
    wishes: Sequence[Wish],
    metric: ScoredBy | None,
) -> int:
    """Save what has scores, each run and filter by itself, and say where; how many there are."""
    from tui_eval.files.documents import Refusal
    from tui_eval.loading.derived import derive
    from tui_eval.loading.saving import save

    count = 0
    for key, run in runs.items():
        asked = every.filter(run=key).select("category", "sample").n_unique()
        for wish in wishes:
            name = _name(wish)
            try:
                made = derive(
                    run,
                    tables.labels[key],
                    loaded.tables(),
                    tables,
                    found.rows,
                    found.totals,
                    wish,
                    metric,
                    where=options.where,
                    asked=asked,
                )
            except ValueError as error:
                told = f"{tables.labels[key]}, {name}: not saved: {error}"
                print(f"tui-eval: {safe(told)}", file=sys.stderr)
                continue
            try:
                path = save(made, options.out, seconds=options.time_limit)
            except OSError as error:
                reason = (error.strerror or "unknown reason").lower()
                raise OutputError(safe(f"{options.out}: {reason}")) from None
            except Refusal as error:
                raise OutputError(safe(str(error))) from None
            print(f"tui-eval: saved {safe(str(path))}", file=sys.stderr)
            count += 1
    return count
