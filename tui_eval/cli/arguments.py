"""The words of the command line: every command's parser, and what its values may be.

Nothing but argparse is imported: ``--help`` answers at once.
"""

from __future__ import annotations

import argparse
import math
import os
from pathlib import Path
from textwrap import fill
from typing import NoReturn

from tui_eval import __version__
from tui_eval.cli.exits import NO_GATE, OK

DESCRIPTION = """\
Open the results of LLM evaluation harnesses in the terminal.

  tui-eval PATH...              open the scores of all runs found there
  tui-eval                      browse the current folder for results
  tui-eval leaderboard PATH...  print runs as rows, best first
  tui-eval datasets PATH...     list the datasets: runs, categories, best run
  tui-eval scores PATH...       print scores by category
  tui-eval delta PATH...        print differences to a baseline
  tui-eval compare PATH...      say which differences are more than noise
  tui-eval gate PATH...         fail in CI where a candidate is worse
  tui-eval curves PATH...       print scores over training steps
  tui-eval flips PATH...        print which questions flipped between runs
  tui-eval samples PATH...      print questions: who got them right, the answers
  tui-eval rescore PATH...      score answers again: other filter, other metric
  tui-eval correlate PATH...    print whether benchmarks order the models alike
  tui-eval battle PATH...       let a judge compare saved answers of runs
  tui-eval judges PATH...       print whether judges of the same answers agree
  tui-eval runs PATH...         list the runs found
  tui-eval check PATH...        say which runs are incomplete, for CI too
  tui-eval doctor PATH...       list every file: what it is, or why not
"""


COMPLETED_SHELLS = ("bash", "zsh", "fish")


class _Help(argparse.RawDescriptionHelpFormatter):
    """Help that tells every default, from where it is defined."""

    def _get_help_string(self, action: argparse.Action) -> str:
        told = action.help or ""
        is_silent = action.nargs == 0 or not action.option_strings
        if is_silent or action.default in (None, "", argparse.SUPPRESS):
            return told
        return f"{told} (default: %(default)s)"


class _CommandParser(argparse.ArgumentParser):
    """A command's parser; where it has no path, one that is called like the command is offered."""

    def error(self, message: str) -> NoReturn:
        """Leave with what is wrong."""
        name = self.prog.removeprefix("tui-eval ")
        if "required: PATH" in message and os.path.exists(name):
            message += f"; did you mean tui-eval ./{name}?"
        super().error(message)


class _GateParser(_CommandParser):
    """The parser of a command whose exit code 2 says something else: wrong words are 3."""

    def exit(self, status: int = 0, message: str | None = None) -> NoReturn:
        """Leave; never as if a test were undecided."""
        super().exit(NO_GATE if status else OK, message)


class _PrintCompletion(argparse.Action):
    """Print what a shell has to read to complete words, and leave."""

    def __call__(
        self,
        parser: argparse.ArgumentParser,
        namespace: argparse.Namespace,
        values: object,
        option_string: str | None = None,
    ) -> None:
        """Print the script for the shell that is named."""
        from tui_eval.cli.completion import completion_script

        print(completion_script(str(values)))
        parser.exit()


MIXEVAL_LINES = {
    "closefreeform": 2000,
    "closemultichoice": 2000,
    "closefreeform_hard": 500,
    "closemultichoice_hard": 500,
}
"""Lines that MixEval's own check expects of files of answers, by the names of its options."""


SCREENS = (
    *("datasets", "files", "scores", "delta", "samples", "curves", "correlation"),
    *("rescore", "completeness"),
)
"""The screens of the app."""


class _Once(argparse.Action):
    """An option with a value that is given once: of two values one would be dropped in silence."""

    def __call__(
        self,
        parser: argparse.ArgumentParser,
        namespace: argparse.Namespace,
        values: object,
        option_string: str | None = None,
    ) -> None:
        """Take the value; for a second one leave with what is wrong."""
        given = vars(namespace).setdefault("given", set())
        if option_string is not None and self.dest in given:
            parser.error(f"argument {option_string}: given twice")
        given.add(self.dest)
        setattr(namespace, self.dest, values)


