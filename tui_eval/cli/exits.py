"""Exit codes, and what ends a command with one."""

from __future__ import annotations

OK, FAILED, USAGE, INTERRUPTED = 0, 1, 2, 130


class OutputError(Exception):
    """Stdout takes no more; the message says why."""


class UsageError(Exception):
    """The command cannot be carried out as given; the message says why."""
