"""What is compared: a baseline, candidates, and the datasets and metrics that they share."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

from tui_eval.cli.exits import UsageError
from tui_eval.cli.pick import load_paths, metrics_of, only_one, run_of, with_aliases
from tui_eval.cli.terminal import safe

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tui_eval.analysis.compare import Evidence, Tests
    from tui_eval.analysis.compare_report import Compared
    from tui_eval.analysis.selection import Selection
    from tui_eval.analysis.view import Scale
    from tui_eval.cli.answers import Answers
    from tui_eval.tables import Tables


class Pairs(NamedTuple):
    """A baseline and what it is compared with.

    Attributes:
        tables: All runs.
        answers: Reads what they answered.
        baseline: Key.
        candidates: Keys, each once.
        selections: Dataset and metric, of each dataset in which the baseline and one of the
            candidates have a score; by name.
    """

    tables: Tables
    answers: Answers
    baseline: str
    candidates: tuple[str, ...]
    selections: tuple[Selection, ...]


def pairs_of(options: argparse.Namespace, wanted: Sequence[str] | None) -> Pairs:
    """What the options choose to compare.

    Args:
        options: ``paths, no_cache, baseline, dataset, metric, scale``.
        wanted: Words for the candidates; None: all runs that share a dataset with the baseline.

    Raises:
        UsageError: A name is unknown, or nothing is shared.
    """
    from tui_eval.cli.answers import Answers

    loaded = load_paths(options.paths, no_cache=options.no_cache)
    tables = with_aliases(loaded.tables())
    datasets = _datasets(tables, options.dataset)
    within = datasets[0] if len(datasets) == 1 else None
    baseline = run_of(tables, options.baseline, within)
    if wanted is None:
        found = [run for run in tables.labels if run != baseline]
    else:
        found = list(dict.fromkeys(run_of(tables, word, within) for word in wanted))
    candidates = [run for run in found if run != baseline]
    if not candidates:
        raise UsageError("there is no candidate besides the baseline")
    selections = _shared(tables, options, datasets, baseline, candidates)
    has_any = {run for one in selections for run in scored(one, candidates)}
    if wanted is None:
        candidates = [run for run in candidates if run in has_any]
    for run in candidates:
        if run not in has_any:
            told = f"{tables.labels[run]} and {tables.labels[baseline]} share no scores"
            other = _other_filters(tables, datasets, baseline, [run])
            raise UsageError(safe(f"{told} of {_listed(datasets)}{other}"))
    answers = Answers(options, loaded, tables)
    return Pairs(tables, answers, baseline, tuple(candidates), tuple(selections))


def compared(pairs: Pairs, tests: Tests) -> Iterator[Compared]:
    """What is known of each dataset, one after the other: answers are read on the way.

    ``tests``: its margin is on the shown scale.
    """
    from dataclasses import replace

    from tui_eval.analysis.compare import Evidence
    from tui_eval.analysis.compare_report import Compared
    from tui_eval.analysis.guard import differences
    from tui_eval.analysis.question_scores import question_scores

    for selection in pairs.selections:
        own = scored(selection, pairs.candidates)
        runs = (pairs.baseline, *own)
        rows = pairs.answers.to(selection.dataset or "", runs)
        scores = question_scores(selection, rows, runs)
        raw = replace(tests, margin=tests.margin / selection.factor)
        evidence: Evidence = Evidence(selection, scores, raw)
        title = (metric.name, metric.filter) if (metric := selection.metric) else ("", None)
        dataset = selection.dataset or ""
        differs = {
            run: differences(pairs.tables, dataset, title, pairs.baseline, run, rows) for run in own
        }
        yield Compared(selection, evidence, pairs.baseline, own, differs)


def scored(selection: Selection, runs: Sequence[str]) -> tuple[str, ...]:
    """Those of the runs that have a score in the metric of a selection, of all of it or a part."""
    own = set(selection.rows.drop_nulls("value")["run"])
    return tuple(run for run in runs if run in own)


def _datasets(tables: Tables, wanted: Sequence[str] | None) -> list[str]:
    """The datasets that are named; all where none is."""
    from tui_eval.analysis.selection import datasets
    from tui_eval.loading.labels import matching

    names = datasets(tables.scores)
    if not wanted:
        return names
    chosen = [only_one("dataset", word, matching(word, names), names) for word in wanted]
    return sorted(dict.fromkeys(chosen))


def _shared(
    tables: Tables,
    options: argparse.Namespace,
    datasets: Sequence[str],
    baseline: str,
    candidates: Sequence[str],
) -> list[Selection]:
    """Datasets in which the baseline and a candidate have a score in the metric that is chosen.

    What is named must be one of them; of others it is said which the baseline has alone.
    """
    found, alone = [], []
    for name in datasets:
        every = _selections(tables, options, name, baseline)
        shared = [one for one in every if scored(one, candidates)]
        if shared:
            found.append(shared[0])
        elif every:
            alone.append(name)
    names = [one.dataset for one in found]
    absent = [name for name in datasets if name not in names] if options.dataset else []
    if absent or not found:
        _check_metric(tables, options.metric, absent or datasets)
        both = f"{tables.labels[baseline]} and the candidates"
        other = _other_filters(tables, absent or datasets, baseline, candidates)
        raise UsageError(safe(f"{both} share no scores of {_listed(absent or datasets)}{other}"))
    if alone:
        print(f"tui-eval: only the baseline has scores of {safe(_listed(alone))}", file=sys.stderr)
    return found


def _other_filters(
    tables: Tables, datasets: Sequence[str], baseline: str, candidates: Sequence[str]
) -> str:
    """What both have with other filters alone, as a run whose answers were scored again does."""
    import polars as pl

    rows = tables.scores.filter(pl.col("dataset").is_in(datasets))
    first, second = (
        rows.filter(pl.col("run").is_in(runs)).select("metric", "filter").drop_nulls().unique()
        for runs in ([baseline], candidates)
    )
    for metric in first["metric"].unique().sort():
        own, others = (one.filter(metric=metric)["filter"].sort() for one in (first, second))
        if len(others):
            return f": they have {metric} with other filters: {_listed([*own, *others])}"
    return ""


def _selections(
    tables: Tables, options: argparse.Namespace, dataset: str, baseline: str
) -> list[Selection]:
    """The dataset in the metric that is named, or in each, if the baseline is scored in it."""
    from tui_eval.analysis.selection import metrics, select
    from tui_eval.analysis.view import View
    from tui_eval.loading.labels import matching

    scale: Scale = options.scale
    every = {
        metric: select(tables, View(dataset, metric.name, metric.filter, scale))
        for metric in metrics(tables.scores, dataset)
    }
    own = [metric for metric, one in every.items() if scored(one, [baseline])]
    if options.metric is not None:
        is_known = bool(matching(options.metric, [metric.title for metric in own]))
        own = metrics_of(options.metric, own) if is_known else []
    return [every[metric] for metric in own]


def _check_metric(tables: Tables, wanted: str | None, datasets: Sequence[str]) -> None:
    """Raise `UsageError` where a metric is named that none of the datasets has."""
    from tui_eval.analysis.selection import metrics
    from tui_eval.loading.labels import matching

    titles = [one.title for name in datasets for one in metrics(tables.scores, name)]
    if wanted is not None and not matching(wanted, titles):
        only_one("metric", wanted, [], list(dict.fromkeys(titles)))


def _listed(names: Sequence[str]) -> str:
    from tui_eval.analysis.notes import listed

    return str(listed(names))
