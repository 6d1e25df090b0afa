"""Lighteval 0.1 to 0.13: ``results_{timestamp}.json``, and the details beside it.

``results`` maps ``suite|task|shots`` (``task|shots`` since 0.12.1) to numbers, a metric's standard
error beside it as ``{metric}_stderr``. A task ``A:B`` is subset B of A. Two kinds of rows are no
tasks: ``A:_average`` is the unweighted mean over the subsets of A, ``all`` the mean over every task
of the run. ``config_tasks`` says how each metric was aggregated and which way is better. The wall
clock stands in the file's name alone, and the version nowhere: it follows from the schema.
"""

from __future__ import annotations

import json
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple, TypeGuard

import polars as pl

from tui_eval.formats.documents import Refusal
from tui_eval.formats.lighteval.answers import INDEX_VERSION, answer, index, place_of, samples
from tui_eval.formats.lighteval.keys import Key, dataset_names, parse_key
from tui_eval.formats.parts import files_in, join
from tui_eval.formats.recomputed import with_means
from tui_eval.formats.redaction import redact
from tui_eval.formats.values import as_mapping, as_number, as_text, kind
from tui_eval.tables import STDERR, Run, SampleFile, Score, Setting, Unit

__all__ = [
    "HARNESS",
    "INDEX_VERSION",
    "MARKER",
    "TITLE",
    "answer",
    "answers_of",
    "combine",
    "index",
    "place_of",
    "read_runs",
    "read_samples",
    "recognise",
    "recompute",
    "samples",
]

TITLE = "Lighteval"
HARNESS = "lighteval"
MARKER = b"config_general"

_STDERR = "_stderr"
_ALL = "all"

_PERCENT = frozenset({"bleu", "chrf", "chrf++", "chrf_plus", "ter"})  # as sacrebleu gives them
_PERPLEXITY = frozenset({"ppl", "perplexity", "word_perplexity", "byte_perplexity"})
_LOWER = _PERPLEXITY | {"bits_per_byte", "ter", "edit_distance"}
_NUMBER = _PERPLEXITY | {
    "bits_per_byte",
    "bleurt",
    "edit_distance",
    "longest_common_prefix_length",
    "mcc",
    "multi_turn",
    "single_turn",
    "summarization_compression",
    "summarization_density",
}
_HIGHER = frozenset(
    {"bleu", "chrf", "chrf++", "f1", "mc2", "mcc", "mrr", "truthfulqa_mc2"}
    | {"rouge1", "rouge2", "rougel", "rougelsum"}
)
_CORPUS_LEVEL = _PERCENT | _PERPLEXITY | {"bits_per_byte", "loglikelihood_f1", "mcc", "mf1"}
_RIGHT_OR_WRONG = re.compile(
    r"(acc(_.*)?|p?q?em|perfect_em|(quasi_)?exact_match(_.*)?|extractive_match"
    r"|maj@.*|mc1|truthfulqa_mc1)"
)
_ALL_OF_ITS_SAMPLES = re.compile(
    r"pass@k:k=(\d+)&n=\1(?!\d).*|(.*_)?pass@(\d+):\3_samples|avg@n:n=1"
)

_FIRST_TWO = "the first two alone (Lighteval 0.9; 0.10 writes the same files)"
_REFERENCES = {
    "0.9–0.10": _FIRST_TWO,
    "0.11–0.12.0": "all (Lighteval 0.11 and later)",
    "0.12.1–0.13": "all (Lighteval 0.11 and later)",
}
"""Which references of a question bleu counts, by what `_version` says; before, it is not known."""

_TIME = r"(\d{4}-\d\d-\d\dT\d\d)[-:](\d\d)[-:](\d\d(?:\.\d+)?)"
_TIMESTAMP = re.compile(f"results_{_TIME}", re.ASCII)
_DETAILS_NAME = re.compile(rf"details_(?P<task>.*)_{_TIME}\.parquet", re.ASCII | re.DOTALL)
_DETAILS = ({"doc", "metric", "model_response"}, {"example", "metrics", "predictions"})
_MOST_QUESTIONS = 10**9


class _Row(NamedTuple):
    """A task, or the average over the subsets of one, with its numbers."""

    key: Key
    numbers: Mapping[str, object]
    config: Mapping[str, object]


