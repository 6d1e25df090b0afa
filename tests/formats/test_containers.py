"""Harnesses that write other files than JSON, and have results alone: nothing else is written."""

from __future__ import annotations

import csv
import json
from collections.abc import Sequence
from pathlib import Path
from zipfile import ZIP_DEFLATED, ZIP_LZMA, ZipFile

import polars as pl
import pytest

from tests.build.commands import Command
from tests.build.formats import add, change
from tests.build.lm_eval import write_answers
from tests.build.opened import opened
from tests.build.twinkle import document, write
from tui_eval.files.csv_headings import LONGEST
from tui_eval.files.documents import Refusal
from tui_eval.files.head import Head
from tui_eval.files.zip_members import DAMAGED, zip_member
from tui_eval.formats import registry
from tui_eval.formats.format import Format
from tui_eval.formats.registry import UNREAD, read, recognise
from tui_eval.loading.cache import Cache
from tui_eval.loading.collection import load
from tui_eval.loading.passes import read_samples, recompute
from tui_eval.loading.texts import read_answer
from tui_eval.records import Run, Score, ScoreColumns

# --- two harnesses that do not exist --------------------------------------------------------------


def run_of(model: str, harness: str, path: Path, scores: Sequence[tuple[str, float]]) -> Run:
    columns = ScoreColumns(Score(dataset, None, "accuracy", value) for dataset, value in scores)
    return Run(model, None, harness, path, scores=columns)


def runs_of_crate(_: object, path: Path, __: int) -> list[Run]:
    content = json.loads(zip_member(path, "run.json"))
    return [run_of(content["model"], "crate", path, content["scores"].items())]


def runs_of_sheet(_: object, path: Path, __: int) -> list[Run]:
    with path.open(encoding="utf-8", newline="") as file:
        rows = [(row["task"], float(row["accuracy"])) for row in csv.DictReader(file)]
    if not rows:
        raise Refusal("no score in it")
    return [run_of(path.stem, "sheet", path, rows)]


CRATE = Format(
    name="crate",
    title="Crate",
    suffixes={".zip": "zip", ".crate": "zip"},
    recognise=lambda head: "results" if "run.json" in head.names else None,
    read_runs=runs_of_crate,
)

SHEET = Format(
    name="sheet",
    title="Sheet",
    suffixes={".csv": "csv"},
    recognise=lambda head: "results" if {"task", "accuracy"} <= head.names else None,
    read_runs=runs_of_sheet,
)


@pytest.fixture
def _known(monkeypatch: pytest.MonkeyPatch) -> None:
    add(monkeypatch, CRATE, SHEET)


def crate(path: Path, *, method: int = ZIP_DEFLATED, name: str = "run.json") -> Path:
    with ZipFile(path, "w", method) as archive:
        archive.writestr(name, json.dumps({"model": "heron", "scores": {"tea": 0.25}}))
        archive.writestr("notes.txt", "of no use here")
    return path


def sheet(path: Path, text: str = "task,accuracy\ntea,0.5\nbread,0.75\n") -> Path:
    path.write_text(text, "utf-8")
    return path


# --- results alone --------------------------------------------------------------------------------


