"""Answers of lm-evaluation-harness: ``samples_<task>_<time>.jsonl``, and other names before 0.4.3.

A row is a question with one filter; since 0.4.3 it has hashes of the question and of the prompt.

* ``score`` is a row's number for a metric that is a mean over questions. Pairs such as
  ``[gold, predicted]``, lists and log-likelihoods of perplexities are what a metric over all
  questions is made of: they have none.
* Rows until 0.4.6 do not name their filter: the second row of a ``doc_id`` belongs to the second
  filter of the task, in the order in which results list them. Without results the filters
  are numbered, where every question is there equally often.
* Where a question was asked several times, all responses stand in one row with one score, which is
  attempt 0; 0.5 may add a score for every attempt.
* Questions are paired by content: several tasks ask one twice, and ``--samples`` with an unsorted
  list (0.4.9 to 0.4.13) writes wrong ``doc_id``.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

import polars as pl

from tui_eval.files.strings import clean_str
from tui_eval.formats.index import Index, hash_texts
from tui_eval.formats.lm_eval.run_info import time_of
from tui_eval.formats.lm_eval.write import safe_name
from tui_eval.records import Run, SampleFile, Score
from tui_eval.tables import ANSWERS

UNNAMED_FILTER = "filter {}"
"""What a filter is called of which neither results nor rows tell the name."""

_OF_ANY_FILTER = "answers to the same questions may be of other filters"

_LAST = 2**63 - 1

_OLD_ENDINGS = ("_eval_samples", "_write_out_info")  # Weights & Biases; 0.3

_OCCASION = ("metric", "filter", "attempt")

_TURN = pl.int_range(pl.len()).over("id", "metric", "attempt")
"""How often a question came before, of rows that do not name their filter."""


def place_of(run: Run, file: SampleFile) -> tuple[str | None, str | None]:
    """Dataset and category of a file's task; no dataset where it is in several groups."""
    task, scores = _task_of(run, file)
    places = places_of(task, scores)
    return places[0] if len(places) == 1 else (None, places[0][1])


def samples(run: Run, indexes: Mapping[SampleFile, Index]) -> tuple[pl.DataFrame, list[str]]:
    """The answers of a run, those of a task in several groups once in each.

    Returns:
        `ANSWERS`; and tasks of which it is not known which filter gave an answer.
    """
    frames = [pl.DataFrame(schema=ANSWERS)]
    notes: list[str] = []
    for task, scores, _, written in answers_of_tasks(run, indexes, notes):
        rows = _with_filter(written, task, scores, notes)
        rows = _with_sample(rows)
        frames.extend(
            rows.with_columns(
                dataset=pl.lit(dataset, pl.String),
                category=pl.lit(category, pl.String),
                data_file=pl.lit(None, pl.String),
            ).select(ANSWERS.names())
            for dataset, category in places_of(task, scores)
        )
    return pl.concat(frames), notes


def answers_of_tasks(
    run: Run, indexes: Mapping[SampleFile, Index], notes: list[str] | None = None
) -> Iterator[tuple[str, list[Score], list[SampleFile], pl.DataFrame]]:
    """Each task with its scores, its files and their rows, those of copied files once.

    ``notes`` takes which files are copies.
    """
    tasks: dict[str, tuple[list[Score], dict[SampleFile, pl.DataFrame]]] = {}
    for file, found in sorted(indexes.items(), key=lambda item: str(item[0].path)):
        task, scores = _task_of(run, file)
        rows = found.rows.drop("passages")
        rows = rows.with_columns(file=pl.lit(clean_str(str(file.path)), pl.String))
        tasks.setdefault(task, (scores, {}))[1][file] = rows
    for task, (scores, parts) in tasks.items():
        kept = _without_copies(parts, task, [] if notes is None else notes)
        yield task, scores, list(kept), pl.concat(kept.values())


def count_again(rows: pl.DataFrame, scores: Sequence[Score]) -> int:
    """How many answers of a task are there again; of rows without filters one for each counts."""
    filters = len(dict.fromkeys(score.filter for score in scores))
    if rows["filter"].null_count() < rows.height or filters < 2:
        return _count_answers(rows) - _count_answers(_first(rows))
    return _count_answers(rows.filter(filters <= _TURN))


def _without_copies(
    parts: Mapping[SampleFile, pl.DataFrame], task: str, notes: list[str]
) -> dict[SampleFile, pl.DataFrame]:
    """The files of a task and their rows, copied files once."""
    kept: dict[SampleFile, pl.DataFrame] = {}
    for file, rows in parts.items():
        content = rows.drop("place", "file")
        if any(content.equals(other.drop("place", "file")) for other in kept.values()):
            notes.append(f"{task}: {rows['file'][0]} is a copy, and is left out")
        else:
            kept[file] = rows
    return kept


