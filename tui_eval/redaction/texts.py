"""Secrets and addresses are cut out of texts: command lines, headers, connection strings, prompts.

A text is cut into lexemes first, then each is looked at, with a few of its neighbours: the time is
in proportion to the length, whatever the text. No pattern here can look at a character again for
each place at which it may begin.
"""

from __future__ import annotations

import re
import string
from base64 import b64decode
from collections.abc import Iterable, Iterator
from functools import lru_cache
from itertools import pairwise

from tui_eval.redaction.addresses import is_address
from tui_eval.redaction.names import kind_of

REMOVED = "<removed>"

_Span = tuple[int, int]

_USUAL = 500  # characters of a text that is worth remembering
_SUSPECT = re.compile(
    r"[=:：＝@%.<\\]|(?:^|[\s\"'])-|(?i:bearer|basic|localhost|pass|pwd|secret|token|key|/home/|/users/)|[\w+/-]{16}"
)

_LEXEME = re.compile(r"[\w.$-]+|[^\S\n]+|\\+|%(?:3[AaDd]|2[267])|[^\w\s]|\n")
_EQUALS = frozenset({"=", "＝", "%3D", "%3d"})
_COLONS = frozenset({":", "：", "%3A", "%3a"})
_SIGNS = _EQUALS | _COLONS | {">", "("}
_QUOTES = frozenset({'"', "'", "`", "%22", "%27"})
_BETWEEN = frozenset({",", ";", "&", "|", "%26"})
_OPENING = frozenset("([{")
_CLOSING = frozenset(")]}")
_ENCLOSING = _QUOTES | _CLOSING | {">"}
_BEFORE_VALUE = frozenset("=:>|＝：")
_SINGLE_WORDS = frozenset({"key", "keys", "token", "pass", "user", "name", "id", "url", "address"})
_PLACEHOLDER = re.compile(r"[^\W\d]+")
_LONGEST_WORD = 8  # lexemes
_TO_LINE_END = ("authorization", "cookie", "header", "headers")
"""Of names whose values have blanks in them."""

_RANDOM = re.compile(r"[A-Za-z0-9]{20,}")
_PREFIXED = re.compile(
    r"(?<![A-Za-z0-9_])(?:"
    r"(?:sk-|sk_|pk-|pk_|hf_|key-)[A-Za-z0-9_-]{16,}"
    r"|(?:gsk_|xai-|gh[oprsu]_|github_pat_|gl(?:pat|dt|rt|ptt|soat|cbt|ft|agent|imt|oas)-|nvapi-"
    r"|xox[a-z]-|xapp-|xoxe\.|ya29\.|SG\.|r8_|hvs\.|hvb\.|dckr_pat_|dckr_oat_|npm_|pypi-|pplx-"
    r"|tgp_v1_|whsec_|rk_live_|rk_test_|dop_v1_|doo_v1_|shpat_|shpca_|shpss_|lin_api_|lsv2_|pcsk_"
    r"|tvly-|jina_|esecret_|glsa_|glc_|NRAK-|PMAK-|ATATT|ATCTT|GOCSPX-|sbp_|figd_|ntn_|secret_"
    r"|hf_oauth_|api_org_|AGE-SECRET-KEY-|EAAC|sntrys_|ops_eyJ|rnd_|dp\.pt\.|1//0|bce-v3/)"
    r"[A-Za-z0-9_./+=-]{10,}"
    r"|(?:AKIA|ASIA|ABIA|ACCA|AIza|LTAI|AKID|dapi|org-|proj_|AAAAB3Nza|AAAAC3Nza|AccountKey)"
    r"[A-Za-z0-9_+/=-]{12,}"
    r"|ms-[0-9a-f]{8}-[0-9a-f-]{16,}"
    r"|[0-9]{8,10}:AA[A-Za-z0-9_-]{20,}"
    r"|eyJ[A-Za-z0-9_.-]{12,})"
)
_IPV4 = re.compile(r"(?<!\w)(?:[0-9]{1,3}\.){3}[0-9]{1,3}(?::[0-9]{1,5})?(?!\w)(?!\.\w)")
_PEM = re.compile(r"-----? ?BEGIN [A-Z0-9 ]{0,40}-----?")
_PEM_END = re.compile(r"--- ?END [A-Z0-9 ]{0,40}-{0,5}")
_PEM_KINDS = ("KEY", "CERTIFICATE", "PGP")

