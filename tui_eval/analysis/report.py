"""What an analysis returns: a titled frame, what to draw of it, and what to know about it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Literal

import polars as pl

Level = Literal["open", "closed", "inner", "outer"]
Kind = Literal["text", "score", "delta", "count", "bytes", "number"]


@dataclass(frozen=True, slots=True)
class Column:
    """How a column of a report is to be read.

    Attributes:
        name: Its name in the frame, and in every export.
        kind: Text, a score, a difference of scores, a whole number, a size in bytes, or a number
            that is shown as it is.
        scale: 1 or 100: the upper end of scores on this scale; 0 where there is none (counts).
        higher_is_better: Direction of a difference; None where none is known.
        aside: Shown and printed, but left out of CSV, whose columns are eval-analyzer's.
        is_data: In what is exported as data, but not drawn: the title or a note says it.
    """

    name: str
    kind: Kind = "text"
    scale: int = 0
    higher_is_better: bool | None = None
    aside: bool = False
    is_data: bool = False


@dataclass(frozen=True)
class Report:
    """An answer that a screen shows, a command prints and an export writes.

    Attributes:
        name: Stem of the names of exported files.
        title: What a person reads above it.
        frame: One row a line; full precision, scores on the scale that was asked for.
        columns: How the frame's columns are to be read, in their order.
        foot: Rows below the frame that are no data: means and totals. Same columns.
        notes: Coverage, what was left out, which method; a sentence each.
        chart: How the score columns are drawn: bars grouped by row, or around zero; None: not.
        empty: What to say instead of an empty table.
        count: Rows before pages were made; None: the frame is not a page.
        start: Rows before the frame's first, where it is a page.
        extent: Ends of the chart's axis.
        stderr: Standard errors of the frame's numbers, where the harness reports some: the columns
            that have any, on the scale of the frame, one row a row.
        foot_stderr: The same of the foot.
        groups: What each row is: an open or closed group of the rows after it, a row inside of
            one, or outside of all. Empty: there are no groups.
    """

    name: str
    title: str
    frame: pl.DataFrame
    columns: tuple[Column, ...]
    foot: pl.DataFrame | None = None
    notes: tuple[str, ...] = ()
    chart: Literal["grouped", "diverging"] | None = None
    empty: str = ""
    count: int | None = None
    start: int = 0
    extent: tuple[float, float] = field(default=(0.0, 1.0))
    stderr: pl.DataFrame | None = None
    foot_stderr: pl.DataFrame | None = None
    groups: tuple[Level, ...] = ()

    @property
    def leaves(self) -> pl.DataFrame:
        """The rows that are no groups: what is exported as data."""
        if not self.groups:
            return self.frame
        is_leaf = [level not in ("open", "closed") for level in self.groups]
        return self.frame.filter(pl.Series(is_leaf, dtype=pl.Boolean))

    @property
    def drawn(self) -> Report:
        """What a person sees of it: without the columns that are data only."""
        columns = tuple(column for column in self.columns if not column.is_data)
        if len(columns) == len(self.columns):
            return self
        names = [column.name for column in columns]
        foot = None if self.foot is None else self.foot.select(names)
        return replace(self, columns=columns, frame=self.frame.select(names), foot=foot)

    def page(self, size: int, number: int) -> Report:
        """Page ``number`` (from 0) of ``size`` rows; its name tells which rows, from 1."""
        start = size * number
        rows = self.frame.slice(start, size)
        name = f"{self.name}_{start + 1}_{start + rows.height}"
        errors = self.stderr.slice(start, size) if self.stderr is not None else None
        return replace(
            self,
            name=name,
            frame=rows,
            count=self.frame.height,
            start=start,
            stderr=errors,
            groups=self.groups[start : start + size],
        )


def page_count(rows: int, size: int) -> int:
    """How many pages rows fill; an empty table has one."""
    return max(1, -(-rows // size))


def listed(names: Sequence[str], most: int = 6) -> str:
    """Names in a sentence, the last ones counted instead of named where there are many."""
    if len(names) <= most:
        return ", ".join(names)
    return f"{', '.join(names[: most - 1])} and {len(names) - most + 1} more"


def plural(number: int, noun: str) -> str:
    """``1 category``, ``2 categories``."""
    many = noun[:-1] + "ies" if noun.endswith("y") else noun + "s"
    return f"{number} {noun if number == 1 else many}"
