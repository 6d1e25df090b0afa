from __future__ import annotations

import json
import os
import random
import shutil
import socket
from datetime import datetime
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from tests.build.twinkle import document, item, write
from tui_eval.analysis.files import runs_report
from tui_eval.formats.registry import Content, read
from tui_eval.loading.collection import FILES, NOT_WALKED, Collection, File, find, load
from tui_eval.tables import RUNS, SCORES, Tables

DATA = Path(__file__).parents[1] / "data"


def found(*paths: Path) -> list[tuple[str, str]]:
    """Names and states of what was looked at, in order."""
    return [(file.path.name, file.content.state) for file in find(paths)]


def test_folders_are_walked_by_name_and_files_of_other_kinds_left(tmp_path: Path) -> None:
    write(tmp_path / "b" / "deep" / "er" / "r.json", document())
    write(tmp_path / "a" / "r.JSONL", document())
    write(tmp_path / "c.json", document())
    (tmp_path / "notes.txt").write_text("x")
    (tmp_path / "empty").mkdir()
    assert found(tmp_path) == [
        ("r.JSONL", "read"),
        ("r.json", "read"),
        ("c.json", "read"),
        ("notes.txt", "skipped"),
    ]


@pytest.mark.parametrize("name", [".git", ".venv", "node_modules", "site-packages", "__pycache__"])
def test_folders_of_programs_are_walked_where_they_are_named(tmp_path: Path, name: str) -> None:
    inside = write(tmp_path / name / "deep" / "r.json", document())
    write(tmp_path / ".r.json", document())  # a hidden file is no folder
    assert sorted(found(tmp_path)) == sorted([(".r.json", "read"), (name, "skipped")])
    assert found(tmp_path / name) == [("r.json", "read")]
    (tmp_path / "results").symlink_to(inside.parent)
    assert ("r.json", "read") in found(tmp_path)
    collection = load([tmp_path])
    assert collection.file_table().filter(state="skipped")["what"].to_list() == [NOT_WALKED]
    (tmp_path / name / "more.txt").write_text("x")
    assert collection.look_again([tmp_path]) is None


def test_a_file_that_is_named_is_read_whatever_its_suffix(tmp_path: Path) -> None:
    assert found(write(tmp_path / "results.txt", document())) == [("results.txt", "read")]


def test_a_path_that_is_not_there_is_refused_in_words(tmp_path: Path) -> None:
    file = next(find([tmp_path / "gone"]))
    assert file.content.state == "refused"
    assert file.reason == "cannot be read: no such file or directory"


def test_links_in_a_circle_end(tmp_path: Path) -> None:
    write(tmp_path / "a" / "r.json", document())
    (tmp_path / "a" / "up").symlink_to(tmp_path)
    (tmp_path / "a" / "self").symlink_to("self")
    assert found(tmp_path) == [("r.json", "read"), ("self", "skipped"), ("up", "skipped")]


def test_a_file_that_links_lead_to_is_read_once(tmp_path: Path) -> None:
    path = write(tmp_path / "a.json", document())
    (tmp_path / "b.json").symlink_to(path)
    (tmp_path / "c.json").hardlink_to(path)
    expected = [("a.json", "read"), ("b.json", "skipped"), ("c.json", "skipped")]
    assert found(tmp_path) == expected
    assert load([tmp_path, path, tmp_path]).tables().runs.height == 1


def test_a_run_that_is_found_twice_is_one_and_says_so(tmp_path: Path) -> None:
    for name in ("a", "b/c"):
        write(tmp_path / f"{name}.json", document())
    tables = load([tmp_path]).tables()
    assert tables.runs["label"].to_list() == ["m @ 20260101_0000"]
    assert tables.runs["notes"].to_list() == [[f"found again, and read once: {tmp_path}/b/c.json"]]
    single = tables.scores.filter(pl.col("repeat").is_null(), metric="accuracy_mean")
    assert single["category"].to_list() == ["a", "b"]


def test_a_copy_is_named_by_doctor(tmp_path: Path) -> None:
    for name in ("a", "b/c"):
        write(tmp_path / f"{name}.json", document())
    notes = load([tmp_path]).file_table().select("path", "notes").rows()
    assert sorted(notes) == [
        (f"{tmp_path}/a.json", ""),
        (f"{tmp_path}/b/c.json", f"the same run as in {tmp_path}/a.json"),
    ]


@pytest.mark.parametrize(
    "change",
    [
        lambda content: content["config"]["model"].update(reasoning_effort="high"),
        lambda content: content.update(duration_seconds=5),
        lambda content: content["dataset_results"]["datasets/d/"]["results"].append(
            item("datasets/d/c.csv", "n/a")
        ),
        lambda content: content["config"].pop("model"),
    ],
)
def test_runs_that_differ_in_anything_are_two(tmp_path: Path, change: Any) -> None:
    for name in ("a", "b"):
        content = document()
        if name == "b":
            change(content)
        write(tmp_path / f"{name}.json", content)
    assert load([tmp_path]).tables().runs.height == 2


