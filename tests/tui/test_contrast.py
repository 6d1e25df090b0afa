"""Text of little weight can be read in every theme; without colour keys are told by brackets."""

from __future__ import annotations

from pathlib import Path

import pytest
from rich.style import Style
from textual.color import Color
from textual.theme import BUILTIN_THEMES
from textual.widget import Widget

from tests.tui.conftest import SAMPLES, Driven, drive
from tui_eval.tui.app import THEMES, TuiEvalApp
from tui_eval.tui.contrast import LEAST, contrast, grounds, muted
from tui_eval.tui.widgets.answer_pane import AnswerPane
from tui_eval.tui.widgets.tab_line import TabLine

MARKS = ("dim", "hit", "mark", "warn")
PARTS = ("dim", "role", "code", "warn", "target", "insert", "delete")
COLOURED = [name for name in THEMES if not BUILTIN_THEMES[name].ansi]


def test_contrast_is_that_of_wcag() -> None:
    black, white, grey = map(Color.parse, ("#000000", "#ffffff", "#767676"))
    assert contrast(black, white) == contrast(white, black) == pytest.approx(21)
    assert contrast(grey, grey) == 1
    assert contrast(grey, white) == pytest.approx(4.54, abs=0.005)


@pytest.mark.parametrize("theme", COLOURED)
def test_the_muted_colour_can_be_read_in_every_theme(theme: str) -> None:
    variables = BUILTIN_THEMES[theme].to_color_system().generate()
    colour = muted(variables)
    assert min(contrast(colour, ground) for ground in grounds(variables)) >= LEAST
    surface, foreground = Color.parse(variables["surface"]), Color.parse(variables["foreground"])
    if contrast(foreground, surface) > 6:
        assert contrast(colour, surface) < contrast(foreground, surface)


async def test_what_is_dim_or_coloured_has_enough_contrast_in_all_themes() -> None:
    async with drive(TuiEvalApp([SAMPLES])) as driven:
        await driven.rest()
        await driven.press("3")
        await check(
            driven,
            *((driven.table, f"frame-table--{name}") for name in (*MARKS, "gain", "loss")),
            (driven.screen.query_one(TabLine), "tab-line--empty"),
        )
        await driven.press("4")
        pane = driven.screen.query_one(AnswerPane)
        await check(
            driven,
            *((driven.table, f"frame-table--{name}") for name in (*MARKS, "gain", "loss")),
            *((pane, f"answer-pane--{name}") for name in PARTS),
            (driven.view_screen.prompt.line, "input--placeholder"),
        )


async def check(driven: Driven, *parts: tuple[Widget, str]) -> None:
    """That parts of widgets of the screen on top, and its notes, can be read in every theme."""
    for theme in COLOURED:
        driven.app.theme = theme
        await driven.pilot.pause()
        notes = driven.screen.query_one("#notes").styles.color
        assert contrast(notes, driven.screen.styles.background) >= LEAST, theme
        for widget, name in parts:
            style = widget.get_component_rich_style(name)
            assert drawn_contrast(style) >= LEAST, (theme, name)


def drawn_contrast(style: Style) -> float:
    assert style.color is not None
    assert style.bgcolor is not None
    return contrast(Color.from_rich_color(style.color), Color.from_rich_color(style.bgcolor))


async def test_no_cell_of_the_cursor_row_is_faint(tmp_path: Path) -> None:
    async with drive(TuiEvalApp([SAMPLES])) as driven:
        await driven.rest()
        styles = driven.table._styles
        assert styles.style("", "dim") != styles.style("")
        assert styles.style("cursor-row", "dim") == styles.style("cursor-row")


@pytest.mark.parametrize("plain", [False, True])
async def test_without_colour_keys_stand_in_brackets(
    monkeypatch: pytest.MonkeyPatch, *, plain: bool
) -> None:
    if plain:
        monkeypatch.setenv("NO_COLOR", "1")
    async with drive(TuiEvalApp([SAMPLES])) as driven:
        await driven.rest()
        keys = driven.drawn[-1]
        assert ("[s] Sort" in keys) == plain
        assert ("s Sort" in keys) != plain
        assert "Keys" in keys  # the last of them has room
