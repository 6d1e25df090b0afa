"""A pool of child processes: for what takes long, and for what may take this process with it.

A call is a function of a module and what it is given; what it returns, or yields, comes back as it
is made. Native code that reads a damaged file may end the process it runs in: in a child that costs
this call alone. Python's own pools are not used: they run the main module again, and one child that
dies breaks all of them. Children are new processes, since a process with threads must not fork.

A child ends when its calls are done, when they are cancelled, and when this process ends, however
it does (`child`). One that can be used again at once is kept where the caller wants it so.
"""

from __future__ import annotations

import atexit
import os
import pickle
import selectors
import signal
import subprocess
import sys
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from pathlib import Path
from threading import Lock
from typing import Any, NamedTuple

import tui_eval
from tui_eval.files.documents import Problem, Refusal
from tui_eval.loading.child import BEGUN, END, ITEM, LENGTH, READY, message, performed

_MOST = 4
_AHEAD = 2  # calls that a child has: one that it does, one that it can begin at once
_LOOK = 0.1  # seconds between two looks at whether all is cancelled
_PATIENCE = 5  # seconds between the end of a pipe and that of its process
_CHUNK = 1 << 20
_MAIN = """
import sys
sys.path[:] = sys.argv[1:]
from tui_eval.loading.child import main
main()
"""


class Call(NamedTuple):
    """What a child is to do: a function that it can import, and what it is given."""

    function: Callable[..., Any]
    arguments: tuple[Any, ...]


class Done(NamedTuple):
    """A call came to its end; ``problem``: why it ended early."""

    problem: Problem | None = None


def cores() -> int:
    """How many children are worth while at once."""
    try:
        return min(_MOST, len(os.sched_getaffinity(0)))
    except AttributeError:  # of Linux alone
        return min(_MOST, os.cpu_count() or 1)


def results(
    calls: Iterable[Call],
    most: int,
    cancelled: Callable[[], bool],
    *,
    keep: bool = False,
) -> Iterator[tuple[int, Any]]:
    """What comes of calls, as it comes.

    Args:
        calls: They are asked for while others are done already, and begin in their order.
        most: So many children at once. Where none can be started, all is done in this process.
        cancelled: Asked while nothing comes, too: if so, children end at once and nothing follows.
        keep: Whether to use a child that was kept, and to keep one.

    Yields:
        The number of a call, from 0, and something that it returned or yielded; or `Done`, which is
        the last of each call.
    """
    team = _Team(calls, most, keep)
    try:
        yield from team.results(cancelled)
    finally:
        team.close()


def result(function: Callable[..., Any], *arguments: Any) -> Any:
    """What a function returns in a child that is kept for the next time.

    Raises:
        Refusal: It did, or it ended the child.
    """
    value = None
    for _, found in results([Call(function, arguments)], 1, lambda: False, keep=True):
        if not isinstance(found, Done):
            value = found
        elif found.problem is not None:
            raise Refusal(found.problem.reason, found.problem.place)
    return value


