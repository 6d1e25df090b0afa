"""What dialogs share: a box in the middle, a title, Esc to leave."""

from __future__ import annotations

from typing import ClassVar

from textual import events
from textual.binding import BindingType
from textual.screen import ModalScreen

from tui_eval.tui.commands import Command, bindings
from tui_eval.tui.screens.steady import Answer, SteadyScreen

LEAVE = (Command("leave_dialog", "escape,q", "Close", "Close without a choice.", "Close", "Esc"),)


class Dialog(ModalScreen[Answer | None], SteadyScreen[Answer | None]):
    """A question in a box; the answer is None where it is left."""

    BINDINGS: ClassVar[list[BindingType]] = bindings(LEAVE)

    def __init__(self) -> None:
        super().__init__(classes="dialog")

    def on_key(self, event: events.Key) -> None:
        """Pass on what was typed after the answer, and came before the dialog was gone."""
        if not self.is_active:
            event.stop()
            event.prevent_default()
            self.app.post_message(events.Key(event.key, event.character))

    def on_click(self, event: events.Click) -> None:
        """A click beside the box closes it, as Esc does."""
        if event.widget is self:
            self.action_leave_dialog()

    def action_leave_dialog(self) -> None:
        """Close without a choice."""
        self.dismiss(None)
