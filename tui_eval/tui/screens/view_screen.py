"""What all views share: the bar on top, a report made in a worker, the prompt, facts of runs.

What only some views can do (search, charts, choosing, answers) is in modules of its own, each a
subclass of `ViewScreen` with that one job: a screen is made of those that it needs.
"""

from __future__ import annotations

from abc import abstractmethod
from asyncio import to_thread
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, ClassVar, Literal

from rich.text import Text
from textual import on, work
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Horizontal
from textual.message import Message
from textual.widgets import Static
from textual.worker import get_current_worker

from tui_eval.render.bars import Bars
from tui_eval.render.grid import Grid
from tui_eval.render.safe import safe_text
from tui_eval.render.words import worded
from tui_eval.tui.commands import SELECT, Command, bindings
from tui_eval.tui.screens.way_back import HasPlaces
from tui_eval.tui.widgets.context_line import ContextLine
from tui_eval.tui.widgets.frame_table import FrameTable
from tui_eval.tui.widgets.key_line import KeyLine
from tui_eval.tui.widgets.prompt import Prompt
from tui_eval.tui.widgets.status_line import StatusLine
from tui_eval.tui.widgets.top_bar import TopBar

if TYPE_CHECKING:
    from tui_eval.analysis.notes import Note
    from tui_eval.analysis.report import Report
    from tui_eval.tui.reading import Reading
    from tui_eval.tui.screens.export import Exports
    from tui_eval.tui.session import Loaded, Session, Snapshot


_NOTES, _MORE_NOTES = 3, 5
"""Lines of notes, at most, and on tall screens."""

_TALL = 40


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
        incomplete_note: Which of the runs lack something, and which key shows it.
        is_overview: Whether rows or columns are datasets.
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
    incomplete_note: Note | None = None
    groups: frozenset[str] = frozenset()
    is_overview: bool = False


class OpeningTable(FrameTable):
    """A table whose Enter opens the questions of a row, and says so in the footer."""

    BINDINGS: ClassVar[list[BindingType]] = bindings(SELECT)


