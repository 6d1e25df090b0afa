"""EvalScope 0.10 to 1.14: a folder of reports, reviews and predictions for each run.

``reports/<model>/<dataset>.json`` holds the scores of a dataset: metrics, their categories, and the
subsets of these (schema 1 up to 1.10, schema 2 since). ``reviews/<model>/<dataset>_<subset>.jsonl``
holds one judged answer a line, ``predictions`` the answers alone. Whatever lies above these folders
is the root of a run, and each model in it is a run of its own. Where no report was written, since
EvalScope crashed or still runs, its numbers are made again from the reviews.
"""

from __future__ import annotations

import json
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

import yaml

from tui_eval.formats.documents import Refusal, decode, parse, read_documents
from tui_eval.formats.parts import join
from tui_eval.formats.redaction import redact
from tui_eval.formats.values import as_mapping, as_number, as_text, kind
from tui_eval.tables import Run, SampleFile, Score, Unit

TITLE = "EvalScope"
HARNESS = "evalscope"
MARKER = b"dataset_name"

_REPORT = {"metrics", "dataset_name", "model_name"}
_OLD_ROW = {"answer_id", "raw_input", "review_id", "reviewer_spec"}
_FOLDERS = ("reports", "reviews", "predictions")
_TIMESTAMP = re.compile(r"\d{8}_\d{6}", re.ASCII)
_ARENA = "general_arena"

_NO_REFERENCE = -1  # what is written as the score of a question without a right answer
_MOST_QUESTIONS = 10**9
_LARGEST_CONFIG = 1 << 20
_MOST_SETTINGS = 50_000  # aliases can make billions of values of a few lines

_ACCURACY = frozenset({"AverageAccuracy", "acc", "accuracy"})
_LOWER = re.compile(r"(wer|cer|ter|perplexity|ppl|edit_distance|.*latency|.*error(_rate)?)(\b.*)?")
_HIGHER = re.compile(
    r"(.*acc(uracy)?|pass[@^_]\w+|win_rate.*|(prompt|inst)_level_.*|rouge\b.*|bleu\b.*|(.*_)?f1"
    r"|precision|recall|exact_match|em|map|ndcg.*|score)(\b.*)?"
)


class _Place(NamedTuple):
    """Where a file is: which run it is of, whatever it was called."""

    root: Path
    reports: Path
    model: str

    @property
    def identity(self) -> tuple[str, str]:
        return str(self.root), self.model

    @property
    def timestamp(self) -> str | None:
        return self.root.name if _TIMESTAMP.fullmatch(self.root.name) else None


class _Task(NamedTuple):
    """What the configuration of a run says."""

    config: str = "{}"
    version: str | None = None
    limit: object = None
    datasets: frozenset[str] = frozenset()
    notes: tuple[str, ...] = ()


class _Number(NamedTuple):
    """A number of a report, and what it is of."""

    category: str | None
    filter: str | None
    written: object
    n: object


class _Tally(NamedTuple):
    """What the reviews of a subset say of a metric."""

    total: float
    addends: int
    questions: int


def recognise(document: object) -> str | None:
    """A report of a dataset, the first row of reviews or predictions, or not EvalScope's."""
    if not isinstance(document, dict):
        return None
    keys = document.keys()
    if keys >= _REPORT:
        return "results"
    if "index" in keys and keys & {"sample_score", "model_output"}:
        return "samples"
    return "samples" if "choices" in keys and keys & _OLD_ROW else None


def read_runs(document: object, path: Path, number: int) -> tuple[Run, ...]:
    """The part of a run that the report of a dataset is.

    Args:
        document: The whole JSON document.
        path: The file; its folders tell which run it is of.
        number: Which report of the file this is, from 1.

    Raises:
        Refusal: The report holds no score at all.
    """
    report = as_mapping(document)
    notes: list[str] = []
    dataset = as_text(report.get("dataset_name")) or as_text(path.stem) or ""
    scores = tuple(_read_report(report, dataset, notes))
    if not scores:
        raise Refusal("; ".join(["no score in it", *notes[:3]]))
    model = as_text(report.get("model_name"))
    place = _place(path) or _Place(path.absolute().parent, path.absolute().parent, model or "")
    # A report that lies alone under a name of its own may be of any run
    alone = _place(path) is None and path.stem != dataset
    task = _task(place.root)
    partial = list(_partial(report, dataset, task))
    run = Run(
        model=model or as_text(place.model) or None,
        timestamp=place.timestamp,
        harness=HARNESS,
        path=path if alone else place.reports,
        document=number,
        identity=() if alone else place.identity,
        state="partial" if partial else "complete",
        version=task.version or _report_version(report),
        config=task.config,
        notes=(*partial, *task.notes, *notes),
        scores=scores,
    )
    return (run,)


