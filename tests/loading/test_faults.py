"""Whatever one file makes this program raise, that file is refused, and the rest is read."""

from __future__ import annotations

import codecs
import json
import os
import random
import re
import subprocess
import sys
from pathlib import Path
from shutil import copytree
from typing import Any

import polars as pl
import pytest

from tests.build.formats import change, part_of
from tests.build.opened import DATASETS, HARNESSES, NOWHERE, ROOT, Opened, opened
from tui_eval.analysis.run_details import facts_report
from tui_eval.files.documents import NOT_REGULAR, Refusal
from tui_eval.formats.registry import read
from tui_eval.loading.collection import load
from tui_eval.loading.texts import read_answer, search, texts
from tui_eval.render.plain import plain_table

FAULT = "a bug in tui-eval (test_faults.py, line "
RAISED = [
    pytest.param(KeyError("\x1b[2J"), id="exception"),
    pytest.param(RecursionError("too deep"), id="recursion"),
    pytest.param(pl.exceptions.PanicException("index out of bounds"), id="panic"),
]


def failing(error: BaseException) -> Any:
    def fail(*_: Any, **__: Any) -> Any:
        raise error

    return fail


def two_of(harness: str, folder: Path) -> list[Path]:
    """Runs of a harness, and of another one; the folders of both."""
    other = next(name for name in HARNESSES if name != harness)
    for name in (harness, other):
        copytree(ROOT / name, folder / name)
    return [folder / harness, folder / other]


# --- results --------------------------------------------------------------------------------------


