"""``tui-eval rescore``: what it prints, saves and refuses."""

from __future__ import annotations

import csv
import io
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from tests.build.commands import Command, command, environment
from tests.build.rescored import SOLVED, write_riddles
from tui_eval.cli.signals import ending
from tui_eval.loading import kept_filters
from tui_eval.loading.collection import load
from tui_eval.records import Filter, FilterStep
from tui_eval.rescoring.spec import filter_from_spec

__all__ = ["command"]  # the fixture

ENDLESS = r"regex:((?:5+)+)x"
NAMED_LAST = '{"name": "last", "filter": [{"function": "lowercase"}]}'
KEYS = (
    *("run", "dataset", "category", "filter", "metric", "stored", "value", "stderr", "n"),
    *("invalid", "delta", "low", "high", "verdict", "p", "method", "timed_out", "unscored"),
    *("stored_metric", "stored_filter", "reason"),
)


@pytest.fixture
def runs(tmp_path: Path) -> Path:
    return write_riddles(tmp_path / "runs" / "riddler").parents[1]


def records(out: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(out)
    return found


def test_a_pattern_beside_the_stored_score(command: Command, runs: Path) -> None:
    out, _ = command("rescore", runs, "--filter", SOLVED, "--format", "json")

    whole, category = records(out)

    assert tuple(whole) == KEYS
    assert (whole["category"], category["category"]) == (None, "riddles")
    assert (whole["stored"], whole["value"], whole["delta"]) == (0.0, 8 / 12, 8 / 12)
    assert (whole["n"], whole["invalid"], whole["verdict"]) == (12, 3, "better")
    assert whole["low"] < 8 / 12 < whole["high"]
    assert whole["stored_filter"] == "strict"
    assert category["value"] == whole["value"]


def test_several_filters_of_several_runs(command: Command, runs: Path) -> None:
    write_riddles(runs / "strict", ["#### 4", "#### 5", "A: 6"], model="mock/strict")
    words = ("--filter", "strict", "--filter", "last", "--filter", SOLVED)

    out, _ = command("rescore", runs, *words, "--format", "csv")

    rows = [row for row in csv.DictReader(io.StringIO(out)) if not row["category"]]
    assert [(row["filter"], float(row["value"])) for row in rows] == [
        ("strict", 0.0),
        ("strict", 2 / 3),
        ("last", 10 / 12),
        ("last", 1.0),
        (SOLVED, 8 / 12),
        (SOLVED, 1 / 3),
    ]
    assert [float(row["delta"]) for row in rows[:4]] == [0.0] * 4


def test_the_table_says_what_the_stored_score_is(command: Command, runs: Path) -> None:
    out, err = command("rescore", runs, "--filter", SOLVED)

    assert out.count(SOLVED) == 1  # a dataset of one category has one row
    assert "stored: the run's own score of the same questions, exact_match (strict)." in out
    assert err == ""


def test_which_stored_score_stands_beside_which_row(command: Command, runs: Path) -> None:
    words = ("rescore", runs, "--filter", SOLVED)
    assert "stored_filter" not in command(*words)[0]

    lines = command(*words, "--filter", "last")[0].splitlines()

    assert any("stored_filter" in line for line in lines)
    assert next(line for line in lines if SOLVED in line).rstrip().endswith("strict")


def test_of_some_questions(command: Command, runs: Path) -> None:
    words = ("--filter", "last", "--where", "id < 3", "--format", "json")

    whole = records(command("rescore", runs, *words)[0])[0]

    assert (whole["n"], whole["value"], whole["stored"]) == (3, 1.0, 1.0)


def test_json_as_in_a_filter_list(command: Command, runs: Path) -> None:
    steps = [{"function": "regex", "regex_pattern": "A: ([0-9]+)", "group_select": -1}]
    spec = json.dumps({"name": "mine", "filter": [*steps, {"function": "take_first"}]})

    whole = records(command("rescore", runs, "--filter", spec, "--format", "json")[0])[0]

    assert (whole["filter"], whole["value"]) == ("mine", 9 / 12)


def test_a_filter_that_was_kept(
    command: Command, runs: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(kept_filters, "filters_path", lambda: tmp_path / "filters.json")
    kept_filters.keep_filter(filter_from_spec(SOLVED)._replace(name="mine"))

    out, _ = command("rescore", runs, "--filter", "mine", "--format", "json")

    assert records(out)[0]["value"] == 8 / 12


def test_a_kept_filter_that_cannot_be_used(
    command: Command, runs: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(kept_filters, "filters_path", lambda: tmp_path / "filters.json")
    kept_filters.keep_filter(Filter("mine", (FilterStep("custom_code"),)))

    assert "custom_code" in command("rescore", runs, "--filter", "mine", code=2)[1]


def test_another_metric(command: Command, runs: Path) -> None:
    spec = r"regex:A: (\S+)"
    words = ("rescore", runs, "--filter", spec, "--format", "json")

    plain = records(command(*words)[0])[0]
    loose = records(command(*words, "--metric", "exact_match:ignore_punctuation")[0])[0]

    assert loose["value"] > plain["value"]


def test_a_metric_in_words_has_the_options_of_the_run(command: Command, tmp_path: Path) -> None:
    own = {"metric": "exact_match", "ignore_case": True}
    runs = write_riddles(tmp_path / "runs", ["it is A: FOUR"], metric=own).parent
    (file,) = runs.glob("samples_*")
    file.write_text(file.read_text().replace('"target": "4"', '"target": "four"'))
    words = ("rescore", runs, "--filter", r"regex:A: (\w+)", "--format", "json")

    def value(*metric: str) -> object:
        return records(command(*words, *metric)[0])[0]["value"]

    assert value("--metric", "exact_match") == value() == 1.0
    assert value("--metric", "pass@1") == 1.0
    assert value("--metric", '{"metric": "exact_match"}') == 0.0


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("--filter", "loose"), "no filter is named 'loose'"),
        (("--filter", "regex:("), "is not a pattern"),
        (("--filter", "last", "--filter", NAMED_LAST), "two filters are named 'last'"),
        (("--filter", "[1]"), "each step of a filter is"),
        (("--filter", "last", "--metric", "fluency"), "'fluency' is no metric"),
        (("--filter", "last", "--where", "scor < 1"), "did you mean score?"),
        (("--filter", "last", "--where", "id > 99"), "no question meets the condition"),
        (("--filter", "last", "--run", "nobody"), "run 'nobody' is unknown"),
        (("--filter", "last", "--dataset", "sums"), "dataset 'sums' is unknown"),
        (("--filter", "last", "--time-limit", "0"), "must be above 0"),
        ((), "the following arguments are required: --filter"),
    ],
)
def test_wrong_words(command: Command, runs: Path, words: tuple[str, ...], told: str) -> None:
    out, err = command("rescore", runs, *words, code=2)

    assert out == ""
    assert told in err
    assert "Traceback" not in err


