"""Copying text from the machine the program runs on to the person's clipboard, with true words.

Over SSH only the terminal can reach that clipboard (OSC 52), and it never answers; inside tmux
only tmux can reach the terminal with its default settings; on the machine itself the desktop's
clipboard programs do it, and what they did can be read back. Blocking: call it from a thread.
"""

from __future__ import annotations

import contextlib
import os
import platform
import shutil
import signal
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

OSC52_LIMIT = 74_000  # bytes of text: 98,668 in base64; hterm and others drop 100,000 and more
TMUX_TIMEOUT = 1.0
DESKTOP_TIMEOUT = 3.0  # WSL starts powershell.exe to read back

_SSH = ("SSH_CONNECTION", "SSH_TTY", "SSH_CLIENT")
_DESKTOP = ("DISPLAY", "WAYLAND_DISPLAY", "WSL_DISTRO_NAME", "WSL_INTEROP")

# In a process of its own: pyperclip starts xclip and its kin with our stderr, which is the
# screen, waits for them without end, and ignores their exit codes. Exit code 0: read back equal.
_PYPERCLIP = """
import sys
import pyperclip
text = sys.stdin.buffer.read().decode("utf-8")
pyperclip.copy(text)
same = lambda one: one.replace("\\r\\n", "\\n").rstrip("\\n")
sys.exit(same(pyperclip.paste()) != same(text))
"""


@dataclass(frozen=True, slots=True)
class Copied:
    """What became of a text that was to be copied.

    Attributes:
        ways: Where it went: ``desktop`` (read back), ``tmux``, ``osc52``, ``file``; empty: nowhere.
        path: The file that holds it, where it was too long for the terminal.
        sentence: The same in words for the person; plain text, not markup.
    """

    ways: tuple[str, ...]
    path: Path | None
    sentence: str


class _Ended(NamedTuple):
    """How a helper program ended; ``problem`` is empty where it did what it was asked."""

    problem: str
    timed_out: bool = False


def copy(
    text: str,
    *,
    write_osc52: Callable[[str], None],
    environ: Mapping[str, str] | None = None,
) -> Copied:
    """Copy ``text`` by every way that this machine and terminal offer, and say which.

    Args:
        text: What to copy; lone surrogates become question marks.
        write_osc52: Sends a text to the terminal: ``App.copy_to_clipboard``, in the app's thread.
        environ: The environment; that of this process if left out.
    """
    env = os.environ if environ is None else environ
    data = text.encode("utf-8", "replace")
    if not data:
        return Copied((), None, "Nothing to copy.")
    short = len(data) <= OSC52_LIMIT
    ways = ["desktop"] if _has_desktop(env) and _copy_to_desktop(data, env) else []
    refusal = ""
    if env.get("TMUX"):
        refusal = _load_tmux_buffer(data, env, forward=short)
        ways += [] if refusal else ["tmux"]
    if short:
        write_osc52(data.decode("utf-8"))
        return _sent((*ways, "osc52"), refusal)
    if "desktop" in ways:
        return _sent(tuple(ways), refusal)
    return _saved(data, tuple(ways), refusal)


def _sent(ways: tuple[str, ...], refusal: str) -> Copied:
    """The result where the text went where it should."""
    if "desktop" in ways:
        words = "Copied to the clipboard"
    elif "tmux" in ways:
        words = "Sent to tmux and to the terminal (OSC 52)"
    else:
        words = "Sent to the terminal (OSC 52)"
    return Copied(ways, None, f"{words}{_but(refusal)}.")


def _saved(data: bytes, ways: tuple[str, ...], refusal: str) -> Copied:
    """The result where a file has to stand in for the terminal's clipboard."""
    words = f"Too long for the terminal's clipboard ({len(data):,} bytes): "
    if "tmux" in ways:
        words += "put into tmux's paste buffer, "
    try:
        path = _save(data)
    except OSError as error:
        words += f"and no file could be written ({error.strerror or error}){_but(refusal)}."
        return Copied(ways, None, words)
    return Copied((*ways, "file"), path, f"{words}saved to {path}{_but(refusal)}")


