"""EvalScope's answers, from rows of every shape with questions of our own."""

from __future__ import annotations

import json
import os
from copy import deepcopy
from dataclasses import replace
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.build.damage import json_values, mutants, parent_of, places
from tests.build.evalscope import (
    ASKED,
    MIDDLE,
    NEW,
    OLD,
    OLDEST,
    RECALL,
    SAID,
    asked,
    copy_of,
    judged,
    prediction,
    review,
    run_of,
    turn,
    write_rows,
)
from tui_eval.files.documents import Problem, Refusal
from tui_eval.formats.batches import content_hash
from tui_eval.formats.evalscope import texts as evalscope_texts
from tui_eval.formats.harnesses import evalscope
from tui_eval.formats.index import Index, frame
from tui_eval.formats.passages import kept
from tui_eval.records import Answer, Message, Run, SampleFile, Score, ScoreColumns, Step
from tui_eval.tables import ANSWERS, INDEX

SAMPLE_RUN = Path(__file__).parents[2] / "samples" / "evalscope" / "20261121_000412"
COLUMNS = dict(ANSWERS)


# --- rows of every shape ------------------------------------------------------------------------


def oldest(value: Any = 1, **choice: Any) -> dict[str, Any]:
    """A review up to 0.17; 0.10 wrote no index."""
    return {
        "choices": [
            {
                "index": 0,
                "message": {"role": "assistant", "content": SAID, "reasoning_content": "Hm."},
                "finish_reason": "stop",
                "review": {"gold": "sencha", "pred": "sencha", "result": value},
                **choice,
            }
        ],
        "usage": {"prompt_tokens": 9, "completion_tokens": 6},
        "model_spec": {"api_url": "http://127.0.0.1:1/v1", "api_key": "not-a-real-key"},
        "raw_input": {"query": ASKED, "answer": "sencha"},
        "origin_prompt": {"data": [ASKED], "system_prompt": "Be brief."},
        "reviewer_spec": {"metric": ["AverageAccuracy"]},
        "subset_name": "default",
        "answer_id": "a",
    }


def marked_down(index: int = 0, value: Any = None, **score: Any) -> dict[str, Any]:
    """A review of 1.0 to 1.6."""
    value = {"acc": 1.0} if value is None else value
    return {
        "index": index,
        "input": f"**System**: \nBe brief.\n\n**User**: \n{ASKED}\n",
        "target": "sencha",
        "sample_score": judged(index, value, **score),
    }


def traced(index: int = 0) -> dict[str, Any]:
    """A review of 1.7."""
    row = review(index)
    del row["agent_trace"]
    return {**row, "target": "sencha", "trajectory": []}


SHAPES = {
    "up to 0.17": {**oldest(), "index": 0},
    "1.0 to 1.6": marked_down(),
    "1.7": traced(),
    "1.8 to 1.11": {**review(), "target": "sencha"},
    "from 1.12": review(),
}


def battle(index: int = 0, **more: Any) -> dict[str, Any]:
    """A review of an arena, of 1.7 to 1.11: the candidate's answer stands below the question."""
    row = review(index, {"score": 0.75}, main_score_name="score", extracted_prediction=SAID)
    row["sample_score"]["sample_metadata"] = {"answer_1": SAID, "model_1": "a", "model_2": "b"}
    row["messages"] = [
        {"role": "system", "content": "Be a judge."},
        asked(f"{ASKED}\n\n{SAID}"),
        turn("Default output from mockllm/model"),
    ]
    games = [
        {"model_a": "a", "model_b": "b", "response": "A is better.", "judgment": "A>B"},
        {"model_a": "b", "model_b": "a", "response": "Who knows.", "judgment": None},
    ]
    row["sample_score"]["score"]["metadata"] = {"battle_result": {"games": games}, **more}
    return {**row, "target": ["Perhaps gyokuro."]}


# --- what is done with them ---------------------------------------------------------------------


def indexed(path: Path) -> Index:
    problems: list[Problem] = []
    rows = pl.concat([frame(batch) for batch in evalscope.SAMPLES.index(path, problems)])
    return Index(rows, tuple(problems))


def index_of(tmp_path: Path, *rows: Any) -> list[dict[str, Any]]:
    found = indexed(write_rows(tmp_path / "rows.jsonl", *rows))
    assert found.problems == ()
    assert found.rows.schema == INDEX
    return found.rows.to_dicts()


def answers_of(run: Run) -> tuple[pl.DataFrame, list[str]]:
    rows, notes = evalscope.SAMPLES.table(run, {file: indexed(file.path) for file in run.samples})
    assert dict(rows.schema) == COLUMNS
    return rows, notes


def subset(tmp_path: Path, reviews: list[Any], predictions: list[Any] | None = None) -> Run:
    """A run with the reviews and the predictions of a subset, its report missing."""
    write_rows(tmp_path / "reviews/m/d_default.jsonl", *reviews)
    if predictions is not None:
        write_rows(tmp_path / "predictions/m/d_default.jsonl", *predictions)
    return run_of(tmp_path)


