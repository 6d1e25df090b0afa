"""The numbers of a run, each with its place among the groups and what there is to know of it."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass
from functools import lru_cache
from operator import gt, itemgetter
from typing import NamedTuple, TypeVar

from tui_eval.files.strings import clean_str
from tui_eval.formats.lm_eval.groups import Tree, children_of, short_names, tree_of
from tui_eval.formats.lm_eval.metrics import direction_of, unit_by_name
from tui_eval.formats.units import END, family_of, kin_of, not_shown, unit_by_values
from tui_eval.formats.values import (
    are_amounts,
    as_amount,
    as_count,
    as_mapping,
    as_number,
    as_score,
    kind,
)
from tui_eval.records import STDERR, Metric, ScoreColumns, Setting, Task, Unit

_STDERR = "_stderr"
_SAME = 1e-9
_NO_SCORES = frozenset({"alias", "name", "sample_len", "sample_count", "samples"})
PREDICT_ONLY = "bypass"
_SQUAD = "HasAns_exact"  # SQuAD 2 gives all on 0-100, also what other tasks give on 0-1

_Value = TypeVar("_Value")

_Key = tuple[str, str | None]
"""Metric and filter: what tells a number apart from the others of its row."""

_Of = tuple[str, str]
"""Dataset and metric."""

_Alike = tuple[str, tuple[_Key, ...]]
"""Dataset and keys of rows that hold the same metrics."""

_Place = tuple[str, str | None, str | None]
"""Dataset, category, and the inner groups that lead to the category or are the row itself."""

_Facts = tuple[int | None, int | None, bool | None, str | None, int | None]
"""What there is to say about one number: questions, repeats, whether higher is better, method, and
of how many questions."""


class _Entry(NamedTuple):
    """What the key of an entry in a row tells; ``stderr`` is the key of its standard error."""

    key: _Key
    has_comma: bool
    stderr: str


class _Layout(NamedTuple):
    """What the keys of a row tell.

    Attributes:
        names: Keys of what may be a score.
        keys: Metric and filter of each.
        entries: What else each key tells.
        numbers: Takes all scores out of a row, and then their standard errors; None: not each of
            them is a score of its own that has a standard error.
        ends: The most that each may be on 0-1, where only values can tell the unit.
        tells_unit: Metrics say more of units than values do: SQuAD's, and those with two scales.
    """

    names: tuple[str, ...]
    keys: tuple[_Key, ...]
    entries: tuple[_Entry, ...]
    numbers: Callable[[Mapping[str, object]], tuple[object, ...]] | None
    ends: tuple[float, ...]
    tells_unit: bool


class _Row(NamedTuple):
    """The numbers of a row and their standard errors; one that is not a number is missing.

    ``tells_unit``: they may not all be on 0-1.
    """

    keys: tuple[_Key, ...]
    values: Sequence[float | None]
    stderrs: Sequence[float | None]
    tells_unit: bool


class _Task(NamedTuple):
    """What a file says about a task or group beside its numbers; ``better``: by metric."""

    n: int | None
    repeats: int | None
    better: Mapping[str, bool]
    method: str | None
    total: int | None = None


@dataclass(frozen=True)
class Results:
    """A document, its rows read and put in order."""

    payloads: Mapping[str, Mapping[str, object]]
    rows: Mapping[str, _Row]
    tasks: Mapping[str, _Task]
    tree: Tree
    groups: Set[str]  # rows whose numbers are made of other rows' numbers
    has_commas: bool  # written since 0.4.0, where every number names its filter


def read_results(whole: Mapping[str, object], notes: list[str]) -> Results:
    """Everything in a document that scores are made of; ``notes`` takes what was left out."""
    payloads = _payloads(whole, notes)
    has_commas = any("," in key for row in payloads.values() for key in row)
    tree = tree_of(children_of(whole, payloads))
    return Results(
        payloads=payloads,
        rows={name: _read_row(name, row, notes, has_commas) for name, row in payloads.items()},
        tasks=_tasks(whole, payloads),
        tree=tree,
        groups=tree.children.keys() | as_mapping(whole.get("groups")).keys(),
        has_commas=has_commas,
    )


def is_predict_only(results: Results) -> bool:
    """Whether answers were asked for, and no scores (``--predict_only``)."""
    keys = {name.partition(",")[0] for row in results.payloads.values() for name in row}
    return PREDICT_ONLY in keys and not any(row.keys for row in results.rows.values())


def _payloads(whole: Mapping[str, object], notes: list[str]) -> dict[str, Mapping[str, object]]:
    """Rows of ``results``, and those of ``groups`` that are not among them."""
    results = whole.get("results")
    if not isinstance(results, dict):
        notes.append(f"results is {kind(results)}")
    found: dict[str, Mapping[str, object]] = {}
    for source in (as_mapping(results), as_mapping(whole.get("groups"))):
        for name, row in source.items():
            if isinstance(row, dict):
                found.setdefault(name, row)
            elif name not in found:
                notes.append(f"{clean_str(name)}: {kind(row)} instead of results")
    return found


def _read_row(task: str, row: Mapping[str, object], notes: list[str], has_commas: bool) -> _Row:
    """The numbers of a row; those that are all right, as nearly always, are looked at at once."""
    layout = _layout(tuple(row), has_commas)
    numbers = layout.numbers(row) if layout.numbers else ()
    if not are_amounts(numbers):
        return _read_entries(task, row, layout, notes, has_commas)
    count = len(layout.keys)
    tells = layout.tells_unit or any(map(gt, numbers, layout.ends))
    return _Row(layout.keys, numbers[:count], numbers[count:], tells)


def _read_entries(
    task: str, row: Mapping[str, object], layout: _Layout, notes: list[str], has_commas: bool
) -> _Row:
    """The numbers of a row, each of which may be anything."""
    found: dict[_Key, tuple[float | None, float | None]] = {}
    for name, entry in zip(layout.names, layout.entries, strict=True):
        value = row[name]
        result = _number(value)
        if result is None or entry.has_comma != has_commas or entry.key[0] == PREDICT_ONLY:
            flaw, is_score = _flaw(entry, value, has_commas)
            if flaw:
                notes.append(f"{clean_str(task)} › {clean_str(name)}: {flaw}")
            if not is_score:
                continue
        stderr = as_amount(row.get(entry.stderr))  # "N/A": there is none
        found.setdefault(entry.key, (result, stderr))
    results, errors = zip(*found.values(), strict=True) if found else ((), ())
    return _Row(tuple(found), results, errors, tells_unit=bool(found))


@lru_cache(maxsize=1024)
def _layout(names: tuple[str, ...], has_commas: bool) -> _Layout:
    """What may be scores in a row; hundreds of tasks in thousands of files have the same names."""
    found: dict[str, _Entry] = {}
    for name in names:
        metric, comma, word = name.partition(",")
        if metric.endswith(_STDERR) or name in _NO_SCORES or not name.strip():
            continue
        key = clean_str(metric) or "", None if word in ("", "none") else clean_str(word)
        found[name] = _Entry(key, bool(comma), f"{metric}{_STDERR}{comma}{word}")
    entries = tuple(found.values())
    keys = tuple(entry.key for entry in entries)
    stderrs = [entry.stderr for entry in entries]
    is_plain = 0 < len(keys) == len(set(keys)) and all(
        entry.has_comma == has_commas and entry.key[0] != PREDICT_ONLY and entry.stderr in names
        for entry in entries
    )
    metrics = [metric for metric, _ in keys]
    has_two = not has_commas and any(kin_of(metric) in ("rouge", "match") for metric in metrics)
    return _Layout(
        names=tuple(found),
        keys=keys,
        entries=entries,
        numbers=itemgetter(*found, *stderrs) if is_plain else None,
        ends=tuple(math.inf if unit_by_name(metric) else END for metric in metrics),
        tells_unit=_SQUAD in metrics or has_two,
    )


def _number(value: object) -> float | None:
    """A number; NumPy's truth values are some too, which stand there as texts until 0.4.13."""
    return as_score(value) if isinstance(value, str) else as_number(value)


