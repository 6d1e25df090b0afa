"""How sure each score is: an interval of every number of a dataset, and how it was made.

From the answers where they are at hand and give the score that is shown; else from the standard
error that the harness reports, unless that is known to be wrong; else there is none, and why.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from typing import Literal, NamedTuple

import numpy as np
import polars as pl

from tui_eval.analysis.question_scores import QuestionScores
from tui_eval.analysis.report import Role
from tui_eval.analysis.selection import Selection, is_whole
from tui_eval.records import STDERR
from tui_eval.statistics import means, routing
from tui_eval.statistics.intervals import (
    ALPHA,
    NOWHERE,
    Floats,
    Interval,
    normal_interval,
    wilson,
)
from tui_eval.statistics.routing import LEAST_CLUSTERS, Estimate

Part = Literal["category", "group", "reported", "own", "common", "questions"]
"""What a score is of: a category, a group of them, the average that is reported, the mean over the
run's own categories or over those that all runs have, each equal, or the mean over all questions.
"""

PARTS: Mapping[Role, Part] = {
    "row": "category",
    "inner": "category",
    "group": "group",
    "closed group": "group",
    "mean": "own",
    "common": "common",
    "questions": "questions",
    "reported": "reported",
}
"""What the scores in a row of a report are of, by the row's role."""

AGREES = 1e-3
"""How far the mean of the answers may be from the score that is shown, part of its scale: harnesses
round to three digits and more."""

SAME_MEAN = 1e-4
"""How far the average that is reported may be from a mean that it is: it may be rounded."""

SCHEMA = pl.Schema(
    {
        "run": pl.String(),
        "part": pl.String(),  # see `Part`
        "category": pl.String(),  # name of category or group; null: of the whole dataset
        "value": pl.Float64(),  # the score that is shown
        "stderr": pl.Float64(),  # of the answers, or as reported
        "low": pl.Float64(),
        "high": pl.Float64(),
        "method": pl.String(),  # see `routing.Method`; null: there is no interval
        "n": pl.Int64(),
        "effective_n": pl.Float64(),
        "reason": pl.String(),  # why there is none
        "is_recomputed": pl.Boolean(),  # whether the standard error is ours, of the answers
        "is_flawed": pl.Boolean(),  # whether the harness's own is known to be wrong
        "is_answered": pl.Boolean(),  # whether answers are at hand that gave it, all or some
    }
)
"""One row a run and score, raw scale; what is not known is null."""


class _Known(NamedTuple):
    """A score with what is known of it."""

    run: str
    part: Part
    category: str | None
    estimate: Estimate
    is_recomputed: bool = False
    is_flawed: bool = False
    is_answered: bool = False


def score_intervals(
    selection: Selection, scores: QuestionScores | None = None, alpha: float = ALPHA
) -> pl.DataFrame:
    """Every score of a dataset with its interval: schema `SCHEMA`.

    Args:
        selection: Dataset and metric; none: no rows.
        scores: What the answers give, as far as they were read; None: nothing.
        alpha: How often the intervals may miss.
    """
    if selection.metric is None or selection.dataset is None:
        return pl.DataFrame(schema=SCHEMA)
    found = [*_categories(selection, scores, alpha), *_groups(selection, scores, alpha)]
    if not selection.metric.is_count:
        found += _means(selection, scores, found, alpha)
    frame = _frame([*found, *_reported(selection, scores, found, alpha)])
    if not selection.metric.is_scaled:
        return frame
    return frame.with_columns(pl.col("low").clip(0.0, None), pl.col("high").clip(None, 1.0))


def _frame(found: Sequence[_Known]) -> pl.DataFrame:
    rows = [
        (
            *(one.run, one.part, one.category),
            *(one.estimate.value, one.estimate.stderr, *one.estimate.interval),
            *(one.estimate.method, one.estimate.n or None, one.estimate.effective_n),
            *(one.estimate.reason or None, one.is_recomputed, one.is_flawed, one.is_answered),
        )
        for one in found
    ]
    return pl.DataFrame(rows, SCHEMA, orient="row").with_columns(pl.col(pl.Float64).fill_nan(None))


def _categories(
    selection: Selection, scores: QuestionScores | None, alpha: float
) -> Iterator[_Known]:
    rows = selection.rows.filter(
        pl.col("repeat").is_null(), pl.col("category").is_not_null(), pl.col("value").is_not_null()
    )
    shares = {} if scores is None else _shares(scores, alpha)
    flawed = _flawed(selection, of_whole=False)
    columns = rows.select("run", "category", "value", "stderr", "n")
    for run, category, value, stderr, n in columns.iter_rows():
        known = shares.get((run, category)) or _of_answers(selection, scores, run, category, alpha)
        is_flawed = run in flawed
        if known is not None and _agree(known.value, value):
            yield _Known(run, "category", category, known, True, is_flawed, True)
        else:
            own = _as_reported(value, None if is_flawed else stderr, n, alpha)
            is_part = known is not None and _is_part(selection, known, value, n)
            yield _Known(run, "category", category, own, False, is_flawed, is_part)