_WORD = re.compile(r"[^\s\"'`()\[\]{}<>,;|\\]+")
_SCHEME_END = re.compile(r":\\?/\\?/")
_HOME = re.compile(r"(?:/home/|/Users/|\\Users\\{1,2})([^/\\\s\"'`,;<>{}$]+)")
_WIDE = {0xFEE0 + ord(one): one for one in "=-_" + string.ascii_letters + string.digits}
"""Full-width letters and signs, each of which is one character in ASCII, too."""

_SPOKEN = re.compile(r"pass|pwd|secret|token|key", re.IGNORECASE)
_PASSWORD_FLAGS = dict.fromkeys(("mysql", "mysqldump", "mariadb", "sshpass"), "-p")
_PASSWORD_FLAGS["redis-cli"] = "-a"
"""Programs with a password behind a short flag, which elsewhere means something else."""

_URL_END = re.compile(r"[\s\"'`<>]|[,;](?=[\w.-]{1,40}=)")
_NAME = re.compile(r"[\w.$-]+")


def cut(text: str, *, is_known: bool = True) -> str:
    """A text without what looks like a secret or an address.

    Args:
        text: Of any length; the time is in proportion to it.
        is_known: It stands under a name of which more is known than that it is a name; elsewhere
            plain words and numbers alone are left.
    """
    return _usual(text, is_known) if len(text) < _USUAL else _cut(text, is_known)


def _cut(text: str, is_known: bool) -> str:
    spans: list[_Span] = []
    shown, text = text, text.translate(_WIDE)
    if _SUSPECT.search(text):
        spans.extend(_pem(text))
        spans.extend(_urls(text))
        spans.extend(_words(text))
        spans.extend(match.span() for match in _PREFIXED.finditer(text))
        spans.extend(match.span() for match in _IPV4.finditer(text))
        spans.extend(m.span() for m in _RANDOM.finditer(text) if _is_random(m[0]))
        spans.extend(match.span(1) for match in _HOME.finditer(text))
        spans.extend(_named(text))
    if not is_known:
        spans.extend(match.span() for match in _WORD.finditer(text) if not _is_plain(match[0]))
    return _without(shown, spans)


_usual = lru_cache(maxsize=4096)(_cut)
"""The same few texts stand in the configurations of thousands of runs."""


def _without(text: str, spans: Iterable[_Span]) -> str:
    """The text with each run of spans that touch replaced by one word."""
    parts: list[str] = []
    end = 0
    for first, last in sorted(spans):
        if last <= end:
            continue
        if first > end or not parts:
            parts.extend((text[end:first], REMOVED))
        end = last
    return "".join((*parts, text[end:]))


def _pem(text: str) -> Iterator[_Span]:
    """Keys and certificates between their lines of dashes; to the end where the last is missing."""
    end = 0
    for match in _PEM.finditer(text):
        if match.start() < end or not any(kind in match[0] for kind in _PEM_KINDS):
            continue
        found = _PEM_END.search(text, match.end())
        end = found.end() if found else len(text)
        yield match.start(), end


def _urls(text: str) -> Iterator[_Span]:
    """Addresses with a scheme, to the blank, the quote or the next setting after them."""
    end = 0
    for match in _SCHEME_END.finditer(text):
        if match.start() < end:
            continue
        first = match.start()
        while first > end and (text[first - 1].isalnum() or text[first - 1] in "+.-"):
            first -= 1
        found = _URL_END.search(text, match.end())
        end = found.start() if found else len(text)
        yield first, end


def _words(text: str) -> Iterator[_Span]:
    """Hosts without a scheme, and people at them."""
    for match in _WORD.finditer(text):
        word = match[0]
        if "." not in word and ":" not in word and "@" not in word and "localhost" not in word:
            continue
        first = match.start()
        name, equals, value = word.partition("=")
        if equals and _NAME.fullmatch(name):
            first += len(name) + 1
            word = value
        word = word.rstrip(".:!?=&")
        if is_address(word):
            yield first, first + len(word)


def _is_random(piece: str) -> bool:
    """Letters and digits as nobody writes them by hand; hashes, all small, are none."""
    kinds = [0 if one.isdigit() else 1 if one.isupper() else 2 for one in piece]
    changes = sum(one != other for one, other in pairwise(kinds))
    return len(set(kinds)) == 3 and changes >= 0.4 * len(kinds)


def _is_plain(word: str) -> bool:
    """Whether a word is made of words and numbers; ``7b``, ``bf16`` and ``v0.4`` are numbers."""
    return all(_is_plain_part(part) for part in re.findall(r"[^\W_]+", word))


