"""Rows of files of JSON: where each begins, on which line it stands, and what is no row."""

from __future__ import annotations

import json
import tracemalloc
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.build.evalscope import SAID, review
from tests.build.lm_eval import row as lm_row
from tests.build.mixeval import FREE
from tui_eval.files import rows as module
from tui_eval.files.documents import Problem, Refusal
from tui_eval.files.rows import json_rows, row_at
from tui_eval.formats.harnesses import evalscope, lm_eval, mixeval, twinkle
from tui_eval.formats.index import frame
from tui_eval.tables import INDEX

ROWS: dict[ModuleType, dict[str, Any]] = {
    twinkle: {"question_id": 0, "question": "?", "llm_output": SAID, "is_correct": True},
    mixeval: FREE | {"response": SAID},
    evalscope: review(0),
    lm_eval: lm_row(0, SAID, 1.0),
}
CUT = "the JSON breaks off here: what follows is left out"


def read(path: Path) -> tuple[list[tuple[str, int, bytes]], list[str]]:
    problems: list[Problem] = []
    rows = json_rows(path, problems)
    return [(rows.where, place, data) for place, data in rows], [str(one) for one in problems]


def written(tmp_path: Path, content: str) -> Path:
    path = tmp_path / "rows.json"
    path.write_bytes(content.encode())
    return path


@pytest.mark.parametrize(
    ("content", "found"),
    [
        ('{"a": 1}\n{"b": 2}', [("line 1", 0, b'{"a": 1}'), ("line 2", 9, b'{"b": 2}')]),
        ('\n\r\n{"a": 1},\n\n 7 \n', [("line 3", 3, b'{"a": 1}'), ("line 5", 14, b"7")]),
        ('\ufeff{"a": 1}\n', [("line 1", 3, b'{"a": 1}')]),
        ('[1]\n{"a": 1}\n', [("line 1", 0, b"[1]"), ("line 2", 4, b'{"a": 1}')]),
        ("[]\n[2],\n", [("line 1", 0, b"[]"), ("line 2", 3, b"[2]")]),
        ("[1, 2]\n \n", [("item 1", 1, b"1"), ("item 2", 4, b"2")]),
        ("\ufeff \n[[1], [2]]", [("item 1", 6, b"[1]"), ("item 2", 11, b"[2]")]),
        ('[\n {\n "a": 1},\n 3\n]\n', [("item 1", 3, b'{\n "a": 1}'), ("item 2", 16, b"3")]),
        ("[]", []),
        (" ", []),
    ],
)
def test_rows_have_the_line_on_which_they_stand(
    tmp_path: Path, content: str, found: list[tuple[str, int, bytes]]
) -> None:
    assert read(written(tmp_path, content)) == (found, [])


@pytest.mark.parametrize(
    ("content", "count", "problem"),
    [
        ("[1, 2", 2, f"item 3: {CUT}"),  # the last may go on: a number, but no object, can
        ('[{"a": 1}, {"a"', 1, f"item 2: {CUT}"),
        ("[1,", 1, f"item 2: {CUT}"),
        ("[", 0, f"item 1: {CUT}"),
        ("[[1]", 1, f"item 2: {CUT}"),
        ("[1,\n 2]\n{}\n", 2, "after the list: more follows: it is left out"),
        ("[1]]", 1, "after the list: more follows: it is left out"),
    ],
)
def test_a_list_that_is_not_whole_or_not_all_is_told(
    tmp_path: Path, content: str, count: int, problem: str
) -> None:
    found, problems = read(written(tmp_path, content))
    assert (len(found), problems) == (count, [problem])


@given(
    st.lists(
        st.dictionaries(st.text(max_size=5), st.integers() | st.text(max_size=9), max_size=3),
        max_size=6,
    ),
    st.sampled_from([None, 0, 2]),
    st.integers(1, 40),
)
def test_items_are_found_whatever_part_is_in_memory(
    tmp_path_factory: pytest.TempPathFactory,
    rows: list[dict[str, Any]],
    indent: int | None,
    chunk: int,
) -> None:
    path = tmp_path_factory.mktemp("rows") / "rows.json"
    path.write_text(json.dumps(rows, indent=indent, ensure_ascii=False), errors="replace")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "_CHUNK", chunk)
        found, problems = read(path)
        values = [row_at(path, place) for _, place, _ in found]
    assert not problems
    assert values == [json.loads(data) for _, _, data in found] == json.loads(path.read_text())
    assert [where for where, *_ in found] == [f"item {n}" for n in range(1, len(rows) + 1)]


@pytest.mark.parametrize("form", ROWS, ids=lambda form: form.FORMAT.name)
def test_every_format_names_the_true_line_and_goes_on(tmp_path: Path, form: ModuleType) -> None:
    good = json.dumps(ROWS[form])
    path = written(tmp_path, f"[1]\n\n{good}\n\n{good[:-9]}\n{good}\n")
    problems: list[Problem] = []
    places = [
        place for batch in form.SAMPLES.index(path, problems) for place in frame(batch)["place"]
    ]
    assert sorted(set(places)) == [5, 5 + len(good) + 2 + len(good) - 9 + 1]
    assert [problem.place for problem in problems] == ["line 1", "line 5"]


@pytest.mark.parametrize("form", ROWS, ids=lambda form: form.FORMAT.name)
@pytest.mark.parametrize("is_array", [False, True], ids=["lines", "array"])
def test_a_pass_does_not_keep_texts(tmp_path: Path, form: ModuleType, is_array: bool) -> None:
    """Twenty megabytes of texts leave next to nothing behind, and never stand in memory at once."""
    row = json.dumps(ROWS[form])
    assert SAID in row
    lines = [row.replace(SAID, f"{number} " * 50_000) for number in range(100, 200)]
    text = ",\n".join(lines)
    path = written(tmp_path, f"[{text}]" if is_array else text)
    del lines, text
    assert path.stat().st_size > 19_000_000
    tracemalloc.start()
    kept = [frame(batch) for batch in form.SAMPLES.index(path, [])]
    now, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert sum(rows["place"].n_unique() for rows in kept) == 100
    assert all(rows.schema == INDEX for rows in kept)
    assert now < 500_000
    assert most < (40_000_000 if is_array else 4_000_000)


def test_a_file_that_cannot_be_opened(tmp_path: Path) -> None:
    with pytest.raises(Refusal, match="cannot be read: no such file"):
        list(json_rows(tmp_path / "none.jsonl", []))
