"""What the program has to say of a key or its work: for some seconds, in the place of the keys."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from rich.text import Text
from textual.widgets import Static

from tui_eval.render.safe import safe_text

if TYPE_CHECKING:
    from textual.timer import Timer


class StatusLine(Static):
    """One message, the last one: it covers the keys, and no row of a table."""

    DEFAULT_CSS: ClassVar[str] = """
    StatusLine {
        dock: bottom;
        display: none;
        height: auto;
        max-height: 4;
        padding: 0 1;
        background: $panel;
        color: $foreground;
    }
    """

    _end: Timer | None = None

    def tell(self, words: str, seconds: float) -> None:
        """Show a message instead of the one before.

        Args:
            words: What is said; foreign text in it is made harmless here.
            seconds: How long it stays.
        """
        if self._end is not None:
            self._end.stop()
        self.update(Text(safe_text(words), "bold", overflow="fold"))
        self.display = True
        self._end = self.set_timer(seconds, self._hide)

    def _hide(self) -> None:
        self.display = False
