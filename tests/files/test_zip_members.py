"""Of a zip no more is read than is asked for, whatever it says of itself."""

from __future__ import annotations

import io
import struct
import tracemalloc
import zlib
from contextlib import suppress
from pathlib import Path
from zipfile import ZIP_DEFLATED, ZIP_LZMA, ZIP_STORED, ZipFile, ZipInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tui_eval.files import zip_members as module
from tui_eval.files.documents import Refusal
from tui_eval.files.zip_members import DAMAGED, zip_member, zip_members

TEXT = b'{"tea": "green"}' * 20


def zipped(members: dict[str, bytes], method: int = ZIP_DEFLATED) -> bytes:
    file = io.BytesIO()
    with ZipFile(file, "w") as archive:
        for name, data in members.items():
            archive.writestr(ZipInfo(name), data, method)  # of a fixed time
    return file.getvalue()


SOUND = zipped({"header": TEXT, "other": b"x"})


def written(folder: Path, data: bytes) -> Path:
    path = folder / "a.zip"
    path.write_bytes(data)
    return path


@pytest.mark.parametrize("method", [ZIP_STORED, ZIP_DEFLATED])
def test_members_are_named_and_read(tmp_path: Path, method: int) -> None:
    path = written(tmp_path, zipped({"header": TEXT, "empty": b""}, method))
    assert zip_members(path) == ["header", "empty"]
    assert zip_member(path, "header") == TEXT
    assert zip_member(path, "empty") == b""


@pytest.mark.parametrize(
    "data",
    [b"x", b"PK\3\4", SOUND[:-1], SOUND[:40], SOUND[200:], b"PK" * 99],
    ids=["letter", "beginning", "without its last byte", "first bytes", "last bytes", "letters"],
)
def test_what_is_no_zip_is_refused(tmp_path: Path, data: bytes) -> None:
    path = written(tmp_path, data)
    with pytest.raises(Refusal, match=DAMAGED):
        zip_members(path)


def test_an_empty_file_is_said_to_be_empty(tmp_path: Path) -> None:
    with pytest.raises(Refusal, match="the file is empty"):
        zip_members(written(tmp_path, b""))


def test_a_member_that_is_not_as_it_was_written_is_refused(tmp_path: Path) -> None:
    data = zipped({"header": TEXT}, ZIP_STORED)
    with pytest.raises(Refusal, match=DAMAGED):
        zip_member(written(tmp_path, data.replace(b"green", b"black", 1)), "header")


def test_a_member_that_cannot_be_read_is_refused_by_name(tmp_path: Path) -> None:
    path = written(tmp_path, SOUND)
    with pytest.raises(Refusal, match="tea: it is not in the zip file"):
        zip_member(path, "tea")
    other = written(tmp_path, zipped({"header": TEXT}, ZIP_LZMA))
    assert zip_members(other) == ["header"]
    with pytest.raises(Refusal, match=r"header: it is compressed by method 14; only deflate \(8\)"):
        zip_member(other, "header")
    at = SOUND.index(b"PK\1\2") + 8
    with pytest.raises(Refusal, match="header: it is encrypted"):
        zip_member(written(tmp_path, SOUND[:at] + b"\1" + SOUND[at + 1 :]), "header")


def test_a_member_that_is_too_long_is_not_unpacked(tmp_path: Path) -> None:
    """Each member that is packed a thousand times shorter than it is."""
    path = written(tmp_path, zipped({"header": bytes(module.LONGEST_MEMBER + 1)}))
    assert path.stat().st_size < 100_000
    tracemalloc.start()
    assert zip_members(path) == ["header"]
    with pytest.raises(Refusal, match="header: it is longer than 64 MB"):
        zip_member(path, "header")
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert most < 1_000_000


def test_no_more_is_unpacked_than_a_member_says_of_itself(tmp_path: Path) -> None:
    data = zipped({"header": bytes(30_000_000)})
    at = data.index(b"PK\1\2")
    packed = int.from_bytes(data[at + 20 : at + 24], "little")
    told = struct.pack("<III", zlib.crc32(bytes(10)), packed, 10)
    path = written(tmp_path, data[: at + 16] + told + data[at + 28 :])
    tracemalloc.start()
    assert zip_member(path, "header") == bytes(10)
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert most < 1_000_000


def test_a_list_of_members_that_is_too_long_is_not_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = written(tmp_path, zipped({f"member {number}": b"" for number in range(100)}))
    assert len(zip_members(path)) == 100
    monkeypatch.setattr(module, "LONGEST_LIST", 1000)
    with pytest.raises(Refusal, match=f"its list of members is longer|{DAMAGED}"):
        zip_members(path)


@given(st.integers(0, len(SOUND) - 1), st.binary(max_size=8))
def test_whatever_stands_in_a_zip_is_read_or_refused(
    tmp_path_factory: pytest.TempPathFactory, at: int, other: bytes
) -> None:
    data = SOUND[:at] + other + SOUND[at + len(other) :]
    path = written(tmp_path_factory.mktemp("zip"), data)
    with suppress(Refusal):
        for name in zip_members(path):
            assert zip_member(path, name) in (TEXT, b"x", b"")
