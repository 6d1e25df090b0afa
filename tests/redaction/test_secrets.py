"""No form of a secret is in anything that is shown, exported or kept, whatever harness wrote it."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from tests.build.indexes import index_of
from tests.build.twinkle import document, item, write
from tests.redaction.innocent_forms import INNOCENT
from tests.redaction.secret_forms import FORMS, LEAKS, UNNAMED
from tui_eval.analysis.report import Report
from tui_eval.analysis.run_details import difference_report, facts_report
from tui_eval.cli.main import main
from tui_eval.formats.harnesses import twinkle as twinkle_format
from tui_eval.loading import cache as cache_module
from tui_eval.loading.cache import Cache
from tui_eval.loading.collection import load
from tui_eval.records import Run
from tui_eval.render.export import FORMATS as EXPORTS
from tui_eval.render.export import as_csv, as_json, as_markdown
from tui_eval.render.plain import plain_table

Writer = Callable[[Path, dict[str, Any], str], None]


def twinkle(folder: Path, config: dict[str, Any], model: str) -> None:
    """A result file whose configuration has the settings in each of its parts."""
    content = document(name=model)
    content["config"] |= {"llm_api": config, "evaluation": config, "environment": config}
    write(folder / "results_20260101_0000.json", content)


def lm_eval(folder: Path, config: dict[str, Any], model: str) -> None:
    """A result file since 0.4.10, whose arguments are an object."""
    content = {
        "results": {"t": {"acc,none": 0.5}},
        "versions": {"t": 1},
        "n-samples": {},
        "configs": {"t": {"generation_kwargs": config}},
        "config": {"model": "hf", "model_args": {"pretrained": model, **config}},
        "system_instruction": json.dumps(list(config.values())[: -len(UNNAMED)]),
        "date": 1.0,
    }
    write(folder / "results_2026-01-02T03-04-05.json", content)


def lighteval(folder: Path, config: dict[str, Any], model: str) -> None:
    """A result file since 0.11, whose model has a configuration of its own."""
    about = {"model_name": model, "model_config": {"model_name": model, **config}, **config}
    content = {"config_general": about, "results": {"t|0": {"acc": 0.5}}, "config_tasks": {}}
    write(folder / "results_2026-01-02T03-04-05.json", content)


def evalscope(folder: Path, config: dict[str, Any], model: str) -> None:
    """A report and the configuration beside it; JSON is YAML."""
    subsets = [{"name": "s", "score": 0.5, "num": 2}]
    group = {"name": ["default"], "num": 2, "score": 0.5, "macro_score": 0.5, "subsets": subsets}
    metric = {"name": "acc", "num": 2, "score": 0.5, "macro_score": 0.5, "categories": [group]}
    report = {"name": "m@d", "dataset_name": "d", "model_name": model, "metrics": [metric]}
    write(folder / "reports" / "m" / "d.json", report)
    write(folder / "configs" / "task_config_1.yaml", {"model": model, "model_args": config})


def mixeval(folder: Path, config: dict[str, Any], model: str) -> None:
    """Answers and the status beside them."""
    home = folder / "m" / "mixeval" / "2024-06-01"
    row = {"id": "0", "problem_type": "free-form", "prompt": "p", "target": ["x"]}
    row |= {"benchmark_name": "DROP", "formated_input": "p", "response": "x", "context": ""}
    write(home / "m_close_freeform.jsonl", row)
    status = {"args": config, "status": {"status": "api_key=hunter2"}}
    write(home / "status_close_freeform.json", status)


WRITERS = (twinkle, lm_eval, lighteval, evalscope, mixeval)


def leaks(text: str) -> list[str]:
    return [secret for secret in LEAKS if secret in text]


def settings(forms: list[object]) -> dict[str, Any]:
    """The forms in one configuration, each below a name that says nothing of it."""
    return {f"form_{number}": form for number, form in enumerate(forms)}


def only(folder: Path) -> Run:
    (run,) = load([folder]).runs
    return run


def written(report: Report, folder: Path) -> str:
    """A report as all that it can be printed and exported as."""
    path = folder / "report.parquet"
    report.body.write_parquet(path)
    frame = json.dumps(pl.read_parquet(path).to_dicts(), ensure_ascii=False)
    return "\n".join(
        (plain_table(report), as_csv(report), as_markdown(report), as_json(report), frame)
    )


@pytest.mark.parametrize("writer", WRITERS)
def test_no_form_is_in_the_facts_of_a_run_or_their_exports(writer: Writer, tmp_path: Path) -> None:
    writer(tmp_path / "a" / "20260101_000000", settings(FORMS), "m")
    writer(tmp_path / "b" / "20260102_000000", settings(FORMS[:99]), "n")
    tables = load([tmp_path]).tables()
    first, second = tables.runs["run"]
    assert leaks("".join(tables.runs["config"])) == []
    assert leaks(written(facts_report(tables, first), tmp_path)) == []
    assert leaks(written(difference_report(tables, first, second), tmp_path)) == []
    assert str(facts_report(tables, first).body["value"].to_list()).count("<removed>") > len(FORMS)


@pytest.mark.parametrize("writer", WRITERS)
def test_nothing_else_goes_from_the_facts_of_a_run(writer: Writer, tmp_path: Path) -> None:
    writer(tmp_path / "20260101_000000", settings(INNOCENT), "m")
    found = json.loads(only(tmp_path).config)
    while "form_0" not in found:
        found = next(value for value in found.values() if "form_" in json.dumps(value))
    assert [found[f"form_{number}"] for number in range(len(INNOCENT))] == INNOCENT


@pytest.mark.parametrize("writer", WRITERS)
@pytest.mark.parametrize("form", EXPORTS)
def test_no_form_is_in_what_commands_write(
    writer: Writer, form: str, tmp_path: Path, capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    url = "http://me:hunter2@hunter2.example/v1"
    writer(tmp_path / "20260101_000000", settings(FORMS), url)
    label = load([tmp_path]).tables().runs["label"][0]
    for words in (["runs"], ["runs", "--run", label], ["scores"], ["doctor"]):
        command = [words[0], str(tmp_path), *words[1:], "--format", form]
        main(command)
        out, err = capfdbinary.readouterr()
        shown = out.decode(errors="replace") + err.decode(errors="replace")
        assert shown
        assert leaks(shown) == []


@pytest.mark.parametrize("secret", ["api_key=hunter2", "hunter2", "sk-" + "a1" * 12])
def test_words_of_a_file_that_notes_and_refusals_quote(secret: str, tmp_path: Path) -> None:
    odd = document([item("a.csv", secret), item("b.csv", 0.5), secret, item(secret, secret)])
    write(tmp_path / "a.json", odd | {"config": secret, "timestamp": "20260101_0001"})
    write(tmp_path / "b.json", document([item("a.csv", secret)]) | {"dataset_results": secret})
    about = {"config_general": {"model_name": "m", "max_samples": secret}}
    write(tmp_path / "c.json", about | {"results": {"t|0": {"acc": secret, "f1": 0.5}}})
    write(tmp_path / "d.json", about | {"results": secret})
    more = {"versions": {"t": 1}, "n-samples": {}, "config": {"model": "hf"}}
    write(tmp_path / "e.json", more | {"results": {"t": {"acc,none": secret, "f1,none": 0.5}}})
    collection = load([tmp_path])
    tables = collection.tables()
    shown = json.dumps(collection.file_table().drop("modified").to_dicts())
    shown += json.dumps(tables.runs.to_dicts())
    assert "the text" in shown
    assert leaks(shown) == []


@pytest.mark.parametrize("writer", WRITERS)
def test_what_is_kept_of_results_has_no_form(
    writer: Writer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tui_eval.loading.results._WORTH", 1)
    write(tmp_path / "runs" / "other.json", {"note": "api_key=hunter2"})
    writer(tmp_path / "runs" / "20260101_000000", settings(FORMS), "https://me:hunter2@host/v1/m")
    load([tmp_path / "runs"], cache=Cache(tmp_path / "kept"))
    kept = b"".join(entry.read_bytes() for entry in (tmp_path / "kept").iterdir())
    assert b"other.json" in kept
    assert leaks(kept.decode("utf-8", "backslashreplace")) == []


def test_the_cache_keeps_no_words_of_a_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cache_module, "_SMALLEST", 0)
    path = tmp_path / "eval_results_20260101_0000_run0.jsonl"
    row = {"question_id": 0, "question": "q", "correct_answer": "A", "is_correct": True}
    path.write_text(f'{json.dumps(row)}\n"api_key=hunter2"\n', "utf-8")
    index = index_of(twinkle_format.SAMPLES, path)
    assert index.problems
    cache = Cache(tmp_path / "kept")
    cache.put(cache_module.FileState.of(path), "1", index)
    (entry,) = (tmp_path / "kept").iterdir()
    assert b"hunter2" not in entry.read_bytes()
