"""What a screen shows is a function of one value: the same snapshot makes the same, and no app."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.tui.conftest import open_app
from tui_eval.analysis.aliases import unified
from tui_eval.loading.cache import Cache
from tui_eval.loading.check import check
from tui_eval.loading.collection import load
from tui_eval.loading.store import SampleStore
from tui_eval.tui.screens.completeness import CompletenessScreen
from tui_eval.tui.screens.correlation import CorrelationScreen
from tui_eval.tui.screens.datasets import DatasetsScreen
from tui_eval.tui.screens.delta import DeltaScreen
from tui_eval.tui.screens.delta_lists import PARTS
from tui_eval.tui.screens.files import FilesScreen
from tui_eval.tui.screens.rescore import RescoreScreen
from tui_eval.tui.screens.samples import SamplesScreen
from tui_eval.tui.screens.scores import ScoresScreen
from tui_eval.tui.screens.view_screen import Shown, ViewScreen
from tui_eval.tui.session import Loaded, LoadState, Session

LM_EVAL = Path(__file__).parents[2] / "samples" / "lm_eval"

SCREENS: dict[str, type[ViewScreen]] = {
    "0": DatasetsScreen,
    "1": FilesScreen,
    "2": ScoresScreen,
    "3": DeltaScreen,
    "4": SamplesScreen,
    "6": CorrelationScreen,
    "7": RescoreScreen,
    "8": CompletenessScreen,
}


@pytest.fixture(scope="module")
def session() -> Session:
    """All that an app would know, of samples of lm-eval, without one."""
    session = Session([LM_EVAL])
    collection = load([LM_EVAL])
    written = collection.tables()
    files = collection.file_table()
    runs = {run.key: run for run in collection.runs}
    session.take(LoadState(Loaded(unified(written, ()), files, written, runs), files.height))
    session.request = session.sample_request()
    assert session.request is not None
    store = SampleStore(Cache(None))
    dataset = session.request.dataset
    *_, session.samples = store.read(session.request.runs, written, written, dataset)
    session.checks_request = session.check_request()
    *_, session.checks = check(runs, written, written, Cache(None), store=store)
    return session


def same(one: Shown, other: Shown) -> bool:
    """Whether nothing that is drawn differs."""
    assert one.report.frame.equals(other.report.frame)
    cells = [
        [
            (cell.text, cell.tone, cell.drawn and cell.drawn(12))
            for row in shown.grid.rows(0, shown.grid.row_count)
            for cell in row
        ]
        for shown in (one, other)
    ]
    assert cells[0] == cells[1]
    assert (one.rows, one.context, one.summary) == (other.rows, other.context, other.summary)
    assert list(one.panels) == list(other.panels)
    return one.report.notes == other.report.notes


@pytest.mark.parametrize("screen", SCREENS.values())
def test_the_same_snapshot_makes_the_same(session: Session, screen: type[ViewScreen]) -> None:
    session.move(page=0, held="")
    snapshot = session.snapshot
    assert snapshot is not None
    first = screen.build(snapshot)
    assert first.report.height > 0
    session.move(page=3, part="overview", held="nothing")  # later than the snapshot
    session.change(baseline=None, scale=100)
    assert same(first, screen.build(snapshot))


@pytest.mark.parametrize("part", PARTS)
def test_every_list_of_differences_is_made_without_an_app(session: Session, part: str) -> None:
    session.change(baseline=None)
    session.move(part=part, held="", page=0)
    snapshot = session.snapshot
    assert snapshot is not None
    assert same(DeltaScreen.build(snapshot), DeltaScreen.build(snapshot))


@pytest.mark.parametrize("key", SCREENS)
async def test_the_app_shows_what_the_snapshot_is_made_into(key: str) -> None:
    async with open_app([LM_EVAL]) as driven:
        await driven.press(key)
        snapshot = driven.session.snapshot
        assert snapshot is not None
        screen = driven.view_screen
        assert isinstance(screen, SCREENS[key])
        assert same(screen.build(screen.completed(snapshot)), driven.shown)
