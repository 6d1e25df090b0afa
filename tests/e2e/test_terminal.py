"""The harness itself: what it shows is what a person would see."""

from __future__ import annotations

import os
import sys
import time
from typing import TYPE_CHECKING

import pytest

from tests.e2e.terminal import Terminal

if TYPE_CHECKING:
    from pathlib import Path

APP = """
from textual.app import App
from textual.widgets import Input, Label

class Small(App):
    BINDINGS = [("ctrl+t", "copy", "Copy"), ("ctrl+q", "quit", "Quit")]

    def compose(self):
        yield Label("模型 accuracy│", id="title")
        yield Label("", id="size")
        yield Input()

    def on_resize(self, event):
        self.query_one("#size").update(f"{event.size.width}x{event.size.height}")

    def on_input_submitted(self, event):
        self.query_one("#title").update(f"got {event.value}")

    def action_copy(self):
        self.copy_to_clipboard("42")

Small().run()
"""


def test_a_shell_command_is_seen_to_its_end() -> None:
    with Terminal(["sh", "-c", 'read line; echo "<$line>"; exit 3']) as terminal:
        terminal.press("hello", "space", "you", "enter")
        terminal.wait_for("<hello you>")
        assert terminal.line(0) == "hello you"
        assert terminal.line(1) == "<hello you>"
        assert terminal.exit_code() == 3
        assert b"<hello you>\r\n" in terminal.raw


def test_the_environment_is_clean(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("TMUX", "SSH_TTY", "COLORTERM", "NO_COLOR", "TEXTUAL_DEBUG", "DISPLAY"):
        monkeypatch.setenv(name, "leak")
    with Terminal(["env"], env={"EXTRA": "here"}) as terminal:
        assert terminal.exit_code() == 0
        screen = terminal.screen()
        assert "EXTRA=here" in screen
        assert f"HOME={terminal.home}" in screen
        assert terminal.home.is_dir()
        assert "TERM=xterm-256color" in screen
        assert "leak" not in screen
    assert not terminal.home.exists()


def test_a_textual_app_is_seen_as_it_is_and_leaves_the_screen_as_it_was(tmp_path: Path) -> None:
    program = f'echo before; {sys.executable} -c "$APP"; echo after'
    with Terminal(["sh", "-c", program], env={"APP": APP}, cwd=tmp_path) as terminal:
        terminal.wait_for("80x24")
        terminal.wait_until(lambda _: terminal.line(0) == "模型 accuracy│")
        assert [line for line in terminal.screen().split("\n")[5:] if line] == []
        terminal.press("abc")
        terminal.wait_for("abc")
        terminal.press("left", "backspace")
        terminal.wait_until(lambda _: "  ac" in terminal.line(3))
        terminal.press("d", "enter")
        terminal.wait_until(lambda _: terminal.line(0) == "got adc")
        terminal.press("ctrl+t")
        terminal.wait_until(lambda _: b"52;c;NDI=" in terminal.osc())
        terminal.resize(100, 30)
        terminal.wait_for("100x30")
        terminal.press("ctrl+q")
        assert terminal.exit_code() == 0
        assert terminal.screen().split() == ["before", "after"]


def test_a_sequence_in_pieces_and_what_pyte_does_not_know_leave_no_trace() -> None:
    pieces = [
        r"a\033",
        r"[31",
        r"mb\033[<1u\033[=5u\033[>25u\033[?2026$pc\033]0;ti",
        r"tle\033",
        r"\\d\033]52;c;QQ==\007\033P+q544e\033\\e\033[4:3mf\033_Gx\033\\\033[>4;1mg\033[?u\033(Bh",
        r"\033[2 qi\033]8;;x\033[0mj\346",
        r"\227\245k",
    ]
    script = "; sleep 0.03; ".join(f"printf '{piece}'" for piece in pieces)
    with Terminal(["sh", "-c", script]) as terminal:
        terminal.exit_code()
        assert terminal.screen().strip() == "abcdefghij日k"
        assert terminal.osc() == [b"0;title", b"52;c;QQ==", b"8;;x"]


def test_a_timeout_shows_the_screen() -> None:
    with Terminal(["sh", "-c", "echo I am here; exec sleep 60"], size=(40, 5)) as terminal:
        terminal.wait_for("I am here")
        with pytest.raises(AssertionError, match="I am here") as caught:
            terminal.wait_for("never", timeout=0.2)
    message = str(caught.value)
    assert message.startswith("waited 0.2 s for the text 'never'\ncommand: ")
    assert "screen 40x5:" in message


def test_a_dead_process_is_told_at_once() -> None:
    start = time.monotonic()
    with Terminal(["sh", "-c", "echo last words; exit 4"]) as terminal:
        with pytest.raises(AssertionError, match="last words") as caught:
            terminal.wait_for("never", timeout=60)
        assert time.monotonic() - start < 30
        assert "the process ended (exit code 4) before the text 'never' was seen" in str(
            caught.value
        )


def test_a_process_that_closes_its_terminal_is_still_waited_for() -> None:
    with Terminal(["sh", "-c", "exec <&- >&- 2>&-; sleep 0.3; exit 5"]) as terminal:
        assert terminal.exit_code() == 5


def test_a_killed_process_has_a_negative_code() -> None:
    with Terminal(["sh", "-c", "kill -9 $$"]) as terminal:
        assert terminal.exit_code() == -9


def test_text_to_a_dead_process_fails_in_words() -> None:
    with Terminal(["true"]) as terminal:
        terminal.exit_code()
        with pytest.raises(AssertionError, match=r"the process ended \(exit code 0\) before it"):
            terminal.press("x")


def test_the_end_kills_what_runs() -> None:
    with Terminal(["sh", "-c", "trap '' HUP INT TERM; echo ready; sleep 60 & wait"]) as terminal:
        terminal.wait_for("ready")
        number = terminal.pid
    with pytest.raises(ProcessLookupError):
        os.kill(number, 0)
    terminal.close()  # twice does no harm
