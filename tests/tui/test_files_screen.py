"""Screen 1 in the real app: folders, runs, marks, refusals, the walk."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

import pytest
from textual.widgets import Input

import tui_eval.loading.collection
from tests.tui.conftest import SAMPLES, Driven, drive, open_app, run_file, until
from tui_eval.formats.registry import Content
from tui_eval.loading.collection import File
from tui_eval.loading.results import KeptResults
from tui_eval.tui.app import TuiEvalApp
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
        assert driven.context == f"{tree} · 4 runs"
        assert folders(driven) == {"..": "", "empty": "", "one": "1", "two": "3"}


async def test_runs_and_refused_files_are_listed(tree: Path) -> None:
    async with open_app([tree]) as driven:
        await driven.press("1")
        shown = "model state harness date version datasets tasks questions samples size folder"
        assert driven.frame.columns[:11] == shown.split()
        assert driven.column("model") == ["alpha", "beta", "delta", "gamma", "broken.json"] or (
            driven.column("model") == ["alpha", "beta", "gamma", "delta", "broken.json"]
        )
        assert driven.column("state") == [*(["complete"] * 4), "refused"]
        assert driven.column("folder")[1] == "two/deep"
        assert driven.words("#progress") == "4 runs in 6 files, 1 refused"
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
        words = "Shown are the first 2 of 4 runs by name: mark others on Files (1)."
        assert words in driven.words("#notes")
        assert driven.words("#progress").startswith("2 of 4 runs")
        await driven.press("1", "G", "k", "space", "enter")
        assert len(driven.frame.columns) == 2
        assert "Shown are" not in driven.words("#notes")


async def test_folders_are_entered_and_left(tree: Path) -> None:
    async with open_app([tree]) as driven:
        await driven.press("1")
        await go_to_folder(driven, "two")
        assert driven.context == f"{tree / 'two'} · 3 runs"
        assert folders(driven) == {"..": "", "deep": "1", "three": "2"}
        assert driven.column("model")[-1] == "broken.json"
        await go_to_folder(driven, "three")
        assert set(driven.column("model")) == {"gamma", "delta"}
        await driven.press("backspace", "backspace")
        assert driven.context == f"{tree} · 4 runs"
        await go_to_folder(driven, "empty")
        assert any("No results here." in line for line in driven.drawn)
        await go_to_folder(driven, "..")
        assert driven.context == f"{tree} · 4 runs"


async def test_a_folder_above_is_read_anew(tree: Path) -> None:
    async with open_app([tree / "two" / "three"]) as driven:
        assert len(driven.session.view.baseline or "") > 0
        await driven.press("1", "space", "backspace")
        assert driven.context == f"{tree / 'two'} · 3 runs"
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
        assert driven.context.startswith(f"{tree / 'two' / 'deep'} ")
        await driven.press("backspace", "backspace")
        assert driven.context == f"{tree} · 4 runs"


async def test_the_filter_works_as_you_type(tree: Path) -> None:
    async with open_app([tree]) as driven:
        await driven.press("1", "slash")
        await driven.type("DEEP")
        assert driven.column("model") == ["beta"]
        assert "holding “DEEP”" in driven.context
        await driven.press("enter")
        assert isinstance(driven.screen, FilesScreen)
        assert driven.table.has_focus
        assert driven.notices == []
        assert driven.column("model") == ["beta"]
        await driven.press("slash")
        assert driven.screen.query_one("#prompt", Input).value == "DEEP"
        await driven.type("zz")
        assert any("No row holds this text." in line for line in driven.drawn)
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


async def test_esc_stops_the_walk_and_keeps_what_was_read(monkeypatch: pytest.MonkeyPatch) -> None:
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
        await pilot.press("escape")
        await until(lambda: not app.session.data.is_loading, pilot)
        assert walk.was_cancelled
        assert app.session.data.cancelled
        assert "Reading stopped: what was read so far is shown." in driven.notices
        await driven.rest()
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
