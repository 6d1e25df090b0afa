"""Answers of every generation of Twinkle Eval, and the proof of which data file a row is about."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from itertools import groupby
from pathlib import Path
from random import Random
from typing import Any

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from polars.testing import assert_frame_equal

from tests.build.twinkle import TIMESTAMP, document, item, lines, row, write
from tui_eval.files.documents import Problem, Refusal
from tui_eval.formats import registry
from tui_eval.formats.harnesses import twinkle
from tui_eval.formats.index import Index, frame
from tui_eval.formats.twinkle import texts as twinkle_texts
from tui_eval.formats.twinkle.segments import Division, Part, Rows, divide
from tui_eval.loading.collection import load
from tui_eval.records import Choice, Message, Run, SampleFile
from tui_eval.tables import ANSWERS, INDEX

ROOT = Path(__file__).parents[2] / "samples" / "twinkle"


def results(folder: Path, accuracies: Mapping[str, Mapping[int, float]], **more: Any) -> Path:
    """A result document; accuracies by file, and by number of the repeated run."""
    items = [
        item(
            f"datasets/d/{file}.csv",
            float(np.mean(list(runs.values()))),
            individual_runs={
                "accuracies": list(runs.values()),
                "results": [f"results/eval_results_{TIMESTAMP}_run{n}.jsonl" for n in runs],
                **more,
            },
        )
        for file, runs in accuracies.items()
    ]
    return write(folder / f"results_{TIMESTAMP}.json", document(items))


def index_of(path: Path, *, is_whole: bool = True) -> Index:
    problems: list[Problem] = []
    rows = pl.concat([frame(batch) for batch in twinkle.SAMPLES.index(path, problems)])
    return Index(rows, tuple(problems), is_whole)


def run_of(folder: Path) -> Run:
    parts = [run for path in sorted(folder.iterdir()) for run in registry.read(path).runs]
    [run] = registry.combine(parts)
    return run


def read(folder: Path) -> tuple[pl.DataFrame, list[str]]:
    run = run_of(folder)
    return twinkle.SAMPLES.table(run, {file: index_of(file.path) for file in run.samples})


def only(rows: pl.DataFrame, *columns: str) -> list[tuple[Any, ...]]:
    return rows.select(columns).rows()


# --- one pass -----------------------------------------------------------------------------------


def test_a_row_of_choice(tmp_path: Path) -> None:
    path = lines(tmp_path, [row(3), row(4, correct=False)])
    rows = index_of(path).rows
    assert rows.schema == INDEX
    first, second = rows.rows(named=True)
    assert (first["id"], first["metric"], first["score"], first["status"]) == (
        "3",
        "accuracy_mean",
        1.0,
        "ok",
    )
    assert (first["length"], first["tokens"], first["attempt"]) == (9, 5, 0)
    assert (second["score"], second["status"]) == (0.0, "ok")
    assert path.read_bytes()[second["place"] :].startswith(b'{"question_id": 4')


@pytest.mark.parametrize(
    ("more", "status"),
    [
        ({"predicted_answer": None}, "unparsed"),
        ({"llm_output": None, "predicted_answer": None}, "empty"),
        ({"llm_output": " \n"}, "empty"),
        ({"llm_output": None, "logprob_scores": {"A": -1.0, "B": -2.0}}, "ok"),
        (
            {"llm_output": None, "predicted_answer": None, "logprob_scores": {"A": -math.inf}},
            "unparsed",
        ),
    ],
)
def test_status(tmp_path: Path, more: dict[str, Any], status: str) -> None:
    assert index_of(lines(tmp_path, [row(0, **more)])).rows["status"].to_list() == [status]


def test_the_order_of_options_makes_no_other_question(tmp_path: Path) -> None:
    asked = "Which bird?\nA: gull\nB: tern"
    texts = [asked, "Which bird?\nA: tern\nB: gull", "Which fish?\nA: gull\nB: tern", None]
    rows = index_of(lines(tmp_path, [row(0, question=text) for text in texts])).rows
    one, shuffled, other, none = rows.select("question", "prompt").rows()
    assert one[0] == shuffled[0] != other[0]
    assert len({one[1], shuffled[1], other[1]}) == 3
    assert none == (None, None)


def test_more_metrics_of_an_answer(tmp_path: Path) -> None:
    told: dict[str, Any] = {
        "prompt_strict": False,
        "prompt_loose": True,
        "instruction_strict": [True, False],
    }
    heard: dict[str, Any] = {"wer": 0.25, "cer": math.nan}
    rows = index_of(lines(tmp_path, [row(0, **told), row(1, **heard)])).rows
    assert only(rows, "id", "metric", "score") == [
        ("0", "accuracy_mean", 1.0),
        ("0", "prompt_strict", 0.0),
        ("0", "prompt_loose", 1.0),
        ("0", "instruction_strict", None),
        ("1", "accuracy_mean", 1.0),
        ("1", "wer", 0.25),
    ]


def test_what_cannot_be_read_costs_its_row(tmp_path: Path) -> None:
    odd = [
        row(0),
        "[1]",
        '{"question_id": 1, "question": "\\ud800", "is_correct": NaN}',
        {"question_id": "one"},
        row(2, usage_completion_tokens=1e300, sample_id="?", llm_output=7),
        {"file": "f", "details": 5},
        '{"question_id": 3, "is_corr',
    ]
    index = index_of(lines(tmp_path, odd))
    assert only(index.rows, "id", "score", "tokens", "length", "status") == [
        ("0", 1.0, 5, 9, "ok"),
        ("1", None, None, None, "empty"),
        ("2", 1.0, None, None, "empty"),
    ]
    assert [problem.place for problem in index.problems] == [f"line {n}" for n in (2, 4, 6, 7)]
    assert "breaks off" in index.problems[-1].reason


ODD = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**70), 2**70)
    | st.floats()
    | st.sampled_from(["", " ", "A", "\ud800", "datasets/d/a.csv", "1", "NaN", "\nA: "]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from("AB"), inner),
    max_leaves=4,
)
FIELDS = [*row(0), "file", "details", "wer", "prompt_loose", "logprob_scores", "image_path"]


@given(st.lists(st.dictionaries(st.sampled_from(FIELDS), ODD) | ODD, min_size=1, max_size=4))
def test_nothing_in_a_file_is_fatal(
    tmp_path_factory: pytest.TempPathFactory, odd: list[Any]
) -> None:
    """Each row is found or refused, its texts can be read, and what is told can be kept."""
    folder = tmp_path_factory.mktemp("odd")
    path = folder / f"eval_results_{TIMESTAMP}_run0.jsonl"
    details = {"file": "datasets/d/a.csv", "details": odd}
    texts = [json.dumps(one) for one in [row(0), *odd, details]]
    path.write_text("\n".join(texts), encoding="utf-8")
    index = index_of(path)
    answers = index.rows.filter(metric="accuracy_mean").height
    without = sum(isinstance(one, dict) and one.get("details") == [] for one in odd)
    assert answers + len(index.problems) >= len(texts) - without
    for place, number in index.rows.select("place", "item").iter_rows():
        answer = twinkle_texts.answer(path, place, number)
        json.dumps([message.text for message in answer.prompt]).encode()
        (answer.response or "").encode()
        (answer.extracted or "").encode()
    run = run_of(results(folder, {"a": {0: 1.0}}).parent)
    found, _ = twinkle.SAMPLES.table(run, {SampleFile(path): index})
    assert found.height <= index.rows.height


# --- generations --------------------------------------------------------------------------------


def test_a_line_is_a_data_file_until_1_1_2(tmp_path: Path) -> None:
    """Their order, and the name of the file, do not matter: every line names its data file."""
    b = {"timestamp": "t", "file": "datasets/d/b.csv", "accuracy": 0.0, "details": [row(0, False)]}
    a = {"timestamp": "t", "file": "datasets/d/a.csv", "accuracy": 0.5}
    a["details"] = [row(1), 5, row(0, False)]
    gone = {"timestamp": "t", "file": "datasets/d/z.csv", "accuracy": 1, "details": [row(0)]}
    path = lines(tmp_path, [b, a, gone], suffix=".json")
    results(tmp_path, {"a": {0: 0.5}, "b": {0: 0.0}})
    assert index_of(path).problems == (
        Problem("line 2 › answer 2", "no question_id: it is left out"),
    )
    rows, notes = read(tmp_path)
    assert only(rows, "dataset", "category", "data_file", "id", "item", "score") == [
        ("d", "b", "datasets/d/b.csv", "0", 0, 0.0),
        ("d", "a", "datasets/d/a.csv", "1", 0, 1.0),
        ("d", "a", "datasets/d/a.csv", "0", 2, 0.0),
    ]
    assert notes == [f"1 answers of {path.name} left out: of no data file of the results"]
    place, number = rows.row(2, named=True)["place"], rows.row(2, named=True)["item"]
    assert twinkle_texts.answer(path, place, number).extracted == "B"
    with pytest.raises(Refusal, match="changed"):
        twinkle_texts.answer(path, place, 3)


def test_rows_that_name_their_data_file_are_believed_but_not_twice(tmp_path: Path) -> None:
    """As proposed in PR #136; the second model of the same minute wrote into the same file."""
    a, b = "datasets/d/a.csv", "datasets/d/b.csv"
    rows_of_b = [row(0, file=b), row(1, correct=False, file=b), row(0, correct=False, file=b)]
    path = lines(tmp_path, [row(5, file=a), *rows_of_b])
    results(tmp_path, {"a": {0: 1.0}, "b": {0: 0.5}})
    rows, notes = read(tmp_path)
    assert only(rows, "category", "id") == [("a", "5")]
    [note] = notes
    assert note.startswith(
        f"3 answers of {path.name} left out: of data files with more than one answer"
    )


