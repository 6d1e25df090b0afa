"""A question of texts that were read: which attempt, whose prompt, what is said where none is."""

from __future__ import annotations

from tui_eval.analysis.report import Column
from tui_eval.loading.texts import Found
from tui_eval.records import Answer, Message
from tui_eval.render.answers.layout import Question, Response
from tui_eval.render.answers.question import question_of

RUNS = {"run 1": "oak", "run 2": "pine"}
SCORES = (Column("id", "text"), Column("a.score", "score", scale=100))
ASKED = (Message("user", "Which sea is it?"),)


def found(attempt: int, answer: Answer | None, score: float | None = None) -> Found:
    return Found(attempt, score, "ok", 3, 7, None, answer, None if answer else "x: gone")


def test_a_run_without_an_answer_says_why() -> None:
    shown = question_of(RUNS, {}, SCORES, 0, "not read")
    assert shown == Question(
        (),
        None,
        tuple(
            Response(letter, label, status="", error="not read")
            for letter, label in (("a", "oak"), ("b", "pine"))
        ),
    )


def test_the_attempt_is_the_one_asked_for_or_the_last() -> None:
    answers = {
        "run 1": [found(0, Answer(response="no")), found(1, Answer(response="yes"))],
        "run 2": [found(0, Answer(response="maybe"))],
    }
    first, second = question_of(RUNS, answers, SCORES, 1, "").responses
    assert (first.answer, first.attempt) == (Answer(response="yes"), "attempt 2 of 2")
    assert (second.answer, second.attempt) == (Answer(response="maybe"), "")


def test_scores_are_written_as_the_list_writes_them() -> None:
    answers = {run: [found(0, Answer(), 50.0)] for run in RUNS}
    first, second = question_of(RUNS, answers, SCORES, 0, "").responses
    assert (first.score, first.length, first.tokens) == ("50.0", 3, 7)
    assert second.score == ""  # the list has no such column


def test_prompt_and_reference_are_of_the_first_run_that_has_them() -> None:
    answers = {"run 1": [found(0, None)], "run 2": [found(0, Answer(ASKED, "the North Sea"))]}
    shown = question_of(RUNS, answers, SCORES, 0, "")
    assert (shown.prompt, shown.target) == (ASKED, "the North Sea")
    assert shown.responses[0].error == "x: gone"