class _Child:
    """A child process, and the calls that it has not ended, by their numbers."""

    def __init__(self) -> None:
        """Start it. Raises `OSError`."""
        root = str(Path(tui_eval.__file__).parents[1])
        paths = sys.path if root in sys.path else [root, *sys.path]
        utf8 = f"utf8={sys.flags.utf8_mode}"  # names of files are the same text in both
        self._process = subprocess.Popen(  # noqa: S603  # this Python, nothing of files
            [sys.executable, "-I", "-S", "-X", utf8, "-c", _MAIN, *filter(None, paths)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        )
        with suppress(ImportError, AttributeError, OSError):  # of Linux alone, as far as it may
            import fcntl

            fcntl.fcntl(self.pipe, fcntl.F_SETPIPE_SZ, _CHUNK)  # else it waits while we draw
        self.calls: deque[tuple[int, Call]] = deque()
        self.is_ready = self.has_begun = False
        self._data = bytearray()

    @property
    def pipe(self) -> int:
        """The descriptor from which its messages are read."""
        return self._process.stdout.fileno()  # type: ignore[union-attr]

    def give(self, number: int, call: Call) -> None:
        """One more call; whether it is still there shows when it is read from."""
        data = message(tuple(call))
        self.calls.append((number, call))
        with suppress(BrokenPipeError):
            self._process.stdin.write(data)  # type: ignore[union-attr]
            self._process.stdin.flush()  # type: ignore[union-attr]

    def messages(self) -> list[tuple[int, Any]] | None:
        """What it sent that is whole; None: it has ended."""
        data = os.read(self.pipe, _CHUNK)
        self._data += data
        found, begin = [], 0
        while (end := self._end(begin)) <= len(self._data):
            found.append(pickle.loads(self._data[begin + LENGTH : end]))  # noqa: S301  # its own
            begin = end
        del self._data[:begin]
        return found if data else None

    def _end(self, begin: int) -> int:
        """Where the message ends that begins at a byte; without its length, somewhere later."""
        length = self._data[begin : begin + LENGTH]
        is_there = len(length) == LENGTH
        return begin + LENGTH + (int.from_bytes(length, "little") if is_there else 1)

    @property
    def is_alive(self) -> bool:
        """Whether it has not ended yet."""
        return self._process.poll() is None

    def fate(self) -> str:
        """What ended it, in words, after its pipe did."""
        try:
            code = self._process.wait(_PATIENCE)
        except subprocess.TimeoutExpired:
            return "closed its pipe"
        try:
            return f"was ended by {signal.Signals(-code).name}"
        except ValueError:
            return f"ended with code {code}"

    def end(self) -> None:
        """End it, if it has not."""
        self._process.kill()
        for pipe in (self._process.stdin, self._process.stdout):
            with suppress(BrokenPipeError):  # of a call that it did not take
                pipe.close()  # type: ignore[union-attr]
        with suppress(subprocess.TimeoutExpired):  # it waits for a disk that is gone: it will end
            self._process.wait(_PATIENCE)


_kept: list[_Child] = []
"""One child at most that has nothing to do."""

_lock = Lock()


def _take() -> _Child:
    """The child that was kept, or a new one. Raises `OSError`."""
    with _lock:
        child = _kept.pop() if _kept else None
    if child is None or child.is_alive:
        return child or _Child()
    child.end()
    return _Child()


def _keep(child: _Child) -> None:
    with _lock:
        if not _kept:
            _kept.append(child)
            return
    child.end()


@atexit.register
def end_kept() -> None:
    """End the child that was kept."""
    with _lock:
        while _kept:
            _kept.pop().end()


class _Team:
    """The children that do some calls."""

    def __init__(self, calls: Iterable[Call], most: int, keep: bool) -> None:
        self._calls = enumerate(calls)
        self._again: deque[tuple[int, Call]] = deque()  # a child ended that had not begun them
        self._most = most
        self._keep = keep
        self._children: list[_Child] = []
        self._selector = selectors.DefaultSelector()

    def results(self, cancelled: Callable[[], bool]) -> Iterator[tuple[int, Any]]:
        """What comes of the calls."""
        while True:
            held = self._hand_out()
            if held is not None:  # there is no child to do it, and none can be started
                yield from self._do_here(held)
            elif not any(child.calls for child in self._children):
                return
            else:
                for key, _ in self._selector.select(_LOOK):
                    yield from self._received(key.data)
            if cancelled():
                return

    def close(self) -> None:
        """End what is still done, and all children but one that is to be kept."""
        self._selector.close()
        for child in self._children:
            if self._keep and child.is_ready and not child.calls:
                _keep(child)
            else:
                child.end()

    def _hand_out(self) -> tuple[int, Call] | None:
        """Give the children enough to do; a call that nobody can do."""
        while True:
            free = min(self._children, key=lambda child: len(child.calls), default=None)
            if free is not None and len(free.calls) >= _AHEAD:
                return None
            held = self._again.popleft() if self._again else next(self._calls, None)
            if held is None:
                return None
            if (free is None or free.calls) and len(self._children) < self._most:
                free = self._start() or free
            if free is None:
                return held
            free.give(*held)

    def _start(self) -> _Child | None:
        try:
            if sys.platform == "win32":  # pipes cannot be waited for
                raise OSError
            child = _take() if self._keep else _Child()
        except OSError:
            self._most = len(self._children)
            return None
        self._children.append(child)
        self._selector.register(child.pipe, selectors.EVENT_READ, child)
        return child

    def _received(self, child: _Child) -> Iterator[tuple[int, Any]]:
        messages = child.messages()
        if messages is None:
            yield from self._lost(child)
            return
        for kind, value in messages:
            if kind == READY:
                child.is_ready = True
            elif kind == BEGUN:
                child.has_begun = True
            elif kind == ITEM:
                yield child.calls[0][0], value
            else:
                child.has_begun = False
                number, _ = child.calls.popleft()
                yield number, Done(value)

    def _lost(self, child: _Child) -> Iterator[tuple[int, Any]]:
        """A child that ended: so did the call that it had begun, and others begin anew."""
        self._selector.unregister(child.pipe)
        self._children.remove(child)
        fate = child.fate()
        child.end()
        if not child.is_ready:
            self._most = len(self._children)
        elif child.has_begun:
            number, _ = child.calls.popleft()
            reason = f"the process that read it {fate}: is it damaged, or was memory short?"
            yield number, Done(Problem("", reason))
        self._again.extend(child.calls)

    def _do_here(self, held: tuple[int, Call]) -> Iterator[tuple[int, Any]]:
        number, call = held
        for kind, value in performed(*call):
            yield number, Done(value) if kind == END else value