def open_parser() -> argparse.ArgumentParser:
    """``tui-eval PATH…``: open the app."""
    parser = argparse.ArgumentParser(
        prog="tui-eval",
        description=DESCRIPTION,
        formatter_class=_Help,
        epilog=_examples(
            ("results/", "all runs below a folder"),
            ("run-a.json run-b.json", "two runs, with their answers"),
            ("scores --help", "the options of a command, and examples"),
        )
        + "\n\n? in the app shows its keys.",
    )
    parser.register("action", None, _Once)
    parser.add_argument(
        "paths", nargs="*", type=_path, metavar="PATH", help="result file or folder"
    )
    _add_choice_of_view(parser)
    _add_no_cache(parser)
    parser.add_argument("--no-mouse", action="store_true", help="leave the mouse to the terminal")
    parser.add_argument(
        "--theme", metavar="NAME", help="a Textual theme, textual-light for example"
    )
    parser.add_argument(
        "--print-completion",
        action=_PrintCompletion,
        choices=COMPLETED_SHELLS,
        help='for the shell\'s start-up file: eval "$(tui-eval --print-completion bash)"',
    )
    parser.add_argument("--version", action="version", version=f"tui-eval {__version__}")
    return parser


def datasets_parser() -> argparse.ArgumentParser:
    """``tui-eval datasets``."""
    parser = _command_parser(
        "datasets",
        "List the datasets: how many runs and categories, harness, metric, best run.",
        ("datasets results/", "what there is, by name"),
        ("datasets results/ --sort runs --format csv", "those of most runs first, for a file"),
    )
    parser.add_argument(
        "--sort", choices=("name", "runs"), default="name", help="runs: those of most runs first"
    )
    parser.add_argument(
        "--scale", type=int, choices=(1, 100), default=1, help="scores on 0–1 or 0–100"
    )
    _add_no_cache(parser)
    return parser


def leaderboard_parser() -> argparse.ArgumentParser:
    """``tui-eval leaderboard``."""
    parser = _command_parser(
        "leaderboard",
        "Print runs as rows, best first: mean, distance to the best, categories or datasets.",
        ("leaderboard results/", "which run is best"),
        ("leaderboard results/ --dataset mmlu --scale 100", "in one of several datasets"),
        ("leaderboard results/ --format md", "for a report"),
    )
    _add_choice_of_scores(parser)
    return parser


def scores_parser() -> argparse.ArgumentParser:
    """``tui-eval scores``."""
    parser = _command_parser(
        "scores",
        "Print scores: categories as rows, runs as columns.",
        ("scores results/", "one dataset by category; several: a row each"),
        ("scores results/ --dataset mmlu --sort name", "one of several datasets, by name"),
        ("scores results/ --dataset mmlu --max 0.5 --by base", "where the run base is weak"),
        ("scores results/ --format csv > scores.csv", "for a spreadsheet"),
        ("scores results/ --long --format parquet > all.parquet", "every number, for a notebook"),
        ("scores results/ --intervals --scale 100", "how sure each score is"),
    )
    _add_choice_of_scores(parser)
    parser.add_argument(
        "--sort",
        choices=("mean", "-mean", "name"),
        default="-mean",
        help="order of the rows; -mean: best mean first, mean: worst first",
    )
    side = parser.add_mutually_exclusive_group()
    side.add_argument("--min", type=_finite, metavar="X", help="categories with a score ≥ X")
    side.add_argument("--max", type=_finite, metavar="X", help="categories with a score ≤ X")
    parser.add_argument(
        "--by", metavar="RUN", help="the run whose scores --min or --max filter (default: any)"
    )
    parser.add_argument(
        "--long", action="store_true", help="one row a number, with every column that there is"
    )
    parser.add_argument(
        "--intervals",
        action="store_true",
        help="with 95 %% intervals, made from answers where there are some",
    )
    parser.add_argument(
        "--totals",
        action="store_true",
        help="with --intervals: from what harnesses report alone; no answers are read",
    )
    return parser


