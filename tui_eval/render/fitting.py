"""A report's table in lines of so many terminal cells: what a command prints on a terminal.

Runs have short names, headings and names go over several lines, other texts are cut, runs for which
there is no room stand in a second table below the first, other columns are left out, which is said.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import zip_longest
from typing import TYPE_CHECKING, NamedTuple

from rich.cells import cell_len

from tui_eval.render.grid import ReportGrid
from tui_eval.render.headings import heading_lines, heading_width, share, wrap_heading
from tui_eval.render.names import cut_apart, short_labels
from tui_eval.render.safe import Align, fit, safe_text, widest

if TYPE_CHECKING:
    from tui_eval.analysis.report import Column, Report

SPACE = 2
"""Blank cells between columns."""

_HEADING_LINES = 3  # as long as `WHOLE_HEADING` is enough for them
_MOST_HEADING_LINES = 9
_LEAST_TEXT = 16  # a date
_LEAST_SENTENCE = 12
_LEAST_NAME = 24
_LONGEST_NAME = 54  # what `_MOST_HEADING_LINES` of a narrow column can hold
_MOST_TABLES = 4  # one below the other, each with some of the runs


class FittedTable(NamedTuple):
    """Lines of a table, and the headings of the columns that are not in it."""

    lines: list[str]
    left_out: list[str]


class _Fitted(NamedTuple):
    """A column, and how narrow and how wide it may be.

    ``is_whole``: its texts are not cut, but go over several lines.
    """

    column: Column
    heading: str
    texts: list[str]
    is_whole: bool
    least: int
    most: int

    @property
    def is_said(self) -> bool:
        """Whether it says something of its row, and is no name."""
        return self.is_whole and self.column.kind == "text" and self.column.keys is None

    @property
    def align(self) -> Align:
        return "left" if self.column.kind == "text" else "right"

    def lines_above(self, width: int) -> tuple[str, ...]:
        return heading_lines(self.heading, width, _MOST_HEADING_LINES)

    def lines_of(self, row: int, width: int) -> tuple[str, ...]:
        text = self.texts[row]
        return wrap_heading(text, width) if self.is_whole else (text,)


def fitted_table(report: Report, width: int) -> FittedTable:
    """The rows of a report, and its means below them, in lines no wider than ``width``."""
    names = _short_names(report)
    grid = ReportGrid(report, headings=names, shorter=names)
    rows = [*grid.rows(0, grid.row_count), *grid.foot]
    shown = report.drawn.columns
    ends = (shown[0], shown[-1])  # names, and what is said in sentences
    columns = [
        _fitted(column, of_grid.heading, [row[place].text for row in rows], width, ends)
        for place, (column, of_grid) in enumerate(zip(shown, grid.columns, strict=True))
    ]
    tables, left_out = _placed(columns, width)
    lines: list[str] = []
    for table in tables:
        lines += [""] * bool(lines)
        lines += _lines(table, width, grid.row_count)
    return FittedTable(lines, [column.heading for column in left_out])


def _short_names(report: Report) -> dict[str, str]:
    """Short names of the runs of a report, by label."""
    ends = {end for column in report.columns for end in (column.low, column.high)}
    found = [one.name for one in report.columns if one.run and one.name not in ends]
    for column in report.columns:
        if column.keys:
            found += report.frame[column.name].drop_nulls().to_list()
    labels = list(dict.fromkeys(found))
    short = [safe_text(name) for name in short_labels(labels)]
    names = dict(zip(labels, cut_apart(short, _LONGEST_NAME), strict=True))
    for column in report.columns:
        if column.low is not None and column.high is not None and column.name in names:
            names[column.low] = f"{names[column.name]} low"
            names[column.high] = f"{names[column.name]} high"
    return names


def _fitted(
    column: Column, heading: str, texts: list[str], width: int, ends: Sequence[Column]
) -> _Fitted:
    is_name = column == ends[0] or column.keys is not None
    is_whole = is_name or column == ends[1]
    natural = widest(texts)
    least_text = _LEAST_SENTENCE if is_whole else _LEAST_TEXT
    enough = min(_LEAST_NAME, width // 3) if is_name else least_text
    least = min(natural, enough) if column.kind == "text" else natural
    least = max(least, heading_width(heading, _HEADING_LINES))
    return _Fitted(column, heading, texts, is_whole, least, max(natural, cell_len(heading)))


def _placed(columns: Sequence[_Fitted], width: int) -> tuple[list[list[_Fitted]], list[_Fitted]]:
    """Tables that begin with the first column, and the columns for which there is no room.

    Differences are placed first, then what is said of a row: they are what is looked for.
    """
    first, others = columns[0], columns[1:]
    tables: list[list[_Fitted]] = [[]]
    left_out: list[_Fitted] = []
    for one in sorted(others, key=lambda one: (one.column.kind != "delta", not one.is_said)):
        is_run = one.column.run is not None
        has_room = _room(first, tables[-1], width) >= one.least
        if is_run and not has_room and tables[-1] and len(tables) < _MOST_TABLES:
            tables.append([])
        table = tables[-1] if is_run else tables[0]
        (table if _room(first, table, width) >= one.least else left_out).append(one)
    in_order = [[first, *(one for one in others if one in table)] for table in tables]
    return in_order, [one for one in others if one in left_out]


def _room(first: _Fitted, others: Sequence[_Fitted], width: int) -> int:
    return width - first.least - sum(SPACE + one.least for one in others) - SPACE


def _lines(table: Sequence[_Fitted], width: int, rows: int) -> Iterator[str]:
    """A table as lines: headings, a line below them, rows, and after a line means."""
    room = width - SPACE * (len(table) - 1)
    widths = share([one.least for one in table], [one.most for one in table], room)
    heads = [one.lines_above(size) for one, size in zip(table, widths, strict=True)]
    height = max(map(len, heads))
    yield from _row([("",) * (height - len(lines)) + lines for lines in heads], table, widths)
    rule = (" " * SPACE).join("─" * size for size in widths)
    yield rule
    for row in range(len(table[0].texts)):
        if row == rows:
            yield rule
        cells = [one.lines_of(row, size) for one, size in zip(table, widths, strict=True)]
        yield from _row(cells, table, widths)


def _row(
    cells: Sequence[tuple[str, ...]], table: Sequence[_Fitted], widths: Sequence[int]
) -> Iterator[str]:
    """As many lines as the highest cell has."""
    for lines in zip_longest(*cells, fillvalue=""):
        drawn = zip(lines, widths, table, strict=True)
        yield (" " * SPACE).join(fit(text.rstrip(), size, one.align) for text, size, one in drawn)
