"""The MixEval reader on small runs in the shape of every version, with questions of our own."""

from __future__ import annotations

import json
import os
import shutil
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.build.damage import json_values, mutants, parent_of, places
from tests.build.mixeval import (
    ANSWERS,
    CHOICE_VERDICTS,
    DATA,
    FREE_VERDICTS,
    JUDGE,
    RUN,
    add_rule_files,
    change,
    folder,
    rows_of,
    write_rows,
)
from tui_eval.files.documents import Refusal
from tui_eval.files.head import Head
from tui_eval.formats.harnesses import mixeval
from tui_eval.formats.registry import FORMATS, read
from tui_eval.loading.collection import load
from tui_eval.records import Run, Score

__all__ = ["folder"]  # the fixture

UNVERSIONED = "MixEval (version not recorded; 5 categories)"
OVERALL = 0.767 * (3 / 7) + 0.75 * (4 / 7)
AGIEVAL = 0.3 * (1 / 3) + 0.5 * (2 / 3)

Key = tuple[str | None, str | None]


def by_key(run: Run, metric: str = "score") -> dict[Key, Score]:
    scores = [score for score in run.scores if score.metric == metric]
    found = {(score.category, score.filter): score for score in scores}
    assert len(found) == len(scores)
    return found


def values(run: Run) -> dict[Key, float | None]:
    return {key: score.value for key, score in by_key(run).items()}


def only(path: Path) -> Run:
    (run,) = load([path]).runs
    return run


def scores_of(content: Any, path: str = "m/mixeval/2024-06-01/score.json") -> Run:
    return mixeval.FORMAT.read_runs(content, Path(path), 1)[0]


def reason_of(content: Any) -> str:
    with pytest.raises(Refusal) as refused:
        scores_of(content)
    return str(refused.value)


# --- a run --------------------------------------------------------------------------------------


def test_a_folder_is_a_run(folder: Path) -> None:
    run = only(folder)
    assert (run.model, run.harness, run.timestamp) == ("our_lynx_1b", "mixeval", None)
    assert (run.path, run.state, run.duration) == (folder / "score.json", "complete", 5.0)
    assert run.version == "since 2024-09-12 (overall is the mean over all questions)"
    assert {score.dataset for score in run.scores} == {"mixeval_hard 2031-01-01"}
    assert {(score.metric, score.unit) for score in run.scores} == {
        ("score", "fraction"),
        ("unrounded mean", "fraction"),
    }
    assert {score.higher_is_better for score in run.scores} == {True}
    assert (len(run.files), len(run.samples), run.notes) == (5, 4, ())


def test_numbers_over_both_splits_and_of_each(folder: Path) -> None:
    found = by_key(only(folder))
    assert {key: (score.value, score.n, score.origin) for key, score in found.items()} == {
        (None, None): (OVERALL, 7, "reported"),
        ("MMLU", None): (1.0, 1, "reported"),
        ("SIQA", None): (1.0, 1, "reported"),
        ("BBH", None): (1.0, 1, "reported"),
        ("AGIEval", None): (AGIEVAL, 3, "reported"),
        ("DROP", None): (1.0, 1, "reported"),
        (None, "free-form"): (0.767, 3, "recomputed"),
        ("BBH", "free-form"): (1.0, 1, "recomputed"),
        ("AGIEval", "free-form"): (0.3, 1, "recomputed"),
        ("DROP", "free-form"): (1.0, 1, "recomputed"),
        (None, "multiple-choice"): (0.75, 4, "recomputed"),
        ("MMLU", "multiple-choice"): (1.0, 1, "recomputed"),
        ("AGIEval", "multiple-choice"): (0.5, 2, "recomputed"),
        ("SIQA", "multiple-choice"): (1.0, 1, "recomputed"),
    }
    assert {score.method for score in found.values()} == {JUDGE}


def test_unrounded_means_over_all_questions(folder: Path) -> None:
    found = by_key(only(folder), "unrounded mean")
    assert {key: (score.value, score.n) for key, score in found.items()} == {
        (None, None): (pytest.approx((1 + 0.3 + 1 + 3) / 7, abs=1e-15), 7),
        ("MMLU", None): (1.0, 1),
        ("SIQA", None): (1.0, 1),
        ("BBH", None): (1.0, 1),
        ("AGIEval", None): (pytest.approx(1.3 / 3, abs=1e-15), 3),
        ("DROP", None): (1.0, 1),
    }
    assert {(score.method, score.origin) for score in found.values()} == {(JUDGE, "recomputed")}