def read_samples(first: object, path: Path) -> Run:
    """The part of a run that a file of reviews or predictions is.

    Reviews of a dataset without a readable report are read to the end, and give its scores.
    """
    row = as_mapping(first)
    folder = path.absolute().parent
    place = _place(path) or _Place(folder, folder, folder.name)
    task = _task(place.root)
    notes = [*task.notes]
    reported = _reported(place.reports)
    named = _dataset_and_subset(path.stem, row, reported | task.datasets | _neighbours(place))
    if named is None:
        named = path.stem, path.stem
        notes.append(f"{as_text(path.name)}: which part of the name is the dataset is not known")
    dataset, subset = (as_text(name) or "" for name in named)
    is_review = _is_review(row)
    scores: tuple[Score, ...] = ()
    if is_review and dataset not in reported:
        scores = tuple(_rebuild(path, dataset, subset, notes))
    what = "reviews" if is_review else "predictions"
    return Run(
        model=as_text(place.model),
        timestamp=place.timestamp,
        harness=HARNESS,
        path=place.reports,
        identity=place.identity,
        state="no report",
        version=task.version or _row_version(row),
        config=task.config,
        samples=(SampleFile(path, dataset, subset, what),),
        notes=tuple(notes),
        scores=scores,
    )


def combine(parts: Sequence[Run]) -> Run:
    """Reports with their reviews and predictions; what has no report is marked as made again."""
    run = join(sorted(_one_report_each(parts), key=lambda part: part.state == "no report"))
    reported = {score.dataset for score in run.scores if score.origin == "reported"}
    kept = [
        score for score in run.scores if score.origin == "reported" or score.dataset not in reported
    ]
    rebuilt = dict.fromkeys(score.dataset for score in kept if score.origin == "recomputed")
    notes = list(run.notes)
    if rebuilt:
        notes.insert(
            0,
            "report missing (EvalScope crashed or still running), scores made again from the "
            f"reviews: {', '.join(rebuilt)}",
        )
    if _ARENA in rebuilt:
        notes.append(f"{_ARENA}: score is the mean of the battle scores, not the win rate")
    state = "partial" if rebuilt and reported else run.state
    return replace(run, state=state, notes=tuple(notes), scores=tuple(_with_aggregates(kept)))


def _one_report_each(parts: Sequence[Run]) -> Iterator[Run]:
    """A second report of a dataset, such as a renamed copy, gives no numbers."""
    seen: set[str] = set()
    for part in parts:
        datasets = {score.dataset for score in part.scores if score.origin == "reported"}
        if datasets & seen:
            names = ", ".join(as_text(file.name) or "" for file in part.files)
            note = f"{names}: another report of {', '.join(datasets)}, left out"
            yield replace(part, scores=(), notes=(*part.notes, note))
        else:
            yield part
        seen |= datasets


def _with_aggregates(scores: list[Score]) -> Iterator[Score]:
    """The scores, and over the subsets of each dataset without a report their mean by number.

    The subsets of an arena are pairs of models: a mean over them says nothing, and is not made.
    """
    rebuilt: dict[tuple[str, str], list[Score]] = defaultdict(list)
    for score in scores:
        if score.origin == "recomputed":
            rebuilt[score.dataset, score.metric].append(score)
        else:
            yield score
    for (dataset, metric), subsets in rebuilt.items():
        units = {score.unit for score in subsets}
        unit: Unit = units.pop() if len(units) == 1 else "number"
        if dataset != _ARENA:
            yield _mean(subsets)._replace(dataset=dataset, metric=metric, unit=unit)
        yield from (score._replace(unit=unit) for score in subsets)


