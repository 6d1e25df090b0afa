"""What a start leaves for the next one, in a real terminal."""

from __future__ import annotations

import json
import os
import signal
from pathlib import Path

import pytest

from tests.e2e.app import READY, SAMPLES, quit_app, started


@pytest.mark.parametrize("end", [None, signal.SIGTERM, signal.SIGHUP])
def test_the_next_start_begins_where_the_last_one_ended(
    tmp_path: Path, end: signal.Signals | None
) -> None:
    env = {"HOME": str(tmp_path)}
    with started(str(SAMPLES), cwd=tmp_path, env=env) as terminal:
        terminal.wait_for(READY, "0–1")
        terminal.press("x")
        terminal.wait_for("0–100")
        if end is None:
            quit_app(terminal)
        else:
            os.kill(terminal.pid, end)
            assert terminal.exit_code() == 128 + end
    kept = json.loads((tmp_path / ".config" / "tui-eval" / "state.json").read_text())
    assert kept["preferences"]["scale"] == 100
    with started(str(SAMPLES), cwd=tmp_path, env=env) as terminal:
        terminal.wait_for(READY, "0–100")
        quit_app(terminal)


def test_a_word_that_means_nothing_is_said_as_the_commands_say_it(tmp_path: Path) -> None:
    with started(str(SAMPLES), "--dataset", "nothing", cwd=tmp_path) as terminal:
        assert terminal.exit_code() == 2
        assert "tui-eval: dataset 'nothing' is unknown; there are:" in terminal.screen()
