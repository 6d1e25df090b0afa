"""Parts of runs that are alone: answers without a report, and results whose answers are elsewhere.

All of them open, in every command and in the app, and no command says what another one denies.
"""

from __future__ import annotations

import csv
import io
import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from tests.tui.conftest import open_app
from tui_eval.cli.main import main
from tui_eval.loading.cache import Cache
from tui_eval.loading.collection import Collection, load
from tui_eval.loading.passes import recompute
from tui_eval.tui.screens.samples import SamplesScreen

ROOT = Path(__file__).parents[2] / "samples"
DATA = Path(__file__).parents[1] / "data"
LM_EVAL = ROOT / "lm_eval" / "mock__pine-7b"
TIME = "2026-11-21T05-54-11.556978"
LIGHTEVAL = ROOT / "lighteval"
EVALSCOPE = ROOT / "evalscope" / "20261121_000412"
TWINKLE = ROOT / "twinkle" / "mock-3b-base" / "results"
MIXEVAL = DATA / "mixeval/model_responses/our_lynx_1b/mixeval_hard/2031-01-01"


def read(*paths: Path) -> Collection:
    """What the commands read."""
    collection = load(paths)
    for _ in recompute(collection, Cache(None)):
        pass
    return collection


def rows_of(path: Path) -> list[Any]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


# --- parts, each in a folder of its own ----------------------------------------------------------


def only_reviews(folder: Path) -> None:
    shutil.copytree(EVALSCOPE / "reviews", folder / "run" / "reviews")


def one_review_file(folder: Path) -> None:
    shutil.copy(next((EVALSCOPE / "reviews").rglob("general_qa_example.jsonl")), folder)


def only_predictions(folder: Path) -> None:
    source = DATA / "evalscope" / "v1.7" / "20251212_131415"
    shutil.copytree(source / "predictions", folder / "run" / "predictions")


def only_answers_of_twinkle(folder: Path) -> None:
    for file in TWINKLE.glob("eval_results_*"):
        shutil.copy(file, folder)


def rows_of_whole_files(folder: Path) -> None:
    """As Twinkle Eval wrote them up to 1.1.1: a line a data file."""
    details = [
        {"question_id": n, "question": f"{n}?", "correct_answer": "A", "llm_output": "A"}
        | {"predicted_answer": "A", "is_correct": n % 2 == 0}
        for n in range(4)
    ]
    lines = [
        {"timestamp": "20250301_1200_run0", "file": f"datasets/tea/{name}.csv", "accuracy": 0.5}
        | {"details": details}
        for name in ("green", "black")
    ]
    text = "".join(json.dumps(line) + "\n" for line in lines)
    (folder / "eval_results_20250301_1200_run0.jsonl").write_text(text)


def one_file_of_mixeval(folder: Path) -> None:
    shutil.copy(MIXEVAL / "our_lynx_1b_close_freeform_hard.jsonl", folder)


def only_samples(folder: Path) -> None:
    home = folder / "mock__pine-7b"
    home.mkdir()
    for file in LM_EVAL.glob("samples_*"):
        shutil.copy(file, home)


def lines_named_json(folder: Path) -> None:
    """As details of the Open LLM Leaderboard v2."""
    only_samples(folder)
    for file in (folder / "mock__pine-7b").iterdir():
        file.rename(file.with_suffix(".json"))


def arrays(folder: Path) -> None:
    """As of May 2024."""
    lines_named_json(folder)
    for file in (folder / "mock__pine-7b").iterdir():
        file.write_text(json.dumps(rows_of(file), indent=4), encoding="utf-8")


def predicted_only(folder: Path) -> None:
    home = folder / "mock__pine-7b"
    shutil.copytree(LM_EVAL, home)
    results = home / f"results_{TIME}.json"
    content = json.loads(results.read_text())
    tasks = [
        name for name in content["results"] if (home / f"samples_{name}_{TIME}.jsonl").exists()
    ]
    content |= {"results": {name: {"bypass,none": 999} for name in tasks}, "groups": {}}
    results.write_text(json.dumps(content))
    for file in home.glob("samples_*"):
        rows = [{**row, "metrics": ["bypass"], "bypass": None} for row in rows_of(file)]
        for row in rows:
            row.pop("exact_match", None)
            row.pop("acc", None)
        file.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")


