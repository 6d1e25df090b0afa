"""The command line: open the app, or print a report and leave.

Only argparse is imported until it is known what to do: ``--help`` answers at once, and the first
frame of the app is drawn before the analysis is loaded.
"""

from __future__ import annotations

import argparse
import io
import os
import sys
from collections.abc import Sequence

from tui_eval.cli.arguments import PARSERS, open_parser
from tui_eval.cli.battle import run_battle
from tui_eval.cli.check import run_check
from tui_eval.cli.compare import run_compare
from tui_eval.cli.correlate import run_correlate
from tui_eval.cli.curves import run_curves
from tui_eval.cli.datasets import run_datasets
from tui_eval.cli.delta import run_delta
from tui_eval.cli.doctor import run_doctor
from tui_eval.cli.exits import FAILED, INTERRUPTED, OK, USAGE, OutputError, UsageError
from tui_eval.cli.flips import run_flips
from tui_eval.cli.gate import run_gate
from tui_eval.cli.judges import run_judges
from tui_eval.cli.leaderboard import run_leaderboard
from tui_eval.cli.open import run_app
from tui_eval.cli.pick import missing_paths
from tui_eval.cli.rescore import run_rescore
from tui_eval.cli.runs import run_runs
from tui_eval.cli.samples import run_samples
from tui_eval.cli.scores import run_scores
from tui_eval.cli.signals import ending
from tui_eval.cli.terminal import forget_stdout, output_errors, tell_fault


def main(argv: Sequence[str] | None = None) -> int:
    """Run a command line; returns the exit code (0 done, 2 wrong usage or nothing readable)."""
    words = list(sys.argv[1:] if argv is None else argv)
    command = COMMANDS.get(words[0]) if words else None
    for name in ("stdout", "stderr"):
        if getattr(sys, name) is None:  # closed by the shell: there is nobody to tell
            setattr(sys, name, open(os.devnull, "w", encoding="utf-8"))  # noqa: SIM115
    sys.excepthook = tell_fault
    # OpenBLAS has a thread a core that spins before it sleeps: more work than our short vectors
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    if "_ARGCOMPLETE" in os.environ:
        from tui_eval.cli.completion import complete

        complete()
    if isinstance(sys.stdout, io.TextIOWrapper):
        if isinstance(sys.stdout.buffer, io.RawIOBase):  # unbuffered: a write may be cut short
            number, encoding = sys.stdout.fileno(), sys.stdout.encoding
            sys.stdout = open(number, "w", encoding=encoding, closefd=False)  # noqa: SIM115
        sys.stdout.reconfigure(errors="backslashreplace")  # as stderr: what the locale cannot write
    try:
        if command is None:
            return run_app(_parsed(open_parser(), words))
        parser, run = command
        options = _parsed(parser(), _joined(words[1:]))
        missing = missing_paths(options.paths)
        with ending():
            return run(options) or (USAGE if missing else OK)
    except UsageError as error:
        print(f"tui-eval: {error}", file=sys.stderr)
        return USAGE
    except KeyboardInterrupt:
        return INTERRUPTED
    except BrokenPipeError:  # the reader of our output has seen enough
        forget_stdout()
        return OK
    except OutputError as error:
        forget_stdout()
        print(f"tui-eval: cannot write: {error}", file=sys.stderr)
        return FAILED


def _parsed(parser: argparse.ArgumentParser, words: Sequence[str]) -> argparse.Namespace:
    """What the words ask for; help that was asked for is written when this ends."""
    try:
        return parser.parse_args(words)
    finally:
        with output_errors():
            sys.stdout.flush()


def _joined(words: Sequence[str]) -> list[str]:
    """The words with ``--sort -mean`` as one: argparse takes ``-mean`` for an option."""
    joined: list[str] = []
    for word in words:
        if word == "-mean" and joined[-1:] == ["--sort"]:
            joined[-1] = "--sort=-mean"
        else:
            joined.append(word)
    return joined


_RUN = {
    "datasets": run_datasets,
    "leaderboard": run_leaderboard,
    "scores": run_scores,
    "delta": run_delta,
    "compare": run_compare,
    "gate": run_gate,
    "curves": run_curves,
    "flips": run_flips,
    "samples": run_samples,
    "rescore": run_rescore,
    "correlate": run_correlate,
    "battle": run_battle,
    "judges": run_judges,
    "runs": run_runs,
    "check": run_check,
    "doctor": run_doctor,
}

COMMANDS = {name: (parser, _RUN[name]) for name, parser in PARSERS.items()}
"""What each command's words mean, and what it does."""
