"""What each run scored on each question of a dataset: what intervals and tests are made of.

One matrix, questions by runs, so that every pair of runs is compared on the questions that both
have without another look at the answers.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
import polars as pl
from numpy.typing import NDArray

from tui_eval.analysis.questions import KEYS, is_of_metric, raw_samples
from tui_eval.analysis.selection import WHOLE, Metric, Selection
from tui_eval.statistics.intervals import Floats

Integers = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class QuestionScores:
    """Scores on the raw scale, question by question; a question's attempts are averaged.

    Attributes:
        runs: Keys of the runs that have any score, a column each.
        categories: Their names; `WHOLE` where the dataset has none.
        starts: Row at which each category begins, and at last the number of questions: the
            questions stand by category.
        values: ``questions × runs``; NaN: not answered, or not scored.
        answers: ``questions × runs``: how many attempts were scored.
        clusters: What each question stands or falls with (its passage, its copies), as a number;
            None: every question stands alone.
        binary: By category, whether every attempt of all runs is right or wrong: 0 or 1.
    """

    runs: tuple[str, ...]
    categories: tuple[str, ...]
    starts: Integers
    values: Floats
    answers: Integers
    clusters: Integers | None
    binary: tuple[bool, ...]

    @cached_property
    def _places(self) -> dict[str, int]:
        return {run: place for place, run in enumerate(self.runs)}

    @cached_property
    def parts(self) -> Integers:
        """The number of each question's category."""
        return np.repeat(np.arange(len(self.categories)), np.diff(self.starts))

    @cached_property
    def cells(self) -> Integers | None:
        """Clusters, numbered anew in each category; None: every question stands alone."""
        if self.clusters is None:
            return None
        pairs = self.parts * (int(self.clusters.max()) + 1) + self.clusters
        cells: Integers = np.unique(pairs, return_inverse=True)[1].astype(np.int64)
        return cells

    @cached_property
    def _categories(self) -> dict[str, slice]:
        ends = zip(self.starts[:-1].tolist(), self.starts[1:].tolist(), strict=True)
        return dict(zip(self.categories, (slice(*some) for some in ends), strict=True))

    def rows(self, category: str | None = None) -> slice:
        """The rows of a category (None: of all); none where no run was asked it."""
        return slice(None) if category is None else self._categories.get(category, slice(0, 0))

    def only(self, categories: Sequence[str]) -> QuestionScores:
        """The questions of some categories."""
        parts = [self.rows(category) for category in categories]
        rows = np.concatenate([np.arange(part.start, part.stop) for part in parts])
        sizes = [part.stop - part.start for part in parts]
        return replace(
            self,
            categories=tuple(categories),
            starts=np.concatenate([[0], np.cumsum(sizes)]).astype(np.int64),
            values=self.values[rows],
            answers=self.answers[rows],
            clusters=None if self.clusters is None else self.clusters[rows],
        )

    def place(self, run: str) -> int | None:
        """The column of a run; None: it has no score."""
        return self._places.get(run)

    def of(self, run: str, category: str | None = None) -> Floats:
        """What a run scored on the questions of a category (None: of all)."""
        place = self._places.get(run)
        rows = self.values[self.rows(category)]
        return np.full(len(rows), np.nan) if place is None else rows[:, place]

    def answers_of(self, run: str, category: str | None = None) -> int:
        """How many attempts of a run at the questions of a category (None: all) were scored."""
        place = self._places.get(run)
        return 0 if place is None else int(self.answers[self.rows(category), place].sum())

    def clusters_of(self, category: str | None = None) -> Integers | None:
        """The clusters of the questions of a category (None: of all), if two share one."""
        if self.clusters is None:
            return None
        if category is not None and category not in self._clustered:
            return None
        return self.clusters[self.rows(category)]

    @cached_property
    def _clustered(self) -> frozenset[str]:
        """The categories in which two questions share a cluster."""
        if self.cells is None:
            return frozenset()
        shared = np.bincount(self.cells)[self.cells] > 1
        parts = np.unique(self.parts[shared]).tolist()
        return frozenset(self.categories[part] for part in parts)

    def is_plain(self, run: str, category: str | None = None) -> bool:
        """Whether a run has one answer to each question of a category (None: of all), 0 or 1."""
        place = self._places.get(run)
        if place is None or not self.is_binary(category):
            return False
        return not self._repeated[place] or self._is_once(place, category)

    @cached_property
    def _repeated(self) -> list[bool]:
        """By run, whether any question has several answers."""
        repeated: list[bool] = (self.answers.max(axis=0, initial=0) > 1).tolist()
        return repeated

    def _is_once(self, place: int, category: str | None) -> bool:
        return bool((self.answers[self.rows(category), place] <= 1).all())

    def is_binary(self, category: str | None = None) -> bool:
        """Whether every attempt at the questions of a category (None: of all) is 0 or 1."""
        if category is None:
            return all(self.binary)
        return category in self._binary

    @cached_property
    def _binary(self) -> frozenset[str]:
        pairs = zip(self.categories, self.binary, strict=True)
        return frozenset(name for name, is_binary in pairs if is_binary)