def test_without_score_json_the_same_numbers_are_recomputed(folder: Path) -> None:
    reported = by_key(only(folder))
    (folder / "score.json").unlink()
    run = only(folder)
    assert values(run) == {key: score.value for key, score in reported.items()}
    assert {score.origin for score in run.scores} == {"recomputed"}
    assert (run.state, run.version) == ("complete", None)


def test_without_verdicts_the_reported_numbers_have_no_questions_and_no_judge(folder: Path) -> None:
    for path in folder.glob("judge_results_*"):
        path.unlink()
    run = only(folder)
    assert {(score.n, score.method) for score in run.scores} == {(None, None)}
    assert len(run.scores) == 6


def test_files_are_read_in_any_order(folder: Path) -> None:
    parts = [run for path in sorted(folder.iterdir()) for run in read(path).runs]
    assert len(parts) == 5
    one, other = mixeval.FORMAT.combine(parts), mixeval.FORMAT.combine(parts[::-1])
    assert by_key(one) == by_key(other)
    assert (one.state, one.duration, one.config) == (other.state, other.duration, other.config)


def test_settings_are_kept_without_addresses(folder: Path) -> None:
    config = json.loads(only(folder).config)
    assert config == {"model_name": "our_lynx_1b", "api_base_url": "<removed>", "batch_size": 8}


def test_a_run_opened_from_within_its_folder(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(folder)
    run = only(Path("."))
    assert (run.model, run.scores[0].dataset) == ("our_lynx_1b", "mixeval_hard 2031-01-01")


# --- score.json ---------------------------------------------------------------------------------


def test_the_oldest_scores() -> None:
    run = only(DATA / "old" / "score_2024-06.json")
    assert run.version == "2024-06 (overall is the mean of both splits)"
    assert values(run)["AGIEval", None] == 0.5
    assert values(run)[None, None] == 0.7585
    assert any("multiple-choice score alone" in note for note in run.notes)


def test_scores_that_are_apart_by_split() -> None:
    run = only(DATA / "old" / "score_2024-09-03.json")
    assert run.version is not None
    assert run.version.startswith("2024-09-03 (overall is the mean of both splits")
    assert values(run) == {
        (None, None): 0.7585,
        ("BBH", "free-form"): 1.0,
        ("AGIEval", "free-form"): 0.3,
        ("AGIEval", "multiple-choice"): 0.5,
        ("MMLU", "multiple-choice"): 1.0,
    }


@pytest.mark.parametrize("name", ["score_2024-06.json", "score_2024-09-03.json"])
def test_old_scores_are_recomputed_by_the_rules_of_their_version(folder: Path, name: str) -> None:
    shutil.copy(DATA / "old" / name, folder / "score.json")
    run = only(folder)
    found = by_key(run)
    assert not any("score.json says" in note for note in run.notes)
    assert (found[None, None].n, found[None, None].method) == (7, JUDGE)
    assert {score.n is None for score in found.values()} == {False}
    assert found["AGIEval", "free-form"].value == 0.3
    change(folder / CHOICE_VERDICTS, 0, judge_option="B")
    assert any(
        note.startswith("score.json says overall 0.7585, the judged files of") and "0.6335" in note
        for note in only(folder).notes
    )


def test_a_number_that_the_verdicts_do_not_give_is_told_and_kept_apart(folder: Path) -> None:
    change(folder / CHOICE_VERDICTS, 0, judge_option="B")
    run = only(folder)
    assert values(run)["MMLU", None] == 1.0
    assert values(run)["MMLU", f"recomputed by {JUDGE}"] == 0.0
    assert by_key(run)["MMLU", None].n is None
    assert by_key(run)["SIQA", None].n == 1
    assert f"score.json says MMLU 1, the judged files of {JUDGE} give 0" in run.notes
    assert any(note.startswith("score.json says overall 0.757") for note in run.notes)


def test_a_difference_below_the_tolerance_is_none(folder: Path) -> None:
    content = json.loads((folder / "score.json").read_text())
    content["overall"] += 5e-10
    (folder / "score.json").write_text(json.dumps(content))
    assert only(folder).notes == ()
    content["overall"] += 5e-9
    (folder / "score.json").write_text(json.dumps(content))
    assert len(only(folder).notes) == 1


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        ({"overall": None, "MMLU": "high"}, "overall is missing or null; MMLU is the text “high”"),
        ({"overall": float("nan"), "MMLU": -1}, "MMLU is -1, not between 0 and 1"),
        ({"overall": 10**400, "MMLU": 2}, "MMLU is 2, not between 0 and 1"),
    ],
)
def test_scores_without_a_number_are_refused(content: Any, reason: str) -> None:
    assert reason_of(content).startswith("no score in it; overall is ")
    assert reason_of(content).endswith(reason)


