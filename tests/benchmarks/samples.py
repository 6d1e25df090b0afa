"""Gigabytes of answers: read, opened again, scrolled, sorted and filtered.

The first part has files of lm-evaluation-harness's answers, 200 MB and 1 GB, made from rows of the
corpus (gsm8k, two filters, 4.8 kB a row), every row with a number and a hash of its own. Each
figure is of a process of its own, and of the children that it starts: CPU time is that of all of
them, and peak memory is what they hold together (VmRSS, looked at every 10 ms, what they share
counted in each). All are measured in turn, three times; the best counts. Imports are not counted,
and the bytes are in the page cache.

- plain: the bytes read in pieces of 1 MB.
- DuckDB: `read_ndjson` of the same columns (number, hash, prompt hash, filter, score, response as
  JSON) into a table, mean by filter from it; threads as it likes. It needs ``pip install duckdb``.
- tui-eval: `samples.read_samples` without cache, to the first rows, to all rows and their mean by
  filter; then with a cache, twice.
- The app in a pseudo-terminal: from key 4 to the first question on the screen, and to all of them;
  again with what was kept in the cache.

The second part has 1,000,000 rows of answers, of two runs, in the app, headless: milliseconds from
a key to the painted screen while scrolling, sorting and filtering; then in a pseudo-terminal how
many bytes a step of the cursor costs.

Aim: all aggregates within 1.3x of DuckDB's wall time and under 350 MB for 1 GB; first rows within
1 s; second opening within 0.5 s; a key within 33 ms at the 99th percentile, the next answer within
50 ms.

    python -m tests.benchmarks samples
"""

from __future__ import annotations

import asyncio
import json
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from hashlib import sha256
from itertools import count
from pathlib import Path
from statistics import median

from textual.widgets import Input

from tests.benchmarks.keys import KEYS, Watch, answers, press, press_often, quiet, show_keys
from tests.benchmarks.measure import (
    ROOT,
    Child,
    Cost,
    app_command,
    percentile,
    recorded,
    resident,
    show,
)
from tui_eval.analysis.selection import select
from tui_eval.analysis.view import View
from tui_eval.loading.collection import load
from tui_eval.tui.app import TuiEvalApp
from tui_eval.tui.screens.samples import SamplesScreen
from tui_eval.tui.widgets.answer_pane import AnswerPane

SIZES = (200_000_000, 1_000_000_000)
RECORDED = "lmeval/v0.4.13/sim__delta-70b"
QUESTIONS = 500_000
FILTERED = 10
STAMP = "2026-01-01T00-00-00.000000"
_ID = re.compile(rb'"doc_id": \d+')
_HASH = re.compile(rb'"doc_hash": "[0-9a-f]+"')

_PROLOGUE = """
import os, sys, time
from pathlib import Path

def cpu_time():
    return sum(os.times()[:4])

folder, cache = Path(sys.argv[1]), Path(sys.argv[2])
(file,) = folder.rglob("samples_*.jsonl")
"""
_EPILOGUE = """
import json
print(json.dumps([first, whole, cpu]))
"""
_PLAIN = """
began, began_cpu = time.perf_counter(), cpu_time()
with file.open("rb") as opened:
    while opened.read(1 << 20):
        pass
first = whole = time.perf_counter() - began
cpu = cpu_time() - began_cpu
"""
_DUCKDB = """
import duckdb
began, began_cpu = time.perf_counter(), cpu_time()
connection = duckdb.connect()
connection.execute("set enable_progress_bar = false")
connection.execute(
    "create temp table answers as select doc_id, filter, doc_hash, prompt_hash, exact_match, "
    "length(json_extract_string(resps, '$[0][0]')) as length from read_ndjson(?, columns={"
    "doc_id: 'BIGINT', filter: 'VARCHAR', doc_hash: 'VARCHAR', prompt_hash: 'VARCHAR', "
    "exact_match: 'DOUBLE', resps: 'JSON'}, maximum_object_size=100000000)",
    [str(file)],
)
connection.execute("select filter, avg(exact_match) from answers group by filter").fetchall()
first = whole = time.perf_counter() - began
cpu = cpu_time() - began_cpu
"""
_EMPTIED = """
import shutil
shutil.rmtree(cache, ignore_errors=True)
"""
_OURS = """
from tui_eval.loading.cache import Cache
from tui_eval.loading.collection import load
from tui_eval.loading.passes import read_samples
import polars as pl
collection = load([folder])
tables = collection.tables()
runs = dict(zip(tables.runs["run"], collection.runs))
began, began_cpu, first = time.perf_counter(), cpu_time(), None
for samples in read_samples(runs, tables, tables, "gsm8k", Cache(cache if {cached} else None)):
    first = first or time.perf_counter() - began
means = samples.rows.group_by("metric", "filter").agg(pl.col("score").mean())
whole = time.perf_counter() - began
cpu = cpu_time() - began_cpu
"""


