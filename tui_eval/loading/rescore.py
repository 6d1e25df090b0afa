"""Answers scored again: responses are read where they stand, filtered and scored, in children.

The rows of answers tell where each response is; with several filters in a file the first row of a
question counts, since all of them have the same responses. What is read of a few tens of megabytes
is kept, so that the next pattern on the same answers costs no reading.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import Any, NamedTuple

import polars as pl

from tui_eval.files.documents import Refusal, contained
from tui_eval.files.paths import path_text
from tui_eval.files.strings import clean_str
from tui_eval.formats.registry import format_of
from tui_eval.loading import pool
from tui_eval.loading.cache import FileState
from tui_eval.loading.collection import not_cancelled
from tui_eval.loading.rescore_child import (
    Found,
    Job,
    Place,
    ReadRecorded,
    Scored,
    score_attempts,
    score_places,
    score_texts,
    takes_all,
)
from tui_eval.records import TIMED_OUT, Filter, Recorded, Run, ScoredBy, Scoring
from tui_eval.rescoring.aggregates import Aggregate, aggregate
from tui_eval.rescoring.filters import UNFILTERED, FilterError, Pipeline
from tui_eval.rescoring.limits import PATIENCE, SECONDS
from tui_eval.rescoring.metrics import applied, meant, obstacle
from tui_eval.tables import RESCORED, RESCORES, Tables

MOST_TEXTS = 32 << 20
"""Characters of responses that are kept at most."""

_CHUNK = 2000  # answers that a child is given at once
_APART = 20_000  # answers from which on several children are worth while
_BESIDE = 500  # characters that an answer takes beside its response
_PUBLISH_EVERY = 0.2  # seconds
_PATIENCE = 12  # times what it takes to put together what there is
_WHERE = ("run", "file", "place", "item")
_QUESTION = ("run", "category", "sample")

_EMPTY = pl.DataFrame(schema=RESCORED)

Wish = Filter | str
"""A filter, or the name of one that every run has its own definition of."""


class Rescored(NamedTuple):
    """What is known of answers that are scored again, so far.

    Attributes:
        rows: Schema `tables.RESCORED`, in the order of the files.
        totals: Schema `tables.RESCORES`; without standard errors until all is done.
        done: Answers that were scored.
        total: Answers that there are to score.
        notes: What could not be read, or was given up.
    """

    rows: pl.DataFrame
    totals: pl.DataFrame
    done: int
    total: int
    notes: tuple[str, ...] = ()

    @property
    def is_whole(self) -> bool:
        """Whether all was scored."""
        return self.done >= self.total


class Names:
    """How datasets and categories of runs on the screen are called by their harness."""

    def __init__(self, written: Tables, shown: Tables) -> None:
        columns = ("dataset", "category")
        rows = pl.concat(
            [
                written.scores.select("run", *columns),
                shown.scores.select(pl.col(columns).name.prefix("shown_")),
            ],
            how="horizontal",
        ).unique(maintain_order=True)
        self._written: dict[tuple[str, str, str | None], tuple[str, str | None]] = {}
        for run, dataset, category, of, part in rows.iter_rows():
            self._written.setdefault((run, of, part), (dataset, category))
            self._written.setdefault((run, of, None), (dataset, None))

    def written(self, run: str, dataset: str, category: str | None) -> tuple[str, str | None]:
        """Dataset and category of a run as its files name them."""
        known = self._written.get((run, dataset, category))
        if known is not None:
            return known
        return self._written.get((run, dataset, None), (dataset, None))[0], category


def scoring_of(run: Run, names: Names, dataset: str, category: str | None) -> Scoring:
    """How a run scored a category of a dataset, both as they are shown."""
    form = format_of(run.harness).samples
    if form is None or form.scoring is None:
        return Scoring()
    try:
        with contained():
            return form.scoring(run, *names.written(run.key, dataset, category))
    except Refusal as refusal:
        return Scoring(obstacle=str(refusal.problem))


class Rescorer:
    """Scores answers again, and keeps what it read of them as far as that is little.

    Args:
        most_texts: Characters that are kept.
    """

    def __init__(self, most_texts: int = MOST_TEXTS) -> None:
        self._most = most_texts
        self._texts: dict[Path, _Texts] = {}

    def rescore(
        self,
        runs: Mapping[str, Run],
        written: Tables,
        shown: Tables,
        rows: pl.DataFrame,
        filters: Sequence[Wish],
        metric: ScoredBy | None = None,
        *,
        seconds: float = SECONDS,
        states: Mapping[str, FileState] = MappingProxyType({}),
        cancelled: Callable[[], bool] = not_cancelled,
    ) -> Iterator[Rescored]:
        """Score answers with each filter: more and more of them, at last all.

        Args:
            runs: The runs by key.
            written: Their tables, datasets as the harnesses name them.
            shown: The same rows, datasets under the names that a person gave them.
            rows: Their answers that are wanted (schema `tables.SAMPLES`), with all their metrics
                and filters, of one dataset.
            filters: What is tried.
            metric: How it is scored; None: each run's own first metric.
            seconds: That a filter may take for an answer.
            states: What the files were like when the rows were made, by path.
            cancelled: Asked while nothing comes, too: nothing follows then.
        """
        plan = _Plan(runs, Names(written, shown), rows, filters, metric, states)
        yield from _Pass(plan, self._texts, self._keeps(rows), seconds, cancelled).results()
        self._drop(plan)

    def _keeps(self, rows: pl.DataFrame) -> bool:
        """Whether the texts of these answers are few enough to be kept."""
        once = rows.unique(["file", "place", "item"])
        return int(once["length"].sum() or 0) + once.height * _BESIDE <= self._most

    def _drop(self, plan: _Plan) -> None:
        """Forget what was read for others, where all together is too much."""
        used = {path for unit in plan.units for path in unit.paths}
        for path in [path for path in self._texts if path not in used]:
            if sum(texts.size for texts in self._texts.values()) <= self._most:
                break
            del self._texts[path]


class _Texts:
    """What is kept of the answers of a file."""

    def __init__(self, state: FileState) -> None:
        self.state = state
        self.rows: dict[int, list[Recorded]] = {}  # by place
        self.size = 0

    def add(self, rows: Iterable[Recorded]) -> None:
        """Keep these, too."""
        found: dict[int, list[Recorded]] = {}
        for row in rows:
            found.setdefault(row.place, []).append(row)
            self.size += _BESIDE + sum(map(len, row.responses))
        self.rows |= found


class _Unit(NamedTuple):
    """Answers of a run in a file that are scored alike.

    Attributes:
        file: As `tables.SAMPLES` has it.
        places: Where they begin, in order; none where attempts are scored together.
        questions: The attempts of each question where they are, the first one in this file.
    """

    run: str
    file: str
    states: Mapping[Path, FileState]
    read: ReadRecorded
    jobs: tuple[Job, ...]
    places: list[int]
    questions: list[list[Place]]

    @property
    def paths(self) -> list[Path]:
        """Where its answers are."""
        return list(self.states)

    @property
    def size(self) -> int:
        """Answers, or questions."""
        return len(self.places) + len(self.questions)


class _Part(NamedTuple):
    """A category of a run, and what is done with it: jobs, or why not."""

    run: str
    dataset: str
    category: str | None
    scoring: Scoring
    jobs: tuple[Job | str, ...]

    def of(self, number: int) -> tuple[Job | None, str]:
        """The job of a filter; or why there is none."""
        job = self.jobs[number]
        return (None, job) if isinstance(job, str) else (job, "")


class _Plan:
    """What is to be done.

    Attributes:
        rows: The answers as they are, for the scores that stand beside.
        wanted: Each once: `_QUESTION`, ``dataset, id, attempt`` and `_WHERE`.
        stored: Their scores by run and category.
        names: Of the filters, in order.
        parts: The categories of the runs.
        units: What is read and scored.
        notes: What cannot be read.
    """

    def __init__(
        self,
        runs: Mapping[str, Run],
        names: Names,
        rows: pl.DataFrame,
        filters: Sequence[Wish],
        metric: ScoredBy | None,
        states: Mapping[str, FileState],
    ) -> None:
        self.rows = rows
        self.names = [wish if isinstance(wish, str) else wish.name for wish in filters]
        self.notes: list[str] = []
        self._states = states
        self.wanted = (
            rows.filter(pl.col("place").is_not_null())
            .select(*_QUESTION, "dataset", "id", "attempt", *_WHERE[1:])
            .sort(_WHERE, maintain_order=True)
            .unique([*_QUESTION, "attempt"], keep="first", maintain_order=True)
        )
        columns = ("run", "category", "metric", "filter", "sample", "attempt", "score")
        self.stored = rows.select(columns).partition_by(
            "run", "category", as_dict=True, maintain_order=True
        )
        self.parts: dict[tuple[str, str | None], _Part] = {}
        once = rows.select("run", "dataset", "category").unique(maintain_order=True)
        several = self._asked_several_times()
        for key, dataset, category in once.iter_rows():
            scoring = scoring_of(runs[key], names, dataset, category)
            is_several = (key, category) in several
            jobs = tuple(_job(runs[key], scoring, one, metric, is_several) for one in filters)
            self.parts[key, category] = _Part(key, dataset, category, scoring, jobs)
        self.units = [unit for key in runs for unit in self._units(runs[key], several)]

    def _asked_several_times(self) -> set[tuple[str, str | None]]:
        """Run and category where a question has several rows of answers."""
        counts = self.wanted.group_by(_QUESTION).len().filter(pl.col("len") > 1)
        return set(counts.select("run", "category").unique().iter_rows())

    def _units(self, run: Run, several: set[tuple[str, str | None]]) -> Iterator[_Unit]:
        form = format_of(run.harness).samples
        if form is None or form.recorded is None:
            return
        own = self.wanted.filter(run=run.key)
        paths = {clean_str(str(one.path)) or "": one.path for one in run.samples}
        paths |= {path_text(one.path): one.path for one in run.samples}
        states = {
            file: (path, state)
            for file in own["file"].unique(maintain_order=True)
            if (state := self._state(path := paths.get(file, Path(file)), file)) is not None
        }
        alone: dict[tuple[str, str], tuple[tuple[Job, ...], set[int]]] = {}
        together: dict[tuple[str, str], tuple[tuple[Job, ...], list[list[Place]]]] = {}
        for (category,), answers in own.partition_by(
            "category", as_dict=True, maintain_order=True
        ).items():
            part = self.parts[run.key, category]
            jobs = [job for job in part.jobs if isinstance(job, Job)]
            over = [job for job in jobs if (run.key, category) in several and takes_all(job)]
            single = tuple(job for job in jobs if job not in over)
            if single:
                for (file,), some in answers.partition_by("file", as_dict=True).items():
                    key = (str(file), _identity(single))
                    alone.setdefault(key, (single, set()))[1].update(some["place"])
            if over:
                for file, attempts in _attempts(answers, paths):
                    key = (file, _identity(over))
                    together.setdefault(key, (tuple(over), []))[1].append(attempts)
        for (file, _), (some_jobs, places) in alone.items():
            if file in states:
                known = dict([states[file]])
                yield _Unit(run.key, file, known, form.recorded, some_jobs, sorted(places), [])
        for (file, _), (some_jobs, questions) in together.items():
            known = dict(states.values())
            there = [[one for one in some if one.path in known] for some in questions]
            asked = [some for some in there if some]
            yield _Unit(run.key, file, known, form.recorded, some_jobs, [], asked)

    def other_rows(self) -> Iterator[tuple[str, str, tuple[object, ...]]]:
        """Rows of other filters, where the scores that stand beside are made of what they hold.

        Run, file, and what `score_places` is to be given.
        """
        once: dict[tuple[str, str], set[int]] = {}
        read = {(unit.run, unit.file): unit for unit in self.units}
        for (run, category), part in self.parts.items():
            is_category = pl.col("category").eq_missing(pl.lit(category, pl.String))
            scores = self.stored[run, category]
            for number, name in enumerate(self.names):
                job, _ = part.of(number)
                of = _beside(scores, name, job)
                if job is None or scores.filter(_is_of(*of))["score"].count():
                    continue
                beside = self.rows.filter(is_category, _is_of(*of), run=run)
                known = set(self.wanted.filter(is_category, run=run)["place"])
                for file, place in beside.select("file", "place").drop_nulls().iter_rows():
                    if place not in known:
                        once.setdefault((run, file), set()).add(place)
        for key, places in once.items():
            if key in read:
                unit = read[key]
                yield (*key, (unit.read, unit.paths[0], sorted(places), (), 0.0, False))

    def _state(self, path: Path, file: str) -> FileState | None:
        """What a file is like; None: it is not as it was when its answers were found."""
        try:
            now = FileState.of(path)
        except OSError as error:
            reason = (error.strerror or "unknown reason").lower()
            self.notes.append(f"{file}: cannot be read: {reason}")
            return None
        before = self._states.get(file)
        if before is not None and _is_rewritten(before, now):
            self.notes.append(f"{file}: the file has changed since it was read")
            return None
        return now


def _is_rewritten(before: FileState, now: FileState) -> bool:
    """Whether what stood in a file may be gone; one that only grew still has it."""
    return now.size < before.size or (now.size == before.size and now != before)


def filter_of(wish: Wish, scoring: Scoring) -> Filter:
    """The filter that is meant; a name is one that a task has."""
    if not isinstance(wish, str):
        return wish
    return {one.name: one for one in (UNFILTERED, *scoring.filters)}[wish]


def scored_by(metric: ScoredBy | None, scoring: Scoring) -> ScoredBy | None:
    """The metric that is meant; None: the first that a task has, if any."""
    return next(iter(scoring.metrics), None) if metric is None else meant(metric, scoring)


def _job(
    run: Run, scoring: Scoring, wish: Wish, metric: ScoredBy | None, is_several: bool
) -> Job | str:
    """What is done with a category, or why nothing is."""
    form = format_of(run.harness).samples
    if form is None or form.recorded is None:
        return "its files hold no responses"
    names = {UNFILTERED.name, *(one.name for one in scoring.filters)}
    if isinstance(wish, str) and wish not in names:
        return f"it has no filter {wish}"
    wanted = filter_of(wish, scoring)
    is_own = wanted.name in {one.name for one in scoring.filters}
    if metric is None and scoring.obstacle and (is_own or scoring.filters or not scoring.metrics):
        hint = "" if is_own else ": choose a metric to score it all the same"
        return f"{scoring.obstacle}{hint}"
    if scoring.kind != "generated" and wanted.name not in names:
        return "nothing was written that could be filtered: the model rated texts"
    chosen = scored_by(metric, scoring)
    if chosen is None:
        return "nothing tells its metric: choose one"
    if why := obstacle(chosen, scoring):
        return why
    try:
        Pipeline(applied(wanted, chosen))
    except FilterError as error:
        return str(error)
    job = Job(wanted, chosen)
    if is_several and scoring.attempts_differ and takes_all(job):
        return "its options stand in another order at each attempt: they cannot be voted on"
    return job


def _identity(jobs: Sequence[Job]) -> str:
    return json.dumps(jobs, default=str)


def _attempts(
    answers: pl.DataFrame, paths: Mapping[str, Path]
) -> Iterator[tuple[str, list[Place]]]:
    """The attempts at each question, and the file of the first."""
    ordered = answers.sort("attempt", maintain_order=True)
    for own in ordered.partition_by("sample", maintain_order=True):
        where = own.select("file", "place", "item").rows()
        places = [Place(paths.get(file, Path(file)), place, item) for file, place, item in where]
        yield where[0][0], places


class _Call(NamedTuple):
    """What a child was asked: jobs of a unit, by their numbers, and answers of it."""

    unit: _Unit
    jobs: list[int]
    size: int


class _Pass:
    """One pass over what is planned."""

    def __init__(
        self,
        plan: _Plan,
        texts: dict[Path, _Texts],
        keeps: bool,
        seconds: float,
        cancelled: Callable[[], bool],
    ) -> None:
        self._plan = plan
        self._texts = texts
        self._keeps = keeps
        self._seconds = seconds
        self._cancelled = cancelled
        self._calls: list[_Call] = []
        self._found: dict[int, pl.DataFrame] = {}
        self._stored: dict[int, pl.DataFrame] = {}
        self._given_up: set[tuple[str, str]] = set()  # run and job
        self._reasons: dict[tuple[str, str], int] = {}  # why answers have no score
        self._notes: dict[str, None] = dict.fromkeys(plan.notes)

    def results(self) -> Iterator[Rescored]:
        """More and more, at last all; less where it is cancelled."""
        total = sum(unit.size for unit in self._plan.units)
        children = pool.cores() if total >= _APART else 1
        done, due = 0, 0.0
        for number, found in pool.results(self._made(), children, self._cancelled, keep=True):
            if isinstance(found, Scored):
                self._take(number, found)
                continue
            call = self._calls[number]
            done += call.size
            if found.problem is not None:
                self._notes[f"{call.unit.file}: {found.problem}"] = None
            started = time.monotonic()
            if started >= due and done < total:
                yield self._so_far(done, total)
                due = started + max(_PUBLISH_EVERY, _PATIENCE * (time.monotonic() - started))
        if self._cancelled():
            return
        whole = self._so_far(total, total, self._all_stored())
        if not self._cancelled():
            yield whole

    def _so_far(self, done: int, total: int, stored: pl.DataFrame | None = None) -> Rescored:
        rows = self._rows()
        totals = totals_of(self._plan, rows, stored, self._cancelled)
        reasons = [
            f"{name}: {count} answers have no score: {reason}"
            for (name, reason), count in self._reasons.items()
        ]
        return Rescored(rows, totals, done, total, (*self._notes, *reasons))

    # what children are asked

    def _made(self) -> Iterator[pool.Call]:
        for unit in self._plan.units:
            for begin in range(0, unit.size, _CHUNK):
                jobs = [
                    number
                    for number, job in enumerate(unit.jobs)
                    if (unit.run, _identity([job])) not in self._given_up
                ]
                places = unit.places[begin : begin + _CHUNK]
                questions = unit.questions[begin : begin + _CHUNK]
                self._calls.append(_Call(unit, jobs, len(places) + len(questions)))
                yield self._call(unit, [unit.jobs[number] for number in jobs], places, questions)

    def _call(
        self,
        unit: _Unit,
        jobs: list[Job],
        places: list[int],
        questions: list[list[Place]],
    ) -> pool.Call:
        if questions:
            return pool.Call(score_attempts, (unit.read, questions, jobs, self._seconds))
        path = unit.paths[0]
        texts = self._texts.get(path)
        if texts is not None and texts.state == unit.states[path]:
            rows = texts.rows
            if all(place in rows for place in places):
                known = [row for place in places for row in rows[place]]
                return pool.Call(score_texts, (known, jobs, self._seconds))
        arguments = (unit.read, path, places, jobs, self._seconds, self._keeps)
        return pool.Call(score_places, arguments)

    # what comes of it

    def _take(self, number: int, scored: Scored) -> None:
        call = self._calls[number]
        unit = call.unit
        for problem in scored.problems:
            self._notes[f"{unit.file}: {problem}"] = None
        if scored.texts is not None:
            path = unit.paths[0]
            texts = self._texts.get(path)
            if texts is None or texts.state != unit.states[path]:
                texts = self._texts[path] = _Texts(unit.states[path])
            texts.add(scored.texts)
        where = _places(unit.run, unit.file, scored)
        by_job = dict(zip(call.jobs, scored.found, strict=True))
        frames = [_EMPTY_FOUND]
        for at, job in enumerate(unit.jobs):
            found = by_job.get(at) or _timed_out(len(scored.places))
            frames.append(_found_frame(where, job, found))
            for reason, count in found.reasons.items():
                of = (job.filter.name, reason)
                self._reasons[of] = self._reasons.get(of, 0) + count
            if found.statuses.count(TIMED_OUT) >= PATIENCE and at in by_job:
                self._give_up(unit.run, job)
        self._found[number] = pl.concat(frames)
        if scored.stored:
            self._stored[number] = pl.concat(_stored_frames(where, scored))

    def _give_up(self, run: str, job: Job) -> None:
        self._given_up.add((run, _identity([job])))
        words = f"{job.filter.name}: took longer than {self._seconds:g} s on {PATIENCE} answers"
        self._notes[f"{words}, and was stopped: the others were not tried"] = None

    def _rows(self) -> pl.DataFrame:
        frames = [self._found[number] for number in sorted(self._found)]
        found = pl.concat([_EMPTY_FOUND, *frames])
        order = {name: number for number, name in enumerate(self._plan.names)}
        joined = found.join(self._plan.wanted, on=_WHERE, how="inner", maintain_order="left")
        turn = pl.col("filter").replace_strict(order, return_dtype=pl.Int32)
        return joined.select(RESCORED.names()).sort(turn, maintain_order=True)

    def _all_stored(self) -> pl.DataFrame:
        """What the files have of metrics that are no means, with the filter of their rows."""
        frames = [self._stored[number] for number in sorted(self._stored)]
        others = list(self._plan.other_rows())
        calls = [pool.Call(score_places, arguments) for _, _, arguments in others]
        for at, found in _results(calls, self._cancelled):
            if isinstance(found, Scored):
                run, file, _ = others[at]
                frames += _stored_frames(_places(run, file, found), found)
        rows = self._plan.rows if frames else self._plan.rows.clear()
        told = rows.select(*_QUESTION, *_WHERE[1:], of_filter="filter").unique(maintain_order=True)
        return pl.concat([_EMPTY_STORED, *frames]).join(
            told, on=_WHERE, how="inner", maintain_order="left"
        )


def _places(run: str, file: str, scored: Scored) -> pl.DataFrame:
    return pl.DataFrame(
        {
            "run": run,
            "file": file,
            "place": pl.Series(scored.places, dtype=pl.Int64),
            "item": pl.Series(scored.items, dtype=pl.Int32),
        }
    )


def _stored_frames(where: pl.DataFrame, scored: Scored) -> list[pl.DataFrame]:
    return [
        where.with_columns(metric=pl.lit(metric), value=pl.Series(values, dtype=pl.String))
        for metric, values in scored.stored.items()
    ]


_EMPTY_FOUND = pl.DataFrame(
    schema={
        name: RESCORED[name]
        for name in (
            *_WHERE,
            "metric",
            "filter",
            "score",
            "value",
            "status",
            "is_tried",
            "extracted",
        )
    }
)
_EMPTY_STORED = pl.DataFrame(schema={name: RESCORED[name] for name in (*_WHERE, "metric", "value")})


def _found_frame(where: pl.DataFrame, job: Job, found: Found) -> pl.DataFrame:
    return where.with_columns(
        metric=pl.lit(job.metric.metric),
        filter=pl.lit(job.filter.name),
        score=pl.Series(found.scores, dtype=pl.Float64),
        value=pl.Series(found.values, dtype=pl.String),
        status=pl.Series(found.statuses, dtype=pl.String),
        is_tried=pl.Series(found.tried, dtype=pl.Boolean),
        extracted=pl.Series(found.extracted, dtype=pl.String),
    )


def _timed_out(count: int) -> Found:
    nothing: list[None] = [None] * count
    return Found([*nothing], [*nothing], [TIMED_OUT] * count, [*nothing], {}, [False] * count)


# totals


class _Group(NamedTuple):
    """What a filter made of the answers of a category of a run.

    Attributes:
        scores: Of each question, its attempts averaged, in the order of the file.
        samples: Of which question each is.
        values: JSON of what a metric over all questions is made of.
        counts: Answers by status.
        untried: Answers on which the filter was not tried.
        late: ``sample`` and ``attempt`` of those that timed out.
    """

    scores: list[float]
    samples: pl.Series
    values: list[str]
    counts: Mapping[str, int]
    untried: int
    late: pl.DataFrame


def totals_of(
    plan: _Plan,
    rows: pl.DataFrame,
    stored: pl.DataFrame | None,
    cancelled: Callable[[], bool],
) -> pl.DataFrame:
    """Schema `tables.RESCORES`.

    Args:
        plan: What is done.
        rows: What came of it (`tables.RESCORED`).
        stored: What files hold of metrics that are no means; None: not all is read, and what takes
            long can wait.
        cancelled: Asked while bootstraps are made.
    """
    found = _groups(rows)
    own = plan.stored
    made: list[dict[str, object]] = []
    corpora: list[tuple[dict[str, object], pool.Call]] = []
    for number, name in enumerate(plan.names):
        for (run, category), part in plan.parts.items():
            job, reason = part.of(number)
            group = found.get((run, category, name))
            row = _total(part, name, job, group, own[run, category])
            row["reason"] = reason
            made.append(row)
            if group is None or job is None or not group.values or stored is None:
                continue
            iterations = part.scoring.iterations
            call = pool.Call(_aggregated, (job.metric.metric, group.values, iterations))
            corpora.append((row, call))
            row["stored"], row["stored_n"] = _stored_total(stored, row)
    for at, value in _results([call for _, call in corpora], cancelled):
        row = corpora[at][0]
        if not isinstance(value, pool.Done):
            row["value"], row["stderr"], row["n"] = value
        elif value.problem is not None:
            row["reason"] = value.problem.reason
    if stored is not None:
        for row in made:
            row["reason"] = row["reason"] or ("" if row["n"] else "no answer has a score")
    frame = pl.DataFrame(made, {**RESCORES, "stored_n": pl.Int64()}, orient="row")
    return _with_wholes(frame).select(RESCORES.names())


def _results(
    calls: Sequence[pool.Call], cancelled: Callable[[], bool]
) -> Iterator[tuple[int, Any]]:
    if calls:
        children = min(len(calls), pool.cores())
        yield from pool.results(calls, children, cancelled, keep=True)


def _aggregated(metric: str, values: Sequence[str], iterations: int) -> Aggregate:
    """A metric over all questions: in a child, since a bootstrap takes long."""
    try:
        return aggregate(metric, [json.loads(value) for value in values], iterations)
    except FilterError as error:
        raise Refusal(str(error)) from None


def _groups(rows: pl.DataFrame) -> dict[tuple[str, str | None, str], _Group]:
    """By run, category and filter."""
    found: dict[Any, _Group] = {}
    keys = ("run", "category", "filter")
    for key, own in rows.partition_by(keys, as_dict=True, maintain_order=True).items():
        scored = own.filter(pl.col("score").is_not_null()).select("sample", "score")
        if scored["sample"].is_duplicated().any():
            scored = scored.group_by("sample", maintain_order=True).agg(pl.col("score").mean())
        found[key] = _Group(
            scored["score"].to_list(),
            scored["sample"],
            own["value"].drop_nulls().to_list(),
            dict(own["status"].value_counts().iter_rows()),
            own.height - int(own["is_tried"].fill_null(value=True).sum()),
            own.filter(status=TIMED_OUT).select("sample", "attempt"),
        )
    return found


def _total(
    part: _Part, name: str, job: Job | None, group: _Group | None, rows: pl.DataFrame
) -> dict[str, object]:
    """The total of a category; of a metric over all questions without value."""
    beside = _beside(rows, name, job)
    row: dict[str, object] = {
        "run": part.run,
        "dataset": part.dataset,
        "category": part.category,
        "filter": name,
        "metric": job.metric.metric if job else beside[0],
        "stored_metric": beside[0],
        "stored_filter": beside[1],
        "stored": None,
        "value": None,
        "stderr": None,
        "n": 0,
        "invalid": 0,
        "timed_out": 0,
        "untried": 0,
        "unscored": 0,
    }
    stored = rows.filter(_is_of(*beside))
    if group is not None and job is not None:
        counts = group.counts
        row["invalid"] = counts.get("unparsed", 0)
        row["timed_out"] = counts.get(TIMED_OUT, 0)
        row["untried"] = group.untried
        row["unscored"] = sum(counts.get(status, 0) for status in ("no reference", "error"))
        if group.scores:
            found = aggregate("", group.scores, part.scoring.iterations, "mean")
            row["value"], row["stderr"], row["n"] = found
            stored = stored.filter(pl.col("sample").is_in(group.samples.implode()))
            stored = stored.join(group.late, on=["sample", "attempt"], how="anti")
    row["stored"], row["stored_n"] = _mean_by_question(stored)
    return row


def _mean_by_question(rows: pl.DataFrame) -> tuple[float | None, int]:
    """A mean, and over how many questions."""
    known = rows.filter(pl.col("score").is_finite())
    if known["sample"].is_duplicated().any():
        known = known.group_by("sample", maintain_order=True).agg(pl.col("score").mean())
    values = known["score"].to_list()
    return (sum(values) / len(values) if values else None), len(values)


def _beside(rows: pl.DataFrame, name: str, job: Job | None) -> tuple[str | None, str | None]:
    """Metric and filter of the score that stands beside: of the same names, else the first."""
    offered = (
        rows.select("metric", "filter").drop_nulls("metric").unique(maintain_order=True).rows()
    )
    metric = job.metric.metric if job else None
    same = [one for one in offered if one[0] == metric] or offered
    named = [one for one in same if (one[1] or UNFILTERED.name) == name]
    return next(iter(named or same), (None, None))


def _is_of(metric: str | None, word: str | None) -> pl.Expr:
    is_filter = pl.col("filter").is_null() if word is None else pl.col("filter") == word
    return (pl.col("metric") == metric) & is_filter


def _stored_total(stored: pl.DataFrame, row: Mapping[str, object]) -> tuple[float | None, int]:
    """What the file's own values make of a metric over all questions, and how many those are."""
    metric = str(row["stored_metric"])
    own = stored.filter(
        pl.col("category").eq_missing(pl.lit(row["category"], pl.String)),
        pl.col("of_filter").eq_missing(pl.lit(row["stored_filter"], pl.String)),
        run=row["run"],
        metric=metric,
    )
    values = own["value"].drop_nulls().to_list()
    try:
        return _aggregated(metric, values, 0).value if values else None, len(values)
    except Refusal:
        return None, 0


