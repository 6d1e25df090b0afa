"""The terminal: Textual's driver, but that a pasted text is text, and that whole jobs are stopped.

Textual takes escape sequences in it for keys, character by character: half a megabyte of them
would run commands for minutes.
"""

from __future__ import annotations

import os
import selectors
import signal
from codecs import getincrementaldecoder
from collections.abc import Iterable

from textual._xterm_parser import BRACKETED_PASTE_END as END
from textual._xterm_parser import BRACKETED_PASTE_START as START
from textual._xterm_parser import XTermParser
from textual.drivers.linux_driver import LinuxDriver
from textual.message import Message

ENDING = (
    *(signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT),
    *(signal.SIGUSR1, signal.SIGUSR2, signal.SIGXCPU),
)
"""Signals from outside that end a program, and that it can catch."""

LONGEST = 10_000
"""Characters of a pasted text that are used: every prompt here is one line."""

_READ = 4096  # bytes of input at a time
_WAIT = 0.1  # seconds between two looks whether to end


class PasteParser(XTermParser):
    """Textual's parser of input; escape characters in a pasted text are made visible before."""

    def __init__(self) -> None:
        super().__init__()
        self._seen = ""  # the last characters outside of a paste: its start may come in pieces
        self._pasted: str | None = None  # so far; None: outside of a paste

    def feed(self, data: str) -> Iterable[Message]:
        """What was done, as far as the next piece of input tells; an empty piece is the end."""
        parts = []
        rest = data
        while rest:
            part, rest = self._typed(rest) if self._pasted is None else self._paste(rest)
            parts.append(part)
        text = "".join(parts)
        return super().feed(text) if text or not data else ()

    def _typed(self, data: str) -> tuple[str, str]:
        """What is outside of a paste, its start included, and the rest."""
        seen = self._seen + data
        rest = seen.partition(START)[2]
        is_paste = START in seen
        self._seen = "" if is_paste else seen[1 - len(START) :]
        self._pasted = "" if is_paste else None
        return data[: len(data) - len(rest)], rest

    def _paste(self, data: str) -> tuple[str, str]:
        """A pasted text with its end, or nothing as long as that did not come, and the rest."""
        text, end, rest = ((self._pasted or "") + data).partition(END)
        if not end:
            self._pasted = text[:LONGEST] + text[LONGEST:][1 - len(END) :]
            return "", ""
        self._pasted = None
        return text[:LONGEST].replace("\x1b", "␛") + END, rest


class TerminalDriver(LinuxDriver):
    """Textual's driver of a terminal with our parser; ctrl+z stops who started us, too."""

    def _sigtstp_application(self, *_: object) -> None:
        """Give the terminal back and stop; a shell waits for the whole job, not for one of it."""
        self.suspend_application_mode()
        self._must_signal_resume = True
        signal.signal(signal.SIGTSTP, signal.SIG_DFL)
        os.kill(0, signal.SIGTSTP)
        signal.signal(signal.SIGTSTP, self._sigtstp_application)
        self._sigcont_application()  # where no shell could go on with us, nothing stopped us

    def _sigcont_application(self, *_: object) -> None:
        """Take the terminal again, if it was given back."""
        if self._must_signal_resume:
            self.resume_application_mode()

    def run_input_thread(self) -> None:
        """Read keys, and hand them to the app until it ends."""
        parser = PasteParser()
        decode = getincrementaldecoder("utf-8")("replace").decode
        with selectors.SelectSelector() as selector:
            selector.register(self.fileno, selectors.EVENT_READ)
            while not self.exit_event.is_set():
                text = decode(os.read(self.fileno, _READ)) if selector.select(_WAIT) else ""
                for message in parser.feed(text) if text else parser.tick():
                    self.process_message(message)
