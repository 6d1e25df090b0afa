"""Comparisons as a table for people and programs: one row a dataset or category and candidate."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal

import numpy as np
import polars as pl

from tui_eval.analysis.compare import By, Evidence, comparisons
from tui_eval.analysis.guard import (
    MARK,
    Difference,
    difference_words,
    differing,
    is_marked,
)
from tui_eval.analysis.notes import Count, Names, Note, listed
from tui_eval.analysis.report import Column, Kind, Report
from tui_eval.analysis.score_intervals import SAME_MEAN
from tui_eval.analysis.selection import Metric, Selection
from tui_eval.analysis.verdict_words import Shown, verdict_words
from tui_eval.statistics import multiplicity

_SCALED = ("baseline_score", "candidate_score", "delta", "low", "high", "visible_gap")

_NAMES = pl.List(pl.String)

_KINDS: Mapping[str, Kind] = {
    **dict.fromkeys(("dataset", "category", "baseline", "candidate", "metric", "filter"), "text"),
    **dict.fromkeys(("baseline_score", "candidate_score"), "score"),
    **dict.fromkeys(("delta", "low", "high"), "delta"),
    **dict.fromkeys(("p", "q"), "p"),
    **dict.fromkeys(("method", "paired"), "text"),
    **dict.fromkeys(("n", "baseline_n", "candidate_n", "fixed", "broken", "same"), "count"),
    "verdict": "text",
    "visible_gap": "score",
    "questions_needed": "count",
    **dict.fromkeys(("differs", "words"), "text"),
}
"""The columns of a report of comparisons, in their order."""

_IN_WORDS = frozenset(
    {
        *("baseline", "metric", "filter", "method", "paired", "baseline_n", "candidate_n"),
        *("same", "visible_gap", "questions_needed", "differs", "words"),
    }
)
"""Columns that are data only: the title or the notes say the same."""

_MOST_SENTENCES = 8
"""Comparisons up to which each has its sentence below the table."""


@dataclass(frozen=True)
class Compared:
    """What is compared on a dataset.

    Attributes:
        selection: Dataset, metric and scale.
        evidence: What is known of its scores.
        baseline: Key of the run that the others are compared with.
        candidates: Keys.
        differs: By candidate what differs from the baseline beside the model (`guard`).
    """

    selection: Selection
    evidence: Evidence
    baseline: str
    candidates: tuple[str, ...]
    differs: Mapping[str, Sequence[Difference]] = field(default_factory=dict)

    def told(self, run: str) -> Note | None:
        """What is to be known of the settings of a candidate and the baseline; None: nothing."""
        labels = self.selection.tables.labels
        return difference_words(self.differs.get(run, ()), labels[self.baseline], labels[run])

    @property
    def metric(self) -> Metric:
        """The metric in which they are compared."""
        metric = self.selection.metric
        assert metric is not None  # noqa: S101  # nothing else has scores to compare
        return metric


def compared_rows(compared: Compared, by: By = "dataset") -> pl.DataFrame:
    """Comparisons on one dataset, on the scale of the view, with names and words.

    Args:
        compared: What is compared.
        by: One row a candidate, or also one a category.

    Returns:
        ``dataset``, the columns of `compare.COMPARED` but ``part`` and ``run`` (its key is
        ``candidate key``), ``baseline, candidate`` (labels), ``metric, filter, differs, words``,
        and ``mark``; the mean over categories is left out.
    """
    selection, metric = compared.selection, compared.metric
    evidence, view = compared.evidence, selection.view
    frame = comparisons(evidence, compared.baseline, compared.candidates, by)
    frame = frame.filter(pl.col("part") != "mean")
    labels = selection.tables.labels
    frame = frame.with_columns(pl.col(_SCALED) * metric.factor(view))
    scale, margin = metric.scale(view), evidence.tests.margin
    words = [
        str(verdict_words(row, Shown(scale, labels[row["run"]], margin * (scale or 1))))
        for row in frame.iter_rows(named=True)
    ]
    found = [compared.differs.get(run, ()) for run in frame["run"]]
    return frame.with_columns(
        pl.lit(selection.dataset).alias("dataset"),
        pl.lit(labels[compared.baseline]).alias("baseline"),
        pl.col("run").replace_strict(labels, return_dtype=pl.String).alias("candidate"),
        pl.lit(metric.name).alias("metric"),
        pl.lit(metric.filter, pl.String).alias("filter"),
        pl.Series("differs", [list(differing(one)) for one in found], _NAMES),
        pl.Series("mark", [MARK if is_marked(one) else None for one in found], pl.String),
        pl.Series("words", words, pl.String),
    ).rename({"run": "candidate key"})


def compare_report(every: Sequence[Compared], by: By = "dataset") -> Report:
    """Is it more than noise: candidates against a baseline, on one dataset or on several.

    Args:
        every: What is compared, a dataset each; all with one baseline.
        by: A row a dataset and candidate (``category`` is null: the whole of it, every question the
            same), or below it also one a category that both have.

    Returns:
        ``dataset, category, baseline, candidate, metric, filter, baseline_score, candidate_score,
        delta, low, high, p, q, method, paired, n, baseline_n, candidate_n, fixed, broken, same,
        verdict, visible_gap, questions_needed, differs, words``; scores on the scale of the view.
        ``q`` is p adjusted for how many comparisons of a kind there are: of categories, and of
        several datasets, by Benjamini and Hochberg within a candidate; of the whole of one dataset
        by Holm over the candidates.
    """
    rows = [compared_rows(one, by) for one in every]
    frame = pl.concat(rows) if rows else pl.DataFrame()
    if frame.is_empty():
        return Report("compare", "Comparisons", frame, (), empty="Nothing can be compared.")
    if len(every) > 1:
        frame = _over_datasets(frame)
    frame = frame.select(*_KINDS, "candidate key", "mark")
    return Report(
        name="compare",
        title=_title(every, frame),
        frame=frame,
        columns=_columns(every, frame, by),
        notes=tuple(_notes(every, frame, by)),
    )


def _over_datasets(frame: pl.DataFrame) -> pl.DataFrame:
    """With ``q`` over all datasets: of each candidate's wholes, and of its categories."""
    adjusted = np.full(frame.height, np.nan)
    for rows in frame.with_row_index("row").partition_by("candidate key", "part"):
        p = rows["p"].fill_null(math.nan).to_numpy()
        adjusted[rows["row"]] = multiplicity.benjamini_hochberg(p)
    return frame.with_columns(q=pl.Series(adjusted).fill_nan(None))