def test_what_is_no_score_is_missing_and_told() -> None:
    run = scores_of({"overall": 0.5, "MMLU": 1e300, "ARC": None, "BBH": "0.25", "DROP": -0.1})
    assert values(run) == {
        (None, None): 0.5,
        ("MMLU", None): None,
        ("ARC", None): None,
        ("BBH", None): 0.25,
        ("DROP", None): None,
    }
    assert run.notes == (
        "MMLU is 1e+300, not between 0 and 1",
        "ARC is missing or null",
        "DROP is -0.1, not between 0 and 1",
    )


def test_a_reported_number_that_is_missing_is_recomputed(folder: Path) -> None:
    content = json.loads((folder / "score.json").read_text())
    (folder / "score.json").write_text(json.dumps({**content, "MMLU": None}))
    score = by_key(only(folder))["MMLU", None]
    assert (score.value, score.origin) == (1.0, "recomputed")


def test_scores_by_judge_are_kept_apart(folder: Path) -> None:
    """As Evalchemy writes them: a file of scores for every judge."""
    scores = json.loads((folder / "score.json").read_text())
    (folder / "score.json").rename(folder / f"score_{JUDGE}.json")
    (folder / "score_zeta.json").write_text(json.dumps({**scores, "MMLU": 0.5}))
    run = only(folder)
    found = by_key(run)
    assert (found["MMLU", None].value, found["MMLU", None].method) == (1.0, JUDGE)
    assert (found["MMLU", "zeta"].value, found["MMLU", "zeta"].method) == (0.5, "zeta")
    assert run.notes == ()


def test_a_copy_of_another_name_is_a_run_of_its_own(folder: Path) -> None:
    (folder / "kopie.json").write_text(json.dumps({"overall": 0.1, "MMLU": 0.1}))
    runs = load([folder]).runs
    assert [values(run)[None, None] for run in runs] == [OVERALL, 0.1]


# --- scores of several models -------------------------------------------------------------------


def test_what_repeats_the_scores_of_a_run_is_part_of_it() -> None:
    runs = load([DATA / "model_responses"]).runs
    assert [run.model for run in runs] == ["our_lynx_1b", "our_heron_1b"]
    assert len(by_key(runs[0])) == 14
    assert len(runs[0].files) == 6
    assert {score.dataset for score in runs[1].scores} == {UNVERSIONED}
    assert runs[1].notes[0].startswith("benchmark and version are not recorded")


def test_the_file_of_all_models_alone() -> None:
    runs = load([DATA / "model_responses" / "score.json"]).runs
    assert [run.model for run in runs] == ["our_lynx_1b", "our_heron_1b"]
    assert [run.scores[0].dataset for run in runs] == [
        "mixeval_hard 2031-01-01",
        UNVERSIONED,
    ]
    assert len({run.key for run in runs}) == 2
    told = "no folder of the model beside this file has these scores"
    assert runs[1].notes[0].endswith(told)


def test_other_numbers_than_the_model_has_now_are_a_run_of_their_own(folder: Path) -> None:
    root = folder.parents[2]
    (root / "score.json").write_text(json.dumps({"our_lynx_1b": {"overall": 0.5, "MMLU": 0.5}}))
    runs = load([root]).runs
    assert [values(run)[None, None] for run in runs] == [OVERALL, 0.5]
    assert [run.model for run in runs] == ["our_lynx_1b"] * 2


def test_models_of_the_oldest_keys_are_of_the_version_that_first_listed_them() -> None:
    old = {"overall score (final score)": 0.5, "MMLU": 0.5}
    assert scores_of({"a": old}).version == "2024-06-29 (overall is the mean of both splits)"


