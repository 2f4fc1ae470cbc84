"""Where a request comes from: its network address, also behind a proxy that may be believed."""

from __future__ import annotations

import ipaddress
from collections.abc import Sequence
from dataclasses import dataclass

from ratchet.settings import Network
from ratchet.web.asgi import Headers, Scope

_FORWARDED = (b"x-forwarded-for", b"forwarded", b"x-real-ip", b"x-forwarded-host", b"x-forwarded-proto", b"via")
_MOST = 4_096
_Address = ipaddress.IPv4Address | ipaddress.IPv6Address


@dataclass(frozen=True, kw_only=True, slots=True)
class Client:
    """Where a request comes from."""

    address: str
    https: bool
    near: bool
    """Whether it is this machine, or of a network that needs no key for health and metrics."""


class Clients:
    """Tells where requests come from.

    What headers say of it (``X-Forwarded-For``, ``-Proto``, ``-Host``) is believed of ``proxies`` only.  A request
    that was forwarded by anybody else is never near, though this machine may have sent it on.
    """

    def __init__(self, proxies: Sequence[Network] = (), near: Sequence[Network] = ()) -> None:
        self._proxies = tuple(proxies)
        self._near = tuple(near)
        self._direct: dict[tuple[str, str], Client] = {}

    def of(self, scope: Scope, headers: Headers) -> Client:
        """Where a request comes from; what a trusted proxy was asked by takes the place of ``host``."""
        peer = scope["client"][0] if scope.get("client") else ""
        scheme = scope.get("scheme", "http")
        if not any(each in headers for each in _FORWARDED):
            found = self._direct.get((peer, scheme))
            if found is None:
                found = self._direct_one(peer, scheme)
            return found
        if not self._is_proxy(peer):
            return Client(address=peer or "local", https=scheme == "https", near=False)
        if host := headers.get(b"x-forwarded-host"):
            headers[b"host"] = host.rpartition(b",")[2].strip()
        proto = headers.get(b"x-forwarded-proto", scheme.encode()).rpartition(b",")[2].strip()
        address = self._behind(headers.get(b"x-forwarded-for", b"").decode("latin-1"), peer)
        return Client(address=address, https=proto == b"https", near=_is_in(address, self._near))

    def _direct_one(self, peer: str, scheme: str) -> Client:
        near = peer == "" or _is_loopback(peer) or _is_in(peer, self._near)
        if len(self._direct) >= _MOST:
            self._direct.clear()
        client = Client(address=peer or "local", https=scheme == "https", near=near)
        self._direct[peer, scheme] = client
        return client

    def _behind(self, forwarded: str, peer: str) -> str:
        """The last address that no trusted proxy has: those before it are what anybody may have written."""
        for each in reversed([part.strip() for part in forwarded.split(",")]):
            address = _parsed(each)
            if address is None:
                break
            if not self._is_proxy(str(address)):
                return str(address)
            peer = str(address)
        return peer

    def _is_proxy(self, peer: str) -> bool:
        return _is_in(peer, self._proxies)


def _parsed(text: str) -> _Address | None:
    try:
        found = ipaddress.ip_address(text.strip("[]"))
    except ValueError:
        return None
    return getattr(found, "ipv4_mapped", None) or found


def _is_loopback(text: str) -> bool:
    address = _parsed(text)
    return address is not None and address.is_loopback


def _is_in(text: str, networks: Sequence[Network]) -> bool:
    address = _parsed(text)
    return address is not None and any(address in each for each in networks)
