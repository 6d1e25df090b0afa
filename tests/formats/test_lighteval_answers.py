"""Lighteval's details in the shape of every version, with questions of our own."""

from __future__ import annotations

import tracemalloc
from contextlib import suppress
from copy import deepcopy
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.build.damage import mutants
from tests.build.indexes import index_of, indexes_of, only_run, samples_of
from tests.build.lighteval import TEA, TIME, details, results, typed, whole
from tui_eval.files.documents import Problem, Refusal
from tui_eval.formats.batches import content_hash
from tui_eval.formats.harnesses import lighteval
from tui_eval.formats.index import Index, frame
from tui_eval.formats.lighteval import texts as lighteval_texts
from tui_eval.formats.lighteval.details import value_of
from tui_eval.loading.collection import load
from tui_eval.records import Answer, Choice, Message, Run, SampleFile

SAMPLES = Path(__file__).parents[2] / "samples" / "lighteval"
SHAPES = ("typed", "printed", "whole")

CUPS: dict[str, Any] = {
    "query": "How many cups are left?\nAnswer:",
    "choices": [" 4", " four"],
    "gold": [0, 1],
    "texts": ["I count 4 cups.", "Five."],
    "metrics": {"em": 1, "f1": 0.5},
    "prompt": "How many cups are left?\nAnswer:",
}
BOTH = "[1 of 2]\nI count 4 cups.\n\n[2 of 2]\nFive."


def answer_of(path: Path, place: int = 0) -> Answer:
    return lighteval_texts.answer(path, place, 0)


def shown(tmp_path: Path, **more: Any) -> Answer:
    return answer_of(details(tmp_path, [{**CUPS, **more}]))


def statuses(path: Path) -> list[str]:
    return index_of(lighteval.SAMPLES, path).rows["status"].to_list()


# --- a real run ---------------------------------------------------------------------------------


@pytest.mark.parametrize("model", ["oak-8b-chat", "pine-1b", "pine-7b"])
def test_means_are_the_scores_of_a_real_run(model: str) -> None:
    run = next(run for run in load([SAMPLES]).runs if run.model == f"mock/{model}")
    rows = samples_of(lighteval.SAMPLES, run).group_by("dataset", "category", "metric")
    means = {
        (dataset, category, metric): score
        for dataset, category, metric, score in rows.agg(pl.col("score").mean()).iter_rows()
    }
    reported = {
        (score.dataset, score.category, score.metric): score.value
        for score in run.scores
        if score.category is not None
    }
    assert len(reported) == 8
    assert means == pytest.approx(reported)


def test_reasoning_is_apart_in_a_real_run() -> None:
    run = next(run for run in load([SAMPLES]).runs if run.model == "mock/oak-8b-chat")
    (file,) = (file for file in run.samples if file.category == "pocketquiz_short|0")
    answers = [answer_of(file.path, place) for place in range(12)]
    lengths = index_of(lighteval.SAMPLES, file.path).rows.unique("place").sort("place")["length"]
    assert [len(answer.response or "") for answer in answers] == lengths.to_list()
    thought = [answer for answer in answers if answer.reasoning]
    assert thought
    assert all(answer.reasoning.startswith("<think>") for answer in thought if answer.reasoning)
    assert not any("<think>" in (answer.response or "") for answer in answers)


# --- one question in all versions ---------------------------------------------------------------


def test_a_question_in_the_place_of_what_was_sent_is_no_prompt(tmp_path: Path) -> None:
    """Some models keep it there; with examples before it, more was sent than that."""
    shots = [{"query": "1 + 1?", "choices": ["2"], "gold_index": 0}]
    for before, prompt in (([], content_hash("user", CUPS["query"])), (shots, None)):
        question = {**CUPS, "prompt": CUPS["query"], "shots": before}
        rows = index_of(lighteval.SAMPLES, details(tmp_path, [question])).rows
        assert set(rows["prompt"]) == {prompt}


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("question", [TEA, CUPS], ids=["rated", "written"])
def test_a_question_is_the_same_in_all_versions(
    tmp_path: Path, shape: str, question: dict[str, Any]
) -> None:
    rows = index_of(lighteval.SAMPLES, details(tmp_path, [question], shape)).rows
    assert dict(zip(rows["metric"], rows["score"], strict=True)) == question["metrics"]
    assert set(rows["question"]) == {content_hash(question["query"])}
    assert set(rows["prompt"]) == {content_hash("user", question["prompt"])}
    assert set(rows["status"]) == {"ok"}
    # the mean of "I count 4 cups." and "Five.": one score stands for both
    assert set(rows["length"]) == {10 if "texts" in question else None}
    assert set(rows["id"]) == {"70" if shape == "whole" else "0"}
    assert rows["tokens"].null_count() == rows.height


