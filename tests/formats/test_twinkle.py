from __future__ import annotations

import json
from copy import deepcopy
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.formats.samples import TIMESTAMP, document, item, values, write
from tui_eval.files import documents
from tui_eval.files.documents import Refusal
from tui_eval.formats.harnesses import twinkle
from tui_eval.formats.registry import Content, read
from tui_eval.formats.twinkle.names import category_name, dataset_name
from tui_eval.loading.collection import Collection, File, load
from tui_eval.records import Run, Score
from tui_eval.tables import score_frame


def run_of(content: Any, path: Path = Path("results.json")) -> Run:
    return twinkle.read_runs(content, path, 1)[0]


def scores_of(run: Run, metric: str) -> list[Score]:
    return [score for score in run.scores if score.metric == metric]


# --- generations --------------------------------------------------------------------------------

OLDEST = document(
    [
        item(
            "datasets/d/a_test.csv",
            0.5,
            individual_runs={"accuracies": [0.4, 0.6], "results": ["r_run0.jsonl", "r_run1.jsonl"]},
        )
    ],
    average_accuracy=0.5,
    average_std=0.1,
)
PASS = document(
    [
        item(
            "datasets/d/a_test.csv",
            0.5,
            pass_at_k_mean=0.7,
            pass_metric="pass@2",
            individual_runs={"accuracies": [0.5], "pass_at_k": [0.7]},
        )
    ],
    average_accuracy=0.5,
    average_std=0.0,
    average_pass_at_k=0.7,
    pass_metric="pass@2",
    evaluation_method="box",
)
UNPARSED = document(
    [
        item(
            "datasets/d/a_test.csv",
            0.5,
            pass_at_k_mean=0.5,
            pass_metric="pass@1",
            unparsed_count=3,
            unparsed_rate=0.15,
            failed_count=2,
            individual_runs={"accuracies": [0.5], "pass_at_k": [0.5], "unparsed_counts": [3]},
        )
    ],
    average_accuracy=0.5,
    total_unparsed_count=3,
    average_unparsed_rate=0.15,
    total_failed_count=2,
    evaluation_method="pattern",
)


def test_oldest_generation() -> None:
    run = run_of(OLDEST)
    assert run.version == "≤ 1.1"
    assert values(run) == {
        ("a_test", "accuracy_mean"): 0.5,
        ("a_test", "accuracy_std"): 0.0,
        (None, "accuracy_mean"): 0.5,
        (None, "accuracy_std"): 0.1,
    }
    repeats = [(score.repeat, score.value) for score in run.scores if score.repeat is not None]
    assert repeats == [(0, 0.4), (1, 0.6)]
    assert {score.repeats for score in run.scores if score.category} == {2}
    assert {score.method for score in run.scores} == {None}
    assert {score.origin for score in run.scores} == {"reported"}


def test_generation_with_pass_at_k_is_known_by_its_k() -> None:
    run = run_of(PASS)
    assert run.version == "1.2.0–1.4.1"
    assert [(score.category, score.repeat, score.value) for score in scores_of(run, "pass@2")] == [
        ("a_test", None, 0.7),
        ("a_test", 0, 0.7),
        (None, None, 0.7),
    ]
    assert {score.method for score in run.scores} == {"box"}


def test_generation_with_unparsed_answers() -> None:
    run = run_of(UNPARSED)
    assert run.version == "≥ 1.4.2"
    found = values(run)
    assert found["a_test", "unparsed_count"] == found[None, "unparsed_count"] == 3
    assert found["a_test", "unparsed_rate"] == found[None, "unparsed_rate"] == 0.15
    counts = scores_of(run, "unparsed_count")
    assert [(score.repeat, score.unit) for score in counts] == [
        (None, "count"),
        (0, "count"),
        (None, "count"),
    ]
    assert {score.higher_is_better for score in counts} == {False}


