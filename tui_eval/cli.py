"""The command line: open the app, or print a report and leave.

Only argparse is imported until it is known what to do: ``--help`` answers at once, and the first
frame of the app is drawn before the analysis is loaded.
"""

from __future__ import annotations

import argparse
import gc
import io
import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Literal

from tui_eval.arguments import (
    delta_parser,
    doctor_parser,
    flips_parser,
    open_parser,
    runs_parser,
    samples_parser,
    scores_parser,
)

if TYPE_CHECKING:
    from tui_eval.analysis.report import Report
    from tui_eval.analysis.samples import Asked
    from tui_eval.analysis.scores import Metric
    from tui_eval.analysis.view import View
    from tui_eval.collection import Collection
    from tui_eval.samples import Samples
    from tui_eval.tables import Run, Tables

OK, FAILED, USAGE, INTERRUPTED = 0, 1, 2, 130


class _OutputError(Exception):
    """Stdout takes no more; the message says why."""


class _UsageError(Exception):
    """The command cannot be carried out as given; the message says why."""


def main(argv: Sequence[str] | None = None) -> int:
    """Run a command line; returns the exit code (0 done, 2 wrong usage or nothing readable)."""
    words = list(sys.argv[1:] if argv is None else argv)
    command = COMMANDS.get(words[0]) if words else None
    for name in ("stdout", "stderr"):
        if getattr(sys, name) is None:  # closed by the shell: there is nobody to tell
            setattr(sys, name, open(os.devnull, "w", encoding="utf-8"))  # noqa: SIM115
    sys.excepthook = _tell_fault
    if isinstance(sys.stdout, io.TextIOWrapper):
        if isinstance(
            sys.stdout.buffer, io.RawIOBase
        ):  # PYTHONUNBUFFERED: a write may be cut short
            number, encoding = sys.stdout.fileno(), sys.stdout.encoding
            sys.stdout = open(number, "w", encoding=encoding, closefd=False)  # noqa: SIM115
        sys.stdout.reconfigure(errors="backslashreplace")  # as stderr: what the locale cannot write
    try:
        if command is None:
            return _open(_parsed(open_parser(), words))
        parser, run = command
        options = _parsed(parser(), _joined(words[1:]))
        missing = _missing(options.paths)
        return run(options) or (USAGE if missing else OK)
    except _UsageError as error:
        print(f"tui-eval: {error}", file=sys.stderr)
        return USAGE
    except KeyboardInterrupt:
        return INTERRUPTED
    except BrokenPipeError:  # the reader of our output has seen enough
        _forget_stdout()
        return OK
    except _OutputError as error:
        _forget_stdout()
        print(f"tui-eval: cannot write: {error}", file=sys.stderr)
        return FAILED


def _parsed(parser: argparse.ArgumentParser, words: Sequence[str]) -> argparse.Namespace:
    """What the words ask for; help that was asked for is written when this ends."""
    try:
        return parser.parse_args(words)
    finally:
        with _told_why():
            sys.stdout.flush()


def _tell_fault(
    kind: type[BaseException], error: BaseException, trace: TracebackType | None
) -> None:
    """Say what nobody thought of; its words may be those of a file."""
    import traceback

    lines = "".join(traceback.format_exception(kind, error, trace))
    print(f"{_safe(lines, keep=True)}tui-eval: this is a fault of tui-eval", file=sys.stderr)


def _joined(words: Sequence[str]) -> list[str]:
    """The words with ``--sort -mean`` as one: argparse takes ``-mean`` for an option."""
    joined: list[str] = []
    for word in words:
        if word == "-mean" and joined[-1:] == ["--sort"]:
            joined[-1] = "--sort=-mean"
        else:
            joined.append(word)
    return joined


