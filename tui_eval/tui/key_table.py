"""README's tables of keys, made from the definitions that bind them, and of what figures mean.

``python -m tui_eval.tui.key_table`` writes them into README.md and its translations, in the current
folder, between two comments each; with ``--untranslated`` it lists the sentences that a translation
lacks.
"""

from __future__ import annotations

import importlib
import pkgutil
import re
import sys
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from textual.keys import key_to_character

from tui_eval.render.glossary import GLOSSARY
from tui_eval.render.words import ENGLISH, ZH_TW, Catalogue
from tui_eval.tui import screens
from tui_eval.tui.commands import Command
from tui_eval.tui.screens.keys import sections
from tui_eval.tui.screens.view_screen import ViewScreen
from tui_eval.tui.widgets.top_bar import VIEWS

BEGIN = "<!-- keys: written by python -m tui_eval.tui.key_table -->"
END = "<!-- end of keys -->"

GLOSSARY_BEGIN = "<!-- figures: written by python -m tui_eval.tui.key_table -->"
GLOSSARY_END = "<!-- end of figures -->"

READMES: Mapping[str, Catalogue] = {"README.md": ENGLISH, "README.zh-TW.md": ZH_TW}
"""The files that have the tables, and the language of each."""

KEY, SEVERAL = "key", "Several screens"
FIGURE, MEANING = "figure", "What the figures mean"
"""Headings of the tables."""

_NAMES = {
    "up": "↑",
    "down": "↓",
    "left": "←",
    "right": "→",
    "escape": "Esc",
    "enter": "Enter",
    "backspace": "Backspace",
    "tab": "Tab",
    "home": "Home",
    "end": "End",
    "pageup": "PgUp",
    "pagedown": "PgDn",
    "slash": "/",
    "plus": "+",
    "minus": "-",
    "colon": ":",
    "f1": "F1",
}


def key_tables(catalogue: Catalogue = ENGLISH) -> str:
    """Markdown: tables of keys that work everywhere, that move, and of one screen or several."""
    return "\n".join(_table(title, rows, catalogue) for title, rows in _all_sections())


def glossary_table(catalogue: Catalogue = ENGLISH) -> str:
    """Markdown: a table of what every figure means."""
    lines = [f"| {_said(FIGURE, catalogue)} | {_said(MEANING, catalogue)} |", "| --- | --- |"]
    lines += [
        f"| {_said(one.name, catalogue)} | {_said(one.meaning, catalogue)} |" for one in GLOSSARY
    ]
    return "".join(f"{line}\n" for line in lines)


def with_tables(readme: str, catalogue: Catalogue) -> str:
    """The text of a README with its tables made anew."""
    text = _between(readme, BEGIN, key_tables(catalogue), END)
    return _between(text, GLOSSARY_BEGIN, glossary_table(catalogue), GLOSSARY_END)


def _between(text: str, begin: str, table: str, end: str) -> str:
    before, _, rest = text.partition(begin)
    _, _, after = rest.partition(end)
    return f"{before}{begin}\n{table}{end}{after}"


def _said(words: str, catalogue: Catalogue) -> str:
    """Words in a language, as Markdown needs them to show them as they are."""
    return re.sub(r"([|*_<>~\[\]])", r"\\\1", catalogue.get(words, words))


def untranslated(catalogue: Catalogue) -> list[str]:
    """English words of the tables that a catalogue lacks, each once."""
    every = _all_sections()
    words = [KEY, SEVERAL, *(title for title, _ in sections("", ())[1:])]
    words += [row.help for _, rows in every for row in rows]
    words += [FIGURE, MEANING, *(term.meaning for term in GLOSSARY)]
    return [one for one in dict.fromkeys(words) if one not in catalogue]


class _Row(NamedTuple):
    """A key, and on which screens it does this; empty: the heading says it."""

    keys: str
    name: str
    help: str
    where: tuple[str, ...] = ()


def _all_sections() -> list[tuple[str, list[_Row]]]:
    every = [(title, _rows(commands)) for title, commands in sections("", ())[1:]]
    titles = {action: title for _, title, action in VIEWS}
    of_screens: dict[str, list[_Row]] = {}
    places: dict[_Row, list[str]] = {}
    for screen in _views():
        name = screen.__name__.removesuffix("Screen")
        title = titles.get(f"show_{name.lower()}", name)
        of_screens[title] = _rows(screen.KEYS)
        for row in of_screens[title]:
            places.setdefault(row, []).append(title)
    shared = [row._replace(where=tuple(names)) for row, names in places.items() if len(names) > 1]
    own = [
        (title, [row for row in rows if len(places[row]) == 1])
        for title, rows in of_screens.items()
    ]
    return [*every, (SEVERAL, shared), *own]


def _rows(commands: Iterable[Command]) -> list[_Row]:
    return [_Row(command.keys, command.name, command.help) for command in commands]


def _views() -> list[type[ViewScreen]]:
    """The screens that a person goes to, in the order of their numbers."""
    for module in pkgutil.iter_modules(screens.__path__, f"{screens.__name__}."):
        importlib.import_module(module.name)
    found: list[type[ViewScreen]] = [*ViewScreen.__subclasses__()]
    for kind in found:  # grows while it is gone through
        found += kind.__subclasses__()
    views = {kind.NUMBER: kind for kind in found if "KEYS" in vars(kind) and kind.KEYS}
    return [views[number] for number in sorted(views)]


def _table(title: str, rows: Sequence[_Row], catalogue: Catalogue) -> str:
    def said(words: str) -> str:
        return _said(words, catalogue)

    lines = [f"| {said(KEY)} | {said(title)} | |", "| --- | --- | --- |"]
    for row in rows:
        keys = " ".join(f"`{_shown(key)}`" for key in row.keys.split(","))
        where = f" ({', '.join(map(said, row.where))})" if row.where else ""
        lines.append(f"| {keys} | {said(row.name)} | {said(row.help)}{where} |")
    return "".join(f"{line}\n" for line in lines)


def _shown(key: str) -> str:
    """A key as a person reads it, whom Textual's names (``equals_sign``) tell nothing."""
    character = key_to_character(key) or ""
    return _NAMES.get(key) or (character if character.isprintable() and character.strip() else key)


def main(words: Sequence[str]) -> None:
    """Write the tables, or list what is not translated."""
    for name, catalogue in READMES.items():
        if "--untranslated" in words:
            missing = untranslated(catalogue) if catalogue else []
            print(*(f"{name}: {one}" for one in missing), sep="\n")
            continue
        path = Path(name)
        text = path.read_text(encoding="utf-8")
        path.write_text(with_tables(text, catalogue), encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1:])
