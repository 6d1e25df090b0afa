"""From words to what they mean: paths, runs, datasets, metrics and categories of a command."""

from __future__ import annotations

import argparse
import gc
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from tui_eval.cli.arguments import PARSERS
from tui_eval.cli.exits import UsageError
from tui_eval.cli.only_dataset import answered_datasets, on_one_dataset
from tui_eval.cli.terminal import safe

if TYPE_CHECKING:
    from tui_eval.analysis.selection import Metric
    from tui_eval.analysis.view import View
    from tui_eval.loading.collection import Collection
    from tui_eval.tables import Tables


def check_paths(paths: Sequence[Path]) -> None:
    """Raise `UsageError` where no path is there, or the current folder is gone."""
    missing = missing_paths(paths)
    if missing and len(missing) == len(paths):
        raise UsageError(why_not_there(missing[0]))
    check_folder(paths)


def check_folder(paths: Sequence[Path]) -> None:
    """Raise `UsageError` where paths are relative to a current folder that is gone."""
    try:
        os.getcwd()
    except OSError:
        if not paths or not all(path.is_absolute() for path in paths):
            reason = "the current folder is gone: change to one that is there"
            raise UsageError(reason) from None


def why_not_there(word: str) -> str:
    """Why a path cannot be opened; a misspelt command is one, too."""
    hint = "".join(f"; did you mean tui-eval {name}?" for name in intended_command(word))
    return f"no such file or folder: {safe(word)}{hint}"


def intended_command(word: str) -> list[str]:
    """The command that a word may be a misspelling of, if any."""
    import difflib

    return difflib.get_close_matches(word, PARSERS, n=1)


def missing_paths(paths: Sequence[Path]) -> list[str]:
    """The paths that are not there."""
    return [str(path) for path in paths if not os.path.exists(path)]  # Path.exists may raise


def sample_view(
    options: argparse.Namespace, loaded: Collection, tables: Tables, runs: Sequence[str]
) -> View:
    """One dataset and its metric; a dataset that nobody named is the only one with answers."""
    from dataclasses import replace

    from tui_eval.analysis.selection import datasets

    own = tables.only(list(runs)) if runs else tables
    view = view_of(options, own)
    fitting = answered_datasets(options, loaded, tables, view, runs)
    if options.dataset is None and fitting and len(datasets(tables.scores)) > 1:
        view = replace(view, dataset=None)  # that the runs have no other is said
    why = f"answers{' of these runs' * bool(runs)}{' in this category' * bool(options.category)}"
    return on_category(on_one_dataset(view, own, fitting, why), tables, options.category)


def on_category(view: View, tables: Tables, wanted: str | None) -> View:
    """The view, of the category of its dataset that is named; None: of all of them."""
    from dataclasses import replace

    from tui_eval.loading.labels import matching

    if wanted is None:
        return view
    written = tables.scores.filter(dataset=view.dataset)["category"]
    categories = written.drop_nulls().unique(maintain_order=True).to_list()
    found = matching(wanted, categories)
    return replace(view, category=only_one("category", wanted, found, categories))


def check_where(where: str) -> None:
    """Refuse a condition that cannot be understood before gigabytes are read for it."""
    from tui_eval.analysis.where import PRESETS, WhereError, parse

    try:
        if where.strip():
            parse(PRESETS.get(where, where))
    except WhereError as error:
        raise UsageError(f"--where: {safe(str(error))}") from None


def load_paths(paths: Sequence[Path], *, no_cache: bool = False) -> Collection:
    """Everything under the paths; says on stderr what was refused, raises where nothing is left."""
    from tui_eval.loading.cache import Cache, cache_path
    from tui_eval.loading.collection import OBJECTS, load
    from tui_eval.loading.passes import recompute

    check_paths(paths)
    gc.set_threshold(OBJECTS)
    cache = Cache(None if no_cache else cache_path())
    collection = load(paths, cache=cache)
    refused = [file for file in collection.files if file.content.state == "refused"]
    for file in refused[:20]:
        print(f"tui-eval: {safe(str(file.path))}: {safe(file.reason)}", file=sys.stderr)
    if len(refused) > 20:
        print(f"tui-eval: and {len(refused) - 20} more: see tui-eval doctor", file=sys.stderr)
    for _ in recompute(collection, cache):
        pass
    if not collection.runs:
        raise UsageError("no results found; tui-eval doctor PATH lists what was looked at")
    return collection


