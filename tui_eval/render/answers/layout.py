"""What the answers to a question look like: prompt, target, responses side by side, as lines."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import accumulate, zip_longest
from typing import TYPE_CHECKING

from rich.cells import cell_len

from tui_eval.records import UNFINISHED
from tui_eval.render.answers.difference import Difference, difference
from tui_eval.render.answers.parts import (
    LIMIT,
    ComparedText,
    conversation,
    folded,
    limited,
    named,
    rest_lines,
    role_line,
    thought_lines,
)
from tui_eval.render.answers.prompts import prompt_difference, prompt_lines
from tui_eval.render.answers.spans import extracted_span, layered
from tui_eval.render.answers.steps import StepTexts
from tui_eval.render.answers.wrapping import Line, Piece, Span, filled, readable, wrap
from tui_eval.render.names import cut_middle
from tui_eval.render.safe import MISSING, fit, safe_text

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from tui_eval.records import Answer, Choice, Message
    from tui_eval.render.answers.wrapping import TextStyle

MIN_WIDTH = 20
MIN_COLUMN, MAX_COLUMNS = 36, 4
PROMPT_LINES = 8
"""Lines of a folded prompt where nothing is known of the room for it."""

EXTRACTED_LINES = 3
"""Lines of an extracted answer up to which all of them are shown."""

PROMPT_LEAST = 3
"""Lines of it that are shown in a pane that has no more room than the answers need."""

_TALL = 16  # lines from which a prompt may take half of them
_BETWEEN = " │ "
_RESPONSE = "response"


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
        folds_prompt: Of a prompt that does not fit only the first and the last lines are shown, of
            a judge's prompt only its length.
        folds_reasoning: Of the reasoning only its length is shown.
        shows_difference: Words are marked in which the other responses differ from the first.
        folds_rest: Of long steps and of what was extracted only the first lines are shown.
        height: Lines that are seen at once; 0: not known.
    """

    width: int
    first_run: int = 0
    folds_prompt: bool = True
    folds_reasoning: bool = True
    shows_difference: bool = False
    folds_rest: bool = True
    height: int = 0


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
    lines: list[Line] = []
    is_battle = first is not None and first.opponent is not None
    if target is None and not is_battle:
        lines.append(filled([Piece("target: ", "role"), Piece("none", "dim")], width))
    elif target is not None:
        lines += named("target", target, width, "target")
    texts = [ResponseText(response, prompt, target) for response in shown]
    if shape.shows_difference and texts:
        _mark_differences(texts)
    count = column_count(width, len(texts))
    for start in range(0, len(texts), count):
        lines.append(filled([], width))
        lines += _side_by_side(texts[start : start + count], width, shape)
    return [*prompt_lines(prompt, width, _prompt_room(shape, len(lines))), *lines]


# The room of the prompt


def _prompt_room(shape: Shape, others: int) -> int | None:
    """Lines that the prompt may take beside ``others``; None: all that it has."""
    if not shape.folds_prompt:
        return None
    if not shape.height:
        return PROMPT_LINES
    least = shape.height // 2 if shape.height >= _TALL else PROMPT_LEAST
    return max(least, shape.height - others)


# Responses


