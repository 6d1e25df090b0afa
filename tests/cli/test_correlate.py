"""`tui-eval correlate`: which pairs, in every format, and what is refused."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path

import pytest

from tests.tui.conftest import run_file
from tui_eval.cli.main import main

KEYS = {
    *("dataset_a", "dataset_b", "category_a", "category_b", "metric_a", "metric_b", "models"),
    *("spearman", "low", "high", "tau_b", "method", "reason"),
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Six models on three datasets of two categories each; the last of two of them alone."""
    path = tmp_path_factory.mktemp("results")
    for model in range(6):
        for place, dataset in enumerate(("code", "law", "rare")):
            if dataset != "rare" or model < 2:
                low = (model * (3 + place) % 7) / 10
                scores: dict[str, float | None] = {"easy": low + 0.1, "hard": low / 2}
                run_file(path / f"{model}{dataset}", f"m{model}", scores, dataset=dataset)
    return path


def out_of(capsys: pytest.CaptureFixture[str], *words: str) -> str:
    assert main(["correlate", *words]) == 0
    return capsys.readouterr().out


def test_every_format_has_the_same_pairs(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    rows = json.loads(out_of(capsys, str(folder), "--format", "json"))
    assert [(row["dataset_a"], row["dataset_b"], row["models"]) for row in rows] == [
        ("code", "law", 6),
        ("code", "rare", 2),
        ("law", "rare", 2),
    ]
    assert all(row.keys() == KEYS for row in rows)
    assert rows[1]["spearman"] is None
    assert rows[1]["reason"] == "under 3 models"
    found = list(csv.DictReader(io.StringIO(out_of(capsys, str(folder), "--format", "csv"))))
    assert found[0].keys() == KEYS
    assert float(found[0]["spearman"]) == rows[0]["spearman"]
    assert found[1]["spearman"] == ""
    table, markdown = (out_of(capsys, str(folder), "--format", form) for form in ("table", "md"))
    for text in (table, markdown):
        assert f"{rows[0]['spearman']:.3f}" in text
        assert "under 3 models" in text
    assert table.startswith("rank correlation: 3 datasets, 6 models · accuracy_mean")
    assert "Bonett–Wright 95 % interval" in table


def test_datasets_are_chosen_by_a_part_of_their_names_and_one_may_give_its_categories(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = (str(folder), "--format", "json", "--dataset")
    (row,) = json.loads(out_of(capsys, *words, "la", "--dataset", "cod"))
    assert (row["dataset_a"], row["dataset_b"], row["category_a"]) == ("code", "law", None)
    (row,) = json.loads(out_of(capsys, *words, "law", "--by", "category"))
    assert (row["dataset_a"], row["dataset_b"]) == ("law", "law")
    assert (row["category_a"], row["category_b"]) == ("easy", "hard")


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("--dataset", "law"), "one dataset alone has nothing to be compared with"),
        (("--by", "category"), "--by category needs one dataset"),
        (("--dataset", "nothing", "--dataset", "law"), "dataset 'nothing' is unknown"),
        (("--metric", "nothing"), "metric 'nothing' is unknown"),
    ],
)
def test_what_cannot_be_compared_is_refused(
    folder: Path, capsys: pytest.CaptureFixture[str], words: tuple[str, ...], told: str
) -> None:
    assert main(["correlate", str(folder), *words]) == 2
    assert told in capsys.readouterr().err


def test_a_single_dataset_gives_no_rows_and_a_sentence(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for model in ("a", "b", "c"):
        run_file(tmp_path / model, model, {"x": 0.4})
    assert main(["correlate", str(tmp_path), "--format", "json"]) == 0
    found = capsys.readouterr()
    assert json.loads(found.out) == []
    assert "Only one dataset has scores: d." in found.err
