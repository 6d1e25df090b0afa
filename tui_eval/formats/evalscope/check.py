"""What the files of EvalScope tell of whether a run is complete.

A report since 1.11 says of each subset how many questions were requested, and how many failed. Rows
of predictions and reviews count their questions from 0, so that a gap shows; what is predicted and
not reviewed was lost on the way.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from pathlib import Path

import polars as pl

from tui_eval.files.documents import LARGE, Refusal, contained, read_documents
from tui_eval.files.strings import clean_str
from tui_eval.formats.evalscope.passes import NO_INDEX
from tui_eval.formats.evalscope.samples import latest, place_of, predictions_and_reviews
from tui_eval.formats.index import Index
from tui_eval.formats.parts import files_in
from tui_eval.formats.values import as_count, as_mapping
from tui_eval.records import Finding, Run, SampleFile

_NO_REPORT = (
    "no report: EvalScope crashed or still runs, or the report is elsewhere; scores are made of "
    "the reviews"
)

_NAMED = 5  # numbers of questions in a sentence


def check(
    run: Run, indexes: Mapping[SampleFile, Index], digests: Mapping[SampleFile, str]
) -> Iterator[Finding]:
    """Questions that failed, have no answer or no review, and reports that are not there."""
    reported = {task.dataset for task in run.scores.tasks if task.origin == "reported"}
    datasets = dict.fromkeys(file.dataset for file in indexes)
    for dataset in datasets:
        if dataset is not None and dataset not in reported:
            yield Finding(dataset, verdict="incomplete", reason=_NO_REPORT)
    summaries = {dataset: _summary(run, dataset) for dataset in datasets if dataset}
    told: dict[str, set[str]] = {dataset: set() for dataset in summaries}
    for (dataset, subset), files in predictions_and_reviews(run).items():
        there = {what: indexes[file] for what, file in files.items() if file in indexes}
        if dataset is None or not there:
            continue
        category = place_of(run, next(iter(files.values())))[1]
        name = category or subset or ""
        told[dataset].update(part for part in (category, subset) if part)
        summary = as_mapping(as_mapping(summaries[dataset].get("subsets")).get(name))
        yield from _of_subset(dataset, category, there, summary)
        yield from _reruns(dataset, category, list(files.values()))
    for dataset, whole in summaries.items():
        yield from _of_summary(dataset, whole, told[dataset])


def _of_summary(
    dataset: str, whole: Mapping[str, object], told: Collection[str]
) -> Iterator[Finding]:
    """What a report tells of subsets without files, and of all of them together."""
    subsets = {clean_str(name): as_mapping(one) for name, one in _subsets(whole)}
    for name, one in subsets.items():
        asked, why = as_count(one.get("requested")), _short(one)
        if name is not None and name not in told and asked:
            reason = why or "in execution_summary, and no file of its answers is here"
            failed = as_count(one.get("errored"))
            yield Finding(dataset, name, asked, errors=failed, verdict="incomplete", reason=reason)
    asked, answered = as_count(whole.get("requested")), as_count(whole.get("succeeded"))
    parts = sum(as_count(one.get("requested")) or 0 for one in subsets.values())
    is_told = any(_short(one) for one in subsets.values())
    if (whole.get("incomplete") is True and not is_told) or (subsets and (asked or 0) > parts):
        numbers = f": {answered} of {asked} questions were answered" if asked and answered else ""
        reason = f"the report says that it is incomplete{numbers} (execution_summary)"
        yield Finding(dataset, verdict="incomplete", reason=reason)


def _subsets(whole: Mapping[str, object]) -> Iterable[tuple[str, object]]:
    return as_mapping(whole.get("subsets")).items()


def _short(summary: Mapping[str, object]) -> str:
    """That not all questions of a subset were answered, in words; empty: they were."""
    asked, failed = as_count(summary.get("requested")), as_count(summary.get("errored"))
    answered = as_count(summary.get("succeeded"))
    if failed:
        return f"{failed} of {asked} questions failed (execution_summary)"
    if asked is not None and answered is not None and answered < asked:
        return f"{answered} of {asked} questions were answered (execution_summary)"
    return ""


def _of_subset(
    dataset: str,
    category: str | None,
    there: Mapping[str, Index],
    summary: Mapping[str, object],
) -> Iterator[Finding]:
    kept = {what: latest(index.rows) for what, index in there.items()}
    again = (_places(there[what].rows) - _places(rows) for what, rows in kept.items())
    attempts = max(_most(rows, "attempt") + 1 for rows in kept.values())
    asked = as_count(summary.get("requested"))
    expected = None if asked is None else -(-asked // attempts)
    yield Finding(dataset, category, expected=expected, doubled=max(again))
    if why := _short(summary):
        failed = as_count(summary.get("errored"))
        yield Finding(dataset, category, errors=failed, verdict="incomplete", reason=why)
    numbers = {what: _numbers(rows) for what, rows in kept.items()}
    if gaps := _gaps(set().union(*numbers.values())):
        reason = f"no rows with the index {_listed(gaps)}"
        yield Finding(dataset, category, verdict="incomplete", reason=reason)
    lost = numbers.get("predictions", set()) - numbers.get("reviews", set())
    if lost and "reviews" in numbers:
        what = "prediction" if len(lost) == 1 else "predictions"
        reason = f"{len(lost)} {what} not reviewed"
        yield Finding(dataset, category, verdict="incomplete", reason=reason)
    elif "reviews" not in numbers:
        reason = "no reviews: the predictions were not scored, or the file is elsewhere"
        yield Finding(dataset, category, verdict="incomplete", reason=reason)


def _places(rows: pl.DataFrame) -> int:
    return rows["place"].n_unique()


def _most(rows: pl.DataFrame, name: str) -> int:
    most = rows[name].max()
    return most if isinstance(most, int) else 0


def _numbers(rows: pl.DataFrame) -> set[int]:
    """The indexes of rows, each once; those that have none are not told."""
    return set(rows.filter(pl.col("item") != NO_INDEX)["item"])


def _gaps(numbers: set[int]) -> list[int]:
    return sorted(set(range(max(numbers) + 1)) - numbers) if numbers else []


def _listed(numbers: Sequence[int]) -> str:
    more = f" and {len(numbers) - _NAMED} more" if len(numbers) > _NAMED else ""
    return ", ".join(map(str, numbers[:_NAMED])) + more


def _reruns(dataset: str, category: str | None, files: Sequence[SampleFile]) -> Iterator[Finding]:
    """That answers are being asked for again, or were and that broke off."""
    for file in files:
        for beside in files_in(file.path.parent, "*.rerun-*"):
            if beside.name.startswith(f"{file.path.name}.rerun-"):
                reason = f"a rerun goes on or broke off: {clean_str(beside.name)}"
                yield Finding(dataset, category, reason=reason)


def _summary(run: Run, dataset: str) -> Mapping[str, object]:
    """What a report tells of the requests of a dataset."""
    answers = {file.path for file in run.samples}
    for path in run.files:
        if path not in answers:
            report = _report(path)
            if clean_str(report.get("dataset_name")) == dataset or path.stem == dataset:
                return as_mapping(report.get("execution_summary"))
    return {}


def _report(path: Path) -> Mapping[str, object]:
    try:
        with contained():
            if path.stat().st_size > LARGE:
                return {}
            documents, _ = read_documents(path, lambda _: True)
    except (OSError, Refusal):
        return {}
    return as_mapping(documents[0].value) if documents else {}
