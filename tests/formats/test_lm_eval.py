from __future__ import annotations

import json
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tui_eval.files.documents import Refusal, parse
from tui_eval.files.head import Head
from tui_eval.formats.harnesses import lm_eval
from tui_eval.records import Run, Score
from tui_eval.tables import score_frame

DATA = Path(__file__).parent.parent / "data" / "lm_eval"
FILES = {path.relative_to(DATA).parts[0]: path for path in sorted(DATA.rglob("*.json"))}
DOCUMENTS: dict[str, Any] = {name: parse(path.read_text("utf-8")) for name, path in FILES.items()}

Key = tuple[str, str | None, str, str | None]


def run_of(content: Any, path: Path = Path("results.json")) -> Run:
    return lm_eval.FORMAT.read_runs(content, path, 1)[0]


def run(name: str) -> Run:
    return run_of(DOCUMENTS[name], FILES[name])


def row_of(score: Score) -> str:
    """The dataset, or the inner group that reports the number."""
    if score.category is None and score.group is not None:
        return score.group.rpartition(" › ")[2]
    return score.dataset


def by_key(run: Run) -> dict[Key, Score]:
    found = {(row_of(s), s.category, s.metric, s.filter): s for s in run.scores}
    assert len(found) == len(run.scores)
    return found


def values(run: Run) -> dict[Key, float | None]:
    return {key: score.value for key, score in by_key(run).items()}


def document(results: dict[str, Any], **more: Any) -> dict[str, Any]:
    """The least that is a result of 0.4.3 and later."""
    return {
        "results": results,
        "versions": {},
        "n-samples": {},
        "config": {"model": "hf", "model_args": {"pretrained": "m"}},
        **more,
    }


def only(row: dict[str, Any], **more: Any) -> Score:
    (score,) = run_of(document({"t": row}, **more)).scores
    return score


# --- generations --------------------------------------------------------------------------------


def test_oldest_generation() -> None:
    oldest = run("v0.3")
    scores = by_key(oldest)
    assert (oldest.model, oldest.variant, oldest.timestamp) == ("lab/gull-70m", "step1000", None)
    assert oldest.version == "≤ 0.3"
    harbours = scores["harbours", "harbours", "acc", None]
    assert (harbours.value, harbours.stderr, harbours.n) == (0.375, 0.125, None)
    assert (harbours.method, harbours.higher_is_better) == ("5-shot", True)
    perplexity = scores["tides", "tides", "ppl", None]
    assert (perplexity.value, perplexity.unit, perplexity.higher_is_better) == (
        38.25,
        "number",
        False,
    )
    assert not any(score.category is None for score in oldest.scores)


def test_oldest_forks_write_0_to_100_and_lists() -> None:
    oldest = run("v0.3")
    scores = by_key(oldest)
    assert scores["knots_ja", "knots_ja", "f1", None].unit == "percent"
    assert "knots_ja › details: a list, no score; left out" in oldest.notes
    assert "knots_ja: f1 above 1, read as 0–100" in oldest.notes
    squad = [score for score in oldest.scores if score.dataset == "reef"]
    assert {score.unit for score in squad} == {"percent"}


def test_first_groups_are_told_by_indents_alone() -> None:
    first = run("v0.4.1")
    assert first.version == "0.4.0–0.4.1"
    assert values(first) == {
        ("ocean", None, "acc", None): 0.45,
        ("ocean", "ocean_trench", "acc", None): 0.2,
        ("ocean", "ocean_vents", "acc", None): 0.4,
        ("ocean", "ocean_shore", "acc", None): 0.6,
        ("ocean_deep", None, "acc", None): 0.3,
        ("harbours", "harbours", "acc", None): 0.5,
    }
    assert {score.higher_is_better for score in first.scores} == {True}


def by_indent(groups: set[str], *aliases: str) -> set[tuple[str, str | None]]:
    """Datasets and categories of rows that 0.4.1 writes in this order."""
    rows = {alias.strip(" -"): {"acc,none": 0.5, "alias": alias} for alias in aliases}
    content = {
        "results": rows,
        "groups": {name: rows[name] for name in groups},
        "versions": {},
        "config": {"model": "hf"},
    }
    return {(row_of(score), score.category) for score in run_of(content).scores}


