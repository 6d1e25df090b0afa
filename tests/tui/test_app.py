"""What is true on every screen: keys, palette, help, export, copy, labels, foreign text, sizes."""

from __future__ import annotations

import asyncio
import gc
import json
import threading
import weakref
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from rich.table import Table
from textual import events
from textual.command import CommandPalette
from textual.filter import Monochrome
from textual.pilot import Pilot
from textual.widgets import Input, Static
from textual.widgets._footer import FooterKey
from textual.widgets._toast import Toast, ToastHolder

import tui_eval.loading.collection
from tests.build.lm_eval import write_answers
from tests.tui.conftest import (
    HUGE,
    NARROW,
    SAMPLES,
    WIDE,
    Driven,
    drive,
    open_app,
    run_file,
    settle,
    until,
)
from tui_eval.analysis.view import COVERAGE, Threshold
from tui_eval.formats.registry import Content
from tui_eval.loading.collection import Collection, File
from tui_eval.loading.passes import Samples, read_samples
from tui_eval.loading.results import KeptResults
from tui_eval.render.glossary import terms_of
from tui_eval.tui.app import TuiEvalApp
from tui_eval.tui.clipboard import Copied
from tui_eval.tui.commands import EVERYWHERE, MOVEMENT, Command
from tui_eval.tui.reading import Reading
from tui_eval.tui.screens.correlation import CorrelationScreen
from tui_eval.tui.screens.datasets import DatasetsScreen
from tui_eval.tui.screens.delta import DeltaScreen
from tui_eval.tui.screens.export import ExportScreen
from tui_eval.tui.screens.files import FilesScreen
from tui_eval.tui.screens.keys import KeysScreen
from tui_eval.tui.screens.rescore import RescoreScreen
from tui_eval.tui.screens.scores import ScoresScreen
from tui_eval.tui.screens.view_screen import ViewScreen
from tui_eval.tui.widgets.frame_table import FrameTable

SCREENS: dict[str, type[ViewScreen]] = {
    "0": DatasetsScreen,
    "1": FilesScreen,
    "2": ScoresScreen,
    "3": DeltaScreen,
    "6": CorrelationScreen,
    "7": RescoreScreen,
}
BASE = "mock-3b-base @ 20261120_2336"

each_screen = pytest.mark.parametrize("screen", SCREENS.values(), ids=lambda one: one.__name__)


# keys


@each_screen
def test_every_command_has_an_action(screen: type[ViewScreen]) -> None:
    for command in (*screen.KEYS, *EVERYWHERE):
        name = command.action.removeprefix("screen.").partition("(")[0]
        owners = (screen, TuiEvalApp) if "." not in command.action else (screen,)
        assert any(hasattr(owner, f"action_{name}") for owner in owners), command
    for command in MOVEMENT:
        assert hasattr(FrameTable, f"action_{command.action}")


@each_screen
def test_no_key_is_bound_twice(screen: type[ViewScreen]) -> None:
    keys = [
        key for command in (*screen.KEYS, *EVERYWHERE, *MOVEMENT) for key in command.keys.split(",")
    ]
    assert [key for key, count in Counter(keys).items() if count > 1] == []


@each_screen
def test_the_definitions_are_what_is_bound(screen: type[ViewScreen]) -> None:
    bound = {
        key: binding.action
        for key, found in screen._merged_bindings.key_to_bindings.items()  # type: ignore[union-attr]
        for binding in found
    }
    own = [command for command in screen.KEYS if command.action != "select_cursor"]
    for command in own:
        for key in command.keys.split(","):
            assert bound[key] == command.action


@each_screen
def test_the_footer_has_room_for_its_keys(screen: type[ViewScreen]) -> None:
    assert sum(bool(command.footer) for command in (*screen.KEYS, *EVERYWHERE)) <= 9


async def test_a_path_that_is_not_there_is_told_and_the_rest_opened(tmp_path: Path) -> None:
    gone = tmp_path / "gone"
    path = run_file(tmp_path, "m", {"a": 0.5})
    async with open_app([path, gone]) as driven:
        assert driven.session.tables is not None
        assert driven.session.tables.runs.height == 1
        told = [note.message for note in driven.app._notifications]
        assert told == [f"No such file or folder: {gone}"]


