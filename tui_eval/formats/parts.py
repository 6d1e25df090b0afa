"""Parts -> runs: what belongs together where a harness writes several files for one run."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TypeVar

from tui_eval.files.strings import clean_str
from tui_eval.records import Run, SampleFile, ScoreColumns, State

_Fact = TypeVar("_Fact")
_Number = tuple[object, ...]
_Place = tuple[str | None, str | None]
_WORST_FIRST: Sequence[State] = ("partial", "limited", "complete")


def join(parts: Sequence[Run]) -> Run:
    """One run of several parts that agree: all their numbers, files and notes, each once.

    Files of parts that add nothing but numbers that are there already are copies.
    """
    first = parts[0]
    if len(parts) == 1:
        return first
    scores = ScoreColumns()
    kept: dict[_Number, int] = {}
    copies: list[Path] = []
    for part in parts:
        numbers = enumerate(_numbers(part.scores), start=len(scores))
        fresh = {number: place for place, number in numbers if number not in kept}
        if part.scores and not fresh:
            copies.extend(part.files)
        kept |= fresh
        scores.append(part.scores)
    return replace(
        first,
        model=_first(part.model for part in parts),
        timestamp=_first(part.timestamp for part in parts),
        version=_first(part.version for part in parts),
        variant=_first(part.variant for part in parts),
        duration=_first(part.duration for part in parts),
        config=_first(part.config for part in parts if part.config != "{}") or "{}",
        state=_state(parts),
        saves_answers=_first(part.saves_answers for part in parts),
        samples=tuple(dict.fromkeys(file for part in parts for file in part.samples)),
        files=tuple(dict.fromkeys(file for part in parts for file in part.files)),
        copies=tuple(copies),
        notes=tuple(dict.fromkeys(note for part in parts for note in part.notes)),
        settings=tuple(dict.fromkeys(one for part in parts for one in part.settings)),
        scores=scores.take(list(kept.values())),
    )


def grouped(parts: Sequence[Run]) -> list[list[Run]]:
    """Parts of one identity, put together: those of one run, its copies and its files of answers.

    Results in one place complement each other. Those of different places are copies of one run
    where all that was read is the same: model, configuration, notes and every number; they are runs
    of their own where not. Answers go to the run whose folder is nearest.
    """
    if len(parts) == 1:
        return [list(parts)]
    places: dict[Path, list[Run]] = {}
    for part in parts:
        if part.scores:
            places.setdefault(real_place(part.path), []).append(part)
    by_content: dict[object, list[Run]] = {}
    for results in places.values():
        by_content.setdefault(_content(results), []).extend(results)
    groups = list(by_content.values()) or [[]]
    answers = [part for part in parts if not part.scores]
    if answers:
        _deal(answers, groups)
    return groups


def _deal(answers: Sequence[Run], groups: list[list[Run]]) -> None:
    """Put files of answers to the group whose results are nearest."""
    near: dict[Path, list[Run]] = {}  # by every folder above the results
    for group in groups:
        folders = (folder for part in group for folder in real_place(part.path).parents)
        for folder in dict.fromkeys(folders):
            near.setdefault(folder, group)
    for part in answers:
        nearest = (near[folder] for folder in real_place(part.path).parents if folder in near)
        next(nearest, groups[0]).append(part)


def with_cut_files(run: Run, place_of: Callable[[Run, SampleFile], _Place]) -> Run:
    """A run, partial where a file of answers has fewer rows than the scores of it have questions.

    A question may have several rows, so that not every cut file is found.
    """
    sizes: dict[_Place, int] = {}
    for task in run.scores.distinct_tasks():
        if task.n and task.origin == "reported":
            place = task.dataset, task.category
            sizes[place] = min(task.n, sizes.get(place, task.n))
    notes = [
        f"{clean_str(file.path.name)}: the file of {_kind(file)} holds {file.rows} of at least {n} "
        "rows"
        for file in run.samples
        if file.rows is not None and file.rows < (n := sizes.get(place_of(run, file), 0))
    ]
    return replace(run, state="partial", notes=(*run.notes, *notes)) if notes else run


def _kind(file: SampleFile) -> str:
    return "answers" if file.what == "samples" else file.what


def real_place(path: Path) -> Path:
    """A file in the folder in which it really is, through whatever links it was reached.

    A link to a single file keeps its own name and place.
    """
    return Path(os.path.realpath(path.parent), path.name)


def files_in(folder: Path, pattern: str) -> list[Path]:
    """Regular files by name; none where the folder cannot be read."""
    try:
        return sorted(file for file in folder.glob(pattern) if file.is_file())
    except OSError:
        return []


def _content(results: Sequence[Run]) -> object:
    facts = {
        (part.model, part.timestamp, part.variant, part.config, part.duration, part.notes)
        for part in results
    }
    return frozenset(facts), frozenset(score for part in results for score in part.scores)


def _numbers(scores: ScoreColumns) -> Iterator[_Number]:
    """What tells each number apart from the others of its run."""
    for task, metric, repeat in zip(scores.tasks, scores.metrics, scores.repeats, strict=True):
        yield (
            *(task.dataset, task.group, task.category, task.file),
            *(metric.metric, metric.filter, repeat, task.origin),
        )


def _first(facts: Iterable[_Fact | None]) -> _Fact | None:
    return next((fact for fact in facts if fact is not None), None)


def _state(parts: Sequence[Run]) -> State:
    reported = [part.state for part in parts if part.state != "no report"]
    if not reported:
        return "no report"
    return next(state for state in _WORST_FIRST if state in reported)
