"""HTTP/1.1 as uvicorn speaks it, within limits: what one connection may take of time and memory.

uvicorn's own protocol reads on while answers wait to be sent, keeps headers without end, waits for a silent client for
ever, and hangs up on one that has said all it wants to say and closed its half.

Over TLS all of this holds but for the last: neither asyncio nor uvloop can keep half of such a connection open, so one
whose client says "no more" is closed when the answers that are written by then are sent.
"""

from __future__ import annotations

import asyncio
from http import HTTPStatus
from typing import Any
from urllib.parse import unquote

import httptools
import msgspec
from uvicorn.protocols.http.flow_control import FlowControl
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from ratchet.errors import RatchetError, RequestError
from ratchet.web.cycle import Cycle
from ratchet.web.problems import HeadersError, SlowError, problem, status

MOST_HEAD = 64 << 10
"""Bytes of a request's first line and all its headers, or of what a chunked body brings besides its bytes."""
PATIENCE_SECONDS = 30.0
"""How long a client may take to send nothing, from its first byte to the last one of its request."""
LEAST_RATE = 4 << 10
"""Bytes that buy a client another second, up to `PATIENCE_SECONDS`: a byte now and then does not."""
UNREAD_SECONDS = 120.0
"""How long a client may leave an answer unread."""
LINGER_SECONDS = 1.0
"""How long a client that was refused may go on sending what nobody hears."""
MOST_UNHEARD = 4 << 20
"""Bytes of that."""
_PART = 16 << 10
"""Bytes that are parsed at once: as many requests as fit are queued at most, and no more is read before they are
answered."""


class _Flow(FlowControl):
    """Reads on only when what was read is dealt with."""

    def __init__(self, protocol: Protocol, transport: asyncio.Transport) -> None:
        super().__init__(transport)
        self._protocol = protocol

    def resume_reading(self) -> None:
        if self.read_paused and not self._protocol.pipeline:
            self.read_paused = False
            self._protocol.loop.call_soon(self._protocol.parse)

    def read_on(self) -> None:
        """Nothing is left to parse."""
        self._transport.resume_reading()


