"""A child process of `pool`: it does what comes on a pipe, and writes what comes of it.

It imports nothing that not every call needs: neither Polars nor NumPy. Calls are read in a thread
of their own, which ends the process at the end of the pipe: that is there as soon as the parent is
no more, whatever ended it.
"""

from __future__ import annotations

import gc
import os
import pickle
import signal
from _thread import start_new_thread
from collections.abc import Callable, Iterator
from queue import SimpleQueue
from typing import Any, BinaryIO

from tui_eval.files.documents import Refusal, contained

LENGTH = 8
"""Bytes before each message, which say how long it is."""

READY, BEGUN, ITEM, END = range(4)
"""What a message to the parent is: it can do calls; it has begun one; something that came of it;
how it ended."""

_OBJECTS = 200_000  # that are made before garbage is looked for: rows are none


def main() -> None:
    """Do calls until the pipe on which they come ends."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # a key meant for the parent, which ends it
    gc.set_threshold(_OBJECTS)
    calls, results = _taken_pipes()
    waiting: SimpleQueue[bytes] = SimpleQueue()
    start_new_thread(_listen, (calls, waiting))
    try:
        _send(results, READY, None)
        while True:
            call = waiting.get()
            _send(results, BEGUN, None)
            function, arguments = pickle.loads(call)  # noqa: S301  # of the parent alone
            for kind, value in performed(function, arguments):
                _send(results, kind, value)
    except BrokenPipeError:  # nobody reads it any more
        os._exit(0)


def message(value: object) -> bytes:
    """A value as it goes through a pipe."""
    data = pickle.dumps(value, pickle.HIGHEST_PROTOCOL)
    return len(data).to_bytes(LENGTH, "little") + data


def _taken_pipes() -> tuple[BinaryIO, BinaryIO]:
    """The two pipes, out of the way of whoever reads from a terminal or writes to one."""
    taken = os.fdopen(os.dup(0), "rb"), os.fdopen(os.dup(1), "wb")
    nowhere = os.open(os.devnull, os.O_RDWR)
    for number in range(3):
        os.dup2(nowhere, number)
    return taken


def _listen(calls: BinaryIO, waiting: SimpleQueue[bytes]) -> None:
    while len(length := calls.read(LENGTH)) == LENGTH:
        waiting.put(calls.read(int.from_bytes(length, "little")))
    os._exit(0)


def performed(
    function: Callable[..., Any], arguments: tuple[Any, ...]
) -> Iterator[tuple[int, Any]]:
    """What comes of a call: its items, and at last why it ended early, or None."""
    try:
        with contained():
            value = function(*arguments)
            for item in value if isinstance(value, Iterator) else [value]:
                yield ITEM, item
    except Refusal as refusal:
        yield END, refusal.problem
    else:
        yield END, None


def _send(results: BinaryIO, kind: int, value: object) -> None:
    results.write(message((kind, value)))
    results.flush()
