"""Lighteval 0.1 to 0.13: ``results_{timestamp}.json``, and the details beside it.

``results`` maps ``suite|task|shots`` (``task|shots`` since 0.12.1) to numbers, a metric's standard
error beside it as ``{metric}_stderr``. A task ``A:B`` is subset B of A. Two kinds of rows are no
tasks: ``A:_average`` is the unweighted mean over the subsets of A, ``all`` the mean over every task
of the run. ``config_tasks`` says how each metric was aggregated and which way is better. The wall
clock stands in the file's name alone, and the version nowhere: it follows from the schema.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import polars as pl

from tui_eval.files.documents import Refusal
from tui_eval.files.head import Head
from tui_eval.files.strings import clean_str
from tui_eval.formats.conditions import settings_of
from tui_eval.formats.lighteval.conditions import conditions
from tui_eval.formats.lighteval.details import opened_details
from tui_eval.formats.lighteval.metrics import (
    CORPUS_LEVEL,
    MetricConfig,
    base_name,
    direction_of,
    unit_of,
)
from tui_eval.formats.lighteval.samples import place_of
from tui_eval.formats.lighteval.scores import (
    ALL_TASKS,
    STDERR_ENDING,
    TaskFacts,
    TaskRow,
    metric_names,
    read_scores,
    task_facts,
    task_rows,
)
from tui_eval.formats.parts import files_in, join, with_cut_files
from tui_eval.formats.recomputed import with_means
from tui_eval.formats.values import as_mapping, as_number, kind
from tui_eval.records import REFERENCES, STDERR, Run, SampleFile, Setting, Unit
from tui_eval.redaction.configuration import redact

HARNESS = "lighteval"

_FIRST_TWO = "the first two alone (Lighteval 0.9; 0.10 writes the same files)"

_REFERENCES = {
    "0.9–0.10": _FIRST_TWO,
    "0.11–0.12.0": "all (Lighteval 0.11 and later)",
    "0.12.1–0.13": "all (Lighteval 0.11 and later)",
}
"""Which references of a question bleu counts, by what `_version` says; before, it is not known."""

_TIME = r"(\d{4}-\d\d-\d\dT\d\d)[-:](\d\d)[-:](\d\d(?:\.\d+)?)"

_TIMESTAMP = re.compile(f"results_{_TIME}", re.ASCII)

_DETAILS_NAME = re.compile(rf"details_(?P<task>.*)_{_TIME}\.parquet", re.ASCII | re.DOTALL)

_DETAILS = ({"doc", "metric", "model_response"}, {"example", "metrics", "predictions"})


def recognise(head: Head) -> str | None:
    """Results of a run, or not Lighteval's.

    Wrappers of other harnesses borrow ``config_general``; what lm-eval or Twinkle Eval measured
    also has their own keys, and is left to them.
    """
    keys = head.names
    if any(shape <= keys for shape in _DETAILS):
        return "samples"
    if head.kind != "json" or "config_general" not in keys:
        return None
    if keys & {"dataset_results", "n-shot", "group_subtasks", "lm_eval_version", "configs"}:
        return None
    return "results" if keys & {"results", "config_tasks", "summary_general"} else None


def read_runs(document: object, path: Path, number: int) -> tuple[Run, ...]:
    """The run of one result document.

    Args:
        document: The whole JSON document.
        path: The file, whose name holds the time at which it was written.
        number: Which run of the file this is, from 1.

    Raises:
        Refusal: The document holds no score at all.
    """
    whole = as_mapping(document)
    general = as_mapping(whole.get("config_general"))
    notes: list[str] = []
    model = clean_str(general.get("model_name"))
    model = model or clean_str(as_mapping(general.get("model_config")).get("model_name"))
    if model is None:
        notes.append("config_general gives no model_name: the model is not known")
    rows = list(task_rows(whole, notes))
    facts = task_facts(rows, general, notes)
    scores = read_scores(rows, facts, notes)
    if not scores.has_values:
        raise Refusal("; ".join(["no score in it", *notes[:3]]))
    is_partial = None in scores.values
    is_limited = general.get("max_samples") is not None
    time = _timestamp(path)
    version = _version(whole, general, rows)
    run = Run(
        model=model,
        timestamp=time,
        harness=HARNESS,
        path=path,
        document=number,
        identity=() if time is None else (time, str(number)),
        state="partial" if is_partial else "limited" if is_limited else "complete",
        version=version,
        variant=_revision(as_mapping(general.get("model_config"))),
        duration=as_number(general.get("total_evaluation_time_secondes")),
        config=_config(whole, general, rows),
        notes=(*_notes(whole, general, rows, facts), *notes),
        settings=(
            *_settings(version, rows, facts),
            *settings_of(conditions(whole, general, rows, facts.names, version)),
        ),
        scores=scores,
    )
    return (run,)


def read_samples(first: object, path: Path) -> Run:
    """The part of a run that a file of details is: its name holds the task and the run's time."""
    with opened_details(path) as (details, _):
        rows = details.height
    named = _DETAILS_NAME.fullmatch(path.name)
    task = clean_str(named["task"] if named else path.stem)
    time = ":".join(named.groups()[1:]) if named else None
    return Run(
        model=None,
        timestamp=time,
        harness=HARNESS,
        path=path,
        identity=() if time is None else (time, "1"),
        state="no report",
        samples=(SampleFile(path, category=task, rows=rows),),
    )


