"""The command line: what it prints where, with which exit code, and that it never hangs."""

from __future__ import annotations

import contextlib
import csv
import io
import json
import os
import re
import shutil
import subprocess
import sys
import termios
from collections.abc import Iterator, Sequence
from pathlib import Path
from resource import RLIMIT_FSIZE, setrlimit
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
from tests.build.twinkle import document, item, write
from tui_eval import __version__
from tui_eval.analysis import datasets, delta, files, scores
from tui_eval.analysis.delta_table import delta_table
from tui_eval.analysis.leaderboard import leaderboard_report
from tui_eval.analysis.selection import select
from tui_eval.analysis.view import Threshold, View
from tui_eval.loading.collection import load
from tui_eval.render.export import as_csv, as_json, as_markdown
from tui_eval.render.plain import plain_table
from tui_eval.tables import Tables

__all__ = ["command"]  # the fixture

EVALSCOPE = Path(__file__).parents[1] / "data" / "evalscope"

STAMP = "20260101_0000"
BASE, TUNED, OTHER = (f"{name} @ {STAMP}" for name in ("llama-8b", "llama-8b-ft", "org/qwen"))
VIEWS = ("categories", "overview", "top", "bottom")
INTERRUPTED = """
import os, signal, sys
from tui_eval.cli import main
from tui_eval.loading import collection

def load(paths, cache):
    os.kill(os.getpid(), signal.SIGINT)
    signal.pause()

collection.load = load
sys.exit(main.main(["scores", "."]))
"""


