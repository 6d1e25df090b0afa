"""Is it more than noise: candidates against a baseline, with interval, p, and a verdict.

On the questions that both answered where their answers were read, else on totals: that is said in
every row. All screens and commands that compare two runs ask here.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from copy import copy
from dataclasses import dataclass, replace
from typing import Any, Literal, NamedTuple, TypeVar

import numpy as np
import polars as pl

from tui_eval.analysis.question_scores import QuestionScores
from tui_eval.analysis.score_intervals import AGREES, SAME_MEAN, score_intervals
from tui_eval.analysis.selection import WHOLE, Selection
from tui_eval.statistics import means, multiplicity, paired, routing
from tui_eval.statistics.intervals import ALPHA, Floats
from tui_eval.statistics.paired import Counts
from tui_eval.statistics.routing import Comparison

By = Literal["dataset", "category"]
Part = Literal["whole", "mean", "category", "group"]

T = TypeVar("T")

COMPARED = pl.Schema(
    {
        "run": pl.String(),  # key of the candidate
        "part": pl.String(),  # see `Pair`
        "category": pl.String(),  # null: of the whole dataset
        "baseline_score": pl.Float64(),  # over the questions of both, where it is paired
        "candidate_score": pl.Float64(),
        "delta": pl.Float64(),  # candidate less baseline
        "low": pl.Float64(),
        "high": pl.Float64(),
        "p": pl.Float64(),
        "q": pl.Float64(),  # p over all that is tested: BH over categories, Holm over candidates
        "method": pl.String(),  # see `routing.Method`; null: there is neither interval nor p
        "paired": pl.Boolean(),  # on the questions of both; else of totals only
        "n": pl.Int64(),  # questions of both; null: totals only
        "baseline_n": pl.Int64(),  # questions of the baseline; null: unknown
        "candidate_n": pl.Int64(),
        "fixed": pl.Int64(),  # null where nothing is right or wrong
        "broken": pl.Int64(),
        "same": pl.Int64(),
        "verdict": pl.String(),  # see `routing.Verdict`
        "visible_gap": pl.Float64(),  # the smallest true gap that would mostly be found
        "questions_needed": pl.Int64(),  # for a gap of one point
        "correlation": pl.Float64(),  # of the scores, question by question
        "reason": pl.String(),  # why there is no interval
    }
)
"""One row a candidate and part, raw scale."""


@dataclass(frozen=True, slots=True)
class Tests:
    """How comparisons are tested.

    Attributes:
        margin: Differences up to it count as the same, raw scale.
        alpha: How often an interval may miss, and a verdict be a false alarm.
    """

    margin: float = 0.0
    alpha: float = ALPHA


class Pair(NamedTuple):
    """A comparison and what it is of.

    Attributes:
        run: Key of the candidate.
        part: Of the whole dataset (every question the same), of its categories (each the same), of
            one of them, or of a group of them.
        category: Name of that one, or of the group.
        found: What it says.
        baseline_n: Questions of the baseline; None: unknown.
        candidate_n: Questions of the candidate.
    """

    run: str
    part: Part
    category: str | None
    found: Comparison
    baseline_n: int | None
    candidate_n: int | None


class Evidence:
    """All that is known of the scores of a dataset: by question where answers were read, else sums.

    Args:
        selection: Dataset and metric; baseline and candidates of its view do not matter.
        scores: What the answers give, as far as they were read; None: nothing.
        tests: Margin and alpha.
    """

    def __init__(
        self, selection: Selection, scores: QuestionScores | None = None, tests: Tests | None = None
    ) -> None:
        self.tests = tests or Tests()
        self.scores = scores
        self.intervals = score_intervals(selection, scores, self.tests.alpha)
        metric = selection.metric
        self._higher_is_better = metric is None or metric.higher_is_better is not False
        self._has_points = metric is not None and metric.is_scaled
        self._rows = {
            (row["run"], row["part"], row["category"]): row
            for row in self.intervals.iter_rows(named=True)
        }
        self._categories: dict[str, set[str]] = {}
        for run, part, category in self._rows:
            if part == "category":
                self._categories.setdefault(run, set()).add(category)
        self._groups = _categories_of_groups(selection)
        self._made: dict[object, Any] = {}

    def once(self, key: object, make: Callable[[], T]) -> T:
        """What is made of it and needed again: freed with it."""
        if key not in self._made:
            self._made[key] = make()
        made: T = self._made[key]
        return made

    def known(self, run: str, part: str, category: str | None = None) -> Mapping[str, Any] | None:
        """The row of a score in `intervals`; None: there is no such score."""
        return self._rows.get((run, part, category))

    def categories(self, run: str) -> list[str]:
        """The categories of which a run has a score, by name."""
        return sorted(self._categories.get(run, ()))

    @property
    def higher_is_better(self) -> bool:
        """Whether high scores are the good ones, as they are where nothing says so."""
        return self._higher_is_better

    def at(self, alpha: float) -> Evidence:
        """The same, to compare at another alpha; the intervals of single scores stay."""
        other = copy(self)
        other.tests, other._made = replace(self.tests, alpha=alpha), {}
        return other

    def shared(self, baseline: str, run: str) -> list[str]:
        """The categories that both have, by name."""
        ours = self._categories.get(run, set())
        return sorted(ours & self._categories.get(baseline, set()))

    def category(self, baseline: str, run: str, category: str) -> Pair:
        """A candidate against a baseline in a category that both have."""
        key = (baseline, run, "category", category)
        return self.once(key, lambda: self._category(baseline, run, category))

    def _category(self, baseline: str, run: str, category: str) -> Pair:
        found = self._paired(baseline, run, category, [category])
        if found is not None:
            return found
        base, base_n = self._total(baseline, "category", category)
        other, other_n = self._total(run, "category", category)
        return Pair(run, "category", category, self._of_totals(base, other), base_n, other_n)

    def group(self, baseline: str, run: str, group: str) -> Pair:
        """A candidate against a baseline in a group of categories: its questions, else totals."""
        sides = [self._rows.get((side, "group", group)) for side in (baseline, run)]
        names = self._groups.get((baseline, group), ())
        is_same = names == self._groups.get((run, group), ())
        if (
            self.scores is not None
            and is_same
            and all(one and one["is_recomputed"] for one in sides)
        ):
            found = self._on_questions(self.scores.only(names), baseline, run, None)
            if found is not None:
                return found._replace(part="group", category=group)
        base, base_n = self._total(baseline, "group", group)
        other, other_n = self._total(run, "group", group)
        return Pair(run, "group", group, self._of_totals(base, other), base_n, other_n)

    def whole(self, baseline: str, run: str) -> Pair:
        """A candidate against a baseline on the whole dataset, every question the same."""
        names = self.shared(baseline, run)
        found = self._paired(baseline, run, None, names)
        if found is not None:
            return found
        if len(names) == 1 and self._have_the_same(baseline, run):
            return self.category(baseline, run, names[0])._replace(part="whole", category=None)
        for part in ("reported", "questions", "own"):
            if part == "reported" or self._have_the_same(baseline, run):
                (base, base_n), (other, other_n) = (
                    self._total(side, part, None) for side in (baseline, run)
                )
                if math.isfinite(base[1]) and math.isfinite(other[1]):
                    totals = self._of_totals(base, other)
                    return Pair(run, "whole", None, totals, base_n, other_n)
        means = (self._mean(side, names) for side in (baseline, run))
        return Pair(run, "whole", None, self._of_totals(*means), None, None)

    def reported(self, baseline: str, run: str) -> Pair:
        """A candidate against a baseline by the averages that are reported.

        As the mean that both of them are, over categories or over questions; else by the standard
        errors that are reported of them.
        """
        if self._is_reported(baseline, run, "questions"):
            return self.whole(baseline, run)
        if self._is_reported(baseline, run, "own") and self._have_the_same(baseline, run):
            return self.mean(baseline, run)
        base, base_n = self._total(baseline, "reported", None)
        other, other_n = self._total(run, "reported", None)
        return Pair(run, "whole", None, self._of_totals(base, other), base_n, other_n)

    def _is_reported(self, baseline: str, run: str, part: str) -> bool:
        """Whether the averages that are reported of two runs are means which are known."""
        (ours, _), (theirs, _) = (
            zip(*(self._total(side, one, None)[0] for side in (baseline, run)), strict=True)
            for one in (part, "reported")
        )
        return bool(np.allclose(ours, theirs, rtol=0, atol=SAME_MEAN))

    def mean(self, baseline: str, run: str) -> Pair:
        """A candidate against a baseline by the mean over the categories that both have.

        Its standard error is ``sqrt(sum of those of the categories, squared) / k``.
        """
        return self._mean_of(baseline, run, self.shared(baseline, run))

    def shown_group(
        self, baseline: str, run: str, group: str, names: Sequence[str], shown: float
    ) -> Pair | None:
        """A candidate against a baseline in a group of categories, as a certain difference.

        Args:
            baseline: Key of the baseline.
            run: Key of the candidate.
            group: Its name.
            names: Its categories that both have.
            shown: The difference that is shown of it: what is reported, over questions, or the mean
                of the categories.

        Returns:
            None where none of these gives that difference: its interval would be of another.
        """
        pairs = [self.group(baseline, run, group), self._mean_of(baseline, run, names)]
        if self.scores is not None and self.has_answers((baseline, run), names):
            pooled = self._on_questions(self.scores.only(names), baseline, run, None)
            pairs = [*([pooled] if pooled is not None else []), *pairs]
        for pair in pairs:
            if abs(pair.found.delta - shown) <= AGREES * max(1.0, abs(shown)):
                return pair._replace(part="group", category=group)
        return None

    def _mean_of(self, baseline: str, run: str, names: Sequence[str]) -> Pair:
        """By the mean over categories."""
        if len(names) == 1:
            return self.category(baseline, run, names[0])._replace(part="mean", category=None)
        if self.scores is not None and self.has_answers((baseline, run), names):
            return self._mean_of_answers(self.scores, baseline, run, names)
        pairs = [self.category(baseline, run, name) for name in names]
        found = self._of_means(
            np.array([pair.found.baseline for pair in pairs]),
            np.array([pair.found.candidate for pair in pairs]),
            np.array([pair.found.stderr for pair in pairs]),
            None,
        )
        sizes = [_sum(pair.baseline_n for pair in pairs), _sum(pair.candidate_n for pair in pairs)]
        return Pair(run, "mean", None, found, *sizes)

    def _mean_of_answers(
        self, scores: QuestionScores, baseline: str, run: str, names: Sequence[str]
    ) -> Pair:
        """The same where all categories are paired, all of them at once."""
        wanted = np.isin(scores.parts, [scores.categories.index(name) for name in names])
        a, b = scores.of(baseline), scores.of(run)
        sizes = (int(np.count_nonzero(wanted & np.isfinite(side))) for side in (a, b))
        known = wanted & np.isfinite(a) & np.isfinite(b)
        order, parts = np.unique(scores.parts[known], return_inverse=True)
        cells = None if scores.cells is None else scores.cells[known]
        count = len(order)
        of = means.by_part((b - a)[known], parts, count, cells)
        is_told = (of.clusters == of.n) | (of.clusters >= routing.LEAST_CLUSTERS)
        base, other = (np.bincount(parts, side[known], count) / of.n for side in (a, b))
        is_plain = scores.is_plain(baseline) and scores.is_plain(run)
        counts = paired.count(a[known], b[known]) if is_plain else None
        n = int(np.count_nonzero(known))
        found = self._of_means(base, other, np.where(is_told, of.stderrs, np.nan), n, counts)
        return Pair(run, "mean", None, found, *sizes)

    def _of_means(
        self,
        base: Floats,
        other: Floats,
        stderrs: Floats,
        n: int | None,
        counts: Counts | None = None,
    ) -> Comparison:
        return routing.compare_means(
            base,
            other,
            stderrs,
            n=n,
            counts=counts,
            higher_is_better=self._higher_is_better,
            margin=self.tests.margin,
            alpha=self.tests.alpha,
        )

    def _paired(
        self, baseline: str, run: str, category: str | None, names: Sequence[str]
    ) -> Pair | None:
        """On the questions of both; None: their answers do not give the scores that are shown."""
        if self.scores is None or not self.has_answers((baseline, run), names):
            return None
        return self._on_questions(self.scores, baseline, run, category)

    def _on_questions(
        self, scores: QuestionScores, baseline: str, run: str, category: str | None
    ) -> Pair | None:
        """On the questions of both in a category (None: in all); None: there are none."""
        a, b = scores.of(baseline, category), scores.of(run, category)
        found = routing.compare(
            a,
            b,
            scores.clusters_of(category),
            binary=scores.is_plain(baseline, category) and scores.is_plain(run, category),
            higher_is_better=self._higher_is_better,
            margin=self.tests.margin,
            alpha=self.tests.alpha,
        )
        if not found.n:
            return None
        if not self._has_points:
            found = replace(found, questions_needed=None)
        part: Part = "whole" if category is None else "category"
        counts = [int(np.isfinite(side).sum()) for side in (a, b)]
        return Pair(run, part, category, found, counts[0], counts[1])

    def has_answers(self, runs: Sequence[str], names: Sequence[str]) -> bool:
        """Whether the answers of runs give the scores that are shown of categories."""
        return bool(names) and all(
            self._rows[run, "category", name]["is_answered"] for run in runs for name in names
        )

    def _of_totals(self, base: tuple[float, float], other: tuple[float, float]) -> Comparison:
        return routing.compare_totals(
            base,
            other,
            higher_is_better=self._higher_is_better,
            margin=self.tests.margin,
            alpha=self.tests.alpha,
        )

    def _total(
        self, run: str, part: str, category: str | None
    ) -> tuple[tuple[float, float], int | None]:
        """Score and standard error, NaN where unknown, and questions."""
        row = self._rows.get((run, part, category), {})
        value, stderr = (
            math.nan if row.get(name) is None else row[name] for name in ("value", "stderr")
        )
        return (value, stderr), row.get("n")

    def _have_the_same(self, baseline: str, run: str) -> bool:
        return self._categories.get(run) == self._categories.get(baseline)

    def _mean(self, run: str, names: Sequence[str]) -> tuple[float, float]:
        """The mean over categories, without a standard error."""
        values = [self._rows[run, "category", name]["value"] for name in names]
        return (float(np.mean(values)) if values else math.nan), math.nan


def _sum(counts: Iterable[int | None]) -> int | None:
    """Questions of all categories; None: unknown of some."""
    some = list(counts)
    known = [count for count in some if count is not None]
    return sum(known) if known and len(known) == len(some) else None


def comparisons(
    evidence: Evidence, baseline: str, candidates: Sequence[str], by: By = "category"
) -> pl.DataFrame:
    """Candidates against a baseline: schema `COMPARED`.

    Args:
        evidence: What is known of the scores.
        baseline: Key of the run that the others are compared with.
        candidates: Keys.
        by: Whether categories are compared too.

    Returns:
        By candidate the whole first, then the mean over categories, then those that both have, by
        name; neither of the latter where there is one category that is all of the dataset.
    """
    frames = [compared(evidence, baseline, run, by) for run in candidates]
    return _adjusted(pl.concat(frames) if frames else frame_of(()))


def compared(evidence: Evidence, baseline: str, run: str, by: By = "category") -> pl.DataFrame:
    """One candidate against a baseline, as `comparisons` has it; ``q`` is null."""
    return evidence.once((baseline, run, by), lambda: frame_of(_pairs(evidence, baseline, run, by)))


def _pairs(evidence: Evidence, baseline: str, run: str, by: By) -> list[Pair]:
    shared = evidence.shared(baseline, run)
    pairs = [evidence.whole(baseline, run)]
    if by == "category" and shared not in ([WHOLE], []):
        categories = [evidence.category(baseline, run, name) for name in shared]
        pairs += [evidence.mean(baseline, run), *categories]
    return pairs


def frame_of(pairs: Sequence[Pair]) -> pl.DataFrame:
    """Pairs as rows, schema `COMPARED`; ``q`` is null."""
    rows = [_row(pair) for pair in pairs]
    return pl.DataFrame(rows, COMPARED, orient="row").with_columns(
        pl.col(pl.Float64).fill_nan(None)
    )


def _row(pair: Pair) -> dict[str, object]:
    found, counts = pair.found, pair.found.counts
    return {
        "run": pair.run,
        "part": pair.part,
        "category": pair.category,
        "baseline_score": found.baseline,
        "candidate_score": found.candidate,
        "delta": found.delta,
        "low": found.interval.low,
        "high": found.interval.high,
        "p": found.p,
        "method": found.method,
        "paired": found.is_paired,
        "n": found.n,
        "baseline_n": pair.baseline_n,
        "candidate_n": pair.candidate_n,
        "fixed": None if counts is None else counts.fixed,
        "broken": None if counts is None else counts.broken,
        "same": None if counts is None else counts.both + counts.neither,
        "verdict": found.verdict,
        "visible_gap": found.visible_gap,
        "questions_needed": found.questions_needed,
        "correlation": found.correlation,
        "reason": found.reason or None,
    }


def _adjusted(frame: pl.DataFrame) -> pl.DataFrame:
    """With ``q``: of a candidate's categories BH, of the wholes of several candidates Holm."""
    adjusted = np.full(frame.height, np.nan)
    numbered = frame.with_row_index("row")
    for part in ("whole", "mean"):
        rows = numbered.filter(part=part)
        adjusted[rows["row"]] = multiplicity.holm(_p_values(rows))
    for rows in numbered.filter(part="category").partition_by("run"):
        adjusted[rows["row"]] = multiplicity.benjamini_hochberg(_p_values(rows))
    return frame.with_columns(q=pl.Series(adjusted).fill_nan(None))


def _p_values(rows: pl.DataFrame) -> np.ndarray:
    return rows["p"].fill_null(math.nan).to_numpy()


def _categories_of_groups(selection: Selection) -> dict[tuple[str, str], tuple[str, ...]]:
    """The categories of each run that are in a group, by name."""
    inner = selection.rows.filter(
        pl.col("repeat").is_null(), pl.col("group").is_not_null(), pl.col("category").is_not_null()
    )
    by_group = inner.group_by("run", "group").agg(pl.col("category").unique().sort())
    return {(run, group): tuple(names) for run, group, names in by_group.iter_rows()}