def test_failed_counts_of_a_proposed_version_are_read() -> None:
    found = values(run_of(UNPARSED))
    assert found["a_test", "failed_count"] == found[None, "failed_count"] == 2


def test_a_merge_of_machines_reads_as_the_oldest_generation() -> None:
    merged = deepcopy(UNPARSED)
    content = merged["dataset_results"]["datasets/d/"]
    for key in ("average_unparsed_rate", "total_unparsed_count", "total_failed_count"):
        del content[key]
    for key in ("pass_at_k_mean", "pass_metric", "unparsed_count", "unparsed_rate", "failed_count"):
        del content["results"][0][key]
    content["results"][0]["individual_runs"] = {"accuracies": [0.5], "results": []}
    assert run_of(merged).version == "≤ 1.1"


def test_times_are_kept_as_written() -> None:
    content = {**document(), "timestamp": "20260101_000059", "duration_seconds": 12.5}
    run = run_of(content)
    assert (run.timestamp, run.duration) == ("20260101_000059", 12.5)


def test_files_with_fewer_runs_are_noted() -> None:
    items = [
        item("a.csv", 0.5, individual_runs={"accuracies": [0.5, 0.5, 0.5]}),
        item("b.csv", 0.5, individual_runs={"accuracies": [0.5]}),
    ]
    assert run_of(document(items)).notes == ("d: fewer than 3 runs in b (1)",)


def test_paths_of_one_dataset_do_not_give_two_averages() -> None:
    content = document([item("a.csv", 0.5)], average_accuracy=0.5)
    other = {"results": [item("b.csv", 0.7)], "average_accuracy": 0.7}
    content["dataset_results"]["datasets/d"] = other
    run = run_of(content)
    assert values(run).keys() == {
        (name, metric) for name in "ab" for metric in ("accuracy_mean", "accuracy_std")
    }
    assert [note.split(";")[0] for note in run.notes] == [
        "datasets/d/: one of several paths of d",
        "datasets/d: one of several paths of d",
    ]


# --- names --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("key", "name"),
    [
        ("datasets/mmlu/", "mmlu"),
        ("datasets/mmlu", "mmlu"),
        ("mmlu", "mmlu"),
        ("datasets/a/b/", "a/b"),
        ("datasets/x/datasets/y/", "y"),
        ("datasets//z//", "z"),
        ("datasets/", "datasets/"),
        ("./datasets/mmlu", "./datasets/mmlu"),
        ("/abs/datasets/mmlu/", "/abs/datasets/mmlu/"),
    ],
)
def test_dataset_name(key: str, name: str) -> None:
    assert dataset_name(key) == name


@pytest.mark.parametrize(
    ("file", "name"),
    [
        ("datasets/d/law_test.csv", "law_test"),
        ("a.b.jsonl", "a.b"),
        ("x.tar.gz", "x.tar"),
        ("noext", "noext"),
        ("dir/", "dir"),
        (".csv", ".csv"),
        ("", "<unnamed>"),
        ("datasets\\d\\win.csv", "datasets\\d\\win"),
    ],
)
def test_category_name(file: str, name: str) -> None:
    assert category_name(file) == name


@pytest.mark.parametrize(
    ("folder", "variant"),
    [
        ("results/org__mock-8b/low", "low"),
        ("results/org__mock-8b", None),
        ("results/other/low", None),
        ("low", None),
    ],
)
def test_variant_is_told_by_a_leaderboards_folder(folder: str, variant: str | None) -> None:
    run = run_of(document(name="org/mock-8b"), Path(folder) / "results_20260101_0000.json")
    assert run.variant == variant


