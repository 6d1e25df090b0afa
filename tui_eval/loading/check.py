"""Whether runs are complete: a pass over their answers, dataset by dataset.

Answers are read as everywhere else (`store`), so that what is read once is known to all; what tells
whether a file is as it was written is made of its bytes, in children where that pays, and kept.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple, TypeAlias

import polars as pl

from tui_eval.files.documents import Refusal, contained
from tui_eval.files.paths import path_text
from tui_eval.formats.format import SampleFormat
from tui_eval.formats.index import Index
from tui_eval.formats.registry import format_of
from tui_eval.loading import pool
from tui_eval.loading.cache import Cache, FileState
from tui_eval.loading.check_rows import Place, Told, check_rows
from tui_eval.loading.collection import not_cancelled
from tui_eval.loading.passes import NOTHING, Samples, why_silent
from tui_eval.loading.store import SampleStore
from tui_eval.records import NONE, Finding, Run, SampleFile
from tui_eval.tables import CHECKS, Tables

_APART_FROM = 64_000_000
"""Bytes from which on children make digests faster than this process does."""

_QUESTION_SETS = ("question_set", "limit", "source")
"""Settings that tell sets of questions apart, with their parts."""

_MOST_PROBLEMS = 3  # of a file, that are told


@dataclass(frozen=True, eq=False)
class Checks:
    """How far it is known whether runs are complete.

    Attributes:
        rows: Schema `tables.CHECKS`: of the datasets that were looked at so far.
        done: Bytes that were read.
        total: Bytes that there are to read.
        notes: What could not be read, and why.
    """

    rows: pl.DataFrame
    done: int = 0
    total: int = 0
    notes: tuple[str, ...] = ()

    @property
    def is_whole(self) -> bool:
        """Whether all was looked at."""
        return self.done >= self.total


_Written: TypeAlias = "tuple[str, str | None]"
"""A dataset and one of its categories."""


class _Task(NamedTuple):
    """A file of which a digest is to be made."""

    run: str
    harness: str
    form: SampleFormat
    file: SampleFile
    state: FileState

    @property
    def version(self) -> str:
        """By which version of its format a digest of it is made."""
        return f"{self.harness} digest {self.form.digest_version}"


def check(
    runs: Mapping[str, Run],
    written: Tables,
    shown: Tables,
    cache: Cache,
    cancelled: Callable[[], bool] = not_cancelled,
    *,
    store: SampleStore | None = None,
    datasets: Sequence[str] | None = None,
) -> Iterator[Checks]:
    """Whether runs are complete: of more and more datasets, at last of all.

    Nothing follows after it was cancelled. What is compared with other runs is compared with these.

    Args:
        runs: The runs by key, in the order of the rows.
        written: Their tables, datasets as the harnesses name them.
        shown: The same rows, datasets under the names that a person gave them.
        cache: Where indexes and digests are kept.
        cancelled: Asked after every few thousand rows.
        store: Where answers are known from before; None: nowhere.
        datasets: Their names in ``shown``; None: all.
    """
    store = store or SampleStore(cache)
    found: list[pl.DataFrame] = [pl.DataFrame(schema=CHECKS)]
    notes: dict[str, None] = {}
    findings = _Findings(runs, written, shown)
    progress = _Progress(runs)
    for dataset in _datasets(runs, shown) if datasets is None else datasets:
        own = _runs_of(dataset, runs, shown)
        samples = NOTHING
        read = {key: run for key, run in own.items() if run.samples}
        for samples in store.read(read, written, shown, dataset, cancelled=cancelled):
            if not samples.is_whole:
                yield Checks(pl.concat(found), progress.at(samples), progress.total, (*notes,))
        if cancelled():
            return
        progress.end(samples)
        notes.update(dict.fromkeys(samples.notes))
        digests: dict[str, dict[SampleFile, str]] = defaultdict(dict)
        for task, done, digest in _digests(list(_tasks(samples)), cache, cancelled):
            progress.digested[task.state.path] = done
            if digest is not None:
                digests[task.run][task.file] = digest
            yield Checks(pl.concat(found), progress.done, progress.total, (*notes,))
        if cancelled():
            return
        found.append(
            check_rows(
                dataset,
                _told(dataset, own, shown, findings),
                shown.scores.filter(pl.col("run").is_in(list(own)), dataset=dataset),
                samples.rows,
                findings.of(dataset, own, samples, digests),
            )
        )
        yield Checks(pl.concat(found), progress.done, progress.total, (*notes,))
    for dataset, others in findings.others.items() if datasets is None else ():
        told = {key: Told() for key, _ in others}
        nothing = (shown.scores.clear(), NOTHING.rows)
        found.append(check_rows(dataset, told, *nothing, others))
    yield Checks(pl.concat(found), progress.total, progress.total, (*notes,))


class _Progress:
    """Bytes that were read: of files of answers, and once more where digests are made of them."""

    def __init__(self, runs: Mapping[str, Run]) -> None:
        self.read: set[str] = set()
        self.digested: dict[str, int] = {}
        self._sizes: dict[str, int] = {}
        self.total = 0
        for run in runs.values():
            form = format_of(run.harness).samples
            for file in run.samples if form else ():
                state = _state(file)
                if state is not None and state.path not in self._sizes:
                    self._sizes[state.path] = state.size
                    self.total += state.size * (1 if form is None or form.digest is None else 2)

    def at(self, samples: Samples) -> int:
        """So far, while answers are read: what others had read of its files counts once."""
        fresh = sum(one.size for one in samples.states.values() if one.path not in self.read)
        share = samples.done / max(samples.total, 1)
        return min(self.done + int(fresh * share), self.total)

    def end(self, samples: Samples) -> None:
        """The answers to a dataset were read."""
        self.read.update(state.path for state in samples.states.values())

    @property
    def done(self) -> int:
        """So far, between datasets."""
        read = sum(self._sizes.get(path, 0) for path in self.read)
        return min(read + sum(self.digested.values()), self.total)


# --- which runs, which datasets -----------------------------------------------------------------


def _datasets(runs: Iterable[str], shown: Tables) -> list[str]:
    """The datasets of runs, by name."""
    rows = shown.scores.filter(pl.col("run").is_in(list(runs)))
    return sorted(rows["dataset"].unique())


def _runs_of(dataset: str, runs: Mapping[str, Run], shown: Tables) -> dict[str, Run]:
    """The runs that have a row of a dataset."""
    there = set(shown.scores.filter(dataset=dataset)["run"].unique())
    return {key: run for key, run in runs.items() if key in there}


class _Shown(NamedTuple):
    """How the datasets and categories of a run are shown, by how its harness names them.

    Attributes:
        places: By dataset and category.
        files: By dataset and data file.
    """

    places: dict[_Written, _Written]
    files: dict[_Written, _Written]

    @classmethod
    def of(cls, run: str, written: Tables, shown: Tables) -> _Shown:
        """The names of a run."""
        is_own = written.scores["run"] == run
        columns = ("dataset", "category")
        own = written.scores.filter(is_own).select(*columns, "file")
        new = shown.scores.filter(is_own).select(pl.col(columns).name.prefix("shown_"))
        rows = pl.concat([own, new], how="horizontal").unique(maintain_order=True)
        places, files = {}, {}
        for dataset, category, file, *names in rows.iter_rows():
            places[dataset, category] = (names[0], names[1])
            if file is not None and category is not None:
                files[dataset, file] = (names[0], names[1])
        return cls(places, files)

    def place(self, finding: Finding) -> _Written | None:
        """Where a finding belongs; None: to a dataset of which the run has no scores."""
        if finding.file is not None and (finding.dataset, finding.file) in self.files:
            return self.files[finding.dataset, finding.file]
        known = self.places.get((finding.dataset, finding.category))
        if known is not None:
            return known
        of = next((to for (one, _), (to, _) in self.places.items() if one == finding.dataset), None)
        return None if of is None else (of, finding.category)


def _told(
    dataset: str, own: Mapping[str, Run], shown: Tables, findings: _Findings
) -> dict[str, Told]:
    """What is known of each run beside its rows."""
    settings = shown.settings.filter(
        pl.col("run").is_in(list(own)),
        pl.col("dataset").is_null() | (pl.col("dataset") == dataset),
        pl.col("name").str.split(".").list.first().is_in(_QUESTION_SETS),
    )
    found: dict[str, dict[tuple[str, str | None], str | None]] = {run: {} for run in own}
    for run, category, name, value in settings.select(
        "run", "category", "name", "value"
    ).iter_rows():
        found[run][name, category] = value
    return {
        key: Told(
            silence="" if run.samples else f"no answers are here: {why_silent([run])}",
            limit=_limit(run, found[key]),
            asked=(run.harness, frozenset(filter(_is_of_questions, found[key].items()))),
            asks_whole=_asks_whole(run, findings.written(key, dataset)),
            judges_are_filters=format_of(run.harness).judges_are_filters,
        )
        for key, run in own.items()
    }


def _asks_whole(run: Run, datasets: Iterable[str]) -> Hashable:
    """What tells which categories of datasets that have one name here it was asked."""
    form = format_of(run.harness)
    if form.asks_whole is None:
        return None
    found = [form.asks_whole(run, dataset) for dataset in datasets]
    return None if None in found else tuple(found)


def _is_of_questions(setting: tuple[tuple[str, str | None], str | None]) -> bool:
    """Whether it tells questions apart: lists are of categories, which are compared one by one."""
    (name, _), value = setting
    return not (name == "question_set" and value is not None and value.startswith("["))


def _limit(run: Run, settings: Mapping[tuple[str, str | None], str | None]) -> str:
    """What a run was told to ask at most."""
    limits = {
        value
        for (name, _), value in settings.items()
        if name == "limit" and value not in (None, NONE)
    }
    if run.state != "limited" and not limits:
        return ""
    return f"limit {', '.join(sorted(map(str, limits)))}" if limits else "a limit was set"


# --- what the files tell ------------------------------------------------------------------------


class _Findings:
    """What the files of runs tell, each asked once as long as no more is known of its answers."""

    def __init__(self, runs: Mapping[str, Run], written: Tables, shown: Tables) -> None:
        self._names = {run: _Shown.of(run, written, shown) for run in runs}
        self._known: dict[str, tuple[tuple[object, ...], list[Finding]]] = {}
        self.others: dict[str, dict[Place, list[Finding]]] = {}

    def of(
        self,
        dataset: str,
        own: Mapping[str, Run],
        samples: Samples,
        digests: Mapping[str, Mapping[SampleFile, str]],
    ) -> dict[Place, list[Finding]]:
        """Of a dataset, by how its categories are shown; what is of none is kept in ``others``."""
        found: dict[Place, list[Finding]] = defaultdict(list)
        for key, run in own.items():
            done = samples.kept.runs.get(key)
            indexes = done.indexes if done is not None else {}
            for one in self._of_run(key, run, indexes, digests.get(key, {})):
                place = self._names[key].place(one)
                if place is None:
                    others = self.others.setdefault(one.dataset, {})
                    others[key, one.category] = [one]
                elif place[0] == dataset:
                    found[key, place[1]].append(one)
        return found

    def written(self, key: str, dataset: str) -> list[str]:
        """What the harness of a run calls a dataset that is shown."""
        places = self._names[key].places.items()
        return list(dict.fromkeys(one for (one, _), (to, _) in places if to == dataset))

    def _of_run(
        self,
        key: str,
        run: Run,
        indexes: Mapping[SampleFile, Index],
        digests: Mapping[SampleFile, str],
    ) -> list[Finding]:
        state = (*((file, id(index)) for file, index in indexes.items()), *digests.items())
        known = self._known.get(key)
        if known is None or known[0] != state:
            known = state, list(_findings_of(run, indexes, digests))
            self._known[key] = known
        return known[1]


def _findings_of(
    run: Run, indexes: Mapping[SampleFile, Index], digests: Mapping[SampleFile, str]
) -> Iterator[Finding]:
    form = format_of(run.harness)
    first = run.scores.tasks[0].dataset if run.scores.tasks else ""
    if form.check is not None:
        try:
            with contained():
                yield from list(form.check(run, indexes, digests))
        except Refusal as refusal:
            yield Finding(first, verdict="unknown", reason=str(refusal.problem))
    for file, index in indexes.items():
        if index.problems and form.samples is not None:
            place = form.samples.place_of(run, file)
            why = _unread(file, index)
            yield Finding(place[0] or first, place[1], verdict="incomplete", reason=why)


def _unread(file: SampleFile, index: Index) -> str:
    """What of a file could not be read."""
    told = [str(problem) for problem in index.problems[:_MOST_PROBLEMS]]
    more = len(index.problems) - len(told)
    rest = f" and {more} more" if more else ""
    return f"{path_text(Path(file.path.name))}: {'; '.join(told)}{rest}"


# --- digests ------------------------------------------------------------------------------------


def _state(file: SampleFile) -> FileState | None:
    try:
        return FileState.of(file.path)
    except OSError:
        return None


def _tasks(samples: Samples) -> Iterator[_Task]:
    """The files that were read of which digests can be made."""
    for key, done in samples.kept.runs.items():
        form = format_of(done.run.harness).samples
        if form is None or form.digest is None:
            continue
        for file in done.indexes:
            if (state := samples.states.get(path_text(file.path))) is not None:
                yield _Task(key, done.run.harness, form, file, state)


def _digests(
    tasks: Sequence[_Task], cache: Cache, cancelled: Callable[[], bool]
) -> Iterator[tuple[_Task, int, str | None]]:
    """How many bytes of each file were read, and at last its digest; those that are kept first.

    Of a file that cannot be read there is none.
    """
    unread = []
    for task in tasks:
        known = cache.digest(task.state, task.version)
        if known is None:
            unread.append(task)
        else:
            yield task, task.state.size, known
    size = sum(task.state.size for task in unread)
    children = pool.cores() if size >= _APART_FROM and pool.cores() > 1 else 0
    calls = (pool.Call(_digest_of(task.form), (task.file.path,)) for task in unread)
    last: dict[int, str] = {}
    for number, found in pool.results(calls, min(children, len(unread)), cancelled):
        task = unread[number]
        if not isinstance(found, pool.Done):
            done, last[number] = found
            yield task, min(done, task.state.size), None
        elif found.problem is None and number in last:
            if _state(task.file) == task.state:
                cache.put_digest(task.state, task.version, last[number])
            yield task, task.state.size, last[number]


def _digest_of(form: SampleFormat) -> Callable[[Path], Iterator[tuple[int, str]]]:
    if form.digest is None:
        raise TypeError("no digest")
    return form.digest
