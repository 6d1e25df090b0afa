"""lm-evaluation-harness 0.3 to 0.5: ``results_<time>.json``, and any name before 0.4.3.

``results`` maps a task, or a group of tasks, to its numbers: ``"<metric>,<filter>"`` and
``"<metric>_stderr,<filter>"`` (0.3: no filter, no comma). ``group_subtasks`` tells the direct
children of a group. What becomes of them here:

* An outermost group is a dataset, its tasks at any depth are the categories; what the group itself
  reports has no category. A group inside a group is a dataset too, with its reported numbers alone.
  A task in no group is a dataset with one category, itself.
* ``groups`` holds rows of ``results`` once more; they are read once.
* A filter keeps the harness's word (in 0.5 it names a scorer); ``none`` becomes null.
* 0.5 writes a task that belongs to a group as ``group::task``; it is known by its last part, so
  that it pairs with older runs.
* The unit follows from the metric's name, and where that says nothing from the values: the file
  does not tell it. Which way is better comes from the tasks, for groups too: the harness's own word
  about groups is wrong in 0.4.4 to 0.4.11 and missing for groups of groups later.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple, TypeVar

from tui_eval.formats.documents import Refusal, parse
from tui_eval.formats.parts import join
from tui_eval.formats.redaction import redact
from tui_eval.formats.values import as_mapping, as_number, as_text, kind
from tui_eval.tables import Run, SampleFile, Score, Unit

TITLE = "lm-evaluation-harness"
HARNESS = "lm_eval"
MARKER = b'"results"'

_STDERR = "_stderr"
_OWN_KEYS = frozenset({"n-shot", "n-samples", "group_subtasks", "task_hashes", "lm_eval_version"})
_ANSWER_KEYS = frozenset({"resps", "filtered_resps", "prompt_0"})  # prompt_0: 0.3 --write_out
_NO_SCORES = frozenset({"alias", "name", "sample_len", "sample_count", "samples"})
_PREDICT_ONLY = "bypass"

_MODEL_ARGS = ("peft", "delta", "pretrained", "model", "path", "engine")  # as 0.4.3 looks for it
_RUN_FACTS = (
    "lm_eval_version",
    "transformers_version",
    "git_hash",
    "upper_git_hash",
    "date",
    "model_source",
    "max_length",
    "system_instruction",
    "system_instruction_sha",
    "fewshot_as_multiturn",
    "chat_template_sha",
)

_CLOCK = r"\d{4}-\d\d-\d\dT\d\d-\d\d-\d\d(?:\.\d+)?"
_SAMPLES = re.compile(
    r"samples_(?P<task>.*)_(?P<time>\d{4}-\d\d-\d\dT\d\d-\d\d-\d\d(?:\.\d+)?)\.jsonl?",
    re.ASCII | re.DOTALL,
)
_TIME = re.compile(r"_(\d{4}-\d\d-\d\dT\d\d-\d\d-\d\d(?:\.\d+)?)", re.ASCII)
_INDENT = re.compile(r"(\s*)-\s")

_ALWAYS_LOWER = re.compile(r"ter|ppl|(\w+_)?perplexity|bits_per_\w+")
_LOWER = re.compile(r"brier_score|[wc]er|likelihood_diff(erence)?|loss|nll")
_HIGHER = re.compile(
    r"(acc|exact_match|em|exact|f1|bleu|chrf(\+\+)?|rouge\w+|mcc|mc1|mc2|mrr|recall|precision)"
    r"|acc_\w+|bleu\w*_\w+|f1_\w+|(HasAns|NoAns|best)_\w+|(prompt|inst)_level_\w+"
)

_PERCENT = re.compile(
    r"bleu|chrf(\+\+)?|ter|(bleu|rouge\w+)_max|(HasAns|NoAns)_\w+|best_(exact|f1)|percent_\w+|eqbench"
)
_NUMBER = re.compile(
    r"(\w+_)?perplexity|ppl|bits_per_\w+|mcc|matthews\w*|pearson\w*|spearman\w*|brier_score|[wc]er"
    r"|\w*likelihood\w*|loss|nll|mse|mae|rmse|bleurt(_max)?|\w+_diff|\w+_len(gth)?"
)
_SHARE = re.compile(
    r"(\w+_)?(acc|accuracy|em|exact|exact_match|f1|recall|precision)(_\w+)?|rouge\w*|mc[12]|pct_\w+"
)
_SQUAD = "HasAns_exact"  # SQuAD 2 gives all on 0-100, also what other tasks give on 0-1

_Value = TypeVar("_Value")

_MOST_VISITS = 200_000  # groups that name each other could multiply without end


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


class _Tree(NamedTuple):
    """Groups and what they consist of.

    Attributes:
        children: Direct children of every group that has some.
        leaves: Tasks of every group, at any depth, each once.
        homes: Outermost groups of every task that is in one.
    """

    children: Mapping[str, list[str]]
    leaves: Mapping[str, list[str]]
    homes: Mapping[str, list[str]]


@dataclass(frozen=True)
class _Results:
    """A document, its rows read and put in order."""

    whole: Mapping[str, object]
    payloads: Mapping[str, Mapping[str, object]]
    rows: Mapping[str, Mapping[tuple[str, str | None], _Number]]
    tasks: Mapping[str, _Task]
    tree: _Tree

    def is_group(self, name: str) -> bool:
        """Whether a row's numbers are made of other rows' numbers."""
        return name in self.tree.children or name in as_mapping(self.whole.get("groups"))


def recognise(document: object) -> str | None:
    """Results of a run, answers to its questions, or not lm-evaluation-harness's at all."""
    if not isinstance(document, dict):
        return None
    keys = document.keys()
    if "config_general" in keys:
        return None  # Lighteval's, which began as a part of this harness
    if "doc_id" in keys and keys & _ANSWER_KEYS:
        return "samples"
    if "results" not in keys:
        return None
    oldest = "versions" in keys and "model" in as_mapping(document.get("config"))
    return "results" if oldest or keys & _OWN_KEYS else None


