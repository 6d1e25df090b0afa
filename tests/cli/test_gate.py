"""``tui-eval gate``: exit codes, words, and a report that CI servers open."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any, ClassVar
from xml.etree import ElementTree

import pytest

from tests.build.commands import ATTACK, SAMPLES, Command, command
from tests.build.lm_eval import STAMP, write_answers
from tests.obeyed import is_obeyed
from tui_eval.analysis.gate import GATED
from tui_eval.cli import gate
from tui_eval.cli.exits import DROPPED, NO_GATE, PASSED, UNDECIDED, OutputError

__all__ = ["command"]  # the fixture

EQUAL = "1110" * 200
LOWER = "1110" * 160 + "0" * 160
FEW = "1110" * 5
FEW_OTHERS = "1110" * 4 + "0111"

PAIR = ("--baseline", "base", "--candidate", "other")


def two_runs(folder: Path, base: str, other: str, task: str = "riddles") -> Path:
    """Two runs that are right where the letter is 1."""
    for model, right in (("base", base), ("other", other)):
        write_answers(
            folder / f"{task} {model}",
            list(right),
            model=model,
            right=[one == "1" for one in right],
            task=task,
        )
    return folder


def one_file_a_run(folder: Path, tasks: dict[str, tuple[str, str]]) -> Path:
    """Two runs with several tasks each, as one call of the harness writes them."""
    for place, model in enumerate(("base", "other")):
        whole: dict[str, Any] = {}
        for task, rights in tasks.items():
            right = rights[place]
            own = folder / model
            write_answers(
                own, list(right), model=model, right=[one == "1" for one in right], task=task
            )
            results = own / f"results_{STAMP}.json"
            for name, part in json.loads(results.read_text(encoding="utf-8")).items():
                if isinstance(part, dict) and name != "config":
                    whole.setdefault(name, {}).update(part)
                else:
                    whole[name] = part
            results.write_text(json.dumps(whole), encoding="utf-8")
    return folder


@pytest.mark.parametrize(
    ("base", "other", "code", "words"),
    [
        (EQUAL, EQUAL, PASSED, "no drop beyond 1 can be"),
        (EQUAL, LOWER, DROPPED, "a drop beyond 1 is shown"),
        (FEW, FEW_OTHERS, UNDECIDED, "questions would decide"),
        (FEW, FEW, UNDECIDED, "questions would decide"),
        ("1110", "1110", UNDECIDED, "only 4 questions in common"),
    ],
)
def test_exit_codes(
    command: Command, tmp_path: Path, base: str, other: str, code: int, words: str
) -> None:
    out, _ = command("gate", two_runs(tmp_path, base, other), *PAIR, code=code)
    assert words in out
    outcome = {PASSED: "passed", DROPPED: "dropped", UNDECIDED: "undecided"}[code]
    assert out.startswith(f"gate {outcome} on riddles: other @ {STAMP} against base @ {STAMP}")


class TestBadInput:
    """3, whatever is wrong: neither a decision nor undecided."""

    @pytest.mark.parametrize(
        ("words", "told"),
        [
            (("--baseline", "base", "--candidate", "base"), "no candidate besides the baseline"),
            (("--baseline", "nobody", "--candidate", "other"), "run 'nobody' is unknown"),
            (("--baseline", "base", "--candidate", "nobody"), "run 'nobody' is unknown"),
            (("--baseline", "base"), "required: --candidate"),
            ((*PAIR, "--dataset", "nothing"), "dataset 'nothing' is unknown"),
            ((*PAIR, "--metric", "nothing"), "metric 'nothing' is unknown"),
            ((*PAIR, "--max-drop", "x"), "'x' is not a number"),
            ((*PAIR, "--max-drop", "-1"), "must not be negative"),
            ((*PAIR, "--require-n", "0"), "must be 1 or more"),
            ((*PAIR, "--alpha", "2"), "must be between 0 and 1"),
            ((*PAIR, "--format", "csv"), "invalid choice"),
        ],
    )
    def test_of_words(
        self, command: Command, tmp_path: Path, words: tuple[str, ...], told: str
    ) -> None:
        folder = two_runs(tmp_path, FEW, FEW)
        out, err = command("gate", folder, *words, code=NO_GATE)
        assert told in err
        assert not out

    def test_of_files(self, command: Command, tmp_path: Path) -> None:
        folder = two_runs(tmp_path / "runs", EQUAL, EQUAL)
        for path, told in ((tmp_path / "none", "no such file"), (tmp_path, "")):
            (tmp_path / "empty").mkdir(exist_ok=True)
            paths = (folder, path) if told else (tmp_path / "empty",)
            _, err = command("gate", *paths, *PAIR, code=NO_GATE)
            assert (told or "no results found") in err

    def test_other_questions(self, command: Command, tmp_path: Path) -> None:
        folder = two_runs(tmp_path, EQUAL, EQUAL[:-4])
        out, _ = command("gate", folder, *PAIR, code=NO_GATE)
        assert "not the same: questions" in out
        assert "gate not comparable on riddles" in out

    def test_nothing_in_common(self, command: Command, tmp_path: Path) -> None:
        write_answers(tmp_path / "a", list("ab"), model="base", task="one")
        write_answers(tmp_path / "b", list("ab"), model="other", task="two")
        assert "share no scores" in command("gate", tmp_path, *PAIR, code=NO_GATE)[1]

    def test_a_fault_of_ours(
        self, command: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def broken(*_: object) -> None:
            raise ZeroDivisionError

        monkeypatch.setattr(gate, "pairs_of", broken)
        _, err = command("gate", two_runs(tmp_path, FEW, FEW), *PAIR, code=NO_GATE)
        assert "this is a bug in tui-eval" in err

    def test_a_full_disk(
        self, command: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def full(*_: object) -> None:
            raise OutputError("no space left on device")

        monkeypatch.setattr(gate, "print_report", full)
        monkeypatch.setattr(gate, "forget_stdout", lambda: None)
        _, err = command("gate", two_runs(tmp_path, EQUAL, LOWER), *PAIR, code=NO_GATE)
        assert "cannot write: no space left" in err

    def test_help_is_none(self, command: Command) -> None:
        assert "--max-drop" in command("gate", "--help")[0]


def test_a_reader_that_goes_away_changes_nothing(
    command: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def closed(*_: object) -> None:
        raise BrokenPipeError

    monkeypatch.setattr(gate, "print_report", closed)
    monkeypatch.setattr(gate, "forget_stdout", lambda: None)
    command("gate", two_runs(tmp_path, EQUAL, LOWER), *PAIR, code=DROPPED)


def test_totals_only(command: Command, tmp_path: Path) -> None:
    folder = two_runs(tmp_path, EQUAL, LOWER)
    for model in ("base", "other"):
        own = folder / f"riddles {model}"
        next(own.glob("samples_*")).unlink()
        results = own / f"results_{STAMP}.json"
        content = json.loads(results.read_text(encoding="utf-8"))
        content["results"]["riddles"]["exact_match_stderr,none"] = 0.02
        results.write_text(json.dumps(content), encoding="utf-8")
    out, err = command("gate", folder, *PAIR, code=DROPPED)
    assert "totals only" in out
    assert "no answers of base" in err
    out, _ = command("gate", folder, *PAIR, "--require-n", "100", code=UNDECIDED)
    assert "totals only, and at least 100 paired questions are required" in out


def test_answers_of_one_side_are_totals(command: Command, tmp_path: Path) -> None:
    folder = two_runs(tmp_path, EQUAL, LOWER)
    next((folder / "riddles other").glob("samples_*")).unlink()
    out, _ = command("gate", folder, *PAIR, code=UNDECIDED)
    assert "totals only, and not every score has a stderr" in out


def test_fewer_questions_than_required(command: Command, tmp_path: Path) -> None:
    words = ("gate", two_runs(tmp_path, EQUAL, LOWER), *PAIR, "--require-n")
    command(*words, "800", code=DROPPED)
    out, _ = command(*words, "801", code=UNDECIDED)
    assert "paired on 800 of 800, and at least 801 paired questions are required" in out


def test_the_margin(command: Command, tmp_path: Path) -> None:
    words = ("gate", two_runs(tmp_path, EQUAL, LOWER), *PAIR, "--max-drop")
    command(*words, "10", code=DROPPED)
    command(*words, "15", code=UNDECIDED)
    command(*words, "20", code=PASSED)


class TestSeveralDatasets:
    TASKS: ClassVar = {"good": (EQUAL, EQUAL), "bad": (EQUAL, LOWER), "few": (FEW, FEW_OTHERS)}

    @pytest.mark.parametrize(
        ("names", "code"),
        [
            (("good",), PASSED),
            (("good", "few"), UNDECIDED),
            (("good", "few", "bad"), DROPPED),
            ((), DROPPED),
        ],
    )
    def test_the_worst_decides(
        self, command: Command, tmp_path: Path, names: tuple[str, ...], code: int
    ) -> None:
        folder = one_file_a_run(tmp_path, self.TASKS)
        chosen = [word for name in names for word in ("--dataset", name)]
        words = ("gate", folder, *PAIR, *chosen, "--format", "json")
        out, err = command(*words, code=code)
        rows = json.loads(out)
        assert sorted(row["dataset"] for row in rows) == sorted(names or self.TASKS)
        assert all(tuple(row) == tuple(GATED) for row in rows)
        assert ("Holm" in err) == (len(rows) > 1)
        outcomes = {row["dataset"]: row["outcome"] for row in rows}
        expected = {"good": "passed", "bad": "dropped", "few": "undecided"}
        assert outcomes == {name: expected[name] for name in outcomes}

    def test_junit(self, command: Command, tmp_path: Path) -> None:
        folder = one_file_a_run(tmp_path, self.TASKS | {"other": (EQUAL, EQUAL[:-8])})
        out, _ = command("gate", folder, *PAIR, "--format", "junit", code=NO_GATE)
        root = ElementTree.fromstring(out.encode())
        assert root.tag == "testsuites"
        [suite] = root.findall("testsuite")
        told = {name: suite.get(name) for name in ("tests", "failures", "errors", "skipped")}
        assert told == {"tests": "4", "failures": "1", "errors": "1", "skipped": "1"}
        found = {case.get("name"): [part.tag for part in case] for case in suite.iter("testcase")}
        assert found == {
            "bad · exact_match": ["failure"],
            "few · exact_match": ["skipped"],
            "good · exact_match": ["system-out"],
            "other · exact_match": ["error"],
        }
        failure = suite.find("testcase/failure")
        assert failure is not None
        assert "a drop beyond 1 is shown" in (failure.get("message") or "")


def test_junit_says_bad_input_too(command: Command, tmp_path: Path) -> None:
    folder = two_runs(tmp_path, FEW, FEW)
    words = ("gate", folder, "--baseline", "base", "--candidate", "nobody", "--format", "junit")
    out, err = command(*words, code=NO_GATE)
    suite = ElementTree.fromstring(out.encode()).find("testsuite")
    assert suite is not None
    assert suite.get("errors") == "1"
    error = suite.find("testcase/error")
    assert error is not None
    assert "run 'nobody' is unknown" in (error.get("message") or "")
    assert "run 'nobody' is unknown" in err


def test_hostile_names_stay_text(command: Command, tmp_path: Path) -> None:
    name = f"{ATTACK}<failure>&\"']]>"
    for model in ("base", name):
        write_answers(
            tmp_path / str(len(model)),
            list(EQUAL),
            model=model,
            right=[one == "1" for one in EQUAL],
        )
    words = ("gate", tmp_path, "--baseline", "base", "--candidate", "title", "--format")
    for form in ("text", "md", "json", "junit"):
        out, err = command(*words, form)
        assert not any(map(is_obeyed, (out + err).replace("\n", "")))
        if form == "junit":
            suite = ElementTree.fromstring(out.encode()).find("testsuite")
            assert suite is not None
            assert suite.find("testcase/failure") is None


def test_json_and_markdown(command: Command, tmp_path: Path) -> None:
    words = ("gate", two_runs(tmp_path, EQUAL, LOWER), *PAIR, "--format")
    [row] = json.loads(command(*words, "json", code=DROPPED)[0])
    assert (row["outcome"], row["max_drop"], row["alpha"], row["n"]) == ("dropped", 1.0, 0.05, 800)
    assert row["delta"] == -15.0
    assert (row["paired"], row["differs"]) == (True, [])
    lines = command(*words, "md", code=DROPPED)[0].splitlines()
    assert lines[0] == "| dataset | outcome | baseline_score | candidate_score | delta | words |"
    assert len(lines) == 3


def test_the_samples(command: Command) -> None:
    folder = SAMPLES / "twinkle"
    words = ("gate", folder, "--baseline", "70b", "--candidate", "3b-base")
    out, _ = command(*words, code=DROPPED)
    assert out.count("a drop beyond 1 is shown") == 2
    out, _ = command("gate", folder, "--baseline", "70b", "--candidate", "flaky", code=NO_GATE)
    assert "not the same: questions" in out


def test_one_metric_of_several(command: Command) -> None:
    folder = SAMPLES / "lm_eval"
    words = ("gate", folder, "--baseline", "pine-1b", "--candidate", "pine-7b", "--metric")
    out, _ = command(*words, "flexible", "--format", "json", code=UNDECIDED)
    assert [row["filter"] for row in json.loads(out)] == ["flexible-extract"]


def test_a_copy_of_a_run_is_another_one(command: Command, tmp_path: Path) -> None:
    """Nothing flipped: what is left is what so few questions could hide."""
    write_answers(tmp_path / "base", list(FEW), model="base", right=[one == "1" for one in FEW])
    shutil.copytree(tmp_path / "base", tmp_path / "other")
    results = next((tmp_path / "other").glob("results_*"))
    results.write_text(results.read_text(encoding="utf-8").replace('"base"', '"other"'), "utf-8")
    out, _ = command("gate", tmp_path, *PAIR, code=UNDECIDED)
    assert "Δ 0.0 [" in out
