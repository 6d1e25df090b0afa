"""A gate for CI: is a drop beyond a margin shown, ruled out, or neither?

Of each dataset the interval of the difference is laid beside the margin. All of it on the good
side: passed; all beyond: dropped; else undecided. A two-sided interval at alpha is wrong on either
side with probability alpha / 2, so if the true drop is the margin itself, a dataset is called
either way with probability alpha at most.

Of several datasets any wrong call is to have that probability. Holm (1979): while m datasets are
undecided, each is tested at alpha / m, and what is decided leaves the rest more of alpha. That is
Holm's procedure on the p-values that these intervals belong to, since ``p <= alpha / m`` just where
the interval at alpha / m leaves the margin out. (All of them on the margin: any call is one of m
tests at alpha / m. Datasets have questions of their own, and with independent tests the sides that
Holm's procedure chooses are right with the same probability, too: Shaffer 1980.) For the gate to
pass every dataset must: one that is on the margin or beyond stops it with probability 1 - alpha / 2
at least.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal, NamedTuple

import polars as pl

from tui_eval.analysis.compare import Pair
from tui_eval.analysis.compare_report import (
    EVERY_QUESTION,
    Compared,
    compared_rows,
    is_over_questions,
    level_words,
    plain_number,
    weighting,
    what_differs,
)
from tui_eval.analysis.guard import differing, setting_words
from tui_eval.analysis.notes import Count, Note, listed
from tui_eval.analysis.report import Column, Kind, Report
from tui_eval.analysis.verdict_words import Shown, about, basis_words, verdict_words
from tui_eval.statistics import paired, power
from tui_eval.statistics.intervals import Interval

Outcome = Literal["passed", "dropped", "undecided", "not comparable"]

REFUSED = ("harness", "question_set", "limit", "source", "judge")
"""Settings across which no score is compared: other questions, another judge, another harness."""

GATED = pl.Schema(
    {
        "dataset": pl.String(),
        "baseline": pl.String(),
        "candidate": pl.String(),
        "metric": pl.String(),
        "filter": pl.String(),
        "outcome": pl.String(),  # see `Outcome`
        "baseline_score": pl.Float64(),
        "candidate_score": pl.Float64(),
        "delta": pl.Float64(),  # candidate less baseline
        "low": pl.Float64(),
        "high": pl.Float64(),
        "max_drop": pl.Float64(),
        "alpha": pl.Float64(),  # at which the interval was made
        "method": pl.String(),
        "paired": pl.Boolean(),
        "n": pl.Int64(),
        "questions_needed": pl.Int64(),  # that would decide, if the truth is what was found
        "differs": pl.List(pl.String()),
        "note": pl.String(),  # what is compared, where it is not what scores shows
        "words": pl.String(),
    }
)
"""One row a dataset; scores and differences in points (0-100), or on the scale of the metric."""


@dataclass(frozen=True, slots=True)
class Rules:
    """What a candidate must meet.

    Attributes:
        max_drop: The drop that is allowed, in points (0-100), or on the scale of the metric.
        alpha: How often a call may be wrong, over all datasets.
        require_n: Paired questions below which nothing is decided; None: any number will do.
    """

    max_drop: float = 1.0
    alpha: float = 0.05
    require_n: int | None = None


class Decision(NamedTuple):
    """What an interval says beside a margin.

    Attributes:
        outcome: On which side of the margin all of it is.
        alpha: At which it was made.
    """

    outcome: Outcome
    alpha: float


class Gate(NamedTuple):
    """What a gate says.

    Attributes:
        outcome: Of all datasets.
        report: One row a dataset: schema `GATED`, and ``mark``.
    """

    outcome: Outcome
    report: Report


def decisions(
    drops: Sequence[Callable[[float], Interval]], margins: Sequence[float], alpha: float
) -> list[Decision]:
    """Which drops are beyond their margins, which cannot be: Holm's procedure by intervals.

    Args:
        drops: Of each dataset the interval of its drop at an alpha; narrower at a larger one.
        margins: The drop that is allowed, of each.
        alpha: How often any of the calls may be wrong.
    """
    found: dict[int, Decision] = {}
    while still := [place for place in range(len(drops)) if place not in found]:
        level = alpha / len(still)
        sides = {place: _side(drops[place](level), margins[place]) for place in still}
        called = {place: Decision(side, level) for place, side in sides.items() if side}
        found |= called or {place: Decision("undecided", level) for place in still}
    return [found[place] for place in range(len(drops))]


def _side(drop: Interval, margin: float) -> Literal["passed", "dropped"] | None:
    if drop.high < margin:
        return "passed"
    return "dropped" if drop.low > margin else None


def gate(every: Sequence[Compared], rules: Rules) -> Gate:
    """Test a candidate on one dataset or several.

    Args:
        every: Baseline and candidate on each dataset, one candidate alone; scores on 0-100.
        rules: What is allowed.

    Returns:
        Not comparable where any dataset is not; else dropped where any dropped, undecided where any
        is undecided, and passed where all passed.
    """
    trials = [_Trial(one, rules) for one in every]
    tested = [trial for trial in trials if trial.is_tested]
    drops, margins = [trial.drop for trial in tested], [trial.margin for trial in tested]
    made = decisions(drops, margins, rules.alpha)
    by_trial = {id(trial): decision for trial, decision in zip(tested, made, strict=True)}
    untested = Decision("undecided", rules.alpha)
    rows = [trial.row(by_trial.get(id(trial), untested)) for trial in trials]
    frame = pl.DataFrame(rows, {**GATED, "mark": pl.String()}, orient="row")
    outcome = next(one for one in _WORST_FIRST if one in [*frame["outcome"], "passed"])
    return Gate(outcome, _report(every, rules, frame, outcome, len(tested)))


_WORST_FIRST: tuple[Outcome, ...] = ("not comparable", "dropped", "undecided", "passed")


class _Trial:
    """A candidate against a baseline on a dataset."""

    def __init__(self, compared: Compared, rules: Rules) -> None:
        self._compared = compared
        self._rules = rules
        metric = compared.metric
        self._falls = metric.higher_is_better is not False
        self.margin = rules.max_drop / metric.factor(compared.selection.view)
        """Of the drop, raw scale."""
        [self._candidate] = compared.candidates
        found = self._at(rules.alpha).found
        differs = differing(compared.differs.get(self._candidate, ()))
        self._refused = [setting_words(name) for name in differs if name in REFUSED]
        self._is_refused = bool(self._refused) or metric.is_count
        self._is_short = (found.n or 0) < (rules.require_n or 0)
        has_interval = math.isfinite(found.interval.low)
        self.is_tested = has_interval and not self._is_refused and not self._is_short
        """Whether it can be decided at all: what cannot is no part of the family."""

    def _at(self, alpha: float) -> Pair:
        evidence = self._compared.evidence.at(alpha)
        return evidence.whole(self._compared.baseline, self._candidate)

    def drop(self, alpha: float) -> Interval:
        """The interval of the drop at an alpha, raw scale: of a rise, where lower is better."""
        low, high = self._at(alpha).found.interval
        return Interval(-high, -low) if self._falls else Interval(low, high)

    def row(self, decision: Decision) -> dict[str, object]:
        """The row of the dataset, of `GATED`."""
        evidence = self._compared.evidence.at(decision.alpha)
        row = compared_rows(replace(self._compared, evidence=evidence)).row(0, named=True)
        outcome = "not comparable" if self._is_refused else decision.outcome
        needed: int | Note | None = None
        if outcome == "undecided" and self.is_tested:
            needed = _needed(self._at(decision.alpha), self._falls, self.margin, decision.alpha)
        is_number = isinstance(needed, int)
        row |= {
            "outcome": outcome,
            "max_drop": self._rules.max_drop,
            "alpha": decision.alpha,
            "questions_needed": needed if is_number else None,
            "note": str(EVERY_QUESTION) if is_over_questions(self._compared) else None,
        }
        row["words"] = str(self._words(row, None if is_number else needed))
        return {name: row[name] for name in (*GATED, "mark")}

    def _words(self, row: Mapping[str, object], why: object) -> Note:
        """The row in a sentence; ``why``: no number of questions can be given."""
        metric = self._compared.metric
        if metric.is_count:
            return Note("{metric} counts something: it has no drop in points", metric=metric.title)
        if self._refused:
            return Note("not the same: {names}", names=listed(self._refused))
        if self._is_short:
            message = "can't tell: {basis}, and at least {count} {are} required"
            count = Count(self._rules.require_n or 0, "paired question")
            are = "is" if count.number == 1 else "are"
            return Note(message, basis=basis_words(row), count=count, are=are)
        scale = metric.scale(self._compared.selection.view)
        if row["low"] is None:
            return verdict_words(row, Shown(scale, str(row["candidate"])))
        values = {name: _signed(row[name], scale) for name in ("delta", "low", "high")}
        values["level"] = level_words(float(str(row["alpha"])))
        values["limit"] = plain_number(self._rules.max_drop)
        values["drop"] = "drop" if self._falls else "rise"
        if row["questions_needed"] is not None:
            values["needed"] = about(int(str(row["questions_needed"])))
        is_without = str(row["outcome"]) == "undecided" and "needed" not in values
        message = _NO_NUMBER if is_without else _MESSAGES[str(row["outcome"])]
        return Note(message, basis=basis_words(row), why=why, **values)


_FOUND = "Δ {delta} [{low}, {high}] at {level} %, {basis}"

_MESSAGES = {
    "passed": f"no {{drop}} beyond {{limit}} can be: {_FOUND}",
    "dropped": f"a {{drop}} beyond {{limit}} is shown: {_FOUND}",
    "undecided": f"can't tell: {_FOUND}; about {{needed}} questions would decide",
}

_NO_NUMBER = f"can't tell: {_FOUND}; no number of questions can be given: {{why}}"


def _signed(value: object, scale: int) -> str:
    number = float(str(value)) + 0.0
    text = f"{number:.1f}" if scale else f"{number:.3g}"
    if float(text) == 0:
        return text.lstrip("-")
    return text if number < 0 else f"+{text}"


_MOST_QUESTIONS = 10_000_000


def _needed(pair: Pair, falls: bool, margin: float, alpha: float) -> int | Note:
    """Questions with which the gate would mostly be decided, if the truth is what was found.

    A note says why there is no such number.
    """
    found = pair.found
    drop = -found.delta if falls else found.delta
    if math.isclose(drop, margin, rel_tol=0, abs_tol=_SAME):
        return Note("what was found is just what is allowed, and no interval leaves that out")
    sizes = [size for size in (found.n, pair.baseline_n, pair.candidate_n) if size]
    if not sizes:
        return Note("it is not known of how many questions the scores are")
    if found.stderr > 0:
        spread = found.stderr * math.sqrt(min(sizes))
        needed = power.questions_needed(spread, abs(drop - margin), alpha)
        return Note("the alpha is too small") if needed is None else needed
    if found.counts is None or drop >= margin:
        return Note("no question differs from the others, so that their spread is not known")
    n = found.counts.n  # nothing flipped: the interval has a width all the same
    while n < _MOST_QUESTIONS:
        n = math.ceil(n * 1.02)
        more = paired.Counts(*(round(part * n / found.counts.n) for part in found.counts))
        low, high = paired.newcombe(more, alpha)
        if (-low if falls else high) < margin:
            return n
    return Note("more than {most} would be needed", most=f"{_MOST_QUESTIONS:,}")


_SAME = 1e-9
"""How far a drop may be from the margin and still be the same, raw scale."""


_KINDS: Mapping[str, Kind] = {
    **dict.fromkeys(("dataset", "baseline", "candidate", "metric", "filter", "outcome"), "text"),
    **dict.fromkeys(("baseline_score", "candidate_score"), "score"),
    **dict.fromkeys(("delta", "low", "high"), "delta"),
    "max_drop": "score",
    "alpha": "number",
    **dict.fromkeys(("method", "paired"), "text"),
    **dict.fromkeys(("n", "questions_needed"), "count"),
    **dict.fromkeys(("differs", "note", "words"), "text"),
}

_DRAWN = ("dataset", "outcome", "baseline_score", "candidate_score", "delta", "words")


def _report(
    every: Sequence[Compared],
    rules: Rules,
    frame: pl.DataFrame,
    outcome: Outcome,
    family: int,
) -> Report:
    scale = max(one.metric.scale(one.selection.view) for one in every)
    columns = tuple(
        Column(
            name,
            kind,
            scale if kind in ("score", "delta") else 0,
            is_data=name not in _DRAWN,
            mark="mark" if name == "delta" else None,
        )
        for name, kind in _KINDS.items()
    )
    return Report(
        name="gate",
        title=str(_title(every[0], rules, frame, outcome)),
        frame=frame,
        columns=columns,
        notes=tuple(_notes(every, rules, frame, family)),
    )


def _title(one: Compared, rules: Rules, frame: pl.DataFrame, outcome: Outcome) -> Note:
    labels = one.selection.tables.labels
    names = frame.filter(outcome=outcome)["dataset"].to_list()
    is_all = len(names) == frame.height
    every = Note("all {count}", count=Count(len(names), "dataset"))
    message = "gate {outcome} on {datasets}: {candidate} against {baseline}, max drop {limit}"
    return Note(
        message,
        outcome=outcome,
        datasets=every if is_all and len(names) > 1 else listed(names),
        candidate=labels[one.candidates[0]],
        baseline=labels[one.baseline],
        limit=plain_number(rules.max_drop),
    )


def _notes(
    every: Sequence[Compared],
    rules: Rules,
    frame: pl.DataFrame,
    family: int,
) -> list[Note]:
    notes = [*weighting(every), *what_differs(every)]
    methods = frame["method"].drop_nulls().unique(maintain_order=True).to_list()
    if methods and family:
        message = (
            "Decided by the interval of the difference ({methods}), each at the level that stands "
            "behind it: all of it must be on one side of the allowed drop."
        )
        notes.append(Note(message, methods=listed(methods)))
    if family > 1:
        message = (
            "Holm over {datasets}: each interval is at alpha / the number of datasets that are not "
            "yet decided, so that any wrong call has probability {alpha} at most."
        )
        notes.append(Note(message, datasets=Count(family, "dataset"), alpha=f"{rules.alpha:g}"))
    unscaled = {one.metric.title for one in every if not one.metric.is_scaled}
    if unscaled:
        message = "The drop is on the scale of the metric itself: {metrics}."
        notes.append(Note(message, metrics=listed(sorted(unscaled))))
    lower = {one.metric.title for one in every if one.metric.higher_is_better is False}
    if lower:
        message = "Lower is better, so a rise counts as the drop: {metrics}."
        notes.append(Note(message, metrics=listed(sorted(lower))))
    unknown = {one.metric.title for one in every if one.metric.higher_is_better is None}
    if unknown:
        message = "Not known which way is better, so higher counts as better: {metrics}."
        notes.append(Note(message, metrics=listed(sorted(unknown))))
    return notes
