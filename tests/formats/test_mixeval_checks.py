"""Whether runs of MixEval are complete: what its own check says, and what is really there."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from tests.build.mixeval import (
    ANSWERS,
    CHOICE_VERDICTS,
    DATA,
    FREE,
    FREE_VERDICTS,
    JUDGE,
    RUN,
    add_rule_files,
    change,
    folder,
    rows_of,
    write_rows,
)
from tests.build.opened import NOWHERE
from tui_eval.cli.arguments import MIXEVAL_LINES
from tui_eval.formats.mixeval.eval_checks import Asked, logs
from tui_eval.formats.mixeval.questions import questions_of
from tui_eval.loading.check import check
from tui_eval.loading.collection import load
from tui_eval.loading.passes import recompute

__all__ = ["folder"]  # the fixture

CHOICES = "our_lynx_1b_close_multichoice_hard.jsonl"
STATUS = "status_close_freeform_hard.json"
SMALL = MIXEVAL_LINES | {"closefreeform_hard": 3, "closemultichoice_hard": 4}
LAST = "Above lines are problematic directories. No lines above means all entries are valid. "

Row = dict[str, Any]


def issue(place: object, *, status: bool = True, whole: bool = True) -> str:
    return (
        f"Directory {place} has issues. Please check the log file inside. The check result: "
        f"[Status complete: {status}], [Responses file complete: {whole}], "
        "[No error in log file: True]."
    )


def lines_of(root: Path, asked: Asked) -> list[str]:
    (log,) = logs([root], asked)
    assert not log.fault
    return list(log.lines)


def rows(root: Path) -> dict[str | None, Row]:
    """What is known of the one run below a folder, by category; None: of all of it."""
    collection = load([root])
    for _ in recompute(collection, NOWHERE):
        pass
    tables = collection.tables()
    (run,) = (run for run in collection.runs if run.samples)
    *_, last = check({run.key: run}, tables, tables, NOWHERE)
    return {row["category"]: row for row in last.rows.iter_rows(named=True)}


# --- MixEval's own check ------------------------------------------------------------------------


def test_a_run_with_all_its_lines_is_not_in_the_log(folder: Path) -> None:
    assert lines_of(folder, Asked(SMALL)) == [LAST]


def test_lines_are_those_that_it_expects_by_itself(folder: Path) -> None:
    assert lines_of(folder, Asked(MIXEVAL_LINES)) == [issue(folder, whole=False)] * 2 + [LAST]


@pytest.mark.parametrize("said", ["in progress", "Complete", None])
def test_a_status_that_is_not_complete(folder: Path, said: str | None) -> None:
    status = json.loads((folder / STATUS).read_text())
    status["status"]["status"] = said
    (folder / STATUS).write_text(json.dumps(status))
    assert lines_of(folder, Asked(SMALL)) == [issue(folder, status=False), LAST]


def test_files_that_are_not_there(folder: Path) -> None:
    (folder / STATUS).unlink()
    (folder / CHOICES).unlink()
    expected = [issue(folder, status=False), issue(folder, whole=False), LAST]
    assert lines_of(folder, Asked(SMALL)) == expected


def test_its_weak_point_a_doubled_line_hides_a_missing_one(folder: Path) -> None:
    lines = (folder / ANSWERS).read_text().splitlines(keepends=True)
    (folder / ANSWERS).write_text("".join([lines[0], lines[0], lines[2]]))
    assert lines_of(folder, Asked(SMALL)) == [LAST]


def test_lines_end_as_python_reads_them(folder: Path) -> None:
    text = (folder / ANSWERS).read_text()
    (folder / ANSWERS).write_bytes(text.strip().replace("\n", "\r\n").encode())
    assert lines_of(folder, Asked(SMALL)) == [LAST]
    (folder / ANSWERS).write_bytes(text.encode() + b"\n")
    assert lines_of(folder, Asked(SMALL)) == [issue(folder, whole=False), LAST]


def test_base_models_come_first_and_models_that_are_not_there_are_told(folder: Path) -> None:
    root = folder.parents[2]
    for name in ("a_model", "b_model"):
        (root / name / RUN.relative_to("our_lynx_1b")).mkdir(parents=True)
    of = {name: root / name / RUN.relative_to("our_lynx_1b") for name in ("a_model", "b_model")}
    bad = {name: issue(place, status=False, whole=False) for name, place in of.items()}
    chosen = Asked(SMALL, base=["b_model"], chat=["a_model", "None"])
    assert lines_of(root, chosen) == [*[bad["b_model"]] * 2, *[bad["a_model"]] * 2, LAST]
    usual = [bad["a_model"], bad["b_model"]] * 2
    assert lines_of(root, Asked(SMALL)) == [*usual, LAST]
    gone = f"Directory {root / 'gone' / RUN.relative_to('our_lynx_1b')} does not exist."
    assert lines_of(root, Asked(SMALL, chat=["gone"])) == [gone, gone, LAST]


def test_folders_are_named_as_the_path_is(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    root = folder.parents[2]
    monkeypatch.chdir(root.parent)
    relative = f"{root.name}/{RUN}"
    for path in (Path(root.name), Path(relative), Path(relative) / ANSWERS):
        assert lines_of(path, Asked(MIXEVAL_LINES))[0] == issue(relative, whole=False)
    monkeypatch.chdir(root)
    assert lines_of(Path("."), Asked(MIXEVAL_LINES))[0] == issue(f"./{RUN}", whole=False)


def test_each_benchmark_and_version_has_a_log(folder: Path) -> None:
    shutil.copytree(folder, folder.parent.parent / "mixeval" / "2031-01-01")
    assert [len(log.lines) for log in logs([folder.parents[2]], Asked(SMALL))] == [3, 1]


@pytest.mark.parametrize("content", ["", "[]", '{"status": "complete"}', '{"args": {}}'])
def test_where_it_would_end_with_an_error_its_log_ends(folder: Path, content: str) -> None:
    (folder / "status_close_multichoice_hard.json").write_text(content)
    (log,) = logs([folder], Asked(MIXEVAL_LINES))
    assert log.lines == (issue(folder, whole=False),)
    assert log.fault.startswith(f"{folder}, close_multichoice_hard: ")


# --- what is there ------------------------------------------------------------------------------


def test_a_run_alone_is_complete_as_far_as_its_status_says(folder: Path) -> None:
    found = rows(folder)
    assert {row["verdict"] for row in found.values()} == {"complete"}
    assert (found[None]["expected"], found[None]["found"]) == (None, 7)


def test_without_a_status_nobody_knows(folder: Path) -> None:
    for path in folder.glob("status_*"):
        path.unlink()
    whole = rows(folder)[None]
    assert whole["verdict"] == "unknown"
    assert "no status file of the free-form answers" in whole["reason"]


def other_model(folder: Path) -> Path:
    """The same answers of another model beside."""
    place = folder.parents[2] / "our_heron_1b" / RUN.relative_to("our_lynx_1b")
    shutil.copytree(folder, place)
    for path in place.glob("our_lynx_1b_*"):
        path.rename(path.with_name(path.name.replace("lynx", "heron")))
    return place


def test_what_another_model_was_asked_is_missing(folder: Path) -> None:
    other_model(folder)
    write_rows(folder / ANSWERS, rows_of(folder / ANSWERS)[:2])
    found = rows(folder.parents[2] / "our_lynx_1b")
    assert (found["DROP"]["expected"], found["DROP"]["missing"]) == (1, 1)
    assert (found[None]["expected"], found[None]["found"], found[None]["missing"]) == (7, 6, 1)
    assert found[None]["verdict"] == "incomplete"
    assert "missing: free-form id 2" in found[None]["reason"]
    assert f"verdicts of {JUDGE} on no answer: id 2" in found[None]["reason"]
    assert found["MMLU"]["verdict"] == "complete"


def test_a_doubled_id_is_no_question_more(folder: Path) -> None:
    other_model(folder)
    answers = rows_of(folder / ANSWERS)
    write_rows(folder / ANSWERS, [answers[0], answers[0], answers[2]])
    found = rows(folder.parents[2] / "our_lynx_1b")
    assert (found["BBH"]["found"], found["BBH"]["doubled"]) == (1, 1)
    assert found["BBH"]["where"] == 'id == "0"'
    assert (found[None]["missing"], found[None]["doubled"]) == (1, 1)
    assert "id 0 is there more than once (free-form)" in found[None]["reason"]


def test_the_benchmarks_own_file_tells_unknown_ids(folder: Path) -> None:
    data = folder.parents[2] / "mixeval-2031-01-01" / "mixeval-hard"
    data.mkdir(parents=True)
    for name, source in (("free-form", ANSWERS), ("multiple-choice", CHOICES)):
        entries = {row["id"]: row for row in rows_of(folder / source)}
        (data / f"{name}.json").write_text(json.dumps(entries))
    change(folder / ANSWERS, 0, id="99")
    found = rows(folder)
    assert (found["BBH"]["expected"], found["BBH"]["found"], found["BBH"]["unknown"]) == (1, 0, 1)
    whole = found[None]
    assert (whole["expected"], whole["found"], whole["missing"], whole["unknown"]) == (7, 6, 1, 1)


def test_a_split_that_is_not_there(folder: Path) -> None:
    for path in (folder / CHOICES, folder / CHOICE_VERDICTS):
        path.unlink()
    whole = rows(folder)[None]
    assert whole["verdict"] == "incomplete"
    assert "no file of multiple-choice answers" in whole["reason"]


def test_answers_that_nobody_judged_are_answers(folder: Path) -> None:
    for path in folder.glob("judge_results_*"):
        path.unlink()
    whole = rows(folder)[None]
    assert (whole["verdict"], whole["reason"]) == ("complete", "nobody judged the answers yet")


def test_a_judge_who_left_out_answers_or_a_split(folder: Path) -> None:
    write_rows(folder / CHOICE_VERDICTS, rows_of(folder / CHOICE_VERDICTS)[1:])
    (folder / FREE_VERDICTS).unlink()
    whole = rows(folder)[None]
    assert whole["verdict"] == "incomplete"
    assert f"no verdict of {JUDGE} on 1 multiple-choice answer: id 0" in whole["reason"]
    assert "no verdicts on the free-form answers" in whole["reason"]


def test_random_verdicts_and_empty_answers_are_counted(folder: Path) -> None:
    change(folder / CHOICE_VERDICTS, 0, judge_response="I cannot tell.")
    change(folder / FREE_VERDICTS, 0, judge_response=None)
    change(folder / ANSWERS, 1, response="")
    whole = rows(folder)[None]
    assert (whole["empty"], whole["unparsed"], whole["verdict"]) == (1, 2, "complete")
    told = f"1 of 3 free-form verdicts of {JUDGE} could not be parsed, and are random"
    assert told in whole["reason"]
    assert whole["where"] == 'status == "unparsed"'


def test_rules_draw_nothing_by_chance(folder: Path) -> None:
    add_rule_files(folder)
    assert rows(folder)[None]["unparsed"] == 0


def with_status(folder: Path, **fields: object) -> None:
    status = json.loads((folder / STATUS).read_text())
    status["args"]["batch_size"] = 2
    status["status"] |= fields
    (folder / STATUS).write_text(json.dumps(status))


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"batch_id": 1}, ""),
        ({"batch_id": 3}, "3 lines of free-form answers do not fit 4 batches of 2"),
        (
            {"batch_id": 1, "status": "in progress"},
            "the status of the free-form answers is “in progress”; "
            "MixEval would not go on with the free-form answers: 3 lines, where 2 batches of 2 "
            "were done",
        ),
        ({"batch_id": None}, ""),
    ],
)
def test_batches_and_lines(folder: Path, fields: dict[str, object], reason: str) -> None:
    with_status(folder, **fields)
    whole = rows(folder)[None]
    assert whole["reason"] == reason


def test_a_score_that_the_verdicts_do_not_give_is_told_with_both_numbers(folder: Path) -> None:
    scores = json.loads((folder / "score.json").read_text())
    (folder / "score.json").write_text(json.dumps(scores | {"overall": 0.9}))
    reason = rows(folder)[None]["reason"]
    assert "score.json says overall 0.9, the judged files of" in reason
    assert "give 0.757" in reason


def test_withdrawn_questions_may_be_there_or_not() -> None:
    place = Path("/nowhere/m/mixeval/2024-08-11")
    known = questions_of(place, "mixeval 2024-08-11", "multiple-choice", {"1221": "MBPP"})
    assert known.categories is not None
    assert (len(known.categories), len(known.withdrawn)) == (1995, 5)
    assert "1221" not in known.categories


@pytest.mark.parametrize("old", [False, True])
def test_both_sizes_of_2024_08_11_are_complete(tmp_path: Path, *, old: bool) -> None:
    withdrawn = {"197", "287", "427", "1221", "1564"}
    place = tmp_path / "m" / "mixeval" / "2024-08-11"
    options = {"problem_type": "multiple-choice", "options": ["x", "y"], "target": [0]}
    ids = [str(number) for number in range(2000) if old or str(number) not in withdrawn]
    write_rows(place / "m_close_multichoice.jsonl", [FREE | options | {"id": one} for one in ids])
    free = [FREE | {"id": str(number)} for number in range(2000)]
    write_rows(place / "m_close_freeform.jsonl", free)
    whole = rows(tmp_path)[None]
    assert (whole["missing"], whole["unknown"], whole["verdict"]) == (0, 0, "complete")
    assert whole["expected"] == whole["found"] == 2000 + len(ids)


def test_the_data_of_other_tests_is_complete() -> None:
    assert {row["verdict"] for row in rows(DATA / "model_responses" / RUN).values()} == {"complete"}


def in_a_known_version(folder: Path) -> None:
    """Where it lies, a thousand questions should be there."""
    folder.rename(folder.with_name("2024-06-01"))


def test_a_missing_question_of_which_no_answer_tells_the_benchmark_may_be_of_any(
    folder: Path,
) -> None:
    in_a_known_version(folder)
    found = rows(folder.parents[2])
    assert (found[None]["expected"], found[None]["missing"]) == (1000, 993)
    parts = [row for category, row in found.items() if category is not None]
    assert {(row["expected"], row["verdict"]) for row in parts} == {(None, "unknown")}
    assert "993 of the benchmark's questions are missing" in parts[0]["reason"]


def test_verdicts_tell_the_benchmark_of_an_answer_that_is_gone(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        "tui_eval.formats.mixeval.questions.known_ids",
        lambda _, split: (set(map(str, range(3 if split == "free-form" else 4))), frozenset()),
    )
    write_rows(folder / ANSWERS, rows_of(folder / ANSWERS)[:2])
    found = rows(folder)
    assert (found["DROP"]["expected"], found["DROP"]["missing"]) == (1, 1)
    assert (found["MMLU"]["verdict"], found["DROP"]["verdict"]) == ("complete", "incomplete")


def test_an_answer_that_one_of_two_judges_did_not_judge_is_an_answer(folder: Path) -> None:
    add_rule_files(folder)
    (folder / CHOICE_VERDICTS).unlink()
    assert {row["verdict"] for row in rows(folder).values()} == {"complete"}


def test_a_verdict_less_is_told_of_the_run_alone(folder: Path) -> None:
    add_rule_files(folder)
    write_rows(folder / FREE_VERDICTS, rows_of(folder / FREE_VERDICTS)[1:])
    bad = {key: row for key, row in rows(folder).items() if row["verdict"] != "complete"}
    assert list(bad) == [None]
    assert f"no verdict of {JUDGE} on 1 free-form answer: id 2" in bad[None]["reason"]


def test_a_status_that_cannot_be_read_is_not_called_absent(folder: Path) -> None:
    (folder / STATUS).write_text("{")
    reason = rows(folder)[None]["reason"]
    assert "the status file of the free-form answers cannot be read, or has no status" in reason
    assert "no status file" not in reason


def test_more_batches_than_there_are_questions_for(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        "tui_eval.formats.mixeval.questions.known_ids",
        lambda _, split: (set(map(str, range(3 if split == "free-form" else 4))), frozenset()),
    )
    with_status(folder, batch_id=1)
    assert rows(folder)[None]["reason"] == ""
    with_status(folder, batch_id=9)
    told = "3 lines of free-form answers do not fit 10 batches of 2"
    assert rows(folder)[None]["reason"] == told
