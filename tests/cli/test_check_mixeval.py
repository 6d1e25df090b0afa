"""``tui-eval check --format mixeval`` and ``tui-eval judges``: what they print, and say."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import polars as pl
import pytest

from tests.build.commands import SAMPLES, Command, command
from tests.build.mixeval import (
    ANSWERS,
    CHOICE_VERDICTS,
    FREE_VERDICTS,
    JUDGE,
    RUN,
    folder,
    rows_of,
    write_rows,
)
from tui_eval.cli import mixeval_log

__all__ = ["command", "folder"]  # fixtures

LAST = "Above lines are problematic directories. No lines above means all entries are valid. \n"
SIZES = ("--n_closefreeform_hard", 3, "--n_closemultichoice_hard", 4)
LOG = ("--format", "mixeval", "--no-cache")


def test_nothing_but_the_log_is_printed(command: Command, folder: Path) -> None:
    assert command("check", folder, *LOG, *SIZES) == (LAST, "")


def test_ours_is_said_beside_it(command: Command, folder: Path) -> None:
    """A run of other sizes is blamed; what stands beside says that nothing is missing."""
    out, err = command("check", folder, *LOG)
    assert out.count(f"Directory {folder} has issues.") == 2
    assert out.endswith(LAST)
    assert "our_lynx_1b" in err
    assert err.endswith("mixeval_hard 2031-01-01: complete, whatever MixEval's check says\n")


def test_what_it_does_not_see_ends_with_1(command: Command, folder: Path) -> None:
    other = folder.parents[2] / "our_heron_1b" / RUN.relative_to("our_lynx_1b")
    shutil.copytree(folder, other)
    for path in other.glob("our_lynx_1b_*"):
        path.rename(path.with_name(path.name.replace("lynx", "heron")))
    answers = rows_of(folder / ANSWERS)
    write_rows(folder / ANSWERS, [answers[0], answers[0], answers[2]])
    out, err = command("check", folder.parents[2], *LOG, *SIZES, code=1)
    assert out == LAST
    assert "our_lynx_1b" in err
    assert "incomplete, though MixEval's check finds nothing: 1 question without" in err


def test_models_by_name(command: Command, folder: Path) -> None:
    words = ("--chat_models_to_check", "gone", "--base_models_to_check", "our_lynx_1b", "none")
    out, _ = command("check", folder.parents[2], *LOG, *SIZES, *words, code=1)
    gone = folder.parents[2] / "gone" / RUN.relative_to("our_lynx_1b")
    assert out == f"Directory {gone} does not exist.\n" * 2 + LAST


def test_an_error_of_it_is_told(command: Command, folder: Path) -> None:
    (folder / "status_close_freeform_hard.json").write_text("{}")
    out, err = command("check", folder, *LOG, *SIZES, code=0)
    assert out == ""
    assert "MixEval's check would end here with an error: " in err
    assert "KeyError" in err


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (("--n_closefreeform", 5), "--n_closefreeform is for --format mixeval"),
        ((*LOG, "--run", "lynx"), "--format mixeval has no --run and no --dataset"),
        ((*LOG, "--n_closefreeform", 0), "must be 1 or more"),
    ],
)
def test_wrong_usage(command: Command, words: tuple[object, ...], why: str) -> None:
    assert why in command("check", SAMPLES / "mixeval", *words, code=2)[1]


def test_results_of_others_have_no_such_log(command: Command) -> None:
    out, err = command("check", SAMPLES / "lm_eval", *LOG, code=2)
    assert (out, "no folder of a run of MixEval is here" in err) == ("", True)


# --- judges -------------------------------------------------------------------------------------


def test_two_judges_side_by_side(command: Command, folder: Path) -> None:
    for name in (FREE_VERDICTS, CHOICE_VERDICTS):
        shutil.copy(folder / name, folder / name.replace(JUDGE, "a-judge"))
    out, err = command("judges", folder, "--format", "json", "--no-cache")
    rows = json.loads(out)
    assert {(row["judge_a"], row["judge_b"]) for row in rows} == {("a-judge", JUDGE)}
    assert [(row["verdicts"], row["n"], row["equal"]) for row in rows] == [
        ("graded", 3, 1.0),
        ("right or wrong", 4, 1.0),
    ]
    assert "kappa" in err
    table, _ = command("judges", folder, "--run", "lynx", "--no-cache")
    assert table.startswith("agreement of judges\n")


def test_one_judge_alone(command: Command) -> None:
    out, _ = command("judges", SAMPLES / "mixeval", "--no-cache")
    assert "No answers were judged by several judges." in out


def test_all_digits_of_the_numbers(command: Command, folder: Path) -> None:
    out, _ = command("runs", folder, "--run", "lynx", "--format", "json", "--no-cache")
    facts = {row["fact"]: row["value"] for row in json.loads(out)}
    dataset = "mixeval_hard 2031-01-01"
    score = repr(0.767 * (3 / 7) + 0.75 * (4 / 7))
    assert facts[f"{dataset}, score"] == f"{score} · reported · n 7 · {JUDGE}"
    assert facts[f"{dataset}, unrounded mean"] == (
        f"{(2.3 + 3) / 7:.15g} · recomputed · n 7 · {JUDGE}"
    )


def test_what_ends_with_1_is_said() -> None:
    """A benchmark that is incomplete, of a run that is not."""
    verdicts = ["complete", "incomplete", "incomplete"]
    rows = pl.DataFrame(
        {
            "run": ["a", "a", "b"],
            "dataset": ["d"] * 3,
            "category": [None, "DROP", None],
            "verdict": verdicts,
            "reason": [""] * 3,
        }
    )
    assert mixeval_log.told_rows(rows)["verdict"].to_list() == verdicts
