"""Screen 1 in the real app: folders, runs, marks, refusals, the walk."""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

import pytest
from textual.widgets import Input

import tui_eval.loading.collection
from tests.tui.conftest import HUGE, NARROW, SAMPLES, WIDE, Driven, drive, open_app, run_file, until
from tui_eval.formats.registry import Content
from tui_eval.loading.collection import File
from tui_eval.loading.results import KeptResults
from tui_eval.tui.app import TuiEvalApp
from tui_eval.tui.screens.facts import FactsScreen
from tui_eval.tui.screens.files import FilesScreen
from tui_eval.tui.screens.scores import ScoresScreen
from tui_eval.tui.widgets.frame_table import FrameTable


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """``one`` and ``two/deep`` with a run each, ``two/three`` with two runs, a file refused."""
    run_file(tmp_path / "one", "alpha", {"x": 0.1}, timestamp="20260101_0001")
    run_file(tmp_path / "two" / "deep", "beta", {"x": 0.2}, timestamp="20260101_0002")
    run_file(tmp_path / "two" / "three" / "a", "gamma", {"x": 0.3}, timestamp="20260101_0003")
    run_file(tmp_path / "two" / "three" / "b", "delta", {"x": 0.4}, timestamp="20260101_0004")
    (tmp_path / "two" / "broken.json").write_text('{"dataset_results": {"d": ')
    (tmp_path / "empty").mkdir()
    (tmp_path / ".hidden").mkdir()
    (tmp_path / "notes.txt").write_text("no results")
    return tmp_path


def folders(driven: Driven) -> dict[str, str]:
    """The folders and their counts as they are drawn."""
    table = driven.screen.query_one("#folders", FrameTable)
    rows = [table.row_cells(row) for row in range(table.row_count)]
    return {name.text: count.text for name, count in rows}


def marked(driven: Driven) -> list[str]:
    """Models of the runs that carry a mark."""
    rows = [driven.table.row_cells(row) for row in range(driven.table.row_count)]
    return [cells[1].text for cells in rows if cells[0].text == "●"]


def first_mark(driven: Driven) -> str:
    """What stands before the first run."""
    return driven.table.row_cells(0)[0].text


async def go_to_folder(driven: Driven, name: str) -> None:
    await driven.press("tab")
    place = list(folders(driven)).index(name)
    await driven.press("g", *(["j"] * place), "enter", "tab")


async def test_without_paths_it_opens_in_the_current_folder(
    tree: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tree)
    async with open_app([]) as driven:
        assert isinstance(driven.screen, FilesScreen)
        assert driven.context == f"4 runs · {tree}"
        assert folders(driven) == {"..": "", "one": "1", "two": "3", "+1 others": ""}


async def test_runs_and_refused_files_are_listed(tree: Path) -> None:
    async with open_app([tree], HUGE) as driven:
        await driven.press("1")
        shown = "model state harness date version datasets tasks questions samples size folder"
        assert driven.frame.columns[:11] == shown.split()
        assert driven.column("model") == ["alpha", "beta", "delta", "gamma", "broken.json"] or (
            driven.column("model") == ["alpha", "beta", "gamma", "delta", "broken.json"]
        )
        assert driven.column("state") == [*(["complete"] * 4), "refused"]
        assert driven.column("folder")[1] == "two/deep"
        assert driven.words("#progress") == "4 runs in 6 files, 1 refused, 1 folder skipped"
        await driven.press("G")
        notes = driven.words("#notes")
        assert str(tree / "two" / "broken.json") in notes
        assert driven.frame["reason"][-1] in notes
        await driven.press("space")
        assert "This file was refused: it cannot be opened." in driven.notices
        await driven.press("enter")
        assert isinstance(driven.screen, FilesScreen)
        assert "Mark a run first (space)." in driven.notices


async def test_a_run_that_lacks_what_others_have_is_partial(tmp_path: Path) -> None:
    run_file(tmp_path, "whole", {"x": 0.9, "y": 0.4})
    run_file(tmp_path / "b", "part", {"x": 0.9})
    async with open_app([tmp_path]) as driven:
        await driven.press("1")
        told = dict(zip(driven.column("model"), driven.column("state"), strict=True))
        assert told == {"whole": "complete", "part": "partial"}
        await driven.press("g" if driven.column("model")[0] == "part" else "G")
        assert "1 of 2 categories missing that others have" in driven.words("#notes")