@pytest.mark.parametrize("error", RAISED)
@pytest.mark.parametrize("harness", HARNESSES)
def test_a_fault_over_results_refuses_the_file(
    harness: str, error: BaseException, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    own, other = two_of(harness, tmp_path)
    expected = len(load([other]).runs)
    change(monkeypatch, harness, "read_runs", failing(error))
    collection = load([own, other])
    with_scores = [run for run in collection.runs if run.scores]
    assert len([run for run in with_scores if run.harness != harness]) == expected
    refused = [file for file in collection.files if file.content.state == "refused"]
    assert refused
    assert all(file.path.is_relative_to(own) for file in refused)
    assert all(FAULT in file.reason for file in refused)
    table = collection.file_table().filter(state="refused")
    assert table.height == len(refused)
    assert table["reason"].str.contains(type(error).__name__).all()


@pytest.mark.parametrize("harness", HARNESSES)
def test_a_fault_over_the_first_row_of_answers_refuses_the_file(
    harness: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    own, other = two_of(harness, tmp_path)
    change(monkeypatch, harness, "read", failing(KeyError("category")))
    collection = load([own, other])
    assert {run.harness for run in collection.runs if run.scores} == {own.name, other.name}
    refused = [file for file in collection.files if file.content.state == "refused"]
    assert refused
    assert all(FAULT in file.reason and "KeyError: 'category'" in file.reason for file in refused)


def test_too_little_memory_is_no_fault(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    own, _ = two_of("twinkle", tmp_path)
    change(monkeypatch, "twinkle", "read_runs", failing(MemoryError()))
    reasons = {file.reason for file in load([own]).files if file.content.state == "refused"}
    assert reasons == {"there is not enough memory to read it"}


def test_one_fault_in_a_file_of_several_runs_costs_one_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from tests.build.twinkle import document

    path = tmp_path / "results_all.jsonl"
    path.write_text("".join(f"{json.dumps(document(name=name))}\n" for name in "abc"))
    read_runs = part_of("twinkle", "read_runs")

    def fail(whole: Any, *place: Any) -> Any:
        if whole["config"]["model"]["name"] == "b":
            raise KeyError("b")
        return read_runs(whole, *place)

    change(monkeypatch, "twinkle", "read_runs", fail)
    content = read(path)
    assert [run.model for run in content.runs] == ["a", "c"]
    assert [problem.place for problem in content.problems] == ["line 2"]


def test_reviews_in_utf16_without_their_report_are_refused_and_the_rest_is_read(
    tmp_path: Path,
) -> None:
    copytree(ROOT / "evalscope", tmp_path / "evalscope")
    before = load([tmp_path]).runs
    reviews = sorted((tmp_path / "evalscope").rglob("reviews/*/*.jsonl"))[0]
    report = reviews.parents[2] / "reports" / reviews.parent.name
    for file in report.iterdir():
        file.unlink()
    reviews.write_bytes(codecs.BOM_UTF16_LE + reviews.read_text("utf-8").encode("utf-16-le"))
    collection = load([tmp_path])
    (refused,) = [file for file in collection.files if file.content.state == "refused"]
    assert refused.path == reviews
    assert refused.reason == "in UTF-16: files of answers are read in UTF-8 only"
    assert len(collection.runs) >= len(before) - 1


# --- runs of parts --------------------------------------------------------------------------------


@pytest.mark.parametrize("harness", HARNESSES)
def test_a_fault_in_putting_a_run_together_refuses_its_files(
    harness: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    own, other = two_of(harness, tmp_path)
    expected = len(load([other]).runs)
    with monkeypatch.context() as patch:
        change(patch, harness, "combine", failing(ValueError("\ud800")))
        collection = load([own, other])
        assert len(collection.runs) == collection.tables().runs.height == expected
        refused = {file.path for file in collection.files if file.content.state == "refused"}
        assert refused
        assert all(path.is_relative_to(own) for path in refused)
        table = collection.file_table().filter(state="refused")
        assert table["reason"].str.contains("a bug in tui-eval", literal=True).all()
    for path in refused:
        os.utime(path, (1, 1))
    collection.look_again([own, other])  # what has changed is tried again
    assert len(collection.runs) > expected
    assert not [file for file in collection.files if file.content.state == "refused"]


# --- answers --------------------------------------------------------------------------------------


def pair(harness: str, tmp_path: Path) -> tuple[Opened, str]:
    copytree(ROOT / DATASETS[harness][0], tmp_path / "runs")
    return opened(tmp_path / "runs"), DATASETS[harness][1]


@pytest.mark.usefixtures("no_children")
@pytest.mark.parametrize("error", RAISED)
@pytest.mark.parametrize("harness", HARNESSES)
def test_a_fault_in_a_pass_keeps_what_was_found_and_goes_on(
    harness: str, error: BaseException, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole, dataset = pair(harness, tmp_path)
    before = whole.whole(dataset).rows
    bad = next(iter(whole.runs.values())).samples[0].path
    index = part_of(harness, "index")

    def fail(path: Path, problems: Any, start: Any) -> Any:
        yield from index(path, problems, start)
        if path == bad:
            raise error

    change(monkeypatch, harness, "index", fail)
    samples = whole.whole(dataset)
    if bad.name in {Path(file).name for file in before["file"].unique()}:
        assert any(note.startswith(f"{bad}: {FAULT}") for note in samples.notes)
    assert samples.rows.equals(before)


@pytest.mark.parametrize("name", ["table", "place_of"])
@pytest.mark.parametrize("harness", HARNESSES)
def test_a_fault_over_the_answers_of_a_run_leaves_them_out(
    name: str, harness: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole, dataset = pair(harness, tmp_path)
    labels = whole.whole(dataset).rows["run"].unique(maintain_order=True).to_list()
    bad = whole.runs[labels[0]]
    own = part_of(harness, name)

    def fail(run: Any, *arguments: Any) -> Any:
        if run is bad:
            raise ValueError("odd")
        return own(run, *arguments)

    change(monkeypatch, harness, name, fail)
    samples = whole.whole(dataset)
    assert samples.rows["run"].unique(maintain_order=True).to_list() == labels[1:]
    assert any(FAULT in note and "ValueError: odd" in note for note in samples.notes)


@pytest.mark.usefixtures("no_children")
@pytest.mark.parametrize("error", RAISED)
@pytest.mark.parametrize("harness", HARNESSES)
def test_a_fault_over_the_texts_of_an_answer_is_told_in_their_place(
    harness: str, error: BaseException, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole, dataset = pair(harness, tmp_path)
    places = whole.whole(dataset).rows.head(3)
    questions = places.select("category", "sample", "id").unique()
    change(monkeypatch, harness, "answer", failing(error))
    row = places.row(0, named=True)
    with pytest.raises(Refusal, match="a bug in tui-eval"):
        read_answer(whole.runs[row["run"]], row["file"], row["place"], row["item"])
    records = list(texts(whole.runs, whole.shown.labels, questions, places))
    assert len(records) == places.height
    assert all(FAULT in str(record["error"]) for record in records)
    assert [rows for rows, _ in search(whole.runs, questions, places, "a")] == [()]


# --- damage of any kind ---------------------------------------------------------------------------

VALUES = [
    *(b"null", b"true", b"-1", b"NaN", b"1e999", b'""', b'"\\ud800"', b"[]", b"[[null]]", b"{}"),
    *(b'{"": [1]}', b"[" * 500 + b"]" * 500, b"9" * 500, b'"' + b"x" * 5000 + b'"'),
]
VALUE = re.compile(rb'(?<=: )("[^"]*"|[-0-9.]+|true|false|null)')


def damaged(data: bytes, chance: random.Random) -> bytes:
    """Another value in the place of one, or bytes that are changed, gone or too many."""
    values = list(VALUE.finditer(data))
    if values and chance.random() < 0.7:
        begin, end = chance.choice(values).span()
        return data[:begin] + chance.choice(VALUES) + data[end:]
    place = chance.randrange(len(data))
    after = data[place + chance.choice([0, 1, 300]) :]
    return data[:place] + chance.choice([b"", b"\0", b"\xff", b"[", b'"']) + after


@pytest.mark.parametrize("harness", HARNESSES)
def test_no_damage_ends_the_reading_or_is_a_fault(harness: str, tmp_path: Path) -> None:
    chance = random.Random(harness)
    copytree(ROOT / DATASETS[harness][0], tmp_path / "runs")
    files = sorted(path for path in (tmp_path / "runs").rglob("*") if path.is_file())
    for _ in range(12):
        path = chance.choice(files)
        data = path.read_bytes()
        path.write_bytes(damaged(data, chance))
        collection = load([tmp_path])
        said = [file.reason for file in collection.files]
        tables = collection.tables()
        said += [plain_table(facts_report(tables, run)) for run in tables.runs["run"]]
        whole = opened(tmp_path)
        for dataset in tables.scores["dataset"].unique():
            samples = whole.whole(dataset)
            said += samples.notes
            questions = samples.rows.select("category", "sample", "id").unique().head(3)
            labels = whole.shown.labels
            records = texts(whole.runs, labels, questions, samples.rows, samples.states)
            said += map(str, records)
        assert not [words for words in said if "a bug in tui-eval" in words], path
        path.write_bytes(data)


# --- half a surrogate pair ------------------------------------------------------------------------

HALF = r"\ud800"  # as JSON, YAML and Python write it
CONFIGURED = {
    "twinkle": ("results_*.json", '"config": {'),
    "lm_eval": ("results_*.json", '"config": {'),
    "lighteval": ("results_*.json", '"config_general": {'),
    "evalscope": ("task_config*.yaml", ""),
}


@pytest.mark.parametrize("harness", CONFIGURED)
def test_half_a_surrogate_pair_in_a_configuration_is_shown_as_its_escape(
    harness: str, tmp_path: Path
) -> None:
    copytree(ROOT / harness, tmp_path / harness)
    pattern, where = CONFIGURED[harness]
    for path in (tmp_path / harness).rglob(pattern):
        text = path.read_text(encoding="utf-8")
        fact = f'"half {HALF}": "value {HALF}"'
        made = text.replace(where, f"{where}{fact}, ", 1) if where else f"{text}\n{fact}\n"
        path.write_text(made, encoding="utf-8")
    tables = load([tmp_path]).tables()
    for run in tables.runs["run"]:
        report = facts_report(tables, run)
        values = {name: value for name, value in report.body.iter_rows() if "half" in name}
        assert list(values.values()) == [f"value {HALF}"]
        assert next(iter(values)).endswith(f"half {HALF}")
        assert f"half {HALF}" in plain_table(report)


def test_half_a_surrogate_pair_in_a_name_of_a_row_of_twinkle(tmp_path: Path) -> None:
    whole, dataset = pair("twinkle", tmp_path)
    before = whole.whole(dataset)
    for path in (tmp_path / "runs").rglob("eval_results_*.jsonl"):
        rows = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
        for row in rows:
            row["\ud800"] = {"\udfff": "\udc00"}
            row["logprob_scores"] = {"\ud800": -1.5}
        path.write_text("".join(f"{json.dumps(row)}\n" for row in rows))
    whole = opened(tmp_path / "runs")
    samples = whole.whole(dataset)
    assert samples.rows.drop("place").equals(before.rows.drop("place"))
    row = samples.rows.row(0, named=True)
    answer = read_answer(whole.runs[row["run"]], row["file"], row["place"], row["item"])
    assert [choice.text for choice in answer.choices] == [HALF]


# --- what is no regular file ----------------------------------------------------------------------

NEVER_ENDS = [
    Path(name)
    for name in ("/proc/kmsg", "/proc/self/pagemap", "/proc/self/mem", "/dev/zero")
    if os.path.exists(name)
]


@pytest.mark.parametrize("path", NEVER_ENDS, ids=str)
def test_what_the_system_shows_as_a_file_is_no_regular_file(path: Path) -> None:
    """The log of the kernel waits for more, and only somebody with rights may open it."""
    (file,) = load([path]).files
    assert file.content.state in ("skipped", "refused")
    assert not file.content.runs
    (problem,) = read(path).problems
    assert problem.reason.startswith(("not a regular file", "cannot be read: operation not"))


def test_a_pipe_in_the_place_of_a_file_is_no_regular_file(tmp_path: Path) -> None:
    whole, dataset = pair("lm_eval", tmp_path)
    first = next(iter(whole.runs.values())).samples[0].path
    for path in (first, tmp_path / "named.json"):
        path.unlink(missing_ok=True)
        os.mkfifo(path)
    (file,) = load([tmp_path / "named.json"]).files
    assert (file.content.state, file.content.what) == ("skipped", NOT_REGULAR)
    assert str(read(first).problems[0]) == NOT_REGULAR
    assert f"{first}: {NOT_REGULAR}" in whole.whole(dataset, NOWHERE).notes


# --- what nobody thought of -----------------------------------------------------------------------

FAILING = """
import sys
from tui_eval.cli import main
from tui_eval.loading import collection

def load(paths, cache):
    raise ValueError("\\x1b[2J\\x9b1m\\u202e")

collection.load = load
sys.exit(main.main(["scores", "."]))
"""


def test_a_fault_that_ends_a_command_is_told_without_control_characters() -> None:
    done = subprocess.run([sys.executable, "-c", FAILING], capture_output=True, timeout=60)
    said = done.stderr.decode()
    assert done.returncode == 1
    assert "ValueError: ␛[2J\\x9b1m\\u202e" in said
    assert said.endswith("tui-eval: this is a bug in tui-eval\n")
    assert all(character.isprintable() or character == "\n" for character in said)
