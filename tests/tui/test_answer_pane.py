"""The pane of answers: what it draws, how it scrolls, when it draws anew."""

from __future__ import annotations

import threading
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from rich.cells import cell_len
from textual.app import App, ComposeResult

from tests.build.questions import QUESTION, RESPONSES
from tests.tui.conftest import NARROW, WIDE
from tui_eval.records import Answer, Message
from tui_eval.render.answers.layout import Question, Response, Shape, compose
from tui_eval.render.safe import UNSAFE
from tui_eval.tui.widgets import answer_pane
from tui_eval.tui.widgets.answer_pane import AnswerPane

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable
    from typing import Any

    from textual.pilot import Pilot

LONG = Question(
    (Message("user", "Count."),),
    responses=tuple(
        Response(letter, f"run {letter}", answer=Answer(response="\n".join(map(str, range(200)))))
        for letter in "ABC"
    ),
)


class PaneApp(App[None]):
    def __init__(self, question: Question | None = QUESTION) -> None:
        super().__init__()
        self.pane = AnswerPane()
        self.question = question

    def compose(self) -> ComposeResult:
        yield self.pane

    def on_mount(self) -> None:
        self.pane.show(self.question)
        self.pane.focus()


async def settle(pilot: Pilot[None]) -> None:
    """Wait until the lines are made and drawn."""
    await pilot.pause()
    await pilot.app.workers.wait_for_complete()
    await pilot.pause()


@asynccontextmanager
async def opened(
    question: Question | None = QUESTION, size: tuple[int, int] = NARROW, theme: str = "nord"
) -> AsyncIterator[tuple[Pilot[None], AnswerPane]]:
    app = PaneApp(question)
    app.theme = theme
    async with app.run_test(size=size) as pilot:
        await settle(pilot)
        yield pilot, app.pane


def drawn(pane: AnswerPane) -> list[str]:
    """The lines of the pane as they are on the screen, the scrollbar not counted."""
    return [pane.render_line(y).text for y in range(pane.size.height)]


def whole(pane: AnswerPane) -> str:
    return "\n".join(drawn(pane))


async def test_the_screen_shows_what_the_pane_draws() -> None:
    async with opened() as (pilot, pane):
        strips = pilot.app.screen._compositor.render_strips()
        screen = ["".join(segment.text for segment in strip) for strip in strips]
        assert [line[: len(text)] for line, text in zip(screen, drawn(pane), strict=True)] == drawn(
            pane
        )
        assert "A qwen2.5-7b @ 1120" in whole(pane)
        assert "B llama-3-8b @ 1121" in whole(pane)


@pytest.mark.parametrize("size", [NARROW, WIDE, (30, 10), (8, 5)])
@pytest.mark.parametrize("question", [QUESTION, LONG, Question()])
async def test_lines_are_as_wide_as_the_pane(size: tuple[int, int], question: Question) -> None:
    async with opened(question, size) as (pilot, pane):
        for keys in ([], ["G"]):
            await pilot.press(*keys)
            width = pane.scrollable_content_region.width
            assert width == size[0] - 1
            assert {cell_len(line) for line in drawn(pane)} == {width}


async def test_nothing_is_markup_link_or_escape() -> None:
    async with opened(size=(120, 60)) as (_, pane):
        assert "␛[2J[red]" in whole(pane)
        for y in range(pane.size.height):
            for text, style, control in pane.render_line(y):
                assert not UNSAFE.search(text)
                assert control is None
                assert style is not None
                assert not style.link
                assert not style.meta


class TestScrolling:
    @pytest.mark.parametrize(
        ("keys", "line"),
        [
            (["j", "down", "k"], 1),
            (["j", "j", "up"], 1),
            (["ctrl+d"], 12),
            (["pagedown", "ctrl+f", "ctrl+u"], 36),
            (["pagedown", "pageup", "ctrl+b"], 0),
            (["G", "g"], 0),
            (["k"], 0),
        ],
    )
    async def test_keys_move_the_view(self, keys: list[str], line: int) -> None:
        async with opened(LONG) as (pilot, pane):
            first = drawn(pane)
            await pilot.press(*keys)
            assert pane.scroll_offset.y == line
            assert drawn(pane)[0] == (first[line] if line < len(first) else drawn(pane)[0])

    async def test_to_the_end_and_no_farther(self) -> None:
        async with opened(LONG) as (pilot, pane):
            await pilot.press("G", "j")
            assert drawn(pane)[-1].split() == ["199"]

    async def test_another_question_begins_at_its_top(self) -> None:
        async with opened(LONG) as (pilot, pane):
            await pilot.press("G")
            pane.show(replace(LONG, target="x"))
            await settle(pilot)
            assert pane.scroll_offset.y == 0

    async def test_more_of_the_same_question_stays(self) -> None:
        async with opened(LONG) as (pilot, pane):
            await pilot.press("pagedown", "j")
            pane.show(replace(LONG, target="x"), keep_scroll=True)
            await settle(pilot)
            assert pane.scroll_offset.y == 25

    async def test_a_resize_stays_near_what_is_read(self) -> None:
        text = "\n".join(f"{number} " + "word " * 30 for number in range(200))
        question = Question(responses=(Response("A", "r", answer=Answer(response=text)),))
        async with opened(question) as (pilot, pane):
            await pilot.press(*["pagedown"] * 10)
            before = int(next(line for line in drawn(pane) if line[0].isdigit()).split()[0])
            await pilot.resize_terminal(120, 40)
            await settle(pilot)
            after = int(next(line for line in drawn(pane) if line[0].isdigit()).split()[0])
            assert abs(before - after) < 5


