"""What the app begins with: what was kept, what the command line asks for, and what it leaves."""

from __future__ import annotations

import shlex
from pathlib import Path

import polars as pl
import pytest

from tests.tui.conftest import SAMPLES, WIDE, Driven, drive, open_app, run_file
from tui_eval.analysis.view import View
from tui_eval.cli.arguments import SCREENS, open_parser
from tui_eval.cli.open import asked_view
from tui_eval.loading.collection import load
from tui_eval.loading.state import Place, Preferences, State, place_name
from tui_eval.tui.app import TuiEvalApp
from tui_eval.tui.command_line import command_of
from tui_eval.tui.places import Spot
from tui_eval.tui.session import Loaded, LoadState, Session


@pytest.fixture
def two(tmp_path: Path) -> Path:
    """Two datasets of two runs; most runs have the first."""
    for run, score in (("one", 0.5), ("two", 0.7), ("three", 0.9)):
        run_file(tmp_path / run, run, {"c": score, "d": score}, dataset="wide")
    for run, score in (("one", 0.5), ("two", 0.7)):
        run_file(tmp_path / "m" / run, run, {"c": score}, dataset="narrow", timestamp="2")
    return tmp_path


async def left_after(app: TuiEvalApp, *keys: str) -> tuple[Preferences, str, Place]:
    async with drive(app, WIDE) as driven:
        await driven.rest()
        await driven.press(*keys)
        return app.left


async def test_nothing_is_left_where_nothing_was_chosen(two: Path) -> None:
    assert await left_after(TuiEvalApp([two])) == (Preferences(), str(two), Place())


async def test_what_was_chosen_is_there_at_the_next_start(two: Path) -> None:
    app = TuiEvalApp([two])
    async with drive(app, WIDE) as driven:
        await driven.rest()
        app.theme = "nord"
        await driven.press("x", "c")
        driven.session.change(dataset="narrow", baseline=driven.key("two @ 2"))
        driven.session.open(
            frozenset(driven.session.labels) - {driven.key("three @ 20260101_0000")}
        )
        marks, baseline = driven.session.opened, driven.key("two @ 2")
        preferences, name, place = app.left
    assert marks is not None
    assert preferences == Preferences("nord", 100, chart=False)
    assert place == Place("narrow", baseline, tuple(sorted(marks)))
    again = TuiEvalApp([two], state=State(preferences, {name: place}))
    async with drive(again, WIDE) as driven:
        await driven.rest()
        assert again.theme == "nord"
        assert (driven.view.dataset, driven.view.scale) == ("narrow", 100)
        assert driven.label(driven.view.baseline) == "two @ 2"
        assert driven.session.opened == marks
        assert not driven.charts
        assert again.left == (preferences, name, place)


async def test_the_theme_of_the_command_line_comes_first_and_is_not_kept(two: Path) -> None:
    state = State(Preferences("nord"))
    async with drive(TuiEvalApp([two], "dracula", state=state)) as driven:
        assert driven.app.theme == "dracula"
        assert driven.app.left[0].theme == "nord"


async def test_a_theme_that_there_is_no_more_is_none(two: Path) -> None:
    async with drive(TuiEvalApp([two], state=State(Preferences("gone")))) as driven:
        assert driven.app.theme == "textual-dark"


async def test_marked_runs_that_are_gone_leave_all_open(two: Path) -> None:
    places = {str(two): Place("gone", "gone", ("gone",))}
    async with drive(TuiEvalApp([two], state=State(places=places)), WIDE) as driven:
        await driven.rest()
        assert driven.session.opened is None
        assert driven.view.dataset == "wide"
        assert driven.view.baseline in driven.session.labels


async def test_of_another_folder_nothing_is_kept(two: Path) -> None:
    places = {place_name([two / "one"]): Place("narrow")}
    async with drive(TuiEvalApp([two], state=State(places=places))) as driven:
        await driven.rest()
        assert driven.view.dataset == "wide"