def _once(
    rows: pl.DataFrame, task: str, notes: list[str], told: str = "answers are there again"
) -> pl.DataFrame:
    """Of answers that were written again the first: same number, question, filter and attempt."""
    first = _first(rows)
    if first.height == rows.height:
        return rows
    if again := _count_answers(rows) - _count_answers(first):
        notes.append(f"{task}: {again} {told}, the first ones count")
    return first


def _first(rows: pl.DataFrame) -> pl.DataFrame:
    return rows.unique(["id", "question", *_OCCASION], keep="first", maintain_order=True)


def _count_answers(rows: pl.DataFrame) -> int:
    """How many answers rows are of: each has a row of every metric."""
    return rows.select("file", "place", "attempt").n_unique()


def _task_of(run: Run, file: SampleFile) -> tuple[str, list[Score]]:
    """The task whose answers a file holds, as scores name it, and all its scores.

    Before 0.4.3 arguments of the model stand before the task in the file's name.
    """
    told = file.category or ""
    for ending in _OLD_ENDINGS:
        told = told.removesuffix(ending)
    short = told.rpartition("::")[2]
    tasks: dict[str, list[Score]] = {}
    for score in run.scores:
        if score.category is not None:
            tasks.setdefault(score.category, []).append(score)
    named = [name for name in (told, short) if name in tasks]
    if not named:
        named = [name for name in tasks if safe_name(name) == told]
    if not named and time_of(file.path) is None:
        named = sorted((name for name in tasks if told.endswith(f"_{name}")), key=len)[-1:]
    if not named:
        return short, []
    task = named[0]
    return task, _of_group(tasks[task], told.rpartition("::")[0])


def _of_group(scores: list[Score], group: str) -> list[Score]:
    """Those of the group that 0.5 names with a task, where tasks of several have one name."""
    short = group.rpartition("::")[2]
    own = [s for s in scores if short in (s.dataset, (s.group or "").rpartition(" › ")[2])]
    return own if short and own else scores


def places_of(task: str, scores: Iterable[Score]) -> list[tuple[str, str]]:
    """Datasets and categories of a task; without scores it is both itself."""
    places = dict.fromkeys((score.dataset, score.category or task) for score in scores)
    return list(places) or [(task, task)]


def _with_filter(
    rows: pl.DataFrame, task: str, scores: Sequence[Score], notes: list[str]
) -> pl.DataFrame:
    """Rows whose filter is not written get it by how often their question came before."""
    if rows["filter"].null_count() < rows.height:
        return _once(rows, task, notes)
    names = list(dict.fromkeys(score.filter for score in scores))
    names = names or _numbered_filters(rows.select("id", turn=_TURN))
    if len(names) == 1:
        is_told = any(score.origin == "reported" for score in scores)
        rows = _once(rows, task, notes) if is_told else _once(rows, task, notes, _OF_ANY_FILTER)
        return rows.with_columns(filter=pl.lit(names[0], pl.String))
    rows = rows.with_columns(turn=_TURN)
    unknown = rows.filter(pl.col("turn") >= len(names))
    if len(unknown):
        count = _count_answers(unknown)
        notes.append(f"{task}: {count} answers do not tell which filter they are of")
    known = dict(enumerate(names))
    by_turn = pl.col("turn").replace_strict(known, default=None, return_dtype=pl.String)
    return rows.with_columns(filter=by_turn).drop("turn")


def _numbered_filters(turns: pl.DataFrame) -> list[str | None]:
    """Names of filters that no file tells, where every ``id`` is there equally often."""
    times = turns.group_by("id").agg(pl.col("turn").max())["turn"].unique().to_list()
    if len(times) != 1 or times == [0]:
        return [None]
    return [UNNAMED_FILTER.format(number) for number in range(1, times[0] + 2)]


def _with_sample(rows: pl.DataFrame) -> pl.DataFrame:
    """The key of the question: its hash, or its id where its content is not in the file.

    A question that a task asks several times is numbered in the order of ``doc_id``.
    """
    key = hash_texts(rows["question"]).fill_null(rows["id"])
    rows = rows.with_columns(sample=key)
    if not rows.select("sample", *_OCCASION).is_duplicated().any():  # else it takes much longer
        return rows
    number = pl.col("id").cast(pl.Int64, strict=False).fill_null(_LAST)
    turn = number.rank("ordinal").over("sample", *_OCCASION)
    suffix = pl.when(turn > 1).then(pl.format("#{}", turn)).otherwise(pl.lit(""))
    return rows.with_columns(sample=pl.concat_str("sample", suffix))
