"""Units that no file tells: from the numbers of one metric of a task, in all runs that have it.

A harness may write the same metric as 0-1 and as 0-100, and a weak model's 0.4 of 100 looks as 0.4
of 1 does. So one number never decides alone: the run's other numbers of the task do, and where they
say nothing the other runs.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from typing import Any

import polars as pl

from tui_eval.records import Unit

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
    return 0 <= value <= 1 + 1e-9


def unit_by_values(metric: str, values: Iterable[float]) -> Unit | None:
    """Percent or no scale, where a number above 1 or below 0 shows it; None: nothing tells."""
    outside = [value for value in values if not is_fraction(value)]
    if not outside:
        return None
    is_percent = is_share(metric) and min(outside) >= 0 and max(outside) <= 100 + 1e-9
    return "percent" if is_percent else "number"


def settled(
    scores: pl.DataFrame, harnesses: Sequence[str]
) -> tuple[pl.DataFrame, Mapping[int, list[str]]]:
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
        .group_by("number", *_KEY, maintain_order=True)
        .agg(pl.col("dataset").unique(maintain_order=True), high=pl.col("value").max())
        .with_columns(below=pl.len().over(_KEY))
        .join(evidence, on=_KEY, maintain_order="left")
        .join(_forks(keyed), on="number", how="left", maintain_order="left")
    )
    found, notes = [], dict[int, list[str]]()
    for row in asked.iter_rows(named=True):
        unit, why = _decision(row)
        found.append(unit)
        for dataset in row["dataset"] if why else ():
            notes.setdefault(row["number"], []).append(f"{dataset}: {why}")
    told = asked.select("number", *_KEY, found=pl.Series(found, dtype=pl.String), is_asked=True)
    joined = keyed.join(told, on=["number", *_KEY], how="left", maintain_order="left")
    usual = pl.when(pl.col("is_asked")).then("found").otherwise(pl.lit("fraction"))
    return joined.select(
        pl.coalesce("unit", usual).alias(name) if name == "unit" else name
        for name in scores.columns
    ), notes


def _keyed(scores: pl.DataFrame, harnesses: Sequence[str]) -> pl.DataFrame:
    harness = pl.Series("harness", harnesses, pl.String).gather(scores["number"])
    family = pl.col("dataset").str.replace(_VERSION, "").alias("family")
    return scores.with_columns(harness, family)


def _evidence(shown: pl.DataFrame) -> pl.DataFrame:
    """What runs show of each metric of a task: whether it has no scale, and above 1 on 0-100.

    There how many runs are ``above``, and what they have: ``least`` and ``most``.
    """
    is_above = (pl.col("unit") == "percent") & (pl.col("value") > 1)
    values, runs = (pl.col(name).filter(is_above) for name in ("value", "number"))
    has_none = ((pl.col("unit") == "number") & pl.col("value").is_not_null()).any()
    return shown.group_by(_KEY).agg(
        least=values.min(), most=values.max(), above=runs.n_unique(), has_none=has_none
    )


def _forks(keyed: pl.DataFrame) -> pl.DataFrame:
    """Runs whose file has on 0-100 what most files have on 0-1, in whatever task."""
    names = [metric for metric in keyed["metric"].unique() if kin_of(metric) in ("rouge", "match")]
    above = (pl.col("unit") == "percent") & (pl.col("value") > 1)
    found = keyed.filter(above, pl.col("metric").is_in(names)).select("number").unique()
    return found.with_columns(is_fork=True)


def _decision(row: Mapping[str, Any]) -> tuple[Unit | None, str]:
    """The unit of a metric of a task in a run, and what to say of it."""
    metric, high = row["metric"], row["high"]
    if row["has_none"] and not is_share(metric):
        return "number", f"{metric} read as a plain number, as other runs of this task have it"
    least, most = row["least"], row["most"]
    if least is None:
        return "fraction", ""
    if not high:
        return "percent", ""  # nothing, or 0: the same on both scales
    is_near = high * _FAR >= least
    is_among = least <= high * 100 * _FAR and high * 100 <= most
    is_rule = row["below"] > row["above"]  # that it is at most 1
    if row["is_fork"] or (is_near and not is_among):
        return "percent", f"{metric} read as 0–100, as other runs of this task have it"
    if not is_near and (is_among or is_rule):
        return (
            "fraction",
            f"{metric} read as 0–1, although other runs of this task have it as 0–100",
        )
    others = f"{least:.4g}" if least == most else f"{least:.4g} to {most:.4g}"
    return None, (
        f"{metric} of {high:.4g} may be on 0–1 or on 0–100, where other runs of this task have "
        f"{others} on 0–100; it is compared with none"
    )
