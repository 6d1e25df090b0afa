"""MixEval's answers and verdicts, with questions of our own."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.build.damage import json_values, mutants
from tests.build.indexes import index_of, indexes_of, only_run, samples_of
from tests.build.mixeval import (
    ANSWERS,
    CHOICE_VERDICTS,
    FREE,
    FREE_VERDICTS,
    JUDGE,
    add_rule_files,
    change,
    folder,
    rows_of,
    write_rows,
)
from tui_eval.files.documents import Problem, Refusal
from tui_eval.formats.batches import content_hash
from tui_eval.formats.harnesses import mixeval
from tui_eval.formats.mixeval import texts as mixeval_texts
from tui_eval.loading.collection import load
from tui_eval.records import Answer, Message, Run

__all__ = ["folder"]

SAMPLES = Path(__file__).parents[2] / "samples" / "mixeval"
CHOICE: dict[str, Any] = {
    "problem_type": "multiple-choice",
    "context": None,
    "prompt": "Pick the colour.",
    "options": ["loud", "red"],
    "target": [1],
    "benchmark_name": "MMLU",
    "formated_input": "Pick the colour. A B",
    "id": "8",
    "response": "B.",
}


def means(rows: pl.DataFrame) -> dict[tuple[str | None, str | None], float | None]:
    """By category and filter; over all categories too."""
    found: dict[tuple[str | None, str | None], float | None] = {}
    for (name,), part in rows.group_by("filter"):
        found[None, name] = part["score"].mean()  # type: ignore[assignment]
        for (category,), some in part.group_by("category"):
            found[category, name] = some["score"].mean()  # type: ignore[assignment]
    return found


def check_scores(run: Run, rows: pl.DataFrame) -> None:
    """The means over the answers are the scores with their filters."""
    reported = {(one.category, one.filter): one.value for one in run.scores}
    for key, mean in means(rows).items():
        assert mean == pytest.approx(reported[key], abs=0.0006)


def row_of(tmp_path: Path, row: dict[str, Any], **more: Any) -> dict[str, Any]:
    path = tmp_path / "answers.jsonl"
    write_rows(path, [{**row, **more}])
    return index_of(mixeval.SAMPLES, path).rows.row(0, named=True)


def answer_of(tmp_path: Path, row: dict[str, Any], **more: Any) -> Answer:
    path = tmp_path / "answers.jsonl"
    write_rows(path, [{**row, **more}])
    return mixeval_texts.answer(path, 0, 0)


# --- a run --------------------------------------------------------------------------------------


@pytest.mark.parametrize("model", ["harbour_8b_chat", "meadow_2b_chat"])
def test_means_are_the_scores_of_a_real_run(model: str) -> None:
    run = next(run for run in load([SAMPLES]).runs if run.model == model)
    rows = samples_of(mixeval.SAMPLES, run)
    assert rows.height == rows["sample"].n_unique() == 60
    assert set(rows["filter"]) == {None}
    assert set(rows["dataset"]) == {"mixeval 2026-01-01"}
    check_scores(run, rows)
    unparsed = rows.filter(pl.col("status") == "unparsed").height
    assert unparsed == sum("could not be parsed" in note for note in run.notes)


def test_two_models_have_the_same_samples() -> None:
    names = [set(samples_of(mixeval.SAMPLES, run)["sample"]) for run in load([SAMPLES]).runs]
    assert len(names) == 2
    assert names[0] == names[1]


def test_a_row_is_a_question_of_its_split(folder: Path) -> None:
    rows = samples_of(mixeval.SAMPLES, only_run(folder)).sort("sample")
    assert rows["sample"].str.split(":").list.slice(0, 2).list.join(":").to_list() == [
        *(f"free-form:{number}" for number in range(3)),
        *(f"multiple-choice:{number}" for number in range(4)),
    ]
    first = rows.row(0, named=True)
    assert first["question"] == content_hash("", "Name the first letter.")
    assert first["prompt"] == content_hash("Name the first letter.")
    assert (first["category"], first["metric"], first["attempt"]) == ("BBH", "score", 0)
    assert first["file"] == str(folder / FREE_VERDICTS)
    assert first["sample"].endswith(f":{first['question']:016x}")
    assert (first["length"], first["tokens"], first["data_file"]) == (1, None, None)


def test_a_benchmark_in_both_splits_is_one_category(folder: Path) -> None:
    rows = samples_of(mixeval.SAMPLES, only_run(folder)).filter(pl.col("category") == "AGIEval")
    assert sorted(rows["score"]) == [0.0, 0.3, 1.0]


def test_answers_without_a_verdict_have_no_score(folder: Path) -> None:
    write_rows(folder / FREE_VERDICTS, rows_of(folder / FREE_VERDICTS)[:2])
    run = only_run(folder)
    rows = samples_of(mixeval.SAMPLES, run).filter(pl.col("sample").str.starts_with("free-form"))
    assert rows.height == 3
    unjudged = rows.filter(pl.col("score").is_null())
    assert unjudged["file"].to_list() == [str(folder / ANSWERS)]
    assert (unjudged["status"].to_list(), unjudged["filter"].to_list()) == (["ok"], [None])
    judged = set(samples_of(mixeval.SAMPLES, run)["id"].to_list())
    assert unjudged["id"].item() in judged


def test_without_verdicts_there_are_answers_alone(folder: Path) -> None:
    for path in folder.glob("judge_results_*"):
        path.unlink()
    rows = samples_of(mixeval.SAMPLES, only_run(folder))
    assert (rows.height, rows["score"].null_count(), set(rows["filter"])) == (7, 7, {None})
    (folder / "score.json").unlink()
    rows = samples_of(mixeval.SAMPLES, only_run(folder))
    assert set(rows["filter"]) == {"free-form", "multiple-choice"}


def test_a_file_that_is_not_read_yet(folder: Path) -> None:
    run = only_run(folder)
    indexes = indexes_of(mixeval.SAMPLES, run)
    answers = {file: index for file, index in indexes.items() if file.what == "answers"}
    rows, _ = mixeval.SAMPLES.table(run, answers)
    assert (rows.height, rows["score"].null_count()) == (7, 7)
    assert mixeval.SAMPLES.table(run, {})[0].height == 0
    assert {mixeval.SAMPLES.place_of(run, file) for file in indexes} == {
        ("mixeval_hard 2031-01-01", None)
    }


def test_an_id_that_is_doubled_counts_twice(folder: Path) -> None:
    rows = rows_of(folder / CHOICE_VERDICTS)
    write_rows(folder / CHOICE_VERDICTS, [*rows, rows[0]])
    (folder / "score.json").unlink()
    run = only_run(folder)
    found = samples_of(mixeval.SAMPLES, run)
    check_scores(run, found)
    doubled = found.filter(pl.col("category") == "MMLU")["sample"].to_list()
    assert doubled[1] == f"{doubled[0]}#2"


def test_the_same_id_with_another_question_is_another_sample(folder: Path) -> None:
    before = set(samples_of(mixeval.SAMPLES, only_run(folder))["sample"])
    change(folder / CHOICE_VERDICTS, 0, options=["red", "blue"])
    after = set(samples_of(mixeval.SAMPLES, only_run(folder))["sample"])
    (old,), (new,) = before - after, after - before
    assert old.rpartition(":")[0] == new.rpartition(":")[0] == "multiple-choice:0"


# --- judges -------------------------------------------------------------------------------------


def test_two_judges_have_rows_of_their_own(folder: Path) -> None:
    add_rule_files(folder)
    run = only_run(folder)
    rows = samples_of(mixeval.SAMPLES, run)
    assert rows.group_by("filter").len().sort("filter").rows() == [(None, 7), ("rule", 7)]
    check_scores(run, rows)


def test_a_second_judge_of_one_split(folder: Path) -> None:
    add_rule_files(folder)
    (folder / "judge_results_mp_rule.jsonl").unlink()
    run = only_run(folder)
    rows = samples_of(mixeval.SAMPLES, run)
    assert set(rows["filter"]) == {None, "free-form, rule"}
    check_scores(run, rows)


def test_verdicts_that_stand_for_two_scores(folder: Path) -> None:
    """A rule read the free-form answers of the report; the judge's own scores are there too."""
    add_rule_files(folder, free_right=0)
    (folder / "judge_results_mp_rule.jsonl").unlink()
    content = json.loads((folder / "score.json").read_text())
    content |= {"overall": 0.75 * 4 / 7, "BBH": 0, "DROP": 0, "AGIEval": 0.5 * (2 / 3)}
    (folder / "score.json").write_text(json.dumps(content))
    run = only_run(folder)
    rows = samples_of(mixeval.SAMPLES, run)
    assert rows.group_by("filter").len().sort("filter").rows() == [(None, 7), (JUDGE, 7)]
    check_scores(run, rows)


