"""``tui-eval flips`` and ``tui-eval samples``: what they print in every format, and say."""

from __future__ import annotations

import csv
import io
import json
import shlex
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from tests.build.commands import (
    ATTACK,
    SAMPLES,
    TIMEOUT,
    Command,
    command,
    environment,
    printed,
    process,
    told,
)
from tests.tui.conftest import open_app, run_file
from tui_eval.analysis.flips import flips_report
from tui_eval.analysis.report import Report
from tui_eval.analysis.samples import question_table, samples_report
from tui_eval.analysis.selection import select
from tui_eval.analysis.view import View
from tui_eval.loading.cache import Cache
from tui_eval.loading.collection import load
from tui_eval.loading.passes import read_samples
from tui_eval.tables import Tables

__all__ = ["command"]  # the fixture

LM_EVAL = SAMPLES / "lm_eval"
OAK, SMALL, LARGE = (
    f"mock/{name} @ 2026-11-21T05-54-{seconds}"
    for name, seconds in (
        ("oak-8b-chat", "19.881339"),
        ("pine-1b", "02.452503"),
        ("pine-7b", "11.556978"),
    )
)
QUIZ = ("--dataset", "pocketquiz")
PAIR = ("--baseline", "oak", "--candidate", "pine-1b")

Row = dict[str, Any]


def read(folder: Path, dataset: str, *runs: str) -> tuple[Tables, pl.DataFrame]:
    """The tables of a folder, and all answers to a dataset."""
    loaded = load([folder])
    tables = loaded.tables()
    found = {run.key: run for run in loaded.runs}
    labels = runs or tables.labels.values()
    chosen = {run: found[run] for run in map(tables.run_shown_as, labels)}
    *_, samples = read_samples(chosen, tables, tables, dataset, Cache(None))
    return tables, samples.rows


def questions(where: str = "", *runs: str, dataset: str = "pocketquiz") -> Report:
    runs = runs or (OAK, SMALL, LARGE)
    tables, rows = read(LM_EVAL, dataset, *runs)
    view = View(dataset=dataset, where=where)
    keys = [tables.run_shown_as(label) for label in runs]
    return samples_report(select(tables, view), question_table(select(tables, view), rows, keys))


def rows_of(out: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(out)))


def strict(line: str) -> Any:
    """JSON as other programs read it: neither NaN nor Infinity."""

    def refuse(word: str) -> None:
        raise AssertionError(f"{word} is no JSON")

    return json.loads(line, parse_constant=refuse)


@pytest.fixture
def changed(tmp_path: Path) -> Callable[..., Path]:
    """Makes a copy of the runs of lm-eval in which rows of one file are others."""

    def change(pattern: str, edit: Callable[[Row], object], model: str = "mock__pine-1b") -> Path:
        folder = tmp_path / "changed"
        shutil.copytree(LM_EVAL, folder)
        [file] = (folder / model).glob(f"samples_{pattern}_*")
        rows = [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]
        for row in rows:
            edit(row)
        file.write_text("".join(f"{json.dumps(row)}\n" for row in rows), encoding="utf-8")
        return folder

    return change


