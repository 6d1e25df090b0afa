"""The way back: each step deeper is taken back to exactly where one was, and what else Esc does."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from itertools import cycle
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from textual.events import MouseScrollDown
from textual.widgets import Input
from textual.widgets._toast import Toast

from tests.build.lm_eval import write_answers
from tests.tui.conftest import HUGE, NARROW, SAMPLES, WIDE, Driven, open_app, run_file, until
from tui_eval.loading.passes import Samples, read_samples
from tui_eval.tui.places import CHOICES, POSITIONS
from tui_eval.tui.screens.choose import ChooseScreen
from tui_eval.tui.screens.files import FilesScreen
from tui_eval.tui.screens.keys import KeysScreen
from tui_eval.tui.screens.palette import Palette
from tui_eval.tui.screens.samples import SamplesScreen
from tui_eval.tui.screens.scores import ScoresScreen
from tui_eval.tui.widgets.bar_chart import BarChart
from tui_eval.tui.widgets.context_line import ContextLine
from tui_eval.tui.widgets.frame_table import FrameTable

KEYS_BACK = ("escape", "backspace", "q")
each_key_back = pytest.mark.parametrize("back", KEYS_BACK)


@dataclass
class Seen:
    """All that a place is."""

    screen: type
    choices: dict[str, Any]
    position: dict[str, Any]
    rows: list[tuple[Any, ...]]
    cursor: tuple[int, str | None]
    top: int
    crumbs: str
    context: str
    opened: int | None


def seen(driven: Driven) -> Seen:
    screen = driven.view_screen
    table = driven.table
    return Seen(
        type(screen),
        {name: getattr(driven.view, name) for name in CHOICES[screen.MODE]},
        {name: getattr(driven.session.position, name) for name in POSITIONS[screen.MODE]},
        driven.frame.rows(),
        (table.cursor_row, table.cursor_key),
        table.scroll_offset.y,
        driven.crumbs,
        driven.context,
        None if isinstance(screen, FilesScreen) else driven.session.open_count,
    )


DEEPER = {
    "questions of a category": (("down", "down", "right"), ("enter",)),
    "dataset of the overview": (("o", "down", "right"), ("enter",)),
    "overview": (("down", "down", "down"), ("o",)),
    "baseline": (("down", "right", "right"), ("b",)),
    "questions of a difference": (("3", "G"), ("enter",)),
    "questions that flipped": (("3", *"oooo", "down"), ("enter",)),
    "another screen by its number": (("x", "s", "G", "right"), ("3",)),
    "and another": (("3", "s", "o", "down"), ("4",)),
    "from the answers": (("enter", "f", "down", "enter", "down", "right"), ("2",)),
    "from the whole-screen reader": (("enter", "down", "enter", "J"), ("3",)),
    "from Files": (("1", "down", "down"), ("enter",)),
    "from marked runs on Files": (("1", "space", "down", "space"), ("enter",)),
    "to Files": (("j", "j"), ("1",)),
}
"""Keys to a place, and the key that leads deeper, each from Scores."""


@pytest.mark.parametrize(("step", "back"), zip(DEEPER, cycle(KEYS_BACK), strict=False))
async def test_each_step_leads_back_to_exactly_where_it_began(step: str, back: str) -> None:
    way, deeper = DEEPER[step]
    async with open_app() as driven:
        await driven.press(*way)
        before, reads = seen(driven), driven.screen.has_class("-reading")
        await driven.press(*deeper)
        assert seen(driven) != before
        await driven.press(back)
        assert seen(driven) == before
        assert driven.screen.has_class("-reading") == reads


@pytest.mark.parametrize(
    "step", ["dataset of the overview", "questions that flipped", "from the whole-screen reader"]
)
async def test_the_way_back_holds_after_changes_on_the_way(step: str) -> None:
    """Another dataset, order and cursor are chosen deeper: none of it comes back along."""
    way, deeper = DEEPER[step]
    async with open_app() as driven:
        await driven.press(*way)
        before = seen(driven)
        await driven.press(*deeper)
        if not isinstance(driven.screen, FilesScreen):
            await driven.press("d", "end", "enter", "s")
        await driven.press("G", "2", "3", "s", "s", "g", "2", "s", "G", "4")
        for _ in range(8):
            if seen(driven) == before:
                break
            await driven.press("escape")
        assert seen(driven) == before


async def test_on_another_page_the_row_is_found_again(large: Path) -> None:
    async with open_app([large]) as driven:
        await driven.press("p", "p", "full_stop", "G", "right")
        before = seen(driven)
        assert before.position == {"page": 1}
        assert before.top > 0
        await driven.press("o", "enter", "g", "3", "2", "comma", "escape")
        for _ in range(4):
            await driven.press("escape")
        assert seen(driven) == before


async def test_what_is_opened_deeper_begins_at_its_top() -> None:
    async with open_app() as driven:
        await driven.press("enter", "G")
        assert driven.table.cursor_row == 19
        await driven.press("enter", "escape", "escape", "down", "enter")
        assert isinstance(driven.screen, SamplesScreen)
        assert driven.table.cursor_row == 0
        await driven.press("enter", "2", "down", "enter")  # the reader was left by a number
        assert not driven.screen.has_class("-reading")


async def test_the_reader_comes_back_to_the_question_read_last() -> None:
    async with open_app() as driven:
        await driven.press("enter", "down", "enter", "J", "J")
        assert driven.crumbs.endswith("#3")
        await driven.press("q")
        assert not driven.screen.has_class("-reading")
        assert isinstance(driven.screen, SamplesScreen)
        assert driven.table.cursor_row == 3
        assert driven.table.has_focus


async def test_the_row_is_the_same_where_others_stand_above_it_by_then(tmp_path: Path) -> None:
    run_file(tmp_path / "a", "m", {"x": 0.9, "y": 0.5, "z": 0.1})
    async with open_app([tmp_path]) as driven:
        await driven.press("down", "3")
        run_file(tmp_path / "b", "n", {"new": 1.0, "x": 0.9, "y": 0.5, "z": 0.1})
        await driven.press("r")
        await until(lambda: not driven.session.data.is_loading, driven.pilot)
        await driven.press("escape")
        assert driven.column("category") == ["new", "x", "y", "z"]
        assert driven.table.cursor_row == 2


@pytest.mark.parametrize("moves", [False, True])
async def test_a_row_that_comes_later_is_waited_for_unless_the_user_goes_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, moves: bool
) -> None:
    for task in ("rhymes", "riddles"):
        write_answers(tmp_path / task, ["yes", "no", "yes", "no"], task=task)
    going = threading.Event()

    def slow(*words: Any) -> Iterator[Samples]:
        *_, whole = read_samples(*words)
        first = whole.rows["sample"].unique(maintain_order=True).head(2)
        yield Samples(whole.rows.filter(pl.col("sample").is_in(first.implode())), (), 1, 2)
        going.wait(20)
        yield whole

    async with open_app([tmp_path]) as driven:
        await driven.press("4", "G", "3", "d", "end", "enter", "4")
        await driven.press("escape")
        monkeypatch.setattr("tui_eval.loading.store.read_samples", slow)
        await driven.pilot.press("escape")
        await until(lambda: driven.table.row_count == 2, driven.pilot)
        if moves:
            await driven.pilot.press("g", "down")
        going.set()
        await driven.rest()
        assert driven.frame.height == 4
        assert driven.table.cursor_row == (1 if moves else 3)


async def test_folders_lead_deeper_and_back(tmp_path: Path) -> None:
    run_file(tmp_path / "a" / "one", "m", {"x": 0.9})
    run_file(tmp_path / "b", "n", {"x": 0.8})
    async with open_app([tmp_path]) as driven:
        await driven.press("1", "tab", "down")
        for name in ("a", "one"):
            await driven.press("enter", "down")
            assert driven.session.position.folder.name == name
        assert driven.crumbs == "Scores › d › Files › a › one"
        await driven.press("escape")
        assert driven.session.position.folder == tmp_path / "a"
        await driven.press("backspace")  # in the list of folders: the folder above
        assert driven.session.position.folder == tmp_path
        await driven.press("tab", "backspace")  # on the runs: back
        assert isinstance(driven.screen, ScoresScreen)


@each_key_back
async def test_at_the_top_only_q_quits_and_the_others_say_so(back: str) -> None:
    async with open_app() as driven:
        await driven.press("3", "2")
        for _ in range(2):
            await driven.press(back)
        before = seen(driven)
        assert isinstance(driven.screen, ScoresScreen)
        await driven.pilot.press(back)
        if back == "q":
            await until(lambda: driven.app.return_code == 0, driven.pilot)
        else:
            await driven.press(back)
            assert driven.status == "There is nothing to go back to: q quits."
            assert seen(driven) == before


async def test_what_is_open_closes_first() -> None:
    async with open_app() as driven:
        await driven.press("enter", "slash")
        await driven.type("q")
        await driven.press("escape")
        assert not driven.view_screen.prompt.is_open
        for key in ("question_mark", "d", "ctrl+p"):
            await driven.press(key, "escape")
            assert isinstance(driven.screen, SamplesScreen)
        await driven.press("escape")
        assert isinstance(driven.screen, ScoresScreen)


async def test_many_keys_at_once_lead_to_the_top_and_no_farther() -> None:
    async with open_app() as driven:
        await driven.press("o", "down", "enter", "enter", "enter")
        for _ in range(12):
            driven.app.simulate_key("escape")
        await driven.rest()
        await driven.rest()
        assert isinstance(driven.screen, ScoresScreen)
        assert driven.session.places == ()
        assert driven.view.dataset == "mini_mmlu"
        assert driven.app.is_running


async def test_crumbs_say_where_this_is_and_lose_their_beginning_in_80_columns() -> None:
    async with open_app(size=HUGE) as driven:
        await driven.press("o", "down", "enter", "enter", "enter")
        way = f"Scores › mini_mmlu › all datasets › mini_tmmlu › {driven.view.category} › #0"
        assert driven.crumbs == way
        await until(lambda: way in driven.drawn[0], driven.pilot)
        await driven.pilot.resize_terminal(*NARROW)
        await until(lambda: "… › " in driven.drawn[0], driven.pilot)
        assert "› #0 " in driven.drawn[0]
        assert driven.drawn[0].endswith(" 7 runs ")  # five names of screens leave files no room


# Ctrl+C


async def test_ctrl_c_quits_at_the_second_time() -> None:
    async with open_app() as driven:
        await driven.press("ctrl+c")
        assert driven.status == "Press Ctrl+C again to quit."
        assert driven.app.is_running
        await driven.pilot.press("ctrl+c")
        await until(lambda: driven.app.return_code == 0, driven.pilot)


async def test_ctrl_c_quits_out_of_a_dialog_too() -> None:
    async with open_app() as driven:
        await driven.press("d")
        await driven.pilot.press("ctrl+c", "ctrl+c")
        await until(lambda: driven.app.return_code == 0, driven.pilot)


async def test_two_that_are_far_apart_do_not_quit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tui_eval.tui.app.QUIT_WITHIN", 1e-9)
    async with open_app() as driven:
        await driven.press("ctrl+c", "ctrl+c")
        assert driven.app.is_running
        assert driven.app.return_code is None


async def test_ctrl_c_copies_what_is_selected_in_a_line() -> None:
    async with open_app() as driven:
        await driven.press("slash")
        await driven.type("law")
        line = driven.screen.query_one(Input)
        await driven.press("shift+home", "ctrl+c", "ctrl+c")
        assert line.selected_text == "law"
        assert driven.app.clipboard == "law"
        assert driven.app.is_running
        await driven.press("end", "ctrl+c")
        assert driven.status == "Press Ctrl+C again to quit."


# what is said


async def test_what_is_said_covers_the_keys_and_no_row() -> None:
    async with open_app() as driven:
        await driven.press("p")
        keys = driven.drawn[-1]
        foot = [line for line in driven.drawn if "mean over" in line]
        await driven.press("comma")
        assert driven.status == "This is the first page."
        assert driven.drawn[-1].strip() == driven.status
        assert [line for line in driven.drawn if "mean over" in line] == foot
        assert not driven.screen.query(Toast)
        driven.app.notify("Only for a moment.", timeout=0.01)
        await until(lambda: driven.status == "", driven.pilot)
        await driven.rest()
        assert driven.drawn[-1] == keys


async def test_a_warning_is_a_toast_above_the_foot() -> None:
    async with open_app() as driven:
        foot = [line for line in driven.drawn if "mean over" in line]
        driven.app.notify("No such file or folder: /gone", severity="warning")
        await driven.rest()
        await until(lambda: any("/gone" in line for line in driven.drawn), driven.pilot)
        assert [line for line in driven.drawn if "mean over" in line] == foot


async def test_a_long_message_is_whole_and_hides_no_mean() -> None:
    async with open_app() as driven:
        path = "/a-folder" * 20
        driven.app.notify(f"Saved 7 rows to {path}")
        await driven.rest()
        shown = "".join(line.strip() for line in driven.drawn[-4:])
        assert path in shown
        assert any("mean over common" in line for line in driven.drawn)


async def test_foreign_text_in_what_is_said_is_harmless() -> None:
    async with open_app() as driven:
        driven.app.notify("\x1b[2J[bold]x[/bold]", markup=False)
        await driven.rest()
        assert driven.drawn[-1].strip() == "␛[2J[bold]x[/bold]"


async def test_new_results_are_one_count_in_the_bar(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tui_eval.tui.app.LOOK_EVERY", 0.02)
    monkeypatch.setattr("tui_eval.tui.reading._REST", 0.0)
    run_file(tmp_path / "a", "m", {"x": 0.5})
    async with open_app([tmp_path]) as driven:
        await driven.press("W")
        said = list(driven.notices)
        for number in (1, 2):
            run_file(tmp_path / f"n{number}", f"n{number}", {"x": 0.6})
            await until(partial(_counts, driven, number), driven.pilot)
        assert driven.notices == said


def _counts(driven: Driven, number: int) -> bool:
    return driven.words("#progress").endswith(f"watching +{number}")


async def test_what_there_is_and_that_it_is_watched_has_room_in_80_columns() -> None:
    async with open_app([SAMPLES.parent]) as driven:
        assert driven.drawn[0].endswith(" 18 runs ")
        await driven.press("enter", "W")
        assert driven.drawn[0].endswith(" 18 runs, watching ")
        assert "8 Cm  gener" in driven.drawn[0]  # the end of the way
    async with open_app([SAMPLES.parent], WIDE) as driven:
        await driven.press("enter", "W")
        assert driven.drawn[0].endswith("18 runs, watching ")
    async with open_app([SAMPLES.parent], HUGE) as driven:
        await driven.press("enter", "W")
        assert driven.drawn[0].endswith("18 runs in 89 files, watching ")


# keys and the mouse


async def test_f1_is_help_and_a_colon_the_palette_with_keys_at_the_right() -> None:
    async with open_app() as driven:
        await driven.press("f1")
        assert isinstance(driven.screen, KeysScreen)
        await driven.press("escape", "colon")
        assert isinstance(driven.screen, Palette)
        await driven.type("Scale")
        palette = driven.screen
        await until(lambda: not palette.query_one("#--results").loading, driven.pilot)
        await driven.rest()
        (line,) = [line for line in driven.drawn if line.strip().startswith("Scale")]
        assert line.rstrip().endswith("  x")


@pytest.mark.parametrize(
    ("keys", "label"), [(("slash",), "search:"), (("4", "ampersand"), "& filter:")]
)
async def test_a_prompt_says_what_it_is_for(keys: tuple[str, ...], label: str) -> None:
    async with open_app() as driven:
        await driven.press(*keys)
        assert driven.drawn[-2].strip().startswith(label)


async def test_a_click_beside_a_dialog_closes_it_and_one_in_it_does_not() -> None:
    async with open_app() as driven:
        for key in ("question_mark", "d", "e", "t"):
            await driven.press(key)
            await driven.pilot.click("#title")
            await driven.rest()
            assert driven.app.screen_stack != [driven.screen]
            await driven.pilot.click(offset=(0, 0))
            await driven.rest()
            assert isinstance(driven.screen, ScoresScreen)


async def test_a_click_on_a_part_of_the_title_chooses_another() -> None:
    async with open_app() as driven:
        for part, title in (("mini_mmlu", "Dataset"), ("accuracy_mean", "Metric")):
            at = driven.drawn[1].index(part)
            await driven.pilot.click(ContextLine, offset=(at + 2, 0))
            await driven.rest()
            assert isinstance(driven.screen, ChooseScreen)
            assert driven.words("#title") == title
            await driven.press("escape")
        await driven.pilot.click(ContextLine, offset=(driven.drawn[1].index("0–1") + 1, 0))
        await driven.rest()
        assert driven.view.scale == 100


async def test_a_click_on_the_marks_of_the_headings_scrolls_columns() -> None:
    async with open_app() as driven:
        table = driven.table
        first = table.first_column
        await driven.pilot.click(FrameTable, offset=(table.size.width - 2, 0))
        await driven.rest()
        assert table.first_column == first + 1
        assert driven.view.sort_run is None
        await driven.pilot.click(FrameTable, offset=(driven.drawn[2].index("‹"), 0))
        await driven.rest()
        assert table.first_column == first


async def test_the_wheel_scrolls_the_chart(large: Path) -> None:
    async with open_app([large], size=WIDE) as driven:
        (chart,) = driven.charts
        await until(lambda: _names(chart)[:1] == ["c00"], driven.pilot)
        for _ in range(3):
            await driven.pilot._post_mouse_events([MouseScrollDown], chart, offset=(5, 5))
        await until(lambda: _names(chart)[:1] == ["c03"], driven.pilot)
        assert driven.table.cursor_row == 0


def _names(chart: BarChart) -> list[str]:
    """The categories that a chart shows, from its top."""
    lines = [chart.render_line(y).text for y in range(chart.size.height)]
    return re.findall(r"\bc\d\d\b", "\n".join(lines))
