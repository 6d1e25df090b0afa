"""Copying what is shown to the clipboard, and saving it in files."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual import work

from tui_eval.tui.screens.view_screen import ViewScreen

if TYPE_CHECKING:
    from tui_eval.tui.screens.export import Exports


class CopiesAndExports(ViewScreen):
    """A view of which cells, the table and whole reports can be taken along.

    A part of a screen, as a subclass of `ViewScreen`: it takes what the screen shows by then.
    """

    def action_copy_cell(self) -> None:
        """Copy the cell at the cursor."""
        cell = self.table.cell_at_cursor()
        if cell is not None:
            self.copy(cell.text.rstrip())

    def action_copy_table(self) -> None:
        """Copy the table as Markdown."""
        from tui_eval.render.export import as_markdown

        if self.shown is not None:
            self.copy(as_markdown(self.shown.report))

    def action_copy_command(self) -> None:
        """Copy the command that opens this view."""
        from tui_eval.tui.command_line import command_of

        self.copy(command_of(self.session, self.app.current_mode))

    @work(thread=True, group="copy", description="copy")
    def copy(self, text: str, what: str = "") -> None:
        """Copy a text, and say how it went, and of what where that is told."""
        from tui_eval.tui import clipboard

        def write(part: str) -> None:
            self.app.call_from_thread(self.app.copy_to_clipboard, part)

        copied = clipboard.copy(text, write_osc52=write)
        said = copied.sentence
        if what:
            said = f"{what[0].upper()}{what[1:]}: {said[0].lower()}{said[1:]}"
        self.app.call_from_thread(self.notify, said, markup=False)

    def exports(self) -> Exports:
        """What can be saved."""
        return self.shown.exports() if self.shown else ()

    async def action_export(self) -> None:
        """Ask what to save, and where."""
        from tui_eval.tui.screens.export import ExportScreen

        exports = self.exports()
        if not exports:
            self.notify("There is nothing to save yet.", markup=False)
            return
        await self.app.push_screen(ExportScreen(exports, self.session.home), self._tell_saved)

    def _tell_saved(self, sentence: str | None) -> None:
        if sentence:
            self.notify(sentence, markup=False, timeout=8)
