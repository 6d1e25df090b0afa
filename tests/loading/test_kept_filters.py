from __future__ import annotations

import os
from pathlib import Path

import pytest

from tui_eval.loading.config import ConfigError
from tui_eval.loading.kept_filters import filters_path, forget_filter, keep_filter, read_filters
from tui_eval.records import Filter, FilterStep

LAST = Filter(
    "last number",
    (
        FilterStep("regex", {"regex_pattern": r"(-?[0-9]+)", "group_select": -1}),
        FilterStep("take_first"),
    ),
)
SHOUTED = Filter(
    "大寫 字", (FilterStep("uppercase"), FilterStep("map", {"mapping_dict": {"A": "甲"}}))
)


@pytest.fixture
def path(own_config: Path) -> Path:
    own_config.parent.mkdir(parents=True)
    assert filters_path().parent == own_config.parent
    return filters_path()


def test_no_filter_is_kept_yet() -> None:
    assert read_filters() == ()


def test_a_filter_that_is_kept_comes_back_whole(own_config: Path) -> None:
    keep_filter(SHOUTED)
    keep_filter(LAST)
    assert read_filters() == (LAST, SHOUTED)
    assert [path.name for path in own_config.parent.iterdir()] == ["filters.json"]


def test_a_filter_of_the_same_name_is_replaced() -> None:
    keep_filter(LAST)
    keep_filter(SHOUTED._replace(name=LAST.name))
    assert read_filters() == (SHOUTED._replace(name=LAST.name),)


def test_a_filter_is_forgotten_by_its_name(path: Path) -> None:
    forget_filter("never kept")
    assert not path.exists()
    keep_filter(LAST)
    keep_filter(SHOUTED)
    forget_filter(LAST.name)
    assert read_filters() == (SHOUTED,)


def test_half_a_character_is_refused_and_what_was_kept_stays() -> None:
    keep_filter(LAST)
    with pytest.raises(ConfigError, match="half a character"):
        keep_filter(SHOUTED._replace(name="\ud83d"))
    assert read_filters() == (LAST,)


@pytest.mark.parametrize(
    "content",
    [
        "",
        "{",
        '{"filters": 5}',
        '{"filters": [{"name": 1, "filter": []}]}',
        '{"filters": [{"name": "a", "filter": [{"regex_pattern": "x"}]}]}',
        '{"same": []}',
        "\xff",
    ],
)
def test_a_broken_file_is_said_and_never_written_over(path: Path, content: str) -> None:
    path.write_text(content, encoding="latin-1")
    for change in (read_filters, lambda: keep_filter(LAST), lambda: forget_filter(LAST.name)):
        with pytest.raises(ConfigError, match=r"filters\.json: (not a list|the file is empty)"):
            change()
    assert path.read_text(encoding="latin-1") == content


def test_a_pipe_in_the_place_of_the_filters_is_said_at_once(path: Path) -> None:
    os.mkfifo(path)
    with pytest.raises(ConfigError, match=r"filters\.json: not a regular file"):
        read_filters()
    with pytest.raises(ConfigError):
        keep_filter(LAST)
    assert path.is_fifo()


def test_a_folder_that_takes_no_filter(own_config: Path) -> None:
    own_config.parent.write_text("a file")
    with pytest.raises(ConfigError, match=r"not a directory"):
        keep_filter(LAST)
