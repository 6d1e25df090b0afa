"""What goes to the terminal: only the cells that differ from what it shows.

Textual paints a whole screen whenever one is opened, closed or laid out anew, though few of its
cells change. Over SSH every byte is waited for, so what the terminal shows is kept here, and of
every painting only the difference is sent.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from operator import itemgetter
from typing import TYPE_CHECKING, NamedTuple

from rich.cells import cell_len
from rich.color import ColorSystem
from rich.segment import Segment
from rich.style import Style
from textual._compositor import ChopsUpdate, CompositorUpdate, LayoutUpdate
from textual.strip import Strip

if TYPE_CHECKING:
    from rich.console import Console, RenderableType
    from textual.geometry import Size

_GAP = 4
"""Cells that are written again rather than jumped over: a jump costs four bytes."""

_FEWEST = 3
"""Lines for which it pays to let the terminal move them."""

_UNSEEN = {"1", "2", "3"}  # bold, dim, italic: nothing of them is seen on a blank


class Look(NamedTuple):
    """How a character is drawn, in the terminal's codes; empty: as it draws by itself."""

    attributes: tuple[str, ...] = ()
    colour: str = ""
    background: str = ""

    @property
    def is_unseen_on_blanks(self) -> bool:
        """Whether a blank shows nothing of it but the background."""
        return _UNSEEN.issuperset(self.attributes)

    def codes_after(self, before: Look) -> str:
        """What switches to this look from another one."""
        if self.attributes != before.attributes:
            codes = ["0", *self.attributes, self.colour, self.background]
            return f"\x1b[{';'.join(filter(None, codes))}m"
        codes = [self.colour or "39"] if self.colour != before.colour else []
        codes += [self.background or "49"] if self.background != before.background else []
        return f"\x1b[{';'.join(codes)}m" if codes else ""


PLAIN = Look()

Cell = tuple[str, Look]
"""What stands in a cell: a character, with all that is drawn over it; empty: the one before is
two cells wide."""

Row = list[Cell | None]
"""The cells of a line of the terminal; None: nobody knows."""

Piece = tuple[int, int, Strip]
"""Column, line, and what is painted from there on."""


class Wire:
    """What the terminal shows, as far as it is known, and what has to be sent to change it."""

    def __init__(self) -> None:
        self._rows: list[Row] = []

    def forget(self) -> None:
        """Something else may have drawn on the terminal: send everything again."""
        self._rows = []

    def shortened(self, update: RenderableType, size: Size) -> RenderableType | CompositorUpdate:
        """A painting of Textual's as what it changes; what is none is left as it is.

        Args:
            update: What is painted.
            size: How large the terminal is.
        """
        if isinstance(update, LayoutUpdate | ChopsUpdate):
            return _Changes(self, update, size)
        self.forget()
        return update

    def changes(self, pieces: Iterable[Piece], colours: ColorSystem, size: tuple[int, int]) -> str:
        """What is to be sent so that pieces stand on a terminal of so many columns and lines."""
        width, height = size
        if not self._rows or (len(self._rows[0]), len(self._rows)) != (width, height):
            self._rows = [[None] * width for _ in range(height)]
        painted: dict[int, Row] = {}
        for x, y, strip in pieces:
            if 0 <= y < height:
                _paint(painted.setdefault(y, self._rows[y][:]), x, strip, colours)
        pen, sent = _Pen(), ""
        scroll = _scroll(self._rows, painted)
        if scroll is not None:
            for y in range(scroll.top, scroll.bottom + 1):
                painted.setdefault(y, self._rows[y])  # what stays has to be drawn again
            sent = scroll.apply(self._rows)
        for y, row in sorted(painted.items()):
            pen.draw(y, self._rows[y], row)
            self._rows[y] = row
        return sent + pen.sent


class _Changes(CompositorUpdate):
    """A painting that is sent as what it changes."""

    def __init__(self, wire: Wire, update: LayoutUpdate | ChopsUpdate, size: Size) -> None:
        self._wire = wire
        self._update = update
        self._size = size

    def render_segments(self, console: Console) -> str:
        """What is to be sent."""
        update = self._update
        colours = console._color_system or ColorSystem.TRUECOLOR
        pieces = _whole_lines(update) if isinstance(update, LayoutUpdate) else _spans(update)
        return self._wire.changes(pieces, colours, self._size)


def _whole_lines(update: LayoutUpdate) -> Iterator[Piece]:
    for y, line in enumerate(update.strips, update.region.y):
        x = update.region.x
        for strip in line:
            yield x, y, strip
            x += strip.cell_length


def _spans(update: ChopsUpdate) -> Iterator[Piece]:
    """The pieces of a partial painting, as `ChopsUpdate.render_segments` writes them."""
    for y, first, last in update.spans:
        for end, (x, strip) in zip(update.chop_ends[y], update.chops[y].items(), strict=False):
            if strip is not None and x <= last and end > first:
                yield x, y, strip.crop(0, min(end, last) - x)


def _paint(row: Row, x: int, strip: Strip, colours: ColorSystem) -> None:
    """Put a piece in a line; half of a wide character that it covers is no longer known."""
    cells: list[Cell] = []
    for segment in strip:
        if not segment.control:
            cells += _cells(segment.text, _look(segment, colours))
    cells = cells[: max(0, len(row) - x)]
    end = x + len(cells)
    for inside, beside in ((x, x - 1), (end, end)):
        if 0 < inside < len(row) and (cell := row[inside]) is not None and not cell[0]:
            row[beside] = None
    row[x:end] = cells


def _look(segment: Segment, colours: ColorSystem) -> Look:
    return PLAIN if segment.style is None else _look_of(segment.style, colours)


