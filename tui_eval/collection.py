"""What is loaded: finds result files under paths, reads them, keeps what was refused and why."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from stat import S_ISDIR, S_ISREG
from typing import Literal

import polars as pl

from tui_eval.formats import SUFFIXES, Content, read
from tui_eval.formats.documents import Problem
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

    @property
    def reason(self) -> str:
        """Everything that was refused or left out, in one line."""
        return "; ".join(str(problem) for problem in self.content.problems)


def never() -> bool:
    """The answer of somebody who does not cancel."""
    return False


def find(paths: Iterable[Path], cancelled: Callable[[], bool] = never) -> Iterator[File]:
    """Look at every file under the paths, depth first, by name, and read those that hold results.

    Args:
        paths: Files (read whatever their suffix is) and folders (``.json`` and ``.jsonl``).
        cancelled: Asked before every file.

    Yields:
        One `File` for each file, once even where links lead to it twice, and one for each folder
        that cannot be opened. Nothing found on the disk makes this raise.
    """
    seen: set[tuple[int, int]] = set()
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
            yield File(path, Content("skipped", "link to something that was already looked at"))
            continue
        seen.add(identity)
        if S_ISDIR(status.st_mode):
            entries, trouble = _entries(path)
            stack.extend((entry, False) for entry in entries)
            if trouble:
                yield trouble
        else:
            yield _look_at(path, status, named=named)


class Collection:
    """Files that were looked at so far; grows while folders are walked.

    The tables are made anew only when something was added since they were last asked for.
    """

    def __init__(self) -> None:
        self.files: list[File] = []
        self.runs: list[Run] = []
        self._frames: list[pl.DataFrame] = []
        self._tables: Tables | None = None

    def add(self, file: File) -> None:
        """Add a file and its runs."""
        self.files.append(file)
        if file.content.runs:
            self.runs.extend(file.content.runs)
            self._frames.extend(score_frame(run.scores) for run in file.content.runs)
            self._tables = None

    def tables(self) -> Tables:
        """The tables of everything that was added."""
        if self._tables is None:
            self._tables = _make_tables(self.runs, self._frames)
        return self._tables

    def file_table(self) -> pl.DataFrame:
        """One row a file that was looked at (schema `FILES`)."""
        rows = [
            (
                path_text(file.path),
                file.content.state,
                file.content.what,
                len(file.content.runs),
                file.size,
                round(file.modified * 1000),
                next((problem.place for problem in file.content.problems), ""),
                file.reason if len(file.content.problems) > 1 else _first_reason(file),
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


def _make_tables(runs: list[Run], frames: list[pl.DataFrame]) -> Tables:
    labels = run_labels(runs)
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
            run.duration,
            run.config,
            list(run.notes),
        )
        for label, run in zip(labels, runs, strict=True)
    ]
    labelled = [
        frame.with_columns(run=pl.lit(label)).select(SCORES.names())
        for label, frame in zip(labels, frames, strict=True)
    ]
    scores = pl.concat(labelled, rechunk=True) if labelled else pl.DataFrame(schema=SCORES)
    return Tables(pl.DataFrame(rows, schema=RUNS, orient="row"), distinct_categories(scores))


def _entries(folder: Path) -> tuple[list[Path], File | None]:
    """What is in a folder, last name first, since a stack is emptied from its end."""
    try:
        with os.scandir(folder) as found:
            return sorted((Path(entry.path) for entry in found), reverse=True), None
    except OSError as error:
        return [], _refused(folder, error)


def _look_at(path: Path, status: os.stat_result, *, named: bool) -> File:
    if not S_ISREG(status.st_mode):
        content = Content("skipped", "not a file: a socket, pipe or device")
    elif not named and path.suffix.lower() not in SUFFIXES:
        content = Content("skipped", "neither .json nor .jsonl")
    else:
        content = read(path)
    return File(path, content, status.st_size, status.st_mtime)


def _refused(path: Path, error: OSError) -> File:
    reason = (error.strerror or "unknown reason").lower()
    problem = Problem("", f"cannot be read: {reason}")
    return File(path, Content("refused", "unreadable", problems=(problem,)))


def _first_reason(file: File) -> str:
    return next((problem.reason for problem in file.content.problems), "")
