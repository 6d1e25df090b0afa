"""What files and scores tell of each run: settings, questions by category, metrics."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple
from weakref import WeakKeyDictionary

import polars as pl

from tui_eval.records import NONE
from tui_eval.tables import Tables

_WHOLE = 1e-4  # how near to a whole number what was computed of doubles is
_MOST_QUESTIONS = 10**7

MetricName = tuple[str, str | None]
"""Name and filter of a metric."""

Parts = Mapping[str, Mapping[str | None, str | None]]
"""The values of a setting by part (``""``: it has none) and category (None: all)."""


class Scored(NamedTuple):
    """What the scores of a run tell of a dataset: questions by category, and its metrics."""

    questions: Mapping[str, int | None]
    metrics: frozenset[MetricName]


class Known:
    """Settings and scores of all runs, looked up by run and dataset."""

    def __init__(self, tables: Tables) -> None:
        self._scores = tables.scores
        self._rows: dict[str, dict[str | None, list[tuple[str | None, ...]]]] = {}
        columns = ("run", "dataset", "metric", "category", "name", "value")
        ordered = tables.settings.select(columns).sort(
            pl.col("metric").is_not_null(), maintain_order=True
        )
        for run, dataset, *row in ordered.iter_rows():
            self._rows.setdefault(run, {}).setdefault(dataset, []).append(tuple(row))
        with_files = tables.runs.filter(pl.col("sample_files") > 0)
        self.answered = frozenset(with_files["run"].to_list())
        self._harness: dict[str, str] = dict(tables.runs.select("run", "harness").iter_rows())
        self._scored: dict[str, dict[str, Scored]] = {}

    def harness(self, run: str) -> str:
        """The harness of a run."""
        return self._harness[run]

    def scored(self, dataset: str, run: str) -> Scored:
        """What its scores tell of a dataset."""
        if dataset not in self._scored:
            self._scored[dataset] = _scored_by(self._scores, dataset)
        return self._scored[dataset].get(run, Scored({}, frozenset()))

    def settings(self, run: str, dataset: str, metric: MetricName) -> Mapping[str, Parts]:
        """Its settings by name; what is told of a dataset or metric alone beats what is of all.

        Of several filters the one of the metric.
        """
        found: dict[str, dict[str, dict[str | None, str | None]]] = {}
        of_run = self._rows.get(run, {})
        for place in (None, dataset):
            own: dict[tuple[str, str], dict[str | None, str | None]] = {}
            for of_metric, category, written, value in of_run.get(place, ()):
                if of_metric in (None, metric[0]):
                    name, _, part = (written or "").partition(".")
                    own.setdefault((name, part), {})[category] = value
            for (name, part), values in own.items():
                found.setdefault(name, {})[part] = values
        filters = found.get("filter", {})
        if (metric[1] or NONE) in filters:
            found["filter"] = {"": filters[metric[1] or NONE]}
        return found


_KNOWN: WeakKeyDictionary[Tables, Known] = WeakKeyDictionary()


def known_of(tables: Tables) -> Known:
    """What the tables tell, worked out once."""
    known = _KNOWN.get(tables)
    if known is None:
        known = _KNOWN[tables] = Known(tables)
    return known


def _scored_by(scores: pl.DataFrame, dataset: str) -> dict[str, Scored]:
    rows = scores.filter(pl.col("repeat").is_null(), dataset=dataset)
    is_required = pl.col("category").is_not_null() & ~pl.col("optional").fill_null(value=False)
    counts = (
        rows.filter(is_required)
        .group_by("run", "category", maintain_order=True)
        .agg(n=pl.coalesce(pl.col("n").max(), _questions_of_shares().max()))
    )
    questions: dict[str, dict[str, int | None]] = {}
    for run, category, n in counts.iter_rows():
        questions.setdefault(run, {})[category] = n
    metrics: dict[str, set[MetricName]] = {}
    for run, *metric in rows.select("run", "metric", "filter").unique().iter_rows():
        metrics.setdefault(run, set()).add((metric[0], metric[1]))
    return {run: Scored(questions.get(run, {}), frozenset(metrics[run])) for run in metrics}


def _questions_of_shares() -> pl.Expr:
    """Of how many questions a score is the share that is right, by its standard error; else null.

    That of a share p of n is √(p(1-p)/(n-1)), so that n and the number of right ones come out whole
    for no other score but by chance.
    """
    share, error = pl.col("value"), pl.col("stderr")
    number = 1 + share * (1 - share) / error**2
    is_whole = (number - number.round()).abs() < _WHOLE
    is_share = is_whole & ((share * number) - (share * number).round()).abs().lt(_WHOLE)
    is_known = (pl.col("unit") == "fraction") & (error > 0) & (number < _MOST_QUESTIONS)
    return pl.when(is_known & is_share).then(number.round().cast(pl.Int64, strict=False))