def only_details(folder: Path) -> None:
    shutil.copytree(LIGHTEVAL / "details" / "mock" / "pine-7b", folder / "details/mock/pine-7b")


SCORED = [
    *(only_reviews, one_review_file, only_answers_of_twinkle, rows_of_whole_files, only_samples),
    *(lines_named_json, arrays, only_details),
]
UNSCORED = [only_predictions, one_file_of_mixeval, predicted_only]
PARTS = [*SCORED, *UNSCORED]

each_part = pytest.mark.parametrize("part", PARTS, ids=lambda part: part.__name__)


@each_part
def test_a_part_alone_opens_in_every_command(
    part: Callable[[Path], None], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    def ask(command: str, *words: str) -> str:
        assert main([command, str(tmp_path), *words]) == 0, capsys.readouterr().err
        out, err = capsys.readouterr()
        assert "no results found" not in err
        return out

    part(tmp_path)
    assert ",refused," not in ask("doctor", "--format", "csv")
    runs = list(csv.DictReader(io.StringIO(ask("runs", "--format", "csv"))))
    assert {row["state"] for row in runs} == {"no report"}
    scores = list(csv.DictReader(io.StringIO(ask("scores", "--long", "--format", "csv"))))
    values = {row["value"] for row in scores} - {""}
    assert bool(values) == (part in SCORED)
    assert {row["origin"] for row in scores} == {"recomputed"}
    for run in runs:
        for dataset in {row["dataset"] for row in scores if row["run"] == run["run"]}:
            chosen = ("--dataset", dataset, "--run", run["run"], "--format", "csv")
            assert len(ask("samples", *chosen).splitlines()) > 1
            assert ask("scores", "--dataset", dataset)
    for row in scores:
        assert ask("samples", "--dataset", row["dataset"], "--no-cache", "--format", "jsonl")
        break


@pytest.mark.parametrize("part", [only_samples, one_file_of_mixeval, predicted_only])
async def test_a_part_alone_opens_in_the_app(part: Callable[[Path], None], tmp_path: Path) -> None:
    part(tmp_path)
    async with open_app([tmp_path]) as driven:
        assert driven.view.dataset is not None
        await driven.press("1", "2", "3", "4")
        assert isinstance(driven.screen, SamplesScreen)
        assert driven.session.samples is not None
        assert driven.session.samples.rows.height > 0
        assert driven.frame.height > 0


@pytest.mark.parametrize(
    ("whole", "answers", "tolerance"),
    [
        (LM_EVAL, list(LM_EVAL.glob("samples_*")), 1e-9),
        (LIGHTEVAL / "results" / "mock" / "pine-7b", [LIGHTEVAL / "details/mock/pine-7b"], 1e-9),
        (EVALSCOPE, [EVALSCOPE / "reviews"], 1e-4),  # which rounds to four decimals
    ],
)
def test_recomputed_scores_are_the_reported_ones(
    whole: Path, answers: list[Path], tolerance: float
) -> None:
    found = read(*answers).tables().scores
    is_task = pl.col("category").is_not_null() & pl.col("value").is_not_null()
    pairs = (
        load([whole])
        .tables()
        .scores.filter(is_task)
        .join(found.filter(is_task), on=["category", "metric", "filter"], nulls_equal=True)
    )
    assert pairs.height > 1
    assert ((pairs["value"] - pairs["value_right"]).abs() <= tolerance).all()
    counted = pairs.drop_nulls("n")
    for name in ("n", "unit", "higher_is_better"):
        assert counted[name].to_list() == counted[f"{name}_right"].to_list()


def test_the_report_replaces_what_was_recomputed(tmp_path: Path) -> None:
    only_samples(tmp_path)
    collection = read(tmp_path)
    assert collection.tables().runs["state"].to_list() == ["no report"]
    shutil.copy(LM_EVAL / f"results_{TIME}.json", tmp_path / "mock__pine-7b")
    assert collection.look_again([tmp_path]) is not None
    assert collection.tables().runs["state"].to_list() == ["complete"]
    assert collection.tables().scores["origin"].unique().to_list() == ["reported"]


def test_scores_are_recomputed_again_when_answers_come(tmp_path: Path) -> None:
    only_samples(tmp_path)
    collection = read(tmp_path)
    count = collection.tables().scores["n"].sum()
    file = next((tmp_path / "mock__pine-7b").iterdir())
    rows = rows_of(file)
    added = {**rows[-1], "doc_id": 10**6, "doc_hash": "f" * 64}
    with file.open("a", encoding="utf-8") as end:
        end.write(json.dumps(added) + "\n")
    assert collection.look_again([tmp_path]) is not None
    for _ in recompute(collection, Cache(None)):
        pass
    assert collection.tables().scores["n"].sum() > count
    assert collection.look_again([tmp_path]) is None


def test_reviews_whose_report_is_elsewhere_give_their_own_scores() -> None:
    run = read(EVALSCOPE / "reviews").tables()
    assert run.runs["state"].to_list() == ["no report"]
    assert not any("crashed" in note for note in run.runs["notes"][0])
    assert run.scores["value"].count() > 0
    assert run.scores["origin"].unique().to_list() == ["recomputed"]


# --- results whose answers are elsewhere ---------------------------------------------------------


@pytest.mark.parametrize(
    ("path", "count"),
    [
        (LM_EVAL / f"results_{TIME}.json", 4),
        (next(TWINKLE.glob("results_*.json")), 3),
        (next((LIGHTEVAL / "results" / "mock" / "pine-7b").iterdir()), 4),
        (next((EVALSCOPE / "reports").rglob("general_qa.json")), None),
        (MIXEVAL / "score.json", 4),
    ],
)
def test_a_file_of_results_brings_its_answers_along(path: Path, count: int | None) -> None:
    collection = read(path)
    (run,) = collection.runs
    assert run.samples
    assert count in (None, len(run.samples))
    assert run.state != "no report"
    assert collection.look_again([path]) is None


@pytest.mark.parametrize(
    ("folder", "count"),
    [(EVALSCOPE / "reports", 3), (LIGHTEVAL / "results" / "mock", None)],
)
def test_a_folder_of_results_brings_their_answers_along(folder: Path, count: int | None) -> None:
    collection = read(folder)
    for run in collection.runs:
        assert run.samples
        assert count in (None, len(run.samples))
    assert len(collection.files) == len({file.path for file in collection.files})
    assert collection.look_again([folder]) is None


def test_filters_that_nothing_names_are_not_averaged(tmp_path: Path) -> None:
    """An array of 0.4.2 alone: a question is there once for each filter."""
    rows = [
        {
            "doc_id": number,
            "doc": {"q": number},
            "target": "7",
            "arguments": [[f"{number}?", {}]],
            "resps": [["7"]],
            "filtered_resps": ["7"],
            "exact_match": score,
        }
        for score in (0.0, 1.0)
        for number in range(3)
    ]
    (tmp_path / "gulls.jsonl").write_text(json.dumps(rows))
    (run,) = read(tmp_path).runs
    found = [(one.filter, one.n, one.value) for one in run.scores]
    assert found == [("filter 1", 3, 0.0), ("filter 2", 3, 1.0)]
    assert any(note.startswith("names of filters are not recorded") for note in run.notes)


@pytest.mark.parametrize(
    ("hashes", "why"),
    [
        ({}, "the harness was not told to save them"),
        ({"t": "0" * 64}, "they were saved, but their files are not among those that were read"),
        (None, "their files are not among those that were read"),
    ],
)
def test_why_there_are_no_answers_is_said_only_where_it_is_true(
    hashes: dict[str, str] | None,
    why: str,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    content = {
        "results": {"t": {"acc,none": 0.5}},
        "versions": {},
        "n-samples": {},
        "config": {"model": "hf", "model_args": {"pretrained": "m"}},
        **({} if hashes is None else {"task_hashes": hashes}),
    }
    (tmp_path / "results_2026-01-01T00-00-00.json").write_text(json.dumps(content))
    assert main(["samples", str(tmp_path)]) == 2
    assert capsys.readouterr().err == f"tui-eval: no answers of these runs: {why}\n"


def test_the_datasets_that_are_offered_can_be_chosen(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    only_samples(tmp_path)
    shutil.copytree(TWINKLE, tmp_path / "twinkle")
    words = ["samples", str(tmp_path), "--run", "mock__pine-7b"]
    assert main(words) == 2
    offered = capsys.readouterr().err.split("--dataset: ")[1].strip().split(", ")
    assert len(offered) > 1
    for dataset in offered:
        assert main([*words, "--dataset", dataset]) == 0
        capsys.readouterr()
