"""What Lighteval's files tell of whether a run is complete.

All answers to a task are written at once, when they are scored, into a Parquet file, which cannot
be read unless it is whole. So where no report says how many questions there were, the file does,
and those of other runs of the same questions (``hash_examples``).
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping

import polars as pl

from tui_eval.formats.index import Index
from tui_eval.formats.lighteval.samples import place_of
from tui_eval.formats.recomputed import NO_RESULTS
from tui_eval.formats.values import as_count, as_mapping
from tui_eval.records import Finding, Run, SampleFile

_ANSWER = ("id", "question", "metric", "attempt")


def check(
    run: Run, indexes: Mapping[SampleFile, Index], digests: Mapping[SampleFile, str]
) -> Iterator[Finding]:
    """Answers that are there again; questions of tasks of which no number tells them."""
    limit = as_count(as_mapping(json.loads(run.config)).get("max_samples"))
    told = {
        (task.dataset, task.category)
        for task in run.scores.tasks
        if task.n is not None and task.origin == "reported"
    }
    is_known = any(one.name == "question_set" for one in run.settings)
    is_reported = run.state != "no report"
    seen: set[str | None] = set()
    for file, index in indexes.items():
        if file.category in seen:  # a copy
            continue
        seen.add(file.category)
        dataset, category = place_of(run, file)
        if dataset is None or index.problems:
            continue
        rows = index.rows.unique(_ANSWER, keep="first", maintain_order=True)
        again = index.rows["place"].n_unique() - rows["place"].n_unique()
        whole = _questions(rows) if (dataset, category) not in told else None
        yield Finding(
            dataset,
            category,
            expected=whole if is_reported and not is_known else None,
            at_least=whole if is_known else None,
            doubled=again,
            verdict=None if is_reported else "unknown",
            reason=_fewer(whole, limit) if is_reported else NO_RESULTS,
        )


def _questions(rows: pl.DataFrame) -> int:
    """Questions by their numbers, of which several may have one text."""
    return rows["id"].n_unique()


def _fewer(questions: int | None, limit: int | None) -> str:
    """That fewer were asked than might have been: there may be no more."""
    if questions is None or limit is None or questions >= limit:
        return ""
    return f"{questions:,} questions, max_samples is {limit:,}"
