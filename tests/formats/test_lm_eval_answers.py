from __future__ import annotations

import json
from hashlib import sha256
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tui_eval.files.documents import Problem, Refusal
from tui_eval.formats.harnesses import lm_eval
from tui_eval.formats.index import Index, frame
from tui_eval.formats.lm_eval import texts as lm_eval_texts
from tui_eval.formats.lm_eval.plain import PlainRows
from tui_eval.formats.lm_eval.rows import Reader
from tui_eval.formats.passages import kept
from tui_eval.records import Choice, Message, Run, Score, ScoreColumns
from tui_eval.tables import ANSWERS, INDEX

TIME = "2026-07-01T12-30-00"
MADE = ANSWERS.names()


def sha(text: str) -> str:
    return sha256(text.encode()).hexdigest()


def hashes(doc: Any, prompt: str) -> dict[str, str]:
    text = json.dumps(doc, indent=2, ensure_ascii=False)
    return {"doc_hash": sha(text), "prompt_hash": sha(prompt), "target_hash": sha("5")}


def written(
    number: int, *responses: str, extracted: Any = "5", word: str | None = "strict", **more: Any
) -> dict[str, Any]:
    """A row of 0.4.7 and later to which the model wrote something."""
    doc = {"question": f"How many gulls are on pier {number}?"}
    prompt = f"Question: {doc['question']}"
    return {
        "doc_id": number,
        "doc": doc,
        "target": "5",
        "arguments": {"gen_args_0": {"arg_0": prompt, "arg_1": {"until": ["\n"]}}},
        "resps": [list(responses or ("There are 5 of them, as I count. #### 5",))],
        "filtered_resps": [extracted],
        "filter": word,
        "metrics": ["exact_match"],
        **hashes(doc, prompt),
        "exact_match": 1.0,
        **more,
    }


def rated(number: int, *ratings: float, options: tuple[str, ...] = ("tern", "gull", "auk")) -> Any:
    """A row of 0.4.7 and later with options."""
    doc = {"question": f"Which bird is number {number}?", "choices": list(options)}
    pairs = [[str(rating), "False"] for rating in ratings or (-3.0, -1.0, -2.0)]
    return {
        "doc_id": number,
        "doc": doc,
        "target": "1",
        "arguments": {
            f"gen_args_{place}": {"arg_0": "Which bird?", "arg_1": f" {option}"}
            for place, option in enumerate(options)
        },
        "resps": [[pair] for pair in pairs],
        "filtered_resps": pairs,
        "filter": "none",
        "metrics": ["acc", "f1"],
        **hashes(doc, "Which bird?"),
        "acc": 1.0,
        "f1": [1, 1],
    }


OLDEST = {
    "doc_id": 3,
    "prompt_0": "Which bird is it?\nA grey gull",
    "logit_0": -4.5,
    "prompt_1": "Which bird is it?\nA grey auk",
    "logit_1": -2.5,
    "truth": 1,
    "acc": "True",
    "acc_norm": "0.0",
}


def lines(path: Path, *rows: Any) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(f"{json.dumps(row)}\n" for row in rows), encoding="utf-8")
    return path


def indexed(path: Path) -> Index:
    problems: list[Problem] = []
    rows = pl.concat([frame(batch) for batch in lm_eval.SAMPLES.index(path, problems)])
    assert rows.schema == INDEX
    return Index(rows, tuple(problems))


def found(folder: Path, *rows: Any, **expected: Any) -> list[dict[str, Any]]:
    """Rows of the index of a file with these rows, the columns that are asked for."""
    path = lines(folder / f"samples_gulls_{TIME}.jsonl", *rows)
    return indexed(path).rows.to_dicts()


def only(folder: Path, row: Any) -> dict[str, Any]:
    (one,) = found(folder, row)
    return one


def run_of(*files: Path, scores: tuple[Score, ...] = ()) -> Run:
    parts = [lm_eval.SAMPLES.read({}, path) for path in files]
    samples = tuple(file for part in parts for file in part.samples)
    return Run("m", TIME, "lm_eval", files[0], samples=samples, scores=ScoreColumns(scores))


