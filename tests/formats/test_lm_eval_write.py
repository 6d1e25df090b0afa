from __future__ import annotations

import json
from hashlib import sha256

from tui_eval.formats.lm_eval.write import Line, TaskHash, row_again, row_of, safe_name
from tui_eval.formats.rescored import Recipe, metric_of, read_recipe, recipe_of
from tui_eval.records import Answer, Filter, FilterStep, Message, Rating, Recorded, ScoredBy

RECIPE = Recipe(
    Filter("letter", (FilterStep("regex", {"regex_pattern": "[AB]"}), FilterStep("take_first"))),
    ScoredBy("exact_match", {"ignore_case": True}),
    "gulls",
    where="a.wrong",
    questions=3,
)
ASKED = Answer(prompt=(Message("prompt", "How many legs has a gull?"),))


def written(**more: object) -> Line:
    recorded = Recorded(0, 0, ("it is A",), "A", ("two", "three"))
    line = Line("7", "0123456789abcdef", recorded, ["A"], 1.0)
    return line._replace(**more)  # type: ignore[arg-type]


def test_a_recipe_is_read_as_it_was_written() -> None:
    assert read_recipe(RECIPE.text) == RECIPE


def test_what_is_no_recipe_is_none() -> None:
    values: list[object] = [None, [], {}, {"filter": []}, {"filter": {"name": "x"}, "metric": "m"}]
    for value in values:
        assert recipe_of(value) is None
    assert read_recipe("{") is None
    assert read_recipe(None) is None


def test_the_filter_none_has_no_name_in_scores() -> None:
    plain = RECIPE._replace(filter=Filter("none", (FilterStep("take_first"),)))

    assert metric_of(RECIPE).filter == "letter"
    assert metric_of(plain).filter is None
    assert metric_of(plain._replace(metric=ScoredBy("bleu"))).unit == "percent"


def test_names_of_files_are_made_as_the_harness_makes_them() -> None:
    assert safe_name("org/model:v1?") == "org__model__v1__"
    assert len(safe_name("x" * 500)) < 60
    assert safe_name("x" * 500) != safe_name("x" * 501)


def test_an_answer_of_another_harness_becomes_a_row() -> None:
    row = row_of(written(), ASKED, RECIPE, 0)

    assert list(row) == [
        *("doc_id", "doc", "target", "arguments", "resps", "filtered_resps", "filter", "metrics"),
        *("doc_hash", "prompt_hash", "target_hash", "exact_match"),
    ]
    question = "How many legs has a gull?"
    assert row["doc"] == {"id": "7", "question": question, "choices": ["two", "three"]}
    assert (row["doc_id"], row["target"], row["resps"]) == (7, "A", [["it is A"]])
    assert row["arguments"] == {"gen_args_0": {"arg_0": question, "arg_1": ""}}
    assert row["doc_hash"].startswith("0123456789abcdef")  # so that it pairs
    assert row["prompt_hash"] == sha256(question.encode()).hexdigest()


def test_a_key_that_is_no_hash_is_hashed_as_the_harness_does() -> None:
    row = row_of(written(sample="q1", id="seven"), ASKED, RECIPE, 3)

    assert row["doc_id"] == 3
    text = json.dumps(row["doc"], indent=2, ensure_ascii=False)
    assert row["doc_hash"] == sha256(text.encode()).hexdigest()


def test_a_number_that_several_questions_have_is_no_id() -> None:
    assert row_of(written(), ASKED, RECIPE, 3)["doc_id"] == 7
    row = row_of(written(), ASKED, RECIPE, 3, has_own_id=False)
    assert (row["doc_id"], row["doc"]["id"]) == (3, "7")


def test_rated_options_become_requests() -> None:
    ratings = (Rating(-1.5, True), Rating(-2.25, False))
    recorded = Recorded(0, 0, (), 0, ("two", "three"), ratings)

    row = row_of(written(recorded=recorded, extracted=[]), ASKED, RECIPE, 0)

    assert row["resps"] == [[["-1.5", "True"]], [["-2.25", "False"]]]
    assert row["filtered_resps"] == [["-1.5", "True"], ["-2.25", "False"]]
    assert [one["arg_1"] for one in row["arguments"].values()] == [" two", " three"]


def test_a_row_without_hashes_gets_those_of_later_versions() -> None:
    old = {
        "doc_id": 7,
        "doc": {"q": 1},
        "target": 2,
        "arguments": [["Say it", {"until": []}]],
        "resps": [["it is A"]],
        "filtered_resps": ["it is A"],
        "exact_match": 0.0,
    }

    row = row_again(old, written(), RECIPE)

    assert row["prompt_hash"] == sha256(b"Say it").hexdigest()
    assert row["target_hash"] == sha256(b"2").hexdigest()
    assert (row["filtered_resps"], row["exact_match"], row["metrics"]) == (
        ["A"],
        1.0,
        ["exact_match"],
    )


def test_hashes_of_all_rows_are_joined() -> None:
    hashed = TaskHash()
    rows = [
        {"doc_hash": f"a{one}", "prompt_hash": f"b{one}", "target_hash": f"c{one}"}
        for one in range(2)
    ]
    for row in rows:
        hashed.add(row)

    assert hashed.written == (2, sha256(b"a0b0c0a1b1c1").hexdigest(), False)
