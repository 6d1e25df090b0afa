"""Scores with how sure they are: intervals beside them, standard errors put right, and signs.

Screens and commands add to a report of scores here, so that a number has the same interval and the
same signs wherever it stands. What asks for none gets the report as it was.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, NamedTuple
from weakref import WeakKeyDictionary

import polars as pl

from tui_eval.analysis.comparability import FLAW
from tui_eval.analysis.compare import Evidence
from tui_eval.analysis.leaderboard import KEY, free_name
from tui_eval.analysis.level import level_with_best
from tui_eval.analysis.notes import Names, Note
from tui_eval.analysis.report import Column, Report
from tui_eval.analysis.score_intervals import PARTS
from tui_eval.analysis.selection import Selection
from tui_eval.analysis.view import Uncertainty

LEVEL, OURS, WRONG = "~", "*", "!"
"""Signs after a number: its run cannot be told from the best one; its standard error is ours, since
the reported one is wrong; its standard error is the reported one, which is wrong."""

_OF_WHOLE = ("own", "common", "questions", "reported")


class _Score(NamedTuple):
    """What a number of a report is of."""

    run: str
    part: str
    category: str | None


@dataclass(frozen=True)
class _Beside:
    """What stands beside the numbers of a column, one a row."""

    lows: list[float | None]
    highs: list[float | None]
    stderrs: list[float | None]
    signs: list[str]


def with_intervals(
    report: Report, selection: Selection, evidence: Evidence, beside: Uncertainty = "interval"
) -> Report:
    """A report of scores with intervals and signs as companions of its numbers.

    Args:
        report: `score_report`, `grouped_report` or `leaderboard_report` of one dataset.
        selection: What it is of.
        evidence: What is known of the scores.
        beside: What is shown of how sure they are: signs of standard errors are only there where
            these are.

    Returns:
        Companions ``low`` and ``high`` (95 %, on the scale of the scores, called ``RUN low``, ``RUN
        high``; in a leaderboard after its column), and ``mark`` where there is any sign or may be.
        Standard errors that are known to be wrong are ours where these are known. What the signs
        mean is said in its notes, before the others.
    """
    if selection.dataset is None or selection.metric is None or not report.columns:
        return report
    scores = _scores_of(report)
    if not scores:
        return report
    level = _level(selection, evidence)
    known = frozenset(map(_Score._make, level.select("run", "part", "category").iter_rows()))
    has_room = _may_be_level(selection, level)
    frame, columns = report.frame, []
    for column in report.columns:
        if column.name not in scores:
            columns.append(column)
            continue
        stderrs = frame[column.stderr].to_list() if column.stderr else [None] * frame.height
        found = _beside(scores[column.name], stderrs, evidence, selection.factor, known)
        if beside != "stderr":
            found = replace(found, signs=[sign.strip(OURS + WRONG) for sign in found.signs])
        frame, column = _with_companions(frame, column, found, has_room)
        columns.append(column)
    shown = replace(report, frame=frame, columns=tuple(columns))
    return replace(shown, notes=_with_legend(shown, level))


def _scores_of(report: Report) -> dict[str, list[_Score | None]]:
    """What the numbers of each column with scores are of, row by row."""
    of_runs = [column for column in report.columns if column.run is not None]
    if of_runs:
        names = report.frame.to_series(0).to_list()
        parts = [PARTS.get(role) for role in report.roles]
        return {
            column.name: [
                part and _Score(str(column.run), part, None if part in _OF_WHOLE else name)
                for part, name in zip(parts, names, strict=True)
            ]
            for column in of_runs
        }
    return {
        column.name: [_Score(key, column.part, column.about) for key in report.frame[KEY]]
        for column in report.columns
        if column.part is not None
    }


def _beside(
    scores: Sequence[_Score | None],
    stderrs: Sequence[float | None],
    evidence: Evidence,
    factor: float,
    level: frozenset[_Score],
) -> _Beside:
    found = _Beside([], [], [], [])
    for score, told in zip(scores, stderrs, strict=True):
        row: Mapping[str, Any] = (score and evidence.known(*score)) or {}
        ours = row.get("stderr") if told is not None and _is_flawed(score, evidence) else None
        is_wrong = told is not None and ours is None and _is_flawed(score, evidence)
        found.lows.append(_scaled(row.get("low"), factor))
        found.highs.append(_scaled(row.get("high"), factor))
        found.stderrs.append(told if ours is None else ours * factor)
        sign = (LEVEL if score in level else "") + (OURS if ours is not None else "")
        found.signs.append(sign + (WRONG if is_wrong else ""))
    return found


def _is_flawed(score: _Score | None, evidence: Evidence) -> bool:
    """Whether the standard error that is reported of a score is known to be wrong.

    That of a mean is that of the average which the harness reports.
    """
    if score is None:
        return False
    is_whole = score.part in _OF_WHOLE
    row = evidence.known(score.run, "reported" if is_whole else score.part, score.category)
    return row is not None and bool(row["is_flawed"])


def _scaled(value: float | None, factor: float) -> float | None:
    return None if value is None else value * factor


def _with_companions(
    frame: pl.DataFrame, column: Column, beside: _Beside, has_room: bool
) -> tuple[pl.DataFrame, Column]:
    made: dict[str, pl.Series] = {}

    def companion(what: str, values: Sequence[object], kind: type[pl.DataType]) -> str:
        name = free_name(f"{column.name} {what}", {*frame.columns, *made})
        made[name] = pl.Series(name, values, kind)
        return name

    low = companion("low", beside.lows, pl.Float64)
    high = companion("high", beside.highs, pl.Float64)
    column = replace(column, low=low, high=high)
    if has_room or any(beside.signs):
        column = replace(column, mark=companion("mark", beside.signs, pl.String))
    if column.stderr is not None:
        made[column.stderr] = pl.Series(column.stderr, beside.stderrs, pl.Float64)
    return frame.with_columns(made.values()), column


_levels: WeakKeyDictionary[Evidence, pl.DataFrame] = WeakKeyDictionary()


def _level(selection: Selection, evidence: Evidence) -> pl.DataFrame:
    """Runs that are level with the best, worked out once for what is known of the scores."""
    if evidence not in _levels:
        metric = selection.metric
        directed = metric is not None and metric.higher_is_better is not None
        found = level_with_best(evidence, higher_is_better=evidence.higher_is_better)
        _levels[evidence] = found if directed else found.clear()
    return _levels[evidence]


def _may_be_level(selection: Selection, level: pl.DataFrame) -> bool:
    """Whether some run is level with the best, or may turn out to be when answers are read.

    Then every column has room for the sign, and none moves when it comes.
    """
    return len(selection.runs) > 1 and (not level.is_empty() or bool(selection.scored_and_answered))


_SIGNS: Mapping[str, Note] = {
    OURS: Note("* our ±; i tells why"),
    WRONG: Note("! this ± is wrong"),
}


def _with_legend(report: Report, level: pl.DataFrame) -> tuple[Note | str, ...]:
    """The notes of a report after what its signs mean: why a ± is wrong, where that is known."""
    marks = [column.mark for column in report.columns if column.mark is not None]
    present = "".join(sign for mark in marks for sign in report.frame[mark])
    others = [note for note in report.notes if not (WRONG in present and _is_flaw(note))]
    flaws = [note for note in report.notes if note not in others]
    told = [Note(_CANNOT_TELL, test=_test(level))] if LEVEL in present else []
    told += [
        note for sign, note in _SIGNS.items() if sign in present and not (sign == WRONG and flaws)
    ]
    legend = [Note("{signs}", signs=Names(tuple(told), len(told), " · "))] if told else []
    reasons = [Note("! {flaw}", flaw=note) for note in flaws]
    return (*legend, *reasons, *others)


def _is_flaw(note: Note | str) -> bool:
    return isinstance(note, Note) and note.message == FLAW


_CANNOT_TELL = "~ cannot be told from the best ({test}, Holm)"


def _test(level: pl.DataFrame) -> Note:
    """How runs were compared with the best."""
    if level["paired"].all():
        return Note("paired test")
    if level["paired"].any():
        return Note("paired test where answers are read")
    return Note("test on totals")
