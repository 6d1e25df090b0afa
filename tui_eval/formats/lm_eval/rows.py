"""Rows of answers, 0.3 to 0.5: what was asked, what came back, which metrics were made of it.

Since 0.4.3 all that a model gave back is text, numbers too: whether ``"-12.5"`` was rated or
written is told by the request, which has no second argument where a whole text was rated.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from hashlib import sha256
from os.path import commonprefix
from typing import Any

import msgspec

from tui_eval.files.documents import Refusal, decode, parse
from tui_eval.formats.passages import Field, Look, fields_of
from tui_eval.formats.values import as_number, kind

Row = Mapping[str, object]

HASH = 16
"""Digits of a hash that are kept."""

LONGEST_NUMBER = 32
"""Characters: a response beyond is no log-likelihood."""

UNPARSED = "[invalid]"
"""What filters give where they find nothing."""

STOPPED = "[timed out]"
"""What this program writes in the place of it, where the filter was stopped: there is no score."""

_FIXED = frozenset(
    {
        *("doc_id", "doc", "target", "arguments", "resps", "filtered_resps", "filter", "metrics"),
        *("doc_hash", "prompt_hash", "target_hash", "scores_per_repeat"),
    }
)
_OLDEST = re.compile(r"doc_id|truth|(prompt|logit)_\d+")
_MOST_METRICS = 256
_BEGIN = b'{"doc_id": '
_TARGET = b', "target": '
_RESPONSES = b', "resps": '

_QUESTIONS = ("question", "query", "prompt", "problem", "input", "text")
"""Fields of a document that ask, wherever they stand; else its first text does."""

_LOOKED_AT = 256
"""Questions whose documents are decoded to see whether they share passages, which doubles what they
cost. Tasks keep the order of their data sets, where questions on one passage follow each other."""

_whole = msgspec.json.Decoder()


class _Asked(msgspec.Struct, gc=False):
    """The beginning of a row."""

    doc: Any = None


_asked = msgspec.json.Decoder(_Asked)


class LightRow(msgspec.Struct, gc=False):
    """What an index needs of a row since 0.4.7; metrics are added as rows name them."""

    doc_id: int | str
    metrics: list[str]
    doc_hash: str
    prompt_hash: str
    resps: object
    filtered_resps: object = None
    filter: str | None = None
    arguments: msgspec.Raw = msgspec.Raw(b"null")
    scores_per_repeat: object = None


class TextRow(LightRow, gc=False, kw_only=True):
    """A row with a single response that the model wrote, and a number for each metric."""

    resps: tuple[tuple[str]]
    filtered_resps: tuple[str]
    filter: str
    scores_per_repeat: None = None


class Reader:
    """Reads rows of one file without what is large in them: prompts and the question itself.

    Attributes:
        metrics: The metrics of its rows so far, and the fields of `LightRow` in which they are.
    """

    def __init__(self) -> None:
        self.metrics: dict[str, str] = {}
        self._look = Look(_LOOKED_AT)
        self._learn(())

    def read(self, data: bytes) -> Row:
        """A row, all of it only where it is older than 0.4.7 or has something odd.

        Raises:
            Refusal: It is not JSON, or no row of answers.
        """
        row = self.light(data)
        if row is None:
            return read_row(data)
        found = msgspec.structs.asdict(row)
        for name, field in self.metrics.items():
            found[name] = found[field]
        return found

    def light(self, data: bytes) -> LightRow | None:
        """A row, or a row `without_texts`; None: it has something odd."""
        try:
            row = self._light.decode(data)
            if not self.metrics.keys() >= set(row.metrics):
                self._learn(row.metrics)
                row = self._light.decode(data)
        except (ValueError, RecursionError):
            return None
        return row

    def texts(self, rows: Sequence[bytes]) -> list[TextRow] | None:
        """Rows `without_texts`, which are read as one array; None: they are not all so simple.

        They have the metrics of the first. Lines that are one row together show by their number.
        """
        data = b"[%b]" % b",\n".join(rows)  # no text of JSON goes on behind the end of a line
        try:
            found = self._texts.decode(data)
            if len(found) != len(rows):
                return None
            if not self.metrics.keys() >= set(found[0].metrics):
                self._learn(found[0].metrics)
                found = self._texts.decode(data)
        except (ValueError, RecursionError):
            return None
        metrics = [row.metrics for row in found]
        return found if metrics.count(metrics[0]) == len(found) else None

    def passages(self, question: int | str | None, data: bytes) -> bytes | None:
        """What is kept of the texts of a question, by its hash, of the bytes of its row."""
        if self._look.is_over:
            return None
        number = hash_of(question) if isinstance(question, str) else question
        return None if number is None else self._look.at(number, *_texts_of(_document_of(data)))

    def _learn(self, names: Sequence[str]) -> None:
        """Take metrics into the types of rows. Raises ValueError where that cannot be."""
        known = dict.fromkeys((*self.metrics, *names))
        if len(known) > _MOST_METRICS:
            raise ValueError("too many")
        fields = {name: f"metric_{number}" for number, name in enumerate(known)}
        renamed = {field: name for name, field in fields.items()}
        any_value = [(field, object, None) for field in fields.values()]
        number = [(field, float) for field in fields.values()]
        light: Any = msgspec.defstruct(
            "light", any_value, bases=(LightRow,), rename=renamed, gc=False
        )
        text: Any = msgspec.defstruct(
            "text", number, bases=(TextRow,), rename=renamed, gc=False, kw_only=True
        )
        self.metrics = fields
        self._light: msgspec.json.Decoder[LightRow] = msgspec.json.Decoder(light)
        self._texts: msgspec.json.Decoder[list[TextRow]] = msgspec.json.Decoder(list[text])


def without_texts(data: bytes) -> bytes:
    """A row without what stands between its number and its responses; empty: it cannot be cut.

    That is most of a row, and is not looked at: what is wrong with a question or a prompt shows
    when the user reads them. Where the word by which the row is cut belongs to something inside of
    it, what is left over is no JSON.
    """
    cut = data.rfind(_RESPONSES)
    return data[: data.find(b",")] + data[cut:] if cut > 0 and data.startswith(_BEGIN) else b""


def _document_of(data: bytes) -> object:
    """What a row was made of, read without what follows it; else of all of the row."""
    for part in (data[: data.find(_TARGET)] + b"}", data):
        try:
            return _asked.decode(part).doc
        except (ValueError, RecursionError):
            continue
    return read_row(data).get("doc")


def _texts_of(document: object) -> tuple[str | None, Iterable[Field]]:
    """The text that asks, and the fields of a document."""
    if not isinstance(document, dict):
        return (document if isinstance(document, str) else None), ()
    for name in _QUESTIONS:
        if type(text := document.get(name)) is str:
            return text, fields_of(document)
    texts = (text for text in document.values() if type(text) is str)
    return next(texts, None), fields_of(document)


def read_row(data: bytes) -> Row:
    """All of a row. Raises `Refusal` where it is no row of answers."""
    try:
        row = _whole.decode(data)
    except (ValueError, RecursionError):
        row = parse(decode(data)[0])
    return as_row(row)


def as_row(value: object) -> Row:
    """A JSON value as a row of 0.4. Raises `Refusal` where it is no row of answers."""
    if not isinstance(value, dict):
        raise Refusal(f"{kind(value)} instead of a row")
    if "prompt_0" in value and "resps" not in value:
        value = _later(value)
    if "resps" not in value and "filtered_resps" not in value:
        raise Refusal("no answer in it")
    return value


def _later(row: Row) -> dict[str, object]:
    """A row of 0.3's ``--write_out`` as 0.4 would write it; it does not hold the question.

    A prompt ends with the option that is rated: what all prompts begin with was asked.
    """
    texts = [text if isinstance(text, str) else "" for text in _numbered(row, "prompt")]
    responses = list(_numbered(row, "logit"))
    if len(texts) > 1:
        asked = _beginning(commonprefix(texts))  # noqa: RUF071  # of texts, not of paths
        arguments: list[list[object]] = [[asked, text.removeprefix(asked)] for text in texts]
    else:
        is_written = any(isinstance(response, str) for response in responses)
        arguments = [[texts[0], {}] if is_written else [texts[0]]]
    return {
        "doc_id": row.get("doc_id"),
        "target": row.get("truth"),
        "arguments": arguments,
        "resps": [[response] for response in responses],
        "prompt_hash": sha256(_bytes(texts[0])).hexdigest(),
        **{name: value for name, value in row.items() if not _OLDEST.fullmatch(name)},
    }


def _beginning(text: str) -> str:
    """A text without the word that breaks off at its end."""
    return text[: max(text.rfind(" "), text.rfind("\n")) + 1]


def _numbered(row: Row, name: str) -> Iterator[object]:
    number = 0
    while (key := f"{name}_{number}") in row:
        yield row[key]
        number += 1


def requests_of(row: Row) -> list[list[object]]:
    """Every request with its arguments: a context, and what is rated or how to generate."""
    told = row.get("arguments")
    if isinstance(told, msgspec.Raw):
        told = parse(decode(bytes(told))[0])
    requests = list(told.values()) if isinstance(told, dict) else told
    if not isinstance(requests, list):
        return []
    parts = (list(part.values()) if isinstance(part, dict) else part for part in requests)
    return [part for part in parts if isinstance(part, list) and part]


def responses_of(row: Row) -> list[str] | None:
    """What the model wrote, repeat by repeat; None: it rated what others wrote."""
    repeats = _repeats(row.get("resps"))
    if len(repeats) == 1 and isinstance(text := repeats[0], str) and len(text) > LONGEST_NUMBER:
        return [text]  # nearly always
    if not repeats or not all(map(_may_be_written, repeats)):
        return None
    if all(map(may_be_rated, repeats)) and any(len(part) == 1 for part in requests_of(row)[:1]):
        return None
    return [text if isinstance(text, str) else "" for text in repeats]


def _may_be_written(response: object) -> bool:
    return isinstance(response, str) or response is None


def ratings_of(row: Row) -> list[tuple[float | None, bool]]:
    """Log-likelihood of every option, and whether it is what the model would have written."""
    found = []
    for response in _repeats(row.get("resps")):
        parts = response if isinstance(response, list) else [response]
        found.append((as_number(next(iter(parts), None)), parts[1:] in (["True"], [True])))
    return found


def _repeats(responses: object) -> list[object]:
    """All that came back, request by request: nearly always one, asked once or several times."""
    if not isinstance(responses, list):
        return []
    if len(responses) == 1:
        return responses[0] if isinstance(responses[0], list) else responses
    return [repeat for part in responses for repeat in (part if isinstance(part, list) else [part])]


def may_be_rated(response: object) -> bool:
    """Whether a response is the text of a number, as log-likelihoods of whole texts are."""
    if not isinstance(response, str) or len(response) > LONGEST_NUMBER:
        return False
    try:
        float(response)
    except ValueError:
        return False
    return True


def extracted_of(row: Row) -> list[str]:
    """What filters took from the responses, as far as it is text."""
    told = row.get("filtered_resps")
    if isinstance(told, list) and len(told) == 1 and isinstance(told[0], str):
        return told  # nearly always
    return list(_texts(told))


def extracted_at(extracted: Sequence[str], item: int) -> Sequence[str]:
    """What was taken from one repeat, where it is told apart."""
    return extracted[item : item + 1] if len(extracted) > 1 else extracted


def _texts(value: object) -> Iterator[str]:
    """Texts of lists in lists: 0.5 has one level more than 0.4."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, list):
        for item in value:
            yield from _texts(item)


