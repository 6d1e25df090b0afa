"""What changes nothing in a file of answers changes no number, and damage costs what is damaged."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from functools import cache
from itertools import groupby
from pathlib import Path
from shutil import copytree
from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from polars.testing import assert_frame_equal

from tests.build.lm_eval import STAMP, write_answers
from tests.build.opened import DATASETS, HARNESSES, ROOT, Opened, opened
from tests.build.twinkle import TIMESTAMP, document, item, lines, row, write
from tui_eval.analysis.questions import questions, raw_samples, sample_metric
from tui_eval.analysis.selection import select
from tui_eval.analysis.view import View
from tui_eval.files.documents import Problem, Refusal
from tui_eval.formats.harnesses import lighteval
from tui_eval.formats.index import Index, frame
from tui_eval.formats.registry import FORMATS

FOLDERS = {
    "twinkle": ROOT / "twinkle" / "mock-3b-base",
    "lm_eval": ROOT / "lm_eval",
    "lighteval": ROOT / "lighteval",
    "evalscope": ROOT / "evalscope",
    "mixeval": ROOT / "mixeval",
}
FORM: dict[str, Any] = {form.name: form for form in FORMATS}
WITH_LINES = [name for name in HARNESSES if name != "lighteval"]
PLACES = ["file", "place"]


def numbers(whole: Opened) -> list[pl.DataFrame]:
    """All that people see: reported scores, answers without their places, and the questions."""
    label = pl.col("run").replace_strict(whole.shown.labels)
    scores = whole.shown.scores
    found = [scores.with_columns(label).sort(scores.columns)]
    for dataset in scores["dataset"].unique().sort():
        samples = whole.whole(dataset)
        assert samples.notes == ()
        rows = samples.rows.drop(PLACES).with_columns(label)
        view = View(dataset=dataset)
        metric = sample_metric(select(whole.shown, view), samples.rows)
        runs = whole.shown.by_label(samples.rows["run"])
        wide = questions(raw_samples(samples.rows, scores), runs, view, metric)
        found += [rows.sort(rows.columns), wide.sort(wide.columns)]
    return found


def assert_same(before: list[pl.DataFrame], after: list[pl.DataFrame]) -> None:
    assert len(before) == len(after) > 1
    for one, other in zip(before, after, strict=True):
        assert_frame_equal(one, other)


# --- order, parts, and others ---------------------------------------------------------------------


@pytest.fixture(scope="module", params=HARNESSES)
def copied(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Any:
    """Runs of a harness that may be changed, and their numbers before."""
    folder = tmp_path_factory.mktemp(request.param) / "runs"
    copytree(FOLDERS[request.param], folder)
    whole = opened(folder)
    return whole, numbers(whole)


def sections(whole: Opened) -> dict[str, list[list[int]]]:
    """Rows of files that may change places, by their numbers in the file."""
    found: dict[str, list[list[int]]] = {}
    scores = whole.shown.scores
    rows = pl.concat([whole.whole(name).rows for name in scores["dataset"].unique()])
    for (file,), part in rows.group_by("file"):
        own = part.unique("place").sort("place")
        places = own.with_row_index()["index"].to_list()
        data = zip(own["data_file"], places, strict=True)  # of all but Twinkle: null
        found[file] = [
            [number for _, number in some] for _, some in groupby(data, key=lambda one: one[0])
        ]
    return found


@pytest.mark.parametrize("seed", range(3))
def test_rows_in_another_order(copied: tuple[Opened, list[pl.DataFrame]], seed: int) -> None:
    """For Twinkle Eval within the rows of a data file, which is how it writes them."""
    whole, before = copied
    chance = random.Random(seed)
    for file, groups in sections(whole).items():
        order = [number for some in groups for number in chance.sample(some, len(some))]
        assert order != sorted(order)
        if file.endswith(".parquet"):
            pl.read_parquet(file, glob=False)[order].write_parquet(file)
        else:
            rows = Path(file).read_text(encoding="utf-8").splitlines()
            text = "".join(f"{rows[number]}\n" for number in order)
            Path(file).write_text(text, encoding="utf-8")
    assert_same(before, numbers(opened(*whole_paths(whole))))


def whole_paths(whole: Opened) -> Iterator[Path]:
    for run in whole.runs.values():
        yield from run.files


@pytest.mark.parametrize("harness", HARNESSES)
def test_other_runs_change_no_number(harness: str) -> None:
    together = opened(ROOT / harness)
    assert len(together.runs) > 1
    datasets = together.shown.scores["dataset"].unique()
    all_rows = pl.concat([together.whole(dataset).rows for dataset in datasets])
    for key, run in together.runs.items():
        alone = opened(*(file for file in run.files if file.parent.name != "model_responses"))
        assert list(alone.runs) == [key]
        scores = together.shown.scores.filter(run=key)
        assert_frame_equal(alone.shown.scores, scores, check_row_order=False)
        own = pl.concat([alone.whole(name).rows for name in scores["dataset"].unique()])
        assert_frame_equal(own, all_rows.filter(run=key), check_row_order=False)


@given(st.lists(st.booleans(), min_size=2, max_size=7), st.data())
@settings(max_examples=15)
def test_answers_of_lm_eval_in_two_files(
    tmp_path_factory: pytest.TempPathFactory, right: list[bool], data: st.DataObject
) -> None:
    """A second file of the same task and time in another folder, as a merged upload has it.

    The others know no such thing: EvalScope, MixEval and Lighteval have one file of a subset, split
    or task, and take a second one for a copy; Twinkle Eval writes all rows of a repeated run into
    one file, and only where rows name their data file can they stand apart (below).
    """
    folder = tmp_path_factory.mktemp("runs")
    file = write_answers(folder, ["x"] * len(right), right=right)
    before = numbers(opened(folder))
    rows = file.read_text().splitlines(keepends=True)
    cut = data.draw(st.integers(1, len(rows) - 1))
    more = folder / "more" / file.name
    more.parent.mkdir()
    file.write_text("".join(rows[:cut]))
    more.write_text("".join(rows[cut:]))
    assert_same(before, numbers(opened(folder)))


@pytest.mark.parametrize("cut", range(1, 4))
def test_answers_of_twinkle_that_name_their_data_file_in_two_files(
    tmp_path: Path, cut: int
) -> None:
    files = ["datasets/d/a.csv", "datasets/d/b.csv"]
    items = [
        item(file, 0.5, individual_runs={"accuracies": [0.5], "results": []}) for file in files
    ]
    write(tmp_path / f"results_{TIMESTAMP}.json", document(items))
    rows = [{**row(number, bool(number)), "file": file} for file in files for number in range(2)]
    lines(tmp_path, rows)
    before = numbers(opened(tmp_path))
    lines(tmp_path, rows[:cut])
    lines(tmp_path / "more", rows[cut:])
    assert_same(before, numbers(opened(tmp_path)))


# --- damage ---------------------------------------------------------------------------------------


def an_answer_file(harness: str) -> Path:
    """The first file of answers of a run."""
    run = next(iter(opened(FOLDERS[harness]).runs.values()))
    return run.samples[0].path


def indexed(form: Any, path: Path) -> Index:
    """What a file holds, and what is wrong with it, even where that is all."""
    problems: list[Problem] = []
    frames = []
    try:
        frames = [frame(batch) for batch in form.samples.index(path, problems)]
    except Refusal as refusal:
        if refusal.problem not in problems:
            problems.append(refusal.problem)
    empty = next(iter(frames), pl.DataFrame()).clear()
    return Index(pl.concat([empty, *frames]), tuple(problems))


@cache
def some_lines(harness: str) -> list[bytes]:
    """Lines of answers, some with characters of several bytes."""
    return an_answer_file(harness).read_bytes().splitlines(keepends=True)[:6]


@pytest.mark.parametrize("harness", WITH_LINES)
@given(st.data())
def test_lines_that_break_off_at_any_byte(
    tmp_path_factory: pytest.TempPathFactory, harness: str, data: st.DataObject
) -> None:
    form, rows = FORM[harness], some_lines(harness)
    path = tmp_path_factory.mktemp("cut") / "answers.jsonl"
    path.write_bytes(b"".join(rows))
    all_rows = indexed(form, path).rows
    before = rows[: data.draw(st.integers(0, len(rows) - 1), "lines")]
    last = rows[len(before)]
    cut = data.draw(st.integers(0, len(last)) | st.integers(len(last) - 3, len(last)), "bytes")
    path.write_bytes(b"".join([*before, last[:cut]]))
    is_whole = cut >= len(last) - 1  # all but the end of the line
    place = sum(map(len, before)) + (len(last) if is_whole else 0)
    found = indexed(form, path)
    kept = all_rows.filter(pl.col("place") < place)
    if kept.height:
        assert_frame_equal(found.rows, kept)
    else:
        assert found.rows.is_empty()
    if cut > 0 and not is_whole:
        [problem] = found.problems
        assert problem.place == f"line {len(before) + 1}"
        assert problem.reason == "the JSON breaks off here: the file is incomplete"
    elif kept.height:
        assert found.problems == ()


@pytest.mark.parametrize("harness", WITH_LINES)
@given(st.data())
def test_a_list_that_breaks_off_at_any_byte(
    tmp_path_factory: pytest.TempPathFactory, harness: str, data: st.DataObject
) -> None:
    form, rows = FORM[harness], some_lines(harness)
    path = tmp_path_factory.mktemp("cut") / "answers.json"
    indent = data.draw(st.sampled_from([None, 0, 2]))
    items = [json.loads(row) for row in rows]
    text = json.dumps(items, ensure_ascii=False, indent=indent).encode()
    path.write_bytes(text)
    all_rows = indexed(form, path).rows
    assert all_rows["place"].n_unique() == len(rows)
    cut = data.draw(st.integers(1, len(text) - 1))
    path.write_bytes(text[:cut])
    found = indexed(form, path)
    starts = all_rows["place"].unique().sort().to_list()
    ends = [*(start - 1 for start in starts[1:]), len(text) - 1]  # a comma or more come after
    kept = [start for start, end in zip(starts, ends, strict=True) if end <= cut]
    there = sorted(set(found.rows["place"])) if found.rows.width else []
    assert there[: len(kept)] == kept
    assert len(there) <= len(kept) + 1  # the last one may be whole, with nothing after it
    if there:
        assert_frame_equal(found.rows, all_rows.filter(pl.col("place").is_in(there)))
    [problem] = found.problems
    assert problem.place == f"item {len(there) + 1}"
    assert problem.reason.startswith("the JSON breaks off here")


@pytest.mark.parametrize("harness", WITH_LINES)
def test_what_broke_off_is_told_with_file_and_line(harness: str, tmp_path: Path) -> None:
    copytree(FOLDERS[harness], tmp_path / "runs")
    whole = opened(tmp_path / "runs")
    file = next(iter(whole.runs.values())).samples[0].path
    file.write_bytes(file.read_bytes()[:-20])
    last = len(file.read_bytes().splitlines())
    notes = whole.whole(DATASETS[harness][1]).notes
    reason = f"{file}: line {last}: the JSON breaks off here: the file is incomplete"
    assert reason in notes


def test_a_parquet_file_that_breaks_off_is_refused_by_name(tmp_path: Path) -> None:
    """Its end tells where everything is, so that nothing of it can be read."""
    copytree(FOLDERS["lighteval"], tmp_path / "runs")
    whole = opened(tmp_path / "runs")
    before = whole.whole("pocketquiz").rows
    path = next(iter(whole.runs.values())).samples[0].path
    data = path.read_bytes()
    rest = before.filter(pl.col("file") != str(path))
    for cut in [1, 4, 8, *range(1000, len(data), 1777), len(data) - 8, len(data) - 1]:
        path.write_bytes(data[:cut])
        samples = whole.whole("pocketquiz")
        assert samples.notes == (f"{path}: not a Parquet file, or a damaged one",)
        assert_frame_equal(samples.rows, rest, check_row_order=False)


NAN = float("nan")


def _twinkle(row: dict[str, Any]) -> str:
    row["is_correct"] = NAN
    return "accuracy_mean"


def _lm_eval(row: dict[str, Any]) -> str:
    row["acc"] = NAN
    return "acc"


def _evalscope(row: dict[str, Any]) -> str:
    values = row["sample_score"]["score"]["value"]
    metric = next(iter(values))
    values[metric] = NAN
    return str(metric)


def _mixeval(row: dict[str, Any]) -> str:
    row["judge_score"] = NAN
    return "score"


MAKE_NAN = {"twinkle": _twinkle, "lm_eval": _lm_eval, "evalscope": _evalscope, "mixeval": _mixeval}


@pytest.mark.parametrize("harness", WITH_LINES)
def test_nan_costs_that_value_alone(harness: str, tmp_path: Path) -> None:
    form = FORM[harness]
    files = [one.path for one in next(iter(opened(FOLDERS[harness]).runs.values())).samples]
    file = next(
        path
        for path in files
        if "_mp_" not in path.name and "close" not in path.name and "arena" not in path.name
    )
    rows = [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]
    path = tmp_path / file.name

    def written() -> Index:
        path.write_text("".join(f"{json.dumps(row)}\n" for row in rows))
        return indexed(form, path)

    before = written().rows
    rows[3] = rows[3] | {"nothing_that_is_looked_at": NAN}
    assert_frame_equal(written().rows.drop("place"), before.drop("place"))
    metric = MAKE_NAN[harness](rows[3])
    after = written()
    assert after.problems == ()
    place = after.rows["place"].unique().sort()[3]
    is_it = (after.rows["place"] == place) & (after.rows["metric"] == metric)
    assert is_it.sum() == 1
    scores = before["score"].to_list()
    scores[is_it.arg_true()[0]] = None
    assert after.rows["score"].to_list() == scores
    assert_frame_equal(
        after.rows.drop("place", "score", "status"), before.drop("place", "score", "status")
    )
    changed = after.rows.filter(after.rows["status"] != before["status"])
    told = {"mixeval": ["unparsed"], "evalscope": ["not scored"]}  # no valid verdict, no score
    assert changed["status"].to_list() == told.get(harness, [])


def test_nan_of_lighteval_costs_that_value_alone(tmp_path: Path) -> None:
    file = an_answer_file("lighteval")
    before = indexed(lighteval.FORMAT, file).rows
    frame = pl.read_parquet(file, glob=False)
    metric = pl.col("metric")
    is_third = pl.int_range(pl.len()) == 2
    acc = pl.when(is_third).then(NAN).otherwise(metric.struct.field("acc").cast(pl.Float64))
    path = tmp_path / "details_x|0_1.parquet"
    frame.with_columns(metric.struct.with_fields(acc=acc)).write_parquet(path)
    after = indexed(lighteval.FORMAT, path)
    assert after.problems == ()
    scores = before["score"].to_list()
    scores[
        before.select(pl.arg_where((pl.col("place") == 2) & (pl.col("metric") == "acc"))).item()
    ] = None
    assert after.rows["score"].to_list() == scores
    assert_frame_equal(after.rows.drop("score"), before.drop("score"))


def test_nan_leaves_the_mean_of_the_others(tmp_path: Path) -> None:
    file = write_answers(tmp_path, list("vwxyz"), right=[True, False, True, True, False])
    file.write_text(file.read_text().replace('"exact_match": 0.0', '"exact_match": NaN', 1))
    whole = opened(tmp_path)
    samples = whole.whole("riddles")
    assert samples.notes == ()
    assert whole.shown.names(samples.rows["run"]) == [f"mock @ {STAMP}"]
    assert samples.rows["score"].to_list() == [1.0, None, 1.0, 1.0, 0.0]
    assert samples.rows["score"].mean() == 0.75