class _Metric(NamedTuple):
    """What ``config_tasks`` says of a metric; null where it says nothing."""

    higher_is_better: bool | None = None
    is_mean: bool | None = None


_Metrics = Mapping[str, _Metric]


class _Facts(NamedTuple):
    """What is needed beside a row to read its numbers."""

    names: Mapping[Key, str]
    metrics: Mapping[Key, _Metrics]
    units: Mapping[str, Unit | None]
    questions: Mapping[Key, int | None]
    repeats: int | None


def recognise(document: object) -> str | None:
    """Results of a run, or not Lighteval's.

    Wrappers of other harnesses borrow ``config_general``; what lm-eval or Twinkle Eval measured
    also has their own keys, and is left to them.
    """
    if not isinstance(document, dict):
        return None
    if any(shape <= document.keys() for shape in _DETAILS):
        return "samples"
    if "config_general" not in document:
        return None
    keys = document.keys()
    if keys & {"dataset_results", "n-shot", "group_subtasks", "lm_eval_version", "configs"}:
        return None
    return "results" if keys & {"results", "config_tasks", "summary_general"} else None


def read_runs(document: object, path: Path, number: int) -> tuple[Run, ...]:
    """The run of one result document.

    Args:
        document: The whole JSON document.
        path: The file, whose name holds the time at which it was written.
        number: Which run of the file this is, from 1.

    Raises:
        Refusal: The document holds no score at all.
    """
    whole = as_mapping(document)
    general = as_mapping(whole.get("config_general"))
    notes: list[str] = []
    model = as_text(general.get("model_name"))
    model = model or as_text(as_mapping(general.get("model_config")).get("model_name"))
    if model is None:
        notes.append("config_general gives no model_name: the model is not known")
    rows = list(_rows(whole, notes))
    facts = _facts(rows, general, notes)
    scores = tuple(score for row in rows for score in _read_row(row, facts, notes))
    if not any(score.value is not None for score in scores):
        raise Refusal("; ".join(["no score in it", *notes[:3]]))
    is_partial = any(score.value is None for score in scores)
    is_limited = general.get("max_samples") is not None
    time = _timestamp(path)
    version = _version(whole, general, rows)
    run = Run(
        model=model,
        timestamp=time,
        harness=HARNESS,
        path=path,
        document=number,
        identity=() if time is None else (time, str(number)),
        state="partial" if is_partial else "limited" if is_limited else "complete",
        version=version,
        duration=as_number(general.get("total_evaluation_time_secondes")),
        config=_config(whole, general, rows),
        notes=(*_notes(whole, general, rows, facts), *notes),
        settings=tuple(_settings(version, rows, facts)),
        scores=scores,
    )
    return (run,)


def read_samples(first: object, path: Path) -> Run:
    """The part of a run that a file of details is: its name holds the task and the run's time."""
    named = _DETAILS_NAME.fullmatch(path.name)
    time = ":".join(named.groups()[1:]) if named else None
    return Run(
        model=None,
        timestamp=time,
        harness=HARNESS,
        path=path,
        identity=() if time is None else (time, "1"),
        state="no report",
        samples=(SampleFile(path, category=as_text(named["task"] if named else path.stem)),),
    )


def combine(parts: Sequence[Run]) -> Run:
    """Results and their details."""
    return join(parts)


def recompute(run: Run, rows: pl.DataFrame) -> Run:
    """The means of what is scored question by question; the model as the folders name it."""
    model = run.model or next((_model_of(file.path) for file in run.samples), None)
    return with_means(replace(run, model=model), rows, _reading)


def _reading(metric: str, values: Sequence[float]) -> tuple[Unit | None, bool | None]:
    return _unit(metric, values, []), _direction(metric, {})


def _model_of(path: Path) -> str | None:
    """The model whose folder of details a file is in; a repository of details has its name too."""
    folders = path.parent.parent.parts
    if "details" in folders:
        place = len(folders) - folders[::-1].index("details")
        return as_text("/".join(folders[place:])) or None
    named = next((name for name in reversed(folders) if name.startswith("details_")), "")
    return as_text(named.removeprefix("details_").replace("__", "/")) or None


