"""Which run is the best: runs as rows, best first, categories or datasets as columns.

It holds the numbers of the score report (of all datasets: of the overview), turned round: the rows
of means become columns, and so do categories and groups. Nothing is averaged here.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

import polars as pl

from tui_eval.analysis.groups import grouped_report
from tui_eval.analysis.notes import Count, Note, listed
from tui_eval.analysis.report import GROUPS, ROLE, Column, Report
from tui_eval.analysis.score_intervals import PARTS
from tui_eval.analysis.scores import axis_of, compared_datasets, overview, stderr_name
from tui_eval.analysis.selection import Metric, Selection, is_whole, select
from tui_eval.analysis.view import TOLERANCE, View
from tui_eval.tables import Tables, natural

RANK, RUN, KEY, BEHIND = "rank", "run", "key", "vs best"
"""Columns of every leaderboard; ``key`` is the companion of ``run``."""

Over = Literal["all", "common", "own"]
"""Over which categories runs are ranked: all have all; those that all scored runs have; or, where
there are none, each run's own."""


def leaderboard_report(selection: Selection) -> Report:
    """Runs as rows, best first.

    Runs are ranked by the mean over categories (of counts: the total), each equal; where runs lack
    categories by that over the categories that all have, and where there are none by that over each
    run's own. Of all datasets they are ranked by the mean over datasets, where there is one, and
    runs that lack some have none. Means that differ by less than the tolerance share a rank, and
    stand in natural order.

    Args:
        selection: Runs, dataset, metric, scale, threshold (which categories are columns), opened
            groups, and the order of the rows; of all datasets: which of them.

    Returns:
        ``rank``, ``run`` with its keys as companion, the mean by which runs are ranked, named as in
        the score report, with the reported standard error where the mean is what was reported,
        ``vs best`` (null for the best), how many categories or datasets a run has where some lack
        any, a column a category, group or dataset, and the other means. Scores are on the scale of
        the view. Companions say which numbers of a column are the best ones. Without a direction
        there is neither a rank nor a best.
    """
    view = selection.view
    if view.dataset is None or selection.metric is None:
        return _of_datasets(selection)
    closed = groups_of(selection) - view.opened
    by_name = replace(view, sort="name", sort_run=None, closed=closed)
    report = grouped_report(select(selection.tables, by_name))
    return _of_categories(selection, report, selection.metric)


def groups_of(selection: Selection) -> frozenset[str]:
    """Groups that are one column until they are opened; a group alone would be but the mean."""
    groups = frozenset(selection.rows["group"].drop_nulls())
    return groups if len(groups) > 1 else frozenset()


def ranks_runs(selection: Selection) -> bool:
    """Whether there are several runs, and the user wants them as rows."""
    of_all = selection.dataset is None or selection.metric is None
    count = selection.tables.runs.height if of_all else len(selection.runs)
    return count > 1 and selection.view.orientation == "runs"


@dataclass(frozen=True)
class _Turned:
    """A report turned round.

    Attributes:
        frame: ``run, key`` and a column a row of the report, with companions; a row a run.
        means: The columns that were summaries, the one to rank by first.
        parts: The other columns.
        has: How many of ``whole`` parts each run has.
        whole: How many there are.
        over: What the mean is over by which runs are ranked.
    """

    frame: pl.DataFrame
    means: list[Column]
    parts: list[Column]
    has: list[int]
    whole: int
    over: Over


def _of_categories(selection: Selection, report: Report, metric: Metric) -> Report:
    view, tables = selection.view, selection.tables
    if report.columns[0].name != "category":
        return report
    factor = metric.factor(view)
    like = Column("", "count" if metric.is_count else "score", metric.scale(view))
    like = replace(like, higher_is_better=metric.higher_is_better)
    turned = _turned(report, tables, [replace(like, part=PARTS.get(role)) for role in report.roles])
    rows = selection.rows.filter(pl.col("repeat").is_null(), pl.col("value").is_not_null())
    turned = _with_all_categories(turned, rows)
    turned = _with_reported_errors(turned, rows, factor)
    silent = [
        tables.labels[key]
        for key, has in zip(turned.frame[KEY], turned.has, strict=True)
        if not has
    ]
    notes = [Note("Without any score: {runs}.", runs=listed(silent))] if silent else []
    return _ranked(turned, report, view, factor, [*_how_ranked(turned, rows), *notes])


def _of_datasets(selection: Selection) -> Report:
    view = selection.view
    report, metrics = overview(selection, compared_datasets(selection))
    factor = float(view.scale)
    if not report.columns:
        return report
    names = {one.title for one in metrics.values()}
    columns = [
        _dataset_column(dataset, metrics[dataset], view, names_metric=len(names) > 1)
        for dataset in report.body["dataset"]
    ]
    columns += [replace(columns[0], name="", about=None)] * (report.frame.height - report.height)
    turned = _turned(report, selection.tables, columns)
    parts = sorted(turned.parts, key=lambda part: turned.frame[part.name].null_count())
    means = [mean for mean in turned.means if turned.frame[mean.name].count()]
    notes = []
    if turned.means and min(turned.has) < turned.whole:
        some = "Ranked by the mean are the runs that have all {count}."
        none = "No run has all {count}: there is no mean, and no rank."
        notes.append(Note(some if means else none, count=Count(turned.whole, "dataset")))
    if report.height == 1:
        alone = "One dataset: no mean over datasets; its own leaderboard ranks the runs."
        notes.append(Note(alone))
    return _ranked(replace(turned, parts=parts, means=means), report, view, factor, notes)


