"""Golden checks: numbers that the unmodified eval-analyzer gave, against the reports here.

A case is what eval-analyzer showed with some choices: the choices and every CSV that it offered.
Each check compares all values of those files. Where eval-analyzer errs (defects B1-B13), the mended
behaviour is asserted. Defects of float noise (B1-B3) are returned, so that tests can pin where
they may appear; the others follow from what was chosen, and from the tables below (B5, B6, B12).
"""

from __future__ import annotations

import csv
import io
import statistics
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any

import pytest

from tests.build.tables import keyed_by_label
from tui_eval.analysis import delta, scores
from tui_eval.analysis.report import Report, page_count
from tui_eval.analysis.selection import select
from tui_eval.analysis.view import COVERAGE, DeltaSort, ScoreSort, Threshold, View
from tui_eval.loading.collection import load
from tui_eval.tables import Tables

Row = dict[str, Any]

SCORE_SORTS: dict[str, ScoreSort] = {
    "依整體平均由高到低": "-mean",
    "依整體平均由低到高": "mean",
    "依字母排序": "name",
}
DELTA_SORTS: dict[str, DeltaSort] = {
    "|Δ| 由大到小": "abs",
    "Δ 由大到小（提升最多）": "down",
    "Δ 由小到大（下降最多）": "up",
    "依類別名稱": "name",
}

_ASTRONOMY: dict[str, tuple[str, ...]] = {"astronomy": ("astronomy", "sub/astronomy")}

MERGED_CATEGORIES: dict[tuple[str, str], dict[str, tuple[str, ...]]] = {
    ("S1_v2100_six_models", "mini_mmlu"): _ASTRONOMY,
    ("S2_v2100_with_rerun", "mini_mmlu"): _ASTRONOMY,
    ("S8_adv_keys_files", "d"): {
        "a": ("datasets/d/a", "datasets/d/sub/a"),
        "": (".csv", "<unnamed>"),
    },
}
"""B6: categories that eval-analyzer averages, and the files' own categories here."""

_GPT, _M = "gpt-oss-120b @ 20250806_1543", "m @ 20260101_0000"

MERGED_RUNS: dict[str, dict[str, tuple[str, ...]]] = {
    "S7_adv_dup_label": {
        _GPT: (f"{_GPT} (36_duplicate_label_a)", f"{_GPT} (37_duplicate_label_b)")
    },
    "S8_adv_keys_files": {_M: (f"{_M} (33_dataset_key_variants)", f"{_M} (34_file_variants)")},
}
"""B5: runs that eval-analyzer averages, and their labels here."""

RENAMED_DATASETS = {"": "datasets/"}
"""B12: the dataset whose name eval-analyzer loses."""

OVERVIEW = ("Mean Δ", "Median Δ", "Win", "Lose", "Tie")


@dataclass(frozen=True)
class Golden:
    """What eval-analyzer was asked, and the CSV files that it offered, by name."""

    controls: Mapping[str, Any]
    downloads: Mapping[str, str]

    @classmethod
    def of(cls, payload: Mapping[str, Any]) -> Golden:
        files = {item["file_name"]: item["text"] for item in payload["downloads"]}
        assert len(files) == len(payload["downloads"])
        return cls(payload["controls"], files)

    @property
    def scale(self) -> int:
        return 100 if self.controls.get("norm") else 1

    def table(self, name: str) -> list[Row] | None:
        """Rows of a CSV, numbers as numbers, empty cells as None; None: it was not offered."""
        text = self.downloads.get(f"{name}.csv")
        return None if text is None else parse_csv(text)

    def pages(self) -> dict[str, list[Row]]:
        """The pages of scores, by the stem of their names, in their order."""
        return {
            name.removesuffix(".csv"): parse_csv(text)
            for name, text in self.downloads.items()
            if name.startswith("twinkle_")
        }


