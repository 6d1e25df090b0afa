"""Paths as text: what is shown and stored of a file's name."""

from __future__ import annotations

import os
from pathlib import PurePath


def path_text(path: PurePath) -> str:
    """A path as text that can be shown and stored: bytes that are no UTF-8 become escapes."""
    return os.fsencode(path).decode("utf-8", "backslashreplace")
