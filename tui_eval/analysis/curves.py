"""Scores over training steps: how a model came to what it is, what was lost on the way, and when.

A step is compared with the one before it and with the best so far, paired where answers were read.
All of these tests of a curve are adjusted together (Holm), so that of a curve without any change
one in twenty is said to have one.
"""

from __future__ import annotations

import math
import os
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, Literal, NamedTuple

import polars as pl

from tui_eval.analysis.compare import Evidence, Pair
from tui_eval.analysis.notes import Count, Note, listed
from tui_eval.analysis.question_scores import question_scores
from tui_eval.analysis.report import Column, Report
from tui_eval.analysis.scores import metric_by_dataset
from tui_eval.analysis.selection import Metric, Selection, select
from tui_eval.analysis.trainings import LEAST, Training, apart_notes, points_of, trainings
from tui_eval.analysis.verdict_words import Shown, verdict_words
from tui_eval.statistics.multiplicity import holm

SCHEMA = pl.Schema(
    {
        "family": pl.String(),  # the names of a training's models, ``*`` for the numbers
        "dataset": pl.String(),
        "metric": pl.String(),
        "filter": pl.String(),
        "unit": pl.String(),  # see `training_steps.StepUnit`
        "step": pl.Int64(),  # null: none is told, as of a final model: on no axis
        "run": pl.String(),  # its label
        "key": pl.String(),
        "score": pl.Float64(),
        "stderr": pl.Float64(),
        "low": pl.Float64(),
        "high": pl.Float64(),
        "method": pl.String(),
        "n": pl.Int64(),
        "change": pl.Float64(),  # from the step before, on the questions of both where paired
        "change_low": pl.Float64(),
        "change_high": pl.Float64(),
        "change_q": pl.Float64(),  # Holm over all tests of the curve
        "change_verdict": pl.String(),
        "best_step": pl.Int64(),  # of the best before it
        "from_best": pl.Float64(),
        "from_best_low": pl.Float64(),
        "from_best_high": pl.Float64(),
        "from_best_q": pl.Float64(),
        "from_best_verdict": pl.String(),
        "paired": pl.Boolean(),  # on the questions of both; else of totals only
        "words": pl.String(),
    }
)
"""One row a step of a curve, and one a run of the same model without a step; scale of the view."""

NEEDS = Note(
    "A curve needs {least} runs of one training, asked in the same way, whose names tell a step: "
    "step1000, checkpoint-500, 40B-tokens, epoch_3.",
    least=LEAST,
)
"""What is said where there is none."""

_SCORES = ("score", "stderr", "low", "high")
_CHANGES = ("change", "change_low", "change_high", "from_best", "from_best_low", "from_best_high")
_SUBJECT = ("family", "dataset", "metric", "filter", "unit")
_PARTS = ("reported", "questions", "own")
_MEANS = {
    "reported": Note("the averages that the harness reports"),
    "questions": Note("means over all questions"),
    "own": Note("means over categories, each equal"),
}
_OF_STEP = re.compile(r"[-_@/][^-_@/ ]*\*[^@/ ]*")  # what stands for the step in a family
_ONE_BY_ONE = 3  # curves of which a note each tells


class Test(NamedTuple):
    """A step against an earlier one.

    Attributes:
        pair: What it says alone.
        q: Its p, adjusted over the tests of the curve; NaN: none.
        is_shown: Whether a difference is shown, after that.
    """

    pair: Pair
    q: float
    is_shown: bool

    @property
    def verdict(self) -> str:
        """In one word; what several tests may bring forth by chance is undecided."""
        found = self.pair.found.verdict
        return found if self.is_shown or found == "same" else "undecided"


class Plateau(NamedTuple):
    """From which step on no later one is shown to be better.

    Attributes:
        step: The number of that step in the curve.
        gap: The largest gap that might have been missed, raw scale; NaN: unknown.
    """

    step: int
    gap: float


