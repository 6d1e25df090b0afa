"""A report as cells: the values of a frame put into words, with headings and widths."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping, Sequence
from copy import copy
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, NamedTuple, Protocol

from tui_eval.records import TIMED_OUT, UNFINISHED
from tui_eval.render.bar_cells import CellPart, bar_pieces, on_log_axis
from tui_eval.render.numbers import Tone, delta_tone, interval_text, number_text
from tui_eval.render.safe import MISSING, Align, safe_text, widest

if TYPE_CHECKING:
    import polars as pl

    from tui_eval.analysis.report import Column, Report, Role
    from tui_eval.analysis.view import Uncertainty
    from tui_eval.render.names import RunNames


LEAST_BAR = 10
"""Terminal cells below which bars say nothing."""


class Cell(NamedTuple):
    """One cell as it is drawn.

    Attributes:
        text: Safe text: what is copied, and drawn as far as it fits.
        tone: What a style sheet gives a colour.
        drawn: Where it looks different at each width: gives what is drawn in so many terminal
            cells, and no more.
    """

    text: str
    tone: Tone = ""
    drawn: Callable[[int], Sequence[CellPart]] | None = None


@dataclass(frozen=True, slots=True)
class GridColumn:
    """A column of a drawn table.

    Attributes:
        key: Name of the column in the report's frame.
        heading: Safe text; drawn over several lines where the column is narrow.
        align: Side on which the cells stand.
        width: Terminal cells that the widest value takes, the heading not counted.
        fills: It takes the room that is left.
        least: Terminal cells to which it may shrink, beside a column that fills, so that all are
            seen; 0: as far as others.
        beyond: It comes after all others, which are seen whole before it has any room.
        pinned: It stays at the right edge, whatever is scrolled, where there is room for it; the
            cursor does not go there. Only of the last column.
    """

    key: str
    heading: str
    align: Align
    width: int
    fills: bool = False
    pinned: bool = False
    beyond: bool = False
    least: int = 0


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
        names: Names of runs: how columns with keys of runs are drawn, as far as it has them.
        bars: Name of the column that is drawn as bars too, at the right edge; None: none is.
        least_bar: Terminal cells below which the bars give their room to the other columns.
        fills: Name of the column of texts that takes the room that is left; None: none does.
        beside: What stands beside the numbers, where it is known.
        beyond: Names of columns that come last where there is little room (`GridColumn.beyond`).
    """

    def __init__(
        self,
        report: Report,
        headings: Mapping[str, str] | None = None,
        shorter: Mapping[str, str] | None = None,
        widths: Mapping[str, int] | None = None,
        *,
        names: RunNames | None = None,
        bars: str | None = None,
        least_bar: int = LEAST_BAR,
        fills: str | None = None,
        beside: Uncertainty = "stderr",
        beyond: Collection[str] = (),
    ) -> None:
        self._report = report = report.drawn
        self._shorter = shorter or {}
        self._names = names
        self.bars = bars
        """Name of the column that is drawn as bars."""
        self._beside = beside
        self._widths = {
            column.name: _widths_beside(report.frame, column, beside) for column in report.columns
        }
        headings, widths = headings or {}, widths or {}
        measured = 0 if widths or report.height > _MEASURED else report.height
        self._first = self._cells(report.frame.head(measured))
        self.foot = self._cells(report.frame.tail(report.frame.height - report.height))
        """The report's means and totals."""
        cells = [*self._first, *self.foot]
        if self.row_count > _MEASURED and not widths:
            cells = [*self._cells(_widest_rows(report)), *self.foot]
        self.columns = tuple(
            GridColumn(
                key=column.name,
                heading=safe_text(headings.get(column.name, column.name)),
                align="left" if column.kind == "text" else "right",
                width=widths.get(column.name)
                or widest([*(row[place].text for row in cells), *self._least(column)]),
                fills=column.name == fills,
                beyond=column.name in beyond,
            )
            for place, column in enumerate(report.columns)
        )
        if bars is not None:
            self.columns += (GridColumn("", "", "left", least_bar, fills=True, pinned=True),)

    @property
    def row_count(self) -> int:
        """Rows of the report, summaries not counted."""
        return self._report.height

    def rows(self, start: int, stop: int) -> list[list[Cell]]:
        """Cells of rows ``start`` to ``stop`` (left out)."""
        if stop <= len(self._first) or self.row_count == len(self._first):
            return self._first[start:stop]
        count = max(min(stop, self.row_count) - start, 0)
        return self._cells(self._report.frame.slice(start, count))

    def with_bars(self, name: str) -> ReportGrid:
        """The same cells with the bars of another column; of a grid that has bars."""
        other = copy(self)
        other.bars = name
        measured = self._report.frame.head(len(self._first))
        summaries = self._report.frame.tail(len(self.foot))
        other._first, other.foot = (
            [[*row[:-1], bar] for row, bar in zip(rows, self._bar_cells(lines, name), strict=True)]
            for rows, lines in ((self._first, measured), (self.foot, summaries))
        )
        return other

    def _least(self, column: Column) -> list[str]:
        """Texts for which a column has room, whatever was measured."""
        is_size = column.kind == "bytes" and self.row_count > _MEASURED
        return [_piece(column.name), *([_WIDEST_SIZE] if is_size else [])]

    def _cells(self, lines: pl.DataFrame) -> list[list[Cell]]:
        """The cells of some rows of the report's frame."""
        columns = [self._column(lines, column) for column in self._report.columns]
        if self.bars is not None:
            columns.append(self._bar_cells(lines, self.bars))
        rows = [list(row) for row in zip(*columns, strict=True)]
        if "role" in lines.columns:
            for row, role in zip(rows, lines["role"], strict=True):
                row[0] = row[0]._replace(text=_MARKS.get(role, "") + row[0].text)
        return rows

    def _bar_cells(self, lines: pl.DataFrame, name: str) -> list[Cell]:
        column = next(column for column in self._report.columns if column.name == name)
        values, extent = lines[name].to_list(), self._report.extent
        tones = _tones(lines, column)
        if self._report.is_log:
            values, extent = on_log_axis(values, extent)
        return [
            Cell("", tone, _Bar(_length(value, column), extent))
            for value, tone in zip(values, tones, strict=True)
        ]

    def _name_cells(self, lines: pl.DataFrame, column: Column, names: RunNames) -> list[Cell]:
        """Names that are cut so that they still tell the runs apart."""
        cells = []
        for key, value in lines.select(column.keys or "", column.name).iter_rows():
            if key in names.full:
                cells.append(Cell(names.full[key], "", _Name(names, key)))
            else:
                cells.append(Cell(self._text(value, column), _tone(value, column)))
        return cells

    def _column(self, lines: pl.DataFrame, column: Column) -> list[Cell]:
        if self._names is not None and column.keys is not None:
            return self._name_cells(lines, column, self._names)
        values = lines[column.name].to_list()
        tones = _tones(lines, column)
        if column.kind == "interval" and column.high is not None:
            highs = lines[column.high].to_list()
            return [
                Cell(self._interval(low, high, column), tone)
                for low, high, tone in zip(values, highs, tones, strict=True)
            ]
        if column.best is not None:
            best = lines[column.best]
            tones = [
                "strong" if is_best else tone for is_best, tone in zip(best, tones, strict=True)
            ]
        texts = [self._text(value, column) for value in values]
        room, of_marks = self._widths[column.name]
        if room or of_marks:
            told = _told_beside(lines, column, self._beside) if room else [""] * len(texts)
            signs = [""] * len(texts) if column.mark is None else lines[column.mark].fill_null("")
            beside = [
                (more + sign).ljust(room + of_marks) for more, sign in zip(told, signs, strict=True)
            ]
            texts = [text + more for text, more in zip(texts, beside, strict=True)]
        return [Cell(text, tone) for text, tone in zip(texts, tones, strict=True)]

    @staticmethod
    def _interval(low: float | None, high: float | None, column: Column) -> str:
        """An interval of a difference; a dash where there is none."""
        if low is None or high is None:
            return MISSING
        return interval_text(low, high, replace(column, kind="delta"))

    def _text(self, value: object, column: Column) -> str:
        if isinstance(value, str):
            value = self._shorter.get(value, value)
        return number_text(value, column)


