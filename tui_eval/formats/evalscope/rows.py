"""Rows of EvalScope's reviews and predictions, whatever version wrote them.

A row up to 0.17 is an answer of the OpenAI interface, judged in its ``choices``. Since 1.0 a review
holds a ``sample_score`` beside what was asked (``input`` up to 1.6, ``messages`` since), and a
prediction a ``model_output``. What a row says decides how it is read, never a version.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import lru_cache
from itertools import islice
from pathlib import Path
from typing import Any, Literal, NamedTuple, TypedDict

import msgspec

from tui_eval.files.documents import Problem, Refusal, decode, parse
from tui_eval.files.rows import WHOLE, JsonRows, Span, json_rows
from tui_eval.files.strings import clean_str
from tui_eval.formats.evalscope.metrics import NO_REFERENCE, compares_texts, direction_of
from tui_eval.formats.values import as_count, as_mapping, as_number, as_score, kind, quoted
from tui_eval.redaction.configuration import redact_text

MOST = 2**31 - 1  # what the columns of numbers of rows hold
_ERROR = "error: "


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


class _Score(TypedDict, total=False):
    value: Any
    main_score_name: Any
    extracted_prediction: Any
    prediction: Any
    status: Any
    judge_summary: Any
    metadata: dict[str, Any] | None


class _SampleScore(TypedDict, total=False):
    group_id: Any
    generation_index: Any
    sample_metadata: dict[str, Any] | None
    score: _Score | None


class _Prompt(TypedDict, total=False):
    data: Any
    system_prompt: Any


class _Spec(TypedDict, total=False):
    metric: Any


class _Row(TypedDict, total=False):
    """What a pass over a file looks at; all else in a row is never decoded."""

    index: Any
    answer_id: Any
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
    metadata: dict[str, Any] | None


_DECODER = msgspec.json.Decoder(_Row)

Row = Mapping[str, object]


class Line(NamedTuple):
    """Where a row stands: which line or item it is of those that are read, and its bytes."""

    nth: int
    begin: int
    end: int
    rows: JsonRows

    @property
    def number(self) -> int:
        """Which row of the file it is."""
        return self.rows.lines_before + self.nth


def read_rows(
    path: Path, problems: list[Problem], span: Span = WHOLE
) -> Iterator[tuple[Line, Row]]:
    """The rows of a file, one in memory at a time; what is no row, or no score of one, is told.

    Raises:
        Refusal: The file cannot be opened.
    """
    rows = json_rows(path, problems, span)
    for begin, data in rows:
        number = rows.number
        try:
            row = read_row(data)
        except Refusal as refusal:
            problems.append(Problem(rows.where, refusal.problem.reason))
            continue
        if odd := list(_odd_values(row)):
            problems.append(Problem(rows.where, f"no score: {', '.join(odd)}"))
        yield Line(number, begin, begin + len(data), rows), row


def read_row(data: bytes) -> Row:
    """What a pass looks at of a row. Raises `Refusal` where it is none."""
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


def is_judged_by_model(row: Row) -> bool:
    """Whether a model judged an answer, as its metadata say."""
    return as_mapping(score_of(row).get("metadata")).get("source") == "llm_judge"


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


def sample_of(row: Row) -> Row:
    """What the data set says of the question beside it."""
    written = as_mapping(row.get("sample_score")).get("sample_metadata") or row.get("metadata")
    return as_mapping(written)


def index_of(row: Row) -> int | None:
    """The number of an answer in its subset, which its review and its prediction share."""
    return as_count(row.get("index"), MOST)


Flaw = Literal["no reference", "error"]


class Result(NamedTuple):
    """What a row says of a metric.

    Attributes:
        metric: As the row names it.
        numbers: One, none where nothing could be scored, or several that are pooled over all rows.
        is_pooled: Whether they are, and none of them is a score of the question.
        flaw: Why nothing could be scored, whatever number EvalScope wrote.
    """

    metric: str
    numbers: list[float]
    is_pooled: bool = False
    flaw: Flaw | None = None


def results_of(row: Row) -> list[Result]:
    """The scores of a row, the main one first."""
    results = [_result(clean_str(name) or "", value) for name, value in written_results(row)]
    found = [_checked(result, row) for result in results if result is not None]
    main = score_of(row).get("main_score_name")
    return sorted(found, key=lambda result: result.metric != main) if len(found) > 1 else found


def written_results(row: Row) -> Iterator[tuple[str, object]]:
    """Metrics and what is written under them; what a judge said may stand beside them."""
    main = score_of(row).get("main_score_name")
    is_new = "sample_score" in row
    result = score_of(row).get("value") if is_new else review_of(row).get("result")
    if is_new or isinstance(result, dict):
        for name, value in as_mapping(result).items():
            if _holds_numbers(value) or name == main or _is_metric(name):
                yield name, value
        return
    metrics = as_mapping(row.get("reviewer_spec")).get("metric")
    named = metrics[0] if isinstance(metrics, list) and metrics else None
    yield named if isinstance(named, str) else "accuracy", result


def _holds_numbers(value: object) -> bool:
    ones = value if isinstance(value, list) else [value]
    return value is None or any(isinstance(one, int | float) for one in ones)


@lru_cache(maxsize=256)
def _is_metric(name: str) -> bool:
    """Whether the name alone tells that scores are expected there."""
    return compares_texts(name) or direction_of({}, name) is not None


def _result(metric: str, value: object) -> Result | None:
    if isinstance(value, list):
        numbers = [number for one in value if (number := _score(metric, one)) is not None]
        return Result(metric, numbers, is_pooled=True) if value else None
    number = _score(metric, value)
    is_told = isinstance(value, int | float) and as_number(value) == NO_REFERENCE
    numbers = [] if number is None else [number]
    return Result(metric, numbers, flaw="no reference" if is_told else None)


def _odd_values(row: Row) -> Iterator[str]:
    """What stands where a score should, in words; one a metric."""
    for name, value in written_results(row):
        ones = value if isinstance(value, list) else [value]
        odd = (one for one in ones if one is not None and not _may_be_score(name, one))
        for one in islice(odd, 1):
            what = "has" if isinstance(value, list) else "is"
            yield f"{quoted(name)} {what} {kind(one)}"


def _may_be_score(metric: str, value: object) -> bool:
    """Whether it is a number, or true or false where answers are right or wrong."""
    if isinstance(value, bool):
        return not compares_texts(metric)
    return isinstance(value, int | float)


def _checked(result: Result, row: Row) -> Result:
    """A result without the 0 that EvalScope writes where it could compute nothing."""
    if any(result.numbers):
        return result
    if compares_texts(result.metric) and has_no_target(row):
        return result._replace(numbers=[], flaw="no reference")
    if any(_is_of(result.metric, name) for name in errors_of(row)):
        return result._replace(numbers=[], flaw="error")
    return result


def _is_of(metric: str, name: str) -> bool:
    """Whether a metric is the one of an error, or a part of it, as ``bleu-1`` is of ``BLEU``."""
    return re.match(rf"{re.escape(name)}(?![^\W_])", metric, re.IGNORECASE) is not None


def errors_of(row: Row) -> dict[str, str]:
    """What went wrong in metrics that could not be computed, by their names, without secrets."""
    metadata = as_mapping(score_of(row).get("metadata"))
    told = as_mapping(metadata.get("metric_errors"))
    errors = {name: plain for name, text in told.items() if (plain := clean_str(text))}
    for name in as_mapping(score_of(row).get("value")):
        text = clean_str(metadata.get(name))
        if text and text.startswith(_ERROR):
            errors[name] = text.removeprefix(_ERROR)
    return {name: redact_text(text) for name, text in errors.items()}


def has_no_target(row: Row) -> bool:
    """Whether the question has no reference."""
    target = row.get("target") if "sample_score" in row else review_of(row).get("gold")
    texts = target if isinstance(target, list) else [target]
    return all(text is None or (isinstance(text, str) and not text.strip()) for text in texts)


def _score(metric: str, value: object) -> float | None:
    number = as_score(value) if _may_be_score(metric, value) else None
    return None if number == NO_REFERENCE else number


def games_of(row: Row) -> list[Row]:
    """The games of an arena that were judged."""
    since = as_mapping(score_of(row).get("metadata")).get("battle_result")
    games = as_mapping(since or review_of(row).get("result")).get("games")
    return [as_mapping(game) for game in games] if isinstance(games, list) else []
