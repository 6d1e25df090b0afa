from __future__ import annotations

import json
from hashlib import sha256
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from tests.build.rescored import (
    PATTERNS,
    SOLVED,
    answers,
    derived,
    opened,
    scored_again,
    write_riddles,
)
from tests.loading.test_derived import several_attempts
from tui_eval.analysis.guard import differences
from tui_eval.formats.rescored import read_recipe
from tui_eval.loading import saving
from tui_eval.loading.cache import Cache
from tui_eval.loading.check import check
from tui_eval.loading.collection import Collection, load
from tui_eval.loading.derived import DerivedRun, derive
from tui_eval.loading.rescore import Wish
from tui_eval.loading.saving import save
from tui_eval.records import ScoredBy
from tui_eval.rescoring.spec import filter_from_spec

PATTERN = filter_from_spec(SOLVED)
KEYS = ("category", "sample", "attempt")
OF_PLACE = ("run", "file", "place")


def saved(folder: Path, wish: Wish = PATTERN, **more: Any) -> tuple[Collection, DerivedRun, Path]:
    """A collection with a derived run, and the results as which that was saved."""
    loaded = opened(folder)
    run = derived(loaded, wish, **more)
    loaded.derive(run)
    path = save(run, folder.parent / "again")
    assert path is not None
    return loaded, run, path


def rows_of(path: Path) -> list[dict[str, Any]]:
    files = sorted(path.parent.glob("samples_*.jsonl"))
    return [json.loads(line) for file in files for line in file.read_text("utf-8").splitlines()]


def test_opened_again_it_has_the_same_numbers(tmp_path: Path) -> None:
    write_riddles(tmp_path / "runs")
    loaded, run, path = saved(tmp_path / "runs")

    again = load([path])

    before, after = (
        one.tables().scores.filter(run=key).drop("run")
        for one, key in ((loaded, run.key), (again, again.runs[0].key))
    )
    assert after.equals(before)
    rows = answers(loaded).rows.filter(run=run.key).drop(OF_PLACE).sort(KEYS)
    assert answers(again).rows.drop(OF_PLACE).sort(KEYS).equals(rows)


def test_it_says_itself_what_it_was_made_of(tmp_path: Path) -> None:
    write_riddles(tmp_path / "runs")
    _, run, path = saved(tmp_path / "runs")

    again = load([path]).runs[0]

    assert (again.parent, again.model, again.state) == (run.parent, run.model, "complete")
    assert read_recipe(again.recipe) == read_recipe(run.recipe)
    (label,) = load([path]).tables().labels.values()
    assert label.endswith(f" · {SOLVED}")
    assert load([path]).tables().scores["origin"].unique().to_list() == ["recomputed"]
    both = load([tmp_path])
    parent = next(one.key for one in both.runs if one.recipe is None)
    other = next(one.key for one in both.runs if one.recipe is not None)
    found = differences(
        both.tables(), "riddles", ("exact_match", SOLVED), parent, other, answers(both).rows
    )
    assert [one.name for one in found] == ["filter"]


def test_the_layout_is_the_harnesses(tmp_path: Path) -> None:
    write_riddles(tmp_path / "runs")
    _, _, path = saved(tmp_path / "runs")
    document = json.loads(path.read_text())

    assert path.parent.name == "mock__riddler"
    (file,) = path.parent.glob("samples_*")
    assert file.name == path.name.replace("results_", "samples_riddles_") + "l"
    assert file.name[file.name.find("_") + 1 : file.name.rfind("_")] == "riddles"  # as it does
    assert list(document)[:7] == [
        *("results", "group_subtasks", "configs", "versions", "n-shot", "higher_is_better"),
        "n-samples",
    ]
    row = document["results"]["riddles"]
    assert row[f"exact_match,{SOLVED}"] == 8 / 12
    assert isinstance(row[f"exact_match_stderr,{SOLVED}"], float)
    config = document["configs"]["riddles"]
    assert config["filter_list"] == [
        {
            "name": SOLVED,
            "filter": [
                {"function": "regex", "regex_pattern": "A: (-?[0-9]+)"},
                {"function": "take_first"},
            ],
        }
    ]
    assert config["metric_list"] == [{"metric": "exact_match", "aggregation": "mean"}]
    assert document["n-samples"]["riddles"] == {"original": 12, "effective": 12}
    assert document["model_name_sanitized"] == "mock__riddler"
    assert set(document["tui_eval"]) == {"version", "parent", "recipe"}


def test_rows_keep_all_but_what_the_filter_made(tmp_path: Path) -> None:
    results = write_riddles(tmp_path / "runs")
    _, _, path = saved(tmp_path / "runs")
    (file,) = results.parent.glob("samples_*")
    before = [json.loads(line) for line in file.read_text().splitlines()][:12]

    after = rows_of(path)

    made = ("filtered_resps", "filter", "exact_match")
    assert [list(row) for row in after] == [list(row) for row in before]
    for one, other in zip(before, after, strict=True):
        assert {k: v for k, v in one.items() if k not in made} == {
            k: v for k, v in other.items() if k not in made
        }
    assert [row["filtered_resps"] for row in after][2:5] == [["60"], ["7"], ["[invalid]"]]
    assert {row["filter"] for row in after} == {SOLVED}


