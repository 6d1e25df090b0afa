"""What a footer says of itself is checked before Polars takes memory for it."""

from __future__ import annotations

import io
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tui_eval.files.documents import Refusal
from tui_eval.files.parquet import DAMAGED, columns, opened_parquet

FRAME = pl.DataFrame(
    {
        "doc": [{"query": "Which tea?", "ids": [1, 2]}],
        "metric": [0.5],
        "is_right": [True],
        **{f"part {number}": ["x" * number] for number in range(20)},
    }
)
_LIST_OF_FIELDS = b"\x19\xfc"  # a list of more than fourteen structures, its length follows


def _whole() -> tuple[bytes, bytes]:
    """A Parquet file up to its footer, and the footer."""
    file = io.BytesIO()
    FRAME.write_parquet(file, metadata={"note": "y" * 300})
    data = file.getvalue()
    length = int.from_bytes(data[-8:-4], "little")
    return data[: -8 - length], data[-8 - length : -8]


BODY, FOOTER = _whole()


def _file(footer: bytes, body: bytes = BODY, length: int | None = None) -> bytes:
    told = len(footer) if length is None else length
    return body + footer + told.to_bytes(4, "little") + b"PAR1"


def _written(folder: Path, data: bytes) -> Path:
    path = folder / "details_tea|0.parquet"
    path.write_bytes(data)
    return path


def test_a_sound_file_is_opened_at_its_beginning(tmp_path: Path) -> None:
    path = _written(tmp_path, _file(FOOTER))
    assert list(columns(path)) == FRAME.columns
    with opened_parquet(path) as file:
        assert file.read() == path.read_bytes()


def test_all_that_polars_writes_is_sound(tmp_path: Path) -> None:
    many = pl.DataFrame({f"c{number}": range(9) for number in range(40)})
    empty = pl.DataFrame(schema={"doc": pl.Struct({"a": pl.List(pl.String)}), "b": pl.Binary})
    for frame in (FRAME, many, empty, pl.concat([FRAME] * 40)):
        path = tmp_path / "some.parquet"
        frame.write_parquet(path, row_group_size=3, statistics="full")
        assert list(columns(path)) == frame.columns


TOO_LONG = b"\xff\xff\xff\xff\x07"  # two thousand millions
NESTED = b"\x2c" * 100_000 + b"\x00" * 100_000


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(_file(FOOTER.replace(_LIST_OF_FIELDS, b"\x19\xfc" + TOO_LONG)), id="list"),
        pytest.param(_file(FOOTER.replace(b"\x06metric", TOO_LONG + b"metric")), id="text"),
        pytest.param(_file(b"\x19\xf7" + TOO_LONG + b"\x00"), id="list of doubles"),
        pytest.param(_file(b"\x15" + b"\xff" * 100 + b"\x00"), id="number without an end"),
        pytest.param(_file(b"\x1e\x01\x00"), id="unknown kind"),
        pytest.param(_file(NESTED), id="nested"),
        pytest.param(_file(FOOTER[:-1]), id="footer that breaks off"),
        pytest.param(_file(FOOTER, length=2**32 - 1), id="footer longer than the file"),
        pytest.param(_file(FOOTER, length=0), id="no footer"),
        pytest.param(_file(FOOTER, body=b"PARE" + BODY[4:]), id="another beginning"),
        pytest.param(_file(FOOTER)[:-1] + b"E", id="another end"),
        pytest.param(b"PAR1", id="short"),
    ],
)
def test_polars_never_sees_a_footer_that_is_not_sound(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, data: bytes
) -> None:
    def fail(_: object) -> None:
        raise AssertionError("Polars was asked")

    monkeypatch.setattr(pl, "read_parquet_schema", fail)
    with pytest.raises(Refusal, match=DAMAGED):
        columns(_written(tmp_path, data))


def test_a_footer_that_asks_for_gigabytes_does_not_end_the_process(tmp_path: Path) -> None:
    """Where a limit of memory is set, as on shared machines, Polars aborts."""
    path = _written(tmp_path, _file(FOOTER.replace(_LIST_OF_FIELDS, b"\x19\xfc" + TOO_LONG)))
    code = (
        "import resource, sys; from pathlib import Path;"
        "from tui_eval.formats.registry import read;"
        "resource.setrlimit(resource.RLIMIT_AS, (4 << 30, 4 << 30));"
        "print(read(Path(sys.argv[1])).problems[0])"
    )
    done = subprocess.run([sys.executable, "-c", code, path], capture_output=True, timeout=60)
    assert (done.returncode, done.stdout.decode().strip()) == (0, DAMAGED)


@given(st.integers(0, len(FOOTER) - 1), st.integers(0, 255))
def test_any_changed_byte_of_a_footer_is_read_or_refused(
    tmp_path_factory: pytest.TempPathFactory, place: int, value: int
) -> None:
    footer = FOOTER[:place] + bytes([value]) + FOOTER[place + 1 :]
    path = _written(tmp_path_factory.mktemp("files"), _file(footer))
    with suppress(Refusal):
        columns(path)


def test_a_panic_over_a_damaged_file_is_a_refusal(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def panic(_: object) -> None:
        raise pl.exceptions.PanicException("unwrap on a None value")

    monkeypatch.setattr(pl, "read_parquet_schema", panic)
    with pytest.raises(Refusal, match=DAMAGED):
        columns(_written(tmp_path, _file(FOOTER)))
