"""`tui-eval doctor`."""

from __future__ import annotations

import argparse

from tui_eval.cli.exits import USAGE
from tui_eval.cli.pick import check_folder
from tui_eval.cli.terminal import print_report


def run_doctor(options: argparse.Namespace) -> int:
    """Print what every file turned out to be; returns the exit code."""
    from tui_eval.analysis.files import files_report
    from tui_eval.loading.collection import load

    check_folder(options.paths)
    collection = load(options.paths)
    code = print_report(files_report(collection.file_table()), options.format)
    return code if collection.runs else USAGE
