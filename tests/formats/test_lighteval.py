"""The Lighteval reader on small results in the shape of every schema, with numbers of our own."""

from __future__ import annotations

import json
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.build.damage import check_mutant, json_values, mutants, parent_of, places
from tui_eval.files.documents import Refusal, read_documents
from tui_eval.files.head import Head
from tui_eval.formats import registry
from tui_eval.formats.harnesses import lighteval, twinkle
from tui_eval.loading.collection import load
from tui_eval.records import Run, Score
from tui_eval.tables import score_frame

DATA = Path(__file__).parents[1] / "data" / "lighteval"
NORM = "acc:logprob_normalization=LogProbCharNorm(name='norm', ignore_first_space=False)"


def content_of(folder: str) -> Any:
    documents, problems = read_documents(path_of(folder), lambda _: True)
    assert not problems
    return documents[0].value


def path_of(folder: str) -> Path:
    return next((DATA / folder).rglob("results_*.json"))


def run_of(folder: str) -> Run:
    return lighteval.FORMAT.read_runs(content_of(folder), path_of(folder), 1)[0]


def read(content: Any, name: str = "results_2026-01-02T03-04-05.json") -> Run:
    return lighteval.FORMAT.read_runs(content, Path(name), 1)[0]


def small(results: Any, general: Any = None, tasks: Any = None) -> dict[str, Any]:
    """A document of 0.12.1 or later."""
    about = {"model_name": "m", "model_config": {"model_name": "m"}, **(general or {})}
    return {"config_general": about, "results": results, "config_tasks": tasks or {}}


def scores_of(run: Run, dataset: str) -> dict[tuple[str | None, str], Score]:
    return {
        (score.category, score.metric): score for score in run.scores if score.dataset == dataset
    }


def only_score(results: Any, **more: Any) -> Score:
    (score,) = read(small(results, **more)).scores
    return score


# --- schemas ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("folder", "version", "model", "timestamp"),
    [
        ("leaderboard", "≤ 0.1", "our-org/tea-1b", "2023-11-05T10:20:30.000001"),
        ("v0.4", "0.2–0.4", "our-org/tea-1b", "2024-06-01T08:09:10"),
        ("v0.8", "0.8", "/data0/models/tea-1b", "2025-03-04T05:06:07.080910"),
        ("v0.11", "0.11–0.12.0", "our-org/tea-1b", "2025-09-10T11:12:13.141516"),
        ("v0.13", "0.12.1–0.13", "/data0/models/tea-1b", "2026-02-03T04:05:06.070809"),
        ("hub", "0.12.1–0.13", "our-org/tea-1b", "2026-02-04T01:02:03.040506"),
    ],
)
def test_facts_of_the_run(folder: str, version: str, model: str, timestamp: str) -> None:
    run = run_of(folder)
    assert (run.version, run.model, run.timestamp) == (version, model, timestamp)
    assert (run.harness, run.duration, run.document) == ("lighteval", 62.25, 1)
    assert {score.origin for score in run.scores} == {"reported"}


@pytest.mark.parametrize(
    ("general", "version"),
    [
        ({"generation_parameters": {}, "override_batch_size": 1}, "0.8"),
        ({"generation_parameters": {}}, "0.9–0.10"),
        ({"override_batch_size": 1}, "0.5–0.7"),
        ({"config": None}, "0.2–0.4"),
    ],
)
def test_older_versions_are_told_by_their_schema(general: dict[str, Any], version: str) -> None:
    content = small({"lighteval|a|0": {"acc": 0.5}})
    content["config_general"] = {"model_name": "m", **general}
    assert read(content).version == version


def test_subsets_are_categories_and_their_average_is_the_datasets_own() -> None:
    tea = scores_of(run_of("v0.13"), "tea")
    assert set(tea) == {
        (category, metric) for category in ("green", "black", None) for metric in ("acc", NORM)
    }
    assert tea["green", "acc"].value == 0.4
    assert tea["green", "acc"].stderr == 0.11239029738980327
    average = tea[None, "acc"]
    assert average.value == (0.4 + 0.25) / 2
    assert average.stderr == (0.11239029738980327 + 0.09028938981432691) / 2
    assert (average.n, average.origin, average.higher_is_better) == (None, "reported", True)


