"""The real app, driven by keys: opening it, waiting until it is at rest, and what it shows."""

from __future__ import annotations

import asyncio
import gc
import sys
from collections.abc import AsyncIterator, Callable, Hashable, Iterator, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from unittest.mock import patch

import polars as pl
import pytest
from rich.text import Text
from textual._queue import Queue
from textual.app import App
from textual.css.model import RuleSet
from textual.css.stylesheet import Stylesheet
from textual.message import Message
from textual.message_pump import MessagePump
from textual.pilot import Pilot
from textual.screen import Screen
from textual.widget import Widget
from textual.widgets import Static
from textual.worker import WorkerCancelled

from tests.build.twinkle import document, item, write
from tui_eval.analysis.view import Orientation, View
from tui_eval.loading.cache import Cache
from tui_eval.loading.state import Preferences, State
from tui_eval.loading.store import SampleStore
from tui_eval.render.bars import Bars, Series
from tui_eval.render.grid import GridColumn
from tui_eval.render.safe import Align
from tui_eval.tui import reading
from tui_eval.tui.app import TuiEvalApp
from tui_eval.tui.screens.view_screen import Shown, ViewScreen
from tui_eval.tui.session import Session
from tui_eval.tui.widgets.bar_chart import BarChart
from tui_eval.tui.widgets.frame_table import FrameTable

SAMPLES = Path(__file__).parents[2] / "samples" / "twinkle"
READ = SampleStore(Cache(None))
"""Answers of `SAMPLES`, as far as a test has read them."""

NARROW, WIDE, HUGE = (80, 24), (120, 40), (200, 60)

LARGE_CATEGORIES = 57

RUN_LABELS = [f"mock-8b-instruct @ 20261120_23{minute}" for minute in range(30, 37)]
"""Labels that have to be broken in headings."""


def column(key: str, width: int, align: Align = "right", heading: str = "") -> GridColumn:
    """A column of a table without a report."""
    return GridColumn(key, heading or key, align, width)


def make_bars(
    values: Sequence[Sequence[float | None]],
    *,
    groups: Sequence[str] | None = None,
    low: float = 0,
    high: float = 100,
    diverging: bool = False,
) -> Bars:
    """Bars of some series of values."""
    names = groups or [f"category {i}" for i in range(len(values[0]))]
    texts = tuple(
        tuple("—" if v is None else f"{v:+.1f}" if diverging else f"{v:.1f}" for v in row)
        for row in values
    )
    letters = "abcdefghijklmnopqrstuvwxyz"
    series = tuple(
        Series(f"run-{i} @ noon", tuple(row), letters[i % 26] if len(values) > 1 else "")
        for i, row in enumerate(values)
    )
    return Bars(tuple(names), series, low, high, texts, diverging)


def make_scores(series: int, groups: int) -> list[list[float | None]]:
    """Values that differ, of so many series and groups."""
    return [[(17 * s + 29 * g) % 90 + 10.0 for g in range(groups)] for s in range(series)]


@pytest.fixture(autouse=True)
def plain_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing of the terminal in which the tests run reaches the app."""
    for name in ("NO_COLOR", "TMUX", "SSH_CONNECTION", "SSH_TTY", "SSH_CLIENT", "DISPLAY"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture(autouse=True)
def garbage_is_left(monkeypatch: pytest.MonkeyPatch) -> None:
    """No start of an app goes over all that is there of other tests: it would cost more than it."""
    monkeypatch.setattr(reading, "gc", _NO_COLLECTIONS)


def _nothing(*_: int) -> None:
    """Leave collections of garbage as they are."""


_NO_COLLECTIONS = SimpleNamespace(
    isenabled=lambda: True,
    get_threshold=gc.get_threshold,
    set_threshold=_nothing,
    collect=_nothing,
    freeze=_nothing,
    unfreeze=_nothing,
)


@pytest.fixture
def collections_as_always(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The app says what collections of garbage leave alone, as it does when it is started."""
    monkeypatch.setattr(reading, "gc", gc)
    yield
    gc.unfreeze()
    gc.collect()
    gc.freeze()


