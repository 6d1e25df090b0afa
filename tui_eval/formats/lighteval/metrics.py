"""What is known of Lighteval's metrics by their names: unit, direction, right or wrong."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import NamedTuple

from tui_eval.files.strings import clean_str
from tui_eval.formats.values import as_mapping
from tui_eval.records import Unit

_PERCENT = frozenset({"bleu", "chrf", "chrf++", "chrf_plus", "ter"})  # as sacrebleu gives them

_PERPLEXITY = frozenset({"ppl", "perplexity", "word_perplexity", "byte_perplexity"})

_LOWER = _PERPLEXITY | {"bits_per_byte", "ter", "edit_distance"}

_NUMBER = _PERPLEXITY | {
    "bits_per_byte",
    "bleurt",
    "edit_distance",
    "longest_common_prefix_length",
    "mcc",
    "multi_turn",
    "single_turn",
    "summarization_compression",
    "summarization_density",
}

_HIGHER = frozenset(
    {"bleu", "chrf", "chrf++", "f1", "mc2", "mcc", "mrr", "truthfulqa_mc2"}
    | {"rouge1", "rouge2", "rougel", "rougelsum"}
)

CORPUS_LEVEL = _PERCENT | _PERPLEXITY | {"bits_per_byte", "loglikelihood_f1", "mcc", "mf1"}

_RIGHT_OR_WRONG = re.compile(
    r"(acc(_.*)?|p?q?em|perfect_em|(quasi_)?exact_match(_.*)?|extractive_match"
    r"|maj@.*|mc1|truthfulqa_mc1)"
)

_ALL_OF_ITS_SAMPLES = re.compile(
    r"pass@k:k=(\d+)&n=\1(?!\d).*|(.*_)?pass@(\d+):\3_samples|avg@n:n=1"
)


class MetricConfig(NamedTuple):
    """What ``config_tasks`` says of a metric; null where it says nothing."""

    higher_is_better: bool | None = None
    is_mean: bool | None = None


Metrics = Mapping[str, MetricConfig]


def metrics_of(config: Mapping[str, object]) -> dict[str, MetricConfig]:
    """Metrics of a task; a grouping has a list of names, and mappings from them."""
    found: dict[str, MetricConfig] = {}
    entries = config.get("metrics", config.get("metric"))
    for entry in entries if isinstance(entries, list) else [entries]:
        facts = as_mapping(entry)
        names = facts.get("metric_name")
        for name in names if isinstance(names, list) else [names]:
            if isinstance(name, str):
                higher = _of(facts.get("higher_is_better"), name)
                aggregation = _of(facts.get("corpus_level_fn"), name)
                found[name] = MetricConfig(
                    higher if isinstance(higher, bool) else None,
                    "mean" in aggregation if isinstance(aggregation, str) else None,
                )
    return found


def _of(value: object, name: str) -> object:
    return value.get(name) if isinstance(value, Mapping) else value


@lru_cache(maxsize=4096)
def is_right_or_wrong(metric: str) -> bool:
    """Whether a question scores 0 or 1: as pass@k does where k is the number of samples."""
    whole = _ALL_OF_ITS_SAMPLES.fullmatch(metric)
    return bool(whole or _RIGHT_OR_WRONG.fullmatch(base_name(metric)))


@lru_cache(maxsize=4096)
def base_name(metric: str) -> str:
    """A metric's name without parameters, which 0.11 writes after ``_with_``, others after ``:``.

    ``acc:logprob_normalization=…``, ``pass@k_with_k&n``, ``math_pass@1:4_samples``.
    """
    return re.split(r":|_with_", metric, maxsplit=1)[0].casefold()


def unit_of(metric: str, values: Iterable[float | None], notes: list[str]) -> Unit | None:
    """The unit of a metric by its name, else by its values; None: neither tells."""
    base = base_name(metric)
    if base in _PERCENT:
        return "percent"
    if base in _NUMBER:
        return "number"
    if all(value is None or -1e-9 <= value <= 1 + 1e-9 for value in values):
        return None
    notes.append(f"{clean_str(metric)}: values outside 0–1, read as plain numbers")
    return "number"


def direction_of(metric: str, metrics: Metrics) -> bool | None:
    """Which way is better; Lighteval itself is wrong about perplexity."""
    base = base_name(metric)
    if base in _LOWER:
        return False
    written = metrics.get(metric, MetricConfig()).higher_is_better
    if written is None and (base in _HIGHER or is_right_or_wrong(metric)):
        return True
    return written
