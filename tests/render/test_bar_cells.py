"""Bars in rows: true to an eighth of a cell, exactly as wide as asked, zero in one place."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tui_eval.render.bar_cells import CellPart, bar_pieces

BLOCKS = " ▏▎▍▌▋▊▉█"


def filled(pieces: tuple[CellPart, ...]) -> float:
    """Cells that are filled."""
    eighths = [
        8 - BLOCKS.index(sign) if piece.is_reversed else BLOCKS.index(sign)
        for piece in pieces
        for sign in piece.text.replace("┃", "")
    ]
    return sum(eighths) / 8


@pytest.mark.parametrize(
    ("value", "extent", "width", "drawn"),
    [
        (0.5, (0.0, 1.0), 8, "████    "),
        (0.75, (0.0, 1.0), 2, "█▌"),
        (0.0, (0.0, 1.0), 4, "    "),
        (0.001, (0.0, 1.0), 4, "▏   "),
        (2.0, (0.0, 1.0), 4, "████"),
        (None, (0.0, 1.0), 4, "    "),
        (float("nan"), (-1.0, 1.0), 5, "  ┃  "),
        (0.5, (-1.0, 1.0), 9, "    ┃██  "),
        (-0.5, (-1.0, 1.0), 9, "  ██┃    "),
        (0.3, (0.3, 0.3), 4, "    "),
    ],
)
def test_bars_as_they_look(
    value: float | None, extent: tuple[float, float], width: int, drawn: str
) -> None:
    assert "".join(piece.text for piece in bar_pieces(value, extent, width)) == drawn


def test_a_bar_to_the_left_ends_within_a_cell() -> None:
    pieces = bar_pieces(-0.3125, (-1.0, 1.0), 9)  # 1.25 cells
    assert pieces == (
        CellPart("  "),
        CellPart("▊", is_reversed=True),
        CellPart("█"),
        CellPart("┃    "),
    )


@given(
    st.floats(-1.5, 1.5, allow_subnormal=False),
    st.floats(-1.0, -0.05),
    st.floats(0.05, 1.0),
    st.integers(3, 80),
)
def test_length_is_true_to_an_eighth_at_one_scale_on_both_sides(
    value: float, low: float, high: float, width: int
) -> None:
    pieces = bar_pieces(value, (low, high), width)
    text = "".join(piece.text for piece in pieces)
    assert len(text) == width
    zero = text.index("┃")
    room = width - 1 - zero if value > 0 else zero
    exact = min(abs(value) * (width - 1) / (high - low), room)
    assert filled(pieces) == pytest.approx(exact, abs=0.126)
    assert zero == bar_pieces(None, (low, high), width)[0].text.index("┃")
