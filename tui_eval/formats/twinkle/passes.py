"""One pass over a file of Twinkle Eval's answers."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec

from tui_eval.files.documents import Problem, Refusal, decode, parse
from tui_eval.files.rows import WHOLE, JsonRows, Span, json_rows
from tui_eval.files.strings import clean_str
from tui_eval.formats.batches import Batch, Found, batches, content_hash
from tui_eval.formats.passages import Look
from tui_eval.formats.reasoning import apart
from tui_eval.formats.twinkle.rows import ACCURACY
from tui_eval.formats.values import as_count, as_score, kind
from tui_eval.records import Status

INDEX_VERSION = 4

OPTION = re.compile(r"\n[A-Z]{1,2}: ")

_MOST_SAMPLES = 2**16

SCORED = ("prompt_strict", "prompt_loose", "wer", "cer")

_POOLED = ("instruction_strict", "instruction_loose")


class _Row(msgspec.Struct, gc=False):
    """An answer; values of any kind."""

    question_id: Any = None
    sample_id: Any = None
    question: Any = None
    llm_output: Any = None
    predicted_answer: Any = None
    is_correct: Any = None
    usage_completion_tokens: Any = None
    logprob_scores: Any = None
    prompt_strict: Any = None
    prompt_loose: Any = None
    instruction_strict: Any = None
    instruction_loose: Any = None
    wer: Any = None
    cer: Any = None
    file: Any = None
    source_file: Any = None


class _Line(_Row, gc=False):
    """An answer, or all answers to the questions of a file."""

    details: list[_Row | None] | None = None


_LINES = msgspec.json.Decoder(_Line)


def index(path: Path, problems: list[Problem], span: Span = WHOLE) -> Iterator[Batch]:
    """One pass over a file; ``category`` is the data file, where a row names it."""
    return batches(_indexed(path, problems, span))


def _indexed(path: Path, problems: list[Problem], span: Span) -> Iterator[tuple[int, list[Found]]]:
    rows = json_rows(path, problems, span)
    look = Look()
    for place, data in rows:
        found: list[Found] = []
        try:
            found.extend(_read_line(_line(data), place, rows, problems, look))
        except Refusal as refusal:
            problems.append(Problem(rows.where, refusal.problem.reason))
        yield place + len(data), found


def _line(data: bytes) -> _Line:
    """Read strictly, as nearly always, or as far as it can be read.

    Raises:
        Refusal: It is not JSON, or no answer.
    """
    try:
        return _LINES.decode(data)
    except (ValueError, RecursionError):
        value = parse(decode(data)[0])
    if not isinstance(value, dict):
        raise Refusal(f"{kind(value)} instead of an answer")
    written = value.get("details")
    items = written if isinstance(written, list) else None
    details = items and [item if isinstance(item, dict) else None for item in items]
    return msgspec.convert({**value, "details": details}, _Line)


def _read_line(
    line: _Line, place: int, rows: JsonRows, problems: list[Problem], look: Look
) -> Iterator[Found]:
    """What a line holds; ``problems`` gets what of it cannot be read."""
    file = clean_str(line.file) or clean_str(line.source_file)
    for item, row in enumerate([line] if line.details is None else line.details):
        question = as_count(row.question_id) if row is not None else None
        if row is not None and question is not None:
            yield from _read_row(row, str(question), place, item, file, look)
        else:
            where = "" if line.details is None else f" › answer {item + 1}"
            problems.append(Problem(f"{rows.where}{where}", "no question_id: it is left out"))


def _read_row(
    row: _Row, number: str, place: int, item: int, file: str | None, look: Look
) -> Iterator[Found]:
    text = clean_str(row.question)
    stem = None if text is None else _stem(text)
    question = None if stem is None else content_hash(stem)
    output = clean_str(row.llm_output)
    found = Found(
        id=number,
        place=place,
        metric=ACCURACY,
        score=as_score(row.is_correct),
        status=_status(row, output),
        question=question,
        prompt=None if text is None else content_hash(text),
        category=file,
        attempt=as_count(row.sample_id, _MOST_SAMPLES) or 0,
        item=item,
        length=None if output is None else len(apart(output).response),
        tokens=as_count(row.usage_completion_tokens),
        passages=look.at(question, stem),
    )
    yield found
    for metric in SCORED:
        if (score := as_score(getattr(row, metric))) is not None:
            yield found._replace(metric=metric, score=score)
    for metric in _POOLED:
        if getattr(row, metric) is not None:
            yield found._replace(metric=metric, score=None)


def _stem(question: str) -> str:
    """A question without its options, whose order differs from run to run."""
    return OPTION.split(question, maxsplit=1)[0].strip()


def _status(row: _Row, output: str | None) -> Status:
    if not row.logprob_scores and not (output and not output.isspace()):
        return "empty"
    if output and apart(output).is_unfinished:
        return "unfinished reasoning"
    return "unparsed" if row.predicted_answer is None else "ok"
