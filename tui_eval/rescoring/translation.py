"""BLEU, chrF and TER by sacrebleu, which is an extra: ``pip install 'tui-eval[bleu]'``."""

from __future__ import annotations

from collections.abc import Sequence
from importlib.util import find_spec
from itertools import zip_longest
from typing import Any

from tui_eval.rescoring.filters import FilterError


def missing(metric: str) -> str:
    """Why sacrebleu is not there, and how it would be, in words; empty: it is there."""
    return "" if find_spec("sacrebleu") else _absent(metric)


class Corpus:
    """Pairs of reference and prediction, of which parts are scored again and again.

    Each pair is counted once, and a score is made of the sum of counts: sacrebleu's own bootstrap
    uses the same two methods, which it offers nobody else.
    """

    def __init__(self, metric: str, pairs: Sequence[Any]) -> None:
        """Count the pairs ``[reference or references, prediction]``.

        Raises:
            FilterError: sacrebleu is not there, or pairs are none.
        """
        self._metric = _metric(metric)
        references, predictions = _columns(pairs)
        self._counts = self._metric._extract_corpus_statistics(predictions, references)

    def score(self, places: Sequence[int] | None = None) -> float:
        """Score (0-100) of the pairs at some places, or of all."""
        counts = self._counts if places is None else [self._counts[place] for place in places]
        return float(self._metric._aggregate_and_compute(counts).score)


def _metric(name: str) -> Any:
    try:
        from sacrebleu.metrics.bleu import BLEU
        from sacrebleu.metrics.chrf import CHRF
        from sacrebleu.metrics.ter import TER
    except ImportError:
        raise FilterError(_absent(name)) from None
    if name == "bleu":
        return BLEU(force=True)  # it writes no warnings about texts that are tokens already
    return TER() if name == "ter" else CHRF(word_order=2 if name == "chrf++" else 0)


def _absent(metric: str) -> str:
    return f"{metric} needs sacrebleu: pip install 'tui-eval[bleu]'"


def _columns(pairs: Sequence[Any]) -> tuple[list[tuple[str | None, ...]], list[str]]:
    try:
        several = [[wanted] if isinstance(wanted, str) else list(wanted) for wanted, _ in pairs]
        predictions = [given if isinstance(given, str) else str(given[0]) for _, given in pairs]
    except (TypeError, ValueError, IndexError):
        raise FilterError("the values are no pairs of reference and prediction") from None
    return list(zip_longest(*several)), predictions
