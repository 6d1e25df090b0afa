"""CSV files: their headings, of a part of the file that is as short as a first line is."""

from __future__ import annotations

import csv
from io import StringIO
from pathlib import Path

from tui_eval.files.documents import Refusal, decode, opened

LONGEST = 1 << 16
"""Bytes from the beginning of a file in which its headings are to end."""


def csv_headings(path: Path) -> list[str]:
    """The fields of the first line, or lines where a field in quotes has several.

    Args:
        path: Fields between commas, in any encoding of `documents`.

    Raises:
        Refusal: It cannot be opened or decoded, or does not begin with headings.
    """
    with opened(path) as file:
        data = file.read(LONGEST)
        is_whole = not file.read(1)
    lines = data if is_whole else data[: data.rfind(b"\n") + 1]
    if not lines:
        raise Refusal(f"no headings: the first line is longer than {LONGEST >> 10} kB", "line 1")
    text, _ = decode(lines)
    try:
        return next(csv.reader(StringIO(text, newline=""), strict=True), [])
    except csv.Error:
        raise Refusal("no headings: a field in quotes has no proper end", "line 1") from None