def test_a_task_without_subsets_is_a_dataset_with_one_category() -> None:
    run = run_of("v0.13")
    assert set(scores_of(run, "halves")) == {("halves", "acc"), ("halves", "mrr")}
    assert set(scores_of(run, "single")) == {("single", "acc"), ("other", "judge_score")}
    names = {score.dataset for score in run.scores}
    assert names == {"tea", "halves", "letters", "sums", "single", "pages"}


def test_the_mean_over_all_tasks_is_no_task() -> None:
    run = run_of("v0.13")
    assert "all" in content_of("v0.13")["results"]
    assert all("all" not in (score.dataset, score.category) for score in run.scores)
    assert "“all”, Lighteval's mean over unrelated tasks, is left out" in run.notes
    assert not any("“all”" in note for note in read(small({"a|0": {"acc": 1}})).notes)


def test_shots_are_told_and_two_settings_of_a_task_are_two_datasets() -> None:
    run = run_of("v0.4")
    five, none = scores_of(run, "tea (5-shot)"), scores_of(run, "tea (0-shot)")
    assert {category for category, _ in five} == {"green", "black", None}
    assert {category for category, _ in none} == {"green"}
    assert {score.method for score in five.values()} == {"5-shot"}
    assert scores_of(run, "spoons (helm)")["spoons", "em"].value == 0.375
    assert scores_of(run, "spoons (lighteval)")["spoons", "em"].value == 0.5
    assert "suite: lighteval, helm" in run.notes
    apart = "spoons (helm), spoons (lighteval), tea (0-shot), tea (5-shot)"
    assert f"tasks in more than one setting are apart: {apart}" in run.notes
    assert scores_of(run, "cups")


@pytest.mark.parametrize(
    ("key", "dataset", "category", "method"),
    [
        ("a|0", "a", "a", "0-shot"),
        ("s|a|25", "a", "a", "25-shot"),
        ("s|a:b|5", "a", "b", "5-shot"),
        ("a:b:c|5", "a", "b:c", "5-shot"),
        ("a:|5", "a:", "a:", "5-shot"),
        (":b|5", ":b", ":b", "5-shot"),
        ("|5", "|5", "|5", "5-shot"),
        ("a", "a", "a", None),
        ("a|b", "a|b", "a|b", None),
        ("s|a|5|0", "s|a|5|0", "s|a|5|0", None),
    ],
)
def test_keys_of_any_shape(key: str, dataset: str, category: str, method: str | None) -> None:
    score = only_score({key: {"acc": 0.5}})
    assert (score.dataset, score.category, score.method) == (dataset, category, method)


def test_metric_names_are_kept_as_written() -> None:
    metrics = {score.metric for score in run_of("v0.13").scores}
    assert {NORM, "pass@k:k=4&n=4", "pass@k:k=1&n=4", "maj@n:n=4", "chrf++"} <= metrics
    assert not any(metric.endswith("_stderr") for metric in metrics)
    assert {score.metric for score in run_of("v0.11").scores} == {
        "acc_with_logprob_normalization",
        "pass@k_with_k&n",
    }


# --- questions ----------------------------------------------------------------------------------


def test_questions_are_taken_from_the_file_where_it_counts_them() -> None:
    run = run_of("v0.4")
    assert scores_of(run, "cups")["cups", "qem"].n == 16
    assert scores_of(run, "pages")["pages", "ppl"].n == 30
    assert {score.repeats for score in run.scores if score.category} == {3}


def test_questions_follow_from_right_or_wrong_scores_for_all_metrics_of_the_task() -> None:
    run = run_of("v0.13")
    assert scores_of(run, "tea")["black", NORM].n == 24
    halves = scores_of(run, "halves")
    assert (halves["halves", "acc"].n, halves["halves", "mrr"].n) == (112, 112)
    assert {score.n for score in scores_of(run, "sums").values()} == {92}
    assert scores_of(run, "letters")["letters", "rougeL"].n is None


