"""A thousand result files of lm-evaluation-harness read, against `json.loads` of the same bytes.

The files are the result files of lmeval in the corpus, in turn, each with a time and a model of its
own, so that they are a thousand runs; once all of them (0.3 has 20 kB a file and few of them but
numbers), once those of 0.4 alone (9 to 142 kB, most of it configurations of tasks).

- CPU time: `json.loads` of the bytes, `collection.load`, and its tables, which differ from what a
  person waits for by nothing but the drawing. The bytes are in the page cache: they were just
  written. Garbage is collected before each measurement.
- Peak memory: the largest resident set of a process that reads the files and makes the tables, as
  Linux has it (VmHWM): with Python itself, Polars and all; and of one that imports the
  same and reads nothing.
- First rows: wall time from the first file's opening to the first table with its scores.
- Second opening: the same with what the first one kept on disk, against a look at each file (stat),
  and against the first opening, by the CPU time of this process and by wall time.

Aim: within 2x of json.loads, at most 200 MB, first rows within 0.5 s of the first file; the second
opening of 10,000 files of a dozen numbers each within 0.7 s.

    python -m tests.benchmarks many
"""

from __future__ import annotations

import gc
import json
import subprocess
import sys
import tempfile
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from functools import partial
from itertools import cycle, islice
from pathlib import Path

from tests.benchmarks.measure import (
    ROOT,
    Cost,
    Stopwatch,
    best,
    interleaved,
    recorded,
    show,
    show_costs,
    timed,
)
from tui_eval.loading.cache import Cache
from tui_eval.loading.collection import OBJECTS, Collection, find, load

FILES = 1000
SMALL_FILES = 10_000
REPEATS = 3
FIRST = datetime(2026, 1, 1)

IMPORT = "import sys; from pathlib import Path; from tui_eval.loading.collection import load"
READ = f"{IMPORT}; tables = load([Path(sys.argv[1])]).tables()"
PEAK = "print(Path('/proc/self/status').read_text().split('VmHWM:')[1].split()[0])"
"""Not ru_maxrss, which begins with what the parent had before the child was another program."""


def run() -> None:
    """Measure and print."""
    sources = result_files()
    newer = [file for file in sources if "public_v0.3" not in file.parts]
    for title, some in (("0.3 to 0.4", sources), ("0.4 alone", newer)):
        with tempfile.TemporaryDirectory() as temporary:
            folder = Path(temporary)
            write_files(folder, some)
            _measure(f"{FILES} files of {title}", folder)
            _measure_openings(f"{FILES} files of {title}", folder)
    with tempfile.TemporaryDirectory() as temporary:
        write_small_files(Path(temporary))
        _measure_openings(f"{SMALL_FILES} files of a dozen numbers", Path(temporary))


def result_files() -> list[Path]:
    """The harness's result files in the corpus that are whole."""
    files = sorted(recorded("lmeval").rglob("*.json"))
    return [
        file
        for file in files
        if not {"golden", "edge"} & set(file.parts) and not file.name.startswith("samples_")
    ]


def write_small_files(folder: Path) -> None:
    """Write so many results of one task group with a dozen numbers, all of different runs."""
    for number in range(SMALL_FILES):
        model = f"model-{number // 10}"
        results = {
            f"task_{task}": {"alias": f"task_{task}", "acc,none": (number * 7 + task) % 100 / 100}
            | {"acc_stderr,none": 0.01}
            for task in range(12)
        }
        document = {
            "results": results,
            "versions": dict.fromkeys(results, 1),
            "n-shot": dict.fromkeys(results, 5),
            "n-samples": {task: {"original": 100, "effective": 100} for task in results},
            "config": {"model": "hf", "model_args": f"pretrained={model}"},
            "model_name": model,
        }
        time = (FIRST + timedelta(minutes=number)).isoformat().replace(":", "-")
        file = folder / model / f"results_{time}.json"
        file.parent.mkdir(exist_ok=True)
        file.write_text(json.dumps(document), "utf-8")


