"""How many bytes go over the wire: over SSH each of them is waited for."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from tests.e2e.app import READY, SAMPLES, quit_app, started

REMOTE = {"SSH_CONNECTION": "here", "COLORTERM": "truecolor"}
SURE = "~ cannot be told from the best"  # stands there when the answers were read
WHOLE = (READY, SURE, "› mini_mmlu", "7 runs", "7  mock-3b-base", "that all runs have.", "? Keys")
"""What the leaderboard of the samples shows from top to bottom."""
LAST = " 0.294"  # the mean of the run that is drawn last


@pytest.mark.parametrize(
    ("size", "most"), [((80, 24), 10_000), ((200, 60), 25_000)], ids=["80x24", "200x60"]
)
@pytest.mark.parametrize(
    ("key", "title"), [("?", "This screen"), ("ctrl+p", "All datasets"), ("i", "reported average")]
)
def test_a_dialog_there_and_back_costs_little(
    tmp_path: Path, size: tuple[int, int], most: int, key: str, title: str
) -> None:
    with started(str(SAMPLES), cwd=tmp_path, size=size, env=REMOTE) as terminal:
        times = 2 if size > (99, 0) else 1  # in the table, and in the chart where there is room
        before = terminal.wait_until(
            lambda screen: all(text in screen for text in WHOLE) and screen.count(LAST) == times
        )
        shown = len(terminal.raw)
        terminal.press(key)
        terminal.wait_for(title)
        terminal.press("escape")
        terminal.wait_until(lambda screen: screen == before)
        assert len(terminal.raw) - shown < most
        quit_app(terminal)


def test_a_prompt_that_waits_sends_nothing(tmp_path: Path) -> None:
    with started(str(SAMPLES), cwd=tmp_path, env=REMOTE) as terminal:
        terminal.wait_for(READY)
        terminal.press("/")
        terminal.wait_for("search")
        sent, end = -1, time.monotonic() + 20
        while sent != len(terminal.raw) and time.monotonic() < end:
            sent = len(terminal.raw)
            for _ in range(13):  # a cursor blinks every half second
                time.sleep(0.1)
                terminal.screen()
        assert sent == len(terminal.raw)


def test_the_whole_screen_is_drawn_anew_when_asked(tmp_path: Path) -> None:
    with started(str(SAMPLES), cwd=tmp_path) as terminal:
        terminal.wait_for(READY)
        before = len(terminal.raw)
        terminal.press("ctrl+l")
        terminal.wait_until(lambda _: READY.encode() in terminal.raw[before:])
        quit_app(terminal)
