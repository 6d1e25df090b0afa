"""Which questions are on one passage: by a field that they have, or by how they begin."""

from __future__ import annotations

import random
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.build.evalscope import review, write_rows
from tests.build.indexes import index_of
from tests.build.passages import FILES, lm_eval_rows
from tests.build.passages import asked as asked_on
from tui_eval.formats.passages import (
    ALIKE,
    LONGEST,
    MOST,
    WHOLE,
    Look,
    clusters,
    fields_of,
    kept,
)
from tui_eval.formats.registry import format_of


def prose(seed: object, length: int) -> str:
    """A text of so many characters that no other seed gives."""
    letters = random.Random(str(seed))
    return "".join(letters.choices("abcdefghij klmnop qrst, uvwxyz. ", k=length))


def asked(*texts: str, **fields: list[str]) -> list[tuple[int, bytes]]:
    """Questions with these texts, and fields of which each has one text a question."""
    return [
        (at, kept(text, [(name, values[at]) for name, values in fields.items()]))
        for at, text in enumerate(texts)
    ]


def groups(questions: list[tuple[int, bytes]]) -> list[list[int]]:
    """The questions that are on one passage, those of each together."""
    found: dict[int, list[int]] = {}
    for question, cluster in sorted(clusters(questions).items()):
        found.setdefault(cluster, []).append(question)
    return sorted(found.values())


ALONE = [f"{prose(number, 40)}?" for number in range(6)]

# --- fields --------------------------------------------------------------------------------------


def test_a_long_text_that_questions_have_beside_them_is_a_passage() -> None:
    passages = [prose(one, WHOLE) for one in ("a", "b", "a", "c", "b", "a")]
    assert groups(asked(*ALONE, passage=passages)) == [[0, 2, 5], [1, 4]]


def test_a_short_text_is_none() -> None:
    concepts = [prose(one, WHOLE - 1) for one in ("a", "b", "a", "c", "b", "a")]
    assert groups(asked(*ALONE, concept=concepts)) == []


def test_a_text_that_is_nearly_the_same_is_another() -> None:
    passages = [f"{prose('a', WHOLE)}{number}" for number in range(6)]
    assert groups(asked(*ALONE, passage=passages)) == []


def test_the_field_that_joins_most_counts() -> None:
    articles = [prose(one, 400) for one in "abcdea"]
    passages = [prose(one, 200) for one in "xxyyzw"]
    assert groups(asked(*ALONE, article=articles, passage=passages)) == [[0, 1], [2, 3]]


