"""``tui-eval compare``, and ``scores --intervals``: against the files, by formulas of this file."""

from __future__ import annotations

import csv
import io
import json
import math
import shutil
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from tests.build.commands import SAMPLES, Command, command, process
from tests.build.lm_eval import STAMP, grouped_answers, write_answers
from tui_eval.cli import answers
from tui_eval.loading import passes

__all__ = ["command"]  # the fixture

LM_EVAL = SAMPLES / "lm_eval"

KEYS = (
    *("dataset", "category", "baseline", "candidate", "metric", "filter", "baseline_score"),
    *("candidate_score", "delta", "low", "high", "p", "q", "method", "paired", "n", "baseline_n"),
    *("candidate_n", "fixed", "broken", "same", "verdict", "visible_gap", "questions_needed"),
    *("differs", "words"),
)

Z = 1.959963984540054

Row = dict[str, Any]


def compared(command: Command, *words: object) -> list[Row]:
    rows: list[Row] = json.loads(command("compare", *words, "--format", "json")[0])
    return rows


# --- the same by formulas of this file, from the files as they lie there ------------------------


def wilson(share: float, n: int) -> tuple[float, float]:
    middle = (share + Z**2 / (2 * n)) / (1 + Z**2 / n)
    half = Z / (1 + Z**2 / n) * math.sqrt(share * (1 - share) / n + Z**2 / (4 * n**2))
    return (0.0 if share == 0 else middle - half), (1.0 if share == 1 else middle + half)


def newcombe(both: int, broken: int, fixed: int, neither: int) -> tuple[float, float]:
    """Newcombe (1998), method 10."""
    n = both + broken + fixed + neither
    a, b = (both + broken) / n, (both + fixed) / n
    (low_a, high_a), (low_b, high_b) = wilson(a, n), wilson(b, n)
    margins = (both + broken) * (fixed + neither) * (both + fixed) * (broken + neither)
    cross = float(both * neither - broken * fixed)
    cross = max(cross - n / 2, 0.0) if cross > 0 else cross
    phi = cross / math.sqrt(margins) if margins else 0.0
    down, up = b - low_b, high_a - a
    low = (b - a) - math.sqrt(down**2 - 2 * phi * down * up + up**2)
    down, up = a - low_a, high_b - b
    return low, (b - a) + math.sqrt(down**2 - 2 * phi * down * up + up**2)


def mid_p(broken: int, fixed: int) -> float:
    if broken == fixed:
        return 1.0
    flipped, least = broken + fixed, min(broken, fixed)
    below = sum(math.comb(flipped, count) for count in range(least + 1))
    return float((2 * below - math.comb(flipped, least)) / 2**flipped)


def rows_of(path: Path, name: str = "none") -> Mapping[str, float]:
    """Scores by document, read with nothing but a JSON reader."""
    rows = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    metric = rows[0]["metrics"][0]
    return {row["doc_hash"]: row[metric] for row in rows if row["filter"] == name}


def check(row: Row, a: Mapping[str, float], b: Mapping[str, float]) -> None:
    """A row of the command against two files."""
    pairs = [(a[key], b[key]) for key in a if key in b]
    both, broken, fixed, neither = (
        sum(pair == cell for pair in pairs) for cell in ((1, 1), (1, 0), (0, 1), (0, 0))
    )
    n = len(pairs)
    assert (row["n"], row["paired"], row["method"]) == (n, True, "Newcombe, McNemar mid-p")
    assert (row["fixed"], row["broken"], row["same"]) == (fixed, broken, both + neither)
    assert row["baseline_score"] == pytest.approx((both + broken) / n)
    assert row["candidate_score"] == pytest.approx((both + fixed) / n)
    assert row["delta"] == pytest.approx((fixed - broken) / n)
    assert (row["low"], row["high"]) == pytest.approx(newcombe(both, broken, fixed, neither))
    assert row["p"] == pytest.approx(mid_p(broken, fixed))
    variance = (fixed + broken - (fixed - broken) ** 2 / n) / (n - 1)
    stderr = math.sqrt(variance / n)
    reach = Z + 0.8416212335729143
    assert row["visible_gap"] == pytest.approx(reach * stderr)
    assert row["questions_needed"] == math.ceil(reach**2 * variance / 0.01**2)