def samples(*files: Path, scores: tuple[Score, ...] = ()) -> tuple[pl.DataFrame, list[str]]:
    run = run_of(*files, scores=scores)
    frame, notes = lm_eval.SAMPLES.table(run, {file: indexed(file.path) for file in run.samples})
    assert list(frame.schema.items()) == list(ANSWERS.items())
    return frame, notes


def answer(folder: Path, row: Any, item: int = 0) -> Any:
    return lm_eval_texts.answer(lines(folder / "samples.jsonl", {"doc_id": 0}, row), 14, item)


# --- rows ----------------------------------------------------------------------------------------


def test_a_response_and_its_score(tmp_path: Path) -> None:
    row = written(7, "Seven piers on, it is 5. #### 5")
    assert only(tmp_path, row) == {
        "id": "7",
        "question": int(row["doc_hash"][:16], 16),
        "prompt": int(row["prompt_hash"][:16], 16),
        "category": None,
        "attempt": 0,
        "metric": "exact_match",
        "filter": "strict",
        "score": 1.0,
        "status": "ok",
        "place": 0,
        "item": 0,
        "length": 31,
        "tokens": None,
        "answer_id": None,
        "verdict": None,
        "passages": kept("How many gulls are on pier 7?"),
    }


@pytest.mark.parametrize(
    ("responses", "extracted", "status"),
    [
        (["", " \n"], "[invalid]", "empty"),
        ([""], "", "empty"),
        (["It is five."], "[invalid]", "unparsed"),
        (["It is five."], ["[invalid]"], "unparsed"),
        (["five", "5"], ["[invalid]", "5"], "ok"),
        (["", "5"], "5", "ok"),
        (["5"], "6", "ok"),
    ],
)
def test_status(tmp_path: Path, responses: list[str], extracted: Any, status: str) -> None:
    assert only(tmp_path, written(0, *responses, extracted=extracted))["status"] == status


def test_no_response_at_all_is_empty(tmp_path: Path) -> None:
    row = {**written(0), "resps": [[None]], "filtered_resps": [None]}
    assert (only(tmp_path, row)["status"], only(tmp_path, row)["length"]) == ("empty", 0)


@pytest.mark.parametrize(
    ("metric", "value", "score"),
    [
        ("exact_match", True, 1.0),
        ("exact_match", "False", 0.0),
        ("exact_match", "0.25", 0.25),
        ("exact_match", 0, 0.0),
        ("exact_match", None, None),
        ("bleu", ["5", "6"], None),
        ("inst_level_strict_acc", [True, False], None),
        ("judge", {"score": 3}, None),
        ("perplexity", -4.5, None),
        ("word_perplexity", [-4.5, 3], None),
        ("bits_per_byte", -4.5, None),
        ("ppl", -4.5, None),
        ("bypass", 999, None),
        ("pass@1", 0.5, 0.5),
        ('odd "name"', 0.5, 0.5),
        ("resps", 0.5, None),
    ],
)
def test_what_is_a_score_of_a_question(
    tmp_path: Path, metric: str, value: Any, score: float | None
) -> None:
    row = {**written(0), "metrics": [metric]}
    row.setdefault(metric, value)
    row[metric] = row["resps"] if metric == "resps" else value
    one = only(tmp_path, row)
    assert (one["metric"], one["score"]) == (metric, score)


def test_no_metric_is_a_row_all_the_same(tmp_path: Path) -> None:
    assert only(tmp_path, {**written(0), "metrics": []})["metric"] is None


def test_metrics_differ_from_row_to_row(tmp_path: Path) -> None:
    rows = [{**written(n), "metrics": [f"m{n}", "exact_match"], f"m{n}": n / 10} for n in range(4)]
    told = [(row["id"], row["metric"], row["score"]) for row in found(tmp_path, *rows, rows[0])]
    expected = [(str(n), *one) for n in range(4) for one in ((f"m{n}", n / 10), ("exact_match", 1))]
    assert told == expected + expected[:2]


