"""Which run is better at what: scores of one dataset by category, and of all datasets."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import NamedTuple

import numpy as np
import polars as pl

from tui_eval.analysis.comparability import stderr_notes
from tui_eval.analysis.notes import Count, Note
from tui_eval.analysis.report import ROLE, Column, Kind, Report, Role
from tui_eval.analysis.score_notes import (
    direction_note,
    left_out_notes,
    overview_notes,
    score_notes,
)
from tui_eval.analysis.selection import (
    Metric,
    Selection,
    has_score,
    is_whole,
    on_raw_scale,
    select,
    shared_unit,
)
from tui_eval.analysis.view import TOLERANCE, Threshold, View
from tui_eval.records import NOT_SCORED
from tui_eval.tables import Tables


def score_report(selection: Selection) -> Report:
    """Categories as rows, runs as columns (sorted by label), the mean over categories as foot.

    Args:
        selection: Runs, dataset, metric, scale, order and threshold. Without a dataset:
            `overview_report`.

    Returns:
        ``category``, ``n`` (questions, where all runs tell the same) and a column a run; missing
        scores are null. Scores are as reported; the foot's means are recomputed over the categories
        of the whole dataset, whatever the filter keeps: each category equal, and where ``n`` is
        known weighted by it too. Each run's column has its standard errors as a companion, where
        some run reports any.
    """
    tables, view, metric = selection.tables, selection.view, selection.metric
    if view.dataset is None or metric is None:
        return overview_report(selection)
    whole = _whole_of(selection)
    runs = whole.runs
    kept = in_order(_kept(whole.wide, view.threshold), {run: run for run in runs}, view, metric)
    body = kept.with_columns(pl.lit("row").alias(ROLE))
    for beside in (whole.questions, whole.errors):
        if beside is not None:
            body = body.join(beside, on="category", how="left", maintain_order="left")
    frame = pl.concat([body, whole.foot], how="diagonal")
    factor = metric.factor(view)
    axis = axis_of(_numbers(whole.wide, factor), metric.scale(view))
    columns = _run_columns(tables, runs, metric, view, has_errors=whole.errors is not None)
    frame, columns = with_best_of_rows(
        _scaled(frame, factor).rename(tables.labels, strict=False), columns
    )
    return Report(
        name=_file_name(tables, runs, view.dataset),
        title=f"{view.dataset} · {metric.heading}",
        frame=frame,
        columns=(
            Column("category"),
            *([] if whole.questions is None else [Column("n", "count", aside=True)]),
            *columns,
        ),
        notes=whole.notes,
        chart="grouped",
        empty=_empty_sentence(tables, whole.wide, view, metric),
        extent=axis.ends,
        is_log=axis.is_log,
    )


def with_best_of_rows(
    frame: pl.DataFrame, columns: Sequence[Column]
) -> tuple[pl.DataFrame, list[Column]]:
    """Companions that say which run has the best number of a row, where several have one.

    Args:
        frame: A column a run, on one scale.
        columns: These columns; those that come back name their companions.
    """
    if len(columns) < 2 or columns[0].higher_is_better is None:
        return frame, list(columns)
    numbers = [pl.col(column.name) for column in columns]
    extreme = pl.max_horizontal if columns[0].higher_is_better else pl.min_horizontal
    best = frame.select(extreme(numbers)).to_series()
    several = frame.select(pl.sum_horizontal(one.is_not_null() for one in numbers)).to_series() > 1
    tolerance = TOLERANCE * max(columns[0].scale, 1)
    marked = [replace(column, best=f"{column.run} best") for column in columns]
    flags = [
        (((frame[column.name] - best).abs() <= tolerance) & several).alias(column.best or "")
        for column in marked
    ]
    return frame.with_columns(flags), marked


class _Whole(NamedTuple):
    """What is the same in whatever order, and whatever a filter keeps; on the raw scale.

    Attributes:
        runs: Keys, by label.
        wide: ``category`` and a column a run.
        questions: ``category, n``; None: runs differ in them.
        errors: ``category`` and the companions of the runs; None: no run reports any.
        foot: The rows below, in the columns of all these.
        notes: What is said of them.
    """

    runs: list[str]
    wide: pl.DataFrame
    questions: pl.DataFrame | None
    errors: pl.DataFrame | None
    foot: pl.DataFrame
    notes: tuple[Note, ...]


def _whole_of(selection: Selection) -> _Whole:
    view = selection.view
    subject = View(dataset=view.dataset, metric=view.metric, filter=view.filter, scale=view.scale)
    tables = selection.tables
    return tables.once((_made, subject), lambda: _made(tables, subject))


def _made(tables: Tables, view: View) -> _Whole:
    selection = select(tables, view)
    metric = selection.metric
    assert metric is not None  # noqa: S101  # `score_report` asks for no other
    single = selection.rows.filter(pl.col("repeat").is_null())
    own = single.filter(pl.col("category").is_not_null())
    runs = tables.by_label(own["run"].unique())
    wide = by_run(own, "category", runs)
    questions = _questions(own)
    foot = _foot(wide, single, metric)
    if questions is not None:
        foot = _with_total(foot, wide, single, questions)
    errors = _errors(own, foot, single, runs)
    notes = score_notes(selection, wide, single, metric)
    if errors is not None:
        foot = _with_errors(foot, single, runs)
        notes += stderr_notes(tables, runs, [view.dataset or ""], metric.name)
    return _Whole(runs, wide, questions, errors, foot, tuple(notes))


def overview_report(selection: Selection, only: Sequence[str] | None = None) -> Report:
    """One row a dataset, a column a run: the mean over the run's categories, each counted once.

    Each dataset is shown in the view's metric, or in its own first one where it has no score in
    that; a column tells which where they differ. A note names those without any score. A run that
    gives no categories of a dataset shows the average that it reports. The foot is the mean over
    datasets, each equal, for runs that have all of them, if all are scores in one direction.

    Args:
        selection: Runs, metric and scale.
        only: Datasets that are shown, with the runs that have any of them; None: all.
    """
    return overview(selection, only).report


class Overview(NamedTuple):
    """The overview of all datasets.

    Attributes:
        report: As `overview_report` has it.
        metrics: What each dataset is shown in.
    """

    report: Report
    metrics: Mapping[str, Metric]


def overview(selection: Selection, only: Sequence[str] | None = None) -> Overview:
    """The overview with what its datasets are shown in; the rest as `overview_report` has it."""
    tables, view = selection.tables, selection.view
    chosen = metric_by_dataset(tables.scores, view)
    if only is not None:
        chosen = chosen.filter(pl.col("dataset").is_in(list(only)))
    if chosen.is_empty():
        empty = "No run is open." if tables.runs.is_empty() else "No scores in these runs."
        return Overview(Report("scores", "Scores", pl.DataFrame(), (), empty=empty), {})
    is_named = pl.col("metric") != NOT_SCORED
    named = chosen.filter(pl.col("has_score") | ~pl.col("has_score").any())
    names = named.select("metric", "filter").unique()
    metric = Metric(*named.select("metric", "filter", "unit", "higher_is_better").row(0))
    rows = _overview_rows(tables, chosen)
    means = means_by_run(rows, chosen)
    runs = tables.by_label(means["run"].unique())
    wide = by_run(means, "dataset", runs).sort("dataset")
    factor = pl.when(pl.col("unit") == "fraction").then(float(view.scale)).otherwise(1.0)
    facts = (
        rows.filter(pl.col("value").is_not_null())
        .group_by("dataset")
        .agg(categories=pl.col("category").drop_nulls().n_unique().cast(pl.Int64))
    )
    is_known = pl.col("categories").is_not_null() | ~is_named  # what nothing could score is said
    frame = (
        wide.join(facts, on="dataset", how="left", maintain_order="left")
        .join(chosen, on="dataset", maintain_order="left")
        .filter(is_known)
    )
    title = pl.concat_str("metric", "filter", separator=", ", ignore_nulls=True).alias("metric")
    which = [title] if names.height > 1 else []
    shown = frame.select("dataset", *which, "categories", *(pl.col(run) * factor for run in runs))
    is_one = names.height == 1
    scored = shown.drop_nulls("categories")
    why_not = _why_no_mean(named, metric, is_one=is_one)
    lines = [shown.with_columns(pl.lit("row").alias(ROLE))]
    if scored.height > 1 and why_not is None:
        lines.append(_mean_of_datasets(scored, runs))
    same_axis = named["unit"].n_unique() == 1
    axis = axis_of(_numbers(wide, metric.factor(view)), metric.scale(view))
    left_out = tables.scores["dataset"].n_unique() - len(only or ()) if only is not None else 0
    report = Report(
        name=_file_name(tables, runs, "overview"),
        title=f"all datasets · {metric.heading if is_one else 'each in its own metric'}",
        frame=pl.concat(lines, how="diagonal").rename(tables.labels, strict=False),
        columns=(
            Column("dataset"),
            *(Column("metric") for _ in which),
            Column("categories", "count"),
            *_run_columns(tables, runs, metric, view),
        ),
        notes=(
            *_left_out(left_out, view),
            *([why_not] if why_not is not None and scored.height > 1 else []),
            *([] if is_one else direction_note(chosen)),
            *overview_notes(tables, rows.filter(pl.col("category").is_not_null())),
            *left_out_notes(tables, chosen, frame["dataset"]),
        ),
        chart="grouped" if same_axis else None,
        extent=axis.ends,
        is_log=axis.is_log,
    )
    columns = frame.select("dataset", "metric", "filter", "unit", "higher_is_better").iter_rows()
    return Overview(report, {dataset: Metric(*rest) for dataset, *rest in columns})


def compared_datasets(selection: Selection) -> list[str] | None:
    """The datasets of the overview on the screen: chosen ones, else those that several runs have.

    None: all, since no run is beside another, or none has what another has.
    """
    tables, view = selection.tables, selection.view
    chosen = metric_by_dataset(tables.scores, view)
    if view.datasets is not None:
        present = set(chosen["dataset"])
        return [name for name in view.datasets if name in present] or None
    means = means_by_run(_overview_rows(tables, chosen), chosen).drop_nulls("value")
    shared = means.group_by("dataset").agg(pl.len()).filter(pl.col("len") > 1)["dataset"].sort()
    return None if shared.len() in (0, chosen.height) else shared.to_list()


def _overview_rows(tables: Tables, chosen: pl.DataFrame) -> pl.DataFrame:
    """The rows of each dataset in the metric that is chosen for it, over all repeats."""
    single = tables.scores.filter(pl.col("repeat").is_null())
    return on_raw_scale(single.join(chosen, on=["dataset", "metric", "filter"], nulls_equal=True))


def _left_out(count: int, view: View) -> list[Note]:
    """How many datasets are not in the overview that might be."""
    if not count:
        return []
    datasets = Count(count, "dataset")
    if view.datasets is not None:
        return [Note("{count} not chosen.", count=datasets)]
    return [Note("{count} left out (of one run only).", count=datasets)]


def _why_no_mean(named: pl.DataFrame, metric: Metric, *, is_one: bool) -> Note | None:
    """Why a mean over datasets would mean nothing; None: it means something."""
    if is_one:
        return Note("No mean over datasets: counts.") if metric.is_count else None
    if named["unit"].n_unique() > 1 or named["unit"][0] != "fraction":
        return Note("No mean over datasets: their metrics are on different scales.")
    if named["higher_is_better"].n_unique() > 1:
        return Note("No mean over datasets: of some the lowest is the best, of others the highest.")
    return None


def metric_by_dataset(scores: pl.DataFrame, view: View) -> pl.DataFrame:
    """``dataset, metric, filter, unit, higher_is_better, has_score``: one row a dataset.

    The view's metric, or the first; but one in which a number can be shown, where there is any.
    """
    wanted = (pl.col("metric") == (view.metric or "")) & pl.col("filter").eq_missing(view.filter)
    offered = scores.filter(pl.col("repeat").is_null()).group_by(
        "dataset", "metric", "filter", maintain_order=True
    )
    can_be_shown = pl.col("unit").is_not_null() & (pl.col("category").is_not_null() | is_whole())
    units = offered.agg(
        shared_unit(),
        pl.col("higher_is_better").first(),
        has_score=(has_score() & can_be_shown).any(),
    )
    unscored = pl.col("metric") == NOT_SCORED
    ranked = units.sort("has_score", wanted, ~unscored, descending=True, maintain_order=True)
    return ranked.group_by("dataset", maintain_order=True).first().sort("dataset")


def means_by_run(rows: pl.DataFrame, chosen: pl.DataFrame) -> pl.DataFrame:
    """``dataset, run, value``: the mean over categories, of counts the total, else the reported."""
    values = pl.col("value").filter(pl.col("category").is_not_null()).drop_nulls()
    is_count = pl.col("unit").first() == "count"
    together = pl.when(is_count).then(values.sum()).otherwise(values.mean())
    reported = pl.col("value").filter(is_whole()).first()
    return (
        rows.join(chosen.select("dataset", "unit"), on="dataset")
        .group_by("dataset", "run")
        .agg(value=pl.when(values.len() > 0).then(together).otherwise(reported))
    )


def _mean_of_datasets(frame: pl.DataFrame, runs: list[str]) -> pl.DataFrame:
    whole = [pl.when(pl.col(run).null_count() == 0).then(pl.col(run).mean()) for run in runs]
    return frame.select(
        pl.lit(f"mean over {frame.height}, each equal").alias("dataset"),
        pl.lit(None, pl.Int64).alias("categories"),
        *(mean.first().cast(pl.Float64).alias(run) for mean, run in zip(whole, runs, strict=True)),
        pl.lit("mean").alias(ROLE),
    )


def by_run(
    rows: pl.DataFrame, index: str, runs: Sequence[str], value: str = "value"
) -> pl.DataFrame:
    """Long rows -> ``index`` and a column for each of the runs; null where it has no score."""
    names = rows[index].unique(maintain_order=True)
    order = pl.Series(runs, dtype=pl.String)
    matrix = np.full((names.len(), order.len()), np.nan)  # Polars' pivot is slow on many columns
    matrix[_places(rows[index], names), _places(rows["run"], order)] = rows[value].to_numpy()
    wide = pl.DataFrame(matrix, schema=list(runs), orient="row").fill_nan(None)
    return wide.insert_column(0, names)


def _places(values: pl.Series, among: pl.Series) -> np.ndarray:
    """Where each value stands among unique ones."""
    places = pl.DataFrame({"value": among, "place": range(among.len())})
    found = values.to_frame("value").join(places, on="value", how="left", maintain_order="left")
    return found["place"].to_numpy()


def _kept(wide: pl.DataFrame, threshold: Threshold | None) -> pl.DataFrame:
    if threshold is None:
        return wide
    runs = wide.columns[1:] if threshold.run is None else [threshold.run]
    present = [pl.col(run) for run in runs if run in wide.columns]
    if threshold.at_least:
        met = [score >= threshold.value - TOLERANCE for score in present]
    else:
        met = [score <= threshold.value + TOLERANCE for score in present]
    return wide.filter(pl.any_horizontal(met)) if met else wide.clear()


def is_descending(view: View, metric: Metric | None) -> bool:
    """Whether large scores come first: as the best ones, unless lower is better."""
    lower_is_better = metric is not None and metric.higher_is_better is False
    return (view.sort == "-mean") != lower_is_better


def in_order(
    wide: pl.DataFrame, columns: Mapping[str, str], view: View, metric: Metric
) -> pl.DataFrame:
    """Categories in the order of the view: by mean over runs, by one run, or by name.

    ``columns``: the column of each run.
    """
    if view.sort == "name":
        return wide.sort("category")
    by = columns.get(view.sort_run or "")
    key = pl.mean_horizontal(list(columns.values())) if by is None else pl.col(by)
    # equal scores may differ in their last bits: they stay in the order of their names
    order = key.round(9).alias("order")
    descending = [is_descending(view, metric), False]
    keyed = wide.with_columns(order)
    ranked = keyed.sort("order", "category", descending=descending, nulls_last=True)
    return ranked.drop("order")


def _scaled(frame: pl.DataFrame, factor: float) -> pl.DataFrame:
    return frame.with_columns(pl.col(pl.Float64) * factor) if factor != 1 else frame


def _foot(wide: pl.DataFrame, single: pl.DataFrame, metric: Metric) -> pl.DataFrame:
    """Means (of counts: totals) over own and common categories; the reported one if it differs.

    Returns:
        ``category``, a column a run, and the role.
    """
    runs = wide.columns[1:]
    together = "total" if metric.is_count else "mean"
    counts = [wide[run].count() for run in _scored(wide)] or [0]
    low, high = min(counts), max(counts)
    common = _common(wide)
    has_gaps = low != high or common.height < high  # as many need not be the same
    own = (f"own {high}" if low == high else f"own {low}–{high}") if has_gaps else f"{high}"
    rows = [_summary(wide, metric, f"{together} over {own}")]
    if has_gaps:
        label = f"{together} over common {common.height}"
        rows.append(_summary(common, metric, label, is_common=True))
    if not metric.is_count:
        rows.extend(_mean_by_questions(single, runs))
    reported = _reported_whole(single)
    values = dict(reported.select("run", "value").iter_rows())
    ours = rows[0].row(0, named=True)
    if any(_differ(ours[run], values[run]) for run in runs if run in values):
        label = f"reported {'total' if metric.is_count else 'average'}"
        rows.append(_summary_row(label, "reported", values, runs))
    return pl.concat(rows)


def _scored(wide: pl.DataFrame) -> list[str]:
    """The runs that have any score: one that crashed takes no category from the others."""
    return [run for run in wide.columns[1:] if wide[run].count()]


def _common(wide: pl.DataFrame) -> pl.DataFrame:
    """The categories that all scored runs have."""
    return wide.drop_nulls(_scored(wide))


def _summary_row(
    label: str, role: Role, values: Mapping[str, float], runs: Sequence[str]
) -> pl.DataFrame:
    return pl.select(
        pl.lit(label).alias("category"),
        *(pl.lit(values.get(run), pl.Float64).alias(run) for run in runs),
        pl.lit(role).alias(ROLE),
    )


def _reported_whole(single: pl.DataFrame) -> pl.DataFrame:
    """What the harness itself says of the whole dataset, a row a run."""
    return single.filter(is_whole(), pl.col("value").is_not_null(), origin="reported")


def _mean_by_questions(single: pl.DataFrame, runs: list[str]) -> list[pl.DataFrame]:
    """The mean in which every question counts the same, of runs that tell how many there are."""
    own = single.filter(pl.col("category").is_not_null() & pl.col("value").is_not_null())
    weighted = own.group_by("run").agg(
        mean=(pl.col("value") * pl.col("n")).sum() / pl.col("n").sum(),
        known=pl.col("n").is_not_null().all() & (pl.col("n").n_unique() > 1),
    )
    means = dict(weighted.filter("known").select("run", "mean").iter_rows())
    if not means:
        return []
    return [_summary_row("mean over questions", "questions", means, runs)]


def _questions(own: pl.DataFrame) -> pl.DataFrame | None:
    """``category, n`` where every score tells its number of questions, and all runs the same."""
    scored = own.filter(pl.col("value").is_not_null())
    counts = scored.group_by("category").agg(
        pl.col("n").first(), known=pl.col("n").is_not_null().all() & (pl.col("n").n_unique() == 1)
    )
    return counts.drop("known") if counts.height and counts["known"].all() else None


def _with_total(
    foot: pl.DataFrame, wide: pl.DataFrame, single: pl.DataFrame, questions: pl.DataFrame
) -> pl.DataFrame:
    """The foot with ``n``, the questions that each row is over; null where runs differ in them."""
    common = _common(wide).join(questions, on="category")["n"]
    own = common.sum() if common.len() == questions.height else None
    told = _reported_whole(single)["n"].unique().to_list()
    reported = told[0] if len(told) == 1 else None
    over = {"reported": reported, "common": common.sum()}
    counts = [over.get(role, own) for role in foot[ROLE]]
    return foot.with_columns(n=pl.Series(counts, dtype=pl.Int64))


def stderr_name(run: str) -> str:
    """The companion of a run's column that holds its standard errors."""
    return f"{run} stderr"


