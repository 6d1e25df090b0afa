"""The prompt of a question: as much of it as fits, and in what that of another run differs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tui_eval.render.answers.parts import message_lines
from tui_eval.render.answers.wrapping import Line, wrap

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tui_eval.records import Message

HEAD = 3
"""Lines of the start of a folded prompt that are shown at most; the others are of its end."""


def prompt_lines(prompt: Sequence[Message], width: int, room: int | None) -> list[Line]:
    """The prompt; where it has more lines than ``room``, its first and its last ones.

    The role of the message at its end is told. ``room``: None stands for as much as it needs.
    """
    parts = [message_lines(message.role, message.text, width) for message in prompt]
    lines = [line for part in parts for line in part]
    if room is None or len(lines) <= room + 2:  # the fold and a role take lines too
        return lines
    before = min(HEAD, room // 3)
    head, tail = lines[:before], lines[before - room :]
    note = f"… {len(lines) - room:,} lines more, p shows them"
    last_role = len(lines) - len(parts[-1])
    is_hidden = before <= last_role < len(lines) - len(tail)
    again = [lines[last_role]] if is_hidden else []
    return [*head, *wrap(note, width, style="dim"), *again, *tail]


def prompt_difference(shown: Sequence[Message], other: Sequence[Message]) -> str:
    """In what another prompt differs from the one that is shown, in words."""
    mine, theirs = _of_system(shown), _of_system(other)
    facts = []
    if mine is None or theirs is None:
        facts += [f"{'+' if mine is None else '−'} system message"] if mine != theirs else []
    elif mine != theirs:
        facts.append("another system message")
    turns, others = (len(_turns(messages)) for messages in (shown, other))
    if turns != others:
        facts.append(f"{others:,} turn{'s' * (others != 1)} instead of {turns:,}")
    elif _turns(shown) != _turns(other):
        facts.append(_of_length(_turns(shown), _turns(other)))
    return f"other prompt: {', '.join(facts)}"


def _of_system(messages: Sequence[Message]) -> str | None:
    texts = [message.text for message in messages if message.role == "system"]
    return "\n".join(texts) if texts else None


def _turns(messages: Sequence[Message]) -> list[Message]:
    return [message for message in messages if message.role != "system"]


def _words(turns: Sequence[Message]) -> list[str]:
    return [word for message in turns for word in message.text.split()]


def _of_length(mine: Sequence[Message], theirs: Sequence[Message]) -> str:
    """What is said of as many turns with other words."""
    before, after = (sum(len(message.text) for message in turns) for turns in (mine, theirs))
    if [message.text for message in mine] == [message.text for message in theirs]:
        return "other roles"
    words, others = (sorted(_words(turns)) for turns in (mine, theirs))
    if words == others:
        return "the same words in another order"
    return f"{after:,} characters instead of {before:,}" if before != after else "other words"
