"""One pass over a file of EvalScope's reviews or predictions: what each row says of its answer."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

from tui_eval.files.documents import Problem
from tui_eval.files.rows import WHOLE, Span
from tui_eval.files.strings import clean_str
from tui_eval.formats.batches import Batch, Found, batches, content_hash
from tui_eval.formats.evalscope.conversations import Conversation, candidate_of, conversation_of
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
    sample_of,
    score_of,
)
from tui_eval.formats.passages import Field, Look, fields_of
from tui_eval.formats.values import as_count, as_mapping
from tui_eval.records import Status, Verdict

INDEX_VERSION = 6

NO_INDEX = -1
"""``item`` of a row that has no ``index``."""

_EVEN = 0.5  # the score of a battle that nobody won
_TRUNCATED = frozenset({"length", "max_tokens", "model_length"})


def index(path: Path, problems: list[Problem], span: Span = WHOLE) -> Iterator[Batch]:
    """What the rows of a file of reviews or predictions say.

    ``item`` is the row's ``index`` here, by which reviews and predictions are joined; -1: it has
    none. `samples` makes it 0, since a row holds one answer.
    """
    rows = read_rows(path, problems, span)
    look = Look()
    yield from batches((line.end, _found(line, row, look)) for line, row in rows)


def _found(line: Line, row: Row, look: Look) -> Iterator[Found]:
    said = conversation_of(row)
    question = None if said.question is None else content_hash(said.question)
    index = index_of(row)
    group = as_count(as_mapping(row.get("sample_score")).get("group_id"))
    number = line.number - 1 if group is None and index is None else index  # 0.10: in their order
    one = Found(
        id=str(number if group is None else group),
        place=line.begin,
        question=question,
        prompt=_prompt(row, said),
        category=_category(row),
        attempt=_attempt(row),
        item=NO_INDEX if index is None else index,
        length=None if said.response is None else len(said.response),
        tokens=_tokens(row),
        answer_id=content_hash(name) if (name := clean_str(row.get("answer_id"))) else None,
        passages=look.at(question, said.question, _fields(row)),
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


def _fields(row: Row) -> Iterable[Field]:
    """The texts of what the data set says of a question; in an arena answers stand there."""
    if candidate_of(row) is not None:
        return ()
    return fields_of({"raw_input": row.get("raw_input"), "metadata": sample_of(row)})


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
    info = as_mapping(sample_of(row).get("collection_info"))
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
    if said.is_unfinished:
        return "unfinished reasoning"
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
    if said.is_unfinished:
        return "unfinished reasoning"
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
