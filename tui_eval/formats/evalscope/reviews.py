"""Reviews of EvalScope: judged answers, one a line, from which scores can be recomputed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

from tui_eval.formats.documents import Problem
from tui_eval.formats.evalscope.metrics import direction_of, shown_names, unit_of
from tui_eval.formats.evalscope.rows import Result, Row, index_of, read_rows, results_of
from tui_eval.formats.values import as_number, as_text
from tui_eval.tables import Score


class _Tally(NamedTuple):
    """What the reviews of a subset say of a metric."""

    total: float
    addends: int
    questions: int


def dataset_and_subset(stem: str, row: Row, known: Iterable[str]) -> tuple[str, str] | None:
    """What a name of reviews stands for; both halves may hold any number of underscores.

    Rows up to 0.17 give the subset. The others need a dataset that is known from elsewhere.
    """
    subset = as_text(row.get("subset_name"))
    dataset = stem.removesuffix("_" + subset.replace("/", "_")) if subset else stem
    if subset and dataset and dataset != stem:
        return dataset, subset
    for name in sorted(known, key=len, reverse=True):
        if stem == name:
            return name, "default"
        if stem.startswith(f"{name}_"):
            return name, stem[len(name) + 1 :]
    return (stem.removesuffix("_default"), "default") if stem.endswith("_default") else None


def rebuild(path: Path, dataset: str, subset: str, notes: list[str]) -> Iterator[Score]:
    """The means over the reviews of a subset, as the report would give them unrounded."""
    tallies = _tallies(path, notes)
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
        )


def _tallies(path: Path, notes: list[str]) -> dict[str, _Tally]:
    """What the metrics of a file of reviews add up to; of rows with one index the last counts."""
    rows: dict[object, list[Result]] = {}
    again = 0
    problems: list[Problem] = []
    for line, row in read_rows(path, problems):
        index = index_of(row)
        key = f"line {line.number}" if index is None else index
        again += key in rows
        rows[key] = results_of(row)
    notes.extend(_told(as_text(path.name) or "", again, problems))
    unscored = sum(not any(result.numbers for result in results) for results in rows.values())
    if unscored:
        notes.append(f"{as_text(path.name)}: {unscored} of {len(rows)} rows without a score")
    found: dict[str, _Tally] = {}
    for results in rows.values():
        for name, numbers, *_ in results:
            one = found.get(name, _Tally(0.0, 0, 0))
            found[name] = _Tally(
                one.total + sum(numbers), one.addends + len(numbers), one.questions + bool(numbers)
            )
    return found


def _told(name: str, again: int, problems: list[Problem]) -> Iterator[str]:
    if problems:
        more = f", and {len(problems) - 1} more lines" if len(problems) > 1 else ""
        yield f"{name}: left out {problems[0]}{more}"
    if again:
        yield written_again(name, again)


def written_again(name: str, rows: int) -> str:
    """The note on rows that a resumed run wrote a second time."""
    return f"{name}: {rows} rows were written again, the last ones count"
