"""The texts of one answer of EvalScope; what a row says of its model's server is none of them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from tui_eval.files.rows import row_at
from tui_eval.files.strings import clean_str
from tui_eval.formats.evalscope.conversations import (
    candidate_of,
    conversation_of,
    plain_text,
    reasoning_of,
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
    prompt = (*said.asked, *said.turns)
    if not prompt and said.question:
        prompt = (Message("user", said.question),)
    return Answer(
        prompt=prompt,
        target=_target(row),
        response=said.response,
        reasoning=_reasoning(row),
        extracted=_extracted(row),
        judge=tuple(_judge(row)) if is_review(row) else (),
        opponent=_opponent(row),
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
    """What a judge was told in an arena, what judges wrote, and what was made of it."""
    score = score_of(row)
    if candidate_of(row) is not None:
        yield from _instructions(row)
    for game in games_of(row):
        sides = f"A: {clean_str(game.get('model_a'))}, B: {clean_str(game.get('model_b'))}"
        if response := plain_text(game.get("response")):
            yield Message(sides, response)
        yield Message(f"verdict, {sides}", plain_text(game.get("judgment")) or "none")
    attempts = as_mapping(score.get("metadata")).get("judge_attempts")
    for attempt in attempts if isinstance(attempts, list) else []:
        yield from _attempt(as_mapping(attempt))
    for name in ("explanation", "error"):
        of = score if name == "explanation" else as_mapping(score.get("judge_summary"))
        if text := plain_text(of.get(name)):
            yield Message(name, text if name == "explanation" else redact_text(text))
    for name, text in errors_of(row).items():
        yield Message(f"error in {name}", text)


def _instructions(row: Row) -> Iterator[Message]:
    messages = row.get("messages")
    for message in messages if isinstance(messages, list) else []:
        if as_mapping(message).get("role") == "system" and (text := text_of(message)):
            yield Message("system", text)


def _attempt(attempt: Row) -> Iterator[Message]:
    """A reply of a judge, and what was wrong with it."""
    facts = (clean_str(attempt.get(name)) for name in ("judge_id", "placement"))
    role = ", ".join(fact for fact in facts if fact) or "judge"
    if shown := plain_text(attempt.get("raw_response")):
        yield Message(role, shown)
    if shown := plain_text(attempt.get("error")):
        yield Message("error", redact_text(shown))  # the judge's server may be named in it