def delta_parser() -> argparse.ArgumentParser:
    """``tui-eval delta``."""
    parser = _command_parser(
        "delta",
        "Print differences between candidates and a baseline.",
        ("delta results/ --baseline base", "all other runs against base"),
        ("delta results/ --baseline base --candidate sft --candidate dpo", "only these two"),
        ("delta results/ --baseline base --view overview --scale 100", "mean Δ, win, lose, tie"),
        ("delta results/ --baseline base --view top --top 5", "most improved categories"),
    )
    _add_baseline(parser)
    parser.add_argument(
        "--candidate", metavar="RUN", action="append", help="may be repeated (default: all others)"
    )
    _add_choice_of_scores(parser)
    parser.add_argument(
        "--view",
        choices=("categories", "overview", "top", "bottom", "missing"),
        default="categories",
        help="what is listed; top, bottom: most improved, most declined",
    )
    parser.add_argument(
        "--threshold", type=_not_negative, default=0.0, metavar="X", help="least |Δ| to show"
    )
    parser.add_argument(
        "--sort",
        choices=("abs", "up", "down", "name"),
        default="down",
        help="order of the categories; down: largest Δ first",
    )
    parser.add_argument(
        "--top", type=_at_least_one, default=10, metavar="N", help="length of top, bottom"
    )
    return parser


def compare_parser() -> argparse.ArgumentParser:
    """``tui-eval compare``."""
    parser = _command_parser(
        "compare",
        "Say whether candidates differ from a baseline by more than noise: Δ with its interval, "
        "p, verdict, and what could be seen with so few questions. Answers are read, so that "
        "runs are compared question by question.",
        ("compare results/ --baseline base", "all other runs against base, a row a dataset"),
        ("compare results/ --baseline base --dataset mmlu --by category", "where they differ"),
        ("compare results/ --baseline base --scale 100 --margin 1", "the same within a point"),
        ("compare results/ --baseline base --format json", "every number, for a program"),
    )
    _add_baseline(parser)
    parser.add_argument(
        "--candidate", metavar="RUN", action="append", help="may be repeated (default: all others)"
    )
    _add_datasets(parser, "all that both have")
    _add_metric(parser)
    parser.add_argument(
        "--by",
        choices=("dataset", "category"),
        default="dataset",
        help="one row a dataset and candidate, or below it one a category",
    )
    parser.add_argument(
        "--margin",
        type=_not_negative,
        default=0.0,
        metavar="X",
        help="differences up to X count as the same, on the scale shown",
    )
    _add_alpha(parser)
    return parser


def gate_parser() -> argparse.ArgumentParser:
    """``tui-eval gate``."""
    parser = _command_parser(
        "gate",
        "Test whether a candidate is worse than a baseline by more than a margin, for CI. "
        "Exit code 0: no drop beyond the margin can be; 1: a drop beyond it is shown; "
        "2: undecided; 3: bad input, or not comparable.",
        ("gate results/ --baseline base --candidate new", "no drop beyond a point, every dataset"),
        ("gate results/ --baseline base --candidate new --max-drop 2", "two points are allowed"),
        ("gate old/ new/ --baseline base --candidate new --format junit > g.xml", "for CI"),
        formats=("text", "json", "md", "junit"),
        made=_GateParser,
    )
    _add_baseline(parser)
    parser.add_argument(
        "--candidate", metavar="RUN", required=True, help="label, model or a part of it"
    )
    _add_datasets(parser, "all that both have")
    parser.add_argument("--metric", metavar="M", help="name or a part of it (default: the first)")
    parser.add_argument(
        "--max-drop",
        type=_not_negative,
        default=1.0,
        metavar="X",
        help="drop that is allowed: points on 0–100, or on the scale of a metric without one",
    )
    _add_alpha(parser)
    parser.add_argument(
        "--require-n",
        type=_at_least_one,
        metavar="N",
        help="undecided with fewer paired questions (default: any number)",
    )
    _add_no_cache(parser)
    return parser


