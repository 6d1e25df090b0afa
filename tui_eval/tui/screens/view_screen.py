"""What the three views share: the bar on top, a report made in a worker, search, copy, export."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from rich.text import Text
from textual import on, work
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Horizontal, Vertical
from textual.message import Message
from textual.widgets import Input, Static
from textual.worker import get_current_worker

from tui_eval.render.bars import Bars
from tui_eval.render.grid import Grid
from tui_eval.render.safe import safe_text
from tui_eval.tui.commands import SELECT, Command, bindings
from tui_eval.tui.screens.steady import SteadyScreen
from tui_eval.tui.widgets.bar_chart import BarChart
from tui_eval.tui.widgets.frame_table import FrameTable
from tui_eval.tui.widgets.key_line import KeyLine
from tui_eval.tui.widgets.safe_input import SafeInput
from tui_eval.tui.widgets.top_bar import TopBar

if TYPE_CHECKING:
    from tui_eval.analysis.notes import Note
    from tui_eval.analysis.report import Report
    from tui_eval.records import Member
    from tui_eval.tui.reading import Reading
    from tui_eval.tui.screens.export import Exports
    from tui_eval.tui.session import Session, Snapshot


@dataclass(frozen=True)
class Shown:
    """A report ready to be drawn: made in a worker, put up by the screen.

    Attributes:
        report: What the table shows.
        grid: Its cells.
        rows: First column of all rows, those of other pages too: what is searched.
        context: What is looked at, in parts; only what says something.
        panels: Charts beside the table.
        summary: Lines above the table.
        exports: Lists what can be saved.
        sorted_by: Column by which the rows are sorted, if it is one.
        descending: In which direction.
        groups: Which of the rows are groups that can be opened and closed.
        names_note: Of which harnesses the dataset is, or what may be the same.
    """

    report: Report
    grid: Grid
    rows: tuple[str, ...]
    context: tuple[str, ...]
    panels: Sequence[Bars] = ()
    summary: tuple[str, ...] = ()
    exports: Callable[[], Exports] = tuple
    sorted_by: str | None = None
    descending: bool = True
    names_note: Note | None = None
    groups: frozenset[str] = frozenset()


class OpeningTable(FrameTable):
    """A table whose Enter opens the questions of a row, and says so in the footer."""

    BINDINGS: ClassVar[list[BindingType]] = bindings(SELECT)


class ViewScreen(SteadyScreen[None]):
    """A view on the session's tables: one line of context, a table, a chart, notes, the keys."""

    KEYS: ClassVar[tuple[Command, ...]] = ()
    NUMBER: ClassVar[int] = 0
    PAIR_HINT: ClassVar[str] = "Put the cursor on a run other than the baseline first."

    class Ready(Message, bubble=False):
        """A report was made of a snapshot."""

        def __init__(self, shown: Shown, snapshot: Snapshot) -> None:
            self.shown = shown
            self.snapshot = snapshot
            super().__init__()

    def __init__(self, session: Session, reading: Reading) -> None:
        super().__init__()
        self.session = session
        self.reading = reading
        self.shown: Shown | None = None
        self.wants_chart: bool | None = None  # None: where there is room
        self.first_panel = 0
        self.panel_count = 0
        self._hits: tuple[int, ...] = ()
        self._sought = ""

    def compose(self) -> ComposeResult:
        """The rows of the screen, top to bottom."""
        yield TopBar(self.NUMBER)
        yield Static(id="context", markup=False)
        yield Static(id="summary", markup=False)
        with Horizontal(id="body"):
            yield from self.compose_body()
        yield Static(id="notes", markup=False)
        yield SafeInput(id="prompt", placeholder="search", compact=True)
        yield KeyLine(show_command_palette=False, compact=True)

    def on_mount(self) -> None:
        """Start with the table focused and nothing asked."""
        self.query_one("#prompt", Input).display = False
        self.query_one("#summary").display = False
        self.query_one("#notes").display = False
        self.table.empty_message = "Reading …"
        self.set_focus(self.table)
        self._tell_progress()

    def on_screen_resume(self) -> None:
        """Follow what was changed on other screens."""
        self.update_view()

    def on_resize(self) -> None:
        """Give the chart its place, or take it away."""
        self.place_charts()

    @property
    def table(self) -> FrameTable:
        """The table in the middle."""
        return self.query_one("#table", FrameTable)

    # what a screen says about itself

    def compose_body(self) -> ComposeResult:
        """What stands side by side in the middle."""
        yield OpeningTable(id="table")
        yield Vertical(id="charts")

    @staticmethod
    @abstractmethod
    def build(snapshot: Snapshot) -> Shown:
        """Make what the screen shows, in a thread, of nothing but this value."""

    def completed(self, snapshot: Snapshot) -> Snapshot:
        """The snapshot with what has to be looked up first; in a thread."""
        return snapshot

    def chart_follows(self, row: int) -> None:
        """Bring the row at the cursor into the charts."""
        for chart in self.query(BarChart):
            chart.scroll_to_group(row)

    # from the session to the screen

    def update_view(self) -> None:
        """Make the report anew and show it."""
        if not self.is_mounted:
            return
        snapshot = self.session.snapshot
        if snapshot is None or snapshot.is_loading:
            self._tell_progress()
        if snapshot is not None:
            self._make(snapshot)

    def change(self, **choices: object) -> None:
        """Change the view that all screens share."""
        self.session.change(**choices)
        self.update_view()

    @work(thread=True, exclusive=True, group="report", description="report")
    def _make(self, snapshot: Snapshot) -> None:
        shown = self.build(self.completed(snapshot))
        if not get_current_worker().is_cancelled:
            self.post_message(self.Ready(shown, snapshot))

    @on(Ready)
    def _put_up(self, event: Ready) -> None:
        shown = self.shown = event.shown
        waits = self.session.data.is_loading and not shown.report.height
        empty = "Reading …" if waits else shown.report.empty or "Nothing here."
        self.table.empty_message = safe_text(empty)
        self.put_table(shown)
        self.show_context(())
        self._put_lines("#summary", shown.summary)
        self._put_lines("#notes", self.notes(shown)[:3])
        self._find(self._sought)
        self.place_charts()
        if event.snapshot.loaded is self.session.data.loaded:  # no count before its rows are shown
            self._tell_progress()

    def show_context(self, more: Sequence[str]) -> None:
        """What is looked at, and what goes on besides."""
        context = self.shown.context if self.shown else ()
        self.query_one("#context", Static).update(_context((*context, *more)))

    def notes(self, shown: Shown) -> Sequence[str]:
        """Sentences below the table."""
        limit = self.session.limit_note
        return [note for note in (limit, shown.names_note, *shown.report.notes) if note]

    def put_table(self, shown: Shown) -> None:
        """Show the table, its cursor where it was."""
        by, descending = shown.sorted_by, shown.descending
        self.table.show(shown.grid, sorted_by=by, descending=descending, keep_cursor=True)

    def _put_lines(self, selector: str, lines: Sequence[str]) -> None:
        widget = self.query_one(selector, Static)
        widget.display = bool(lines)
        widget.update(Text("\n".join(map(safe_text, lines)), no_wrap=True, overflow="ellipsis"))

    def _tell_progress(self) -> None:
        self.query_one(TopBar).show_data(self.session.data, self.session.open_count)

    # the chart

    def place_charts(self) -> None:
        """Put the charts beside the table, or below it on a narrow screen, if they are wanted."""
        shown = self.shown
        width, height = self.size
        wanted = self.wants_chart
        if wanted is None:
            wanted = width >= 100 and height >= 16
        panels = shown.panels if shown is not None and wanted else ()
        self.set_class(width < 100, "-narrow")
        charts = self.query_one("#charts", Vertical)
        charts.display = bool(panels)
        if panels:
            self._draw(charts, panels, height)

    def _draw(self, charts: Vertical, panels: Sequence[Bars], height: int) -> None:
        room = (height - 8) // 2 if self.has_class("-narrow") else height - 6
        self.panel_count = min(len(panels), max(1, room // 10))
        self.first_panel = max(0, min(self.first_panel, len(panels) - self.panel_count))
        panels = panels[self.first_panel : self.first_panel + self.panel_count]
        for _ in range(len(charts.query(BarChart)), len(panels)):
            charts.mount(BarChart())
        for number, chart in enumerate(charts.query(BarChart)):
            chart.display = number < len(panels)
            if chart.display:
                chart.show(panels[number])
        self.call_after_refresh(self.chart_follows, self.table.cursor_row)

    @on(FrameTable.CellHighlighted)
    def _follow_cursor(self, event: FrameTable.CellHighlighted) -> None:
        self.chart_follows(event.row)

    def action_toggle_chart(self) -> None:
        """Show or hide the chart."""
        self.wants_chart = not self.query_one("#charts").display
        self.place_charts()
        if self.wants_chart and not (self.shown and self.shown.panels):
            self.notify("There is no chart of this table.", markup=False)

    # search

    def action_search(self) -> None:
        """Ask what to look for."""
        prompt = self.query_one("#prompt", Input)
        prompt.display = True
        prompt.value = self._sought
        self.set_focus(prompt)

    @on(Input.Changed, "#prompt")
    def _search_as_typed(self, event: Input.Changed) -> None:
        if self.query_one("#prompt").display:
            self.seek(event.value)

    def seek(self, text: str) -> None:
        """Go to the first row that holds a text."""
        self._find(text)
        self._go_to_hit(0, inclusive=True)

    @on(Input.Submitted, "#prompt")
    def _submit(self, event: Input.Submitted) -> None:
        self.take_prompt(event.value)

    def take_prompt(self, _: str) -> None:
        """Go back to the table; what was found stays found."""
        self.close_prompt()
        self.tell_hits()

    def tell_hits(self) -> None:
        """Say so where nothing was found."""
        if self._sought and not self._hits:
            self.notify("No row is named so.", severity="warning", markup=False)

    def close_prompt(self) -> None:
        """Go back to the table."""
        self.query_one("#prompt").display = False
        self.set_focus(self.table)

    def _find(self, text: str) -> None:
        self._sought = text
        wanted = text.casefold()
        rows = self.shown.rows if self.shown else ()
        self._hits = tuple(
            place for place, row in enumerate(rows) if wanted and wanted in row.casefold()
        )

    def action_next_hit(self) -> None:
        """Go to the next row found."""
        self._go_to_hit(1)

    def action_previous_hit(self) -> None:
        """Go to the row found before."""
        self._go_to_hit(-1)

    def _go_to_hit(self, step: int, *, inclusive: bool = False) -> None:
        if not self._hits:
            return
        here = self.row_at_cursor
        if step < 0:
            hit = max((hit for hit in self._hits if hit < here), default=self._hits[-1])
        else:
            later = (hit for hit in self._hits if hit > here or (inclusive and hit == here))
            hit = min(later, default=self._hits[0])
        self.go_to_row(hit)

    @property
    def first_row(self) -> int:
        """Number of the table's first row among all rows."""
        return self.shown.report.start if self.shown else 0

    @property
    def row_at_cursor(self) -> int:
        """Where the cursor is, numbered among all rows."""
        return self.first_row + self.table.cursor_row

    def go_to_row(self, row: int) -> None:
        """Put the cursor on a row, numbered among all rows."""
        self.table.move_cursor(row=row - self.first_row)

    # leaving

    async def action_go_back(self) -> None:
        """Close the search; else stop reading."""
        if self.query_one("#prompt").display:
            self.seek("")
            self.close_prompt()
        else:
            await self.app.run_action("go_back")

    # what is looked at

    def choose(self, **choices: object) -> None:
        """Change what is looked at; pages start anew."""
        self.change(**choices)

    def action_scale(self) -> None:
        """Show scores on the other scale."""
        self.change(scale=1 if self.session.view.scale == 100 else 100)

    async def action_dataset(self) -> None:
        """Ask for the dataset."""
        from tui_eval.analysis.selection import datasets
        from tui_eval.tui.screens.choose import ChooseScreen

        tables = self.session.tables
        if tables is not None:
            names = datasets(tables.scores)
            screen = ChooseScreen("Dataset", names, chosen=(self.session.view.dataset or "",))
            await self.app.push_screen(screen, self._take_dataset)

    def _take_dataset(self, chosen: tuple[str, ...] | None) -> None:
        if chosen:
            self.choose(dataset=chosen[0])

    async def action_same(self) -> None:
        """Ask which datasets of other harnesses mean the same as the one that is shown."""
        from tui_eval.analysis.aliases import alike, members, shown_names
        from tui_eval.tui.screens.choose import ChooseScreen

        loaded, dataset = self.session.data.loaded, self.session.view.dataset
        found = members(loaded.written) if loaded else []
        names = shown_names(found, self.session.aliases)
        own = [member for member in found if names[member] == dataset]
        if not own:
            self.notify("Choose a dataset first (d).", markup=False)
            return
        others = [member for member in found if member.harness != own[0].harness]
        if not others:
            self.notify("All runs are of one harness.", markup=False)
            return
        offered = {f"{member.dataset} ({member.harness})": member for member in others}
        marked = own[1:] or alike(own[0], found)

        def take(chosen: tuple[str, ...] | None) -> None:
            if chosen is not None:
                self._say_same((own[0], *(offered[name] for name in chosen)))
                if len({offered[name].harness for name in chosen}) < len(chosen):
                    self.notify("Of each harness one dataset: the first counts.", markup=False)

        title = f"Mark what means the same as {own[0].dataset} ({own[0].harness})"
        now = [name for name, member in offered.items() if member in marked]
        screen = ChooseScreen(title, list(offered), chosen=now, several=True)
        await self.app.push_screen(screen, take)

    def _say_same(self, members: Sequence[Member]) -> None:
        from tui_eval.analysis.aliases import said
        from tui_eval.loading.config import ConfigError, write_names

        same = said(self.session.aliases, members)
        try:
            write_names(same)
        except ConfigError as error:
            self.notify(f"Not kept for the next time: {safe_text(str(error))}", markup=False)
        self.session.say_same(same, members[0])
        self.update_view()

    async def action_metric(self) -> None:
        """Ask for the metric."""
        from tui_eval.analysis.selection import metrics
        from tui_eval.tui.screens.choose import ChooseScreen

        selection = self.session.selection
        if selection is None:
            return
        found = metrics(selection.tables.scores, selection.dataset)
        offered = {metric.title: metric for metric in found}
        now = selection.metric

        def take(chosen: tuple[str, ...] | None) -> None:
            if chosen:
                metric = offered[chosen[0]]
                self.choose(metric=metric.name, filter=metric.filter, threshold=None, min_delta=0.0)

        screen = ChooseScreen("Metric", list(offered), chosen=(now.title if now else "",))
        await self.app.push_screen(screen, take)

    # runs

    def run_at_cursor(self) -> str | None:
        """The key of the run of the cell or row at the cursor; None where it is of none."""
        return None

    def pair_at_cursor(self) -> tuple[str, str] | None:
        """The run at the cursor and the baseline; None where they are not two."""
        run, baseline = self.run_at_cursor(), self.session.view.baseline
        return (run, baseline) if run and baseline and run != baseline else None

    async def action_facts(self) -> None:
        """Show what is known of the run at the cursor."""
        from tui_eval.analysis.run_details import facts_report
        from tui_eval.tui.screens.facts import FactsScreen

        run, loaded = self.run_at_cursor(), self.session.data.loaded
        if run is None or loaded is None:
            self.notify("Put the cursor on a run first.", markup=False)
            return
        await self.app.push_screen(FactsScreen(facts_report(loaded.tables, run)))

    async def action_difference(self) -> None:
        """Show in what two runs differ."""
        from tui_eval.analysis.run_details import difference_report
        from tui_eval.tui.screens.facts import FactsScreen

        pair, loaded = self.pair_at_cursor(), self.session.data.loaded
        if pair is None or loaded is None:
            self.notify(self.PAIR_HINT, markup=False)
            return
        await self.app.push_screen(FactsScreen(difference_report(loaded.tables, *pair)))

    def open_samples(
        self, category: str | None, runs: tuple[str, ...] | None = None, where: str = ""
    ) -> None:
        """Look at the questions of a category.

        Args:
            category: None: all of the dataset.
            runs: Whose answers (keys), the baseline first; None: baseline and candidates.
            where: Condition that questions must meet.
        """
        self.session.change(category=category, sample_runs=runs, where=where)
        self.session.sought_run = self.run_at_cursor()
        self.app.switch_mode("samples")

    # copy and export

    def action_copy_cell(self) -> None:
        """Copy the cell at the cursor."""
        cell = self.table.cell_at_cursor()
        if cell is not None:
            self.copy(cell.text)

    def action_copy_table(self) -> None:
        """Copy the table as Markdown."""
        from tui_eval.render.export import as_markdown

        if self.shown is not None:
            self.copy(as_markdown(self.shown.report))

    @work(thread=True, group="copy")
    def copy(self, text: str) -> None:
        """Copy a text, and say how it went."""
        from tui_eval.tui import clipboard

        def write(part: str) -> None:
            self.app.call_from_thread(self.app.copy_to_clipboard, part)

        copied = clipboard.copy(text, write_osc52=write)
        self.app.call_from_thread(self.notify, copied.sentence, markup=False)

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


def _context(parts: Sequence[str]) -> Text:
    text = Text(no_wrap=True, overflow="ellipsis")
    for number, part in enumerate(part for part in parts if part):
        if number:
            text.append(" · ", "dim")
        text.append(safe_text(part), "bold" if number == 0 else "")
    return text