def test_a_row_is_attributed_by_order_and_accuracies(tmp_path: Path) -> None:
    a = [row(2), row(0, correct=False), row(1)]
    path = lines(tmp_path, [*a, row(0), row(1, correct=False)])
    results(tmp_path, {"a": {0: 2 / 3}, "b": {0: 0.5}})
    rows, notes = read(tmp_path)
    assert notes == []
    assert rows.schema == ANSWERS
    assert only(rows, "category", "id") == [
        ("a", "2"),
        ("a", "0"),
        ("a", "1"),
        ("b", "0"),
        ("b", "1"),
    ]
    assert rows["sample"].str.contains(r"^\d:[0-9a-f]{16}$").all()
    assert rows["file"].unique().to_list() == [str(path)]


def test_without_its_text_a_question_is_known_by_its_number(tmp_path: Path) -> None:
    lines(tmp_path, [row(0, question=None), row(1)])
    results(tmp_path, {"a": {0: 1.0}})
    one, other = read(tmp_path)[0]["sample"]
    assert one == "0"
    assert other.startswith("1:")


def test_a_repeated_run_that_failed_keeps_its_number(tmp_path: Path) -> None:
    lines(tmp_path, [row(0, sample_id=0), row(0, correct=False, sample_id=1)], 0)
    lines(tmp_path, [row(0), row(0, sample_id=1), row(0, correct=False), row(1)], 2)
    results(tmp_path, {"a": {0: 0.5, 2: 1.0}, "b": {2: 0.5}})
    rows, notes = read(tmp_path)
    assert notes == []
    assert only(rows, "category", "id", "attempt", "score") == [
        ("a", "0", 0, 1.0),
        ("a", "0", 1, 0.0),
        ("a", "0", 4, 1.0),
        ("a", "0", 5, 1.0),
        ("b", "0", 2, 0.0),
        ("b", "1", 2, 1.0),
    ]
    repeats = {score.repeat for score in run_of(tmp_path).scores if score.category == "b"}
    assert repeats == {None, 2}


