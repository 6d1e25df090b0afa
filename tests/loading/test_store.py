"""Answers are read once: adding a run, or asking in another order, reads only what is not known."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from polars.testing import assert_frame_equal

from tests.build.formats import change
from tests.build.lm_eval import write_answers
from tui_eval.formats.batches import Batch
from tui_eval.formats.harnesses import lm_eval
from tui_eval.loading.cache import Cache
from tui_eval.loading.collection import load
from tui_eval.loading.passes import Samples, read_samples
from tui_eval.loading.store import SampleStore
from tui_eval.records import Run
from tui_eval.tables import Tables

NOWHERE = Cache(None)


@pytest.fixture
def read(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Folders of the files of answers that were read."""
    seen: list[str] = []
    index = lm_eval.SAMPLES.index

    def spied(path: Path, *more: Any) -> Iterator[Batch]:
        seen.append(path.parents[1].name)
        return index(path, *more)

    change(monkeypatch, "lm_eval", "index", spied)
    return seen


class Three:
    """Three runs that answered to two datasets."""

    def __init__(self, folder: Path) -> None:
        for model in "pqr":
            for dataset in ("riddles", "rhymes"):
                write_answers(folder / model / dataset, ["yes", "no"], model=model, task=dataset)
        collection = load([folder])
        self.tables: Tables = collection.tables()
        self.runs: dict[str, Run] = {run.key: run for run in collection.runs}

    def of(self, models: str) -> dict[str, Run]:
        return {
            key: run for model in models for key, run in self.runs.items() if run.model == model
        }

    def ask(self, store: SampleStore, models: str, dataset: str = "riddles") -> Samples:
        *_, samples = store.read(self.of(models), self.tables, self.tables, dataset)
        return samples


@pytest.fixture
def three(tmp_path: Path) -> Three:
    return Three(tmp_path)


def test_another_run_reads_its_own_files_only(three: Three, read: list[str]) -> None:
    store = SampleStore(NOWHERE)
    three.ask(store, "pq")
    assert sorted(read) == ["p", "q"]
    read.clear()
    samples = three.ask(store, "pqr")
    assert read == ["r"]
    *_, anew = read_samples(three.of("pqr"), three.tables, three.tables, "riddles", NOWHERE)
    assert_frame_equal(samples.rows, anew.rows)
    assert samples.notes == anew.notes


def test_another_order_and_fewer_runs_read_nothing(three: Three, read: list[str]) -> None:
    store = SampleStore(NOWHERE)
    three.ask(store, "pqr")
    read.clear()
    for models in ("rp", "q", "qpr"):
        samples = three.ask(store, models)
        found = {three.tables.labels[run][0] for run in samples.rows["run"]}
        assert found == set(models)
    assert read == []


def test_datasets_are_kept_beside_each_other(three: Three, read: list[str]) -> None:
    store = SampleStore(NOWHERE)
    three.ask(store, "p")
    three.ask(store, "p", "rhymes")
    assert read == ["p", "p"]
    three.ask(store, "p")
    three.ask(store, "p", "rhymes")
    assert read == ["p", "p"]


def test_what_was_not_asked_for_longest_is_dropped(three: Three, read: list[str]) -> None:
    size = three_sizes(three)
    store = SampleStore(NOWHERE, most_bytes=2 * size)
    for models in ("p", "q", "p", "r"):  # q is the oldest when there is no room for three
        three.ask(store, models)
    read.clear()
    three.ask(store, "pr")
    assert read == []
    three.ask(store, "q")
    assert read == ["q"]


def test_what_is_asked_for_stays_however_large_it_is(three: Three, read: list[str]) -> None:
    store = SampleStore(NOWHERE, most_bytes=0)
    three.ask(store, "pq")
    read.clear()
    three.ask(store, "pq")
    assert read == []
    three.ask(store, "r")
    three.ask(store, "p")
    assert read == ["r", "p"]


def three_sizes(three: Three) -> int:
    """Bytes that the store counts for one of the runs, which are alike."""
    store = SampleStore(NOWHERE)
    three.ask(store, "p")
    return max(entry.size for entry in store._entries.values())
