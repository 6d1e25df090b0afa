"""Strings of files as text that can be stored and shown."""

from __future__ import annotations


def clean_str(value: object) -> str | None:
    """A text that every later step can write: half a surrogate pair becomes its escape."""
    if not isinstance(value, str):
        return None
    return value if value.isascii() else value.encode("utf-8", "backslashreplace").decode("utf-8")
