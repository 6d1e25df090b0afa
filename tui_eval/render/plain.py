"""A report as plain text: what commands print."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from rich.cells import cell_len

from tui_eval.render.grid import Cell, GridColumn, ReportGrid
from tui_eval.render.safe import safe_text
from tui_eval.render.words import worded

if TYPE_CHECKING:
    from tui_eval.analysis.report import Report


def plain_table(report: Report) -> str:
    """A report as lines of aligned text, with title, foot and notes: what a command prints."""
    lines = [safe_text(report.title)]
    if not report.height:
        lines += ["", safe_text(report.empty)]
    if report.columns and report.frame.height:
        lines += ["", *_table_lines(ReportGrid(report))]
    lines += [""] * bool(report.notes) + [safe_text(worded(note)) for note in report.notes]
    return "\n".join(line.rstrip() for line in lines) + "\n"


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
