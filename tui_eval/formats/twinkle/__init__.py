"""Twinkle Eval 0.1 to 2.10: ``results_*.json``.

``dataset_results`` maps the path of a data set to its files with accuracies over repeated runs
(numpy means, standard deviation with ddof=0, all 0-1), and to unweighted means over the files.
The number of questions is not in the file. A file of questions whose requests all failed is simply
absent. Later versions add pass@k (1.2.0) and counts of unparsed answers (1.4.2).
"""

from __future__ import annotations

import json
import math
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path, PurePosixPath
from typing import NamedTuple

import polars as pl

from tui_eval.formats.documents import Refusal
from tui_eval.formats.parts import files_in, join
from tui_eval.formats.recomputed import with_means
from tui_eval.formats.redaction import redact
from tui_eval.formats.twinkle.answers import (
    INDEX_VERSION,
    answer,
    index,
    is_of_one_data_file,
    run_number,
)
from tui_eval.formats.twinkle.names import UNNAMED, category_name, dataset_name
from tui_eval.formats.twinkle.samples import place_of, samples
from tui_eval.formats.values import as_mapping, as_number, as_text, kind
from tui_eval.tables import Run, SampleFile, Score, Unit

__all__ = [
    "HARNESS",
    "INDEX_VERSION",
    "MARKER",
    "TITLE",
    "answer",
    "answers_of",
    "combine",
    "index",
    "place_of",
    "read_runs",
    "read_samples",
    "recognise",
    "recompute",
    "samples",
]

TITLE = "Twinkle Eval"
HARNESS = "twinkle"
MARKER = b"dataset_results"

_SAMPLES = re.compile(r"eval_results_(?P<time>\d{8}_\d{4,6})_run\d+", re.ASCII)
_ONE = "answers to one data file"
_ERROR_RATES = frozenset({"wer", "cer"})


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


def recognise(document: object) -> str | None:
    """Results of a run, its question file, its speed test, or not Twinkle Eval's at all."""
    if not isinstance(document, dict):
        return None
    keys = document.keys()
    if "dataset_results" in keys:
        return "results"
    if "question_id" in keys and "is_correct" in keys:
        return "samples"
    if {"timestamp", "file", "accuracy", "details"} <= keys:
        return "samples"
    if {"timestamp", "config", "metrics"} <= keys:
        return "speed test"
    return None


def read_runs(document: object, path: Path, number: int) -> tuple[Run, ...]:
    """The run of one result document.

    Args:
        document: The whole JSON document.
        path: The file, for the variant that only its folder tells.
        number: Which run of the file this is, from 1.

    Raises:
        Refusal: The document holds no score at all.
    """
    whole = as_mapping(document)
    config = whole.get("config")
    notes: list[str] = []
    if not isinstance(config, Mapping):
        notes.append(f"config is {kind(config)}: the model is not known")
    model = as_text(as_mapping(as_mapping(config).get("model")).get("name"))
    scores = tuple(_read_datasets(whole.get("dataset_results"), notes))
    if not any(score.value is not None for score in scores):
        raise Refusal("; ".join(["no score in it", *notes[:3]]))
    notes.extend(_note_failed_runs(scores))
    percent = dict.fromkeys(score.dataset for score in scores if score.unit == "percent")
    facts = [f"{dataset}: accuracies above 1, read as 0–100" for dataset in percent]
    timestamp = _timestamp(whole.get("timestamp"))
    run = Run(
        model=model,
        timestamp=timestamp,
        harness=HARNESS,
        path=path,
        document=number,
        identity=() if timestamp is None else (timestamp, str(number)),
        version=_version(scores),
        variant=_variant(path, model),
        duration=as_number(whole.get("duration_seconds")),
        config=json.dumps(redact(config), ensure_ascii=True, allow_nan=True, default=str),
        state="partial" if notes else "complete",
        notes=(*facts, *notes),
        scores=scores,
    )
    return (run,)


def _timestamp(written: object) -> str | None:
    """As written; some write a number."""
    return str(written) if type(written) in (int, float) else as_text(written)


def read_samples(first: object, path: Path) -> Run:
    """The part of a run that a file of answers is: its name holds the run's timestamp."""
    named = _SAMPLES.match(path.name)
    return Run(
        model=None,
        timestamp=named["time"] if named else None,
        harness=HARNESS,
        path=path,
        identity=(named["time"], "1") if named else (),
        state="no report",
        samples=(SampleFile(path, what=_ONE if _is_overwritten(first, path) else "samples"),),
    )