def run() -> None:
    """Measure and print."""
    for size in SIZES:
        with tempfile.TemporaryDirectory() as temporary:
            folder = Path(temporary) / "results"
            write_run(folder, size)
            _measure_files(folder, Path(temporary) / "cache")
            _measure_app(folder, Path(temporary))
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary) / "results"
        for model in ("alpha", "beta"):
            write_short_run(folder, model, QUESTIONS)
        asyncio.run(_measure_keys(folder))
        _measure_bytes(folder, Path(temporary))


def corpus_rows() -> list[bytes]:
    """The rows of gsm8k of one run of the corpus, as they stand in its file."""
    (file,) = recorded(RECORDED).glob("samples_gsm8k_*.jsonl")
    return file.read_bytes().splitlines(keepends=True)


def write_run(folder: Path, size: int) -> None:
    """A run with so many bytes of answers, no question twice."""
    (results,) = (
        file
        for file in recorded(RECORDED).glob("results_*.json")
        if next(iter(json.loads(file.read_bytes())["results"])) == "gsm8k"
    )
    folder.mkdir(parents=True)
    (folder / f"results_{STAMP}.json").write_bytes(results.read_bytes())
    with (folder / f"samples_gsm8k_{STAMP}.jsonl").open("wb") as file:
        for row in _many(corpus_rows(), size):
            file.write(row)


def _many(rows: list[bytes], size: int) -> Iterator[bytes]:
    """Rows over and over, the numbers and hashes of each round its own."""
    written = 0
    for again in count():
        for row in rows:
            number = int(_ID.search(row)[0].split()[1]) + again * len(rows)  # type: ignore[index]
            fresh = sha256(b"%d" % number).hexdigest().encode()
            row = _ID.sub(b'"doc_id": %d' % number, row, count=1)
            row = _HASH.sub(b'"doc_hash": "%b"' % fresh, row, count=1)
            yield row
            written += len(row)
            if written >= size:
                return


def write_short_run(folder: Path, model: str, questions: int, task: str = "short") -> None:
    """A run with very many short answers."""
    place = folder / model
    place.mkdir(parents=True)
    right = [sha256(f"{model} {number}".encode()).digest()[0] < 150 for number in range(questions)]
    numbers = {"exact_match,none": sum(right) / questions, "alias": task}
    document = {
        "results": {task: numbers},
        "configs": {task: {"output_type": "generate_until"}},
        "versions": {task: 1},
        "n-shot": {task: 0},
        "higher_is_better": {task: {"exact_match": True}},
        "config": {"model": "hf"},
        "model_name": model,
    }
    (place / f"results_{STAMP}.json").write_text(json.dumps(document))
    with (place / f"samples_{task}_{STAMP}.jsonl").open("w") as file:
        for number, is_right in enumerate(right):
            answer = str(number if is_right else number + 1)
            row = {
                "doc_id": number,
                "doc": {"n": number},
                "target": str(number),
                "arguments": {"gen_args_0": {"arg_0": f"What is {number}?", "arg_1": {}}},
                "resps": [[answer]],
                "filtered_resps": [answer],
                "filter": "none",
                "metrics": ["exact_match"],
                "doc_hash": sha256(b"%d" % number).hexdigest(),
                "prompt_hash": "0" * 64,
                "target_hash": "0" * 64,
                "exact_match": float(is_right),
            }
            file.write(json.dumps(row) + "\n")


def _measure_files(folder: Path, cache: Path) -> None:
    size = sum(file.stat().st_size for file in folder.rglob("*.jsonl")) / 1e6
    codes = {
        "plain read": _PLAIN,
        "DuckDB": _DUCKDB,
        "tui-eval": _OURS.format(cached=False),
        "tui-eval, fills its cache": _EMPTIED + _OURS.format(cached=True),
        "tui-eval, from its cache": _OURS.format(cached=True),
    }
    costs = _best_of_three(codes, folder, cache)
    base = costs["DuckDB"][1]
    rows = [
        (name, first * 1000, whole * 1000, whole / base, cpu * 1000, peak)
        for name, (first, whole, cpu, peak) in costs.items()
    ]
    headings = ("", "first rows ms", "all ms", "x DuckDB", "CPU ms", "peak MB")
    show(f"{size:.0f} MB of answers", headings, rows)


def _best_of_three(codes: dict[str, str], folder: Path, cache: Path) -> dict[str, list[float]]:
    """First rows, all, CPU (s) and peak memory (MB) of each, measured in turn."""
    rounds = [{name: _apart(code, folder, cache) for name, code in codes.items()} for _ in range(3)]
    return {
        name: [min(values) for values in zip(*(one[name] for one in rounds), strict=True)]
        for name in codes
    }