def run_of(folder: Path, name: str, accuracies: Sequence[float], **more: Any) -> Path:
    """A file with scores of the categories a, b, c on ``quiz``, and one on ``math``."""
    results = [
        item(f"datasets/quiz/{category}.csv", value, accuracy_std=0.01, **more)
        for category, value in zip("abc", accuracies, strict=False)
    ]
    content = document(results, name=name, dataset="datasets/quiz/")
    content["dataset_results"]["datasets/math"] = {"results": [item("datasets/math/x.csv", 0.5)]}
    return write(folder / f"{name.replace('/', '-')}.json", content)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Results of three runs; the last lacks a category."""
    place = tmp_path / "results"
    run_of(place, "llama-8b", (0.5, 0.25, 0.75), unparsed_count=3)
    run_of(place, "llama-8b-ft", (0.75, 0.25, 0.5), unparsed_count=1)
    run_of(place, "org/qwen", (1 / 3, 2 / 3), unparsed_count=0)
    return place


@pytest.fixture
def one(tmp_path: Path) -> Path:
    """Two runs on a single dataset: nothing has to be chosen."""
    place = tmp_path / "one"
    for name, value in (("m", 0.5), ("n", 0.75)):
        write(place / f"{name}.json", document([item("datasets/d/a.csv", value)], name=name))
    return place


def tables_of(folder: Path) -> Tables:
    return load([folder]).tables()


def first_cells(out: str) -> list[str]:
    """The first column of a CSV without its heading."""
    return [row[0] for row in csv.reader(io.StringIO(out))][1:]


class TestLeaderboard:
    def test_every_format_is_the_report(self, command: Command, folder: Path) -> None:
        made = leaderboard_report(select(tables_of(folder), View(dataset="quiz", scale=100)))
        ranked = [(1, TUNED), (1, OTHER), (3, BASE)]
        assert made.frame.select("rank", "run").rows() == ranked
        words = ("leaderboard", folder, "--dataset", "quiz", "--scale", "100")
        for form, text in printed(made).items():
            out, err = command(*words, "--format", form)
            assert (out, err) == (text, told(made, form))
        assert command(*words)[0] == plain_table(made)

    def test_all_datasets_where_none_is_chosen(self, command: Command, folder: Path) -> None:
        made = leaderboard_report(select(tables_of(folder), View()))
        assert command("leaderboard", folder)[0] == plain_table(made)
        assert {"math", "quiz"} < set(made.frame.columns)

    def test_the_only_dataset_need_not_be_named(self, command: Command, one: Path) -> None:
        out, _ = command("leaderboard", one, "--metric", "accuracy_mean", "--format", "csv")
        assert first_cells(out) == ["1", "2"]


class TestScores:
    def test_every_format_is_the_report(self, command: Command, folder: Path) -> None:
        made = scores.score_report(select(tables_of(folder), View(dataset="quiz")))
        for form, text in printed(made).items():
            out, err = command("scores", folder, "--dataset", "quiz", "--format", form)
            assert (out, err) == (text, told(made, form))
        assert command("scores", folder, "--dataset", "quiz")[0] == plain_table(made)

    def test_values_are_those_of_the_files(self, command: Command, folder: Path) -> None:
        out, _ = command("scores", folder, "--dataset", "quiz", "--sort", "name", "--format", "csv")
        rows = list(csv.DictReader(io.StringIO(out)))
        assert [row["category"] for row in rows] == ["a", "b", "c"]
        assert [float(row[TUNED]) for row in rows] == [0.75, 0.25, 0.5]
        assert [row[OTHER] for row in rows] == [str(1 / 3), str(2 / 3), ""]

    def test_json_has_the_columns_names(self, command: Command, folder: Path) -> None:
        out, _ = command(
            "scores", folder, "--dataset", "quiz", "--format", "json", "--sort", "name"
        )
        rows = json.loads(out)
        assert [list(row) for row in rows] == [["category", BASE, TUNED, OTHER]] * 3
        assert rows[2][OTHER] is None

    def test_several_datasets_are_an_overview(self, command: Command, folder: Path) -> None:
        out, _ = command("scores", folder, "--format", "csv")
        assert out == as_csv(scores.overview_report(select(tables_of(folder), View())))
        assert first_cells(out) == ["math", "quiz"]

    def test_the_only_dataset_needs_no_choice(self, command: Command, one: Path) -> None:
        assert first_cells(command("scores", one, "--format", "csv")[0]) == ["a"]

    @pytest.mark.parametrize("wanted", ["quiz", "QUI", "q"])
    def test_part_of_a_datasets_name_is_enough(
        self, command: Command, folder: Path, wanted: str
    ) -> None:
        out, _ = command("scores", folder, "--dataset", wanted, "--sort", "name", "--format", "csv")
        assert first_cells(out) == ["a", "b", "c"]

    @pytest.mark.parametrize(
        ("metric", "values"),
        [
            ("accuracy_std", ["0.01", "0.01"]),
            ("unparsed_count", ["3.0", "1.0"]),
            ("mean", ["0.5", "0.75"]),
        ],
    )
    def test_metrics(self, command: Command, folder: Path, metric: str, values: list[str]) -> None:
        out, _ = command(
            "scores",
            folder,
            "--dataset",
            "quiz",
            "--metric",
            metric,
            "--sort",
            "name",
            "--format",
            "csv",
        )
        assert next(iter(csv.reader(io.StringIO(out.split("\n")[1]))))[1:3] == values

    @pytest.mark.parametrize(
        ("order", "names"), [("-mean", "cab"), ("mean", "bac"), ("name", "abc")]
    )
    def test_order(self, command: Command, folder: Path, order: str, names: str) -> None:
        # means over the runs: a 0.528, b 0.389, c 0.625
        out, _ = command(
            "scores", folder, "--dataset", "quiz", f"--sort={order}", "--format", "csv"
        )
        assert first_cells(out) == list(names)

    def test_an_order_may_stand_behind_a_blank(self, command: Command, folder: Path) -> None:
        out, _ = command("scores", folder, "--dataset", "quiz", "--sort", "mean", "--format", "csv")
        assert first_cells(out) == ["b", "a", "c"]

    @pytest.mark.parametrize("scale", [1, 100])
    @pytest.mark.parametrize(
        ("options", "names"),
        [
            (("--min", 0.5), "abc"),
            (("--min", 0.51), "abc"),
            (("--min", 0.7), "ac"),
            (("--max", 0.25), "b"),
            (("--min", 0.5, "--by", "llama-8b"), "ac"),
            (("--min", 0.6, "--by", "qwen"), "b"),
            (("--max", 0.5, "--by", "llama-8b-ft"), "bc"),
            (("--min", 0.99), ""),
        ],
    )
    def test_limits_follow_the_scale(
        self, command: Command, folder: Path, options: tuple[Any, ...], names: str, scale: int
    ) -> None:
        given = [word * scale if isinstance(word, float) else word for word in options]
        words = ("--dataset", "quiz", "--scale", scale, "--sort", "name", "--format", "csv", *given)
        out, err = command("scores", folder, *words)
        assert first_cells(out) == list(names)
        assert ("No category has a score" in err) == (not names)

    def test_what_is_left_out_stays_out_of_no_mean(self, command: Command, folder: Path) -> None:
        view = View(dataset="quiz", threshold=Threshold(at_least=True, value=0.7))
        out, _ = command("scores", folder, "--dataset", "quiz", "--min", "0.7")
        assert out == plain_table(scores.score_report(select(tables_of(folder), view)))
        assert "mean over common 2" in out

    def test_counts_have_no_scale(self, command: Command, folder: Path) -> None:
        words = ("--dataset", "quiz", "--metric", "unparsed_count", "--format", "csv")
        per_scale = [command("scores", folder, *words, "--scale", scale)[0] for scale in (1, 100)]
        assert per_scale[0] == per_scale[1]
        limited, _ = command("scores", folder, *words, "--scale", 100, "--min", 3)
        assert sorted(first_cells(limited)) == ["a", "b", "c"]

    def test_the_scale_multiplies(self, command: Command, folder: Path) -> None:
        view = View(dataset="quiz", scale=100)
        out, _ = command("scores", folder, "--dataset", "quiz", "--scale", 100)
        assert out == plain_table(scores.score_report(select(tables_of(folder), view)))
        assert "75.0" in out

    def test_several_paths_are_one_collection(self, command: Command, folder: Path) -> None:
        paths = sorted(folder.iterdir())
        out, _ = command("scores", *paths, "--dataset", "quiz", "--format", "json")
        assert set(json.loads(out)[0]) == {"category", BASE, TUNED, OTHER}


class TestDatasets:
    def test_every_format_is_the_report(self, command: Command, folder: Path) -> None:
        made = datasets.datasets_report(tables_of(folder), View(scale=100))
        for form, text in printed(made).items():
            out, err = command("datasets", folder, "--scale", "100", "--format", form)
            assert (out, err) == (text, told(made, form))
        assert command("datasets", folder, "--scale", "100")[0] == plain_table(made)

    def test_it_lists_them_with_the_best_run(self, command: Command, folder: Path) -> None:
        math, quiz = json.loads(command("datasets", folder, "--format", "json")[0])
        assert (math["dataset"], math["runs"], math["categories"]) == ("math", 3, 1)
        assert (quiz["dataset"], quiz["best_run"]) == ("quiz", BASE)  # the third lacks a category
        assert quiz["best"] == pytest.approx(0.5)

    def test_most_runs_first(self, command: Command, folder: Path) -> None:
        write(folder / "x.json", document([item("datasets/a/x.csv", 0.5)], dataset="datasets/a"))
        out, _ = command("datasets", folder, "--format", "csv")
        assert first_cells(out) == ["a", "math", "quiz"]
        out, _ = command("datasets", folder, "--sort", "runs", "--format", "csv")
        assert first_cells(out) == ["math", "quiz", "a"]


class TestDelta:
    QUIZ = ("--dataset", "quiz")

    def view(self, tables: Tables, **more: Any) -> View:
        return View(dataset="quiz", baseline=tables.run_shown_as(BASE), **more)

    def test_every_view_in_every_format_is_the_report(self, command: Command, folder: Path) -> None:
        tables = tables_of(folder)
        reports = {
            "categories": delta.delta_report(select(tables, self.view(tables))),
            "overview": delta.overview_report(select(tables, self.view(tables))),
            "top": delta.movers_report(select(tables, self.view(tables)), None, "top"),
            "bottom": delta.movers_report(select(tables, self.view(tables)), None, "bottom"),
            "missing": delta.missing_report(select(tables, self.view(tables))),
        }
        for view, made in reports.items():
            for form, text in printed(made).items():
                words = (*self.QUIZ, "--baseline", BASE, "--view", view, "--format", form)
                assert command("delta", folder, *words) == (text, told(made, form)), (view, form)

    def test_categories_is_the_default(self, command: Command, folder: Path) -> None:
        out, _ = command("delta", folder, *self.QUIZ, "--baseline", BASE)
        tables = tables_of(folder)
        assert out == plain_table(delta.delta_report(select(tables, self.view(tables))))

    def test_a_person_sees_each_category_once_and_what_it_comes_to(
        self, command: Command, folder: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        words = ("delta", folder, *self.QUIZ, "--baseline", BASE)
        data = command(*words, "--format", "csv")[0]
        monkeypatch.setattr("sys.stdout.isatty", lambda: True)
        monkeypatch.setenv("COLUMNS", "120")
        several, _ = command(*words)
        tables = tables_of(folder)
        table = delta_table(select(tables, self.view(tables)))
        for name in table.data["category"]:
            assert sum(line.startswith(f"{name} ") for line in several.splitlines()) == 1
        assert "mean of " in several
        single, _ = command(*words, "--candidate", "8b-ft")
        assert re.search(r"^Δ: mean of \d+ categories [+-]?0\.\d+; ", single, re.MULTILINE)
        assert command(*words, "--format", "csv")[0] == data

    @pytest.mark.parametrize(
        ("view", "names"),
        [
            (
                "categories",
                ["category", "candidate", "baseline_score", "candidate_score", "delta"],
            ),
            ("top", ["category", "candidate", "baseline_score", "candidate_score", "delta"]),
            ("missing", ["run", "category"]),
        ],
    )
    def test_json_has_the_columns_names(
        self, command: Command, folder: Path, view: str, names: list[str]
    ) -> None:
        words = (*self.QUIZ, "--baseline", BASE, "--view", view, "--format", "json")
        rows = json.loads(command("delta", folder, *words)[0])
        assert rows
        assert all(list(row) == names for row in rows)

    @pytest.mark.parametrize("wanted", [BASE, "llama-8b", "LLAMA-8B @"])
    def test_a_run_is_known_by_label_model_or_part(
        self, command: Command, folder: Path, wanted: str
    ) -> None:
        words = (*self.QUIZ, "--baseline", wanted, "--candidate", "qwen", "--format", "csv")
        out, _ = command("delta", folder, *words)
        tables = tables_of(folder)
        view = self.view(tables, candidates=(tables.run_shown_as(OTHER),))
        assert out == as_csv(delta.delta_report(select(tables, view)))

    def test_several_candidates(self, command: Command, folder: Path) -> None:
        words = ("--baseline", "qwen", "--candidate", TUNED, "--candidate", BASE, "--format", "csv")
        out, _ = command("delta", folder, *self.QUIZ, *words, "--view", "overview")
        assert sorted(first_cells(out)) == [BASE, TUNED]

    @pytest.mark.parametrize("way", ["top", "bottom"])
    def test_lists_of_one_candidate_leave_its_name_out(
        self, command: Command, folder: Path, way: delta.Direction
    ) -> None:
        words = ("--baseline", BASE, "--view", way, "--format", "csv")
        single, _ = command("delta", folder, *self.QUIZ, *words, "--candidate", "8b-ft")
        tables = tables_of(folder)
        tuned = tables.run_shown_as(TUNED)
        assert single == as_csv(delta.movers_report(select(tables, self.view(tables)), tuned, way))
        assert single.startswith("category,baseline_score,candidate_score,delta\n")
        several, _ = command("delta", folder, *self.QUIZ, *words)
        assert several.startswith("category,candidate,baseline_score,")

    def test_the_lists_are_as_long_as_asked(self, command: Command, folder: Path) -> None:
        words = ("--baseline", "qwen", "--view", "bottom", "--format", "csv", "--top", 1)
        out, _ = command("delta", folder, *self.QUIZ, *words)
        assert first_cells(out) == ["b", "b"]

    @pytest.mark.parametrize(
        ("order", "names"), [("down", "abc"), ("up", "cba"), ("abs", "acb"), ("name", "abc")]
    )
    def test_order(self, command: Command, folder: Path, order: str, names: str) -> None:
        words = ("--baseline", BASE, "--candidate", "8b-ft", "--sort", order, "--format", "csv")
        assert first_cells(command("delta", folder, *self.QUIZ, *words)[0]) == list(names)

    @pytest.mark.parametrize("scale", [1, 100])
    @pytest.mark.parametrize(("least", "names"), [(0.25, "ac"), (0.26, "")])
    def test_the_least_difference_follows_the_scale(
        self, command: Command, folder: Path, least: float, names: str, scale: int
    ) -> None:
        words = ("--baseline", BASE, "--candidate", TUNED, "--format", "csv", "--scale", scale)
        out, err = command("delta", folder, *self.QUIZ, *words, "--threshold", least * scale)
        assert first_cells(out) == list(names)
        assert (f"tui-eval: No difference is as large as {least * scale:g}.\n" in err) == (
            not names
        )

    @pytest.mark.parametrize("form", ["table", "csv", "md", "json"])
    def test_it_is_said_where_lower_is_better(
        self, command: Command, folder: Path, form: str
    ) -> None:
        for words in (("scores",), *(("delta", "--baseline", BASE, "--view", v) for v in VIEWS)):
            for metric in ("unparsed_count", "accuracy_mean"):
                options = (*self.QUIZ, *words[1:], "--metric", metric, "--format", form)
                said = "".join(command(words[0], folder, *options))
                assert ("lower is better" in said) == (metric == "unparsed_count"), words

    def test_it_is_said_of_which_dataset_lower_is_better(
        self, command: Command, folder: Path
    ) -> None:
        whole, _ = command("scores", folder, "--metric", "unparsed_count")
        assert "Lower is better on quiz." in whole
        assert "ower is better" not in command("scores", folder)[0]

    @pytest.mark.parametrize(("way", "word"), [("top", "Improved"), ("bottom", "Declined")])
    def test_candidates_without_a_row_are_named(
        self, command: Command, folder: Path, way: str, word: str
    ) -> None:
        run_of(folder, "better", (0.6, 0.35, 0.85))
        run_of(folder, "worse", (0.4, 0.15, 0.65))
        run_of(folder, "copy", (0.5, 0.25, 0.75))
        none = {"top": ["copy", "worse"], "bottom": ["better", "copy"]}[way]
        said = f"{word} in no category: {', '.join(f'{name} @ {STAMP}' for name in none)}."
        words = ("delta", folder, *self.QUIZ, "--baseline", BASE, "--view", way)
        assert said in command(*words)[0]
        assert said in command(*words, "--format", "json")[1]
        whole = command(*words, "--candidate", "copy")[0]
        assert f"Nothing {word.lower()}." in whole
        assert "in no category" not in whole

    def test_lower_may_be_better(self, command: Command, folder: Path) -> None:
        words = (
            "--baseline",
            BASE,
            "--metric",
            "unparsed_count",
            "--view",
            "top",
            "--format",
            "csv",
        )
        out, _ = command("delta", folder, *self.QUIZ, *words, "--candidate", "8b-ft")
        assert [row["delta"] for row in csv.DictReader(io.StringIO(out))] == ["-2.0"] * 3

    def test_a_dataset_must_be_chosen(self, command: Command, folder: Path) -> None:
        out, err = command("delta", folder, "--baseline", BASE, code=2)
        assert (out, err) == ("", "tui-eval: choose a dataset with --dataset: math, quiz\n")

    def test_the_only_dataset_of_both_runs_needs_no_choice(
        self, command: Command, folder: Path
    ) -> None:
        write(folder / "new.json", document([item("datasets/quiz/a.csv", 0.9)], name="new"))
        words = ("--baseline", "new", "--candidate", "qwen", "--format", "csv")
        out, err = command("delta", folder, *words, code=2)
        told = "no dataset has scores of the baseline and a candidate; there are: d, math, quiz"
        assert (out, err) == ("", f"tui-eval: {told}\n")
        content = document([item("datasets/quiz/a.csv", 0.9)], name="new", dataset="datasets/quiz")
        write(folder / "new.json", content)
        out, err = command("delta", folder, *words)
        assert first_cells(out) == ["a"]
        told = "dataset quiz: the only one with scores of the baseline and a candidate"
        assert err.startswith(f"tui-eval: {told}\n")

    def test_a_metric_that_one_dataset_has_chooses_it(self, command: Command) -> None:
        words = (SAMPLES / "lm_eval", "--format", "csv", "--metric", "acc_norm", "--min", 0)
        out, err = command("scores", *words)
        assert err.startswith("tui-eval: dataset pocketquiz: the only one with this metric\n")
        assert len(first_cells(out)) == 3

    def test_a_baseline_alone_is_compared_with_nothing(
        self, command: Command, one: Path, tmp_path: Path
    ) -> None:
        words = ("--baseline", "m", "--candidate", f"m @ {STAMP}")
        out, err = command("delta", one, *words, code=2)
        assert out == ""
        assert "there is no candidate besides the baseline" in err
        write(tmp_path / "alone" / "m.json", document())
        out, err = command("delta", tmp_path / "alone", "--baseline", "m", code=2)
        assert "there is no candidate besides the baseline" in err

    def test_a_baseline_without_scores_of_the_dataset_is_refused(
        self, command: Command, folder: Path
    ) -> None:
        write(folder / "other.json", document(name="other", dataset="datasets/else/"))
        words = ("--baseline", "other", "--dataset", "quiz")
        out, err = command("delta", folder, *words, code=2)
        assert out == ""
        assert err == f"tui-eval: the baseline other @ {STAMP} has no scores of quiz\n"

    def test_a_baseline_with_other_metrics_of_the_dataset_is_told_with_them(
        self, command: Command
    ) -> None:
        words = ("--baseline", "20250708", "--dataset", "brew_qa", "--metric", "bleu")
        _, err = command("delta", EVALSCOPE / "v0.17", EVALSCOPE / "v1.14", *words, code=2)
        assert err == (
            "tui-eval: the baseline tea-1b @ 20250708_091011 has no scores of brew_qa in this "
            'metric; it has it in accuracy, rouge:mean[statistic="recall",variant="l"]\n'
        )

    def test_the_best_candidate_comes_first_where_lower_is_better(
        self, command: Command, folder: Path
    ) -> None:
        words = ("--baseline", "qwen", "--dataset", "quiz", "--metric", "unparsed_count")
        out, _ = command("delta", folder, *words, "--view", "overview", "--format", "json")
        assert [row["Mean Δ"] for row in json.loads(out)] == [1, 3]

    @pytest.mark.parametrize(("order", "names"), [("-mean", "abc"), ("mean", "cba")])
    def test_best_first_is_lowest_first_where_lower_is_better(
        self, command: Command, tmp_path: Path, order: str, names: str
    ) -> None:
        items = [item(f"{name}.csv", 0.5, unparsed_count=n) for n, name in enumerate("abc")]
        path = write(tmp_path / "r.json", document(items))
        words = ("--metric", "unparsed_count", "--sort", order, "--format", "json")
        out, _ = command("scores", path, *words)
        assert "".join(row["category"] for row in json.loads(out)) == names


class TestLong:
    """The table of scores itself."""

    NAMES = "run dataset category metric filter value stderr n repeats higher_is_better unit origin"

    @pytest.fixture
    def rows(self, folder: Path) -> pl.DataFrame:
        return tables_of(folder).scores

    def test_json(self, command: Command, folder: Path, rows: pl.DataFrame) -> None:
        found = json.loads(command("scores", folder, "--long", "--format", "json")[0])
        assert " ".join(found[0]).startswith(self.NAMES)
        assert [row["value"] for row in found] == rows["value"].to_list()
        assert {row["unit"] for row in found} == {"fraction", "count"}

    def test_csv(self, command: Command, folder: Path, rows: pl.DataFrame) -> None:
        out, _ = command("scores", folder, "--long", "--format", "csv")
        assert pl.read_csv(io.StringIO(out))["value"].to_list() == rows["value"].to_list()

    def test_parquet(self, folder: Path, rows: pl.DataFrame) -> None:
        out = process("scores", folder, "--long", "--format", "parquet").stdout
        found = pl.read_parquet(io.BytesIO(out))
        shown = rows.with_columns(pl.col("run").replace_strict(tables_of(folder).labels))
        assert found.select(rows.columns).equals(shown)

    def test_one_dataset_and_metric(self, command: Command, folder: Path) -> None:
        words = ("--long", "--dataset", "quiz", "--metric", "unparsed", "--format", "json")
        found = json.loads(command("scores", folder, *words)[0])
        assert {(row["dataset"], row["metric"]) for row in found} == {("quiz", "unparsed_count")}

    def test_a_filter_is_chosen_too(self, command: Command) -> None:
        words = (SAMPLES / "lm_eval", "--dataset", "pocketquiz_short", "--format", "json")
        for wanted, filters in (
            ("exact_match, flexible-extract", {"flexible-extract"}),
            ("strict", {"strict-match"}),
            ("exact_match", {"flexible-extract", "strict-match"}),
        ):
            rows = json.loads(command("scores", *words, "--long", "--metric", wanted)[0])
            assert {row["filter"] for row in rows} == filters

    def test_parquet_is_not_shown_to_a_person(
        self, command: Command, folder: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("sys.stdout.isatty", lambda: True)
        err = command("scores", folder, "--long", "--format", "parquet", code=2)[1]
        assert "Parquet is not text" in err


class TestRuns:
    def test_what_is_known_of_one_and_in_what_two_differ(
        self, command: Command, folder: Path
    ) -> None:
        out, _ = command("runs", folder, "--run", "qwen", "--format", "json")
        facts = {row["fact"]: row["value"] for row in json.loads(out)}
        assert (facts["model"], facts["harness"]) == ("org/qwen", "twinkle")
        words = ("--run", "llama-8b", "--against", "qwen", "--format", "json")
        rows = json.loads(command("runs", folder, *words)[0])
        assert {"fact": "model", "first": "llama-8b", "second": "org/qwen"} in rows
        assert "harness" not in {row["fact"] for row in rows}
        assert rows[0] == {
            "fact": "quiz: questions",
            "first": "3 of 3 categories",
            "second": "2 of 3 categories",
        }
        assert "--against needs" in command("runs", folder, "--against", "qwen", code=2)[1]

    def test_the_path_of_a_run_without_a_report_is_there(
        self, command: Command, tmp_path: Path
    ) -> None:
        for folder in ("evalscope/20261121_000412", "mixeval/model_responses/harbour_8b_chat"):
            shutil.copytree(SAMPLES / folder, tmp_path / folder)
        shutil.rmtree(tmp_path / "evalscope/20261121_000412/reports")
        for file in tmp_path.rglob("score.json"):
            file.unlink()
        rows = json.loads(command("runs", tmp_path, "--format", "json")[0])
        assert {row["harness"] for row in rows} == {"evalscope", "mixeval"}
        for row in rows:
            assert Path(row["path"]).is_file()
            told = json.loads(command("runs", tmp_path, "--run", row["run"], "--format", "json")[0])
            assert {"fact": "path", "value": row["path"]} in told

    def test_a_row_a_run_then_refused_files(self, command: Command, folder: Path) -> None:
        (folder / "z.json").write_text('{"dataset_results": {')
        out, _ = command("runs", folder, "--format", "json")
        rows = json.loads(out)
        assert [row["model"] for row in rows] == ["llama-8b-ft", "llama-8b", "org/qwen", "z.json"]
        assert [row["state"] for row in rows] == ["complete", "complete", "partial", "refused"]
        assert [row["tasks"] for row in rows] == [4, 4, 3, None]
        assert rows[0]["folder"] == str(folder)
        assert {row["harness"] for row in rows[:3]} == {"twinkle"}


class TestDoctor:
    @pytest.fixture
    def mixed(self, folder: Path) -> Path:
        (folder / "broken.json").write_text('{"dataset_results": {')
        (folder / "notes.txt").write_text("hello")
        return folder

    def test_every_format_is_the_report(self, command: Command, mixed: Path) -> None:
        made = files.files_report(load([mixed]).file_table())
        for form, text in printed(made).items():
            assert command("doctor", mixed, "--format", form) == (text, told(made, form))

    def test_every_file_is_listed_with_its_reason(self, command: Command, mixed: Path) -> None:
        rows = json.loads(command("doctor", mixed, "--format", "json")[0])
        found = {Path(row["path"]).name: row for row in rows}
        assert {name: row["state"] for name, row in found.items()} == {
            "broken.json": "refused",
            "llama-8b-ft.json": "read",
            "llama-8b.json": "read",
            "notes.txt": "skipped",
            "org-qwen.json": "read",
        }
        assert found["broken.json"]["reason"]
        assert list(rows[0]) == ["path", "state", "what", "runs", "place", "reason"]

    def test_nothing_readable_is_listed_and_told_by_the_exit_code(
        self, command: Command, tmp_path: Path
    ) -> None:
        (tmp_path / "x.json").write_text("{")
        assert "x.json" in command("doctor", tmp_path, code=2)[0]
        assert "nowhere" in command("doctor", tmp_path / "nowhere", code=2)[0]

    def test_what_all_runs_of_a_file_lack_is_told_once(
        self, command: Command, tmp_path: Path
    ) -> None:
        path = tmp_path / "score.json"
        shutil.copy(SAMPLES / "mixeval/model_responses/score.json", path)
        [row] = json.loads(command("doctor", path, "--format", "json")[0])
        assert row["runs"] == 2
        assert row["reason"].count("benchmark and version are not recorded") == 1

    @pytest.mark.parametrize("name", ["doctor", "runs"])
    def test_paths_are_whole_however_they_were_given(
        self, command: Command, monkeypatch: pytest.MonkeyPatch, name: str
    ) -> None:
        monkeypatch.chdir(SAMPLES.parent)
        rows = json.loads(command(name, "samples", "--format", "json")[0])
        assert len({row["path"].split("/")[-1] for row in rows}) > 5
        assert {row["path"].startswith(f"{SAMPLES}/") for row in rows} == {True}

    def test_one_missing_path_is_told_beside_the_others(
        self, command: Command, folder: Path
    ) -> None:
        out, _ = command("doctor", folder, folder / "nowhere", code=2)
        assert "llama-8b.json" in out
        assert "nowhere" in out


class TestWhatIsWrong:
    @pytest.mark.parametrize(
        "words",
        [
            ("scores",),
            ("scores", ".", "--scale", "10"),
            ("scores", ".", "--sort", "best"),
            ("scores", ".", "--min", "much"),
            ("scores", ".", "--min", "1", "--max", "1"),
            ("scores", ".", "--format", "xlsx"),
            ("delta", "."),
            ("delta", ".", "--baseline", "m", "--top", "0"),
            ("delta", ".", "--baseline", "m", "--top", "many"),
            ("delta", ".", "--baseline", "m", "--view", "all"),
            ("doctor",),
            ("--unknown",),
        ],
    )
    def test_wrong_usage(self, command: Command, words: tuple[str, ...]) -> None:
        out, err = command(*words, code=2)
        assert out == ""
        assert err.startswith("usage: tui-eval")

    @pytest.mark.parametrize(
        "line",
        [
            "scores . --metric a --metric b",
            "scores . --min 1 --min 1",
            "delta . --baseline m --baseline n",
            "delta . --baseline m --scale 1 --scale 100",
            "flips . --baseline m --candidate n --candidate o --category x --category y",
            "samples . --where fixed --where broken",
            "runs . --run m --run n",
            "doctor . --format csv --format json",
            ". --theme nord --theme dracula",
        ],
    )
    def test_an_option_that_is_given_twice_is_refused(self, command: Command, line: str) -> None:
        out, err = command(*line.split(), code=2)
        assert out == ""
        assert err.endswith(f"argument {line.split()[-2]}: given twice\n")

    @pytest.mark.parametrize(
        ("line", "said"),
        [
            ("scores --dataset nope", "dataset 'nope' is unknown"),
            ("scores --metric accuracy", "metric 'accuracy' is ambiguous"),
            ("scores --dataset quiz --min 0 --by gpt", "run 'gpt' is unknown"),
            ("delta --dataset quiz --baseline gpt", "run 'gpt' is unknown"),
            ("delta --dataset quiz --baseline LLAMA", "run 'LLAMA' is ambiguous"),
            ("delta --dataset quiz --baseline qwen --candidate 2026", "run '2026' is ambiguous"),
        ],
    )
    def test_an_unclear_name_is_told_the_choices(
        self, command: Command, folder: Path, line: str, said: str
    ) -> None:
        choices = {
            "dataset 'nope' is unknown": ["math", "quiz"],
            "metric 'accuracy' is ambiguous": ["accuracy_mean", "accuracy_std"],
            "run 'LLAMA' is ambiguous": [BASE, TUNED],
        }
        name, *words = line.split()
        out, err = command(name, folder, *words, code=2)
        heading, *listed = err.splitlines()
        assert out == ""
        assert heading == f"tui-eval: {said}; there are:"
        expected = choices.get(said, [BASE, TUNED, OTHER])
        assert sorted(listed) == [f"  {choice}" for choice in expected]

    @pytest.mark.parametrize(
        ("line", "said"),
        [
            ("scores --min 0.5", "choose a dataset with --dataset: math, quiz"),
            (
                "scores --dataset quiz --by qwen",
                "--by needs --min or --max: it names the run whose scores they filter",
            ),
        ],
    )
    def test_what_lacks_something_says_what(
        self, command: Command, folder: Path, line: str, said: str
    ) -> None:
        name, *words = line.split()
        assert command(name, folder, *words, code=2) == ("", f"tui-eval: {said}\n")

    @pytest.mark.parametrize("name", ["nowhere", "x" * 300])
    @pytest.mark.parametrize("words", [("scores",), (), ("delta", "--baseline", "m")])
    def test_a_missing_path(
        self, command: Command, tmp_path: Path, words: tuple[str, ...], name: str
    ) -> None:
        out, err = command(*words, tmp_path / name, code=2)
        assert out == ""
        assert name in err

    @pytest.mark.parametrize("name", ["nowhere", "x" * 300])
    @pytest.mark.parametrize("line", ["scores --dataset quiz", "runs", ""])
    def test_a_missing_path_does_not_keep_the_rest_back(
        self, command: Command, folder: Path, line: str, name: str
    ) -> None:
        words = line.split()
        whole, _ = command(*words[:1], folder, *words[1:])
        out, err = command(*words[:1], folder, tmp := folder / name, *words[1:], code=2)
        assert out.startswith(whole[:20])
        assert f"tui-eval: {tmp}: cannot be read: " in err
        if words != ["runs"]:  # which lists it, too
            assert out == whole

    def test_a_misspelt_command_does_not_open_its_paths(
        self, command: Command, folder: Path
    ) -> None:
        out, err = command("scroes", folder, code=2)
        assert out == ""
        assert err == "tui-eval: no such file or folder: scroes; did you mean tui-eval scores?\n"

    def test_an_empty_folder(self, command: Command, tmp_path: Path) -> None:
        assert command("scores", tmp_path, code=2) == (
            "",
            "tui-eval: no results found; tui-eval doctor PATH lists what was looked at\n",
        )

    def test_a_refused_file_does_not_keep_the_rest_back(
        self, command: Command, folder: Path
    ) -> None:
        whole, _ = command("scores", folder, "--dataset", "quiz")
        (folder / "broken\x1b[2J.json").write_text('{"dataset_results": {')
        out, err = command("scores", folder, "--dataset", "quiz")
        assert out == whole
        assert err.startswith(f"tui-eval: {folder}/broken␛[2J.json: ")
        assert len(err.splitlines()) == 1

    def test_many_refused_files_are_counted(self, command: Command, folder: Path) -> None:
        for number in range(25):
            (folder / f"{number}.json").write_text("{")
        _, err = command("scores", folder)
        assert len(err.splitlines()) == 21
        assert err.splitlines()[-1] == "tui-eval: and 5 more: see tui-eval doctor"

    @pytest.mark.parametrize(
        "words", [("--help",), ("scores", "--help"), ("delta", "-h"), ("doctor", "-h")]
    )
    def test_help(self, command: Command, words: tuple[str, ...]) -> None:
        out, err = command(*words)
        assert out.startswith("usage: tui-eval")
        assert err == ""

    def test_version(self, command: Command) -> None:
        assert command("--version") == (f"tui-eval {__version__}\n", "")


class TestUntrustedNames:
    @pytest.fixture
    def hostile(self, tmp_path: Path) -> Path:
        for model, value in ((ATTACK, 0.5), (f"{ATTACK}2", 0.75)):
            items = [item(f"datasets/d/{ATTACK}.csv", value), item("datasets/d/a.csv", 0.25)]
            content = document(items, name=model, dataset=f"datasets/{ATTACK}")
            content["timestamp"] = "\x1b[31mnow\ud800"
            path = tmp_path / f"\x1b]0;x\x07{len(model)}.json"
            path.write_text(json.dumps(content))
        return tmp_path

    @pytest.mark.parametrize("form", ["table", "csv", "md", "json"])
    @pytest.mark.parametrize(
        "words",
        [
            ("scores",),
            ("scores", "--min", "0.4", "--by", "x[bold]2"),
            ("delta", "--baseline", "x[bold] "),
            ("delta", "--baseline", "x[bold] ", "--view", "overview"),
            ("delta", "--baseline", "x[bold] ", "--view", "top"),
            ("doctor",),
        ],
    )
    def test_no_control_character_is_printed(
        self, command: Command, hostile: Path, words: tuple[str, ...], form: str
    ) -> None:
        out, err = command(words[0], hostile, *words[1:], "--format", form)
        assert not [char for char in (out + err).replace("\n", "") if not char.isprintable()]
        assert ("\\u001b" if form == "json" else "␛") in out + err

    @pytest.mark.parametrize(
        "words", [("scores", "--dataset", ATTACK * 2), ("delta", "--baseline", "@")]
    )
    def test_nor_in_what_is_said(
        self, command: Command, hostile: Path, words: tuple[str, ...]
    ) -> None:
        _, err = command(words[0], hostile, *words[1:], code=2)
        assert not [char for char in err.replace("\n", "") if not char.isprintable()]
        assert "␛" in err

    def test_json_keeps_what_was_read(self, command: Command, hostile: Path) -> None:
        rows = json.loads(command("scores", hostile, "--format", "json")[0])
        assert {row["category"] for row in rows} == {ATTACK, "a"}


class TestProcess:
    """What only a process of its own shows: streams, signals, locale."""

    @pytest.mark.parametrize("env", [{}, {"TERM": "dumb"}, {"TERM": ""}])
    def test_without_a_terminal_the_scores_are_printed(
        self, one: Path, env: dict[str, str]
    ) -> None:
        ended = process(one, **env)
        made = scores.score_report(select(tables_of(one), View(dataset="d")))
        assert ended.stdout.decode() == plain_table(made)
        assert ended.stderr == b"This is not a terminal: run tui-eval in one to open the app.\n"
        assert ended.returncode == 0

    def test_of_several_datasets_the_overview_comes_first(self, folder: Path) -> None:
        tables = tables_of(folder)
        reports = [
            scores.overview_report(select(tables, View())),
            *(scores.score_report(select(tables, View(dataset=name))) for name in ("math", "quiz")),
        ]
        assert process(folder).stdout.decode() == "\n".join(map(plain_table, reports))

    def test_without_a_terminal_the_scores_that_are_asked_for_are_printed(
        self, folder: Path
    ) -> None:
        made = scores.score_report(select(tables_of(folder), View(dataset="quiz", scale=100)))
        ended = process(folder, "--dataset", "qui", "--scale", "100")
        assert (ended.stdout.decode(), ended.returncode) == (plain_table(made), 0)
        wrong = process(folder, "--dataset", "nothing")
        assert (wrong.stdout, wrong.returncode) == (b"", 2)
        assert b"tui-eval: dataset 'nothing' is unknown; there are:\n" in wrong.stderr

    def test_without_a_terminal_and_paths_it_is_the_current_folder(
        self, one: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.chdir(one)
        ended = process()
        assert ended.stdout.decode().startswith("d · accuracy_mean")
        assert ended.returncode == 0

    def test_without_a_terminal_a_missing_path_is_told(self, tmp_path: Path) -> None:
        ended = process(tmp_path / "nowhere")
        assert (ended.returncode, ended.stdout) == (2, b"")
        assert ended.stderr == f"tui-eval: no such file or folder: {tmp_path}/nowhere\n".encode()

    @pytest.mark.parametrize(("name", "told"), [("dumb", b"TERM=dumb"), ("", b"no TERM")])
    def test_a_terminal_that_cannot_draw_the_app_is_told(
        self, one: Path, name: str, told: bytes
    ) -> None:
        parent, child = os.openpty()
        try:
            with subprocess.Popen(
                [sys.executable, "-m", "tui_eval", str(one)],
                stdin=child,
                stdout=child,
                stderr=child,
                env=environment(TERM=name),
                start_new_session=True,
            ) as running:
                os.close(child)
                out = b"".join(read(parent))
                assert running.wait(TIMEOUT) == 0
        finally:
            os.close(parent)
        assert b"accuracy_mean" in out
        assert b"\x1b" not in out
        assert b"The app cannot be drawn with %b: set it" % told in out
        assert b"no terminal" not in out

    def test_a_table_is_as_wide_as_columns_says_and_whole_in_a_pipe(self, folder: Path) -> None:
        made = scores.score_report(select(tables_of(folder), View(dataset="quiz")))
        words = ("scores", folder, "--dataset", "quiz")
        assert process(*words).stdout.decode() == plain_table(made)
        assert process(*words, COLUMNS="40").stdout.decode() == plain_table(made, 40)
        assert process(*words, COLUMNS="x").stdout.decode() == plain_table(made)
        assert process(*words, "--format", "csv", COLUMNS="40").stdout.decode() == as_csv(made)
        whole = process(folder, COLUMNS="40").stdout.decode().splitlines()
        assert max(map(len, whole)) <= 40

    def test_on_a_terminal_a_table_is_as_wide_as_it(self, folder: Path) -> None:
        made = scores.score_report(select(tables_of(folder), View(dataset="quiz")))
        parent, child = os.openpty()
        termios.tcsetwinsize(child, (24, 50))
        words = [sys.executable, "-m", "tui_eval", "scores", str(folder), "--dataset", "quiz"]
        try:
            with subprocess.Popen(
                words, stdin=child, stdout=child, stderr=child, env=environment()
            ) as running:
                os.close(child)
                out = b"".join(read(parent))
                assert running.wait(TIMEOUT) == 0
        finally:
            os.close(parent)
        assert out.decode().replace("\r\n", "\n") == plain_table(made, 50)

    def test_a_reader_that_has_seen_enough_is_no_trouble(self, one: Path) -> None:
        results = [item(f"datasets/d/{'c' * 200}{number}.csv", 0.5) for number in range(2000)]
        write(one / "long.json", document(results, name="long"))
        with subprocess.Popen(
            [sys.executable, "-m", "tui_eval", "scores", str(one)],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=environment(),
        ) as running:
            assert running.stdout is not None
            assert running.stderr is not None
            assert running.stdout.readline().startswith(b"d ")
            running.stdout.close()
            assert running.stderr.read() == b""
            assert running.wait(TIMEOUT) == 0

    def test_ctrl_c_ends_with_130_and_no_traceback(self) -> None:
        ended = subprocess.run(
            [sys.executable, "-c", INTERRUPTED],
            capture_output=True,
            check=False,
            timeout=TIMEOUT,
            env=environment(),
        )
        assert (ended.returncode, ended.stdout, ended.stderr) == (130, b"", b"")

    @pytest.mark.parametrize(
        "env",
        [
            {"PYTHONIOENCODING": "ascii"},
            {"PYTHONIOENCODING": "latin-1"},
            {"LANG": "C", "LC_ALL": "C"},
            {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"},
        ],
    )
    def test_a_narrow_locale(self, one: Path, env: dict[str, str]) -> None:
        write(one / "k.json", document([item("datasets/d/國小👍.csv", 0.5)], name="模型"))
        table = process("scores", one, **env)
        assert (table.returncode, table.stderr) == (0, b"")
        assert b"0.500" in table.stdout
        tables = tables_of(one)
        made = scores.score_report(select(tables, View(dataset="d")))
        for form, text in (
            ("csv", as_csv(made)),
            ("json", as_json(made)),
            ("md", as_markdown(made)),
        ):
            ended = process("scores", one, "--format", form, **env)
            assert ended.stdout.decode("utf-8") == text  # the bytes of an exported file
            assert ended.returncode == 0
            assert ended.stderr.startswith(b"tui-eval: d ")
            assert b"Traceback" not in ended.stderr
        unknown = process("scores", one, "--dataset", "模型", **env)
        assert unknown.returncode == 2
        assert b"Traceback" not in unknown.stderr
        assert process("scores", "--help", **env).returncode == 0

    def test_a_path_that_is_no_utf_8(self, one: Path) -> None:
        (one / "m.json").rename(one / os.fsdecode(b"\xff\x9b.json"))
        ended = process("doctor", one)
        assert ended.returncode == 0
        assert b"\\xff\\x9b.json" in ended.stdout


def read(descriptor: int) -> Iterator[bytes]:
    """All that comes out of a pseudo-terminal until its other side is closed."""
    with contextlib.suppress(OSError):  # EIO: closed
        while data := os.read(descriptor, 65536):
            yield data


class TestWhatCannotBeDone:
    """Wrong words, and places that take nothing: one sentence each, and the exit code of README."""

    @pytest.mark.parametrize("value", ["nan", "inf", "-inf", "x"])
    def test_limits_are_finite(self, command: Command, one: Path, value: str) -> None:
        for words in (("scores", one, f"--min={value}"), ("scores", one, f"--max={value}")):
            assert "--m" in command(*words, code=2)[1]
        delta = ("delta", one, "--baseline", "m", f"--threshold={value}")
        assert "--threshold" in command(*delta, code=2)[1]

    @pytest.mark.parametrize("name", ["scores", "runs", "doctor"])
    def test_a_path_that_is_not_there(self, command: Command, one: Path, name: str) -> None:
        assert "no such file" in "".join(command(name, one, one / "gone", code=2))
        assert "the path is empty" in command(name, "", code=2)[1]

    def test_words_for_what_is_no_number(self, command: Command, one: Path) -> None:
        assert "argument --min: 'x' is not a number" in command("scores", one, "--min=x", code=2)[1]

    def test_a_threshold_is_not_negative(self, command: Command, one: Path) -> None:
        err = command("delta", one, "--baseline", "m", "--threshold=-1", code=2)[1]
        assert "must not be negative" in err

    def test_a_misspelt_command_is_named(self, command: Command) -> None:
        err = command("score", "tui_eval", code=2)[1]
        assert err == "tui-eval: no such file or folder: score; did you mean tui-eval scores?\n"

    def test_an_unknown_theme(
        self, command: Command, one: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("tui_eval.cli.open.why_no_terminal", lambda: "")
        err = command(one, "--theme", "no-such-theme", code=2)[1]
        assert err.startswith("tui-eval: theme 'no-such-theme' is unknown; there are:\n")
        assert "  textual-light\n" in err

    @pytest.mark.parametrize("unbuffered", ["", "1"])
    @pytest.mark.parametrize("options", [("--format", "table"), ("--format", "json"), ("--help",)])
    def test_a_full_disk(self, one: Path, options: tuple[str, ...], unbuffered: str) -> None:
        words = [sys.executable, "-m", "tui_eval", "scores", str(one), *options]
        with open("/dev/full", "wb") as full:
            ended = subprocess.run(
                words,
                stdout=full,
                stderr=subprocess.PIPE,
                check=False,
                timeout=TIMEOUT,
                env=environment(PYTHONUNBUFFERED=unbuffered),
            )
        assert ended.stderr == b"tui-eval: cannot write: no space left on device\n"
        assert ended.returncode == 1

    @pytest.mark.parametrize("unbuffered", ["", "1"])
    @pytest.mark.parametrize("form", ["table", "csv", "parquet"])
    def test_a_disk_that_takes_a_part(
        self, one: Path, tmp_path: Path, form: str, unbuffered: str
    ) -> None:
        words = [sys.executable, "-m", "tui_eval", "scores", str(one), "--format", form]
        with (tmp_path / "out").open("wb") as out:
            ended = subprocess.run(
                words,
                stdout=out,
                stderr=subprocess.PIPE,
                check=False,
                preexec_fn=lambda: setrlimit(RLIMIT_FSIZE, (10, 10)),
                timeout=TIMEOUT,
                env=environment(PYTHONUNBUFFERED=unbuffered, PYTHONDONTWRITEBYTECODE="1"),
            )
        assert (tmp_path / "out").stat().st_size == 10
        assert b"tui-eval: cannot write: file too large\n" in ended.stderr
        assert b"Traceback" not in ended.stderr
        assert ended.returncode == 1

    @pytest.mark.parametrize("closed", [">&-", "2>&-", "<&- >&- 2>&-"])
    def test_closed_streams(self, one: Path, closed: str) -> None:
        line = f"{sys.executable} -m tui_eval scores {one} {closed}"
        ended = subprocess.run(
            ["sh", "-c", line], capture_output=True, check=False, env=environment()
        )
        assert ended.stderr == b""
        assert ended.returncode == 0

    @pytest.mark.parametrize("words", ["", ".", "scores .", "doctor ."])
    def test_a_current_folder_that_is_gone(self, tmp_path: Path, words: str) -> None:
        gone = tmp_path / "gone"
        line = f"cd {gone} && rmdir {gone} && exec {sys.executable} -m tui_eval {words}"
        gone.mkdir()
        ended = subprocess.run(
            ["sh", "-c", line], capture_output=True, check=False, env=environment()
        )
        assert ended.stderr == (
            b"tui-eval: the current folder is gone: change to one that is there\n"
        )
        assert ended.returncode == 2


@pytest.mark.parametrize(("said", "used"), [(None, "1"), ("4", "4")])
def test_numpy_has_one_thread_unless_somebody_says_how_many(
    command: Command, monkeypatch: pytest.MonkeyPatch, said: str | None, used: str
) -> None:
    monkeypatch.delenv("OPENBLAS_NUM_THREADS", raising=False)
    if said:
        monkeypatch.setenv("OPENBLAS_NUM_THREADS", said)
    command("--version")
    assert os.environ["OPENBLAS_NUM_THREADS"] == used
