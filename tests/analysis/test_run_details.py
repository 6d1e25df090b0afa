from __future__ import annotations

from pathlib import Path

import pytest

from tests.analysis.test_comparability import write_lighteval
from tests.build.twinkle import document, write
from tui_eval.analysis.run_details import UNKNOWN, difference_report, facts_report
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
    # how it was run comes first, what matters most to a comparison above
    assert list(facts)[:3] == ["limit", "generation", "shots"]
    assert "variant" not in facts  # what is not known is not there
    assert SECRET not in str(facts)


def test_only_what_differs(tables: Tables) -> None:
    made = difference_report(tables, tables.run_shown_as(FIRST), tables.run_shown_as(SECOND))
    rows = {name: (first, second) for name, first, second in made.data.iter_rows()}
    assert list(rows) == [
        *("generation", "filter", "prompt", "model", "path", "file 1", "config.model.name"),
        "config.model.temperature",
    ]
    assert rows["filter"] == rows["prompt"] == (UNKNOWN, UNKNOWN)  # of neither any file tells it
    assert rows["generation"] == (
        "greedy, max_tokens 4096",
        "max_tokens 4096, temperature 0.5, top_p 0.9",
    )
    assert rows["config.model.temperature"] == ("0", "0.5")


def test_a_fact_of_one_run_alone(tmp_path: Path) -> None:
    write(tmp_path / "m.json", document(name="m"))
    write(tmp_path / "n.json", {**document(name="n"), "duration_seconds": 12})
    tables = load([tmp_path]).tables()
    made = difference_report(tables, tables.run_shown_as(FIRST), tables.run_shown_as(SECOND))
    rows = {row[0]: row[1:] for row in made.data.iter_rows()}
    assert rows["duration"] == (None, "12.0")


def test_a_run_does_not_differ_from_itself(tables: Tables) -> None:
    made = difference_report(tables, tables.run_shown_as(FIRST), tables.run_shown_as(FIRST))
    assert made.body.is_empty()
    assert made.empty == "The two runs differ in nothing but their scores."


def test_files_and_configuration_are_groups_below(tables: Tables) -> None:
    report = facts_report(tables, tables.run_shown_as(FIRST))
    first = report.roles.index("group")
    assert set(report.roles[:first]) == {"row"}
    groups = report.frame.filter(role="group")
    assert groups["fact"].to_list() == ["files", "configuration"]
    inner = report.frame.filter(role="inner")["fact"].to_list()
    assert groups["value"].cast(int).sum() == len(inner)
    assert "path" in inner
    assert "config.model.name" in inner


def test_conditions_that_are_equal_are_marked(tables: Tables) -> None:
    first, second = map(tables.run_shown_as, (FIRST, SECOND))
    made = difference_report(tables, first, second, "d", names=("a", "b"), shows_equal=True)
    assert made.title == f"a: {FIRST} · b: {SECOND}"
    rows = {name: (one, other) for name, one, other in made.data.iter_rows()}
    assert rows["shots"] == ("0", "=")
    assert rows["generation"][0] == "greedy, max_tokens 4096"
    assert "harness" not in rows  # of what is no condition only what differs is told


def test_conditions_are_those_of_the_dataset(tmp_path: Path) -> None:
    """Of several datasets that were asked differently each is told by its name."""
    for name, split in (("m", "dev"), ("n", "validation")):
        write_lm_eval(tmp_path / name, name, {"gsm": {"num_fewshot": 5, "fewshot_split": split}})
    tables = load([tmp_path]).tables()
    first, second = tables.labels
    made = difference_report(tables, first, second, "gsm")
    rows = {name: (one, other) for name, one, other in made.data.iter_rows()}
    assert rows["few-shot examples"] == ("split: dev", "split: validation")
    assert rows["prompt"] == ("doc_to_text: m {{question}}", "doc_to_text: n {{question}}")
    facts = dict(facts_report(tables, first, "gsm").data.iter_rows())
    assert facts["prompt: doc_to_text"] == "m {{question}}"
    assert list(facts)[:2] == ["limit", "source: dataset"]
    both: dict[str, dict[str, object]] = {"gsm": {"num_fewshot": 5}, "mmlu": {"num_fewshot": 0}}
    write_lm_eval(tmp_path / "o", "o", both)
    tables = load([tmp_path / "o"]).tables()
    facts = dict(facts_report(tables, next(iter(tables.labels))).data.iter_rows())
    assert (facts["gsm: shots"], facts["mmlu: shots"]) == ("5", "0")
    assert facts["task version"] == "1"


def write_lm_eval(folder: Path, name: str, tasks: dict[str, dict[str, object]]) -> None:
    """Results of lm-evaluation-harness with these tasks."""
    configs = {
        task: {"task": task, "doc_to_text": f"{name} {{{{question}}}}", "process_docs": None} | own
        for task, own in tasks.items()
    }
    document_ = {
        "results": {task: {"alias": task, "exact_match,none": 0.5} for task in tasks},
        "configs": configs,
        "versions": dict.fromkeys(tasks, 1),
        "n-shot": {task: own["num_fewshot"] for task, own in tasks.items()},
        "config": {"model": "hf", "limit": None},
        "chat_template": None,
        "system_instruction": None,
        "model_name": name,
    }
    write(folder / "results_2026-11-21T05-54-19.881339.json", document_)


def test_conditions_of_metrics_are_those_of_the_dataset(tmp_path: Path) -> None:
    """What is told of a metric of the run is nothing to a dataset without it."""
    for name, era in (("m", "0.13"), ("n", "0.9")):
        write_lighteval(tmp_path / name, name, era, {"tea|0": {"bleu": 1.0}, "chai|0": {"em": 0.5}})
    tables = load([tmp_path]).tables()
    for run in tables.labels:
        tea, chai = (
            dict(facts_report(tables, run, dataset).data.iter_rows()) for dataset in ("tea", "chai")
        )
        assert tea["the references that it counts"].endswith("(bleu)")
        assert "the references that it counts" not in chai