def _errors(
    own: pl.DataFrame, foot: pl.DataFrame, single: pl.DataFrame, runs: Sequence[str]
) -> pl.DataFrame | None:
    """The standard errors that are reported, by category; None where no run reports any."""
    told = _reported_whole(single).filter(pl.col("stderr").is_not_null())
    is_told = "reported" in foot[ROLE] and not told.is_empty()
    if own["stderr"].null_count() == own.height and not is_told:
        return None
    names = {run: stderr_name(run) for run in runs}
    return by_run(own, "category", runs, "stderr").rename(names)


def _with_errors(foot: pl.DataFrame, single: pl.DataFrame, runs: Sequence[str]) -> pl.DataFrame:
    """The foot with the standard errors of the reported average: our means have none."""
    whole = dict(_reported_whole(single).select("run", "stderr").iter_rows())
    is_reported = pl.col(ROLE) == "reported"
    return foot.with_columns(
        pl.when(is_reported).then(pl.lit(whole.get(run), pl.Float64)).alias(stderr_name(run))
        for run in runs
    )


def _differ(ours: float | None, reported: float) -> bool:
    return ours is None or abs(ours - reported) > TOLERANCE


def _summary(
    wide: pl.DataFrame, metric: Metric, label: str, *, is_common: bool = False
) -> pl.DataFrame:
    scores = pl.exclude("category").cast(pl.Float64)
    total = pl.when(scores.count() > 0).then(scores.sum())  # the sum of nothing would be 0
    together = total if metric.is_count else scores.mean()
    role = "common" if is_common else "total" if metric.is_count else "mean"
    return wide.select(pl.lit(label).alias("category"), together, pl.lit(role).alias(ROLE))


