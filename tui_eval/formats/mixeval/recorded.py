"""What MixEval's files of answers and verdicts keep for scoring again."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from tui_eval.files.documents import Problem, Refusal, decode, parse
from tui_eval.files.rows import NO_ROW, json_rows
from tui_eval.formats.mixeval.rows import CHOICE, Row, split_of, verdict
from tui_eval.formats.values import as_mapping
from tui_eval.records import Recorded, Run, ScoredBy, Scoring

_LETTERS = 26

_JUDGED = "MixEval's scores are verdicts of a judge, or of its own code: neither is run here"


def recorded(path: Path, places: Sequence[int], problems: list[Problem]) -> Iterator[Recorded]:
    """What a file keeps of the answers whose rows begin at some bytes, which ascend; item 0.

    ``responses`` is the whole response, with any reasoning: judges are given it so. ``target`` has
    all texts that count as right; of a question with options it is the letter of the right one,
    with which MixEval compares that of the verdict. ``stored`` has the score of the verdict, as
    ``score``.

    Raises:
        Refusal: The file cannot be opened.
    """
    for place, data in json_rows(path, problems).at(places):
        try:
            value = parse(decode(data)[0])
        except Refusal:
            value = None
        if (split := split_of(value)) is None:
            problems.append(Problem(f"byte {place}", NO_ROW))
        else:
            yield _recorded(place, as_mapping(value), split)


def _recorded(place: int, row: Row, split: str) -> Recorded:
    response, score = row.get("response"), verdict(row, split)
    return Recorded(
        place,
        responses=(response if isinstance(response, str) else "",),
        target=_target(row.get("target"), split),
        options=_texts(row.get("options")),
        stored={} if score is None else {"score": score},
    )


def _target(targets: object, split: str) -> str | tuple[str, ...] | None:
    if split != CHOICE:
        return _texts(targets) or None
    right = targets[0] if isinstance(targets, list) and targets else None
    if type(right) is not int or not 0 <= right < _LETTERS:
        return None
    return chr(ord("A") + right)


def _texts(items: object) -> tuple[str, ...]:
    return tuple(map(str, items)) if isinstance(items, list) else ()


def scoring(run: Run, dataset: str, category: str | None) -> Scoring:
    """Of all of MixEval the same: texts, no filters, ``exact_match`` as a metric, an obstacle."""
    return Scoring("generated", (), (ScoredBy("exact_match"),), _JUDGED)
