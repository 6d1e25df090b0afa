"""Answers to single questions of EvalScope: of its reviews, and of predictions nobody judged yet.

A review and its prediction share the ``index`` of a row in their subset; up to 0.17, where a
prediction may have none, their ``answer_id``. The prediction alone tells whether the model was cut
off or its server failed; the review tells all else.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

import polars as pl

from tui_eval.files.documents import Problem
from tui_eval.files.rows import BEGIN, Start
from tui_eval.files.strings import clean_str
from tui_eval.formats.evalscope.conversations import Conversation, candidate_of, conversation_of
from tui_eval.formats.evalscope.metrics import matched_names
from tui_eval.formats.evalscope.reviews import written_again
from tui_eval.formats.evalscope.rows import (
    MOST,
    Line,
    Result,
    Row,
    errors_of,
    first_choice,
    games_of,
    has_no_target,
    index_of,
    is_review,
    read_rows,
    results_of,
    review_of,
    score_of,
)
from tui_eval.formats.index import Batch, Found, Index, batches, content_hash
from tui_eval.formats.values import as_count, as_mapping
from tui_eval.records import Run, SampleFile, Status, Verdict
from tui_eval.tables import SAMPLES

INDEX_VERSION = 3

_COLLECTION = "data_collection"
_NO_INDEX = -1
_EVEN = 0.5  # the score of a battle that nobody won
_TRUNCATED = frozenset({"length", "max_tokens", "model_length"})
_COLUMNS = pl.Schema({name: kind for name, kind in SAMPLES.items() if name != "run"})


# --- one pass over a file -----------------------------------------------------------------------


def index(path: Path, problems: list[Problem], start: Start = BEGIN) -> Iterator[Batch]:
    """What the rows of a file of reviews or predictions say.

    ``item`` is the row's ``index`` here, by which reviews and predictions are joined; -1: it has
    none. `samples` makes it 0, since a row holds one answer.
    """
    rows = read_rows(path, problems, start)
    yield from batches((line.end, _found(line, row)) for line, row in rows)


def _found(line: Line, row: Row) -> Iterator[Found]:
    said = conversation_of(row)
    index = index_of(row)
    group = as_count(as_mapping(row.get("sample_score")).get("group_id"))
    number = line.number - 1 if index is None else index  # 0.10 wrote rows in their order
    one = Found(
        id=str(number if group is None else group),
        place=line.begin,
        question=None if said.question is None else content_hash(said.question),
        prompt=_prompt(row, said),
        category=_category(row),
        attempt=_attempt(row),
        item=_NO_INDEX if index is None else index,
        length=None if said.response is None else len(said.response),
        tokens=_tokens(row),
        answer_id=content_hash(name) if (name := clean_str(row.get("answer_id"))) else None,
    )
    if not is_review(row):
        yield one._replace(status=_prediction_status(row, said))
        return
    status = _review_status(row, said)
    is_battle = candidate_of(row) is not None
    for result in results_of(row) or [_unscored(row)]:
        score = result.numbers[0] if len(result.numbers) == 1 and not result.is_pooled else None
        is_scored = bool(result.numbers) or status != "ok"
        yield one._replace(
            metric=result.metric or None,
            score=score,
            status=result.flaw or (status if is_scored else "not scored"),
            verdict=_verdict(score) if is_battle else None,
        )


def _unscored(row: Row) -> Result:
    """A row without a value; what it would be of is the main metric."""
    metric = clean_str(score_of(row).get("main_score_name")) or ""
    if errors_of(row):
        return Result(metric, [], flaw="error")
    is_told = has_no_target(row) and not _is_excluded(row)
    return Result(metric, [], flaw="no reference" if is_told else None)


def _verdict(score: float | None) -> Verdict | None:
    """How a battle ended for the model whose answer it is."""
    if score is None:
        return None
    return "tie" if score == _EVEN else "win" if score > _EVEN else "loss"


def _attempt(row: Row) -> int:
    """Which attempt it is, where the row tells: from 1.11 on."""
    written = as_mapping(row.get("sample_score")).get("generation_index")
    return as_count(written, MOST) or 0


def _category(row: Row) -> str | None:
    """The subset of a question in a collection of several data sets, as its report names it."""
    sample = as_mapping(row.get("sample_score")).get("sample_metadata") or row.get("metadata")
    info = as_mapping(as_mapping(sample).get("collection_info"))
    dataset, subset = clean_str(info.get("dataset_name")), clean_str(info.get("subset_name"))
    return f"{dataset}/{subset}" if dataset and subset else None


def _prompt(row: Row, said: Conversation) -> int | None:
    """In an arena two models were asked elsewhere."""
    if not said.asked or candidate_of(row) is not None:
        return None
    return content_hash(*(text for message in said.asked for text in message))


def _tokens(row: Row) -> int | None:
    """Tokens of the response: where the prediction counts them, else in the model's last turn."""
    if candidate_of(row) is not None:  # those of a model that only fills a place
        return None
    usage = as_mapping(as_mapping(row.get("model_output")).get("usage") or row.get("usage"))
    written = usage.get("output_tokens", usage.get("completion_tokens"))
    if written is None and (messages := row.get("messages")) and isinstance(messages, list):
        last = as_mapping(messages[-1])
        if last.get("source") == "generate":
            written = as_mapping(last.get("perf_metrics")).get("output_tokens")
    return as_count(written)


