"""Answers of runs: read as the app reads them, their means are the scores, whatever happens."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from shutil import copytree
from typing import Any

import polars as pl
import pytest
from polars.testing import assert_frame_equal

from tests.build.formats import change
from tests.build.lm_eval import STAMP, two_models, write_answers
from tests.build.mixeval import folder
from tests.build.opened import DATASETS, HARNESSES, ROOT, Opened, opened
from tests.build.twinkle import TIMESTAMP, document, item, lines, row, write
from tui_eval.files.documents import Refusal
from tui_eval.files.rows import WHOLE, Span
from tui_eval.formats.batches import Batch
from tui_eval.formats.harnesses import lm_eval, twinkle
from tui_eval.loading import cache as cache_module
from tui_eval.loading import passes as module
from tui_eval.loading.cache import Cache, FileState
from tui_eval.loading.passes import NOTHING, Samples
from tui_eval.loading.texts import read_answer
from tui_eval.records import Alias, Answer, DatasetName
from tui_eval.tables import Tables

__all__ = ["folder"]

KEYS = ["run", "dataset", "category", "sample", "attempt", "metric", "filter"]


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Cache:
    monkeypatch.setattr(cache_module, "_SMALLEST", 0)
    return Cache(tmp_path / "cache")


def changed_file(path: Path, change: Callable[[bytes], bytes]) -> None:
    """Write a file anew, later than it was."""
    path.write_bytes(change(path.read_bytes()))
    moment = path.stat().st_mtime_ns + 10_000_000
    os.utime(path, ns=(moment, moment))


# --- scores are the means of answers --------------------------------------------------------------


def mean_scores(rows: pl.DataFrame) -> pl.DataFrame:
    """Means over all answers, by category and attempt, and over all of them."""
    frames = []
    for category in (True, False):
        for repeat in (True, False):
            keys = ["run", "dataset", *["category"] * category, "metric", "filter"]
            mean = rows.group_by(*keys, *["attempt"] * repeat).agg(mean=pl.col("score").mean())
            frames.append(mean.rename({"attempt": "repeat"} if repeat else {}))
    return pl.concat(frames, how="diagonal").drop_nulls("mean")


def compared(whole: Opened) -> pl.DataFrame:
    """Every number that was reported, beside the mean of the answers of that name."""
    rows = [whole.whole(name).rows for name in whole.shown.scores["dataset"].unique()]
    keys = ["run", "dataset", "category", "metric", "filter", "repeat"]
    is_sound = pl.col("unscored").is_null()  # nothing in it is counted that could not be scored
    reported = whole.shown.scores.filter(pl.col("value").is_not_null(), is_sound)
    found = mean_scores(pl.concat(rows))
    return reported.join(found, on=keys, how="left", nulls_equal=True)


def covered(whole: Opened, rounding: float) -> tuple[int, dict[tuple[str, bool], int]]:
    """How many numbers are means of answers; how many, by metric or filter, have no answers."""
    numbers = compared(whole)
    has_mean = pl.col("mean").is_not_null()
    same = numbers.filter(has_mean)
    assert same.filter((pl.col("mean") - pl.col("value")).abs() > rounding).is_empty()
    rest: dict[tuple[str, bool], int] = {}
    for metric, way, category in (
        numbers.filter(~has_mean).select("metric", "filter", "category").iter_rows()
    ):
        key = (way or metric, category is not None)
        rest[key] = rest.get(key, 0) + 1
    return same.height, rest


def test_lm_eval() -> None:
    assert covered(opened(ROOT / "lm_eval"), 1e-9) == (30, {})


def test_lighteval() -> None:
    assert covered(opened(ROOT / "lighteval"), 1e-9) == (30, {})


def test_evalscope() -> None:
    """A macro average is one over subsets, which are not alike in size.

    Subsets are rounded to four digits, and averages are made of what was rounded. BLEU of the
    subset without references, and averages with it, are 24 and 12 numbers that are no means.
    """
    count, rest = covered(opened(ROOT / "evalscope"), 0.0001)
    assert (count, rest) == (105, {("macro", False): 27})


def test_mixeval() -> None:
    """A question is there once, under the score over both splits; so it is not under its split's.

    The keys tell the splits apart, and the answers of each have its mean.
    """
    whole = opened(ROOT / "mixeval")
    splits = {("free-form", False): 2, ("multiple-choice", False): 2}
    splits |= {("free-form", True): 12, ("multiple-choice", True): 22}
    splits |= {("unrounded mean", False): 2, ("unrounded mean", True): 32}
    assert covered(whole, 0.0005 + 1e-9) == (34, splits)
    rows = whole.whole("mixeval 2026-01-01").rows
    by_split = mean_scores(rows.with_columns(filter=pl.col("sample").str.split(":").list.first()))
    keys = ["run", "category", "metric", "filter"]
    numbers = whole.shown.scores.filter(pl.col("filter").is_not_null())
    found = by_split.filter(pl.col("repeat").is_null())
    both = numbers.join(found, on=keys, nulls_equal=True)
    assert both.height == numbers.height == 38
    assert (both["mean"] - both["value"]).abs().max() < 0.0006  # type: ignore[operator]


def test_twinkle() -> None:
    """A dataset's accuracy is the mean over files, whatever their sizes: over categories.

    Its other metrics are none of questions: how much repeated runs differ, how many answers could
    not be read, and pass@1, which is the accuracy once more.
    """
    whole = opened(ROOT / "twinkle")
    categories = whole.shown.scores.filter(pl.col("category").is_not_null())
    tables = Tables(whole.shown.runs, categories)
    alone = Opened(whole.runs, tables, tables)
    rest = {"accuracy_std": 130, "unparsed_rate": 130, "pass@1": 520, "unparsed_count": 520}
    assert covered(alone, 1e-6) == (520, {(metric, True): n for metric, n in rest.items()})
    keys = ["run", "dataset", "metric"]
    found = compared(alone).filter(pl.col("repeat").is_null()).group_by(keys)
    means = found.agg(pl.col("mean").mean())
    numbers = whole.shown.scores.filter(pl.col("category").is_null(), metric="accuracy_mean")
    both = numbers.join(means, on=keys)
    assert both.height == numbers.height == 14
    assert (both["mean"] - both["value"]).abs().max() < 1e-6  # type: ignore[operator]


QUIZ = Alias("quiz", (DatasetName("lm_eval", "pocketquiz"), DatasetName("lighteval", "pocketquiz")))
SHORT = Alias(
    "quiz_short",
    (DatasetName("lighteval", "pocketquiz_short"), DatasetName("lm_eval", "pocketquiz_short")),
)


def test_after_datasets_were_said_to_be_the_same() -> None:
    whole = opened(ROOT / "lm_eval", ROOT / "lighteval", same=[QUIZ, SHORT])
    assert covered(whole, 1e-9) == (60, {})
    rows = whole.whole("quiz").rows
    assert rows["run"].n_unique() == 6
    assert set(rows["category"]) == {"arithmetic", "geography", "science"}
    short = whole.whole("quiz_short").rows
    assert set(short["category"]) == {"quiz_short"}
    assert short.filter(metric="em")["run"].n_unique() == 6


def test_apart_datasets_of_one_name_keep_their_own_answers() -> None:
    whole = opened(ROOT / "lm_eval", ROOT / "lighteval")
    assert covered(whole, 1e-9) == (60, {})
    assert whole.whole("pocketquiz (lm_eval)").rows["run"].n_unique() == 3


def two_files_of_one_name(folder: Path) -> Opened:
    """A run over ``sub/astronomy`` and ``astronomy``: two questions each, one and two right."""
    files = ["datasets/d/astronomy.csv", "datasets/d/sub/astronomy.csv"]
    items = [
        item(file, mean, individual_runs={"accuracies": [mean], "results": []})
        for file, mean in zip(files, (0.5, 1.0), strict=True)
    ]
    write(folder / f"results_{TIMESTAMP}.json", document(items))
    lines(folder, [row(0), row(1, correct=False), row(0), row(1)])
    return opened(folder)


def test_categories_that_keep_their_folder(tmp_path: Path) -> None:
    rows = two_files_of_one_name(tmp_path).whole("d").rows
    means = rows.group_by("category").agg(pl.col("score").mean()).sort("category")
    assert means.rows() == [("astronomy", 0.5), ("sub/astronomy", 1.0)]


# --- more and more of them ------------------------------------------------------------------------


@pytest.fixture
def _at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Tell of every batch, and make batches small."""
    monkeypatch.setattr("tui_eval.formats.batches.BATCH", 5)
    monkeypatch.setattr("tui_eval.loading.passes.time.monotonic", lambda: 0.0)
    monkeypatch.setattr(module, "_PUBLISH_EVERY", 0.0)