async def test_a_run_is_the_same_next_time(two: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """By its key, from wherever the app is started."""
    keys = []
    for folder, path in ((two, Path()), (two.parent, Path(two.name)), (Path("/"), two)):
        monkeypatch.chdir(folder)
        async with drive(TuiEvalApp([path])) as driven:
            await driven.rest()
            keys.append(list(driven.session.labels))
    assert keys[0] == keys[1] == keys[2]


# what the command line asks for


def asking(words: str, folder: Path, state: State = State()) -> TuiEvalApp:  # noqa: B008
    """The app as a command line opens it."""
    options = open_parser().parse_args([str(folder), *shlex.split(words)])
    return TuiEvalApp(
        options.paths,
        screen=options.screen,
        state=state,
        asked=lambda tables, view: asked_view(options, tables, view),
    )


async def test_the_command_line_wins_over_what_was_kept(two: Path) -> None:
    places = {str(two): Place("wide", None, ("gone",))}
    state = State(Preferences(scale=100), places)
    async with drive(asking("--dataset narr --baseline two", two, state)) as driven:
        await driven.rest()
        assert (driven.view.dataset, driven.view.scale) == ("narrow", 1)
        assert driven.label(driven.view.baseline) == "two @ 2"
        assert driven.session.opened is None


async def test_names_are_matched_as_commands_do() -> None:
    words = "--metric std --scale 100 --candidate 70B --candidate reasoner --baseline 3b-base"
    async with drive(asking(words, SAMPLES)) as driven:
        await driven.rest()
        assert (driven.view.metric, driven.view.scale) == ("accuracy_std", 100)
        first, second = driven.labels(driven.view.candidates) or ("", "")
        assert first.startswith("mock-70b-instruct @ ")
        assert second.startswith("org/mock-reasoner-32b @ ")
        assert (driven.label(driven.view.baseline) or "").startswith("mock-3b-base @ ")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("--dataset nothing", "dataset 'nothing' is unknown; there are:"),
        ("--baseline nobody", "run 'nobody' is unknown; there are:"),
        ("--dataset wide --metric nothing", "metric 'nothing' is unknown; there are:"),
        ("--where fixed", "choose a dataset with --dataset: narrow, wide"),
        ("--dataset wide --where '(('", "--where: "),
    ],
)
async def test_what_cannot_be_followed_ends_the_app_with_the_commands_sentence(
    two: Path, words: str, said: str
) -> None:
    app = asking(words, two)
    async with drive(app) as driven:
        await settle_until_ended(driven)
    assert app.kept.trouble is not None
    assert said in app.kept.trouble


async def settle_until_ended(driven: Driven) -> None:
    while driven.app._exit is False:
        await driven.pilot.pause(0.01)


# the command that shows this view


async def test_the_command_opens_the_very_view(two: Path) -> None:
    async with drive(TuiEvalApp([two]), WIDE) as driven:
        await driven.rest()
        assert command_of(driven.session, "scores") == (
            f"tui-eval {two} --screen scores --dataset wide"
        )
        driven.session.change(dataset="narrow", scale=100, category="c", where="a.score > 0.5")
        driven.session.change(baseline=driven.key("two @ 2"), candidates=(driven.key("one @ 2"),))
        view, command = driven.view, command_of(driven.session, "samples")
    assert command == (
        f"tui-eval {two} --screen samples --dataset narrow --scale 100 --baseline 'two @ 2' "
        "--candidate 'one @ 2' --category c --where 'a.score > 0.5'"
    )
    words = command.removeprefix(f"tui-eval {two} ")
    async with drive(asking(words, two), WIDE) as driven:
        await driven.rest()
        assert driven.app.current_mode == "samples"
        assert driven.view == view


async def test_the_command_says_what_counts_as_the_same(two: Path) -> None:
    async with drive(TuiEvalApp([two]), WIDE) as driven:
        await driven.rest()
        driven.session.change(dataset="narrow", scale=100, margin=0.015)
        command = command_of(driven.session, "delta")
        assert "--margin" not in command_of(driven.session, "scores")
    assert command.endswith("--screen delta --dataset narrow --scale 100 --margin 1.5")
    options = open_parser().parse_args(shlex.split(command)[1:])
    asked = asked_view(options, load([two]).tables(), View())
    assert isinstance(asked, View)
    assert asked.margin == pytest.approx(0.015)


async def test_a_key_copies_it(two: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    copied = []
    monkeypatch.setattr(TuiEvalApp, "copy_to_clipboard", lambda self, text: copied.append(text))
    async with drive(TuiEvalApp([two]), WIDE) as driven:
        await driven.rest()
        await driven.press("L")
        await driven.press("1", "L")
        await driven.press("0", "L")
    assert copied == [
        f"tui-eval {two} --screen scores --dataset wide",
        f"tui-eval {two} --screen files",
        f"tui-eval {two} --screen datasets",
    ]
    for command in copied:
        assert open_parser().parse_args(shlex.split(command)[1:]).screen in SCREENS


async def test_a_control_character_in_a_name_is_no_key_when_pasted(tmp_path: Path) -> None:
    for dataset in ("a\x1b[201~\nrm x", "b"):
        run_file(tmp_path / dataset[0], "one", {"c": 0.5}, dataset=dataset)
    async with drive(TuiEvalApp([tmp_path])) as driven:
        await driven.rest()
        command = command_of(driven.session, "scores")
    assert "\x1b" not in command
    assert "\n" not in command


async def test_the_command_names_the_runs_whose_questions_are_looked_at() -> None:
    async with open_app(orientation="runs") as driven:
        await driven.press("down", *["right"] * 4, "enter")
        runs = driven.labels(driven.view.sample_runs) or []
        words = shlex.split(command_of(driven.session, "samples"))
        named = [words[place + 1] for place, word in enumerate(words) if word == "--candidate"]
        assert named == runs[1:]
        assert len(runs) == 2


def test_what_stands_in_for_a_dataset_that_is_still_to_come_is_not_gone_back_to(
    two: Path,
) -> None:
    session = Session([two])
    session.recall(View(dataset="still to come"))
    tables = load([two]).tables()
    loaded = Loaded(tables, pl.DataFrame(), tables, {})
    session.take(LoadState(loaded))
    assert session.misses_dataset
    session.leave(session.place("scores", Spot()))
    session.go_back()
    assert session.misses_dataset  # it is waited for as before