@dataclass(frozen=True)
class Curve:
    """One training on one dataset.

    Attributes:
        training: The runs, by step.
        dataset: Of which the scores are.
        metric: In which.
        evidence: What is known of the scores.
        scores: The score of each run that is compared, as `score_intervals.SCHEMA` has it.
    """

    training: Training
    dataset: str
    metric: Metric
    evidence: Evidence
    scores: Mapping[str, Mapping[str, Any]]

    @cached_property
    def points(self) -> list[Mapping[str, Any]]:
        """What is known of each step's score: rows of `score_intervals.SCHEMA`."""
        return [self.scores[step.run] for step in self.training.steps]

    @property
    def has_direction(self) -> bool:
        """Whether more is better, or less: else no step is the best."""
        return self.metric.higher_is_better is not None

    @cached_property
    def best_before(self) -> list[int]:
        """Of each step after the first the number of the best before it."""
        sign = -1.0 if self.metric.higher_is_better is False else 1.0
        values = [sign * point["value"] for point in self.points]
        best = 0
        found = []
        for number in range(1, len(values)):
            best = number - 1 if values[number - 1] > values[best] else best
            found.append(best)
        return found

    @cached_property
    def tests(self) -> dict[tuple[int, int], Test]:
        """Each step against the one before and the best before, by their numbers."""
        if not self.has_direction:
            return {}
        pairs = {(number - 1, number): 0 for number in range(1, len(self.points))}
        pairs |= {(best, number): 0 for number, best in enumerate(self.best_before, start=1)}
        return self._tested(pairs)

    def _tested(self, pairs: Iterable[tuple[int, int]]) -> dict[tuple[int, int], Test]:
        """Pairs of steps, their p-values adjusted together."""
        found = {pair: self._compared(*pair) for pair in pairs}
        p_values = [one.found.p if one.found.p is not None else math.nan for one in found.values()]
        alpha = self.evidence.tests.alpha
        adjusted = holm(p_values).tolist() if p_values else []
        return {
            pair: Test(one, q, q < alpha and one.found.verdict in ("better", "worse"))
            for (pair, one), q in zip(found.items(), adjusted, strict=True)
        }

    def _compared(self, before: int, number: int) -> Pair:
        runs = (self.training.steps[before].run, self.training.steps[number].run)
        return self.evidence.whole(*runs)

    @cached_property
    def regressions(self) -> dict[int, tuple[int, ...]]:
        """The steps that are shown to be worse: than the one before, or than the best before."""
        worse: dict[int, tuple[int, ...]] = {}
        for (before, number), test in sorted(self.tests.items()):
            if test.verdict == "worse":
                worse[number] = (*worse.get(number, ()), before)
        return dict(sorted(worse.items()))

    @cached_property
    def plateau(self) -> Plateau | None:
        """The first step than which no later one is shown to be better; None: cannot be told.

        Of each step the later ones are adjusted together (Holm).
        """
        for place, step in enumerate(self.testable):
            later = self.testable[place + 1 :]
            if not later or not self._is_passed(step, later):
                gaps = [self._compared(step, other).found.visible_gap for other in later]
                return Plateau(step, max(filter(math.isfinite, gaps), default=math.nan))
        return None

    @property
    def has_risen(self) -> bool:
        """Whether some step is shown to be better than the first that can be tested."""
        return self.plateau is None or self.plateau.step != self.testable[0]

    @cached_property
    def testable(self) -> list[int]:
        """The steps that can be tested, by number: others have no standard error."""
        tested = (pair for pair, test in self.tests.items() if test.pair.found.p is not None)
        return sorted({number for pair in tested for number in pair})

    def _is_passed(self, step: int, later: Sequence[int]) -> bool:
        """Whether a later step is shown to be better."""
        sign = -1.0 if self.metric.higher_is_better is False else 1.0
        best = max(later, key=lambda number: sign * self.points[number]["value"])
        found = self._compared(step, best).found
        if sign * found.delta <= 0:
            return False
        alone = found.p if found.p is not None and found.verdict == "better" else 1.0
        if alone * len(later) < self.evidence.tests.alpha:
            return True  # Holm's factor is no larger
        tested = self._tested([(step, number) for number in later])
        return any(test.verdict == "better" for test in tested.values())


@dataclass(frozen=True)
class Curves:
    """All curves of a selection.

    Attributes:
        found: By training, then by dataset.
        notes: What is to be known of runs that are on none.
        told: Runs with a score whose names tell a step.
    """

    found: tuple[Curve, ...]
    notes: tuple[Note, ...] = ()
    told: int = 0


