"""Rows as nearly all are since 0.4.7, many at once: one response, or options that are rated.

What stands before the responses is not looked at, and columns are made of thousands of rows: that
takes a fourth of the time. Rows that are not so plain are read one by one (`passes.index`).
"""

from __future__ import annotations

import sys
from array import array
from collections.abc import Sequence
from operator import attrgetter

from tui_eval.formats.batches import Piece, Values, packed
from tui_eval.formats.lm_eval.metrics import is_mean
from tui_eval.formats.lm_eval.rows import (
    HASH,
    LONGEST_NUMBER,
    UNPARSED,
    LightRow,
    Reader,
    TextRow,
    hash_of,
    may_be_rated,
    without_texts,
)
from tui_eval.formats.reasoning import Thought, apart
from tui_eval.formats.values import as_score
from tui_eval.records import Status

_ASKED = b'"arg_1":'
"""Of requests alone, since no string of JSON holds it: a text to be rated has one argument."""


_OF_ROW = ("doc_id", "filter")


Line = tuple[int, int, bytes]
"""A row: which line of the file it is, at which byte it begins, and its bytes."""


class PlainRows:
    """Takes plain rows, and makes columns of them.

    Args:
        reader: Reads the rows of their file.
    """

    def __init__(self, reader: Reader) -> None:
        self._reader = reader
        self._metrics: list[str] = []
        self._values = attrgetter(*_OF_ROW)
        self._rows: list[tuple[object, ...]] = []

    def take(self, lines: Sequence[Line]) -> list[Line]:
        """Take rows; returns those that are no plain ones, or have other metrics than before."""
        cut = [without_texts(data) for _, _, data in lines]
        texts = self._reader.texts(cut)
        if texts and self._take_texts(lines, texts):
            return []
        return [line for line, short in zip(lines, cut, strict=True) if not self._take(line, short)]

    def _take_texts(self, lines: Sequence[Line], rows: Sequence[TextRow]) -> bool:
        """Take rows with texts, all of them or none."""
        if rows[0].metrics != self._metrics and not self._begin(rows[0].metrics):
            return False
        texts = [row.resps[0][0] for row in rows]
        questions = [row.doc_hash[:HASH] for row in rows]
        prompts = [row.prompt_hash[:HASH] for row in rows]
        thoughts = list(map(apart, texts))
        if min(map(len, questions)) + min(map(len, prompts)) < 2 * HASH or (
            min(map(len, texts)) <= LONGEST_NUMBER
            and any(_may_be_rated(text, line[2]) for text, line in zip(texts, lines, strict=True))
        ):
            return False
        states = [
            _status(thought, row.filtered_resps[0])
            for thought, row in zip(thoughts, rows, strict=True)
        ]
        lengths = [len(thought.response) for thought in thoughts]
        places = [place for _, place, _ in lines]
        passages = list(map(self._reader.passages, questions, (data for _, _, data in lines)))
        values = zip(*map(self._values, rows), strict=True)
        self._rows.extend(
            zip(places, passages, questions, prompts, states, lengths, *values, strict=True)
        )
        return True

    def _take(self, line: Line, short: bytes) -> bool:
        row = self._reader.light(short) if short else None
        if row is None or (row.metrics != self._metrics and not self._begin(row.metrics)):
            return False
        _, place, data = line
        outcome = _outcome(row, data)
        question, prompt = row.doc_hash[:HASH], row.prompt_hash[:HASH]
        if outcome is None or len(question) + len(prompt) < 2 * HASH:
            return False
        values = self._values(row)
        if row.scores_per_repeat is not None or None in values:
            return False  # a value perhaps stands before the responses, which is not looked at
        passages = self._reader.passages(question, data)
        self._rows.append((place, passages, question, prompt, *outcome, *values))
        return True

    def _begin(self, metrics: list[str]) -> bool:
        """Whether rows with other metrics than before can be taken from now on."""
        if self._rows or len(set(metrics)) < len(metrics):
            return False
        self._metrics = metrics
        self._values = attrgetter(*_OF_ROW, *(self._reader.metrics[name] for name in metrics))
        return True

    def pieces(self) -> list[Piece]:
        """The rows that were taken since the last call, a piece a metric."""
        if not self._rows:
            return []
        height = len(self._rows)
        place, passages, question, prompt, status, length, number, word, *values = zip(
            *self._rows, strict=True
        )
        self._rows = []
        words: dict[object, object] = {"none": None}
        common: dict[str, Values] = {
            "place": packed("place", place),
            "question": _hashes(question),
            "prompt": _hashes(prompt),
            "status": list(status),
            "length": packed("length", length),
            "id": list(map(str, number)),
            "passages": packed("passages", passages),
            "filter": packed("filter", [words.setdefault(one, one) for one in word]),
            "attempt": 0,
            "item": 0,
        }
        scores: list[tuple[str | None, Values]] = [
            (metric, _scores(metric, numbers))
            for metric, numbers in zip(self._metrics, values, strict=True)
        ]
        return [
            Piece(height, common | {"metric": metric, "score": score})
            for metric, score in scores or [(None, None)]
        ]


def _outcome(row: LightRow, data: bytes) -> tuple[Status, int | None] | None:
    """Status and length of a response; None: it is not a single one, or it may be a rating."""
    responses, extracted = row.resps, row.filtered_resps
    if type(responses) is not list or not responses or type(responses[0]) is not list:
        return None
    first = responses[0][0] if responses[0] else None
    if type(first) is list:
        return "ok", None
    if type(first) is not str or len(responses) > 1 or len(responses[0]) > 1:
        return None
    if type(extracted) is not list or len(extracted) != 1 or type(extracted[0]) is not str:
        return None
    if _may_be_rated(first, data):
        return None
    thought = apart(first)
    return _status(thought, extracted[0]), len(thought.response)


def _may_be_rated(text: str, data: bytes) -> bool:
    """Whether a response may be the log-likelihood of a text that was not written."""
    return (
        len(text) <= LONGEST_NUMBER
        and bool(text.strip())
        and _ASKED not in data
        and may_be_rated(text)
    )


def _status(thought: Thought, extracted: str) -> Status:
    if thought.is_unfinished:
        return "unfinished reasoning"
    if not thought.response or thought.response.isspace():
        return "empty"
    return "unparsed" if extracted == UNPARSED else "ok"


def _hashes(values: Sequence[str]) -> Values:
    """The first 64 bits of hashes in hexadecimal digits."""
    try:
        data = bytes.fromhex("".join(values))
    except ValueError:
        data = b""
    if len(data) * 2 < HASH * len(values):  # some are none: spaces count for nothing, too
        return [hash_of(value) for value in values]
    numbers = array("Q", data)
    if sys.byteorder == "little":
        numbers.byteswap()
    return numbers


def _scores(metric: str, values: Sequence[object]) -> Values:
    return packed("score", list(map(as_score, values))) if is_mean(metric) else None
