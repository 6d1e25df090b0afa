"""What is looked at and how: one immutable value that all screens and commands share."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Scale = Literal[1, 100]
ScoreSort = Literal["-mean", "mean", "name"]
DeltaSort = Literal["abs", "down", "up", "name"]
FlipSort = Literal["name", "net", "fixed", "broken"]

Orientation = Literal["runs", "categories"]
"""What the rows of scores are: runs (a leaderboard), or categories (of all datasets: datasets)."""

Benchmark = Literal["dataset", "category"]
"""What benchmarks are whose orders of models are compared: datasets, or categories of one."""

Part = Literal["categories", "overview", "top", "bottom", "flips", "missing", "pairs"]
"""A list of the differences between runs."""

Uncertainty = Literal["none", "stderr", "interval"]
"""What stands beside a score: nothing, its standard error as reported, or a 95 % interval."""

TOLERANCE = 1e-9
"""Scores closer than this on the raw 0-1 scale are equal; floats of equal scores differ by less."""

COVERAGE = "Coverage (交集/總類別)"
"""Heading of common categories / all categories, as eval-analyzer writes it."""

PAGE_SIZES = (10, 20, 30, 50, 100)


@dataclass(frozen=True, slots=True)
class Threshold:
    """Keep categories whose score is on one side of a value.

    Attributes:
        at_least: Scores at or above the value; otherwise at or below.
        value: On the raw scale: 0-1 for scores, as it is for counts.
        run: Key of the run whose score counts; None: it is enough that any run meets it.
    """

    at_least: bool
    value: float
    run: str | None = None


@dataclass(frozen=True, slots=True)
class View:
    """The choices of the user, empty ones included; runs by their keys.

    Attributes:
        dataset: None: all of them, in one overview.
        metric: None: the first that there is.
        filter: Filter of the metric, where its harness has filters.
        scale: Upper end of the scale on which scores are shown.
        orientation: What the rows of scores are, where there are several runs.
        datasets: Datasets in the overview of all; None: those that several runs have.
        sort: Order of the rows on the score screen: best mean first, worst first, by name.
        sort_run: Run by which ``sort`` goes instead of the mean over runs, of categories.
        sort_column: Column of the leaderboard by which ``sort`` goes instead of the mean, of runs.
        threshold: Which categories are kept.
        page_size: Rows on a page; None: all of them, without pages.
        closed: Groups whose categories are not shown.
        opened: Groups whose categories are columns of the leaderboard.
        uncertainty: What stands beside the scores that have it.
        baseline: Run that the others are compared with.
        candidates: Runs that are compared with it; None: all others.
        delta_sort: Order on the delta screen; of the long table within each candidate.
        delta_by: Column of the delta table by which ``delta_sort`` goes: key of a candidate, ``n``,
            ``baseline_score`` or ``candidate_score``; None: the mean (of ``abs``: the largest)
            difference over the candidates.
        flip_sort: Order of what flipped: by category, or most fixed less broken, fixed, broken
            first.
        min_delta: Least absolute difference that is shown, on the raw scale.
        margin: Differences up to it count as the same, on the raw scale.
        top: Length of the lists of most improved and most declined.
        sample_runs: Runs whose answers are looked at, the first is ``a``; None: baseline and
            candidates.
        category: Category whose answers are looked at; None: all of the dataset.
        where: Condition that questions must meet, in the language of `where` or the name of one
            of its presets; empty: none.
        sample_sort: Column by which questions are sorted; None: by category and number.
        sample_descending: Whether its largest values come first.
    """

    dataset: str | None = None
    metric: str | None = None
    filter: str | None = None
    scale: Scale = 1
    orientation: Orientation = "runs"
    datasets: tuple[str, ...] | None = None
    sort: ScoreSort = "-mean"
    sort_run: str | None = None
    sort_column: str | None = None
    threshold: Threshold | None = None
    page_size: int | None = None
    closed: frozenset[str] = frozenset()
    opened: frozenset[str] = frozenset()
    uncertainty: Uncertainty = "stderr"
    baseline: str | None = None
    candidates: tuple[str, ...] | None = None
    delta_sort: DeltaSort = "down"
    delta_by: str | None = None
    flip_sort: FlipSort = "name"
    min_delta: float = 0.0
    margin: float = 0.0
    top: int = 10
    sample_runs: tuple[str, ...] | None = None
    category: str | None = None
    where: str = ""
    sample_sort: str | None = None
    sample_descending: bool = False
