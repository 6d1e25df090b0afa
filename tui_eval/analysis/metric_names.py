"""Names of metrics that are too long for a title, and what is shown of them there."""

from __future__ import annotations

import re

_WITH_PARAMETERS = re.compile(r"(\w+):(\w+)\[(.*)\]")

_ABBREVIATIONS = {"rouge": "ROUGE", "bleu": "BLEU", "f1": "F1"}


def short_metric(name: str) -> str:
    """``rouge:mean[statistic="recall",variant="l"]`` is ``ROUGE-L recall``; others stay.

    Args:
        name: ``metric:aggregation[parameter=value,…]``, as EvalScope writes it since 1.11. What is
            always so (the mean) is left out, and of parameters their names.
    """
    match = _WITH_PARAMETERS.fullmatch(name)
    if match is None:
        return name
    metric, aggregation, written = match.groups()
    pairs = (part.partition("=") for part in written.split(",") if part)
    parameters = {key: value.strip('"') for key, _, value in pairs}
    which = parameters.pop("ngram", "") or parameters.pop("variant", "").upper()
    words = [aggregation] if aggregation != "mean" else []
    words += [_ABBREVIATIONS.get(value, value) for value in parameters.values()]
    shown = _ABBREVIATIONS.get(metric, metric)
    return " ".join([f"{shown}-{which}" if which else shown, *words])
