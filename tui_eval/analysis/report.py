"""What an analysis returns: one titled frame, how its columns are to be read, what to know of it.

Everything that is said of a number stands in the frame beside it: a column names its companions
(standard errors, ends of intervals), and ``role`` says what a row is. So one slice pages, sorts,
groups and exports, and no second frame can fall out of step with the first.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Literal

import polars as pl

from tui_eval.analysis.notes import Note

Role = Literal[
    "row",
    "inner",
    "group",
    "closed group",
    "mean",
    "total",
    "common",
    "questions",
    "reported",
]
"""What a row is: data outside of groups or inside of one; a group, its rows below it or hidden; or
a summary of them all: a mean (over categories, over those that all have, over questions) or a total
that is worked out here, or one that a harness reports."""

ROLE = "role"
"""The column that says what each row is."""

GROUPS = ("group", "closed group")
SUMMARIES = ("mean", "total", "common", "questions", "reported")

Kind = Literal["text", "score", "delta", "count", "bytes", "number", "p", "interval"]


@dataclass(frozen=True, slots=True)
class Column:
    """How a column of a report is to be read.

    Attributes:
        name: Its name in the frame, and in every export.
        kind: Text (several in a list: one cell), a score, a difference of scores, a whole number, a
            size in bytes, a number that is shown as it is, a p-value, or the lower end of an
            interval of a difference, shown with its upper end (``high``).
        scale: 1 or 100: the upper end of scores on this scale; 0 where there is none (counts).
        higher_is_better: Direction of a difference; None where none is known.
        aside: Shown and printed, but left out of CSV, whose columns are eval-analyzer's.
        is_data: In what is exported as data, but not drawn: the title or a note says it.
        csv_only: In CSV alone, under eval-analyzer's name: elsewhere other columns say the same.
        run: Key of the run that its numbers are of; None: of none, or of several.
        keys: Its companion with the keys of the runs that its cells name; None: it names none.
        stderr: Its companion with standard errors, on the same scale; None: there are none.
        low: Its companion with the lower ends of intervals, on the same scale; None: none.
        high: Its companion with their upper ends; None where ``low`` is None.
        mark: Its companion with signs that stand after its numbers; None: there are none.
        about: Category, group or dataset that its numbers are of; None: of none, or of several.
        part: What its numbers are of where its rows are runs (`score_intervals.Part`); None: of
            what has no interval, or rows say it by their roles.
        best: Its companion that says which of its numbers are the best; None: none is.
        verdict: Its companion with what the intervals of differences say (`routing.Verdict`), which
            gives them their colour; None: the sign of a difference does.
        is_rated: Its scores say whether an answer is right (the end of the scale) or wrong (0).
    """

    name: str
    kind: Kind = "text"
    scale: int = 0
    higher_is_better: bool | None = None
    aside: bool = False
    is_data: bool = False
    csv_only: bool = False
    run: str | None = None
    keys: str | None = None
    stderr: str | None = None
    low: str | None = None
    high: str | None = None
    mark: str | None = None
    about: str | None = None
    part: str | None = None
    best: str | None = None
    verdict: str | None = None
    is_rated: bool = False


@dataclass(frozen=True)
class Report:
    """An answer that a screen shows, a command prints and an export writes.

    Attributes:
        name: Stem of the names of exported files.
        title: What the user reads above it.
        frame: One row a line, summaries last; full precision, scores on the scale that was asked
            for. ``columns``, their companions, and ``role`` (`Role`); without it all rows are data.
        columns: How the frame's columns are to be read, in their order; no companions.
        notes: Coverage, what was left out, which method; a sentence each.
        chart: How the score columns are drawn: bars grouped by row, or around zero; None: not.
        empty: What to say instead of an empty table.
        count: Rows before pages were made; None: the frame is not a page.
        start: Rows before the frame's first, where it is a page.
        extent: Ends of the chart's axis.
        is_log: Whether that axis is a logarithmic one.
    """

    name: str
    title: str
    frame: pl.DataFrame
    columns: tuple[Column, ...]
    notes: tuple[Note | str, ...] = ()
    chart: Literal["grouped", "diverging"] | None = None
    empty: str = ""
    count: int | None = None
    start: int = 0
    extent: tuple[float, float] = field(default=(0.0, 1.0))
    is_log: bool = False

    @cached_property
    def roles(self) -> list[Role]:
        """What each row of the frame is."""
        if ROLE in self.frame.columns:
            return self.frame[ROLE].to_list()
        return ["row"] * self.frame.height

    @cached_property
    def body(self) -> pl.DataFrame:
        """The rows above the summaries, in the report's columns alone."""
        return self.frame.head(self.height).select(self._names)

    @cached_property
    def height(self) -> int:
        """How many rows there are above the summaries."""
        return self.frame.height - sum(role in SUMMARIES for role in self.roles)

    @cached_property
    def foot(self) -> pl.DataFrame | None:
        """Means and totals, in the report's columns alone; None: there are none."""
        rest = self.frame.tail(self.frame.height - self.height)
        return None if rest.is_empty() else rest.select(self._names)

    @property
    def data(self) -> pl.DataFrame:
        """The rows that are neither groups nor summaries: what is exported as data."""
        if ROLE not in self.frame.columns:
            return self.body
        return self.frame.filter(pl.col(ROLE).is_in(["row", "inner"])).select(self._names)

    @property
    def drawn(self) -> Report:
        """What the user sees of it: without the columns that are data only."""
        return self._with([one for one in self.columns if not (one.is_data or one.csv_only)])

    @property
    def records(self) -> pl.DataFrame:
        """The data under the names of this program, without those that only CSV has."""
        return self._with([one for one in self.columns if not one.csv_only]).data

    def _with(self, columns: list[Column]) -> Report:
        return replace(self, columns=tuple(columns))

    @property
    def _names(self) -> list[str]:
        return [column.name for column in self.columns]

    def key_at(self, row: int) -> str | None:
        """The key of the run that a row is of; None: it is of none."""
        keys = next((column.keys for column in self.columns if column.keys), None)
        if keys is None or not 0 <= row < self.height:
            return None
        key: str | None = self.frame[keys][row]
        return key

    def page(self, size: int, number: int) -> Report:
        """Page ``number`` (from 0) of ``size`` rows; its name tells which rows, from 1."""
        start = size * number
        rows = self.frame.head(self.height).slice(start, size)
        summaries = self.frame.tail(self.frame.height - self.height)
        return replace(
            self,
            name=f"{self.name}_{start + 1}_{start + rows.height}",
            frame=pl.concat([rows, summaries]),
            count=self.height,
            start=start,
        )


def page_count(rows: int, size: int) -> int:
    """How many pages rows fill; an empty table has one."""
    return max(1, -(-rows // size))
