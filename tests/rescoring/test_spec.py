"""Filters and metrics as a person writes them."""

from __future__ import annotations

import pytest

from tui_eval.records import Filter, FilterStep, ScoredBy
from tui_eval.rescoring.filters import FilterError
from tui_eval.rescoring.spec import filter_from_spec, metric_from_spec

FIRST = FilterStep("take_first")
STRICT = Filter("strict-match", (FilterStep("lowercase"), FIRST))
ODD = Filter("regex:x", (FIRST,))


@pytest.mark.parametrize(
    ("spec", "wanted"),
    [
        ("strict-match", STRICT),
        ("none", Filter("none", (FIRST,))),
        ("regex:x", ODD),  # a name counts first
        (
            "regex:a, b",
            Filter("regex:a, b", (FilterStep("regex", {"regex_pattern": "a, b"}), FIRST)),
        ),
        (' {"name": "n", "filter": [{"function": "take_first"}]}', Filter("n", (FIRST,))),
        ('[{"name": "n", "filter": [{"function": "take_first"}]}]', Filter("n", (FIRST,))),
    ],
)
def test_filters(spec: str, wanted: Filter) -> None:
    assert filter_from_spec(spec, [STRICT, ODD]) == wanted


@pytest.mark.parametrize(
    ("spec", "said"),
    [
        ("strict", "no filter is named 'strict': there are 'strict-match', 'none', regex:PATTERN"),
        ("regex:", "no pattern after regex:"),
        ("regex:(", "is not a pattern of Python"),
        ("{", "it is no JSON"),
        ("[" * 100_000, "it is no JSON"),
        ('[{"name": "a", "filter": []}]', "a filter is a list of steps"),
    ],
)
def test_what_is_wrong_with_a_filter(spec: str, said: str) -> None:
    with pytest.raises(FilterError, match=said):
        filter_from_spec(spec, [STRICT])


@pytest.mark.parametrize(
    ("spec", "wanted"),
    [
        ("exact_match", ScoredBy("exact_match", adds=True)),
        (
            "exact_match:ignore_case, ignore_numbers",
            ScoredBy("exact_match", {"ignore_case": True, "ignore_numbers": True}, adds=True),
        ),
        ("pass@4:ignore_case", ScoredBy("pass@4", {"ignore_case": True}, adds=True)),
        ("maj@8", ScoredBy("maj@8", adds=True)),
        ("acc_norm", ScoredBy("acc_norm", adds=True)),
        (
            '{"metric": "exact_match", "regexes_to_ignore": [","]}',
            ScoredBy("exact_match", {"regexes_to_ignore": [","]}),
        ),
    ],
)
def test_metrics(spec: str, wanted: ScoredBy) -> None:
    assert metric_from_spec(spec) == wanted


@pytest.mark.parametrize(
    ("spec", "said"),
    [
        ("", "'' is no metric that is known here: exact_match"),
        ("rouge", "'rouge' is no metric that is known here"),
        ("pass@0", "'pass@0' is no metric"),
        ("exact_match:case", "'case' is no option that can be written so: .*ignore_case"),
        ("acc:ignore_case", "acc has no options"),
        ('{"metric": 3}', "a metric in JSON is"),
        ('{"metric": "exact_match", "x": 1}', "exact_match has no option 'x'"),
        ('{"metric": "exact_match", "regexes_to_ignore": "x"}', "must be a list of patterns"),
        ('{"metric": "exact_match", "regexes_to_ignore": ["("]}', "is not a pattern of Python"),
        ('{"metric": "exact_match", "ignore_case": 1}', "must be true or false"),
    ],
)
def test_what_is_wrong_with_a_metric(spec: str, said: str) -> None:
    with pytest.raises(FilterError, match=said):
        metric_from_spec(spec)
