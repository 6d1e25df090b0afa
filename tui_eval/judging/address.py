"""The address of a judge as people write it: the base, with ``/v1``, or the whole of it."""

from __future__ import annotations

from ipaddress import ip_address
from urllib.parse import SplitResult, urlsplit, urlunsplit

_CHAT = "/chat/completions"


class AddressError(ValueError):
    """What was given is no address of a server; the message says why, without the address."""


def chat_address(told: str) -> str:
    """Where games are sent: the address as it was given, ``/v1/chat/completions`` added to a base.

    Raises:
        AddressError: It is no address.
    """
    parts = _parts(told)
    path = parts.path.rstrip("/")
    if not path.endswith(_CHAT):
        path = f"{path or '/v1'}{_CHAT}"
    return urlunsplit(parts._replace(path=path, fragment=""))


def models_address(chat: str) -> str:
    """Where the same server lists its models."""
    parts = urlsplit(chat)
    return urlunsplit(parts._replace(path=parts.path.removesuffix(_CHAT) + "/models"))


def shown_address(address: str) -> str:
    """An address without what may be secret: a query, a user and a password."""
    parts = urlsplit(address)
    return urlunsplit(parts._replace(netloc=_host(parts), query="", fragment=""))


def is_near(address: str) -> bool:
    """Whether the server is this machine, or named as one beside it: no proxy stands between."""
    host = urlsplit(address).hostname or ""
    if host == "localhost" or host.endswith((".localhost", ".local")):
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


def _parts(told: str) -> SplitResult:
    try:
        parts = urlsplit(told.strip())
        _ = parts.port
    except ValueError as error:
        raise AddressError(f"the address of the judge cannot be read: {error}") from None
    if parts.scheme not in ("http", "https"):
        raise AddressError("the address of the judge begins with http:// or https://")
    if not parts.hostname:
        raise AddressError("the address of the judge names no host")
    return parts


def _host(parts: SplitResult) -> str:
    return parts.netloc.rpartition("@")[2]
