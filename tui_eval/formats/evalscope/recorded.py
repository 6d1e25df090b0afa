"""What EvalScope's reviews and predictions keep for scoring again."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from tui_eval.files.documents import Problem, Refusal
from tui_eval.files.rows import NO_ROW, json_rows
from tui_eval.formats.evalscope.conversations import candidate_of, written_of
from tui_eval.formats.evalscope.rows import (
    Row,
    is_review,
    read_row,
    review_of,
    sample_of,
    score_of,
    written_results,
)
from tui_eval.formats.values import as_mapping
from tui_eval.records import Recorded, Run, ScoredBy, Scoring

_LETTERS = "ABCDEFGHIJ"

_OWN_CODE = "EvalScope reads and scores answers with code of its own, which is not run here"


def recorded(path: Path, places: Sequence[int], problems: list[Problem]) -> Iterator[Recorded]:
    """What a file keeps of the answers whose rows begin at some bytes, which ascend; item 0.

    ``responses`` is what EvalScope scored (``prediction``, which is without reasoning that the
    server kept apart, and with any other), where a row does not have it the model's last words. In
    an arena it is the candidate's answer. ``target`` is the reference of a review: several texts
    where one is enough, the letter of an option, None where there is none, in an arena, and in
    predictions, which have none. ``options`` are those of the data set's row, as far as it is in
    the file. ``stored`` has the values of a review under the names of their metrics.

    Raises:
        Refusal: The file cannot be opened.
    """
    for place, data in json_rows(path, problems).at(places):
        try:
            row = read_row(data)
        except Refusal:
            problems.append(Problem(f"byte {place}", NO_ROW))
            continue
        is_arena = candidate_of(row) is not None
        yield Recorded(
            place,
            responses=(_scored_text(row),),
            target=None if is_arena else _target(row),
            options=() if is_arena else _options(row),
            stored=dict(written_results(row)) if is_review(row) else {},
        )


def _scored_text(row: Row) -> str:
    told = score_of(row).get("prediction")
    if isinstance(told, str) and candidate_of(row) is None:
        return told
    return written_of(row) or ""


def _target(row: Row) -> str | tuple[str, ...] | None:
    told = review_of(row).get("gold") if "choices" in row else row.get("target")
    if isinstance(told, list):
        texts = tuple([text for text in told if isinstance(text, str) and text])
        return texts[0] if len(texts) == 1 else texts or None
    if isinstance(told, dict) or told in (None, ""):
        return None
    return told if isinstance(told, str) else str(told)


def _options(row: Row) -> tuple[str, ...]:
    """A list of texts, else those under letters."""
    facts = {**as_mapping(row.get("raw_input")), **sample_of(row)}
    for name in ("choices", "options"):
        listed = facts.get(name)
        if isinstance(listed, list) and all(isinstance(one, str) for one in listed):
            return tuple(listed)
    lettered = (facts.get(letter) for letter in _LETTERS)
    return tuple([text for text in lettered if isinstance(text, str)])


def scoring(run: Run, dataset: str, category: str | None) -> Scoring:
    """Of all of EvalScope the same: texts, no filters, ``exact_match`` as a metric, an obstacle."""
    return Scoring("generated", (), (ScoredBy("exact_match"),), _OWN_CODE)
