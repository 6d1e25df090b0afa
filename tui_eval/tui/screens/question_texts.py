"""The texts of the questions in the list: read for the rows that are seen, drawn when they come."""

from __future__ import annotations

from abc import abstractmethod
from typing import TYPE_CHECKING, NamedTuple

from textual import on, work
from textual.message import Message
from textual.worker import get_current_worker

from tui_eval.tui.screens.view_screen import Shown, ViewScreen

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tui_eval.loading.openings import Key, Openings


class RowsOfTexts(NamedTuple):
    """Rows whose texts are wanted: what reads them, and their questions."""

    openings: Openings
    keys: Sequence[Key]


class ReadsQuestions(ViewScreen):
    """A view whose rows show the beginnings of texts that stand in files.

    A part of a screen, as a subclass of `ViewScreen`: the table draws what is known, a thread reads
    what is not, and only the rows of which more became known are drawn again.
    """

    class TextsKnown(Message, bubble=False):
        """Texts of some rows were read."""

        def __init__(self, shown: Shown, rows: range) -> None:
            self.shown = shown
            self.rows = rows
            super().__init__()

    @abstractmethod
    def rows_of_texts(self, start: int, stop: int) -> RowsOfTexts | None:
        """The rows ``start`` to ``stop`` (left out) of what is shown; None: it has no texts."""

    def on_mount(self) -> None:
        """Read what is scrolled into view."""
        self.watch(self.table, "scroll_y", self._read_texts, init=False)

    def on_resize(self) -> None:
        """Read what more there is room for."""
        self.call_after_refresh(self._read_texts)

    def put_table(self, shown: Shown) -> None:
        """Show the rows, and read the texts of those that are seen."""
        super().put_table(shown)
        self.call_after_refresh(self._read_texts)

    def _read_texts(self) -> None:
        seen = self.table.rows_seen
        wanted = self.rows_of_texts(seen.start, seen.stop)
        if self.shown is None or wanted is None:
            return
        if any(key not in wanted.openings.known for key in wanted.keys):
            self._read_openings(self.shown, wanted, seen.start)

    # Without a description Textual writes all arguments out to make one, on the event loop.
    @work(thread=True, exclusive=True, group="openings", description="openings")
    def _read_openings(self, shown: Shown, wanted: RowsOfTexts, start: int) -> None:
        worker = get_current_worker()
        place = {key: row for row, key in enumerate(wanted.keys, start)}
        for known in wanted.openings.read(wanted.keys, lambda: worker.is_cancelled):
            rows = [place[key] for key in known]
            self.post_message(self.TextsKnown(shown, range(min(rows), max(rows) + 1)))

    @on(TextsKnown)
    def _draw_texts(self, event: TextsKnown) -> None:
        if event.shown is self.shown:
            self.table.renew(event.rows.start, event.rows.stop)
