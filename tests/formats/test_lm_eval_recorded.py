"""What lm-evaluation-harness's files keep for scoring again, and how results say it was scored."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.build.lm_eval import STAMP, row, write_answers
from tui_eval.files.documents import Problem
from tui_eval.files.rows import NO_ROW, json_rows
from tui_eval.formats.harnesses import lm_eval
from tui_eval.formats.lm_eval.recorded import recorded
from tui_eval.formats.lm_eval.rows import Row, read_row
from tui_eval.records import Filter, FilterStep, Rating, Recorded, Run, ScoredBy, Scoring

TASK = "birds"
OPTIONS = ("tern", "gull", "auk")


def written(*responses: str, **more: Any) -> dict[str, Any]:
    """A row to which the model wrote something."""
    return {**row(0, "", 1.0), "resps": [list(responses)], **more}


def rated(ends: tuple[str, ...] = (" tern", " gull", " auk"), **more: Any) -> dict[str, Any]:
    """A row with options, the second the likeliest and right."""
    values = [-3.0, -1.0, -2.0, -4.0, -5.0, -6.0][: len(ends)]
    return {
        **row(0, "", 1.0),
        "target": "1",
        "arguments": {
            f"gen_args_{place}": {"arg_0": "Which bird dives?", "arg_1": end}
            for place, end in enumerate(ends)
        },
        "resps": [[[str(value), str(value == -1.0)]] for value in values],
        "metrics": ["acc"],
        "acc": 1.0,
        **more,
    }


def file_of(folder: Path, *rows: dict[str, Any], task: dict[str, Any] | None = None) -> Path:
    """A file of these rows, and results beside it that tell of the task if that is given."""
    path = folder / f"samples_{TASK}_{STAMP}.jsonl"
    path.write_text("".join(f"{json.dumps(one)}\n" for one in rows), "utf-8")
    if task is not None:
        document = {"results": {TASK: {"acc,none": 1.0}}, "configs": {TASK: task}}
        (folder / f"results_{STAMP}.json").write_text(json.dumps(document))
    return path


def found(path: Path) -> list[Recorded]:
    """All rows of a file, each read by its place alone."""
    places = [place for place, _ in json_rows(path, [])]
    problems: list[Problem] = []
    rows = list(recorded(path, places, problems))
    assert not problems
    assert [one.place for one in rows] == places
    return rows


def only(folder: Path, one: dict[str, Any], task: dict[str, Any] | None = None) -> Recorded:
    """What is recorded of a row, in a file of lines and in an array alike."""
    path = file_of(folder, one, task=task)
    (of_lines,) = found(path)
    path.write_text(json.dumps([one], indent=4), "utf-8")
    (of_array,) = found(path)
    assert of_array._replace(place=0) == of_lines
    return of_lines


def test_responses_of_all_repeats_are_whole(tmp_path: Path) -> None:
    one = only(tmp_path, written("<think>hm</think> 5\x07", "6 ", "", target="5"))
    assert one == Recorded(
        0, 0, ("<think>hm</think> 5\x07", "6 ", ""), "5", stored={"exact_match": 1.0}
    )


def test_a_row_is_made_of_its_references_and_what_follows_the_prompt(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = file_of(tmp_path, written("5"), rated(), written("-12.5"))
    whole: list[bytes] = []

    def read(data: bytes) -> Row:
        whole.append(data)
        return read_row(data)

    monkeypatch.setattr("tui_eval.formats.lm_eval.recorded.read_row", read)
    assert len(found(path)) == 3
    assert not whole


def test_a_prompt_may_hold_any_words(tmp_path: Path) -> None:
    inner = {"target": "no", "arguments": {"gen_args_0": {"arg_0": "no", "arg_1": "no"}}}
    odd = '", "resps": [["no"]], "arguments": {"gen_args_0": {"arg_0": "}, "gen_args_1'
    one = only(tmp_path, written(odd, doc={**inner, "resps": [["no"]]}, target=odd))
    assert (one.responses, one.target) == ((odd,), odd)
    ends = (f" {odd}", ' say "x"}', "")
    one = only(tmp_path, rated(ends, doc=inner, target="0"))
    assert (one.options, one.target) == ((odd, 'say "x"}', ""), 0)


@pytest.mark.parametrize(
    ("target", "told"),
    [
        ("['a', \"b's\"]", ("a", "b's")),
        (["a", "b"], ("a", "b")),
        ("[1, 2]", "[1, 2]"),
        ("[a", "[a"),
        ("[" * 5000 + "]" * 5000, "[" * 5000 + "]" * 5000),
        (7, "7"),
        (None, None),
    ],
)
def test_references_are_texts(tmp_path: Path, target: object, told: object) -> None:
    assert only(tmp_path, written("a", target=target)).target == told


def test_choices_of_questions_that_are_answered_in_writing(tmp_path: Path) -> None:
    doc = {"question": "?", "choices": ["tern", "gull"]}
    one = only(tmp_path, written("(B)", doc=doc, target="1"))
    assert (one.options, one.target) == (("tern", "gull"), "1")
    one = only(tmp_path, written("(B)", doc=doc, target="1"), {"doc_to_choice": "{{choices}}"})
    assert one.target == "gull"
    one = only(tmp_path, written("(B)", target="1"), {"doc_to_choice": ["A", "B"]})
    assert one.target == "B"
    one = only(tmp_path, written("(B)", doc=doc, target="1"), {"doc_to_choice": "{{[a, b]}}"})
    assert one.target is None


def test_options_that_were_rated(tmp_path: Path) -> None:
    one = only(tmp_path, rated())
    assert one.options == OPTIONS
    assert one.ratings == (Rating(-3.0, False), Rating(-1.0, True), Rating(-2.0, False))
    assert (one.responses, one.target, one.stored) == ((), 1, {"acc": 1.0})


def test_false_as_a_text_is_not_greedy_and_0_4_2_writes_values_as_they_are(tmp_path: Path) -> None:
    old = rated(
        target=1,
        arguments=[["Which bird dives?", end] for end in (" tern", " gull", " auk")],
        resps=[[[-3.0, False]], [[-1.0, True]], [[-2.0, False]]],
    )
    del old["metrics"], old["filter"], old["doc_hash"], old["prompt_hash"], old["target_hash"]
    del old["exact_match"]
    assert only(tmp_path, old) == only(tmp_path, rated())


@pytest.mark.parametrize(
    ("ends", "task", "options"),
    [
        (("tern", "gull"), {"target_delimiter": " "}, ("tern", "gull")),  # with a chat template
        (("\ntern", "\ngull"), {"target_delimiter": "\n"}, ("tern", "gull")),
        ((" tern", " gull"), {"target_delimiter": ""}, (" tern", " gull")),
        ((" tern", " gull"), None, ("tern", "gull")),
    ],
)
def test_options_are_without_what_the_task_puts_before_them(
    tmp_path: Path, ends: tuple[str, ...], task: dict[str, Any] | None, options: tuple[str, ...]
) -> None:
    assert only(tmp_path, rated(ends), task).options == options


@pytest.mark.parametrize(
    ("target", "told"),
    [("gull", 1), ("['auk', 'gull']", (2, 1)), ("[0, 2]", (0, 2)), ("heron", None), ("7", None)],
)
def test_the_right_option_is_a_number(tmp_path: Path, target: str, told: object) -> None:
    assert only(tmp_path, rated(target=target)).target == told


def test_pairs_of_metrics_tell_the_right_option(tmp_path: Path) -> None:
    one = only(tmp_path, rated(target="heron", metrics=["f1"], f1=[2, 1]))
    assert (one.target, one.stored) == (2, {"f1": [2, 1]})


def test_ratings_without_the_question(tmp_path: Path) -> None:
    twice = rated((" tern", " gull", " auk") * 2)
    for place in (3, 4, 5):
        twice["arguments"][f"gen_args_{place}"]["arg_0"] = ""
    one = only(tmp_path, twice)
    assert one.options == OPTIONS
    assert len(one.ratings) == 3
    assert one.unconditioned == (-4.0, -5.0, -6.0)


def test_contexts_with_one_end_have_no_options_and_no_reference(tmp_path: Path) -> None:
    several = rated((" dives", " dives"), target="dives")
    several["arguments"]["gen_args_1"]["arg_0"] = "The gull"
    one = only(tmp_path, several)
    assert (one.options, one.target, len(one.ratings)) == ((), None, 2)


def test_one_rating_of_an_end_and_of_a_whole_text(tmp_path: Path) -> None:
    ending = rated((" gull",), target=" gull")
    assert only(tmp_path, ending)[3:6] == (" gull", (), (Rating(-3.0, False),))
    text = {**ending, "arguments": {"gen_args_0": {"arg_0": "A gull."}}, "target": "A gull."}
    for value in ("-12.5", -12.5):
        one = only(tmp_path, {**text, "resps": [[value]]})
        assert one[2:6] == ((), "A gull.", (), (Rating(-12.5),))


def test_a_number_that_was_written_is_a_response(tmp_path: Path) -> None:
    assert only(tmp_path, written("-12.5")).responses == ("-12.5",)


def test_infinite_ratings_stay_and_what_is_no_number_is_none(tmp_path: Path) -> None:
    one = only(tmp_path, rated(resps=[[["-inf", "False"]], [["-1.0", "True"]], [["x", "True"]]]))
    assert one.ratings == ()
    one = only(tmp_path, rated((" a", " b"), resps=[[["-inf", "False"]], [["-1.0", "True"]]]))
    assert one.ratings[0] == Rating(float("-inf"), False)


def test_0_5_has_one_of_all_repeats(tmp_path: Path) -> None:
    one = only(tmp_path, written("5", "6", scores_per_repeat={"exact_match": [1.0, 0.0]}))
    assert (one.item, one.responses, one.stored) == (0, ("5", "6"), {"exact_match": 1.0})


def test_the_oldest_rows(tmp_path: Path) -> None:
    oldest = {
        "doc_id": 3,
        "prompt_0": "Which bird is it?\nA grey gull",
        "logit_0": -4.5,
        "prompt_1": "Which bird is it?\nA grey auk",
        "logit_1": -2.5,
        "truth": 1,
        "acc": "True",
    }
    one = only(tmp_path, oldest)
    assert (one.options, one.target) == (("gull", "auk"), 1)
    assert (one.ratings, one.stored) == ((Rating(-4.5), Rating(-2.5)), {"acc": "True"})


@pytest.mark.parametrize("indent", [None, 4])
def test_places_are_read_in_order_and_where_no_row_begins_is_told(
    tmp_path: Path, indent: int | None
) -> None:
    rows = [written(str(number)) for number in range(4)]
    path = file_of(tmp_path, *rows)
    if indent:
        path.write_text(json.dumps(rows, indent=indent))
    places = [place for place, _ in json_rows(path, [])]
    problems: list[Problem] = []
    asked = [places[1], places[1] + 3, places[3], path.stat().st_size + 5]
    some = list(recorded(path, asked, problems))
    assert [one.responses for one in some] == [("1",), ("3",)]
    assert problems == [Problem(f"byte {place}", NO_ROW) for place in (asked[1], asked[3])]


FILTERS = [
    {
        "name": "strict",
        "filter": [{"function": "regex", "regex_pattern": "#### (.+)"}, {"function": "take_first"}],
    },
    {"name": "new", "filter": [{"function": "take_first_k", "kwargs": {"k": 2}}]},
]


def scoring(folder: Path, task: dict[str, Any], **more: Any) -> Scoring:
    """How a run is scored whose results have this configuration of a task."""
    document = {
        "results": {TASK: {"acc,none": 1.0}},
        "configs": {TASK: task},
        "config": {"model": "hf", **more},
        "versions": {},
    }
    path = folder / f"results_{STAMP}.json"
    path.write_text(json.dumps(document))
    (run,) = lm_eval.FORMAT.read_runs(document, path, 1)
    return scoring_of(run, TASK, TASK)


def scoring_of(run: Run, dataset: str, category: str | None) -> Scoring:
    assert lm_eval.SAMPLES.scoring is not None
    return lm_eval.SAMPLES.scoring(run, dataset, category)


def test_filters_and_metrics_are_those_of_the_results(tmp_path: Path) -> None:
    metric = {"metric": "exact_match", "aggregation": "mean", "higher_is_better": True}
    task = {
        "output_type": "generate_until",
        "filter_list": FILTERS,
        "metric_list": [{**metric, "ignore_case": True, "regexes_to_ignore": [","]}],
    }
    assert scoring(tmp_path, task, bootstrap_iters=200) == Scoring(
        "generated",
        (
            Filter(
                "strict",
                (FilterStep("regex", {"regex_pattern": "#### (.+)"}), FilterStep("take_first", {})),
            ),
            Filter("new", (FilterStep("take_first_k", {"k": 2}),)),
        ),
        (ScoredBy("exact_match", {"ignore_case": True, "regexes_to_ignore": [","]}),),
        iterations=200,
    )


@pytest.mark.parametrize(
    ("output", "kind", "metrics"),
    [
        ("generate_until", "generated", ["exact_match"]),
        ("multiple_choice", "multiple choice", ["acc", "acc_norm"]),
        ("loglikelihood", "log-likelihood", ["perplexity", "acc"]),
        (
            "loglikelihood_rolling",
            "rolling",
            ["word_perplexity", "byte_perplexity", "bits_per_byte"],
        ),
    ],
)
def test_a_task_that_names_neither_has_the_harness_s_own(
    tmp_path: Path, output: str, kind: str, metrics: list[str]
) -> None:
    made = scoring(tmp_path, {"output_type": output})
    assert (made.kind, [one.metric for one in made.metrics]) == (kind, metrics)
    assert made.filters == (Filter("none", (FilterStep("take_first", {}),)),)
    assert (made.obstacle, made.iterations) == ("", 100_000)


@pytest.mark.parametrize(
    ("more", "word"),
    [
        ({"process_results": "def process_results(doc, results):\n    ..."}, "process_results"),
        ({"filter_list": [{"name": "n", "filter": [{"function": "<class 'utils.Own'>"}]}]}, "Own"),
        ({"filter_list": [{"name": "n", "filter": [{"function": "custom"}]}]}, "custom"),
        ({"filter_list": [{"name": "n", "filter": [{"function": "regex_pos"}]}]}, "not computed"),
        ({"metric_list": [{"metric": "def score(items):\n    ..."}]}, "a metric with its own code"),
        ({"metric_list": [{"metric": "m", "aggregation": "def a(b):\n    ..."}]}, "values of m"),
        ({"class": "<class 'squad.SQuAD2'>"}, "class"),
    ],
)
def test_code_of_a_task_is_an_obstacle(tmp_path: Path, more: dict[str, Any], word: str) -> None:
    assert word in scoring(tmp_path, {"output_type": "generate_until", **more}).obstacle


def test_one_filter_of_the_task_s_own_leaves_the_others(tmp_path: Path) -> None:
    own = {"name": "own", "filter": [{"function": "<class 'utils.Own'>"}]}
    made = scoring(tmp_path, {"output_type": "generate_until", "filter_list": [own, *FILTERS]})
    assert ([one.name for one in made.filters], made.obstacle) == (["own", "strict", "new"], "")


def test_without_results_nothing_tells(tmp_path: Path) -> None:
    path = write_answers(tmp_path, ["a"])
    next(tmp_path.glob("results*")).unlink()
    made = scoring_of(lm_eval.SAMPLES.read({}, path), "riddles", "riddles")
    assert made == Scoring("generated", obstacle=made.obstacle)
    assert made.obstacle.startswith("no results")
    file_of(tmp_path, rated())
    assert scoring_of(lm_eval.SAMPLES.read({}, file_of(tmp_path, rated())), TASK, TASK).kind == (
        "multiple choice"
    )


def test_results_that_are_written_anew_are_read_anew(tmp_path: Path) -> None:
    assert scoring(tmp_path, {"output_type": "multiple_choice"}).kind == "multiple choice"
    assert scoring(tmp_path, {"output_type": "generate_until"}).kind == "generated"


def test_tasks_of_0_5_are_found_by_their_last_part(tmp_path: Path) -> None:
    document = {
        "results": {"sea::birds": {"acc,none": 1.0}, "land::birds": {"acc,none": 0.0}},
        "configs": {
            "sea::birds": {"output_type": "multiple_choice"},
            "land::birds": {"output_type": "generate_until"},
        },
        "n-shot": {},
    }
    path = tmp_path / f"results_{STAMP}.json"
    path.write_text(json.dumps(document))
    (run,) = lm_eval.FORMAT.read_runs(document, path, 1)
    assert scoring_of(run, "sea", "birds").kind == "multiple choice"
    assert scoring_of(run, "land", "birds").kind == "generated"