class TestChoices:
    async def test_folds(self) -> None:
        async with opened(size=(80, 30)) as (pilot, pane):
            assert "p shows them" in whole(pane)
            assert "t shows it" in whole(pane)
            pane.folds_prompt = False
            pane.folds_reasoning = False
            await settle(pilot)
            assert "Example 5." in whole(pane)
            assert "First the eggs." in whole(pane)
            assert " shows " not in whole(pane)

    async def test_a_prompt_that_fits_is_not_folded(self) -> None:
        async with opened(size=(80, 60)) as (pilot, pane):
            assert "Example 5." in whole(pane)
            assert "p shows them" not in whole(pane)
            await pilot.resize_terminal(80, 30)
            await settle(pilot)
            assert "p shows them" in whole(pane)
            assert "請用繁體中文回答。" in whole(pane)

    async def test_the_difference(self) -> None:
        async with opened(size=(80, 60)) as (pilot, pane):
            assert "from A:" not in whole(pane)
            pane.shows_difference = True
            await settle(pilot)
            assert "from A:" in whole(pane)
            shown = [segment for y in range(60) for segment in pane.render_line(y)]
            styles = {text.strip(): style for text, style, _ in shown if style}
            assert styles["$26"].underline  # colour is never the only sign
            assert styles["$18"].underline
            assert styles["26"].reverse

    async def test_runs_are_turned(self) -> None:
        async with opened(LONG) as (pilot, pane):
            assert pane.shown_runs == range(2)
            await pilot.press("l")
            await settle(pilot)
            assert "run A" not in whole(pane)
            assert "run C" in whole(pane)
            assert pane.shown_runs == range(1, 3)
            await pilot.press("right", "l", "l")
            assert (pane.first_run, pane.shown_runs) == (2, range(2, 3))
            await pilot.press("h", "h", "h", "left")
            assert pane.first_run == 0

    async def test_fewer_runs_than_before(self) -> None:
        async with opened(LONG) as (pilot, pane):
            pane.first_run = 2
            pane.show(QUESTION)
            await settle(pilot)
            assert pane.first_run == 1
            assert "B llama-3-8b" in whole(pane)

    async def test_nothing(self) -> None:
        async with opened() as (pilot, pane):
            pane.show(None)
            await settle(pilot)
            assert not whole(pane).strip()
            assert (pane.question, pane.shown_runs) == (None, range(0))


class TestComposing:
    async def test_what_is_stale_is_never_shown(self, monkeypatch: pytest.MonkeyPatch) -> None:
        composed: list[Question] = []
        held = threading.Event()
        real = compose

        def slow(question: Question, shape: Shape) -> Any:
            composed.append(question)
            held.wait(10)
            return real(question, shape)

        monkeypatch.setattr(answer_pane, "compose", slow)
        targets = [Question(target=f"target{number}") for number in range(9)]
        app = PaneApp(targets[0])
        async with app.run_test(size=NARROW) as pilot:
            while not composed:
                await pilot.pause(0.01)
            for question in targets[1:]:
                app.pane.show(question)
            await pilot.pause()
            assert not whole(app.pane).strip()
            held.set()
            while "target8" not in whole(app.pane):
                await pilot.pause(0.01)
            assert composed == [targets[0], targets[8]]

    async def test_a_failure_is_told(self, monkeypatch: pytest.MonkeyPatch) -> None:
        async with opened() as (pilot, pane):

            def fail(*_: object) -> None:
                raise RuntimeError

            monkeypatch.setattr(answer_pane, "compose", fail)
            pane.show(LONG)
            while "could not be drawn" not in whole(pane):
                await pilot.pause(0.01)


@pytest.mark.parametrize("theme", ["ansi-dark", "ansi-light"])
async def test_ansi_themes_leave_text_in_the_terminals_own_colour(theme: str) -> None:
    async with opened(theme=theme) as (_, pane):
        styles = {
            text.strip(): style
            for y in range(24)
            for text, style, _ in pane.render_line(y)
            if style
        }
        plain = styles["She makes 9 × $2 = $18 every day."]
        assert plain.color is None or plain.color.is_default
        assert plain.bgcolor is None or plain.bgcolor.is_default
        assert styles["18"].reverse


async def test_a_new_theme_is_followed() -> None:
    async with opened(theme="textual-dark") as (pilot, pane):
        before = [segment.style for segment in pane.render_line(0)]
        pilot.app.theme = "textual-light"
        await settle(pilot)
        assert [segment.style for segment in pane.render_line(0)] != before


@pytest.mark.parametrize("size", [NARROW, WIDE], ids=["80x24", "120x40"])
def test_it_looks_as_before(
    snap_compare: Callable[..., bool], size: tuple[int, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("COLORTERM", "TERM", "COLUMNS", "LINES", "TEXTUAL_THEME", "TEXTUAL_COLOR_SYSTEM"):
        monkeypatch.delenv(name, raising=False)
    app = PaneApp(Question(QUESTION.prompt, "18", RESPONSES))
    app.animation_level = "none"
    app.pane.set_reactive(AnswerPane.shows_difference, size == WIDE)
    run_before: Callable[[Pilot[None]], Awaitable[None]] = settle
    assert snap_compare(app, terminal_size=size, run_before=run_before)
