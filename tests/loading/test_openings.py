"""How questions begin: what their prompts share is left out, and only what is wanted is read."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import ClassVar
from unittest.mock import patch

import polars as pl
import pytest

from tui_eval.loading import openings
from tui_eval.loading.openings import Key, Openings, Shared, asked, shared, without_instruction
from tui_eval.records import Answer, Message, Run

SHOTS = "Answer the question.\n\nQuestion: one and one?\nAnswer: 2\n\n"


def lines(*texts: str) -> list[str]:
    """What is shown of prompts that are compared with each other."""
    common = shared(texts)
    return [without_instruction(text, common) for text in texts]


@pytest.mark.parametrize(
    ("texts", "shown"),
    [
        (
            ["Choose one.\n\nWho wrote it?\nA. me", "Choose one.\n\nWhat is it?\nA. you"],
            ["Who wrote it? A. me", "What is it? A. you"],
        ),
        (
            ["Question: What is 1?\nAnswer:", "Question: What is 2?\nAnswer:"],
            ["What is 1?", "What is 2?"],
        ),
        (["What is the capital of Peru?", "What is the capital of Mali?"], []),
        (
            ["請回答下列問題。\n水的沸點？", "請回答下列問題。\n水的冰點？"],
            ["水的沸點？", "水的冰點？"],
        ),
        (
            [f"{SHOTS}Question: three?\nAnswer:", f"{SHOTS}Question: four?\nAnswer:"],
            ["three?", "four?"],
        ),
        (
            [
                "Question: a?\nAnswer: b\n\nQuestion: three?",
                "Question: c?\nAnswer: d\n\nQuestion: four?",
            ],
            ["three?", "four?"],
        ),
        (["Q: one", "two"], ["one", "two"]),
        (["same", "same"], []),
        (["Only this.", "Only this. And more."], ["Only this.", "And more."]),
    ],
)
def test_what_prompts_share_at_their_ends_is_left_out(texts: list[str], shown: list[str]) -> None:
    assert lines(*texts) == (shown or texts)


def test_one_prompt_alone_is_shown_from_its_beginning() -> None:
    assert shared(["Choose one.\nWho?"]) == Shared()
    assert without_instruction("Choose one.\nWho?", Shared()) == "Choose one. Who?"


def test_another_prompt_keeps_what_only_it_has() -> None:
    common = shared(["Choose one.\nWho?", "Choose one.\nWhat?"])
    assert without_instruction("Something else. When?", common) == "Something else. When?"


def test_the_question_is_the_last_message_of_the_user() -> None:
    prompt = [("system", "Be kind."), ("user", "shot"), ("assistant", "answer"), ("user", "asked")]
    assert asked(Answer(tuple(Message(*one) for one in prompt))) == "asked"
    assert asked(Answer((Message("prompt", "all"),))) == "all"
    assert asked(Answer()) == ""


def places(rows: Sequence[tuple[str, str, str, int]]) -> pl.DataFrame:
    """Where answers are: category, sample, run, attempt."""
    frame = pl.DataFrame(rows, ["category", "sample", "run", "attempt"], orient="row")
    return frame.with_columns(
        file=pl.lit("f"), place=pl.lit(0), item=pl.lit(0), status=pl.lit("ok")
    )


class TestReading:
    """Which answers are read, and what becomes of them."""

    RUNS: ClassVar[dict[str, Run]] = {
        key: Run(model=key, timestamp=None, harness="x", path=Path(key)) for key in ("one", "two")
    }

    @pytest.fixture
    def read(self, monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, str, int]]:
        """Every answer that is read: run, sample, attempt."""
        asked_for: list[tuple[str, str, int]] = []

        def found(runs: object, states: object, row: dict[str, object]) -> tuple[object, object]:
            run, sample, attempt = str(row["run"]), str(row["sample"]), int(str(row["attempt"]))
            asked_for.append((run, sample, attempt))
            if sample == "gone":
                return None, "it is gone"
            text = f"Choose.\nQuestion {sample}?"
            return Answer((Message("user", text),), f"t{sample}", extracted=f"{run}{attempt}"), None

        monkeypatch.setattr(openings, "read_found", found)
        return asked_for

    def test_of_every_run_the_first_answer_is_read_once(
        self, read: list[tuple[str, str, int]]
    ) -> None:
        rows = [("x", n, run, k) for n in "123" for run in self.RUNS for k in (0, 1)]
        rows += [("x", n, "one", 0) for n in "456789"]
        known = Openings(self.RUNS, places(rows), {})
        keys: list[Key] = [("x", "1"), ("x", "4")]
        [part] = known.read(keys, lambda: False)
        assert part == keys
        assert {row for row in read if row[1] == "1"} == {("one", "1", 0), ("two", "1", 0)}
        assert known.known[("x", "1")].question == "Question 1?"
        assert known.known[("x", "1")].target == "t1"
        assert known.known[("x", "1")].extracted == {}  # each was asked twice
        assert known.known[("x", "4")].extracted == {"one": "one0"}
        before = len(read)
        assert list(known.read(keys, lambda: False)) == []
        assert len(read) == before

    def test_what_was_not_extracted_is_not_told_as_if_it_were(
        self, read: list[tuple[str, str, int]], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        rows = places([("x", "1", "one", 0), ("x", "2", "one", 0)])
        unparsed = rows.with_columns(status=pl.lit("unparsed"))
        known = Openings(self.RUNS, unparsed, {})
        list(known.read([("x", "1")], lambda: False))
        assert known.known[("x", "1")].extracted == {}
        monkeypatch.setattr(openings, "_LONGEST_ANSWER", 3)  # the whole response
        known = Openings(self.RUNS, rows, {})
        list(known.read([("x", "1")], lambda: False))
        assert known.known[("x", "1")].extracted == {}

    def test_what_cannot_be_read_is_empty_and_not_asked_again(
        self, read: list[tuple[str, str, int]]
    ) -> None:
        known = Openings(self.RUNS, places([("x", "gone", "one", 0)]), {})
        assert list(known.read([("x", "gone")], lambda: False)) == [[("x", "gone")]]
        assert known.known[("x", "gone")].question == ""
        assert list(known.read([("x", "gone")], lambda: False)) == []

    def test_one_that_is_cancelled_reads_no_further(self, read: list[tuple[str, str, int]]) -> None:
        rows = [("x", str(n), "one", 0) for n in range(100)]
        known = Openings(self.RUNS, places(rows), {})
        keys: list[Key] = [("x", str(n)) for n in range(100)]
        with patch.object(openings, "_ROWS", 10):
            parts = known.read(keys, lambda: len(known.known) >= 20)
            assert [len(part) for part in parts] == [10, 10]
        assert len(read) <= 20

    def test_questions_without_a_category_have_texts_too(
        self, read: list[tuple[str, str, int]]
    ) -> None:
        rows = places([("x", "1", "one", 0), ("x", "2", "one", 0)])
        known = Openings(self.RUNS, rows.with_columns(category=pl.lit(None, pl.String)), {})
        list(known.read([(None, "1")], lambda: False))
        assert known.known[(None, "1")].question == "Question 1?"
