"""One request and its answer on a connection, as uvicorn has them; the head of an answer is written at once.

uvicorn looks through each header of each answer with two regular expressions, which together cost as much as the rest
of the answer.  What they keep out, a header that holds the beginning of another, is counted here in the whole head.
"""

from __future__ import annotations

from collections.abc import Awaitable
from typing import Any

from uvicorn.protocols.http.httptools_impl import STATUS_LINE, RequestResponseCycle

from ratchet.web.asgi import Message

_BODILESS = (204, 304)


class Cycle(RequestResponseCycle):
    """A request that is being answered."""

    def send(self, message: Message) -> Awaitable[None]:  # type: ignore[override]
        if self.response_started or message["type"] != "http.response.start":
            return super().send(message)  # type: ignore[arg-type]
        return self._begin(message)

    async def _begin(self, message: Message) -> None:
        if self.flow.write_paused and not self.disconnected:
            await self.flow.drain()
        if self.disconnected:
            return
        self.response_started, self.waiting_for_100_continue = True, False
        self.transport.write(self._head(message["status"], message.get("headers", ())))

    def _head(self, status: int, headers: Any) -> bytes:
        """The first line and the headers; raises `RuntimeError` where one of them holds a line of its own."""
        lines = [STATUS_LINE[status]]
        closing = False
        for name, value in (*self.default_headers, *headers):
            lines.append(b"%b: %b\r\n" % (name, value))
            if name == b"content-length" and self.chunked_encoding is None:
                self.expected_content_length, self.chunked_encoding = int(value), False
            elif name == b"transfer-encoding" and value.lower() == b"chunked":
                self.expected_content_length, self.chunked_encoding = 0, True
            elif name == b"connection" and b"close" in value.lower():
                self.keep_alive, closing = False, True
        if not self.keep_alive and not closing:
            lines.append(b"connection: close\r\n")
        if self.chunked_encoding is None and self.scope["method"] != "HEAD" and status not in _BODILESS:
            self.chunked_encoding = True
            lines.append(b"transfer-encoding: chunked\r\n")
        head = b"".join(lines)
        if head.count(b"\n") != len(lines) or head.count(b"\r") != len(lines) or b"\0" in head:
            raise RuntimeError("a header of an answer holds a line break or a zero byte")
        return head + b"\r\n"
