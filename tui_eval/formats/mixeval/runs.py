"""MixEval: ``{model}/{mixeval|mixeval_hard}/{version}/`` with scores, verdicts and answers.

``score.json`` says neither who judged nor how many questions there were, and the next judge writes
over it. So the scores of each split are recomputed from the judged files beside it, with the
harness's own rounding, and compared. A judged file holds one line a question; their order differs
between models, so that only the ``id`` says which question it is.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from math import fsum
from pathlib import Path
from typing import NamedTuple

import polars as pl

from tui_eval.files.documents import Refusal
from tui_eval.files.head import Head
from tui_eval.files.strings import clean_str
from tui_eval.formats.conditions import Condition, settings_of
from tui_eval.formats.mixeval.beside import small_document, status_of
from tui_eval.formats.mixeval.rows import (
    CHOICE,
    FREE,
    MOST,
    VERDICTS,
    Row,
    is_verdict_file,
    judge_of,
    missing_questions,
    random_verdicts,
    read_rows,
    repeated_questions,
    split_of,
    unjudged_answers,
    unparsed_verdicts,
    verdict,
)
from tui_eval.formats.mixeval.scores import (
    BY_SPLIT,
    MEANS,
    MEANS_OF_MODELS,
    WEIGHTED,
    Numbers,
    Place,
    joined_scores,
    number_of,
)
from tui_eval.formats.parts import files_in, join, real_place
from tui_eval.formats.recomputed import with_means
from tui_eval.formats.values import as_mapping, as_number, kind, quoted
from tui_eval.records import (
    NONE,
    QUESTIONS,
    UNROUNDED,
    Run,
    SampleFile,
    Score,
    ScoreColumns,
    Setting,
    State,
)
from tui_eval.redaction.configuration import redact

HARNESS = "mixeval"

_OVERALL = ("overall", "overall score (final score)")

_BENCHMARKS = frozenset(
    {"AGIEval", "ARC", "BBH", "BoolQ", "CommonsenseQA", "DROP", "GPQA", "GSM8k", "HellaSwag"}
    | {"HumanEval", "MATH", "MBPP", "MMLU", "MMLU-Pro", "OpenBookQA", "PIQA", "SIQA", "TriviaQA"}
    | {"WinoGrande"}
)

_OVERWRITTEN = (
    "a benchmark in both splits has its multiple-choice score alone: this version of MixEval wrote "
    "it over the free-form one"
)

_UNVERSIONED = "MixEval (version not recorded)"

_HARD_2024_06_01 = frozenset(
    {"AGIEval", "ARC", "BBH", "BoolQ", "CommonsenseQA", "DROP", "GPQA", "GSM8k", "HellaSwag"}
    | {"MATH", "MBPP", "MMLU", "OpenBookQA", "PIQA", "SIQA", "TriviaQA"}
)

_ONLY_2024_08_11 = "MMLU-Pro"

_VERSION = re.compile(r"\d{4}-\d\d-\d\d")

_SCORE_BY_JUDGE = re.compile(r"score_(?P<judge>.+)\.json", re.DOTALL)


class _Home(NamedTuple):
    """The folder of a run, and what its name says."""

    folder: Path
    identity: str
    model: str | None
    dataset: str
    is_known: bool


def recognise(head: Head) -> str | None:
    """Scores of one model or of several, rows of answers or verdicts, and what lies beside them."""
    document = head.value
    if not isinstance(document, dict) or not document:
        return None
    if split_of(document):
        return "samples"
    if _is_scores(document) or all(_is_scores(scores) for scores in document.values()):
        return "results"
    if document.keys() == {"args", "status"} and "batch_id" in as_mapping(document["status"]):
        return "status of a run"
    first = as_mapping(next(iter(document.values())))
    return "benchmark questions" if {"problem_type", "benchmark_name"} <= first.keys() else None


def read_runs(document: object, path: Path, number: int) -> tuple[Run, ...]:
    """The run of ``score.json``, or the runs of the one that names several models.

    The latter records neither benchmark nor version. Where a model's own ``score.json`` below it
    has the same numbers, what is read is a part of that run; else it is a run of its own.

    Args:
        document: The whole JSON document.
        path: The file; its folders name model, benchmark and version.
        number: The number of the first run in the file.

    Raises:
        Refusal: No number is in it.
    """
    whole = as_mapping(document)
    if _is_scores(whole):
        return (_own_run(whole, path, number),)
    found = []
    problems = []
    for place, (name, scores) in enumerate(whole.items(), start=number):
        try:
            found.append(_listed_run(name, as_mapping(scores), path, place))
        except Refusal as refusal:
            problems.append(str(refusal.problem.within(clean_str(name) or "")))
    if not found:
        raise Refusal("; ".join(problems[:3]) or "no score in it")
    return (replace(found[0], notes=(*found[0].notes, *problems)), *found[1:])


def read_samples(first: object, path: Path) -> Run:
    """The part of a run that a file of answers is; its scores too, where it has the verdicts.

    Raises:
        Refusal: It cannot be read.
    """
    split = split_of(first) or FREE
    home = _home(path)
    rows, notes = read_rows(path, split)
    missing = missing_questions(rows, home.dataset, split)
    part = Run(
        model=home.model,
        timestamp=None,
        harness=HARNESS,
        path=home.folder / "score.json",
        identity=(home.identity,),
        state="partial" if missing else "no report",
        notes=(*_home_notes(home), *missing, *repeated_questions(rows, split), *notes),
    )
    if as_mapping(first).keys() & VERDICTS or is_verdict_file(path):
        return _judged(part, rows, home, path, split)
    return _answered(part, rows, home, path, split)


def stands_alone(_: Run) -> bool:
    """Never: what else is in the folder decides what a file is."""
    return False


def combine(parts: Sequence[Run]) -> Run:
    """Reported scores, verdicts and answers of one folder.

    What ``score.json`` says has no filter, or the split where it tells it apart. Recomputed scores
    of one split have the split as filter; those over both have none, and are left out where they
    repeat the reported ones. Of several judges, the one whose verdicts give ``score.json``, else
    the first by name, stands in ``method`` alone, all others in the filter too, so that nothing is
    averaged over judges.
    """
    whole = join([replace(part, scores=ScoreColumns()) for part in parts])
    notes = list(whole.notes)
    # what is listed among several models is of the younger of two versions with the same keys
    version = max((part.version for part in parts if part.version), default=None)
    scores, unrounded = joined_scores(parts, version, notes)
    state: State = whole.state
    splits = {file.category for file in whole.samples}
    if len(splits) == 1 and version is None:
        state = "partial"
        notes.append(f"partial run: only {splits.pop()} answers are here")
    elif scores and (None, None) not in scores:
        state = "partial"
    numbers = [*scores.values(), *unrounded.values()]
    datasets = {one.dataset for one in numbers} | {file.dataset for file in whole.samples}
    if datasets == {_UNVERSIONED}:
        whole, numbers = _by_categories(whole, numbers)
    times = [part.duration for part in parts if part.duration is not None]
    return replace(
        whole,
        version=version,
        scores=ScoreColumns(numbers),
        notes=tuple(dict.fromkeys(notes)),
        state=state,
        duration=as_number(sum(times)) if times else None,
    )


def _by_categories(whole: Run, scores: Sequence[Score]) -> tuple[Run, list[Score]]:
    """A run of which nothing says what it was asked, in a dataset with those of its categories."""
    found = {one.category for one in scores if one.category is not None}
    known = ""
    if found == _HARD_2024_06_01:
        known = ", as in mixeval_hard 2024-06-01"
    elif _ONLY_2024_08_11 in found:
        known = ", as in 2024-08-11"
    count = f"{len(found)} categories" if len(found) > 1 else "1 category"
    dataset = f"MixEval (version not recorded; {count}{known})" if found else _UNVERSIONED
    return (
        replace(
            whole,
            samples=tuple(file._replace(dataset=dataset) for file in whole.samples),
            settings=(Setting(QUESTIONS, None), *whole.settings),
        ),
        [one._replace(dataset=dataset) for one in scores],
    )


def recompute(run: Run, rows: pl.DataFrame) -> Run:
    """Answers that nobody judged: they have no scores."""
    return with_means(run, rows, lambda metric, values: ("fraction", True))


def answers_of(run: Run) -> Iterator[Path]:
    """All that lies beside ``score.json``."""
    yield from files_in(run.path.parent, "*.jsonl")


# --- score.json ---------------------------------------------------------------------------------


def _is_scores(document: object) -> bool:
    """Whether it is one model's scores: a flat object, one overall and benchmarks as keys."""
    if not isinstance(document, dict):
        return False
    names = [name for name in document if name not in _OVERALL]
    if len(document) != len(names) + 1 or not names:
        return False
    if 2 * sum(isinstance(value, dict | list) for value in document.values()) >= len(document):
        return False  # a few in place of numbers are damage
    return all(_benchmark_and_split(name)[0] in _BENCHMARKS for name in names)