@pytest.mark.parametrize("shape", SHAPES)
def test_options_that_were_rated(tmp_path: Path, shape: str) -> None:
    answer = answer_of(details(tmp_path, [TEA], shape))
    assert answer == Answer(
        prompt=(Message("user", TEA["prompt"]),),
        target=" sencha",
        choices=(
            Choice(" sencha", -1.5, is_target=True),
            Choice(" assam", -0.25, is_chosen=True),
            Choice(" rooibos", -3.0),
        ),
    )


@pytest.mark.parametrize("shape", SHAPES)
def test_texts_that_were_written(tmp_path: Path, shape: str) -> None:
    answer = answer_of(details(tmp_path, [CUPS], shape))
    assert answer == Answer(
        prompt=(Message("user", CUPS["prompt"]),),
        target=" 4\n four",
        response=BOTH,
    )


def test_log_likelihoods_of_single_tokens(tmp_path: Path) -> None:
    path = details(tmp_path, [TEA], "typed")
    frame = pl.read_parquet(path, glob=False)
    frame.with_columns(predictions=pl.Series([TEA["rated"]])).write_parquet(path)
    assert [choice.value for choice in answer_of(path).choices] == TEA["rated"]
    assert statuses(path) == ["ok", "ok"]


@pytest.mark.parametrize("shape", ["typed", "printed"])
def test_two_rows_of_a_document_are_one_question(tmp_path: Path, shape: str) -> None:
    other = CUPS | {"query": "And saucers?\nAnswer:"}
    questions = [
        question | {"metrics": metrics}
        for metrics in ({"em": 1}, {"maj@4": 0})
        for question in (CUPS, other)
    ]
    run = only_run(details(tmp_path, questions, shape, "suite|tea|0").parents[3])
    rows = samples_of(lighteval.SAMPLES, run)
    assert rows["metric"].to_list() == ["em", "em", "maj@4", "maj@4"]
    assert rows["score"].to_list() == [1, 1, 0, 0]
    assert rows["id"].to_list() == ["0", "1", "0", "1"]
    assert rows["sample"].to_list() == [
        f"{content_hash(question['query']):016x}" for question in (CUPS, other) * 2
    ]
    assert rows["place"].to_list() == [0, 1, 2, 3]


def test_a_question_that_is_asked_again_is_another_one(tmp_path: Path) -> None:
    questions = [CUPS, CUPS | {"query": "And saucers?"}, CUPS]
    run = only_run(details(tmp_path, questions).parents[3])
    em = samples_of(lighteval.SAMPLES, run).filter(pl.col("metric") == "em")
    first, saucers, again = em["sample"]
    assert again == f"{first}#2"
    assert saucers == f"{content_hash('And saucers?'):016x}"


def test_a_question_without_a_text_is_known_by_its_number(tmp_path: Path) -> None:
    run = only_run(details(tmp_path, [CUPS | {"query": None}]).parents[3])
    rows = samples_of(lighteval.SAMPLES, run)
    assert set(rows["sample"]) == {"id 70"}
    assert rows["question"].null_count() == rows.height


# --- scores -------------------------------------------------------------------------------------


def test_what_goes_into_a_metric_of_the_whole_task_is_no_score(tmp_path: Path) -> None:
    metrics = {"bleu": {"golds": ["4"], "preds": ["5"]}, "mcc": [1, 0], "em": True}
    for shape in SHAPES:
        rows = index_of(
            lighteval.SAMPLES, details(tmp_path, [CUPS | {"metrics": metrics}], shape)
        ).rows
        assert dict(zip(rows["metric"], rows["score"], strict=True)) == {
            "bleu": None,
            "mcc": None,
            "em": 1,
        }