def stands_alone(_: Run) -> bool:
    """Always: the name is part of the path."""
    return True


def combine(parts: Sequence[Run]) -> Run:
    """Results and their details."""
    return with_cut_files(join(parts), place_of)


def recompute(run: Run, rows: pl.DataFrame) -> Run:
    """The means of what is scored question by question; the model as the folders name it."""
    model = run.model or next((_model_of(file.path) for file in run.samples), None)
    return with_means(replace(run, model=model), rows, _reading)


def _reading(metric: str, values: Sequence[float]) -> tuple[Unit | None, bool | None]:
    return unit_of(metric, values, []), direction_of(metric, {})


def _model_of(path: Path) -> str | None:
    """The model whose folder of details a file is in; a repository of details has its name too."""
    folders = path.parent.parent.parts
    if "details" in folders:
        place = len(folders) - folders[::-1].index("details")
        return clean_str("/".join(folders[place:])) or None
    named = next((name for name in reversed(folders) if name.startswith("details_")), "")
    return clean_str(named.removeprefix("details_").replace("__", "/")) or None


def answers_of(run: Run) -> Iterator[Path]:
    """In the folder of its time: below ``details`` beside ``results``, or beside the results."""
    time = (run.timestamp or "").replace(":", "-")
    folders = run.path.parent.parts
    places = [run.path.parent]
    if "results" in folders:
        place = len(folders) - 1 - folders[::-1].index("results")
        places.append(Path(*folders[:place], "details", *folders[place + 1 :]))
    for folder in places if time else ():
        yield from files_in(folder / time, "details_*.parquet")


def _timestamp(path: Path) -> str | None:
    """When the file was written, local time; its name has ``-`` for the colons."""
    found = _TIMESTAMP.search(path.name)
    return ":".join(found.groups()) if found else None


def _revision(model: Mapping[str, object]) -> str | None:
    """The revision of the model and the folder in it, where they are not the usual ones."""
    revision, folder = (clean_str(model.get(name)) for name in ("revision", "subfolder"))
    parts = [None if revision == "main" else revision, folder]
    return "/".join(filter(None, parts)) or None


