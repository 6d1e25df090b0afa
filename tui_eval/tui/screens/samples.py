"""Screen 4: which questions changed hands, and what the models wrote."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, ClassVar, Literal, NamedTuple

from textual import on, work
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Vertical
from textual.message import Message
from textual.widgets import Input
from textual.worker import get_current_worker

from tui_eval.analysis.where import PRESETS, WhereError, letters, parse
from tui_eval.render.answers.layout import Question, Response
from tui_eval.render.grid import ReportGrid
from tui_eval.render.numbers import number_text
from tui_eval.render.safe import safe_text
from tui_eval.tui.commands import ANSWERS, NEXT, READING, RUN, SAMPLES, bindings, quiet
from tui_eval.tui.screens.view_screen import Shown, ViewScreen
from tui_eval.tui.widgets.answer_pane import AnswerPane
from tui_eval.tui.widgets.frame_table import FrameTable

if TYPE_CHECKING:
    import polars as pl

    from tui_eval.analysis.report import Report
    from tui_eval.analysis.samples import Asked
    from tui_eval.analysis.selection import Selection
    from tui_eval.analysis.view import View
    from tui_eval.loading.cache import FileState
    from tui_eval.loading.passes import Samples
    from tui_eval.records import Run
    from tui_eval.tui.session import Loaded, Wanted

_WIDE = 160  # columns from which questions and answers stand side by side
_HINTS = {
    "texts": "regular expression in prompts, references and answers",
    "where": 'a.correct and not b.correct · score < 0.5 · len(response) > 2000 · category == "law"',
}
_HEADINGS = {"status": "state", "length": "chars"}


@dataclass(frozen=True)
class ShownSamples(Shown):
    """Questions, and where their answers are.

    Attributes:
        wanted: The runs whose answers these are.
        short: What they are called, in their order.
        samples: What was read of them.
        places: As `analysis.samples.Asked` has them, scores on the scale of the view.
    """

    wanted: Wanted | None = None
    short: tuple[str, ...] = ()
    samples: Samples | None = None
    places: pl.DataFrame | None = None

    @property
    def states(self) -> Mapping[str, FileState]:
        """What the files were like when they were read, by path."""
        return {} if self.samples is None else self.samples.states


class _Place(NamedTuple):
    """A question and how often somebody asked for another attempt at it."""

    category: str | None
    sample: str
    attempt: int


class _Known(NamedTuple):
    """What a sort or another condition does not change.

    Attributes:
        of: What it was made of.
        asked: The questions.
        widths: Terminal cells of the table's columns, by name.
    """

    of: tuple[object, ...]
    asked: Asked
    widths: Mapping[str, int]


class _QuestionTable(FrameTable):
    """The questions."""

    BINDINGS: ClassVar[list[BindingType]] = bindings(READING)


class _Answers(AnswerPane):
    """The answers."""

    BINDINGS: ClassVar[list[BindingType]] = bindings(READING)

    def action_select_cursor(self) -> None:
        """Give the answers the whole screen, or half of it again."""
        self.screen.action_select_cursor()  # type: ignore[attr-defined]


class SamplesScreen(ViewScreen):
    """Questions as rows; beside them what was asked and what the models wrote."""

    KEYS = (*READING, *NEXT, *SAMPLES, *ANSWERS, *RUN)
    BINDINGS: ClassVar[list[BindingType]] = bindings(
        NEXT, SAMPLES, quiet(ANSWERS, "scale", "export"), RUN
    )
    NUMBER = 4

    class Read(Message, bubble=False):
        """The texts of a question were read."""

        def __init__(self, question: Question, place: _Place, attempts: int) -> None:
            self.question = question
            self.place = place
            self.attempts = attempts
            super().__init__()

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

    _asked: Literal["texts", "where"] = "texts"
    _known: _Known | None = None
    _attempt = 0
    _asked_for: _Place | None = None
    _put_up_last: _Place | None = None
    _is_searching = False
    _waits_for_hit = False

    def compose_body(self) -> ComposeResult:
        """Questions and answers; no chart."""
        yield _QuestionTable(id="table", fixed_columns=1)
        yield _Answers(id="pane")
        yield Vertical(id="charts")

    def on_resize(self) -> None:
        """Put the answers beside the questions where there is room."""
        super().on_resize()
        self.set_class(self.size.width >= _WIDE, "-beside")

    @property
    def pane(self) -> AnswerPane:
        """The answers."""
        return self.query_one(AnswerPane)

    # questions

    def update_view(self) -> None:
        """See to it that the answers are read, and show what there is of them."""
        self.app.need_samples()  # type: ignore[attr-defined]
        self._lift_misfit()
        super().update_view()

    def build(self, loaded: Loaded, selection: Selection) -> Shown:
        """The questions that the view asks for; in a thread."""
        from tui_eval.analysis.samples import samples_report, scaled

        view = selection.view
        samples, wanted = self.session.samples, self.session.samples_of
        if samples is None or wanted is None or not wanted.runs.keys() <= selection.letters.keys():
            is_reading = wanted is not None or self.session.data.is_loading
            return _nothing(view, self._silent().values(), is_reading=is_reading)
        runs = list(wanted.runs)
        known = self._known_of(selection, samples, runs)
        report = samples_report(selection, known.asked)
        short = _short(selection, runs)
        return ShownSamples(
            report=replace(report, notes=_said(wanted, samples, report)),
            grid=ReportGrid(_seen(report), _headings(short), widths=known.widths),
            rows=(),
            context=(report.title, *_choices(view, samples)),
            exports=partial(_exports, report),
            sorted_by=view.sample_sort,
            descending=view.sample_descending,
            wanted=wanted,
            short=tuple(short),
            samples=samples,
            places=scaled(known.asked.places, known.asked.metric, view),
        )

    def _known_of(self, selection: Selection, samples: Samples, runs: list[str]) -> _Known:
        """What is the same whatever condition and order are chosen; made once."""
        from tui_eval.analysis.samples import asked, samples_report
        from tui_eval.analysis.selection import select

        tables, view = selection.tables, selection.view
        subject = (view.dataset, view.category, view.metric, view.filter, view.scale)
        of = (tables, samples, subject, runs)
        known = self._known
        if known is None or known.of != of:
            made = asked(selection, samples.rows, runs, is_whole=samples.is_whole)
            plain = select(tables, replace(view, where="", sample_sort=None))
            grid = ReportGrid(_seen(samples_report(plain, made)))
            widths = {column.key: column.width for column in grid.columns}
            known = self._known = _Known(of, made, widths)
        return known

    def notes(self, shown: Shown) -> Sequence[str]:
        """Sentences below the table; first which runs have nothing to show."""
        silent = self._silent()
        told = [_why_none(", ".join(silent), silent.values())] if silent and self._runs else []
        return [*told, *super().notes(shown)]

    def put_table(self, shown: Shown) -> None:
        """Show the questions, and the answers to the one at the cursor."""
        with self.table.prevent(FrameTable.CellHighlighted):
            super().put_table(shown)
        if self.session.sought_run in self._runs and shown.report.frame.height:
            name = letters(len(self._runs))[self._runs.index(self.session.sought_run)]
            self.table.move_cursor(column_key=f"{name}.score")
            self.session.sought_run = None
        self._read_answers()

    def _check(self, where: str) -> None:
        """Raises `WhereError` where a condition or preset cannot be asked of the runs shown."""
        if where:
            parse(PRESETS.get(where, where)).to_polars(letters(len(self._runs)))

    def _lift_misfit(self) -> None:
        """Show all questions again where the condition names a run that is not shown."""
        if not self._runs:
            return
        try:
            self._check(self._where)
        except WhereError as error:
            self.session.change(where="")
            self.notify(safe_text(f"The filter is lifted: {error.message}."), markup=False)

    def _choose_where(self, where: str) -> None:
        self.table.move_cursor(row=0)
        self.change(where=where)

    async def action_preset(self) -> None:
        """Ask which questions are shown."""
        from tui_eval.tui.screens.choose import ChooseScreen

        def take(chosen: tuple[str, ...] | None) -> None:
            if chosen:
                self._choose_where("" if chosen[0] == "all" else chosen[0])

        names = ["all", *PRESETS]
        screen = ChooseScreen(
            "Show only questions that are …", names, chosen=(self._where or "all",)
        )
        await self.app.push_screen(screen, take)

    @property
    def _where(self) -> str:
        return self.session.view.where

    def action_where(self) -> None:
        """Ask for the condition that questions must meet."""
        self._ask("where", PRESETS.get(self._where, self._where))

    def action_lift_where(self) -> None:
        """Show all questions again."""
        self._choose_where("")

    def action_sort(self) -> None:
        """Order by category and number."""
        self.change(sample_sort=None, sample_descending=False)

    def action_sort_column(self) -> None:
        """Order by the column at the cursor, or the other way round."""
        self._sort_by(self.table.cursor_key)

    @on(FrameTable.HeaderSelected)
    def _sort_by_heading(self, event: FrameTable.HeaderSelected) -> None:
        self._sort_by(event.column_key)

    def _sort_by(self, column: str | None) -> None:
        view = self.session.view
        again = view.sample_sort == column
        self.change(sample_sort=column, sample_descending=again and not view.sample_descending)

    async def action_category(self) -> None:
        """Ask for the category."""
        from tui_eval.tui.screens.choose import ChooseScreen

        samples = self.session.samples
        names = samples.rows["category"].drop_nulls().unique().sort().to_list() if samples else []
        every = f"all of {self.session.view.dataset}"

        def take(chosen: tuple[str, ...] | None) -> None:
            if chosen:
                self.table.move_cursor(row=0)
                self.change(category=None if chosen[0] == every else chosen[0])

        now = self.session.view.category or every
        await self.app.push_screen(ChooseScreen("Category", [every, *names], chosen=(now,)), take)

    # runs

    async def action_baseline(self) -> None:
        """Ask which run is a."""
        from tui_eval.tui.screens.choose import ChooseScreen

        def take(chosen: tuple[str, ...] | None) -> None:
            if chosen:
                self.change(baseline=runs[chosen[0]], sample_runs=None)

        runs = self._answered()
        now = [label for label, run in runs.items() if run in self._runs[:1]]
        await self.app.push_screen(ChooseScreen("Baseline", list(runs), chosen=now), take)

    async def action_candidates(self) -> None:
        """Ask for the runs beside the baseline."""
        from tui_eval.tui.screens.choose import ChooseScreen

        first, *others = self._runs or [""]
        runs = {label: run for label, run in self._answered().items() if run != first}
        marked = [label for label, run in runs.items() if run in others]

        def take(chosen: tuple[str, ...] | None) -> None:
            if chosen is not None:
                self.change(sample_runs=(first, *(runs[label] for label in chosen)))

        title = "Runs beside the baseline"
        screen = ChooseScreen(title, list(runs), chosen=marked, several=True)
        await self.app.push_screen(screen, take)

    @property
    def _runs(self) -> list[str]:
        return list(self.session.samples_of.runs) if self.session.samples_of else []

    def _answered(self) -> dict[str, str]:
        """Runs of the dataset that keep answers, by label."""
        return {label: run.key for label, run in self._readable().items() if run.samples}

    def _silent(self) -> dict[str, Run]:
        """Runs of the dataset of which no file of answers is known, by label."""
        return {label: run for label, run in self._readable().items() if not run.samples}

    def _readable(self) -> dict[str, Run]:
        loaded, selection = self.session.data.loaded, self.session.selection
        if loaded is None or selection is None:
            return {}
        return {self.session.labels[run]: loaded.runs[run] for run in selection.readable}

    def run_at_cursor(self) -> str | None:
        """The run of the column at the cursor."""
        name = (self.table.cursor_key or "").partition(".")[0]
        return dict(zip(letters(len(self._runs)), self._runs, strict=True)).get(name)

    # answers

    @on(FrameTable.CellHighlighted)
    def _show_question(self, event: FrameTable.CellHighlighted) -> None:
        self._show_run(event.column_key.partition(".")[0])
        self._read_answers()

    def _show_run(self, name: str) -> None:
        """Bring the answers of a run into view."""
        names = letters(len(self._runs))
        if name in names and names.index(name) not in self.pane.shown_runs:
            self.pane.first_run = names.index(name)

    def _read_answers(self) -> None:
        shown, row = self.shown, self.table.cursor_row
        if not isinstance(shown, ShownSamples) or not row < shown.report.frame.height:
            self._asked_for = None
            self.pane.show(None)
            return
        category, sample = shown.report.frame.select("category", "sample").row(row)
        if self._asked_for is None or self._asked_for[:2] != (category, sample):
            self._attempt = 0
        self._asked_for = _Place(category, sample, self._attempt)
        self._read(shown, self._asked_for)

    @work(thread=True, exclusive=True, group="texts")
    def _read(self, shown: ShownSamples, place: _Place) -> None:
        question, attempts = _question(shown, place)
        if not get_current_worker().is_cancelled:
            self.post_message(self.Read(question, place, attempts))

    @on(Read)
    def _show_answers(self, event: Read) -> None:
        if event.place != self._asked_for:
            return
        self._attempt = min(self._attempt, max(event.attempts - 1, 0))
        self.pane.show(event.question, keep_scroll=event.place == self._put_up_last)
        self._put_up_last = event.place

    def action_next_attempt(self) -> None:
        """Show the next try at the question."""
        self._attempt += 1
        self._read_answers()

    def action_previous_attempt(self) -> None:
        """Show the try before."""
        self._attempt = max(self._attempt - 1, 0)
        self._read_answers()

    def action_next_question(self) -> None:
        """Go to the next question."""
        self.table.move_cursor(row=self.table.cursor_row + 1)

    def action_previous_question(self) -> None:
        """Go to the question before."""
        self.table.move_cursor(row=self.table.cursor_row - 1)

    @on(FrameTable.RowSelected)
    def action_select_cursor(self) -> None:
        """Give the answers the whole screen, or half of it again."""
        self.toggle_class("-reading")
        self.set_focus(self.pane if self.has_class("-reading") else self.table)

    def action_other_pane(self) -> None:
        """Go from the questions to the answers and back, where both are on the screen."""
        if not self.has_class("-reading"):
            self.set_focus(self.table if self.focused is self.pane else self.pane)

    def action_next_run(self) -> None:
        """Show the answers of the runs that come after."""
        self.pane.first_run += 1

    def action_previous_run(self) -> None:
        """Show the answers of the runs before."""
        self.pane.first_run -= 1

    def action_reasoning(self) -> None:
        """Show or fold what models thought."""
        self.pane.folds_reasoning = not self.pane.folds_reasoning

    def action_prompt(self) -> None:
        """Show all of the prompt, or its ends."""
        self.pane.folds_prompt = not self.pane.folds_prompt

    def action_words(self) -> None:
        """Mark the words in which answers differ, or no longer."""
        self.pane.shows_difference = not self.pane.shows_difference

    async def action_go_back(self) -> None:
        """Close the prompt; else stop the search; else give the questions their place again."""
        if self._is_searching and not self.query_one("#prompt").display:
            self.workers.cancel_group(self, "search")
            self._end_search("Search stopped: ")
        elif self.has_class("-reading") and not self.query_one("#prompt").display:
            self.action_select_cursor()
        else:
            await super().action_go_back()

    def exports(self) -> tuple[tuple[str, Report], ...]:
        """The questions, and the texts of the one at the cursor."""
        from tui_eval.analysis.texts import texts_report
        from tui_eval.loading.texts import texts

        shown, found = self.shown, super().exports()
        if not isinstance(shown, ShownSamples) or shown.wanted is None or shown.places is None:
            return found
        question = shown.report.frame.slice(self.table.cursor_row, 1)
        if question.is_empty():
            return found
        labels = self.session.labels
        records = texts(shown.wanted.runs, labels, question, shown.places, shown.states)
        report = texts_report(records, question)
        return (*found, ("the report of this question", report))

    # prompts: a condition, or a search of the report

    def action_search(self) -> None:
        """Ask what to look for in the texts."""
        self._ask("texts", self._sought)

    def _ask(self, what: Literal["texts", "where"], value: str) -> None:
        self._asked = what
        prompt = self.query_one("#prompt", Input)
        prompt.placeholder = _HINTS[what]
        prompt.display = True
        prompt.value = value
        self.set_focus(prompt)

    def seek(self, text: str) -> None:
        """Nothing is sought before all of it is typed."""

    def take_prompt(self, text: str) -> None:
        """Keep the questions that meet a condition, or look for an expression in the texts."""
        from tui_eval.loading.texts import is_expression

        if self._asked == "where":
            try:
                self._check(text.strip())
            except WhereError as error:
                self.notify(safe_text(f"{error}"), severity="warning", markup=False)
                self.query_one("#prompt", Input).cursor_position = error.column
                return
            self.close_prompt()
            self._choose_where(text.strip())
        elif text and not is_expression(text):
            self.notify("This is no regular expression.", severity="warning", markup=False)
        else:
            self.close_prompt()
            self._sought, self._waits_for_hit = text, True
            self._search(text)

    def close_prompt(self) -> None:
        """Go back to the answers where they have the whole screen."""
        super().close_prompt()
        if self.has_class("-reading"):
            self.set_focus(self.pane)

    def _find(self, text: str) -> None:
        """Other questions are shown: look through their texts."""
        self._search(text)

    def _search(self, text: str) -> None:
        self._hits = ()
        self._is_searching = bool(text) and isinstance(self.shown, ShownSamples)
        if text and isinstance(self.shown, ShownSamples):
            self._search_texts(self.shown, text)

    def _end_search(self, how: str = "") -> None:
        self._is_searching = False
        self.show_context(())
        count = len(self._hits)
        words = f"{count} question{'s' * (count != 1)} found: n and N go through them."
        self.notify(how + (words if count else "nothing found."), markup=False)

    @work(thread=True, exclusive=True, group="search")
    def _search_texts(self, shown: ShownSamples, pattern: str) -> None:
        from tui_eval.loading.texts import search

        worker = get_current_worker()
        keys = shown.report.frame.select("category", "sample")
        if shown.wanted is None or shown.places is None:
            return
        for rows, searched in search(shown.wanted.runs, keys, shown.places, pattern, shown.states):
            if worker.is_cancelled:
                return
            self.post_message(self.Found(shown, pattern, rows, searched))

    @on(Found)
    def _take_hits(self, event: Found) -> None:
        if event.pattern != self._sought or event.shown is not self.shown:
            return
        self._hits += event.rows
        if self._hits and self._waits_for_hit and self._hits[-1] >= self.table.cursor_row:
            self._waits_for_hit = False
            self._go_to_hit(0, inclusive=True)
        height = event.shown.report.frame.height
        if event.searched < height:
            percent = 100 * event.searched // height
            self.show_context((f"searching: {percent} %, {len(self._hits)} found, Esc stops",))
            return
        if self._waits_for_hit:
            self._waits_for_hit = False
            self._go_to_hit(0, inclusive=True)
        self._end_search()


def _question(shown: ShownSamples, place: _Place) -> tuple[Question, int]:
    """The texts of a question, and how many attempts at it there are at most."""
    from tui_eval.loading.texts import answers_at

    if shown.wanted is None or shown.places is None:
        return Question(), 0
    runs = list(shown.wanted.runs)
    columns = {column.name: column for column in shown.report.columns}
    found = answers_at(shown.wanted.runs, shown.places, place.category, place.sample, shown.states)
    responses = []
    for name, run, label in zip(letters(len(runs)), runs, shown.short, strict=True):
        own = found.get(run, [])
        read = shown.samples
        missing = read is None or read.is_stopped or not read.is_whole
        why = "not read" if missing else "this run has no answer to it"
        response = Response(name, label, status="", error=why)
        if own:
            one = own[min(place.attempt, len(own) - 1)]
            score = columns.get(f"{name}.score")
            response = Response(
                name,
                label,
                "" if score is None else number_text(one.score, score),
                one.status or "",
                one.length,
                one.tokens,
                f"attempt {one.attempt + 1} of {len(own)}" if len(own) > 1 else "",
                one.answer,
                one.error,
                one.verdict or "",
            )
        responses.append(response)
    answers = [response.answer for response in responses if response.answer is not None]
    prompt = next((answer.prompt for answer in answers if answer.prompt), ())
    target = next((answer.target for answer in answers if answer.target is not None), None)
    attempts = max(map(len, found.values()), default=0)
    return Question(prompt, target, tuple(responses)), attempts


def _short(selection: Selection, runs: Sequence[str]) -> list[str]:
    from tui_eval.loading.labels import short_labels

    return short_labels([selection.tables.labels[run] for run in runs])


def _seen(report: Report) -> Report:
    """The report without the columns that no person reads."""
    hidden = {"sample"}
    if len(report.columns) > 1 and report.columns[1].name != "category":
        hidden.add("category")  # all rows are of one
    columns = tuple(column for column in report.columns if column.name not in hidden)
    return replace(report, columns=columns, frame=report.frame.select(c.name for c in columns))


def _headings(short: Sequence[str]) -> dict[str, str]:
    """What stands above the columns of each run."""
    headings = {}
    for name, label in zip(letters(len(short)), short, strict=True):
        headings[f"{name}.score"] = f"{name} {label}"
        headings |= {f"{name}.{what}": f"{name} {word}" for what, word in _HEADINGS.items()}
        headings[f"{name}.tokens"] = f"{name} tokens"
    return headings


def _said(wanted: Wanted, samples: Samples, report: Report) -> tuple[str, ...]:
    """Sentences below the table, what is missing first; its headings tell which run is which."""
    limit = [wanted.limit_note] if wanted.limit_note else []
    return (*limit, *samples.notes, *report.notes[1:])


def _choices(view: View, samples: Samples) -> list[str]:
    """What was chosen, and how reading goes."""
    parts = []
    if view.where:
        parts.append(f"only {view.where}, T lifts")
    if view.sample_sort is not None:
        parts.append(f"by {view.sample_sort} {'▼' if view.sample_descending else '▲'}")
    return [*parts, samples.progress]


def _exports(report: Report) -> tuple[tuple[str, Report], ...]:
    return ((f"these {report.frame.height} questions", report),)


def _why_none(label: str, runs: Iterable[Run]) -> str:
    from tui_eval.loading.passes import why_silent

    return f"No answers of {label}: {why_silent(runs)}."


def _nothing(view: View, silent: Iterable[Run], *, is_reading: bool) -> Shown:
    """What is shown where no answers are, or none yet."""
    import polars as pl

    from tui_eval.analysis.report import Report

    why = _why_none("these runs", silent) if view.dataset else "Choose a dataset (d)."
    words = "Reading answers …" if is_reading else why
    report = Report("samples", view.dataset or "Samples", pl.DataFrame(), (), empty=words)
    return Shown(report=report, grid=ReportGrid(report), rows=(), context=(report.title,))
