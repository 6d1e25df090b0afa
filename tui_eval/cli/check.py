"""`tui-eval check`: is everything answered?"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Sequence
from typing import TYPE_CHECKING

from tui_eval.cli.exits import INCOMPLETE, OK, USAGE, OutputError, UsageError
from tui_eval.cli.mixeval_log import check_options, lacks_a_model, print_log, tell_ours
from tui_eval.cli.pick import load_paths, missing_paths, only_one, run_of, with_aliases
from tui_eval.cli.terminal import (
    forget_stdout,
    print_report,
    safe,
    tell_fault,
    warn,
    write_text,
)

if TYPE_CHECKING:
    import polars as pl

    from tui_eval.analysis.report import Report
    from tui_eval.loading.collection import Collection, File
    from tui_eval.tables import Tables

_SILENT = 2.0
"""Seconds that reading goes on before anything is said of it."""

_EVERY = 10.0
"""Seconds between what is said of it."""


def run_check(options: argparse.Namespace) -> int:
    """Print what is incomplete; returns the exit code.

    A fault never ends it as if something were incomplete, nor does a reader that goes away end it
    as if nothing were.
    """
    try:
        return _run(options)
    except UsageError:
        raise
    except BrokenPipeError:  # of MixEval's log, which comes before the verdict
        forget_stdout()
    except OutputError as error:
        forget_stdout()
        print(f"tui-eval: cannot write: {safe(str(error))}", file=sys.stderr)
    except Exception as error:  # Python would end with 1, which says something else
        tell_fault(type(error), error, error.__traceback__)
    return USAGE


def _run(options: argparse.Namespace) -> int:
    from tui_eval.analysis.check_report import check_report

    check_options(options)
    made = print_log(options) if options.format == "mixeval" else ()
    loaded = load_paths(options.paths, no_cache=options.no_cache)
    tables = with_aliases(loaded.tables())
    chosen = [run_of(tables, wanted) for wanted in options.run or ()]
    rows = _checked(options, loaded, tables, _datasets(options, tables, chosen))
    if chosen:
        rows = rows.filter(rows["run"].is_in(chosen))
    refused = [file for file in loaded.files if file.content.state == "refused"]
    if options.format == "mixeval":
        rows = tell_ours(made, {run.key: run for run in loaded.runs}, tables, rows)
        is_bad = refused or lacks_a_model(made) or "incomplete" in rows["verdict"]
        return _code(options, is_bad=bool(is_bad))
    every = options.all or options.format not in ("table", "md")
    try:
        _print(options, check_report(tables, rows, every=every, refused=len(refused)), refused)
    except BrokenPipeError:
        forget_stdout()
    return _code(options, is_bad=bool(refused) or "incomplete" in rows["verdict"])


def _code(options: argparse.Namespace, *, is_bad: bool) -> int:
    """The exit code: of a path that is not there nobody knows what it would tell."""
    if missing_paths(options.paths):
        return USAGE
    return INCOMPLETE if is_bad else OK


def _print(options: argparse.Namespace, report: Report, refused: Sequence[File]) -> None:
    from tui_eval.files.paths import path_text
    from tui_eval.render.junit import check_as_junit

    if options.format == "junit":
        unread = {path_text(file.path): file.reason for file in refused}
        write_text(check_as_junit(report, unread), is_data=True)
        warn(report)
    else:
        print_report(report, options.format)


def _datasets(options: argparse.Namespace, tables: Tables, chosen: list[str]) -> list[str] | None:
    """The datasets that are named, of the chosen runs; None: all."""
    from tui_eval.loading.labels import matching

    own = tables.only(chosen) if chosen else tables
    names = sorted(own.scores["dataset"].unique().to_list())
    wanted = options.dataset or ()
    if not wanted:
        return names if chosen else None
    found = (only_one("dataset", name, matching(name, names), names) for name in wanted)
    return list(dict.fromkeys(found))


def _checked(
    options: argparse.Namespace,
    loaded: Collection,
    tables: Tables,
    datasets: list[str] | None,
) -> pl.DataFrame:
    """Whether the runs are complete (`tables.CHECKS`); says on stderr how far reading is."""
    from tui_eval.loading.cache import Cache, cache_path
    from tui_eval.loading.check import check

    cache = Cache(None if options.no_cache else cache_path())
    runs = {run.key: run for run in loaded.runs}
    due = time.monotonic() + _SILENT
    for found in check(runs, loaded.tables(), tables, cache, datasets=datasets):
        if time.monotonic() >= due and not found.is_whole:
            percent = 100 * found.done // max(found.total, 1)
            print(f"tui-eval: reading answers: {percent} %", file=sys.stderr)
            due = time.monotonic() + _EVERY
    reasons = {part for words in found.rows["reason"] for part in words.split("; ")}
    for note in found.notes:
        if not any(note.endswith(reason) for reason in reasons if reason):
            print(f"tui-eval: {safe(note)}", file=sys.stderr)
    return found.rows
