"""Is it more than noise: candidates against a baseline, with interval, p, and a verdict.

On the questions that both answered where their answers were read, else on totals: that is said in
every row. All screens and commands that compare two runs ask here.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Literal, NamedTuple

import numpy as np
import polars as pl

from tui_eval.analysis.question_scores import QuestionScores
from tui_eval.analysis.score_intervals import score_intervals
from tui_eval.analysis.selection import WHOLE, Selection
from tui_eval.statistics import means, multiplicity, paired, routing
from tui_eval.statistics.intervals import ALPHA, Floats
from tui_eval.statistics.paired import Counts
from tui_eval.statistics.routing import Comparison

By = Literal["dataset", "category"]
Part = Literal["whole", "mean", "category"]

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
        part: Of the whole dataset (every question the same), of its categories (each the same), or
            of one of them.
        category: Name of that one.
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

    def shared(self, baseline: str, run: str) -> list[str]:
        """The categories that both have, by name."""
        ours = self._categories.get(run, set())
        return sorted(ours & self._categories.get(baseline, set()))

    def category(self, baseline: str, run: str, category: str) -> Pair:
        """A candidate against a baseline in a category that both have."""
        found = self._paired(baseline, run, category, [category])
        if found is not None:
            return found
        base, base_n = self._total(baseline, "category", category)
        other, other_n = self._total(run, "category", category)
        return Pair(run, "category", category, self._of_totals(base, other), base_n, other_n)

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

    def mean(self, baseline: str, run: str) -> Pair:
        """A candidate against a baseline by the mean over the categories that both have.

        Its standard error is ``sqrt(sum of those of the categories, squared) / k``.
        """
        names = self.shared(baseline, run)
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
        scores = self.scores
        if scores is None or not self.has_answers((baseline, run), names):
            return None
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
            self._rows[run, "category", name]["is_recomputed"] for run in runs for name in names
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
    pairs = []
    for run in candidates:
        shared = evidence.shared(baseline, run)
        pairs.append(evidence.whole(baseline, run))
        if by == "category" and shared not in ([WHOLE], []):
            pairs.append(evidence.mean(baseline, run))
            pairs += [evidence.category(baseline, run, name) for name in shared]
    return _adjusted(_frame(pairs))


def _frame(pairs: Sequence[Pair]) -> pl.DataFrame:
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
