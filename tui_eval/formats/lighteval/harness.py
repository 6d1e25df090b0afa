"""What `registry.Format` asks of Lighteval 0.1 to 0.13."""

from __future__ import annotations

from tui_eval.formats.lighteval.passes import INDEX_VERSION, index
from tui_eval.formats.lighteval.runs import (
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
    stands_alone,
)
from tui_eval.formats.lighteval.samples import place_of, samples
from tui_eval.formats.lighteval.texts import answer

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
    "stands_alone",
]