@pytest.mark.parametrize(
    ("written", "score"),
    [
        ("nan", None),
        ("-inf", None),
        ("np.float64(0.25)", 0.25),
        ("np.True_", 1),
        ("-2", -2),
        ("array(0.5, dtype=float32)", 0.5),
        ("array([0.5, 1.])", None),
        ("CorpusInput(golds=[1], preds=[0])", None),
        ("__import__('os')", None),
    ],
)
def test_values_as_python_prints_them(tmp_path: Path, written: str, score: float | None) -> None:
    path = details(tmp_path, [CUPS], "printed")
    frame = pl.read_parquet(path, glob=False)
    frame.with_columns(metrics=pl.lit(f"{{'acc': 1, 'm': {written}}}")).write_parquet(path)
    rows = index_of(lighteval.SAMPLES, path).rows
    assert dict(zip(rows["metric"], rows["score"], strict=True)) == {"acc": 1, "m": score}


def test_nothing_is_evaluated(tmp_path: Path) -> None:
    written = tmp_path / "written"
    value_of(f"open({str(written)!r}, 'w')")
    value_of(f"[x for x in open({str(written)!r}, 'w')]")
    assert not written.exists()


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
        lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    )
)
def test_what_python_prints_is_read_again(value: Any) -> None:
    assert value_of(repr(value)) == value or isinstance(value, str)
    assert value_of(repr([value])) == [value]


@given(st.text() | st.text("[](){}'\\,:-.nai0j ", max_size=40))
def test_any_text_is_read_or_refused(text: str) -> None:
    with suppress(Refusal):
        value_of(text)


@pytest.mark.parametrize("text", ["[" * 5000, "-" * 200_000 + "1", "9" * 5000, "\0", "a.b.c", ""])
def test_extreme_texts_are_read_or_refused(text: str) -> None:
    with suppress(Refusal):
        assert value_of(text) is None


# --- places -------------------------------------------------------------------------------------


def test_answers_are_found_by_the_names_of_the_scores(tmp_path: Path) -> None:
    tasks = ["a|tea:green|0", "b|tea:green|0", "b|tea:green|5", "a|cups|3"]
    results(tmp_path, {task: {"em": 1} for task in [*tasks, "a|tea:_average|0"]})
    for task in tasks:
        details(tmp_path, [CUPS], task=task)
    run = only_run(tmp_path)
    rows = samples_of(lighteval.SAMPLES, run)
    found = set(rows.select("dataset", "category").iter_rows())
    assert found == {(one.dataset, one.category) for one in run.scores if one.category}
    assert ("tea (b, 5-shot)", "green") in found
    assert ("cups", "cups") in found


def test_without_results_the_files_give_the_names(tmp_path: Path) -> None:
    for task in ("tea:green|0", "tea:green|5", "cups|0"):
        details(tmp_path, [CUPS], task=task)
    rows = samples_of(lighteval.SAMPLES, only_run(tmp_path))
    assert set(rows.select("dataset", "category").iter_rows()) == {
        ("tea (0-shot)", "green"),
        ("tea (5-shot)", "green"),
        ("cups", "cups"),
    }


@pytest.mark.parametrize(
    ("tasks", "name"),
    [
        (["tea|5", "tea|0"], "tea (5-shot)"),
        (["a|tea|5", "b|tea|5"], "tea (a)"),
        (["a|tea|5", "b|tea|0"], "tea (a, 5-shot)"),
        (["a|tea|5", "a|cups|0"], "tea"),
    ],
)
def test_scores_without_details_still_tell_names_apart(
    tmp_path: Path, tasks: list[str], name: str
) -> None:
    results(tmp_path, {task: {"em": 1} for task in tasks})
    details(tmp_path, [CUPS], task=tasks[0])
    rows = samples_of(lighteval.SAMPLES, only_run(tmp_path))
    assert set(rows["dataset"]) == {name}


def test_files_that_are_not_read_yet_are_left_out(tmp_path: Path) -> None:
    for task in ("tea|0", "cups|0"):
        details(tmp_path, [CUPS], task=task)
    run = only_run(tmp_path)
    indexes = indexes_of(lighteval.SAMPLES, run)
    first = next(iter(indexes))
    rows, notes = lighteval.SAMPLES.table(run, {first: indexes[first]})
    assert set(rows["file"]) == {str(first.path)}
    assert (lighteval.SAMPLES.table(run, {})[0].height, notes) == (0, [])


