"""Screen 1: where results are, and which runs are opened."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from rich.text import Text
from textual import on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.widgets import Static

from tui_eval.render.grid import Cell, Grid, GridColumn, ReportGrid
from tui_eval.render.names import RunNames, run_names
from tui_eval.render.safe import safe_text, widest
from tui_eval.render.words import worded
from tui_eval.tui.commands import FILES, OPEN, RUN, bindings
from tui_eval.tui.screens.copy_and_export import CopiesAndExports
from tui_eval.tui.screens.sorting import SortsRows
from tui_eval.tui.screens.view_screen import Shown
from tui_eval.tui.session import common_folder
from tui_eval.tui.widgets.frame_table import FrameTable
from tui_eval.tui.widgets.prompt import Prompt

if TYPE_CHECKING:
    from tui_eval.analysis.order import Order
    from tui_eval.tui.reading import Reading
    from tui_eval.tui.session import Key, Session, Snapshot

_SHOWS_MISSING = "Incomplete, 8 shows what is missing"

_DETAILS = 3  # columns at the end of the runs report that are told below the table


class MarkedGrid:
    """A grid of runs with a column of marks in front, and names that differ in the next one.

    Args:
        grid: The rows.
        names: What each run is called; None: as the grid has it.
        marks: The mark of each row: marked, new, or neither.
        width: How many of the grid's columns are shown.
    """

    def __init__(
        self, grid: Grid, names: Sequence[str | None], marks: Sequence[Cell], width: int
    ) -> None:
        self._grid = grid
        self._names = names
        self._marks = marks
        self._width = width
        first, *others = grid.columns[:width]
        longest = max(first.width, widest(name for name in names if name is not None))
        self.columns = (
            GridColumn("mark", "", "left", 1),
            GridColumn(first.key, "run", "left", longest),
            *others,
        )
        self.row_count = grid.row_count
        self.foot: tuple[()] = ()

    def rows(self, start: int, stop: int) -> list[list[Cell]]:
        """Cells of rows ``start`` to ``stop`` (left out)."""
        rows = self._grid.rows(start, stop)
        named = zip(self._marks[start:stop], self._names[start:stop], rows, strict=True)
        return [
            [mark, first if name is None else first._replace(text=name), *others]
            for mark, name, (first, *others) in ((m, n, r[: self._width]) for m, n, r in named)
        ]


class FolderGrid:
    """Folders and how many files with results they hold.

    Args:
        folders: Names and counts; None: a line that stands for several without results.
    """

    def __init__(self, folders: Sequence[tuple[str, int | None]]) -> None:
        self._rows = [
            [Cell(safe_text(name), "" if count else "dim"), Cell(f"{count}" if count else "")]
            for name, count in folders
        ]
        self.columns = (
            GridColumn("folder", "folder", "left", widest(row[0].text for row in self._rows)),
            GridColumn("results", "files", "right", 4),
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
    """The runs below a folder, and the folders in it.

    Attributes:
        folders: Names and counts of results; None: it stands for those without any.
        keys: The run of each row; None: a refused file.
        names: What the runs are called.
        incomplete: Runs of which something is missing.
    """

    folders: tuple[tuple[str, int | None], ...] = ()
    keys: tuple[Key | None, ...] = ()
    names: RunNames = field(default_factory=lambda: RunNames({}))
    incomplete: frozenset[Key] = frozenset()


class FilesScreen(SortsRows, CopiesAndExports):
    """Folders at the left, runs at the right."""

    KEYS = (*OPEN, *FILES, *RUN)
    BINDINGS: ClassVar[list[BindingType]] = bindings(FILES, RUN)
    NUMBER = 1
    MODE = "files"
    ASKS_PAIR = False
    HOLDS = False
    PAIR_HINT = "Mark two runs first (space)."

    def __init__(self, session: Session, reading: Reading) -> None:
        super().__init__(session, reading)
        self._marked: set[Key] = set()

    def compose_body(self) -> ComposeResult:
        """Folders, runs."""
        yield _OpeningTable(id="folders", cursor="row", fixed_columns=1)
        yield _OpeningTable(id="table", fixed_columns=2)

    def on_resize(self) -> None:
        """Cut names to the room that there is."""
        super().on_resize()
        self.call_after_refresh(self._show_marks)

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
        from tui_eval.analysis.incomplete import incomplete_runs, with_marks
        from tui_eval.analysis.order import in_order_of

        loaded, place = snapshot.found, snapshot.position
        folder, held = str(place.folder), place.held
        report = runs_report(loaded.tables, loaded.files, folder, held)
        report = in_order_of(report, place.files_order)
        keys = tuple(report.frame["key"])
        checks = None if snapshot.checks is None else snapshot.checks.rows
        incomplete = incomplete_runs(loaded.tables, loaded.files, checks)
        return ShownFiles(
            report=report,
            grid=ReportGrid(with_marks(report, incomplete)),
            rows=(),
            context=(report.title, *_choices(place.files_order, held), folder),
            exports=lambda: (("the list of runs", lambda: report),),
            sorted_by=place.files_order.column if place.files_order else None,
            descending=place.files_order.descending if place.files_order else True,
            folders=_listed(
                results_below(loaded.files, folder), snapshot.folders, lists_all=place.lists_all
            ),
            keys=keys,
            names=run_names(loaded.tables, loaded.tables.labels, tells_harness=False),
            incomplete=incomplete,
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
            by, descending = shown.sorted_by, shown.descending
            names = shown.names.full
            for _ in range(2):  # the second time as many cells of them as there is room for
                called = [names.get(key or "") for key in shown.keys]
                grid = MarkedGrid(shown.grid, called, marks, width)
                self.table.show(grid, sorted_by=by, descending=descending, keep_cursor=True)
                room = self.table.width_of("model")
                names = shown.names.at(room)
            if self.table.cursor_key == "mark":  # where the table begins
                self.table.move_cursor(column_key="model")
            self._tell_row(self.table.cursor_row)
            self.show_context(())

    def how_many(self) -> str:
        """How many runs are marked, and what that is good for."""
        loaded = self.session.data.loaded
        if not self._marked or loaded is None:
            return ""
        hidden = len(self._marked - set(self._keys()))
        which = f" ({hidden} not listed)" if hidden else ""
        runs = loaded.tables.runs.height
        return f"{len(self._marked)} marked{which} of {runs}: Enter opens them, a marks all"

    def _mark(self, key: Key | None) -> Cell:
        if key in self._marked:
            return Cell("●", "mark")
        return Cell("+", "hit") if key in self.session.data.fresh else Cell("·", "dim")

    @on(FrameTable.CellHighlighted, "#table")
    def _tell_highlighted(self, event: FrameTable.CellHighlighted) -> None:
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
        told = [_SHOWS_MISSING] if self._is_incomplete(facts["key"]) else []
        told += [facts["reason"]] if facts["reason"] else []
        if told:
            text.append(f"\n{safe_text(': '.join(told))}", "bold")
        notes.update(text)

    def _is_incomplete(self, key: Key | None) -> bool:
        return isinstance(self.shown, ShownFiles) and key in self.shown.incomplete

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

    def described_dataset(self) -> str | None:
        """None: runs are marked here, whatever they were asked."""
        return None

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
        self.leave_for("scores")
        self.session.open(chosen)
        self.app.switch_mode("scores")

    @on(FrameTable.RowSelected, "#folders")
    def _open_folder(self, event: FrameTable.RowSelected) -> None:
        self._enter(event.row)

    # folders

    def action_other_pane(self) -> None:
        """Switch between runs and folders."""
        folders = self.query_one("#folders", FrameTable)
        self.set_focus(self.table if folders.has_focus else folders)

    async def action_go_up(self) -> None:
        """Go to the folder above from the list of folders; else a step back."""
        if self.query_one("#folders", FrameTable).has_focus:
            self._enter(0)
        else:
            await super().action_go_up()

    def _is_last(self, folder: Path) -> bool:
        """Whether one came from this folder."""
        *_, last = (None, *self.session.places)
        return last is not None and last.position.get("folder") == folder

    def _enter(self, row: int) -> None:
        shown = self.shown
        if not isinstance(shown, ShownFiles):
            return
        name, count = shown.folders[row]
        if count is None:
            self.session.move(lists_all=True)
            self.update_view()
            return
        folder = self.folder.parent if name == ".." else self.folder / name
        if self._is_last(folder):
            self.go_back()
            return
        self.leave_for("files")
        self.session.move(folder=folder, lists_all=False)
        self.query_one("#folders", FrameTable).move_cursor(row=0)
        self.table.move_cursor(row=0)
        root = common_folder(self.session.paths)
        if folder != root and root not in folder.parents:
            self._marked.clear()
            self.reading.read((folder,))
        self.update_view()

    # order

    @property
    def order(self) -> Order | None:
        """By what the runs are sorted."""
        return self.session.position.files_order

    def put_in_order(self, order: Order | None) -> None:
        """Sort the runs otherwise."""
        self.session.move(files_order=order)

    def usual_orders(self) -> tuple[Order | None, ...]:
        """As they were found, the newest first, by name."""
        from tui_eval.analysis.order import Order

        return (None, Order("date", descending=True), Order("model", descending=False))

    # filter

    def action_filter(self) -> None:
        """Ask for the words that rows must contain."""
        from tui_eval.analysis.files_filter import HINT

        self.prompt.ask("filter", self.session.position.held, HINT, label="filter")

    @on(Prompt.Typed)
    @on(Prompt.Left)
    def _hold(self, event: Prompt.Typed | Prompt.Left) -> None:
        """Keep the rows that meet a filter, all where the prompt was left; or say what is wrong."""
        from tui_eval.analysis.files_filter import FilterError, check

        try:
            check(event.text)
        except FilterError as error:
            self._tell_wrong(worded(error.reason))
            return
        self.session.move(held=event.text)
        self.update_view()

    def _tell_wrong(self, reason: str) -> None:
        """Say at the prompt why what is typed is no filter."""
        notes = self.query_one("#notes", Static)
        notes.display = True
        notes.update(Text(safe_text(reason), "bold"))

    @on(Prompt.Given)
    def _keep_filter(self, event: Prompt.Given) -> None:
        if event.text.strip() == self.session.position.held.strip():
            self.close_prompt()  # else it is wrong, and stays where that is said

    async def close_top(self) -> bool:
        """Close what is open; else clear the filter."""
        if await super().close_top():
            return True
        if not self.session.position.held:
            return False
        self.session.move(held="")
        self.update_view()
        return True


def _choices(order: Order | None, held: str) -> Iterator[str]:
    """What was chosen of the list."""
    if order is not None:
        yield f"by {'run' if order.column == 'model' else order.column}"
    if held:
        yield f"filter “{held}”, Esc clears it"


def _listed(
    counts: Mapping[str, int], names: Sequence[str], *, lists_all: bool
) -> tuple[tuple[str, int | None], ...]:
    """The folder above, folders with results, then the others, in one line where nobody asked."""
    from tui_eval.tables import natural

    with_results = sorted(counts, key=natural)
    others = sorted(set(names) - set(counts), key=natural)
    found = [("..", 0), *((name, counts[name]) for name in with_results)]
    if lists_all or not with_results or not others:
        return (*found, *((name, 0) for name in others))
    return (*found, (f"+{len(others)} others", None))


def _folders_in(folder: Path) -> list[str]:
    try:
        with os.scandir(folder) as entries:
            return [entry.name for entry in entries if entry.is_dir() and entry.name[0] != "."]
    except OSError:
        return []