def with_aliases(tables: Tables) -> Tables:
    """The tables with datasets under the names that a person gave them; says on stderr which."""
    from tui_eval.analysis.aliases import members, unified
    from tui_eval.loading.config import ConfigError, read_names

    try:
        same = read_names()
        tables = _with_step_pattern(tables)
    except ConfigError as error:
        print(f"tui-eval: {safe(str(error))}; no names are changed", file=sys.stderr)
        same = ()
    found = set(members(tables))
    for one in same:
        present = [member for member in one.members if member in found]
        if len(present) > 1:
            told = ", ".join(f"{member.dataset} of {member.harness}" for member in present)
            said = f"{one.name} is {told}, as you chose (=)"
            print(f"tui-eval: {safe(said)}", file=sys.stderr)
    return unified(tables, same)


def _with_step_pattern(tables: Tables) -> Tables:
    """The tables with a person's expression for training steps; says on stderr why it is not used.

    Raises:
        ConfigError: The file in which it stands cannot be read.
    """
    from dataclasses import replace

    from tui_eval.analysis.training_steps import PatternError, checked_pattern
    from tui_eval.loading.config import names_path, read_step_pattern

    pattern = read_step_pattern()
    try:
        return replace(tables, step_pattern=checked_pattern(pattern)) if pattern else tables
    except PatternError as error:
        told = f"{names_path()}: steps: {error}; the known forms alone are looked for"
        print(f"tui-eval: {safe(told)}", file=sys.stderr)
        return tables


def view_of(options: argparse.Namespace, tables: Tables) -> View:
    """The view that the options choose; raises `UsageError` where a name is unknown."""
    from tui_eval.analysis.selection import datasets, metrics
    from tui_eval.analysis.view import View
    from tui_eval.loading.labels import matching

    names = datasets(tables.scores)
    dataset = names[0] if len(names) == 1 else None
    if options.dataset is not None:
        dataset = only_one("dataset", options.dataset, matching(options.dataset, names), names)
    metric, filter_name = None, None
    if options.metric is not None:
        chosen, *_ = metrics_of(options.metric, metrics(tables.scores, dataset))
        metric, filter_name = chosen.name, chosen.filter
    return View(dataset=dataset, metric=metric, filter=filter_name, scale=options.scale)


def metrics_of(wanted: str, offered: Sequence[Metric]) -> list[Metric]:
    """What the user means by a metric's name: all its filters; or by a part of name and filter."""
    from tui_eval.loading.labels import matching

    titles = {one.title: one for one in offered}
    named = matching(wanted, [one.name for one in offered])
    if len(named) == 1:
        return [one for one in offered if one.name == named[0]]
    return [titles[only_one("metric", wanted, matching(wanted, list(titles)), list(titles))]]


def run_of(tables: Tables, wanted: str, dataset: str | None = None) -> str:
    """The key of the run that the user means: one with scores of the dataset, if there is any."""
    from tui_eval.loading.labels import matching, matching_runs

    own = tables
    if dataset is not None:
        names = tables.scores["dataset"].unique().to_list()
        is_own = tables.scores["dataset"].is_in(matching(dataset, names))
        own = tables.only(tables.scores.filter(is_own)["run"].unique().to_list())
    for some in (own, tables):
        labels = some.runs["label"].to_list()
        found = matching_runs(wanted, labels, some.runs["model"].to_list())
        if found:
            break
    return tables.run_shown_as(only_one("run", wanted, found, labels))


def only_one(kind: str, wanted: str, found: Sequence[str], names: Sequence[str]) -> str:
    """The one name that was found; raises `UsageError` with the choice where it is not one."""
    if len(found) == 1:
        return found[0]
    trouble = "is ambiguous" if found else "is unknown"
    choice = "\n  ".join(found or names)
    raise UsageError(f"{kind} {safe(wanted)!r} {trouble}; there are:\n  {safe(choice, keep=True)}")
