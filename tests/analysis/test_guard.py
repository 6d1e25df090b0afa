"""What the comparability guard says of two runs, and what it must not say."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.build.tables import make_tables, score_rows
from tui_eval.analysis.guard import (
    Difference,
    comparison_words,
    difference_words,
    differences,
    differing,
    is_marked,
    marks,
    setting_words,
    value_words,
)
from tui_eval.records import NONE, RENDERING, UNSEEDED
from tui_eval.tables import SAMPLES, SETTINGS, Tables

ACC = ("acc", None)
USUAL = {"filter": "none", "generation": "none", "prompt": "Q: {question}"}
"""What both runs tell, so that a test is of one setting alone."""

Told = Mapping[str, str | None]


def tables_of(
    a: Told, b: Told, *, scores: Mapping[str, Mapping[str, float]] | None = None, **columns: Any
) -> Tables:
    """Two runs with settings of the dataset ``d``: ``name``, or ``name@category``."""
    values = scores or {"a": {"x": 0.5}, "b": {"x": 0.5}}
    made = make_tables(score_rows(values, **{"n": 10, **columns}))
    rows = []
    for run, told in (("a", a), ("b", b)):
        for key, value in {**USUAL, **told}.items():
            name, _, category = key.partition("@")
            rows.append((run, "d", None, category or None, name, value))
    return replace(made, settings=pl.DataFrame(rows, schema=SETTINGS, orient="row"))


def said(tables: Tables, samples: pl.DataFrame | None = None) -> str | None:
    words = difference_words(differences(tables, "d", ACC, "a", "b", samples))
    return None if words is None else str(words)


def answers(*runs: tuple[str, str, Sequence[tuple[int, int | None]]]) -> pl.DataFrame:
    """Rows of a run and category with these questions and prompts."""
    rows = [
        {"run": run, "dataset": "d", "category": category, "question": one, "prompt": prompt}
        for run, category, pairs in runs
        for one, prompt in pairs
    ]
    return pl.DataFrame(rows, schema=SAMPLES)


# --- three states -------------------------------------------------------------------------------


def test_what_is_the_same_is_not_said() -> None:
    same = {"shots": "5", "version": "1", "system_prompt": NONE}
    tables = tables_of(same, same)
    assert differences(tables, "d", ACC, "a", "b") == ()
    assert said(tables) is None
    assert marks(tables, "d", ACC, "a", ["b"]) == {"b": False}


def test_a_value_another_value_and_off() -> None:
    tables = tables_of({"shots": "0", "system_prompt": "Hi"}, {"shots": "5", "system_prompt": NONE})
    assert differences(tables, "d", ACC, "a", "b") == (
        Difference("system_prompt", "Hi", NONE),
        Difference("shots", "0", "5"),
    )
    assert said(tables) == "not the same: system prompt Hi / none, shots 0 / 5"
    assert marks(tables, "d", ACC, "a", ["b"]) == {"b": True}


def test_what_one_run_does_not_tell_is_neither_equal_nor_different() -> None:
    tables = tables_of({"shots": "5", "version": "1"}, {"shots": "5"})
    found = differences(tables, "d", ACC, "a", "b")
    assert found == (Difference("version", "1", None, is_known=False),)
    assert differing(found) == ()
    assert not is_marked(found)
    assert said(tables) == "not recorded in b: task version"
    back = differences(tables, "d", ACC, "b", "a")
    assert str(difference_words(back, "b", "a")) == "not recorded in b: task version"


def test_what_neither_tells_is_said_of_what_matters_most() -> None:
    made = tables_of({}, {})
    bare = replace(made, settings=made.settings.clear())
    assert said(bare) == "not recorded: filter, generation, prompt"
    with_files = replace(bare, runs=bare.runs.with_columns(sample_files=pl.lit(1, pl.Int32)))
    assert said(with_files) == "not recorded: filter, generation"  # prompts are in the files


def test_a_row_without_a_value_is_not_recorded() -> None:
    tables = tables_of({"shots": None}, {"shots": None})
    assert differences(tables, "d", ACC, "a", "b") == (
        Difference("shots", None, None, is_known=False),
    )


def test_what_is_told_of_a_dataset_stands_instead_of_what_is_told_of_all() -> None:
    tables = tables_of({"shots": "5"}, {"shots": "5"})
    of_all = pl.DataFrame([("a", None, None, None, "shots", "0")], schema=SETTINGS, orient="row")
    settings_ = pl.concat([tables.settings, of_all])
    assert said(replace(tables, settings=settings_)) is None


# --- parts, categories, metrics -----------------------------------------------------------------


def test_a_part_that_is_not_there_is_off_where_others_are() -> None:
    tables = tables_of({"prompt.description": "Be short."}, {})
    assert differences(tables, "d", ACC, "a", "b") == (
        Difference("prompt", "description: Be short.", "description: none"),
    )


def test_what_made_the_prompt_is_no_known_difference() -> None:
    tables = tables_of({f"prompt.{RENDERING}": "0.4.2"}, {f"prompt.{RENDERING}": "0.4.13"})
    (one,) = differences(tables, "d", ACC, "a", "b")
    assert (one.name, one.is_known) == ("prompt", False)
    assert said(tables) == "perhaps not the same: prompt"


def test_categories_are_compared_one_by_one() -> None:
    scores = {"a": {"x": 0.5, "y": 0.5}, "b": {"x": 0.5, "y": 0.5}}
    same = tables_of({"shots": "5"}, {"shots@x": "5", "shots@y": "5"}, scores=scores)
    assert said(same) is None
    other = tables_of({"shots": "5"}, {"shots@x": "5", "shots@y": "0"}, scores=scores)
    assert said(other) == "not the same: shots 5 / 0"


def test_categories_that_one_run_lacks_make_other_settings_no_different() -> None:
    scores = {"a": {"x": 0.5, "y": 0.5}, "b": {"x": 0.5}}
    tables = tables_of({"version@x": "1", "version@y": "2"}, {"version@x": "1"}, scores=scores)
    assert said(tables) == "not the same: questions 2 of 2 / 1 of 2 categories"


def test_of_filters_the_one_of_the_metric_counts() -> None:
    tables = tables_of(
        {"filter": NONE, "filter.strict": "regex (x)", "filter.loose": "regex (y)"},
        {"filter": NONE, "filter.strict": "regex (x)", "filter.loose": "regex (z)"},
        filter="strict",
    )
    assert differences(tables, "d", ("acc", "strict"), "a", "b") == ()
    found = differences(tables, "d", ("acc", "loose"), "a", "b")
    assert "filter" in differing(found)


def test_a_metric_that_one_run_does_not_have() -> None:
    made = make_tables(
        score_rows({"a": {"x": 0.5}}, metric="qem", n=10),
        score_rows({"b": {"x": 0.5}}, metric="extractive_match", n=10),
    )
    found = differences(made, "d", ("qem", None), "a", "b")
    assert Difference("metric_definition", "qem", "extractive_match") in found


def test_definitions_of_other_metrics_do_not_count() -> None:
    tables = tables_of({}, {})
    rows = [("a", "d", "f1", None, "metric_definition", "x")]
    rows += [("b", "d", "f1", None, "metric_definition", "y")]
    told = pl.concat([tables.settings, pl.DataFrame(rows, schema=SETTINGS, orient="row")])
    tables = replace(tables, settings=told)
    assert differences(tables, "d", ACC, "a", "b") == ()
    assert "metric_definition" in differing(differences(tables, "d", ("f1", None), "a", "b"))


# --- how many questions -------------------------------------------------------------------------


def test_a_limit_above_the_questions_that_there_are_is_no_difference() -> None:
    assert said(tables_of({"limit": "200"}, {"limit": NONE}, n=135)) is None


def test_a_limit_that_left_questions_out_is_one() -> None:
    tables = tables_of({"limit": "100"}, {"limit": NONE})
    n = pl.when(pl.col("run") == "a").then(100).otherwise(1319).cast(pl.Int64)
    tables = replace(tables, scores=tables.scores.with_columns(n=n))
    assert said(tables) == "not the same: questions 100 / 1,319, limit 100 / none"


def test_limits_are_compared_where_numbers_of_questions_are_not_known() -> None:
    tables = tables_of({"limit": "20"}, {"limit": "10"}, n=None)
    assert said(tables) == "not the same: limit 20 / 10; not recorded: questions"


@pytest.mark.parametrize(("stderr", "words"), [(True, None), (False, "not recorded: questions")])
def test_a_share_and_its_error_tell_of_how_many_questions(stderr: bool, words: str | None) -> None:
    """√(p(1-p)/(n-1)) is the error of a share of n; of another number nothing follows."""
    share = 45 / 135
    error = math.sqrt(share * (1 - share) / 134) if stderr else 0.0123
    scores = {"a": {"x": share}, "b": {"x": share}}
    told = {"limit": "5"}
    assert said(tables_of(told, told, scores=scores, n=None, stderr=error)) == words


def test_hashes_prove_that_prompts_and_questions_are_the_same() -> None:
    lacking: dict[str, str | None] = {"prompt": None}
    same = tables_of({"task_hash": "x", **lacking}, {"task_hash": "x", **lacking}, n=None)
    assert said(same) is None
    other = tables_of({"task_hash": "x", **lacking}, {"task_hash": "y", **lacking}, n=None)
    assert said(other) == "not recorded: questions, prompt"  # order alone may be another


# --- rows beat configuration --------------------------------------------------------------------


def test_prompts_of_rows_count_and_not_those_of_configurations() -> None:
    pairs = [(1, 11), (2, 12)]
    tables = tables_of({"prompt": "x", "shots": "0"}, {"prompt": "y", "shots": "5"}, n=2)
    assert differing(differences(tables, "d", ACC, "a", "b")) == ("prompt", "shots")
    assert said(tables, answers(("a", "x", pairs), ("b", "x", pairs))) is None
    same = tables_of({}, {}, n=2)
    rows = answers(("a", "x", pairs), ("b", "x", [(1, 11), (2, 13)]))
    assert said(same, rows) == "not the same: prompt differs in 1 of 2 questions"


def test_questions_of_rows_count() -> None:
    tables = tables_of({}, {}, n=2)
    rows = answers(("a", "x", [(1, 1), (2, 2), (3, 3)]), ("b", "x", [(1, 1), (2, 2)]))
    assert said(tables, rows) == "not the same: questions 3 (1 only here) / 2"
    none = answers(("a", "x", [(1, 1), (2, 2)]), ("b", "x", [(3, 3), (4, 4)]))
    assert said(tables, none) == "perhaps not the same: questions"


def test_answers_of_one_run_alone_show_nothing() -> None:
    tables = tables_of({"prompt": "x"}, {"prompt": "y"})
    assert said(tables, answers(("a", "x", [(1, 1)]))) == said(tables)


def test_answers_that_were_lost_are_no_other_questions() -> None:
    scores = {"a": {"x": 0.5, "y": 0.5}, "b": {"x": 0.5, "y": 0.5}}
    tables = tables_of({}, {}, scores=scores)
    rows = answers(("a", "x", [(1, 1)]), ("a", "y", [(2, 2)]), ("b", "x", [(1, 1)]))
    assert said(tables, rows) is None
    n = pl.when((pl.col("run") == "a") & (pl.col("category") == "y")).then(9).otherwise("n")
    fewer = replace(tables, scores=tables.scores.with_columns(n=n))
    assert said(fewer, rows) == "not the same: questions 9 / 10"


def test_rows_without_prompts_leave_it_to_the_configuration() -> None:
    tables = tables_of({"prompt": "x"}, {"prompt": "y"})
    rows = answers(("a", "x", [(1, None)]), ("b", "x", [(1, None)]))
    assert said(tables, rows) == "not the same: prompt x / y"


def test_options_that_are_shuffled_without_a_seed_are_no_difference() -> None:
    rows = answers(("a", "x", [(1, 11)]), ("b", "x", [(1, 12)]))
    both = {"shuffle_options": UNSEEDED}
    assert said(tables_of(both, both), rows) is None
    assert said(tables_of(both, {"shuffle_options": NONE}), rows) == (
        "not the same: prompt differs in 1 of 1 questions, "
        "shuffled options true, without a seed / none"
    )


# --- what is no warning -------------------------------------------------------------------------


def test_another_version_of_the_harness_is_a_note() -> None:
    told = ({"harness_version": "1.7"}, {"harness_version": "1.11"})
    tables = tables_of(*told)
    assert said(tables) == "not the same: harness version 1.7 / 1.11"
    assert marks(tables, "d", ACC, "a", ["b"]) == {"b": False}
    unknown = tables_of(*({**one, "prompt": None} for one in told))
    assert marks(unknown, "d", ACC, "a", ["b"]) == {"b": True}


def test_what_stays_within_the_standard_error_has_no_mark() -> None:
    tables = tables_of({"dtype": "float16", "seed": "1"}, {"dtype": "bfloat16"})
    found = differences(tables, "d", ACC, "a", "b")
    assert [one.name for one in found] == ["dtype", "seed"]
    assert not is_marked(found)
    assert said(tables) == "not the same: dtype float16 / bfloat16"


def test_where_examples_come_from_does_not_matter_where_there_are_none() -> None:
    for shots, words in (("0", None), ("5", "not the same: few-shot examples split: x / split: y")):
        told = ({"shots": shots, "fewshot.split": split} for split in "xy")
        assert said(tables_of(*told)) == words


# --- across harnesses ---------------------------------------------------------------------------


def generated(**how: object) -> dict[str, str | None]:
    return {"generation": json.dumps(how)}


def test_across_harnesses_few_things_mean_the_same() -> None:
    one = {"shots": "5", "version": "3", "filter": "x", "chat_template": NONE}
    other = {"shots": "4", "version": "v1.1", "filter": "y", "prompt": "z"}
    greedy = [f'{{"greedy": true, "max_tokens": 512, "{name}": 1}}' for name in ("stop", "seed")]
    told = ({**one, "generation": greedy[0]}, {**other, "generation": greedy[1]})
    tables = tables_of(*told)
    harness = pl.when(pl.col("run") == "a").then(pl.lit("lm_eval")).otherwise(pl.lit("evalscope"))
    tables = replace(tables, runs=tables.runs.with_columns(harness=harness))
    assert differences(tables, "d", ACC, "a", "b") == (
        Difference("harness", "lm_eval", "evalscope"),
        Difference("shots", "5", "4"),
    )
    assert said(tables) == (
        "another harness, with other prompts and scoring: compare rankings, not scores; "
        "not the same: shots 5 / 4"
    )


@pytest.mark.parametrize(
    ("one", "other", "differs"),
    [
        (
            {"generation": '{"greedy": true, "max_tokens": 5}'},
            {"generation": '{"greedy": true}'},
            0,
        ),
        ({"generation": '{"greedy": true}'}, {"generation": '{"temperature": 0.7}'}, 1),
        (
            {"generation": '{"greedy": true, "max_tokens": 5}'},
            {"generation": '{"max_tokens": 6}'},
            1,
        ),
        ({"generation": "none"}, {"generation": '{"temperature": 0.7}'}, 0),
        ({"repeats": "1"}, {"repeats": "1", "repeats.pass_k": "1"}, 0),
        ({"repeats": "1"}, {"repeats": "3"}, 1),
        ({"limit": "none"}, {"limit": "200"}, 0),  # of as many questions
    ],
)
def test_across_harnesses_only_what_both_tell(one: Told, other: Told, differs: int) -> None:
    tables = tables_of(one, other)
    harness = pl.when(pl.col("run") == "a").then(pl.lit("lm_eval")).otherwise(pl.lit("evalscope"))
    tables = replace(tables, runs=tables.runs.with_columns(harness=harness))
    assert len(differing(differences(tables, "d", ACC, "a", "b"))) == 1 + differs


# --- words --------------------------------------------------------------------------------------


def test_several_candidates_in_one_line() -> None:
    values = {run: {"x": 0.5} for run in "abcd"}
    made = make_tables(score_rows(values, n=10))
    rows = [(run, "d", None, None, name, text) for run in "abcd" for name, text in USUAL.items()]
    shots = {"a": "0", "b": "5", "c": "5", "d": "0"}
    rows += [(run, "d", None, None, "shots", text) for run, text in shots.items()]
    tables = replace(made, settings=pl.DataFrame(rows, schema=SETTINGS, orient="row"))
    letters = {run: run.upper() for run in "abcd"}
    words = comparison_words(tables, "d", ACC, "a", "bcd", letters)
    assert str(words) == "B, C: not the same: shots 0 / 5"
    assert comparison_words(tables, "d", ACC, "a", "d", letters) is None
    assert marks(tables, "d", ACC, "a", "bcd") == {"b": True, "c": True, "d": False}


def test_values_and_names_in_words() -> None:
    assert value_words('{"greedy": true, "max_tokens": 5, "stop": ["a"]}') == (
        'greedy, max_tokens 5, stop ["a"]'
    )
    assert value_words("{question}") == "{question}"
    assert setting_words("metric_definition.output_type") == "metric definition: output_type"


def test_long_values_are_not_in_the_line() -> None:
    tables = tables_of({"prompt": "word " * 20}, {"prompt": "x"})
    assert said(tables) == "not the same: prompt"


# --- properties ---------------------------------------------------------------------------------

VALUES = st.dictionaries(
    st.sampled_from(
        [
            *("shots", "prompt", "prompt.description", "version", "version@x", "limit", "dtype"),
            *("filter", "filter.strict", "question_set", "harness_version", "task_hash"),
        ]
    ),
    st.sampled_from(["0", "1", NONE, None]),
)
PAIRS = st.lists(st.tuples(st.integers(1, 4), st.sampled_from([1, 2, None])), max_size=4)


@settings(max_examples=60, deadline=None)
@given(VALUES, VALUES, PAIRS, PAIRS, st.booleans())
def test_the_other_way_round_is_the_mirror(
    a: Told, b: Told, first: list[Any], second: list[Any], with_rows: bool
) -> None:
    tables = tables_of(a, b)
    rows = answers(("a", "x", first), ("b", "x", second)) if with_rows else None
    there = differences(tables, "d", ACC, "a", "b", rows)
    back = differences(tables, "d", ACC, "b", "a", rows)
    assert [Difference(one.name, one.candidate, one.baseline, one.is_known) for one in back] == [
        *there
    ]
    assert is_marked(there) == is_marked(back)


@settings(max_examples=30, deadline=None)
@given(VALUES)
def test_runs_that_tell_the_same_differ_in_nothing(told: Told) -> None:
    tables = tables_of(told, told)
    assert differing(differences(tables, "d", ACC, "a", "b")) == ()
    assert differences(tables, "d", ACC, "a", "a") == ()
