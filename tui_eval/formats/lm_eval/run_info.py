"""What there is to say about a run: its model, its configuration, when and how it was made."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path

from tui_eval.files.documents import Refusal, parse
from tui_eval.files.strings import clean_str
from tui_eval.formats.values import as_amount, as_count, as_mapping, as_number
from tui_eval.redaction.configuration import redact, redact_items, redact_text

OWN_KEY = "tui_eval"
"""Of results that this program wrote: ``parent``, ``recipe`` and its version."""

_MODEL_ARGS = ("peft", "delta", "pretrained", "model", "path", "engine")  # as 0.4.3 looks for it
_RUN_FACTS = (
    "lm_eval_version",
    "transformers_version",
    "git_hash",
    "upper_git_hash",
    "date",
    "model_source",
    "max_length",
    "system_instruction",
    "system_instruction_sha",
    "fewshot_as_multiturn",
    "chat_template_sha",
)

_NAMED = 3  # of many tasks, those that a note names
_TIME = re.compile(r"_(\d{4}-\d\d-\d\dT\d\d-\d\d-\d\d(?:\.\d+)?)", re.ASCII)


def model_of(
    whole: Mapping[str, object], config: Mapping[str, object], arguments: Mapping[str, object]
) -> str | None:
    """``model_name`` (0.4.3), else what the arguments name, else the kind of model (``hf``)."""
    candidates = (
        whole.get("model_name"),
        *(arguments.get(name) for name in _MODEL_ARGS),
        config.get("model"),
    )
    return next((name for name in map(_shown, candidates) if name), None)


def revision_of(config: Mapping[str, object], arguments: Mapping[str, object]) -> str | None:
    """The revision of the model, where it is not the usual one: checkpoints of a training."""
    revision = _shown(arguments.get("revision")) or _shown(config.get("model_revision"))
    return None if revision in ("", "main") else revision


def _shown(value: object) -> str:
    """A text without secrets; empty for anything else."""
    return redact_text(clean_str(value) or "").strip()


def arguments_of(value: object) -> dict[str, object]:
    """Arguments as 0.4.10 writes them, an object; before, ``pretrained=a/b,dtype=auto`` or JSON."""
    if isinstance(value, dict):
        return value
    if not isinstance(value, str):
        return {}
    if value.lstrip().startswith("{"):
        try:
            return dict(as_mapping(parse(value)))
        except Refusal:
            return {}
    found: dict[str, object] = {}
    name = ""
    for part in value.split(","):
        before, equals, after = part.partition("=")
        if equals:
            name = before.strip()
            found[name] = after.strip()
        elif name:
            found[name] = f"{found[name]},{part}"  # a comma within a value
    return found


def config_of(whole: Mapping[str, object]) -> str:
    """How the run was made, as JSON: without the tasks' own sources, without secrets."""
    config = public_config(whole)
    generation = {
        name: arguments
        for name, task in as_mapping(whole.get("configs")).items()
        if (arguments := as_mapping(task).get("generation_kwargs")) is not None
    }
    facts = {name: whole[name] for name in _RUN_FACTS if whole.get(name) is not None}
    if generation:
        facts["generation_kwargs"] = generation
    shown = {"config": config, **redact_items(facts)}
    for name in ("n-shot", "versions"):
        if name in whole:
            shown[name] = _redact_numbers(name, whole[name])
    return json.dumps(shown, ensure_ascii=True, allow_nan=True, default=str)


def public_config(whole: Mapping[str, object]) -> object:
    """``config`` of a results document without secrets."""
    config = dict(as_mapping(whole.get("config")))
    for name in ("model_args", "gen_kwargs"):
        if isinstance(config.get(name), str):
            config[name] = arguments_of(config[name]) or config[name]  # secrets are told by name
    return redact(config)


def _redact_numbers(name: str, value: object) -> object:
    """A number for each of hundreds of tasks, whose names are shown anyhow, is no secret."""
    if isinstance(value, dict) and set(map(type, value.values())) <= {int, float}:
        return value
    return redact_items({name: value})[name]


def time_of(path: Path) -> str | None:
    """The time in a file's name: what results share with their files of samples."""
    named = _TIME.findall(path.name)
    return str(named[-1]) if named else None


def timestamp_of(path: Path, date: object) -> str | None:
    """As the file's name has it, else when the run began (UTC)."""
    time = time_of(path)
    if time is not None:
        return time
    seconds = as_amount(date)
    if seconds is None:
        return None
    try:
        began = datetime.fromtimestamp(seconds, UTC)
    except (OverflowError, OSError, ValueError):
        return None
    return began.isoformat(timespec="seconds").removesuffix("+00:00") + "Z"


def version_of(
    whole: Mapping[str, object], rows: Iterable[Mapping[str, object]], has_commas: bool
) -> str:
    """As written since 0.4.9, else by what the file holds."""
    written = clean_str(whole.get("lm_eval_version"))
    if written:
        return written
    keys = whole.keys()
    if not has_commas:
        return "≤ 0.3"
    if "date" not in keys and not keys & {"task_hashes", "n-samples"}:
        return "0.4.0–0.4.1"
    if not keys & {"task_hashes", "n-samples"}:
        return "0.4.2"
    if any("name" in row for row in rows):
        return "≥ 0.4.12"
    return "0.4.3–0.4.8"


def limits(whole: Mapping[str, object]) -> Iterator[str]:
    """A run that was told to ask only some of the questions (``--limit``), and did."""
    limit = _limit(whole)
    if limit is None:
        return
    if limit < 1:
        yield f"only {limit:.3g} of the questions of each task (limit)"
    elif not as_mapping(whole.get("n-samples")) or any(_shortened(whole)):
        yield f"at most {limit:g} questions of each task (limit)"


def left_out(whole: Mapping[str, object]) -> Iterator[str]:
    """Tasks of which fewer questions were asked than there are, though no limit was set.

    That is all that ``--samples`` leaves in a file.
    """
    if _limit(whole) is not None:
        return
    tasks = list(_shortened(whole))
    yield from tasks[:_NAMED]
    if tasks[_NAMED:]:
        yield f"and fewer questions than there are in {len(tasks) - _NAMED} more tasks"


def _limit(whole: Mapping[str, object]) -> float | None:
    limit = as_number(as_mapping(whole.get("config")).get("limit"))
    return limit if limit is not None and limit > 0 else None


def _shortened(whole: Mapping[str, object]) -> Iterator[str]:
    """Tasks whose ``n-samples`` tells of more questions than were asked."""
    for task, entry in as_mapping(whole.get("n-samples")).items():
        there, asked = (as_count(as_mapping(entry).get(name)) for name in ("original", "effective"))
        if there is not None and asked is not None and asked < there:
            yield f"{clean_str(task)}: {asked} of {there} questions"
