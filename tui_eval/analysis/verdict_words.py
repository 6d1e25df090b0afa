"""What a comparison says, in one sentence that is true whatever the reader knows of statistics."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any, NamedTuple

from tui_eval.analysis.notes import Count, Note


class Shown(NamedTuple):
    """How numbers are shown, and what the candidate is called.

    Attributes:
        scale: 100 or 1: the upper end of scores; 0: they have none.
        name: Of the candidate.
        margin: Differences up to it count as the same; on that scale.
    """

    scale: int
    name: str
    margin: float = 0.0


def verdict_words(row: Mapping[str, Any], shown: Shown) -> Note:
    """One row of a comparison in a sentence.

    Args:
        row: As `compare.COMPARED` has it, scores and differences on the shown scale.
        shown: How it is shown.
    """
    if row["delta"] is None:
        return Note("can't tell: no score in common")
    if row["low"] is None:
        return _without_interval(row, shown)
    interval = f"[{_signed(row['low'], shown)}, {_signed(row['high'], shown)}]"
    basis = basis_words(row)
    if row["verdict"] in ("better", "worse"):
        ends = (row["low"], row["high"]) if row["delta"] > 0 else (-row["high"], -row["low"])
        interval = f"[{_signed(ends[0], shown)}, {_signed(ends[1], shown)}]"  # of the size
        return Note(
            "{run} {verdict} by {size} {interval}, {basis}",
            run=shown.name,
            verdict=row["verdict"],
            size=_plain(abs(row["delta"]), shown),
            interval=interval,
            basis=basis,
        )
    delta = _signed(row["delta"], shown)
    if row["verdict"] == "same":
        return Note(
            "the same within {margin}: {delta} {interval}, {basis}",
            margin=_plain(shown.margin, shown),
            delta=delta,
            interval=interval,
            basis=basis,
        )
    return Note(
        "can't tell: {limits} ({delta} {interval}, {basis})",
        limits=_limits(row, shown),
        delta=delta,
        interval=interval,
        basis=basis,
    )


def _limits(row: Mapping[str, Any], shown: Shown) -> Note:
    """What could be seen here, and what it would need."""
    if row["visible_gap"] is None:
        return Note("no question flipped")
    gap = _plain(row["visible_gap"], shown)
    needed = row["questions_needed"]
    if needed is None:
        return Note("gaps under {gap} are invisible here", gap=gap)
    message = "gaps under {gap} are invisible here; a {point} gap needs about {needed} questions"
    point = "1-point" if shown.scale == 100 else "0.01"
    return Note(message, gap=gap, point=point, needed=about(needed))


def _without_interval(row: Mapping[str, Any], shown: Shown) -> Note:
    """Why nothing more than the difference can be said."""
    delta = _signed(row["delta"], shown)
    reason = row["reason"]
    if reason == "few questions":
        questions = Count(row["n"], "question")
        if row["fixed"] is None:
            message = "can't tell: only {questions} in common ({delta})"
            return Note(message, questions=questions, delta=delta)
        message = "can't tell: only {questions} in common ({delta}, fixed {fixed}, broken {broken})"
        fixed, broken = row["fixed"], row["broken"]
        return Note(message, questions=questions, delta=delta, fixed=fixed, broken=broken)
    if reason == "all the same":
        if math.isclose(row["delta"], 0.0, abs_tol=1e-9):
            return Note("can't tell: no score differs, {basis}", basis=basis_words(row))
        message = "can't tell: every question differs by the same {delta}, {basis}"
        return Note(message, delta=delta, basis=basis_words(row))
    if reason == "few clusters":
        message = "can't tell: the questions are about fewer than 10 texts ({delta}, {basis})"
        return Note(message, delta=delta, basis=basis_words(row))
    message = "can't tell: totals only, and not every score has a stderr ({delta})"
    return Note(message, delta=delta)


def basis_words(row: Mapping[str, Any]) -> Note:
    """On how many questions of how many it is paired; or that it is not."""
    if not row["paired"]:
        return Note("totals only")
    sizes = [size for size in (row["baseline_n"], row["candidate_n"]) if size is not None]
    every = max([row["n"], *sizes])
    return Note("paired on {n} of {every}", n=row["n"], every=every)


def about(count: int) -> str:
    """A number of questions with two digits: nobody plans 5,873 of them."""
    digits = len(str(count)) - 2
    return f"{round(count, -digits) if digits > 0 else count:,}"


def _plain(value: float, shown: Shown) -> str:
    if abs(value) >= 1e6:  # no score is, but a margin may be
        return f"{value:.4g}"
    if not shown.scale:
        return f"{value:.3g}"
    return f"{value:.{1 if shown.scale == 100 else 3}f}"


def _signed(value: float, shown: Shown) -> str:
    text = _plain(value + 0.0, shown)
    zero = _plain(0.0, shown)
    if text.lstrip("-") == zero:
        return zero
    return text if value < 0 else f"+{text}"