@dataclass(frozen=True)
class Case:
    """A golden file of a set, with the set's tables.

    Attributes:
        reference: What eval-analyzer showed on the same scale with nothing else chosen: the numbers
            that must still be here where a defect made eval-analyzer show none.
    """

    set_name: str
    golden: Golden
    reference: Golden
    tables: Tables

    @property
    def dataset(self) -> str:
        """The dataset's name in the golden files."""
        return str(self.golden.controls["ds"])

    @property
    def scale(self) -> int:
        return self.golden.scale

    @property
    def categories(self) -> Mapping[str, tuple[str, ...]]:
        return MERGED_CATEGORIES.get((self.set_name, self.dataset), {})

    @property
    def runs(self) -> Mapping[str, tuple[str, ...]]:
        return MERGED_RUNS.get(self.set_name, {})

    @property
    def name(self) -> str:
        """The dataset's name here."""
        return RENAMED_DATASETS.get(self.dataset, self.dataset)

    def view(self) -> View:
        """The view that makes the choices of the golden file, without its threshold."""
        controls = self.golden.controls
        chosen = controls.get("cand")
        return View(
            dataset=self.name,
            scale=100 if self.scale == 100 else 1,
            sort=SCORE_SORTS[controls.get("sort", "依整體平均由高到低")],
            page_size=controls.get("page", 20),
            baseline=controls.get("base", self._first_run),
            candidates=None if chosen is None else tuple(chosen),
            delta_sort=DELTA_SORTS[controls.get("dsort", "Δ 由大到小（提升最多）")],
            min_delta=controls.get("dthr", 0.0) / self.scale,
            top=controls.get("topk", 10),
        )

    @cached_property
    def _first_run(self) -> str:
        return min(list(select(self.tables, View(dataset=self.name)).runs))

    def thresholds(self) -> list[Threshold | None]:
        """The score thresholds of the golden file; several where it has several runs in one."""
        controls = self.golden.controls
        if not controls.get("thr"):
            return [None]
        at_least = controls["mode"] == "顯示 ≥ 閾值"
        value = controls["tval"] / self.scale
        run = controls.get("model")
        runs = [None] if run is None else self.runs.get(run, (run,))
        return [Threshold(at_least, value, label) for label in runs]


def make_case(set_name: str, file: str, files: Mapping[str, Golden], tables: Tables) -> Case:
    """The case of a golden file ``<dataset>__<variant>.json`` among the files of its set."""
    golden = files[file]
    stem = file.rpartition("__")[0]
    reference = files[f"{stem}__{'norm100' if golden.scale == 100 else 'base'}.json"]
    return Case(set_name, golden, reference, tables)


def near(number: Any) -> Any:
    """Equal at the golden files' precision; missing is only equal to missing."""
    return None if number is None else pytest.approx(number, rel=1e-9, abs=1e-12)


def parse_csv(text: str) -> list[Row]:
    """Rows of a golden CSV: every column of numbers becomes numbers, empty cells None."""
    rows: list[Row] = list(csv.DictReader(io.StringIO(text)))
    texts = {"category", "candidate", "Candidate", COVERAGE}
    for row in rows:
        for name in set(row) - texts:
            row[name] = float(row[name]) if row[name] else None
    return rows


def load_set(root: Path, inputs: Iterable[str]) -> Tables:
    """The tables of a set's input files."""
    return keyed_by_label(load([root / name for name in inputs]).tables())


# --- scores -------------------------------------------------------------------------------------


def check_scores(case: Case) -> set[str]:
    """Compare the pages of scores; returns where float noise decided."""
    view = case.view()
    every = scores.score_report(select(case.tables, view))
    reports = [
        scores.score_report(select(case.tables, replace(view, threshold=threshold)))
        for threshold in case.thresholds()
    ]
    kept = {name for report in reports for name in report.body["category"]}
    pages = case.golden.pages()
    wanted = {row["category"]: row for page in pages.values() for row in page}
    assert len(wanted) == sum(map(len, pages.values()))
    ours = {row["category"]: row for row in every.body.to_dicts()}
    extras = _mended_threshold(case, ours, kept, set(wanted))
    _check_score_values(case, ours, wanted)
    if len(reports) == 1:
        order = [row for row in reports[0].body.to_dicts() if row["category"] not in extras]
        _check_score_order(case, order, list(wanted.values()))
        _check_pages(case, reports[0], [] if extras or case.categories else list(pages))
    if not kept:
        assert reports[0].empty.startswith("No category has a score ")
    return {f"B3 {name}" for name in extras}


def _mended_threshold(
    case: Case, ours: Mapping[str, Row], kept: set[str], wanted: set[str]
) -> set[str]:
    """Categories that are kept here alone: a score is the threshold itself but for float noise."""
    groups = {part: whole for whole, parts in case.categories.items() for part in parts}
    extras = {name for name in kept if groups.get(name, name) not in wanted}
    assert {groups.get(name, name) for name in kept - extras} == wanted
    for name in extras:
        numbers = [
            score / case.scale
            for threshold in case.thresholds()
            if threshold is not None
            for run, score in ours[name].items()
            if run != "category" and score is not None and threshold.run in (None, run)
        ]
        value = case.golden.controls["tval"] / case.scale
        assert any(abs(number - value) < 1e-9 for number in numbers), name
    return extras