def test_first_groups_may_stand_below_their_inner_groups() -> None:
    """As the code of 0.4.1 orders mmlu where its groups are known before it."""
    found = by_indent(
        {"bbh", "stem", "hum", "mmlu"},
        *("bbh", " - x", " - stem", " - a", " - b", " - hum", " - c", "mmlu", "gsm8k"),
    )
    mmlu = {("mmlu", None), ("mmlu", "a"), ("mmlu", "b"), ("mmlu", "c")}
    others = {("bbh", None), ("bbh", "x"), ("stem", None), ("hum", None), ("gsm8k", "gsm8k")}
    assert found == mmlu | others


def test_first_groups_partly_below_and_with_another_group_after() -> None:
    found = by_indent(
        {"stem", "mmlu", "hum", "zbh"},
        *("aa", " - stem", " - a", "mmlu", " - hum", "  - c", "zbh", " - x"),
    )
    mmlu = {("mmlu", None), ("mmlu", "a"), ("mmlu", "c")}
    others = {("aa", "aa"), ("stem", None), ("hum", None), ("zbh", None), ("zbh", "x")}
    assert found == mmlu | others


def test_first_groups_that_nothing_tells_are_datasets_of_their_own() -> None:
    found = by_indent({"stem", "qq", "mmlu"}, *(" - stem", " - a", "qq", " - x", "mmlu", " - b"))
    assert found >= {("stem", None), ("stem", "a"), ("mmlu", "b"), ("qq", "x")}


def test_numbers_as_texts_and_filters_and_what_is_no_score() -> None:
    middle = run("v0.4.9")
    scores = by_key(middle)
    assert set(scores) == {
        ("ocean", None, "acc", None),
        ("ocean", "ocean_trench", "acc", None),
        ("ocean", "ocean_shore", "acc", None),
        ("weather", "weather_rain", "bleu", None),
        ("weather", "weather_rain", "ter", None),
        ("sailing", "sailing", "exact_match", "strict-match"),
        ("sailing", "sailing", "exact_match", "maj@8, by vote"),
    }
    assert scores["ocean", None, "acc", None].stderr is None
    trench = scores["ocean", "ocean_trench", "acc", None]
    assert (trench.value, trench.stderr, trench.n) == (0.2, 0.1, 10)
    assert scores["ocean", None, "acc", None].n == 20
    assert scores["sailing", "sailing", "exact_match", "maj@8, by vote"].value == 1.0
    strict = scores["sailing", "sailing", "exact_match", "strict-match"]
    assert (strict.repeats, strict.method) == (8, "generate_until, 3-shot")
    assert middle.notes == (
        "written › bypass,none: answers, not scored; left out",
        "at most 10 questions of each task (limit)",
    )


def test_units_and_directions_of_corpus_metrics() -> None:
    scores = by_key(run("v0.4.9"))
    bleu = scores["weather", "weather_rain", "bleu", None]
    ter = scores["weather", "weather_rain", "ter", None]
    assert (bleu.unit, bleu.higher_is_better) == ("percent", True)
    assert (ter.unit, ter.higher_is_better) == ("percent", False)


def test_run_facts_without_secrets() -> None:
    middle = run("v0.4.9")
    assert (middle.model, middle.timestamp) == ("lab/gull-7b", "2025-07-01T12-30-00")
    assert (middle.version, middle.duration, middle.variant) == ("0.4.9", 87.5, None)
    config = json.loads(middle.config)
    assert config["config"]["model_args"]["num_concurrent"] == "4"
    assert config["system_instruction"] == "You are a harbour pilot."
    assert config["generation_kwargs"]["sailing"]["temperature"] == 0.7
    assert config["n-shot"]["sailing"] == 3
    for hidden in ("tr0ub4dor", "10.1.2.3", "def process_results", "doc_to_text"):
        assert hidden not in middle.config


def test_groups_of_groups() -> None:
    newest = run("v0.4.13")
    scores = by_key(newest)
    assert set(scores) == {
        ("ocean", None, "acc", None),
        ("ocean", "ocean_trench", "acc", None),
        ("ocean", "ocean_vents", "acc", None),
        ("ocean", "ocean_shore", "acc", None),
        ("mixed", "ocean_shore", "acc", None),
        ("ocean_deep", None, "acc", None),
        ("mixed", "tides", "perplexity", None),
        ("mixed", "tides", "acc", None),
    }
    whole = scores["ocean", None, "acc", None]
    assert (whole.value, whole.n, whole.repeats) == (7 / 15, 60, 1)
    assert (whole.higher_is_better, whole.method) == (True, "multiple_choice, 0-shot")
    assert {score.origin for score in newest.scores} == {"reported"}
    assert scores["mixed", "tides", "perplexity", None].value == 4.1e18
    assert scores["mixed", "tides", "acc", None].value is None
    assert newest.notes == (
        "tides › acc,none: value is missing or null",
        "ocean_shore: in several groups, a category of each: ocean, mixed",
    )


