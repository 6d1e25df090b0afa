"""How the screens look: one picture a screen and size, made from the samples."""

from __future__ import annotations

import shutil
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any, Protocol

import pytest
from textual.pilot import Pilot
from textual.widgets import Input

from tests.tui.conftest import HUGE, NARROW, SAMPLES, WIDE, run_file, settle
from tui_eval.render.safe import safe_text
from tui_eval.tui.app import TuiEvalApp
from tui_eval.tui.screens import files, view_screen
from tui_eval.tui.widgets import bar_chart, context_line, drawn_chart

PLACE = "/srv/results"
SIZES = pytest.mark.parametrize("size", [NARROW, WIDE, HUGE], ids=["80x24", "120x40", "200x60"])


class Compare(Protocol):
    """The fixture of pytest-textual-snapshot."""

    def __call__(
        self,
        app: TuiEvalApp,
        *,
        terminal_size: tuple[int, int],
        run_before: Callable[[Pilot[Any]], Awaitable[None]],
    ) -> bool: ...


@pytest.fixture
def samples(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Results and answers of the samples, in a folder that is called the same everywhere."""
    for path in SAMPLES.rglob("*results_*.json*"):
        copy = tmp_path / path.relative_to(SAMPLES)
        copy.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(path, copy)

    def without_place(text: str, keep: str = "") -> str:
        return safe_text(text.replace(str(tmp_path), PLACE), keep)

    monkeypatch.setattr(view_screen, "safe_text", without_place)
    monkeypatch.setattr(files, "safe_text", without_place)
    monkeypatch.setattr(context_line, "safe_text", without_place)
    monkeypatch.setattr(drawn_chart, "DEBOUNCE", 0.001)
    for name in ("COLORTERM", "TERM", "COLUMNS", "LINES", "TEXTUAL_THEME", "TEXTUAL_COLOR_SYSTEM"):
        monkeypatch.delenv(name, raising=False)
    return tmp_path


def taken(compare: Compare, samples: Path, size: tuple[int, int], *keys: str) -> bool:
    """Whether the app looks as before, after some keys and with all charts drawn."""
    app = TuiEvalApp([samples])
    app.animation_level = "none"

    async def run_before(pilot: Pilot[Any]) -> None:
        await settle(pilot)
        for key in keys:
            await pilot.press(key)
            await settle(pilot)
        for prompt in app.screen.query(Input):
            prompt.cursor_blink = False
        charts = [chart for chart in app.screen.query(bar_chart.BarChart) if chart.is_on_screen]
        while any(not chart.render_line(0).text.strip() for chart in charts):
            await settle(pilot)
        picture = ""
        while picture != (now := app.export_screenshot()):  # a drawing may wait for its timer
            picture = now
            await pilot.pause(0.1)
            await settle(pilot)

    return compare(app, terminal_size=size, run_before=run_before)


@SIZES
def test_files(snap_compare: Compare, samples: Path, size: tuple[int, int]) -> None:
    assert taken(snap_compare, samples, size, "1", "space", "space")


@SIZES
def test_leaderboard(snap_compare: Compare, samples: Path, size: tuple[int, int]) -> None:
    assert taken(snap_compare, samples, size, "down", "right")


@pytest.mark.parametrize("count", [2, 60])
def test_leaderboard_of_few_and_many(snap_compare: Compare, tmp_path: Path, count: int) -> None:
    assert taken(snap_compare, runs(tmp_path, count), WIDE)


@SIZES
def test_categories(snap_compare: Compare, samples: Path, size: tuple[int, int]) -> None:
    assert taken(snap_compare, samples, size, "w", "down", "right")


@SIZES
def test_completeness(snap_compare: Compare, samples: Path, size: tuple[int, int]) -> None:
    assert taken(snap_compare, samples, size, "8", "down")


@SIZES
def test_delta_of_one(snap_compare: Compare, samples: Path, size: tuple[int, int]) -> None:
    assert taken(snap_compare, samples, size, "down", "enter", "x")


@SIZES
def test_delta_of_six(snap_compare: Compare, samples: Path, size: tuple[int, int]) -> None:
    assert taken(snap_compare, samples, size, "3", "x")


@pytest.mark.parametrize("count", [2, 60])
def test_delta_of_few_and_many(snap_compare: Compare, tmp_path: Path, count: int) -> None:
    assert taken(snap_compare, runs(tmp_path, count), WIDE, "3")


def test_flips(snap_compare: Compare, samples: Path) -> None:
    assert taken(snap_compare, samples, WIDE, "3", "o", "o", "o", "o")


def test_datasets(snap_compare: Compare, samples: Path) -> None:
    assert taken(snap_compare, samples, WIDE, "0")


@SIZES
def test_samples(snap_compare: Compare, samples: Path, size: tuple[int, int]) -> None:
    assert taken(snap_compare, samples, size, "3", "enter", "w", "j")


def test_reader(snap_compare: Compare, samples: Path) -> None:
    assert taken(snap_compare, samples, WIDE, "3", "enter", "enter")


def test_help(snap_compare: Compare, samples: Path) -> None:
    assert taken(snap_compare, samples, NARROW, "question_mark")


def runs(folder: Path, count: int) -> Path:
    """A folder with as many runs, checkpoints of one training."""
    for number in range(count):
        scores: dict[str, float | None] = {
            f"part-{part}": (number * 7 + part * 3) % 61 / 61 for part in range(9)
        }
        name = f"gull-2-9b-step{1000 * number}"
        run_file(folder / f"{number}", name, scores, timestamp=f"20260101_00{number:02}")
    return folder
