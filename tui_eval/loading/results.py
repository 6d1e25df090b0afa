"""What files of results gave, kept on disk, so that the next opening need not read them again.

Kept is what depends on a file and its path alone (`Format.stands_alone`), and that a file is no
result file; never what was refused or left out, since rights, a disk or memory may change without
the file. Configurations had their secrets removed before they came here.

An opening has a few dozen entries: files are dealt to them by their paths, so that thousands of
runs cost few opens, and a new file has a small part written anew. In an entry all runs share their
tasks and metrics, as in memory.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import fields
from functools import lru_cache
from pathlib import Path
from typing import Any
from zlib import crc32

from msgspec import msgpack

import tui_eval
from tui_eval.files.documents import Refusal, contained
from tui_eval.files.versions import version_of
from tui_eval.formats.registry import Content, format_of
from tui_eval.loading.cache import Cache, Entries, entry_name
from tui_eval.records import Metric, Run, ScoreColumns, Setting, Task
from tui_eval.redaction.configuration import redact_text

_PARTS = 64
_WORTH = 4_000_000
"""Bytes of files from which on entries are written: less is read in some 50 ms."""
_A_FILE = 40_000
"""Bytes that could be read in the time that it takes to open a file."""

_MADE = ("path", "files", "samples", "copies", "identity", "notes", "settings", "scores")
"""Of a run: what its file's path tells, and what is not as `msgpack` gives it back."""

_FACTS = tuple(field.name for field in fields(Run) if field.name not in _MADE)
"""Of a run, as they are."""


class KeptResults:
    """Contents of files that are opened together; `save` writes what is new.

    Args:
        cache: Whose folder has the entries.
        paths: What is opened: absolute.
        reads_anew: Whether nothing of what is kept is used.
    """

    def __init__(self, cache: Cache, paths: Iterable[Path], *, reads_anew: bool = False) -> None:
        self._reads_anew = reads_anew
        self._entries = cache.entries if cache.entries.is_anywhere else None
        self._parts: dict[int, _Part] = {}
        try:
            self._opening = os.path.commonpath(list(paths)), program_version()
        except (OSError, ValueError):  # no paths, or on different drives
            self._entries = None

    def get(self, path: Path, version: str) -> Content | None:
        """What a file in this version gave; None: it is to be read."""
        if self._entries is None or self._reads_anew or not os.access(path, os.R_OK):
            return None
        return self._part(self._entries, path).get(path, version)

    def put(self, path: Path, version: str, content: Content, size: int) -> None:
        """Remember what a file gave that was read, unless it was written to meanwhile."""
        if self._entries is None or not _stands_alone(path, content):
            return
        try:
            if version_of(path) == version:
                self._part(self._entries, path).put(path, version, content, size)
        except OSError:
            return

    def save(self) -> None:
        """Write the entries in which something is new, if that is worth while."""
        changed = [(number, part) for number, part in self._parts.items() if part.cost]
        if self._entries is None or sum(part.cost for _, part in changed) < self._least():
            return
        for number, part in changed:
            try:
                with contained():
                    data = part.encoded()
            except Refusal:  # such as a number of more than 64 bits
                continue
            self._entries.write(self._name(number), data)
            part.cost = 0

    def _least(self) -> int:
        """What must be new in bytes: where there are entries already, anything."""
        return 1 if any(part.is_kept for part in self._parts.values()) else _WORTH

    def _part(self, entries: Entries, path: Path) -> _Part:
        number = crc32(os.fsencode(path)) % _PARTS
        if number not in self._parts:
            self._parts[number] = _Part(entries.read(self._name(number)))
        return self._parts[number]

    def _name(self, number: int) -> str:
        return f"{entry_name(*self._opening, str(number))}.results"


@lru_cache(maxsize=1)
def program_version() -> str:
    """What becomes another text when this program may make something else of the same file.

    Of its modules, since not every change of one has a number of its own. Raises `OSError`.
    """
    modules = sorted(Path(tui_eval.__file__).parent.rglob("*.py"))
    return entry_name(tui_eval.__version__, *(f"{file} {version_of(file)}" for file in modules))


def _stands_alone(path: Path, content: Content) -> bool:
    """Whether the same file will give the same again, whatever lies beside it, and no secret."""
    return (
        content.state != "refused"
        and not content.problems
        and all(
            (run.path, run.files, run.samples, run.copies) == (path, (path,), (), ())
            and _run_stands_alone(run)
            and all(map(_is_public, _texts_of(run)))
            for run in content.runs
        )
    )