def test_runs_of_one_time_with_other_numbers_stay_apart(tmp_path: Path) -> None:
    write(tmp_path / "a.json", document())
    write(tmp_path / "b.json", document([item("datasets/d/a.csv", 0.9)]))
    write(tmp_path / "c.json", document(name="other"))
    runs = load([tmp_path]).tables().runs
    assert sorted(runs["label"].to_list()) == [
        "m @ 20260101_0000 (a)",
        "m @ 20260101_0000 (b)",
        "other @ 20260101_0000",
    ]
    assert runs["run"].n_unique() == 3


def test_a_run_keeps_its_key_and_its_place_while_more_is_found(tmp_path: Path) -> None:
    answers = tmp_path / "eval_results_20260101_0000_run0.jsonl"
    answers.write_text('{"question_id": 0, "is_correct": true}\n' * 2, encoding="utf-8")
    write(tmp_path / "results_20260101_0000.json", document())
    write(tmp_path / "z.json", document(name="z"))
    collection = Collection()
    seen = []
    for file in find([tmp_path]):
        collection.add(file)
        runs = collection.tables().runs
        seen.append(runs.select("run", "label", "state").row(0))
    assert len({key for key, _, state in seen if state == "complete"}) == 1
    assert [state for _, _, state in seen] == ["no report", "complete", "complete"]
    assert seen[-1][1] == "m @ 20260101_0000"
    assert collection.tables().scores["run"].n_unique() == 2


def test_a_link_to_nothing_is_no_refused_run(tmp_path: Path) -> None:
    write(tmp_path / "r.json", document())
    for name in ("broken.json", "broken"):
        (tmp_path / name).symlink_to(tmp_path / "gone")
    collection = load([tmp_path])
    told = {file.path.name: (file.content.state, file.content.what) for file in collection.files}
    skipped = ("skipped", "link to something that is not there")
    assert told.pop("r.json")[0] == "read"
    assert told == {"broken.json": skipped, "broken": skipped}
    report = runs_report(collection.tables(), collection.file_table())
    assert report.body["state"].to_list() == ["complete"]
    assert next(find([tmp_path / "broken.json"])).content.state == "refused"  # as somebody named it


def test_a_folder_of_the_hubs_cache_is_read_by_the_names_of_its_links(tmp_path: Path) -> None:
    home = tmp_path / "datasets--lab--results"
    write(home / "blobs" / "0123abcd", document())
    write(home / "blobs" / "4567cdef", document(name="other"))
    (home / "refs").mkdir()
    (home / "refs" / "main").write_text("c0ffee")
    for snapshot in ("c0ffee", "decaf"):
        folder = home / "snapshots" / snapshot
        folder.mkdir(parents=True)
        (folder / "results_a.json").symlink_to("../../blobs/0123abcd")
    (folder / "results_b.json").symlink_to("../../blobs/4567cdef")
    for path in (home, home / "snapshots", home / "snapshots" / "decaf"):
        runs = load([path]).tables().runs
        assert sorted(runs["model"].to_list()) == ["m", "other"]
    collection = load([home])
    names = {str(file.path.relative_to(home)): file.content.state for file in collection.files}
    assert names == {
        "blobs/0123abcd": "skipped",
        "blobs/4567cdef": "skipped",
        "refs/main": "skipped",
        "snapshots/c0ffee/results_a.json": "read",
        "snapshots/decaf/results_a.json": "skipped",
        "snapshots/decaf/results_b.json": "read",
    }
    assert collection.look_again([home]) is None


@pytest.mark.parametrize(
    ("run", "halves"),
    [
        ("evalscope/v0.10/20250102_030405", ("reports", "reviews")),
        (
            "evalscope/v0.10/20250102_030405",
            ("reports/tea-1b/tea.json", "reports/tea-1b/rules.json"),
        ),
        (
            "mixeval/model_responses/our_lynx_1b/mixeval_hard/2031-01-01",
            ("score.json", "judge_results_ff_model_judge_gpt-3.5-turbo-0125.jsonl"),
        ),
        ("lm_eval/v0.4.1", ("results.json", "m_arc.jsonl")),
    ],
)
def test_halves_of_a_run_that_a_link_and_its_folder_lead_to_are_one_run(
    tmp_path: Path, run: str, halves: tuple[str, str]
) -> None:
    real = tmp_path / "of-one-run" / Path(run).parent.name / Path(run).name
    shutil.copytree(DATA / run, real)
    if run.startswith("lm_eval"):
        row = {"doc_id": 0, "doc": {}, "resps": [["x"]], "filtered_resps": ["x"], "acc": 1.0}
        (real / "m_arc.jsonl").write_text(json.dumps(row) + "\n" + json.dumps(row) + "\n")
    link = tmp_path / "link" / Path(run).parent.name / Path(run).name
    link.parent.mkdir(parents=True)
    link.symlink_to(real)
    whole = load([real / half for half in halves]).tables()
    assert whole.runs.height == 1
    for first, second in ((real, link), (link, real)):
        tables = load([first / halves[0], second / halves[1]]).tables()
        assert tables.runs["sample_files"].to_list() == whole.runs["sample_files"].to_list()
        assert tables.scores.drop("run").equals(whole.scores.drop("run"))