@pytest.mark.parametrize("name", ["", ".", "..", "/", "/etc", "a/b", "\0", "\ud800", "x" * 5000])
def test_a_model_of_any_name(folder: Path, name: str) -> None:
    root = folder.parents[2]
    content = json.dumps({name: {"overall": 0.5, "MMLU": 0.5}})
    (root / "score.json").write_text(content)
    assert len(load([root]).tables().runs) == 2


def test_a_model_without_a_number_is_told() -> None:
    good, bad = {"overall": 0.5, "MMLU": 0.5}, {"overall": None, "MMLU": None}
    first, *more = mixeval.FORMAT.read_runs({"good": good, "bad": bad}, Path("score.json"), 1)
    assert not more
    assert any(note.startswith("bad: no score in it") for note in first.notes)
    assert reason_of({"bad": bad}).startswith("bad: no score in it")


# --- judges -------------------------------------------------------------------------------------


def test_of_several_judges_the_reported_one_is_told_by_its_numbers(folder: Path) -> None:
    for source in (FREE_VERDICTS, CHOICE_VERDICTS):
        copy = folder / source.replace(JUDGE, "a-judge")
        shutil.copy(folder / source, copy)
    change(folder / FREE_VERDICTS.replace(JUDGE, "a-judge"), 0, judge_score=0.0)
    found = by_key(only(folder))
    assert (found[None, None].value, found[None, None].method) == (OVERALL, JUDGE)
    assert (found[None, "free-form"].value, found[None, "free-form"].method) == (0.767, JUDGE)
    assert found[None, "free-form, a-judge"].value == 0.433
    assert found[None, "a-judge"].value == 0.433 * (3 / 7) + 0.75 * (4 / 7)
    (folder / "score.json").unlink()
    found = by_key(only(folder))
    assert found[None, None].method == "a-judge"
    assert found[None, JUDGE].value == OVERALL


def test_rules_are_a_judge_of_their_own(folder: Path) -> None:
    add_rule_files(folder, free_right=2)
    found = by_key(only(folder))
    assert found[None, "free-form, rule"].value == 0.667
    assert found[None, "multiple-choice, rule"].value == 1.0
    assert found[None, "rule"].value == 0.667 * (3 / 7) + 1.0 * (4 / 7)
    assert found[None, "rule"].method == "rule"


def test_parsers_may_be_mixed(folder: Path) -> None:
    """Free-form answers by rule, multiple-choice ones by a judge."""
    add_rule_files(folder)
    scores = {"overall": 1.0 * (3 / 7) + 0.75 * (4 / 7), "AGIEval": 1.0 * (1 / 3) + 0.5 * (2 / 3)}
    (folder / "score.json").write_text(json.dumps(scores))
    run = only(folder)
    found = by_key(run)
    assert found[None, None].method == f"rule (free-form), {JUDGE} (multiple-choice)"
    assert found[None, "free-form"].method == "rule"
    assert found[None, "multiple-choice"].method == JUDGE
    assert found[None, JUDGE].value == OVERALL
    assert run.notes == ()


def test_without_a_judge_of_both_splits_there_is_no_number_over_both(folder: Path) -> None:
    add_rule_files(folder)
    for name in ("score.json", FREE_VERDICTS, "judge_results_mp_rule.jsonl"):
        (folder / name).unlink()
    run = only(folder)
    assert run.state == "partial"
    assert {score.filter for score in run.scores} == {"free-form", "multiple-choice"}
    assert (
        "no scores over both splits from the verdicts: there are free-form by rule; "
        f"multiple-choice by {JUDGE}"
    ) in run.notes


def test_verdicts_of_one_split(folder: Path) -> None:
    (folder / CHOICE_VERDICTS).unlink()
    run = only(folder)
    assert (run.state, by_key(run)[None, None].n) == ("complete", None)
    assert by_key(run)[None, "free-form"].n == 3
    (folder / "score.json").unlink()
    assert only(folder).state == "partial"


def test_judges_with_a_slash_in_their_name(folder: Path) -> None:
    (folder / FREE_VERDICTS).rename(folder / "judge_results_ff_model_judge_org_judge.jsonl")
    assert by_key(only(folder))[None, "free-form"].method == "org_judge"


