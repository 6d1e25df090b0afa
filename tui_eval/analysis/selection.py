"""What is looked at, resolved once a change: from a user's wishes (`View`) and the tables.

Screens and commands resolve through `select`, and every report of scores takes what it returns. So
"the metric" and "the runs" mean the same to all of them, and are worked out once, when first asked.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import polars as pl

from tui_eval.analysis.metric_names import short_metric
from tui_eval.analysis.view import View
from tui_eval.analysis.where import letters
from tui_eval.tables import Tables

WHOLE = "all of it, as reported"
"""The category of a dataset for which no run gives categories."""


class Metric(NamedTuple):
    """A metric that can be chosen, and how its numbers are to be read."""

    name: str
    filter: str | None
    unit: str
    higher_is_better: bool | None

    @property
    def title(self) -> str:
        """Name and filter."""
        return f"{self.name}, {self.filter}" if self.filter else self.name

    @property
    def heading(self) -> str:
        """The short name, and that low numbers are the good ones where they are."""
        return f"{self.short} · lower is better" if self.higher_is_better is False else self.short

    @property
    def short(self) -> str:
        """Name and filter as a title has room for them; `title` where they must be exact."""
        return self._replace(name=short_metric(self.name)).title

    @property
    def is_count(self) -> bool:
        """Whether it counts something: added up instead of averaged."""
        return self.unit == "count"

    @property
    def is_scaled(self) -> bool:
        """Whether it lies between 0 and 1, and can be shown on 0-100."""
        return self.unit == "fraction"

    def scale(self, view: View) -> int:
        """Upper end of the scale on which it is shown; 0 where there is none."""
        return view.scale if self.is_scaled else 0

    def factor(self, view: View) -> float:
        """What raw values are multiplied with to be shown."""
        return float(view.scale) if self.is_scaled else 1.0


def datasets(scores: pl.DataFrame) -> list[str]:
    """Names of the datasets, sorted."""
    return sorted(scores["dataset"].unique().to_list())


def widest_dataset(scores: pl.DataFrame) -> str | None:
    """The dataset that most runs have; the first by name of several."""
    counts = scores.group_by("dataset").agg(runs=pl.col("run").n_unique())
    ranked = counts.sort("runs", "dataset", descending=[True, False])
    return None if ranked.is_empty() else str(ranked["dataset"][0])


def metrics(scores: pl.DataFrame, dataset: str | None = None) -> list[Metric]:
    """Metrics of a dataset (None: of all) as first seen; last those in which nothing is scored."""
    rows = scores.filter(pl.col("repeat").is_null())
    if dataset is not None:
        rows = rows.filter(pl.col("dataset") == dataset)
    found = rows.group_by("metric", "filter", maintain_order=True).agg(
        shared_unit(),
        pl.col("higher_is_better").first(),
        is_scored=has_score().any(),
    )
    ranked = found.sort("is_scored", descending=True, maintain_order=True).drop("is_scored")
    return [Metric(*row) for row in ranked.iter_rows()]


def has_score() -> pl.Expr:
    """Whether a row has a number, and of some question that could be scored."""
    return pl.col("value").is_not_null() & _is_scored()


def _is_scored() -> pl.Expr:
    return ~(pl.col("unscored") >= pl.col("n")).fill_null(value=False)


def shared_unit() -> pl.Expr:
    """The unit of a metric's numbers on the raw scale; what is not known is a fraction at least."""
    known = pl.col("unit").drop_nulls().first().fill_null("fraction")
    return known.replace("percent", "fraction").alias("unit")


def is_whole() -> pl.Expr:
    """Whether a row is the aggregate of its whole dataset."""
    return pl.col("category").is_null() & pl.col("group").is_null()


def on_raw_scale(scores: pl.DataFrame) -> pl.DataFrame:
    """Rows of scores as `Selection.rows` has them."""
    is_known = pl.col("unit").is_not_null()
    divisor = pl.when(is_known).then(
        pl.when(pl.col("unit") == "percent").then(100.0).otherwise(1.0)
    )
    is_alone = is_whole() & pl.col("category").is_null().all().over("dataset")
    is_scored = _is_scored()
    return scores.select(
        "run",
        "dataset",
        "group",
        pl.when(is_alone).then(pl.lit(WHOLE)).otherwise("category").alias("category"),
        "repeat",
        "method",
        "n",
        "unscored",
        "status",
        "origin",
        pl.col("optional").fill_null(value=False),
        value=pl.when(is_scored).then(pl.col("value") / divisor),
        stderr=pl.when(is_scored).then(pl.col("stderr") / divisor),
        written=pl.col("value") / divisor,
    )


