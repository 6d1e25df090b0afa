"""What goes over the wire: a terminal that gets only differences shows what was painted."""

from __future__ import annotations

from collections.abc import Sequence

import pyte
import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.color import ColorSystem
from rich.console import Console
from rich.segment import Segment
from rich.style import Style
from textual.strip import Strip

from tui_eval.tui.wire import Piece, Wire

WIDTH, HEIGHT = 12, 4
CONSOLE = Console(color_system="truecolor")
STYLES = [
    Style.parse(words)
    for words in (
        "",
        "bold",
        "dim italic #010203",
        "#010203 on #040506",
        "on #040506",
        "reverse",
        "underline #010203",
    )
]


def lines(letters: Sequence[str]) -> st.SearchStrategy[Piece]:
    """Whole lines of such characters, in some styles."""
    words = st.lists(st.sampled_from(letters), min_size=1, max_size=6).map("".join)
    parts = st.lists(st.tuples(words, st.sampled_from(STYLES)), min_size=1, max_size=4)
    return st.builds(
        lambda y, some: (0, y, Strip([Segment(*one) for one in some]).adjust_cell_length(WIDTH)),
        st.integers(0, HEIGHT - 1),
        parts,
    )


def cut(line: Piece, first: int, last: int) -> Piece:
    """Some columns of a line."""
    _, y, strip = line
    first, last = min(first, last), max(first, last) + 1
    return first, y, strip.crop(first, last)


COLUMNS = st.integers(0, WIDTH - 1)
WHOLE = lines([*"ab  模é│█", "e\u0301"])
PARTS = st.builds(cut, lines("ab  é│█"), COLUMNS, COLUMNS)


class Terminal:
    """A terminal, as pyte understands what is sent."""

    def __init__(self) -> None:
        self._screen = pyte.Screen(WIDTH, HEIGHT + 1)  # pyte wraps before a mark at a line's end
        self._stream = pyte.Stream(self._screen)

    def take(self, text: str) -> None:
        """Draw what is sent."""
        self._stream.feed(text)

    @property
    def cells(self) -> list[tuple[object, ...]]:
        """What is seen of each cell: of a blank its background, and what is drawn through it."""
        buffer = self._screen.buffer
        return [_seen(buffer[y][x]) for y in range(HEIGHT) for x in range(WIDTH)]


def _seen(cell: pyte.screens.Char) -> tuple[object, ...]:
    drawn = (cell.underscore, cell.strikethrough, cell.reverse)
    if cell.data == " " and not any(drawn):
        return cell.data, cell.bg
    return (*cell[:-1],) if cell.data else (cell.bg,)


def plain(pieces: Sequence[Piece]) -> str:
    """The pieces, sent whole."""
    return "".join(f"\x1b[{y + 1};{x + 1}H{strip.render(CONSOLE)}" for x, y, strip in pieces)


def changes(wire: Wire, pieces: Sequence[Piece]) -> str:
    return wire.changes(pieces, ColorSystem.TRUECOLOR, (WIDTH, HEIGHT))


@pytest.mark.parametrize("pieces", [WHOLE, PARTS], ids=["whole lines", "parts of lines"])
def test_a_terminal_that_gets_differences_shows_what_was_painted(
    pieces: st.SearchStrategy[Piece],
) -> None:
    @given(st.lists(st.lists(pieces, max_size=4), min_size=1, max_size=5))
    def holds(paintings: list[list[Piece]]) -> None:
        wire, whole, short = Wire(), Terminal(), Terminal()
        for painting in paintings:
            whole.take(plain(painting))
            short.take(changes(wire, painting))
            assert short.cells == whole.cells

    holds()


def line(text: str, style: str = "", y: int = 0) -> Piece:
    strip = Strip([Segment(text, Style.parse(style))]).adjust_cell_length(WIDTH)
    return 0, y, strip


def test_what_is_shown_already_is_not_sent() -> None:
    wire = Wire()
    assert "hello" in changes(wire, [line("hello")])
    assert changes(wire, [line("hello")]) == ""
    assert changes(wire, [line("hexlo")]) == "\x1b[1;3Hx"
    assert changes(wire, [line("hexlo", "bold"), line("", y=1)]).startswith(
        "\x1b[1;1H\x1b[0;1mhexlo"
    )


def test_all_is_sent_where_something_else_may_have_drawn() -> None:
    wire = Wire()
    changes(wire, [line("hello")])
    wire.forget()
    assert "hello" in changes(wire, [line("hello")])
    assert "hello" in wire.changes([line("hello")], ColorSystem.TRUECOLOR, (WIDTH + 1, HEIGHT))


def test_half_of_a_wide_character_is_written_again() -> None:
    """Terminals blank the other half of one that is cut."""
    wire = Wire()
    changes(wire, [line("a模b")])
    changes(wire, [(2, 0, Strip([Segment("x")]))])
    assert changes(wire, [line("a模b")]) == "\x1b[1;2H模"


def test_a_line_with_characters_of_doubtful_width_is_sent_whole() -> None:
    wire = Wire()
    changes(wire, [line("e\u0301 abc")])
    assert "e\u0301 abx" in changes(wire, [line("e\u0301 abx")])
