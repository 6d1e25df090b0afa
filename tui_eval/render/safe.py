"""The one door for foreign text: what models, files and labels say, made safe to draw.

Widths and cuts are in terminal cells.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Literal

from rich.cells import cell_len, set_cell_size

Align = Literal["left", "right"]

MISSING = "—"

JOINER = "\u200d"  # at the end of a text it would swallow the blank that comes after it

_BIDI_AND_INVISIBLE = (
    "\xad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180e\u200b\u200e\u200f\u2028\u2029"
    "\u202a-\u202e\u2060-\u206f\u3164\ufeff\uffa0\ufff9-\ufffb"
    "\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e007f\ud800-\udfff"
)

UNSAFE = re.compile(f"[\x00-\x1f\x7f-\x9f{_BIDI_AND_INVISIBLE}]")
"""Characters that a terminal obeys, or that make text look other than it is."""

MARKS = 8
"""Characters without a width of their own that may follow each other; a syllable needs fewer."""

_TONES = "\U0001f3fb-\U0001f3ff"

_EMOJI = (
    f"[\u203c\u2049\u2122-\u2bff\u3030\u303d\u3297\u3299\U0001f000-\U0001faff][{_TONES}\ufe0f]?"
)

_JOINED = (
    f"{_EMOJI}(?:{JOINER}{_EMOJI}){{1,3}}"  # a family of four
    "|(?<=[\u0600-\u0dff])\u200c(?=[\u0600-\u0dff])(?=\\w)"  # letters that must not join
)

_MAYBE_MARK = (  # all marks, and some other signs: no letters, punctuation, arrows, emoji
    r"(?:[^\w\s\x00-\u02ff\u200c\u200d\u2010-\u205e\u2100-\u2bff\u3001-\u3029\u3030-\u303f"
    r"\uff01-\uff65\U0001f000-\U0001f3fa\U0001f400-\U0001faff]|[\u1161-\u11ff\ud7b0-\ud7fb])"
)

_STACKED = re.compile(f"(?P<joined>{_JOINED})|[\u200c\u200d]|{_MAYBE_MARK}{{{MARKS + 1},}}")


def safe_text(text: str, keep: str = "") -> str:
    """Foreign text as it may reach a terminal: every control character made visible.

    C0 controls become their pictures (``␛``), line ends ``⏎``, tabs a space; C1 controls,
    bidirectional overrides, invisible characters and half surrogates their escapes. So do joiners
    that join nothing, and marks that are piled up on one character: no two terminals agree how
    many cells they take.

    Args:
        text: Anything that was read from a file.
        keep: Control characters that stay: line ends where several lines are wanted.
    """
    if text.isascii() and text.isprintable():
        return text
    text = UNSAFE.sub(lambda match: match[0] if match[0] in keep else _visible(match[0]), text)
    return text if text.isascii() else _STACKED.sub(_unstacked, text)


def _unstacked(match: re.Match[str]) -> str:
    """Joiners that join, and the first marks on a character; the others visible."""
    if match["joined"]:
        return match[0]
    if match[0] in "\u200c\u200d":
        return _visible(match[0])
    shown = []
    marks = 0
    for character in match[0]:
        marks = 0 if cell_len(character) else marks + 1
        shown.append(_visible(character) if marks > MARKS else character)
    return "".join(shown)


def _visible(character: str) -> str:
    code = ord(character)
    if character == "\n":
        return "⏎"
    if character == "\t":
        return " "
    if code < 0x20:
        return chr(0x2400 + code)
    if code == 0x7F:
        return "␡"
    return (
        f"\\x{code:02x}"
        if code < 0x100
        else f"\\u{code:04x}"
        if code < 0x10000
        else f"\\U{code:08x}"
    )


def cut(text: str, width: int) -> str:
    """Text of at most ``width`` terminal cells, ``…`` at the end where something is missing."""
    text = text.rstrip(JOINER)
    if cell_len(text) <= width:
        return text
    if width <= 0:
        return ""
    return set_cell_size(text, width - 1).rstrip(" " + JOINER) + "…"


def fit(text: str, width: int, align: Align = "left") -> str:
    """Text cut and filled to exactly ``width`` terminal cells."""
    text = cut(text, width)
    blank = " " * (width - cell_len(text))
    return blank + text if align == "right" else text + blank


def widest(texts: Iterable[str]) -> int:
    """Terminal cells of the widest of some texts; 1 where there is none."""
    return max(map(cell_len, texts), default=1)
