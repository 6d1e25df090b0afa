"""Metrics of lm-evaluation-harness for one answer: which there are, and what each makes of it.

Definitions: ``ConfigurableTask.process_results`` and ``lm_eval.api.metrics`` of version 0.4.13;
pass@k: Chen et al. 2021.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from tui_eval.records import Filter, Recorded, Scored, ScoredBy, Scoring
from tui_eval.rescoring import choices, filters, matching, translation
from tui_eval.rescoring.choices import NoReferenceError
from tui_eval.rescoring.filters import FilterError
from tui_eval.rescoring.matching import exact_match

Scorer = Callable[[Sequence[Any], Recorded], object]
"""Makes of what a filter found and the answer itself the value of its row."""

TRANSLATION = ("bleu", "chrf", "chrf++", "ter")
"""Metrics of a whole set of texts, by sacrebleu."""

KINDS: Mapping[Scored, tuple[str, ...]] = {
    "generated": ("exact_match", *TRANSLATION, "maj@k", "pass@k"),
    "multiple choice": (*choices.RATED, "exact_match", "brier_score", "f1", "mcc"),
    "log-likelihood": ("perplexity", "acc"),
    "rolling": ("word_perplexity", "byte_perplexity", "bits_per_byte"),
}
"""Metrics that can be computed of what a model gave back; ``k`` stands for a number of repeats."""

_OF_REPEATS = re.compile(r"(maj|pass)@([1-9][0-9]{0,5})")


def scorer(metric: ScoredBy) -> Scorer:
    """What computes the value of a row, for many rows.

    The value is a number, or what a metric of the whole set is computed of: ``[gold, pred]`` of
    ``f1`` and ``mcc``, ``[gold, probabilities]`` of ``brier_score``, ``[reference, prediction]`` of
    ``bleu``, ``chrf`` and ``ter``, the log-likelihood of ``perplexity``, with a count those of
    words or bytes. ``pass@k`` and ``maj@k`` want what was found in every repeat.

    Raises:
        FilterError: The metric or an option is unknown. The scorer itself raises it where an answer
            lacks what is needed, `NoReferenceError` where that is the reference.
    """
    repeated = _OF_REPEATS.fullmatch(metric.metric)
    if repeated:
        made = _passed if repeated[1] == "pass" else _voted
        return made(exact_match(metric.options), int(repeated[2]))
    if metric.metric == "exact_match":
        return _exact(metric)
    if metric.metric in choices.RATED:
        return _best_rated(metric.metric)
    if metric.metric in TRANSLATION:
        return _pair_of_texts
    if metric.metric in _OTHERS:
        return _OTHERS[metric.metric]
    raise FilterError(_unknown(metric.metric))


def _unknown(name: str) -> str:
    if "\n" in name:
        return "the metric is code of the task, which is not run here"
    known = ", ".join(dict.fromkeys(name for names in KINDS.values() for name in names))
    return f"{name!r} is no metric that is known here: {known}"


def score(metric: ScoredBy, found: Sequence[Any], recorded: Recorded) -> object:
    """The value of one row: see `scorer`, which is what many rows want."""
    return scorer(metric)(found, recorded)


def obstacle(metric: ScoredBy, scoring: Scoring) -> str:
    """Why a metric cannot be computed of what a harness kept, in words; empty: it can."""
    try:
        scorer(metric)
    except FilterError as error:
        return str(error)
    repeated = _OF_REPEATS.fullmatch(metric.metric)
    if (f"{repeated[1]}@k" if repeated else metric.metric) not in KINDS[scoring.kind]:
        known = ", ".join(KINDS[scoring.kind])
        return f"{metric.metric} cannot be computed of {_GIVEN[scoring.kind]}: {known} can"
    if metric.metric in TRANSLATION:
        return translation.missing(metric.metric)
    if repeated and repeated[1] == "maj" and scoring.attempts_differ:
        return "attempts cannot be voted on: each had the options in another order"
    return ""


def meant(metric: ScoredBy, scoring: Scoring) -> ScoredBy:
    """A metric with the options that a task itself has for it, where they are to be added.

    Those of ``pass@k`` and ``maj@k`` are those of its ``exact_match``, unless it has them itself.
    """
    if not metric.adds:
        return metric
    own = {one.metric: one.options for one in scoring.metrics}
    options = own.get(metric.metric, {})
    if not options and _OF_REPEATS.fullmatch(metric.metric):
        options = own.get("exact_match", {})
    return ScoredBy(metric.metric, {**options, **metric.options})


def compares_texts(metric: ScoredBy) -> bool:
    """Whether it compares as ``exact_match`` does, with its options."""
    return metric.metric == "exact_match" or bool(_OF_REPEATS.fullmatch(metric.metric))


def applied(wanted: Filter, metric: ScoredBy) -> Filter:
    """The filter that a metric wants: of every repeat for ``pass@k``, with a vote for ``maj@k``."""
    repeated = _OF_REPEATS.fullmatch(metric.metric)
    if not repeated:
        return wanted
    if repeated[1] == "pass":
        return filters.every_repeat(wanted)
    return filters.voting(wanted, int(repeated[2]))


def has_pattern(wanted: Filter, metric: ScoredBy) -> bool:
    """Whether patterns are run on the answers, which may take any time."""
    return filters.has_pattern(wanted) or matching.has_pattern(metric.options)


def _references(recorded: Recorded) -> tuple[str, ...]:
    target = recorded.target
    if target is None:
        raise NoReferenceError("there is no reference")
    if isinstance(target, tuple):
        return tuple(map(str, target))
    return (target if isinstance(target, str) else str(target),)


def _exact(metric: ScoredBy) -> Scorer:
    match = exact_match(metric.options)

    def value(found: Sequence[Any], recorded: Recorded) -> object:
        if recorded.ratings:
            return choices.greedy(recorded)
        return match(_some(found), _references(recorded))

    return value


def _some(found: Sequence[Any]) -> Sequence[Any]:
    if not found:
        raise FilterError("the file keeps no response")
    return found


def _passed(match: matching.Match, k: int) -> Scorer:
    def value(found: Sequence[Any], recorded: Recorded) -> object:
        references = _references(recorded)
        right = sum(match([one], references) for one in _at_least(k, found))
        wrong = len(found) - int(right)
        return 1 - math.comb(wrong, k) / math.comb(len(found), k)

    return value


def _voted(match: matching.Match, k: int) -> Scorer:
    def value(found: Sequence[Any], recorded: Recorded) -> object:
        vote = Counter(_some(found)[:k]).most_common(1)[0][0]
        return match([vote], _references(recorded))

    return value


def _at_least(k: int, found: Sequence[Any]) -> Sequence[Any]:
    if len(found) < k:
        raise FilterError(f"{k} responses are asked for, and the file keeps {len(found)}")
    return found


def _pair_of_texts(found: Sequence[Any], recorded: Recorded) -> object:
    references = _references(recorded)
    if len(_some(found)) > 1:
        raise FilterError("the metric needs one response: take_first or majority_vote is missing")
    return [references[0] if len(references) == 1 else list(references), str(found[0])]


def _best_rated(name: str) -> Scorer:
    rated = choices.RATED[name]

    def value(_found: Sequence[Any], recorded: Recorded) -> object:
        if name == "acc" and _is_one_text(recorded):
            return int(_told(recorded.ratings[0].is_greedy))
        return 1.0 if choices.largest(rated(recorded)) in choices.golds(recorded) else 0.0

    return value


def _is_one_text(recorded: Recorded) -> bool:
    return len(recorded.ratings) == 1 and not recorded.options


def _told(is_greedy: bool | None) -> bool:
    if is_greedy is None:
        raise FilterError("the file does not say whether the model would have written the text")
    return is_greedy


def _gold_and_best(_found: Sequence[Any], recorded: Recorded) -> object:
    return [choices.gold(recorded), choices.largest(choices.conditioned(recorded))]


def _gold_and_probabilities(_found: Sequence[Any], recorded: Recorded) -> object:
    right = choices.gold(recorded)
    if right == choices.NOWHERE:
        raise FilterError("the reference is none of the options")
    return [right, choices.probabilities(recorded)]


def _log_likelihood(_found: Sequence[Any], recorded: Recorded) -> object:
    return choices.conditioned(recorded)[0]


def _of_document(name: str, count: Callable[[str], int]) -> Scorer:
    def value(_found: Sequence[Any], recorded: Recorded) -> object:
        stored = recorded.stored.get(name)
        if isinstance(stored, list | tuple) and len(stored) == 2:
            return list(stored)
        if not isinstance(recorded.target, str):
            raise FilterError("the file does not keep the text of which words or bytes are counted")
        return [choices.conditioned(recorded)[0], count(recorded.target)]

    return value


def _words(text: str) -> int:
    return len(re.split(r"\s+", text))


def _bytes(text: str) -> int:
    return len(text.encode("utf-8", "surrogatepass"))


_OTHERS: Mapping[str, Scorer] = {
    "f1": _gold_and_best,
    "mcc": _gold_and_best,
    "brier_score": _gold_and_probabilities,
    "perplexity": _log_likelihood,
    "word_perplexity": _of_document("word_perplexity", _words),
    "byte_perplexity": _of_document("byte_perplexity", _bytes),
    "bits_per_byte": _of_document("bits_per_byte", _bytes),
}

_GIVEN: Mapping[Scored, str] = {
    "generated": "texts that a model wrote",
    "multiple choice": "rated options",
    "log-likelihood": "the log-likelihood of a text",
    "rolling": "the log-likelihood of whole documents",
}