def test_one_split_alone(folder: Path) -> None:
    for name in (CHOICE_VERDICTS, "our_lynx_1b_close_multichoice_hard.jsonl", "score.json"):
        (folder / name).unlink()
    run = only_run(folder)
    rows = samples_of(mixeval.SAMPLES, run)
    assert set(rows["filter"]) == {"free-form"}
    check_scores(run, rows)


def test_benchmarks_apart_by_split(folder: Path) -> None:
    scores = {
        "overall score (final score)": (0.767 + 0.75) / 2,
        "BBH (free-form)": 1.0,
        "AGIEval (free-form)": 0.3,
        "AGIEval (multiple-choice)": 0.5,
    }
    (folder / "score.json").write_text(json.dumps(scores))
    run = only_run(folder)
    rows = samples_of(mixeval.SAMPLES, run)
    assert set(rows["filter"]) == {"free-form", "multiple-choice"}
    check_scores(run, rows)


# --- what became of an answer -------------------------------------------------------------------


@pytest.mark.parametrize(
    ("row", "more", "status", "score"),
    [
        (FREE, {}, "ok", None),
        (FREE, {"judge_response": "[[0.5]]", "judge_score": 0.5}, "ok", 0.5),
        (FREE, {"judge_response": None, "judge_score": 0.5}, "unparsed", 0.5),
        (FREE, {"judge_response": "[[7]]", "judge_score": 0.2}, "unparsed", 0.2),
        (FREE, {"judge_response": "[[0.5]]", "judge_score": None}, "unparsed", None),
        (FREE, {"response": " ", "judge_response": "?", "judge_score": 0.2}, "empty", 0.2),
        (FREE, {"response": None}, "empty", None),
        (FREE, {"response": None, "target": []}, "no reference", None),
        (FREE, {"parsed_result": ["3", 3.0], "eval_result": True}, "ok", 1.0),
        (FREE, {"parsed_result": [], "eval_result": False}, "unparsed", 0.0),
        (CHOICE, {"judge_response": "[B]", "judge_option": "B"}, "ok", 1.0),
        (CHOICE, {"judge_response": "[[Z]]", "judge_option": "Z"}, "ok", 0.0),
        (CHOICE, {"judge_response": "neither", "judge_option": "B"}, "unparsed", 1.0),
        (CHOICE, {"judge_response": "[[A]]", "benchmark_name": 4, "judge_option": "B"}, "ok", None),
    ],
)
def test_status(
    tmp_path: Path, row: dict[str, Any], more: dict[str, Any], status: str, score: float | None
) -> None:
    found = row_of(tmp_path, row, **more)
    assert (found["status"], found["score"]) == (status, score)


