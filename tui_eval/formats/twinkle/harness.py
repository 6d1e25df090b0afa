"""The format of Twinkle Eval 0.1 to 2.10."""

from __future__ import annotations

from tui_eval.formats.format import JSON, Format, SampleFormat
from tui_eval.formats.twinkle.check import asks_whole, check
from tui_eval.formats.twinkle.passes import INDEX_VERSION, index
from tui_eval.formats.twinkle.recorded import recorded, scoring
from tui_eval.formats.twinkle.runs import (
    HARNESS,
    answers_of,
    combine,
    read_runs,
    read_samples,
    recognise,
    recompute,
    stands_alone,
)
from tui_eval.formats.twinkle.samples import place_of, samples
from tui_eval.formats.twinkle.texts import answer

SAMPLES = SampleFormat(
    read=read_samples,
    index=index,
    version=INDEX_VERSION,
    place_of=place_of,
    table=samples,
    answer=answer,
    recompute=recompute,
    beside=answers_of,
    recorded=recorded,
    scoring=scoring,
)

FORMAT = Format(
    name=HARNESS,
    title="Twinkle Eval",
    suffixes=JSON,
    recognise=recognise,
    read_runs=read_runs,
    combine=combine,
    markers=(b"dataset_results",),
    stands_alone=stands_alone,
    samples=SAMPLES,
    check=check,
    asks_whole=asks_whole,
)
