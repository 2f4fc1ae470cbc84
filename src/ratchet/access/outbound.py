"""Messages to addresses that somebody set: signed, within limits, and never to where only this machine may go.

The name of a host is resolved once, each address it stands for is looked at, and the connection goes to an address that
was looked at: a name that stands for another address a moment later leads nowhere else.  Redirects are not followed.
"""

from __future__ import annotations

import hashlib
import hmac
import http.client
import ipaddress
import re
import socket
import ssl
from collections.abc import Callable, Iterable
from contextlib import closing, suppress
from dataclasses import dataclass
from threading import Timer

from ratchet import clock
from ratchet.errors import RefusedError, SettingsError, UnavailableError
from ratchet.settings import Network, hosts_and_networks, webhook_parts

SIGNATURE = "Ratchet-Signature"
PATIENCE = 10.0
"""Seconds for an exchange, from the first byte to the answer's headers; the answer's body is not read."""
MOST_SENT = 1 << 20
_TOLERANCE = 300
"""Seconds between a signature and its check."""
Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Resolver = Callable[[str, int], Iterable[str]]
"""A host and a port to the addresses that it stands for."""
# What Python calls global and is not the open internet: NAT64 and 6to4 hold an IPv4 address, the rest is multicast.
_WRAPPED = tuple(map(ipaddress.ip_network, ("64:ff9b::/96", "64:ff9b:1::/48", "2002::/16", "::/96", "3fff::/20")))


@dataclass(frozen=True, kw_only=True, slots=True)
class Allowed:
    """What may be reached beside the open internet: the setting ``outbound``."""

    hosts: frozenset[str] = frozenset()
    networks: tuple[Network, ...] = ()

    @classmethod
    def parse(cls, text: str) -> Allowed:
        """Networks and names of hosts, parted by commas; raises `SettingsError` for what is neither.

        >>> Allowed.parse("10.0.0.0/8, hooks.internal").hosts
        frozenset({'hooks.internal'})
        """
        try:
            hosts, networks = hosts_and_networks(text)
        except ValueError as error:
            raise SettingsError(f"RATCHET_OUTBOUND={text!r} cannot be used", todo=f"give {error}") from None
        return cls(hosts=hosts, networks=networks)

    def permits(self, host: str, address: Address) -> bool:
        """Whether a host may be reached at an address."""
        inner = address.ipv4_mapped if isinstance(address, ipaddress.IPv6Address) else None
        real = inner or address
        return host in self.hosts or any(real in each for each in self.networks) or is_open(real)


def is_open(address: Address) -> bool:
    """Whether an address is of the open internet, and no machine's own, private, multicast or reserved one.

    >>> [is_open(ipaddress.ip_address(each)) for each in ("93.184.216.34", "169.254.169.254", "::ffff:10.0.0.1")]
    [True, False, False]
    """
    if isinstance(address, ipaddress.IPv6Address) and (
        address.ipv4_mapped is not None or any(address in each for each in _WRAPPED) or address.is_site_local
    ):
        return False
    return address.is_global and not (address.is_multicast or address.is_reserved or address.is_unspecified)


def sign(body: bytes, secret: str, *, at: int) -> str:
    """The signature of a message: ``t=SECONDS,v1=HMAC-SHA256 of "SECONDS.BODY"``."""
    code = hmac.new(secret.encode(), b"%d." % at + body, hashlib.sha256).hexdigest()
    return f"t={at},v1={code}"


def verify(body: bytes, signature: str, secret: str, *, now: float, tolerance: float = _TOLERANCE) -> bool:
    """Whether a message was signed with a secret, and not long ago; for those who receive them.

    >>> verify(b"{}", sign(b"{}", "s", at=100), "s", now=130.0), verify(b"{}", sign(b"{}", "s", at=100), "s", now=9e9)
    (True, False)
    """
    found = re.fullmatch(r"t=(\d{1,12}),v1=[0-9a-f]{64}", signature)
    if found is None or abs(now - int(found[1])) > tolerance:
        return False
    return hmac.compare_digest(sign(body, secret, at=int(found[1])), signature)


