"""A real terminal for tests: a command in a pseudo-terminal, and the screen that it draws."""

from __future__ import annotations

import contextlib
import os
import re
import select
import signal
import tempfile
import time
import warnings
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

import ptyprocess
import pyte

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from types import TracebackType

KEYS = {
    "enter": "\r",
    "escape": "\x1b",
    "tab": "\t",
    "shift+tab": "\x1b[Z",
    "up": "\x1b[A",
    "down": "\x1b[B",
    "right": "\x1b[C",
    "left": "\x1b[D",
    "home": "\x1b[H",
    "end": "\x1b[F",
    "pageup": "\x1b[5~",
    "pagedown": "\x1b[6~",
    "delete": "\x1b[3~",
    "backspace": "\x7f",
    "space": " ",
}
_KEPT = ("PATH", "TMPDIR", "PYTHONPATH", "LD_LIBRARY_PATH", "COVERAGE_PROCESS_START")
_SLICE = 0.05  # seconds between two looks at the predicate while the program says nothing

_TOKEN = re.compile(
    rb"(?P<text>[^\x1b]+)"
    rb"|\x1b\[(?P<parameters>[0-?]*)(?P<between>[ -/]*)(?P<final>[@-~])"
    rb"|\x1b\](?P<osc>[^\x07\x1b]*)(?:\x07|\x1b\\|(?=\x1b[^\\]))"
    rb"|\x1b[PX^_](?s:.*?)\x1b\\"  # DCS, SOS, PM, APC
    rb"|(?P<escape>\x1b[#%()]?[0-OQ-WYZ\\`-~])"
    rb"|\x1b[ -/]+[0-~]"
    rb"|\x1b\[[0-?]*[ -/]*(?=[^ -~])|\x1b(?=[^ -~])"  # cut short by something else
)