def _forget_stdout() -> None:
    """Let what is still unwritten go nowhere, or Python would complain when it ends."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _open(options: argparse.Namespace) -> int:
    """Open the app; without a terminal print the scores instead, since nobody could press a key."""
    _check_paths(options.paths)
    missing = _missing(options.paths)
    if missing and missing[0] == str(options.paths[0]) and _meant(missing[0]):
        raise _UsageError(_not_there(missing[0]))  # a command, and its paths
    hindrance = _hindrance()
    if hindrance:
        return _print_all(options.paths or [Path()], hindrance) or (USAGE if missing else OK)
    gc.disable()  # until the first frame is drawn
    from tui_eval.tui.app import THEMES, TuiEvalApp

    if options.theme is not None:
        known = [name for name in THEMES if name == options.theme]
        _only("theme", options.theme, known, THEMES)

    app = TuiEvalApp(options.paths, theme=options.theme, caches=not options.no_cache)
    with _own_screen():
        app.run(mouse=not options.no_mouse)
    return app.return_code or OK


@contextmanager
def _own_screen() -> Iterator[None]:
    """Let nothing but Python write to the terminal: Polars prints why it gave up a damaged file.

    It does so from threads of its own, to the file descriptor of stderr, where the app draws.
    """
    before, number = (sys.stderr, sys.__stderr__), os.dup(2)
    nowhere = os.open(os.devnull, os.O_WRONLY)
    try:
        encoding, errors = sys.stderr.encoding, sys.stderr.errors
        with os.fdopen(os.dup(number), "w", encoding=encoding, errors=errors) as screen:
            os.dup2(nowhere, 2)
            sys.stderr = sys.__stderr__ = screen  # type: ignore[misc]  # Textual draws on the latter
            yield
    finally:
        sys.stderr, sys.__stderr__ = before  # type: ignore[misc]
        os.dup2(number, 2)
        os.close(number)
        os.close(nowhere)


def _check_paths(paths: Sequence[Path]) -> None:
    missing = _missing(paths)
    if missing and len(missing) == len(paths):
        raise _UsageError(_not_there(missing[0]))
    _check_folder(paths)


def _check_folder(paths: Sequence[Path]) -> None:
    try:
        os.getcwd()
    except OSError:
        if not paths or not all(path.is_absolute() for path in paths):
            reason = "the current folder is gone: change to one that is there"
            raise _UsageError(reason) from None


def _not_there(word: str) -> str:
    """Why a path cannot be opened; a misspelt command is one, too."""
    hint = "".join(f"; did you mean tui-eval {name}?" for name in _meant(word))
    return f"no such file or folder: {_safe(word)}{hint}"


def _meant(word: str) -> list[str]:
    """The command that a word may be a misspelling of, if any."""
    import difflib

    return difflib.get_close_matches(word, COMMANDS, n=1)


def _missing(paths: Sequence[Path]) -> list[str]:
    return [str(path) for path in paths if not os.path.exists(path)]  # Path.exists may raise


def _hindrance() -> str:
    """Why the app cannot be drawn, in words: Textual would draw into a pipe and wait for ever."""
    if not all(stream.isatty() for stream in (sys.stdin, sys.stdout, sys.stderr)):
        return "This is no terminal: run tui-eval in one to open the app."
    name = os.environ.get("TERM", "")
    if name not in ("", "dumb"):
        return ""
    told = f"TERM={name}" if name else "no TERM"
    return f"The app cannot be drawn with {told}: set it to your terminal's, as xterm-256color."


def _print_all(paths: Sequence[Path], hindrance: str) -> int:
    """Print the scores of all datasets, and why the app was not opened."""
    from tui_eval.analysis.scores import datasets, overview_report, score_report
    from tui_eval.analysis.view import View
    from tui_eval.render import as_text

    tables = _named(_load(paths).tables())
    names = datasets(tables.scores)
    reports = [score_report(tables, View(dataset=name)) for name in names]
    if len(names) > 1:
        reports.insert(0, overview_report(tables, View()))
    _say("\n".join(map(as_text, reports)))
    print(hindrance, file=sys.stderr)
    return OK


def _scores(options: argparse.Namespace) -> int:
    from dataclasses import replace

    from tui_eval.analysis.numbers import numbers_report
    from tui_eval.analysis.scores import chosen_metric, metrics, score_report

    tables = _named(_load(options.paths).tables())
    view = _view(options, tables)
    if options.long:
        asked = options.dataset and view.dataset
        chosen = options.metric and _metrics(options.metric, metrics(tables.scores, view.dataset))
        return _print(numbers_report(tables, asked, chosen), options.format)
    view = replace(view, sort=options.sort)
    metric = chosen_metric(tables.scores, view)
    limit = options.min if options.min is not None else options.max
    if options.by is not None and limit is None:
        raise _UsageError("--by says whose score --min or --max asks: give one of them too")
    if limit is not None:
        view = _with_threshold(options, tables, view, limit, metric)
    return _print(score_report(tables, view), options.format)


def _with_threshold(
    options: argparse.Namespace, tables: Tables, view: View, limit: float, metric: Metric | None
) -> View:
    from dataclasses import replace

    from tui_eval.analysis.view import Threshold

    if view.dataset is None:
        raise _UsageError("--min and --max need one dataset: choose it with --dataset")
    run = _run(tables, options.by) if options.by else None
    factor = metric.factor(view) if metric else 1.0
    threshold = Threshold(options.min is not None, limit / factor, run)
    return replace(view, threshold=threshold)


def _delta(options: argparse.Namespace) -> int:
    from dataclasses import replace

    from tui_eval.analysis import delta
    from tui_eval.analysis.scores import chosen_metric, datasets

    tables = _named(_load(options.paths).tables())
    view = _view(options, tables)
    if view.dataset is None:
        names = ", ".join(datasets(tables.scores))
        raise _UsageError(f"choose a dataset with --dataset: {_safe(names)}")
    metric = chosen_metric(tables.scores, view)
    candidates = None
    if options.candidate:
        candidates = tuple(_run(tables, wanted, view.dataset) for wanted in options.candidate)
    baseline = _run(tables, options.baseline, view.dataset)
    _check_pair(tables, view, baseline, candidates)
    view = replace(
        view,
        baseline=baseline,
        candidates=candidates,
        delta_sort=options.sort,
        min_delta=options.threshold / (metric.factor(view) if metric else 1.0),
        top=options.top,
    )
    if options.view in ("top", "bottom"):
        only = candidates[0] if candidates and len(candidates) == 1 else None
        return _print(delta.movers_report(tables, view, only, options.view), options.format)
    reports = {
        "categories": delta.delta_report,
        "overview": delta.overview_report,
        "missing": delta.missing_report,
    }
    return _print(reports[options.view](tables, view), options.format)


def _check_pair(
    tables: Tables, view: View, baseline: str, candidates: tuple[str, ...] | None
) -> None:
    """Refuse what has no difference: a baseline without scores, or nothing to compare it with."""
    from tui_eval.analysis.delta import comparable_runs

    runs = comparable_runs(tables, view)
    if baseline not in runs:
        of = tables.scores.filter(run=baseline, dataset=view.dataset)
        there = ", ".join(dict.fromkeys(of["metric"]))
        more = f" in this metric; it has it in {there}" if there else ""
        told = f"the baseline {baseline} has no scores of {view.dataset}{more}"
        raise _UsageError(_safe(told))
    if not {*(runs if candidates is None else candidates)} - {baseline}:
        raise _UsageError("there is no candidate besides the baseline")


def _flips(options: argparse.Namespace) -> int:
    from dataclasses import replace

    from tui_eval.analysis.samples import flips_report
    from tui_eval.analysis.where import CHANGED

    loaded = _load(options.paths, no_cache=options.no_cache)
    tables = _named(loaded.tables())
    baseline = _run(tables, options.baseline, options.dataset)
    wanted = [_run(tables, one, options.dataset) for one in options.candidate]
    runs = list(dict.fromkeys([baseline, *wanted]))
    if len(runs) == 1:
        raise _UsageError("there is no candidate besides the baseline")
    view = replace(
        _sample_view(options, tables, runs), baseline=baseline, candidates=tuple(runs[1:])
    )
    if options.list or options.format == "jsonl":
        view = replace(view, where=CHANGED)
        return _print_questions(options, loaded, tables, view, runs)
    _, samples = _answers(options, loaded, tables, view, runs)
    rows = samples.rows
    if view.category is not None:
        rows = rows.filter(category=view.category)
    return _print(flips_report(tables, rows, view), options.format)


def _samples(options: argparse.Namespace) -> int:
    from dataclasses import replace

    if options.columns is not None and options.format == "jsonl":
        raise _UsageError("--columns chooses columns of a table: jsonl has all texts")
    _check_where(options.where)
    loaded = _load(options.paths, no_cache=options.no_cache)
    tables = _named(loaded.tables())
    chosen = [_run(tables, wanted, options.dataset) for wanted in options.run or ()]
    view = _sample_view(options, tables, chosen)
    return _print_questions(options, loaded, tables, replace(view, where=options.where), chosen)


def _check_where(where: str) -> None:
    """Refuse a condition that cannot be understood before gigabytes are read for it."""
    from tui_eval.analysis.where import PRESETS, WhereError, parse

    try:
        if where.strip():
            parse(PRESETS.get(where, where))
    except WhereError as error:
        raise _UsageError(f"--where: {_safe(str(error))}") from None


def _sample_view(options: argparse.Namespace, tables: Tables, runs: Sequence[str]) -> View:
    """One dataset and its metric; a dataset that nobody named is the only one of these runs."""
    from dataclasses import replace

    from tui_eval.analysis.scores import datasets
    from tui_eval.labels import matching

    own = tables.only(list(runs)) if runs else tables
    view = _view(options, own)
    if view.dataset is None:
        names = ", ".join(datasets(own.scores)) or "there is none"
        raise _UsageError(f"choose a dataset with --dataset: {_safe(names)}")
    if options.category is None:
        return view
    written = tables.scores.filter(dataset=view.dataset)["category"]
    categories = written.drop_nulls().unique(maintain_order=True).to_list()
    found = matching(options.category, categories)
    return replace(view, category=_only("category", options.category, found, categories))


def _answers(
    options: argparse.Namespace,
    loaded: Collection,
    tables: Tables,
    view: View,
    chosen: Sequence[str],
) -> tuple[dict[str, Run], Samples]:
    """The answers of the chosen runs, or of all that keep some; says on stderr which keep none."""
    from tui_eval.analysis.delta import readable_runs
    from tui_eval.cache import Cache, cache_path
    from tui_eval.samples import NOTHING, read_samples, why_silent

    keys = dict(tables.runs.select("run", "key").iter_rows())
    by_key = {run.key: run for run in loaded.runs}
    labels = chosen or readable_runs(tables, view)
    every = {label: by_key[keys[label]] for label in labels}
    silent = [label for label, run in every.items() if not run.samples]
    if chosen and silent and len(silent) < len(every):  # others would take its letter
        why = why_silent([every[silent[0]]])
        raise _UsageError(_safe(f"no answers of {silent[0]}: {why}"))
    runs = {label: run for label, run in every.items() if run.samples}
    if not runs:
        raise _UsageError(f"no answers of these runs: {why_silent(every.values())}")
    for label in silent:
        why = why_silent([every[label]])
        print(f"tui-eval: {_safe(f'no answers of {label}: {why}')}", file=sys.stderr)
    cache = Cache(None if options.no_cache else cache_path())
    samples = NOTHING
    for samples in read_samples(  # noqa: B007  # the last one holds all
        runs, loaded.tables(), tables, view.dataset or "", cache, view.category
    ):
        pass
    found = samples.rows["run"].unique().to_list()
    nothing = [f"{label}: no answers to {view.dataset}" for label in runs if label not in found]
    for note in (*samples.notes, *nothing):
        print(f"tui-eval: {_safe(note)}", file=sys.stderr)
    return runs, samples


def _print_questions(
    options: argparse.Namespace,
    loaded: Collection,
    tables: Tables,
    view: View,
    chosen: Sequence[str],
) -> int:
    import json
    from dataclasses import replace

    from tui_eval.analysis.samples import asked, samples_report, scaled
    from tui_eval.analysis.where import WhereError
    from tui_eval.samples import texts

    runs, samples = _answers(options, loaded, tables, view, chosen)
    known = asked(tables, samples.rows, view, list(runs))
    if options.format != "jsonl":
        known = replace(known, columns=_columns(options, known))
    try:
        report = samples_report(tables, known, view)
    except WhereError as error:
        raise _UsageError(f"--where: {_safe(str(error))}") from None
    if options.format == "jsonl":
        found = scaled(known.places, known.metric, view)
        for record in texts(runs, report.frame, found, samples.states):
            _say(json.dumps(record, ensure_ascii=True) + "\n", is_data=True)
        _tell(report)
        return OK
    return _print(report, options.format)


def _columns(options: argparse.Namespace, known: Asked) -> tuple[str, ...]:
    """The columns that somebody wants, each once; those that tell something, unless some are."""
    if getattr(options, "columns", None) is None:
        return known.columns
    names = dict.fromkeys(name.strip() for name in options.columns.split(","))
    offered = known.questions.columns
    return tuple(
        _only("column", name, [name] if name in offered else [], offered) for name in names
    )


def _runs(options: argparse.Namespace) -> int:
    from tui_eval.analysis.facts import difference_report, facts_report
    from tui_eval.analysis.files import runs_report

    if options.against and not options.run:
        raise _UsageError("--against needs the run that is compared: give it with --run")
    collection = _load(options.paths)
    tables = _named(collection.tables())
    if options.run is None:
        report = runs_report(tables, collection.file_table())
    elif options.against is None:
        report = facts_report(tables, _run(tables, options.run))
    else:
        first, second = _run(tables, options.run), _run(tables, options.against)
        report = difference_report(tables, first, second)
    return _print(report, options.format)


def _doctor(options: argparse.Namespace) -> int:
    from tui_eval.analysis.files import files_report
    from tui_eval.collection import load

    _check_folder(options.paths)
    collection = load(options.paths)
    code = _print(files_report(collection.file_table()), options.format)
    return code if collection.runs else USAGE


def _load(paths: Sequence[Path], *, no_cache: bool = False) -> Collection:
    """Everything under the paths; says on stderr what was refused, raises where nothing is left."""
    from tui_eval.cache import Cache, cache_path
    from tui_eval.collection import load
    from tui_eval.samples import recompute

    _check_paths(paths)
    collection = load(paths)
    refused = [file for file in collection.files if file.content.state == "refused"]
    for file in refused[:20]:
        print(f"tui-eval: {_safe(str(file.path))}: {_safe(file.reason)}", file=sys.stderr)
    if len(refused) > 20:
        print(f"tui-eval: and {len(refused) - 20} more: see tui-eval doctor", file=sys.stderr)
    for _ in recompute(collection, Cache(None if no_cache else cache_path())):
        pass
    if not collection.runs:
        raise _UsageError("no results found; tui-eval doctor PATH tells what was looked at")
    return collection


def _named(tables: Tables) -> Tables:
    """The tables with datasets under the names that a person gave them; says on stderr which."""
    from tui_eval.analysis.names import members, unified
    from tui_eval.config import ConfigError, read_names

    try:
        same = read_names()
    except ConfigError as error:
        print(f"tui-eval: {_safe(str(error))}; no names are changed", file=sys.stderr)
        same = ()
    found = set(members(tables))
    for one in same:
        present = [member for member in one.members if member in found]
        if len(present) > 1:
            told = ", ".join(f"{member.dataset} of {member.harness}" for member in present)
            print(f"tui-eval: {_safe(f'{one.name} is {told}, as you said')}", file=sys.stderr)
    return unified(tables, same)


def _view(options: argparse.Namespace, tables: Tables) -> View:
    from tui_eval.analysis.scores import datasets, metrics
    from tui_eval.analysis.view import View
    from tui_eval.labels import matching

    names = datasets(tables.scores)
    dataset = names[0] if len(names) == 1 else None
    if options.dataset is not None:
        dataset = _only("dataset", options.dataset, matching(options.dataset, names), names)
    metric, filter_name = None, None
    if options.metric is not None:
        chosen, *_ = _metrics(options.metric, metrics(tables.scores, dataset))
        metric, filter_name = chosen.name, chosen.filter
    return View(dataset=dataset, metric=metric, filter=filter_name, scale=options.scale)


def _metrics(wanted: str, offered: Sequence[Metric]) -> list[Metric]:
    """What somebody means by a metric's name: all its filters; or by a part of name and filter."""
    from tui_eval.labels import matching

    titles = {one.title: one for one in offered}
    named = matching(wanted, [one.name for one in offered])
    if len(named) == 1:
        return [one for one in offered if one.name == named[0]]
    return [titles[_only("metric", wanted, matching(wanted, list(titles)), list(titles))]]