@dataclass
class Driven:
    """An app that is run by a test."""

    app: TuiEvalApp
    pilot: Pilot[None]
    notices: list[str]
    """All that the app said by now, in the status line and in toasts."""

    async def press(self, *keys: str) -> None:
        """Press keys one after the other; wait until the app has answered each."""
        for key in keys:
            await self.pilot.press(key)
            await settle(self.pilot)

    async def rest(self) -> None:
        """Wait until the app has answered all that happened."""
        await settle(self.pilot)

    async def type(self, text: str) -> None:
        """Type a text into what has the focus."""
        await self.pilot.press(*(KEY_NAMES.get(letter, letter) for letter in text))
        await settle(self.pilot)

    async def replace(self, text: str) -> None:
        """Type a text in place of what stands in the focused input."""
        await self.pilot.press("end", "ctrl+u")
        await self.type(text)

    @property
    def session(self) -> Session:
        """What all screens share."""
        return self.app.session

    @property
    def view(self) -> View:
        """The choices."""
        return self.session.view

    @property
    def screen(self) -> Screen[Any]:
        """The screen on top."""
        return self.app.screen

    @property
    def view_screen(self) -> ViewScreen:
        """The screen on top, which is one of the three views."""
        assert isinstance(self.app.screen, ViewScreen)
        return self.app.screen

    @property
    def shown(self) -> Shown:
        """What the screen shows."""
        assert self.view_screen.shown is not None
        return self.view_screen.shown

    @property
    def frame(self) -> pl.DataFrame:
        """The rows of the report that the screen shows."""
        return self.shown.report.body

    def label(self, run: str | None) -> str | None:
        """How a run is shown, by its key."""
        assert self.session.tables is not None
        return None if run is None else self.session.tables.labels[run]

    def key(self, label: str) -> str:
        """The key of the run that is shown so."""
        assert self.session.tables is not None
        return self.session.tables.run_shown_as(label)

    def labels(self, runs: Sequence[str] | None) -> list[str] | None:
        """How runs are shown, by their keys, in their order."""
        assert self.session.tables is not None
        return None if runs is None else [self.session.tables.labels[run] for run in runs]

    @property
    def runs(self) -> list[str]:
        """The columns of runs that the screen shows."""
        return [column.name for column in self.shown.report.columns if column.kind == "score"]

    @property
    def table(self) -> FrameTable:
        """The table in the middle."""
        return self.view_screen.table

    @property
    def first_cells(self) -> list[str]:
        """The first column as it is drawn."""
        return [self.table.row_cells(row)[0].text for row in range(self.table.row_count)]

    def column(self, name: str) -> list[Any]:
        """A column of the report that the screen shows."""
        return self.frame[name].to_list()

    def words(self, selector: str) -> str:
        """The text of a static widget; empty where it is hidden."""
        return said(self.screen.query_one(selector, Static))

    @property
    def context(self) -> str:
        """The line above the table."""
        return self.words("#context")

    @property
    def crumbs(self) -> str:
        """The way to what is shown, also what of it has no room."""
        return self.words("#crumbs")

    @property
    def status(self) -> str:
        """What is said in the place of the keys; empty where the keys are there."""
        return self.words("#status")

    @property
    def drawn(self) -> list[str]:
        """The lines of the terminal."""
        strips = self.screen._compositor.render_strips()
        return ["".join(segment.text for segment in strip) for strip in strips]

    @property
    def charts(self) -> list[BarChart]:
        """The charts that are on the screen."""
        box = self.screen.query_one("#charts")
        return [chart for chart in self.screen.query(BarChart) if chart.display and box.display]


KEY_NAMES = {
    " ": "space",
    ".": "full_stop",
    ",": "comma",
    "/": "slash",
    "-": "minus",
    "_": "underscore",
    "[": "left_square_bracket",
    "]": "right_square_bracket",
    "=": "equals_sign",
    "@": "at",
}


def said(widget: Widget) -> str:
    """What a static widget says; empty where it is hidden."""
    assert isinstance(widget, Static)
    if not widget.display:
        return ""
    content = widget.content
    return content.plain if isinstance(content, Text) else str(content)


async def settle(pilot: Pilot[Any]) -> None:
    """Wait until all is read and nothing works in the background.

    Looks at the queues of messages: `Pilot.pause` sends every widget a message to learn the same,
    which was a third of what a key cost.
    """
    app = pilot.app
    assert isinstance(app, TuiEvalApp)
    quiet = spins = 0
    while quiet < 8:
        if app._exception is not None:  # an app that has failed never comes to rest
            raise app._exception
        spins += 1
        await asyncio.sleep(0 if spins % 50 else 0.002)  # something else may be waited for
        working = [worker for worker in app.workers if not worker.is_finished]
        for worker in working:
            with suppress(WorkerCancelled):
                await worker.wait()
        is_busy = working or app.session.data.is_loading or not _are_answered(app)
        quiet = 0 if is_busy or _is_drawing(app.screen) else quiet + 1