def test_nan_costs_the_number_alone(tmp_path: Path) -> None:
    rows = found(tmp_path, written(0, exact_match=float("nan")), written(1))
    assert [row["score"] for row in rows] == [None, 1.0]


def test_repeats_with_one_score_are_one_attempt(tmp_path: Path) -> None:
    assert only(tmp_path, written(0, "Five: 5", "Six: 6"))["attempt"] == 0


def test_scores_of_repeats_are_attempts(tmp_path: Path) -> None:
    row = written(
        0,
        *("It is 5", "no idea", " "),
        extracted=["5", "[invalid]", "[invalid]"],
        exact_match=0,
        metrics=["pass@2", "exact_match"],
        scores_per_repeat={"exact_match": [1.0, 0.0, 0.0]},
    )
    row["pass@2"] = 1
    told = [
        (one["metric"], one["attempt"], one["item"], one["score"], one["status"], one["length"])
        for one in found(tmp_path, row)
    ]
    assert told == [
        ("pass@2", 0, 0, 1.0, "ok", 7),
        ("exact_match", 0, 0, 1.0, "ok", 7),
        ("exact_match", 1, 1, 0.0, "unparsed", 7),
        ("exact_match", 2, 2, 0.0, "empty", 1),
    ]
    second = answer(tmp_path, row, 1)
    assert (second.response, second.extracted) == ("no idea", "[invalid]")


def test_the_length_of_attempts_that_are_scored_as_one_is_their_mean(tmp_path: Path) -> None:
    row = written(0, *("four", "I count them: 4"), extracted="4", exact_match=1)
    assert only(tmp_path, row)["length"] == 10  # of 4 and 15
    told = answer(tmp_path, row).response
    assert told == "[1 of 2]\nfour\n\n[2 of 2]\nI count them: 4"


def test_an_attempt_without_its_response_is_no_empty_one(tmp_path: Path) -> None:
    row = written(0, scores_per_repeat={"exact_match": [1.0, 0.0]})
    assert [(one["status"], one["length"]) for one in found(tmp_path, row)] == [
        ("ok", 39),
        ("ok", None),
    ]


def test_options_have_no_length(tmp_path: Path) -> None:
    rows = found(tmp_path, rated(0))
    assert [(row["metric"], row["score"], row["length"]) for row in rows] == [
        ("acc", 1.0, None),
        ("f1", None, None),
    ]
    assert {row["filter"] for row in rows} == {None}


def test_a_rated_text_is_told_from_a_written_number_by_its_request(tmp_path: Path) -> None:
    wrote = {**written(0, "-12.5")}
    rated_text = {**wrote, "arguments": {"gen_args_0": {"arg_0": "All of a page."}}}
    assert only(tmp_path, wrote)["length"] == 5
    assert only(tmp_path, rated_text)["length"] is None
    assert answer(tmp_path, wrote).response == "-12.5"
    assert answer(tmp_path, rated_text).choices == (Choice("All of a page.", -12.5),)


# --- eras ----------------------------------------------------------------------------------------


def as_0_4_2(row: dict[str, Any]) -> dict[str, Any]:
    """The same row before hashes, names of filters and metrics; arguments are lists."""
    later = {"filter", "metrics", "doc_hash", "prompt_hash", "target_hash"}
    requests = [list(part.values()) for part in row["arguments"].values()]
    return {**{name: row[name] for name in row if name not in later}, "arguments": requests}


def test_rows_without_hashes_are_the_same_questions(tmp_path: Path) -> None:
    row = {**written(0), "filter": "none"}
    assert only(tmp_path, as_0_4_2(row)) == only(tmp_path, row)


