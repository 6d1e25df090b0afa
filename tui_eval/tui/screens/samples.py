"""Screen 4: which questions flipped, and what the models wrote."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, ClassVar, NamedTuple

from rich.text import Text
from textual import on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.widgets import Static

from tui_eval.analysis.view import View
from tui_eval.analysis.where import PRESETS, WhereError, letters
from tui_eval.render.grid import ReportGrid
from tui_eval.render.names import RunNames, run_names, without_shared
from tui_eval.render.question_grid import QUESTION, TARGET, QuestionGrid
from tui_eval.render.safe import safe_text
from tui_eval.tui.commands import (
    ANSWERS,
    COPY,
    NEXT,
    READING,
    RUN,
    SAMPLES,
    SCORE_AGAIN,
    bindings,
    quiet,
)
from tui_eval.tui.screens.answered_runs import ChoosesAnsweredRuns, readable_runs
from tui_eval.tui.screens.answers_beside import Answers, ShowsAnswers
from tui_eval.tui.screens.copy_and_export import CopiesAndExports
from tui_eval.tui.screens.question_texts import ReadsQuestions, RowsOfTexts
from tui_eval.tui.screens.text_search import SearchesTexts
from tui_eval.tui.screens.view_screen import Shown
from tui_eval.tui.widgets.column_layout import least_width
from tui_eval.tui.widgets.frame_table import FrameTable
from tui_eval.tui.widgets.prompt import Prompt

if TYPE_CHECKING:
    import polars as pl

    from tui_eval.analysis.report import Report
    from tui_eval.analysis.samples import QuestionTable
    from tui_eval.analysis.selection import Selection
    from tui_eval.loading.cache import FileState
    from tui_eval.loading.openings import Openings
    from tui_eval.loading.passes import Samples
    from tui_eval.records import Run
    from tui_eval.render.answers.layout import Question
    from tui_eval.tables import Tables
    from tui_eval.tui.screens.copy_which import Copyable
    from tui_eval.tui.screens.export import Exports
    from tui_eval.tui.session import Loaded, SampleRequest, Snapshot

_HINT = 'a.correct and not b.correct · score < 0.5 · len(response) > 2000 · category == "law"'
_LINES = 3  # of a heading
_HEADINGS = {"status": "state", "length": "chars"}


@dataclass(frozen=True, kw_only=True)
class ShownSamples(Shown):
    """Questions, and where their answers are.

    Attributes:
        request: The runs whose answers these are.
        short: What they are called, in their order.
        samples: What was read of them.
        places: As `analysis.samples.QuestionTable` has them, scores on the scale of the view.
        silent: Runs of the dataset of which no file of answers is known, by label.
        labels: How the runs are shown, by key.
        subject: What the questions are of, in parts; last what the names of the runs share.
        total: How many there are before the condition.
        presets: How many of them meet each preset that can be asked.
        openings: What was read of their texts.
    """

    request: SampleRequest
    short: tuple[str, ...]
    samples: Samples
    places: pl.DataFrame
    silent: Mapping[str, Run]
    labels: Mapping[str, str]
    subject: tuple[str, ...]
    total: int
    presets: Mapping[str, int]
    openings: Openings

    @property
    def states(self) -> Mapping[str, FileState]:
        """What the files were like when they were read, by path."""
        return self.samples.states


class _Known(NamedTuple):
    """What a sort or another condition does not change.

    Attributes:
        asked: The questions.
        widths: Terminal cells of the table's columns, by name.
        shorter: The categories without what all share.
        presets: How many of the questions meet each preset.
        openings: What was read of their texts.
    """

    asked: QuestionTable
    widths: Mapping[str, int]
    shorter: Mapping[str, str]
    presets: Mapping[str, int]
    openings: Openings


class SamplesScreen(
    SearchesTexts, ReadsQuestions, ShowsAnswers, ChoosesAnsweredRuns, CopiesAndExports
):
    """Questions as rows; beside them what was asked and what the models wrote."""

    KEYS = (*READING, *NEXT, *SAMPLES, *SCORE_AGAIN, *ANSWERS, *COPY, *RUN)
    BINDINGS: ClassVar[list[BindingType]] = bindings(
        NEXT, SAMPLES, SCORE_AGAIN, quiet(ANSWERS, "scale", "export"), RUN
    )
    NUMBER = 4
    MODE = "samples"

    _progress: tuple[str, ...] = ()

    # questions

    def update_view(self) -> None:
        """See to it that the answers are read, and show what there is of them."""
        self.reading.ensure_samples()
        self.lift_misfit()
        super().update_view()

    @staticmethod
    def build(snapshot: Snapshot) -> Shown:
        """The questions that the view asks for."""
        from tui_eval.analysis.samples import samples_report, scaled, subject

        selection, samples, request = snapshot.selection, snapshot.samples, snapshot.request
        view = selection.view
        if samples is None or request is None:
            return _nothing(snapshot)
        if not request.runs.keys() <= selection.letters.keys():  # of runs that are gone by now
            return _nothing(snapshot)
        runs = tuple(request.runs)
        tables, whole = selection.tables, _subject(view)
        known = samples.once((tables, whole, runs), lambda: _known(request, tables, samples, whole))
        report = samples_report(selection, known.asked)
        names = run_names(tables, runs)
        return ShownSamples(
            report=replace(report, notes=_said(request, samples, report)),
            grid=QuestionGrid(
                _seen(report),
                _headings(names),
                known.widths,
                keys=report.frame.select("category", "sample"),
                known=known.openings.known,
                runs=runs,
                shorter=known.shorter,
            ),
            rows=(),
            context=tuple(_choices(view, samples)),
            exports=partial(_exports, report),
            sorted_by=view.sample_sort,
            descending=view.sample_descending,
            request=request,
            short=tuple(names.full[run] for run in runs),
            samples=samples,
            places=scaled(known.asked.places, known.asked.metric, view),
            silent=_silent(snapshot.loaded, selection),
            labels=tables.labels,
            subject=(
                *subject(view, known.asked.metric),
                f"runs {names.shared}" if names.shared else "",
            ),
            total=known.asked.questions.height,
            presets=known.presets,
            openings=known.openings,
        )

    def notes(self, shown: Shown) -> Sequence[str]:
        """Sentences below the table; first which runs have nothing to show."""
        silent = shown.silent if isinstance(shown, ShownSamples) else {}
        told = [_why_none(", ".join(silent), silent.values())] if silent else []
        return [*told, *super().notes(shown)]

    @property
    def needs_answers(self) -> bool:
        """Whether rows come while answers are read: all do."""
        return True

    def question_read(self) -> str | None:
        """The question whose answers have the whole screen."""
        frame = self.shown.report.frame if self.shown else None
        row = self.table.cursor_row
        if not self.is_reading or frame is None or row >= frame.height:
            return None
        return str(frame["id"][row])

    def put_table(self, shown: Shown) -> None:
        """Show the questions, the cursor on the run whose answers the user went to see."""
        super().put_table(shown)
        self.share_room()
        sought, runs = self.session.sought_run, self.compared_runs()
        if sought in runs and shown.report.frame.height:
            self.table.move_cursor(column_key=f"{letters(len(runs))[runs.index(sought)]}.score")
            self.session.sought_run = None

    def least_table_width(self) -> int:
        """Columns of the terminal in which all runs are seen, with some words of the questions."""
        columns = self.shown.grid.columns if self.shown else ()
        return least_width([column for column in columns if not column.beyond], _LINES)

    def rows_of_texts(self, start: int, stop: int) -> RowsOfTexts | None:
        """The questions of some rows."""
        shown = self.shown
        if not isinstance(shown, ShownSamples):
            return None
        keys = shown.report.frame.select("category", "sample").slice(start, stop - start)
        return RowsOfTexts(shown.openings, keys.rows())

    # where the cursor is

    def looked_at(self) -> Sequence[str]:
        """Dataset, category and metric, which question of how many, and what was chosen."""
        shown = self.shown
        if not isinstance(shown, ShownSamples):
            return super().looked_at()
        return (*shown.subject, self._position(shown), self.hits_told, *shown.context)

    def _position(self, shown: ShownSamples) -> str:
        count, total = shown.report.height, shown.total
        here = min(self.table.cursor_row + 1, count)
        questions = f"question{'s' * (total != 1)}"
        if not self.session.view.where:
            return f"{here:,} of {count:,} {questions}"
        return f"{here:,} of {count:,} shown, {total:,} {questions} in all"

    @on(FrameTable.CellHighlighted)
    def _tell_position(self) -> None:
        self.show_context(self._progress)

    def show_context(self, more: Sequence[str]) -> None:
        """What is looked at, and what goes on besides, which stays while the cursor moves."""
        self._progress = tuple(more)
        super().show_context(more)

    # which of the questions

    def _choose_where(self, where: str) -> None:
        self.table.move_cursor(row=0)
        self.change(where=where)

    async def action_preset(self) -> None:
        """Ask which questions are shown."""
        shown = self.shown
        presets = shown.presets if isinstance(shown, ShownSamples) else {}
        total = shown.total if isinstance(shown, ShownSamples) else 0
        is_whole = not isinstance(shown, ShownSamples) or shown.samples.is_whole
        counts = {"all": total, **presets}
        offered = {
            f"{name}  {count:,}": "" if name == "all" else name for name, count in counts.items()
        }
        title = "Show only questions that are …" + " (counted so far)" * (not is_whole)
        await self.ask_one(title, offered, self.condition, self._choose_where)

    def action_where(self) -> None:
        """Ask for the condition that questions must meet."""
        self.prompt.ask("where", PRESETS.get(self.condition, self.condition), _HINT, "& filter")

    def compose(self) -> ComposeResult:
        """The rows of the screen, and above the prompt what is wrong with a condition."""
        yield from super().compose()
        yield Static(id="complaint", markup=False)

    @on(Prompt.Typed)
    def _judge_where(self, event: Prompt.Typed) -> None:
        """Say as one types what is wrong with a condition, as long as it is."""
        if event.asked == "where":
            self._complain(event.text.strip())

    @on(Prompt.Left)
    def _stop_complaining(self) -> None:
        self._complain("")

    def _complain(self, where: str) -> WhereError | None:
        """Show what is wrong with a condition, or nothing where nothing is."""
        try:
            self.check_condition(where)
            wrong = None
        except WhereError as error:
            wrong = error
        line = self.query_one("#complaint", Static)
        line.display = wrong is not None
        line.update(Text(safe_text(f"{wrong or ''}"), no_wrap=True, overflow="ellipsis"))
        return wrong

    @on(Prompt.Given)
    def _take_where(self, event: Prompt.Given) -> None:
        """Keep the questions that meet a condition; else the prompt stays, and says why."""
        where = event.text.strip()
        if event.asked != "where":
            return
        wrong = self._complain(where)
        if wrong is not None:
            self.prompt.cursor_position = wrong.column
        else:
            self.close_prompt()
            self._choose_where(where)

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
        if column in (QUESTION, TARGET):
            self.notify("Texts have no order: choose another column.", markup=False)
            return
        view = self.session.view
        again = view.sample_sort == column
        self.change(sample_sort=column, sample_descending=again and not view.sample_descending)

    # runs

    def action_rescore(self) -> None:
        """Score the answers that are looked at again."""
        run = self.run_at_cursor()
        self.leave_for("rescore")
        self.session.sought_run = run
        self.app.switch_mode("rescore")

    def run_letters(self) -> Sequence[str]:
        """A letter a run."""
        return letters(len(self.compared_runs()))

    def run_at_cursor(self) -> str | None:
        """The run of the column at the cursor; of answers that are read, the leftmost."""
        letter = self.run_in_view() or (self.table.cursor_key or "").partition(".")[0]
        return dict(zip(self.run_letters(), self.compared_runs(), strict=True)).get(letter)

    # texts

    def title_of(self, row: int) -> Sequence[str]:
        """Id and category of a question, and which of those that are shown it is."""
        frame = self.shown.report.frame if self.shown else None
        if frame is None or row >= frame.height:
            return []
        parts = frame.select("id", "category").row(row)
        return [*(str(part) for part in parts if part is not None), *super().title_of(row)]

    def answers_of(self, row: int) -> Answers | None:
        """The answers to the question of a row."""
        shown = self.shown
        if not isinstance(shown, ShownSamples) or not row < shown.report.frame.height:
            return None
        category, sample = shown.report.frame.select("category", "sample").row(row)
        return Answers((category, sample), partial(_question, shown, category, sample))

    def find(self, text: str) -> None:
        """Look through the texts of the questions, and mark what is found in the answers shown."""
        from tui_eval.loading.texts import finder

        is_other = text != self.sought
        if is_other:
            self.pane.seek(finder(text) if text else None)
        super().find(text)
        if is_other:
            self.show_context(())

    def go_to_hit(self, step: int, *, inclusive: bool = False) -> None:
        """Go to the next hit out of sight in the answers, else to the next question with one."""
        if inclusive or not self.pane.go_to_hit(step):
            super().go_to_hit(step, inclusive=inclusive)

    def found_in_texts(self, pattern: str) -> Iterator[tuple[tuple[int, ...], int]] | None:
        """The questions that are shown whose texts hold an expression."""
        from tui_eval.loading.texts import search

        shown = self.shown
        if not isinstance(shown, ShownSamples):
            return None
        keys = shown.report.frame.select("category", "sample")
        return search(shown.request.runs, keys, shown.places, pattern, shown.states)

    def copy_chosen(self, chosen: Copyable) -> None:
        """Copy a text of the question, and say which it was."""
        self.copy(chosen.text, chosen.told)

    def exports(self) -> Exports:
        """The questions, and the texts of the one at the cursor."""
        shown, found = self.shown, super().exports()
        if not isinstance(shown, ShownSamples):
            return found
        question = shown.report.body.slice(self.table.cursor_row, 1)
        if question.is_empty():
            return found
        texts = ("the texts of this question", partial(_texts_of, shown, question))
        return (texts, *found) if self.run_in_view() else (*found, texts)


def _question(
    shown: ShownSamples, category: str | None, sample: str, attempt: int
) -> tuple[Question, int]:
    """The texts of a question, and how many attempts at it there are at most."""
    from tui_eval.loading.texts import answers_at
    from tui_eval.render.answers.question import question_of

    runs, read = shown.request.runs, shown.samples
    found = answers_at(runs, shown.places, category, sample, shown.states)
    is_all_read = read.is_whole and not read.is_stopped
    why_none = "this run has no answer to it" if is_all_read else "not read"
    labels = dict(zip(runs, shown.short, strict=True))
    question = question_of(labels, found, shown.report.columns, attempt, why_none)
    return question, max(map(len, found.values()), default=0)


def _seen(report: Report) -> Report:
    """The report without the columns that no person reads, and with those of texts."""
    import polars as pl

    from tui_eval.analysis.report import Column

    several = len(report.columns) > 1 and report.columns[1].name == "category"
    first = ("id", "category") if several else ("id",)
    by_name = {column.name: column for column in report.columns}
    rest = [name for name in by_name if name not in (*first, "category", "sample")]
    texts = {name: Column(name) for name in (QUESTION, TARGET)}
    columns = tuple((by_name | texts)[name] for name in (*first, *texts, *rest))
    empty = [pl.lit(None, pl.String).alias(name) for name in texts]
    frame = report.frame.with_columns(empty).select(column.name for column in columns)
    return replace(report, columns=columns, frame=frame)


def _headings(names: RunNames) -> dict[str, str]:
    """What stands above the columns of each run."""
    headings = {}
    for name, label in zip(letters(len(names.full)), names.full.values(), strict=True):
        headings[f"{name}.score"] = f"{name} {label}"
        headings |= {f"{name}.{what}": f"{name} {word}" for what, word in _HEADINGS.items()}
        headings[f"{name}.tokens"] = f"{name} tokens"
    return headings


def _said(request: SampleRequest, samples: Samples, report: Report) -> tuple[str, ...]:
    """Sentences below the table, what is missing first; its headings tell which run is which."""
    from tui_eval.analysis.samples import LETTERS

    limit = [request.limit_note] if request.limit_note else []
    others = (note for note in report.notes if getattr(note, "message", "") != LETTERS)
    return (*limit, *samples.notes, *others)


def _choices(view: View, samples: Samples) -> list[str]:
    """What was chosen, and how reading goes."""
    parts = []
    if view.where:
        parts.append(f"only {view.where}, T clears")
    if view.sample_sort is not None:
        parts.append(f"by {view.sample_sort} {'▼' if view.sample_descending else '▲'}")
    return [*parts, samples.progress]


def _exports(report: Report) -> Exports:
    return ((f"the questions shown ({report.height})", lambda: report),)


def _texts_of(shown: ShownSamples, question: pl.DataFrame) -> Report:
    """All texts of a question."""
    from tui_eval.analysis.texts import texts_report
    from tui_eval.loading.texts import texts

    runs, labels = shown.request.runs, shown.labels
    records = texts(runs, labels, question, shown.places, shown.states)
    return texts_report(records, question)


def _why_none(label: str, runs: Iterable[Run]) -> str:
    from tui_eval.loading.passes import why_silent

    return f"No answers of {label}: {why_silent(runs)}."


def _nothing(snapshot: Snapshot) -> Shown:
    """What is shown where no answers are, or none yet."""
    import polars as pl

    from tui_eval.analysis.report import Report

    selection = snapshot.selection
    words = "Choose a dataset (d)."
    if selection.dataset is not None:
        words = _why_none("these runs", _silent(snapshot.loaded, selection).values())
    if snapshot.request is not None or snapshot.is_loading:
        words = "Reading answers …"
    title = selection.dataset or "Samples"
    report = Report("samples", title, pl.DataFrame(), (), empty=words)
    return Shown(report=report, grid=ReportGrid(report), rows=(), context=(report.title,))


def _known(request: SampleRequest, tables: Tables, samples: Samples, subject: View) -> _Known:
    """What is the same whatever condition and order are chosen."""
    from tui_eval.analysis.samples import preset_counts, question_table, samples_report
    from tui_eval.analysis.selection import select
    from tui_eval.loading.openings import Openings

    selection = select(tables, subject)
    runs = tuple(request.runs)
    made = question_table(selection, samples.rows, runs, is_whole=samples.is_whole)
    openings = Openings(request.runs, made.places, samples.states)
    categories = made.questions["category"].drop_nulls().unique().sort().to_list()
    shorter = dict(zip(categories, without_shared(categories)[0], strict=True))
    grid = ReportGrid(_seen(samples_report(selection, made)), shorter=shorter)
    widths = {column.key: column.width for column in grid.columns}
    return _Known(made, widths, shorter, preset_counts(made), openings)


def _subject(view: View) -> View:
    """The view without condition and order."""
    return View(
        dataset=view.dataset,
        category=view.category,
        metric=view.metric,
        filter=view.filter,
        scale=view.scale,
    )


def _silent(loaded: Loaded, selection: Selection) -> dict[str, Run]:
    """Those of them of which no file of answers is known."""
    readable = readable_runs(loaded, selection)
    return {label: run for label, run in readable.items() if not run.samples}
