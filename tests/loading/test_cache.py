"""What a pass over a file found, kept on disk: it is there again, or the file is read again."""

from __future__ import annotations

import io
import json
import os
from collections.abc import Callable
from pathlib import Path

import polars as pl
import pytest

from tui_eval.files.documents import Problem
from tui_eval.formats.batches import Found, batches
from tui_eval.formats.index import Index, frame
from tui_eval.loading import cache as cache_module
from tui_eval.loading.cache import Cache, FileState

VERSION = "lm_eval 1"


@pytest.fixture(autouse=True)
def _keeps_small_files(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cache_module, "_SMALLEST", 0)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "samples.jsonl"
    path.write_text("{}\n")
    return path


def index(score: float = 0.5) -> Index:
    found = [Found("7", 12, "acc", score, "unparsed", question=2**64 - 1, length=3)]
    rows = [frame(batch) for batch in batches([(12, found)])]
    return Index(pl.concat(rows), (Problem("line 3", "not valid JSON"),))


def same(one: Index | None, other: Index) -> bool:
    return one is not None and one.rows.equals(other.rows) and one.problems == other.problems


def test_what_was_kept_is_there_again(tmp_path: Path, file: Path) -> None:
    Cache(tmp_path / "cache").put(FileState.of(file), VERSION, index())
    assert same(Cache(tmp_path / "cache").get(FileState.of(file), VERSION), index())


def test_another_state_of_the_file_or_version_of_the_format_is_read_anew(
    tmp_path: Path, file: Path
) -> None:
    cache = Cache(tmp_path / "cache")
    cache.put(FileState.of(file), VERSION, index())
    assert cache.get(FileState.of(file), "lm_eval 2") is None
    os.utime(file, ns=(1, 1))
    assert cache.get(FileState.of(file), VERSION) is None


def test_an_entry_with_other_columns_is_no_entry(tmp_path: Path, file: Path) -> None:
    """As another version of the program leaves it, whole and sound."""
    cache = Cache(tmp_path / "cache")
    old = Index(index().rows.drop("tokens"))
    cache.put(FileState.of(file), VERSION, old)
    assert list((tmp_path / "cache").iterdir())
    assert cache.get(FileState.of(file), VERSION) is None


def _cut(entry: Path) -> None:
    entry.write_bytes(entry.read_bytes()[:-20])


def _replace(entry: Path) -> None:
    pl.DataFrame({"a": [1]}).write_parquet(entry)


def _empty(entry: Path) -> None:
    entry.write_bytes(b"")


def _pipe(entry: Path) -> None:
    entry.unlink()
    os.mkfifo(entry)


def _link_to_nothing(entry: Path) -> None:
    entry.unlink()
    entry.symlink_to("/dev/zero")


def _rewrite(entry: Path, rows: pl.DataFrame, problems: object) -> None:
    """The same entry with other rows and problems, whether or not somebody kept its hash."""
    table = io.BytesIO()
    rows.write_parquet(table, metadata={"problems": json.dumps(problems)})
    entry.write_bytes(entry.read_bytes()[:16] + table.getvalue())


def _problems_of_another_shape(entry: Path) -> None:
    _rewrite(entry, index().rows, [["line 3"], "not valid JSON", 7])


def _unknown_status(entry: Path) -> None:
    _rewrite(entry, index().rows.with_columns(status=pl.lit("\x1b[2J")), [])


def _no_place(entry: Path) -> None:
    _rewrite(entry, index().rows.with_columns(place=pl.lit(None, pl.Int64)), [])


def _another_score(entry: Path) -> None:
    _rewrite(entry, index(0.25).rows, [])


def _parquet_alone(entry: Path) -> None:
    index().rows.write_parquet(entry, metadata={"problems": "[]"})


