"""What Lighteval's details keep for scoring again, and how a task was scored."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby
from pathlib import Path

from tui_eval.files.documents import Problem, Refusal
from tui_eval.files.rows import NO_ROW
from tui_eval.formats.kinds import kind_in
from tui_eval.formats.lighteval.details import (
    SCORING,
    Row,
    log_likelihoods,
    opened_details,
    texts_of,
    value_of,
)
from tui_eval.formats.lighteval.passes import ASKED, JUDGED, ROWS
from tui_eval.formats.lighteval.samples import place_of
from tui_eval.formats.values import as_count, as_mapping, as_number
from tui_eval.records import Rating, Recorded, Run, Scored, ScoredBy, Scoring

_OWN_CODE = "Lighteval scores answers with metrics of its own code, which is not run here"


def recorded(path: Path, places: Sequence[int], problems: list[Problem]) -> Iterator[Recorded]:
    """What a file keeps of the answers in some of its rows, whose numbers ascend; item 0.

    ``responses`` has every sample of a question as Lighteval scored it: without the reasoning that
    it knew by its tags, since 0.11. ``target`` has the texts of all that is right, one or several;
    of options that were rated the number of the right one, or several. ``options`` are the choices,
    as they were rated: with a blank before each, if the task has one there. ``stored`` has the
    metrics of the row: up to 0.10 a question has two rows, if its metrics are of two kinds.

    Raises:
        Refusal: The file cannot be opened, or is no Parquet file.
    """
    with opened_details(path) as (details, _):
        for number, some in groupby(places, lambda place: place // ROWS):
            wanted = list(some)
            try:
                rows = details.rows(number * ROWS, ROWS, SCORING)
            except Refusal as refusal:
                problems.append(refusal.problem.within(f"rows from {number * ROWS + 1}"))
                continue
            for place in wanted:
                at = place - number * ROWS
                try:
                    if at >= len(rows):
                        raise Refusal(NO_ROW)
                    yield _recorded(place, rows[at])
                except Refusal as refusal:
                    problems.append(refusal.problem.within(f"row {place + 1}"))


def _recorded(place: int, row: Row) -> Recorded:
    options, right = tuple(texts_of(row["choices"])), _positions(row["gold_index"])
    stored = {
        name: value
        for name, value in as_mapping(value_of(row["metrics"])).items()
        if value is not None and not name.startswith((ASKED, JUDGED))
    }
    ratings = _ratings(row)
    if ratings:
        one = ratings if len(ratings) == max(len(options), 1) else ()
        target = right[0] if len(right) == 1 else right or None
        apart = _unconditioned(row["unconditioned"], len(ratings))
        return Recorded(place, 0, (), target, options, one, apart, stored)
    golds = tuple(texts_of(row["golds"])) or tuple(
        [options[at] for at in right if at < len(options)]
    )
    written, kept = texts_of(row["texts"]), texts_of(row["kept"])
    responses = kept if len(kept) == len(written) else written
    shown = () if len(golds) == len(options) else options
    reference = golds[0] if len(golds) == 1 else golds or None
    return Recorded(place, 0, tuple(responses), reference, shown, (), (), stored)


def _ratings(row: Row) -> tuple[Rating, ...]:
    """Of each option; none where the model wrote texts, or one of them is no number."""
    values = log_likelihoods(row)
    told = _list(row["greedy"]) if row["rated"] else map(_second, _list(row["texts"]))
    flags = [bool(flag) if isinstance(flag, bool | int | float) else None for flag in told]
    if len(flags) != len(values):
        flags = [None] * len(values)
    pairs = zip(values, flags, strict=True)
    found = tuple([Rating(value, flag) for value, flag in pairs if value is not None])
    return found if len(found) == len(values) else ()


def _second(item: object) -> object:
    """Whether an option is what the model would have written, as it stands up to 0.10."""
    return item[1] if isinstance(item, list) and len(item) > 1 else None


def _list(value: object) -> list[object]:
    return value if isinstance(value, list) else []


def _unconditioned(values: object, count: int) -> tuple[float, ...]:
    known = [number for one in _list(values) if (number := as_number(one)) is not None]
    return tuple(known) if len(known) == count else ()


def _positions(written: object) -> tuple[int, ...]:
    """Which options are right: one number or several."""
    positions = written if isinstance(written, list) else [written]
    return tuple([at for one in positions if (at := as_count(one)) is not None])


def scoring(run: Run, dataset: str, category: str | None) -> Scoring:
    """How a task was scored, as far as it is known: its kind is that of its first answer.

    Where options were rated the metric is ``acc``, by the largest log-likelihood. Of texts there
    are no filters, since Lighteval has none, its metrics are code of its own, as the obstacle says,
    and ``exact_match`` stands for them; of one rated text nothing does.
    """
    kind: Scored = "generated"
    for file in run.samples:
        if place_of(run, file) == (dataset, category):
            kind = kind_in(file.path, recorded, [0]) or "generated"
            break
    if kind == "multiple choice":
        return Scoring(kind, metrics=(ScoredBy("acc"),))
    metrics = (ScoredBy("exact_match"),) if kind == "generated" else ()
    return Scoring(kind, (), metrics, _OWN_CODE)