def _dataset_column(name: str, metric: Metric, view: View, *, names_metric: bool) -> Column:
    return Column(
        f"{name} ({metric.title})" if names_metric else name,
        "count" if metric.is_count else "score",
        metric.scale(view),
        metric.higher_is_better,
        about=name,
    )


def _turned(report: Report, tables: Tables, columns: Sequence[Column]) -> _Turned:
    """Rows as columns, runs as rows.

    Args:
        report: Categories or datasets as rows, then summaries; a column a run.
        tables: Where the runs are.
        columns: How each row of the report is to be read; a name stands for the row's own.
    """
    titles = report.frame.to_series(0).to_list()
    runs = [column for column in report.columns if column.run is not None]
    keys = [str(column.run) for column in runs]
    taken = {RANK, RUN, KEY, BEHIND, ROLE}
    made = []
    for place, (title, role, column) in enumerate(zip(titles, report.roles, columns, strict=True)):
        name = free_name(column.name or title, taken)
        about = None if place >= report.height else column.about or title
        errors = stderr_name(name) if any(run.stderr for run in runs) else None
        made.append((role, replace(column, name=name, about=about, stderr=errors)))
        taken |= {name, _best_name(name), stderr_name(name)}
    names = [column.name for _, column in made]
    frame = pl.DataFrame({RUN: [tables.labels[key] for key in keys], KEY: keys})
    frame = frame.hstack(_transposed(report.frame, [run.name for run in runs], names))
    if any(run.stderr for run in runs):
        errors_of = [run.stderr or "" for run in runs]
        frame = frame.hstack(_transposed(report.frame, errors_of, list(map(stderr_name, names))))
    own = [column.name for role, column in made if column.about and role not in GROUPS]
    has = frame.select(pl.sum_horizontal(pl.col(own).is_not_null())) if own else None
    means = [column for _, column in made if column.about is None]
    common = next((column for role, column in made if role == "common"), None)
    over: Over = "all" if common is None else "own"
    if common is not None and frame[common.name].count():
        over, means = "common", [common, *(one for one in means if one is not common)]
    return _Turned(
        frame,
        means,
        [column for _, column in made if column.about is not None],
        [0] * frame.height if has is None else has.to_series().to_list(),
        len(own),
        over,
    )


def _transposed(frame: pl.DataFrame, columns: list[str], names: list[str]) -> pl.DataFrame:
    numbers = frame.select(pl.col(columns).cast(pl.Float64))
    return numbers.transpose(column_names=names)


def free_name(name: str, taken: set[str]) -> str:
    """The name, with blanks after it where a column has it: a category may be called ``run``."""
    while name in taken:
        name += " "
    return name


def _best_name(name: str) -> str:
    return f"{name} best"


def _with_all_categories(turned: _Turned, rows: pl.DataFrame) -> _Turned:
    """With what runs have of all categories, those too that a threshold leaves out."""
    own = rows.filter(pl.col("category").is_not_null() & ~pl.col("optional"))
    counts = dict(own.group_by("run").agg(pl.col("category").n_unique()).iter_rows())
    has = [counts.get(key, 0) for key in turned.frame[KEY]]
    return replace(turned, has=has, whole=own["category"].n_unique())


def _with_reported_errors(turned: _Turned, rows: pl.DataFrame, factor: float) -> _Turned:
    """With the harness's standard error beside a mean that is the average which it reports."""
    whole = rows.filter(is_whole(), pl.col("stderr").is_not_null(), origin="reported")
    told = {
        run: (value * factor, error * factor)
        for run, value, error in whole.select("run", "value", "stderr").iter_rows()
    }
    if not told or not turned.means:
        return turned
    frame, means = turned.frame, []
    for column in turned.means:
        name = stderr_name(column.name)
        known = frame[name].to_list() if name in frame.columns else [None] * frame.height
        values = zip(frame[KEY], frame[column.name], known, strict=True)
        errors = [_error_of(told.get(key), value, error, factor) for key, value, error in values]
        frame = frame.with_columns(pl.Series(name, errors, pl.Float64))
        has_any = any(error is not None for error in errors)
        means.append(replace(column, stderr=name if has_any else None))
    return replace(turned, frame=frame, means=means)


def _error_of(
    told: tuple[float, float] | None, value: float | None, known: float | None, factor: float
) -> float | None:
    if known is not None or told is None or value is None:
        return known
    return told[1] if abs(told[0] - value) <= TOLERANCE * factor else None


