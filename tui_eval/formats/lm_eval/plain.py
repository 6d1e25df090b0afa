"""Rows as nearly all are since 0.4.7, many at once: one response, or options that are rated.

What stands before the responses is not looked at, and columns are made of thousands of rows: that
takes a third of the time. Rows that are not so plain are read one by one (`answers.index`).
"""

from __future__ import annotations

from collections.abc import Sequence
from operator import attrgetter

import numpy as np
import polars as pl

from tui_eval.formats.lm_eval.metrics import is_mean
from tui_eval.formats.lm_eval.rows import (
    HASH,
    LONGEST_NUMBER,
    UNPARSED,
    Reader,
    hash_of,
    may_be_rated,
)
from tui_eval.formats.values import as_score
from tui_eval.records import Status
from tui_eval.tables import INDEX

_COLUMNS = ("place", "question", "prompt", "status", "length", "id", "filter")
_ASKED = b'"arg_1":'
"""Of requests alone, since no string of JSON holds it: a text to be rated has one argument."""

_UNTOLD = ("category", "tokens", "answer_id", "verdict")
_HASHES = ("question", "prompt")


class PlainRows:
    """Takes plain rows, and makes a frame of them.

    Args:
        reader: Reads the rows of their file.
    """

    def __init__(self, reader: Reader) -> None:
        self._reader = reader
        self._metrics: list[str] = []
        self._values = attrgetter("doc_id", "filter")
        self._rows: list[tuple[object, ...]] = []

    def take(self, place: int, data: bytes) -> bool:
        """Take a row, unless it is no plain one or has other metrics than those before."""
        row = self._reader.without_texts(data)
        if row is None or row.scores_per_repeat is not None:
            return False
        if row.metrics != self._metrics:
            if self._rows or len(set(row.metrics)) < len(row.metrics):
                return False
            self._metrics = row.metrics
            fields = [self._reader.metrics[name] for name in row.metrics]
            self._values = attrgetter("doc_id", "filter", *fields)
        outcome = _outcome(row.resps, row.filtered_resps, data)
        question, prompt = row.doc_hash[:HASH], row.prompt_hash[:HASH]
        if outcome is None or len(question) + len(prompt) < 2 * HASH:
            return False
        values = self._values(row)
        if None in values:  # perhaps it stands before the responses, which is not looked at
            return False
        self._rows.append((place, question, prompt, *outcome, *values))
        return True

    def frame(self) -> pl.DataFrame:
        """The rows that were taken since the last call, schema `INDEX`, by metric and place."""
        if not self._rows:
            return pl.DataFrame(schema=INDEX)
        columns = list(zip(*self._rows, strict=True))
        columns[_COLUMNS.index("id")] = tuple(map(str, columns[_COLUMNS.index("id")]))
        self._rows = []
        common = pl.DataFrame(
            [
                _hashes(name, values) if name in _HASHES else pl.Series(name, values, INDEX[name])
                for name, values in zip(_COLUMNS, columns, strict=False)
            ]
        ).with_columns(
            pl.col("filter").replace("none", None),
            *(pl.lit(None, INDEX[name]).alias(name) for name in _UNTOLD),
            *(pl.lit(0, INDEX[name]).alias(name) for name in ("attempt", "item")),
        )
        scores: list[tuple[str | None, pl.Series]] = [
            (metric, _scores(metric, values))
            for metric, values in zip(self._metrics, columns[len(_COLUMNS) :], strict=True)
        ]
        return pl.concat(
            common.with_columns(score, metric=pl.lit(metric, pl.String)).select(INDEX.names())
            for metric, score in scores or [(None, _scores(None, [None] * common.height))]
        )


def _outcome(responses: object, extracted: object, data: bytes) -> tuple[Status, int | None] | None:
    """Status and length of a response; None: it is not a single one, or it may be a rating."""
    if type(responses) is not list or not responses or type(responses[0]) is not list:
        return None
    first = responses[0][0] if responses[0] else None
    if type(first) is list:
        return "ok", None
    if type(first) is not str or len(responses) > 1 or len(responses[0]) > 1:
        return None
    if type(extracted) is not list or len(extracted) != 1 or type(extracted[0]) is not str:
        return None
    if not first or first.isspace():
        return "empty", len(first)
    if len(first) <= LONGEST_NUMBER and _ASKED not in data and may_be_rated(first):
        return None
    return "unparsed" if extracted[0] == UNPARSED else "ok", len(first)


def _hashes(name: str, values: Sequence[str]) -> pl.Series:
    """The first 64 bits of hashes in hexadecimal digits."""
    try:
        data = bytes.fromhex("".join(values))
    except ValueError:
        data = b""
    if len(data) * 2 < HASH * len(values):  # some are none: spaces count for nothing, too
        return pl.Series(name, [hash_of(value) for value in values], pl.UInt64)
    return pl.Series(name, np.frombuffer(data, ">u8").astype(np.uint64))


def _scores(metric: str | None, values: Sequence[object]) -> pl.Series:
    numbers = map(as_score, values) if is_mean(metric) else [None] * len(values)
    return pl.Series("score", list(numbers), pl.Float64)
