"""The answers to the question at the cursor, beside the questions or instead of them."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Hashable, Sequence
from typing import TYPE_CHECKING, ClassVar, NamedTuple

from rich.text import Text
from textual import on, work
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.message import Message
from textual.widgets import Static
from textual.worker import get_current_worker

from tui_eval.render.safe import safe_text
from tui_eval.tui.commands import COPY, READING, bindings
from tui_eval.tui.places import Place
from tui_eval.tui.screens.copy_which import Copyable, CopyWhichScreen, copyable
from tui_eval.tui.screens.view_screen import Shown, ViewScreen
from tui_eval.tui.widgets.answer_pane import AnswerPane
from tui_eval.tui.widgets.frame_table import FrameTable

if TYPE_CHECKING:
    from tui_eval.render.answers.layout import Question

_WIDE = 160  # columns from which questions and answers may stand side by side
_ANSWERS = 80  # columns that the answers have at least where they do: two of them fit
_LOW = range(16, 30)  # lines with which a few questions are enough, so that answers are seen


class Answers(NamedTuple):
    """The answers to a question, before they are read.

    Attributes:
        key: Which question it is.
        read: Reads them: called in a thread with the number of an attempt, from 0, it returns the
            question as it is shown, and how many attempts at it there are at most.
    """

    key: Hashable
    read: Callable[[int], tuple[Question, int]]


class _Place(NamedTuple):
    """A question and how often the user asked for another attempt at it."""

    key: Hashable
    attempt: int


class _QuestionTable(FrameTable):
    """The questions."""

    BINDINGS: ClassVar[list[BindingType]] = bindings(READING)


class _Pane(AnswerPane):
    """The answers."""

    BINDINGS: ClassVar[list[BindingType]] = bindings(READING, COPY)

    def action_select_cursor(self) -> None:
        """Give the answers the whole screen, or half of it again."""
        self.screen.action_select_cursor()  # type: ignore[attr-defined]

    async def action_copy_answer(self) -> None:
        """Ask which text is copied."""
        await self.screen.action_copy_answer()  # type: ignore[attr-defined]


class ShowsAnswers(ViewScreen):
    """A view whose rows are questions: beside them what was asked, and what the models wrote.

    A part of a screen, as a subclass of `ViewScreen`: table and pane share the screen's keys, its
    focus and its room. What the rows are, and how their texts are read, is left to subclasses.
    """

    class Read(Message, bubble=False):
        """The texts of a question were read."""

        def __init__(self, question: Question, place: _Place, attempts: int) -> None:
            self.question = question
            self.place = place
            self.attempts = attempts
            super().__init__()

    _attempt = 0
    _keeps_place = False
    _asked_for: _Place | None = None
    _put_up_last: _Place | None = None

    @abstractmethod
    def answers_of(self, row: int) -> Answers | None:
        """The answers to the question of a row; None: the row is of none."""

    @abstractmethod
    def run_letters(self) -> Sequence[str]:
        """Letters of the runs whose answers are shown; names of their columns begin with them."""

    @abstractmethod
    def copy_chosen(self, chosen: Copyable) -> None:
        """Copy a text, and say what it was and how it went."""

    def compose_body(self) -> ComposeResult:
        """Questions and answers; above those what they answer, where nothing else says it."""
        yield _QuestionTable(id="table", fixed_columns=1)
        yield Static(id="question", markup=False)
        yield _Pane(id="pane")

    def on_resize(self) -> None:
        """Share the room anew."""
        self.share_room()

    def share_room(self) -> None:
        """Put the answers beside the questions where both are seen whole, else below them."""
        width, height = self.size
        wanted = max(width // 3, self.least_table_width())
        is_beside = width >= _WIDE and width - wanted >= _ANSWERS
        self.set_class(is_beside, "-beside")
        self.set_class(height in _LOW and not is_beside, "-low")
        self.table.styles.width = wanted if is_beside else None

    def least_table_width(self) -> int:
        """Columns of the terminal that the questions need."""
        return 0

    @property
    def pane(self) -> AnswerPane:
        """The answers."""
        return self.query_one(AnswerPane)

    @property
    def is_reading(self) -> bool:
        """Whether the answers have the whole screen."""
        return self.has_class("-reading")

    def focus_view(self) -> None:
        """Focus the answers where they have the whole screen."""
        self.set_focus(self.pane if self.is_reading else self.table)

    # what is read

    def put_table(self, shown: Shown) -> None:
        """Show the questions, and the answers to the one at the cursor."""
        with self.table.prevent(FrameTable.CellHighlighted):
            super().put_table(shown)
        self._read_answers()

    @on(FrameTable.CellHighlighted)
    def _show_question(self, event: FrameTable.CellHighlighted) -> None:
        self._show_run(event.column_key.partition(".")[0])
        self._read_answers()
        if self.is_reading:
            self.show_crumbs()

    def _show_run(self, letter: str) -> None:
        """Bring the answers of a run into view."""
        letters = self.run_letters()
        if letter in letters and letters.index(letter) not in self.pane.shown_runs:
            self.pane.first_run = letters.index(letter)

    def title_of(self, row: int) -> Sequence[str]:
        """What names the question of a row, in parts."""
        return [f"{row + 1:,} of {self.table.row_count:,}"]

    def _read_answers(self) -> None:
        answers = self.answers_of(self.table.cursor_row)
        title = [] if answers is None else self.title_of(self.table.cursor_row)
        words = Text(safe_text(" · ".join(title)), "bold", no_wrap=True, overflow="ellipsis")
        self.query_one("#question", Static).update(words)
        if answers is None:
            self._asked_for = None
            self.pane.show(None)
            return
        if self._asked_for is None or self._asked_for.key != answers.key:
            self._attempt = 0
        self._asked_for = _Place(answers.key, self._attempt)
        self._read(answers, self._asked_for)

    @work(thread=True, exclusive=True, group="texts", description="texts")
    def _read(self, answers: Answers, place: _Place) -> None:
        question, attempts = answers.read(place.attempt)
        if not get_current_worker().is_cancelled:
            self.post_message(self.Read(question, place, attempts))

    @on(Read)
    def _show_answers(self, event: Read) -> None:
        if event.place != self._asked_for:
            return
        self._attempt = min(self._attempt, max(event.attempts - 1, 0))
        is_same = event.place == self._put_up_last
        self.pane.show(event.question, keep_scroll=is_same, keep_place=self._keeps_place)
        self._keeps_place = False
        self._put_up_last = event.place

    # keys

    def action_next_attempt(self) -> None:
        """Show the next try at the question."""
        self._attempt += 1
        self._read_answers()

    def action_previous_attempt(self) -> None:
        """Show the previous attempt."""
        self._attempt = max(self._attempt - 1, 0)
        self._read_answers()

    def action_next_question(self) -> None:
        """Go to the next question, at the same place of its answers."""
        self._keeps_place = True
        self.table.move_cursor(row=self.table.cursor_row + 1)

    def action_previous_question(self) -> None:
        """Go to the previous question, at the same place of its answers."""
        self._keeps_place = True
        self.table.move_cursor(row=self.table.cursor_row - 1)

    @on(FrameTable.RowSelected)
    def action_select_cursor(self) -> None:
        """Give the answers the whole screen, or half of it again."""
        self.toggle_class("-reading")
        self.focus_view()
        self.show_crumbs()

    def action_other_pane(self) -> None:
        """Go from the questions to the answers and back, where both are on the screen."""
        if not self.is_reading:
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

    def action_unfold(self) -> None:
        """Show everything that is folded; where nothing is, fold it again."""
        pane = self.pane
        folds = not (pane.folds_prompt or pane.folds_reasoning or pane.folds_rest)
        pane.folds_prompt = pane.folds_reasoning = pane.folds_rest = folds

    async def action_copy_answer(self) -> None:
        """Ask which text of the question is copied."""
        question = self.pane.question
        texts = [] if question is None else copyable(question, self.pane.first_run)
        if not texts:
            self.notify("There is no text to copy here.", markup=False)
            return

        def answer(chosen: Copyable | None) -> None:
            if chosen is not None:
                self.copy_chosen(chosen)

        await self.app.push_screen(CopyWhichScreen(texts), answer)

    def run_in_view(self) -> str | None:
        """The letter of the run that stands at the left of the answers, while they are read."""
        letters, shown = self.run_letters(), self.pane.shown_runs
        is_read = self.is_reading or self.focused is self.pane
        return letters[shown.start] if is_read and shown and shown.start < len(letters) else None

    def action_words(self) -> None:
        """Mark the words in which answers differ, or no longer."""
        self.pane.shows_difference = not self.pane.shows_difference

    async def close_top(self) -> bool:
        """Close what is open; else give the questions their place again."""
        if await super().close_top():
            return True
        if self.is_reading:
            self.action_select_cursor()
            return True
        return False

    def arrive(self, place: Place) -> None:
        """Give the answers as much room as they had."""
        super().arrive(place)
        self.set_class(place.question is not None, "-reading")
        self.focus_view()