def _benchmark_and_split(key: str) -> Place:
    """``AGIEval (free-form)`` in two."""
    for split in (FREE, CHOICE):
        if key.endswith(f" ({split})"):
            return key.removesuffix(f" ({split})"), split
    return key, None


def _own_run(whole: Row, path: Path, number: int) -> Run:
    """The run of one model's file; a file of another name is no part of its folder's run."""
    home = _home(path)
    named = _SCORE_BY_JUDGE.fullmatch(path.name) if home.is_known else None
    belongs = path.name == "score.json" or named is not None
    run = _scored(whole, home.dataset, clean_str(named["judge"]) if named else None)
    return replace(
        run,
        model=home.model if belongs or home.is_known else None,
        path=home.folder / "score.json" if belongs else path,
        document=number,
        identity=(home.identity,) if belongs else (),
        notes=(*_home_notes(home), *run.notes),
    )


def _listed_run(name: str, scores: Row, path: Path, number: int) -> Run:
    """A model of the file over all models: part of the run whose numbers it repeats, or a run."""
    own = _same_scores_below(name, scores, path)
    if own is not None:
        return replace(_own_run(scores, own, number), version=_version(scores, listed=True))
    run = _scored(scores, _UNVERSIONED, None)
    note = (
        "benchmark and version are not recorded: no folder of the model beside this file has "
        "these scores"
    )
    return replace(
        run,
        model=clean_str(name),
        path=path,
        document=number,
        version=_version(scores, listed=True),
        identity=(_absolute(path), clean_str(name) or ""),
        notes=(note, *run.notes),
    )