# --- values -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("written", "value"),
    [
        (0.9, 0.9),
        (1, 1.0),
        (True, None),
        ("１", None),
        ("0.9", 0.9),
        (" 0.9 ", 0.9),
        ("n/a", None),
        ("nan", None),
        ("inf", None),
        (None, None),
        ([], None),
        ({}, None),
        (10**400, None),
        (float("nan"), None),
        (float("inf"), None),
    ],
)
def test_a_value_is_a_finite_number_or_missing_never_zero(written: Any, value: Any) -> None:
    run = run_of(document([item("a.csv", written), item("b.csv", 0.5)]))
    assert values(run)["a", "accuracy_mean"] == value
    assert values(run)["b", "accuracy_mean"] == 0.5
    assert any("result 1: accuracy_mean" in note for note in run.notes) == (value is None)


def test_percent_keeps_its_numbers_and_says_its_unit() -> None:
    run = run_of(document([item("a.csv", 90.0, pass_at_k_mean=95.0)], average_accuracy=90.0))
    units = {(score.metric, score.category): (score.value, score.unit) for score in run.scores}
    assert units["accuracy_mean", "a"] == (90.0, "percent")
    assert units["accuracy_mean", None] == (90.0, "percent")
    assert units["pass@k", "a"] == (95.0, "percent")
    assert run.notes == ("d: accuracies above 1, read as 0–100",)


@pytest.mark.parametrize("odd", [85, -3, -0.1, 1e308])
def test_a_value_off_its_scale_costs_that_value(odd: float) -> None:
    results = [item(f"datasets/d/{name}.csv", value) for name, value in (("a", 0.9), ("b", odd))]
    run = run_of(document([*results, item("datasets/d/c.csv", 0.8)], average_accuracy=odd))
    units = {score.unit for score in run.scores if score.metric == "accuracy_mean"}
    assert units == {"fraction"}
    found = {
        name: value for (name, metric), value in values(run).items() if metric == "accuracy_mean"
    }
    assert found == {"a": 0.9, "b": None, "c": 0.8, None: None}
    assert any(f"accuracy_mean is {odd:g}, which is off its scale" in note for note in run.notes)


def test_an_average_on_another_scale_than_its_files_is_left_out() -> None:
    run = run_of(document([item("a.csv", 60), item("b.csv", 80)], average_accuracy=0.7))
    assert values(run)[None, "accuracy_mean"] is None
    assert "datasets/d/: average_accuracy is 0.7, not on 0–100; left out" in run.notes


@pytest.mark.parametrize("digits", [400, 5_000])
def test_an_endless_integer_costs_its_value(tmp_path: Path, digits: int) -> None:
    content = json.dumps(document([item("a.csv", 0.5), item("b.csv", 0.25)]))
    path = tmp_path / "r.json"
    path.write_text(content.replace("0.25", "9" * digits), encoding="utf-8")
    (run,) = read(path).runs
    assert values(run)["a", "accuracy_mean"] == 0.5
    assert values(run)["b", "accuracy_mean"] is None
    assert any("accuracy_mean is not a finite number" in note for note in run.notes)


@pytest.mark.parametrize(("written", "shown"), [(20250101, "20250101"), (1.5, "1.5"), (True, None)])
def test_a_timestamp_that_is_a_number(written: Any, shown: str | None) -> None:
    assert run_of({**document(), "timestamp": written}).timestamp == shown


def test_a_hair_above_one_is_no_percent() -> None:
    run = run_of(document([item("a.csv", 1.0000000000000002)]))
    assert {score.unit for score in run.scores} == {"fraction"}


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        ({"dataset_results": None}, "dataset_results is missing or null"),
        ({"dataset_results": [1]}, "dataset_results is a list"),
        ({"dataset_results": {"d": 5}}, "d: a number instead of results"),
        ({"dataset_results": {"d": {"results": {"a": 1}}}}, "d: results is an object"),
        ({"dataset_results": {"d": {"results": ["x"]}}}, "the text “x” instead of an object"),
        ({"dataset_results": {"d": {"results": [{"file": 5}]}}}, "file is a number"),
    ],
)
def test_documents_without_any_score_are_refused_in_words(content: Any, reason: str) -> None:
    with pytest.raises(Refusal, match="no score in it") as caught:
        run_of(content)
    assert reason in caught.value.problem.reason


