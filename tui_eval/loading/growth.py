"""Files that grow while they are watched: what is known of them, and where to read on."""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import blake2b
from pathlib import Path
from typing import BinaryIO, Self

import polars as pl

from tui_eval.files.rows import WHOLE, Span
from tui_eval.formats.index import Index
from tui_eval.loading.cache import FileState

_ENDS = 1 << 14  # bytes at the head and at the end of what was read, by which it is known again
_CHUNK = 1 << 20


@dataclass(frozen=True)
class Known:
    """What was found in a file of answers.

    Attributes:
        state: What the file was like.
        index: All of it.
        span: What of it was read last: from somewhere on.
        mark: Of the bytes at its head and at its end.
    """

    state: FileState
    index: Index
    span: Span
    mark: bytes

    @classmethod
    def of(cls, path: Path, state: FileState, index: Index, span: Span) -> Self:
        """What is known after a pass. Raises `OSError`."""
        with path.open("rb") as file:
            return cls(state, index, span, _mark(file, state.size))

    def next_span(self, path: Path, now: FileState) -> Span:
        """What follows the last whole line that is known; all of it where it is another file.

        Only JSON Lines are written at their end; of these the head stays what it was.
        """
        if now.size <= self.state.size:
            return WHOLE
        try:
            with path.open("rb") as file:
                is_same = file.read(1) == b"{" and _mark(file, self.state.size) == self.mark
                return self._last_line(file) if is_same else WHOLE
        except OSError:
            return WHOLE

    def _last_line(self, file: BinaryIO) -> Span:
        place, lines = self.span.begin, self.span.lines or 0
        end = place
        file.seek(place)
        while place < self.state.size and (
            chunk := file.read(min(_CHUNK, self.state.size - place))
        ):
            lines += chunk.count(b"\n")
            last = chunk.rfind(b"\n")
            end = place + last + 1 if last >= 0 else end
            place += len(chunk)
        return Span(end, lines) if end else WHOLE

    def before(self, span: Span) -> Index:
        """What is known of the file before a part of it: a line may have been cut there."""
        cut = f"line {(span.lines or 0) + 1}"
        problems = (one for one in self.index.problems if one.place.partition(" › ")[0] != cut)
        return Index(self.index.rows.filter(pl.col("place") < span.begin), tuple(problems))


def _mark(file: BinaryIO, size: int) -> bytes:
    digest = blake2b(digest_size=16)
    for place in (0, max(0, size - _ENDS)):
        file.seek(place)
        digest.update(file.read(min(_ENDS, size - place)))
    return digest.digest()
