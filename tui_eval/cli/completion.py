"""Completion in the shell: the script that a shell reads once, and what it asks at every Tab."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from tui_eval.cli.arguments import PARSERS, open_parser

if TYPE_CHECKING:
    from collections.abc import Mapping


def completion_script(shell: str) -> str:
    """What a shell has to read to complete the words of ``tui-eval``."""
    import argcomplete

    return str(argcomplete.shellcode(["tui-eval"], use_defaults=False, shell=shell))


def complete() -> None:
    """Answer a shell that asks how the words so far go on, and end the program.

    The shell gives the line in ``COMP_LINE``, and the place of the cursor in ``COMP_POINT``.
    """
    import argcomplete

    words = os.environ["COMP_LINE"][: int(os.environ["COMP_POINT"])].split(" ")
    parser = open_parser()
    if len(words) > 2 and words[1] in PARSERS:
        parser = PARSERS[words[1]]()
        os.environ["_ARGCOMPLETE"] = "2"  # the command stands where the program does
    for action in parser._actions:
        if action.option_strings and action.nargs != 0 and not action.choices:
            action.completer = _nothing  # type: ignore[attr-defined]
        elif len(words) == 2 and action.dest == "paths":
            action.completer = _commands_and_files  # type: ignore[attr-defined]
    argcomplete.autocomplete(parser, always_complete_options=False)


def _commands_and_files(prefix: str, **_: object) -> Mapping[str, str]:
    """What the first word may be, and what a command does."""
    from argcomplete import FilesCompleter

    named = [name for name in PARSERS if name.startswith(prefix)]
    told = {name: PARSERS[name]().description or "" for name in named}
    return {**dict.fromkeys(FilesCompleter()(prefix), ""), **told}


def _nothing(**_: object) -> tuple[str, ...]:
    """What can be said of a value that only the results know: a run, a dataset, a number."""
    return ()
