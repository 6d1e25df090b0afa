"""A chart of grouped horizontal bars: plotext draws the bars, the widget everything around them.

One bar is one row of plotext's canvas, and the canvas is addressed in cells: plotext's own grouped
bars overlap at terminal sizes. Labels, values and legend never pass through plotext, so that they
are cut and padded to exact widths and no foreign text gets near an ANSI parser.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from threading import Lock
from typing import TYPE_CHECKING, ClassVar

from rich.cells import cell_len, set_cell_size
from rich.segment import Segment
from rich.style import Style
from rich.text import Text
from textual import on, work
from textual.message import Message
from textual.strip import Strip
from textual.widget import Widget
from textual.worker import Worker, WorkerState, get_current_worker

from tui_eval.render import MISSING, Bars, fit

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from rich.console import Console
    from textual.events import Resize
    from textual.theme import Theme
    from textual.timer import Timer

RGB = tuple[int, int, int]

MIN_WIDTH, MIN_HEIGHT = 24, 4
DEBOUNCE = 0.06
LABEL_SHARE = 0.35
LEGEND_LINES = 4
LEGEND_COLUMN = 20
FULL, SHADE, ZERO = "sd", "▒", "│"
TINY = 1e-9

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
GAIN_LOSS_ON_DARK: tuple[RGB, RGB] = ((95, 215, 95), (255, 95, 95))
GAIN_LOSS_ON_LIGHT: tuple[RGB, RGB] = ((0, 135, 0), (175, 0, 0))

_plotext = Lock()
"""Held while plotext is imported or draws: its modules keep global state."""


@dataclass(frozen=True, slots=True)
class Window:
    """What of the chart fits, from top to bottom.

    Attributes:
        first: Index of the first group that is drawn.
        groups: Groups that are drawn.
        series: Bars that are drawn of each group.
        gap: Empty rows between two groups.
        legend: Lines of the legend.
        legend_columns: Entries in a line of the legend.
        space: Whether there is an empty line below the legend.
        axis: Whether the axis is drawn.
        note: What is not all visible; empty where everything is.
    """

    first: int
    groups: int
    series: int
    gap: int
    legend: int
    legend_columns: int
    space: bool
    axis: bool
    note: str

    @property
    def rows(self) -> int:
        """Rows of the bars, the gaps counted."""
        return self.groups * (self.series + self.gap) - self.gap

    def bars(self) -> Iterator[tuple[int, int, int]]:
        """Row, group and series of each bar."""
        for group in range(self.groups):
            for series in range(self.series):
                yield group * (self.series + self.gap) + series, self.first + group, series


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


@dataclass(frozen=True, slots=True)
class Layout:
    """Cells that the parts of a row take, left to right."""

    label: int
    letter: int
    canvas: int
    value: int

    @property
    def left(self) -> int:
        """Cells left of the canvas."""
        return self.label + 1 + (self.letter + 1 if self.letter else 0)


def fit_middle(text: str, width: int) -> str:
    """Cut a text in its middle to at most ``width`` cells: its end is what tells it apart."""
    if cell_len(text) <= width or width < 5:
        return fit(text, width)
    tail = text
    while cell_len(tail) > (width - 1) // 2:
        tail = tail[1:]
    return set_cell_size(text, width - 1 - cell_len(tail)) + "…" + tail


def letter(series: int) -> str:
    """A, B … Z, AA, AB …: what names a series where there is no colour."""
    name = ""
    series += 1
    while series:
        series, rest = divmod(series - 1, 26)
        name = chr(ord("A") + rest) + name
    return name


def axis_ends(bars: Bars) -> tuple[float, float]:
    """The ends of the axis: finite, in order, different; with zero between where it diverges."""
    low, high = sorted((bars.low, bars.high))
    if not math.isfinite(high - low):
        low, high = (-1.0, 1.0) if bars.diverging else (0.0, 1.0)
    if bars.diverging:
        low, high = min(low, 0.0), max(high, 0.0)
    if high - low > TINY:
        return low, high
    if bars.diverging:
        return -1.0, 1.0
    return (low, 0.0) if high < -TINY else (0.0, high if high > TINY else 1.0)


def bar_value(bars: Bars, series: int, group: int) -> float | None:
    """The value of a bar; None where there is none, or where it is not a number."""
    values = bars.series[series].values
    value = values[group] if group < len(values) else None
    return None if value is None or math.isnan(value) else value


def bar_text(bars: Bars, series: int, group: int) -> str:
    """What is written beside a bar."""
    if bar_value(bars, series, group) is None:
        return MISSING
    texts = bars.texts[series] if series < len(bars.texts) else ()
    return texts[group] if group < len(texts) else ""


def legend_shape(bars: Bars, width: int, lines: int) -> tuple[int, int]:
    """Lines and columns of the legend: as few lines as need no cutting, else all of them."""
    count = len(bars.series)
    if not lines:
        return 0, 1
    widest = max(cell_len(series.label) for series in bars.series) + 4 + len(letter(count - 1))
    for wanted in range(1, lines + 1):
        columns = math.ceil(count / wanted)
        if columns * widest <= width + 2:
            return wanted, columns
    columns = max(1, min(math.ceil(count / lines), (width + 2) // LEGEND_COLUMN))
    return min(lines, math.ceil(count / columns)), columns


def _capacity(rows: int, series: int, groups: int) -> tuple[int, int]:
    """Groups that fit in the rows, and the gap between them."""
    if series == 1 and groups * 2 - 1 > rows:
        return min(groups, rows), 0
    return min(groups, max(1, (rows + 1) // (series + 1))), 1


def _note(first: int, shown: int, total: int, series: int, count: int, width: int) -> str:
    """What is visible, in words, where that is not everything."""
    runs = f"{series} of {count} runs" if series < count else ""
    if shown == total:
        return runs
    span = f"{first + 1}" if shown == 1 else f"{first + 1}–{first + shown}"
    short = f"{span} of {total}" + (f" · {runs}" if runs else "")
    full = ("category " if shown == 1 else "categories ") + short
    return full if cell_len(full) <= width else short


def plan(bars: Bars, width: int, height: int, first: int, target: int | None) -> Window:
    """Choose what of the bars is drawn.

    Args:
        bars: The chart; it has groups and series.
        width: Cells of the widget.
        height: Rows of the widget.
        first: Group that the window starts with, as far as the end allows it.
        target: Group that has to be in the window, or None.
    """
    lines = 0 if height < 6 else min(LEGEND_LINES, height // 6)
    window = _plan(bars, width, height, first, target, lines)
    for more in range(lines + 1, LEGEND_LINES + 1 if lines else 0):
        roomier = _plan(bars, width, height, first, target, more)
        if (roomier.groups, roomier.series) == (window.groups, window.series):
            window = roomier
    return window


def _plan(
    bars: Bars, width: int, height: int, first: int, target: int | None, lines: int
) -> Window:
    """The window with a legend of so many lines at most."""
    total, count = len(bars.groups), len(bars.series)
    lines, columns = legend_shape(bars, width, lines)
    axis = height >= 7
    rows = height - lines - axis
    series = min(count, rows)
    fitting, gap = _capacity(rows, series, total)
    if fitting < total or series < count:
        rows -= 1
        series = min(count, rows)
        fitting, gap = _capacity(rows, series, total)
    if target is not None:
        first = max(target - fitting + 1, min(first, target))
    first = max(0, min(first, total - fitting))
    note = _note(first, fitting, total, series, count, width)
    spare = rows > fitting * (series + gap) - gap
    return Window(first, fitting, series, gap, lines, columns, lines > 0 and spare, axis, note)


def arrange(bars: Bars, width: int) -> Layout:
    """Share the width between label, letter, bar and value; the same wherever the window is."""
    count = len(bars.series)
    letters = len(letter(count - 1)) if count > 1 else 0
    values = max(
        cell_len(bar_text(bars, series, group))
        for series in range(count)
        for group in range(len(bars.groups))
    )
    values = min(values, width // 4)
    label = min(max(map(cell_len, bars.groups)), int(width * LABEL_SHARE))
    canvas = width - label - 1 - (letters + 1 if letters else 0) - 1 - values
    return Layout(label, letters, canvas, values)


def zero_cell(bars: Bars, cells: int) -> int:
    """The cell of the zero line of a diverging chart, counted from 1; 0 where it has none."""
    if not bars.diverging:
        return 0
    low, high = axis_ends(bars)
    cell = 1 + round((cells - 1) * -low / (high - low))
    return max(2 if low < 0 else 1, min(cell, cells - 1 if high > 0 else cells))


def plain_bar(bars: Bars, value: float, cells: int) -> tuple[int, int] | None:
    """First and last cell of a bar that starts at the low end, or None where it has no length."""
    low, high = axis_ends(bars)
    part = min(1.0, max(0.0, (value - low) / (high - low)))
    if part < TINY:
        return None
    return 1, max(1, round(part * cells))


def diverging_bar(bars: Bars, value: float, cells: int) -> tuple[int, int] | None:
    """First and last cell of a bar that starts at the zero line, or None where it has no length."""
    low, high = axis_ends(bars)
    zero = zero_cell(bars, cells)
    part = min(1.0, abs(value) / (high - low))
    room = cells - zero if value > 0 else zero - 1
    length = min(room, max(1, round(part * (cells - 1))))
    if part < TINY or not length:
        return None
    return (zero + 1, zero + length) if value > 0 else (zero - length, zero - 1)


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
        elif value > 0:
            yield Bar(row, *ends, look.gain, FULL)
        else:
            yield Bar(row, *ends, look.loss, SHADE)


def draw_canvas(placed: Sequence[Bar], zero: int, cells: int, rows: int) -> str:
    """Let plotext draw the bars.

    Args:
        placed: The bars; a row has one at most.
        zero: Cell of the zero line, 0 for none.
        cells: Width of the canvas.
        rows: Height of the canvas.

    Returns:
        The canvas with ANSI colours, ``rows`` lines of ``cells`` cells.
    """
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
    return str(figure.build())


def canvas_lines(canvas: str, rows: int, base: Style, console: Console) -> list[list[Segment]]:
    """Turn plotext's ANSI text into segments, a list a row."""
    lines = Text.from_ansi(canvas, no_wrap=True, end="").split("\n", allow_blank=True)[:rows]
    return [list(Segment.apply_style(line.render(console), base)) for line in lines]