def answers_of(run: Run) -> Iterator[Path]:
    """In the folder of its time: below ``details`` beside ``results``, or beside the results."""
    time = (run.timestamp or "").replace(":", "-")
    folders = run.path.parent.parts
    places = [run.path.parent]
    if "results" in folders:
        place = len(folders) - 1 - folders[::-1].index("results")
        places.append(Path(*folders[:place], "details", *folders[place + 1 :]))
    for folder in places if time else ():
        yield from files_in(folder / time, "details_*.parquet")


def _rows(whole: Mapping[str, object], notes: list[str]) -> Iterator[_Row]:
    results = whole.get("results")
    if not isinstance(results, Mapping):
        notes.append(f"results is {kind(results)}")
        return
    configs = as_mapping(whole.get("config_tasks"))
    for written, numbers in results.items():
        key = parse_key(written)
        if written == _ALL:
            continue
        if isinstance(numbers, Mapping):
            yield _Row(key, numbers, _task_config(configs, written))
        else:
            notes.append(f"{key.written}: {kind(numbers)} instead of scores")


def _task_config(configs: Mapping[str, object], key: str) -> Mapping[str, object]:
    """The task's configuration; up to 0.10 its key has no shots, before 0.1 it is a mere text."""
    return as_mapping(configs.get(key, configs.get(key.rpartition("|")[0])))


def _read_row(row: _Row, facts: _Facts, notes: list[str]) -> Iterator[Score]:
    key, total = row.key, row.config.get("original_num_docs")
    for name in _metric_names(row):
        metric, written = as_text(name) or "", row.numbers[name]
        value = as_number(written)
        if value is None:
            notes.append(f"{key.written}: {metric} is {kind(written)}")
        yield Score(
            facts.names[key],
            key.category,
            metric,
            value,
            stderr=_stderr(row, name, notes),
            n=facts.questions[key],
            repeats=None if key.is_average else facts.repeats,
            higher_is_better=_direction(metric, facts.metrics[key]),
            unit=facts.units[name],
            method=key.method,
            total=total if _is_count(total) and not key.is_average else None,
        )


def _metric_names(row: _Row) -> Iterator[str]:
    return (name for name in row.numbers if not name.endswith(_STDERR))


def _stderr(row: _Row, metric: str, notes: list[str]) -> float | None:
    """The standard error beside a metric: absent for one question or without bootstrap."""
    name = metric + _STDERR
    written = row.numbers.get(name)
    value = as_number(written)
    if value is not None and value >= 0:
        return value
    if written is not None:
        what = "negative" if value is not None else kind(written)
        notes.append(f"{row.key.written}: {as_text(name)} is {what}")
    return None


def _facts(rows: list[_Row], general: Mapping[str, object], notes: list[str]) -> _Facts:
    seeds = general.get("num_fewshot_seeds")
    repeats = seeds if _is_count(seeds) and seeds > 1 else None
    metrics = _row_metrics(rows)
    whole = general.get("max_samples") is None
    questions = {
        row.key: _questions(row, metrics[row.key], whole=whole, repeated=repeats is not None)
        for row in rows
    }
    return _Facts(
        dataset_names(row.key for row in rows), metrics, _units(rows, notes), questions, repeats
    )


def _row_metrics(rows: list[_Row]) -> dict[Key, _Metrics]:
    """What is known of each row's metrics; an average knows what its subsets know."""
    known = {row.key: _configured_metrics(row.config) for row in rows}
    subsets: dict[object, dict[str, _Metric]] = defaultdict(dict)
    for key, metrics in known.items():
        subsets[key.dataset, key.setting].update(metrics)
    return {
        key: subsets[key.dataset, key.setting] if key.is_average else metrics
        for key, metrics in known.items()
    }


def _configured_metrics(config: Mapping[str, object]) -> dict[str, _Metric]:
    """Metrics of a task; a grouping has a list of names, and mappings from them."""
    found: dict[str, _Metric] = {}
    entries = config.get("metrics", config.get("metric"))
    for entry in entries if isinstance(entries, list) else [entries]:
        facts = as_mapping(entry)
        names = facts.get("metric_name")
        for name in names if isinstance(names, list) else [names]:
            if isinstance(name, str):
                higher = _of(facts.get("higher_is_better"), name)
                aggregation = _of(facts.get("corpus_level_fn"), name)
                found[name] = _Metric(
                    higher if isinstance(higher, bool) else None,
                    "mean" in aggregation if isinstance(aggregation, str) else None,
                )
    return found


