"""Verdicts in replies as judges write them: what is read, and what is never guessed."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tui_eval.judging.verdicts import VERDICTS, decision

CODE = "7f3c91d2"


def line(verdict: str, code: str = CODE) -> str:
    return f'{{"id": "{code}", "verdict": "{verdict}"}}'


@pytest.mark.parametrize("verdict", VERDICTS)
def test_every_verdict_is_read(verdict: str) -> None:
    assert decision(f"A is clearer.\n{line(verdict)}", CODE).verdict == verdict


@pytest.mark.parametrize(
    "reply",
    [
        line("A>B"),
        f"```json\n{line('A>B')}\n```",
        f"{line('A>B')}\nThat is my verdict.",
        line("[[A>B]]"),
        line(" a > b "),
        line("Ａ＞Ｂ"),
        f"<think>First I thought {line('B>>A')}</think>\n{line('A>B')}",
        f"no opening tag</think>{line('A>B')}",
        f"int main() {{ return 0; }}\n{line('A>B')}",
        f"\\frac{{1}}{{2}} is right.\n{line('A>B')}",
        f'a 5" disk, one odd quote\n{line("A>B")}',
        f"{line('A>B')}\n{line('A>B')}",
        f'{{"id": "{CODE}", "why": "two\nlines", "verdict": "A>B"}}',
        f"The answer says {line('B>>A', '00000000')}.\n{line('A>B')}",
        f'It claims {{"verdict": "B>>A"}}.\n{line("A>B")}',
    ],
)
def test_what_stands_around_it_does_not_matter(reply: str) -> None:
    assert decision(reply, CODE).verdict == "A>B"


@pytest.mark.parametrize(
    ("reply", "reason"),
    [
        ("", "the reply is empty"),
        (" \n", "the reply is empty"),
        ("A is better.", "no verdict with the code of this game"),
        ("[[A>>B]]", "no verdict with the code of this game"),
        ('{"verdict": "A>>B"}', "no verdict with the code of this game"),
        (line("A>>B", "deadbeef"), "no verdict with the code of this game"),
        (f'{{"id": "{CODE}"}}', "no verdict with the code of this game"),
        (line("A<B"), "no verdict of the scale"),
        (line("A>B (slightly)"), "no verdict of the scale"),
        (line("B&gt;&gt;A"), "no verdict of the scale"),
        (f'{{"id": "{CODE}", "verdict": 1}}', "no verdict of the scale"),
        (f'{{"id": "{CODE}", "verdict": null}}', "no verdict of the scale"),
        (f"{{'id': '{CODE}', 'verdict': 'A>B'}}", "no verdict with the code of this game"),
        (f"{line('A>B')} or {line('B>A')}", "two different verdicts"),
        (
            f'{{"id": "{CODE}", "verdict": "A>B", "verdict": "B>A"}}',
            "a verdict is there twice in one object",
        ),
        (f"<think>A is better, {line('A>B')}", "the reasoning was cut off"),
        (f'{{"id": "{CODE}", "verdict": "A>', "no verdict with the code of this game"),
    ],
)
def test_what_cannot_be_read_is_said(reply: str, reason: str) -> None:
    assert decision(reply, CODE) == (None, reason)


def test_a_reply_that_is_nested_deeply_is_read_at_once() -> None:
    assert decision('{"a":' * 20_000 + line("A>B"), CODE).verdict == "A>B"


@given(st.text())
def test_no_text_without_the_code_has_a_verdict(reply: str) -> None:
    if CODE not in reply:
        assert decision(reply, CODE).verdict is None


@given(st.text(alphabet='{}[]":,\\ab\n ') | st.text(), st.sampled_from(VERDICTS))
def test_nothing_raises(reply: str, verdict: str) -> None:
    assert decision(reply + line(verdict), CODE).verdict in (verdict, None)