def curves_parser() -> argparse.ArgumentParser:
    """``tui-eval curves``."""
    parser = _command_parser(
        "curves",
        "Print scores over training steps: runs whose names tell a step, checkpoint, tokens or "
        "epoch, each against the one before and the best so far.",
        ("curves results/", "every training and dataset"),
        ("curves results/ --dataset arc --scale 100", "on one of several datasets"),
        ("curves results/ --format csv > curves.csv", "for a plot of your own"),
    )
    _add_datasets(parser, "all")
    _add_metric(parser)
    return parser


def flips_parser() -> argparse.ArgumentParser:
    """``tui-eval flips``."""
    parser = _command_parser(
        "flips",
        "Print how many questions flipped between a baseline and candidates, by category; "
        "with --list, or as jsonl, the questions.",
        ("flips results/ --baseline base --candidate sft", "counts by category"),
        ("flips results/ --baseline base --candidate sft --list", "which questions"),
        ("flips results/ --baseline base --candidate sft --format jsonl", "with all texts"),
        formats=(*FORMATS, "jsonl"),
    )
    _add_baseline(parser)
    parser.add_argument(
        "--candidate", metavar="RUN", action="append", required=True, help="may be repeated"
    )
    _add_choice_of_samples(parser)
    parser.add_argument("--list", action="store_true", help="the questions that flipped")
    return parser


def samples_parser() -> argparse.ArgumentParser:
    """``tui-eval samples``."""
    parser = _command_parser(
        "samples",
        "Print questions: scores, states and lengths of every run's answers; as jsonl the texts.",
        ("samples results/ --dataset gsm8k", "every question, all runs"),
        ("samples results/ --run base --run sft --where broken", "right in base, wrong in sft"),
        ("samples results/ --where 'score < 0.5 and len(response) > 2000'", "long and wrong"),
        ("samples results/ --where 'id < 100 and wrong'", "wrong among those numbered below 100"),
        ("samples results/ --where unparsed --format jsonl", "all texts of what was not parsed"),
        formats=(*FORMATS, "jsonl"),
    )
    parser.add_argument(
        "--run", metavar="RUN", action="append", help="may be repeated, first is a (default: all)"
    )
    _add_choice_of_samples(parser)
    parser.add_argument(
        "--where",
        metavar="EXPR",
        default="",
        help="fixed, broken, flaky …, or an expression (default: every question)",
    )
    parser.add_argument(
        "--columns",
        metavar="A,B",
        help="these columns, in this order (default: those that tell something)",
    )
    return parser


def rescore_parser() -> argparse.ArgumentParser:
    """``tui-eval rescore``."""
    parser = _command_parser(
        "rescore",
        "Score the stored answers again, without the model: what another filter or metric of "
        "lm-evaluation-harness makes of them, beside the stored score of the same questions.",
        ("rescore results/ --filter strict-match", "a filter of the runs' own configuration"),
        (
            r"rescore results/ --filter 'regex:A: (-?[0-9.,]+)'",
            "what the first match of a pattern scores",
        ),
        ("rescore results/ --filter strict-match --where 'id < 100'", "on some questions"),
        (
            "rescore results/ --filter strict-match --out again/",
            "saved as results of lm-evaluation-harness",
        ),
    )
    parser.add_argument(
        "--run", metavar="RUN", action="append", help="may be repeated (default: all with answers)"
    )
    _add_dataset(parser)
    parser.add_argument(
        "--filter",
        metavar="SPEC",
        action="append",
        required=True,
        help="may be repeated: the name of a filter of the run or of one you kept, "
        "regex:PATTERN (the first match), or JSON as in lm-evaluation-harness's filter_list",
    )
    parser.add_argument(
        "--metric",
        dest="scored_by",
        metavar="M",
        help="such as exact_match:ignore_case, with the options that the run itself has for it, "
        "or JSON as in lm-evaluation-harness's metric_list (default: the run's own first)",
    )
    parser.add_argument(
        "--where",
        metavar="EXPR",
        default="",
        help="fixed, broken, flaky …, or an expression (default: every question)",
    )
    parser.add_argument(
        "--out",
        type=_path,
        metavar="FOLDER",
        help="save each run and filter there, in the layout of lm-evaluation-harness "
        "(default: nothing is saved)",
    )
    parser.add_argument(
        "--time-limit",
        type=_positive,
        default=1.0,
        metavar="SECONDS",
        help="longest time of a filter on an answer",
    )
    parser.add_argument(
        "--scale", type=int, choices=(1, 100), default=1, help="scores on 0–1 or 0–100"
    )
    _add_no_cache(parser)
    parser.set_defaults(metric=None, category=None)
    return parser


