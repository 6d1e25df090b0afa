"""Copying: which way a text takes, and that the words about it are true."""

from __future__ import annotations

import stat
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from tui_eval.tui import clipboard

LONG = "x" * (clipboard.OSC52_LIMIT + 1)
XCLIP = """
for argument; do [ "$argument" = -o ] && exec cat "{store}"; done
cat > "{store}"
"""
NOISY_XCLIP = "echo 'Error: Can not open display' >&2; cat > /dev/null; exit 1"


@dataclass
class Machine:
    """A made-up machine: an environment, stand-in programs, and a terminal that is sent text."""

    root: Path
    sent: list[str] = field(default_factory=list)
    environ: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.bin.mkdir()
        self.environ["PATH"] = f"{self.bin}:/usr/bin:/bin"

    @property
    def bin(self) -> Path:
        """The folder of the stand-in programs."""
        return self.root / "bin"

    def program(self, name: str, body: str) -> None:
        """Put a shell script first on the PATH."""
        path = self.bin / name
        path.write_text(f"#!/bin/sh\n{body}\n")
        path.chmod(0o755)

    def tmux(self, body: str = "") -> None:
        """Sit in a tmux whose program records its arguments and its input, then does ``body``."""
        self.environ["TMUX"] = "/tmp/tmux-0/default,1,0"
        self.program("tmux", f'echo "$*" >> "{self.root}/argv"; cat > "{self.root}/stdin"\n{body}')

    def xclip(self, body: str = XCLIP) -> None:
        """Sit at an X desktop whose only clipboard program is this."""
        self.environ["DISPLAY"] = ":7"
        self.environ["PATH"] = f"{self.bin}:{self.only('cat', 'which', 'sleep')}"
        self.program("xclip", body.format(store=self.root / "selection"))

    def only(self, *names: str) -> Path:
        """A folder with these system programs and nothing else."""
        folder = self.root / "only"
        folder.mkdir(exist_ok=True)
        for name in names:
            found = next(
                Path(place, name) for place in ("/bin", "/usr/bin") if Path(place, name).exists()
            )
            (folder / name).symlink_to(found)
        return folder

    def read(self, name: str) -> str:
        """What a stand-in recorded."""
        return (self.root / name).read_text("utf-8")

    def copy(self, text: str) -> clipboard.Copied:
        """Copy on this machine."""
        return clipboard.copy(text, write_osc52=self.sent.append, environ=self.environ)


@pytest.fixture
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Machine:
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setattr(sys, "platform", "linux")
    monkeypatch.setattr("platform.release", lambda: "6.1.0-generic")
    return Machine(tmp_path)


def test_without_tmux_and_desktop_the_terminal_is_sent_it_and_nothing_is_claimed(
    machine: Machine,
) -> None:
    machine.environ.pop("PATH")
    copied = machine.copy("答案 42")
    assert copied == clipboard.Copied(("osc52",), None, "Sent to the terminal (OSC 52).")
    assert machine.sent == ["答案 42"]


def test_an_empty_text_goes_nowhere(machine: Machine) -> None:
    machine.tmux()
    copied = machine.copy("")
    assert copied == clipboard.Copied((), None, "Nothing to copy.")
    assert not machine.sent
    assert not (machine.root / "argv").exists()


def test_a_lone_surrogate_does_not_break_the_way(machine: Machine) -> None:
    machine.copy("a\ud800b")
    assert machine.sent == ["a?b"]


def test_in_tmux_both_tmux_and_the_terminal_get_it(machine: Machine) -> None:
    machine.tmux()
    copied = machine.copy("one\n二\n")
    assert machine.read("argv") == "load-buffer -w -\n"
    assert machine.read("stdin") == "one\n二\n"
    assert machine.sent == ["one\n二\n"]
    assert copied.ways == ("tmux", "osc52")
    assert copied.sentence == "Sent to tmux and to the terminal (OSC 52)."


def test_a_tmux_too_old_for_w_still_keeps_it(machine: Machine) -> None:
    machine.tmux('[ "$2" = -w ] && { echo "unknown option -- w" >&2; exit 1; }; exit 0')
    copied = machine.copy("text")
    assert machine.read("argv") == "load-buffer -w -\nload-buffer -\n"
    assert copied.ways == ("tmux", "osc52")


