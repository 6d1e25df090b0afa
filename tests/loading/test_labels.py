from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tui_eval.files.paths import path_text
from tui_eval.loading.labels import run_labels
from tui_eval.records import Run


def run(path: str, model: str | None = "m", timestamp: str | None = "t", **more: object) -> Run:
    return replace(Run(model, timestamp, "twinkle", Path(path)), **more)  # type: ignore[arg-type]


def test_a_label_is_model_and_time() -> None:
    runs = [run("a/r.json", "m", "t1"), run("b/r.json", "m", "t2"), run("c/r.json", "n", "t1")]
    assert run_labels(runs) == ["m @ t1", "m @ t2", "n @ t1"]


def test_a_model_or_time_that_is_not_known_is_said() -> None:
    assert run_labels([run("a.json", None, None)]) == ["<unknown> @ <no timestamp>"]


@pytest.mark.parametrize(
    ("runs", "additions"),
    [
        ([run("low/r.json", variant="low"), run("high/r.json", variant="high")], ["low", "high"]),
        ([run("x/low/r.json"), run("x/high/r.json")], ["low", "high"]),
        ([run("x/a/results/r.json"), run("x/b/results/r.json")], ["a", "b"]),
        ([run("x/a/1/r.json"), run("x/b/2/r.json")], ["a/1", "b/2"]),
        ([run("x/one.json"), run("x/two.json")], ["one", "two"]),
        ([run("x/r.jsonl", document=1), run("x/r.jsonl", document=2)], ["#1", "#2"]),
        ([run("x/r.json"), run("x/r.jsonl")], ["x/r.json", "x/r.jsonl"]),
    ],
)
def test_only_what_tells_runs_apart_is_added(runs: list[Run], additions: list[str]) -> None:
    assert run_labels(runs) == [f"m @ t ({addition})" for addition in additions]


def test_a_run_without_variant_keeps_its_short_label() -> None:
    assert run_labels([run("r.json"), run("low/r.json", variant="low")]) == ["m @ t", "m @ t (low)"]


def test_runs_that_share_nothing_are_left_alone() -> None:
    runs = [run("x/one.json"), run("x/two.json"), run("y/three.json", "other")]
    assert run_labels(runs)[2] == "other @ t"


def test_several_steps_are_taken_where_one_is_not_enough() -> None:
    runs = [
        run("x/a/r.jsonl", document=1),
        run("x/a/r.jsonl", document=2),
        run("x/b/r.jsonl", document=1),
    ]
    assert run_labels(runs) == ["m @ t (a) (#1)", "m @ t (a) (#2)", "m @ t (b)"]


def test_the_same_run_twice_still_has_two_labels() -> None:
    assert run_labels([run("r.json"), run("r.json")]) == ["m @ t", "m @ t (#2)"]


words = st.sampled_from(["a", "b", "a (b)", "t (a)", "#1", "m @ t", "", " (#2)"])
paths = st.lists(st.sampled_from(["a", "b", "a (b)", "x.y"]), min_size=1, max_size=3)
some_runs = st.builds(
    lambda model, time, variant, parts, document: run(
        "/".join(parts), model, time, variant=variant, document=document
    ),
    st.one_of(st.none(), words),
    st.one_of(st.none(), words),
    st.one_of(st.none(), words),
    paths,
    st.integers(1, 2),
)


@given(st.lists(some_runs, max_size=8))
def test_labels_are_always_unique(runs: list[Run]) -> None:
    labels = run_labels(runs)
    assert len(set(labels)) == len(labels) == len(runs)
    for one, label in zip(runs, labels, strict=True):
        assert label.startswith(f"{one.model or '<unknown>'} @ {one.timestamp or '<no timestamp>'}")


@given(st.lists(some_runs, max_size=6, unique_by=lambda one: one.key), st.randoms())
def test_labels_of_different_files_do_not_depend_on_their_order(
    runs: list[Run], random: object
) -> None:
    shuffled = list(runs)
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    labels = dict(zip([one.key for one in runs], run_labels(runs), strict=True))
    again = dict(zip([one.key for one in shuffled], run_labels(shuffled), strict=True))
    assert sorted(labels.values()) == sorted(again.values())


def test_paths_that_are_no_utf8_can_be_written() -> None:
    path = Path(b"results/\xff/r.json".decode("utf-8", "surrogateescape"))
    assert path_text(path) == "results/\\xff/r.json"
    assert run_labels([run(str(path)), run("results/a/r.json")])[0] == "m @ t (\\xff)"
    assert path_text(Path("結果/r.json")) == "結果/r.json"


# --- categories ---------------------------------------------------------------------------------