@pytest.mark.parametrize("indent", [None, 2])
@pytest.mark.parametrize("suffix", ["json", "jsonl"])
def test_arrays_whatever_the_suffix(tmp_path: Path, suffix: str, indent: int | None) -> None:
    rows = [as_0_4_2(written(number)) for number in range(3)]
    path = tmp_path / f"pretrained__m_gulls.{suffix}"
    path.write_text(json.dumps(rows, indent=indent), encoding="utf-8")
    index = indexed(path)
    assert index.rows["id"].to_list() == ["0", "1", "2"]
    for place, row in zip(index.rows["place"], rows, strict=True):
        assert lm_eval_texts.answer(path, place, 0).prompt[0].text == row["arguments"][0][0]


def test_oldest_rows(tmp_path: Path) -> None:
    told = [(row["id"], row["metric"], row["score"]) for row in found(tmp_path, OLDEST)]
    assert told == [("3", "acc", 1.0), ("3", "acc_norm", 0.0)]
    shown = answer(tmp_path, OLDEST)
    assert shown.prompt == (Message("prompt", "Which bird is it?\nA grey "),)
    assert shown.choices == (
        Choice("gull", -4.5),
        Choice("auk", -2.5, is_chosen=True, is_target=True),
    )


def test_oldest_rows_that_were_written(tmp_path: Path) -> None:
    row = {"doc_id": 0, "prompt_0": "How many?", "logit_0": "5", "truth": "5", "em": "1.0"}
    assert only(tmp_path, row)["length"] == 1
    assert answer(tmp_path, row).response == "5"


def test_0_5_has_one_level_more(tmp_path: Path) -> None:
    row = {**written(0), "filtered_resps": [["[invalid]"]]}
    assert only(tmp_path, row)["status"] == "unparsed"


# --- what cannot be read -------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ('{"doc_id": 1, "resps": [["cut o', "the JSON breaks off here: the file is incomplete"),
        ('{"doc_id": [1], "resps": []}', "doc_id is a list"),
        ('{"resps": []}', "doc_id is missing or null"),
        ('{"doc_id": 1}', "no answer in it"),
        ("7", "a number instead of a row"),
    ],
)
def test_a_row_that_cannot_be_read_costs_that_row(tmp_path: Path, line: str, reason: str) -> None:
    path = lines(tmp_path / "samples.jsonl", written(0))
    path.write_text(path.read_text("utf-8") + line + "\n" + json.dumps(written(2)), "utf-8")
    index = indexed(path)
    assert index.rows["id"].to_list() == ["0", "2"]
    assert [str(problem) for problem in index.problems] == [f"line 2: {reason}"]


def test_an_array_that_breaks_off(tmp_path: Path) -> None:
    path = tmp_path / "gulls.json"
    path.write_text(json.dumps([written(0), written(1)], indent=2)[:-40], encoding="utf-8")
    index = indexed(path)
    assert index.rows["id"].to_list() == ["0"]
    assert [problem.place for problem in index.problems] == ["item 2"]


@pytest.mark.parametrize("content", ["", "\n", "{}", "[]", "no JSON\n"])
def test_files_without_any_answer_are_refused(tmp_path: Path, content: str) -> None:
    path = tmp_path / "samples.jsonl"
    path.write_text(content, encoding="utf-8")
    with pytest.raises(Refusal):
        indexed(path)


def test_an_answer_that_is_no_longer_there(tmp_path: Path) -> None:
    path = lines(tmp_path / "samples.jsonl", written(0))
    with pytest.raises(Refusal):
        lm_eval_texts.answer(path, 5, 0)


# --- the answers of a run ------------------------------------------------------------------------


