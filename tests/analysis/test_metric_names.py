"""Short names of metrics, and where they are shown."""

from __future__ import annotations

import pytest

from tui_eval.analysis.metric_names import short_metric
from tui_eval.analysis.selection import Metric


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ('rouge:mean[statistic="recall",variant="l"]', "ROUGE-L recall"),
        ('rouge:mean[ngram=2,statistic="f1"]', "ROUGE-2 F1"),
        ("bleu:mean[ngram=1]", "BLEU-1"),
        ("pass:at_k[k=4]", "pass at_k 4"),
        ("accuracy", "accuracy"),
        ("mixmc:arc", "mixmc:arc"),
        ("codegen_pass@1:16", "codegen_pass@1:16"),
        ("rouge:mean[", "rouge:mean["),
        ("m:mean[]", "m"),
    ],
)
def test_what_always_holds_is_left_out(name: str, shown: str) -> None:
    assert short_metric(name) == shown


def test_titles_have_the_short_name_and_choosers_the_whole_one() -> None:
    metric = Metric('rouge:mean[statistic="recall",variant="l"]', "none", "fraction", False)
    assert metric.heading == "ROUGE-L recall, none · lower is better"
    assert metric.title == 'rouge:mean[statistic="recall",variant="l"], none'
