"""What the answers to a question look like: what is told apart, folded, marked and left out."""

from __future__ import annotations

import time
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rich.cells import cell_len

from tests.build.questions import PROMPT, QUESTION, RESPONSES, WRONG
from tui_eval.records import UNFINISHED, Answer, Choice, Message, Step
from tui_eval.render.answers.layout import (
    MIN_WIDTH,
    PROMPT_LINES,
    Question,
    Response,
    Shape,
    column_count,
    compose,
)
from tui_eval.render.answers.parts import LIMIT
from tui_eval.render.answers.prompts import prompt_difference
from tui_eval.render.answers.wrapping import Line, readable
from tui_eval.render.safe import UNSAFE

TEXT = st.text(st.characters(), max_size=120) | st.text(
    'ab {}[]":,`1.\n\t模。👩\u200d\ufe0f\u0301', max_size=120
)
MESSAGES = st.lists(st.builds(Message, TEXT, TEXT), max_size=3).map(tuple)
CHOICES = st.lists(
    st.builds(Choice, TEXT, st.none() | st.floats(), st.booleans(), st.booleans()), max_size=3
).map(tuple)
ANSWERS = st.builds(
    Answer,
    response=st.none() | TEXT,
    reasoning=st.none() | TEXT,
    extracted=st.none() | TEXT,
    choices=CHOICES,
    judge=MESSAGES,
    judge_prompt=MESSAGES,
    prompt=MESSAGES,
    steps=st.lists(
        st.builds(
            Step,
            st.sampled_from(["says", "thinks", "calls", "result", "error", "told"]),
            TEXT,
        ),
        max_size=4,
    ).map(tuple),
)
RESPONSE = st.builds(
    Response,
    letter=st.sampled_from("ABC"),
    label=TEXT,
    score=TEXT,
    status=st.sampled_from(["ok", "unparsed", "no reference", UNFINISHED]),
    length=st.none() | st.integers(0),
    tokens=st.none() | st.integers(0),
    answer=st.none() | ANSWERS,
    error=st.none() | TEXT,
)
QUESTIONS = st.builds(
    Question, MESSAGES, st.none() | TEXT, st.lists(RESPONSE, max_size=5).map(tuple)
)

OPEN = Shape(60, folds_prompt=False, folds_reasoning=False, folds_rest=False)


def texts(lines: list[Line]) -> list[str]:
    return ["".join(piece.text for piece in line).rstrip() for line in lines]


def styled(lines: list[Line], style: str) -> str:
    """All that has a style."""
    return " ".join(piece.text for line in lines for piece in line if piece.style == style)


def seen(text: str) -> str:
    return "".join(text.split())


def of(response: str | None = None, **more: object) -> Question:
    """A question that one run answered."""
    answer = Answer(response=response, **more)  # type: ignore[arg-type]
    return Question(responses=(Response("A", "run", answer=answer),))


def body(question: Question, shape: Shape = OPEN) -> list[str]:
    """The lines below the head of the only response."""
    lines = texts(compose(question, shape))
    return lines[lines.index("", 2) + 1 :]


class TestAnything:
    @given(QUESTIONS, st.integers(0, 130), st.integers(0, 5), st.booleans(), st.booleans())
    def test_every_line_has_the_width_and_obeys_nobody(
        self, question: Question, width: int, first: int, folds: bool, differs: bool
    ) -> None:
        lines = compose(question, Shape(width, first, folds, folds, differs, folds, width))
        cells = {sum(cell_len(piece.text) for piece in line) for line in lines}
        assert cells == {max(width, MIN_WIDTH)}
        assert not any(UNSAFE.search(piece.text) for line in lines for piece in line)

    @given(TEXT, st.integers(MIN_WIDTH, 90), st.booleans())
    def test_all_of_a_text_is_there(self, text: str, width: int, differs: bool) -> None:
        prompt = (Message("user", text),)
        question = Question(prompt, "x" + text, (Response("A", "r", answer=Answer(response=text)),))
        shape = replace(OPEN, width=width, shows_difference=differs)
        shown = seen("".join(texts(compose(question, shape))))
        text = seen(readable(text))
        assert shown.count(text) >= 3 or not text

    @given(TEXT.filter(str.strip), TEXT.filter(str.strip))
    def test_a_difference_changes_colours_alone(self, first: str, second: str) -> None:
        both = Question(responses=(*of(first).responses, *of(second).responses))
        plain = texts(compose(both, OPEN))
        marked = texts(compose(both, replace(OPEN, shows_difference=True)))
        told = [line for line in marked if not line.startswith(("only A:", "from A:"))]
        assert [line for line in plain if line] == [line for line in told if line]