def _flaw(entry: _Entry, value: object, has_commas: bool) -> tuple[str, bool]:
    """What is wrong with an entry, and whether it is a score all the same."""
    if entry.key[0] == PREDICT_ONLY:
        return "answers, not scored; left out", False
    missing = _number(value) is None
    if not entry.has_comma and (has_commas or (missing and isinstance(value, str | list | dict))):
        return f"{kind(value)}, no score; left out", False
    return f"value is {kind(value)}" if missing else "", True


def scores_of(results: Results, notes: list[str]) -> ScoreColumns:
    """Every number of a run; ``notes`` takes what a person must know of them."""
    placed = list(_placed(results, notes))
    metrics = _Metrics(_units(results, placed, notes))
    scores = ScoreColumns()
    for name, places in placed:
        row = results.rows[name]
        if name in results.tree.leaves or len(places) > 1:
            _add_group(scores, results, name, places, metrics)
        elif row.keys:
            n, repeats, better, method, total = results.tasks[name]
            task = _task_of(*places[0], n, repeats, method, total)
            scores.extend(task, metrics.of(task.dataset, row.keys, better), row.values, row.stderrs)
    return scores


def _add_group(
    scores: ScoreColumns, results: Results, name: str, places: list[_Place], metrics: _Metrics
) -> None:
    """Add the numbers of a group, or of a task in several, one by one."""
    row, task = results.rows[name], results.tasks[name]
    shared = _shared_facts(results, name)
    for key, value, stderr in zip(row.keys, row.values, row.stderrs, strict=True):
        own = (*task[:2], direction_of(key[0], task.better), task.method, task.total)
        n, repeats, better, method, total = shared.get(key, own)
        for dataset, category, group in places:
            of = _task_of(dataset, category, group, n, repeats, method, total)
            scores.add(of, metrics.one(dataset, key, better), value, stderr)