def test_tasks_are_named_as_in_the_scores(tmp_path: Path) -> None:
    scores = (
        Score("birds", None, "acc", 0.5),
        Score("birds", "birds_sea", "acc", 0.5),
        Score("gulls", "gulls", "acc", 0.5),
    )
    names = {
        f"samples_birds_sea_{TIME}.jsonl": ("birds", "birds_sea"),
        f"samples_birds::birds_sea_{TIME}.jsonl": ("birds", "birds_sea"),
        f"samples_gulls_{TIME}.jsonl": ("gulls", "gulls"),
        f"samples_my_gulls_{TIME}.jsonl": ("my_gulls", "my_gulls"),
        "pretrained__lab__m_birds_sea.jsonl": ("birds", "birds_sea"),
        "gulls_eval_samples.json": ("gulls", "gulls"),
        "auks_write_out_info.json": ("auks", "auks"),
    }
    for name, place in names.items():
        path = lines(tmp_path / name, rated(0))
        run = run_of(path, scores=scores)
        assert lm_eval.SAMPLES.place_of(run, run.samples[0]) == place
        frame, _ = samples(path, scores=scores)
        assert set(frame.select("dataset", "category").iter_rows()) == {place}
        assert set(frame["file"]) == {str(path)}


def test_a_task_in_several_groups_is_in_each(tmp_path: Path) -> None:
    scores = tuple(Score(group, "gulls", "acc", 0.5) for group in ("birds", "sea"))
    path = lines(tmp_path / f"samples_gulls_{TIME}.jsonl", rated(0))
    run = run_of(path, scores=scores)
    assert lm_eval.SAMPLES.place_of(run, run.samples[0]) == (None, "gulls")
    frame, _ = samples(path, scores=scores)
    assert frame["dataset"].to_list() == ["birds", "birds", "sea", "sea"]


def test_the_group_in_the_name_tells_tasks_of_one_name_apart(tmp_path: Path) -> None:
    scores = tuple(Score(group, "gulls", "acc", 0.5) for group in ("birds", "sea"))
    path = lines(tmp_path / f"samples_sea::gulls_{TIME}.jsonl", rated(0))
    run = run_of(path, scores=scores)
    assert lm_eval.SAMPLES.place_of(run, run.samples[0]) == ("sea", "gulls")


def filters(*names: str | None) -> tuple[Score, ...]:
    return tuple(Score("gulls", "gulls", "exact_match", 0.5, filter=name) for name in names)


def test_filters_by_their_turn(tmp_path: Path) -> None:
    """0.4.0 to 0.4.6, in the order of two ranks: each writes all of its filters."""
    order = [0, 2, 0, 2, 1, 3, 1, 3]
    rows = [as_0_4_2(written(number)) for number in order]
    path = lines(tmp_path / f"samples_gulls_{TIME}.jsonl", *rows)
    frame, notes = samples(path, scores=filters("strict", None))
    assert frame["filter"].to_list() == ["strict", "strict", None, None] * 2
    assert frame["sample"].str.contains("#").any() is False
    assert notes == []


def test_filters_that_no_results_tell(tmp_path: Path) -> None:
    rows = [as_0_4_2(written(number)) for number in (0, 1, 0, 1)]
    path = lines(tmp_path / f"samples_gulls_{TIME}.jsonl", *rows)
    frame, notes = samples(path)
    assert frame["filter"].to_list() == ["filter 1"] * 2 + ["filter 2"] * 2
    assert frame["sample"].n_unique() == 2
    assert notes == []


def test_questions_of_unequal_count_tell_no_filters(tmp_path: Path) -> None:
    rows = [as_0_4_2(written(number)) for number in (0, 1, 0)]
    path = lines(tmp_path / f"samples_gulls_{TIME}.jsonl", *rows)
    frame, notes = samples(path)
    assert frame["filter"].to_list() == [None, None]
    told = "answers to the same questions may be of other filters, the first ones count"
    assert notes == [f"gulls: 1 {told}"]


def test_answers_are_counted_once_whatever_the_number_of_metrics(tmp_path: Path) -> None:
    scored = {"metrics": ["exact_match", "f1"], "f1": 0.5}
    rows = [{**written(number), **scored} for number in (0, 1, 0)]
    path = lines(tmp_path / f"samples_gulls_{TIME}.jsonl", *rows)
    frame, notes = samples(path)
    assert frame.height == 4
    assert notes == ["gulls: 1 answers are there again, the first ones count"]
    old = [as_0_4_2(row) for row in rows]
    path = lines(tmp_path / f"samples_gulls_{TIME}.jsonl", *old, *old, *old)
    _, notes = samples(path, scores=filters("strict", "flexible"))
    assert notes == ["gulls: 5 answers do not tell which filter they are of"]


