"""Screen 0 in the real app, what the app opens on, and that nothing moves while more is read."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import polars as pl
import pytest
from textual.widgets import Input

import tui_eval.loading.collection
from tests.tui.conftest import HUGE, NARROW, SAMPLES, WIDE, Driven, drive, open_app, run_file, until
from tests.tui.test_kept import asking
from tui_eval.formats.registry import Content
from tui_eval.loading.collection import File
from tui_eval.loading.results import KeptResults
from tui_eval.loading.state import Place, State
from tui_eval.tui.app import TuiEvalApp
from tui_eval.tui.screens.choose import ChooseScreen
from tui_eval.tui.screens.datasets import DatasetsScreen
from tui_eval.tui.screens.export import ExportScreen
from tui_eval.tui.screens.files import FilesScreen
from tui_eval.tui.screens.scores import ScoresScreen

MIXED = SAMPLES.parent
"""Runs of all harnesses."""


@pytest.fixture
def sixty(tmp_path: Path) -> Path:
    """Runs ``m00`` to ``m59``: all on ``quiz``, every fifth on ``rare`` alone besides."""
    for number in range(60):
        place, name, stamp = tmp_path / f"{number:02}", f"m{number:02}", f"20260101_00{number:02}"
        scores: dict[str, float | None] = {"x": number / 100, "y": 0.5}
        run_file(place, name, scores, dataset="quiz", timestamp=stamp)
        if number % 5 == 0:
            scores = {"z": 1 - number / 100}
            run_file(place / "rare", f"r{number:02}", scores, dataset="rare", timestamp=stamp)
    return tmp_path


async def test_many_runs_open_on_the_list_and_enter_opens_a_dataset(sixty: Path) -> None:
    for size in (NARROW, WIDE, HUGE):
        async with open_app([sixty], size) as driven:
            assert isinstance(driven.screen, DatasetsScreen)
            rows = driven.frame.select("dataset", "runs", "categories", "harness", "metric").rows()
            assert rows == [
                ("quiz", 60, 2, "twinkle", "accuracy_mean"),
                ("rare", 12, 1, "twinkle", "accuracy_mean"),
            ]
            assert driven.column("best") == pytest.approx([(0.59 + 0.5) / 2, 1.0])
            assert driven.context.startswith("2 datasets of 72 runs")
            assert "0 Datasets" in driven.drawn[0]
            line = next(line for line in driven.drawn if line.startswith(" quiz "))
            assert [word for word in line.split() if word][:4] == ["quiz", "60", "2", "twinkle"]
            await driven.press("down", "enter")
            assert isinstance(driven.screen, ScoresScreen)
            assert driven.view.dataset == "rare"
            assert driven.frame["category"].to_list() == ["z"]
            await driven.press("0")
            assert isinstance(driven.screen, DatasetsScreen)
            assert driven.table.cursor_row == 1


async def test_several_harnesses_open_on_the_list_and_one_on_its_scores() -> None:
    async with open_app([MIXED]) as driven:
        assert isinstance(driven.screen, DatasetsScreen)
        harnesses = dict(driven.frame.select("dataset", "harness").iter_rows())
        assert harnesses["mini_mmlu"] == "twinkle"
        assert harnesses["pocketquiz (lighteval)"] == "lighteval"
    async with open_app([MIXED / "lm_eval"]) as driven:
        assert isinstance(driven.screen, ScoresScreen)


async def test_many_runs_of_one_dataset_open_on_its_scores(tmp_path: Path) -> None:
    for number in range(40):
        run_file(tmp_path / f"{number}", f"m{number}", {"x": 0.5}, timestamp=f"20260101_{number}")
    async with open_app([tmp_path]) as driven:
        assert isinstance(driven.screen, ScoresScreen)
        assert len(driven.runs) == 40


async def test_of_very_many_runs_those_of_the_dataset_are_shown(
    sixty: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tui_eval.tui.session.MOST_RUNS", 20)
    async with open_app([sixty]) as driven:
        assert driven.column("runs") == [60, 12]
        await driven.press("down", "enter")
        assert [name.split(" @ ")[0] for name in driven.runs] == [
            f"r{n:02}" for n in range(0, 60, 5)
        ]
        assert "Showing" not in driven.words("#notes")
        await driven.press("d", "up", "enter")
        assert driven.view.dataset == "quiz"
        assert len(driven.runs) == 20
        assert "Showing the first 20 of 60 runs by name" in driven.words("#notes")


async def test_rows_are_found_and_sorted(sixty: Path) -> None:
    run_file(sixty / "more", "only", {"x": 0.5}, dataset="arc")
    async with open_app([sixty]) as driven:
        assert driven.column("dataset") == ["arc", "quiz", "rare"]
        await driven.press("slash")
        await driven.type("qui")
        assert driven.table.cursor_row == 1
        await driven.press("enter", "s")
        assert driven.column("dataset") == ["quiz", "rare", "arc"]
        assert "by runs" in driven.context
        await driven.press("l", "right_square_bracket")
        assert driven.column("runs") == [1, 12, 60]
        heading = driven.table.render_line(0).text
        await driven.pilot.click(driven.table, offset=(heading.index("dataset") + 1, 0))
        await driven.rest()
        assert driven.column("dataset") == ["arc", "quiz", "rare"]
        await driven.pilot.click(driven.table, offset=(heading.index("dataset") + 1, 0))
        await driven.rest()
        assert driven.column("dataset") == ["rare", "quiz", "arc"]


async def test_the_list_is_saved_and_its_scale_changed(
    sixty: Path, monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory
) -> None:
    place = tmp_path_factory.mktemp("exports")
    monkeypatch.chdir(place)
    async with open_app([sixty]) as driven:
        await driven.press("x")
        assert driven.column("best") == pytest.approx([54.5, 100.0])
        await driven.press("x", "e")
        assert isinstance(driven.screen, ExportScreen)
        await driven.press("enter")
        (saved,) = place.iterdir()
        rows = pl.read_csv(saved)
        assert rows["dataset"].to_list() == ["quiz", "rare"]
        assert rows["best_run"].to_list() == ["m59 @ 20260101_0059", "r00 @ 20260101_0000"]


# which runs are shown


async def test_v_chooses_the_runs_and_a_gives_all_back() -> None:
    async with open_app([SAMPLES]) as driven:
        before = driven.frame
        await driven.press("v")
        assert driven.words("#title") == "Runs that are shown: 7 of 7 marked"
        await driven.press("a", "space", "down", "space", "enter")
        assert len(driven.runs) == 2
        assert "2 of 7 runs" in driven.context
        assert driven.words("#progress").startswith("2 of 7 runs")
        await driven.press("v", "a", "a", "enter")
        assert len(driven.runs) == 2
        assert "Nothing was marked: the runs stay as they are." in driven.notices
        await driven.press("v", "a", "enter")
        assert driven.frame.equals(before)
        assert "of 7 runs" not in driven.context
        assert driven.session.opened is None


async def test_v_leaves_out_runs_of_this_dataset_alone() -> None:
    async with open_app([MIXED]) as driven:
        await driven.press("0", "slash")
        await driven.type("mini_mmlu")
        await driven.press("enter", "enter", "v", "space", "enter")
        assert "6 of 7 runs" in driven.context
        assert driven.view.dataset == "mini_mmlu"
        await driven.press("0")
        runs = dict(driven.frame.select("dataset", "runs").iter_rows())
        assert (runs["mini_mmlu"], runs["general_qa"]) == (6, 3)
        assert "17 of 18 runs" in driven.context
        await driven.press("v", "a", "a", "space", "enter")
        assert driven.frame.height == 1


# nothing moves while more is read


class Gate:
    """`find`, which waits before every file until a test lets it go on; it finds others instead."""

    def __init__(self) -> None:
        self.real = tui_eval.loading.collection.find
        self.allowed = threading.Semaphore(0)

    def __call__(
        self, paths: list[Path], cancelled: Callable[[], bool], kept: KeptResults
    ) -> Iterator[File]:
        files = self.real(paths, cancelled, kept=kept)
        for file in sorted(files, key=lambda one: (MIXED in one.path.parents, one.path)):
            while not self.allowed.acquire(timeout=0.2):  # else no report is made in time
                if cancelled():
                    return
                yield File(Path("/tree/x.txt"), Content("skipped", "no results"))
            yield file


@pytest.fixture
def gate(monkeypatch: pytest.MonkeyPatch) -> Gate:
    """A walk that a test holds up."""
    gate = Gate()
    monkeypatch.setattr("tui_eval.loading.collection.find", gate)
    monkeypatch.setattr("tui_eval.tui.reading._PUBLISH_EVERY", 0.0)
    return gate


def found(driven: Driven) -> int:
    """How many runs were read by now."""
    loaded = driven.session.data.loaded
    return 0 if loaded is None else loaded.tables.runs.height


@pytest.fixture
def growing(tmp_path: Path) -> Path:
    """Runs on ``first`` in folder a, then five on ``later`` in b."""
    run_file(tmp_path / "a" / "0", "m9", {"x": 0.9}, dataset="first", timestamp="20260101_0009")
    run_file(tmp_path / "a" / "1", "m8", {"x": 0.8}, dataset="first", timestamp="20260101_0008")
    for number in range(5):
        stamp = f"20260101_000{number}"
        scores: dict[str, float | None] = {"x": number / 10}
        run_file(
            tmp_path / "b" / f"{number}", f"m{number}", scores, dataset="later", timestamp=stamp
        )
    run_file(tmp_path / "c", "m7", {"x": 0.7}, dataset="first", timestamp="20260101_0007")
    return tmp_path


async def test_nothing_is_drawn_before_it_is_clear_what_comes_first(
    growing: Path, gate: Gate
) -> None:
    app = TuiEvalApp([growing])
    async with drive(app) as driven:
        gate.allowed.release(2)
        await until(lambda: found(driven) == 2, driven.pilot)
        await until(lambda: "reading" in driven.words("#progress"), driven.pilot)
        assert driven.view_screen.shown is None
        gate.allowed.release(10)
        await driven.rest()
        assert isinstance(driven.screen, ScoresScreen)
        assert driven.view.dataset == "later"  # most runs have it


async def test_what_the_command_line_asks_for_is_drawn_once_when_all_is_read(
    growing: Path, gate: Gate, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tui_eval.tui.app.PATIENCE", -1.0)
    run_file(growing / "a" / "9", "m6", {"x": 0.1}, dataset="middle", timestamp="20260101_0006")
    for words in ("--dataset first", "--scale 100 --screen scores"):
        async with drive(asking(words, growing)) as driven:
            gate.allowed.release(3)
            await until(partial(has_found, driven, 3), driven.pilot)
            await until(partial(says_reading, driven), driven.pilot)
            assert isinstance(driven.screen, ScoresScreen)
            assert driven.view_screen.shown is None
            gate.allowed.release(20)
            await driven.rest()
            assert isinstance(driven.screen, ScoresScreen)
            assert driven.view.dataset == ("first" if "first" in words else "later")
            assert driven.view_screen.shown is not None
        gate.allowed = threading.Semaphore(0)


async def test_a_dataset_that_was_looked_at_last_is_waited_for(
    growing: Path, gate: Gate, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tui_eval.tui.app.PATIENCE", -1.0)
    run_file(growing / "a" / "9", "m6", {"x": 0.1}, dataset="middle", timestamp="20260101_0006")
    state = State(places={str(growing): Place("later")})
    async with drive(TuiEvalApp([growing], state=state)) as driven:
        gate.allowed.release(3)
        await until(partial(has_found, driven, 3), driven.pilot)
        await until(partial(says_reading, driven), driven.pilot)
        assert driven.view_screen.shown is None
        gate.allowed.release(1)
        await until(lambda: driven.view_screen.shown is not None, driven.pilot)
        assert driven.view.dataset == "later"
        gate.allowed.release(20)
        await driven.rest()
        assert isinstance(driven.screen, ScoresScreen)
        assert driven.frame.height == 1
        assert "more runs were read: r shows them." in driven.words("#notes")


async def test_what_was_chosen_while_files_are_read_is_not_taken_away(
    growing: Path, gate: Gate
) -> None:
    async with drive(asking("--dataset later", growing)) as driven:
        gate.allowed.release(2)
        await until(lambda: found(driven) == 2, driven.pilot)
        await driven.pilot.press("0")
        await until(lambda: driven.table.row_count == 1, driven.pilot)
        await driven.pilot.press("enter")
        await until(lambda: isinstance(driven.screen, ScoresScreen), driven.pilot)
        gate.allowed.release(20)
        await driven.rest()
        assert driven.view.dataset == "first"


async def test_a_dataset_that_was_looked_at_last_opens_on_its_scores(sixty: Path) -> None:
    """So do a few runs of many that were marked; where these are gone, it is the list."""
    async with open_app([sixty]) as driven:
        labels = driven.session.labels
        keys = tuple(key for key, label in labels.items() if label.startswith(("m01 ", "m02 ")))
    for place, mode in (
        (Place("rare"), "scores"),
        (Place(marks=keys), "scores"),
        (Place(marks=("gone",)), "datasets"),
        (Place("gone"), "datasets"),
    ):
        state = State(places={str(sixty): place})
        async with drive(TuiEvalApp([sixty], state=state)) as driven:
            await driven.rest()
            assert driven.app.current_mode == mode, place
            assert driven.session.opened == (
                frozenset(keys) if len(place.marks or ()) > 1 else None
            )


def has_found(driven: Driven, runs: int) -> bool:
    return found(driven) == runs


def says_reading(driven: Driven) -> bool:
    return "reading" in driven.words("#progress")


async def test_where_reading_lasts_the_list_grows_and_the_cursor_stays(
    growing: Path, gate: Gate, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tui_eval.tui.app.PATIENCE", -1.0)
    run_file(growing / "a" / "9", "m6", {"x": 0.1}, dataset="middle", timestamp="20260101_0006")
    run_file(growing / "z", "m5", {"x": 0.1}, dataset="arc", timestamp="20260101_0005")
    app = TuiEvalApp([growing])
    async with drive(app) as driven:
        gate.allowed.release(3)
        await until(lambda: isinstance(app.screen, DatasetsScreen), driven.pilot)
        await until(lambda: driven.screen.is_mounted and driven.table.row_count == 2, driven.pilot)
        await driven.pilot.press("down")
        await until(lambda: driven.table.cursor_row == 1, driven.pilot)
        assert driven.column("dataset") == ["first", "middle"]
        gate.allowed.release(20)
        await driven.rest()
        assert isinstance(driven.screen, DatasetsScreen)
        assert driven.column("dataset") == ["arc", "first", "later", "middle"]
        assert driven.table.cursor_row == 3


async def test_scores_that_are_drawn_wait_for_r(growing: Path, gate: Gate) -> None:
    app = TuiEvalApp([growing])
    async with drive(app) as driven:
        gate.allowed.release(2)
        await until(lambda: found(driven) == 2, driven.pilot)
        await driven.pilot.press("2")  # without waiting for the rest
        await until(lambda: driven.view_screen.shown is not None, driven.pilot)
        before, view = driven.frame, driven.view
        assert view.dataset == "first"
        gate.allowed.release(10)
        await driven.rest()
        assert driven.frame.equals(before)
        assert driven.view == view
        assert "6 more runs were read: r shows them." in driven.words("#notes")
        await driven.press("r")
        assert driven.view.dataset == "first"  # what is shown stays, the runs are all there
        assert driven.frame.height == 3
        assert driven.view.baseline == view.baseline
        assert "more runs" not in driven.words("#notes")


async def test_another_dataset_is_shown_with_all_its_runs(growing: Path, gate: Gate) -> None:
    app = TuiEvalApp([growing])
    async with drive(app) as driven:
        gate.allowed.release(2)
        await until(lambda: found(driven) == 2, driven.pilot)
        await driven.pilot.press("2")
        await until(lambda: driven.view_screen.shown is not None, driven.pilot)
        gate.allowed.release(10)
        await driven.rest()
        await driven.press("d")
        assert isinstance(driven.screen, ChooseScreen)
        await driven.type("later")
        await driven.press("enter")
        assert driven.view.dataset == "later"
        assert driven.frame.height == 5


async def test_who_goes_elsewhere_first_is_left_there(growing: Path, gate: Gate) -> None:
    app = TuiEvalApp([growing, MIXED])
    async with drive(app) as driven:
        gate.allowed.release(1)
        await until(lambda: found(driven) == 1, driven.pilot)
        await driven.pilot.press("1")
        await until(lambda: isinstance(app.screen, FilesScreen), driven.pilot)
        gate.allowed.release(1000)
        await driven.rest()
        assert isinstance(driven.screen, FilesScreen)


async def test_after_a_fault_what_was_read_is_drawn(
    growing: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = tui_eval.loading.collection.find

    def broken(
        paths: list[Path], cancelled: Callable[[], bool], kept: KeptResults
    ) -> Iterator[File]:
        yield from sorted(real(paths, cancelled, kept=kept), key=lambda one: one.path)[:2]
        raise ZeroDivisionError

    monkeypatch.setattr("tui_eval.loading.collection.find", broken)
    monkeypatch.setattr("tui_eval.tui.reading._PUBLISH_EVERY", 0.0)
    async with drive(TuiEvalApp([growing])) as driven:
        await until(lambda: bool(driven.notices), driven.pilot)
        assert driven.notices == ["Reading stopped by a bug in tui-eval (ZeroDivisionError)."]
        await until(lambda: driven.view_screen.shown is not None, driven.pilot)
        assert driven.view.dataset == "first"
        assert "(stopped)" in driven.words("#progress")


# empty


async def test_nothing_found_says_what_was_looked_at_and_which_key_helps(tmp_path: Path) -> None:
    (tmp_path / "notes.json").write_text("[]")
    async with open_app([tmp_path]) as driven:
        words = "No results in 1 file: 1 chooses another folder, r reads it again."
        for key in ("2", "3", "4"):
            await driven.press(key)
            assert any(words in line for line in driven.drawn), key
        await driven.press("0")
        assert any("No scores in these runs." in line for line in driven.drawn)
        assert driven.screen.query_one("#prompt", Input).display is False
