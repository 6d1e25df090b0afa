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

WIDTH, HEIGHT, TALL = 12, 4, 9
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

    def __init__(self, height: int = HEIGHT) -> None:
        self._height = height
        self._screen = pyte.Screen(WIDTH, height + 1)  # pyte wraps before a mark at a line's end
        self._stream = pyte.Stream(self._screen)

    def take(self, text: str) -> None:
        """Draw what is sent."""
        self._stream.feed(text)

    @property
    def cells(self) -> list[tuple[object, ...]]:
        """What is seen of each cell: of a blank its background, and what is drawn through it."""
        buffer = self._screen.buffer
        return [_seen(buffer[y][x]) for y in range(self._height) for x in range(WIDTH)]


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


LINES = st.lists(WHOLE, min_size=TALL, max_size=TALL)


@given(LINES, LINES, st.integers(0, TALL - 4), st.integers(4, TALL), st.integers(-4, 4))
def test_lines_that_move_are_moved_by_the_terminal(
    old: list[Piece], fresh: list[Piece], top: int, bottom: int, step: int
) -> None:
    """Part of a screen is scrolled, and what comes in from outside of it is new."""
    wire, whole, short = Wire(), Terminal(TALL), Terminal(TALL)
    before = [strip for _, _, strip in old]
    after = [
        before[y + step]
        if top <= y < bottom and top <= y + step < bottom
        else (fresh[y][2] if top <= y < bottom else before[y])
        for y in range(TALL)
    ]
    for strips in (before, after):
        painting = [
            (0, y, strip)
            for y, strip in enumerate(strips)
            if strips is before or strip != before[y]
        ]
        whole.take(plain(painting))
        short.take(wire.changes(painting, ColorSystem.TRUECOLOR, (WIDTH, TALL)))
        assert short.cells == whole.cells


def test_a_line_among_those_that_move_stays_though_it_is_not_painted() -> None:
    """A partial painting tells only of lines that changed."""
    wire, short = Wire(), Terminal(TALL)
    old = [line(name, y=y) for y, name in enumerate("abcdefghi")]
    new = [line(name, y=y) for y, name in enumerate("bcdeXghij") if name != "X"]
    for painting in (old, new):
        short.take(wire.changes(painting, ColorSystem.TRUECOLOR, (WIDTH, TALL)))
    letters = "".join(str(cell[0]) for cell in short.cells[::WIDTH])
    assert letters == "bcdeeghij"


@pytest.mark.parametrize(("step", "sent"), [(1, "M"), (-1, "L")])
def test_a_scrolled_list_costs_its_new_line(step: int, sent: str) -> None:
    wire = Wire()
    names = [f"line {number:02}" for number in range(TALL + 1)]
    first, then = (names[:-1], names[1:]) if step > 0 else (names[1:], names[:-1])
    for some in (first, then):
        painting = [line(name, y=y) for y, name in enumerate(some)]
        changes_ = wire.changes(painting, ColorSystem.TRUECOLOR, (WIDTH, TALL))
    place, name = (TALL, then[-1]) if step > 0 else (1, then[0])
    new = f"\x1b[{place};1H{name:{WIDTH}}"
    assert changes_ == f"\x1b[1;{TALL}r\x1b[1;1H\x1b[1{sent}\x1b[r{new}"


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