# --- texts --------------------------------------------------------------------------------------


def test_texts_of_a_free_form_answer(tmp_path: Path) -> None:
    said = "Correct. [[1.0]]"
    assert answer_of(tmp_path, FREE, judge_response=said, judge_score=1.0) == Answer(
        prompt=(Message("user", "Three cats. How many?"),),
        target="3\nthree",
        response="Three.",
        judge=(Message("verdict", "1"), Message("assistant", said)),
    )


def test_texts_of_a_chosen_option(tmp_path: Path) -> None:
    assert answer_of(tmp_path, CHOICE, judge_response=None, judge_option="B") == Answer(
        prompt=(Message("user", "Pick the colour. A B"),),
        target="B. red",
        response="B.",
        extracted="B",
    )


def test_a_verdict_of_any_size(tmp_path: Path) -> None:
    path = tmp_path / "answers.jsonl"
    path.write_text(json.dumps(FREE | {"judge_response": "?", "judge_score": 10**400}))
    assert mixeval_texts.answer(path, 0, 0).judge[0].text == str(10**400)


def test_what_was_extracted(tmp_path: Path) -> None:
    assert answer_of(tmp_path, FREE, parsed_result=["three", 3.0, ""]).extracted == "three, 3.0"
    assert answer_of(tmp_path, CHOICE, parsed_result="A").extracted == "A"
    assert answer_of(tmp_path, FREE, response_extracted="3").extracted == "3"
    assert answer_of(tmp_path, FREE, parsed_result=[]).extracted is None