def test_details_that_are_there_twice_count_once(tmp_path: Path) -> None:
    results(tmp_path, {"tea|0": {"em": 1}})
    paths = [details(tmp_path / name, [CUPS]) for name in ("one", "two")]
    run = only_run(tmp_path)
    rows, notes = lighteval.SAMPLES.table(run, indexes_of(lighteval.SAMPLES, run))
    assert set(rows["file"]) == {str(paths[0])}
    assert notes == [f"answers of tea|0 are there once more, and left out: {paths[1]}"]


# --- what became of an answer -------------------------------------------------------------------


@pytest.mark.parametrize(
    ("more", "status"),
    [
        ({"texts": [" \n"]}, "empty"),
        ({"texts": []}, "empty"),
        ({"texts": ["", "4"]}, "ok"),
        ({"texts": ["4"], "specific": {"extracted_predictions": []}}, "unparsed"),
        ({"texts": [""], "specific": {"extracted_predictions": []}}, "empty"),
        ({"specific": {"extracted_predictions": ["4"]}}, "ok"),
        ({"specific": {"other": 1}}, "ok"),
    ],
)
@pytest.mark.parametrize("shape", SHAPES)
def test_status(tmp_path: Path, shape: str, more: dict[str, Any], status: str) -> None:
    rows = index_of(lighteval.SAMPLES, details(tmp_path, [{**CUPS, **more}], shape)).rows
    assert set(rows["status"]) == {status}
    assert rows["score"].to_list() == [1, 0.5]


@pytest.mark.parametrize("extracted", [[], ["4"]])
def test_what_was_found_in_the_last_attempt_says_nothing_of_all(
    tmp_path: Path, extracted: list[str]
) -> None:
    """Since 0.12 each attempt of a question writes over what was found in the one before."""
    row = CUPS | {"texts": ["4", "?"], "specific": {"extracted_predictions": extracted}}
    path = details(tmp_path, [row])
    assert statuses(path) == ["ok", "ok"]
    assert answer_of(path).extracted is None
    older = details(tmp_path, [row], "typed")
    assert statuses(older) == ["ok" if extracted else "unparsed"] * 2


def test_reasoning_alone_is_no_answer(tmp_path: Path) -> None:
    path = details(tmp_path, [CUPS | {"texts": ["<think>4</think>"], "kept": [""]}])
    assert statuses(path) == ["empty", "empty"]


def test_a_row_without_metrics_is_an_answer_all_the_same(tmp_path: Path) -> None:
    rows = index_of(
        lighteval.SAMPLES, details(tmp_path, [CUPS | {"metrics": {"judgement": "x"}}])
    ).rows
    assert rows.select("metric", "score", "status").rows() == [(None, None, "ok")]


# --- texts --------------------------------------------------------------------------------------


def test_a_prompt_of_messages(tmp_path: Path) -> None:
    sent = [{"role": "system", "content": "Be short."}, {"role": "user", "content": "Cups?"}]
    assert shown(tmp_path, prompt=sent).prompt == (
        Message("system", "Be short."),
        Message("user", "Cups?"),
    )
    parts = [{"role": "user", "content": [{"type": "text", "text": "a"}, {"type": "image"}]}]
    assert shown(tmp_path, prompt=parts).prompt == (Message("user", "a\n[image]"),)


def test_a_prompt_that_was_not_kept_is_joined_as_it_was_sent(tmp_path: Path) -> None:
    shots = [
        {"query": "One and one?", "choices": [" 3", " 2"], "gold_index": 1},
        {"query": "Two and two?", "choices": [" 4"], "gold_index": 0},
    ]
    answer = shown(tmp_path, prompt=None, shots=shots, instruction="Count.")
    text = f"Count.\n\nOne and one? 2\n\nTwo and two? 4\n\n{CUPS['query']}"
    assert answer.prompt == (Message("user", text),)
    path = details(tmp_path, [CUPS | {"prompt": None}])
    assert index_of(lighteval.SAMPLES, path).rows["prompt"].null_count() == 2


def test_reasoning(tmp_path: Path) -> None:
    taken = shown(tmp_path, texts=["<think>so</think>4"], kept=["4"])
    assert (taken.response, taken.reasoning) == ("4", "<think>so</think>")
    apart = shown(tmp_path, texts=["4"], reasonings=["so"])
    assert (apart.response, apart.reasoning) == ("4", "so")
    other = shown(tmp_path, texts=["Four"], kept=["4"])
    assert (other.response, other.reasoning) == ("Four", None)