class Terminal:
    """Runs a command in a pseudo-terminal and keeps what a person would see of it.

    Use it as a context manager; the command and its children are killed at the end.

    Attributes:
        raw: Every byte received.
        pid: The command's process.
        home: The command's home folder, a new one unless ``env`` names one.
    """

    def __init__(
        self,
        argv: Sequence[str],
        *,
        size: tuple[int, int] = (80, 24),
        env: Mapping[str, str] | None = None,
        cwd: str | Path | None = None,
    ) -> None:
        """Start ``argv``; ``env`` is laid over a small clean environment; size is columns, rows."""
        self.raw = b""
        self._size = size
        self._pending = b""
        self._osc: list[bytes] = []
        self._ended = False
        self._temporary = tempfile.TemporaryDirectory(prefix="home-", ignore_cleanup_errors=True)
        environ = _environment(self._temporary.name) | dict(env or {})
        self.home = Path(environ["HOME"])
        self._argv = [str(part) for part in argv]
        self._main, self._alternate = _Canvas(size), _Canvas(size)
        self._canvas = self._main
        self._process = _spawn(self._argv, size, environ, cwd)
        self.pid = int(self._process.pid)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Kill the command if it still runs, and free everything."""
        if not self._process.closed:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                if self._process.isalive():
                    os.killpg(self._process.pid, signal.SIGKILL)
            self._process.delayafterclose = 0
            self._process.fileobj.close()
            self._process.closed = True
            if not self._process.terminated:
                self._process.wait()
        self._temporary.cleanup()

    # -- what is seen ------------------------------------------------------------------------

    def screen(self) -> str:
        """The screen as it stands now, lines joined, blanks at their ends cut."""
        self._read(0)
        return self._canvas.text()

    def line(self, number: int) -> str:
        """One line of the screen; 0 is the top, -1 the bottom."""
        return self.screen().split("\n")[number]

    def osc(self) -> list[bytes]:
        """The OSC sequences received, without introducer and terminator (``52;c;…``)."""
        self._read(0)
        return list(self._osc)

    # -- waiting -----------------------------------------------------------------------------

    def wait_for(self, *texts: str, timeout: float = 20) -> str:
        """Wait until all ``texts`` stand on the screen at once, and return the screen.

        What is received may be half a picture: wait for whatever is looked at afterwards.
        """
        named = " and ".join(map(repr, texts))
        return self._wait(
            lambda: all(text in self._canvas.text() for text in texts), timeout, f"the text {named}"
        )

    def wait_until(self, predicate: Callable[[str], object], timeout: float = 20) -> str:
        """Wait until ``predicate(screen)`` holds, and return that screen."""
        name = getattr(predicate, "__name__", repr(predicate))
        return self._wait(lambda: predicate(self._canvas.text()), timeout, f"the predicate {name}")

    def exit_code(self, timeout: float = 20) -> int:
        """Wait until the command ends; its exit code, or minus the signal that killed it."""
        self._wait(self._is_dead, timeout, "the end of the process", dead_is_bad=False)
        self._read(0)  # its last words, between the last look and its end
        code = self._process.exitstatus
        return int(code) if code is not None else -int(self._process.signalstatus)

    def _wait(
        self, holds: Callable[[], object], timeout: float, what: str, *, dead_is_bad: bool = True
    ) -> str:
        """Read until ``holds()``; fail with the screen where time or the process ends first."""
        end = time.monotonic() + timeout
        while True:
            self._read(0)
            if holds():
                return self._canvas.text()
            left = end - time.monotonic()
            if left <= 0:
                self._fail(f"waited {timeout:g} s for {what}")
            if not self._read(min(left, _SLICE)) and dead_is_bad and self._is_dead():
                self._read(0)
                if holds():
                    return self._canvas.text()
                self._fail(f"the process ended ({self._status()}) before {what} was seen")

    def _is_dead(self) -> bool:
        """Whether the command has ended."""
        return not self._process.isalive()

    def _status(self) -> str:
        """How the command ended, in words."""
        if self._process.signalstatus is not None:
            return f"signal {self._process.signalstatus}"
        return f"exit code {self._process.exitstatus}"

    def _fail(self, reason: str) -> None:
        """Raise an AssertionError that shows the screen."""
        columns, rows = self._size
        rule = "-" * columns
        frame = f"{rule}\n{self._canvas.text().rstrip()}\n{rule}"
        raise AssertionError(
            f"{reason}\ncommand: {' '.join(self._argv)}\nscreen {columns}x{rows}:\n{frame}\n"
            f"last bytes: {self.raw[-200:]!r}"
        )

    # -- doing -------------------------------------------------------------------------------

    def press(self, *keys: str) -> None:
        """Press keys: names of ``KEYS``, ``ctrl+x`` forms, else the text itself.

        After ``escape`` wait for what it does: an escape with another key behind it is alt+key.
        In a Textual Input wait too: letters in the same read overtake the bindings before them.
        """
        for key in keys:
            self.write(_key(key))

    def write(self, text: str | bytes) -> None:
        """Send text as it is."""
        data = text.encode() if isinstance(text, str) else text
        try:
            while data and not self._is_dead():
                _, ready, _ = select.select([], [self._process.fd], [], _SLICE)
                data = data[os.write(self._process.fd, data[:1024]) :] if ready else data
                self._read(0)  # a program whose output nobody takes stops reading
        except OSError as error:
            self._fail(f"the process takes no input: {error}")
        if data:
            self._fail(f"the process ended ({self._status()}) before it read {data[:80]!r}")

    def resize(self, columns: int, rows: int) -> None:
        """Give the terminal another size, and tell the command."""
        self._size = (columns, rows)
        for canvas in (self._main, self._alternate):
            canvas.screen.resize(rows, columns)
        self._process.setwinsize(rows, columns)

    # -- reading -----------------------------------------------------------------------------

    def _read(self, timeout: float) -> bool:
        """Take what the command has written, waiting ``timeout`` for the first byte."""
        some = False
        while not self._ended and select.select([self._process.fd], [], [], timeout)[0]:
            try:
                data = os.read(self._process.fd, 65536)
            except OSError:  # EIO: the other side is closed
                data = b""
            self._ended = not data
            self._feed(data)
            some, timeout = some or bool(data), 0
        if self._ended and timeout:
            time.sleep(min(timeout, _SLICE))  # nothing left to select on; its end may be near
        return some

    def _feed(self, data: bytes) -> None:
        """Draw new bytes; a sequence that is not complete yet waits for the rest."""
        self.raw += data
        pending = self._pending + data
        position = 0
        while match := _TOKEN.match(pending, position):
            position = match.end()
            self._token(match)
        self._pending = pending[position:]

    def _token(self, match: re.Match[bytes]) -> None:
        """Draw one text or sequence, if pyte understands it."""
        if match["osc"] is not None:
            self._osc.append(match["osc"])
        elif match["final"] is None:
            self._canvas.draw(match["text"] or match["escape"] or b"")
        elif match["parameters"] in (b"?1049", b"?1047", b"?47") and match["final"] in b"hl":
            self._switch(alternate=match["final"] == b"h")
        elif not match["between"] and _known(match["parameters"], match["final"]):
            self._canvas.draw(match[0])

    def _switch(self, *, alternate: bool) -> None:
        """Go to the alternate screen, cleared, or back to the main one, as it was."""
        self._canvas = self._alternate if alternate else self._main
        if alternate:
            self._alternate.screen.reset()


class _Canvas:
    """A pyte screen and the parser that draws on it."""

    def __init__(self, size: tuple[int, int]) -> None:
        self.screen = pyte.Screen(*size)
        self._stream = pyte.ByteStream(self.screen)
        self._lines: dict[int, str] = {}

    def draw(self, data: bytes) -> None:
        """Draw bytes."""
        self._stream.feed(data)

    def text(self) -> str:
        """What is drawn; only lines that changed since the last look are put together again."""
        screen = self.screen
        for number in screen.dirty:
            row = screen.buffer[number]
            self._lines[number] = "".join(row[place].data for place in range(screen.columns))
        screen.dirty.clear()
        return "\n".join(self._lines[number].rstrip() for number in range(screen.lines))


def _known(parameters: bytes, final: bytes) -> bool:
    """Whether pyte takes a control sequence for what it is.

    It drops ``>`` and draws what follows ``<``, ``=`` and ``:``; private forms it knows are few.
    """
    if parameters.startswith(b"?"):
        return final in b"hlJK" and parameters[1:].replace(b";", b"").isdigit()
    return not parameters.strip(b"0123456789;")


def _key(name: str) -> str:
    """What a terminal sends for a key."""
    if name in KEYS:
        return KEYS[name]
    if match := re.fullmatch(r"ctrl\+([a-z@\[\\\]^_])", name):
        return chr(ord(match[1].upper()) & 0x1F)
    return name


def _environment(home: str) -> dict[str, str]:
    """An environment in which a program behaves the same on every machine."""
    kept = {name: os.environ[name] for name in _KEPT if name in os.environ}
    return kept | {
        "HOME": home,
        "LANG": "C.UTF-8",
        "TERM": "xterm-256color",
        "TEXTUAL_ANIMATIONS": "none",
    }


def _spawn(
    argv: list[str], size: tuple[int, int], env: dict[str, str], cwd: str | Path | None
) -> Any:
    """Start a command in a pseudo-terminal."""
    columns, rows = size
    with warnings.catch_warnings():  # Python 3.12+: forkpty beside pytest-xdist's threads
        warnings.simplefilter("ignore", DeprecationWarning)
        where = None if cwd is None else str(cwd)
        return ptyprocess.PtyProcess.spawn(argv, cwd=where, env=env, dimensions=(rows, columns))
