"""The line at the bottom in which a screen asks for a text, and hears of it in messages."""

from __future__ import annotations

from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.containers import Horizontal
from textual.message import Message
from textual.widgets import Input, Static

from tui_eval.tui.widgets.safe_input import SafeInput


class Prompt(Horizontal):
    """A label and an input that are hidden until a screen asks something.

    What is typed goes to the screen as messages that say what was asked, so that each part of a
    screen takes the answers to its own questions, and none has to overrule another one.
    """

    DEFAULT_CSS: ClassVar[str] = """
    Prompt {
        height: 1;
        Static { width: auto; padding: 0 1; text-style: bold; }
        Input { width: 1fr; }
    }
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

    def __init__(self) -> None:
        """Initialise a prompt that asks nothing yet."""
        super().__init__()
        self._asked = ""
        self._label = Static(markup=False)
        self.line = SafeInput(compact=True, id="prompt")
        """What is typed in."""
        self._show(is_open=False)

    def compose(self) -> ComposeResult:
        """The label, the line."""
        yield self._label
        yield self.line

    @property
    def is_open(self) -> bool:
        """Whether something is asked."""
        return self.display

    def _show(self, *, is_open: bool) -> None:
        self.display = self.line.display = is_open

    @property
    def value(self) -> str:
        """What stands in the line."""
        return self.line.value

    @value.setter
    def value(self, text: str) -> None:
        self.line.value = text

    @property
    def cursor_position(self) -> int:
        """Where in the line the cursor is."""
        return self.line.cursor_position

    @cursor_position.setter
    def cursor_position(self, place: int) -> None:
        self.line.cursor_position = place

    def ask(self, asked: str, text: str = "", hint: str = "search", label: str = "search") -> None:
        """Ask for a text.

        Args:
            asked: What the messages name as asked.
            text: What stands there at first.
            hint: What is shown as long as there is no text.
            label: What stands before the line.
        """
        self._asked = asked
        self._label.update(f"{label}:")
        self.line.placeholder = hint
        self._show(is_open=True)
        self.value = text
        self.screen.set_focus(self.line)

    def close(self) -> None:
        """Ask nothing any more."""
        self._show(is_open=False)

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