def _title(every: Sequence[Compared], frame: pl.DataFrame) -> str:
    tables, baseline = every[0].selection.tables, every[0].baseline
    datasets = [one.selection.dataset or "" for one in every]
    of = datasets[0] if len(datasets) == 1 else str(Count(len(datasets), "dataset"))
    titles = list(dict.fromkeys(one.metric.title for one in every))
    metric = titles[0] if len(titles) == 1 else "each in its own metric"
    names = frame["candidate"].unique(maintain_order=True).to_list()
    candidate = names[0] if len(names) == 1 else str(Count(len(names), "candidate"))
    return f"{of} · {metric} · {candidate} against {tables.labels[baseline]}"


def _columns(every: Sequence[Compared], frame: pl.DataFrame, by: By) -> tuple[Column, ...]:
    """How the columns are to be read; drawn are those in which rows differ."""
    view = every[0].selection.view
    scale = max(one.metric.scale(view) for one in every)
    directions = {one.metric.higher_is_better for one in every}
    direction = directions.pop() if len(directions) == 1 else None
    aside = set(_IN_WORDS)
    if len(every) == 1:
        aside.add("dataset")
    if by == "dataset":
        aside.add("category")
    is_one = frame["candidate key"].n_unique() == 1
    if is_one and (by == "category" or len(every) > 1):
        aside.add("candidate")
    aside.add("q" if frame["p"].equals(frame["q"]) else "p")
    return tuple(
        Column(
            name,
            kind,
            scale if kind in ("score", "delta") else 0,
            direction if kind == "delta" else None,
            is_data=name in aside,
            keys="candidate key" if name == "candidate" else None,
            mark="mark" if name == "delta" else None,
        )
        for name, kind in _KINDS.items()
    )


def _notes(every: Sequence[Compared], frame: pl.DataFrame, by: By) -> list[Note]:
    return [
        *_sentences(every, frame),
        *(
            [Note("— as the category: the whole dataset, every question equal.")]
            * (by != "dataset")
        ),
        *weighting(every),
        *what_differs(every),
        *_methods(every, frame),
        *_families(every, frame, by),
        *_margin(every[0]),
        *_directions(every),
    ]


def _sentences(every: Sequence[Compared], frame: pl.DataFrame) -> list[Note]:
    """What each comparison of a whole dataset comes to, where there are few."""
    rows = frame.filter(pl.col("category").is_null())
    if rows.height > _MOST_SENTENCES:
        return []
    is_one = rows["candidate key"].n_unique() == 1
    notes = []
    for row in rows.iter_rows(named=True):
        is_named = is_one or row["words"].startswith(row["candidate"])
        of = [row["dataset"]] * (len(every) > 1) + [row["candidate"]] * (not is_named)
        notes.append(Note("{of}{words}.", of=": ".join([*of, ""]), words=row["words"]))
    return notes


EVERY_QUESTION = Note(
    "every question counts the same; scores shows the mean over categories, each equal"
)
"""Why scores that are compared may be others than those that are listed."""


def is_over_questions(one: Compared) -> bool:
    """Whether scores of several categories are compared as means over all questions."""
    if one.metric.is_count:
        return False
    evidence, baseline = one.evidence, one.baseline
    mean = evidence.known(baseline, "questions")
    for run in one.candidates:
        if len(evidence.shared(baseline, run)) > 1:
            found = evidence.whole(baseline, run).found
            value = None if mean is None else mean["value"]
            if found.is_paired or (value is not None and _is_same(value, found.baseline)):
                return True
    return False


def _is_same(value: float, other: float) -> bool:
    return math.isclose(value, other, rel_tol=0, abs_tol=SAME_MEAN)


