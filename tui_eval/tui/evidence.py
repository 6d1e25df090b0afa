"""What the screens know of the scores that they show, for intervals and tests."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tui_eval.analysis.compare import Evidence
    from tui_eval.tui.session import Snapshot


def evidence_of(snapshot: Snapshot) -> Evidence:
    """The scores of the snapshot's dataset and metric, question by question as far as was read.

    It is made once, and kept with the answers, else with the tables.
    """
    from tui_eval.analysis.compare import Evidence, Tests
    from tui_eval.analysis.question_scores import question_scores

    selection, answers = snapshot.selection, snapshot.answers
    tests = Tests(selection.view.margin)
    key = (Evidence, selection.subject, tests)
    if answers is None or answers.rows.is_empty():
        return selection.tables.once(key, lambda: Evidence(selection, None, tests))
    return answers.once(
        key, lambda: Evidence(selection, question_scores(selection, answers.rows), tests)
    )
