"""Screen 1: where results are, and which runs are opened."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from rich.text import Text
from textual import on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.widgets import Static

from tui_eval.render.grid import Cell, Grid, GridColumn, ReportGrid
from tui_eval.render.safe import safe_text, widest
from tui_eval.tui.commands import FILES, OPEN, RUN, bindings
from tui_eval.tui.screens.copy_and_export import CopiesAndExports
from tui_eval.tui.screens.view_screen import Shown
from tui_eval.tui.session import common_folder
from tui_eval.tui.widgets.frame_table import FrameTable
from tui_eval.tui.widgets.prompt import Prompt

if TYPE_CHECKING:
    from tui_eval.tui.reading import Reading
    from tui_eval.tui.session import Key, Session, Snapshot

_DETAILS = 3  # columns at the end of the runs report that are told below the table


class MarkedGrid:
    """A grid with a column of marks in front.

    Args:
        grid: The rows.
        marks: The mark of each row: marked, new, or neither.
        width: How many of the grid's columns are shown.
    """

    def __init__(self, grid: Grid, marks: Sequence[Cell], width: int) -> None:
        self._grid = grid
        self._marks = marks
        self._width = width
        self.columns = (GridColumn("mark", "", "left", 1), *grid.columns[:width])
        self.row_count = grid.row_count
        self.foot: tuple[()] = ()

    def rows(self, start: int, stop: int) -> list[list[Cell]]:
        """Cells of rows ``start`` to ``stop`` (left out)."""
        rows = self._grid.rows(start, stop)
        marks = self._marks[start:stop]
        return [[mark, *row[: self._width]] for mark, row in zip(marks, rows, strict=True)]


class FolderGrid:
    """Folders and how many files with results they hold.

    Args:
        folders: Names and counts.
    """

    def __init__(self, folders: Sequence[tuple[str, int]]) -> None:
        self._rows = [
            [Cell(safe_text(name)), Cell(f"{count}" if count else "", "" if count else "dim")]
            for name, count in folders
        ]
        self.columns = (
            GridColumn("folder", "folder", "left", widest(row[0].text for row in self._rows)),
            GridColumn("results", "results", "right", 4),
        )
        self.row_count = len(self._rows)
        self.foot: tuple[()] = ()

    def rows(self, start: int, stop: int) -> list[list[Cell]]:
        """Cells of rows ``start`` to ``stop`` (left out)."""
        return self._rows[start:stop]


class _OpeningTable(FrameTable):
    """A table whose Enter opens something, and says so in the footer."""

    BINDINGS: ClassVar[list[BindingType]] = bindings(OPEN)


@dataclass(frozen=True)
class ShownFiles(Shown):
    """The runs below a folder, and the folders in it."""

    folders: tuple[tuple[str, int], ...] = ()
    keys: tuple[Key | None, ...] = ()


class FilesScreen(CopiesAndExports):
    """Folders at the left, runs at the right."""

    KEYS = (*OPEN, *FILES, *RUN)
    BINDINGS: ClassVar[list[BindingType]] = bindings(FILES, RUN)
    NUMBER = 1
    PAIR_HINT = "Mark two runs first (space)."

    def __init__(self, session: Session, reading: Reading) -> None:
        super().__init__(session, reading)
        self._marked: set[Key] = set()

    def compose_body(self) -> ComposeResult:
        """Folders, runs."""
        yield _OpeningTable(id="folders", cursor="row", fixed_columns=1)
        yield _OpeningTable(id="table", cursor="row", fixed_columns=2)

    @property
    def folder(self) -> Path:
        """The folder whose runs are shown."""
        return self.session.position.folder

    def completed(self, snapshot: Snapshot) -> Snapshot:
        """With the names of the folders that there are."""
        return replace(snapshot, folders=tuple(_folders_in(snapshot.position.folder)))

    @staticmethod
    def build(snapshot: Snapshot) -> Shown:
        """Runs below the folder, and the folders in it."""
        from tui_eval.analysis.files import results_below, runs_report

        loaded, folder, held = snapshot.found, snapshot.position.folder, snapshot.position.held
        report = runs_report(loaded.tables, loaded.files, str(folder), held)
        counts = results_below(loaded.files, str(folder))
        names = sorted({*counts, *snapshot.folders}, key=str.casefold)
        context = [str(folder), f"{report.title}"]
        if held:
            context.append(f"holding “{held}”, / changes it")
        return ShownFiles(
            report=report,
            grid=ReportGrid(report),
            rows=(),
            context=tuple(context),
            exports=lambda: (("the list of runs", lambda: report),),
            folders=(("..", 0), *((name, counts.get(name, 0)) for name in names)),
            keys=tuple(report.frame["key"]),
        )

    def put_table(self, shown: Shown) -> None:
        """Show the folders, and the runs with their marks."""
        if isinstance(shown, ShownFiles):
            loaded = self.session.data.loaded
            if loaded is not None and not self.session.data.is_loading:
                self._marked &= loaded.tables.labels.keys()  # others are gone
            folders = self.query_one("#folders", FrameTable)
            folders.show(FolderGrid(shown.folders), keep_cursor=True)
            self._show_marks()

    def _show_marks(self) -> None:
        shown = self.shown
        if isinstance(shown, ShownFiles):
            marks = [self._mark(key) for key in shown.keys]
            width = len(shown.grid.columns) - _DETAILS
            self.table.show(MarkedGrid(shown.grid, marks, width), keep_cursor=True)
            self._tell_row(self.table.cursor_row)

    def _mark(self, key: Key | None) -> Cell:
        if key in self._marked:
            return Cell("●", "mark")
        return Cell("+", "hit") if key in self.session.data.fresh else Cell("·", "dim")

    @on(FrameTable.RowHighlighted, "#table")
    def _tell_highlighted(self, event: FrameTable.RowHighlighted) -> None:
        self._tell_row(event.row)

    def _tell_row(self, row: int) -> None:
        """The file at the cursor, and what was left out of it."""
        notes = self.query_one("#notes", Static)
        frame = self.shown.report.frame if self.shown else None
        notes.display = frame is not None and row < frame.height
        if frame is None or row >= frame.height:
            return
        facts = frame.row(row, named=True)
        text = Text(safe_text(facts["path"]), overflow="fold")
        if facts["reason"]:
            text.append(f"\n{safe_text(facts['reason'])}", "bold")
        notes.update(text)

    def action_copy_cell(self) -> None:
        """Copy the path of the file at the cursor."""
        paths = self.shown.report.frame["path"] if self.shown else ()
        if self.table.cursor_row < len(paths):
            self.copy(safe_text(paths[self.table.cursor_row]))

    # marks

    def action_toggle_mark(self) -> None:
        """Mark or unmark the run at the cursor."""
        key = self._key_at_cursor()
        if key is None:
            self.notify("This file was refused: it cannot be opened.", markup=False)
            return
        self._marked ^= {key}
        self._show_marks()
        self.table.action_cursor_down()

    def action_mark_all(self) -> None:
        """Mark all runs shown, or none where all are marked."""
        keys = {key for key in self._keys() if key is not None}
        self._marked = self._marked - keys if keys <= self._marked else self._marked | keys
        self._show_marks()

    def _keys(self) -> tuple[Key | None, ...]:
        return self.shown.keys if isinstance(self.shown, ShownFiles) else ()

    def run_at_cursor(self) -> str | None:
        """The run of the row at the cursor."""
        return self._key_at_cursor()

    def pair_at_cursor(self) -> tuple[str, str] | None:
        """The two marked runs."""
        loaded = self.session.data.loaded
        runs = loaded.tables.runs["run"] if loaded else ()
        marked = [run for run in runs if run in self._marked]
        return (marked[0], marked[1]) if len(marked) == 2 else None

    def _key_at_cursor(self) -> Key | None:
        keys, row = self._keys(), self.table.cursor_row
        return keys[row] if 0 <= row < len(keys) else None

    def action_select_cursor(self) -> None:
        """Open what Enter opens, from wherever it is asked."""
        folders = self.query_one("#folders", FrameTable)
        (folders if folders.has_focus else self.table).action_select_cursor()

    @on(FrameTable.RowSelected, "#table")
    def _open_marked(self) -> None:
        """Open the marked runs; without marks the run at the cursor."""
        here = self._key_at_cursor()
        chosen = frozenset(self._marked) or frozenset({here} if here is not None else ())
        if not chosen:
            self.notify("Mark a run first (space).", markup=False)
            return
        self.session.open(chosen)
        self.app.switch_mode("scores")

    @on(FrameTable.RowSelected, "#folders")
    def _open_folder(self, event: FrameTable.RowSelected) -> None:
        self._enter(event.row)

    # folders

    def action_other_pane(self) -> None:
        """Go from the runs to the folders and back."""
        folders = self.query_one("#folders", FrameTable)
        self.set_focus(self.table if folders.has_focus else folders)

    def action_parent(self) -> None:
        """Go to the folder above."""
        self._enter(0)

    def _enter(self, row: int) -> None:
        shown = self.shown
        if not isinstance(shown, ShownFiles):
            return
        name = shown.folders[row][0]
        folder = self.folder.parent if name == ".." else self.folder / name
        self.session.move(folder=folder)
        self.query_one("#folders", FrameTable).move_cursor(row=0)
        self.table.move_cursor(row=0)
        root = common_folder(self.session.paths)
        if folder != root and root not in folder.parents:
            self._marked.clear()
            self.reading.read((folder,))
        self.update_view()

    # filter

    def action_filter(self) -> None:
        """Ask for the text that rows must hold."""
        self.prompt.ask("filter", self.session.position.held)

    @on(Prompt.Typed)
    @on(Prompt.Left)
    def _hold(self, event: Prompt.Typed | Prompt.Left) -> None:
        """Keep the rows that hold a text; all of them where the prompt was left."""
        self.session.move(held=event.text)
        self.update_view()

    @on(Prompt.Given)
    def _keep_filter(self) -> None:
        self.close_prompt()


def _folders_in(folder: Path) -> list[str]:
    try:
        with os.scandir(folder) as entries:
            return [entry.name for entry in entries if entry.is_dir() and entry.name[0] != "."]
    except OSError:
        return []
