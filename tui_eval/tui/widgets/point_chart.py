"""A chart of points with intervals, drawn in a thread."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, ClassVar

from rich.cells import cell_len
from rich.segment import Segment
from rich.style import Style
from textual.strip import Strip

from tui_eval.render.safe import fit
from tui_eval.tui.widgets.drawn_chart import DrawnChart
from tui_eval.tui.widgets.point_drawing import draw
from tui_eval.tui.widgets.point_layout import PointPlan

if TYPE_CHECKING:
    from collections.abc import Callable

    from tui_eval.render.points import Points


class PointChart(DrawnChart, can_focus=False):
    """The points of a [Points][tui_eval.render.points.Points], on two axes.

    ``highlight`` says above the canvas what is known of one point, and shows where it is.
    """

    min_height: ClassVar[int] = 6
    COMPONENT_CLASSES: ClassVar[set[str]] = {"point-chart--cursor"}
    """
    | Class | Description |
    | :- | :- |
    | `point-chart--cursor` | The point that is looked at, and what is said of it. |
    """

    DEFAULT_CSS = """
    PointChart > .point-chart--cursor { color: $foreground; text-style: bold; }
    """

    def __init__(
        self,
        *,
        name: str | None = None,
        id: str | None = None,  # noqa: A002  Textual's own name
        classes: str | None = None,
    ) -> None:
        super().__init__(name=name, id=id, classes=classes)
        self._points: Points | None = None
        self._plan: PointPlan | None = None
        self._cursor: tuple[int, int] | None = None

    def show(self, points: Points | None) -> None:
        """Draw other points; None: nothing. No point of them is looked at yet."""
        self._points = points
        self._cursor = None
        self._redraw()

    def highlight(self, series: int, index: int) -> None:
        """Look at a point: the ``index``-th of a series, both from 0."""
        self._cursor = (series, index)
        self.refresh()

    def _plan_or_hint(self) -> str | None:
        """Lay the points out; a hint where there are none."""
        self._plan = None
        if self._points is None:
            return ""
        if not self._has_room:
            return "too small for a chart"
        plan = PointPlan(self._points, *self.size)
        if not any(plan.spots):
            return "nothing to draw"
        self._plan = plan
        return None

    def _drawing(self) -> Callable[[], list[Strip]]:
        """The points as they were laid out."""
        assert self._plan is not None  # noqa: S101  # there is a hint instead
        return partial(draw, self._plan, self._look(), self.app.console)

    def render_line(self, y: int) -> Strip:
        """A line of the last drawing, with the point that is looked at."""
        strip = super().render_line(y)
        plan = self._plan
        if plan is None or self._cursor is None or not self._strips:
            return strip
        if y != plan.head - 1:
            return self._with_cursor(strip, plan, y)
        return self._caption(plan) if plan.head == 1 else self._label(plan)

    def _label(self, plan: PointPlan) -> Strip:
        """What is known of the point, on a line of its own."""
        cursor = self.get_component_rich_style("point-chart--cursor")
        return Strip([Segment(fit(self._said(plan), plan.width), cursor)], plan.width)

    def _caption(self, plan: PointPlan) -> Strip:
        """What the line at the top says, and after it what is known of the point."""
        said = self._said(plan)
        whole = super().render_line(0)
        if not said:
            return whole
        width = plan.width
        text = fit(said, min(width, cell_len(said)))
        room = max(0, width - cell_len(text) - 2)
        cursor = self.get_component_rich_style("point-chart--cursor")
        rest = whole.crop(0, room)
        return Strip([Segment(text + "  ", cursor), *rest]).adjust_cell_length(width)

    def _said(self, plan: PointPlan) -> str:
        """The label of the point that is looked at; empty where it has none."""
        series, index = self._cursor or (0, 0)
        if series >= len(plan.points.series) or index >= len(plan.points.series[series].labels):
            return ""
        return plan.points.series[series].labels[index]

    def _with_cursor(self, strip: Strip, plan: PointPlan, y: int) -> Strip:
        """The line with the point in reverse, where it is on it."""
        series, index = self._cursor or (0, 0)
        spot = plan.spots[series].get(index) if series < len(plan.spots) else None
        if spot is None or y != plan.head + plan.legend + plan.rows - spot.row:
            return strip
        start = plan.left + 1 + spot.cell
        left, _, right = strip.divide([start, start + 1, plan.width])
        style = self._look().series_style(series, colored=True) + Style(reverse=True)
        mark = Segment(plan.points.series[series].mark, style)
        return Strip([*left, mark, *right], plan.width)
