"""The table of scores itself, one row a number, as the harnesses reported them."""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl

from tui_eval.analysis.comparability import stderr_notes
from tui_eval.analysis.notes import Count
from tui_eval.analysis.report import Column, Kind, Report
from tui_eval.analysis.selection import Metric
from tui_eval.tables import SCORES, Tables

_FIRST = (
    *("run", "dataset", "category", "metric", "filter", "value", "stderr", "n", "repeats"),
    *("higher_is_better", "unit", "origin"),
)
_COLUMNS = (*_FIRST, *(name for name in SCORES.names() if name not in _FIRST))


def numbers_report(tables: Tables, dataset: str | None, metrics: Sequence[Metric] | None) -> Report:
    """Every number that was reported or recomputed, of a dataset and of some metrics or of all.

    Returns:
        The columns of `tables.SCORES`, the label of the ``run``, values on the harness's own scale.
    """
    rows = tables.scores.select(_COLUMNS, key="run")
    if dataset is not None:
        rows = rows.filter(pl.col("dataset") == dataset)
    if metrics is not None:
        schema = {"metric": pl.String, "filter": pl.String}
        wanted = pl.DataFrame([metric[:2] for metric in metrics], schema=schema, orient="row")
        rows = rows.join(
            wanted, on=["metric", "filter"], how="semi", nulls_equal=True, maintain_order="left"
        )
    told = rows.filter(pl.col("stderr").is_not_null()).select("run", "dataset").unique()
    notes = (
        note
        for name in ([None] if metrics is None else [metric.name for metric in metrics])
        for note in stderr_notes(tables, told["run"], told["dataset"], name)
    )
    kinds: dict[str, Kind] = {
        name: "number" if kind.is_numeric() else "text" for name, kind in rows.schema.items()
    }
    return Report(
        name="scores_long",
        title=f"{Count(rows.height, 'number')} of {Count(tables.runs.height, 'run')}",
        frame=rows.with_columns(pl.col("run").replace_strict(tables.labels)),
        columns=tuple(
            Column(name, kinds[name], keys="key" if name == "run" else None) for name in _COLUMNS
        ),
        notes=tuple(dict.fromkeys(notes)),
        empty="There is no such number.",
    )