# --- verdicts -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "is_random"),
    [
        (None, True),
        ("no brackets", True),
        ("[[2]]", True),
        ("[[-1]]", True),
        ("[[a]]", True),
        (5, True),
        ("so [[0.5]] it is", False),
        ("so [1] it is", False),
        ("[[.5]]", False),
    ],
)
def test_verdicts_that_could_not_be_parsed_are_random(
    folder: Path, text: Any, *, is_random: bool
) -> None:
    change(folder / FREE_VERDICTS, 0, judge_response=text)
    note = f"1 of 3 free-form verdicts of {JUDGE} could not be parsed; MixEval put random scores"
    assert any(other.startswith(note) for other in only(folder).notes) == is_random


def test_random_options_and_blocked_verdicts_are_told(folder: Path) -> None:
    change(folder / CHOICE_VERDICTS, 0, judge_response="It is none of them.")
    change(folder / CHOICE_VERDICTS, 1, judge_response="[[C]]")
    what = f"of 4 multiple-choice verdicts of {JUDGE}"
    assert only(folder).notes == (
        f"1 {what} could not be parsed; MixEval put random options there",
        f"1 {what} are a bracket alone, as MixEval writes it where a judge is blocked",
    )


@pytest.mark.parametrize(
    ("fields", "value"),
    [
        ({"judge_option": "A", "target": [0]}, 1.0),
        ({"judge_option": "Z", "target": [0]}, 0.0),
        ({"judge_option": "C", "target": [2, 0]}, 1.0),
        ({"judge_option": "A", "target": []}, None),
        ({"judge_option": "A", "target": [True]}, None),
        ({"judge_option": "A", "target": [-1]}, None),
        ({"judge_option": "A", "target": [10**30]}, None),
        ({"judge_option": "A", "target": 0}, None),
        ({"judge_option": None, "target": [0]}, None),
        ({"benchmark_name": None}, None),
    ],
)
def test_options(folder: Path, fields: Any, value: float | None) -> None:
    change(folder / CHOICE_VERDICTS, 0, **fields)
    (folder / "score.json").unlink()
    run = only(folder)
    assert values(run).get(("MMLU", "multiple-choice")) == value
    assert (run.state == "partial") == (value is None)
    note = f"partial run: 1 multiple-choice rows have no verdict of {JUDGE}"
    assert (note in run.notes) == (value is None)


@pytest.mark.parametrize("score", [None, "high", -0.5, 1.5, 10**400, float("nan"), [], {}])
def test_what_is_no_score_of_an_answer_is_left_out(folder: Path, score: Any) -> None:
    change(folder / FREE_VERDICTS, 0, judge_score=score)
    (folder / "score.json").unlink()
    found = by_key(only(folder))
    assert ("DROP", "free-form") not in found
    assert (found[None, "free-form"].value, found[None, "free-form"].n) == (0.65, 2)


def test_a_last_line_that_breaks_off_is_told(folder: Path) -> None:
    path = folder / FREE_VERDICTS
    path.write_text(path.read_text()[:-40])
    run = only(folder)
    assert by_key(run)[None, "free-form"].n == 2
    assert any(
        note.startswith(f"{FREE_VERDICTS}: line 3: the JSON breaks off") for note in run.notes
    )
    assert f"free-form answers without a verdict of {JUDGE}: id 0" in run.notes


def test_rows_of_the_other_split_are_left_out(folder: Path) -> None:
    rows = [*rows_of(folder / FREE_VERDICTS), rows_of(folder / CHOICE_VERDICTS)[0], {"a": 1}]
    write_rows(folder / FREE_VERDICTS, rows)
    run = only(folder)
    assert by_key(run)[None, "free-form"].n == 3
    note = f"{FREE_VERDICTS}: 2 more lines are no free-form rows, and are left out"
    assert run.notes == (note,)


def test_an_array_as_the_documentation_has_it(folder: Path) -> None:
    path = folder / FREE_VERDICTS
    array = json.dumps(rows_of(path), indent=4)
    path.unlink()
    path.with_suffix(".json").write_text(array)
    score = by_key(only(folder))[None, "free-form"]
    assert (score.value, score.n, score.method) == (0.767, 3, JUDGE)


def test_single_choice_is_multiple_choice(folder: Path) -> None:
    rows = [{**row, "problem_type": "single-choice"} for row in rows_of(folder / CHOICE_VERDICTS)]
    write_rows(folder / CHOICE_VERDICTS, rows)
    assert by_key(only(folder))[None, "multiple-choice"].n == 4


# --- questions ----------------------------------------------------------------------------------