def test_task_hashes_are_those_of_the_rows(tmp_path: Path) -> None:
    write_riddles(tmp_path / "runs", patterns={"last": PATTERNS["last"]})
    _, run, path = saved(tmp_path / "runs", "last")
    hashes = json.loads(path.read_text())["task_hashes"]
    names = ("doc_hash", "prompt_hash", "target_hash")

    told = "".join(row[name] for row in rows_of(path) for name in names)

    assert hashes["riddles"] == sha256(told.encode()).hexdigest()
    assert hashes == json.loads(run.path.read_text())["task_hashes"]  # of one filter: the same


def test_secrets_are_not_saved(tmp_path: Path) -> None:
    write_riddles(tmp_path / "runs")
    _, run, path = saved(tmp_path / "runs")

    assert "hf_notarealtoken" in run.path.read_text()
    assert "hf_notarealtoken" not in path.read_text()


def test_groups_stay_groups(tmp_path: Path) -> None:
    write_riddles(tmp_path / "runs", tasks=("sums", "products"), group="maths")
    loaded, run, path = saved(tmp_path / "runs", dataset="maths")
    again = load([path])

    columns = ("dataset", "category", "group", "value", "stderr", "n", "origin")
    order = pl.col("category").fill_null("")
    before = loaded.tables().scores.filter(run=run.key).select(columns).sort(order)
    assert again.tables().scores.select(columns).sort(order).equals(before)
    assert len(list(path.parent.glob("samples_*"))) == 2


def test_each_task_keeps_its_own_filter_of_a_name(tmp_path: Path) -> None:
    results = write_riddles(tmp_path / "runs", tasks=("sums", "products"), group="maths")
    document = json.loads(results.read_text())
    own = document["configs"]["products"]
    own["filter_list"][0]["filter"][0]["regex_pattern"] = "A: ([0-9]+)"
    own["metric_list"][0]["ignore_punctuation"] = True
    results.write_text(json.dumps(document))

    _, run, path = saved(tmp_path / "runs", "strict", dataset="maths")

    written = {"sums": ["[invalid]"], "products": ["5"]}
    for task, taken in written.items():
        (file,) = path.parent.glob(f"samples_{task}_*")
        assert json.loads(file.read_text().splitlines()[1])["filtered_resps"] == taken
    configs, before = json.loads(path.read_text())["configs"], document["configs"]
    for task in written:
        assert configs[task]["filter_list"] == before[task]["filter_list"][:1]
        assert configs[task]["metric_list"] == before[task]["metric_list"]
    recipe = read_recipe(run.recipe)
    assert recipe is not None
    assert recipe.differs


def test_each_attempt_is_there_again(tmp_path: Path) -> None:
    several_attempts(tmp_path / "runs")
    wish = filter_from_spec("regex:it is ([AB])")
    loaded, run, path = saved(tmp_path / "runs", wish, dataset="d")
    again = load([path])

    assert again.tables().scores["dataset"].unique().to_list() == ["d"]
    assert again.tables().scores["value"].to_list() == run.scores.values
    columns = ("id", "attempt", "score")
    before = answers(loaded, "d").rows.filter(run=run.key).select(columns).sort(columns)
    assert answers(again, "d").rows.select(columns).sort(columns).equals(before)
    row = rows_of(path)[0]
    assert row["resps"] == [["it is A", "it is B", "it is A"]]
    assert row["filtered_resps"] == ["A", "B", "A"]
    total = scored_again(again, [wish.name], dataset="d").totals.row(0, named=True)
    assert (total["value"], total["stored"]) == (None, run.scores.values[0])
    assert str(total["reason"]).startswith("its attempts were scored one by one")


def test_where_attempts_had_other_right_answers_there_is_no_reference(tmp_path: Path) -> None:
    several_attempts(tmp_path / "runs", other_answers=True)
    wish = filter_from_spec("regex:it is ([AB])")
    _, _, path = saved(tmp_path / "runs", wish, dataset="d")

    found = scored_again(load([path]), [wish], ScoredBy("exact_match"), dataset="d")

    assert rows_of(path)[0]["target"] is None
    assert found.rows["status"].to_list() == ["no reference", "ok"]


def checked(path: Path) -> dict[str, Any]:
    loaded = load([path])
    runs, tables = {run.key: run for run in loaded.runs}, loaded.tables()
    *_, last = check(runs, tables, tables, Cache(None))
    return last.rows.row(0, named=True)


def test_what_was_incomplete_stays_incomplete(tmp_path: Path) -> None:
    results = write_riddles(tmp_path / "runs", patterns={"last": PATTERNS["last"]})
    (file,) = results.parent.glob("samples_*")
    file.write_text("".join(file.read_text().splitlines(keepends=True)[:9]))
    _, _, path = saved(tmp_path / "runs")

    row = checked(path.parent)

    assert (row["expected"], row["found"], row["verdict"]) == (12, 9, "incomplete")
    _, _, part = saved(tmp_path / "runs", where="id < 9")
    row = checked(part)
    assert (row["expected"], row["found"], row["verdict"]) == (9, 9, "complete")
    assert row["reason"] == "scored again on 9 of 12 questions"


