"""What dialogs share: a box in the middle, a title, Esc to leave."""

from __future__ import annotations

from typing import ClassVar, TypeVar

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

    def action_leave_dialog(self) -> None:
        """Close without an answer."""
        self.dismiss(None)
