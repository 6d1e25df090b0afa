"""The answers to one question: prompt, target and responses, composed in a thread."""

from __future__ import annotations

from dataclasses import replace
from threading import Lock
from typing import TYPE_CHECKING, ClassVar

from rich.segment import Segment
from textual import on, work
from textual.geometry import Size
from textual.message import Message
from textual.reactive import reactive
from textual.scroll_view import ScrollView
from textual.strip import Strip
from textual.worker import Worker, WorkerState, get_current_worker

from tui_eval.render.answers.hits import Find, mark_hits
from tui_eval.render.answers.layout import Question, Shape, column_count, compose
from tui_eval.render.answers.wrapping import wrap
from tui_eval.tui.commands import MOVEMENT, bindings
from tui_eval.tui.widgets.late_keys import RemembersKeys

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rich.style import Style
    from textual.binding import BindingType

    from tui_eval.render.answers.wrapping import Line

_composing = Lock()
"""Held while a thread composes: one that is no longer wanted then never begins."""


class AnswerPane(RemembersKeys, ScrollView, can_focus=True):
    """The prompt of a question, its target and what runs answered, side by side where they fit.

    Shows a `render.answers.layout.Question`. The lines are made in a thread, and the ones before
    stay until they are there.
    """

    ALLOW_SELECT = False

    BINDINGS: ClassVar[list[BindingType]] = bindings(MOVEMENT)
    """
    | Key(s) | Description |
    | :- | :- |
    | up,k | Scroll up a line. |
    | down,j | Scroll down a line. |
    | left,h | Begin with the run before. |
    | right,l | Begin with the next run. |
    | g,home | Go to the first line. |
    | G,end | Go to the last line. |
    | ctrl+d | Scroll down half a screen. |
    | ctrl+u | Scroll up half a screen. |
    | ctrl+f,pagedown | Scroll down a screen. |
    | ctrl+b,pageup | Scroll up a screen. |
    """

    COMPONENT_CLASSES: ClassVar[set[str]] = {
        "answer-pane--heading",
        "answer-pane--role",
        "answer-pane--dim",
        "answer-pane--mark",
        "answer-pane--insert",
        "answer-pane--delete",
        "answer-pane--code",
        "answer-pane--target",
        "answer-pane--warn",
        "answer-pane--hit",
    }
    """
    | Class | Description |
    | :- | :- |
    | `answer-pane--heading` | Target the run above its response. |
    | `answer-pane--role` | Target who speaks, and the names of texts. |
    | `answer-pane--dim` | Target what is said about the texts, and rules. |
    | `answer-pane--mark` | Target the extracted answer, and the chosen option. |
    | `answer-pane--insert` | Target words that the first response has not. |
    | `answer-pane--delete` | Target words of the first response that no other has. |
    | `answer-pane--code` | Target fenced code and JSON. |
    | `answer-pane--target` | Target the reference. |
    | `answer-pane--warn` | Target what needs care. |
    | `answer-pane--hit` | Target what a search found. |
    """

    DEFAULT_CSS = """
    AnswerPane {
        height: 1fr;
        background: $surface;
        color: $foreground;
        overflow-x: hidden;
        overflow-y: auto;
        scrollbar-size-vertical: 1;
        scrollbar-gutter: stable;

        & > .answer-pane--heading { background: $foreground 12%; text-style: bold; }
        & > .answer-pane--role { color: $text-primary; text-style: bold; }
        & > .answer-pane--dim { color: $text-muted; }
        & > .answer-pane--mark { color: $text-accent; text-style: bold reverse; }
        & > .answer-pane--insert { color: $text-success; text-style: underline; }
        & > .answer-pane--delete { color: $text-error; text-style: underline; }
        & > .answer-pane--code { color: $text-secondary; }
        & > .answer-pane--target { color: $text-success; text-style: bold; }
        & > .answer-pane--warn { color: $text-warning; text-style: bold; }
        & > .answer-pane--hit {
            background: $warning-muted;
            color: $text-warning;
            text-style: bold underline;
        }

        &:focus > .answer-pane--heading { background: $primary 25%; }

        &:ansi {
            & > .answer-pane--heading { background: ansi_default; text-style: bold underline; }
            & > .answer-pane--dim { color: ansi_default; text-style: dim; }
            & > .answer-pane--hit {
                background: ansi_default;
                color: ansi_default;
                text-style: bold reverse underline;
            }
        }
        &:ansi:focus > .answer-pane--heading {
            background: ansi_default;
            text-style: bold reverse;
        }
    }
    """

    first_run: reactive[int] = reactive(0, repaint=False)
    """Response at the left, counted from 0; the ones before it are not shown."""

    folds_prompt: reactive[bool] = reactive(True, repaint=False)
    """Of a prompt that does not fit only the first and the last lines are shown."""

    folds_reasoning: reactive[bool] = reactive(True, repaint=False)
    """Of the reasoning only its length is shown."""

    folds_rest: reactive[bool] = reactive(True, repaint=False)
    """Of long steps and of what was extracted only the first lines are shown."""

    shows_difference: reactive[bool] = reactive(False, repaint=False)
    """The words are marked in which the responses differ from the first one shown."""

    class Composed(Message, bubble=False):
        """A thread has made the lines."""

        def __init__(self, lines: list[Line], hits: Sequence[int], width: int, order: int) -> None:
            self.lines = lines
            self.hits = hits
            self.width = width
            self.order = order
            super().__init__()

    def __init__(
        self,
        *,
        name: str | None = None,
        id: str | None = None,  # noqa: A002
        classes: str | None = None,
        disabled: bool = False,
    ) -> None:
        """Initialise a pane that shows nothing yet.

        Args:
            name: The name of the widget.
            id: The ID of the widget in the DOM.
            classes: The CSS classes of the widget.
            disabled: Whether the widget is disabled.
        """
        super().__init__(name=name, id=id, classes=classes, disabled=disabled)
        self._question: Question | None = None
        self._lines: list[Line] = []
        self._width = 0
        self._room = Size()
        self._order = 0
        self._goes_to_top = False
        self._keeps_place = False
        self._find: Find | None = None
        self._hits: Sequence[int] = ()
        self._strips: dict[int, Strip] = {}
        self._styles: dict[str, Style] = {}

    # What is shown

    def show(
        self,
        question: Question | None,
        *,
        keep_scroll: bool = False,
        keep_place: bool = False,
    ) -> None:
        """Show another question, or the same one when more of it is read.

        Args:
            question: What to show; None: nothing.
            keep_scroll: Stay at the line at which one reads.
            keep_place: Stay at the answers where those are read, else begin at the top.
        """
        self._question = question
        self._goes_to_top |= not keep_scroll
        self._keeps_place = keep_place
        self.set_reactive(AnswerPane.first_run, self.validate_first_run(self.first_run))
        self._recompose()

    def seek(self, find: Find | None) -> None:
        """Mark what is found in the texts, and go to the first hit; None: mark nothing."""
        self._find = find
        self._goes_to_top |= find is not None
        self._recompose()

    def go_to_hit(self, step: int) -> bool:
        """Go to the next hit that is out of sight (-1: the one before); whether there is one."""
        top, height = self.scroll_offset.y, self.size.height
        below = [line for line in self._hits if line >= top + height]
        above = [line for line in self._hits if line < top]
        found = below[:1] if step > 0 else above[-1:]
        for line in found:
            self.scroll_to(y=line - height // 3, animate=False, force=True)
        return bool(found)

    @property
    def question(self) -> Question | None:
        """What is shown, None before anything was."""
        return self._question

    @property
    def shown_runs(self) -> range:
        """Numbers of the responses that stand side by side at the top."""
        count = self._run_count - self.first_run
        width = self.scrollable_content_region.width
        return range(self.first_run, self.first_run + min(count, column_count(width, count)))

    @property
    def _run_count(self) -> int:
        return len(self._question.responses) if self._question else 0

    def validate_first_run(self, run: int) -> int:
        """Begin with a run that there is."""
        return max(0, min(run, self._run_count - 1))

    def watch_first_run(self) -> None:
        """Show other runs, from their beginning."""
        self._goes_to_top = True
        self._recompose()

    def watch_folds_prompt(self) -> None:
        """Show more or less of the prompt."""
        self._recompose()

    def watch_folds_reasoning(self) -> None:
        """Show the reasoning or its length."""
        self._recompose()

    def watch_folds_rest(self) -> None:
        """Show more or less of what is long."""
        self._recompose()

    def watch_shows_difference(self) -> None:
        """Mark the words that differ, or none."""
        self._recompose()

    # Composing

    def _recompose(self) -> None:
        """Have the lines made anew."""
        self._order += 1
        width = self.scrollable_content_region.width
        if self._question is None:
            self._put_up([], width)
        elif width > 0:
            shape = Shape(
                width,
                self.first_run,
                self.folds_prompt,
                self.folds_reasoning,
                self.shows_difference,
                self.folds_rest,
                self.scrollable_content_region.height,
            )
            self._make_lines(self._question, shape, self._find, self._order)

    # Without a description Textual writes all texts out to make one, on the event loop.
    @work(thread=True, exclusive=True, group="answers", description="compose", exit_on_error=False)
    def _make_lines(self, question: Question, shape: Shape, find: Find | None, order: int) -> None:
        """Make the lines in a thread."""
        worker = get_current_worker()
        with _composing:
            if worker.is_cancelled:
                return
            lines, hits = _composed(question, shape, find)
        if not worker.is_cancelled:
            self.post_message(self.Composed(lines, hits, shape.width, order))

    @on(Composed)
    def _take_lines(self, event: Composed) -> None:
        """Show lines that are made, unless something newer was asked for."""
        event.stop()
        if event.order == self._order:
            self._put_up(event.lines, event.width, event.hits)

    def _put_up(self, lines: list[Line], width: int, hits: Sequence[int] = ()) -> None:
        """Show lines, at the top, at a hit, or at about the part that was read."""
        y = self.scroll_offset.y
        if self._goes_to_top:
            y = self._start(lines, hits)
        elif width != self._width:
            y = y * len(lines) // max(1, len(self._lines))
        self._goes_to_top = self._keeps_place = False
        self._lines, self._width, self._hits = lines, width, hits
        self._strips.clear()
        self.virtual_size = Size(width, len(lines))
        self.scroll_to(y=y, animate=False, force=True)
        self.refresh()

    def _start(self, lines: Sequence[Line], hits: Sequence[int]) -> int:
        """The first line of a question that is seen: its hit's, its answers' or its prompt's."""
        height = self.size.height
        if hits:
            return 0 if hits[0] < height else hits[0] - height // 3
        below = self.scroll_offset.y - _answers_at(self._lines)
        return _answers_at(lines) + below if self._keeps_place and below >= 0 else 0

    def on_worker_state_changed(self, event: Worker.StateChanged) -> None:
        """Say so where the lines could not be made: the table beside it is still of use."""
        if event.worker.group == "answers" and event.state is WorkerState.ERROR:
            width = self.scrollable_content_region.width
            self._put_up(wrap("the answers could not be drawn", max(4, width), style="warn"), width)

    # Actions

    def action_cursor_up(self) -> None:
        """Scroll up a line."""
        self._scroll_lines(-1)

    def action_cursor_down(self) -> None:
        """Scroll down a line."""
        self._scroll_lines(1)

    def action_cursor_left(self) -> None:
        """Begin with the run before."""
        self.first_run -= 1

    def action_cursor_right(self) -> None:
        """Begin with the next run."""
        self.first_run += 1

    def action_cursor_top(self) -> None:
        """Go to the first line."""
        self.scroll_to(y=0, animate=False, force=True)

    def action_cursor_bottom(self) -> None:
        """Go to the last line."""
        self.scroll_to(y=len(self._lines), animate=False, force=True)

    def action_half_page_down(self) -> None:
        """Scroll down half a screen."""
        self._scroll_lines(max(1, self.size.height // 2))

    def action_half_page_up(self) -> None:
        """Scroll up half a screen."""
        self._scroll_lines(-max(1, self.size.height // 2))

    def action_page_down(self) -> None:
        """Scroll down a screen."""
        self._scroll_lines(max(1, self.size.height))

    def action_page_up(self) -> None:
        """Scroll up a screen."""
        self._scroll_lines(-max(1, self.size.height))

    def _scroll_lines(self, step: int) -> None:
        """Move the view by a number of lines."""
        self.scroll_to(y=self.scroll_offset.y + step, animate=False, force=True)

    # Drawing

    def on_resize(self) -> None:
        """Wrap the texts anew where there is another room for them."""
        if self.scrollable_content_region.size != self._room:
            self._room = self.scrollable_content_region.size
            self._recompose()

    def notify_style_update(self) -> None:
        """Forget what was drawn in the old styles."""
        super().notify_style_update()
        self._styles.clear()
        self._strips.clear()
        self.refresh()

    def render_line(self, y: int) -> Strip:
        """Draw a line of what is seen.

        Args:
            y: Line, counted from the top of what is seen.
        """
        number = y + self.scroll_offset.y
        width = self.scrollable_content_region.width
        if number >= len(self._lines):
            return Strip.blank(width, self._style(""))
        strip = self._strips.get(number)
        if strip is None:
            segments = [Segment(text, self._style(style)) for text, style in self._lines[number]]
            strip = self._strips[number] = Strip(segments)
        return strip.adjust_cell_length(width, self._style(""))

    def _style(self, name: str) -> Style:
        """How pieces of lines look; the pane itself for ""."""
        style = self._styles.get(name)
        if style is None:
            style = self.rich_style
            if name:
                style = self.get_component_rich_style(f"answer-pane--{name}")
            self._styles[name] = style
        return style


def _answers_at(lines: Sequence[Line]) -> int:
    """The line with which the answers begin."""
    heads = (n for n, line in enumerate(lines) if any(piece.style == "heading" for piece in line))
    return next(heads, len(lines))


def _composed(
    question: Question, shape: Shape, find: Find | None
) -> tuple[list[Line], Sequence[int]]:
    """The lines, and those with hits; what is folded is shown where there are hits only in it."""
    lines = compose(question, shape)
    if find is None:
        return lines, ()
    marked = mark_hits(lines, find)
    if marked[1]:
        return marked
    unfolded = replace(shape, folds_prompt=False, folds_reasoning=False)
    found = mark_hits(compose(question, unfolded), find)
    return found if found[1] else marked
