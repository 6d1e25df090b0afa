"""Categories under the groups that their harness puts them in, to be opened and closed."""

from __future__ import annotations

from dataclasses import replace

import polars as pl

from tui_eval.analysis.notes import Names, Note
from tui_eval.analysis.report import ROLE, Report, Role
from tui_eval.analysis.scores import (
    by_run,
    in_order,
    score_report,
    stderr_name,
    with_best_of_rows,
)
from tui_eval.analysis.selection import Metric, Selection
from tui_eval.analysis.view import View


def grouped_report(selection: Selection) -> Report:
    """The score report with a row for every group, its categories below it unless it is closed.

    A group's numbers are the ones that the harness reports for it, else the means over its
    categories, each equal; a note says where that is so. Groups stand among the categories that
    are in none, in the order of the view, and so do the categories in a group. The means in the
    foot are over categories: no group counts.
    """
    view, metric = selection.view, selection.metric
    report = score_report(selection)
    if view.dataset is None or metric is None:
        return report
    single = selection.rows.filter(pl.col("repeat").is_null() & pl.col("group").is_not_null())
    parts = single.filter(pl.col("category").is_not_null())
    group_of = dict(parts.select("category", "group").unique().iter_rows())
    kept = [group_of.get(category) for category in report.body["category"]]
    present = [group for group in dict.fromkeys(kept) if group is not None]
    if not present:
        return report
    heads = _heads(single, report, present, metric, view)
    summaries = report.frame.tail(report.frame.height - report.height)
    frame = pl.concat([_ordered(report, heads, kept, view, metric), summaries])
    runs = [column for column in report.columns if column.run is not None]
    frame, _ = with_best_of_rows(frame, runs)
    means = [group for group in present if group not in set(_reported(single)["group"])]
    message = "No numbers are reported for {groups}: the means over categories are shown."
    note = Note(message, groups=Names(tuple(means), len(means)))
    return replace(report, frame=frame, notes=(*report.notes, *([note] if means else [])))


def _reported(single: pl.DataFrame) -> pl.DataFrame:
    return single.filter(pl.col("category").is_null() & pl.col("value").is_not_null())


def _heads(
    single: pl.DataFrame, report: Report, present: list[str], metric: Metric, view: View
) -> pl.DataFrame:
    """A row a group, in the columns of the report's frame."""
    whole = pl.col("category").is_null()
    is_reported = whole & pl.col("value").is_not_null()
    values = (
        single.group_by("group", "run", maintain_order=True)
        .agg(
            reported=pl.col("value").filter(whole).first(),
            mean=pl.col("value").filter(~whole).mean(),
            stderr=pl.col("stderr").filter(is_reported).last() * metric.factor(view),
            n=pl.col("n").filter(~whole).sum(),
        )
        .with_columns(value=pl.coalesce("reported", "mean") * metric.factor(view))
    )
    labels = {column.run: column.name for column in report.columns if column.run is not None}
    runs = [run for run in labels if run in set(values["run"])]
    numbers = by_run(values, "group", runs).rename({run: labels[run] for run in runs})
    errors = by_run(values, "group", runs, "stderr").rename({run: stderr_name(run) for run in runs})
    counts = values.group_by("group").agg(pl.col("n").max().cast(pl.Int64))
    rows = pl.DataFrame({"group": present}, schema={"group": pl.String})
    for one in (numbers, errors, counts):
        rows = rows.join(one, on="group", how="left", maintain_order="left")
    role = pl.when(pl.col("group").is_in(list(view.closed))).then(pl.lit("closed group"))
    rows = rows.with_columns(role.otherwise(pl.lit("group")).alias(ROLE), category="group")
    absent = [
        pl.lit(None, kind).alias(name)
        for name, kind in report.frame.schema.items()
        if name not in rows.columns
    ]
    return rows.with_columns(absent).select(report.frame.columns)


def _ordered(
    report: Report, heads: pl.DataFrame, kept: list[str | None], view: View, metric: Metric
) -> pl.DataFrame:
    """Rows and groups from top to bottom; below an open group the rows that are in it.

    Args:
        report: The categories, in the order of the view.
        heads: The groups.
        kept: The group of each category; None: it is in none.
        view: The order.
        metric: What is shown.
    """
    roles: list[Role] = ["row" if group is None else "inner" for group in kept]
    rows = report.frame.head(report.height).with_columns(pl.Series(ROLE, roles, pl.String))
    lines = pl.concat([rows, heads]).with_row_index("line")
    columns = {column.run: column.name for column in report.columns if column.run is not None}
    outer = in_order(lines.filter(pl.col(ROLE) != "inner"), columns, view, metric)
    order = []
    for line, role, name in outer.select("line", ROLE, "category").iter_rows():
        order.append(line)
        if role == "group":
            order += [inner for inner, group in enumerate(kept) if group == name]
    return lines[order].drop("line")
