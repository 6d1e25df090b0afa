from __future__ import annotations

import os
from pathlib import Path

import pytest

from tui_eval.loading.config import ConfigError, read_names, read_step_pattern, write_names
from tui_eval.records import Alias, DatasetName

SAME = (Alias("模型 quiz", (DatasetName("lm_eval", "quiz"), DatasetName("lighteval", "quiz|0"))),)


def test_nothing_was_said_yet() -> None:
    assert read_names() == ()


def test_what_is_said_is_kept(own_config: Path) -> None:
    write_names(SAME)
    assert read_names() == SAME
    write_names(())
    assert read_names() == ()
    assert [path.name for path in own_config.parent.iterdir()] == ["names.json"]


def test_an_expression_for_steps_outlives_the_names_beside_it(own_config: Path) -> None:
    assert read_step_pattern() == ""
    own_config.parent.mkdir(parents=True)
    own_config.write_text('{"steps": "it(?P<step>[0-9]+)"}')
    write_names(SAME)
    assert (read_names(), read_step_pattern()) == (SAME, "it(?P<step>[0-9]+)")


@pytest.mark.parametrize("content", ["", "{", '{"same": 5}', '{"same": [{"name": 1}]}', "\xff"])
def test_a_broken_file_is_said_and_never_written_over(own_config: Path, content: str) -> None:
    own_config.parent.mkdir(parents=True)
    own_config.write_text(content, encoding="latin-1")
    with pytest.raises(ConfigError, match=r"names\.json: (not a list of names|the file is empty)"):
        read_names()
    with pytest.raises(ConfigError):
        write_names(SAME)
    assert own_config.read_text(encoding="latin-1") == content


def test_names_nested_deeply_are_said_to_be_no_names(own_config: Path) -> None:
    own_config.parent.mkdir(parents=True)
    own_config.write_text('{"other": ' + "[" * 100_000)
    with pytest.raises(ConfigError, match=r"names\.json: not a list of names"):
        read_names()


def test_a_pipe_in_the_place_of_the_names_is_said_at_once(own_config: Path) -> None:
    own_config.parent.mkdir(parents=True)
    os.mkfifo(own_config)
    with pytest.raises(ConfigError, match=r"names\.json: not a regular file"):
        read_names()
    with pytest.raises(ConfigError):
        write_names(SAME)
    assert own_config.is_fifo()


def test_a_folder_that_takes_no_file(own_config: Path) -> None:
    own_config.parent.write_text("a file")
    with pytest.raises(ConfigError, match=r"not a directory"):
        write_names(SAME)
