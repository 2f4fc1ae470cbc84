"""What is refused before anything is read: strange hosts and origins, bodies of a wrong kind, too large, or too many.

A page that somebody's browser has open may send requests to this machine, and a name that it owns may be made to lead
here (DNS rebinding); a browser says so in ``Origin`` and ``Host``, and asks before it sends JSON to another origin.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass

import msgspec

from ratchet import clock
from ratchet.errors import RatchetError, RequestError
from ratchet.web.asgi import Asgi, ClientGone, Headers, Receive, Scope, Send, asked, respond
from ratchet.web.bodies import SMALL, Counted, Held, check_depth, read_body, replayed, too_large
from ratchet.web.meters import Meters
from ratchet.web.problems import (
    MEDIA_TYPE,
    HostError,
    MediaTypeError,
    OriginError,
    clipped,
    headers_of,
    problem,
    status,
)

_AUTHORITY = re.compile(rb"(?P<name>\[[0-9a-f:.]+\]|[a-z0-9._-]+)(:[0-9]{1,5})?", re.IGNORECASE)
_ORIGIN = re.compile(rb"https?://(.+)", re.IGNORECASE)
_MOST_KNOWN = 1_000
_ONCE = (b"host", b"origin", b"content-type", b"content-length", b"authorization", b"x-api-key")
"""Headers that are read here and again behind the gate: of two, each reader might take another."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Rule:
    """What an address takes: bodies up to ``most`` bytes, by POST of one of ``kinds`` (of any, where that is empty).

    Those ``in_files`` are put on the disk as they arrive, and take no memory.
    """

    most: int = SMALL
    kinds: frozenset[str] = frozenset()
    in_files: frozenset[str] = frozenset()


_ANY = Rule()


class Gate:
    """Lets pass what this server is asked by name, with a body that its address takes.

    With ``any_address`` it may be asked by any network address, as a server with keys is by other machines.

    What is behind it finds the body's media type in the scope's state, as ``kind``.
    """

    def __init__(
        self,
        app: Asgi,
        *,
        rules: Mapping[str, Rule],
        hosts: Collection[str],
        any_address: bool,
        meters: Meters,
        in_memory: Held,
        in_files: Held,
    ) -> None:
        self._app = app
        self._rules = dict(rules)
        self._hosts = frozenset(hosts)
        self._any_address = any_address
        self._meters = meters
        self._in_memory = in_memory
        self._in_files = in_files
        self._known = set[bytes]()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        started = clock.monotonic()
        headers: Headers = scope["state"]["headers"]
        rule = self._rules.get(scope["path"], _ANY)
        try:
            if len(headers) < len(scope["headers"]):
                _check_once(scope["headers"])
            kind = self._checked(scope, rule, headers)
            scope["state"]["kind"] = kind
            if int(headers.get(b"content-length", 0)) > rule.most:
                raise too_large(rule.most)
            if b"transfer-encoding" in headers or int(headers.get(b"content-length", 0)) > SMALL:
                await self._counted(scope, receive, send, rule, kind)
                return
            if rule.most <= SMALL and kind:
                receive = replayed(_shallow(await read_body(receive)), receive)
        except RatchetError as error:
            code = status(error)
            await respond(send, code, MEDIA_TYPE, msgspec.json.encode(problem(error, asked(scope))), headers_of(error))
            self._meters.observe("", "refused", code, clock.monotonic() - started)
            return
        except ClientGone:
            return
        await self._app(scope, receive, send)

    async def _counted(self, scope: Scope, receive: Receive, send: Send, rule: Rule, kind: str) -> None:
        """Pass on a request whose body is counted as it arrives; a small one is read first, whole."""
        held = self._in_files if kind in rule.in_files else self._in_memory
        counted = Counted(receive, rule.most, held)
        try:
            if rule.most <= SMALL:
                await self._app(scope, replayed(_shallow(await read_body(counted)), receive), send)
            else:
                await self._app(scope, counted, send)
        finally:
            counted.let_go()

    def _checked(self, scope: Scope, rule: Rule, headers: Headers) -> str:
        """The media type of the body; raises what is wrong with the request's headers."""
        host = headers.get(b"host", b"")
        if host not in self._known and not self._knows(host):
            raise HostError(
                f"a request to the host {clipped(host)}",
                todo="ask this machine by a loopback name (localhost, 127.0.0.1, [::1]), or name the host that a proxy "
                "in front of it is asked by in RATCHET_HOSTS",
            )
        if b"origin" in headers and "origin_opened" not in scope["state"]:
            self._check_origin(headers[b"origin"], host)
        kind = headers.get(b"content-type", b"").partition(b";")[0].strip().lower().decode("latin-1")
        if rule.kinds and kind not in rule.kinds and scope["method"] == "POST":
            found = f"a body of type {clipped(kind)}" if kind else "a body without a Content-Type"
            raise MediaTypeError(found, todo=f"send it as one of {', '.join(sorted(rule.kinds))}")
        return kind

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
        return name == "localhost" or name in self._hosts or (address is not None and address.is_loopback)


def _name(authority: bytes) -> str:
    found = _AUTHORITY.fullmatch(authority)
    return found["name"].decode().lower().strip("[]").removesuffix(".") if found else ""


def _check_once(headers: Collection[tuple[bytes, bytes]]) -> None:
    names = [name for name, _ in headers]
    for name in _ONCE:
        if (count := names.count(name)) > 1:
            title = name.decode().title()
            raise RequestError(f"{count} headers {title}", todo=f"send {title} once")


def _shallow(body: bytes) -> bytes:
    check_depth(body)
    return body


def _address(name: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    """The network address that a host is; None for a name, which somebody else may own."""
    try:
        return ipaddress.ip_address(name)
    except ValueError:
        return None