def test_scores_have_the_scale_of_the_results(tmp_path: Path) -> None:
    lines(tmp_path, [row(0), row(1, correct=False), row(0, wer=0.5)])
    results(tmp_path, {"a": {0: 50.0}, "b": {0: 100.0}})
    rows, notes = read(tmp_path)
    assert notes == []
    assert only(rows, "category", "metric", "score") == [
        ("a", "accuracy_mean", 100.0),
        ("a", "accuracy_mean", 0.0),
        ("b", "accuracy_mean", 100.0),
        ("b", "wer", 0.5),
    ]


DAMAGED = {
    "one data file only": [row(0), row(1, correct=False)],
    "more than one answer to a question": [row(0), row(1), row(0), row(0), row(1), row(0)],
    "more than one way": [row(0), row(1), row(2), row(0), row(1)],
    "do not have the reported accuracies": [row(0), row(1, correct=False), row(0, correct=False)],
}


@pytest.mark.parametrize("reason", DAMAGED)
def test_why_rows_are_not_attributable(tmp_path: Path, reason: str) -> None:
    path = lines(tmp_path, DAMAGED[reason])
    results(tmp_path, {"a": {0: 1.0}, "b": {0: 1.0}})
    found, notes = read(tmp_path)
    assert found.is_empty()
    assert len(notes) == 1
    left = f"{len(DAMAGED[reason])} answers of {path.name} left out"
    assert notes[0].startswith(f"{left}: not attributable to data files: ")
    assert reason in notes[0]


