"""The command palette: Textual's, and what comes in after it was closed does nothing."""

from __future__ import annotations

from textual import events, on
from textual.command import CommandPalette
from textual.message import Message
from textual.widgets import Input, OptionList

from tui_eval.tui.screens.steady import SteadyScreen


class Palette(CommandPalette, SteadyScreen[None]):
    """Commands by their names."""

    @on(events.Click)
    @on(Input.Submitted)
    @on(OptionList.OptionSelected)
    def _leave_late_ones(self, event: Message) -> None:
        """Keep a second Enter or click from a second choice: a command runs once."""
        if not self.is_active:
            event.stop()
            event.prevent_default()
