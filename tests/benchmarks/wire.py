"""What goes over the wire: bytes of a dialog there and back, a page turn, a wheel notch, a step.

50 runs of 125 categories in the app in a pseudo-terminal, with the environment of an SSH session,
at three sizes, the chart shown where there is room for it; pages of 100 rows, so that a table has
something to scroll. Bytes are no clock: they are the same on every machine.

Aim: a dialog, opened and closed, 10 KB at 80x24 and 25 KB at 200x60; a wheel notch 2 KB without a
chart; a prompt that waits, nothing.

    python -m tests.benchmarks wire
"""

from __future__ import annotations

import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from tests.benchmarks.keys import write_files
from tests.benchmarks.measure import Child, show

SIZES = ((80, 24), (120, 40), (200, 60))
QUIET = 0.8  # seconds without a byte after which an answer is whole

_DOWN = b"\x1b[<65;20;12M"
_UP = b"\x1b[<64;20;12M"

SENT = {
    "cursor right": (b"\x1b[C",),
    "i and Esc": (b"i", b"\x1b"),
    "? and Esc": (b"?", b"\x1b"),
    "d and Esc": (b"d", b"\x1b"),
    "^p and Esc": (b"\x10", b"\x1b"),
    "cursor down": (b"\x1b[B",),
    "wheel, a notch down": (_DOWN,),
    "wheel, a notch up": (_UP,),
    "screen of keys down": (b"\x1b[6~",),
    "next page": (b".",),
    "Delta and back": (b"3", b"2"),
    "prompt that waits 2 s": (b"/",),
}
"""What is done, and what a terminal sends for it."""


def run() -> None:
    """Measure and print."""
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary) / "results"
        folder.mkdir()
        write_files(folder)
        columns = [_bytes(folder, size) for size in SIZES]
    rows = [(name, *(column[name] for column in columns)) for name in SENT]
    show("Bytes on the wire", ("", *(f"{width}x{height}" for width, height in SIZES)), rows)


def _bytes(folder: Path, size: tuple[int, int]) -> dict[str, int]:
    environment = (f"HOME={folder.parent}", "SSH_CONNECTION=here")
    app = (sys.executable, "-m", "tui_eval", "--no-cache", str(folder))
    child = Child(["env", *environment, *app], size)
    child.drain(3.0)
    for _ in range(3):  # 30, 50, 100 rows a page
        child.write(b"p")
        child.drain(1.0)
    costs = {name: _cost(child, keys) for name, keys in SENT.items()}
    before = len(child.raw)
    end = time.monotonic() + 2
    while (left := end - time.monotonic()) > 0:
        child.read(left)
    costs["prompt that waits 2 s"] = len(child.raw) - before
    child.kill()
    return costs


def _cost(child: Child, keys: Sequence[bytes]) -> int:
    """Bytes of the answers to some keys, each waited for."""
    before = len(child.raw)
    for key in keys:
        child.write(key)
        child.drain(QUIET)
    return len(child.raw) - before
