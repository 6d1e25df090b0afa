"""`tui-eval samples`, and the answers that other commands need."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING

from tui_eval.cli.exits import OK, UsageError
from tui_eval.cli.pick import (
    check_where,
    load_paths,
    only_one,
    run_of,
    sample_view,
    with_aliases,
)
from tui_eval.cli.terminal import print_report, safe, warn, write_text

if TYPE_CHECKING:
    from tui_eval.analysis.samples import QuestionTable
    from tui_eval.analysis.view import View
    from tui_eval.loading.collection import Collection
    from tui_eval.loading.passes import Samples
    from tui_eval.records import Run
    from tui_eval.tables import Tables


def run_samples(options: argparse.Namespace) -> int:
    """Print questions and what runs answered; returns the exit code."""
    from dataclasses import replace

    if options.columns is not None and options.format == "jsonl":
        raise UsageError("--columns chooses columns of a table: jsonl has all texts")
    check_where(options.where)
    loaded = load_paths(options.paths, no_cache=options.no_cache)
    tables = with_aliases(loaded.tables())
    chosen = [run_of(tables, wanted, options.dataset) for wanted in options.run or ()]
    view = sample_view(options, loaded, tables, chosen)
    return print_questions(options, loaded, tables, replace(view, where=options.where), chosen)


def read_answers(
    options: argparse.Namespace,
    loaded: Collection,
    tables: Tables,
    view: View,
    chosen: Sequence[str],
) -> tuple[dict[str, Run], Samples]:
    """The answers of the chosen runs, or of all that keep some; says on stderr which keep none.

    Returns:
        The runs by key, in the order of their letters, and their answers.
    """
    from tui_eval.analysis.selection import select
    from tui_eval.loading.cache import Cache, cache_path
    from tui_eval.loading.passes import NOTHING, read_samples, why_silent

    by_key = {run.key: run for run in loaded.runs}
    every = [by_key[key] for key in chosen or select(tables, view).readable]
    silent = [run for run in every if not run.samples]
    without = [f"no answers of {tables.labels[run.key]}: {why_silent([run])}" for run in silent]
    if chosen and silent and len(silent) < len(every):  # others would take its letter
        raise UsageError(safe(without[0]))
    runs = {run.key: run for run in every if run.samples}
    if not runs:
        raise UsageError(f"no answers of these runs: {why_silent(every)}")
    for words in without:
        print(f"tui-eval: {safe(words)}", file=sys.stderr)
    cache = Cache(None if options.no_cache else cache_path())
    samples = NOTHING
    for samples in read_samples(  # noqa: B007  # the last one holds all
        runs, loaded.tables(), tables, view.dataset or "", cache, view.category
    ):
        pass
    found = samples.rows["run"].unique().to_list()
    nothing = [
        f"{tables.labels[key]}: no answers to {view.dataset}" for key in runs if key not in found
    ]
    for note in (*samples.notes, *nothing):
        print(f"tui-eval: {safe(note)}", file=sys.stderr)
    return runs, samples


def print_questions(
    options: argparse.Namespace,
    loaded: Collection,
    tables: Tables,
    view: View,
    chosen: Sequence[str],
) -> int:
    """Print the questions that meet the condition of a view; returns the exit code."""
    import json
    from dataclasses import replace

    from tui_eval.analysis.samples import question_table, samples_report, scaled
    from tui_eval.analysis.selection import select
    from tui_eval.analysis.where import WhereError
    from tui_eval.loading.texts import texts

    runs, samples = read_answers(options, loaded, tables, view, chosen)
    selection = select(tables, view)
    known = question_table(selection, samples.rows, list(runs))
    if options.format != "jsonl":
        known = replace(known, columns=_columns(options, known))
    try:
        report = samples_report(selection, known)
    except WhereError as error:
        raise UsageError(f"--where: {safe(str(error))}") from None
    if options.format == "jsonl":
        found = scaled(known.places, known.metric, view)
        for record in texts(runs, tables.labels, report.frame, found, samples.states):
            write_text(json.dumps(record, ensure_ascii=True) + "\n", is_data=True)
        warn(report)
        return OK
    return print_report(report, options.format)


def _columns(options: argparse.Namespace, known: QuestionTable) -> tuple[str, ...]:
    """The columns that the user wants, each once; those that tell something, unless some are."""
    if getattr(options, "columns", None) is None:
        return known.columns
    names = dict.fromkeys(name.strip() for name in options.columns.split(","))
    offered = known.questions.columns
    return tuple(
        only_one("column", name, [name] if name in offered else [], offered) for name in names
    )
