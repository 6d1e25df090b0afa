"""How the app was left: kept as it was, or as if nothing had been kept."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from tui_eval.loading.state import (
    MOST_PLACES,
    NOTHING,
    Place,
    Preferences,
    State,
    keep,
    place_name,
    read_state,
)

PLACE = Place("mmlu", "key-of-a", ("key-of-a", "key-of-b"))
BEFORE, AFTER = (
    Preferences(),
    Preferences("nord", 100, chart=False, orientation="categories", uncertainty="interval"),
)


@pytest.fixture
def file(own_config: Path) -> Path:
    """Where the state is kept."""
    return own_config.with_name("state.json")


def test_nothing_is_kept_yet(file: Path) -> None:
    assert read_state() == NOTHING
    assert not file.exists()


def test_what_is_kept_is_read_again(file: Path) -> None:
    keep(BEFORE, AFTER, "/results", PLACE)
    assert read_state() == State(AFTER, {"/results": PLACE})
    assert [one.name for one in file.parent.iterdir()] == ["state.json"]


def test_nothing_is_written_where_nothing_was_chosen(file: Path) -> None:
    keep(BEFORE, BEFORE, "/results", Place())
    assert not file.exists()


def test_what_another_app_kept_since_stays() -> None:
    keep(BEFORE, Preferences("nord", 100), "/mine", PLACE)
    keep(BEFORE, Preferences(chart=True), "/other", Place("gsm8k"))
    assert read_state() == State(
        Preferences("nord", 100, chart=True), {"/mine": PLACE, "/other": Place("gsm8k")}
    )


def test_a_folder_in_which_nothing_is_chosen_any_more_is_forgotten() -> None:
    keep(BEFORE, BEFORE, "/results", PLACE)
    keep(BEFORE, BEFORE, "/results", Place())
    assert read_state() == NOTHING


def test_the_folders_that_were_looked_at_last_are_kept() -> None:
    for number in range(MOST_PLACES + 2):
        keep(BEFORE, BEFORE, f"/{number}", Place("d"))
    keep(BEFORE, BEFORE, "/2", Place("e"))
    names = list(read_state().places)
    assert (len(names), names[0], names[-1]) == (MOST_PLACES, "/3", "/2")


@pytest.mark.parametrize(
    "content",
    [
        "",
        "{",
        "5",
        "[]",
        "\xff",
        '{"places": []}',
        "[" * 100_000,
        '{"preferences": 5, "places": {}}',
    ],
)
def test_a_damaged_file_is_as_if_there_were_none(file: Path, content: str) -> None:
    file.parent.mkdir(parents=True)
    file.write_text(content, encoding="latin-1")
    assert read_state() == NOTHING
    keep(BEFORE, AFTER, "/results", PLACE)
    assert read_state() == State(AFTER, {"/results": PLACE})


def test_what_is_of_another_type_is_as_if_it_were_not_there(file: Path) -> None:
    file.parent.mkdir(parents=True)
    preferences = {"theme": 5, "scale": True, "chart": "yes", "orientation": 1, "uncertainty": []}
    places = {"/a": {"dataset": ["d"], "baseline": "key", "marks": ["one", 2]}, "/b": {"marks": []}}
    file.write_text(json.dumps({"preferences": preferences, "places": places}))
    assert read_state() == State(Preferences(), {"/a": Place(baseline="key"), "/b": Place()})


def test_a_pipe_is_neither_waited_for_nor_replaced(file: Path) -> None:
    file.parent.mkdir(parents=True)
    os.mkfifo(file)
    assert read_state() == NOTHING
    keep(BEFORE, AFTER, "/results", PLACE)
    assert file.is_fifo()


def test_a_folder_that_takes_no_file(file: Path) -> None:
    file.parent.write_text("a file")
    keep(BEFORE, AFTER, "/results", PLACE)
    assert read_state() == NOTHING


def test_paths_that_are_no_text_have_a_name() -> None:
    name = place_name([Path("/a"), Path(os.fsdecode(b"/\xff"))])
    assert name == "/a\n/\\xff"
    keep(BEFORE, BEFORE, name, PLACE)
    assert read_state().places == {name: PLACE}
