"""Rows of EvalScope's reviews and predictions, whatever version wrote them.

A row up to 0.17 is an answer of the OpenAI interface, judged in its ``choices``. Since 1.0 a review
holds a ``sample_score`` beside what was asked (``input`` up to 1.6, ``messages`` since), and a
prediction a ``model_output``. What a row says decides how it is read, never a version.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple, TypedDict

import msgspec

from tui_eval.formats.answers import json_rows
from tui_eval.formats.documents import Problem, Refusal, decode, parse
from tui_eval.formats.evalscope.metrics import NO_REFERENCE
from tui_eval.formats.values import as_count, as_mapping, as_number, as_text, kind
from tui_eval.tables import Message

MOST = 2**31 - 1  # what the columns of numbers of rows hold

_TURN = re.compile(r"^\*\*(System|User|Assistant|Tool)\*\*: ?\n", re.MULTILINE)
_QUESTIONS = ("question", "query", "prompt", "problem", "instruction", "input")
_OPTIONS = (*"ABCDEFGHIJ", "choices", "options")


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
    """Where a row stands."""

    number: int
    begin: int
    end: int


def read_rows(path: Path, problems: list[Problem]) -> Iterator[tuple[Line, Row]]:
    """The rows of a file, one in memory at a time; what is none is left out, and told.

    Raises:
        Refusal: The file cannot be opened.
    """
    for number, (begin, data) in enumerate(json_rows(path, problems), start=1):
        try:
            yield Line(number, begin, begin + len(data)), _read(data)
        except Refusal as refusal:
            problems.append(Problem(f"line {number}", refusal.problem.reason))


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


# --- scores -------------------------------------------------------------------------------------


class Result(NamedTuple):
    """What a row says of a metric.

    Attributes:
        metric: As the row names it.
        numbers: None where there is no reference; several that are pooled over all rows.
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


# --- what was asked and answered ----------------------------------------------------------------


class Conversation(NamedTuple):
    """What a model was given and what it said; ``response`` is None where it said nothing."""

    asked: Sequence[Message]
    turns: Sequence[Message]
    response: str | None
    question: str | None


def candidate_of(row: Row) -> str | None:
    """In an arena the answer that is compared with another one; None: it is no arena."""
    for facts in (
        as_mapping(row.get("sample_score")).get("sample_metadata"),
        row.get("metadata"),
        row.get("raw_input"),
    ):
        facts = as_mapping(facts)
        if isinstance(answer := facts.get("answer_1"), str) and "model_1" in facts:
            return answer
    return None


def conversation_of(row: Row) -> Conversation:
    """What was said; of an arena the question and the candidate's answer alone."""
    candidate = candidate_of(row)
    if "choices" in row:
        asked = _old_messages(row)
        question = _old_question(as_mapping(row.get("raw_input"))) or _last_user(asked)
        response = text_of(first_choice(row).get("message"))
        turns: Sequence[Message] = ()
    else:
        asked, turns, response = _messages(row)
        question = _last_user(asked)
    if candidate is None:
        return Conversation(asked, turns, response, question)
    if question is not None:  # up to 1.11 the answer stands below the question
        question = question.removesuffix(candidate).rstrip()
    return Conversation([Message("user", question or "")], (), candidate, question)


def _messages(row: Row) -> tuple[list[Message], list[Message], str | None]:
    """What was asked, what followed until the model's last turn, and that turn."""
    written = row.get("messages")
    if not isinstance(written, list):
        written = row.get("input")
        if isinstance(written, str):
            written = _of_markdown(written)
    messages = (
        [one for one in written if isinstance(one, dict)] if isinstance(written, list) else []
    )
    said = [place for place, one in enumerate(messages) if one.get("source") == "generate"]
    if not said and messages and messages[-1].get("role") == "assistant":
        said = [len(messages) - 1]
    first, last = (said[0], said[-1]) if said else (len(messages), len(messages))
    texts = [Message(as_text(one.get("role")) or "", text_of(one) or "") for one in messages[:last]]
    return texts[:first], texts[first:], _response(row, messages[last] if said else None)


def _response(row: Row, turn: Row | None) -> str | None:
    if turn is None:
        turn = as_mapping(first_choice(row).get("message")) or None
    if turn is not None:
        return text_of(turn)
    return as_text(score_of(row).get("prediction"))


def _of_markdown(text: str) -> list[dict[str, object]]:
    """The messages of an input as EvalScope writes it up to 1.6; all of it is the user's else."""
    before, *parts = _TURN.split(text)
    turns: list[dict[str, object]] = [
        {"role": role.lower(), "content": content.strip()}
        for role, content in zip(parts[::2], parts[1::2], strict=True)
    ]
    return turns if turns and not before.strip() else [{"role": "user", "content": text}]


def _last_user(messages: Sequence[Message]) -> str | None:
    texts = [text for role, text in messages if role == "user"]
    return texts[-1] if texts else None


def _old_messages(row: Row) -> list[Message]:
    prompt = as_mapping(row.get("origin_prompt"))
    system = as_text(prompt.get("system_prompt"))
    data = prompt.get("data")
    texts = [as_text(one) for one in data] if isinstance(data, list) else []
    messages = [Message("user", text) for text in texts if text]
    return [Message("system", system), *messages] if system and messages else messages


def _old_question(raw: Row) -> str | None:
    """The question of a row of the data set, with its options."""
    named = (as_text(raw.get(name)) for name in _QUESTIONS)
    question = next((text for text in named if text), None)
    if question is None:
        return as_json(raw) if raw else None
    options = [(name, raw[name]) for name in _OPTIONS if raw.get(name)]
    return "\n".join([question, *(f"{name}: {plain_text(option)}" for name, option in options)])


def text_of(message: object) -> str | None:
    """What a message says: its text, pictures and the like by their names, calls of tools."""
    written = as_mapping(message)
    content = written.get("content")
    parts = content if isinstance(content, list) else [content]
    calls = written.get("tool_calls")
    texts = [text for part in parts if (text := _part(part)) is not None]
    texts += [_call(call) for call in calls] if isinstance(calls, list) else []
    return "\n".join(texts) if texts else None


def reasoning_of(message: object) -> str | None:
    """What a model wrote before it answered."""
    written = as_mapping(message)
    content = written.get("content")
    parts = [as_mapping(part) for part in content] if isinstance(content, list) else []
    texts = [as_text(part.get("reasoning")) for part in parts if part.get("type") == "reasoning"]
    texts.append(as_text(written.get("reasoning_content")))
    return "\n".join(text for text in texts if text) or None


def _part(part: object) -> str | None:
    if not isinstance(part, dict):
        return as_text(part)
    if part.get("type") == "reasoning":
        return None
    return as_text(part.get("text")) or f"[{as_text(part.get('type')) or 'part'}]"


def _call(call: object) -> str:
    facts = as_mapping(call)
    function = facts.get("function")
    inner = as_mapping(function) or facts
    name = as_text(function) or as_text(inner.get("name")) or ""
    return f"{name}({plain_text(inner.get('arguments')) or ''})"


def plain_text(value: object) -> str | None:
    """A value as a person reads it; None: there is none."""
    if value is None:
        return None
    if isinstance(value, list) and all(isinstance(one, str) for one in value):
        return "\n".join(as_text(one) or "" for one in value)
    return as_text(value) if isinstance(value, str) else as_json(value)


def as_json(value: object) -> str:
    """A value as JSON, the same for the same value."""
    try:
        return as_text(json.dumps(value, ensure_ascii=False, sort_keys=True)) or ""
    except (RecursionError, ValueError):  # nested as deep as Python follows, or endless digits
        return kind(value)
