"""The column ``cluster`` of answers as they are read."""

from __future__ import annotations

import json
import random
from collections.abc import Sequence
from pathlib import Path

import polars as pl
import pytest
from polars.testing import assert_frame_equal

from tests.build.lm_eval import write_answers
from tests.build.opened import NOWHERE, opened
from tests.build.passages import Asked, asked, lm_eval_file, lm_eval_rows
from tui_eval.formats.lm_eval import rows as lm_eval_reader
from tui_eval.loading.cache import Cache
from tui_eval.loading.collection import Collection, load
from tui_eval.loading.passes import Kept, Samples, read_samples

ASKED = asked(0, 1, 0, -1, 2, 1, 0, 3)
TOGETHER = [[0, 2, 6], [1, 5]]


def groups(rows: pl.DataFrame) -> list[list[int]]:
    """The ids of questions of each cluster; every row of a question has the same one."""
    questions = rows.select("run", "category", "sample", "id", "cluster").unique()
    assert not questions.select("run", "category", "sample").is_duplicated().any()
    joined = questions.drop_nulls("cluster").group_by("run", "category", "cluster")
    return sorted(sorted(map(int, ids)) for ids in joined.agg("id")["id"])


def test_questions_on_a_passage_share_a_cluster(tmp_path: Path) -> None:
    lm_eval_file(tmp_path, ASKED)
    samples = opened(tmp_path).whole("riddles")
    assert groups(samples.rows) == TOGETHER
    assert samples.rows.filter(pl.col("id").is_in(["3", "4", "7"]))["cluster"].null_count() == 3


def test_attempts_and_filters_of_a_question_have_its_cluster(tmp_path: Path) -> None:
    file = lm_eval_file(tmp_path, ASKED)
    lines = file.read_text().splitlines(keepends=True)
    file.write_text("".join([*lines, *(one.replace('"none"', '"last"') for one in lines)]))
    samples = opened(tmp_path).whole("riddles")
    assert samples.rows.height == 2 * len(ASKED)
    assert groups(samples.rows) == TOGETHER


def test_copies_of_a_question_alone_are_no_cluster(tmp_path: Path) -> None:
    """They are found by ``question``; a passage on which one question is asked twice is none."""
    lm_eval_file(tmp_path, [*asked(0, 1, 2), *asked(0, 1, 2)[:2]])
    rows = opened(tmp_path).whole("riddles").rows
    assert rows["question"].n_unique() == 3
    assert rows["sample"].n_unique() == 5
    assert rows["cluster"].null_count() == 5


def test_a_copy_of_a_question_on_a_passage_is_on_it_too(tmp_path: Path) -> None:
    lm_eval_file(tmp_path, [*ASKED, ASKED[1]])
    assert groups(opened(tmp_path).whole("riddles").rows) == [[0, 2, 6], [1, 5, 8]]


def test_a_passage_in_two_files_and_two_runs_is_one_cluster(tmp_path: Path) -> None:
    lm_eval_file(tmp_path / "a", ASKED)
    lm_eval_file(tmp_path / "a", asked(1, 3, 3, 1, -1), "puzzles")
    lm_eval_file(tmp_path / "b", ASKED[:3])
    folder = opened(tmp_path)
    rows = [folder.whole(dataset).rows for dataset in ("riddles", "puzzles")]
    assert [groups(one) for one in rows] == [[[0, 2], *TOGETHER], [[0, 3], [1, 2]]]
    riddles, puzzles = (set(one["cluster"].drop_nulls()) for one in rows)
    assert len(riddles) == 2
    assert len(riddles & puzzles) == 1


def test_each_file_is_looked_at_by_itself(tmp_path: Path) -> None:
    """A passage on which each of two tasks has one question joins none of them."""
    lm_eval_file(tmp_path, asked(0, 1, 2))
    lm_eval_file(tmp_path, asked(2, 1, 0), "puzzles")
    folder = opened(tmp_path)
    rows = [folder.whole(dataset).rows for dataset in ("riddles", "puzzles")]
    assert [one.height for one in rows] == [3, 3]
    assert [groups(one) for one in rows] == [[], []]


def test_the_order_of_rows_changes_no_cluster(tmp_path: Path) -> None:
    file = lm_eval_file(tmp_path, ASKED)
    before = opened(tmp_path).whole("riddles").rows.sort("id").drop("place")
    lines = file.read_text().splitlines(keepends=True)
    random.Random(3).shuffle(lines)
    file.write_text("".join(lines))
    assert_frame_equal(opened(tmp_path).whole("riddles").rows.sort("id").drop("place"), before)


def test_from_the_cache_they_are_the_same(tmp_path: Path) -> None:
    questions = [(passage * 30, text) for passage, text in ASKED]
    file = lm_eval_file(tmp_path / "runs", questions)
    with file.open("a") as more:
        more.write("\n" * 300_000)  # small files are not kept
    cache = Cache(tmp_path / "cache")
    first = opened(tmp_path / "runs").whole("riddles", cache).rows
    assert [*(tmp_path / "cache").iterdir()]
    assert_frame_equal(opened(tmp_path / "runs").whole("riddles", cache).rows, first)
    assert groups(first) == TOGETHER


# --- files that grow, and large ones -------------------------------------------------------------


def written(questions: Sequence[Asked]) -> bytes:
    return "".join(f"{json.dumps(one)}\n" for one in lm_eval_rows(questions)).encode()


def test_of_a_file_that_grows_all_rows_count(tmp_path: Path) -> None:
    """Also where what was added is on a passage with one that was there, and with none of its."""
    file = lm_eval_file(tmp_path, ASKED)
    lines = written(ASKED).splitlines(keepends=True)
    file.write_bytes(b"".join(lines[:2]))
    collection = load([tmp_path])
    found = []
    kept: Kept | None = None
    for end in range(2, len(lines) + 1):
        file.write_bytes(b"".join(lines[:end]))
        collection.look_again([tmp_path])
        samples = read(collection, kept)
        kept = samples.kept
        found.append(groups(samples.rows))
        assert_frame_equal(samples.rows, read(collection, None).rows)
    assert found[0] == []
    assert found[1] == [[0, 2]]
    assert found[-1] == TOGETHER


def read(collection: Collection, before: Kept | None) -> Samples:
    tables = collection.tables()
    runs = dict(zip(tables.runs["run"], collection.runs, strict=True))
    return list(read_samples(runs, tables, tables, "riddles", NOWHERE, before=before))[-1]


@pytest.mark.parametrize(("of", "are_joined"), [((0, 1, 0), True), ((0, 1, 2), False)])
def test_of_many_questions_the_first_tell_whether_to_look_on(
    of: tuple[int, ...], are_joined: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lm_eval_reader, "_LOOKED_AT", 3)
    monkeypatch.setattr("tui_eval.formats.lm_eval.passes._TAKEN", 1)
    lm_eval_file(tmp_path, asked(*of, 3, 3, 1))
    found = groups(opened(tmp_path).whole("riddles").rows)
    assert found == ([[0, 2], [1, 5], [3, 4]] if are_joined else [])


def test_answers_without_questions_stand_alone(tmp_path: Path) -> None:
    write_answers(tmp_path, ["a", "b", "c"])
    assert opened(tmp_path).whole("riddles").rows["cluster"].null_count() == 3