def texts(tmp_path: Path, row: Any) -> Answer:
    return evalscope_texts.answer(write_rows(tmp_path / "row.jsonl", row), 0, 0)


# --- a pass over a file -------------------------------------------------------------------------


@pytest.mark.parametrize("shape", SHAPES)
def test_the_same_answer_in_every_shape(tmp_path: Path, shape: str) -> None:
    (found,) = index_of(tmp_path, SHAPES[shape])
    assert found == {
        "id": "0",
        "question": content_hash(ASKED),
        "prompt": found["prompt"],
        "category": None,
        "attempt": 0,
        "metric": "AverageAccuracy" if shape == "up to 0.17" else "acc",
        "filter": None,
        "score": 1.0,
        "status": "ok",
        "place": 0,
        "item": 0,
        "length": len(SAID),
        "tokens": None if shape == "1.0 to 1.6" else 6,
        "answer_id": content_hash("a") if shape == "up to 0.17" else None,
        "verdict": None,
        "passages": kept(ASKED),
    }
    system = ["system", "Be brief."] if shape in ("up to 0.17", "1.0 to 1.6") else []
    assert found["prompt"] == content_hash(*system, "user", ASKED)


def test_a_prediction_has_no_metric(tmp_path: Path) -> None:
    (found,) = index_of(tmp_path, prediction(3))
    (judged_one,) = index_of(tmp_path, review(3))
    shared = ["id", "question", "prompt", "item", "length", "status"]
    assert {name: found[name] for name in shared} == {name: judged_one[name] for name in shared}
    assert (found["metric"], found["score"], found["tokens"]) == (None, None, 7)


@pytest.mark.parametrize(
    ("value", "told"),
    [
        (True, "is true or false"),
        ("１２", "is the text “１２”"),
        ("0.5", "is the text “0.5”"),
        ({}, "is an object"),
        ([{}], "has an object"),
    ],
)
def test_a_value_that_is_no_number_is_not_scored_and_told(
    tmp_path: Path, value: Any, told: str
) -> None:
    odd = review(0, {"bleu-1": value, "acc": True, "note": "x"}, main_score_name="bleu-1")
    path = write_rows(tmp_path / "reviews" / "m" / "d_default.jsonl", odd, review(1, {"bleu-1": 1}))
    found = indexed(path)
    assert [(row["metric"], row["score"], row["status"]) for row in found.rows.to_dicts()] == [
        ("bleu-1", None, "not scored"),
        ("acc", 1.0, "ok"),
        ("bleu-1", 1.0, "ok"),
    ]
    assert found.problems == (Problem("line 1", f"no score: bleu-1 {told}"),)
    run = run_of(path)
    of_bleu = [score for score in run.scores if score.metric.startswith("bleu")]
    assert {(score.value, score.n) for score in of_bleu} == {(1.0, 1)}
    assert any(f"line 1: no score: bleu-1 {told}" in note for note in run.notes)


def test_several_metrics_are_several_rows_and_the_main_one_is_first(tmp_path: Path) -> None:
    rows = index_of(tmp_path, review(0, {"f1": 0.5, "acc": 1, "note": "x", "em": False}))
    assert [(row["metric"], row["score"]) for row in rows] == [
        ("acc", 1.0),
        ("f1", 0.5),
        ("em", 0.0),
    ]


def test_what_is_pooled_over_all_rows_is_no_score_of_one(tmp_path: Path) -> None:
    row = oldest({"prompt_level": True, "inst_level": [True]})
    assert [(one["metric"], one["score"], one["status"]) for one in index_of(tmp_path, row)] == [
        ("prompt_level", 1.0, "ok"),
        ("inst_level", None, "ok"),
    ]


FAILED = {"failures": {"request_error": 1}}
MISREAD = {"failures": {"parse_error": 2}}


