"""The command line that opens the app on what is looked at: for a colleague, or for later."""

from __future__ import annotations

import json
import shlex
from collections.abc import Collection, Iterator, Sequence
from typing import TYPE_CHECKING

from tui_eval.analysis.ways import filter_json
from tui_eval.render.safe import safe_text

if TYPE_CHECKING:
    from tui_eval.analysis.selection import Selection
    from tui_eval.analysis.ways import Way
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


def rescore_command(
    session: Session, ways: Sequence[Way], metric: str, own: Collection[str] = ()
) -> str:
    """The command that scores the same answers again, quoted for a shell.

    Args:
        session: What is looked at.
        ways: With which filters.
        metric: By which metric, as it is typed; empty: that of each run.
        own: Names of filters that the runs themselves have.
    """
    selection, request = session.selection, session.request
    words = ["tui-eval", "rescore", *map(str, session.paths)]
    if selection is not None and request is not None:
        labels = selection.tables.labels
        for run, read in request.runs.items():
            words += ("--run", labels[run]) if read.parent is None else ()
        words += ("--dataset", request.dataset)
    for way in ways:
        is_kept = way.origin == "kept" and way.kept_as in ("", way.name)  # else a run has the name
        is_known = is_kept or (way.origin == "run" and way.name in own)
        words += ("--filter", way.name if is_known else spec_of(way))
        metric = way.metric.metric if way.filter is None and way.metric else metric
    if metric:
        words += ("--metric", metric)
    category, where = session.view.category, session.view.where
    conditions = [f"({where})" if where and category is not None else where]
    if category is not None:
        conditions.append(f"category == {json.dumps(category, ensure_ascii=False)}")
    if any(conditions):
        words += ("--where", " and ".join(filter(None, conditions)))
    return safe_text(shlex.join(words))


def spec_of(way: Way) -> str:
    """A filter as the command takes it: a pattern where it is nothing else, else JSON."""
    found = way.filter
    if found is None:
        return "none"
    options = dict(found.steps[0].options) if found.steps else {}
    is_plain = [step.function for step in found.steps] == ["regex", "take_first"]
    if is_plain and options.keys() == {"regex_pattern"}:
        return f"regex:{way.pattern}"
    return filter_json(found)