async def test_numbers_change_the_screen_and_q_quits_at_the_top() -> None:
    async with open_app() as driven:
        for key, screen in SCREENS.items():
            await driven.press(key)
            assert type(driven.screen) is screen
            await driven.press(key)
            assert type(driven.screen) is screen
        for screen in (
            RescoreScreen,
            CorrelationScreen,
            DeltaScreen,
            ScoresScreen,
        ):  # a way in a circle is forgotten
            assert isinstance(driven.screen, screen)
            assert driven.app.return_code is None
            await driven.press("q")
        await until(lambda: driven.app.return_code == 0, driven.pilot)


async def test_the_view_is_shared_by_the_screens() -> None:
    async with open_app() as driven:
        await driven.press("x", "d", "down", "enter", "3")
        assert driven.view.dataset == "mini_tmmlu"
        assert "mini_tmmlu" in driven.context
        assert "0–100" in driven.context
        await driven.press("x", "2")
        assert "0–1 " in driven.context


@pytest.mark.parametrize("key", SCREENS)
async def test_help_lists_every_key(key: str) -> None:
    async with open_app() as driven:
        await driven.press(key, "question_mark")
        assert isinstance(driven.screen, KeysScreen)
        told = rows_of_help(driven.screen)
        commands: tuple[Command, ...] = (*SCREENS[key].KEYS, *EVERYWHERE, *MOVEMENT)
        for command in commands:
            keys = command.shown_key or command.keys.replace(",", " ")
            assert (keys, command.name, command.help) in told
        assert "Palette" in [row[1] for row in told]
        assert {(term.name, term.meaning) for term in terms_of(SCREENS[key].MODE)} <= told
        for close in ("escape", "q"):
            await driven.press(close)
            assert isinstance(driven.view_screen, SCREENS[key])
            await driven.press("question_mark")
        assert driven.app.is_running


def rows_of_help(screen: KeysScreen) -> set[tuple[str, ...]]:
    rows: set[tuple[str, ...]] = set()
    for static in screen.query(Static):
        table = static.content
        if isinstance(table, Table):
            columns = [[str(cell) for cell in column.cells] for column in table.columns]
            rows.update(zip(*columns, strict=True))
    return rows


@pytest.mark.parametrize("key", SCREENS)
async def test_the_palette_lists_the_commands_of_the_screen(key: str) -> None:
    async with open_app() as driven:
        await driven.press(key)
        titles = [command.title for command in driven.app.get_system_commands(driven.screen)]
        for command in (*SCREENS[key].KEYS, *EVERYWHERE):
            assert command.name in titles


async def from_palette(driven: Driven, name: str) -> None:
    await driven.press("ctrl+p")
    assert isinstance(driven.screen, CommandPalette)
    await driven.type(name)
    await until(lambda: not driven.screen.query_one("#--results").loading, driven.pilot)
    await driven.press("down", "enter")
    await until(lambda: not isinstance(driven.screen, CommandPalette), driven.pilot)
    await driven.rest()


async def test_the_palette_acts_on_the_screen_behind_it() -> None:
    async with open_app() as driven:
        await from_palette(driven, "Scale")
        assert driven.view.scale == 100
        assert driven.shown.report.columns[1].scale == 100
        await from_palette(driven, "All datasets")
        assert driven.view.dataset is None
        await from_palette(driven, "Open")
        assert driven.view.dataset == "mini_mmlu"
        await from_palette(driven, "Delta")
        assert isinstance(driven.screen, DeltaScreen)
        await from_palette(driven, "Next list")
        assert "▌overview▐" in driven.drawn[1]
        await from_palette(driven, "Keys")
        assert isinstance(driven.screen, KeysScreen)


async def test_the_palette_on_the_files_screen() -> None:
    async with open_app() as driven:
        await driven.press("1")
        await from_palette(driven, "All or none")
        assert [driven.table.row_cells(row)[0].text for row in range(7)] == ["●"] * 7
        await from_palette(driven, "Open")
        assert isinstance(driven.screen, ScoresScreen)
        assert driven.frame.width == 8


# labels that change while files are read