def _run_columns(
    tables: Tables, runs: Sequence[str], metric: Metric, view: View, *, has_errors: bool = False
) -> list[Column]:
    kind: Kind = "count" if metric.is_count else "score"
    return [
        Column(
            tables.labels[run],
            kind,
            metric.scale(view),
            metric.higher_is_better,
            run=run,
            stderr=stderr_name(run) if has_errors else None,
        )
        for run in runs
    ]


class Axis(NamedTuple):
    """The axis of bars: its ends, and whether it is a logarithmic one."""

    low: float
    high: float
    is_log: bool = False

    @property
    def ends(self) -> tuple[float, float]:
        """Low and high end."""
        return self.low, self.high


_LOG_FROM = 100.0
"""How many times the largest number is the smallest one where bars become logarithmic."""


def axis_of(values: Iterable[float | None], scale: int) -> Axis:
    """The axis for some numbers: the whole scale for scores, else from zero to the largest.

    Where there is no scale and all are above zero, but one is more than 100 times another, the
    axis is logarithmic and begins at the power of ten below the smallest.
    """
    numbers = [value for value in values if value is not None and math.isfinite(value)]
    low, high = min(numbers, default=0.0), max(numbers, default=0.0)
    if not scale and low > 0.0 and high / low > _LOG_FROM:
        return Axis(10.0 ** (math.ceil(math.log10(low)) - 1), high, is_log=True)
    return Axis(min(0.0, low), max(float(scale), high))


def _numbers(wide: pl.DataFrame, factor: float) -> list[float]:
    """The smallest and the largest number of each run."""
    values = [value for run in wide.columns[1:] for value in (wide[run].min(), wide[run].max())]
    return [float(value) * factor for value in values if isinstance(value, int | float)]


def _file_name(tables: Tables, runs: list[str], dataset: str) -> str:
    """As eval-analyzer names files, with the harnesses of the runs that are in it."""
    harnesses = tables.runs.filter(pl.col("run").is_in(runs))["harness"].unique().sort()
    return f"{'-'.join(harnesses) or 'scores'}_{dataset}"


def _empty_sentence(tables: Tables, wide: pl.DataFrame, view: View, metric: Metric) -> str:
    if view.threshold is None or wide.is_empty():
        return "No category has this metric."
    sign = "≥" if view.threshold.at_least else "≤"
    of = tables.labels.get(view.threshold.run or "", "any run")
    value = view.threshold.value * metric.factor(view)
    return f"No category has a score {sign} {value:g} ({of})."