def _check_score_values(case: Case, ours: Mapping[str, Row], wanted: Mapping[str, Row]) -> None:
    labels = set(case.tables.runs["run"]) - {label for part in case.runs.values() for label in part}
    for category, row in wanted.items():
        rows = [ours[name] for name in case.categories.get(category, (category,))]
        assert set(row) - {"category"} <= labels | set(case.runs)
        for label in labels | set(case.runs):
            names = case.runs.get(label, (label,))
            values = [part[name] for part in rows for name in names if part.get(name) is not None]
            expected = statistics.fmean(values) if values else None
            assert expected == near(row.get(label)), (category, label)


def _check_score_order(case: Case, ours: Sequence[Row], wanted: Sequence[Row]) -> None:
    parts = {name for names in case.categories.values() for name in names}
    own = [row for row in ours if row["category"] not in parts]
    golden = [row for row in wanted if row["category"] not in case.categories]
    key = _name_key if case.view().sort == "name" else _mean_key
    assert [key(row) for row in own] == [
        near(value) if isinstance(value, float) else value for value in map(key, golden)
    ]


def _name_key(row: Row) -> object:
    return row["category"]


def _mean_key(row: Row) -> object:
    return statistics.fmean(v for k, v in row.items() if k != "category" and v is not None)


def _check_pages(case: Case, report: Report, names: list[str]) -> None:
    """Pages together are the report; their names are the golden files' names."""
    size = case.view().page_size
    assert size is not None
    pages = [report.page(size, number) for number in range(page_count(report.body.height, size))]
    assert [row for page in pages for row in page.body.iter_rows()] == report.body.rows()
    assert all(page.body.height <= size for page in pages)
    if names:
        prefix = f"twinkle_{case.dataset}_"
        here = [name.replace(prefix, f"twinkle_{case.name}_", 1) for name in names]
        assert [page.name for page in pages] == here


# --- differences --------------------------------------------------------------------------------


def check_delta(case: Case) -> set[str]:
    """Compare all CSV files of the baseline section; returns where float noise decided."""
    view = case.view()
    offered = case.golden.table(f"delta_{case.dataset}_ALL")
    if len(list(select(case.tables, view).runs)) == 1 or view.candidates == ():
        assert offered is None
        report = delta.delta_report(select(case.tables, view))
        assert report.body.is_empty()
        assert report.empty.startswith("Choose a candidate")
        return set()
    if offered is None and not _comparable(case):
        return _check_nothing_in_common(case)
    if offered is None:  # B4, or B13 by a filter or by the least difference
        chosen = case.golden.controls.get("cand", ())
        assert view.baseline in chosen or not case.golden.pages() or view.min_delta
    full = _all_differences(case)
    ours = delta.delta_report(select(case.tables, replace(view, min_delta=0.0))).body.to_dicts()
    _check_differences(case, ours, full)
    defects = _check_min_delta(case, ours, offered)
    defects |= _check_overview(case, ours, full)
    for candidate in sorted({row["candidate"] for row in full}):
        _check_movers(case, candidate, ours, full)
    return defects


def _comparable(case: Case) -> bool:
    """Whether the golden reference has the differences of this case: same baseline."""
    base = case.golden.controls.get("base")
    return base is None and case.reference.table(f"delta_{case.dataset}_ALL") is not None


def _check_nothing_in_common(case: Case) -> set[str]:
    view = case.view()
    assert delta.delta_report(select(case.tables, view)).body.is_empty()
    overview = delta.overview_report(select(case.tables, view)).body
    assert overview["Mean Δ"].null_count() == overview.height > 0
    assert all(text.startswith("0/") for text in overview[COVERAGE])
    for direction in ("top", "bottom"):
        assert delta.movers_report(select(case.tables, view), None, direction).body.is_empty()
    return set()


def _offered(case: Case, name: str) -> list[Row]:
    """A golden table, from the reference where a defect hides it; chosen candidates only."""
    table = case.golden.table(name)
    if table is None:
        table = case.reference.table(name)
        assert table is not None, name
    chosen = case.golden.controls.get("cand")
    label = "Candidate" if table and "Candidate" in table[0] else "candidate"
    return [row for row in table if chosen is None or row.get(label, chosen[0]) in chosen]