def test_secrets_never_enter_the_tables() -> None:
    content = document()
    content["config"]["llm_api"] = {"base_url": "http://10.0.0.1:8000/v1", "api_key": "sk-x"}
    config = json.loads(run_of(content).config)
    assert config["llm_api"] == {"base_url": "<removed>", "api_key": "<removed>"}
    assert config["model"] == {"name": "m"}


# --- what it is ---------------------------------------------------------------------------------


@pytest.mark.parametrize("separator", ["", "\n"])
def test_a_speed_test_is_skipped_by_name(tmp_path: Path, separator: str) -> None:
    content = json.dumps({"timestamp": "t", "config": {}, "metrics": {}})
    path = tmp_path / "x.json"
    path.write_text(content + (separator + content) * bool(separator), encoding="utf-8")
    assert read(path) == Content("skipped", "Twinkle Eval: speed test")


@pytest.mark.parametrize(
    "row",
    [
        {"question_id": 0, "is_correct": True},
        {"timestamp": "t", "file": "a", "accuracy": 1, "details": []},
    ],
)
@pytest.mark.parametrize("rows", [1, 2])
def test_answers_belong_to_the_run_of_their_time(
    tmp_path: Path, row: dict[str, Any], rows: int
) -> None:
    results = write(tmp_path / "results_1.json", document())
    answers = tmp_path / "details" / "eval_results_20260101_0000_run0.jsonl"
    answers.parent.mkdir()
    answers.write_text(f"{json.dumps(row)}\n" * rows, encoding="utf-8")
    ((state, files, count),) = (
        load([tmp_path]).tables().runs.select("state", "files", "sample_files").rows()
    )
    assert (state, sorted(files), count) == ("complete", [str(answers), str(results)], 1)


@pytest.mark.parametrize("content", [{}, [], 5, None, "text", {"timestamp": "t"}, [[]]])
def test_foreign_json_is_skipped(tmp_path: Path, content: Any) -> None:
    found = read(write(tmp_path / "x.json", content))
    assert (found.state, found.runs) == ("skipped", ())
    assert found.what == "not a result file of a known harness"


