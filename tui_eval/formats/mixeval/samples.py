"""MixEval's answers: a file of them for each split, and the same again from each judge or rule.

A question is known by its id within a benchmark, version and split, and its line differs between
models. A run's scores count every row of a judged file, so all of them are samples; what nobody
judged has no score.
"""

from __future__ import annotations

from collections.abc import Mapping

import polars as pl

from tui_eval.files.strings import clean_str
from tui_eval.formats.index import Index
from tui_eval.formats.mixeval.rows import CHOICE, FREE, judge_of
from tui_eval.records import Run, SampleFile
from tui_eval.tables import ANSWERS


def place_of(run: Run, file: SampleFile) -> tuple[str | None, str | None]:
    """The benchmark and its version; each file holds many categories."""
    return file.dataset, None


def samples(run: Run, indexes: Mapping[SampleFile, Index]) -> tuple[pl.DataFrame, list[str]]:
    """All verdicts, under the filters of the scores that count them; answers without any have none.

    A question has a row for each judge whose scores are there.
    """
    frames = [pl.DataFrame(schema=ANSWERS)]
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
    """Rows of `ANSWERS`; a question has the same name where its id and its content are the same."""
    contents = ["" if one is None else f"{one:016x}" for one in rows["question"]]
    named = pl.format("{}:{}:{}", pl.lit(file.category), "id", pl.Series(contents, dtype=pl.String))
    time = pl.int_range(1, pl.len() + 1).over(named)
    return rows.with_columns(
        dataset=pl.lit(file.dataset, pl.String),
        data_file=pl.lit(None, pl.String),
        sample=pl.when(time > 1).then(pl.format("{}#{}", named, time)).otherwise(named),
        filter=pl.lit(name, pl.String),
        file=pl.lit(clean_str(str(file.path))),
    ).select(ANSWERS.names())
