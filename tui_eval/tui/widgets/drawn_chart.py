"""What all charts are: drawn by plotext in a thread, a moment after the last change."""

from __future__ import annotations

from abc import abstractmethod
from threading import Lock
from typing import TYPE_CHECKING, ClassVar

from rich.segment import Segment
from textual import on, work
from textual.message import Message
from textual.strip import Strip
from textual.widget import Widget
from textual.worker import Worker, WorkerState, get_current_worker

from tui_eval.render.safe import fit
from tui_eval.tui.widgets.bar_drawing import (
    GAIN_LOSS_ON_DARK,
    GAIN_LOSS_ON_LIGHT,
    ON_DARK,
    ON_LIGHT,
    SIXTEEN_ON_DARK,
    SIXTEEN_ON_LIGHT,
    Look,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from textual.events import Resize
    from textual.theme import Theme
    from textual.timer import Timer

MIN_WIDTH = 24
DEBOUNCE = 0.06

_plotext = Lock()
"""Held while plotext is imported or draws: its modules keep global state."""


class DrawnChart(Widget, can_focus=False):
    """A chart whose drawing is made in a thread; the one before it stays until it is there."""

    ALLOW_SELECT = False
    min_height: ClassVar[int] = 4
    COMPONENT_CLASSES: ClassVar[set[str]] = {"drawn-chart--text", "drawn-chart--faint"}
    """
    | Class | Description |
    | :- | :- |
    | `drawn-chart--text` | Labels, values and legend. |
    | `drawn-chart--faint` | Axes, the zero line and the note on what is visible. |
    """

    DEFAULT_CSS = """
    DrawnChart {
        height: 1fr;
        & > .drawn-chart--text { color: $foreground; }
        & > .drawn-chart--faint { color: $text-muted; }
    }
    """

    class Drawn(Message, bubble=False):
        """A thread has finished a drawing."""

        def __init__(self, strips: list[Strip], order: int) -> None:
            self.strips = strips
            self.order = order
            super().__init__()

    def __init__(
        self,
        *,
        name: str | None = None,
        id: str | None = None,  # noqa: A002  Textual's own name
        classes: str | None = None,
    ) -> None:
        super().__init__(name=name, id=id, classes=classes)
        self._strips: list[Strip] = []
        self._order = 0
        self._pause: Timer | None = None

    @abstractmethod
    def _plan_or_hint(self) -> str | None:
        """Choose what is drawn at the present size; else what is said in place of a chart."""

    @abstractmethod
    def _drawing(self) -> Callable[[], list[Strip]]:
        """What makes the drawing that was chosen, in a thread."""

    def render_line(self, y: int) -> Strip:
        """A line of the last drawing."""
        if y < len(self._strips):
            return self._strips[y]
        return Strip.blank(self.size.width, self.get_component_rich_style("drawn-chart--text"))

    def on_mount(self) -> None:
        """Follow the theme."""
        self.app.theme_changed_signal.subscribe(self, self._follow_theme)

    def on_resize(self, event: Resize) -> None:
        """Draw at the new size."""
        self._redraw()

    def _follow_theme(self, theme: Theme) -> None:
        """Draw again in the colours of a new theme."""
        self._redraw()

    @property
    def _has_room(self) -> bool:
        """Whether a chart fits."""
        return self.size.width >= MIN_WIDTH and self.size.height >= self.min_height

    def _look(self) -> Look:
        """The colours of the present theme."""
        dark = self.app.current_theme.dark
        has_few = not self.app.is_headless and self.app.console.color_system == "standard"
        palettes = (SIXTEEN_ON_DARK, SIXTEEN_ON_LIGHT) if has_few else (ON_DARK, ON_LIGHT)
        return Look(
            self.get_component_rich_style("drawn-chart--text"),
            self.get_component_rich_style("drawn-chart--faint"),
            palettes[0 if dark else 1],
            *(GAIN_LOSS_ON_DARK if dark else GAIN_LOSS_ON_LIGHT),
        )

    def _redraw(self) -> None:
        """Draw soon: at once where there is no chart, else in a thread after a pause."""
        self._order += 1
        if self._pause is not None:
            self._pause.stop()
        width, height = self.size
        if not width or not height:
            return
        hint = self._plan_or_hint()
        if hint is not None:
            self._say(hint)
        else:
            self._pause = self.set_timer(DEBOUNCE, self._start)

    def _say(self, hint: str) -> None:
        """Show a line of text in place of a chart."""
        width = self.size.width
        style = self.get_component_rich_style("drawn-chart--faint")
        self._strips = [Strip([Segment(fit(hint, width), style)], width)] if hint else []
        self.refresh()

    def _start(self) -> None:
        """Begin the drawing that was asked for last."""
        self._build(self._drawing(), self._order)

    # Without a description Textual writes all arguments out to make one, on the event loop.
    @work(thread=True, exclusive=True, group="chart", description="draw", exit_on_error=False)
    def _build(self, drawing: Callable[[], list[Strip]], order: int) -> None:
        """Make a drawing in a thread."""
        worker = get_current_worker()
        with _plotext:
            if worker.is_cancelled:
                return
            strips = drawing()
        if not worker.is_cancelled:
            self.post_message(self.Drawn(strips, order))

    @on(Drawn)
    def _put_up(self, event: Drawn) -> None:
        """Show a finished drawing, unless something newer was asked for."""
        event.stop()
        if event.order == self._order:
            self._strips = event.strips
            self.refresh()

    def on_worker_state_changed(self, event: Worker.StateChanged) -> None:
        """Say so where a drawing failed: the numbers beside it are still of use."""
        if event.worker.group == "chart" and event.state is WorkerState.ERROR:
            self._say("the chart could not be drawn")
