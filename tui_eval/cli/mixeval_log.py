"""`tui-eval check --format mixeval`: the log that MixEval's check writes, and ours beside it."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from tui_eval.cli.arguments import MIXEVAL_LINES
from tui_eval.cli.exits import UsageError
from tui_eval.cli.terminal import safe, write_text

if TYPE_CHECKING:
    import polars as pl

    from tui_eval.formats.mixeval.eval_checks import Log
    from tui_eval.records import Run
    from tui_eval.tables import Tables

_MODELS = ("base_models_to_check", "chat_models_to_check")
_LINES = {name: f"n_{name}" for name in MIXEVAL_LINES}


def check_options(options: argparse.Namespace) -> None:
    """Raise `UsageError` where options of MixEval's check meet other formats, or the reverse."""
    given = [name for name in (*_MODELS, *_LINES.values()) if getattr(options, name) is not None]
    if options.format != "mixeval":
        if given:
            raise UsageError(f"--{given[0]} is for --format mixeval")
    elif options.run or options.dataset:
        raise UsageError(
            "--format mixeval has no --run and no --dataset: models are chosen with "
            "--chat_models_to_check and --base_models_to_check"
        )


def print_log(options: argparse.Namespace) -> Sequence[Log]:
    """Write what MixEval's check would write, of every benchmark and version that is found.

    Where it would end with an error, so does what is written, and stderr says why.
    """
    from tui_eval.formats.mixeval.eval_checks import Asked, logs

    lines = {name: getattr(options, _LINES[name]) or usual for name, usual in MIXEVAL_LINES.items()}
    base, chat = (getattr(options, name) for name in _MODELS)
    made = list(logs(options.paths, Asked(lines, base or (), chat)))
    if not made:
        where = "{model}/mixeval/{version} or {model}/mixeval_hard/{version}"
        raise UsageError(f"no folder of a run of MixEval is here: {where}")
    for log in made:
        write_text("".join(f"{safe(line)}\n" for line in log.lines), is_data=True)
        if log.fault:
            words = "MixEval's check would end here with an error"
            print(f"tui-eval: {words}: {safe(log.fault)}", file=sys.stderr)
    return made


def tell_ours(
    made: Sequence[Log], runs: Mapping[str, Run], tables: Tables, rows: pl.DataFrame
) -> pl.DataFrame:
    """Say on stderr what is known of runs beside that log.

    Returns:
        The rows of `tables.CHECKS` that are of MixEval's runs.
    """
    own = rows.filter(
        rows["run"].is_in([key for key, run in runs.items() if run.harness == "mixeval"])
    )
    blamed = {os.path.realpath(folder) for log in made for folder in log.blamed}
    for key, dataset, category, verdict, reason in told_rows(own).iter_rows():
        is_blamed = os.path.realpath(runs[key].path.parent) in blamed
        if verdict == "complete" and not is_blamed:
            continue
        words = "complete, whatever MixEval's check says" if verdict == "complete" else verdict
        if verdict == "incomplete" and not is_blamed:
            words += ", though MixEval's check finds nothing"
        place = dataset if category is None else f"{dataset}, {category}"
        told = f"{tables.labels[key]}, {place}: {words}{f': {reason}' if reason else ''}"
        print(f"tui-eval: {safe(told)}", file=sys.stderr)
    return own


def told_rows(rows: pl.DataFrame) -> pl.DataFrame:
    """The rows of whole runs, and of benchmarks that are incomplete where the whole row is not."""
    import polars as pl

    is_bad, is_whole = pl.col("verdict") == "incomplete", pl.col("category").is_null()
    is_told = (is_bad & is_whole).any().over("run", "dataset")
    kept = rows.filter(is_whole | (is_bad & ~is_told))
    return kept.select("run", "dataset", "category", "verdict", "reason")


def lacks_a_model(made: Sequence[Log]) -> bool:
    """Whether a model that was asked for has no folder."""
    return any(not os.path.exists(folder) for log in made for folder in log.blamed)