@lru_cache(maxsize=4096)
def _look_of(style: Style, colours: ColorSystem) -> Look:
    """A style in the terminal's codes: bare attributes first, then colours."""
    bare = Strip.render_ansi(style.without_color, colours)
    front, back = (
        ";".join(color.downgrade(colours).get_ansi_codes(foreground)) if color else ""
        for color, foreground in ((style.color, True), (style.bgcolor, False))
    )
    return Look(tuple(filter(None, bare.split(";"))), front, back)


@lru_cache(maxsize=8192)
def _cells(text: str, look: Look) -> tuple[Cell, ...]:
    """The cells of a text, as many as it is wide."""
    blank = Look(background=look.background) if look.is_unseen_on_blanks else look
    cells: list[Cell] = []
    for character in text:
        width = 1 if character.isascii() else cell_len(character)
        if width:
            cells.append((character, blank if character == " " else look))
            cells.extend([("", look)] * (width - 1))
        elif cells:
            before = -2 if not cells[-1][0] else -1
            cells[before] = (cells[before][0] + character, look)
    width = cell_len(text)
    if len(cells) != width:  # characters that are drawn as one: where each stands is not known
        cells = [(text, look), *[("", look)] * (width - 1)][:width]
    return tuple(cells)


class _Scroll(NamedTuple):
    """Lines that move on the terminal, which can do that by itself.

    Attributes:
        top: The first line that is touched.
        bottom: The last one.
        step: By how many lines they go up; down where it is negative.
    """

    top: int
    bottom: int
    step: int

    def apply(self, rows: list[Row]) -> str:
        """What has to be sent; the rows become what is shown then."""
        top, bottom, step = self
        new: list[Row] = [[None] * len(rows[0]) for _ in range(abs(step))]
        kept = rows[top : bottom + 1]
        rows[top : bottom + 1] = [*kept[step:], *new] if step > 0 else [*new, *kept[:step]]
        delete = f"{step}M" if step > 0 else f"{-step}L"
        return f"\x1b[{top + 1};{bottom + 1}r\x1b[{top + 1};1H\x1b[{delete}\x1b[r"


def _scroll(shown: Sequence[Row], wanted: Mapping[int, Row]) -> _Scroll | None:
    """By how much the changed lines have moved, where most of them have, and all alike."""
    changed = [y for y, row in wanted.items() if row != shown[y]]
    if len(changed) < _FEWEST:
        return None
    places: dict[tuple[Cell | None, ...], int] = {}
    for y in range(min(changed), max(changed) + 1):
        places[_but_end(shown[y])] = y
    moved = [(y, places.get(_but_end(wanted[y]), y)) for y in changed]
    steps = Counter(old - new for new, old in moved if new != old)
    step, count = max(steps.items(), key=itemgetter(1), default=(0, 0))
    touched = [y for pair in moved if pair[1] - pair[0] == step for y in pair]
    top, bottom = min(touched), max(touched)
    if count < _FEWEST or 2 * count < bottom - top:
        return None
    if any(None in row for row in shown[top : bottom + 1]):
        return None  # what nobody knows could not be put back
    return _Scroll(top, bottom, step)


def _but_end(row: Row) -> tuple[Cell | None, ...]:
    """A line without its last cell, in which a scrollbar moves otherwise than the lines."""
    return tuple(row[:-1])


class _Pen:
    """Writes cells, and knows where the cursor stands and how it draws.

    Attributes:
        sent: What was written so far; the terminal draws plainly after it.
    """

    def __init__(self) -> None:
        self._parts: list[str] = []
        self._x, self._y = 0, -1
        self._look = PLAIN

    @property
    def sent(self) -> str:
        """What has to be sent."""
        return "".join(self._parts) + PLAIN.codes_after(self._look)

    def draw(self, y: int, shown: Row, wanted: Row) -> None:
        """Write the cells of a line that differ from those that are shown."""
        if shown == wanted:
            return
        changed: Sequence[int] = [
            x for x, (old, new) in enumerate(zip(shown, wanted, strict=True)) if old != new
        ]
        if any(cell is not None and len(cell[0]) > 1 for cell in (*shown, *wanted)):
            changed = range(len(wanted))  # terminals differ in how wide these are
        for x in changed:
            cell = wanted[x]
            if cell is not None and cell[0]:
                if (x, y) != (self._x, self._y):
                    self._go(x, y, wanted)
                self._write(*cell)
                self._x = x + 1
                while self._x < len(wanted) and (after := wanted[self._x]) and not after[0]:
                    self._x += 1

    def _go(self, x: int, y: int, row: Row) -> None:
        """Go to a cell: over a few that can be written again as they are, or by a jump."""
        between = row[self._x : x] if y == self._y else []
        if y != self._y or self._x > x:
            self._parts.append(f"\x1b[{y + 1};{x + 1}H")
        elif len(between) <= _GAP and all(map(self._draws, between)):
            self._parts.extend(cell[0] for cell in between if cell)
        else:
            self._parts.append(f"\x1b[{len(between)}C")
        self._x, self._y = x, y

    def _draws(self, cell: Cell | None) -> bool:
        """Whether a cell would be drawn right without a switch."""
        return cell is not None and _written(*cell, self._look) == self._look

    def _write(self, text: str, look: Look) -> None:
        if look != self._look:
            look = _written(text, look, self._look)
            if look != self._look:
                self._parts.append(look.codes_after(self._look))
                self._look = look
        self._parts.append(text)


@lru_cache(maxsize=8192)
def _written(text: str, look: Look, before: Look) -> Look:
    """The look in which a cell is written after another one: of a blank its background matters."""
    if text == " " and look.is_unseen_on_blanks and before.is_unseen_on_blanks:
        return before._replace(background=look.background)
    return look
