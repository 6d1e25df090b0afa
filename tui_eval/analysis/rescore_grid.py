"""Several filters over the answers of several runs: a row a filter, its score of each run."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import polars as pl

from tui_eval.analysis.notes import Count, Note, listed
from tui_eval.analysis.report import Column, Report
from tui_eval.analysis.view import TOLERANCE, Scale
from tui_eval.analysis.ways import Outcome, Way

NEW = "new regex…"
"""What stands in the row in which a filter can be typed."""

ALL_INVALID = "all invalid"

_ORIGINS = {"run": "", "kept": "kept", "new": "new"}


def rescore_grid(
    title: str,
    ways: Sequence[Way],
    runs: Mapping[str, str],
    outcomes: Mapping[tuple[str, str], Outcome],
    scale: Scale = 1,
    *,
    takes_filters: bool = True,
) -> Report:
    """What came of scoring runs in some ways.

    Args:
        title: What was scored.
        ways: A row each.
        runs: Their keys by their letters, in order.
        outcomes: By run and `Way.key`; what is not there is not scored yet.
        scale: Of the scores.
        takes_filters: Whether there is a last row in which a filter can be typed.

    Returns:
        ``filter``, ``from`` (the run's own: empty, kept, new), for every run's letter ``a.score``
        with its companions ``a.stderr`` and ``a.best``, and ``a.invalid``: of how many answers
        nothing was extracted, as a share in words; at the end ``steps``.
        Scores of metrics without an upper end (perplexities) are not on ``scale``.
    """
    frame: dict[str, list[object]] = {
        "filter": [way.name for way in ways],
        "from": [_ORIGINS[way.origin] if way.filter else "" for way in ways],
    }
    columns = [Column("filter")]
    if any(way.origin != "run" for way in ways):
        columns.append(Column("from"))
    for letter, run in runs.items():
        found = [outcomes.get((run, way.key)) for way in ways]
        factor = scale if all(one.is_scaled for one in found if one is not None) else 1
        values = [None if one is None or one.value is None else one.value * factor for one in found]
        best = max((value for value in values if value is not None), default=None)
        name, is_best = f"{letter}.score", f"{letter}.best"
        frame[name] = [*values]
        frame[f"{letter}.stderr"] = [
            None if one is None or one.stderr is None else one.stderr * factor for one in found
        ]
        frame[is_best] = [
            value is not None and best is not None and best - value <= TOLERANCE * scale
            for value in values
        ]
        frame[f"{letter}.invalid"] = [_invalid(one) for one in found]
        stderr, marked = f"{letter}.stderr", is_best if takes_filters and len(ways) > 1 else None
        columns += [
            Column(
                name, "score", scale if factor == scale else 0, run=run, stderr=stderr, best=marked
            ),
            *([Column(f"{letter}.invalid", run=run)] if takes_filters else []),
        ]
    frame["steps"] = [way.steps_told for way in ways]
    columns.append(Column("steps"))
    rows = pl.DataFrame(frame, schema=_schema(frame))
    if takes_filters:
        row = {name: NEW if name == "filter" else None for name in rows.columns}
        rows = rows.vstack(pl.DataFrame([row], schema=rows.schema))
    return Report("rescore", title, rows, tuple(columns), notes=_notes(ways, runs, outcomes))


def _schema(frame: Mapping[str, object]) -> dict[str, type[pl.DataType]]:
    kinds: dict[str, type[pl.DataType]] = {
        "score": pl.Float64,
        "stderr": pl.Float64,
        "best": pl.Boolean,
    }
    return {name: kinds.get(name.rpartition(".")[2], pl.String) for name in frame}


def _invalid(outcome: Outcome | None) -> str | None:
    """Of which part of the answers nothing was extracted."""
    if outcome is None:
        return "…"
    if outcome.value is None or not outcome.n:
        return None
    late = f", {outcome.timed_out:,} timed out" if outcome.timed_out else ""
    if outcome.is_all_invalid and not late:
        return ALL_INVALID
    share = outcome.invalid / outcome.n
    told = "0" if not outcome.invalid else "<1 %" if share < 0.01 else f"{share:.0%}"
    return f"{told.replace('%', ' %').replace('  ', ' ')}{late}"


def _notes(
    ways: Sequence[Way], runs: Mapping[str, str], outcomes: Mapping[tuple[str, str], Outcome]
) -> tuple[Note, ...]:
    """Which scores of 0 say nothing of the model; what could not be scored."""
    notes: list[Note] = []
    reasons: dict[str, list[str]] = {}
    for letter, run in runs.items():
        found = [(way, outcomes.get((run, way.key))) for way in ways]
        best = max((one.value for _, one in found if one and one.value is not None), default=0.0)
        blind = [way.name for way, one in found if one and one.is_all_invalid]
        if blind and best > TOLERANCE:
            message = (
                "{run}: {filter} finds nothing in any answer, so its score is not the model's."
            )
            notes.append(Note(message, run=letter, filter=", ".join(blind)))
        for why in dict.fromkeys(one.why for _, one in found if one and one.why):
            reasons.setdefault(why, []).append(letter)
        late = max((one.timed_out for _, one in found if one), default=0)
        if late:
            message = "{run}: a pattern ran too long, so that {answers} have no score."
            notes.append(Note(message, run=letter, answers=Count(late, "answer")))
    for why, of in reasons.items():
        notes.append(Note("{runs}: {why}.", runs=listed(of), why=why.rstrip(".")))
    return tuple(notes)