@dataclass(frozen=True, eq=False)
class Subject:
    """The scores that are looked at, whatever their order, scale and baseline are.

    It is kept while only those change: nothing here is worked out twice (`Selection`).

    Attributes:
        tables: The runs that are open.
        dataset: None: all of them.
        wanted: Name and filter of the metric that the user wants.
    """

    tables: Tables
    dataset: str | None
    wanted: tuple[str | None, str | None]

    @cached_property
    def metric(self) -> Metric | None:
        """The metric that is wanted, or the first there is; None where the dataset has none."""
        found = metrics(self.tables.scores, self.dataset)
        wanted = [metric for metric in found if (metric.name, metric.filter) == self.wanted]
        return next(iter(wanted or found), None)

    @cached_property
    def rows(self) -> pl.DataFrame:
        """See `Selection.rows`."""
        scores, metric = self.tables.scores, self.metric
        if metric is None:
            return on_raw_scale(scores.clear())
        chosen = (pl.col("metric") == metric.name) & pl.col("filter").eq_missing(metric.filter)
        if self.dataset is not None:
            chosen &= pl.col("dataset") == self.dataset
        return on_raw_scale(scores.filter(chosen))

    @cached_property
    def runs(self) -> tuple[str, ...]:
        """See `Selection.runs`."""
        scored = self.rows.filter(pl.col("category").is_not_null() & pl.col("value").is_not_null())
        return tuple(self.tables.by_label(scored["run"].unique()))

    @cached_property
    def readable(self) -> tuple[str, ...]:
        """See `Selection.readable`."""
        if self.dataset is None:
            return ()
        own = self.tables.scores.filter(dataset=self.dataset)
        by_run = own.group_by("run").agg(is_scored=pl.col("value").is_not_null().any())
        unscored = by_run.filter(~pl.col("is_scored"))["run"]
        return tuple(self.tables.by_label({*self.runs, *unscored}))


@dataclass(frozen=True, eq=False)
class Selection:
    """What a view chooses of the tables; known by its identity.

    Attributes:
        tables: The runs that are open.
        view: The wishes that were resolved, with the options of every report.
    """

    tables: Tables
    view: View

    @cached_property
    def subject(self) -> Subject:
        """The scores that are looked at: the same for all views that change none of them."""
        wanted = (self.view.dataset, (self.view.metric, self.view.filter))
        return self.tables.once((Subject, *wanted), lambda: Subject(self.tables, *wanted))

    @property
    def dataset(self) -> str | None:
        """The dataset; None: all of them."""
        return self.view.dataset

    @property
    def metric(self) -> Metric | None:
        """The metric of the view, or the first there is; None where the dataset has none."""
        return self.subject.metric

    @property
    def rows(self) -> pl.DataFrame:
        """Rows of the metric: what is asked of a category, and what a run has of it.

        Columns:
            ``run, dataset, group, category, repeat, method, n, unscored, status, origin, optional,
            value, stderr, written``, on the raw 0-1 scale: percent become fractions, so that
            tolerances and thresholds mean the same everywhere; what may be either is null. A number
            for which nothing was scored (`tables.SCORES`) is ``written``, and no ``value``. Where
            no run gives categories of a dataset, what is reported for all of it becomes its one
            category. No rows without a metric.
        """
        return self.subject.rows

    @property
    def runs(self) -> tuple[str, ...]:
        """The runs that have scores of categories in this dataset and metric, by label."""
        return self.subject.runs

    @property
    def readable(self) -> tuple[str, ...]:
        """Runs whose answers can be looked at: those of `runs`, and those without a score."""
        return self.subject.readable

    @property
    def scored_and_answered(self) -> tuple[str, ...]:
        """Those of `runs` that have files of answers, by label."""
        return tuple(run for run in self.runs if run in self._with_files)

    @cached_property
    def _with_files(self) -> frozenset[str]:
        return frozenset(self.tables.runs.filter(pl.col("sample_files") > 0)["run"])

    @cached_property
    def answered(self) -> tuple[str, ...]:
        """Those of the runs to compare that have files of answers, in the order of their letters.

        The baseline is the first of them; of a view that names no runs all that are `readable`.
        """
        view = self.view
        first = () if view.baseline is None else (view.baseline,)
        others = self.readable if view.candidates is None else view.candidates
        chosen = view.sample_runs or (*first, *others)
        offered = self._with_files.intersection(self.readable)
        return tuple(run for run in dict.fromkeys(chosen) if run in offered)

    @cached_property
    def letters(self) -> dict[str, str]:
        """The letter of every open run, the same on all screens: `answered` ones come first."""
        view = self.view
        chosen = (view.baseline, *(view.candidates or ()))
        known = [run for run in chosen if run in self.tables.labels]
        order = list(dict.fromkeys((*self.answered, *known, *self.tables.labels)))
        return dict(zip(order, letters(len(order)), strict=True))

    @property
    def factor(self) -> float:
        """What raw scores are multiplied with to be shown; 1 without a metric."""
        return self.metric.factor(self.view) if self.metric is not None else 1.0


def select(tables: Tables, view: View) -> Selection:
    """Resolve a view on the tables of the open runs."""
    return Selection(tables, view)