def _are_answered(app: App[Any]) -> bool:
    """Whether all messages to the app and what is on the screen were handled to their end."""
    return all(map(_waits, (app, *app.screen.walk_children(with_self=True))))


def _waits(pump: MessagePump) -> bool:
    """Whether it waits for the next message, or for none any more."""
    queue: Queue[Message | None] = pump._message_queue
    is_idle: bool = queue.empty() and not pump._next_callbacks
    return (is_idle and bool(queue.ready_event._waiters)) or pump._closing or pump._closed


def _is_drawing(screen: Screen[Any]) -> bool:
    """Whether something is still to be drawn, or follows after: begins it at once if so."""
    is_due = (
        screen._layout_required
        or screen._scroll_required
        or screen._repaint_required
        or screen._recompose_required
        or screen._dirty_widgets
        or screen._callbacks
    )
    if is_due:
        screen._on_timer_update()
    return bool(is_due)


async def until(condition: Callable[[], bool], pilot: Pilot[None]) -> None:
    """Let the app work until something is so."""
    async with asyncio.timeout(60):
        while not condition():
            await pilot.pause(0.002)


@asynccontextmanager
async def drive(app: TuiEvalApp, size: tuple[int, int] = NARROW) -> AsyncIterator[Driven]:
    """The app as it is started: nothing is waited for."""
    app.animation_level = "none"
    if sys.version_info >= (3, 12):  # as in `App.run`, which `App.run_test` forgets
        asyncio.get_running_loop().set_task_factory(asyncio.eager_task_factory)
    # Textual lets every key wait until the process is idle: `settle` knows better what to wait for
    notify, notices = app.notify, list[str]()

    def noted(message: str, **options: Any) -> None:
        notices.append(message)
        notify(message, **options)

    clear = app.clear_notifications

    def cleared() -> None:
        notices.clear()
        clear()

    with (
        patch("textual.app.wait_for_idle", _at_once),
        patch.object(app, "notify", noted),
        patch.object(app, "clear_notifications", cleared),
    ):
        async with app.run_test(size=size, notifications=True) as pilot:
            yield Driven(app, pilot, notices)


@asynccontextmanager
async def open_app(
    paths: Sequence[Path] = (SAMPLES,),
    size: tuple[int, int] = NARROW,
    orientation: Orientation = "categories",
) -> AsyncIterator[Driven]:
    """The app with all files of the paths read; its scores start this way round.

    The answers of the usual samples are read once for all tests of a process.
    """
    app = TuiEvalApp(paths, state=State(Preferences(orientation=orientation)))
    if tuple(paths) == (SAMPLES,) and reading.MOST_UNASKED:  # else a test is about reading
        app.reading._samples = READ
    async with drive(app, size) as driven:
        await settle(driven.pilot)
        yield driven


RULES: dict[Hashable, list[RuleSet]] = {}


@pytest.fixture(autouse=True, scope="session")
def styles_read_once() -> Iterator[None]:
    """Every app reads all style sheets of all its widgets twice: a fifth of what a test costs."""
    parse = Stylesheet._parse_rules

    def parse_once(self: Stylesheet, *source: Any, **more: Any) -> list[RuleSet]:
        key = (source, *more.items(), frozenset(self._variables.items()))
        if key not in RULES:
            RULES[key] = parse(self, *source, **more)
        return RULES[key]

    with patch.object(Stylesheet, "_parse_rules", parse_once):
        yield


async def _at_once(min_sleep: float = 0, max_sleep: float = 0) -> None:
    await asyncio.sleep(0)


def run_file(
    folder: Path,
    name: str,
    scores: dict[str, float | None],
    *,
    dataset: str = "d",
    timestamp: str = "20260101_0000",
    **more: Any,
) -> Path:
    """A result file of one model on one dataset."""
    items = [
        item(f"datasets/{dataset}/{category}.csv", score) for category, score in scores.items()
    ]
    content = document(items, name=name, dataset=f"datasets/{dataset}/", **more)
    content["timestamp"] = timestamp
    return write(folder / f"results_{timestamp}.json", content)


@pytest.fixture
def large(tmp_path: Path) -> Path:
    """A folder with two runs on 57 categories; c00 is the best of run a."""
    for run, shift in (("a", 0.0), ("b", 0.001)):
        scores = {f"c{n:02}": round(0.9 - n / 100 - shift, 4) for n in range(LARGE_CATEGORIES)}
        run_file(tmp_path / run, run, {**scores})
    return tmp_path
