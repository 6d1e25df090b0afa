"""MixEval's answers: a file of them for each split, and the same again from each judge or rule.

A question is known by its id within a benchmark, version and split, and its line differs between
models. A run's scores count every row of a judged file, so all of them are samples; what nobody
judged has no score.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

import polars as pl

from tui_eval.files.documents import Problem, Refusal, decode, parse
from tui_eval.files.rows import BEGIN, Start, json_rows, row_at
from tui_eval.files.strings import clean_str
from tui_eval.formats.index import Batch, Found, Index, batches, content_hash
from tui_eval.formats.mixeval.rows import (
    CHOICE,
    FREE,
    VERDICTS,
    Row,
    holds_verdict,
    id_of,
    judge_of,
    question_of,
    split_of,
    verdict,
)
from tui_eval.formats.values import as_mapping
from tui_eval.records import Run, SampleFile, Status
from tui_eval.tables import SAMPLES

INDEX_VERSION = 2

_COLUMNS = [name for name in SAMPLES if name != "run"]


def index(path: Path, problems: list[Problem], start: Start = BEGIN) -> Iterator[Batch]:
    """One pass over a file of answers or verdicts of one split: that of its first row.

    Raises:
        Refusal: It cannot be opened.
    """
    yield from batches(_rows(path, problems, start))


def place_of(run: Run, file: SampleFile) -> tuple[str | None, str | None]:
    """The benchmark and its version; each file holds many categories."""
    return file.dataset, None


def samples(run: Run, indexes: Mapping[SampleFile, Index]) -> tuple[pl.DataFrame, list[str]]:
    """All verdicts, under the filters of the scores that count them; answers without any have none.

    A question has a row for each judge whose scores are there.
    """
    frames = [pl.DataFrame(schema=SAMPLES).select(_COLUMNS)]
    there = [file for file in run.samples if file in indexes]
    for split in (FREE, CHOICE):
        main = _main_filter(run, split)
        judged = {judge_of(file.path): file for file in there if _is(file, split, "verdicts")}
        answered = [file for file in there if _is(file, split, "answers")][:1]
        known = pl.Series(dtype=pl.String)
        for judge, file in judged.items():
            filters = _filters(run, split, judge)
            frames.extend(_placed(indexes[file].rows, file, name) for name in filters)
            if main in filters:
                known = indexes[file].rows["id"]
        for file in answered:
            rows = indexes[file].rows
            frames.append(_placed(rows.filter(~rows["id"].is_in(known.implode())), file, main))
    return pl.concat(frames), []


# --- one pass over a file -----------------------------------------------------------------------


def _rows(path: Path, problems: list[Problem], start: Start) -> Iterator[tuple[int, list[Found]]]:
    split = split_of(row_at(path, 0)) if start.place else None
    rows = json_rows(path, problems, start)
    for place, data in rows:
        try:
            value = parse(decode(data)[0])
        except Refusal as refusal:
            problems.append(Problem(rows.where, refusal.problem.reason))
            continue
        found = split_of(value)
        split = split or found
        if found is None or found != split:
            problems.append(Problem(rows.where, f"no {split or 'MixEval'} row"))
            continue
        yield place + len(data), [_found(as_mapping(value), split, place)]


def _found(row: Row, split: str, place: int) -> Found:
    category, score = clean_str(row.get("benchmark_name")), verdict(row, split)
    question, prompt = question_of(row), clean_str(row.get("formated_input"))
    response = clean_str(row.get("response"))
    return Found(
        id_of(row) or "",
        place,
        metric="score",
        score=score if category is not None else None,  # MixEval counts it in no benchmark
        status=_status(row, split, score),
        question=None if question is None else content_hash(*(text or "" for text in question)),
        prompt=None if prompt is None else content_hash(prompt),
        category=category,
        length=None if response is None else len(response),
    )


def _status(row: Row, split: str, score: float | None) -> Status:
    """What became of an answer; a random score is one for a verdict that could not be parsed."""
    if not row.get("target"):
        return "no reference"
    if not (clean_str(row.get("response")) or "").strip():
        return "empty"
    if "judge_response" in row and not holds_verdict(row["judge_response"], split):
        return "unparsed"
    is_judged = bool(row.keys() & VERDICTS)
    return "unparsed" if is_judged and (score is None or row.get("parsed_result") == []) else "ok"


# --- rows of a run ------------------------------------------------------------------------------


def _is(file: SampleFile, split: str, what: str) -> bool:
    return (file.category, file.what) == (split, what)


def _main_filter(run: Run, split: str) -> str | None:
    """The filter of the scores that come first; without any over both splits, the split."""
    over_both = any(one.category is not None and one.filter is None for one in run.scores)
    return None if over_both else split


def _filters(run: Run, split: str, judge: str) -> list[str | None]:
    """Under which filters the scores count a judge's verdicts."""
    overall = {one.filter: one.method for one in run.scores if one.category is None}
    found = [_main_filter(run, split)] if overall.get(split, judge) == judge else []
    if judge in overall:
        found.append(judge)
    return found or [f"{split}, {judge}"]


def _placed(rows: pl.DataFrame, file: SampleFile, name: str | None) -> pl.DataFrame:
    """Rows of `SAMPLES`; a question has the same name where its id and its content are the same."""
    contents = ["" if one is None else f"{one:016x}" for one in rows["question"]]
    named = pl.format("{}:{}:{}", pl.lit(file.category), "id", pl.Series(contents, dtype=pl.String))
    time = pl.int_range(1, pl.len() + 1).over(named)
    return rows.with_columns(
        dataset=pl.lit(file.dataset, pl.String),
        data_file=pl.lit(None, pl.String),
        sample=pl.when(time > 1).then(pl.format("{}#{}", named, time)).otherwise(named),
        filter=pl.lit(name, pl.String),
        file=pl.lit(clean_str(str(file.path))),
    ).select(_COLUMNS)