def _widths_beside(frame: pl.DataFrame, column: Column, beside: Uncertainty) -> tuple[int, int]:
    """Terminal cells of what stands beside the numbers of a column, and of the signs after it."""
    of_marks = 0
    if column.mark is not None:
        longest = frame[column.mark].str.len_chars().max()
        of_marks = max(1, longest if isinstance(longest, int) else 1)
    if beside == "stderr" and column.stderr is not None:
        return len(number_text(0.0, column)) + 2, of_marks
    if beside != "interval" or column.low is None or column.high is None:
        return 0, of_marks
    ends = [frame[end].drop_nulls() for end in (column.low, column.high)]
    if any(some.is_empty() for some in ends):
        return 0, of_marks
    widths = [
        max(len(number_text(some.min(), column)), len(number_text(some.max(), column)))
        for some in ends
    ]
    return len(" [–]") + sum(widths), of_marks


def _told_beside(lines: pl.DataFrame, column: Column, beside: Uncertainty) -> list[str]:
    """The standard errors of some rows, or their intervals; empty where there is none."""
    if beside == "stderr":
        errors = lines[column.stderr or ""]
        return ["" if error is None else f" ±{number_text(error, column)}" for error in errors]
    ends = lines.select(column.low or "", column.high or "").iter_rows()
    return [
        "" if low is None or high is None else f" {interval_text(low, high, column)}"
        for low, high in ends
    ]


