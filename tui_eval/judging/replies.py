"""What an OpenAI-compatible endpoint sends back: the judge's words, or why there are none.

Servers differ in almost every field; what is not there is missing, never 0.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, Literal, NamedTuple

from tui_eval.files.strings import clean_str

State = Literal[
    "ok",
    "unparsed",
    "length",
    "content_filter",
    "too_long",
    "prompt_cut",
    "no_answer",
    "error",
]
"""What became of a game: a verdict; a reply without one; a reply that was cut off, or filtered; a
prompt that the judge cannot take, or took a part of; an answer that is missing; a failure."""

LONGEST = 200
"""Characters of an error that are kept."""

_TOO_LONG = (
    *("context_length", "context length", "exceed_context", "context size"),
    *("input length", "maximum context", "must have less than", "requested token count"),
    *("longer than the model", "is too large", "max_new_tokens"),
)
_FILTERED = "content_filter"
_MOST = 1 << 40  # tokens: a larger number, and 0, is no count


class Usage(NamedTuple):
    """Tokens, as far as the server counts them."""

    prompt: int | None = None
    completion: int | None = None
    reasoning: int | None = None


class Reply(NamedTuple):
    """What came back with status 200.

    Attributes:
        content: What the judge wrote; empty: nothing.
        state: ``ok``, ``length``, ``content_filter`` or ``error``.
        reason: Why it is not ``ok``.
        finish: Why the server says that the judge ended; None: it does not say.
        usage: Tokens.
        reasoning: Characters of reasoning that the server keeps apart.
        model: The model that the server says it asked.
    """

    content: str = ""
    state: State = "ok"
    reason: str = ""
    finish: str | None = None
    usage: Usage = Usage()
    reasoning: int = 0
    model: str | None = None


def read_reply(body: bytes) -> Reply:
    """What a body says."""
    whole = _object(body)
    if whole is None:
        return Reply(state="error", reason="the reply is no JSON object")
    if whole.get("error"):
        return Reply(state="error", reason=error_of(body))
    choices = whole.get("choices")
    first = choices[0] if isinstance(choices, list) and choices else None
    if not isinstance(first, dict):
        return Reply(state="error", reason="the reply has no choices")
    message = _mapping(first.get("message"))
    finish = first.get("finish_reason")
    reasoning = message.get("reasoning_content") or message.get("reasoning")
    found = Reply(
        content=_text(message.get("content")),
        finish=finish if isinstance(finish, str) else None,
        usage=_usage(_mapping(whole.get("usage"))),
        reasoning=len(reasoning) if isinstance(reasoning, str) else 0,
        model=clean_str(whole.get("model")),
    )
    return found._replace(**_ended(found))


def _ended(reply: Reply) -> dict[str, Any]:
    if reply.finish == _FILTERED:
        return {"state": "content_filter", "reason": "the server filtered the reply"}
    if reply.finish in ("error", "abort", "parse_error"):
        return {"state": "error", "reason": f"the server ended the reply: {reply.finish}"}
    if reply.finish == "length":
        return {"state": "length", "reason": "the reply was cut off at the limit of tokens"}
    if not reply.content.strip() and reply.reasoning:
        told = f"the reply is empty, beside {reply.reasoning} characters of reasoning"
        return {"state": "unparsed", "reason": told}
    return {}


def error_of(body: bytes) -> str:
    """The message of an error, in one line, as any of the known servers writes it."""
    whole = _object(body)
    text = body.decode("utf-8", "replace") if whole is None else _message(whole)
    return (clean_str(" ".join(text.split())) or "")[:LONGEST]


def code_of_error(body: bytes) -> str:
    """Its code, or else its type; empty: it has none."""
    error = _mapping((_object(body) or {}).get("error"))
    for name in ("code", "type"):
        if isinstance(value := error.get(name), str):
            return value
    return ""


def state_of_error(body: bytes) -> State:
    """What an error says of the game: the prompt is too long or was filtered, or something else."""
    told = f"{code_of_error(body)} {error_of(body)}".lower()
    if _FILTERED in told:
        return "content_filter"
    return "too_long" if any(words in told for words in _TOO_LONG) else "error"


def _message(whole: Mapping[str, Any]) -> str:
    error = whole.get("error")
    for value in (_mapping(error).get("message"), error, whole.get("message"), whole.get("detail")):
        if isinstance(value, str) and value:
            return value
    return json.dumps(whole, ensure_ascii=False)


def _object(body: bytes) -> dict[str, Any] | None:
    try:
        found = json.loads(body)
    except (ValueError, RecursionError):
        return None
    return found if isinstance(found, dict) else None


def _mapping(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}


def _text(content: object) -> str:
    """A content, or the texts of its parts; half surrogate pairs are made visible."""
    if isinstance(content, list):
        content = "".join(_text(_mapping(part).get("text")) for part in content)
    if not isinstance(content, str):
        return ""
    return content.encode("utf-8", "backslashreplace").decode()


def _usage(told: Mapping[str, Any]) -> Usage:
    details = _mapping(told.get("completion_tokens_details"))
    return Usage(
        _count(told.get("prompt_tokens")),
        _count(told.get("completion_tokens")),
        _count(details.get("reasoning_tokens", told.get("reasoning_tokens"))),
    )


def _count(value: object) -> int | None:
    if not isinstance(value, int) or isinstance(value, bool):
        return None
    return value if 0 < value < _MOST else None
