"""Charts beside the table, or below it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.containers import Vertical

from tui_eval.render.bars import Bars
from tui_eval.tui.screens.view_screen import Shown, ViewScreen
from tui_eval.tui.widgets.bar_chart import BarChart
from tui_eval.tui.widgets.frame_table import FrameTable


class ShowsCharts(ViewScreen):
    """A view whose table has charts: as many of them as there is room for follow its cursor.

    A part of a screen, as a subclass of `ViewScreen`: where charts go depends on the size of the
    screen, and which of them are shown on its cursor.
    """

    MOST_PANELS: ClassVar[int | None] = None  # None: as many as there is room for

    first_panel = 0
    panel_count = 0

    def compose_body(self) -> ComposeResult:
        """The table and its charts."""
        yield from super().compose_body()
        yield Vertical(id="charts")

    def on_resize(self) -> None:
        """Give the charts their place, or take it away."""
        self.place_charts()

    def put_up(self, shown: Shown) -> None:
        """Show a report and its charts."""
        super().put_up(shown)
        self.place_charts()

    @property
    def has_chart_room(self) -> bool:
        """Whether charts are shown where nobody asked for them."""
        return not self.is_narrow and self.size.height >= 16

    def place_charts(self) -> None:
        """Put the charts beside the table, or below it on a narrow screen, if they are wanted."""
        shown = self.shown
        height = self.size.height
        wanted = self.session.wants_chart
        if wanted is None:
            wanted = self.has_chart_room
        panels = shown.panels if shown is not None and wanted else ()
        charts = self.query_one("#charts", Vertical)
        charts.display = bool(panels)
        if panels:
            self._draw(charts, panels, height)

    def _draw(self, charts: Vertical, panels: Sequence[Bars], height: int) -> None:
        room = (height - 8) // 2 if self.is_narrow else height - 6
        self.panel_count = min(len(panels), self.MOST_PANELS or max(1, room // 10))
        self.first_panel = max(0, min(self.first_panel, len(panels) - self.panel_count))
        panels = panels[self.first_panel : self.first_panel + self.panel_count]
        for _ in range(len(charts.query(BarChart)), len(panels)):
            charts.mount(BarChart())
        for number, chart in enumerate(charts.query(BarChart)):
            chart.display = number < len(panels)
            if chart.display:
                chart.show(panels[number])
        self.call_after_refresh(self.chart_follows, self.table.cursor_row)

    def chart_follows(self, row: int) -> None:
        """Bring the row at the cursor into the charts."""
        for chart in self.query(BarChart):
            chart.scroll_to_group(row)

    @on(FrameTable.CellHighlighted)
    def _follow_cursor(self, event: FrameTable.CellHighlighted) -> None:
        self.chart_follows(event.row)

    def action_toggle_chart(self) -> None:
        """Show or hide the chart."""
        self.session.wants_chart = not self.query_one("#charts").display
        self.place_charts()
        if self.session.wants_chart and not (self.shown and self.shown.panels):
            self.notify("There is no chart of this table.", markup=False)
