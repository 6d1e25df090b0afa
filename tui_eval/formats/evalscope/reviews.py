"""Reviews of EvalScope: judged answers, one a line, from which scores can be recomputed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

from tui_eval.files.documents import Problem
from tui_eval.files.strings import clean_str
from tui_eval.formats.evalscope.metrics import (
    compares_texts,
    direction_of,
    shown_names,
    unit_of,
)
from tui_eval.formats.evalscope.rows import (
    Flaw,
    Result,
    Row,
    errors_of,
    index_of,
    read_rows,
    results_of,
)
from tui_eval.formats.values import as_number
from tui_eval.records import Score

_LONGEST = 160  # characters of an error in a note


class _Tally(NamedTuple):
    """What the reviews of a subset say of a metric."""

    total: float = 0.0
    addends: int = 0
    questions: int = 0
    no_reference: int = 0
    errors: int = 0

    def plus(self, result: Result) -> _Tally:
        """With what one more row says."""
        return _Tally(
            self.total + sum(result.numbers),
            self.addends + len(result.numbers),
            self.questions + bool(result.numbers),
            self.no_reference + (result.flaw == "no reference"),
            self.errors + (result.flaw == "error"),
        )


class _Told(NamedTuple):
    """Of what a note tells, and what became of questions that nothing could score."""

    place: str
    effect: str


class _Rows(NamedTuple):
    """What a file of reviews holds; of rows with one index the last one."""

    results: dict[object, list[Result]]
    errors: dict[str, str]


def dataset_and_subset(stem: str, row: Row, known: Iterable[str]) -> tuple[str, str] | None:
    """What a name of reviews stands for; both halves may hold any number of underscores.

    Rows up to 0.17 give the subset. The others need a dataset that is known from elsewhere.
    """
    subset = clean_str(row.get("subset_name"))
    dataset = stem.removesuffix("_" + subset.replace("/", "_")) if subset else stem
    if subset and dataset and dataset != stem:
        return dataset, subset
    for name in sorted(known, key=len, reverse=True):
        if stem == name:
            return name, "default"
        if stem.startswith(f"{name}_"):
            return name, stem[len(name) + 1 :]
    return (stem.removesuffix("_default"), "default") if stem.endswith("_default") else None


def may_be_flawed(row: Row) -> bool:
    """Whether reviews like this one may hold numbers that are no scores.

    A metric that fails for want of a resource does so from the first row on; a likeness of texts
    needs a reference in every row.
    """
    results = results_of(row)
    return bool(errors_of(row)) or any(
        result.flaw is not None or compares_texts(result.metric) for result in results
    )


def rebuild(path: Path, dataset: str, subset: str, notes: list[str]) -> Iterator[Score]:
    """The means over the reviews of a subset, as the report would give them unrounded.

    Questions that nothing could score are in none.
    """
    told = _Told(f"{dataset}, {subset}", "they are left out")
    tallies, _ = _tallies(path, told, notes)
    for name, tally in zip(shown_names(list(tallies)), tallies.values(), strict=True):
        value = as_number(tally.total / tally.addends) if tally.addends else None
        yield Score(
            dataset,
            subset,
            name,
            value,
            n=tally.questions,
            higher_is_better=direction_of({}, name),
            unit=unit_of({}, [value]),
            origin="recomputed",
            status=None if tally.addends else _status(tally),
        )


def flaws(path: Path, dataset: str, subset: str, notes: list[str]) -> tuple[list[Score], int]:
    """Metrics of a subset with questions that nothing could score: how many, and why.

    They have no value: the report has one, which counts these questions as 0. And how many rows
    there are, since all of them were read.
    """
    told = _Told(f"{dataset}, {subset}", "the report counts them")
    tallies, rows = _tallies(path, told, notes)
    named = zip(shown_names(list(tallies)), tallies.values(), strict=True)
    found = [
        Score(
            dataset,
            subset,
            name,
            None,
            n=tally.questions,
            origin="recomputed",
            unscored=unscored,
            status=_status(tally),
        )
        for name, tally in named
        if (unscored := tally.no_reference + tally.errors)
    ]
    return found, rows


def _status(tally: _Tally) -> Flaw | None:
    """Why most questions could not be scored."""
    if not tally.no_reference + tally.errors:
        return None
    return "error" if tally.errors > tally.no_reference else "no reference"


def _tallies(path: Path, told: _Told, notes: list[str]) -> tuple[dict[str, _Tally], int]:
    """What the metrics of a file of reviews add up to, and how many rows it has."""
    rows = _rows(path, notes)
    found: dict[str, _Tally] = {}
    for results in rows.results.values():
        for result in results:
            found[result.metric] = found.get(result.metric, _Tally()).plus(result)
    notes.extend(_of_flaws(found, rows, told))
    return found, len(rows.results)


def _rows(path: Path, notes: list[str]) -> _Rows:
    found = _Rows({}, {})
    again = 0
    problems: list[Problem] = []
    for line, row in read_rows(path, problems):
        index = index_of(row)
        key = f"line {line.number}" if index is None else index
        again += key in found.results
        found.results[key] = results_of(row)
        found.errors.update(errors_of(row))
    notes.extend(_told(clean_str(path.name) or "", again, problems))
    unscored = sum(
        not any(result.numbers or result.flaw for result in results)
        for results in found.results.values()
    )
    if unscored:
        told = f"{unscored} of {len(found.results)} rows without a score"
        notes.append(f"{clean_str(path.name)}: {told}")
    return found


def _of_flaws(found: Mapping[str, _Tally], rows: _Rows, told: _Told) -> Iterator[str]:
    """A sentence on questions without a reference, and one on metrics that failed."""
    of = f"of {len(rows.results)} questions"
    without = max((tally.no_reference for tally in found.values()), default=0)
    if without:
        yield f"{told.place}: {without} {of} have no reference and no score; {told.effect}"
    failed = {name: tally.errors for name, tally in found.items() if tally.errors}
    if failed:
        why = "; ".join(dict.fromkeys(map(_in_a_line, rows.errors.values())))
        names, most = ", ".join(shown_names(list(failed))), max(failed.values())
        yield f"{told.place}: {names} failed on {most} {of} ({why}); {told.effect}"


def _in_a_line(error: str) -> str:
    """The beginning of an error, without the rules that some messages draw."""
    words = [word for word in error.split() if word.strip("*-=")]
    text = " ".join(words)
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…"


def _told(name: str, again: int, problems: list[Problem]) -> Iterator[str]:
    if problems:
        more = f", and {len(problems) - 1} more lines" if len(problems) > 1 else ""
        yield f"{name}: parts are left out: {problems[0]}{more}"
    if again:
        yield written_again(name, again)


def written_again(name: str, rows: int) -> str:
    """The note on rows that a resumed run wrote a second time."""
    told = "1 row was" if rows == 1 else f"{rows} rows were"
    return f"{name}: {told} written again, the last ones count"
