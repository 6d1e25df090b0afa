"""Ways to score stored answers, and what came of them; no Polars is imported."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

from tui_eval.records import Filter, ScoredBy, Scoring
from tui_eval.rescoring.filters import UNFILTERED
from tui_eval.rescoring.metrics import KINDS

if TYPE_CHECKING:
    from tui_eval.analysis.report import Report

Origin = Literal["run", "kept", "new"]
"""Where a filter is from: the configuration of a run, those that are kept, typed by now."""

_PATTERNS = ("regex", "multi_choice_regex")
_PATTERN = "regex_pattern"
_USUAL = "take_first"
_ASKED_FOR = ("acc_mutual_info", "f1")  # the first wants more ratings, the second two options


@dataclass(frozen=True)
class Way:
    """A filter and a metric by which answers are scored.

    Attributes:
        filter: None: ratings of options are scored, which no filter changes.
        metric: None: that of each run.
        origin: Where the filter is from.
        kept_as: What it is called there, if it has another name beside others of that name.
    """

    filter: Filter | None
    metric: ScoredBy | None = None
    origin: Origin = "run"
    kept_as: str = ""

    @cached_property
    def key(self) -> str:
        """Equal where the way is, whatever its filter is called and wherever that is from."""
        steps = None if self.filter is None else self.filter.steps
        return json.dumps([steps, self.metric], default=dict, sort_keys=True)

    @property
    def name(self) -> str:
        """What it is called."""
        if self.filter is not None:
            return self.filter.name
        return "as stored" if self.metric is None else self.metric.metric

    @property
    def pattern(self) -> str:
        """The pattern of its first step that has one; empty: none has."""
        for step in self.filter.steps if self.filter else ():
            if step.function in _PATTERNS:
                return str(step.options.get(_PATTERN, ""))
        return ""

    @property
    def steps_told(self) -> str:
        """Its steps in one line: patterns as they are, other steps by their names."""
        steps = self.filter.steps if self.filter else ()
        return " → ".join(
            str(step.options.get(_PATTERN) or step.function)
            for step in steps
            if step.function != _USUAL or len(steps) == 1
        )


class Outcome(NamedTuple):
    """What came of scoring the answers of a run in a way.

    Attributes:
        value: The score, on the raw scale; None: ``why`` says why there is none.
        stderr: None: the harness has none.
        n: Questions.
        invalid: Questions of which nothing was extracted.
        timed_out: Answers on which the pattern took too long.
        stored: The score that the harness gave the same questions; None: none.
        stored_by: What that is of: a filter, and a metric where it is another one; empty: neither.
        compared: The new scores against the stored ones, question by question, as
            `compare.COMPARED` has it, on the raw scale; None: there is nothing to compare with.
        higher_is_better: Whether it is.
        is_scaled: Whether scores lie between 0 and 1.
        report: What `rescore_report` says of it, with its categories.
        why: Why there is no score; else what is to be said of it.
    """

    value: float | None
    stderr: float | None = None
    n: int = 0
    invalid: int = 0
    timed_out: int = 0
    stored: float | None = None
    stored_by: str = ""
    compared: Mapping[str, Any] | None = None
    higher_is_better: bool = True
    is_scaled: bool = True
    report: Report | None = None
    why: str = ""

    @property
    def is_all_invalid(self) -> bool:
        """Whether the filter finds nothing in any answer: it is of another way of writing."""
        return 0 < self.n == self.invalid


def ways_of(
    scorings: Iterable[Scoring],
    kept: Sequence[Filter],
    drafts: Sequence[Filter],
    metric: ScoredBy | None = None,
) -> tuple[Way, ...]:
    """The rows of the list: filters of the runs, those that are kept, those that were typed.

    Of filters with the same name and steps the first one stays; others of the same name get a
    number. Where answers were rated instead of written no filter changes them: the metrics are the
    ways.

    Args:
        scorings: How the harness scored each run.
        kept: Filters that are kept by name.
        drafts: Filters that were typed.
        metric: By which all are scored; None: as each run.
    """
    known = list(scorings)
    if known and all(one.kind != "generated" for one in known):
        return _of_ratings(known)
    own = [filter_ for one in known for filter_ in _own_filters(one)]
    origins: tuple[tuple[Origin, Sequence[Filter]], ...] = (
        ("run", own),
        ("kept", kept),
        ("new", drafts),
    )
    ways: dict[tuple[str, str], Way] = {}
    names: set[str] = set()
    for origin, filters in origins:
        for one in filters:
            way = Way(one, metric, origin)
            if (way.name, way.key) not in ways:
                name = free_name(one.name, names)
                names.add(name)
                ways[one.name, way.key] = Way(one._replace(name=name), metric, origin, one.name)
    return tuple(ways.values())


def _own_filters(scoring: Scoring) -> Sequence[Filter]:
    """The filters of a run: of one without, which is scored by no code of its own, the usual."""
    return scoring.filters if scoring.filters or scoring.obstacle else (UNFILTERED,)


def _of_ratings(known: Sequence[Scoring]) -> tuple[Way, ...]:
    """The metrics of the runs, and the others that their ratings allow."""
    own = [one.metric for scoring in known for one in scoring.metrics]
    allowed = [name for one in known for name in KINDS[one.kind] if name not in _ASKED_FOR]
    return tuple(Way(None, ScoredBy(name)) for name in dict.fromkeys([*own, *allowed]))


def merged(scorings: Sequence[Scoring]) -> Scoring:
    """How several categories were scored, as one: all filters and metrics that some of them have.

    Where some answers were written and others rated, it is of those that were written.
    """
    if not scorings:
        return Scoring()
    written = [one for one in scorings if one.kind == "generated"]
    own = written or list(scorings)
    filters = {one.name: one for scoring in reversed(own) for one in reversed(scoring.filters)}
    metrics = [one for scoring in own for one in scoring.metrics]
    return own[0]._replace(
        filters=tuple(filters.values())[::-1],
        metrics=tuple(one for at, one in enumerate(metrics) if one not in metrics[:at]),
        obstacle=own[0].obstacle if all(one.obstacle for one in own) else "",
    )


def free_name(name: str, taken: Collection[str]) -> str:
    """A name that is not taken yet, as near as can be: with a number."""
    free, number = name, 1
    while free in taken:
        number += 1
        free = f"{name} ({number})"
    return free


def with_pattern(known: Filter, pattern: str, name: str) -> Filter:
    """A filter with another pattern in its first step that has one, under another name."""
    steps, is_done = [], False
    for step in known.steps:
        if step.function in _PATTERNS and not is_done:
            step, is_done = step._replace(options={**step.options, _PATTERN: pattern}), True
        steps.append(step)
    return Filter(name, tuple(steps))


def filter_json(known: Filter) -> str:
    """A filter as lm-eval's ``filter_list`` has it, in one line."""
    steps = [{"function": step.function, **step.options} for step in known.steps]
    return json.dumps({"name": known.name, "filter": steps}, ensure_ascii=False, default=dict)