def test_large_sample_files_are_not_read_whole(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "eval_results.jsonl"
    row = json.dumps({"question_id": 0, "is_correct": True, "llm_output": "x" * 100})
    path.write_text(f"{row}\n" * 100, encoding="utf-8")

    def whole(_: Path) -> bytes:
        raise AssertionError("the whole file was read")

    monkeypatch.setattr(documents, "_read", whole)
    assert read(path).what == "Twinkle Eval samples"


@pytest.mark.parametrize("first", ['{"other": 1}\n', "[\n"])
def test_large_foreign_files_are_not_read_whole(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, first: str
) -> None:
    path = tmp_path / "other.json"
    path.write_text(first + '"x",\n' * 100, encoding="utf-8")
    monkeypatch.setattr("tui_eval.formats.registry.LARGE", 100)
    monkeypatch.setattr(documents, "_read", lambda _: pytest.fail("the whole file was read"))
    assert read(path) == Content("skipped", "not a result file of a known harness")


def test_large_results_are_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tui_eval.formats.registry.LARGE", 100)
    path = tmp_path / "results.json"
    path.write_text(json.dumps(document(), indent=4), encoding="utf-8")
    assert len(read(path).runs) == 1


def test_documents_of_a_file_are_numbered_and_the_bad_ones_told(tmp_path: Path) -> None:
    path = tmp_path / "results.jsonl"
    bad = {"dataset_results": None}
    lines = [document(name="one"), bad, {"foreign": 1}, document(name="two")]
    path.write_text("\n".join(map(json.dumps, lines)), encoding="utf-8")
    content = read(path)
    assert content.state == "read"
    assert [(run.model, run.document) for run in content.runs] == [("one", 1), ("two", 2)]
    assert sorted(str(problem) for problem in content.problems) == [
        "line 2: no score in it; config is missing or null: the model is not known; "
        "dataset_results is missing or null",
        "line 3: not a result file of a known harness",
    ]


# --- anything at all ----------------------------------------------------------------------------

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

FULL = {
    **UNPARSED,
    "config": {"model": {"name": "m", "temperature": 0.1}, "llm_api": {"type": "x"}},
}

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


@mutants
@given(st.data())
def test_a_document_with_any_value_anywhere(tmp_path: Path, data: st.DataObject) -> None:
    content = deepcopy(FULL)
    for _ in range(data.draw(st.integers(1, 2))):
        path = data.draw(st.sampled_from(places(content)))
        parent_of(content, path)[path[-1]] = data.draw(json_values)
    check_mutant(tmp_path, json.dumps(content).encode())


@mutants
@given(st.data())
def test_a_document_with_keys_dropped_or_renamed(tmp_path: Path, data: st.DataObject) -> None:
    content = deepcopy(FULL)
    for _ in range(data.draw(st.integers(1, 3))):
        path = data.draw(st.sampled_from([path for path in places(content) if path]))
        parent = parent_of(content, path)
        value = parent[path[-1]]
        del parent[path[-1]]
        if isinstance(parent, dict) and data.draw(st.booleans()):
            parent[data.draw(st.one_of(st.text(max_size=5), st.just("\ud800")))] = value
        if not places(content):
            break
    check_mutant(tmp_path, json.dumps(content).encode())


WHOLE = json.dumps({**FULL, "config": {"model": {"name": "中文模型"}}}, ensure_ascii=False)


@mutants
@given(
    st.sampled_from(["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "big5"]),
    st.integers(0, 3 * len(WHOLE)),
)
def test_a_document_cut_off_at_any_byte(tmp_path: Path, encoding: str, length: int) -> None:
    check_mutant(tmp_path, WHOLE.encode(encoding)[:length])


@mutants
@given(st.integers(0, len(WHOLE.encode()) - 1), st.binary(min_size=1, max_size=4))
def test_a_document_with_any_bytes_overwritten(tmp_path: Path, place: int, new: bytes) -> None:
    data = WHOLE.encode()
    check_mutant(tmp_path, data[:place] + new + data[place + len(new) :])


@mutants
@given(st.binary(max_size=200))
def test_any_bytes(tmp_path: Path, data: bytes) -> None:
    check_mutant(tmp_path, data)


@pytest.mark.parametrize("depth", [50, 200, 400, 600, 900, 1_100, 100_000])
@pytest.mark.parametrize("place", ["config", "timestamp", "dataset_results", "other"])
def test_nesting_of_any_depth(tmp_path: Path, depth: int, place: str) -> None:
    rest = json.dumps({key: value for key, value in SOUND.items() if key != place})
    for opening, closing in (("[", "]"), ('{"a":', "}")):
        nested = opening * depth + "1" + closing * depth
        check_mutant(tmp_path, f'{rest[:-1]}, "{place}": {nested}}}'.encode())


def test_half_surrogate_pairs_survive_into_the_tables(tmp_path: Path) -> None:
    half = "x\ud800"
    content = document([item(half, 0.5), item("b", half), item("c", 0.5)], name=half, dataset=half)
    content["timestamp"] = half
    content["config"][half] = half
    check_mutant(tmp_path, json.dumps(content).encode())
    run = read(tmp_path / "mutant.json").runs[0]
    assert (run.model, run.timestamp) == ("x\\ud800", "x\\ud800")
    assert values(run)["x\\ud800", "accuracy_mean"] == 0.5
    assert {score.dataset for score in run.scores} == {"x\\ud800"}
    assert TIMESTAMP not in run.config
