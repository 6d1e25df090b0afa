"""Every answer of EvalScope's recorded runs, and the numbers of its reports made of them again."""

from __future__ import annotations

import csv
import json
import os
import re
import shutil
from collections import Counter
from functools import cache
from pathlib import Path

import polars as pl
import pytest

from tui_eval.files.documents import Problem
from tui_eval.formats.evalscope import texts as evalscope_texts
from tui_eval.formats.harnesses import evalscope
from tui_eval.formats.index import Index, frame
from tui_eval.loading.collection import load
from tui_eval.records import Run
from tui_eval.tables import ANSWERS, INDEX

EVALSCOPE = Path(os.environ["TUI_EVAL_CORPUS"]) / "evalscope"
TABLES = sorted(path.stem for path in EVALSCOPE.glob("golden/tables/*.csv"))
KEYS = ["dataset", "category", "metric"]


def index_of(path: Path) -> Index:
    problems: list[Problem] = []
    batches = list(evalscope.SAMPLES.index(path, problems))
    assert batches[-1].done <= path.stat().st_size
    return Index(pl.concat([frame(batch) for batch in batches]), tuple(problems))


@cache
def answers_of(run: Run) -> tuple[pl.DataFrame, list[str]]:
    return evalscope.SAMPLES.table(run, {file: index_of(file.path) for file in run.samples})


@cache
def runs() -> tuple[Run, ...]:
    return tuple(load([EVALSCOPE / "mock", EVALSCOPE / "official"]).runs)


def means(run: Run) -> dict[tuple[str, str, str], float | None]:
    rows, _ = answers_of(run)
    grouped = rows.filter(pl.col("metric").is_not_null()).group_by(KEYS).agg(pl.col("score").mean())
    return {(dataset, part, metric): mean for dataset, part, metric, mean in grouped.iter_rows()}


def test_every_file_of_answers_is_read() -> None:
    files = sorted(EVALSCOPE.rglob("*.jsonl"))
    assert len(files) == 312
    for path in files:
        found = index_of(path)
        assert found.problems == ()
        assert found.rows.schema == INDEX
        assert found.rows["place"].n_unique() == len(path.read_bytes().splitlines())


def compared(again: float | None, value: float | None) -> str:
    """Whether the mean of answers is a reported number, at the 4 decimals that EvalScope writes."""
    if again is None:
        return "pooled"
    return "same" if round(again, 4) == value else "other"


def test_means_of_answers_are_the_scores_of_their_subsets() -> None:
    """All but the lists of IFEval, which are pooled, and the win rates, which no review holds."""
    found: Counter[str] = Counter()
    for run in runs():
        again = means(run)
        for score in run.scores:
            if score.category is None or score.filter is not None:
                continue
            if score.status is not None:
                found[score.status] += again[score.dataset, score.category, score.metric] is None
                continue
            key = (score.dataset, score.category, score.metric)
            if score.origin == "recomputed":  # of the arena that crashed: not rounded
                assert again[key] == pytest.approx(score.value, abs=1e-12)
            elif key in again:
                found[compared(again[key], score.value)] += 1
            else:
                found[score.metric] += 1
    assert found == {
        "same": 416,
        "pooled": 4,
        "no reference": 98,
        "error": 16,
        "win_rate": 51,
        "win_rate_lower": 51,
        "win_rate_upper": 51,
    }


def test_golden_tables() -> None:
    """The numbers that EvalScope itself shows of subsets, by the number of their questions too."""
    found: Counter[str] = Counter()
    for name in TABLES:
        version, root, model = re.split("__", name)
        kind, _, version = version.partition("_")
        path = EVALSCOPE / kind.removesuffix("-viz") / version / root / "reports" / model
        (run,) = (run for run in runs() if run.path == path)
        rows, _ = answers_of(run)
        shown = Counter(
            (dataset, category, n, -1.0 if mean is None else round(mean, 4))
            for dataset, category, n, mean in rows.group_by(KEYS)
            .agg(n=pl.col("sample").n_unique(), mean=pl.col("score").mean())
            .select("dataset", "category", "n", "mean")
            .iter_rows()
        )
        with (EVALSCOPE / "golden" / "tables" / f"{name}.csv").open(encoding="utf-8") as file:
            golden = Counter(
                (row["Dataset"], row["Subset"], int(row["Num"]), float(row["Score"]))
                for row in csv.DictReader(file)
                if row["Subset"] != "OVERALL" and "arena" not in row["Dataset"]
            )
        found["shown"] += golden.total()
        found["recovered"] += (golden & shown).total()
        is_flawed = pl.col("status").is_in(["no reference", "error"]).all()
        flawed = rows.group_by(KEYS).agg(is_flawed, n=pl.col("sample").n_unique()).filter("status")
        nothing = Counter((*row, 0.0) for row in flawed.select("dataset", "category", "n").rows())
        found["0 for nothing"] += (golden & nothing).total()
    assert found == {"shown": 440, "recovered": 352, "0 for nothing": 84}  # IFEval's 4 are pooled


