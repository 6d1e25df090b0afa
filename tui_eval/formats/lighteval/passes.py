"""One pass over a file of Lighteval's details, a row a question."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from itertools import chain
from pathlib import Path

from tui_eval.files.documents import Problem, Refusal
from tui_eval.files.rows import WHOLE, Span
from tui_eval.files.strings import clean_str
from tui_eval.formats.batches import Batch, Found, batches, content_hash, mean_length
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
from tui_eval.formats.passages import Look
from tui_eval.formats.reasoning import all_apart, are_unfinished
from tui_eval.formats.values import as_mapping, as_score
from tui_eval.records import Status

INDEX_VERSION = 4

ASKED, JUDGED = "user_prompt", "judgement"

ROWS = 1024
"""Rows that are read at once: tokens come along with the texts beside them."""


def index(path: Path, problems: list[Problem], span: Span = WHOLE) -> Iterator[Batch]:
    """One pass over a file of details, which begins nowhere but at its beginning.

    Raises:
        Refusal: It cannot be opened, or is no Parquet file.
    """
    with opened_details(path) as (details, size):
        yield from batches(_rows(details, size, problems))


def _rows(
    details: Details, size: int, problems: list[Problem]
) -> Iterator[tuple[int, list[Found]]]:
    """What is found row by row, each with the part of the file's size that it stands for."""
    numbers: Counter[tuple[str, ...]] = Counter()
    look = Look()
    for begin in range(0, details.height, ROWS):
        try:
            rows = details.rows(begin, ROWS, INDEXED)
        except Refusal as refusal:
            end = min(begin + ROWS, details.height)
            problems.append(refusal.problem.within(f"rows {begin + 1} to {end}"))
            continue
        for place, row in enumerate(rows, start=begin):
            try:
                yield size * (place + 1) // details.height, _found(place, row, numbers, look)
            except Refusal as refusal:
                problems.append(refusal.problem.within(f"row {place + 1} › metrics"))


def _found(place: int, row: Row, numbers: Counter[tuple[str, ...]], look: Look) -> list[Found]:
    """A row of an index for each metric of a row.

    ``numbers`` counts the rows by their metrics: a question of two rows has one number.
    """
    scores = _scores(as_mapping(value_of(row["metrics"])))
    names = tuple(scores)
    number = row["id"] if type(row["id"]) in (int, str) else numbers[names]
    numbers[names] += 1
    query, prompt = clean_str(row["query"]), messages_of(row["prompt"])
    question = None if query is None else content_hash(query)
    # some models keep the question in the place of what was sent: examples came before it
    is_question = bool(row["shot_count"]) and [one.text for one in prompt] == [query]
    shared = Found(
        str(number),
        place,
        status=_status(row),
        question=question,
        prompt=content_hash(*chain(*prompt)) if prompt and not is_question else None,
        length=mean_length(responses_of(row)[0]),
        passages=look.at(question, query),
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
    if are_unfinished(texts):
        return "unfinished reasoning"
    if not any(text.strip() for text in all_apart(texts)[0]) and not log_likelihoods(row):
        return "empty"
    return "unparsed" if extracted_of(row["extracted"]) == [] else "ok"
