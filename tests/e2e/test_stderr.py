"""What libraries print past Python, while the app is open, is not drawn over it."""

from __future__ import annotations

import sys
from pathlib import Path

from tests.e2e.app import READY, SAMPLES, quit_app, started

NOISY = """
import os
from tui_eval.cli import main
from tui_eval.loading import collection

add = collection.Collection.add

def noisy(self, file):
    os.write(2, b"thread 'async-executor-0' panicked")
    add(self, file)

collection.Collection.add = noisy
code = main.main()
os.write(2, b"after the app")
raise SystemExit(code)
"""


def test_a_panic_is_not_drawn(tmp_path: Path) -> None:
    argv = (sys.executable, "-c", NOISY)
    with started(str(SAMPLES), cwd=tmp_path, argv=argv) as terminal:
        terminal.wait_for(READY)
        quit_app(terminal)
        assert b"panicked" not in terminal.raw
        assert b"after the app" in terminal.raw