class TestFlips:
    def test_every_format_is_the_report(self, command: Command) -> None:
        tables, rows = read(LM_EVAL, "pocketquiz", OAK, SMALL)
        oak, small = map(tables.run_shown_as, (OAK, SMALL))
        view = View(dataset="pocketquiz", baseline=oak, candidates=(small,))
        made = flips_report(select(tables, view), rows)
        for form, text in printed(made).items():
            words = ("flips", LM_EVAL, *PAIR, *QUIZ, "--format", form)
            assert command(*words) == (text, told(made, form))

    def test_counts_are_those_of_the_answers(self, command: Command) -> None:
        out, _ = command("flips", LM_EVAL, *PAIR, *QUIZ, "--format", "csv")
        whole = questions("", OAK, SMALL).body
        for row in rows_of(out):
            own = whole.filter(category=row["category"])
            a, b = own["a.score"], own["b.score"]
            assert row["candidate"] == SMALL
            assert int(row["paired"]) == own.height == 8
            assert int(row["fixed"]) == (a < b).sum()
            assert int(row["broken"]) == (a > b).sum()
            assert int(row["both right"]) == (a + b == 2).sum()
            assert int(row["both wrong"]) == (a + b == 0).sum()
            assert float(row["delta"]) == pytest.approx((b - a).mean())

    def test_parquet(self, command: Command, tmp_path: Path) -> None:
        ended = process("flips", LM_EVAL, *PAIR, *QUIZ, "--format", "parquet")
        assert ended.returncode == 0
        frame = pl.read_parquet(io.BytesIO(ended.stdout))
        assert frame["paired"].to_list() == [8, 8, 8]

    def test_data_name_the_baseline(self, command: Command) -> None:
        words = ("flips", LM_EVAL, *PAIR, *QUIZ, "--format")
        for rows in (strict(command(*words, "json")[0]), rows_of(command(*words, "csv")[0])):
            assert {(row["baseline"], row["candidate"]) for row in rows} == {(OAK, SMALL)}
        assert "baseline" not in command(*words, "table")[0].splitlines()[2]
        assert "baseline" not in command(*words, "md")[0].splitlines()[0]

    @pytest.mark.parametrize("form", ["table", "csv", "md", "json"])
    def test_words_that_tables_carry_are_said_beside_data(
        self, command: Command, changed: Callable[..., Path], form: str
    ) -> None:
        shots = iter(range(8))

        def edit(row: Row) -> None:
            row["acc"] = 0.25 if next(shots) else None
            row["prompt_hash"] = row["prompt_hash"][::-1]

        folder = changed("pocketquiz_geography", edit)
        words = (folder, *QUIZ, "--category", "geo", "--format", form)
        for name, options in (("flips", PAIR), ("samples", ("--run", "oak", "--run", "pine-1b"))):
            said = "".join(command(name, *words, *options))
            assert "Prompts differ in 8 of 8." in said
            assert "Right is a score of 0.5 or more" in said
        assert f"a: {OAK} · b: {SMALL}" in said
        assert f"Not compared with {SMALL}: 1 of 8 of {OAK}" in "".join(
            command("flips", *words, *PAIR)
        )

    def test_one_category(self, command: Command) -> None:
        out, _ = command("flips", LM_EVAL, *PAIR, *QUIZ, "--category", "sci", "--format", "csv")
        assert [row["category"] for row in rows_of(out)] == ["pocketquiz_science"]

    def test_scale(self, command: Command) -> None:
        words = ("flips", LM_EVAL, *PAIR, *QUIZ, "--format", "csv", "--scale")
        small, large = (rows_of(command(*words, scale)[0]) for scale in (1, 100))
        for one, other in zip(small, large, strict=True):
            assert float(other["delta"]) == pytest.approx(100 * float(one["delta"]))
            assert other["fixed"] == one["fixed"]

    def test_the_list_is_what_changed(self, command: Command) -> None:
        out, err = command("flips", LM_EVAL, *PAIR, *QUIZ, "--list", "--format", "csv")
        made = questions("changed", OAK, SMALL)
        assert out == printed(made)["csv"]
        assert f"a: {OAK} · b: {SMALL}" in err
        assert {row["flip"] for row in rows_of(out)} == {"fixed", "broken"}

    def test_texts_are_of_both_runs(self, command: Command) -> None:
        out, err = command("flips", LM_EVAL, *PAIR, *QUIZ, "--format", "jsonl")
        assert f"tui-eval: a: {OAK} · b: {SMALL}\n" in err
        records = [strict(line) for line in out.splitlines()]
        changed = questions("changed", OAK, SMALL).body
        assert [one["run"] for one in records] == [OAK, SMALL] * changed.height
        assert [one["sample"] for one in records[::2]] == changed["sample"].to_list()
        assert {one["score"] for one in records} == {0.0, 1.0}

    def test_several_candidates(self, command: Command) -> None:
        words = ("flips", LM_EVAL, "--baseline", "oak", *QUIZ, "--format", "json", "--candidate")
        single = [row for one in ("7b", "1b") for row in strict(command(*words, one)[0])]
        several = strict(command(*words, "7b", "--candidate", "1b")[0])
        assert {row["candidate"] for row in several} == {SMALL, LARGE}
        assert sorted(several, key=str) == sorted(single, key=str)
        again = ("--candidate", "7b", "--candidate", "oak", "--candidate", "7b")
        assert strict(command(*words[:-1], *again)[0]) == strict(command(*words, "7b")[0])

    @pytest.mark.parametrize("form", ["csv", "jsonl"])
    def test_the_list_of_several_is_what_changed_of_any(self, command: Command, form: str) -> None:
        words = ("flips", LM_EVAL, "--baseline", "oak", *QUIZ, "--list", "--format", form)
        whole = questions("", OAK, SMALL, LARGE).body
        a, b, c = (whole[f"{name}.score"] for name in "abc")
        changed = whole.filter((a != b) | (a != c))["sample"].to_list()
        assert 0 < len(changed) < whole.height
        out, _ = command(*words, "--candidate", "1b", "--candidate", "7b")
        rows = rows_of(out) if form == "csv" else [strict(line) for line in out.splitlines()][::3]
        assert [row["sample"] for row in rows] == changed

    def test_both_sides_are_needed_and_are_two(self, command: Command) -> None:
        for words in (("--baseline", "oak"), ("--candidate", "oak")):
            assert "required" in command("flips", LM_EVAL, *words, code=2)[1]
        same = ("--baseline", "oak", "--candidate", "oak")
        _, err = command("flips", LM_EVAL, *same, *QUIZ, code=2)
        assert "there is no candidate besides the baseline" in err

    def test_a_side_without_answers_is_told(self, command: Command, tmp_path: Path) -> None:
        folder = tmp_path / "some"
        shutil.copytree(LM_EVAL, folder)
        for file in (folder / "mock__pine-1b").glob("samples_*"):
            file.unlink()
        out, err = command("flips", folder, *PAIR, *QUIZ, "--format", "csv", code=2)
        assert out == ""
        why = "they were saved, but their files are not among those that were read"
        assert err == f"tui-eval: no answers of {SMALL}: {why}\n"
        words = ("samples", folder, *QUIZ, "--run", "oak", "--run", "pine-1b", "--run", "pine-7b")
        assert command(*words, "--where", "c.wrong", code=2) == (out, err)


