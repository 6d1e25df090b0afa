"""The command palette: Textual's, with the keys at the right.

What comes in after it was closed does nothing.
"""

from __future__ import annotations

from rich.cells import cell_len
from textual import events, on
from textual.app import SystemCommand
from textual.command import CommandPalette, DiscoveryHit, Hit, Hits, Provider
from textual.content import Content
from textual.message import Message
from textual.widgets import Input, OptionList

from tui_eval.tui.commands import EVERYWHERE
from tui_eval.tui.screens.steady import SteadyScreen

_MARGIN = 6  # cells of a line that the list needs for itself
_MOST = 100  # cells from a name to the end of its keys, at most


class Commands(Provider):
    """The commands of the screen below, in the order of their names."""

    @property
    def _commands(self) -> list[SystemCommand]:
        return list(self.app.get_system_commands(self.screen))

    @property
    def _keys(self) -> dict[str, str]:
        """The keys of each command by its name."""
        commands = (*getattr(self.screen, "KEYS", ()), *EVERYWHERE)
        return {command.name: command.shown for command in commands}

    async def discover(self) -> Hits:
        """All commands, each with its keys."""
        for name, words, run, _ in sorted(self._commands, key=lambda command: command.title):
            yield DiscoveryHit(self._with_keys(Content(name), name), run, text=name, help=words)

    async def search(self, query: str) -> Hits:
        """The commands whose names are like what is typed."""
        matcher = self.matcher(query)
        for name, words, run, _ in self._commands:
            score = matcher.match(name)
            if score > 0:
                shown = self._with_keys(matcher.highlight(name), name)
                yield Hit(score, shown, run, text=name, help=words)

    def _with_keys(self, shown: Content, name: str) -> Content:
        keys = self._keys.get(name, "")
        room = min(self.app.size.width - _MARGIN, _MOST) - cell_len(name)
        return Content.assemble(shown, keys.rjust(room)) if room > len(keys) else shown


class Palette(CommandPalette, SteadyScreen[None]):
    """Commands by their names."""

    def __init__(self) -> None:
        super().__init__(providers=[Commands], id="--command-palette")

    @on(events.Click)
    @on(Input.Submitted)
    @on(OptionList.OptionSelected)
    def _leave_late_ones(self, event: Message) -> None:
        """Keep a second Enter or click from a second choice: a command runs once."""
        if not self.is_active:
            event.stop()
            event.prevent_default()
