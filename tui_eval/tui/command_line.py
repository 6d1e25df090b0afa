"""The command line that opens the app on what is looked at: for a colleague, or for later."""

from __future__ import annotations

import shlex
from collections.abc import Iterator
from typing import TYPE_CHECKING

from tui_eval.render.safe import safe_text

if TYPE_CHECKING:
    from tui_eval.analysis.selection import Selection
    from tui_eval.tui.session import Session


def command_of(session: Session, screen: str) -> str:
    """The command that shows this view, quoted for a shell, with what is not there by default.

    Args:
        session: What is looked at.
        screen: Name of the screen.
    """
    words = ["tui-eval", *map(str, session.paths), "--screen", screen]
    if session.selection is not None and screen not in ("datasets", "files", "completeness"):
        words += _choices(session.selection, with_questions=screen == "samples")
        if screen == "delta" and session.view.margin:
            words += ("--margin", f"{session.view.margin * session.selection.factor:g}")
    return safe_text(shlex.join(words))  # a control character in a name would be a key when pasted


def _choices(selection: Selection, *, with_questions: bool) -> Iterator[str]:
    from tui_eval.analysis.selection import datasets, metrics

    view, tables = selection.view, selection.tables
    if len(datasets(tables.scores)) > 1 and view.dataset is not None:
        yield from ("--dataset", view.dataset)
    offered = metrics(tables.scores, view.dataset)
    if selection.metric is not None and selection.metric != offered[0]:
        yield from ("--metric", selection.metric.title)
    if view.scale != 1:
        yield from ("--scale", str(view.scale))
    baseline, candidates = view.baseline, view.candidates
    if with_questions and view.sample_runs:
        baseline, *others = view.sample_runs
        candidates = tuple(others)
    if baseline in tables.labels and baseline != next(iter(selection.runs), None):
        yield from ("--baseline", tables.labels[baseline])
    for run in candidates or ():
        if run in tables.labels:
            yield from ("--candidate", tables.labels[run])
    if with_questions and view.category is not None:
        yield from ("--category", view.category)
    if with_questions and view.where:
        yield from ("--where", view.where)