def curves(selection: Selection, samples: pl.DataFrame | None = None) -> Curves:
    """The curves of a dataset, or of all: one a training and dataset.

    Args:
        selection: Dataset (None: all, or those that the view names), metric.
        samples: Answers (schema `tables.SAMPLES`), as far as they were read; None: none were.
    """
    found: list[Curve] = []
    doubled: dict[str, None] = {}
    apart: dict[str, str] = {}
    told: set[str] = set()
    points = points_of(selection.tables)
    for own in _by_dataset(selection):
        metric, dataset = own.metric, own.dataset
        if metric is None or dataset is None:
            continue
        runs = own.runs
        told |= {run for run in runs if points[run].numbers}
        made = trainings(own.tables, dataset, (metric.name, metric.filter), runs)
        doubled |= dict.fromkeys(made.doubled)
        apart |= made.apart
        if made.found:
            asked = None if samples is None else question_scores(own, samples)
            evidence = Evidence(own, asked)
            for training in made.found:
                scores = _scores_of(evidence, training)
                steps = tuple(step for step in training.steps if step.run in scores)
                if len(steps) >= LEAST:
                    known = replace(training, steps=steps)
                    found.append(Curve(known, dataset, metric, evidence, scores))
    found.sort(key=lambda curve: curve.training.name)
    notes = apart_notes(selection.tables, doubled, apart)
    return Curves(tuple(found), tuple(notes), len(told))


def _scores_of(evidence: Evidence, training: Training) -> dict[str, Mapping[str, Any]]:
    """The score of each run that is compared: of the whole dataset, of one kind for all runs."""
    runs = [*(step.run for step in training.steps), *training.ends]
    own = evidence.intervals.filter(pl.col("value").is_not_null(), pl.col("run").is_in(runs))
    kept = own.filter(part="category")
    if kept["category"].n_unique() != 1:
        parts = [
            own.filter(pl.col(name).is_not_null(), part=part)
            for name in ("stderr", "value")
            for part in _PARTS
        ]
        kept = max(parts, key=lambda rows: rows["run"].n_unique())  # of equal ones the first
    return {row["run"]: row for row in kept.iter_rows(named=True)}


def _by_dataset(selection: Selection) -> Iterator[Selection]:
    """The selection of each dataset, in the view's metric or in its own first one."""
    tables, view = selection.tables, selection.view
    if view.dataset is not None:
        yield selection
        return
    chosen = metric_by_dataset(tables.scores, view)
    for dataset, metric, name in chosen.select("dataset", "metric", "filter").iter_rows():
        if view.datasets is None or dataset in view.datasets:
            yield select(tables, replace(view, dataset=dataset, metric=metric, filter=name))


def curves_report(selection: Selection, samples: pl.DataFrame | None = None) -> Report:
    """Scores over training steps: one row a step, by training and dataset.

    Args:
        selection: Dataset (None: all, or those that the view names), metric and scale.
        samples: Answers (schema `tables.SAMPLES`), as far as they were read; None: none were.

    Returns:
        Columns `SCHEMA`; what is the same in all rows is not drawn, the title or a note says it.
        Rows without a ``step`` are of models whose names tell none. Notes say where scores were
        lost, and from which step on nothing is shown to be better.
    """
    if samples is not None:
        return _report(selection, curves(selection, samples))
    view = selection.view
    key = (view.dataset, view.metric, view.filter, view.scale, view.datasets)
    make = lambda: _report(selection, curves(selection))  # noqa: E731
    return selection.tables.once((curves_report, key), make)


def _report(selection: Selection, made: Curves) -> Report:
    view = selection.view
    title = _title(selection, made)
    if not made.found:
        empty = f"No curve here: {_found(selection, made)}."
        frame = pl.DataFrame(schema=SCHEMA)
        return Report("curves", title, frame, (), (NEEDS, *made.notes), empty=empty)
    rows = [row for curve in made.found for row in _rows(curve, selection)]
    frame = pl.DataFrame(rows, SCHEMA, orient="row").with_columns(pl.col(pl.Float64).fill_nan(None))
    harness = "_".join(sorted(selection.tables.runs["harness"].unique()))
    return Report(
        name=f"{harness}_{view.dataset or 'all'}_curves",
        title=title,
        frame=frame,
        columns=_columns(frame, made, selection),
        notes=(*_words(made, selection), *made.notes),
        empty="",
    )