@pytest.mark.parametrize(
    ("row", "score", "status"),
    [
        (oldest(-1), None, "no reference"),
        (oldest({"acc": -1}), None, "no reference"),
        (oldest(1, finish_reason="length"), 1.0, "truncated"),
        (oldest(0, message={"content": " \n"}), 0.0, "empty"),
        (oldest(0, message={"content": None}), 0.0, "empty"),
        (oldest(0, review={"gold": "A", "pred": " ", "result": 0}), 0.0, "unparsed"),
        (oldest(0, review={"gold": "A", "result": 0}), 0.0, "ok"),
        (review(0, {"acc": 0.0}), 0.0, "ok"),
        (review(0, {"acc": 0.0}, extracted_prediction=""), 0.0, "unparsed"),
        (review(0, {"acc": 0.0}, extracted_prediction=None), 0.0, "unparsed"),
        (review(0, {}), None, "not scored"),
        (review(0, {"acc": float("nan")}), None, "not scored"),
        (review(0, {"acc": 0}, metadata={"acc": "error: no such file"}), None, "error"),
        (review(0, {"acc": 1}, metadata={"acc": "error: no such file"}), 1.0, "ok"),
        (review(0, {}, metadata={"metric_errors": {"acc": "No."}}), None, "error"),
        (review(0, {"bleu-1": 0}, metadata={"metric_errors": {"BLEU": "No."}}), None, "error"),
        (review(0, {"bleurt": 0}, metadata={"metric_errors": {"BLEU": "No."}}), 0.0, "ok"),
        ({**review(0, {"Rouge-L-R": 0.0}), "target": [""]}, None, "no reference"),
        ({**review(0, {"Rouge-L-R": 0.1}), "target": [""]}, 0.1, "ok"),
        ({**review(0, {"acc": 0.0}), "target": [""]}, 0.0, "ok"),
        ({**review(), "target": None}, 1.0, "ok"),
        ({**review(0, {}), "target": None}, None, "no reference"),
        ({**review(0, {}), "target": []}, None, "no reference"),
        ({**marked_down(0, {}), "target": ""}, None, "no reference"),
        ({**review(0, {}), "messages": [asked(), turn("")]}, None, "empty"),
        ({**review(), "messages": [asked(), turn("", tool_calls=[{"function": "f"}])]}, 1.0, "ok"),
        (battle(), 0.75, "unparsed"),
    ],
)
def test_what_became_of_an_answer(tmp_path: Path, row: Any, score: Any, status: str) -> None:
    (found,) = index_of(tmp_path, row)
    assert (found["score"], found["status"]) == (score, status)


@pytest.mark.parametrize(
    ("summary", "status"), [(MISREAD, "unparsed"), (FAILED, "error"), (None, "error")]
)
def test_what_a_judge_excluded(tmp_path: Path, summary: Any, status: str) -> None:
    row = review(0, {}, judge_summary=summary)
    row["sample_score"]["score"]["status"] = "excluded"
    (found,) = index_of(tmp_path, {**row, "target": None})
    assert (found["metric"], found["score"], found["status"]) == ("acc", None, status)


@pytest.mark.parametrize(
    ("row", "status"),
    [
        (prediction(), "ok"),
        (prediction(0, "max_tokens"), "truncated"),
        (prediction(0, "model_length"), "truncated"),
        (prediction(0, "content_filter"), "error"),
        (prediction(error="no route"), "error"),
        ({**prediction(choices=[]), "messages": [asked()]}, "empty"),
    ],
)
def test_what_became_of_a_prediction(tmp_path: Path, row: Any, status: str) -> None:
    assert [found["status"] for found in index_of(tmp_path, row)] == [status]


def test_a_question_is_what_was_asked_before_the_model_spoke(tmp_path: Path) -> None:
    row = review()
    row["messages"] = [asked("An example"), {"role": "assistant", "content": "Yes"}, asked()]
    row["messages"] += [turn("Tell me more."), asked("No."), turn()]
    (found,) = index_of(tmp_path, row)
    assert found["question"] == content_hash(ASKED)
    answer = texts(tmp_path, row)
    assert [message.text for message in answer.prompt] == ["An example", "Yes", ASKED]
    assert answer.steps == (Step("says", "Tell me more."), Step("told", "No."))
    assert answer.response == SAID


def test_options_are_part_of_an_old_question(tmp_path: Path) -> None:
    rows = [oldest(), oldest(), oldest(), oldest()]
    rows[1]["raw_input"] |= {"A": "sencha", "B": "assam"}
    rows[2]["raw_input"] |= {"A": "assam", "B": "sencha"}
    rows[3]["raw_input"] = {"turns": [ASKED]}
    assert len({row["question"] for row in index_of(tmp_path, *rows)}) == 4


@pytest.mark.parametrize(
    ("written", "question"),
    [
        (f"{ASKED}\n\n{SAID}", ASKED),
        (f"{ASKED}\n\n**Reasoning:** Hm.\n{SAID}", ASKED),
        (ASKED, ASKED),
        (f"Is it true? {SAID}", f"Is it true? {SAID}"),
    ],
)
def test_the_question_of_an_arena_is_without_the_candidates_answer(
    tmp_path: Path, written: str, question: str
) -> None:
    row = battle()
    row["messages"][1] = asked(written)
    (found,) = index_of(tmp_path, row)
    assert (found["question"], found["prompt"]) == (content_hash(question), None)
    assert (found["length"], found["tokens"]) == (len(SAID), None)


def test_lines_that_cannot_be_read_are_told(tmp_path: Path) -> None:
    path = write_rows(tmp_path / "rows.jsonl", review(0), [1], {"index": 1}, review(2))
    path.write_bytes(path.read_bytes() + b'{"index": 3, "sample_sc')
    found = indexed(path)
    assert found.rows["id"].to_list() == ["0", "2"]
    assert [str(problem) for problem in found.problems] == [
        "line 2: neither a review nor a prediction: a list",
        "line 3: neither a review nor a prediction",
        "line 5: the JSON breaks off here: the file is incomplete",
    ]


