"""What all screens withstand: keys and clicks that come in one write, before the first is done."""

from __future__ import annotations

from typing import TypeVar

from textual.await_complete import AwaitComplete
from textual.geometry import Offset
from textual.screen import Screen
from textual.widget import Widget

Answer = TypeVar("Answer")


class SteadyScreen(Screen[Answer]):
    """A screen that is closed once, and in which nothing that goes is clicked."""

    def dismiss(self, result: Answer | None = None) -> AwaitComplete:
        """Close with an answer; a screen that is closed, or under another one, stays as it is."""
        return super().dismiss(result) if self.is_active else AwaitComplete()

    def get_widget_and_offset_at(self, x: int, y: int) -> tuple[Widget | None, Offset | None]:
        """What is at a place, unless it is removed, though still drawn: it has no parent then."""
        widget, offset = super().get_widget_and_offset_at(x, y)
        is_there = widget is not None and widget.is_attached
        return (widget, offset) if is_there else (None, None)
