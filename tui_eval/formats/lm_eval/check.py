"""What the files of lm-evaluation-harness tell of whether a run is complete.

``task_hashes`` of the results are made of the rows as they were written, so that a file that was
cut, edited or put in another order shows. Before 0.4.3 answers are one JSON array, which shows by
its end whether it is whole.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

import polars as pl

from tui_eval.files.documents import Refusal, opened
from tui_eval.formats.index import Index
from tui_eval.formats.lm_eval.samples import answers_of_tasks, count_again, places_of
from tui_eval.formats.lm_eval.whole import Written, written_of
from tui_eval.formats.recomputed import NO_RESULTS
from tui_eval.formats.rescored import Recipe, read_recipe
from tui_eval.records import Completeness, Finding, Run, SampleFile

_OTHER_ROWS = (
    "the rows are not those that were scored: they were edited or put in another order "
    "(task_hashes)"
)

_HEAD = 4096


def check(
    run: Run, indexes: Mapping[SampleFile, Index], digests: Mapping[SampleFile, str]
) -> Iterator[Finding]:
    """What is there again, and what is not as it was written, by dataset and category."""
    results = _results_of(run)
    for task, scores, files, rows in answers_of_tasks(run, indexes):
        again = count_again(rows, scores)
        written = written_of(task, results) if results is not None else None
        recipe = read_recipe(run.recipe)
        told = _told(files, rows, digests, written, indexes)
        if run.state == "no report":
            told = told._replace(verdict="unknown", reason=NO_RESULTS)
        elif recipe is not None and written is not None:
            told = _scored_again(told, written, recipe)
        for dataset, category in places_of(task, scores):
            yield told._replace(dataset=dataset, category=category, doubled=again)


def _results_of(run: Run) -> Path | None:
    """The file of results; None: there is none, or there are several."""
    answers = {file.path for file in run.samples}
    others = [path for path in run.files if path not in answers and path not in run.copies]
    return others[0] if len(others) == 1 else None


def _told(
    files: list[SampleFile],
    rows: pl.DataFrame,
    digests: Mapping[SampleFile, str],
    written: Written | None,
    indexes: Mapping[SampleFile, Index],
) -> Finding:
    """How many questions a task should have answers to, and whether its rows are the scored ones.

    Where they are, all of them are there, whatever ``n-samples`` says: 0.4.3 to 0.4.11 write the
    limit of the last task there, and know nothing of ``--samples``.
    """
    if written is None:
        return Finding("", expected=_whole_array(files, indexes, rows))
    digest = digests.get(files[0]) if len(files) == 1 else None
    if written.digest is None or not digest:
        return Finding("", expected=written.questions)
    if digest == written.digest:
        return Finding("", expected=rows["id"].n_unique(), reason=_fewer(written))
    more = rows["place"].n_unique() - written.questions * len(written.filters)
    reason = "" if more < 0 else _OTHER_ROWS  # of fewer the numbers tell it
    is_all = more == 0 and rows["id"].n_unique() == written.questions
    verdict: Completeness = "unknown" if is_all else "incomplete"
    return Finding("", expected=written.questions, verdict=verdict, reason=reason)


def _scored_again(told: Finding, written: Written, recipe: Recipe) -> Finding:
    """Of rows that were written again: all that was there then, which may not have been all."""
    total = written.total
    if not recipe.where or total is None or total <= written.questions:
        return told._replace(expected=written.questions)
    reason = f"scored again on {written.questions:,} of {total:,} questions"
    reason = told.reason if told.verdict else reason
    return told._replace(expected=written.questions, reason=reason)


def _fewer(written: Written) -> str:
    if written.total is None or written.total <= written.questions:
        return ""
    return f"{written.questions:,} of {written.total:,} questions were asked"


def _whole_array(
    files: list[SampleFile], indexes: Mapping[SampleFile, Index], rows: pl.DataFrame
) -> int | None:
    """Questions of a file that is one JSON array to its end; None: it is none."""
    numbers = rows["id"].cast(pl.Int64, strict=False)
    count = rows["id"].n_unique()
    is_numbered = numbers.null_count() == 0 and numbers.min() == 0 and numbers.max() == count - 1
    if len(files) != 1 or indexes[files[0]].problems or not is_numbered:
        return None
    try:
        with opened(files[0].path) as file:
            return count if file.read(_HEAD).lstrip().startswith(b"[") else None
    except (OSError, Refusal):
        return None