def _mean(subsets: list[Score]) -> Score:
    found = [(score.value, score.n) for score in subsets if score.value is not None and score.n]
    n = sum(count for _, count in found)
    value = sum(value * count for value, count in found) / n if n else None
    return subsets[0]._replace(category=None, value=value, n=n)


# --- places -------------------------------------------------------------------------------------


def _place(path: Path) -> _Place | None:
    """The run whose folder of reports, reviews or predictions holds the file, if one does."""
    whole = path.absolute()
    for folder in whole.parents[1:]:
        if folder.name in _FOLDERS:
            model = whole.parent.relative_to(folder)
            return _Place(folder.parent, folder.parent / "reports" / model, str(model))
    return None


def _files(folder: Path, pattern: str) -> list[Path]:
    try:
        return sorted(folder.glob(pattern))
    except OSError:
        return []


def _reported(folder: Path) -> frozenset[str]:
    """Datasets that a readable report in a folder is of."""
    found = (_reported_dataset(file, *_state(file)) for file in _files(folder, "*.json"))
    return frozenset(name for name in found if name is not None)


def _state(file: Path) -> tuple[int, int]:
    """What changes when a file is written anew."""
    try:
        status = file.stat()
    except OSError:
        return 0, 0
    return status.st_mtime_ns, status.st_size


@lru_cache(maxsize=4096)
def _reported_dataset(file: Path, _modified: int, _size: int) -> str | None:
    """The dataset of a report; every file of reviews asks for the same ones."""
    try:
        documents, _ = read_documents(file, lambda value: recognise(value) == "results")
        run = read_runs(documents[0].value, file, 1)[0] if documents else None
    except Refusal:
        return None
    return run.scores[0].dataset if run and recognise(documents[0].value) == "results" else None


def _neighbours(place: _Place) -> frozenset[str]:
    """Datasets that other models of the run have reports of."""
    if place.root == place.reports:
        return frozenset()
    return frozenset(file.stem for file in _files(place.root / "reports", "*/*.json"))


def _dataset_and_subset(
    stem: str, row: Mapping[str, object], known: Iterable[str]
) -> tuple[str, str] | None:
    """What a name of reviews stands for; both halves may hold any number of underscores.

    Rows up to 0.17 give the subset. The others need a dataset that is known from elsewhere.
    """
    subset = as_text(row.get("subset_name"))
    if subset and stem.endswith("_" + subset.replace("/", "_")):
        return stem[: -len(subset) - 1], subset
    for name in sorted(known, key=len, reverse=True):
        if stem == name:
            return name, "default"
        if stem.startswith(f"{name}_"):
            return name, stem[len(name) + 1 :]
    return (stem.removesuffix("_default"), "default") if stem.endswith("_default") else None


# --- configuration ------------------------------------------------------------------------------


def _task(root: Path) -> _Task:
    """The last configuration that EvalScope wrote into a run: each resumption writes another."""
    files = _files(root / "configs", "task_config*.yaml")
    if not files:
        return _Task()
    last = max(files, key=lambda file: (_state(file), file.name))
    return _read_task(last, *_state(last))


@lru_cache(maxsize=1024)
def _read_task(file: Path, _modified: int, size: int) -> _Task:
    try:
        if size > _LARGEST_CONFIG:
            raise Refusal("too large")
        # The loader in C follows nesting of any depth, until the process dies
        settings = yaml.load(decode(file.read_bytes())[0], yaml.SafeLoader)
        if not isinstance(settings, dict) or not _is_limited(settings):
            raise Refusal("no settings in it")
        public = redact({str(key): value for key, value in settings.items()})
        config = json.dumps(public, ensure_ascii=True, default=str)
    except Exception as error:  # PyYAML lets anything through that a constructor of its raises
        note = f"configs/{as_text(file.name)} cannot be read: {_reason(error)}"
        return _Task(notes=(note,))
    version = as_text(settings.get("evalscope_version"))
    return _Task(
        config,
        version if version and not version.startswith("0.0.0") else None,
        settings.get("limit"),
        frozenset(_config_datasets(settings)),
    )


def _reason(error: Exception) -> str:
    return str(error) if isinstance(error, Refusal) else f"not plain YAML ({type(error).__name__})"


