"""Answers scored again: one run of gsm8k with a new pattern, and a file of a gigabyte.

The first part has one run of the corpus (gsm8k, 1,319 questions). Every figure is the median of
several new patterns, after the answers were read once: milliseconds from the call to the new score
with its standard error, and to the report with the paired difference. Beside it the same patterns
in lm-evaluation-harness's own classes, on the same responses that are in memory already, where it
is installed (``pip install lm-eval``); else in a plain loop of ``re`` and a comparison.

The second part has a file made of the rows of that run, again and again (as ``samples`` makes it;
a size in bytes after the name is another one): seconds, MB/s and peak memory of this process and
its children, of the pass that makes the index and of one that scores all answers of it again. Each
is a process of its own.

Aim: 150 ms for the new score; the pass at least half as fast as that of the index.

    python -m tests.benchmarks rescore
    TUI_EVAL_RESCORE_BYTES=200000000 python -m tests.benchmarks rescore
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from statistics import median
from typing import Any

from tests.benchmarks.measure import ROOT, recorded, resident, show
from tests.benchmarks.samples import write_run
from tui_eval.analysis.rescore_report import rescore_report
from tui_eval.loading.cache import Cache
from tui_eval.loading.collection import load
from tui_eval.loading.passes import read_samples
from tui_eval.loading.rescore import Rescorer
from tui_eval.rescoring.spec import filter_from_spec

RUN = "lmeval/v0.4.13/sim__beta-7b"
RESULTS = "results_2026-11-21T00-28-20.180429.json"
SIZE = int(os.environ.get("TUI_EVAL_RESCORE_BYTES", "1000000000"))
PATTERNS = (
    r"(?:####|A:|[Tt]he answer is)\s*\$?(-?[0-9.,]+)",
    r"A:\s*(-?[0-9.,]+)",
    r"(-?[0-9.,]+)[^0-9]*$",
    r"=\s*(-?[0-9.,]+)",
    r"(-?[$0-9.,]{2,})|(-?[0-9]+)",
)
IGNORED = (r",", r"\$", r"(?s).*#### ", r"\.$")


def run() -> None:
    """Measure and print."""
    _measure_one_run()
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary) / "results"
        write_run(folder, SIZE)
        size = sum(file.stat().st_size for file in folder.rglob("samples_*"))
        rows = []
        for name, program in (("index", _INDEX), ("scored again", _AGAIN)):
            seconds, peak = _apart(program, folder)
            rows.append((name, seconds, size / 1e6 / seconds, peak))
        show(f"{size / 1e6:.0f} MB of answers", ("", "s", "MB/s", "peak MB"), rows)


def _measure_one_run() -> None:
    loaded = load([recorded(RUN) / RESULTS])
    tables = loaded.tables()
    runs = {one.key: one for one in loaded.runs}
    *_, samples = read_samples(runs, tables, tables, "gsm8k", Cache(None))
    rescorer = Rescorer()
    wishes = [filter_from_spec(f"regex:{pattern}") for pattern in PATTERNS]

    def score(wish: Any) -> Any:
        *_, found = rescorer.rescore(
            runs, tables, tables, samples.rows, [wish], states=samples.states
        )
        return found

    def report(wish: Any) -> None:
        found = score(wish)
        rescore_report(tables, samples.rows, found.rows, found.totals)

    rows = [("first of all, to the score", _milliseconds(lambda: score(wishes[0])))]
    for name, act in (("a new pattern, to the score", score), ("to the report", report)):
        rows.append((name, median(_milliseconds(partial(act, wish)) for wish in wishes * 3)))
    name, plain = _theirs()
    times = [_milliseconds(partial(plain, pattern)) for pattern in PATTERNS * 3]
    rows.append((f"{name}, responses in memory", median(times)))
    show("gsm8k, 1,319 questions", ("", "ms"), rows)


def _milliseconds(act: Callable[[], object]) -> float:
    began = time.perf_counter()
    act()
    return (time.perf_counter() - began) * 1000


def _theirs() -> tuple[str, Callable[[str], float]]:
    """What the harness's own classes do, or a loop where it is not installed."""
    (file,) = recorded(RUN).glob("samples_gsm8k_*.jsonl")
    rows = [json.loads(line) for line in file.read_text("utf-8").splitlines()[:1319]]
    responses = [row["resps"][0] for row in rows]
    targets = [row["target"] for row in rows]
    try:
        from lm_eval.api.metrics import exact_match_fn, mean, mean_stderr  # type: ignore
        from lm_eval.filters.extraction import RegexFilter  # type: ignore
    except ImportError:
        return "plain loop", lambda pattern: _loop(pattern, responses, targets)

    def harness(pattern: str) -> float:
        found = RegexFilter(regex_pattern=pattern).apply(responses, rows)
        scores = [
            exact_match_fn(
                predictions=[one[0]],
                references=[target],
                regexes_to_ignore=IGNORED,
                ignore_case=True,
            )["exact_match"]
            for one, target in zip(found, targets, strict=True)
        ]
        mean_stderr(scores)
        return float(mean(scores))

    return "lm_eval", harness


def _loop(pattern: str, responses: list[list[str]], targets: list[str]) -> float:
    wanted, ignored = re.compile(pattern), [re.compile(one) for one in IGNORED]
    right = 0
    for (response, *_), target in zip(responses, targets, strict=True):
        found = wanted.findall(response)
        taken = found[0] if found else "[invalid]"
        if isinstance(taken, tuple):
            taken = next(filter(None, taken), "")
        sides = [taken.strip(), target]
        for one in ignored:
            sides = [one.sub("", side) for side in sides]
        right += sides[0].lower() == sides[1].lower()
    return right / len(targets)


def _apart(program: str, folder: Path) -> tuple[float, float]:
    """Seconds that a program says, and MB that it and its children held at most."""
    words = [sys.executable, "-c", program, str(folder)]
    started = subprocess.Popen(words, cwd=ROOT, stdout=subprocess.PIPE, text=True)
    peak = 0.0
    while started.poll() is None:
        peak = max(peak, resident(started.pid))
        time.sleep(0.01)
    out, _ = started.communicate()
    return float(out or "nan"), peak


_BEGINNING = """
import sys, time
from functools import partial
from pathlib import Path
from tui_eval.loading.cache import Cache
from tui_eval.loading.collection import load
from tui_eval.loading.passes import read_samples
loaded = load([Path(sys.argv[1])])
tables = loaded.tables()
runs = {run.key: run for run in loaded.runs}
began = time.perf_counter()
for samples in read_samples(runs, tables, tables, "gsm8k", Cache(None)):
    pass
"""
_INDEX = f"""{_BEGINNING}
print(time.perf_counter() - began)
"""
_AGAIN = f"""{_BEGINNING}
from tui_eval.loading.rescore import Rescorer
from tui_eval.rescoring.spec import filter_from_spec
wish = filter_from_spec({f"regex:{PATTERNS[0]}"!r})
rows = samples.rows
began = time.perf_counter()
for found in Rescorer().rescore(runs, tables, tables, rows, [wish], states=samples.states):
    pass
assert found.is_whole, found.notes
print(time.perf_counter() - began)
"""