def _with_wholes(frame: pl.DataFrame) -> pl.DataFrame:
    """With a row of the whole dataset before the categories of each run and filter."""
    made = []
    keys = ("run", "filter")
    for own in frame.partition_by(keys, maintain_order=True):
        if own["category"].to_list() == [None]:
            made.append(own)
        else:
            made += [pl.DataFrame([_whole(own)], frame.schema, orient="row"), own]
    return pl.concat(made) if made else frame


_COUNTS = ("n", "invalid", "timed_out", "untried", "unscored")


def _whole(own: pl.DataFrame) -> dict[str, object]:
    """Categories together, every question the same, as lm-evaluation-harness has its groups."""
    known = own.filter(pl.col("value").is_not_null())
    is_one = known["metric"].n_unique() == 1
    reasons = own["reason"].unique(maintain_order=True).to_list()
    row: dict[str, object] = dict.fromkeys(own.columns)
    row |= {name: own[name][0] for name in ("run", "dataset", "filter")}
    told = (own if known.is_empty() else known).filter(pl.col("stored").is_not_null())
    beside = own if told.is_empty() else told
    row["metric"] = own["metric"][0] if own["metric"].n_unique() == 1 else None
    for name in ("stored_metric", "stored_filter"):
        row[name] = beside[name][0] if beside[name].n_unique() == 1 else None
    row |= {name: own[name].sum() for name in _COUNTS}
    row["reason"] = next(filter(None, reasons), "") if known.is_empty() else ""
    is_whole = not known.is_empty() or told.height == own.height
    if row["stored_metric"] is not None and is_whole:
        row["stored"] = pooled(told["stored"].to_list(), told["stored_n"].to_list())[0]
    if is_one:
        stderrs = known["stderr"].to_list()
        row["value"], row["stderr"] = pooled(
            known["value"].to_list(), known["n"].to_list(), stderrs
        )
    elif known.height:
        row["reason"] = "its categories are scored in different metrics"
    return row


