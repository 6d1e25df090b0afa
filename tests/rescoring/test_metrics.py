"""The value of one row, metric by metric."""

from __future__ import annotations

import math
from typing import Any

import pytest

from tui_eval.records import Filter, FilterStep, Rating, Recorded, Scored, ScoredBy, Scoring
from tui_eval.rescoring import translation
from tui_eval.rescoring.choices import NoReferenceError
from tui_eval.rescoring.filters import UNFILTERED, FilterError
from tui_eval.rescoring.metrics import applied, has_pattern, meant, obstacle, score
from tui_eval.statistics.repeats import pass_at_k


def generated(*responses: str, target: Any = "4") -> Recorded:
    return Recorded(0, 0, responses, target)


def rated(*values: float, target: Any = 0, options: tuple[str, ...] = (), **more: Any) -> Recorded:
    greedy = more.pop("greedy", -1)
    ratings = tuple(Rating(value, place == greedy) for place, value in enumerate(values))
    return Recorded(0, 0, (), target, options, ratings, **more)


def value(metric: str, answer: Recorded, *found: Any, **options: Any) -> Any:
    return score(ScoredBy(metric, options), found or answer.responses, answer)


@pytest.mark.parametrize(
    ("found", "target", "options", "wanted"),
    [
        ("Paris", "paris", {}, 0),
        ("Paris", "paris", {"ignore_case": True}, 1),
        ("Paris ", "Paris", {}, 0),
        ("a.b", "ab", {"ignore_punctuation": True}, 1),
        ("a—b", "ab", {"ignore_punctuation": True}, 0),  # ASCII punctuation only
        ("a1", "a2", {"ignore_numbers": True}, 1),
        ("a٣", "a", {"ignore_numbers": True}, 0),
        ("$1,000", "1000", {"regexes_to_ignore": [",", r"\$"]}, 1),
        ("x\0", "x", {}, 1),  # zeros at the end are lost in arrays of NumPy
        ("x\0.", "x", {"ignore_punctuation": True}, 1),
        ("b", ("a", "b"), {}, 1),
        ("c", ("a", "b"), {}, 0),
        ("5", 5, {}, 1),
        ("x", "X", {"ignore_case": True, "aggregation": "mean", "higher_is_better": True}, 1),
    ],
)
def test_exact_match(found: str, target: Any, options: dict[str, Any], wanted: int) -> None:
    assert value("exact_match", generated(found, target=target), **options) == wanted


def test_exact_match_of_what_a_map_gave_and_of_repeats() -> None:
    assert (
        value("exact_match", generated("-", target="04"), 4) == 1
    )  # the reference becomes a number
    assert value("exact_match", generated("-", target="x"), 4) == 0
    assert value("exact_match", generated("-", target="4"), None) == 0
    assert value("exact_match", generated("4", "5", "4", "4")) == 0.75
    with pytest.raises(NoReferenceError, match="no reference"):
        value("exact_match", generated("4", target=None))
    with pytest.raises(FilterError, match="no response"):
        value("exact_match", generated())


OPTIONS = ("one", "twenty-two", "三")


@pytest.mark.parametrize(
    ("metric", "answer", "wanted"),
    [
        ("acc", rated(-2, -1, -3, target=1), 1.0),
        ("acc", rated(-1, -1, -3, target=1), 0.0),  # the first of equal ones is taken
        ("acc", rated(-1, math.nan, target=1), 1.0),  # as numpy.argmax has it
        ("acc", rated(-1, -2, target=7), 0.0),
        ("acc", rated(-1, -2, target=-2), 0.0),
        ("acc", rated(-1, -2, target="no", options=("no", "yes")), 1.0),
        ("acc", rated(-1, -2, target="1", options=("no", "yes")), 0.0),
        ("acc", rated(-1, -2, target=(1, 0)), 1.0),
        ("acc_norm", rated(-3, -5, -3, target=1, options=OPTIONS), 1.0),
        ("acc_norm", rated(-3, 0, target=1, options=("one", "")), 1.0),
        ("acc_bytes", rated(-3, -50, -2, target=2, options=OPTIONS), 1.0),
        ("acc_norm", rated(-3, -50, -2, target=2, options=OPTIONS), 0.0),
        ("acc_mutual_info", rated(-1, -2, target=1, unconditioned=(-1.0, -9.0)), 1.0),
        ("exact_match", rated(-1, -2, target=1, greedy=1), 1),
        ("exact_match", rated(-1, -2, target=1, greedy=0), 0),
        ("exact_match", rated(-1, -2, target=(1, 0), greedy=0), 1),
        ("exact_match", rated(-1, -2, target=5, greedy=0), 0),
        ("exact_match", rated(-1, -2, target=-2, greedy=0), 1),  # Python counts from the end
        ("f1", rated(-1, -2, target=1), [1, 0]),
        ("mcc", rated(-1, -2, target="1"), [1, 0]),
        ("acc", rated(-1, target="word", greedy=0), 1),
        ("perplexity", rated(-1.5, target="word"), -1.5),
    ],
)
def test_of_ratings(metric: str, answer: Recorded, wanted: object) -> None:
    assert value(metric, answer) == wanted


def test_brier_score_is_of_the_shares_of_options() -> None:
    gold, shares = value("brier_score", rated(math.log(0.2), math.log(0.6), target=1))
    assert gold == 1
    assert shares == pytest.approx([0.25, 0.75])


