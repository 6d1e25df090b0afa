"""Draws a chart of points: plotext the points, lines and whiskers, this module what is around them.

The canvas is addressed in cells, as that of bars is; texts never pass through plotext.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.cells import cell_len
from rich.segment import Segment
from textual.strip import Strip

from tui_eval.render.safe import fit
from tui_eval.tui.widgets.bar_drawing import Look, blank_figure, canvas_lines
from tui_eval.tui.widgets.bar_layout import fit_middle

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from rich.console import Console

    from tui_eval.tui.widgets.point_layout import PointPlan, Tick

LINE, WHISKER = "braille", "│"


def draw_points(plan: PointPlan, look: Look) -> str:
    """Let plotext draw whiskers, then lines, then points.

    Returns:
        The canvas with ANSI colours, ``plan.rows`` lines of ``plan.cells`` cells.
    """
    figure = blank_figure(plan.cells, plan.rows)
    colors = [look.series_color(series) for series in range(len(plan.spots))]
    for spots, color in zip(plan.spots, colors, strict=True):
        whiskers = [
            (spot.cell, row) for spot in spots.values() for row in _rows(spot.low, spot.high)
        ]
        if whiskers:
            figure.scatter(*map(list, zip(*whiskers, strict=True)), marker=WHISKER, color=color)
    for spots, color in zip(plan.spots, colors, strict=True):
        if plan.points.is_joined and len(spots) > 1:
            line = [(spot.cell, spot.row) for spot in spots.values()]
            figure.plot(*map(list, zip(*line, strict=True)), marker=LINE, color=color)
    for series, spots, color in zip(plan.points.series, plan.spots, colors, strict=True):
        if spots:
            cells, rows = [one.cell for one in spots.values()], [one.row for one in spots.values()]
            figure.scatter(cells, rows, marker=series.mark, color=color)
    return str(figure.build())


def _rows(low: int, high: int) -> range:
    """The rows of a whisker; none where it is no longer than its point."""
    return range(low, high + 1) if high > low else range(0)


def draw(plan: PointPlan, look: Look, console: Console) -> list[Strip]:
    """Draw the chart: caption, legend, canvas with its numbers, axis; strips of the whole width."""
    canvas = canvas_lines(draw_points(plan, look), plan.rows, look.faint, console)
    strips = [_caption(plan, look), *[Strip.blank(plan.width, look.text)] * (plan.head - 1)]
    strips += _legend(plan, look)
    ticks = {1 + round(tick.part * (plan.rows - 1)): tick.text for tick in plan.y_ticks}
    for line, cells in enumerate(canvas):
        text = ticks.get(plan.rows - line, "")
        edge = "┤" if text else "│"
        start = Segment(" " * (plan.left - cell_len(text)) + text + " " + edge, look.faint)
        strips.append(Strip([start, *cells]).adjust_cell_length(plan.width, look.text))
    strips += _axis(plan, look)
    return strips


def _caption(plan: PointPlan, look: Look) -> Strip:
    """What the axes are, and the only series where there is but one and it has room."""
    points = plan.points
    up, right = (
        f"{title}{' (log)' * (axis.least > 0)}"
        for title, axis in ((points.y_title, plan.y_axis), (points.x_title, plan.x_axis))
    )
    names = [series.label for series in points.series] if len(points.series) == 1 else []
    axes = f"up: {up} · right: {right}"
    whole = " · ".join([*filter(None, names), axes])
    text = whole if cell_len(whole) <= plan.width else axes
    return Strip([Segment(fit(text, plan.width), look.faint)], plan.width)


def _legend(plan: PointPlan, look: Look) -> Iterator[Strip]:
    """Mark and label of each series; how many more where there is no room."""
    if not plan.legend:
        return
    series = plan.points.series
    widest = max(cell_len(one.label) for one in series) + 4
    columns = max(1, -(-len(series) // plan.legend))
    width = min(widest, plan.width // columns)
    if width < min(widest, 16):
        width = min(widest, 16, plan.width)
        columns = max(1, plan.width // width)
    slots = columns * plan.legend
    shown = len(series) if len(series) <= slots else slots - 1
    for line in range(plan.legend):
        segments: list[Segment] = []
        for slot in range(line * columns, min((line + 1) * columns, len(series))):
            if slot < shown:
                segments += _entry(plan, slot, look, width)
            elif slot == shown:
                segments.append(Segment(fit(f"+{len(series) - shown} more", width), look.faint))
        yield Strip(segments).adjust_cell_length(plan.width, look.text)


def _entry(plan: PointPlan, series: int, look: Look, width: int) -> list[Segment]:
    """One entry of the legend, ``width`` cells."""
    one = plan.points.series[series]
    label = fit_middle(one.label, width - 4)
    style = look.series_style(series, colored=True)
    return [Segment(f"{one.mark} ", style), Segment(fit(label, width - 2), look.text)]


def _axis(plan: PointPlan, look: Look) -> Iterator[Strip]:
    """The axis to the right and its numbers below."""
    ticks = [(round(tick.part * (plan.cells - 1)), tick) for tick in plan.x_ticks]
    marks = {cell for cell, _ in ticks}
    line = "".join("┬" if cell in marks else "─" for cell in range(plan.cells))
    yield _faint(" " * (plan.left + 1) + "└" + line, plan, look)
    yield _faint(_numbers(ticks, plan), plan, look)


def _numbers(ticks: Sequence[tuple[int, Tick]], plan: PointPlan) -> str:
    """The numbers below their ticks; one that would touch the number before it is left out."""
    text = ""
    for cell, tick in ticks:
        start = plan.left + 2 + cell - len(tick.text) // 2
        start = min(start, plan.width - len(tick.text))
        if not text or start > len(text):
            text = text.ljust(start) + tick.text
    return text


def _faint(text: str, plan: PointPlan, look: Look) -> Strip:
    return Strip([Segment(fit(text, plan.width), look.faint)], plan.width)
