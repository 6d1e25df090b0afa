"""What Twinkle Eval's files of answers keep for scoring again, and how it scored."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from tui_eval.files.documents import Problem, Refusal, decode, parse
from tui_eval.files.rows import NO_ROW, json_rows
from tui_eval.formats.twinkle.passes import OPTION, SCORED
from tui_eval.formats.twinkle.rows import ACCURACY
from tui_eval.formats.values import as_count, as_mapping, as_number
from tui_eval.records import UNSEEDED, Rating, Recorded, Run, ScoredBy, Scoring

_RATED = "logit"
"""The method with which options are rated."""


def recorded(path: Path, places: Sequence[int], problems: list[Problem]) -> Iterator[Recorded]:
    """What a file keeps of the answers whose rows begin at some bytes, which ascend.

    One of each answer of a row, its item as in an index: until 1.1.2 a row is a data file.
    ``responses`` is ``llm_output`` alone: reasoning that the server kept apart was not scored.
    ``options`` are those of the question's text, ``target`` is the letter of the right one, after
    they were shuffled. Where options were rated (``logprob_scores``) these letters are the options,
    and ``target`` is the number of one. ``stored`` has the metrics under their names in an index.

    Raises:
        Refusal: The file cannot be opened.
    """
    for place, data in json_rows(path, problems).at(places):
        found = list(_of_line(place, data))
        if not found:
            problems.append(Problem(f"byte {place}", NO_ROW))
        yield from found


def _of_line(place: int, data: bytes) -> Iterator[Recorded]:
    try:
        line = as_mapping(parse(decode(data)[0]))
    except Refusal:
        return
    details = line.get("details")
    for item, row in enumerate(details if isinstance(details, list) else [line]):
        if as_count(as_mapping(row).get("question_id")) is not None:
            yield _recorded(place, item, as_mapping(row))


def _recorded(place: int, item: int, row: Mapping[str, object]) -> Recorded:
    written, question = row.get("llm_output"), row.get("question")
    stored = {ACCURACY: row.get("is_correct")}
    stored |= {name: row[name] for name in SCORED if row.get(name) is not None}
    target = _text(row.get("correct_answer"))
    rated = as_mapping(row.get("logprob_scores"))
    if rated:
        letters = tuple(rated)
        right = letters.index(target) if target in letters else None
        return Recorded(place, item, (), right, letters, _ratings(rated), (), stored)
    texts = OPTION.split(question)[1:] if isinstance(question, str) else ()
    response = written if isinstance(written, str) else ""
    return Recorded(place, item, (response,), target, tuple(texts), (), (), stored)


def _ratings(rated: Mapping[str, object]) -> tuple[Rating, ...]:
    """Of each option, -inf where the server gave none; none at all where it gave no number."""
    values = [one if isinstance(one, float) else as_number(one) for one in rated.values()]
    known = [value for value in values if value is not None]
    is_whole = len(known) == len(values) and any(map(math.isfinite, known))
    return tuple(map(Rating, known)) if is_whole else ()


def _text(value: object) -> str | None:
    """A reference as Twinkle Eval compares with it; an object or a list as JSON."""
    if value is None or isinstance(value, str):
        return value
    return json.dumps(value, ensure_ascii=False)


def scoring(run: Run, dataset: str, category: str | None) -> Scoring:
    """How a dataset was scored: by the largest log-likelihood, or by code of Twinkle Eval's own.

    There are no filters, since its methods (``pattern``, ``box``, ``math`` and others) are none of
    lm-evaluation-harness's; the obstacle names the method. Where options were rated there is none:
    ``acc`` is what was computed. Its metrics else are ``exact_match`` with the letter of the right
    option, or with the reference as it stands.
    """
    told = {
        one.name: one.value for one in run.settings if one.dataset in (None, dataset) and one.value
    }
    is_shuffled = told.get("shuffle_options") == UNSEEDED
    method = told.get("filter")
    if method == _RATED:
        rated = (ScoredBy("acc"),)
        return Scoring("multiple choice", metrics=rated, attempts_differ=is_shuffled)
    by = f"by the method {method}, " if method else ""
    obstacle = f"Twinkle Eval reads answers {by}with code of its own, which is not run here"
    metrics = (ScoredBy("exact_match"),)
    return Scoring("generated", (), metrics, obstacle, attempts_differ=is_shuffled)
