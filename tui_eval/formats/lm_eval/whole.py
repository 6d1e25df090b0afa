"""Whether a file of answers holds all that the results beside it tell of: found at its end alone.

Rows are written filter by filter, questions in order, so that the last row of a whole file is of
the last filter and of the last question, or nearly so where several machines wrote it. Only what
ends earlier is counted: files of answers reach gigabytes.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

from tui_eval.files.documents import HEAD, LARGE, Refusal, decode, opened, parse, read_documents
from tui_eval.files.rows import count_lines
from tui_eval.files.strings import clean_str
from tui_eval.files.versions import version_of
from tui_eval.formats.lm_eval.run_info import OWN_KEY
from tui_eval.formats.lm_eval.scores import read_results
from tui_eval.formats.values import as_count, as_mapping

_NAMED = 5  # tasks in a sentence


class Written(NamedTuple):
    """What results tell of a task: how many questions, which filters, in order, and its answers.

    Attributes:
        questions: That have answers.
        filters: In the order in which they were applied.
        is_saved: Whether answers were written.
        digest: Of all rows of answers, since 0.4.3; None: it is not told.
        total: Questions that there are; None: it is not told.
    """

    questions: int
    filters: tuple[str | None, ...]
    is_saved: bool
    digest: str | None = None
    total: int | None = None


def lost_answers(path: Path, task: str, results: Path) -> str | None:
    """What a file of answers lacks, in words; None: nothing, or it cannot be told.

    Args:
        path: The file of answers.
        task: The task that its name tells.
        results: Where the results of its run are, if they are there.
    """
    try:
        told = written_of(task, results)
        end = _end_of(path) if told is not None else None
        if told is None or end is None or _is_last(end.row, told):
            return None
        rows = count_lines(path) - end.is_half_a_row
    except (OSError, Refusal):
        return None
    expected = told.questions * len(told.filters)
    if rows >= expected:
        return None
    several = f" ({told.questions} questions, {len(told.filters)} filters)"
    more = several if len(told.filters) > 1 else ""
    return f"{task}: the file of answers holds {rows} of {expected} answers{more}"


def lost_files(results: Path, there: Iterable[str]) -> str | None:
    """The tasks of which no file of answers is there, in words; None: none, or it cannot be told.

    Args:
        results: Where the results are.
        there: The tasks that the names of files of answers tell.
    """
    known = {_last_part(task) for task in there}
    try:
        tasks = _tasks_of(results, version_of(results))
    except (OSError, Refusal):
        return None
    saved = [task for task, told in tasks.items() if told.is_saved]
    lost = [task for task in saved if _last_part(task) not in known]
    if not lost:
        return None
    more = f" and {len(lost) - _NAMED} more" if len(lost) > _NAMED else ""
    names = ", ".join(lost[:_NAMED])
    found = len(saved) - len(lost)
    return f"answers of {found} of {len(saved)} tasks are there; missing: {names}{more}"


def _last_part(task: str) -> str:
    """A task without the group that 0.5 writes before it."""
    return task.rpartition("::")[2]


def written_of(task: str, results: Path) -> Written | None:
    """What results tell of a task; None: nothing.

    Raises:
        OSError: They are not there.
        Refusal: They cannot be read.
    """
    tasks = _tasks_of(results, version_of(results))
    return tasks.get(task) or tasks.get(_last_part(task))


@lru_cache(maxsize=1024)
def _tasks_of(results: Path, _version: str) -> Mapping[str, Written]:
    """The tasks of a file of results; every file of answers of its run asks for them."""
    if results.stat().st_size > LARGE:
        return {}
    documents, _ = read_documents(results, lambda value: "results" in as_mapping(value))
    if len(documents) != 1:
        return {}
    whole = as_mapping(documents[0].value)
    found = read_results(whole, [])
    is_again = OWN_KEY in whole  # by which there may be fewer scores than answers
    sizes, saved = as_mapping(whole.get("n-samples")), as_mapping(whole.get("task_hashes"))
    return {
        clean_str(name) or "": Written(
            _asked(sizes.get(name), number) if is_again else _fewest(number, sizes.get(name)),
            tuple(dict.fromkeys(word for _, word in row.keys)),
            name not in found.groups and (name in saved or not saved),  # hashes: of answers alone
            clean_str(saved.get(name)),
            as_count(as_mapping(sizes.get(name)).get("original")),
        )
        for name, row in found.rows.items()
        if row.keys and (number := found.tasks[name].n) is not None
    }


def _asked(size: object, scored: int) -> int:
    """Of how many questions there should be answers, where they were scored again."""
    asked = as_count(as_mapping(size).get("effective"))
    return scored if asked is None else asked


def _fewest(scored: int, size: object) -> int:
    """Of how many questions there are answers, where ``n-samples`` tells of fewer than scores."""
    asked = as_count(as_mapping(size).get("effective"))
    return scored if asked is None else min(scored, asked)


class _End(NamedTuple):
    """The last row of a file; without content where it breaks off."""

    row: Mapping[str, object]
    is_half_a_row: bool


def _end_of(path: Path) -> _End | None:
    """The end of a file of lines; None of an array, which tells itself whether it is whole."""
    with opened(path) as file:
        if file.read(1) == b"[":
            return None
        file.seek(max(file.seek(0, os.SEEK_END) - HEAD, 0))
        text = file.read()
    try:
        row = as_mapping(parse(decode(text.rstrip().rpartition(b"\n")[2])[0]))
    except Refusal:
        row = {}
    return _End(row, not row and not text.endswith(b"\n"))


def _is_last(row: Mapping[str, object], told: Written) -> bool:
    """Whether a row may be the last one of a whole file."""
    number, word = row.get("doc_id"), row.get("filter")
    word = None if word == "none" else word
    is_last = len(told.filters) == 1 if "filter" not in row else word == told.filters[-1]
    return is_last and isinstance(number, int) and number >= told.questions - 1
