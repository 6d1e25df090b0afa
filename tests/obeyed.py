"""What a terminal acts on."""

from __future__ import annotations

import unicodedata

BIDI = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


def is_obeyed(character: str) -> bool:
    """Whether a terminal acts on a character, or a text looks other than it is by it."""
    return unicodedata.category(character) in ("Cc", "Cs", "Zl", "Zp") or character in BIDI
