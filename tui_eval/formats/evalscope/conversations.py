"""What a row of EvalScope says was asked and answered, in the words of whatever version."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from typing import NamedTuple

from tui_eval.files.strings import clean_str
from tui_eval.formats.evalscope.rows import Row, first_choice, score_of
from tui_eval.formats.values import as_mapping, kind
from tui_eval.records import Message

_TURN = re.compile(r"^\*\*(System|User|Assistant|Tool)\*\*: ?\n", re.MULTILINE)
_REASONING = "\n\n**Reasoning:** "
_QUESTIONS = ("question", "query", "prompt", "problem", "instruction", "input")
_OPTIONS = (*"ABCDEFGHIJ", "choices", "options")


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
    if question is not None:
        question = _without_answer(question, candidate)
    return Conversation([Message("user", question or "")], (), candidate, question)


def _without_answer(text: str, candidate: str) -> str:
    """The question of an arena alone: up to 1.11 the candidate's answer stands below it."""
    above = text.removesuffix(candidate)
    question, reasoning, _ = above.partition(_REASONING)
    if above == text or not (reasoning or above.endswith("\n\n")):
        return text
    return question.rstrip()


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
    texts = [
        Message(clean_str(one.get("role")) or "", text_of(one) or "") for one in messages[:last]
    ]
    return texts[:first], texts[first:], _response(row, messages[last] if said else None)


def _response(row: Row, turn: Row | None) -> str | None:
    if turn is None:
        turn = as_mapping(first_choice(row).get("message")) or None
    if turn is not None:
        return text_of(turn)
    return clean_str(score_of(row).get("prediction"))


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
    system = clean_str(prompt.get("system_prompt"))
    data = prompt.get("data")
    texts = [clean_str(one) for one in data] if isinstance(data, list) else []
    messages = [Message("user", text) for text in texts if text]
    return [Message("system", system), *messages] if system and messages else messages


def _old_question(raw: Row) -> str | None:
    """The question of a row of the data set, with its options."""
    named = (clean_str(raw.get(name)) for name in _QUESTIONS)
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
    texts = [clean_str(part.get("reasoning")) for part in parts if part.get("type") == "reasoning"]
    texts.append(clean_str(written.get("reasoning_content")))
    return "\n".join(text for text in texts if text) or None


def _part(part: object) -> str | None:
    if not isinstance(part, dict):
        return clean_str(part)
    if part.get("type") == "reasoning":
        return None
    return clean_str(part.get("text")) or f"[{clean_str(part.get('type')) or 'part'}]"


def _call(call: object) -> str:
    facts = as_mapping(call)
    function = facts.get("function")
    inner = as_mapping(function) or facts
    name = clean_str(function) or clean_str(inner.get("name")) or ""
    return f"{name}({plain_text(inner.get('arguments')) or ''})"


def plain_text(value: object) -> str | None:
    """A value as a person reads it; None: there is none."""
    if value is None:
        return None
    if isinstance(value, list) and all(isinstance(one, str) for one in value):
        return "\n".join(clean_str(one) or "" for one in value)
    return clean_str(value) if isinstance(value, str) else as_json(value)


def as_json(value: object) -> str:
    """A value as JSON, the same for the same value."""
    try:
        return clean_str(json.dumps(value, ensure_ascii=False, sort_keys=True)) or ""
    except (RecursionError, ValueError):  # nested as deep as Python follows, or endless digits
        return kind(value)
