"""Scores of Twinkle Eval: by data file and for the whole dataset, over all runs and for each."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from typing import NamedTuple

from tui_eval.files.strings import clean_str
from tui_eval.formats.twinkle.names import UNNAMED, category_name, dataset_name
from tui_eval.formats.twinkle.rows import run_number
from tui_eval.formats.units import END
from tui_eval.formats.values import are_amounts, as_mapping, as_number, kind
from tui_eval.records import Metric, ScoreColumns, Task, Unit


class _Number(NamedTuple):
    """A number of the file: its name here, its key for a file, for a dataset, and for one run."""

    name: str
    item_key: str
    dataset_key: str
    runs_key: str | None
    unit: Unit
    higher_is_better: bool | None


_NUMBERS = (
    _Number("accuracy_mean", "accuracy_mean", "average_accuracy", "accuracies", "fraction", True),
    _Number("accuracy_std", "accuracy_std", "average_std", None, "fraction", None),
    _Number("pass@k", "pass_at_k_mean", "average_pass_at_k", "pass_at_k", "fraction", True),
    _Number("unparsed_rate", "unparsed_rate", "average_unparsed_rate", None, "fraction", False),
    _Number(
        "unparsed_count",
        "unparsed_count",
        "total_unparsed_count",
        "unparsed_counts",
        "count",
        False,
    ),
    _Number("failed_count", "failed_count", "total_failed_count", None, "count", False),
)

_SCALED = frozenset({"accuracy_mean", "accuracy_std", "pass@k"})


def read_datasets(payload: object, notes: list[str]) -> ScoreColumns:
    """The scores of ``dataset_results``; what cannot be read is added to ``notes``."""
    scores = ScoreColumns()
    if not isinstance(payload, Mapping):
        notes.append(f"dataset_results is {kind(payload)}")
        return scores
    keys: Counter[str] = Counter(dataset_name(clean_str(key) or UNNAMED) for key in payload)
    for key, content in payload.items():
        raw = clean_str(key) or UNNAMED
        dataset = dataset_name(raw)
        if isinstance(content, Mapping):
            _read_dataset(raw, dataset, content, notes, scores, shared=keys[dataset] > 1)
        else:
            notes.append(f"{raw}: {kind(content)} instead of results")
    return scores


def _read_dataset(
    key: str,
    dataset: str,
    content: Mapping[str, object],
    notes: list[str],
    scores: ScoreColumns,
    *,
    shared: bool,
) -> None:
    """Add the scores of one configured path; ``shared``: others give the same dataset name."""
    method = clean_str(content.get("evaluation_method"))
    items = list(_items(key, content.get("results"), notes))
    unit = _unit(items)
    for place, item in items:
        _read_item(place, dataset, item, notes, unit, method, scores)
    reported = _reported(key, Task(dataset, method=method), content, notes, unit)
    if shared and reported:
        notes.append(
            f"{key}: one of several paths of {dataset}; its reported averages are left out"
        )
    else:
        scores.append(reported)


def _reported(
    key: str, task: Task, content: Mapping[str, object], notes: list[str], unit: Unit
) -> ScoreColumns:
    """The averages over files that the harness made."""
    found = ScoreColumns()
    pass_metric = clean_str(content.get("pass_metric"))
    for number in _NUMBERS:
        if content.get(number.dataset_key) is None:
            continue
        metric = _metric(number, unit, pass_metric)
        value = _value(content, number.dataset_key, key, notes, metric.unit)
        if number.name == "accuracy_mean" and unit == "percent" and value and value <= END:
            notes.append(f"{key}: {number.dataset_key} is {value:g}, not on 0–100; left out")
            value = None
        found.add(task, metric, value)
    return found


def _items(
    key: str, results: object, notes: list[str]
) -> Iterator[tuple[str, Mapping[str, object]]]:
    if not isinstance(results, list):
        notes.append(f"{key}: results is {kind(results)}")
        return
    for number, item in enumerate(results, start=1):
        place = f"{key} › result {number}"
        if not isinstance(item, Mapping):
            notes.append(f"{place}: {kind(item)} instead of an object; left out")
        elif not isinstance(item.get("file"), str):
            notes.append(f"{place}: file is {kind(item.get('file'))}; left out")
        else:
            yield place, item


def _unit(items: list[tuple[str, Mapping[str, object]]]) -> Unit:
    """Fraction, as Twinkle Eval writes; percent where somebody multiplied the file's accuracies."""
    values = [as_number(item.get("accuracy_mean")) for _, item in items]
    above = sum(value is not None and END < value <= 100 for value in values)
    return "percent" if 2 * above > sum(bool(value) for value in values) else "fraction"


