"""Rows of a list in the order of one of its columns."""

from __future__ import annotations

from dataclasses import replace
from typing import NamedTuple

import polars as pl

from tui_eval.analysis.report import Report
from tui_eval.tables import natural


class Order(NamedTuple):
    """By which column a list is sorted.

    Attributes:
        column: Its name in the report's frame.
        descending: Whether the largest values come first.
    """

    column: str
    descending: bool


def in_order_of(report: Report, order: Order | None) -> Report:
    """The report with its rows sorted, texts as by `natural`, what is missing last.

    Rows that are equal stay in the order in which they are. None, or a column that the report does
    not have: as they are. Only for reports without groups and summaries.
    """
    if order is None or order.column not in report.frame.columns:
        return report
    values = report.frame[order.column]
    if values.dtype == pl.String:
        texts = sorted(set(values.drop_nulls()), key=lambda text: natural(text.casefold()))
        places = {text: at for at, text in enumerate(texts)}
        values = pl.Series([places.get(text) for text in values], dtype=pl.Int64)
    rows = report.frame.sort(
        values, descending=order.descending, nulls_last=True, maintain_order=True
    )
    return replace(report, frame=rows)


def next_order(report: Report, before: Order | None, column: str) -> Order | None:
    """What sorting by a column means: numbers the largest first, texts from a; again: reversed.

    None where the report has no such column, or it holds nothing to sort by.
    """
    if column not in report.frame.columns:
        return None
    if before is not None and before.column == column:
        return before._replace(descending=not before.descending)
    return Order(column, report.frame.schema[column].is_numeric() or column in _NEWEST_FIRST)


_NEWEST_FIRST = ("date",)
