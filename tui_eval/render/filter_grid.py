"""Filters over runs as cells: what finds nothing stands out, and a last row asks for more."""

from __future__ import annotations

from tui_eval.analysis.rescore_grid import ALL_INVALID, NEW
from tui_eval.render.grid import Cell, ReportGrid


class FilterGrid(ReportGrid):
    """The report of `analysis.rescore_grid` as a `Grid`."""

    def rows(self, start: int, stop: int) -> list[list[Cell]]:
        """Cells of rows ``start`` to ``stop`` (left out)."""
        return [_row(row) for row in super().rows(start, stop)]


def _row(cells: list[Cell]) -> list[Cell]:
    if cells and cells[0].text == NEW:
        return [cells[0]._replace(tone="mark"), *[Cell("")] * (len(cells) - 1)]
    return [cell._replace(tone="warn") if cell.text == ALL_INVALID else cell for cell in cells]