def correlate_parser() -> argparse.ArgumentParser:
    """``tui-eval correlate``."""
    parser = _command_parser(
        "correlate",
        "Print whether two benchmarks put the models in the same order: Spearman's rho with its "
        "interval, Kendall's tau-b, a row a pair.",
        ("correlate results/", "every dataset against every other one"),
        ("correlate results/ --dataset mmlu --dataset arc", "only these two"),
        ("correlate results/ --dataset mmlu --by category", "the categories of one dataset"),
    )
    _add_datasets(parser, "those that several runs have")
    parser.add_argument(
        "--by", choices=("dataset", "category"), default="dataset", help="what is compared"
    )
    parser.add_argument("--metric", metavar="M", help="name or a part of it (default: the first)")
    _add_no_cache(parser)
    return parser


def judges_parser() -> argparse.ArgumentParser:
    """``tui-eval judges``."""
    parser = _command_parser(
        "judges",
        "Print how far several judges of the same answers agree, a row two judges of a run: equal "
        "verdicts, Cohen's kappa, and of graded ones mean difference and correlation.",
        ("judges results/", "every run that several judges judged"),
        ("judges results/ --run sft --format csv", "of one run, for a file"),
    )
    parser.add_argument(
        "--run", metavar="RUN", action="append", help="may be repeated (default: all)"
    )
    _add_dataset(parser)
    _add_no_cache(parser)
    return parser


def runs_parser() -> argparse.ArgumentParser:
    """``tui-eval runs``."""
    parser = _command_parser(
        "runs",
        "List the runs found: model, harness, state, counts, files.",
        ("runs results/", "all runs"),
        ("runs results/ --run sft", "what is known of one: settings, files, notes"),
        ("runs results/ --run sft --against base", "in what two runs differ"),
    )
    parser.add_argument("--run", metavar="RUN", help="what is known of this run alone")
    parser.add_argument("--against", metavar="RUN", help="in what --run differs from this one")
    _add_no_cache(parser)
    return parser


def check_parser() -> argparse.ArgumentParser:
    """``tui-eval check``."""
    parser = _command_parser(
        "check",
        "Say whether everything was answered: what was asked against what was found, by run, "
        "dataset and category. All answers are read. "
        "Exit code 0: nothing is incomplete; 1: something is; 2: wrong usage. "
        "What nobody can know is unknown, and does not count as incomplete.",
        ("check results/", "what is incomplete, and what nobody can know"),
        ("check results/ --run sft --all", "every category of one run"),
        ("check results/ --format junit > check.xml", "for CI"),
        ("check results/ --format json", "every number, for a program"),
        ("check model_responses/ --format mixeval", "the log of MixEval's check_eval_complete"),
        formats=("table", "csv", "md", "json", "junit", "mixeval"),
    )
    parser.add_argument(
        "--run", metavar="RUN", action="append", help="may be repeated (default: all)"
    )
    _add_datasets(parser, "all")
    parser.add_argument(
        "--all",
        action="store_true",
        help="table and md: what is complete too, as csv, json and junit always have it",
    )
    _add_no_cache(parser)
    log = parser.add_argument_group(
        "with --format mixeval", "the options of MixEval's own check_eval_complete"
    )
    log.add_argument(
        "--base_models_to_check",
        nargs="+",
        metavar="MODEL",
        help="they come first; none: no model (default: none)",
    )
    log.add_argument(
        "--chat_models_to_check",
        nargs="+",
        metavar="MODEL",
        help="none: no model (default: all others that are found, by name)",
    )
    for split, usual in MIXEVAL_LINES.items():
        log.add_argument(
            f"--n_{split}", type=_at_least_one, metavar="N", help=f"lines (default: {usual})"
        )
    return parser