def number(value: float, *, signed: bool = False) -> str:
    """A number of the axis."""
    text = f"{value:+.4g}" if signed and value else f"{value:.4g}"
    return text.replace("-", "−")


def axis_text(bars: Bars, cells: int) -> str:
    """The axis line: its ends, and zero where the bars diverge, as far as there is room."""
    low, high = (number(end, signed=bars.diverging) for end in axis_ends(bars))
    line = ["─"] * cells
    if len(low) + len(high) + 4 <= cells:
        line[: len(low) + 1] = f"{low} "
        line[-len(high) - 1 :] = f" {high}"
        zero = zero_cell(bars, cells) - 1
        if len(low) + 2 < zero < cells - len(high) - 3:
            line[zero - 1 : zero + 2] = " 0 "
    return "".join(line)


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
    if len(bars.series) > 1:
        mark += letter(series) + " "
    label = fit_middle(bars.series[series].label, width - len(mark))
    return [Segment(mark, style), Segment(fit(label, width - len(mark)), look.text)]


def bar_strips(
    bars: Bars, window: Window, layout: Layout, look: Look, canvas: Sequence[list[Segment]]
) -> Iterator[Strip]:
    """The rows of the bars: label, letter, the row of the canvas, value."""
    width = layout.left + layout.canvas + 1 + layout.value
    named = {row: (group, series) for row, group, series in window.bars()}
    for row, cells in enumerate(canvas):
        label = tag = text = ""
        style = look.text
        if row in named:
            group, series = named[row]
            label = bars.groups[group] if series == 0 else ""
            tag = letter(series)
            text = bar_text(bars, series, group)
            style = look.series_style(series, colored=not bars.diverging)
        segments = [Segment(fit(label, layout.label) + " ", look.text)]
        if layout.letter:
            segments.append(Segment(fit(tag, layout.letter) + " ", style))
        segments += cells
        text = " " * (layout.value - cell_len(text)) + text
        segments.append(Segment(" " + fit(text, layout.value), look.text))
        yield Strip(segments).adjust_cell_length(width, look.text)


