"""Scores of Twinkle Eval: by data file and for the whole dataset, over all runs and for each."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator, Mapping
from functools import partial
from pathlib import PurePosixPath
from typing import NamedTuple

from tui_eval.files.strings import clean_str
from tui_eval.formats.twinkle.names import UNNAMED, category_name, dataset_name
from tui_eval.formats.twinkle.rows import run_number
from tui_eval.formats.values import as_mapping, as_number, kind
from tui_eval.records import Score, Unit


class _Metric(NamedTuple):
    """A number of the file: its name here, its key for a file, for a dataset, and for one run."""

    name: str
    item_key: str
    dataset_key: str
    runs_key: str | None
    unit: Unit
    higher_is_better: bool | None


_METRICS = (
    _Metric("accuracy_mean", "accuracy_mean", "average_accuracy", "accuracies", "fraction", True),
    _Metric("accuracy_std", "accuracy_std", "average_std", None, "fraction", None),
    _Metric("pass@k", "pass_at_k_mean", "average_pass_at_k", "pass_at_k", "fraction", True),
    _Metric("unparsed_rate", "unparsed_rate", "average_unparsed_rate", None, "fraction", False),
    _Metric(
        "unparsed_count",
        "unparsed_count",
        "total_unparsed_count",
        "unparsed_counts",
        "count",
        False,
    ),
    _Metric("failed_count", "failed_count", "total_failed_count", None, "count", False),
)

_END = 1 + 1e-9  # of the scale of a fraction

_SCALED = frozenset({"accuracy_mean", "accuracy_std", "pass@k"})


def read_datasets(payload: object, notes: list[str]) -> Iterator[Score]:
    """The scores of ``dataset_results``; what cannot be read is added to ``notes``."""
    if not isinstance(payload, Mapping):
        notes.append(f"dataset_results is {kind(payload)}")
        return
    keys: Counter[str] = Counter(dataset_name(clean_str(key) or UNNAMED) for key in payload)
    for key, content in payload.items():
        raw = clean_str(key) or UNNAMED
        dataset = dataset_name(raw)
        if not isinstance(content, Mapping):
            notes.append(f"{raw}: {kind(content)} instead of results")
            continue
        yield from _read_dataset(raw, dataset, content, notes, shared=keys[dataset] > 1)


def _read_dataset(
    key: str, dataset: str, content: Mapping[str, object], notes: list[str], *, shared: bool
) -> Iterator[Score]:
    """The scores of one configured path; ``shared``: other paths give the same dataset name."""
    method = clean_str(content.get("evaluation_method"))
    items = list(_items(key, content.get("results"), notes))
    unit = _unit(items)
    for place, item in items:
        yield from _read_item(place, dataset, item, notes, unit, method)
    reported = list(_reported(key, dataset, content, notes, unit, method))
    if shared and reported:
        notes.append(
            f"{key}: one of several paths of {dataset}; its reported averages are left out"
        )
    else:
        yield from reported


def _reported(
    key: str,
    dataset: str,
    content: Mapping[str, object],
    notes: list[str],
    unit: Unit,
    method: str | None,
) -> Iterator[Score]:
    """The averages over files that the harness made."""
    for metric in _METRICS:
        if content.get(metric.dataset_key) is None:
            continue
        scale = _scale(metric, unit)
        value = _value(content, metric.dataset_key, key, notes, scale)
        if metric.name == "accuracy_mean" and scale == "percent" and value and value <= _END:
            notes.append(f"{key}: {metric.dataset_key} is {value:g}, not on 0–100; left out")
            value = None
        yield Score(
            dataset,
            None,
            _metric_name(metric, clean_str(content.get("pass_metric"))),
            value,
            higher_is_better=metric.higher_is_better,
            unit=scale,
            method=method,
        )


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
    above = sum(value is not None and _END < value <= 100 for value in values)
    return "percent" if 2 * above > sum(bool(value) for value in values) else "fraction"


def _scale(metric: _Metric, unit: Unit) -> Unit:
    """The unit of a metric's numbers, ``unit`` that of the dataset's accuracies."""
    return unit if metric.name in _SCALED else metric.unit


def _read_item(
    place: str,
    dataset: str,
    item: Mapping[str, object],
    notes: list[str],
    unit: Unit,
    method: str | None,
) -> Iterator[Score]:
    file = clean_str(item["file"]) or ""
    category = category_name(file)
    runs = as_mapping(item.get("individual_runs"))
    accuracies = runs.get("accuracies")
    repeats = len(accuracies) if isinstance(accuracies, list) else None
    if "accuracy_mean" not in item:
        notes.append(f"{place}: no accuracy_mean")
    for metric in _METRICS:
        if metric.item_key not in item and metric.runs_key not in runs:
            continue
        name = _metric_name(metric, clean_str(item.get("pass_metric")))
        scale = _scale(metric, unit)
        score = partial(
            Score,
            dataset,
            category,
            name,
            file=file,
            repeats=repeats,
            higher_is_better=metric.higher_is_better,
            unit=scale,
            method=method,
        )
        if metric.item_key in item:
            yield score(_value(item, metric.item_key, place, notes, scale))
        if metric.runs_key is not None:
            for number, value in _repeats(runs, metric.runs_key):
                written = f"{place} › run {number}: value"
                yield score(_checked(value, scale, written, notes), repeat=number)


def _repeats(runs: Mapping[str, object], key: str) -> Iterator[tuple[int, object]]:
    """A number of each repeated run; a run that failed is left out, and the others keep theirs."""
    values, files = runs.get(key), runs.get("results")
    if not isinstance(values, list):
        return
    names = files if isinstance(files, list) else []
    numbers = [run_number(PurePosixPath(clean_str(name) or "").name) for name in names]
    found = [number for number in numbers if number is not None]
    is_sound = len(set(found)) == len(names) == len(values)
    yield from zip(found if is_sound else range(len(values)), values, strict=True)


def _metric_name(metric: _Metric, pass_metric: str | None) -> str:
    """``pass@k`` is known by its k, so that pass@1 and pass@5 are never one column."""
    return pass_metric if metric.name == "pass@k" and pass_metric else metric.name


def _value(
    item: Mapping[str, object], key: str, place: str, notes: list[str], unit: Unit
) -> float | None:
    return _checked(item[key], unit, f"{place}: {key}", notes)


def _checked(raw: object, unit: Unit, place: str, notes: list[str]) -> float | None:
    """A number that lies on its scale; one bad value costs that value."""
    number = as_number(raw)
    if number is None:
        notes.append(f"{place} is {kind(raw)}")
    elif not 1 - _END <= number <= {"fraction": _END, "percent": 100 * _END}.get(unit, math.inf):
        notes.append(f"{place} is {number:g}, which is off its scale; left out")
        return None
    return number