def _run(tables: Tables, wanted: str, dataset: str | None = None) -> str:
    """The run that somebody means: one with scores of the dataset, if there is any."""
    from tui_eval.labels import matching, matching_runs

    own = tables
    if dataset is not None:
        names = tables.scores["dataset"].unique().to_list()
        is_own = tables.scores["dataset"].is_in(matching(dataset, names))
        own = tables.only(tables.scores.filter(is_own)["run"].unique().to_list())
    for some in (own, tables):
        labels = some.runs["run"].to_list()
        found = matching_runs(wanted, labels, some.runs["model"].to_list())
        if found:
            break
    return _only("run", wanted, found, labels)


def _only(kind: str, wanted: str, found: Sequence[str], names: Sequence[str]) -> str:
    if len(found) == 1:
        return found[0]
    trouble = "is ambiguous" if found else "is unknown"
    choice = "\n  ".join(found or names)
    raise _UsageError(
        f"{kind} {_safe(wanted)!r} {trouble}; there are:\n  {_safe(choice, keep=True)}"
    )


def _print(report: Report, form: Literal["table", "csv", "md", "json", "parquet"]) -> int:
    from tui_eval.export import WRITERS
    from tui_eval.render import as_text

    made = as_text(report) if form == "table" else WRITERS[form](report)
    if isinstance(made, bytes):
        _put(made)
    else:
        _say(made, is_data=form != "table")
    if form != "table":
        _tell(report)
    return OK


