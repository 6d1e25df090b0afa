"""What one pass over a file found, kept on disk, so that the next opening need not read it again.

Nothing a model wrote is kept: only keys, scores, states and places. An entry is a Parquet file with
its hash before it, and is put in its place whole. Where the hash is another, the rest is not looked
at: whatever is wrong with an entry, or with the folder, means no more than that the file is read
again.
"""

from __future__ import annotations

import contextlib
import io
import json
import os
from dataclasses import dataclass
from hashlib import blake2b
from pathlib import Path
from threading import get_ident

import polars as pl
from platformdirs import user_cache_path

from tui_eval.files.documents import Problem, Refusal, contained, opened
from tui_eval.formats.index import Index
from tui_eval.tables import INDEX

_PROBLEMS = "problems"
_ERRORS = (OSError, pl.exceptions.PolarsError, pl.exceptions.PanicException)
_HASH = 16  # bytes
_MOST_BYTES = 1 << 30
_SMALLEST = 1 << 18
"""Bytes of a file below which reading it anew costs no more than an entry would."""


def cache_path() -> Path:
    """Where the entries are."""
    return user_cache_path("tui-eval") / "samples"


@dataclass(frozen=True)
class FileState:
    """What a file was like when it was read; an entry is for this state alone."""

    path: str
    size: int
    modified: int

    @classmethod
    def of(cls, path: Path) -> FileState:
        """The state of a file now. Raises `OSError`."""
        status = path.stat()
        return cls(os.path.abspath(path), status.st_size, status.st_mtime_ns)


class Cache:
    """Indexes of files of answers.

    Args:
        folder: Where they are kept; None: nowhere.
    """

    def __init__(self, folder: Path | None) -> None:
        self._folder = folder
        self._is_pruned = False

    def get(self, state: FileState, version: str) -> Index | None:
        """The index of a file in this state, as this version of its format made it."""
        entry = self._entry(state, version)
        if entry is None:
            return None
        try:
            with contained():
                index = _read(entry)
        except Refusal:
            return None
        with contextlib.suppress(OSError):  # of somebody who may only read here
            os.utime(entry)  # entries that are used last longest
        return index

    def put(self, state: FileState, version: str, index: Index) -> None:
        """Keep the index of a whole file, if that is possible."""
        entry = self._entry(state, version)
        if entry is None:
            return
        fresh = entry.with_suffix(f".{os.getpid()}-{get_ident()}.part")
        try:
            entry.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            _write(fresh, index)
            fresh.replace(entry)
            self._prune(entry.parent)
        except _ERRORS:
            with contextlib.suppress(OSError):
                fresh.unlink(missing_ok=True)

    def _entry(self, state: FileState, version: str) -> Path | None:
        if self._folder is None or state.size < _SMALLEST:
            return None
        what = json.dumps([state.path, state.size, state.modified, version])
        name = _hash(what.encode("utf-8", "surrogatepass")).hex()
        return self._folder / f"{name}.index"

    def _prune(self, folder: Path) -> None:
        """Once a session: take out the entries that were not used for longest."""
        if self._is_pruned:
            return
        self._is_pruned = True
        entries = sorted(
            (
                (entry.stat().st_mtime, entry.stat().st_size, entry.path)
                for entry in os.scandir(folder)
            ),
            reverse=True,
        )
        kept = 0
        for _, size, path in entries:
            kept += size
            if kept > _MOST_BYTES:
                os.unlink(path)


def _write(path: Path, index: Index) -> None:
    problems = json.dumps([(one.place, one.reason) for one in index.problems])
    table = io.BytesIO()
    index.rows.write_parquet(table, metadata={_PROBLEMS: problems})
    path.write_bytes(_hash(table.getbuffer()) + table.getbuffer())


def _read(path: Path) -> Index:
    """What `_write` wrote. Raises `Refusal` for anything else."""
    with opened(path) as file:
        told, data = file.read(_HASH), file.read()
    if told != _hash(data):
        raise Refusal("not as it was written")
    rows = pl.read_parquet(data)
    problems = json.loads(pl.read_parquet_metadata(io.BytesIO(data))[_PROBLEMS])
    if rows.schema != INDEX:
        raise Refusal("of another version")
    return Index(rows, tuple(Problem(*problem) for problem in problems))


def _hash(data: bytes | memoryview) -> bytes:
    return blake2b(data, digest_size=_HASH).digest()