@pytest.mark.parametrize(
    "damage",
    [
        *(_cut, _replace, _empty, Path.unlink, _pipe, _link_to_nothing, _parquet_alone),
        *(_problems_of_another_shape, _unknown_status, _no_place, _another_score),
    ],
)
def test_a_damaged_entry_is_no_entry(
    tmp_path: Path, file: Path, damage: Callable[[Path], None]
) -> None:
    cache = Cache(tmp_path / "cache")
    cache.put(FileState.of(file), VERSION, index())
    (entry,) = (tmp_path / "cache").iterdir()
    damage(entry)
    assert cache.get(FileState.of(file), VERSION) is None
    cache.put(FileState.of(file), VERSION, index())
    assert same(cache.get(FileState.of(file), VERSION), index())


def test_an_entry_of_which_any_byte_was_changed_is_no_entry(tmp_path: Path, file: Path) -> None:
    """Parquet itself would not notice: a changed bit of a score is another score."""
    cache = Cache(tmp_path / "cache")
    cache.put(FileState.of(file), VERSION, index())
    (entry,) = (tmp_path / "cache").iterdir()
    whole = entry.read_bytes()
    for place in range(0, len(whole), 7):
        entry.write_bytes(whole[:place] + bytes([whole[place] ^ 1]) + whole[place + 1 :])
        assert cache.get(FileState.of(file), VERSION) is None
    entry.write_bytes(whole)
    assert same(cache.get(FileState.of(file), VERSION), index())


def test_a_folder_in_the_place_of_an_entry_is_no_entry(tmp_path: Path, file: Path) -> None:
    cache = Cache(tmp_path / "cache")
    cache.put(FileState.of(file), VERSION, index())
    (entry,) = (tmp_path / "cache").iterdir()
    entry.unlink()
    entry.mkdir()
    assert cache.get(FileState.of(file), VERSION) is None
    cache.put(FileState.of(file), VERSION, index())
    assert list((tmp_path / "cache").iterdir()) == [entry]


def test_a_panic_over_a_damaged_entry_is_no_entry(
    tmp_path: Path, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cache = Cache(tmp_path / "cache")
    cache.put(FileState.of(file), VERSION, index())

    def panic(*_: object, **__: object) -> None:
        raise pl.exceptions.PanicException("index out of bounds")

    monkeypatch.setattr(pl, "read_parquet", panic)
    assert cache.get(FileState.of(file), VERSION) is None


def test_a_folder_that_takes_nothing_costs_nothing_else(tmp_path: Path, file: Path) -> None:
    taken = tmp_path / "taken"
    taken.write_text("no folder")
    cache = Cache(taken / "cache")
    cache.put(FileState.of(file), VERSION, index())
    assert cache.get(FileState.of(file), VERSION) is None


def test_a_full_disk_leaves_nothing_behind(
    tmp_path: Path, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(_: Path, __: Path) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "replace", full)
    Cache(tmp_path / "cache").put(FileState.of(file), VERSION, index())
    assert list((tmp_path / "cache").iterdir()) == []


def test_the_entries_that_were_not_used_for_longest_go_first(
    tmp_path: Path, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "cache"
    cache = Cache(folder)
    cache.put(FileState.of(file), "old", index())
    (old,) = folder.iterdir()
    os.utime(old, (1, 1))
    cache.put(FileState.of(file), "used", index())
    monkeypatch.setattr(cache_module, "_MOST_BYTES", old.stat().st_size * 2)
    Cache(folder).put(FileState.of(file), "new", index())
    kept = {name for name in ("old", "used", "new") if cache.get(FileState.of(file), name)}
    assert kept == {"used", "new"}


def test_without_a_folder_nothing_is_kept(file: Path) -> None:
    cache = Cache(None)
    cache.put(FileState.of(file), VERSION, index())
    assert cache.get(FileState.of(file), VERSION) is None


def test_nobody_else_may_look_into_the_folder(tmp_path: Path, file: Path) -> None:
    Cache(tmp_path / "cache").put(FileState.of(file), VERSION, index())
    assert (tmp_path / "cache").stat().st_mode & 0o77 == 0