@pytest.mark.parametrize(
    ("metric", "answer", "said"),
    [
        ("acc", rated(-1, -2, target=None), "there is no reference"),
        ("acc", generated("x"), "keeps no log-likelihoods"),
        ("f1", rated(-1, -2, target=(0, 1)), "one right option, and the question has several"),
        ("brier_score", rated(-1, -2, target=9), "none of the options"),
        ("acc", rated(-1, -2, options=OPTIONS), "of 3 options the file rates 2"),
        ("acc_norm", rated(-1, -2), "does not keep the texts of the options"),
        ("acc_mutual_info", rated(-1, -2), "rated without the question"),
        ("word_perplexity", rated(-9, target=None), "the text of which words or bytes are counted"),
        ("bleu", generated("a", "b"), "take_first or majority_vote is missing"),
        ("pass@3", generated("4", "5"), "3 responses are asked for, and the file keeps 2"),
    ],
)
def test_what_is_missing(metric: str, answer: Recorded, said: str) -> None:
    with pytest.raises(FilterError, match=said):
        value(metric, answer)


def test_what_was_greedy_must_be_known() -> None:
    unknown = Recorded(0, target=0, ratings=(Rating(-1.0), Rating(-2.0)))
    with pytest.raises(FilterError, match="which option the model would have written"):
        value("exact_match", unknown)
    with pytest.raises(FilterError, match="whether the model would have written the text"):
        value("acc", Recorded(0, target="x", ratings=(Rating(-1.0),)))


def test_documents_have_words_and_bytes() -> None:
    document = rated(-9.5, target=" ä  b\n")
    assert value("word_perplexity", document) == [-9.5, 4]  # with the empty ends, as there
    assert value("byte_perplexity", document) == value("bits_per_byte", document) == [-9.5, 7]
    assert value("byte_perplexity", document._replace(stored={"byte_perplexity": [-1, 3]})) == [
        -1,
        3,
    ]


def test_pairs_of_texts() -> None:
    assert value("bleu", generated("a b", target="a c")) == ["a c", "a b"]
    assert value("ter", generated("a b", target=("a", "c"))) == [["a", "c"], "a b"]


def test_of_repeats() -> None:
    answer = generated("5", "4", "4", "7")
    assert value("maj@1", answer) == 0
    assert value("maj@2", answer) == 0  # the first seen
    assert value("maj@3", answer) == 1
    assert value("pass@1", answer) == 0.5
    for k in range(1, 5):
        assert value(f"pass@{k}", answer) == pytest.approx(float(pass_at_k(4, 2, k)[0]))
    assert value("pass@1", generated("A", "b", target="a"), ignore_case=True) == 0.5


def test_the_filter_that_repeats_want() -> None:
    strict = Filter("strict", (FilterStep("lowercase"), FilterStep("take_first")))
    assert applied(strict, ScoredBy("exact_match")) is strict
    assert applied(strict, ScoredBy("pass@2")).steps == (FilterStep("lowercase"),)
    functions = [step.function for step in applied(strict, ScoredBy("maj@2")).steps]
    assert functions == ["lowercase", "take_first_k", "majority_vote", "take_first"]


def test_a_metric_in_words_has_the_options_of_the_task_too() -> None:
    own = Scoring(metrics=(ScoredBy("exact_match", {"ignore_case": True, "ignore_numbers": True}),))
    words = {"ignore_numbers": False}

    for name in ("exact_match", "pass@3", "maj@5"):
        found = meant(ScoredBy(name, words, adds=True), own)
        assert found == ScoredBy(name, {"ignore_case": True, "ignore_numbers": False})
        assert meant(ScoredBy(name, words), own) == ScoredBy(name, words)  # JSON says all
    assert meant(ScoredBy("acc", adds=True), own) == ScoredBy("acc")


def test_where_patterns_are_run() -> None:
    pattern = Filter("x", (FilterStep("regex", {"regex_pattern": "x"}),))
    assert has_pattern(pattern, ScoredBy("acc"))
    assert has_pattern(UNFILTERED, ScoredBy("exact_match", {"regexes_to_ignore": [","]}))
    assert not has_pattern(UNFILTERED, ScoredBy("exact_match", {"ignore_case": True}))


@pytest.mark.parametrize(
    ("metric", "kind", "said"),
    [
        ("exact_match", "generated", ""),
        ("exact_match", "multiple choice", ""),
        ("pass@2", "generated", ""),
        ("bleu", "generated", ""),
        ("acc", "generated", "acc cannot be computed of texts that a model wrote: exact_match,"),
        ("bleu", "rolling", "bleu cannot be computed of the log-likelihood of whole documents"),
        ("maj@2", "multiple choice", "maj@2 cannot be computed of rated options: acc, "),
        ("def f(x):\n    …", "generated", "the metric is code of the task"),
        ("rouge", "generated", "'rouge' is no metric that is known here"),
    ],
)
def test_what_can_be_computed(metric: str, kind: Scored, said: str) -> None:
    found = obstacle(ScoredBy(metric), Scoring(kind))
    assert found.startswith(said)
    assert bool(found) == bool(said)


def test_attempts_at_shuffled_options_are_not_voted_on() -> None:
    shuffled = Scoring(attempts_differ=True)
    assert "another order" in obstacle(ScoredBy("maj@2"), shuffled)
    assert obstacle(ScoredBy("pass@2"), shuffled) == ""


def test_without_sacrebleu(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(translation, "find_spec", lambda _: None)
    assert obstacle(ScoredBy("bleu"), Scoring()) == (
        "bleu needs sacrebleu: pip install 'tui-eval[bleu]'"
    )