def test_questions_under_several_ids_are_told(folder: Path) -> None:
    for name in (FREE_VERDICTS, ANSWERS):
        rows = rows_of(folder / name)
        write_rows(folder / name, [*rows, {**rows[0], "id": "3"}])
    assert "4 free-form questions, 3 of them different" in only(folder).notes


def test_the_same_text_with_other_options_is_another_question(folder: Path) -> None:
    first = rows_of(folder / CHOICE_VERDICTS)[0]
    change(folder / CHOICE_VERDICTS, 1, prompt=first["prompt"], context=first["context"])
    assert only(folder).notes == ()


def test_doubled_and_missing_ids_are_told(folder: Path) -> None:
    change(folder / ANSWERS, 1, id="0")
    run = only(folder)
    assert run.state == "partial"
    assert "free-form questions that are missing: id 1" in run.notes
    assert "free-form questions that are there more than once: id 0" in run.notes
    assert f"free-form verdicts of {JUDGE} without an answer: id 1" in run.notes


def test_verdicts_are_joined_by_id_and_never_by_line(folder: Path) -> None:
    write_rows(folder / ANSWERS, rows_of(folder / ANSWERS)[::-1])
    assert only(folder).notes == ()


@pytest.mark.parametrize(
    ("benchmark", "version", "split", "size", "without"),
    [
        ("mixeval_hard", "2024-06-01", "free-form", 500, []),
        ("mixeval", "2024-08-11", "multiple-choice", 1995, [197, 287, 427, 1221, 1564]),
        ("mixeval", "2024-08-11", "multiple-choice", 2000, []),
    ],
)
def test_how_many_questions_there_are(
    tmp_path: Path, benchmark: str, version: str, split: str, size: int, without: list[int]
) -> None:
    folder = tmp_path / "m" / benchmark / version
    ids = [number for number in range(size + len(without)) if number not in without]
    rows = [
        {
            "problem_type": split,
            "prompt": f"q{n}",
            "benchmark_name": "b",
            "id": str(n),
            "response": "",
        }
        for n in ids
    ]
    write_rows(folder / "m_close_x.jsonl", rows)
    notes = only(folder).notes
    assert not any("questions" in note for note in notes)
    assert f"{size} of {size} {split} answers are empty" in notes
    write_rows(folder / "m_close_x.jsonl", rows[:100] + rows[106:])
    assert any(note.startswith(f"partial run: {size - 6} of ") for note in only(folder).notes)


# --- answers alone ------------------------------------------------------------------------------


def test_answers_alone_are_a_run_without_report(folder: Path) -> None:
    for path in [*folder.glob("judge_*"), folder / "score.json"]:
        path.unlink()
    run = only(folder)
    assert (run.state, len(run.scores), run.model) == ("no report", 0, "our_lynx_1b")
    assert [(file.path.name, file.category, file.what) for file in run.samples] == [
        (ANSWERS, "free-form", "answers"),
        ("our_lynx_1b_close_multichoice_hard.jsonl", "multiple-choice", "answers"),
    ]
    (folder / ANSWERS).unlink()
    run = only(folder)
    assert run.state == "partial"
    assert "partial run: only multiple-choice answers are here" in run.notes


def test_a_run_that_is_not_complete_is_partial(folder: Path) -> None:
    path = folder / "status_close_freeform_hard.json"
    path.write_text(path.read_text().replace("complete", "in progress"))
    run = only(folder)
    assert run.state == "partial"
    assert "partial run: the status of the free-form answers is “in progress”" in run.notes


@pytest.mark.parametrize(
    ("size", "last", "fits"),
    [
        (3, 0, True),
        (8, 0, True),
        (2, 1, True),
        (2, 0, False),
        (3, 1, False),
        (0, 0, True),
        (10**30, 0, True),
        (1, -1, True),
        (True, 0, True),
        ("3", 1, True),
        (None, None, True),
    ],
)
def test_batches_that_do_not_fit_the_answers(
    folder: Path, size: Any, last: Any, *, fits: bool
) -> None:
    status = {"batch_id": last, "status": "complete"}
    content = {"args": {"batch_size": size}, "status": status}
    (folder / "status_close_freeform_hard.json").write_text(json.dumps(content))
    notes = (
        []
        if fits
        else [f"3 free-form answers, where the status tells of {last + 1} batches of {size}"]
    )
    assert list(only(folder).notes) == notes


