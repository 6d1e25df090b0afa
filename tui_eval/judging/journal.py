"""The file of games: a line a game, written before the next one is asked, read on at any point.

A process that is killed leaves whole lines and at most one torn one, which is cut off when the file
is opened again. What is in it counts by content (`Game.key`), so that nothing is asked twice.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Any, BinaryIO, NamedTuple, Self

_FINAL = frozenset({"ok", "too_long", "content_filter", "no_answer"})
"""States of games that would not come out differently if they were asked again."""

_BEGIN = b'{"v": '
"""How lines begin: of a process that was killed at its first game a part of one may be all."""


class JournalError(Exception):
    """The file cannot be used; the message names it and says why."""


class Kept(NamedTuple):
    """What a file of games holds.

    Attributes:
        known: Keys of the games that need not be asked.
        damaged: Lines that cannot be read; they stay.
        size: Bytes of its whole lines; what stands behind them is a line that was torn.
    """

    known: frozenset[str] = frozenset()
    damaged: int = 0
    size: int = 0


def read_games(path: Path, again: frozenset[str] = frozenset()) -> Kept:
    """What a file of games holds, without changing it; nothing where there is no file.

    Args:
        path: The file.
        again: States whose games are asked again, beside those that failed.

    Raises:
        JournalError: It cannot be read, or is something else than a file of games.
    """
    try:
        if not path.exists():
            return Kept()
        if not path.is_file():
            raise JournalError(f"{path}: not a regular file")
        with path.open("rb") as file:
            return _kept(path, file, again)
    except OSError as error:
        raise _trouble(path, error) from None


def _kept(path: Path, file: BinaryIO, again: frozenset[str]) -> Kept:
    states: dict[str, str] = {}
    damaged = size = lines = 0
    line = b""
    for line in file:
        lines += 1
        if not line.endswith(b"\n"):
            break
        size += len(line)
        try:
            row = json.loads(line)
            states[row["key"]] = row["state"]
        except (ValueError, KeyError, TypeError, RecursionError):
            damaged += 1
    if lines and not states and not line.startswith(_BEGIN):
        raise JournalError(f"{path}: is there already, and does not hold games")
    asked = {"unparsed", "length"} - again | _FINAL
    known = frozenset(key for key, state in states.items() if state in asked)
    return Kept(known, damaged, size)


class Journal:
    """A file of games that this process alone writes to, open as long as a ``with``.

    A line that a killed process left torn is cut off.

    Args:
        path: The file; it is made where there is none.
        again: As for `read_games`.

    Attributes:
        known: Keys of the games that need not be asked.

    Raises:
        JournalError: It cannot be opened, or another process writes to it; of its methods: it
            cannot be written.
    """

    def __init__(self, path: Path, again: frozenset[str] = frozenset()) -> None:
        self.path = path
        kept = read_games(path, again)
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            self._file: BinaryIO = path.open("a+b")
        except OSError as error:
            raise _trouble(path, error) from None
        try:
            self._take()
            kept = read_games(path, again)  # nobody else writes to it from here on
            self._file.truncate(kept.size)
        except BaseException:
            self._file.close()
            raise
        self.known = set(kept.known)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        with suppress(OSError):  # what was not written was told when it was
            self._file.close()

    def write(self, row: Mapping[str, Any]) -> None:
        """Add a game; it is in the file when this returns, whatever becomes of this process."""
        try:
            self._file.write(json.dumps(row, ensure_ascii=True).encode("ascii") + b"\n")
            self._file.flush()
        except OSError as error:
            raise _trouble(self.path, error) from None
        self.known.add(row["key"])

    def keep(self) -> None:
        """Wait until the disk has it, whatever becomes of this machine."""
        try:
            os.fsync(self._file.fileno())
        except OSError as error:
            raise _trouble(self.path, error) from None

    def _take(self) -> None:
        try:
            import fcntl

            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except ImportError:  # not on Windows
            return
        except OSError:
            raise JournalError(f"{self.path}: another process writes to it") from None


def _trouble(path: Path, error: OSError) -> JournalError:
    return JournalError(f"{path}: {(error.strerror or 'unknown reason').lower()}")
