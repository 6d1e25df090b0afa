"""Reviews of EvalScope: judged answers, one a line, from which scores can be recomputed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

from tui_eval.formats.documents import Refusal, decode, parse
from tui_eval.formats.evalscope.metrics import NO_REFERENCE, direction_of, shown_names, unit_of
from tui_eval.formats.values import as_mapping, as_number, as_text
from tui_eval.tables import Score


class _Tally(NamedTuple):
    """What the reviews of a subset say of a metric."""

    total: float
    addends: int
    questions: int


def dataset_and_subset(
    stem: str, row: Mapping[str, object], known: Iterable[str]
) -> tuple[str, str] | None:
    """What a name of reviews stands for; both halves may hold any number of underscores.

    Rows up to 0.17 give the subset. The others need a dataset that is known from elsewhere.
    """
    subset = as_text(row.get("subset_name"))
    dataset = stem.removesuffix("_" + subset.replace("/", "_")) if subset else stem
    if subset and dataset and dataset != stem:
        return dataset, subset
    for name in sorted(known, key=len, reverse=True):
        if stem == name:
            return name, "default"
        if stem.startswith(f"{name}_"):
            return name, stem[len(name) + 1 :]
    return (stem.removesuffix("_default"), "default") if stem.endswith("_default") else None


def is_review(row: Mapping[str, object]) -> bool:
    """Whether an answer was judged, or is a prediction alone."""
    return "sample_score" in row or "review" in _first_choice(row)


def _first_choice(row: Mapping[str, object]) -> Mapping[str, object]:
    choices = row.get("choices")
    return as_mapping(choices[0]) if isinstance(choices, list) and choices else {}


def version_of_row(row: Mapping[str, object]) -> str | None:
    """Versions that write such a row."""
    if "choices" in row:
        return "≤ 0.17"
    if "sample_score" not in row:
        return None
    if "agent_trace" in row:
        return "1.8–1.11" if isinstance(row.get("target"), str) else "1.12–1.14"
    return "1.7" if "trajectory" in row else "1.0–1.6"


def rebuild(path: Path, dataset: str, subset: str, notes: list[str]) -> Iterator[Score]:
    """The means over the reviews of a subset, as the report would give them unrounded."""
    tallies = _tallies(path, notes)
    for name, tally in zip(shown_names(list(tallies)), tallies.values(), strict=True):
        value = as_number(tally.total / tally.addends) if tally.addends else None
        yield Score(
            dataset,
            subset,
            name,
            value,
            n=tally.questions,
            higher_is_better=direction_of({}, name),
            unit=unit_of({}, [value]),
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
    unscored = sum(not any(results.values()) for results in rows.values())
    if unscored:
        notes.append(f"{as_text(path.name)}: {unscored} of {len(rows)} rows without a score")
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
    return None if number == NO_REFERENCE else number


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