@dataclass(frozen=True, slots=True)
class _Bar:
    """A number as a bar: what cells of equal numbers have in common."""

    value: float | None
    extent: tuple[float, float]

    def __call__(self, width: int) -> Sequence[CellPart]:
        """The bar in so many terminal cells."""
        return bar_pieces(self.value, self.extent, width)


@dataclass(frozen=True, slots=True)
class _Name:
    """A run as it is called beside others."""

    names: RunNames
    key: str

    def __call__(self, width: int) -> Sequence[CellPart]:
        """The name in so many terminal cells."""
        return (CellPart(self.names.at(width)[self.key]),)


_MARKS: dict[Role, str] = {"group": "▾ ", "closed group": "▸ ", "inner": "  "}


_TELLING = ("state", "status", "flip", "verdict")

_WORDS: dict[str, Tone] = {
    "refused": "warn",
    **dict.fromkeys(("incomplete", "! incomplete", "! partial", "! no report"), "warn"),
    **dict.fromkeys(
        ("error", "empty", "truncated", UNFINISHED, TIMED_OUT, "unparsed", "no reference"), "warn"
    ),
    "fixed": "gain",
    "broken": "loss",
    "better": "gain",
    "worse": "loss",
}


def _tone(value: object, column: Column) -> Tone:
    if value is None:
        return "dim"
    if column.kind == "text":
        return _WORDS.get(str(value), "") if column.name.endswith(_TELLING) else ""
    return delta_tone(value, column) if column.kind == "delta" else ""


def _tones(lines: pl.DataFrame, column: Column) -> list[Tone]:
    """The tones of a column: of differences by what their intervals say, where that is known.

    What may be chance stays in the background.
    """
    if column.verdict is None:
        return [_tone(value, column) for value in lines[column.name].to_list()]
    return [_OF_VERDICT.get(verdict, "dim") for verdict in lines[column.verdict]]


_OF_VERDICT: dict[str | None, Tone] = {"better": "gain", "worse": "loss"}


def _length(value: float | None, column: Column) -> float | None:
    """What a bar shows of a number: nothing of a difference that is a tie."""
    is_tie = column.kind == "delta" and value is not None and not delta_tone(value, column)
    return 0.0 if is_tie else value


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

    frame = report.frame.head(report.height)
    if frame.height <= _MEASURED:
        return frame
    drawn = {column.name: frame.schema[column.name] for column in report.columns}
    texts = [_cells_about(frame[name]) for name, kind in drawn.items() if kind == pl.String]
    numbers = [pl.col(name) for name, kind in drawn.items() if kind.is_numeric()]
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
