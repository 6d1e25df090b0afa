"""Runs that were made of others are saved as results of lm-evaluation-harness.

All is written under names that nobody reads, and put in its place when it is whole: answers first,
results last. lm-evaluation-harness writes them the other way round, so that answers that broke off
look whole; here a folder without results says itself that they are not there. Nothing is written
over.
"""

from __future__ import annotations

import errno
import json
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from typing import IO, Any

import polars as pl

from tui_eval.files.documents import Refusal, read_documents
from tui_eval.files.paths import path_text
from tui_eval.files.rows import json_rows
from tui_eval.files.strings import clean_str
from tui_eval.formats.lm_eval.runs import HARNESS
from tui_eval.formats.lm_eval.write import (
    NUMBER,
    Line,
    TaskHash,
    Total,
    Written,
    results_of,
    row_again,
    row_of,
    safe_name,
)
from tui_eval.formats.registry import format_of
from tui_eval.formats.rescored import Recipe, read_recipe
from tui_eval.formats.values import as_mapping
from tui_eval.loading import pool
from tui_eval.loading.collection import not_cancelled
from tui_eval.loading.derived import DerivedRun
from tui_eval.loading.rescore_child import Job, Place, Taken, take_attempts
from tui_eval.loading.texts import read_answer
from tui_eval.records import TIMED_OUT, Scored, Task
from tui_eval.rescoring.limits import SECONDS

_CHUNK = 500  # questions that are in memory at once
_UNREAD = ".part"  # of files that nobody reads


def save(
    run: DerivedRun,
    folder: Path,
    *,
    seconds: float = SECONDS,
    cancelled: Callable[[], bool] = not_cancelled,
    saved: Callable[[int, int], None] = lambda _done, _total: None,
) -> Path | None:
    """Write a derived run below a folder, which need not be there.

    Args:
        run: The run.
        folder: In it a folder of the model is made, where there is none.
        seconds: That the filter may take for an answer.
        cancelled: Asked again and again: if so, nothing is left.
        saved: Told how many questions of how many are written.

    Returns:
        The file of results; None: it was cancelled.

    Raises:
        OSError: It cannot be written.
        Refusal: Its answers cannot be read any more.
    """
    recipe = read_recipe(run.recipe)
    assert recipe is not None  # noqa: S101  # a derived run has one
    place = folder / safe_name(run.model or "")
    place.mkdir(parents=True, exist_ok=True)
    time = _free_time(place)
    parts: list[tuple[Path, Path]] = []
    try:
        written: dict[str, Written] = {}
        done, total = 0, run.scored.select("category", "sample").n_unique()
        for task, used, rows in _tasks(run):
            path = place / f"samples_{safe_name(task)}_{time}.jsonl"
            parts.append((_part_of(path), path))
            task_hash = TaskHash()
            with parts[-1][0].open("x", encoding="utf-8", errors="surrogatepass") as file:
                for row in _rows(run, used, rows, seconds, cancelled):
                    if cancelled():
                        return None
                    file.write(json.dumps(row, ensure_ascii=False) + "\n")
                    task_hash.add(row)
                    done += 1
                    saved(done, total)
                if cancelled():
                    return None
                _flush(file)
            written[task] = task_hash.written
        path = place / f"results_{time}.json"
        parts.append((_part_of(path), path))
        asked = {} if recipe.where else _asked(run)
        document = results_of(
            run, recipe, _totals(run), written, _source(run), _kinds(run), _recipes(run), asked
        )
        with parts[-1][0].open("x", encoding="utf-8", errors="surrogatepass") as file:
            file.write(json.dumps(document, indent=2, ensure_ascii=False))
            _flush(file)
        _put_all(parts)
        return path
    finally:
        for part, _ in parts:
            with suppress(OSError):
                part.unlink()


def _free_time(place: Path) -> str:
    """Now, as the harness writes it in names of files; a moment later where it is taken."""
    while True:
        time = datetime.now().isoformat(timespec="microseconds").replace(":", "-")
        if not any(place.glob(f"*_{time}.*")):
            return time


def _part_of(path: Path) -> Path:
    return path.with_name(path.name + _UNREAD)


def _flush(file: IO[str]) -> None:
    file.flush()
    os.fsync(file.fileno())


def _put_all(parts: Sequence[tuple[Path, Path]]) -> None:
    """Give all files their names, or none. Raises `OSError`."""
    placed: list[Path] = []
    try:
        for part, whole in parts:
            _put(part, whole)
            placed.append(whole)
    except BaseException:
        for whole in placed:
            whole.unlink(missing_ok=True)
        raise


def _put(part: Path, whole: Path) -> None:
    """Give a file its name, which no other may have. Raises `OSError`."""
    try:
        os.link(part, whole)
    except FileExistsError:
        raise
    except OSError:  # not every file system has links
        if whole.exists():
            raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST), str(whole)) from None
        part.rename(whole)


def _tasks(run: DerivedRun) -> Iterator[tuple[str, Recipe, pl.DataFrame]]:
    """Its answers by task, in the order of its scores, and how they were scored."""
    for task in run.scores.distinct_tasks():
        is_category = pl.col("category").eq_missing(pl.lit(task.category, pl.String))
        rows = run.scored.filter(is_category, dataset=task.dataset)
        if not rows.is_empty():
            used = run.recipes[task.dataset, task.category]
            yield task.category or task.dataset, used, rows