class Protocol(HttpToolsProtocol):
    """One connection.  Whoever runs the server calls `look` about once a second."""

    flow: _Flow
    cycle: Cycle | None  # type: ignore[assignment]

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self.flow = _Flow(self, transport)
        self._unparsed = b""
        self._in_head = False
        self._in_body = False
        self._ended = False
        """Whether the client has closed its half."""
        self._loose = 0
        """Bytes since the head began, or since the last ones that were a body's."""
        self._received = 0
        """Bytes since the last look."""
        self._patience = PATIENCE_SECONDS
        self._unread, self._unread_seconds = 0, 0.0
        self._why: RatchetError | None = None
        """What the request that is being read is refused for."""
        self._last: RatchetError | None = None
        """What a request is refused for that came after others, which are answered first."""
        self._deaf = False
        """Whether all there was to say has been said, and nothing more is heard."""

    # What comes

    def data_received(self, data: bytes) -> None:
        self._received += len(data)
        if self._over():
            if self._received > MOST_UNHEARD:
                self.transport.close()
            return
        if self._unparsed or self.flow.read_paused or len(data) > _PART:
            self._unparsed += data
            self.parse()
        else:
            self._parse(data)

    def parse(self) -> None:
        """Parse what has been read, until it is enough for now."""
        while self._unparsed and not self.flow.read_paused and not self._over():
            part, self._unparsed = self._unparsed[:_PART], self._unparsed[_PART:]
            self._parse(part)
        if self._over():
            self._unparsed = b""
        elif not self.flow.read_paused and not self._ended:
            self.flow.read_on()
        self._close_if_done()

    def _over(self) -> bool:
        return self._deaf or self._last is not None or self.transport.is_closing()

    def _parse(self, part: bytes) -> None:
        self._loose += len(part)
        self._unset_keepalive_if_required()
        try:
            self.parser.feed_data(part)
        except httptools.HttpParserUpgrade:  # answered as if it had asked for no more than HTTP/1.1, and the last
            if self.cycle is not None:
                self.cycle.keep_alive = False
        except httptools.HttpParserError:
            self._refuse(self._why or RequestError("a request that is not HTTP/1.1", todo="send HTTP/1.1, without TLS"))
        if self._loose > MOST_HEAD:
            self._refuse(_too_much())  # where the head is whole, it was measured exactly

    def on_message_begin(self) -> None:
        super().on_message_begin()
        self._in_head, self._loose, self._patience = True, 0, PATIENCE_SECONDS

    def on_headers_complete(self) -> None:
        if self._loose > MOST_HEAD - 2 * _PART:
            size = len(self.url) + sum(len(name) + len(value) + 4 for name, value in self.headers)
            if size > MOST_HEAD:
                self._why = _too_much()
                raise self._why
        self._in_head, self._in_body, self._loose = False, True, 0
        before, cycle = self.cycle, self._begun()
        if before is None or before.response_complete:
            self._start_asgi_task(cycle, self.app)
        else:  # asked before the answer came: it waits for its turn, and nothing more is read till then
            self.flow.pause_reading()
            self.pipeline.appendleft((cycle, self.app))

    def _begun(self) -> Cycle:
        """The request whose head has come."""
        parser, scope = self.parser, self.scope
        version = parser.get_http_version()
        url = httptools.parse_url(self.url)
        path = url.path.decode("ascii")
        scope["http_version"] = version
        scope["method"] = parser.get_method().decode("ascii")
        scope["path"] = unquote(path) if "%" in path else path
        scope["raw_path"], scope["query_string"] = url.path, url.query or b""
        self.cycle = Cycle(
            scope=scope,
            transport=self.transport,
            flow=self.flow,
            logger=self.logger,
            access_logger=self.access_logger,
            access_log=False,
            default_headers=self.server_state.default_headers,
            message_event=asyncio.Event(),
            expect_100_continue=self.expect_100_continue,
            keep_alive=version != "1.0" and parser.should_keep_alive(),
            on_response=self.on_response_complete,
        )
        return self.cycle

    def on_body(self, body: bytes) -> None:
        self._loose = 0
        super().on_body(body)

    def on_message_complete(self) -> None:
        self._in_body, self._loose = False, 0
        super().on_message_complete()

    # How it ends

    def eof_received(self) -> bool:  # type: ignore[override]
        """Keep the connection for answers that are still to be sent."""
        self._ended = True
        return self.transport.can_write_eof() and self._answering()

    def on_response_complete(self) -> None:
        was_last = not self.pipeline
        super().on_response_complete()
        if was_last and self._last is not None and not self.transport.is_closing():
            self._tell(self._last)
        else:
            self._close_if_done()

    def _close_if_done(self) -> None:
        if self._ended and not self._answering():
            self.transport.close()

    def _answering(self) -> bool:
        """Whether a request that is whole waits for its answer."""
        cycle: Any = self.cycle
        waiting = cycle is not None and not cycle.response_complete and not self._in_body
        return bool(not self._deaf and (waiting or self.pipeline or self._unparsed))

    def _refuse(self, error: RatchetError) -> None:
        """Answer the request that is being read with an error, after those before it, and hang up."""
        cycle: Any = self.cycle
        if self._over():
            return
        if self._in_body and not self.pipeline:
            if cycle.response_started:
                self.transport.close()
                return
            cycle.disconnected = True
            cycle.message_event.set()
        elif self.pipeline or (cycle is not None and not cycle.response_complete):
            if self._in_body:
                self.pipeline.popleft()  # the newest, which will not be whole
            self._in_body, self._unparsed, self._last = False, b"", error
            self.flow.pause_reading()
            return
        self._tell(error)

    def _tell(self, error: RatchetError) -> None:
        self.transport.write(_response(error))
        self._hang_up()

    def _hang_up(self) -> None:
        """Say no more, and for a moment hear nothing: closed with bytes unread, the answer would not arrive.

        Over TLS there is no "no more" but closing: the client knows by the answer's length that it has all of it.
        """
        self._deaf, self._unparsed = True, b""
        self._patience, self._received = LINGER_SECONDS, 0
        if self.transport.can_write_eof():
            self.transport.write_eof()
        self.transport.resume_reading()

    # Time

    def look(self, seconds: float) -> None:
        """Hang up on a client that has done nothing for too long; ``seconds`` have gone by since the last look."""
        self._look_at_unread(seconds)
        if self._deaf:
            self._patience -= seconds
            if self._patience < 0:
                self.transport.close()
            return
        if self.transport.is_closing() or self._ended or self.flow.read_paused or self._answering():
            return
        if self._received:
            self._patience = min(PATIENCE_SECONDS, self._patience + self._received / LEAST_RATE)
            self._received = 0
        self._patience -= seconds
        if self._patience > 0:
            return
        if self._in_head or self._in_body:
            self._refuse(_too_slow())
        elif self.timeout_keep_alive_task is None:  # it has never asked for anything, or sent what was no request
            self.transport.close()

    def _look_at_unread(self, seconds: float) -> None:
        unread = self.transport.get_write_buffer_size()
        self._unread_seconds = self._unread_seconds + seconds if unread and unread == self._unread else 0.0
        self._unread = unread
        if self._unread_seconds >= UNREAD_SECONDS:
            self.transport.abort()


def _too_much() -> HeadersError:
    return HeadersError(f"headers of more than {MOST_HEAD >> 10} KB", todo="send what is long in the body")


def _too_slow() -> SlowError:
    return SlowError(
        f"a request that did not come to its end: nothing, or next to nothing, in {PATIENCE_SECONDS:g} s",
        todo="send the request again, all of it at once",
    )


def _response(error: RatchetError) -> bytes:
    code, body = status(error), msgspec.json.encode(problem(error, "a request"))
    head = (
        f"HTTP/1.1 {code} {HTTPStatus(code).phrase}\r\ncontent-type: application/problem+json\r\nconnection: close\r\n"
    )
    return f"{head}content-length: {len(body)}\r\n\r\n".encode() + body
