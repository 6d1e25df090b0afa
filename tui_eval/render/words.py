"""Notes put into words: a language is a catalogue of messages, English the one in the code.

Of a note the message and its values are translated; what is no note (a name, a number, a sentence
that a format wrote) stays as it is.
"""

from __future__ import annotations

from collections.abc import Mapping

from tui_eval.analysis.notes import Count, Names, Note
from tui_eval.render.figures_zh_tw import FIGURES
from tui_eval.render.words_zh_tw import COMMANDS

Catalogue = Mapping[str, str]
"""The messages of a language, by the English ones; with braces for the same values."""

ENGLISH: Catalogue = {}
"""Messages are written in English."""

ZH_TW: Catalogue = {**COMMANDS, **FIGURES}
"""Traditional Chinese: so far what README's tables of keys and figures say."""

MORE = "{names} and {more} more"
"""The message of a list of names of which the last are counted."""


def worded(value: object, catalogue: Catalogue = ENGLISH) -> str:
    """A note, or a value in one, in the words of a catalogue; English where that has none."""
    if isinstance(value, Note):
        values = {name: worded(one, catalogue) for name, one in value.values.items()}
        return catalogue.get(value.message, value.message).format(**values)
    if isinstance(value, Names):
        words = (worded(one, catalogue) for one in value.names)
        return value.joined(words, catalogue.get(MORE, MORE))
    if isinstance(value, Count) and value.noun in catalogue:
        return catalogue[value.noun].format(number=value.number)
    return str(value)