@lru_cache(maxsize=1024)
def _metric(number: _Number, unit: Unit, pass_metric: str | None) -> Metric:
    """A number's metric, ``unit`` that of the dataset's accuracies.

    ``pass@k`` is known by its k, so that pass@1 and pass@5 are never one column.
    """
    name = pass_metric if number.name == "pass@k" and pass_metric else number.name
    scale = unit if number.name in _SCALED else number.unit
    return Metric(name, None, scale, number.higher_is_better)


def _read_item(
    place: str,
    dataset: str,
    item: Mapping[str, object],
    notes: list[str],
    unit: Unit,
    method: str | None,
    scores: ScoreColumns,
) -> None:
    """Add the scores of a data file: over all runs, and of each of them."""
    file = clean_str(item["file"]) or ""
    runs = as_mapping(item.get("individual_runs"))
    accuracies = runs.get("accuracies")
    repeats = len(accuracies) if isinstance(accuracies, list) else None
    if "accuracy_mean" not in item:
        notes.append(f"{place}: no accuracy_mean")
    task = Task(dataset, category_name(file), None, file, None, repeats, method)
    numbers = _run_numbers(runs.get("results"))
    pass_metric = clean_str(item.get("pass_metric"))
    for metric, key, runs_key in _numbers_of(tuple(item), tuple(runs), unit, pass_metric):
        if key is not None:
            scores.add(task, metric, _value(item, key, place, notes, metric.unit))
        each = runs[runs_key] if runs_key is not None else None
        if isinstance(each, list) and each:
            own = numbers if len(numbers) == len(each) else range(len(each))
            values = _each_checked(each, own, metric.unit, place, notes)
            scores.extend(task, [metric] * len(values), values, repeats=own)


@lru_cache(maxsize=1024)
def _numbers_of(
    item: tuple[str, ...], runs: tuple[str, ...], unit: Unit, pass_metric: str | None
) -> list[tuple[Metric, str | None, str | None]]:
    """The metrics of a data file by the keys that are there, and where each is written.

    That is over all runs, and for each of them; hundreds of data files have the same keys.
    """
    return [
        (
            _metric(number, unit, pass_metric),
            number.item_key if number.item_key in item else None,
            number.runs_key if number.runs_key in runs else None,
        )
        for number in _NUMBERS
        if number.item_key in item or number.runs_key in runs
    ]


def _run_numbers(files: object) -> Sequence[int]:
    """The numbers of the repeated runs, by their files; empty where these do not tell all.

    A run that failed is left out, and the others keep their numbers.
    """
    names = files if isinstance(files, list) else []
    return _numbers_by_name(tuple(clean_str(name) or "" for name in names))


@lru_cache(maxsize=1024)
def _numbers_by_name(names: tuple[str, ...]) -> Sequence[int]:
    """All data files of a run have the same files of answers."""
    found = [run_number(name.rpartition("/")[2]) for name in names]
    numbers = [number for number in found if number is not None]
    return numbers if len(set(numbers)) == len(names) else []


def _each_checked(
    values: list[object], numbers: Sequence[int], unit: Unit | None, place: str, notes: list[str]
) -> Sequence[float | None]:
    """The values of each run; those that are all right, as nearly always, are looked at at once."""
    if are_amounts(values) and max(values) <= END:
        return values
    return [
        _checked(value, unit, f"{place} › run {number}: value", notes)
        for number, value in zip(numbers, values, strict=True)
    ]


def _value(
    item: Mapping[str, object], key: str, place: str, notes: list[str], unit: Unit | None
) -> float | None:
    value = item[key]
    if type(value) is float and 0 <= value <= END:  # nearly always, on every scale
        return value
    return _checked(value, unit, f"{place}: {key}", notes)


def _checked(raw: object, unit: Unit | None, place: str, notes: list[str]) -> float | None:
    """A number that lies on its scale; one bad value costs that value."""
    number = as_number(raw)
    if number is None:
        notes.append(f"{place} is {kind(raw)}")
    elif not 1 - END <= number <= _end(unit):
        notes.append(f"{place} is {number:g}, which is off its scale; left out")
        return None
    return number


def _end(unit: Unit | None) -> float:
    """The largest number on a scale."""
    return {"fraction": END, "percent": 100 * END}.get(unit or "", math.inf)
