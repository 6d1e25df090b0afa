"""lm-evaluation-harness 0.3 to 0.5: ``results_<time>.json``, and any name before 0.4.3.

``results`` maps a task, or a group of tasks, to its numbers: ``"<metric>,<filter>"`` and
``"<metric>_stderr,<filter>"`` (0.3: no filter, no comma). ``group_subtasks`` tells the direct
children of a group. What becomes of them here:

* An outermost group is a dataset, its tasks at any depth are the categories; what the group itself
  reports has no category. A group inside a group is the ``group`` of its tasks, and of the numbers
  that it reports itself. A task in no group is a dataset with one category, itself.
* ``groups`` holds rows of ``results`` once more; they are read once.
* A filter keeps the harness's word (in 0.5 it names a scorer); ``none`` becomes null.
* 0.5 writes a task that belongs to a group as ``group::task``; it is known by its last part, so
  that it pairs with older runs.
* The unit follows from the metric's name, and where that says nothing from the values: the file
  does not tell it. Which way is better comes from the tasks, for groups too: the harness's own word
  about groups is wrong in 0.4.4 to 0.4.11 and missing for groups of groups later.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import polars as pl

from tui_eval.files.documents import Refusal
from tui_eval.files.head import Head
from tui_eval.files.strings import clean_str
from tui_eval.formats.conditions import settings_of
from tui_eval.formats.lm_eval.conditions import conditions
from tui_eval.formats.lm_eval.metrics import base_of, direction_of, unit_by_name
from tui_eval.formats.lm_eval.run_info import (
    OWN_KEY,
    arguments_of,
    config_of,
    left_out,
    limits,
    model_of,
    revision_of,
    time_of,
    timestamp_of,
    version_of,
)
from tui_eval.formats.lm_eval.samples import UNNAMED_FILTER
from tui_eval.formats.lm_eval.scores import (
    PREDICT_ONLY,
    is_predict_only,
    read_results,
    scores_of,
    stderr_settings,
)
from tui_eval.formats.lm_eval.tasks import SAMPLES_NAME
from tui_eval.formats.lm_eval.whole import lost_answers, lost_files
from tui_eval.formats.parts import files_in, join, real_place
from tui_eval.formats.recomputed import with_means
from tui_eval.formats.rescored import recipe_of
from tui_eval.formats.units import unit_by_values
from tui_eval.formats.values import as_amount, as_mapping
from tui_eval.records import Run, SampleFile, State, Unit

HARNESS = "lm_eval"

_OWN_KEYS = frozenset({"n-shot", "n-samples", "group_subtasks", "task_hashes", "lm_eval_version"})

_ANSWER_KEYS = frozenset({"resps", "filtered_resps", "prompt_0"})  # prompt_0: 0.3 --write_out

_UNNAMED = (
    "names of filters are not recorded: the answers to each question are numbered in their order"
)


def recognise(head: Head) -> str | None:
    """Results of a run, answers to its questions, or not lm-evaluation-harness's at all."""
    keys = head.names
    if "config_general" in keys:
        return None  # Lighteval's, which began as a part of this harness
    if "doc_id" in keys and keys & _ANSWER_KEYS:
        return "samples"
    if "results" not in keys:
        return None
    oldest = "versions" in keys and "model" in as_mapping(as_mapping(head.value).get("config"))
    return "results" if oldest or keys & _OWN_KEYS else None


def read_runs(document: object, path: Path, number: int) -> tuple[Run, ...]:
    """The run of one result document.

    Args:
        document: The whole JSON document.
        path: The file: since 0.4.3 its name tells when the run ended.
        number: Which run of the file this is, from 1.

    Raises:
        Refusal: The document holds no score at all.
    """
    whole = as_mapping(document)
    notes: list[str] = []
    results = read_results(whole, notes)
    scores = scores_of(results, notes)
    own = as_mapping(whole.get(OWN_KEY))
    recipe = recipe_of(own.get("recipe"))
    if recipe is not None:
        scores.tasks = [task._replace(origin="recomputed") for task in scores.tasks]
    is_scored = scores.has_values
    if not is_scored and not is_predict_only(results):
        raise Refusal("; ".join(["no score in it", *notes[:3]]))
    limited, fewer = list(limits(whole)), list(left_out(whole))
    is_partial = bool(fewer) or None in scores.values
    notes.extend((*limited, *fewer))
    config = as_mapping(whole.get("config"))
    arguments = arguments_of(config.get("model_args"))
    version = version_of(whole, results.payloads.values(), results.has_commas)
    run = Run(
        model=model_of(whole, config, arguments),
        timestamp=timestamp_of(path, whole.get("date")),
        harness=HARNESS,
        path=path,
        document=number,
        identity=_identity(path, number),
        state=_state(is_scored=is_scored, is_partial=is_partial, is_limited=bool(limited)),
        saves_answers=bool(whole["task_hashes"]) if "task_hashes" in whole else None,
        version=version,
        variant=revision_of(config, arguments),
        duration=as_amount(whole.get("total_evaluation_time_seconds")),
        config=config_of(whole),
        parent=clean_str(own.get("parent")) or "unknown" if recipe else None,
        recipe=recipe.text if recipe else None,
        files=(path,),
        notes=tuple(notes),
        settings=(
            *dict.fromkeys(stderr_settings(scores)),
            *settings_of(conditions(whole, scores, version)),
        ),
        scores=scores,
    )
    return (run,)