async def test_choices_follow_runs_whose_labels_change(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A second run of the same model and minute arrives: both labels get their folder."""
    run_file(tmp_path / "a", "m", {"x": 0.9, "y": 0.4})
    run_file(tmp_path / "b", "n", {"x": 0.8, "y": 0.3})
    run_file(tmp_path / "c", "m", {"x": 0.7, "y": 0.2})
    real, go_on = tui_eval.loading.collection.find, threading.Event()

    def find(paths: list[Path], cancelled: Callable[[], bool], kept: KeptResults) -> Iterator[File]:
        for file in real(paths, cancelled, kept=kept):
            while file.path.parent.name == "c" and not go_on.wait(0.01):
                yield File(tmp_path / "x.txt", Content("skipped", "no results"))
            yield file

    monkeypatch.setattr("tui_eval.loading.collection.find", find)
    monkeypatch.setattr("tui_eval.tui.reading._PUBLISH_EVERY", 0.0)
    app = TuiEvalApp([tmp_path])
    async with drive(app) as driven:
        await until(
            lambda: app.session.tables is not None and app.session.tables.runs.height == 2,
            driven.pilot,
        )
        assert app.session.tables is not None
        one = app.session.tables.run_shown_as("m @ 20260101_0000")
        other = app.session.tables.run_shown_as("n @ 20260101_0000")
        threshold = Threshold(at_least=True, value=0.5, run=one)
        app.session.change(baseline=one, candidates=(other,), sort_run=one, threshold=threshold)
        before = app.session.view
        app.session.open(frozenset({one}))
        go_on.set()
        await until(lambda: not app.session.data.is_loading, driven.pilot)
        await driven.rest()
        new = "m @ 20260101_0000 (a)"
        assert driven.view == before
        assert driven.label(one) == new
        assert driven.frame.columns == ["category", new]
        assert driven.column("category") == ["x"]


# foreign text

EVIL_MODEL = "[INST] x [/INST] [@click=app.quit]"
EVIL_CATEGORY = "[red]a[/red]"
EVIL_DATASET = "[b]set[/x]"


@pytest.fixture
def evil(tmp_path: Path) -> Path:
    scores: dict[str, float | None]
    for number, model in enumerate((EVIL_MODEL, "[/] plain")):
        # the second one lets the first keep its folder, and so its slash
        scores = {EVIL_CATEGORY: 0.5 + number / 10, "other/red]": 0.3, "b [": 0.2}
        run_file(
            tmp_path / f"[{number}]", model, scores, dataset=EVIL_DATASET, average_accuracy=0.9
        )
    (tmp_path / "[bold]bad.json").write_text('{"dataset_results": [')
    return tmp_path


def seen(driven: Driven, text: str) -> bool:
    return any(text in line for line in driven.drawn)


async def test_markup_in_data_is_shown_as_it_is(
    evil: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    async with open_app([evil], size=HUGE) as driven:
        assert driven.view.dataset == EVIL_DATASET
        assert seen(driven, EVIL_CATEGORY)
        assert seen(driven, f"{EVIL_DATASET} · accuracy_mean")
        assert seen(driven, "b [INST] x")
        assert seen(driven, "[/INST]")
        assert seen(driven, "[@click=app")
        for key in ("d", "m"):
            await driven.press(key)
            assert seen(driven, EVIL_DATASET if key == "d" else "accuracy_mean")
            await driven.press("enter")
        await driven.press("right", "right", "right_square_bracket")
        assert seen(driven, f"by {EVIL_MODEL} ▼") or seen(driven, "by [/] plain ▼")
        await driven.press("t", "tab", "enter")
        assert seen(driven, EVIL_MODEL)
        assert seen(driven, "[/] plain @")
        await driven.press("down", "down", "enter", "shift+tab", "enter")
        assert driven.view.threshold is not None
        assert driven.view.threshold.run is not None
        assert seen(driven, f"≥ 0.5 ({driven.label(driven.view.threshold.run)})")
        await driven.press("e", "enter")
        assert driven.notices[-1].startswith("Saved ")
        assert "twinkle__b_set__x__ALL-" in driven.notices[-1]
        await driven.press("3")
        assert seen(driven, " − a [")
        for key in ("b", "v"):
            await driven.press(key)
            assert seen(driven, "@ 20260101_0000")
            await driven.press("escape")
        await driven.press("o", "o", "o", "o", "e", "escape", "1")
        assert seen(driven, EVIL_MODEL)
        assert seen(driven, "[bold]bad.json")
        assert seen(driven, "[0]")
        await driven.press("slash")
        await driven.type("[bold]")
        assert seen(driven, "filter “[bold]”, Esc clears it")
        await driven.press("enter", "G")
        assert str(evil / "[bold]bad.json") in driven.words("#notes")
        assert driven.app.is_running


# export


async def save(driven: Driven, down: int, form: int = 0) -> Path:
    """Save the choice at a place of the list, by keys; where it went."""
    await driven.press("e")
    assert isinstance(driven.screen, ExportScreen)
    if down:
        choose = ("enter", *(["down"] * down), "enter")
        await driven.press("shift+tab", "shift+tab", *choose, "tab", "tab")
    if form:
        await driven.press("shift+tab", "enter", *(["down"] * form), "enter", "tab")
    path = Path(driven.screen.query_one("#path", Input).value)
    await driven.press("enter")
    assert isinstance(driven.screen, ViewScreen)
    assert driven.notices[-1].startswith("Saved ")
    assert driven.notices[-1].endswith(str(path))
    driven.app.clear_notifications()
    return path


async def test_scores_are_saved_page_all_and_overview(
    large: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    async with open_app([large]) as driven:
        await driven.press("p", "p", "full_stop")
        page = await save(driven, 0)
        assert page == tmp_path / "twinkle_d_21_40.csv"
        header = "category,a @ 20260101_0000,b @ 20260101_0000"
        assert page.read_text().splitlines()[0] == header
        assert pl.read_csv(page)["category"].to_list() == [f"c{n}" for n in range(20, 40)]
        every = await save(driven, 1)
        assert every == tmp_path / "twinkle_d_ALL.csv"
        assert pl.read_csv(every).height == 57
        overview = await save(driven, 2)
        assert overview == tmp_path / "twinkle_overview.csv"
        assert pl.read_csv(overview)["dataset"].to_list() == ["d"]


async def test_differences_are_saved_each_list_by_its_name(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    async with open_app() as driven:
        await driven.press("3", "v", "a", "space", "enter")
        candidate = "mock-8b-instruct @ 20261120_2337"
        assert driven.labels(driven.view.candidates) == [candidate]
        base, other = (label.replace(" @ ", "_") for label in (BASE, candidate))
        wanted = {
            f"delta_mini_mmlu_ALL_vs_{base}.csv": "category,candidate,baseline_score,"
            "candidate_score,delta",
            f"delta_overview_mini_mmlu_vs_{base}.csv": "Candidate,Mean Δ,Median Δ,Win,Lose,Tie,"
            + COVERAGE,
            f"delta_missing_mini_mmlu_vs_{base}.csv": "run,category",
            f"delta_top_mini_mmlu_{other}_vs_{base}.csv": "category,baseline_score,"
            "candidate_score,delta",
            f"delta_bottom_mini_mmlu_{other}_vs_{base}.csv": "category,baseline_score,"
            "candidate_score,delta",
        }
        for place, (name, header) in enumerate(wanted.items()):
            path = await save(driven, place)
            assert path.name == name
            assert path.read_text(encoding="utf-8").splitlines()[0] == header
        saved = pl.read_csv(tmp_path / next(iter(wanted)))
        assert saved["delta"].to_list() == driven.column("delta")
        await driven.press("o", "o")
        assert (await save(driven, 0, form=2)).name == next(
            name.replace(".csv", ".json") for name in wanted if "_top_" in name
        )


async def test_json_and_markdown(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    async with open_app() as driven:
        await driven.press("p")
        markdown = await save(driven, 0, form=1)
        assert markdown.name == "twinkle_mini_mmlu_1_7.md"
        assert markdown.read_text().splitlines()[0].startswith("| category | mock-3b-base @ ")
        path = await save(driven, 1, form=2)
        assert path.name == "twinkle_mini_mmlu_ALL.json"
        rows = json.loads(path.read_text())
        assert [row["category"] for row in rows] == driven.column("category")
        assert [row[BASE] for row in rows] == driven.column(BASE)


async def test_nothing_is_replaced_without_a_second_enter(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    there = tmp_path / "twinkle_mini_mmlu_1_7.csv"
    there.write_text("mine")
    async with open_app() as driven:
        await driven.press("p", "e", "enter")
        assert isinstance(driven.screen, ExportScreen)
        assert driven.words("#say") == "This file exists. Press Enter again to replace it."
        assert there.read_text() == "mine"
        other = tmp_path / "other.csv"
        other.write_text("also mine")
        await driven.replace(str(other))
        await driven.press("enter")
        assert other.read_text() == "also mine"
        assert isinstance(driven.screen, ExportScreen)
        await driven.press("enter")
        assert other.read_text().startswith("category,")
        assert there.read_text() == "mine"
        await driven.press("e", "enter", "escape")
        assert there.read_text() == "mine"


async def test_a_path_that_cannot_be_written_is_said(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "file").write_text("")
    async with open_app() as driven:
        await driven.press("e")
        for path, words in (
            ("", "Type a file name."),
            (str(tmp_path), "Not saved: this is a folder: give a file name in it."),
            (str(tmp_path / "file" / "below.csv"), "Not saved: not a directory."),
            (str(tmp_path / "new" / "x.csv"), "Not saved: no such file or directory."),
            ("x" * 300, "Not saved: file name too long."),
            ("~nobody-has-this-name/x.csv", "Not saved: there is no such folder."),
        ):
            await driven.replace(path)
            await driven.press("enter")
            assert driven.words("#say") == words
        await driven.replace("name.csv")
        await driven.press("enter")
        assert (tmp_path / "name.csv").exists()


async def test_saving_goes_on_where_the_current_folder_is_gone(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "gone").mkdir()
    monkeypatch.chdir(tmp_path / "gone")
    async with open_app() as driven:
        (tmp_path / "gone").rmdir()
        await driven.press("e", "enter")
        assert driven.words("#say") == "Not saved: no such file or directory."
        await driven.replace("x.csv")
        await driven.press("enter")
        assert driven.words("#say") == "Not saved: there is no such folder."
        await driven.replace(str(tmp_path / "x.csv"))
        await driven.press("enter")
        assert (tmp_path / "x.csv").exists()


async def test_the_list_of_runs_is_saved(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    async with open_app() as driven:
        await driven.press("1")
        path = await save(driven, 0)
        assert path.name == "runs.csv"
        assert pl.read_csv(path)["model"].to_list() == driven.column("model")


# copy


@pytest.fixture
def copied(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What was copied, by a stand-in for the clipboard."""
    texts: list[str] = []

    def copy(text: str, *, write_osc52: Callable[[str], None]) -> Copied:
        texts.append(text)
        write_osc52(text)
        return Copied(("osc52",), None, "Sent [somewhere].")

    monkeypatch.setattr("tui_eval.tui.clipboard.copy", copy)
    return texts


async def test_a_cell_and_the_table_are_copied(copied: list[str]) -> None:
    async with open_app() as driven:
        await driven.press("y", "right", "y", "Y")
        first, foot = driven.frame.row(0), driven.shown.report.foot
        assert foot is not None
        assert copied[:2] == [first[0], f"{first[1]:.3f}"]
        assert copied[2].count("\n") == 2 + 7 + foot.height
        assert copied[2].startswith("| category | mock-3b-base @ ")
        assert driven.app.clipboard == copied[2]
        assert driven.notices == ["Sent [somewhere]."] * 3
        await driven.press("3", "Y")
        assert copied[3].startswith("| category | mock-8b-instruct @ 20261120_2337 | ")


# sizes and colours


async def test_the_cursor_is_seen_without_colour(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    async with open_app() as driven:
        assert any(isinstance(one, Monochrome) for one in driven.app._filters)
        styles = [
            segment.style
            for segment in driven.table.render_line(driven.table._plan.header_height)
            if segment.style is not None and segment.style.reverse
        ]
        assert styles
        await driven.press("c", "3")
        assert driven.frame.height


async def test_it_follows_the_size_of_the_terminal() -> None:
    async with open_app(size=NARROW) as driven:
        await driven.press("1", "3", "2")
        for size, charts in ((WIDE, 1), (HUGE, 1), (NARROW, 0), (WIDE, 1)):
            for key in ("1", "3", "2"):
                await driven.press(key)
                await driven.pilot.resize_terminal(*size)
                await driven.rest()
                assert len(driven.drawn) == size[1]
                assert driven.screen.max_scroll_y == 0
            assert len(driven.charts) == charts
            assert driven.screen.has_class("-narrow") == (size == NARROW)
            assert driven.table.size.height >= 10


@pytest.mark.parametrize("size", [(20, 5), (1, 1)])
async def test_a_tiny_terminal_does_not_end_it(size: tuple[int, int]) -> None:
    async with open_app(size=size) as driven:
        for key in SCREENS:
            await driven.press(key, "c", "j", "G", "right", "slash", "escape", "question_mark")
            await driven.press("escape", "e", "escape")
        await driven.press("2", "t", "escape", "d", "escape", "3", "v", "escape")
        await driven.pilot.resize_terminal(*NARROW)
        await driven.rest()
        assert driven.frame.height
        assert isinstance(driven.screen, DeltaScreen)


def test_samples_are_what_the_tests_take_them_for() -> None:
    assert len(list(SAMPLES.rglob("results_*.json"))) == 7


async def test_a_dialog_answers_once_however_fast_the_keys_come() -> None:
    async with open_app() as driven:
        for key in ("d", "e", "t"):
            await driven.press(key)
            dialog = driven.app.screen
            dialog.dismiss(None)
            dialog.dismiss(None)
            await driven.press("escape")
        assert driven.app.screen_stack[-1] is driven.app.screen
        await driven.press("x")
        assert driven.view.scale == 100


async def test_a_page_key_before_the_list_is_drawn_does_nothing() -> None:
    async with open_app() as driven:
        for key in ("d", "m", "ctrl+p"):
            driven.app.simulate_key(key)
            driven.app.simulate_key("pageup")
            driven.app.simulate_key("pagedown")
            await driven.press("escape")
        await driven.press("e", "shift+tab")
        for key in ("enter", "pagedown", "pageup"):
            driven.app.simulate_key(key)
        await driven.press("escape", "escape")
        await driven.press("x")
        assert driven.view.scale == 100


def test_an_app_that_fails_ends_the_test_that_waits_for_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def fails(self: ViewScreen) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(ViewScreen, "on_mount", fails)
    with pytest.raises(ZeroDivisionError):
        TuiEvalApp([SAMPLES]).run(headless=True, size=NARROW, auto_pilot=settle)


async def test_a_dialog_under_another_is_not_answered() -> None:
    async with open_app() as driven:
        await driven.press("d")
        dialog = driven.app.screen
        await driven.press("ctrl+p")
        dialog.dismiss(None)
        dialog.dismiss(None)
        await driven.rest()
        assert isinstance(driven.screen, CommandPalette)
        await driven.press("escape", "escape", "x")
        assert driven.view.scale == 100


async def test_a_command_of_the_palette_runs_once_however_often_enter_comes() -> None:
    async with open_app() as driven:
        await driven.press("ctrl+p")
        await driven.type("Scale")
        await driven.press("down")
        await burst(driven, "enter", "enter", "enter")
        assert driven.view.scale == 100
        assert driven.app.screen_stack == [driven.screen]


async def test_a_double_click_beside_the_palette_closes_it_once() -> None:
    async with open_app() as driven:
        await driven.press("ctrl+p")
        for kind in (events.MouseDown, events.MouseUp) * 2:
            driven.app.post_message(mouse(kind, 1, 1))
        await driven.rest()
        assert driven.app.screen_stack == [driven.view_screen]


async def test_a_toast_that_goes_may_be_clicked() -> None:
    async with open_app() as driven:
        driven.app.notify("Going.", timeout=60, severity="warning")
        await driven.rest()
        toast = driven.screen.query_one(Toast)
        x, y = toast.region.offset
        driven.screen.query_one(ToastHolder).remove()
        while driven.screen.get_widget_at(x, y)[0] is toast:
            driven.screen._forward_event(mouse(events.MouseDown, x, y))
            await asyncio.sleep(0)
        await driven.press("x")
        assert driven.view.scale == 100


def mouse(kind: type[events.MouseEvent], x: int, y: int) -> events.MouseEvent:
    """The left button at a place of the terminal."""
    return kind(None, x, y, 0, 0, 1, False, False, False, x, y)


async def test_runs_that_are_scored_here_are_shown_at_the_pace_of_others(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(5):
        write_answers(tmp_path / str(number), ["yes", "no"], model=f"m{number}")
    for file in tmp_path.rglob("results_*"):
        file.unlink()
    published = []
    publish = Reading._publish

    def counted(self: Reading, worker: Any, collection: Collection, folder: str) -> None:
        published.append(folder)
        publish(self, worker, collection, folder)

    monkeypatch.setattr("tui_eval.tui.reading._PUBLISH_EVERY", 1e6)
    monkeypatch.setattr(Reading, "_publish", counted)
    async with open_app([tmp_path]) as driven:
        assert driven.app.session.tables is not None
        assert driven.app.session.tables.scores["value"].count() > 0
    assert len(published) == 2  # the first file at once, and all of it at the end


async def test_what_is_looked_at_is_resolved_once_a_change() -> None:
    async with open_app() as driven:
        session = driven.app.session
        before = session.selection
        await driven.press("3", "2")
        assert session.selection is before
        await driven.press("x")
        assert session.selection is not before
        assert session.selection is session.selection


# reading again


async def test_reload_reads_anew_and_keeps_what_is_looked_at(tmp_path: Path) -> None:
    run_file(tmp_path / "a", "m", {"x": 0.5, "y": 0.4})
    run_file(tmp_path / "b", "n", {"x": 0.8, "y": 0.3})
    async with open_app([tmp_path], WIDE) as driven:
        await driven.press("1", "space", "enter", "x", "s", "s")
        assert driven.frame.columns == ["category", "m @ 20260101_0000"]
        run_file(tmp_path / "a", "m", {"x": 0.25, "y": 0.4})
        run_file(tmp_path / "c", "o", {"x": 0.1, "y": 0.1})
        await driven.press("r")
        await until(lambda: not driven.session.data.is_loading, driven.pilot)
        await driven.rest()
        assert driven.frame.rows() == [("x", 25.0), ("y", 40.0)]
        assert driven.words("#progress") == "1 of 3 runs in 3 files"


async def test_watched_folders_show_what_lands(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tui_eval.tui.app.LOOK_EVERY", 0.05)
    path = run_file(tmp_path / "a", "m", {"x": 0.5})
    async with open_app([tmp_path], WIDE) as driven:
        await driven.press("W")
        assert "New results are shown as they appear." in driven.notices
        assert driven.words("#progress") == "1 run in 1 file, watching"
        whole = path.read_text().replace('"m"', '"late"').replace("20260101_0000", "20260101_0001")
        growing = tmp_path / "late.json"
        growing.write_text(whole[:-5])
        await until(lambda: "1 refused" in driven.words("#progress"), driven.pilot)
        growing.write_text(whole)
        await until(lambda: "2 runs in 2 files" in driven.words("#progress"), driven.pilot)
        await driven.rest()
        assert driven.frame.columns[1:] == ["late @ 20260101_0001", "m @ 20260101_0000"]
        assert driven.words("#progress").endswith(", watching +1")
        await driven.press("1")
        marks = {row[1].text: row[0].text for row in map(driven.table.row_cells, range(2))}
        assert marks == {"m": "·", "late": "+"}
        await driven.press("W")
        assert driven.words("#progress") == "2 runs in 2 files"


@pytest.fixture
def looks(monkeypatch: pytest.MonkeyPatch) -> list[Collection]:
    """Every look at folders that are watched, which are frequent."""
    monkeypatch.setattr("tui_eval.tui.app.LOOK_EVERY", 0.01)
    seen: list[Collection] = []
    look_again = Collection.look_again

    def spied(self: Collection, *words: Any) -> frozenset[str] | None:
        seen.append(self)
        return look_again(self, *words)

    monkeypatch.setattr(Collection, "look_again", spied)
    return seen


async def test_a_costly_look_is_followed_by_rest(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, looks: list[Collection]
) -> None:
    monkeypatch.setattr("tui_eval.tui.reading._REST", 1e9)
    run_file(tmp_path, "m", {"x": 0.5})
    async with open_app([tmp_path]) as driven:
        await driven.press("W")
        await until(lambda: bool(looks), driven.pilot)
        await driven.pilot.pause(0.3)
        assert len(looks) == 1


async def test_no_look_begins_before_answers_are_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, looks: list[Collection]
) -> None:
    """It would begin their reading anew, and there would be no first table for long."""
    monkeypatch.setattr("tui_eval.tui.reading._REST", 0.0)
    write_answers(tmp_path, ["yes", "no"])
    going = threading.Event()

    def slow(*words: Any) -> Iterator[Samples]:
        going.wait(20)
        yield from read_samples(*words)

    async with open_app([tmp_path]) as driven:
        monkeypatch.setattr("tui_eval.loading.store.read_samples", slow)
        await driven.press("W")
        await until(lambda: len(looks) > 1, driven.pilot)
        await driven.pilot.press("4")
        await until(lambda: driven.session.request is not None, driven.pilot)
        begun = len(looks)
        await driven.pilot.pause(0.3)
        assert len(looks) <= begun + 1
        going.set()
        await until(lambda: len(looks) > begun + 1, driven.pilot)
        await driven.rest()
        assert driven.frame.height == 2


# memory


async def freed(gone: Sequence[weakref.ref[Any]], pilot: Pilot[None]) -> None:
    """Wait until nothing holds them: a thread may hold what it read until it has ended."""

    def is_freed() -> bool:
        gc.collect()
        return all(one() is None for one in gone)

    async with asyncio.timeout(90):  # a collection takes long where much was tested before
        while not is_freed():
            await pilot.pause(0.05)


@pytest.mark.usefixtures("collections_as_always")
async def test_what_is_no_longer_looked_at_is_freed(tmp_path: Path) -> None:
    """Nothing of it may be among what collections of garbage leave alone."""
    for dataset in ("riddles", "rhymes"):
        write_answers(tmp_path / dataset, ["yes", "no"], task=dataset)
    gone: list[weakref.ref[Any]] = []
    async with open_app([tmp_path]) as driven:
        # 3.12's tasks that start at once are not always freed, with the worker that they ran
        asyncio.get_running_loop().set_task_factory(None)
        await driven.press("4")
        for key in ("down", "up") * 2:
            gone.append(weakref.ref(driven.session.samples))
            await driven.press("d", key, "enter")
        await freed(gone, driven.pilot)


@pytest.mark.usefixtures("collections_as_always")
async def test_what_was_read_before_reading_anew_is_freed(tmp_path: Path) -> None:
    write_answers(tmp_path, ["yes", "no"])
    read: list[weakref.ref[Any]] = []
    async with open_app([tmp_path]) as driven:
        for _ in range(4):
            read.append(weakref.ref(driven.session.tables))
            await driven.press("r")
        await freed(read[:3], driven.pilot)


@pytest.mark.usefixtures("collections_as_always")
async def test_keys_of_the_footer_that_are_gone_are_freed() -> None:
    async with open_app() as driven:
        await driven.press("slash", "escape")
        keys = [weakref.ref(key) for key in driven.screen.query(FooterKey)]
        assert len(keys) > 3
        await driven.press("slash", "escape")
        await freed(keys, driven.pilot)


async def test_keys_of_the_footer_stay_where_they_are_the_same() -> None:
    async with open_app() as driven:
        keys = list(driven.screen.query(FooterKey))
        await driven.press("d", "escape")
        assert list(driven.screen.query(FooterKey)) == keys
        await driven.press("slash")
        assert [key.description for key in driven.screen.query(FooterKey)] != [
            key.description for key in keys
        ]


# keys that come in one write


async def burst(driven: Driven, *keys: str) -> None:
    """Keys that all come before the first is answered."""
    for key in keys:
        driven.app.simulate_key(key)
    await driven.rest()
    await driven.rest()


async def test_what_follows_a_slash_is_sought_not_done() -> None:
    async with open_app() as driven:
        await burst(driven, "slash", *"viroxq", "backspace", "backspace", "enter")
        assert driven.view.scale == 1
        assert driven.frame["category"][driven.table.cursor_row] == "virology"
        assert driven.app.is_running


async def test_dialogs_take_what_is_typed_at_once(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    async with open_app() as driven:
        await burst(driven, "e", "enter")
        await until(lambda: any(tmp_path.iterdir()), driven.pilot)
        await driven.rest()
        assert [path.suffix for path in tmp_path.iterdir()] == [".csv"]
        await burst(driven, "t", "0", ".", "7", "enter")
        assert driven.view.threshold == Threshold(at_least=True, value=0.7)
        await burst(driven, "d", "down", "enter")
        assert driven.view.dataset == "mini_tmmlu"


async def test_files_are_filtered_by_what_is_typed_at_once(tmp_path: Path) -> None:
    run_file(tmp_path / "a", "alpha", {"x": 0.5})
    run_file(tmp_path / "b", "beta", {"x": 0.6})
    async with open_app([tmp_path]) as driven:
        await burst(driven, "1")
        await burst(driven, "slash", *"beta", "enter")
        await driven.press("enter")
        assert isinstance(driven.screen, ScoresScreen)
        assert driven.runs == ["beta @ 20260101_0000"]


async def test_a_dialog_that_is_left_while_it_is_typed_in(tmp_path: Path) -> None:
    for number in range(16):
        run_file(tmp_path / str(number), f"m{number}", {"x": number / 16})
    async with open_app([tmp_path]) as driven:
        for _ in range(3):
            await driven.press("3", "b", "tab")
            await burst(driven, *"m1", "escape", "escape")
            assert isinstance(driven.screen, ScoresScreen)


def test_a_fault_that_ends_the_app_is_told_without_control_characters_or_variables(
    capfd: pytest.CaptureFixture[str],
) -> None:
    async def end(pilot: Pilot[object]) -> None:
        def fail() -> None:
            secret = "sk-of-somebody"
            raise ValueError(secret[:2] + "\x1b[2J\x9b1m")

        pilot.app.call_later(fail)
        while pilot.app.return_code is None:
            await asyncio.sleep(0.01)

    app = TuiEvalApp([])
    app.run(headless=True, auto_pilot=end)
    said = capfd.readouterr().err
    assert app.return_code == 1
    assert "ValueError: sk␛[2J\\x9b1m" in said
    assert all(character.isprintable() or character == "\n" for character in said)
    assert "│ secret" not in said
