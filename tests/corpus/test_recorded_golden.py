"""What files keep for scoring again, against the values that the harnesses themselves stored."""

from __future__ import annotations

import json
import os
import re
import string
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from operator import sub, truediv
from pathlib import Path
from typing import Any

import pytest

from tui_eval.files.documents import Problem
from tui_eval.files.rows import json_rows
from tui_eval.formats.format import Format
from tui_eval.formats.harnesses import evalscope, lighteval, lm_eval, mixeval, twinkle
from tui_eval.records import Recorded, Scoring

CORPUS = Path(os.environ["TUI_EVAL_CORPUS"])
LM_EVAL = sorted(CORPUS.glob("lmeval/v0.4*/*/*.jsonl"))
LIGHTEVAL = sorted(CORPUS.glob("lighteval/**/details*.parquet"))
TWINKLE = sorted(CORPUS.glob("twinkle/fixtures_cc0/*/results/eval_results_*_run0.jsonl"))
RATED = sorted(CORPUS.glob("twinkle/runs/2.10.0/*/results/eval_results_*_run0.jsonl"))
EVALSCOPE = sorted(CORPUS.glob("evalscope/mock/*/*/reviews/mock*/general_mcq*.jsonl"))
MIXEVAL = sorted(CORPUS.glob("mixeval/small/**/judge_results_mp_model*.jsonl"))


def recorded(harness: Format, file: Path) -> list[Recorded]:
    """What is kept of all answers of a file, by an index of it."""
    samples = harness.samples
    assert samples is not None
    assert samples.recorded is not None
    problems: list[Problem] = []
    places: set[int] = set()
    for batch in samples.index(file, problems):
        for piece in batch.pieces:
            places.update(piece.columns["place"])  # type: ignore[arg-type]
    found = list(samples.recorded(file, sorted(places), problems))
    assert not problems
    assert [one.place for one in found if one.item == 0] == sorted(places)
    return found


def scoring_of(file: Path) -> Scoring:
    """How the run of a file of lm-eval's answers was scored."""
    part = lm_eval.SAMPLES.read({}, file)
    time = file.stem.rpartition("_")[2] if part.timestamp else ""
    results = file.with_name(f"results_{time}.json" if time else "results.json")
    task = part.samples[0].category or ""
    if results.exists():
        (part,) = lm_eval.FORMAT.read_runs(json.loads(results.read_text("utf-8")), results, 1)
        tasks = {score.category for score in part.scores if score.category}
        task = next(name for name in tasks if task == name or task.endswith(f"_{name}"))
    assert lm_eval.SAMPLES.scoring is not None
    return lm_eval.SAMPLES.scoring(part, task, task)


def exact_match(text: str, target: str, options: Mapping[str, Any]) -> bool:
    """The metric as its definition reads, without the harness."""
    texts = [text, target]
    for pattern in options.get("regexes_to_ignore", ()):
        texts = [re.sub(pattern, "", one) for one in texts]
    if options.get("ignore_case"):
        texts = [one.lower() for one in texts]
    if options.get("ignore_punctuation"):
        texts = [one.translate(str.maketrans("", "", string.punctuation)) for one in texts]
    return texts[0] == texts[1]


def best(values: Iterable[float]) -> int:
    """Number of the greatest, of equal ones the first."""
    known = list(values)
    return known.index(max(known))


