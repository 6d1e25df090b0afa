"""Files of answers that end too early, and runs over fewer questions than there are."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from tests.build.evalscope import prediction, review
from tests.build.lighteval import TEA, details, results
from tui_eval.cli.main import main
from tui_eval.loading.collection import Collection, find, load

TIMES = {"one": "2026-01-01T00-00-00", "two": "2026-01-02T00-00-00"}
FILTERS = ("strict-match", "flexible-extract")


def result_file(folder: Path, time: str, asked: int, total: int, **more: Any) -> None:
    """Results of a task ``t`` with two filters."""
    content = {
        "results": {"t": {f"exact_match,{name}": 0.5 for name in FILTERS}},
        "versions": {},
        "n-samples": {"t": {"original": total, "effective": asked}},
        "config": {"model": "hf", "model_args": {"pretrained": folder.name}},
        **more,
    }
    (folder / f"results_{time}.json").write_text(json.dumps(content))


def answer_lines(asked: int, *, names: bool = True) -> list[str]:
    """Rows as the harness writes them: all questions of a filter, then all of the next one."""
    rows = [
        {
            "doc_id": number,
            "doc": {"q": number},
            "target": "7",
            "arguments": {"gen_args_0": {"arg_0": f"{number}?", "arg_1": {}}},
            "resps": [["7"]],
            "filtered_resps": ["7"],
            **({"filter": name, "metrics": ["exact_match"]} if names else {}),
            "doc_hash": f"{number:064x}",
            "prompt_hash": f"{number:064x}",
            "target_hash": f"{number:064x}",
            "exact_match": float(number % 2),
        }
        for name in FILTERS
        for number in range(asked)
    ]
    return [json.dumps(row) + "\n" for row in rows]


def run_of(folder: Path, name: str, kept: str, asked: int = 10, total: int = 10) -> None:
    """A run whose file of answers holds ``kept``."""
    home = folder / name
    home.mkdir()
    result_file(home, TIMES[name], asked, total)
    (home / f"samples_t_{TIMES[name]}.jsonl").write_text(kept)


def state_of(folder: Path) -> tuple[list[str], list[list[str]]]:
    runs = load([folder]).tables().runs
    return runs["state"].to_list(), runs["notes"].to_list()


@pytest.mark.parametrize(
    ("kept", "rows"),
    [
        (slice(0, 4), 4),
        (slice(0, 10), 10),  # the first filter whole, nothing of the second
        (slice(0, 19), 19),
        (slice(0, 0), None),  # an empty file is none of answers
        (slice(0, 20), None),
    ],
)
def test_a_file_of_answers_that_ends_at_a_line_is_counted(
    tmp_path: Path, kept: slice, rows: int | None
) -> None:
    run_of(tmp_path, "one", "".join(answer_lines(10)[kept]))
    told = [f"t: the file of answers holds {rows} of 20 answers (10 questions, 2 filters)"]
    assert state_of(tmp_path) == ((["partial"], [told]) if rows else (["complete"], [[]]))


@pytest.mark.parametrize(
    ("end", "rows"), [("", 5), ("\n", 5), ('\n{"doc_id": 5, "do', 5), (",\n", 5)]
)
def test_half_a_row_is_no_answer(tmp_path: Path, end: str, rows: int) -> None:
    run_of(tmp_path, "one", "".join(answer_lines(10)[:5]).rstrip("\n") + end)
    assert state_of(tmp_path)[1][0][0].startswith(f"t: the file of answers holds {rows} of 20")


def test_answers_that_several_machines_wrote_are_whole(tmp_path: Path) -> None:
    lines = answer_lines(10)
    ranks = [lines[rank:10:3] + lines[10 + rank :: 3] for rank in range(3)]
    run_of(tmp_path, "one", "".join(line for rank in ranks for line in rank))
    assert state_of(tmp_path) == (["complete"], [[]])


def test_rows_without_a_filter_are_counted(tmp_path: Path) -> None:
    run_of(tmp_path, "one", "".join(answer_lines(10, names=False)))
    run_of(tmp_path, "two", "".join(answer_lines(10, names=False)[:12]))
    assert state_of(tmp_path)[0] == ["complete", "partial"]


def test_answers_of_fewer_questions_than_scores_are_whole(tmp_path: Path) -> None:
    """``--samples``, where a row of results has the count of all questions."""
    row = {f"exact_match,{name}": 0.5 for name in FILTERS} | {"sample_len": 30}
    run_of(tmp_path, "one", "".join(answer_lines(10)), 10, 30)
    result_file(tmp_path / "one", TIMES["one"], 10, 30, results={"t": row})
    assert state_of(tmp_path) == (["partial"], [["t: 10 of 30 questions"]])


def run_of_tasks(folder: Path, kept: dict[str, str], **more: Any) -> None:
    """A run of the tasks ``s``, ``t`` and ``u`` in a group, and some of their files of answers."""
    rows = {name: {"exact_match,none": 0.5} for name in "stu"}
    content = {
        "results": {"all": {"exact_match,none": 0.5}, **rows},
        "group_subtasks": {"all": list("stu")},
        "n-samples": {name: {"original": 2, "effective": 2} for name in "stu"},
        "config": {"model": "hf", "model_args": {"pretrained": "m"}},
        **more,
    }
    (folder / f"results_{TIMES['one']}.json").write_text(json.dumps(content))
    for name, lines in kept.items():
        (folder / f"samples_{name}_{TIMES['one']}.jsonl").write_text(lines)


WHOLE = "".join(line.replace(FILTERS[0], "none") for line in answer_lines(2)[:2])


@pytest.mark.parametrize(
    ("kept", "note"),
    [
        ({"s": WHOLE, "t": WHOLE}, "answers of 2 of 3 tasks are there; missing: u"),
        ({"s": WHOLE, "t": WHOLE, "u": ""}, "answers of 2 of 3 tasks are there; missing: u"),
        ({"t": WHOLE}, "answers of 1 of 3 tasks are there; missing: s, u"),
        ({"s": WHOLE, "t": WHOLE, "u": WHOLE}, None),
        ({"s": WHOLE, "t": WHOLE, "all::u": WHOLE}, None),
        ({}, None),  # nothing says that answers were saved
    ],
)
def test_a_task_whose_file_is_not_beside_those_of_the_others_is_told(
    tmp_path: Path, kept: dict[str, str], note: str | None
) -> None:
    run_of_tasks(tmp_path, kept)
    assert state_of(tmp_path) == ((["partial"], [[note]]) if note else (["complete"], [[]]))


def test_a_task_whose_answers_were_not_saved_lacks_no_file(tmp_path: Path) -> None:
    run_of_tasks(tmp_path, {"s": WHOLE, "t": WHOLE}, task_hashes={"s": "1", "t": "2"})
    assert state_of(tmp_path) == (["complete"], [[]])


def test_a_file_of_answers_that_is_read_later_is_not_missing(tmp_path: Path) -> None:
    run_of_tasks(tmp_path, {"s": WHOLE, "t": WHOLE, "u": WHOLE})
    collection = Collection()
    for file in list(find([tmp_path]))[:2]:
        collection.add(file)
    assert collection.tables().runs["state"].to_list() == ["complete"]


@pytest.mark.parametrize(("rows", "state"), [(3, "complete"), (2, "partial"), (0, "partial")])
def test_details_with_fewer_rows_than_questions_are_told(
    tmp_path: Path, rows: int, state: str, capsys: pytest.CaptureFixture[str]
) -> None:
    questions = [{**TEA, "query": f"Tea {number}?"} for number in range(3)]
    path = details(tmp_path, questions)
    pl.read_parquet(path).head(rows).write_parquet(path)
    results(tmp_path, {"tea|0": {"acc": 1 / 3, "acc_stderr": 1 / 3}})
    note = f"{path.name}: the file of answers holds {rows} of at least 3 rows"
    assert state_of(tmp_path) == ([state], [[note] if rows < 3 else []])
    assert main(["doctor", str(tmp_path), "--format", "csv"]) == 0
    assert (note in capsys.readouterr().out) is (rows < 3)


def evalscope_run(folder: Path, kept: dict[str, tuple[int, str]]) -> Path:
    """A run whose files hold so many rows, and end so, of the 5 questions of its report."""
    rows = {"reviews": review, "predictions": prediction}
    root = folder / "20250102_030405"
    for name, (count, end) in kept.items():
        path = root / name / "m" / "d_default.jsonl"
        path.parent.mkdir(parents=True)
        lines = "\n".join(json.dumps(rows[name](number)) for number in range(count))
        path.write_text(lines + end)
    subset = {"name": "default", "score": 1.0, "num": 5}
    total = {"name": "accuracy", "score": 1.0, "num": 5}
    report = {
        "dataset_name": "d",
        "model_name": "m",
        "metrics": [{**total, "categories": [{**total, "name": "default", "subsets": [subset]}]}],
    }
    path = root / "reports" / "m" / "d.json"
    path.parent.mkdir(parents=True)
    path.write_text(json.dumps(report))
    return root


@pytest.mark.parametrize("what", ["reviews", "predictions"])
@pytest.mark.parametrize(
    ("kept", "end", "is_cut"),
    [(5, "\n", False), (5, "", False), (4, "\n", True), (4, "", True), (1, "\n", True)],
)
def test_reviews_and_predictions_with_fewer_rows_than_questions_are_told(
    tmp_path: Path,
    what: str,
    kept: int,
    end: str,
    is_cut: bool,
    capsys: pytest.CaptureFixture[str],
) -> None:
    root = evalscope_run(
        tmp_path, {"reviews": (5, "\n"), "predictions": (5, "\n"), what: (kept, end)}
    )
    note = f"d_default.jsonl: the file of {what} holds {kept} of at least 5 rows"
    states, notes = state_of(root)
    assert states == ["partial" if is_cut else "complete"]
    assert (note in notes[0]) is is_cut
    assert main(["doctor", str(root), "--format", "csv"]) == 0
    assert (note in capsys.readouterr().out) is is_cut


def test_every_command_says_how_many_of_how_many(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in TIMES:
        run_of(tmp_path, name, "".join(answer_lines(10)[:4]))
    held = "t: the file of answers holds 4 of 20 answers (10 questions, 2 filters)"
    for command in ("runs", "doctor"):
        assert main([command, str(tmp_path), "--format", "csv"]) == 0
        out = capsys.readouterr().out
        assert out.count(held) == 2
        assert "complete" not in out
    assert main(["samples", str(tmp_path), "--no-cache"]) == 0
    out = capsys.readouterr().out
    for name in "ab":
        assert f"{name} has answers to 4 of 10 questions." in out
    assert "All runs have these 4 questions." in out
    words = ["flips", str(tmp_path), "--no-cache", "--baseline", "one", "--candidate", "two"]
    assert main(words) == 0
    out = capsys.readouterr().out
    for name, time in TIMES.items():
        assert f"{name} @ {time} has answers to 4 of 10 questions." in out


def test_a_choice_of_questions_is_told_by_every_command(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in TIMES:
        run_of(tmp_path, name, "".join(answer_lines(5)), asked=5, total=1319)
    assert state_of(tmp_path) == (["partial"] * 2, [["t: 5 of 1319 questions"]] * 2)
    for command in ("runs", "doctor"):
        assert main([command, str(tmp_path)]) == 0
        assert "t: 5 of 1319 questions" in capsys.readouterr().out
    assert main(["samples", str(tmp_path), "--no-cache"]) == 0
    out = capsys.readouterr().out
    assert "a was asked 5 of 1319 questions." in out
    assert "All runs have these 5 questions." in out
    words = ["flips", str(tmp_path), "--no-cache", "--baseline", "one", "--candidate", "two"]
    assert main(words) == 0
    assert f"two @ {TIMES['two']} was asked 5 of 1319 questions." in capsys.readouterr().out


def test_whole_runs_have_all_questions(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for name in TIMES:
        run_of(tmp_path, name, "".join(answer_lines(10)))
    assert main(["samples", str(tmp_path), "--no-cache"]) == 0
    out = capsys.readouterr().out
    assert "All runs have all of these questions." in out
    assert " of 10 questions" not in out