def test_written_filters_stay(tmp_path: Path) -> None:
    rows = [written(0, word="flexible"), written(0, word="none")]
    path = lines(tmp_path / f"samples_gulls_{TIME}.jsonl", *rows)
    frame, _ = samples(path, scores=filters("strict", "flexible"))
    assert frame["filter"].to_list() == ["flexible", None]


def test_questions_are_paired_by_content(tmp_path: Path) -> None:
    """The second of two equal questions is the one with the greater number, also of 9 and 10."""
    first, again = written(9, exact_match=1), {**written(9, exact_match=0), "doc_id": 10}
    path = lines(tmp_path / f"samples_gulls_{TIME}.jsonl", again, written(2), first)
    frame, _ = samples(path)
    key = first["doc_hash"][:16]
    assert frame.select("id", "sample").rows() == [
        ("10", f"{key}#2"),
        ("2", written(2)["doc_hash"][:16]),
        ("9", key),
    ]


def test_questions_without_content_are_paired_by_number(tmp_path: Path) -> None:
    frame, _ = samples(lines(tmp_path / "gulls_write_out_info.json", OLDEST))
    assert set(frame["sample"]) == {"3"}


def test_no_files_no_answers(tmp_path: Path) -> None:
    frame, notes = lm_eval.SAMPLES.table(run_of(tmp_path / "x.jsonl"), {})
    assert (frame.height, frame.columns, notes) == (0, MADE, [])


ROWS = [
    *(written(number, word=word) for word in ("strict", "none") for number in range(4)),
    {**written(1), "doc_id": 11},
    rated(20),
]


@given(st.permutations(ROWS), st.integers(0, len(ROWS)))
def test_order_and_split_change_nothing(rows: list[Any], cut: int) -> None:
    with TemporaryDirectory() as folder:
        whole = lines(Path(folder, f"samples_gulls_{TIME}.jsonl"), *ROWS)
        names = ("a", "b") if 0 < cut < len(rows) else ("a",)
        cuts = (rows[:cut], rows[cut:]) if len(names) == 2 else (rows,)
        parts = [
            lines(Path(folder, name, f"samples_gulls_{TIME}.jsonl"), *part)
            for name, part in zip(names, cuts, strict=True)
        ]
        kept = [name for name in MADE if name not in ("place", "file")]
        expected, found = (samples(*files)[0].select(kept).sort(kept) for files in ([whole], parts))
    assert found.equals(expected)


# --- texts ---------------------------------------------------------------------------------------


def test_texts_of_a_response(tmp_path: Path) -> None:
    shown = answer(tmp_path, written(0, "It is 5."))
    assert shown.prompt == (Message("prompt", "Question: How many gulls are on pier 0?"),)
    assert (shown.target, shown.response, shown.extracted) == ("5", "It is 5.", "5")
    assert shown.choices == ()


def test_a_picture_in_a_chat_is_named(tmp_path: Path) -> None:
    picture = {"type": "image_url", "image_url": {"url": "https://example.com/a/gull.png"}}
    parts = [{"type": "text", "text": "What is it?"}, picture]
    chat = [{"role": "user", "content": parts}]
    row = written(0, "A gull.")
    row["arguments"] = {"gen_args_0": {"arg_0": [json.dumps(chat)], "arg_1": {}}}
    asked = Message("user", "What is it?\n[image https://…/gull.png]")
    assert answer(tmp_path, row).prompt == (asked,)


