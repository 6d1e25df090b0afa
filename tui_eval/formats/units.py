"""Units that no file tells: from the numbers of one metric of a task, in all runs that have it.

A harness may write the same metric as 0-1 and as 0-100, and a weak model's 0.4 of 100 looks as 0.4
of 1 does. So one number never decides alone: the run's other numbers of the task do, and where they
say nothing the other runs. Metrics of one function are on one scale: what is known of one is known
of all, and what cannot be told of one is said of all.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from typing import Any, NamedTuple

import polars as pl

from tui_eval.records import Unit

END = 1 + 1e-9
"""Of the scale from 0 to 1."""

_SHARE = re.compile(
    r"(.*\()?"  # pass@2(exact_match)
    r"((\w+_)?(acc|accuracy|em|exact|exact_match|f1|recall|precision)(_\w+)?"
    r"|rouge\w*|mc[12]|pct_\w+)\)?"
)
_MATCH = frozenset({"em", "exact", "exact_match", "f1"})
_ROUGE = re.compile(r"rouge(1|2|L|Lsum)")
_VERSION = r"(-\d+(\.\d+)*)+$"
_FAR = 10.0
"""A score below a tenth of all others of a task is more than a weak model's."""

_KEY = ("harness", "family", "metric")
_KIN = ("harness", "family", "kin")


class Told(NamedTuple):
    """What the runs together say of the units of one run."""

    notes: list[str]
    outdated: set[str]  # notes of the run's own file that no longer hold


def not_shown(dataset: str, metric: str) -> str:
    """The note of a file that does not tell the unit of a metric."""
    return (
        f"{dataset}: {metric} is not above 1, and the file does not tell whether it is on "
        "0–1 or on 0–100; read as 0–1, unless other runs show it"
    )


@lru_cache(maxsize=4096)
def family_of(dataset: str) -> str:
    """A task without the versions that forks of lm-eval write behind it: ``jsquad-1.1-0.3``."""
    return re.sub(_VERSION, "", dataset)


@lru_cache(maxsize=1024)
def is_share(metric: str) -> bool:
    """Whether a metric can be nothing but a share, by its name."""
    return _SHARE.fullmatch(metric) is not None


@lru_cache(maxsize=1024)
def kin_of(metric: str) -> str:
    """Metrics that one function computes, on one scale: all of ROUGE, exact match and F1."""
    if _ROUGE.fullmatch(metric):
        return "rouge"
    return "match" if metric in _MATCH else metric


def is_fraction(value: float) -> bool:
    """Whether a number may be on the scale from 0 to 1."""
    return 0 <= value <= END


def unit_by_values(metric: str, values: Iterable[float]) -> Unit | None:
    """Percent or no scale, where a number above 1 or below 0 shows it; None: nothing tells."""
    outside = [value for value in values if not is_fraction(value)]
    if not outside:
        return None
    is_percent = is_share(metric) and min(outside) >= 0 and max(outside) <= 100 + 1e-9
    return "percent" if is_percent else "number"


def settled(
    scores: pl.DataFrame, harnesses: Sequence[str]
) -> tuple[pl.DataFrame, Mapping[int, Told]]:
    """Scores in units that the runs show together, and what to know of it by the run's number.

    Args:
        scores: Columns of `tables.SCORES` but ``run``, and ``number`` of the run; ``unit`` is null
            where the run's own file does not tell it.
        harnesses: The harness of each run, by number.

    Returns:
        The same rows. What no run contradicts is a fraction; a null that is left means that the
        number may be on 0-1 or on 0-100.
    """
    own = scores.filter(pl.col("unit").is_null())
    names = own["metric"].unique().implode()
    shown = scores.filter(
        pl.col("unit").is_in(["percent", "number"]), pl.col("metric").is_in(names)
    )
    if own.is_empty() or shown.is_empty():
        return scores.with_columns(pl.col("unit").fill_null("fraction")), {}
    keyed = _keyed(scores, harnesses)
    evidence = _evidence(keyed.filter(pl.col("unit").is_in(["percent", "number"])))
    asked = (
        keyed.filter(pl.col("unit").is_null())
        .join(evidence, on=_KIN, how="semi", maintain_order="left")
        .group_by("number", *_KEY, "kin", maintain_order=True)
        .agg(pl.col("dataset").unique(maintain_order=True), high=pl.col("value").max())
        .with_columns(below=pl.len().over(_KEY))
        .join(evidence.drop("kin"), on=_KEY, how="left", maintain_order="left")
        .join(_forks(keyed), on="number", how="left", maintain_order="left")
    )
    rows = list(asked.iter_rows(named=True))
    found = _of_kin(rows, [_decision(row) for row in rows])
    told: dict[int, Told] = {}
    for row, (_, why) in zip(rows, found, strict=True):
        for dataset in row["dataset"] if why else ():
            notes, outdated = told.setdefault(row["number"], Told([], set()))
            notes.append(f"{dataset}: {why}")
            outdated.add(not_shown(dataset, row["metric"]))
    units = pl.Series([unit for unit, _ in found], dtype=pl.String)
    answers = asked.select("number", *_KEY, found=units, is_asked=True)
    joined = keyed.join(answers, on=["number", *_KEY], how="left", maintain_order="left")
    usual = pl.when(pl.col("is_asked")).then("found").otherwise(pl.lit("fraction"))
    return joined.select(
        pl.coalesce("unit", usual).alias(name) if name == "unit" else name
        for name in scores.columns
    ), told


