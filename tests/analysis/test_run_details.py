from __future__ import annotations

from pathlib import Path

import pytest

from tests.build.twinkle import document, write
from tui_eval.analysis.run_details import difference_report, facts_report
from tui_eval.loading.collection import load
from tui_eval.tables import Tables

FIRST, SECOND = "m @ 20260101_0000", "n @ 20260101_0000"
SECRET = "sk-0123456789abcdefghij"


@pytest.fixture
def tables(tmp_path: Path) -> Tables:
    for name, temperature in (("m", 0), ("n", 0.5)):
        content = document(name=name)
        model = content["config"]["model"]
        model |= {"temperature": temperature, "api_key": SECRET, "stop": ["a", "b"], "extra": {}}
        write(tmp_path / f"{name}.json", content)
    return load([tmp_path]).tables()


def test_facts_of_a_run(tables: Tables) -> None:
    facts = dict(facts_report(tables, tables.run_shown_as(FIRST)).body.iter_rows())
    assert facts["model"] == "m"
    assert facts["config.model.temperature"] == "0"
    assert facts["config.model.stop"] == '["a", "b"]'
    assert facts["config.model.extra"] == "{}"
    assert facts["file 1"].endswith("/m.json")
    assert "variant" not in facts  # what is not known is not there
    assert SECRET not in str(facts)


def test_only_what_differs(tables: Tables) -> None:
    made = difference_report(tables, tables.run_shown_as(FIRST), tables.run_shown_as(SECOND))
    rows = {name: (first, second) for name, first, second in made.body.iter_rows()}
    assert rows.keys() == {"model", "path", "file 1", "config.model.name"} | {
        "config.model.temperature"
    }
    assert rows["config.model.temperature"] == ("0", "0.5")


def test_a_fact_of_one_run_alone(tmp_path: Path) -> None:
    write(tmp_path / "m.json", document(name="m"))
    write(tmp_path / "n.json", {**document(name="n"), "duration_seconds": 12})
    tables = load([tmp_path]).tables()
    made = difference_report(tables, tables.run_shown_as(FIRST), tables.run_shown_as(SECOND))
    rows = {row[0]: row[1:] for row in made.body.iter_rows()}
    assert rows["duration"] == (None, "12.0")


def test_a_run_does_not_differ_from_itself(tables: Tables) -> None:
    made = difference_report(tables, tables.run_shown_as(FIRST), tables.run_shown_as(FIRST))
    assert made.body.is_empty()
    assert made.empty == "The two runs differ in nothing but their scores."
