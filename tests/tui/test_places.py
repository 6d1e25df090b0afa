"""The way back, without an app: what a place remembers, the way to it in words, and its room."""

from __future__ import annotations

from dataclasses import fields, replace
from pathlib import Path
from typing import Any, get_args

import pytest
from rich.cells import cell_len

from tests.tui.conftest import SAMPLES
from tui_eval.analysis.view import Threshold, View
from tui_eval.loading.collection import load
from tui_eval.tui.places import (
    CHOICES,
    FOLLOWS,
    POSITIONS,
    Mode,
    Place,
    Spot,
    choices_of,
    crumbs,
    fitted,
    with_place,
)
from tui_eval.tui.session import Loaded, LoadState, Position, Session
from tui_eval.tui.widgets.context_line import fitted as fitted_parts


def place(mode: Mode, dataset: str | None = "mmlu", **more: Any) -> Place:
    question = more.pop("question", None)
    choices = choices_of(mode, View(dataset=dataset, **more))
    position: dict[str, Any] = {"correlation": {"benchmark": None}}.get(mode, {})
    if mode == "files":
        position = {"folder": Path("/results/new"), "held": ""}
    return Place(mode, choices, position, question=question)


OVERVIEW, SCORES, DELTA = place("scores", None), place("scores"), place("delta")
STEM = place("samples", category="stem")
ORDERS = place("correlation")


def of_categories() -> Place:
    return replace(ORDERS, position={"benchmark": "category"})


# what a place remembers


def test_every_choice_belongs_to_a_screen_or_follows_the_user() -> None:
    of_screens = {name for names in CHOICES.values() for name in names}
    assert of_screens | set(FOLLOWS) == {field.name for field in fields(View)}
    assert not of_screens & set(FOLLOWS)
    assert {name for names in POSITIONS.values() for name in names} == {
        field.name for field in fields(Position)
    }
    assert CHOICES.keys() == POSITIONS.keys() == set(get_args(Mode))


def test_places_are_the_same_wherever_the_cursor_is() -> None:
    assert Place("scores", SCORES.choices, spot=Spot(3, "a", 1, ("law",))) == SCORES
    assert SCORES != OVERVIEW
    assert place("scores", threshold=Threshold(at_least=True, value=0.5)) != SCORES
    assert place("scores", where="broken", delta_sort="abs") == SCORES  # of other screens


# the way to a place


def test_a_way_in_a_circle_is_forgotten() -> None:
    places: tuple[Place, ...] = ()
    for left in (OVERVIEW, SCORES, STEM):
        places = with_place(places, left)
    assert places == (OVERVIEW, SCORES, STEM)
    again = Place("scores", SCORES.choices, spot=Spot(7))
    assert with_place(places, again) == (OVERVIEW, SCORES)
    assert with_place(places, again)[-1].spot == Spot(7)  # where it was left the last time


@pytest.mark.parametrize(
    ("places", "words"),
    [
        ([SCORES], "Scores › mmlu"),
        ([OVERVIEW, SCORES, STEM], "Scores › all datasets › mmlu › stem"),
        ([SCORES, place("samples", category="stem", question="17")], "Scores › mmlu › stem › #17"),
        ([SCORES, DELTA, place("samples")], "Scores › mmlu › Delta › Samples"),
        ([SCORES, STEM, SCORES], "Scores › mmlu › stem › Scores"),
        ([SCORES, place("delta", "arc")], "Scores › mmlu › Delta › arc"),
        ([SCORES, place("samples", "arc", category="easy")], "Scores › mmlu › arc › easy"),
        ([SCORES, OVERVIEW], "Scores › mmlu › all datasets"),
        ([place("files"), place("files"), SCORES], "Files › new › Scores › mmlu"),
        ([SCORES, place("files"), SCORES], "Scores › mmlu › Files › Scores"),
        ([OVERVIEW, ORDERS, SCORES], "Scores › all datasets › Correlation › Scores › mmlu"),
        ([OVERVIEW, of_categories()], "Scores › all datasets › Correlation › mmlu"),
    ],
)
def test_each_step_says_what_is_new(places: list[Place], words: str) -> None:
    assert " › ".join(crumbs(places)) == words


@pytest.mark.parametrize(
    ("width", "shown"),
    [
        (40, "Scores › mmlu › 數學 › #17"),
        (26, "Scores › mmlu › 數學 › #17"),
        (25, "… › mmlu › 數學 › #17"),
        (20, "… › 數學 › #17"),
        (7, "… › #17"),
        (3, "#17"),
        (2, "#…"),
    ],
)
def test_the_end_of_the_way_is_kept_and_the_cut_is_marked(width: int, shown: str) -> None:
    assert fitted(["Scores", "mmlu", "數學", "#17"], width) == shown
    assert cell_len(shown) <= width