@lru_cache(maxsize=1 << 14)
def _task_of(
    dataset: str,
    category: str | None,
    group: str | None,
    n: int | None,
    repeats: int | None,
    method: str | None,
    total: int | None,
) -> Task:
    """A task, the same object in all runs that have it."""
    return Task(dataset, category, group, None, n, repeats, method, "reported", total)


class _Metrics:
    """The metrics of rows, each with its unit and direction; rows that have the same share them."""

    def __init__(self, units: Mapping[_Of, Unit]) -> None:
        self._units = units
        self._datasets = {dataset for dataset, _ in units}
        self._last: dict[object, tuple[Mapping[str, bool], list[Metric]]] = {}

    def of(
        self, dataset: str, keys: tuple[_Key, ...], better: Mapping[str, bool]
    ) -> Sequence[Metric]:
        """Those of a row, ``better`` what the file says of its task's directions."""
        alike = dataset if dataset in self._datasets else None, keys
        said, metrics = self._last.get(alike, ({}, []))
        if not metrics or said != better:
            metrics = [self.one(dataset, key, direction_of(key[0], better)) for key in keys]
            self._last[alike] = better, metrics
        return metrics

    def one(self, dataset: str, key: _Key, better: bool | None) -> Metric:
        """That of one number."""
        metric, word = key
        unit = self._units.get((dataset, metric), unit_by_name(metric))
        return _metric(metric, word, unit, better)


@lru_cache(maxsize=1024)
def _metric(metric: str, word: str | None, unit: Unit | None, better: bool | None) -> Metric:
    """A metric, the same object in all runs that have it."""
    return Metric(metric, word, unit, better)


def _placed(results: Results, notes: list[str]) -> Iterator[tuple[str, list[_Place]]]:
    """Every row with the datasets and categories that its numbers belong to."""
    homes = results.tree.homes
    datasets = short_names(
        [name for name in {**results.rows, **results.tree.children} if name not in homes]
    )
    categories = {group: short_names(names) for group, names in results.tree.leaves.items()}
    for name, row in results.rows.items():
        places: list[_Place]
        is_group = name in results.groups
        if name not in homes:
            places = [(datasets[name], None if is_group else datasets[name], None)]
        else:
            places = [
                (
                    datasets[home],
                    None if is_group else categories[home][name],
                    clean_str(_group(results, home, name)),
                )
                for home in homes[name]
            ]
            if len(places) > 1 and row.keys:
                told = ", ".join(dataset for dataset, _, _ in places)
                notes.append(f"{clean_str(name)}: in several groups, a category of each: {told}")
        yield name, places


def _group(results: Results, home: str, name: str) -> str | None:
    """The inner groups that lead to a row; a group of which no tasks are told is one of them."""
    path = results.tree.paths[home][name]
    if name in results.groups and name not in results.tree.children:
        short = name.rpartition("::")[2] or name
        return f"{path} › {short}" if path else short
    return path or None


def _shared_facts(results: Results, name: str) -> dict[_Key, _Facts]:
    """Facts about a group's numbers, as far as its tasks agree; nothing about a task's."""
    leaves = results.tree.leaves.get(name, ())
    found: dict[_Key, _Facts] = {}
    rows = {leaf: results.rows[leaf].keys for leaf in leaves if leaf in results.rows}
    for key in results.rows[name].keys:
        parts = [results.tasks[leaf] for leaf, keys in rows.items() if key in keys]
        if parts:
            found[key] = (
                _group_size(results.payloads[name], key) or _sum(part.n for part in parts),
                _shared(part.repeats for part in parts),
                _shared(direction_of(key[0], part.better) for part in parts),
                _shared(part.method for part in parts),
                _sum(part.total for part in parts),
            )
    return found


