"""What runs answered to a question, as it is shown: of texts that were read, and of scores."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from tui_eval.analysis.where import letters
from tui_eval.render.answers.layout import Question, Response
from tui_eval.render.numbers import number_text

if TYPE_CHECKING:
    from tui_eval.analysis.report import Column
    from tui_eval.loading.texts import Found


def question_of(
    runs: Mapping[str, str],
    answers: Mapping[str, Sequence[Found]],
    columns: Sequence[Column],
    attempt: int,
    why_none: str,
) -> Question:
    """One attempt of every run at a question.

    Args:
        runs: Short labels of the runs by key, in the order of their letters.
        answers: Their attempts at the question by key, as `loading.texts.answers_at` has them.
        columns: How scores are written: those of `analysis.samples.samples_report`.
        attempt: Which one, counted from 0; of a run that has fewer the last one.
        why_none: What is said of a run without an answer.

    Returns:
        The responses in the order of ``runs``; prompt and reference of the first that has them.
    """
    scores = {column.name: column for column in columns}
    responses = [
        _response(letter, label, answers[run], attempt, scores.get(f"{letter}.score"))
        if answers.get(run)
        else Response(letter, label, status="", error=why_none)
        for letter, (run, label) in zip(letters(len(runs)), runs.items(), strict=True)
    ]
    read = [response.answer for response in responses if response.answer is not None]
    prompt = next((answer.prompt for answer in read if answer.prompt), ())
    target = next((answer.target for answer in read if answer.target is not None), None)
    return Question(prompt, target, tuple(responses))


def _response(
    letter: str, label: str, attempts: Sequence[Found], attempt: int, score: Column | None
) -> Response:
    one = attempts[min(attempt, len(attempts) - 1)]
    return Response(
        letter,
        label,
        "" if score is None else number_text(one.score, score),
        one.status or "",
        one.length,
        one.tokens,
        f"attempt {one.attempt + 1} of {len(attempts)}" if len(attempts) > 1 else "",
        one.answer,
        one.error,
        one.verdict or "",
    )
