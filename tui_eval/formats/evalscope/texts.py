"""The texts of one answer of EvalScope; what a row says of its model's server is none of them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from tui_eval.files.documents import Refusal, parse
from tui_eval.files.rows import row_at
from tui_eval.files.strings import clean_str
from tui_eval.formats.evalscope.conversations import (
    candidate_of,
    conversation_of,
    plain_text,
    reasoning_of,
    steps_of,
    text_of,
)
from tui_eval.formats.evalscope.rows import (
    Row,
    checked,
    errors_of,
    first_choice,
    games_of,
    is_review,
    review_of,
    score_of,
)
from tui_eval.formats.values import as_mapping
from tui_eval.records import Answer, Message
from tui_eval.redaction.configuration import redact_text


def answer(path: Path, place: int, item: int) -> Answer:
    """The texts of the row that begins at a byte of a file; it holds one answer.

    Raises:
        Refusal: There is no such row.
    """
    row = checked(row_at(path, place))
    said = conversation_of(row)
    prompt = tuple(said.asked)
    if not prompt and said.question:
        prompt = (Message("user", said.question),)
    return Answer(
        prompt=prompt,
        target=_target(row),
        response=said.response,
        reasoning="\n".join(filter(None, (_reasoning(row), said.reasoning))) or None,
        extracted=_extracted(row),
        judge=tuple(_judge(row)) if is_review(row) else (),
        opponent=_opponent(row),
        steps=tuple(steps_of(said.turns)),
        judge_prompt=tuple(_judge_prompt(row)) if is_review(row) else (),
    )


def _target(row: Row) -> str | None:
    """The reference; an arena has none."""
    if candidate_of(row) is not None:
        return None
    if "choices" not in row:
        return plain_text(row.get("target")) or None
    return plain_text(review_of(row).get("gold")) or None


def _opponent(row: Row) -> Message | None:
    """In an arena the model that a candidate is compared with, and its answer."""
    if candidate_of(row) is None:
        return None
    is_old = "choices" in row
    facts = as_mapping(
        row.get("raw_input")
        if is_old
        else as_mapping(row.get("sample_score")).get("sample_metadata")
    )
    text = plain_text(facts.get("answer_2") if is_old else row.get("target"))
    return Message(clean_str(facts.get("model_2")) or "the other model", text or "")


def _extracted(row: Row) -> str | None:
    """What was taken from the response; in an arena nothing is, the whole answer is judged."""
    if candidate_of(row) is not None:
        return None
    return plain_text(score_of(row).get("extracted_prediction", review_of(row).get("pred"))) or None


def _reasoning(row: Row) -> str | None:
    if candidate_of(row) is not None:
        return None
    messages = row.get("messages")
    turns = [one for one in messages if isinstance(one, dict)] if isinstance(messages, list) else []
    last = [turn for turn in turns if turn.get("role") == "assistant"][-1:]
    return reasoning_of(last[0] if last else first_choice(row).get("message"))


def _judge(row: Row) -> Iterator[Message]:
    """What was made of what judges wrote, and then what they wrote."""
    score = score_of(row)
    games = [(_sides(game), game) for game in games_of(row)]
    for sides, game in games:
        yield Message(f"verdict, {sides}", plain_text(game.get("judgment")) or "none")
    attempts = _attempts(row)
    for attempt in [] if games else attempts:
        if verdict := plain_text(_parsed(attempt).get("verdict", attempt.get("parsed_value"))):
            yield Message(f"verdict, {_judge_name(attempt)}", verdict)
    for sides, game in games:
        if response := plain_text(game.get("response")):
            yield Message(sides, response)
    for attempt in attempts:
        yield from _said(attempt)
    for name in ("explanation", "error"):
        of = score if name == "explanation" else as_mapping(score.get("judge_summary"))
        if text := plain_text(of.get(name)):
            yield Message(name, text if name == "explanation" else redact_text(text))
    for name, text in errors_of(row).items():
        yield Message(f"error in {name}", text)


def _sides(game: Row) -> str:
    return f"A: {clean_str(game.get('model_a'))}, B: {clean_str(game.get('model_b'))}"


def _attempts(row: Row) -> list[Row]:
    """Calls of judges, as they are kept from 1.11 on."""
    attempts = as_mapping(score_of(row).get("metadata")).get("judge_attempts")
    return list(map(as_mapping, attempts)) if isinstance(attempts, list) else []


def _judge_prompt(row: Row) -> Iterator[Message]:
    """What a judge was told: in the first of several calls; before 1.11 an arena's instructions."""
    attempts = _attempts(row)
    told = attempts[0].get("messages") if attempts else None
    if told is None and candidate_of(row) is not None:
        messages = row.get("messages")
        told = [
            message
            for message in (messages if isinstance(messages, list) else [])
            if as_mapping(message).get("role") == "system"
        ]
    for message in told if isinstance(told, list) else []:
        if text := text_of(message):
            yield Message(clean_str(as_mapping(message).get("role")) or "user", text)


def _parsed(attempt: Row) -> Row:
    """What was read out of a reply, where that is an object."""
    return as_mapping(attempt.get("parsed_value"))


def _judge_name(attempt: Row) -> str:
    facts = (clean_str(attempt.get(name)) for name in ("judge_id", "placement"))
    return ", ".join(fact for fact in facts if fact) or "judge"


def _reasons(attempt: Row) -> str | None:
    """The reasons for a verdict, where these two are all of the reply; else the reply."""
    reply, parsed = plain_text(attempt.get("raw_response")), _parsed(attempt)
    with suppress(Refusal):
        if parsed.keys() == {"reasoning", "verdict"} and parse(reply or "") == parsed:
            return plain_text(parsed["reasoning"])
    return reply


def _said(attempt: Row) -> Iterator[Message]:
    """A reply of a judge, and what was wrong with it."""
    if shown := _reasons(attempt):
        yield Message(_judge_name(attempt), shown)
    if shown := plain_text(attempt.get("error")):
        yield Message("error", redact_text(shown))  # the judge's server may be named in it