def test_a_file_without_a_known_suffix_is_read_where_it_is_named_beside_its_folder(
    tmp_path: Path,
) -> None:
    path = write(tmp_path / "results.txt", document())
    for paths in ([tmp_path, path], [path, tmp_path]):
        collection = load(paths)
        assert collection.tables().runs.height == 1
        assert collection.look_again(paths) is None


def test_pipes_and_sockets_are_never_opened(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)  # the path of a socket must be short
    os.mkfifo("pipe.json")
    with socket.socket(socket.AF_UNIX) as server:
        server.bind("socket.json")
        assert found(Path()) == [("pipe.json", "skipped"), ("socket.json", "skipped")]
        assert found(Path("pipe.json")) == [("pipe.json", "skipped")]


def test_a_folder_that_cannot_be_opened_is_refused_and_the_rest_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(tmp_path / "b" / "r.json", document())
    (tmp_path / "a").mkdir()
    scandir = os.scandir

    def denied(path: Path) -> object:
        if path.name == "a":
            raise PermissionError(13, "Permission denied")
        return scandir(path)

    with monkeypatch.context() as patch:
        patch.setattr(os, "scandir", denied)
        assert found(tmp_path) == [("a", "refused"), ("r.json", "read")]


def test_a_file_that_vanishes_between_looking_and_reading_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = write(tmp_path / "r.json", document())

    def late(late_path: Path) -> Content:
        late_path.unlink()
        return read(late_path)

    monkeypatch.setattr("tui_eval.loading.collection.read", late)
    assert found(path) == [("r.json", "refused")]


def test_walking_stops_when_it_is_cancelled(tmp_path: Path) -> None:
    for number in range(10):
        write(tmp_path / f"{number}.json", document())
    seen: list[File] = []
    for file in find([tmp_path], lambda: len(seen) >= 3):
        seen.append(file)  # noqa: PERF402  # the question looks at what was seen
    assert [file.path.name for file in seen] == ["0.json", "1.json", "2.json"]
    assert load([tmp_path], lambda: True).files == []


def test_ten_thousand_files(tmp_path: Path) -> None:
    write(tmp_path / "original.json", document())
    for folder in range(100):
        (tmp_path / str(folder)).mkdir()
        for number in range(100):
            (tmp_path / str(folder) / f"{number}.json").write_bytes(b"{}")
        write(tmp_path / str(folder) / "99.json", document(name=f"m{folder}"))
    collection = load([tmp_path])
    assert len(collection.files) == 10_001
    tables = collection.tables()
    assert tables.runs.height == tables.runs["run"].n_unique() == 101
    assert collection.file_table().height == 10_001


def test_deep_folders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    folder = Path(*["d"] * 400)
    folder.mkdir(parents=True)
    (folder / "r.json").write_text(json.dumps(document()), encoding="utf-8")
    assert found(Path("d")) == [("r.json", "read")]


def test_names_that_are_no_utf8_reach_the_tables(tmp_path: Path) -> None:
    folder = Path(os.fsdecode(os.fsencode(tmp_path) + b"/\xff"))
    write(folder / "m" / "low" / "r.json", document(name="m"))
    collection = load([tmp_path])
    assert collection.file_table()["path"].to_list() == [f"{tmp_path}/\\xff/m/low/r.json"]
    assert collection.tables().runs["path"].to_list() == [f"{tmp_path}/\\xff/m/low/r.json"]


# --- tables -------------------------------------------------------------------------------------


def test_an_empty_collection_has_empty_tables() -> None:
    tables = Collection().tables()
    assert (tables.runs.schema, tables.scores.schema) == (RUNS, SCORES)
    assert tables.runs.is_empty()
    assert tables.scores.is_empty()
    assert Collection().file_table().schema == FILES