def _is_blank(text: object) -> bool:
    return text is None or (isinstance(text, str) and not text.strip())


def _prediction_status(row: Row, said: Conversation) -> Status:
    output = as_mapping(row.get("model_output"))
    stopped = _stopped(row)
    if output.get("error") or stopped == "content_filter":
        return "error"
    if _is_blank(said.response):
        return "empty"
    return "truncated" if stopped in _TRUNCATED else "ok"


def _stopped(row: Row) -> str | None:
    choice = first_choice(row)
    return clean_str(choice.get("finish_reason")) or clean_str(choice.get("stop_reason"))


def _review_status(row: Row, said: Conversation) -> Status:
    """What became of an answer, apart from what it was compared with."""
    excluded = _is_excluded(row)
    if excluded and not _was_misread(row):
        return "error"
    if _is_blank(said.response):
        return "empty"
    if _stopped(row) in _TRUNCATED:
        return "truncated"
    return "unparsed" if excluded or _found_nothing(row) else "ok"


def _is_excluded(row: Row) -> bool:
    """Whether no judge gave a verdict, and EvalScope counts the answer nowhere: from 1.11 on."""
    return score_of(row).get("status") == "excluded"


def _was_misread(row: Row) -> bool:
    """Whether a judge did reply, though with nothing that can be read as a verdict."""
    failures = as_mapping(as_mapping(score_of(row).get("judge_summary")).get("failures"))
    return "parse_error" in failures


def _found_nothing(row: Row) -> bool:
    """Whether EvalScope took nothing from the response, or no verdict from a judge's reply."""
    if any("judgment" in game and not game["judgment"] for game in games_of(row)):
        return True
    score, review = score_of(row), review_of(row)
    return any(
        name in of and _is_blank(of[name])
        for of, name in ((score, "extracted_prediction"), (review, "pred"))
    )


# --- the answers of a run -----------------------------------------------------------------------


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
    by_subset: dict[tuple[str | None, str | None], dict[str, SampleFile]] = {}
    for file in run.samples:
        by_subset.setdefault((file.dataset, file.category), {})[file.what] = file
    frames = [_COLUMNS.to_frame()]
    for files in by_subset.values():
        frames.extend(_subset(run, files, indexes, notes))
    return pl.concat(frames), notes


def _subset(
    run: Run,
    files: Mapping[str, SampleFile],
    indexes: Mapping[SampleFile, Index],
    notes: list[str],
) -> Iterator[pl.DataFrame]:
    """The answers of a subset; what is not judged is known once all that is judged is read."""
    latest = {
        what: _keyed(_latest(indexes[file].rows, file, notes))
        for what, file in files.items()
        if file in indexes
    }
    predictions, reviews = latest.get("predictions"), latest.get("reviews")
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
    last = pl.col("place").max().over("item")
    kept = rows.filter((pl.col("item") == _NO_INDEX) | (pl.col("place") == last))
    again = rows["place"].n_unique() - kept["place"].n_unique()
    if again:
        notes.append(written_again(clean_str(file.path.name) or "", again))
    return kept


def _keyed(rows: pl.DataFrame) -> pl.DataFrame:
    """With the ``key`` of a row in its subset: its index, else its question and which time."""
    time = pl.col("place").rank("dense").over("item", "question")
    content = pl.format("{}#{}", pl.col("question").fill_null(0), time)
    by_index = pl.col("item") != _NO_INDEX
    return rows.with_columns(
        time=time, key=pl.when(by_index).then(pl.col("item").cast(pl.String)).otherwise(content)
    )


def _matched(predictions: pl.DataFrame, reviews: pl.DataFrame) -> pl.DataFrame:
    """Predictions under the keys of their reviews where only these have an index, as in 0.17.

    What a row calls its answer joins the two exactly, else the question: which time it was asked.
    """
    if not ((predictions["item"] == _NO_INDEX).any() and (reviews["item"] != _NO_INDEX).any()):
        return predictions
    are_named = predictions["answer_id"].count() and reviews["answer_id"].count()
    name = "answer_id" if are_named else "question"
    keys = _times(predictions, name).join(_times(reviews, name), on=[name, "nth"], nulls_equal=True)
    joined = predictions.join(
        keys.select("place", reviewed="key_right"), on="place", how="left", maintain_order="left"
    )
    is_matched = (pl.col("item") == _NO_INDEX) & pl.col("reviewed").is_not_null()
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
    is_one = (pl.col("item") == _NO_INDEX) | (repeats == 1)
    item = pl.col("item")
    return predictions.with_columns(
        id=pl.when(is_one).then("id").otherwise((item // repeats).cast(pl.String)),
        attempt=pl.when(is_one).then("attempt").otherwise(item % repeats),
    )


def _named(rows: pl.DataFrame, run: Run, file: SampleFile) -> pl.DataFrame:
    """The rows of a file as `SAMPLES` has them."""
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
    ).select(pl.col(name).cast(kind) for name, kind in _COLUMNS.items())


def _pairs(rows: pl.DataFrame) -> Iterable[str]:
    """What tells a question apart in its subset: its number and content, or its content alone."""
    for name, question, index, time in rows.select("id", "question", "item", "time").iter_rows():
        content = "" if question is None else f"{question:016x}"
        if index != _NO_INDEX or not content:
            yield f"{name}:{content}"
        else:
            yield content if time == 1 else f"{content}#{time}"