def doctor_parser() -> argparse.ArgumentParser:
    """``tui-eval doctor``."""
    return _command_parser(
        "doctor",
        "List every file looked at: what it is, or why not.",
        ("doctor results/", "what was read, refused or skipped, and why"),
        ("doctor results/ --format csv | grep refused", "only what could not be read"),
    )


def _examples(*examples: tuple[str, str]) -> str:
    """Command lines, and above each what it does, as help shows them."""
    lines = (f"  # {told}\n  tui-eval {words}" for words, told in examples)
    return "\n".join(["examples:", *lines])


FORMATS = ("table", "csv", "md", "json", "parquet")
"""What most commands print."""


def _command_parser(
    name: str,
    description: str,
    *examples: tuple[str, str],
    formats: tuple[str, ...] = FORMATS,
    made: type[_CommandParser] = _CommandParser,
) -> argparse.ArgumentParser:
    parser = made(
        prog=f"tui-eval {name}",
        description=fill(description, 78),
        formatter_class=_Help,
        epilog=_examples(*examples),
    )
    parser.register("action", None, _Once)
    parser.add_argument(
        "paths", nargs="+", type=_path, metavar="PATH", help="result file or folder"
    )
    if formats:
        parser.add_argument("--format", choices=formats, default=formats[0], help="what is printed")
    return parser


def _add_choice_of_view(parser: argparse.ArgumentParser) -> None:
    """What the app shows first; what was looked at last in these paths does not count then."""
    view = parser.add_argument_group("what is shown first", "else what was looked at last here")
    view.add_argument(
        "--screen",
        choices=SCREENS,
        metavar="NAME",
        help=f"{', '.join(SCREENS)} (default: scores, or what the others need)",
    )
    view.add_argument("--dataset", metavar="D")
    view.add_argument("--category", metavar="C", help="of the questions")
    view.add_argument("--metric", metavar="M")
    view.add_argument("--scale", type=int, choices=(1, 100))
    view.add_argument("--baseline", metavar="RUN", help="label, model or a part of it")
    view.add_argument("--candidate", metavar="RUN", action="append", help="may be repeated")
    view.add_argument("--where", metavar="EXPR", help="questions that meet a condition")
    view.add_argument(
        "--margin",
        type=_not_negative,
        metavar="X",
        help="differences up to X count as the same, on the scale shown",
    )


def _add_choice_of_scores(parser: argparse.ArgumentParser) -> None:
    _add_dataset(parser)
    _add_metric(parser)


def _add_choice_of_samples(parser: argparse.ArgumentParser) -> None:
    _add_dataset(parser)
    parser.add_argument("--category", metavar="C", help="name or a part of it (default: all)")
    _add_metric(parser)


def _add_dataset(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--dataset", metavar="D", help="name or a part of it (default: the only one that fits)"
    )


def _add_datasets(parser: argparse.ArgumentParser, usual: str) -> None:
    parser.add_argument(
        "--dataset",
        metavar="D",
        action="append",
        help=f"name or a part of it; may be repeated (default: {usual})",
    )


def _add_baseline(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--baseline", metavar="RUN", required=True, help="label, model or a part of it"
    )


def _add_alpha(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--alpha",
        type=_share,
        default=0.05,
        metavar="A",
        help="how often an interval may miss, and a verdict be a false alarm",
    )


