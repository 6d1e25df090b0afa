"""Do two benchmarks put the models in the same order? A row a pair of datasets or of categories."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import combinations
from typing import NamedTuple

import numpy as np
import polars as pl

from tui_eval.analysis.notes import Count, Names, Note, listed
from tui_eval.analysis.report import Column, Report
from tui_eval.analysis.score_notes import overview_notes
from tui_eval.analysis.scores import compared_datasets, metric_by_dataset, overview, score_report
from tui_eval.analysis.selection import Metric, Selection, on_raw_scale, select
from tui_eval.analysis.view import TOLERANCE, Benchmark
from tui_eval.statistics.correlation import LEAST_MODELS, spearman, spearman_interval, tau_b
from tui_eval.statistics.intervals import Floats
from tui_eval.tables import Tables, natural

LEAST_ORDER = 3
"""Models below which there is no order to compare: two stand in the same order or in the other."""

METHOD = "Spearman"
WITH_INTERVAL = "Spearman, Bonett–Wright 95 %"

QUESTION = Note("Do the two benchmarks put the models in the same order? 1 = same order.")

HOW = Note(
    "spearman: rho of mid-ranks; low, high: its Bonett–Wright 95 % interval, from {least} models.",
    least=LEAST_MODELS,
)

_DIGITS = round(-math.log10(TOLERANCE))  # equal scores may differ in their last bits

_PAIRS = pl.Schema(
    {
        "dataset_a": pl.String(),
        "category_a": pl.String(),
        "dataset_b": pl.String(),
        "category_b": pl.String(),
        "metric_a": pl.String(),
        "metric_b": pl.String(),
        "models": pl.Int64(),
        "spearman": pl.Float64(),
        "low": pl.Float64(),
        "high": pl.Float64(),
        "tau_b": pl.Float64(),
        "method": pl.String(),
        "reason": pl.String(),
    }
)


class Model(NamedTuple):
    """A model: one point of every scatter, however often it was run.

    Attributes:
        name: As its harness names it, with its variant where several were asked the same dataset;
            where nothing names it, the run's label.
        runs: Keys of its runs, by label.
    """

    name: str
    runs: tuple[str, ...]


class Agreement(NamedTuple):
    """How alike two benchmarks order the models that have a score in both.

    Attributes:
        models: How many these are.
        spearman: Rho of mid-ranks, turned so that 1 is the same order; None: nothing can be said.
        low: Lower end of its 95 % interval; None: there is none.
        high: Upper end.
        tau_b: Kendall's tau-b, turned alike.
        method: How rho and its interval were made; None: there is no rho.
        reason: Why rho or its interval is missing; None: both are there.
    """

    models: int
    spearman: float | None = None
    low: float | None = None
    high: float | None = None
    tau_b: float | None = None
    method: str | None = None
    reason: Note | None = None


@dataclass(frozen=True, eq=False)
class Standings:
    """The score of every model in every benchmark, as the overview or the score report has it.

    Attributes:
        by: What the benchmarks are.
        dataset: Whose categories they are; None: they are datasets.
        names: Names of the benchmarks, in order.
        metrics: What each is shown in.
        models: The models, by name.
        scores: A row a model, a column a benchmark, on the raw scale; NaN: missing. Of several runs
            of a model the mean of those that have a score.
        left_out: Datasets that are no benchmark here, since less than two runs have them.
        notes: What is said of the scores: which runs lack categories of which dataset.
    """

    by: Benchmark
    dataset: str | None
    names: tuple[str, ...]
    metrics: tuple[Metric, ...]
    models: tuple[Model, ...]
    scores: Floats
    left_out: int = 0
    notes: tuple[Note, ...] = ()

    def shared(self, a: int, b: int) -> list[int]:
        """Numbers of the models that have a score in two benchmarks."""
        both = ~np.isnan(self.scores[:, a]) & ~np.isnan(self.scores[:, b])
        return [int(place) for place in np.flatnonzero(both)]

    @cached_property
    def pairs(self) -> dict[tuple[int, int], Agreement]:
        """How alike two benchmarks order their models, by their numbers, the smaller first."""
        places = range(len(self.names))
        return {pair: self.agreement(*pair) for pair in combinations(places, 2)}

    @cached_property
    def frame(self) -> pl.DataFrame:
        """The rows of `correlation_report`."""
        rows = []
        for (a, b), found in self.pairs.items():
            reason = None if found.reason is None else str(found.reason)
            titles = self.metrics[a].title, self.metrics[b].title
            rows.append((*self._place(a), *self._place(b), *titles, *found[:-1], reason))
        return pl.DataFrame(rows, schema=_PAIRS, orient="row")

    def _place(self, number: int) -> tuple[str, str | None]:
        """Dataset and category of a benchmark."""
        name = self.names[number]
        return (name, None) if self.dataset is None else (self.dataset, name)

    def agreement(self, a: int, b: int) -> Agreement:
        """How alike two benchmarks order their models."""
        return agreement(
            self.scores[:, a],
            self.scores[:, b],
            (self.names[a], self.names[b]),
            is_turned=self._is_low_good(a) != self._is_low_good(b),
        )

    def _is_low_good(self, place: int) -> bool:
        return self.metrics[place].higher_is_better is False


def agreement(
    a: Floats, b: Floats, names: tuple[str, str] = ("a", "b"), *, is_turned: bool = False
) -> Agreement:
    """How alike two benchmarks order the models that have a score in both.

    Scores that differ by less than the tolerance are ties (mid-ranks). An interval is given from
    `LEAST_MODELS` models on; none of a rho of 1 or -1, of which the formula makes a single point.

    Args:
        a: Scores of the models in one benchmark, raw scale; NaN: missing.
        b: Scores of the same models in the other.
        names: Of the two, for the reason.
        is_turned: Whether in one of the two, but not in both, lower is better.
    """
    both = ~(np.isnan(a) | np.isnan(b))
    x, y = np.round(a[both], _DIGITS), np.round(b[both], _DIGITS)
    models = len(x)
    if models < LEAST_ORDER:
        return Agreement(models, reason=Note(_TOO_FEW, least=LEAST_ORDER))
    flat = [name for name, side in zip(names, (x, y), strict=True) if np.ptp(side) == 0]
    if flat:
        return Agreement(models, reason=Note(_ALL_EQUAL, names=" and ".join(flat)))
    y = -y if is_turned else y
    rho, tau = spearman(x, y), tau_b(x, y)
    low, high = spearman_interval(rho, models)
    if models < LEAST_MODELS:
        return Agreement(
            models, rho, None, None, tau, METHOD, Note(_NO_INTERVAL, least=LEAST_MODELS)
        )
    if high - low <= TOLERANCE:
        return Agreement(models, rho, None, None, tau, METHOD, Note(_NO_WIDTH, rho=round(rho)))
    return Agreement(models, rho, low, high, tau, WITH_INTERVAL)


_TOO_FEW = "under {least} models"
_ALL_EQUAL = "all equal in {names}"
_NO_INTERVAL = "no interval under {least} models"
_NO_WIDTH = "no interval at {rho}"


def standings(selection: Selection, by: Benchmark = "dataset") -> Standings:
    """The score of every model in every benchmark, made once for the same wishes.

    Args:
        selection: Runs, metric, and which datasets; for categories the dataset.
        by: What the benchmarks are. Without a dataset and a metric there are no categories.
    """
    view = selection.view
    key = (standings, by, view.dataset, view.metric, view.filter, view.datasets)
    make = _of_datasets if by == "dataset" else _of_categories
    return selection.tables.once(key, lambda: make(selection))


def usual(selection: Selection) -> Benchmark:
    """What is compared where nobody said it: datasets; where there is only one, its categories."""
    of_datasets = standings(selection)
    is_one = len(of_datasets.names) + of_datasets.left_out < 2
    return "category" if is_one and selection.metric is not None else "dataset"


def correlation_report(selection: Selection, by: Benchmark = "dataset") -> Report:
    """Benchmark by benchmark: the rank correlation of the models that have a score in both.

    A dataset has of a run the score that the overview of all datasets shows (`scores.overview`), a
    category that of the score report. A model counts once, with the mean of its runs.

    Args:
        selection: Runs, metric, and which datasets; for categories the dataset.
        by: What the benchmarks are.

    Returns:
        A row a pair, in the order of the names: ``dataset_a, category_a, dataset_b, category_b``
        (categories null between datasets), ``metric_a, metric_b``, ``models`` with a score in
        both, ``spearman``, its 95 % interval ``low, high``, ``tau_b``, ``method``, and ``reason``:
        why figures are null. Where lower is better in one of two they are turned, so that 1 means
        the same order.
    """
    known = standings(selection, by)
    frame = known.frame
    drawn = {f"{by}_a", f"{by}_b", *(("reason",) if frame["reason"].count() else ())}
    return Report(
        name="-".join(filter(None, ("correlation", known.dataset))),
        title=_title(known),
        frame=frame,
        columns=tuple(_column(name, drawn) for name in frame.columns),
        notes=(QUESTION, *_notes(known), HOW) if frame.height else tuple(_notes(known)),
        empty=_why_empty(selection.tables, known),
    )


def _column(name: str, drawn: set[str]) -> Column:
    if name in ("spearman", "low", "high", "tau_b"):
        return Column(name, "score", 1)
    if name == "models":
        return Column(name, "count")
    return Column(name, is_data=name not in drawn)


def _of_datasets(selection: Selection) -> Standings:
    raw = select(selection.tables, replace(selection.view, scale=1))
    only = compared_datasets(raw)
    report, metrics = overview(raw, only)
    notes = _category_notes(raw, list(metrics))
    every = selection.tables.scores["dataset"].n_unique()
    left_out = every - len(only) if only is not None and raw.view.datasets is None else 0
    found = _standings(raw.tables, report, metrics)
    return replace(found, left_out=left_out, notes=notes)


def _category_notes(raw: Selection, names: Sequence[str]) -> tuple[Note, ...]:
    """Which runs lack categories of these datasets: their means are over others."""
    chosen = metric_by_dataset(raw.tables.scores, raw.view).filter(pl.col("dataset").is_in(names))
    single = raw.tables.scores.filter(pl.col("repeat").is_null() & pl.col("category").is_not_null())
    rows = single.join(chosen, on=["dataset", "metric", "filter"], nulls_equal=True)
    return tuple(overview_notes(raw.tables, on_raw_scale(rows)))


def _of_categories(selection: Selection) -> Standings:
    whole = replace(selection.view, scale=1, sort="name", sort_run=None, threshold=None)
    raw = select(selection.tables, whole)
    if raw.dataset is None or raw.metric is None:
        return Standings("category", raw.dataset, (), (), (), np.empty((0, 0)))
    report = score_report(raw)
    metrics = dict.fromkeys(report.body.to_series(0), raw.metric)
    return _standings(raw.tables, report, metrics, raw.dataset)


def _standings(
    tables: Tables,
    report: Report,
    metrics: Mapping[str, Metric],
    dataset: str | None = None,
) -> Standings:
    """A report with a row a benchmark and a column a run, turned round and averaged by model."""
    runs = {str(one.run): one.name for one in report.columns if one.run is not None}
    rows = report.body.to_series(0) if report.columns else pl.Series([], dtype=pl.String)
    wide = report.body.select(runs.values()).to_numpy() if runs else np.empty((len(rows), 0))
    has_score = ~np.isnan(wide)
    kept = np.flatnonzero(has_score.any(axis=1))
    names = [rows[int(place)] for place in kept]
    wide = wide[kept]
    keys = list(runs)
    scored = [keys[int(place)] for place in np.flatnonzero(has_score.any(axis=0))]
    models = _models(tables, scored)
    columns = {run: place for place, run in enumerate(keys)}
    means = [_mean(wide[:, [columns[run] for run in model.runs]]) for model in models]
    return Standings(
        by="dataset" if dataset is None else "category",
        dataset=dataset,
        names=tuple(names),
        metrics=tuple(metrics[name] for name in names),
        models=tuple(models),
        scores=np.array(means, float).reshape(len(models), len(names)),
    )


def _mean(scores: Floats) -> Floats:
    """The mean of each row over what is there; NaN where nothing is."""
    counts = np.sum(~np.isnan(scores), axis=1)
    sums = np.nansum(scores, axis=1)
    return np.where(counts > 0, sums / np.maximum(counts, 1), np.nan)


def _models(tables: Tables, runs: Sequence[str]) -> list[Model]:
    """The models of some runs, by name."""
    rows = tables.runs.select("run", "label", "model", "variant").iter_rows()
    facts = {run: rest for run, *rest in rows}
    have_variants = _with_variants(tables)
    found: dict[str, list[str]] = {}
    for run in tables.by_label(runs):
        label, model, variant = facts[run]
        is_variant = variant and model in have_variants
        name = label if not model else f"{model} ({variant})" if is_variant else model
        found.setdefault(name, []).append(run)
    return [Model(name, tuple(found[name])) for name in sorted(found, key=natural)]


def _with_variants(tables: Tables) -> set[str]:
    """Models whose variants are models of their own: two of them were asked the same dataset.

    What is called a variant may be no more than the name of the folder of a dataset.
    """
    asked = tables.scores.select("run", "dataset").unique()
    known = tables.runs.select("run", "model", "variant").drop_nulls("model")
    counts = (
        asked.join(known, on="run").group_by("model", "dataset").agg(pl.col("variant").n_unique())
    )
    return set(counts.filter(pl.col("variant") > 1)["model"])


def _title(known: Standings) -> str:
    things = Count(len(known.names), known.by)
    of = "" if known.dataset is None else f" of {known.dataset}"
    metrics = list(dict.fromkeys(metric.heading for metric in known.metrics))
    which = metrics[0] if len(metrics) == 1 else "each in its own metric"
    told = f"rank correlation: {things}{of}, {Count(len(known.models), 'model')}"
    return f"{told} · {which}" if metrics else told


def _notes(known: Standings) -> Iterator[Note]:
    models = Count(len(known.models), "model")
    runs = sum(len(model.runs) for model in known.models)
    if known.names and len(known.models) < LEAST_ORDER:
        yield Note("{models}: an order needs {least}.", models=models, least=LEAST_ORDER)
    if runs > len(known.models):
        message = "{runs} of {models}: a model counts once, with the mean of its runs."
        yield Note(message, runs=Count(runs, "run"), models=models)
    directions = {metric.higher_is_better for metric in known.metrics}
    if False in directions and len(directions) > 1:
        low = _names_where(known, is_higher_better=False)
        yield Note("Lower is better on {names}: turned, so that 1 is the same order.", names=low)
    if None in directions:
        neither = _names_where(known, is_higher_better=None)
        yield Note("Neither high nor low is better on {names}: not turned.", names=neither)
    if known.left_out:
        count = Count(known.left_out, "dataset")
        yield Note("{count} left out (of one run only).", count=count)
    yield from known.notes


def _names_where(known: Standings, *, is_higher_better: bool | None) -> Names:
    pairs = zip(known.names, known.metrics, strict=True)
    return listed(
        (name for name, metric in pairs if metric.higher_is_better is is_higher_better), 4
    )


def _why_empty(tables: Tables, known: Standings) -> str:
    if tables.runs.is_empty():
        return "No run is open."
    if not known.names:
        return "No scores in these runs." if known.by == "dataset" else "There are no categories."
    if len(known.names) > 1:
        return f"{Count(len(known.models), 'model')}: an order needs {LEAST_ORDER}."
    if known.by == "category":
        return f"Only one category of {known.dataset} has scores: {known.names[0]}."
    several = " of several runs" if known.left_out else ""
    name = known.names[0]
    return f"Only one dataset has scores{several}: {name}."
