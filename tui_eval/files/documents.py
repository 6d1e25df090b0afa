"""JSON files as people have them: any encoding, one document, an array of them, or one a line."""

from __future__ import annotations

import codecs
import json
import math
import os
import re
import traceback
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from stat import S_ISDIR, S_ISREG
from typing import BinaryIO

import msgspec

from tui_eval.files.strings import clean_str

HEAD = 1 << 20
"""Bytes that are looked at to tell what a file is before all of it is read."""

_HALF = re.compile(r'[^\s{}\[\],:"]*')  # of a number, a word or an escape
_MOST_DIGITS = 400  # a float ends at 309
_SURROGATES = re.compile(
    r"(?<!\\)((?:\\\\)*)\\(u[dD][89abAB]..\\u[dD][c-fC-F]..|u[dD][89a-fA-F]..)", re.DOTALL
)
"""A pair of surrogates as JSON writes it, or one alone; an even number of backslashes before it."""
_LONGEST_FAULT = 200  # characters of what an exception says

LARGE = 16 * HEAD
"""Bytes above which only what may be a result file is read: sample files reach gigabytes."""

NOT_REGULAR = "not a regular file: a pipe, socket or device"

_PANIC = "PanicException"  # of Polars, which is no `Exception`, and need not be imported here

_MADE_WHEN_READ = ("/proc/", "/sys/")


@dataclass(frozen=True)
class Problem:
    """Something in a file that could not be read.

    Attributes:
        place: Where in the file, in words; empty: the file as a whole.
        reason: Why, in words.
    """

    place: str
    reason: str

    def within(self, place: str) -> Problem:
        """The same problem, its place told from the file's beginning."""
        return Problem(" › ".join(part for part in (place, self.place) if part), self.reason)

    def __str__(self) -> str:
        return f"{self.place}: {self.reason}" if self.place else self.reason


class Refusal(Exception):  # noqa: N818  # it is an answer, not a fault of this program
    """A file or a document that cannot be read; nothing else is ever raised for bad input."""

    def __init__(self, reason: str, place: str = "") -> None:
        self.problem = Problem(place, reason)
        super().__init__(str(self.problem))


@contextmanager
def contained() -> Iterator[None]:
    """Whatever a file makes this program raise becomes a `Refusal`, which says whose fault it is.

    So one file never ends the reading of the others, whatever nobody thought of.
    """
    try:
        yield
    except Refusal:
        raise
    except MemoryError:
        raise Refusal("there is not enough memory to read it") from None
    except BaseException as error:
        if isinstance(error, Exception) or type(error).__name__ == _PANIC:
            raise Refusal(_fault(error)) from error
        raise


def _fault(error: BaseException) -> str:
    """What was raised and where, so that it can be reported and mended."""
    last = traceback.extract_tb(error.__traceback__)[-1]
    what = clean_str(f"{type(error).__name__}: {error}"[:_LONGEST_FAULT])
    return f"a bug in tui-eval ({Path(last.filename).name}, line {last.lineno}): {what}"


@dataclass(frozen=True)
class Document:
    """One JSON value of a file, and where it stands there."""

    value: object
    place: str = ""


def read_documents(
    path: Path, known: Callable[[object], bool]
) -> tuple[list[Document], list[Problem]]:
    """Read every JSON document of a file.

    Args:
        path: UTF-8, UTF-16 (both with or without BOM), Big5 or CP950; strict JSON or with NaN;
            one document, an array of objects, or one object a line (commas at line ends allowed).
        known: Whether a document is one that is looked for. A broken file is read line by line,
            and given up where no line is known: half a document also has lines that are JSON.

    Returns:
        The documents in order, and the lines that are none.

    Raises:
        Refusal: The file cannot be opened, decoded or parsed at all.
    """
    data = _read(path)
    value = _strict(data)
    if value is not None:
        return _documents(value, known), []
    text, problems = decode(data)
    if not text or text.isspace():
        raise Refusal("the file is empty")
    try:
        value = parse(text)
    except Refusal as whole:
        documents, broken = _read_lines(text)
        if broken and not any(known(document.value) for document in documents):
            raise whole from None
        return documents, problems + broken
    return _documents(value, known), problems


def _strict(data: bytes) -> object:
    """The value of strict JSON in UTF-8, as nearly all files are; None: look closer."""
    try:
        return msgspec.json.decode(data)
    except (ValueError, RecursionError):
        return None


def _documents(value: object, known: Callable[[object], bool]) -> list[Document]:
    if isinstance(value, list) and any(known(item) for item in value):
        return [Document(item, f"item {number}") for number, item in enumerate(value, start=1)]
    return [Document(value)]


def first_document(path: Path) -> Document | None:
    """The document on the first line, where a line is one: tells what a file of gigabytes is."""
    with opened(path) as file:
        line = file.readline(4 * LARGE)
        more = file.read(1)
    if not more or line.strip() in (b"{", b"["):
        return None  # one line: reading it all costs no more; or one that begins a document
    try:
        text, _ = decode(line)
        return Document(parse(text.strip().rstrip(",")), "line 1")
    except Refusal:
        return None


def decode(data: bytes) -> tuple[str, list[Problem]]:
    """Bytes -> text, by what the bytes themselves show.

    Raises:
        Refusal: They are in none of the encodings that harnesses and editors write.
    """
    for bom, encoding in (
        (codecs.BOM_UTF8, "utf-8-sig"),
        (codecs.BOM_UTF16_LE, "utf-16"),
        (codecs.BOM_UTF16_BE, "utf-16"),
    ):
        if data.startswith(bom):
            return data.decode(encoding, errors="replace"), []
    if b"\0" in data[:HEAD]:
        odd = data[1:HEAD:2].count(0) > data[0:HEAD:2].count(0)
        try:
            return data.decode("utf-16-le" if odd else "utf-16-be"), []
        except UnicodeDecodeError:
            raise Refusal("not a text file: it holds NUL bytes") from None
    try:
        return data.decode("utf-8"), []
    except UnicodeDecodeError as error:
        return _decode_other(data, error)