def _is_limited(settings: object) -> bool:
    """Whether a configuration stays small when its aliases are followed."""
    stack = [settings]
    for _ in range(_MOST_SETTINGS):
        if not stack:
            return True
        value = stack.pop()
        if isinstance(value, dict):
            stack.extend(value.values())
        elif isinstance(value, list):
            stack.extend(value)
    return False


def _config_datasets(settings: Mapping[str, object]) -> Iterator[str]:
    written = settings.get("datasets")
    for names in (
        written if isinstance(written, list) else [],
        as_mapping(settings.get("dataset_args")),
        as_mapping(settings.get("resolved_benchmarks")),
    ):
        yield from (name for name in names if isinstance(name, str) and name)


# --- reports ------------------------------------------------------------------------------------


def _read_report(report: Mapping[str, object], dataset: str, notes: list[str]) -> Iterator[Score]:
    written = report.get("metrics")
    if not isinstance(written, list):
        notes.append(f"metrics is {kind(written)}")
        return
    metrics = [metric for metric in written if isinstance(metric, dict)]
    if len(metrics) < len(written):
        notes.append(f"{dataset}: {len(written) - len(metrics)} of its metrics are no objects")
    primary = report.get("primary_metric_identity")
    if isinstance(primary, dict):  # the metric that is looked at first
        metrics.sort(key=lambda metric: metric.get("identity") != primary)
    for metric, name in zip(metrics, _shown([_written(m) for m in metrics]), strict=True):
        yield from _read_metric(metric, dataset, name, notes)


def _written(metric: Mapping[str, object]) -> str:
    """A metric's name as written: in schema 2 ``name:aggregation[dimension=value]``."""
    identity = as_mapping(metric.get("identity"))
    name = as_text(identity.get("name"))
    if name is None:
        return as_text(metric.get("name")) or as_text(metric.get("legacy_name")) or ""
    aggregation = as_text(identity.get("aggregation")) or "identity"
    dimensions = ",".join(
        f"{as_text(key)}={_json(value)}"
        for key, value in sorted(as_mapping(identity.get("dimensions")).items())
    )
    if not dimensions and aggregation in ("mean", "identity"):
        return name
    return f"{name}:{aggregation}" + (f"[{dimensions}]" if dimensions else "")


def _json(value: object) -> str:
    """A dimension's value as EvalScope writes it."""
    if isinstance(value, str):
        return f'"{as_text(value)}"'
    number = as_number(value)
    return kind(value) if number is None else f"{number:g}"


def _shown(names: Sequence[str]) -> list[str]:
    """Names that all versions share, where no two metrics would share one."""
    found: Counter[str] = Counter()
    shown = []
    for written in names:
        name = _normal(written)
        name = written if found[name] else name
        found[name] += 1
        shown.append(f"{name} ({found[name]})" if found[name] > 1 else name)
    return shown


def _normal(written: str) -> str:
    name = written.removeprefix("mean_")
    if name.startswith("winrate"):
        return name.replace("winrate", "win_rate", 1)
    return "accuracy" if name in _ACCURACY else name or written


def _read_metric(
    metric: Mapping[str, object], dataset: str, name: str, notes: list[str]
) -> Iterator[Score]:
    numbers = list(_distinct(_numbers(metric), dataset, notes))
    values = [_value(number, dataset, name, notes) for number in numbers]
    semantics = as_mapping(metric.get("semantics"))
    if semantics.get("semantic_id") == "diagnostic.unspecified":  # as if nothing was said
        semantics = {}
    unit = _unit(semantics, values)
    higher = _direction(semantics, name)
    for number, value in zip(numbers, values, strict=True):
        yield Score(
            dataset,
            number.category,
            name,
            value,
            filter=number.filter,
            n=_count(number.n),
            higher_is_better=higher,
            unit=unit,
        )


