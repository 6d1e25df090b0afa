"""Foreign text in lines of exact width: nothing is lost, nothing reaches the terminal."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len, get_character_cell_size

from tui_eval.render.answers import wrapping
from tui_eval.render.answers.wrapping import Line, Span, readable, wrap
from tui_eval.render.safe import UNSAFE

ANYTHING = st.text(st.characters(), max_size=200)
AWKWARD = st.text(
    "ab  \n\t-模型한。，ー❤👨👩\u200d\u200c\ufe0f\ufe0e\u0301ก้\u1100\u1161🇹🇼می\u3000漢\U000e0100",
    max_size=200,
)
LONG_WORDS = st.lists(st.text("ab漢👍\u0301", min_size=1, max_size=90)).map(" ".join)
TEXTS = ANYTHING | AWKWARD | LONG_WORDS


def texts(lines: list[Line]) -> list[str]:
    return ["".join(piece.text for piece in line) for line in lines]


def stripped(text: str) -> str:
    """What is seen of a text, wherever its lines end."""
    return "".join(text.replace("\n", " ").split(" "))


def wrapped(text: str, width: int) -> list[str]:
    return [line.rstrip(" ") for line in texts(wrap(readable(text), width))]


@given(TEXTS, st.integers(4, 60))
def test_lines_have_the_width_and_all_of_the_text(text: str, width: int) -> None:
    lines = wrap(readable(text), width)
    assert {sum(cell_len(piece.text) for piece in line) for line in lines} == {width}
    assert not any(UNSAFE.search(line) for line in texts(lines))
    assert stripped("\n".join(texts(lines))) == stripped(readable(text))


@given(TEXTS, st.integers(4, 60), st.lists(st.integers(0, 200), max_size=8))
def test_styles_stay_with_their_characters(text: str, width: int, ends: list[int]) -> None:
    text = readable(text)
    places = sorted({min(end, len(text)) for end in ends})
    spans = [Span(*pair, "mark") for pair in zip(places[::2], places[1::2], strict=False)]
    marked = [
        piece.text for line in wrap(text, width, spans) for piece in line if piece.style == "mark"
    ]
    assert stripped("".join(marked)) == stripped("".join(text[a:b] for a, b, _ in spans))


@pytest.mark.parametrize(
    ("text", "width", "shown"),
    [
        ("", 20, [""]),
        ("one two three four", 9, ["one two", "three", "four"]),
        ("one two   ", 9, ["one two"]),
        ("one     two", 7, ["one", "two"]),
        ("a" * 10, 4, ["aaaa", "aaaa", "aa"]),
        ("of " + "a" * 10, 8, ["of", "aaaaaaaa", "aa"]),
        ("  - list of things", 12, ["  - list of", "  things"]),
        (" " * 30 + "deep in", 8, ["    deep", "    in"]),
        ("a\tb\r\nc\rd", 20, ["a   b", "c␍d"]),
        ("國小數學測驗", 8, ["國小數學", "測驗"]),
        ("國小數學測驗", 7, ["國小數", "學測驗"]),
        ("國小數學。測驗", 8, ["國小數", "學。測驗"]),
        ("用 GPT 回答問題", 8, ["用 GPT", "回答問題"]),
        ("ab 國小數學", 8, ["ab 國小", "數學"]),
        ("abcdef    漢", 8, ["abcdef", "漢"]),
        ("漢\u0301漢\u0301漢\u0301", 4, ["漢\u0301漢\u0301", "漢\u0301"]),
        ("é" * 5, 4, ["éééé", "é"]),
        ("👍👍👍", 5, ["👍👍", "👍"]),
    ],
)
def test_where_lines_end(text: str, width: int, shown: list[str]) -> None:
    assert wrapped(text, width) == shown


def test_wide_characters_are_two_cells() -> None:
    ends = wrapping._WIDE.split("-")
    assert len(ends) > 10
    ranges = [(ends[at][-1], ends[at + 1][0]) for at in range(len(ends) - 1)]
    for first, last in ranges:
        cells = {get_character_cell_size(chr(code)) for code in range(ord(first), ord(last) + 1)}
        assert cells == {2}
