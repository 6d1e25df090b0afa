"""Which runs are of one training, and where on its way each of them is: what a curve is made of."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import PurePath
from typing import NamedTuple

import polars as pl

from tui_eval.analysis.guard import ASIDE, Difference, differences, setting_words, value_words
from tui_eval.analysis.notes import Names as Listed
from tui_eval.analysis.notes import Note, listed
from tui_eval.analysis.training_steps import STAR, UNITS, Names, Point, StepUnit, point_of
from tui_eval.tables import Tables, natural

LEAST = 3
"""Steps that a curve needs."""

_SHORT = 24  # characters of a setting's value that is told

_AT_THE_END = frozenset({"main", "final", "latest", "release", "best", "last", "hf", ""})
"""What a model is called that is not saved on the way: how far it was is not known."""

_NUMBER_ALONE = re.compile(
    r"(?<![a-z0-9.])\d+(?:\.\d+)?(?=[bt]?$)|(?<![a-z0-9])\d+(?=_steps$)", re.IGNORECASE | re.ASCII
)


class Step(NamedTuple):
    """A run on its way: ``at`` which step it was saved."""

    at: float
    run: str


@dataclass(frozen=True, slots=True)
class Training:
    """Runs of one training in the order of their steps, all asked the same in the same way.

    Attributes:
        family: What their names have in common, ``*`` for the numbers.
        unit: What is counted.
        steps: Each step once.
        ends: Runs of the same model without a step: where they stand is not known.
        settings: What tells it from a family of the same name; empty where there is no other.
    """

    family: str
    unit: StepUnit
    steps: tuple[Step, ...]
    ends: tuple[str, ...] = ()
    settings: str = ""

    @property
    def name(self) -> str:
        """The family, and the settings where they tell it apart."""
        return f"{self.family} ({self.settings})" if self.settings else self.family


class Trainings(NamedTuple):
    """The trainings of a dataset.

    Attributes:
        found: By name.
        doubled: Runs of a step of which there is a later one, by key.
        apart: Runs that were asked in another way than the others of their family, too few for a
            curve of their own: their keys, and what is different.
    """

    found: tuple[Training, ...]
    doubled: tuple[str, ...]
    apart: Mapping[str, str]


def points_of(tables: Tables) -> Mapping[str, Point]:
    """What each run's names tell, by its key."""
    return tables.once((points_of,), lambda: _points(tables))


def _points(tables: Tables) -> dict[str, Point]:
    columns = tables.runs.select("run", "variant", "model", "path")
    return {
        run: point_of(_names(variant, model, path), tables.step_pattern)
        for run, variant, model, path in columns.iter_rows()
    }


def _names(variant: str | None, model: str | None, path: str | None) -> Names:
    place = PurePath(path or "")
    return Names(variant or "", model or "", str(place.parent), place.name)


def trainings(
    tables: Tables, dataset: str, metric: tuple[str, str | None], runs: Iterable[str]
) -> Trainings:
    """The trainings among some runs: at least `LEAST` steps of one family, settings equal.

    Args:
        tables: The runs.
        dataset: Of which they have scores.
        metric: Its name and filter.
        runs: Keys.
    """
    points, wanted = points_of(tables), list(runs)
    families: dict[str, list[str]] = {}
    for run in wanted:
        if points[run].numbers and not points[run].disputed:
            families.setdefault(points[run].family, []).append(run)
    alone = [run for run in wanted if not points[run].numbers]
    found: list[Training] = []
    left_out: list[str] = []
    apart: dict[str, str] = {}
    for family in sorted(families, key=natural):
        unit = next((unit for unit in UNITS if _all_tell(unit, families[family], points)), None)
        if unit is None:
            continue
        ends = _ends(tables, family, alone)
        parts = _by_settings(tables, dataset, metric, [*families[family], *ends])
        for runs_of, settings in parts:
            steps = [Step(points[run].numbers[unit], run) for run in runs_of if run not in ends]
            once, doubled = _once_each(tables, steps)
            if len(once) >= LEAST:
                own = tuple(run for run in runs_of if run in ends)
                found.append(Training(family, unit, once, own, settings))
                left_out += doubled
            elif settings and steps:
                apart |= {step.run: settings for step in steps}
    return Trainings(tuple(found), tuple(left_out), apart)


def _all_tell(unit: StepUnit, runs: Sequence[str], points: Mapping[str, Point]) -> bool:
    return all(unit in points[run].numbers for run in runs)


def _once_each(tables: Tables, steps: Sequence[Step]) -> tuple[tuple[Step, ...], list[str]]:
    """The steps in order, of several runs of one the latest; and those that are left out."""
    times = dict(tables.runs.select("run", pl.col("timestamp").fill_null("")).iter_rows())
    latest: dict[float, Step] = {}
    for step in sorted(steps, key=lambda one: (one.at, times[one.run], one.run)):
        latest[step.at] = step
    kept = set(latest.values())
    return tuple(latest.values()), [step.run for step in steps if step not in kept]


