"""Answers of all runs that are shown are read in the background, for tests on questions."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from unittest.mock import patch

from tests.tui.conftest import open_app, until
from tui_eval.loading.passes import NOTHING, Samples
from tui_eval.loading.store import SampleStore
from tui_eval.tui import reading
from tui_eval.tui.evidence import evidence_of
from tui_eval.tui.screens import reads_answers

SAMPLES = Path(__file__).parents[2] / "samples" / "lm_eval"


def methods(session: object) -> set[str]:
    """How the scores that are shown got their intervals."""
    snapshot = session.snapshot  # type: ignore[attr-defined]
    return set(evidence_of(snapshot).intervals["method"].drop_nulls())


async def test_scores_and_delta_read_what_is_shown_and_keep_cursor_and_order() -> None:
    async with open_app([SAMPLES], (120, 40)) as driven:
        await driven.press("2")
        await driven.rest()
        session = driven.app.session
        answers = session.answers
        assert answers is not None
        assert answers.is_whole
        assert session.selection is not None
        assert set(answers.rows["run"]) == set(session.selection.scored_and_answered)
        await driven.press("3")
        await driven.rest()
        assert session.answers is answers  # of the same runs and dataset


async def test_too_many_bytes_wait_for_a_key() -> None:
    with patch.object(reading, "MOST_UNASKED", 0):
        async with open_app([SAMPLES], (120, 40)) as driven:
            await driven.press("2")
            await driven.rest()
            session = driven.app.session
            assert session.answers is None
            assert "of answers are not read: A reads them" in driven.context
            await driven.press("A")
            await driven.rest()
            assert session.answers is not None
            assert session.answers.is_whole
            assert session.unread is None
            await driven.press("A")
            await driven.rest()
            assert "or there are none" in driven.notices[-1]


def endless(*_: object, cancelled: Callable[[], bool], **more: object) -> Iterator[Samples]:
    """A pass that never ends by itself."""
    while not cancelled():
        yield replace(NOTHING, done=4, total=10)
        time.sleep(0.2)  # as often as a real pass tells


async def test_esc_stops_what_is_told_to_go_on() -> None:
    async with open_app([SAMPLES], (120, 40)) as driven:
        await driven.press("2")
        await driven.rest()
        screen, session = driven.view_screen, driven.session
        with (
            patch.object(reads_answers, "_PATIENCE", 0.0),
            patch.object(SampleStore, "read", endless),
        ):
            screen.change(dataset="pocketquiz_short")
            await until(lambda: "Esc stops" in driven.context, driven.pilot)
            assert "reading answers: 40 %, Esc stops" in driven.context
            await screen.action_go_back()
            await driven.rest()
        assert driven.screen is screen
        assert session.answers is not None
        assert session.answers.is_stopped
        assert "Esc stops" not in driven.context
        assert "tests use totals only" in driven.notices[-1]