def weighting(every: Sequence[Compared]) -> list[Note]:
    """What is compared where datasets have several categories; they are named if not all have."""
    names = [one.selection.dataset for one in every if is_over_questions(one)]
    if not names:
        return []
    of = str(listed(names)) + ": " if len(names) < len(every) else ""
    words = str(EVERY_QUESTION)
    return [Note("{of}{words}.", of=of, words=words if of else words[0].upper() + words[1:])]


def level_words(alpha: float) -> str:
    """The percentage of an interval that misses with probability alpha: 95, 97.5, never 100."""
    level = 100 - Decimal(f"{100 * alpha:.3g}")
    if level == 100:  # more digits than anybody reads
        return "> 99.9999999999"
    return f"{level.normalize():f}"


def plain_number(value: float) -> str:
    """A number that somebody gave, as people write it: 0.5, 1000000000."""
    digits = Decimal(f"{value:.12g}")
    return f"{digits.normalize():f}"


def what_differs(every: Sequence[Compared]) -> list[Note]:
    """What differs beside the model; what is only not recorded, of one comparison alone."""
    labels = every[0].selection.tables.labels
    is_one = len(every) == 1 and len(every[0].candidates) == 1
    alike: dict[tuple[str, Note], list[str]] = {}
    for one in every:
        for run, found in one.differs.items():
            told = one.told(run)
            if told is not None and (is_one or differing(found)):
                mark = f"{MARK} " if is_marked(found) else ""
                alike.setdefault((mark, told), []).append(f"{one.selection.dataset}, {labels[run]}")
    return [
        Note("{mark}{of}: {told}.", mark=mark, of=Names(tuple(of), 3, "; "), told=told)
        for (mark, told), of in alike.items()
    ]


def _methods(every: Sequence[Compared], frame: pl.DataFrame) -> list[Note]:
    """How intervals and p were made, and of how many rows."""
    found = frame.drop_nulls("method").group_by("method", maintain_order=True).len()
    ways = [f"{method} ({Count(rows, 'row')})" for method, rows in found.iter_rows()]
    notes = []
    if ways:
        methods = Names(tuple(ways), len(ways), "; ")
        level = level_words(every[0].evidence.tests.alpha)
        notes.append(Note("{level} % interval, and p: {methods}.", level=level, methods=methods))
    return [*notes, *_totals(every, frame)]


def _totals(every: Sequence[Compared], frame: pl.DataFrame) -> list[Note]:
    """Which datasets are not compared on the questions of both, and why."""
    compared = {one.selection.dataset: one for one in every}
    found: dict[str, dict[str, None]] = {}
    rows = frame.filter(~pl.col("paired")).select("dataset", "candidate key", "category")
    for dataset, run, category in rows.iter_rows():
        reason = _why_totals(compared[dataset], run, category)
        found.setdefault(reason, {})[dataset] = None
    message = "Totals only, since {reason}: {datasets}."
    return [
        Note(message, reason=Note(reason), datasets=listed(names))
        for reason, names in found.items()
    ]


def _why_totals(one: Compared, run: str, category: str | None) -> str:
    """Why a candidate is not compared on the questions that both answered."""
    evidence, sides = one.evidence, (one.baseline, run)
    scores = evidence.scores
    has_any = [
        scores is not None and bool(np.isfinite(scores.of(side, category)).any()) for side in sides
    ]
    if not all(has_any):
        few = "only one of two runs has" if any(has_any) else "there are no"
        return f"{few} answers with a score"
    names = evidence.shared(*sides) if category is None else [category]
    if evidence.has_answers(sides, names):
        return "the answers that were read have no question in common"
    return "the answers that were read do not give the reported score"


def _families(every: Sequence[Compared], frame: pl.DataFrame, by: By) -> list[Note]:
    """What q is adjusted over."""
    if frame["p"].equals(frame["q"]):
        return []
    own = Note("categories of a candidate")
    several = Note("datasets of a candidate")
    families = [Note("over the {rows} by Benjamini-Hochberg", rows=own)] if by != "dataset" else []
    if len(every) > 1:
        families.append(Note("over the {rows} by Benjamini-Hochberg", rows=several))
    elif len(every[0].candidates) > 1:
        families.append(Note("over the candidates by Holm"))
    return [Note("q: p adjusted {families}.", families=Names(tuple(families), 2, "; "))]


def _margin(one: Compared) -> list[Note]:
    margin = one.evidence.tests.margin * one.metric.factor(one.selection.view)
    if not margin:
        return []
    return [Note("Same: all of the interval is within ±{margin}.", margin=plain_number(margin))]


def _directions(every: Sequence[Compared]) -> list[Note]:
    """Where a lower number is better, and where it is not known which is."""
    notes = []
    for direction, message in _DIRECTIONS.items():
        titles = [one.metric.title for one in every if one.metric.higher_is_better is direction]
        if titles:
            notes.append(Note(message, metrics=listed(dict.fromkeys(titles))))
    return notes


_DIRECTIONS = {
    False: "Lower is better: {metrics}.",
    None: "Not known which way is better, so better means higher: {metrics}.",
}