def test_reasoning_that_lighteval_left_where_it_was(tmp_path: Path) -> None:
    path = details(tmp_path, [CUPS | {"texts": ["<thinking>so</thinking>4"], "kept": [None]}])
    assert (answer_of(path).response, answer_of(path).reasoning) == ("4", "<thinking>so</thinking>")
    assert index_of(lighteval.SAMPLES, path).rows["length"].to_list() == [1, 1]
    path = details(tmp_path, [CUPS | {"texts": ["<think>so"], "kept": ["<think>so"]}])
    assert statuses(path) == ["unfinished reasoning"] * 2
    assert (answer_of(path).response, answer_of(path).reasoning) == ("", "<think>so")
    both = ["<think>a</think>one", "two"]
    path = details(tmp_path, [CUPS | {"texts": both, "kept": both}])
    assert answer_of(path).response == "[1 of 2]\none\n\n[2 of 2]\ntwo"
    assert answer_of(path).reasoning == "<think>a</think>"


def test_what_was_extracted(tmp_path: Path) -> None:
    specific = {"extracted_predictions": ["4", "4", "four"]}
    for shape in SHAPES:
        path = details(tmp_path, [CUPS | {"texts": ["4"], "specific": specific}], shape)
        assert answer_of(path).extracted == "4, four"
    assert shown(tmp_path, specific={"extracted_predictions": []}).extracted is None


@pytest.mark.parametrize("shape", SHAPES)
def test_what_a_judge_was_told_and_said(tmp_path: Path, shape: str) -> None:
    metrics = {
        "judge_score_gpt": 3,
        "user_prompt_gpt": [{"role": "user", "content": "Rate it."}],
        "judgement_gpt": "[[3]]",
    }
    path = details(tmp_path, [CUPS | {"metrics": metrics}], shape)
    judge = (Message("verdict, judge_score_gpt", "3"), Message("assistant", "[[3]]"))
    assert answer_of(path).judge_prompt == (Message("user", "Rate it."),)
    assert answer_of(path).judge == judge
    assert index_of(lighteval.SAMPLES, path).rows["metric"].to_list() == ["judge_score_gpt"]


def test_what_a_judge_was_told_and_said_in_0_3(tmp_path: Path) -> None:
    path = details(tmp_path, [CUPS], "typed")
    frame = pl.read_parquet(path, glob=False)
    told = {"judement_prompt": pl.lit("Rate it."), "judgement": pl.lit("7")}
    frame.with_columns(**told).write_parquet(path)
    assert answer_of(path).judge == (Message("assistant", "7"),)
    assert answer_of(path).judge_prompt == (Message("user", "Rate it."),)


# --- files --------------------------------------------------------------------------------------


def test_a_row_that_cannot_be_read_costs_that_row(tmp_path: Path) -> None:
    path = details(tmp_path, [CUPS, CUPS, TEA], "printed")
    frame = pl.read_parquet(path, glob=False)
    broken = pl.Series(["{'em': 1}", "{'em': <Enum>}", "{'em': 0}"])
    frame.with_columns(metrics=broken).write_parquet(path)
    index = index_of(lighteval.SAMPLES, path)
    assert index.rows["place"].to_list() == [0, 2]
    assert index.problems == (Problem("row 2 › metrics", "not a value as Python prints it"),)
    assert answer_of(path, 1).response == BOTH


def test_many_rows(tmp_path: Path) -> None:
    path = details(tmp_path, [CUPS | {"metrics": {"em": n % 2}} for n in range(2500)])
    problems: list[Problem] = []
    *_, last = lighteval.SAMPLES.index(path, problems)
    assert last.done == path.stat().st_size
    rows = index_of(lighteval.SAMPLES, path).rows
    assert rows["place"].to_list() == list(range(2500))
    assert rows["score"].sum() == 1250
    assert answer_of(path, 2499).response == BOTH


def test_tokens_are_not_read(tmp_path: Path) -> None:
    path = details(tmp_path, [CUPS], "printed")
    frame = pl.read_parquet(path, glob=False)
    tokens = frame.with_columns(input_tokens=pl.lit("Q" * 64))
    tokens.write_parquet(path, compression="uncompressed", statistics=False)
    data = bytearray(path.read_bytes())
    begin = data.index(b"Q" * 64)
    data[begin - 40 : begin] = b"\xff" * 40
    path.write_bytes(data)
    with pytest.raises(pl.exceptions.PolarsError):
        pl.read_parquet(path, columns=["input_tokens"], glob=False)
    assert index_of(lighteval.SAMPLES, path).rows.height == 2
    assert answer_of(path).response == BOTH