class TestSamples:
    @pytest.mark.parametrize(
        "where", ["", "fixed", "broken", "all wrong", "disagree", "a.wrong and not c.wrong"]
    )
    def test_every_format_is_the_report(self, command: Command, where: str) -> None:
        words = ("samples", LM_EVAL, *QUIZ, "--where", where)
        made = questions(where)
        assert 0 < made.body.height <= 24
        for form, text in printed(made).items():
            assert command(*words, "--format", form) == (text, told(made, form))

    def test_parquet(self) -> None:
        ended = process("samples", LM_EVAL, *QUIZ, "--format", "parquet")
        assert ended.returncode == 0
        assert pl.read_parquet(io.BytesIO(ended.stdout)).height == 24

    @pytest.mark.parametrize(
        ("harness", "dataset", "rows"),
        [
            ("lm_eval", "pocketquiz", 24),
            ("lighteval", "pocketquiz", 24),
            ("evalscope", "general_qa", 30),
            ("mixeval", "mixeval 2026-01-01", 60),
            ("twinkle", "mini_mmlu", 130),
        ],
    )
    def test_every_harness_gives_texts(
        self, command: Command, harness: str, dataset: str, rows: int
    ) -> None:
        words = ("samples", SAMPLES / harness, "--dataset", dataset, "--format")
        out, _ = command(*words, "csv")
        assert len(rows_of(out)) == rows
        out, _ = command(*words, "jsonl")
        records = [strict(line) for line in out.splitlines()]
        assert len({(one["category"], one["sample"]) for one in records}) == rows
        assert not any("error" in one for one in records)
        assert all(one["prompt"] for one in records)
        assert all(one["response"] is not None or one["choices"] for one in records)

    def test_attempts_are_records_of_their_own(self, command: Command) -> None:
        words = ("samples", SAMPLES / "twinkle", "--dataset", "mini_mmlu", "--run", "3b-base")
        out, _ = command(*words, "--category", "anatomy", "--format", "jsonl")
        records = [strict(line) for line in out.splitlines()]
        assert [one["attempt"] for one in records] == [0, 1, 2] * 20
        [row, *_] = rows_of(command(*words, "--category", "anatomy", "--format", "csv")[0])
        mean = sum(one["score"] for one in records[:3]) / 3
        assert float(row["a.score"]) == pytest.approx(mean)

    @pytest.mark.parametrize(
        ("where", "told", "place"),
        [
            ("a.wrnog", "did you mean wrong?", 3),
            ("a.wrong or", "found the end", 11),
            ("z.wrong", "there is no run ‘z’; runs are a to c", 1),
            ("score < 'x'", "is compared with a number", 9),
            ("\x1b[2J", "is not understood", 1),
        ],
    )
    def test_a_bad_condition(self, command: Command, where: str, told: str, place: int) -> None:
        out, err = command("samples", LM_EVAL, *QUIZ, "--where", where, code=2)
        assert out == ""
        assert err.startswith("tui-eval: --where: ")
        assert told in err
        assert f"(character {place})" in err
        assert "\x1b" not in err

    def test_a_bad_condition_is_told_before_anything_is_read(
        self, command: Command, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("tui_eval.loading.collection.load", None)
        assert "--where" in command("samples", LM_EVAL, "--where", "a.wrnog", code=2)[1]

    def test_nothing_meets_the_condition(self, command: Command) -> None:
        words = ("samples", LM_EVAL, *QUIZ, "--where", "score > 5")
        out, err = command(*words, "--format", "csv")
        assert rows_of(out) == []
        assert "No question meets the condition." in err
        assert "0 of 24 questions" in command(*words)[0]
        assert command(*words, "--format", "jsonl")[0] == ""

    def test_columns(self, command: Command) -> None:
        words = ("samples", LM_EVAL, *QUIZ, "--format", "csv", "--columns")
        whole = questions().body
        out, _ = command(*words, " c.score ,id")
        assert out.splitlines()[0] == "c.score,id"
        assert [row["id"] for row in rows_of(out)] == whole["id"].to_list()
        for wanted in ("id,nothing", "", "id,,id"):
            out, err = command(*words, wanted, code=2)
            assert out == ""
            assert "is unknown; there are:\n  category\n  sample\n  id\n  a.score" in err

    def test_columns_are_of_tables(self, command: Command) -> None:
        words = ("samples", LM_EVAL, *QUIZ, "--format", "jsonl", "--columns", "id")
        assert "--columns" in command(*words, code=2)[1]

    def test_category(self, command: Command) -> None:
        words = ("samples", LM_EVAL, *QUIZ, "--format", "csv")
        out, _ = command(*words, "--category", "geography")
        assert len(rows_of(out)) == 8
        assert "is ambiguous" in command(*words, "--category", "pocketquiz_", code=2)[1]
        assert "is unknown" in command(*words, "--category", "history", code=2)[1]

    def test_dataset(self, command: Command) -> None:
        _, err = command("samples", LM_EVAL, code=2)
        assert "choose a dataset with --dataset: pocketquiz, pocketquiz_short" in err
        out, _ = command("samples", SAMPLES / "evalscope", "--format", "csv")
        assert len(rows_of(out)) == 30

    @pytest.mark.parametrize(
        ("words", "said"),
        [
            (("samples", "--run", "harbour"), "mixeval 2026-01-01: the only one with answers of"),
            (("samples", "--category", "astronomy"), "mini_mmlu: the only one with answers in"),
            (("samples", "--metric", "acc_norm"), "pocketquiz: the only one with answers"),
            (
                ("flips", "--baseline", "mock-7b", "--candidate", "72b", "--format", "json"),
                "general_qa: the only one with answers of these runs",
            ),
        ],
    )
    def test_the_only_dataset_that_has_what_is_asked_for(
        self, command: Command, words: tuple[str, ...], said: str
    ) -> None:
        name, *options = words
        folders = [SAMPLES / one for one in ("lm_eval", "twinkle", "evalscope", "mixeval")]
        out, err = command(name, *folders, *options)
        assert err.startswith(f"tui-eval: dataset {said}")
        assert out

    @pytest.mark.parametrize("metric", ["acc", "acc_norm"])
    def test_metric(self, command: Command, metric: str) -> None:
        words = ("samples", LM_EVAL, *QUIZ, "--category", "sci", "--metric", metric)
        rows = rows_of(command(*words, "--format", "csv")[0])
        tables = load([LM_EVAL]).tables()
        own = tables.scores.filter(category="pocketquiz_science", metric=metric)
        for name, label in zip("abc", (OAK, SMALL, LARGE), strict=True):
            mean = sum(float(one[f"{name}.score"]) for one in rows) / 8
            run = tables.run_shown_as(label)
            assert [mean] == pytest.approx(own.filter(run=run)["value"].to_list())

    def test_runs(self, command: Command) -> None:
        words = ("samples", LM_EVAL, *QUIZ, "--format", "csv")
        _, err = command(*words, "--run", "mock", code=2)
        assert "run 'mock' is ambiguous" in err
        assert "is unknown" in command(*words, "--run", "gpt", code=2)[1]
        out, _ = command(*words, "--run", "pine-7b", "--run", "oak")
        assert out == printed(questions("", LARGE, OAK))["csv"]
        out, _ = command(*words, "--run", "pine-7b", "--run", "pine-7b")
        assert out == printed(questions("", LARGE))["csv"]

    def test_two_equal_runs_never_differ(self, command: Command, tmp_path: Path) -> None:
        folder = tmp_path / "twice"
        for name in ("one", "two"):
            shutil.copytree(LM_EVAL / "mock__pine-1b", folder / name)
        results = [*(folder / "two").glob("results_*")]
        for file in results:
            content = json.loads(file.read_text())
            content["model_name"] = "mock/other"
            content["config"]["model"] = "other"
            file.write_text(json.dumps(content))
        runs = load([folder]).tables().runs["label"].to_list()
        assert len(runs) == 2
        pair = ("--baseline", runs[0], "--candidate", runs[1])
        out, _ = command("flips", folder, *pair, *QUIZ, "--format", "csv")
        for row in rows_of(out):
            assert (row["paired"], row["fixed"], row["broken"]) == ("8", "0", "0")
            assert float(row["delta"]) == 0
        out, err = command("flips", folder, *pair, *QUIZ, "--format", "jsonl")
        assert out == ""
        assert "No question meets the condition." in err

    def test_runs_without_answers(self, command: Command, tmp_path: Path) -> None:
        for name in ("a", "b"):
            run_file(tmp_path / name, name, {"x": 0.5})
        _, err = command("samples", tmp_path, code=2)
        assert "no answers of these runs: their files are not among those that were read" in err
        _, err = command("flips", tmp_path, "--baseline", "a @", "--candidate", "b @", code=2)
        assert "no answers of these runs: their files are not among those that were read" in err

    def test_a_metric_without_a_score_is_no_lack_of_files(
        self, command: Command, tmp_path: Path
    ) -> None:
        folder = tmp_path / "some"
        shutil.copytree(LM_EVAL / "mock__pine-1b", folder)
        results = next(folder.glob("results_*"))
        content = json.loads(results.read_text())
        for row in content["results"].values():
            row["f1,none"] = None
        results.write_text(json.dumps(content))
        _, err = command("samples", folder, *QUIZ, "--metric", "f1", code=2)
        assert "none of them has a score in this metric" in err
        assert "not among those that were read" not in err

    def test_a_run_without_answers_is_told_and_left_out(
        self, command: Command, tmp_path: Path
    ) -> None:
        folder = tmp_path / "some"
        shutil.copytree(LM_EVAL, folder)
        for file in (folder / "mock__pine-1b").glob("samples_*"):
            file.unlink()
        out, err = command("samples", folder, *QUIZ, "--format", "csv")
        why = "they were saved, but their files are not among those that were read"
        assert err.startswith(f"tui-eval: no answers of {SMALL}: {why}\n")
        assert len(rows_of(out)) == 24
        assert "c.score" not in out

    def test_a_broken_row_costs_that_row(self, command: Command, tmp_path: Path) -> None:
        folder = tmp_path / "broken"
        shutil.copytree(LM_EVAL, folder)
        [file] = (folder / "mock__pine-1b").glob("samples_pocketquiz_geography_*")
        lines = file.read_text().splitlines(keepends=True)
        file.write_text("".join([*lines[:3], "{broken\n", *lines[4:-1], lines[-1][:50]]))
        out, err = command("samples", folder, *QUIZ, "--category", "geo", "--format", "csv")
        values = [row["b.score"] for row in rows_of(out)]
        assert values.count("") == 2
        assert file.name in err
        assert "line 4" in err


class TestMetricThatIsNotThere:
    """Scores of another filter are never printed for the one that is asked for."""

    ASKED = ("--dataset", "pocketquiz_short", "--metric", "exact_match, flexible-extract")
    OTHER = ("--dataset", "pocketquiz_short", "--metric", "exact_match, strict-match")

    @pytest.fixture
    def killed(self, tmp_path: Path) -> Path:
        """Runs that wrote the rows of one filter, and of the other those that are named."""
        folder = tmp_path / "killed"
        shutil.copytree(LM_EVAL, folder)
        kept = {"mock__oak-8b-chat": range(12), "mock__pine-1b": range(4), "mock__pine-7b": ()}
        for name, numbers in kept.items():
            [file] = (folder / name).glob("samples_pocketquiz_short_*")
            lines = file.read_text(encoding="utf-8").splitlines(keepends=True)
            rows = [(json.loads(line), line) for line in lines]
            file.write_text(
                "".join(
                    line
                    for row, line in rows
                    if row["filter"] == "strict-match" or row["doc_id"] in numbers
                ),
                encoding="utf-8",
            )
        return folder

    @pytest.mark.parametrize("form", ["table", "csv", "md", "json", "jsonl"])
    @pytest.mark.parametrize("name", ["samples", "flips"])
    def test_no_answer_has_it(self, command: Command, killed: Path, name: str, form: str) -> None:
        (killed / "mock__oak-8b-chat" / "results_2026-11-21T05-54-19.881339.json").unlink()
        for file in (killed / "mock__oak-8b-chat").glob("samples_*"):
            file.unlink()
        [file] = (killed / "mock__pine-1b").glob("samples_pocketquiz_short_*")
        rows = [line for line in file.read_text().splitlines(True) if "strict-match" in line]
        file.write_text("".join(rows))
        pair = ("--baseline", "1b", "--candidate", "7b") if name == "flips" else ()
        out, err = command(name, killed, *self.ASKED, *pair, "--format", form)
        said = out + err
        assert (
            "Not scored in exact_match, flexible-extract, only in exact_match, strict-match: "
            f"12 answers of {SMALL}, 12 answers of {LARGE}."
        ) in said
        assert "No question has a score of its own in exact_match, flexible-extract." in said
        assert "1.0" not in out
        assert "ok" not in out.split('"')
        assert "unparsed" not in out
        if form == "jsonl" and name == "samples":
            records = [strict(line) for line in out.splitlines()]
            assert len(records) == 24
            for record in records:
                assert (record["score"], record["status"], record["extracted"]) == (None,) * 3
                assert record["response"]

    def test_what_has_it_keeps_its_scores(self, command: Command, killed: Path) -> None:
        words = ("--format", "json")
        asked = {
            row["id"]: row for row in strict(command("samples", LM_EVAL, *self.ASKED, *words)[0])
        }
        out, err = command("samples", killed, *self.ASKED, *words)
        rows = strict(out)
        assert len(rows) == len(asked) == 12
        for row in rows:
            here = {"a": True, "b": int(row["id"]) < 4, "c": False}
            for name, is_there in here.items():
                expected = asked[row["id"]][f"{name}.score"] if is_there else None
                assert row[f"{name}.score"] == expected
        assert f"8 answers of {SMALL}, 12 answers of {LARGE}.\n" in err
        assert "All runs have all of these questions." in err
        both = {
            form: command("samples", folder, *self.OTHER, "--format", form)[0]
            for form in ("csv", "jsonl")
            for folder in (LM_EVAL, killed)
        }
        for form, out in both.items():
            assert command("samples", LM_EVAL, *self.OTHER, "--format", form)[0] == out

    def test_flips_are_of_what_has_it(self, command: Command, killed: Path) -> None:
        words = ("--baseline", "oak", "--candidate", "1b", "--format", "json")
        out, err = command("flips", killed, *self.ASKED, *words)
        assert [row["paired"] for row in strict(out)] == [4]
        assert f"Not compared with {SMALL}: 8 of 12 of {OAK}, 8 of 12 of {SMALL}." in err

    async def test_on_the_screen(self, killed: Path) -> None:
        for file in killed.glob("mock__[op]*[bt]/results_*"):
            if "pine-7b" not in str(file):
                file.unlink()
        async with open_app([killed]) as driven:
            await driven.press("2")
            driven.app.session.change(
                dataset="pocketquiz_short", metric="exact_match", filter="flexible-extract"
            )
            await driven.press("4")
            assert driven.frame["a.score"].null_count() == driven.frame.height == 12
            assert driven.context.startswith("pocketquiz_short · exact_match, flexible-extract")
            assert any("Not scored in exact_match, flex" in line for line in driven.drawn)


class TestCache:
    def test_no_cache_keeps_nothing(
        self, command: Command, own_cache: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("tui_eval.loading.cache._SMALLEST", 0)
        words = ("samples", LM_EVAL, *QUIZ, "--format", "csv")
        fresh, _ = command(*words, "--no-cache")
        assert not own_cache.exists()
        assert command(*words)[0] == fresh
        entries = {entry.name: entry.stat().st_mtime_ns for entry in own_cache.iterdir()}
        assert len(entries) == 9
        assert command(*words)[0] == fresh
        assert {entry.name for entry in own_cache.iterdir()} == set(entries)
        assert command(*words, "--no-cache")[0] == fresh


class TestUntrustedText:
    def test_nothing_of_an_answer_is_obeyed(
        self, command: Command, changed: Callable[..., Path]
    ) -> None:
        def attack(row: Row) -> None:
            row["resps"] = [[ATTACK + "\ud800 =1+1 \u2028"]]
            row["target"] = ATTACK
            row["doc"]["question"] += ATTACK

        folder = changed("pocketquiz_short", attack)
        words = ("samples", folder, "--dataset", "pocketquiz_short", "--format")
        for form in ("table", "csv", "md", "json", "jsonl"):
            out, err = command(*words, form)
            for part in ("\x1b", "\x9b", "\x07", "\u202e", "\x00", "\ud800", "\u2028"):
                assert part not in out + err
        out, _ = command(*words, "jsonl")
        assert out.isascii()
        records = [strict(line) for line in out.splitlines()]
        texts = [one["response"] for one in records if one["run"] == SMALL]
        assert all(text.startswith(ATTACK) for text in texts)

    def test_names_are_shown_and_guarded(
        self, command: Command, changed: Callable[..., Path]
    ) -> None:
        ids = iter(["=1+1", "+1", "-1", "@x", "\x1b[2J", "[bold]x", "`|`", "\t=1"])

        def rename(row: Row) -> None:
            row["doc_id"] = next(ids)

        folder = changed("pocketquiz_geography", rename)
        words = ("samples", folder, *QUIZ, "--category", "geo", "--run", "pine-1b", "--format")
        out, _ = command(*words, "csv")
        cells = [row["id"] for row in rows_of(out)]
        assert not any(cell[:1] in "=+-@\t" for cell in cells)
        assert {"'=1+1", "'+1", "'-1", "'@x"} <= set(cells)
        for form in ("table", "csv", "md", "json", "jsonl"):
            assert "\x1b" not in command(*words, form)[0]
        assert {"=1+1", "\x1b[2J"} <= {one["id"] for one in strict(command(*words, "json")[0])}

    def test_what_is_no_number_is_null(
        self, command: Command, changed: Callable[..., Path]
    ) -> None:
        def spoil(row: Row) -> None:
            row["acc"] = float("nan")
            row["resps"][0][0][0] = "-inf"
            row["resps"][1][0][0] = float("nan")
            row["filtered_resps"][0][0] = float("-inf")

        folder = changed("pocketquiz_geography", spoil)
        words = ("samples", folder, *QUIZ, "--category", "geo", "--format")
        for row in strict(command(*words, "json")[0]):
            assert row["b.score"] is None
            assert row["a.score"] in (0.0, 1.0)
        lines = command(*words, "jsonl")[0].splitlines()
        spoiled = [record for record in map(strict, lines) if record["run"] == SMALL]
        assert len(spoiled) == 8
        for record in spoiled:
            assert record["score"] is None
            assert record["choices"][0]["value"] is None
            assert record["choices"][2]["value"] < 0
        assert "nan" not in command(*words, "csv")[0].lower()
        assert "nan" not in command(*words, "table")[0].lower()


class TestOutput:
    @pytest.mark.parametrize("form", ["table", "csv", "jsonl"])
    def test_a_reader_that_has_seen_enough(self, form: str) -> None:
        words = ["samples", str(SAMPLES / "twinkle"), "--dataset", "mini_mmlu", "--format", form]
        line = f"{sys.executable} -m tui_eval {shlex.join(words)} | head -c 10"
        ended = subprocess.run(
            ["bash", "-o", "pipefail", "-c", line],
            capture_output=True,
            check=False,
            timeout=TIMEOUT,
            env=environment(),
        )
        assert len(ended.stdout) == 10
        assert b"Traceback" not in ended.stderr
        assert ended.returncode == 0

    def test_a_full_disk(self) -> None:
        words = ["samples", str(LM_EVAL), *QUIZ, "--format", "jsonl"]
        line = f"{sys.executable} -m tui_eval {shlex.join(words)} > /dev/full"
        ended = subprocess.run(
            ["bash", "-c", line],
            capture_output=True,
            check=False,
            timeout=TIMEOUT,
            env=environment(),
        )
        assert ended.returncode == 1
        assert ended.stderr == b"tui-eval: cannot write: no space left on device\n"


class TestScreen:
    """The same numbers stand on the screen."""

    async def test_questions(self, command: Command) -> None:
        out, _ = command("samples", LM_EVAL, *QUIZ, "--format", "csv")
        async with open_app([LM_EVAL]) as driven:
            await driven.press("4")
            shown = driven.frame
        assert shown.columns == list(rows_of(out)[0])
        for one, row in zip(rows_of(out), shown.iter_rows(named=True), strict=True):
            assert one["sample"] == row["sample"]
            assert [float(one[f"{name}.score"]) for name in "abc"] == [
                row[f"{name}.score"] for name in "abc"
            ]

    async def test_flips(self, command: Command) -> None:
        out, _ = command("flips", LM_EVAL, *PAIR, *QUIZ, "--format", "json")
        async with open_app([LM_EVAL]) as driven:
            await driven.press("3", "o", "o", "o", "o")
            shown = driven.shown.report.data.filter(candidate=SMALL)
        assert strict(out) == shown.to_dicts()


@pytest.mark.parametrize("name", ["samples", "flips"])
def test_answers_that_are_left_out_are_said_by_both(
    command: Command, tmp_path: Path, name: str
) -> None:
    for model in ("mock-3b-base", "mock-8b-instruct"):
        shutil.copytree(SAMPLES / "twinkle" / model, tmp_path / model)
    results = tmp_path / "mock-8b-instruct" / "results"
    file = results / "eval_results_20261120_2337_run0.jsonl"
    file.write_text("".join(file.read_text("utf-8").splitlines(True)[:40]), "utf-8")
    candidate = "mock-8b-instruct @ 20261120_2337"
    runs = (
        ("--baseline", "mock-3b-base", "--candidate", candidate)
        if name == "flips"
        else ("--run", candidate)
    )
    _, err = command(name, tmp_path, "--dataset", "mini_mmlu", *runs)
    assert f"{candidate}: 40 answers of {file.name} left out: not attributable to data files" in err
