"""Texts of one answer of Lighteval, from a row of its details."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from pathlib import Path

from tui_eval.files.documents import Refusal
from tui_eval.files.strings import clean_str
from tui_eval.formats.batches import joined
from tui_eval.formats.lighteval.details import (
    Row,
    extracted_of,
    log_likelihoods,
    messages_of,
    opened_details,
    responses_of,
    texts_of,
    value_of,
)
from tui_eval.formats.lighteval.passes import ASKED, JUDGED
from tui_eval.formats.values import as_count, as_mapping
from tui_eval.records import Answer, Choice, Message

_VERDICT = "judge_score"


def answer(path: Path, place: int, item: int) -> Answer:
    """The texts of a row.

    Raises:
        Refusal: It cannot be read, or is there no more.
    """
    with opened_details(path) as (details, _):
        if not 0 <= place < details.height:
            raise Refusal("there is no such row: the file has changed since", f"row {place + 1}")
        (row,) = details.rows(place, 1)
    told = _told(row)
    responses, reasoning = responses_of(row)
    apart = next(iter(texts_of(row["reasonings"])), None)
    options, right = texts_of(row["choices"]), _positions(row["gold_index"])
    golds = texts_of(row["golds"]) or [options[at] for at in right if at < len(options)]
    return Answer(
        prompt=messages_of(row["prompt"]) or _joined_prompt(row),
        target="\n".join(golds) if golds else None,
        response=joined(responses) if responses else None,
        reasoning=apart or reasoning,
        extracted=", ".join(dict.fromkeys(extracted_of(row["extracted"]) or ())) or None,
        choices=tuple(_choices(options, log_likelihoods(row), right)),
        judge=tuple(_judge(told)),
        judge_prompt=tuple(_judge_prompt(told)),
    )


# --- the texts of a row -------------------------------------------------------------------------


def _joined_prompt(row: Row) -> tuple[Message, ...]:
    """The prompt where a back end does not keep it: as Lighteval joins it for a base model."""
    shots = row["shots"] if isinstance(row["shots"], list) else []
    parts = [row["instruction"], *map(_shown_shot, map(as_mapping, shots)), row["query"]]
    told = [text for part in parts if (text := clean_str(part))]
    return (Message("user", "\n\n".join(told)),) if told else ()


def _shown_shot(shot: Mapping[str, object]) -> str:
    options = texts_of(shot.get("choices"))
    golds = [options[at] for at in _positions(shot.get("gold_index")) if at < len(options)]
    told = [clean_str(shot.get("query")), *(gold.strip() for gold in golds[:1])]
    return " ".join(text for text in told if text)


def _positions(written: object) -> list[int]:
    """Which options are right: one number or several."""
    positions = written if isinstance(written, list) else [written]
    return [at for one in positions if (at := as_count(one)) is not None]


def _choices(
    options: Sequence[str], values: Sequence[float | None], right: Sequence[int]
) -> Iterator[Choice]:
    """Options with their log-likelihoods: the first of the likeliest is the one that was chosen."""
    known = [value for value in values if value is not None]
    chosen = values.index(max(known)) if known else None
    for at, (text, value) in enumerate(zip(options, values, strict=False)):
        yield Choice(text, value, is_chosen=at == chosen, is_target=at in right)


def _told(row: Row) -> dict[str, object]:
    """What stands among the metrics, judges' prompts and replies too; up to 0.3 beside them."""
    told = {name: row[name] for name in (ASKED, JUDGED)}
    with suppress(Refusal):
        told |= as_mapping(value_of(row["metrics"]))
    return told


def _judge(told: Mapping[str, object]) -> Iterator[Message]:
    """What judges gave, and then what they said."""
    for name, value in told.items():
        if name.startswith(_VERDICT) and isinstance(value, int | float):
            yield Message(f"verdict, {clean_str(name)}", f"{value:g}")
    for name, text in told.items():
        if text and name.startswith(JUDGED):
            yield from (Message("assistant", said) for said in texts_of(text))


def _judge_prompt(told: Mapping[str, object]) -> Iterator[Message]:
    for name, text in told.items():
        if text and name.startswith(ASKED):
            yield from messages_of(text)
