"""The prompt: hidden until something is asked; what is typed is told with what was asked."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from textual import on
from textual.app import App, ComposeResult
from textual.pilot import Pilot
from textual.widgets import Button, Static

from tui_eval.tui.widgets.prompt import Prompt


class Asking(App[None]):
    """A prompt, and what it tells."""

    def __init__(self) -> None:
        super().__init__()
        self.told: list[tuple[str, str, str]] = []

    def compose(self) -> ComposeResult:
        yield Button("what is looked at")
        yield Prompt()

    @on(Prompt.Typed)
    @on(Prompt.Given)
    @on(Prompt.Left)
    def keep(self, event: Prompt.Typed | Prompt.Given | Prompt.Left) -> None:
        self.told.append((type(event).__name__, event.asked, event.text))


@asynccontextmanager
async def opened() -> AsyncIterator[tuple[Asking, Pilot[None], Prompt]]:
    app = Asking()
    async with app.run_test() as pilot:
        yield app, pilot, app.query_one(Prompt)


async def test_nothing_is_asked_at_first() -> None:
    async with opened() as (app, pilot, prompt):
        assert not prompt.is_open
        prompt.value = "not typed"
        await pilot.pause()
        assert app.told == []


async def test_what_is_typed_and_given_is_told_in_order() -> None:
    async with opened() as (app, pilot, prompt):
        prompt.ask("row", hint="a name", label="search")
        assert prompt.is_open
        assert app.focused is prompt.line
        assert prompt.line.placeholder == "a name"
        assert str(prompt.query_one(Static).content) == "search:"
        await pilot.press("a", "b", "enter")
        assert app.told == [("Typed", "row", "a"), ("Typed", "row", "ab"), ("Given", "row", "ab")]
        assert prompt.is_open  # until the screen has taken it
        prompt.close()
        assert not prompt.is_open


async def test_the_text_that_stands_there_is_told_too_and_can_be_left() -> None:
    async with opened() as (app, pilot, prompt):
        prompt.ask("where", "a.wrong")
        await pilot.pause()
        prompt.leave()
        await pilot.pause()
        assert not prompt.is_open
        assert app.told == [("Typed", "where", "a.wrong"), ("Left", "where", "")]


async def test_each_question_has_its_own_answers() -> None:
    async with opened() as (app, pilot, prompt):
        for asked in ("texts", "where"):
            prompt.ask(asked)
            await pilot.press("x", "enter")
            prompt.close()
        given: list[Any] = [told for told in app.told if told[0] == "Given"]
        assert given == [("Given", "texts", "x"), ("Given", "where", "x")]
