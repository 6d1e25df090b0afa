"""Metrics: in which unit they are, and which way is better."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache

from tui_eval.records import Unit

_ALWAYS_LOWER = re.compile(r"ter|ppl|(\w+_)?perplexity|bits_per_\w+")
_LOWER = re.compile(r"brier_score|[wc]er|likelihood_diff(erence)?|loss|nll")
_HIGHER = re.compile(
    r"(acc|exact_match|em|exact|f1|bleu|chrf(\+\+)?|rouge\w+|mcc|mc1|mc2|mrr|recall|precision)"
    r"|acc_\w+|bleu\w*_\w+|f1_\w+|(HasAns|NoAns|best)_\w+|(prompt|inst)_level_\w+"
)

_PERCENT = re.compile(
    r"bleu|chrf(\+\+)?|ter|(bleu|rouge\w+)_max|(HasAns|NoAns)_\w+|best_(exact|f1)|percent_\w+|eqbench"
)
_NUMBER = re.compile(
    r"(\w+_)?perplexity|ppl|bits_per_\w+|mcc|matthews\w*|pearson\w*|spearman\w*|brier_score|[wc]er"
    r"|\w*likelihood\w*|loss|nll|mse|mae|rmse|bleurt(_max)?|\w+_diff|\w+_len(gth)?"
)
_NO_MEAN = re.compile(r"bypass|ppl|(\w+_)?perplexity|bits_per_\w+")


@lru_cache(maxsize=1024)
def is_mean(metric: str | None) -> bool:
    """Whether a metric can be a mean over questions, and a row's value a score of its own."""
    return metric is not None and not _NO_MEAN.fullmatch(metric)


def direction_of(metric: str, told: Mapping[str, object]) -> bool | None:
    """Which way is better: as the file says, else by name, as 0.3 and the harness's registry do.

    TER (said to be better when higher until 0.4.12) and perplexities are better when lower,
    whatever a file says. ``pass@2(exact_match)`` (0.5) is as ``exact_match``.
    """
    usual, always = _usual_direction(metric)
    if always or not told:
        return usual
    said = told[metric] if metric in told else told.get(base_of(metric))
    return said if isinstance(said, bool) else usual


@lru_cache(maxsize=1024)
def _usual_direction(metric: str) -> tuple[bool | None, bool]:
    """Which way is better by the metric's name, and whether a file can say otherwise."""
    base = base_of(metric)
    if _ALWAYS_LOWER.fullmatch(base):
        return False, True
    if _LOWER.fullmatch(base):
        return False, False
    return (True if _HIGHER.fullmatch(base) else None), False


@lru_cache(maxsize=1024)
def base_of(metric: str) -> str:
    """The metric of which a metric over several answers to a question is made."""
    inner = metric[:-1].partition("(")[2] if metric.endswith(")") else ""
    return inner or metric


@lru_cache(maxsize=1024)
def unit_by_name(metric: str) -> Unit | None:
    """The unit, where the metric's name tells that it is no fraction."""
    base = base_of(metric)
    if _PERCENT.fullmatch(base):
        return "percent"
    return "number" if _NUMBER.fullmatch(base) else None
