"""What may be wrong in a file of any harness, for tests that try any of it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import polars as pl
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st

from tests.build.twinkle import document, run_of, write
from tui_eval.formats.registry import Content, read
from tui_eval.loading.collection import Collection, File
from tui_eval.tables import score_frame

SOUND = document(name="sound")


def tables_with(tmp_path: Path, path: Path, content: Content) -> pl.DataFrame:
    """Scores of the sound file after a mutant was loaded beside it, all steps to the end."""
    sound = tmp_path / "sound" / "results.json"
    if not sound.exists():
        write(sound, SOUND)
    collection = Collection()
    collection.add(File(sound, read(sound)))
    collection.add(File(path, content))
    tables = collection.tables()
    assert collection.file_table().height == 2
    assert 1 <= tables.runs.height <= 1 + len(content.runs)
    return tables.scores.filter(run=tables.runs["run"][0]).drop("run")


def check_mutant(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "mutant.json"
    path.write_bytes(data)
    content = read(path)
    assert (content.state == "read") == bool(content.runs)
    assert content.runs or content.problems or content.state == "skipped"
    values = score_frame([(0, run) for run in content.runs])["value"]
    assert values.is_nan().sum() == 0
    assert values.is_infinite().sum() == 0
    expected = score_frame([(0, run_of(SOUND))]).drop("number")
    assert tables_with(tmp_path, path, content).equals(expected.select(pl.all()))


mutants = settings(
    max_examples=100,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


json_values = st.recursive(
    st.one_of(
        st.none(),
        st.booleans(),
        st.integers(),
        st.sampled_from([10**400, -(10**30), 2**63, 2**31, -1]),
        st.floats(),
        st.text(st.characters(), max_size=8),
        st.sampled_from(["\\ud800", "\ud800", "1e999", "0.5", "datasets/", "/", "..", "\0"]),
    ),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3), st.dictionaries(st.text(max_size=5), inner, max_size=3)
    ),
    max_leaves=8,
)


def places(value: Any, above: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Paths to every value of a document but itself."""
    steps: list[Any] = []
    if isinstance(value, dict):
        steps = list(value)
    elif isinstance(value, list):
        steps = list(range(len(value)))
    found = [(*above, step) for step in steps]
    return found + [path for step in steps for path in places(value[step], (*above, step))]


def parent_of(content: Any, path: tuple[Any, ...]) -> Any:
    for step in path[:-1]:
        content = content[step]
    return content
