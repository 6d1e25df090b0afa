"""What is loaded: finds result files under paths, reads them, keeps what was refused and why."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from errno import ELOOP, ENOENT
from pathlib import Path
from stat import S_ISDIR, S_ISREG
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

import polars as pl

from tui_eval.files.documents import NOT_REGULAR, Problem, Refusal, contained
from tui_eval.files.paths import path_text
from tui_eval.files.versions import version_of
from tui_eval.formats.registry import Content, combine, format_of, read, suffixes
from tui_eval.formats.units import Told, settled
from tui_eval.loading.cache import Cache
from tui_eval.loading.categories import distinct_categories
from tui_eval.loading.labels import run_labels
from tui_eval.loading.results import KeptResults
from tui_eval.records import Run
from tui_eval.tables import RUNS, SCORES, SETTINGS, Tables, score_frame

if TYPE_CHECKING:
    from tui_eval.loading.derived import DerivedRun

FILES = pl.Schema(
    {
        "path": pl.String(),
        "state": pl.String(),  # read, refused, skipped
        "what": pl.String(),  # what it was recognised as
        "runs": pl.Int32(),
        "size": pl.Int64(),  # bytes
        "modified": pl.Datetime("ms"),  # UTC
        "place": pl.String(),
        "reason": pl.String(),
        "notes": pl.String(),  # what its runs lack, and what to know of them
    }
)

State = Literal["read", "refused", "skipped"]

OBJECTS = 50_000
"""That are made before garbage is looked for: what is read stays, and has thousands of objects."""

NOT_WALKED = "folder, hidden or of installed packages: it is read where you name it"
"""What a folder is that is only walked where it is named."""

_OF_PROGRAMS = frozenset({"node_modules", "site-packages", "dist-packages", "__pycache__"})

_NOTHING = Told([], set())


@dataclass(frozen=True)
class File:
    """A file or folder that was looked at, and what came of it.

    Attributes:
        size: Bytes.
        modified: When it was last written to, in seconds.
        version: By which it is known to be as it was; empty: nothing was there to look at.
    """

    path: Path
    content: Content
    size: int = 0
    modified: float = 0.0
    version: str = ""

    @property
    def reason(self) -> str:
        """Everything that was refused or left out, in one line."""
        return "; ".join(dict.fromkeys(str(problem) for problem in self.content.problems))


def not_cancelled() -> bool:
    """The answer where nobody cancels."""
    return False


def find(
    paths: Iterable[Path],
    cancelled: Callable[[], bool] = not_cancelled,
    known: Mapping[Path, File] = MappingProxyType({}),
    kept: KeptResults | None = None,
) -> Iterator[File]:
    """Look at every file under the paths, depth first, by name, and read those that hold results.

    Args:
        paths: Files (read whatever their suffix is) and folders (of whose files those with one of
            `registry.suffixes` are read). The answers of results come along: after a file that is
            named, and after all else where a folder holds results without their answers. Hidden
            folders and those of installed packages are walked where they are named only.
        cancelled: Asked before every file.
        known: Files that need not be read again as long as their version stays.
        kept: What files gave at earlier openings; what was read is put there.

    Yields:
        One `File` for each file that is not known, once even where links lead to it twice, and one
        for each folder that cannot be opened. Nothing found on the disk makes this raise.
    """
    wanted = sorted(suffixes())
    seen: dict[tuple[int, int], Path] = {}
    stack = [(path, True) for path in reversed(list(paths))]
    walked: list[File] = []  # with runs
    while (stack or walked) and not cancelled():
        if not stack:
            stack, walked = [(path, False) for path in _answers_apart(walked)], []
            continue
        path, named = stack.pop()
        try:
            status = path.stat()
        except OSError as error:
            yield _unseen(path, error, named=named)
            continue
        identity = (status.st_dev, status.st_ino)
        if identity in seen:
            if seen[identity] == path:  # named twice
                continue
            yield _skipped(path, "link to something that was already looked at")
            continue
        is_known = path in known and known[path].version == version_of(status)
        if not named and _is_foreign(path, status, wanted):
            if not is_known:  # nor seen: a link may give it another name
                yield _skipped(path, f"none of {', '.join(wanted[:-1])} and {wanted[-1]}", status)
            continue
        if not named and S_ISDIR(status.st_mode) and _is_of_a_program(path.name):
            yield _skipped(path, NOT_WALKED)  # without a version: what is in it may change
            continue
        seen[identity] = path
        if S_ISDIR(status.st_mode):
            entries, trouble = _entries(path)
            stack.extend((entry, False) for entry in entries)
            if trouble:
                yield trouble
            continue
        file = known[path] if is_known else _look_at(path, status, kept)
        if not is_known:
            yield file
        if named:  # its answers, which the harness puts into files of their own, come along
            stack.extend((beside, False) for beside in _answers_of(file) if beside != path)
        elif file.content.runs:
            walked.append(file)


class _Recomputed(NamedTuple):
    """A run that is without scores, what its files were like, and the same run with scores."""

    run: Run
    versions: tuple[str, ...]
    recomputed: Run


class _Derived(NamedTuple):
    """A run that is made of another one, and what the files of that were like."""

    run: DerivedRun
    versions: tuple[str, ...]


class Collection:
    """Files that were looked at so far; grows while folders are walked.

    Parts of one run become a run, whatever files they were found in. The tables are made anew only
    when something was added since they were last asked for, and only of the runs that changed.
    """

    def __init__(self) -> None:
        self._files: dict[Path, File] = {}
        self._parts: dict[str, list[Run]] = {}
        self._runs: dict[str, list[Run]] = {}  # by the key of their parts
        self._recomputed: dict[str, _Recomputed] = {}  # by the key of a run
        self._derived: dict[str, _Derived] = {}  # by the key of a run
        self._with_derived: dict[str, DerivedRun] = {}  # those of which there are rows
        self._faults: dict[str, Problem] = {}  # why parts make no run, by their key
        self._changed: set[str] = set()
        self._numbers: dict[str, int] = {}  # by the key of a run
        self._scores = score_frame([])  # by number: labels change when more runs are found
        self._told: dict[str, Told] = {}  # what only all runs together show, by a run's key
        self._tables: Tables | None = None
        self._ordered: list[Run] | None = None

    def add(self, file: File) -> None:
        """Add a file and its runs, instead of what was read of it before."""
        self._forget(file.path)
        self._files[file.path] = file
        for part in file.content.runs:
            self._parts.setdefault(part.shared_key, []).append(part)
            self._runs.setdefault(part.shared_key, [])
            self._changed.add(part.shared_key)
            self._tables = None

    def _forget(self, path: Path) -> None:
        """Take out what was read of a file."""
        before = self._files.pop(path, None)
        for part in before.content.runs if before else ():
            others = [one for one in self._parts[part.shared_key] if one is not part]
            self._parts[part.shared_key] = others
            self._changed.add(part.shared_key)
            self._tables = None

    @property
    def files(self) -> list[File]:
        """What was looked at, in order; refused is also what could not be made a run of."""
        self._combine()
        return [self._judged(file) for file in self._files.values()]

    def _judged(self, file: File) -> File:
        keys = dict.fromkeys(part.shared_key for part in file.content.runs)
        faults = [self._faults[key] for key in keys if key in self._faults]
        if not faults:
            return file
        problems = (*file.content.problems, *faults)
        return replace(file, content=replace(file.content, state="refused", problems=problems))

    def look_again(
        self, paths: Iterable[Path], cancelled: Callable[[], bool] = not_cancelled
    ) -> frozenset[str] | None:
        """Read what is new or was written to, and forget what is gone.

        Returns the keys of runs that were not there.

        None: nothing has changed.
        """
        before = {run.key for run in self.runs}
        found = find(paths, cancelled, self._files)
        changed = [file for file in found if self._files.get(file.path) != file]
        for file in changed:
            self.add(file)
        gone = [path for path in self._files if not os.path.lexists(path)]
        for path in gone:
            self._forget(path)
        return frozenset(run.key for run in self.runs) - before if changed or gone else None

    @property
    def runs(self) -> list[Run]:
        """The runs, in the order in which their first files were found."""
        self._combine()
        if self._ordered is None:
            places = {path: place for place, path in enumerate(self._files)}
            runs = [run for runs in self._runs.values() for run in runs]
            runs += self._with_derived.values()
            self._ordered = sorted(runs, key=lambda run: min(places[path] for path in run.files))
        return [*self._ordered]

    def tables(self) -> Tables:
        """The tables of everything that was added."""
        if self._tables is None:
            runs = self.runs
            labels = run_labels(runs)
            harnesses = [""] * len(self._numbers)
            for run in runs:
                harnesses[self._numbers[run.key]] = run.harness
            scores, told = settled(self._scores, harnesses)
            self._told = {run.key: told.get(self._numbers[run.key], _NOTHING) for run in runs}
            frame = _run_frame(runs, labels, self._told)
            self._tables = Tables(frame, self._keyed(scores, runs), _setting_frame(runs))
        return self._tables

    def _combine(self) -> None:
        """Make runs of the parts that were added, and their rows of scores."""
        if not self._changed:
            return
        self._ordered = None
        stale = [run for key in self._changed for run in self._runs[key]]
        fresh = []
        for key in [key for key in self._runs if key in self._changed]:
            self._faults.pop(key, None)
            try:
                runs = combine(self._parts[key]) if self._parts[key] else []
                self._runs[key] = [self._with_scores(run) for run in runs]
            except Refusal as refusal:
                self._runs[key], self._faults[key] = [], refusal.problem
            fresh.extend(self._runs[key])
        self._changed.clear()
        lost, added = self._derive()
        stale, fresh = [*stale, *lost], [*fresh, *added]
        if not fresh and not stale:
            return
        rows = self._scores
        if stale:
            rows = rows.filter(~pl.col("number").is_in([self._numbers[run.key] for run in stale]))
        numbered = [(self._numbers.setdefault(run.key, len(self._numbers)), run) for run in fresh]
        self._scores = pl.concat([rows, score_frame(numbered)], rechunk=True)

    def derive(self, run: DerivedRun) -> None:
        """Add a run that is made of another one; it goes when that one or its files change."""
        self._derived[run.key] = _Derived(run, self._versions(run.base))
        self._changed.add(run.base.shared_key)
        self._tables = None

    def drop(self, key: str) -> bool:
        """Take out a run that was made of another one; whether there was one."""
        known = self._derived.pop(key, None)
        if known is not None:
            self._changed.add(known.run.base.shared_key)
            self._tables = None
        return known is not None

    def _derive(self) -> tuple[list[Run], list[Run]]:
        """Bring derived runs up to date: those that went, and those that came."""
        there = {run.key: run for runs in self._runs.values() for run in runs}
        self._derived = {
            key: one
            for key, one in self._derived.items()
            if there.get(one.run.base.key) == one.run.base
            and self._versions(one.run.base) == one.versions
        }
        before, now = self._with_derived, {key: one.run for key, one in self._derived.items()}
        self._with_derived = now
        gone: list[Run] = [run for key, run in before.items() if now.get(key) is not run]
        return gone, [run for key, run in now.items() if before.get(key) is not run]

    @property
    def unscored(self) -> list[Run]:
        """Runs with nothing but answers, of which no scores were recomputed yet."""
        return [run for run in self.runs if run.samples and not run.scores]

    def give(self, run: Run, recomputed: Run) -> None:
        """Take for a run of `unscored` what was recomputed of it, as long as its files stay."""
        self._recomputed[run.key] = _Recomputed(run, self._versions(run), recomputed)
        self._changed.add(run.shared_key)
        self._tables = None

    def _with_scores(self, run: Run) -> Run:
        known = self._recomputed.get(run.key)
        is_same = known and (known.run, known.versions) == (run, self._versions(run))
        return known.recomputed if known and is_same else run

    def _versions(self, run: Run) -> tuple[str, ...]:
        return tuple(self._files[path].version for path in run.files)

    def _keyed(self, scores: pl.DataFrame, runs: list[Run]) -> pl.DataFrame:
        places = [0] * len(self._numbers)  # by number: where the run stands among the others
        for place, run in enumerate(runs):
            places[self._numbers[run.key]] = place
        order = pl.Series(places, dtype=pl.UInt32).gather(scores["number"])
        if not order.is_sorted():
            rows = order.to_frame("order").with_row_index().sort("order", maintain_order=True)
            order, scores = rows["order"], scores[rows["index"]]
        keys = pl.Series("run", [run.key for run in runs], pl.String).gather(order)
        return distinct_categories(scores.with_columns(keys).select(SCORES.names()))

    def file_table(self) -> pl.DataFrame:
        """One row a file that was looked at (schema `FILES`)."""
        self.tables()
        runs = [run for run in self.runs if run.key not in self._with_derived]
        copied = {path: run.path for run in runs for path in run.copies}
        told: dict[Path, Told] = {}
        for run in runs:
            own = {note for part in self._parts[run.shared_key] for note in part.notes}
            joined = [note for note in run.notes if note not in own]
            place = run.path if run.path in self._files else run.files[0]
            notes, outdated = told.setdefault(place, Told([], set()))
            notes.extend((*joined, *self._told[run.key].notes))
            outdated.update(self._told[run.key].outdated)
        rows = [
            (
                path_text(file.path),
                file.content.state,
                file.content.what,
                sum(_has_scores(run) for run in file.content.runs),
                file.size,
                round(file.modified * 1000),
                next((problem.place for problem in file.content.problems), ""),
                file.reason if len(file.content.problems) > 1 else _first_reason(file),
                _notes(file, copied.get(file.path), told.get(file.path, _NOTHING)),
            )
            for file in self.files
        ]
        return pl.DataFrame(rows, schema=FILES, orient="row")


def load(
    paths: Iterable[Path], cancelled: Callable[[], bool] = not_cancelled, cache: Cache | None = None
) -> Collection:
    """Everything under the paths at once, and these whole: what the command line does."""
    collection = Collection()
    whole = [Path(os.path.abspath(path)) for path in paths]
    kept = KeptResults(cache, whole) if cache else None
    for file in find(whole, cancelled, kept=kept):
        collection.add(file)
    if kept:
        kept.save()
    return collection


def _run_frame(runs: list[Run], labels: list[str], told: Mapping[str, Told]) -> pl.DataFrame:
    facts = ("model", "timestamp", "harness", "version", "variant", "document", "state", "parent")
    columns: dict[str, list[Any]] = {
        "run": [run.key for run in runs],
        "label": labels,
        **{name: [getattr(run, name) for run in runs] for name in facts},
        **{name: [getattr(run, name) for run in runs] for name in ("duration", "config", "recipe")},
        "path": [path_text(_place(run)) for run in runs],
        "sample_files": [len(run.samples) for run in runs],
    }
    lists: dict[str, list[Sequence[Any]]] = {
        "files": [[path_text(file) for file in run.files] for run in runs],
        "notes": [_told_of(run, told[run.key]) for run in runs],
    }
    return pl.DataFrame(
        [
            _lists(name, kind, lists[name])
            if isinstance(kind, pl.List)
            else pl.Series(name, columns[name], kind)
            for name, kind in RUNS.items()
        ]
    )


def _lists(name: str, kind: pl.List, rows: Sequence[Sequence[Any]]) -> pl.Series:
    """A column of lists; made of one flat column, since Polars takes long for many short ones."""
    flat = [item for row in rows for item in row]
    values = pl.Series("items", flat, kind.inner)
    place = [number for number, row in enumerate(rows) for _ in row]
    found = (
        values.to_frame()
        .with_columns(place=pl.Series(place, dtype=pl.Int64))
        .group_by("place")
        .agg("items")
    )
    every = pl.select(place=pl.int_range(len(rows)))
    whole = every.join(found, on="place", how="left", maintain_order="left")["items"]
    return whole.fill_null(pl.Series([[]], dtype=kind)).alias(name)


def _told_of(run: Run, told: Told) -> list[str]:
    """What is to be known of a run, as what only all runs together show has it."""
    return [
        *(note for note in run.notes if note not in told.outdated),
        *told.notes,
        *(f"found again, and read once: {path_text(path)}" for path in run.copies),
    ]


def _setting_frame(runs: list[Run]) -> pl.DataFrame:
    rows = [
        (run.key, one.dataset, one.metric, one.category, one.name, one.value)
        for run in runs
        for one in run.settings
    ]
    return pl.DataFrame(rows, schema=SETTINGS, orient="row")


def _place(run: Run) -> Path:
    """Where the scores of a run are; of one without a file of scores its first file."""
    is_there = run.path in run.files or any(run.path in file.parents for file in run.files)
    return run.path if is_there else run.files[0]


def _notes(file: File, original: Path | None, told: Told) -> str:
    """What the runs of a file lack, or where the same run was found before.

    ``told``: what else only all files of its run show, and the other runs.
    """
    if original is not None:
        return f"the same run as in {path_text(original)}"
    notes = (note for run in file.content.runs for note in run.notes)
    kept = (note for note in notes if note not in told.outdated)
    return "; ".join(dict.fromkeys([*kept, *told.notes]))


def _has_scores(run: Run) -> bool:
    """Whether it has scores of its own, and not only how many answers nobody could score."""
    return any(task.unscored is None for task in run.scores.tasks)


def _entries(folder: Path) -> tuple[list[Path], File | None]:
    """What is in a folder, last name first, since a stack is emptied from its end."""
    try:
        with os.scandir(folder) as found:
            names = sorted(found, key=lambda entry: entry.name, reverse=True)
            return [Path(entry.path) for entry in names], None
    except OSError as error:
        return [], _refused(folder, error)


def _is_foreign(path: Path, status: os.stat_result, wanted: Sequence[str]) -> bool:
    """Whether the name of a file says that it holds no results."""
    return S_ISREG(status.st_mode) and path.suffix.lower() not in wanted


def _is_of_a_program(folder: str) -> bool:
    """Whether a folder is hidden, or one into which programs are installed."""
    return folder.startswith(".") or folder in _OF_PROGRAMS


def _look_at(path: Path, status: os.stat_result, kept: KeptResults | None) -> File:
    if not S_ISREG(status.st_mode):
        return _skipped(path, NOT_REGULAR, status)
    if kept is None:
        return _file(path, read(path), status)
    version = version_of(status)
    content = kept.get(path, version)
    if content is None:
        content = read(path)
        kept.put(path, version, content, status.st_size)
    return _file(path, content, status)


def _answers_of(file: File) -> Iterator[Path]:
    """Files of answers of the runs of a file of results, where their harness puts them."""
    for run in file.content.runs:
        samples = format_of(run.harness).samples
        if not run.samples and samples and samples.beside:
            with suppress(Refusal), contained():
                yield from list(samples.beside(run))


def _answers_apart(files: Sequence[File]) -> list[Path]:
    """Files of answers that lie outside the folders that were walked, of runs that have none."""
    runs = [(run, file) for file in files for run in file.content.runs]
    answered = {run.shared_key for run, _ in runs if run.samples}
    silent = {
        file.path: file
        for run, file in runs
        if run.shared_key not in answered and _keeps_apart(run)
    }
    return [path for file in silent.values() for path in _answers_of(file)]


def _keeps_apart(run: Run) -> bool:
    samples = format_of(run.harness).samples
    return samples is not None and samples.is_apart


def _skipped(path: Path, what: str, status: os.stat_result | None = None) -> File:
    content = Content("skipped", what)
    return _file(path, content, status) if status else File(path, content)


def _file(path: Path, content: Content, status: os.stat_result) -> File:
    return File(path, content, status.st_size, status.st_mtime, version_of(status))


def _unseen(path: Path, error: OSError, *, named: bool) -> File:
    """What cannot be looked at: a link that leads nowhere is no file that should have been read."""
    if not named and error.errno in (ENOENT, ELOOP) and path.is_symlink():
        return _skipped(path, "link to something that is not there")
    return _refused(path, error)


def _refused(path: Path, error: OSError) -> File:
    reason = (error.strerror or "unknown reason").lower()
    problem = Problem("", f"cannot be read: {reason}")
    return File(path, Content("refused", "unreadable", problems=(problem,)))


def _first_reason(file: File) -> str:
    return next((problem.reason for problem in file.content.problems), "")
