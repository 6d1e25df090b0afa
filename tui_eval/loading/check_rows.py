"""Whether datasets are complete: rows of `tables.CHECKS` of scores, answers and what files tell.

Of a category the harness says how many questions it asked; where it does not, questions that other
runs of the same question set have are those that there should be. Where nothing tells it, nobody
knows whether anything is missing, and nothing is guessed.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Hashable, Iterable, Mapping, Sequence
from typing import Any, NamedTuple, TypeAlias

import polars as pl

from tui_eval.records import TIMED_OUT, Completeness, Finding
from tui_eval.tables import CHECKS

Place: TypeAlias = "tuple[str, str | None]"
"""A run, by its key, and a category of the dataset; None: the dataset as a whole."""

_NAMED = 4  # categories or metrics in a sentence

_UNPLACED = "answers are here, and none can be told to be of it"

_WHERE = {
    "late": f'status == "{TIMED_OUT}"',
    "errors": 'status == "error"',
    "empty": 'status == "empty"',
    "unparsed": 'status == "unparsed"',
}
"""Conditions on Samples that show what a count is of, the worst first."""

_NUMBERS = ("doubled", "unknown", "unparsed", "empty", "errors")

_KEY = ("run", "category")


class Told(NamedTuple):
    """What is known of a run beside its rows in the tables.

    Attributes:
        silence: Why no answers to the dataset are here, in words; empty: files of them are.
        limit: What it was told to ask at most; empty: all.
        asked: Runs in which this is the same asked the same questions.
        asks_whole: Runs in which this is the same, too, should have the same categories of the
            dataset: what at least half of them have, the others lost. Nothing: nobody knows.
        judges_are_filters: Whether filters say who judged an answer: not all need to.
    """

    silence: str = ""
    limit: str = ""
    asked: Hashable = None
    asks_whole: Hashable = None
    judges_are_filters: bool = False


class _Counts(NamedTuple):
    """The answers of a category, counted.

    Attributes:
        found: Questions.
        answers: Of them, attempts each counted, filters not.
        attempts: How often a question was asked at most.
        partial: Questions without some of the attempts or filters that others have.
        failed: Questions that failed in every metric.
        late: Answers on which a filter ran too long; they are errors, too.
    """

    found: int
    answers: int
    attempts: int
    partial: int
    empty: int
    unparsed: int
    errors: int
    failed: int
    late: int


class _Reported(NamedTuple):
    """What the scores of a category tell: questions, filters, and metrics without a number."""

    n: int | None
    filters: tuple[str, ...]
    lost: tuple[str, ...]


class _Union(NamedTuple):
    """Questions of all runs that asked the same, and how many of them a run lacks."""

    questions: int
    lacking: int


class _Known(NamedTuple):
    """All that is known of a category of a run.

    Attributes:
        is_whole: It is the dataset as a whole, of which nothing but what its files tell is known.
        filters: Those of all answers of the run.
        most: The most questions that a file of any run of the question set has, where it tells.
    """

    is_whole: bool
    told: Told
    counts: _Counts | None
    reported: _Reported | None
    findings: Sequence[Finding]
    union: _Union | None
    filters: frozenset[str]
    most: int | None


class _Why(NamedTuple):
    """Sentences: what makes it incomplete, what leaves it open, what else there is to say."""

    bad: list[str]
    open: list[str]
    said: list[str]

    @property
    def words(self) -> str:
        """All of them, the worst first."""
        return "; ".join(dict.fromkeys([*self.bad, *self.open, *self.said]))


def check_rows(
    dataset: str,
    runs: Mapping[str, Told],
    scores: pl.DataFrame,
    samples: pl.DataFrame,
    findings: Mapping[Place, Sequence[Finding]],
) -> pl.DataFrame:
    """One row a run and category of a dataset: schema `CHECKS`.

    Args:
        dataset: As it is shown.
        runs: The runs that have scores or answers of it, by key, in the order of the rows.
        scores: Schema `SCORES`, of these runs and this dataset.
        samples: Schema `SAMPLES`, of these runs and this dataset.
        findings: What their files tell, categories as they are shown.
    """
    answers = _answers(samples)
    counts, filters = _counted(answers), _filters(samples)
    reported = _reported(scores, filters)
    unions, most = _unions(answers, runs), _most(findings, runs)
    own = _categories([*reported, *counts, *findings], runs)
    absent = _absent(own, runs, _optional(scores))
    for run in (run for run, told in runs.items() if told.silence):
        reported[run, None] = _together(reported, run)
        bad = [name for of, name in findings if of == run and _are_bad(findings[of, name])]
        own[run] = dict.fromkeys((None, *bad))
    rows: list[dict[str, Any]] = []
    for run, told in runs.items():
        lost, maybe_lost = absent[run]
        for category in [*own[run], *lost]:
            place = run, category
            known = _Known(
                category is None and not told.silence and place not in counts,
                told,
                counts.get(place),
                reported.get(place),
                findings.get(place, ()),
                unions.get(place),
                filters.get(run, frozenset()),
                most.get((told.asked, category)),
            )
            made = _row(known) if category in own[run] else _lost(known)
            rows.append({"run": run, "dataset": dataset, "category": category, **made})
        if maybe_lost and not (told.silence and not told.asks_whole):  # of it nothing is known
            maybe = _maybe_lost(maybe_lost)
            rows.append({"run": run, "dataset": dataset, "category": None, **maybe})
    return pl.DataFrame(rows, schema=CHECKS, orient="row")


# --- one row ------------------------------------------------------------------------------------


def _row(known: _Known) -> dict[str, Any]:
    why = _Why([], [], [])
    for one in known.findings:
        into = {"incomplete": why.bad, "unknown": why.open}.get(one.verdict or "", why.said)
        into.extend([one.reason] if one.reason else [])
    expected, found, missing = _questions(known, why)
    numbers = {name: _number(known, name) for name in _NUMBERS}
    if expected is not None and found is not None and found > expected:
        more = found - expected - (numbers["doubled"] or 0)
        numbers["unknown"] = max(more, numbers["unknown"] or 0)
        found = expected
    _tell(numbers, known, why)
    is_open = why.open or (expected is None and not _has(known, "complete"))
    is_bad = why.bad or _has(known, "incomplete")
    verdict: Completeness = "incomplete" if is_bad else "unknown" if is_open else "complete"
    shown = {"late": known.counts.late if known.counts else 0, **numbers}
    conditions = [where for name, where in _WHERE.items() if shown[name]]
    told = [one.where for one in known.findings if one.where]
    return {
        "expected": expected,
        "found": found,
        "missing": missing,
        **numbers,
        "verdict": verdict,
        "reason": why.words,
        "where": next(iter(told + conditions), ""),
    }


def _questions(known: _Known, why: _Why) -> tuple[int | None, int | None, int | None]:
    """Questions that should be there, that are there, and that are missing; says why."""
    counts, union = known.counts, known.union
    expected, found = _first(known, "expected"), _first(known, "found")
    missing = _first(known, "missing")
    if known.reported and known.reported.lost:
        why.bad.append(f"the report has no number for {_named(known.reported.lost)}")
    is_told = expected is not None or _has(known, "complete") or known.is_whole
    is_counted = found is not None  # by what the files tell: reports and others tell no more
    if expected is None and not is_counted:
        expected = _asked(known)
    if expected is None and known.most and (own := _first(known, "at_least")) is not None:
        expected = known.most
        if own < expected:
            missing = expected - own
            why.bad.append(f"other runs have {_count(missing, 'question')} that this one lacks")
    if counts is None and known.told.silence:
        if found is None:
            why.open.append(known.told.silence)
        return expected, found, missing
    if found is None and not known.is_whole:
        found = counts.found if counts else 0
    if expected is None and union is not None and not is_told and not is_counted:
        expected = union.questions
        if counts and union.lacking:
            missing = union.lacking
            what = _count(missing, "question")
            why.bad.append(f"other runs have {what} that this one lacks")
    if expected is None and not is_told and found and not why.open:
        why.open.append("nothing tells how many questions there should be")
    if expected is not None and found is not None and missing is None:
        missing = max(expected - found, 0)
    if missing and not why.bad and found:
        why.bad.append(f"{_count(missing, 'question')} without an answer")
    if found == 0:
        is_unplaced = any(one.is_unplaced for one in known.findings)
        why.bad.append(_UNPLACED if is_unplaced else "no answers to it are here")
    return expected, found, _with_partial(known, missing, found, why)


def _with_partial(known: _Known, missing: int | None, found: int | None, why: _Why) -> int | None:
    """Questions that are missing, with those of which some answers are."""
    counts, reported = known.counts, known.reported
    if counts is None or known.told.judges_are_filters:
        return missing
    lost = [name for name in reported.filters if name not in known.filters] if reported else []
    if lost:
        why.bad.append(f"no answers with the filter {_named(lost)}")
        return (missing or 0) + (found or 0)
    if counts.partial:
        what = _count(counts.partial, "question")
        why.bad.append(f"{what} without some of the answers that others have (attempt, filter)")
        return (missing or 0) + counts.partial
    return missing


def _asked(known: _Known) -> int | None:
    """How many questions the harness says that it asked: some count every attempt."""
    n, counts = known.reported.n if known.reported else None, known.counts
    if n is None or counts is None or counts.attempts == 1:
        return n
    return -(-n // counts.attempts) if n >= counts.answers else n


def _number(known: _Known, name: str) -> int | None:
    """A count of answers, or what the files tell of it; None: there is nothing to count."""
    told: list[int] = [count for one in known.findings if (count := getattr(one, name)) is not None]
    if told or known.counts is None:
        return sum(told) if told else None
    return int(known.counts._asdict().get(name, 0))


def _tell(numbers: Mapping[str, int | None], known: _Known, why: _Why) -> None:
    """Say what is to be known of answers that are there."""
    counts = known.counts
    if counts and counts.failed:
        why.bad.append(f"{_count(counts.failed, 'question')} failed")
    elif counts and counts.errors > counts.late:
        why.said.append(f"a metric failed at {_count(counts.errors - counts.late, 'question')}")
    if counts and counts.late:
        have = "has" if counts.late == 1 else "have"
        late = f"{_count(counts.late, 'answer')} {have} no score: the filter ran too long"
        why.bad.append(late)
    if numbers["doubled"]:
        why.said.append(f"{_count(numbers['doubled'], 'answer')} more than once")
    if numbers["unknown"]:
        why.said.append(f"{_count(numbers['unknown'], 'answer')} to other questions")
    if numbers["empty"]:
        why.said.append(f"{_count(numbers['empty'], 'empty answer')}")
    if known.told.limit:
        why.said.append(f"only some questions were to be asked ({known.told.limit})")


def _lost(known: _Known) -> dict[str, Any]:
    """A category that other runs have, and this one should."""
    expected = known.union.questions if known.union else None
    silent = known.told.silence
    return {
        "expected": expected,
        "found": None if silent else 0,
        "missing": None if silent else expected,
        **dict.fromkeys(_NUMBERS),
        "verdict": "incomplete",
        "reason": "other runs have this category, and this one lacks it",
        "where": "",
    }


def _maybe_lost(lacking: Sequence[str | None]) -> dict[str, Any]:
    """Categories that other runs have, where nobody says that this one should."""
    names = [name for name in lacking if name is not None]
    what = "a category" if len(names) == 1 else f"{len(names)} categories"
    reason = f"other runs have {what} that this one was perhaps not asked: {_named(names)}"
    return {
        **dict.fromkeys(("expected", "found", "missing", *_NUMBERS)),
        "verdict": "unknown",
        "reason": reason,
        "where": "",
    }


def _first(known: _Known, name: str) -> int | None:
    told = (getattr(one, name) for one in known.findings)
    return next((count for count in told if count is not None), None)


def _are_bad(findings: Iterable[Finding]) -> bool:
    return any(one.verdict == "incomplete" for one in findings)


def _has(known: _Known, verdict: Completeness) -> bool:
    return any(one.verdict == verdict for one in known.findings)


def _count(number: int | None, noun: str) -> str:
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def _named(names: Sequence[str]) -> str:
    more = f" and {len(names) - _NAMED} more" if len(names) > _NAMED else ""
    return ", ".join(names[:_NAMED]) + more


# --- what answers and scores tell ---------------------------------------------------------------


def _answers(samples: pl.DataFrame) -> pl.DataFrame:
    """One row an answer: a question, attempt and filter; what became of it."""
    status = pl.col("status")
    return samples.group_by(*_KEY, "sample", "attempt", "filter", maintain_order=True).agg(
        empty=(status == "empty").any(),
        unparsed=(status == "unparsed").any(),
        errors=status.is_in(["error", TIMED_OUT]).any(),
        failed=(status == "error").all(),
        late=(status == TIMED_OUT).any(),
    )


def _counted(answers: pl.DataFrame) -> dict[Place, _Counts]:
    """What there is of each category of a run.

    Filters of which each has questions of its own, as parts of a benchmark do, are looked at one by
    one; else every question should have an answer with each, at every attempt.
    """
    by_question = answers.group_by(*_KEY, "sample").agg(
        filters=pl.col("filter").n_unique(), attempts=pl.col("attempt").n_unique()
    )
    is_shared = by_question.group_by(_KEY).agg(shared=(pl.col("filters") > 1).any())
    part = pl.when(~pl.col("shared")).then("filter")
    grid = answers.join(is_shared, on=_KEY, nulls_equal=True).with_columns(part=part)
    wanted = grid.group_by(*_KEY, "part").agg(wanted=pl.struct("attempt", "filter").n_unique())
    there = grid.group_by(*_KEY, "part", "sample").agg(there=pl.len())
    partial = (
        there.join(wanted, on=[*_KEY, "part"], nulls_equal=True)
        .group_by(_KEY)
        .agg(partial=(pl.col("there") < pl.col("wanted")).sum())
    )
    flags = ("empty", "unparsed", "errors", "failed", "late")
    counted = answers.group_by(_KEY, maintain_order=True).agg(
        found=pl.col("sample").n_unique(),
        answers=pl.struct("sample", "attempt").n_unique(),
        attempts=pl.col("attempt").n_unique(),
        **{name: pl.struct("sample", "attempt").filter(name).n_unique() for name in flags},
    )
    rows = counted.join(partial, on=_KEY, nulls_equal=True, maintain_order="left")
    return {
        (row["run"], row["category"]): _Counts(**{name: row[name] for name in _Counts._fields})
        for row in rows.iter_rows(named=True)
    }


def _filters(samples: pl.DataFrame) -> dict[str, frozenset[str]]:
    """The filters of the answers of each run."""
    found = samples.drop_nulls("filter").group_by("run").agg(pl.col("filter").unique())
    return {run: frozenset(names) for run, names in found.iter_rows()}


def _reported(
    scores: pl.DataFrame, filters: Mapping[str, frozenset[str]]
) -> dict[Place, _Reported]:
    """What the scores of each category of a run tell.

    Where answers have no filters, numbers with one are made of several categories.
    """
    has_filters = pl.col("run").is_in(list(filters))
    own = scores.filter(
        pl.col("category").is_not_null() & pl.col("repeat").is_null(),
        pl.col("filter").is_null() | has_filters | ~pl.col("filter").is_null().any().over("run"),
    )
    is_reported = pl.col("origin") == "reported"
    has_no_number = pl.col("value").is_null() & pl.col("status").is_null() & is_reported
    counted = is_reported & pl.col("n").is_not_null() & pl.col("filter").is_not_null()
    rows = own.group_by(_KEY, maintain_order=True).agg(
        n=pl.col("n").filter(is_reported).max(),
        filters=pl.col("filter").filter(counted).unique(maintain_order=True),
        lost=pl.col("metric").filter(has_no_number).unique(maintain_order=True),
    )
    return {
        (run, category): _Reported(n, tuple(names) if filters.get(run) else (), tuple(lost))
        for run, category, n, names, lost in rows.iter_rows()
    }


def _together(reported: Mapping[Place, _Reported], run: str) -> _Reported:
    """What the scores of all categories of a run tell."""
    parts = [one for (of, _), one in reported.items() if of == run]
    counts = [one.n for one in parts]
    n = sum(count or 0 for count in counts) if counts and None not in counts else None
    lost = dict.fromkeys(name for one in parts for name in one.lost)
    return _Reported(n, (), tuple(lost))


# --- what other runs have -----------------------------------------------------------------------


def _unions(answers: pl.DataFrame, runs: Mapping[str, Told]) -> dict[Place, _Union]:
    """The questions that all runs of a question set have, where others than the run have some."""
    numbers = {told.asked: number for number, told in enumerate(runs.values())}
    groups = {run: numbers[told.asked] for run, told in runs.items()}
    group = pl.col("run").replace_strict(groups, default=None, return_dtype=pl.Int64)
    asked = answers.select(*_KEY, "sample", group=group).unique()
    counts = asked.group_by(_KEY).agg(pl.len())
    own: dict[Place, int] = {(run, category): count for run, category, count in counts.iter_rows()}
    every = asked.group_by("group", "category").agg(
        pl.col("sample").n_unique(), pl.col("run").n_unique()
    )
    return {
        (run, category): _Union(questions, questions - own.get((run, category), 0))
        for number, category, questions, several in every.iter_rows()
        for run in runs
        if groups[run] == number and several > ((run, category) in own)
    }


def _most(
    findings: Mapping[Place, Sequence[Finding]], runs: Mapping[str, Told]
) -> dict[tuple[Hashable, str | None], int]:
    """The most questions that the files of any run tell, by question set and category."""
    found: dict[tuple[Hashable, str | None], int] = {}
    for (run, category), told in findings.items():
        key = runs[run].asked, category
        for count in (one.at_least for one in told if one.at_least is not None):
            found[key] = max(count, found.get(key, 0))
    return found


def _categories(
    places: Iterable[Place], runs: Mapping[str, Told]
) -> dict[str, dict[str | None, None]]:
    """The categories of each run, in their order."""
    found: dict[str, dict[str | None, None]] = {run: {} for run in runs}
    for run, category in places:
        found[run].setdefault(category)
    return found


class _Absent(NamedTuple):
    """Categories of other runs of the same question set: those a run lost, and perhaps others."""

    lost: list[str | None]
    maybe_lost: list[str | None]


def _absent(
    own: Mapping[str, Iterable[str | None]],
    runs: Mapping[str, Told],
    optional: frozenset[str],
) -> dict[str, _Absent]:
    """The categories that others have and a run lacks."""
    every: defaultdict[Hashable, dict[str | None, None]] = defaultdict(dict)
    times: Counter[tuple[Hashable, Hashable, str | None]] = Counter()
    for run, categories in own.items():
        told = runs[run]
        wanted = [name for name in categories if name is not None and name not in optional]
        every[told.asked].update(dict.fromkeys(wanted))
        times.update((told.asked, told.asks_whole, name) for name in wanted)
    sizes = Counter((told.asked, told.asks_whole) for told in runs.values())
    found = {}
    for run, told in runs.items():
        lacking = [name for name in every[told.asked] if name not in own[run]]
        half = sizes[told.asked, told.asks_whole] / 2
        usual = (name for name in lacking if times[told.asked, told.asks_whole, name] >= half)
        lost = list(usual) if told.asks_whole else []
        found[run] = _Absent(lost, [name for name in lacking if name not in lost])
    return found


def _optional(scores: pl.DataFrame) -> frozenset[str]:
    """Categories that other runs need not have."""
    return frozenset(scores.filter("optional")["category"].drop_nulls().unique())
