"""The line at the bottom in which a screen asks for a text, and hears of it in messages."""

from __future__ import annotations

from textual import on
from textual.message import Message
from textual.widgets import Input

from tui_eval.tui.widgets.safe_input import SafeInput


class Prompt(SafeInput):
    """An input that is hidden until a screen asks something.

    What is typed goes to the screen as messages that say what was asked, so that each part of a
    screen takes the answers to its own questions, and none has to overrule another one.
    """

    class _Told(Message):
        def __init__(self, asked: str, text: str) -> None:
            self.asked = asked
            self.text = text
            super().__init__()

    class Typed(_Told):
        """The text has changed; it may change again."""

    class Given(_Told):
        """Enter was pressed: this is the text. The prompt stays until the screen closes it."""

    class Left(_Told):
        """The prompt was closed without an answer."""

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002
        """Initialise a prompt that asks nothing yet.

        Args:
            id: The ID of the widget in the DOM.
        """
        super().__init__(id=id, compact=True)
        self.display = False
        self._asked = ""

    @property
    def is_open(self) -> bool:
        """Whether something is asked."""
        return self.display

    def ask(self, asked: str, text: str = "", hint: str = "search") -> None:
        """Ask for a text.

        Args:
            asked: What the messages name as asked.
            text: What stands there at first.
            hint: What is shown as long as there is no text.
        """
        self._asked = asked
        self.placeholder = hint
        self.display = True
        self.value = text
        self.screen.set_focus(self)

    def close(self) -> None:
        """Ask nothing any more."""
        self.display = False

    def leave(self) -> None:
        """Close without a choice."""
        self.close()
        self.post_message(self.Left(self._asked, ""))

    @on(Input.Changed)
    def _tell_typed(self, event: Input.Changed) -> None:
        event.stop()
        if self.is_open:
            self.post_message(self.Typed(self._asked, event.value))

    @on(Input.Submitted)
    def _tell_given(self, event: Input.Submitted) -> None:
        event.stop()
        self.post_message(self.Given(self._asked, event.value))
