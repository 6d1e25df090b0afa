"""Answers scored again against numbers that lm-evaluation-harness 0.4.13 computed itself."""

from __future__ import annotations

import ast
import json
import os
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import Any

import msgspec
import pytest

from tui_eval.records import Filter, Rating, Recorded, ScoredBy
from tui_eval.rescoring.aggregates import Aggregate, aggregate
from tui_eval.rescoring.filters import UNFILTERED, extracted, filter_of
from tui_eval.rescoring.limits import ScoredRow, scored_rows
from tui_eval.rescoring.matching import exact_match

LM_EVAL = Path(os.environ["TUI_EVAL_CORPUS"]) / "lmeval"

Row = dict[str, Any]
Entry = dict[str, Any]


def golden(name: str) -> list[Entry]:
    """Entries of a file of golden numbers, those whose samples are in the corpus."""
    entries: list[Entry] = json.loads((LM_EVAL / "golden" / f"{name}.json").read_text("utf-8"))
    return [e for e in entries if "samples_file" not in e or (LM_EVAL / e["samples_file"]).exists()]


@cache
def rows(file: str) -> list[Row]:
    lines = (LM_EVAL / file).read_bytes().splitlines()
    kept = [msgspec.json.decode(line) for line in lines]
    for row in kept:
        row["options"] = [one.get("arg_1") for one in row.pop("arguments").values()]
        del row["doc"]
    return kept


@cache
def configured(file: str) -> Row:
    """The configuration of the task of a file of samples; three tasks have only their samples."""
    task = Path(file).name.removeprefix("samples_").rpartition("_")[0]
    for found in sorted((LM_EVAL / file).parent.glob("results_*.json")):
        config: Row = json.loads(found.read_text("utf-8"))["configs"].get(task)
        if config:
            return config
    return {"output_type": "multiple_choice"}


def number(pair: list[Any]) -> Rating:
    return Rating(float(pair[0]), pair[1] == "True")


def recorded(place: int, row: Row, kind: str) -> Recorded:
    """An answer, as far as these files need it."""
    if kind == "generate_until":
        target = row["target"]
        wanted = tuple(ast.literal_eval(target)) if target.startswith("['") else target
        return Recorded(place, 0, tuple(row["resps"][0]), wanted)
    if kind == "loglikelihood_rolling":
        rating = Rating(float(row["resps"][0][0]))
        return Recorded(place, 0, (), row["target"], ratings=(rating,))
    ratings = tuple(number(one[0]) for one in row["resps"])
    if kind == "loglikelihood":
        return Recorded(place, 0, (), row["target"], ratings=ratings)
    options = tuple(one.removeprefix(" ") for one in row["options"])
    if len(options) > 4:  # the second half is rated without the question
        half = len(options) // 2
        alone = tuple(one.value for one in ratings[half:])
        shown, rated = options[:half], ratings[:half]
        return Recorded(place, 0, (), int(row["target"]), shown, rated, alone)
    return Recorded(place, 0, (), int(row["target"]), options, ratings)


@cache
def answers(file: str) -> dict[int, Recorded]:
    """One answer for each question, in the order of the file."""
    kind = configured(file)["output_type"]
    found: dict[int, Recorded] = {}
    for row in rows(file):
        if row["doc_id"] not in found:
            found[row["doc_id"]] = recorded(row["doc_id"], row, kind)
    return found


def scored_by(file: str, metric: str) -> ScoredBy:
    listed = configured(file).get("metric_list", ({"metric": metric},))
    [told] = [one for one in listed if one["metric"] == metric]
    return ScoredBy(metric, {name: value for name, value in told.items() if name != "metric"})


def filters_of(file: str) -> dict[str, Filter]:
    known = {one["name"]: filter_of(one) for one in configured(file).get("filter_list") or ()}
    return known or {"none": UNFILTERED}


SCORED_AGAIN = [
    entry
    for name in ("gsm8k_rescore", "self_consistency_and_mc", "other_tasks")
    for entry in golden(name)
    if entry["task"] != "ifeval" and "metric" in entry
]
DEFINED = {
    (entry["samples_file"], entry["filter"]): filter_of(entry["filter_def"], entry["filter"])
    for entry in SCORED_AGAIN
    if "filter_def" in entry
}


