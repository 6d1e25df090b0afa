"""Lighteval's answers: ``details_{task}_{timestamp}.parquet``, a row a question.

Up to 0.10, a task with metrics of two categories has two rows a question, each with the metrics of
one. All versions keep the order of the questions, and the text of each, but no number that is the
same in all of them: a question is known by its text, and where that is there several times, by
which of them it is.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from itertools import chain
from pathlib import Path

import polars as pl

from tui_eval.files.documents import Problem, Refusal
from tui_eval.files.rows import BEGIN, Start
from tui_eval.files.strings import clean_str
from tui_eval.formats.index import Batch, Found, Index, batches, content_hash, mean_length
from tui_eval.formats.lighteval.details import (
    INDEXED,
    Details,
    Row,
    extracted_of,
    log_likelihoods,
    messages_of,
    opened_details,
    responses_of,
    texts_of,
    value_of,
)
from tui_eval.formats.lighteval.keys import dataset_names, parse_key, possible_names
from tui_eval.formats.values import as_mapping, as_score
from tui_eval.records import Run, SampleFile, Status
from tui_eval.tables import SAMPLES

INDEX_VERSION = 2

_ROWS = 1024  # that are read at once: tokens come along with the texts beside them

ASKED, JUDGED = "user_prompt", "judgement"

_COLUMNS = [name for name in SAMPLES if name != "run"]


def index(path: Path, problems: list[Problem], start: Start = BEGIN) -> Iterator[Batch]:
    """One pass over a file of details, which begins nowhere but at its beginning.

    Raises:
        Refusal: It cannot be opened, or is no Parquet file.
    """
    with opened_details(path) as (details, size):
        yield from batches(_rows(details, size, problems))


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
    frames = [pl.DataFrame(schema=SAMPLES).select(_COLUMNS)]
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


# --- one pass over a file -----------------------------------------------------------------------


def _rows(
    details: Details, size: int, problems: list[Problem]
) -> Iterator[tuple[int, list[Found]]]:
    """What is found row by row, each with the part of the file's size that it stands for."""
    numbers: Counter[tuple[str, ...]] = Counter()
    for begin in range(0, details.height, _ROWS):
        try:
            rows = details.rows(begin, _ROWS, INDEXED)
        except Refusal as refusal:
            end = min(begin + _ROWS, details.height)
            problems.append(refusal.problem.within(f"rows {begin + 1} to {end}"))
            continue
        for place, row in enumerate(rows, start=begin):
            try:
                yield size * (place + 1) // details.height, _found(place, row, numbers)
            except Refusal as refusal:
                problems.append(refusal.problem.within(f"row {place + 1} › metrics"))


def _found(place: int, row: Row, numbers: Counter[tuple[str, ...]]) -> list[Found]:
    """A row of an index for each metric of a row.

    ``numbers`` counts the rows by their metrics: a question of two rows has one number.
    """
    scores = _scores(as_mapping(value_of(row["metrics"])))
    names = tuple(scores)
    number = row["id"] if type(row["id"]) in (int, str) else numbers[names]
    numbers[names] += 1
    query, prompt = clean_str(row["query"]), messages_of(row["prompt"])
    shared = Found(
        str(number),
        place,
        status=_status(row),
        question=None if query is None else content_hash(query),
        prompt=content_hash(*chain(*prompt)) if prompt else None,
        length=mean_length(responses_of(row)[0]),
    )
    if not scores:
        return [shared]
    return [shared._replace(metric=name, score=score) for name, score in scores.items()]


def _scores(metrics: Mapping[str, object]) -> dict[str, float | None]:
    """Metrics of a row; what goes into one of the whole task is an object or a list, and no score.

    A metric without a value belongs to other rows.
    """
    return {
        clean_str(name) or "": as_score(value)
        for name, value in metrics.items()
        if value is not None and not name.startswith((ASKED, JUDGED))
    }


def _status(row: Row) -> Status:
    texts = texts_of(row["kept"]) or texts_of(row["texts"])
    if not any(text.strip() for text in texts) and not log_likelihoods(row):
        return "empty"
    return "unparsed" if extracted_of(row["extracted"]) == [] else "ok"


def _placed(
    rows: pl.DataFrame, file: SampleFile, dataset: str | None, category: str | None
) -> pl.DataFrame:
    """Rows of `SAMPLES`; what is the same question in another run has the same name there."""
    names = [None if one is None else f"{one:016x}" for one in rows["question"]]
    named = pl.coalesce(pl.Series(names, dtype=pl.String), pl.format("id {}", "id"))
    time = pl.int_range(1, pl.len() + 1).over(named, "metric", "attempt")
    return rows.with_columns(
        dataset=pl.lit(dataset, pl.String),
        category=pl.lit(category, pl.String),
        data_file=pl.lit(None, pl.String),
        sample=pl.when(time > 1).then(pl.format("{}#{}", named, time)).otherwise(named),
        file=pl.lit(clean_str(str(file.path))),
    ).select(_COLUMNS)