def old_row(question_id: int) -> dict[str, Any]:
    """An answer as 1.1.2 to 1.1.6 write it."""
    found = row(question_id)
    del found["sample_id"]
    return found


OVERWRITTEN = (
    f"eval_results_{TIMESTAMP}_run0.jsonl holds the answers to one of 2 data files, and nothing "
    "tells which: Twinkle Eval 1.1.2–1.1.3 overwrote the others"
)


def test_what_was_overwritten_is_told_before_anybody_opens_it(tmp_path: Path) -> None:
    lines(tmp_path, [old_row(1), old_row(0)])
    results(tmp_path, {"a": {0: 1.0}, "b": {0: 1.0}})
    loaded = load([tmp_path])
    assert OVERWRITTEN in loaded.runs[0].notes
    assert OVERWRITTEN in loaded.tables().runs["notes"][0]
    assert OVERWRITTEN in "; ".join(loaded.file_table()["notes"])
    found, notes = read(tmp_path)
    assert found.is_empty()
    assert "one data file only" in notes[0]


@pytest.mark.parametrize(
    ("rows", "files"),
    [
        ([old_row(0), old_row(1), old_row(0)], ("a", "b")),  # 1.1.4 keeps all
        ([old_row(0), old_row(1)], ("a",)),
        ([old_row(0), old_row(2)], ("a", "b")),
        ([row(0), row(1)], ("a", "b")),
    ],
)
def test_nothing_was_overwritten(
    tmp_path: Path, rows: list[dict[str, Any]], files: tuple[str, ...]
) -> None:
    lines(tmp_path, rows)
    results(tmp_path, {name: {0: 1.0} for name in files})
    assert load([tmp_path]).runs[0].notes == ()


def test_answers_without_results_are_of_no_known_data_file(tmp_path: Path) -> None:
    details = {"timestamp": "t", "file": "datasets/d/a.csv", "accuracy": 1.0, "details": [row(0)]}
    lines(tmp_path, [row(0), row(1), row(0, question="another")], 0)
    lines(tmp_path, [details], 1)
    found, notes = read(tmp_path)
    assert notes == []
    unknown = "Twinkle Eval (dataset not recorded)", "data files not recorded"
    assert found.select("dataset", "category").rows() == [unknown] * 3 + [("d", "a")]


def test_a_file_that_is_read_half_waits(tmp_path: Path) -> None:
    path = lines(tmp_path, [row(0)])
    results(tmp_path, {"a": {0: 1.0}})
    run = run_of(tmp_path)
    half = {file: index_of(path, is_whole=False) for file in run.samples}
    found, notes = twinkle.SAMPLES.table(run, half)
    assert (found.height, notes) == (0, [])
    assert twinkle.SAMPLES.table(run, {})[0].is_empty()
    assert twinkle.SAMPLES.place_of(run, run.samples[0]) == (None, None)


def test_a_copy_of_a_file_counts_once(tmp_path: Path) -> None:
    path = lines(tmp_path, [row(0), row(1)])
    copy = lines(tmp_path / "copy", [row(0), row(1)])
    results(tmp_path, {"a": {0: 1.0}})
    found, notes = twinkle.SAMPLES.table(
        run_of(tmp_path), {SampleFile(one): index_of(one) for one in (path, copy)}
    )
    assert found.height == 2
    assert notes == ["2 rows are there twice; each counts once"]


# --- texts --------------------------------------------------------------------------------------


