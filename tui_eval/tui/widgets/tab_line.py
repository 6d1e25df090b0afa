"""A line of tabs: the lists of a screen, the present one among them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, ClassVar, NamedTuple

from rich.cells import cell_len
from rich.text import Text
from textual.message import Message
from textual.widget import Widget

if TYPE_CHECKING:
    from textual import events


class Tab(NamedTuple):
    """A list that can be shown.

    Attributes:
        key: What it is chosen by.
        label: Safe text.
        is_empty: There is nothing in it.
    """

    key: str
    label: str
    is_empty: bool = False


class TabLine(Widget):
    """One line of tabs; where it is too narrow for all, the present one stays in view."""

    ALLOW_SELECT = False

    COMPONENT_CLASSES: ClassVar[set[str]] = {"tab-line--empty"}

    DEFAULT_CSS: ClassVar[str] = """
    TabLine { height: 1; padding: 0 1; color: $foreground; }
    TabLine > .tab-line--empty { color: $text-muted; }
    """

    class Chosen(Message):
        """A tab was clicked."""

        def __init__(self, key: str) -> None:
            self.key = key
            super().__init__()

    def __init__(self) -> None:
        super().__init__()
        self._tabs: tuple[Tab, ...] = ()
        self._current = ""

    def show(self, tabs: Sequence[Tab], current: str) -> None:
        """Show tabs, one of them as the present one."""
        if (tuple(tabs), current) != (self._tabs, self._current):
            self._tabs, self._current = tuple(tabs), current
            self.refresh()

    def render(self) -> Text:
        """The tabs that have room; ``‹`` and ``›`` where others are hidden."""
        text = Text(no_wrap=True, end="")
        muted = self.get_component_rich_style("tab-line--empty")
        shown = self._shown
        text.append("‹" * (bool(shown) and shown[0] is not self._tabs[0]), muted)
        for tab in shown:
            if tab.key == self._current:
                text.append(_words(tab, is_current=True), "bold reverse")
            else:
                text.append(_words(tab), muted if tab.is_empty else "")
        text.append("›" * (bool(shown) and shown[-1] is not self._tabs[-1]), muted)
        return text

    def on_click(self, event: events.Click) -> None:
        """Choose the tab at the pointer."""
        key = self.key_at(event.x - self.styles.padding.left)
        if key is not None:
            self.post_message(self.Chosen(key))

    def key_at(self, x: int) -> str | None:
        """Key of the tab that is drawn at a terminal cell of the line, counted from 0."""
        shown = self._shown
        start = int(bool(shown) and shown[0] is not self._tabs[0])
        for tab in shown:
            end = start + _width(tab)
            if start <= x < end:
                return tab.key
            start = end
        return None

    @property
    def _shown(self) -> tuple[Tab, ...]:
        """All tabs, or as many as there is room for, the present one last."""
        room = self.content_size.width
        if sum(map(_width, self._tabs)) <= room:
            return self._tabs
        keys = [tab.key for tab in self._tabs]
        here = keys.index(self._current) if self._current in keys else 0
        first = 0
        while first < here and sum(map(_width, self._tabs[first : here + 1])) > room - 2:
            first += 1
        last = here + 1
        while last < len(keys) and sum(map(_width, self._tabs[first : last + 1])) <= room - 2:
            last += 1
        return self._tabs[first:last]


def _words(tab: Tab, *, is_current: bool = False) -> str:
    return f"▌{tab.label}▐" if is_current else f" {tab.label} "


def _width(tab: Tab) -> int:
    return cell_len(tab.label) + 2