def _group_size(row: Mapping[str, object], key: _Key) -> int | None:
    """Of how many questions a group's number is made, where the file says so (0.4.12)."""
    counts = as_mapping(row.get("sample_count"))
    return as_count(counts.get(f"{key[0]},{key[1] or 'none'}"))


def _tasks(
    whole: Mapping[str, object], payloads: Mapping[str, Mapping[str, object]]
) -> dict[str, _Task]:
    run = as_mapping(whole.get("config"))
    configs = as_mapping(whole.get("configs"))
    shots = as_mapping(whole.get("n-shot"))
    better = as_mapping(whole.get("higher_is_better"))
    sizes, totals = _sizes(whole, run), as_mapping(whole.get("n-samples"))
    usual = _Task(None, None, {}, _method(None, run.get("num_fewshot")))  # 0.3 tells no more
    is_told = bool(configs or sizes or shots or better)
    found = {}
    for name, row in payloads.items():
        if not is_told and "sample_len" not in row:
            found[name] = usual
            continue
        config = as_mapping(configs.get(name))
        counts = as_mapping(sizes.get(name))
        size = row.get("sample_len", counts.get("effective"))
        if not config and size is None and name not in shots and name not in better:
            found[name] = usual
            continue
        number = shots.get(name, config.get("num_fewshot", run.get("num_fewshot")))
        found[name] = _Task(
            n=as_count(size),
            repeats=as_count(config.get("repeats"), most=2**31 - 1),
            method=_method(config.get("output_type"), number),
            better=_said(as_mapping(better.get(name)) or _directions(config)),
            total=as_count(as_mapping(totals.get(name)).get("original")),
        )
    return found


def _sizes(whole: Mapping[str, object], run: Mapping[str, object]) -> Mapping[str, object]:
    """How many questions a task has by ``n-samples`` (0.4.3), where there is no ``sample_len``.

    0.4.3 to 0.4.11 write the last task's limit for all tasks: a limit below 1, a share of the
    questions, makes the number wrong, and the file alone does not tell the right one.
    """
    limit = as_number(run.get("limit"))
    if limit is not None and 0 < limit < 1:
        return {}
    return as_mapping(whole.get("n-samples"))


def _method(kind: object, shots: object) -> str | None:
    return _method_text(clean_str(kind), as_count(shots))


@lru_cache(maxsize=1024)
def _method_text(kind: str | None, number: int | None) -> str | None:
    """What is asked for, and how many examples are shown: ``multiple_choice, 5-shot``."""
    told = None if number is None else f"{number}-shot"
    return ", ".join(part for part in (kind, told) if part) or None


def _said(better: Mapping[str, object]) -> dict[str, bool]:
    """What is said of directions; what is neither true nor false says nothing."""
    return {metric: said for metric, said in better.items() if isinstance(said, bool)}


def _directions(config: Mapping[str, object]) -> dict[str, object]:
    """Which way is better by metric, as a task's configuration says since 0.4.0."""
    metrics = config.get("metric_list")
    entries = [as_mapping(entry) for entry in metrics] if isinstance(metrics, list) else []
    return {
        name: entry.get("higher_is_better")
        for entry in entries
        if isinstance(name := entry.get("metric"), str)
    }


def _units(
    results: Results, placed: Sequence[tuple[str, list[_Place]]], notes: list[str]
) -> dict[_Of, Unit]:
    """Units that the names of metrics do not tell, by dataset and metric, as far as numbers do.

    The numbers of a dataset show it together; those of a task in no group with those of metrics
    that the same function computes, whatever version of the task they are of.
    """
    open_ones: dict[_Of, list[float]] = {}
    squads: dict[str, None] = {}
    alone: set[str] = set()
    for (dataset, keys), (rows, is_alone) in _telling(results, placed).items():
        for (metric, _), column in zip(keys, zip(*rows, strict=True), strict=True):
            if metric == _SQUAD:
                squads[dataset] = None
            values = [value for value in column if value is not None]
            if not values or unit_by_name(metric):
                continue
            if is_alone:
                alone.add(dataset)
            open_ones.setdefault((dataset, metric), []).extend(values)
    found: dict[_Of, Unit] = {
        (dataset, metric): "percent" for dataset in squads for metric in ("exact", "f1")
    }
    by_values = {
        place: unit
        for place, values in open_ones.items()
        if place not in found and (unit := unit_by_values(place[1], values))
    }
    families = {
        (family_of(dataset), kin_of(metric))
        for (dataset, metric), unit in by_values.items()
        if unit == "percent" and dataset in alone
    }
    for (dataset, metric), values in open_ones.items():
        place = dataset, metric
        if place in found:
            continue
        if place in by_values:
            found[place] = by_values[place]
            if found[place] == "percent":
                notes.append(f"{dataset}: {metric} above 1, read as 0–100")
        elif dataset in alone and (family_of(dataset), kin_of(metric)) in families:
            found[place] = "percent"
            notes.append(f"{dataset}: {metric} read as 0–100, as the rest of this task is")
        elif not results.has_commas and kin_of(metric) in ("rouge", "match") and any(values):
            notes.append(not_shown(dataset, metric))
    return found


