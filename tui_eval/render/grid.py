"""A report as cells: the values of a frame put into words, with headings and widths."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple, Protocol

from tui_eval.render.numbers import Tone, delta_tone, number_text
from tui_eval.render.safe import Align, safe_text, widest

if TYPE_CHECKING:
    import polars as pl

    from tui_eval.analysis.report import Column, Level, Report


class Cell(NamedTuple):
    """One cell as it is drawn: safe text, and the tone that a style sheet gives a colour."""

    text: str
    tone: Tone = ""


@dataclass(frozen=True, slots=True)
class GridColumn:
    """A column of a drawn table.

    Attributes:
        key: Name of the column in the report's frame.
        heading: Safe text; drawn over several lines where the column is narrow.
        align: Side on which the cells stand.
        width: Terminal cells that the widest value takes, the heading not counted.
    """

    key: str
    heading: str
    align: Align
    width: int


class Grid(Protocol):
    """What a table widget draws, in rows that are made when they are looked at."""

    @property
    def columns(self) -> Sequence[GridColumn]:
        """The columns, in order."""

    @property
    def row_count(self) -> int:
        """Rows, the foot not counted."""

    @property
    def foot(self) -> Sequence[Sequence[Cell]]:
        """Rows that stay at the bottom, whatever is scrolled: means and totals."""

    def rows(self, start: int, stop: int) -> Sequence[Sequence[Cell]]:
        """Cells of rows ``start`` to ``stop`` (left out), one sequence a row."""


class ReportGrid:
    """A report as a `Grid`: formats the rows that are looked at.

    Args:
        report: What to draw.
        headings: Headings other than the columns' names, by name.
        shorter: What is shown instead of some texts: labels that are clear without their end.
        widths: Terminal cells of columns, by name, where they are known: to measure very many rows
            takes a while.
        shows_stderr: Whether standard errors stand beside the numbers, where there are some.
    """

    def __init__(
        self,
        report: Report,
        headings: Mapping[str, str] | None = None,
        shorter: Mapping[str, str] | None = None,
        widths: Mapping[str, int] | None = None,
        *,
        shows_stderr: bool = True,
    ) -> None:
        self._report = report = report.drawn
        self._shorter = shorter or {}
        headings = headings or {}
        errors = report.stderr if shows_stderr else None
        self._errors = errors
        self._spread = set() if errors is None else set(errors.columns)
        widths = widths or {}
        first = _lines(report.frame.head(0 if widths else _MEASURED), errors)
        self._first = [self._cells(*line) for line in first]
        for row, level in zip(self._first, report.groups, strict=False):
            row[0] = row[0]._replace(text=_MARKS[level] + row[0].text)
        foot = [] if report.foot is None else _lines(report.foot, report.foot_stderr)
        self.foot = [self._cells(*line) for line in foot]
        """The report's means and totals."""
        measured = self._first
        if self.row_count > _MEASURED and not widths:
            measured = [self._cells(row, {}) for row in _widest_rows(report).iter_rows()]
        cells = [*measured, *self.foot]
        self.columns = tuple(
            GridColumn(
                key=column.name,
                heading=safe_text(headings.get(column.name, column.name)),
                align="left" if column.kind == "text" else "right",
                width=widths.get(column.name)
                or widest([*(row[place].text for row in cells), *self._least(column)]),
            )
            for place, column in enumerate(report.columns)
        )

    @property
    def row_count(self) -> int:
        """Rows of the report's frame."""
        return self._report.frame.height

    def rows(self, start: int, stop: int) -> list[list[Cell]]:
        """Cells of rows ``start`` to ``stop`` (left out)."""
        if stop <= len(self._first) or self.row_count == len(self._first):
            return self._first[start:stop]
        count = max(stop - start, 0)
        errors = None if self._errors is None else self._errors.slice(start, count)
        lines = _lines(self._report.frame.slice(start, count), errors)
        return [self._cells(*line) for line in lines]

    def _least(self, column: Column) -> list[str]:
        """Texts for which a column has room, whatever was measured."""
        is_size = column.kind == "bytes" and self.row_count > _MEASURED
        return [_piece(column.name), *([_WIDEST_SIZE] if is_size else [])]

    def _cells(self, row: Sequence[object], errors: Mapping[str, object]) -> list[Cell]:
        return [
            Cell(self._text(value, column, errors), _tone(value, column))
            for value, column in zip(row, self._report.columns, strict=True)
        ]

    def _text(self, value: object, column: Column, errors: Mapping[str, object]) -> str:
        if isinstance(value, str):
            value = self._shorter.get(value, value)
        text = number_text(value, column)
        if column.name not in self._spread:
            return text
        error = errors.get(column.name)
        width = len(number_text(0.0, column)) + 2
        return text + (" " * width if error is None else f" ±{number_text(error, column)}")


_MARKS: dict[Level, str] = {"open": "▾ ", "closed": "▸ ", "inner": "  ", "outer": ""}


def _lines(
    frame: pl.DataFrame, errors: pl.DataFrame | None
) -> Iterator[tuple[Sequence[object], Mapping[str, object]]]:
    """Rows and their standard errors by column."""
    if errors is None:
        return ((row, {}) for row in frame.iter_rows())
    return zip(frame.iter_rows(), errors.iter_rows(named=True), strict=False)


_TELLING = ("state", "status", "flip")

_WORDS: dict[str, Tone] = {
    "refused": "warn",
    **dict.fromkeys(("error", "empty", "truncated", "unparsed", "no reference"), "warn"),
    "fixed": "gain",
    "broken": "loss",
}


def _tone(value: object, column: Column) -> Tone:
    if value is None:
        return "dim"
    if column.kind == "text":
        return _WORDS.get(str(value), "") if column.name.endswith(_TELLING) else ""
    return delta_tone(value, column) if column.kind == "delta" else ""


def _piece(heading: str) -> str:
    """The longest part of a heading that is better not broken."""
    return max(re.split(r"[\s@/_.-]", safe_text(heading)), key=len)[:9]


_MEASURED = 500  # rows up to which every cell is measured

_WIDEST_SIZE = "999.9 kB"  # the largest size need not be the widest text

_ESCAPED = r"[\x{80}-\x{9f}\p{Cf}]"

_WIDE = (
    "[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff01-\uff60"
    "\U0001f000-\U0003ffff]"
)


def _widest_rows(report: Report) -> pl.DataFrame:
    """All rows, or of many those with the widest texts and the largest numbers of each column."""
    import polars as pl

    frame = report.frame
    if frame.height <= _MEASURED:
        return frame
    texts = [_cells_about(frame[name]) for name, kind in frame.schema.items() if kind == pl.String]
    numbers = [pl.col(name) for name, kind in frame.schema.items() if kind.is_numeric()]
    sizes = [*texts, *numbers, *(-number for number in numbers)]
    return pl.concat([frame.top_k(20, by=size) for size in sizes])


def _cells_about(texts: pl.Series) -> pl.Expr:
    """About how many terminal cells texts take when they are safe."""
    import polars as pl

    text = pl.col(texts.name)
    if (texts.str.len_bytes() == texts.str.len_chars()).all():
        return text.str.len_bytes()
    escapes = text.str.count_matches(_ESCAPED) * 5
    return text.str.len_chars() + text.str.count_matches(_WIDE) + escapes