def test_what_timed_out_stays_without_a_score(tmp_path: Path) -> None:
    write_riddles(tmp_path / "runs", ["A: 4", "5" * 40, "A: 6"])
    loaded = opened(tmp_path / "runs")
    endless = filter_from_spec(r"regex:((?:5+)+)x")
    found = scored_again(loaded, [endless], seconds=0.1)
    tables = loaded.tables()
    run = derive(loaded.runs[0], "x", tables, tables, found.rows, found.totals, endless)

    path = save(run, tmp_path / "again", seconds=0.1)

    assert path is not None
    row = checked(path.parent)
    assert (row["expected"], row["found"], row["verdict"]) == (3, 3, "incomplete")
    assert row["reason"] == "1 answer has no score: the filter ran too long"
    rows = answers(load([path])).rows
    assert rows["score"].to_list() == [0.0, None, 0.0]
    assert rows["status"].to_list() == ["unparsed", "timed out", "unparsed"]


def test_one_attempt_of_several_that_timed_out(tmp_path: Path) -> None:
    said = {0: ("it is A", "it is " + "5" * 40, "it is B"), 1: ("it is B", "it is A", "it is A")}
    loaded = several_attempts(tmp_path / "runs", said)
    wish = filter_from_spec(r"regex:is (?:([AB])|((?:5+)+)x)")
    found = scored_again(loaded, [wish], dataset="d", seconds=0.1)
    tables = loaded.tables()
    run = derive(loaded.runs[0], "x", tables, tables, found.rows, found.totals, wish)

    path = save(run, tmp_path / "again", seconds=0.1)

    assert path is not None
    row = found.totals.row(0, named=True)
    assert (row["value"], row["stored"], row["timed_out"]) == pytest.approx((7 / 12, 7 / 12, 1))
    assert rows_of(path)[0]["filtered_resps"] == ["A", "[timed out]", "B"]
    rows = answers(load([path]), "d").rows.sort("id", "attempt")
    assert rows["score"].to_list() == [1.0, None, 0.0, 0.0, 1.0, 1.0]
    assert rows["status"].to_list()[:3] == ["ok", "timed out", "ok"]


def test_metrics_over_all_questions_keep_what_they_are_made_of(tmp_path: Path) -> None:
    write_riddles(tmp_path / "runs", ["a cat sat there today", "the dog ran far away"])
    loaded, run, path = saved(tmp_path / "runs", "none", metric=ScoredBy("bleu"))

    assert rows_of(path)[0]["bleu"] == ["4", "a cat sat there today"]
    columns = ("value", "stderr", "unit", "n")
    before = loaded.tables().scores.filter(run=run.key).select(columns)
    assert load([path]).tables().scores.select(columns).equals(before)


def test_the_version_is_that_of_the_run_that_gave_the_answers(tmp_path: Path) -> None:
    results = write_riddles(tmp_path / "runs")
    document = json.loads(results.read_text())
    del document["lm_eval_version"]
    for row in document["results"].values():
        del row["name"]
    results.write_text(json.dumps(document))

    _, run, path = saved(tmp_path / "runs")

    assert load([path]).runs[0].version == run.version == "0.4.3–0.4.8"


def test_nothing_is_written_over(tmp_path: Path) -> None:
    write_riddles(tmp_path / "runs")
    _, run, first = saved(tmp_path / "runs")

    second = save(run, tmp_path / "again")

    assert second is not None
    assert second != first
    assert len(list(first.parent.iterdir())) == 4


def test_where_a_name_is_taken_nothing_is_left(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_riddles(tmp_path / "runs")
    _, run, first = saved(tmp_path / "runs")
    time = first.stem.removeprefix("results_")
    monkeypatch.setattr(saving, "_free_time", lambda _: time)
    before = {file: file.read_bytes() for file in first.parent.iterdir()}

    with pytest.raises(FileExistsError):
        save(run, tmp_path / "again")

    assert {file: file.read_bytes() for file in first.parent.iterdir()} == before


def test_a_cancelled_one_leaves_nothing(tmp_path: Path) -> None:
    write_riddles(tmp_path / "runs")
    run = derived(opened(tmp_path / "runs"), PATTERN)
    done: list[int] = []

    path = save(
        run,
        tmp_path / "again",
        cancelled=lambda: len(done) > 3,
        saved=lambda number, _: done.append(number),
    )

    assert path is None
    assert [one for one in (tmp_path / "again").rglob("*") if one.is_file()] == []


def test_half_of_it_is_no_run_that_looks_whole(tmp_path: Path) -> None:
    write_riddles(tmp_path / "runs")
    _, _, path = saved(tmp_path / "runs")
    path.unlink()  # as if killed before the results were put in their place

    (run,) = load([path.parent]).runs

    assert (run.state, run.scores.values, run.recipe) == ("no report", [], None)