def _numbers(metric: Mapping[str, object]) -> Iterator[_Number]:
    """The total of a metric, and what it was made of.

    Subsets are the categories. What was made of several of them stands beside them under a filter:
    ``macro``, the plain mean (over the groups, or over the subsets of the only one); ``group``, the
    mean of a named group; ``aggregate``, a row that EvalScope keeps out of its own totals.
    """
    yield _Number(None, None, metric.get("score"), metric.get("num"))
    groups = _objects(metric.get("categories"))
    averaged = [metric] if len(groups) > 1 else groups
    if len(groups) > 1 or any(len(_objects(group.get("subsets"))) > 1 for group in groups):
        yield from (_Number(None, "macro", of.get("macro_score"), of.get("num")) for of in averaged)
    several = Counter(
        as_text(one.get("name")) for group in groups for one in _objects(group.get("subsets"))
    )
    for group in groups:
        label = _label(group.get("name"))
        if len(groups) > 1 or label != "default":
            yield _Number(label, "group", group.get("score"), group.get("num"))
        for one in _objects(group.get("subsets")):
            name = as_text(one.get("name")) or ""
            category = f"{label}/{name}" if several[name] > 1 else name
            filtered = "aggregate" if one.get("is_aggregate") is True else None
            yield _Number(category, filtered, one.get("score"), one.get("num"))


def _objects(value: object) -> list[Mapping[str, object]]:
    return [one for one in value if isinstance(one, dict)] if isinstance(value, list) else []


def _label(name: object) -> str:
    levels = name if isinstance(name, list) else [name]
    return "/".join(as_text(level) or "" for level in levels)


def _distinct(numbers: Iterable[_Number], dataset: str, notes: list[str]) -> Iterator[_Number]:
    seen = set()
    for number in numbers:
        if number[:2] in seen:
            notes.append(f"{dataset}: {number.category} is given twice, the first is used")
        else:
            yield number
        seen.add(number[:2])


def _value(number: _Number, dataset: str, metric: str, notes: list[str]) -> float | None:
    value = as_number(number.written)
    if value == _NO_REFERENCE:
        note = f"{dataset}: -1, which stands for questions without a reference, is read as missing"
        if note not in notes:
            notes.append(note)
        return None
    if value is None:
        of = f"{metric} of {number.category}" if number.category else metric
        notes.append(f"{dataset}: {of} is {kind(number.written)}")
    return value


def _unit(semantics: Mapping[str, object], values: Iterable[float | None]) -> Unit:
    """The scale on which numbers are written: as the report says, else by the numbers."""
    limits = as_mapping(semantics.get("value_range"))
    highest = as_number(limits.get("max"))
    if semantics.get("display_kind") == "percent":
        return "fraction" if as_number(semantics.get("display_multiplier")) == 100 else "percent"
    if str(semantics.get("semantic_id")).startswith("diagnostic.count"):
        return "count"
    if as_number(limits.get("min")) == 0 and highest in (1, 100):
        return "fraction" if highest == 1 else "percent"
    inside = all(value is None or -1e-9 <= value <= 1 + 1e-9 for value in values)
    return "fraction" if inside and not limits else "number"


def _direction(semantics: Mapping[str, object], metric: str) -> bool | None:
    """Which way is better: as the report says, else what the name makes certain."""
    written = semantics.get("direction")
    if written is not None:
        return {"higher_is_better": True, "lower_is_better": False}.get(str(written))
    name = metric.casefold()
    if _LOWER.fullmatch(name):
        return False
    return True if _HIGHER.fullmatch(name) else None


def _count(value: object) -> int | None:
    if not isinstance(value, int) or isinstance(value, bool):
        return None
    return value if 0 <= value < _MOST_QUESTIONS else None


def _partial(report: Mapping[str, object], dataset: str, task: _Task) -> Iterator[str]:
    """Why the scores are of fewer questions than there are."""
    if task.limit is not None:
        limit = as_number(task.limit)
        shown = kind(task.limit) if limit is None else f"{limit:g}"
        yield f"partial run: limit is {shown}; not comparable with whole runs"
    summary = as_mapping(report.get("execution_summary"))
    asked, done = _count(summary.get("requested")), _count(summary.get("succeeded"))
    if summary.get("incomplete") is True or (asked and done is not None and done < asked):
        yield f"{dataset}: {done} of {asked} questions succeeded"


def _report_version(report: Mapping[str, object]) -> str:
    """Versions that write such a report, where the configuration does not tell."""
    if "schema_version" in report:
        return "≥ 1.11"
    groups = [one for m in _objects(report.get("metrics")) for one in _objects(m.get("categories"))]
    if any("is_aggregate" in one for group in groups for one in _objects(group.get("subsets"))):
        return "1.8–1.10"
    if "perf_metrics" in report:
        return "1.6–1.7"
    return "0.17–1.5" if "dataset_pretty_name" in report else "≤ 0.16"


