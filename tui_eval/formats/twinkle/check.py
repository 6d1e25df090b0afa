"""What the files of Twinkle Eval tell of whether a run is complete.

The results say how often each data file was to be asked and how often it was, and not how many
questions it has: numbers of questions count from 0, so that the highest one tells, where the
answers have the accuracy that is reported. A data file or dataset of which every request failed is
not in the results.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence

import polars as pl

from tui_eval.files.paths import path_text
from tui_eval.files.strings import clean_str
from tui_eval.formats.index import Index
from tui_eval.formats.recomputed import NO_RESULTS
from tui_eval.formats.twinkle.names import dataset_name
from tui_eval.formats.twinkle.rows import ACCURACY, run_number
from tui_eval.formats.twinkle.samples import DataFile, attributed
from tui_eval.formats.values import as_mapping
from tui_eval.records import Finding, Run, SampleFile

_NEAR = 1e-7
_NAMED = 3  # notes that are told


def check(
    run: Run, indexes: Mapping[SampleFile, Index], digests: Mapping[SampleFile, str]
) -> Iterator[Finding]:
    """Runs and answers that are not there or there again, and how many questions there are."""
    notes: dict[SampleFile, list[str]] = {}
    files, rows, once = attributed(run, indexes, notes)
    if not any(task.origin == "reported" for task in run.scores.tasks):
        for one in files:
            place = one.dataset, one.category
            yield Finding(*place, verdict="unknown", reason=NO_RESULTS, file=one.data_file)
        return
    evaluation = as_mapping(as_mapping(json.loads(run.config)).get("evaluation"))
    datasets = list(dict.fromkeys(file.dataset for file in files))
    yield from _lost_datasets(_paths(evaluation), datasets)
    asked = {one.dataset: _number(one.value) for one in run.settings if one.name == "repeats"}
    answers = once.filter(metric=ACCURACY)
    sizes = [_questions(file, answers.filter(number=at)) for at, file in enumerate(files)]
    found = list(_of_files(files, sizes, rows, answers, asked))
    yield from found
    if indexes:
        yield from _lost_answers(run, files)
    placed = set(rows["file"].unique())
    for file, index in indexes.items():
        if path_text(file.path) not in placed:
            yield from _not_placed(file, index.rows, files, sizes)
        concerned = _concerned(file, index.rows, rows, files)
        for dataset in concerned or datasets[:1]:
            for reason in notes.get(file, ()):
                yield Finding(dataset, verdict="incomplete", reason=reason)
        for one in files if notes.get(file) else ():
            if one.dataset in concerned:
                yield Finding(one.dataset, one.category, is_unplaced=True, file=one.data_file)
    told = run.notes[:_NAMED] if run.state == "partial" and not _is_incomplete(found) else ()
    for reason in told:
        for dataset in datasets[:1]:
            yield Finding(dataset, verdict="incomplete", reason=reason)


def asks_whole(run: Run, dataset: str) -> tuple[str, ...] | None:
    """The folders of a dataset that were to be asked: others may have the same name."""
    evaluation = as_mapping(as_mapping(json.loads(run.config)).get("evaluation"))
    own = (path.rstrip("/") for path in _paths(evaluation) if dataset_name(path) == dataset)
    return tuple(own) or None


def _paths(evaluation: Mapping[str, object]) -> list[str]:
    """The folders of data files that were to be asked."""
    paths = evaluation.get("dataset_paths")
    names = map(clean_str, paths if isinstance(paths, list) else [paths])
    return [name for name in names if name]


def _number(value: str | None) -> int | None:
    return int(value) if value and value.isascii() and value.isdigit() else None


def _not_placed(
    file: SampleFile, rows: pl.DataFrame, files: Sequence[DataFile], sizes: Sequence[int | None]
) -> Iterator[Finding]:
    """How many answers of a file there are too many, or too few, whatever data file they are of.

    Too many count once, in the first dataset; each of them may lack what is not placed.
    """
    repeat = run_number(file.path.name) or 0
    of = [size for one, size in zip(files, sizes, strict=True) if repeat in one.accuracies]
    answers = rows.filter(metric=ACCURACY)
    counts = answers.group_by("id", "attempt").len()["len"].to_list()
    again = sum(max(count - len(of), 0) for count in counts)
    width = answers["attempt"].n_unique()
    expected = sum(size or 0 for size in of) * width
    if of and None not in of:
        again = max(again, answers.height - expected)
    datasets = _datasets_with(repeat, files)
    for dataset in datasets[:1] if again else ():
        yield Finding(dataset, doubled=again)
    if of and None not in of and answers.height < expected:
        reason = f"{clean_str(file.path.name)}: {answers.height:,} of {expected:,} answers"
        for dataset in datasets:
            yield Finding(dataset, verdict="incomplete", reason=reason)


def _datasets_with(repeat: int, files: Sequence[DataFile]) -> list[str]:
    """The datasets that were asked in a repeated run."""
    return list(dict.fromkeys(one.dataset for one in files if repeat in one.accuracies))


def _concerned(
    file: SampleFile, answers: pl.DataFrame, rows: pl.DataFrame, files: Sequence[DataFile]
) -> list[str]:
    """The datasets of which answers of a file are left out: of all of them where nothing tells."""
    named = set(answers["category"].drop_nulls())
    if not named:
        return _datasets_with(run_number(file.path.name) or 0, files)
    placed = rows.filter(pl.col("file") == path_text(file.path))["category"]
    lost = named - set(placed.drop_nulls())
    return list(dict.fromkeys(one.dataset for one in files if one.data_file in lost))


def _is_incomplete(findings: Sequence[Finding]) -> bool:
    return any(one.verdict == "incomplete" for one in findings)


def _lost_datasets(paths: Sequence[str], datasets: Sequence[str]) -> Iterator[Finding]:
    """Datasets that were to be asked, and are not in the results."""
    for path in paths:
        if dataset_name(path) not in datasets:
            reason = "to be asked, and not in the results: all its requests failed"
            yield Finding(dataset_name(path), verdict="incomplete", reason=reason)


def _of_files(
    files: Sequence[DataFile],
    sizes: Sequence[int | None],
    rows: pl.DataFrame,
    answers: pl.DataFrame,
    asked: Mapping[str | None, int | None],
) -> Iterator[Finding]:
    """How often each data file was asked, and how many questions it has."""
    again = rows.filter(metric=ACCURACY).group_by("number").len()
    times = dict(again.iter_rows())
    for number, file in enumerate(files):
        own = answers.filter(number=number)
        runs, wanted = len(file.accuracies), asked.get(file.dataset, asked.get(None))
        is_short = wanted is not None and 0 < runs < wanted
        reason = f"{runs} of {wanted} runs: requests failed in the others" if is_short else ""
        if own.is_empty() and not is_short:
            continue
        yield Finding(
            file.dataset,
            file.category,
            expected=sizes[number],
            doubled=times[number] - own.height if number in times else None,
            verdict="incomplete" if is_short else None,
            reason=reason,
            file=file.data_file,
        )


def _questions(file: DataFile, answers: pl.DataFrame) -> int | None:
    """How many questions a data file has; None: nothing tells.

    Those after the last one that is there would change the accuracy, unless it is 0.
    """
    if answers.is_empty() or not any(file.accuracies.values()):
        return None
    scale = 100 if file.unit == "percent" else 1
    means = answers.group_by("repeat").agg(pl.col("score").fill_null(0).mean(), pl.len())
    for repeat, mean, count in means.iter_rows():
        reported = file.accuracies.get(repeat)
        if reported is not None and abs(mean * scale - reported) * count > _NEAR * scale * count:
            return None
    highest = answers["id"].cast(pl.Int64, strict=False).max()
    return highest + 1 if isinstance(highest, int) else None


def _lost_answers(run: Run, files: Sequence[DataFile]) -> Iterator[Finding]:
    """Repeated runs of which there are results, and no answers beside those of others."""
    there = {run_number(file.path.name) for file in run.samples}
    for dataset in dict.fromkeys(file.dataset for file in files):
        own = [file for file in files if file.dataset == dataset]
        lost = sorted({repeat for file in own for repeat in file.accuracies} - there)
        if lost:
            names = ", ".join(f"run{number}" for number in lost)
            reason = f"no answers of {names} are here, as there are of other runs"
            yield Finding(dataset, verdict="incomplete", reason=reason)
