"""MixEval, all four eras of its files."""

from __future__ import annotations

from tui_eval.formats.mixeval.runs import (
    HARNESS,
    KEEPS_ANSWERS_APART,
    MARKER,
    TITLE,
    answers_of,
    combine,
    read_runs,
    read_samples,
    recognise,
    recompute,
)
from tui_eval.formats.mixeval.samples import INDEX_VERSION, index, place_of, samples
from tui_eval.formats.mixeval.texts import answer

__all__ = [
    "HARNESS",
    "INDEX_VERSION",
    "KEEPS_ANSWERS_APART",
    "MARKER",
    "TITLE",
    "answer",
    "answers_of",
    "combine",
    "index",
    "place_of",
    "read_runs",
    "read_samples",
    "recognise",
    "recompute",
    "samples",
]
