"""One pass over a file of MixEval's answers or verdicts: a row a question and model."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from tui_eval.files.documents import Problem, Refusal, decode, parse
from tui_eval.files.rows import WHOLE, Span, json_rows
from tui_eval.files.strings import clean_str
from tui_eval.formats.batches import Batch, Found, batches, content_hash
from tui_eval.formats.mixeval.rows import (
    VERDICTS,
    Row,
    holds_verdict,
    id_of,
    question_of,
    split_of,
    verdict,
)
from tui_eval.formats.passages import Look
from tui_eval.formats.reasoning import apart
from tui_eval.formats.values import as_mapping
from tui_eval.records import Status

INDEX_VERSION = 4


def index(path: Path, problems: list[Problem], span: Span = WHOLE) -> Iterator[Batch]:
    """One pass over a file of answers or verdicts of one split: that of its first row.

    Raises:
        Refusal: It cannot be opened.
    """
    yield from batches(_rows(path, problems, span))


def _rows(path: Path, problems: list[Problem], span: Span) -> Iterator[tuple[int, list[Found]]]:
    split = _first_split(path) if span.begin else None
    rows = json_rows(path, problems, span)
    look = Look()
    for place, data in rows:
        try:
            value = parse(decode(data)[0])
        except Refusal as refusal:
            problems.append(Problem(rows.where, refusal.problem.reason))
            continue
        found = split_of(value)
        split = split or found
        if found is None or found != split:
            problems.append(Problem(rows.where, f"no {split or 'MixEval'} row"))
            continue
        yield place + len(data), [_found(as_mapping(value), split, place, look)]


def _first_split(path: Path) -> str | None:
    """The split of the first row that has one, as a pass over the whole file finds it."""
    for _, data in json_rows(path, []):
        with suppress(Refusal):
            if found := split_of(parse(decode(data)[0])):
                return found
    return None


def _found(row: Row, split: str, place: int, look: Look) -> Found:
    category, score = clean_str(row.get("benchmark_name")), verdict(row, split)
    asked, prompt = question_of(row), clean_str(row.get("formated_input"))
    question = None if asked is None else content_hash(*(text or "" for text in asked))
    context, text, *_ = asked or (None, None)
    response = clean_str(row.get("response"))
    return Found(
        id_of(row) or "",
        place,
        metric="score",
        score=score if category is not None else None,  # MixEval counts it in no benchmark
        status=_status(row, split, score),
        question=question,
        prompt=None if prompt is None else content_hash(prompt),
        category=category,
        length=None if response is None else len(apart(response).response),
        passages=look.at(question, text, [("context", context or "")]),
    )


def _status(row: Row, split: str, score: float | None) -> Status:
    """What became of an answer; a random score is one for a verdict that could not be parsed."""
    if not row.get("target"):
        return "no reference"
    thought = apart(clean_str(row.get("response")) or "")
    if thought.is_unfinished:
        return "unfinished reasoning"
    if not thought.response.strip():
        return "empty"
    if "judge_response" in row and not holds_verdict(row["judge_response"], split):
        return "unparsed"
    is_judged = bool(row.keys() & VERDICTS)
    return "unparsed" if is_judged and (score is None or row.get("parsed_result") == []) else "ok"
