"""The file of games: a line a game, written before the next one is asked, read on at any point.

A process that is killed leaves whole lines and at most one torn one, which is cut off when the file
is opened again. What is in it counts by content (`Game.key`), so that nothing is asked twice.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, BinaryIO, Self

_FINAL = frozenset({"ok", "too_long", "content_filter", "no_answer"})
"""States of games that would not come out differently if they were asked again."""

_TAIL = 1 << 16


class JournalError(Exception):
    """The file cannot be used; the message names it and says why."""


class Journal:
    """A file of games that this process alone writes to, open as long as a ``with``.

    Args:
        path: The file; it is made where there is none.
        again: States whose games are asked again, beside those that failed.

    Attributes:
        known: Keys of the games that need not be asked.
        damaged: Lines that cannot be read; they stay.

    Raises:
        JournalError: It cannot be opened, or another process writes to it.
    """

    def __init__(self, path: Path, again: frozenset[str] = frozenset()) -> None:
        self.path = path
        self.known: set[str] = set()
        self.damaged = 0
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            self._file: BinaryIO = path.open("a+b")
        except OSError as error:
            raise JournalError(f"{path}: {(error.strerror or 'unknown reason').lower()}") from None
        try:
            self._take()
            self._cut_torn_line()
            self._read(again)
        except BaseException:
            self._file.close()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.keep()
        self._file.close()

    def write(self, row: Mapping[str, Any]) -> None:
        """Add a game; it is in the file when this returns, whatever becomes of this process."""
        self._file.write(json.dumps(row, ensure_ascii=True).encode("ascii") + b"\n")
        self._file.flush()
        self.known.add(row["key"])

    def keep(self) -> None:
        """Wait until the disk has it, whatever becomes of this machine."""
        os.fsync(self._file.fileno())

    def _take(self) -> None:
        try:
            import fcntl

            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except ImportError:  # not on Windows
            return
        except OSError:
            raise JournalError(f"{self.path}: another process writes to it") from None

    def _cut_torn_line(self) -> None:
        """Take away what stands behind the end of the last whole line."""
        size = end = self._file.seek(0, os.SEEK_END)
        while end > 0:
            begin = max(0, end - _TAIL)
            self._file.seek(begin)
            place = self._file.read(end - begin).rfind(b"\n")
            if place >= 0:
                end = begin + place + 1
                break
            end = begin
        if end < size:
            self._file.truncate(end)

    def _read(self, again: frozenset[str]) -> None:
        self._file.seek(0)
        states: dict[str, str] = {}
        for line in self._file:
            try:
                row = json.loads(line)
                states[row["key"]] = row["state"]
            except (ValueError, KeyError, TypeError, RecursionError):
                self.damaged += 1
        asked = {"unparsed", "length"} - again | _FINAL
        self.known = {key for key, state in states.items() if state in asked}
