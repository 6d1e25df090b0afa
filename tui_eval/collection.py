"""What is loaded: finds result files under paths, reads them, keeps what was refused and why."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from stat import S_ISDIR, S_ISREG
from types import MappingProxyType
from typing import Literal

import polars as pl

from tui_eval.formats import SUFFIXES, Content, combine, read
from tui_eval.formats.documents import NOT_REGULAR, Problem, Refusal
from tui_eval.labels import distinct_categories, path_text, run_labels
from tui_eval.tables import RUNS, SCORES, Run, Tables, score_frame

FILES = pl.Schema(
    {
        "path": pl.String(),
        "state": pl.String(),  # read, refused, skipped
        "what": pl.String(),  # what it was recognised as
        "runs": pl.Int32(),
        "size": pl.Int64(),  # bytes
        "modified": pl.Datetime("ms"),  # UTC
        "place": pl.String(),
        "reason": pl.String(),
        "notes": pl.String(),  # what its runs lack, and what to know of them
    }
)

State = Literal["read", "refused", "skipped"]


@dataclass(frozen=True)
class File:
    """A file or folder that was looked at, and what came of it."""

    path: Path
    content: Content
    size: int = 0
    modified: float = 0.0

    def is_as_before(self, status: os.stat_result) -> bool:
        """Whether the file was not written to since it was read."""
        return (self.size, self.modified) == (status.st_size, status.st_mtime)

    @property
    def reason(self) -> str:
        """Everything that was refused or left out, in one line."""
        return "; ".join(str(problem) for problem in self.content.problems)


def never() -> bool:
    """The answer of somebody who does not cancel."""
    return False


def find(
    paths: Iterable[Path],
    cancelled: Callable[[], bool] = never,
    known: Mapping[Path, File] = MappingProxyType({}),
) -> Iterator[File]:
    """Look at every file under the paths, depth first, by name, and read those that hold results.

    Args:
        paths: Files (read whatever their suffix is) and folders (of whose files those with a suffix
            of `formats.SUFFIXES` are read).
        cancelled: Asked before every file.
        known: Files that need not be read again as long as their size and time stay.

    Yields:
        One `File` for each file that is not known, once even where links lead to it twice, and one
        for each folder that cannot be opened. Nothing found on the disk makes this raise.
    """
    seen: dict[tuple[int, int], Path] = {}
    stack = [(path, True) for path in reversed(list(paths))]
    while stack and not cancelled():
        path, named = stack.pop()
        try:
            status = path.stat()
        except OSError as error:
            yield _refused(path, error)
            continue
        identity = (status.st_dev, status.st_ino)
        if identity in seen:
            if seen[identity] == path:  # named twice
                continue
            yield File(path, Content("skipped", "link to something that was already looked at"))
            continue
        seen[identity] = path
        if S_ISDIR(status.st_mode):
            entries, trouble = _entries(path)
            stack.extend((entry, False) for entry in entries)
            if trouble:
                yield trouble
        elif path not in known or not known[path].is_as_before(status):
            yield _look_at(path, status, named=named)


class Collection:
    """Files that were looked at so far; grows while folders are walked.

    Parts of one run become a run, whatever files they were found in. The tables are made anew only
    when something was added since they were last asked for, and only of the runs that changed.
    """

    def __init__(self) -> None:
        self._files: dict[Path, File] = {}
        self._parts: dict[str, list[Run]] = {}
        self._runs: dict[str, list[Run]] = {}  # by the key of their parts
        self._faults: dict[str, Problem] = {}  # why parts make no run, by their key
        self._changed: set[str] = set()
        self._numbers: dict[str, int] = {}  # by the key of a run
        self._scores = score_frame([])  # by number: labels change when more runs are found
        self._tables: Tables | None = None

    def add(self, file: File) -> None:
        """Add a file and its runs, instead of what was read of it before."""
        self._forget(file.path)
        self._files[file.path] = file
        for part in file.content.runs:
            self._parts.setdefault(part.shared_key, []).append(part)
            self._runs.setdefault(part.shared_key, [])
            self._changed.add(part.shared_key)
            self._tables = None

    def _forget(self, path: Path) -> None:
        """Take out what was read of a file."""
        before = self._files.pop(path, None)
        for part in before.content.runs if before else ():
            others = [one for one in self._parts[part.shared_key] if one is not part]
            self._parts[part.shared_key] = others
            self._changed.add(part.shared_key)
            self._tables = None

    @property
    def files(self) -> list[File]:
        """What was looked at, in order; refused is also what could not be made a run of."""
        self._combine()
        return [self._judged(file) for file in self._files.values()]

    def _judged(self, file: File) -> File:
        keys = dict.fromkeys(part.shared_key for part in file.content.runs)
        faults = [self._faults[key] for key in keys if key in self._faults]
        if not faults:
            return file
        problems = (*file.content.problems, *faults)
        return replace(file, content=replace(file.content, state="refused", problems=problems))

    def look_again(
        self, paths: Iterable[Path], cancelled: Callable[[], bool] = never
    ) -> frozenset[str] | None:
        """Read what is new or was written to, and forget what is gone.

        Returns the keys of runs that were not there.

        None: nothing has changed.
        """
        before = {run.key for run in self.runs}
        found = find(paths, cancelled, self._files)
        changed = [file for file in found if self._files.get(file.path) != file]
        for file in changed:
            self.add(file)
        gone = [path for path in self._files if not os.path.lexists(path)]
        for path in gone:
            self._forget(path)
        return frozenset(run.key for run in self.runs) - before if changed or gone else None

    @property
    def runs(self) -> list[Run]:
        """The runs, in the order in which their first files were found."""
        self._combine()
        places = {path: place for place, path in enumerate(self._files)}
        runs = [run for runs in self._runs.values() for run in runs]
        return sorted(runs, key=lambda run: min(places[file] for file in run.files))

    def tables(self) -> Tables:
        """The tables of everything that was added."""
        if self._tables is None:
            runs = self.runs
            labels = run_labels(runs)
            self._tables = Tables(_run_frame(runs, labels), self._labelled(runs, labels))
        return self._tables

    def _combine(self) -> None:
        """Make runs of the parts that were added, and their rows of scores."""
        stale = [run for key in self._changed for run in self._runs[key]]
        fresh = []
        for key in [key for key in self._runs if key in self._changed]:
            self._faults.pop(key, None)
            try:
                self._runs[key] = combine(self._parts[key]) if self._parts[key] else []
            except Refusal as refusal:
                self._runs[key], self._faults[key] = [], refusal.problem
            fresh.extend(self._runs[key])
        self._changed.clear()
        if not fresh and not stale:
            return
        rows = self._scores
        if stale:
            rows = rows.filter(~pl.col("number").is_in([self._numbers[run.key] for run in stale]))
        numbered = [(self._numbers.setdefault(run.key, len(self._numbers)), run) for run in fresh]
        self._scores = pl.concat([rows, score_frame(numbered)], rechunk=True)

    def _labelled(self, runs: list[Run], labels: list[str]) -> pl.DataFrame:
        places = [0] * len(self._numbers)  # by number: where the run stands among the others
        for place, run in enumerate(runs):
            places[self._numbers[run.key]] = place
        order = pl.Series(places, dtype=pl.UInt32).gather(self._scores["number"])
        scores = self._scores
        if not order.is_sorted():
            rows = order.to_frame("order").with_row_index().sort("order", maintain_order=True)
            order, scores = rows["order"], scores[rows["index"]]
        names = pl.Series("run", labels, pl.String).gather(order)
        return distinct_categories(scores.with_columns(names).select(SCORES.names()))

    def file_table(self) -> pl.DataFrame:
        """One row a file that was looked at (schema `FILES`)."""
        copied = {path: run.path for run in self.runs for path in run.copies}
        rows = [
            (
                path_text(file.path),
                file.content.state,
                file.content.what,
                sum(bool(run.scores) for run in file.content.runs),
                file.size,
                round(file.modified * 1000),
                next((problem.place for problem in file.content.problems), ""),
                file.reason if len(file.content.problems) > 1 else _first_reason(file),
                _notes(file, copied.get(file.path)),
            )
            for file in self.files
        ]
        return pl.DataFrame(rows, schema=FILES, orient="row")


def load(paths: Iterable[Path], cancelled: Callable[[], bool] = never) -> Collection:
    """Everything under the paths at once: what the command line does."""
    collection = Collection()
    for file in find(paths, cancelled):
        collection.add(file)
    return collection


def _run_frame(runs: list[Run], labels: list[str]) -> pl.DataFrame:
    rows = [
        (
            label,
            run.model,
            run.timestamp,
            run.harness,
            run.version,
            run.variant,
            path_text(run.path),
            run.document,
            run.key,
            run.state,
            [path_text(file) for file in run.files],
            len(run.samples),
            run.duration,
            run.config,
            [
                *run.notes,
                *(f"found again, and read once: {path_text(path)}" for path in run.copies),
            ],
        )
        for label, run in zip(labels, runs, strict=True)
    ]
    return pl.DataFrame(rows, schema=RUNS, orient="row")


def _notes(file: File, original: Path | None) -> str:
    """What the runs of a file lack, or where the same run was found before."""
    if original is not None:
        return f"the same run as in {path_text(original)}"
    return "; ".join(note for run in file.content.runs for note in run.notes)


def _entries(folder: Path) -> tuple[list[Path], File | None]:
    """What is in a folder, last name first, since a stack is emptied from its end."""
    try:
        with os.scandir(folder) as found:
            names = sorted(found, key=lambda entry: entry.name, reverse=True)
            return [Path(entry.path) for entry in names], None
    except OSError as error:
        return [], _refused(folder, error)


def _look_at(path: Path, status: os.stat_result, *, named: bool) -> File:
    if not S_ISREG(status.st_mode):
        content = Content("skipped", NOT_REGULAR)
    elif not named and path.suffix.lower() not in SUFFIXES:
        content = Content("skipped", "none of .json, .jsonl and .parquet")
    else:
        content = read(path)
    return File(path, content, status.st_size, status.st_mtime)


def _refused(path: Path, error: OSError) -> File:
    reason = (error.strerror or "unknown reason").lower()
    problem = Problem("", f"cannot be read: {reason}")
    return File(path, Content("refused", "unreadable", problems=(problem,)))


def _first_reason(file: File) -> str:
    return next((problem.reason for problem in file.content.problems), "")
