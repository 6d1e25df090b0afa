"""EvalScope 0.10 to 1.14: a folder of reports, reviews and predictions for each run.

``reports/<model>/<dataset>.json`` holds the scores of a dataset: metrics, their categories, and the
subsets of these (schema 1 up to 1.10, schema 2 since). ``reviews/<model>/<dataset>_<subset>.jsonl``
holds one judged answer a line, ``predictions`` the answers alone. Whatever lies above these folders
is the root of a run, and each model in it is a run of its own. Where no report was written, since
EvalScope crashed or still runs, its numbers are recomputed from the reviews.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from functools import lru_cache
from glob import escape
from pathlib import Path

import polars as pl

from tui_eval.files.documents import LARGE, Refusal, contained, read_documents
from tui_eval.files.head import Head
from tui_eval.files.rows import count_lines
from tui_eval.files.strings import clean_str
from tui_eval.formats.conditions import settings_of
from tui_eval.formats.evalscope.conditions import conditions
from tui_eval.formats.evalscope.flaws import with_flaws
from tui_eval.formats.evalscope.folders import Place, run_place, task_of, version_or_none
from tui_eval.formats.evalscope.metrics import unit_of
from tui_eval.formats.evalscope.reviews import dataset_and_subset, flaws, may_be_flawed, rebuild
from tui_eval.formats.evalscope.rows import is_judged_by_model, is_review, version_of
from tui_eval.formats.evalscope.samples import place_of
from tui_eval.formats.evalscope.scores import (
    read_report,
    reasons_limited,
    reasons_partial,
    version_of_report,
)
from tui_eval.formats.parts import files_in, join, with_cut_files
from tui_eval.formats.recomputed import with_means
from tui_eval.formats.values import as_mapping, as_number
from tui_eval.records import NONE, Run, SampleFile, Score, ScoreColumns, Setting, Unit

HARNESS = "evalscope"

_REPORT = {"metrics", "dataset_name", "model_name"}

_OLD_ROW = {"answer_id", "raw_input", "review_id", "reviewer_spec"}

_ARENA = "general_arena"

_UNKNOWN_DATASET = ": which part of the name is the dataset is not known"
_MOST_BYTES = 1 << 26  # of answers that are counted only to know whether the file was cut


def recognise(head: Head) -> str | None:
    """A report of a dataset, the first row of reviews or predictions, or not EvalScope's."""
    keys = head.names
    if keys >= _REPORT:
        return "results"
    if "index" in keys and keys & {"sample_score", "model_output"}:
        return "samples"
    return "samples" if "choices" in keys and keys & _OLD_ROW else None


def read_runs(document: object, path: Path, number: int) -> tuple[Run, ...]:
    """The part of a run that the report of a dataset is.

    Args:
        document: The whole JSON document.
        path: The file; its folders tell which run it is of.
        number: Which report of the file this is, from 1.

    Raises:
        Refusal: The report holds no score at all.
    """
    report = as_mapping(document)
    notes: list[str] = []
    dataset = clean_str(report.get("dataset_name")) or clean_str(path.stem) or ""
    lost: list[str] = []
    scores = read_report(report, dataset, notes, lost)
    if not scores:
        raise Refusal("; ".join(["no score in it", *notes[:3]]))
    model = clean_str(report.get("model_name"))
    place = run_place(path)
    alone = place is None and path.stem != dataset  # under a name of its own: it may be of any run
    place = place or Place(path.absolute().parent, path.absolute().parent, model or "")
    task = task_of(place.root)
    if dataset == _ARENA:
        notes.append(f"{_ARENA}: its total is a mean over all pairs of models, and rates none")
    limited = [*reasons_limited(task.limit)]
    partial = [*reasons_partial(report, dataset), *lost]
    run = Run(
        model=model or clean_str(place.model) or None,
        timestamp=place.timestamp,
        harness=HARNESS,
        path=path if alone else place.reports,
        document=number,
        identity=() if alone else place.identity,
        state="partial" if partial else "limited" if limited else "complete",
        version=task.version or version_of_report(report),
        variant=_variant(task.config, model or place.model),
        config=task.config,
        notes=(*limited, *partial, *task.notes, *notes),
        settings=_settings(task.config, dataset, True if dataset == _ARENA else None),
        scores=scores,
    )
    return (run,)