def test_tables_keep_their_schema_and_grow(tmp_path: Path) -> None:
    collection = Collection()
    for number, name in enumerate(("one", "two"), start=1):
        path = write(tmp_path / f"{name}.json", document(name=name))
        collection.add(next(find([path])))
        tables = collection.tables()
        assert tables is collection.tables()
        assert (tables.runs.schema, tables.scores.schema) == (RUNS, SCORES)
        assert tables.runs.height == number
        assert set(tables.scores["run"]) == set(tables.runs["run"])


def test_numbers_stand_in_the_order_of_runs_though_more_is_found_of_an_early_one(
    tmp_path: Path,
) -> None:
    early, late = document(name="early"), {**document(name="late"), "timestamp": "20260202_0000"}
    collection = Collection()
    for name, content in (("a", early), ("b", late), ("c", early)):
        collection.add(next(find([write(tmp_path / name / "results.json", content)])))
        tables = collection.tables()
        order = tables.scores["run"].unique(maintain_order=True).to_list()
        assert order == tables.runs["run"].to_list()
    assert len(order) == 2
    assert numbers(tables) == numbers(load([tmp_path]).tables())


def test_only_some_runs(tmp_path: Path) -> None:
    for name in ("one", "two"):
        write(tmp_path / f"{name}.json", document(name=name))
    whole = load([tmp_path]).tables()
    tables = whole.only([whole.run_shown_as("two @ 20260101_0000")])
    assert tables.runs["model"].to_list() == ["two"]
    assert set(tables.scores["run"]) == set(tables.runs["run"])


def test_files_tell_what_became_of_them(tmp_path: Path) -> None:
    path = write(tmp_path / "r.json", document())
    os.utime(path, (1_700_000_000, 1_700_000_000))
    bad = tmp_path / "s.jsonl"
    bad.write_text(f"garbage\n{json.dumps(document())}\nmore\n", encoding="utf-8")
    (tmp_path / "t.json").write_text('{"dataset_results": {}, "timestamp":', encoding="utf-8")
    (tmp_path / "u.json").write_text("{}", encoding="utf-8")
    rows = load([tmp_path]).file_table().rows(named=True)
    assert [(row["state"], row["what"], row["runs"]) for row in rows] == [
        ("read", "Twinkle Eval results", 1),
        ("read", "Twinkle Eval results", 1),
        ("refused", "unreadable", 0),
        ("skipped", "not a result file of a known harness", 0),
    ]
    assert rows[0]["modified"] == datetime(2023, 11, 14, 22, 13, 20)
    assert rows[0]["size"] == path.stat().st_size
    assert [row["reason"] for row in rows] == [
        "",
        "line 1: not valid JSON: expecting value; line 3: not valid JSON: expecting value",
        "the JSON breaks off here: the file is incomplete",
        "",
    ]
    assert [row["place"] for row in rows] == ["", "line 1", "line 1, column 37", ""]


def numbers(tables: Tables) -> list[tuple[object, ...]]:
    """Every number with what tells it apart, in one order."""
    keys = ["label", "dataset", "category", "metric", "repeat"]
    scores = tables.scores.join(tables.runs.select("run", "label"), on="run")
    return sorted(scores.select(*keys, "value").rows(), key=str)


def test_the_order_of_files_changes_no_number(tmp_path: Path) -> None:
    paths = [
        write(tmp_path / str(number) / "results.json", document(name=f"m{number % 3}"))
        for number in range(6)
    ]
    expected = load(paths).tables()
    for seed in range(5):
        shuffled = list(paths)
        random.Random(seed).shuffle(shuffled)
        tables = load(shuffled).tables()
        assert numbers(tables) == numbers(expected)
        assert [*tables.labels.values()] == [*expected.labels.values()]


def test_looking_again_reads_what_changed_and_forgets_what_is_gone(tmp_path: Path) -> None:
    paths = [write(tmp_path / f"{name}.json", document(name=name)) for name in "abc"]
    collection = load([tmp_path])
    assert collection.look_again([tmp_path]) is None
    paths[0].unlink()
    write(paths[1], document([item("datasets/d/a.csv", 0.125)], name="b"))
    write(tmp_path / "d.json", document(name="d"))
    fresh = collection.look_again([tmp_path])
    tables = collection.tables()
    assert sorted(tables.runs["model"]) == ["b", "c", "d"]
    run = tables.run_shown_as("b @ 20260101_0000")
    assert tables.scores.filter(run=run, metric="accuracy_mean")["value"][0] == 0.125
    assert fresh is not None
    assert len(fresh) == 1
    assert tables.runs.filter(pl.col("run").is_in(list(fresh)))["model"].to_list() == ["d"]
    assert [file.path.name for file in collection.files if file.content.runs] == [
        "c.json",
        "b.json",
        "d.json",
    ]
