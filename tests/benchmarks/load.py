"""Fifty result files read, and the first table of them, against eval-analyzer's own parsing.

The files are twinkle/load50 of the corpus: 50 runs, one a file. Measured in one process, imports
left out, garbage collected before each measurement:

- `json.loads` of the bytes alone: the floor of anything that uses Python's own parser;
- eval-analyzer: what formats/twinkle.md 1.1-1.3 says it does with pandas until its first pivot
  table (encodings in turn, one DataFrame a file, mean by category, sort, page, pivot). It does all
  of that again on every click, and draws all pages;
- tui-eval: `collection.load`, its tables, the score report, its first page, the cells of the grid.
  It reads more of each file: std, single runs, pass@k, unparsed counts.

Then the app: wall time until a first table is drawn, and until all 50 runs are in it, headless
(imports done) and in a real pseudo-terminal (spawn to text, everything included).

    python -m tests.benchmarks load
"""

from __future__ import annotations

import asyncio
import gc
import json
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from pathlib import Path, PurePosixPath
from typing import Any

import numpy as np
import pandas as pd

from tests.benchmarks.measure import (
    Cost,
    Stopwatch,
    app_command,
    interleaved,
    recorded,
    show_costs,
    timed,
    until,
)
from tui_eval.analysis.scores import score_report
from tui_eval.analysis.selection import datasets, select
from tui_eval.analysis.view import View
from tui_eval.loading.collection import Collection, load
from tui_eval.render.grid import ReportGrid
from tui_eval.tui.app import TuiEvalApp
from tui_eval.tui.widgets.frame_table import FrameTable

REPEATS = 7
PAGE = 20
ENCODINGS = ("utf-8", "utf-16", "utf-16le", "utf-16be", "big5", "cp950")


def run() -> None:
    """Measure and print."""
    folder = recorded("twinkle/load50")
    files = sorted(folder.glob("*.json"))
    megabytes = sum(file.stat().st_size for file in files) / 1e6
    title = f"{len(files)} files, {megabytes:.1f} MB, to the first page of {PAGE} categories"
    works: dict[str, Callable[[], object]] = {
        "eval-analyzer (pandas)": partial(eval_analyzer, files),
        "tui-eval": partial(tui_eval, folder),
        "json.loads alone": partial(json_alone, files),
    }
    costs = interleaved({name: partial(_clean, work) for name, work in works.items()}, REPEATS)
    show_costs(title, costs, "eval-analyzer (pandas)")

    collection = load([folder])
    steps: dict[str, Callable[[], object]] = {
        "find, parse, score frames": partial(load, [folder]),
        "tables": partial(_tables, collection),
        "report, page, grid": partial(_first_page, collection),
    }
    costs = interleaved({name: partial(_clean, work) for name, work in steps.items()}, REPEATS)
    show_costs("Steps of tui-eval", costs, "find, parse, score frames")

    headless = {
        "first table": partial(_in_app, folder, 1),
        "all runs": partial(_in_app, folder, len(files)),
    }
    show_costs("App, headless, 120x40", interleaved(headless, 5), "first table")
    command = app_command(folder)
    runs = {
        "first frame": partial(until, command, "Export"),
        "first table": partial(until, command, "mean over"),
        "all runs": partial(until, command, f"{len(files)} runs in {len(files)} files"),
    }
    show_costs("App, spawned in a terminal, 120x40", interleaved(runs, 5), "first frame")


def json_alone(files: list[Path]) -> list[object]:
    """Nothing but Python's parser."""
    return [json.loads(file.read_bytes()) for file in files]


def tui_eval(folder: Path) -> int:
    """Everything that stands between a folder and the cells of the first table."""
    return _first_page(load([folder]))


def _first_page(collection: Collection) -> int:
    tables = collection.tables()
    report = score_report(select(tables, View(dataset=datasets(tables.scores)[0])))
    grid = ReportGrid(report.page(PAGE, 0))
    return len(grid.rows(0, PAGE)) + len(grid.columns)


def _tables(collection: Collection) -> int:
    collection._tables = None
    return collection.tables().scores.height


def eval_analyzer(files: list[Path]) -> pd.DataFrame:
    """eval-analyzer's way to its first pivot table; its defects are not mended here."""
    frames = []
    averages: dict[str, float] = {}
    for file in files:
        records = _extract_records(_parse(_decode(file.read_bytes())), averages)
        if records:
            frames.append(pd.DataFrame(records))
    everything = pd.concat(frames, ignore_index=True)
    dataset = sorted(everything["dataset"].unique())[0]
    shown = everything[everything["dataset"] == dataset].copy()
    metric = "accuracy_mean"
    shown[metric] = shown[metric] * 1.0
    means = shown.groupby("category")[metric].mean()
    order = means.sort_values(ascending=False).index.tolist()
    page = shown[shown["category"].isin(order[:PAGE])]
    pivot = page.pivot_table(index="category", columns="source_label", values=metric)
    return pivot.reindex(order[:PAGE]).reset_index()


def _decode(data: bytes) -> str:
    for encoding in ENCODINGS:
        try:
            return data.decode(encoding).strip()
        except UnicodeDecodeError:
            continue
    return data.decode("utf-8", errors="ignore").strip()


def _parse(text: str) -> dict[str, Any]:
    try:
        document = json.loads(text)
    except json.JSONDecodeError:
        document = next(_lines(text))
    if not isinstance(document, dict) or not {"timestamp", "config", "dataset_results"} <= set(
        document
    ):
        raise ValueError("not a result file")
    return document


def _lines(text: str) -> Iterator[object]:
    for line in text.splitlines():
        try:
            yield json.loads(line.strip().rstrip(","))
        except json.JSONDecodeError:
            continue


def _extract_records(
    document: Mapping[str, Any], averages: dict[str, float]
) -> list[dict[str, object]]:
    model = document.get("config", {}).get("model", {}).get("name", "<unknown>")
    label = f"{model} @ {document.get('timestamp', '<no-ts>')}"
    records = []
    for key, content in document["dataset_results"].items():
        dataset = key.split("datasets/")[-1].strip("/") if key.startswith("datasets/") else key
        results = content.get("results", [])
        average = content.get("average_accuracy")
        if average is None and results:
            average = np.mean(
                [float(item["accuracy_mean"]) for item in results if "accuracy_mean" in item]
            )
        averages[dataset] = average
        for item in results:
            if not isinstance(item, dict):
                continue
            path, accuracy = item.get("file"), item.get("accuracy_mean")
            if path is None or accuracy is None:
                continue
            name = PurePosixPath(path).name
            records.append(
                {
                    "dataset": dataset,
                    "category": name.rsplit(".", 1)[0],
                    "file": name,
                    "accuracy_mean": float(accuracy),
                    "source_label": label,
                }
            )
    return records


def _clean(work: Callable[[], object]) -> Cost:
    gc.collect()
    return timed(work)


def _in_app(folder: Path, runs: int) -> Cost:
    """From the constructor until a table of at least so many runs was painted."""

    async def go() -> Cost:
        gc.collect()
        watch = Stopwatch()
        app = TuiEvalApp([folder])
        async with app.run_test(size=(120, 40)) as pilot:
            while True:
                table = app.screen.query(FrameTable)
                grid = table.first().grid if table else None
                if grid is not None and len(grid.columns) > runs:
                    await pilot.pause()
                    return watch.lap()
                await asyncio.sleep(0.002)

    return asyncio.run(go())


if __name__ == "__main__":
    run()