def _version(
    whole: Mapping[str, object], general: Mapping[str, object], rows: list[TaskRow]
) -> str:
    """Versions that write such a file: none is in it, and the hash of the code is mostly ``?``."""
    if "model_config" in general:
        return "0.11–0.12.0" if any(row.key.suite for row in rows) else "0.12.1–0.13"
    if "generation_parameters" in general:
        return "0.8" if "override_batch_size" in general else "0.9–0.10"
    if ALL_TASKS in as_mapping(whole.get("versions")):
        return "≤ 0.1"
    return "0.2–0.4" if "config" in general else "0.5–0.7"


def _config(whole: Mapping[str, object], general: Mapping[str, object], rows: list[TaskRow]) -> str:
    """``config_general``, and what tells whether two runs had the same tasks and questions."""
    summaries = as_mapping(whole.get("summary_tasks"))
    hashes = {
        row.key.written: as_mapping(as_mapping(summary).get("hashes")).get("hash_examples")
        for row in rows
        if (summary := summaries.get(row.key.written)) is not None
    }
    facts = {**general, "versions": whole.get("versions"), "hash_examples": hashes}
    public = redact({key: value for key, value in facts.items() if value not in (None, {}, "")})
    return json.dumps(public, ensure_ascii=True, allow_nan=True, default=str)


def _notes(
    whole: Mapping[str, object],
    general: Mapping[str, object],
    rows: list[TaskRow],
    facts: TaskFacts,
) -> Iterator[str]:
    """What a person must know of the run before comparing its numbers."""
    limit = general.get("max_samples")
    if limit is not None:
        yield f"limited run: max_samples is {_shown(limit)}; not comparable with whole runs"
    suites = dict.fromkeys(row.key.suite for row in rows if row.key.suite)
    if suites:
        yield f"suite: {', '.join(suites)}"
    several = sorted({name for key, name in facts.names.items() if name != key.dataset})
    if several:
        yield f"tasks in more than one setting are apart: {', '.join(several)}"
    suspects = _bootstrapped(rows, facts)
    if suspects:
        yield (
            f"stderr of {', '.join(suspects)}: bootstrapped, and about 31.6 times too small, since "
            "Lighteval divides it by √1000"
        )
    if any(row.key.is_average and _has_stderr(row) for row in rows):
        yield "stderr of an average is the mean of its subsets' stderr, which is too large"
    if ALL_TASKS in as_mapping(whole.get("results")):
        yield "“all”, Lighteval's mean over unrelated tasks, is left out"


def _settings(version: str, rows: list[TaskRow], facts: TaskFacts) -> Iterator[Setting]:
    """What makes its numbers others than those of other runs, and which stderr are wrong."""
    names = dict.fromkeys(name for row in rows for name in metric_names(row))
    for name in names if version in _REFERENCES else ():
        if base_name(name) == "bleu":
            how = _REFERENCES[version]
            yield Setting(REFERENCES, how, metric=clean_str(name))
    for metric in _bootstrapped(rows, facts):
        how = f"of {metric} is about 31.6 times too small: Lighteval divides it by √1000"
        yield Setting(STDERR, how, metric=metric)
    for row in rows:
        if row.key.is_average and _has_stderr(row):
            how = "of an average is the mean of its subsets' ±, which is too large"
            yield Setting(STDERR, how, dataset=facts.names[row.key])


def _has_stderr(row: TaskRow) -> bool:
    return any(name.endswith(STDERR_ENDING) for name in row.numbers)


def _bootstrapped(rows: list[TaskRow], facts: TaskFacts) -> list[str]:
    """Metrics with a standard error that are no plain mean over the questions."""
    found: dict[str, None] = {}
    for row in rows:
        for name in metric_names(row):
            is_mean = facts.metrics[row.key].get(name, MetricConfig()).is_mean
            if is_mean is None:
                is_mean = base_name(name) not in CORPUS_LEVEL
            if not is_mean and as_number(row.numbers.get(name + STDERR_ENDING)) is not None:
                found[clean_str(name) or ""] = None
    return list(found)


def _shown(value: object) -> str:
    number = as_number(value)
    return kind(value) if number is None else f"{number:g}"
