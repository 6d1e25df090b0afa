"""The list of questions as cells: right and wrong as marks, texts as far as they were read."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Protocol

from rich.cells import cell_len

from tui_eval.analysis.view import TOLERANCE
from tui_eval.analysis.where import letters
from tui_eval.render.bar_cells import CellPart
from tui_eval.render.grid import Cell, ReportGrid
from tui_eval.render.numbers import Tone, number_text
from tui_eval.render.safe import cut, safe_text

if TYPE_CHECKING:
    import polars as pl

    from tui_eval.analysis.report import Column, Report

QUESTION, TARGET = "question", "target"
"""Names of the columns of which the cells are texts of questions."""

ASIDE = (".verdict", ".status", ".length", ".tokens")
"""Ends of the names of columns that are looked at less often: they come after all others."""

RIGHT, PARTLY, WRONG = "✓", "◐", "✗"

_TONES: dict[str, Tone] = {RIGHT: "gain", PARTLY: "warn", WRONG: "loss"}

_WISHED = 40  # terminal cells of a question, where room is short
_OF_TARGET = 8
_LEAST_MARK = 3
_OF_MARK = 8  # a mark and a short answer


class Opening(Protocol):
    """What is known of the texts of a question; untrusted."""

    @property
    def question(self) -> str:
        """Its first words."""

    @property
    def target(self) -> str:
        """The reference."""

    @property
    def extracted(self) -> Mapping[str, str]:
        """What was taken as the answer of a run, by key."""


class QuestionGrid(ReportGrid):
    """Questions as a `Grid`; rows that are asked for again show what was read since.

    Args:
        report: Of `analysis.samples.samples_report`, with empty columns `QUESTION` and `TARGET`.
        headings: Headings other than the columns' names, by name.
        widths: As `ReportGrid` takes them; of the columns of texts they are known.
        keys: Category and sample of each row.
        known: What was read, by category and sample.
        runs: Keys of the runs in the order of their letters.
        shorter: As `ReportGrid` takes it.
    """

    def __init__(
        self,
        report: Report,
        headings: Mapping[str, str],
        widths: Mapping[str, int] | None,
        *,
        keys: pl.DataFrame,
        known: Mapping[tuple[str | None, str], Opening],
        runs: Sequence[str],
        shorter: Mapping[str, str] | None = None,
    ) -> None:
        self._keys = keys
        self._known = known
        self._runs = dict(zip((f"{name}.score" for name in letters(len(runs))), runs, strict=True))
        of_texts = {QUESTION: _WISHED, TARGET: _OF_TARGET}
        super().__init__(
            report,
            headings,
            shorter,
            None if widths is None else {**widths, **of_texts},
            fills=QUESTION,
        )
        self.columns = tuple(
            replace(
                column,
                align="left" if as_written.is_rated else column.align,
                least=_LEAST_MARK if as_written.is_rated else 0,
                beyond=column.key.endswith(ASIDE),
                width=of_texts.get(column.key) or self._width(report, as_written) or column.width,
            )
            for column, as_written in zip(self.columns, report.columns, strict=True)
        )

    def rows(self, start: int, stop: int) -> list[list[Cell]]:
        """Cells of rows ``start`` to ``stop`` (left out), with the texts that are known by now."""
        cells = super().rows(start, stop)
        keys = self._keys.slice(start, len(cells)).iter_rows()
        return [
            self._with_texts(row, self._known[key]) if key in self._known else row
            for row, key in zip(cells, keys, strict=True)
        ]

    def _with_texts(self, row: Sequence[Cell], opening: Opening) -> list[Cell]:
        texts = {QUESTION: opening.question, TARGET: opening.target}
        cells = []
        for cell, column in zip(row, self.columns, strict=True):
            extracted = opening.extracted.get(self._runs.get(column.key, ""), "")
            if column.key in texts:
                cell = Cell(safe_text(texts[column.key]))
            elif extracted and isinstance(cell.drawn, _Mark):
                cell = cell._replace(drawn=replace(cell.drawn, extracted=safe_text(extracted)))
            cells.append(cell)
        return cells

    def _column(self, lines: pl.DataFrame, column: Column) -> list[Cell]:
        if column.name in (QUESTION, TARGET):
            return [Cell("")] * lines.height
        cells = super()._column(lines, column)
        if column.name.endswith(".status"):
            return [Cell("") if cell.text == "ok" else cell for cell in cells]
        if not column.is_rated:
            return cells
        return [_marked(value, column) for value in lines[column.name].to_list()]

    def _width(self, report: Report, column: Column) -> int:
        """Terminal cells of a column of marks; 0: it is none."""
        if not column.is_rated:
            return 0
        values = report.frame[column.name]
        end = max(column.scale, 1)
        partly = values.filter((values > TOLERANCE) & (values < end * (1 - TOLERANCE)))
        if partly.is_empty():
            return _OF_MARK
        return cell_len(f"{PARTLY} {number_text(float(partly[0]), column)}")


@dataclass(frozen=True, slots=True)
class _Mark:
    """A mark, and beside it the number of partial credit, or what was extracted: what fits."""

    mark: str
    number: str
    extracted: str = ""

    def __call__(self, width: int) -> tuple[CellPart]:
        """What is drawn in so many terminal cells."""
        beside = self.number if self.mark == PARTLY else cut(self.extracted, width - 2)
        text = f"{self.mark} {beside}".rstrip()
        return (CellPart(text if cell_len(text) <= width else self.mark),)


def _marked(value: float | None, column: Column) -> Cell:
    """A score that says whether the answer is right."""
    text = number_text(value, column)
    if value is None or value != value:
        return Cell(text, "dim")
    share = value / max(column.scale, 1)
    mark = RIGHT if share >= 1 - TOLERANCE else WRONG if share <= TOLERANCE else PARTLY
    return Cell(text, _TONES[mark], _Mark(mark, text))