def _tell(report: Report) -> None:
    """Say on stderr what stands around a table, where its rows alone are printed."""
    empty = [report.empty] if report.frame.is_empty() and report.empty else []
    for words in (report.title, *empty, *report.notes):
        print(f"tui-eval: {_safe(words)}", file=sys.stderr)


def _say(text: str, *, is_data: bool = False) -> None:
    """Write to stdout: data in UTF-8 as in an exported file, words as the locale can."""
    stdout = sys.stdout
    if is_data and isinstance(stdout, io.TextIOWrapper):
        stdout.reconfigure(encoding="utf-8")
    elif not _is_writable("─", stdout.encoding):
        text = text.translate({ord("─"): "-", ord("—"): "-", ord("·"): "|"})
    with _told_why():
        stdout.write(text)
        stdout.flush()


def _put(data: bytes) -> None:
    """Write bytes to stdout, unless a person would see them."""
    if sys.stdout.isatty():
        raise _UsageError("Parquet is no text: send it to a file with >")
    with _told_why():
        sys.stdout.buffer.write(data)
        sys.stdout.buffer.flush()


@contextmanager
def _told_why() -> Iterator[None]:
    """Turn what the system says against our output into words."""
    try:
        yield
    except BrokenPipeError:
        raise
    except OSError as error:
        raise _OutputError((error.strerror or "unknown reason").lower()) from None


def _is_writable(text: str, encoding: str | None) -> bool:
    try:
        text.encode(encoding or "utf-8")
    except UnicodeEncodeError:
        return False
    return True


def _safe(text: str, *, keep: bool = False) -> str:
    from tui_eval.render import safe_text

    return safe_text(text, keep="\n" if keep else "")


COMMANDS = {
    "scores": (scores_parser, _scores),
    "delta": (delta_parser, _delta),
    "flips": (flips_parser, _flips),
    "samples": (samples_parser, _samples),
    "runs": (runs_parser, _runs),
    "doctor": (doctor_parser, _doctor),
}
