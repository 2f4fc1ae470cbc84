"""Bodies of requests, read within limits: how large one may be, and how much all of them may hold at once."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import msgspec

from ratchet.errors import UnavailableError
from ratchet.web.asgi import ClientGone, Message, Receive
from ratchet.web.depth import DEEPEST, shape, too_deep
from ratchet.web.problems import BodyError, TooLargeError

MOST_ROW = 16 << 20
"""Bytes of one row: a large picture or a book, as JSON."""
MOST_BATCH = 256 << 20
"""Bytes of a batch: more is better scored as a file, which needs no answer to wait for."""
MOST_IN_MEMORY = 256 << 20
"""Bytes of all bodies that are in memory at once: the largest batch, or sixteen of the largest rows."""
MOST_IN_FILES = 4 << 30
"""Bytes of all bodies that are on the disk at once."""
SMALL = 64 << 10
"""Bytes of a body that no budget counts, and that is read and answered on the event loop; any but rows is at most so
large."""
MOST_VALUES = 100_000
"""Values of one row: a table has at most 20,000 columns."""
MOST_ARRAY_VALUES = 2_000_000
"""Values of a JSON array of rows: each takes some hundred bytes once read."""


class Held:
    """How many bytes are held by the bodies that share it.  Belongs to one event loop."""

    def __init__(self, most: int) -> None:
        self._most = most
        self.bytes = 0

    def take(self, size: int) -> None:
        """Raises `UnavailableError` where that is more than all may hold together; takes nothing then."""
        if self.bytes + size > self._most:
            raise UnavailableError(
                f"the bodies of other requests take what there is for them, {self._most / 1e6:g} MB",
                todo="ask again later, or send fewer rows at a time",
            )
        self.bytes += size

    def give_back(self, size: int) -> None:
        """What `take` took."""
        self.bytes -= size


class Counted:
    """An ASGI ``receive`` that counts the body's bytes; raises `TooLargeError` and `UnavailableError` as they come."""

    def __init__(self, receive: Receive, most: int, held: Held) -> None:
        self._receive = receive
        self._most = most
        self._held = held
        self._size = self._taken = 0

    async def __call__(self) -> Message:
        message = await self._receive()
        self._size += len(message.get("body", b""))
        if self._size > self._most:
            raise too_large(self._most)
        if self._size > SMALL:
            more, self._taken = self._size - self._taken, self._size
            try:
                self._held.take(more)
            except UnavailableError:
                self._taken -= more
                raise
        return message

    def let_go(self) -> None:
        """The body is needed no more."""
        self._held.give_back(self._taken)
        self._taken = 0


async def read_body(receive: Receive) -> bytes:
    """The whole body."""
    message = await receive()
    if message["type"] == "http.request" and not message.get("more_body"):
        body: bytes = message.get("body", b"")
        return body
    return b"".join([part async for part in _parts(message, receive)])


def stream_body(receive: Receive) -> AsyncIterator[bytes]:
    """The body in parts, as they arrive."""
    return _parts(None, receive)


async def _parts(message: Message | None, receive: Receive) -> AsyncIterator[bytes]:
    while True:
        message = message or await receive()
        if message["type"] != "http.request":
            raise ClientGone
        yield message.get("body", b"")
        if not message.get("more_body"):
            return
        message = None


def replayed(body: bytes, receive: Receive) -> Receive:
    """An ASGI ``receive`` that gives a body that has been read, and then what ``receive`` does."""
    read = False

    async def again() -> Message:
        nonlocal read
        if read:
            return await receive()
        read = True
        return {"type": "http.request", "body": body, "more_body": False}

    return again


def decode(body: bytes, *, most_values: int = MOST_VALUES) -> Any:
    """The JSON value in a body; raises `BodyError` that says where it stops being JSON, or what is too much of it.

    What a large body holds is counted before it is read, since lists of nothing take thirty times their text.
    """
    _check_shape(body, most_values)
    return _read(body, Any)


def decode_row(body: bytes) -> dict[str, Any]:
    """The row in a body; raises `BodyError` like `decode`, and for any other JSON value."""
    row = decode(body)
    if type(row) is not dict:
        raise BodyError("a JSON value that is not one row", todo="send one object; POST predict/batch takes an array")
    return row


def decode_rows(body: bytes, *, most_rows: int) -> list[Any]:
    """The values in a JSON array, each of them no larger than one row may be that is sent by itself.

    Raises `BodyError` as `decode` does, and where it is no array or one of more than ``most_rows``; `TooLargeError` for
    the first row that is too large.  Rows are measured before any is read.
    """
    _check_shape(body, MOST_ARRAY_VALUES)
    rows: list[msgspec.Raw]
    try:
        rows = _read(body, list[msgspec.Raw])
    except msgspec.ValidationError:
        _read(body, msgspec.Raw)
        raise BodyError("a JSON value that is not an array of rows", todo="send an array of objects") from None
    if len(rows) > most_rows:
        raise BodyError(
            f"an array of {len(rows):,} rows, more than {most_rows:,}", todo="send NDJSON or Parquet, which stream"
        )
    for at, row in enumerate(rows, 1):
        if (size := len(memoryview(row))) > MOST_ROW:
            raise TooLargeError(
                f"row {at} of the array: {size / 1e6:,.1f} MB, more than {MOST_ROW >> 20} MB",
                todo="send the model's columns only",
            )
    return [_read(row, Any) for row in rows]


def _check_shape(body: bytes, most_values: int) -> None:
    check_depth(body)
    if len(body) > SMALL and (values := shape(body).values) > most_values:
        raise BodyError(
            f"a body of {values:,} values, more than {most_values:,}",
            todo="send the model's columns only; many rows are better sent as NDJSON or Parquet, which stream",
        )


def _read(text: bytes | msgspec.Raw, kind: Any) -> Any:
    """Raises `BodyError` for what is no JSON, and `msgspec.ValidationError` for JSON of another kind."""
    try:
        return msgspec.json.decode(text, type=kind)
    except msgspec.ValidationError:
        raise
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        found = "an empty body" if not bytes(text).strip() else f"a body that is not JSON: {error}"
        raise BodyError(found, todo="send a JSON object of column names and values, in UTF-8") from None


def check_depth(body: bytes) -> None:
    """Raises `BodyError` for JSON that is nested too deeply for those who would read, keep or show it."""
    if too_deep(body):
        raise BodyError(f"a body nested more than {DEEPEST} levels deep", todo="send columns and their values only")


def too_large(most: int) -> TooLargeError:
    """What to say of a body above the limit."""
    size = f"{most >> 10} KB" if most < 1 << 20 else f"{most >> 20} MB"
    return TooLargeError(
        f"a body of more than {size}",
        todo="send fewer rows at a time, or score a file with ratchet predict FILE -o OUTPUT",
    )