def read_runs(document: object, path: Path, number: int) -> tuple[Run, ...]:
    """The run of one result document.

    Args:
        document: The whole JSON document.
        path: The file: since 0.4.3 its name tells when the run ended.
        number: Which run of the file this is, from 1.

    Raises:
        Refusal: The document holds no score at all.
    """
    whole = as_mapping(document)
    notes: list[str] = []
    results = _read_results(whole, notes)
    scores = tuple(_scores(results, notes))
    if not any(score.value is not None for score in scores):
        raise Refusal("; ".join(["no score in it", *notes[:3]]))
    limited = list(_note_limit(whole))
    lost = any(score.value is None for score in scores)
    notes.extend(limited)
    config = as_mapping(whole.get("config"))
    arguments = _arguments(config.get("model_args"))
    run = Run(
        model=_model(whole, config, arguments),
        timestamp=_timestamp(path, whole.get("date")),
        harness=HARNESS,
        path=path,
        document=number,
        identity=_identity(path, number),
        state="partial" if limited or lost else "complete",
        version=_version(results),
        variant=_revision(config, arguments),
        duration=_positive(whole.get("total_evaluation_time_seconds")),
        config=_config(whole),
        notes=tuple(notes),
        scores=scores,
    )
    return (run,)


def read_samples(first: object, path: Path) -> Run:
    """The part of a run that a file of samples is: it shares its time with the results.

    Before 0.4.3 the names of files have no time, and the results beside it are ``results.json``.
    """
    named = _SAMPLES.fullmatch(path.name)
    task = as_text(named["task"]) if named else as_text(path.stem)
    results = path.with_name("results.json")
    return Run(
        model=None,
        timestamp=named["time"] if named else None,
        harness=HARNESS,
        path=path if named else results,
        identity=(named["time"], "1") if named else (str(results), "1"),
        state="no report",
        samples=(SampleFile(path, category=task),),
    )


def combine(parts: Sequence[Run]) -> Run:
    """Results and their files of samples."""
    return join(parts)


def _identity(path: Path, number: int) -> tuple[str, ...]:
    """What results share with their files of samples; nothing, where no samples can belong."""
    named = _TIME.findall(path.name)
    if not named and path.name != "results.json":
        return ()
    return str(named[-1] if named else path), str(number)