@cache
def again(file: str, wanted: str, metric: str) -> dict[int, ScoredRow]:
    """All rows of a file, with a filter of its task, a new one, or a vote among the first k."""
    how = scored_by(file, metric)
    made = DEFINED.get((file, wanted)) or filters_of(file).get(wanted)
    if made is None:
        made, how = filters_of(file)["score-first"], how._replace(metric=wanted)
    return {row.place: row for row in scored_rows(made, how, answers(file).values())}


def same(found: Aggregate, entry: Entry) -> None:
    stderr = None if entry["stderr"] == "N/A" else entry["stderr"]
    assert found.n == entry["n"]
    assert found.value == pytest.approx(entry["value"], rel=1e-9, abs=1e-15)
    assert found.stderr == pytest.approx(stderr, rel=1e-9, abs=1e-15)


def run_of(entry: Entry) -> tuple[str, str]:
    """Model and time."""
    file = Path(entry["samples_file"])
    return file.parent.name, file.stem.rpartition("_")[2]


STORED = golden("stored_metric_subsets")
ITERATIONS = {run_of(entry): entry["bootstrap_iters"] for entry in STORED}


def put_together(entry: Entry, values: list[Any]) -> Aggregate:
    told = scored_by(entry["samples_file"], entry["metric"]).options.get("aggregation", "")
    return aggregate(entry["metric"], values, ITERATIONS.get(run_of(entry), 100_000), told)


def title(entry: Entry) -> str:
    file = Path(entry["samples_file"])
    words = ("task", "subset", "filter", "metric")
    return " ".join((file.parent.name, *(str(entry[word]) for word in words)))


def test_filters_give_what_the_classes_of_the_harness_give() -> None:
    table = golden("filter_truth_table")
    assert len(table) > 50
    for entry in table:
        given = entry["input"] if isinstance(entry["input"], list) else [entry["input"]]
        options = tuple(entry.get("doc", {}).get("choices", ()))
        wanted = entry["output"] if isinstance(entry["output"], list) else [entry["output"]]
        made = filter_of([{"function": entry["filter"], **entry["kwargs"]}])
        assert extracted(made, Recorded(0, 0, tuple(given), options=options)) == wanted, entry


def test_exact_match_gives_what_that_of_the_harness_gives() -> None:
    table = golden("exact_match_truth_table")
    assert len(table) > 40
    for entry in table:
        match = exact_match(entry["options"])
        assert match([entry["prediction"]], (entry["reference"],)) == entry["exact_match"], entry


@pytest.mark.parametrize("entry", SCORED_AGAIN, ids=title)
def test_scored_again(entry: Entry) -> None:
    found = again(entry["samples_file"], entry["filter"], entry["metric"])
    wanted = found if entry["doc_ids"] is None else entry["doc_ids"]
    values = [found[place].value for place in wanted]
    score = put_together(entry, values)
    same(score, entry)
    if entry["task"].startswith("gsm8k"):
        assert (score.value, score.stderr) == (entry["value"], entry["stderr"])


@pytest.mark.parametrize(
    "entry",
    [entry for entry in golden("gsm8k_rescore") if "invalid_counts" in entry],
    ids=lambda entry: Path(entry["samples_file"]).parent.name,
)
def test_answers_in_which_a_filter_finds_nothing(entry: Entry) -> None:
    found = {
        wanted: [row.status for row in again(entry["samples_file"], wanted, "exact_match").values()]
        for wanted in entry["invalid_counts"]
    }
    assert {w: many.count("unparsed") for w, many in found.items()} == entry["invalid_counts"]


SUBSETS: dict[str, Callable[[int], bool]] = {
    "all": lambda _: True,
    "doc_id%3==0": lambda number: number % 3 == 0,
    "10<=doc_id<60": lambda number: 10 <= number < 60,
}


def stored(entry: Entry) -> Iterator[Any]:
    is_in = SUBSETS[entry["subset"]]
    for row in rows(entry["samples_file"]):
        if row["filter"] == entry["filter"] and is_in(row["doc_id"]):
            yield row[entry["metric"]]


@pytest.mark.parametrize("entry", STORED, ids=title)
def test_values_of_the_harness_put_together_again(entry: Entry) -> None:
    same(put_together(entry, list(stored(entry))), entry)
