"""How sure scores are, on the screen of scores: ±, intervals, and signs as answers are read."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import polars as pl
import pytest

from tests.build.answers import answers_of, right, tables_of_answers
from tests.build.commands import Command, command
from tests.build.tables import tables_of
from tests.tui.conftest import open_app
from tui_eval.analysis.selection import select
from tui_eval.analysis.view import Orientation, Uncertainty, View
from tui_eval.loading.cache import Cache
from tui_eval.loading.collection import FILES, load
from tui_eval.loading.passes import NOTHING, Samples
from tui_eval.loading.store import SampleStore
from tui_eval.records import STDERR
from tui_eval.render.export import as_csv, as_json
from tui_eval.tables import SETTINGS, Tables
from tui_eval.tui import reading
from tui_eval.tui.screens.score_tables import why_no_intervals
from tui_eval.tui.screens.scores import ScoresScreen
from tui_eval.tui.screens.view_screen import Shown
from tui_eval.tui.session import Loaded, LoadState, Session, Snapshot

__all__ = ["command"]  # the fixture

SAMPLES = Path(__file__).parents[2] / "samples"

SCORED = {
    "good": {"a": right(90, 100), "b": right(60, 80)},
    "near": {"a": right(88, 100), "b": right(50, 80)},
}


def shown(
    uncertainty: Uncertainty = "none",
    orientation: Orientation = "runs",
    *,
    is_read: bool = True,
) -> Shown:
    """What the screen shows of `SCORED`, before its answers are read or after."""
    made = tables_of_answers(SCORED)
    files = pl.lit(1, pl.Int32)
    tables = Tables(made.runs.with_columns(sample_files=files), made.scores, made.settings)
    loaded = Loaded(tables, pl.DataFrame(schema=FILES), tables, {})
    answers: Samples | None = replace(NOTHING, rows=answers_of(SCORED)) if is_read else None
    view = View(dataset="d", scale=100, uncertainty=uncertainty, orientation=orientation)
    return ScoresScreen.build(
        Snapshot(loaded, loaded, tables, select(tables, view), answers=answers)
    )


def bare(tables: Tables) -> Shown:
    """What the screen shows of tables without answers."""
    loaded = Loaded(tables, pl.DataFrame(schema=FILES), tables, {})
    view = View(dataset="d", scale=100)
    return ScoresScreen.build(Snapshot(loaded, loaded, tables, select(tables, view)))


def test_where_nothing_tells_how_sure_scores_are_the_last_line_says_so() -> None:
    told = "Neither ± nor answers are there: nothing tells how sure these scores are."
    two = {"x": {"a": 0.5}, "y": {"a": 0.6}}
    assert bare(tables_of(two)).report.notes[-1] == told
    assert told not in bare(tables_of(two, stderr=0.01)).report.notes
    assert told not in shown(is_read=False).report.notes


def test_where_the_only_standard_errors_are_wrong_it_is_told_why_there_are_no_intervals() -> None:
    made = tables_of({"x": {"a": 0.5}, "y": {"a": 0.6}}, stderr=0.01)
    flaws = [{"run": run, "dataset": None, "name": STDERR, "value": "of it is odd"} for run in "xy"]
    wrong = bare(Tables(made.runs, made.scores, pl.DataFrame(flaws, SETTINGS))).report
    assert why_no_intervals(wrong) == (
        "No 95 % intervals: neither answers nor a ± to trust tell them."
    )
    assert why_no_intervals(bare(made).report) is None


def texts(shown: Shown) -> list[list[str]]:
    """The cells of all rows, those of the foot too; the bars left out."""
    rows = [*shown.grid.rows(0, shown.grid.row_count), *shown.grid.foot]
    count = sum(not column.pinned for column in shown.grid.columns)
    return [[cell.text for cell in row[:count]] for row in rows]


def widths(shown: Shown) -> list[int]:
    return [column.width for column in shown.grid.columns]


def test_signs_come_with_the_answers_and_move_neither_rows_nor_columns() -> None:
    before, after = shown(is_read=False), shown()
    assert texts(before) == [
        ["1", "good", "82.5 ", "—", "90.0 ", "75.0 ", "83.3 "],
        ["2", "near", "75.2 ", "-7.2", "88.0 ", "62.5 ", "76.7 "],
    ]
    assert texts(after)[1] == ["2", "near", "75.2 ", "-7.2", "88.0~", "62.5 ", "76.7 "]
    assert widths(before) == widths(after)
    assert before.rows == after.rows
    assert after.report.notes[0] == "~ cannot be told from the best (paired test, Holm)"


@pytest.mark.parametrize(
    ("uncertainty", "cells", "told"),
    [
        ("none", ["a", "90.0 ", "88.0~"], ""),
        ("interval", ["a", "90.0 [82.6–94.5] ", "88.0 [80.2–93.0]~"], "[95 % interval]"),
    ],
)
def test_intervals_stand_beside_scores_where_they_are_wanted(
    uncertainty: Uncertainty, cells: Sequence[str], told: str
) -> None:
    made = shown(uncertainty, "categories")
    first = texts(made)[0]
    assert [first[0], *first[2:]] == cells
    assert ("[95 % interval]" in made.context) == bool(told)
    drawn = ["[64.5–83.2]", "[51.5–72.3]"] if told else []
    assert [words[-1] for words in made.panels[0].ranges if words] == drawn


def test_intervals_on_the_screen_are_columns_of_what_is_saved() -> None:
    plain, told = (dict(shown(uncertainty).exports()) for uncertainty in ("none", "interval"))
    every = "all 2 categories as rows"
    assert as_csv(plain[every]()).splitlines()[0] == "category,good,near"
    saved = as_csv(told[every]())
    assert saved.splitlines()[0] == "category,good,good low,good high,near,near low,near high"
    board = as_csv(told["the leaderboard: runs as rows"]())
    low, high = (round(float(one), 1) for one in board.splitlines()[1].split(",")[3:5])
    assert texts(shown("interval"))[0][2].strip() == f"82.5 [{low}–{high}]"


async def test_u_shows_errors_then_intervals_then_neither() -> None:
    async with open_app([SAMPLES / "lm_eval"], orientation="runs") as driven:
        await driven.press("2", "x")
        cell = driven.table.row_cells(0)[2]
        assert "±" in cell.text
        assert "± stderr" in driven.context
        await driven.press("u")
        assert "[" in driven.table.row_cells(0)[2].text
        assert "[95 % interval]" in driven.context
        await driven.press("u")
        assert driven.table.row_cells(0)[2].text.strip(" ~").replace(".", "").isdigit()
        await driven.press("u")
        assert driven.table.row_cells(0)[2] == cell
        await driven.press("o", "u")
        assert driven.status == "Intervals are those of one dataset: open one (Enter)."


async def test_answers_that_are_read_move_neither_the_cursor_nor_the_order(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(reading, "MOST_UNASKED", 0)
    async with open_app([SAMPLES / "twinkle"], orientation="runs") as driven:
        await driven.press("2", "j", "l", "l")
        at = (driven.table.cursor_row, driven.table.cursor_key)
        before = [driven.table.row_cells(row)[1].text for row in range(driven.table.row_count)]
        assert not any(line.startswith("~") for line in driven.shown.report.notes)
        await driven.press("A")
        assert any(line.startswith("~") for line in driven.shown.report.notes)
        after = [driven.table.row_cells(row)[1].text for row in range(driven.table.row_count)]
        assert (driven.table.cursor_row, driven.table.cursor_key) == at
        assert before == after
        await driven.press("i")
        assert "95 % interval" in "\n".join(driven.drawn)


def test_screen_command_and_export_say_the_same_interval(command: Command) -> None:
    folder, dataset = SAMPLES / "lm_eval", "pocketquiz"
    session = Session([folder])
    collection = load([folder])
    written, files = collection.tables(), collection.file_table()
    runs = {run.key: run for run in collection.runs}
    session.take(LoadState(Loaded(written, files, written, runs), files.height))
    session.change(dataset=dataset, uncertainty="interval", orientation="categories", scale=100)
    request = session.all_answers_request()
    assert request is not None
    *_, session.answers = SampleStore(Cache(None)).read(request.runs, written, written, dataset)
    snapshot = session.snapshot
    assert snapshot is not None
    screen = ScoresScreen.build(snapshot)
    words = ("scores", folder, "--dataset", dataset, "--scale", 100, "--intervals")
    told = {row["category"]: row for row in json.loads(command(*words, "--format", "json")[0])}
    exported = next(
        make for name, make in screen.exports() if name.endswith("categories as rows")
    )()
    saved = {row["category"]: row for row in json.loads(as_json(exported))}
    assert told == saved
    drawn = {row[0]: row[2:] for row in texts(screen)}
    labels = [column.name for column in screen.report.columns if column.run]
    for category, row in told.items():
        for label, cell in zip(labels, drawn[category], strict=True):
            ends = f"[{row[f'{label} low']:.1f}–{row[f'{label} high']:.1f}]"
            assert cell.rstrip(" ~") == f"{row[label]:.1f} {ends}"
