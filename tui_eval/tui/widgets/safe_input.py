"""A line of input that shows foreign text as safely as every other widget."""

from __future__ import annotations

from typing import Any

from rich.highlighter import Highlighter
from rich.text import Text
from textual.widgets import Input

from tui_eval.render.safe import safe_text
from tui_eval.tui.widgets.late_keys import RemembersKeys


class _Visible(Highlighter):
    """Makes control characters visible; Input draws what a highlighter gives it."""

    def __call__(self, text: str | Text) -> Text:
        """The text as it may reach the terminal."""
        return Text(safe_text(str(text)), no_wrap=True, overflow="ignore", end="")

    def highlight(self, text: Text) -> None:
        """Nothing is highlighted."""


class SafeInput(RemembersKeys, Input):
    """An `Input` for paths and pasted text: names of folders may hold escape sequences."""

    def __init__(self, value: str | None = None, **options: Any) -> None:
        super().__init__(value, highlighter=_Visible(), **options)