def test_out_is_a_file(command: Command, runs: Path, tmp_path: Path) -> None:
    (tmp_path / "again").write_text("mine")

    for out in (tmp_path / "again", tmp_path / "again" / "deeper" / "x"):
        _, err = command("rescore", runs, "--filter", "last", "--out", out, code=2)
        assert f"{tmp_path / 'again'} is not a folder" in err


def test_a_run_without_answers(command: Command, tmp_path: Path) -> None:
    path = write_riddles(tmp_path / "runs")
    for file in path.parent.glob("samples_*"):
        file.unlink()

    _, err = command("rescore", path, "--filter", "last", code=2)

    assert "no answers of these runs" in err


def test_saved_it_has_the_same_numbers(command: Command, runs: Path, tmp_path: Path) -> None:
    out = tmp_path / "again"
    words = ("--filter", SOLVED, "--out", out, "--format", "json")

    printed, err = command("rescore", runs, *words)

    (saved,) = out.rglob("results_*.json")
    assert f"tui-eval: saved {saved}\n" in err
    (score,) = load([out]).runs[0].scores
    row = records(printed)[0]
    assert (score.value, score.stderr, score.n) == (row["value"], row["stderr"], row["n"])
    shown = records(command("scores", out, "--long", "--format", "json")[0])[0]
    assert (shown["value"], shown["origin"], shown["filter"]) == (8 / 12, "recomputed", SOLVED)
    for name in ("scores", "leaderboard"):
        told = "Scored again from stored answers, not by the harness: "
        assert told in command(name, out)[0]


def test_answers_without_results_are_saved_as_one_run(command: Command, tmp_path: Path) -> None:
    path, out = write_riddles(tmp_path / "runs"), tmp_path / "again"
    path.unlink()
    words = ("--filter", SOLVED, "--metric", "exact_match", "--out", out)

    command("rescore", path.parent, *words)

    (run,) = load([out]).runs
    assert (run.parent is None, run.scores.values) == (False, [8 / 12])