def _apart(code: str, folder: Path, cache: Path) -> list[float]:
    """First rows, all, CPU (s) and peak memory (MB) of a process and its children."""
    words = [sys.executable, "-c", _PROLOGUE + code + _EPILOGUE, str(folder), str(cache)]
    started = subprocess.Popen(words, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    peak = 0.0
    while started.poll() is None:
        peak = max(peak, resident(started.pid))
        time.sleep(0.01)
    out, errors = started.communicate()
    if started.returncode:
        print(errors.decode().strip().splitlines()[-1])
        return [float("nan")] * 4
    return [*json.loads(out), peak]


def _measure_app(folder: Path, home: Path) -> None:
    rows = []
    marker = f"{_questions_in(folder)} questions"
    for name in ("first opening", "second opening"):
        child = Child(["env", f"HOME={home}", *app_command(folder)])
        child.wait_for("exact_match")
        child.drain()
        start, began = len(child.raw), time.perf_counter()
        child.write(b"4")
        child.wait_for(" questions", start, timeout=120)
        first = time.perf_counter() - began
        child.wait_for(marker, start, timeout=120)
        rows.append((name, first * 1000, (time.perf_counter() - began) * 1000))
        child.drain()
        child.kill()
    show("the app: key 4 to what is on the screen (ms)", ("", "first rows", "all"), rows)


def _questions_in(folder: Path) -> int:
    """How many questions the app will show: those with the filter that it begins with."""
    metric = select(load([folder]).tables(), View(dataset="gsm8k")).metric
    (file,) = folder.rglob("samples_*.jsonl")
    wanted = f'"filter": "{metric.filter if metric else None}"'.encode()
    with file.open("rb") as opened:
        return sum(wanted in row for row in opened)


# keys, headless


class _Pane(Watch):
    """Tells when the answers of another question were painted."""

    def __init__(self, app: TuiEvalApp, pane: AnswerPane) -> None:
        self._pane = pane
        super().__init__(app, pane)  # type: ignore[arg-type]

    def _state(self) -> tuple[object, ...]:
        return (id(self._pane._lines),)


async def _measure_keys(folder: Path) -> None:
    app = TuiEvalApp([folder], caches=False)
    async with app.run_test(size=(120, 40)) as pilot:
        while app.session.tables is None or app.session.data.is_loading:
            await asyncio.sleep(0.01)
        await quiet(pilot)
        began = time.perf_counter()
        lags = await _lags_while_read(app)
        took = time.perf_counter() - began
        figures = (percentile(lags, 50), percentile(lags, 99), max(lags), took * 1000)
        headings = ("", "p50", "p99", "max", "took")
        title = f"how late a key would be while {2 * QUESTIONS} answers are read (ms)"
        show(title, headings, [("", *figures)])
        await quiet(pilot)
        screen = app.screen
        assert isinstance(screen, SamplesScreen)
        costs: dict[str, list[Cost]] = {}
        watch = Watch(app, screen.table)
        for name in ("down", "pagedown", "G", "right"):
            costs[name] = await press_often(app, watch, name)
            await quiet(pilot)
        for column in ("id", "a.score", "b.length", "flip"):
            screen.table.move_cursor(row=0, column_key=column)
            costs[f"sort by {column}"] = await press_often(app, watch, "right_square_bracket")
            await quiet(pilot)
        screen.action_sort()
        await quiet(pilot)
        for where in ("a.wrong and b.correct", "len(response) > 5"):
            costs[f"only {where}"], costs[f"lift {where}"] = [], []
            for _ in range(FILTERED):
                screen.action_where()
                screen.query_one("#prompt", Input).value = where
                await quiet(pilot)
                for name, key in ((f"only {where}", KEYS["enter"]), (f"lift {where}", KEYS["T"])):
                    cost = await press(app, watch, key)
                    costs[name] += [cost] if cost else []
                    await quiet(pilot)
        show_keys(f"Key to painted table, headless, 120x40, {2 * QUESTIONS} answers", costs)
        answers = {"next question": await press_often(app, _Pane(app, screen.pane), "J")}
        show_keys("Key to painted answers", answers)


async def _lags_while_read(app: TuiEvalApp) -> list[float]:
    """Press 4, and until all answers are shown see how late the event loop comes to a task."""
    lags = []
    app.action_show_samples()
    while app.session.samples is None or not app.session.samples.is_whole:
        began = time.perf_counter()
        await asyncio.sleep(0.002)
        lags.append((time.perf_counter() - began) * 1000 - 2)
    return lags


# in a terminal


def _measure_bytes(folder: Path, home: Path) -> None:
    child = Child(["env", f"HOME={home}", *app_command(folder)])
    child.wait_for("exact_match")
    child.drain()
    child.write(b"4")
    child.wait_for(f"{QUESTIONS} questions", timeout=300)
    child.drain(3.0)
    rows = []
    for name in ("down", "pagedown", "right"):
        waits, sizes = zip(*answers(child, KEYS[name], 20), strict=True)
        rows.append((name, min(waits), median(waits), percentile(waits, 99), round(median(sizes))))
    child.kill()
    headings = ("", "wall min", "p50", "p99", "bytes")
    show("Key to the last byte of table and answers in a terminal, 120x40 (ms)", headings, rows)


if __name__ == "__main__":
    run()
