"""Screen 8: what is incomplete, why, the way to the questions and back, reading and stopping."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from unittest.mock import patch

import polars as pl
import pytest

from tests.build.lm_eval import write_answers
from tests.tui.conftest import HUGE, NARROW, WIDE, Driven, open_app, until
from tui_eval.analysis.order import Order
from tui_eval.loading import check as checking
from tui_eval.loading.cache import Cache
from tui_eval.loading.check import Checks
from tui_eval.loading.collection import load
from tui_eval.tables import CHECKS
from tui_eval.tui import reading
from tui_eval.tui.screens import completeness
from tui_eval.tui.screens.completeness import CompletenessScreen, ShownChecks
from tui_eval.tui.screens.files import FilesScreen
from tui_eval.tui.screens.samples import SamplesScreen
from tui_eval.tui.session import Loaded, LoadState, Session

ALL = {"model-b": "incomplete", "model-c": "incomplete", "model-a": "complete"}
"""What is said of the runs of `damaged`, the worst first."""


@pytest.fixture(scope="module")
def damaged(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Run a with five answers; b with four of them, of which one is empty; c with three."""
    folder = tmp_path_factory.mktemp("damaged")
    write_answers(folder / "a", list("vwxyz"), model="model-a")
    write_answers(folder / "b", ["v", "w", "", "y"], model="model-b")
    write_answers(folder / "c", ["v", "w", "x"], model="model-c")
    return folder


def verdicts(driven: Driven) -> dict[str, str]:
    """What is said of each run, in the order of the rows."""
    rows = driven.shown.report.frame.select("run", "verdict").iter_rows()
    return {label.partition(" @")[0]: verdict for label, verdict in rows}


@pytest.fixture(scope="module")
def session(damaged: Path) -> Session:
    """All that an app would know of the runs, without one."""
    session, collection = Session([damaged]), load([damaged])
    written, runs = collection.tables(), {run.key: run for run in collection.runs}
    session.take(LoadState(Loaded(written, collection.file_table(), written, runs)))
    session.checks_request = session.check_request()
    *_, session.checks = checking.check(runs, written, written, Cache(None))
    return session


def test_what_is_shown_is_made_of_the_snapshot_alone(session: Session) -> None:
    def built(**choices: object) -> ShownChecks:
        session.move(**choices)
        assert session.snapshot is not None
        return CompletenessScreen.build(session.snapshot)

    usual = built()
    assert usual.rows == tuple(f"{model} · riddles · riddles" for model in _labels(session))
    assert built(hides_complete=True).rows == usual.rows[:2]
    assert built(checks_order=Order("missing", descending=True)).rows == usual.rows[1::-1]
    other = built(checked_dataset="other", hides_complete=False, checks_order=None)
    assert (other.rows, other.summary) == ((), ())
    session.move(checked_dataset=None)
    session.open(frozenset({usual.keys[2]}))
    [alone] = built().rows
    assert alone == usual.rows[2]
    session.open(None)


def _labels(session: Session) -> list[str]:
    """The runs by label, that which is complete last."""
    first, *others = session.labels.values()
    return [*others, first]


def test_what_is_known_of_runs_stands_as_long_as_their_files_do(session: Session) -> None:
    wanted = session.check_request()
    assert wanted is not None
    first, *_ = wanted.runs
    fewer = wanted._replace(runs={first: wanted.runs[first]})
    assert wanted.covers(fewer)
    assert not fewer.covers(wanted)
    changed = replace(wanted.runs[first], files=())
    assert not wanted.covers(wanted._replace(runs={first: changed}))
    assert session.known_checks is session.checks
    loaded = wanted.loaded._replace(runs={**wanted.runs, first: replace(changed, parent="b")})
    session.take(LoadState(loaded))
    assert session.known_checks is None  # of other files than these
    again = session.check_request()
    assert again is not None
    assert again.runs.keys() == wanted.runs.keys() - {first}  # the answers are of another run
    session.take(LoadState(wanted.loaded))


