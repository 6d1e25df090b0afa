"""Stdout and stderr of commands: data and words, and what to do where they take no more."""

from __future__ import annotations

import io
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from types import TracebackType
from typing import TYPE_CHECKING, Literal

from tui_eval.cli.exits import OK, OutputError, UsageError

if TYPE_CHECKING:
    from tui_eval.analysis.report import Report

_NARROWEST = 20


def tell_fault(
    kind: type[BaseException], error: BaseException, trace: TracebackType | None
) -> None:
    """Say what nobody thought of; its words may be those of a file."""
    import traceback

    lines = "".join(traceback.format_exception(kind, error, trace))
    print(f"{safe(lines, keep=True)}tui-eval: this is a bug in tui-eval", file=sys.stderr)


def forget_stdout() -> None:
    """Let what is still unwritten go nowhere, or Python would complain when it ends."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


@contextmanager
def own_screen() -> Iterator[None]:
    """Let nothing but Python write to the terminal: Polars prints why it gave up a damaged file.

    It does so from threads of its own, to the file descriptor of stderr, where the app draws.
    """
    before, number = (sys.stderr, sys.__stderr__), os.dup(2)
    nowhere = os.open(os.devnull, os.O_WRONLY)
    try:
        encoding, errors = sys.stderr.encoding, sys.stderr.errors
        with os.fdopen(os.dup(number), "w", encoding=encoding, errors=errors) as screen:
            os.dup2(nowhere, 2)
            sys.stderr = sys.__stderr__ = screen  # type: ignore[misc]  # Textual draws on the latter
            yield
    finally:
        sys.stderr, sys.__stderr__ = before  # type: ignore[misc]
        os.dup2(number, 2)
        os.close(number)
        os.close(nowhere)


def why_no_terminal() -> str:
    """Why the app cannot be drawn, in words: Textual would draw into a pipe and wait for ever."""
    if not all(stream.isatty() for stream in (sys.stdin, sys.stdout, sys.stderr)):
        return "This is not a terminal: run tui-eval in one to open the app."
    name = os.environ.get("TERM", "")
    if name not in ("", "dumb"):
        return ""
    told = f"TERM={name}" if name else "no TERM"
    return f"The app cannot be drawn with {told}: set it to your terminal's, as xterm-256color."


def print_report(report: Report, form: Literal["table", "csv", "md", "json", "parquet"]) -> int:
    """Write a report in a format to stdout, its words to stderr; returns the exit code."""
    from tui_eval.render.export import WRITERS
    from tui_eval.render.plain import plain_table

    made = plain_table(report, line_width()) if form == "table" else WRITERS[form](report)
    if isinstance(made, bytes):
        write_bytes(made)
    else:
        write_text(made, is_data=form != "table")
    if form != "table":
        warn(report)
    return OK


def warn(report: Report) -> None:
    """Say on stderr what stands around a table, where its rows alone are printed."""
    from tui_eval.render.words import worded

    empty = [report.empty] if not report.height and report.empty else []
    for words in (report.title, *empty, *report.notes):
        print(f"tui-eval: {safe(worded(words))}", file=sys.stderr)


def line_width() -> int | None:
    """Terminal cells of a line that a person sees: those of `COLUMNS`, or of the terminal.

    None: what is printed goes to a file or a program, which gets lines of any length.
    """
    given = os.environ.get("COLUMNS", "")
    if given.isdecimal() and int(given):
        return max(int(given), _NARROWEST)
    if not sys.stdout.isatty():
        return None
    return max(os.get_terminal_size(sys.stdout.fileno()).columns, _NARROWEST)


def write_text(text: str, *, is_data: bool = False) -> None:
    """Write to stdout: data in UTF-8 as in an exported file, words as the locale can."""
    stdout = sys.stdout
    if is_data and isinstance(stdout, io.TextIOWrapper):
        stdout.reconfigure(encoding="utf-8")
    elif not _is_writable("─", stdout.encoding):
        text = text.translate({ord("─"): "-", ord("—"): "-", ord("·"): "|"})
    with output_errors():
        stdout.write(text)
        stdout.flush()


def write_bytes(data: bytes) -> None:
    """Write bytes to stdout, unless a person would see them."""
    if sys.stdout.isatty():
        raise UsageError("Parquet is not text: send it to a file with >")
    with output_errors():
        sys.stdout.buffer.write(data)
        sys.stdout.buffer.flush()


@contextmanager
def output_errors() -> Iterator[None]:
    """Turn what the system says against our output into words."""
    try:
        yield
    except BrokenPipeError:
        raise
    except OSError as error:
        raise OutputError((error.strerror or "unknown reason").lower()) from None


def _is_writable(text: str, encoding: str | None) -> bool:
    try:
        text.encode(encoding or "utf-8")
    except UnicodeEncodeError:
        return False
    return True


def safe(text: str, *, keep: bool = False) -> str:
    """Foreign text as a terminal may show it; ``keep``: line ends stay."""
    from tui_eval.render.safe import safe_text

    return safe_text(text, keep="\n" if keep else "")