def _ends(tables: Tables, family: str, alone: Sequence[str]) -> list[str]:
    """Runs of a family's model that tell no step: of the whole training, most likely."""
    base = _base(family)
    if not base:
        return []
    rows = tables.runs.filter(pl.col("run").is_in(list(alone)))
    return [
        run
        for run, model, variant in rows.select("run", "model", "variant").iter_rows()
        if _is_end(base, model or "", variant or "")
    ]


def _base(family: str) -> str:
    """What stands before the part of a family's name that tells the step; empty where none does."""
    before = family.partition(STAR)[0]
    return re.split(r"[/\\@][^/\\@]*$", before)[0] if re.search(r"[/\\@]", before) else ""


def _is_end(base: str, model: str, variant: str) -> bool:
    if model == base:
        return variant.lower() in _AT_THE_END
    above, _, last = model.rpartition("/")
    return above == base and last.lower() in _AT_THE_END


def apart_notes(tables: Tables, doubled: Iterable[str], apart: Mapping[str, str]) -> list[Note]:
    """Runs that might be on a curve and are on none, and why.

    Args:
        tables: All runs.
        doubled: As `Trainings` has them, of all datasets.
        apart: The same.
    """
    points, notes = points_of(tables), []
    if runs := tables.names(doubled):
        message = "Of several runs of one step the latest is shown; left out: {runs}."
        notes.append(Note(message, runs=listed(runs, 3)))
    told = {tables.labels[run]: settings for run, settings in apart.items()}
    if told:
        message = "On no curve, since they were asked in another way: {runs}."
        notes.append(Note(message, runs=_explained(told)))
    disputed = {
        tables.labels[run]: "; ".join(points[run].disputed)
        for run in tables.labels
        if points[run].disputed
    }
    if disputed:
        message = "On no curve, since their names tell different numbers: {runs}."
        notes.append(Note(message, runs=_explained(disputed)))
    series = _possible_series(tables, points)
    if series and not any(point.numbers for point in points.values()):
        message = (
            "Names that differ in one number alone are taken for sizes: {names}. If the number is "
            'a step, names.json may say so: {{"steps": "…(?P<step>[0-9]+)…"}}.'
        )
        notes.append(Note(message, names=listed(series, 3)))
    return notes


def _explained(told: Mapping[str, str]) -> Listed:
    """Labels of runs, each with what is to be known of it."""
    return listed([Note("{run} ({why})", run=run, why=why) for run, why in told.items()], 3)


def _possible_series(tables: Tables, points: Mapping[str, Point]) -> list[str]:
    """Names of several runs, ``*`` for a number that may be a step, tokens or a size."""
    counts: dict[str, set[str]] = {}
    for run, model in tables.runs.select("run", "model").iter_rows():
        if model and not points[run].numbers:
            starred = _NUMBER_ALONE.sub(STAR, model)
            if starred != model:
                counts.setdefault(starred, set()).add(model)
    return sorted(name for name, models in counts.items() if len(models) >= LEAST)


_Metric = tuple[str, str | None]


def _by_settings(
    tables: Tables, dataset: str, metric: _Metric, runs: Sequence[str]
) -> list[tuple[list[str], str]]:
    """Groups of runs that differ in nothing that matters and is known, and what each has of it."""
    groups: list[list[str]] = []
    for run in runs:
        for members in groups:
            if not _differing(tables, dataset, metric, members[0], run):
                members.append(run)
                break
        else:
            groups.append([run])
    if len(groups) < 2:
        return [(members, "") for members in groups]
    return [
        (members, _what_differs(tables, dataset, metric, groups, number))
        for number, members in enumerate(groups)
    ]


def _differing(
    tables: Tables, dataset: str, metric: _Metric, baseline: str, run: str
) -> list[Difference]:
    found = differences(tables, dataset, metric, baseline, run)
    return [one for one in found if one.is_known and one.name not in ASIDE]


def _what_differs(
    tables: Tables, dataset: str, metric: _Metric, groups: Sequence[list[str]], number: int
) -> str:
    """What a group has that another one has not, in a few words."""
    other = groups[1 if number == 0 else 0][0]
    found = _differing(tables, dataset, metric, other, groups[number][0])
    words = []
    for one in found[:2]:
        value = value_words(one.candidate or "")
        is_short = 0 < len(value) <= _SHORT and "\n" not in value
        words.append(f"{setting_words(one.name)} {value if is_short else f'#{number + 1}'}")
    return ", ".join(words)
