"""Answers scored again in their order, and patterns that would never end."""

from __future__ import annotations

import re
import signal
from concurrent.futures import ThreadPoolExecutor

import pytest

from tui_eval.records import Filter, FilterStep, Rating, Recorded, ScoredBy
from tui_eval.rescoring.filters import UNFILTERED, FilterError, filter_of
from tui_eval.rescoring.limits import (
    PATIENCE,
    ScoredRow,
    TimedOut,
    Unstoppable,
    limited,
    scored_rows,
)

EXACT = ScoredBy("exact_match")
ENDLESS = "(a+)+$"
TRAP = "a" * 50 + "!"
SECONDS = 0.02


def by_pattern(pattern: str) -> Filter:
    return Filter("x", (FilterStep("regex", {"regex_pattern": pattern}), FilterStep("take_first")))


def answers(*responses: str, target: str | None = "a") -> list[Recorded]:
    return [Recorded(place, 0, (text,), target) for place, text in enumerate(responses)]


def test_each_answer_gets_its_row() -> None:
    repeats = Recorded(9, 2, ("a", "b"), "a")
    rows = list(scored_rows(Filter("each", (FilterStep("lowercase"),)), EXACT, [repeats]))
    assert rows == [ScoredRow(9, 2, "a", 0.5, "ok", ("a", "b"))]
    assert list(scored_rows(by_pattern("a+"), EXACT, answers("xay", "y"))) == [
        ScoredRow(0, 0, "a", 1.0, "ok"),
        ScoredRow(1, 0, "[invalid]", 0.0, "unparsed"),
    ]
    assert list(scored_rows(by_pattern("a"), EXACT, [])) == []


def test_what_an_answer_lacks_is_said_of_it_alone() -> None:
    some = [*answers("a", target=None), Recorded(5, 0, (), "a"), *answers("a")]
    rows = list(scored_rows(UNFILTERED, EXACT, some))
    assert [(row.status, row.value, row.reason) for row in rows] == [
        ("no reference", None, "there is no reference"),
        ("error", None, "there is no response"),
        ("ok", 1.0, ""),
    ]
    assert rows[0].extracted == "a"


def test_ratings_need_no_filter() -> None:
    rated = Recorded(3, 1, (), 1, ("x", "y"), (Rating(-2.0), Rating(-1.0)))
    assert list(scored_rows(by_pattern("x"), ScoredBy("acc"), [rated])) == [
        ScoredRow(3, 1, None, 1.0, "ok")
    ]


def test_repeats_are_voted_on_and_each_is_scored() -> None:
    answer = Recorded(0, 0, ("A", "b", "b"), "b")
    [voted] = scored_rows(UNFILTERED, ScoredBy("maj@3"), [answer])
    assert (voted.extracted, voted.value, voted.several) == ("b", 1.0, ())
    [passed] = scored_rows(UNFILTERED, ScoredBy("pass@1"), [answer])
    assert (passed.extracted, passed.several) == ("A", ("A", "b", "b"))
    assert passed.value == pytest.approx(2 / 3)
    [few] = scored_rows(UNFILTERED, ScoredBy("maj@4"), [answer])
    assert (few.status, few.reason) == (
        "error",
        "4 responses are asked for, and the file keeps 3",
    )


def test_a_pattern_that_would_never_end_is_stopped_at_one_answer() -> None:
    rows = list(scored_rows(by_pattern(ENDLESS), EXACT, answers("a", TRAP, "xa"), SECONDS))
    assert [row.status for row in rows] == ["ok", "timed out", "ok"]
    assert [row.place for row in rows] == [0, 1, 2]
    assert (rows[1].value, rows[1].reason) == (None, "longer than 0.02 s")


def test_it_is_given_up_after_some_answers() -> None:
    many = answers(*[TRAP] * (PATIENCE + 1), "a", *[TRAP] * 100)
    rows = list(scored_rows(by_pattern(ENDLESS), EXACT, many, SECONDS))
    assert [row.place for row in rows] == list(range(len(many)))
    assert {row.status for row in rows} == {"timed out"}
    assert {row.reason for row in rows[PATIENCE:]} == {"not tried: the filter was given up"}


def test_patterns_of_a_metric_are_stopped_too() -> None:
    metric = ScoredBy("exact_match", {"regexes_to_ignore": [ENDLESS]})
    [row] = scored_rows(UNFILTERED, metric, answers(TRAP), SECONDS)
    assert row.status == "timed out"


def test_patterns_that_look_at_what_others_fall_back_on_are_stopped_too() -> None:
    first = FilterStep("regex", {"regex_pattern": "x", "fallback": TRAP})
    second = FilterStep("regex", {"regex_pattern": ENDLESS})
    wanted = filter_of([{"function": f, **options} for f, options in (first, second)])
    [row] = scored_rows(wanted, EXACT, answers("x"), SECONDS)
    assert row.status == "timed out"


def test_the_handler_of_before_is_there_again() -> None:
    before = signal.getsignal(signal.SIGVTALRM)
    limit = limited(SECONDS)
    for _ in range(2):
        with pytest.raises(TimedOut), limit:
            re.match(ENDLESS, TRAP)
        assert signal.getsignal(signal.SIGVTALRM) is before
    with limit:
        pass
    assert signal.getsignal(signal.SIGVTALRM) is before
    assert signal.getitimer(signal.ITIMER_VIRTUAL) == (0.0, 0.0)


def in_a_thread(wanted: Filter) -> list[ScoredRow]:
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(lambda: list(scored_rows(wanted, EXACT, answers("a")))).result()


def test_where_a_pattern_cannot_be_stopped_it_is_not_run(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(Unstoppable, match="in a main thread only"):
        in_a_thread(by_pattern("a"))
    assert [row.status for row in in_a_thread(UNFILTERED)] == ["ok"]  # there is none
    monkeypatch.delattr(signal, "setitimer")
    with pytest.raises(Unstoppable, match="cannot be stopped on this system"):
        list(scored_rows(by_pattern("a"), EXACT, answers("a")))


def test_a_filter_that_cannot_be_used_is_no_row() -> None:
    with pytest.raises(FilterError, match="is no filter"):
        list(scored_rows(Filter("x", (FilterStep("x"),)), EXACT, answers("a")))
    with pytest.raises(FilterError, match="is no metric"):
        list(scored_rows(UNFILTERED, ScoredBy("x"), answers("a")))
