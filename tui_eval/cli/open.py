"""`tui-eval PATH`: the app; without a terminal all scores."""

from __future__ import annotations

import argparse
import gc
import sys
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from tui_eval.cli.exits import OK, USAGE, UsageError
from tui_eval.cli.pick import (
    check_paths,
    check_where,
    intended_command,
    load_paths,
    missing_paths,
    on_category,
    only_one,
    run_of,
    view_of,
    why_not_there,
    with_aliases,
)
from tui_eval.cli.terminal import line_width, own_screen, safe, why_no_terminal, write_text

if TYPE_CHECKING:
    from tui_eval.analysis.view import Scale, View
    from tui_eval.tables import Tables

_VIEW = (
    *("screen", "dataset", "category", "metric", "scale", "baseline", "candidate", "where"),
    "margin",
)


def run_app(options: argparse.Namespace) -> int:
    """Open the app; without a terminal print the scores instead, since nobody could press a key."""
    check_paths(options.paths)
    missing = missing_paths(options.paths)
    if missing and missing[0] == str(options.paths[0]) and intended_command(missing[0]):
        raise UsageError(why_not_there(missing[0]))  # a command, and its paths
    hindrance = why_no_terminal()
    if hindrance:
        printed = _print_all(options, hindrance)
        return printed or (USAGE if missing else OK)
    gc.disable()  # until the first frame is drawn
    from tui_eval.loading.state import keep, read_state
    from tui_eval.tui.app import THEMES, TuiEvalApp

    if options.theme is not None:
        known = [name for name in THEMES if name == options.theme]
        only_one("theme", options.theme, known, THEMES)

    app = TuiEvalApp(
        options.paths,
        theme=options.theme,
        caches=not options.no_cache,
        screen=_first_screen(options),
        state=read_state(),
        asked=partial(asked_view, options) if _asks(options) else None,
    )
    with own_screen():
        app.run(mouse=not options.no_mouse)
    if app.kept.trouble is not None:
        raise UsageError(app.kept.trouble)
    keep(app.kept.before, *app.left)
    return app.return_code or OK


def _asks(options: argparse.Namespace) -> bool:
    """Whether it is said what is to be looked at."""
    return any(getattr(options, name) is not None for name in _VIEW)


def _first_screen(options: argparse.Namespace) -> str | None:
    """The screen that shows what is asked for; None: nothing is."""
    if options.screen is not None or not _asks(options):
        return str(options.screen) if options.screen else None
    if options.where is not None or options.category is not None:
        return "samples"
    of_delta = (options.baseline, options.candidate, options.margin)
    return "delta" if any(one is not None for one in of_delta) else "scores"


def asked_view(options: argparse.Namespace, tables: Tables, view: View) -> View | str:
    """The view with what the options say; or why they cannot be followed."""
    try:
        check_where(options.where or "")
        chosen = view_of(options, tables)
        if chosen.dataset is None and (options.where is not None or options.category is not None):
            raise UsageError(f"choose a dataset with --dataset: {_datasets(tables)}")
        chosen = on_category(chosen, tables, options.category)
        runs = partial(run_of, tables, dataset=options.dataset)
        return replace(
            view,
            dataset=chosen.dataset,
            metric=chosen.metric,
            filter=chosen.filter,
            scale=options.scale or 1,
            baseline=None if options.baseline is None else runs(options.baseline),
            candidates=None if options.candidate is None else tuple(map(runs, options.candidate)),
            category=chosen.category,
            where=options.where or "",
            margin=(options.margin or 0.0) / _factor(tables, chosen, options.scale or 1),
        )
    except UsageError as error:
        return str(error)


def _factor(tables: Tables, view: View, scale: Scale) -> float:
    """What raw scores are multiplied with to be shown."""
    from tui_eval.analysis.selection import select

    return select(tables, replace(view, scale=scale)).factor


def _datasets(tables: Tables) -> str:
    from tui_eval.analysis.selection import datasets

    return safe(", ".join(datasets(tables.scores)))


def _print_all(options: argparse.Namespace, hindrance: str) -> int:
    """Print the scores that are asked for, else of all datasets, and why no app was opened."""
    from tui_eval.analysis.scores import overview_report, score_report
    from tui_eval.analysis.selection import datasets, select
    from tui_eval.analysis.view import View
    from tui_eval.render.plain import plain_table

    loaded = load_paths(options.paths or [Path()], no_cache=options.no_cache)
    tables = with_aliases(loaded.tables())
    asked = asked_view(options, tables, View()) if _asks(options) else View()
    if isinstance(asked, str):
        raise UsageError(asked)
    names = datasets(tables.scores) if asked.dataset is None else [asked.dataset]
    reports = [score_report(select(tables, replace(asked, dataset=name))) for name in names]
    if len(names) > 1:
        reports.insert(0, overview_report(select(tables, asked)))
    write_text("\n".join(plain_table(report, line_width()) for report in reports))
    print(hindrance, file=sys.stderr)
    return OK