def test_some_questions_scored_again_are_not_all_that_was_asked(
    command: Command, runs: Path, tmp_path: Path
) -> None:
    out = tmp_path / "again"
    command("rescore", runs, "--filter", "last", "--where", "id < 3", "--out", out)

    printed, _ = command("samples", out)

    assert "a has scores of 3 of 12 questions." in printed
    assert "was asked" not in printed


def test_what_is_saved_is_compared_with_what_it_was_made_of(
    command: Command, runs: Path, tmp_path: Path
) -> None:
    out = tmp_path / "again"
    command("rescore", runs, "--filter", "last", "--out", out)
    (label,) = load([runs]).tables().labels.values()
    (made,) = load([out]).tables().labels.values()
    words = ("--baseline", label, "--candidate", made, "--metric", "last", "--format", "json")

    row = records(command("compare", runs, out, *words)[0])[0]

    assert (row["n"], row["delta"], row["same"], row["differs"]) == (12, 0.0, 12, [])


def test_other_filters_are_named_where_nothing_is_shared(
    command: Command, runs: Path, tmp_path: Path
) -> None:
    out = tmp_path / "again"
    command("rescore", runs, "--filter", SOLVED, "--out", out)
    (label,) = load([runs]).tables().labels.values()

    err = command("compare", runs, out, "--baseline", label, code=2)[1]

    told = f"they have exact_match with other filters: last, strict, {SOLVED}"
    assert f"share no scores of riddles: {told}" in err


def test_a_pattern_that_takes_for_ever_is_stopped_and_said(
    command: Command, tmp_path: Path
) -> None:
    runs = write_riddles(tmp_path, ["5" * 40] * 8).parent
    again = tmp_path / "again"
    words = ("--filter", ENDLESS, "--time-limit", "0.05", "--format", "json", "--out", again)
    began = time.monotonic()

    out, err = command("rescore", runs, *words, code=1)

    assert time.monotonic() - began < 20
    whole = records(out)[0]
    assert (whole["timed_out"], whole["value"], whole["n"]) == (8, None, 0)
    assert "was stopped: the others were not tried" in err
    assert "5 answers timed out: no score" in err
    assert "the filter was given up, 3 answers not tried" in err
    assert not again.exists()


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("--metric", "acc"), "acc cannot be computed of texts"),
        (("--metric", "pass@9"), "12 answers could not be scored"),
    ],
)
def test_where_nothing_is_scored_it_fails(
    command: Command, runs: Path, tmp_path: Path, words: tuple[str, ...], told: str
) -> None:
    out = command("rescore", runs, "--filter", "last", *words, code=1)[0]

    assert told in " ".join(out.split())
    again = ("--out", tmp_path / "again")
    assert "not saved" in command("rescore", runs, "--filter", "last", *words, *again, code=1)[1]


def test_what_was_scored_before_it_was_given_up_is_not_saved(
    command: Command, tmp_path: Path
) -> None:
    runs = write_riddles(tmp_path, [*["A: 4"] * 3, *["5" * 40] * 8]).parent
    words = ("--filter", ENDLESS, "--time-limit", "0.05", "--out", tmp_path / "again")

    out, err = command("rescore", runs, *words, code=1)

    assert "the filter was given up, 3 answers not tried: this is no score of the run." in out
    assert "not saved: the filter was given up: 3 answers were not tried" in err


def test_a_terminal_that_is_closed_ends_a_command_in_order() -> None:
    with pytest.raises(SystemExit, match=str(128 + signal.SIGHUP)), ending():
        signal.raise_signal(signal.SIGHUP)
    assert signal.getsignal(signal.SIGHUP) is signal.SIG_DFL


def wait_for_a_child(pid: int) -> None:
    """Until a process has a child of its own: the answers are being scored."""
    children = Path(f"/proc/{pid}/task/{pid}/children")
    until = time.monotonic() + 20
    while time.monotonic() < until and not children.read_text().strip():
        time.sleep(0.05)


@pytest.mark.parametrize(("sent", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_interrupted_it_leaves_nothing(tmp_path: Path, sent: signal.Signals, code: int) -> None:
    runs = write_riddles(tmp_path / "runs", ["5" * 40] * 400).parent
    words = ("--filter", ENDLESS, "--time-limit", "30", "--out", str(tmp_path / "again"))
    with subprocess.Popen(
        [sys.executable, "-m", "tui_eval", "rescore", str(runs), *words],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=environment(XDG_CACHE_HOME=str(tmp_path / "cache")),
    ) as running:
        wait_for_a_child(running.pid)
        os.kill(running.pid, sent)
        _, err = running.communicate(timeout=20)

    assert running.returncode == code
    assert b"Traceback" not in err
    assert not (tmp_path / "again").exists()