def _of(value: object, name: str) -> object:
    return value.get(name) if isinstance(value, Mapping) else value


def _questions(row: _Row, metrics: _Metrics, *, whole: bool, repeated: bool) -> int | None:
    """How many questions a task has: as written up to 0.10, else from its right-or-wrong metrics.

    Args:
        row: The task; an average has no number of its own.
        metrics: What is known of its metrics.
        whole: No limit was set, so that the size of the data set will do.
        repeated: Questions count several times in the standard error.
    """
    if row.key.is_average:
        return None
    effective, original = (
        row.config.get(f"{which}_num_docs") for which in ("effective", "original")
    )
    if _is_count(effective):
        return effective
    if whole and _is_count(original):
        return original
    found = set() if repeated else set(_exact_questions(row, metrics))
    return found.pop() if len(found) == 1 else None


def _exact_questions(row: _Row, metrics: _Metrics) -> Iterator[int]:
    """Numbers of questions from which a metric's value and standard error follow exactly.

    The variance of n right-or-wrong scores with mean p is p (1 - p) n / (n - 1), so that
    n = 1 + p (1 - p) / stderr². The mean of other scores may give a whole number by chance.
    """
    for name in _metric_names(row):
        fact = metrics.get(name, _Metric())
        value, stderr = as_number(row.numbers[name]), as_number(row.numbers.get(name + _STDERR))
        if not _is_right_or_wrong(name) or fact.is_mean is False:
            continue
        if value is None or stderr is None or not 0 < value < 1 or stderr <= 0:
            continue
        count = 1 + value * (1 - value) / stderr / stderr
        if count < _MOST_QUESTIONS and _is_whole(count) and _is_whole(value * count):
            yield round(count)


@lru_cache(maxsize=4096)
def _is_right_or_wrong(metric: str) -> bool:
    """Whether a question scores 0 or 1: as pass@k does where k is the number of samples."""
    whole = _ALL_OF_ITS_SAMPLES.fullmatch(metric)
    return bool(whole or _RIGHT_OR_WRONG.fullmatch(_base(metric)))


def _is_whole(number: float) -> bool:
    return abs(number - round(number)) < 1e-6


def _is_count(value: object) -> TypeGuard[int]:
    """Whether it is a number of things; -1 is written for a number that nobody counted."""
    return isinstance(value, int) and not isinstance(value, bool) and 0 < value < _MOST_QUESTIONS


@lru_cache(maxsize=4096)
def _base(metric: str) -> str:
    """A metric's name without parameters, which 0.11 writes after ``_with_``, others after ``:``.

    ``acc:logprob_normalization=…``, ``pass@k_with_k&n``, ``math_pass@1:4_samples``.
    """
    return re.split(r":|_with_", metric, maxsplit=1)[0].casefold()


def _units(rows: list[_Row], notes: list[str]) -> dict[str, Unit | None]:
    """The unit of each metric, the same in the whole run: by its name, else by its values.

    None: these do not tell it.
    """
    values = defaultdict(list)
    for row in rows:
        for name in _metric_names(row):
            values[name].append(as_number(row.numbers[name]))
    return {name: _unit(name, numbers, notes) for name, numbers in values.items()}


def _unit(metric: str, values: Iterable[float | None], notes: list[str]) -> Unit | None:
    base = _base(metric)
    if base in _PERCENT:
        return "percent"
    if base in _NUMBER:
        return "number"
    if all(value is None or -1e-9 <= value <= 1 + 1e-9 for value in values):
        return None
    notes.append(f"{as_text(metric)}: values outside 0–1, read as plain numbers")
    return "number"


def _direction(metric: str, metrics: _Metrics) -> bool | None:
    """Which way is better; Lighteval itself is wrong about perplexity."""
    base = _base(metric)
    if base in _LOWER:
        return False
    written = metrics.get(metric, _Metric()).higher_is_better
    if written is None and (base in _HIGHER or _is_right_or_wrong(metric)):
        return True
    return written


