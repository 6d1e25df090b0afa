"""Help: examples that are right, defaults that are told, and completion in the shell."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.build.commands import TIMEOUT, Command, command, environment
from tui_eval.cli.arguments import COMPLETED_SHELLS, PARSERS, open_parser
from tui_eval.cli.exits import NO_GATE, USAGE
from tui_eval.cli.main import COMMANDS

__all__ = ["command"]  # the fixture

NAMES = ["", *PARSERS]


def help_of(command: Command, name: str, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setenv("COLUMNS", "200")
    return command(*name.split(), "--help")[0]


def examples_in(text: str) -> list[str]:
    lines = text.split("examples:\n")[1].splitlines()
    return [line.strip() for line in lines if line.startswith("  tui-eval ")]


@pytest.mark.parametrize("name", NAMES)
def test_examples_can_be_given(
    command: Command, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = help_of(command, name, monkeypatch)
    examples = examples_in(text)
    assert len(examples) >= 2
    assert text.split("examples:\n")[1].count("  # ") == len(examples)
    for example in examples:
        words = shlex.split(re.split(r" [>|] (?=[^']*$)", example)[0])[1:]
        if "--help" in words:
            continue
        parser = PARSERS[words.pop(0)]() if words[0] in PARSERS else open_parser()
        assert parser.prog == f"tui-eval {name}".strip()
        given = parser.parse_args(words)
        assert [str(path) for path in given.paths]


def test_conditions_in_examples_are_understood() -> None:
    from tui_eval.analysis.where import PRESETS, parse

    text = PARSERS["samples"]().format_help()
    found = [shlex.split(line) for line in examples_in(text) if "--where" in line]
    assert len(found) == 4
    for words in found:
        where = words[words.index("--where") + 1]
        assert parse(PRESETS.get(where, where)) is not None


@pytest.mark.parametrize("name", PARSERS)
def test_every_value_says_its_default(
    command: Command, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = " ".join(help_of(command, name, monkeypatch).split("examples:")[0].split())
    parser = PARSERS[name]()
    for action in parser._actions:
        if action.nargs == 0 or not action.option_strings or action.required:
            continue
        told = " ".join(parser._get_formatter()._expand_help(action).split())
        assert told in text
        if action.default not in (None, ""):
            assert f"(default: {action.default})" in told
        elif action.dest not in ("min", "max", "run", "against"):  # nothing, where it is not given
            assert "(default: " in told, action.dest


def test_help_is_no_wider_than_a_terminal(
    command: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    for name in NAMES:
        lines = command(*name.split(), "--help")[0].splitlines()
        assert max(map(len, lines)) <= 80, name


@pytest.mark.parametrize("name", COMMANDS)
def test_a_folder_that_is_called_like_a_command_is_offered(
    command: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.chdir(tmp_path)
    code = NO_GATE if name == "gate" else USAGE
    assert "did you mean" not in command(name, code=code)[1]
    (tmp_path / name).mkdir()
    assert command(name, code=code)[1].endswith(f"; did you mean tui-eval ./{name}?\n")


class TestCompletion:
    """What a shell is told at Tab."""

    def completed(self, line: str, folder: Path) -> list[str]:
        answer = folder / "answer"
        shell = {
            "_ARGCOMPLETE": "1",
            "_ARGCOMPLETE_IFS": "\n",
            "_ARGCOMPLETE_STDOUT_FILENAME": str(answer),
            "_ARGCOMPLETE_SUPPRESS_SPACE": "1",
            "COMP_LINE": line,
            "COMP_POINT": str(len(line)),
        }
        place = folder / "place"
        (place / "results").mkdir(parents=True, exist_ok=True)
        (place / "run.json").touch()
        ended = subprocess.run(
            [sys.executable, "-m", "tui_eval"],
            cwd=place,
            check=False,
            timeout=TIMEOUT,
            env=environment(**shell),
        )
        assert ended.returncode == 0
        return sorted(answer.read_text(encoding="utf-8").split("\n"))

    @pytest.mark.parametrize(
        ("line", "words"),
        [
            ("tui-eval ", [*COMMANDS, "results/", "run.json"]),
            ("tui-eval r", ["rescore", "results/", "run.json", "runs"]),
            ("tui-eval runs ", ["results/", "run.json"]),
            ("tui-eval scores results/ r", ["results/", "run.json"]),
            ("tui-eval delta results/ --view o", ["overview"]),
            ("tui-eval samples --format json", ["json", "jsonl"]),
            ("tui-eval samples results/ --wh", ["--where"]),
            ("tui-eval samples --where ", [""]),
            ("tui-eval --print-completion f", ["fish"]),
            ("tui-eval --theme ", [""]),
            ("tui-eval results/ r", ["results/", "run.json"]),
        ],
    )
    def test_words_go_on(self, tmp_path: Path, line: str, words: list[str]) -> None:
        assert self.completed(line, tmp_path) == sorted(words)

    @pytest.mark.parametrize("shell", COMPLETED_SHELLS)
    def test_the_script_names_the_program(self, command: Command, shell: str) -> None:
        out, err = command("--print-completion", shell)
        assert err == ""
        assert "tui-eval" in out
        assert ("compdef" if shell == "zsh" else "complete") in out

    def test_other_shells_are_refused(self, command: Command) -> None:
        assert "invalid choice" in command("--print-completion", "dos", code=2)[1]

    def test_bash_completes(self, tmp_path: Path) -> None:
        program = tmp_path / "tui-eval"
        program.write_text(f'#!/bin/sh\nexec {sys.executable} -m tui_eval "$@"\n')
        program.chmod(0o755)
        line = "tui-eval delta --vi"
        script = f"""
            source <(tui-eval --print-completion bash)
            COMP_LINE='{line}' COMP_POINT={len(line)} COMP_WORDS=(tui-eval delta --vi) COMP_CWORD=2
            _python_argcomplete tui-eval
            printf '%s\\n' "${{COMPREPLY[@]}}"
        """
        bash = shutil.which("bash")
        assert bash is not None
        path = f"{tmp_path}{os.pathsep}{os.environ['PATH']}"
        ended = subprocess.run(
            [bash, "--norc", "-c", script],
            capture_output=True,
            check=False,
            timeout=TIMEOUT,
            env=environment(PATH=path),
            text=True,
        )
        assert ended.stdout.strip() == "--view", ended.stderr
