"""README.md is true: its commands, options, keys and pictures."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

from tui_eval.cli.main import COMMANDS
from tui_eval.tui.commands import (
    DELTA,
    EVERYWHERE,
    FILES,
    NEXT,
    READING,
    RUN,
    SAMPLES,
    SCORES,
    TABLE,
)

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")

NAMES = {
    "equals_sign": "=",
    "question_mark": "?",
    "slash": "/",
    "right_square_bracket": "]",
    "full_stop": ".",
    "comma": ",",
    "plus": "+",
    "minus": "-",
    "greater_than_sign": ">",
    "less_than_sign": "<",
    "ampersand": "&",
    "escape": "Esc",
    "enter": "Enter",
}


def test_there_are_two_set_up_commands() -> None:
    assert len(re.findall(r"^python3 -m venv ", README, re.MULTILINE)) == 2


def test_ci_runs_the_test_command_of_the_readme() -> None:
    block = README.split("<!-- test command -->\n```\n")[1].split("\n```")[0]
    assert block.startswith("python3 -m venv .venv && ")
    assert block.endswith("-m pytest")
    assert "test command" in (ROOT / ".ci" / "run").read_text(encoding="utf-8")


def test_the_pythons_that_are_named_are_those_of_the_package() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    known = [name.rpartition(" ")[2] for name in project["classifiers"] if ":: Python ::" in name]
    named = README.split("\nPython ")[1].split(":")[0]
    assert re.findall(r"3\.\d+", named) == known
    assert project["requires-python"] == f">={known[0]}"


def test_every_option_of_every_command_is_named() -> None:
    for name, (parser, _) in COMMANDS.items():
        usage = README.split(f"tui-eval {name} PATH…")[1].split("tui-eval ", 1)[0].split("```")[0]
        options = {word for action in parser()._actions for word in action.option_strings}
        told = set(re.findall(r"--[\w-]+", usage))
        assert told == {word for word in options if word.startswith("--")} - {"--help"}


def test_every_key_is_named() -> None:
    for command in (
        *(*SCORES, *DELTA, *FILES, *TABLE, *RUN, *EVERYWHERE),
        *(*SAMPLES, *READING, *NEXT),
    ):
        key = command.keys.split(",")[0]
        assert f"`{NAMES.get(key, key)}`" in README, command


def test_pictures_are_the_apps_own() -> None:
    pictures = re.findall(r"\((\.images/\w+\.svg)\)", README)
    assert pictures
    for picture in pictures:
        text = (ROOT / picture).read_text(encoding="utf-8").replace("&#160;", " ")
        assert "rich-terminal" in text
        assert "2 Scores" in text
        assert "mock-70b" in text or "mock/pine-7b" in text