@pytest.mark.parametrize("name", ["strict-match", "flexible-extract"])
def test_samples_by_hand(command: Command, name: str) -> None:
    words = ("--baseline", "pine-1b", "--candidate", "pine-7b", "--dataset", "pocketquiz_short")
    [row] = compared(command, LM_EVAL, *words, "--metric", f"exact_match, {name}")
    files = (
        next((LM_EVAL / f"mock__{model}").glob("samples_pocketquiz_short_*"))
        for model in ("pine-1b", "pine-7b")
    )
    check(row, *(rows_of(file, name) for file in files))
    assert row["filter"] == name


def two_runs(folder: Path, base: str, other: str) -> Path:
    """Two runs that are right where the letter is 1."""
    for model, right in (("base", base), ("other", other)):
        write_answers(folder / model, list(right), model=model, right=[one == "1" for one in right])
    return folder


@pytest.mark.parametrize(
    ("base", "other"),
    [
        ("1" * 30 + "0" * 10, "1" * 25 + "0" * 5 + "1" * 10),
        ("10" * 20, "11" * 20),
        ("1" * 40, "1" * 39 + "0"),
    ],
)
def test_files_by_hand(command: Command, tmp_path: Path, base: str, other: str) -> None:
    folder = two_runs(tmp_path, base, other)
    [row] = compared(command, folder, "--baseline", "base")
    found = [next((folder / model).glob("samples_*")) for model in ("base", "other")]
    check(row, *map(rows_of, found))
    [back] = compared(command, folder, "--baseline", "other")
    check(back, *map(rows_of, found[::-1]))


def test_one_answer_that_is_damaged_is_one_pair_less(command: Command, tmp_path: Path) -> None:
    folder = two_runs(tmp_path, "1" * 20 + "0" * 10, "1" * 10 + "0" * 10 + "1" * 10)
    file = next((folder / "other").glob("samples_*"))
    lines = file.read_text(encoding="utf-8").splitlines()
    file.write_text("\n".join([*lines[:5], '{"doc_id": 5, "do', *lines[6:]]), encoding="utf-8")
    [row] = compared(command, folder, "--baseline", "base")
    # the score that is reported is over all 30, the answers give 19 of 29: too far from it
    assert not row["paired"]
    assert row["method"] is None
    results = next((folder / "other").glob("results_*"))
    content = json.loads(results.read_text(encoding="utf-8"))
    content["results"]["riddles"]["exact_match,none"] = 19 / 29
    results.write_text(json.dumps(content), encoding="utf-8")
    [row] = compared(command, folder, "--baseline", "base")
    assert (row["n"], row["baseline_n"], row["candidate_n"]) == (29, 30, 29)
    assert (row["fixed"], row["broken"]) == (10, 10)
    assert row["words"].endswith("paired on 29 of 30)")


def test_the_order_of_rows_in_files_does_not_matter(command: Command, tmp_path: Path) -> None:
    folder = two_runs(tmp_path, "1" * 20 + "0" * 10, "1" * 10 + "0" * 10 + "1" * 10)
    before = compared(command, folder, "--baseline", "base")
    file = next((folder / "other").glob("samples_*"))
    lines = file.read_text(encoding="utf-8").splitlines()
    file.write_text("\n".join(lines[::-1]) + "\n", encoding="utf-8")
    assert compared(command, folder, "--baseline", "base") == before


# --- what is printed ----------------------------------------------------------------------------


def test_json_has_exactly_these_keys(command: Command) -> None:
    for by in ("dataset", "category"):
        rows = compared(command, LM_EVAL, "--baseline", "pine-1b", "--by", by)
        assert {tuple(row) for row in rows} == {KEYS}


def test_every_format_has_the_same_numbers(command: Command) -> None:
    words = ("compare", LM_EVAL, "--baseline", "pine-1b", "--by", "category")
    rows = json.loads(command(*words, "--format", "json")[0])
    table = list(csv.DictReader(io.StringIO(command(*words, "--format", "csv")[0])))
    ended = process(*words, "--format", "parquet")
    frame = pl.read_parquet(io.BytesIO(ended.stdout))
    assert frame.to_dicts() == rows
    assert [list(row) for row in table] == [list(KEYS)] * len(rows)
    for own, other in zip(table, rows, strict=True):
        assert own["words"] == other["words"]
        assert float(own["delta"]) == other["delta"]
        assert own["differs"] == ", ".join(other["differs"])
        assert own["paired"] == str(other["paired"]).lower()
    text, _ = command(*words)
    assert text.count("better") + text.count("undecided") >= len(rows)
    markdown = command(*words, "--format", "md")[0].splitlines()
    assert len(markdown) == len(rows) + 2