# --- reviews ------------------------------------------------------------------------------------


def _is_review(row: Mapping[str, object]) -> bool:
    return "sample_score" in row or "review" in _first_choice(row)


def _first_choice(row: Mapping[str, object]) -> Mapping[str, object]:
    choices = row.get("choices")
    return as_mapping(choices[0]) if isinstance(choices, list) and choices else {}


def _row_version(row: Mapping[str, object]) -> str | None:
    """Versions that write such a row."""
    if "choices" in row:
        return "≤ 0.17"
    if "sample_score" not in row:
        return None
    if "agent_trace" in row:
        return "1.8–1.11" if isinstance(row.get("target"), str) else "1.12–1.14"
    return "1.7" if "trajectory" in row else "1.0–1.6"


def _rebuild(path: Path, dataset: str, subset: str, notes: list[str]) -> Iterator[Score]:
    """The means over the reviews of a subset, as the report would give them unrounded."""
    tallies = _tallies(path, notes)
    for name, tally in zip(_shown(list(tallies)), tallies.values(), strict=True):
        value = tally.total / tally.addends if tally.addends else None
        yield Score(
            dataset,
            subset,
            name,
            value,
            n=tally.questions,
            higher_is_better=_direction({}, name),
            unit=_unit({}, [value]),
            origin="recomputed",
        )


def _tallies(path: Path, notes: list[str]) -> dict[str, _Tally]:
    """What the metrics of a file of reviews add up to; of rows with one index the last counts."""
    rows: dict[object, dict[str, list[float]]] = {}
    again = 0
    for number, row in _rows(path, notes):
        index = row.get("index")
        key = index if isinstance(index, int) else f"line {number}"
        again += key in rows
        rows[key] = dict(_results(row))
    if again:
        notes.append(f"{as_text(path.name)}: {again} rows were written again, the last ones count")
    found: dict[str, _Tally] = {}
    for results in rows.values():
        for name, numbers in results.items():
            one = found.get(name, _Tally(0.0, 0, 0))
            found[name] = _Tally(
                one.total + sum(numbers), one.addends + len(numbers), one.questions + bool(numbers)
            )
    return found


def _results(row: Mapping[str, object]) -> Iterator[tuple[str, list[float]]]:
    """The scores of a question: none where it has no reference, several where they are pooled."""
    for name, value in _written_results(row):
        if isinstance(value, list):
            numbers = [number for one in value if (number := _score(one)) is not None]
            if numbers:
                yield as_text(name) or "", numbers
        elif value is None or isinstance(value, int | float):
            number = _score(value)
            yield as_text(name) or "", [] if number is None else [number]


def _written_results(row: Mapping[str, object]) -> Iterable[tuple[str, object]]:
    if "sample_score" in row:
        score = as_mapping(as_mapping(row["sample_score"]).get("score"))
        return as_mapping(score.get("value")).items()
    result = as_mapping(_first_choice(row).get("review")).get("result")
    if isinstance(result, dict):
        return result.items()
    metrics = as_mapping(row.get("reviewer_spec")).get("metric")
    named = metrics[0] if isinstance(metrics, list) and metrics else None
    return [(named if isinstance(named, str) else "accuracy", result)]


def _score(value: object) -> float | None:
    number = as_number(value) if isinstance(value, int | float) else None
    return None if number == _NO_REFERENCE else number


def _rows(path: Path, notes: list[str]) -> Iterator[tuple[int, Mapping[str, object]]]:
    """The rows of a file, one in memory at a time; one that breaks off is left out, and told."""
    broken: list[str] = []
    try:
        with path.open("rb") as file:
            for number, line in enumerate(file, start=1):
                try:
                    text = decode(line)[0].strip().rstrip(",")
                    row = parse(text) if text else {}
                except Refusal as refusal:
                    broken.append(f"line {number}: {refusal.problem.reason}")
                    continue
                if isinstance(row, dict) and row:
                    yield number, row
    except OSError as error:
        reason = (error.strerror or "unknown reason").lower()
        raise Refusal(f"cannot be read: {reason}") from None
    if broken:
        more = f", and {len(broken) - 1} more lines" if len(broken) > 1 else ""
        notes.append(f"{as_text(path.name)}: left out {broken[0]}{more}")