class ViewScreen(HasPlaces):
    """A view on the session's tables: one line of context, a table, notes, the keys."""

    KEYS: ClassVar[tuple[Command, ...]] = ()
    NUMBER: ClassVar[int] = 0
    ASKS_PAIR: ClassVar[bool] = True
    HOLDS: ClassVar[bool] = True
    """Whether what is drawn stays as it is while more is read; else it grows."""
    TABLE: ClassVar[type[FrameTable]] = OpeningTable
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

    def compose(self) -> ComposeResult:
        """The rows of the screen, top to bottom."""
        yield TopBar(self.NUMBER)
        yield ContextLine(id="context", markup=False)
        yield Static(id="summary", markup=False)
        with Horizontal(id="body"):
            yield from self.compose_body()
        yield Static(id="notes", markup=False)
        yield Prompt()
        yield KeyLine(show_command_palette=False, compact=True)
        yield StatusLine(id="status", markup=False)

    def on_mount(self) -> None:
        """Start with the table focused and nothing asked."""
        self.query_one("#summary").display = False
        self.query_one("#notes").display = False
        self.table.empty_message = "Reading …"
        self.set_focus(self.table)
        self._tell_progress()

    def on_screen_resume(self) -> None:
        """Follow what was changed on other screens."""
        self.update_view()

    def on_resize(self) -> None:
        """Let the style know how much room there is."""
        self.set_class(self.is_narrow, "-narrow")

    @property
    def table(self) -> FrameTable:
        """The table in the middle."""
        return self.query_one("#table", FrameTable)

    @property
    def prompt(self) -> Prompt:
        """The line in which something is asked."""
        return self.query_one(Prompt)

    @property
    def is_narrow(self) -> bool:
        """Whether nothing has room beside the table."""
        return self.size.width < 100

    # what a screen says about itself

    def compose_body(self) -> ComposeResult:
        """What stands side by side in the middle."""
        yield self.TABLE(id="table")

    @staticmethod
    @abstractmethod
    def build(snapshot: Snapshot) -> Shown:
        """Make what the screen shows, in a thread, of nothing but this value."""

    def completed(self, snapshot: Snapshot) -> Snapshot:
        """The snapshot with what has to be looked up first; in a thread."""
        return snapshot

    # from the session to the screen

    def update_view(self) -> None:
        """Make the report anew and show it."""
        if not self.is_mounted:
            return
        self.take_arrival()
        snapshot = self.session.snapshot
        if snapshot is None or snapshot.is_loading:
            self._tell_progress()
        if snapshot is not None:
            if self.HOLDS:
                self.session.hold()
            self._make([snapshot])

    def change(self, **choices: object) -> None:
        """Change the view that all screens share."""
        self.session.change(**choices)
        self.update_view()

    @work(thread=True, exclusive=True, group="report", description="report")
    def _make(self, wanted: list[Snapshot]) -> None:
        snapshot = wanted.pop()  # a worker is freed late: what it shows must not wait for that
        shown = self.build(self.completed(snapshot))
        if not get_current_worker().is_cancelled:
            self.post_message(self.Ready(shown, snapshot))

    @on(Ready)
    def _take(self, event: Ready) -> None:
        self.drop_goal()
        self.shown = event.shown
        self.put_up(event.shown)
        self.go_to_goal(event.snapshot)
        if event.snapshot.found is self.session.data.loaded:  # no count before its rows are shown
            self._tell_progress()

    def put_up(self, shown: Shown) -> None:
        """Show a report, and all that goes with it."""
        waits = self.session.data.is_loading and not shown.report.height
        empty = "Reading …" if waits else self._why_empty(shown.report)
        self.table.empty_message = safe_text(empty)
        self.put_table(shown)
        self.show_context(())
        self.put_summary()
        most = _NOTES if self.size.height < _TALL else _MORE_NOTES
        marks = [worded(shown.incomplete_note)] if shown.incomplete_note else []
        self.set_class(bool(marks), "-marked")  # they have a line of their own
        self._put_lines("#notes", [*marks, *self.notes(shown)[:most]])

    def put_summary(self) -> None:
        """Show the lines above the table."""
        self._put_lines("#summary", self.summary())

    def summary(self) -> Sequence[str]:
        """The lines above the table, as many as there are room for."""
        return self.shown.summary if self.shown else ()

    def _why_empty(self, report: Report) -> str:
        """What was looked at, and which key helps."""
        from tui_eval.analysis.files import nothing_found

        loaded = self.session.data.loaded
        if loaded is not None and loaded.tables.runs.is_empty() and self.HOLDS:
            return nothing_found(loaded.files)
        return report.empty or "Nothing here."

    def looked_at(self) -> Sequence[str]:
        """What is looked at, in parts."""
        return self.shown.context if self.shown else ()

    def show_context(self, more: Sequence[str]) -> None:
        """What is looked at, and what goes on besides."""
        context = self.looked_at()
        parts = (*context[:1], self.how_many(), *context[1:], *more)
        self.query_one(ContextLine).show(parts, self._links())
        self.show_crumbs()

    def _links(self) -> Mapping[str, str]:
        """Actions that choose what a part of the context names."""
        selection = self.session.selection
        if selection is None:
            return {}
        links = {selection.dataset or "all datasets": "dataset"}
        if selection.metric is not None:
            links |= {selection.metric.name: "metric"}
        return links | {f"0–{selection.view.scale}": "scale"}

    @on(ContextLine.Chosen)
    async def _choose_part(self, event: ContextLine.Chosen) -> None:
        await self.app.run_action(event.action, self)

    def how_many(self) -> str:
        """How many of the runs are shown, where not all are."""
        return ""

    def notes(self, shown: Shown) -> Sequence[str]:
        """Sentences below the table."""
        told = (self.session.fresh_note, self.session.limit_note) if self.HOLDS else ()
        notes = (*told, shown.names_note, *shown.report.notes)
        return [worded(note) for note in notes if note]

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

    # the prompt

    def close_prompt(self) -> None:
        """Go back to what is looked at."""
        self.prompt.close()
        self.focus_view()

    def stop_work(self) -> bool:
        """Stop what this view does in the background; whether it did anything."""
        return False

    def focus_view(self) -> None:
        """Focus the table."""
        self.set_focus(self.table)

    async def close_top(self) -> bool:
        """Close what is open on top of the view; whether anything was."""
        if not self.prompt.is_open:
            return False
        self.prompt.leave()
        self.focus_view()
        return True

    # runs

    def run_at_cursor(self) -> str | None:
        """The key of the run of the cell or row at the cursor; None where it is of none."""
        return None

    def pair_at_cursor(self) -> tuple[str, str] | None:
        """The baseline and the run at the cursor; None where they are not two."""
        run, baseline = self.run_at_cursor(), self.session.view.baseline
        return (baseline, run) if run and baseline and run != baseline else None

    def described_dataset(self) -> str | None:
        """The dataset of which it is told how runs were asked; None: of all."""
        return self.session.selection.dataset if self.session.selection else None

    async def action_facts(self) -> None:
        """Show what is known of the run at the cursor; where it is on none, ask of which."""
        run, known = self.run_at_cursor(), list(self._letters)
        if run is None and known:
            await self._ask_run("Run facts of", known, self._show_facts)
        elif run is None:
            self.notify("There is no run yet.", markup=False)
        else:
            await self._show_facts(run)

    async def action_difference(self) -> None:
        """Show in what two runs differ; where the cursor is on none, ask for the other one."""
        pair, baseline = self.pair_at_cursor(), self.session.view.baseline
        others = [run for run in self._letters if run != baseline]
        if pair is not None:
            await self._show_difference(*pair)
        elif baseline is not None and baseline in self._letters and others and self.ASKS_PAIR:
            title = f"Differences from {self._lettered(baseline)}"
            await self._ask_run(title, others, partial(self._show_difference, baseline))
        else:
            self.notify(self.PAIR_HINT, markup=False)

    async def _show_facts(self, run: str) -> None:
        from tui_eval.analysis.run_details import facts_report
        from tui_eval.tui.screens.facts import FactsScreen

        if loaded := self._loaded_with(run):
            dataset = self.described_dataset()
            snapshot = self.session.snapshot
            scores = await to_thread(self.score_facts, snapshot, run) if snapshot else {}
            report = facts_report(loaded.tables, run, dataset, files=loaded.files, scores=scores)
            await self.app.push_screen(FactsScreen(report))

    @staticmethod
    def score_facts(snapshot: Snapshot, run: str) -> Mapping[str, str]:
        """What is known of the score of a run, where the screen shows it; in a thread."""
        return {}

    async def _show_difference(self, first: str, second: str) -> None:
        from tui_eval.analysis.run_details import difference_report
        from tui_eval.tui.screens.facts import FactsScreen

        if not (loaded := self._loaded_with(first, second)):
            return
        letters, dataset = self._letters, self.described_dataset()
        selection, samples = self.session.selection, self.session.samples
        metric = selection.metric if selection is not None and dataset is not None else None
        names = letters.get(first, "first"), letters.get(second, "second")
        report = difference_report(
            loaded.tables,
            first,
            second,
            dataset,
            metric=None if metric is None else (metric.name, metric.filter),
            samples=samples.rows if samples is not None and samples.is_whole else None,
            files=loaded.files,
            names=names,
            shows_equal=True,
        )
        headings = dict(zip(("first", "second"), names, strict=True))
        await self.app.push_screen(FactsScreen(report, headings))

    def _loaded_with(self, *runs: str) -> Loaded | None:
        """What was read, where runs that are shown are in it by now; where not, it is said."""
        loaded = self.session.data.loaded
        if loaded is not None and loaded.tables.labels.keys() >= {*runs}:
            return loaded
        self.notify("This run is gone: its files are no longer read.", markup=False)
        return None

    async def _ask_run(
        self, title: str, runs: Sequence[str], show: Callable[[str], Awaitable[None]]
    ) -> None:
        """Ask for one of some runs; with a single one there is nothing to ask."""
        from tui_eval.tui.screens.choose import ChooseScreen

        if len(runs) == 1:
            await show(runs[0])
            return
        offered = {self._lettered(run): run for run in runs}

        async def answer(chosen: tuple[str, ...] | None) -> None:
            if chosen:
                await show(offered[chosen[0]])

        await self.app.push_screen(ChooseScreen(title, list(offered)), answer)

    @property
    def _letters(self) -> Mapping[str, str]:
        """The letters of the runs that are open, in their order."""
        return self.session.selection.letters if self.session.selection else {}

    def _lettered(self, run: str) -> str:
        """A run's letter and label."""
        return f"{self._letters[run]} {self.session.labels.get(run, run)}"

    def open_samples(
        self,
        category: str | None,
        runs: tuple[str, ...] | None = None,
        where: str = "",
        mode: Literal["samples", "rescore"] = "samples",
    ) -> None:
        """Look at the questions of a category, or score their answers again.

        Args:
            category: None: all of the dataset.
            runs: Whose answers (keys), the baseline first; None: baseline and candidates.
            where: Condition that questions must meet.
            mode: On which screen.
        """
        run = self.run_at_cursor()
        self.leave_for(mode)
        self.session.change(category=category, sample_runs=runs, where=where)
        self.session.sought_run = run
        self.app.switch_mode(mode)
