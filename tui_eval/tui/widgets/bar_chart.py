"""A chart of grouped horizontal bars, drawn in a thread."""

from __future__ import annotations

from threading import Lock
from typing import TYPE_CHECKING, ClassVar

from rich.segment import Segment
from textual import on, work
from textual.message import Message
from textual.strip import Strip
from textual.widget import Widget
from textual.worker import Worker, WorkerState, get_current_worker

from tui_eval.render.bars import Bars
from tui_eval.render.safe import fit
from tui_eval.tui.widgets.bar_drawing import (
    GAIN_LOSS_ON_DARK,
    GAIN_LOSS_ON_LIGHT,
    ON_DARK,
    ON_LIGHT,
    SIXTEEN_ON_DARK,
    SIXTEEN_ON_LIGHT,
    Look,
    draw,
)
from tui_eval.tui.widgets.bar_layout import Window, plan

if TYPE_CHECKING:
    from textual.events import MouseEvent, MouseScrollDown, MouseScrollUp, Resize
    from textual.theme import Theme
    from textual.timer import Timer

MIN_WIDTH, MIN_HEIGHT = 24, 4
DEBOUNCE = 0.06

_plotext = Lock()
"""Held while plotext is imported or draws: its modules keep global state."""


class BarChart(Widget, can_focus=False):
    """Grouped horizontal bars of a [Bars][tui_eval.render.Bars], one row a bar; or a forest plot.

    Draws the groups that fit; ``scroll_to_group`` moves the window. The drawing is made in a
    thread a moment after the last change, and the one before it stays until it is there.
    """

    ALLOW_SELECT = False
    COMPONENT_CLASSES: ClassVar[set[str]] = {"bar-chart--text", "bar-chart--faint"}
    """
    | Class | Description |
    | :- | :- |
    | `bar-chart--text` | Labels, values and legend. |
    | `bar-chart--faint` | The axis, the zero line and the note on what is visible. |
    """

    DEFAULT_CSS = """
    BarChart {
        height: 1fr;
        & > .bar-chart--text { color: $foreground; }
        & > .bar-chart--faint { color: $text-muted; }
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
        self._bars: Bars | None = None
        self._first = 0
        self._target: int | None = None
        self._window: Window | None = None
        self._strips: list[Strip] = []
        self._order = 0
        self._pause: Timer | None = None

    def show(self, bars: Bars | None, *, first_group: int = 0) -> None:
        """Draw other bars.

        Args:
            bars: What to draw; None: nothing.
            first_group: Group that the window starts with.
        """
        self._bars = bars
        self._first = first_group
        self._target = None
        self._redraw()

    def scroll_to_group(self, index: int) -> None:
        """Move the window, as little as possible, so that a group is visible.

        Args:
            index: Which one; the whole, which is always visible, does not count.
        """
        if self._bars is None or not self._bars.groups:
            return
        self._target = max(0, min(index, len(self._bars.groups) - self._bars.has_whole - 1))
        if self._window is None or not self._has_room:  # hidden since it was drawn
            return
        if self._plan(self._bars) != self._window:
            self._redraw()

    def on_mouse_scroll_down(self, event: MouseScrollDown) -> None:
        """The wheel moves the window on."""
        self._wheel(event, 1)

    def on_mouse_scroll_up(self, event: MouseScrollUp) -> None:
        """The wheel moves the window back."""
        self._wheel(event, -1)

    def _wheel(self, event: MouseEvent, step: int) -> None:
        """Move the window by a group, and let nothing else scroll."""
        event.stop()
        event.prevent_default()
        if self._bars is not None and self._window is not None:
            self._first, self._target = self._window.first + step, None
            if self._plan(self._bars) != self._window:
                self._redraw()

    def render_line(self, y: int) -> Strip:
        """A line of the last drawing."""
        if y < len(self._strips):
            return self._strips[y]
        return Strip.blank(self.size.width, self.get_component_rich_style("bar-chart--text"))

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
        return self.size.width >= MIN_WIDTH and self.size.height >= MIN_HEIGHT

    def _plan(self, bars: Bars) -> Window:
        """The window at the present size."""
        return plan(bars, *self.size, self._first, self._target)

    def _look(self) -> Look:
        """The colours of the present theme."""
        dark = self.app.current_theme.dark
        has_few = not self.app.is_headless and self.app.console.color_system == "standard"
        palettes = (SIXTEEN_ON_DARK, SIXTEEN_ON_LIGHT) if has_few else (ON_DARK, ON_LIGHT)
        return Look(
            self.get_component_rich_style("bar-chart--text"),
            self.get_component_rich_style("bar-chart--faint"),
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
        if self._bars is None:
            self._say("")
        elif not self._has_room:
            self._say("too small for a chart")
        elif not self._bars.groups or not self._bars.series:
            self._say("nothing to draw")
        else:
            self._window = self._plan(self._bars)
            self._first = self._window.first
            self._pause = self.set_timer(DEBOUNCE, self._start)

    def _say(self, hint: str) -> None:
        """Show a line of text in place of a chart."""
        width = self.size.width
        style = self.get_component_rich_style("bar-chart--faint")
        self._window = None
        self._strips = [Strip([Segment(fit(hint, width), style)], width)] if hint else []
        self.refresh()

    def _start(self) -> None:
        """Begin the drawing that was asked for last."""
        if self._bars is not None and self._window is not None:
            self._build(self._bars, self._window, self._look(), self.size.width, self._order)

    # Without a description Textual writes all bars out to make one, on the event loop.
    @work(thread=True, exclusive=True, group="bar-chart", description="draw", exit_on_error=False)
    def _build(self, bars: Bars, window: Window, look: Look, width: int, order: int) -> None:
        """Make a drawing in a thread."""
        worker = get_current_worker()
        with _plotext:
            if worker.is_cancelled:
                return
            strips = draw(bars, window, look, width, self.app.console)
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
        if event.worker.group == "bar-chart" and event.state is WorkerState.ERROR:
            self._say("the chart could not be drawn")
