"""What comes in from the terminal: keys are keys and pasted text is text, in whatever pieces."""

from __future__ import annotations

import pytest
from textual import events

from tui_eval.tui.terminal import LONGEST, PasteParser

START, END = "\x1b[200~", "\x1b[201~"
NASTY = "\x1b[31mred\x1b[0m q\x1b\n" + "\x1b" * 40 + "\x1b[201 \x1bOP"


def happened(*pieces: str) -> list[str]:
    """Keys, and pasted texts in angle brackets."""
    parser, said = PasteParser(), []
    for piece in pieces:
        for message in parser.feed(piece):
            if isinstance(message, events.Paste):
                said.append(f"<{message.text}>")
            elif isinstance(message, events.Key):
                said.append(message.key)
    return said


@pytest.mark.parametrize("size", [1, 2, 3, 5, 7, 1000])
def test_a_pasted_text_is_text_whatever_it_holds(size: int) -> None:
    data = f"j{START}{NASTY}{END}k{START}plain{END}\x1b[A"
    pieces = [data[place : place + size] for place in range(0, len(data), size)]
    seen = NASTY.replace("\x1b", "␛")
    assert happened(*pieces) == ["j", f"<{seen}>", "k", "<plain>", "up"]


def test_of_a_long_text_the_beginning_is_pasted() -> None:
    long = [START, *["\x1b[31mabcdefgh" for _ in range(LONGEST)], END[:3], END[3:], "x"]
    pasted, key = happened(*long)
    assert (len(pasted), key) == (LONGEST + 2, "x")


def test_many_pastes_in_one_piece() -> None:
    assert happened(f"{START}a{END}" * 3000) == ["<a>"] * 3000