def _all_differences(case: Case) -> list[Row]:
    """The golden differences before the least one that is shown."""
    if not case.golden.controls.get("dthr"):
        return _offered(case, f"delta_{case.dataset}_ALL")
    table = case.reference.table(f"delta_{case.dataset}_ALL")
    assert table is not None
    return table


def _check_differences(case: Case, ours: Sequence[Row], wanted: Sequence[Row]) -> None:
    own = {(row["category"], row["candidate"]): row for row in _merged(case, ours)}
    golden = {(row["category"], row["candidate"]): row for row in wanted}
    assert own.keys() == golden.keys()
    for key, row in golden.items():
        for name in ("baseline_score", "candidate_score", "delta"):
            assert own[key][name] == near(row[name]), (key, name)


def _merged(case: Case, rows: Sequence[Row]) -> list[Row]:
    """Rows with the categories that eval-analyzer averages averaged as it does."""
    groups = {part: whole for whole, parts in case.categories.items() for part in parts}
    found: dict[tuple[str, str], list[Row]] = defaultdict(list)
    for row in rows:
        name: str = row["category"]
        found[groups.get(name, name), row["candidate"]].append(row)
    return [
        {
            "category": category,
            "candidate": candidate,
            **{
                name: statistics.fmean(part[name] for part in parts)
                for name in ("baseline_score", "candidate_score", "delta")
            },
        }
        for (category, candidate), parts in found.items()
    ]


def _check_min_delta(case: Case, full: Sequence[Row], offered: list[Row] | None) -> set[str]:
    """The rows that are shown, their order, the columns, and the name."""
    view = case.view()
    report = delta.delta_report(select(case.tables, view))
    shown = report.body.to_dicts()
    least = view.min_delta * case.scale - 1e-9 * case.scale
    assert _keys(shown) == _keys(row for row in full if abs(row["delta"]) >= least)
    assert [row for row in full if row in shown] == shown
    assert report.name == f"delta_{case.name}_ALL_vs_{view.baseline}"
    if offered is None:
        if not view.min_delta:
            return set()
        offered = []
    assert all([column.name for column in report.columns] == list(row) for row in offered)
    extras = {key for key in _keys(shown) - _keys(offered) if key[0] not in _parts(case)}
    limit = view.min_delta * case.scale
    by_key = {(row["category"], row["candidate"]): row for row in shown}
    assert all(abs(abs(by_key[key]["delta"]) - limit) < 1e-9 * case.scale for key in extras)
    order = [
        row
        for row in shown
        if (row["category"], row["candidate"]) not in extras and row["category"] not in _parts(case)
    ]
    golden = [row for row in offered if row["category"] not in case.categories]
    key = _ORDER[view.delta_sort]
    assert [key(row) for row in order] == [
        (name, near(value) if isinstance(value, float) else value)
        for name, value in map(key, golden)
    ]
    return {f"B2 {category}" for category, _ in extras}


_ORDER: dict[DeltaSort, Callable[[Row], tuple[object, object]]] = {
    "abs": lambda row: (row["candidate"], abs(row["delta"])),
    "down": lambda row: (row["candidate"], row["delta"]),
    "up": lambda row: (row["candidate"], row["delta"]),
    "name": lambda row: (row["category"], row["candidate"]),
}


def _parts(case: Case) -> set[str]:
    return {part for parts in case.categories.values() for part in parts}


def _keys(rows: Iterable[Row]) -> set[tuple[str, str]]:
    return {(row["category"], row["candidate"]) for row in rows}


def _check_overview(case: Case, full: Sequence[Row], golden_full: Sequence[Row]) -> set[str]:
    """Golden numbers; those counted or averaged over other categories follow from the rows."""
    view = case.view()
    report = delta.overview_report(select(case.tables, view))
    assert report.name == f"delta_overview_{case.name}_vs_{view.baseline}"
    golden = {row["Candidate"]: row for row in _offered(case, f"delta_overview_{case.dataset}")}
    columns = [column.name for column in report.columns if not column.aside]
    assert columns == list(next(iter(golden.values())))
    ours = {row["Candidate"]: row for row in report.body.to_dicts()}
    assert golden.keys() <= ours.keys()
    for candidate in ours.keys() - golden.keys():  # eval-analyzer leaves them out silently
        assert ours[candidate]["Mean Δ"] is None
        assert ours[candidate][COVERAGE].startswith("0/")
    defects = set()
    for candidate, row in golden.items():
        whole = _summary(golden_full, candidate, case.scale)
        own = _summary(full, candidate, case.scale)
        for name in OVERVIEW:
            assert ours[candidate][name] == near(own[name]), (candidate, name)
            if row[name] != near(whole[name]):
                assert name in ("Win", "Lose", "Tie"), (candidate, name)
                defects.add(f"B1 {candidate}")
            elif not case.categories:
                assert ours[candidate][name] == near(row[name]), (candidate, name)
        if not case.categories:
            assert ours[candidate][COVERAGE] == row[COVERAGE]
    known = [row for row in report.body.to_dicts() if row["Mean Δ"] is not None]
    if not case.categories:
        order = [row["Mean Δ"] for row in golden.values()]
        assert [row["Mean Δ"] for row in known] == [near(value) for value in order]
    return defects