def draw(bars: Bars, window: Window, look: Look, width: int, console: Console) -> list[Strip]:
    """Draw the chart: legend, bars, axis, note; every strip is ``width`` cells."""
    layout = arrange(bars, width)
    placed = list(place_bars(bars, window, look, layout.canvas))
    canvas = draw_canvas(placed, zero_cell(bars, layout.canvas), layout.canvas, window.rows)
    lines = canvas_lines(canvas, window.rows, look.faint, console)
    strips = list(legend_strips(bars, window, look, width))
    if window.space:
        strips.append(Strip.blank(width, look.text))
    strips += bar_strips(bars, window, layout, look, lines)
    if window.axis:
        axis = " " * layout.left + axis_text(bars, layout.canvas)
        strips.append(Strip([Segment(fit(axis, width), look.faint)], width))
    if window.note:
        strips.append(Strip([Segment(fit(window.note, width), look.faint)], width))
    return strips


class BarChart(Widget, can_focus=False):
    """Grouped horizontal bars of a [Bars][tui_eval.render.Bars], one row a bar.

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
        & > .bar-chart--faint { color: $foreground 65%; }
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
        """Move the window, as little as possible, so that a group is visible."""
        if self._bars is None or not self._bars.groups:
            return
        self._target = max(0, min(index, len(self._bars.groups) - 1))
        if self._window is None or not self._has_room:  # hidden since it was drawn
            return
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
        return Look(
            self.get_component_rich_style("bar-chart--text"),
            self.get_component_rich_style("bar-chart--faint"),
            ON_DARK if dark else ON_LIGHT,
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

    @work(thread=True, exclusive=True, group="bar-chart", exit_on_error=False)
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