def _same_scores_below(name: str, scores: Row, path: Path) -> Path | None:
    """The model's own ``score.json`` with the same numbers."""
    if not name or name == ".." or Path(name).name != name:  # it leads to a folder here or nowhere
        return None
    wanted = {key: as_number(value) for key, value in scores.items()}
    try:
        files = sorted((path.parent / name).glob("*/*/score.json"))
    except (OSError, ValueError):
        return None
    for file in files:
        found = as_mapping(small_document(file))
        if {key: as_number(value) for key, value in found.items()} == wanted:
            return file
    return None


def _scored(whole: Row, dataset: str, judge: str | None) -> Run:
    notes = []
    scores: Numbers = {}
    for key, written in whole.items():
        place = (None, None) if key in _OVERALL else _benchmark_and_split(key)
        value = as_number(written)
        if value is None:
            notes.append(f"{key} is {kind(written)}")
        elif not 0 <= value <= 1:
            notes.append(f"{key} is {value:g}, not between 0 and 1")
            value = None
        scores[place] = number_of(dataset, place, value, method=judge)
    if all(score.value is None for score in scores.values()):
        raise Refusal("; ".join(["no score in it", *notes[:3]]))
    version = _version(whole)
    if version == MEANS:
        notes.append(_OVERWRITTEN)
    return Run(
        model=None,
        timestamp=None,
        harness=HARNESS,
        path=Path(),
        version=version,
        notes=tuple(notes),
        scores=ScoreColumns(scores.values()),
    )


def _version(whole: Row, *, listed: bool = False) -> str:
    """When MixEval wrote such keys; several models in one file are the younger of the oldest."""
    if "overall" in whole:
        return WEIGHTED
    if any(_benchmark_and_split(key)[1] for key in whole):
        return BY_SPLIT
    return MEANS_OF_MODELS if listed else MEANS


# --- folders ------------------------------------------------------------------------------------


def _home(path: Path) -> _Home:
    folder = Path(os.path.abspath(path.parent))
    benchmark = folder.parent.name
    is_known = benchmark in ("mixeval", "mixeval_hard") and bool(_VERSION.match(folder.name))
    dataset = f"{benchmark} {clean_str(folder.name)}" if is_known else _UNVERSIONED
    model = folder.parent.parent.name if is_known else folder.name
    identity = clean_str(str(real_place(path).parent)) or ""
    return _Home(path.parent, identity, clean_str(model) or None, dataset, is_known)