def test_newest_names_its_tasks_with_their_group() -> None:
    preview = run("v0.5.0.dev1")
    assert preview.version == "0.5.0.dev1"
    assert values(preview) == {
        ("ocean", "ocean_trench", "exact_match", "first"): 0.0,
        ("ocean", "ocean_trench", "pass@2(exact_match)", "first"): 1.0,
        ("ocean", "ocean_shore", "exact_match", "first"): 1.0,
        ("ocean", "ocean_shore", "pass@2(exact_match)", "first"): 1.0,
        ("ocean", None, "exact_match", "first"): 0.75,
    }
    assert {score.higher_is_better for score in preview.scores} == {True}
    assert {score.repeats for score in preview.scores} == {2}


def test_tasks_with_a_group_in_their_name_belong_to_it_though_nothing_lists_them() -> None:
    row = {"acc,none": 0.5}
    names = values(run_of(document({"g::a": row, "g::b": row, "b": row}, group_subtasks={})))
    assert set(names) == {
        ("g", "a", "acc", None),
        ("g", "b", "acc", None),
        ("b", "b", "acc", None),
    }


def test_short_names_that_would_be_the_same_stay_long() -> None:
    row = {"acc,none": 0.5}
    tree = {"all": ["g", "h"], "g": ["g::a"], "h": ["h::a"]}
    names = values(run_of(document({"g::a": row, "h::a": row}, group_subtasks=tree)))
    assert set(names) == {("all", "g::a", "acc", None), ("all", "h::a", "acc", None)}


# --- single traps -------------------------------------------------------------------------------


def test_groups_are_never_read_twice_and_never_lost() -> None:
    row = {"acc,none": 0.5}
    tree = {"g": ["a"]}
    twice = document({"a": row, "g": row}, groups={"g": row}, group_subtasks=tree)
    apart = document({"a": row}, groups={"g": row}, group_subtasks=tree)
    expected = {("g", "a", "acc", None): 0.5, ("g", None, "acc", None): 0.5}
    assert values(run_of(twice)) == values(run_of(apart)) == expected


def test_groups_that_contain_each_other_keep_their_numbers() -> None:
    row = {"acc,none": 0.5}
    tree = {"g": ["h", "a"], "h": ["g"]}
    names = values(run_of(document({"g": row, "h": row, "a": row}, group_subtasks=tree)))
    assert set(names) == {
        ("g", None, "acc", None),
        ("h", None, "acc", None),
        ("a", "a", "acc", None),
    }


def test_groups_that_multiply_without_end_are_refused() -> None:
    tree = {f"g{number}": ["hub"] for number in range(700)}
    tree["hub"] = [f"t{number}" for number in range(700)]
    with pytest.raises(Refusal, match="too often"):
        run_of(document({"t1": {"acc,none": 0.5}}, group_subtasks=tree))


def test_a_group_is_better_as_its_tasks_are() -> None:
    row = {"x,none": 0.5}
    told = {"a": {"x": True}, "b": {"x": False}, "g": {"x": True}}
    tree = {"g": ["a", "b"]}
    scores = by_key(
        run_of(document({"a": row, "b": row, "g": row}, higher_is_better=told, group_subtasks=tree))
    )
    assert scores["g", "a", "x", None].higher_is_better is True
    assert scores["g", "b", "x", None].higher_is_better is False
    assert scores["g", None, "x", None].higher_is_better is None


@pytest.mark.parametrize(
    ("metric", "told", "expected"),
    [
        ("acc", None, True),
        ("acc", False, False),
        ("word_perplexity", True, False),
        ("bits_per_byte", True, False),
        ("ter", True, False),
        ("brier_score", None, False),
        ("pass@2(exact_match)", None, True),
        ("novel_metric", None, None),
        ("novel_metric", True, True),
    ],
)
def test_direction(metric: str, told: bool | None, expected: bool | None) -> None:
    score = only({f"{metric},none": 0.5}, higher_is_better={"t": {metric: told}})
    assert score.higher_is_better is expected


