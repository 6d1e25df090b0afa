"""Run the benchmarks: ``python -m tests.benchmarks [first_frame] [load] [many] [keys] …``.

Each is a module beside this one and says what it measures. ``TUI_EVAL_CORPUS`` names the corpus,
by default ``../shared/corpus``. Nothing here fails: read the ratios.
"""

from __future__ import annotations

import importlib
import sys

MODULES = {
    "first_frame": "first_frame",
    "load": "load",
    "many": "many_files",
    "keys": "keys",
    "chart": "chart",
    "samples": "samples",
    "memory": "memory",
    "watching": "watching",
}


def main() -> None:
    """Run what is named, or all."""
    names = sys.argv[1:] or list(MODULES)
    unknown = set(names) - set(MODULES)
    if unknown:
        sys.exit(f"unknown: {', '.join(sorted(unknown))}; there are: {', '.join(MODULES)}")
    for name in names:
        print(f"\n== {name}")
        importlib.import_module(f"tests.benchmarks.{MODULES[name]}").run()


if __name__ == "__main__":
    main()
