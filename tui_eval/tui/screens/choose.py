"""Choosing one or several names of a list, with a filter as you type."""

from __future__ import annotations

from collections.abc import Sequence

from rich.text import Text
from textual import on
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.strip import Strip
from textual.widgets import Input, OptionList, SelectionList, Static
from textual.widgets.option_list import Option
from textual.widgets.selection_list import Selection

from tui_eval.render.safe import safe_text
from tui_eval.tui.commands import Command, bindings
from tui_eval.tui.screens.dialog import Dialog
from tui_eval.tui.widgets.safe_input import SafeInput

_ALL = (Command("all", "a", "All or none", "Mark all, or none.", "All/none"),)
_MOVE = (
    Command("cursor_down", "j", "Down", "Move down a name."),
    Command("cursor_up", "k", "Up", "Move up a name."),
    Command("first", "g", "Top", "Go to the first name."),
    Command("last", "G", "Bottom", "Go to the last name."),
)
_TAKE = (Command("screen.take", "enter", "Select", "Select what is marked."),)
_FILTER_FROM = 15  # names; shorter lists are read at a glance


class _Names(OptionList):
    """Names of which one is taken."""

    BINDINGS = bindings(_MOVE)


class _MarkedNames(SelectionList[int], _Names):
    """Names that are marked with space; Enter selects the marked ones."""

    BINDINGS = bindings(_TAKE)

    def render_line(self, y: int) -> Strip:
        """A name with the mark that is written in it: Textual's differs in colour alone."""
        return OptionList.render_line(self, y)

    def _get_left_gutter_width(self) -> int:
        """No room for Textual's mark."""
        return 0


class ChooseScreen(Dialog[tuple[str, ...]]):
    """A list of names.

    Args:
        title: What is chosen.
        names: The names, in order.
        chosen: Those that are chosen now.
        several: Whether more than one may be chosen: space marks, Enter selects.
    """

    BINDINGS = bindings(_ALL)

    def __init__(
        self,
        title: str,
        names: Sequence[str],
        *,
        chosen: Sequence[str] = (),
        several: bool = False,
    ) -> None:
        super().__init__()
        self._title = title
        self._names = tuple(names)
        self._marked = set(chosen)
        self._several = several
        self._shown = self._names

    def compose(self) -> ComposeResult:
        """Title, filter, list."""
        with Vertical(id="box"):
            yield Static(self._title, id="title", markup=False)
            if len(self._names) >= _FILTER_FROM:
                yield SafeInput(placeholder="type to filter, ↓ to the list", compact=True)
            yield _MarkedNames(id="list") if self._several else _Names(id="list")
            how = "space mark · a all or none · Enter select" if self._several else "Enter select"
            yield Static(f"{how} · Esc cancel", classes="hint", markup=False)

    def on_mount(self) -> None:
        """Fill the list."""
        self._fill()
        self.set_focus(self.query_one("#list"))

    @on(Input.Changed)
    def _filter(self, event: Input.Changed) -> None:
        if not self.is_active:  # typed, then left: the list is gone
            return
        wanted = event.value.casefold()
        self._shown = tuple(name for name in self._names if wanted in name.casefold())
        self._fill()

    def _fill(self) -> None:
        names = self._shown
        if self._several:
            selections = self.query_one("#list", SelectionList)
            here = selections.highlighted or 0
            selections.clear_options()
            selections.add_options(
                [
                    Selection(self._marked_text(name), place, name in self._marked)
                    for place, name in enumerate(names)
                ]
            )
            selections.highlighted = min(here, len(names) - 1) if names else None
            return
        options = self.query_one("#list", OptionList)
        options.clear_options()
        options.add_options([Option(self._text(name)) for name in names])
        current = next((place for place, name in enumerate(names) if name in self._marked), 0)
        options.highlighted = current if names else None

    def _marked_text(self, name: str) -> Text:
        """A name and its mark: Textual tells marks apart by colour alone."""
        return Text("✓ " if name in self._marked else "  ") + self._text(name)

    def _text(self, name: str) -> Text:
        return Text(safe_text(name), no_wrap=True, overflow="ellipsis")

    @on(SelectionList.SelectionToggled)
    def _mark(self, event: SelectionList.SelectionToggled[int]) -> None:
        name = self._shown[event.selection.value]
        self._marked ^= {name}
        event.selection_list.replace_option_prompt_at_index(
            event.selection_index, self._marked_text(name)
        )

    @on(OptionList.OptionSelected)
    def _take_one(self, event: OptionList.OptionSelected) -> None:
        if not self._several:
            self.dismiss((self._shown[event.option_index],))

    def action_all(self) -> None:
        """Mark all that are shown; none where all are."""
        shown = set(self._shown)
        if self._several:
            self._marked = self._marked - shown if shown <= self._marked else self._marked | shown
            self._fill()

    @on(Input.Submitted)
    def action_take(self) -> None:
        """Take what is marked, or the name at the cursor."""
        if self._several:
            self.dismiss(tuple(name for name in self._names if name in self._marked))
            return
        options = self.query_one("#list", OptionList)
        if options.highlighted is not None and self._shown:
            self.dismiss((self._shown[options.highlighted],))
