"""What one pass over a file found, kept on disk, so that the next opening need not read it again.

Nothing a model wrote is kept: only keys, scores, states and places. An entry, here a Parquet file,
has its hash before it, and is put in its place whole. Where the hash is another, the rest is not
looked at: whatever is wrong with an entry, or with the folder, means no more than that the file is
read again.
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
from tui_eval.files.versions import version_of
from tui_eval.formats.index import Index
from tui_eval.tables import INDEX

_PROBLEMS = "problems"
_HASH = 16  # bytes
_MOST_BYTES = 1 << 30
_SMALLEST = 1 << 18
"""Bytes of a file below which reading it anew costs no more than an entry would."""


def cache_path() -> Path:
    """Where the entries are."""
    return user_cache_path("tui-eval") / "samples"


@dataclass(frozen=True)
class FileState:
    """What a file was like when it was read; an entry is for this state alone.

    ``size``: bytes, to tell how far reading is and whether the file grew.
    """

    path: str
    size: int
    version: str

    @classmethod
    def of(cls, path: Path) -> FileState:
        """The state of a file now. Raises `OSError`."""
        status = path.stat()
        return cls(os.path.abspath(path), status.st_size, version_of(status))


class Entries:
    """What is kept on disk, by name: whole and as it was written, or not there at all.

    Args:
        folder: Where it is kept; None: nowhere.
    """

    def __init__(self, folder: Path | None) -> None:
        self._folder = folder
        self._is_pruned = False

    @property
    def is_anywhere(self) -> bool:
        """Whether anything is kept."""
        return self._folder is not None

    def read(self, name: str) -> bytes | None:
        """What was kept under a name; None: nothing, or it is damaged."""
        if self._folder is None:
            return None
        entry = self._folder / name
        try:
            with contained(), opened(entry) as file:
                told, data = file.read(_HASH), file.read()
        except Refusal:
            return None
        if told != _hash(data):
            return None
        with contextlib.suppress(OSError):  # the user may only read here
            os.utime(entry)  # entries that are used last longest
        return data

    def has(self, name: str) -> bool:
        """Whether anything was kept under a name, damaged or not."""
        return self._folder is not None and (self._folder / name).exists()

    def write(self, name: str, data: bytes | memoryview) -> None:
        """Keep it, if that is possible."""
        if self._folder is None:
            return
        entry = self._folder / name
        fresh = entry.with_suffix(f".{os.getpid()}-{get_ident()}.part")
        try:
            entry.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            fresh.write_bytes(_hash(data) + data)
            fresh.replace(entry)
            self._prune(entry.parent)
        except OSError:
            with contextlib.suppress(OSError):
                fresh.unlink(missing_ok=True)

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


class Cache:
    """Indexes of files of answers.

    Args:
        folder: Where they are kept; None: nowhere.
    """

    def __init__(self, folder: Path | None) -> None:
        self.entries = Entries(folder)

    def get(self, state: FileState, version: str) -> Index | None:
        """The index of a file in this state, as this version of its format made it."""
        data = self.entries.read(_name(state, version)) if state.size >= _SMALLEST else None
        if data is None:
            return None
        try:
            with contained():
                return _decoded(data)
        except Refusal:
            return None

    def has(self, state: FileState, version: str) -> bool:
        """Whether there is an index of a file in this state."""
        return state.size >= _SMALLEST and self.entries.has(_name(state, version))

    def put(self, state: FileState, version: str, index: Index) -> None:
        """Keep the index of a whole file, if that is possible."""
        if state.size >= _SMALLEST and self.entries.is_anywhere:
            with contextlib.suppress(pl.exceptions.PolarsError, pl.exceptions.PanicException):
                self.entries.write(_name(state, version), _encoded(index))

    def digest(self, state: FileState, version: str) -> str | None:
        """The digest of a file in this state, as this version of its format made it."""
        data = self.entries.read(_name(state, version)) if state.size >= _SMALLEST else None
        return None if data is None else data.decode("ascii", "replace")

    def put_digest(self, state: FileState, version: str, digest: str) -> None:
        """Keep the digest of a whole file, if that is possible."""
        if state.size >= _SMALLEST:
            self.entries.write(_name(state, version), digest.encode())


def entry_name(*what: str) -> str:
    """The name of an entry that is for exactly this."""
    return _hash(json.dumps(what).encode()).hex()


def _name(state: FileState, version: str) -> str:
    return f"{entry_name(state.path, state.version, version)}.index"


def _encoded(index: Index) -> memoryview:
    problems = json.dumps([(one.place, one.reason) for one in index.problems])
    table = io.BytesIO()
    index.rows.write_parquet(table, metadata={_PROBLEMS: problems})
    return table.getbuffer()


def _decoded(data: bytes) -> Index:
    """What `_encoded` made. Raises `Refusal` for anything else."""
    rows = pl.read_parquet(data)
    problems = json.loads(pl.read_parquet_metadata(io.BytesIO(data))[_PROBLEMS])
    if rows.schema != INDEX:
        raise Refusal("of another version")
    return Index(rows, tuple(Problem(*problem) for problem in problems))


def _hash(data: bytes | memoryview) -> bytes:
    return blake2b(data, digest_size=_HASH).digest()