def test_the_version_that_first_listed_models_is_told_of_their_runs(folder: Path) -> None:
    old = {"overall score (final score)": 0.5, "MMLU": 0.5}
    for path, content in ((folder, old), (folder.parents[2], {"our_lynx_1b": old})):
        (path / "score.json").write_text(json.dumps(content))
    run = only(folder.parents[2])
    assert run.version == "2024-06-29 (overall is the mean of both splits)"
    assert values(run)[None, None] == 0.5


@pytest.mark.parametrize("content", ["", ",", "[]", "5", '{"args": 1, "status": []}', "{"])
def test_a_status_that_says_nothing(folder: Path, content: str) -> None:
    (folder / "status_close_freeform_hard.json").write_text(content)
    assert (only(folder).state, only(folder).duration) == ("complete", 2.5)


def test_a_pipe_beside_is_not_waited_for(folder: Path) -> None:
    for name in ("status_close_freeform_hard.json", ANSWERS):
        (folder / name).unlink()
        os.mkfifo(folder / name)
    assert by_key(only(folder))[None, "free-form"].value == 0.767


def test_a_run_that_took_for_ever(folder: Path) -> None:
    for path in folder.glob("status_*"):
        path.write_text(path.read_text().replace("2.5", "1.5e308"))
    assert only(folder).duration is None


def test_files_outside_a_folder_of_a_run(tmp_path: Path) -> None:
    folder = tmp_path / "some_system"
    shutil.copytree(DATA / "model_responses" / RUN, folder)
    run = only(folder)
    assert run.model == "some_system"
    assert {score.dataset for score in run.scores} == {UNVERSIONED}
    assert any(note.startswith("not in a folder of model, benchmark") for note in run.notes)


# --- what it is ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "content",
    [
        {},
        [],
        None,
        "overall",
        {"overall": 0.5},
        {"overall": {"MMLU": 0.5}, "MMLU": 0.5},
        {"overall": 0.5, "MMLU": [0.5]},
        {"overall": 0.5, "MMLU": 0.5, "accuracy": 0.5},
        {"overall": 0.5, "overall score (final score)": 0.5, "MMLU": 0.5},
        {"MMLU": 0.5, "ARC": 0.5},
        {"a": {"overall": 0.5, "MMLU": 0.5}, "config": {}},
        {"status": {}, "args": {}},
        {"id": 1, "response": "x", "benchmark_name": "MMLU", "problem_type": "essay"},
        {"id": 1, "response": "x", "benchmark_name": "MMLU", "problem_type": ["free-form"]},
        {"id": 1, "benchmark_name": "MMLU", "problem_type": "free-form"},
        {"id": 1, "response": "x", "problem_type": "free-form"},
    ],
)
def test_foreign_documents_are_not_claimed(content: Any) -> None:
    assert mixeval.FORMAT.recognise(Head.of(content)) is None


def test_what_lies_beside_a_run_is_named() -> None:
    status = {"args": {}, "status": {"batch_id": 0, "status": "complete"}}
    assert mixeval.FORMAT.recognise(Head.of(status)) == "status of a run"
    questions = {"0": {"problem_type": "free-form", "benchmark_name": "DROP", "prompt": "?"}}
    assert mixeval.FORMAT.recognise(Head.of(questions)) == "benchmark questions"


@pytest.mark.parametrize("path", sorted(DATA.rglob("*.json*")), ids=lambda path: path.name)
def test_every_file_is_known_and_no_other_format_claims_it(path: Path) -> None:
    text = path.read_text("utf-8")
    first = json.loads(text if path.suffix == ".json" else text.splitlines()[0])
    claimed = [form.name for form in FORMATS if form.recognise(Head.of(first))]
    assert claimed == ["mixeval"]
    if mixeval.FORMAT.recognise(Head.of(first)) == "results":
        assert mixeval.FORMAT.markers[0] in path.read_bytes()


# --- anything at all ----------------------------------------------------------------------------

SCORES = json.loads((DATA / "model_responses" / RUN / "score.json").read_text())
LISTED = {"our_lynx_1b": SCORES, "our_heron_1b": SCORES}
VERDICTS = (DATA / "model_responses" / RUN / CHOICE_VERDICTS).read_bytes()
FREE = rows_of(DATA / "model_responses" / RUN / FREE_VERDICTS)
CHOICE = rows_of(DATA / "model_responses" / RUN / CHOICE_VERDICTS)


