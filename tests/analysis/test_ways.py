"""Filters as rows: where they are from, which are the same, and their scores in one grid."""

from __future__ import annotations

import json

from tui_eval.analysis.compare import COMPARED
from tui_eval.analysis.rescore_grid import ALL_INVALID, NEW, rescore_grid
from tui_eval.analysis.ways import Outcome, Way, filter_json, merged, ways_of, with_pattern
from tui_eval.records import Filter, FilterStep, ScoredBy, Scoring
from tui_eval.render.rescore_words import told_of_outcome


def regex(name: str, pattern: str, **options: object) -> Filter:
    step = FilterStep("regex", {"regex_pattern": pattern, **options})
    return Filter(name, (step, FilterStep("take_first")))


STRICT, LAST = regex("strict-match", r"#### (\d+)"), regex("last", r"(\d+)", group_select=-1)


def test_filters_of_runs_come_first_then_kept_ones_then_new_ones() -> None:
    scorings = [Scoring(filters=(STRICT,)), Scoring(filters=(STRICT, regex("strict-match", "x")))]
    ways = ways_of(scorings, [LAST, STRICT], [regex("mine", "y")])
    assert [(way.name, way.pattern, way.origin) for way in ways] == [
        ("strict-match", r"#### (\d+)", "run"),
        ("strict-match (2)", "x", "run"),  # the same name, and another filter
        ("last", r"(\d+)", "kept"),
        ("mine", "y", "new"),
    ]


def test_the_same_filter_is_the_same_way_whatever_it_is_called() -> None:
    assert Way(STRICT).key == Way(STRICT._replace(name="other"), None, "kept").key
    assert Way(STRICT).key != Way(STRICT, ScoredBy("exact_match", {"ignore_case": True})).key
    assert Way(STRICT).key != Way(LAST).key


def test_of_answers_that_were_rated_the_metrics_are_the_ways() -> None:
    scoring = Scoring("multiple choice", metrics=(ScoredBy("acc"), ScoredBy("acc_norm")))
    ways = ways_of([scoring, scoring], [LAST], [])
    assert {way.filter for way in ways} == {None}
    assert [way.name for way in ways][:2] == ["acc", "acc_norm"]
    assert "brier_score" in [way.name for way in ways]


def test_a_run_without_filters_is_scored_as_it_wrote() -> None:
    assert [way.name for way in ways_of([Scoring()], [], [])] == ["none"]
    assert ways_of([Scoring(obstacle="code of its own")], [], []) == ()


def test_categories_that_were_scored_otherwise_are_one() -> None:
    rated = Scoring("multiple choice", metrics=(ScoredBy("acc"),))
    first = Scoring(filters=(STRICT,), metrics=(ScoredBy("exact_match"),), obstacle="own code")
    other = Scoring(filters=(STRICT, LAST), metrics=(ScoredBy("exact_match"),))
    whole = merged([rated, first, other])
    assert (whole.kind, whole.filters, whole.obstacle) == ("generated", (STRICT, LAST), "")
    assert whole.metrics == (ScoredBy("exact_match"),)
    assert merged([first]).obstacle == "own code"
    assert merged([rated, rated]) == rated
    assert merged([]) == Scoring()


def test_another_pattern_leaves_the_other_options_and_steps() -> None:
    edited = with_pattern(LAST, r"(\w+)", "words")
    assert json.loads(filter_json(edited)) == {
        "name": "words",
        "filter": [
            {"function": "regex", "regex_pattern": r"(\w+)", "group_select": -1},
            {"function": "take_first"},
        ],
    }
    assert Way(LAST).pattern == r"(\d+)"


def test_steps_are_told_in_a_line() -> None:
    steps = (FilterStep("lowercase"), *STRICT.steps)
    assert Way(Filter("low", steps)).steps_told == r"lowercase → #### (\d+)"
    assert Way(Filter("none", (FilterStep("take_first"),))).steps_told == "take_first"


def test_the_grid_shows_the_filter_that_finds_nothing() -> None:
    ways = ways_of([Scoring(filters=(STRICT,))], [LAST], [])
    outcomes = {
        ("m", ways[0].key): Outcome(0.0, 0.0, 1319, 1319),
        ("m", ways[1].key): Outcome(0.39, 0.0134, 1319, 2),
        ("n", ways[0].key): Outcome(0.5, 0.01, 100, 25, timed_out=3),
    }
    report = rescore_grid("gsm8k", ways, {"a": "m", "b": "n"}, outcomes, 100)
    assert report.frame["filter"].to_list() == ["strict-match", "last", NEW]
    assert report.frame["a.score"].to_list() == [0.0, 39.0, None]
    assert report.frame["a.invalid"].to_list() == [ALL_INVALID, "<1 %", None]
    assert report.frame["a.best"].to_list() == [False, True, None]
    assert report.frame["b.invalid"].to_list() == ["25 %, 3 timed out", "…", None]
    assert report.frame["from"].to_list() == ["", "kept", None]
    assert [str(note) for note in report.notes] == [
        "a: strict-match finds nothing in any answer, so its score is not the model's.",
        "b: a pattern ran too long, so that 3 answers have no score.",
    ]


def test_a_run_that_cannot_be_scored_says_why() -> None:
    ways = ways_of([Scoring(filters=(STRICT,))], [], [])
    outcomes = {("m", ways[0].key): Outcome(None, why="its files hold no responses")}
    report = rescore_grid("arc", ways, {"a": "m"}, outcomes, takes_filters=False)
    assert report.frame.select("a.score", "a.invalid").rows() == [(None, None)]
    assert [column.name for column in report.columns] == ["filter", "a.score", "steps"]
    assert [str(note) for note in report.notes] == ["a: its files hold no responses."]


def test_what_came_of_it_is_told_with_what_is_stored() -> None:
    def told(outcome: Outcome | None, obstacle: str = "") -> tuple[str, ...]:
        return told_of_outcome(outcome, "a m, last", 100, obstacle, width=90)

    assert told(None) == ("a m, last: not scored yet",)
    plain = Outcome(0.39, 0.0134, 1319, 2, stored=0.0, stored_by="strict-match")
    first = "a m, last: 39.0 ±1.3 · stored 0.0 (strict-match) · n 1,319 · 2 invalid"
    assert told(plain) == (first,)
    row = dict.fromkeys(COMPARED) | {"delta": 0.0, "fixed": 0, "broken": 0}
    assert told(plain._replace(compared=row)) == (first, "the same as stored: no question changes")
    better = row | {"delta": 0.39, "low": 0.36, "high": 0.42, "verdict": "better", "fixed": 515}
    better |= {"same": 804, "paired": True, "n": 1319, "baseline_n": 1319, "candidate_n": 1319}
    words = told(plain._replace(compared=better))
    assert words[1] == "the new score better by 39.0 [+36.0, +42.0], paired on 1319 of 1319"
    assert told(Outcome(None, stored=0.25), "code of its own") == (
        "a m, last: stored 25.0; code of its own",
    )
    perplexity = Outcome(12.5, None, 100, stored=12.5, is_scaled=False)
    assert told(perplexity)[0].startswith("a m, last: 12.5 · stored 12.5")
