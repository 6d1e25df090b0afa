"""How the tasks of a run were configured: ``configs`` of its results, which answers do not repeat.

Every file of answers of a run asks for its own task, so that results are kept until they change.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

from tui_eval.files.documents import LARGE, Refusal, read_documents
from tui_eval.files.strings import clean_str
from tui_eval.files.versions import version_of
from tui_eval.formats.lm_eval.run_info import OWN_KEY
from tui_eval.formats.values import as_mapping

SAMPLES_NAME = re.compile(
    r"samples_(?P<task>.*)_(?P<time>\d{4}-\d\d-\d\dT\d\d-\d\d-\d\d(?:\.\d+)?)\.jsonl?",
    re.ASCII | re.DOTALL,
)
"""Names of files of answers since 0.4.3."""


APART = "attempts_apart"
"""In `OWN_KEY` of results: tasks whose attempts stand in one row, and were scored one by one."""


class Tasks(NamedTuple):
    """What one results document says of how tasks were scored.

    Attributes:
        configs: The configuration of each task; in 0.5 ``group::task`` names it.
        iterations: ``bootstrap_iters`` of the run, as it is written.
        apart: Tasks whose attempts stand in one row, and were scored one by one.
    """

    configs: Mapping[str, object]
    iterations: object = None
    apart: tuple[str, ...] = ()

    def of(self, task: str, group: str = "") -> Mapping[str, object]:
        """The configuration of a task, of several with its name that in a group; else empty."""
        named = [name for name in self.configs if clean_str(name.rpartition("::")[2]) == task]
        own = [name for name in named if name.rpartition("::")[0] in (group, "")]
        names = [task] if task in self.configs else (own or named)[:1]
        return as_mapping(self.configs[names[0]]) if names else {}


def tasks_of(results: Path, document: int = 1) -> Tasks:
    """The tasks of a file of results; none where it is not there, or tells of none."""
    try:
        found = _read(results, version_of(results))
    except (OSError, Refusal):
        return Tasks({})
    return found[document - 1] if document <= len(found) else Tasks({})


def config_of_answers(path: Path) -> Mapping[str, object]:
    """The configuration of the task whose answers a file holds, of the results beside it."""
    named = SAMPLES_NAME.fullmatch(path.name)
    if named is not None:
        group, _, task = named["task"].rpartition("::")
        return tasks_of(path.with_name(f"results_{named['time']}.json")).of(task, group)
    tasks = tasks_of(path.with_name("results.json"))
    ends = [name for name in tasks.configs if path.stem.endswith(f"_{name}")]
    return tasks.of(max(ends, key=len)) if ends else {}


@lru_cache(maxsize=16)
def _read(results: Path, _version: str) -> tuple[Tasks, ...]:
    if results.stat().st_size > LARGE:
        return ()
    documents, _ = read_documents(results, lambda value: "results" in as_mapping(value))
    wholes = [as_mapping(document.value) for document in documents]
    return tuple(
        Tasks(
            as_mapping(whole.get("configs")),
            as_mapping(whole.get("config")).get("bootstrap_iters"),
            _names(as_mapping(whole.get(OWN_KEY)).get(APART)),
        )
        for whole in wholes
    )


def _names(value: object) -> tuple[str, ...]:
    return tuple(one for one in value if isinstance(one, str)) if isinstance(value, list) else ()