def test_direction_of_the_configuration() -> None:
    metrics = {"t": {"metric_list": [{"metric": "novel_metric", "higher_is_better": False}]}}
    assert only({"novel_metric,none": 0.5}, configs=metrics).higher_is_better is False


@pytest.mark.parametrize(
    ("metric", "value", "unit"),
    [
        ("acc", 0.5, None),  # a fraction, unless other runs show it to be something else
        ("acc", 1, None),
        ("exact_match", 50.0, "percent"),
        ("rouge1", 31.5, "percent"),
        ("rouge1", 0.315, None),
        ("rouge1_max", 0.5, "percent"),
        ("rouge1_diff", -2.5, "number"),
        ("bleu", 0.25, "percent"),
        ("chrf++", 40.0, "percent"),
        ("ter", 140.0, "percent"),
        ("mcc", 0.5, "number"),
        ("perplexity", 0.9, "number"),
        ("novel_metric", 0.5, None),
        ("novel_metric", 1.5, "number"),
        ("novel_metric", -0.5, "number"),
        ("acc", 150.0, "number"),
    ],
)
def test_unit(metric: str, value: float, unit: str | None) -> None:
    assert only({f"{metric},none": value}).unit == unit


def test_one_dataset_has_one_unit() -> None:
    tree = {"g": ["a", "b"]}
    rows = {"a": {"f1,none": 0.5}, "b": {"f1,none": 70.0}, "c": {"f1,none": 0.5}}
    scores = by_key(run_of(document(rows, group_subtasks=tree)))
    assert scores["g", "a", "f1", None].unit == "percent"
    assert scores["c", "c", "f1", None].unit is None


@pytest.mark.parametrize(
    ("stderr", "expected"),
    [("N/A", None), ("0.25", 0.25), (0, 0.0), (None, None), (float("nan"), None), (-1, None)],
)
def test_stderr(stderr: object, expected: float | None) -> None:
    assert only({"acc,none": 0.5, "acc_stderr,none": stderr}).stderr == expected


@pytest.mark.parametrize(("value", "expected"), [("True", 1.0), ("False", 0.0), ("1e-3", 0.001)])
def test_numbers_as_texts(value: str, expected: float) -> None:
    assert only({"acc,none": value}).value == expected


@pytest.mark.parametrize("value", [float("nan"), float("inf"), None, "N/A", [], {}])
def test_a_missing_value_is_missing_and_said(value: object) -> None:
    run = run_of(document({"t": {"acc,none": value, "f1,none": 0.5}}))
    assert values(run)["t", "t", "acc", None] is None
    assert len(run.notes) == 1


def test_n_is_not_believed_where_the_limit_is_a_share() -> None:
    sizes = {"t": {"original": 100, "effective": 7}}
    row = {"acc,none": 0.5}
    share = document({"t": row}, **{"n-samples": sizes, "config": {"model": "m", "limit": 0.1}})
    assert run_of(share).scores[0].n is None
    assert run_of(share).notes == ("only 0.1 of the questions of each task (limit)",)
    share["results"]["t"] = {**row, "sample_len": 10}
    assert run_of(share).scores[0].n == 10


def test_a_limit_that_left_nothing_out_is_not_told() -> None:
    sizes = {"t": {"original": 7, "effective": 7}}
    config = {"model": "m", "limit": 10}
    assert not run_of(
        document({"t": {"acc,none": 1}}, **{"n-samples": sizes, "config": config})
    ).notes


def test_a_limit_and_a_choice_of_questions_are_two_states() -> None:
    sizes = {"t": {"original": 1319, "effective": 5}, "u": {"original": 9, "effective": 9}}
    rows = {"t": {"acc,none": 1}, "u": {"acc,none": 1}}
    limited = document(rows, **{"n-samples": sizes, "config": {"model": "m", "limit": 5}})
    assert run_of(limited).state == "limited"
    chosen = run_of(document(rows, **{"n-samples": sizes}))
    assert (chosen.state, chosen.notes) == ("partial", ("t: 5 of 1319 questions",))
    assert [(score.n, score.total) for score in chosen.scores] == [(5, 1319), (9, 9)]
    limited["results"]["u"] = {"acc,none": None}
    assert run_of(limited).state == "partial"
    many = {f"t{number}": {"original": 3, "effective": 2} for number in range(5)}
    told = run_of(document({"t": {"acc,none": 1}}, **{"n-samples": many})).notes
    assert told[-1] == "and fewer questions than there are in 2 more tasks"