def check(path: Path, data: bytes) -> None:
    """A file of any content gives runs, or a reason; what it gives makes tables of real numbers."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
    content = read(path)
    assert (content.state == "read") == bool(content.runs)
    assert content.runs or content.problems or content.state == "skipped"
    collection = load([path])
    tables = collection.tables()
    assert tables.scores["value"].drop_nulls().is_between(0, 1).all()
    assert tables.scores.height == sum(
        len(by_key(run, metric))
        for run in collection.runs
        for metric in ("score", "unrounded mean")
    )
    assert all(isinstance(json.loads(config), dict) for config in tables.runs["config"])
    collection.file_table()


@mutants
@given(st.data())
def test_scores_with_any_value_anywhere(tmp_path: Path, data: st.DataObject) -> None:
    content = deepcopy(data.draw(st.sampled_from([SCORES, LISTED])))
    for _ in range(data.draw(st.integers(1, 2))):
        path = data.draw(st.sampled_from(places(content)))
        parent_of(content, path)[path[-1]] = data.draw(json_values)
    check(tmp_path / "mutant.json", json.dumps(content).encode())


def check_rows(tmp_path: Path, data: bytes) -> None:
    """The same in a folder of a run, as verdicts."""
    check(tmp_path / "m" / "mixeval" / "2024-06-01" / CHOICE_VERDICTS, data)


@mutants
@given(st.data())
def test_rows_with_any_value_anywhere(tmp_path: Path, data: st.DataObject) -> None:
    content = deepcopy(data.draw(st.sampled_from([FREE, CHOICE])))
    for _ in range(data.draw(st.integers(1, 3))):
        path = data.draw(st.sampled_from(places(content)))
        if parent_of(content, path) is not content:
            parent_of(content, path)[path[-1]] = data.draw(json_values)
    check_rows(tmp_path, "\n".join(map(json.dumps, content)).encode())


@mutants
@given(st.data())
def test_rows_with_keys_dropped_or_renamed(tmp_path: Path, data: st.DataObject) -> None:
    content = deepcopy(data.draw(st.sampled_from([FREE, CHOICE])))
    for _ in range(data.draw(st.integers(1, 4))):
        row = data.draw(st.sampled_from(content))
        if row:
            value = row.pop(data.draw(st.sampled_from(sorted(row))))
            names = st.one_of(st.text(max_size=5), st.sampled_from(["\ud800", "eval_result"]))
            row[data.draw(names)] = value
    check_rows(tmp_path, "\n".join(map(json.dumps, content)).encode())


@mutants
@given(st.integers(0, len(VERDICTS)))
def test_verdicts_cut_off_at_any_byte(tmp_path: Path, length: int) -> None:
    check_rows(tmp_path, VERDICTS[:length])


@mutants
@given(st.integers(0, len(VERDICTS) - 1), st.binary(min_size=1, max_size=4))
def test_verdicts_with_any_bytes_overwritten(tmp_path: Path, place: int, new: bytes) -> None:
    check_rows(tmp_path, VERDICTS[:place] + new + VERDICTS[place + len(new) :])


@pytest.mark.parametrize("whole", [SCORES, LISTED])
def test_scores_cut_off_at_any_byte(tmp_path: Path, whole: Any) -> None:
    data = json.dumps(whole).encode()
    for length in range(0, len(data), 3):
        check(tmp_path / "mutant.json", data[:length])


@pytest.mark.parametrize("depth", [50, 900, 1_100, 100_000])
@pytest.mark.parametrize("key", ["target", "options", "judge_response", "id", "benchmark_name"])
def test_nesting_of_any_depth(tmp_path: Path, depth: int, key: str) -> None:
    rest = json.dumps({name: value for name, value in CHOICE[0].items() if name != key})
    for opening, closing in (("[", "]"), ('{"a":', "}")):
        nested = opening * depth + "1" + closing * depth
        check_rows(tmp_path, f'{rest[:-1]}, "{key}": {nested}}}\n{rest}\n'.encode())


def test_a_name_given_twice_counts_once(tmp_path: Path) -> None:
    check(tmp_path / "mutant.json", b'{"overall": 0.5, "MMLU": 0.5, "MMLU": 0.25, "overall": 7}')
    twice = VERDICTS.replace(b'"judge_option"', b'"judge_option": 5, "judge_option"')
    check_rows(tmp_path, twice)
