"""Tests on the folder of recorded results that ``TUI_EVAL_CORPUS`` names; none without it."""

from __future__ import annotations

import os

collect_ignore_glob = [] if os.environ.get("TUI_EVAL_CORPUS") else ["test_*.py"]