@pytest.mark.parametrize(
    ("arguments", "model"),
    [
        ("pretrained=a/b,dtype=auto", "a/b"),
        ('{"pretrained": "a/b"}', "a/b"),
        ({"model": "a/b"}, "a/b"),
        ("engine=davinci", "davinci"),
        ("pretrained=a/b,peft=a/adapter", "a/adapter"),
        ("", "hf"),
        ("{broken", "hf"),
        (None, "hf"),
        (["x"], "hf"),
        ("pretrained=https://secret.example/m", "<removed>"),
    ],
)
def test_model(arguments: object, model: str) -> None:
    config = {"model": "hf", "model_args": arguments}
    assert run_of(document({"t": {"acc": 0.5}}, config=config)).model == model


def test_a_comma_within_an_argument() -> None:
    config = {"model": "hf", "model_args": "pretrained=m,stop=a,b,api_key=x,y"}
    shown = json.loads(run_of(document({"t": {"acc": 1}}, config=config)).config)
    assert shown["config"]["model_args"] == {
        "pretrained": "m",
        "stop": "a,b",
        "api_key": "<removed>",
    }


@pytest.mark.parametrize(
    ("name", "date", "expected"),
    [
        ("results_2026-11-22T08-00-00.json", 0, "2026-11-22T08-00-00"),
        ("mine_2026-11-22T08-00-00.123456.json", 0, "2026-11-22T08-00-00.123456"),
        ("results.json", 1795221127.01, "2026-11-21T00:32:07Z"),
        ("results.json", 1e300, None),
        ("results.json", "soon", None),
        ("results.json", None, None),
    ],
)
def test_timestamp(name: str, date: object, expected: str | None) -> None:
    assert run_of(document({"t": {"acc": 1}}, date=date), Path(name)).timestamp == expected


@pytest.mark.parametrize(
    ("row", "more", "version"),
    [
        ({"acc": 0.5}, {}, "≤ 0.3"),
        ({"acc,none": 0.5}, {}, "0.4.0–0.4.1"),
        ({"acc,none": 0.5}, {"date": 1.0}, "0.4.2"),
        ({"acc,none": 0.5}, {"date": 1.0, "task_hashes": {}}, "0.4.3–0.4.8"),
        ({"acc,none": 0.5, "name": "t"}, {"date": 1.0, "task_hashes": {}}, "≥ 0.4.12"),
        ({"acc,none": 0.5}, {"lm_eval_version": "0.4.10"}, "0.4.10"),
    ],
)
def test_version(row: dict[str, Any], more: dict[str, Any], version: str) -> None:
    bare = {"results": {"t": row}, "versions": {}, "config": {"model": "hf"}, **more}
    assert run_of(bare).version == version


# --- what is recognised -------------------------------------------------------------------------


@pytest.mark.parametrize("name", DOCUMENTS)
def test_recognised(name: str) -> None:
    assert lm_eval.FORMAT.recognise(Head.of(DOCUMENTS[name])) == "results"
    assert lm_eval.FORMAT.markers[0] in FILES[name].read_bytes()


@pytest.mark.parametrize(
    "row",
    [
        {"doc_id": 0, "doc": {}, "target": "4", "arguments": [], "resps": [], "filtered_resps": []},
        {"doc_id": 0, "prompt_0": "2 + 2 =", "logit_0": -1.5},
    ],
)
def test_rows_of_answers(row: dict[str, Any]) -> None:
    assert lm_eval.FORMAT.recognise(Head.of(row)) == "samples"


@pytest.mark.parametrize(
    "foreign",
    [
        None,
        [],
        "results",
        {},
        {"results": {}},
        {"results": {}, "versions": {}, "config": {}},
        {"results": {"all": {"acc": 1}}, "versions": {}, "config_general": {"model": "m"}},
        {"dataset_results": {}, "config": {"model": {"name": "m"}}, "timestamp": "1"},
        {"name": "m@d", "dataset_name": "d", "model_name": "m", "metrics": [], "score": 1},
        {"m": {"overall score (final score)": 0.5}},
    ],
)
def test_foreign(foreign: object) -> None:
    assert lm_eval.FORMAT.recognise(Head.of(foreign)) is None


