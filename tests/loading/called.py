"""Functions that tests of the pool call in child processes: importable, and cheap to import."""

from __future__ import annotations

import os
import re
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tui_eval.files.documents import Refusal
from tui_eval.files.rows import WHOLE
from tui_eval.formats.batches import passed


def process() -> int:
    """The number of the process that does it."""
    return os.getpid()


def numbers(start: int, count: int) -> Iterator[int]:
    yield from range(start, start + count)


def killed(before: int) -> Iterator[int]:
    """Some numbers, and then the process ends as native code ends it."""
    yield from range(before)
    os.abort()


def refused() -> Iterator[int]:
    yield 1
    raise Refusal("it is odd", "line 3")


def faulty() -> None:
    raise KeyError("odd")


def endless(told: Path) -> None:
    """Write which process it is, and go on for ever without giving other threads much time."""
    told.write_text(str(os.getpid()))
    while True:
        re.match(r"(a+)+$", "a" * 16 + "b")


def asleep(told: Path) -> None:
    told.write_text(str(os.getpid()))
    time.sleep(3600)


def talkative() -> str:
    """Write where a terminal may be, and read from there."""
    print("to the terminal")
    print("to the terminal", file=sys.stderr)
    os.write(1, b"to the terminal")
    os.write(2, b"to the terminal")
    return sys.stdin.read()


def large(size: int) -> bytes:
    return b"x" * size


def modules_after(index: Any, path: Path) -> tuple[int, list[str]]:
    """How many rows a pass finds in a file, and all that the process has imported then."""
    rows = sum(piece.height for batch, _ in passed(index, path, WHOLE) for piece in batch.pieces)
    return rows, sorted(sys.modules)
