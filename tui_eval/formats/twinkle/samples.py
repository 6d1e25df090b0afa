"""The answers of a run of Twinkle Eval, each with the data file to which it belongs."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

import polars as pl

from tui_eval.formats.index import Index
from tui_eval.formats.twinkle.names import category_name, dataset_name
from tui_eval.formats.twinkle.rows import ACCURACY, run_number
from tui_eval.formats.twinkle.segments import COPIES, Part, Rows, divide
from tui_eval.formats.values import as_count
from tui_eval.records import UNFINISHED, Run, SampleFile, Score, Unit
from tui_eval.tables import ANSWERS, INDEX

_NUMBERED = pl.Schema({**INDEX, "number": pl.Int64(), "repeat": pl.Int32(), "file": pl.String()})
_QUESTION = ("id", "question")
UNKNOWN_DATASET = "Twinkle Eval (dataset not recorded)"
UNKNOWN_FILE = "data files not recorded"
_ANSWER = ("number", "id", "repeat", "attempt", "metric")


class DataFile(NamedTuple):
    """A data file of a run, and what is reported of it, by the number of the repeated run."""

    dataset: str
    category: str
    data_file: str
    unit: Unit | None
    accuracies: dict[int, float | None]
    unparsed: dict[int, float | None]


def place_of(run: Run, file: SampleFile) -> tuple[None, None]:
    """Every file holds the answers of one repeated run to the questions of all data files."""
    return None, None


def samples(run: Run, indexes: Mapping[SampleFile, Index]) -> tuple[pl.DataFrame, list[str]]:
    """The answers of a run whose data file is certain, and notes on the others.

    ``attempt`` counts the samples of a question through the repeated runs, failed ones included.
    Of a file that is read half there are answers only if they name their data file.
    """
    left_out: dict[SampleFile, list[str]] = {}
    files, rows, once = attributed(run, indexes, left_out)
    notes = [note for own in left_out.values() for note in own]
    if once.height < rows.height:
        notes.append(f"{rows.height - once.height} rows are there twice; each counts once")
    width = pl.col("attempt").max().over("number") + 1
    scale = pl.when(unit="percent", metric=ACCURACY).then(100.0).otherwise(1.0)
    named = (
        once.drop("category")
        .join(_frame(files), on="number", maintain_order="left")
        .join(_keys(once), on=_QUESTION, nulls_equal=True, maintain_order="left")
        .with_columns(
            attempt=pl.col("repeat") * width + pl.col("attempt"), score=pl.col("score") * scale
        )
    )
    return named.select(ANSWERS.names()), notes


def attributed(
    run: Run, indexes: Mapping[SampleFile, Index], notes: dict[SampleFile, list[str]]
) -> tuple[list[DataFile], pl.DataFrame, pl.DataFrame]:
    """The data files of a run, all rows of which they are certain, and of these each answer once.

    ``number`` of a row is that of its data file; ``notes`` takes what is left out
    of a file.
    """
    is_reported = any(task.origin == "reported" for task in run.scores.tasks)
    files = _data_files(run.scores) if is_reported else _named_files(indexes.values())
    place = _certain if is_reported else _alone
    found = [
        place(file, index, files, notes.setdefault(file, [])) for file, index in indexes.items()
    ]
    rows = pl.concat([pl.DataFrame(schema=_NUMBERED), *found])
    answer = _ANSWER if is_reported else (*_ANSWER, "question")
    return files, rows, rows.unique(answer, keep="first", maintain_order=True)


def _data_files(scores: Iterable[Score]) -> list[DataFile]:
    """The data files of a run, in the order in which they were evaluated."""
    files: dict[tuple[str, str, str], DataFile] = {}
    for score in scores:
        if score.category is None or score.file is None:
            continue
        key = (score.dataset, score.category, score.file)
        file = files.setdefault(key, DataFile(*key, score.unit, {}, {}))
        if score.repeat is not None and score.metric == ACCURACY:
            file.accuracies[score.repeat] = score.value
        elif score.repeat is not None and score.metric == "unparsed_count":
            file.unparsed[score.repeat] = score.value
    return list(files.values())


def _named_files(indexes: Iterable[Index]) -> list[DataFile]:
    """Data files without results: those that rows name, and one for rows that name none."""
    names = [name for index in indexes for name in index.rows["category"].unique().sort()]
    return [
        DataFile(UNKNOWN_DATASET, UNKNOWN_FILE, UNKNOWN_FILE, "fraction", {}, {})
        if name is None
        else DataFile(
            dataset_name(name.rpartition("/")[0]) or UNKNOWN_DATASET,
            category_name(name),
            name,
            "fraction",
            {},
            {},
        )
        for name in dict.fromkeys(names)
    ]


def _alone(
    file: SampleFile, index: Index, files: Sequence[DataFile], notes: list[str]
) -> pl.DataFrame:
    """The rows of a file of answers without results: all of them."""
    numbers = {data_file.data_file: number for number, data_file in enumerate(files)}
    category = pl.col("category").fill_null(UNKNOWN_FILE)
    number = category.replace_strict(numbers, default=None, return_dtype=pl.Int64)
    return _numbered(file, index.rows, index.rows.select(number).to_series())


def _frame(files: Sequence[DataFile]) -> pl.DataFrame:
    names = {"dataset": pl.String, "category": pl.String, "data_file": pl.String, "unit": pl.String}
    rows = [(number, *file[: len(names)]) for number, file in enumerate(files)]
    return pl.DataFrame(rows, {"number": pl.Int64, **names}, orient="row")


def _keys(rows: pl.DataFrame) -> pl.DataFrame:
    """``sample`` of every question: its number and what it asks."""
    questions = rows.select(_QUESTION).unique()
    keys = [
        number if content is None else f"{number}:{content:016x}"
        for number, content in questions.iter_rows()
    ]
    return questions.with_columns(sample=pl.Series(keys, dtype=pl.String))


def _certain(
    file: SampleFile, index: Index, files: Sequence[DataFile], notes: list[str]
) -> pl.DataFrame:
    """The rows of a file of answers whose data file is certain: ``number`` is that in ``files``."""
    rows, name = index.rows, file.path.name
    if rows["category"].null_count() < rows.height:
        numbers, told = _by_name(rows, files, name)
    elif index.is_whole and not rows.is_empty():
        numbers, told = _by_order(rows, files, name)
    else:
        return pl.DataFrame(schema=_NUMBERED)
    notes.extend(told)
    return _numbered(file, rows, numbers)


def _numbered(file: SampleFile, rows: pl.DataFrame, numbers: pl.Series) -> pl.DataFrame:
    """Rows of a file of answers with the numbers of their data files; those without are left."""
    repeat = run_number(file.path.name) or 0
    place = os.fsencode(file.path).decode("utf-8", "backslashreplace")
    numbered = rows.with_columns(
        number=numbers, repeat=pl.lit(repeat, pl.Int32), file=pl.lit(place, pl.String)
    )
    return numbered.drop_nulls("number")


def _by_name(
    rows: pl.DataFrame, files: Sequence[DataFile], name: str
) -> tuple[pl.Series, list[str]]:
    """The numbers of rows that name their data file; null: left out, and why."""
    numbers: dict[str, int | None] = {}
    for number, file in enumerate(files):
        numbers[file.data_file] = None if file.data_file in numbers else number
    is_twice = pl.struct("category", "id", "attempt", "metric").is_duplicated()
    named = rows.select(
        "metric",
        number=pl.col("category").replace_strict(numbers, default=None, return_dtype=pl.Int64),
        is_twice=is_twice.any().over("category"),
    )
    answers = named.filter(metric=ACCURACY)
    notes = []
    if unknown := answers["number"].null_count():
        notes.append(f"{unknown} answers of {name} left out: of no data file of the results")
    if twice := answers.drop_nulls("number")["is_twice"].sum():
        notes.append(f"{twice} answers of {name} left out: of data files with {COPIES}")
    return named.select(pl.when(~pl.col("is_twice")).then("number")).to_series(), notes


def _by_order(
    rows: pl.DataFrame, files: Sequence[DataFile], name: str
) -> tuple[pl.Series, list[str]]:
    """The numbers of rows of which only the order and what is reported tell the data file."""
    repeat = run_number(name) or 0
    is_answer = rows["metric"] == ACCURACY
    answers = rows.filter(is_answer)
    evaluated = [number for number, file in enumerate(files) if repeat in file.accuracies]
    division = divide(_facts(answers), [_part(files[number], repeat) for number in evaluated])
    if division.parts is None:
        nothing = pl.repeat(None, rows.height, dtype=pl.Int64, eager=True)
        why = f"not attributable to data files: {division.reason}"
        return nothing, [f"{answers.height} answers of {name} left out: {why}"]
    notes = [f"{name}: numbers of questions are missing in it"] if division.has_gaps else []
    of_answers = pl.Series(evaluated, dtype=pl.Int64).gather(division.parts)
    return of_answers.gather(is_answer.cum_sum() - 1), notes


def _facts(answers: pl.DataFrame) -> Rows:
    # whether something was extracted of it, no status says: it may count as unparsed
    is_unfinished = (answers["status"] == UNFINISHED) & (answers["score"] != 1).fill_null(True)
    return Rows(
        question=answers["id"].cast(pl.Int64).to_numpy(),
        sample=answers["attempt"].to_numpy(),
        correct=(answers["score"] == 1).fill_null(False).to_numpy(),
        unparsed=(answers["status"] == "unparsed").to_numpy(),
        empty=((answers["status"] == "empty") | is_unfinished).to_numpy(),
    )


def _part(file: DataFile, repeat: int) -> Part:
    accuracy = file.accuracies[repeat]
    if accuracy is not None and file.unit == "percent":
        accuracy /= 100
    return Part(accuracy, as_count(file.unparsed.get(repeat)))