def _shares(scores: QuestionScores, alpha: float) -> dict[tuple[str, str], Estimate]:
    """What `routing.estimate` says of right and wrong answers in every category, all at once."""
    found: dict[tuple[str, str], Estimate] = {}
    for column, run in enumerate(scores.runs):
        own = zip(scores.categories, _of_run(scores, column, alpha), scores.binary, strict=True)
        found |= {(run, name): one for name, one, is_binary in own if one and is_binary}
    return found


def _of_run(scores: QuestionScores, column: int, alpha: float) -> list[Estimate | None]:
    """The shares of a run; None where not even that can be said, or only why not."""
    count = len(scores.categories)
    known = np.isfinite(scores.values[:, column])
    parts = scores.parts[known]
    cells = None if scores.cells is None else scores.cells[known]
    found = means.by_part(scores.values[known, column], parts, count, cells)
    answers = np.bincount(parts, scores.answers[known, column], count)
    is_clustered = (found.clusters < found.n) | (answers != found.n)
    with np.errstate(divide="ignore", invalid="ignore"):
        alone = found.means * (1 - found.means) / answers
        effect = np.where(is_clustered & (alone > 0), found.stderrs**2 / alone, 1.0)
        effective = answers / np.fmax(effect, 1.0)
    low, high = wilson(found.means, effective, alpha)
    is_told = (found.n > 1) & ((found.clusters == found.n) | (found.clusters >= LEAST_CLUSTERS))
    return [
        Estimate(
            float(found.means[part]),
            float(found.stderrs[part]),
            Interval(float(low[part]), float(high[part])),
            "Wilson" if effective[part] == found.n[part] else "Wilson on effective n",
            int(found.n[part]),
            float(effective[part]),
        )
        if is_told[part]
        else None
        for part in range(count)
    ]


def _of_answers(
    selection: Selection,
    scores: QuestionScores | None,
    run: str,
    category: str | None,
    alpha: float,
) -> Estimate | None:
    """What the answers of a run say of a category (None: of all); None: there are none."""
    if scores is None:
        return None
    values = scores.of(run, category)
    answers = scores.answers_of(run, category)
    if not answers:
        return None
    return routing.estimate(
        values,
        scores.clusters_of(category),
        answers=answers,
        binary=scores.is_binary(category),
        alpha=alpha,
    )


def _agree(ours: float, shown: float) -> bool:
    """Whether the mean of the answers is the score that is shown, but for rounding."""
    return abs(ours - shown) <= AGREES * max(1.0, abs(shown))


def _is_part(selection: Selection, known: Estimate, value: float, n: int | None) -> bool:
    """Whether the answers may be some of those that gave the score: the others are lost."""
    if selection.metric is None or not selection.metric.is_scaled or n is None or known.n >= n:
        return False
    rest = value * n - known.value * known.n
    return -AGREES * n <= rest <= n - known.n + AGREES * n


def _as_reported(value: float, stderr: float | None, n: int | None, alpha: float) -> Estimate:
    return routing.reported(value, math.nan if stderr is None else stderr, n, alpha)


def _flawed(selection: Selection, *, of_whole: bool) -> set[str]:
    """Runs whose standard errors are known to be wrong: of the whole dataset, or of all of it."""
    metric, dataset = selection.metric, selection.dataset
    told = selection.tables.settings.filter(
        pl.col("metric").is_null() | (pl.col("metric") == (metric.name if metric else "")),
        name=STDERR,
    )
    is_of_all = pl.col("dataset").is_null()
    is_own = is_of_all | (pl.col("dataset") == dataset) if of_whole else is_of_all
    return set(told.filter(is_own)["run"])


def _groups(selection: Selection, scores: QuestionScores | None, alpha: float) -> Iterator[_Known]:
    """Groups of categories: their questions, or as reported."""
    single = selection.rows.filter(pl.col("repeat").is_null(), pl.col("group").is_not_null())
    whole = single.filter(pl.col("category").is_null(), pl.col("value").is_not_null())
    flawed = _flawed(selection, of_whole=True)
    for run, group, value, stderr, n in whole.select(
        "run", "group", "value", "stderr", "n"
    ).iter_rows():
        inner = single.filter(pl.col("category").is_not_null(), run=run, group=group)["category"]
        known = _pooled(selection, scores, run, inner.to_list(), alpha)
        is_flawed = run in flawed
        if known is not None and _agree(known.value, value):
            yield _Known(run, "group", group, known, True, is_flawed)
        else:
            own = _as_reported(value, None if is_flawed else stderr, n, alpha)
            yield _Known(run, "group", group, own, False, is_flawed)