@pytest.mark.usefixtures("_at_once")
@pytest.mark.parametrize("harness", HARNESSES)
def test_first_answers_come_before_the_last_ones(harness: str) -> None:
    """What is known of an answer may still change, while a file that tells more of it is unread."""
    folder, dataset = DATASETS[harness]
    parts = list(opened(ROOT / folder).read(dataset))
    *some, whole = parts
    assert len(some) > 2
    done = [part.done for part in parts]
    assert done == sorted(done)
    assert done[0] < done[-1] == whole.total
    assert {part.total for part in parts} == {whole.total}
    assert not any(part.is_whole for part in some)
    assert whole.is_whole
    assert whole.progress == ""
    assert all(part.progress.startswith("reading answers: ") for part in some)
    keys = whole.rows.select(KEYS)
    for part in some:
        known = part.rows.filter(pl.col("score").is_not_null()).select(*KEYS, "score")
        found = known.join(whole.rows, on=KEYS, nulls_equal=True)
        assert found.height == known.height
        assert found["score"].equals(found["score_right"])
        assert part.rows.join(keys, on=KEYS, how="anti", nulls_equal=True).is_empty()
    if harness != "twinkle":  # of which no file alone tells to which data file a row belongs
        assert 0 < some[0].rows.height < some[len(some) // 2].rows.height < whole.rows.height


@pytest.mark.usefixtures("_at_once")
@pytest.mark.parametrize("harness", HARNESSES)
def test_nothing_is_read_after_it_was_cancelled(harness: str) -> None:
    folder, dataset = DATASETS[harness]
    parts: list[Samples] = []
    for part in opened(ROOT / folder).read(dataset, cancelled=lambda: len(parts) == 2):
        parts.append(part)  # noqa: PERF402  # what is asked looks at it
    assert len(parts) == 2
    assert not any(part.is_whole for part in parts)


def test_what_was_stopped_before_anything_was_read_is_not_whole() -> None:
    assert NOTHING.is_whole
    assert not replace(NOTHING, is_stopped=True).is_whole


def test_all_runs_are_there_when_it_is_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    """However rarely it is told how far it is."""
    monkeypatch.setattr(module, "_PUBLISH_EVERY", 1e6)
    whole = opened(ROOT / "lm_eval").whole("pocketquiz")
    assert whole.rows["run"].n_unique() == 3


def read_places(whole: Opened, dataset: str, category: str, patch: pytest.MonkeyPatch) -> list[str]:
    """Categories of files in the order in which they are read."""
    seen = []
    call = module._Reading.call

    def spied(reading: Any, *others: Any) -> Any:
        seen.append(reading.source.file.category)
        return call(reading, *others)

    patch.setattr(module._Reading, "call", spied)
    for _ in whole.read(dataset, category=category):
        pass
    return seen


def test_the_wanted_category_comes_first(monkeypatch: pytest.MonkeyPatch) -> None:
    seen = read_places(opened(ROOT / "lm_eval"), "pocketquiz", "pocketquiz_science", monkeypatch)
    assert seen[:3] == ["pocketquiz_science"] * 3
    assert len(seen) == 9
    assert "pocketquiz_science" not in seen[3:]


def test_the_wanted_category_comes_first_under_its_name_on_the_screen(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    whole = opened(ROOT / "lm_eval", ROOT / "lighteval", same=[QUIZ])
    seen = read_places(whole, "quiz", "science", monkeypatch)
    assert sorted(seen[:6]) == ["pocketquiz:science|0"] * 3 + ["pocketquiz_science"] * 3
    assert len(seen) == 18


# --- files that are not as they were ------------------------------------------------------------


def test_a_file_that_is_gone_is_a_note_and_the_rest_goes_on(tmp_path: Path) -> None:
    file = two_models(tmp_path)
    whole = opened(tmp_path)
    file.unlink()
    samples = whole.whole("riddles")
    assert samples.notes == (f"{file}: cannot be read: no such file or directory",)
    assert whole.shown.names(samples.rows["run"]) == [f"b @ {STAMP}"]


def test_a_file_that_cannot_be_read_is_a_note_and_is_tried_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cache_module, "_SMALLEST", 0)
    file = two_models(tmp_path)
    whole, cache = opened(tmp_path), Cache(tmp_path / "cache")
    open_path = os.open

    def refuse(path: Any, *arguments: Any, **named: Any) -> int:
        if path == str(file):
            raise PermissionError(13, "Permission denied")
        return open_path(path, *arguments, **named)

    with monkeypatch.context() as patch:
        patch.setattr(os, "open", refuse)
        samples = whole.whole("riddles", cache)
    assert samples.notes == (f"{file}: cannot be read: permission denied",)
    assert whole.shown.names(samples.rows["run"]) == [f"b @ {STAMP}"]
    samples = whole.whole("riddles", cache)
    assert samples.notes == ()
    assert samples.rows["run"].n_unique() == 2


def test_a_folder_in_the_place_of_a_file_is_a_note(tmp_path: Path) -> None:
    file = two_models(tmp_path)
    whole = opened(tmp_path)
    file.unlink()
    file.mkdir()
    assert whole.whole("riddles").notes == (f"{file}: cannot be read: is a directory",)


def test_without_any_file_nothing_is_there(tmp_path: Path) -> None:
    file = write_answers(tmp_path, ["x"])
    whole = opened(tmp_path)
    file.unlink()
    samples = whole.whole("riddles")
    assert samples.rows.is_empty()
    assert len(samples.notes) == 1


@pytest.mark.parametrize("harness", HARNESSES)
def test_a_folder_whose_name_is_no_text(tmp_path: Path, harness: str) -> None:
    folder, dataset = DATASETS[harness]
    place = Path(os.fsdecode(os.fsencode(tmp_path) + b"/\xff"))
    copytree(ROOT / folder, place / folder)
    whole = opened(place)
    row = whole.whole(dataset).rows.row(0, named=True)
    answer = read_answer(whole.runs[row["run"]], row["file"], row["place"], row["item"])
    assert isinstance(answer, Answer)
    assert answer.prompt


# --- the cache ------------------------------------------------------------------------------------


def no_pass(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever reads a file of answers fails."""

    def fail(path: Path, problems: list[Any], span: Span = WHOLE) -> Iterator[Batch]:
        raise AssertionError(path)

    for harness in HARNESSES:
        change(monkeypatch, harness, "index", fail)


@pytest.mark.usefixtures("no_children")
@pytest.mark.parametrize("harness", HARNESSES)
def test_the_second_reading_opens_no_file(
    harness: str, cache: Cache, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder, dataset = DATASETS[harness]
    whole = opened(ROOT / folder)
    before = whole.whole(dataset, cache)
    no_pass(monkeypatch)
    after = whole.whole(dataset, cache)
    assert_frame_equal(after.rows, before.rows)
    assert before.rows.height > 0
    assert after.notes == before.notes
    assert all("AssertionError" in note for note in whole.whole(dataset).notes)
    assert whole.whole(dataset).rows.is_empty()


def test_problems_are_told_again(tmp_path: Path, cache: Cache) -> None:
    file = two_models(tmp_path)
    changed_file(file, lambda data: data[:-20])
    whole = opened(tmp_path)
    before, after = (whole.whole("riddles", cache) for _ in range(2))
    reason = "line 5: the JSON breaks off here: the file is incomplete"
    assert before.notes == after.notes == (f"{file}: {reason}",)


def test_a_file_that_grew_is_read_anew(tmp_path: Path, cache: Cache) -> None:
    file = two_models(tmp_path)
    whole = opened(tmp_path)
    assert whole.whole("riddles", cache).rows.height == 10
    changed_file(file, lambda data: data + data.splitlines()[0].replace(b": 0,", b": 9,", 1))
    assert whole.whole("riddles", cache).rows.height == 11


@pytest.mark.usefixtures("_at_once")
def test_a_file_that_changes_while_it_is_read_is_not_kept(
    tmp_path: Path, cache: Cache, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It grows while it is read: that is read too, and never goes beyond all there is to read."""
    file = two_models(tmp_path)
    whole = opened(tmp_path)
    index = lm_eval.SAMPLES.index
    grown = file.read_bytes() * 3

    def growing(path: Path, problems: list[Any], span: Span = WHOLE) -> Iterator[Batch]:
        if path == file:
            changed_file(path, lambda _: grown)
        return index(path, problems, span)

    change(monkeypatch, "lm_eval", "index", growing)
    parts = list(whole.read("riddles", cache))
    done = [part.done for part in parts]
    assert done == sorted(done)
    assert not any(part.is_whole for part in parts[:-1])
    assert any("again" in note for note in parts[-1].notes)  # the same answers, twice more
    assert len(list((tmp_path / "cache").iterdir())) == 1  # of the other model


def test_nothing_is_kept_of_a_pass_that_was_cancelled(tmp_path: Path, cache: Cache) -> None:
    two_models(tmp_path)
    assert list(opened(tmp_path).read("riddles", cache, cancelled=lambda: True)) == []
    assert not (tmp_path / "cache").exists()


def test_of_a_cache_that_cannot_be_written_to_what_is_there_is_used(
    tmp_path: Path, cache: Cache, monkeypatch: pytest.MonkeyPatch
) -> None:
    two_models(tmp_path)
    whole = opened(tmp_path)
    before = whole.whole("riddles", cache)

    def refuse(*_: Any, **__: Any) -> None:
        raise PermissionError(30, "Read-only file system")

    monkeypatch.setattr(os, "utime", refuse)
    no_pass(monkeypatch)
    assert_frame_equal(whole.whole("riddles", cache).rows, before.rows)


READ = """
import sys
from pathlib import Path
from tui_eval.loading import cache
from tui_eval.loading.collection import load
from tui_eval.loading.passes import read_samples

cache._SMALLEST = 0
folder, kept, dataset = Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3]
collection = load([folder])
tables = collection.tables()
runs = dict(zip(tables.runs["run"], collection.runs))
"""

ONCE = """
import resource, signal
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (100, 100))
*_, last = read_samples(runs, tables, tables, dataset, cache.Cache(kept))
assert last.rows.height == 10, last
assert list(kept.iterdir()) == [], list(kept.iterdir())
"""

FOREVER = """
print("ready", flush=True)
while True:
    for entry in kept.glob("*.parquet"):
        entry.unlink(missing_ok=True)
    for _ in read_samples(runs, tables, tables, dataset, cache.Cache(kept)):
        pass
"""


def test_a_full_disk_costs_no_more_than_the_cache(tmp_path: Path) -> None:
    """No file may grow beyond a hundred bytes: every write of an entry breaks off."""
    two_models(tmp_path / "runs")
    folders = [str(tmp_path / name) for name in ("runs", "kept")]
    command = [sys.executable, "-c", READ + ONCE, *folders, "riddles"]
    done = subprocess.run(command, check=False, capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stderr) == (0, "")


def test_writers_that_are_killed_leave_a_cache_that_can_be_used(
    tmp_path: Path, cache: Cache
) -> None:
    """Two at once write the same entries, over and over, and are killed at any moment."""
    folder, dataset = ROOT / DATASETS["twinkle"][0], DATASETS["twinkle"][1]
    kept = tmp_path / "cache"
    whole = opened(folder)
    truth = whole.whole(dataset)
    command = [sys.executable, "-c", READ + FOREVER, str(folder), str(kept), dataset]
    chance = random.Random(7)
    states = [FileState.of(file.path) for run in whole.runs.values() for file in run.samples]
    used = 0
    for _ in range(4):
        writers = [subprocess.Popen(command, stdout=subprocess.PIPE) for _ in range(2)]
        try:
            for writer in writers:
                assert writer.stdout is not None
                assert writer.stdout.readline() == b"ready\n"
            end = time.monotonic() + chance.uniform(0.05, 0.4)
            while time.monotonic() < end:
                for state in states:
                    if index := cache.get(state, f"twinkle {twinkle.SAMPLES.version}"):
                        used += index.rows.height > 0
        finally:
            for writer in writers:
                writer.send_signal(signal.SIGKILL)
                writer.communicate(timeout=30)
        for _ in range(2):
            after = whole.whole(dataset, Cache(kept))
            assert_frame_equal(after.rows, truth.rows)
            assert after.notes == truth.notes
    assert used > 0


def test_texts_of_a_file_that_was_rewritten_are_refused_and_of_one_that_grew_are_not(
    tmp_path: Path, cache: Cache
) -> None:
    file = two_models(tmp_path)
    whole = opened(tmp_path)
    samples = list(whole.read("riddles", cache))[-1]
    row = samples.rows.filter(file=str(file)).row(0, named=True)
    run = next(run for run in whole.runs.values() if file in [one.path for one in run.samples])
    state = samples.states[str(file)]
    before = read_answer(run, row["file"], row["place"], row["item"], state)
    file.write_bytes(file.read_bytes() * 2)
    assert read_answer(run, row["file"], row["place"], row["item"], state) == before
    file.write_bytes(file.read_bytes()[: state.size][::-1])
    with pytest.raises(Refusal, match="has changed"):
        read_answer(run, row["file"], row["place"], row["item"], state)