def _how_ranked(turned: _Turned, rows: pl.DataFrame) -> list[Note]:
    """Over what the mean is by which runs are ranked, where they lack categories."""
    if turned.over == "all":
        return []
    if turned.over == "own":
        return [Note("No category is in all runs: ranked by the mean over each run's own.")]
    runs = rows.filter(pl.col("category").is_not_null()).group_by("category")
    counts = runs.agg(pl.col("run").n_unique())["run"]
    common = (counts == sum(has > 0 for has in turned.has)).sum()
    message = "Ranked by the mean over the {common} of {whole} that all runs have."
    return [Note(message, common=common, whole=Count(turned.whole, "category"))]


def _ranked(
    turned: _Turned, report: Report, view: View, factor: float, notes: Sequence[Note]
) -> Report:
    """The turned report with ranks, distances and best marks, in the order of the view."""
    by = turned.means[0] if turned.means else None
    frame = turned.frame
    columns = [Column(RUN, keys=KEY)]
    if by is not None and by.higher_is_better is not None:
        ranks, behind = _places(frame[by.name].to_list(), by, TOLERANCE * factor)
        frame = frame.with_columns(
            pl.Series(RANK, ranks, pl.Int64), pl.Series(BEHIND, behind, pl.Float64)
        )
        columns.insert(0, Column(RANK, "number"))
    if by is not None:
        columns.append(by)
    if BEHIND in frame.columns and by is not None:
        distance = Column(BEHIND, "delta", by.scale, by.higher_is_better)
        columns.append(distance)
    if min(turned.has, default=0) < turned.whole:
        name = free_name(f"has of {turned.whole}", set(frame.columns))
        frame = frame.with_columns(pl.Series(name, turned.has, pl.Int64))
        columns.append(Column(name, "number"))
    columns += [*turned.parts, *turned.means[1:]]
    frame, columns = _with_best(frame, columns)
    direction = [] if _has_direction(columns) else [Note(_NEITHER)]
    shown = axis_of(frame[by.name] if by is not None else (), by.scale if by is not None else 1)
    return replace(
        report,
        name=f"{report.name}_leaderboard",
        frame=_in_order(frame, columns, by, view).with_columns(pl.lit("row").alias(ROLE)),
        columns=tuple(columns),
        notes=(*notes, *direction, *report.notes),
        chart="grouped",
        extent=shown.ends,
        is_log=shown.is_log,
    )


_NEITHER = "Neither high nor low is better here: no run is the best."


def _has_direction(columns: Sequence[Column]) -> bool:
    numbers = [one for one in columns if one.kind in ("score", "count") and one.about]
    return not numbers or any(one.higher_is_better is not None for one in numbers)


def _places(
    values: Sequence[float | None], column: Column, tolerance: float
) -> tuple[list[int | None], list[float | None]]:
    """The rank of each value, equal ones the same, and its distance to the best."""
    sign = -1.0 if column.higher_is_better is False else 1.0
    order = sorted(
        (-sign * value, place) for place, value in enumerate(values) if value is not None
    )
    ranks: list[int | None] = [None] * len(values)
    behind: list[float | None] = [None] * len(values)
    best = -sign * order[0][0] if order else 0.0
    rank, first = 0, float("-inf")
    for number, (size, place) in enumerate(order, 1):
        if size - first > tolerance:
            rank, first = number, size
        ranks[place] = rank
        behind[place] = None if rank == 1 else -sign * size - best
    return ranks, behind


def _with_best(frame: pl.DataFrame, columns: Sequence[Column]) -> tuple[pl.DataFrame, list[Column]]:
    """Companions that say which numbers of a column are the best, where several runs have one."""
    marked, flags = [], []
    for column in columns:
        directed = column.kind in ("score", "count") and column.higher_is_better is not None
        if not directed or frame[column.name].count() < 2:
            marked.append(column)
            continue
        value = pl.col(column.name)
        best = value.max() if column.higher_is_better else value.min()
        is_best = (value - best).abs() <= TOLERANCE * max(column.scale, 1)
        flags.append(is_best.fill_null(value=False).alias(_best_name(column.name)))
        marked.append(replace(column, best=_best_name(column.name)))
    return frame.with_columns(flags), marked


def _in_order(
    frame: pl.DataFrame, columns: Sequence[Column], by: Column | None, view: View
) -> pl.DataFrame:
    """Runs in the order of the view: by rank, by another column, or by name."""
    names = {column.name: column for column in columns if column.kind in ("score", "count")}
    column = names.get(view.sort_column or "", by)
    labels = frame[RUN].to_list()
    order = sorted(range(frame.height), key=lambda row: natural(labels[row]))
    if by is None:  # runs that have the same stand together
        absent = frame.select(pl.col(one.name).is_null() for one in columns if one.about).rows()
        order.sort(key=lambda row: absent[row])
    if view.sort != "name" and column is not None:
        values = frame[column.name].to_list()
        low_first = (view.sort == "-mean") == (column.higher_is_better is False)
        turned = replace(column, higher_is_better=not low_first)
        ranks, _ = _places(values, turned, TOLERANCE * max(column.scale, 1))
        order.sort(key=lambda row: ranks[row] or frame.height + 1)
    return frame[order]
