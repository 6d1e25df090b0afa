"""Draws a chart of grouped horizontal bars: plotext the bars, this module everything around them.

One bar is one row of plotext's canvas, and the canvas is addressed in cells: plotext's own grouped
bars overlap at terminal sizes. Labels, values and legend never pass through plotext, so that they
are cut and padded to exact widths and no foreign text gets near an ANSI parser.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from rich.cells import cell_len
from rich.segment import Segment
from rich.style import Style
from rich.text import Text
from textual.strip import Strip

from tui_eval.render.bars import Bars
from tui_eval.render.names import cut_apart
from tui_eval.render.safe import fit
from tui_eval.tui.widgets.bar_layout import (
    Layout,
    Window,
    arrange,
    axis_text,
    bar_text,
    bar_value,
    diverging_bar,
    fit_middle,
    interval_words,
    key_text,
    plain_bar,
    zero_cell,
)
from tui_eval.tui.widgets.interval_drawing import (
    Dot,
    by_look,
    interval_dots,
    over_bars,
    rule_dots,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from rich.console import Console
    from textual_plotext.plot import Plot

RGB = tuple[int, int, int]

FULL, SHADE, ZERO = "sd", "▒", "│"

# From the 6×6×6 cube of the 256 colours, so that they are the same there.
ON_DARK: tuple[RGB, ...] = (
    (95, 175, 255),
    (255, 135, 0),
    (95, 215, 95),
    (255, 135, 215),
    (255, 215, 0),
    (175, 95, 255),
    (0, 215, 215),
    (255, 0, 95),
    (175, 135, 95),
    (215, 215, 255),
)
ON_LIGHT: tuple[RGB, ...] = (
    (0, 95, 215),
    (215, 95, 0),
    (0, 135, 0),
    (215, 0, 175),
    (95, 0, 175),
    (0, 135, 175),
    (175, 0, 0),
    (95, 95, 0),
    (95, 95, 135),
    (135, 135, 0),
)
# The sixteen colours as Rich knows them, without those of text and background: of the ones above
# some would become the same there.
SIXTEEN_ON_DARK: tuple[RGB, ...] = (
    (85, 85, 255),
    (255, 255, 85),
    (85, 255, 85),
    (255, 85, 255),
    (85, 255, 255),
    (255, 85, 85),
    (170, 85, 0),
    (0, 170, 0),
    (170, 0, 170),
    (0, 170, 170),
)
SIXTEEN_ON_LIGHT: tuple[RGB, ...] = (
    (0, 0, 170),
    (170, 85, 0),
    (0, 170, 0),
    (170, 0, 170),
    (0, 170, 170),
    (170, 0, 0),
    (85, 85, 255),
    (255, 85, 255),
    (255, 85, 85),
    (85, 85, 85),
)
GAIN_LOSS_ON_DARK: tuple[RGB, RGB] = ((95, 215, 95), (255, 95, 95))
GAIN_LOSS_ON_LIGHT: tuple[RGB, RGB] = ((0, 135, 0), (175, 0, 0))


@dataclass(frozen=True, slots=True)
class Look:
    """The colours of a drawing, taken from the theme."""

    text: Style
    faint: Style
    palette: tuple[RGB, ...]
    gain: RGB
    loss: RGB

    def series_color(self, series: int) -> RGB:
        """The colour of a series; they come round again after the palette's last."""
        return self.palette[series % len(self.palette)]

    def series_style(self, series: int, *, colored: bool) -> Style:
        """The style of a series' letter and of its square in the legend."""
        if not colored:
            return self.text
        red, green, blue = self.series_color(series)
        return self.text + Style(color=f"rgb({red},{green},{blue})")


@dataclass(frozen=True, slots=True)
class Bar:
    """One bar on the canvas, in cells counted from 1; both ends belong to it."""

    row: int
    start: int
    stop: int
    color: RGB
    marker: str


def place_bars(bars: Bars, window: Window, look: Look, cells: int) -> Iterator[Bar]:
    """The bars of the window, as cells of the canvas."""
    for row, group, series in window.bars():
        value = bar_value(bars, series, group)
        if value is None:
            continue
        ends = (diverging_bar if bars.diverging else plain_bar)(bars, value, cells)
        if ends is None:
            continue
        if not bars.diverging:
            yield Bar(row, *ends, look.series_color(series), FULL)
        elif (value > 0) != bars.lower_is_better:
            yield Bar(row, *ends, look.gain, FULL)
        else:
            yield Bar(row, *ends, look.loss, SHADE)


def blank_figure(cells: int, rows: int) -> Plot:
    """An empty canvas of plotext, addressed in cells: 1 is at the left, and at the bottom."""
    from textual_plotext.plot import Plot

    figure = Plot()
    figure.plotsize(cells, rows)
    figure._set_size(cells, rows)  # plotsize() stops at the size of the terminal it finds
    for clear in (figure.xaxes, figure.yaxes, figure.grid):
        clear(False, False)
    figure.xticks([])
    figure.yticks([])
    for paint in (figure.canvas_color, figure.axes_color, figure.ticks_color):
        paint("default")
    figure.xlim(1, cells)
    figure.ylim(1, max(2, rows))
    return figure