async def test_from_what_is_missing_to_the_questions_and_back(damaged: Path) -> None:
    async with open_app([damaged]) as driven:
        await driven.press("8")
        assert isinstance(driven.screen, CompletenessScreen)
        assert verdicts(driven) == ALL
        told = "2 of 3 rows are incomplete (2 of 3 runs): 3 missing, 1 empty."
        assert driven.words("#summary") == told
        assert "other runs have 1 question that this one lacks" in driven.words("#notes")
        await driven.press("enter")  # missing ones, or those that are empty?
        await driven.press("enter")
        assert isinstance(driven.screen, SamplesScreen)
        assert driven.view.where == "a.missing"
        assert driven.column("id") == ["4"]
        first, _ = driven.labels(driven.view.sample_runs) or ()
        assert first.startswith("model-b @ ")
        await driven.press("escape")
        assert isinstance(driven.screen, CompletenessScreen)
        await driven.press("enter", "down", "enter")
        assert driven.view.where == 'status == "empty"'
        assert driven.column("id") == ["2"]
        await driven.press("escape", "down", "enter")  # of model-c nothing else can be shown
        assert (driven.view.where, driven.column("id")) == ("a.missing", ["3", "4"])
        await driven.press("escape")
        assert driven.table.cursor_row == 1
        await driven.press("down", "enter")
        assert driven.notices[-1] == "Nothing is missing here."
        await driven.press("t")
        assert [*verdicts(driven)] == ["model-b", "model-c"]
        assert "only what is not complete" in driven.context


@pytest.mark.parametrize("size", [NARROW, WIDE, HUGE])
async def test_numbers_and_the_whole_reason_are_seen(damaged: Path, size: tuple[int, int]) -> None:
    async with open_app([damaged], size) as driven:
        await driven.press("8")
        lines = "\n".join(driven.drawn)
        headings = next(line for line in driven.drawn if line.startswith(" verdict"))
        assert headings.split()[:2] == ["verdict", "run"]
        assert headings.index("expected") < headings.index("found") < headings.index("missing")
        told = " ".join(lines[lines.index("model-b @") :].split())
        assert "other runs have 1 question that this one lacks; 1 empty answer" in told


async def test_marks_lead_to_the_run_that_they_are_of(damaged: Path) -> None:
    async with open_app([damaged]) as driven:
        await driven.press("2")
        assert "is incomplete" not in driven.words("#notes")  # nothing tells it yet
        await driven.press("8", "2")
        told = "2 of 3 runs are incomplete: 8 shows what is missing."
        assert told in driven.words("#notes").splitlines()
        await driven.press("1")
        assert isinstance(driven.screen, FilesScreen)
        cells = [driven.table.row_cells(row) for row in range(3)]
        assert [row[2].text for row in cells] == ["complete", "! incomplete", "! incomplete"]
        assert "8 shows what is missing" not in driven.words("#notes")
        await driven.press("down")
        assert "Incomplete, 8 shows what is missing" in driven.words("#notes")
        await driven.press("down", "8")
        assert list(verdicts(driven))[driven.table.cursor_row] == "model-c"


def endless(
    runs: object,
    written: object,
    shown: object,
    cache: object,
    cancelled: Callable[[], bool],
    **more: object,
) -> Iterator[Checks]:
    """A check that never ends by itself."""
    while not cancelled():
        yield Checks(pl.DataFrame(schema=CHECKS), 4, 10)
        time.sleep(0.05)


async def test_reading_is_told_and_stops_where_the_user_says_so(damaged: Path) -> None:
    async with open_app([damaged]) as driven:
        with patch.object(checking, "check", endless), patch.object(completeness, "_PATIENCE", 0.0):
            await driven.pilot.press("8")
            await until(lambda: "reading: 40 %, Esc stops" in driven.context, driven.pilot)
            await driven.pilot.press("escape")
            await driven.rest()
        assert isinstance(driven.screen, CompletenessScreen)
        assert "stopped: A reads on" in driven.context
        await driven.press("A")
        assert verdicts(driven) == ALL
        assert "stopped" not in driven.context
        checks = driven.session.checks
        await driven.press("2", "8")
        assert driven.session.checks is checks  # nothing is read again


async def test_what_is_much_to_read_waits_for_a_key(damaged: Path) -> None:
    with patch.object(reading, "MOST_UNASKED", 0):
        async with open_app([damaged]) as driven:
            await driven.press("8")
            assert driven.session.checks is None
            assert "of answers must be read for this: A reads them." in "\n".join(driven.drawn)
            await driven.press("A")
            assert verdicts(driven) == ALL
            await driven.press("A")
            assert driven.notices[-1] == "All answers of these runs were looked at."
