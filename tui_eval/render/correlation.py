"""Rank correlations as people read them: the matrix, a pair in words, its models as points."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from string import ascii_uppercase, digits
from typing import TYPE_CHECKING, NamedTuple

import polars as pl
from rich.cells import cell_len

from tui_eval.analysis.correlate import HOW, LEAST_ORDER, METHOD
from tui_eval.analysis.notes import Count, Note
from tui_eval.analysis.report import Column, Report
from tui_eval.render.grid import Cell, GridColumn
from tui_eval.render.names import cut_apart, without_shared
from tui_eval.render.numbers import number_text
from tui_eval.render.points import DOT, Points, PointSeries
from tui_eval.render.safe import MISSING, fit, safe_text, widest

if TYPE_CHECKING:
    from tui_eval.analysis.correlate import Agreement, Model, Standings
    from tui_eval.analysis.view import View

NAME_CELLS = 24
"""Terminal cells of a benchmark's name at the left: a column of text is never made narrower."""

HEADING_CELLS = 12
"""Terminal cells of a benchmark's name above a column, which is broken into lines."""


def rho_text(value: float | None) -> str:
    """A correlation: two digits, and more where these would round it to 1 though it is not."""
    if value is None:
        return MISSING
    for places in (2, 3, 4):
        rounded = round(value, places) + 0.0  # no negative zero
        if abs(rounded) < 1 or abs(value) > 1 - 1e-9:
            return f"{rounded:.2f}" if abs(rounded) == 1 else f"{rounded:.{places}f}"
    return f"{value:.6f}"


def agreement_words(found: Agreement) -> str:
    """One pair: ``rho 0.96 [0.88–0.99], 20 models, Spearman, Bonett–Wright 95 %; tau-b 0.85``."""
    models = Count(found.models, "model")
    if found.spearman is None:
        return f"no rho: {found.reason} ({models} with a score in both)"
    dash = "–" if found.low is None or found.low >= 0 else " to "
    ends = "" if found.low is None else f" [{rho_text(found.low)}{dash}{rho_text(found.high)}]"
    reason = "" if found.reason is None else f"; {found.reason}"
    rho = f"rho {rho_text(found.spearman)}{ends}, {models}, {found.method or METHOD}{reason}"
    return f"{rho}; tau-b {rho_text(found.tau_b)}"


def pair_words(known: Standings, row: int, column: int) -> tuple[str, str]:
    """Two lines on a pair: which two benchmarks in which metrics, and how alike they are."""
    if row == column:
        count = Count(len(known.shared(row, row)), "model")
        return f"{_titled(known, row)}: {count} with a score", "→ ← go to another benchmark."
    pair = min(row, column), max(row, column)
    names = f"{_titled(known, row)} and {_titled(known, column)}"
    return names, agreement_words(known.pairs[pair])


def _titled(known: Standings, number: int) -> str:
    """A benchmark with its metric, where these differ."""
    name, metric = safe_text(known.names[number]), known.metrics[number]
    are_equal = len({one.title for one in known.metrics}) == 1
    return name if are_equal else f"{name} ({safe_text(metric.heading)})"


def cell_text(found: Agreement) -> str:
    """One pair in a table: ``0.96 (20)``, rho and the number of models."""
    return f"{rho_text(found.spearman)} ({found.models})"


@dataclass(frozen=True, eq=False)
class Matrix:
    """Benchmark by benchmark as a `Grid`: rho and the number of models in every cell.

    Benchmarks without any rho are left out, unless all are. It has no rows where there is no pair,
    or no order: less than two benchmarks or three models.

    Attributes:
        known: The scores.
    """

    known: Standings
    foot: Sequence[Sequence[Cell]] = ()

    @cached_property
    def places(self) -> list[int]:
        """Numbers of the benchmarks that it shows, in order."""
        if len(self.known.names) < 2 or len(self.known.models) < LEAST_ORDER:
            return []
        told = [pair for pair, found in self.known.pairs.items() if found.spearman is not None]
        return sorted({place for pair in told for place in pair} or range(len(self.known.names)))

    @property
    def keys(self) -> tuple[str, ...]:
        """Names of the benchmarks: what rows and columns are found by."""
        return tuple(self.known.names[place] for place in self.places)

    @property
    def row_count(self) -> int:
        """Benchmarks."""
        return len(self.places)

    @cached_property
    def _short(self) -> tuple[list[str], str]:
        return without_shared([safe_text(name) for name in self.keys])

    @property
    def shared(self) -> str:
        """What was dropped of all names; empty: nothing was."""
        return self._short[1]

    @cached_property
    def names(self) -> list[str]:
        """Short names at the left, none equal to another."""
        return cut_apart(self._short[0], NAME_CELLS)

    @cached_property
    def columns(self) -> tuple[GridColumn, ...]:
        """The names, and a column a benchmark, whose key is its name."""
        if not self.places:
            return ()
        headings = cut_apart(self._short[0], HEADING_CELLS)
        cells = list(zip(*self._cells, strict=True))[1:]
        widths = [widest(cell.text for cell in column) for column in cells]
        made = zip(self.keys, headings, widths, strict=True)
        first = GridColumn("", self.known.by, "left", widest([*self.names, self.known.by]))
        return first, *(GridColumn(name, heading, "right", width) for name, heading, width in made)

    def rows(self, start: int, stop: int) -> list[list[Cell]]:
        """Cells of rows ``start`` to ``stop`` (left out)."""
        return self._cells[start:stop]

    @cached_property
    def _cells(self) -> list[list[Cell]]:
        return [
            [Cell(name), *(self._cell(row, column) for column in self.places)]
            for name, row in zip(self.names, self.places, strict=True)
        ]

    def _cell(self, row: int, column: int) -> Cell:
        if row == column:
            return Cell("·", "dim")
        found = self.known.pairs[min(row, column), max(row, column)]
        return Cell(cell_text(found), "dim" if found.spearman is None else "")

    @property
    def first_pair(self) -> tuple[str, str]:
        """Names of the first two benchmarks that have a rho; without any of the first two."""
        told = (pair for pair, found in self.known.pairs.items() if found.spearman is not None)
        row, column = next(told, (0, 1))
        return self.known.names[row], self.known.names[column]

    def report(self, pairs: Report) -> Report:
        """The matrix as a report: what is copied and saved of it.

        ``pairs``: the report that it is made of, whose title and notes it has; how an interval is
        made is said where there is one.
        """
        # a dataset may be called ``dataset``
        names = [f"{key} " if key == self.known.by else key for key in self.keys]
        cells = {
            name: [row[number].text for row in self._cells] for number, name in enumerate(names, 1)
        }
        frame = pl.DataFrame({self.known.by: self.keys, **cells})
        left_out = len(self.known.names) - len(self.places) if self.places else 0
        message = "{count} left out: under {least} models in common with any other."
        told = Note(message, count=Count(left_out, self.known.by), least=LEAST_ORDER)
        kept = [note for note in pairs.notes if note != HOW]
        return replace(
            pairs,
            name=f"{pairs.name}-matrix",
            frame=frame,
            columns=tuple(Column(name) for name in frame.columns),
            notes=(*kept[:1], *([told] if left_out else []), *kept[1:]),
        )


