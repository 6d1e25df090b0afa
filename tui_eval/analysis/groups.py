"""Categories under the groups that their harness puts them in, to be opened and closed."""

from __future__ import annotations

from dataclasses import replace

import polars as pl

from tui_eval.analysis.report import Level, Report
from tui_eval.analysis.scores import by_run, in_order, score_report
from tui_eval.analysis.selection import Metric, Selection
from tui_eval.analysis.view import View


def grouped_report(selection: Selection) -> Report:
    """The score report with a row for every group, its categories below it unless it is closed.

    A group's numbers are the ones that the harness reports for it, else the means over its
    categories, each equal; a note says where that is so. Groups stand among the categories that
    are in none, in the order of the view, and so do the categories in a group. The means in the
    foot are over categories: no group counts.
    """
    tables, view, metric = selection.tables, selection.view, selection.metric
    report = score_report(selection)
    grouped = pl.col("group").is_not_null() & (pl.col("dataset") == (view.dataset or ""))
    if report.frame.is_empty() or tables.scores.filter(grouped).is_empty():
        return report
    if metric is None:
        return report
    single = selection.rows.filter(pl.col("repeat").is_null() & pl.col("group").is_not_null())
    parts = single.filter(pl.col("category").is_not_null())
    group_of = dict(parts.select("category", "group").unique().iter_rows())
    if not group_of:
        return report
    kept = [group_of.get(category) for category in report.frame["category"]]
    present = [group for group in dict.fromkeys(kept) if group is not None]
    heads = _heads(single, report, present, metric, view)
    errors = _errors_of_heads(single, report, heads, metric, view)
    order, levels = _order(report, heads, kept, view, metric)
    frame = pl.concat([report.frame, heads])[order]
    stderr = None if report.stderr is None else pl.concat([report.stderr, errors])[order]
    means = [group for group in present if group not in set(_reported(single)["group"])]
    note = f"No numbers are reported for {', '.join(means)}: the means over categories are shown."
    notes = (*report.notes, *([note] if means else []))
    return replace(report, frame=frame, stderr=stderr, groups=levels, notes=notes)


def _reported(single: pl.DataFrame) -> pl.DataFrame:
    return single.filter(pl.col("category").is_null() & pl.col("value").is_not_null())


def _heads(
    single: pl.DataFrame, report: Report, present: list[str], metric: Metric, view: View
) -> pl.DataFrame:
    """A row a group, in the columns of the report."""
    whole = pl.col("category").is_null()
    values = (
        single.group_by("group", "run", maintain_order=True)
        .agg(
            reported=pl.col("value").filter(whole).first(),
            mean=pl.col("value").filter(~whole).mean(),
            n=pl.col("n").filter(~whole).sum(),
        )
        .with_columns(value=pl.coalesce("reported", "mean") * metric.factor(view))
    )
    wide = by_run(values, "group").rename({"group": "category"})
    counts = values.group_by(category="group").agg(pl.col("n").max().cast(pl.Int64))
    wanted = pl.DataFrame({"category": present}, schema={"category": pl.String})
    rows = wanted.join(wide, on="category", how="left", maintain_order="left")
    rows = rows.join(counts, on="category", how="left", maintain_order="left")
    missing = [
        pl.lit(None, kind).alias(name)
        for name, kind in report.frame.schema.items()
        if name not in rows.columns
    ]
    return rows.with_columns(missing).select(report.frame.columns)


def _errors_of_heads(
    single: pl.DataFrame, report: Report, heads: pl.DataFrame, metric: Metric, view: View
) -> pl.DataFrame:
    """Standard errors that are reported for groups, in the columns of the report's."""
    if report.stderr is None:
        return pl.DataFrame()
    told = {
        (group, run): error * metric.factor(view)
        for group, run, error in _reported(single).select("group", "run", "stderr").iter_rows()
        if error is not None
    }
    rows = [
        [told.get((group, run)) for run in report.stderr.columns] for group in heads["category"]
    ]
    return pl.DataFrame(rows, schema=report.stderr.schema, orient="row")


def _order(
    report: Report, heads: pl.DataFrame, kept: list[str | None], view: View, metric: Metric
) -> tuple[list[int], tuple[Level, ...]]:
    """Places of rows and heads (counted after the rows), top to bottom, and what each is."""
    runs = [column.name for column in report.columns if column.name not in ("category", "n")]
    height = report.frame.height
    places = [place for place, group in enumerate(kept) if group is None]
    places += range(height, height + heads.height)
    rows = pl.concat([report.frame, heads])[places].with_columns(place=pl.Series(places))
    top = in_order(rows, runs, view, metric)["place"]
    order: list[int] = []
    levels: list[Level] = []
    for place in top:
        if place < height:
            order.append(place)
            levels.append("outer")
            continue
        group = heads["category"][place - height]
        is_open = group not in view.closed
        inner = [row for row, of in enumerate(kept) if of == group] if is_open else []
        order += [place, *inner]
        levels += ["open" if is_open else "closed"]
        levels += ["inner" for _ in inner]
    return order, tuple(levels)