@lru_cache(maxsize=1024)
def _variant(config: str, model: str) -> str | None:
    """The model's revision, else the path of which its name is only the last part."""
    told = as_mapping(json.loads(config))
    revision = clean_str(as_mapping(told.get("model_args")).get("revision"))
    if revision and revision not in ("main", "master"):
        return revision
    path = clean_str(told.get("model")) or ""
    return path if path.endswith(f"/{model}") else None


def read_samples(first: object, path: Path) -> Run:
    """The part of a run that a file of reviews or predictions is.

    Reviews of a dataset without a readable report are read to the end, and give its scores; those
    in which something may not have been scored, to tell what of the report is no score.
    """
    row = as_mapping(first)
    folder = path.absolute().parent
    place = run_place(path) or Place(folder, folder, folder.name)
    task = task_of(place.root)
    notes = [*task.notes]
    reported = _reported(place.reports)
    named = dataset_and_subset(path.stem, row, reported | task.datasets | _neighbours(place))
    if named is None:
        named = path.stem, path.stem
        notes.append(f"{clean_str(path.name)}{_UNKNOWN_DATASET}")
    dataset, subset = (clean_str(name) or "" for name in named)
    judged = is_review(row)
    scores: Iterable[Score] = ()
    rows = None  # nothing tells how many they should be
    if judged and dataset not in reported:
        scores = list(rebuild(path, dataset, subset, notes))
    elif judged and may_be_flawed(row):
        scores, rows = flaws(path, dataset, subset, notes)
    elif dataset in reported and path.stat().st_size < _MOST_BYTES:
        rows = count_lines(path)
    what = "reviews" if judged else "predictions"
    is_model_judged = dataset == _ARENA or is_judged_by_model(row) if judged else None
    return Run(
        model=clean_str(place.model),
        timestamp=place.timestamp,
        harness=HARNESS,
        path=place.reports,
        identity=place.identity,
        state="no report",
        version=task.version or version_of(row),
        variant=_variant(task.config, place.model),
        config=task.config,
        samples=(SampleFile(path, dataset, subset, what, rows),),
        notes=tuple(notes),
        settings=_settings(task.config, dataset, is_model_judged),
        scores=ScoreColumns(scores),
    )


@lru_cache(maxsize=1024)
def _settings(config: str, dataset: str, is_judged: bool | None) -> tuple[Setting, ...]:
    """The conditions of a dataset, which each of its files asks for."""
    return tuple(settings_of(conditions(as_mapping(json.loads(config)), dataset, is_judged)))


def stands_alone(_: Run) -> bool:
    """Never: the configuration is another file."""
    return False


def combine(parts: Sequence[Run]) -> Run:
    """Reports with their reviews and predictions; what has no report is marked as recomputed."""
    run = join(sorted(_one_report_each(parts), key=lambda part: part.state == "no report"))
    reported = _reported_datasets(run)
    kept = with_flaws(run)
    rebuilt = dict.fromkeys(score.dataset for score in kept if score.origin == "recomputed")
    notes = _with_names_together(run.notes)
    if rebuilt:
        notes.insert(
            0,
            "report missing (EvalScope crashed or still runs, or the report is elsewhere), scores "
            f"recomputed from the reviews: {', '.join(rebuilt)}",
        )
    if _ARENA in rebuilt:
        notes.append(f"{_ARENA}: score is the mean of the battle scores, not the win rate")
    state = "partial" if rebuilt and reported else run.state
    scores = ScoreColumns(
        score._replace(optional=score.dataset == _ARENA or None) for score in _with_aggregates(kept)
    )
    settings = (*run.settings, *_failed_metrics(run, kept))
    whole = replace(run, state=state, notes=tuple(notes), scores=scores, settings=settings)
    return with_cut_files(whole, place_of)


def _failed_metrics(run: Run, scores: Sequence[Score]) -> Iterator[Setting]:
    """Of how many questions a metric failed, where reviews tell it: such answers count as 0."""
    reviewed = {file.dataset for file in run.samples if file.what == "reviews"}
    for dataset in dict.fromkeys(file.dataset for file in run.samples):
        if dataset not in reviewed:
            continue
        yield Setting("failed_metrics", NONE, dataset)
        own = [one for one in scores if one.dataset == dataset and one.category is not None]
        for metric in dict.fromkeys(one.metric for one in own if one.status == "error"):
            of = [one for one in own if one.metric == metric and one.filter is None]
            failed = sum(one.unscored or 0 for one in of if one.status == "error")
            told = f"{failed:,} of {sum(one.n or 0 for one in of):,}"
            yield Setting("failed_metrics", told, dataset, metric)