def test_a_mean_of_other_scores_gives_no_number_of_questions() -> None:
    """Reciprocal ranks of 1 and 1/2 give 334 where 112 questions were asked."""
    numbers = {"mrr": 0.75, "mrr_stderr": 0.02372894989381247}
    assert only_score({"a|0": numbers}).n is None
    halves = {"acc": 0.75, "acc_stderr": 0.02372894989381247}
    assert only_score({"a|0": halves}).n is None


@pytest.mark.parametrize(
    ("metric", "n"),
    [
        ("acc", 20),
        (NORM, 20),
        ("acc_norm", 20),
        ("acc_norm_pmi", 20),
        ("qem", 20),
        ("perfect_em", 20),
        ("exact_match", 20),
        ("maj@8", 20),
        ("truthfulqa_mc1", 20),
        ("pass@k:k=1&n=1", 20),
        ("math_pass@1:1_samples", 20),
        ("avg@n:n=1", 20),
        ("pass@k:k=1&n=16", None),
        ("math_pass@1:4_samples", None),
        ("avg@n:n=16", None),
        ("truthfulqa_mc2", None),
        ("f1", None),
        ("accordance", None),
    ],
)
def test_which_metrics_are_right_or_wrong(metric: str, n: int | None) -> None:
    numbers = {metric: 0.4, f"{metric}_stderr": 0.11239029738980327}
    assert only_score({"a|0": numbers}).n == n


def test_questions_stay_unknown_where_nothing_says_them_exactly() -> None:
    acc = {"acc": 0.4, "acc_stderr": 0.11239029738980327}
    tasks = {"a|0": {"metrics": [{"metric_name": ["acc"], "corpus_level_fn": {"acc": "max"}}]}}
    assert only_score({"a|0": acc}, tasks=tasks).n is None
    assert only_score({"a|0": acc}, general={"num_fewshot_seeds": 4}).n is None
    assert only_score({"a|0": {**acc, "acc_stderr": 0.1124}}).n is None
    assert only_score({"a|0": {"acc": 1.0, "acc_stderr": 0.0}}).n is None
    assert only_score({"a|0": {"acc": 0.5, "acc_stderr": 1e-200}}).n is None
    both = {**acc, "em": 0.5, "em_stderr": 0.5}
    assert [score.n for score in read(small({"a|0": both})).scores] == [None, None]


@pytest.mark.parametrize(
    ("counts", "general", "n"),
    [
        ({"original_num_docs": 50, "effective_num_docs": 10}, {}, 10),
        ({"original_num_docs": 50, "effective_num_docs": -1}, {}, 50),
        ({"original_num_docs": 50, "effective_num_docs": -1}, {"max_samples": 5}, None),
        ({"original_num_docs": -1, "effective_num_docs": -1}, {}, None),
        ({"original_num_docs": 10**30, "effective_num_docs": True}, {}, None),
    ],
)
def test_counted_questions(counts: Any, general: Any, n: int | None) -> None:
    assert only_score({"a|0": {"f1": 0.5}}, general=general, tasks={"a|0": counts}).n == n


# --- units and directions -----------------------------------------------------------------------


def test_units_and_directions() -> None:
    old = {score.metric: score for score in run_of("v0.4").scores}
    new = {score.metric: score for score in run_of("v0.13").scores}
    found = {name: (score.unit, score.higher_is_better) for name, score in {**old, **new}.items()}
    untold = None, True  # a fraction, unless other runs show it to be something else
    assert found == {
        "acc": untold,
        NORM: untold,
        "mrr": untold,
        "em": untold,
        "qem": untold,
        "f1": untold,
        "rougeL": untold,
        "edit_similarity": untold,
        "pass@k:k=4&n=4": untold,
        "pass@k:k=1&n=4": untold,
        "maj@n:n=4": untold,
        "bleu": ("percent", True),
        "chrf++": ("percent", True),
        "ppl": ("number", False),  # the file says true
        "word_perplexity": ("number", False),
        "byte_perplexity": ("number", False),
        "bits_per_byte": ("number", False),
        "edit_distance": ("number", False),
        "longest_common_prefix_length": ("number", True),
        "judge_score": ("number", True),
    }


