"""The numbers of a run, each with its place among the groups and what there is to know of it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import NamedTuple, TypeVar

from tui_eval.formats.lm_eval.groups import Tree, children_of, short_names, tree_of
from tui_eval.formats.lm_eval.metrics import base_of, direction_of, unit_by_name, unit_by_values
from tui_eval.formats.values import as_amount, as_count, as_mapping, as_number, as_text, kind
from tui_eval.tables import Score, Unit

_STDERR = "_stderr"
_NO_SCORES = frozenset({"alias", "name", "sample_len", "sample_count", "samples"})
_PREDICT_ONLY = "bypass"
_SQUAD = "HasAns_exact"  # SQuAD 2 gives all on 0-100, also what other tasks give on 0-1

_Value = TypeVar("_Value")


class _Number(NamedTuple):
    """A number that a row reports; a value that is no number is missing."""

    metric: str
    filter: str | None
    value: float | None
    stderr: float | None

    @property
    def key(self) -> tuple[str, str | None]:
        """What tells it apart from the other numbers of its row."""
        return self.metric, self.filter


class _Task(NamedTuple):
    """What a file says about a task or group beside its numbers; ``better``: by metric."""

    n: int | None
    repeats: int | None
    method: str | None
    better: Mapping[str, object]


class _Facts(NamedTuple):
    """What there is to say about one number."""

    n: int | None
    repeats: int | None
    method: str | None
    higher_is_better: bool | None


@dataclass(frozen=True)
class Results:
    """A document, its rows read and put in order."""

    whole: Mapping[str, object]
    payloads: Mapping[str, Mapping[str, object]]
    rows: Mapping[str, Mapping[tuple[str, str | None], _Number]]
    tasks: Mapping[str, _Task]
    tree: Tree

    def is_group(self, name: str) -> bool:
        """Whether a row's numbers are made of other rows' numbers."""
        return name in self.tree.children or name in as_mapping(self.whole.get("groups"))


def read_results(whole: Mapping[str, object], notes: list[str]) -> Results:
    """Everything in a document that scores are made of; ``notes`` takes what was left out."""
    payloads = _payloads(whole, notes)
    filtered = any("," in key for row in payloads.values() for key in row)
    rows = {name: _read_row(name, row, notes, filtered) for name, row in payloads.items()}
    return Results(
        whole, payloads, rows, _tasks(whole, payloads), tree_of(children_of(whole, payloads))
    )


def _payloads(whole: Mapping[str, object], notes: list[str]) -> dict[str, Mapping[str, object]]:
    """Rows of ``results``, and those of ``groups`` that are not among them."""
    results = whole.get("results")
    if not isinstance(results, dict):
        notes.append(f"results is {kind(results)}")
    found: dict[str, Mapping[str, object]] = {}
    for source in (as_mapping(results), as_mapping(whole.get("groups"))):
        for name, row in source.items():
            if isinstance(row, dict):
                found.setdefault(name, row)
            elif name not in found:
                notes.append(f"{as_text(name)}: {kind(row)} instead of results")
    return found


def _read_row(
    task: str, row: Mapping[str, object], notes: list[str], filtered: bool
) -> dict[tuple[str, str | None], _Number]:
    """The numbers of a row; ``filtered``: written since 0.4.0, where each names its filter."""
    found: dict[tuple[str, str | None], _Number] = {}
    for key, value in row.items():
        metric, comma, word = key.partition(",")
        if metric.endswith(_STDERR) or key in _NO_SCORES or not key.strip():
            continue
        result = as_number(value)
        if metric == _PREDICT_ONLY:
            notes.append(f"{as_text(task)} › {as_text(key)}: answers, not scored; left out")
        elif not comma and (filtered or (result is None and isinstance(value, str | list | dict))):
            notes.append(f"{as_text(task)} › {as_text(key)}: {kind(value)}, no score; left out")
        else:
            if result is None:
                notes.append(f"{as_text(task)} › {as_text(key)}: value is {kind(value)}")
            stderr = as_amount(row.get(f"{metric}{_STDERR}{comma}{word}"))  # "N/A": there is none
            name = as_text(metric) or "", None if word in ("", "none") else as_text(word)
            found.setdefault(name, _Number(*name, result, stderr))
    return found


def scores_of(results: Results, notes: list[str]) -> Iterator[Score]:
    """Every number as a row of scores; ``notes`` takes what a person must know of them."""
    placed = list(_placed(results, notes))
    units = _units(placed, notes)
    for dataset, category, name, number in placed:
        facts = _facts(results, name, number.key)
        yield Score(
            dataset,
            category,
            number.metric,
            number.value,
            filter=number.filter,
            stderr=number.stderr,
            n=facts.n,
            repeats=facts.repeats,
            higher_is_better=facts.higher_is_better,
            unit=units[dataset, number.metric],
            method=facts.method,
        )


_Placed = tuple[str, str | None, str, _Number]
"""Dataset, category, name of the row, number."""


def _placed(results: Results, notes: list[str]) -> Iterator[_Placed]:
    """Every number with the dataset and category that it belongs to."""
    homes = results.tree.homes
    datasets = short_names(
        [name for name in {**results.rows, **results.tree.children} if name not in homes]
        + [name for name in results.rows if name in homes and results.is_group(name)]
    )
    categories = {group: short_names(names) for group, names in results.tree.leaves.items()}
    for name, row in results.rows.items():
        places: list[tuple[str, str | None]] = [
            (datasets[home], categories[home][name]) for home in homes.get(name, [])
        ]
        if results.is_group(name):
            places = [(datasets[name], None)]
        elif not places:
            places = [(datasets[name], datasets[name])]
        elif len(places) > 1 and row:
            told = ", ".join(dataset for dataset, _ in places)
            notes.append(f"{as_text(name)}: in several groups, a category of each: {told}")
        for number in row.values():
            yield from ((dataset, category, name, number) for dataset, category in places)


def _facts(results: Results, name: str, key: tuple[str, str | None]) -> _Facts:
    """Facts about a task's number or, as far as its tasks agree, about a group's."""
    own = results.tasks[name]
    leaves = results.tree.leaves.get(name)
    if not leaves:
        return _Facts(own.n, own.repeats, own.method, direction_of(key[0], own.better))
    parts = [results.tasks[leaf] for leaf in leaves if key in results.rows.get(leaf, {})]
    if not parts:
        return _Facts(own.n, own.repeats, own.method, direction_of(key[0], own.better))
    return _Facts(
        n=_group_size(results.payloads[name], key) or _sum(part.n for part in parts),
        repeats=_shared(part.repeats for part in parts),
        method=_shared(part.method for part in parts),
        higher_is_better=_shared(direction_of(key[0], part.better) for part in parts),
    )


def _group_size(row: Mapping[str, object], key: tuple[str, str | None]) -> int | None:
    """Of how many questions a group's number is made, where the file says so (0.4.12)."""
    counts = as_mapping(row.get("sample_count"))
    return as_count(counts.get(f"{key[0]},{key[1] or 'none'}"))


