"""Twinkle Eval 0.1 to 2.10: ``results_*.json``.

``dataset_results`` maps the path of a data set to its files with accuracies over repeated runs
(numpy means, standard deviation with ddof=0, all 0-1), and to unweighted means over the files.
The number of questions is not in the file. A file of questions whose requests all failed is simply
absent. Later versions add pass@k (1.2.0) and counts of unparsed answers (1.4.2).
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import replace
from pathlib import Path

import polars as pl

from tui_eval.files.documents import Refusal
from tui_eval.files.head import Head
from tui_eval.files.strings import clean_str
from tui_eval.formats.conditions import path_end, settings_of
from tui_eval.formats.parts import files_in, join
from tui_eval.formats.recomputed import with_means
from tui_eval.formats.twinkle.conditions import Dataset, conditions
from tui_eval.formats.twinkle.names import dataset_name
from tui_eval.formats.twinkle.rows import is_of_one_data_file
from tui_eval.formats.twinkle.scores import read_datasets
from tui_eval.formats.values import as_mapping, as_number, kind
from tui_eval.records import Run, SampleFile, ScoreColumns, Task, Unit
from tui_eval.redaction.configuration import redact

HARNESS = "twinkle"

_SAMPLES = re.compile(r"eval_results_(?P<time>\d{8}_\d{4,6})_run\d+", re.ASCII)

_ONE = "answers to one data file"

_ERROR_RATES = frozenset({"wer", "cer"})


def recognise(head: Head) -> str | None:
    """Results of a run, its question file, its speed test, or not Twinkle Eval's at all."""
    keys = head.names
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
    model = clean_str(as_mapping(as_mapping(config).get("model")).get("name"))
    scores = read_datasets(whole.get("dataset_results"), notes)
    if not scores.has_values:
        raise Refusal("; ".join(["no score in it", *notes[:3]]))
    notes.extend(_note_failed_runs(scores.distinct_tasks()))
    percent = dict.fromkeys(
        task.dataset
        for task, metric in zip(scores.tasks, scores.metrics, strict=True)
        if metric.unit == "percent"
    )
    facts = [f"{dataset}: accuracies above 1, read as 0–100" for dataset in percent]
    datasets = _datasets(as_mapping(whole.get("dataset_results")), scores)
    timestamp = _timestamp(whole.get("timestamp"))
    run = Run(
        model=model,
        timestamp=timestamp,
        harness=HARNESS,
        path=path,
        document=number,
        identity=() if timestamp is None else (timestamp, str(number)),
        version=_version({metric.metric for metric in scores.metrics}),
        variant=_variant(path, model),
        duration=as_number(whole.get("duration_seconds")),
        config=json.dumps(redact(config), ensure_ascii=True, allow_nan=True, default=str),
        state="partial" if notes else "complete",
        notes=(*facts, *notes),
        settings=tuple(settings_of(conditions(redact(config), datasets))),
        scores=scores,
    )
    return (run,)


def _datasets(results: Mapping[str, object], scores: ScoreColumns) -> dict[str, Dataset]:
    """The datasets of a run by their paths, as far as a path can be read."""
    files: dict[str, set[str]] = {}
    for task in scores.distinct_tasks():
        if task.file is not None:
            files.setdefault(task.dataset, set()).add(str(path_end(task.file)))
    found = {}
    for written, result in results.items():
        if path := clean_str(written):
            method = clean_str(as_mapping(result).get("evaluation_method"))
            name = dataset_name(path)
            found[path] = Dataset(name, method, files.get(name, set()))
    return found


def _timestamp(written: object) -> str | None:
    """As written; some write a number."""
    return str(written) if type(written) in (int, float) else clean_str(written)


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


def stands_alone(_: Run) -> bool:
    """Always: name and folders are part of the path."""
    return True


def combine(parts: Sequence[Run]) -> Run:
    """Results and their files of answers; what of these belongs to no data file is told."""
    run = join(parts)
    tasks = run.scores.distinct_tasks()
    count = len({(task.dataset, task.file) for task in tasks if task.file is not None})
    lost = [file.path.name for file in run.samples if file.what == _ONE] if count > 1 else []
    notes = (
        f"{clean_str(name)} holds the answers to one of {count} data files, and nothing tells "
        "which: Twinkle Eval 1.1.2–1.1.3 overwrote the others"
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


def _variant(path: Path, model: str | None) -> str | None:
    """The variant of a leaderboard folder: ``results/<org__model>/<variant>/results_….json``."""
    folders = path.parent.parts
    if model and len(folders) >= 2 and folders[-2] == model.replace("/", "__"):
        return clean_str(folders[-1])
    return None


def _version(metrics: Set[str]) -> str:
    """Versions that write such a file; a merge of several machines drops the newer numbers."""
    if metrics & {"unparsed_count", "unparsed_rate"}:
        return "≥ 1.4.2"
    if any(metric.startswith("pass@") for metric in metrics):
        return "1.2.0–1.4.1"
    return "≤ 1.1"


def _note_failed_runs(tasks: Iterable[Task]) -> Iterator[str]:
    """Categories with fewer runs than others of their dataset: runs whose requests failed."""
    repeats = {
        (task.dataset, task.category): task.repeats
        for task in tasks
        if task.category is not None and task.repeats is not None
    }
    for dataset in dict.fromkeys(dataset for dataset, _ in repeats):
        counts = {name: count for (of, name), count in repeats.items() if of == dataset}
        most = max(counts.values())
        fewer = [f"{name} ({count})" for name, count in counts.items() if count < most]
        if fewer:
            yield f"{dataset}: fewer than {most} runs in {', '.join(map(str, fewer))}"