def _totals(run: DerivedRun) -> list[Total]:
    names = {(task.dataset, task.category): name for task, name in _named(run)}
    return [
        Total(
            task._replace(category=names.get((task.dataset, task.category), task.category)),
            value,
            stderr,
        )
        for task, value, stderr in zip(
            run.scores.tasks, run.scores.values, run.scores.stderrs, strict=True
        )
    ]


def _named(run: DerivedRun) -> Iterator[tuple[Task, str]]:
    """Those of its tasks that have answers, with their names."""
    own = set(run.scored.select("dataset", "category").unique().iter_rows())
    for task in run.scores.distinct_tasks():
        if (task.dataset, task.category) in own:
            yield task, task.category or task.dataset


def _recipes(run: DerivedRun) -> dict[str, Recipe]:
    return {name: run.recipes[task.dataset, task.category] for task, name in _named(run)}


def _asked(run: DerivedRun) -> dict[str, int]:
    """How many questions each task was asked, where the run that gave the answers tells it."""
    known = {(task.dataset, task.category): task for task in run.base.scores.distinct_tasks()}
    names = {(task.dataset, task.category): name for task, name in _named(run)}
    several = run.scored.filter(pl.col("attempt") > run.scored["attempt"].min())
    apart = set(several.select("dataset", "category").unique().iter_rows())
    return {
        name: n
        for place, name in names.items()
        if place in known and place not in apart and (n := known[place].n) is not None
    }


def _kinds(run: DerivedRun) -> dict[str, Scored]:
    form = format_of(run.harness).samples
    if form is None or form.scoring is None:
        return {name: "generated" for _, name in _named(run)}
    return {
        name: form.scoring(run.base, task.dataset, task.category).kind for task, name in _named(run)
    }


def _source(run: DerivedRun) -> Mapping[str, Any]:
    """The results of the run that gave the answers, where they are of the same layout."""
    if run.harness != HARNESS or not run.path.is_file():
        return {}
    documents, _ = read_documents(run.path, lambda value: "results" in as_mapping(value))
    at = run.document - 1
    found = as_mapping(documents[at].value) if at < len(documents) else {}
    return dict(found) if "results" in found else {}  # else a row of answers without results


def _rows(
    run: DerivedRun,
    recipe: Recipe,
    answers: pl.DataFrame,
    seconds: float,
    cancelled: Callable[[], bool],
) -> Iterator[dict[str, Any]]:
    """The rows of a task, a question each, in the order of the files."""
    form = format_of(run.harness).samples
    assert form is not None  # noqa: S101  # its answers were scored
    assert form.recorded is not None  # noqa: S101
    paths = {clean_str(str(one.path)) or "": one.path for one in run.samples}
    paths |= {path_text(one.path): one.path for one in run.samples}
    job = Job(recipe.filter, recipe.metric)
    questions = answers.sort("attempt", maintain_order=True).partition_by(
        "sample", maintain_order=True
    )
    ids = [str(own["id"][0]) for own in questions]
    has_ids = len(set(ids)) == len(ids) and all(map(NUMBER.fullmatch, ids))
    for begin in range(0, len(questions), _CHUNK):
        some = questions[begin : begin + _CHUNK]
        asked = [
            [Place(paths.get(file, Path(file)), place, item) for file, place, item in where]
            for where in (own.select("file", "place", "item").rows() for own in some)
        ]
        tried = [(own["status"] != TIMED_OUT).to_list() for own in some]
        call = pool.Call(take_attempts, (form.recorded, asked, tried, job, seconds))
        taken: dict[int, Taken] = {}
        for _, found in pool.results([call], 1, cancelled, keep=True):
            if isinstance(found, pool.Done):
                if found.problem is not None:
                    raise Refusal(found.problem.reason, found.problem.place)
            else:
                taken = {one.number: one for one in found}
        if cancelled():
            return
        raw = _raw_rows([attempts[0] for attempts in asked]) if run.harness == HARNESS else {}
        for number, own in enumerate(some):
            if number not in taken:
                raise Refusal("answers are not where they were: the file has changed")
            line = _line(own, taken[number])
            first = asked[number][0]
            if first in raw:
                yield row_again(raw[first], line, recipe)
            else:
                answer = read_answer(run.base, own["file"][0], first.place, first.item)
                yield row_of(line, answer, recipe, begin + number, has_own_id=has_ids)


def _line(own: pl.DataFrame, taken: Taken) -> Line:
    """What is written of a question, of the rows of its attempts."""
    corpus = own["value"][0]
    scores = own["score"].to_list()
    known = [score for score in scores if score is not None]
    value = json.loads(corpus) if corpus is not None else None
    if known:
        value = sum(known) / len(known)
    return Line(own["id"][0], own["sample"][0], taken.recorded, taken.extracted, value, scores)


def _raw_rows(places: Sequence[Place]) -> dict[Place, Mapping[str, Any]]:
    """The rows of this harness as they are, to be written again."""
    found: dict[Place, Mapping[str, Any]] = {}
    for path in dict.fromkeys(place.path for place in places):
        own = {place.place: place for place in places if place.path == path}
        for at, data in json_rows(path, []).at(sorted(own)):
            found[own[at]] = json.loads(data)
    return found
