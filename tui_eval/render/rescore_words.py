"""What came of scoring again, in words."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from textwrap import wrap
from typing import TYPE_CHECKING, Any

from tui_eval.analysis.report import Column
from tui_eval.analysis.view import TOLERANCE
from tui_eval.render.delta_words import told_of
from tui_eval.render.numbers import number_text

if TYPE_CHECKING:
    from tui_eval.analysis.view import Scale
    from tui_eval.analysis.ways import Outcome


def told_of_outcome(
    outcome: Outcome | None, name: str, scale: Scale, obstacle: str = "", *, width: int
) -> tuple[str, ...]:
    """A new score beside the stored one, and whether the difference is more than noise.

    Args:
        outcome: None: nothing is scored yet.
        name: Of the run and the filter.
        scale: Of the scores.
        obstacle: Why the harness's own score cannot be computed again; empty: it can.
        width: Terminal cells of a line.
    """
    if outcome is None:
        return (f"{name}: not scored yet",)
    factor = scale if outcome.is_scaled else 1
    score = Column("score", "score", scale if outcome.is_scaled else 0)

    def shown(value: float | None) -> str:
        return number_text(None if value is None else value * factor, score)

    by = f" ({outcome.stored_by})" if outcome.stored_by else ""
    stored = f"stored {shown(outcome.stored)}{by}"
    if outcome.value is None:
        why = obstacle or outcome.why or "no answer has a score"
        return tuple(wrap(f"{name}: {stored}; {why}", width)[:2])
    error = "" if outcome.stderr is None else f" ±{shown(outcome.stderr)}"
    parts = [f"{name}: {shown(outcome.value)}{error}", stored, f"n {outcome.n:,}"]
    parts.append(f"{outcome.invalid:,} invalid")
    parts += [f"{outcome.timed_out:,} timed out"] if outcome.timed_out else []
    first = " · ".join(parts)
    if outcome.compared is None:
        return (first,)
    row = {
        key: value * factor if key in _SCORES and value is not None else value
        for key, value in outcome.compared.items()
    }
    if (row["fixed"], row["broken"]) == (0, 0) or _is_nowhere_other(row):
        return (first, "the same as stored: no question changes")
    delta = replace(score, kind="delta", higher_is_better=outcome.higher_is_better)
    return (first, *told_of(row, delta, "the new score").lines(width))[:3]


def _is_nowhere_other(row: Mapping[str, Any]) -> bool:
    return row["reason"] == "all the same" and abs(float(row["delta"])) < TOLERANCE


_SCORES = ("delta", "low", "high", "visible_gap", "baseline_score", "candidate_score")
