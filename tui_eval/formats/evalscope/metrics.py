"""Metrics of EvalScope: one name in all versions, the scale, and which way is better."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

from tui_eval.formats.values import as_mapping, as_number
from tui_eval.records import Unit

NO_REFERENCE = -1
"""What is written as the score of a question without a right answer."""

_ACCURACY = frozenset({"AverageAccuracy", "acc", "accuracy"})
_STATISTICS = {"R": "recall", "P": "precision", "F": "f1"}
_BLEU = re.compile(r"[Bb]leu[-_](\d)")
_ROUGE = re.compile(r"Rouge-([12L])-([RPF])")
_COMPARED = re.compile(r"(bleu|rouge|meteor|cider|chrf|bert_?score|sem_?score)([^a-z].*)?")
_LOWER = re.compile(r"(wer|cer|ter|perplexity|ppl|edit_distance|.*latency|.*error(_rate)?)(\b.*)?")
_HIGHER = re.compile(
    r"(.*acc(uracy)?|pass[@^_]\w+|win_rate.*|(prompt|inst)_level_.*|rouge.*|bleu.*|(.*_)?f1"
    r"|precision|recall|exact_match|em|map|ndcg.*|(.*_)?score)(\b.*)?"
)


def shown_names(names: Sequence[str]) -> list[str]:
    """Names that all versions share, where no two metrics would share one."""
    found: Counter[str] = Counter()
    shown = []
    for written in names:
        name = _normal(written)
        name = written if found[name] else name
        found[name] += 1
        shown.append(f"{name} ({found[name]})" if found[name] > 1 else name)
    return shown


def matched_names(written: Sequence[str], reported: Sequence[str]) -> dict[str, str]:
    """What a report calls the metrics of its reviews; one name in all versions where it does not.

    Reviews write ``IoU`` for ``iou``. A metric that is the only one on both sides is the same,
    however it is called.
    """
    names = dict(zip(written, shown_names(written), strict=True))
    if len(written) == len(reported) == 1:
        return {written[0]: reported[0]}
    free = [name for name in reported if name not in names.values()]
    for name in [name for name in written if names[name] not in reported]:
        same = [other for other in free if _words(other) == _words(name)]
        if len(same) == 1:
            names[name] = same[0]
            free.remove(same[0])
    return names


def _words(name: str) -> frozenset[str]:
    """What a name of a metric says, without how it was averaged."""
    words = re.findall(r"[^\W_]+", re.sub(r"\w+=", "", name.casefold()))
    return frozenset(words) - {"mean", "identity"}


def _normal(written: str) -> str:
    """The name of schema 2, as EvalScope itself shows old reports."""
    name = written.removeprefix("mean_")
    if name.startswith("winrate"):
        return name.replace("winrate", "win_rate", 1)
    if bleu := _BLEU.fullmatch(name):
        return f"bleu:mean[ngram={bleu[1]}]"
    if rouge := _ROUGE.fullmatch(name):
        statistic = f'statistic="{_STATISTICS[rouge[2]]}"'
        longest = rouge[1] == "L"
        return (
            f'rouge:mean[{statistic},variant="l"]'
            if longest
            else f"rouge:mean[ngram={rouge[1]},{statistic}]"
        )
    return "accuracy" if name in _ACCURACY else name or written


def compares_texts(metric: str) -> bool:
    """Whether a metric is a likeness of two texts: without a reference there is none."""
    return _COMPARED.fullmatch(metric.removeprefix("mean_").casefold()) is not None


def unit_of(semantics: Mapping[str, object], values: Iterable[float | None]) -> Unit:
    """The scale on which numbers are written: as the report says, else by the numbers."""
    limits = as_mapping(semantics.get("value_range"))
    highest = as_number(limits.get("max"))
    inside = all(value is None or -1e-9 <= value <= 1 + 1e-9 for value in values)
    if semantics.get("display_kind") == "percent":
        factor = as_number(semantics.get("display_multiplier"))
        return "fraction" if factor == 100 or (factor is None and inside) else "percent"
    if str(semantics.get("semantic_id")).startswith("diagnostic.count"):
        return "count"
    if as_number(limits.get("min")) == 0 and highest in (1, 100):
        return "fraction" if highest == 1 else "percent"
    return "fraction" if inside and not limits else "number"


def direction_of(semantics: Mapping[str, object], metric: str) -> bool | None:
    """Which way is better: as the report says, else what the name makes certain."""
    written = semantics.get("direction")
    if written is not None:
        return {"higher_is_better": True, "lower_is_better": False}.get(str(written))
    name = metric.casefold()
    if _LOWER.fullmatch(name):
        return False
    return True if _HIGHER.fullmatch(name) else None
