"""Machines, and people at them, where no scheme tells: ``node-3:8000``, ``me:pass@host``."""

from __future__ import annotations

import re
from ipaddress import IPv6Address

from tui_eval.redaction.names import kind_of, word_set

_HALF_SCHEME = re.compile(r"^https?:", re.IGNORECASE)
_LABEL = re.compile(r"[A-Za-z0-9_-]{1,63}")
_TOP_LEVELS = word_set(
    "com net org edu gov mil io cloud local localdomain internal intranet lan corp home private "
    "svc cluster example invalid localhost xyz tech site online app arpa onion"
)
_COUNTRIES = word_set(
    "ai cn tw hk sg jp kr uk de fr eu us co in ru br ca au nl ch se it es pl fi no dk be at cz il "
    "tr th vn my id ph nz za mx ar me tv cc so dev test"
)
_HOST_WORDS = re.compile(r"(?:host|server|node|master|worker|gateway|proxy|vllm|gpu|db)[0-9-]*")
_PORTS = word_set(
    "80 443 1080 3000 3128 3306 5000 5432 6379 7860 8000 8001 8008 8080 8081 8443 8888 9000 9090 "
    "9443 11434 27017 29500 30000"
)
_REVISION = re.compile(
    r"(?:[0-9]+|[0-9a-f]{7,64}|main|master|sha256|(?:global_?|train_?)?(?:step|checkpoint|ckpt|iter)"
    r"[\w.-]*|v[0-9][\w.-]*|k)"
)


def is_address(word: str) -> bool:
    """Whether a word without blanks is a machine, or a person there, with or without a path."""
    word = _HALF_SCHEME.sub("", word)
    authority = re.split(r"[/?#]", word.lstrip("/"), maxsplit=1)[0]
    if "@" in word:
        person, _, rest = word.rpartition("@")
        place = re.split(r"[/?#]", rest, maxsplit=1)[0]
        host = place.partition(":")[0]
        is_path = rest[len(host) :].startswith((":/", ":~"))
        if person and (_is_host(place) or _is_host(host) or is_path):
            return True
        if ":" in person.strip(":") and place and not _REVISION.fullmatch(host):
            return True
    return _is_host(authority) or _is_ipv6(authority)


def _is_host(place: str) -> bool:
    """Whether it names a machine, and is no model, file, version or setting with a dot."""
    host, _, port = place.partition(":")
    host = host.rstrip(".")
    if len(host) > 253 or (port and not (port.isdigit() and len(port) <= 5)):
        return False
    labels = host.split(".")
    if not all(_LABEL.fullmatch(label) for label in labels):
        return False
    last = labels[-1].lower()
    if len(labels) == 4 and all(label.isdigit() and int(label) < 256 for label in labels):
        return True
    if last == "localhost" or (len(labels) > 1 and last in _TOP_LEVELS):
        return True
    if last in _COUNTRIES and last == labels[-1] and (len(labels) > 2 or (port and labels[1:])):
        return True
    if not port or host.isdigit() or "_" in host or host != host.lower():
        return False
    if len(labels) == 1 and kind_of(host) == "setting" and not _HOST_WORDS.search(host):
        return False
    is_port = port in _PORTS or (len(port) > 3 and bool(_HOST_WORDS.search(host)))
    return is_port and not last.isdigit()


def _is_ipv6(word: str) -> bool:
    if word.count(":") < 2 or len(word) > 64 or not any(map(str.isdigit, word)):
        return False
    try:
        IPv6Address(word)
    except ValueError:
        return False
    return True