def _keyed(scores: pl.DataFrame, harnesses: Sequence[str]) -> pl.DataFrame:
    harness = pl.Series("harness", harnesses, pl.String).gather(scores["number"])
    family = pl.col("dataset").str.replace(_VERSION, "").alias("family")
    kin = {metric: kin_of(metric) for metric in scores["metric"].unique()}
    return scores.with_columns(harness, family, kin=pl.col("metric").replace(kin))


def _evidence(shown: pl.DataFrame) -> pl.DataFrame:
    """What runs show of each metric of a task: whether it has no scale, and what is on 0-100.

    That is from ``low`` to ``top``; of it above 1, where it is sure, are how many runs (``above``),
    and what they have: ``least`` and ``most``.
    """
    is_percent = pl.col("unit") == "percent"
    is_above = is_percent & (pl.col("value") > 1)
    values, runs = (pl.col(name).filter(is_above) for name in ("value", "number"))
    percents = pl.col("value").filter(is_percent)
    has_none = ((pl.col("unit") == "number") & pl.col("value").is_not_null()).any()
    return shown.group_by(*_KEY, "kin").agg(
        least=values.min(),
        most=values.max(),
        above=runs.n_unique(),
        low=percents.min(),
        top=percents.max(),
        has_none=has_none,
    )


def _forks(keyed: pl.DataFrame) -> pl.DataFrame:
    """Runs whose file has on 0-100 what most files have on 0-1, in whatever task."""
    names = [metric for metric in keyed["metric"].unique() if kin_of(metric) in ("rouge", "match")]
    above = (pl.col("unit") == "percent") & (pl.col("value") > 1)
    found = keyed.filter(above, pl.col("metric").is_in(names)).select("number").unique()
    return found.with_columns(is_fork=True)


_SCALES: Mapping[Unit | None, str] = {"fraction": "0–1", "percent": "0–100"}

_Decision = tuple[Unit | None, str]
"""A unit, and what to say of it; a null without a word needs none."""


def _decision(row: Mapping[str, Any]) -> _Decision:
    """The unit of a metric of a task in a run, as far as other runs show it of this metric."""
    metric, high = row["metric"], row["high"]
    if row["has_none"] and not is_share(metric):
        return "number", f"{metric} read as a plain number, as other runs of this task have it"
    least = row["least"]
    if row["low"] is None:
        return "fraction", ""
    if not high:
        return "percent", ""  # nothing, or 0: the same on both scales
    if row["is_fork"]:
        return "percent", _as_others(metric, "percent")
    if least is not None:
        is_near = high * _FAR >= least
        is_among = least <= high * 100 * _FAR and high * 100 <= row["most"]
        if is_near and not is_among:
            return "percent", _as_others(metric, "percent")
        if not is_near and row["below"] > row["above"]:  # it is the rule to be at most 1
            return "fraction", _as_others(metric, "fraction")
    low, top = row["low"], row["top"]
    others = f"{low:.4g}" if low == top else f"{low:.4g} to {top:.4g}"
    return None, (
        f"{metric} of {high:.4g} may be on 0–1 or on 0–100, where other runs of this task have "
        f"{others} on 0–100; it is compared with none"
    )


def _as_others(metric: str, unit: Unit) -> str:
    if unit == "percent":
        return f"{metric} read as 0–100, as other runs of this task have it"
    return f"{metric} read as 0–1, although other runs of this task have it as 0–100"


def _of_kin(rows: Sequence[Mapping[str, Any]], found: Sequence[_Decision]) -> list[_Decision]:
    """Decisions, the same for all metrics of a run's task that one function computes."""
    kin: dict[object, list[int]] = {}
    for place, row in enumerate(rows):
        kin.setdefault((row["number"], *(row[name] for name in _KIN)), []).append(place)
    decided = list(found)
    for places in kin.values():
        reasons = [found[place] for place in places if found[place][1]]
        units = {unit for unit, _ in reasons}
        sure = units - {None}
        for place in places if len(places) > 1 and reasons else ():
            decided[place] = _with_kin(rows[place], found[place], sure)
    return decided


def _with_kin(row: Mapping[str, Any], own: _Decision, sure: set[Unit | None]) -> _Decision:
    """A decision where metrics of the same function have those that are ``sure``."""
    metric, high = row["metric"], row["high"]
    if len(sure) == 1:
        unit = next(iter(sure))
        if own[0] == unit or not high:
            return unit, own[1]
        return unit, f"{metric} read as {_SCALES[unit]}, as the rest of this task is"
    if own[0] is None or not high:
        return own
    return None, (
        f"{metric} of {high:.4g} may be on 0–1 or on 0–100, as other metrics of this task may; "
        "it is compared with none"
    )
