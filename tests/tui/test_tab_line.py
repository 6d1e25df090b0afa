"""The line of tabs: which one is shown, what is empty, what has room, and clicks."""

from __future__ import annotations

import pytest
from textual import on
from textual.app import App, ComposeResult

from tui_eval.tui.widgets.tab_line import Tab, TabLine

TABS = (Tab("one", "first"), Tab("two", "second"), Tab("three", "third 0", is_empty=True))


class TabApp(App[None]):
    """A line of tabs, and what was chosen."""

    def __init__(self) -> None:
        super().__init__()
        self.line = TabLine()
        self.chosen: list[str] = []

    def compose(self) -> ComposeResult:
        yield self.line

    @on(TabLine.Chosen)
    def remember(self, event: TabLine.Chosen) -> None:
        self.chosen.append(event.key)


async def test_the_present_one_is_marked_without_colour() -> None:
    app = TabApp()
    async with app.run_test(size=(40, 3)) as pilot:
        app.line.show(TABS, "two")
        await pilot.pause()
        assert app.line.render().plain == " first ▌second▐ third 0 "


@pytest.mark.parametrize(
    ("x", "key"), [(1, "one"), (7, "one"), (8, "two"), (15, "two"), (16, "three"), (30, None)]
)
async def test_a_click_chooses_the_tab_at_the_pointer(x: int, key: str | None) -> None:
    app = TabApp()
    async with app.run_test(size=(40, 3)) as pilot:
        app.line.show(TABS, "one")
        await pilot.pause()
        await pilot.click(TabLine, offset=(x, 0))
        assert app.chosen == ([] if key is None else [key])


@pytest.mark.parametrize(
    ("current", "drawn"),
    [("one", "▌first▐ second ›"), ("two", " first ▌second▐›"), ("three", "‹▌third 0▐")],
)
async def test_where_it_is_narrow_the_present_one_stays_in_view(current: str, drawn: str) -> None:
    app = TabApp()
    async with app.run_test(size=(20, 3)) as pilot:
        app.line.show(TABS, current)
        await pilot.pause()
        assert app.line.render().plain == drawn
        assert app.line.key_at(drawn.index("▌")) == current