class Line(NamedTuple):
    """A model in the list beside the points.

    Attributes:
        mark: The cell that stands for it among the points.
        name: Safe text.
        right: Its score in the benchmark of the axis to the right.
        up: Its score in that of the axis upwards.
    """

    mark: str
    name: str
    right: str
    up: str


@dataclass(frozen=True)
class Scatter:
    """The models of two benchmarks.

    Attributes:
        points: A series a model.
        lines: The models, those of the best score to the right first.
    """

    points: Points
    lines: tuple[Line, ...]


class Signs(NamedTuple):
    """What a model is shown as.

    Attributes:
        mark: The cell that stands for it among the points.
        name: Its short name, safe text.
    """

    mark: str
    name: str


def signs_of(models: Sequence[Model], letters: Mapping[str, str]) -> list[Signs]:
    """What models are shown as: marks are the letters of their first runs, else other signs."""
    names, _ = without_shared([safe_text(model.name) for model in models])
    first = [min((letters[run] for run in model.runs), key=_in_order) for model in models]
    free = iter(f"{ascii_uppercase}{digits}@#%&=?$+")
    marks = [letter if len(letter) == 1 else next(free, DOT) for letter in first]
    return list(map(Signs, marks, names))


def _in_order(letter: str) -> tuple[int, str]:
    return len(letter), letter


def scatter(known: Standings, signs: Sequence[Signs], up: int, right: int, view: View) -> Scatter:
    """The models that have a score in two benchmarks, on the scale of the view.

    Args:
        known: The scores.
        signs: What each model is shown as.
        up: Number of the benchmark of the axis upwards.
        right: Number of that to the right.
        view: On which scale scores are shown.
    """
    shown = [_shown(known, number, view) for number in (right, up)]
    sign = -1 if known.metrics[right].higher_is_better is False else 1
    places = sorted(known.shared(right, up), key=lambda one: -sign * known.scores[one, right])
    lines = []
    series = []
    for place in places:
        x, y = (factor * known.scores[place, number] for number, factor, _ in shown)
        texts = [number_text(value, shown[at][2]) for at, value in enumerate((x, y))]
        mark, name = signs[place]
        lines.append(Line(mark, name, *texts))
        series.append(PointSeries(name, (x,), (y,), mark=mark))
    to_right, upwards = (safe_text(known.names[number]) for number in (right, up))
    points = Points(tuple(series), to_right, upwards, has_legend=False)
    return Scatter(points, tuple(lines))


def _shown(known: Standings, number: int, view: View) -> tuple[int, float, Column]:
    metric = known.metrics[number]
    return number, metric.factor(view), Column("", "score", metric.scale(view))


def listed_models(lines: Sequence[Line], width: int, height: int) -> list[str]:
    """The models with their scores, as many as have room, in so many terminal cells.

    Args:
        lines: The models.
        width: Terminal cells of a line.
        height: Lines.
    """
    sizes = [
        max(cell_len(head), widest(texts))
        for head, texts in (
            ("right", (line.right for line in lines)),
            ("up", (line.up for line in lines)),
        )
    ]
    room = max(width - sum(sizes) - 4, 4)
    most = height - 1
    kept = lines if len(lines) <= most else lines[: max(0, most - 1)]
    names = cut_apart([line.name for line in kept], room - 2)
    head = [Line(" ", "model", "right", "up")]
    rows = [*head, *(line._replace(name=name) for line, name in zip(kept, names, strict=True))]
    text = [
        f"{fit(f'{row.mark} {row.name}', room)}  {row.right:>{sizes[0]}}  {row.up:>{sizes[1]}}"
        for row in rows
    ]
    more = len(lines) - len(kept)
    return [*text, f"  +{more} more"] if more else text
