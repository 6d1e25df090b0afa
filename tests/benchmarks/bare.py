"""The bare Textual app that the first frame is compared with: one Static and a Footer.

With ``polars`` as its argument it imports Polars in a thread after the first frame and then shows
a second text: the floor of the time to data.
"""

from __future__ import annotations

import sys
from typing import ClassVar

from textual import work
from textual.app import App, ComposeResult
from textual.binding import BindingType
from textual.widgets import Footer, Static


class Bare(App[None]):
    """As little as an app can be that shows a text and its keys."""

    BINDINGS: ClassVar[list[BindingType]] = [("q", "quit", "Quit")]

    def compose(self) -> ComposeResult:
        """A text and the keys."""
        yield Static("bare-frame")
        yield Footer()

    def on_mount(self) -> None:
        """Start what comes after the first frame."""
        if "polars" in sys.argv:
            self.call_after_refresh(self.load)

    @work(thread=True)
    def load(self) -> None:
        """Import Polars, and say when it is there."""
        import polars as pl

        text = f"polars-ready {pl.Series([1]).len()}"
        self.call_from_thread(self.query_one(Static).update, text)


if __name__ == "__main__":
    Bare().run()
