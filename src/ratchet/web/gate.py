"""What is refused before a body is read: one of a wrong kind, too large, or too many."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import msgspec

from ratchet import clock
from ratchet.errors import RatchetError
from ratchet.web.asgi import Asgi, ClientGone, Headers, Receive, Scope, Send, asked, respond
from ratchet.web.bodies import SMALL, Counted, Held, check_depth, read_body, replayed, too_large
from ratchet.web.meters import Meters
from ratchet.web.problems import (
    MEDIA_TYPE,
    MediaTypeError,
    clipped,
    headers_of,
    problem,
    status,
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Rule:
    """What an address takes: bodies up to ``most`` bytes, by POST of one of ``kinds`` (of any, where that is empty;
    ``audio/*`` is all that begin so).

    Those ``in_files`` are put on the disk as they arrive, and take no memory.
    """

    most: int = SMALL
    kinds: frozenset[str] = frozenset()
    in_files: frozenset[str] = frozenset()


_ANY = Rule()


class Gate:
    """Lets pass a body that its address takes.

    What is behind it finds the body's media type in the scope's state, as ``kind``.
    """

    def __init__(
        self,
        app: Asgi,
        *,
        rules: Mapping[str, Rule],
        meters: Meters,
        in_memory: Held,
        in_files: Held,
    ) -> None:
        self._app = app
        self._rules = dict(rules)
        self._meters = meters
        self._in_memory = in_memory
        self._in_files = in_files

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        started = clock.monotonic()
        headers: Headers = scope["state"]["headers"]
        rule = self._rules.get(scope["path"], _ANY)
        try:
            kind = _kind(scope, rule, headers)
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


def _kind(scope: Scope, rule: Rule, headers: Headers) -> str:
    """The media type of the body; raises `MediaTypeError` for one that the address does not take."""
    kind = headers.get(b"content-type", b"").partition(b";")[0].strip().lower().decode("latin-1")
    if rule.kinds and kind not in rule.kinds and scope["method"] == "POST" and not _of_any(kind, rule):
        found = f"a body of type {clipped(kind)}" if kind else "a body without a Content-Type"
        raise MediaTypeError(found, todo=f"send it as one of {', '.join(sorted(rule.kinds))}")
    return kind


def _of_any(kind: str, rule: Rule) -> bool:
    of, slash, _ = kind.partition("/")
    return slash != "" and f"{of}/*" in rule.kinds


def _shallow(body: bytes) -> bytes:
    check_depth(body)
    return body
