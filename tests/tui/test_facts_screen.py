"""i: what is known of a run; I: in what two runs differ."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.build.twinkle import document, write
from tests.tui.conftest import HUGE, NARROW, WIDE, Driven, open_app, run_file
from tui_eval.tui.screens.choose import ChooseScreen
from tui_eval.tui.screens.facts import FactsScreen
from tui_eval.tui.widgets.frame_table import FrameTable


@pytest.fixture
def two(tmp_path: Path) -> Path:
    run_file(tmp_path / "a", "alpha", {"x": 0.1, "y": 0.9})
    run_file(tmp_path / "b", "beta", {"x": 0.2, "y": 0.8})
    return tmp_path


def facts(driven: Driven) -> list[list[str]]:
    """The rows of the table as they are drawn."""
    table = driven.app.screen.query_one("#facts", FrameTable)
    return [[cell.text for cell in table.row_cells(row)] for row in range(table.row_count)]


async def test_the_run_at_the_cursor_on_every_screen(two: Path) -> None:
    async with open_app([two]) as driven:
        for keys, title in (
            (("right", "right"), "beta @ 20260101_0000"),
            (("3",), "beta @ 20260101_0000"),
            (("1", "g"), "alpha @ 20260101_0000"),
        ):
            await driven.press(*keys, "i")
            assert isinstance(driven.app.screen, FactsScreen)
            assert driven.words("#title") == title
            how = [["limit", "none"], ["generation", "greedy, max_tokens 4096"], ["shots", "0"]]
            told = facts(driven)
            start = told.index(how[0])
            is_scores = driven.app.current_mode == "scores"
            assert [row[0] for row in told[:start]] == (["score", "95 % interval"] * is_scores)
            assert told[start : start + 4] == [*how, ["model", title.split()[0]]]
            await driven.press(*["j"] * (start + 3))
            assert driven.words("#whole") == f"model\n{title.split()[0]}"
            await driven.press("escape")


async def test_files_and_configuration_are_closed_until_enter(two: Path) -> None:
    async with open_app([two]) as driven:
        await driven.press("right", "i")
        closed = facts(driven)
        assert [row[0] for row in closed[-2:]] == ["▸ files", "▸ configuration"]
        await driven.press("G", "up", "enter")
        assert facts(driven)[len(closed) - 2] == ["▾ files", "3"]
        assert facts(driven)[len(closed) - 1][0] == "  path"
        await driven.press("enter")
        assert facts(driven) == closed


async def test_with_the_cursor_on_no_run_it_asks_of_which(two: Path) -> None:
    async with open_app([two]) as driven:
        await driven.press("i")
        assert isinstance(driven.app.screen, ChooseScreen)
        assert driven.words("#title") == "Run facts of"
        await driven.press("down", "enter")
        assert driven.words("#title") == "beta @ 20260101_0000"
        await driven.press("escape", "I")  # there is one run beside the baseline
        assert driven.words("#title") == "a: alpha @ 20260101_0000 · b: beta @ 20260101_0000"


async def test_differences(two: Path) -> None:
    both = "a: alpha @ 20260101_0000 · b: beta @ 20260101_0000"
    async with open_app([two]) as driven:
        for keys in (("right", "right"), ("3",), ("1",), ("a",)):
            await driven.press(*keys, "I")
            if keys == ("1",):
                assert "Mark two runs first (space)." in driven.notices
                continue
            assert driven.words("#title") == both  # the baseline at the left, as in all columns
            table = driven.app.screen.query_one("#facts", FrameTable)
            assert table.grid is not None
            assert [column.heading for column in table.grid.columns] == ["fact", "a", "b"]
            # what no file tells comes first: it may be another in each run
            assert facts(driven)[0] == ["filter", "not recorded", "not recorded"]
            assert ["shots", "0", "="] in facts(driven)
            await driven.press("escape")


async def test_what_is_not_the_same_stands_above_the_differences(tmp_path: Path) -> None:
    for name, method in (("alpha", "regex_match"), ("beta", "pattern")):
        content = document(name=name, evaluation_method=method)
        content["config"] |= {"model": {"name": name, "temperature": 0.0}, "evaluation": {}}
        write(tmp_path / name / "results.json", content)
    async with open_app([tmp_path]) as driven:
        await driven.press("3")
        told = "≠ (I tells more) not the same: filter regex_match / pattern; not recorded: prompt"
        assert driven.shown.summary[0] == told
        assert any("≠ (I tells more) not the same: filter" in line for line in driven.drawn)
        await driven.press("I")
        assert facts(driven)[:2] == [
            ["filter", "regex_match", "pattern"],
            ["prompt", "not recorded", "not recorded"],
        ]


@pytest.mark.parametrize("size", [NARROW, WIDE, HUGE])
async def test_both_values_are_seen_at_every_size(two: Path, size: tuple[int, int]) -> None:
    async with open_app([two], size) as driven:
        await driven.press("right", "right", "I")
        table = driven.app.screen.query_one("#facts", FrameTable)
        assert table.grid is not None
        widths = [max(column.width, len(column.heading)) for column in table.grid.columns]
        assert sum(widths) + len(widths) <= table.size.width
        (heading,) = (line for line in driven.drawn if " fact " in line)
        assert " b " in heading