def test_chat_is_a_conversation(tmp_path: Path) -> None:
    chat = [{"role": "system", "content": "Be short."}, {"role": "user", "content": "Gulls?"}]
    row = {**written(0), "arguments": {"gen_args_0": {"arg_0": [json.dumps(chat)], "arg_1": {}}}}
    told = (Message("system", "Be short."), Message("user", "Gulls?"))
    assert answer(tmp_path, row).prompt == told


def test_options_with_what_was_chosen_and_right(tmp_path: Path) -> None:
    assert answer(tmp_path, rated(0, -3.0, -2.0, -1.0)).choices == (
        Choice("tern", -3.0),
        Choice("gull", -2.0, is_target=True),
        Choice("auk", -1.0, is_chosen=True),
    )


def test_the_right_option_may_be_told_by_its_text(tmp_path: Path) -> None:
    shown = answer(tmp_path, {**rated(0), "target": "auk"})
    assert [choice.is_target for choice in shown.choices] == [False, False, True]


def test_options_rated_once_more_without_context_are_left_out(tmp_path: Path) -> None:
    row = rated(0)
    for place, option in enumerate(("tern", "gull", "auk"), start=3):
        row["arguments"][f"gen_args_{place}"] = {"arg_0": "", "arg_1": f" {option}"}
    row["resps"] += [[["-0.1", "False"]]] * 3
    assert answer(tmp_path, row) == answer(tmp_path, rated(0))


def test_several_contexts_of_one_end_are_the_options(tmp_path: Path) -> None:
    row = rated(0, -2.0, -1.0, options=("flew off.", "flew off."))
    for place, bird in enumerate(("The gull", "The auk")):
        row["arguments"][f"gen_args_{place}"]["arg_0"] = bird
    shown = answer(tmp_path, row)
    assert [choice.text for choice in shown.choices] == ["The gull flew off.", "The auk flew off."]
    assert shown.prompt == ()


def test_one_end_is_chosen_where_it_would_have_been_written(tmp_path: Path) -> None:
    row = {**rated(0, options=("gull",)), "resps": [[["-0.5", "True"]]], "target": " gull"}
    assert answer(tmp_path, row).choices == (Choice("gull", -0.5, True, True),)


# --- anything ------------------------------------------------------------------------------------

LEAVES = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text()
    | st.sampled_from(["[invalid]", "-1.5", "True", "\ud800", "none"])
)
VALUES = st.recursive(
    LEAVES,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
)
KEYS = st.sampled_from([*written(0), *OLDEST, "scores_per_repeat", "m"])
ANY_ROW = st.dictionaries(KEYS, VALUES) | st.builds(
    lambda row, change: {**row, **change},
    st.sampled_from([written(0), rated(0), as_0_4_2(rated(0)), OLDEST]),
    st.dictionaries(KEYS, VALUES, max_size=3),
)


RESPONSES = st.sampled_from(
    ["Five gulls, all of them on pier seven.", "5", "-1.5", " ", "", "gull"]
)
PLAIN_ROW = st.builds(
    lambda row, change: {**row, **change},
    st.sampled_from([written(0), written(1, word="none"), rated(0), rated(1, -1.0, -1.0)]),
    st.fixed_dictionaries(
        {},
        optional={
            "doc_id": st.integers() | st.text(max_size=3),
            "resps": st.lists(st.lists(RESPONSES, max_size=2), max_size=2),
            "filtered_resps": st.lists(st.sampled_from(["5", "[invalid]", ["5"]]), max_size=2),
            "metrics": st.lists(st.sampled_from(["exact_match", "acc", "ppl"]), max_size=3),
            "exact_match": LEAVES | st.lists(st.floats(), max_size=2),
            "doc_hash": st.sampled_from([sha("gull"), "0x12345678abcdef", "ab " * 20, "abc", None]),
            "doc": st.just({"question": "?", "resps": [["no"]], "n": 2}),
        },
    ),
)