def draw_canvas(
    placed: Sequence[Bar], dots: Sequence[Dot], zero: int, cells: int, rows: int
) -> str:
    """Let plotext draw the bars.

    Args:
        placed: The bars; a row has one at most.
        dots: What is drawn over them.
        zero: Cell of the zero line, 0 for none.
        cells: Width of the canvas.
        rows: Height of the canvas.

    Returns:
        The canvas with ANSI colours, ``rows`` lines of ``cells`` cells.
    """
    figure = blank_figure(cells, rows)
    if zero:
        heights = list(range(1, rows + 1))
        figure.scatter([zero] * rows, heights, marker=ZERO, color="default")
    for bar in placed:
        first, last = (bar.stop, bar.start) if bar.stop < zero else (bar.start, bar.stop)
        figure.bar(
            [rows - bar.row],
            [last],
            minimum=first,
            orientation="horizontal",
            width=0.05,
            marker=bar.marker,
            color=bar.color,
            reset_ticks=False,
        )
    for (char, color), some in by_look(dots).items():
        heights = [rows - dot.row for dot in some]
        figure.scatter([dot.cell for dot in some], heights, marker=char, color=color)
    return str(figure.build())


def canvas_lines(canvas: str, rows: int, base: Style, console: Console) -> list[list[Segment]]:
    """Turn plotext's ANSI text into segments, a list a row."""
    lines = Text.from_ansi(canvas, no_wrap=True, end="").split("\n", allow_blank=True)[:rows]
    return [list(Segment.apply_style(line.render(console), base)) for line in lines]


def legend_strips(bars: Bars, window: Window, look: Look, width: int) -> Iterator[Strip]:
    """The lines of the legend: square, letter and label of each series."""
    slots = window.legend * window.legend_columns
    count = len(bars.series)
    shown = count if count <= slots else slots - 1
    column = (width + 2) // window.legend_columns
    for line in range(window.legend):
        segments: list[Segment] = []
        for slot in range(line * window.legend_columns, (line + 1) * window.legend_columns):
            if slot < shown:
                segments += _legend_entry(bars, slot, look, column - 2)
            elif slot == shown < count:
                segments.append(Segment(fit(f"+{count - shown} more", column - 2), look.faint))
            segments.append(Segment("  ", look.text))
        yield Strip(segments).adjust_cell_length(width, look.text)


def _legend_entry(bars: Bars, series: int, look: Look, width: int) -> list[Segment]:
    """One entry of the legend, ``width`` cells."""
    style = look.series_style(series, colored=not bars.diverging)
    mark = "" if bars.diverging else "■ "
    if bars.series[series].letter:
        mark += f"{bars.series[series].letter} "
    label = fit_middle(bars.series[series].label, width - len(mark))
    return [Segment(mark, style), Segment(fit(label, width - len(mark)), look.text)]


def bar_strips(
    bars: Bars, window: Window, layout: Layout, look: Look, canvas: Sequence[list[Segment]]
) -> Iterator[Strip]:
    """The rows of the bars: label, letter, the row of the canvas, value."""
    width = layout.left + layout.canvas + 1 + layout.value
    width += layout.interval + 1 if layout.interval else 0
    named = {row: (group, series) for row, group, series in window.bars()}
    labels = cut_apart(bars.groups, layout.label)
    for row, cells in enumerate(canvas):
        label = tag = text = words = ""
        style = look.text
        if row in named:
            group, series = named[row]
            label = labels[group] if series == 0 else ""
            tag = bars.series[series].letter
            text = bar_text(bars, series, group)
            words = interval_words(bars, series, group)
            style = look.series_style(series, colored=not bars.diverging)
        is_whole = row == 0 and bars.has_whole
        named_as = look.text + Style(bold=True) if is_whole else look.text
        segments = [Segment(fit(label, layout.label) + " ", named_as)]
        if layout.letter:
            segments.append(Segment(fit(tag, layout.letter) + " ", style))
        segments += cells
        text = " " * (layout.value - cell_len(text)) + text
        segments.append(Segment(" " + fit(text, layout.value), named_as))
        if layout.interval:
            segments.append(Segment(" " + fit(words, layout.interval), look.faint))
        yield Strip(segments).adjust_cell_length(width, look.text)


def draw(bars: Bars, window: Window, look: Look, width: int, console: Console) -> list[Strip]:
    """Draw the chart: legend, bars, axis, note; every strip is ``width`` cells."""
    layout = arrange(bars, width)
    placed = [] if bars.is_forest else list(place_bars(bars, window, look, layout.canvas))
    intervals = list(interval_dots(bars, window, look, layout.canvas))
    dots = [*rule_dots(window, layout.canvas), *intervals]
    canvas = draw_canvas(placed, dots, zero_cell(bars, layout.canvas), layout.canvas, window.rows)
    lines = canvas_lines(canvas, window.rows, look.faint, console)
    lines = over_bars(lines, placed, intervals)
    strips = list(legend_strips(bars, window, look, width))
    if window.space:
        strips.append(Strip.blank(width, look.text))
    strips += bar_strips(bars, window, layout, look, lines)
    if window.axis:
        axis = " " * layout.left + axis_text(bars, layout.canvas)
        strips.append(Strip([Segment(fit(axis, width), look.faint)], width))
    if window.key:
        strips.append(Strip([Segment(fit(key_text(bars, width), width), look.faint)], width))
    if window.note:
        note = window.note
        if not window.key and (key := key_text(bars, width - cell_len(note) - 3)):
            note += f"   {key}"
        strips.append(Strip([Segment(fit(note, width), look.faint)], width))
    return strips
