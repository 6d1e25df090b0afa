"""Answers of files that grow are read on from where they were, and are what a whole pass finds."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from polars.testing import assert_frame_equal

from tests.build.formats import change
from tests.build.indexes import index_of
from tests.build.lm_eval import row, write_answers
from tui_eval.files.documents import Problem
from tui_eval.files.rows import WHOLE, Span
from tui_eval.formats.batches import Batch
from tui_eval.formats.harnesses import evalscope, lm_eval, mixeval, twinkle
from tui_eval.formats.index import Index, frame
from tui_eval.loading.cache import Cache, FileState
from tui_eval.loading.collection import load
from tui_eval.loading.growth import Known
from tui_eval.loading.passes import Kept, Samples, read_samples
from tui_eval.tables import INDEX

ROOT = Path(__file__).parents[2] / "samples"
NOWHERE = Cache(None)
EMPTY = pl.DataFrame(schema=INDEX)
GROWING = {
    "twinkle": (twinkle, "twinkle", "eval_results_*.jsonl"),
    "lm_eval": (lm_eval, "lm_eval", "samples_*.jsonl"),
    "evalscope": (evalscope, "evalscope", "**/reviews/**/*.jsonl"),
    "mixeval": (mixeval, "mixeval", "**/*.jsonl"),
}


def append(file: Path, data: bytes) -> None:
    """Write at the end of a file, later than before."""
    moment = file.stat().st_mtime_ns + 10_000_000
    with file.open("ab") as opened:
        opened.write(data)
    os.utime(file, ns=(moment, moment))


def line(number: int) -> bytes:
    return json.dumps(row(number, f"answer {number}", 1.0)).encode() + b"\n"


@pytest.fixture
def spans(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, Span]]:
    """Which files were read, and from where on."""
    seen: list[tuple[str, Span]] = []
    index = lm_eval.SAMPLES.index

    def spied(path: Path, problems: list[Any], span: Span = WHOLE) -> Iterator[Batch]:
        seen.append((path.parent.name, span))
        return index(path, problems, span)

    change(monkeypatch, "lm_eval", "index", spied)
    return seen


class Watched:
    """A folder that is looked at again and again."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.collection = load([folder])

    def read(self, before: Kept | None = None) -> Samples:
        """All answers as they are now."""
        self.collection.look_again([self.folder])
        tables = self.collection.tables()
        runs = dict(zip(tables.runs["run"], self.collection.runs, strict=True))
        return list(read_samples(runs, tables, tables, "riddles", NOWHERE, before=before))[-1]


@pytest.mark.parametrize("harness", GROWING)
def test_each_harness_is_read_on_as_if_it_were_read_at_once(harness: str, tmp_path: Path) -> None:
    form, folder, pattern = GROWING[harness]
    file = max((ROOT / folder).rglob(pattern), key=lambda path: path.stat().st_size)
    lines = file.read_bytes().splitlines(keepends=True)
    assert len(lines) > 3
    whole = index_of(form.SAMPLES, file)
    growing = tmp_path / file.name
    for cut in (len(lines[0]), len(lines[0]) + 5, sum(map(len, lines[:3])) - 1):
        growing.write_bytes(b"".join(lines)[:cut])
        problems: list[Problem] = []
        frames = [frame(batch) for batch in form.SAMPLES.index(growing, problems)]
        index = Index(frames[0], tuple(problems))
        known = Known.of(growing, FileState.of(growing), index, WHOLE)
        append(growing, b"".join(lines)[cut:])
        span = known.next_span(growing, FileState.of(growing))
        whole_lines = growing.read_bytes()[:cut].count(b"\n")
        assert span == Span(sum(map(len, lines[:whole_lines])), whole_lines)
        old = known.before(span)
        problems = [*old.problems]
        rows = old.rows
        for batch in form.SAMPLES.index(growing, problems, span):
            rows = rows.vstack(frame(batch))
        assert_frame_equal(rows, whole.rows)
        assert tuple(problems) == whole.problems


def test_what_was_added_alone_is_read(tmp_path: Path, spans: list[tuple[str, Span]]) -> None:
    """In pieces that end anywhere; of other runs nothing is read, and their answers stay."""
    growing = write_answers(tmp_path / "one", ["a", "b"], model="one")
    write_answers(tmp_path / "two", ["a", "b"], model="two")
    watched = Watched(tmp_path)
    samples = watched.read()
    assert [name for name, _ in spans] == ["one", "two"]
    size = growing.stat().st_size
    labels = watched.collection.tables().labels
    other = next(run for run in samples.kept.runs if labels[run].startswith("two"))
    for piece in (line(2), line(3)[:40], line(3)[40:] + b"{", line(3)[1:] + line(4)):
        spans.clear()
        append(growing, piece)
        before, samples = samples, watched.read(samples.kept)
        ((name, span),) = spans
        assert name == "one"
        assert size <= span.begin <= growing.stat().st_size
        assert samples.kept.runs[other] is before.kept.runs[other]
        fresh = watched.read()
        assert_frame_equal(samples.rows, fresh.rows)
        assert samples.notes == fresh.notes
    assert samples.rows["run"].value_counts(sort=True)["count"].to_list() == [5, 2]


def test_a_file_that_was_written_anew_is_read_from_its_beginning(
    tmp_path: Path, spans: list[tuple[str, Span]]
) -> None:
    file = write_answers(tmp_path, ["a", "b"])
    watched = Watched(tmp_path)
    samples = watched.read()
    for data in (
        file.read_bytes().replace(b'"a"', b'"A"') + line(2),
        file.read_bytes().replace(b'"b"', b'"B"') + line(2) + line(3),
        file.read_bytes()[: len(line(0))],
    ):
        file.write_bytes(b"")
        append(file, data)
        spans.clear()
        samples = watched.read(samples.kept)
        assert [span for _, span in spans] == [WHOLE]
        assert_frame_equal(samples.rows, watched.read().rows)


def test_what_is_no_json_lines_is_read_from_its_beginning(tmp_path: Path) -> None:
    for head in (b"[", b"PAR1", b"\xef\xbb\xbf{", b""):
        file = tmp_path / "file"
        file.write_bytes(head + line(0))
        known = Known.of(file, FileState.of(file), Index(EMPTY), WHOLE)
        append(file, line(1))
        begins_with_a_row = head == b""
        assert (known.next_span(file, FileState.of(file)) != WHOLE) is begins_with_a_row
        file.unlink()
        assert known.next_span(file, FileState("", 10**6, "")) == WHOLE