def _with_names_together(notes: Sequence[str]) -> list[str]:
    """Notes, of which one names all files whose dataset is not known."""
    names = [
        note.removesuffix(_UNKNOWN_DATASET) for note in notes if note.endswith(_UNKNOWN_DATASET)
    ]
    others = [note for note in notes if not note.endswith(_UNKNOWN_DATASET)]
    return [*([f"{', '.join(names)}{_UNKNOWN_DATASET}"] if names else []), *others]


def recompute(run: Run, rows: pl.DataFrame) -> Run:
    """The scores of reviews whose report is elsewhere; predictions alone have none."""
    notes: list[str] = []
    scores = tuple(
        score
        for file in run.samples
        if file.what == "reviews"
        for score in rebuild(file.path, file.dataset or "", file.category or "", notes)
    )
    made = with_means(run, rows, lambda metric, values: (unit_of({}, values), None))
    if not scores:
        return made
    judged = {score.dataset for score in scores}
    others = (score for score in made.scores if score.dataset not in judged)
    whole = ScoreColumns((*_with_aggregates(scores), *others))
    return replace(made, scores=whole, notes=(*made.notes, *notes))


def answers_of(run: Run) -> Iterator[Path]:
    """The reviews and predictions of the dataset of a report, in the folders beside it."""
    place = run_place(run.path / "report.json")
    if place is None:
        return
    for folder in ("reviews", "predictions"):
        for dataset in dict.fromkeys(task.dataset for task in run.scores.tasks):
            yield from files_in(place.root / folder / place.model, f"{escape(dataset)}_*.jsonl")


def _one_report_each(parts: Sequence[Run]) -> Iterator[Run]:
    """A second report of a dataset, such as a renamed copy, gives no numbers."""
    seen: set[str] = set()
    for part in parts:
        datasets = _reported_datasets(part)
        if datasets & seen:
            names = ", ".join(clean_str(file.name) or "" for file in part.files)
            note = f"{names}: another report of {', '.join(datasets)}, left out"
            yield replace(part, scores=ScoreColumns(), notes=(*part.notes, note))
        else:
            yield part
        seen |= datasets


def _reported_datasets(run: Run) -> set[str]:
    return {task.dataset for task in run.scores.tasks if task.origin == "reported"}


def _with_aggregates(scores: Sequence[Score]) -> Iterator[Score]:
    """The scores, and over the subsets of each dataset without a report their mean by number.

    The subsets of an arena are pairs of models: a mean over them says nothing, and is not made.
    """
    rebuilt: dict[tuple[str, str], list[Score]] = defaultdict(list)
    for score in scores:
        if score.origin == "recomputed":
            rebuilt[score.dataset, score.metric].append(score)
        else:
            yield score
    for (dataset, metric), subsets in rebuilt.items():
        units = {score.unit for score in subsets}
        unit: Unit | None = units.pop() if len(units) == 1 else "number"
        if dataset != _ARENA:
            yield _mean(subsets)._replace(dataset=dataset, metric=metric, unit=unit)
        yield from (score._replace(unit=unit) for score in subsets)


def _mean(subsets: list[Score]) -> Score:
    found = [(score.value, score.n) for score in subsets if score.value is not None and score.n]
    n = sum(count for _, count in found)
    value = as_number(sum(value * count for value, count in found) / n) if n else None
    status = subsets[0].status if value is None else None
    return subsets[0]._replace(category=None, value=value, n=n, status=status)


def _reported(folder: Path) -> frozenset[str]:
    """Datasets that a readable report in a folder is of."""
    found = (_reported_dataset(file, version_or_none(file)) for file in files_in(folder, "*.json"))
    return frozenset(name for name in found if name is not None)


@lru_cache(maxsize=4096)
def _reported_dataset(file: Path, _version: str | None) -> str | None:
    """The dataset of a report; every file of reviews asks for the same ones."""
    try:
        with contained():
            if file.stat().st_size > LARGE:
                return None
            documents, _ = read_documents(file, _is_report)
            if not documents or not _is_report(documents[0].value):
                return None
            return read_runs(documents[0].value, file, 1)[0].scores.tasks[0].dataset
    except Refusal:
        return None


def _is_report(document: object) -> bool:
    return recognise(Head.of(document)) == "results"


def _neighbours(place: Place) -> frozenset[str]:
    """Datasets that other models of the run have reports of."""
    if place.root == place.reports:
        return frozenset()
    return frozenset(file.stem for file in files_in(place.root / "reports", "*/*.json"))
