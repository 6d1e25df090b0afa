"""Reasoning that stands in one text with the answer: split off in one place, in every harness."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.build import lm_eval as lm_eval_files
from tests.build import twinkle as twinkle_files
from tui_eval.formats.index import frame
from tui_eval.formats.lm_eval import harness as lm_eval
from tui_eval.formats.lm_eval.passes import index as index_lm_eval
from tui_eval.formats.reasoning import Thought, apart
from tui_eval.formats.twinkle import harness as twinkle
from tui_eval.formats.twinkle.passes import index as index_twinkle
from tui_eval.records import UNFINISHED, Answer

OPEN, END = "<think>", "</think>"


@pytest.mark.parametrize(
    ("text", "reasoning", "response"),
    [
        ("<think>Four?</think>\n\nFour.", "<think>Four?</think>\n\n", "Four."),
        ("\n<think>\nFour?\n</think>Four.", "\n<think>\nFour?\n</think>", "Four."),
        ("<think>a</think>b<think>c</think>", "<think>a</think>", "b<think>c</think>"),
        ("<think></think>Four.", "<think></think>", "Four."),
        ("<thinking>a</thinking> b", "<thinking>a</thinking> ", "b"),
        ("<reasoning>a</reasoning>b", "<reasoning>a</reasoning>", "b"),
        ("[THINK]a[/THINK]b", "[THINK]a[/THINK]", "b"),
        ("◁think▷a◁/think▷b", "◁think▷a◁/think▷", "b"),
        (
            "<|channel|>analysis<|message|>a<|end|><|start|>assistant<|channel|>final<|message|>b",
            "<|channel|>analysis<|message|>a<|end|><|start|>assistant<|channel|>final<|message|>",
            "b",
        ),
        ("Well, four.\n</think>\n\nFour.", "Well, four.\n</think>\n\n", "Four."),
        ("Well, four.</think>\nFour.", "Well, four.</think>\n", "Four."),
        ("Four.", None, "Four."),
        ("", None, ""),
        ("Close it with </think> in the end.", None, "Close it with </think> in the end."),
        ("First <think>a\n</think>\nb", None, "First <think>a\n</think>\nb"),
        ("Four. <think>", None, "Four. <think>"),
    ],
)
def test_a_leading_block_is_apart(text: str, reasoning: str | None, response: str) -> None:
    assert apart(text) == Thought(response, reasoning)


@pytest.mark.parametrize("text", ["<think>Four? Or", " <think>", "[THINK]a</think>"])
def test_one_that_never_ends_is_all_there_is(text: str) -> None:
    assert apart(text) == Thought("", text, is_unfinished=True)


@given(st.text("<think>/ab\n ") | st.text())
def test_nothing_is_lost(text: str) -> None:
    thought = apart(text)
    assert (thought.reasoning or "") + thought.response == text
    assert thought.is_unfinished <= (not thought.response)


THOUGHT = [f"{OPEN}It is v.{END}\n\nv", "w", f"{OPEN}x or y? {'Hm. ' * 30}"]


def check(answers: list[Answer], lengths: list[int], states: list[str]) -> None:
    assert [answer.response for answer in answers] == ["v", "w", ""]
    assert [answer.reasoning for answer in answers] == [
        f"{OPEN}It is v.{END}\n\n",
        None,
        THOUGHT[2],
    ]
    assert lengths == [1, 1, 0]
    assert states == ["ok", "ok", UNFINISHED]


def test_of_lm_eval(tmp_path: Path) -> None:
    path = lm_eval_files.write_answers(tmp_path, THOUGHT)
    rows = frame(next(iter(index_lm_eval(path, []))))
    texts = lm_eval.SAMPLES.answer
    assert texts is not None
    answers = [texts(path, place, 0) for place in rows["place"]]
    check(answers, rows["length"].to_list(), rows["status"].to_list())
    assert rows["score"].to_list() == [1.0] * 3  # the harness's own


def test_of_twinkle(tmp_path: Path) -> None:
    rows = [twinkle_files.row(n, llm_output=text) for n, text in enumerate(THOUGHT)]
    path = twinkle_files.lines(tmp_path, rows)
    found = frame(next(iter(index_twinkle(path, []))))
    texts = twinkle.SAMPLES.answer
    assert texts is not None
    answers = [texts(path, place, 0) for place in found["place"]]
    check(answers, found["length"].to_list(), found["status"].to_list())
