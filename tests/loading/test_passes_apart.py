"""Passes over samples in child processes: the same as in one process, whatever a file holds."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from shutil import copytree
from tempfile import TemporaryDirectory
from typing import Any

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from polars.testing import assert_frame_equal

from tests.build.lm_eval import two_models, write_answers
from tests.build.opened import DATASETS, ROOT, opened
from tui_eval.files.documents import Problem
from tui_eval.files.rows import WHOLE, json_rows, spans
from tui_eval.formats.batches import Batch
from tui_eval.formats.index import frame
from tui_eval.loading import passes as module
from tui_eval.loading import pool
from tui_eval.loading.cache import Cache

WITH_LINES = [harness for harness in DATASETS if harness != "lighteval"]


@pytest.fixture
def _apart(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two children for any file, which read small parts of it."""
    monkeypatch.setattr(module, "_APART_FROM", 0)
    monkeypatch.setattr(module, "_SPAN", 1000)
    monkeypatch.setattr(pool, "cores", lambda: 2)


# --- parts of files -------------------------------------------------------------------------------


@given(st.lists(st.sampled_from([b"", b"{}", b'{"a": 1}', b" ", b"x" * 30])), st.integers(1, 60))
def test_the_rows_of_all_parts_are_those_of_the_file(lines: list[bytes], size: int) -> None:
    with TemporaryDirectory() as folder:
        path = Path(folder, "rows.jsonl")
        path.write_bytes(b"\n".join([b'{"first": 0}', *lines]))
        found = list(spans(path, size))
        assert [span.begin for span in found[1:]] == [span.end for span in found[:-1]]
        assert (found[0].begin, found[-1].end) == (0, None)
        parts = [json_rows(path, [], span) for span in found]
        rows = [(place, data, part.where) for part in parts for place, data in part]
        whole = json_rows(path, [], WHOLE)
        assert rows == [(place, data, whole.where) for place, data in whole]


@pytest.mark.parametrize("text", ['[{"a": 1},\n{"a": 2}]', '\ufeff{"a": 1}\n{"a": 2}', "x\ny"])
def test_what_is_no_file_of_lines_is_read_in_one_part(text: str, tmp_path: Path) -> None:
    path = tmp_path / "rows.jsonl"
    path.write_text(text)
    assert list(spans(path, 1)) == [WHOLE]


# --- the same as in one process -------------------------------------------------------------------


def damaged(folder: Path) -> int:
    """Put a blank line and one that breaks off before the last one of each large file of rows."""
    count = 0
    for path in folder.rglob("*.jsonl"):
        lines = path.read_bytes().splitlines(keepends=True)
        if len(lines) > 3 and path.stat().st_size > 4000:
            path.write_bytes(b"".join([*lines[:-1], b"\n", lines[0][:30] + b"\n", lines[-1]]))
            count += 1
    return count


