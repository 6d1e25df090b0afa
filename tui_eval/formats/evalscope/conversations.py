"""What a row of EvalScope says was asked and answered, in the words of whatever version."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from tui_eval.files.strings import clean_str
from tui_eval.formats.evalscope.rows import Row, first_choice, score_of
from tui_eval.formats.media import medium
from tui_eval.formats.reasoning import apart
from tui_eval.formats.values import as_mapping, kind
from tui_eval.records import Message, Step
from tui_eval.redaction.configuration import redact_text

_TURN = re.compile(r"^\*\*(System|User|Assistant|Tool)\*\*: ?\n", re.MULTILINE)
_REASONING = "\n\n**Reasoning:** "
_QUESTIONS = ("question", "query", "prompt", "problem", "instruction", "input")
_OPTIONS = (*"ABCDEFGHIJ", "choices", "options")


class Conversation(NamedTuple):
    """What a model was given, what it did, and what it said in the end.

    Attributes:
        asked: What stands before the model's first turn.
        turns: The messages from there to its last turn.
        response: Its last words, without reasoning before them; None: it said nothing.
        question: What was asked in the end.
        reasoning: What stood in the same text before the response.
        is_unfinished: Whether that never ends.
    """

    asked: Sequence[Message]
    turns: Sequence[Row]
    response: str | None
    question: str | None
    reasoning: str | None = None
    is_unfinished: bool = False


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
        turns: Sequence[Row] = ()
    else:
        asked, turns, response = _messages(row)
        question = _last_user(asked)
    if candidate is not None:
        question = None if question is None else _without_answer(question, candidate)
        asked, turns, response = [Message("user", question or "")], (), candidate
    if response is None:
        return Conversation(asked, turns, None, question)
    thought = apart(response)
    return Conversation(asked, turns, thought.response, question, *thought[1:])


def written_of(row: Row) -> str | None:
    """The model's last words as they stand, in an arena the candidate's answer."""
    candidate = candidate_of(row)
    if candidate is not None:
        return candidate
    return text_of(first_choice(row).get("message")) if "choices" in row else _messages(row)[2]


def _without_answer(text: str, candidate: str) -> str:
    """The question of an arena alone: up to 1.11 the candidate's answer stands below it."""
    above = text.removesuffix(candidate)
    question, reasoning, _ = above.partition(_REASONING)
    if above == text or not (reasoning or above.endswith("\n\n")):
        return text
    return question.rstrip()


def steps_of(turns: Sequence[Row]) -> Iterator[Step]:
    """What messages between the prompt and the last turn tell."""
    for turn in turns:
        role = clean_str(turn.get("role"))
        if role == "assistant":
            yield from _own_steps(turn)
        elif role != "tool":
            yield Step("told", text_of(turn) or "")
        elif error := turn.get("error"):
            said = as_mapping(error).get("message", error)
            yield Step("error", redact_text(plain_text(said) or text_of(turn) or ""))
        else:
            yield Step("result", text_of(turn) or "")


def _own_steps(turn: Row) -> Iterator[Step]:
    """What a model thought, said and called in a turn."""
    thought = apart(_said(turn) or "")
    if reasoning := "\n".join(filter(None, (reasoning_of(turn), thought.reasoning))):
        yield Step("thinks", reasoning)
    if thought.response.strip():
        yield Step("says", thought.response)
    yield from (Step("calls", call) for call in _calls(turn))


def _messages(row: Row) -> tuple[list[Message], list[Row], str | None]:
    """What was asked, the messages until the model's last turn, and what that says."""
    written = row.get("messages")
    if not isinstance(written, list):
        written = row.get("input")
        if isinstance(written, str):
            written = _of_markdown(written)
    listed = written if isinstance(written, list) else []
    messages: list[Row] = [one for one in listed if isinstance(one, dict)]
    said = _own_turns(messages)
    first, last = (said[0], said[-1]) if said else (len(messages), len(messages))
    asked = [
        Message(clean_str(one.get("role")) or "", text_of(one) or "") for one in messages[:first]
    ]
    return asked, messages[first:last], _response(row, messages[last] if said else None)


def _own_turns(messages: Sequence[Row]) -> list[int]:
    """Places of what the model said; where none is marked, of what follows the last request."""
    said = [place for place, one in enumerate(messages) if one.get("source") == "generate"]
    if said or not messages or messages[-1].get("role") != "assistant":
        return said
    place = len(messages)
    while place and messages[place - 1].get("role") in ("assistant", "tool"):
        place -= 1
    return [at for at in range(place, len(messages)) if messages[at].get("role") == "assistant"]


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
    said, calls = _said(message), _calls(message)
    return "\n".join([*([] if said is None else [said]), *calls]) if calls else said


def _said(message: object) -> str | None:
    """The text of a message alone."""
    content = as_mapping(message).get("content")
    parts = content if isinstance(content, list) else [content]
    texts = [text for part in parts if (text := _part(part)) is not None]
    return "\n".join(texts) if texts else None


def _calls(message: object) -> list[str]:
    """The calls of tools in a message."""
    calls = as_mapping(message).get("tool_calls")
    return [_call(call) for call in calls] if isinstance(calls, list) else []


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
    return clean_str(part.get("text")) or medium(part)


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