def _home_notes(home: _Home) -> list[str]:
    if home.is_known:
        return []
    return ["not in a folder of model, benchmark and version: what it is of is not known for sure"]


def _absolute(path: Path) -> str:
    return clean_str(os.path.abspath(path)) or ""


# --- answers and verdicts -----------------------------------------------------------------------


def _answered(part: Run, rows: list[Row], home: _Home, path: Path, split: str) -> Run:
    """Answers, and what the status file beside them says of how they were made."""
    args, status, _ = status_of(path)
    notes = list(part.notes)
    word = clean_str(status.get("status"))
    if word not in ("complete", None):
        notes.append(f"partial run: the status of the {split} answers is “{quoted(word)}”")
    notes.extend(_batches(args.get("batch_size"), status.get("batch_id"), len(rows), split))
    empty = sum(row.get("response") in (None, "") for row in rows)
    if empty:
        notes.append(f"{empty} of {len(rows)} {split} answers are empty")
    settings = redact({key: value for key, value in args.items() if key != "split"})
    return replace(
        part,
        state=part.state if word in ("complete", None) else "partial",
        duration=as_number(status.get("time_elapsed")),
        config=json.dumps(settings, ensure_ascii=True, allow_nan=True, default=str),
        samples=(SampleFile(path, home.dataset, split, "answers"),),
        notes=tuple(notes),
        settings=tuple(settings_of(_conditions(as_mapping(settings)))),
    )


def _conditions(args: Mapping[str, object]) -> Iterator[Condition]:
    """What the arguments of a run say of how its answers came about."""
    for name, key in (("system_prompt", "model_systemprompt"), ("limit", "max_samples")):
        if key in args:
            yield Condition(None, name, args[key])


def _batches(size: object, last: object, answers: int, split: str) -> Iterator[str]:
    """Whether there are as many answers as the batches that were done hold."""
    if type(size) is not int or type(last) is not int or not 0 < size < MOST > last >= 0:
        return
    if not last * size < answers <= (last + 1) * size:
        batches = f"{last + 1} batches of {size}"
        yield f"{answers} {split} answers, where the status tells of {batches}"


def _judged(part: Run, rows: list[Row], home: _Home, path: Path, split: str) -> Run:
    """Verdicts, and the mean over them that MixEval rounds before it goes on."""
    judge = judge_of(path)
    found: dict[str | None, list[float]] = {None: []}
    for row in rows:
        benchmark, score = clean_str(row.get("benchmark_name")), verdict(row, split)
        if benchmark is not None and score is not None:
            found[None].append(score)
            found.setdefault(benchmark, []).append(score)
    without = len(rows) - len(found[None])
    unjudged = [
        *([f"partial run: {without} {split} rows have no verdict of {judge}"] if without else []),
        *unjudged_answers(rows, path, split, judge),
    ]
    rounded = [
        number_of(home.dataset, (category, split), _mean(values), n=len(values), method=judge)
        for category, values in found.items()
        if values
    ]
    exact = [fsum(values) / len(values) for values in found.values() if values]
    pairs = zip(rounded, exact, strict=True)
    unrounded = [one._replace(metric=UNROUNDED, value=value) for one, value in pairs]
    return replace(
        part,
        state="partial" if unjudged else "complete" if part.state == "no report" else part.state,
        samples=(SampleFile(path, home.dataset, split, "verdicts"),),
        settings=(*part.settings, *_of_verdicts(rows, path, split, judge)),
        notes=(*part.notes, *unjudged, *unparsed_verdicts(rows, split, judge)),
        scores=ScoreColumns([*rounded, *unrounded]),
    )


def _of_verdicts(rows: list[Row], path: Path, split: str, judge: str) -> Iterator[Setting]:
    """Who judged, how the answers were read, and how many of the verdicts were drawn by chance."""
    yield Setting("judge", judge)
    is_model = "_model_judge_" in path.name
    yield Setting("filter", "a model's verdict" if is_model else "rules")
    number = random_verdicts(rows, split)
    told = f"{number:,} of {len(rows):,} {split}" if number else NONE
    yield Setting(f"random_verdicts.{split}", told)


def _mean(values: list[float]) -> float:
    return round(sum(values) / len(values), 3)
