"""i: what is known of a run; I: in what two runs differ."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.tui.conftest import open_app, run_file
from tui_eval.tui.screens.facts import FactsScreen
from tui_eval.tui.widgets.frame_table import FrameTable


@pytest.fixture
def two(tmp_path: Path) -> Path:
    run_file(tmp_path / "a", "alpha", {"x": 0.1, "y": 0.9})
    run_file(tmp_path / "b", "beta", {"x": 0.2, "y": 0.8})
    return tmp_path


async def test_the_run_at_the_cursor_on_every_screen(two: Path) -> None:
    async with open_app([two]) as driven:
        await driven.press("i")
        assert "Put the cursor on a run first." in driven.notices
        for keys, title in (
            (("right", "right"), "beta @ 20260101_0000"),
            (("3",), "beta @ 20260101_0000"),
            (("1", "g"), "alpha @ 20260101_0000"),
        ):
            await driven.press(*keys, "i")
            assert isinstance(driven.app.screen, FactsScreen)
            assert driven.words("#title") == title
            table = driven.app.screen.query_one("#facts", FrameTable)
            assert [cell.text for cell in table.row_cells(0)] == ["model", title.split()[0]]
            await driven.press("j")
            assert driven.words("#whole") == "timestamp\n20260101_0000"
            await driven.press("escape")


async def test_differences(two: Path) -> None:
    async with open_app([two]) as driven:
        await driven.press("right", "I")
        assert "Put the cursor on a run other than the baseline first." in driven.notices
        titles = []
        for keys in (("right",), ("3",)):
            await driven.press(*keys, "I")
            titles.append(driven.words("#title"))
            await driven.press("escape")
        assert titles == ["first: beta @ 20260101_0000 · second: alpha @ 20260101_0000"] * 2
        await driven.press("1", "I")
        assert "Mark two runs first (space)." in driven.notices
        await driven.press("a", "I")
        assert driven.words("#title") == (
            "first: alpha @ 20260101_0000 · second: beta @ 20260101_0000"
        )