def test_settings_that_differ_are_a_list_in_data_and_a_mark_in_tables(
    command: Command, tmp_path: Path
) -> None:
    folder = two_runs(tmp_path, "10" * 20, "11" * 20)
    for path in (folder / "other").glob("samples_*"):
        rows = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
        for row in rows:
            row["arguments"]["gen_args_0"]["arg_0"] = "Please: " + str(row["doc_id"])
            row["prompt_hash"] = "0" * 60 + f"{row['doc_id']:04}"
        path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    [row] = compared(command, folder, "--baseline", "base")
    assert row["differs"] == ["prompt"]
    text, _ = command("compare", folder, "--baseline", "base")
    assert "+0.500≠" in text
    assert "not the same: prompt" in text


def test_a_row_a_dataset_is_the_default_and_one_may_be_chosen(command: Command) -> None:
    rows = compared(command, LM_EVAL, "--baseline", "pine-1b")
    assert [(row["dataset"], row["category"]) for row in rows] == [
        ("pocketquiz", None),
        ("pocketquiz", None),
        ("pocketquiz_short", None),
        ("pocketquiz_short", None),
    ]
    words = ("--baseline", "pine-1b", "--candidate", "7b", "--candidate", "oak")
    one = compared(command, LM_EVAL, *words, "--dataset", "pocketquiz_short", "--metric", "flex")
    assert [row["candidate"][:9] for row in one] == ["mock/pine", "mock/oak-"]
    assert {row["filter"] for row in one} == {"flexible-extract"}


def test_scale_margin_and_alpha(command: Command, tmp_path: Path) -> None:
    folder = two_runs(tmp_path, "10" * 100, "10" * 100)
    words = (folder, "--baseline", "base", "--scale", "100", "--margin")
    assert compared(command, *words, "5")[0]["verdict"] == "same"
    assert compared(command, *words, "0.05")[0]["verdict"] == "undecided"
    [wide] = compared(command, folder, "--baseline", "base", "--alpha", "0.001")
    [narrow] = compared(command, folder, "--baseline", "base", "--alpha", "0.2")
    assert wide["high"] > narrow["high"] > 0


def test_runs_without_answers_are_compared_on_totals(command: Command, tmp_path: Path) -> None:
    folder = two_runs(tmp_path, "10" * 20, "11" * 20)
    next((folder / "other").glob("samples_*")).unlink()
    out, err = command("compare", folder, "--baseline", "base", "--format", "json")
    [row] = json.loads(out)
    assert (row["paired"], row["n"], row["fixed"]) == (False, None, None)
    assert row["delta"] == 0.5
    assert row["words"] == "can't tell: totals only, and not every score has a stderr (+0.500)"
    assert f"totals only, no answers of other @ {STAMP}: " in err