def _title(selection: Selection, made: Curves) -> str:
    metrics = {curve.metric for curve in made.found}
    metric = next(iter(metrics)).heading if len(metrics) == 1 else ""
    if selection.dataset is not None and selection.metric is not None:
        metric = selection.metric.heading
    where = selection.dataset or "all datasets"
    return " · ".join(filter(None, (where, metric, "over training steps")))


def _found(selection: Selection, made: Curves) -> str:
    runs = selection.tables.runs.height
    if not made.told:
        return f"no name of {Count(runs, 'run')} tells a training step"
    return f"{made.told} of {Count(runs, 'run')} tell a step, fewer than {LEAST} of one training"


def _rows(curve: Curve, selection: Selection) -> Iterator[dict[str, Any]]:
    """The rows of a curve, on the scale of the view."""
    factor = curve.metric.factor(selection.view)
    labels = selection.tables.labels
    shared = {
        "family": curve.training.name,
        "dataset": curve.dataset,
        "metric": curve.metric.name,
        "filter": curve.metric.filter,
        "unit": curve.training.unit,
    }
    for number, (step, point) in enumerate(zip(curve.training.steps, curve.points, strict=True)):
        own = {"step": round(step.at), "run": labels[step.run], "key": step.run}
        row = {**shared, **own, **_score(point), **_changes(curve, number, selection)}
        yield _scaled(row, factor)
    for run in curve.training.ends:
        if run not in curve.scores:
            continue
        point = curve.scores[run]
        words = f"no {curve.training.unit} is told: not on the axis"
        row = {**shared, "run": labels[run], "key": run, **_score(point), "words": words}
        yield _scaled(row, factor)


def _scaled(row: dict[str, Any], factor: float) -> dict[str, Any]:
    scaled = {
        name: row[name] * factor for name in (*_SCORES, *_CHANGES) if row.get(name) is not None
    }
    return {name: scaled.get(name, row.get(name)) for name in SCHEMA}


def _score(point: Mapping[str, Any]) -> dict[str, Any]:
    names = {"score": "value", **{name: name for name in ("stderr", "low", "high", "method", "n")}}
    return {name: point[known] for name, known in names.items()}


def _changes(curve: Curve, number: int, selection: Selection) -> dict[str, Any]:
    """A step against the one before and the best before, raw scale."""
    if not number or not curve.has_direction:
        return {"words": "the first step" if not number else ""}
    best = curve.best_before[number - 1]
    before, from_best = curve.tests[number - 1, number], curve.tests[best, number]
    told = {**_test("change", before), **_test("from_best", from_best)}
    words = [_sentence(curve, number - 1, number, selection)]
    if best != number - 1:
        words.append(_sentence(curve, best, number, selection))
    return {
        **told,
        "best_step": round(curve.training.steps[best].at),
        "paired": before.pair.found.is_paired,
        "words": "; ".join(map(str, words)),
    }


def _test(name: str, test: Test) -> dict[str, Any]:
    found = test.pair.found
    return {
        name: found.delta,
        f"{name}_low": found.interval.low,
        f"{name}_high": found.interval.high,
        f"{name}_q": test.q,
        f"{name}_verdict": test.verdict,
    }


def _sentence(curve: Curve, before: int, number: int, selection: Selection) -> Note:
    """A step against an earlier one in words."""
    test = curve.tests[before, number]
    found, factor = test.pair.found, curve.metric.factor(selection.view)
    counts = found.counts
    row = {
        "delta": _known(found.delta * factor),
        "low": _known(found.interval.low * factor),
        "high": _known(found.interval.high * factor),
        "visible_gap": _known(found.visible_gap * factor),
        "verdict": found.verdict,
        "paired": found.is_paired,
        "n": found.n,
        "baseline_n": test.pair.baseline_n,
        "candidate_n": test.pair.candidate_n,
        "fixed": None if counts is None else counts.fixed,
        "broken": None if counts is None else counts.broken,
        "questions_needed": None,
        "reason": found.reason or None,
    }
    scale = curve.metric.scale(selection.view)
    words = verdict_words(row, Shown(scale, step_words(curve, number)))
    if found.verdict in ("better", "worse") and not test.is_shown:
        tests = Count(len(curve.tests), "test")
        words = Note(
            "{words}; among {tests} of this curve that may be chance", words=words, tests=tests
        )
    return Note("against {step}: {words}", step=step_words(curve, before), words=words)


