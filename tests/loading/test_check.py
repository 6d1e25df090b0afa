"""Whether runs are complete: damage of every kind shows, and nothing else does."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import polars as pl
import pytest

from tests.build.evalscope import prediction, review, write_rows
from tests.build.opened import ROOT, opened
from tests.loading.test_cut_answers import answer_lines, run_of
from tui_eval.analysis.files import run_states
from tui_eval.loading import cache as cache_module
from tui_eval.loading import check as check_module
from tui_eval.loading.cache import Cache
from tui_eval.loading.check import check
from tui_eval.loading.collection import load
from tui_eval.loading.passes import recompute
from tui_eval.tables import CHECKS

COUNTS = ("missing", "doubled", "unknown", "empty", "errors")


def checked(*paths: Path, cache: Path | None = None) -> pl.DataFrame:
    runs, written, shown = opened(*paths)
    found = list(check(runs, written, shown, Cache(cache)))
    assert [one.done for one in found] == sorted(one.done for one in found)
    assert found[-1].is_whole
    assert found[-1].rows.schema == CHECKS
    return found[-1].rows


class Sample(NamedTuple):
    """A complete run of a harness, and a file of its answers."""

    folder: str
    answers: str


SAMPLES = {
    "lm_eval": Sample("lm_eval/mock__pine-1b", "samples_pocketquiz_science_*"),
    "lighteval": Sample("lighteval", "details/mock/pine-1b/*/details_pocketquiz:science*"),
    "evalscope": Sample("evalscope/20261121_000443", "reviews/*/general_qa_example.jsonl"),
    "twinkle": Sample("twinkle/mock-8b-instruct", "results/eval_results_*_run1.jsonl"),
}


@pytest.fixture(params=SAMPLES)
def copy(request: pytest.FixtureRequest, tmp_path: Path) -> tuple[str, Path, Path]:
    """A harness, a run of it in another place, and a file of its answers."""
    sample = SAMPLES[request.param]
    folder = tmp_path / "moved" / sample.folder
    shutil.copytree(ROOT / sample.folder, folder)
    return request.param, folder, next(folder.glob(sample.answers))


def lines(file: Path, change: Callable[[list[str]], list[str]]) -> None:
    """Change the rows of a file of answers."""
    if file.suffix == ".parquet":
        rows = pl.read_parquet(file, glob=False)
        numbers = change([str(number) for number in range(rows.height)])
        rows[[int(number) for number in numbers]].write_parquet(file)
        return
    made = change(file.read_text("utf-8").splitlines(keepends=True))
    file.write_text("".join(made), "utf-8")


def bad(rows: pl.DataFrame) -> list[dict[str, Any]]:
    return rows.filter(pl.col("verdict") != "complete").to_dicts()


def test_complete_runs_are_complete_wherever_they_lie(copy: tuple[str, Path, Path]) -> None:
    _, folder, _ = copy
    rows = checked(folder)
    assert rows.height
    assert bad(rows) == []
    assert rows.select(pl.col(COUNTS).fill_null(0).sum()).row(0) == (0, 0, 0, 0, 0)
    assert (rows["expected"] == rows["found"]).all()


def test_a_row_less(copy: tuple[str, Path, Path]) -> None:
    harness, folder, file = copy
    lines(file, lambda rows: rows[:3] + rows[4:])
    if harness == "twinkle":  # of which data file it is, nothing tells any more
        found = bad(checked(folder))
        assert [row["dataset"] for row in found] == ["mini_mmlu", "mini_tmmlu"]
        assert {row["verdict"] for row in found} == {"incomplete"}
        assert all(f"{file.name}: 470 of 471 answers" in row["reason"] for row in found)
        return
    [row] = bad(checked(folder))
    assert row["verdict"] == "incomplete"
    assert row["expected"] == row["found"] + 1
    assert [row[name] for name in COUNTS] == [1, 0, 0, 0, 0]
    gap = "no rows with the index 2"  # which EvalScope wrote fourth
    assert row["reason"] == (gap if harness == "evalscope" else "1 question without an answer")


def test_a_row_twice(copy: tuple[str, Path, Path]) -> None:
    harness, folder, file = copy
    lines(file, lambda rows: [*rows[:4], *rows[3:]])
    rows = checked(folder)
    row, *others = rows.filter(pl.col("reason") != "").sort("doubled").reverse().to_dicts()
    assert len(others) == (harness == "twinkle")  # of which data file it is, nothing tells
    assert row["doubled"] == 1
    assert "1 answer more than once" in row["reason"]
    assert (row["missing"] or 0, row["unknown"] or 0) == (0, 0)
    # what lm-eval and Twinkle Eval scored are other rows than these
    is_bad = harness in ("lm_eval", "twinkle")
    assert row["verdict"] == ("incomplete" if is_bad else "complete")


def test_a_last_line_that_was_cut(copy: tuple[str, Path, Path]) -> None:
    harness, folder, file = copy
    file.write_bytes(file.read_bytes()[:-30])
    row, *others = bad(checked(folder))
    assert len(others) == (harness == "twinkle")  # of which dataset it was, nothing tells
    assert {one["verdict"] for one in (row, *others)} == {"incomplete"}
    if harness == "lighteval":  # a table without its end cannot be read
        assert (row["found"], row["missing"]) == (0, 8)
        return
    assert any("the JSON breaks off here" in one["reason"] for one in (row, *others))
    assert row["missing"] == (None if harness == "twinkle" else 1)


def test_a_file_less(copy: tuple[str, Path, Path]) -> None:
    harness, folder, file = copy
    file.unlink()
    rows = bad(checked(folder))
    assert {row["verdict"] for row in rows} == {"incomplete"}
    if harness == "twinkle":
        assert {row["dataset"] for row in rows} == {"mini_mmlu", "mini_tmmlu"}
        assert {row["reason"] for row in rows} == {
            "no answers of run1 are here, as there are of other runs"
        }
        return
    [row] = rows
    assert (row["found"], row["missing"]) == (0, row["expected"])
    assert row["reason"] == "no answers to it are here"


WRITTEN = {
    **SAMPLES,
    "lm_eval": Sample("lm_eval/mock__pine-1b", "samples_pocketquiz_short_*"),
    "lighteval": Sample("lighteval", "details/mock/pine-1b/*/details_pocketquiz_short*"),
}


@pytest.mark.parametrize("harness", WRITTEN)
def test_an_answer_without_text(harness: str, tmp_path: Path) -> None:
    sample = WRITTEN[harness]
    folder = tmp_path / sample.folder
    shutil.copytree(ROOT / sample.folder, folder)
    file = next(folder.glob(sample.answers))
    if harness == "lighteval":
        answers = pl.read_parquet(file, glob=False).to_dicts()
        answers[-1]["model_response"] |= {"text": [""], "text_post_processed": [""]}
        pl.DataFrame(answers, infer_schema_length=None).write_parquet(file)
    else:
        lines(file, lambda rows: [*rows[:-1], emptied(harness, json.loads(rows[-1]))])
    rows = checked(folder)
    assert bad(rows) == []
    [row] = rows.filter(pl.col("empty") > 0).to_dicts()
    assert row["empty"] == 1
    assert (row["reason"], row["where"]) == ("1 empty answer", 'status == "empty"')
    assert rows.select(pl.col("missing", "doubled", "unknown").sum()).row(0) == (0, 0, 0)


def emptied(harness: str, row: dict[str, Any]) -> str:
    """A row of which the answer has no text."""
    if harness == "lm_eval":
        row["resps"] = [[""]]
    elif harness == "twinkle":
        row["llm_output"] = ""
    else:
        row["messages"][-1]["content"] = ""
    return json.dumps(row, ensure_ascii=False) + "\n"


def test_files_are_read_in_any_order(tmp_path: Path) -> None:
    folders = [ROOT / one.folder for one in SAMPLES.values()]
    forth, back = checked(*folders), checked(*reversed(folders))
    key = ["run", "dataset", "category"]
    assert forth.sort(key).equals(back.sort(key))


def test_a_killed_run_has_no_answers_with_its_second_filter(tmp_path: Path) -> None:
    whole = answer_lines(10)
    for name, kept in {"one": whole, "two": whole[:10]}.items():
        run_of(tmp_path, name, "".join(kept))
    [one, two] = checked(tmp_path).to_dicts()
    assert (one["verdict"], one["found"], one["missing"]) == ("complete", 10, 0)
    assert (two["verdict"], two["found"], two["missing"]) == ("incomplete", 10, 10)
    assert two["reason"] == "no answers with the filter flexible-extract"


def test_answers_in_another_order_are_not_those_that_were_scored(tmp_path: Path) -> None:
    folder = tmp_path / "lm_eval"
    shutil.copytree(ROOT / "lm_eval/mock__pine-1b", folder)
    lines(next(folder.glob("samples_pocketquiz_science_*")), lambda rows: rows[::-1])
    [row] = bad(checked(folder))
    assert (row["found"], row["missing"], row["doubled"]) == (8, 0, 0)
    assert row["verdict"] == "unknown"  # they may be the same ones
    assert "put in another order (task_hashes)" in row["reason"]


def test_rows_that_have_the_hash_are_all_whatever_number_is_told(tmp_path: Path) -> None:
    folder = tmp_path / "lm_eval"
    shutil.copytree(ROOT / "lm_eval/mock__pine-1b", folder)
    results = next(folder.glob("results_*"))
    document = json.loads(results.read_text("utf-8"))
    for sizes in document["n-samples"].values():  # 0.4.3 to 0.4.11: of another task
        sizes["effective"] = 500
    for task in document["results"].values():
        task.pop("sample_len", None)
    results.write_text(json.dumps(document), "utf-8")
    rows = checked(folder)
    assert bad(rows) == []
    assert (rows["expected"] == rows["found"]).all()


def test_digests_are_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cache_module, "_SMALLEST", 0)
    folder = ROOT / "lm_eval/mock__pine-1b"
    first = checked(folder, cache=tmp_path)
    monkeypatch.setattr(check_module, "_digest_of", lambda form: pytest.fail("made again"))
    assert checked(folder, cache=tmp_path).equals(first)


def test_a_run_without_answers_is_unknown_and_one_line(tmp_path: Path) -> None:
    for file in (ROOT / "lm_eval/mock__pine-1b").glob("results_*"):
        shutil.copy(file, tmp_path)
    rows = checked(tmp_path)
    assert rows["dataset"].to_list() == ["pocketquiz", "pocketquiz_short"]
    assert set(rows["verdict"]) == {"unknown"}
    assert rows["category"].null_count() == 2
    assert rows["found"].null_count() == 2
    assert rows["expected"].to_list() == [24, 12]
    assert "they were saved, but their files are not among those" in rows["reason"][0]


def test_a_run_with_fewer_runs_than_asked_for(tmp_path: Path) -> None:
    folder = tmp_path / "twinkle"
    shutil.copytree(ROOT / "twinkle/mock-8b-instruct/results", folder)
    results = next(folder.glob("results_*"))
    document = json.loads(results.read_text("utf-8"))
    item = document["dataset_results"]["datasets/mini_mmlu"]["results"][0]
    for name in item["individual_runs"]:
        item["individual_runs"][name].pop()
    document["config"]["evaluation"]["dataset_paths"].append("datasets/lost")
    results.write_text(json.dumps(document), "utf-8")
    found = bad(checked(folder))
    rows = {row["dataset"]: row for row in found}
    reasons = [row["reason"] for row in found if row["dataset"] == "mini_mmlu"]
    assert reasons[0].startswith("2 of 3 runs: requests failed in the others")
    assert rows["lost"]["reason"].startswith("to be asked, and not in the results")
    assert rows["lost"]["verdict"] == "incomplete"


def test_a_data_file_that_other_runs_have(tmp_path: Path) -> None:
    rows = bad(checked(ROOT / "twinkle"))
    assert {row["verdict"] for row in rows} == {"incomplete"}
    reason = "other runs have this category, and this one lacks it"
    assert [(row["category"], row["expected"], row["reason"]) for row in rows] == [
        ("anatomy", 20, reason),
        ("nursing_test", 28, reason),
        ("music_test", 20, reason),
    ]


def test_evalscope_tells_of_requests_that_failed_and_of_predictions_without_review(
    tmp_path: Path,
) -> None:
    folder = tmp_path / "20260304_050607"
    summary = {"requested": 4, "succeeded": 3, "errored": 1}
    subset = {"name": "default", "score": 1.0, "num": 3}
    report = {
        "schema_version": 2,
        "dataset_name": "tea",
        "model_name": "m",
        "metrics": [{"name": "acc", "num": 3, "score": 1.0, "categories": [{"subsets": [subset]}]}],
        "execution_summary": {**summary, "incomplete": True, "subsets": {"default": summary}},
    }
    (folder / "reports/m").mkdir(parents=True)
    (folder / "reports/m/tea.json").write_text(json.dumps(report))
    write_rows(folder / "reviews/m/tea_default.jsonl", *map(review, range(3)))
    write_rows(folder / "predictions/m/tea_default.jsonl", *map(prediction, range(4)))
    (folder / "reviews/m/tea_default.jsonl.rerun-0f").touch()
    [row] = bad(checked(folder))
    assert (row["expected"], row["found"], row["missing"], row["errors"]) == (4, 4, 0, 1)
    assert row["reason"].split("; ") == [
        "1 of 4 questions failed (execution_summary)",
        "1 prediction not reviewed",
        "a rerun goes on or broke off: tea_default.jsonl.rerun-0f",
    ]


def test_nothing_follows_when_it_is_cancelled() -> None:
    runs, written, shown = opened(ROOT / "twinkle")
    assert list(check(runs, written, shown, Cache(None), lambda: True)) == []


def test_only_what_is_asked_for_is_read() -> None:
    runs, written, shown = opened(ROOT / "lm_eval")
    *_, last = check(runs, written, shown, Cache(None), datasets=["pocketquiz_short"])
    assert set(last.rows["dataset"]) == {"pocketquiz_short"}


def test_what_files_calls_partial_is_incomplete(tmp_path: Path) -> None:
    shutil.copytree(ROOT, tmp_path / "samples")
    lines(next(tmp_path.rglob("samples_pocketquiz_science*")), lambda rows: rows[:-1])
    collection = load([tmp_path])
    states = run_states(collection.tables(), collection.file_table())
    partial = set(states.filter(state="partial")["run"])
    assert len(partial) == 2
    assert partial == {row["run"] for row in bad(checked(tmp_path))}


def test_an_answer_twice_that_other_data_files_have_too_is_counted(tmp_path: Path) -> None:
    folder = tmp_path / "twinkle"
    shutil.copytree(ROOT / "twinkle/mock-8b-instruct", folder)
    file = next(folder.glob("results/eval_results_*_run1.jsonl"))
    questions = [json.loads(row)["question_id"] for row in file.read_text("utf-8").splitlines()]
    last = questions.index(max(questions))  # not all data files have so many
    lines(file, lambda rows: [*rows[: last + 1], *rows[last:]])
    found = bad(checked(folder))
    assert sum(row["doubled"] or 0 for row in found) == 1
    assert {row["dataset"] for row in found} == {"mini_mmlu", "mini_tmmlu"}


@pytest.mark.parametrize("change", ["less", "twice"])
def test_runs_of_lighteval_tell_of_each_other(change: str, tmp_path: Path) -> None:
    folder = tmp_path / "lighteval"
    shutil.copytree(ROOT / "lighteval", folder)
    for results in folder.rglob("results_*.json"):
        document = json.loads(results.read_text("utf-8"))
        for task in document["results"].values():  # that tell how many there are
            for name in [name for name in task if name.endswith("_stderr")]:
                del task[name]
        results.write_text(json.dumps(document), "utf-8")
    file = next(folder.glob("details/mock/pine-1b/*/details_pocketquiz:science*"))
    assert bad(checked(folder)) == []
    lines(file, lambda rows: rows[1:] if change == "less" else [*rows, rows[0]])
    found = bad(checked(folder))
    if change == "twice":
        assert found == []
        return
    [row] = found
    assert (row["expected"], row["found"], row["missing"]) == (8, 7, 1)
    assert row["reason"] == "other runs have 1 question that this one lacks"


def asked(requested: int, succeeded: int, errored: int = 0) -> dict[str, Any]:
    return {"requested": requested, "succeeded": succeeded, "errored": errored}


@pytest.mark.parametrize(
    ("summary", "category", "reason"),
    [
        (
            {**asked(7, 3, 4), "subsets": {"default": asked(3, 3), "lost": asked(4, 0, 4)}},
            "lost",
            "4 of 4 questions failed (execution_summary)",
        ),
        (
            {**asked(7, 3), "incomplete": True, "subsets": {"default": asked(3, 3)}},
            None,
            "the report says that it is incomplete: 3 of 7 questions were answered "
            "(execution_summary)",
        ),
        (
            {**asked(3, 3), "incomplete": True, "subsets": {"default": asked(3, 3)}},
            None,
            "the report says that it is incomplete: 3 of 3 questions were answered "
            "(execution_summary)",
        ),
        (
            {**asked(3, 2), "subsets": {"default": asked(3, 2)}},
            "default",
            "2 of 3 questions were answered (execution_summary)",
        ),
    ],
)
def test_all_that_a_summary_of_evalscope_tells(
    summary: dict[str, Any], category: str | None, reason: str, tmp_path: Path
) -> None:
    folder = tmp_path / "20260304_050607"
    subset = {"name": "default", "score": 1.0, "num": 3}
    report = {
        "schema_version": 2,
        "dataset_name": "tea",
        "model_name": "m",
        "metrics": [{"name": "acc", "num": 3, "score": 1.0, "categories": [{"subsets": [subset]}]}],
        "execution_summary": summary,
    }
    (folder / "reports/m").mkdir(parents=True)
    (folder / "reports/m/tea.json").write_text(json.dumps(report))
    write_rows(folder / "reviews/m/tea_default.jsonl", *map(review, range(3)))
    write_rows(folder / "predictions/m/tea_default.jsonl", *map(prediction, range(3)))
    [row] = bad(checked(folder))
    assert (row["category"], row["verdict"]) == (category, "incomplete")
    assert reason in row["reason"]


@pytest.mark.parametrize("harness", ["lm_eval", "lighteval", "twinkle"])
def test_answers_without_their_results_are_unknown(harness: str, tmp_path: Path) -> None:
    sample = SAMPLES[harness]
    shutil.copytree(ROOT / sample.folder, tmp_path / "moved" / sample.folder)
    for file in (tmp_path / "moved").rglob("results_*"):
        file.unlink()
    collection = load([tmp_path])
    list(recompute(collection, Cache(None)))
    tables = collection.tables()
    *_, last = check({run.key: run for run in collection.runs}, tables, tables, Cache(None))
    rows = last.rows
    assert set(rows["verdict"]) == {"unknown"}
    assert {reason.split(":")[0] for reason in rows["reason"]} == {"no results file"}