def _summary(rows: Sequence[Row], candidate: str, scale: int) -> Row:
    deltas = [row["delta"] for row in rows if row["candidate"] == candidate]
    noise = 1e-9 * scale
    return {
        "Mean Δ": statistics.fmean(deltas),
        "Median Δ": statistics.median(deltas),
        "Win": sum(value > noise for value in deltas),
        "Lose": sum(value < -noise for value in deltas),
        "Tie": sum(abs(value) <= noise for value in deltas),
    }


def _check_movers(
    case: Case, candidate: str, full: Sequence[Row], golden_full: Sequence[Row]
) -> None:
    """Golden lists without what is no improvement, or no decline; the order of ties is free."""
    view = case.view()
    noise = 1e-9 * case.scale
    for direction, sign in (("top", 1), ("bottom", -1)):
        report = delta.movers_report(
            select(case.tables, view), candidate, "top" if direction == "top" else "bottom"
        )
        name = f"delta_{direction}_{case.dataset}_{candidate}"
        assert report.name == f"delta_{direction}_{case.name}_{candidate}_vs_{view.baseline}"
        golden = _offered(case, name)
        assert [column.name for column in report.columns] == list(golden[0])
        if case.categories:
            own = (row for row in full if row["candidate"] == candidate)
            golden = sorted(own, key=lambda row: -sign * row["delta"])[: view.top]
        wanted = [row["delta"] for row in golden if sign * row["delta"] > noise]
        rows = report.body.to_dicts()
        assert [row["delta"] for row in rows] == [near(value) for value in wanted]
        source = full if case.categories else golden_full
        scores_of = {row["category"]: row for row in source if row["candidate"] == candidate}
        assert len({row["category"] for row in rows}) == len(rows)
        for row in rows:
            for column in ("baseline_score", "candidate_score", "delta"):
                assert row[column] == near(scores_of[row["category"]][column])


# --- rows of single files -----------------------------------------------------------------------


def score_rows(tables: Tables) -> list[Row]:
    """Accuracies by category in the form of the golden rows: missing ones and averages left out."""
    rows = [
        row
        for row in tables.scores.to_dicts()
        if row["metric"] == "accuracy_mean"
        and row["repeat"] is None
        and row["category"] is not None
        and row["value"] is not None
    ]
    return [
        {
            "dataset": row["dataset"],
            "category": row["category"],
            "file": row["file"],
            "accuracy_mean": row["value"],
            "source_label": tables.labels[row["run"]],
        }
        for row in rows
    ]


def check_rows(ours: Sequence[Row], golden: Sequence[Row], *also: str) -> None:
    """The same rows in any order; ``also``: columns besides those that every row has."""
    names = (*also, "dataset", "category", "source_label", "accuracy_mean")
    own = sorted(tuple(row[name] for name in names) for row in ours)
    wanted = sorted(tuple(row[name] for name in names) for row in golden)
    assert [row[:-1] for row in own] == [row[:-1] for row in wanted]
    assert [row[-1] for row in own] == [near(row[-1]) for row in wanted]


BASE, CAND = "base @ t1", "cand @ t2"
"""The runs of S6_adv_float_ties."""


def expected_noise(set_name: str, file: str) -> set[str]:
    """Where eval-analyzer counts float noise as wins and losses (B1), or drops it (B2)."""
    if set_name != "S6_adv_float_ties" or file == "d__no_candidate.json":
        return set()
    swapped = file in ("d__baseline_last_top3.json", "d__one_candidate.json")
    wins = {f"B1 {BASE if swapped else CAND}"}
    return wins | ({"B2 k5"} if file == "d__delta_thr_0.1.json" else set())
