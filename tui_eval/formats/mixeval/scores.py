"""All numbers of a MixEval run, each once: those of ``score.json``, and what the verdicts give.

Each version of MixEval made something else of the rounded means of both splits, so that the version
that wrote ``score.json`` says how to recompute it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import product

from tui_eval.formats.mixeval.rows import CHOICE, FEW, FREE
from tui_eval.records import UNROUNDED, Origin, Run, Score

WEIGHTED = "since 2024-09-12 (overall is the mean over all questions)"
BY_SPLIT = "2024-09-03 (overall is the mean of both splits, benchmarks are apart by split)"
MEANS = "2024-06 (overall is the mean of both splits)"
MEANS_OF_MODELS = "2024-06-29 (overall is the mean of both splits)"

Place = tuple[str | None, str | None]  # category and filter
Numbers = dict[Place, Score]
_Pair = tuple[str, str]  # who judged the free-form, who the multiple-choice answers
_Verdicts = dict[str, dict[str, Numbers]]  # by split and judge
_TOLERANCE = 1e-9

DIFFERS = "score.json says"
"""How a note begins that tells of a number other than that of the verdicts."""


def number_of(
    dataset: str, place: Place, value: float | None, *, n: int | None = None, method: str | None
) -> Score:
    """A number of this harness: they all have one metric."""
    category, split = place
    origin: Origin = "reported" if n is None else "recomputed"
    return Score(
        dataset,
        category,
        "score",
        value,
        filter=split,
        n=n,
        higher_is_better=True,
        method=method,
        origin=origin,
    )


def joined_scores(
    parts: Sequence[Run], version: str | None, notes: list[str]
) -> tuple[Numbers, Numbers]:
    """Every number once: the reported ones, and beside them what the verdicts give.

    Returns:
        The scores as MixEval makes them, and the means over the same questions with nothing rounded
        on the way, over both splits; over each split where no judge rated both.
    """
    reports: dict[str | None, Numbers] = {}
    verdicts: _Verdicts = {FREE: {}, CHOICE: {}}
    exact: _Verdicts = {FREE: {}, CHOICE: {}}
    for score in (score for part in parts for score in part.scores):
        if score.origin == "reported":
            found = reports.setdefault(score.method, {})
        else:
            of = exact if score.metric == UNROUNDED else verdicts
            found = of[score.filter or FREE].setdefault(score.method or "", {})
        found[score.category, score.filter] = score
    main = min(reports, key=lambda judge: (judge is not None, judge or ""), default=None)
    pairs = _pairs(verdicts)
    joined = {pair: _over_both(verdicts, pair, version) for pair in pairs}
    chosen = _chosen(reports.get(main, {}), main, joined)
    scores: Numbers = {}
    unrounded: Numbers = {}
    for judge, report in reports.items():
        _add(scores, report, None if judge == main else judge, notes)
    for judge_of in pairs:
        if judge_of[0] == judge_of[1] or judge_of == chosen:
            label = None if judge_of == chosen else judge_of[0]
            _add(scores, joined[judge_of], label, notes)
            _add(unrounded, _over_all(exact, judge_of, joined[judge_of]), label, notes)
    for place, split in enumerate((FREE, CHOICE)):
        first = chosen[place] if chosen else min(verdicts[split], default=None)
        for judge, numbers in sorted(verdicts[split].items()):
            label = None if judge == first else judge
            _add(scores, numbers, label, notes)
            if chosen is None:
                _add(unrounded, exact[split][judge], label, notes)
    if any(verdicts.values()) and chosen is None:
        by = [f"{split} by {', '.join(sorted(who))}" for split, who in verdicts.items() if who]
        notes.append(f"no scores over both splits from the verdicts: there are {'; '.join(by)}")
    return scores, unrounded


def _pairs(verdicts: Mapping[str, Mapping[str, Numbers]]) -> list[_Pair]:
    """Who may have judged both splits: one judge first, then two, as the parsers can be mixed."""
    pairs = product(sorted(verdicts[FREE]), sorted(verdicts[CHOICE]))
    return sorted(pairs, key=lambda pair: pair[0] != pair[1])


def _chosen(report: Numbers, judge: str | None, joined: Mapping[_Pair, Numbers]) -> _Pair | None:
    """The pair of judges that made the report, else the first judge of both splits."""
    if judge is not None and (judge, judge) in joined:
        return judge, judge
    for pair, numbers in joined.items():
        if report and all(_agree(score, numbers.get(place)) for place, score in report.items()):
            return pair
    return next((pair for pair in joined if pair[0] == pair[1]), None)


def _over_both(
    verdicts: Mapping[str, Mapping[str, Numbers]], pair: _Pair, version: str | None
) -> Numbers:
    """What MixEval of a version makes of the rounded means of both splits, and these themselves."""
    free, choice = (verdicts[split][judge] for split, judge in zip(verdicts, pair, strict=True))
    found: Numbers = {**free, **choice}
    for category in dict.fromkeys(category for category, _ in found):
        both = [free.get((category, FREE)), choice.get((category, CHOICE))]
        scores = [score for score in both if score is not None]
        if version == BY_SPLIT and category is not None:
            continue
        n = sum(score.n or 0 for score in scores)
        if version in (BY_SPLIT, MEANS, MEANS_OF_MODELS):
            value = scores[-1].value if category is not None else _halves(scores)
        else:
            # the harness's own order of operations, so that not one bit differs
            value = sum((score.value or 0) * ((score.n or 0) / n) for score in scores)
        place = (category, None)
        found[place] = number_of(scores[0].dataset, place, value, n=n, method=_who(pair))
    return found


def _over_all(exact: _Verdicts, pair: _Pair, joined: Numbers) -> Numbers:
    """The means over all questions of both splits, of the categories that scores over both have."""
    found: Numbers = {}
    for category, split in joined:
        if split is None:
            both = [
                exact[of][judge].get((category, of))
                for of, judge in zip((FREE, CHOICE), pair, strict=True)
            ]
            scores = [score for score in both if score is not None]
            n = sum(score.n or 0 for score in scores)
            total = sum((score.value or 0) * (score.n or 0) for score in scores)
            found[category, None] = scores[0]._replace(
                value=total / n, n=n, filter=None, method=_who(pair)
            )
    return found


def _halves(scores: Sequence[Score]) -> float:
    return sum(score.value or 0 for score in scores) / 2


def _who(pair: _Pair) -> str:
    free, choice = pair
    return free if free == choice else f"{free} ({FREE}), {choice} ({CHOICE})"


def _agree(one: Score, other: Score | None) -> bool:
    """Whether two numbers are the same; a missing one contradicts nothing."""
    if one.value is None or other is None or other.value is None:
        return one.value is None
    return abs(one.value - other.value) <= _TOLERANCE


def _add(scores: Numbers, numbers: Numbers, label: str | None, notes: list[str]) -> None:
    """Add numbers; those that are there already must be the same, or are kept apart and told."""
    differences = []
    for (category, split), score in numbers.items():
        place = category, _filter(split, label)
        there = scores.setdefault(place, score._replace(filter=place[1]))
        if there.value is None:
            scores[place] = score._replace(filter=place[1])
        elif not _agree(score, there):
            differences.append(
                f"{DIFFERS} {_named(category, split)} {there.value:.10g}, "
                f"the judged files of {score.method} give {score.value:.10g}"
            )
            apart = category, _filter(split, f"recomputed by {score.method}")
            scores[apart] = score._replace(filter=apart[1])
        elif there.n is None:
            scores[place] = there._replace(n=score.n, method=score.method)
    notes.extend(differences[:FEW])
    if differences[FEW:]:
        notes.append(f"{len(differences[FEW:])} more numbers of score.json differ")


def _filter(split: str | None, label: str | None) -> str | None:
    return ", ".join(part for part in (split, label) if part) or None


def _named(category: str | None, split: str | None) -> str:
    name = category or "overall"
    return f"{name} ({split})" if split else name