class ResponseText(ComparedText):
    """A response as it is shown, with the steps that led to it."""

    def __init__(self, response: Response, prompt: Sequence[Message], target: str | None) -> None:
        answer = response.answer
        super().__init__((answer.response if answer else None) or "", may_be_json=True)
        self.response = response
        is_other = answer is not None and answer.prompt and answer.prompt != tuple(prompt)
        self.other_prompt = prompt_difference(prompt, answer.prompt) if answer and is_other else ""
        self.own_target = answer.target if answer and answer.target != target else None
        self.steps = StepTexts(answer.steps if answer else ())
        self.difference: Line = ()
        """Says in how many words it differs."""

    @property
    def compared(self) -> dict[object, ComparedText]:
        """Everything that is compared, by what it is compared with in other runs."""
        return {**self.steps.by_place, _RESPONSE: self}

    def head_lines(self, width: int, shape: Shape) -> list[Line]:
        """Who answered, the score, and what stands apart from the response."""
        response = self.response
        lines = [_heading_line(response, width), *_fact_lines(response, width)]
        answer = response.answer
        if answer is None:
            return lines
        if self.other_prompt:
            lines += wrap(f"{self.other_prompt}; > shows it", width, style="dim")
        if self.own_target is not None:
            lines += named("target", self.own_target, width, "target")
        if answer.reasoning and shape.folds_reasoning:
            note = f"reasoning: {len(answer.reasoning):,} chars, t shows it"
            lines += wrap(note, width, style="dim")
        if answer.extracted is not None:
            lines += self._extracted_lines(answer.extracted, width, folds=shape.folds_rest)
        if self.difference:
            lines.extend(_wrapped(self.difference, width))
        return lines

    def body_lines(self, width: int, shape: Shape) -> list[Line]:
        """What was answered, and what a judge said of it."""
        answer = self.response.answer
        if answer is None:
            error = self.response.error
            if error is None:
                return wrap("reading …", width, style="dim")
            return wrap(readable(error), width, style="warn")
        lines = self.steps.lines(
            width, folds_long=shape.folds_rest, folds_reasoning=shape.folds_reasoning
        )
        is_apart = bool(lines)
        if answer.reasoning and not shape.folds_reasoning:
            lines.append(role_line("reasoning", width))
            lines += thought_lines(answer.reasoning, width)
            is_apart = True
        if is_apart:
            lines.append(role_line("response", width))
        lines += self._response_lines(answer, width)
        lines += _choice_lines(answer.choices, width)
        if answer.opponent is not None:
            lines += conversation([answer.opponent], width, "opponent · ")
        lines += conversation(answer.judge, width, "judge · ")
        if answer.judge_prompt and shape.folds_prompt:
            count = sum(len(message.text) for message in answer.judge_prompt)
            lines += wrap(f"prompt of the judge: {count:,} chars, p shows it", width, style="dim")
        elif answer.judge_prompt:
            lines += conversation(answer.judge_prompt, width, "prompt of the judge · ")
        return lines

    def _response_lines(self, answer: Answer, width: int) -> list[Line]:
        if answer.response is None:
            return [] if answer.choices else wrap("no response is kept", width, style="dim")
        if not self.text.strip() and self.response.status == UNFINISHED:
            return wrap("no answer: the reasoning never ends", width, style="warn")
        if not self.text.strip():
            blank = f"blank: {len(answer.response):,} characters" if answer.response else "empty"
            return wrap(blank, width, style="dim")
        mark = extracted_span(self.text, (answer.extracted or "")[:LIMIT])
        spans = layered(layered(self.code, self.differing), mark)
        return [*wrap(self.text, width, spans), *rest_lines(self.rest, width)]

    def _extracted_lines(self, extracted: str, width: int, *, folds: bool) -> list[Line]:
        text = readable(extracted[:LIMIT]).strip()
        if text and text == self.text.strip():
            return wrap("extracted: the whole response", width, [Span(0, 10, "role")], "dim")
        lines = named("extracted", extracted, width, "mark")
        return folded(lines, EXTRACTED_LINES, width) if folds else lines


def _heading_line(response: Response, width: int) -> Line:
    """Letter and label, the score at the right."""
    score = safe_text(response.score)
    room = width - cell_len(score) - 1 if score else width
    if room < MIN_WIDTH // 2:
        score, room = "", width
    name = fit(cut_middle(safe_text(f"{response.letter} {response.label}"), room), room)
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


def _side_by_side(texts: Sequence[ResponseText], width: int, shape: Shape) -> list[Line]:
    """Responses in columns of about equal width, their beginnings in one line."""
    count = len(texts)
    cells, more = divmod(width - (count - 1) * len(_BETWEEN), count)
    widths = [cells + (number < more) for number in range(count)]
    heads, bodies = (
        [lines(text, width, shape) for text, width in zip(texts, widths, strict=True)]
        for lines in (ResponseText.head_lines, ResponseText.body_lines)
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
        shown, rest = limited(choice.text)
        for line in [*wrap(shown, room, style=style), *rest_lines(rest, room)]:
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


def _mark_differences(texts: Sequence[ResponseText]) -> None:
    """Mark the words of the others that the first has not, and its own that no other has.

    The response is compared with the response, and every step with the same one of the other run.
    """
    first, *others = [text for text in texts if text.words or text.steps] or texts[:1]
    only_first: dict[object, frozenset[int]] | None = None
    letter = safe_text(first.response.letter)
    for other in others:
        removed = _mark_against(first, other, letter)
        if removed is None:
            continue
        if only_first is not None:
            removed = {place: words & only_first[place] for place, words in removed.items()}
        only_first = removed
    if only_first is not None:
        for place, words in only_first.items():
            first.compared[place].mark_words(words, "delete")
        total = sum(map(len, only_first.values()))
        count = Piece(f"{total:,} word{'s' * (total != 1)}", "delete" if total else "dim")
        first.difference = (Piece(f"only {letter}: ", "dim"), count)


def _mark_against(
    first: ResponseText, other: ResponseText, letter: str
) -> dict[object, frozenset[int]] | None:
    """Mark what the first has not; returns what only that has, None: too long to compare."""
    mine, theirs = first.compared, other.compared
    found = {
        place: difference(_words(mine.get(place)), _words(theirs.get(place)))
        for place in {**mine, **theirs}
    }
    if None in found.values():
        other.difference = (Piece(f"too long to compare with {letter}", "warn"),)
        return None
    told = {place: one for place, one in found.items() if one is not None}
    for place, text in theirs.items():
        text.mark_words(told[place].added, "insert")
    added, removed = (sum(map(len, side)) for side in zip(*map(_sides, told.values()), strict=True))
    other.difference = _counts(f"from {letter}: ", added, removed)
    return {place: told[place].removed for place in mine}


def _words(text: ComparedText | None) -> list[str]:
    return [] if text is None else [word[0] for word in text.words]


def _sides(found: Difference) -> tuple[frozenset[int], frozenset[int]]:
    return found.added, found.removed


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
