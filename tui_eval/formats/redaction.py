"""Secrets and addresses are taken out of a configuration before it is kept."""

from __future__ import annotations

import re
from functools import lru_cache

REMOVED = "<removed>"
TOO_DEEP = "<nested too deeply>"

_USUAL = 100  # characters of a name that is worth remembering
_LEVELS = 50  # far more than any configuration has, and far less than Python can follow

_SECRET_KEY = re.compile(
    r"(^|[_-])(api|access|private|secret|auth)?[_-]?keys?$"
    r"|secret|passw(or)?d|passphrase|authorization|credential|cookie|webhook|connection_?string"
    r"|^(pwd|jwt|bearer|address|ip|auth_?header)$|(^|[_-])(pwd|jwt)$"
    r"|(^|[_-])(auth|access|api|hf|bearer|session|refresh)?[_-]?token$"
    r"|(^|[_-])auth$"
    r"|(auth|access|api|hf|bearer|session|refresh)[_-]?tokens$"
    r"|(base|api|server|proxy|endpoint)[_-]?(url|base|host|address|uri)s?$|^(url|endpoint|host|proxy)$",
    re.IGNORECASE,
)
_NO_SECRET_KEY = re.compile(r"^(eos|bos|pad|unk|eot|stop|mask|sep|cls)[_-]?token$", re.IGNORECASE)
_SECRET_TEXT = re.compile(
    r"\b(sk-|sk_|pk-|pk_|hf_|gsk_|xai-|gh[opsu]_|github_pat_|glpat-|nvapi-|key-)[A-Za-z0-9_-]{16,}"
    r"|\b(AKIA|AIza)[A-Za-z0-9_-]{16,}|\beyJ[\w-]+\.[\w-]+\.[\w-]+"
    r"|(?i:\bBearer\s+\S+|\b[a-z][a-z0-9+.-]*://\S+)"
    r"|(?i:(?<=key)|(?<=token)|(?<=secret)|(?<=password)|(?<=passwd)|(?<=pwd))[\"']?\s*[=:]\s*[^\s,;&]+"
    r"|\b\d{1,3}(?:\.\d{1,3}){3}(?::\d+)?\b"
)


def redact(value: object, levels: int = _LEVELS) -> object:
    """A JSON value without what nobody should see: keys, tokens, passwords, endpoint addresses.

    Whole values go where their name tells what they are; elsewhere what looks like a key or an
    address is cut out of the text. Names that only sound alike (``max_tokens``) stay.
    """
    if isinstance(value, str):
        return _SECRET_TEXT.sub(REMOVED, value)
    if isinstance(value, dict):
        return _redact_items(value, levels - 1) if levels else TOO_DEEP
    if isinstance(value, list):
        return [redact(item, levels - 1) for item in value] if levels else TOO_DEEP
    return value


def _redact_items(items: dict[object, object], levels: int) -> dict[str, object]:
    shown = {}
    for key, value in items.items():
        name = str(key)
        name, secret = _judge_usual(name) if len(name) < _USUAL else _judge(name)
        is_told = secret and value not in (None, "", False, True)
        shown[name] = REMOVED if is_told else redact(value, levels)
    return shown


def _judge(name: str) -> tuple[str, bool]:
    """A name as it may be shown, and whether it tells that its value is a secret."""
    secret = _SECRET_KEY.search(name) and not _NO_SECRET_KEY.search(name)
    return _SECRET_TEXT.sub(REMOVED, name), bool(secret)


_judge_usual = lru_cache(maxsize=4096)(_judge)
"""The same few names stand in the configurations of thousands of runs."""