def test_a_file_that_is_none(tmp_path: Path) -> None:
    path = tmp_path / f"details_tea|0_{TIME}.parquet"
    with pytest.raises(Refusal, match="cannot be read"):
        index_of(lighteval.SAMPLES, path)
    path.write_bytes(b"PAR1 and nothing else PAR1")
    with pytest.raises(Refusal, match="not a Parquet file"):
        index_of(lighteval.SAMPLES, path)


@pytest.mark.parametrize("place", [1, -1, 2**40])
def test_a_row_that_is_no_more(tmp_path: Path, place: int) -> None:
    with pytest.raises(Refusal, match="there is no such row"):
        answer_of(details(tmp_path, [CUPS]), place)


def test_an_empty_file(tmp_path: Path) -> None:
    path = details(tmp_path, [CUPS])
    pl.read_parquet(path, glob=False).clear().write_parquet(path)
    assert index_of(lighteval.SAMPLES, path).rows.height == 0
    assert samples_of(lighteval.SAMPLES, only_run(tmp_path)).height == 0


def test_a_name_that_is_not_text(tmp_path: Path) -> None:
    file = SampleFile(Path("/x/\udcff.parquet"), category="tea|0")
    run = Run(None, None, "lighteval", Path(), samples=(file,))
    rows = index_of(lighteval.SAMPLES, details(tmp_path, [CUPS])).rows
    placed, _ = lighteval.SAMPLES.table(run, {file: Index(rows)})
    assert set(placed["file"]) == {"/x/\\udcff.parquet"}


odd = st.sampled_from(
    [None, 1, 0.5, "x", "[1", "['a']", [], [None], [1.5], ["a"], [["a"]], {"a": 1}, {"a": {"b": 2}}]
)


@mutants
@given(column=st.sampled_from(["doc", "metric", "model_response"]), value=odd, data=st.data())
def test_fields_of_any_type(tmp_path: Path, column: str, value: Any, data: st.DataObject) -> None:
    row = deepcopy(whole(CUPS, 0))  # other tests use the same
    if data.draw(st.booleans()):
        row[column] = value
    else:
        row[column][data.draw(st.sampled_from(list(row[column])))] = value
    check(tmp_path / "details_tea|0.parquet", row)


@mutants
@given(column=st.sampled_from(list(typed(CUPS, 0))), value=odd)
def test_older_fields_of_any_type(tmp_path: Path, column: str, value: Any) -> None:
    check(tmp_path / "details_tea|0.parquet", typed(CUPS, 0) | {column: value})


def check(path: Path, row: dict[str, Any]) -> None:
    pl.DataFrame([row], strict=False).write_parquet(path)
    index = index_of(lighteval.SAMPLES, path)
    assert index.problems or index.rows.height
    assert not index.rows["score"].is_nan().any()
    answer_of(path)


@mutants
@given(st.data())
def test_damaged_files(tmp_path: Path, data: st.DataObject) -> None:
    path = details(tmp_path, [CUPS, CUPS])
    content = bytearray(path.read_bytes())
    for _ in range(data.draw(st.integers(1, 3))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    path.write_bytes(content[: data.draw(st.integers(1, len(content)))])
    with suppress(Refusal):
        index_of(lighteval.SAMPLES, path)
    with suppress(Refusal):
        answer_of(path)


def test_a_pass_does_not_keep_texts(tmp_path: Path) -> None:
    """Of forty megabytes half stands in memory at once, at most, and nothing stays."""
    path = tmp_path / f"details_x|0_{TIME}.parquet"
    rows = [whole(CUPS | {"texts": [f"{number} " * 1000]}, number) for number in range(1000, 5000)]
    pl.DataFrame(rows).write_parquet(path, row_group_size=1000)
    del rows
    tracemalloc.start()
    kept = [frame(batch) for batch in lighteval.SAMPLES.index(path, [])]
    now, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert sum(part.height for part in kept) == 8000
    assert now < 1_000_000
    assert most < 25_000_000