def _state(*, is_scored: bool, is_partial: bool, is_limited: bool) -> State:
    if not is_scored:
        return "no report"
    return "partial" if is_partial else "limited" if is_limited else "complete"


def read_samples(first: object, path: Path) -> Run:
    """The part of a run that a file of samples is: it shares its time with the results.

    Before 0.4.3 the names of files have no time, and the results beside it are ``results.json``.
    """
    named = SAMPLES_NAME.fullmatch(path.name)
    task = clean_str(named["task"] if named else path.stem) or ""
    results = path.with_name(f"results_{named['time']}.json" if named else "results.json")
    lost = lost_answers(path, task, results) if named else None
    return Run(
        model=None,
        timestamp=named["time"] if named else None,
        harness=HARNESS,
        path=path if named else results,
        identity=(named["time"], "1") if named else (str(real_place(results)), "1"),
        state="partial" if lost else "no report",
        samples=(SampleFile(path, category=task),),
        notes=(lost,) if lost else (),
    )


def stands_alone(run: Run) -> bool:
    """Where the name has a time: without one, links decide in which folder the run is."""
    return time_of(run.path) is not None


def combine(parts: Sequence[Run]) -> Run:
    """Results and their files of samples; without results it does not matter what these lack."""
    run = join(parts)
    if not run.scores:
        return replace(run, state="no report")
    lost = _lost_files(run, parts) if run.samples else None
    return replace(run, state="partial", notes=(*run.notes, lost)) if lost else run


def _lost_files(run: Run, parts: Sequence[Run]) -> str | None:
    """That answers of some tasks were saved with those of the others, and are not there."""
    results = next(part.path for part in parts if part.scores)
    time = time_of(results)
    there = [file.category or "" for file in run.samples]
    if time is None or not lost_files(results, there):
        return None
    beside = [  # of which not all are read yet
        clean_str(named["task"]) or ""
        for file in files_in(results.parent, f"samples_*_{time}.json*")
        if (named := SAMPLES_NAME.fullmatch(file.name)) and file.stat().st_size
    ]
    return lost_files(results, [*there, *beside])


def recompute(run: Run, rows: pl.DataFrame) -> Run:
    """The means of what is scored question by question; the model as its folder names it."""
    model = run.model
    if model is None and any(time_of(file.path) for file in run.samples):
        model = clean_str(run.path.absolute().parent.name) or None
    is_score = pl.col("metric") != PREDICT_ONLY
    scored = rows.with_columns(pl.when(is_score).then(pl.col("metric", "filter")).name.keep())
    is_unnamed = (rows["filter"] == UNNAMED_FILTER.format(1)).any()
    notes = (*run.notes, *((_UNNAMED,) if is_unnamed else ()))
    return with_means(replace(run, model=model, notes=notes), scored, _reading)


def _reading(metric: str, values: Sequence[float]) -> tuple[Unit | None, bool | None]:
    unit = unit_by_name(metric) or unit_by_values(base_of(metric), values)
    return unit, direction_of(metric, {})


def answers_of(run: Run) -> Iterator[Path]:
    """Those of its time in its folder; before 0.4.3 names have no time."""
    time = time_of(run.path)
    if time is not None:
        yield from files_in(run.path.parent, f"samples_*_{time}.json*")
    elif run.path.name == "results.json":
        yield from files_in(run.path.parent, "*.jsonl")


def _identity(path: Path, number: int) -> tuple[str, ...]:
    """What results share with their files of samples; nothing, where no samples can belong."""
    time = time_of(path)
    if time is None and path.name != "results.json":
        return ()
    return time or str(real_place(path)), str(number)
