"""A chart of grouped horizontal bars, drawn in a thread."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from tui_eval.render.bars import Bars
from tui_eval.tui.widgets.bar_drawing import draw
from tui_eval.tui.widgets.bar_layout import Window, plan
from tui_eval.tui.widgets.drawn_chart import DrawnChart

if TYPE_CHECKING:
    from collections.abc import Callable

    from textual.events import MouseEvent, MouseScrollDown, MouseScrollUp
    from textual.strip import Strip


class BarChart(DrawnChart, can_focus=False):
    """Grouped horizontal bars of a [Bars][tui_eval.render.Bars], one row a bar; or a forest plot.

    Draws the groups that fit; ``scroll_to_group`` moves the window.
    """

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

    def _plan(self, bars: Bars) -> Window:
        """The window at the present size."""
        return plan(bars, *self.size, self._first, self._target)

    def _plan_or_hint(self) -> str | None:
        """Choose the window; a hint where there is none."""
        self._window = None
        if self._bars is None:
            return ""
        if not self._has_room:
            return "too small for a chart"
        if not self._bars.groups or not self._bars.series:
            return "nothing to draw"
        self._window = self._plan(self._bars)
        self._first = self._window.first
        return None

    def _drawing(self) -> Callable[[], list[Strip]]:
        """The bars of the window."""
        bars, window = self._bars, self._window
        assert bars is not None and window is not None  # noqa: S101, PT018  # else there is a hint
        return partial(draw, bars, window, self._look(), self.size.width, self.app.console)