@pytest.mark.parametrize("harness", WITH_LINES)
def test_parts_of_files_give_what_the_whole_files_do(
    harness: str, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    """Rows, places, and which line could not be read."""
    folder, dataset = DATASETS[harness]
    copytree(ROOT / folder, tmp_path / "runs")
    assert damaged(tmp_path / "runs") > 0
    whole = opened(tmp_path / "runs")
    before = whole.whole(dataset)
    request.getfixturevalue("_apart")
    after = whole.whole(dataset)
    assert_frame_equal(after.rows, before.rows)
    assert before.rows.height > 0
    assert after.notes == before.notes
    assert any("line " in note for note in after.notes)


def with_blank_lines(data: bytes) -> bytes:
    return b"\n".join(data.splitlines(keepends=True))


def with_a_broken_first_line(data: bytes) -> bytes:
    return b'{"id": "0", "cut\n' + data


@pytest.mark.parametrize("change", [with_blank_lines, with_a_broken_first_line])
@pytest.mark.parametrize("harness", WITH_LINES)
def test_parts_know_what_stands_before_them(
    harness: str,
    change: Callable[[bytes], bytes],
    tmp_path: Path,
    request: pytest.FixtureRequest,
) -> None:
    folder, dataset = DATASETS[harness]
    copytree(ROOT / folder, tmp_path / "runs")
    for path in (tmp_path / "runs").rglob("*.jsonl"):
        path.write_bytes(change(path.read_bytes()))
    whole = opened(tmp_path / "runs")
    before = whole.whole(dataset)
    request.getfixturevalue("_apart")
    after = whole.whole(dataset)
    assert_frame_equal(after.rows, before.rows)
    assert after.notes == before.notes


@pytest.mark.usefixtures("_apart")
def test_what_cannot_be_taken_over_is_no_whole_index(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Memory may be short for rows of a part, and not for those after them."""
    write_answers(tmp_path / "runs", [f"Riddle {number} is easy." for number in range(200)])
    taken = iter([False, True])
    make = frame

    def short_of_memory(batch: Batch) -> pl.DataFrame:
        if next(taken, False):
            raise MemoryError
        return make(batch)

    monkeypatch.setattr(module, "frame", short_of_memory)
    cache = Cache(tmp_path / "cache")
    samples = opened(tmp_path / "runs").whole("riddles", cache)
    assert samples.rows.height < 200
    assert any("memory" in note for note in samples.notes)
    assert not (tmp_path / "cache").exists()


@pytest.mark.usefixtures("_apart")
def test_what_is_shown_first_stays_as_it_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """While later parts of a file are there before earlier ones."""
    monkeypatch.setattr(module, "_PUBLISH_EVERY", 0.0)
    monkeypatch.setattr(module, "_PATIENCE", 0)
    write_answers(tmp_path, [f"Riddle {number} is easy." for number in range(200)])
    parts = list(opened(tmp_path).read("riddles"))
    whole = parts[-1]
    assert len(parts) > 3
    assert [part.done for part in parts] == sorted(part.done for part in parts)
    for part in parts:
        assert part.rows["place"].to_list() == whole.rows["place"].to_list()[: part.rows.height]
    assert whole.rows["id"].to_list() == [str(number) for number in range(200)]


@pytest.mark.usefixtures("_apart")
def test_a_pass_is_cancelled_and_nothing_is_kept(tmp_path: Path) -> None:
    write_answers(tmp_path / "runs", ["x" * 500] * 200)
    cache = Cache(tmp_path / "cache")
    assert list(opened(tmp_path / "runs").read("riddles", cache, cancelled=lambda: True)) == []
    assert not (tmp_path / "cache").exists()


@pytest.mark.usefixtures("_apart")
def test_a_file_whose_reading_ends_the_process_is_a_note_and_the_rest_goes_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is not kept: nothing says that the same would happen again."""
    file = two_models(tmp_path)
    whole, cache = opened(tmp_path), Cache(tmp_path / "cache")
    call = module._Reading.call

    def deadly(reading: Any, part: Any) -> pool.Call:
        return pool.Call(os.abort, ()) if reading.source.file.path == file else call(reading, part)

    with monkeypatch.context() as patch:
        patch.setattr(module._Reading, "call", deadly)
        samples = whole.whole("riddles", cache)
    reason = "the process that read it was ended by SIGABRT: is it damaged, or was memory short?"
    assert samples.notes == (f"{file}: {reason}",)
    assert samples.rows.height == 5
    samples = whole.whole("riddles", cache)
    assert samples.notes == ()
    assert samples.rows.height == 10


# --- Parquet --------------------------------------------------------------------------------------

READ = """
import resource, sys
from pathlib import Path
from tests.loading.test_passes import opened
from tui_eval.files.documents import Refusal
from tui_eval.loading.texts import read_answer

whole = opened(Path(sys.argv[1]))
size = int(Path("/proc/self/status").read_text().split("VmSize:")[1].split()[0]) * 1024
most = size + 1_500_000_000  # as where memory is limited: less than the page says that it needs
resource.setrlimit(resource.RLIMIT_AS, (most, most))
samples = whole.whole("pocketquiz")
print(samples.notes)
print(samples.rows["run"].n_unique(), samples.rows.height)
(run,) = [run for run in whole.runs.values() if any(sys.argv[2] in str(f) for f in run.samples)]
try:
    read_answer(run, sys.argv[2], 0, 0)
except Refusal as refusal:
    print(refusal)
"""


def deadly_details(path: Path) -> None:
    """Details whose first page says that it needs two gigabytes."""
    row = {"example": "Which tea?" * 10, "metrics": "{'em': 1}", "predictions": "['Green.']"}
    pl.DataFrame([row] * 50).write_parquet(path, compression="zstd", statistics=False)
    data = bytearray(path.read_bytes())
    (footer,) = (int.from_bytes(data[-8:-4], "little"),)
    end = begin = data.index(b"\x15") + 3  # behind the kind of the page, which has two bytes
    while data[end] & 128:
        end += 1
    size = b"\xfe\xff\xff\xff\x0f"
    data[begin : end + 1] = size
    added = len(size) - (end + 1 - begin)
    body = len(data) - 8 - footer
    del data[body - added : body]
    path.write_bytes(data)


def test_a_parquet_file_that_ends_the_process_costs_that_file(tmp_path: Path) -> None:
    copytree(ROOT / "lighteval", tmp_path / "lighteval")
    bad = max(tmp_path.rglob("details_pocketquiz:*.parquet"))
    deadly_details(bad)
    environ = os.environ | {"PYTHONPATH": str(ROOT.parent), "POLARS_MAX_THREADS": "2"}
    command = [sys.executable, "-c", READ, str(tmp_path), str(bad)]
    done = subprocess.run(command, env=environ, capture_output=True, text=True, check=False)
    assert done.stderr == ""
    notes, counts, refusal = done.stdout.splitlines()
    reason = "the process that read it was ended by SIGABRT: is it damaged, or was memory short?"
    assert notes == str((f"{bad}: {reason}",))
    others = (
        opened(ROOT / "lighteval")
        .whole("pocketquiz")
        .rows.filter(~pl.col("file").str.ends_with(bad.name))
    )
    assert counts == f"{others['run'].n_unique()} {others.height}"
    assert refusal == reason


def test_problems_can_be_sent() -> None:
    """As all that a pass hands on."""
    assert pool.result(Problem, "line 1", "odd") == Problem("line 1", "odd")
