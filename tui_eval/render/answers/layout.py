"""What the answers to a question look like: prompt, target, responses side by side, as lines."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from itertools import accumulate, zip_longest
from typing import TYPE_CHECKING

from rich.cells import cell_len

from tui_eval.render.answers.difference import difference
from tui_eval.render.answers.spans import code_spans, extracted_span, indented_json, layered, whole
from tui_eval.render.answers.wrapping import WORD, Line, Piece, Span, filled, readable, wrap
from tui_eval.render.safe import MISSING, cut, fit, safe_text

if TYPE_CHECKING:
    import re
    from collections.abc import Iterable, Sequence

    from tui_eval.records import Answer, Choice, Message
    from tui_eval.render.answers.wrapping import TextStyle

LIMIT = 200_000
"""Characters of a text that are shown."""

MIN_WIDTH = 20
MIN_COLUMN, MAX_COLUMNS = 36, 4
PROMPT_HEAD, PROMPT_TAIL = 3, 5
"""Lines of a folded prompt that are shown, at its start and at its end."""

EXTRACTED_LINES = 3
"""Lines of an extracted answer up to which all of them are shown."""

_RULE, _BETWEEN = "─", " │ "
_BAR = Piece("▏ ", "dim")  # at the left of what was thought: it is no part of the answer


@dataclass(frozen=True, slots=True)
class Response:
    """What one run answered, with what the list of samples says of it. All texts are untrusted.

    Attributes:
        letter: Mark of the run: A, B, C.
        label: Short label of the run.
        score: The score as it is written; empty: there is none.
        status: `ok`, `unparsed`, `error`, … as `tables.INDEX` has it; empty: there is none.
        length: Characters of the response.
        tokens: Its tokens.
        attempt: Which of how many attempts it is, in words; empty: it is the only one.
        answer: Its texts; None: they are not read yet.
        error: Why they cannot be read.
        verdict: How a battle ended for it: win, tie or loss; empty: it is none.
    """

    letter: str
    label: str
    score: str = ""
    status: str = "ok"
    length: int | None = None
    tokens: int | None = None
    attempt: str = ""
    answer: Answer | None = None
    error: str | None = None
    verdict: str = ""


@dataclass(frozen=True, slots=True)
class Question:
    """A question and what the runs answered.

    Attributes:
        prompt: What was asked, as far as no run that is shown knows it better.
        target: The reference, likewise.
        responses: The runs' answers.
    """

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
    shown = question.responses[shape.first_run :]
    first = next((response.answer for response in shown if response.answer is not None), None)
    prompt = (first.prompt if first else ()) or question.prompt
    target = first.target if first and first.target is not None else question.target
    lines = _prompt_lines(prompt, width, folds=shape.folds_prompt)
    is_battle = first is not None and first.opponent is not None
    if target is None and not is_battle:
        lines.append(filled([Piece("target: ", "role"), Piece("none", "dim")], width))
    elif target is not None:
        lines += _named("target", target, width, "target")
    texts = [_ResponseText(response, prompt, target) for response in shown]
    if shape.shows_difference and texts:
        _mark_differences(texts)
    count = column_count(width, len(texts))
    for start in range(0, len(texts), count):
        lines.append(filled([], width))
        lines += _side_by_side(texts[start : start + count], width, folds=shape.folds_reasoning)
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
    last_role = len(lines) - len(parts[-1])
    is_hidden = PROMPT_HEAD <= last_role < len(lines) - PROMPT_TAIL
    again = [lines[last_role]] if is_hidden else []
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
        *wrap(shown, width, code_spans(shown)),
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


# Responses


class _ResponseText:
    """A response as it is shown, and where it looks other than plain."""

    def __init__(self, response: Response, prompt: Sequence[Message], target: str | None) -> None:
        self.response = response
        answer = response.answer
        self.has_own_prompt = bool(answer and answer.prompt and answer.prompt != prompt)
        self.own_target = answer.target if answer and answer.target != target else None
        raw = (response.answer.response if response.answer else None) or ""
        self.text, self.rest = _limited(raw)
        indented = None if self.rest else indented_json(self.text)
        self.text = indented or self.text
        self.code = [Span(0, len(self.text), "code")] if indented else code_spans(self.text)
        self.differing: list[Span] = []
        self.difference: Line = ()
        """Says in how many words it differs."""

    @cached_property
    def words(self) -> list[re.Match[str]]:
        """The words of the response."""
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

    def head_lines(self, width: int, *, folds: bool) -> list[Line]:
        """Who answered, the score, and what stands apart from the response."""
        response = self.response
        lines = [_heading_line(response, width), *_fact_lines(response, width)]
        answer = response.answer
        if answer is None:
            return lines
        if self.has_own_prompt:
            lines += wrap("sent another prompt: > goes there", width, style="dim")
        if self.own_target is not None:
            lines += _named("target", self.own_target, width, "target")
        if answer.reasoning and folds:
            note = f"reasoning: {len(answer.reasoning):,} chars, t shows it"
            lines += wrap(note, width, style="dim")
        if answer.extracted is not None:
            lines += self._extracted_lines(answer.extracted, width)
        if self.difference:
            lines.extend(_wrapped(self.difference, width))
        return lines

    def body_lines(self, width: int, *, folds: bool) -> list[Line]:
        """What was answered, and what a judge said of it."""
        answer = self.response.answer
        if answer is None:
            error = self.response.error
            if error is None:
                return wrap("reading …", width, style="dim")
            return wrap(readable(error), width, style="warn")
        lines = []
        if answer.reasoning and not folds:
            shown, rest = _limited(answer.reasoning)
            lines.append(_role_line("reasoning", width))
            thought = wrap(shown, width - len(_BAR.text))
            lines += [*((_BAR, *line) for line in thought), *_rest_lines(rest, width)]
            lines.append(_role_line("response", width))
        lines += self._response_lines(answer, width)
        lines += _choice_lines(answer.choices, width)
        if answer.opponent is not None:
            lines += _conversation([answer.opponent], width, "opponent · ")
        lines += _conversation(answer.judge, width, "judge · ")
        return lines

    def _response_lines(self, answer: Answer, width: int) -> list[Line]:
        if answer.response is None:
            return [] if answer.choices else wrap("no response is kept", width, style="dim")
        if not self.text.strip():
            blank = f"blank: {len(answer.response):,} characters" if answer.response else "empty"
            return wrap(blank, width, style="dim")
        mark = extracted_span(self.text, (answer.extracted or "")[:LIMIT])
        spans = layered(layered(self.code, self.differing), mark)
        return [*wrap(self.text, width, spans), *_rest_lines(self.rest, width)]

    def _extracted_lines(self, extracted: str, width: int) -> list[Line]:
        text = readable(extracted[:LIMIT]).strip()
        if text and text == self.text.strip():
            return wrap("extracted: the whole response", width, [Span(0, 10, "role")], "dim")
        lines = _named("extracted", extracted, width, "mark")
        hidden = len(lines) - EXTRACTED_LINES + 1
        if hidden < 2:
            return lines
        note = f"… {hidden:,} lines more: e exports them"
        return [*lines[: EXTRACTED_LINES - 1], *wrap(note, width, style="dim")]


def _heading_line(response: Response, width: int) -> Line:
    """Letter and label, the score at the right."""
    score = safe_text(response.score)
    room = width - cell_len(score) - 1 if score else width
    if room < MIN_WIDTH // 2:
        score, room = "", width
    name = fit(safe_text(f"{response.letter} {response.label}"), room)
    return (Piece(f"{name} {score}" if score else name, "heading"),)


def _fact_lines(response: Response, width: int) -> list[Line]:
    """Status, length and tokens; a status that needs care stands out."""
    status = safe_text(response.status)
    verdict = safe_text(response.verdict)
    told = "" if verdict and status == "ok" else status
    facts = [fact for fact in (told, verdict, response.attempt) if fact]
    if response.length is not None:
        facts.append(f"{response.length:,} char{'s' * (response.length != 1)}")
    if response.tokens is not None:
        facts.append(f"{response.tokens:,} token{'s' * (response.tokens != 1)}")
    care = [] if status == "ok" else [Span(0, len(told), "warn")]
    return wrap(" · ".join(facts), width, care, "dim")


def _side_by_side(texts: Sequence[_ResponseText], width: int, *, folds: bool) -> list[Line]:
    """Responses in columns of about equal width, their beginnings in one line."""
    count = len(texts)
    cells, more = divmod(width - (count - 1) * len(_BETWEEN), count)
    widths = [cells + (number < more) for number in range(count)]
    heads, bodies = (
        [lines(text, width, folds=folds) for text, width in zip(texts, widths, strict=True)]
        for lines in (_ResponseText.head_lines, _ResponseText.body_lines)
    )
    blank = [filled([], width) for width in widths]
    rows = [*zip_longest(*heads), tuple(blank), *zip_longest(*bodies)]
    return [_joined(line or empty for line, empty in zip(row, blank, strict=True)) for row in rows]


def _joined(lines: Iterable[Line]) -> Line:
    """The lines of the columns as one."""
    pieces: list[Piece] = []
    for line in lines:
        if pieces:
            pieces.append(Piece(_BETWEEN, "dim"))
        pieces += line
    return tuple(pieces)


def _choice_lines(choices: Sequence[Choice], width: int) -> list[Line]:
    """A small table: what was chosen, what is right, the options and how they were rated."""
    values = [_rating(choice.value) for choice in choices]
    value_width = max(map(len, values), default=0)
    room = width - 3 - value_width - 1
    lines = []
    for choice, value in zip(choices, values, strict=True):
        signs = f"{'▶' if choice.is_chosen else ' '}{'✓' if choice.is_target else ' '} "
        style: TextStyle = "mark" if choice.is_chosen else "target" if choice.is_target else ""
        shown, rest = _limited(choice.text)
        for line in [*wrap(shown, room, style=style), *_rest_lines(rest, room)]:
            right = Piece(" " + value.rjust(value_width), "dim")
            lines.append((Piece(signs, style), *line, right))
            signs, value = "   ", ""
    return lines


def _rating(value: float | None) -> str:
    """A log-likelihood as it is written."""
    if value is None:
        return MISSING
    return f"{value:.3f}" if abs(value) < 1e6 else f"{value:.4g}"


# The difference


def _mark_differences(texts: Sequence[_ResponseText]) -> None:
    """Mark the words of the others that the first has not, and its own that no other has."""
    first, *others = [text for text in texts if text.words] or texts[:1]
    only_first: frozenset[int] | None = None
    letter = safe_text(first.response.letter)
    for other in others:
        found = difference([word[0] for word in first.words], [word[0] for word in other.words])
        if found is None:
            other.difference = (Piece(f"too long to compare with {letter}", "warn"),)
            continue
        other.mark_words(found.added, "insert")
        other.difference = _counts(f"from {letter}: ", len(found.added), len(found.removed))
        only_first = found.removed if only_first is None else only_first & found.removed
    if only_first is not None:
        first.mark_words(only_first, "delete")
        count = Piece(f"{len(only_first):,} words", "delete" if only_first else "dim")
        first.difference = (Piece(f"only {letter}: ", "dim"), count)


def _wrapped(pieces: Line, width: int) -> list[Line]:
    """A line of any length as lines of exactly ``width`` cells."""
    ends = [*accumulate(len(piece.text) for piece in pieces)]
    spans = [
        Span(end - len(piece.text), end, piece.style)
        for piece, end in zip(pieces, ends, strict=True)
        if piece.style
    ]
    return wrap("".join(piece.text for piece in pieces), width, spans)


def _counts(name: str, added: int, removed: int) -> Line:
    """Says how many words differ."""
    if not added and not removed:
        return (Piece(name + "no difference", "dim"),)
    return (
        Piece(name, "dim"),
        Piece(f"+{added:,}", "insert"),
        Piece(" ", ""),
        Piece(f"−{removed:,}", "delete"),
        Piece(" words", "dim"),
    )
