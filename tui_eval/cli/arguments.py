"""The words of the command line: every command's parser, and what its values may be.

Nothing but argparse is imported: ``--help`` answers at once.
"""

from __future__ import annotations

import argparse
import math
from pathlib import Path

from tui_eval import __version__

DESCRIPTION = """\
Open the results of LLM evaluation harnesses in the terminal.

  tui-eval PATH...          open the scores of all runs found there
  tui-eval                  browse the current folder for results
  tui-eval datasets PATH... list the datasets: runs, categories, harness, best run
  tui-eval scores PATH...   print scores by category
  tui-eval delta PATH...    print differences to a baseline
  tui-eval flips PATH...    print which questions flipped between runs
  tui-eval samples PATH...  print questions: who got them right, what was written
  tui-eval runs PATH...     list the runs found
  tui-eval doctor PATH...   list every file: what it is, or why it was refused
"""


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
        formatter_class=argparse.RawDescriptionHelpFormatter,
        epilog="? in the app shows its keys; tui-eval COMMAND --help tells a command's options.",
    )
    parser.register("action", None, _Once)
    parser.add_argument(
        "paths", nargs="*", type=_path, metavar="PATH", help="result file or folder"
    )
    _add_no_cache(parser)
    parser.add_argument("--no-mouse", action="store_true", help="leave the mouse to the terminal")
    parser.add_argument(
        "--theme", metavar="NAME", help="a Textual theme, textual-light for example"
    )
    parser.add_argument("--version", action="version", version=f"tui-eval {__version__}")
    return parser


def datasets_parser() -> argparse.ArgumentParser:
    """``tui-eval datasets``."""
    parser = _command_parser(
        "datasets", "List the datasets: how many runs and categories, harness, metric, best run."
    )
    parser.add_argument(
        "--sort", choices=("name", "runs"), default="name", help="default: name; runs: most first"
    )
    parser.add_argument("--scale", type=int, choices=(1, 100), default=1, help="default: 1")
    _add_no_cache(parser)
    return parser


def scores_parser() -> argparse.ArgumentParser:
    """``tui-eval scores``."""
    parser = _command_parser("scores", "Print scores: categories as rows, runs as columns.")
    _add_choice_of_scores(parser)
    parser.add_argument(
        "--sort",
        choices=("mean", "-mean", "name"),
        default="-mean",
        help="default: -mean, best first",
    )
    side = parser.add_mutually_exclusive_group()
    side.add_argument("--min", type=_finite, metavar="X", help="categories with a score ≥ X")
    side.add_argument("--max", type=_finite, metavar="X", help="categories with a score ≤ X")
    parser.add_argument("--by", metavar="RUN", help="the run that --min or --max asks; else any")
    parser.add_argument(
        "--long", action="store_true", help="one row a number, with every column that there is"
    )
    return parser


def delta_parser() -> argparse.ArgumentParser:
    """``tui-eval delta``."""
    parser = _command_parser("delta", "Print differences between candidates and a baseline.")
    parser.add_argument(
        "--baseline", metavar="RUN", required=True, help="label, model or a part of it"
    )
    parser.add_argument(
        "--candidate", metavar="RUN", action="append", help="may be repeated; default: all others"
    )
    _add_choice_of_scores(parser)
    parser.add_argument(
        "--view",
        choices=("categories", "overview", "top", "bottom", "missing"),
        default="categories",
    )
    parser.add_argument(
        "--threshold", type=_not_negative, default=0.0, metavar="X", help="least |Δ| to show"
    )
    parser.add_argument("--sort", choices=("abs", "up", "down", "name"), default="down")
    parser.add_argument(
        "--top", type=_at_least_one, default=10, metavar="N", help="length of top, bottom"
    )
    return parser


def flips_parser() -> argparse.ArgumentParser:
    """``tui-eval flips``."""
    parser = _command_parser(
        "flips",
        "Print how many questions flipped between a baseline and candidates, by category; "
        "with --list, or as jsonl, the questions.",
        more=("jsonl",),
    )
    parser.add_argument(
        "--baseline", metavar="RUN", required=True, help="label, model or a part of it"
    )
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
        more=("jsonl",),
    )
    parser.add_argument(
        "--run", metavar="RUN", action="append", help="may be repeated, first is a; default: all"
    )
    _add_choice_of_samples(parser)
    parser.add_argument(
        "--where",
        metavar="EXPR",
        default="",
        help="a.correct and not b.correct, len(response) > 2000 …; or fixed, broken, flaky …",
    )
    parser.add_argument("--columns", metavar="A,B", help="only these columns, in this order")
    return parser


def runs_parser() -> argparse.ArgumentParser:
    """``tui-eval runs``."""
    parser = _command_parser("runs", "List the runs found: model, harness, state, counts, files.")
    parser.add_argument("--run", metavar="RUN", help="what is known of this run alone")
    parser.add_argument("--against", metavar="RUN", help="in what --run differs from this one")
    _add_no_cache(parser)
    return parser


def doctor_parser() -> argparse.ArgumentParser:
    """``tui-eval doctor``."""
    return _command_parser("doctor", "List every file looked at: what it is, or why not.")


def _command_parser(
    name: str, description: str, more: tuple[str, ...] = ()
) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog=f"tui-eval {name}", description=description)
    parser.register("action", None, _Once)
    parser.add_argument(
        "paths", nargs="+", type=_path, metavar="PATH", help="result file or folder"
    )
    forms = ("table", "csv", "md", "json", "parquet", *more)
    parser.add_argument("--format", choices=forms, default="table")
    return parser


def _add_choice_of_scores(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--dataset", metavar="D", help="default: the only one, or all in an overview"
    )
    parser.add_argument("--metric", metavar="M", help="default: the first that there is")
    parser.add_argument("--scale", type=int, choices=(1, 100), default=1, help="default: 1")
    _add_no_cache(parser)


def _add_choice_of_samples(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--dataset", metavar="D", help="default: the only one")
    parser.add_argument("--category", metavar="C", help="default: all of the dataset")
    parser.add_argument("--metric", metavar="M", help="default: the first that there is")
    parser.add_argument("--scale", type=int, choices=(1, 100), default=1, help="default: 1")
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
        raise argparse.ArgumentTypeError(f"{text!r} is no number") from None
    if not math.isfinite(number):
        raise argparse.ArgumentTypeError("must be a finite number")
    return number


def _not_negative(text: str) -> float:
    number = _finite(text)
    if number < 0:
        raise argparse.ArgumentTypeError("must not be negative")
    return number


def _at_least_one(text: str) -> int:
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError("must be 1 or more")
    return number


PARSERS = {
    "datasets": datasets_parser,
    "scores": scores_parser,
    "delta": delta_parser,
    "flips": flips_parser,
    "samples": samples_parser,
    "runs": runs_parser,
    "doctor": doctor_parser,
}
"""The words of each command."""
