"""What filters leave of responses, and what is said of those that cannot be used."""

from __future__ import annotations

import pickle
from typing import Any

import pytest

from tui_eval.records import Filter, FilterStep, Recorded
from tui_eval.rescoring.filters import (
    UNFILTERED,
    FilterError,
    Pipeline,
    every_repeat,
    extracted,
    filter_of,
    voting,
)

CITIES = ("Rome", "Rome and Milan", "Oslo")


def left(steps: list[dict[str, Any]], *responses: str, options: tuple[str, ...] = ()) -> list[str]:
    return extracted(filter_of(steps), Recorded(0, 0, responses, options=options))


def regex(pattern: str, **options: object) -> dict[str, Any]:
    return {"function": "regex", "regex_pattern": pattern, **options}


def choice(**options: object) -> dict[str, Any]:
    return {"function": "multi_choice_regex", "regex_pattern": r"\(([A-Z])\)", **options}


FIRST = {"function": "take_first"}
LOWER = {"function": "lowercase"}
VOTE = {"function": "majority_vote"}


@pytest.mark.parametrize(
    ("step", "response", "wanted"),
    [
        (regex(r"\d+"), "12 and 34", "12"),
        (regex(r"\d+", group_select=-1), "12 and 34", "34"),
        (regex(r"\d+", group_select=1), "12", "[invalid]"),  # the harness breaks off here
        (regex(r"is (.*)\."), "it is  this .", "this"),
        (regex(r"(x)?(\d)"), "7", "7"),
        (regex(r"(x)?(y)?"), "7", "[invalid]"),
        (regex(r"(x)?(y)?", fallback=" no "), "7", "no"),
        (regex(r"\d", fallback=" no "), "none", " no "),
        ({"function": "regex"}, "so #### -1,200.5", "-1,200.5"),
        (LOWER, "ÄB", "äb"),
        ({"function": "uppercase"}, "straße", "STRASSE"),
        ({"function": "remove_whitespace"}, "\n a b\u3000", "a b"),
        ({"function": "decontaminate", "path": "x"}, "as it is", "as it is"),
    ],
)
def test_one_step(step: dict[str, Any], response: str, wanted: str) -> None:
    assert left([step, FIRST], response) == [wanted]


@pytest.mark.parametrize(
    ("options", "response", "wanted"),
    [
        ({}, "(B), or (C)", "B"),
        ({}, "It is Rome and Milan", "(B)"),  # not (A), whose text begins it
        ({}, "it is oslo", "[invalid]"),
        ({"ignore_case": True}, "it is oslo", "(C)"),
        ({"ignore_punctuation": True}, "O.s—lo", "(C)"),
        ({"regexes_to_ignore": ["X", r"\d"]}, "XO1slo", "(C)"),
        ({"group_select": -1}, "Oslo, then Rome", "(A)"),
        ({}, "Answer:  C", "(C)"),
        ({}, "Answer: D", "[invalid]"),
        ({"fallback": "?"}, "Berlin", "?"),
    ],
)
def test_an_option_by_pattern_then_by_text_then_by_letter(
    options: dict[str, Any], response: str, wanted: str
) -> None:
    assert left([choice(**options), FIRST], response, options=CITIES) == [wanted]


def test_more_options_than_letters() -> None:
    many = tuple(f"number {place}." for place in range(30))
    assert left([choice()], "nothing", options=many) == ["[invalid]"]


def test_options_are_needed_for_their_texts() -> None:
    with pytest.raises(FilterError, match="texts of the options, which the file does not keep"):
        left([choice()], "(A)")


def test_repeats_are_taken_and_voted_on() -> None:
    assert left([{"function": "take_first_k", "k": 2}], "a", "b", "b") == ["a", "b"]
    assert left([VOTE], "b", "a") == ["b"]  # the first seen of equally common ones
    assert left([VOTE, FIRST], "a", "b", "b") == ["b"]
    assert left([LOWER], "A", "B") == ["a", "b"]
    with pytest.raises(FilterError, match="3 responses are asked for, and the file keeps 2"):
        left([{"function": "take_first_k", "k": 3}], "a", "b")
    with pytest.raises(FilterError, match="no response"):
        left([FIRST])
    with pytest.raises(FilterError, match="no response"):
        left([VOTE])


def test_after_take_first_a_step_sees_letters_as_in_the_harness() -> None:
    assert left([FIRST, LOWER], "AB") == ["a", "b"]
    assert left([FIRST, FIRST], "AB") == ["A"]


def test_a_map_gives_what_it_holds() -> None:
    mapped = {"function": "map", "mapping_dict": {"yes": 1, "no": "0"}, "default_value": None}
    pipeline = Pipeline(filter_of([mapped]))
    assert pipeline.found(Recorded(0, 0, ("yes", "no", "?"))) == [1, "0", None]
    assert left([mapped, LOWER, FIRST], "yes") == ["1"]
    assert left([mapped, regex("0"), FIRST], "yes") == ["[invalid]"]  # a number is no text
    assert left([{"function": "map"}], "yes") == ["None"]


