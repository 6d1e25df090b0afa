"""Whether runs are complete, as a report: `tables.CHECKS` with the names of the runs."""

from __future__ import annotations

import polars as pl

from tui_eval.analysis.notes import Count, Note
from tui_eval.analysis.report import Column, Report
from tui_eval.tables import Tables

TITLE = Note("Completeness: is everything answered?")

COUNTS = ("missing", "expected", "found", "doubled", "unknown", "empty", "unparsed", "errors")

_COLUMNS = ("dataset", "category", "verdict", *COUNTS, "reason", "harness", "where")

_ASIDE = ("harness", "where")
"""Columns of what is exported that the table has no room for."""

_ORDER = ("incomplete", "unknown", "complete")


def check_report(
    tables: Tables, rows: pl.DataFrame, *, every: bool = True, refused: int = 0
) -> Report:
    """Runs, datasets and categories, incomplete ones first, those of which nobody knows next.

    Args:
        tables: The runs, datasets under the names that a person gave them.
        rows: Schema `CHECKS`.
        every: Those too that are complete; else a run without answers is one line.
        refused: Files that should be results and cannot be read.
    """
    facts = tables.runs.select("run", "label", "harness")
    order = pl.col("verdict").replace_strict(dict(zip(_ORDER, range(3), strict=True)))
    named = (
        rows.join(facts, on="run", how="left", maintain_order="left")
        .sort(order, maintain_order=True)
        .rename({"run": "key"})
        .rename({"label": "run"})
    )
    kept = named if every else _silent_together(named.filter(pl.col("verdict") != "complete"))
    return Report(
        name="completeness",
        title=TITLE,
        frame=kept.select("run", *_COLUMNS, "key"),
        columns=(Column("run", keys="key"), *(_column(name, kept) for name in _COLUMNS)),
        notes=tuple(_told(rows, refused)),
        empty=_nothing(rows, refused),
    )


def _nothing(rows: pl.DataFrame, refused: int) -> str:
    if not rows.height:
        return "No run has scores or answers here."
    return "All that could be read is complete." if refused else "Everything is complete."


def _silent_together(rows: pl.DataFrame) -> pl.DataFrame:
    """Rows with one for all datasets of a run to which no answers are here for one reason."""
    silent = (pl.col("verdict") == "unknown") & pl.col("found").is_null()
    of = ["key", "reason"]
    count = pl.len().over(of)
    return rows.with_columns(
        dataset=pl.when(silent & (count > 1))
        .then(pl.format("{} datasets", count))
        .otherwise("dataset"),
        expected=pl.when(silent & (count > 1)).then(None).otherwise("expected"),
    ).filter(~silent | pl.int_range(pl.len()).over(of).eq(0))


def _column(name: str, rows: pl.DataFrame) -> Column:
    """A column; counts of what nothing has too much of are not drawn."""
    if name not in COUNTS:
        return Column(name, is_data=name in _ASIDE)
    is_told = name in ("expected", "found") or bool((rows[name] > 0).any())
    return Column(name, "count", is_data=not is_told)


def _told(rows: pl.DataFrame, refused: int) -> list[Note]:
    """How many are complete, last; what unknown means, where some are."""
    counts = dict(rows.group_by("verdict").len().iter_rows())
    notes = []
    if refused:
        notes.append(
            Note("{files} cannot be read: tui-eval doctor says why.", files=Count(refused, "file"))
        )
    if counts.get("unknown"):
        notes.append(
            Note(
                "unknown: {count} of which nothing tells whether answers are missing; "
                "that does not count as incomplete.",
                count=Count(counts["unknown"], "line"),
            )
        )
    notes.append(
        Note(
            "{complete} of {all} are complete (a line is a run, dataset and category).",
            complete=counts.get("complete", 0),
            all=rows.height,
        )
    )
    return notes
