"""The drawing of a chart without a widget: it fits everywhere, its colours stay apart."""

from __future__ import annotations

import pytest
from rich.cells import cell_len
from rich.color import Color, ColorSystem
from rich.console import Console
from rich.style import Style

from tests.tui.conftest import make_bars, make_scores
from tui_eval.render.bars import Bars, Series
from tui_eval.tui.widgets.bar_drawing import (
    FULL,
    GAIN_LOSS_ON_DARK,
    ON_DARK,
    ON_LIGHT,
    SHADE,
    SIXTEEN_ON_DARK,
    SIXTEEN_ON_LIGHT,
    Look,
    draw,
    place_bars,
)
from tui_eval.tui.widgets.bar_layout import plan


@pytest.mark.parametrize(
    "size", [(24, 4), (24, 50), (200, 4), (25, 5), (30, 6), (31, 7), (120, 60)]
)
@pytest.mark.parametrize(("series", "groups"), [(1, 1), (1, 40), (5, 6), (50, 2)])
@pytest.mark.parametrize("diverging", [False, True])
def test_fits_every_size(size: tuple[int, int], series: int, groups: int, diverging: bool) -> None:
    bars = make_bars(make_scores(series, groups), low=-100, diverging=diverging)
    colors = (ON_DARK, *GAIN_LOSS_ON_DARK)
    look = Look(Style(), Style(), *colors)
    for target in (None, groups - 1):
        window = plan(bars, *size, 0, target)
        strips = draw(bars, window, look, size[0], Console())
        assert {strip.cell_length for strip in strips} == {size[0]}
        assert {cell_len(strip.text) for strip in strips} == {size[0]}
        assert len(strips) <= size[1]
        assert any("█" in strip.text for strip in strips)


@pytest.mark.parametrize("palette", [ON_DARK, ON_LIGHT])
def test_palettes_survive_256_colours(palette: tuple[tuple[int, int, int], ...]) -> None:
    assert len(set(palette)) == len(palette) >= 8
    assert {part for color in palette for part in color} <= {0, 95, 135, 175, 215, 255}


@pytest.mark.parametrize("palette", [SIXTEEN_ON_DARK, SIXTEEN_ON_LIGHT])
def test_two_runs_differ_in_colour_where_there_are_sixteen(
    palette: tuple[tuple[int, int, int], ...],
) -> None:
    numbers = [Color.from_rgb(*color).downgrade(ColorSystem.STANDARD).number for color in palette]
    assert len(set(numbers)) == len(palette) >= 8


@pytest.mark.parametrize("lower_is_better", [False, True])
def test_a_gain_is_drawn_full_whichever_way_is_better(lower_is_better: bool) -> None:
    bars = Bars(
        groups=("up", "down"),
        series=(Series("m", (0.5, -0.5)),),
        low=-1.0,
        high=1.0,
        texts=(("+0.5", "-0.5"),),
        diverging=True,
        lower_is_better=lower_is_better,
    )
    look = Look(Style(), Style(), ((1, 1, 1),), gain=(0, 255, 0), loss=(255, 0, 0))
    window = plan(bars, 60, 20, 0, None)
    up, down = place_bars(bars, window, look, 30)
    assert (up.marker, down.marker) == ((SHADE, FULL) if lower_is_better else (FULL, SHADE))
    assert (up.color, down.color) == (
        (look.loss, look.gain) if lower_is_better else (look.gain, look.loss)
    )