def test_a_failing_tmux_is_told_in_its_own_words(
    machine: Machine, capfd: pytest.CaptureFixture[str]
) -> None:
    machine.tmux("printf 'no server\\033[2J running\\nmore\\n' >&2; exit 1")
    copied = machine.copy("text")
    assert copied.ways == ("osc52",)
    assert copied.sentence == (
        "Sent to the terminal (OSC 52); tmux refused it (no server?[2J running)."
    )
    assert capfd.readouterr() == ("", "")


def test_a_tmux_that_fails_without_a_word_is_told_by_its_exit_code(machine: Machine) -> None:
    machine.tmux("exit 3")
    assert machine.copy("text").sentence.endswith("; tmux refused it (exit code 3).")


def test_a_missing_tmux_is_told(machine: Machine) -> None:
    machine.environ |= {"TMUX": "/tmp/tmux-0/default,1,0", "PATH": str(machine.bin)}
    copied = machine.copy("text")
    assert copied.ways == ("osc52",)
    assert copied.sentence == (
        "Sent to the terminal (OSC 52); tmux refused it (no tmux on the PATH)."
    )


def test_a_hanging_tmux_is_killed_with_its_children(
    machine: Machine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(clipboard, "TMUX_TIMEOUT", 0.3)
    machine.tmux(f'sleep 60 & echo $! > "{machine.root}/child"; wait')
    start = time.monotonic()
    copied = machine.copy("text")
    assert time.monotonic() - start < 10
    assert copied.sentence.endswith("; tmux refused it (no answer within 0.3 s).")
    assert machine.read("argv") == "load-buffer -w -\n"
    assert _is_gone(int(machine.read("child")))


def _is_gone(number: int) -> bool:
    """Whether a process has ended, or is a zombie that waits for its parent."""
    end = time.monotonic() + 5
    while time.monotonic() < end:
        try:
            state = Path(f"/proc/{number}/stat").read_text().rpartition(")")[2].split()[0]
        except OSError:
            return True
        if state == "Z":
            return True
    return False


def test_a_tmux_that_reads_nothing_is_no_broken_pipe(machine: Machine) -> None:
    machine.tmux()
    machine.program("tmux", "exit 0")
    assert machine.copy("x" * clipboard.OSC52_LIMIT).ways == ("tmux", "osc52")


def test_at_a_desktop_what_was_read_back_is_copied(machine: Machine) -> None:
    machine.xclip()
    copied = machine.copy("答案\n")
    assert copied == clipboard.Copied(("desktop", "osc52"), None, "Copied to the clipboard.")
    assert machine.read("selection") == "答案\n"
    assert machine.sent == ["答案\n"]


@pytest.mark.parametrize("variable", ["SSH_CONNECTION", "SSH_TTY", "SSH_CLIENT"])
def test_over_ssh_the_desktop_of_the_other_machine_is_left_alone(
    machine: Machine, variable: str
) -> None:
    machine.xclip()
    machine.environ[variable] = "10.0.0.1 22"
    assert machine.copy("text").sentence == "Sent to the terminal (OSC 52)."
    assert not (machine.root / "selection").exists()


def test_a_noisy_failure_at_the_desktop_is_neither_claimed_nor_seen(
    machine: Machine, capfd: pytest.CaptureFixture[str]
) -> None:
    machine.xclip(NOISY_XCLIP)
    copied = machine.copy("text")
    assert copied == clipboard.Copied(("osc52",), None, "Sent to the terminal (OSC 52).")
    assert capfd.readouterr() == ("", "")


def test_a_desktop_that_gives_back_another_text_is_not_claimed(machine: Machine) -> None:
    machine.xclip("cat > /dev/null; echo something else")
    assert machine.copy("text").ways == ("osc52",)


def test_a_desktop_without_a_clipboard_program_is_not_claimed(
    machine: Machine, capfd: pytest.CaptureFixture[str]
) -> None:
    machine.environ |= {"DISPLAY": ":7", "PATH": str(machine.only("which"))}
    assert machine.copy("text").ways == ("osc52",)
    assert capfd.readouterr() == ("", "")


def test_a_hanging_desktop_is_given_up(machine: Machine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clipboard, "DESKTOP_TIMEOUT", 0.5)
    machine.xclip("sleep 60")
    start = time.monotonic()
    assert machine.copy("text").ways == ("osc52",)
    assert time.monotonic() - start < 10


def test_a_clipboard_daemon_that_stays_does_not_hold_us(machine: Machine) -> None:
    machine.xclip('[ "$3" = -o ] || sleep 5 &\n' + XCLIP)
    start = time.monotonic()
    assert "desktop" in machine.copy("text").ways
    assert time.monotonic() - start < 4


def test_a_pyperclip_in_the_working_folder_is_not_run(
    machine: Machine, monkeypatch: pytest.MonkeyPatch
) -> None:
    machine.xclip()
    (machine.root / "pyperclip.py").write_text("open('hacked', 'w')\n")
    monkeypatch.chdir(machine.root)
    assert "desktop" in machine.copy("text").ways
    assert not (machine.root / "hacked").exists()


def test_pyperclip_is_never_imported_here(machine: Machine) -> None:
    machine.xclip()
    sys.modules.pop("pyperclip", None)
    machine.copy("text")
    assert "pyperclip" not in sys.modules


def test_the_longest_text_that_terminals_take_is_sent(machine: Machine) -> None:
    machine.copy(LONG[1:])
    assert machine.sent == [LONG[1:]]


def test_a_longer_text_is_saved_and_never_sent(machine: Machine) -> None:
    copied = machine.copy(LONG)
    path = machine.root / "cache" / "tui-eval" / "clipboard.txt"
    assert not machine.sent
    assert copied.ways == ("file",)
    assert copied.path == path
    assert copied.sentence == (
        f"Too long for the terminal's clipboard (74,001 bytes): saved to {path}"
    )
    assert path.read_text() == LONG
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [found.name for found in path.parent.iterdir()] == ["clipboard.txt"]


def test_bytes_count_not_characters(machine: Machine) -> None:
    assert machine.copy("字" * 24_667).ways == ("file",)


def test_a_saved_text_replaces_a_link_and_not_what_it_points_to(machine: Machine) -> None:
    folder = machine.root / "cache" / "tui-eval"
    folder.mkdir(parents=True)
    precious = machine.root / "precious"
    precious.write_text("mine")
    (folder / "clipboard.txt").symlink_to(precious)
    machine.copy(LONG)
    assert precious.read_text() == "mine"
    assert (folder / "clipboard.txt").read_text() == LONG


def test_a_long_text_in_tmux_is_kept_there_but_not_forwarded(machine: Machine) -> None:
    machine.tmux()
    copied = machine.copy(LONG)
    assert machine.read("argv") == "load-buffer -\n"
    assert machine.read("stdin") == LONG
    assert not machine.sent
    assert copied.ways == ("tmux", "file")
    assert "(74,001 bytes): put into tmux's paste buffer, saved to /" in copied.sentence


def test_a_long_text_at_a_desktop_needs_no_file(machine: Machine) -> None:
    machine.xclip()
    copied = machine.copy(LONG)
    assert copied == clipboard.Copied(("desktop",), None, "Copied to the clipboard.")
    assert not machine.sent
    assert not (machine.root / "cache").exists()


def test_where_the_cache_folder_cannot_be_written_a_temporary_file_is(
    machine: Machine, monkeypatch: pytest.MonkeyPatch
) -> None:
    _block_cache(machine)
    monkeypatch.setattr("tempfile.tempdir", str(machine.root))
    copied = machine.copy(LONG)
    assert copied.path is not None
    assert copied.path.parent == machine.root
    assert copied.path.read_text() == LONG
    assert stat.S_IMODE(copied.path.stat().st_mode) == 0o600
    assert copied.sentence.endswith(f"saved to {copied.path}")


def test_where_nothing_can_be_written_nothing_is_claimed(
    machine: Machine, monkeypatch: pytest.MonkeyPatch
) -> None:
    _block_cache(machine)
    monkeypatch.setattr("tempfile.tempdir", str(machine.root / "nowhere"))
    copied = machine.copy(LONG)
    assert (copied.ways, copied.path) == ((), None)
    assert copied.sentence == (
        "Too long for the terminal's clipboard (74,001 bytes): "
        "and no file could be written (No such file or directory)."
    )


def _block_cache(machine: Machine) -> None:
    """Put a file where the cache folder should be: read-only for root too."""
    (machine.root / "cache").write_text("")