def write_files(folder: Path, sources: Sequence[Path]) -> None:
    """Write so many result files, all of different runs."""
    for number, source in enumerate(islice(cycle(sources), FILES)):
        document = json.loads(source.read_bytes())
        model = f"model-{number // 10}"
        document["model_name"] = model
        time = (FIRST + timedelta(minutes=number)).isoformat().replace(":", "-")
        file = folder / model / f"results_{time}.json"
        file.parent.mkdir(exist_ok=True)
        file.write_text(json.dumps(document, indent=2, ensure_ascii=False), "utf-8")


def _measure(title: str, folder: Path) -> None:
    files = sorted(folder.rglob("*.json"))
    megabytes = sum(file.stat().st_size for file in files) / 1e6
    tables = load([folder]).tables()
    size = f"{megabytes:.1f} MB, {tables.runs.height} runs, {tables.scores.height} numbers"
    del tables
    works: dict[str, Callable[[], object]] = {
        "json.loads alone": partial(json_alone, files),
        "tui-eval: load": partial(load, [folder]),
        "tui-eval: load, tables": partial(_tables, folder),
    }
    costs = interleaved({name: partial(_clean, work) for name, work in works.items()}, REPEATS)
    show_costs(f"{title}, {size}", costs, "json.loads alone")
    first = best([_first_rows(folder) for _ in range(REPEATS)])
    rows = [
        ("peak memory, nothing read (MB)", peak_memory(IMPORT, folder)),
        ("peak memory, all read (MB)", peak_memory(READ, folder)),
        ("first file to first rows (ms, minimum)", first.wall),
    ]
    show(f"{title}: memory and first rows", ("", ""), rows)


def _measure_openings(title: str, folder: Path) -> None:
    files = sorted(folder.rglob("*.json"))
    gc.set_threshold(OBJECTS)  # as the app and every command have it
    with tempfile.TemporaryDirectory() as temporary:
        cache = Cache(Path(temporary))
        _opened(folder, cache)  # what is kept is written
        works: dict[str, Callable[[], object]] = {
            "stat of each file": partial(_looked_at, files),
            "tui-eval: first opening": partial(_opened, folder, None),
            "tui-eval: second opening": partial(_opened, folder, cache),
        }
        costs = interleaved({name: partial(_clean, work) for name, work in works.items()}, REPEATS)
        kept = sum(entry.stat().st_size for entry in Path(temporary).iterdir())
    show_costs(f"{title}, to the tables, {kept / 1e6:.1f} MB kept", costs, "stat of each file")
    first, second = (best(costs[f"tui-eval: {name} opening"]) for name in ("first", "second"))
    rows = [
        ("second opening, share of the first (CPU)", second.cpu / first.cpu),
        ("second opening, share of the first (wall)", second.wall / first.wall),
    ]
    show(f"{title}: openings", ("", ""), rows)


def _looked_at(files: Sequence[Path]) -> None:
    for file in files:
        file.stat()


def _opened(folder: Path, cache: Cache | None) -> int:
    collection = load([folder], cache=cache)
    return collection.tables().scores.height + collection.file_table().height


def json_alone(files: list[Path]) -> None:
    """Nothing but Python's parser; a document is dropped when the next is read."""
    for file in files:
        json.loads(file.read_bytes())


def _tables(folder: Path) -> int:
    return load([folder]).tables().scores.height


def _first_rows(folder: Path) -> Cost:
    gc.collect()
    collection = Collection()
    watch = Stopwatch()
    for file in find([folder]):
        collection.add(file)
        if collection.tables().scores.height:
            break
    return watch.lap()


def peak_memory(code: str, folder: Path) -> float:
    """The largest resident set of a Python that runs a piece of code, in MB."""
    words = [sys.executable, "-c", f"{code}; {PEAK}", str(folder)]
    done = subprocess.run(words, cwd=ROOT, capture_output=True, text=True, check=True)
    return int(done.stdout) * 1024 / 1e6


def _clean(work: Callable[[], object]) -> Cost:
    gc.collect()
    return timed(work)


if __name__ == "__main__":
    run()
