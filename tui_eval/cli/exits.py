"""Exit codes, and what ends a command with one."""

from __future__ import annotations

OK, FAILED, USAGE, INTERRUPTED = 0, 1, 2, 130

INCOMPLETE = 1
"""What `tui-eval check` ends with where something is incomplete."""

PASSED, DROPPED, UNDECIDED, NO_GATE = 0, 1, 2, 3
"""What `tui-eval gate` ends with: no drop can be, one is shown, neither, or nothing was tested."""


class OutputError(Exception):
    """Stdout takes no more; the message says why."""


class UsageError(Exception):
    """The command cannot be carried out as given; the message says why."""