def test_texts_of_an_answer(tmp_path: Path) -> None:
    rated = row(
        1,
        llm_output=None,
        predicted_answer="B",
        logprob_scores={"A": -2.0, "B": -1.0, "C": None},
        image_path="gull.png",
    )
    judged = row(2, predicted_answer={"faithfulness": 0.5}, llm_resoning_output="hm")
    del judged["llm_reasoning_output"]
    path = lines(tmp_path, [row(0), rated, judged])
    places = index_of(path).rows["place"].to_list()
    plain, logit, ragas = (twinkle_texts.answer(path, place, 0) for place in places)
    assert plain.prompt == (Message("user", "How many legs have 0 gulls?\nA: 0\nB: 5"),)
    assert (plain.target, plain.response, plain.extracted) == ("A", "\\boxed{A}", "A")
    assert (plain.reasoning, plain.choices) == (None, ())
    assert logit.response is None
    assert logit.prompt[0] == Message("image", "gull.png")
    assert logit.choices == (
        Choice("A", -2.0, is_target=True),
        Choice("B", -1.0, is_chosen=True),
        Choice("C"),
    )
    assert (ragas.extracted, ragas.reasoning) == ('{"faithfulness": 0.5}', "hm")


# --- the proof ----------------------------------------------------------------------------------

_Answered = tuple[int, int, bool, bool]  # question, sample, correct, unparsed


def columns(rows: Sequence[_Answered]) -> Rows:
    question, sample, correct, unparsed = (
        np.array([one[place] for one in rows], kind)
        for place, kind in enumerate((np.int64, np.int64, bool, bool))
    )
    return Rows(question, sample, correct, unparsed, np.zeros(len(rows), bool))


def part(rows: Sequence[_Answered]) -> Part:
    correct = sum(one[2] for one in rows) / len(rows)
    return Part(correct, sum(one[3] for one in rows))


def found(division: Division) -> list[int] | None:
    return None if division.parts is None else division.parts.tolist()


@st.composite
def written(draw: st.DrawFn) -> list[list[_Answered]]:
    """The rows of data files as they are written: questions in any order, samples in theirs."""
    parts = []
    for _ in range(draw(st.integers(1, 4))):
        numbers = draw(st.permutations(range(draw(st.integers(1, 6)))))
        samples = draw(st.integers(1, 2))
        verdicts = st.sampled_from([(True, False), (False, False), (False, True)])
        parts.append(
            [(number, sample, *draw(verdicts)) for number in numbers for sample in range(samples)]
        )
    return parts


def ways(rows: Sequence[_Answered], parts: Sequence[Part]) -> int:
    """In how many ways rows are such parts, by trying all."""
    if not parts:
        return not rows
    count = 0
    for end in range(1, len(rows) + 1):
        some = rows[:end]
        samples = [[one[1] for one in own] for _, own in groupby(some, lambda one: one[0])]
        numbers = [number for number, _ in groupby(some, lambda one: one[0])]
        is_whole = sorted(numbers) == list(range(len(numbers))) and all(
            own == list(range(len(own))) for own in samples
        )
        if is_whole and (end == len(rows) or rows[end][1] == 0) and part(some) == parts[0]:
            count += ways(rows[end:], parts[1:])
    return count


@given(written())
def test_rows_go_where_they_were_written_if_there_is_one_way(parts: list[list[_Answered]]) -> None:
    rows = [one for own in parts for one in own]
    reported = [part(own) for own in parts]
    division = divide(columns(rows), reported)
    truth = [number for number, own in enumerate(parts) for _ in own]
    if ways(rows, reported) == 1:
        assert found(division) == truth
        assert not division.has_gaps
    else:
        assert found(division) is None
        assert "more than one way" in division.reason


@given(written(), st.randoms(use_true_random=False))
def test_the_order_within_a_data_file_makes_no_other_data_file(
    parts: list[list[_Answered]], random: Random
) -> None:
    """Whatever is told of two orders is the same; only how much can be told depends on them."""
    reported = [part(own) for own in parts]
    truth = [number for number, own in enumerate(parts) for _ in own]
    for _ in range(3):
        rows: list[_Answered] = []
        for own in parts:
            questions = [list(some) for _, some in groupby(own, lambda one: one[0])]
            random.shuffle(questions)
            rows.extend(one for some in questions for one in some)
        assert found(divide(columns(rows), reported)) in (truth, None)


