"""Arrow files and streams cut into their messages, so that one record batch is unpacked at a time.

A stream is messages one behind the other; a file (Feather) has a footer that says where its record batches lie.
Messages are FlatBuffers, of which only what tells a batch's size is read.
Source: https://arrow.apache.org/docs/format/Columnar.html, "Encapsulated message format", "IPC streaming format"
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from typing import BinaryIO

from ratchet.data.readers.batch import check_depth

FILE_MARK = b"ARROW1"
STREAM_MARK = b"\xff\xff\xff\xff"
MOST_BATCH = 512 * 1024 * 1024
"""The bytes that one record batch may unpack to: it is the least that can be read of such a file at once."""
END = STREAM_MARK + b"\0\0\0\0"
SCHEMA, DICTIONARY, BATCH = 1, 2, 3
_METADATA = 64 * 1024 * 1024
_MOST_FIELDS = 100_000
"""The fields of a schema, those in each other too: one field may be the child of many, and so of more than there is."""


@dataclass(frozen=True, slots=True)
class Message:
    """A message as it stands in the file: its kind (`SCHEMA`, `DICTIONARY`, `BATCH`), its bytes, its size unpacked."""

    kind: int
    content: bytes
    unpacked: int


def messages(file: BinaryIO, origin: str) -> Iterator[Message]:
    """The messages of a stream.

    Raises ValueError where it is none or cut short, OverflowError where a message unpacks to more than `MOST_BATCH`
    bytes, and `DataError` where the columns of ``origin`` are nested too deeply to be read.
    """
    while True:
        head = file.read(8)
        size = int.from_bytes(head[4:], "little")
        if len(head) < 8 or head[:4] != STREAM_MARK or size > _METADATA:
            raise ValueError("it is cut short, or no stream of messages")
        if not size:
            return
        metadata = file.read(size)
        told = _told(metadata, origin)
        body = file.read(told.length)
        if len(metadata) < size or len(body) < told.length:
            raise ValueError("it is cut short")
        sizes = [_packed_size(body[at : at + 8]) for at in told.packed]
        yield Message(told.kind, head + metadata + body, _checked(told.length + sum(sizes)))


def batches_of_file(file: BinaryIO, origin: str) -> list[int]:
    """How many rows each record batch of an Arrow file has, by its footer; raises like `messages`."""
    end = file.seek(0, 2)
    file.seek(max(0, end - 10))
    tail = file.read(10)
    length = int.from_bytes(tail[:4], "little")
    if tail[4:] != FILE_MARK or length > min(_METADATA, end - 10):
        raise ValueError("it has no footer")
    file.seek(end - 10 - length)
    rows = []
    for offset, size, _ in _blocks(file.read(length), origin):
        if not 8 <= size <= _METADATA or not 0 <= offset < end:
            raise ValueError("a record batch lies outside")
        file.seek(offset + 8)
        told = _told(file.read(size - 8), origin)
        unpacked = told.length
        for at in told.packed:
            file.seek(offset + size + at)
            unpacked += _packed_size(file.read(8))
        _checked(unpacked)
        rows.append(told.rows)
    return rows


@dataclass(frozen=True, slots=True)
class _Told:
    """What the head of a message says: its kind, its bytes behind the head, its rows, where packed buffers begin."""

    kind: int
    length: int
    rows: int
    packed: list[int]


def check_schema(message: bytes, origin: str) -> None:
    """Raises like `messages` for a schema as Parquet files keep it: a message, with or without the mark of a stream."""
    _told(message[8 if message.startswith(STREAM_MARK) else 4 :], origin)


def _told(metadata: bytes, origin: str) -> _Told:
    try:
        root = _Table(metadata, _unsigned(metadata, 0))
        kind, length, batch = root.byte(1), _checked(root.long(3)), root.table(2)
        if kind == SCHEMA:
            _check_fields(batch, origin)
        if kind == DICTIONARY:
            batch = batch.table(1)
        holds = kind in {DICTIONARY, BATCH}
        buffers = [at for at, size in batch.structs(2, "<qq") if size] if holds and batch.has(3) else []
        return _Told(kind, length, batch.long(0) if holds else 0, buffers)
    except (struct.error, IndexError) as error:
        raise ValueError(f"a message cannot be read: {error}") from None


def _blocks(footer: bytes, origin: str) -> list[tuple[int, ...]]:
    """Where the record batches of a file lie: offset, length of the head, length of the body."""
    try:
        root = _Table(footer, _unsigned(footer, 0))
        _check_fields(root.table(1), origin)
        return root.structs(3, "<qi4xq")
    except (struct.error, IndexError) as error:
        raise ValueError(f"its footer cannot be read: {error}") from None


def _check_fields(schema: _Table, origin: str) -> None:
    """Raises `DataError` for a schema whose fields are nested too deeply, and IndexError for too many of them."""
    count, depth = 0, 0
    fields = list(schema.tables(1))
    while fields:
        check_depth(depth, origin)
        count += len(fields)
        if count > _MOST_FIELDS:
            raise IndexError(f"more than {_MOST_FIELDS:,} fields")
        fields = list(islice((child for field in fields for child in field.tables(5)), _MOST_FIELDS))
        depth += 1


def _packed_size(start: bytes) -> int:
    """A packed buffer begins with its size once unpacked, or -1 where it is not packed after all."""
    return max(0, int.from_bytes(start, "little", signed=True))


def _checked(size: int) -> int:
    if size < 0:
        raise ValueError("a size is negative")
    if size > MOST_BATCH:
        raise OverflowError(size)
    return size


class _Table:
    """A FlatBuffers table at a place of some bytes; fields are found by way of its vtable."""

    def __init__(self, content: bytes, place: int) -> None:
        self._content = content
        self._place = place
        (back,) = struct.unpack_from("<i", content, place)
        self._vtable = place - back
        if self._vtable < 0:
            raise IndexError("a table lies outside")
        (self._size,) = struct.unpack_from("<H", content, self._vtable)

    def has(self, field: int) -> bool:
        return self._at(field) is not None

    def byte(self, field: int) -> int:
        at = self._at(field)
        return 0 if at is None else self._content[at]

    def long(self, field: int) -> int:
        at = self._at(field)
        return 0 if at is None else int(struct.unpack_from("<q", self._content, at)[0])

    def table(self, field: int) -> _Table:
        at = self._at(field)
        if at is None:
            raise IndexError("a table is missing")
        return _Table(self._content, at + _unsigned(self._content, at))

    def structs(self, field: int, form: str) -> list[tuple[int, ...]]:
        """A vector of structs of one form."""
        at = self._at(field)
        if at is None:
            return []
        start = at + _unsigned(self._content, at)
        count, size = _unsigned(self._content, start), struct.calcsize(form)
        if count * size > len(self._content):
            raise IndexError("a vector is too long")
        return [struct.unpack_from(form, self._content, start + 4 + size * each) for each in range(count)]

    def tables(self, field: int) -> Iterator[_Table]:
        """A vector of tables."""
        at = self._at(field)
        if at is not None:
            start = at + _unsigned(self._content, at)
            for place in range(start + 4, start + 4 + 4 * _unsigned(self._content, start), 4):
                yield _Table(self._content, place + _unsigned(self._content, place))

    def _at(self, field: int) -> int | None:
        entry = 4 + 2 * field
        if entry + 2 > self._size:
            return None
        (offset,) = struct.unpack_from("<H", self._content, self._vtable + entry)
        return self._place + offset if offset else None


def _unsigned(content: bytes, place: int) -> int:
    return int(struct.unpack_from("<I", content, place)[0])