def test_reading_that_takes_long_is_told(
    command: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    read = passes.read_samples

    def slow(*words: Any) -> Iterator[passes.Samples]:
        for samples in read(*words):
            yield replace(samples, done=30, total=100)
            yield samples

    monkeypatch.setattr(passes, "read_samples", slow)
    words = ("compare", two_runs(tmp_path, "10" * 20, "11" * 20), "--baseline", "base")
    assert "reading answers" not in command(*words)[1]
    monkeypatch.setattr(answers, "_SILENT", 0.0)
    assert "tui-eval: reading answers to riddles: 30 %\n" in command(*words)[1]


def test_what_cannot_be_compared_is_refused(command: Command, tmp_path: Path) -> None:
    folder = two_runs(tmp_path / "two", "10" * 20, "11" * 20)
    for words, told in (
        (("--baseline", "base", "--candidate", "base"), "no candidate besides the baseline"),
        (("--baseline", "nobody"), "run 'nobody' is unknown"),
        (("--baseline", "base", "--candidate", "nobody"), "run 'nobody' is unknown"),
        (("--baseline", "base", "--dataset", "nothing"), "dataset 'nothing' is unknown"),
        (("--baseline", "base", "--metric", "nothing"), "metric 'nothing' is unknown"),
        (("--baseline", "base", "--alpha", "1"), "must be between 0 and 1"),
        (("--baseline", "base", "--margin", "-1"), "must not be negative"),
    ):
        assert told in command("compare", folder, *words, code=2)[1]
    write_answers(tmp_path / "alone", list("ab"), model="alone", task="other")
    both = (folder, tmp_path / "alone")
    _, err = command("compare", *both, "--baseline", "base", "--candidate", "alone", code=2)
    assert "share no scores" in err
    out, err = command("compare", *both, "--baseline", "base")
    assert "alone" not in out + err
    _, err = command("compare", *both, "--baseline", "alone", code=2)
    assert "share no scores of" in err


def test_datasets_of_the_baseline_alone_are_named(command: Command, tmp_path: Path) -> None:
    shutil.copytree(LM_EVAL, tmp_path, dirs_exist_ok=True)
    results = next((tmp_path / "mock__oak-8b-chat").glob("results_*"))
    content = json.loads(results.read_text(encoding="utf-8"))
    for part in ("results", "configs", "versions", "n-shot", "higher_is_better", "n-samples"):
        content[part].pop("pocketquiz_short", None)
    results.write_text(json.dumps(content), encoding="utf-8")
    next((tmp_path / "mock__oak-8b-chat").glob("samples_pocketquiz_short*")).unlink()
    words = ("compare", tmp_path, "--baseline", "pine-1b", "--candidate", "oak")
    _, err = command(*words, "--format", "csv")
    assert "only the baseline has scores of pocketquiz_short" in err


# --- scores with intervals ----------------------------------------------------------------------


def written(folder: Path) -> Path:
    grouped_answers(folder / "a", "a", {"stem_x": [True] * 8 + [False] * 2, "art_y": [True] * 20})
    return folder


def test_scores_with_intervals(command: Command, tmp_path: Path) -> None:
    words = ("scores", written(tmp_path), "--dataset", "mmlu", "--intervals", "--format")
    rows = list(csv.DictReader(io.StringIO(command(*words, "csv")[0])))
    run = f"a @ {STAMP}"
    for row, (share, n) in zip(rows, ((1.0, 20), (0.8, 10)), strict=True):
        found = float(row[f"{run} low"]), float(row[f"{run} high"])
        assert found == pytest.approx(wilson(share, n))
    assert list(rows[0]) == ["category", run, f"{run} low", f"{run} high"]
    as_json = json.loads(command(*words, "json")[0])
    assert [row[f"{run} low"] for row in as_json] == [float(row[f"{run} low"]) for row in rows]
    for form in ("table", "md"):
        assert f"{run} low" in command(*words, form)[0]


def test_without_the_option_nothing_changes(command: Command, tmp_path: Path) -> None:
    for more in ((), ("--long",)):
        words = ("scores", written(tmp_path), "--dataset", "mmlu", *more, "--format", "csv")
        heading = command(*words)[0].splitlines()[0].split(",")
        assert not {"low", "high"} & set(heading)
        assert not any(name.endswith((" low", " high")) for name in heading)


def test_the_long_table_has_the_same_intervals(command: Command, tmp_path: Path) -> None:
    words = ("scores", written(tmp_path), "--long", "--intervals", "--format", "json")
    rows = {row["category"]: row for row in json.loads(command(*words)[0]) if row["category"]}
    assert rows["mmlu_stem_x"]["method"] == "Wilson"
    found = rows["mmlu_stem_x"]
    assert (found["low"], found["high"]) == pytest.approx(wilson(0.8, 10))


def test_totals_read_no_answers(command: Command, tmp_path: Path) -> None:
    words = ("scores", written(tmp_path), "--dataset", "mmlu", "--intervals", "--totals")
    out, err = command(*words, "--format", "json")
    assert {row[f"a @ {STAMP} low"] for row in json.loads(out)} == {None}
    assert "No interval: no stderr" in err
    assert "--totals needs --intervals" in command(*words[:-2], "--totals", code=2)[1]


def test_all_datasets_have_intervals_too(command: Command) -> None:
    words = ("scores", LM_EVAL, "--intervals", "--format", "json")
    rows = {row["dataset"]: row for row in json.loads(command(*words)[0])}
    run = "mock/pine-1b @ 2026-11-21T05-54-02.452503"
    row = rows["pocketquiz_short"]
    assert (row[f"{run} low"], row[f"{run} high"]) == pytest.approx(wilson(2 / 12, 12))


def test_on_a_terminal_they_stay_with_their_run(
    command: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    out, _ = command("scores", LM_EVAL, "--dataset", "pocketquiz", "--intervals")
    assert max(map(len, out.splitlines())) <= 80
    assert "left out" not in out
    assert headings(out).count("low") == 3


def headings(out: str) -> Sequence[str]:
    return out.replace("─", " ").split()
