"""What files of results gave, kept on disk: the same again, or the files are read again."""

from __future__ import annotations

import math
import os
from collections.abc import Callable
from hashlib import blake2b
from pathlib import Path

import pytest
from msgspec import msgpack

from tests.build.twinkle import document, item, write
from tui_eval.cli.main import main
from tui_eval.files.versions import version_of
from tui_eval.formats.registry import Content, read
from tui_eval.loading import collection as collection_module
from tui_eval.loading import results as results_module
from tui_eval.loading.cache import Cache
from tui_eval.loading.collection import Collection, find, load
from tui_eval.loading.results import KeptResults
from tui_eval.records import Run, Score, ScoreColumns, Setting

SAMPLES = Path(__file__).parents[2] / "samples"
COUNT = 20


@pytest.fixture(autouse=True)
def _keeps_small_totals(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(results_module, "_WORTH", 1)


@pytest.fixture
def reads(monkeypatch: pytest.MonkeyPatch) -> list[Path]:
    """The files that were read, not taken from what is kept."""
    paths: list[Path] = []

    def spied(path: Path) -> Content:
        paths.append(path)
        return read(path)

    monkeypatch.setattr(collection_module, "read", spied)
    return paths


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Runs of Twinkle Eval, one a file, and a file that is none."""
    home = tmp_path / "runs"
    for number in range(COUNT):
        items = [item("datasets/d/a.csv", number / COUNT), item("datasets/d/b.csv", 0.5)]
        content = document(items, name=f"m{number}") | {"timestamp": f"20260101_{number:04}"}
        write(home / f"results_20260101_{number:04}.json", content)
    write(home / "other.json", {"a": 1})
    return home


@pytest.fixture
def cache(tmp_path: Path) -> Cache:
    return Cache(tmp_path / "cache")


def entries(tmp_path: Path) -> list[Path]:
    return sorted((tmp_path / "cache").glob("*.results"))


def assert_same(one: Collection, other: Collection) -> None:
    assert one.files == other.files
    assert one.runs == other.runs
    assert one.tables().runs.equals(other.tables().runs)
    assert one.tables().scores.equals(other.tables().scores)
    assert one.file_table().equals(other.file_table())


def assert_reads(folder: Path, cache: Cache, reads: list[Path], expected: set[Path]) -> None:
    """What is shown is what the files say, and only these are read for it."""
    reads.clear()
    opened = load([folder], cache=cache)
    assert set(reads) == expected
    assert len(reads) == len(expected)
    assert_same(opened, load([folder]))
    reads.clear()


def test_the_second_opening_reads_no_file_and_shows_the_same(
    folder: Path, cache: Cache, reads: list[Path]
) -> None:
    assert_reads(folder, cache, reads, set(folder.iterdir()))
    assert_reads(folder, cache, reads, set())


def test_of_every_harness_the_same_comes_back(cache: Cache, reads: list[Path]) -> None:
    """Answers are read anew, and results of which other files decide what they are."""
    load([SAMPLES], cache=cache)
    reads.clear()
    second = load([SAMPLES], cache=cache)
    assert {run.harness for run in second.runs} >= {"twinkle", "lm_eval", "lighteval"}
    served = [file for file in second.files if file.path not in reads and file.content.runs]
    kinds = {run.harness for file in served for run in file.content.runs}
    assert kinds == {"twinkle", "lm_eval", "lighteval"}
    assert not any(run.samples for file in served for run in file.content.runs)
    assert_same(second, load([SAMPLES]))


def test_every_fact_of_a_run_comes_back(tmp_path: Path, cache: Cache) -> None:
    path = tmp_path / "results_2026-01-02T03-04-05.json"
    path.write_text("{}")
    scores = ScoreColumns(
        [
            Score("d", None, "acc", 0.1 + 0.2, stderr=math.inf, n=3, unit=None),
            Score("d", "c", "acc", None, filter="f", repeat=1, repeats=2, higher_is_better=True),
            Score("d", "c", "x", -0.0, file="a", group="g", total=9, unscored=1, status="empty"),
        ]
    )
    run = Run(
        *("a/b", "2026", "lm_eval", path, 2, "0.4", "v", 1.5, '{"a": 1}', ("2026", "2")),
        *("limited", False),
        files=(path,),
        notes=("n", "中"),
        settings=(Setting("shots", "5", "d"), Setting("seed", None)),
        scores=scores,
    )
    content = Content("read", "results", (run, run))
    kept = KeptResults(cache, [path])
    kept.put(path, version_of(path), content, 2)
    kept.save()
    found = KeptResults(cache, [path]).get(path, version_of(path))
    assert found == content
    assert repr(found) == repr(content)
    assert repr([*found.runs[0].scores]) == repr([*scores])


def test_what_cannot_be_kept_is_read_again(tmp_path: Path, cache: Cache) -> None:
    path = tmp_path / "results_2026-01-02T03-04-05.json"
    path.write_text("{}")
    scores = ScoreColumns([Score("d", None, "acc", 0.5, n=2**70)])
    run = Run("m", None, "lm_eval", path, files=(path,), scores=scores)
    kept = KeptResults(cache, [path])
    kept.put(path, version_of(path), Content("read", "results", (run,)), 2)
    kept.save()
    assert entries(tmp_path) == []


def _rewritten(path: Path) -> None:
    """Of the same size, another score."""
    status = path.stat()
    path.write_text(path.read_text().replace("0.5", "0.7"))
    os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns + 1))
    assert path.stat().st_size == status.st_size


def _grown(path: Path) -> None:
    """Within the same moment."""
    status = path.stat()
    path.write_text(path.read_text() + "\n \n")
    os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns))


def _damaged(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:100])


def _other(path: Path) -> None:
    path.write_text('{"a": 1}')


@pytest.mark.parametrize("change", [_rewritten, _grown, _damaged, _other])
def test_a_file_that_was_written_to_is_read_anew(
    folder: Path, cache: Cache, reads: list[Path], change: Callable[[Path], None]
) -> None:
    load([folder], cache=cache)
    path = folder / "results_20260101_0007.json"
    change(path)
    assert_reads(folder, cache, reads, {path})
    refused = {path} if change is _damaged else set()
    assert_reads(folder, cache, reads, refused)  # what is refused is read each time


def test_a_file_that_is_gone_is_neither_shown_nor_kept(
    tmp_path: Path, folder: Path, cache: Cache, reads: list[Path]
) -> None:
    load([folder], cache=cache)
    path = folder / "results_20260101_0007.json"
    path.unlink()
    assert_reads(folder, cache, reads, set())
    for other in folder.iterdir():
        _grown(other)
    load([folder], cache=cache)
    kept = b"".join(entry.read_bytes() for entry in entries(tmp_path))
    assert b"results_20260101_0008.json" in kept
    own = [entry for entry in entries(tmp_path) if b"20260101_0007" in entry.read_bytes()]
    assert len(own) <= 1  # where nothing else was in its part, that was not written again


def test_only_parts_with_something_new_are_written(
    tmp_path: Path, folder: Path, cache: Cache
) -> None:
    load([folder], cache=cache)
    before = {entry: entry.read_bytes() for entry in entries(tmp_path)}
    assert len(before) > 4
    _rewritten(folder / "results_20260101_0007.json")
    load([folder], cache=cache)
    changed = [entry for entry in entries(tmp_path) if before.get(entry) != entry.read_bytes()]
    assert len(changed) == 1


def test_a_reading_that_was_stopped_keeps_what_it_did_not_reach(
    folder: Path, cache: Cache, reads: list[Path]
) -> None:
    load([folder], cache=cache)
    for path in folder.iterdir():
        _grown(path)
    left = iter([False] * 6)
    load([folder], lambda: next(left, True), cache)
    done = set(reads[COUNT + 1 :])
    assert 0 < len(done) < COUNT
    assert_reads(folder, cache, reads, set(folder.iterdir()) - done)


def test_what_lies_beside_a_file_counts(tmp_path: Path, cache: Cache, reads: list[Path]) -> None:
    """A report of EvalScope stays as it is, and the configuration beside it changes."""
    subsets = [{"name": "s", "score": 0.5, "num": 2}]
    group = {"name": ["default"], "num": 2, "score": 0.5, "macro_score": 0.5, "subsets": subsets}
    metric = {"name": "acc", "num": 2, "score": 0.5, "macro_score": 0.5, "categories": [group]}
    report = {"name": "m@d", "dataset_name": "d", "model_name": "m", "metrics": [metric]}
    home = tmp_path / "runs"
    write(home / "reports" / "m" / "d.json", report)
    config = write(home / "configs" / "task_config_1.yaml", {"limit": 2, "model": "m"})
    assert load([home], cache=cache).runs[0].state == "limited"
    config.unlink()
    assert load([home], cache=cache).runs[0].state == "complete"


def test_a_link_to_another_folder_counts(tmp_path: Path, cache: Cache) -> None:
    """Results of lm-eval without a time are known by the folder that they are really in."""
    content = {
        "results": {"t": {"acc,none": 0.5}},
        "versions": {"t": 1},
        "n-samples": {},
        "config": {"model": "hf"},
    }
    for name in "ab":
        os.utime(write(tmp_path / name / "results.json", content), ns=(1, 1))
    link = tmp_path / "link"
    link.symlink_to("a")
    before = load([link / "results.json"], cache=cache)
    link.unlink()
    link.symlink_to("b")
    after = load([link / "results.json"], cache=cache)
    assert before.runs[0].identity != after.runs[0].identity
    assert_same(after, load([link / "results.json"]))


def _cut(entry: Path) -> None:
    entry.write_bytes(entry.read_bytes()[:-20])


def _changed_byte(entry: Path) -> None:
    data = entry.read_bytes()
    entry.write_bytes(data[:-9] + bytes([data[-9] ^ 1]) + data[-8:])


def _empty(entry: Path) -> None:
    entry.write_bytes(b"")


def _pipe(entry: Path) -> None:
    entry.unlink()
    os.mkfifo(entry)


def _folder(entry: Path) -> None:
    entry.unlink()
    entry.mkdir()


def _of_another_shape(entry: Path) -> None:
    data = msgpack.encode([[["d"] * 99], [], [[b"x", 1]]])
    entry.write_bytes(blake2b(data, digest_size=16).digest() + data)


def _no_numbers(entry: Path) -> None:
    _, metrics, files = msgpack.decode(entry.read_bytes()[16:])
    data = msgpack.encode([[], metrics, files])
    entry.write_bytes(blake2b(data, digest_size=16).digest() + data)


@pytest.mark.parametrize(
    "damage",
    [_cut, _changed_byte, _empty, Path.unlink, _pipe, _folder, _of_another_shape, _no_numbers],
)
def test_a_damaged_entry_is_no_entry(
    tmp_path: Path,
    folder: Path,
    cache: Cache,
    reads: list[Path],
    damage: Callable[[Path], None],
) -> None:
    load([folder], cache=cache)
    for entry in entries(tmp_path):
        damage(entry)
    opened = load([folder], cache=cache)
    assert_same(opened, load([folder]))
    if damage is not _folder:  # nothing takes its place
        load([folder], cache=cache)
        assert_reads(folder, cache, reads, set())


def test_another_version_of_the_program_reads_anew(
    folder: Path, cache: Cache, reads: list[Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    load([folder], cache=cache)
    monkeypatch.setattr(results_module, "program_version", lambda: "another")
    assert_reads(folder, cache, reads, set(folder.iterdir()))


def test_a_changed_module_is_another_version_of_the_program(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    module = write(tmp_path / "formats" / "a" / "scores.py", "1")
    monkeypatch.setattr("tui_eval.__file__", str(tmp_path / "__init__.py"))
    results_module.program_version.cache_clear()
    try:
        before = results_module.program_version()
        _grown(module)
        results_module.program_version.cache_clear()
        assert results_module.program_version() != before
    finally:
        results_module.program_version.cache_clear()


def test_a_folder_that_takes_nothing_costs_nothing_else(
    tmp_path: Path, folder: Path, reads: list[Path]
) -> None:
    taken = tmp_path / "taken"
    taken.write_text("no folder")
    for _ in range(2):
        assert_reads(folder, Cache(taken / "cache"), reads, set(folder.iterdir()))


def test_a_full_disk_leaves_nothing_behind(
    tmp_path: Path, folder: Path, cache: Cache, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(_: Path, __: Path) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "replace", full)
    assert len(load([folder], cache=cache).runs) == COUNT
    assert list((tmp_path / "cache").iterdir()) == []


def test_a_file_that_is_written_to_while_it_is_read_is_not_kept(
    tmp_path: Path, folder: Path, cache: Cache, monkeypatch: pytest.MonkeyPatch
) -> None:
    def written_to(path: Path) -> Content:
        content = read(path)
        _grown(path)
        return content

    monkeypatch.setattr(collection_module, "read", written_to)
    load([folder], cache=cache)
    assert entries(tmp_path) == []


def test_small_totals_are_not_kept(
    tmp_path: Path, folder: Path, cache: Cache, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.undo()
    load([folder], cache=cache)
    assert entries(tmp_path) == []


def test_nobody_else_may_look_into_the_folder(tmp_path: Path, folder: Path, cache: Cache) -> None:
    load([folder], cache=cache)
    assert (tmp_path / "cache").stat().st_mode & 0o77 == 0


def test_reading_anew_uses_nothing_and_keeps_what_it_read(
    folder: Path, cache: Cache, reads: list[Path]
) -> None:
    load([folder], cache=cache)
    reads.clear()
    kept = KeptResults(cache, [folder], reads_anew=True)
    assert sum(1 for _ in find([folder], kept=kept)) == len(reads) == COUNT + 1
    kept.save()
    assert_reads(folder, cache, reads, set())


COMMANDS = (
    ("scores",),
    ("delta", "--baseline", "m1 "),
    ("runs",),
    ("samples", "--dataset", "d"),
    ("flips", "--dataset", "d", "--baseline", "m1 ", "--candidate", "m2 "),
    (),
)


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_without_a_cache_nothing_is_written(
    folder: Path,
    own_cache: Path,
    capsys: pytest.CaptureFixture[str],
    command: tuple[str, ...],
) -> None:
    name, options = command[:1], command[1:]
    main([*name, str(folder), *options, "--no-cache"])
    assert not own_cache.exists()
    without = capsys.readouterr()
    for _ in range(2):
        main([*name, str(folder), *options])
        assert list(own_cache.glob("*.results"))
        assert capsys.readouterr() == without


def test_doctor_reads_every_file(folder: Path, own_cache: Path) -> None:
    """Who asks what is wrong with a file is told of the file, not of what is kept."""
    main(["doctor", str(folder)])
    assert not own_cache.exists()


def test_a_file_that_took_the_place_of_another_of_its_size_and_time_is_read(
    tmp_path: Path, cache: Cache
) -> None:
    path = write(tmp_path / "r.json", document([item("datasets/d/a.csv", 0.51)]))
    status = path.stat()
    load([tmp_path], cache=cache)
    other = write(tmp_path / "new", document([item("datasets/d/a.csv", 0.91)]))
    os.utime(other, ns=(status.st_atime_ns, status.st_mtime_ns))
    other.replace(path)
    assert path.stat().st_size == status.st_size
    scores = load([tmp_path], cache=cache).tables().scores
    assert 0.91 in scores["value"].to_list()


@pytest.mark.parametrize("place", ["dataset", "file"])
def test_runs_whose_names_hold_secrets_are_not_kept(
    place: str, tmp_path: Path, cache: Cache
) -> None:
    secret = "https://h.example/x?token=hunter2"
    content = document([item(secret if place == "file" else "datasets/d/a.csv", 0.5)])
    if place == "dataset":
        content["dataset_results"] = {secret: content["dataset_results"].popitem()[1]}
    write(tmp_path / "runs" / "r.json", content)
    write(tmp_path / "runs" / "s.json", document(name="s"))
    load([tmp_path / "runs"], cache=cache)
    kept = b"".join(path.read_bytes() for path in (tmp_path / "cache").rglob("*.results"))
    assert kept
    assert b"hunter2" not in kept