def test_rows_of_unusual_types_are_read_like_others(tmp_path: Path) -> None:
    row = {**review(), "usage": "none", "metadata": [float("nan")], "model_output": "\ud800"}
    (found,) = index_of(tmp_path, row)
    assert (found["score"], found["status"], found["length"]) == (1.0, "ok", len(SAID))


# --- the answers of a run -----------------------------------------------------------------------


def test_a_sample_is_its_number_and_content(tmp_path: Path) -> None:
    rows, notes = answers_of(subset(tmp_path, [review(1), review(0)]))
    assert rows["sample"].to_list() == [f"{n}:{content_hash(ASKED):016x}" for n in (1, 0)]
    assert rows.select("dataset", "category", "metric").unique().rows() == [
        ("d", "default", "accuracy")
    ]
    assert rows["file"].unique().to_list() == [str(tmp_path / "reviews/m/d_default.jsonl")]
    assert notes == []


def test_a_sample_without_a_number_is_its_content(tmp_path: Path) -> None:
    other = oldest()
    other["raw_input"] = {"query": "Which tea is black?"}
    rows, _ = answers_of(subset(tmp_path, [oldest(), other, oldest()]))
    first = f"{content_hash(ASKED):016x}"
    second = f"{content_hash('Which tea is black?'):016x}"
    assert rows["sample"].to_list() == [first, second, f"{first}#2"]
    assert rows["id"].to_list() == ["0", "1", "2"]