@given(written(), st.data())
def test_rows_of_other_numbers_are_never_divided(
    parts: list[list[_Answered]], data: st.DataObject
) -> None:
    """What is told meets every reported number, also of damaged rows."""
    rows = [one for own in parts for one in own]
    kept = data.draw(st.lists(st.sampled_from(rows), min_size=1, max_size=len(rows)))
    reported = [part(own) for own in parts]
    numbers = found(divide(columns(kept), reported))
    if numbers is not None:
        own = {key: list(some) for key, some in groupby(range(len(kept)), numbers.__getitem__)}
        assert list(own) == list(range(len(parts)))
        for number, places in own.items():
            some = [kept[place] for place in places]
            assert part(some) == reported[number]
            assert len({one[:2] for one in some}) == len(some)


def test_empty_answers_may_count_as_unparsed() -> None:
    """With blank output an answer may stand in the reasoning, or may not."""
    rows = columns([(0, 0, False, True), (1, 0, False, False), (0, 0, False, False)])
    blank = rows._replace(empty=np.array([False, True, True]))
    counts = [Part(0.0, 2), Part(0.0, 0)]
    assert found(divide(blank, counts)) == [0, 0, 1]
    assert found(divide(rows, counts)) is None


def test_unknown_numbers_are_no_condition() -> None:
    rows = columns([(0, 0, True, False), (1, 0, False, False), (0, 0, True, False)])
    assert found(divide(rows, [Part(None, None), Part(1.0, None)])) == [0, 0, 1]


def test_questions_that_were_left_out_are_said() -> None:
    """A malformed question is skipped: its number is missing."""
    rows = [(n, 0, n % 3 == 0, False) for n in (0, 1, 2, 4, 5)]
    more = [(n, 0, n % 4 != 0, n == 4) for n in (1, 0, 2, 3, 4)]
    division = divide(columns(rows + more), [part(rows), part(more)])
    assert found(division) == [0] * 5 + [1] * 5
    assert division.has_gaps


def test_a_data_file_does_not_begin_between_samples_of_a_question() -> None:
    rows = [(0, 0, True, False), (0, 1, True, False), (0, 0, True, False)]
    assert found(divide(columns(rows), [Part(1.0, 0), Part(1.0, 0)])) == [0, 0, 1]


def test_gaps_are_no_excuse_where_no_number_is_missing() -> None:
    """0 1 3 | 2 0 1 has the numbers that are reported, but 0 1 3 2 | 0 1 is what was written."""
    verdicts = zip((0, 1, 3, 2, 0, 1), (True, True, False, True, False, False), strict=True)
    rows = [(number, 0, correct, False) for number, correct in verdicts]
    assert found(divide(columns(rows), [Part(3 / 4, 0), Part(0.0, 0)])) == [0, 0, 0, 0, 1, 1]
    division = divide(columns(rows), [Part(2 / 3, 0), Part(1 / 3, 0)])
    assert division.reason == "its rows do not have the reported accuracies"


def test_a_hundred_thousand_perfect_rows_do_not_take_for_ever() -> None:
    rows = [(number, 0, True, False) for size in (60_000, 40_000) for number in range(size)]
    division = divide(columns(rows), [Part(1.0, 0), Part(1.0, 0)])
    assert "more than one way" in division.reason


# --- real runs ----------------------------------------------------------------------------------


@pytest.mark.parametrize("folder", sorted(ROOT.iterdir()), ids=lambda folder: folder.name)
def test_answers_of_real_runs_have_the_reported_accuracies(folder: Path) -> None:
    rows, notes = read(folder / "results")
    assert notes == []
    keys = ["dataset", "category", "data_file"]
    unparsed = pl.col("status").is_in(["unparsed", "empty"]).sum()
    for metric, figure in (("accuracy_mean", pl.col("score").mean()), ("unparsed_count", unparsed)):
        reported = {
            (one.dataset, one.category, one.file): one.value
            for one in run_of(folder / "results").scores
            if one.metric == metric and one.category is not None and one.repeat is None
        }
        figures = rows.group_by(keys).agg(figure).iter_rows()
        assert {tuple(key): value for *key, value in figures} == pytest.approx(reported)


