"""Reports of EvalScope, in both schemas: what a dataset scored, and its groups and subsets."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple

from tui_eval.files.strings import clean_str
from tui_eval.formats.evalscope.metrics import NO_REFERENCE, direction_of, shown_names, unit_of
from tui_eval.formats.values import as_mapping, as_number, kind
from tui_eval.records import Metric, ScoreColumns, Task

_MOST_QUESTIONS = 10**9


class _Number(NamedTuple):
    """A number of a report, and what it is of."""

    group: str | None
    category: str | None
    filter: str | None
    written: object
    n: object


def read_report(
    report: Mapping[str, object], dataset: str, notes: list[str], lost: list[str]
) -> ScoreColumns:
    """The scores of a report, those of its primary metric first where it names one.

    Args:
        report: The whole report.
        dataset: The dataset that it is of.
        notes: Takes what a person must know of it.
        lost: Takes what should be a score and is none.
    """
    scores = ScoreColumns()
    written = report.get("metrics")
    if not isinstance(written, list):
        notes.append(f"metrics is {kind(written)}")
        return scores
    metrics = [metric for metric in written if isinstance(metric, dict)]
    if len(metrics) < len(written):
        notes.append(f"{dataset}: {len(written) - len(metrics)} of its metrics are no objects")
    primary = report.get("primary_metric_identity")
    if isinstance(primary, dict):  # people look at the first one
        first = _written({"identity": primary})
        metrics.sort(key=lambda metric: _written(metric) != first)
    names = [_written(metric) or f"metric {place}" for place, metric in enumerate(metrics, start=1)]
    for metric, name in zip(metrics, shown_names(names), strict=True):
        _read_metric(metric, dataset, name, notes, lost, scores)
    return scores


def _written(metric: Mapping[str, object]) -> str:
    """A metric's name as written: in schema 2 ``name:aggregation[dimension=value]``."""
    identity = as_mapping(metric.get("identity"))
    name = clean_str(identity.get("name"))
    if name is None:
        return _plain(metric.get("name")) or _plain(metric.get("legacy_name")) or ""
    aggregation = clean_str(identity.get("aggregation")) or "identity"
    dimensions = ",".join(
        f"{clean_str(key)}={_json(value)}"
        for key, value in sorted(as_mapping(identity.get("dimensions")).items())
    )
    if not dimensions and aggregation in ("mean", "identity"):
        return name
    return f"{name}:{aggregation}" + (f"[{dimensions}]" if dimensions else "")


def _json(value: object) -> str:
    """A dimension's value as EvalScope writes it."""
    plain = clean_str(value) if isinstance(value, str) else value
    return kind(plain) if isinstance(plain, list | dict) else json.dumps(plain, ensure_ascii=False)


def _read_metric(
    metric: Mapping[str, object],
    dataset: str,
    name: str,
    notes: list[str],
    lost: list[str],
    scores: ScoreColumns,
) -> None:
    numbers = list(_distinct(_numbers(metric), dataset, notes))
    values = [_value(number, dataset, name, notes, lost) for number in numbers]
    semantics = as_mapping(metric.get("semantics"))
    if semantics.get("semantic_id") == "diagnostic.unspecified":  # as if nothing was said
        semantics = {}
    unit = unit_of(semantics, values)
    higher = direction_of(semantics, name)
    for number, value in zip(numbers, values, strict=True):
        task = Task(dataset, number.category, number.group, n=_count(number.n))
        scores.add(task, Metric(name, number.filter, unit, higher), value)


def _numbers(metric: Mapping[str, object]) -> Iterator[_Number]:
    """The total of a metric, and what it was made of.

    Subsets are the categories, and a named group is theirs. What was made of several of them
    besides has a filter: ``macro``, the plain mean (over the groups, or over the subsets of the
    only one); ``aggregate``, a row that EvalScope keeps out of its own totals.
    """
    yield _Number(None, None, None, metric.get("score"), metric.get("num"))
    groups = _objects(metric.get("categories"))
    averaged = [metric] if len(groups) > 1 else groups
    if len(groups) > 1 or any(len(_objects(group.get("subsets"))) > 1 for group in groups):
        yield from (
            _Number(None, None, "macro", of.get("macro_score"), of.get("num")) for of in averaged
        )
    several = Counter(name for group in groups for name, _ in _subsets(group))
    for place, group in enumerate(groups, start=1):
        label = _label(group.get("name")) or f"group {place}"
        named = label if len(groups) > 1 or label != "default" else None
        if named is not None:
            yield _Number(named, None, None, group.get("score"), group.get("num"))
        for name, one in _subsets(group):
            category = f"{label}/{name}" if several[name] > 1 else name
            filtered = "aggregate" if one.get("is_aggregate") is True else None
            yield _Number(named, category, filtered, one.get("score"), one.get("num"))


def _objects(value: object) -> list[Mapping[str, object]]:
    return [one for one in value if isinstance(one, dict)] if isinstance(value, list) else []


def _subsets(group: Mapping[str, object]) -> list[tuple[str, Mapping[str, object]]]:
    """The subsets of a group by their names; one without a name has its place among them."""
    subsets = enumerate(_objects(group.get("subsets")), start=1)
    return [(_plain(one.get("name")) or f"subset {place}", one) for place, one in subsets]


def _label(name: object) -> str:
    levels = name if isinstance(name, list) else [name]
    return "/".join(text for level in levels if (text := _plain(level)))


def _plain(name: object) -> str | None:
    """A name as it is written; a number, such as a year, is one too."""
    is_number = type(name) in (int, float) and as_number(name) is not None
    return str(name) if is_number else clean_str(name)


def _distinct(numbers: Iterable[_Number], dataset: str, notes: list[str]) -> Iterator[_Number]:
    seen = set()
    for number in numbers:
        if number[:3] in seen:
            notes.append(
                f"{dataset}: {number.category or number.group} is given twice, the first is used"
            )
        else:
            yield number
        seen.add(number[:3])


def _value(
    number: _Number, dataset: str, metric: str, notes: list[str], lost: list[str]
) -> float | None:
    value = as_number(number.written)
    if value == NO_REFERENCE:
        note = f"{dataset}: -1, which stands for questions without a reference, is read as missing"
        if note not in notes:
            notes.append(note)
        return None
    if value is None:
        part = number.category or number.group
        of = f"{metric} of {part}" if part else metric
        lost.append(f"{dataset}: {of} is {kind(number.written)}")
    return value


def _count(value: object) -> int | None:
    if not isinstance(value, int) or isinstance(value, bool):
        return None
    return value if 0 <= value < _MOST_QUESTIONS else None


def reasons_limited(limit: object) -> Iterator[str]:
    """That EvalScope was told to ask only some of the questions."""
    if limit is not None:
        number = as_number(limit)
        shown = kind(limit) if number is None else f"{number:g}"
        yield f"limited run: limit is {shown}; not comparable with whole runs"


def reasons_partial(report: Mapping[str, object], dataset: str) -> Iterator[str]:
    """Why the scores are of fewer questions than were to be asked."""
    summary = as_mapping(report.get("execution_summary"))
    asked, done = _count(summary.get("requested")), _count(summary.get("succeeded"))
    if summary.get("incomplete") is True or (asked and done is not None and done < asked):
        yield f"{dataset}: {done} of {asked} questions succeeded"


def version_of_report(report: Mapping[str, object]) -> str:
    """Versions that write such a report, where the configuration does not tell."""
    if "schema_version" in report:
        return "≥ 1.11"
    if "perf_metrics" in report:
        return "1.6–1.10"
    return "0.17–1.5" if "dataset_pretty_name" in report else "≤ 0.16"
