"""Saving a report: what, in which format, where; nothing is replaced without asking."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from rich.text import Text
from textual import on, work
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.widgets import Input, Select, Static

from tui_eval.render.safe import safe_text
from tui_eval.tui.screens.dialog import Dialog
from tui_eval.tui.widgets.safe_input import SafeInput

if TYPE_CHECKING:
    from collections.abc import Callable

    from tui_eval.analysis.report import Report
    from tui_eval.render.export import Format

Export = tuple[str, "Callable[[], Report]"]
"""Something that can be saved: words for it, and what makes the report."""

Exports = tuple[Export, ...]

_FORMATS = (("CSV", "csv"), ("Markdown", "md"), ("JSON", "json"), ("Parquet", "parquet"))


class ExportScreen(Dialog[str]):
    """Asks what to save and where; answers with what was written.

    Args:
        choices: Words for each report that can be saved, and what makes it: that of a chosen one
            alone is made. The first is offered.
        folder: Where it goes unless another path is given.
    """

    def __init__(self, choices: Exports, folder: Path) -> None:
        super().__init__()
        self._choices = choices
        self._folder = folder
        self._made: dict[int, Report] = {}
        self._proposed = ""
        self._may_replace: Path | None = None

    def compose(self) -> ComposeResult:
        """What, format, path."""
        words = [(Text(safe_text(word)), place) for place, (word, _) in enumerate(self._choices)]
        with Vertical(id="box"):
            yield Static("Save", id="title", markup=False)
            yield Select(words, value=0, allow_blank=False, compact=True, id="what")
            yield Select(_FORMATS, value="csv", allow_blank=False, compact=True, id="format")
            yield SafeInput(compact=True, id="path")
            yield Static(
                "Enter save · Tab next field · Esc cancel", id="say", classes="hint", markup=False
            )

    def on_mount(self) -> None:
        """Offer a path, and start there: Enter saves."""
        self._propose()
        self.set_focus(self.query_one("#path"))

    @on(Select.Changed)
    def _propose(self) -> None:
        """A path for what is chosen, unless the user typed another one."""
        from tui_eval.render.export import file_name

        path = self.query_one("#path", Input)
        report, form = self._chosen()
        if path.value in ("", self._proposed):
            self._proposed = str(self._folder / file_name(report, form))
            path.value = self._proposed

    def _chosen(self) -> tuple[Report, Format]:
        what = int(str(self.query_one("#what", Select).value))
        form = self.query_one("#format", Select).value
        if what not in self._made:
            self._made[what] = self._choices[what][1]()
        return self._made[what], str(form)  # type: ignore[return-value]

    @on(Input.Submitted)
    def _save(self, event: Input.Submitted) -> None:
        if not event.value.strip():
            self._say("Type a file name.")
            return
        try:
            path = Path(os.path.abspath(Path(event.value).expanduser()))
        except (RuntimeError, OSError):  # nobody has this name, or the current folder is gone
            self._say("Not saved: there is no such folder.")
            return
        if event.value.endswith("/"):
            self._say("Type a file name: this is a folder.")
            return
        report, form = self._chosen()
        self._write(report, form, path, overwrite=path == self._may_replace)

    @work(thread=True, exclusive=True)
    def _write(self, report: Report, form: Format, path: Path, *, overwrite: bool) -> None:
        from tui_eval.render.export import write

        try:
            write(report, form, path, overwrite=overwrite)
        except FileExistsError:
            self.app.call_from_thread(self._ask_to_replace, path)
        except OSError as error:
            reason = (error.strerror or "unknown reason").lower()
            self.app.call_from_thread(self._say, f"Not saved: {reason}.")
        else:
            rows = report.data.height
            done = f"Saved {rows} row{'s' * (rows != 1)} to {path}"
            self.app.call_from_thread(self.dismiss, safe_text(done))

    def _ask_to_replace(self, path: Path) -> None:
        self._may_replace = path
        self._say("This file exists. Press Enter again to replace it.")

    def _say(self, words: str) -> None:
        say = self.query_one("#say", Static)
        say.update(words)
        say.add_class("error")
