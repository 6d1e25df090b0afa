"""`tui-eval PATH`: the app; without a terminal all scores."""

from __future__ import annotations

import argparse
import gc
import sys
from collections.abc import Sequence
from pathlib import Path

from tui_eval.cli.exits import OK, USAGE, UsageError
from tui_eval.cli.pick import (
    check_paths,
    intended_command,
    load_paths,
    missing_paths,
    only_one,
    why_not_there,
    with_aliases,
)
from tui_eval.cli.terminal import line_width, own_screen, why_no_terminal, write_text


def run_app(options: argparse.Namespace) -> int:
    """Open the app; without a terminal print the scores instead, since nobody could press a key."""
    check_paths(options.paths)
    missing = missing_paths(options.paths)
    if missing and missing[0] == str(options.paths[0]) and intended_command(missing[0]):
        raise UsageError(why_not_there(missing[0]))  # a command, and its paths
    hindrance = why_no_terminal()
    if hindrance:
        printed = _print_all(options.paths or [Path()], hindrance, no_cache=options.no_cache)
        return printed or (USAGE if missing else OK)
    gc.disable()  # until the first frame is drawn
    from tui_eval.tui.app import THEMES, TuiEvalApp

    if options.theme is not None:
        known = [name for name in THEMES if name == options.theme]
        only_one("theme", options.theme, known, THEMES)

    app = TuiEvalApp(options.paths, theme=options.theme, caches=not options.no_cache)
    with own_screen():
        app.run(mouse=not options.no_mouse)
    return app.return_code or OK


def _print_all(paths: Sequence[Path], hindrance: str, *, no_cache: bool) -> int:
    """Print the scores of all datasets, and why the app was not opened."""
    from tui_eval.analysis.scores import overview_report, score_report
    from tui_eval.analysis.selection import datasets, select
    from tui_eval.analysis.view import View
    from tui_eval.render.plain import plain_table

    tables = with_aliases(load_paths(paths, no_cache=no_cache).tables())
    names = datasets(tables.scores)
    reports = [score_report(select(tables, View(dataset=name))) for name in names]
    if len(names) > 1:
        reports.insert(0, overview_report(select(tables, View())))
    write_text("\n".join(plain_table(report, line_width()) for report in reports))
    print(hindrance, file=sys.stderr)
    return OK
