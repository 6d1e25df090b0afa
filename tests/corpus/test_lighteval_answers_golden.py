"""Every score of a single answer that Lighteval wrote into the recorded details."""

from __future__ import annotations

import csv
import os
import re
from functools import cache
from pathlib import Path

import polars as pl
import pytest

from tests.build.indexes import index_of, samples_of
from tui_eval.formats.harnesses import lighteval
from tui_eval.formats.lighteval import texts as lighteval_texts
from tui_eval.loading.collection import load
from tui_eval.records import Run

LIGHTEVAL = Path(os.environ["TUI_EVAL_CORPUS"]) / "lighteval"
FILES = sorted(path.relative_to(LIGHTEVAL) for path in LIGHTEVAL.rglob("*.parquet"))

Key = tuple[str, str, str, str, int, str]


@cache
def runs() -> tuple[Run, ...]:
    return tuple(load([LIGHTEVAL]).runs)


NAMES = [f"{run.model} {run.timestamp}" for run in runs()]


@cache
def rows_of(number: int) -> pl.DataFrame:
    return samples_of(lighteval.SAMPLES, runs()[number])


@cache
def golden() -> dict[Key, tuple[str, float]]:
    """By version, model, time, task, row and metric: the id of the question, and the score."""
    with (LIGHTEVAL / "golden" / "details_long.csv").open(encoding="utf-8") as file:
        return {
            (
                *(row["version"], row["model"], row["timestamp"], row["task"]),
                *(int(row["row"]), row["metric"]),
            ): (row["doc_id"], float(row["score"]))
            for row in csv.DictReader(file)
        }


def test_all_files_are_here() -> None:
    assert len(FILES) == 67
    assert len(golden()) == 14344


def test_every_score_of_every_answer() -> None:
    found: dict[Key, tuple[str, float]] = {}
    for path in FILES:
        if path.parts[0] == "hub_layout":
            continue
        version, _, *model, time, name = path.parts
        task = name.removeprefix("details_").removesuffix(f"_{time}.parquet")
        index = index_of(lighteval.SAMPLES, LIGHTEVAL / path)
        assert not index.problems
        for row in index.rows.iter_rows(named=True):
            number = row["id"] if version == "v0.13.0" else ""
            if row["score"] is not None:
                key = (version, "/".join(model), time, task, row["place"], row["metric"])
                assert key not in found
                found[key] = number, row["score"]
    assert found == golden()


@pytest.mark.parametrize("number", range(len(NAMES)), ids=NAMES)
def test_means_are_the_reported_scores(number: int) -> None:
    run = runs()[number]
    means = {
        (dataset, category, metric): mean
        for dataset, category, metric, mean in rows_of(number)
        .group_by("dataset", "category", "metric")
        .agg(pl.col("score").mean())
        .iter_rows()
    }
    reported = {
        (score.dataset, score.category, score.metric): score.value
        for score in run.scores
        if score.category is not None
    }
    assert means.keys() == reported.keys()
    for key, value in reported.items():
        assert means[key] == (None if key[2] == "bleu" else pytest.approx(value, abs=1e-12))


def test_a_question_has_one_name_in_all_versions_and_models() -> None:
    names: dict[tuple[str, str], list[list[str]]] = {}
    for number, run in enumerate(runs()):
        whole = not any("max_samples" in note for note in run.notes)
        for (dataset, category, _), part in rows_of(number).group_by(
            "dataset", "category", "metric", maintain_order=True
        ):
            if whole:
                names.setdefault((str(dataset), str(category)), []).append(part["sample"].to_list())
    assert len(names) == 9
    for lists in names.values():
        assert len(lists) > 2
        assert len(set(lists[0])) == len(lists[0])
        assert all(one == lists[0] for one in lists)


def test_every_row_can_be_looked_at() -> None:
    for number in range(len(runs())):
        rows = rows_of(number).unique("file").sort("file")
        for path, place, length in rows.select("file", "place", "length").iter_rows():
            answer = lighteval_texts.answer(Path(path), place, 0)
            assert answer.prompt
            assert answer.target
            assert (answer.response is None) == bool(answer.choices) == (length is None)
            texts = re.split(r"(?:^|\n\n)\[[1-4] of 4\]\n", answer.response or "")
            parts = texts[1:] or texts
            assert length is None or int(sum(map(len, parts)) / len(parts) + 0.5) == length


def test_what_was_chosen_is_what_was_scored() -> None:
    path = next(path for path in FILES if path.name.startswith("details_community|boolq"))
    rows = index_of(lighteval.SAMPLES, LIGHTEVAL / path).rows.filter(pl.col("metric") == "acc")
    for place, score in rows.select("place", "score").iter_rows():
        choices = lighteval_texts.answer(LIGHTEVAL / path, place, 0).choices
        assert any(choice.is_chosen and choice.is_target for choice in choices) == bool(score)
