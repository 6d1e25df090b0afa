"""Answers that are read in the background, so that tests are paired instead of on totals only."""

from __future__ import annotations

import time
from collections.abc import Sequence

from tui_eval.render.numbers import size_text
from tui_eval.tui.screens.view_screen import ViewScreen

_PATIENCE = 3.0
"""Seconds that reading goes on before anything is said of it."""


class ReadsAnswers(ViewScreen):
    """A view whose verdicts change from totals to questions while answers are read.

    A part of a screen, as a subclass of `ViewScreen`.
    """

    _since: float | None = None  # when reading was seen first

    def update_view(self) -> None:
        """Read the answers of the runs that are shown."""
        self.reading.ensure_answers()
        super().update_view()

    def show_context(self, more: Sequence[str]) -> None:
        """What is looked at, and how reading goes."""
        super().show_context((*more, self._told_of_answers()))

    def _told_of_answers(self) -> str:
        session = self.session
        if session.unread is not None:
            return f"{size_text(session.unread)} of answers are not read: A reads them"
        progress = session.answers.progress if session.answers is not None else ""
        now = time.monotonic()
        self._since = (self._since or now) if progress else None
        is_long = self._since is not None and now - self._since >= _PATIENCE
        return progress.replace("^x", "Esc") if is_long else ""

    def action_read_answers(self) -> None:
        """Read the answers that were too many to be read unasked."""
        if not self.reading.read_answers():
            self.notify("The answers of these runs were read, or there are none.", markup=False)

    async def close_top(self) -> bool:
        """Close what is open on top of the view, else stop reading answers; whether either was."""
        if await super().close_top():
            return True
        is_told = self._since is not None and time.monotonic() - self._since >= _PATIENCE
        return is_told and self.reading.stop_answers()
