"""Rows of EvalScope's reviews and predictions, whatever version wrote them.

A row up to 0.17 is an answer of the OpenAI interface, judged in its ``choices``. Since 1.0 a review
holds a ``sample_score`` beside what was asked (``input`` up to 1.6, ``messages`` since), and a
prediction a ``model_output``. What a row says decides how it is read, never a version.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple, TypedDict

import msgspec

from tui_eval.formats.answers import BEGIN, Start, json_rows
from tui_eval.formats.documents import Problem, Refusal, decode, parse
from tui_eval.formats.evalscope.metrics import NO_REFERENCE
from tui_eval.formats.values import as_count, as_mapping, as_number, as_text, kind

MOST = 2**31 - 1  # what the columns of numbers of rows hold


class _Message(TypedDict, total=False):
    role: Any
    content: Any
    source: Any
    tool_calls: Any
    perf_metrics: Any


class _Choice(TypedDict, total=False):
    message: _Message | None
    finish_reason: Any
    stop_reason: Any
    review: Any


class _Usage(TypedDict, total=False):
    completion_tokens: Any
    output_tokens: Any


class _Output(TypedDict, total=False):
    choices: list[_Choice] | None
    usage: _Usage | None
    error: Any


class _Battle(TypedDict, total=False):
    games: Any


class _Judged(TypedDict, total=False):
    battle_result: _Battle | None


class _Score(TypedDict, total=False):
    value: Any
    main_score_name: Any
    extracted_prediction: Any
    prediction: Any
    status: Any
    judge_summary: Any
    metadata: _Judged | None


class _Sample(TypedDict, total=False):
    answer_1: Any
    model_1: Any
    collection_info: Any


class _SampleScore(TypedDict, total=False):
    group_id: Any
    generation_index: Any
    sample_metadata: _Sample | None
    score: _Score | None


class _Prompt(TypedDict, total=False):
    data: Any
    system_prompt: Any


class _Spec(TypedDict, total=False):
    metric: Any


class _Row(TypedDict, total=False):
    """What a pass over a file looks at; all else in a row is never decoded."""

    index: Any
    choices: list[_Choice] | None
    usage: _Usage | None
    raw_input: Any
    origin_prompt: _Prompt | None
    reviewer_spec: _Spec | None
    target: Any
    input: Any
    messages: list[_Message] | None
    sample_score: _SampleScore | None
    model_output: _Output | None
    metadata: _Sample | None


_DECODER = msgspec.json.Decoder(_Row)

Row = Mapping[str, object]


class Line(NamedTuple):
    """Where a row stands: which row of the file it is, from 1, and its bytes."""

    number: int
    begin: int
    end: int


def read_rows(
    path: Path, problems: list[Problem], start: Start = BEGIN
) -> Iterator[tuple[Line, Row]]:
    """The rows of a file, one in memory at a time; what is none is left out, and told.

    Raises:
        Refusal: The file cannot be opened.
    """
    rows = json_rows(path, problems, start)
    for number, (begin, data) in enumerate(rows, start=start.lines + 1):
        try:
            yield Line(number, begin, begin + len(data)), _read(data)
        except Refusal as refusal:
            problems.append(Problem(rows.where, refusal.problem.reason))


def _read(data: bytes) -> Row:
    try:
        row: object = _DECODER.decode(data)
    except (ValueError, RecursionError):  # NaN, or of other types than EvalScope's own
        row = parse(decode(data)[0])
    return checked(row)


def checked(row: object) -> Row:
    """A row that is one. Raises `Refusal`."""
    if not isinstance(row, dict):
        raise Refusal(f"neither a review nor a prediction: {kind(row)}")
    if not row.keys() & {"choices", "sample_score", "model_output"}:
        raise Refusal("neither a review nor a prediction")
    return row


def is_review(row: Row) -> bool:
    """Whether an answer was judged, or is a prediction alone."""
    return "sample_score" in row or "review" in first_choice(row)


def version_of(row: Row) -> str | None:
    """Versions that write such a row."""
    if "choices" in row:
        return "≤ 0.17"
    if "sample_score" not in row:
        return None
    if "agent_trace" in row:
        return "1.8–1.11" if isinstance(row.get("target"), str) else "1.12–1.14"
    return "1.7" if "trajectory" in row else "1.0–1.6"


def first_choice(row: Row) -> Row:
    """What the model answered, of which EvalScope looks at the first."""
    choices = as_mapping(row.get("model_output")).get("choices") or row.get("choices")
    return as_mapping(choices[0]) if isinstance(choices, list) and choices else {}


def score_of(row: Row) -> Row:
    """What was made of an answer since 1.0."""
    return as_mapping(as_mapping(row.get("sample_score")).get("score"))


def review_of(row: Row) -> Row:
    """What was made of an answer up to 0.17."""
    return as_mapping(first_choice(row).get("review"))


def index_of(row: Row) -> int | None:
    """The number of an answer in its subset, which its review and its prediction share."""
    return as_count(row.get("index"), MOST)


class Result(NamedTuple):
    """What a row says of a metric.

    Attributes:
        metric: As the row names it.
        numbers: One, none without a reference, or several that are pooled over all rows.
        is_pooled: Whether they are, and none of them is a score of the question.
        has_reference: Whether it is not said that there is none.
    """

    metric: str
    numbers: list[float]
    is_pooled: bool = False
    has_reference: bool = True


def results_of(row: Row) -> list[Result]:
    """The scores of a row, the main one first."""
    results = [_result(as_text(name) or "", value) for name, value in _written_results(row)]
    found = [result for result in results if result is not None]
    main = score_of(row).get("main_score_name")
    return sorted(found, key=lambda result: result.metric != main) if len(found) > 1 else found


def _written_results(row: Row) -> Iterator[tuple[str, object]]:
    if "sample_score" in row:
        yield from as_mapping(score_of(row).get("value")).items()
        return
    result = review_of(row).get("result")
    if isinstance(result, dict):
        yield from result.items()
        return
    metrics = as_mapping(row.get("reviewer_spec")).get("metric")
    named = metrics[0] if isinstance(metrics, list) and metrics else None
    yield named if isinstance(named, str) else "accuracy", result


def _result(metric: str, value: object) -> Result | None:
    if isinstance(value, list):
        numbers = [number for one in value if (number := _score(one)) is not None]
        return Result(metric, numbers, is_pooled=True) if numbers else None
    if value is None or isinstance(value, int | float):
        number = _score(value)
        missing = as_number(value) == NO_REFERENCE
        return Result(metric, [] if number is None else [number], has_reference=not missing)
    return None


def _score(value: object) -> float | None:
    number = as_number(value) if isinstance(value, int | float) else None
    return None if number == NO_REFERENCE else number


def games_of(row: Row) -> list[Row]:
    """The games of an arena that were judged."""
    since = as_mapping(score_of(row).get("metadata")).get("battle_result")
    games = as_mapping(since or review_of(row).get("result")).get("games")
    return [as_mapping(game) for game in games] if isinstance(games, list) else []