@pytest.mark.parametrize(
    ("steps", "response", "unparsed"),
    [
        ([regex("x"), FIRST], "y", True),
        ([regex("x"), FIRST], "x", False),
        ([regex("x", fallback=""), FIRST], "y", True),
        ([regex("x", fallback="No"), LOWER, FIRST], "y", True),
        ([regex("(x)?(y)?", fallback=" no "), FIRST], "z", True),
        ([regex("x"), {"function": "map", "mapping_dict": {"x": "1"}}, FIRST], "y", True),
        ([regex("x"), {"function": "take_first_k", "k": 1}, VOTE, FIRST], "y", True),
        ([{"function": "take_first_k", "k": 1}, regex("x"), LOWER], "y", True),
        ([regex("x", fallback=""), FIRST, FIRST], "xx", False),
        ([FIRST], "[invalid]", False),  # nothing was looked for
    ],
)
def test_whether_nothing_was_found(
    steps: list[dict[str, Any]], response: str, unparsed: bool
) -> None:
    pipeline = Pipeline(filter_of(steps))
    found = pipeline.found(Recorded(0, 0, (response,)))
    assert pipeline.is_unparsed(found) is unparsed


def test_a_filter_that_wants_more_repeats_than_fit_in_memory() -> None:
    many = filter_of([regex("x"), {"function": "take_first_k", "k": 10**15}])
    assert Pipeline(many).is_unparsed(["[invalid]"])


def test_several_repeats_are_unparsed_where_all_are() -> None:
    pipeline = Pipeline(filter_of([regex("x")]))
    assert pipeline.is_unparsed(["[invalid]", "[invalid]"])
    assert not pipeline.is_unparsed(["[invalid]", "x"])
    assert not pipeline.is_unparsed([])


STEPS = [regex("x"), FIRST]
MADE = (FilterStep("regex", {"regex_pattern": "x"}), FilterStep("take_first"))


@pytest.mark.parametrize(
    ("value", "name", "wanted"),
    [
        ({"name": "strict", "filter": STEPS}, "", "strict"),
        ([{"name": "strict", "filter": STEPS}], "other", "strict"),
        ({"filter": STEPS}, "mine", "mine"),
        (STEPS, "mine", "mine"),
        (STEPS, "", '[{"function": "regex", "regex_pattern": "x"}, {"function": "take_first"}]'),
    ],
)
def test_forms_of_a_filter(value: object, name: str, wanted: str) -> None:
    assert filter_of(value, name) == Filter(wanted, MADE)


@pytest.mark.parametrize(
    ("value", "said"),
    [
        ([], "a filter is a list of steps"),
        ("take_first", "a filter is a list of steps"),
        ({"name": "x"}, "a filter is a list of steps"),
        ({"name": 3, "filter": STEPS}, "name of a filter is a text"),
        ([{"function": 3}], "each step of a filter"),
        (["take_first"], "each step of a filter"),
        ([{"function": "takefirst"}], "'takefirst' is no filter that is known here: .*take_first"),
        ([{"function": "custom"}], "uses custom, whose code is not in the files"),
        ([{"function": "def f(x):\n  pass"}], "a function of the task, whose code is not in"),
        ([regex("(")], r"'\(' is not a pattern of Python"),
        ([regex("a{99999999999999999999}")], "is not a pattern of Python"),
        ([regex("(" * 5000)], r"'\({60}…' is not a pattern of Python"),
        ([{"function": "regex", "pattern": "x"}], "regex has no option 'pattern': it has regex_p"),
        ([{"function": "take_first", "k": 1}], "take_first has no option 'k', and no others"),
        ([regex("x", group_select="1")], "group_select of regex must be a whole number"),
        ([regex("x", fallback=None)], "fallback of regex must be a text"),
        ([choice(ignore_case="yes")], "ignore_case of multi_choice_regex must be true or false"),
        ([choice(regexes_to_ignore="x")], "must be a list of patterns"),
        ([choice(regexes_to_ignore=["("])], "is not a pattern of Python"),
        ([{"function": "take_first_k"}], "take_first_k needs the option k"),
        ([{"function": "take_first_k", "k": 0}], "k of take_first_k must be 1 or more"),
        ([{"function": "map", "mapping_dict": ["x"]}], "must be texts by texts"),
        ([{"function": "map", "mapping_dict": {"x": []}}], "each value of mapping_dict"),
        ([{"function": "map", "default_value": {}}], "must be a text or a number"),
    ],
)
def test_what_is_wrong_with_a_filter(value: object, said: str) -> None:
    with pytest.raises(FilterError, match=said):
        filter_of(value)


def test_of_repeats_all_or_the_most_common_one() -> None:
    strict = Filter("strict", MADE)
    assert every_repeat(strict) == Filter("strict", MADE[:1])
    answer = Recorded(0, 0, ("x", "y", "y", "x"))
    assert extracted(voting(strict, 3), answer) == ["[invalid]"]
    assert extracted(voting(UNFILTERED, 3), answer) == ["y"]


def test_filters_are_sent_to_child_processes() -> None:
    strict = Filter("strict", MADE)
    assert pickle.loads(pickle.dumps((strict, UNFILTERED))) == (strict, UNFILTERED)
