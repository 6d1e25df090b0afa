"""The benchmarks, where what they need is missing."""

from __future__ import annotations

import importlib.util
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]


@pytest.mark.parametrize("name", ["load", "many", "samples"])
def test_what_is_missing_is_said_in_a_sentence(tmp_path: Path, name: str) -> None:
    """Without the corpus; the first of them needs pandas too, which tests do not install."""
    nowhere = tmp_path / "nowhere"
    done = subprocess.run(
        [sys.executable, "-m", "tests.benchmarks", name],
        cwd=ROOT,
        env={"TUI_EVAL_CORPUS": str(nowhere)},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert (done.returncode, done.stderr) == (0, "")
    heading, said = done.stdout.strip().split("\n")
    assert heading == f"== {name}"
    if name == "load" and importlib.util.find_spec("pandas") is None:
        assert said == "It needs pandas: pip install -e '.[benchmark]'"
    else:
        assert said.startswith(f"It needs recorded results: there is no folder {nowhere}")
        assert said.endswith("TUI_EVAL_CORPUS names the folder that holds them.")
