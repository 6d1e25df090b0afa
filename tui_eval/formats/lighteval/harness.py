"""The format of Lighteval 0.1 to 0.13."""

from __future__ import annotations

from tui_eval.formats.format import Format, SampleFormat
from tui_eval.formats.lighteval.check import check
from tui_eval.formats.lighteval.passes import INDEX_VERSION, index
from tui_eval.formats.lighteval.recorded import recorded, scoring
from tui_eval.formats.lighteval.runs import (
    HARNESS,
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
    title="Lighteval",
    suffixes={".json": "json", ".parquet": "parquet"},
    recognise=recognise,
    read_runs=read_runs,
    combine=combine,
    markers=(b"config_general",),
    stands_alone=stands_alone,
    samples=SAMPLES,
    check=check,
)
