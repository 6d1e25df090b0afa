"""Bars inside of table rows: exact to an eighth of a cell, also to the left of zero."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

_EIGHTHS = " ▏▎▍▌▋▊▉█"

ZERO = "┃"
"""The zero line of bars that go both ways."""


class CellPart(NamedTuple):
    """A part of what is drawn in a cell; ``is_reversed``: what is blank is filled and filled blank.

    There are blocks that fill a cell from the left, and none that fill it from the right.
    """

    text: str
    is_reversed: bool = False


def bar_pieces(
    value: float | None, extent: tuple[float, float], width: int
) -> tuple[CellPart, ...]:
    """A bar from the low end of the axis, or from zero where zero lies inside of the axis.

    Args:
        value: How long it is; None or NaN: there is none.
        extent: Ends of the axis; a bar goes no farther.
        width: Terminal cells for the whole axis; what is returned takes exactly these.
    """
    low, high = extent
    if low < 0.0 < high:
        return _around_zero(value, low, high, width)
    filled = 0.0
    if value is not None and not math.isnan(value) and high > low:
        filled = (value - low) / (high - low)
    return (CellPart(_to_the_right(filled * width, width)),)


def on_log_axis(
    values: Sequence[float | None], extent: tuple[float, float]
) -> tuple[list[float | None], tuple[float, float]]:
    """Values and ends of a logarithmic axis as they lie on an even one that begins at zero."""
    low, high = extent
    logs = [None if value is None else math.log(value / low) for value in values]
    return logs, (0.0, math.log(high / low))


def _around_zero(value: float | None, low: float, high: float, width: int) -> tuple[CellPart, ...]:
    """Both ways at one scale, the zero line between them in a cell of its own."""
    left = round((width - 1) * -low / (high - low))
    right = width - 1 - left
    length = 0.0
    if value is not None and not math.isnan(value):
        length = value * (width - 1) / (high - low)
    if length >= 0:
        return (CellPart(" " * left + ZERO + _to_the_right(length, right)),)
    return (*_to_the_left(-length, left), CellPart(ZERO + " " * right))


def _to_the_right(cells: float, width: int) -> str:
    """A bar from the left end; what is more than nothing is an eighth of a cell at least."""
    whole, eighths = divmod(_eighths(cells, width), 8)
    return ("█" * whole + _EIGHTHS[eighths].strip()).ljust(width)


def _to_the_left(cells: float, width: int) -> tuple[CellPart, ...]:
    """A bar from the right end."""
    whole, eighths = divmod(_eighths(cells, width), 8)
    if not eighths:
        return (CellPart(("█" * whole).rjust(width)),)
    blank = " " * (width - whole - 1)
    return CellPart(blank), CellPart(_EIGHTHS[8 - eighths], is_reversed=True), CellPart("█" * whole)


def _eighths(cells: float, width: int) -> int:
    return min(width * 8, max(round(cells * 8), 1 if cells > 0 else 0))
