"""README.md is true: its commands, options, keys and pictures."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import get_args

import pytest

from tui_eval.cli.main import COMMANDS
from tui_eval.render.glossary import GLOSSARY
from tui_eval.render.words import ZH_TW
from tui_eval.tui.commands import (
    DELTA,
    EVERYWHERE,
    FILES,
    MOVEMENT,
    RUN,
    SAMPLES,
    SCORES,
    TABLE,
)
from tui_eval.tui.key_table import READMES, glossary_table, key_tables, with_tables
from tui_eval.tui.places import Mode

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")

NAMES = {"Esc", "Enter", "Tab", "Backspace", "Home", "End", "PgUp", "PgDn", "F1", "space"}


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


@pytest.mark.parametrize("name", READMES)
def test_tables_of_keys_are_those_of_the_commands(name: str) -> None:
    """What is written there is what `?`, palette and footer say: all are made of `commands`."""
    text = (ROOT / name).read_text(encoding="utf-8")
    made = with_tables(text, READMES[name])
    assert text == made, "write them anew: python -m tui_eval.tui.key_table"


def test_every_key_of_every_screen_is_in_the_tables() -> None:
    tables = key_tables()
    for command in (*EVERYWHERE, *MOVEMENT, *FILES, *SCORES, *DELTA, *SAMPLES, *TABLE, *RUN):
        [row] = {
            line.split(" | ")[0]
            for line in tables.splitlines()
            if f" | {escaped(command.name)} | " in line and escaped(command.help) in line
        }
        assert row.count("`") == 2 * len(command.keys.split(","))


def escaped(words: str) -> str:
    """Words as Markdown needs them to show them as they are."""
    return re.sub(r"([|*_<>])", r"\\\1", words)


def escaped_signs(words: str) -> str:
    """The same in the table of figures, which has brackets and tildes too."""
    return re.sub(r"([|*_<>~\[\]])", r"\\\1", words)


def test_every_figure_is_explained_once_in_the_table() -> None:
    table = glossary_table()
    assert len({term.name for term in GLOSSARY}) == len(GLOSSARY)
    for term in GLOSSARY:
        assert f"| {escaped_signs(term.name)} | {escaped_signs(term.meaning)} |" in table
    assert {mode for term in GLOSSARY for mode in term.modes} <= {
        *get_args(Mode),
        "curves",
        "correlation",
    }


def test_keys_are_written_as_they_are_pressed() -> None:
    keys = {
        key for row in key_tables().splitlines() for key in row.split(" | ")[0].split("`")[1::2]
    }
    assert {"Esc", "Enter", "Home", "End", "PgDn", "↑", "/", "+", "-", "=", "&", "?"} <= keys
    assert all(len(key) == 1 or key.startswith("ctrl+") or key in NAMES for key in keys)


def prose(text: str) -> str:
    """A README without its blocks of code, and without what only CI reads."""
    return re.sub(r"```.*?```", "", text.replace("<!-- test command -->\n", ""), flags=re.DOTALL)


class TestChinese:
    """README.zh-TW.md says the same as README.md."""

    TEXT = (ROOT / "README.zh-TW.md").read_text(encoding="utf-8")

    @staticmethod
    def shape(text: str) -> list[str]:
        """Levels of headings, rows of tables by their columns, items, in their order."""
        kinds = re.compile(r"^(#+|- |<!--|!|\|(?=.*\|$))", re.MULTILINE)
        blocks = re.sub(
            r"```.*?```", "", text.replace("<!-- test command -->\n", ""), flags=re.DOTALL
        )
        return [found[1] for found in kinds.finditer(blocks)]

    def test_headings_tables_and_lists_are_the_same(self) -> None:
        assert self.shape(self.TEXT) == self.shape(README)
        assert self.shape(README).count("##") >= 5

    def test_commands_are_the_same(self) -> None:
        blocks = [re.findall(r"```\n(.*?)```", text, re.DOTALL) for text in (self.TEXT, README)]
        assert blocks[0] == blocks[1]
        assert len(blocks[0]) >= 5

    def test_links_are_the_same(self) -> None:
        links = [re.findall(r"\]\(([^)]+)\)", text) for text in (self.TEXT, README)]
        assert [links[0][0], links[1][0]] == ["README.md", "README.zh-TW.md"]
        assert links[0][1:] == links[1][1:]

    def test_what_is_written_as_code_is_the_same(self) -> None:
        """Names of files, options, keys and states: each as often in a paragraph."""
        lines = (prose(self.TEXT).split("\n"), prose(README).split("\n"))
        for own, other in zip(*lines, strict=True):
            assert sorted(re.findall(r"`[^`]+`", own)) == sorted(re.findall(r"`[^`]+`", other)), own

    def test_no_sentence_of_a_key_that_is_gone_is_left(self) -> None:
        said = key_tables() + glossary_table()
        written = [(words, escaped(words), escaped_signs(words)) for words in ZH_TW]
        assert not [words for words, *ways in written if not any(way in said for way in ways)]

    def test_terms_are_those_of_taiwan(self) -> None:
        mainland = (
            "数据",
            "模型评",
            "信息",
            "默认",
            "缓存",
            "软件",
            "屏幕",
            "文件夹",
            "質量",
            "視頻",
        )
        assert not [word for word in mainland if word in self.TEXT]


def test_pictures_are_the_apps_own() -> None:
    pictures = re.findall(r"\((\.images/\w+\.svg)\)", README)
    assert pictures
    for picture in pictures:
        text = (ROOT / picture).read_text(encoding="utf-8").replace("&#160;", " ")
        assert "rich-terminal" in text
        assert "2 Scores" in text
        assert "mock-70b" in text or "mock/pine-7b" in text