async def test_of_very_many_runs_the_first_are_shown_and_that_is_said(
    tree: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tui_eval.tui.session.MOST_RUNS", 2)
    async with open_app([tree]) as driven:
        assert [name.split(" @ ")[0] for name in driven.frame.columns[1:]] == ["alpha", "beta"]
        words = "Showing the first 2 of 4 runs by name: v chooses others."
        assert words in driven.words("#notes")
        assert driven.words("#progress").startswith("4 runs")
        await driven.press("1", "G", "k", "space", "enter")
        assert len(driven.frame.columns) == 2
        assert "Showing the first" not in driven.words("#notes")


async def test_folders_are_entered_and_left(tree: Path) -> None:
    async with open_app([tree]) as driven:
        await driven.press("1")
        await go_to_folder(driven, "two")
        assert driven.context == f"3 runs · {tree / 'two'}"
        assert folders(driven) == {"..": "", "deep": "1", "three": "2"}
        assert driven.column("model")[-1] == "broken.json"
        await go_to_folder(driven, "three")
        assert set(driven.column("model")) == {"gamma", "delta"}
        await driven.press("backspace", "backspace")
        assert driven.context == f"4 runs · {tree}"
        await go_to_folder(driven, "+1 others")
        assert list(folders(driven)) == ["..", "one", "two", "empty"]
        await go_to_folder(driven, "empty")
        told = "No results in 0 files here: Backspace goes a folder up."
        assert any(told in line for line in driven.drawn)
        await go_to_folder(driven, "..")
        assert driven.context == f"4 runs · {tree}"


async def test_a_folder_above_is_read_anew(tree: Path) -> None:
    async with open_app([tree / "two" / "three"]) as driven:
        assert len(driven.session.view.baseline or "") > 0
        await driven.press("1", "space", "tab", "backspace")
        assert driven.context == f"3 runs · {tree / 'two'}"
        assert driven.app.session.paths == (tree / "two",)
        assert marked(driven) == []
        await driven.press("2")
        assert driven.frame.width == 4


async def test_dots_in_a_path_lead_nowhere_else(
    tree: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tree / "two" / "three")
    async with open_app([Path("..") / "deep"]) as driven:
        await driven.press("1")
        assert driven.context == f"1 run · {tree / 'two' / 'deep'}"
        await driven.press("tab", "backspace", "backspace")
        assert driven.context == f"4 runs · {tree}"


async def test_the_filter_works_as_you_type(tree: Path) -> None:
    async with open_app([tree]) as driven:
        await driven.press("1", "slash")
        await driven.type("DEEP")
        assert driven.column("model") == ["beta"]
        assert "filter “DEEP”, Esc clears it" in driven.context
        await driven.press("enter")
        assert isinstance(driven.screen, FilesScreen)
        assert driven.table.has_focus
        assert driven.notices == []
        assert driven.column("model") == ["beta"]
        await driven.press("slash")
        assert driven.screen.query_one("#prompt", Input).value == "DEEP"
        await driven.type("zz")
        assert any("No run meets the filter" in line for line in driven.drawn)
        await driven.press("escape")
        assert driven.frame.height == 5
        assert driven.table.has_focus


async def test_space_marks_and_enter_opens_only_these(tree: Path) -> None:
    async with open_app([tree]) as driven:
        await driven.press("1", "space")
        assert marked(driven) == ["alpha"]
        assert driven.table.cursor_row == 1
        await driven.press("space", "k", "space")
        assert marked(driven) == ["alpha"]
        await driven.press("G", "k", "space", "enter")
        assert isinstance(driven.screen, ScoresScreen)
        models = [name.split(" @ ")[0] for name in driven.frame.columns[1:]]
        assert len(models) == 2
        assert "alpha" in models
        assert driven.session.tables is not None
        assert frozenset(driven.session.tables.runs["run"].to_list()) == driven.session.opened
        await driven.press("3")
        assert driven.frame.columns[1] == "delta"  # of the one other run
        await driven.press("1", "a", "enter")
        assert driven.frame.width == 5


async def test_a_marks_all_that_are_shown_or_none(tree: Path) -> None:
    async with open_app([tree]) as driven:
        await driven.press("1", "a")
        assert len(marked(driven)) == 4
        await driven.press("a")
        assert marked(driven) == []
        await driven.press("slash")
        await driven.type("three")
        await driven.press("enter", "a", "slash", "escape")
        assert set(marked(driven)) == {"gamma", "delta"}
        await driven.press("a")
        assert len(marked(driven)) == 4


async def test_enter_without_marks_opens_the_run_at_the_cursor(tree: Path) -> None:
    async with open_app([tree]) as driven:
        await driven.press("1", "j", "enter")
        assert isinstance(driven.screen, ScoresScreen)
        assert driven.frame.columns == ["category", "beta @ 20260101_0002"]


async def test_marks_belong_to_runs_not_to_rows(tree: Path) -> None:
    async with open_app([tree]) as driven:
        await driven.press("1", "j", "space", "slash")
        await driven.type("e")
        assert marked(driven) == ["beta"]


async def test_y_copies_the_path(tree: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    copied: list[str] = []

    def copy(text: str, *, write_osc52: Callable[[str], None]) -> object:
        from tui_eval.tui.clipboard import Copied

        copied.append(text)
        return Copied(("tmux",), None, "Said what was done.")

    monkeypatch.setattr("tui_eval.tui.clipboard.copy", copy)
    async with open_app([tree]) as driven:
        await driven.press("1", "y")
        assert copied == [str(tree / "one" / "results_20260101_0001.json")]


# order, filter, what is marked


def names(driven: Driven) -> list[str]:
    """What the runs are called, as it is drawn."""
    return [driven.table.row_cells(row)[1].text for row in range(driven.table.row_count)]


async def test_runs_are_sorted_with_keys_and_by_a_click(tree: Path) -> None:
    newest = ["delta", "gamma", "beta", "alpha", "broken.json"]
    async with open_app([tree], WIDE) as driven:
        await driven.press("1", "s")
        assert names(driven) == newest
        assert "by date" in driven.context
        await driven.press("s")
        assert names(driven) == ["alpha", "beta", "broken.json", "delta", "gamma"]
        await driven.press("l", "right_square_bracket", "right_square_bracket")
        assert names(driven)[0] == "broken.json"  # by state, downwards
        heading = driven.table.render_line(0).text
        assert heading.split()[:4] == ["run", "state▼", "harness", "date"]
        await driven.pilot.click(driven.table, offset=(heading.index("date") + 1, 0))
        await driven.rest()
        assert names(driven) == newest
        await driven.pilot.click(driven.table, offset=(heading.index("date") + 1, 0))
        await driven.rest()
        assert names(driven) == [*newest[3::-1], "broken.json"]


async def test_words_are_anded_over_everything(tree: Path) -> None:
    run_file(tree / "two" / "zeta", "zeta", {"x": 0.5}, dataset="mmlu", timestamp="20261121_0554")
    async with open_app([tree]) as driven:
        await driven.press("1", "slash")
        prompt = driven.screen.query_one("#prompt", Input)
        for typed, kept in (
            ("TWO twinkle", {"beta", "delta", "gamma", "zeta"}),
            ("two twinkle !three", {"beta", "zeta"}),
            ("mmlu", {"zeta"}),
            ("refused", {"broken.json"}),
            ("date>2026-11", {"zeta"}),
            ("date<2026-11 !two", {"alpha"}),
        ):
            prompt.value = typed
            await driven.rest()
            assert set(driven.column("model")) == kept, typed
        await driven.press("enter", "escape")
        assert driven.frame.height == 6
        assert "filter" not in driven.context


async def test_a_wrong_filter_is_said_while_one_types(tree: Path) -> None:
    async with open_app([tree]) as driven:
        await driven.press("1", "slash")
        prompt = driven.screen.query_one("#prompt", Input)
        prompt.value = "beta"
        await driven.rest()
        prompt.value = "beta date>"
        await driven.rest()
        told = "date> needs a date: 2026, 2026-11, 2026-11-05 or 2026-11-05T14:30."
        assert driven.words("#notes") == told
        assert driven.column("model") == ["beta"]  # as before it was wrong
        await driven.press("enter")
        assert prompt.display
        assert driven.words("#notes") == told
        prompt.value = "beta date>2026"
        await driven.rest()
        assert driven.column("model") == ["beta"]
        assert "needs a date" not in driven.words("#notes")
        await driven.press("enter")
        assert not prompt.display


async def test_what_is_marked_is_said(tree: Path) -> None:
    async with open_app([tree]) as driven:
        await driven.press("1", "space", "space")
        assert "2 marked of 4: Enter opens them, a marks all" in driven.context
        await driven.press("slash")
        await driven.type("alpha")
        await driven.press("enter")
        assert "2 marked (1 not listed) of 4: Enter opens them" in driven.context
        await driven.press("escape", "g", "space", "space")
        assert "marked of" not in driven.context


async def test_dates_have_one_form() -> None:
    async with open_app([SAMPLES.parent]) as driven:
        await driven.press("1")
        dates = [date for date in driven.column("date") if date is not None]
        assert len(dates) == 16
        assert all(re.fullmatch(r"2026-11-2[01] \d\d:\d\d", date) for date in dates)


@pytest.mark.parametrize("size", [NARROW, WIDE, HUGE])
async def test_no_two_runs_look_the_same(tmp_path: Path, size: tuple[int, int]) -> None:
    for kind in ("sft", "dpo"):
        for number in "12":
            name = f"gemma-2-9b-it-lora-r16-alpha32-{kind}-v{number}-final"
            run_file(tmp_path / name, name, {"x": 0.5}, timestamp=f"20260101_000{number}")
    async with open_app([tmp_path], size) as driven:
        await driven.press("1")
        drawn = [driven.table.render_line(line).text for line in range(1, 5)]
        assert len({line.split("complete")[0] for line in drawn}) == 4


async def test_facts_agree_with_the_list(tmp_path: Path) -> None:
    run_file(tmp_path, "whole", {"x": 0.9, "y": 0.4})
    run_file(tmp_path / "b", "part", {"x": 0.9})
    async with open_app([tmp_path]) as driven:
        await driven.press("1")
        await driven.press(*["j"] * driven.column("model").index("part"), "i")
        assert isinstance(driven.screen, FactsScreen)
        facts = driven.screen.query_one("#facts", FrameTable)
        rows = [[cell.text for cell in facts.row_cells(row)] for row in range(facts.row_count)]
        assert ["state", "partial"] in rows
        assert ["lacks", "d: 1 of 2 categories missing that others have"] in rows


async def test_folders_without_results_are_one_line(tree: Path) -> None:
    for number in range(12):
        (tree / f"n{number}").mkdir()
    (tree / "two" / "none").mkdir()
    async with open_app([tree]) as driven:
        await driven.press("1")
        assert list(folders(driven)) == ["..", "one", "two", "+13 others"]
        await go_to_folder(driven, "+13 others")
        assert list(folders(driven))[:6] == ["..", "one", "two", "empty", "n0", "n1"]
        assert list(folders(driven))[-1] == "n11"
        await go_to_folder(driven, "two")
        assert list(folders(driven)) == ["..", "deep", "three", "+1 others"]
        await driven.press("backspace")
        assert list(folders(driven))[-1] == "n11"  # as it was left


# the walk


class Walk:
    """A stand-in for `find`: gives files as long as a test lets it."""

    def __init__(self, files: Iterable[File]) -> None:
        self.files = list(files)
        self.allowed = threading.Semaphore(0)
        self.given = 0
        self.was_cancelled = False

    def __call__(
        self, paths: object, cancelled: Callable[[], bool], kept: object
    ) -> Iterator[File]:
        for file in self.files:
            while not self.allowed.acquire(timeout=0.01):
                if cancelled():
                    self.was_cancelled = True
                    return
            if cancelled():
                self.was_cancelled = True
                return
            self.given += 1
            yield file


def skipped(count: int) -> list[File]:
    return [File(Path(f"/tree/{n}.txt"), Content("skipped", "no results")) for n in range(count)]


async def test_esc_at_the_top_stops_the_walk_and_keeps_what_was_read(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    found = list(tui_eval.loading.collection.find([SAMPLES / "mock-3b-base"]))
    walk = Walk([*found, *skipped(100_000)])
    monkeypatch.setattr("tui_eval.loading.collection.find", walk)
    app = TuiEvalApp([SAMPLES])
    async with drive(app) as driven:
        pilot = driven.pilot
        walk.allowed.release(len(found) + 50)
        await until(lambda: walk.given == len(found) + 50, pilot)
        assert app.session.data.is_loading
        await pilot.press("1")
        await until(lambda: isinstance(app.screen, FilesScreen), pilot)
        await until(lambda: "reading" in driven.words("#progress"), pilot)
        await pilot.press("escape")  # goes back first
        await until(lambda: isinstance(app.screen, ScoresScreen), pilot)
        assert app.session.data.is_loading
        await pilot.press("escape")
        await until(lambda: not app.session.data.is_loading, pilot)
        assert walk.was_cancelled
        assert app.session.data.cancelled
        assert "Reading stopped: what was read so far is shown." in driven.notices
        await driven.press("1")
        assert driven.words("#progress").endswith("(stopped)")
        assert driven.column("model") == ["mock-3b-base"]
        assert app.is_running


async def test_a_walk_that_was_left_does_not_show_up_later(
    tree: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A file that was being read when another folder was chosen belongs to nobody."""
    finish, begun = threading.Event(), threading.Event()
    real = tui_eval.loading.collection.find
    old = next(file for file in real([tree / "one"]) if file.content.runs)
    calls = []

    def find(
        paths: Iterable[Path], cancelled: Callable[[], bool], kept: KeptResults
    ) -> Iterator[File]:
        calls.append(cancelled)
        if len(calls) > 1:
            yield from real(paths, cancelled, kept=kept)
            return
        yield from skipped(1)
        begun.set()
        finish.wait(20)
        yield old

    monkeypatch.setattr("tui_eval.loading.collection.find", find)
    monkeypatch.setattr("tui_eval.tui.reading._PUBLISH_EVERY", 0.0)
    app = TuiEvalApp([tree / "one"])
    async with drive(app) as driven:
        pilot = driven.pilot
        await until(begun.is_set, pilot)
        app.reading.read((tree / "two",))
        await until(lambda: not app.session.data.is_loading, pilot)
        finish.set()
        reads = [worker for worker in app.workers if worker.group == "read"]
        await until(lambda: all(worker.is_finished for worker in reads), pilot)
        await pilot.pause()
        assert app.session.data.loaded is not None
        assert app.session.data.loaded.tables.runs["model"].sort().to_list() == [
            *("beta", "delta", "gamma")
        ]
        assert not app.session.data.is_loading


async def test_ten_thousand_files_do_not_freeze_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(100):
        folder = tmp_path / f"f{number:02}"
        folder.mkdir()
        for file in range(100):
            (folder / f"{file}.json").touch()
    run_file(tmp_path / "a", "first", {"x": 0.5})
    real, steps, given = tui_eval.loading.collection.find, threading.Semaphore(1), 0

    def find(
        paths: Iterable[Path], cancelled: Callable[[], bool], kept: KeptResults
    ) -> Iterator[File]:
        nonlocal given
        for given, file in enumerate(real(paths, cancelled, kept=kept)):
            if given % 1000 == 0:
                steps.acquire(timeout=20)
            yield file

    monkeypatch.setattr("tui_eval.loading.collection.find", find)
    app = TuiEvalApp([tmp_path])
    async with drive(app) as driven:
        pilot = driven.pilot
        await until(lambda: app.session.data.looked_at > 0, pilot)
        await pilot.press("1")
        await until(lambda: isinstance(app.screen, FilesScreen), pilot)
        await until(lambda: driven.table.row_count > 0, pilot)
        for step in range(1, 10):
            steps.release()  # from here on files come, and the key has to be answered meanwhile
            await pilot.press("g", "space")
            await until(lambda: first_mark(driven) == "·●"[step % 2], pilot)  # noqa: B023
            assert app.session.data.is_loading
            await until(lambda: given == 1000 * (step + 1), pilot)  # noqa: B023
        steps.release()
        await until(lambda: not app.session.data.is_loading, pilot)
        assert app.session.data.looked_at == 10_001
        await pilot.press("slash")
        await driven.type("first")
        assert driven.column("model") == ["first"]


async def test_it_is_said_how_many_folders_were_not_walked(tree: Path) -> None:
    async with open_app([tree], WIDE) as driven:
        assert ", 1 folder skipped" in driven.words("#progress")
    async with open_app([tree / "two"], WIDE) as driven:
        assert "skipped" not in driven.words("#progress")
