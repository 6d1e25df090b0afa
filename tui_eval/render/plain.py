"""A report as plain text: what commands print."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from rich.cells import cell_len

from tui_eval.analysis.notes import Count, Note, listed
from tui_eval.render.answers.wrapping import wrap
from tui_eval.render.fitting import fitted_table
from tui_eval.render.grid import Cell, GridColumn, ReportGrid
from tui_eval.render.safe import safe_text, widest
from tui_eval.render.words import worded

if TYPE_CHECKING:
    from tui_eval.analysis.report import Report


def plain_table(report: Report, width: int | None = None) -> str:
    """A report as lines of aligned text, with title, foot and notes: what a command prints.

    Args:
        report: What is printed.
        width: Terminal cells of a line, for a person; None: whole, for a program or a file.
    """
    words = [safe_text(report.title)]
    table: list[str] = []
    notes = [worded(note) for note in report.notes]
    if not report.height:
        table += ["", safe_text(report.empty)]
    if report.columns and report.frame.height:
        lines = _table_lines(ReportGrid(report))
        if width is not None and widest(lines) > width:
            lines, left_out = fitted_table(report, width)
            notes += [worded(_left_out(left_out))] if left_out else []
        table += ["", *lines]
    notes = [safe_text(note) for note in notes]
    if width is not None:
        words, notes = _wrapped(words, width), _wrapped(notes, width)
    lines = [*words, *table, *([""] if notes else []), *notes]
    return "\n".join(line.rstrip() for line in lines) + "\n"


def _left_out(headings: Sequence[str]) -> Note:
    columns = Count(len(headings), "column")
    message = "{columns} left out: {names}. --format json has all."
    return Note(message, columns=columns, names=listed(headings))


def _wrapped(texts: Sequence[str], width: int) -> list[str]:
    lines = (line for text in texts for line in wrap(text, width))
    return ["".join(piece.text for piece in line) for line in lines]


def _table_lines(grid: ReportGrid) -> list[str]:
    widths = [max(column.width, cell_len(column.heading)) for column in grid.columns]
    heading = [Cell(column.heading) for column in grid.columns]
    rule = [Cell("─" * width) for width in widths]
    foot = [rule, *grid.foot] if grid.foot else []
    rows = [heading, rule, *grid.rows(0, grid.row_count), *foot]
    return ["  ".join(_aligned(row, grid.columns, widths)) for row in rows]


def _aligned(
    row: Sequence[Cell], columns: Sequence[GridColumn], widths: Sequence[int]
) -> list[str]:
    padded = []
    for cell, column, width in zip(row, columns, widths, strict=True):
        space = " " * (width - cell_len(cell.text))
        padded.append(cell.text + space if column.align == "left" else space + cell.text)
    return padded
