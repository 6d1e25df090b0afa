"""Passes over files of samples: found when the user asks for them, published as they go.

The pass goes file by file and hands over what there is after every few thousand rows, so that the
first rows are on the screen at once, whatever the size. Texts are read when they are looked at.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import MappingProxyType
from typing import NamedTuple

import polars as pl

from tui_eval.files.documents import Refusal, contained
from tui_eval.files.paths import path_text
from tui_eval.files.rows import BEGIN, Start
from tui_eval.formats.index import Index
from tui_eval.formats.registry import format_of
from tui_eval.loading.cache import Cache, FileState
from tui_eval.loading.collection import Collection, never
from tui_eval.loading.growth import Known
from tui_eval.records import Run, SampleFile
from tui_eval.tables import INDEX, SAMPLES, Tables

_PUBLISH_EVERY = 0.2  # seconds

_PATIENCE = 12  # times what it takes to put together what there is, the screen's part included

_EMPTY = pl.DataFrame(schema=INDEX)


class _Done(NamedTuple):
    """The answers of a run, and what they were made of."""

    run: Run
    names: _Names
    indexes: Mapping[SampleFile, Index]
    rows: pl.DataFrame
    notes: list[str]
    problems: list[str]

    def is_of(self, run: Run, names: _Names, indexes: Mapping[SampleFile, Index]) -> bool:
        """Whether the same would come out again."""
        is_same = run == self.run and indexes.keys() == self.indexes.keys()
        return (
            is_same
            and all(index is self.indexes[file] for file, index in indexes.items())
            and names == self.names
        )


class Kept(NamedTuple):
    """What a pass leaves for the next one.

    Attributes:
        files: What is known of each file.
        runs: The answers of each run, by its key.
    """

    files: Mapping[Path, Known] = MappingProxyType({})
    runs: Mapping[str, _Done] = MappingProxyType({})


@dataclass(frozen=True, eq=False)
class Samples:
    """What was read of the answers so far.

    Attributes:
        rows: Schema `tables.SAMPLES`.
        notes: What was left out, and why.
        done: Bytes that were read.
        total: Bytes that there are to read.
        states: What each file was like when it was read, by its path.
        is_stopped: Whether somebody stopped reading.
        kept: What need not be done again when the same answers are read again.
    """

    rows: pl.DataFrame
    notes: tuple[str, ...] = ()
    done: int = 0
    total: int = 0
    states: Mapping[str, FileState] = field(default_factory=dict)
    is_stopped: bool = False
    kept: Kept = field(default_factory=Kept)

    @property
    def is_whole(self) -> bool:
        """Whether all was read."""
        return self.done >= self.total and not self.is_stopped

    @property
    def progress(self) -> str:
        """How reading goes, in words; empty: it does no more."""
        percent = 100 * self.done // max(self.total, 1)
        return (
            "" if self.is_whole or self.is_stopped else f"reading answers: {percent} %, Esc stops"
        )


NOTHING = Samples(pl.DataFrame(schema=SAMPLES))


class _Source(NamedTuple):
    """A file of answers that is to be read for a run."""

    run: Run
    file: SampleFile
    state: FileState


def read_samples(
    runs: Mapping[str, Run],
    written: Tables,
    shown: Tables,
    dataset: str,
    cache: Cache,
    category: str | None = None,
    cancelled: Callable[[], bool] = never,
    before: Kept | None = None,
) -> Iterator[Samples]:
    """The answers of runs to the questions of a dataset: more and more of them, at last all.

    Args:
        runs: The runs by key, in the order in which they are read.
        written: Their tables, datasets as the harnesses name them.
        shown: The same rows, datasets under the names that a person gave them.
        dataset: Its name in ``shown``.
        cache: Where indexes are kept.
        category: What is wanted first: files that hold nothing else come last.
        cancelled: Asked after every few thousand rows.
        before: What the last pass left: files that grew are read on, others are not read.
    """
    before = before or Kept()
    files: dict[Path, Known] = {}
    names = {run: _Names(run, written, shown, dataset) for run in runs}
    sources, notes = _sources(runs, names, category)
    total = sum(source.state.size for source in sources)
    states = {path_text(source.file.path): source.state for source in sources}
    indexes: dict[str, dict[SampleFile, Index]] = {run: {} for run in runs}
    found: dict[str, _Done] = {}
    done, due = 0, 0.0
    for source in sources:
        for index, read in _passed(source, cache, before.files.get(source.file.path), files):
            if cancelled():
                return
            indexes[source.run.key][source.file] = index
            so_far = done + min(read, source.state.size)  # it may have grown since
            started = time.monotonic()
            if started >= due and so_far < total:
                key = source.run.key
                found[key] = _found(source, indexes[key], names[key])
                yield _together(found, shown.labels, notes, so_far, total, states)
                spent = time.monotonic() - started
                due = started + max(_PUBLISH_EVERY, _PATIENCE * spent)
        done += source.state.size
    for key, source in {source.run.key: source for source in sources}.items():
        known = before.runs.get(key)
        if known is None or not known.is_of(source.run, names[key], indexes[key]):
            known = _found(source, indexes[key], names[key])
        found[key] = known
    whole = _together(found, shown.labels, notes, total, total, states)
    yield replace(whole, kept=Kept(files, found))


def recompute(
    collection: Collection, cache: Cache, cancelled: Callable[[], bool] = never
) -> Iterator[Run]:
    """Give scores to the runs of a collection that have answers alone; yields each beforehand."""
    for run in collection.unscored:
        yield run
        indexes: dict[SampleFile, Index] = {}
        for file in run.samples:
            with suppress(OSError):
                source = _Source(run, file, FileState.of(file.path))
                for indexes[file], _ in _passed(source, cache, None, {}):
                    if cancelled():
                        return
        form = format_of(run.harness)
        with suppress(Refusal), contained():
            collection.give(run, form.recompute(run, form.samples(run, indexes)[0]))


def why_silent(runs: Iterable[Run]) -> str:
    """Why there are no answers of runs, in words, as far as their files tell.

    Args:
        runs: Those without files of answers; none: no run has a score in the metric.
    """
    told = {run.saves_answers for run in runs}
    if not told:
        return "none of them has a score in this metric"
    if told == {False}:
        return "the harness was not told to save them"
    if told == {True}:
        return "they were saved, but their files are not among those that were read"
    return "their files are not among those that were read"


class _Names:
    """How the scores of a run in a dataset are called by the harness, and on the screen."""

    def __init__(self, run: str, written: Tables, shown: Tables, dataset: str) -> None:
        self.run = run
        self.dataset = dataset
        columns = ("dataset", "category", "metric", "filter")
        is_own = written.scores["run"] == run
        own = written.scores.filter(is_own).select(*columns, "file")
        new = shown.scores.filter(is_own).select(pl.col(columns).name.prefix("shown_"))
        rows = pl.concat([own, new], how="horizontal").filter(shown_dataset=dataset)
        self.written = rows["dataset"].unique(maintain_order=True).to_list()
        files = rows.filter(pl.col("file").is_not_null(), pl.col("category").is_not_null())
        self._files = files.select("dataset", "category", data_file="file").unique(
            maintain_order=True
        )
        self._categories = (
            rows.select("category", "shown_category").drop_nulls().unique(maintain_order=True)
        )
        self._metrics = rows.select("metric", "filter", "shown_metric", "shown_filter").unique(
            maintain_order=True
        )

    def __eq__(self, other: object) -> bool:
        """Whether all names are the same."""
        if not isinstance(other, _Names) or self.dataset != other.dataset:
            return False
        frames = ("_files", "_categories", "_metrics")
        return self.written == other.written and all(
            getattr(self, name).equals(getattr(other, name)) for name in frames
        )

    def category(self, written: str | None) -> str | None:
        """A category under its name on the screen."""
        names: dict[str | None, str] = dict(self._categories.iter_rows())
        return names.get(written, written)

    def shown(self, rows: pl.DataFrame) -> pl.DataFrame:
        """Answers under the names of the screen: schema `SAMPLES`."""
        own = rows.filter(pl.col("dataset").is_in(self.written))
        by_file = self._files.rename({"category": "of_file"})
        named = (
            own.join(by_file, on=["dataset", "data_file"], how="left", maintain_order="left")
            .with_columns(category=pl.coalesce("of_file", "category"))
            .join(self._categories, on="category", how="left", maintain_order="left")
            .join(
                self._metrics,
                on=["metric", "filter"],
                how="left",
                nulls_equal=True,
                maintain_order="left",
            )
        )
        is_known = pl.col("shown_metric").is_not_null()
        return named.with_columns(
            run=pl.lit(self.run),
            dataset=pl.lit(self.dataset),
            category=pl.coalesce("shown_category", "category"),
            metric=pl.coalesce("shown_metric", "metric"),
            filter=pl.when(is_known).then("shown_filter").otherwise("filter"),
        ).select(SAMPLES.names())


def _sources(
    runs: Mapping[str, Run], names: Mapping[str, _Names], category: str | None
) -> tuple[list[_Source], list[str]]:
    """The files that may hold answers to the dataset, and what is gone of them."""
    sources: list[tuple[bool, _Source]] = []
    notes = []
    for key, run in runs.items():
        form = format_of(run.harness)
        for file in run.samples:
            try:
                with contained():
                    dataset, part = form.place_of(run, file)
            except Refusal as refusal:
                notes.append(f"{path_text(file.path)}: {refusal.problem}")
                continue
            if dataset is not None and dataset not in names[key].written:
                continue
            try:
                state = FileState.of(file.path)
            except OSError as error:
                reason = (error.strerror or "unknown reason").lower()
                notes.append(f"{path_text(file.path)}: cannot be read: {reason}")
                continue
            shown = names[key].category(part)
            is_last = category is not None and shown is not None and shown != category
            sources.append((is_last, _Source(run, file, state)))
    return [source for _, source in sorted(sources, key=lambda one: one[0])], notes


def _passed(
    source: _Source, cache: Cache, before: Known | None, files: dict[Path, Known]
) -> Iterator[tuple[Index, int]]:
    """What is known of a file after every batch, and how many bytes that took; at last all.

    What is known then of a whole file is added to ``files``.
    """
    path, state = source.file.path, source.state
    form = format_of(source.run.harness)
    version = f"{form.HARNESS} {form.INDEX_VERSION}"
    if before is not None and before.state == state:
        files[path] = before
        yield before.index, state.size
        return
    start = before.next_start(path, state) if before is not None else BEGIN
    cached = cache.get(state, version) if start == BEGIN else None
    if cached is not None:
        _keep(files, source, cached, start)
        yield cached, state.size
        return
    old = before.before(start) if before is not None and start.place else Index(_EMPTY)
    problems = [*old.problems]
    frames = [old.rows]
    try:
        with contained():
            for batch in form.index(path, problems, start):
                frames.append(batch.rows)
                yield Index(pl.concat(frames), tuple(problems), is_whole=False), batch.done
        is_kept = _is_unchanged(source)
    except Refusal as refusal:
        problems.append(refusal.problem)
        is_kept = False  # rights, or a disk, may change without the file
    index = Index(pl.concat(frames), tuple(problems))
    if is_kept:
        _keep(files, source, index, start)
        if not start.place:  # else a file that grows would leave an entry at every look
            cache.put(state, version, index)
    yield index, state.size


def _keep(files: dict[Path, Known], source: _Source, index: Index, start: Start) -> None:
    """Keep in mind what was found, unless the file is another by now."""
    with suppress(OSError):
        known = Known.of(source.file.path, source.state, index, start)
        if _is_unchanged(source):
            files[source.file.path] = known


def _is_unchanged(source: _Source) -> bool:
    """Whether nobody wrote to the file while it was read."""
    try:
        return FileState.of(source.file.path) == source.state
    except OSError:
        return False


def _found(source: _Source, indexes: Mapping[SampleFile, Index], names: _Names) -> _Done:
    """The answers of a run as the screen calls them, and what was left out of its files."""
    try:
        with contained():
            found, notes = format_of(source.run.harness).samples(source.run, indexes)
            rows = names.shown(found)
    except Refusal as refusal:
        rows, notes = pl.DataFrame(schema=SAMPLES), [f"no answers are shown: {refusal.problem}"]
    problems = [
        f"{path_text(file.path)}: {problem}"
        for file, index in indexes.items()
        for problem in index.problems
    ]
    return _Done(source.run, names, dict(indexes), rows, notes, problems)


def _together(
    found: Mapping[str, _Done],
    labels: Mapping[str, str],
    notes: list[str],
    done: int,
    total: int,
    states: Mapping[str, FileState],
) -> Samples:
    frames = [pl.DataFrame(schema=SAMPLES), *(run.rows for run in found.values())]
    told = [
        note
        for key, run in found.items()
        for note in (*(f"{labels[key]}: {note}" for note in run.notes), *run.problems)
    ]
    return Samples(pl.concat(frames), (*notes, *told), done, total, states)
