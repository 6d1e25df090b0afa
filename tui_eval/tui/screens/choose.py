"""Choosing one or several names of a list, which is filtered as you type."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import ClassVar

from rich.text import Text
from textual import on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Vertical
from textual.widgets import Input, OptionList, Static
from textual.widgets.option_list import Option

from tui_eval.render.names import cut_apart
from tui_eval.render.safe import fit, safe_text, widest
from tui_eval.tui.commands import Command, bindings
from tui_eval.tui.screens.dialog import Dialog
from tui_eval.tui.widgets.safe_input import SafeInput

Facts = Mapping[str, Sequence[str]]
"""What is known of names: as many texts of each, that stand below each other."""

_LIST = (  # of the whole dialog, before the input: it is typed into from the beginning
    Command("cursor_up", "up", "Up", "Move up a name.", in_dialogs=True),
    Command("cursor_down", "down", "Down", "Move down a name.", in_dialogs=True),
    Command("page_up", "pageup", "Page up", "Move up a page.", in_dialogs=True),
    Command("page_down", "pagedown", "Page down", "Move down a page.", in_dialogs=True),
    Command("first", "home", "Top", "Go to the first name.", in_dialogs=True),
    Command("last", "end", "Bottom", "Go to the last name.", in_dialogs=True),
    Command("mark", "space", "Mark", "Mark the name at the cursor, or not.", in_dialogs=True),
    Command("all", "a", "All or none", "Mark all, or none.", in_dialogs=True),
    Command("all_shown", "ctrl+a", "All or none", "Mark all shown, or none.", in_dialogs=True),
)
_BOX = 72  # terminal cells of a dialog
_LEAST = 20  # of them for a name
_AROUND = 10  # of them beside the names: border, padding, mark, scroll bar


class _Names(OptionList, can_focus=False):
    """Names; keys reach them from the whole dialog."""


class _Filter(SafeInput):
    """What is typed, but for the keys that mark names."""

    def check_consume_key(self, key: str, character: str | None) -> bool:
        """Whether a key is typed here, and runs no command."""
        dialog = self.screen
        marks = isinstance(dialog, ChooseScreen) and dialog.marks_with(key)
        return super().check_consume_key(key, character) and not marks


class ChooseScreen(Dialog[tuple[str, ...]]):
    """A list of names; what is typed filters it.

    Args:
        title: What is chosen.
        names: The names, in order.
        chosen: Those that are chosen now.
        several: Whether more than one may be chosen: space marks, Enter selects what is marked.
        facts: What stands beside the names.
    """

    BINDINGS: ClassVar[list[BindingType]] = bindings(_LIST)

    def __init__(
        self,
        title: str,
        names: Sequence[str],
        *,
        chosen: Sequence[str] = (),
        several: bool = False,
        facts: Facts | None = None,
    ) -> None:
        super().__init__()
        self._title = title
        self._names = tuple(names)
        self._marked = set(chosen)
        self._several = several
        self._facts = facts or {}
        self._texts: dict[str, Text] = {}
        self._shown = self._names

    def compose(self) -> ComposeResult:
        """Title, filter, list."""
        room = int(self.app.size.width * 0.95) - _AROUND  # the style sheet's share
        self._texts = _beside(self._names, self._facts, room)
        with Vertical(id="box") as box:
            longest = max((text.cell_len for text in self._texts.values()), default=0)
            box.styles.width = max(_BOX, longest + _AROUND)
            yield Static(id="title", markup=False)
            yield _Filter(placeholder="type to filter", compact=True)
            yield _Names(id="list")
            yield Static(id="hint", classes="hint", markup=False)

    def on_mount(self) -> None:
        """Fill the list."""
        self._fill()
        self.set_focus(self.query_one(Input))

    @property
    def shown(self) -> tuple[str, ...]:
        """The names that meet what is typed."""
        return self._shown

    @property
    def marked(self) -> tuple[str, ...]:
        """The names that are marked, in order; of one that is chosen: what it is now."""
        return tuple(name for name in self._names if name in self._marked)

    @property
    def _list(self) -> OptionList:
        return self.query_one("#list", OptionList)

    @property
    def _is_filtered(self) -> bool:
        return bool(self.query_one(Input).value)

    @on(Input.Changed)
    def _filter(self, event: Input.Changed) -> None:
        if not self.is_active:  # typed, then left: the list is gone
            return
        words = event.value.casefold().split()
        self._shown = tuple(
            name for name in self._names if all(word in name.casefold() for word in words)
        )
        self._fill()

    def _fill(self) -> None:
        names, options = self._shown, self._list
        here = options.highlighted or 0
        options.clear_options()
        options.add_options([Option(self._text(name)) for name in names])
        if not self._several:
            here = next((place for place, name in enumerate(names) if name in self._marked), 0)
        options.highlighted = min(here, len(names) - 1) if names else None
        self._tell()

    def _tell(self) -> None:
        """What is marked, and which keys there are."""
        marked = f": {len(self._marked)} of {len(self._names)} marked" if self._several else ""
        self.query_one("#title", Static).update(safe_text(f"{self._title}{marked}"))
        every = "^a all/none" if self._is_filtered else "a all/none"
        how = f"space marks · {every} · " if self._several else ""
        self.query_one("#hint", Static).update(f"{how}↑ ↓ move · Enter selects · Esc cancels")

    def _text(self, name: str) -> Text:
        """A name, and of several its mark."""
        text = self._texts[name]
        if not self._several:
            return text
        return (
            Text("✓ " if name in self._marked else "  ", no_wrap=True, overflow="ellipsis") + text
        )

    def marks_with(self, key: str) -> bool:
        """Whether a key that could be typed marks names instead."""
        return self._several and (key == "space" or (key == "a" and not self._is_filtered))

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Only names of which several can be chosen are marked."""
        if action in ("mark", "all", "all_shown"):
            return self._several
        return super().check_action(action, parameters)

    def action_cursor_up(self) -> None:
        """Move up a name."""
        self._list.action_cursor_up()

    def action_cursor_down(self) -> None:
        """Move down a name."""
        self._list.action_cursor_down()

    def action_page_up(self) -> None:
        """Move up a page."""
        self._list.action_page_up()  # type: ignore[no-untyped-call]

    def action_page_down(self) -> None:
        """Move down a page."""
        self._list.action_page_down()  # type: ignore[no-untyped-call]

    def action_first(self) -> None:
        """Go to the first name."""
        self._list.action_first()

    def action_last(self) -> None:
        """Go to the last name."""
        self._list.action_last()

    def action_mark(self) -> None:
        """Mark the name at the cursor, or not."""
        here = self._list.highlighted
        if here is not None:
            self._toggle(here)

    def _toggle(self, place: int) -> None:
        name = self._shown[place]
        self._marked ^= {name}
        self._list.replace_option_prompt_at_index(place, self._text(name))
        self._tell()

    @on(OptionList.OptionSelected)
    def _take_clicked(self, event: OptionList.OptionSelected) -> None:
        """Select a name that is clicked; of several mark it."""
        if event.option_index >= len(self._shown):  # it went with what was typed since
            return
        if self._several:
            self._toggle(event.option_index)
        else:
            self.dismiss((self._shown[event.option_index],))

    def action_all(self) -> None:
        """Mark all that are shown; none where all are."""
        shown = set(self._shown)
        self._marked = self._marked - shown if shown <= self._marked else self._marked | shown
        self._fill()

    def action_all_shown(self) -> None:
        """Mark all that are shown; none where all are."""
        self.action_all()

    @on(Input.Submitted)
    def _take(self) -> None:
        """Select what is marked, or the name at the cursor."""
        here = self._list.highlighted
        if self._several:
            self.dismiss(self.marked)
        elif here is not None and self._shown:
            self.dismiss((self._shown[here],))


def _beside(names: Sequence[str], facts: Facts, room: int) -> dict[str, Text]:
    """The names, cut apart where there is no room, and what is known of them in columns."""
    beside = {name: [safe_text(fact) for fact in facts[name]] for name in names if facts}
    widths = [widest(column) for column in zip(*beside.values(), strict=True)]
    left = max(room - sum(widths) - 2 * len(widths) - 1, _LEAST)
    shown = cut_apart([safe_text(name) for name in names], left)
    first = widest(shown)
    texts = {}
    for name, short in zip(names, shown, strict=True):
        cells = (fit(fact, width) for fact, width in zip(beside.get(name, ()), widths, strict=True))
        told = f"   {'  '.join(cells)}" if facts else ""
        texts[name] = _line(fit(short, first) if facts else short).append(told.rstrip(), "dim")
    return texts


def _line(text: str) -> Text:
    return Text(text, no_wrap=True, overflow="ellipsis")