def test_foreign_names_are_harmless_in_it() -> None:
    assert fitted(["Scores", "\x1b[2Jmmlu"], 40) == "Scores › ␛[2Jmmlu"
    assert fitted([], 40) == ""


def test_of_a_title_the_first_part_and_the_last_ones_are_kept() -> None:
    parts = ("mmlu", "accuracy", "0–100", "by mean ▼", "page 2/3")
    assert fitted_parts(parts, 80) == parts
    assert fitted_parts(parts, 39) == ("mmlu", "…", "0–100", "by mean ▼", "page 2/3")
    assert fitted_parts(parts, 20) == ("mmlu", "…", "page 2/3")
    assert fitted_parts(parts, 5) == ("mmlu", "…")
    assert fitted_parts((), 5) == ()


# a session goes back


@pytest.fixture(scope="module")
def data() -> LoadState:
    collection = load([SAMPLES])
    tables = collection.tables()
    runs = {run.key: run for run in collection.runs}
    return LoadState(Loaded(tables, collection.file_table(), tables, runs))


@pytest.fixture
def session(data: LoadState) -> Session:
    made = Session([SAMPLES])
    made.take(data)
    return made


def test_at_the_top_there_is_nothing_to_go_back_to(session: Session) -> None:
    before = session.view
    assert session.go_back() is None
    assert session.arrival is None
    assert session.view == before


def test_what_was_looked_at_comes_back_and_the_scale_stays(session: Session) -> None:
    threshold = Threshold(at_least=True, value=0.4)
    session.change(dataset="mini_tmmlu", sort="name", threshold=threshold)
    session.move(page=2)
    view, left = session.view, session.place("scores", Spot(4, "category", 1, ("law",)))
    session.leave(left)
    session.move(page=0)
    session.change(dataset="mini_mmlu", threshold=None, sort="mean", scale=100)
    assert session.go_back() is left
    assert session.arrival is left
    assert session.arrival.spot.row == 4
    assert (session.view.dataset, session.view.sort) == ("mini_tmmlu", "name")
    assert session.view.threshold == threshold
    assert session.view.metric == view.metric
    assert session.view.scale == 100
    assert session.position.page == 2
    assert session.places == ()


def test_a_baseline_that_was_chosen_deeper_is_kept_where_none_is_shown(session: Session) -> None:
    assert session.tables is not None
    first, other = list(session.tables.labels)[:2]
    for mode in ("scores", "delta"):
        session.change(baseline=first)
        session.leave(session.place(mode, Spot()))
        session.change(baseline=other)
        session.go_back()
        assert session.view.baseline == (other if mode == "scores" else first)


def test_the_runs_that_were_open_are_open_again_but_not_on_files(session: Session) -> None:
    assert session.tables is not None
    one, *_, last = session.tables.labels
    session.open(frozenset({one}))
    session.leave(session.place("scores", Spot()))
    session.leave(session.place("files", Spot()))
    session.open(frozenset({one, last}))
    session.go_back()
    assert session.open_count == 2
    session.go_back()
    assert list(session.labels) == [one]


def test_the_dataset_that_was_seen_is_not_replaced_by_a_larger_one(
    session: Session, data: LoadState
) -> None:
    """Nobody chose it: it was the largest when the place was left."""
    seen = session.view.dataset
    session.leave(session.place("scores", Spot()))
    session.change(dataset=None)
    session.go_back()
    session.take(data)
    assert session.view.dataset == seen


def test_what_is_gone_is_replaced_by_what_there_is(session: Session) -> None:
    left = session.place("scores", Spot())
    gone = {**left.choices, "dataset": "gone", "metric": "gone", "sort_run": "gone"}
    session.leave(Place("scores", gone, left.position, frozenset({"gone", *session.labels})))
    session.go_back()
    assert session.view.dataset == "mini_mmlu"
    assert (session.view.metric, session.view.sort_run) == (None, None)
    assert session.open_count is None


def test_a_screen_that_shows_no_run_holds_nothing_back(data: LoadState) -> None:
    assert data.loaded is not None
    nothing = data.loaded.tables.only([])
    session = Session([SAMPLES])
    session.take(LoadState(data.loaded._replace(tables=nothing, written=nothing, runs={})))
    session.hold()
    session.take(data)
    assert session.tables is not None
    assert session.tables.runs.height == 7
    assert not session.fresh_note


def test_questions_that_were_left_are_not_opened_again(session: Session) -> None:
    session.leave(session.place("scores", Spot()))
    pair = tuple(session.labels)[:2]
    session.change(category="anatomy", sample_runs=pair)
    session.go_back()
    assert (session.view.category, session.view.sample_runs) == (None, None)