def _tasks(
    whole: Mapping[str, object], payloads: Mapping[str, Mapping[str, object]]
) -> dict[str, _Task]:
    run = as_mapping(whole.get("config"))
    configs = as_mapping(whole.get("configs"))
    shots = as_mapping(whole.get("n-shot"))
    better = as_mapping(whole.get("higher_is_better"))
    sizes = _sizes(whole, run)
    usual = _Task(None, None, _method(None, run.get("num_fewshot")), {})  # 0.3 tells no more
    found = {}
    for name, row in payloads.items():
        config = as_mapping(configs.get(name))
        size = row.get("sample_len", sizes.get(name))
        if not config and size is None and name not in shots and name not in better:
            found[name] = usual
            continue
        number = shots.get(name, config.get("num_fewshot", run.get("num_fewshot")))
        found[name] = _Task(
            n=as_count(size),
            repeats=as_count(config.get("repeats"), most=2**31 - 1),
            method=_method(config.get("output_type"), number),
            better=as_mapping(better.get(name)) or _directions(config),
        )
    return found


def _sizes(whole: Mapping[str, object], run: Mapping[str, object]) -> dict[str, object]:
    """How many questions a task has by ``n-samples`` (0.4.3), where there is no ``sample_len``.

    0.4.3 to 0.4.11 write the last task's limit for all tasks: a limit below 1, a share of the
    questions, makes the number wrong, and the file alone does not tell the right one.
    """
    limit = as_number(run.get("limit"))
    if limit is not None and 0 < limit < 1:
        return {}
    sizes = as_mapping(whole.get("n-samples"))
    return {name: as_mapping(size).get("effective") for name, size in sizes.items()}


def _method(kind: object, shots: object) -> str | None:
    """What is asked for, and how many examples are shown: ``multiple_choice, 5-shot``."""
    number = as_count(shots)
    told = None if number is None else f"{number}-shot"
    return ", ".join(part for part in (as_text(kind), told) if part) or None


def _directions(config: Mapping[str, object]) -> dict[str, object]:
    """Which way is better by metric, as a task's configuration says since 0.4.0."""
    metrics = config.get("metric_list")
    entries = [as_mapping(entry) for entry in metrics] if isinstance(metrics, list) else []
    return {
        name: entry.get("higher_is_better")
        for entry in entries
        if isinstance(name := entry.get("metric"), str)
    }


def _units(placed: list[_Placed], notes: list[str]) -> dict[tuple[str, str], Unit]:
    """The unit of every metric of every dataset; the numbers of one dataset share it."""
    values: dict[tuple[str, str], list[float]] = {}
    for dataset, _, _, number in placed:
        known = values.setdefault((dataset, number.metric), [])
        if number.value is not None:
            known.append(number.value)
    squads = {dataset for dataset, metric in values if metric == _SQUAD}
    found: dict[tuple[str, str], Unit] = {}
    for (dataset, metric), known in values.items():
        unit = unit_by_name(metric)
        if dataset in squads and metric in ("exact", "f1"):
            unit = "percent"
        elif unit is None:
            unit = unit_by_values(base_of(metric), known)
            if unit == "percent":
                notes.append(f"{dataset}: {metric} above 1, read as 0–100")
        found[dataset, metric] = unit
    return found


def _sum(counts: Iterable[int | None]) -> int | None:
    total = 0
    for count in counts:
        if count is None:
            return None
        total += count
    return as_count(total)


def _shared(values: Iterable[_Value | None]) -> _Value | None:
    """The value that all have."""
    found = set(values)
    return found.pop() if len(found) == 1 else None
