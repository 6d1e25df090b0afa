"""The search of all texts of the questions that are shown: in a thread, hits as they come."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterator

from textual import on, work
from textual.message import Message
from textual.worker import get_current_worker

from tui_eval.tui.screens.search import HasHits
from tui_eval.tui.screens.view_screen import Shown
from tui_eval.tui.widgets.prompt import Prompt

_HINT = "regular expression in prompts, references and answers"


class SearchesTexts(HasHits):
    """Rows are found by texts that have to be read from files first.

    Nothing is sought before all of the expression is typed, hits come a part at a time, and Esc
    stops the search: this has only going from hit to hit in common with the search of names.
    """

    class Found(Message, bubble=False):
        """More of the questions were searched."""

        def __init__(
            self, shown: Shown, pattern: str, rows: tuple[int, ...], searched: int
        ) -> None:
            self.shown = shown
            self.pattern = pattern
            self.rows = rows
            self.searched = searched
            super().__init__()

    _is_searching = False
    _waits_for_hit = False

    @property
    def hits_told(self) -> str:
        """What is sought, and which of the questions found the cursor is on; empty: nothing is."""
        if not self.hits:
            return ""
        here, count = self.row_at_cursor, len(self.hits)
        at = f"{self.hits.index(here) + 1}/{count}" if here in self.hits else f"{count} found"
        return f"‘{self.sought}’ {at}"

    @abstractmethod
    def found_in_texts(self, pattern: str) -> Iterator[tuple[tuple[int, ...], int]] | None:
        """What finds an expression, as `loading.texts.search` does; None: there are no texts.

        Nothing may be read before the first part is asked for: that is done in a thread.
        """

    def action_search(self) -> None:
        """Ask what to look for in the texts."""
        self.prompt.ask("texts", self.sought, _HINT, label="search texts")

    @on(Prompt.Given)
    def _look_for(self, event: Prompt.Given) -> None:
        from tui_eval.loading.texts import is_expression

        if event.asked != "texts":
            return
        if event.text and not is_expression(event.text):
            self.notify("This is not a regular expression.", severity="warning", markup=False)
            return
        self.close_prompt()
        self._waits_for_hit = True
        self.find(event.text)

    def find(self, text: str) -> None:
        """Look through the texts of the questions that are shown."""
        self.sought, self.hits = text, ()
        parts = self.found_in_texts(text) if text else None
        self._is_searching = parts is not None
        if self.shown is not None and parts is not None:
            self._search(self.shown, text, parts)

    @work(thread=True, exclusive=True, group="search", description="search")
    def _search(
        self, shown: Shown, pattern: str, parts: Iterator[tuple[tuple[int, ...], int]]
    ) -> None:
        worker = get_current_worker()
        for rows, searched in parts:
            if worker.is_cancelled:
                return
            self.post_message(self.Found(shown, pattern, rows, searched))

    @on(Found)
    def _take_hits(self, event: Found) -> None:
        is_late = event.pattern != self.sought or event.shown is not self.shown
        if is_late or not self._is_searching:
            return
        self.hits += event.rows
        if self.hits and self.hits[-1] >= self.table.cursor_row:
            self._go_to_first()
        height = event.shown.report.frame.height
        if event.searched < height:
            percent = 100 * event.searched // height
            self.show_context((f"searching: {percent} %, {len(self.hits)} found, Esc stops",))
        else:
            self._go_to_first()
            self._end()

    def _go_to_first(self) -> None:
        """Go to the first hit from the cursor on, once a search."""
        if self._waits_for_hit:
            self._waits_for_hit = False
            self.go_to_hit(1, inclusive=True)

    def _end(self, how: str = "") -> None:
        self._is_searching = False
        self.show_context(())
        count = len(self.hits)
        words = f"{count} question{'s' * (count != 1)} found: n and N go to the next, the previous."
        self.notify(how + (words if count else "nothing found."), markup=False)

    async def close_top(self) -> bool:
        """Close the prompt; else stop the search; else what else is open."""
        if not self._is_searching or self.prompt.is_open:
            return await super().close_top()
        self.workers.cancel_group(self, "search")
        self._end("Search stopped: ")
        return True
