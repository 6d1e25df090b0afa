"""Answers to single questions of EvalScope: of its reviews, and of predictions nobody judged yet.

A review and its prediction share the ``index`` of a row in their subset; up to 0.17, where a
prediction may have none, their ``answer_id``. The prediction alone tells whether the model was cut
off or its server failed; the review tells all else.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

import polars as pl

from tui_eval.files.strings import clean_str
from tui_eval.formats.evalscope.metrics import matched_names
from tui_eval.formats.evalscope.passes import NO_INDEX
from tui_eval.formats.evalscope.reviews import written_again
from tui_eval.formats.index import Index
from tui_eval.records import Run, SampleFile
from tui_eval.tables import ANSWERS

_COLLECTION = "data_collection"


def place_of(run: Run, file: SampleFile) -> tuple[str | None, str | None]:
    """Dataset and subset of a file, as the scores name them; a collection holds several."""
    categories = _categories(run, file.dataset)
    if file.category is None or file.category in categories:
        return file.dataset, file.category
    written = [  # a slash is none in the name of a file, and a group may stand before the subset
        name
        for name in categories
        if file.category in (name.replace("/", "_"), name.rpartition("/")[2])
    ]
    if len(written) == 1:
        return file.dataset, written[0]
    return file.dataset, None if file.dataset == _COLLECTION and categories else file.category


def _categories(run: Run, dataset: str | None) -> dict[str, None]:
    tasks = (task for task in run.scores.tasks if task.dataset == dataset)
    return dict.fromkeys(task.category for task in tasks if task.category is not None)


def samples(run: Run, indexes: Mapping[SampleFile, Index]) -> tuple[pl.DataFrame, list[str]]:
    """Every review with what its prediction adds, and every prediction that was not judged."""
    notes: list[str] = []
    frames = [ANSWERS.to_frame()]
    for files in predictions_and_reviews(run).values():
        frames.extend(_subset(run, files, indexes, notes))
    return pl.concat(frames), notes


def predictions_and_reviews(
    run: Run,
) -> dict[tuple[str | None, str | None], dict[str, SampleFile]]:
    """The two files of each subset, by what they are."""
    by_subset: dict[tuple[str | None, str | None], dict[str, SampleFile]] = {}
    for file in run.samples:
        by_subset.setdefault((file.dataset, file.category), {})[file.what] = file
    return by_subset


def _subset(
    run: Run,
    files: Mapping[str, SampleFile],
    indexes: Mapping[SampleFile, Index],
    notes: list[str],
) -> Iterator[pl.DataFrame]:
    """The answers of a subset; what is not judged is known once all that is judged is read."""
    kept = {
        what: _keyed(_latest(indexes[file].rows, file, notes))
        for what, file in files.items()
        if file in indexes
    }
    predictions, reviews = kept.get("predictions"), kept.get("reviews")
    if predictions is not None and reviews is not None:
        predictions = _matched(predictions, reviews)
    if reviews is not None:
        file = files["reviews"]
        reviews = _with_attempts(reviews)
        joined = reviews if predictions is None else _joined(reviews, predictions)
        yield _named(joined, run, file)
    if predictions is None or ("reviews" in files and not _is_whole(files["reviews"], indexes)):
        return
    file = files["predictions"]
    is_sound = pl.col("status") == "ok"  # so far: nothing says whether the answer is right
    predictions = predictions.with_columns(
        status=pl.when(is_sound).then(pl.lit("not scored")).otherwise("status")
    )
    if reviews is not None:
        predictions = predictions.join(reviews, on="key", how="anti")
        predictions = _numbered(predictions, reviews)
        if len(predictions) and _is_whole(file, indexes):
            what = "prediction" if len(predictions) == 1 else "predictions"
            notes.append(f"{clean_str(file.path.name)}: {len(predictions)} {what} not reviewed")
    yield _named(predictions, run, file)


def _is_whole(file: SampleFile, indexes: Mapping[SampleFile, Index]) -> bool:
    return file in indexes and indexes[file].is_whole


def _latest(rows: pl.DataFrame, file: SampleFile, notes: list[str]) -> pl.DataFrame:
    """Of rows with one index the last one, which is the one that EvalScope counts."""
    kept = latest(rows)
    again = rows["place"].n_unique() - kept["place"].n_unique()
    if again:
        notes.append(written_again(clean_str(file.path.name) or "", again))
    return kept


def latest(rows: pl.DataFrame) -> pl.DataFrame:
    """Of rows with one index the last one."""
    last = pl.col("place").max().over("item")
    return rows.filter((pl.col("item") == NO_INDEX) | (pl.col("place") == last))


def _keyed(rows: pl.DataFrame) -> pl.DataFrame:
    """With the ``key`` of a row in its subset: its index, else its question and which time."""
    time = pl.col("place").rank("dense").over("item", "question")
    content = pl.format("{}#{}", pl.col("question").fill_null(0), time)
    by_index = pl.col("item") != NO_INDEX
    return rows.with_columns(
        time=time, key=pl.when(by_index).then(pl.col("item").cast(pl.String)).otherwise(content)
    )


def _matched(predictions: pl.DataFrame, reviews: pl.DataFrame) -> pl.DataFrame:
    """Predictions under the keys of their reviews where only these have an index, as in 0.17.

    What a row calls its answer joins the two exactly, else the question: which time it was asked.
    """
    if not ((predictions["item"] == NO_INDEX).any() and (reviews["item"] != NO_INDEX).any()):
        return predictions
    are_named = predictions["answer_id"].count() and reviews["answer_id"].count()
    name = "answer_id" if are_named else "question"
    keys = _times(predictions, name).join(_times(reviews, name), on=[name, "nth"], nulls_equal=True)
    joined = predictions.join(
        keys.select("place", reviewed="key_right"), on="place", how="left", maintain_order="left"
    )
    is_matched = (pl.col("item") == NO_INDEX) & pl.col("reviewed").is_not_null()
    key = pl.when(is_matched).then("reviewed").otherwise("key")
    return joined.with_columns(key=key).drop("reviewed")


def _times(rows: pl.DataFrame, name: str) -> pl.DataFrame:
    """``place, key``, what rows are joined by, and the ``nth`` row of the file that has it."""
    own = rows.unique("place", maintain_order=True)
    return own.select("place", "key", name, nth=pl.col("place").rank("ordinal").over(name))


def _with_attempts(rows: pl.DataFrame) -> pl.DataFrame:
    """With attempts counted by index where the rows tell none, as up to 1.10."""
    told = pl.col("attempt").max().over("id") > 0
    counted = pl.col("item") - pl.col("item").min().over("id")
    return rows.with_columns(attempt=pl.when(told).then("attempt").otherwise(counted))


def _joined(reviews: pl.DataFrame, predictions: pl.DataFrame) -> pl.DataFrame:
    """Reviews with the tokens of their predictions, and what went wrong before they were judged."""
    more = predictions.select("key", predicted="status", counted="tokens")
    is_later = pl.col("status").is_in(["ok", "unparsed"])
    return reviews.join(more, on="key", how="left", maintain_order="left").with_columns(
        tokens=pl.coalesce("counted", "tokens"),
        status=pl.when(pl.col("predicted") == "error")
        .then(pl.lit("error"))
        .when((pl.col("predicted") == "truncated") & is_later)
        .then(pl.lit("truncated"))
        .otherwise("status"),
    )


def _numbered(predictions: pl.DataFrame, reviews: pl.DataFrame) -> pl.DataFrame:
    """Predictions by question and attempt: an index counts all attempts of a question in a row."""
    highest = reviews["attempt"].max()
    repeats = int(highest) + 1 if isinstance(highest, int) else 1
    is_one = (pl.col("item") == NO_INDEX) | (repeats == 1)
    item = pl.col("item")
    return predictions.with_columns(
        id=pl.when(is_one).then("id").otherwise((item // repeats).cast(pl.String)),
        attempt=pl.when(is_one).then("attempt").otherwise(item % repeats),
    )


def _named(rows: pl.DataFrame, run: Run, file: SampleFile) -> pl.DataFrame:
    """The rows of a file as `ANSWERS` has them."""
    dataset, category = place_of(run, file)
    metrics = rows["metric"].drop_nulls().unique(maintain_order=True).to_list()
    reported = {score.metric: None for score in run.scores if score.dataset == dataset}
    names = matched_names(metrics, list(reported))
    known = list(_categories(run, dataset))
    own = pl.col("category")
    return rows.with_columns(
        dataset=pl.lit(dataset, pl.String),
        category=pl.when(own.is_in(known)).then(own).otherwise(pl.lit(category, pl.String)),
        data_file=pl.lit(None, pl.String),
        sample=pl.Series(_pairs(rows), dtype=pl.String),
        metric=pl.col("metric").replace(names),
        item=pl.lit(0, pl.Int32),
        file=pl.lit(clean_str(str(file.path))),
    ).select(pl.col(name).cast(kind) for name, kind in ANSWERS.items())


def _pairs(rows: pl.DataFrame) -> Iterable[str]:
    """What tells a question apart in its subset: its number and content, or its content alone."""
    for name, question, index, time in rows.select("id", "question", "item", "time").iter_rows():
        content = "" if question is None else f"{question:016x}"
        if index != NO_INDEX or not content:
            yield f"{name}:{content}"
        else:
            yield content if time == 1 else f"{content}#{time}"