def _timestamp(path: Path) -> str | None:
    """When the file was written, local time; its name has ``-`` for the colons."""
    found = _TIMESTAMP.search(path.name)
    return ":".join(found.groups()) if found else None


def _version(whole: Mapping[str, object], general: Mapping[str, object], rows: list[_Row]) -> str:
    """Versions that write such a file: none is in it, and the hash of the code is mostly ``?``."""
    if "model_config" in general:
        return "0.11–0.12.0" if any(row.key.suite for row in rows) else "0.12.1–0.13"
    if "generation_parameters" in general:
        return "0.8" if "override_batch_size" in general else "0.9–0.10"
    if _ALL in as_mapping(whole.get("versions")):
        return "≤ 0.1"
    return "0.2–0.4" if "config" in general else "0.5–0.7"


def _config(whole: Mapping[str, object], general: Mapping[str, object], rows: list[_Row]) -> str:
    """``config_general``, and what tells whether two runs had the same tasks and questions."""
    summaries = as_mapping(whole.get("summary_tasks"))
    hashes = {
        row.key.written: as_mapping(as_mapping(summary).get("hashes")).get("hash_examples")
        for row in rows
        if (summary := summaries.get(row.key.written)) is not None
    }
    facts = {**general, "versions": whole.get("versions"), "hash_examples": hashes}
    public = redact({key: value for key, value in facts.items() if value not in (None, {}, "")})
    return json.dumps(public, ensure_ascii=True, allow_nan=True, default=str)


def _notes(
    whole: Mapping[str, object], general: Mapping[str, object], rows: list[_Row], facts: _Facts
) -> Iterator[str]:
    """What a person must know of the run before comparing its numbers."""
    limit = general.get("max_samples")
    if limit is not None:
        yield f"limited run: max_samples is {_shown(limit)}; not comparable with whole runs"
    suites = dict.fromkeys(row.key.suite for row in rows if row.key.suite)
    if suites:
        yield f"suite: {', '.join(suites)}"
    several = sorted({name for key, name in facts.names.items() if name != key.dataset})
    if several:
        yield f"tasks in more than one setting are apart: {', '.join(several)}"
    suspects = _bootstrapped(rows, facts)
    if suspects:
        yield (
            f"stderr of {', '.join(suspects)}: bootstrapped, and about 31.6 times too small, since "
            "Lighteval divides it by √1000"
        )
    if any(row.key.is_average and _has_stderr(row) for row in rows):
        yield "stderr of an average is the mean of its subsets' stderr, which is too large"
    if _ALL in as_mapping(whole.get("results")):
        yield "“all”, Lighteval's mean over unrelated tasks, is left out"


def _settings(version: str, rows: list[_Row], facts: _Facts) -> Iterator[Setting]:
    """What makes its numbers others than those of other runs, and which stderr are wrong."""
    names = dict.fromkeys(name for row in rows for name in _metric_names(row))
    for name in names if version in _REFERENCES else ():
        if _base(name) == "bleu":
            how = _REFERENCES[version]
            yield Setting("the references that it counts", how, metric=as_text(name))
    for metric in _bootstrapped(rows, facts):
        how = f"of {metric} is about 31.6 times too small: Lighteval divides it by √1000"
        yield Setting(STDERR, how, metric=metric)
    for row in rows:
        if row.key.is_average and _has_stderr(row):
            how = "of an average is the mean of its subsets' ±, which is too large"
            yield Setting(STDERR, how, dataset=facts.names[row.key])


def _has_stderr(row: _Row) -> bool:
    return any(name.endswith(_STDERR) for name in row.numbers)


def _bootstrapped(rows: list[_Row], facts: _Facts) -> list[str]:
    """Metrics with a standard error that are no plain mean over the questions."""
    found: dict[str, None] = {}
    for row in rows:
        for name in _metric_names(row):
            is_mean = facts.metrics[row.key].get(name, _Metric()).is_mean
            if is_mean is None:
                is_mean = _base(name) not in _CORPUS_LEVEL
            if not is_mean and as_number(row.numbers.get(name + _STDERR)) is not None:
                found[as_text(name) or ""] = None
    return list(found)


def _shown(value: object) -> str:
    number = as_number(value)
    return kind(value) if number is None else f"{number:g}"