def combine(parts: Sequence[Run]) -> Run:
    """Results and their files of answers; what of these belongs to no data file is told."""
    run = join(parts)
    count = len({(one.dataset, one.file) for one in run.scores if one.file is not None})
    lost = [file.path.name for file in run.samples if file.what == _ONE] if count > 1 else []
    notes = (
        f"{as_text(name)} holds the answers to one of {count} data files, and nothing tells which: "
        "Twinkle Eval 1.1.2–1.1.3 overwrote the others"
        for name in lost
    )
    return replace(run, notes=(*run.notes, *notes))


def _is_overwritten(first: object, path: Path) -> bool:
    """Whether a file may be of 1.1.2 or 1.1.3, and holds the answers to one data file alone."""
    row = as_mapping(first)
    if row.keys() & {"details", "sample_id", "file", "source_file"}:
        return False
    return is_of_one_data_file(path)


def recompute(run: Run, rows: pl.DataFrame) -> Run:
    """The accuracies that the answers of a run give, and what else is scored answer by answer."""
    return with_means(run, rows, _reading)


def _reading(metric: str, values: Sequence[float]) -> tuple[Unit, bool | None]:
    return "fraction", metric not in _ERROR_RATES


def answers_of(run: Run) -> Iterator[Path]:
    """Beside the results, or in ``details`` as up to 1.0."""
    name = f"eval_results_{run.timestamp}_run*.json*"
    for folder in (run.path.parent, run.path.parent / "details"):
        yield from files_in(folder, name)


def _read_datasets(payload: object, notes: list[str]) -> Iterator[Score]:
    if not isinstance(payload, Mapping):
        notes.append(f"dataset_results is {kind(payload)}")
        return
    keys: Counter[str] = Counter(dataset_name(as_text(key) or UNNAMED) for key in payload)
    for key, content in payload.items():
        raw = as_text(key) or UNNAMED
        dataset = dataset_name(raw)
        if not isinstance(content, Mapping):
            notes.append(f"{raw}: {kind(content)} instead of results")
            continue
        yield from _read_dataset(raw, dataset, content, notes, shared=keys[dataset] > 1)


def _read_dataset(
    key: str, dataset: str, content: Mapping[str, object], notes: list[str], *, shared: bool
) -> Iterator[Score]:
    """The scores of one configured path; ``shared``: other paths give the same dataset name."""
    method = as_text(content.get("evaluation_method"))
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
            _metric_name(metric, as_text(content.get("pass_metric"))),
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
    file = as_text(item["file"]) or ""
    category = category_name(file)
    runs = as_mapping(item.get("individual_runs"))
    accuracies = runs.get("accuracies")
    repeats = len(accuracies) if isinstance(accuracies, list) else None
    if "accuracy_mean" not in item:
        notes.append(f"{place}: no accuracy_mean")
    for metric in _METRICS:
        if metric.item_key not in item and metric.runs_key not in runs:
            continue
        name = _metric_name(metric, as_text(item.get("pass_metric")))
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
    numbers = [run_number(PurePosixPath(as_text(name) or "").name) for name in names]
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


def _variant(path: Path, model: str | None) -> str | None:
    """The variant of a leaderboard folder: ``results/<org__model>/<variant>/results_….json``."""
    folders = path.parent.parts
    if model and len(folders) >= 2 and folders[-2] == model.replace("/", "__"):
        return as_text(folders[-1])
    return None


def _version(scores: tuple[Score, ...]) -> str:
    """Versions that write such a file; a merge of several machines drops the newer numbers."""
    metrics = {score.metric for score in scores}
    if metrics & {"unparsed_count", "unparsed_rate"}:
        return "≥ 1.4.2"
    if any(metric.startswith("pass@") for metric in metrics):
        return "1.2.0–1.4.1"
    return "≤ 1.1"


def _note_failed_runs(scores: tuple[Score, ...]) -> Iterator[str]:
    """Categories with fewer runs than others of their dataset: runs whose requests failed."""
    repeats = {
        (score.dataset, score.category): score.repeats
        for score in scores
        if score.category is not None and score.repeats is not None
    }
    for dataset in dict.fromkeys(dataset for dataset, _ in repeats):
        counts = {name: count for (of, name), count in repeats.items() if of == dataset}
        most = max(counts.values())
        fewer = [f"{name} ({count})" for name, count in counts.items() if count < most]
        if fewer:
            yield f"{dataset}: fewer than {most} runs in {', '.join(map(str, fewer))}"
