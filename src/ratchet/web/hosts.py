"""By which names a server may be asked, and from which pages: strange ones are refused before anything is read.

A page that somebody's browser has open may send requests to this machine, and a name that it owns may be made to lead
here (DNS rebinding); a browser says so in ``Origin`` and ``Host``, and asks before it sends JSON to another origin.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Collection, Iterable

from ratchet.errors import RequestError
from ratchet.web.asgi import Headers
from ratchet.web.problems import HostError, OriginError, clipped

_AUTHORITY = re.compile(rb"(?P<name>\[[0-9a-f:.]+\]|[a-z0-9._-]+)(:[0-9]{1,5})?", re.IGNORECASE)
_ORIGIN = re.compile(rb"https?://(.+)", re.IGNORECASE)
_MOST_KNOWN = 1_000
_ONCE = (b"host", b"origin", b"content-type", b"content-length", b"authorization", b"x-api-key")
"""Headers that are read in several places: of two, each reader might take another."""


class Hosts:
    """Tells whether a request is meant for this server.

    It may be asked by a loopback name, by those of ``names``, and with ``any_address`` by any network address, as a
    server with keys is by other machines: no name leads to an address, so none can be made to.
    """

    def __init__(self, names: Iterable[str], *, any_address: bool) -> None:
        self._names = frozenset(names)
        self._any_address = any_address
        self._known = set[bytes]()

    def check(self, headers: Headers, said: Collection[tuple[bytes, bytes]], *, opened: bool) -> None:
        """Raises `HostError`, `OriginError` or, where ``said`` holds a header twice, `RequestError`.

        ``opened`` says that the page that asks may, whichever it is of.
        """
        if len(headers) < len(said):
            _check_once(said)
        host = headers.get(b"host", b"")
        if host not in self._known and not self._knows(host):
            raise HostError(
                f"a request to the host {clipped(host)}",
                todo="ask this machine by a loopback name (localhost, 127.0.0.1, [::1]), or name the host that a proxy "
                "in front of it is asked by in RATCHET_HOSTS",
            )
        if b"origin" in headers and not opened:
            self._check_origin(headers[b"origin"], host)

    def _check_origin(self, origin: bytes, host: bytes) -> None:
        page = _ORIGIN.fullmatch(origin)
        if page is None or (page[1].lower() != host.lower() and not self._is_ours(page[1])):
            raise OriginError(
                f"a request from a page of {clipped(origin)}",
                todo="ask from a page of this machine, from a program, or name the page's host in RATCHET_HOSTS",
            )

    def _knows(self, authority: bytes) -> bool:
        """Whether a host, with its port or without, is one that this server is asked by."""
        if not self._is_ours(authority) and not (self._any_address and _address(_name(authority)) is not None):
            return False
        if len(self._known) < _MOST_KNOWN:
            self._known.add(authority)
        return True

    def _is_ours(self, authority: bytes) -> bool:
        name = _name(authority)
        address = _address(name)
        return name == "localhost" or name in self._names or (address is not None and address.is_loopback)


def _name(authority: bytes) -> str:
    found = _AUTHORITY.fullmatch(authority)
    return found["name"].decode().lower().strip("[]").removesuffix(".") if found else ""


def _check_once(headers: Collection[tuple[bytes, bytes]]) -> None:
    names = [name for name, _ in headers]
    for name in _ONCE:
        if (count := names.count(name)) > 1:
            title = name.decode().title()
            raise RequestError(f"{count} headers {title}", todo=f"send {title} once")


def _address(name: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    """The network address that a host is; None for a name, which somebody else may own."""
    try:
        return ipaddress.ip_address(name)
    except ValueError:
        return None