def _telling(
    results: Results, placed: Sequence[tuple[str, list[_Place]]]
) -> dict[_Alike, tuple[list[Sequence[float | None]], bool]]:
    """The values of datasets that may show a unit, and whether they are of a task in no group.

    Of most files there are none: all numbers lie between 0 and 1, and nothing else is told.
    """
    families = {
        family_of(dataset)
        for name, places in placed
        if results.rows[name].tells_unit
        for dataset, _, _ in places
    }
    found: dict[_Alike, tuple[list[Sequence[float | None]], bool]] = {}
    for name, places in placed if families else ():
        keys, values, *_ = results.rows[name]
        for dataset, category, _ in places:
            if family_of(dataset) in families:
                rows, is_alone = found.get((dataset, keys), ([], False))
                rows.append(values)
                found[dataset, keys] = rows, is_alone or category == dataset
    return found


def stderr_settings(scores: ScoreColumns) -> Iterator[Setting]:
    """Standard errors of groups that are wrong: of the mean over questions, beside that over tasks.

    lm-eval pools those of the tasks in either case (``weight_by_size``).
    """
    groups = {
        (task.dataset, *metric[:2])
        for task, metric, stderr in zip(scores.tasks, scores.metrics, scores.stderrs, strict=True)
        if task.category is None and stderr is not None
    }
    by_metric: dict[tuple[object, ...], list[_Result]] = {}
    rows = zip(scores.tasks, scores.metrics, scores.values, scores.stderrs, strict=True)
    for task, metric, value, stderr in rows if groups else ():
        of = (task.dataset, *metric[:2])
        if of in groups:
            by_metric.setdefault(of, []).append(_Result(task, metric.metric, value, stderr))
    for found in by_metric.values():
        for whole in found:
            group = whole.task.group
            tasks = [
                one
                for one in found
                if one.task.category is not None and group in (None, one.task.group)
            ]
            if whole.task.category is None and _has_pooled_error(whole, tasks):
                how = (
                    f"of {group or whole.task.dataset} is that of a mean over questions, where the "
                    "score is the mean over tasks"
                )
                yield Setting(STDERR, how, whole.task.dataset, whole.metric)


class _Result(NamedTuple):
    """A number and its standard error."""

    task: Task
    metric: str
    value: float | None
    stderr: float | None


def _has_pooled_error(whole: _Result, tasks: Sequence[_Result]) -> bool:
    """Whether a group's score is the mean over tasks, and its standard error another's."""
    known = [
        (one.value, one.stderr, one.task.n)
        for one in tasks
        if one.value is not None and one.stderr is not None and one.task.n
    ]
    if whole.value is None or whole.stderr is None or not 1 < len(known) == len(tasks):
        return False
    n = sum(count for _, _, count in known)
    if n == len(known):
        return False
    by_task = sum(value for value, _, _ in known) / len(known)
    by_question = sum(value * count for value, _, count in known) / n
    if abs(whole.value - by_task) > _SAME or abs(whole.value - by_question) <= _SAME:
        return False
    pooled = sum((count - 1) * count * error**2 for _, error, count in known) / (n - len(known)) / n
    return math.isclose(whole.stderr, math.sqrt(pooled), rel_tol=1e-6)


def _sum(counts: Iterable[int | None]) -> int | None:
    total = 0
    for count in counts:
        if count is None:
            return None
        total += count
    return as_count(total)


def _shared(values: Iterable[_Value | None]) -> _Value | None:
    """The value that all have."""
    found = set(values)
    return found.pop() if len(found) == 1 else None