def _decode_other(data: bytes, error: UnicodeDecodeError) -> tuple[str, list[Problem]]:
    """Damaged UTF-8 where most of it is sound, Big5 otherwise."""
    place = error.start
    text = data.decode("utf-8", errors="replace")
    damaged = text.count("�")
    is_cut = error.reason == "unexpected end of data"  # within its last character
    if is_cut or damaged * 2 < sum(character > "\x7f" for character in text):
        reason = f"{damaged} characters are not UTF-8; they are shown as �"
        return text, [Problem(f"byte {place}", reason)]
    for encoding in ("cp950", "big5", "big5hkscs"):
        try:
            return data.decode(encoding), []
        except UnicodeDecodeError:
            continue
    raise Refusal("not text in UTF-8, UTF-16 or Big5", f"byte {place}")


def parse(text: str) -> object:
    """A JSON text -> Python values; NaN and Infinity are allowed, as Python's own json writes them.

    Half a surrogate pair becomes its escape: no table, terminal or file could take it.

    Raises:
        Refusal: Not JSON; the place is told by line and column.
    """
    try:
        return msgspec.json.decode(text)
    except (msgspec.DecodeError, UnicodeEncodeError):
        pass
    except RecursionError:
        raise Refusal("nested too deeply") from None
    try:
        value = json.loads(text, parse_int=_integer)  # of the text as it is: errors tell places
        whole = without_halves(text)
        return value if whole == text else json.loads(whole, parse_int=_integer)
    except json.JSONDecodeError as error:
        raise _refusal(text, error) from None
    except RecursionError:
        raise Refusal("nested too deeply") from None


def without_halves(text: str) -> str:
    """A JSON text in which half a surrogate pair is the text of its escape, as of `clean_str`."""
    return _SURROGATES.sub(_escaped_half, text)


def _escaped_half(found: re.Match[str]) -> str:
    before, escape = found.groups()
    is_pair = len(escape) > len("ud800")
    return found[0] if is_pair else f"{before}\\\\{escape.lower()}"


def _integer(digits: str) -> int | float:
    """An integer; no more digits than a float reaches, since Python refuses thousands of them."""
    return int(digits) if len(digits) < _MOST_DIGITS else math.inf


def _refusal(text: str, error: json.JSONDecodeError) -> Refusal:
    place = f"line {error.lineno}, column {error.colno}"
    rest = text[error.pos :].rstrip()
    is_cut = error.pos and _HALF.fullmatch(rest) and not error.msg.startswith("Extra")
    if not rest or is_cut or error.msg.startswith("Unterminated string"):
        return Refusal("the JSON breaks off here: the file is incomplete", place)
    words = re.sub(r"^(Expecting|Invalid|Extra)", lambda word: word[0].lower(), error.msg)
    return Refusal(f"not valid JSON: {words}", place)


def _read_lines(text: str) -> tuple[list[Document], list[Problem]]:
    documents = []
    problems = []
    for number, line in enumerate(text.split("\n"), start=1):  # splitlines also cuts at U+2028
        stripped = line.strip().rstrip(",")
        if not stripped:
            continue
        try:
            documents.append(Document(parse(stripped), f"line {number}"))
        except Refusal as refusal:
            problems.append(Problem(f"line {number}", refusal.problem.reason))
    return documents, problems


def starts_like_json(path: Path) -> bool:
    """Whether a file begins with an object or a list."""
    with opened(path) as file:
        beginning = file.read(4096)
    try:
        return decode(beginning)[0].lstrip()[:1] in ("{", "[")
    except Refusal:
        return False


def holds_any(path: Path, markers: Iterable[bytes]) -> bool:
    """Whether a file holds one of some ASCII texts, in UTF-8, Big5 or UTF-16; in little memory."""
    needles = [form for text in markers for form in (text, text.decode().encode("utf-16-le"))]
    longest = max(map(len, needles))
    tail = b""
    with opened(path) as file:
        while chunk := file.read(HEAD):
            if any(needle in tail + chunk for needle in needles):
                return True
            tail = chunk[-longest:]
    return False


def _read(path: Path) -> bytes:
    with opened(path) as file:
        return file.read()


@contextmanager
def opened(path: Path, buffering: int = -1) -> Iterator[BinaryIO]:
    """A file to read bytes from.

    Only regular files are read: a pipe or a device may wait for ever. One of no size is not read
    either: files that the system makes when they are read have none, and some of them never end.

    Raises:
        Refusal: It cannot be opened or read, is no regular file, or is empty.
    """
    try:
        with open(path, "rb", buffering, opener=_open_regular) as file:
            yield file
    except OSError as error:
        reason = (error.strerror or "unknown reason").lower()
        raise Refusal(f"cannot be read: {reason}") from None


def _open_regular(path: str, flags: int) -> int:
    """The descriptor of a regular file; who opens a pipe would wait for another to write to it."""
    number = os.open(path, flags | os.O_NONBLOCK)
    status = os.fstat(number)
    if S_ISDIR(status.st_mode) or (S_ISREG(status.st_mode) and status.st_size):
        return number  # of a folder Python itself says what it is
    os.close(number)
    if not S_ISREG(status.st_mode):
        raise Refusal(NOT_REGULAR)
    is_real = not os.path.realpath(path).startswith(_MADE_WHEN_READ)
    raise Refusal("the file is empty" if is_real else "not a regular file: the system makes it")
