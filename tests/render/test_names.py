"""Short names of runs: shared parts dropped, differences kept, never two equal."""

from __future__ import annotations

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from tui_eval.render.names import cut_apart, run_names, short_labels, without_shared
from tui_eval.render.safe import safe_text
from tui_eval.tables import RUNS, SCORES, Tables, natural

GEMMAS = [f"google/gemma-2-9b-it-{way}-v{number}" for way in ("sft", "dpo") for number in (1, 2)]


@pytest.mark.parametrize(
    ("names", "short", "shared"),
    [
        (GEMMAS, ["sft-v1", "sft-v2", "dpo-v1", "dpo-v2"], "google/gemma-2-9b-it-…"),
        (["step2-hf", "step1000-hf"], ["step2-hf", "step1000-hf"], ""),
        (["llama-7b-chat", "llama-13b-chat"], ["7b", "13b"], "llama-…-chat"),
        (["gemma-2-9b", "gemma-2-9b-it"], ["9b", "9b-it"], "gemma-2-…"),
        (["alone-model"], ["alone-model"], ""),
        (["one", "one"], ["one", "one"], ""),
        (["m-2026-11-01T10:00", "m-2026-11-02T10:00"], None, ""),
        (
            ["model-x @ 2026-11-01T10:00", "model-x @ 2026-11-02T10:00"],
            ["2026-11-01T10:00", "2026-11-02T10:00"],
            "model-x @ …",
        ),
        (["a-b", "xyz"], ["a-b", "xyz"], ""),
    ],
)
def test_what_all_names_share_is_dropped_and_said(
    names: list[str], short: list[str] | None, shared: str
) -> None:
    assert without_shared(names) == (short or names, shared)


@pytest.mark.parametrize(
    ("names", "width", "cut"),
    [
        (["short", "names"], 9, ["short", "names"]),
        (["meta-llama-3-8b-instruct"], 11, ["meta-…truct"]),
        (["run-a-of-the-training", "run-b-of-the-training"], 9, ["…a-of-th…", "…b-of-th…"]),
        (["千問七十億模型甲", "千問七十億模型乙"], 8, ["千問…甲", "千問…乙"]),
    ],
)
def test_names_are_cut_where_they_do_not_differ(
    names: list[str], width: int, cut: list[str]
) -> None:
    assert cut_apart(names, width) == cut


looks = st.text(alphabet="ab-1漢é \u0301", min_size=1, max_size=30).map(safe_text)


@given(st.lists(looks, unique=True, max_size=40), st.integers(1, 40))
def test_no_two_names_are_ever_equal_at_any_width(names: list[str], width: int) -> None:
    cut = cut_apart(names, width)
    assert len(set(cut)) == len(names)
    least = len(str(len(names))) + 1
    assert all(cell_len(name) <= max(width, least) for name in cut)


@given(st.lists(looks, max_size=12))
def test_dropping_what_is_shared_tells_the_same_names_apart(names: list[str]) -> None:
    short, _ = without_shared(names)
    assert len(set(short)) == len(set(names))
    assert [short.index(one) for one in short] == [names.index(one) for one in names]


@given(st.permutations(["a1", "a2", "a10", "a10b", "b", "B3", "1", "02", "2"]))
def test_numbers_in_names_are_sorted_as_numbers(names: list[str]) -> None:
    ordered = ["1", "02", "2", "B3", "a1", "a2", "a10", "a10b", "b"]
    assert sorted(names, key=natural) == ordered


def runs(*rows: tuple[str, str, str]) -> Tables:
    """Tables of nothing but runs: model, label and harness of each; keys are k0, k1 …"""
    columns = ("model", "label", "harness")
    named = [
        {"run": f"k{number}", **dict(zip(columns, row, strict=True))}
        for number, row in enumerate(rows)
    ]
    return Tables(pl.DataFrame(named, schema=RUNS), pl.DataFrame(schema=SCORES))


def test_a_run_is_named_by_its_model_where_no_other_of_them_has_it() -> None:
    tables = runs(("a", "a @ 1", "lm_eval"), ("b", "b @ 1", "lm_eval"), ("a", "a @ 2", "lm_eval"))
    assert list(run_names(tables, ["k0", "k1"]).full.values()) == ["a", "b"]
    assert list(run_names(tables, ["k0", "k1", "k2"]).full.values()) == ["a @ 1", "b", "a @ 2"]


def test_runs_of_several_harnesses_say_of_which() -> None:
    tables = runs(("a", "a @ 1", "lm_eval"), ("a", "a @ 1 (2)", "mixeval"))
    assert run_names(tables, ["k0"]).full == {"k0": "a"}
    both = run_names(tables, ["k0", "k1"])
    assert list(both.full.values()) == ["lm_eval", "mixeval"]
    assert both.shared == "a · …"


def test_where_a_column_tells_the_harness_only_equal_names_do() -> None:
    tables = runs(
        ("ab", "ab @ 1", "lm_eval"), ("ab", "ab @ 2", "mixeval"), ("c", "c @ 1", "mixeval")
    )
    names = run_names(tables, ["k0", "k1", "k2"], tells_harness=False)
    assert list(names.full.values()) == ["ab · lm_eval", "ab · mixeval", "c"]


def test_names_that_are_equal_when_they_are_safe_are_numbered() -> None:
    tables = runs(("a\x00", "a\x00 @ 1", "lm_eval"), ("a\u2400", "a\u2400 @ 1", "lm_eval"))
    assert list(run_names(tables, ["k0", "k1"]).full.values()) == ["a␀", "a␀ (#2)"]


def test_labels_are_models_where_that_is_enough() -> None:
    labels = ["m @ t1", "m @ t2", "n @ t1", "x @ y @ t"]
    assert short_labels(labels) == ["m @ t1", "m @ t2", "n", "x @ y"]