class TestPrompt:
    def test_messages_are_told_apart(self) -> None:
        lines = compose(Question(PROMPT), OPEN)
        roles = styled(lines, "role").split()
        assert roles == ["system", "user", "target:"]
        assert texts(lines)[0].startswith("system ───")
        assert "Example 5." in texts(lines)

    def test_a_long_one_is_folded_and_says_whose_end_it_is(self) -> None:
        whole = texts(compose(Question(PROMPT), OPEN))
        lines = texts(compose(Question(PROMPT), replace(OPEN, folds_prompt=True)))
        count = whole.index("請用繁體中文回答。") + 1
        head = lines.index(f"… {count - PROMPT_LINES} lines more, p shows them")
        assert lines[:head] == whole[:head]
        assert lines[head + 1].startswith("user ───")
        assert lines[head + 2 : -1] == whole[count - PROMPT_LINES + head : count]

    def test_the_role_of_the_end_is_told_where_it_is_hidden(self) -> None:
        prompt = (Message("user", "a\nb\nc\nd"), Message("assistant", "\n".join("efghijklm")))
        lines = texts(compose(Question(prompt), replace(OPEN, folds_prompt=True)))
        assert lines[2] == "… 7 lines more, p shows them"
        assert lines[3].startswith("assistant ──")
        assert lines[4:10] == [*"hijklm"]

    @pytest.mark.parametrize("height", range(4, 40))
    def test_only_what_does_not_fit_is_folded_and_the_end_is_kept(self, height: int) -> None:
        question = replace(QUESTION, prompt=PROMPT)
        whole = compose(question, OPEN)
        count = texts(whole).index("請用繁體中文回答。") + 1
        folds = replace(OPEN, folds_prompt=True, height=height)
        lines = compose(question, folds)
        shown = texts(lines).index("請用繁體中文回答。") + 1
        assert shown <= max(5, height // 2 + 2) or lines == whole
        fitting = compose(question, replace(folds, height=len(whole)))
        assert fitting == whole
        assert shown == count or "lines more, p shows them" in "".join(texts(lines)[:shown])

    def test_a_short_one_is_not_folded(self) -> None:
        prompt = (Message("user", "a\nb\nc\nd\ne\nf"),)
        folded = compose(Question(prompt), replace(OPEN, folds_prompt=True))
        assert folded == compose(Question(prompt), OPEN)


class TestTarget:
    def test_it_is_named(self) -> None:
        lines = compose(Question(target="18"), OPEN)
        assert texts(lines) == ["target: 18"]
        assert styled(lines, "target") == "18"

    def test_that_there_is_none_is_said(self) -> None:
        assert texts(compose(Question(), OPEN)) == ["target: none"]

    def test_of_shuffled_options_every_run_has_its_own(self) -> None:
        own = Answer((Message("user", "What? A: no B: yes"),), "B", "B")
        other = Answer((Message("user", "What? A: yes B: no"),), "A", "A")
        runs = (Response("a", "one", answer=own), Response("b", "two", answer=other))
        lines = texts(compose(Question(own.prompt, "B", runs), OPEN))
        assert "target: B" in lines
        beside = "\n".join(lines)
        assert "target: A" in beside
        assert "other prompt: the same words in another order" in beside
        second = texts(compose(Question(own.prompt, "B", runs), replace(OPEN, first_run=1)))
        assert "What? A: yes B: no" in second
        assert "target: A" in second
        assert "other prompt" not in "\n".join(second)


class TestColumns:
    @pytest.mark.parametrize(
        ("width", "responses", "count"),
        [(74, 2, 1), (75, 2, 2), (79, 5, 2), (119, 3, 3), (119, 2, 2), (200, 9, 4), (20, 0, 1)],
    )
    def test_as_many_as_have_room(self, width: int, responses: int, count: int) -> None:
        assert column_count(width, responses) == count

    def test_responses_stand_side_by_side(self) -> None:
        lines = texts(compose(QUESTION, replace(OPEN, width=79)))
        heading = next(line for line in lines if line.startswith("A "))
        left, right = heading.split(" │ ")
        assert left.split() == ["A", "qwen2.5-7b", "@", "1120", "1.000"]
        assert right.split() == ["B", "llama-3-8b", "@", "1121", "0.000"]
        assert len(left) == 38

    def test_without_room_they_follow_each_other(self) -> None:
        lines = texts(compose(QUESTION, OPEN))
        starts = [line[0] for line in lines if line.startswith(("A qwen", "B llama"))]
        assert starts == ["A", "B"]
        assert not any("│" in line for line in lines)

    def test_one_that_is_left_over_has_the_whole_width(self) -> None:
        three = Question(responses=(*RESPONSES, replace(RESPONSES[0], letter="C")))
        heading = texts(compose(three, replace(OPEN, width=79)))
        assert cell_len(next(line for line in heading if line.startswith("C "))) == 79

    def test_the_first_run_is_chosen(self) -> None:
        lines = texts(compose(QUESTION, replace(OPEN, width=79, first_run=1)))
        assert any(line.startswith("B llama") for line in lines)
        assert not any("qwen" in line for line in lines)

    def test_a_status_that_needs_care_stands_out(self) -> None:
        lines = compose(QUESTION, OPEN)
        assert styled(lines, "warn") == "truncated"
        assert "ok · 177 chars · 64 tokens" in texts(lines)


class TestResponse:
    def test_the_last_occurrence_of_the_extracted_answer_is_marked(self) -> None:
        lines = compose(QUESTION, OPEN)
        assert "extracted: 18" in texts(lines)
        marked = [
            "".join(piece.text for piece in line).strip()
            for line in lines
            if any(piece.style == "mark" for piece in line)
        ]
        assert marked[:2] == ["extracted: 18", "The answer is \\boxed{18}."]

    def test_all_of_the_response_is_not_told_twice(self) -> None:
        lines = compose(of("(B)\n", extracted="(B)"), OPEN)
        assert "extracted: the whole response" in texts(lines)
        assert texts(lines).count("(B)") == 1

    def test_a_long_extracted_answer_is_folded_until_z(self) -> None:
        code = "\n".join(f"line {number}" for number in range(9))
        question = of(f"Code:\n{code}\n", extracted=code)
        lines = texts(compose(question, replace(OPEN, folds_rest=True)))
        start = lines.index("extracted: line 0")
        assert lines[start + 1 : start + 3] == ["line 1", "… 7 lines more, z shows them"]
        lines = texts(compose(question, OPEN))
        start = lines.index("extracted: line 0")
        assert lines[start + 1 : start + 9] == code.split("\n")[1:]

    def test_reasoning_that_never_ends_is_no_answer(self) -> None:
        response = Response("A", "r", status=UNFINISHED, answer=Answer(response="", reasoning="x"))
        lines = compose(Question(responses=(response,)), OPEN)
        assert "no answer: the reasoning never ends" in texts(lines)
        assert UNFINISHED in styled(lines, "warn")

    def test_reasoning_is_a_line_or_all_of_it(self) -> None:
        folded = texts(compose(QUESTION, replace(OPEN, folds_reasoning=True)))
        assert "reasoning: 640 chars, t shows it" in folded
        assert not any("First the eggs" in line for line in folded)
        shown = compose(QUESTION, OPEN)
        thought = [line for line in texts(shown) if line.startswith("▏ ")]
        assert "".join(thought).count("First the eggs.") >= 30
        assert "First the eggs." not in styled(shown, "dim")  # as well to be read as the answer
        assert not any("t shows it" in line for line in texts(shown))

    def test_json_is_indented_with_its_own_words(self) -> None:
        written = '{"a": [1.50, {}], "b": "x, {y}: \\" 模型", "c": 1e5, "a": 12345678901234567890}'
        assert body(of(written)) == [
            "{",
            '  "a": [',
            "    1.50,",
            "    {}",
            "  ],",
            '  "b": "x, {y}: \\" 模型",',
            '  "c": 1e5,',
            '  "a": 12345678901234567890',
            "}",
        ]
        assert seen(written) in styled(compose(of(written), OPEN), "code").replace(" ", "")

    @pytest.mark.parametrize("text", ['{"a": 1', "[1, 2] is it", "[" * 5000, "{,}", '{\n"a": 1}'])
    def test_what_is_no_json_or_has_lines_stays(self, text: str) -> None:
        assert "".join(body(of(text))) == text.replace("\n", "")

    def test_fenced_code_keeps_its_indentation(self) -> None:
        lines = compose(QUESTION, OPEN)
        assert "    return (eggs - 3 - 4) * 2" in texts(lines)
        assert styled(lines, "code").split()[0] == "```python"
        assert "The answer" not in styled(lines, "code")

    def test_an_open_fence_goes_on_to_the_end(self) -> None:
        assert styled(compose(of("a\n~~~\nb\n```\nc"), OPEN), "code").split() == [
            "~~~",
            "b",
            "```",
            "c",
        ]

    @pytest.mark.parametrize(
        ("response", "said"),
        [
            (Response("A", "r"), "reading …"),
            (Response("A", "r", error="gone\x1b"), "gone␛"),
            (of().responses[0], "no response is kept"),
            (of("").responses[0], "empty"),
            (of(" \n").responses[0], "blank: 2 characters"),
        ],
    )
    def test_what_there_is_instead(self, response: Response, said: str) -> None:
        assert texts(compose(Question(responses=(response,)), OPEN))[-1] == said

    def test_choices_are_a_table(self) -> None:
        choices = (
            Choice("no", -12.5),
            Choice("yes", -0.25, is_target=True),
            Choice("x" * 60, -2.0, True),
        )
        lines = compose(of(choices=choices), replace(OPEN, width=40))
        assert texts(lines)[-5:] == [
            "   no                            -12.500",
            " ✓ yes                            -0.250",
            "▶  " + "x" * 29 + "  -2.000",
            "   " + "x" * 29,
            "   xx",
        ]
        assert styled(lines, "target").split() == ["✓", "yes"]

    def test_a_judge_has_a_role(self) -> None:
        lines = texts(compose(QUESTION, OPEN))
        start = next(at for at, line in enumerate(lines) if line.startswith("judge · assistant ─"))
        assert lines[start + 1] == "The muffins are forgotten. [[0]]"

    def test_nothing_of_a_text_is_obeyed(self) -> None:
        assert "␛[2J[red]\\u202e" in texts(compose(QUESTION, OPEN))


class TestDifference:
    def both(self, first: str, *others: str) -> list[Line]:
        responses = tuple(
            Response(letter, "run", answer=Answer(response=text))
            for letter, text in zip("ABC", (first, *others), strict=False)
        )
        return compose(Question(responses=responses), replace(OPEN, shows_difference=True))

    def test_words_of_both_are_marked(self) -> None:
        lines = self.both("she makes 9 times 2", "she makes 13 times 2 dollars")
        assert styled(lines, "insert").split() == ["+2", "13", "dollars"]
        assert styled(lines, "delete").split() == ["1", "word", "9", "−1"]
        assert {"only A: 1 word", "from A: +2 −1 words"} <= set(texts(lines))

    def test_of_the_first_what_no_other_has(self) -> None:
        lines = self.both("a b c", "a c", "a b")
        assert "only A: 0 words" in texts(lines)

    def test_equal_texts(self) -> None:
        assert "from A: no difference" in texts(self.both("a b", "a  b"))

    def test_one_that_is_too_long(self) -> None:
        lines = self.both("a b", "a " * 20_001)
        assert "too long to compare with A" in texts(lines)
        assert not styled(lines, "delete")

    def test_a_mark_lies_on_top(self) -> None:
        other = replace(RESPONSES[1], answer=replace(WRONG, judge=()))
        lines = compose(
            Question(responses=(RESPONSES[0], other)), replace(OPEN, shows_difference=True)
        )
        assert styled(lines, "mark").split() == ["18", "18", "26", "26"]
        assert "\\boxed{" in styled(lines, "insert")


class TestHuge:
    @pytest.mark.parametrize(
        "text",
        [
            "x" * 5_242_880,
            "word " * 1_048_576,
            "模型" * 2_621_440,
            "a\u0301" * 2_621_440,
            "\x00" * 5_242_880,
        ],
        ids=["one word", "words", "wide", "marks", "controls"],
    )
    def test_the_rest_is_told(self, text: str) -> None:
        began = time.process_time()
        lines = texts(compose(of(text, extracted=text[-9000:]), OPEN))
        assert lines[-1] == f"… {5_242_880 - LIMIT:,} more characters: e exports them"
        assert time.process_time() - began < 5

    @settings(max_examples=5)
    @given(st.sampled_from([1000, 100_000]))
    def test_a_deep_one(self, depth: int) -> None:
        assert compose(of("[" * depth + "]" * depth), OPEN)

    def test_prompt_and_target_too(self) -> None:
        text = "x" * (LIMIT + 1000)
        question = Question((Message("user", text),), text)
        notes = [line for line in texts(compose(question, OPEN)) if line.startswith("…")]
        assert notes == ["… 1,000 more characters: e exports them"] * 2


def test_in_a_battle_there_is_no_target_but_an_opponent() -> None:
    answer = Answer(response="Sencha.", opponent=Message("tea-2b", "Gyokuro\x1b[2J."))
    response = Response("A", "Arena", "0.500", "ok", answer=answer, verdict="tie")
    question = Question((Message("user", "Which?"),), None, (response,))
    lines = [line.rstrip() for line in texts(compose(question, OPEN))]
    assert not any("target" in line for line in lines)
    assert "tie" in lines
    assert lines.index("Sencha.") < lines.index("Gyokuro␛[2J.")
    assert any(line.startswith("opponent · tea-2b ─") for line in lines)
    unread = replace(question, responses=(replace(response, status="unparsed"),))
    assert "unparsed · tie" in [line.rstrip() for line in texts(compose(unread, OPEN))]


class TestSteps:
    BOOKED = Answer(
        (Message("user", "Book it."),),
        response="Booked.",
        steps=(
            Step("says", "I will look."),
            Step("calls", 'search_flights({"to": "TPE"})'),
            Step("error", "timeout"),
            Step("calls", 'search_flights({"to": "TPE"})'),
            Step("result", "\n".join(f"flight {number}" for number in range(9))),
        ),
    )
    LOST = replace(
        BOOKED,
        response="No flight.",
        steps=(
            Step("thinks", "Which one?"),
            Step("calls", 'search_flights({"to": "TSA"})'),
            Step("result", "none"),
        ),
    )

    def of_both(self) -> Question:
        runs = (Response("a", "one", answer=self.BOOKED), Response("b", "two", answer=self.LOST))
        return Question(self.BOOKED.prompt, None, runs)

    def alone(self, answer: Answer) -> Question:
        return Question(responses=(Response("a", "one", answer=replace(answer, prompt=())),))

    def test_calls_are_numbered_and_what_came_back_is_marked(self) -> None:
        question = self.alone(self.BOOKED)
        assert body(question) == [
            "I will look.",
            '1 → search_flights({"to": "TPE"})',
            "← error: timeout",
            '2 → search_flights({"to": "TPE"})',
            "← flight 0",
            *(f"flight {number}" for number in range(1, 9)),
            f"response {'─' * 51}",
            "Booked.",
        ]
        folded = body(question, replace(OPEN, folds_rest=True))
        assert folded[4:8] == ["← flight 0", "flight 1", "flight 2", "… 6 lines more, z shows them"]

    def test_thoughts_between_are_folded_with_the_reasoning(self) -> None:
        question = self.alone(self.LOST)
        assert body(question)[0] == "▏ Which one?"
        folded = replace(OPEN, folds_reasoning=True)
        assert body(question, folded)[0] == "thinks: 10 chars, t shows it"

    def test_every_step_is_compared_with_the_same_step(self) -> None:
        lines = compose(self.of_both(), replace(OPEN, shows_difference=True))
        inserted = styled(lines, "insert")
        assert '"TSA"})' in inserted
        assert "none" in inserted
        assert "No flight." in inserted
        assert "search_flights" not in inserted
        removed = styled(lines, "delete")
        assert '"TPE"})' in removed  # of the first call and of the second, which b has not
        assert "I will look." in removed
        assert "timeout" in removed
        assert "Which one?" not in inserted  # reasoning is not compared

    def test_what_was_asked_of_all_is_shown_once(self) -> None:
        lines = texts(compose(self.of_both(), OPEN))
        assert lines.count("Book it.") == 1
        assert "other prompt" not in "".join(lines)


class TestJudge:
    def test_the_prompt_comes_last_and_is_folded(self) -> None:
        told = (Message("system", "You judge."), Message("user", "Rate it."))
        question = of(
            "Two.", judge=(Message("verdict", "0"), Message("j", "Wrong.")), judge_prompt=told
        )
        assert body(question)[1:] == [
            f"judge · verdict {'─' * 44}",
            "0",
            f"judge · j {'─' * 50}",
            "Wrong.",
            f"prompt of the judge · system {'─' * 31}",
            "You judge.",
            f"prompt of the judge · user {'─' * 33}",
            "Rate it.",
        ]
        folded = body(question, replace(OPEN, folds_prompt=True))
        assert folded[-1] == "prompt of the judge: 18 chars, p shows it"


class TestOtherPrompt:
    USER, SYSTEM = Message("user", "What?"), Message("system", "Be short.")

    @pytest.mark.parametrize(
        ("other", "words"),
        [
            ((SYSTEM, *(USER,) * 11), "+ system message, 11 turns instead of 1"),
            ((USER, Message("assistant", "?")), "2 turns instead of 1"),
            ((Message("user", "Which?"),), "6 characters instead of 5"),
            ((Message("user", "That?"),), "other words"),
            ((Message("prompt", "What?"),), "other roles"),
        ],
    )
    def test_it_is_said_in_what(self, other: tuple[Message, ...], words: str) -> None:
        assert prompt_difference((self.USER,), other) == f"other prompt: {words}"

    def test_of_system_messages(self) -> None:
        both = (self.SYSTEM, self.USER)
        assert prompt_difference(both, (self.USER,)) == "other prompt: − system message"
        other = (Message("system", "Be long."), self.USER)
        assert prompt_difference(both, other) == "other prompt: another system message"
