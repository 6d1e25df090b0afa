"""Tables as the analysis gets them, from nothing but numbers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import polars as pl

from tui_eval.analysis.report import ROLE, Column, Report
from tui_eval.tables import RUNS, SCORES, Tables

Values = Mapping[str, Mapping[Any, float | None]]


def score_rows(values: Values, *, dataset: str = "d", **columns: Any) -> list[dict[str, Any]]:
    """A row for each run, category (None: what the run reports for the dataset) and value."""
    usual = {
        "dataset": dataset,
        "metric": "acc",
        "unit": "fraction",
        "higher_is_better": True,
        "origin": "reported",
    }
    return [
        {**usual, "run": run, "category": category, "value": value, **columns}
        for run, by_category in values.items()
        for category, value in by_category.items()
    ]


def make_tables(*groups: list[dict[str, Any]]) -> Tables:
    """Tables of the runs that the rows name, in the order in which they appear."""
    rows = [row for group in groups for row in group]
    runs = [
        {
            "run": run,
            "label": run,
            "model": run,
            "harness": "twinkle",
            "path": f"{run}.json",
            "document": 1,
        }
        for run in dict.fromkeys(row["run"] for row in rows)
    ]
    frame = pl.DataFrame(runs, schema=RUNS).with_columns(harness=pl.lit("twinkle"))
    return Tables(frame, pl.DataFrame(rows, schema=SCORES))


def tables_of(values: Values, **columns: Any) -> Tables:
    """Tables of one dataset and one metric."""
    return make_tables(score_rows(values, **columns))


def keyed_by_label(tables: Tables) -> Tables:
    """The tables with labels for keys: what is compared with other programs' names."""
    label = pl.col("run").replace_strict(tables.labels, return_dtype=pl.String)
    parts = (tables.runs, tables.scores, tables.settings)
    return Tables(*(part.with_columns(label) for part in parts))


def make_report(
    frame: pl.DataFrame, *columns: Column, foot: pl.DataFrame | None = None, **more: Any
) -> Report:
    """A report of these rows, and below them means."""
    if foot is not None:
        rows, means = (pl.lit(role).alias(ROLE) for role in ("row", "mean"))
        lines = [frame.with_columns(rows), foot.with_columns(means)]
        frame = pl.concat(lines, how="vertical_relaxed")
    return Report(more.pop("name", "r"), "A title", frame, columns, **more)
