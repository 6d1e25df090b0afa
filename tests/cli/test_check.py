"""``tui-eval check``: exit codes, what is printed, and a report that CI servers open."""

from __future__ import annotations

import csv
import json
import shutil
from pathlib import Path
from xml.etree import ElementTree

import pytest

from tests.build.commands import ATTACK, SAMPLES, Command, command
from tests.obeyed import is_obeyed

__all__ = ["command"]  # the fixture

KEYS = {
    *("run", "harness", "dataset", "category", "expected", "found", "missing", "doubled"),
    *("unknown", "empty", "unparsed", "errors", "verdict", "reason"),
}


@pytest.fixture
def cut(tmp_path: Path) -> Path:
    """A run of lm-eval of which one answer is gone, beside a whole one."""
    for model in ("pine-1b", "pine-7b"):
        shutil.copytree(SAMPLES / f"lm_eval/mock__{model}", tmp_path / model)
    file = next((tmp_path / "pine-7b").glob("samples_pocketquiz_science*"))
    file.write_text("".join(file.read_text("utf-8").splitlines(keepends=True)[:-1]), "utf-8")
    return tmp_path


def test_complete_runs_end_with_0(command: Command) -> None:
    out, _ = command("check", SAMPLES / "lm_eval")
    assert "Everything is complete." in out
    assert out.splitlines()[-1] == (
        "12 of 12 are complete (a line is a run, dataset and category)."
    )


def test_what_is_incomplete_is_printed_and_ends_with_1(command: Command, cut: Path) -> None:
    out, _ = command("check", cut, code=1)
    [line] = [line for line in out.splitlines() if "incomplete" in line]
    words = ["pocketquiz", "pocketquiz_science", "incomplete", "1", "8", "7"]
    assert line.startswith("mock/pine-7b")
    assert " ".join(line.split()).endswith(" ".join([*words, "1 question without an answer"]))
    assert "doubled" not in out  # a column of nothing
    assert "pine-1b" not in out
    assert out.splitlines()[-1].startswith("7 of 8 are complete")
    every, _ = command("check", cut, "--all", code=1)
    assert every.count("  complete  ") == 7


def test_incomplete_ones_come_first_in_every_format(command: Command, cut: Path) -> None:
    rows = json.loads(command("check", cut, "--format", "json", code=1)[0])
    assert len(rows) == 8
    assert rows[0].keys() >= KEYS
    assert [row["verdict"] for row in rows] == ["incomplete"] + ["complete"] * 7
    assert (rows[0]["expected"], rows[0]["found"], rows[0]["missing"]) == (8, 7, 1)
    lines = list(csv.DictReader(command("check", cut, "--format", "csv", code=1)[0].splitlines()))
    assert [line["verdict"] for line in lines] == [row["verdict"] for row in rows]
    assert command("check", cut, "--format", "md", code=1)[0].count("\n") == 3


def test_ci_servers_open_it(command: Command, cut: Path) -> None:
    text, told = command("check", cut, "--format", "junit", code=1)
    suite = ElementTree.fromstring(text)[0]  # made here
    assert (suite.get("tests"), suite.get("failures"), suite.get("skipped")) == ("8", "1", "0")
    [failure] = suite.iter("failure")
    assert failure.get("message") == "1 question without an answer"
    first = next(suite.iter("testcase"))
    assert first.get("name", "").startswith("mock/pine-7b")
    assert first.get("name", "").endswith("pocketquiz · pocketquiz_science")
    assert "7 of 8 are complete" in told


def test_one_run_or_dataset(command: Command, cut: Path) -> None:
    assert "4 of 4" in command("check", cut, "--run", "pine-1b")[0]
    assert "1 of 1" in command("check", cut, "--run", "7b", "--dataset", "short")[0]
    assert "2 of 2" in command("check", cut, "--dataset", "short")[0]


def test_what_nobody_knows_is_said_and_ends_with_0(command: Command, tmp_path: Path) -> None:
    for file in (SAMPLES / "lm_eval/mock__pine-1b").glob("results_*"):
        shutil.copy(file, tmp_path)
    out, _ = command("check", tmp_path)
    assert out.count("mock/pine-1b") == 1
    assert "2 datasets" in out
    assert "their files are not among those that were read" in " ".join(out.split())
    assert "unknown: 2 lines of which nothing tells" in " ".join(out.split())
    assert out.splitlines()[-1].startswith("0 of 2 are complete")
    text, told = command("check", tmp_path, "--format", "junit")
    suite = ElementTree.fromstring(text)[0]  # made here
    assert (suite.get("failures"), suite.get("skipped")) == ("0", "2")
    assert "nothing tells whether answers are missing" in told


def test_results_that_cannot_be_read_are_not_complete(command: Command, tmp_path: Path) -> None:
    shutil.copytree(SAMPLES / "lm_eval/mock__pine-1b", tmp_path / "lm_eval")
    text = next((SAMPLES / "lighteval").rglob("results_*")).read_text("utf-8")
    (tmp_path / "results_2026-01-01T00-00-00.json").write_text(text[: len(text) // 2], "utf-8")
    out, _ = command("check", tmp_path, code=1)
    assert "1 file cannot be read: tui-eval doctor says why." in out
    assert "All that could be read is complete." in out
    text, _ = command("check", tmp_path, "--format", "junit", code=1)
    suite = ElementTree.fromstring(text)[0]  # made here
    assert (suite.get("tests"), suite.get("failures")) == ("5", "1")
    [test] = [test for test in suite.iter("testcase") if test.find("failure") is not None]
    assert test.get("name", "").endswith("results_2026-01-01T00-00-00.json")


def test_a_path_that_is_not_there_ends_with_2_and_the_rest_is_printed(
    command: Command, cut: Path
) -> None:
    gone = cut / "gone"
    out, err = command("check", SAMPLES / "lm_eval", gone, code=2)
    assert "12 of 12 are complete" in out
    assert "Everything is complete." not in out
    assert str(gone) in err
    assert "7 of 8 are complete" in command("check", cut, gone, code=2)[0]


@pytest.mark.parametrize(
    "words", [("--format", "parquet"), ("--run", "nobody"), ("--dataset", "nothing")]
)
def test_wrong_usage_ends_with_2(command: Command, words: tuple[str, str]) -> None:
    command("check", SAMPLES / "lm_eval", *words, code=2)


def test_names_of_files_are_shown_literally(command: Command, tmp_path: Path) -> None:
    folder = tmp_path / "run"
    shutil.copytree(SAMPLES / "evalscope/20261121_000443", folder)
    file = next(folder.glob("reviews/*/general_qa_example.jsonl"))
    file.with_name(f"{file.name}.rerun-{ATTACK.replace(chr(0), '')}").touch()
    for form in ("table", "csv", "md", "json", "junit"):
        out, told = command("check", folder, "--all", "--format", form)
        assert "rerun" in out
        assert not any(map(is_obeyed, (out + told).replace("\n", "")))


def test_a_fault_is_no_verdict(command: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tui_eval.loading.check.check_rows", lambda *_: 1 / 0)
    _, told = command("check", SAMPLES / "lm_eval", code=2)
    assert "this is a bug in tui-eval" in told