@pytest.mark.parametrize("is_told", [True, False])
def test_attempts_of_a_question(tmp_path: Path, is_told: bool) -> None:
    reviews = []
    for index in (3, 0, 2, 1):
        row = review(index)
        row["sample_score"] |= {"group_id": index // 2, "generation_index": index % 2}
        if not is_told:  # as up to 1.10
            del row["sample_score"]["generation_index"]
        reviews.append(row)
    predictions = [prediction(index) for index in range(6)]
    rows, notes = answers_of(subset(tmp_path, reviews, predictions))
    assert rows.select("id", "attempt", "metric").rows() == [
        ("1", 1, "accuracy"),
        ("0", 0, "accuracy"),
        ("1", 0, "accuracy"),
        ("0", 1, "accuracy"),
        ("2", 0, None),
        ("2", 1, None),
    ]
    assert notes == ["d_default.jsonl: 2 predictions not reviewed"]


def test_of_rows_with_one_index_the_last_counts(tmp_path: Path) -> None:
    reviews = [review(0), review(1), review(0, {"acc": 0.0, "f1": 0.5})]
    predictions = [prediction(0, "max_tokens"), prediction(1), prediction(0)]
    rows, notes = answers_of(subset(tmp_path, reviews, predictions))
    assert rows.select("id", "metric", "score", "status").rows() == [
        ("1", "accuracy", 1.0, "ok"),
        ("0", "accuracy", 0.0, "ok"),
        ("0", "f1", 0.5, "ok"),
    ]
    assert notes == 2 * ["d_default.jsonl: 1 row was written again, the last ones count"]


def test_a_prediction_tells_what_its_review_does_not(tmp_path: Path) -> None:
    unread = {"value": {"acc": 0.0}, "extracted_prediction": ""}
    reviews = [review(n, **unread) for n in range(4)]
    reviews[3]["messages"] = [asked(), turn("")]
    stops = ["stop", "max_tokens", "content_filter", "max_tokens"]
    predictions = [prediction(n, stop) for n, stop in enumerate(stops)]
    rows, notes = answers_of(subset(tmp_path, reviews, predictions[::-1]))
    assert rows["status"].to_list() == ["unparsed", "truncated", "error", "empty"]
    assert rows["tokens"].to_list() == [7, 7, 7, 7]
    assert notes == []


def named(row: dict[str, Any], answer: str | None, question: str, index: int | None = None) -> Any:
    """A row up to 0.17 of an answer and a question."""
    more = {} if index is None else {"index": index}
    return {**row, "answer_id": answer, "raw_input": {"query": question}, **more}


UNJUDGED = deepcopy(oldest())
del UNJUDGED["choices"][0]["review"]


def test_predictions_without_an_index_are_joined_by_their_answer(tmp_path: Path) -> None:
    """As 0.17 writes them, in whatever order: one question may be asked twice."""
    reviews = [named(oldest(n), name, ASKED, n) for n, name in enumerate("xyz")]
    predictions = [named(UNJUDGED, name, ASKED) for name in "zwxy"]
    for row, tokens in zip(predictions, (30, 40, 10, 20), strict=True):
        row["usage"] = {"completion_tokens": tokens}
    rows, notes = answers_of(subset(tmp_path, reviews, predictions))
    assert rows.select("id", "score", "status", "tokens").rows() == [
        ("0", 0.0, "ok", 10),
        ("1", 1.0, "ok", 20),
        ("2", 2.0, "ok", 30),
        ("1", None, "not scored", 40),
    ]
    assert notes == ["d_default.jsonl: 1 prediction not reviewed"]


@pytest.mark.parametrize("answer", [None, 5])
def test_else_they_are_joined_by_their_question(tmp_path: Path, answer: Any) -> None:
    questions = [ASKED, "And then?", ASKED]
    reviews = [named(oldest(1), answer, text, n) for n, text in enumerate(questions)]
    predictions = [named(UNJUDGED, answer, text) for text in reversed(questions)]
    predictions[1]["choices"] = [{**UNJUDGED["choices"][0], "finish_reason": "length"}]
    rows, notes = answers_of(subset(tmp_path, reviews, predictions))
    assert rows.select("id", "status").rows() == [("0", "ok"), ("1", "truncated"), ("2", "ok")]
    assert notes == []


def test_an_answer_that_nobody_judged_is_not_scored(tmp_path: Path) -> None:
    stops = ["stop", "max_tokens", "content_filter"]
    predictions = [prediction(n, stop) for n, stop in enumerate(stops)]
    write_rows(tmp_path / "predictions/m/d_default.jsonl", *predictions)
    write_rows(tmp_path / "reviews/m/e_default.jsonl", review())
    rows, _ = answers_of(run_of(tmp_path))
    assert rows.filter(dataset="d")["status"].to_list() == ["not scored", "truncated", "error"]


def test_old_rows_are_joined_by_their_content(tmp_path: Path) -> None:
    unjudged = oldest()
    del unjudged["choices"][0]["review"]
    later = deepcopy(unjudged)
    later["raw_input"]["query"] = "And then?"
    rows, notes = answers_of(subset(tmp_path, [oldest()], [later, unjudged]))
    assert rows["metric"].to_list() == ["accuracy", None]
    assert rows["question"].to_list() == [content_hash(ASKED), content_hash("And then?")]
    assert notes == ["d_default.jsonl: 1 prediction not reviewed"]


def test_what_is_not_judged_is_known_once_all_reviews_are_read(tmp_path: Path) -> None:
    run = subset(tmp_path, [review(0)], [prediction(0), prediction(1)])
    by_kind = {file.what: file for file in run.samples}
    predictions = {by_kind["predictions"]: indexed(by_kind["predictions"].path)}
    half = Index(indexed(by_kind["reviews"].path).rows, is_whole=False)
    assert evalscope.SAMPLES.table(run, predictions)[0].is_empty()
    rows, notes = evalscope.SAMPLES.table(run, {**predictions, by_kind["reviews"]: half})
    assert (rows["id"].to_list(), notes) == (["0"], [])
    assert evalscope.SAMPLES.table(run, {})[0].is_empty()


def test_a_file_with_a_name_in_no_encoding(tmp_path: Path) -> None:
    path = write_rows(tmp_path / "reviews" / "m" / os.fsdecode(b"d_\xff.jsonl"), review())
    file = SampleFile(path, "d", "default", "reviews")
    rows, _ = answers_of(Run("m", None, "evalscope", path, samples=(file,)))
    assert rows["file"].to_list() == [f"{tmp_path}/reviews/m/d_\\udcff.jsonl"]


def test_predictions_alone(tmp_path: Path) -> None:
    root = copy_of(MIDDLE, tmp_path, "reports", "reviews")
    rows, notes = answers_of(run_of(root))
    assert rows.select("dataset", "category", "metric", "score").rows() == [
        ("brew_mcq", "cold", None, None)
    ]
    assert notes == []


@pytest.mark.parametrize("root", [OLDEST, OLD, MIDDLE, NEW, SAMPLE_RUN])
def test_means_of_answers_are_the_scores(root: Path) -> None:
    models = [path.name for path in (root / "reports").iterdir() if path.is_dir()]
    run = run_of(root / "reports" / models[0], root / "reviews" / models[0])
    rows, _ = answers_of(run)
    reported = {
        (one.dataset, one.category, one.metric): one.value
        for one in run.scores
        if one.unscored is None
    }
    found = rows.group_by("dataset", "category", "metric").agg(pl.col("score").mean()).rows()
    assert found
    for dataset, category, metric, mean in found:
        if mean is not None:
            assert mean == pytest.approx(reported[dataset, category, metric], abs=5.1e-5)
        elif not metric.startswith("inst_level"):
            assert reported.get((dataset, category, metric)) is None


F1 = 'rouge:mean[ngram=1,statistic="f1"]'


@pytest.mark.parametrize(
    ("written", "reported", "names"),
    [
        (["acc"], ["accuracy"], ["accuracy"]),
        (["acc"], ["pass:pass_at_k[k=2]"], ["pass:pass_at_k[k=2]"]),
        (["Rouge-L-R"], [RECALL, "x"], [RECALL]),
        (["Rouge-1-F", "bleu-1"], ["bleu:mean[ngram=1]", F1], [F1, "bleu:mean[ngram=1]"]),
        (["score"], ["win_rate", "win_rate_lower"], ["score"]),
        (["a-b", "c"], ["a:mean[x=b]", "b:mean[x=a]"], ["a-b", "c"]),
        (["IoU", "c"], ["iou", "d"], ["iou", "c"]),
    ],
)
def test_metrics_are_named_as_in_the_scores(
    tmp_path: Path, written: list[str], reported: list[str], names: list[str]
) -> None:
    path = write_rows(tmp_path / "d_default.jsonl", review(0, dict.fromkeys(written, 0.5)))
    file = SampleFile(path, "d", "default", "reviews")
    scores = ScoreColumns(Score("d", "default", name, 0.5) for name in reported)
    rows, _ = answers_of(Run("m", None, "evalscope", path, samples=(file,), scores=scores))
    assert rows["metric"].to_list() == names


@pytest.mark.parametrize(
    ("dataset", "category", "categories", "place"),
    [
        ("d", "a_b", ["a/b", "c"], "a/b"),
        ("d", "a", ["Group/a", "Group/b"], "Group/a"),
        ("d", "a", ["Left/a", "Right/a"], "a"),
        ("d", "a", ["b"], "a"),
        ("d", "a", [], "a"),
        ("data_collection", "default", ["gsm8k/main"], None),
        ("data_collection", "default", ["default"], "default"),
        ("data_collection", "default", [], "default"),
    ],
)
def test_subsets_are_named_as_in_the_scores(
    dataset: str, category: str, categories: list[str], place: str | None
) -> None:
    file = SampleFile(Path("x.jsonl"), dataset, category, "reviews")
    scores = ScoreColumns(Score(dataset, name, "acc", 0.5) for name in categories)
    run = Run("m", None, "evalscope", Path("x"), samples=(file,), scores=scores)
    assert evalscope.SAMPLES.place_of(run, file) == (dataset, place)


def test_answers_of_a_collection_are_of_several_data_sets(tmp_path: Path) -> None:
    row = review()
    row["sample_score"]["sample_metadata"] = {
        "collection_info": {"dataset_name": "gsm8k", "subset_name": "main"}
    }
    path = write_rows(tmp_path / "data_collection_default.jsonl", row)
    file = SampleFile(path, "data_collection", "default", "reviews")
    run = Run("m", None, "evalscope", path, samples=(file,))
    reported = ScoreColumns([Score("data_collection", "gsm8k/main", "acc", 1.0)])
    for scores, category in ((reported, "gsm8k/main"), (ScoreColumns(), "default")):
        rows, _ = answers_of(replace(run, scores=scores))
        assert rows["category"].to_list() == [category]


# --- texts --------------------------------------------------------------------------------------


@pytest.mark.parametrize("shape", SHAPES)
def test_texts_of_every_shape(tmp_path: Path, shape: str) -> None:
    answer = texts(tmp_path, SHAPES[shape])
    system = (Message("system", "Be brief."),) if shape in ("up to 0.17", "1.0 to 1.6") else ()
    assert answer == Answer(
        prompt=(*system, Message("user", ASKED)),
        target="sencha",
        response=SAID,
        reasoning="Hm." if shape == "up to 0.17" else None,
        extracted="sencha",
    )


def test_parts_of_a_message(tmp_path: Path) -> None:
    row = review(explanation="LLM judge: A")
    call = {"id": "1", "function": "steep", "arguments": {"minutes": 3}}
    parts = [{"type": "reasoning", "reasoning": "Green?"}, {"type": "text", "text": "So be it."}]
    row["messages"] = [
        asked(""),
        turn("", tool_calls=[call]),
        {"role": "tool", "content": "done"},
        turn([*parts, {"type": "image", "image": "data:image/png;base64,AAAA"}]),
    ]
    row["messages"][0]["content"] = [{"type": "text", "text": "Look:"}, {"type": "image"}]
    assert texts(tmp_path, row) == Answer(
        prompt=(Message("user", "Look:\n[image]"),),
        steps=(Step("calls", 'steep({"minutes": 3})'), Step("result", "done")),
        target="sencha",
        response="So be it.\n[image png 3 B]",
        reasoning="Green?",
        extracted="sencha",
        judge=(Message("explanation", "LLM judge: A"),),
    )


def test_texts_of_an_arena(tmp_path: Path) -> None:
    attempt = {"judge_id": "j", "placement": "swapped", "raw_response": "B!", "error": "no JSON"}
    assert texts(tmp_path, battle(judge_attempts=[attempt])) == Answer(
        prompt=(Message("user", ASKED),),
        response=SAID,
        opponent=Message("b", "Perhaps gyokuro."),
        judge=(
            Message("verdict, A: a, B: b", "A>B"),
            Message("verdict, A: b, B: a", "none"),
            Message("A: a, B: b", "A is better."),
            Message("A: b, B: a", "Who knows."),
            Message("j, swapped", "B!"),
            Message("error", "no JSON"),
        ),
        judge_prompt=(Message("system", "Be a judge."),),
    )


def test_a_judge_of_1_11_gave_a_verdict_and_reasons_to_a_prompt(tmp_path: Path) -> None:
    parsed = {"reasoning": "It is a black tea.", "verdict": "incorrect"}
    attempt = {
        "judge_id": "j",
        "messages": [{"role": "system", "content": "Judge."}, {"role": "user", "content": "Tea?"}],
        "parsed_value": parsed,
        "raw_response": json.dumps(parsed),
    }
    answer = texts(tmp_path, review(metadata={"judge_attempts": [attempt]}))
    assert answer.judge == (
        Message("verdict, j", "incorrect"),
        Message("j", "It is a black tea."),
    )
    assert answer.judge_prompt == (Message("system", "Judge."), Message("user", "Tea?"))
    reply = "Well. " + json.dumps(parsed)
    more = attempt | {"raw_response": reply}
    answer = texts(tmp_path, review(metadata={"judge_attempts": [more]}))
    assert answer.judge[1] == Message("j", reply)


def test_the_steps_of_an_agent(tmp_path: Path) -> None:
    calls = [{"function": {"name": "search", "arguments": '{"to": "TPE"}'}}]
    row = review()
    row["messages"] = [
        {"role": "system", "content": "You may call tools."},
        asked(),
        turn("<think>Where?</think>I look it up.", tool_calls=calls),
        {"role": "tool", "content": "", "error": {"type": "timeout", "message": "timeout"}},
        turn([{"type": "reasoning", "reasoning": "Again."}], tool_calls=calls),
        {"role": "tool", "content": "BR 87"},
        turn(),
    ]
    answer = texts(tmp_path, row)
    assert [message.role for message in answer.prompt] == ["system", "user"]
    assert answer.steps == (
        Step("thinks", "<think>Where?</think>"),
        Step("says", "I look it up."),
        Step("calls", 'search({"to": "TPE"})'),
        Step("error", "timeout"),
        Step("thinks", "Again."),
        Step("calls", 'search({"to": "TPE"})'),
        Step("result", "BR 87"),
    )
    assert answer.response == SAID
    for message in row["messages"]:
        message.pop("source", None)  # without it the turns are those after the last request
    assert texts(tmp_path, row).steps == answer.steps


def test_reasoning_in_the_response_is_no_part_of_it(tmp_path: Path) -> None:
    row = review()
    row["messages"] = [asked(), turn(f"<think>Green?</think>\n\n{SAID}")]
    (found,) = index_of(tmp_path, row)
    assert (found["length"], found["status"]) == (len(SAID), "ok")
    answer = texts(tmp_path, row)
    assert (answer.response, answer.reasoning) == (SAID, "<think>Green?</think>\n\n")
    row["messages"] = [asked(), turn("<think>Green? Or")]
    (found,) = index_of(tmp_path, row)
    assert (found["length"], found["status"]) == (0, "unfinished reasoning")
    assert found["score"] == 1.0  # the harness's own
    assert texts(tmp_path, row).reasoning == "<think>Green? Or"


def test_texts_of_an_arena_up_to_0_17(tmp_path: Path) -> None:
    games = [{"model_a": "a", "model_b": "b", "response": "[[A>B]]", "judgment": "A>B"}]
    row = oldest({"score": 0.75, "games": games}, message={"content": "*PlaceHolder*"})
    facts = {"question": ASKED, "answer_1": SAID, "answer_2": "No.", "model_1": "a"}
    row["raw_input"] = {**facts, "model_2": "b"}
    answer = texts(tmp_path, row)
    assert (answer.prompt, answer.response) == ((Message("user", ASKED),), SAID)
    assert (answer.target, answer.opponent) == (None, Message("b", "No."))
    assert answer.judge == (Message("verdict, A: a, B: b", "A>B"), Message("A: a, B: b", "[[A>B]]"))
    (found,) = index_of(tmp_path, row)
    assert (found["metric"], found["score"], found["status"]) == ("score", 0.75, "ok")
    assert (found["length"], found["tokens"]) == (len(SAID), None)  # not of the placeholder


@pytest.mark.parametrize(
    ("score", "verdict"),
    [(1.0, "win"), (0.625, "win"), (0.5, "tie"), (0.375, "loss"), (0.0, "loss")],
)
def test_a_battle_has_a_verdict(tmp_path: Path, score: float, verdict: str) -> None:
    row = battle()
    row["sample_score"]["score"]["value"] = {"score": score}
    (found,) = index_of(tmp_path, row)
    assert (found["score"], found["verdict"]) == (score, verdict)
    row["sample_score"]["score"]["value"] = {}
    assert [one["verdict"] for one in index_of(tmp_path, row)] == [None]


def test_what_went_wrong_in_a_metric_is_a_text(tmp_path: Path) -> None:
    metadata = {"metric_errors": {"BLEU": "No punkt."}, "acc": "error: no such file", "x": 1}
    answer = texts(tmp_path, review(0, {"acc": 0, "bleu-1": 0}, metadata=metadata))
    assert answer.judge == (
        Message("error in BLEU", "No punkt."),
        Message("error in acc", "no such file"),
    )


def test_no_text_is_a_secret(tmp_path: Path) -> None:
    assert "not-a-real-key" in json.dumps(oldest())
    assert "not-a-real-key" not in repr(texts(tmp_path, oldest()))


def test_a_prediction_has_texts_but_no_judge(tmp_path: Path) -> None:
    assert texts(tmp_path, prediction()) == Answer((Message("user", ASKED),), response=SAID)


@pytest.mark.parametrize("content", ["", "[1]", '{"a": 1}', '{"index": 0, "sample_sc'])
def test_texts_of_what_is_no_row(tmp_path: Path, content: str) -> None:
    path = tmp_path / "rows.jsonl"
    path.write_text(content)
    with pytest.raises(Refusal):
        evalscope_texts.answer(path, 0, 0)


# --- properties ---------------------------------------------------------------------------------

ROWS = [*SHAPES.values(), oldest(), battle(), prediction()]


@pytest.mark.parametrize("row", ROWS)
def test_a_pass_leaves_out_nothing_that_it_needs(tmp_path: Path, row: Any) -> None:
    """A row with NaN is decoded whole, others as far as is needed."""
    assert index_of(tmp_path, row) == index_of(tmp_path, {**row, "else": float("nan")})


def check(path: Path) -> None:
    """Rows, answers and texts of whatever a file holds, without an exception."""
    found = indexed(path)
    file = SampleFile(path, "d", "default", "reviews")
    run = Run("m", None, "evalscope", path, samples=(file,))
    rows, _ = evalscope.SAMPLES.table(run, {file: found})
    assert dict(rows.schema) == COLUMNS
    for place in found.rows["place"].unique():
        answer = evalscope_texts.answer(path, place, 0)
        for message in (*answer.prompt, *answer.judge):
            message.text.encode()


@mutants
@given(st.data())
def test_rows_with_any_value_anywhere(tmp_path: Path, data: st.DataObject) -> None:
    row = deepcopy(data.draw(st.sampled_from(ROWS)))
    for _ in range(data.draw(st.integers(1, 4))):
        path = data.draw(st.sampled_from(places(row)))
        parent_of(row, path)[path[-1]] = data.draw(json_values)
    check(write_rows(tmp_path / "rows.jsonl", row, review(1)))


@mutants
@given(st.dictionaries(st.sampled_from(["choices", "sample_score", "model_output"]), json_values))
def test_any_object(tmp_path: Path, row: dict[str, Any]) -> None:
    check(write_rows(tmp_path / "rows.jsonl", row))


@pytest.mark.parametrize("depth", [50, 900, 100_000])
def test_rows_nested_to_any_depth(tmp_path: Path, depth: int) -> None:
    text = json.dumps({**review(), "target": "HERE"})
    path = tmp_path / "rows.jsonl"
    path.write_text(text.replace('"HERE"', '{"a": ' + "[" * depth + "1" + "]" * depth + "}"))
    check(path)


@mutants
@given(st.permutations(range(6)), st.data())
def test_the_order_of_rows_means_nothing(
    tmp_path: Path, order: list[int], data: st.DataObject
) -> None:
    scores = data.draw(st.lists(st.sampled_from([0.0, 0.5, 1.0]), min_size=6, max_size=6))
    reviews = [review(n, {"acc": score}) for n, score in enumerate(scores)]
    reviews[5]["sample_score"] |= {"group_id": 4, "generation_index": 1}
    stops = ["stop", "max_tokens", "content_filter", "stop", "stop", "max_tokens"]
    predictions = [prediction(n, stop) for n, stop in enumerate(stops)]
    frames = []
    for rows in (reviews, [reviews[n] for n in order]):
        found, notes = answers_of(subset(tmp_path, rows, predictions))
        assert notes == []
        frames.append(found.drop("place").sort("id", "attempt"))
    assert frames[0].equals(frames[1])


@mutants
@given(st.lists(st.tuples(st.integers(0, 3), st.sampled_from([0.0, 0.5, 1.0])), min_size=1))
def test_the_last_row_of_an_index_is_the_answer(
    tmp_path: Path, written: list[tuple[int, float]]
) -> None:
    reviews = [review(index, {"acc": score}) for index, score in written]
    rows, notes = answers_of(subset(tmp_path, reviews))
    found = {int(name): score for name, score in rows.select("id", "score").iter_rows()}
    assert found == dict(written)
    assert len(notes) == (len(found) < len(written))