def metrics_of(row: Row) -> dict[str, object]:
    """Values by metric: of those that the row names (0.4.7), else of all that is not fixed."""
    names = row.get("metrics")
    if isinstance(names, list):
        return {name: row.get(name) for name in names if isinstance(name, str)}
    return {name: value for name, value in row.items() if name not in _FIXED}


def repeats_of(row: Row) -> dict[str, list[object]]:
    """Values of every repeat by metric, where they are told (0.5)."""
    told = row.get("scores_per_repeat")
    if not isinstance(told, dict):
        return {}
    return {name: values for name, values in told.items() if isinstance(values, list) and values}


def question_of(row: Row) -> int | None:
    """Hash of the question as 0.4.3 makes it, its first 64 bits."""
    told = hash_of(row.get("doc_hash"))
    if told is not None or row.get("doc") is None:
        return told
    try:
        return _hashed(json.dumps(row["doc"], indent=2, ensure_ascii=False))
    except RecursionError:
        return None


def prompt_of(row: Row) -> int | None:
    """Hash of the first request's context as 0.4.3 makes it, its first 64 bits."""
    told = hash_of(row.get("prompt_hash"))
    if told is not None:
        return told
    context = next((part[0] for part in requests_of(row)), None)
    return _hashed(context) if isinstance(context, str) else None


def hash_of(value: object) -> int | None:
    """The first 64 bits of a hash in hexadecimal digits."""
    if not isinstance(value, str) or len(value) < HASH:
        return None
    try:
        return int.from_bytes(bytes.fromhex(value[:HASH]), "big")
    except ValueError:
        return None


def _hashed(text: str) -> int:
    return int.from_bytes(sha256(_bytes(text)).digest()[:8], "big")


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")
