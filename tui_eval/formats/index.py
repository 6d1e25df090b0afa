"""What is known of a file of samples after a pass over it: a frame of schema `tables.INDEX`."""

from __future__ import annotations

from array import array
from dataclasses import dataclass

import numpy as np
import polars as pl

from tui_eval.files.documents import Problem
from tui_eval.formats.batches import Batch, Piece, Values
from tui_eval.tables import INDEX


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


def frame(batch: Batch) -> pl.DataFrame:
    """The rows of a batch, in the order of the file: schema `INDEX`."""
    if not batch.pieces:
        return pl.DataFrame(schema=INDEX)
    rows = pl.concat([_frame(piece) for piece in batch.pieces])
    return rows.sort("place", maintain_order=True) if len(batch.pieces) > 1 else rows


def _frame(piece: Piece) -> pl.DataFrame:
    columns = piece.columns
    return pl.DataFrame(
        [_series(name, columns.get(name), kind, piece.height) for name, kind in INDEX.items()]
    )


def _series(name: str, values: Values, kind: pl.DataType, height: int) -> pl.Series:
    if isinstance(values, array):
        return pl.Series(name, np.frombuffer(values, values.typecode)).cast(kind)
    if isinstance(values, list):
        return pl.Series(name, values, kind)
    return pl.Series(name, [values], kind).new_from_index(0, height)


def hash_texts(hashes: pl.Series) -> pl.Series:
    """Hashes of 64 bits as 16 hexadecimal digits; null where there is none."""
    digits = hashes.fill_null(0).to_numpy().astype(">u8").tobytes().hex()
    texts = pl.Series(hashes.name, np.frombuffer(digits.encode(), "S16")).cast(pl.String)
    return texts.set(hashes.is_null(), None)