def pooled(
    values: Sequence[float], sizes: Sequence[int], stderrs: Sequence[float | None] = ()
) -> tuple[float | None, float | None]:
    """A score of several parts, every question the same, and its standard error.

    ``aggregate_subtask_metrics`` and ``pooled_sample_stderr`` of lm-evaluation-harness.
    """
    total = sum(sizes)
    if not total:
        return (values[0], None) if len(values) == 1 else (None, None)
    if len(values) == 1:
        return values[0], next(iter(stderrs), None)
    value = sum(one * n for one, n in zip(values, sizes, strict=True)) / total
    if not stderrs or None in stderrs or total <= len(sizes):
        return value, None
    variance = sum(
        (n - 1) * stderr**2 * n for n, stderr in zip(sizes, stderrs, strict=True) if stderr
    )
    return value, (variance / (total - len(sizes)) / total) ** 0.5


def own_filters(
    runs: Mapping[str, Run], written: Tables, shown: Tables, dataset: str
) -> tuple[Filter, ...]:
    """The filters of the configurations of runs for a dataset; of one name the first definition."""
    names = Names(written, shown)
    found = {UNFILTERED.name: UNFILTERED}
    rows = shown.scores.filter(pl.col("run").is_in(list(runs)), dataset=dataset)
    places = rows.select("run", "category").drop_nulls().unique(maintain_order=True)
    own: dict[str, Filter] = {}
    for run, category in places.iter_rows():
        for one in scoring_of(runs[run], names, dataset, category).filters:
            own.setdefault(one.name, one)
    return (*own.values(), *(one for name, one in found.items() if name not in own))