def _read_results(whole: Mapping[str, object], notes: list[str]) -> _Results:
    payloads = _payloads(whole, notes)
    filtered = any("," in key for row in payloads.values() for key in row)
    rows = {name: _read_row(name, row, notes, filtered) for name, row in payloads.items()}
    return _Results(
        whole, payloads, rows, _tasks(whole, payloads), _tree(_children(whole, payloads))
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


# --- numbers ------------------------------------------------------------------------------------


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
            stderr = _positive(row.get(f"{metric}{_STDERR}{comma}{word}"))  # "N/A": there is none
            name = as_text(metric) or "", None if word in ("", "none") else as_text(word)
            found.setdefault(name, _Number(*name, result, stderr))
    return found


def _scores(results: _Results, notes: list[str]) -> Iterator[Score]:
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


def _placed(results: _Results, notes: list[str]) -> Iterator[_Placed]:
    """Every number with the dataset and category that it belongs to."""
    homes = results.tree.homes
    datasets = _short_names(
        [name for name in {**results.rows, **results.tree.children} if name not in homes]
        + [name for name in results.rows if name in homes and results.is_group(name)]
    )
    categories = {group: _short_names(names) for group, names in results.tree.leaves.items()}
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


def _short_names(names: Iterable[str]) -> dict[str, str]:
    """Names without the groups that 0.5 writes before them, where they stay different."""
    known = dict.fromkeys(names)
    short = {name: name.rpartition("::")[2] or name for name in known}
    counts = Counter(short.values())
    return {
        name: as_text(part if counts[part] == 1 else name) or "" for name, part in short.items()
    }


# --- groups -------------------------------------------------------------------------------------


def _children(
    whole: Mapping[str, object], payloads: Mapping[str, Mapping[str, object]]
) -> dict[str, list[str]]:
    """Direct children of every group: as written since 0.4.2, else by the indents of the names."""
    told = whole.get("group_subtasks")
    if not isinstance(told, dict):
        return _children_by_indent(whole, payloads)
    found = {
        group: [_full_name(group, name, payloads) for name in names if isinstance(name, str)]
        for group, names in told.items()
        if isinstance(names, list)
    }
    listed = {name for names in found.values() for name in names}
    for name in payloads:
        group = name.rpartition("::")[0]
        if group and name not in listed:
            found.setdefault(group, []).append(name)
    return {group: names for group, names in found.items() if names}


def _full_name(group: str, name: str, payloads: Mapping[str, Mapping[str, object]]) -> str:
    full = f"{group}::{name}"
    return full if name not in payloads and full in payloads else name


def _children_by_indent(
    whole: Mapping[str, object], payloads: Mapping[str, Mapping[str, object]]
) -> dict[str, list[str]]:
    """0.4.0 and 0.4.1 tell it by ``" - anatomy"`` below ``"mmlu"``, a blank a level.

    Rows stand below their group, but an inner group may be written before the outer one: then its
    own tasks are written as those of an outermost group, no deeper than itself.
    """
    groups = as_mapping(whole.get("groups"))
    rows = [(name, _depth(row)) for name, row in payloads.items()]
    found: dict[str, list[str]] = {}
    early: list[tuple[int, str]] = []
    above: dict[int, str] = {}
    for place, (name, depth) in enumerate(rows):
        below = rows[place + 1][1] if place + 1 < len(rows) else 0
        if name in groups and depth and below <= depth:
            early.append((place, name))
            above = {0: name}
            continue
        if depth and depth - 1 in above:
            found.setdefault(above[depth - 1], []).append(name)
        if name in groups:
            above[depth] = name
        elif not depth:
            above = {}
    for place, name in early:
        outer = _outer_group(rows[place + 1 :], groups)
        if outer is not None:
            found.setdefault(outer, []).append(name)
    return found


def _outer_group(later: list[tuple[str, int]], groups: Mapping[str, object]) -> str | None:
    """The group to which an inner one belongs that was written before it; None: nothing tells.

    Of several, the one that has no tasks of its own.
    """
    outermost = [
        (place, name) for place, (name, depth) in enumerate(later) if not depth and name in groups
    ]
    if len(outermost) > 1:
        after = [*later[1:], ("", 0)]
        outermost = [
            (place, name)
            for place, name in outermost
            if after[place][1] == 0 or after[place][0] in groups
        ]
    return outermost[0][1] if len(outermost) == 1 else None


def _depth(row: Mapping[str, object]) -> int:
    alias = row.get("alias")
    indent = _INDENT.match(alias) if isinstance(alias, str) else None
    return len(indent[1]) if indent else 0


def _tree(children: Mapping[str, list[str]]) -> _Tree:
    inner = {name for group, names in children.items() for name in names if name != group}
    visits = [0]
    leaves = {group: _leaves(group, children, visits) for group in children}
    homes: dict[str, list[str]] = {}
    for group in children:
        if group not in inner:
            for leaf in leaves[group]:
                homes.setdefault(leaf, []).append(group)
    return _Tree(children, leaves, homes)


def _leaves(group: str, children: Mapping[str, list[str]], visits: list[int]) -> list[str]:
    """Tasks of a group at any depth, in order; groups may contain each other in a broken file."""
    seen = {group}
    found = []
    stack = list(reversed(children[group]))
    while stack:
        name = stack.pop()
        visits[0] += 1
        if visits[0] > _MOST_VISITS:
            raise Refusal("its groups name each other too often")
        if name in seen:
            continue
        seen.add(name)
        if name in children:
            stack.extend(reversed(children[name]))
        else:
            found.append(name)
    return found


# --- facts about numbers ------------------------------------------------------------------------


def _facts(results: _Results, name: str, key: tuple[str, str | None]) -> _Facts:
    """Facts about a task's number or, as far as its tasks agree, about a group's."""
    own = results.tasks[name]
    leaves = results.tree.leaves.get(name)
    if not leaves:
        return _Facts(own.n, own.repeats, own.method, _direction(key[0], own.better))
    parts = [results.tasks[leaf] for leaf in leaves if key in results.rows.get(leaf, {})]
    if not parts:
        return _Facts(own.n, own.repeats, own.method, _direction(key[0], own.better))
    return _Facts(
        n=_group_size(results.payloads[name], key) or _sum(part.n for part in parts),
        repeats=_shared(part.repeats for part in parts),
        method=_shared(part.method for part in parts),
        higher_is_better=_shared(_direction(key[0], part.better) for part in parts),
    )


def _group_size(row: Mapping[str, object], key: tuple[str, str | None]) -> int | None:
    """Of how many questions a group's number is made, where the file says so (0.4.12)."""
    counts = as_mapping(row.get("sample_count"))
    return _count(counts.get(f"{key[0]},{key[1] or 'none'}"))


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
            n=_count(size),
            repeats=_count(config.get("repeats"), most=2**31 - 1),
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
    number = _count(shots)
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


def _direction(metric: str, told: Mapping[str, object]) -> bool | None:
    """Which way is better: as the file says, else by name, as 0.3 and the harness's registry do.

    TER (said to be better when higher until 0.4.12) and perplexities are better when lower,
    whatever a file says. ``pass@2(exact_match)`` (0.5) is as ``exact_match``.
    """
    usual, always = _usual_direction(metric)
    if always or not told:
        return usual
    said = told.get(metric, told.get(_base(metric)))
    return said if isinstance(said, bool) else usual


@lru_cache(maxsize=1024)
def _usual_direction(metric: str) -> tuple[bool | None, bool]:
    """Which way is better by the metric's name, and whether a file can say otherwise."""
    base = _base(metric)
    if _ALWAYS_LOWER.fullmatch(base):
        return False, True
    if _LOWER.fullmatch(base):
        return False, False
    return (True if _HIGHER.fullmatch(base) else None), False


@lru_cache(maxsize=1024)
def _base(metric: str) -> str:
    """The metric of which a metric over several answers to a question is made."""
    inner = metric[:-1].partition("(")[2] if metric.endswith(")") else ""
    return inner or metric


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
        unit = _unit_by_name(metric)
        if dataset in squads and metric in ("exact", "f1"):
            unit = "percent"
        elif unit is None:
            unit = _unit_by_values(_base(metric), known)
            if unit == "percent":
                notes.append(f"{dataset}: {metric} above 1, read as 0–100")
        found[dataset, metric] = unit
    return found


@lru_cache(maxsize=1024)
def _unit_by_name(metric: str) -> Unit | None:
    base = _base(metric)
    if _PERCENT.fullmatch(base):
        return "percent"
    return "number" if _NUMBER.fullmatch(base) else None


def _unit_by_values(metric: str, values: list[float]) -> Unit:
    """Fraction between 0 and 1; above, percent for what can only be a share, else no scale."""
    low, high = min(values, default=0.0), max(values, default=0.0)
    if low >= 0 and high <= 1 + 1e-9:
        return "fraction"
    return "percent" if low >= 0 and high <= 100 + 1e-9 and _SHARE.fullmatch(metric) else "number"


# --- the run ------------------------------------------------------------------------------------


def _model(
    whole: Mapping[str, object], config: Mapping[str, object], arguments: Mapping[str, object]
) -> str | None:
    """``model_name`` (0.4.3), else what the arguments name, else the kind of model (``hf``)."""
    candidates = (
        whole.get("model_name"),
        *(arguments.get(name) for name in _MODEL_ARGS),
        config.get("model"),
    )
    return next((name for name in map(_shown, candidates) if name), None)


def _revision(config: Mapping[str, object], arguments: Mapping[str, object]) -> str | None:
    """The revision of the model, where it is not the usual one: checkpoints of a training."""
    revision = _shown(arguments.get("revision")) or _shown(config.get("model_revision"))
    return None if revision in ("", "main") else revision


def _shown(value: object) -> str:
    """A text without secrets; empty for anything else."""
    return str(redact(as_text(value) or "")).strip()


def _arguments(value: object) -> dict[str, object]:
    """Arguments as 0.4.10 writes them, an object; before, ``pretrained=a/b,dtype=auto`` or JSON."""
    if isinstance(value, dict):
        return value
    if not isinstance(value, str):
        return {}
    if value.lstrip().startswith("{"):
        try:
            return dict(as_mapping(parse(value)))
        except Refusal:
            return {}
    found: dict[str, object] = {}
    name = ""
    for part in value.split(","):
        before, equals, after = part.partition("=")
        if equals:
            name = before.strip()
            found[name] = after.strip()
        elif name:
            found[name] = f"{found[name]},{part}"  # a comma within a value
    return found


def _config(whole: Mapping[str, object]) -> str:
    """How the run was made, as JSON: without the tasks' own sources, without secrets."""
    config = dict(as_mapping(whole.get("config")))
    for name in ("model_args", "gen_kwargs"):
        if isinstance(config.get(name), str):
            config[name] = _arguments(config[name]) or config[name]  # secrets are told by name
    generation = {
        name: arguments
        for name, task in as_mapping(whole.get("configs")).items()
        if (arguments := as_mapping(task).get("generation_kwargs")) is not None
    }
    facts = {name: whole[name] for name in _RUN_FACTS if whole.get(name) is not None}
    if generation:
        facts["generation_kwargs"] = generation
    shown: dict[str, object] = {"config": redact(config)}
    shown.update((name, redact(value)) for name, value in facts.items())
    for name in ("n-shot", "versions"):
        if name in whole:
            shown[name] = _redact_numbers(whole[name])
    return json.dumps(shown, ensure_ascii=True, allow_nan=True, default=str)


def _redact_numbers(value: object) -> object:
    """A number for each of hundreds of tasks, whose names are shown anyhow, is no secret."""
    if isinstance(value, dict) and all(type(item) in (int, float) for item in value.values()):
        return value
    return redact(value)


def _timestamp(path: Path, date: object) -> str | None:
    """As the file's name has it, else when the run began (UTC)."""
    named = _TIME.findall(path.name)
    if named:
        return str(named[-1])
    seconds = _positive(date)
    if seconds is None:
        return None
    try:
        began = datetime.fromtimestamp(seconds, UTC)
    except (OverflowError, OSError, ValueError):
        return None
    return began.isoformat(timespec="seconds").removesuffix("+00:00") + "Z"


def _version(results: _Results) -> str:
    """As written since 0.4.9, else by what the file holds."""
    written = as_text(results.whole.get("lm_eval_version"))
    if written:
        return written
    keys = results.whole.keys()
    if not any("," in key for row in results.payloads.values() for key in row):
        return "≤ 0.3"
    if "date" not in keys and not keys & {"task_hashes", "n-samples"}:
        return "0.4.0–0.4.1"
    if not keys & {"task_hashes", "n-samples"}:
        return "0.4.2"
    if any("name" in row for row in results.payloads.values()):
        return "≥ 0.4.12"
    return "0.4.3–0.4.8"


def _note_limit(whole: Mapping[str, object]) -> Iterator[str]:
    """A run that was told to ask only some of the questions, and did."""
    limit = as_number(as_mapping(whole.get("config")).get("limit"))
    counts = [as_mapping(entry) for entry in as_mapping(whole.get("n-samples")).values()]
    if limit is None or limit <= 0:
        return
    if limit < 1:
        yield f"only {limit:.3g} of the questions of each task (limit)"
    elif not counts or any(entry.get("original") != entry.get("effective") for entry in counts):
        yield f"at most {limit:g} questions of each task (limit)"


# --- JSON values --------------------------------------------------------------------------------


def _positive(value: object) -> float | None:
    number = as_number(value)
    return number if number is not None and number >= 0 else None


def _count(value: object, most: int = 2**63 - 1) -> int | None:
    number = as_number(value)
    if number is None or not number.is_integer() or not 0 <= number <= most:
        return None
    return int(number)


def _sum(counts: Iterable[int | None]) -> int | None:
    total = 0
    for count in counts:
        if count is None:
            return None
        total += count
    return _count(total)


def _shared(values: Iterable[_Value | None]) -> _Value | None:
    """The value that all have."""
    found = set(values)
    return found.pop() if len(found) == 1 else None
