"""What files of answers keep for scoring again, and how it was scored: all but lm-eval's."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from tests.build import evalscope as es
from tests.build import twinkle as tw
from tests.build.indexes import index_of
from tests.build.lighteval import TEA, details, results
from tests.build.mixeval import ANSWERS, FREE, folder, write_rows
from tui_eval.files.documents import Problem
from tui_eval.files.rows import NO_ROW
from tui_eval.formats.format import Format
from tui_eval.formats.harnesses import evalscope, lighteval, mixeval, twinkle
from tui_eval.loading.collection import load
from tui_eval.records import Rating, Recorded, Run, ScoredBy, Scoring

__all__ = ["folder"]

CUPS: dict[str, Any] = {
    "query": "How many cups are left?\nAnswer:",
    "choices": [" 4", " four"],
    "gold": [0, 1],
    "texts": ["<think>hm</think>I count 4 cups.", "Five."],
    "kept": ["I count 4 cups.", "Five."],
    "metrics": {"em": 1, "f1": 0.5},
    "prompt": "How many cups are left?\nAnswer:",
}
CHOICE: dict[str, Any] = {
    **FREE,
    "problem_type": "multiple-choice",
    "options": ["two", "three"],
    "target": [1],
    "response": "B. three",
}


def read(harness: Format, path: Path, places: list[int]) -> tuple[list[Recorded], list[Problem]]:
    """What is recorded at some places of a file, and what is no row."""
    assert harness.samples is not None
    assert harness.samples.recorded is not None
    problems: list[Problem] = []
    return list(harness.samples.recorded(path, places, problems)), problems


def found(harness: Format, path: Path) -> list[Recorded]:
    """What is recorded of all answers of a file: each item of each row of an index."""
    assert harness.samples is not None
    rows = (
        index_of(harness.samples, path).rows.select("place", "item").unique().sort("place", "item")
    )
    made, problems = read(harness, path, rows["place"].unique().sort().to_list())
    assert not problems
    if harness is not evalscope.FORMAT:  # whose items become 0 in a table of answers
        assert [(one.place, one.item) for one in made] == rows.rows()
    return made


def lines(path: Path, *rows: Any) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(f"{json.dumps(row)}\n" for row in rows), "utf-8")
    return path


def scoring_of(harness: Format, run: Run, dataset: str, category: str | None = None) -> Scoring:
    assert harness.samples is not None
    assert harness.samples.scoring is not None
    return harness.samples.scoring(run, dataset, category)


# --- all of them --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("harness", "row"),
    [
        (twinkle.FORMAT, tw.row(0)),
        (evalscope.FORMAT, es.review()),
        (mixeval.FORMAT, FREE),
    ],
    ids=lambda value: value.name if isinstance(value, Format) else "",
)
def test_where_no_row_begins_is_told(tmp_path: Path, harness: Format, row: Any) -> None:
    path = lines(tmp_path / "answers.jsonl", row, {"a": 1}, row, [5])
    first, _, second, last = (
        sum(map(len, path.read_bytes().splitlines(keepends=True)[:number])) for number in range(4)
    )
    odd = len(json.dumps(row)) + 1
    made, problems = read(harness, path, [first, 1, odd, second, last])
    assert [one.place for one in made] == [first, second]
    assert problems == [Problem(f"byte {place}", NO_ROW) for place in (1, odd, last)]


# --- Twinkle Eval -------------------------------------------------------------------------------


def test_twinkle_has_what_was_scored_without_reasoning_apart(tmp_path: Path) -> None:
    path = lines(
        tmp_path / "eval_results_20260101_0000_run0.jsonl",
        tw.row(3, llm_output="It is \\boxed{A}\x07", llm_reasoning_output="hm", wer=0.5),
        tw.row(4, llm_output=None, correct_answer=["x", "y"], question="Say."),
    )
    first, second = found(twinkle.FORMAT, path)
    assert first == Recorded(
        0,
        responses=("It is \\boxed{A}\x07",),
        target="A",
        options=("3", "5"),
        stored={"accuracy_mean": True, "wer": 0.5},
    )
    assert second[2:5] == (("",), '["x", "y"]', ())


def test_twinkle_rates_letters(tmp_path: Path) -> None:
    path = lines(
        tmp_path / "eval_results_20260101_0000_run0.jsonl",
        tw.row(0, llm_output=None, correct_answer="B", logprob_scores={"A": -2.5, "B": -0.5}),
        tw.row(1, llm_output=None, logprob_scores={"A": None, "B": -0.5}),
        tw.row(2, llm_output=None, logprob_scores={"A": -math.inf, "B": -3}),
        tw.row(3, llm_output=None, logprob_scores={"A": -math.inf, "B": -math.inf}),
    )
    first, second, third, fourth = found(twinkle.FORMAT, path)
    assert first[2:6] == ((), 1, ("A", "B"), (Rating(-2.5), Rating(-0.5)))
    assert third.ratings == (Rating(-math.inf), Rating(-3))
    assert second.ratings == fourth.ratings == ()


def test_the_answers_of_a_row_of_twinkle_are_items(tmp_path: Path) -> None:
    rows = [tw.row(1), {"no": "answer"}, tw.row(0, False)]
    old = {"timestamp": "t", "file": "datasets/d/a.csv", "accuracy": 0.5, "details": rows}
    path = lines(tmp_path / "eval_results_20260101_0000_run0.json", old)
    made = found(twinkle.FORMAT, path)
    assert [(one.item, one.stored["accuracy_mean"]) for one in made] == [(0, True), (2, False)]


def test_how_twinkle_scored(tmp_path: Path) -> None:
    document = tw.document(evaluation_method="box")
    document["config"]["evaluation"] = {"shuffle_options": True, "evaluation_method": "logit"}
    document["dataset_results"]["datasets/e/"] = {"results": [tw.item("datasets/e/a.csv", 0.5)]}
    path = tw.write(tmp_path / "results_20260101_0000.json", document)
    (run,) = twinkle.FORMAT.read_runs(document, path, 1)
    by_box, by_logit = (scoring_of(twinkle.FORMAT, run, name) for name in "de")
    assert "method box" in by_box.obstacle
    assert by_box == Scoring(
        "generated", (), (ScoredBy("exact_match"),), by_box.obstacle, attempts_differ=True
    )
    assert by_logit == Scoring("multiple choice", (), (ScoredBy("acc"),), attempts_differ=True)


# --- Lighteval ----------------------------------------------------------------------------------


@pytest.mark.parametrize("shape", ["typed", "printed", "whole"])
def test_lighteval_has_every_sample_as_it_was_scored(tmp_path: Path, shape: str) -> None:
    (one,) = found(lighteval.FORMAT, details(tmp_path, [CUPS], shape))
    texts = CUPS["kept"] if shape == "whole" else CUPS["texts"]
    assert one == Recorded(
        0, responses=tuple(texts), target=(" 4", " four"), stored={"em": 1, "f1": 0.5}
    )


@pytest.mark.parametrize("shape", ["typed", "printed", "whole"])
def test_lighteval_rates_choices_as_they_stand(tmp_path: Path, shape: str) -> None:
    (one,) = found(lighteval.FORMAT, details(tmp_path, [TEA], shape))
    greedy = [None] * 3 if shape == "whole" else [False, True, False]
    assert one == Recorded(
        0,
        target=0,
        options=(" sencha", " assam", " rooibos"),
        ratings=tuple(map(Rating, TEA["rated"], greedy)),
        stored={"acc": 0, "acc_norm": 1.0},
    )


def test_lighteval_tells_more_since_0_11(tmp_path: Path) -> None:
    path = details(tmp_path, [TEA])
    more = [
        pl.col("model_response").struct.with_fields(
            argmax_logits_eq_gold=[False, True, False], unconditioned_logprobs=[-1.0, -2.0, -4.0]
        )
    ]
    pl.read_parquet(path, glob=False).with_columns(more).write_parquet(path)
    (one,) = found(lighteval.FORMAT, path)
    assert [rating.is_greedy for rating in one.ratings] == [False, True, False]
    assert one.unconditioned == (-1.0, -2.0, -4.0)


def test_some_rows_of_lighteval(tmp_path: Path) -> None:
    path = details(tmp_path, [{**CUPS, "metrics": {"em": number}} for number in range(1100)])
    made, problems = read(lighteval.FORMAT, path, [3, 1023, 1024, 1099, 1100])
    assert [one.stored["em"] for one in made] == [3, 1023, 1024, 1099]
    assert problems == [Problem("row 1101", NO_ROW)]


@pytest.mark.parametrize(
    ("question", "kind", "metric"),
    [(CUPS, "generated", "exact_match"), (TEA, "multiple choice", "acc")],
)
def test_how_lighteval_scored(
    tmp_path: Path, question: dict[str, Any], kind: str, metric: str
) -> None:
    details(tmp_path, [question], task="tea:green|0")
    results(tmp_path, {"tea:green|0": {"em": 0.5}, "all": {"em": 0.5}})
    (run,) = load([tmp_path]).runs
    made = scoring_of(lighteval.FORMAT, run, "tea", "green")
    assert (made.kind, made.filters, made.metrics) == (kind, (), (ScoredBy(metric),))
    assert bool(made.obstacle) == (kind == "generated")


# --- EvalScope ----------------------------------------------------------------------------------


def test_a_review_of_evalscope_has_what_was_scored(tmp_path: Path) -> None:
    whole = "<think>hm</think>Sencha."
    path = lines(
        tmp_path / "reviews.jsonl",
        es.review(prediction=whole),
        {**es.review(1, {"acc": 0.0, "f1": 0.5}), "target": ["a", "b"]},
        {**es.review(2, prediction=None), "target": None},
    )
    made = found(evalscope.FORMAT, path)
    assert made[0] == Recorded(0, responses=(whole,), target="sencha", stored={"acc": 1.0})
    assert (made[1].target, made[1].stored) == (("a", "b"), {"acc": 0.0, "f1": 0.5})
    assert (made[2].target, made[2].responses) == (None, (es.SAID,))


def test_reviews_up_to_0_17(tmp_path: Path) -> None:
    old = {
        "choices": [
            {
                "message": {"role": "assistant", "content": "ANSWER: A", "reasoning_content": "hm"},
                "review": {"gold": "A", "pred": "A", "result": 1},
            }
        ],
        "raw_input": {"question": "Which tea is green?", "A": "sencha", "B": "assam"},
        "reviewer_spec": {"metric": ["AverageAccuracy"]},
    }
    (one,) = found(evalscope.FORMAT, lines(tmp_path / "reviews.jsonl", old))
    assert one == Recorded(
        0,
        responses=("ANSWER: A",),
        target="A",
        options=("sencha", "assam"),
        stored={"AverageAccuracy": 1},
    )


def test_arenas_and_predictions_have_no_reference(tmp_path: Path) -> None:
    battle = es.review(value={"score": 0.75})
    battle["sample_score"]["sample_metadata"] = {"model_1": "a", "model_2": "b", "answer_1": "Tea."}
    path = lines(tmp_path / "reviews.jsonl", battle, es.prediction(1))
    first, second = found(evalscope.FORMAT, path)
    assert (first.responses, first.target, first.stored) == (("Tea.",), None, {"score": 0.75})
    assert (second.responses, second.target, second.stored) == ((es.SAID,), None, {})


def test_how_evalscope_scored() -> None:
    made = scoring_of(evalscope.FORMAT, es.run_of(es.NEW), "any")
    assert made == Scoring("generated", (), (ScoredBy("exact_match"),), made.obstacle)
    assert "code of its own" in made.obstacle


# --- MixEval ------------------------------------------------------------------------------------


def test_mixeval_has_all_references(tmp_path: Path) -> None:
    path = tmp_path / ANSWERS
    write_rows(path, [FREE, {**FREE, "id": "8", "response": None, "judge_score": 0.3}])
    first, second = found(mixeval.FORMAT, path)
    assert first == Recorded(0, responses=("Three.",), target=("3", "three", "3"))
    assert (second.responses, second.stored) == (("",), {"score": 0.3})


def test_the_reference_among_options_of_mixeval_is_a_letter(tmp_path: Path) -> None:
    path = tmp_path / ANSWERS
    write_rows(path, [{**CHOICE, "judge_option": "A"}, {**CHOICE, "target": [30]}])
    first, second = found(mixeval.FORMAT, path)
    assert first == Recorded(
        0, responses=("B. three",), target="B", options=("two", "three"), stored={"score": 0.0}
    )
    assert second.target is None


def test_how_mixeval_scored(folder: Path) -> None:
    (run,) = load([folder]).runs
    made = scoring_of(mixeval.FORMAT, run, "any")
    assert made == Scoring("generated", (), (ScoredBy("exact_match"),), made.obstacle)
    assert "judge" in made.obstacle