def test_unknown_metrics_beyond_one_are_plain_numbers_in_the_whole_run() -> None:
    run = read(small({"a|0": {"x": 0.5}, "b|0": {"x": 3}, "c|0": {"y": 1.0}}))
    assert [(score.unit, score.higher_is_better) for score in run.scores] == [
        ("number", None),
        ("number", None),
        (None, None),
    ]
    assert "x: values outside 0–1, read as plain numbers" in run.notes


def test_directions_without_configuration_follow_from_known_names() -> None:
    run = run_of("leaderboard")
    assert {score.higher_is_better for score in run.scores} == {True}
    assert only_score({"a|0": {"ter": 50.0}}).higher_is_better is False
    lower = {"a|0": {"metrics": [{"metric_name": "gap", "higher_is_better": False}]}}
    assert only_score({"a|0": {"gap": 0.5}}, tasks=lower).higher_is_better is False


# --- notes --------------------------------------------------------------------------------------


def test_bootstrapped_standard_errors_are_kept_and_named() -> None:
    run = run_of("v0.13")
    bleu = scores_of(run, "letters")["letters", "bleu"]
    assert (bleu.value, bleu.stderr) == (1.5, 0.0125)
    suspect = [note for note in run.notes if note.startswith("stderr of bleu: bootstrapped")]
    assert len(suspect) == 1
    assert "31.6 times too small" in suspect[0]
    assert any(note.startswith("stderr of qem, f1, edit_sim") for note in run_of("v0.4").notes)
    assert not any("bootstrapped" in note for note in run_of("v0.11").notes)


def test_unconfigured_corpus_metrics_are_known_by_name() -> None:
    run = read(small({"a|0": {"chrf": 30.0, "chrf_stderr": 0.1, "f1": 0.5, "f1_stderr": 0.1}}))
    assert [note for note in run.notes if note.startswith("stderr of chrf: ")]


def test_the_standard_error_of_an_average_is_explained() -> None:
    assert "stderr of an average is the mean of its subsets' stderr, which is too large" in (
        run_of("v0.13").notes
    )
    assert not any("of an average" in note for note in run_of("hub").notes)


def test_limited_runs_are_flagged() -> None:
    note = "limited run: max_samples is 20; not comparable with whole runs"
    assert run_of("v0.11").notes[0] == note
    assert run_of("v0.11").state == "limited"
    assert not any("limited" in other for other in run_of("v0.13").notes)


def test_numbers_that_are_not_finite_are_missing_and_told() -> None:
    run = run_of("v0.13")
    letters, pages = scores_of(run, "letters"), scores_of(run, "pages")
    assert letters["letters", "chrf++"].value is None
    assert letters["letters", "chrf++"].stderr is None
    assert pages["pages", "ppl"].value is None
    assert pages["pages", "byte_perplexity"].value == 2.5
    assert pages["pages", "byte_perplexity"].stderr is None
    for name in ("letters|0: chrf++", "letters|0: chrf++_stderr", "pages|0: ppl"):
        assert f"{name} is not a finite number" in run.notes


def test_a_standard_error_may_be_absent() -> None:
    run = run_of("v0.13")
    assert scores_of(run, "single")["single", "acc"].stderr is None
    assert not any(note.startswith("single|0") for note in run.notes)


@pytest.mark.parametrize(
    ("results", "reason"),
    [
        ({}, "no score in it"),
        (None, "no score in it; results is missing or null"),
        ([1], "no score in it; results is a list"),
        ({"all": {"acc": 0.5}}, "no score in it"),
        ({"a|0": 5}, "no score in it; a|0: a number instead of scores"),
        ({"a|0": {"acc": "high"}}, "no score in it; a|0: acc is the text “high”"),
        ({"a|0": {"acc_stderr": 0.1}}, "no score in it"),
    ],
)
def test_documents_without_a_score_are_refused(results: Any, reason: str) -> None:
    with pytest.raises(Refusal) as refused:
        read(small(results))
    assert str(refused.value) == reason