def _is_plain_part(part: str) -> bool:
    if len(part) <= 24 and part.isalpha() and part[1:].islower():  # nearly always
        return True
    letters = sum(not one.isdigit() for one in part)
    if not letters or not part.isascii():
        return True
    if letters < len(part):
        return letters <= 2 or kind_of(part) == "setting"
    humps = sum(one.isupper() for one in part)
    return len(part) <= 24 and (part.isupper() or humps <= 1 + len(part) // 4)


# --- name and value -----------------------------------------------------------------------------


class _Lexemes:
    """A text in pieces, and where each begins."""

    def __init__(self, text: str) -> None:
        matches = list(_LEXEME.finditer(text))
        self.texts = [match[0] for match in matches]
        self.starts = [*(match.start() for match in matches), len(text)]

    def __len__(self) -> int:
        return len(self.texts)

    def at(self, place: int) -> str:
        """The lexeme there; empty outside of the text."""
        return self.texts[place] if 0 <= place < len(self.texts) else ""

    def is_name(self, place: int) -> bool:
        """Whether it may be a name or a word."""
        return self.at(place)[:1].isalnum() or self.at(place)[:1] in ("_", "$", "-", ".")

    def is_blank(self, place: int) -> bool:
        """Whether it is blanks within a line."""
        return self.at(place).isspace() and self.at(place) != "\n"


def _named(text: str) -> Iterator[_Span]:
    """What follows the name of a secret: ``name=…``, ``"name": "…"``, ``--name …``, ``<name>…``."""
    lexemes = _Lexemes(text)
    end = 0
    password_flag = ""
    for place, lexeme in enumerate(lexemes.texts):
        password_flag = _password_flag(lexemes, place, password_flag)
        if place < end:
            continue
        if password_flag and lexeme.startswith(password_flag):
            found = _after_password_flag(lexemes, place, password_flag)
        elif lexeme in _SIGNS or lexeme[0] in "-bB":
            found = _value_at(lexemes, place)
        else:
            found = _spoken(lexemes, place)
        if found is not None and found[1] > found[0]:
            yield lexemes.starts[found[0]], lexemes.starts[found[1]]
            end = found[1]


def _password_flag(lexemes: _Lexemes, place: int, flag: str) -> str:
    """Before which flag a password stands from here on; empty: before none that is short."""
    lexeme = lexemes.at(place)
    if lexeme in ("\n", ";", "|", "&", "ssh", "scp"):
        return ""
    if lexeme == "login" and lexemes.at(place - 2) in ("docker", "podman"):
        return "-p"
    return _PASSWORD_FLAGS.get(lexeme, flag)


def _after_password_flag(lexemes: _Lexemes, place: int, flag: str) -> _Span | None:
    if not _is_gap(lexemes, place - 1):
        return None
    if lexemes.at(place) != flag:  # the password is written to it
        return place, _bare_end(lexemes, place)
    return _value(lexemes, place + 1) if lexemes.is_blank(place + 1) else None


def _spoken(lexemes: _Lexemes, place: int) -> _Span | None:
    """What follows a name without a sign and is no word: ``password …``, ``('api_key', '…')``."""
    name = lexemes.at(place)
    if not lexemes.is_name(place) or not _is_spoken(name):
        return None
    first = place + 1
    if lexemes.at(first) in _QUOTES and lexemes.at(first + 1) == ",":
        first += 2 + lexemes.is_blank(first + 2)
        if lexemes.at(first) not in _QUOTES:
            return None
        first += 1
    elif lexemes.is_blank(first):
        first += 1
        if lexemes.at(first) == "is" and lexemes.is_blank(first + 1):
            first += 2
    else:
        return None
    if not lexemes.is_name(first) or lexemes.at(first).startswith("-"):
        return None
    if lexemes.at(first + 1) in _SIGNS and lexemes.is_name(first + 2):  # a setting of its own
        return None
    end = _bare_end(lexemes, first)
    return None if _is_plain("".join(lexemes.texts[first:end])) else (first, end)


@lru_cache(maxsize=4096)
def _is_spoken(name: str) -> bool:
    return _SPOKEN.search(name) is not None and kind_of(name) == "secret"


def _value_at(lexemes: _Lexemes, place: int) -> _Span | None:
    """The lexemes of a secret of which the sign that tells of it stands here."""
    lexeme = lexemes.at(place)
    if lexeme in _EQUALS or lexeme in _COLONS:
        return _assigned(lexemes, place)
    if lexeme == ">":
        is_tag = lexemes.at(place - 2) == "<" and lexemes.is_name(place - 1)
        return _element(lexemes, place) if is_tag else None
    if lexeme == "(":  # BasicAuth("person", "password")
        is_call = lexemes.is_name(place - 1) and lexemes.at(place + 1) in _QUOTES
        is_secret = is_call and kind_of(lexemes.at(place - 1)) == "secret"
        return _nested(lexemes, place) if is_secret else None
    if lexeme[0] == "-":
        return _flag(lexemes, place)
    if lexeme.lower() in ("bearer", "basic") and lexemes.is_blank(place + 1):
        return _scheme(lexemes, place)
    return None


def _assigned(lexemes: _Lexemes, place: int) -> _Span | None:
    before = place - 1
    while before > place - 6 and _is_beside(lexemes, before):
        before -= 1
    if not lexemes.is_name(before):
        return None
    name = lexemes.at(before)
    if name.lower() in _SINGLE_WORDS and lexemes.is_blank(before - 1):
        name = f"{lexemes.at(before - 2)}_{name}" if lexemes.is_name(before - 2) else name
    kind = kind_of(name)
    if kind not in ("secret", "address"):
        return None
    if name.lower().endswith(_TO_LINE_END):
        return _rest_of_line(lexemes, place + 1)
    if kind == "address" and lexemes.at(place) in _COLONS and before == place - 1:
        return _after_prose(lexemes, place + 1)
    return _value(lexemes, place + 1)


def _after_prose(lexemes: _Lexemes, first: int) -> _Span | None:
    """The next word, as ``User: …`` also begins a line of a prompt; none where it is plain."""
    first += lexemes.is_blank(first)
    end = min(_bare_end(lexemes, first, first + _LONGEST_WORD), len(lexemes))
    return None if _is_plain("".join(lexemes.texts[first:end])) else (first, end)


def _is_beside(lexemes: _Lexemes, place: int) -> bool:
    """Whether it may stand between a name and its equals sign."""
    lexeme = lexemes.at(place)
    return lexeme in _QUOTES or lexeme == "]" or lexeme[:1] == "\\" or lexemes.is_blank(place)


def _flag(lexemes: _Lexemes, place: int) -> _Span | None:
    name = lexemes.at(place)
    if lexemes.at(place - 1) and not _is_gap(lexemes, place - 1):
        return None
    if name[:2] in ("-u", "-U") and len(name) > 2 and lexemes.at(place + 1) == ":":
        return place, _bare_end(lexemes, place)  # of curl: -uuser:password
    first = place + 1
    while first < place + 12 and _is_gap(lexemes, first):
        first += 1
    if first == place + 1 or lexemes.at(first).startswith("--"):
        return None
    if lexemes.at(first - 1) in _QUOTES:
        first -= 1
    if name in ("-u", "-U"):  # of curl: user:password
        is_told = ":" in lexemes.texts[first : first + _LONGEST_WORD]
    else:
        is_told = flag_before_value(name)
    return _value(lexemes, first) if is_told else None


def _is_gap(lexemes: _Lexemes, place: int) -> bool:
    lexeme = lexemes.at(place)
    return lexeme.isspace() or lexeme in _QUOTES or lexeme in ",[(" or lexeme[:1] == "\\"


def flag_before_value(name: str, *, is_pair: bool = False) -> bool:
    """Whether the next word of a command line, or of a pair, is the value of a secret."""
    if name.startswith("-"):
        return _NAME.fullmatch(name) is not None and kind_of(name) in ("secret", "address")
    is_name = _NAME.fullmatch(name) is not None and name.lower() not in _SINGLE_WORDS
    return is_pair and is_name and kind_of(name) == "secret"


def _scheme(lexemes: _Lexemes, place: int) -> _Span | None:
    """``Bearer …`` and ``Basic …`` without the header's name."""
    end = _bare_end(lexemes, place + 2)
    value = "".join(lexemes.texts[place + 2 : end])
    if lexemes.at(place).lower() == "bearer":
        return (place, end) if value not in ("", "token", "tokens", "auth") else None
    return (place, end) if _is_person_and_password(value) else None


def _is_person_and_password(value: str) -> bool:
    """Whether it is ``person:password`` in base 64, and not the word after ``basic``."""
    try:
        return b":" in b64decode(value.rstrip("=.") + "==", validate=True)
    except ValueError:
        return False


def _element(lexemes: _Lexemes, place: int) -> _Span | None:
    """The content of an element of XML."""
    if kind_of(lexemes.at(place - 1)) not in ("secret", "address"):
        return None
    end = place + 1
    while end < len(lexemes) and lexemes.at(end) != "<":
        end += 1
    is_closed = lexemes.at(end + 1) == "/" and lexemes.at(end + 2) == lexemes.at(place - 1)
    return (place + 1, end) if is_closed else None


def _value(lexemes: _Lexemes, first: int) -> _Span | None:
    """The value that begins here, after blanks and what else belongs to the sign."""
    while lexemes.is_blank(first) or lexemes.at(first) in _BEFORE_VALUE:
        first += 1
    if lexemes.at(first) in ("-", "+", "\n") and lexemes.at(first - 1) in ("|", ">"):
        while lexemes.at(first) in ("-", "+") or lexemes.at(first).isspace():  # a block of YAML
            first += 1
    opening = first
    if lexemes.at(opening)[:1] == "\\":
        opening += 1
    if lexemes.at(opening) in _QUOTES:
        return opening + 1, _closing_quote(lexemes, first, opening)
    if lexemes.at(first) in _OPENING:
        return _nested(lexemes, first)
    if lexemes.at(first) == "\n" and lexemes.is_blank(first + 1):
        return _below(lexemes, first + 2)
    return first, _bare_end(lexemes, first)


def _below(lexemes: _Lexemes, first: int) -> _Span | None:
    """A value on the next line, further in; none where another name stands there."""
    if lexemes.at(first + 1) in _COLONS | _EQUALS:
        return None
    first += 2 * (lexemes.at(first) == "-" and lexemes.is_blank(first + 1))
    return first, _bare_end(lexemes, first)


def _closing_quote(lexemes: _Lexemes, first: int, opening: int) -> int:
    """Where the quote is closed that has as many backslashes; else the end of the text."""
    slashes = lexemes.at(first) if opening > first else ""
    end = opening + 1
    while end < len(lexemes):
        if lexemes.at(end) == lexemes.at(opening):
            before = lexemes.at(end - 1) if lexemes.at(end - 1)[:1] == "\\" else ""
            if len(before) <= len(slashes):
                return end - 1 if before and end - 1 > opening else end
        end += 1
    return end


def _nested(lexemes: _Lexemes, first: int) -> _Span | None:
    """An object or a list, to where it is closed; a placeholder of a template is none."""
    second = lexemes.at(first + 1)
    if second in ("{", "%", "#") or (
        lexemes.at(first) == "{" and lexemes.at(first + 2) == "}" and _PLACEHOLDER.fullmatch(second)
    ):
        return None
    depth, end = 0, first
    while end < len(lexemes):
        depth += (lexemes.at(end) in _OPENING) - (lexemes.at(end) in _CLOSING)
        end += 1
        if depth == 0:
            break
    return first, end


def _rest_of_line(lexemes: _Lexemes, first: int) -> _Span | None:
    """To the end of the line, or to the quote that ends the header."""
    start = first
    while lexemes.is_blank(start) or lexemes.at(start) in _BEFORE_VALUE:
        start += 1
    quote = start + (lexemes.at(start)[:1] == "\\")
    if lexemes.at(quote) in _QUOTES or lexemes.at(start) in _OPENING or lexemes.at(start) == "\n":
        return _value(lexemes, start)
    end = start
    while end < len(lexemes) and lexemes.at(end) != "\n":
        if lexemes.at(end) in _QUOTES and not lexemes.is_name(end + 1) and end > start:
            break
        end += 1
    return start, end


def _bare_end(lexemes: _Lexemes, place: int, most: int | None = None) -> int:
    """Where a value without quotes ends: at a blank, or where the next setting begins."""
    while place < (len(lexemes) if most is None else min(most, len(lexemes))):
        lexeme = lexemes.at(place)
        if lexeme.isspace() or lexeme == "<":
            break
        if lexeme in _BETWEEN and _begins_another(lexemes, place + 1):
            break
        if lexeme in _ENCLOSING and not _goes_on(lexemes, place + 1):
            break
        if lexeme[:1] == "\\" and (
            lexemes.at(place + 1) in _QUOTES or lexemes.at(place + 1)[:1] in ("n", "r", "t")
        ):
            break
        place += 1
    return place


def _begins_another(lexemes: _Lexemes, place: int) -> bool:
    following = lexemes.at(place)
    if not following or following.isspace() or following in _QUOTES or following[0] == "\\":
        return True
    sign = lexemes.at(place + 1)
    return lexemes.is_name(place) and (sign in _EQUALS or sign in _COLONS)


def _goes_on(lexemes: _Lexemes, place: int) -> bool:
    """Whether a quote or a bracket within a word is part of it."""
    following = lexemes.at(place)
    return (
        bool(following)
        and not following.isspace()
        and (lexemes.is_name(place) or following in "!#$%^*+~?@/")
    )
