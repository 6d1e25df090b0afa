"""The comparability guard: what differs between two runs that should not, before any difference.

Three states, never two: a setting has a value, it is known to be off (`NONE`), or no file tells it.
What one side does not tell is neither equal nor different. What the rows of answers show beats what
configurations say: equal templates do not mean equal prompts, nor the other way round.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple
from weakref import WeakKeyDictionary

import polars as pl

from tui_eval.analysis.asked import AskedPair, asked_by, other_prompts, seen_by_both, sets_asked
from tui_eval.analysis.notes import Names, Note, listed
from tui_eval.analysis.told import Known, MetricName, Parts, Scored, known_of
from tui_eval.records import NONE, RENDERING, STDERR, UNSEEDED
from tui_eval.tables import Tables

ORDER = (
    *("harness", "question_set", "limit", "source", "filter", "chat_template", "system_prompt"),
    *("generation", "stop", "max_tokens", "metric_definition", "failed_metrics", "version"),
    *("prompt", "shots", "fewshot", "shuffle_options", "judge", "repeats", "random_verdicts"),
    *("harness_version", "backend", "dtype", "seed"),
)
"""Settings, those first whose differences matter most; others stand before the last four."""

ASIDE = ("harness_version", "backend", "dtype", "seed")
"""Settings whose differences are mostly within the standard error: told, and no mark."""

_ESSENTIAL = ("question_set", "filter", "generation", "prompt")
"""Settings that are told even where neither run records them."""

_SENT = ("prompt", "prompt_function", "shots", "fewshot", "chat_template", "system_prompt")
"""Settings of which the rows show what came of them: what was sent."""

_ACROSS = (*("limit", "system_prompt", "generation", "max_tokens", "shots", "judge", "repeats"),)
"""Settings that mean the same in every harness."""

_OF_GENERATION = ("temperature", "top_p", "max_tokens")
"""What of `generation` means the same in every harness."""

_PROVEN_BY = {"question_set": ("task_hash",), "prompt": ("task_hash", "prompt_tokens")}
"""Settings that prove another one equal where they are, and nothing where they are not."""

PROOFS = ("task_hash", "prompt_tokens")
"""Settings that say something only where they are equal: no use to a reader."""

_NOT_COMPARED = frozenset(
    {STDERR, "question_set", "prompt", "judge_model", "random_verdicts", *PROOFS}
)
"""What has its own rules, and what belongs to the run alone."""

_WORDS = {
    "question_set": "questions",
    "chat_template": "chat template",
    "system_prompt": "system prompt",
    "max_tokens": "max tokens",
    "metric_definition": "metric definition",
    "failed_metrics": "failed metrics",
    "version": "task version",
    "fewshot": "few-shot examples",
    "shuffle_options": "shuffled options",
    "random_verdicts": "random verdicts",
    "harness_version": "harness version",
    "judge_model": "judge model",
    "prompt_function": "prompt function",
    "question_set.benchmark": "benchmark and version",
    "metric_definition.references": "the references that it counts",
}
"""Plain words for the names of settings that are not plain words themselves."""

_SHORT = 40  # characters of two values in a line
_CATEGORIES = " categories"
_MOST = 3  # values of categories that are listed


class Difference(NamedTuple):
    """A setting in which two runs differ, or of which it is not known whether they do.

    Attributes:
        name: Its name in ``settings``, without what follows a dot.
        baseline: Its value in the baseline; None: not recorded.
        candidate: Its value in the candidate; None: not recorded.
        is_known: Whether it is known that they differ.
    """

    name: str
    baseline: str | None
    candidate: str | None
    is_known: bool = True


def differences(
    tables: Tables,
    dataset: str,
    metric: tuple[str, str | None],
    baseline: str,
    candidate: str,
    samples: pl.DataFrame | None = None,
) -> tuple[Difference, ...]:
    """What differs between two runs beside the model, what matters most first.

    Args:
        tables: The runs.
        dataset: What they are compared on.
        metric: Name and filter of the metric in which they are compared.
        baseline: The key of the one run.
        candidate: The key of the other.
        samples: Their answers (schema `tables.SAMPLES`), where all were read. Where there are some
            of both, questions and prompts are those of the rows.
    """
    if baseline == candidate:
        return ()
    known = known_of(tables)
    asked = asked_by(samples, dataset)
    pair = (asked.get(baseline), asked.get(candidate))
    key = (dataset, metric, baseline, candidate, *(one and one.number for one in pair))
    found = _FOUND.setdefault(tables, {})
    if key not in found:
        found[key] = tuple(_differences(known, dataset, metric, (baseline, candidate), pair))
    return found[key]


_FOUND: WeakKeyDictionary[Tables, dict[object, tuple[Difference, ...]]] = WeakKeyDictionary()
"""What was found before of the same pairs: screens ask anew with every key."""


def differing(found: Iterable[Difference]) -> tuple[str, ...]:
    """The names of settings that are known to differ: ``differs`` of commands."""
    return tuple(one.name for one in found if one.is_known)


def is_marked(found: Sequence[Difference]) -> bool:
    """Whether numbers that are compared across these differences carry a mark (`MARK`).

    Another version of a harness is none where prompts, filters and metrics are equal; nor is what
    mostly stays within the standard error.
    """
    names = {one.name for one in found if one.is_known}
    if names - {*ASIDE}:
        return True
    rest = {one.name for one in found if not one.is_known}
    return "harness_version" in names and bool(rest & {"prompt", "filter", "metric_definition"})


MARK = "≠"
"""The mark of a number that is compared across a difference."""


def marks(
    tables: Tables,
    dataset: str,
    metric: tuple[str, str | None],
    baseline: str,
    candidates: Iterable[str],
    samples: pl.DataFrame | None = None,
) -> dict[str, bool]:
    """Of each candidate whether its numbers are compared across a difference (see `is_marked`)."""
    return {
        run: is_marked(differences(tables, dataset, metric, baseline, run, samples))
        for run in candidates
    }


# --- words --------------------------------------------------------------------------------------


def setting_words(name: str) -> str:
    """A setting in plain words; of a part of one its own name follows."""
    if name in _WORDS:
        return _WORDS[name]
    root, dot, part = name.partition(".")
    return f"{_WORDS.get(root, root)}{': ' if dot else ''}{part}"


def value_words(value: str) -> str:
    """A value as it is shown: of an object its items, ``greedy, max_tokens 512``."""
    items = _object(value) if value.startswith("{") else {}
    words = (
        name if one is True else f"{name} {one if isinstance(one, str) else _json(one)}"
        for name, one in items.items()
    )
    return ", ".join(words) or value


def difference_words(
    found: Sequence[Difference], baseline: str = "a", candidate: str = "b"
) -> Note | None:
    """All that is to be known of a comparison in a line; None: there is nothing.

    Args:
        found: What `differences` returns.
        baseline: What the baseline is called.
        candidate: What the candidate is called.
    """
    told = [_named(one) for one in found if one.is_known and one.name != "harness"]
    is_across = any(one.name == "harness" for one in found)
    parts = [Note(_ACROSS_WORDS)] if is_across else []
    parts += [Note("not the same: {settings}", settings=listed(told, 5))] if told else []
    unknown = [one for one in found if not one.is_known and one.name not in ASIDE]
    for values, message in _LACKING.items():
        names = [one.name for one in unknown if _recorded(one) == values]
        if names:
            run = candidate if values == (True, False) else baseline
            settings = listed([setting_words(name) for name in names], 5)
            parts.append(Note(message, settings=settings, run=run))
    return Note("{parts}", parts=Names(tuple(parts), len(parts), "; ")) if parts else None


def comparison_words(
    tables: Tables,
    dataset: str,
    metric: tuple[str, str | None],
    baseline: str,
    candidates: Iterable[str],
    names: Mapping[str, str],
    samples: pl.DataFrame | None = None,
) -> Note | None:
    """`difference_words` of several candidates in one line, of those that are alike together.

    Args:
        tables: The runs.
        dataset: What they are compared on.
        metric: Name and filter of the metric.
        baseline: The key of the run that all others are compared with.
        candidates: The keys of the others.
        names: What each run is called: its letter.
        samples: Their answers, where they were read.
    """
    runs = list(candidates)
    told: dict[Note, list[str]] = {}
    for run in runs:
        found = differences(tables, dataset, metric, baseline, run, samples)
        words = difference_words(found, names[baseline], names[run] if len(runs) == 1 else "it")
        if words is not None:
            told.setdefault(words, []).append(names[run])
    if len(runs) == 1 or not told:
        return next(iter(told), None)
    parts = [
        Note("{runs}: {words}", runs=listed(some), words=words) for words, some in told.items()
    ]
    return Note("{parts}", parts=Names(tuple(parts), len(parts), " · "))


_ACROSS_WORDS = "another harness, with other prompts and scoring: compare rankings, not scores"

_LACKING = {
    (True, True): "perhaps not the same: {settings}",
    (True, False): "not recorded in {run}: {settings}",
    (False, True): "not recorded in {run}: {settings}",
    (False, False): "not recorded: {settings}",
}
"""What is said of settings by whether the baseline and the candidate record them."""


def _recorded(one: Difference) -> tuple[bool, bool]:
    return one.baseline is not None, one.candidate is not None


def _named(one: Difference) -> str:
    """A setting with both values, where they are short; what ends both stands once."""
    name = setting_words(one.name)
    values = [value_words(value or "—") for value in (one.baseline, one.candidate)]
    if one.name == "question_set" and values[0].endswith(_CATEGORIES):
        values[0] = values[0].removesuffix(_CATEGORIES)
    text = " / ".join(dict.fromkeys(values))
    return name if len(text) > _SHORT or "\n" in text else f"{name} {text}"


# --- comparing ----------------------------------------------------------------------------------


def _differences(
    known: Known,
    dataset: str,
    metric: MetricName,
    runs: tuple[str, str],
    asked: AskedPair,
) -> list[Difference]:
    first, second = (known.settings(run, dataset, metric) for run in runs)
    scored = known.scored(dataset, runs[0]), known.scored(dataset, runs[1])
    harnesses = known.harness(runs[0]), known.harness(runs[1])
    if harnesses[0] != harnesses[1]:
        found = list(_across(harnesses, first, second, scored))
        return sorted(found, key=place_of)
    found = [*_of_questions(first, second, scored, asked), *_of_prompts(first, second, asked)]
    rows_tell = sets_asked(asked, (scored[0].questions, scored[1].questions)) is not None
    if not rows_tell and known.answered.issuperset(runs):  # the rows may tell what no file does
        found = [one for one in found if _recorded(one) != (False, False)]
    told = {one.name for one in found}
    same_questions = not told & {"question_set"}
    has_prompts = rows_tell and "prompt" not in {one.name for one in found if not one.is_known}
    same_prompts = has_prompts and "prompt" not in told
    common = set(scored[0].questions) & set(scored[1].questions)
    for name in sorted({*first, *second, *_ESSENTIAL} - _NOT_COMPARED):
        if same_questions and (name == "limit" or (name == "source" and rows_tell)):
            continue
        if name == "fewshot" and _has_none(first) and _has_none(second):
            continue
        if same_prompts and name in ("prompt_function", "shots", "fewshot"):
            continue
        one = _of_setting(name, first.get(name), second.get(name), common)
        if one is not None and not (has_prompts and name in _SENT and not one.is_known):
            found.append(one)
    found = [*_of_metrics(scored, metric), *found]
    return sorted({one.name: one for one in reversed(found)}.values(), key=place_of)


def place_of(one: Difference) -> tuple[bool, int, str]:
    """What is known to differ first, then by how much it matters."""
    place = ORDER.index(one.name) if one.name in ORDER else ORDER.index(ASIDE[0])
    return not one.is_known, place, one.name


def _of_setting(
    name: str, first: Parts | None, second: Parts | None, common: set[str]
) -> Difference | None:
    """How a setting differs; None: not at all, or neither run records one that need not be."""
    if first is None or second is None:
        if first is None and second is None and name not in _ESSENTIAL:
            return None
        one, two = (None if parts is None else _text(parts) for parts in (first, second))
        return Difference(name, one, two, is_known=False)
    if first == second and not _has_null(first):
        return None
    other: tuple[dict[str, list[str]], dict[str, list[str]]] = ({}, {})
    is_unknown = False
    for part in dict.fromkeys((*first, *second)):
        for one, two in _beside(first.get(part), second.get(part), common):
            if one is None or two is None:
                is_unknown = True
            elif one != two:
                other[0].setdefault(part, []).append(one)
                other[1].setdefault(part, []).append(two)
    if other[0]:
        is_known = set(other[0]) != {RENDERING}
        return Difference(name, _listed(other[0]), _listed(other[1]), is_known)
    return Difference(name, None, None, is_known=False) if is_unknown else None


def _has_none(settings: Mapping[str, Parts]) -> bool:
    """Whether there were no examples, wherever they would have come from."""
    return _text(settings.get("shots", {})) == "0"


def _has_null(parts: Parts) -> bool:
    return any(value is None for values in parts.values() for value in values.values())


def _beside(
    first: Mapping[str | None, str | None] | None,
    second: Mapping[str | None, str | None] | None,
    common: set[str],
) -> Iterator[tuple[str | None, str | None]]:
    """The values of a part in two runs, category by category; a part that is not there is off."""
    first, second = first or {None: NONE}, second or {None: NONE}
    categories = {*first, *second} - {None}
    if not categories:
        yield first[None], second[None]
        return
    for category in sorted(str(one) for one in categories):
        one = first.get(category, first.get(None, ""))
        two = second.get(category, second.get(None, ""))
        is_of_both = category in first and category in second
        if one != "" and two != "" and (is_of_both or not common or category in common):
            yield one, two


def _text(parts: Parts) -> str:
    return _listed(
        {part: [v for v in values.values() if v is not None] for part, values in parts.items()}
    )


def _listed(parts: Mapping[str, Sequence[str]]) -> str:
    """Values of one part as they are, of several behind their names."""
    texts = {part: several(list(dict.fromkeys(values))) for part, values in parts.items()}
    return "; ".join(f"{part}: {text}" if part else text for part, text in texts.items())


def several(values: Sequence[str]) -> str:
    """A few values as they are, more of them by their number."""
    return "; ".join(values) if len(values) <= _MOST else f"{len(values):,} different values"


def _of_questions(
    first: Mapping[str, Parts],
    second: Mapping[str, Parts],
    scored: tuple[Scored, Scored],
    asked: AskedPair,
) -> Iterator[Difference]:
    """Whether other questions were asked: by rows, by categories, by hashes, by their number."""
    name = "question_set"
    numbers = scored[0].questions, scored[1].questions
    sets = sets_asked(asked, numbers)
    if sets is not None and sets[0] != sets[1]:
        # as many, and none in common: written in another way, as likely as other ones
        is_known = len(sets[0]) != len(sets[1]) or not sets[0].isdisjoint(sets[1])
        yield Difference(name, _counted(*sets), _counted(sets[1], sets[0]), is_known)
        return
    if set(numbers[0]) != set(numbers[1]):
        whole = len({*numbers[0], *numbers[1]})
        one, two = (f"{len(own):,} of {whole:,}{_CATEGORIES}" for own in numbers)
        yield Difference(name, one, two)
        return
    seen = seen_by_both(asked) if sets is not None else frozenset()
    counts = [(numbers[0][one], numbers[1][one]) for one in numbers[0] if one not in seen]
    if (sets is not None and not counts) or _is_proven(name, first, second):
        return
    by_hash = _of_setting(name, first.get(name), second.get(name), set(numbers[0]))
    if by_hash is None:
        return
    if counts and all(one is not None and two is not None for one, two in counts):
        if any(one != two for one, two in counts):
            totals = [sum(one[at] or 0 for one in counts) for at in (0, 1)]
            yield Difference(name, f"{totals[0]:,}", f"{totals[1]:,}")
            return
        if not by_hash.is_known:
            return
    if sets is None or not by_hash.is_known:
        yield by_hash


def _counted(own: frozenset[int], other: frozenset[int]) -> str:
    """How many questions there are, and how many of them the other run was not asked."""
    alone = len(own - other)
    return f"{len(own):,} ({alone:,} only here)" if 0 < alone < len(own) else f"{len(own):,}"


def _of_prompts(
    first: Mapping[str, Parts],
    second: Mapping[str, Parts],
    asked: AskedPair,
) -> Iterator[Difference]:
    name = "prompt"
    if asked[0] is not None and asked[1] is not None:
        shuffled = [_text(one.get("shuffle_options", {})) for one in (first, second)]
        if shuffled == [UNSEEDED, UNSEEDED]:
            return  # the questions were compared without their options
        other = other_prompts((asked[0], asked[1]))
        if other is not None:
            if other[0]:
                text = f"differs in {other[0]:,} of {other[1]:,} questions"
                yield Difference(name, text, text)
            return
    if not _is_proven(name, first, second):
        one = _of_setting(name, first.get(name), second.get(name), set())
        yield from () if one is None else (one,)


def _is_proven(name: str, first: Mapping[str, Parts], second: Mapping[str, Parts]) -> bool:
    return any(proof in first and first[proof] == second.get(proof) for proof in _PROVEN_BY[name])


def _of_metrics(scored: tuple[Scored, Scored], metric: MetricName) -> Iterator[Difference]:
    """Whether a run has the dataset in other metrics, or in other filters of the metric."""
    has = [metric in one.metrics for one in scored]
    if all(has) or not all(one.metrics for one in scored):
        return
    by_name = [{name for name, _ in one.metrics} for one in scored]
    if all(metric[0] in names for names in by_name):
        filters = [
            {word or NONE for name, word in one.metrics if name == metric[0]} for one in scored
        ]
        texts = [
            (metric[1] or NONE) if mine else ", ".join(sorted(words))
            for mine, words in zip(has, filters, strict=True)
        ]
        yield Difference("filter", texts[0], texts[1])
        return
    texts = [
        metric[0] if mine else ", ".join(sorted(names))
        for mine, names in zip(has, by_name, strict=True)
    ]
    yield Difference("metric_definition", texts[0], texts[1])


def _across(
    harnesses: tuple[str, str],
    first: Mapping[str, Parts],
    second: Mapping[str, Parts],
    scored: tuple[Scored, Scored],
) -> Iterator[Difference]:
    """What can be compared across harnesses: they differ in prompts and scoring anyhow."""
    yield Difference("harness", *harnesses)
    totals = [
        None if not counts or None in counts else sum(n for n in counts if n is not None)
        for counts in (list(one.questions.values()) for one in scored)
    ]
    if None not in totals and totals[0] != totals[1]:
        yield Difference("question_set", f"{totals[0]:,}", f"{totals[1]:,}")
    for name in _ACROSS:
        if name == "limit" and None not in totals and totals[0] == totals[1]:
            continue
        if name in first and name in second:
            yield from _plainly(name, first[name], second[name])


def _plainly(name: str, first: Parts, second: Parts) -> Iterator[Difference]:
    """How what means the same in every harness differs, of what both tell."""
    if name != "generation":
        one, two = (_text({part: own[part] for part in own if not part}) for own in (first, second))
        if one != two:
            yield Difference(name, one, two)
        return
    told = [_object(_text(own)) for own in (first, second)]
    for own in told:
        if own.pop("greedy", False):
            own["temperature"] = 0
    shared = [key for key in _OF_GENERATION if key in told[0] and key in told[1]]
    one, two = (_json({key: own[key] for key in shared}) for own in told)
    if one != two:
        yield Difference(name, one, two)


def _object(text: str) -> dict[str, object]:
    """A value that is an object; an empty one where it is something else."""
    try:
        found = json.loads(text)
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, sort_keys=True)
