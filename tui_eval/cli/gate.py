"""`tui-eval gate`: a test for CI, and its exit codes."""

from __future__ import annotations

import argparse
import sys
from typing import TYPE_CHECKING

from tui_eval.cli.exits import DROPPED, NO_GATE, PASSED, UNDECIDED, OutputError, UsageError
from tui_eval.cli.pairs import compared, pairs_of
from tui_eval.cli.pick import missing_paths, why_not_there
from tui_eval.cli.terminal import (
    forget_stdout,
    print_report,
    safe,
    tell_fault,
    warn,
    write_text,
)

if TYPE_CHECKING:
    from tui_eval.analysis.gate import Gate, Outcome
    from tui_eval.analysis.report import Report

EXITS: dict[Outcome, int] = {
    "passed": PASSED,
    "dropped": DROPPED,
    "undecided": UNDECIDED,
    "not comparable": NO_GATE,
}
"""The exit code of each outcome."""


def run_gate(options: argparse.Namespace) -> int:
    """Test a candidate against a baseline; returns the exit code.

    It says nothing but what was tested: a fault, or a reader that goes away, is no outcome.
    """
    options.scale = 100
    try:
        try:
            found = _tested(options)
        except UsageError as error:
            print(f"tui-eval: {error}", file=sys.stderr)
            _print(options, None, str(error))
            return NO_GATE
        return _print(options, found.report, "") or EXITS[found.outcome]
    except Exception as error:  # Python would end with 1, which is an outcome
        tell_fault(type(error), error, error.__traceback__)
        return NO_GATE


def _tested(options: argparse.Namespace) -> Gate:
    from tui_eval.analysis.compare import Tests
    from tui_eval.analysis.gate import Rules, gate

    missing = missing_paths(options.paths)
    if missing:
        raise UsageError(why_not_there(missing[0]))
    pairs = pairs_of(options, [options.candidate])
    every = list(compared(pairs, Tests(alpha=options.alpha)))
    return gate(every, Rules(options.max_drop, options.alpha, options.require_n))


def _print(options: argparse.Namespace, report: Report | None, trouble: str) -> int:
    """Print what came of it, or what was in the way; not 0 where that cannot be written."""
    from tui_eval.render.junit import as_junit, trouble_as_junit

    try:
        if options.format == "junit":
            made = trouble_as_junit(trouble) if report is None else as_junit(report)
            write_text(made, is_data=True)
            if report is not None:
                warn(report)
        elif report is not None:
            print_report(report, "table" if options.format == "text" else options.format)
    except BrokenPipeError:  # the reader has seen enough: that changes no outcome
        forget_stdout()
    except OutputError as error:
        forget_stdout()
        print(f"tui-eval: cannot write: {safe(str(error))}", file=sys.stderr)
        return NO_GATE
    return 0
