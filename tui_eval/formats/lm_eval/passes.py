"""One pass over a file of lm-evaluation-harness's answers: every row and metric.

Rows as nearly all are since 0.4.7 are read many at once (`plain`), the others one by one.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from tui_eval.files.documents import Problem, Refusal
from tui_eval.files.rows import WHOLE, JsonRows, Span, json_rows
from tui_eval.files.strings import clean_str
from tui_eval.formats.batches import BATCH, Batch, Found, mean_length, pieces
from tui_eval.formats.lm_eval.metrics import is_mean
from tui_eval.formats.lm_eval.plain import Line, PlainRows
from tui_eval.formats.lm_eval.rows import (
    STOPPED,
    UNPARSED,
    Reader,
    extracted_at,
    extracted_of,
    metrics_of,
    prompt_of,
    question_of,
    repeats_of,
    responses_of,
)
from tui_eval.formats.reasoning import all_apart, are_unfinished
from tui_eval.formats.values import as_count, as_score, kind
from tui_eval.records import TIMED_OUT, Status

INDEX_VERSION = 4

_TAKEN = 1 << 18  # bytes of rows that are decoded at once: more of them would be slower


def index(path: Path, problems: list[Problem], span: Span = WHOLE) -> Iterator[Batch]:
    """Every row and metric of a file; a row that cannot be read is added to ``problems``.

    Raises:
        Refusal: No row can be read.
    """
    reader = Reader()
    plain, others = PlainRows(reader), list[Found]()
    is_empty, taken, done = True, 0, 0
    rows = json_rows(path, problems, span)
    for lines in _parts(rows):
        odd = plain.take(lines)
        is_empty = is_empty and len(odd) == len(lines)
        for number, place, data in odd:
            try:
                others.extend(_found(reader, place, data))
                is_empty = False
            except Refusal as refusal:
                problems.append(Problem(rows.where_of(number), refusal.problem.reason))
        taken += len(lines)
        _, last, data = lines[-1]
        done = last + len(data)
        if taken >= BATCH:
            yield Batch([*plain.pieces(), *pieces(others)], done)
            others, taken = [], 0
    if is_empty and span == WHOLE:
        reason = problems[0] if problems else Problem("", "the file is empty")
        raise Refusal(reason.reason, reason.place)
    yield Batch([*plain.pieces(), *pieces(others)], done)


def _parts(rows: JsonRows) -> Iterator[list[Line]]:
    """Rows, several at a time; where one breaks off the list, no more."""
    lines: list[Line] = []
    size = 0
    for place, data in rows:
        lines.append((rows.number, place, data))
        size += len(data)
        if size >= _TAKEN:
            yield lines
            lines, size = [], 0
    if lines:
        yield lines


def _found(reader: Reader, place: int, data: bytes) -> list[Found]:
    """What a row tells: one of each metric, and of each attempt where the row tells them apart."""
    row = reader.read(data)
    name = _id_of(row.get("doc_id"))
    texts, extracted = responses_of(row), extracted_of(row)
    attempts = repeats_of(row)
    status = _status(texts, extracted)
    length = mean_length((texts or [])[: 1 if attempts else None])
    question, prompt, word = question_of(row), prompt_of(row), clean_str(row.get("filter"))
    if word == "none":
        word = None
    passages = reader.passages(question, data)
    found = [
        Found(  # by place: names of arguments double its cost
            name,
            place,
            clean_str(metric),
            _score(metric, value),
            status,
            question,
            prompt,
            None,
            0,
            word,
            0,
            length,
            passages=passages,
        )
        for metric, value in metrics_of(row).items() or ((None, None),)
    ]
    return list(_attempts(found, attempts, texts, extracted)) if attempts else found


def _attempts(
    found: list[Found],
    attempts: Mapping[str, list[object]],
    texts: Sequence[str] | None,
    extracted: Sequence[str],
) -> Iterator[Found]:
    """One of each attempt instead of one of all, for metrics that tell them apart."""
    names = {clean_str(metric) for metric in attempts}
    yield from (one for one in found if one.metric is not None and one.metric not in names)
    for metric, values in attempts.items():
        for item, value in enumerate(values):
            own = (texts or [])[item : item + 1]
            yield found[0]._replace(
                metric=clean_str(metric),
                score=_score(metric, value),
                status=_status(own or None, extracted_at(extracted, item)),
                attempt=item,
                item=item,
                length=mean_length(own),
            )


def _id_of(value: object) -> str:
    if type(value) is int:  # nearly always
        return str(value)
    name = clean_str(value)
    number = as_count(value) if name is None else None
    if name is None and number is None:
        raise Refusal(f"doc_id is {kind(value)}")
    return str(number) if name is None else name


def _score(metric: str | None, value: object) -> float | None:
    return as_score(value) if is_mean(metric) else None


def _status(texts: Sequence[str] | None, extracted: Sequence[str]) -> Status:
    """What became of responses that the model wrote; options that it rated are always there."""
    if texts is None:
        return "ok"
    if are_unfinished(texts):
        return "unfinished reasoning"
    if list(extracted) == [STOPPED]:
        return TIMED_OUT
    for text in all_apart(texts)[0]:
        if text and not text.isspace():
            is_lost = UNPARSED in extracted and set(extracted) == {UNPARSED}
            return "unparsed" if is_lost else "ok"
    return "empty"
