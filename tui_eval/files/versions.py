"""By what a file is known to be the same as before: one opaque text, compared and nothing else."""

from __future__ import annotations

import os
from pathlib import Path


def version_of(file: Path | os.stat_result) -> str:
    """What becomes another text when a file is written to: on this disk its size and times.

    The time of its entry is among them: a copy may keep size and time of what it replaces.

    Raises:
        OSError: The path cannot be looked at.
    """
    status = file if isinstance(file, os.stat_result) else file.stat()
    return f"{status.st_size}-{status.st_mtime_ns}-{status.st_ctime_ns}"
