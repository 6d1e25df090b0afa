"""Lighteval's answers: ``details_{task}_{timestamp}.parquet``, a row a question.

Up to 0.10, a task with metrics of two categories has two rows a question, each with the metrics of
one. All versions keep the order of the questions, and the text of each, but no number that is the
same in all of them: a question is known by its text, and where that is there several times, by
which of them it is.
"""

from __future__ import annotations

from collections.abc import Mapping

import polars as pl

from tui_eval.files.strings import clean_str
from tui_eval.formats.index import Index
from tui_eval.formats.lighteval.keys import dataset_names, parse_key, possible_names
from tui_eval.records import Run, SampleFile
from tui_eval.tables import ANSWERS


def place_of(run: Run, file: SampleFile) -> tuple[str | None, str | None]:
    """The dataset and category that the task of a file is in the run's scores."""
    key = parse_key(file.category or "")
    there = {(task.dataset, task.category, task.method) for task in run.scores.tasks}
    for name in possible_names(key):
        if (name, key.category, key.method) in there:
            return name, key.category
    names = dataset_names(parse_key(other.category or "") for other in run.samples)
    return names.get(key, key.dataset), key.category


def samples(run: Run, indexes: Mapping[SampleFile, Index]) -> tuple[pl.DataFrame, list[str]]:
    """All answers; of a task whose details were found twice, as copies are, the first."""
    frames = [pl.DataFrame(schema=ANSWERS)]
    notes = []
    seen: set[str | None] = set()
    for file in run.samples:
        if file not in indexes:
            continue
        if file.category in seen:
            path = clean_str(str(file.path))
            notes.append(f"answers of {file.category} are there once more, and left out: {path}")
            continue
        seen.add(file.category)
        frames.append(_placed(indexes[file].rows, file, *place_of(run, file)))
    return pl.concat(frames), notes


def _placed(
    rows: pl.DataFrame, file: SampleFile, dataset: str | None, category: str | None
) -> pl.DataFrame:
    """Rows of `ANSWERS`; what is the same question in another run has the same name there."""
    names = [None if one is None else f"{one:016x}" for one in rows["question"]]
    named = pl.coalesce(pl.Series(names, dtype=pl.String), pl.format("id {}", "id"))
    time = pl.int_range(1, pl.len() + 1).over(named, "metric", "attempt")
    return rows.with_columns(
        dataset=pl.lit(dataset, pl.String),
        category=pl.lit(category, pl.String),
        data_file=pl.lit(None, pl.String),
        sample=pl.when(time > 1).then(pl.format("{}#{}", named, time)).otherwise(named),
        file=pl.lit(clean_str(str(file.path))),
    ).select(ANSWERS.names())