def computed(one: Recorded, scoring: Scoring, row: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    """What the metrics of a row of lm-eval come to, as far as they are easily computed."""
    values = [rating.value for rating in one.ratings]
    if scoring.kind == "generated":
        references = one.target if isinstance(one.target, tuple) else (one.target,)
        (options,) = (own.options for own in scoring.metrics if own.metric == "exact_match")
        found = row["filtered_resps"][0]
        yield "exact_match", any(exact_match(found, str(ref), options) for ref in references)
    elif scoring.kind == "multiple choice":
        lengths = map(len, one.options)
        yield "acc", best(values) == one.target
        yield "exact_match", isinstance(one.target, int) and one.ratings[one.target].is_greedy
        yield "acc_norm", best(map(truediv, values, lengths)) == one.target
        if one.unconditioned:
            yield "acc_mutual_info", best(map(sub, values, one.unconditioned)) == one.target
    elif scoring.kind == "log-likelihood":
        yield "acc", one.ratings[0].is_greedy
        yield "perplexity", values[0]
    else:
        text = str(one.target)
        yield "word_perplexity", [values[0], len(re.split(r"\s+", text))]
        yield "byte_perplexity", [values[0], len(text.encode())]


@pytest.mark.parametrize("file", LM_EVAL, ids=lambda file: f"{file.parent.name}/{file.name}")
def test_lm_eval(file: Path) -> None:
    """Every row gives the values that are stored in it; where the task has its own code none."""
    scoring = scoring_of(file)
    kept = recorded(lm_eval.FORMAT, file)
    rows = {place: json.loads(data) for place, data in json_rows(file, [])}
    assert [one.place for one in kept] == list(rows)
    has_own_code = "process_results" in scoring.obstacle
    assert has_own_code == ("ifeval" in file.name)
    checked = Counter[str]()
    for one in kept if not has_own_code else ():
        row = rows[one.place]
        assert one.stored.items() <= row.items()
        for metric, value in computed(one, scoring, row):
            if metric in one.stored:
                assert value == one.stored[metric], (metric, one)
                checked[metric] += 1
    assert has_own_code or set(checked.values()) == {len(rows)}


@pytest.mark.parametrize("file", LIGHTEVAL, ids=lambda file: file.name)
def test_lighteval(file: Path) -> None:
    """Ratings give ``acc`` and ``acc_norm`` as they are stored; texts ``em`` and ``pem``."""
    for one in recorded(lighteval.FORMAT, file):
        values = [rating.value for rating in one.ratings]
        for metric, stored in one.stored.items():
            if metric == "acc":
                assert (best(values) == one.target) == stored
            elif metric == "acc_norm" or "LogProbCharNorm" in metric:
                assert (best(map(truediv, values, map(len, one.options))) == one.target) == stored
            elif metric == "em":
                golds = one.target if isinstance(one.target, tuple) else (one.target,)
                right = any(one.responses[0].strip() == str(gold).strip() for gold in golds)
                assert right == stored


@pytest.mark.parametrize("file", [*TWINKLE, *RATED], ids=lambda file: file.parents[1].name)
def test_twinkle(file: Path) -> None:
    """The letter in the last box is what was found, where answers are read so."""
    checked = Counter[str]()
    for one in recorded(twinkle.FORMAT, file):
        if one.ratings:
            right = best(rating.value for rating in one.ratings) == one.target
            assert right == one.stored["accuracy_mean"]
            checked["rated"] += 1
        elif file in TWINKLE:
            boxed = re.findall(r"\\boxed\{([A-Z])\}", one.responses[0])
            assert (boxed[-1:] == [one.target]) == one.stored["accuracy_mean"]
            checked["written"] += 1
    assert set(checked) == {"written" if file in TWINKLE else "rated"}


@pytest.mark.parametrize("file", EVALSCOPE, ids=lambda file: f"{file.parents[3].name}/{file.name}")
def test_evalscope(file: Path) -> None:
    """The letter that the model was told to end with is right where EvalScope says so."""
    rows = recorded(evalscope.FORMAT, file)
    found = [re.findall(r"(?:ANSWER|答案)[:：] ?([A-Z])", one.responses[0]) for one in rows]
    told = [
        (letters[-1] == one.target, bool(next(iter(one.stored.values()))))
        for letters, one in zip(found, rows, strict=True)
        if letters
    ]
    assert len(told) > len(rows) / 2
    assert all(own == stored for own, stored in told)


@pytest.mark.parametrize("file", MIXEVAL, ids=lambda file: file.parents[2].name)
def test_mixeval(file: Path) -> None:
    """The option of a verdict and the letter of the reference give its score."""
    rows = {place: json.loads(data) for place, data in json_rows(file, [])}
    for one in recorded(mixeval.FORMAT, file):
        row = rows[one.place]
        assert one.responses == (row["response"],)
        assert one.options == tuple(row["options"])
        assert (row["judge_option"] == one.target) == one.stored["score"]
