"""Passes over files of samples: found when the user asks for them, published as they go.

The pass goes file by file and hands over what there is after every few thousand rows, so that the
first rows are on the screen at once, whatever the size. Texts are read when they are looked at.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from itertools import groupby
from pathlib import Path
from types import MappingProxyType
from typing import Any, NamedTuple, TypeVar

import polars as pl

from tui_eval.files.documents import Problem, Refusal, contained
from tui_eval.files.parquet import is_parquet
from tui_eval.files.paths import path_text
from tui_eval.files.rows import WHOLE, Span, spans
from tui_eval.formats.batches import Batch, passed
from tui_eval.formats.format import SampleFormat
from tui_eval.formats.index import Index, frame
from tui_eval.formats.registry import format_of
from tui_eval.loading import pool
from tui_eval.loading.cache import Cache, FileState
from tui_eval.loading.clusters import with_clusters
from tui_eval.loading.collection import Collection, not_cancelled
from tui_eval.loading.derived import DerivedRun, of
from tui_eval.loading.growth import Known
from tui_eval.records import Run, SampleFile
from tui_eval.tables import INDEX, SAMPLES, Tables

T = TypeVar("T")

_PUBLISH_EVERY = 0.2  # seconds

_PATIENCE = 12  # times what it takes to put together what there is, the screen's part included

_APART_FROM = 128_000_000
"""Bytes of lines from which on two children are faster than none, which costs 0.1 s each: some from
190 MB on (lm-eval, whose rows are cut), those that are decoded whole from 30 MB on (Twinkle)."""

_SPAN = 1 << 25  # bytes of a file that a child reads at once

_EMPTY = pl.DataFrame(schema=INDEX)


class Done(NamedTuple):
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
    runs: Mapping[str, Done] = MappingProxyType({})


@dataclass(frozen=True, eq=False)
class Samples:
    """What was read of the answers so far.

    Attributes:
        rows: Schema `tables.SAMPLES`.
        notes: What was left out, and why.
        done: Bytes that were read.
        total: Bytes that there are to read.
        states: What each file was like when it was read, by its path.
        is_stopped: Whether the user stopped reading.
        kept: What need not be done again when the same answers are read again.
    """

    rows: pl.DataFrame
    notes: tuple[str, ...] = ()
    done: int = 0
    total: int = 0
    states: Mapping[str, FileState] = field(default_factory=dict)
    is_stopped: bool = False
    kept: Kept = field(default_factory=Kept)
    _made: dict[Hashable, Any] = field(default_factory=dict, repr=False, init=False)

    def once(self, key: Hashable, make: Callable[[], T]) -> T:
        """What is made of the answers and needed again, of the last key: freed with them."""
        if key not in self._made:
            self._made.clear()
            self._made[key] = make()
        made: T = self._made[key]
        return made

    @property
    def is_whole(self) -> bool:
        """Whether all was read."""
        return self.done >= self.total and not self.is_stopped

    @property
    def progress(self) -> str:
        """How reading goes, in words; empty: it does no more."""
        percent = 100 * self.done // max(self.total, 1)
        return "" if self.is_whole or self.is_stopped else f"reading answers: {percent} %, ^x stops"


NOTHING = Samples(pl.DataFrame(schema=SAMPLES))


class _Source(NamedTuple):
    """A file of answers that is to be read for a run."""

    run: Run
    form: SampleFormat
    file: SampleFile
    state: FileState

    @property
    def version(self) -> str:
        """By which version of its format an index of it is made."""
        return f"{self.run.harness} {self.form.version}"


def read_samples(
    runs: Mapping[str, Run],
    written: Tables,
    shown: Tables,
    dataset: str,
    cache: Cache,
    category: str | None = None,
    cancelled: Callable[[], bool] = not_cancelled,
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
    by_run = {source.run.key: source for source in sources}
    found: dict[str, Done] = {}
    read: dict[tuple[str, SampleFile], int] = {}
    so_far, due = 0, 0.0
    for source, index, size in _passed(sources, cache, before.files, files, cancelled):
        if cancelled():
            return
        run = source.run.key
        indexes[run][source.file] = index
        size = min(size, source.state.size)  # it may have grown since
        so_far += size - read.get((run, source.file), 0)
        read[run, source.file] = size
        started = time.monotonic()
        if started >= due and so_far < total:
            own = _in_order(indexes[run], sources)
            found[run] = _found(source, own, names[run])
            parts = {key: found[key] for key in by_run if key in found}
            yield _together(parts, shown.labels, notes, so_far, total, states)
            spent = time.monotonic() - started
            due = started + max(_PUBLISH_EVERY, _PATIENCE * spent)
    if cancelled():
        return
    whole: dict[str, Done] = {}
    for run, source in by_run.items():
        own = _in_order(indexes[run], sources)
        known = before.runs.get(run)
        if known is None or not known.is_of(source.run, names[run], own):
            known = _found(source, own, names[run])
        whole[run] = known
    samples = _together(whole, shown.labels, notes, total, total, states)
    yield replace(samples, kept=Kept(files, whole))


def unread_bytes(
    runs: Mapping[str, Run],
    written: Tables,
    shown: Tables,
    dataset: str,
    cache: Cache,
    before: Kept,
) -> int:
    """Bytes of the answers that `read_samples` would have to read: what is known costs nothing."""
    names = {run: _Names(run, written, shown, dataset) for run in runs}
    sources, _ = _sources(runs, names, None)
    once = {(source.file.path, source.version): source for source in sources}
    return sum(
        source.state.size
        for source in once.values()
        if (known := before.files.get(source.file.path)) is None or known.state != source.state
        if not cache.has(source.state, source.version)
    )


def all_unread_bytes(runs: Iterable[Run], cache: Cache) -> int:
    """Bytes of all answers of runs, without those of which an index is kept."""
    sources = {
        source.file.path: source
        for run in runs
        if (form := format_of(run.harness).samples) is not None
        for source in _sources_of(run, form)
    }
    return sum(one.state.size for one in sources.values() if not cache.has(one.state, one.version))


def _sources_of(run: Run, form: SampleFormat) -> Iterator[_Source]:
    """The files of answers of a run that are still there."""
    for file in run.samples:
        with suppress(OSError):
            yield _Source(run, form, file, FileState.of(file.path))


def _in_order(
    indexes: Mapping[SampleFile, Index], sources: Sequence[_Source]
) -> dict[SampleFile, Index]:
    """The indexes of files of a run, in the order in which its files are to be read."""
    return {one.file: indexes[one.file] for one in sources if one.file in indexes}


def recompute(
    collection: Collection, cache: Cache, cancelled: Callable[[], bool] = not_cancelled
) -> Iterator[Run]:
    """Give scores to the runs of a collection that have answers alone; yields each beforehand."""
    for run in collection.unscored:
        form = format_of(run.harness).samples
        if form is None or form.recompute is None:
            continue
        yield run
        indexes: dict[SampleFile, Index] = {}
        sources = list(_sources_of(run, form))
        for source, index, _ in _passed(sources, cache, {}, {}, cancelled):
            if cancelled():
                return
            indexes[source.file] = index
        if cancelled():
            return
        indexes = _in_order(indexes, sources)
        with suppress(Refusal), contained():
            collection.give(run, form.recompute(run, form.table(run, indexes)[0]))


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
        form = format_of(run.harness).samples
        if form is None:
            continue
        for file in run.samples:
            try:
                with contained():
                    dataset, part = form.place_of(of(run), file)
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
            sources.append((is_last, _Source(run, form, file, state)))
    return [source for _, source in sorted(sources, key=lambda one: one[0])], notes


def _passed(
    sources: Sequence[_Source],
    cache: Cache,
    before: Mapping[Path, Known],
    files: dict[Path, Known],
    cancelled: Callable[[], bool],
) -> Iterator[tuple[_Source, Index, int]]:
    """What is known of each file after every batch, and how many bytes that took; at last all.

    Those that are known already come first. What is known then of a whole file is added to
    ``files``. It ends early where it is cancelled. A file of several runs is read once.
    """
    twins: dict[tuple[Path, str], list[_Source]] = {}
    for source in sources:
        twins.setdefault((source.file.path, source.version), []).append(source)
    for source, index, done in _passed_once(
        [same[0] for same in twins.values()], cache, before, files, cancelled
    ):
        for twin in twins[source.file.path, source.version]:
            yield twin, index, done


def _passed_once(
    sources: Sequence[_Source],
    cache: Cache,
    before: Mapping[Path, Known],
    files: dict[Path, Known],
    cancelled: Callable[[], bool],
) -> Iterator[tuple[_Source, Index, int]]:
    unread = []
    for source in sources:
        known = _known(source, cache, before.get(source.file.path), files)
        if known is None:
            unread.append(_Reading(source, before.get(source.file.path)))
        else:
            yield source, known, source.state.size
    bulk = sum(one.source.state.size for one in unread if not one.is_table)
    for is_table, some in groupby(unread, key=lambda one: one.is_table):
        readings = list(some)
        size = sum(one.source.state.size for one in readings)
        children = min(pool.cores(), -(-size // _SPAN))
        if not is_table and (bulk < _APART_FROM or pool.cores() == 1):
            children = 0
        for reading, index, done in _read(readings, children, cancelled):
            if index.is_whole:
                _remember(reading, index, cache, files)
            yield reading.source, index, done


def _known(
    source: _Source, cache: Cache, before: Known | None, files: dict[Path, Known]
) -> Index | None:
    """What is known of a file from before; None: it is to be read, or read on."""
    path, state = source.file.path, source.state
    if before is not None and before.state == state:
        files[path] = before
        return before.index
    if before is not None and before.next_span(path, state) != WHOLE:
        return None
    cached = cache.get(state, source.version)
    if cached is not None:
        _keep(files, source, cached, WHOLE)
    return cached


def _read(
    readings: Sequence[_Reading], children: int, cancelled: Callable[[], bool]
) -> Iterator[tuple[_Reading, Index, int]]:
    """Read files in so many children, or here without any: what is known of each after a batch."""
    parts: list[tuple[_Reading, _Part]] = []

    def calls() -> Iterator[pool.Call]:
        for reading in readings:
            for part in reading.parts_of(_SPAN if children > 1 else None):
                parts.append((reading, part))
                yield reading.call(part)

    is_table = any(one.is_table for one in readings)
    for number, found in pool.results(calls(), children, cancelled, keep=is_table):
        reading, part = parts[number]
        if not reading.is_over and reading.take(part, found):
            yield reading, reading.index, reading.done


class _Part:
    """A part of a file that is being read, and what was found there so far."""

    def __init__(self, span: Span) -> None:
        self.span = span
        self.done = span.begin
        self.frames: list[pl.DataFrame] = []
        self.problems: list[Problem] = []
        self.end: pool.Done | None = None


class _Reading:
    """A file that is being read.

    Its parts may be read at the same time; of each what was found is known when all parts before it
    are at their end. Where one ends early, the file does.

    Attributes:
        is_over: Whether all that can be known of it is.
        is_sound: Whether it was read to its end.
    """

    def __init__(self, source: _Source, before: Known | None) -> None:
        self.source = source
        self.is_over = self.is_sound = False
        path = source.file.path
        self.is_table = is_parquet(path)
        self.span = WHOLE if before is None else before.next_span(path, source.state)
        old = before.before(self.span) if before and self.span.begin else Index(_EMPTY)
        self._frames = [old.rows]
        self._problems = [*old.problems]
        self._parts: list[_Part] = []
        self._next = 0

    def parts_of(self, size: int | None) -> Iterator[_Part]:
        """Its parts, of such a size if it can be divided, as long as they are wanted."""
        found: Iterable[Span] = [self.span]
        if size and self.span == WHOLE and self.source.state.size >= 2 * size:
            found = spans(self.source.file.path, size)
        try:
            for span in found:
                if self.is_over:
                    return
                self._parts.append(_Part(span))
                yield self._parts[-1]
        except Refusal as refusal:
            self._parts.append(_Part(self.span))
            self._parts[-1].end = pool.Done(refusal.problem)
            yield self._parts[-1]

    def call(self, part: _Part) -> pool.Call:
        """What reads a part of it."""
        return pool.Call(passed, (self.source.form.index, self.source.file.path, part.span))

    def take(self, part: _Part, found: pool.Done | tuple[Batch, list[Problem]]) -> bool:
        """Something that was found in one of its parts, or its end; whether more is known by it."""
        if part.end is not None:  # it could not be taken, so that nothing after it counts
            return self._go_on()
        if isinstance(found, pool.Done):
            part.end = found
        else:
            batch, problems = found
            part.done = max(part.done, batch.done)
            part.problems.extend(problems)
            try:
                with contained():
                    part.frames.append(frame(batch))
            except Refusal as refusal:
                part.end = pool.Done(refusal.problem)
        return self._go_on()

    def _go_on(self) -> bool:
        """Take over what is known of the parts from the first one on; whether there is anything."""
        before = len(self._frames) + len(self._problems)
        while not self.is_over and self._next < len(self._parts):
            part = self._parts[self._next]
            self._frames.extend(part.frames)
            self._problems.extend(part.problems)
            part.frames, part.problems = [], []
            if part.end is None:
                break
            self._next += 1
            self.is_sound = part.span.end is None and part.end.problem is None
            self.is_over = part.span.end is None or part.end.problem is not None
            if part.end.problem is not None:
                self._problems.append(part.end.problem)
        return self.is_over or len(self._frames) + len(self._problems) > before

    @property
    def index(self) -> Index:
        """What is known of it so far."""
        if len(self._frames) > 1:
            self._frames = [pl.concat(self._frames)]
        return Index(self._frames[0], tuple(self._problems), is_whole=self.is_over)

    @property
    def done(self) -> int:
        """Its bytes that were read, those before its first part included."""
        if self.is_over:
            return self.source.state.size
        return self.span.begin + sum(part.done - part.span.begin for part in self._parts)


def _remember(reading: _Reading, index: Index, cache: Cache, files: dict[Path, Known]) -> None:
    """Keep what was found in a file that was read to its end and is the same still.

    What ended early is read anew: rights, a disk or memory may change without the file.
    """
    source = reading.source
    if not reading.is_sound or not _is_unchanged(source):
        return
    _keep(files, source, index, reading.span)
    if not reading.span.begin:  # else a file that grows would leave an entry at every look
        cache.put(source.state, source.version, index)


def _keep(files: dict[Path, Known], source: _Source, index: Index, span: Span) -> None:
    """Keep in mind what was found, unless the file is another by now."""
    with suppress(OSError):
        known = Known.of(source.file.path, source.state, index, span)
        if _is_unchanged(source):
            files[source.file.path] = known


def _is_unchanged(source: _Source) -> bool:
    """Whether nobody wrote to the file while it was read."""
    try:
        return FileState.of(source.file.path) == source.state
    except OSError:
        return False


def _found(source: _Source, indexes: Mapping[SampleFile, Index], names: _Names) -> Done:
    """The answers of a run as the screen calls them, and what was left out of its files."""
    try:
        with contained():
            found, notes = source.form.table(of(source.run), indexes)
            rows = with_clusters(found, indexes.values())
            if isinstance(source.run, DerivedRun):
                rows = source.run.answers(rows)
            rows = names.shown(rows)
    except Refusal as refusal:
        rows, notes = pl.DataFrame(schema=SAMPLES), [f"no answers are shown: {refusal.problem}"]
    problems = [
        f"{path_text(file.path)}: {problem}"
        for file, index in indexes.items()
        for problem in index.problems
    ]
    return Done(source.run, names, dict(indexes), rows, notes, problems)


def _together(
    found: Mapping[str, Done],
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
