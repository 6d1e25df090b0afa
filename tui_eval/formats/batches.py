"""What a pass over a file of samples hands on, batch by batch: plain columns, no frames.

A pass may run in a child process, where Polars and NumPy would cost more to import than a large
part of a file to read. Numbers of which none is missing are arrays, and what all rows share stands
there once, so that a batch is cheap to send. `index.frame` makes a frame of it.
"""

from __future__ import annotations

from array import array
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from hashlib import blake2b
from pathlib import Path
from typing import Any, NamedTuple, TypeAlias

from tui_eval.files.documents import Problem, Refusal, contained
from tui_eval.files.rows import Span
from tui_eval.formats.reasoning import all_apart
from tui_eval.records import Status, Verdict

BATCH = 4096
"""Rows of a file that are handed on together."""

Values: TypeAlias = "list[Any] | array[Any] | str | int | None"
"""A column: a value for each row, or the one value that all rows have."""

_CODES = {
    **dict.fromkeys(("place", "length", "tokens"), "q"),
    **dict.fromkeys(("attempt", "item"), "i"),
    **dict.fromkeys(("question", "prompt", "answer_id"), "Q"),
    "score": "d",
}


class Found(NamedTuple):
    """A row of `INDEX`."""

    id: str
    place: int
    metric: str | None = None
    score: float | None = None
    status: Status = "ok"
    question: int | None = None
    prompt: int | None = None
    category: str | None = None
    attempt: int = 0
    filter: str | None = None
    item: int = 0
    length: int | None = None
    tokens: int | None = None
    answer_id: int | None = None
    verdict: Verdict | None = None
    passages: bytes | None = None


class Piece(NamedTuple):
    """Some rows as columns of `tables.INDEX`; those that are not here are null."""

    height: int
    columns: Mapping[str, Values]


class Batch(NamedTuple):
    """The next part of a file: rows in one or several pieces, and how many bytes were read so far.

    Rows of all pieces together are in the order of the file when they are sorted by ``place``; of
    one place they stand in the order of the pieces.
    """

    pieces: Sequence[Piece]
    done: int


def batches(rows: Iterable[tuple[int, Iterable[Found]]]) -> Iterator[Batch]:
    """Batches of what is found row by row; each row with how many bytes were read until its end."""
    found: list[Found] = []
    done = 0
    for done, some in rows:
        found.extend(some)
        if len(found) >= BATCH:
            yield Batch(pieces(found), done)
            found = []
    yield Batch(pieces(found), done)


def pieces(found: Sequence[Found]) -> list[Piece]:
    """One piece of all that was found, none of nothing."""
    if not found:
        return []
    columns = zip(Found._fields, zip(*found, strict=True), strict=True)
    return [Piece(len(found), {name: packed(name, values) for name, values in columns})]


def packed(name: str, values: Sequence[Any]) -> Values:
    """A column of `tables.INDEX`, small: numbers of which none is missing are an array."""
    code = _CODES.get(name)
    if None not in values:
        return array(code, values) if code else list(values)
    return None if values.count(None) == len(values) else list(values)


def passed(
    index: Callable[[Path, list[Problem], Span], Iterator[Batch]], path: Path, span: Span
) -> Iterator[tuple[Batch, list[Problem]]]:
    """A pass over a file, each batch with what could not be read since the one before.

    Raises:
        Refusal: The pass ended early; what was found before is handed on.
    """
    problems: list[Problem] = []
    told, done = 0, span.begin
    refusal: Refusal | None = None
    try:
        with contained():
            for batch in index(path, problems, span):
                done = batch.done
                yield batch, problems[told:]
                told = len(problems)
    except Refusal as error:
        refusal = error
    yield Batch([], done), problems[told:]
    if refusal is not None:
        raise refusal


def content_hash(*texts: str) -> int:
    """64 bits that are the same wherever and whenever the same texts are hashed."""
    digest = blake2b(digest_size=8)
    for text in texts:
        data = text.encode("utf-8", "surrogatepass")
        digest.update(len(data).to_bytes(8, "little"))
        digest.update(data)
    return int.from_bytes(digest.digest(), "little")


def joined(texts: Sequence[str]) -> str:
    """What was answered when a question was asked several times and scored once."""
    if len(texts) < 2:
        return "".join(texts)
    parts = (f"[{number} of {len(texts)}]\n{text}" for number, text in enumerate(texts, start=1))
    return "\n\n".join(parts)


def mean_length(texts: Sequence[str]) -> int | None:
    """Characters of a response without its reasoning; of several scored as one their mean."""
    responses, _ = all_apart(texts)
    return int(sum(map(len, responses)) / len(responses) + 0.5) if responses else None