@pytest.mark.usefixtures("_known")
def test_results_in_a_zip_and_in_csv_are_read_and_shown(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    crate(tmp_path / "a.crate")
    sheet(tmp_path / "lynx.csv")
    write(tmp_path / "results.json", document(name="sound"))
    collection = load([tmp_path])
    assert [file.content.what for file in collection.files] == [
        *("Crate results", "Sheet results", "Twinkle Eval results")
    ]
    tables = collection.tables()
    own = tables.scores.join(tables.runs.select("run", "model", "harness"), on="run")
    found = own.filter(pl.col("harness") != "twinkle").select("model", "dataset", "value")
    assert found.rows() == [("heron", "tea", 0.25), ("lynx", "tea", 0.5), ("lynx", "bread", 0.75)]
    out, _ = Command(capsys)("scores", tmp_path / "lynx.csv", "--dataset", "bread")
    assert "0.750" in out


@pytest.mark.usefixtures("_known")
def test_what_a_harness_does_not_have_is_missing_and_costs_nothing(tmp_path: Path) -> None:
    crate(tmp_path / "a.zip")
    collection = load([tmp_path / "a.zip"])
    (run,) = collection.runs
    tables = collection.tables()
    *_, samples = read_samples({run.key: run}, tables, tables, "tea", Cache(None))
    assert (samples.rows.height, samples.notes, samples.is_whole) == (0, (), True)
    assert list(recompute(collection, Cache(None))) == []
    with pytest.raises(Refusal, match="the files of its harness hold no texts of answers"):
        read_answer(run, str(tmp_path / "a.zip"), 0, 0)


@pytest.mark.usefixtures("_known")
def test_other_files_of_these_kinds_are_skipped(tmp_path: Path) -> None:
    other = crate(tmp_path / "a.zip", name="photo.json")
    assert (read(other).state, read(other).what) == ("skipped", UNREAD)
    content = read(sheet(tmp_path / "a.csv", "name,price\ntea,3\n"))
    assert (content.state, content.what) == ("skipped", UNREAD)


# --- damage ---------------------------------------------------------------------------------------


@pytest.mark.usefixtures("_known")
def test_damaged_files_are_refused_in_words_and_the_rest_is_read(tmp_path: Path) -> None:
    crate(tmp_path / "good.zip")
    cut = crate(tmp_path / "cut.zip")
    cut.write_bytes(cut.read_bytes()[:-30])
    crate(tmp_path / "lzma.zip", method=ZIP_LZMA)
    with ZipFile(tmp_path / "long.zip", "w", ZIP_DEFLATED) as archive:
        archive.writestr("run.json", bytes(70_000_000))
    sheet(tmp_path / "quote.csv", '"task,accuracy\ntea,0.5\n')
    sheet(tmp_path / "long.csv", "task," * LONGEST)
    sheet(tmp_path / "none.csv", "task,accuracy\n")
    collection = load([tmp_path])
    assert [run.path.name for run in collection.runs] == ["good.zip"]
    told = {file.path.name: file.reason for file in collection.files if not file.content.runs}
    assert told == {
        "cut.zip": DAMAGED,
        "lzma.zip": "run.json: it is compressed by method 14; only deflate (8) is read",
        "long.zip": "run.json: it is longer than 64 MB",
        "quote.csv": "line 1: no headings: a field in quotes has no proper end",
        "long.csv": "line 1: no headings: the first line is longer than 64 kB",
        "none.csv": "no score in it",
    }
    refused = [file for file in collection.files if file.content.state == "refused"]
    assert {file.path.name for file in refused} == told.keys()


# --- who is asked about what ----------------------------------------------------------------------


def test_no_zip_and_no_csv_is_opened_where_no_format_reads_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    crate(tmp_path / "a.zip")
    sheet(tmp_path / "a.csv")
    write(tmp_path / "results.json", document(name="sound"))
    opened_files = []

    def spied(path: Path) -> registry.Content:
        opened_files.append(path.name)
        return read(path)

    monkeypatch.setattr("tui_eval.loading.collection.read", spied)
    skipped = [file for file in load([tmp_path]).files if file.content.state == "skipped"]
    assert [file.path.name for file in skipped] == ["a.csv", "a.zip"]
    assert {file.content.what for file in skipped} == {"none of .json, .jsonl and .parquet"}
    assert opened_files == ["results.json"]


def test_a_format_is_asked_about_files_of_its_kinds_alone() -> None:
    names = {"question_id", "is_correct"}  # of answers of Twinkle Eval, which are JSON
    known = recognise(Head.of(dict.fromkeys(names)))
    assert known is not None
    assert (known[0].name, known[1]) == ("twinkle", "samples")
    assert recognise(Head("parquet", names)) is None


def test_parquet_is_told_by_its_columns(tmp_path: Path) -> None:
    path = tmp_path / "details_tea_2026-01-01T00-00-00.parquet"
    row = {"doc": {"query": "?"}, "metric": {"em": 1}, "model_response": {"text": ["a"]}}
    pl.DataFrame([row]).write_parquet(path)
    assert read(path).what == "Lighteval samples"
    pl.DataFrame({"config_general": [1], "results": [1]}).write_parquet(path)
    assert (read(path).state, read(path).what) == ("skipped", UNREAD)


# --- parts that are left out ----------------------------------------------------------------------


def test_files_of_samples_are_skipped_where_a_format_reads_none(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = write_answers(tmp_path, ["yes", "no"])
    change(monkeypatch, "lm_eval", "samples", None)
    collection = load([tmp_path])
    (skipped,) = [one for one in collection.files if one.content.state == "skipped"]
    assert (skipped.path, skipped.content.what) == (file, "lm-evaluation-harness: samples")
    (run,) = collection.runs
    assert (len(run.scores), run.samples) == (1, ())


def test_answers_without_texts_are_told_in_their_place(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_answers(tmp_path, ["yes", "no"])
    whole = opened(tmp_path)
    change(monkeypatch, "lm_eval", "answer", None)
    rows = whole.whole("riddles").rows
    assert rows["score"].to_list() == [1.0, 1.0]
    row = rows.row(0, named=True)
    with pytest.raises(Refusal, match="hold no texts of answers"):
        read_answer(whole.runs[row["run"]], row["file"], row["place"], row["item"])


def test_no_score_is_recomputed_where_the_answers_give_none(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = write_answers(tmp_path, ["yes", "no"])
    for results in tmp_path.glob("results_*.json"):
        results.unlink()
    whole = load([file])
    assert [run.harness for run in recompute(whole, Cache(None))] == ["lm_eval"]
    assert len(whole.runs[0].scores) == 1
    change(monkeypatch, "lm_eval", "recompute", None)
    without = load([file])
    assert list(recompute(without, Cache(None))) == []
    assert [len(run.scores) for run in without.runs] == [0]
    assert without.tables().scores.is_empty()


def test_no_answers_come_along_where_a_format_does_not_look_for_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = write_answers(tmp_path, ["yes", "no"])
    (results,) = tmp_path.glob("results_*.json")
    assert [one.path for one in load([results]).files] == [results, file]
    change(monkeypatch, "lm_eval", "beside", None)
    assert [one.path for one in load([results]).files] == [results]