@pytest.mark.parametrize("results", [None, [], {}, {"t": None}, {"t": {"alias": "t"}}, "x"])
def test_no_score_at_all_is_refused(results: Any) -> None:
    with pytest.raises(Refusal, match="no score in it"):
        run_of(document(results))


# --- properties ---------------------------------------------------------------------------------

JUNK = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.sampled_from([10**400, -(10**400), 2**63, float("nan"), float("inf"), 1e308, -1.0])
    | st.floats()
    | st.text()
    | st.sampled_from(["N/A", "True", "0.5", "\ud800", "acc,none", "ocean", "a=b"]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.text() | st.sampled_from(["acc,none", "ocean", "effective", "metric"]),
            inner,
            max_size=3,
        )
    ),
    max_leaves=8,
)


def places(value: Any, above: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Where something can be changed in a document."""
    inside = (
        list(value.items())
        if isinstance(value, dict)
        else list(enumerate(value))
        if isinstance(value, list)
        else []
    )
    return [
        *([above] if above else []),
        *(place for key, item in inside for place in places(item, (*above, key))),
    ]


PLACES = {name: places(document) for name, document in DOCUMENTS.items()}


@st.composite
def mutated(draw: st.DrawFn) -> Any:
    name = draw(st.sampled_from(sorted(DOCUMENTS)))
    document = deepcopy(DOCUMENTS[name])
    for _ in range(draw(st.integers(1, 4))):
        *above, last = draw(st.sampled_from(PLACES[name]))
        holder = document
        for key in above:
            if isinstance(holder, dict | list) and _has(holder, key):
                holder = holder[key]
        if not isinstance(holder, dict | list) or not _has(holder, last):
            continue
        if draw(st.booleans()):
            del holder[last]
        else:
            holder[last] = draw(JUNK)
    return document


def _has(holder: dict[str, Any] | list[Any], key: Any) -> bool:
    if isinstance(holder, dict):
        return key in holder
    return isinstance(key, int) and key < len(holder)


def read_anyhow(content: Any) -> None:
    lm_eval.FORMAT.recognise(Head.of(content))
    try:
        run = run_of(content)
    except Refusal:
        return
    json.loads(run.config)
    score_frame([(0, run)])
    keys = [(s.dataset, s.group, s.category, s.metric, s.filter) for s in run.scores]
    assert len(set(keys)) == len(keys)
    for text in (run.model, run.version, run.variant, *run.notes):
        (text or "").encode()


@given(mutated())
def test_mutated_documents_are_read_or_refused(content: Any) -> None:
    read_anyhow(content)


@given(JUNK)
def test_junk_is_read_or_refused(content: Any) -> None:
    read_anyhow(content)


@given(st.sampled_from(sorted(FILES)), st.floats(0, 1))
def test_truncated_files_are_read_or_refused(name: str, share: float) -> None:
    text = FILES[name].read_text("utf-8")
    try:
        content = parse(text[: int(len(text) * share)])
    except Refusal:
        return
    read_anyhow(content)


@pytest.mark.parametrize("place", ["config", "n-shot", "versions", "system_instruction"])
def test_nested_without_end(place: str) -> None:
    deep: Any = "x"
    for _ in range(900):
        deep = {"a": [deep]}
    read_anyhow(document({"t": {"acc,none": 0.5}}, **{place: deep}))
    read_anyhow(document({"t": {"acc,none": deep, "f1,none": 0.5}}))


def test_an_inner_group_whose_tasks_are_not_told_is_no_second_total() -> None:
    content = document(
        {"whole": {"acc,none": 0.5}, "part": {"acc,none": 0.25}, "task": {"acc,none": 0.75}},
        groups={"whole": {"acc,none": 0.5}, "part": {"acc,none": 0.25}},
        group_subtasks={"whole": ["part", "task"], "part": None},
    )
    rows = {(s.dataset, s.group, s.category): s.value for s in run_of(content).scores}
    assert rows == {
        ("whole", None, None): 0.5,
        ("whole", "part", None): 0.25,
        ("whole", None, "task"): 0.75,
    }
