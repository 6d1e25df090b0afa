"""What is said about a report: messages with named values, put into words when they are drawn.

A note is its sentence in English, and knows the message and the values that it was made of. So what
reads a report never takes a sentence apart, and another language is a second catalogue of messages
(`render.words`).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import NamedTuple, Self


class Note(str):
    """A sentence about a report.

    Attributes:
        message: The sentence in English, values by their names in braces: what names it in
            catalogues of other languages.
        values: What stands in the braces: texts, numbers, notes, `Names` and `Count`.
    """

    message: str
    values: Mapping[str, object]

    def __new__(cls, message: str, /, **values: object) -> Self:
        """The sentence with its values."""
        note = super().__new__(cls, message.format(**values))
        note.message, note.values = message, values
        return note


class Names(NamedTuple):
    """Names in a sentence, the last ones counted instead of named where there are more than most.

    ``separator`` stands between those that are named.
    """

    names: tuple[object, ...]
    most: int = 6
    separator: str = ", "

    def __str__(self) -> str:
        """The names in English."""
        return self.joined(map(str, self.names), "{names} and {more} more")

    def joined(self, words: Iterable[str], with_more: str) -> str:
        """The names in the words of a language, and what it says of those that are counted."""
        texts = list(words)
        if len(texts) <= self.most:
            return self.separator.join(texts)
        named = self.separator.join(texts[: self.most - 1])
        return with_more.format(names=named, more=len(texts) - self.most + 1)


class Count(NamedTuple):
    """A number of things: ``1 category``, ``2 categories``."""

    number: int
    noun: str

    def __str__(self) -> str:
        """The number and the noun in English."""
        many = self.noun[:-1] + "ies" if self.noun.endswith("y") else self.noun + "s"
        return f"{self.number} {self.noun if self.number == 1 else many}"


def listed(some: Iterable[object], most: int = 6) -> Names:
    """`Names` of anything that there are several of."""
    return Names(tuple(some), most)
