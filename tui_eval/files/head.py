"""What a file is, as far as can be told without reading all of it.

A format recognises a file by its head alone, whatever it is made of, so that nothing of a file is
read for the formats that do not know it.
"""

from __future__ import annotations

from collections.abc import Set
from dataclasses import dataclass
from typing import Literal

Kind = Literal["json", "parquet", "zip", "csv"]
"""How a file is to be opened; ``json`` is also one value a line."""


@dataclass(frozen=True)
class Head:
    """What is cheap to know of a file, or of one document of a file of JSON.

    Attributes:
        kind: How the file is to be opened.
        names: The keys of a JSON object, the columns of a Parquet file, the members of a zip, or
            the headings of a CSV file.
        value: The JSON document, or the first row of a file of rows; None of other kinds.
    """

    kind: Kind
    names: Set[str]
    value: object = None

    @classmethod
    def of(cls, document: object) -> Head:
        """The head that a JSON document is."""
        names = document.keys() if isinstance(document, dict) else frozenset[str]()
        return cls("json", names, document)