def _pooled(
    selection: Selection,
    scores: QuestionScores | None,
    run: str,
    categories: Sequence[str],
    alpha: float,
) -> Estimate | None:
    """What the answers say of several categories, every question the same."""
    if scores is None or not categories:
        return None
    rows = [scores.rows(category) for category in categories]
    values = np.concatenate([scores.of(run, category) for category in categories])
    answers = sum(scores.answers_of(run, category) for category in categories)
    if not answers:
        return None
    clusters = None
    if scores.clusters is not None:
        own = np.concatenate([scores.clusters[some] for some in rows])
        clusters = own if len(np.unique(own)) < len(own) else None
    return routing.estimate(
        values,
        clusters,
        answers=answers,
        binary=all(map(scores.is_binary, categories)),
        alpha=alpha,
    )


def _means(
    selection: Selection, scores: QuestionScores | None, found: Sequence[_Known], alpha: float
) -> Iterator[_Known]:
    """The means over categories, each equal, and over questions."""
    own: dict[str, dict[str, Estimate]] = {}
    for one in found:
        if one.part == "category" and one.category is not None:
            own.setdefault(one.run, {})[one.category] = one.estimate
    common = set.intersection(*(set(some) for some in own.values())) if own else set()
    for run, by_category in own.items():
        shared = [one for name, one in by_category.items() if name in common]
        every = list(by_category.values())
        yield _Known(run, "own", None, _macro(every, alpha))
        if shared:
            yield _Known(run, "common", None, _macro(shared, alpha))
        yield _Known(run, "questions", None, _micro(selection, scores, run, by_category, alpha))


def _macro(some: Sequence[Estimate], alpha: float) -> Estimate:
    """The mean of categories, each equal; of one alone itself."""
    if len(some) == 1:
        return some[0]
    values, stderrs = _numbers(some)
    mean = means.macro_mean(values, stderrs)
    return _of_mean(mean, some, "macro mean, normal", alpha)


def _micro(
    selection: Selection,
    scores: QuestionScores | None,
    run: str,
    by_category: dict[str, Estimate],
    alpha: float,
) -> Estimate:
    """The mean over all questions: of the answers, or of categories by their numbers of them."""
    some = list(by_category.values())
    if len(some) == 1:
        return some[0]
    values, stderrs = _numbers(some)
    sizes = np.array([one.n for one in some], float)
    mean = means.micro_mean(values, stderrs, np.where(sizes > 0, sizes, np.nan))
    known = _pooled(selection, scores, run, list(by_category), alpha)
    if known is not None and _agree(known.value, mean.value):
        return known
    return _of_mean(mean, some, "micro mean, normal", alpha)


def _numbers(some: Sequence[Estimate]) -> tuple[Floats, Floats]:
    return np.array([one.value for one in some]), np.array([one.stderr for one in some])


def _of_mean(
    mean: means.Mean, some: Sequence[Estimate], method: routing.Method, alpha: float
) -> Estimate:
    """A mean of scores with its interval; none where one of them has no standard error."""
    n = sum(one.n for one in some) if all(one.n for one in some) else 0
    if not math.isfinite(mean.stderr) or mean.stderr == 0:
        why: routing.Reason = "no stderr" if mean.stderr != 0 else "all the same"
        return Estimate(mean.value, math.nan, NOWHERE, None, n, math.nan, why)
    interval = normal_interval(mean.value, mean.stderr, alpha)
    return Estimate(mean.value, mean.stderr, interval, method, n, math.nan)


def _reported(
    selection: Selection, scores: QuestionScores | None, found: Sequence[_Known], alpha: float
) -> Iterator[_Known]:
    """The averages that harnesses report: with our interval where ours is the same number.

    A standard error that is known to be wrong is replaced by that of the mean which it is.
    """
    whole = selection.rows.filter(
        is_whole(), pl.col("repeat").is_null(), pl.col("value").is_not_null(), origin="reported"
    )
    flawed = _flawed(selection, of_whole=True)
    for run, value, stderr, n in whole.select("run", "value", "stderr", "n").iter_rows():
        same = [
            one
            for one in found
            if one.run == run
            and one.part in ("questions", "own")
            and one.estimate.method is not None
            and abs(one.estimate.value - value) <= SAME_MEAN
        ]
        is_flawed = run in flawed
        # the same number to the last bit before one that is as near by chance
        same.sort(key=lambda one: round(abs(one.estimate.value - value), 9))
        if same and (is_flawed or stderr is None or scores is not None):
            yield _Known(run, "reported", None, same[0].estimate, True, is_flawed)
        else:
            own = _as_reported(value, None if is_flawed else stderr, n, alpha)
            yield _Known(run, "reported", None, own, False, is_flawed)
