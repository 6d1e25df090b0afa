"""What the answers to a question look like: prompt, target, responses side by side, as lines."""

from __future__ import annotations

import json
import re
from collections import Counter
from dataclasses import dataclass
from difflib import SequenceMatcher
from itertools import zip_longest
from typing import TYPE_CHECKING

from rich.cells import cell_len

from tui_eval.render import cut, fit, safe_text
from tui_eval.wrapping import WORD, Line, Piece, Span, after_marks, filled, readable, wrap

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from tui_eval.tables import Answer, Choice, Message
    from tui_eval.wrapping import TextStyle

LIMIT = 200_000
"""Characters of a text that are shown."""

MIN_WIDTH = 20
MIN_COLUMN, MAX_COLUMNS = 36, 4
PROMPT_HEAD, PROMPT_TAIL = 3, 5
"""Lines of a folded prompt that are shown, at its start and at its end."""

MAX_WORDS, MAX_PAIRS = 20_000, 400_000
"""Words of a response, and pairs of equal words in two, up to which their difference is shown."""

_RULE, _BETWEEN = "─", " │ "


@dataclass(frozen=True, slots=True)
class Response:
    """What one run answered, with what the list of samples says of it. All texts are untrusted.

    Attributes:
        letter: Mark of the run: A, B, C.
        label: Short label of the run.
        score: The score as it is written; empty: there is none.
        status: `ok`, `unparsed`, `error`, … as `tables.INDEX` has it.
        length: Characters of the response.
        tokens: Its tokens.
        answer: Its texts; None: they are not read yet.
        error: Why they cannot be read.
    """

    letter: str
    label: str
    score: str = ""
    status: str = "ok"
    length: int | None = None
    tokens: int | None = None
    answer: Answer | None = None
    error: str | None = None


@dataclass(frozen=True, slots=True)
class Question:
    """A question and what the runs answered."""

    prompt: tuple[Message, ...] = ()
    target: str | None = None
    responses: tuple[Response, ...] = ()


@dataclass(frozen=True, slots=True)
class Shape:
    """How a question is shown.

    Attributes:
        width: Terminal cells of a line.
        first_run: Response at the left, counted from 0; the ones before it are left out.
        folds_prompt: Of a long prompt only the first and the last lines are shown.
        folds_reasoning: Of the reasoning only its length is shown.
        shows_difference: Words are marked in which the other responses differ from the first.
    """

    width: int
    first_run: int = 0
    folds_prompt: bool = True
    folds_reasoning: bool = True
    shows_difference: bool = False


def column_count(width: int, responses: int) -> int:
    """How many responses stand side by side; the others come below them."""
    fitting = (width + len(_BETWEEN)) // (MIN_COLUMN + len(_BETWEEN))
    return max(1, min(fitting, MAX_COLUMNS, responses))


def compose(question: Question, shape: Shape) -> list[Line]:
    """The lines of a question and its answers, each exactly as wide as asked.

    Args:
        question: What to show.
        shape: How; narrower than `MIN_WIDTH` nothing gets.
    """
    width = max(MIN_WIDTH, shape.width)
    lines = _prompt_lines(question.prompt, width, folds=shape.folds_prompt)
    if question.target is None:
        lines.append(filled([Piece("target: ", "role"), Piece("none", "dim")], width))
    else:
        lines += _named("target", question.target, width, "target")
    responses = question.responses[shape.first_run :]
    texts = [_ResponseText(response) for response in responses]
    if shape.shows_difference:
        _mark_differences(texts)
    count = column_count(width, len(question.responses))
    for start in range(0, len(texts), count):
        lines.append(filled([], width))
        lines += _side_by_side(texts[start : start + count], count, width, shape)
    return lines


# Prompt and other conversations


def _prompt_lines(prompt: Sequence[Message], width: int, *, folds: bool) -> list[Line]:
    """The prompt; folded, its first and its last lines, the role of whose message is told."""
    parts = [_message_lines(message.role, message.text, width) for message in prompt]
    lines = [line for part in parts for line in part]
    hidden = len(lines) - PROMPT_HEAD - PROMPT_TAIL
    if not folds or hidden < 3:  # the fold and a role take lines too
        return lines
    head, tail = lines[:PROMPT_HEAD], lines[-PROMPT_TAIL:]
    note = f"… {hidden:,} lines more, p shows them"
    last = _role_line(prompt[-1].role, width) if len(parts[-1]) > PROMPT_TAIL < hidden else ()
    again = [last] if last and len(prompt) > 1 else []
    return [*head, *wrap(note, width, style="dim"), *again, *tail]


def _conversation(messages: Iterable[Message], width: int, about: str = "") -> list[Line]:
    """Messages told apart by their roles."""
    return [
        line
        for message in messages
        for line in _message_lines(about + message.role, message.text, width)
    ]


def _message_lines(role: str, text: str, width: int) -> list[Line]:
    shown, rest = _limited(text)
    return [
        _role_line(role, width),
        *wrap(shown, width, _code_spans(shown)),
        *_rest_lines(rest, width),
    ]


def _role_line(role: str, width: int) -> Line:
    """A line that says whose words follow."""
    name = cut(safe_text(role) or "message", width - 4)
    return (Piece(name, "role"), Piece(" " + _RULE * (width - cell_len(name) - 1), "dim"))


def _named(name: str, text: str, width: int, style: TextStyle) -> list[Line]:
    """A text after its name."""
    shown, rest = _limited(text)
    name += ": "
    whole = wrap(name + shown, width, [Span(0, len(name), "role")], style)
    return [*whole, *_rest_lines(rest, width)]


def _limited(text: str) -> tuple[str, int]:
    """A text as it may be wrapped, and how many characters of it are left out."""
    return readable(text[:LIMIT]), max(0, len(text) - LIMIT)


def _rest_lines(rest: int, width: int) -> list[Line]:
    """Says how much of a text is left out."""
    note = f"… {rest:,} more characters: e exports them"
    return wrap(note, width, style="warn") if rest else []