def test_a_prompt_that_was_not_kept(tmp_path: Path) -> None:
    free = answer_of(tmp_path, FREE, formated_input=None)
    assert free.prompt == (Message("user", "Three cats.\nHow many?"),)
    choice = answer_of(tmp_path, CHOICE, formated_input=None)
    assert choice.prompt == (Message("user", "Pick the colour.\nA. loud\nB. red"),)


@pytest.mark.parametrize("target", [[5], [-1], "x", None, [None], [True]])
def test_a_target_that_is_no_option(tmp_path: Path, target: object) -> None:
    assert answer_of(tmp_path, CHOICE, target=target).target is None


# --- files --------------------------------------------------------------------------------------


@pytest.fixture(params=["lines", "array"])
def mixed(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """A file with something wrong in its second and third place."""
    path = tmp_path / "judge_results_ff_rule.jsonl"
    rows = [FREE, CHOICE, {"id": "1"}, FREE | {"id": "9", "response": "\ud83d", "x": float("nan")}]
    if request.param == "lines":
        write_rows(path, rows)
    else:
        path.write_text(json.dumps(rows, indent=2))
    return path


def test_what_is_no_row_costs_that_row(mixed: Path) -> None:
    index = index_of(mixeval.SAMPLES, mixed)
    word = "line" if mixed.read_bytes().startswith(b"{") else "item"
    assert index.rows["id"].to_list() == ["7", "9"]
    assert index.problems == (
        Problem(f"{word} 2", "no free-form row"),
        Problem(f"{word} 3", "no free-form row"),
    )
    answers = [mixeval_texts.answer(mixed, place, 0).response for place in index.rows["place"]]
    assert answers == ["Three.", "\\ud83d"]


def test_a_line_that_breaks_off(tmp_path: Path) -> None:
    path = tmp_path / "answers.jsonl"
    line = json.dumps(FREE)
    path.write_text(f"{line}\n{line[:50]}\n{line[:70]}")
    index = index_of(mixeval.SAMPLES, path)
    assert index.rows.height == 1
    assert [problem.place for problem in index.problems] == ["line 2", "line 3"]


def test_a_row_that_is_no_more(tmp_path: Path) -> None:
    path = tmp_path / "answers.jsonl"
    path.write_text('{"id": 1}\n')
    with pytest.raises(Refusal, match="the file has changed since"):
        mixeval_texts.answer(path, 0, 0)


@mutants
@given(row=st.sampled_from([FREE, CHOICE]), data=st.data())
def test_fields_of_any_kind(tmp_path: Path, row: dict[str, Any], data: st.DataObject) -> None:
    verdicts = {"judge_response": "[[A]]", "judge_score": 0.5, "judge_option": "A"}
    whole = {**row, **verdicts, "parsed_result": ["x"], "eval_result": True}
    names = data.draw(st.lists(st.sampled_from(sorted(whole)), min_size=1, max_size=3))
    broken = whole | {name: data.draw(json_values) for name in names}
    path = tmp_path / "judge_results_ff_rule.jsonl"
    path.write_text(json.dumps(broken))
    index = index_of(mixeval.SAMPLES, path)
    assert index.rows.height + len(index.problems) == 1
    if index.rows.height:
        score = index.rows["score"].item()
        assert score is None or 0 <= score <= 1
        mixeval_texts.answer(path, 0, 0)