# --- configuration, time and place --------------------------------------------------------------


def test_secrets_are_removed_and_facts_are_kept() -> None:
    config = json.loads(run_of("v0.13").config)
    assert config["model_config"] == {
        "model_name": "/data0/models/tea-1b",
        "generation_parameters": {"temperature": 0, "max_new_tokens": 64},
        "provider": "openai",
        "base_url": "<removed>",
        "api_key": "<removed>",
        "inference_server_auth": "<removed>",
    }
    assert config["hash_examples"]["tea:green|5"] == "0000000000000001"
    assert json.loads(run_of("v0.4").config)["versions"]["helm|cups|0"] == 1
    assert "not-a-real" not in run_of("v0.13").config


@pytest.mark.parametrize(
    ("name", "timestamp"),
    [
        ("results_2026-11-20T23-49-05.165417.json", "2026-11-20T23:49:05.165417"),
        ("results_2026-11-20T23-49-05.json", "2026-11-20T23:49:05"),
        ("results_2026-11-20T23:49:05.1.json", "2026-11-20T23:49:05.1"),
        ("copy of results_2026-11-20T23-49-05.5 (1).json", "2026-11-20T23:49:05.5"),
        ("results.json", None),
        ("results_２０26-11-20T23-49-05.json", None),
    ],
)
def test_the_time_is_in_the_name_of_the_file(name: str, timestamp: str | None) -> None:
    assert read(small({"a|0": {"acc": 0.5}}), name).timestamp == timestamp


def test_the_model_may_stand_in_its_configuration_alone() -> None:
    content = small({"a|0": {"acc": 0.5}})
    del content["config_general"]["model_name"]
    assert read(content).model == "m"
    content["config_general"] = {}
    run = read(content)
    assert run.model is None
    assert "config_general gives no model_name: the model is not known" in run.notes


def test_both_copies_of_an_old_run_have_the_same_model_time_and_scores() -> None:
    paths = sorted((DATA / "v0.4").rglob("results_*.json"))
    assert [path.relative_to(DATA / "v0.4").parts[0] for path in paths] == ["details", "results"]
    one, two = (lighteval.FORMAT.read_runs(content_of("v0.4"), path, 1)[0] for path in paths)
    assert (one.model, one.timestamp, one.scores) == (two.model, two.timestamp, two.scores)


# --- what it is ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "content",
    [
        {},
        [],
        None,
        5,
        "config_general",
        {"results": {}},
        {"config_general": {}},
        {"config_general": {}, "dataset_results": {}, "results": {}},
        {"config_general": {}, "results": {}, "n-shot": {}, "config_tasks": {}},  # lmms-eval
    ],
)
def test_foreign_documents_are_not_claimed(content: Any) -> None:
    assert lighteval.FORMAT.recognise(Head.of(content)) is None


@pytest.mark.parametrize("folder", ["leaderboard", "v0.4", "v0.8", "v0.11", "v0.13", "hub"])
def test_results_are_recognised_and_hold_the_marker(folder: str) -> None:
    assert lighteval.FORMAT.recognise(Head.of(content_of(folder))) == "results"
    assert twinkle.FORMAT.recognise(Head.of(content_of(folder))) is None
    assert lighteval.FORMAT.markers[0] in path_of(folder).read_bytes()