def question_scores(
    selection: Selection, samples: pl.DataFrame, runs: Sequence[str] | None = None
) -> QuestionScores | None:
    """Scores of runs in the metric of the selection, from their answers.

    Args:
        selection: Dataset and metric; its category does not matter.
        samples: Schema `SAMPLES`.
        runs: Keys; None: all runs of the selection.

    Returns:
        None where no answer has a score in exactly that metric and filter: scores in another one
        would say nothing of the numbers that are shown.
    """
    metric = selection.metric
    if metric is None or selection.dataset is None or samples.is_empty():
        return None
    wanted = list(selection.runs if runs is None else runs)
    own = _scored(selection, samples, metric, wanted)
    if own.is_empty():
        return None
    present = set(own["run"].unique())
    found = tuple(run for run in wanted if run in present)
    return matrix(own, found)


def _scored(
    selection: Selection, samples: pl.DataFrame, metric: Metric, runs: list[str]
) -> pl.DataFrame:
    """The answers with a score: ``category, sample, run, score, cluster, question``, raw scale."""
    is_own = (
        (pl.col("dataset") == selection.dataset)
        & pl.col("run").is_in(runs)
        & pl.col("metric").is_not_null()
        & pl.col("score").is_finite()
        & pl.col("verdict").is_null()
        & is_of_metric(metric)
    )
    rows = raw_samples(samples.filter(is_own), selection.tables.scores)
    return rows.select(
        pl.col("category").fill_null(WHOLE),
        "sample",
        "run",
        "score",
        "cluster",
        "question",
    )


def matrix(own: pl.DataFrame, runs: tuple[str, ...]) -> QuestionScores:
    """Scores question by question, of answers that have some.

    Args:
        own: ``category, sample, run, score, cluster, question``, raw scale, nothing missing.
        runs: The runs in it.
    """
    keyed = own.with_columns(
        pl.col("run").replace_strict(list(runs), range(len(runs)), return_dtype=pl.Int64)
    )
    cluster, question = pl.col("cluster").min(), pl.col("question").min()
    together = pl.coalesce(cluster, question)  # copies stand or fall together, too
    questions = keyed.group_by(KEYS).agg(together.alias("cluster")).sort(KEYS)
    numbered = questions.select(KEYS).with_row_index("number")
    numbers = keyed.select(KEYS).join(numbered, on=KEYS, how="left", maintain_order="left")
    cells = numbers["number"].to_numpy().astype(np.int64) * len(runs) + keyed["run"].to_numpy()
    scores = keyed["score"].to_numpy()
    shape = (questions.height, len(runs))
    answers = np.bincount(cells, minlength=shape[0] * shape[1])
    sums = np.bincount(cells, weights=scores, minlength=shape[0] * shape[1])
    with np.errstate(invalid="ignore"):
        values = (sums / answers).reshape(shape)
    counts = questions.group_by("category", maintain_order=True).len()
    odd = keyed.filter(~pl.col("score").is_in([0.0, 1.0]))["category"].unique()
    return QuestionScores(
        runs=runs,
        categories=tuple(counts["category"]),
        starts=np.concatenate([[0], np.cumsum(counts["len"].to_numpy())]).astype(np.int64),
        values=values,
        answers=answers.reshape(shape).astype(np.int64),
        clusters=_numbered(questions["cluster"]),
        binary=tuple((~counts["category"].is_in(odd.implode())).to_list()),
    )


def _numbered(clusters: pl.Series) -> Integers | None:
    """Clusters as numbers, a question of which nothing is known alone; None: no two share one."""
    known = clusters.drop_nulls()
    if known.n_unique() == known.len():
        return None
    numbers = clusters.rank("dense").cast(pl.Int64) - 1
    alone = pl.int_range(clusters.len(), 2 * clusters.len(), eager=True)
    return numbers.fill_null(alone).to_numpy()
