"""How much a score moves when the same is simply run again."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

import polars as pl

from tui_eval.analysis.guard import differences, is_marked
from tui_eval.analysis.notes import Note, listed
from tui_eval.analysis.selection import Selection


class Spread(NamedTuple):
    """The scores of something that was run several times, on the scale of the view.

    Attributes:
        times: How often.
        low: The lowest score.
        high: The highest.
        sd: Standard deviation.
    """

    times: int
    low: float
    high: float
    sd: float


class Again(NamedTuple):
    """Runs of one model under the same settings, by label, and how their scores spread.

    Copies of one result are among the runs, and count once in the spread.
    """

    model: str
    runs: tuple[str, ...]
    spread: Spread


def spread_of(values: Iterable[float]) -> Spread | None:
    """How some scores spread; None: there are not two."""
    some = pl.Series(list(values), dtype=pl.Float64)
    low, high, sd = some.min(), some.max(), some.std()
    if not (isinstance(low, float) and isinstance(high, float) and isinstance(sd, float)):
        return None
    return Spread(some.len(), low, high, sd)


def runs_again(selection: Selection) -> list[Again]:
    """Runs that are of one model, harness and variant, and were asked and scored alike.

    A run's score is the mean over its categories; runs of other categories are no repeats. Counts
    have none.
    """
    if selection.metric is None or selection.metric.is_count:
        return []
    rows = selection.rows.filter(
        pl.col("repeat").is_null(), pl.col("category").is_not_null(), pl.col("value").is_not_null()
    )
    means = rows.group_by("run").agg(pl.col("value").mean(), pl.col("category").unique().sort())
    known = {run: (value, tuple(names)) for run, value, names in means.iter_rows()}
    alike: dict[tuple[object, ...], list[list[str]]] = {}
    of_runs = selection.tables.runs.select("run", "model", "harness", "variant").iter_rows()
    order = {run: what for run, *what in of_runs}
    for run in selection.runs:
        groups = alike.setdefault((*order[run], known[run][1]), [])
        same = next((group for group in groups if _is_alike(selection, group[0], run)), None)
        if same is None:
            groups.append([run])
        else:
            same.append(run)
    found = []
    for what, groups in alike.items():
        for group in groups:
            single = _without_copies(selection, rows, group)
            spread = spread_of(known[run][0] * selection.factor for run in single)
            if spread is not None:
                found.append(Again(str(what[0]), tuple(group), spread))
    return found


def _without_copies(selection: Selection, rows: pl.DataFrame, runs: list[str]) -> list[str]:
    """The runs without those that have the time, or every number, of one before them."""
    times = dict(selection.tables.runs.select("run", "timestamp").iter_rows())
    numbers = {
        str(run): frozenset(some.select("category", "value").iter_rows())
        for (run,), some in rows.filter(pl.col("run").is_in(runs)).group_by("run")
    }
    single: list[str] = []
    for run in runs:
        is_copy = any(
            numbers[run] == numbers[one] or (times[run] and times[run] == times[one])
            for one in single
        )
        single += [] if is_copy else [run]
    return single


def _is_alike(selection: Selection, first: str, run: str) -> bool:
    dataset, metric = selection.dataset, selection.metric
    if dataset is None or metric is None:
        return False
    return not is_marked(differences(selection.tables, dataset, metric[:2], first, run))


def repeats_of(selection: Selection, run: str) -> Spread | None:
    """How the repeats inside of a run spread, each its mean over categories; None: no two."""
    if selection.metric is None or selection.metric.is_count:
        return None
    rows = selection.rows.filter(
        pl.col("repeat").is_not_null(),
        pl.col("category").is_not_null(),
        pl.col("value").is_not_null(),
        run=run,
    )
    by_repeat = rows.group_by("repeat").agg(pl.col("value").mean())
    return spread_of(by_repeat["value"] * selection.factor)


def spread_words(spread: Spread, scale: int, noun: str = "runs") -> Note:
    """``5 runs 71.2–73.0, sd 0.7``."""
    low, high, sd = (score_text(value, scale) for value in (spread.low, spread.high, spread.sd))
    message = "{count} {noun} {low}–{high}, sd {sd}"
    return Note(message, count=spread.times, noun=noun, low=low, high=high, sd=sd)


def score_text(value: float, scale: int) -> str:
    """A score with the digits of its scale: one of 100, three of 1."""
    return f"{value:.4g}" if not scale else f"{value:.{1 if scale == 100 else 3}f}"


def spread_notes(selection: Selection) -> list[Note]:
    """What is said of models that were run several times."""
    metric = selection.metric
    if metric is None:
        return []
    scale = metric.scale(selection.view)
    told = [
        Note("{model}: {spread}", model=one.model, spread=spread_words(one.spread, scale))
        for one in runs_again(selection)
    ]
    return [Note("Run again: {models}.", models=listed(told, 3))] if told else []