def post(
    url: str,
    body: bytes,
    secret: str,
    *,
    allowed: Allowed = Allowed(),
    resolve: Resolver | None = None,
    patience: float = PATIENCE,
    tls: ssl.SSLContext | None = None,
) -> None:
    """Post a JSON document, signed; returns once it was taken (2xx).

    Raises `RefusedError` where the address is one that may not be reached, and `UnavailableError` where the message is
    not taken within ``patience`` seconds; neither shows more of the address than its host, since paths hold keys.
    """
    if len(body) > MOST_SENT:
        raise RefusedError(f"a message of {len(body):,} bytes is too large", todo=f"send at most {MOST_SENT:,}")
    target = _Target.parse(url)
    try:
        address = target.checked(allowed, resolve or _resolve)
        with closing(_Connection(target, address, patience, tls)) as connection:
            headers = {
                "Content-Type": "application/json",
                "User-Agent": "ratchet",
                SIGNATURE: sign(body, secret, at=int(clock.now().timestamp())),
            }
            connection.request("POST", target.path, body, headers)
            with connection.getresponse() as answer:
                status = answer.status
            connection.require_time()
    except (OSError, http.client.HTTPException, ValueError) as error:
        raise target.away(f"{type(error).__name__}: {error}" if str(error) else type(error).__name__) from None
    if 300 <= status < 400:
        raise target.away("redirects, which is not followed: set the address that it leads to")
    if not 200 <= status < 300:
        raise target.away(f"answered {status}")


def reach(url: str, *, allowed: Allowed = Allowed(), resolve: Resolver | None = None, patience: float = 5.0) -> str:
    """See that a webhook could be reached, without a message; its host.  Raises what `post` does."""
    target = _Target.parse(url)
    target.reach(allowed, resolve or _resolve, patience)
    return target.host


@dataclass(frozen=True, kw_only=True, slots=True)
class _Target:
    scheme: str
    host: str
    port: int
    path: str

    @classmethod
    def parse(cls, url: str) -> _Target:
        try:
            parts = webhook_parts(url)
        except ValueError as error:
            raise SettingsError("the address of a webhook cannot be used", todo=f"give {error}") from None
        path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        port = parts.port or (443 if parts.scheme == "https" else 80)
        return cls(scheme=parts.scheme, host=(parts.hostname or "").rstrip("."), port=port, path=path)

    def checked(self, allowed: Allowed, resolve: Resolver) -> str:
        """An address of the host, of which every one may be reached."""
        found = [ipaddress.ip_address(each.partition("%")[0]) for each in resolve(self.host, self.port)]
        if not found:
            raise OSError("its name stands for no address")
        for each in found:
            if not allowed.permits(self.host, each):
                raise RefusedError(
                    f"{self.host} stands for {each}, which is no address of the open internet",
                    todo=f"if it is meant: RATCHET_OUTBOUND={self.host}, or the network it is in",
                )
        return str(found[0])

    def reach(self, allowed: Allowed, resolve: Resolver, patience: float) -> None:
        """Connect, and say nothing."""
        try:
            socket.create_connection((self.checked(allowed, resolve), self.port), timeout=patience).close()
        except OSError as error:
            raise self.away(f"cannot be reached: {error}") from None

    def away(self, what: str) -> UnavailableError:
        return UnavailableError(
            f"the webhook at {self.scheme}://{self.host}:{self.port} {what}", todo="see that it runs and takes messages"
        )


class _Connection(http.client.HTTPConnection):
    """To an address that was checked, under the name that was asked, through no proxy; cut when its time is over."""

    def __init__(self, target: _Target, address: str, patience: float, tls: ssl.SSLContext | None) -> None:
        super().__init__(target.host, target.port, timeout=patience)
        self.default_port = 443 if target.scheme == "https" else 80  # what the Host header leaves out
        self._checked = (address, target.port)
        self._tls = (tls or ssl.create_default_context()) if target.scheme == "https" else None
        self._over = False
        self._end = Timer(patience, self._cut)  # a server that sends a byte now and then would never be slow
        self._end.daemon = True

    def connect(self) -> None:
        self.sock = socket.create_connection(self._checked, timeout=self.timeout)
        self._end.start()
        if self._tls is not None:
            self.sock = self._tls.wrap_socket(self.sock, server_hostname=self.host, do_handshake_on_connect=False)
            self.sock.do_handshake()

    def require_time(self) -> None:
        """Raise `TimeoutError` where it was cut: headers that end early are no answer."""
        if self._over:
            raise TimeoutError("no whole answer in time")

    def close(self) -> None:
        self._end.cancel()
        super().close()

    def _cut(self) -> None:
        self._over = True
        with suppress(OSError, AttributeError):
            socket.socket.shutdown(self.sock, socket.SHUT_RDWR)


def _resolve(host: str, port: int) -> list[str]:
    return [str(each[4][0]) for each in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)]