def _add_metric(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--metric", metavar="M", help="name or a part of it (default: the first)")
    parser.add_argument(
        "--scale", type=int, choices=(1, 100), default=1, help="scores on 0–1 or 0–100"
    )
    _add_no_cache(parser)


def _add_no_cache(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--no-cache", action="store_true", help="read all files anew, and keep nothing"
    )


def _path(text: str) -> Path:
    if not text:  # an unset variable, most likely: it would mean the current folder
        raise argparse.ArgumentTypeError("the path is empty")
    return Path(text)


def _finite(text: str) -> float:
    try:
        number = float(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number") from None
    if not math.isfinite(number):
        raise argparse.ArgumentTypeError("must be a finite number")
    return number


def _not_negative(text: str) -> float:
    number = _finite(text)
    if number < 0:
        raise argparse.ArgumentTypeError("must not be negative")
    return number


def _positive(text: str) -> float:
    number = _finite(text)
    if number <= 0:
        raise argparse.ArgumentTypeError("must be above 0")
    return number


def _share(text: str) -> float:
    number = _finite(text)
    if not 0 < number < 1:
        raise argparse.ArgumentTypeError("must be between 0 and 1")
    return number


def _at_least_one(text: str) -> int:
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError("must be 1 or more")
    return number


def battle_parser() -> argparse.ArgumentParser:
    """``tui-eval battle``."""
    parser = _command_parser(
        "battle",
        "Let a judge compare saved answers of runs, in both orders. Questions and answers are sent "
        "to the judge's address, and nowhere else, after you confirmed how many; what comes back "
        "is kept in a file that the same command goes on with, whenever it was stopped.",
        (
            "battle r/ --baseline A --judge-url $URL --judge-model M --out b.jsonl",
            "asks before it starts",
        ),
        (
            "battle r/ --baseline A --judge-url $URL --judge-model M --out b --yes",
            "starts at once",
        ),
        formats=(),
    )
    _add_baseline(parser)
    parser.add_argument(
        "--candidate", metavar="RUN", action="append", help="may be repeated (default: all others)"
    )
    parser.add_argument("--judge-url", metavar="URL", required=True, help="OpenAI-compatible")
    parser.add_argument("--judge-model", metavar="M", required=True, help="name at the server")
    parser.add_argument(
        "--out", type=_path, metavar="FILE", required=True, help="JSON Lines, a line a game"
    )
    _add_dataset(parser)
    parser.add_argument(
        "--limit",
        type=_at_least_one,
        metavar="N",
        help="first N questions of each candidate (default: all)",
    )
    parser.add_argument(
        "--concurrency", type=_at_least_one, default=8, metavar="K", help="games at once"
    )
    parser.add_argument("--yes", action="store_true", help="start without asking")
    parser.add_argument(
        "--key-env",
        metavar="NAME",
        default="TUI_EVAL_JUDGE_KEY",
        help="environment variable that holds the key",
    )
    parser.add_argument(
        "--key-header", metavar="NAME", default="Authorization", help="header that it is sent in"
    )
    parser.add_argument(
        "--max-tokens", type=_at_least_one, default=1024, metavar="N", help="of a reply"
    )
    parser.add_argument(
        "--judge-extra", metavar="JSON", help="more fields of a request (default: none)"
    )
    parser.add_argument(
        "--prompt",
        type=_path,
        metavar="FILE",
        help="a prompt with {question} {answer_a} {answer_b} {id} (default: ours)",
    )
    parser.add_argument(
        "--repeats", type=_at_least_one, default=1, metavar="N", help="games of each order"
    )
    parser.add_argument(
        "--retry",
        choices=("unparsed", "length"),
        action="append",
        default=[],
        help="ask games again that ended so; may be repeated (default: none)",
    )
    parser.add_argument(
        "--timeout", type=_not_negative, default=600.0, metavar="S", help="seconds for one reply"
    )
    parser.add_argument(
        "--ca", type=_path, metavar="FILE", help="certificates that are trusted (default: system's)"
    )
    parser.add_argument(
        "--no-proxy", action="store_true", help="use no proxy that the environment names"
    )
    _add_no_cache(parser)
    return parser


PARSERS = {
    "datasets": datasets_parser,
    "leaderboard": leaderboard_parser,
    "scores": scores_parser,
    "delta": delta_parser,
    "compare": compare_parser,
    "gate": gate_parser,
    "curves": curves_parser,
    "flips": flips_parser,
    "samples": samples_parser,
    "rescore": rescore_parser,
    "correlate": correlate_parser,
    "battle": battle_parser,
    "judges": judges_parser,
    "runs": runs_parser,
    "check": check_parser,
    "doctor": doctor_parser,
}
"""The words of each command."""
