"""What one pass over a file of samples finds: frames of schema `tables.INDEX`, batch by batch."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from hashlib import blake2b
from typing import NamedTuple

import numpy as np
import polars as pl

from tui_eval.files.documents import Problem
from tui_eval.records import Status, Verdict
from tui_eval.tables import INDEX

BATCH = 4096
"""Rows of a file that are handed on together."""


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


class Batch(NamedTuple):
    """Rows (schema `INDEX`) of the next part of a file, and how many bytes were read until then."""

    rows: pl.DataFrame
    done: int


@dataclass(frozen=True, eq=False)
class Index:
    """What is known of a file of answers.

    Attributes:
        rows: Schema `INDEX`, in the order of the file.
        problems: What could not be read.
        is_whole: Whether the pass over the file came to its end.
    """

    rows: pl.DataFrame
    problems: tuple[Problem, ...] = ()
    is_whole: bool = True


def batches(rows: Iterable[tuple[int, Iterable[Found]]]) -> Iterator[Batch]:
    """Batches of what is found row by row; each row with how many bytes were read until its end."""
    found: list[Found] = []
    done = 0
    for done, some in rows:
        found.extend(some)
        if len(found) >= BATCH:
            yield Batch(frame(found), done)
            found = []
    yield Batch(frame(found), done)


def frame(found: list[Found]) -> pl.DataFrame:
    """Schema `INDEX`."""
    if not found:
        return pl.DataFrame(schema=INDEX)
    columns = dict(zip(Found._fields, zip(*found, strict=True), strict=True))
    return pl.DataFrame([pl.Series(name, columns[name], kind) for name, kind in INDEX.items()])


def content_hash(*texts: str) -> int:
    """64 bits that are the same wherever and whenever the same texts are hashed."""
    digest = blake2b(digest_size=8)
    for text in texts:
        data = text.encode("utf-8", "surrogatepass")
        digest.update(len(data).to_bytes(8, "little"))
        digest.update(data)
    return int.from_bytes(digest.digest(), "little")


def hash_texts(hashes: pl.Series) -> pl.Series:
    """Hashes of 64 bits as 16 hexadecimal digits; null where there is none."""
    digits = hashes.fill_null(0).to_numpy().astype(">u8").tobytes().hex()
    texts = pl.Series(hashes.name, np.frombuffer(digits.encode(), "S16")).cast(pl.String)
    return texts.set(hashes.is_null(), None)


def joined(texts: Sequence[str]) -> str:
    """What was answered when a question was asked several times and scored once."""
    if len(texts) < 2:
        return "".join(texts)
    parts = (f"[{number} of {len(texts)}]\n{text}" for number, text in enumerate(texts, start=1))
    return "\n\n".join(parts)


def mean_length(texts: Sequence[str]) -> int | None:
    """Characters of a response; of what was answered several times and scored once their mean."""
    return int(sum(map(len, texts)) / len(texts) + 0.5) if texts else None