@given(st.lists(PLAIN_ROW, min_size=1, max_size=6))
def test_rows_by_the_thousand_say_the_same_as_one_by_one(rows: list[Any]) -> None:
    with TemporaryDirectory() as folder:
        path = lines(Path(folder, f"samples_gulls_{TIME}.jsonl"), *rows)
        together = indexed(path)
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(PlainRows, "take", lambda _, lines: lines)
            alone = indexed(path)
        assert together.rows.to_dicts() == alone.rows.to_dicts()
        assert together.problems == alone.problems


def test_rows_with_texts_are_read_many_at_once(tmp_path: Path) -> None:
    """None of them alone, whatever the number, the filter and the value are."""
    rows = [
        written(number, word=["strict", "none"][number % 2], exact_match=number % 3 / 2)
        for number in range(50)
    ]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Reader, "light", None)
        rows_found = found(tmp_path, *rows)
    assert [row["id"] for row in rows_found] == [str(number) for number in range(50)]
    assert [row["score"] for row in rows_found] == [number % 3 / 2 for number in range(50)]
    assert [row["filter"] for row in rows_found] == ["strict", None] * 25


def test_two_lines_that_are_a_row_together_are_none(tmp_path: Path) -> None:
    """Though an array of all lines can be read."""
    texts = [json.dumps(written(number)) for number in range(4)]
    texts[1] = f'{texts[1][:-1]}, "more": [1'
    texts[2] = f"{texts[2]}]}}"
    path = tmp_path / f"samples_gulls_{TIME}.jsonl"
    path.write_text("".join(f"{text}\n" for text in texts))
    assert len(json.loads(f"[{','.join(texts)}]")) == 3
    index = indexed(path)
    assert index.rows["id"].to_list() == ["0", "3"]
    assert [problem.place for problem in index.problems] == ["line 2", "line 3"]


def test_the_word_by_which_a_row_is_cut_may_stand_inside_of_it(tmp_path: Path) -> None:
    doc = {"question": 'Say ", "resps": [["no"]]', "a": 1, "resps": [["no"]]}
    row = written(3, "Five gulls, all of them on pier seven.") | {"doc": doc}
    assert only(tmp_path, row)["length"] == 38
    late = only(tmp_path, row | {"exact_match": {"x": 1, "resps": [["a gull"]]}})
    assert (late["length"], late["score"]) == (38, None)


@given(st.lists(ANY_ROW, min_size=1, max_size=4))
def test_any_objects_are_read_or_refused(rows: list[Any]) -> None:
    with TemporaryDirectory() as folder:
        path = lines(Path(folder, f"samples_gulls_{TIME}.jsonl"), *rows)
        try:
            index = indexed(path)
        except Refusal:
            return
        run = run_of(path, scores=filters("strict", None))
        frame, _ = lm_eval.SAMPLES.table(run, {run.samples[0]: index})
        assert index.rows["place"].n_unique() + len(index.problems) == len(rows)
        assert set(frame["id"]) == set(index.rows["id"])  # what was written again counts once
        assert frame["sample"].null_count() == 0
        for place, item in index.rows.select("place", "item").iter_rows():
            shown = lm_eval_texts.answer(path, place, item)
            texts = [shown.target, shown.response, shown.extracted]
            texts += [message.text for message in shown.prompt]
            texts += [choice.text for choice in shown.choices]
            assert all(text is None or text.encode("utf-8") or not text for text in texts)


def test_a_copied_file_and_answers_written_again_count_once(tmp_path: Path) -> None:
    rows = [written(number) for number in range(3)]
    for folder in "abc":
        (tmp_path / folder).mkdir()
    one = lines(tmp_path / "a" / f"samples_gulls_{TIME}.jsonl", *rows)
    two = lines(tmp_path / "b" / one.name, *rows)
    again = lines(tmp_path / "c" / one.name, *rows, *rows)
    for files, told in (((one, two), "is a copy"), ((again,), "3 answers are there again")):
        frame, notes = samples(*files, scores=filters("strict"))
        assert frame["id"].to_list() == ["0", "1", "2"]
        assert any(told in note for note in notes)
