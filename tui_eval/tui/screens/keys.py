"""The keys of a screen, from the same definitions that bind them, and what its figures mean."""

from __future__ import annotations

from collections.abc import Sequence

from rich.table import Table
from rich.text import Text
from textual.app import ComposeResult
from textual.containers import VerticalScroll
from textual.widgets import Static

from tui_eval.render.glossary import Term
from tui_eval.tui.commands import EVERYWHERE, MOVEMENT, PALETTE, Command
from tui_eval.tui.screens.dialog import Dialog

_MOUSE = (
    "To select text with the mouse, hold Shift while you drag (on a Mac in iTerm2 Option, in "
    "Terminal Fn); inside tmux with its mouse on, hold Shift too. The terminal then copies it."
)


class KeysScreen(Dialog[None]):
    """A list of keys and what they do.

    Args:
        commands: The commands of the screen.
        terms: The figures that it shows.
    """

    DEFAULT_CSS = """
    KeysScreen > #box { width: 78; height: 90%; }
    """

    def __init__(self, commands: Sequence[Command], terms: Sequence[Term] = ()) -> None:
        super().__init__()
        self._commands = commands
        self._terms = terms

    def compose(self) -> ComposeResult:
        """The screen's own keys first, then what its figures mean."""
        with VerticalScroll(id="box"):
            yield Static("Keys (Esc closes)", id="title", markup=False)
            for place, (title, commands) in enumerate(sections("This screen", self._commands)):
                yield Static(Text(f"\n{title}", "bold"))
                yield Static(_rows(commands))
                if self._terms and not place:
                    yield Static(Text("\nWhat the figures mean", "bold"))
                    yield Static(_meanings(self._terms))
            yield Static(Text("\nMouse", "bold"))
            yield Static(Text(_MOUSE))

    def on_mount(self) -> None:
        """Let the arrows scroll."""
        self.set_focus(self.query_one("#box"))


def sections(screen: str, commands: Sequence[Command]) -> list[tuple[str, Sequence[Command]]]:
    """All keys that work on a screen, under headings: its own ones under its name."""
    return [(screen, commands), ("Everywhere", (*EVERYWHERE, PALETTE)), ("Moving", MOVEMENT)]


def _rows(commands: Sequence[Command]) -> Table:
    table = Table.grid(padding=(0, 2))
    table.add_column(width=8, no_wrap=True)
    table.add_column(width=15, no_wrap=True)
    table.add_column()
    for command in commands:
        table.add_row(Text(command.shown, "bold"), Text(command.name), Text(command.help))
    return table


def _meanings(terms: Sequence[Term]) -> Table:
    table = Table.grid(padding=(0, 2))
    table.add_column(width=20)
    table.add_column()
    for term in terms:
        table.add_row(Text(term.name, "bold"), Text(term.meaning))
    return table