def test_an_instruction_beside_passages_is_none() -> None:
    count = 3 * MOST
    texts = [prose(number, 30) for number in range(count)]
    passages = [prose(number // 2, 300) for number in range(count)]
    instructions = [prose("do", 300) if number % 3 else "" for number in range(count)]
    found = groups(asked(*texts, instruction=instructions, passage=passages))
    assert found == [[number, number + 1] for number in range(0, count, 2)]
    assert groups(asked(*texts, instruction=instructions)) == []


@pytest.mark.parametrize(
    ("size", "count", "is_passage"),
    [(MOST, 60, True), (MOST + 1, 60, False), (40, 200, True), (41, 200, False)],
)
def test_more_than_thirty_and_a_fifth_of_all_are_not_on_one_passage(
    size: int, count: int, is_passage: bool
) -> None:
    texts = [prose(number, 30) for number in range(count)]
    passages = [prose("a", 200)] * size + [prose(number, 200) for number in range(count - size)]
    assert groups(asked(*texts, passage=passages)) == ([[*range(size)]] if is_passage else [])


def test_what_all_questions_have_tells_nothing() -> None:
    assert groups(asked(*ALONE, passage=[prose("a", 200)] * 6)) == []


# --- beginnings ----------------------------------------------------------------------------------


def on(passage: str, number: int) -> str:
    """A question below its passage."""
    return f"{passage}\nQuestion: {prose(number, 30)}?"


def test_questions_that_begin_alike_are_on_one_passage() -> None:
    texts = [on(prose(one, 300), number) for number, one in enumerate("xyxzyx")]
    assert groups(asked(*texts)) == [[0, 2, 5], [1, 4]]


@pytest.mark.parametrize(("length", "found"), [(ALIKE - 1, []), (ALIKE, [[0, 1]])])
@pytest.mark.parametrize("letter", ["e", "é", "鴉"])
@pytest.mark.parametrize("template", ["", "Read the text and answer.\n\n"])
def test_how_far_they_must_be_alike(
    length: int, found: list[list[int]], letter: str, template: str
) -> None:
    shared = template + prose("a", length - 1).replace("e", letter) + letter
    texts = [f"{shared}1{prose('b', 50)}", f"{shared}2", f"{template}#", f"{template}?"]
    assert groups(asked(*texts)) == found


def test_a_template_is_no_passage() -> None:
    """As of moral scenarios, and of prompts with examples."""
    for length in (300, LONGEST - 100, 2 * LONGEST):
        template = prose("template", length)
        assert groups(asked(*(template + prose(number, 200) for number in range(6)))) == []


def test_passages_below_a_template_are_found() -> None:
    template = prose("template", 500)
    texts = [on(template + prose(one, 300), number) for number, one in enumerate("xyxzyx")]
    assert groups(asked(*texts)) == [[0, 2, 5], [1, 4]]


def test_a_field_and_beginnings_whichever_joins_more() -> None:
    texts = [on(prose(one, 300), number) for number, one in enumerate("xxyzvw")]
    sources = [prose(one, 200) for one in "abcdbb"]
    assert groups(asked(*texts, source=sources)) == [[1, 4, 5]]
    assert groups(asked(*texts, source=[prose(one, 200) for one in "abcdeb"])) == [[1, 5]]
    assert groups(asked(*texts, source=[prose(one, 200) for one in "abcdef"])) == [[0, 1]]


# --- names of clusters ---------------------------------------------------------------------------


def test_a_passage_has_one_name_whatever_is_asked_beside_it() -> None:
    shared = "Passage: " + prose("a", 400)
    few = [f"{shared}1", f"{shared}2", "Passage: Pa" + prose("b", 300)]
    many = [*few, *(prose(number, 300) for number in range(20))]
    names = [clusters(asked(*texts)) for texts in (few, many)]
    assert names[0] == names[1]
    assert set(names[0]) == {0, 1}


def test_a_passage_in_two_fields_has_one_name() -> None:
    passage = prose("a", 200)
    others = [prose(number, 200) for number in range(4)]
    one = clusters(asked(*ALONE, passage=[passage, passage, *others]))
    other = clusters(asked(*ALONE, context=[*others, passage, passage]))
    assert set(one.values()) == set(other.values())


# --- any order, any text -------------------------------------------------------------------------

TEXTS = st.builds(
    lambda passage, number: (
        prose(passage, 260) + prose(number, 20) if passage else prose(number, 9)
    ),
    st.integers(0, 4),
    st.integers(),
)


@given(
    st.lists(st.tuples(TEXTS, st.integers(0, 9)), max_size=40),
    st.randoms(use_true_random=False),
)
def test_the_order_of_rows_changes_no_cluster(
    rows: list[tuple[str, int]], shuffled: random.Random
) -> None:
    questions = asked(*(text for text, _ in rows), field=[prose(of, 150) for _, of in rows])
    before = clusters(questions)
    again = [*questions, *questions[::3]]  # asked again, with another filter
    shuffled.shuffle(again)
    assert clusters(again) == before


@given(st.lists(st.text(alphabet=st.characters(codec=None)), max_size=6))
def test_any_text(texts: list[str]) -> None:
    assert clusters(asked(*texts, field=texts)) == {}


# --- what is kept --------------------------------------------------------------------------------


def test_what_is_kept_is_short_and_holds_no_text() -> None:
    text = prose("a", 100_000)
    told = kept(text, [("passage", text)])
    assert len(told) < LONGEST + 20
    assert not any(text[at : at + 5].encode() in told for at in range(0, LONGEST, 5))


@pytest.mark.parametrize(
    ("document", "found"),
    [
        ({"passage": "p" * WHOLE, "id": 3}, [".passage"]),
        ({"passage": "p" * (WHOLE - 1)}, []),
        ({"story": {"text": "p" * WHOLE}}, [".story.text"]),
        ({"parts": [{"text": "p" * WHOLE}, None, {"text": "q"}]}, [".parts.0.text"]),
        ({"choices": ["p" * WHOLE]}, []),
        ({"a": {"b": {"c": {"d": {"e": {"f": "p" * WHOLE}}}}}}, []),
    ],
)
def test_the_fields_of_a_question(document: Any, found: list[str]) -> None:
    assert [place for place, _ in fields_of(document)] == found


def looked_at(texts: list[str], first: int) -> list[bool]:
    """Of which questions something is kept, where so many are looked at in any case."""
    look = Look(first)
    return [look.at(number, text) is not None for number, text in enumerate(texts)]


def test_a_look_ends_where_nothing_is_shared() -> None:
    texts = [prose(number, 300) for number in range(9)]
    assert looked_at(texts, 6) == [True] * 6 + [False] * 3
    texts[5] = texts[0] + "?"
    assert looked_at(texts, 6) == [True] * 9
    look = Look(2)
    assert [look.at(1, text) is None for text in texts] == [False] * 9  # it is one question
    assert look.at(None, "a") is None


# --- files of each harness -----------------------------------------------------------------------


def found_in(path: Path, harness: str) -> dict[str, list[int]]:
    """Questions on one passage by their number in a file, under the passage's name."""
    form = format_of(harness.partition(",")[0]).samples
    assert form is not None
    rows = index_of(form, path).rows.unique("id", keep="first", maintain_order=True)
    joined: dict[int, int] = clusters(rows.select("question", "passages").iter_rows())
    found: dict[str, list[int]] = {}
    for number, question in enumerate(rows["question"]):
        if question in joined:
            found.setdefault(str(joined[question]), []).append(number)
    return found


@pytest.mark.parametrize("harness", FILES)
def test_questions_on_passages_in_files_of_each_harness(harness: str, tmp_path: Path) -> None:
    path = FILES[harness](tmp_path / "all", asked_on(0, 1, 0, -1, 2, 1, 0, 3))
    found = found_in(path, harness)
    assert sorted(found.values()) == [[0, 2, 6], [1, 5]]
    elsewhere = found_in(FILES[harness](tmp_path / "some", asked_on(3, 1, 1, -1, 0)), harness)
    assert elsewhere == {name: [1, 2] for name, numbers in found.items() if numbers == [1, 5]}
    assert found_in(FILES[harness](tmp_path / "none", asked_on(3, 1, -1, -1)), harness) == {}


def test_an_arena_has_answers_where_others_have_passages(tmp_path: Path) -> None:
    rows = []
    for number in range(6):
        one = review(number)
        one["messages"][0]["content"] = f"{prose(number, 60)}?"
        one["sample_score"]["sample_metadata"] = {
            "answer_1": prose(number % 3, 200),
            "answer_2": "x" * 200,
            "model_1": "a",
            "model_2": "b",
        }
        rows.append(one)
    assert found_in(write_rows(tmp_path / "d_default.jsonl", *rows), "evalscope") == {}
    for one in rows:
        one["sample_score"]["sample_metadata"].pop("model_1")
    found = found_in(write_rows(tmp_path / "d_default.jsonl", *rows), "evalscope")
    assert sorted(found.values()) == [[0, 3], [1, 4], [2, 5]]


def test_options_and_references_are_no_passages(tmp_path: Path) -> None:
    rows = lm_eval_rows(asked_on(-1, -1, -1, -1))
    for row in rows:
        row["doc"] |= {"choices": [prose("a", 200), prose("b", 200)], "subject": "birds"}
    assert found_in(write_rows(tmp_path / "samples_riddles.jsonl", *rows), "lm_eval") == {}


def test_a_document_that_holds_the_words_by_which_rows_are_cut(tmp_path: Path) -> None:
    rows = lm_eval_rows(asked_on(0, 1, 0, 2, 1))
    for row in rows:
        row["doc"] = {"target": "gulls", "query": 'Which, "target": one?', **row["doc"]}
    found = found_in(write_rows(tmp_path / "samples_riddles.jsonl", *rows), "lm_eval")
    assert sorted(found.values()) == [[0, 2], [1, 4]]
