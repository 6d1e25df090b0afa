"""What dialogs share: a box in the middle, a title, Esc to leave."""

from __future__ import annotations

from typing import ClassVar, TypeVar

from textual import events
from textual.await_complete import AwaitComplete
from textual.binding import BindingType
from textual.screen import ModalScreen

from tui_eval.tui.commands import Command, bindings

Answer = TypeVar("Answer")

LEAVE = (Command("leave_dialog", "escape,q", "Close", "Close without an answer.", "Close", "Esc"),)


class Dialog(ModalScreen[Answer | None]):
    """A question in a box; the answer is None where it is left."""

    BINDINGS: ClassVar[list[BindingType]] = bindings(LEAVE)

    def __init__(self) -> None:
        super().__init__(classes="dialog")

    def on_key(self, event: events.Key) -> None:
        """Pass on what was typed after the answer, and came before the dialog was gone."""
        if not self.is_current:
            event.stop()
            event.prevent_default()
            self.app.post_message(events.Key(event.key, event.character))

    def dismiss(self, result: Answer | None = None) -> AwaitComplete:
        """Close with an answer; once only, however many keys come in at once."""
        return super().dismiss(result) if self.is_current else AwaitComplete()

    def action_leave_dialog(self) -> None:
        """Close without an answer."""
        self.dismiss(None)
