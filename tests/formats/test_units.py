"""Units that only several numbers, or several runs, tell together."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tui_eval.loading.collection import Collection, load

Rows = dict[str, dict[str, Any]]


def write_fork(folder: Path, name: str, rows: Rows) -> None:
    """Results as forks of lm-eval 0.3 write them: no filters, no times."""
    content = {
        "results": rows,
        "versions": dict.fromkeys(rows, 1.0),
        "config": {"model": "hf-causal", "model_args": f"pretrained=lab/{name}"},
    }
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"{name}.json").write_text(json.dumps(content))


def load_forks(folder: Path, **runs: Rows) -> Collection:
    for name, rows in runs.items():
        write_fork(folder, name, rows)
    return load([folder])


def units(collection: Collection, metric: str) -> dict[str, str | None]:
    tables = collection.tables()
    scores = tables.scores.filter(metric=metric)
    names = (tables.labels[run] for run in scores["run"])
    labels = [name.partition(" @")[0].removeprefix("lab/") for name in names]
    return dict(zip(labels, scores["unit"], strict=True))


def notes(collection: Collection, name: str) -> str:
    runs = collection.tables().runs
    (found,) = [
        list(told) for model, told in runs.select("model", "notes").iter_rows() if name in model
    ]
    return "\n".join(found)


TASK = "herons_ja-1.0-0.3"


def rouge(*values: Any) -> dict[str, Rows]:
    return {f"gull-{place}b": {TASK: {"rouge2": value}} for place, value in enumerate(values)}


def test_a_weak_run_is_on_the_scale_of_all_others(tmp_path: Path) -> None:
    collection = load_forks(tmp_path, **rouge(0.366, 1.05, 7.5, 18.1))
    assert set(units(collection, "rouge2").values()) == {"percent"}
    why = f"{TASK}: rouge2 read as 0–100, as other runs of this task have it"
    assert why in notes(collection, "gull-0b")
    assert why not in notes(collection, "gull-1b")
    doctor = collection.file_table()
    (told,) = doctor.filter(doctor["path"].str.contains("gull-0b"))["notes"]
    assert why in told


def test_other_versions_of_a_task_show_its_scale(tmp_path: Path) -> None:
    one = {"herons_ja-1.1-0.2": {"rouge2": 0.4}}
    collection = load_forks(tmp_path, **rouge(1.5, 30.0), weak=one)
    assert units(collection, "rouge2")["weak"] == "percent"


def test_metrics_of_one_function_show_their_scale(tmp_path: Path) -> None:
    rows = {TASK: {"rouge1": 12.5, "rouge2": 0.366}, "terns": {"exact_match": 0.5, "f1": 40.0}}
    collection = load_forks(tmp_path, gull=rows)
    for metric in ("rouge1", "rouge2", "exact_match", "f1"):
        assert units(collection, metric) == {"gull": "percent"}
    assert f"{TASK}: rouge2 read as 0–100, as the rest of this task is" in notes(collection, "gull")


def test_other_tasks_and_metrics_show_nothing(tmp_path: Path) -> None:
    rows = {"terns": {"f1": 40.0, "acc": 0.5, "macro_f1": 0.4}, "plovers": {"f1": 0.4}}
    collection = load_forks(tmp_path, gull=rows)
    for metric in ("acc", "macro_f1"):
        assert units(collection, metric) == {"gull": "fraction"}
    scores = collection.tables().scores.filter(dataset="plovers")
    assert scores["unit"].to_list() == ["fraction"]


def test_a_number_among_the_others_on_both_scales_is_not_guessed(tmp_path: Path) -> None:
    collection = load_forks(tmp_path, **rouge(0.7, 62.0, 75.0))
    assert units(collection, "rouge2")["gull-0b"] is None
    assert "rouge2 of 0.7 may be on 0–1 or on 0–100" in notes(collection, "gull-0b")


@pytest.mark.parametrize("value", [0.19, 0.21])
def test_no_small_step_of_a_number_changes_its_scale(value: float, tmp_path: Path) -> None:
    others = {f"tern-{place}": {"terns": {"exact_match": 20.0 * place + 2}} for place in range(5)}
    runs = {"gull": {"terns": {"exact_match": value}}, **others}
    collection = load_forks(tmp_path, **runs)
    assert units(collection, "exact_match")["gull"] is None
    assert "it is compared with none" in notes(collection, "gull")


def test_metrics_of_one_function_are_undecided_together(tmp_path: Path) -> None:
    runs = {"gull": {"terns": {"em": 0.8, "f1": 12.0}}, "tern": {"terns": {"em": 0.8, "f1": 0.9}}}
    collection = load_forks(tmp_path, **runs)
    for metric in ("em", "f1"):
        assert units(collection, metric) == {"gull": "percent", "tern": None}
        assert f"terns: {metric} of " in notes(collection, "tern")
    assert "may be on 0–1 or on 0–100" in notes(collection, "tern")


def test_a_metric_without_others_follows_one_that_has_them(tmp_path: Path) -> None:
    one = {TASK: {"rouge1": 0.4, "rouge2": 0.3}}
    others = {f"tern-{place}": {TASK: {"rouge1": 1.5 + place}} for place in range(2)}
    collection = load_forks(tmp_path, gull=one, **others)
    assert units(collection, "rouge2") == {"gull": "percent"}
    told = notes(collection, "gull")
    assert f"{TASK}: rouge2 read as 0–100, as the rest of this task is" in told


def test_what_other_runs_show_replaces_what_the_file_alone_says(tmp_path: Path) -> None:
    collection = load_forks(tmp_path, **rouge(0.366, 1.05, 7.5, 18.1))
    doctor = collection.file_table()
    (told,) = doctor.filter(doctor["path"].str.contains("gull-0b"))["notes"]
    for words in (told, notes(collection, "gull-0b")):
        assert "read as 0–100, as other runs" in words
        assert "read as 0–1, unless" not in words


def test_one_run_on_0_to_100_does_not_turn_the_others(tmp_path: Path) -> None:
    collection = load_forks(tmp_path, **rouge(0.4, 0.6, 0.9, 45.0))
    assert list(units(collection, "rouge2").values()) == ["fraction"] * 3 + ["percent"]


def test_what_cannot_be_told_is_said_and_not_compared(tmp_path: Path) -> None:
    collection = load_forks(tmp_path, **rouge(0.15, 1.05, 18.1))
    assert units(collection, "rouge2")["gull-0b"] is None
    told = notes(collection, "gull-0b")
    assert "rouge2 of 0.15 may be on 0–1 or on 0–100" in told
    assert "1.05 to 18.1 on 0–100" in told


def test_the_rest_of_a_file_tells_what_one_number_cannot(tmp_path: Path) -> None:
    runs = rouge(0.15, 1.05, 18.1)
    runs["gull-0b"]["terns-1.1-0.3"] = {"exact_match": 12.5, "f1": 20.0}
    collection = load_forks(tmp_path, **runs)
    assert units(collection, "rouge2")["gull-0b"] == "percent"


def test_a_fork_alone_is_read_as_usual_and_said(tmp_path: Path) -> None:
    collection = load_forks(tmp_path, **rouge(0.366))
    assert units(collection, "rouge2") == {"gull-0b": "fraction"}
    assert "does not tell whether it is on 0–1 or on 0–100" in notes(collection, "gull-0b")


@pytest.mark.parametrize("value", [None, float("nan"), 0.0])
@pytest.mark.parametrize(("other", "unit"), [(18.1, "percent"), (0.5, "fraction")])
def test_a_missing_number_has_the_unit_of_the_others(
    value: float | None, other: float, unit: str, tmp_path: Path
) -> None:
    runs = rouge(value, other)
    runs["gull-0b"]["terns"] = {"acc": 0.5}
    assert set(units(load_forks(tmp_path, **runs), "rouge2").values()) == {unit}


@pytest.mark.parametrize("value", [None, 0.5, -0.5])
def test_a_metric_without_a_scale_has_none_in_any_run(value: float | None, tmp_path: Path) -> None:
    one = {"terns": {"wingspan": value, "acc": 0.5}}
    other = {"terns": {"wingspan": 1.5, "acc": 0.5}}
    collection = load_forks(tmp_path, gull=one, tern=other)
    assert set(units(collection, "wingspan").values()) == {"number"}
    assert set(units(collection, "acc").values()) == {"fraction"}


def test_a_share_that_is_none_turns_no_other_run(tmp_path: Path) -> None:
    runs = {"gull": {"terns": {"acc": 0.5}}, "tern": {"terns": {"acc": 150.0}}}
    assert units(load_forks(tmp_path, **runs), "acc") == {"gull": "fraction", "tern": "number"}


def test_units_follow_when_runs_come_and_go(tmp_path: Path) -> None:
    collection = load_forks(tmp_path, **rouge(0.366))
    assert units(collection, "rouge2") == {"gull-0b": "fraction"}
    write_fork(tmp_path, "tern", {TASK: {"rouge2": 3.5}})
    collection.look_again([tmp_path])
    assert units(collection, "rouge2") == {"gull-0b": "percent", "tern": "percent"}
    (tmp_path / "tern.json").unlink()
    collection.look_again([tmp_path])
    assert units(collection, "rouge2") == {"gull-0b": "fraction"}
