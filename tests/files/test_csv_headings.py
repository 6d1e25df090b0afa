"""The headings of a CSV file are told by its beginning alone."""

from __future__ import annotations

import codecs
import tracemalloc
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tui_eval.files.csv_headings import LONGEST, csv_headings
from tui_eval.files.documents import Refusal

ROWS = "1,2\n" * 50_000


def written(folder: Path, data: bytes) -> Path:
    path = folder / "a.csv"
    path.write_bytes(data)
    return path


@pytest.mark.parametrize("rest", ["", ROWS], ids=["short", "long"])
@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("model,score\n", ["model", "score"]),
        ("model,score\r\n", ["model", "score"]),
        ('"a ""b"", c","d\ne"\n', ['a "b", c', "d\ne"]),
        ("模型,分數\n", ["模型", "分數"]),
        ("\n", []),
    ],
)
def test_headings(tmp_path: Path, text: str, names: list[str], rest: str) -> None:
    data = (text + rest).encode()
    assert csv_headings(written(tmp_path, data)) == names
    assert csv_headings(written(tmp_path, codecs.BOM_UTF8 + data)) == names
    assert csv_headings(written(tmp_path, (text + rest).encode("utf-16"))) == names


def test_headings_in_big5(tmp_path: Path) -> None:
    data = "模型,分數\n".encode("big5") + "好,1\n".encode("big5") * 50_000
    assert csv_headings(written(tmp_path, data)) == ["模型", "分數"]


def test_a_line_without_an_end_is_not_read(tmp_path: Path) -> None:
    """A gigabyte of them, which take no room on the disk."""
    path = tmp_path / "a.csv"
    with path.open("wb") as file:
        file.write(b"a" * LONGEST)
        file.truncate(1 << 30)
    tracemalloc.start()
    with pytest.raises(Refusal, match="line 1: no headings: the first line is longer than 64 kB"):
        csv_headings(path)
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert most < 1_000_000


@pytest.mark.parametrize(
    "text",
    ['"model,score\n', '"model"x,score\n', '"' + "a\n" * LONGEST],
    ids=["no end", "more after its end", "many lines"],
)
def test_a_field_without_an_end_is_told(tmp_path: Path, text: str) -> None:
    with pytest.raises(Refusal, match="line 1: no headings: a field in quotes has no proper end"):
        csv_headings(written(tmp_path, text.encode()))


def test_what_is_no_text_is_refused(tmp_path: Path) -> None:
    with pytest.raises(Refusal, match="not a text file"):
        csv_headings(written(tmp_path, b"\x89PNG\0\0\0\xd8,\0\xff"))


@given(st.binary(min_size=1, max_size=60))
def test_any_bytes_are_headings_or_refused(
    tmp_path_factory: pytest.TempPathFactory, data: bytes
) -> None:
    path = written(tmp_path_factory.mktemp("csv"), data)
    with suppress(Refusal):
        assert sum(map(len, csv_headings(path))) <= len(data)
