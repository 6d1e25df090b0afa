"""The format of lm-evaluation-harness 0.3 to 0.5 preview."""

from __future__ import annotations

from tui_eval.formats.format import JSON, Format, SampleFormat
from tui_eval.formats.lm_eval.check import check
from tui_eval.formats.lm_eval.digests import DIGEST_VERSION, digest
from tui_eval.formats.lm_eval.passes import INDEX_VERSION, index
from tui_eval.formats.lm_eval.recorded import recorded
from tui_eval.formats.lm_eval.runs import (
    HARNESS,
    answers_of,
    combine,
    read_runs,
    read_samples,
    recognise,
    recompute,
    stands_alone,
)
from tui_eval.formats.lm_eval.samples import place_of, samples
from tui_eval.formats.lm_eval.scoring import scoring
from tui_eval.formats.lm_eval.texts import answer

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
    digest=digest,
    digest_version=DIGEST_VERSION,
)

FORMAT = Format(
    name=HARNESS,
    title="lm-evaluation-harness",
    suffixes=JSON,
    recognise=recognise,
    read_runs=read_runs,
    combine=combine,
    markers=(b'"results"',),
    stands_alone=stands_alone,
    samples=SAMPLES,
    check=check,
)