def test_what_became_of_answers() -> None:
    found: Counter[tuple[str, str]] = Counter()
    for run in runs():
        rows, notes = answers_of(run)
        assert rows.schema == ANSWERS
        assert not rows.select(*KEYS, "sample", "attempt").is_duplicated().any()
        assert notes == []
        era = str(run.path.relative_to(EVALSCOPE).parents[2].name)
        for (status,), answers in rows.group_by("status"):
            found[era, str(status)] += answers.select("dataset", "category", "id").n_unique()
    assert {key: n for key, n in found.items() if key[1] != "ok"} == {
        ("v0.10.1", "truncated"): 3,
        ("0.17.1", "no reference"): 40,
        ("0.17.1", "unparsed"): 17,
        ("1.7.0", "no reference"): 40,
        ("1.7.0", "unparsed"): 5,
        ("1.11.1", "no reference"): 20,
        ("1.11.1", "unparsed"): 3,
        ("1.14.1", "no reference"): 40,
        ("1.14.1", "error"): 48,  # BLEU, whose tokenizer was not there
        ("1.14.1", "unparsed"): 30,  # 17 of judges, 13 of the answers themselves
    }


def test_battles_are_won_tied_or_lost() -> None:
    found: Counter[tuple[str, str | None]] = Counter()
    for run in runs():
        rows, _ = answers_of(run)
        era = str(run.path.relative_to(EVALSCOPE).parents[2].name)
        battles = rows.filter(pl.col("dataset") == "general_arena")
        found.update((era, verdict) for verdict in battles["verdict"])
        assert rows.filter(pl.col("dataset") != "general_arena")["verdict"].count() == 0
    assert found == {
        ("0.17.1", "win"): 114,
        ("0.17.1", "tie"): 172,
        ("0.17.1", "loss"): 122,
        ("1.7.0", "win"): 41,
        ("1.7.0", "tie"): 14,
        ("1.7.0", "loss"): 35,
        ("1.11.1", "win"): 20,
        ("1.11.1", "tie"): 6,
        ("1.11.1", "loss"): 1,
        ("1.11.1", None): 3,  # excluded: the judge's reply was no verdict
        ("1.14.1", "win"): 55,
        ("1.14.1", "tie"): 281,
        ("1.14.1", "loss"): 55,
        ("1.14.1", None): 17,
    }


def test_predictions_without_an_index_join_the_same_reviews(tmp_path: Path) -> None:
    """As some of 0.17 are, whose rows are in another order than their reviews."""
    root = EVALSCOPE / "mock" / "0.17.1"
    shutil.copytree(root, tmp_path, dirs_exist_ok=True)
    for path in tmp_path.glob("*/predictions/*/*.jsonl"):
        rows = [json.loads(line) for line in path.read_text("utf-8").splitlines()]
        path.write_text("".join(json.dumps(row | {"index": None}) + "\n" for row in rows), "utf-8")
    before = {run.path.relative_to(root): run for run in runs() if root in run.path.parents}
    after = {run.path.relative_to(tmp_path): run for run in load([tmp_path]).runs}
    assert len(after) == 5
    for place, run in after.items():
        found, notes = answers_of(run)
        assert notes == []
        whole, _ = answers_of(before[place])
        assert found.drop("file", "place").equals(whole.drop("file", "place"))


def test_one_question_has_one_name_in_all_versions() -> None:
    """Where the prompt is the question: those of `general_qa`, from 0.17.1 to 1.14.1."""
    by_run = [answers_of(run)[0].filter(pl.col("dataset") == "general_qa") for run in runs()]
    named = [frozenset(rows["sample"]) for rows in by_run if len(rows)]
    assert (len(named), len(set(named)), len(named[0])) == (14, 1, 30)
    pairs: dict[str, set[frozenset[str]]] = {}
    for run in runs():
        rows = answers_of(run)[0].filter(pl.col("category").str.starts_with("general_qa&"))
        for (category,), battles in rows.group_by("category"):
            pairs.setdefault(str(category), set()).add(frozenset(battles["sample"]))
    assert {len(named) for named in pairs.values()} == {1}
    assert len(pairs) == 9


def test_every_text_is_read() -> None:
    for run in runs():
        for place, item, file, length, status in (
            answers_of(run)[0].select("place", "item", "file", "length", "status").unique().rows()
        ):
            answer = evalscope_texts.answer(Path(file), place, item)
            assert len(answer.response or "") == length
            assert answer.prompt[-1].role == "user"
            assert answer.target or answer.opponent or status != "unparsed"
            assert "EMPTY" not in repr(answer)