def step_words(curve: Curve, number: int) -> str:
    """A step of a curve as it is called: ``step 1,000``."""
    return f"{curve.training.unit} {step_number(curve.training.steps[number].at)}"


def step_number(at: float) -> str:
    """The number of a step as people read it: 1,000, 40B where it is very large."""
    for size, unit in ((1e12, "T"), (1e9, "B")):
        if at >= size:
            return f"{at / size:.4g}{unit}"
    return f"{at:,.0f}"


def _known(value: float) -> float | None:
    return value if math.isfinite(value) else None


def _columns(frame: pl.DataFrame, made: Curves, selection: Selection) -> tuple[Column, ...]:
    """The columns; those of the subject that have one value are not drawn."""
    scales = {curve.metric.scale(selection.view) for curve in made.found}
    scale = scales.pop() if len(scales) == 1 else 0
    better = {curve.metric.higher_is_better for curve in made.found}
    direction = better.pop() if len(better) == 1 else None

    def delta(name: str, *, is_data: bool = False) -> Column:
        low, high = (None, None) if is_data else (f"{name}_low", f"{name}_high")
        shown = Column(name, "delta", scale, higher_is_better=direction, is_data=is_data)
        return replace(shown, low=low, high=high)

    def data(name: str, kind: Literal["text", "score", "number"] = "text") -> Column:
        return Column(name, kind, scale if kind == "score" else 0, is_data=True)

    return (
        *(Column(name, is_data=frame[name].n_unique() == 1) for name in _SUBJECT),
        Column("step", "count"),
        Column("run", keys="key", is_data=True),
        Column("score", "score", scale, stderr="stderr", low="low", high="high"),
        *(data(name, "score") for name in ("stderr", "low", "high")),
        data("method"),
        Column("n", "count", is_data=frame["n"].null_count() == frame.height),
        delta("change"),
        *(delta(f"change_{end}", is_data=True) for end in ("low", "high")),
        data("change_q", "number"),
        Column("change_verdict"),
        Column("best_step", "count", is_data=True),
        delta("from_best"),
        *(delta(f"from_best_{end}", is_data=True) for end in ("low", "high")),
        data("from_best_q", "number"),
        Column("from_best_verdict"),
        data("paired"),
        data("words"),
    )


# --- what is said of whole curves ---------------------------------------------------------------


def _words(made: Curves, selection: Selection) -> list[Note]:
    """Where scores were lost, and from when on nothing is better: curve by curve, or counted."""
    told = [curve for curve in made.found if curve.has_direction]
    known = [curve for curve in told if curve.plateau is not None]
    notes = []
    if len(made.found) == len(known) == 1:
        notes += [
            Note("Regressions: {words}.", words=_regression_words(known[0])),
            Note("Plateau: {words}.", words=_plateau_words(known[0], selection)),
        ]
    elif len(known) <= _ONE_BY_ONE:
        notes += [
            Note(
                "{curve}: {regressions}; {plateau}.",
                curve=curve_name(curve, made),
                regressions=_regression_words(curve),
                plateau=_plateau_words(curve, selection),
            )
            for curve in known
        ]
    else:
        notes += _counted(known)
    if len(known) < len(told):
        unknown = [curve_name(curve, made) for curve in told if curve.plateau is None]
        message = "No test is possible, so that nothing is said of changes: {curves}."
        notes.append(Note(message, curves=listed(dict.fromkeys(unknown), 3)))
    if len(told) < len(made.found):
        names = [curve_name(curve, made) for curve in made.found if not curve.has_direction]
        message = "Neither more nor less is better here, so that no step is the best: {curves}."
        notes.append(Note(message, curves=listed(dict.fromkeys(names), 3)))
    return [*notes, *_mean_notes(made)]


