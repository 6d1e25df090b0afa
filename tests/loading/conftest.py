"""What tests of loading share."""

from __future__ import annotations

import subprocess
from typing import Any

import pytest

from tui_eval.loading import pool


@pytest.fixture
def no_children(monkeypatch: pytest.MonkeyPatch) -> None:
    """No process can be started, as where a user has too many: all is done in this one."""

    def refuse(*_: Any, **__: Any) -> None:
        raise BlockingIOError(11, "Resource temporarily unavailable")

    pool.end_kept()
    monkeypatch.setattr(subprocess, "Popen", refuse)
