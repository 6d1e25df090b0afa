"""What texts of answers share: names, roles, folds, and what is left out of long ones."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from rich.cells import cell_len

from tui_eval.render.answers.spans import code_spans, indented_json, whole
from tui_eval.render.answers.wrapping import WORD, Line, Piece, Span, readable, wrap
from tui_eval.render.safe import cut, safe_text

if TYPE_CHECKING:
    import re
    from collections.abc import Iterable, Sequence

    from tui_eval.records import Message
    from tui_eval.render.answers.wrapping import TextStyle

LIMIT = 200_000
"""Characters of a text that are shown."""

_RULE = "─"
_BAR = Piece("▏ ", "dim")


def limited(text: str) -> tuple[str, int]:
    """A text as it may be wrapped, and how many characters of it are left out."""
    return readable(text[:LIMIT]), max(0, len(text) - LIMIT)


def rest_lines(rest: int, width: int) -> list[Line]:
    """Says how much of a text is left out."""
    note = f"… {rest:,} more characters: e exports them"
    return wrap(note, width, style="warn") if rest else []


def thought_lines(text: str, width: int) -> list[Line]:
    """Reasoning, a bar at its left: it is no part of the answer."""
    shown, rest = limited(text)
    lines = wrap(shown, width - len(_BAR.text))
    return [*((_BAR, *line) for line in lines), *rest_lines(rest, width)]


def role_line(role: str, width: int) -> Line:
    """A line that says whose words follow."""
    name = cut(safe_text(role) or "message", width - 4)
    return (Piece(name, "role"), Piece(" " + _RULE * (width - cell_len(name) - 1), "dim"))


def named(name: str, text: str, width: int, style: TextStyle) -> list[Line]:
    """A text after its name."""
    shown, rest = limited(text)
    name += ": "
    lines = wrap(name + shown, width, [Span(0, len(name), "role")], style)
    return [*lines, *rest_lines(rest, width)]


def folded(lines: Sequence[Line], most: int, width: int) -> list[Line]:
    """Lines; of many the first ones, and how many more there are."""
    hidden = len(lines) - most + 1
    if hidden < 2:
        return [*lines]
    return [*lines[: most - 1], *wrap(f"… {hidden:,} lines more, z shows them", width, style="dim")]


def message_lines(role: str, text: str, width: int) -> list[Line]:
    """A message below its role."""
    shown, rest = limited(text)
    return [
        role_line(role, width),
        *wrap(shown, width, code_spans(shown)),
        *rest_lines(rest, width),
    ]


def conversation(messages: Iterable[Message], width: int, about: str = "") -> list[Line]:
    """Messages told apart by their roles."""
    return [
        line
        for message in messages
        for line in message_lines(about + message.role, message.text, width)
    ]


class ComparedText:
    """A text of a run that is compared with that of another, and where it looks other than plain.

    Attributes:
        text: As it is wrapped.
        rest: Characters of it that are left out.
        code: Where it is code.
        differing: Words that the other has not.
    """

    def __init__(self, raw: str, *, may_be_json: bool = False) -> None:
        self.text, self.rest = limited(raw)
        indented = indented_json(self.text) if may_be_json and not self.rest else None
        self.text = indented or self.text
        self.code = [Span(0, len(self.text), "code")] if indented else code_spans(self.text)
        self.differing: list[Span] = []

    @cached_property
    def words(self) -> list[re.Match[str]]:
        """The words of the text."""
        return [*WORD.finditer(self.text)]

    def mark_words(self, numbers: Iterable[int], style: TextStyle) -> None:
        """Give words a style, and the blanks between neighbours."""
        spans: list[Span] = []
        before = -2
        for number in sorted(numbers):
            start, stop = self.words[number].span()
            if number == before + 1:
                spans[-1] = spans[-1]._replace(stop=stop)
            else:
                spans.append(Span(start, stop, style))
            before = number
        self.differing = [whole(self.text, span) for span in spans]