@pytest.fixture
def known(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(registry, "FORMATS", (twinkle.FORMAT, lighteval.FORMAT))


@pytest.mark.usefixtures("known")
def test_every_layout_is_found_from_its_root() -> None:
    collection = load([DATA])
    assert {file.content.state for file in collection.files} == {"read"}
    assert {file.content.what for file in collection.files} == {"Lighteval results"}
    assert len(collection.runs) == 6  # 0.4 writes its results twice
    assert sum(len(run.copies) for run in collection.runs) == 1
    assert collection.tables().scores["value"].is_nan().sum() == 0


# --- anything at all ----------------------------------------------------------------------------

FULL = content_of("v0.13")
OLD = content_of("v0.4")


@pytest.mark.usefixtures("known")
@mutants
@given(st.data())
def test_a_document_with_any_value_anywhere(tmp_path: Path, data: st.DataObject) -> None:
    content = deepcopy(data.draw(st.sampled_from([FULL, OLD])))
    for _ in range(data.draw(st.integers(1, 2))):
        path = data.draw(st.sampled_from(places(content)))
        parent_of(content, path)[path[-1]] = data.draw(json_values)
    check_mutant(tmp_path, json.dumps(content).encode())


@pytest.mark.usefixtures("known")
@mutants
@given(st.data())
def test_a_document_with_keys_dropped_or_renamed(tmp_path: Path, data: st.DataObject) -> None:
    content = deepcopy(data.draw(st.sampled_from([FULL, OLD])))
    for _ in range(data.draw(st.integers(1, 3))):
        path = data.draw(st.sampled_from(places(content)))
        parent = parent_of(content, path)
        value = parent.pop(path[-1])
        if isinstance(parent, dict) and data.draw(st.booleans()):
            names = st.one_of(st.text(max_size=5), st.sampled_from(["\ud800", "a:_average|0", "|"]))
            parent[data.draw(names)] = value
    check_mutant(tmp_path, json.dumps(content).encode())


WHOLE = json.dumps(FULL).encode()


@pytest.mark.usefixtures("known")
@mutants
@given(st.integers(0, len(WHOLE)))
def test_a_document_cut_off_at_any_byte(tmp_path: Path, length: int) -> None:
    check_mutant(tmp_path, WHOLE[:length])


@pytest.mark.usefixtures("known")
@mutants
@given(st.integers(0, len(WHOLE) - 1), st.binary(min_size=1, max_size=4))
def test_a_document_with_any_bytes_overwritten(tmp_path: Path, place: int, new: bytes) -> None:
    check_mutant(tmp_path, WHOLE[:place] + new + WHOLE[place + len(new) :])


@mutants
@given(json_values, json_values, json_values)
def test_any_values_in_place_of_the_three_parts(general: Any, results: Any, tasks: Any) -> None:
    content = {"config_general": general, "results": {"a|0": results}, "config_tasks": tasks}
    try:
        run = lighteval.FORMAT.read_runs(content, Path("x.json"), 1)[0]
    except Refusal:
        return
    assert score_frame([(0, run)]).height == len(run.scores)
    json.loads(run.config)


@pytest.mark.usefixtures("known")
@pytest.mark.parametrize("depth", [50, 400, 900, 1_100, 100_000])
@pytest.mark.parametrize("place", ["config_general", "results", "config_tasks", "versions"])
def test_nesting_of_any_depth(tmp_path: Path, depth: int, place: str) -> None:
    rest = json.dumps({key: value for key, value in OLD.items() if key != place})
    for opening, closing in (("[", "]"), ('{"a|0":', "}")):
        nested = opening * depth + "1" + closing * depth
        check_mutant(tmp_path, f'{rest[:-1]}, "{place}": {nested}}}'.encode())


@pytest.mark.usefixtures("known")
def test_a_name_given_twice_counts_once_and_breaks_nothing(tmp_path: Path) -> None:
    twice = WHOLE.replace(b'"tea:black|5": {', b'"tea:green|5": {')
    assert twice != WHOLE
    check_mutant(tmp_path, twice)


@pytest.mark.parametrize(
    ("model", "variant"),
    [
        ({"revision": "main"}, None),
        ({"revision": "step1000"}, "step1000"),
        ({"revision": "main", "subfolder": "checkpoint-500"}, "checkpoint-500"),
        ({"revision": "v2", "subfolder": "step5"}, "v2/step5"),
    ],
)
def test_the_revision_and_folder_of_the_model_are_its_variant(
    model: dict[str, str], variant: str | None
) -> None:
    run = read(small({"task|0": {"acc": 0.5}}, general={"model_config": model}))
    assert run.variant == variant