def _but(refusal: str) -> str:
    """The end of a sentence that tells of tmux's refusal."""
    return f"; tmux refused it ({refusal})" if refusal else ""


def _has_desktop(env: Mapping[str, str]) -> bool:
    """Whether the person sits at this machine's own desktop."""
    if any(env.get(name) for name in _SSH):
        return False
    if sys.platform in ("darwin", "win32") or any(env.get(name) for name in _DESKTOP):
        return True
    return "microsoft" in platform.release().lower()


def _copy_to_desktop(data: bytes, env: Mapping[str, str]) -> bool:
    """Copy with pyperclip; true only where reading the clipboard gave the same text."""
    if not sys.executable:
        return False
    argv = [sys.executable, "-P", "-c", _PYPERCLIP]  # -P: no pyperclip.py of the folder we are in
    return not _run(argv, data, env, DESKTOP_TIMEOUT, listen=False).problem


def _load_tmux_buffer(data: bytes, env: Mapping[str, str], *, forward: bool) -> str:
    """Put a text into tmux's paste buffer; the answer is why it could not, empty if it could.

    Args:
        data: The text.
        env: The environment that names the tmux server.
        forward: Let tmux send it to its terminal too (tmux 3.2 and newer; older ones only keep it).
    """
    tmux = shutil.which("tmux", path=env.get("PATH"))
    if tmux is None:
        return "no tmux on the PATH"
    if forward:
        ended = _run([tmux, "load-buffer", "-w", "-"], data, env, TMUX_TIMEOUT)
        if not ended.problem or ended.timed_out:
            return ended.problem
    return _run([tmux, "load-buffer", "-"], data, env, TMUX_TIMEOUT).problem


def _run(
    argv: Sequence[str],
    data: bytes,
    env: Mapping[str, str],
    timeout: float,
    *,
    listen: bool = True,
) -> _Ended:
    """Run a helper on ``data`` without ever touching our terminal or waiting for long.

    Args:
        argv: The program and its arguments.
        data: What it reads from its standard input.
        env: Its environment.
        timeout: Seconds after which it is killed, with what it started.
        listen: Keep what it says on stderr; not where it leaves a daemon that holds the pipe open.
    """
    stderr = subprocess.PIPE if listen else subprocess.DEVNULL
    try:
        process = subprocess.Popen(  # noqa: S603 - fixed arguments, no shell
            argv,
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=stderr,
            env=dict(env),
            start_new_session=True,
        )
    except OSError as error:
        return _Ended(error.strerror or str(error))
    with process:
        try:
            _, said = process.communicate(data, timeout)
        except subprocess.TimeoutExpired:
            _kill(process)
            return _Ended(f"no answer within {timeout:g} s", timed_out=True)
    return _Ended(_reason(said, process.returncode) if process.returncode else "")


def _kill(process: subprocess.Popen[bytes]) -> None:
    """Kill a helper and everything in its session."""
    if sys.platform == "win32":
        process.kill()
    else:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, signal.SIGKILL)


def _reason(said: bytes | None, code: int) -> str:
    """The first line that a program wrote on stderr, cut and without control characters."""
    lines = (said or b"").decode("utf-8", "replace").strip().splitlines()
    line = "".join(char if char.isprintable() else "?" for char in lines[0][:80]) if lines else ""
    return line or f"exit code {code}"


def _save(data: bytes) -> Path:
    """Write a text to a file that only this user can read: in the cache folder, else elsewhere."""
    from platformdirs import user_cache_path

    try:
        folder = user_cache_path("tui-eval")
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        return _write_private(data, folder).replace(folder / "clipboard.txt")
    except OSError:
        return _write_private(data, None)


def _write_private(data: bytes, folder: Path | None) -> Path:
    """Write a new file of mode 0600 under a name that nobody could foresee."""
    number, name = tempfile.mkstemp(".txt", "tui-eval-clipboard-", folder)
    path = Path(name)
    try:
        with open(number, "wb") as file:
            file.write(data)
    except OSError:
        path.unlink(missing_ok=True)
        raise
    return path