def test_a_question_is_the_same_in_all_runs() -> None:
    """Options are shuffled anew each time; subjects share question numbers."""
    runs = [read(ROOT / name / "results")[0] for name in ("mock-3b-base", "mock-8b-instruct")]
    one, other = (set(only(rows, "data_file", "sample")) for rows in runs)
    assert one == other
    assert len(one) == 471
    assert runs[0]["prompt"].n_unique() > 471


def test_the_order_of_real_rows_does_not_matter_within_a_data_file(tmp_path: Path) -> None:
    folder = ROOT / "mock-flaky-8b" / "results"
    rows, _ = read(folder)
    random = Random(0)
    for path in folder.iterdir():
        data = path.read_bytes()
        if path.name.startswith("eval"):
            places = rows.filter(file=str(path)).select("data_file", "place")
            texts = data.splitlines(keepends=True)
            shuffled = []
            for _, own in groupby(range(len(texts)), places["data_file"].__getitem__):
                some = [texts[number] for number in own]
                random.shuffle(some)
                shuffled += some
            data = b"".join(shuffled)
        (tmp_path / path.name).write_bytes(data)
    again, notes = read(tmp_path)
    assert notes == []
    columns = ["data_file", "attempt", "sample", "prompt", "score", "status", "length"]
    order = ["data_file", "attempt", "sample"]
    assert_frame_equal(again.select(columns).sort(order), rows.select(columns).sort(order))


def test_a_question_missing_everywhere_is_said(tmp_path: Path) -> None:
    """Real rows of nursing_test without its question 5, as if that had been malformed."""
    folder = ROOT / "mock-8b-instruct" / "results"
    rows, _ = read(folder)
    whole = json.loads((folder / "results_20261120_2337.json").read_text("utf-8"))
    nursing = whole["dataset_results"]["datasets/mini_tmmlu/"]["results"][1]
    left_out = rows.filter(data_file=nursing["file"], id="5").sort("file")
    for number, gone in enumerate(left_out.iter_rows(named=True)):
        path = Path(gone["file"])
        data = path.read_bytes()
        end = data.index(b"\n", gone["place"]) + 1
        (tmp_path / path.name).write_bytes(data[: gone["place"]] + data[end:])
        own = rows.filter(data_file=nursing["file"], file=gone["file"])
        kept = own.filter(pl.col("id") != "5")
        assert kept.height == own.height - 1
        nursing["individual_runs"]["accuracies"][number] = kept["score"].mean()
        unparsed = kept.filter(status="unparsed").height
        nursing["individual_runs"]["unparsed_counts"][number] = unparsed
    write(tmp_path / "results_20261120_2337.json", whole)
    found, notes = read(tmp_path)
    by_file = {tuple(row) for row in only(rows, "data_file", "id", "prompt")}
    assert set(only(found, "data_file", "id", "prompt")) <= by_file
    assert all(note.endswith("numbers of questions are missing in it") for note in notes)
    assert len(notes) == 3


@pytest.mark.parametrize("predicted", [None, "B"])
def test_reasoning_that_never_ends_keeps_rows_in_their_data_file(
    tmp_path: Path, predicted: str | None
) -> None:
    """Its status does not say whether something was extracted of it."""
    path = results(tmp_path, {"a": {0: 0.5}, "b": {0: 1.0}})
    document = json.loads(path.read_text())
    of_a, of_b = document["dataset_results"]["datasets/d/"]["results"]
    of_a["individual_runs"]["unparsed_counts"] = [int(predicted is None)]
    of_b["individual_runs"]["unparsed_counts"] = [0]
    path.write_text(json.dumps(document))
    broken = row(1, correct=False, llm_output="<think>Hm.", predicted_answer=predicted)
    lines(tmp_path, [row(0), broken, row(0)])
    rows, notes = read(tmp_path)
    answers = rows.filter(metric="accuracy_mean").sort("place")
    assert answers["category"].to_list() == ["a", "a", "b"]
    assert answers["status"].to_list() == ["ok", "unfinished reasoning", "ok"]
    assert answers["length"].to_list()[1] == 0
    assert notes == []