def _run_stands_alone(run: Run) -> bool:
    stands_alone = format_of(run.harness).stands_alone
    return stands_alone is not None and stands_alone(run)


def _texts_of(run: Run) -> Iterator[str]:
    """What files wrote in their own words; configurations were redacted before."""
    yield from (*run.identity, *run.notes)
    for kept in (*run.settings, *run.scores.distinct_tasks(), *run.scores.metrics):
        yield from (value for value in kept if isinstance(value, str))


@lru_cache(maxsize=1 << 16)  # most runs name the same tasks and metrics
def _is_public(text: str) -> bool:
    """Whether no secret would be removed of a text."""
    return redact_text(text) == text


class _Part:
    """The contents of one entry, by path.

    Attributes:
        cost: Of what is new, in bytes to read.
        is_kept: Whether there was an entry.
    """

    def __init__(self, data: bytes | None) -> None:
        self.cost = 0
        self._kept: dict[bytes, list[Any]] = {}
        self._contents: dict[bytes, tuple[str, Content]] = {}
        self._tasks: list[Task] = []
        self._metrics: list[Metric] = []
        try:
            with contained():
                self._decode(data or b"")
        except Refusal:
            self._kept = {}
        self.is_kept = bool(self._kept)

    def _decode(self, data: bytes) -> None:
        if data:
            tasks, metrics, files = msgpack.decode(data)
            self._tasks = [Task(*task) for task in tasks]
            self._metrics = [Metric(*metric) for metric in metrics]
            self._kept = {file[0]: file for file in files}

    def get(self, path: Path, version: str) -> Content | None:
        name = os.fsencode(path)
        kept = self._kept.pop(name, None)
        if kept is None or kept[1] != version:
            return None
        try:
            with contained():
                content = self._content(path, kept)
        except Refusal:
            return None
        self._contents[name] = version, content
        return content

    def put(self, path: Path, version: str, content: Content, size: int) -> None:
        self._contents[os.fsencode(path)] = version, content
        self.cost += size + _A_FILE

    def _content(self, path: Path, kept: Sequence[Any]) -> Content:
        _, _, state, what, runs = kept
        return Content(state, what, tuple(self._run(path, run) for run in runs))

    def _run(self, path: Path, kept: Sequence[Any]) -> Run:
        facts, identity, notes, settings, (tasks, metrics, *numbers) = kept
        scores = ScoreColumns()
        scores.tasks = list(map(self._tasks.__getitem__, tasks))
        scores.metrics = list(map(self._metrics.__getitem__, metrics))
        scores.values, scores.stderrs, scores.repeats = numbers
        return Run(
            path=path,
            files=(path,),
            identity=tuple(identity),
            notes=tuple(notes),
            settings=tuple(Setting(*setting) for setting in settings),
            scores=scores,
            **dict(zip(_FACTS, facts, strict=True)),
        )

    def encoded(self) -> bytes:
        """All that was asked for or put, and what is there still of the rest."""
        for name, kept in self._kept.items():
            if name not in self._contents and os.path.lexists(name):
                self._contents[name] = kept[1], self._content(Path(os.fsdecode(name)), kept)
        tasks: dict[Task, int] = {}
        metrics: dict[Metric, int] = {}
        files = [
            (name, version, content.state, content.what, _kept_runs(content, tasks, metrics))
            for name, (version, content) in self._contents.items()
        ]
        return msgpack.encode((list(tasks), list(metrics), files))


def _kept_runs(
    content: Content, tasks: dict[Task, int], metrics: dict[Metric, int]
) -> list[tuple[Any, ...]]:
    return [_kept_run(run, tasks, metrics) for run in content.runs]


def _kept_run(run: Run, tasks: dict[Task, int], metrics: dict[Metric, int]) -> tuple[Any, ...]:
    scores = run.scores
    columns = (
        [tasks.setdefault(task, len(tasks)) for task in scores.tasks],
        [metrics.setdefault(metric, len(metrics)) for metric in scores.metrics],
        *(scores.values, scores.stderrs, scores.repeats),
    )
    facts = [getattr(run, name) for name in _FACTS]
    return facts, run.identity, run.notes, run.settings, columns
