"""Run the benchmarks: ``python -m tests.benchmarks [first_frame] [load] [many] [keys] …``.

Each is a module beside this one and says what it measures. ``TUI_EVAL_CORPUS`` names the corpus,
by default ``../shared/corpus``; what a benchmark needs and does not find is said, and the others
run. Nothing here fails: read the ratios.
"""

from __future__ import annotations

import importlib
import sys

from tests.benchmarks.measure import MissingError

MODULES = {
    "first_frame": "first_frame",
    "load": "load",
    "many": "many_files",
    "keys": "keys",
    "chart": "chart",
    "samples": "samples",
    "rescore": "rescore",
    "memory": "memory",
    "watching": "watching",
    "wire": "wire",
    "coverage": "coverage",
    "significance": "significance",
}

PACKAGES = ("duckdb", "pandas")


def main() -> None:
    """Run what is named, or all."""
    names = sys.argv[1:] or list(MODULES)
    unknown = set(names) - set(MODULES)
    if unknown:
        sys.exit(f"unknown: {', '.join(sorted(unknown))}; there are: {', '.join(MODULES)}")
    for name in names:
        print(f"\n== {name}")
        try:
            importlib.import_module(f"tests.benchmarks.{MODULES[name]}").run()
        except MissingError as missing:
            print(missing)
        except ModuleNotFoundError as missing:
            if missing.name not in PACKAGES:
                raise
            print(f"It needs {missing.name}: pip install -e '.[benchmark]'")


if __name__ == "__main__":
    main()
