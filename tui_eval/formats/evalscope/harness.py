"""The format of EvalScope 0.10 to 1.14."""

from __future__ import annotations

from tui_eval.formats.evalscope.check import check
from tui_eval.formats.evalscope.passes import INDEX_VERSION, index
from tui_eval.formats.evalscope.recorded import recorded, scoring
from tui_eval.formats.evalscope.runs import (
    HARNESS,
    answers_of,
    combine,
    read_runs,
    read_samples,
    recognise,
    recompute,
    stands_alone,
)
from tui_eval.formats.evalscope.samples import place_of, samples
from tui_eval.formats.evalscope.texts import answer
from tui_eval.formats.format import JSON, Format, SampleFormat

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
    is_apart=True,
)

FORMAT = Format(
    name=HARNESS,
    title="EvalScope",
    suffixes=JSON,
    recognise=recognise,
    read_runs=read_runs,
    combine=combine,
    markers=(b"dataset_name",),
    stands_alone=stands_alone,
    samples=SAMPLES,
    check=check,
)