def _mean_notes(made: Curves) -> list[Note]:
    """What the scores of datasets with several categories are."""
    parts = {str(curve.points[0]["part"]): curve.dataset for curve in made.found}
    is_one = len({curve.dataset for curve in made.found}) == 1
    if not is_one or (part := next(iter(parts))) not in _MEANS:
        return []
    return [Note("Scores are {mean}.", mean=_MEANS[part])]


def curve_name(curve: Curve, made: Curves) -> str:
    """What tells a curve apart from the others."""
    families = short_names([one.training.name for one in made.found])
    datasets = {one.dataset for one in made.found}
    parts = [families[curve.training.name]] * (len(families) > 1)
    parts += [curve.dataset] * (len(datasets) > 1)
    return " · ".join(parts) or curve.training.name


def short_names(names: Sequence[str]) -> dict[str, str]:
    """Names of families without what all of them begin with, and without the step's own part.

    As far as they stay different; a name alone is as it is.
    """
    distinct = list(dict.fromkeys(names))
    if len(distinct) < 2:
        return {name: name for name in distinct}
    plain = [_OF_STEP.sub("", name) for name in distinct]
    shorter = plain if len(set(plain)) == len(plain) else distinct
    shared = os.path.commonprefix(shorter)  # noqa: RUF071  texts
    start = max(shared.rfind(mark) for mark in "/-_@ ") + 1
    return {name: short[start:] for name, short in zip(distinct, shorter, strict=True)}


def _regression_words(curve: Curve) -> Note:
    """The steps at which something was lost."""
    told = [
        Note(
            "worse at {step} than at {earlier}",
            step=step_number(curve.training.steps[number].at),
            earlier=listed([step_number(curve.training.steps[one].at) for one in before], 2),
        )
        for number, before in curve.regressions.items()
    ]
    if told:
        return Note("{steps}", steps=listed(told, 4))
    return Note("none is shown to be worse than the one before or the best so far")


def _plateau_words(curve: Curve, selection: Selection) -> Note:
    """From when on nothing is better, as far as that can be seen."""
    plateau = curve.plateau
    assert plateau is not None  # noqa: S101  # of others it is said that nothing can be told
    step = step_words(curve, plateau.step)
    if plateau.step >= curve.testable[-1] - 1 and len(curve.testable) < len(curve.points):
        return Note("none is seen, as far as steps can be tested")
    if plateau.step >= len(curve.points) - 2:
        return Note(
            "none: before {step} each has a later one that is shown to be better", step=step
        )
    if not math.isfinite(plateau.gap):
        return Note("no later one is shown to be better than {step}", step=step)
    message = "no later one is shown to be better than {step}; gaps under {gap} are invisible here"
    if not curve.has_risen:
        message = (
            "none: no step is shown to be better than the first, {step}; gaps under {gap} are "
        )
        message += "invisible here"
    gap = _plain(plateau.gap * curve.metric.factor(selection.view), curve, selection)
    return Note(message, step=step, gap=gap)


def _plain(value: float, curve: Curve, selection: Selection) -> str:
    scale = curve.metric.scale(selection.view)
    return f"{value:.{1 if scale == 100 else 3}f}" if scale else f"{value:.3g}"


def _counted(known: Sequence[Curve]) -> list[Note]:
    """What is said of many curves: how many of each kind."""
    lost = sum(bool(curve.regressions) for curve in known)
    still = sum(not curve.has_risen for curve in known)
    risen = [curve.plateau for curve in known if curve.has_risen and curve.plateau is not None]
    lengths = [len(curve.points) for curve in known if curve.has_risen]
    flat = sum(one.step < length - 2 for one, length in zip(risen, lengths, strict=True))
    return [
        Note(
            "{lost} of {curves} have a step shown to be worse than the one before or the best so "
            "far; {flat} rise to a plateau; of {still} no step is shown to be better than the "
            "first.",
            lost=lost,
            curves=Count(len(known), "curve"),
            flat=flat,
            still=still,
        )
    ]
