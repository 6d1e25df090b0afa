"""The second line: what is looked at, in parts; a click on one chooses another."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import TYPE_CHECKING, ClassVar

from rich.cells import cell_len
from rich.text import Text
from textual.message import Message
from textual.widgets import Static

from tui_eval.render.safe import safe_text

if TYPE_CHECKING:
    from textual import events

_BETWEEN = " · "
_CUT = "…"


class ContextLine(Static):
    """Parts of a title, the most important one first; what follows it is cut from the left."""

    ALLOW_SELECT = False
    DEFAULT_CSS: ClassVar[str] = "ContextLine { height: 1; padding: 0 1; }"

    class Chosen(Message):
        """A part was clicked that can be chosen."""

        def __init__(self, action: str) -> None:
            self.action = action
            super().__init__()

    _links: Mapping[str, str] = MappingProxyType({})
    _parts: tuple[str, ...] = ()

    def show(self, parts: Sequence[str], links: Mapping[str, str]) -> None:
        """Show other parts.

        Args:
            parts: What is said, in order; empty ones are left out.
            links: Actions by what a part begins with: a click on it asks for them.
        """
        self._links = {safe_text(words): action for words, action in links.items()}
        self._parts = tuple(safe_text(part) for part in parts if part)
        self.update(_line(self._parts))

    def render(self) -> Text:
        """The parts that have room."""
        return _line(fitted(self._parts, self.content_size.width))

    def on_click(self, event: events.Click) -> None:
        """Ask for what the clicked part can be."""
        offset = event.get_content_offset(self)
        words = _word_at(self.render().plain, offset.x) if offset is not None else ""
        for start, action in self._links.items():
            if words == start or words.startswith(f"{start} "):
                self.post_message(self.Chosen(action))
                return


def fitted(parts: Sequence[str], width: int) -> tuple[str, ...]:
    """As many parts as have room in so many cells: the first one, and the last of the others."""
    first, others = tuple(parts[:1]), tuple(parts[1:])
    shown = (*first, *others)
    while others and cell_len(_BETWEEN.join(shown)) > width:
        others = others[1:]
        shown = (*first, _CUT, *others)
    return shown


def _line(parts: Sequence[str]) -> Text:
    text = Text(no_wrap=True, overflow="ellipsis")
    for number, part in enumerate(parts):
        if number:
            text.append(_BETWEEN, "dim")
        text.append(part, "bold" if number == 0 else "")
    return text


def _word_at(line: str, x: int) -> str:
    """The part that is drawn at a cell of a line; nothing between them."""
    start = 0
    for word in line.split(_BETWEEN):
        if start <= x < start + cell_len(word):
            return word
        start += cell_len(word) + len(_BETWEEN)
    return ""
